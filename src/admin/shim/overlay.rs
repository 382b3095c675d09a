//! An overlay that is there: what lies in it, and how that is taken away.

use super::super::session::Failure;
use super::entries::{cannot, entries, is_directory_itself, is_leftover, shown};
use crate::call::shim::{self, ShimFile};
use crate::lock;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How often it is tried to hold an overlay that another run works on, [`PAUSE`] apart: half a minute in all.
const PATIENCE: usize = 600;
/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(50);

/// An overlay that is there.
pub(super) struct Overlay<'a> {
    root: &'a Path,
    /// What the shim file at its top says.
    pub(super) top: ShimFile,
    /// What lies in it, relative, directories before their contents.
    content: BTreeSet<PathBuf>,
}

impl<'a> Overlay<'a> {
    /// Reads what lies in it.
    ///
    /// # Errors
    /// When it is no overlay, or holds what was not made by this command.
    pub(super) fn open(root: &'a Path) -> Result<Self, Failure> {
        let no_overlay = || {
            Failure::Message(format!(
                "{} is not empty, and was not made by `packer-cc shim`: name another directory, or empty it",
                shown(root)
            ))
        };
        let top = shim::read(root).map_err(|broken| Failure::Message(broken.text))?.ok_or_else(no_overlay)?;
        let mut content = BTreeSet::new();
        let directories: BTreeSet<&Path> = top.directories.iter().map(PathBuf::as_path).collect();
        let mut foreign = Vec::new();
        for dir in [Path::new("")].into_iter().chain(directories.iter().copied()) {
            let place = root.join(dir);
            // Somebody may have put a link in the place of one of these directories. What lies behind it is not the overlay's.
            if !fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_dir()) {
                continue;
            }
            let file = shim::read(&place).map_err(|broken| Failure::Message(broken.text))?;
            for entry in entries(&place)? {
                let relative = dir.join(entry.file_name());
                let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if is_dir && directories.contains(relative.as_path()) || is_ours(&entry, &top, file.as_ref()) {
                    content.insert(relative);
                } else {
                    foreign.push(relative);
                }
            }
        }
        match foreign.first() {
            None => Ok(Self { root, top: top.clone(), content }),
            Some(first) => Err(Failure::Message(format!(
                "{} was not made by `packer-cc shim`{}: move it elsewhere first",
                shown(&root.join(first)),
                if foreign.len() > 1 { format!(", nor were {} others", foreign.len() - 1) } else { String::new() }
            ))),
        }
    }

    /// Takes everything away, and says how much that was.
    pub(super) fn remove(&self) -> Result<usize, Failure> {
        let removed = self.take_away(|_| true)?;
        fs::remove_dir(self.root).map_err(|error| cannot("remove", self.root, &error))?;
        Ok(removed)
    }

    /// Takes away what is unwanted, by its path in the overlay, and says how much that was.
    pub(super) fn take_away(&self, unwanted: impl Fn(&Path) -> bool) -> Result<usize, Failure> {
        let mut unwanted: Vec<&Path> =
            self.content.iter().map(PathBuf::as_path).filter(|place| unwanted(place)).collect();
        // Directories go after what lies in them, and shim files after the drivers beside them. The shim file at the top is the last: it
        // tells that all this is an overlay.
        unwanted.sort_by_key(|place| {
            let is_shim_file = place.file_name() == Some(OsStr::new(shim::NAME));
            (std::cmp::Reverse(place.components().count()), is_shim_file)
        });
        for place in &unwanted {
            let place = self.root.join(place);
            let removed = if is_directory_itself(&place) { fs::remove_dir(&place) } else { fs::remove_file(&place) };
            removed.map_err(|error| cannot("remove", &place, &error))?;
        }
        Ok(unwanted.len())
    }
}

/// Whether this command made the entry: a link into the toolchain or to packer-cc, a copy of it, a shim file, or what a run
/// that was killed left.
fn is_ours(entry: &DirEntry, top: &ShimFile, file: Option<&ShimFile>) -> bool {
    let name = entry.file_name();
    if is_leftover(&name) {
        return !is_directory_itself(&entry.path());
    }
    let is_driver = || file.is_some_and(|file| name.to_str().is_some_and(|name| file.drivers.contains_key(name)));
    match fs::read_link(entry.path()) {
        Ok(target) => {
            let all = [&top.toolchain, &top.packer_cc].into_iter().chain(&top.former);
            all.into_iter().any(|known| target.starts_with(known))
        }
        Err(_) => top.copies && entry.file_type().is_ok_and(|kind| kind.is_file()) && is_driver(),
    }
}

/// Keeps other runs away from an overlay until this is dropped. Where a file system knows no locks, nothing does.
pub(super) fn hold(overlay: &Path) -> Result<Option<fs::File>, Failure> {
    let dir = fs::File::open(overlay).map_err(|error| cannot("open", overlay, &error))?;
    for _ in 0..PATIENCE {
        match lock::try_exclusive_file(&dir) {
            Ok(true) => return Ok(Some(dir)),
            Ok(false) => thread::sleep(PAUSE),
            Err(_) => return Ok(None),
        }
    }
    Err(Failure::Message(format!("another run has been working on {} for half a minute", shown(overlay))))
}
