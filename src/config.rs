//! Configuration: environment and `.packer-cc.toml` resolved into one [`Config`].

use crate::environment::Environment;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

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
    /// `PACKER_CC_COMPILER`: words; the first is the program.
    pub compiler: Option<Vec<OsString>>,
    /// `PACKER_CXX_COMPILER`
    pub cxx_compiler: Option<Vec<OsString>>,
    /// `PACKER_CC_DISABLE`
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
    /// `PACKER_CC_LOG`
    pub log: Option<PathBuf>,
}

/// What is wrong with the configuration, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl Config {
    /// Resolves the configuration for a command running in `cwd` (absolute, canonical).
    ///
    /// # Errors
    /// A mistyped key or value, an unreadable file, a root that is no directory.
    pub fn load(_environment: &Environment, _cwd: &Path) -> Result<Self, ConfigError> {
        Err(ConfigError(String::new()))
    }
}
