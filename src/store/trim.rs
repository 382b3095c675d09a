//! Bringing a store to what is of use: what runs since some time used, and a bound.
//!
//! Use is known by modification times, as in [`super::evict`]: a run stamps every manifest and entry it reads or
//! writes with the time. So a file that is younger than the asked time was used since, wherever it came from: one that
//! an archive brought was used if the archive was unpacked without times (`tar -m`) after the asked time, and was not
//! if its times came along.
//!
//! What times can get wrong makes a file stay, never go:
//!
//! * A time without a fraction may be a coarse file system's: the use can have been up to two seconds later.
//! * A time that lies ahead tells nothing. The file stays, and if it lies far ahead its time becomes now, so that the
//!   next trimming can tell.
//!
//! What only explains misses ([`super::toolchains`], [`super::sources`]) is needed when something changes, and not used until
//! then: it goes when nothing used it for a month.
//!
//! Runs go on meanwhile. A file that one of them uses between the look at its time and its removal is a miss to come;
//! nothing is ever changed in place, so none sees anything wrong.

use super::backend::{Item, Sort};
use super::evict::{self, Found};
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

/// How long what only explains stays, used or not.
const EXPLANATIONS_STAY: Duration = Duration::from_secs(30 * 24 * 3600);

/// What is to be left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Only what was used since then.
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

/// Says whether this is a directory that packer-cc made, or an empty or missing one: what else is in it is none of ours.
pub fn is_store(store: &Store, items: &[Item]) -> bool {
    items.is_empty()
        || fs::symlink_metadata(store.layout.files()).is_ok()
        || fs::symlink_metadata(store.layout.dir.join("CACHEDIR.TAG")).is_ok()
}

/// Removes an item that was not used since, or says that it would be.
pub fn item(item: &Item, request: &Request) -> Fate {
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
    // A run may have used it since it was listed, which takes a while for many files.
    let used = fs::symlink_metadata(&item.path).and_then(|meta| meta.modified());
    if used.is_ok_and(|used| used != item.used) {
        return Fate::Kept;
    }
    remove(&item.path)
}

/// What was used since then stays in any case. What only explains is no result: a hit does not read it, and it is small.
fn oldest(kind: Kind, now: SystemTime) -> SystemTime {
    if kind.only_explains() { now.checked_sub(EXPLANATIONS_STAY).unwrap_or(SystemTime::UNIX_EPOCH) } else { now }
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

/// Removes the least recently used files, of every version, until the bound holds. Those that are gone in a
/// dry run count as removed already. Each that goes is told to `report` with its size.
pub fn bound(
    store: &Store,
    request: &Request,
    is_gone: &dyn Fn(&Path) -> bool,
    mut report: impl FnMut(&Path, u64, &Fate),
) {
    let mut found: Vec<Found> = evict::scan(&store.layout);
    found.retain(|found| !is_gone(&found.path));
    evict::bring_to(request.max_size, found, request.now, |found| {
        let fate = if request.dry_run { Fate::Removed } else { remove(&found.path) };
        report(&found.path, found.size, &fate);
        matches!(fate, Fate::Removed | Fate::Gone)
    });
}

/// Drops from a manifest that stays what leads to removed results.
///
/// # Errors
/// See [`prune::prune`].
pub fn prune(store: &Store, key: &Digest, is_gone: &dyn Fn(&Path) -> bool, request: &Request) -> io::Result<Pruned> {
    let has_gone = |name: &EntryId| {
        let path = store.layout.path(Kind::Entry, &name.0);
        is_gone(&path) || fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    };
    prune::prune(store, &KeyId(*key), has_gone, request.dry_run)
}

/// Makes the size that the state knows right again.
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
            // Two seconds' worth of uses look like this.
            (5_000, 6_999, false),
            (5_000, 7_001, true),
            (0, 1_000_000, true),
        ] {
            assert_eq!(is_unused(at(used), at(since)), unused, "{used} {since}");
        }
    }
}
