//! What every run did: one record a run, appended to the journal in `state/`; `stats` and `explain` read it.
//!
//! # Files
//!
//! | name | content |
//! |---|---|
//! | `journal` | one JSON object a line, the newest records |
//! | `journal.N` | generation N: a journal that was rotated away |
//! | `totals.json` | counts of every record up to a place: a generation and how many bytes of it |
//! | `zero` | when everything was forgotten last, in nanoseconds since the epoch |
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
mod places;
mod record;
mod summary;
#[cfg(test)]
mod tests;

pub use record::{Outcome, Record};
pub use summary::{Summary, Tally};

use crate::disk::stamp::coarse_now_ns;
use crate::faults::{self, Point};
use crate::files::{self, Use};
use crate::lock;
use places::{LIMIT, current, lock_path, read_newest, zero_path};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

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
    read_all(state)
}

fn read_all(state: &Path) -> io::Result<Summary> {
    let (mut summary, place) = fold::Totals::load(state)?.into_parts();
    for (generation, path) in fold::rotated(state)? {
        summary.add_lines(&read_lines(&path, place.start_in(generation))?);
    }
    summary.add_lines(&read_lines(&current(state), 0)?);
    Ok(summary)
}

/// The lines of the journals that are still there, oldest first, without those that are no records. If there were so many
/// runs, these are the last twenty thousand or so, and more.
///
/// # Errors
/// When a journal cannot be read.
pub fn history(state: &Path) -> io::Result<Vec<(String, Record)>> {
    let _guard = guard(state);
    history_of(state)
}

fn history_of(state: &Path) -> io::Result<Vec<(String, Record)>> {
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

/// Runs since some time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Since {
    /// What they did.
    pub summary: Summary,
    /// Every such run is counted. Otherwise there may be more, which ended before [`Self::kept_from_ms`].
    pub complete: bool,
    /// When the first run ended whose record is still there, in milliseconds since the epoch.
    pub kept_from_ms: Option<u64>,
}

/// Counts the runs that ended at `from_ms` or later, in milliseconds since the epoch, and that are wanted. Of runs long ago only the sums
/// are known; [`Since::complete`] tells whether some of these could have counted.
///
/// # Errors
/// Those of [`read`].
pub fn since(state: &Path, from_ms: u64, wanted: Option<&dyn Fn(&Record) -> bool>) -> io::Result<Since> {
    let _guard = guard(state);
    let all = read_all(state)?;
    let kept = history_of(state)?;
    // The first in order, not the earliest time: what was folded away came before this one, even if the clock was set back later.
    let kept_from_ms = kept.first().map(|(_, record)| record.time_ms);
    if wanted.is_none() && all.first_ms.is_none_or(|first| first >= from_ms) {
        return Ok(Since { summary: all, complete: true, kept_from_ms });
    }
    // A fold counts in order, so what is no longer there one by one ended before what is.
    let all_kept = all.runs() <= kept.len() as u64;
    let complete = all_kept || kept_from_ms.is_some_and(|first| first < from_ms);
    let matching = kept.iter().map(|(_, record)| record).filter(|record| record.time_ms >= from_ms);
    let summary = matching.filter(|record| wanted.is_none_or(|wanted| wanted(record))).collect();
    Ok(Since { summary, complete, kept_from_ms })
}

/// When everything was forgotten last; `None` if it never was, or if the note of it is gone.
///
/// # Errors
/// When the note cannot be read.
pub fn zeroed(state: &Path) -> io::Result<Option<SystemTime>> {
    /// A longer note, in bytes, is none: it is one number.
    const NOTE_LIMIT: u64 = 64;
    let text = match files::read(&zero_path(state), NOTE_LIMIT) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let nanos = std::str::from_utf8(&text).ok().and_then(|text| text.trim_end().parse().ok());
    Ok(nanos.map(|nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)))
}

/// Forgets everything that was recorded, and notes when.
///
/// # Errors
/// When the note cannot be written or a file cannot be removed; what was removed before stays removed.
pub fn zero(state: &Path) -> io::Result<()> {
    files::make_dir(state.parent().unwrap_or(state), state)?;
    let _guard = lock::exclusive(&lock_path(state), lock::MOMENT)?;
    // The time is that of the clock by which file systems stamp, which is a little behind. The note is written before anything is
    // forgotten: if this is killed in between, whoever asks what was used since then is told of too much, not of too little.
    let note = files::write_beside(&zero_path(state), format!("{}\n", coarse_now_ns().max(0)).as_bytes())?;
    note.persist(zero_path(state))?;
    faults::at(Point::ZeroNamed);
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

/// Keeps folds away while a reader looks at all files. Where the lock cannot be had, as in a read-only directory, this user's
/// runs cannot fold either.
fn guard(state: &Path) -> Option<lock::Guard> {
    lock::exclusive(&lock_path(state), lock::MOMENT).ok()
}

/// The finished lines of a journal from the byte `start` on; nothing where there is no journal. A last line without a line feed is just
/// being written, and left out.
fn read_lines(path: &Path, start: u64) -> io::Result<Vec<u8>> {
    let (file, metadata) = match files::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut content = read_newest(&file, metadata.len(), start)?;
    content.truncate(memchr::memrchr(b'\n', &content).map_or(0, |end| end + 1));
    Ok(content)
}
