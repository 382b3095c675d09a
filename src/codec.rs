//! Reading and writing the binary formats of store and state: little-endian integers and length-prefixed bytes.
//!
//! A [`Reader`] never allocates from a length it has not checked against the bytes at hand, and answers `None` for
//! whatever does not fit; a caller turns that into a miss.

use crate::digest::Digest;

/// Appends fields to a buffer.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// One byte.
    pub fn byte(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    /// A 32-bit integer.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// A 64-bit integer.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// A signed 64-bit integer.
    pub fn i64(&mut self, value: i64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// A count of things to come, in 32 bits: no format here holds more things than that.
    pub fn count(&mut self, value: usize) -> &mut Self {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX))
    }

    /// Bytes behind their length.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.count(value.len());
        self.0.extend_from_slice(value);
        self
    }

    /// A digest.
    pub fn digest(&mut self, value: &Digest) -> &mut Self {
        self.0.extend_from_slice(&value.0);
        self
    }
}

/// Takes fields from a buffer.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// Exactly `len` bytes.
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    /// One byte.
    pub fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// A 32-bit integer.
    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A 64-bit integer.
    pub fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// A signed 64-bit integer.
    pub fn i64(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// A count of things that take at least `min_size` bytes each; refused if they cannot all be there.
    pub fn count(&mut self, min_size: usize) -> Option<usize> {
        let count = self.u32()? as usize;
        (count.checked_mul(min_size.max(1))? <= self.0.len()).then_some(count)
    }

    /// Bytes behind their length.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.count(1)?;
        self.take(len)
    }

    /// A digest.
    pub fn digest(&mut self) -> Option<Digest> {
        Some(Digest(self.take(32)?.try_into().ok()?))
    }

    /// Everything was read; trailing bytes mean another format.
    pub fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::default();
        writer.byte(7).u32(8).u64(9).i64(-1).bytes(b"ten").digest(&Digest([3; 32]));
        let mut reader = Reader(&writer.0);
        assert_eq!(reader.byte(), Some(7));
        assert_eq!(reader.u32(), Some(8));
        assert_eq!(reader.u64(), Some(9));
        assert_eq!(reader.i64(), Some(-1));
        assert_eq!(reader.bytes(), Some(&b"ten"[..]));
        assert_eq!(reader.digest(), Some(Digest([3; 32])));
        assert_eq!(reader.end(), Some(()));
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        let mut writer = Writer::default();
        writer.u32(u32::MAX).byte(1);
        assert_eq!(Reader(&writer.0).bytes(), None);
        assert_eq!(Reader(&writer.0).count(32), None);
    }
}
