//! `packer-cc shim`: makes an overlay of a toolchain, for tools that name a compiler by its path.
//!
//! The drivers lead to packer-cc, a shim file beside them names their originals ([`crate::call::shim`]), everything else is a
//! link to the original file or directory. Only directories that hold drivers, and those above them, are made; the rest
//! of a toolchain is as many links as it has entries there.
//!
//! An overlay that is there already is brought up to date in place: what is right is not touched, what is
//! wrong is replaced in one step, and no driver stands for a moment without the shim file that names its original, so
//! that a build may run meanwhile. What somebody else put into it is never removed or replaced.

use super::terminal::printable;
use super::{Failure, Session, print, print_json};
use crate::call::shim::{self, ShimFile};
use crate::environment::Environment;
use crate::lock;
use crate::toolchain::locate::{self, Ourselves};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, DirEntry, Permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How far below a toolchain its directories named `bin` are looked for.
const LEVELS: usize = 3;

/// Names in an overlay that are never a toolchain's: the shim file, and what is about to become it or a link.
const OURS: &str = ".packer-cc-shim";

/// How often another run that makes the same overlay is asked whether it is done, twenty times a second.
const PATIENCE: usize = 600;

pub fn command() -> Command {
    let path = |name: &'static str| Arg::new(name).value_name(name).value_parser(value_parser!(PathBuf));
    Command::new("shim")
        .about("Make an overlay of a toolchain whose compilers lead through packer-cc")
        .after_help(
            "For tools that name a compiler by its path. In OVERLAY the compiler drivers (gcc, g++, cc, c++, c89, c99, \
             clang and clang++, behind a target's name and before a version) lead to packer-cc, which starts the \
             original by its own path; everything else is a link into TOOLCHAIN. TOOLCHAIN is a directory with bin/ in \
             it, or such a bin/ itself.\n\nRunning it again brings the overlay up to date: after the toolchain was \
             moved or replaced, or packer-cc was.",
        )
        .arg(path("TOOLCHAIN").required_unless_present("remove").help("The toolchain's directory"))
        .arg(
            path("OVERLAY")
                .required_unless_present("remove")
                .help("Where the overlay is made: a directory that is not there yet, is empty, or is an overlay"),
        )
        .arg(
            Arg::new("remove")
                .long("remove")
                .value_name("OVERLAY")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all(["TOOLCHAIN", "OVERLAY", "copy"])
                .help("Take an overlay away again; the toolchain is not touched"),
        )
        .arg(
            Arg::new("copy")
                .long("copy")
                .action(ArgAction::SetTrue)
                .help("Make the drivers copies of packer-cc, for programs that follow links before they start one"),
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let cwd = Session::cwd()?;
    let as_json = matches.get_flag("json");
    if let Some(overlay) = matches.get_one::<PathBuf>("remove") {
        let overlay = existing(&cwd.join(overlay))?;
        let _held = hold(&overlay)?;
        let removed = Overlay::open(&overlay)?.remove()?;
        return if as_json {
            print_json(&json!({ "overlay": overlay.to_string_lossy(), "removed": removed }))
        } else {
            print(format!("{}: the overlay was removed\n", shown(&overlay)))
        };
    }
    let path = |name| matches.get_one::<PathBuf>(name).map(|path| cwd.join(path)).unwrap_or_default();
    let toolchain = toolchain_dir(&path("TOOLCHAIN"))?;
    let overlay = path("OVERLAY");
    keep_apart(&toolchain, &overlay)?;
    let packer_cc = packer_cc(session, &cwd)?;
    let plan = Plan::of(&toolchain, &packer_cc, matches.get_flag("copy"), &Ourselves::detect(&session.environment))?;
    let changes = plan.realise(&overlay)?;
    if as_json { print_json(&plan.as_json(&overlay, changes)) } else { print(plan.as_text(&overlay, changes)) }
}

/// What an overlay is to be.
struct Plan {
    toolchain: PathBuf,
    packer_cc: PathBuf,
    copy: bool,
    /// The overlay's own directories with the shim file of each; the first is the overlay itself (the empty path).
    directories: BTreeMap<PathBuf, ShimFile>,
    /// Where each link leads; the drivers are not among them.
    links: BTreeMap<PathBuf, PathBuf>,
}

/// How many files, links and directories were made or replaced, and how many taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Changes {
    written: usize,
    removed: usize,
}

impl Plan {
    fn of(toolchain: &Path, packer_cc: &Path, copy: bool, ourselves: &Ourselves) -> Result<Self, Failure> {
        let mut with_drivers = BTreeSet::new();
        if has_drivers(toolchain)? {
            with_drivers.insert(PathBuf::new());
        }
        find_bins(toolchain, Path::new(""), 1, &mut with_drivers)?;
        if with_drivers.is_empty() {
            return Err(Failure::Message(format!(
                "there is no compiler driver in {0}: looked for gcc, g++, cc, c++, c89, c99, clang and clang++, also as \
                 avr-gcc or gcc-12, in {0} itself and in its directories named bin, {LEVELS} levels deep",
                shown(toolchain)
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
                match driver(&name, &original).filter(|_| with_drivers.contains(dir)) {
                    Some(name) => match behind(&original, ourselves)? {
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

    fn drivers(&self) -> impl Iterator<Item = (PathBuf, &Path)> {
        self.directories
            .iter()
            .flat_map(|(dir, file)| file.drivers.iter().map(|(name, original)| (dir.join(name), original.as_path())))
    }

    /// Makes the overlay, or brings it up to date.
    fn realise(&self, overlay: &Path) -> Result<Changes, Failure> {
        fs::create_dir_all(overlay).map_err(|error| cannot("make", overlay, &error))?;
        let overlay = existing(overlay)?;
        let _held = hold(&overlay)?;
        let mut changes = Changes::default();
        let mut former = None;
        // A run that was killed before its first file was whole left an empty overlay.
        let is_content = |entry: DirEntry| entry.file_name() == shim::NAME || !is_leftover(&entry.file_name());
        if entries(&overlay)?.any(is_content) {
            let current = Overlay::open(&overlay)?;
            changes.removed = current.keep_only(self)?;
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
            // Before the drivers: one that finds none would be taken for a link that means a search on PATH.
            let place = place.join(shim::NAME);
            let text = match &former {
                // Until all is done, what is there of the former overlay is this command's own too.
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

    fn as_text(&self, overlay: &Path, changes: Changes) -> String {
        let mut text = format!("{}: an overlay of {}\n", shown(overlay), shown(&self.toolchain));
        for (place, original) in self.drivers() {
            text += &format!("  {}  stands for {}\n", shown(&place), shown(original));
        }
        let drivers = match self.drivers().count() {
            1 => "1 driver leads".to_owned(),
            count => format!("{count} drivers lead"),
        };
        text +=
            &format!("{drivers} through {}, {} other names to the originals", shown(&self.packer_cc), self.links.len());
        text += &match changes {
            Changes { written: 0, removed: 0 } => "; nothing had to be changed\n".to_owned(),
            Changes { removed: 0, .. } => "\n".to_owned(),
            Changes { removed, .. } => format!("; {removed} that are gone were removed\n"),
        };
        text
    }

    fn as_json(&self, overlay: &Path, changes: Changes) -> serde_json::Value {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let drivers = self.drivers().map(|(place, original)| {
            json!({ "name": text(&place), "path": text(&overlay.join(&place)), "original": text(original) })
        });
        json!({
            "overlay": text(overlay),
            "toolchain": text(&self.toolchain),
            "packer_cc": text(&self.packer_cc),
            "copies": self.copy,
            "drivers": drivers.collect::<Vec<_>>(),
            "links": self.links.len(),
            "written": changes.written,
            "removed": changes.removed,
        })
    }
}

/// An overlay that is there.
struct Overlay<'a> {
    root: &'a Path,
    /// What the shim file at its top says.
    top: ShimFile,
    /// What lies in it, relative, directories before their contents.
    content: BTreeSet<PathBuf>,
}

impl<'a> Overlay<'a> {
    /// Reads what lies in it.
    ///
    /// # Errors
    /// When it is no overlay, or holds what was not made by this command.
    fn open(root: &'a Path) -> Result<Self, Failure> {
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
            // A link may have taken the place of a directory of ours, and what lies behind it is not the overlay's.
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

    /// Takes away what is not planned.
    fn keep_only(&self, plan: &Plan) -> Result<usize, Failure> {
        let drivers: BTreeSet<PathBuf> = plan.drivers().map(|(place, _)| place).collect();
        let planned = |place: &Path| {
            let is_shim_file = place.file_name() == Some(OsStr::new(shim::NAME));
            let is_planned = plan.links.contains_key(place) || drivers.contains(place);
            let is_directory =
                plan.directories.contains_key(if is_shim_file { place.parent().unwrap_or(place) } else { place });
            // A directory cannot be replaced by a link in one step, nor a link by a directory.
            let was_directory = is_directory_itself(&self.root.join(place));
            if was_directory { is_directory && !is_shim_file } else { is_planned || is_directory && is_shim_file }
        };
        self.take_away(|place| !planned(place))
    }

    /// Takes everything away.
    fn remove(&self) -> Result<usize, Failure> {
        let removed = self.take_away(|_| true)?;
        fs::remove_dir(self.root).map_err(|error| cannot("remove", self.root, &error))?;
        Ok(removed)
    }

    fn take_away(&self, unwanted: impl Fn(&Path) -> bool) -> Result<usize, Failure> {
        let mut unwanted: Vec<&Path> =
            self.content.iter().map(PathBuf::as_path).filter(|place| unwanted(place)).collect();
        // From the leaves up, the drivers of a directory before its shim file, and the overlay's own as the very last: it
        // says whose all this is.
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

/// The shim file, or what was to become one or a link.
fn is_leftover(name: &OsStr) -> bool {
    name.as_bytes().starts_with(OURS.as_bytes())
}

/// Keeps other runs away from an overlay until this is dropped. Where a file system knows no locks, nothing does.
fn hold(overlay: &Path) -> Result<Option<fs::File>, Failure> {
    let dir = fs::File::open(overlay).map_err(|error| cannot("open", overlay, &error))?;
    for _ in 0..PATIENCE {
        match lock::try_exclusive_file(&dir) {
            Ok(true) => return Ok(Some(dir)),
            Ok(false) => thread::sleep(Duration::from_millis(50)),
            Err(_) => return Ok(None),
        }
    }
    Err(Failure::Message(format!("another run has been working on {} for half a minute", shown(overlay))))
}

/// The toolchain as the user spells it, so that a link that will lead elsewhere one day is followed then; but its absolute
/// path.
fn toolchain_dir(path: &Path) -> Result<PathBuf, Failure> {
    let canonical = existing(path)?;
    let goes_up = path.components().any(|part| part == Component::ParentDir);
    Ok(if goes_up { canonical } else { path.components().collect() })
}

/// The canonical path of a directory that is there.
fn existing(path: &Path) -> Result<PathBuf, Failure> {
    let canonical = path.canonicalize().map_err(|error| cannot("open", path, &error))?;
    if canonical.is_dir() { Ok(canonical) } else { Err(Failure::Message(format!("{} is no directory", shown(path)))) }
}

/// Neither may lie in the other: an overlay would be a part of what it is made of, or the originals of what is taken away.
fn keep_apart(toolchain: &Path, overlay: &Path) -> Result<(), Failure> {
    let toolchain = existing(toolchain)?;
    let mut above = overlay;
    // What is not there yet has no canonical path, but the directories above it that are have one.
    let overlay = loop {
        if let Ok(canonical) = above.canonicalize() {
            break canonical.join(overlay.strip_prefix(above).unwrap_or(Path::new("")));
        }
        let Some(parent) = above.parent() else { break overlay.to_owned() };
        above = parent;
    };
    let (inner, outer) = match (toolchain.starts_with(&overlay), overlay.starts_with(&toolchain)) {
        (false, false) => return Ok(()),
        (true, true) => {
            return Err(Failure::Message(format!("{} cannot be an overlay of itself", shown(&overlay))));
        }
        (true, false) => ("toolchain", "overlay"),
        (false, true) => ("overlay", "toolchain"),
    };
    Err(Failure::Message(format!(
        "the {inner} lies in the {outer} (overlay {}, toolchain {}): name a directory outside",
        shown(&overlay),
        shown(&toolchain)
    )))
}

/// The path of packer-cc that the drivers lead to: as `PATH` has it where that is this very program, since the
/// file behind it changes its place with each version in some installations.
fn packer_cc(session: &Session, cwd: &Path) -> Result<PathBuf, Failure> {
    let me = Environment::current_exe().map_err(|error| Failure::because("cannot tell where packer-cc is", &error))?;
    let id = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    let mine = id(&me).map_err(|error| cannot("find", &me, &error))?;
    let on_path = locate::program_or_ourselves(OsStr::new("packer-cc"), &session.environment, cwd);
    Ok(on_path.filter(|path| path.is_absolute() && id(path).is_ok_and(|other| other == mine)).unwrap_or(me))
}

/// The name of `path` if it is a compiler driver that can be started.
fn driver<'n>(name: &'n OsStr, path: &Path) -> Option<&'n str> {
    let name = name.to_str().filter(|name| shim::is_driver(name))?;
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.mode() & 0o111 != 0).then_some(name)
}

/// The compiler a driver of the toolchain is: itself, or what it stands for where the toolchain is an overlay. `None` for a
/// link to packer-cc that means a search on `PATH`; it goes on doing that.
fn behind(driver: &Path, ourselves: &Ourselves) -> Result<Option<PathBuf>, Failure> {
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

/// Collects the directories named `bin` with drivers, from `LEVELS` levels. A directory that may not be read is none.
fn find_bins(root: &Path, dir: &Path, level: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let bin = dir.join("bin");
    // Behind a link as well (`bin` → `usr/bin`), else the compilers there would be the originals.
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

fn entries(dir: &Path) -> Result<impl Iterator<Item = DirEntry>, Failure> {
    let listed: io::Result<Vec<DirEntry>> = fs::read_dir(dir).and_then(Iterator::collect);
    Ok(listed.map_err(|error| cannot("list", dir, &error))?.into_iter())
}

fn is_directory_itself(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Makes `place` a link to `target`; whether that changed anything.
fn link(place: &Path, target: &Path) -> io::Result<bool> {
    if fs::read_link(place).is_ok_and(|current| current == target) {
        return Ok(false);
    }
    let made = beside(place, |name| symlink(target, name))?;
    made.persist(place).map_err(|error| error.error)?;
    Ok(true)
}

/// Makes `place` a copy of `program`; whether that changed anything.
fn copy(place: &Path, program: &Path) -> io::Result<bool> {
    write(place, &fs::read(program)?, 0o755)
}

/// Makes `place` a file of these bytes and this mode, whatever the umask is: a shim file that others could write is
/// not believed.
fn write(place: &Path, bytes: &[u8], mode: u32) -> io::Result<bool> {
    let is_right = fs::symlink_metadata(place).is_ok_and(|meta| meta.is_file() && meta.mode() & 0o7777 == mode);
    if is_right && fs::read(place).is_ok_and(|current| current == bytes) {
        return Ok(false);
    }
    let written = beside(place, |name| {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(name)?;
        file.write_all(bytes)?;
        file.set_permissions(Permissions::from_mode(mode))
    })?;
    written.persist(place).map_err(|error| error.error)?;
    Ok(true)
}

/// What `make` makes under a new name in the directory of `place`, to be renamed to that.
fn beside(place: &Path, make: impl FnMut(&Path) -> io::Result<()>) -> io::Result<tempfile::NamedTempFile<()>> {
    let dir = place.parent().unwrap_or(Path::new("/"));
    tempfile::Builder::new().prefix(&format!("{OURS}-")).make_in(dir, make)
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::because(format_args!("cannot {what} {}", shown(path)), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_in_the_other() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        fs::create_dir_all(at("chain/bin")).unwrap();
        symlink(at("chain"), at("link")).unwrap();
        for overlay in ["chain", "chain/overlay", "chain/bin/x/y", "link", "link/overlay", "", "chain/../chain"] {
            assert!(keep_apart(&at("chain"), &at(overlay)).is_err(), "{overlay}");
        }
        for overlay in ["chain2", "other/chain", "x/y/z"] {
            assert!(keep_apart(&at("chain"), &at(overlay)).is_ok(), "{overlay}");
        }
    }
}
