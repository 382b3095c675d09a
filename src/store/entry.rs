//! Entries: the outputs of one compile.
//!
//! ```text
//! magic "PCCentry" | version u32 | compile time µs u64 | parts u32
//! part   kind u8 | codec u8 | length u64 | stored length u64 | BLAKE3 of the stored bytes 32   × parts
//! the parts' stored bytes, in order
//! ```
//!
//! An entry is named by the digest of everything before the stored bytes. That header holds the digests of the
//! parts, so the name vouches for every byte; all of it is checked on each hit, before any output is touched. The same
//! result stored from two commands is one file.
//!
//! Parts are compressed with zstd at level 1 where that makes them smaller by an eighth, and not by more than a
//! reader would believe (see `packed`). Measured on OpenSSL's
//! 1113 objects: 12.7 MB become 4.6 MB, depfile templates included, and decompressing the largest kind (180 KB) takes
//! 2.2 of a hit's 7.6 million instructions. Smaller stores are also what CI uploads and downloads.

use super::{Kind, Store, packed};
use crate::codec::{Reader, Writer};
use crate::digest::Digest;
use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

const MAGIC: &[u8; 8] = b"PCCentry";
const VERSION: u32 = 3;
const HEADER: usize = 8 + 4 + 8 + 4;
const PART_HEADER: usize = 1 + 1 + 8 + 8 + 32;
/// Parts that are together larger than this are neither written nor believed.
pub const CONTENT_LIMIT: u64 = 1 << 29;
/// No entry's file is longer: parts are never stored in more bytes than they have.
pub(super) const FILE_LIMIT: u64 = CONTENT_LIMIT + (1 << 20);
const LEVEL: i32 = 1;
/// More kinds of output than there are.
const MOST_PARTS: usize = 64;
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
    let encoded = encode(entry).ok_or_else(|| io::Error::other("outputs too large to store"))?;
    store.write(Kind::Entry, &encoded.name, &[&encoded.header, &encoded.stored])?;
    Ok(encoded.name)
}

/// An entry as its file holds it.
pub struct Encoded {
    /// The digest of the header.
    pub name: Digest,
    /// Everything before the stored bytes.
    pub header: Vec<u8>,
    /// The parts' stored bytes.
    pub stored: Vec<u8>,
}

/// Encodes an entry; `None` if it is too large.
pub fn encode(entry: &Entry) -> Option<Encoded> {
    let total: u64 = entry.parts.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    if total > CONTENT_LIMIT || entry.parts.len() > MOST_PARTS {
        return None;
    }
    let mut header = Writer(MAGIC.to_vec());
    header.u32(VERSION).u64(entry.compile_us).count(entry.parts.len());
    let mut stored = Vec::new();
    for (part, bytes) in &entry.parts {
        let compressed = if bytes.len() < WORTH_COMPRESSING { None } else { packed::pack_pieces(bytes, LEVEL) };
        let worthwhile = |smaller: &Vec<u8>| {
            smaller.len() < bytes.len() - bytes.len() / 8 && packed::is_believable(total, smaller.len() as u64)
        };
        let compressed = compressed.filter(worthwhile);
        let kept = compressed.as_deref().unwrap_or(bytes);
        header.byte(*part as u8).byte(u8::from(compressed.is_some()));
        header.u64(bytes.len() as u64).u64(kept.len() as u64).digest(&Digest::of_bytes(kept));
        stored.extend_from_slice(kept);
    }
    Some(Encoded { name: Digest::of_bytes(&header.0), header: header.0, stored })
}

/// Reads an entry, checks all of it, and marks it as used. `None` if there is none; a damaged one is removed.
pub fn get(store: &Store, name: &Digest) -> Option<Stored> {
    let (file, bytes) = store.read(Kind::Entry, name)?;
    let stored = Stored::new(bytes, name);
    if stored.is_none() {
        store.remove(Kind::Entry, name);
        return None;
    }
    super::evict::touch(&file);
    stored
}

/// Removes an entry; what leads to it is then a miss.
pub fn remove(store: &Store, name: &Digest) {
    store.remove(Kind::Entry, name);
}

/// Decodes an entry; `None` unless every byte is what the name says.
pub fn decode(bytes: &[u8], name: &Digest) -> Option<Entry> {
    Stored::new(bytes.to_vec(), name)?.unpack()
}

/// An entry as it was read: what its name vouches for was checked, and its parts are still packed.
#[derive(Debug)]
pub struct Stored {
    /// As in [`Entry`].
    pub compile_us: u64,
    file: Vec<u8>,
    parts: Vec<StoredPart>,
}

#[derive(Debug)]
struct StoredPart {
    part: Part,
    is_packed: bool,
    length: u64,
    /// Where in the file it is.
    at: Range<usize>,
}

/// A part, still packed.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    is_packed: bool,
    length: u64,
    stored: &'a [u8],
}

impl Stored {
    /// Checks the file of the entry of this name; `None` unless every byte is what the name says.
    pub fn new(file: Vec<u8>, name: &Digest) -> Option<Self> {
        let mut from = Reader(file.strip_prefix(MAGIC)?);
        if from.u32()? != VERSION {
            return None;
        }
        let compile_us = from.u64()?;
        let count = from.count(PART_HEADER).filter(|count| *count <= MOST_PARTS)?;
        let mut start = HEADER + count * PART_HEADER;
        if Digest::of_bytes(file.get(..start)?) != *name {
            return None;
        }
        let (mut parts, mut total) = (Vec::with_capacity(count), 0_u64);
        for _ in 0..count {
            let (part, codec) = (Part::from_byte(from.byte()?)?, from.byte()?);
            let (length, stored_length, digest) = (from.u64()?, from.u64()?, from.digest()?);
            total = total.checked_add(length)?;
            let end = start.checked_add(usize::try_from(stored_length).ok()?)?;
            let is_packed = match codec {
                0 if length == stored_length => false,
                1 => true,
                _ => return None,
            };
            if Digest::of_bytes(file.get(start..end)?) != digest {
                return None;
            }
            parts.push(StoredPart { part, is_packed, length, at: start..end });
            start = end;
        }
        let is_whole = start == file.len() && total <= CONTENT_LIMIT;
        if !is_whole || !packed::is_believable(total, file.len() as u64) {
            return None;
        }
        let stored = Self { compile_us, file, parts };
        // Who wrote the file may have named anything by its digest.
        let is_plausible = stored.contents().all(|(_, content)| content.is_plausible());
        is_plausible.then_some(stored)
    }

    /// A part; `None` if it is not there.
    pub fn part(&self, wanted: Part) -> Option<Content<'_>> {
        self.contents().find(|(part, _)| *part == wanted).map(|(_, content)| content)
    }

    /// The entry that was stored; `None` if a part cannot be decompressed.
    pub fn unpack(&self) -> Option<Entry> {
        let parts = self.contents().map(|(part, content)| Some((part, content.bytes()?.into_owned())));
        Some(Entry { compile_us: self.compile_us, parts: parts.collect::<Option<_>>()? })
    }

    fn contents(&self) -> impl Iterator<Item = (Part, Content<'_>)> {
        self.parts.iter().map(|StoredPart { part, is_packed, length, at }| {
            (*part, Content { is_packed: *is_packed, length: *length, stored: &self.file[at.clone()] })
        })
    }
}

impl<'a> Content<'a> {
    fn is_plausible(&self) -> bool {
        !self.is_packed || packed::pieces(self.stored, self.length).is_some()
    }

    /// Writes the content.
    ///
    /// # Errors
    /// Those of writing; [`io::ErrorKind::InvalidData`] if it cannot be decompressed, which happens to no entry that was
    /// written by this program. Some of it is written then.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        if !self.is_packed {
            return to.write_all(self.stored);
        }
        let pieces = packed::pieces(self.stored, self.length).ok_or(io::ErrorKind::InvalidData)?;
        packed::unpack_pieces(&pieces, |piece| to.write_all(piece))
    }

    /// The content as a whole; `None` if it cannot be decompressed.
    pub fn bytes(&self) -> Option<Cow<'a, [u8]>> {
        if !self.is_packed {
            return Some(Cow::Borrowed(self.stored));
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(usize::try_from(self.length).ok()?).ok()?;
        self.write(&mut bytes).ok()?;
        Some(Cow::Owned(bytes))
    }
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
        assert_eq!(get(&store, &name).unwrap().unpack(), Some(sample()));
        let path = store.path(Kind::Entry, &name);
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
