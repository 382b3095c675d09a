//! What is known of a compile when its read set is looked for.

use super::read_set::Work;
use super::search_path::IncludePath;
use super::witness::Answer;
use crate::paths;
use crate::text::Reading;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// What is known of a compile that has just ended.
#[derive(Debug, Clone, Copy)]
pub struct Compiled<'a> {
    /// The source as spelled.
    pub source: &'a [u8],
    /// The headers the depfile names, as spelled, without the source.
    pub listed: &'a [Vec<u8>],
    /// The depfile names system headers too.
    pub complete: bool,
    /// `-include` and `-imacros`, in order.
    pub forced: &'a [Vec<u8>],
    /// The macros of the command line, as `#define` lines.
    pub defines: &'a [u8],
    /// Names of macros that the driver defines by itself, and those that name the device.
    pub driver_macros: &'a [Vec<u8>],
    /// Files the assembler was made to read, as it spells them.
    pub assembled: &'a [Vec<u8>],
    /// Where headers are looked for.
    pub path: &'a IncludePath,
    /// `stdc-predef.h` is read before everything else.
    pub has_predefined: bool,
    /// A precompiled header is taken for any header, and not only for those of `-include`.
    pub precompiled_everywhere: bool,
    /// What the preprocessor said, if it was asked.
    pub answer: Option<&'a Answer>,
    /// The compiler's own directories, see [`own_dirs`].
    pub own_dirs: &'a [Vec<u8>],
    /// Whether comments may matter.
    pub reading: Reading,
    /// What the compiler takes for comments is what is taken out of a text to have its [code](crate::text::code).
    pub knows_comments: bool,
    /// What finding the read set may take: no real compile comes near [`Work::MOST`].
    pub budget: Work,
}

/// The compiler's own directories, in both ways that gcc spells their headers in a depfile: by the canonical path where that is shorter
/// (`-fcanonical-system-headers`), such as `/usr/lib/avr/include/…` for `/usr/lib/gcc/avr/5.4.0/../../../avr/include/…`.
pub fn own_dirs(path: &IncludePath, cwd: &Path) -> Vec<Vec<u8>> {
    let mut dirs = Vec::new();
    for dir in path.dirs.iter().filter(|dir| dir.builtin) {
        dirs.push(paths::join(&dir.path, b""));
        if let Ok(canonical) = cwd.join(paths::path(&dir.path)).canonicalize() {
            dirs.push(paths::join(canonical.as_os_str().as_bytes(), b""));
        }
    }
    dirs
}
