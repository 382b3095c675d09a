//! Writing outputs where a compiler would have written them, the way it would have.
//!
//! Compilers differ in what happens to a file that is already there, and a build can tell: by the modes, by hard
//! links, by what a symlink leads to.
//!
//! | output | what the compiler does with an existing file |
//! |---|---|
//! | object by GNU `as` | unlinks a regular file that is not empty, then creates; an empty one is written in place (binutils, `bfd/cache.c`) |
//! | clang's object and assembly | writes a temporary file beside it and renames |
//! | assembly by gcc, depfiles, side files | truncates and writes in place |
//!
//! A new file gets its name when it is whole. A run that is killed at any moment leaves what stood there, nothing, or the
//! whole output: make would take half an object for a finished one, since it is newer than its source. What is
//! written in place has no such moment, and may be left in part, as by the compiler.
//!
//! Symlinks, devices, pipes and directories are left to the compiler itself: they are told apart before anything is
//! served. What is written is always a new copy, never a link into the store, so that a build that changes its objects
//! cannot change the store.

use crate::command::sides::Style;
use crate::faults::{self, Point};
use crate::files;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// How often a write is tried: another run may make and remove the same output meanwhile.
const TRIES: u32 = 4;

/// The mode that compilers ask for; the umask takes bits away.
const MODE: u32 = 0o666;

/// Has `fill` write an output into an empty file. `fill` may be called more than once. A new file gets the mode that the umask leaves of
/// 0666, as a compiler's does. `stands`: a file stood at `path` a moment ago.
///
/// # Errors
/// When the file cannot be written. The compiler then runs, and says so in its own words. It finds nothing half written: a file that is
/// written in place is empty then, and everything else is as it was.
pub fn write(
    path: &Path,
    style: Style,
    mut stands: bool,
    fill: impl Fn(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut nameless = true;
    for _ in 0..TRIES {
        if stands && is_written_in_place(path, style) {
            match File::options().write(true).truncate(true).open(path) {
                Err(error) if is_gone(&error) => stands = false,
                opened => {
                    let mut opened = opened?;
                    return fill(&mut opened).inspect_err(|_| drop(opened.set_len(0)));
                }
            }
        }
        let mut new = New::beside(path, nameless)?;
        faults::at(Point::OutputCreated);
        fill(new.file())?;
        faults::at(Point::OutputWritten);
        if stands {
            fs::remove_file(path).or_else(|error| if is_gone(&error) { Ok(()) } else { Err(error) })?;
            faults::at(Point::OutputRemoved);
        }
        match new.name(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => stands = true,
            // Without /proc, a file that has no name cannot be given one. The next try makes a file with a name.
            Err(_) if nameless => nameless = false,
            named => return named,
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Whether the compiler writes into the file that stands at `path`.
fn is_written_in_place(path: &Path, style: Style) -> bool {
    match style {
        Style::UnlinkUnlessEmpty => fs::symlink_metadata(path).is_ok_and(|meta| meta.len() == 0),
        Style::Replace => false,
        Style::InPlace => true,
    }
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// A file that is to get the output's name when it is whole.
enum New {
    /// A file without a name. If this process is killed, the kernel frees it (`open(2)`, "`O_TMPFILE`").
    #[cfg(target_os = "linux")]
    Nameless(File),
    /// A temporary file, where the file system knows none without a name. A process that is killed leaves it behind.
    Temporary(tempfile::NamedTempFile),
}

impl New {
    /// Makes an empty file in the directory of `path`: one without a name if that is asked for and can be had.
    fn beside(path: &Path, nameless: bool) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if nameless {
            use rustix::fs::OFlags;
            let flags = OFlags::TMPFILE.bits().cast_signed();
            let opened = File::options().write(true).mode(MODE).custom_flags(flags).open(files::parent(path));
            if let Ok(file) = opened {
                return Ok(Self::Nameless(file));
            }
        }
        let _ = nameless;
        let modes = Permissions::from_mode(MODE);
        let made =
            tempfile::Builder::new().prefix(files::TEMPORARY).permissions(modes).tempfile_in(files::parent(path));
        made.map(Self::Temporary)
    }

    fn file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file) => file,
            Self::Temporary(file) => file.as_file_mut(),
        }
    }

    /// Gives it the name `path`.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if something stands there.
    fn name(self, path: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file) => {
                use rustix::fs::{AtFlags, CWD, linkat};
                use std::os::fd::AsRawFd as _;
                // The way that needs no privilege (`open(2)`, "O_TMPFILE").
                let by_number = format!("/proc/self/fd/{}", file.as_raw_fd());
                Ok(linkat(CWD, by_number, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
            }
            Self::Temporary(file) => match file.persist_noclobber(path) {
                Ok(_) => Ok(()),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(error.error),
                // This file system knows neither a renaming that replaces nothing nor hard links. What stands there is replaced.
                Err(error) => error.file.persist(path).map(drop).map_err(|error| error.error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const STYLES: [Style; 3] = [Style::UnlinkUnlessEmpty, Style::Replace, Style::InPlace];

    fn fill(file: &mut File) -> io::Result<()> {
        file.write_all(b"new")
    }

    #[test]
    fn hard_links_are_cut_or_written_through_as_the_compiler_would() {
        for style in STYLES {
            // `stands` may be wrong.
            for stands in [false, true] {
                let dir = tempfile::tempdir().unwrap();
                let (path, link) = (dir.path().join("a.o"), dir.path().join("b.o"));
                write(&path, style, stands, fill).unwrap();
                assert_eq!(fs::read(&path).unwrap(), b"new");
                fs::write(&path, "old").unwrap();
                fs::hard_link(&path, &link).unwrap();
                write(&path, style, stands, fill).unwrap();
                assert_eq!(fs::read(&path).unwrap(), b"new");
                let other = if style == Style::InPlace { "new" } else { "old" };
                assert_eq!(fs::read(&link).unwrap(), other.as_bytes(), "{style:?}");
                assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
            }
        }
    }

    #[test]
    fn an_output_has_its_name_when_it_is_whole() {
        for style in STYLES {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a.o");
            let seen = |file: &mut File| {
                assert!(!path.exists(), "{style:?}");
                fill(file)
            };
            write(&path, style, false, seen).unwrap();
            if style != Style::InPlace {
                let seen = |file: &mut File| {
                    assert_eq!(fs::read(&path).unwrap(), b"new", "{style:?}");
                    file.write_all(b"newer")
                };
                write(&path, style, true, seen).unwrap();
                assert_eq!(fs::read(&path).unwrap(), b"newer");
            }
        }
    }

    #[test]
    fn without_files_that_have_no_name_a_temporary_one_is_renamed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.o");
        let made = || {
            let mut new = New::beside(&path, false).unwrap();
            fill(new.file()).unwrap();
            new
        };
        assert!(matches!(made(), New::Temporary(_)));
        made().name(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(made().name(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
        let other = dir.path().join("b.o");
        File::create(&other).unwrap();
        let modes = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(modes(&path), modes(&other), "the umask decides");
    }

    #[test]
    fn nothing_half_written_is_left() {
        let half = |file: &mut File| file.write_all(b"half").and(Err(io::ErrorKind::StorageFull.into()));
        for (style, old) in [
            (Style::UnlinkUnlessEmpty, "old"),
            (Style::UnlinkUnlessEmpty, ""),
            (Style::Replace, "old"),
            (Style::InPlace, "old"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let (path, link) = (dir.path().join("a.o"), dir.path().join("b.o"));
            assert!(write(&path, style, false, half).is_err());
            assert!(!path.exists(), "{style:?}");
            fs::write(&path, old).unwrap();
            fs::hard_link(&path, &link).unwrap();
            assert!(write(&path, style, true, half).is_err());
            let left = if style == Style::InPlace { "" } else { old };
            assert_eq!(fs::read(&path).unwrap(), left.as_bytes(), "{style:?}");
            assert_eq!(fs::read(&link).unwrap(), left.as_bytes(), "{style:?}");
        }
    }
}
