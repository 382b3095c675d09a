//! What every run did: one record a run, appended to the journal in `state/`; `stats` and `explain` read it.
//!
//! # Files
//!
//! | name | content |
//! |---|---|
//! | `journal` | one JSON object a line, the newest records |
//! | `journal.N` | generation N: a journal that was rotated away |
//! | `totals.json` | counts of every record up to a place: a generation and how many bytes of it |
//! | `journal.lock` | held while journals are rotated, folded, read as a whole or removed |
//!
//! A record is counted once: it is in the totals if it lies before their place, and otherwise it is still in a
//! journal. The totals are replaced in one rename, place included, so a fold that is killed at any point is one that
//! either happened or did not. The generation folded last stays as history until the next is folded.
//!
//! A writer holds no lock that anybody waits for. It opens `journal`, takes the file's shared lock and looks whether
//! the file still has a name; the fold takes the exclusive lock of a rotated file before it reads it, and keeps it
//! until the file is folded or removed. So whoever opened the journal before it was rotated either wrote before
//! the fold read it, or is turned away and opens the new one. Neither waits: the writer tries again, the fold leaves the
//! file to the next one.

mod fold;
mod record;
mod summary;
#[cfg(test)]
mod tests;

pub use record::{Outcome, Record};
pub use summary::{Summary, Tally};

use crate::faults::{self, Point};
use crate::files::{self, Use};
use crate::lock;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// How large the journal grows before it is folded into the totals: some twenty thousand runs.
const LIMIT: u64 = 4 << 20;

/// Nothing is read of a journal but this much at its end. It grows beyond the limit only where it cannot be folded.
const MOST: u64 = 16 * LIMIT;

/// How often a writer opens the journal anew when it is rotated away under its hands.
const ATTEMPTS: usize = 64;

/// Appends `record` to the journal in `state`, creating the directory if it is missing. One `write` on a file opened
/// for appending, so that records of concurrent runs stay whole.
///
/// A journal that has grown too large is folded into the totals on the way; whatever goes wrong with that is left to
/// the next run.
///
/// # Errors
/// When the file cannot be opened or written.
pub fn append(state: &Path, record: &Record) -> io::Result<()> {
    append_bounded(state, record, LIMIT)
}

/// Counts everything that was recorded since the last [`zero`]. A state directory that is not there holds nothing.
///
/// # Errors
/// When a journal cannot be read, or the totals were written by a later version.
pub fn read(state: &Path) -> io::Result<Summary> {
    let _guard = guard(state);
    let (mut summary, place) = fold::Totals::load(state)?.into_parts();
    for (generation, path) in fold::rotated(state)? {
        summary.add_lines(&read_lines(&path, place.start_in(generation))?);
    }
    summary.add_lines(&read_lines(&current(state), 0)?);
    Ok(summary)
}

/// The lines of the journals that are still there, oldest first, without those that are no records: some twenty
/// thousand runs at least, if there were as many.
///
/// # Errors
/// When a journal cannot be read.
pub fn history(state: &Path) -> io::Result<Vec<(String, Record)>> {
    let _guard = guard(state);
    let mut lines = Vec::new();
    let rotated = fold::rotated(state)?.into_values();
    for path in rotated.chain([current(state)]) {
        for line in read_lines(&path, 0)?.split(|byte| *byte == b'\n') {
            let found = Record::decode(line).map(|record| (line, record)).or_else(|| Record::recover(line));
            if let Some((line, record)) = found {
                lines.push((String::from_utf8_lossy(line).into_owned(), record));
            }
        }
    }
    Ok(lines)
}

/// Forgets everything that was recorded.
///
/// # Errors
/// When a file cannot be removed; what was removed before stays removed.
pub fn zero(state: &Path) -> io::Result<()> {
    if !fs::exists(state)? {
        return Ok(());
    }
    let _guard = lock::exclusive(&lock_path(state), lock::MOMENT)?;
    // The totals go last: without their place, a rotated journal would be counted a second time.
    let rotated = fold::rotated(state)?.into_values();
    for path in rotated.chain([current(state), fold::totals_path(state)]) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn append_bounded(state: &Path, record: &Record, limit: u64) -> io::Result<()> {
    let mut line = record.encode();
    line.push(b'\n');
    let size = write_line(state, &line)?;
    if size > limit {
        // Statistics are no reason to trouble a build; the next run tries again.
        let _ = fold::fold(state, limit);
    }
    Ok(())
}

/// Writes one line and says how large the journal is then.
fn write_line(state: &Path, line: &[u8]) -> io::Result<u64> {
    for _ in 0..ATTEMPTS {
        let mut file = open_journal(state)?;
        // A file system without locks never folds either, see `fold::fold`, so writing is safe there.
        if !lock::try_shared_file(&file).unwrap_or(true) {
            continue;
        }
        let metadata = files::regular(&file)?;
        if metadata.nlink() == 0 {
            continue;
        }
        faults::at(Point::JournalOpened);
        faults::after(Point::JournalPart, || file.write_all(&line[..line.len() / 2]));
        file.write_all(line)?;
        faults::at(Point::JournalWritten);
        return Ok(metadata.len() + line.len() as u64);
    }
    Err(io::Error::other("the journal keeps being rotated"))
}

fn open_journal(state: &Path) -> io::Result<File> {
    let path = current(state);
    match files::open_or_make(&path, Use::Append) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            files::make_dir(state.parent().unwrap_or(state), state)?;
            files::open_or_make(&path, Use::Append)
        }
        result => result,
    }
}

/// Keeps folds away while a reader looks at all files. Where the lock cannot be had (a read-only directory), no fold
/// of this user's is to be feared either.
fn guard(state: &Path) -> Option<lock::Guard> {
    lock::exclusive(&lock_path(state), lock::MOMENT).ok()
}

/// The finished lines of a journal from `start` on; nothing where there is none. The last one may be in the middle of
/// being written, which takes no lock to see: it is not there yet.
fn read_lines(path: &Path, start: u64) -> io::Result<Vec<u8>> {
    let (file, metadata) = match files::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut content = read_newest(&file, metadata.len(), start)?;
    content.truncate(memchr::memrchr(b'\n', &content).map_or(0, |end| end + 1));
    Ok(content)
}

/// What a journal holds from `start` up to `len`; the end of it if that is more than a journal can hold.
fn read_newest(file: &File, len: u64, start: u64) -> io::Result<Vec<u8>> {
    let start = start.max(len.saturating_sub(MOST)).min(len);
    let mut content = vec![0; usize::try_from(len - start).unwrap_or(0)];
    file.read_exact_at(&mut content, start)?;
    Ok(content)
}

fn current(state: &Path) -> PathBuf {
    state.join("journal")
}

fn lock_path(state: &Path) -> PathBuf {
    state.join("journal.lock")
}
