//! Where the files of a store are: what every place must be able to do.
//!
//! [`Store`](super::Store), a directory of this machine, is the only one.

use super::kind::Kind;
use crate::bounded;
use crate::digest::{Digest, KeyId};
use crate::lock::{Claim, Guard};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::SystemTime;

/// What only code of the store can show: who holds one may change what is there.
///
/// So no other code can write a result: it has to go through [`Permit::commit`](super::permit::Permit::commit), which takes what is
/// proven.
pub struct StoreOnly(pub(super) ());

/// Files by kind and name. Each is whole or not there, and none is ever changed.
pub trait Backend {
    /// A file, and marks it as used now. `None` if it is not there, cannot be read, or is not believed.
    fn get(&self, kind: Kind, name: &Digest) -> Option<Blob>;

    /// Puts a file of these parts there, in the place of one of the same name.
    ///
    /// # Errors
    /// When it cannot be written. What is there is as good as before.
    fn put(&self, right: StoreOnly, kind: Kind, name: &Digest, parts: &[&[u8]]) -> io::Result<()>;

    /// Every file, sorted by path.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn list(&self) -> io::Result<Vec<Item>>;

    /// Removes a file that turned out to be of no use.
    fn remove(&self, right: StoreOnly, kind: Kind, name: &Digest);

    /// Claims the compile of `key`, so that identical ones at the same time wait instead of doing it again. Where the run that
    /// compiled left no result, its compile failed or could not be stored. Those who waited then compile, all at once, as they
    /// would have without a cache.
    fn claim(&self, key: &KeyId) -> Claim;

    /// Keeps other writers of the manifest of `key` away for a moment, so that none loses another's candidate. `None` where there are
    /// no locks: the manifest is written all the same.
    fn hold(&self, key: &KeyId) -> Option<Guard>;
}

/// The bytes of a file.
#[derive(Debug)]
pub enum Blob {
    /// In memory.
    Memory(Vec<u8>),
    /// In an open file, of this length.
    File(File, u64),
}

impl Blob {
    /// How long it is, in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, len) => *len,
        }
    }

    /// There is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `length` bytes from `at` on. They may be read into `buffer`, whose content is lost.
    ///
    /// # Errors
    /// Those of reading; `UnexpectedEof` for what lies beyond the end.
    pub fn read<'a>(&'a self, at: u64, length: u64, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        let length = usize::try_from(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
        match self {
            Self::Memory(bytes) => {
                let bytes = usize::try_from(at).ok().and_then(|at| bytes.get(at..)?.get(..length));
                bytes.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            Self::File(file, _) => {
                buffer.resize(length, 0);
                file.read_exact_at(buffer, at)?;
                Ok(buffer)
            }
        }
    }

    /// All of it in memory, if it is no longer than `most` bytes.
    ///
    /// # Errors
    /// Those of reading; `FileTooLarge` for one that is longer.
    pub fn bytes(self, most: u64) -> io::Result<Vec<u8>> {
        match self {
            Self::Memory(bytes) if bytes.len() as u64 <= most => Ok(bytes),
            Self::Memory(_) => Err(io::ErrorKind::FileTooLarge.into()),
            Self::File(file, len) => bounded::contents(&file, len, most),
        }
    }
}

/// What a file of the store directory is, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A file of this format, with the digest that names it.
    Ours(Kind, Digest),
    /// Being written, or left behind by a writer that died.
    Temporary,
    /// Another format's, or nothing of packer-cc's.
    Foreign,
}

/// A file of the store directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was last used, see [`super::evict`].
    pub used: SystemTime,
    /// What it should be.
    pub sort: Sort,
}
