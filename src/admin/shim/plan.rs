//! What an overlay is to be, and making it that.

use super::super::session::Failure;
use super::apart::existing;
use super::drivers;
use super::entries::{cannot, copy, entries, is_directory_itself, is_leftover, link, shown, write};
use super::overlay::{Overlay, hold};
use crate::call::shim::{self, ShimFile};
use crate::toolchain::locate::Ourselves;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

/// What an overlay is to be.
pub(super) struct Plan {
    /// The toolchain that it stands for.
    pub(super) toolchain: PathBuf,
    /// What the drivers lead to.
    pub(super) packer_cc: PathBuf,
    /// The drivers are copies of packer-cc, not links.
    pub(super) copy: bool,
    /// The overlay's own directories, with the shim file of each. The empty path is the overlay itself.
    directories: BTreeMap<PathBuf, ShimFile>,
    /// Each link by its place in the overlay, and where it leads. The drivers are not among them.
    pub(super) links: BTreeMap<PathBuf, PathBuf>,
}

/// How many files, links and directories were made or replaced, and how many taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) written: usize,
    pub(super) removed: usize,
}

impl Plan {
    /// Plans an overlay of a toolchain, whose drivers lead to `packer_cc` by links, or are copies of it.
    ///
    /// # Errors
    /// When the toolchain has no driver, cannot be listed, or names what an overlay cannot.
    pub(super) fn of(toolchain: &Path, packer_cc: &Path, copy: bool, ourselves: &Ourselves) -> Result<Self, Failure> {
        let with_drivers = drivers::directories(toolchain)?;
        if with_drivers.is_empty() {
            return Err(Failure::Message(format!(
                "there is no compiler driver in {0}: looked for gcc, g++, cc, c++, c89, c99, clang and clang++, also as \
                 avr-gcc or gcc-12, in {0} itself and in its directories named bin, {levels} levels deep",
                shown(toolchain),
                levels = drivers::LEVELS,
            )));
        }
        let directories: BTreeSet<PathBuf> =
            with_drivers.iter().flat_map(|dir| dir.ancestors()).map(Path::to_owned).collect();
        let file = |drivers| ShimFile {
            toolchain: toolchain.to_owned(),
            packer_cc: packer_cc.to_owned(),
            copies: copy,
            drivers,
            ..ShimFile::default()
        };
        let mut plan = Self {
            toolchain: toolchain.to_owned(),
            packer_cc: packer_cc.to_owned(),
            copy,
            directories: BTreeMap::new(),
            links: BTreeMap::new(),
        };
        for dir in &directories {
            let mut drivers = BTreeMap::new();
            for entry in entries(&toolchain.join(dir))? {
                let (name, place, original) = (entry.file_name(), dir.join(entry.file_name()), entry.path());
                if directories.contains(&place) || is_leftover(&name) {
                    continue;
                }
                match drivers::driver(&name, &original).filter(|_| with_drivers.contains(dir)) {
                    Some(name) => match drivers::behind(&original, ourselves)? {
                        Some(compiler) => drop(drivers.insert(name.to_owned(), compiler)),
                        None => drop(plan.links.insert(place, original)),
                    },
                    None => drop(plan.links.insert(place, original)),
                }
            }
            plan.directories.insert(dir.clone(), file(drivers));
        }
        let below = directories.into_iter().filter(|dir| !dir.as_os_str().is_empty()).collect();
        plan.directories.entry(PathBuf::new()).and_modify(|file| file.directories = below);
        plan.require_text()?;
        Ok(plan)
    }

    /// The shim files are text, so what they name must be.
    fn require_text(&self) -> Result<(), Failure> {
        let originals = self.directories.values().flat_map(|file| file.drivers.values());
        let all = [&self.toolchain, &self.packer_cc].into_iter().chain(originals).chain(self.directories.keys());
        match all.into_iter().find(|path| path.to_str().is_none()) {
            Some(path) => Err(Failure::Message(format!("{} is not UTF-8, which an overlay must be", shown(path)))),
            None => Ok(()),
        }
    }

    /// The drivers' places in the overlay, with their originals.
    pub(super) fn drivers(&self) -> impl Iterator<Item = (PathBuf, &Path)> {
        self.directories
            .iter()
            .flat_map(|(dir, file)| file.drivers.iter().map(|(name, original)| (dir.join(name), original.as_path())))
    }

    /// Makes the overlay, or brings it up to date.
    pub(super) fn realise(&self, overlay: &Path) -> Result<Changes, Failure> {
        fs::create_dir_all(overlay).map_err(|error| cannot("make", overlay, &error))?;
        let overlay = existing(overlay)?;
        let _held = hold(&overlay)?;
        let mut changes = Changes::default();
        let mut former = None;
        // A run that was killed before its first file was whole left temporary files alone: that is an empty overlay.
        let is_content = |entry: DirEntry| entry.file_name() == shim::NAME || !is_leftover(&entry.file_name());
        if entries(&overlay)?.any(is_content) {
            let current = Overlay::open(&overlay)?;
            changes.removed = current.take_away(|place| !self.keeps(&overlay, place))?;
            former = Some(current.top);
        }
        let mut written = |done: io::Result<bool>, what: &Path| -> Result<(), Failure> {
            changes.written += usize::from(done.map_err(|error| cannot("write", what, &error))?);
            Ok(())
        };
        let top = overlay.join(shim::NAME);
        for (dir, file) in &self.directories {
            let place = overlay.join(dir);
            match fs::create_dir(&place) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => written(made.map(|()| true), &place)?,
            }
            // The shim file is written before the drivers. A driver without one would be taken for a link that means a search on PATH.
            let place = place.join(shim::NAME);
            let text = match &former {
                // Until all is done, links of the former overlay may be left. The file says that they are this command's too.
                Some(former) if place == top => file.after(former).to_string(),
                _ => file.to_string(),
            };
            written(write(&place, text.as_bytes(), 0o644), &place)?;
        }
        for (place, target) in &self.links {
            let place = overlay.join(place);
            written(link(&place, target), &place)?;
        }
        for (place, _) in self.drivers() {
            let place = overlay.join(place);
            let made = if self.copy { copy(&place, &self.packer_cc) } else { link(&place, &self.packer_cc) };
            written(made, &place)?;
        }
        written(write(&top, self.directories[Path::new("")].to_string().as_bytes(), 0o644), &top)?;
        Ok(changes)
    }

    /// Whether what stands at `place` in the overlay may stay: it is planned, or something planned replaces it in one step.
    fn keeps(&self, overlay: &Path, place: &Path) -> bool {
        let is_shim_file = place.file_name() == Some(OsStr::new(shim::NAME));
        let is_planned = self.links.contains_key(place) || self.drivers().any(|(driver, _)| driver == place);
        let is_directory =
            self.directories.contains_key(if is_shim_file { place.parent().unwrap_or(place) } else { place });
        // A directory cannot be replaced by a link in one step, nor a link by a directory.
        let was_directory = is_directory_itself(&overlay.join(place));
        if was_directory { is_directory && !is_shim_file } else { is_planned || is_directory && is_shim_file }
    }
}
