//! The kinds of files in a store.

use super::packed;
use crate::faults::{self, Point};
use crate::outputs;

/// More bytes than a manifest has before its candidates.
const MANIFEST_HEADER: u64 = 64;
/// More bytes than an entry has before its parts.
const ENTRY_HEADER: u64 = 1 << 20;
/// The most bytes that tell of a few toolchains. gcc has some twenty files.
const TOOLCHAINS: u64 = 1 << 20;
/// The most bytes that tell of the keys of a source: a few command lines of a few hundred words.
const KEYS: u64 = 1 << 18;

/// The most bytes that tell of a header of definitions. A kernel's `autoconf.h` has some 200 KB.
const DEFINITIONS: u64 = 1 << 22;

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
    /// What headers of definitions held.
    Definitions,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Manifest, Self::Entry, Self::Toolchain, Self::Source, Self::Definitions];

    /// The name of its directory.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Manifest => "m",
            Self::Entry => "e",
            Self::Toolchain => "t",
            Self::Source => "s",
            Self::Definitions => "d",
        }
    }

    /// The kind of what lies in a directory of this name.
    pub fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }

    /// The most bytes that a file of this kind can have. A longer one is not believed.
    pub fn limit(self) -> u64 {
        match self {
            Self::Manifest => packed::MANIFEST as u64 + MANIFEST_HEADER,
            // Parts are never stored in more bytes than they have.
            Self::Entry => outputs::LIMIT + ENTRY_HEADER,
            Self::Toolchain => TOOLCHAINS,
            Self::Source => KEYS,
            Self::Definitions => DEFINITIONS,
        }
    }

    /// Whether a file of this kind decides nothing. Where it is missing or wrong, a miss says less.
    pub fn only_explains(self) -> bool {
        matches!(self, Self::Toolchain | Self::Source)
    }

    /// Whether a file of this kind is not used until something has changed.
    pub fn compares(self) -> bool {
        self.only_explains() || self == Self::Definitions
    }

    /// Passes a point at which tests can stop a write: writing an entry and writing a manifest take the same steps, and each has points
    /// of its own.
    pub(super) fn fault(self, entry: Point, manifest: Point) {
        match self {
            Self::Entry => faults::at(entry),
            Self::Manifest => faults::at(manifest),
            // These are written beside the compile's result: one point stands for all steps.
            Self::Toolchain | Self::Source | Self::Definitions => faults::at(Point::ToolchainNoted),
        }
    }
}
