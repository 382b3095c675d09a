//! Reading files that may be anything by now: regular ones only, and of no more than a stated length.
//!
//! What the store, the state, a configuration or a command line leads to may have been replaced by a pipe that
//! nobody writes to, a device that never ends, or a sparse file of a terabyte. Each of these must be an error, before
//! anything waits for it or holds it in memory.

use rustix::buffer::spare_capacity;
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Opens a regular file for reading, and says how long it is.
///
/// # Errors
/// Those of `open`; [`io::ErrorKind::InvalidInput`] for anything else than a regular file, without waiting for it.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = open_anything(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok((file, meta.len()))
}

/// Opens whatever stands at a path for reading, without waiting for it. The caller has yet to find out what it is.
///
/// # Errors
/// Those of `open`.
pub fn open_anything(path: &Path) -> io::Result<File> {
    // Without this flag, opening a pipe waits for a writer. On regular files the flag does nothing.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(nonblocking).open(path)
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// Those of [`open`] and [`contents`].
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, len) = open(path)?;
    contents(&file, len, limit)
}

/// Reads the rest of an open file, in which `len` more bytes are expected.
///
/// # Errors
/// Those of `read`; [`io::ErrorKind::FileTooLarge`] for more than `limit` bytes, before much more than these are held.
pub fn contents(file: &File, len: u64, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes"));
    if len > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // There is room for one byte more, so that the read that finds the end has room too.
    bytes.try_reserve_exact(usize::try_from(len).unwrap_or(usize::MAX).saturating_add(1))?;
    loop {
        if bytes.len() == bytes.capacity() {
            bytes.try_reserve(1)?;
        }
        match rustix::io::read(file, spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(bytes),
            Ok(_) if bytes.len() as u64 > limit => return Err(too_large()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_the_limit_and_no_further() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for len in [0, 1, 999, 1000] {
            std::fs::write(&path, vec![7; len]).unwrap();
            assert_eq!(read(&path, 1000).unwrap(), vec![7; len]);
        }
        std::fs::write(&path, [7; 1001]).unwrap();
        assert_eq!(read(&path, 1000).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        // It grew after its length was asked for.
        let (file, _) = open(&path).unwrap();
        assert_eq!(contents(&file, 10, 1000).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_sparse_terabyte_is_refused_before_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&path, 1 << 20).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn what_is_no_regular_file_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for path in [dir.path(), &pipe, Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert_eq!(read(path, 1000).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{}", path.display());
        }
    }
}
