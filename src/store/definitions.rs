//! What headers of definitions held when results were made with them, see `text/definitions.rs`.
//!
//! ```text
//! magic "PCCdefin" | version u32 | BLAKE3 of the name and the rest 32
//! the items, see `definitions::encode`
//! ```
//!
//! A file is named by the digest of the header's content. Bodies of definitions are kept as digests. Where a file is missing, a header that
//! has changed is another one, and the lookup ends as a miss.

use super::backend::{Backend, StoreOnly};
use super::kind::Kind;
use super::local::Store;
use crate::codec::{Reader, Writer};
use crate::digest::{ContentId, Digest, FieldHasher};
use crate::proof::KnownHeaders;
use crate::text::definitions::{self, Line};
use std::io;

const MAGIC: &[u8; 8] = b"PCCdefin";
const VERSION: u32 = 8;

impl KnownHeaders for Store {
    fn items(&self, content: &ContentId) -> Option<Vec<Line>> {
        get(self, content)
    }

    fn knows(&self, content: &ContentId) -> bool {
        // It is marked as used: the result that is about to be stored hangs on it.
        self.get(Kind::Definitions, &content.0).is_some()
    }
}

/// What the header of this content held.
fn get(store: &dyn Backend, content: &ContentId) -> Option<Vec<Line>> {
    let blob = store.get(Kind::Definitions, &content.0)?;
    let items = blob.bytes(Kind::Definitions.limit()).ok().and_then(|bytes| decode(&bytes, content));
    if items.is_none() {
        store.remove(StoreOnly(()), Kind::Definitions, &content.0);
    }
    items
}

/// Keeps what the header of this content holds.
///
/// # Errors
/// When the file cannot be written, or would be longer than any is.
pub(super) fn put(store: &dyn Backend, content: &ContentId, items: &[Line]) -> io::Result<()> {
    let encoded = encode(items, content);
    if encoded.len() as u64 > Kind::Definitions.limit() {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    store.put(StoreOnly(()), Kind::Definitions, &content.0, &[&encoded])
}

fn check(content: &ContentId, rest: &[u8]) -> Digest {
    FieldHasher::new("packer-cc definitions 3").digest("content", &content.0).field("rest", rest).finish()
}

/// Encodes what the header of this content holds.
pub fn encode(items: &[Line], content: &ContentId) -> Vec<u8> {
    let rest = definitions::encode(items);
    let mut file = Writer(MAGIC.to_vec());
    file.u32(VERSION).digest(&check(content, &rest));
    file.0.extend_from_slice(&rest);
    file.0
}

/// Decodes what the header of this content held; `None` if the bytes are damaged, another's, or of another format.
pub fn decode(bytes: &[u8], content: &ContentId) -> Option<Vec<Line>> {
    let mut from = Reader(bytes.strip_prefix(MAGIC)?);
    if from.u32()? != VERSION || from.digest()? != check(content, from.0) {
        return None;
    }
    definitions::decode(from.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_damage_is_as_good_as_none() {
        let text = b"#define A 1\n#ifdef B\n#undef C\n#endif\n";
        let (content, items) = (ContentId::of_bytes(text), definitions::items(text).unwrap());
        let good = encode(&items, &content);
        assert_eq!(decode(&good, &content), Some(items));
        assert_eq!(decode(&good, &ContentId::of_bytes(b"")), None);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad, &content), None, "byte {at}");
            assert_eq!(decode(&good[..at], &content), None, "cut at {at}");
        }
    }
}
