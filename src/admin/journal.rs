//! `packer-cc journal`: the last runs, one line each.

use super::terminal::{Cell, Style, printable};
use super::{Failure, Session, human, print};
use crate::journal::{self, Outcome, Record};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::time::Duration;

pub fn command() -> Command {
    Command::new("journal")
        .about("Show the last runs, the newest at the end; times are UTC")
        .arg(
            Arg::new("last")
                .short('n')
                .long("last")
                .value_name("N")
                .value_parser(value_parser!(usize))
                .default_value("20")
                .help("How many runs"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print the recorded lines, one JSON object each"),
        )
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let state = session.config()?.state_dir();
    let history = journal::history(&state).map_err(|error| Failure::journal("read", &state, &error))?;
    let last = matches.get_one::<usize>("last").copied().unwrap_or(20);
    let shown = &history[history.len().saturating_sub(last)..];
    if matches.get_flag("json") {
        return print(shown.iter().map(|(line, _)| format!("{line}\n")).collect::<String>());
    }
    let rows: Vec<_> = shown.iter().map(|(_, record)| row(record)).collect();
    print(session.terminal.table(&rows))
}

fn row(record: &Record) -> Vec<Cell> {
    let style = match record.outcome {
        Outcome::Hit => Style::Green,
        Outcome::Miss => Style::Yellow,
        Outcome::Failed => Style::Red,
        Outcome::Bypass => Style::Dim,
    };
    let compile = match record.compile_us {
        0 => "-".to_owned(),
        us => human::duration(Duration::from_micros(us)),
    };
    let why = match (record.reason.as_str(), record.detail.as_str()) {
        ("", detail) => detail.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, detail) => format!("{reason}: {detail}"),
    };
    let source = if record.source.is_empty() { "-" } else { &record.source };
    vec![
        Cell::new(human::time(record.time_ms)).style(Style::Dim),
        Cell::new(record.outcome.as_str()).style(style),
        Cell::number(compile),
        Cell::new(printable(source)),
        Cell::new(printable(&why)),
    ]
}
