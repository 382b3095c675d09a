//! Rooted paths: how a path is named in keys and in the store, so that the name means the same file in another
//! checkout, under another toolchain directory and on another machine. Pure: nothing here looks at the disk.
//!
//! A path is matched against the bases of a [`Place`] *as it is spelled*, and never normalised: `a/../b` and `b`
//! are the same file only if no symlink is involved, and a compiler given the one prints the one. A relative path
//! stays relative to the working directory. Two commands whose rooted arguments agree therefore make the same
//! compiler take the same steps over corresponding files.

pub mod relative;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a rooted path is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Base {
    /// Absolute, outside of every base.
    Absolute,
    /// Relative as spelled: to the working directory.
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
    /// A root the user named (`sdk=/opt/sdk`), as given, by its place among the names in order.
    Named(u8),
    /// The same, canonical, where that is another spelling.
    NamedReal(u8),
}

/// Stored bytes from here on are numbers of include directories.
const BUILTIN_BYTE: u8 = 16;
/// From here on, of named roots as they are spelled,
const NAMED_BYTE: u8 = 128;
/// and from here on of named roots without symlinks.
const NAMED_REAL_BYTE: u8 = 192;

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
            Self::Builtin(nth) => BUILTIN_BYTE + nth.min(NAMED_BYTE - BUILTIN_BYTE - 1),
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

/// Where a compile happens: everything a path, an object or a message could give away about the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The working directory, canonical.
    pub cwd: PathBuf,
    /// `$PWD` where it is another spelling of the working directory.
    pub pwd: Option<PathBuf>,
    /// The watch root, canonical.
    pub root: PathBuf,
    /// The compiler's own directory (gcc: where `cc1` is; clang: the resource directory), as the compiler spells
    /// it, without a trailing slash.
    pub toolchain: Option<PathBuf>,
    /// Absolute prefixes with their base, longest first.
    bases: Vec<(Base, Vec<u8>)>,
}

/// A root that the user named: `sdk=/opt/sdk`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRoot {
    /// The name, which stands for the directory in keys and, in the `relative` mode, in debug data.
    pub name: String,
    /// The directory as given, absolute.
    pub path: PathBuf,
    /// The directory without symlinks.
    pub real: PathBuf,
}

/// The name of the root that nobody has to name: the compiler's own directory.
pub const TOOLCHAIN_NAME: &str = "toolchain";

/// No more roots can be named.
pub const NAMED_ROOTS: usize = 32;

impl Place {
    /// A place; `pwd` is given only if it names the same directory as `cwd` by another path.
    /// `builtin` are the canonical paths of those include directories that move with the toolchain, by number;
    /// `named` the roots the user named, at most [`NAMED_ROOTS`], in the order of their names.
    pub fn new(
        cwd: PathBuf,
        pwd: Option<PathBuf>,
        root: PathBuf,
        toolchain: Option<PathBuf>,
        builtin: &[(u8, PathBuf)],
        named: &[NamedRoot],
    ) -> Self {
        let mut bases = vec![(Base::Root, bytes(&root))];
        // `$PWD` = X/rest with the working directory = root/rest: X is the root under another name.
        let alias = pwd.as_deref().and_then(|pwd| {
            let below = cwd.strip_prefix(&root).ok()?;
            let mut alias = pwd;
            for component in below.components().rev() {
                if alias.file_name() != Some(component.as_os_str()) {
                    return None;
                }
                alias = alias.parent()?;
            }
            Some(bytes(alias))
        });
        if let Some(alias) = alias {
            bases.push((Base::RootAlias, alias));
        } else if let Some(pwd) = &pwd {
            bases.push((Base::CwdAlias, bytes(pwd)));
        }
        if cwd.strip_prefix(&root).is_err() {
            bases.push((Base::Cwd, bytes(&cwd)));
        }
        if let Some(toolchain) = &toolchain {
            bases.push((Base::Toolchain, bytes(toolchain)));
        }
        bases.extend(builtin.iter().map(|(nth, path)| (Base::Builtin(*nth), bytes(path))));
        for (nth, root) in (0_u8..).zip(named.iter().take(NAMED_ROOTS)) {
            bases.push((Base::Named(nth), bytes(&root.path)));
            if root.real.as_os_str() != root.path.as_os_str() {
                bases.push((Base::NamedReal(nth), bytes(&root.real)));
            }
        }
        // A base of "/" would claim every path and prove nothing.
        bases.retain(|(_, prefix)| prefix.len() > 1);
        bases.sort_by(|left, right| right.1.len().cmp(&left.1.len()).then(left.0.cmp(&right.0)));
        Self { cwd, pwd, root, toolchain, bases }
    }

    /// The place without a root under another name that `is_root` denies: `$PWD` may reach the working directory by a link
    /// further down (`node_modules/pkg` for `pkg`), and what is above it there is then another directory.
    #[must_use]
    pub fn with_true_alias(mut self, is_root: impl Fn(&Path) -> bool) -> Self {
        let Some(pwd) = self.pwd.as_deref().map(bytes) else { return self };
        for (base, prefix) in &mut self.bases {
            if *base == Base::RootAlias && !is_root(path(prefix)) {
                *base = Base::CwdAlias;
                prefix.clone_from(&pwd);
            }
        }
        self.bases.sort_by(|left, right| right.1.len().cmp(&left.1.len()).then(left.0.cmp(&right.0)));
        self
    }

    /// Names `path`, as spelled, relative to the longest base it is under.
    pub fn rooted(&self, path: &[u8]) -> Rooted {
        if path.first() != Some(&b'/') {
            return Rooted { base: Base::Relative, rest: path.to_vec() };
        }
        for (base, prefix) in &self.bases {
            if let Some(rest) = path.strip_prefix(prefix.as_slice())
                && (rest.is_empty() || rest[0] == b'/')
            {
                return Rooted { base: *base, rest: rest.to_vec() };
            }
        }
        Rooted { base: Base::Absolute, rest: path.to_vec() }
    }

    /// No base reaches this absolute path.
    pub fn is_outside(&self, path: &[u8]) -> bool {
        !self.bases.iter().any(|(_, prefix)| {
            path.strip_prefix(prefix.as_slice()).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
        })
    }

    /// The path `rooted` names in this place, spelled as the compiler would spell it here; `None` where this
    /// place has no such base.
    pub fn spelled(&self, base: Base, rest: &[u8]) -> Option<Vec<u8>> {
        if matches!(base, Base::Absolute | Base::Relative) {
            return Some(rest.to_vec());
        }
        let (_, prefix) = self.bases.iter().find(|(known, _)| *known == base)?;
        let mut path = Vec::with_capacity(prefix.len() + rest.len());
        path.extend_from_slice(prefix);
        path.extend_from_slice(rest);
        Some(path)
    }

    /// Puts the full path of what `rooted` names in this place into `path`; false where this place has no such base.
    pub fn spell_full(&self, rooted: &Rooted, path: &mut Vec<u8>) -> bool {
        path.clear();
        match rooted.base {
            Base::Absolute => {}
            Base::Relative if rooted.rest.first() == Some(&b'/') => {}
            Base::Relative => {
                path.extend_from_slice(self.cwd.as_os_str().as_bytes());
                path.push(b'/');
            }
            base => match self.bases.iter().find(|(known, _)| *known == base) {
                Some((_, prefix)) => path.extend_from_slice(prefix),
                None => return false,
            },
        }
        path.extend_from_slice(&rooted.rest);
        true
    }

    /// A text in which paths may stand behind `=`, `,` or `:`, made comparable between places: every occurrence of
    /// a base at such a border is replaced by a mark that no argument can hold.
    pub fn rooted_text(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        'text: while at < text.len() {
            if text[at] == b'/' && (at == 0 || matches!(text[at - 1], b'=' | b',' | b':' | b';')) {
                for (base, prefix) in &self.bases {
                    if let Some(rest) = text[at..].strip_prefix(prefix.as_slice())
                        && (rest.is_empty() || matches!(rest[0], b'/' | b'=' | b',' | b':' | b';'))
                    {
                        out.extend_from_slice(&[0, base.byte()]);
                        at += prefix.len();
                        continue 'text;
                    }
                }
            }
            out.push(text[at]);
            at += 1;
        }
        out
    }

    /// A text with each base in it, where a path begins with it and goes on behind it, replaced by a mark, so that it
    /// can be said again in another place; `None` if the text could not be told from its marks. `/r` is no base in
    /// `/x/r/a.h`: that path stays what it is, wherever the root is.
    pub fn template(&self, text: &[u8]) -> Option<Vec<u8>> {
        if memchr::memchr(0, text).is_some() {
            return None;
        }
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        'text: while let Some(found) = memchr::memchr(b'/', &text[at..]) {
            out.extend_from_slice(&text[at..at + found]);
            at += found;
            let bases = if begins_path(&text[..at]) { self.bases.as_slice() } else { &[] };
            for (base, prefix) in bases {
                if text[at..].starts_with(prefix) && text.get(at + prefix.len()) == Some(&b'/') {
                    out.extend_from_slice(&[0, base.byte()]);
                    at += prefix.len();
                    // The slash that goes on is text.
                    out.push(b'/');
                    at += 1;
                    continue 'text;
                }
            }
            out.push(b'/');
            at += 1;
        }
        out.extend_from_slice(&text[at..]);
        Some(out)
    }

    /// The text of a template in this place; `None` if it is damaged or this place lacks one of the bases.
    pub fn fill(&self, template: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some(mark) = memchr::memchr(0, rest) {
            out.extend_from_slice(&rest[..mark]);
            out.extend_from_slice(&self.spelled(Base::from_byte(*rest.get(mark + 1)?)?, b"")?);
            rest = &rest[mark + 2..];
        }
        out.extend_from_slice(rest);
        Some(out)
    }

    /// Spellings of the root and the working directory that a result could hold. Empty where the root is `/`:
    /// then everything is bound.
    pub fn root_needles(&self) -> Vec<Vec<u8>> {
        let mut needles = self.root_spellings();
        if needles.iter().any(|needle| needle.len() <= 1) {
            return Vec::new();
        }
        needles.sort();
        needles.dedup();
        // A needle that another is a prefix of is found with it.
        let all = needles.clone();
        needles.retain(|needle| !all.iter().any(|other| other.len() < needle.len() && needle.starts_with(other)));
        needles
    }

    /// All spellings of the root and the working directory.
    pub fn root_spellings(&self) -> Vec<Vec<u8>> {
        let alias = self.bases.iter().filter(|(base, _)| *base == Base::RootAlias).map(|(_, prefix)| prefix.clone());
        let paths = [Some(&self.root), Some(&self.cwd), self.pwd.as_ref()].into_iter().flatten();
        paths.map(|path| bytes(path)).chain(alias).collect()
    }

    /// Spellings of the toolchain's directory that a result could hold.
    pub fn toolchain_needles(&self) -> Vec<Vec<u8>> {
        let of_toolchain = |base: &Base| matches!(base, Base::Toolchain | Base::Builtin(_));
        self.bases.iter().filter(|(base, _)| of_toolchain(base)).map(|(_, prefix)| prefix.clone()).collect()
    }

    /// Spellings of the named roots that a result could hold.
    pub fn named_needles(&self) -> Vec<Vec<u8>> {
        let is_named = |base: &Base| matches!(base, Base::Named(_) | Base::NamedReal(_));
        self.bases.iter().filter(|(base, _)| is_named(base)).map(|(_, prefix)| prefix.clone()).collect()
    }

    /// Every base with its absolute prefix, the longest first.
    pub fn bases(&self) -> impl DoubleEndedIterator<Item = (Base, &[u8])> {
        self.bases.iter().map(|(base, prefix)| (*base, prefix.as_slice()))
    }

    /// Names one of the compiler's own include directories: by the toolchain's own spelling alone, so that it is
    /// the same name wherever the toolchain stands.
    pub fn rooted_builtin(&self, dir: &[u8]) -> Rooted {
        if let Some(toolchain) = &self.toolchain
            && let Some(rest) = dir.strip_prefix(toolchain.as_os_str().as_bytes())
            && (rest.is_empty() || rest[0] == b'/')
        {
            return Rooted { base: Base::Toolchain, rest: rest.to_vec() };
        }
        self.rooted(dir)
    }
}

/// What stands before a slash cannot be the beginning of the same path: nothing, a blank, a bracket, a quote, or the
/// end of a colour.
fn begins_path(before: &[u8]) -> bool {
    let Some(last) = before.last() else { return true };
    if last.is_ascii_whitespace() || b"\"'`([{<=,:;|".contains(last) {
        return true;
    }
    // gcc quotes with these where the locale has them.
    if before.ends_with("\u{2018}".as_bytes()) || before.ends_with("\u{201c}".as_bytes()) {
        return true;
    }
    let parameters = before[..before.len() - 1].iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';');
    let colour = &before[..before.len() - 1 - parameters.count()];
    matches!(last, b'm' | b'K') && colour.ends_with(b"\x1b[")
}

fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

/// A path from bytes; on Unix every sequence of bytes is one.
pub fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// `dir/name` as a compiler builds it from a search directory and an include name.
pub fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    if dir.is_empty() || name.first() == Some(&b'/') {
        return name.to_vec();
    }
    let mut path = Vec::with_capacity(dir.len() + 1 + name.len());
    path.extend_from_slice(dir);
    if dir.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// An absolute path without `.`, `..` and slashes too many, as if nothing on it was a symlink.
pub fn normal(path: &[u8]) -> Vec<u8> {
    let mut components: Vec<&[u8]> = Vec::new();
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => drop(components.pop()),
            component => components.push(component),
        }
    }
    [b"/", components.join(&b'/').as_slice()].concat()
}

/// The directory part of a path as spelled, without its slash: empty for a bare name, `/` for a file in the root.
pub fn dir_of(path: &[u8]) -> &[u8] {
    match memchr::memrchr(b'/', path) {
        Some(0) => &path[..1],
        Some(at) => &path[..at],
        None => &[],
    }
}

/// A path as its directory, as in [`dir_of`], and its last component.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let dir = dir_of(path);
    let name = &path[dir.len()..];
    (dir, name.strip_prefix(b"/").unwrap_or(name))
}

/// `./x` as `x`: both compilers write depfiles so.
pub fn without_dot_slash(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path.strip_prefix(b"./") {
        path = rest;
        while let Some(rest) = path.strip_prefix(b"/") {
            path = rest;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::new(
            "/real/p/build".into(),
            Some("/link/build".into()),
            "/real/p".into(),
            Some("/opt/t/lib/gcc/avr/5".into()),
            &[(0, "/opt/t/lib/avr/include".into())],
            &[],
        )
    }

    #[test]
    fn paths_are_named_by_their_longest_base() {
        let cases: &[(&str, Base, &str)] = &[
            ("a.c", Base::Relative, "a.c"),
            ("../a.c", Base::Relative, "../a.c"),
            ("/real/p/a.c", Base::Root, "/a.c"),
            ("/real/p", Base::Root, ""),
            ("/real/pq/a.c", Base::Absolute, "/real/pq/a.c"),
            ("/link/a.c", Base::RootAlias, "/a.c"),
            ("/opt/t/lib/gcc/avr/5/../../../avr/include/x.h", Base::Toolchain, "/../../../avr/include/x.h"),
            ("/opt/t/lib/avr/include/x.h", Base::Builtin(0), "/x.h"),
            ("/usr/include/stdio.h", Base::Absolute, "/usr/include/stdio.h"),
        ];
        for (path, base, rest) in cases {
            let rooted = place().rooted(path.as_bytes());
            assert_eq!((rooted.base, rooted.rest.as_slice()), (*base, rest.as_bytes()), "{path}");
            assert_eq!(place().spelled(rooted.base, &rooted.rest).as_deref(), Some(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn a_working_directory_outside_the_root_is_a_base() {
        let place = Place::new("/b".into(), None, "/r".into(), None, &[], &[]);
        assert_eq!(place.rooted(b"/b/x").base, Base::Cwd);
        assert_eq!(place.root_needles(), [b"/b".to_vec(), b"/r".to_vec()]);
    }

    #[test]
    fn the_file_systems_root_is_no_base_and_binds_everything() {
        let place = Place::new("/".into(), None, "/".into(), None, &[], &[]);
        assert_eq!(place.rooted(b"/x").base, Base::Absolute);
        assert!(place.root_needles().is_empty());
    }

    #[test]
    fn bases_in_texts_are_marked_at_borders_only() {
        assert_eq!(place().rooted_text(b"-fdebug-prefix-map=/real/p=/x"), b"-fdebug-prefix-map=\0\x02=/x");
        assert_eq!(place().rooted_text(b"x/real/p"), b"x/real/p");
        assert_eq!(place().rooted_text(b"=/real/pq"), b"=/real/pq");
    }

    #[test]
    fn texts_are_said_again_in_another_place() {
        let text = b"In file included from /real/p/a.h:1,\n from /real/pq/x /opt/t/lib/avr/include/y.h \x1b[m/real/p";
        let template = place().template(text).unwrap();
        assert_eq!(place().fill(&template).unwrap(), text);
        let other = Place::new("/q".into(), None, "/q".into(), None, &[(0, "/tc".into())], &[]);
        let expected = b"In file included from /q/a.h:1,\n from /real/pq/x /tc/y.h \x1b[m/real/p";
        assert_eq!(other.fill(&template).unwrap(), expected);
    }

    #[test]
    fn a_base_within_a_path_is_none() {
        let colour = "\x1b[01m\x1b[K";
        for before in ["", " ", "'", "\u{2018}", "-I ", "x=", "a:", "(", "\n", colour, "\x1b[m"] {
            let text = format!("{before}/real/p/a.h");
            let expected = [before.as_bytes(), b"\0\x02/a.h"].concat();
            assert_eq!(place().template(text.as_bytes()).unwrap(), expected, "{text}");
        }
        for before in ["/x", "x", "..", ".", "/", "-I", "m", "[01m", ")", "\u{e4}"] {
            let text = format!("{before}/real/p/a.h");
            assert_eq!(place().template(text.as_bytes()).unwrap(), text.as_bytes(), "{text}");
        }
    }

    #[test]
    fn names_are_taken_apart_as_spelled() {
        assert_eq!(dir_of(b"a.c"), b"");
        assert_eq!(dir_of(b"/a.c"), b"/");
        assert_eq!(dir_of(b"x/y/a.c"), b"x/y");
        assert_eq!(join(b"", b"a"), b"a");
        assert_eq!(join(b"x", b"a"), b"x/a");
        assert_eq!(join(b"x", b"/a"), b"/a");
        assert_eq!(without_dot_slash(b".//./a"), b"a");
    }
}
