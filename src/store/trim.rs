//! Bringing a store down to what is of use: what runs used since some time, or as much as a bound allows.
//!
//! Modification times tell what was used, as in [`super::evict`]: a run stamps every manifest and entry that it reads or writes with the
//! time. A file that is younger than the asked time counts as used since. So does a file from an archive that was unpacked without
//! times (`tar -m`) after the asked time. A file that was unpacked with its times has the age that it had when it was saved.
//!
//! A time that may be wrong makes a file stay, never go:
//!
//! * A time without a fraction may be a coarse file system's: the use can have been up to two seconds later.
//! * A time that lies ahead tells nothing. The file stays, and if it lies far ahead its time becomes now, so that the
//!   next trimming can tell.
//!
//! What only explains misses ([`super::toolchains`], [`super::sources`]), and what headers held ([`super::definitions`]), is not used until
//! something changes, and then it is needed. So it stays until nothing has used it for a month.
//!
//! Runs go on meanwhile. One of them may use a file between the look at its time and its removal: the next lookup of that file is a
//! miss. Nothing is ever changed in place, so no run sees anything wrong.

use super::backend::{Item, Sort};
use super::evict::{self, StoredFile};
use super::kind::Kind;
use super::local::Store;
use super::prune::{self, Pruned};
use crate::digest::{Digest, EntryId, KeyId};
use crate::faults::{self, Point};
use crate::files;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The coarsest time stamps of any file system in use (FAT).
const COARSEST: Duration = Duration::from_secs(2);

/// How long what is not used until something changes stays after it was last used, whatever time is asked for.
const COMPARISONS_STAY: Duration = Duration::from_secs(30 * 24 * 3600);

/// What is to be left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrimRequest {
    /// What was not used since then goes.
    pub unused_since: Option<SystemTime>,
    /// At most so many bytes, 0 for no bound.
    pub max_size: u64,
    /// The time now.
    pub now: SystemTime,
    /// Only tell what would happen.
    pub dry_run: bool,
}

/// What became of an item.
#[derive(Debug)]
pub enum Fate {
    /// It stays.
    Kept,
    /// It stays since its time lies ahead, and tells nothing.
    KeptAhead,
    /// Of another format, or nothing of packer-cc's: left alone.
    Foreign,
    /// Removed, or would be.
    Removed,
    /// Somebody else removed it.
    Gone,
    /// It should be removed and cannot be.
    Failed(io::Error),
}

/// Whether this is a directory that packer-cc made, or an empty or missing one. In any other directory all files are somebody else's.
pub fn is_store(store: &Store, items: &[Item]) -> bool {
    items.is_empty()
        || fs::symlink_metadata(store.layout.files()).is_ok()
        || fs::symlink_metadata(store.layout.dir.join("CACHEDIR.TAG")).is_ok()
}

/// Removes an item that was not used since, or says that it would be.
pub fn item(item: &Item, request: &TrimRequest) -> Fate {
    let unused = match item.sort {
        Sort::Foreign => return Fate::Foreign,
        Sort::Temporary => evict::is_left_behind(&item.path, item.used, request.now),
        Sort::Ours(kind, _) => {
            request.unused_since.is_some_and(|since| is_unused(item.used, since.min(oldest(kind, request.now))))
        }
    };
    if !unused {
        if !evict::is_ahead(item.used, request.now) {
            return Fate::Kept;
        }
        if !request.dry_run
            && let Ok((file, _)) = files::open(&item.path)
        {
            evict::touch(&file);
        }
        return Fate::KeptAhead;
    }
    if request.dry_run {
        return Fate::Removed;
    }
    // A run may have used it since the files were listed: to go through many files takes a while.
    let used = fs::symlink_metadata(&item.path).and_then(|meta| meta.modified());
    if used.is_ok_and(|used| used != item.used) {
        return Fate::Kept;
    }
    remove(&item.path)
}

/// What was used since this time stays, whatever time is asked for. For what is not used until something changes that is a month ago: few
/// hits read it, so its time says little, and it is small.
fn oldest(kind: Kind, now: SystemTime) -> SystemTime {
    if kind.compares() { now.checked_sub(COMPARISONS_STAY).unwrap_or(SystemTime::UNIX_EPOCH) } else { now }
}

fn is_unused(used: SystemTime, since: SystemTime) -> bool {
    let is_coarse = used.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|time| time.subsec_nanos() == 0);
    let latest = if is_coarse { used.checked_add(COARSEST).unwrap_or(used) } else { used };
    latest < since
}

fn remove(path: &Path) -> Fate {
    match fs::remove_file(path) {
        Ok(()) => {
            faults::at(Point::TrimRemoved);
            Fate::Removed
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Fate::Gone,
        Err(error) => Fate::Failed(error),
    }
}

/// Removes the least recently used files, of every version, until the bound holds. `is_gone` tells files that are removed already, or
/// would be in a dry run. Each file that goes is told to `report` with its size in bytes.
pub fn bound(
    store: &Store,
    request: &TrimRequest,
    is_gone: &dyn Fn(&Path) -> bool,
    mut report: impl FnMut(&Path, u64, &Fate),
) {
    let mut found: Vec<StoredFile> = evict::scan(&store.layout);
    found.retain(|found| !is_gone(&found.path));
    evict::bring_to(request.max_size, found, request.now, |found| {
        let fate = if request.dry_run { Fate::Removed } else { remove(&found.path) };
        report(&found.path, found.size, &fate);
        matches!(fate, Fate::Removed | Fate::Gone)
    });
}

/// Drops from a manifest the candidates whose results are gone. `is_gone` tells files that a dry run would have removed.
///
/// # Errors
/// See [`prune::prune`].
pub fn prune(
    store: &Store,
    key: &Digest,
    is_gone: &dyn Fn(&Path) -> bool,
    request: &TrimRequest,
) -> io::Result<Pruned> {
    let has_gone = |name: &EntryId| {
        let path = store.layout.path(Kind::Entry, &name.0);
        is_gone(&path) || fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    };
    prune::prune(store, &KeyId(*key), has_gone, request.dry_run)
}

/// Counts the store again, for the number that the state keeps of it.
///
/// # Errors
/// When it can neither be changed nor removed.
pub fn finish(store: &Store) -> io::Result<()> {
    evict::recount(&store.layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_could_be_later_keep_a_file() {
        let at = |ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms);
        for (used, since, unused) in [
            (5_500, 5_400, false),
            (5_500, 5_500, false),
            (5_500, 5_501, true),
            // Each use between 5 s and 7 s may have this time.
            (5_000, 6_999, false),
            (5_000, 7_001, true),
            (0, 1_000_000, true),
        ] {
            assert_eq!(is_unused(at(used), at(since)), unused, "{used} {since}");
        }
    }
}
