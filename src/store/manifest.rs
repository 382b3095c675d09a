//! Manifests: what a first key may lead to.
//!
//! ```text
//! magic "PCCmanif" | version u32 | BLAKE3 of the first key and the rest 32 | codec u8 | length u64
//! as it is (codec 0), or by zstd where that is shorter (codec 1):
//! candidates u32, newest first, each:
//!   entry 32
//!   inputs u32, see [`Input::encode`]
//! ```
//!
//! A candidate says: this entry is the result if every input holds.

use super::backend::{Backend, StoreOnly};
use super::kind::Kind;
use super::packed;
use crate::codec::{Reader, Writer};
use crate::digest::{Digest, EntryId, FieldHasher, KeyId};
use crate::faults::{self, Point};
use crate::proof::Input;
use std::io;

const MAGIC: &[u8; 8] = b"PCCmanif";
/// A new version needs a new domain of the first key (`key/mod.rs`), as a new version of [`super::entry`] does.
const VERSION: u32 = 5;
/// The level of zstd. Paths and names repeat each other: compression makes OpenSSL's manifests 3.6 times smaller.
const LEVEL: i32 = 1;
/// Beyond this many, the oldest candidates are dropped. A source that is edited back and forth, or built in many checkouts with `-g`,
/// gets ever more of them: the bound keeps down what they take in space, and in time to look through.
const MOST_CANDIDATES: usize = 24;
/// The fewest bytes of a candidate: its entry, and how many inputs there are.
const SHORTEST_CANDIDATE: usize = 32 + 4;

/// One possible result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The name of the entry.
    pub entry: EntryId,
    /// What it hangs on, in the order in which a lookup asks. It is the result only if all of these hold.
    pub inputs: Vec<Input>,
}

/// The candidates under a first key, newest first. A damaged manifest is removed and is an empty one.
pub fn get(store: &dyn Backend, key: &KeyId) -> Vec<Candidate> {
    let Some(blob) = store.get(Kind::Manifest, &key.0) else { return Vec::new() };
    if let Some(candidates) = blob.bytes(Kind::Manifest.limit()).ok().and_then(|bytes| decode(&bytes, key)) {
        return candidates;
    }
    store.remove(StoreOnly(()), Kind::Manifest, &key.0);
    Vec::new()
}

/// Puts a candidate before the others under its key. One with the same inputs is replaced.
///
/// # Errors
/// When the manifest cannot be written.
pub(super) fn add(store: &dyn Backend, key: &KeyId, candidate: Candidate) -> io::Result<()> {
    // The lock only keeps concurrent writers from losing each other's candidates. A state that cannot be written
    // must not keep the store from being used.
    let _guard = store.hold(key);
    faults::at(Point::ManifestLocked);
    let mut candidates = get(store, key);
    candidates.retain(|known| known.inputs != candidate.inputs);
    candidates.insert(0, candidate);
    candidates.truncate(MOST_CANDIDATES);
    let encoded = encode(&candidates, key).ok_or_else(|| io::Error::other("a manifest too large to store"))?;
    store.put(StoreOnly(()), Kind::Manifest, &key.0, &[&encoded])
}

/// The digest of a manifest's bytes. The key is a part of it: a manifest under another name is no manifest.
fn check(key: &KeyId, rest: &[u8]) -> Digest {
    FieldHasher::new("packer-cc manifest 4").digest("key", &key.0).field("rest", rest).finish()
}

/// Encodes candidates, from the first on, as many as there is room for. `None` if there is no room for the first.
pub fn encode(candidates: &[Candidate], key: &KeyId) -> Option<Vec<u8>> {
    let mut out = Writer::default();
    out.count(0);
    let mut count = 0;
    for candidate in candidates {
        let before = out.0.len();
        out.digest(&candidate.entry.0).count(candidate.inputs.len());
        for input in &candidate.inputs {
            input.encode(&mut out);
        }
        if out.0.len() > packed::MANIFEST {
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
pub fn decode(bytes: &[u8], key: &KeyId) -> Option<Vec<Candidate>> {
    let mut from = Reader(bytes.strip_prefix(MAGIC)?);
    if from.u32()? != VERSION || from.digest()? != check(key, from.0) {
        return None;
    }
    let (codec, length) = (from.byte()?, from.u64()?);
    let content = match codec {
        0 => None,
        1 if length <= packed::MANIFEST as u64 => Some(packed::unpack(from.0, length)?),
        _ => return None,
    };
    let mut from = Reader(content.as_deref().unwrap_or(from.0));
    let mut candidates = Vec::new();
    for _ in 0..from.count(SHORTEST_CANDIDATE)? {
        let entry = EntryId(from.digest()?);
        let count = from.count(Input::SHORTEST)?;
        // Every hit reads some hundred of them.
        let mut inputs = Vec::with_capacity(count);
        for _ in 0..count {
            inputs.push(Input::decode(&mut from)?);
        }
        candidates.push(Candidate { entry, inputs });
    }
    from.end()?;
    Some(candidates)
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::digest::ContentId;
    use crate::inputs::Absence;
    use crate::paths::{Base, Rooted};
    use crate::proof::{Absent, Bound};

    fn candidate(entry: u8, content: u8) -> Candidate {
        let path = |rest: &str| Rooted { base: Base::Root, rest: rest.as_bytes().to_vec() };
        let inputs = vec![
            Input::Place { bound: Bound::ROOT, digest: Digest([1; 32]) },
            Input::File {
                path: path("/a.h"),
                content: ContentId(Digest([content; 32])),
                code: None,
                definitions: false,
                outside: false,
            },
            Input::Absent(Absent::new(path("/include"), &[b"a.h".to_vec(), b"b/c.h".to_vec()].map(Absence::Nothing))),
        ];
        Candidate { entry: EntryId(Digest([entry; 32])), inputs }
    }

    #[test]
    fn the_newest_comes_first_and_the_same_inputs_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let key = KeyId(Digest([9; 32]));
        for (entry, content) in [(1, 1), (2, 2), (3, 1)] {
            add(&store, &key, candidate(entry, content)).unwrap();
        }
        assert_eq!(get(&store, &key), [candidate(3, 1), candidate(2, 2)]);
    }

    #[test]
    fn every_damage_is_an_empty_manifest() {
        let key = KeyId(Digest([9; 32]));
        let good = encode(&[candidate(1, 1), candidate(2, 2)], &key).unwrap();
        assert!(decode(&good, &key).is_some());
        assert_eq!(decode(&good, &KeyId(Digest([8; 32]))), None);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad, &key), None, "byte {at}");
            assert_eq!(decode(&good[..at], &key), None, "cut at {at}");
        }
    }
}
