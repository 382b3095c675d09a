//! Keeping the store within its bound.
//!
//! What is in use is known by modification times: a file is touched by every run that reads it. The size is kept
//! as one number in `state/usage`, changed under a lock by every write, so that a commit knows at the cost of one
//! small file whether the bound is passed. Then the least recently used files go, until the store is a tenth below
//! the bound, and the number is made exact again from what was seen. It is also made anew when it is missing or
//! belongs to another store directory.

use super::{Store, TEMPORARY};
use crate::files::{self, Use};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// A temporary file older than this was left behind by a writer that died.
const ABANDONED: Duration = Duration::from_secs(3600);
/// Evict down to this many tenths of the bound.
const KEEP_TENTHS: u64 = 9;

/// Marks a file as used now. A read-only store keeps its order of eviction.
pub fn touch(file: &fs::File) {
    use rustix::fs::{Timestamps, futimens};
    // Not UTIME_NOW: the file system's clock has ticks, within which the order would be lost.
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    let exact = futimens(file, &Timestamps { last_access: now, last_modification: now });
    if exact == Err(rustix::io::Errno::PERM) {
        // Another user's, in a shared store: whoever may write it may say that it was used now.
        let now = rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
        let _ = futimens(file, &Timestamps { last_access: now, last_modification: now });
    }
}

/// Counts a file that was written in the place of one of `replaced` bytes, and evicts if the bound is passed.
pub(super) fn account(store: &Store, size: u64, replaced: u64) {
    if store.max_size == 0 {
        return;
    }
    // The cache works without the count; the next eviction makes it right.
    let _ = try_account(store, size, replaced);
}

fn try_account(store: &Store, size: u64, replaced: u64) -> io::Result<()> {
    let _guard = store.lock("usage")?;
    let path = store.state.join("usage");
    let file = files::open_or_make(&path, Use::Update)?;
    files::regular(&file)?;
    let owner = fs::metadata(store.files()).map_or((0, 0), |meta| (meta.dev(), meta.ino()));
    let usage = match read(&file, owner) {
        Some(usage) => usage.saturating_add(size).saturating_sub(replaced),
        None => scan(store).iter().map(|found| found.size).sum(),
    };
    let usage = if usage > store.max_size { evict(store, store.max_size / 10 * KEEP_TENTHS) } else { usage };
    let mut record = [0; 24];
    record[..8].copy_from_slice(&usage.to_le_bytes());
    record[8..16].copy_from_slice(&owner.0.to_le_bytes());
    record[16..].copy_from_slice(&owner.1.to_le_bytes());
    file.write_all_at(&record, 0)
}

fn read(file: &fs::File, owner: (u64, u64)) -> Option<u64> {
    let mut record = [0; 24];
    file.read_exact_at(&mut record, 0).ok()?;
    let word = |at: usize| u64::from_le_bytes(record[at..at + 8].try_into().unwrap_or_default());
    ((word(8), word(16)) == owner).then(|| word(0))
}

struct Found {
    path: PathBuf,
    size: u64,
    used: SystemTime,
}

/// All files of the store, of every version: the bound is for them together. What else lies in the directory is none
/// of ours: somebody may have named a directory with files of his own in it.
fn scan(store: &Store) -> Vec<Found> {
    let mut found = Vec::new();
    let is_version = |name: &[u8]| matches!(name, [b'v', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit));
    let versions = fs::read_dir(&store.dir).into_iter().flatten().flatten();
    let versions = versions.filter(|item| is_version(item.file_name().as_bytes()));
    let mut dirs: Vec<PathBuf> =
        versions.filter(|item| item.file_type().is_ok_and(|kind| kind.is_dir())).map(|item| item.path()).collect();
    while let Some(dir) = dirs.pop() {
        for item in fs::read_dir(dir).into_iter().flatten().flatten() {
            // Of the item itself: a link in the store is never followed.
            let Ok(meta) = item.metadata() else { continue };
            if meta.is_dir() {
                dirs.push(item.path());
            } else {
                found.push(Found {
                    path: item.path(),
                    size: meta.len(),
                    used: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                });
            }
        }
    }
    found
}

/// Removes the least recently used files until at most `target` bytes are left, and returns what is left.
fn evict(store: &Store, target: u64) -> u64 {
    let now = SystemTime::now();
    let mut files = scan(store);
    files.sort_by_key(|found| found.used);
    let mut left: u64 = files.iter().map(|found| found.size).sum();
    for found in &files {
        let name = found.path.file_name().unwrap_or_default().to_string_lossy();
        let writing = name.starts_with(TEMPORARY);
        let abandoned = writing && now.duration_since(found.used).is_ok_and(|age| age > ABANDONED);
        if abandoned || (left > target && !writing) {
            // Another process may have removed it; it is gone either way.
            let _ = fs::remove_file(&found.path);
            left = left.saturating_sub(found.size);
        }
    }
    left
}

/// The bytes the store holds, counted.
pub fn size(store: &Store) -> u64 {
    scan(store).iter().map(|found| found.size).sum()
}

#[cfg(test)]
mod tests {
    use super::super::entry::{self, Entry, Part};
    use super::*;

    #[test]
    fn the_bound_holds_after_every_write_and_the_used_stay() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 100_000);
        // Bytes that do not compress.
        let noise = |seed: u8| -> Vec<u8> {
            let mut out = vec![0; 9000];
            blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut out);
            out
        };
        let put = |seed| entry::put(&store, &Entry { compile_us: 0, parts: vec![(Part::Main, noise(seed))] }).unwrap();
        let kept = put(0);
        for seed in 1..60 {
            put(seed);
            // Used by every run, so never the least recently used.
            assert!(entry::get(&store, &kept).is_some(), "{seed}");
            assert!(size(&store) <= 100_000, "{seed}");
        }
    }
}
