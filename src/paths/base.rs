//! What a rooted path is relative to, and the byte that stands for it in keys, templates and the store.

/// What a rooted path is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Base {
    /// Absolute, outside of every base.
    Absolute,
    /// Relative to the working directory, as spelled.
    Relative,
    /// The watch root, canonical.
    Root,
    /// The watch root as `$PWD` spells it, through a symlink.
    RootAlias,
    /// The working directory, canonical, where it is outside of the root.
    Cwd,
    /// The working directory as `$PWD` spells it, where it is outside of the root.
    CwdAlias,
    /// The compiler's own directory as the compiler spells it.
    Toolchain,
    /// One of the compiler's own include directories, canonical: depfiles spell system headers so where it is
    /// shorter (gcc's `-fcanonical-system-headers`).
    Builtin(u8),
    /// A directory that the command names by an absolute path outside of every other base, by its place on the command line, see
    /// [`Place::with_given`](super::Place::with_given).
    Given(u8),
    /// A root the user named (`sdk=/opt/sdk`), as given, by its place among the names in order; the home directory by [`HOME`].
    Named(u8),
    /// The same, canonical, where that is another spelling.
    NamedReal(u8),
}

/// The byte of the first [`Base::Builtin`]; those of the others follow.
const BUILTIN_BYTE: u8 = 16;
/// The byte of the first [`Base::Given`].
const GIVEN_BYTE: u8 = 80;
/// The byte of the first [`Base::Named`].
const NAMED_BYTE: u8 = 128;
/// The byte of the first [`Base::NamedReal`].
const NAMED_REAL_BYTE: u8 = 192;

/// So many directories that a command names can be bases.
pub const GIVEN_DIRS: usize = (NAMED_BYTE - GIVEN_BYTE) as usize;

/// No more roots can be named.
pub const NAMED_ROOTS: usize = 32;

/// The number of the root that nobody has to name, the home directory. No other root has it, so that it means the same however many
/// roots are named.
#[expect(clippy::cast_possible_truncation, reason = "the number is small")]
pub const HOME: u8 = NAMED_ROOTS as u8;

impl Base {
    /// The base a stored byte stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Absolute,
            1 => Self::Relative,
            2 => Self::Root,
            3 => Self::RootAlias,
            4 => Self::Cwd,
            5 => Self::CwdAlias,
            6 => Self::Toolchain,
            NAMED_REAL_BYTE.. => Self::NamedReal(byte - NAMED_REAL_BYTE),
            NAMED_BYTE.. => Self::Named(byte - NAMED_BYTE),
            GIVEN_BYTE.. => Self::Given(byte - GIVEN_BYTE),
            _ => Self::Builtin(byte.checked_sub(BUILTIN_BYTE)?),
        })
    }

    /// The byte that stands for it in the store.
    pub fn byte(self) -> u8 {
        match self {
            Self::Absolute => 0,
            Self::Relative => 1,
            Self::Root => 2,
            Self::RootAlias => 3,
            Self::Cwd => 4,
            Self::CwdAlias => 5,
            Self::Toolchain => 6,
            Self::Builtin(nth) => BUILTIN_BYTE + nth.min(GIVEN_BYTE - BUILTIN_BYTE - 1),
            Self::Given(nth) => GIVEN_BYTE + nth.min(NAMED_BYTE - GIVEN_BYTE - 1),
            Self::Named(nth) => NAMED_BYTE + nth.min(NAMED_REAL_BYTE - NAMED_BYTE - 1),
            Self::NamedReal(nth) => NAMED_REAL_BYTE + nth.min(u8::MAX - NAMED_REAL_BYTE),
        }
    }
}

/// A path named relative to a [`Base`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rooted {
    /// What `rest` is relative to.
    pub base: Base,
    /// What follows the base's own path, a leading `/` included; the whole path where the base has none.
    pub rest: Vec<u8>,
}

impl Rooted {
    /// Whether both lead to one file wherever links lead: they differ in `.` and slashes at most. `/sub/../x.h` is another way than `/x.h`,
    /// since `sub` may be a link.
    pub fn is_same_way(&self, other: &Self) -> bool {
        fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
            path.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."))
        }
        self.base == other.base && components(&self.rest).eq(components(&other.rest))
    }
}
