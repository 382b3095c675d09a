//! Rechecking a whole store, file by file.
//!
//! Its name and its digests vouch for every byte of a file, so a file is either good or damaged. Files of other formats, and files that
//! are no part of any store, are counted and left alone: no lookup reads them.

use super::backend::{Item, Sort};
use super::kind::Kind;
use super::local::Store;
use super::{definitions, entry, listing, manifest, sources, toolchains};
use crate::digest::{ContentId, Digest, EntryId, KeyId};
use crate::files;
use std::fs;
use std::io;
use std::path::Path;

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An entry, whole.
    Entry(Digest),
    /// A manifest, whole, with the entries it leads to.
    Manifest(Vec<Digest>),
    /// What is known of toolchains, whole.
    Toolchains,
    /// What is known of the first keys of a source, whole.
    Source,
    /// What a header of definitions held, whole.
    Definitions,
    /// Temporary, of another format, or nothing of packer-cc's.
    Skipped,
    /// It was there when the store was listed and is gone: evicted meanwhile.
    Gone,
    /// Not what its name says; the text tells how.
    Damaged(String),
}

/// What a file of the store is, by its place.
pub fn sort_of(store: &Store, path: &Path) -> Sort {
    listing::sort(&store.layout.dir, path)
}

/// Reads an item and checks all of it.
pub fn check(store: &Store, item: &Item) -> Verdict {
    let Sort::Ours(kind, name) = item.sort else { return Verdict::Skipped };
    let Some((_, bytes)) = store.read(kind, &name) else {
        return match files::open(&item.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Verdict::Gone,
            Err(error) => Verdict::Damaged(format!("cannot be read: {error}")),
            Ok(_) => Verdict::Damaged("cannot be read".to_owned()),
        };
    };
    if kind == Kind::Entry && entry::is_earlier(&bytes) {
        return Verdict::Skipped;
    }
    let checked = match kind {
        Kind::Entry => entry::decode(&bytes, &EntryId(name)).map(|_| Verdict::Entry(name)),
        Kind::Manifest => manifest::decode(&bytes, &KeyId(name))
            .map(|candidates| Verdict::Manifest(candidates.into_iter().map(|candidate| candidate.entry.0).collect())),
        Kind::Toolchain => toolchains::decode(&bytes, &name).map(|_| Verdict::Toolchains),
        Kind::Source => sources::decode(&bytes, &name).map(|_| Verdict::Source),
        Kind::Definitions => definitions::decode(&bytes, &ContentId(name)).map(|_| Verdict::Definitions),
    };
    checked.unwrap_or_else(|| Verdict::Damaged("its bytes are not what its name stands for".to_owned()))
}

/// Removes a damaged item. The next commit counts the store's size anew.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(store: &Store, item: &Item) -> io::Result<()> {
    match fs::remove_file(&item.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            let _ = fs::remove_file(store.layout.state.join("usage"));
            Ok(())
        }
    }
}
