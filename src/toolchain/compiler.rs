//! An identified compiler.

use super::evidence::Evidence;
use super::habits::Habit;
use crate::command::Family;
use crate::digest::Digest;
use std::ffi::OsString;
use std::path::PathBuf;

/// An identified compiler, ready to be run.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// The executable.
    pub program: PathBuf,
    /// How the user typed it.
    pub argv0: OsString,
    /// gcc or clang.
    pub family: Family,
    /// The major version; 0 if unknown.
    pub major: u32,
    /// The digest of the toolchain closure.
    pub digest: Digest,
    /// gcc: the directory `-print-search-dirs` calls `install`; clang: the resource directory. As the compiler
    /// spells it, without a trailing slash.
    pub toolchain: Option<PathBuf>,
    /// The built-in directories of the include path, in order, as the compiler spells them.
    pub builtin_dirs: Vec<Vec<u8>>,
    /// Those of `builtin_dirs` that move with the toolchain: the place in that list, and the canonical path.
    pub moving_dirs: Vec<(u8, PathBuf)>,
    /// Names of macros that the driver, its specs or a script in front of it define, and those of the device.
    pub driver_macros: Vec<Vec<u8>>,
    /// The definitions of those that the driver, its specs or a script define, a line each: `NAME=body`.
    pub driver_definitions: Vec<u8>,
    /// The driver, its specs or a script in front of it have comments count, see [`Trait::MindsComments`](crate::command::Trait::MindsComments).
    pub minds_comments: bool,
    /// This run had to ask the compiler who it is: the state did not know.
    pub is_new_here: bool,
    /// What the identity rests on.
    pub evidence: Evidence,
}

impl Compiler {
    /// Whether it has a habit.
    pub fn has(&self, habit: Habit) -> bool {
        habit.has(self.family, self.major)
    }
}
