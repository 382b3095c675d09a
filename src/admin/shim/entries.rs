//! Entries of directories: listed, and made in one step in the place of what was there.

use super::super::session::Failure;
use super::super::terminal::printable;
use std::ffi::OsStr;
use std::fs::{self, DirEntry, Permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

/// How names in an overlay begin that are never a toolchain's: that of the shim file, and those of temporary files.
const OURS: &str = ".packer-cc-shim";

/// Whether the name is that of a shim file, or of a temporary file that a killed run left.
pub(super) fn is_leftover(name: &OsStr) -> bool {
    name.as_bytes().starts_with(OURS.as_bytes())
}

/// What lies in a directory, listed as a whole before anything is done to it.
pub(super) fn entries(dir: &Path) -> Result<impl Iterator<Item = DirEntry>, Failure> {
    let listed: io::Result<Vec<DirEntry>> = fs::read_dir(dir).and_then(Iterator::collect);
    Ok(listed.map_err(|error| cannot("list", dir, &error))?.into_iter())
}

/// A directory, and no link to one.
pub(super) fn is_directory_itself(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Makes `place` a link to `target`; whether that changed anything.
pub(super) fn link(place: &Path, target: &Path) -> io::Result<bool> {
    if fs::read_link(place).is_ok_and(|current| current == target) {
        return Ok(false);
    }
    let made = beside(place, |name| symlink(target, name))?;
    made.persist(place).map_err(|error| error.error)?;
    Ok(true)
}

/// Makes `place` a copy of `program`; whether that changed anything.
pub(super) fn copy(place: &Path, program: &Path) -> io::Result<bool> {
    write(place, &fs::read(program)?, 0o755)
}

/// Makes `place` a file of these bytes and this mode, and says whether that changed anything. The umask does not count: a shim file that
/// others could write would not be believed.
pub(super) fn write(place: &Path, bytes: &[u8], mode: u32) -> io::Result<bool> {
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

/// Has `make` make something under a temporary name in the directory of `place`. Whoever called renames it to `place`.
fn beside(place: &Path, make: impl FnMut(&Path) -> io::Result<()>) -> io::Result<tempfile::NamedTempFile<()>> {
    let dir = place.parent().unwrap_or(Path::new("/"));
    tempfile::Builder::new().prefix(&format!("{OURS}-")).make_in(dir, make)
}

/// A path for the terminal.
pub(super) fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// What could not be done to a path.
pub(super) fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::because(format_args!("cannot {what} {}", shown(path)), error)
}
