//! Names behind links: by which other paths a file below some directories can be reached.
//!
//! gcc names a header of a directory of system headers by its canonical path where that is the shorter one
//! (`-fcanonical-system-headers`, GCC manual, "Preprocessor Options"), so its depfile does not tell under which name
//! a directive found it.

use crate::paths;
use rustc_hash::FxHashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// More directories are not walked. Debian's `/usr/include` with a desktop's development packages has some three thousand.
const DIRECTORIES: usize = 20_000;

/// The paths below `dirs`, spelled as these are, that reach one of the `wanted` files (canonical paths) through a link in
/// a directory. `None` if they cannot all be told: a directory that may not be read, a link that leads back to where
/// it is in (and so gives files names without end), or more than is walked.
pub fn names(dirs: &[Vec<u8>], cwd: &Path, wanted: &FxHashSet<PathBuf>) -> Option<Vec<Vec<u8>>> {
    let mut walk = Walk { wanted, left: DIRECTORIES, way: Vec::new(), found: Vec::new() };
    let mut seen = FxHashSet::default();
    for dir in dirs {
        // One that is not there found nothing.
        if seen.insert(dir)
            && let Ok(canonical) = cwd.join(paths::path(dir)).canonicalize()
        {
            walk.dir(dir, &canonical, false)?;
        }
    }
    Some(walk.found)
}

struct Walk<'a> {
    wanted: &'a FxHashSet<PathBuf>,
    left: usize,
    /// The canonical paths of the directories that are being walked, outermost first.
    way: Vec<PathBuf>,
    found: Vec<Vec<u8>>,
}

impl Walk<'_> {
    fn dir(&mut self, dir: &[u8], canonical: &Path, linked: bool) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        if self.way.iter().any(|outer| outer == canonical) {
            return None;
        }
        let items = fs::read_dir(canonical).ok()?;
        self.way.push(canonical.to_owned());
        for item in items {
            let item = item.ok()?;
            let path = paths::join(dir, item.file_name().as_bytes());
            let kind = item.file_type().ok()?;
            if kind.is_dir() {
                self.dir(&path, &canonical.join(item.file_name()), linked)?;
            } else if kind.is_symlink() {
                // One that leads nowhere found nothing.
                let Ok(target) = item.path().canonicalize() else { continue };
                if target.is_dir() {
                    self.dir(&path, &target, true)?;
                } else if self.wanted.contains(&target) {
                    self.found.push(path);
                }
            } else if linked && self.wanted.contains(&canonical.join(item.file_name())) {
                self.found.push(path);
            }
        }
        self.way.pop();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_link_to_a_wanted_file_is_a_name() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for dir in ["inc/sub", "far"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        for file in ["inc/h.h", "inc/other.h", "far/f.h"] {
            fs::write(root.join(file), "").unwrap();
        }
        for (target, link) in [
            ("h.h", "inc/fl.h"),
            ("../h.h", "inc/sub/deep.h"),
            ("other.h", "inc/not.h"),
            ("nowhere.h", "inc/dangling.h"),
            ("../far", "inc/dl"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        let wanted: FxHashSet<PathBuf> = [root.join("inc/h.h"), root.join("far/f.h")].into_iter().collect();
        let dirs = [b"inc".to_vec(), b"none".to_vec()];
        let mut found = names(&dirs, &root, &wanted).unwrap();
        found.sort();
        assert_eq!(found, [b"inc/dl/f.h".to_vec(), b"inc/fl.h".to_vec(), b"inc/sub/deep.h".to_vec()]);
        // Names without end.
        symlink(".", root.join("inc/self")).unwrap();
        assert_eq!(names(&dirs, &root, &wanted), None);
    }
}
