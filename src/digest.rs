//! Digests: BLAKE3 over tagged, length-prefixed fields, so that no two different inputs ever hash the same bytes.

use std::fmt;
use std::io::{self, Read};

/// A 256-bit BLAKE3 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The digest of all that is read, and how many bytes these were. About `length` bytes are expected; it may be more or fewer.
    ///
    /// # Errors
    /// Those of reading.
    pub fn of_reader(mut from: impl Read, length: u64) -> io::Result<(Self, u64)> {
        /// How many bytes are read at once. BLAKE3 hashes sixteen chunks of 1 KB at once where the processor can; more only saves calls.
        const PIECE: u64 = 1 << 17;
        let mut piece = vec![0; usize::try_from(length.clamp(1, PIECE)).unwrap_or(1)];
        let (mut hasher, mut total) = (blake3::Hasher::new(), 0);
        loop {
            match from.read(&mut piece) {
                Ok(0) => return Ok((Self(*hasher.finalize().as_bytes()), total)),
                Ok(read) => {
                    hasher.update(&piece[..read]);
                    total += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The digest of 64 lower-case hexadecimal characters; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digest = Self(*blake3::Hash::from_hex(text).ok()?.as_bytes());
        (digest.hex() == text).then_some(digest)
    }

    /// Lower-case hexadecimal, 64 characters.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// Its first twelve hexadecimal characters, for people.
    pub fn short(&self) -> String {
        const CHARACTERS: usize = 12;
        self.hex()[..CHARACTERS].to_owned()
    }
}

/// What is in a file: the digest of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentId(pub Digest);

impl ContentId {
    /// Of a file that holds these bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Digest::of_bytes(bytes))
    }

    /// The first twelve characters of its digest, for people.
    pub fn short(&self) -> String {
        self.0.short()
    }
}

/// The digest of a text's code: what is left of it without its comments. That of a text without any is the digest of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeId(pub Digest);

impl CodeId {
    /// Hashes code.
    pub fn of_bytes(code: &[u8]) -> Self {
        Self(Digest::of_bytes(code))
    }
}

/// The name of a manifest: the digest of what a result depends on before anything is read, see [`crate::key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub Digest);

/// The name of an entry: the digest of its header, which vouches for all of it, see [`crate::store::entry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(pub Digest);

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Digest({})", self.short())
    }
}

/// Hashes a sequence of fields. Each is prefixed by its tag and its length; the domain separates uses from each
/// other, so that a key can never equal an identity by accident of content.
pub struct FieldHasher(blake3::Hasher);

impl FieldHasher {
    /// Starts a hash in `domain`, a constant unique to the use and its format version.
    pub fn new(domain: &str) -> Self {
        let mut hasher = Self(blake3::Hasher::new());
        hasher.field("domain", domain.as_bytes());
        hasher
    }

    /// Adds one named field.
    pub fn field(&mut self, tag: &str, value: &[u8]) -> &mut Self {
        self.0.update(&(tag.len() as u64).to_le_bytes());
        self.0.update(tag.as_bytes());
        self.0.update(&(value.len() as u64).to_le_bytes());
        self.0.update(value);
        self
    }

    /// Adds a digest as a named field.
    pub fn digest(&mut self, tag: &str, value: &Digest) -> &mut Self {
        self.field(tag, &value.0)
    }

    /// The digest of everything added so far.
    pub fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_between_fields_count() {
        let of = |fields: &[(&str, &str)]| {
            let mut hasher = FieldHasher::new("test");
            for (tag, value) in fields {
                hasher.field(tag, value.as_bytes());
            }
            hasher.finish()
        };
        assert_ne!(of(&[("a", "bc")]), of(&[("ab", "c")]));
        assert_ne!(of(&[("a", "b"), ("a", "")]), of(&[("a", ""), ("a", "b")]));
        assert_eq!(of(&[("a", "b")]), of(&[("a", "b")]));
    }
}
