//! Locks between processes, the only place that takes them.
//!
//! They are advisory locks on open files: the kernel drops them with the last descriptor, so a holder that is
//! killed leaves nothing behind, and nothing here ever waits for a process that is gone.
#![expect(clippy::disallowed_methods, reason = "the one place that locks")]

use crate::faults::{self, Point};
use crate::files::{self, Use};
use fs2::FileExt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// A lock that is held until this is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct Guard {
    /// Closing the file releases the lock.
    _file: File,
}

/// A file that runs hold together, by which each finds out whether another held it in the meantime.
///
/// All share the lock, and their children inherit it: a compiler goes on when its wrapper is killed. Each run writes its
/// mark into the file when it comes. Of two whose times overlap, the first to leave either finds the other's mark instead of
/// its own, or still finds the other there. It then writes a new mark, which the other finds in its turn.
#[derive(Debug)]
pub struct Company {
    file: File,
    path: PathBuf,
    mark: [u8; 16],
    alone: bool,
}

impl Company {
    /// Holds the file at `path`, which is created if it is missing. No two runs leave the same `mark`.
    ///
    /// # Errors
    /// When the file cannot be opened or written, or the file system knows no locks.
    pub fn join(path: PathBuf, mark: [u8; 16]) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let file = open(&path)?;
            let mut alone = try_exclusive_file(&file)?;
            // An exclusive lock does not become a shared one in one step. If another run takes the lock in between, this fails once.
            let together = || {
                let shared = try_shared_file(&file)?;
                alone &= shared;
                Ok(shared.then_some(()))
            };
            if poll(MOMENT, SHORTEST_PAUSE, together)?.is_none() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if is_at(&file, &path) {
                file.write_all_at(&mark, 0)?;
                // Without close-on-exec, children inherit the file and with it the lock.
                rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())?;
                return Ok(Self { file, path, mark, alone });
            }
        }
        Err(io::Error::other(format!("the lock {} keeps vanishing", path.display())))
    }

    /// Lets those who hold the file at `path` know that another run was there. Does nothing where there is no such file.
    pub fn disturb(path: &Path, mark: [u8; 16]) {
        if fs::symlink_metadata(path).is_ok()
            && let Ok(file) = open(path)
        {
            let _ = file.write_all_at(&mark, 0);
        }
    }

    /// Says whether nobody else has held the file since [`Company::join`].
    pub fn leave(self) -> bool {
        let mut found = [0; 16];
        let own = self.file.read_exact_at(&mut found, 0).is_ok() && found == self.mark;
        let last = try_exclusive_file(&self.file).unwrap_or(false);
        self.alone && own && last
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        if try_exclusive_file(&self.file).unwrap_or(false) {
            let _ = fs::remove_file(&self.path);
        } else {
            let _ = self.file.write_all_at(&self.mark.map(|byte| !byte), 0);
        }
    }
}

/// How often a lock file may vanish under the one who waits for it. More is no accident.
const ATTEMPTS: usize = 16;

/// The first pause of one who waits for a lock that is held for a few small writes.
const SHORTEST_PAUSE: Duration = Duration::from_micros(100);

/// The longest pause of one who waits for a lock.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// How long to wait for a lock that is held for the time of a few small writes. Whoever holds one for longer was
/// stopped with it in its hands, and a build must not stop with it.
pub const MOMENT: Duration = Duration::from_secs(2);

/// Holds the lock at `path` if nobody else does; `None` if somebody does. The file is created if it is missing, and
/// stays.
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

/// Waits for the lock at `path`, see [`try_exclusive`], but not for longer than `patience`.
///
/// # Errors
/// When the file cannot be opened, the file system knows no locks, or somebody held it all that time.
pub fn exclusive(path: &Path, patience: Duration) -> io::Result<Guard> {
    let taken = poll(patience, SHORTEST_PAUSE, || try_exclusive(path))?;
    taken.ok_or_else(|| io::Error::new(io::ErrorKind::TimedOut, format!("the lock {} is held", path.display())))
}

/// What became of the one who held a lock.
#[derive(Debug)]
enum Outlived {
    /// It released the lock and took the file away: it did what it held the lock for.
    Done,
    /// It released the lock and left the file: it died. The lock is held now.
    Inherited(Guard),
    /// It holds the lock still.
    Alive,
}

/// Waits for whoever holds the lock at `path` now, but not for longer than `patience`, and for nobody who comes later. Of many who wait
/// at once, the end of that one releases all, instead of one after another.
///
/// # Errors
/// When the file cannot be opened, or the file system knows no locks.
fn outlive(path: &Path, patience: Duration) -> io::Result<Outlived> {
    let file = open(path)?;
    // Compiles take tens of milliseconds and more; who waits for one may be a few late.
    let taken = poll(patience, Duration::from_millis(1), || Ok(try_exclusive_file(&file)?.then_some(())))?;
    Ok(match taken {
        None => Outlived::Alive,
        Some(()) if is_at(&file, path) => Outlived::Inherited(Guard { _file: file }),
        Some(()) => Outlived::Done,
    })
}

/// How the name of a lock file begins that is held while a compile goes on.
pub const COMPILE: &str = "compile-";
/// How the name of a lock file begins by which runs that write the same output find each other.
pub const OUTPUT: &str = "output-";
/// How the name of a lock file begins that is held while a compiler is asked who it is.
pub const ASK: &str = "ask-";

/// Which of several identical runs does the work for all.
#[derive(Debug)]
pub enum Claim {
    /// This run does, while it holds the value; identical ones wait for it.
    Ours(Claimed),
    /// Another run did, or this one has given up waiting for it.
    Waited {
        /// The other run has done what it could, so its result may be there.
        done: bool,
    },
}

/// The lock of the run that does the work for all. Its file is removed with it: there would be one for every question, and a
/// file that is still there tells those who wait that its holder died.
#[derive(Debug)]
pub struct Claimed {
    path: PathBuf,
    /// Released last, so that nobody waits for a file that is about to go.
    _guard: Guard,
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        faults::at(Point::ClaimRemoved);
    }
}

/// Claims the work that the lock at `path` stands for, or waits for the run that did, but not for longer than `patience`. Where the lock
/// cannot be taken at all, this run goes on without it.
pub fn claim(path: PathBuf, patience: Duration) -> Claim {
    match try_exclusive(&path) {
        Ok(Some(guard)) => Claim::Ours(Claimed { path, _guard: guard }),
        // The kernel drops the lock of a holder that ends. One that hangs costs this run its patience and no more.
        Ok(None) => match outlive(&path, patience) {
            Ok(Outlived::Inherited(guard)) => Claim::Ours(Claimed { path, _guard: guard }),
            Ok(Outlived::Done) => Claim::Waited { done: true },
            Ok(Outlived::Alive) | Err(_) => Claim::Waited { done: false },
        },
        Err(_) => Claim::Waited { done: false },
    }
}

/// Asks again and again until there is an answer or `patience` is over. The pauses grow with the time that has passed, from `pause` to
/// [`LONGEST_PAUSE`]: whoever waited for a moment is late by a part of a moment.
fn poll<T>(
    patience: Duration,
    pause: Duration,
    mut ask: impl FnMut() -> io::Result<Option<T>>,
) -> io::Result<Option<T>> {
    /// A pause is this part of the time that has passed.
    const PART: u32 = 8;
    let start = Instant::now();
    let deadline = start + faults::patience(patience);
    loop {
        let answer = ask()?;
        if answer.is_some() || Instant::now() >= deadline {
            return Ok(answer);
        }
        thread::sleep((start.elapsed() / PART).clamp(pause, LONGEST_PAUSE));
    }
}

/// Holds the lock of `file` together with others until `file` is closed, unless somebody holds it alone. Says whether it is held now.
///
/// # Errors
/// When the file system knows no locks.
pub fn try_shared_file(file: &File) -> io::Result<bool> {
    unless_held(retry(|| FileExt::try_lock_shared(file)))
}

/// Holds the lock of `file` alone until `file` is closed, if nobody else holds it. Says whether it is held now.
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

/// Whether `path` still leads to `file`. If somebody removed the file while this run waited, a new one at `path` is what others lock, and
/// nobody sees the lock of the old one.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Calls again where a signal handler interrupted the call.
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
        let guard = exclusive(&path, MOMENT).unwrap();
        assert!(try_exclusive(&path).unwrap().is_none());
        assert_eq!(exclusive(&path, Duration::ZERO).unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(guard);
        assert!(try_exclusive(&path).unwrap().is_some());
    }

    #[test]
    fn the_end_of_a_holder_tells_what_became_of_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("lock");
        let guard = exclusive(&path, MOMENT).unwrap();
        assert!(matches!(outlive(&path, Duration::ZERO).unwrap(), Outlived::Alive));
        // Both wait for the same holder, and its end releases both at once.
        let (one, two) = (super::open(&path).unwrap(), super::open(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        drop(guard);
        assert!(try_exclusive_file(&one).unwrap());
        assert!(!is_at(&one, &path) && !is_at(&two, &path));
        // One that died leaves its file, and one of those who waited inherits.
        drop(exclusive(&path, MOMENT).unwrap());
        let heir = outlive(&path, Duration::ZERO).unwrap();
        assert!(matches!(heir, Outlived::Inherited(_)));
        assert!(matches!(outlive(&path, Duration::ZERO).unwrap(), Outlived::Alive));
    }

    #[test]
    fn a_removed_file_is_no_lock() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("lock");
        let guard = exclusive(&path, MOMENT).unwrap();
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
        assert!(exclusive(&temp.path().join("no/lock"), MOMENT).is_err());
    }

    #[test]
    fn company_is_noticed_by_both() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("lock");
        let mut marks = 0;
        let mut join = || {
            marks += 1;
            Company::join(path.clone(), [marks; 16]).unwrap()
        };
        // One after the other.
        for _ in 0..2 {
            assert!(join().leave());
            assert!(!path.exists());
        }
        // In either order of leaving.
        let (one, two) = (join(), join());
        assert!(!one.leave() && !two.leave());
        let (one, two) = (join(), join());
        assert!(!two.leave() && !one.leave());
        // The first is gone before the third comes.
        let (one, two) = (join(), join());
        assert!(!one.leave());
        let three = join();
        assert!(!two.leave() && !three.leave());
        assert!(join().leave());
        // What a killed one's child still holds.
        let orphan = super::open(&path).unwrap();
        assert!(try_shared_file(&orphan).unwrap());
        let two = join();
        drop(orphan);
        assert!(!two.leave());
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
