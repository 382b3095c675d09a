//! The permission to store a result: a miss hands one out, and only a proof is taken.

use super::backend::{Backend, StoreOnly};
use super::definitions;
use super::entry::{self, Stored};
use super::kind::Kind;
use super::manifest::{self, Candidate};
use crate::digest::KeyId;
use crate::proof::Proven;
use std::io;

/// The permission to store a result under a first key.
pub struct Permit<'a> {
    store: &'a dyn Backend,
    key: KeyId,
}

impl<'a> Permit<'a> {
    /// For a key under which nothing was found that holds here.
    pub fn new(store: &'a dyn Backend, key: KeyId) -> Self {
        Self { store, key }
    }

    /// For a key under which a result was found that turned out to be wrong. That result is removed.
    pub fn instead_of(store: &'a dyn Backend, key: KeyId, wrong: &Stored) -> Self {
        store.remove(StoreOnly(()), Kind::Entry, &wrong.name.0);
        Self { store, key }
    }

    /// Stores a result.
    ///
    /// # Errors
    /// When the store cannot be written. What is there already is as good as before.
    pub fn commit(self, proven: Proven) -> io::Result<()> {
        for (content, items) in proven.definitions() {
            // Without it, a header that has changed is another one.
            let _ = definitions::put(self.store, content, items);
        }
        let entry = entry::put(self.store, proven.outputs())?;
        manifest::add(self.store, &self.key, Candidate { entry, inputs: proven.into_inputs() })
    }
}

/// Removes a result that cannot be unpacked, and says whether it was one. Its name vouches for its bytes, so either they were never
/// what packer-cc writes, or the file was changed while it was read.
pub fn remove_if_damaged(store: &dyn Backend, stored: &Stored) -> bool {
    let is_damaged = stored.unpack().is_none();
    if is_damaged {
        store.remove(StoreOnly(()), Kind::Entry, &stored.name.0);
    }
    is_damaged
}
