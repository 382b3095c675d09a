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
//! Symlinks, devices, pipes and directories are left to the compiler itself: they are told apart before anything is
//! served. What is written is always a new copy, never a link into the store, so that a build
//! that changes its objects cannot change the store.

use crate::faults::{self, Point};
use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// How an existing file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// GNU `as`.
    UnlinkUnlessEmpty,
    /// clang's main output.
    Replace,
    /// Everything else.
    InPlace,
}

/// Has `fill` write an output. A new file gets the modes the umask leaves of 0666, as a compiler's does.
///
/// # Errors
/// When the file cannot be written; the compiler then runs and says so in its own words. Nothing half written is left to it: a
/// new file is gone, and one that stood there is empty, with its modes and its other names.
pub fn write(path: &Path, style: Style, fill: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
    let mut options = fs::File::options();
    options.write(true).mode(0o666);
    // Mostly nothing is there: one call creates the file or says that something is.
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        created => {
            let mut created = created?;
            faults::at(Point::OutputCreated);
            return fill(&mut created).inspect_err(|_| drop(fs::remove_file(path)));
        }
    }
    // Another run that leaves the same output may have removed it by now.
    let is_gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let replace = match style {
        Style::UnlinkUnlessEmpty => fs::symlink_metadata(path).is_ok_and(|meta| meta.len() > 0),
        Style::Replace => true,
        Style::InPlace => false,
    };
    if replace {
        fs::remove_file(path).or_else(|error| if is_gone(&error) { Ok(()) } else { Err(error) })?;
    }
    let mut opened = options.create(true).truncate(true).open(path)?;
    fill(&mut opened).inspect_err(|_| drop(if replace { fs::remove_file(path) } else { opened.set_len(0) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn hard_links_are_cut_or_written_through_as_the_compiler_would() {
        for (style, other) in [(Style::UnlinkUnlessEmpty, "old"), (Style::Replace, "old"), (Style::InPlace, "new")] {
            let dir = tempfile::tempdir().unwrap();
            let (path, link) = (dir.path().join("a.o"), dir.path().join("b.o"));
            fs::write(&path, "old").unwrap();
            fs::hard_link(&path, &link).unwrap();
            write(&path, style, |file| file.write_all(b"new")).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(fs::read(&link).unwrap(), other.as_bytes(), "{style:?}");
        }
    }

    #[test]
    fn nothing_half_written_is_left() {
        let half = |file: &mut fs::File| file.write_all(b"half").and(Err(io::ErrorKind::StorageFull.into()));
        for (style, old) in [
            (Style::UnlinkUnlessEmpty, "old"),
            (Style::UnlinkUnlessEmpty, ""),
            (Style::Replace, "old"),
            (Style::InPlace, "old"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let (path, link) = (dir.path().join("a.o"), dir.path().join("b.o"));
            assert!(write(&path, style, half).is_err());
            assert!(!path.exists(), "{style:?}");
            fs::write(&path, old).unwrap();
            fs::hard_link(&path, &link).unwrap();
            assert!(write(&path, style, half).is_err());
            let in_place = style == Style::InPlace || old.is_empty();
            assert_eq!(fs::read(&path).ok(), in_place.then(Vec::new), "{style:?}");
            assert_eq!(fs::read(&link).unwrap(), if in_place { b"" } else { old.as_bytes() }, "{style:?}");
        }
    }
}
