//! Entries: the outputs of one compile.
//!
//! ```text
//! magic "PCCentry" | version u32 | compile time µs u64 | parts u32
//! part   kind u8 | codec u8 | length u64 | stored length u64 | BLAKE3 of the content 32        × parts
//! the parts' stored bytes, in order
//! ```
//!
//! An entry is named by the digest of everything before the stored bytes. That header holds the digests of the
//! parts, so the name vouches for every byte; all of it is checked on each hit. The same result stored from two
//! commands is one file.
//!
//! Parts are compressed with zstd at level 1 where that makes them smaller by an eighth. Measured on OpenSSL's
//! 1113 objects: 12.7 MB become 4.6 MB, depfile templates included, and decompressing the largest kind (180 KB) takes
//! 2.2 of a hit's 7.6 million instructions. Smaller stores are also what CI uploads and downloads.

use super::{Kind, Store};
use crate::codec::{Reader, Writer};
use crate::digest::Digest;
use std::io;

const MAGIC: &[u8; 8] = b"PCCentry";
const VERSION: u32 = 2;
const HEADER: usize = 8 + 4 + 8 + 4;
const PART_HEADER: usize = 1 + 1 + 8 + 8 + 32;
/// A part larger than this is neither written nor believed.
const PART_LIMIT: u64 = 1 << 31;
const LEVEL: i32 = 1;
/// Smaller parts are stored as they are.
const WORTH_COMPRESSING: usize = 512;

/// What a part is to the one who restores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Part {
    /// The object or assembly.
    Main = 1,
    /// The depfile as a list of rooted names.
    DepfileNames = 2,
    /// The depfile's bytes.
    DepfileBytes = 3,
    /// Standard output.
    Stdout = 4,
    /// Standard error, with colours if any.
    Stderr = 5,
    /// `-fstack-usage`
    StackUsage = 6,
    /// Coverage notes.
    CoverageNotes = 7,
    /// Split debug data.
    SplitDwarf = 8,
    /// `-fcallgraph-info`
    CallGraph = 9,
}

impl Part {
    fn from_byte(byte: u8) -> Option<Self> {
        [
            Self::Main,
            Self::DepfileNames,
            Self::DepfileBytes,
            Self::Stdout,
            Self::Stderr,
            Self::StackUsage,
            Self::CoverageNotes,
            Self::SplitDwarf,
            Self::CallGraph,
        ]
        .into_iter()
        .find(|part| *part as u8 == byte)
    }
}

/// The outputs of one compile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// How long the compiler took, in microseconds of wall time.
    pub compile_us: u64,
    /// The outputs. A stream that stayed empty is left out, and so is a side file that the compiler did not write.
    pub parts: Vec<(Part, Vec<u8>)>,
}

impl Entry {
    /// A part's bytes; empty if it is not there.
    pub fn part(&self, wanted: Part) -> Option<&[u8]> {
        self.parts.iter().find(|(part, _)| *part == wanted).map(|(_, bytes)| bytes.as_slice())
    }
}

/// Stores an entry and says under which name.
///
/// # Errors
/// When it cannot be written or is too large.
pub fn put(store: &Store, entry: &Entry) -> io::Result<Digest> {
    let mut header = Writer(MAGIC.to_vec());
    header.u32(VERSION).u64(entry.compile_us).count(entry.parts.len());
    let mut stored = Vec::new();
    for (part, bytes) in &entry.parts {
        if bytes.len() as u64 > PART_LIMIT {
            return Err(io::Error::other("an output too large to store"));
        }
        let compressed = if bytes.len() < WORTH_COMPRESSING { None } else { zstd::bulk::compress(bytes, LEVEL).ok() };
        let compressed = compressed.filter(|smaller| smaller.len() < bytes.len() - bytes.len() / 8);
        let kept = compressed.as_deref().unwrap_or(bytes);
        header.byte(*part as u8).byte(u8::from(compressed.is_some()));
        header.u64(bytes.len() as u64).u64(kept.len() as u64).digest(&Digest::of_bytes(bytes));
        stored.extend_from_slice(kept);
    }
    let name = Digest::of_bytes(&header.0);
    store.write(Kind::Entry, &name, &[&header.0, &stored])?;
    Ok(name)
}

/// Reads an entry, checks all of it, and marks it as used. `None` if there is none; a damaged one is removed.
pub fn get(store: &Store, name: &Digest) -> Option<Entry> {
    let (file, bytes) = store.read(Kind::Entry, name)?;
    let entry = decode(&bytes, name);
    if entry.is_none() {
        store.remove(Kind::Entry, name);
        return None;
    }
    super::evict::touch(&file);
    entry
}

/// Decodes an entry; `None` unless every byte is what the name says.
pub fn decode(bytes: &[u8], name: &Digest) -> Option<Entry> {
    let mut from = Reader(bytes.strip_prefix(MAGIC)?);
    if from.u32()? != VERSION {
        return None;
    }
    let compile_us = from.u64()?;
    let count = from.count(PART_HEADER)?;
    if Digest::of_bytes(bytes.get(..HEADER + count * PART_HEADER)?) != *name {
        return None;
    }
    let mut headers = Vec::with_capacity(count);
    for _ in 0..count {
        headers.push((Part::from_byte(from.byte()?)?, from.byte()?, from.u64()?, from.u64()?, from.digest()?));
    }
    let mut parts = Vec::with_capacity(count);
    for (part, codec, length, stored_length, digest) in headers {
        let stored = from.take(usize::try_from(stored_length).ok()?)?;
        let content = match codec {
            0 => stored.to_vec(),
            // zstd cannot expand by more than this; a length beyond it is a bomb's.
            1 if length <= PART_LIMIT && length / 65536 <= stored_length => {
                zstd::bulk::decompress(stored, usize::try_from(length).ok()?).ok()?
            }
            _ => return None,
        };
        if content.len() as u64 != length || Digest::of_bytes(&content) != digest {
            return None;
        }
        parts.push((part, content));
    }
    from.end()?;
    Some(Entry { compile_us, parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Entry {
        Entry { compile_us: 5, parts: vec![(Part::Main, vec![7; 5000]), (Part::Stderr, b"warning".to_vec())] }
    }

    #[test]
    fn an_entry_comes_back_and_every_damage_is_a_miss() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let name = put(&store, &sample()).unwrap();
        assert_eq!(get(&store, &name), Some(sample()));
        let path = store.path(Kind::Entry, &name);
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad, &name), None, "byte {at}");
            assert_eq!(decode(&good[..at], &name), None, "cut at {at}");
        }
        std::fs::write(&path, &good[..10]).unwrap();
        assert_eq!(get(&store, &name), None);
        assert!(!path.exists());
    }
}
