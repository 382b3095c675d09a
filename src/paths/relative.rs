//! Paths under the watch root, made relative to the working directory, and back as they were typed. Pure.
//!
//! The `relative` mode gives the compiler `../src/a.c` for `/checkout/src/a.c`, so that nothing it writes can hold the
//! checkout's place. What people and build tools read, diagnostics and depfiles, is to name the files as the command
//! line did; [`Spellings`] turns names back.

use super::{Base, Place, dir_of, without_dot_slash};
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
            // No option and no response file.
            Some(b'-' | b'@') => relative.splice(..0, *b"./").for_each(drop),
            Some(_) => {}
        }
        Some(relative)
    }
}

/// Which relative names stand for which typed ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spellings {
    /// Directories and files as the compiler was given them, without `./`, and as they were typed; the longest first.
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Spellings {
    /// A file was typed so; what is included beside it is named after its directory.
    pub fn file(&mut self, relative: &[u8], typed: &[u8]) {
        self.pair(relative, typed);
        self.directory(dir_of(relative), dir_of(typed));
    }

    /// A directory was typed so. One that was typed relative is its own: its names stay as they are.
    pub fn directory(&mut self, relative: &[u8], typed: &[u8]) {
        self.pair(without_end(relative), without_end(typed));
    }

    /// Whether the compiler was given this very path.
    pub fn is_given(&self, name: &[u8]) -> bool {
        self.pairs.iter().any(|(relative, _)| !relative.is_empty() && relative == plain(name))
    }

    fn pair(&mut self, relative: &[u8], typed: &[u8]) {
        let relative = plain(relative).to_vec();
        // Of two that were typed in different ways the first wins: both are the same file.
        let at = self.pairs.partition_point(|(known, _)| known.len() >= relative.len());
        if !self.pairs.iter().any(|(known, _)| *known == relative) {
            self.pairs.insert(at, (relative, typed.to_vec()));
        }
    }

    /// `name`, which the compiler made of what it was given, as it would have made it of what was typed; `None` where
    /// that is no other name.
    pub fn typed(&self, name: &[u8]) -> Option<Vec<u8>> {
        if name.first() == Some(&b'/') {
            return None;
        }
        let name = plain(name);
        for (relative, typed) in &self.pairs {
            let Some(rest) = name.strip_prefix(relative.as_slice()) else { continue };
            let rest = match (relative.is_empty(), rest) {
                (false, [] | [b'/', ..]) => rest.to_vec(),
                (true, [_, ..]) => [b"/", rest].concat(),
                (true, []) => Vec::new(),
                _ => continue,
            };
            return (typed.first() == Some(&b'/')).then(|| [typed.as_slice(), &rest].concat());
        }
        None
    }
}

/// Without `./` before it; the working directory itself is empty.
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

fn without_end(dir: &[u8]) -> &[u8] {
    let slashes = dir.iter().rev().take_while(|byte| **byte == b'/').count();
    &dir[..dir.len() - slashes]
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

    #[test]
    fn names_come_back_as_they_were_typed() {
        let mut spellings = Spellings::default();
        spellings.file(b"../src/a.c", b"/p/src/a.c");
        spellings.directory(b"../", b"/p");
        spellings.directory(b".", b"/p/build/");
        spellings.directory(b"../src/deep", b"../src/deep");
        for (name, expected) in [
            ("../src/a.c", Some("/p/src/a.c")),
            ("../src/../x.h", Some("/p/src/../x.h")),
            ("../source/x.h", Some("/p/source/x.h")),
            ("x.h", Some("/p/build/x.h")),
            ("./x.h", Some("/p/build/x.h")),
            ("../src/deep/x.h", None),
            ("/usr/include/x.h", None),
        ] {
            assert_eq!(spellings.typed(name.as_bytes()).as_deref(), expected.map(str::as_bytes), "{name}");
        }
    }
}
