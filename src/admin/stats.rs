//! `packer-cc stats`: what the cache was good for.

use super::human;
use super::session::{Failure, Session, print, print_json};
use super::store::{self, Size};
use super::terminal::{Cell, Paint, printable};
use super::when::{self, PointInTime};
use crate::config::Config;
use crate::journal::{self, Outcome, Since, Summary};
use crate::places;
use clap::{Arg, ArgAction, ArgMatches, Command};
use regex::Regex;
use serde_json::{Map, Value, json};
use std::cell::Cell as Counter;
use std::time::{Duration, SystemTime};

pub fn command() -> Command {
    Command::new("stats")
        .about("Count hits, misses and bypasses by reason, the time saved and the store's size")
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
        .after_help(when::FORMS)
        .arg(
            Arg::new("markdown")
                .long("markdown")
                .action(ArgAction::SetTrue)
                .conflicts_with("json")
                .help("Print tables in Markdown, for the summary of a CI job"),
        )
        .arg(
            Arg::new("since")
                .long("since")
                .value_name("WHEN")
                .value_parser(when::parse)
                .help("Count only runs that ended since then"),
        )
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
                .conflicts_with_all(["json", "markdown", "since", "source"])
                .help("Forget what was counted; the store stays as it is"),
        )
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let config = session.config()?;
    let state = config.state_dir();
    if matches.get_flag("zero") {
        if let Some(problem) = places::problems(&config).into_iter().next() {
            return Err(Failure::Message(format!("nothing is written: {problem}")));
        }
        journal::zero(&state).map_err(|error| Failure::journal("clear", &state, &error))?;
        return print("statistics set to zero\n");
    }
    let since = match matches.get_one::<PointInTime>("since") {
        // All counts begin at zero, so nothing is to be left out.
        None | Some(PointInTime::Zero) => None,
        Some(when) => {
            let ahead = |error| when::usage_error(session, &format!("--since: the time {error}"));
            when.resolve(SystemTime::now()).map_err(ahead)?.map(when::millis)
        }
    };
    let report = Report::gather(&config, since, matches.get_one::<Regex>("source"))
        .map_err(|error| Failure::journal("read", &state, &error))?;
    if matches.get_flag("json") {
        print_json(&report.as_json())
    } else if matches.get_flag("markdown") {
        print(report.as_markdown())
    } else {
        print(report.as_table(session))
    }
}

/// Everything `stats` shows.
struct Report<'a> {
    config: &'a Config,
    summary: Summary,
    since: Option<Bound>,
    /// The pattern, and how many runs it was tried on.
    filter: Option<(&'a Regex, usize)>,
    store: Size,
}

/// From when on runs are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bound {
    from_ms: u64,
    /// Every run since then is counted. Otherwise there may have been more, of which only the sums over all time are known.
    complete: bool,
    /// When the first run ended that is kept by itself, and not in sums alone.
    kept_from_ms: Option<u64>,
}

impl<'a> Report<'a> {
    fn gather(config: &'a Config, since_ms: Option<u64>, source: Option<&'a Regex>) -> std::io::Result<Self> {
        let state = config.state_dir();
        let store = store::size(&config.store_dir());
        let (summary, since, filter) = match (since_ms, source) {
            (None, None) => (journal::read(&state)?, None, None),
            (None, Some(pattern)) => {
                let history = journal::history(&state)?;
                let matching = history.iter().map(|(_, record)| record).filter(|run| pattern.is_match(&run.source));
                (matching.collect(), None, Some((pattern, history.len())))
            }
            (Some(from_ms), pattern) => {
                let among = Counter::new(0);
                let matches = |run: &journal::Record| {
                    among.set(among.get() + 1);
                    pattern.is_none_or(|pattern| pattern.is_match(&run.source))
                };
                let wanted: Option<&dyn Fn(&journal::Record) -> bool> = pattern.is_some().then_some(&matches);
                let Since { summary, complete, kept_from_ms } = journal::since(&state, from_ms, wanted)?;
                let bound = Bound { from_ms, complete, kept_from_ms };
                (summary, Some(bound), pattern.map(|pattern| (pattern, among.get())))
            }
        };
        Ok(Self { config, summary, since, filter, store })
    }

    /// Tables for a page in Markdown. Every text of the journal is escaped: a build may have named a source by anything.
    fn as_markdown(&self) -> String {
        let (summary, size) = (&self.summary, self.store);
        let looked_up = summary.hits().saturating_add(summary.misses());
        let mut text = String::from("### packer-cc\n\n| | runs | share |\n|---|---:|---:|\n");
        text += &format!("| hits | {} | {} |\n", summary.hits(), human::share(summary.hits(), looked_up));
        text += &format!("| misses | {} | {} |\n", summary.misses(), human::share(summary.misses(), looked_up));
        text += &format!("| failed | {} | |\n| bypasses | {} | |\n", summary.failed(), summary.bypasses());
        let mut reasons = String::new();
        for (outcome, name) in [(Outcome::Miss, "miss"), (Outcome::Failed, "failed"), (Outcome::Bypass, "bypass")] {
            for (reason, tally) in summary.reasons(outcome).into_iter().filter(|(reason, _)| !reason.is_empty()) {
                reasons += &format!("| {name} | {} | {} |\n", markdown(reason), tally.count);
            }
        }
        if !reasons.is_empty() {
            text += &format!("\n| | reason | runs |\n|---|---|---:|\n{reasons}");
        }
        let bound = match self.config.max_size {
            0 => String::new(),
            max => format!(" of {} ({})", human::bytes(max), human::share(size.bytes, max)),
        };
        text += "\n| | |\n|---|---|\n";
        text += &format!("| compiles | {} |\n", looked_up.saturating_add(summary.failed()));
        text += &format!("| time saved | {} |\n", human::duration(summary.time_saved()));
        text += &format!("| compile time | {} |\n", human::duration(self.compiled()));
        if let Some(asked) = self.asked() {
            text += &format!("| asked the preprocessor | {asked} |\n");
        }
        text += &format!("| packer-cc itself | {} |\n", self.own());
        text += &format!("| store | {}{bound}, {} |\n", human::bytes(size.bytes), files(size.files));
        if let (Some(first), Some(last)) = (summary.first_ms, summary.last_ms) {
            text += &format!("| runs | {} to {} UTC |\n", human::time(first), human::time(last));
        }
        if let Some(bound) = self.since {
            text += &format!("| since | {} |\n", markdown(&bound.describe()));
        }
        if let Some((pattern, among)) = self.filter {
            text += &format!("| source | {}: {} of {among} runs |\n", markdown(pattern.as_str()), summary.runs());
        }
        if summary.skipped > 0 {
            text += &format!("| unreadable | {} lines of the journal |\n", summary.skipped);
        }
        text
    }

    /// How long compilers ran, for misses and for compiles that failed.
    fn compiled(&self) -> Duration {
        self.summary.compile_time(Outcome::Miss).saturating_add(self.summary.compile_time(Outcome::Failed))
    }

    /// How often preprocessors were asked, and how long that took; `None` where none was asked.
    fn asked(&self) -> Option<String> {
        let (times, took) = (self.summary.asked(), human::duration(self.summary.asked_time()));
        match times {
            0 => None,
            1 => Some(format!("1 time, {took}")),
            times => Some(format!("{times} times, {took}")),
        }
    }

    /// How long packer-cc itself took, in all and for each run.
    fn own(&self) -> String {
        let own = self.summary.own_time();
        match own.as_micros().checked_div(u128::from(self.summary.runs())) {
            None => human::duration(own),
            Some(mean) => {
                let mean = Duration::from_micros(u64::try_from(mean).unwrap_or(u64::MAX));
                format!("{} ({} a run)", human::duration(own), human::duration(mean))
            }
        }
    }

    fn as_table(&self, session: &Session) -> String {
        let summary = &self.summary;
        let looked_up = summary.hits().saturating_add(summary.misses());
        let mut rows = Vec::new();
        for (outcome, name, style) in [
            (Outcome::Hit, "hits", Paint::Green),
            (Outcome::Miss, "misses", Paint::Yellow),
            (Outcome::Failed, "failed", Paint::Red),
            (Outcome::Bypass, "bypasses", Paint::Bold),
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
        let line = |name: &str, value: String| vec![Cell::new(name).style(Paint::Bold), Cell::new(value)];
        let bound = match self.config.max_size {
            0 => "without bound".to_owned(),
            max => format!("of {} ({})", human::bytes(max), human::share(size.bytes, max)),
        };
        let mut rows = vec![line("time saved", human::duration(summary.time_saved()))];
        rows.extend(self.asked().map(|asked| line("asked the preprocessor", asked)));
        rows.extend([
            line("packer-cc itself", self.own()),
            line("store", format!("{} {bound}, {}", human::bytes(size.bytes), files(size.files))),
            vec![Cell::new(""), Cell::new(printable(&self.config.store_dir().to_string_lossy())).style(Paint::Dim)],
        ]);
        if let (Some(first), Some(last)) = (summary.first_ms, summary.last_ms) {
            rows.push(line("runs", format!("{} to {} UTC", human::time(first), human::time(last))));
        }
        if let Some(bound) = self.since {
            rows.push(line("since", bound.describe()));
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
        json!({
            "version": super::version::VERSION,
            "runs": summary.runs(),
            "hits": summary.hits(),
            "misses": summary.misses(),
            "miss_reasons": reasons(Outcome::Miss),
            "failed": summary.failed(),
            "bypasses": summary.bypasses(),
            "bypass_reasons": reasons(Outcome::Bypass),
            "time_saved_us": micros(summary.time_saved()),
            "compile_time_us": micros(self.compiled()),
            "own_us": micros(summary.own_time()),
            "asked": { "times": summary.asked(), "us": micros(summary.asked_time()) },
            "first_ms": summary.first_ms,
            "last_ms": summary.last_ms,
            "skipped_lines": summary.skipped,
            "since": self.since.map(|bound| json!({
                "from_ms": bound.from_ms,
                "complete": bound.complete,
                "kept_from_ms": bound.kept_from_ms,
            })),
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

impl Bound {
    fn describe(self) -> String {
        let from = format!("{} UTC", human::time(self.from_ms));
        match (self.complete, self.kept_from_ms) {
            (true, _) => from,
            (false, Some(kept)) => {
                format!(
                    "{from}, at least: single runs are kept from {} UTC on, older ones only as sums",
                    human::time(kept)
                )
            }
            (false, None) => format!("{from}, at least: single runs are no longer kept, only sums"),
        }
    }
}

fn files(count: u64) -> String {
    format!("{count} {}", if count == 1 { "file" } else { "files" })
}

/// The text for a cell of a table in Markdown. Whatever it holds, it makes no markup, no further cell and no line break.
fn markdown(text: &str) -> String {
    let spell = |c: char| match c {
        c if c.is_alphanumeric() || " -,/()%".contains(c) => c.to_string(),
        c => format!("&#{};", u32::from(c)),
    };
    printable(text).chars().map(spell).collect()
}

fn micros(duration: Duration) -> u64 {
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
            let record = Record {
                time_ms: 0,
                outcome,
                reason,
                detail: String::new(),
                change: None,
                source,
                compile_us: 1_500_000,
                own_us: 4_120,
                asked: u64::from(outcome == Outcome::Miss),
                asked_us: if outcome == Outcome::Miss { 12_000 } else { 0 },
            };
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
        let report = Report::gather(&config, None, None).unwrap();
        let expected = format!(
            "hits             1  25.0 %\n\
             misses           3  75.0 %\n\
             \x20 changed        2\n\
             \x20 new            1\n\
             failed           0\n\
             bypasses         1\n\
             \x20 not-a-compile  1\n\
             \n\
             time saved              1.5 s\n\
             asked the preprocessor  3 times, 36 ms\n\
             packer-cc itself        20 ms (4.1 ms a run)\n\
             store                   2.0 KiB of 5.0 GiB (0.0 %), 1 file\n\
             \x20                       {}\n\
             runs                    1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC\n",
            config.store_dir().display()
        );
        assert_eq!(report.as_table(&Session::plain(&[])), expected);
    }

    #[test]
    fn in_markdown() {
        let (_temp, config) = filled();
        let report = Report::gather(&config, None, None).unwrap();
        let expected = "### packer-cc\n\n\
            | | runs | share |\n|---|---:|---:|\n\
            | hits | 1 | 25.0 % |\n| misses | 3 | 75.0 % |\n| failed | 0 | |\n| bypasses | 1 | |\n\n\
            | | reason | runs |\n|---|---|---:|\n\
            | miss | changed | 2 |\n| miss | new | 1 |\n| bypass | not-a-compile | 1 |\n\n\
            | | |\n|---|---|\n\
            | compiles | 4 |\n| time saved | 1.5 s |\n| compile time | 4.5 s |\n\
            | asked the preprocessor | 3 times, 36 ms |\n| packer-cc itself | 20 ms (4.1 ms a run) |\n\
            | store | 2.0 KiB of 5.0 GiB (0.0 %), 1 file |\n\
            | runs | 1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC |\n";
        assert_eq!(report.as_markdown(), expected);
    }

    #[test]
    fn what_runs_cost() {
        let (_temp, config) = filled();
        let report = |pattern: &str| {
            let pattern = Regex::new(pattern).unwrap();
            let report = Report::gather(&config, None, Some(&pattern)).unwrap();
            let (table, markdown, json) =
                (report.as_table(&Session::plain(&[])), report.as_markdown(), report.as_json());
            let line = |text: &str, name: &str| text.lines().find(|line| line.contains(name)).map(str::to_owned);
            let asked = ["asked the preprocessor"].map(|name| (line(&table, name), line(&markdown, name)));
            let own = line(&table, "packer-cc itself").unwrap();
            assert!(line(&markdown, "| packer-cc itself | ").is_some(), "{markdown}");
            (asked, own, json["own_us"].clone(), json["asked"].clone())
        };
        let one = |table: &str, markdown: &str| [(Some(table.to_owned()), Some(markdown.to_owned()))];
        assert_eq!(
            report("^a"),
            (
                one("asked the preprocessor  1 time, 12 ms", "| asked the preprocessor | 1 time, 12 ms |"),
                "packer-cc itself        8.2 ms (4.1 ms a run)".to_owned(),
                json!(8_240),
                json!({ "times": 1, "us": 12_000 }),
            )
        );
        // A line for what never happens would only raise questions.
        let never = [(None, None)];
        assert_eq!(
            report("^$"),
            (
                never.clone(),
                "packer-cc itself  4.1 ms (4.1 ms a run)".to_owned(),
                json!(4_120),
                json!({ "times": 0, "us": 0 }),
            )
        );
        assert_eq!(
            report("^none$"),
            (never, "packer-cc itself  0 s".to_owned(), json!(0), json!({ "times": 0, "us": 0 }))
        );
    }

    #[test]
    fn nothing_that_a_journal_holds_is_markup() {
        for text in
            ["a|b", "<script>", "`x`", "[a](b)", "*a*", "a\nb", "&amp;", "\u{1b}[2J", "a\\|b", "~~a~~ _b_ #1 @me"]
        {
            let shown = markdown(text);
            let odd = shown.find(|c: char| "|<>`[]*_~\\@\n\u{1b}".contains(c));
            assert_eq!(odd, None, "{text:?} {shown}");
            assert!(!shown.replace("&#", "").contains(['&', '#']), "{text:?} {shown}");
        }
    }

    #[test]
    fn of_one_source() {
        let (_temp, config) = filled();
        let pattern = Regex::new("^b").unwrap();
        let value = Report::gather(&config, None, Some(&pattern)).unwrap().as_json();
        assert_eq!(value["runs"], 2);
        assert_eq!(value["miss_reasons"], json!({ "changed": 2 }));
        assert_eq!(value["source"], json!({ "pattern": "^b", "among_runs": 5 }));
        assert_eq!(value["store"]["bytes"], 2048);
    }
}
