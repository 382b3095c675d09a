//! The pack of facts: what scans of texts found, one text's behind the other's.

use crate::digest::Digest;
use crate::faults::{self, Point};
use crate::files::{self, Use};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64_with_seed;

const MAGIC: &[u8; 8] = b"PCCfact2";
/// How many bytes the check takes, which stands in front of the facts.
const CHECK: usize = 8;
/// No header has more bytes of facts; a longer length is damage.
const LIMIT: u64 = 1 << 24;

/// A pack that is opened for reading when it is first asked.
#[derive(Default)]
pub(super) struct Pack(Option<std::fs::File>);

impl Pack {
    /// The facts about the content with this digest that stand at `offset`, `length` bytes with their check.
    pub fn read(&mut self, path: &Path, content: &Digest, offset: u64, length: u64) -> Option<Vec<u8>> {
        if length > LIMIT {
            return None;
        }
        if self.0.is_none() {
            self.0 = files::open(path).ok().map(|(pack, _)| pack);
        }
        let mut text = vec![0; usize::try_from(length).ok()?];
        self.0.as_ref()?.read_exact_at(&mut text, offset).ok()?;
        let (check, facts) = text.split_at_checked(CHECK)?;
        if check != check_of(content, facts) {
            return None;
        }
        text.drain(..CHECK);
        Some(text)
    }
}

/// Facts that are to be appended, one text's behind the other's.
#[derive(Default)]
pub(super) struct Addition(Vec<u8>);

impl Addition {
    /// Adds facts about the content with this digest; says where in the addition they begin, and how long they are.
    pub fn push(&mut self, content: &Digest, facts: &[u8]) -> (u64, u64) {
        let start = self.0.len();
        self.0.extend_from_slice(&check_of(content, facts));
        self.0.extend_from_slice(facts);
        (start as u64, (self.0.len() - start) as u64)
    }

    /// Appends them in one write, and says where they begin. The caller holds the lock.
    ///
    /// # Errors
    /// When the pack cannot be written.
    pub fn append_to(&self, path: &Path) -> io::Result<u64> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let pack = files::open_or_make(path, Use::Update)?;
        let mut end = files::regular(&pack)?.len();
        if end < MAGIC.len() as u64 {
            pack.write_all_at(MAGIC, 0)?;
            end = MAGIC.len() as u64;
        }
        // Facts that are written in part fail their check, and no slot leads to them yet.
        faults::after(Point::FactsPart, || pack.write_all_at(&self.0[..self.0.len() / 2], end));
        pack.write_all_at(&self.0, end)?;
        faults::at(Point::FactsWritten);
        Ok(end)
    }
}

/// Tells facts from damaged ones, and from those about another content than the one with this digest. Nobody but the user writes packs, so a
/// fast checksum is enough: a compile reads the facts of each of its headers.
fn check_of(content: &Digest, facts: &[u8]) -> [u8; CHECK] {
    let mut seed = [0; CHECK];
    seed.copy_from_slice(&content.0[..CHECK]);
    xxh3_64_with_seed(facts, u64::from_le_bytes(seed)).to_le_bytes()
}
