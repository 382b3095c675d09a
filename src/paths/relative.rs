//! Paths under the watch root, made relative to the working directory, and back as they were typed. Pure.
//!
//! The `relative` mode gives the compiler `../src/a.c` for `/checkout/src/a.c`, so that nothing it writes can hold the
//! checkout's place. What people and build tools read, diagnostics and depfiles, is to name the files as the command
//! line did; [`Spellings`] turns names back.

use super::{Base, Place, join, without_dot_slash};
use std::os::unix::ffi::OsStrExt as _;

/// The way from the working directory to what lies under the root.
pub struct Relative<'a> {
    place: &'a Place,
    /// The components from the root to the working directory.
    below: Vec<&'a [u8]>,
}

impl<'a> Relative<'a> {
    /// `None` where the working directory is outside of the root: the way from one to the other is then no property
    /// of the tree.
    pub fn new(place: &'a Place) -> Option<Self> {
        if place.root.as_os_str().len() <= 1 {
            return None;
        }
        let below = place.cwd.strip_prefix(&place.root).ok()?;
        Some(Self { place, below: below.components().map(|component| component.as_os_str().as_bytes()).collect() })
    }

    /// `path` relative to the working directory, if it is absolute and under the root. What follows the directories
    /// that both share stays as it is spelled: `x/../y` is `y` only where `x` is no symlink.
    pub fn path(&self, path: &[u8]) -> Option<Vec<u8>> {
        let rooted = self.place.rooted(path);
        if !matches!(rooted.base, Base::Root | Base::RootAlias) {
            return None;
        }
        let mut rest = without_slashes(&rooted.rest);
        let mut shared = 0;
        for component in &self.below {
            match rest.strip_prefix(*component) {
                Some(behind) if behind.is_empty() || behind[0] == b'/' => rest = without_slashes(behind),
                _ => break,
            }
            shared += 1;
        }
        let mut relative = b"../".repeat(self.below.len() - shared);
        relative.extend_from_slice(rest);
        if rest.is_empty() {
            relative.pop();
        }
        match relative.first() {
            None => relative.push(b'.'),
            // Without `./` the word would be an option or a response file.
            Some(b'-' | b'@') => relative.splice(..0, *b"./").for_each(drop),
            Some(_) => {}
        }
        Some(relative)
    }
}

/// Turns names that the compiler made of the words it was given into those that it would have made of the words as typed.
///
/// Compilers put names together: a search directory or the directory of the including file, a slash, and what the
/// directive says. So a name is turned back by the beginning it has from the command line. That is certain only while
/// no beginning could have come from two words that were typed in different ways: [`Spellings::add`] refuses those.
///
/// ```text
/// typed  -I/checkout/inc        given  -I../inc        ../inc/x.h in a depfile is /checkout/inc/x.h
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spellings {
    pairs: Vec<Pair>,
}

/// The beginning of names, or one whole name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// As the compiler is given it, without the `./` that depfiles leave out. A directory ends with a slash, but for the working
    /// directory, which is empty.
    given: Vec<u8>,
    /// As it was typed.
    typed: Vec<u8>,
    /// It is one whole name, not a beginning.
    is_file: bool,
    /// It is the beginning of system headers.
    system: bool,
}

/// A name as it would have been, had the compiler been given what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The name; `None` where it is the same as the compiler's.
    pub name: Option<Vec<u8>>,
    /// It was found by way of a directory of system headers.
    pub system: bool,
}

impl Pair {
    /// The pairs of a source: its own name, and the directory by which headers beside it are named.
    pub fn of_file(given: &[u8], typed: &[u8]) -> [Self; 2] {
        let dir = |path: &[u8]| path[..memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1)].to_vec();
        let file = Self { given: plain(given).to_vec(), typed: typed.to_vec(), is_file: true, system: false };
        let beside = Self { given: plain(&dir(given)).to_vec(), typed: dir(typed), is_file: false, system: false };
        [file, beside]
    }

    /// A search directory.
    pub fn of_dir(given: &[u8], typed: &[u8], system: bool) -> Self {
        Self { given: plain(&join(given, b"")).to_vec(), typed: join(typed, b""), is_file: false, system }
    }

    /// It was typed relative, so its names are the same as given and as typed.
    fn stays(&self) -> bool {
        self.typed.first() != Some(&b'/')
    }

    /// No name that the compiler makes fits both and stands for two typed names.
    fn agrees(&self, other: &Self) -> bool {
        if self.is_file && other.is_file {
            return self.given != other.given || self.typed == other.typed;
        }
        let (outer, inner) =
            if other.given.len() < self.given.len() || self.is_file { (other, self) } else { (self, other) };
        let Some(rest) = inner.given.strip_prefix(outer.given.as_slice()).filter(|_| !outer.is_file) else {
            return true;
        };
        let by_outer = [outer.typed.as_slice(), rest].concat();
        if outer.stays() || inner.stays() {
            return by_outer == inner.typed || outer.stays() && inner.stays();
        }
        // `-I/p/q -I/p/x`, given as `-I.. -I../../x`: `../../x/a.h` is `/p/q/../x/a.h` by the first and `/p/x/a.h` by the second. Both name
        // one path, and `typed` takes the longer beginning.
        rest.starts_with(b"../") || by_outer == inner.typed
    }
}

impl Spellings {
    /// Takes all of `pairs`, or none of them if some name could then stand for two typed names. Says whether it took them.
    pub fn add(&mut self, pairs: &[Pair]) -> bool {
        let agrees = pairs.iter().all(|pair| self.pairs.iter().all(|known| pair.agrees(known)));
        if agrees {
            self.pairs.extend_from_slice(pairs);
        }
        agrees
    }

    /// What the compiler would have made of the words as typed, where it made `name` of those that it was given.
    pub fn typed(&self, name: &[u8]) -> Typed {
        let name = plain(name);
        let mut found = Typed { name: None, system: false };
        if name.first() == Some(&b'/') {
            return found;
        }
        let mut longest = None;
        for pair in &self.pairs {
            // A directory that is itself the name has no slash behind it.
            let is_dir = !pair.is_file && pair.given.strip_suffix(b"/") == Some(name);
            if is_dir {
                found.name = pair.typed.strip_suffix(b"/").filter(|_| !pair.stays()).map(<[u8]>::to_vec);
                return found;
            }
            let holds = if pair.is_file { name == pair.given } else { name.starts_with(&pair.given) };
            if !holds {
                continue;
            }
            found.system |= pair.system;
            if longest.is_none_or(|(len, is_file)| (pair.given.len(), pair.is_file) > (len, is_file)) {
                longest = Some((pair.given.len(), pair.is_file));
                found.name = (!pair.stays()).then(|| [&pair.typed, &name[pair.given.len()..]].concat());
            }
        }
        found
    }

    /// Whether `name` is that of a directory the compiler was given, which need not be there.
    pub fn is_dir(&self, name: &[u8]) -> bool {
        let dir = join(plain(name), b"");
        self.pairs.iter().any(|pair| !pair.is_file && !pair.given.is_empty() && pair.given == dir)
    }

    /// What shows in a text that a name in it may be another than was typed: each beginning of such names, and whether it is a whole
    /// name. Names in the working directory have no beginning and cannot be found so.
    pub fn marks(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let other = self.pairs.iter().filter(|pair| !pair.stays() && !pair.given.is_empty());
        other.map(|pair| (pair.given.as_slice(), pair.is_file))
    }
}

/// A name without `./` before it, as both compilers write depfiles; the working directory as the empty name.
fn plain(name: &[u8]) -> &[u8] {
    match without_dot_slash(name) {
        b"." => b"",
        name => name,
    }
}

fn without_slashes(path: &[u8]) -> &[u8] {
    let slashes = path.iter().take_while(|byte| **byte == b'/').count();
    &path[slashes..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(cwd: &str, pwd: Option<&str>) -> Place {
        Place::new(cwd.into(), pwd.map(Into::into), "/real/p".into(), Some("/real/p/tool".into()), &[], &[])
    }

    #[test]
    fn what_is_under_the_root_is_relative_to_the_working_directory() {
        let place = place("/real/p/build/sub", Some("/link/build/sub"));
        let relative = Relative::new(&place).expect("a working directory under the root");
        for (path, expected) in [
            ("/real/p/src/a.c", Some("../../src/a.c")),
            ("/real/p/build/sub/a.c", Some("a.c")),
            ("/real/p/build/sub", Some(".")),
            ("/real/p/build/sub/", Some(".")),
            ("/real/p/build/submarine", Some("../submarine")),
            ("/real/p", Some("../..")),
            ("/real/p/build/sub/../x", Some("../x")),
            ("/real/p/build//sub//x", Some("x")),
            ("/real/p/build/sub/-x.c", Some("./-x.c")),
            ("/real/p/build/sub/@x", Some("./@x")),
            ("/link/src/a.c", Some("../../src/a.c")),
            ("/real/p/tool/include", None),
            ("/real/p2/a.c", None),
            ("/usr/include", None),
            ("a.c", None),
        ] {
            assert_eq!(relative.path(path.as_bytes()).as_deref(), expected.map(str::as_bytes), "{path}");
        }
    }

    #[test]
    fn outside_of_the_root_nothing_is_relative() {
        assert!(Relative::new(&place("/elsewhere", None)).is_none());
        let everything = Place::new("/a".into(), None, "/".into(), None, &[], &[]);
        assert!(Relative::new(&everything).is_none());
    }

    fn typed(spellings: &Spellings, name: &str) -> Option<String> {
        spellings.typed(name.as_bytes()).name.map(|name| String::from_utf8(name).expect("UTF-8"))
    }

    #[test]
    fn names_come_back_as_they_were_typed() {
        let mut spellings = Spellings::default();
        assert!(spellings.add(&Pair::of_file(b"../src/a.c", b"/p/src/a.c")));
        assert!(spellings.add(&[Pair::of_dir(b"..", b"/p", false)]));
        assert!(spellings.add(&[Pair::of_dir(b".", b"/p/build/", true)]));
        assert!(spellings.add(&[Pair::of_dir(b"../inc//", b"/p/inc//", false)]));
        for (name, expected) in [
            ("../src/a.c", Some("/p/src/a.c")),
            ("../src/../x.h", Some("/p/src/../x.h")),
            ("../source/x.h", Some("/p/source/x.h")),
            ("../inc//x.h", Some("/p/inc//x.h")),
            ("x.h", Some("/p/build/x.h")),
            ("./x.h", Some("/p/build/x.h")),
            ("/usr/include/x.h", None),
        ] {
            assert_eq!(typed(&spellings, name).as_deref(), expected, "{name}");
        }
        assert!(spellings.typed(b"x.h").system);
    }

    #[test]
    fn what_could_have_been_typed_in_two_ways_is_refused() {
        let file = |given: &str, typed: &str| Pair::of_file(given.as_bytes(), typed.as_bytes()).to_vec();
        let dir = |given: &str, typed: &str| vec![Pair::of_dir(given.as_bytes(), typed.as_bytes(), false)];
        for (first, second, agree) in [
            (dir("src", "src"), file("src/a.c", "/p/src/a.c"), false),
            (file("gen.c", "gen.c"), dir(".", "/p"), false),
            (file("gen.c", "gen.c"), dir("inc", "/p/inc"), false),
            (file("gen.c", "gen.c"), dir("../inc", "/p/inc"), false),
            (file("gen.c", "gen.c"), dir("inc", "inc"), true),
            (dir(".", "/p"), file("src/gen.c", "src/gen.c"), false),
            (file("src/gen.c", "src/gen.c"), dir("inc", "/p/inc"), true),
            (file("gen.c", "/p/gen.c"), dir(".", "/p"), true),
            (file("gen.c", "/p/gen.c"), dir(".", "/p//"), false),
            (file("gen.c", "/p/build/gen.c"), dir("../inc", "/p/inc"), true),
            (dir("inc", "/p/inc"), dir("inc", "/link/inc"), false),
            (dir("inc", "/p/inc"), dir("inc/sub", "/p/inc/sub"), true),
            (file("a.c", "/p/a.c"), file("b.c", "/p/b.c"), true),
        ] {
            for (one, other) in [(&first, &second), (&second, &first)] {
                let mut spellings = Spellings::default();
                assert!(spellings.add(one));
                assert_eq!(spellings.add(other), agree, "{one:?} {other:?}");
            }
        }
    }
}
