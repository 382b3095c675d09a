//! The store: digests and bytes, no compilers.
//!
//! ```text
//! store/                what CI saves: content and rooted paths, nothing of this machine
//!   CACHEDIR.TAG        backup programs leave it out
//!   v1/m/ab/cdef…       manifests, named by the first key
//!   v1/e/ab/cdef…       entries, named by the digest of their header
//!   v1/t/ab/cdef…       what the toolchains were made of, for explanations
//! ```
//!
//! Every file is written under a temporary name beside its place and renamed, so that no reader sees half of one.
//! A file that is truncated, damaged, or of another format is a miss, and is removed. Nothing is ever changed in
//! place, so that readers need no lock. Several versions share one directory by the number in `v1`.

pub mod audit;
pub mod entry;
pub mod evict;
pub mod manifest;
mod packed;
pub mod permit;
pub mod toolchains;
pub mod trim;

use crate::bounded;
use crate::digest::{Digest, FieldHasher};
use crate::faults::{self, Point};
use crate::files::{self, TEMPORARY};
use crate::lock::{self, Claim, Company};
use crate::trust::Trust;
use std::cell::RefCell;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
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
    /// Why the last file was not read that could not be, though it is there.
    unread: RefCell<Option<String>>,
}

/// Which kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a first key may lead to.
    Manifest,
    /// A result.
    Entry,
    /// The toolchains that made results.
    Toolchain,
}

impl Store {
    /// The store at `dir`; nothing is looked at or made yet. `max_size` is in bytes, 0 for no bound.
    pub fn new(dir: PathBuf, state: PathBuf, max_size: u64) -> Self {
        Self { dir, state, max_size, trust: Trust::new(false), unread: RefCell::new(None) }
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
            Kind::Toolchain => "t",
        };
        let mut path = self.dir.join(VERSION_DIR);
        path.push(kind);
        path.push(&hex[..2]);
        path.push(&hex[2..]);
        path
    }

    /// Opens a file, and says how long it is; `None` if it is not there or cannot be read. One that is longer than any of its
    /// kind is removed.
    fn open(&self, kind: Kind, name: &Digest) -> Option<(fs::File, u64)> {
        let path = self.path(kind, name);
        let (file, meta) = match files::open(&path) {
            Ok(opened) => opened,
            Err(error) => {
                if error.kind() == io::ErrorKind::PermissionDenied {
                    self.unread.replace(Some(format!("{}: {error}", path.display())));
                }
                return None;
            }
        };
        // The directories are ours, but they may have been others' when the file was put there. It is replaced by what
        // is compiled now.
        if let Some(disbelief) = self.trust.disbelief(&path, &meta) {
            self.unread.replace(Some(disbelief));
            return None;
        }
        if meta.len() > kind.limit() {
            self.remove(kind, name);
            return None;
        }
        Some((file, meta.len()))
    }

    /// Reads a file, see [`open`](Self::open).
    fn read(&self, kind: Kind, name: &Digest) -> Option<(fs::File, Vec<u8>)> {
        let (file, len) = self.open(kind, name)?;
        match bounded::contents(&file, len, kind.limit()) {
            Ok(bytes) => Some((file, bytes)),
            Err(error) => {
                if error.kind() == io::ErrorKind::FileTooLarge {
                    self.remove(kind, name);
                }
                None
            }
        }
    }

    /// Why a file that is there was not read since this was asked last.
    pub fn unread(&self) -> Option<String> {
        self.unread.take()
    }

    /// Whether there is a file of this name. What is in it is not looked at.
    pub fn holds(&self, kind: Kind, name: &Digest) -> bool {
        fs::symlink_metadata(self.path(kind, name)).is_ok()
    }

    /// Removes a file that turned out to be damaged.
    fn remove(&self, kind: Kind, name: &Digest) {
        let _ = fs::remove_file(self.path(kind, name));
    }

    /// Writes a file whole or not at all.
    fn write(&self, kind: Kind, name: &Digest, parts: &[&[u8]]) -> io::Result<()> {
        let size = parts.iter().map(|part| part.len() as u64).sum();
        if self.max_size != 0 && size > self.max_size {
            return Err(io::Error::other("a result larger than the store may be"));
        }
        let path = self.path(kind, name);
        let dir = path.parent().unwrap_or(&self.dir);
        let mut temp = match temporary(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make(dir)?;
                temporary(dir)?
            }
            temp => temp?,
        };
        kind.fault(Point::EntryTemporary, Point::ManifestTemporary);
        for part in parts {
            temp.write_all(part)?;
            faults::at(Point::EntryPart);
        }
        files::share_as_at(temp.as_file(), &path)?;
        evict::touch(temp.as_file());
        let replaced = fs::symlink_metadata(&path).map_or(0, |meta| meta.len());
        kind.fault(Point::EntryWritten, Point::ManifestWritten);
        // Before it has its name: a run that is killed in between has counted too much, which the next eviction finds
        // out, and not too little, by which the bound would be passed.
        evict::account(self, size, replaced);
        temp.persist(&path)?;
        kind.fault(Point::EntryNamed, Point::ManifestNamed);
        Ok(())
    }

    /// Waits for one of this machine's locks, a bounded time.
    fn lock(&self, name: &str, patience: Duration) -> io::Result<lock::Guard> {
        let path = self.lock_path(name);
        match lock::exclusive(&path, patience) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_locks()?;
                lock::exclusive(&path, patience)
            }
            guard => guard,
        }
    }

    fn lock_path(&self, name: &str) -> PathBuf {
        self.state.join("locks").join(name)
    }

    /// Claims the compile of `key`, so that identical ones at the same time wait instead of doing it again. Where the result of
    /// another run is not there in the end, its compile failed or could not be stored: those who waited then compile, all
    /// at once, as they would have without a cache.
    pub fn claim(&self, key: &Digest) -> Claim {
        // Without a directory for them the lock cannot be taken either.
        let _ = self.make_locks();
        lock::claim(self.lock_path(&format!("{}{}", lock::COMPILE, &key.hex()[..32])), PATIENCE)
    }

    /// Notes that this run writes `output`, so that two that do so at once find out (see [`Company`]): each could take the
    /// other's file for its own. `None` where there are no locks, which is no reason not to store.
    pub fn compiles_to(&self, output: &Path) -> Option<Company> {
        self.make_locks().ok()?;
        Company::join(self.company_of(output)?, mark()).ok()
    }

    /// Lets those who compile to `output` know that a hit is written there.
    pub fn restores_to(&self, output: &Path) {
        if let Some(path) = self.company_of(output) {
            Company::disturb(&path, mark());
        }
    }

    fn company_of(&self, output: &Path) -> Option<PathBuf> {
        let dir = fs::metadata(output.parent()?).ok()?;
        let mut place = FieldHasher::new("packer-cc output 1");
        place.field("device", &dir.dev().to_le_bytes()).field("inode", &dir.ino().to_le_bytes());
        place.field("name", output.file_name()?.as_bytes());
        Some(self.lock_path(&format!("{}{}", lock::OUTPUT, &place.finish().hex()[..32])))
    }

    fn make(&self, dir: &Path) -> io::Result<()> {
        files::make_dir(self.dir.parent().unwrap_or(&self.dir), dir)?;
        faults::at(Point::StoreDirectory);
        let tag = self.dir.join("CACHEDIR.TAG");
        if fs::symlink_metadata(&tag).is_err() {
            files::write_beside(&tag, CACHEDIR_TAG.as_bytes())?.persist(&tag)?;
            faults::at(Point::StoreTag);
        }
        Ok(())
    }

    fn make_locks(&self) -> io::Result<()> {
        files::make_dir(self.state.parent().unwrap_or(&self.state), &self.state.join("locks"))
    }
}

/// A new file in `dir` that nobody takes for one that a killed run left behind: its lock is held as long as it is open.
fn temporary(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    /// More is no accident.
    const ATTEMPTS: usize = 16;
    for _ in 1..ATTEMPTS {
        let temp = files::temporary(dir)?;
        match lock::try_exclusive_file(temp.as_file()) {
            // Who tidies may have come between the making and the locking.
            Ok(locked) if !locked || temp.as_file().metadata()?.nlink() == 0 => {}
            // Where the file system knows no locks, its age tells that its writer lives.
            _ => return Ok(temp),
        }
    }
    files::temporary(dir)
}

/// What no other run leaves: its number, and the time since the machine was started.
fn mark() -> [u8; 16] {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let mut mark = [0; 16];
    mark[..4].copy_from_slice(&std::process::id().to_le_bytes());
    mark[4..12].copy_from_slice(&now.tv_sec.to_le_bytes());
    mark[12..].copy_from_slice(&now.tv_nsec.to_le_bytes()[..4]);
    mark
}

/// How long a run waits for another that compiles the same.
///
/// Nearly every compile is done by then. One that is not, or whose holder hangs, costs those who wait this much on top
/// of their own compile, once: they do not wait for each other. A bound by what the compile is known to take would know
/// nothing in the case that matters, the first compile.
const PATIENCE: Duration = Duration::from_secs(30);

impl Kind {
    /// No file of the kind is longer.
    fn limit(self) -> u64 {
        match self {
            Self::Manifest => manifest::FILE_LIMIT,
            Self::Entry => entry::FILE_LIMIT,
            Self::Toolchain => toolchains::FILE_LIMIT,
        }
    }

    /// Passes one of two points of the way all kinds go.
    fn fault(self, entry: Point, manifest: Point) {
        match self {
            Self::Entry => faults::at(entry),
            Self::Manifest => faults::at(manifest),
            // The same way once more, after a compile that has stored its result.
            Self::Toolchain => faults::at(Point::ToolchainNoted),
        }
    }
}
