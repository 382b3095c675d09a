//! Loading the configuration of a run.

use super::keys;
use super::resolve;
use super::settings::{Config, ConfigError};
use crate::environment::Environment;
use std::path::Path;

impl Config {
    /// Resolves the configuration for a command running in `cwd` (absolute, canonical).
    ///
    /// # Errors
    /// A mistyped key, variable or value, an unreadable file, a root that is no directory, no place for the cache.
    pub fn load(environment: &Environment, cwd: &Path) -> Result<Self, ConfigError> {
        let resolution = resolve::resolve(environment, cwd);
        match resolution.errors.into_iter().next() {
            None => Ok(resolution.config),
            Some(error) => Err(error),
        }
    }

    /// The right part of a configuration that has an error, with which the run is recorded. `None` if it does not say where the cache is.
    pub fn fallback(environment: &Environment, cwd: &Path) -> Option<Self> {
        let config = resolve::resolve(environment, cwd).config;
        config.dir.is_absolute().then_some(config)
    }

    /// Why the compiler that `.packer-cc.toml` names is not started; `None` if it names none, or is believed.
    pub fn left_out_compiler(&self, cxx: bool) -> Option<&str> {
        let key = if cxx { keys::Key::CxxCompiler } else { keys::Key::Compiler };
        let found = self.left_out.iter().find(|left_out| left_out.name == key.names().name);
        found.map(|left_out| left_out.text.as_str())
    }
}
