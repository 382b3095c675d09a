//! What is compressed in the store, within bounds.
//!
//! The stated length of compressed content is the claim of a file that anybody may have written. zstd makes a
//! terabyte of some megabytes, and such a file is no less well-formed than an honest one, so only a bound tells a bomb: some content is
//! free, beyond that it is at most so many times as long as what it is stored in. Writers keep to it
//! by not compressing what compresses too well.

use std::io;

/// Outputs are compressed by pieces of this size, each by itself. A hit then holds one piece at a time, in memory that the
/// processor has at hand, and writes it out before the next; the whole of a 2 MB object would be 500 pages for the kernel to
/// find first, as long as decompressing takes. Matches do not reach over pieces: 2 % more is stored.
const PIECE: usize = 1 << 17;
/// So much is believed of any file.
const FREE: u64 = 1 << 26;
/// Beyond, content is at most this many times as long as what is stored. Objects and manifests are around 4.
const RATIO: u64 = 64;

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

/// Compresses content by pieces; `None` where zstd cannot.
pub fn pack_pieces(content: &[u8], level: i32) -> Option<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(level).ok()?;
    let mut stored = Vec::with_capacity(content.len() / 2);
    for piece in content.chunks(PIECE) {
        stored.extend_from_slice(&compressor.compress(piece).ok()?);
    }
    Some(stored)
}

/// The pieces of what [`pack_pieces`] made of `length` bytes, each with its length, as far as can be told without
/// decompressing them.
pub fn pieces(mut stored: &[u8], length: u64) -> Option<Vec<(&[u8], usize)>> {
    let mut pieces = Vec::new();
    let mut left = usize::try_from(length).ok()?;
    while left > 0 {
        let (piece, rest) = stored.split_at_checked(zstd::zstd_safe::find_frame_compressed_size(stored).ok()?)?;
        let size = left.min(PIECE);
        if zstd::zstd_safe::get_frame_content_size(piece).ok()?? != size as u64 {
            return None;
        }
        pieces.push((piece, size));
        left -= size;
        stored = rest;
    }
    stored.is_empty().then_some(pieces)
}

/// Decompresses pieces and hands out one after the other.
///
/// # Errors
/// Those of `take`; [`io::ErrorKind::InvalidData`] for what cannot be decompressed.
pub fn unpack_pieces(pieces: &[(&[u8], usize)], mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "content that is not what was compressed");
    let mut decompressor = zstd::bulk::Decompressor::new()?;
    let mut content = Vec::with_capacity(pieces.iter().map(|(_, length)| *length).max().unwrap_or(0));
    for (piece, length) in pieces {
        content.clear();
        decompressor.decompress_to_buffer(piece, &mut content).map_err(|_| damaged())?;
        if content.len() != *length {
            return Err(damaged());
        }
        take(&content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_and_only_these() {
        for length in [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5] {
            let content: Vec<u8> = (0..length).map(|at| (at / 7).to_le_bytes()[0]).collect();
            let stored = pack_pieces(&content, 1).unwrap();
            let mut back = Vec::new();
            let pieces_of = |stored, length: usize| pieces(stored, length as u64);
            unpack_pieces(&pieces_of(&stored, length).unwrap(), |piece| {
                assert!(piece.len() <= PIECE);
                back.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
            assert!(back == content, "{length}");
            for other in [0, length - 1, length + 1, length + PIECE] {
                assert_eq!(pieces_of(&stored, other), None, "{length} {other}");
            }
            assert_eq!(pieces_of(&stored[..stored.len() - 1], length), None);
            assert_eq!(pieces_of(&[&stored[..], &stored[..]].concat(), length), None);
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
