//! The store: digests and bytes, no compilers.
//!
//! ```text
//! store/                what CI saves: content and rooted paths, nothing of this machine
//!   CACHEDIR.TAG        backup programs leave it out
//!   v1/m/ab/cdef…       manifests, named by the first key
//!   v1/e/ab/cdef…       entries, named by the digest of their header
//! ```
//!
//! Every file is written under a temporary name beside its place and renamed, so that no reader sees half of one.
//! A file that is truncated, damaged, or of another format is a miss, and is removed. Nothing is ever changed in
//! place, so that readers need no lock. Several versions share one directory by the number in `v1`.

pub mod entry;
pub mod evict;
pub mod manifest;
pub mod restore;

use crate::digest::Digest;
use crate::trust::Trust;
use crate::{files, lock};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The format of everything below; part of the layout, so that formats never meet.
const VERSION_DIR: &str = "v1";
const CACHEDIR_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag created by packer-cc.\n# For information about cache directory tags, see https://bford.info/cachedir/\n";

/// A store and the state of this machine that belongs to it.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
    state: PathBuf,
    max_size: u64,
    trust: Trust,
}

/// Which of the two kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a first key may lead to.
    Manifest,
    /// A result.
    Entry,
}

impl Store {
    /// The store at `dir`; nothing is looked at or made yet. `max_size` is in bytes, 0 for no bound.
    pub fn new(dir: PathBuf, state: PathBuf, max_size: u64) -> Self {
        Self { dir, state, max_size, trust: Trust::new(false) }
    }

    /// Takes files that others can write for a declared part of the store, see [`crate::trust`].
    #[must_use]
    pub fn shared(mut self, shared: bool) -> Self {
        self.trust = Trust::new(shared);
        self
    }

    /// Where the files of this format are.
    pub fn files(&self) -> PathBuf {
        self.dir.join(VERSION_DIR)
    }

    fn path(&self, kind: Kind, name: &Digest) -> PathBuf {
        let hex = name.hex();
        let kind = match kind {
            Kind::Manifest => "m",
            Kind::Entry => "e",
        };
        let mut path = self.dir.join(VERSION_DIR);
        path.push(kind);
        path.push(&hex[..2]);
        path.push(&hex[2..]);
        path
    }

    /// Reads a file; `None` if it is not there or cannot be read.
    fn read(&self, kind: Kind, name: &Digest) -> Option<(fs::File, Vec<u8>)> {
        use std::io::Read as _;
        let mut file = files::open(&self.path(kind, name)).ok()?;
        let meta = files::regular(&file).ok()?;
        // The directories are ours, but they may have been others' when the file was put there.
        if !self.trust.believes(&meta) {
            self.remove(kind, name);
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).ok()?.checked_add(1)?);
        file.read_to_end(&mut bytes).ok()?;
        Some((file, bytes))
    }

    /// Removes a file that turned out to be damaged.
    fn remove(&self, kind: Kind, name: &Digest) {
        let _ = fs::remove_file(self.path(kind, name));
    }

    /// Writes a file whole or not at all.
    fn write(&self, kind: Kind, name: &Digest, parts: &[&[u8]]) -> io::Result<()> {
        let path = self.path(kind, name);
        let dir = path.parent().unwrap_or(&self.dir);
        let mut temp = match temporary(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make(dir)?;
                temporary(dir)?
            }
            temp => temp?,
        };
        for part in parts {
            temp.write_all(part)?;
        }
        files::share_as_at(temp.as_file(), &path)?;
        evict::touch(temp.as_file());
        let size = parts.iter().map(|part| part.len() as u64).sum();
        let replaced = fs::symlink_metadata(&path).map_or(0, |meta| meta.len());
        temp.persist(&path)?;
        evict::account(self, size, replaced);
        Ok(())
    }

    /// Waits for one of this machine's locks.
    fn lock(&self, name: &str) -> io::Result<lock::Guard> {
        let path = self.lock_path(name);
        match lock::exclusive(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_locks()?;
                lock::exclusive(&path)
            }
            guard => guard,
        }
    }

    fn lock_path(&self, name: &str) -> PathBuf {
        self.state.join("locks").join(name)
    }

    /// Claims the compile of `key`, so that identical ones at the same time wait instead of doing it again.
    pub fn claim(&self, key: &Digest) -> Claim {
        let path = self.lock_path(&format!("compile-{}", &key.hex()[..32]));
        let first = || {
            self.make_locks().ok()?;
            lock::try_exclusive(&path).ok()
        };
        match first() {
            Some(Some(guard)) => Claim::Ours(Compiling { _guard: guard, path }),
            Some(None) => {
                // The kernel drops the lock with its holder; one that hangs costs this much and no more.
                let waited = lock::wait_exclusive(&path, PATIENCE).ok().flatten();
                Claim::Waited { done: waited.map(|guard| Compiling { _guard: guard, path }).is_some() }
            }
            // A state that cannot be written is no reason not to compile.
            None => Claim::Waited { done: false },
        }
    }

    fn make(&self, dir: &Path) -> io::Result<()> {
        files::make_dir(self.dir.parent().unwrap_or(&self.dir), dir)?;
        let tag = self.dir.join("CACHEDIR.TAG");
        if fs::symlink_metadata(&tag).is_err() {
            files::replace(&tag, CACHEDIR_TAG.as_bytes())?;
        }
        Ok(())
    }

    fn make_locks(&self) -> io::Result<()> {
        files::make_dir(self.state.parent().unwrap_or(&self.state), &self.state.join("locks"))
    }
}

/// How long a run waits for another that compiles the same.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who compiles.
pub enum Claim {
    /// This run, while it holds the value; identical ones wait for it.
    Ours(Compiling),
    /// Another run did, or was given up waiting for.
    Waited {
        /// It has ended, so its result may be there.
        done: bool,
    },
}

/// The lock of a compile that is going on. Its file goes with it: there would be one for every key.
pub struct Compiling {
    _guard: lock::Guard,
    path: PathBuf,
}

impl Drop for Compiling {
    fn drop(&mut self) {
        // Before the lock is released, so that nobody waits for a file that is about to go.
        let _ = fs::remove_file(&self.path);
    }
}

/// The prefix of names that are being written; evict removes those that were left behind.
const TEMPORARY: &str = ".tmp-";

fn temporary(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    files::temporary(dir, TEMPORARY)
}
