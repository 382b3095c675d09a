//! Directories that are held open while many files in them are asked for.
//!
//! A hit asks for hundreds of files, and the kernel walks each path from its beginning. In a directory that is held
//! there is one step left to walk. Measured on a sketch for an AVR, whose 730 headers lie ten directories down: the
//! questions are a fifth of a hit with whole paths, and half of that from held directories.

use crate::disk::stamp::Stamp;
use rustc_hash::FxHashMap;
use rustix::fs::{AtFlags, Mode, OFlags};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// So many are held, and no more than [`DESCRIPTORS`] allows.
const MOST: usize = 64;

/// One in so many of the descriptors that this process may have is used.
const DESCRIPTORS: u64 = 4;

/// The directories that questions were asked about, by the paths they were asked with.
#[derive(Default)]
pub struct Dirs {
    /// `None` for one that was asked about once: holding it would cost more than it saves.
    asked: FxHashMap<Vec<u8>, Option<OwnedFd>>,
    held: usize,
    /// How many may be held, once one was.
    most: Option<usize>,
}

impl Dirs {
    /// The stamp of what `path` leads to. Where the directory of `path` is held, the answer is from the directory that stood there when it
    /// was opened.
    ///
    /// # Errors
    /// Those of `stat`.
    pub fn stamp(&mut self, path: &Path) -> io::Result<Stamp> {
        let bytes = path.as_os_str().as_bytes();
        let Some(at) = memchr::memrchr(b'/', bytes).filter(|at| *at > 0 && at + 1 < bytes.len()) else {
            return Stamp::of(path);
        };
        let (dir, name) = (&bytes[..at], &bytes[at + 1..]);
        let Some(asked) = self.asked.get_mut(dir) else {
            self.asked.insert(dir.to_vec(), None);
            return Stamp::of(path);
        };
        if asked.is_none() && self.held < *self.most.get_or_insert_with(most) {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            *asked = rustix::fs::open(dir, flags, Mode::empty()).ok();
            self.held += usize::from(asked.is_some());
        }
        match asked {
            Some(dir) => Ok(Stamp::from_stat(&rustix::fs::statat(dir, name, AtFlags::empty())?)),
            // Where it cannot be held, the whole path says why.
            None => Stamp::of(path),
        }
    }

    /// Lets go of all directories, so that the next questions take the whole way again.
    pub fn release(&mut self) {
        self.asked.clear();
        self.held = 0;
    }
}

fn most() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(MOST, |limit| usize::try_from(limit / DESCRIPTORS).unwrap_or(MOST).min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn held_or_not_the_answers_are_those_of_stat() {
        let dir = tempfile::tempdir().unwrap();
        let mut dirs = Dirs::default();
        for nth in 0..100 {
            let sub = dir.path().join(nth.to_string());
            fs::create_dir(&sub).unwrap();
            fs::write(sub.join("a.h"), "a").unwrap();
            std::os::unix::fs::symlink("a.h", sub.join("b.h")).unwrap();
            for name in ["a.h", "b.h", "a.h", "none", "../0/a.h", ".", "", "a.h/"] {
                let path = sub.join(name);
                assert_eq!(dirs.stamp(&path).ok(), Stamp::of(&path).ok(), "{}", path.display());
            }
        }
        assert_eq!(dirs.held, MOST);
        for path in ["/", "/usr", "/none", "dir", ""].map(Path::new) {
            assert_eq!(dirs.stamp(path).ok(), Stamp::of(path).ok(), "{}", path.display());
        }
    }

    #[test]
    fn a_directory_that_took_anothers_place_is_seen_after_release() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        for (sub, text) in [(&one, "1"), (&two, "22")] {
            fs::create_dir(sub).unwrap();
            fs::write(sub.join("a.h"), text).unwrap();
        }
        let path = one.join("a.h");
        let mut dirs = Dirs::default();
        for _ in 0..2 {
            assert_eq!(dirs.stamp(&path).unwrap().size, 1);
        }
        fs::rename(&one, dir.path().join("three")).unwrap();
        fs::rename(&two, &one).unwrap();
        dirs.release();
        for _ in 0..2 {
            assert_eq!(dirs.stamp(&path).unwrap().size, 2);
        }
    }
}
