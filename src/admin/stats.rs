//! `packer-cc stats`: what the cache was good for.

use super::store::{self, Size};
use super::terminal::{Cell, Style, printable};
use super::{Failure, Session, human, print, print_json};
use crate::config::Config;
use crate::journal::{self, Outcome, Summary};
use clap::{Arg, ArgAction, ArgMatches, Command};
use regex::Regex;
use serde_json::{Map, Value, json};

pub fn command() -> Command {
    Command::new("stats")
        .about("Count hits, misses and bypasses by reason, the time saved and the store's size")
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
        .arg(
            Arg::new("source")
                .long("source")
                .value_name("REGEX")
                .value_parser(|text: &str| Regex::new(text))
                .help("Count only runs whose source matches, among those still in the journal"),
        )
        .arg(
            Arg::new("zero")
                .long("zero")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["json", "source"])
                .help("Forget what was counted; the store stays as it is"),
        )
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let config = session.config()?;
    let state = config.state_dir();
    if matches.get_flag("zero") {
        journal::zero(&state).map_err(|error| Failure::journal("clear", &state, &error))?;
        return print("statistics set to zero\n");
    }
    let report = Report::gather(&config, matches.get_one::<Regex>("source"))
        .map_err(|error| Failure::journal("read", &state, &error))?;
    if matches.get_flag("json") { print_json(&report.as_json()) } else { print(report.as_table(session)) }
}

/// Everything `stats` shows.
struct Report<'a> {
    config: &'a Config,
    summary: Summary,
    /// The pattern, and how many runs it was tried on.
    filter: Option<(&'a Regex, usize)>,
    store: Size,
}

impl<'a> Report<'a> {
    fn gather(config: &'a Config, source: Option<&'a Regex>) -> std::io::Result<Self> {
        let state = config.state_dir();
        let (summary, filter) = match source {
            None => (journal::read(&state)?, None),
            Some(pattern) => {
                let history = journal::history(&state)?;
                let matching = history.iter().map(|(_, record)| record).filter(|run| pattern.is_match(&run.source));
                (matching.collect(), Some((pattern, history.len())))
            }
        };
        Ok(Self { config, summary, filter, store: store::size(&config.store_dir()) })
    }

    fn as_table(&self, session: &Session) -> String {
        let summary = &self.summary;
        let looked_up = summary.hits().saturating_add(summary.misses());
        let mut rows = Vec::new();
        for (outcome, name, style) in [
            (Outcome::Hit, "hits", Style::Green),
            (Outcome::Miss, "misses", Style::Yellow),
            (Outcome::Failed, "failed", Style::Red),
            (Outcome::Bypass, "bypasses", Style::Bold),
        ] {
            let count = summary.count(outcome);
            let share = match outcome {
                Outcome::Hit | Outcome::Miss => human::share(count, looked_up),
                Outcome::Failed | Outcome::Bypass => String::new(),
            };
            rows.push(vec![Cell::new(name).style(style), Cell::number(count.to_string()), Cell::number(share)]);
            for (reason, tally) in summary.reasons(outcome).into_iter().filter(|(reason, _)| !reason.is_empty()) {
                rows.push(vec![Cell::new(format!("  {reason}")), Cell::number(tally.count.to_string())]);
            }
        }
        let mut text = session.terminal.table(&rows);
        text += "\n";
        text += &session.terminal.table(&self.sums());
        text
    }

    /// The lines below the counts.
    fn sums(&self) -> Vec<Vec<Cell>> {
        let (summary, size) = (&self.summary, self.store);
        let line = |name: &str, value: String| vec![Cell::new(name).style(Style::Bold), Cell::new(value)];
        let bound = match self.config.max_size {
            0 => "without bound".to_owned(),
            max => format!("of {} ({})", human::bytes(max), human::share(size.bytes, max)),
        };
        let files = if size.files == 1 { "file" } else { "files" };
        let mut rows = vec![
            line("time saved", human::duration(summary.time_saved())),
            line("store", format!("{} {bound}, {} {files}", human::bytes(size.bytes), size.files)),
            vec![Cell::new(""), Cell::new(printable(&self.config.store_dir().to_string_lossy())).style(Style::Dim)],
        ];
        if let (Some(first), Some(last)) = (summary.first_ms, summary.last_ms) {
            rows.push(line("runs", format!("{} to {} UTC", human::time(first), human::time(last))));
        }
        if let Some((pattern, among)) = self.filter {
            rows.push(line("source", format!("{pattern}: {} of the last {among} runs", summary.runs())));
        }
        if summary.skipped > 0 {
            rows.push(line("unreadable", format!("{} lines of the journal", summary.skipped)));
        }
        rows
    }

    fn as_json(&self) -> Value {
        let summary = &self.summary;
        let reasons = |outcome| -> Map<String, Value> {
            let reasons = summary.reasons(outcome).into_iter();
            reasons.map(|(reason, tally)| (reason.to_owned(), json!(tally.count))).collect()
        };
        let compiled = summary.compile_time(Outcome::Miss) + summary.compile_time(Outcome::Failed);
        json!({
            "runs": summary.runs(),
            "hits": summary.hits(),
            "misses": summary.misses(),
            "miss_reasons": reasons(Outcome::Miss),
            "failed": summary.failed(),
            "bypasses": summary.bypasses(),
            "bypass_reasons": reasons(Outcome::Bypass),
            "time_saved_us": micros(summary.time_saved()),
            "compile_time_us": micros(compiled),
            "first_ms": summary.first_ms,
            "last_ms": summary.last_ms,
            "skipped_lines": summary.skipped,
            "source": self.filter.map(|(pattern, among)| json!({ "pattern": pattern.as_str(), "among_runs": among })),
            "store": {
                "path": self.config.store_dir().to_string_lossy(),
                "files": self.store.files,
                "bytes": self.store.bytes,
                "max_bytes": self.config.max_size,
            },
        })
    }
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Record;
    use std::fs;
    use tempfile::TempDir;

    fn filled() -> (TempDir, Config) {
        let temp = TempDir::new().unwrap();
        let session = Session::plain(&[("PACKER_CC_DIR", temp.path().to_str().unwrap())]);
        let config = Config::load(&session.environment, temp.path()).unwrap();
        let run = |outcome, reason: &str, source: &str| {
            let (reason, source) = (reason.to_owned(), source.to_owned());
            let record = Record { time_ms: 0, outcome, reason, detail: String::new(), source, compile_us: 1_500_000 };
            journal::append(&config.state_dir(), &record).unwrap();
        };
        run(Outcome::Hit, "", "a.c");
        run(Outcome::Miss, "new", "a.c");
        run(Outcome::Miss, "changed", "b.c");
        run(Outcome::Miss, "changed", "b.c");
        run(Outcome::Bypass, "not-a-compile", "");
        fs::create_dir_all(config.store_dir().join("x")).unwrap();
        fs::write(config.store_dir().join("x/entry"), [0; 2048]).unwrap();
        (temp, config)
    }

    #[test]
    fn for_people() {
        let (_temp, config) = filled();
        let report = Report::gather(&config, None).unwrap();
        let expected = format!(
            "hits             1  25.0 %\n\
             misses           3  75.0 %\n\
             \x20 changed        2\n\
             \x20 new            1\n\
             failed           0\n\
             bypasses         1\n\
             \x20 not-a-compile  1\n\
             \n\
             time saved  1.5 s\n\
             store       2.0 KiB of 5.0 GiB (0.0 %), 1 file\n\
             \x20           {}\n\
             runs        1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC\n",
            config.store_dir().display()
        );
        assert_eq!(report.as_table(&Session::plain(&[])), expected);
    }

    #[test]
    fn of_one_source() {
        let (_temp, config) = filled();
        let pattern = Regex::new("^b").unwrap();
        let value = Report::gather(&config, Some(&pattern)).unwrap().as_json();
        assert_eq!(value["runs"], 2);
        assert_eq!(value["miss_reasons"], json!({ "changed": 2 }));
        assert_eq!(value["source"], json!({ "pattern": "^b", "among_runs": 5 }));
        assert_eq!(value["store"]["bytes"], 2048);
    }
}
