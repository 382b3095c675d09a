//! `packer-cc version`: which packer-cc this is. `packer-cc --version` is the compiler's.

use super::session::{Failure, Session, print, print_json};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

/// The version of this packer-cc.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub fn command() -> Command {
    Command::new("version")
        .about("Say which packer-cc this is (--version asks the compiler)")
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub fn run(_: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    if matches.get_flag("json") {
        return print_json(&json!({ "name": "packer-cc", "version": VERSION }));
    }
    print(line())
}

/// Name and version, as one line.
pub fn line() -> String {
    format!("packer-cc {VERSION}\n")
}
