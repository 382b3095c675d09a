//! Environment, file and defaults, resolved key by key.
//!
//! Every error is collected, so that `packer-cc config` shows all of them at once; the wrapper stops at the first.

use super::file::ConfigFile;
use super::keys::{self, Author, COUNT, Key};
use super::settings::{Config, ConfigError, LeftOut};
use super::value::{self, ValueKind};
use super::{root, suggest};
use crate::environment::Environment;
use crate::faults;
use crate::paths::NamedRoot;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// The store's bound where nobody gives one.
const DEFAULT_MAX_SIZE: u64 = 5 << 30;

/// Who gave a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Giver {
    Default,
    Environment,
    File,
}

/// A configuration with what there is to say about it. A setting whose value is wrong has its default.
pub struct Resolution {
    pub config: Config,
    /// Who gave each value, in the order of [`keys::KEYS`].
    pub givers: [Giver; COUNT],
    pub errors: Vec<ConfigError>,
    /// Names that are accepted and not used yet.
    pub reserved: Vec<String>,
}

/// Resolves everything for a command running in `cwd`.
pub fn resolve(environment: &Environment, cwd: &Path) -> Resolution {
    let mut errors = Vec::new();
    let file = ConfigFile::nearest(cwd).unwrap_or_else(|error| {
        errors.push(error);
        None
    });
    let table = file.as_ref().and_then(|file| file.parse().map_err(|error| errors.push(error)).ok());
    let file = file.as_ref().zip(table.as_ref());
    if let Some((file, table)) = file {
        errors.extend(file.unknown_keys(table));
    }
    errors.extend(unknown_variables(environment));
    Resolver { environment, cwd, file, givers: [Giver::Default; COUNT], errors, left_out: Vec::new() }.run()
}

struct Resolver<'a> {
    environment: &'a Environment,
    cwd: &'a Path,
    file: Option<(&'a ConfigFile, &'a DeTable<'a>)>,
    givers: [Giver; COUNT],
    errors: Vec<ConfigError>,
    left_out: Vec<LeftOut>,
}

impl Resolver<'_> {
    fn run(mut self) -> Resolution {
        let dir = self.get(Key::Dir, &value::PATH);
        let dir = dir.or_else(|| self.default_dir()).unwrap_or_default();
        let declared_root = self.declared_root();
        let root = match &declared_root {
            Some(root) => root.clone(),
            None => root::of_repository(self.cwd).unwrap_or(self.cwd).to_owned(),
        };
        let roots = self.roots();
        let mut config = Config {
            dir,
            declared_root,
            root,
            roots,
            home: self.get(Key::Home, &value::SWITCH).unwrap_or(true),
            paths: self.get(Key::Paths, &value::PATHS_MODE),
            compiler: self.get(Key::Compiler, &value::WORDS),
            cxx_compiler: self.get(Key::CxxCompiler, &value::WORDS),
            disable: self.get(Key::Disable, &value::SWITCH).unwrap_or_default(),
            readonly: self.get(Key::Readonly, &value::SWITCH).unwrap_or_default(),
            recache: self.get(Key::Recache, &value::SWITCH).unwrap_or_default(),
            paranoid: self.get(Key::Paranoid, &value::SWITCH).unwrap_or_default(),
            max_size: self.get(Key::MaxSize, &value::SIZE).unwrap_or(DEFAULT_MAX_SIZE),
            namespace: self.get(Key::Namespace, &value::TEXT).unwrap_or_default(),
            extra_files: self.get(Key::ExtraFiles, &value::PATHS).unwrap_or_default(),
            verify: self.get(Key::Verify, &value::SHARE).unwrap_or_default(),
            ask: self.get(Key::Ask, &value::ASK).unwrap_or_default(),
            log: self.get(Key::Log, &value::PATH),
            shared: self.get(Key::Shared, &value::SWITCH).unwrap_or_default(),
            file: self.file.map(|(file, _)| file.path.clone()),
            left_out: Vec::new(),
        };
        let reserved = self.reserved();
        config.left_out = self.left_out;
        Resolution { config, givers: self.givers, errors: self.errors, reserved }
    }

    /// The value of `key`: that of the variable or, where this is unset or empty, that of the file.
    fn get<T>(&mut self, key: Key, kind: &ValueKind<T>) -> Option<T> {
        let names = key.names();
        let (giver, read) = if let Some(text) = self.environment.get_nonempty(names.variable) {
            let wrong = || {
                let shown = if may_be_shown(key) { format!("={}", text.display()) } else { String::new() };
                ConfigError(format!("{}{shown}: expected {}", names.variable, kind.expected_text))
            };
            (Giver::Environment, (kind.text)(text, self.cwd).ok_or_else(wrong))
        } else {
            let (file, table) = self.file?;
            let value = table.get(names.name)?;
            if let (Author::Trusted, Some(owner)) = (names.author, file.stranger) {
                let (name, path, variable) = (names.name, file.path.display(), names.variable);
                let text = format!(
                    "`{name}` in {path} is left out: the file is user {owner}'s; set {variable} instead, or chown it"
                );
                self.left_out.push(LeftOut { name, text });
                return None;
            }
            let wrong = || file.wrong_value(names.name, value, kind.expected_toml, may_be_shown(key));
            (Giver::File, (kind.toml)(value.get_ref(), &file.dir).ok_or_else(wrong))
        };
        match read {
            Ok(value) => {
                self.givers[key as usize] = giver;
                Some(value)
            }
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// `PACKER_CC_ROOT`, the file's `root`, or the file's own directory, which is canonical because `cwd` is.
    fn declared_root(&mut self) -> Option<PathBuf> {
        let Some(path) = self.get(Key::Root, &value::PATH) else {
            let (file, _) = self.file?;
            self.givers[Key::Root as usize] = Giver::File;
            return Some(file.dir.clone());
        };
        let place = match (self.givers[Key::Root as usize], self.file) {
            (Giver::File, Some((file, _))) => file.path.display().to_string(),
            _ => Key::Root.names().variable.to_owned(),
        };
        root::declared(&path, &place).map_err(|error| self.errors.push(error)).ok()
    }

    /// Further roots, which must be there.
    fn roots(&mut self) -> Vec<NamedRoot> {
        let roots = self.get(Key::Roots, &value::ROOTS).unwrap_or_default();
        let place = match (self.givers[Key::Roots as usize], self.file) {
            (Giver::File, Some((file, _))) => file.path.display().to_string(),
            _ => Key::Roots.names().variable.to_owned(),
        };
        let mut named = Vec::with_capacity(roots.len());
        for (name, path) in roots {
            match root::declared(&path, &place) {
                Ok(real) => named.push(NamedRoot { name, path, real }),
                Err(error) => self.errors.push(error),
            }
        }
        named
    }

    /// The platform's cache directory.
    fn default_dir(&mut self) -> Option<PathBuf> {
        // An error in the value given is reported already; another about the default would only hide it.
        let given = self.environment.get_nonempty(Key::Dir.names().variable).is_some();
        let caches = match self.environment.get_nonempty("XDG_CACHE_HOME").map(PathBuf::from) {
            Some(caches) if caches.is_absolute() => Some(caches),
            // Without HOME, `dirs` would ask the user database, which a static executable can only read by loading
            // the C library's modules at run time: slow at best, a crash where the versions differ.
            _ => self.environment.get_nonempty("HOME").and_then(|_| dirs::cache_dir()),
        };
        let dir = caches.filter(|caches| caches.is_absolute()).map(|caches| caches.join("packer-cc"));
        if dir.is_none() && !given {
            self.errors.push(ConfigError(
                "there is no place for the cache: PACKER_CC_DIR is not set, and neither XDG_CACHE_HOME nor HOME names \
                 an absolute path; set PACKER_CC_DIR to a directory"
                    .to_owned(),
            ));
        }
        dir
    }

    fn reserved(&self) -> Vec<String> {
        let mut reserved = Vec::new();
        for (name, variable) in keys::RESERVED {
            if self.environment.get_nonempty(variable).is_some() {
                reserved.push(variable.to_owned());
            }
            if let Some((file, _)) = self.file.filter(|(_, table)| table.contains_key(name)) {
                reserved.push(format!("`{name}` in {}", file.path.display()));
            }
        }
        reserved
    }
}

/// One error for every variable that looks like ours and is not.
fn unknown_variables(environment: &Environment) -> Vec<ConfigError> {
    let ours = |name: &OsStr| keys::PREFIXES.iter().any(|prefix| name.as_bytes().starts_with(prefix.as_bytes()));
    let mut errors = Vec::new();
    for (name, _) in environment.iter().filter(|(name, value)| ours(name) && !value.is_empty()) {
        let known = || keys::KEYS.iter().map(|row| row.variable).chain(keys::RESERVED.iter().map(|(_, name)| *name));
        if known().chain(keys::INTERNAL).chain(faults::VARIABLES.iter().copied()).any(|known| name == known) {
            continue;
        }
        let name = name.to_string_lossy();
        errors.push(ConfigError(match near_variable(&name, known()) {
            Some(near) => format!("unknown variable {name}; did you mean {near}?"),
            None => format!("unknown variable {name}; `packer-cc config` lists those there are"),
        }));
    }
    errors
}

/// The variable that was probably meant. Every name begins with one of [`keys::PREFIXES`], so only what follows tells whether one is near.
/// Of two that are as near, it is the one with the prefix that was typed.
fn near_variable<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (prefix, typed) = split_prefix(typed)?;
    let mut known: Vec<_> = known.filter_map(|name| Some((split_prefix(name)?, name))).collect();
    known.sort_by_key(|((other, _), _)| *other != prefix);
    let near = suggest::nearest(typed, known.iter().map(|((_, rest), _)| *rest))?;
    known.iter().find(|((_, rest), _)| *rest == near).map(|(_, name)| *name)
}

/// Whether an error may repeat the value of the setting. Errors are recorded, and a command line, or a namespace that others must not
/// guess, does not belong there.
fn may_be_shown(key: Key) -> bool {
    !matches!(key, Key::Compiler | Key::CxxCompiler | Key::Namespace)
}

fn split_prefix(name: &str) -> Option<(&'static str, &str)> {
    keys::PREFIXES.iter().find_map(|prefix| Some((*prefix, name.strip_prefix(prefix)?)))
}
