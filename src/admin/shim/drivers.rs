//! The compiler drivers of a toolchain: where they are, and which compiler is behind each.

use super::super::session::Failure;
use super::entries::entries;
use crate::call::shim;
use crate::toolchain::locate::Ourselves;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// How many levels of a toolchain are looked through for directories named `bin`: `bin`, `x/bin` and `x/y/bin`.
pub(super) const LEVELS: usize = 3;

/// The directories of a toolchain that hold drivers, relative to it: itself (the empty path), and those named `bin`.
///
/// # Errors
/// When the toolchain's own directory cannot be listed.
pub(super) fn directories(toolchain: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut found = BTreeSet::new();
    if has_drivers(toolchain)? {
        found.insert(PathBuf::new());
    }
    find_bins(toolchain, Path::new(""), 1, &mut found)?;
    Ok(found)
}

/// The name of `path` if it is a compiler driver that can be started.
pub(super) fn driver<'n>(name: &'n OsStr, path: &Path) -> Option<&'n str> {
    let name = name.to_str().filter(|name| shim::is_driver(name))?;
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.mode() & 0o111 != 0).then_some(name)
}

/// The compiler behind a driver of the toolchain: the driver itself or, where the toolchain is an overlay, what the driver stands for.
/// `None` for a link to packer-cc that means a search on `PATH`, which the overlay keeps as it is.
pub(super) fn behind(driver: &Path, ourselves: &Ourselves) -> Result<Option<PathBuf>, Failure> {
    match shim::original(driver, Path::new("/"), ourselves) {
        Ok(Some(original)) => Ok(Some(original)),
        Ok(None) if ourselves.include(driver) => Ok(None),
        Ok(None) => Ok(Some(driver.to_owned())),
        Err(broken) => Err(Failure::Message(broken.text)),
    }
}

fn has_drivers(dir: &Path) -> Result<bool, Failure> {
    Ok(entries(dir)?.any(|entry| driver(&entry.file_name(), &entry.path()).is_some()))
}

/// Collects the directories named `bin` that hold drivers, down to [`LEVELS`]. A directory that may not be read counts as empty.
fn find_bins(root: &Path, dir: &Path, level: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let bin = dir.join("bin");
    // A link named `bin` counts too (`bin` → `usr/bin`): as a link in the overlay it would lead to the originals.
    if root.join(&bin).is_dir() && has_drivers(&root.join(&bin)).unwrap_or(false) {
        found.insert(bin);
    }
    if level == LEVELS {
        return Ok(());
    }
    let Ok(entries) = fs::read_dir(root.join(dir)) else { return Ok(()) };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && entry.file_name() != "bin" {
            find_bins(root, &dir.join(entry.file_name()), level + 1, found)?;
        }
    }
    Ok(())
}
