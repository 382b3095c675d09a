//! Dropping the candidates of a manifest whose results are gone.

use super::kind::Kind;
use super::layout::temporary;
use super::local::Store;
use super::manifest::{decode, encode};
use crate::digest::{EntryId, KeyId};
use crate::faults::{self, Point};
use crate::files;
use std::io::{self, Write as _};

/// What became of a manifest whose candidates were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruned {
    /// Every candidate leads to a result, or nothing could be done.
    Whole,
    /// Some led nowhere; the others stay.
    Fewer {
        /// How many led nowhere.
        candidates: usize,
        /// The size of what is left.
        bytes: u64,
    },
    /// None led anywhere: the manifest is removed.
    Removed,
}

/// Drops the candidates whose entry is gone. The time of the manifest's last use stays what it is. With `dry_run`,
/// nothing is changed.
///
/// # Errors
/// When the manifest cannot be replaced or removed, or its lock is held for long. What is there is as good as before.
pub fn prune(store: &Store, key: &KeyId, is_gone: impl Fn(&EntryId) -> bool, dry_run: bool) -> io::Result<Pruned> {
    // A candidate that another run adds meanwhile must not be lost.
    let _guard = if dry_run { None } else { Some(store.layout.lock(&key.0.hex()[..2], crate::lock::MOMENT)?) };
    let Some((file, bytes)) = store.read(Kind::Manifest, &key.0) else { return Ok(Pruned::Whole) };
    let Some(mut candidates) = decode(&bytes, key) else { return Ok(Pruned::Whole) };
    let used = file.metadata()?.modified()?;
    let before = candidates.len();
    candidates.retain(|candidate| !is_gone(&candidate.entry));
    let gone = before - candidates.len();
    if gone == 0 {
        return Ok(Pruned::Whole);
    }
    let path = store.layout.path(Kind::Manifest, &key.0);
    if candidates.is_empty() {
        if !dry_run {
            std::fs::remove_file(path)?;
            faults::at(Point::TrimRemoved);
        }
        return Ok(Pruned::Removed);
    }
    let encoded = encode(&candidates, key).ok_or_else(|| io::Error::other("a manifest too large to store"))?;
    if !dry_run {
        let mut temp = temporary(path.parent().unwrap_or(&store.layout.dir))?;
        temp.write_all(&encoded)?;
        files::share_as_at(temp.as_file(), &path)?;
        temp.as_file().set_modified(used)?;
        faults::at(Point::TrimWritten);
        temp.persist(path)?;
        faults::at(Point::TrimNamed);
    }
    Ok(Pruned::Fewer { candidates: gone, bytes: encoded.len() as u64 })
}
