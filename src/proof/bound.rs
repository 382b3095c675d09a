//! What a result is bound to: the parts of the place that its bytes depend on.

use crate::digest::{Digest, FieldHasher};
use crate::paths::{Base, Place};
use std::ops::{BitOr, BitOrAssign};
use std::os::unix::ffi::OsStrExt as _;

/// Parts of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bound(u8);

impl Bound {
    /// Nothing: the result is shared by every checkout.
    pub const NOTHING: Self = Self(0);
    /// Where the root and the working directory are.
    pub const ROOT: Self = Self(1);
    /// Where the toolchain is.
    pub const TOOLCHAIN: Self = Self(2);
    /// The names of the outputs as the command spells them.
    pub const NAMES: Self = Self(4);
    /// Where the roots are that the user named.
    pub const NAMED: Self = Self(8);
    /// Where the directories are that the command names.
    pub const GIVEN: Self = Self(16);
    /// Where any directory is.
    pub const DIRECTORIES: Self = Self(1 | 2 | 8 | 16);
    /// All parts.
    pub const EVERYTHING: Self = Self(31);

    /// Whether all of `parts` are among these.
    pub fn holds(self, parts: Self) -> bool {
        self.0 & parts.0 == parts.0
    }

    /// These parts without `parts`.
    #[must_use]
    pub fn without(self, parts: Self) -> Self {
        Self(self.0 & !parts.0)
    }

    /// Those of these parts that are among `parts`.
    #[must_use]
    pub fn among(self, parts: Self) -> Self {
        Self(self.0 & parts.0)
    }

    /// The byte that stands for these parts in manifests.
    pub fn byte(self) -> u8 {
        self.0
    }

    /// What a byte in a manifest stands for; `None` for a byte that no set of parts has.
    pub fn from_byte(byte: u8) -> Option<Self> {
        (byte <= Self::EVERYTHING.0).then_some(Self(byte))
    }

    /// The part of the place that a path below `base` tells; none for what lies outside.
    pub fn of_base(base: Base) -> Self {
        match base {
            Base::Root | Base::RootAlias | Base::Cwd | Base::CwdAlias => Self::ROOT,
            Base::Toolchain | Base::Builtin(_) => Self::TOOLCHAIN,
            Base::Given(_) => Self::GIVEN,
            Base::Named(_) | Base::NamedReal(_) => Self::NAMED,
            Base::Absolute | Base::Relative => Self::NOTHING,
        }
    }

    /// The digest of these parts of `place`; `names` are the outputs' names.
    pub fn digest(self, place: &Place, names: &[&[u8]]) -> Digest {
        let mut hasher = FieldHasher::new("packer-cc binding 3");
        hasher.field("parts", &[self.0]);
        if self.holds(Self::ROOT) {
            hasher.field("root", place.root.as_os_str().as_bytes()).field("cwd", place.cwd.as_os_str().as_bytes());
            hasher.field("pwd", place.pwd.as_ref().map_or(&[], |pwd| pwd.as_os_str().as_bytes()));
        }
        if self.holds(Self::TOOLCHAIN) {
            hasher.field("toolchain", place.toolchain.as_ref().map_or(&[], |path| path.as_os_str().as_bytes()));
        }
        if self.holds(Self::NAMED) {
            for path in place.named_needles() {
                hasher.field("named root", &path);
            }
        }
        if self.holds(Self::GIVEN) {
            for path in place.given_needles() {
                hasher.field("given directory", &path);
            }
        }
        if self.holds(Self::NAMES) {
            for name in names {
                hasher.field("name", name);
            }
        }
        hasher.finish()
    }

    /// Its parts, for people.
    pub fn words(self) -> String {
        let words = [
            (Self::ROOT, "the root"),
            (Self::TOOLCHAIN, "the toolchain's directory"),
            (Self::NAMED, "the named roots"),
            (Self::GIVEN, "the directories of the command"),
            (Self::NAMES, "the names of the outputs"),
        ];
        let parts: Vec<&str> =
            words.into_iter().filter(|(part, _)| self.holds(*part)).map(|(_, words)| words).collect();
        parts.join(", ")
    }
}

/// What ties a result to its place.
#[derive(Debug, Clone, Copy)]
pub struct Tied {
    /// The parts it is bound to.
    pub bound: Bound,
    /// Some of the parts come from names of files alone (`__FILE__`), and it is not certain that a text expands such a name. The
    /// preprocessor may show that the result is bound to less.
    pub is_most: bool,
}

impl BitOr for Bound {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Bound {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::NamedRoot;

    #[test]
    fn the_digest_tells_the_parts_that_are_bound_and_no_others() {
        let place =
            |root: &str, toolchain: &str| Place::new(root.into(), None, root.into(), Some(toolchain.into()), &[], &[]);
        let digest = |bound: Bound, root: &str, toolchain: &str, name: &str| {
            bound.digest(&place(root, toolchain), &[name.as_bytes()])
        };
        for (bound, root, toolchain, name) in [
            (Bound::NOTHING, false, false, false),
            (Bound::ROOT, true, false, false),
            (Bound::TOOLCHAIN, false, true, false),
            (Bound::NAMES, false, false, true),
            (Bound::EVERYTHING, true, true, true),
        ] {
            let here = digest(bound, "/r", "/t", "a.o");
            assert_eq!(digest(bound, "/s", "/t", "a.o") != here, root, "{bound:?}");
            assert_eq!(digest(bound, "/r", "/u", "a.o") != here, toolchain, "{bound:?}");
            assert_eq!(digest(bound, "/r", "/t", "b.o") != here, name, "{bound:?}");
        }
    }

    #[test]
    fn every_directory_of_the_place_counts() {
        let place = |cwd: &str, pwd: Option<&str>, root: &str, kit: &str| {
            let named = NamedRoot { name: "kit".to_owned(), path: kit.into(), real: kit.into() };
            Place::new(cwd.into(), pwd.map(Into::into), root.into(), None, &[], &[named])
        };
        let here = place("/r/d", None, "/r", "/k");
        for (other, part) in [
            (place("/r/d", None, "/r", "/k"), Bound::NOTHING),
            (place("/r/e", None, "/r", "/k"), Bound::ROOT),
            (place("/r/d", Some("/l/d"), "/r", "/k"), Bound::ROOT),
            (place("/r/d", None, "/r/d", "/k"), Bound::ROOT),
            (place("/r/d", None, "/r", "/m"), Bound::NAMED),
            (place("/r/d", None, "/r", "/k").with_given([&b"/g"[..]].into_iter(), &[]), Bound::GIVEN),
        ] {
            for bound in [Bound::ROOT, Bound::TOOLCHAIN, Bound::NAMES, Bound::NAMED, Bound::GIVEN] {
                assert_eq!(bound.digest(&other, &[]) != bound.digest(&here, &[]), bound == part, "{bound:?} {part:?}");
            }
        }
    }

    #[test]
    fn each_base_is_of_a_part() {
        for (part, bases) in [
            (Bound::ROOT, &[Base::Root, Base::RootAlias, Base::Cwd, Base::CwdAlias][..]),
            (Bound::TOOLCHAIN, &[Base::Toolchain, Base::Builtin(1)]),
            (Bound::NAMED, &[Base::Named(1), Base::NamedReal(1)]),
            (Bound::GIVEN, &[Base::Given(1)]),
            (Bound::NOTHING, &[Base::Absolute, Base::Relative]),
        ] {
            for base in bases {
                assert_eq!(Bound::of_base(*base), part, "{base:?}");
            }
        }
        let mut all = Bound::ROOT | Bound::TOOLCHAIN | Bound::NAMED | Bound::GIVEN;
        assert_eq!(all, Bound::DIRECTORIES);
        all |= Bound::NAMES;
        assert_eq!(all, Bound::EVERYTHING);
    }

    #[test]
    fn bytes_that_mean_nothing_are_none() {
        for byte in 0..=u8::MAX {
            assert_eq!(Bound::from_byte(byte).map(Bound::byte), (byte < 32).then_some(byte));
        }
    }
}
