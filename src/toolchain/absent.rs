//! Files that would belong to a compiler if they were there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Directories with the names in them that are not there.
pub(super) type AbsentByDir = BTreeMap<PathBuf, BTreeSet<Vec<u8>>>;

/// Notes a missing file under the nearest directory that is there: the stamp of that one answers for it.
pub(super) fn note_absent(cwd: &Path, names: &mut AbsentByDir, path: &Path) {
    if fs::symlink_metadata(cwd.join(path)).is_ok() {
        return;
    }
    let mut missing = path;
    while let (Some(dir), Some(name)) = (missing.parent(), missing.file_name()) {
        if dir.as_os_str().is_empty() || cwd.join(dir).is_dir() {
            names.entry(dir.to_owned()).or_default().insert(name.as_bytes().to_vec());
            return;
        }
        missing = dir;
    }
}
