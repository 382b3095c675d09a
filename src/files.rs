//! The cache's own files: how those of the store and of the state are opened and made.
//!
//! Whoever could once write in these directories must not lead a run elsewhere, and nobody else is to read or write
//! what is made there:
//!
//! * **Opened** is what stands at the name itself. A link is not followed, a pipe is not waited for, and only a
//!   regular file counts as one ([`regular`]).
//! * **Made** is as private as the directory it is made in: 0700 and 0600, and for those who may write in a shared
//!   directory (see [`crate::trust`]) the same again. The umask decides nothing, since it is about the build's files.
//! * **Replaced** is by a new file with a random name, created exclusively and then renamed.

use crate::bounded;
use rustix::fs::{Mode, OFlags};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// How the names of files begin that are being written. [`crate::store::evict`] removes those that a killed run left.
pub const TEMPORARY: &str = ".tmp-";
/// The mode bit by which a directory lets its group write.
pub(crate) const GROUP_WRITES: u32 = 0o020;
/// The mode bit by which a directory lets everyone write.
pub(crate) const OTHERS_WRITE: u32 = 0o002;
/// The mode of a file for this user alone.
const PRIVATE_FILE: u32 = 0o600;
/// The mode of a directory for this user alone.
const PRIVATE_DIR: u32 = 0o700;
/// The mode bit by which a directory hands its group on to what is made in it (`inode(7)`).
const HANDS_GROUP_ON: u32 = 0o2000;
/// The mode of a directory that its group shares.
const GROUP_DIR: u32 = HANDS_GROUP_ON | 0o770;
/// How often a file is made again that another process removes meanwhile.
const ATTEMPTS: usize = 4;

/// How a file is opened that is made if it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Every write goes to the end.
    Append,
    /// Reading and writing anywhere.
    Update,
}

/// Opens a regular file for reading.
///
/// # Errors
/// Those of `open`, of which a symbolic link is one; [`io::ErrorKind::InvalidInput`] for what is no regular file.
pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let file = guarded().read(true).open(path)?;
    let metadata = regular(&file)?;
    Ok((file, metadata))
}

/// Opens a directory, to hold it.
///
/// # Errors
/// Those of `open`; a symbolic link is one of them.
pub fn open_dir(path: &Path) -> io::Result<File> {
    guarded().read(true).custom_flags(flags(OFlags::DIRECTORY)).open(path)
}

/// The metadata of a regular file.
///
/// # Errors
/// When `file` is something else.
pub fn regular(file: &File) -> io::Result<Metadata> {
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok(metadata)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// Those of [`open`] and [`bounded::contents`].
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, metadata) = open(path)?;
    bounded::contents(&file, metadata.len(), limit)
}

/// Opens a file for writing, and makes it if it is missing. The caller asks [`regular`] what it is.
///
/// # Errors
/// Those of `open`; a symbolic link is one of them.
pub fn open_or_make(path: &Path, usage: Use) -> io::Result<File> {
    let options = || {
        let mut options = guarded();
        match usage {
            Use::Append => options.append(true),
            Use::Update => options.read(true).write(true),
        };
        options
    };
    // Another process may make it between the two attempts, or remove it.
    for _ in 0..ATTEMPTS {
        match options().open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        let mode = file_mode(path);
        match options().create_new(true).mode(PRIVATE_FILE).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Ok(file) => {
                share(&file, mode)?;
                return Ok(file);
            }
            error => return error,
        }
    }
    options().open(path)
}

/// A new file in `dir` under a random name that begins with [`TEMPORARY`].
///
/// # Errors
/// When it cannot be made.
pub fn temporary(dir: &Path) -> io::Result<NamedTempFile> {
    // Its mode is 0600, and it is opened exclusively.
    tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(dir)
}

/// Lets those read and write a new file who may write in the directory of `path`, to which the file is renamed afterwards.
///
/// # Errors
/// When its mode cannot be changed.
pub fn share_as_at(file: &File, path: &Path) -> io::Result<()> {
    share(file, file_mode(path))
}

/// A new file beside `path` that holds `content`. To persist it at `path` replaces what stands there in one step.
///
/// # Errors
/// When it cannot be written.
pub fn write_beside(path: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut temp = temporary(parent(path))?;
    temp.write_all(content)?;
    share_as_at(temp.as_file(), path)?;
    Ok(temp)
}

/// Makes the directory `path`, which lies in `base` or is `base`. What is missing up to `base` is made private; what
/// is below is as private as the directory it is made in.
///
/// # Errors
/// When a directory cannot be made.
pub fn make_dir(base: &Path, path: &Path) -> io::Result<()> {
    if path == base || !path.starts_with(base) {
        return make_private_dir(path);
    }
    let above = parent(path);
    for _ in 0..2 {
        let shared = match fs::metadata(above) {
            Ok(metadata) => shared_bits(metadata.mode()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_dir(base, above)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        match fs::DirBuilder::new().mode(PRIVATE_DIR).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            made => made?,
        }
        if shared != 0 {
            let dir = open_dir(path)?;
            // The directory has inherited this bit from the one above, and keeps it.
            let mode = dir.metadata()?.mode() & HANDS_GROUP_ON | PRIVATE_DIR | shared;
            set_mode(&dir, mode)?;
        }
        return Ok(());
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Makes a directory, and those above it, for this user alone.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(PRIVATE_DIR).create(path)
}

/// Makes a directory that its group shares, and whose files all belong to that group. Missing directories above it are made for this user
/// alone.
///
/// # Errors
/// When it cannot be made.
pub fn make_group_dir(path: &Path) -> io::Result<()> {
    make_private_dir(parent(path))?;
    fs::DirBuilder::new().mode(PRIVATE_DIR).create(path)?;
    let dir = open_dir(path)?;
    set_mode(&dir, GROUP_DIR)
}

fn guarded() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(flags(OFlags::empty()));
    options
}

/// The flags of every open, with `further` ones. A link is an error, nothing blocks, and no terminal becomes the controlling one.
fn flags(further: OFlags) -> i32 {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | further;
    flags.bits().cast_signed()
}

/// The directory that `path` stands in.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The mode of a file that is made at `path`.
fn file_mode(path: &Path) -> u32 {
    /// A file cannot be searched.
    const READ_AND_WRITE: u32 = 0o666;
    PRIVATE_FILE | fs::metadata(parent(path)).map_or(0, |dir| shared_bits(dir.mode())) & READ_AND_WRITE
}

/// What a directory's mode grants to others than its owner, for what is made in it.
fn shared_bits(mode: u32) -> u32 {
    let group = if mode & GROUP_WRITES != 0 { 0o070 } else { 0 };
    let others = if mode & OTHERS_WRITE != 0 { 0o007 } else { 0 };
    group | others
}

fn share(file: &File, mode: u32) -> io::Result<()> {
    if mode == PRIVATE_FILE { Ok(()) } else { set_mode(file, mode) }
}

fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, Mode::from_bits_truncate(mode as _))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use tempfile::TempDir;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o7777
    }

    fn dir_with(mode: u32) -> TempDir {
        let dir = TempDir::new().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        dir
    }

    #[test]
    fn what_is_made_is_as_private_as_its_directory() {
        for (base, dirs, files) in [
            (0o700, 0o700, 0o600),
            (0o755, 0o700, 0o600),
            (0o770, 0o770, 0o660),
            (0o2770, 0o2770, 0o660),
            (0o2775, 0o2770, 0o660),
            (0o777, 0o777, 0o666),
        ] {
            let temp = dir_with(base);
            let dir = temp.path().join("a/b");
            make_dir(temp.path(), &dir).unwrap();
            make_dir(temp.path(), &dir).unwrap();
            assert_eq!((mode(&temp.path().join("a")), mode(&dir)), (dirs, dirs), "{base:o}");
            let (made, replaced) = (dir.join("made"), dir.join("replaced"));
            open_or_make(&made, Use::Append).unwrap();
            write_beside(&replaced, b"text").unwrap().persist(&replaced).unwrap();
            assert_eq!((mode(&made), mode(&replaced)), (files, files), "{base:o}");
        }
    }

    #[test]
    fn a_missing_base_is_made_private_wherever_it_is() {
        let temp = dir_with(0o777);
        let base = temp.path().join("x/base");
        make_dir(&base, &base.join("store/v1")).unwrap();
        for dir in ["x", "x/base", "x/base/store", "x/base/store/v1"] {
            assert_eq!(mode(&temp.path().join(dir)), 0o700, "{dir}");
        }
        make_group_dir(&temp.path().join("y/shared")).unwrap();
        assert_eq!((mode(&temp.path().join("y")), mode(&temp.path().join("y/shared"))), (0o700, 0o2770));
    }

    #[test]
    fn links_pipes_and_long_files_are_not_read() {
        let dir = TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "text").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
            .unwrap();
        fs::create_dir(at("dir")).unwrap();
        assert_eq!(read(&at("file"), 4).unwrap(), b"text");
        assert!(read(&at("file"), 3).is_err());
        for name in ["link", "dangling", "pipe", "dir"] {
            assert!(read(&at(name), 100).is_err(), "{name}");
            for usage in [Use::Append, Use::Update] {
                let opened = open_or_make(&at(name), usage);
                assert!(opened.and_then(|file| regular(&file)).is_err(), "{name}");
            }
        }
        assert!(!at("nowhere").exists());
        assert_eq!(fs::read(at("file")).unwrap(), b"text");
    }
}
