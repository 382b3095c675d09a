//! Locks between processes, the only place that takes them.
//!
//! They are advisory locks on open files: the kernel drops them with the last descriptor, so a holder that is
//! killed leaves nothing behind, and nothing here ever waits for a process that is gone.
#![expect(clippy::disallowed_methods, reason = "the one place that locks")]

use crate::files::{self, Use};
use fs2::FileExt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// A lock that is held until this is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct Guard {
    /// Closing the file releases the lock.
    _file: File,
}

/// How often a lock file may vanish under the one who waits for it. More is no accident.
const ATTEMPTS: usize = 16;

/// Waits until nobody else holds the lock at `path`, then holds it. The file is created if it is missing, and
/// stays: a lock file that its holder removes is one that two processes can hold.
///
/// # Errors
/// When the file cannot be opened, or the file system knows no locks.
pub fn exclusive(path: &Path) -> io::Result<Guard> {
    for _ in 0..ATTEMPTS {
        let file = open(path)?;
        retry(|| FileExt::lock_exclusive(&file))?;
        if is_at(&file, path) {
            return Ok(Guard { _file: file });
        }
    }
    Err(io::Error::other(format!("the lock {} keeps vanishing", path.display())))
}

/// Holds the lock at `path` if nobody else does, see [`exclusive`]; `None` if somebody does.
///
/// # Errors
/// When the file cannot be opened, or the file system knows no locks.
pub fn try_exclusive(path: &Path) -> io::Result<Option<Guard>> {
    for _ in 0..ATTEMPTS {
        let file = open(path)?;
        if !try_exclusive_file(&file)? {
            return Ok(None);
        }
        if is_at(&file, path) {
            return Ok(Some(Guard { _file: file }));
        }
    }
    Err(io::Error::other(format!("the lock {} keeps vanishing", path.display())))
}

/// Waits for the lock at `path`, but not for longer than `patience`; `None` if it was held all that time.
///
/// # Errors
/// When the file cannot be opened, or the file system knows no locks.
pub fn wait_exclusive(path: &Path, patience: Duration) -> io::Result<Option<Guard>> {
    let deadline = Instant::now() + patience;
    // Compiles take tens of milliseconds and more; who waits for one may be a few late.
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(guard) = try_exclusive(path)? {
            return Ok(Some(guard));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// Holds the lock of `file` beside others until it is closed, unless somebody holds it alone; says whether it does.
///
/// # Errors
/// When the file system knows no locks.
pub fn try_shared_file(file: &File) -> io::Result<bool> {
    unless_held(retry(|| FileExt::try_lock_shared(file)))
}

/// Holds the lock of `file` alone until it is closed, if nobody else holds it; says whether it does.
///
/// # Errors
/// When the file system knows no locks.
pub fn try_exclusive_file(file: &File) -> io::Result<bool> {
    unless_held(retry(|| FileExt::try_lock_exclusive(file)))
}

fn unless_held(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}

fn open(path: &Path) -> io::Result<File> {
    files::open_or_make(path, Use::Update)
}

/// Whether `path` still leads to `file`. Whoever clears the directory while somebody waits would otherwise make
/// the waiter hold a lock that nobody can see.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// A signal handler is no reason to give up.
fn retry(mut call: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("lock");
        let guard = exclusive(&path).unwrap();
        assert!(try_exclusive(&path).unwrap().is_none());
        drop(guard);
        assert!(try_exclusive(&path).unwrap().is_some());
    }

    #[test]
    fn a_removed_file_is_no_lock() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("lock");
        let guard = exclusive(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let second = try_exclusive(&path).unwrap();
        assert!(second.is_some());
        assert!(try_exclusive(&path).unwrap().is_none());
        drop(guard);
        assert!(try_exclusive(&path).unwrap().is_none());
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        let temp = tempfile::tempdir().unwrap();
        assert!(exclusive(&temp.path().join("no/lock")).is_err());
    }

    #[test]
    fn shared_holders_keep_an_exclusive_one_out() {
        let temp = tempfile::tempdir().unwrap();
        let open = || super::open(&temp.path().join("file")).unwrap();
        let (one, two, alone) = (open(), open(), open());
        assert!(try_shared_file(&one).unwrap());
        assert!(try_shared_file(&two).unwrap());
        assert!(!try_exclusive_file(&alone).unwrap());
        drop((one, two));
        assert!(try_exclusive_file(&alone).unwrap());
        assert!(!try_shared_file(&open()).unwrap());
    }
}
