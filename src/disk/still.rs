//! Whether a path led to the same file all the time while the compiler ran.
//!
//! A file whose content, name or links change gets a new ctime, so a file that is older than the compiler's start was
//! the same all the time. The *way* to it is another matter: a symlink on it may be turned elsewhere and a
//! directory on it replaced, and then what is found afterwards is as old as can be and still not what the compiler read.
//!
//! | what stands in a directory | what says that it stood there all the time |
//! |---|---|
//! | anything | the directory is older than the start: no entry came or went |
//! | a symlink | it is older than the start: it is made anew to be turned, and renaming changes its ctime |
//! | a directory | it is older than the start: renaming changes its ctime |
//! | a directory in which something was made since | [`Before`] saw the same one there, and it was not renamed later |
//! | anything in a directory that was watched | nothing of its name came or went there |
//!
//! The last two lines are for builds that leave their objects beside the sources, and for ninja, which keeps its log in a directory
//! that is often searched for headers. The directories of the source, of the outputs and of the include path are looked at before the
//! compile. All but the compiler's own are also watched for the names that come and go in them.
//!
//! Of a directory that is none of these, nothing may be known: it got an entry during the compile, and so did the directory that it stands
//! in. It could have been put there meanwhile, so such a result is not stored.
//!
//! Two things go unnoticed: a renaming on a file system that does not change a ctime by it (POSIX leaves that open, and those of
//! Linux do change it), and what is mounted over a directory during a compile.

use super::watch::{SeenNames, Watch};
use crate::disk::stamp::Stamp;
use rustc_hash::FxHashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// How many nanoseconds the ctime of a directory may be later than its mtime if one change of its entries set both. A later ctime is
/// that of a renaming.
const SAME_MOMENT_NS: i128 = 10_000_000;
/// As many links as the kernel follows (`path_resolution(7)`).
const MOST_LINKS: u32 = 40;

/// When the compiler ran, by the file system's clock, which was not set back meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// When it was started.
    pub started_ns: i128,
    /// When it had ended.
    pub ended_ns: i128,
}

impl Span {
    /// What changed at this time changed while the compiler ran, or since. A time that lies well ahead is from before
    /// the clock was set back once, and as good as an old one.
    pub fn holds(self, ctime_ns: i128) -> bool {
        /// A minute: a time that is further ahead of the compile's end is no time of this clock.
        const AHEAD_NS: i128 = 60_000_000_000;
        ctime_ns >= self.started_ns && ctime_ns < self.ended_ns + AHEAD_NS
    }
}

/// What was where before the compiler was started.
#[derive(Debug, Default)]
pub struct Before {
    /// Directories by their physical path, with device and inode.
    dirs: FxHashMap<PathBuf, (u64, u64)>,
    /// What comes and goes in the directories that something may be written to meanwhile.
    watch: Watch,
    /// See [`Before::youngest_ns`].
    youngest_ns: i128,
}

impl Before {
    /// When something last came or went in a directory that is watched. A compile that starts in the same tick of the
    /// clock could not tell that change from one of its own time.
    pub fn youngest_ns(&self) -> i128 {
        self.youngest_ns
    }

    /// Looks at the working directory, at `dirs` and at `busy_dirs`, with all directories on the way to each, and watches `busy_dirs`.
    pub fn of<'a>(
        cwd: &Path,
        dirs: impl IntoIterator<Item = &'a [u8]>,
        busy_dirs: impl IntoIterator<Item = &'a [u8]>,
    ) -> Self {
        let mut before = Self::default();
        // This span holds no time, so that every way counts as one that stood still: the walk only looks at what is there.
        let (no_time, nothing) = (Span { started_ns: 0, ended_ns: i128::MIN / 2 }, Self::default());
        let mut walk = Still::new(cwd, no_time, &nothing);
        walk.dir(b".");
        for dir in dirs {
            walk.dir(dir);
        }
        for dir in busy_dirs {
            if let Some(Way::To(dir)) = walk.dir(dir) {
                before.watch.add(dir.clone());
                // The directory is looked at again, since it was not watched until now.
                let changed = Stamp::of_link(&dir).map_or(0, |stamp| stamp.ctime_ns);
                before.youngest_ns = before.youngest_ns.max(changed);
            }
        }
        for (path, stamp) in walk.stamps {
            if let Some(stamp) = stamp.filter(Stamp::is_dir) {
                before.dirs.insert(path, (stamp.dev, stamp.ino));
            }
        }
        before
    }
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To a directory, by its physical path.
    To(PathBuf),
    /// Nowhere: the last directory on the way, and the name that is missing in it.
    Missing(PathBuf, OsString),
}

/// Asks for many paths after a compile, each directory on the ways once.
pub struct Still<'a> {
    cwd: &'a Path,
    span: Span,
    before: &'a Before,
    /// The stamps of what stands at physical paths; `None` where nothing does.
    stamps: FxHashMap<PathBuf, Option<Stamp>>,
    /// Ways to directories as spelled; `None` for one that did not stand still.
    ways: FxHashMap<Vec<u8>, Option<Way>>,
    /// What came and went in the directories that were watched.
    seen: SeenNames,
}

impl<'a> Still<'a> {
    /// Asks about a compile that ran in this span.
    pub fn new(cwd: &'a Path, span: Span, before: &'a Before) -> Self {
        Self { cwd, span, before, stamps: FxHashMap::default(), ways: FxHashMap::default(), seen: before.watch.seen() }
    }

    /// When the compiler ran.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Where the directory spelled `dir` has led since the start; `None` where that cannot be told.
    pub fn dir(&mut self, dir: &[u8]) -> Option<Way> {
        if let Some(way) = self.ways.get(dir) {
            return way.clone();
        }
        // The compiler keeps its working directory wherever that is moved; this path must still lead there.
        let base = if dir.starts_with(b"/") || dir == b"." { None } else { Some(self.dir(b".")) };
        let way = match base {
            None if dir == b"." => self.walk(PathBuf::from("/"), self.cwd),
            None => self.walk(PathBuf::from("/"), Path::new(OsStr::from_bytes(dir))),
            Some(Some(Way::To(cwd))) => self.walk(cwd, Path::new(OsStr::from_bytes(dir))),
            Some(_) => None,
        };
        self.ways.insert(dir.to_vec(), way.clone());
        way
    }

    /// Whether the file `name` in `dir`, itself a symlink, has led to the same file since the start. What that file is
    /// like is not looked at.
    pub fn link(&mut self, dir: &[u8], name: &[u8]) -> bool {
        match self.dir(dir) {
            Some(Way::To(dir)) => self.walk(dir, Path::new(OsStr::from_bytes(name))).is_some(),
            _ => false,
        }
    }

    /// Whether `name` has been absent in `dir` since the start, given that it is now.
    pub fn absent(&mut self, dir: &[u8], name: &[u8]) -> bool {
        let first = name.split(|byte| *byte == b'/').next().unwrap_or(name);
        let (dir, name) = match self.dir(dir) {
            Some(Way::To(dir)) => (dir, OsStr::from_bytes(first).to_owned()),
            Some(Way::Missing(dir, name)) => (dir, name),
            None => return false,
        };
        !self.changed(&dir) || self.is_untouched(&dir, name.as_bytes())
    }

    /// Whether there has been no `dir` since the start, given that there is none now.
    pub fn is_missing(&mut self, dir: &[u8]) -> bool {
        matches!(self.dir(dir), Some(Way::Missing(..))) && self.absent(dir, b".")
    }

    /// Whether `.` is still what `cwd` leads to.
    pub fn is_here(&mut self) -> bool {
        match (Stamp::of(Path::new(".")), Stamp::of(self.cwd)) {
            (Ok(here), Ok(there)) => (here.dev, here.ino) == (there.dev, there.ino),
            _ => false,
        }
    }

    fn stamp(&mut self, path: &Path) -> Option<Stamp> {
        if let Some(stamp) = self.stamps.get(path) {
            return *stamp;
        }
        let stamp = Stamp::of_link(path).ok();
        self.stamps.insert(path.to_owned(), stamp);
        stamp
    }

    /// Entries of this directory may have come or gone since the start.
    fn changed(&mut self, dir: &Path) -> bool {
        self.stamp(dir).is_none_or(|stamp| self.span.holds(stamp.ctime_ns))
    }

    /// What stands at `path` in `dir`, a directory or a symlink, has stood there since the start: the table above.
    fn stood(&mut self, dir: &Path, path: &Path, stamp: &Stamp) -> bool {
        if !self.span.holds(stamp.ctime_ns) || !self.changed(dir) {
            return true;
        }
        let is_known = stamp.is_dir()
            && self.before.dirs.get(path) == Some(&(stamp.dev, stamp.ino))
            && stamp.ctime_ns <= stamp.mtime_ns + SAME_MOMENT_NS;
        is_known || path.file_name().is_some_and(|name| self.is_untouched(dir, name.as_bytes()))
    }

    /// The directory is the one that was watched, and nothing of this name came or went in it.
    fn is_untouched(&mut self, dir: &Path, name: &[u8]) -> bool {
        let same = self.stamp(dir).map(|stamp| (stamp.dev, stamp.ino)) == self.before.dirs.get(dir).copied();
        same && self.seen.never(dir, name)
    }

    /// Goes `path` from a physical directory, step by step; `None` where something on the way did not stand still.
    fn walk(&mut self, from: PathBuf, path: &Path) -> Option<Way> {
        let mut at = from;
        let mut links = 0;
        // What is left to go, the next one last.
        let mut ahead: Vec<OsString> = Vec::new();
        push(&mut ahead, path);
        while let Some(name) = ahead.pop() {
            if name == "/" {
                at = PathBuf::from("/");
                self.stamp(&at);
                continue;
            }
            if name == ".." {
                at.pop();
                continue;
            }
            let next = at.join(&name);
            let Some(stamp) = self.stamp(&next) else { return Some(Way::Missing(at, name)) };
            if !stamp.is_dir() && !stamp.is_symlink() {
                // A file's own ctime tells whether it stood there, which the caller looks at.
                return if ahead.is_empty() { Some(Way::To(next)) } else { Some(Way::Missing(at, name)) };
            }
            if !self.stood(&at, &next, &stamp) {
                return None;
            }
            if stamp.is_symlink() {
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                push(&mut ahead, &std::fs::read_link(&next).ok()?);
            } else {
                at = next;
            }
        }
        Some(Way::To(at))
    }
}

/// Puts the steps of `path` ahead of all others.
fn push(ahead: &mut Vec<OsString>, path: &Path) {
    let names = path.components().filter(|component| *component != Component::CurDir);
    let names: Vec<OsString> = names.map(|component| component.as_os_str().to_owned()).collect();
    ahead.extend(names.into_iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::stamp::coarse_now_ns;
    use std::fs;
    use std::os::unix::fs::symlink;

    struct World {
        dir: tempfile::TempDir,
        before: Before,
        started_ns: i128,
    }

    impl World {
        /// A tree with a directory, the same once more, a link to it, and a working directory with outputs.
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let at = |name: &str| dir.path().join(name);
            for name in ["inc/sub", "other/sub", "cwd/gen"] {
                fs::create_dir_all(at(name)).unwrap();
            }
            fs::write(at("cwd/there"), "").unwrap();
            symlink("inc", at("link")).unwrap();
            let made = Stamp::of_link(&at("link")).unwrap().ctime_ns;
            let started_ns = tick_after(made);
            let before = Before::of(&at("cwd"), [&b"../known"[..]], [&b"."[..]]);
            Self { dir, before, started_ns }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn still<T>(&self, ask: impl FnOnce(&mut Still<'_>) -> T) -> T {
            let cwd = self.at("cwd");
            let span = Span { started_ns: self.started_ns, ended_ns: coarse_now_ns() };
            ask(&mut Still::new(&cwd, span, &self.before))
        }

        fn stands(&self, dir: &str) -> bool {
            self.still(|still| still.dir(dir.as_bytes()).is_some())
        }
    }

    /// A time of the file system's clock after `time`.
    fn tick_after(time: i128) -> i128 {
        loop {
            let now = coarse_now_ns();
            if now > time {
                return now;
            }
            std::hint::spin_loop();
        }
    }

    #[test]
    fn times_ahead_are_old_ones() {
        let span = Span { started_ns: 1_000_000_000_000, ended_ns: 1_001_000_000_000 };
        for (seconds, holds) in [(0, false), (999, false), (1000, true), (1001, true), (1002, true), (4600, false)] {
            assert_eq!(span.holds(seconds * 1_000_000_000), holds, "{seconds}");
        }
    }

    #[test]
    fn what_nobody_touched_stands() {
        let world = World::new();
        for dir in ["../link/sub", "../inc", "gen", ".", "", "../missing/further"] {
            assert!(world.stands(dir), "{dir}");
        }
        assert_eq!(
            world.still(|still| still.dir(b"../link/sub")),
            Some(Way::To(world.at("inc/sub").canonicalize().unwrap()))
        );
    }

    #[test]
    fn a_link_that_is_turned() {
        let world = World::new();
        fs::remove_file(world.at("link")).unwrap();
        symlink("other", world.at("link")).unwrap();
        assert!(!world.stands("../link/sub"));
        assert!(!world.still(|still| still.link(b"..", b"link")));
        assert!(world.stands("../inc/sub"));
    }

    #[test]
    fn a_directory_that_is_replaced() {
        let world = World::new();
        fs::rename(world.at("inc"), world.at("gone")).unwrap();
        fs::rename(world.at("other"), world.at("inc")).unwrap();
        assert!(!world.stands("../inc/sub") && !world.stands("../link"));
        // Something is made in it at once, as a build does with its objects.
        fs::write(world.at("inc/stamp"), "").unwrap();
        assert!(!world.stands("../inc"));
    }

    #[test]
    fn the_working_directory_and_what_is_made_in_it() {
        let world = World::new();
        fs::write(world.at("cwd/a.o"), "").unwrap();
        fs::write(world.at("stamp"), "").unwrap();
        assert!(world.stands(".") && world.stands("gen"));
        // It is moved away and another takes its place.
        fs::rename(world.at("cwd"), world.at("gone")).unwrap();
        fs::create_dir_all(world.at("cwd/gen")).unwrap();
        assert!(!world.stands(".") && !world.stands("gen"));
        // And back again.
        fs::remove_dir_all(world.at("cwd")).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(30));
        fs::rename(world.at("gone"), world.at("cwd")).unwrap();
        assert!(!world.stands("."));
    }

    #[test]
    fn a_directory_beside_the_outputs_that_gets_outputs_too() {
        let world = World::new();
        fs::write(world.at("cwd/a.o"), "").unwrap();
        fs::write(world.at("cwd/gen/b.o"), "").unwrap();
        // More than once: nothing that was seen is forgotten.
        assert!(world.stands("gen") && world.stands("gen"));
        fs::rename(world.at("cwd/gen"), world.at("cwd/away")).unwrap();
        fs::create_dir(world.at("cwd/gen")).unwrap();
        fs::write(world.at("cwd/gen/c.o"), "").unwrap();
        assert!(!world.stands("gen"));
        fs::write(world.at("cwd/d.o"), "").unwrap();
        assert!(!world.stands("gen"));
    }

    #[test]
    fn absences() {
        let world = World::new();
        let absent = |dir: &str, name: &str| world.still(|still| still.absent(dir.as_bytes(), name.as_bytes()));
        assert!(absent("../inc", "a.h") && absent("../nowhere/at/all", "a.h") && absent(".", "a.h"));
        // A removed file was there when the compiler looked, perhaps.
        fs::write(world.at("inc/a.h"), "").unwrap();
        fs::remove_file(world.at("inc/a.h")).unwrap();
        assert!(!absent("../inc", "a.h") && absent("../other", "a.h"));
        // Where the outputs go, it is known what was there.
        fs::write(world.at("cwd/a.o"), "").unwrap();
        fs::remove_file(world.at("cwd/there")).unwrap();
        assert!(absent(".", "a.h") && !absent(".", "there") && !absent("", "there"));
    }
}
