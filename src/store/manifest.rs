//! Manifests: what a first key may lead to.
//!
//! ```text
//! magic "PCCmanif" | version u32 | BLAKE3 of the first key and the rest 32 | codec u8 | length u64
//! zstd from here on, if it is worth it:
//! candidates u32, newest first, each:
//!   bound u8 | binding 32 | entry 32
//!   files u32:       base u8, rest, content 32
//!   directories u32: base u8, rest, digest of the names 32, names
//! ```
//!
//! A candidate says: this entry is the result if every file has this content, no directory holds any of the names,
//! and the place is the one it is bound to.

use super::{Kind, Store, packed};
use crate::codec::{Reader, Writer};
use crate::digest::{Digest, FieldHasher};
use crate::faults::{self, Point};
use crate::files;
use crate::paths::{Base, Rooted};
use std::io::{self, Write as _};

const MAGIC: &[u8; 8] = b"PCCmanif";
const VERSION: u32 = 1;
/// Paths and names repeat each other: compression makes OpenSSL's manifests 3.6 times smaller.
const LEVEL: i32 = 1;
/// A longer manifest is not believed, however well it is compressed: many candidates that differ in one file repeat
/// each other a hundredfold. OpenSSL's have 38 KB.
const LENGTH_LIMIT: usize = 1 << 25;
/// No manifest's file is longer.
pub(super) const FILE_LIMIT: u64 = LENGTH_LIMIT as u64 + 64;
/// The oldest candidates are dropped beyond this. It bounds what one source edited back and forth, or built in many
/// checkouts with `-g`, costs in space and in time to look through.
const MOST_CANDIDATES: usize = 24;

/// One possible result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What the result is bound to, as a set of bits the key defines.
    pub bound: u8,
    /// The digest of the place it is bound to.
    pub binding: Digest,
    /// The name of the entry.
    pub entry: Digest,
    /// Files the compile read, with their content.
    pub files: Vec<(Rooted, Digest)>,
    /// Names the compile looked for and did not find.
    pub absent: Vec<Absent>,
}

/// Names that are absent in one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The directory.
    pub dir: Rooted,
    /// The digest of `names`, under which a memo can say that they were looked for.
    pub digest: Digest,
    /// The names; one may hold slashes.
    pub names: Names,
}

/// A list of names, kept as it is stored: a memo mostly answers for all of them, and then nobody reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names(Vec<u8>);

impl Names {
    /// Puts names into a list.
    pub fn new(names: &[Vec<u8>]) -> Self {
        let mut out = Writer::default();
        for name in names {
            out.bytes(name);
        }
        Self(out.0)
    }

    /// The names, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = Reader(&self.0);
        std::iter::from_fn(move || from.bytes())
    }
}

impl Absent {
    /// Absences of `names`, sorted, in `dir`.
    pub fn new(dir: Rooted, names: &[Vec<u8>]) -> Self {
        let names = Names::new(names);
        let digest = FieldHasher::new("packer-cc absent 2").field("names", &names.0).finish();
        Self { dir, digest, names }
    }
}

/// The candidates under a first key, newest first. A damaged manifest is removed and is an empty one.
pub fn get(store: &Store, key: &Digest) -> Vec<Candidate> {
    let Some((file, bytes)) = store.read(Kind::Manifest, key) else { return Vec::new() };
    if let Some(candidates) = decode(&bytes, key) {
        super::evict::touch(&file);
        return candidates;
    }
    store.remove(Kind::Manifest, key);
    Vec::new()
}

/// Puts a candidate before the others under its key. One with the same inputs is replaced.
///
/// # Errors
/// When the manifest cannot be written.
pub fn add(store: &Store, key: &Digest, candidate: Candidate) -> io::Result<()> {
    // The lock only keeps concurrent writers from losing each other's candidates. A state that cannot be written
    // must not keep the store from being used.
    let _guard = store.lock(&key.hex()[..2], crate::lock::MOMENT).ok();
    faults::at(Point::ManifestLocked);
    let mut candidates = get(store, key);
    candidates.retain(|known| {
        (known.bound, known.binding, &known.files, &known.absent)
            != (candidate.bound, candidate.binding, &candidate.files, &candidate.absent)
    });
    candidates.insert(0, candidate);
    candidates.truncate(MOST_CANDIDATES);
    let encoded = encode(&candidates, key).ok_or_else(|| io::Error::other("a manifest too large to store"))?;
    store.write(Kind::Manifest, key, &[&encoded])
}

/// What became of a manifest in which results were looked for that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruned {
    /// Every candidate leads to a result, or nothing could be done.
    Whole,
    /// Some led nowhere; the others stay.
    Fewer {
        /// How many led nowhere.
        candidates: usize,
        /// The size of what is left.
        bytes: u64,
    },
    /// None led anywhere: the manifest is removed.
    Removed,
}

/// Drops the candidates whose entry is gone. The time of the manifest's last use stays what it is. With `dry_run`,
/// nothing is changed.
///
/// # Errors
/// When the manifest cannot be replaced or removed, or its lock is held for long. What is there is as good as before.
pub fn prune(store: &Store, key: &Digest, is_gone: impl Fn(&Digest) -> bool, dry_run: bool) -> io::Result<Pruned> {
    // As in `add`: what a run adds meanwhile must not be lost.
    let _guard = if dry_run { None } else { Some(store.lock(&key.hex()[..2], crate::lock::MOMENT)?) };
    let Some((file, bytes)) = store.read(Kind::Manifest, key) else { return Ok(Pruned::Whole) };
    let Some(mut candidates) = decode(&bytes, key) else { return Ok(Pruned::Whole) };
    let used = file.metadata()?.modified()?;
    let before = candidates.len();
    candidates.retain(|candidate| !is_gone(&candidate.entry));
    let gone = before - candidates.len();
    if gone == 0 {
        return Ok(Pruned::Whole);
    }
    let path = store.path(Kind::Manifest, key);
    if candidates.is_empty() {
        if !dry_run {
            std::fs::remove_file(path)?;
            faults::at(Point::TrimRemoved);
        }
        return Ok(Pruned::Removed);
    }
    let encoded = encode(&candidates, key).ok_or_else(|| io::Error::other("a manifest too large to store"))?;
    if !dry_run {
        let mut temp = super::temporary(path.parent().unwrap_or(&store.dir))?;
        temp.write_all(&encoded)?;
        files::share_as_at(temp.as_file(), &path)?;
        temp.as_file().set_modified(used)?;
        faults::at(Point::TrimWritten);
        temp.persist(path)?;
        faults::at(Point::TrimNamed);
    }
    Ok(Pruned::Fewer { candidates: gone, bytes: encoded.len() as u64 })
}

/// The check is over the key too: a manifest under another name is no manifest.
fn check(key: &Digest, rest: &[u8]) -> Digest {
    FieldHasher::new("packer-cc manifest 1").digest("key", key).field("rest", rest).finish()
}

/// Encodes as many candidates as there is room for, the first ones; `None` if there is none for the first.
pub fn encode(candidates: &[Candidate], key: &Digest) -> Option<Vec<u8>> {
    let mut out = Writer::default();
    out.count(0);
    let mut count = 0;
    for candidate in candidates {
        let before = out.0.len();
        out.byte(candidate.bound).digest(&candidate.binding).digest(&candidate.entry);
        out.count(candidate.files.len());
        for (path, digest) in &candidate.files {
            out.byte(path.base.byte()).bytes(&path.rest).digest(digest);
        }
        out.count(candidate.absent.len());
        for absent in &candidate.absent {
            out.byte(absent.dir.base.byte()).bytes(&absent.dir.rest).digest(&absent.digest);
            out.bytes(&absent.names.0);
        }
        if out.0.len() > LENGTH_LIMIT {
            out.0.truncate(before);
            break;
        }
        count += 1;
    }
    if count == 0 && !candidates.is_empty() {
        return None;
    }
    out.0[..4].copy_from_slice(&u32::try_from(count).ok()?.to_le_bytes());
    let compressed = zstd::bulk::compress(&out.0, LEVEL).ok().filter(|smaller| smaller.len() < out.0.len());
    let mut rest = Writer::default();
    rest.byte(u8::from(compressed.is_some())).u64(out.0.len() as u64);
    rest.0.extend_from_slice(compressed.as_deref().unwrap_or(&out.0));
    let mut file = Writer(MAGIC.to_vec());
    file.u32(VERSION).digest(&check(key, &rest.0));
    file.0.extend_from_slice(&rest.0);
    Some(file.0)
}

/// Decodes the manifest of `key`; `None` if it is damaged, another's, or of another format.
pub fn decode(bytes: &[u8], key: &Digest) -> Option<Vec<Candidate>> {
    let mut from = Reader(bytes.strip_prefix(MAGIC)?);
    if from.u32()? != VERSION || from.digest()? != check(key, from.0) {
        return None;
    }
    let (codec, length) = (from.byte()?, from.u64()?);
    let content = match codec {
        0 => None,
        1 if length <= LENGTH_LIMIT as u64 => Some(packed::unpack(from.0, length)?),
        _ => return None,
    };
    let mut from = Reader(content.as_deref().unwrap_or(from.0));
    let rooted =
        |from: &mut Reader<'_>| Some(Rooted { base: Base::from_byte(from.byte()?)?, rest: from.bytes()?.to_vec() });
    let mut candidates = Vec::new();
    for _ in 0..from.count(73)? {
        let (bound, binding, entry) = (from.byte()?, from.digest()?, from.digest()?);
        let mut files = Vec::new();
        for _ in 0..from.count(37)? {
            files.push((rooted(&mut from)?, from.digest()?));
        }
        let mut absent = Vec::new();
        for _ in 0..from.count(41)? {
            let dir = rooted(&mut from)?;
            let digest = from.digest()?;
            absent.push(Absent { dir, digest, names: Names(from.bytes()?.to_vec()) });
        }
        candidates.push(Candidate { bound, binding, entry, files, absent });
    }
    from.end()?;
    Some(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(entry: u8, content: u8) -> Candidate {
        let path = |rest: &str| Rooted { base: Base::Root, rest: rest.as_bytes().to_vec() };
        Candidate {
            bound: 1,
            binding: Digest([1; 32]),
            entry: Digest([entry; 32]),
            files: vec![(path("/a.h"), Digest([content; 32]))],
            absent: vec![Absent::new(path("/include"), &[b"a.h".to_vec(), b"b/c.h".to_vec()])],
        }
    }

    #[test]
    fn the_newest_comes_first_and_the_same_inputs_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let key = Digest([9; 32]);
        for (entry, content) in [(1, 1), (2, 2), (3, 1)] {
            add(&store, &key, candidate(entry, content)).unwrap();
        }
        assert_eq!(get(&store, &key), [candidate(3, 1), candidate(2, 2)]);
    }

    #[test]
    fn every_damage_is_an_empty_manifest() {
        let key = Digest([9; 32]);
        let good = encode(&[candidate(1, 1), candidate(2, 2)], &key).unwrap();
        assert!(decode(&good, &key).is_some());
        assert_eq!(decode(&good, &Digest([8; 32])), None);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad, &key), None, "byte {at}");
            assert_eq!(decode(&good[..at], &key), None, "cut at {at}");
        }
    }
}
