//! Where the files of a local store and of its state are.

use super::kind::Kind;
use crate::digest::Digest;
use crate::faults::{self, Point};
use crate::files;
use crate::lock;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The directory of this layout's files. Another layout has another directory, so that its files are never read as these.
pub const VERSION_DIR: &str = "v1";
const CACHEDIR_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag created by packer-cc.\n# For information about cache directory tags, see https://bford.info/cachedir/\n";

/// The directories of a store, and how large it may be.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The store.
    pub dir: PathBuf,
    /// The state of this machine that belongs to it.
    pub state: PathBuf,
    /// In bytes, 0 for no bound.
    pub max_size: u64,
}

impl Layout {
    /// Where the files of this format are.
    pub fn files(&self) -> PathBuf {
        self.dir.join(VERSION_DIR)
    }

    /// The place of a file.
    pub fn path(&self, kind: Kind, name: &Digest) -> PathBuf {
        let hex = name.hex();
        let mut path = self.dir.join(VERSION_DIR);
        path.push(kind.letter());
        path.push(&hex[..2]);
        path.push(&hex[2..]);
        path
    }

    /// Waits for one of this machine's locks, a bounded time.
    pub fn lock(&self, name: &str, patience: Duration) -> io::Result<lock::Guard> {
        let path = self.lock_path(name);
        match lock::exclusive(&path, patience) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_locks()?;
                lock::exclusive(&path, patience)
            }
            guard => guard,
        }
    }

    /// Where the lock of this name is.
    pub fn lock_path(&self, name: &str) -> PathBuf {
        self.state.join("locks").join(name)
    }

    /// Makes a directory of the store, and marks the store as a cache.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self, dir: &Path) -> io::Result<()> {
        files::make_dir(self.dir.parent().unwrap_or(&self.dir), dir)?;
        faults::at(Point::StoreDirectory);
        let tag = self.dir.join("CACHEDIR.TAG");
        if fs::symlink_metadata(&tag).is_err() {
            files::write_beside(&tag, CACHEDIR_TAG.as_bytes())?.persist(&tag)?;
            faults::at(Point::StoreTag);
        }
        Ok(())
    }

    /// Makes the directory of the locks.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_locks(&self) -> io::Result<()> {
        files::make_dir(self.state.parent().unwrap_or(&self.state), &self.state.join("locks"))
    }
}

/// A new file in `dir` that nobody takes for one that a killed run left behind: its lock is held as long as it is open. If a run that
/// tidies comes in between each time, the file is returned without a lock.
pub fn temporary(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    /// How often a file is made: a run that tidies does not come in between so often by accident.
    const ATTEMPTS: usize = 16;
    for _ in 1..ATTEMPTS {
        let temp = files::temporary(dir)?;
        match lock::try_exclusive_file(temp.as_file()) {
            // A run that tidies may have locked or removed the file before it was locked here.
            Ok(locked) if !locked || temp.as_file().metadata()?.nlink() == 0 => {}
            // Where the file system knows no locks, its age tells that its writer lives.
            _ => return Ok(temp),
        }
    }
    files::temporary(dir)
}
