//! The kinds of files in a store.

use super::packed;
use crate::faults::{self, Point};
use crate::outputs;

/// Which kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What a first key may lead to.
    Manifest,
    /// A result.
    Entry,
    /// The toolchains that made results.
    Toolchain,
    /// What the first keys of a source were made of.
    Source,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Manifest, Self::Entry, Self::Toolchain, Self::Source];

    /// The name of its directory.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Manifest => "m",
            Self::Entry => "e",
            Self::Toolchain => "t",
            Self::Source => "s",
        }
    }

    /// The kind of what lies in a directory of this name.
    pub fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }

    /// No file of the kind is longer, in bytes: a longer one is not believed.
    pub fn limit(self) -> u64 {
        match self {
            Self::Manifest => packed::MANIFEST as u64 + 64,
            // Parts are never stored in more bytes than they have.
            Self::Entry => outputs::LIMIT + (1 << 20),
            // gcc has some twenty members.
            Self::Toolchain => 1 << 20,
            // A few command lines of a few hundred words.
            Self::Source => 1 << 18,
        }
    }

    /// Nothing is decided by it: where it is missing or wrong, a miss says less.
    pub fn only_explains(self) -> bool {
        matches!(self, Self::Toolchain | Self::Source)
    }

    /// Passes one of two points of the way all kinds go.
    pub(super) fn fault(self, entry: Point, manifest: Point) {
        match self {
            Self::Entry => faults::at(entry),
            Self::Manifest => faults::at(manifest),
            // The same way once more, after a compile that has stored its result.
            Self::Toolchain | Self::Source => faults::at(Point::ToolchainNoted),
        }
    }
}
