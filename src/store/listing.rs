//! Every file of a local store. Its place tells what it is.

use super::backend::{Item, Sort};
use super::kind::Kind;
use super::layout::{Layout, VERSION_DIR};
use crate::digest::Digest;
use crate::files::TEMPORARY;
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

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

/// What the file at `path` is, by its place below `dir`.
pub fn sort(dir: &Path, path: &Path) -> Sort {
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
