//! What is compressed in the store, within bounds.
//!
//! The stated length of compressed content is the claim of a file that anybody may have written. zstd makes a
//! terabyte of some megabytes, and such a file is no less well-formed than an honest one, so only a bound tells a bomb: some content is
//! free, beyond that it is at most so many times as long as what it is stored in. Writers keep to it
//! by not compressing what compresses too well.

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

#[cfg(test)]
mod tests {
    use super::*;

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
