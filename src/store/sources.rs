//! What the first keys of a source were made of, so that a miss under a new one can say what of it is new.
//!
//! ```text
//! magic "PCCsourc" | version u32 | BLAKE3 of the name and the rest 32
//! keys u32, the newest first, each:
//!   fields u32: aspect u8, name, mark
//! ```
//!
//! A file is named by the namespace, the working directory and the source, the latter two rooted. It decides nothing: where it is
//! missing or wrong, a miss says less.

use super::backend::{Backend, StoreOnly};
use super::kind::Kind;
use crate::codec::{Reader, Writer};
use crate::digest::{Digest, FieldHasher};
use crate::key::fields::{Aspect, Field};
use std::io;

const MAGIC: &[u8; 8] = b"PCCsourc";
const VERSION: u32 = 1;
/// How many keys of a source are kept: for the variants of a build that are made in turns, and a few edits of each.
const MOST: usize = 16;
/// The fewest bytes of a field: its aspect and two lengths.
const SHORTEST_FIELD: usize = 1 + 4 + 4;
/// The fewest bytes of a key: how many fields it has.
const SHORTEST_KEY: usize = 4;
/// The most characters of a name; the rest is not told.
const LONGEST_NAME: usize = 255;

/// The fields of the keys known of a source, the newest first. Damage is as good as none.
pub fn get(store: &dyn Backend, source: &Digest) -> Vec<Vec<Field>> {
    let bytes = store.get(Kind::Source, source).and_then(|blob| blob.bytes(Kind::Source.limit()).ok());
    bytes.and_then(|bytes| decode(&bytes, source)).unwrap_or_default()
}

/// Notes the fields of a key.
///
/// # Errors
/// When the file cannot be written.
pub fn put(store: &dyn Backend, source: &Digest, fields: Vec<Field>) -> io::Result<()> {
    let mut all = get(store, source);
    all.retain(|known| *known != fields);
    all.insert(0, fields);
    all.truncate(MOST);
    let mut encoded = encode(&all, source);
    while encoded.len() as u64 > Kind::Source.limit() && all.pop().is_some() {
        encoded = encode(&all, source);
    }
    store.put(StoreOnly(()), Kind::Source, source, &[&encoded])
}

fn check(source: &Digest, rest: &[u8]) -> Digest {
    FieldHasher::new("packer-cc sources 1").digest("source", source).field("rest", rest).finish()
}

/// Encodes keys under the name of their source.
pub fn encode(keys: &[Vec<Field>], source: &Digest) -> Vec<u8> {
    let mut out = Writer::default();
    out.count(keys.len());
    for fields in keys {
        out.count(fields.len());
        for Field { aspect, name, mark } in fields {
            out.byte(*aspect as u8).bytes(shown(name).as_bytes()).bytes(mark);
        }
    }
    let mut file = Writer(MAGIC.to_vec());
    file.u32(VERSION).digest(&check(source, &out.0));
    file.0.extend_from_slice(&out.0);
    file.0
}

/// Decodes the keys of a source; `None` if they are damaged, another's, of another format, or hold a name that nothing here would
/// write.
pub fn decode(bytes: &[u8], source: &Digest) -> Option<Vec<Vec<Field>>> {
    let mut from = Reader(bytes.strip_prefix(MAGIC)?);
    if from.u32()? != VERSION || from.digest()? != check(source, from.0) {
        return None;
    }
    let mut keys = Vec::new();
    for _ in 0..from.count(SHORTEST_KEY)? {
        let mut fields = Vec::new();
        for _ in 0..from.count(SHORTEST_FIELD)? {
            let aspect = Aspect::from_byte(from.byte()?)?;
            let name = std::str::from_utf8(from.bytes()?).ok().filter(|name| shown(name) == *name)?.to_owned();
            fields.push(Field { aspect, name, mark: from.bytes()?.to_vec() });
        }
        keys.push(fields);
    }
    from.end()?;
    Some(keys)
}

/// A name as it is kept: printable, and cut where it is too long.
fn shown(name: &str) -> String {
    super::toolchains::shown(&name.chars().take(LONGEST_NAME).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    fn fields(mark: u8) -> Vec<Field> {
        let field = |aspect, name: &str| Field { aspect, name: name.to_owned(), mark: vec![mark; 2] };
        vec![field(Aspect::Option, "-O2"), field(Aspect::Variable, "LANG")]
    }

    #[test]
    fn the_newest_is_first_and_few_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let source = Digest([9; 32]);
        for mark in [1, 2, 3, 1].into_iter().chain(4..=17) {
            put(&store, &source, fields(mark)).unwrap();
        }
        let known: Vec<u8> = get(&store, &source).iter().map(|key| key[0].mark[0]).collect();
        assert_eq!(known, [17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 1, 3]);
        assert_eq!(get(&store, &Digest([8; 32])), Vec::<Vec<Field>>::new());
    }

    #[test]
    fn every_damage_is_as_good_as_none() {
        let source = Digest([9; 32]);
        let good = encode(&[fields(1), fields(2)], &source);
        assert_eq!(decode(&good, &source).unwrap().len(), 2);
        assert_eq!(decode(&good, &Digest([8; 32])), None);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad, &source), None, "byte {at}");
            assert_eq!(decode(&good[..at], &source), None, "cut at {at}");
        }
    }

    #[test]
    fn names_are_printable() {
        let source = Digest([9; 32]);
        let field = Field { aspect: Aspect::File, name: "a\x1b[2Jb".to_owned(), mark: Vec::new() };
        let known = decode(&encode(&[vec![field]], &source), &source).unwrap();
        assert_eq!(known[0][0].name, "a\u{fffd}[2Jb");
    }
}
