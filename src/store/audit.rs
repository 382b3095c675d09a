//! Rechecking a whole store, file by file.
//!
//! Every byte of an entry and of a manifest is vouched for by its name and its digests, so a file is either good or
//! damaged. Files of other formats and files that are no part of any store are counted and left alone; they are never
//! read by a lookup.

use super::backend::{Item, Sort};
use super::kind::Kind;
use super::layout::{Layout, VERSION_DIR};
use super::local::Store;
use super::{entry, manifest, sources, toolchains};
use crate::digest::{Digest, EntryId, KeyId};
use crate::files::{self, TEMPORARY};
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

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
    /// Not read.
    Skipped,
    /// It was there when the store was listed and is gone: evicted meanwhile.
    Gone,
    /// Not what its name says; the text tells how.
    Damaged(String),
}

/// Every file below the store's directory, sorted by path. Links are not followed.
///
/// # Errors
/// When a directory cannot be listed.
pub fn items(layout: &Layout) -> io::Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut dirs = vec![layout.dir.clone()];
    while let Some(dir) = dirs.pop() {
        let listing = match fs::read_dir(&dir) {
            // Nothing was ever stored, or a directory was just removed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            listing => listing.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", dir.display())))?,
        };
        for item in listing.flatten() {
            let Ok(meta) = item.metadata() else { continue };
            if meta.is_dir() {
                dirs.push(item.path());
            } else if item.file_name() != "CACHEDIR.TAG" {
                let path = item.path();
                let sort = if meta.is_file() { sort(&layout.dir, &path) } else { Sort::Foreign };
                let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                items.push(Item { path, bytes: meta.len(), used, sort });
            }
        }
    }
    items.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(items)
}

/// What a file of the store is, by its place.
pub fn sort_of(store: &Store, path: &Path) -> Sort {
    sort(&store.layout.dir, path)
}

/// What the file at `path` is, by its place below `dir`.
fn sort(dir: &Path, path: &Path) -> Sort {
    let below = path.strip_prefix(dir).ok().and_then(Path::to_str).unwrap_or_default();
    let mut names = below.split('/');
    let (version, kind, first, rest) = (names.next(), names.next(), names.next(), names.next());
    let Some(kind) = kind.and_then(Kind::from_letter) else { return Sort::Foreign };
    let (Some(first), Some(rest), None) = (first, rest, names.next()) else { return Sort::Foreign };
    if version != Some(VERSION_DIR) {
        return Sort::Foreign;
    }
    if rest.starts_with(TEMPORARY) {
        return Sort::Temporary;
    }
    match Digest::from_hex(&format!("{first}{rest}")) {
        Some(name) if first.len() == 2 => Sort::Ours(kind, name),
        _ => Sort::Foreign,
    }
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
    };
    checked.unwrap_or_else(|| Verdict::Damaged("its bytes are not what its name stands for".to_owned()))
}

/// Removes a damaged item, and makes the store's size be counted anew.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_place() {
        let hex = Digest([0xab; 32]).hex();
        let of = |below: &str| sort(Path::new("/store"), &Path::new("/store").join(below));
        let name = |kind: &str| format!("v1/{kind}/{}/{}", &hex[..2], &hex[2..]);
        assert_eq!(of(&name("e")), Sort::Ours(Kind::Entry, Digest([0xab; 32])));
        assert_eq!(of(&name("m")), Sort::Ours(Kind::Manifest, Digest([0xab; 32])));
        assert_eq!(of(&name("t")), Sort::Ours(Kind::Toolchain, Digest([0xab; 32])));
        assert_eq!(of(&name("s")), Sort::Ours(Kind::Source, Digest([0xab; 32])));
        assert_eq!(of("v1/e/ab/.tmp-x"), Sort::Temporary);
        for foreign in ["README", "v2/e/ab/cd", "v1/x/ab/cd", "v1/e/ab/cd", &name("e").to_uppercase(), "v1/e/ab/cd/ef"]
        {
            assert_eq!(of(foreign), Sort::Foreign, "{foreign}");
        }
        let upper = format!("v1/e/AB/{}", hex[2..].to_uppercase());
        assert_eq!(of(&upper), Sort::Foreign, "names are lower case");
    }
}
