//! Administration: `packer-cc stats`, `config`, … This room alone knows clap, tables and colours. Its subcommands are the words of
//! [`crate::call::SUBCOMMANDS`].
//!
//! Exit statuses: 0 done, 1 an error (named on standard error), 2 a command line that means nothing.

mod config;
mod help;
mod human;
mod journal;
mod progress;
mod session;
mod shim;
mod stats;
mod store;
mod terminal;
mod trim;
mod verify;
mod version;
mod when;

use crate::environment::Environment;
use clap::{ArgMatches, Command};
use session::{Failure, Session};
use std::ffi::OsString;
use terminal::Terminal;

/// Runs the subcommand in `args` (argv\[0\] included) and returns the exit status.
pub fn run(args: Vec<OsString>, environment: Environment) -> i32 {
    let terminal = Terminal::new(&environment);
    let matches = match command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return terminal.clap_error(&error),
    };
    let session = Session { environment, terminal };
    match dispatch(&session, &matches) {
        Ok(()) => 0,
        Err(Failure::Status(status)) => status,
        Err(Failure::Message(text)) => {
            session.terminal.error(&text);
            1
        }
    }
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

fn dispatch(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("config", matches)) => config::run(session, matches),
        Some(("journal", matches)) => journal::run(session, matches),
        Some(("shim", matches)) => shim::run(session, matches),
        Some(("stats", matches)) => stats::run(session, matches),
        Some(("store", matches)) => store::run(session, matches),
        Some(("trim", matches)) => trim::run(session, matches),
        Some(("verify", matches)) => verify::run(session, matches),
        Some(("version", matches)) => version::run(session, matches),
        Some(("help", matches)) => help::run(session, matches, command()),
        _ => help::guide(session, &command()),
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
        assert_eq!(names, crate::call::SUBCOMMANDS);
    }

    #[test]
    fn the_commands_are_well_formed() {
        command().debug_assert();
    }
}
