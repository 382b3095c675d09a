//! What a compile read besides its source, and what it would have read had it been there: the **read set**.
//!
//! The compiler's depfile names the headers. What it does not say is worked out here:
//!
//! * **Absences**: for each include directive, the places that come before the header that was found. Had a file of that name been
//!   there, it would have been read instead.
//! * **System headers under `-MMD`**, which that depfile leaves out and which the command must not be changed to reveal (`-H` is
//!   recorded in gcc's debug information). Every include directive in a system header is followed, whether or not a condition
//!   switches it off. The result is a superset of what was read, which can cost a hit and never grants one.
//! * **Twins**: under `#pragma once` a file that equals one already read is skipped, and no depfile names it.
//!
//! There are two witnesses. The texts, read once and remembered with their digests, answer nearly always. Where they leave a doubt, such as
//!
//! ```c
//! #include NAMED(x.h)      // which file is that?
//! ```
//!
//! the read set has a [`Doubt`], and the caller may ask the compiler's own preprocessor ([`witness`]): its [`Answer`] says which directives
//! were read, and what they named. The read set is then built of that.
//!
//! It is found by a work list (`search`) that runs until nothing new comes, over a [`Tree`], and is frozen before it is judged.

mod absences;
mod dead;
pub mod disk;
mod mentions;
mod once;
mod search;
pub mod search_path;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod witness;

pub use search::find;
pub use tree::Tree;
pub use witness::Answer;

use crate::digest::Digest;
use crate::paths;
use crate::text::WordSet;
use crate::toolchain::Family;
use rustc_hash::{FxHashMap, FxHashSet};
use search_path::IncludePath;
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::rc::Rc;

/// What a compile read and did not find. Nothing changes it once it is found.
#[derive(Debug, Default)]
pub struct ReadSet {
    /// Every file but the source, as the compiler spells it, with the digest of its content.
    pub files: Vec<(Vec<u8>, Digest)>,
    /// Directories, as spelled, with the names that were looked for there and were absent. A name with a slash
    /// behind it may be a directory's, but no file's.
    pub absent: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    /// All words that any of the files mentions.
    pub words: WordSet,
    /// The absolute paths in their texts, see [`crate::text::Facts::absolute`].
    pub mentioned: FxHashSet<Vec<u8>>,
    /// Why it may be incomplete.
    pub doubt: Option<Doubt>,
    /// What finding it took.
    pub work: Work,
    /// The contents that say `#pragma once`.
    once: FxHashSet<Digest>,
    /// All texts, once they were read as a whole.
    texts: Option<Rc<Vec<Text>>>,
    /// Macros that stand for a date, a time or a file's name: whether one is expanded is a question of its own, see [`mentions`].
    dated: FxHashSet<crate::text::Dated>,
}

impl ReadSet {
    /// Equal files of which a compiler may have read only one, see [`crate::proof::binding::AGES`]. One file under two spellings
    /// is none.
    pub fn has_twins(&self, cwd: &Path) -> bool {
        let counts = |digest: &Digest| self.words.intersects(WordSet::IMPORT) || self.once.contains(digest);
        let normal = |path: &[u8]| paths::normal(&paths::join(cwd.as_os_str().as_bytes(), path));
        let mut known: FxHashMap<Digest, Vec<u8>> = FxHashMap::default();
        self.files.iter().filter(|(_, digest)| counts(digest)).any(|(path, digest)| {
            let path = normal(path);
            known.insert(*digest, path.clone()).is_some_and(|other| other != path)
        })
    }

    /// What the texts' macros stand for does not matter: what they came to is known.
    pub fn forget_macros(&mut self) {
        self.dated.clear();
    }

    /// Words that stand in what a macro is defined as count if that macro is expanded anywhere. Reads all texts, so it is asked only
    /// where one of `words` matters.
    ///
    /// # Errors
    /// Where a text cannot be read any more.
    pub fn judge_macros(
        &mut self,
        words: WordSet,
        compiled: &Compiled<'_>,
        tree: &mut dyn Tree,
    ) -> Result<(), Problem> {
        mentions::judge_macros(self, words, compiled, tree)
    }
}

/// A text that was read as a whole.
#[derive(Debug)]
struct Text {
    /// The directory of its file.
    dir: Vec<u8>,
    text: Rc<[u8]>,
}

/// What finding a read set took. Both numbers are bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Places where a header was looked for.
    pub places: u64,
    /// Bytes of texts that were read as a whole, or looked through once more.
    pub bytes: u64,
}

/// Stands for all names that end so: no precompiled header is in the directory.
pub const NO_PRECOMPILED: &[u8] = b"*.gch";

/// What the texts do not tell of the files that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// `#include MACRO` that may have been read, and of which no text tells the file.
    ComputedInclude(Vec<u8>),
    /// A macro stands for `#pragma GCC system_header`: any file that uses it leaves what it includes out of the depfile.
    SystemHeaders,
}

/// Why what was read cannot be told, and the result is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A file could not be read after the compile.
    Unreadable(Vec<u8>),
    /// A file changed since the compile began, or is too young to tell.
    Changed(Vec<u8>),
    /// A computed include of which neither the texts nor the preprocessor told what it led to.
    ComputedInclude(Vec<u8>),
    /// A precompiled header stands where this compile may have used it.
    ///
    /// gcc never compares one with its header: an outdated one holds macros that no text shows any more, `__TIME__`
    /// inside them too, and its bytes name all of those whether they are used or not. clang compares sizes and
    /// modification times, which are no content. So what was made with one cannot be told from its inputs.
    Precompiled(Vec<u8>),
    /// It would take more than [`Work`] may be.
    Budget(Vec<u8>),
}

impl Problem {
    /// A stable name for statistics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "header-unreadable",
            Self::Changed(_) => "input-changed",
            Self::ComputedInclude(_) => "computed-include",
            Self::Precompiled(_) => "precompiled-header",
            Self::Budget(_) => "too-much-to-judge",
        }
    }

    /// The file it is about.
    pub fn path(&self) -> &[u8] {
        match self {
            Self::Unreadable(path)
            | Self::Changed(path)
            | Self::ComputedInclude(path)
            | Self::Precompiled(path)
            | Self::Budget(path) => path,
        }
    }
}

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
    /// gcc reads `stdc-predef.h` first and takes `x.h.gch` for `x.h`.
    pub family: Family,
    /// What the preprocessor said, if it was asked.
    pub answer: Option<&'a Answer>,
    /// The compiler's own directories, see [`own_dirs`].
    pub own_dirs: &'a [Vec<u8>],
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
