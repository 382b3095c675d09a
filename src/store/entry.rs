//! Entries: the outputs of one compile.
//!
//! ```text
//! magic "PCCentry" | version u32 | compile time µs u64 | parts u32
//! part   kind u8 | codec u8 | length u64 | stored length u64 | BLAKE3 of the stored bytes 32   × parts
//!        and, if it is compressed (codec 1): stored length of a piece u32                     × pieces
//! the parts' stored bytes, in order
//! ```
//!
//! An entry is named by the digest of everything before the stored bytes. That header holds the digests of the parts, so the name
//! vouches for every byte. The same result stored from two commands is one file.
//!
//! Each hit checks the whole entry before any output is touched. So a large entry is read twice, a piece at a time into the same
//! memory. To hold all of it, the kernel would have to find as many pages first, which takes longer than to read again.
//!
//! Parts are compressed with zstd at level 7 where that makes them smaller by an eighth, and not by more than a reader would believe
//! (see `packed`). What is stored once is read often, and CI uploads and downloads it. Measured:
//!
//! | | stored at level 7 | at level 1 |
//! |---|---|---|
//! | 301 objects of OpenSSL, 2.83 MB | 0.91 MB | 0.98 MB |
//! | objects with `-g -flto`, 1.87 MB | 359 KB | 407 KB |
//!
//! To compress the latter takes 15 ms at level 7 and 3 ms at level 1, and to compile them takes 500 ms. What level 7 made of them is
//! unpacked in a sixth less time.

use super::backend::{Backend, Blob, StoreOnly};
use super::kind::Kind;
use super::packed;
use crate::codec::{Reader, Writer};
use crate::digest::{Digest, EntryId};
use crate::outputs::{LIMIT, OutputPart, Outputs};
use std::io::{self, Write};

const MAGIC: &[u8; 8] = b"PCCentry";
/// A new version needs a new domain of the first key (`key/mod.rs`): two versions that shared manifests would remove each other's
/// entries for ever.
const VERSION: u32 = 3;
/// The bytes of a part in the header, without its pieces.
const PART_HEADER: usize = 1 + 1 + 8 + 8 + 32;
/// The most bytes of a header: a few parts with as many pieces as there can be.
const HEADER_LIMIT: u64 = 1 << 16;
/// How many bytes are read first. Few headers are longer.
const FIRST_LOOK: u64 = 1 << 12;
/// The level of zstd.
const LEVEL: i32 = 7;
/// The most parts of an entry: more than there are kinds of output.
const MOST_PARTS: usize = 64;
/// Parts of fewer bytes are stored as they are.
const WORTH_COMPRESSING: usize = 512;
/// Compression must save more than one byte in so many.
const WORTH_SAVING: usize = 8;

/// Stores an entry and says under which name.
///
/// # Errors
/// When it cannot be written or is too large.
pub(super) fn put(store: &dyn Backend, outputs: &Outputs) -> io::Result<EntryId> {
    let encoded = encode(outputs).ok_or_else(|| io::Error::other("outputs too large to store"))?;
    store.put(StoreOnly(()), Kind::Entry, &encoded.name.0, &[&encoded.header, &encoded.stored])?;
    Ok(encoded.name)
}

/// An entry as its file holds it.
pub struct Encoded {
    /// The digest of the header.
    pub name: EntryId,
    /// Everything before the stored bytes.
    pub header: Vec<u8>,
    /// The parts' stored bytes.
    pub stored: Vec<u8>,
}

/// Encodes an entry; `None` if it is too large.
pub fn encode(outputs: &Outputs) -> Option<Encoded> {
    let total: u64 = outputs.parts.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    if total > LIMIT || outputs.parts.len() > MOST_PARTS {
        return None;
    }
    let mut header = Writer(MAGIC.to_vec());
    header.u32(VERSION).u64(outputs.compile_us).count(outputs.parts.len());
    let mut stored = Vec::new();
    for (part, bytes) in &outputs.parts {
        let compressed = if bytes.len() < WORTH_COMPRESSING { None } else { packed::pack_pieces(bytes, LEVEL) };
        let worthwhile = |(smaller, _): &(Vec<u8>, Vec<u32>)| {
            smaller.len() < bytes.len() - bytes.len() / WORTH_SAVING
                && packed::is_believable(total, smaller.len() as u64)
        };
        let compressed = compressed.filter(worthwhile);
        let (kept, pieces) =
            compressed.as_ref().map_or((bytes.as_slice(), [].as_slice()), |(kept, pieces)| (kept, pieces));
        header.byte(part.byte()).byte(u8::from(compressed.is_some()));
        header.u64(bytes.len() as u64).u64(kept.len() as u64).digest(&Digest::of_bytes(kept));
        for piece in pieces {
            header.u32(*piece);
        }
        stored.extend_from_slice(kept);
    }
    Some(Encoded { name: EntryId(Digest::of_bytes(&header.0)), header: header.0, stored })
}

/// Reads an entry, checks all of it, and marks it as used. `None` if there is none; a damaged one is removed.
pub fn get(store: &dyn Backend, name: &EntryId) -> Option<Stored> {
    let blob = store.get(Kind::Entry, &name.0)?;
    let stored = Stored::of_blob(blob, name);
    if stored.is_none() {
        store.remove(StoreOnly(()), Kind::Entry, &name.0);
    }
    stored
}

/// Decodes an entry; `None` unless every byte is what the name says.
pub fn decode(bytes: &[u8], name: &EntryId) -> Option<Outputs> {
    Stored::new(Blob::Memory(bytes.to_vec()), bytes.len() as u64, name)?.unpack()
}

/// Whether this is the entry of an earlier version. It is not damaged: that version may still be in use.
pub(super) fn is_earlier(bytes: &[u8]) -> bool {
    let version = bytes.strip_prefix(MAGIC).and_then(|rest| Reader(rest).u32());
    version.is_some_and(|version| (1..VERSION).contains(&version))
}

/// An entry as it was read: every byte was checked against its name, and the parts are still packed.
#[derive(Debug)]
pub struct Stored {
    /// Its name.
    pub name: EntryId,
    /// As in [`Outputs`].
    pub compile_us: u64,
    source: Blob,
    parts: Vec<StoredPart>,
}

#[derive(Debug)]
struct StoredPart {
    part: OutputPart,
    length: u64,
    digest: Digest,
    /// Where it begins in the file.
    at: u64,
    stored_length: u64,
    /// The lengths of its pieces, if it is compressed.
    pieces: Option<Vec<u32>>,
}

/// A part, still packed.
#[derive(Debug, Clone, Copy)]
pub struct PartContent<'a> {
    source: &'a Blob,
    part: &'a StoredPart,
}

impl Stored {
    fn of_blob(blob: Blob, name: &EntryId) -> Option<Self> {
        // A small entry is read once.
        let len = blob.len();
        let is_small = len <= packed::PIECE as u64;
        let blob = if is_small { Blob::Memory(blob.bytes(Kind::Entry.limit()).ok()?) } else { blob };
        Self::new(blob, len, name)
    }

    /// Checks an entry of `len` bytes. `None` unless every byte is what the name says.
    fn new(source: Blob, len: u64, name: &EntryId) -> Option<Self> {
        let mut buffer = Vec::new();
        let (compile_us, parts) = [FIRST_LOOK, HEADER_LIMIT]
            .into_iter()
            .find_map(|limit| read_header(source.read(0, len.min(limit), &mut buffer).ok()?, len, name))?;
        let is_whole = |part: &StoredPart| {
            let mut hasher = blake3::Hasher::new();
            let end = part.at + part.stored_length;
            let mut at = part.at;
            while at < end {
                let piece = (end - at).min(packed::PIECE as u64);
                let Ok(bytes) = source.read(at, piece, &mut buffer) else { return false };
                hasher.update(bytes);
                at += piece;
            }
            hasher.finalize() == part.digest.0
        };
        parts.iter().all(is_whole).then_some(Self { name: *name, compile_us, source, parts })
    }

    /// A part; `None` if it is not there.
    pub fn part(&self, wanted: OutputPart) -> Option<PartContent<'_>> {
        let part = self.parts.iter().find(|known| known.part == wanted)?;
        Some(PartContent { source: &self.source, part })
    }

    /// The entry that was stored; `None` if a part cannot be decompressed, or its file was changed meanwhile.
    pub fn unpack(&self) -> Option<Outputs> {
        let unpacked = |part| Some((part, PartContent { source: &self.source, part }.bytes()?));
        let parts = self.parts.iter().map(|part| unpacked(part).map(|(part, bytes)| (part.part, bytes)));
        Some(Outputs { compile_us: self.compile_us, parts: parts.collect::<Option<_>>()? })
    }
}

/// Reads the header of an entry of `len` bytes, and checks it against the name: the time of the compile in microseconds, and the parts.
fn read_header(bytes: &[u8], len: u64, name: &EntryId) -> Option<(u64, Vec<StoredPart>)> {
    let mut from = Reader(bytes.strip_prefix(MAGIC)?);
    if from.u32()? != VERSION {
        return None;
    }
    let compile_us = from.u64()?;
    let count = from.count(PART_HEADER).filter(|count| *count <= MOST_PARTS)?;
    let (mut parts, mut total, mut at) = (Vec::with_capacity(count), 0_u64, 0_u64);
    for _ in 0..count {
        let (part, codec) = (OutputPart::from_byte(from.byte()?)?, from.byte()?);
        let (length, stored_length, digest) = (from.u64()?, from.u64()?, from.digest()?);
        let pieces = match codec {
            0 if length == stored_length => None,
            1 => Some(read_pieces(&mut from, length, stored_length)?),
            _ => return None,
        };
        parts.push(StoredPart { part, length, digest, at, stored_length, pieces });
        total = total.checked_add(length)?;
        at = at.checked_add(stored_length)?;
    }
    let start = (bytes.len() - from.0.len()) as u64;
    if Digest::of_bytes(&bytes[..bytes.len() - from.0.len()]) != name.0 {
        return None;
    }
    if start.checked_add(at)? != len || total > LIMIT || !packed::is_believable(total, len) {
        return None;
    }
    for part in &mut parts {
        part.at += start;
    }
    Some((compile_us, parts))
}

/// Reads how long the pieces of a compressed part are.
fn read_pieces(from: &mut Reader<'_>, length: u64, stored_length: u64) -> Option<Vec<u32>> {
    let bytes = from.take(usize::try_from(packed::pieces(length).checked_mul(4)?).ok()?)?;
    let pieces: Vec<u32> = bytes.as_chunks().0.iter().map(|piece| u32::from_le_bytes(*piece)).collect();
    let sum: u64 = pieces.iter().map(|piece| u64::from(*piece)).sum();
    // zstd makes a piece that does not compress a few bytes longer, and never twice as long.
    let is_honest = pieces.iter().all(|piece| *piece as usize <= 2 * packed::PIECE);
    (is_honest && sum == stored_length).then_some(pieces)
}

impl PartContent<'_> {
    /// Writes the content.
    ///
    /// # Errors
    /// Those of writing; [`io::ErrorKind::InvalidData`] if it cannot be decompressed, which happens to no entry that was
    /// written by this program, or if its file was changed meanwhile. Some of it may be written then.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let Self { source, part } = self;
        let damaged = |error: io::Error| io::Error::new(io::ErrorKind::InvalidData, error);
        let mut buffer = Vec::new();
        let mut at = part.at;
        let Some(pieces) = &part.pieces else {
            let end = part.at + part.length;
            while at < end {
                let piece = (end - at).min(packed::PIECE as u64);
                to.write_all(source.read(at, piece, &mut buffer).map_err(damaged)?)?;
                at += piece;
            }
            return Ok(());
        };
        let mut unpacker = packed::Unpacker::new(part.length)?;
        let mut left = part.length;
        for piece in pieces {
            let stored = source.read(at, u64::from(*piece), &mut buffer).map_err(damaged)?;
            let content = unpacker.unpack(stored, left)?;
            to.write_all(content)?;
            at += u64::from(*piece);
            left -= content.len() as u64;
        }
        Ok(())
    }

    /// The content as a whole; `None` if it cannot be decompressed.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(usize::try_from(self.part.length).ok()?).ok()?;
        self.write(&mut bytes).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    fn sample() -> Outputs {
        Outputs {
            compile_us: 5,
            parts: vec![(OutputPart::Main, vec![7; 5000]), (OutputPart::Stderr, b"warning".to_vec())],
        }
    }

    #[test]
    fn an_entry_comes_back_and_every_damage_is_a_miss() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let name = put(&store, &sample()).unwrap();
        assert_eq!(get(&store, &name).unwrap().unpack(), Some(sample()));
        let path = store.layout.path(Kind::Entry, &name.0);
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad, &name), None, "byte {at}");
            assert_eq!(decode(&good[..at], &name), None, "cut at {at}");
        }
        std::fs::write(&path, &good[..10]).unwrap();
        assert!(get(&store, &name).is_none());
        assert!(!path.exists());
    }
}
