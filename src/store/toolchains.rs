//! Which toolchains made the results of a store, so that a miss under another one can name what differs.
//!
//! ```text
//! magic "PCCtoolc" | version u32 | BLAKE3 of the name and the rest 32
//! toolchains u32, the one used last first, each:
//!   identity 32
//!   include directories u32: base u8, rest
//!   members u32:             name, content 32
//! ```
//!
//! A file is named by what the driver was asked for: its name, the language, the options that choose the toolchain's parts. A key
//! holds the identity of a toolchain, and no digest tells what it was made of. This file does, by the names of files without their
//! directories. It decides nothing: where it is missing or wrong, a miss says less.

use super::backend::{Backend, StoreOnly};
use super::kind::Kind;
use crate::codec::{Reader, Writer};
use crate::digest::{Digest, FieldHasher};
use crate::paths::{Base, Rooted};
use std::collections::BTreeMap;
use std::io;

const MAGIC: &[u8; 8] = b"PCCtoolc";
const VERSION: u32 = 1;
/// How many toolchains are kept for a question: the last few images of a CI, or the last few upgrades.
const MOST: usize = 4;
/// The most bytes of a name. No file's is longer on Linux (`NAME_MAX`).
const LONGEST_NAME: usize = 255;
/// So many differences are named; the others are counted.
const NAMED: usize = 3;
/// The fewest bytes of a toolchain: its identity, and how many directories and members it has.
const SHORTEST_TOOLCHAIN: usize = 32 + 4 + 4;
/// The fewest bytes of a directory: its base, and a length.
const SHORTEST_DIR: usize = 1 + 4;
/// The fewest bytes of a member: a length, and a digest.
const SHORTEST_MEMBER: usize = 4 + 32;

/// What a compiler was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// [`crate::toolchain::Compiler::digest`]
    pub identity: Digest,
    /// Its own include directories.
    pub builtin_dirs: Vec<Rooted>,
    /// Its files, sorted: names and contents.
    pub members: Vec<(String, Digest)>,
}

/// The toolchains known for a question, the one used last first. Damage is as good as none.
pub fn get(store: &dyn Backend, question: &Digest) -> Vec<Toolchain> {
    let bytes = store.get(Kind::Toolchain, question).and_then(|blob| blob.bytes(Kind::Toolchain.limit()).ok());
    bytes.and_then(|bytes| decode(&bytes, question)).unwrap_or_default()
}

/// Notes that a toolchain is used.
///
/// # Errors
/// When the file cannot be written.
pub fn put(store: &dyn Backend, question: &Digest, toolchain: &Toolchain) -> io::Result<()> {
    // This read marks the file as used, also where nothing is written.
    let mut all = get(store, question);
    if all.first() == Some(toolchain) {
        return Ok(());
    }
    all.retain(|other| other.identity != toolchain.identity);
    all.insert(0, toolchain.clone());
    all.truncate(MOST);
    store.put(StoreOnly(()), Kind::Toolchain, question, &[&encode(&all, question)])
}

/// What differs between the toolchain that made a result and this one, for people: a line for each file. Names are printable.
pub fn differences(then: &Toolchain, now: &Toolchain) -> Vec<String> {
    let by_name = |toolchain: &Toolchain| {
        let mut by_name: BTreeMap<String, Vec<Digest>> = BTreeMap::new();
        for (name, digest) in &toolchain.members {
            by_name.entry(name.clone()).or_default().push(*digest);
        }
        by_name
    };
    let (then, now) = (by_name(then), by_name(now));
    let mut differences = Vec::new();
    for name in then.keys().chain(now.keys().filter(|name| !then.contains_key(*name))) {
        let (old, new) = (then.get(name).map_or(&[][..], Vec::as_slice), now.get(name).map_or(&[][..], Vec::as_slice));
        let gone = old.iter().find(|digest| !new.contains(digest));
        let come = new.iter().find(|digest| !old.contains(digest));
        differences.extend(match (gone, come) {
            (Some(gone), Some(come)) => Some(format!("{name} differs ({} → {})", gone.short(), come.short())),
            (Some(gone), None) => Some(format!("{name} is gone ({})", gone.short())),
            (None, Some(come)) => Some(format!("{name} is new ({})", come.short())),
            (None, None) => None,
        });
    }
    differences
}

/// The differences in one line.
pub fn describe(differences: &[String]) -> String {
    match differences.len() {
        0 => "no file differs; the driver answers differently".to_owned(),
        count if count > NAMED => format!("{}, and {} more", differences[..NAMED].join(", "), count - NAMED),
        _ => differences.join(", "),
    }
}

fn check(question: &Digest, rest: &[u8]) -> Digest {
    FieldHasher::new("packer-cc toolchains 1").digest("question", question).field("rest", rest).finish()
}

/// Encodes toolchains under the name of their question.
pub fn encode(toolchains: &[Toolchain], question: &Digest) -> Vec<u8> {
    let mut out = Writer::default();
    out.count(toolchains.len());
    for toolchain in toolchains {
        out.digest(&toolchain.identity).count(toolchain.builtin_dirs.len());
        for dir in &toolchain.builtin_dirs {
            out.byte(dir.base.byte()).bytes(&dir.rest);
        }
        out.count(toolchain.members.len());
        for (name, digest) in &toolchain.members {
            out.bytes(name.as_bytes()).digest(digest);
        }
    }
    let mut file = Writer(MAGIC.to_vec());
    file.u32(VERSION).digest(&check(question, &out.0));
    file.0.extend_from_slice(&out.0);
    file.0
}

/// Decodes what is known for a question; `None` if it is damaged, another's, of another format, or holds a name that
/// nothing here would write.
pub fn decode(bytes: &[u8], question: &Digest) -> Option<Vec<Toolchain>> {
    let mut from = Reader(bytes.strip_prefix(MAGIC)?);
    if from.u32()? != VERSION || from.digest()? != check(question, from.0) {
        return None;
    }
    let mut toolchains = Vec::new();
    for _ in 0..from.count(SHORTEST_TOOLCHAIN)? {
        let identity = from.digest()?;
        let mut builtin_dirs = Vec::new();
        for _ in 0..from.count(SHORTEST_DIR)? {
            builtin_dirs.push(Rooted { base: Base::from_byte(from.byte()?)?, rest: from.bytes()?.to_vec() });
        }
        let mut members = Vec::new();
        for _ in 0..from.count(SHORTEST_MEMBER)? {
            let name = std::str::from_utf8(from.bytes()?).ok()?;
            members.push((name.to_owned(), from.digest()?));
            if name != shown(name) {
                return None;
            }
        }
        toolchains.push(Toolchain { identity, builtin_dirs, members });
    }
    from.end()?;
    Some(toolchains)
}

/// A file's name as it is kept: printable, and cut where it is longer than a file's name can be.
pub fn shown(name: &str) -> String {
    let printable = name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
    let mut length = 0;
    let fits = printable.take_while(|c| {
        length += c.len_utf8();
        length <= LONGEST_NAME
    });
    fits.collect()
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    fn toolchain(identity: u8, members: &[(&str, u8)]) -> Toolchain {
        Toolchain {
            identity: Digest([identity; 32]),
            builtin_dirs: vec![Rooted { base: Base::Toolchain, rest: b"/include".to_vec() }],
            members: members.iter().map(|(name, content)| ((*name).to_owned(), Digest([*content; 32]))).collect(),
        }
    }

    #[test]
    fn the_one_used_last_is_first_and_few_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let question = Digest([9; 32]);
        for identity in [1, 2, 3, 1, 4, 5, 4] {
            put(&store, &question, &toolchain(identity, &[("cc1", identity)])).unwrap();
        }
        let known: Vec<_> = get(&store, &question).iter().map(|toolchain| toolchain.identity.0[0]).collect();
        assert_eq!(known, [4, 5, 1, 3]);
        assert_eq!(get(&store, &Digest([8; 32])), []);
    }

    #[test]
    fn every_damage_is_as_good_as_none() {
        let question = Digest([9; 32]);
        let good = encode(&[toolchain(1, &[("cc1", 1), ("as", 2)]), toolchain(2, &[])], &question);
        assert_eq!(decode(&good, &question).unwrap().len(), 2);
        assert_eq!(decode(&good, &Digest([8; 32])), None);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad, &question), None, "byte {at}");
            assert_eq!(decode(&good[..at], &question), None, "cut at {at}");
        }
    }

    #[test]
    fn names_that_could_do_harm_are_not_read() {
        let question = Digest([9; 32]);
        for name in ["cc1\x1b[2J", "a\nb", &"x".repeat(256)] {
            assert_eq!(decode(&encode(&[toolchain(1, &[(name, 1)])], &question), &question), None, "{name:?}");
            assert!(decode(&encode(&[toolchain(1, &[(&shown(name), 1)])], &question), &question).is_some());
        }
    }

    #[test]
    fn differences_name_the_members() {
        let old = toolchain(1, &[("as", 1), ("cc1", 2), ("driver", 3), ("libz.so.1", 4), ("specs", 5), ("specs", 6)]);
        let with = |members: &[(&str, u8)]| describe(&differences(&old, &toolchain(2, members)));
        assert_eq!(
            with(&[("as", 1), ("cc1", 7), ("driver", 3), ("libz.so.1", 4), ("specs", 5), ("specs", 6)]),
            "cc1 differs (020202020202 → 070707070707)"
        );
        assert_eq!(
            with(&[("as", 1), ("cc1", 2), ("collect2", 8), ("driver", 3), ("specs", 5), ("specs", 9)]),
            "libz.so.1 is gone (040404040404), specs differs (060606060606 → 090909090909), collect2 is new (080808080808)"
        );
        assert_eq!(
            with(&[]),
            "as is gone (010101010101), cc1 is gone (020202020202), driver is gone (030303030303), and 2 more"
        );
        assert_eq!(describe(&differences(&old, &old)), "no file differs; the driver answers differently");
    }
}
