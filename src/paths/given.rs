//! Directories that a command names by absolute paths outside of every other base. Each is a base of its own.
//!
//! ```text
//! -I/home/me/.conan2/p/zlib1f3/p/include -c /tmp/ffconf.Xa1B/test.c
//!   Given(0)                                Given(1)
//! ```
//!
//! Compilers put names together: a directory as the command spells it, a slash, and what a directive says. So a name that begins with such
//! a directory is named by it, and means the corresponding file wherever the command names another directory at the same place.
//!
//! Directories below the home directory, which is a root in the `relative` mode, are bases as well: where no result shows it, the name of a
//! package need not be the same.
//!
//! Only the outermost directories are bases. `-I/a/b -I/a` gives the one base `/a`, and the first argument is `/b` below it. So the key
//! shows that the one lies in the other, as it must: `a.h` found by `-I/a/b` may be found as `b/a.h` by `-I/a`.

use super::base::{Base, GIVEN_DIRS, HOME};
use super::place::Place;
use super::spelling::{is_below, normal};

impl Place {
    /// The place with those of `dirs` as bases that lie in no other, in order. The compiler finds headers in `builtin` by itself: what lies
    /// in one of these keeps its name, since the compiler reaches it without the command as well.
    #[must_use]
    pub fn with_given<'d>(mut self, dirs: impl Iterator<Item = &'d [u8]>, builtin: &[Vec<u8>]) -> Self {
        let mut outermost: Vec<&[u8]> = Vec::new();
        for dir in dirs.filter_map(base_of) {
            let is_known = outermost.iter().any(|outer| *outer == dir || is_below(dir, outer));
            if is_known
                || !self.may_be_given(dir)
                || builtin.iter().any(|own| own == dir || is_below(dir, own))
                || normal(dir).len() <= 1
                // clang writes another sign for it into depfiles.
                || memchr::memchr(b'\\', dir).is_some()
            {
                continue;
            }
            match outermost.iter().position(|inner| is_below(inner, dir)) {
                Some(first) => {
                    outermost[first] = dir;
                    let mut nth = 0;
                    outermost.retain(|inner| {
                        nth += 1;
                        nth <= first + 1 || !is_below(inner, dir)
                    });
                }
                None => outermost.push(dir),
            }
        }
        if !outermost.is_empty() {
            let given = (0_u8..).zip(outermost).take(GIVEN_DIRS);
            self.bases.extend(given.map(|(nth, dir)| (Base::Given(nth), dir.to_vec())));
            self.order();
        }
        self
    }

    /// Whether a directory, as spelled, is in no base but the home directory, and not that itself.
    fn may_be_given(&self, dir: &[u8]) -> bool {
        let rooted = self.rooted(dir);
        match rooted.base {
            Base::Absolute => true,
            Base::Named(HOME) | Base::NamedReal(HOME) => !rooted.rest.is_empty(),
            _ => false,
        }
    }

    /// Spellings of the given directories that a result could hold, in the order of their numbers.
    pub fn given_needles(&self) -> Vec<Vec<u8>> {
        let mut given: Vec<_> = self.bases.iter().filter(|(base, _)| matches!(base, Base::Given(_))).collect();
        given.sort_unstable_by_key(|(base, _)| *base);
        given.into_iter().map(|(_, prefix)| prefix.clone()).collect()
    }
}

/// The absolute directory that names begin with if a command names `dir`: `/a` for `/a/`, `/a//` and `/a/.`, which compilers join to
/// `/a/x.h`, `/a//x.h` and `/a/./x.h`. `None` for the directory that holds everything, and for what is not absolute. Paths that begin with
/// two slashes are not looked for in texts.
pub fn base_of(mut dir: &[u8]) -> Option<&[u8]> {
    if dir.first() != Some(&b'/') || dir.starts_with(b"//") {
        return None;
    }
    while let Some(shorter) = dir.strip_suffix(b"/").or_else(|| dir.strip_suffix(b"/.")) {
        dir = shorter;
    }
    (!dir.is_empty()).then_some(dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::{HOME, NamedRoot};

    fn place(dirs: &[&str]) -> Place {
        let builtin = [b"/usr/include".to_vec()];
        let toolchain = Some("/opt/t/lib/gcc".into());
        let place = Place::new("/ws/p/build".into(), None, "/ws/p".into(), toolchain, &[], &[]);
        place.with_given(dirs.iter().map(|dir| dir.as_bytes()), &builtin)
    }

    #[test]
    fn the_outermost_directories_are_bases_in_order() {
        for (dirs, given) in [
            (&["/a", "/b"][..], &["/a", "/b"][..]),
            (&["/b", "/a", "/b"], &["/b", "/a"]),
            (&["/a/b", "/c", "/a", "/a/d"], &["/a", "/c"]),
            (&["/a/b", "/a/c", "/d", "/a/e", "/a"], &["/a", "/d"]),
            (&["/a/b", "/ab"], &["/a/b", "/ab"]),
            (&["/a/", "/a//", "/a/.", "/a/./"], &["/a"]),
            (&["/a/../b", "/a"], &["/a"]),
            (&["/a/../b", "/b"], &["/a/../b", "/b"]),
            (&["//a", "/a"], &["/a"]),
            (&["/", "//", "/.", "/..", "a", ".", ""], &[]),
            (&["/ws/p", "/ws/p/inc", "/opt/t/lib/gcc/x", "/usr/include", "/usr/include/x"], &[]),
            (&["/ws", "/usr", "/opt/t"], &["/ws", "/usr", "/opt/t"]),
            (&["/a\\b", "/a"], &["/a"]),
        ] {
            let expected: Vec<Vec<u8>> = given.iter().map(|dir| dir.as_bytes().to_vec()).collect();
            assert_eq!(place(dirs).given_needles(), expected, "{dirs:?}");
        }
    }

    #[test]
    fn names_are_spelled_by_the_longest_base() {
        let place = place(&["/ws", "/a/../b"]);
        for (path, base, rest) in [
            ("/ws/x.h", Base::Given(0), "/x.h"),
            ("/ws/p/x.h", Base::Root, "/x.h"),
            ("/a/../b/x.h", Base::Given(1), "/x.h"),
            ("/a/x.h", Base::Absolute, "/a/x.h"),
        ] {
            let rooted = place.rooted(path.as_bytes());
            assert_eq!((rooted.base, rooted.rest.as_slice()), (base, rest.as_bytes()), "{path}");
            assert_eq!(place.spelled(base, rest.as_bytes()).as_deref(), Some(path.as_bytes()));
        }
    }

    #[test]
    fn more_than_there_is_room_for_stay_absolute() {
        let dirs: Vec<String> = (0..=GIVEN_DIRS).map(|nth| format!("/d{nth}/x")).collect();
        let place = place(&dirs.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(place.rooted(b"/d47/x").base, Base::Given(47));
        assert_eq!(place.rooted(b"/d48/x").base, Base::Absolute);
    }

    #[test]
    fn the_home_directory_is_a_root_outside_of_the_watch_root() {
        let home = |path: &str, real: &str| {
            let home = NamedRoot { name: "~".to_owned(), path: path.into(), real: real.into() };
            place(&[]).with_home(&home)
        };
        assert_eq!(home("/home/me", "/home/me").rooted(b"/home/me/x").base, Base::Named(HOME));
        assert_eq!(home("/home/me", "/data/me").rooted(b"/data/me/x").base, Base::NamedReal(HOME));
        assert_eq!(home("/ws", "/ws").rooted(b"/ws/p/x").base, Base::Root);
        assert_eq!(home("/ws/p", "/ws/p").rooted(b"/ws/p/x").base, Base::Root);
        assert_eq!(home("/ws/p/home", "/ws/p/home").rooted(b"/ws/p/home/x").base, Base::Root);
        assert_eq!(home("/link", "/ws/p/home").rooted(b"/link/x").base, Base::Absolute);
    }

    #[test]
    fn directories_below_the_home_directory_are_bases() {
        let home = NamedRoot { name: "~".to_owned(), path: "/home/me".into(), real: "/data/me".into() };
        let dirs = ["/home/me/kit/inc", "/home/me", "/home/me/kit", "/data/me/kit", "/home"];
        let place = |dirs: &[&str]| place(&[]).with_home(&home).with_given(dirs.iter().map(|dir| dir.as_bytes()), &[]);
        assert_eq!(place(&dirs[..4]).given_needles(), [&b"/home/me/kit"[..], b"/data/me/kit"]);
        assert_eq!(place(&dirs[..2]).rooted(b"/home/me/other/x.h").base, Base::Named(HOME));
        assert_eq!(place(&dirs).rooted(b"/home/me/kit/x.h").base, Base::Named(HOME));
    }
}
