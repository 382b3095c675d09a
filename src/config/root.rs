//! Where the watch root is.

use super::settings::ConfigError;
use rustix::fs::Access;
use std::fs;
use std::path::{Path, PathBuf};

/// Version control systems mark their root with one of these, the most usual first.
const MARKS: [&str; 4] = [".git", ".jj", ".hg", ".svn"];

/// The nearest directory from `cwd` upwards that a version control system calls its root. A mark may be a directory
/// or a file (a git worktree has one).
pub fn of_repository(cwd: &Path) -> Option<&Path> {
    let is_there = |path| rustix::fs::access::<PathBuf>(path, Access::EXISTS).is_ok();
    cwd.ancestors().find(|dir| MARKS.iter().any(|mark| is_there(dir.join(mark))))
}

/// A root somebody declared, without symbolic links.
///
/// # Errors
/// What is no directory; `place` says where it was declared.
pub fn declared(path: &Path, place: &str) -> Result<PathBuf, ConfigError> {
    // The dot lets the one call fail for a file as well.
    fs::canonicalize(path.join(".")).map_err(|error| {
        ConfigError(format!("{place}: the root {} is no directory that can be used: {error}", path.display()))
    })
}
