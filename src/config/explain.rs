//! The configuration as `packer-cc config` shows it: each value with where it comes from.

use super::keys::{KEYS, Key};
use super::resolve::{Giver, resolve};
use super::settings::{Config, ConfigError, Share};
use crate::environment::Environment;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One setting with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its key in `.packer-cc.toml`.
    pub key: &'static str,
    /// Its environment variable.
    pub variable: &'static str,
    /// The value for people; empty where there is none.
    pub value: String,
    /// Who gave it.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody gave one.
    Default,
    /// The environment variable of this name.
    Environment(&'static str),
    /// The `.packer-cc.toml` at this path.
    File(PathBuf),
}

/// Everything there is to say about the configuration in one place.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Every setting; one whose value is wrong shows what would hold without it.
    pub settings: Vec<Setting>,
    /// All that is wrong; [`Config::load`] fails with the first.
    pub errors: Vec<ConfigError>,
    /// What is accepted and has no effect yet.
    pub notes: Vec<String>,
    /// The configuration, if it says where the cache is.
    pub config: Option<Config>,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::Environment(variable) => write!(out, "environment {variable}"),
            Self::File(path) => write!(out, "file {}", path.display()),
        }
    }
}

impl Config {
    /// What [`Config::load`] resolves, with origins and with every error instead of the first.
    pub fn explain(environment: &Environment, cwd: &Path) -> Explanation {
        let resolution = resolve(environment, cwd);
        let config = &resolution.config;
        let settings = KEYS.iter().map(|row| Setting {
            key: row.name,
            variable: row.variable,
            value: show(config, row.key),
            origin: match (resolution.givers[row.key as usize], &config.file) {
                (Giver::Environment, _) => Origin::Environment(row.variable),
                (Giver::File, Some(path)) => Origin::File(path.clone()),
                (Giver::File | Giver::Default, _) => Origin::Default,
            },
        });
        let settings = settings.collect();
        let mut notes = Vec::new();
        notes.extend(config.left_out.iter().map(|left_out| left_out.text.clone()));
        notes.extend(resolution.reserved.iter().map(|name| format!("{name} is accepted, but not used yet")));
        let config = config.dir.is_absolute().then(|| config.clone());
        Explanation { settings, errors: resolution.errors, notes, config }
    }
}

fn show(config: &Config, key: Key) -> String {
    let path = |path: &Path| path.display().to_string();
    match key {
        Key::Dir => path(&config.dir),
        Key::Root => path(&config.root),
        Key::Roots => {
            let roots = config.roots.iter().map(|root| format!("{}={}", root.name, path(&root.path)));
            roots.collect::<Vec<_>>().join(":")
        }
        Key::Paths => config.paths_mode().as_str().to_owned(),
        Key::Home => config.home.to_string(),
        Key::Compiler => config.compiler.as_deref().map(shell).unwrap_or_default(),
        Key::CxxCompiler => config.cxx_compiler.as_deref().map(shell).unwrap_or_default(),
        Key::Disable => config.disable.to_string(),
        Key::Readonly => config.readonly.to_string(),
        Key::Recache => config.recache.to_string(),
        Key::Paranoid => config.paranoid.to_string(),
        Key::MaxSize => size(config.max_size),
        Key::Namespace => config.namespace.clone(),
        Key::ExtraFiles => config.extra_files.iter().map(|file| path(file)).collect::<Vec<_>>().join(":"),
        Key::Verify => share(config.verify),
        Key::Ask => config.ask.as_str().to_owned(),
        Key::Log => config.log.as_deref().map(path).unwrap_or_default(),
        Key::Shared => config.shared.to_string(),
    }
}

/// A share as it could be typed.
fn share(share: Share) -> String {
    let (whole, rest) = (share.0 / 10_000, share.0 % 10_000);
    let decimals = format!("{rest:04}");
    match decimals.trim_end_matches('0') {
        "" => format!("{whole}%"),
        decimals => format!("{whole}.{decimals}%"),
    }
}

/// The words as a shell would have them typed.
fn shell(words: &[OsString]) -> String {
    let quote = |word: &OsString| match shlex::bytes::try_quote(word.as_bytes()) {
        Ok(quoted) => OsStr::from_bytes(&quoted).to_string_lossy().into_owned(),
        Err(_) => word.to_string_lossy().into_owned(),
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// A size as it could be typed: the largest unit that gives a whole number.
fn size(bytes: u64) -> String {
    if bytes == 0 {
        return "0".to_owned();
    }
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.iter().find(|(_, shift)| bytes.is_multiple_of(1 << shift)) {
        Some((unit, shift)) => format!("{}{unit}", bytes >> shift),
        None => bytes.to_string(),
    }
}
