//! `packer-cc verify`: is every file of the store what its name says?

use super::human;
use super::progress::Progress;
use super::session::{Failure, Session, print, print_json};
use super::terminal::{Cell, Paint, printable};
use crate::config::Config;
use crate::store::Store;
use crate::store::audit::{self, Verdict};
use crate::store::backend::{Backend as _, Item, Sort};
use clap::{Arg, ArgAction, ArgMatches, Command};
use rustc_hash::FxHashSet;
use serde_json::{Value, json};

pub fn command() -> Command {
    Command::new("verify")
        .about("Read the whole store and check every byte against the digests that name it")
        .after_help(
            "A damaged file never reaches a build: each is checked when it is read, and is then a miss. This finds all of \
             them now, for example after a disk error or a transfer.\n\nExit status: 0 if the store is good, or was made \
             good by --repair; 1 if a file is damaged.",
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
        .arg(
            Arg::new("repair")
                .long("repair")
                .action(ArgAction::SetTrue)
                .help("Remove what is damaged; it is compiled and stored again when it is next wanted"),
        )
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let config = session.config()?;
    let store = Store::new(config.store_dir(), config.state_dir(), config.max_size).shared(config.shared);
    let report = Report::gather(session, &config, &store, matches.get_flag("repair"))?;
    if matches.get_flag("json") { print_json(&report.as_json()) } else { print(report.as_table(session)) }?;
    if report.is_good() { Ok(()) } else { Err(Failure::Status(1)) }
}

/// A damaged file.
struct Damage {
    item: Item,
    how: String,
    /// With `--repair`: removed, or why it could not be.
    removed: Option<Result<(), String>>,
}

/// What was found.
#[derive(Default)]
struct Report {
    store: String,
    entries: u64,
    manifests: u64,
    toolchains: u64,
    sources: u64,
    headers: u64,
    bytes: u64,
    temporary: u64,
    foreign: u64,
    /// Results that manifests lead to and that are not there.
    missing: usize,
    damaged: Vec<Damage>,
}

impl Report {
    fn gather(session: &Session, config: &Config, store: &Store, repair: bool) -> Result<Self, Failure> {
        let items = store.list().map_err(|error| Failure::because("cannot list the store", &error))?;
        let mut report = Self { store: config.store_dir().to_string_lossy().into_owned(), ..Self::default() };
        let (mut wanted, mut there) = (FxHashSet::default(), FxHashSet::default());
        let mut progress = Progress::new(&session.terminal, "checking", items.len());
        for item in items {
            progress.step();
            report.bytes += item.bytes;
            match audit::check(store, &item) {
                Verdict::Entry(name) => {
                    report.entries += 1;
                    there.insert(name);
                }
                Verdict::Manifest(leads_to) => {
                    report.manifests += 1;
                    wanted.extend(leads_to);
                }
                Verdict::Toolchains => report.toolchains += 1,
                Verdict::Source => report.sources += 1,
                Verdict::Definitions => report.headers += 1,
                Verdict::Skipped if item.sort == Sort::Temporary => report.temporary += 1,
                Verdict::Skipped => report.foreign += 1,
                Verdict::Gone => report.bytes -= item.bytes,
                Verdict::Damaged(how) => {
                    let removed = repair.then(|| audit::remove(store, &item).map_err(|error| error.to_string()));
                    report.damaged.push(Damage { item, how, removed });
                }
            }
        }
        // A missing result is no damage. Who looks for it misses, as after any eviction.
        report.missing = wanted.difference(&there).count();
        Ok(report)
    }

    /// Whether nothing damaged is left.
    fn is_good(&self) -> bool {
        self.damaged.iter().all(|damage| matches!(damage.removed, Some(Ok(()))))
    }

    fn as_table(&self, session: &Session) -> String {
        let line = |name: &str, value: String| vec![Cell::new(name).style(Paint::Bold), Cell::new(value)];
        let mut rows = vec![
            line("store", printable(&self.store)),
            line("entries", self.entries.to_string()),
            line("manifests", self.manifests.to_string()),
            line("toolchains", self.toolchains.to_string()),
            line("sources", self.sources.to_string()),
            line("headers", self.headers.to_string()),
            line("bytes", human::bytes(self.bytes)),
        ];
        if self.missing > 0 {
            rows.push(line("evicted", format!("{} results that manifests still name", self.missing)));
        }
        if self.temporary > 0 {
            rows.push(line("unfinished", format!("{} files being written or left behind", self.temporary)));
        }
        if self.foreign > 0 {
            rows.push(line("foreign", format!("{} files of other formats or none, left alone", self.foreign)));
        }
        for damage in &self.damaged {
            let done = match &damage.removed {
                None => String::new(),
                Some(Ok(())) => "; removed".to_owned(),
                Some(Err(error)) => format!("; cannot be removed: {error}"),
            };
            let path = printable(&damage.item.path.to_string_lossy());
            rows.push(vec![Cell::new("damaged").style(Paint::Red), Cell::new(format!("{path}: {}{done}", damage.how))]);
        }
        let verdict = match (self.damaged.is_empty(), self.is_good()) {
            (true, _) => vec![Cell::new("good").style(Paint::Green)],
            (false, true) => vec![Cell::new("repaired").style(Paint::Green)],
            (false, false) if self.damaged[0].removed.is_none() => {
                vec![
                    Cell::new("damaged").style(Paint::Red),
                    Cell::new("packer-cc verify --repair removes what is damaged"),
                ]
            }
            (false, false) => vec![Cell::new("damaged").style(Paint::Red)],
        };
        rows.push(verdict);
        session.terminal.table(&rows)
    }

    fn as_json(&self) -> Value {
        let damage = |damage: &Damage| {
            json!({
                "path": damage.item.path.to_string_lossy(),
                "bytes": damage.item.bytes,
                "how": damage.how,
                "removed": matches!(damage.removed, Some(Ok(()))),
                "error": damage.removed.as_ref().and_then(|removed| removed.as_ref().err()),
            })
        };
        json!({
            "store": self.store,
            "good": self.is_good(),
            "entries": self.entries,
            "manifests": self.manifests,
            "toolchains": self.toolchains,
            "sources": self.sources,
            "headers": self.headers,
            "bytes": self.bytes,
            "missing_entries": self.missing,
            "temporary_files": self.temporary,
            "foreign_files": self.foreign,
            "damaged": self.damaged.iter().map(damage).collect::<Vec<_>>(),
        })
    }
}
