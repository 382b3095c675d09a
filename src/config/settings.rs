//! What a configuration says.

use crate::paths::NamedRoot;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// Every value the wrapper needs, resolved.
#[derive(Debug, Clone)]
pub struct Config {
    /// `PACKER_CC_DIR`: holds `store/` and `state/`. Absolute.
    pub dir: PathBuf,
    /// The watch root as declared by `PACKER_CC_ROOT` or by where `.packer-cc.toml` stands. Absolute, canonical.
    pub declared_root: Option<PathBuf>,
    /// The watch root: the declared one, else the repository's root (`.git`, `.hg`, `.svn`, `.jj`), else the
    /// working directory. Absolute, canonical.
    pub root: PathBuf,
    /// `PACKER_CC_ROOTS`: further roots, in the order of their names.
    pub roots: Vec<NamedRoot>,
    /// `PACKER_CC_HOME`: the home directory is a root in the `relative` mode.
    pub home: bool,
    /// `PACKER_CC_PATHS`; `None` leaves it to the default, see [`Config::paths_mode`].
    pub paths: Option<PathsMode>,
    /// `PACKER_CC_COMPILER`: words; the first is the program.
    pub compiler: Option<Vec<OsString>>,
    /// `PACKER_CXX_COMPILER`: as [`Config::compiler`], for C++.
    pub cxx_compiler: Option<Vec<OsString>>,
    /// `PACKER_CC_DISABLE`: every run is a bypass.
    pub disable: bool,
    /// `PACKER_CC_READONLY`: hits are served, nothing is written to the store.
    pub readonly: bool,
    /// `PACKER_CC_RECACHE`: nothing is served, results are stored anew.
    pub recache: bool,
    /// `PACKER_CC_MAX_SIZE` in bytes; 0 means without bound.
    pub max_size: u64,
    /// `PACKER_CC_NAMESPACE`: part of every key.
    pub namespace: String,
    /// `PACKER_CC_EXTRA_FILES`: files whose content is part of every key. Absolute.
    pub extra_files: Vec<PathBuf>,
    /// `PACKER_CC_PARANOID`: memos are ignored.
    pub paranoid: bool,
    /// `PACKER_CC_VERIFY`: the share of hits that are compiled again and compared.
    pub verify: Share,
    /// `PACKER_CC_ASK`: whether the preprocessor may be asked after a compile.
    pub ask: Ask,
    /// `PACKER_CC_LOG`: the file that decisions are written to. Absolute.
    pub log: Option<PathBuf>,
    /// `PACKER_CC_SHARED`: others may write in store and state.
    pub shared: bool,
    /// The `.packer-cc.toml` that was read.
    pub file: Option<PathBuf>,
    /// The values in that file that do not count, since it is another user's.
    pub left_out: Vec<LeftOut>,
}

/// A value in a `.packer-cc.toml` that is another user's, of a setting that could run a program or redirect what is
/// written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The key.
    pub name: &'static str,
    /// Whose file it is, and what to do, for people.
    pub text: String,
}

/// How commands name the files under the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathsMode {
    /// As typed: results are those of the bare compiler, and one that holds the place hits only there.
    Exact,
    /// Absolute paths under the root are made relative to the working directory before the compiler sees them, and
    /// debug data and macros are mapped: results hold no place.
    Relative,
}

/// A share of runs, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share(pub u32);

impl Share {
    /// All of them.
    pub const ALL: Self = Self(1_000_000);
}

/// Whether the compiler's preprocessor may be asked about a compile that has just succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ask {
    /// Once, where reading the texts leaves a doubt.
    #[default]
    Doubt,
    /// Never: where a doubt is left, the result is not kept.
    Never,
}

/// What is wrong with the configuration, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl PathsMode {
    /// The word people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Relative => "relative",
        }
    }
}

impl Ask {
    /// The word people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Doubt => "doubt",
            Self::Never => "never",
        }
    }
}

impl Config {
    /// How commands name the files under the root: as asked for, else relative if somebody declared the root.
    pub fn paths_mode(&self) -> PathsMode {
        let default = if self.declared_root.is_some() { PathsMode::Relative } else { PathsMode::Exact };
        self.paths.unwrap_or(default)
    }

    /// What travels between machines: entries and manifests.
    pub fn store_dir(&self) -> PathBuf {
        self.dir.join("store")
    }

    /// What belongs to this machine: memos, locks, the journal.
    pub fn state_dir(&self) -> PathBuf {
        self.dir.join("state")
    }
}
