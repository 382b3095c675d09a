//! Where a compile happens, and how paths and texts are spelled by the place's bases and back.

use super::base::{Base, HOME, NAMED_ROOTS, Rooted};
use super::spelling::{below, path};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

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
    pub(super) bases: Vec<(Base, Vec<u8>)>,
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

/// The name of the root that is the home directory, as shells write it.
pub const HOME_NAME: &str = "~";

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
        let mut place = Self { cwd, pwd, root, toolchain, bases };
        place.order();
        place
    }

    /// The place with the home directory as a root. Where it lies in the watch root, or is that, it is none.
    #[must_use]
    pub fn with_home(mut self, home: &NamedRoot) -> Self {
        if home.real.starts_with(&self.root) {
            return self;
        }
        for (base, path) in [(Base::Named(HOME), &home.path), (Base::NamedReal(HOME), &home.real)] {
            let path = bytes(path);
            if path.len() > 1 && !self.bases.iter().any(|(_, known)| *known == path) {
                self.bases.push((base, path));
            }
        }
        self.order();
        self
    }

    /// Puts the longest bases first.
    pub(super) fn order(&mut self) {
        self.bases.sort_by(|left, right| right.1.len().cmp(&left.1.len()).then(left.0.cmp(&right.0)));
    }

    /// The place without its [`Base::RootAlias`] if `is_root` says that this is not the root. `$PWD` may reach the working directory by a
    /// link further down (`node_modules/pkg` for `pkg`), and what is above that link is then another directory.
    #[must_use]
    pub fn with_true_alias(mut self, is_root: impl Fn(&Path) -> bool) -> Self {
        let Some(pwd) = self.pwd.as_deref().map(bytes) else { return self };
        for (base, prefix) in &mut self.bases {
            if *base == Base::RootAlias && !is_root(path(prefix)) {
                *base = Base::CwdAlias;
                prefix.clone_from(&pwd);
            }
        }
        self.order();
        self
    }

    /// Names `path`, as spelled, relative to the longest base it is under.
    pub fn rooted(&self, path: &[u8]) -> Rooted {
        if path.first() != Some(&b'/') {
            return Rooted { base: Base::Relative, rest: path.to_vec() };
        }
        for (base, prefix) in &self.bases {
            if let Some(rest) = below(path, prefix) {
                return Rooted { base: *base, rest: rest.to_vec() };
            }
        }
        Rooted { base: Base::Absolute, rest: path.to_vec() }
    }

    /// No base reaches this absolute path.
    pub fn is_outside(&self, path: &[u8]) -> bool {
        !self.bases.iter().any(|(_, prefix)| below(path, prefix).is_some())
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

    /// Spellings of the root and the working directory that a result could hold. Empty where one of them is `/`:
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
            && let Some(rest) = below(dir, toolchain.as_os_str().as_bytes())
        {
            return Rooted { base: Base::Toolchain, rest: rest.to_vec() };
        }
        self.rooted(dir)
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn place() -> Place {
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
}
