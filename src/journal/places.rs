//! Where the journal's files are, and how much of one is read.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// How many bytes the journal grows to before it is folded into the totals: some twenty thousand runs.
pub const LIMIT: u64 = 4 << 20;

/// Of a journal no more is read than so many bytes at its end. It grows beyond [`LIMIT`] only where it cannot be folded.
const MOST: u64 = 16 * LIMIT;

/// The bytes of a journal from `start` to `len`, or the last [`MOST`] of these.
pub fn read_newest(file: &File, len: u64, start: u64) -> io::Result<Vec<u8>> {
    let start = start.max(len.saturating_sub(MOST)).min(len);
    let mut content = vec![0; usize::try_from(len - start).unwrap_or(0)];
    file.read_exact_at(&mut content, start)?;
    Ok(content)
}

/// The journal.
pub fn current(state: &Path) -> PathBuf {
    state.join("journal")
}

/// When everything was forgotten last.
pub fn zero_path(state: &Path) -> PathBuf {
    state.join("zero")
}

/// What is held while journals are rotated, folded, read as a whole or removed.
pub fn lock_path(state: &Path) -> PathBuf {
    state.join("journal.lock")
}
