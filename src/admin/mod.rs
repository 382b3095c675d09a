//! Administration: `packer-cc stats`, `config`, … The only part that knows clap, tables and colours; the wrapper
//! consults nothing of it but [`SUBCOMMANDS`].
//!
//! Exit statuses: 0 done, 1 an error (named on standard error), 2 a command line that means nothing.

mod config;
mod help;
mod human;
mod journal;
mod progress;
mod shim;
mod stats;
mod store;
mod terminal;
mod trim;
mod verify;
mod version;
mod when;

use crate::config::{Config, ConfigError};
use crate::environment::Environment;
use crate::output;
use crate::trust;
use clap::{ArgMatches, Command};
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use terminal::Terminal;

/// The words that mean administration when they come first on a command line. Every other first word belongs to the
/// compiler.
pub const SUBCOMMANDS: &[&str] = &["config", "help", "journal", "shim", "stats", "store", "trim", "verify", "version"];

/// Runs the subcommand in `args` (argv\[0\] included) and returns the exit status.
pub fn run(args: Vec<OsString>, environment: Environment) -> i32 {
    let terminal = Terminal::new(&environment);
    let matches = match command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return terminal.clap_error(&error),
    };
    let session = Session { environment, terminal };
    match session.dispatch(&matches) {
        Ok(()) => 0,
        Err(Failure::Status(status)) => status,
        Err(Failure::Message(text)) => {
            session.terminal.error(&text);
            1
        }
    }
}

/// What every subcommand works with.
struct Session {
    environment: Environment,
    terminal: Terminal,
}

/// Why a subcommand does not end with status 0.
enum Failure {
    /// An error that is yet to be printed.
    Message(String),
    /// Everything was said already; the exit status.
    Status(i32),
}

fn command() -> Command {
    Command::new("packer-cc")
        .bin_name("packer-cc")
        .version(version::VERSION)
        .about("A compiler cache for gcc, clang and cross toolchains")
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommands([
            config::command(),
            help::command(),
            journal::command(),
            shim::command(),
            stats::command(),
            store::command(),
            trim::command(),
            verify::command(),
            version::command(),
        ])
}

impl Session {
    fn dispatch(&self, matches: &ArgMatches) -> Result<(), Failure> {
        match matches.subcommand() {
            Some(("config", matches)) => config::run(self, matches),
            Some(("journal", matches)) => journal::run(self, matches),
            Some(("shim", matches)) => shim::run(self, matches),
            Some(("stats", matches)) => stats::run(self, matches),
            Some(("store", matches)) => store::run(self, matches),
            Some(("trim", matches)) => trim::run(self, matches),
            Some(("verify", matches)) => verify::run(self, matches),
            Some(("version", matches)) => version::run(self, matches),
            Some(("help", matches)) => help::run(self, matches),
            _ => help::guide(self),
        }
    }

    fn cwd() -> Result<PathBuf, Failure> {
        Environment::current_dir().map_err(|error| Failure::because("cannot determine the working directory", &error))
    }

    /// The configuration; what is wrong with the directories it names is said and is no failure.
    fn config(&self) -> Result<Config, Failure> {
        let config = Config::load(&self.environment, &Self::cwd()?)?;
        for problem in trust::problems(&config) {
            self.terminal.warning(&format!("the cache is not used: {problem}"));
        }
        Ok(config)
    }
}

fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    output::stdout(bytes.as_ref()).map_err(|error| Failure::because("cannot write to standard output", &error))
}

fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(format!("{value:#}\n"))
}

impl Failure {
    fn because(what: impl fmt::Display, error: &io::Error) -> Self {
        Self::Message(format!("{what}: {error}"))
    }

    /// For operations on the journal in `state`.
    fn journal(what: &str, state: &Path, error: &io::Error) -> Self {
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
    fn plain(vars: &[(&str, &str)]) -> Self {
        let environment = Environment::from_vars(vars.to_vec());
        Self { terminal: Terminal::plain(), environment }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_a_usage_error() {
        for words in [
            &["stats", "--source", "("][..],
            &["stats", "--zero", "--json"],
            &["store"],
            &["store", "nonsense"],
            &["stats", "--markdown", "--json"],
            &["stats", "--zero", "--since", "2h"],
            &["stats", "--since", "yesterday"],
            &["trim"],
            &["trim", "--dry-run"],
            &["trim", "--unused-since"],
            &["trim", "--unused-since", "yesterday"],
            &["trim", "--max-size", "lots"],
            &["trim", "--max-size", "1G", "more"],
            &["journal", "-n", "x"],
            &["shim"],
            &["shim", "toolchain"],
            &["shim", "toolchain", "overlay", "--remove", "other"],
            &["nonsense"],
            &[],
        ] {
            let error = command().try_get_matches_from(["packer-cc"].iter().chain(words)).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{words:?}");
        }
    }

    #[test]
    fn the_words_are_the_commands() {
        let command = command();
        let mut names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
        names.sort_unstable();
        assert_eq!(names, SUBCOMMANDS);
    }

    #[test]
    fn the_commands_are_well_formed() {
        command().debug_assert();
    }
}
