//! What is compressed in the store, within bounds.
//!
//! A compressed file states how long its content is, and anybody may have written the file. zstd can make a terabyte of some
//! megabytes. Such a file is as well-formed as an honest one, so only a bound tells a bomb: content may have [`FREE`] bytes, and beyond
//! that [`RATIO`] times the bytes it is stored in. Writers keep to the bound: they do not compress what compresses too well.

use std::io;

/// Outputs are compressed by pieces of this many bytes, each by itself. A hit holds one piece at a time, in memory that the processor
/// has at hand, and writes it out before the next. For the whole of a 2 MB object the kernel would have to find 500 pages first, which
/// takes as long as decompressing. Matches do not reach over pieces: 2 % more is stored.
pub const PIECE: usize = 1 << 17;
/// So many bytes of content are believed of any file.
const FREE: u64 = 1 << 26;
/// Beyond [`FREE`], content has at most this many times the bytes it is stored in. Objects and manifests have around 4 times.
const RATIO: u64 = 64;

/// The most bytes of a manifest's content, however well it is compressed. Many candidates that differ in one file repeat each other
/// a hundredfold, so the bound of compressed content does not do. OpenSSL's manifests have 38 KB.
pub const MANIFEST: usize = 1 << 25;

/// Whether `stored` bytes may claim to hold `length` bytes of content.
pub fn is_believable(length: u64, stored: u64) -> bool {
    length <= stored.saturating_mul(RATIO).saturating_add(FREE)
}

/// The content of `stored`, if it is exactly `length` bytes. The caller has found the length believable.
pub fn unpack(stored: &[u8], length: u64) -> Option<Vec<u8>> {
    // Writers compress in one call, which states the length in the frame.
    if zstd::zstd_safe::get_frame_content_size(stored).ok()?? != length {
        return None;
    }
    let mut content = Vec::new();
    content.try_reserve_exact(usize::try_from(length).ok()?).ok()?;
    zstd::bulk::Decompressor::new().ok()?.decompress_to_buffer(stored, &mut content).ok()?;
    (content.len() as u64 == length).then_some(content)
}

/// Compresses content by pieces, and says how many bytes each has then. `None` where zstd fails.
pub fn pack_pieces(content: &[u8], level: i32) -> Option<(Vec<u8>, Vec<u32>)> {
    let mut compressor = zstd::bulk::Compressor::new(level).ok()?;
    let mut stored = Vec::with_capacity(content.len() / 2);
    let mut lengths = Vec::with_capacity(content.len() / PIECE + 1);
    for piece in content.chunks(PIECE) {
        let before = stored.len();
        stored.extend_from_slice(&compressor.compress(piece).ok()?);
        lengths.push(u32::try_from(stored.len() - before).ok()?);
    }
    Some((stored, lengths))
}

/// Into how many pieces content of this length is compressed.
pub fn pieces(length: u64) -> u64 {
    length.div_ceil(PIECE as u64)
}

/// Decompresses pieces, one after the other, in the same memory.
pub struct Unpacker {
    decompressor: zstd::bulk::Decompressor<'static>,
    content: Vec<u8>,
}

impl Unpacker {
    /// For the pieces of content of this length. It is one piece long at most.
    ///
    /// # Errors
    /// When memory is short.
    pub fn new(length: u64) -> io::Result<Self> {
        let mut content = Vec::new();
        content.try_reserve_exact(usize::try_from(length).unwrap_or(PIECE).min(PIECE))?;
        Ok(Self { decompressor: zstd::bulk::Decompressor::new()?, content })
    }

    /// The next piece, when `left` bytes of the content are still to come.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if `stored` cannot be decompressed, or has another length than the next piece.
    pub fn unpack(&mut self, stored: &[u8], left: u64) -> io::Result<&[u8]> {
        self.content.clear();
        let is_unpacked = self.decompressor.decompress_to_buffer(stored, &mut self.content).is_ok();
        if !is_unpacked || self.content.len() as u64 != left.min(PIECE as u64) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "content that is not what was compressed"));
        }
        Ok(&self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_and_only_these() {
        for length in [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5] {
            let content: Vec<u8> = (0..length).map(|at| (at / 7).to_le_bytes()[0]).collect();
            let (stored, lengths) = pack_pieces(&content, 1).unwrap();
            assert_eq!(lengths.len() as u64, pieces(length as u64));
            assert_eq!(lengths.iter().sum::<u32>() as usize, stored.len());
            let mut unpacker = Unpacker::new(length as u64).unwrap();
            let (mut back, mut rest) = (Vec::new(), stored.as_slice());
            for piece in lengths {
                let (stored, others) = rest.split_at(piece as usize);
                let left = (length - back.len()) as u64;
                for other in [left - 1, left.min(PIECE as u64) - 1] {
                    let is_same = other.min(PIECE as u64) == left.min(PIECE as u64);
                    assert_eq!(unpacker.unpack(stored, other).is_ok(), is_same, "{length} {other}");
                }
                assert!(unpacker.unpack(&stored[..stored.len() - 1], left).is_err());
                back.extend_from_slice(unpacker.unpack(stored, left).unwrap());
                rest = others;
            }
            assert!(back == content, "{length}");
        }
    }

    #[test]
    fn only_the_true_length_is_unpacked() {
        let content = vec![7; 100_000];
        let stored = zstd::bulk::compress(&content, 1).unwrap();
        assert_eq!(unpack(&stored, 100_000), Some(content));
        for length in [0, 99_999, 100_001, 1 << 40, u64::MAX] {
            assert_eq!(unpack(&stored, length), None, "{length}");
        }
        assert_eq!(unpack(&stored[..stored.len() - 1], 100_000), None);
    }

    #[test]
    fn a_bomb_is_not_believable() {
        assert!(is_believable(1 << 26, 30));
        assert!(!is_believable(1 << 31, 1 << 15));
        assert!(is_believable(1 << 29, 1 << 23));
        assert!(is_believable(u64::MAX, u64::MAX));
    }
}
