//! What of a read set is in doubt, and why one cannot be told at all.

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
    /// It would take more than [`Work`](super::Work) may be.
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
