//! What every subcommand works with, and how it ends.

use super::terminal::Terminal;
use crate::config::{Config, ConfigError};
use crate::environment::Environment;
use crate::{output, places};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The exit status for a command line that means nothing; clap ends with the same.
pub const USAGE: i32 = 2;

/// What every subcommand works with.
pub struct Session {
    pub environment: Environment,
    pub terminal: Terminal,
}

/// Why a subcommand does not end with status 0.
pub enum Failure {
    /// An error that is yet to be printed.
    Message(String),
    /// Everything was said already; the exit status.
    Status(i32),
}

impl Session {
    /// The working directory.
    pub fn cwd() -> Result<PathBuf, Failure> {
        Environment::current_dir().map_err(|error| Failure::because("cannot determine the working directory", &error))
    }

    /// The configuration. What is wrong with the directories it names is printed as a warning.
    pub fn config(&self) -> Result<Config, Failure> {
        let config = Config::load(&self.environment, &Self::cwd()?)?;
        for problem in places::problems(&config) {
            self.terminal.warning(&format!("the cache is not used: {problem}"));
        }
        Ok(config)
    }
}

/// Prints bytes.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    output::stdout(bytes.as_ref()).map_err(|error| Failure::because("cannot write to standard output", &error))
}

/// Prints JSON.
pub fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(format!("{value:#}\n"))
}

impl Failure {
    /// What could not be done, and why.
    pub fn because(what: impl fmt::Display, error: &io::Error) -> Self {
        Self::Message(format!("{what}: {error}"))
    }

    /// For operations on the journal in `state`.
    pub fn journal(what: &str, state: &Path, error: &io::Error) -> Self {
        Self::because(format_args!("cannot {what} the journal in {}", state.display()), error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Message(error.to_string())
    }
}

#[cfg(test)]
impl Session {
    /// A session that is no terminal, for tests of texts.
    pub fn plain(vars: &[(&str, &str)]) -> Self {
        let environment = Environment::from_vars(vars.to_vec());
        Self { terminal: Terminal::plain(), environment }
    }
}
