//! What of a read set is in doubt.

/// What the texts do not tell of the files that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// `#include MACRO` that may have been read, and of which no text tells the file.
    ComputedInclude(Vec<u8>),
    /// A macro stands for `#pragma GCC system_header`: any file that uses it leaves what it includes out of the depfile.
    SystemHeaders,
}
