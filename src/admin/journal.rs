//! `packer-cc journal`: the last runs, one line each.

use super::human;
use super::session::{Failure, Session, print};
use super::terminal::{Cell, Paint, printable};
use crate::journal::{self, Outcome, Record};
use crate::reason::Change;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::time::Duration;

pub fn command() -> Command {
    Command::new("journal")
        .about("Show the last runs, the newest at the end; times are UTC")
        .after_help(
            "The columns: when the run ended, how, the compiler's time (of a hit: that of the stored compile), packer-cc's \
             own, the source, and why.",
        )
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
        Outcome::Hit => Paint::Green,
        Outcome::Miss => Paint::Yellow,
        Outcome::Failed => Paint::Red,
        Outcome::Bypass => Paint::Dim,
    };
    let took = |us| match us {
        0 => "-".to_owned(),
        us => human::duration(Duration::from_micros(us)),
    };
    let mut why = match (record.reason.as_str(), record.detail.as_str()) {
        ("", detail) => detail.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, detail) => format!("{reason}: {detail}"),
    };
    if let Some(Change { old, new }) = &record.change {
        why += &format!(" ({old} → {new})");
    }
    if record.asked > 0 {
        why += &format!("; asked the preprocessor, {}", took(record.asked_us));
    }
    let source = if record.source.is_empty() { "-" } else { &record.source };
    vec![
        Cell::new(human::time(record.time_ms)).style(Paint::Dim),
        Cell::new(record.outcome.as_str()).style(style),
        Cell::number(took(record.compile_us)),
        Cell::number(took(record.own_us)),
        Cell::new(printable(source)),
        Cell::new(printable(&why)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_run() {
        let run = |outcome, reason: &str, detail: &str, [compile_us, own_us, asked, asked_us]: [u64; 4]| {
            let (reason, detail, source) = (reason.to_owned(), detail.to_owned(), "a.c".to_owned());
            let change = (detail == "a.h").then(|| Change { old: "1".to_owned(), new: "2".to_owned() });
            row(&Record { time_ms: 0, outcome, reason, detail, change, source, compile_us, own_us, asked, asked_us })
        };
        let rows = [
            run(Outcome::Miss, "new", "", [45_000, 4_120, 1, 12_000]),
            run(Outcome::Miss, "file-changed", "a.h", [45_000, 4_120, 0, 0]),
            run(Outcome::Hit, "", "", [45_000, 950, 0, 0]),
            run(Outcome::Bypass, "disabled", "", [0, 0, 0, 0]),
        ];
        let expected = "\
            1970-01-01 00:00:00  miss    45 ms  4.1 ms  a.c  new; asked the preprocessor, 12 ms\n\
            1970-01-01 00:00:00  miss    45 ms  4.1 ms  a.c  file-changed: a.h (1 → 2)\n\
            1970-01-01 00:00:00  hit     45 ms  950 µs  a.c\n\
            1970-01-01 00:00:00  bypass      -       -  a.c  disabled\n";
        assert_eq!(Session::plain(&[]).terminal.table(&rows), expected);
    }
}
