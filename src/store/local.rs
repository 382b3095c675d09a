//! A store in a directory of this machine.

use super::backend::{Backend, Blob, Item, StoreOnly};
use super::kind::Kind;
use super::layout::{Layout, temporary};
use super::{evict, listing};
use crate::bounded;
use crate::digest::{Digest, FieldHasher, KeyId};
use crate::faults::{self, Point};
use crate::files;
use crate::lock::{self, Claim, Company, Guard};
use crate::trust::Trust;
use std::cell::RefCell;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A store and the state of this machine that belongs to it.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) layout: Layout,
    trust: Trust,
    /// Why a file that is there could not be read or was not believed: the last such file.
    unread: RefCell<Option<String>>,
}

/// How long a run waits for another that compiles the same.
///
/// Nearly every compile is done by then. Where one is not, or its run hangs, those who wait lose this much on top of their own compile.
/// They lose it once, for they do not wait for each other. How long the compile takes is not known in the case that matters, which is
/// the first compile; so the bound is the same for all.
const PATIENCE: Duration = Duration::from_secs(30);

impl Store {
    /// The store at `dir`; nothing is looked at or made yet. `max_size` is in bytes, 0 for no bound.
    pub fn new(dir: PathBuf, state: PathBuf, max_size: u64) -> Self {
        Self { layout: Layout { dir, state, max_size }, trust: Trust::new(false), unread: RefCell::new(None) }
    }

    /// Takes files that others can write for a declared part of the store, see [`crate::trust`].
    #[must_use]
    pub fn shared(mut self, shared: bool) -> Self {
        self.trust = Trust::new(shared);
        self
    }

    /// Opens a file, and says how long it is; `None` if it is not there or cannot be read. One that is longer than any of its
    /// kind is removed.
    fn open(&self, kind: Kind, name: &Digest) -> Option<(fs::File, u64)> {
        let path = self.layout.path(kind, name);
        let (file, meta) = match files::open(&path) {
            Ok(opened) => opened,
            Err(error) => {
                if error.kind() == io::ErrorKind::PermissionDenied {
                    self.unread.replace(Some(format!("{}: {error}", path.display())));
                }
                return None;
            }
        };
        // The directories belong to this user now, but another user may have put the file there before. It is not removed: the result
        // of this compile replaces it.
        if let Some(disbelief) = self.trust.disbelief(&path, &meta) {
            self.unread.replace(Some(disbelief));
            return None;
        }
        if meta.len() > kind.limit() {
            Backend::remove(self, StoreOnly(()), kind, name);
            return None;
        }
        Some((file, meta.len()))
    }

    /// Reads a file, see [`open`](Self::open).
    pub(super) fn read(&self, kind: Kind, name: &Digest) -> Option<(fs::File, Vec<u8>)> {
        let (file, len) = self.open(kind, name)?;
        match bounded::contents(&file, len, kind.limit()) {
            Ok(bytes) => Some((file, bytes)),
            Err(error) => {
                if error.kind() == io::ErrorKind::FileTooLarge {
                    Backend::remove(self, StoreOnly(()), kind, name);
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
        fs::symlink_metadata(self.layout.path(kind, name)).is_ok()
    }

    /// Notes that this run writes `output`. Two runs that write one output at once find out by it (see [`Company`]): each could take
    /// the other's file for its own. `None` where there are no locks; the result is stored all the same.
    pub fn compiles_to(&self, output: &Path) -> Option<Company> {
        self.layout.make_locks().ok()?;
        Company::join(self.company_of(output)?, mark()).ok()
    }

    /// Lets the runs that compile to `output` know that a hit is written there.
    pub fn restores_to(&self, output: &Path) {
        if let Some(path) = self.company_of(output) {
            Company::disturb(&path, mark());
        }
    }

    /// The file by which runs that write `output` find each other. It is named by the directory's inode, so that two spellings of one
    /// output meet.
    fn company_of(&self, output: &Path) -> Option<PathBuf> {
        let dir = fs::metadata(output.parent()?).ok()?;
        let mut place = FieldHasher::new("packer-cc output 1");
        place.field("device", &dir.dev().to_le_bytes()).field("inode", &dir.ino().to_le_bytes());
        place.field("name", output.file_name()?.as_bytes());
        Some(self.layout.lock_path(&format!("{}{}", lock::OUTPUT, &place.finish().hex()[..32])))
    }
}

impl Backend for Store {
    fn get(&self, kind: Kind, name: &Digest) -> Option<Blob> {
        let (file, len) = self.open(kind, name)?;
        evict::touch(&file);
        Some(Blob::File(file, len))
    }

    fn put(&self, _: StoreOnly, kind: Kind, name: &Digest, parts: &[&[u8]]) -> io::Result<()> {
        // A file that exceeds the bound by itself would evict all others, and the bound would be passed all the same.
        let size = parts.iter().map(|part| part.len() as u64).sum();
        if self.layout.max_size != 0 && size > self.layout.max_size {
            return Err(io::Error::other("a result larger than the store may be"));
        }
        let path = self.layout.path(kind, name);
        let dir = path.parent().unwrap_or(&self.layout.dir);
        let mut temp = match temporary(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.layout.make(dir)?;
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
        // The file is counted before it has its name. A run that is killed in between has then counted too much, which the next eviction
        // corrects. Counted too little, the store would grow beyond its bound.
        evict::account(&self.layout, size, replaced);
        temp.persist(&path)?;
        kind.fault(Point::EntryNamed, Point::ManifestNamed);
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<Item>> {
        listing::items(&self.layout)
    }

    fn remove(&self, _: StoreOnly, kind: Kind, name: &Digest) {
        let _ = fs::remove_file(self.layout.path(kind, name));
    }

    fn claim(&self, key: &KeyId) -> Claim {
        // Without the directory the lock cannot be taken either, and the run goes on without one.
        let _ = self.layout.make_locks();
        lock::claim(self.layout.lock_path(&format!("{}{}", lock::COMPILE, &key.0.hex()[..32])), PATIENCE)
    }

    fn hold(&self, key: &KeyId) -> Option<Guard> {
        self.layout.lock(&key.0.hex()[..2], lock::MOMENT).ok()
    }
}

/// Bytes that no other run on this machine writes: the number of this process, and the time since the machine was started.
fn mark() -> [u8; 16] {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let mut mark = [0; 16];
    mark[..4].copy_from_slice(&std::process::id().to_le_bytes());
    mark[4..12].copy_from_slice(&now.tv_sec.to_le_bytes());
    mark[12..].copy_from_slice(&now.tv_nsec.to_le_bytes()[..4]);
    mark
}
