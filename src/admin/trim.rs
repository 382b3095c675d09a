//! `packer-cc trim`: a store of what is of use.

use super::human;
use super::progress::Progress;
use super::session::{Failure, Session, print, print_json};
use super::terminal::{Cell, Paint, printable};
use super::when::{self, PointInTime, Zero};
use crate::config::{self, Config};
use crate::places;
use crate::store::audit;
use crate::store::backend::{Backend as _, Item, Sort};
use crate::store::prune::Pruned;
use crate::store::trim::{self, Fate, TrimRequest};
use crate::store::{Kind, Store};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub fn command() -> Command {
    Command::new("trim")
        .about("Remove from the store what no run used since some time, or what exceeds a size")
        .after_help(format!(
            "{}\n\nIn a CI job: restore the store, `packer-cc stats --zero`, build, `packer-cc trim --unused-since zero`, save \
             the store. What was used is known by the times of the store's files, which every run that reads or writes one \
             sets to now. Doubtful times keep a file.\n\nMay run beside builds: at worst one of them misses.\n\nExit status: 0; \
             1 if the store cannot be read, is another user's, or a file cannot be removed; 2 for a command line that means \
             nothing.",
            when::FORMS
        ))
        .arg(
            Arg::new("unused-since")
                .long("unused-since")
                .value_name("WHEN")
                .value_parser(when::parse)
                .help("Remove results that no run has used since then"),
        )
        .arg(
            Arg::new("max-size")
                .long("max-size")
                .value_name("SIZE")
                .value_parser(|text: &str| config::size(text).ok_or("expected a size such as 500M or 5GiB"))
                .help("Remove the least recently used results until the store has at most this size; 0 for no bound"),
        )
        .group(ArgGroup::new("what").args(["unused-since", "max-size"]).multiple(true).required(true))
        .arg(
            Arg::new("dry-run")
                .short('n')
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Only say what would be removed"),
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON"))
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let config = Config::load(&session.environment, &Session::cwd()?)?;
    let now = SystemTime::now();
    let unused_since = match matches.get_one::<PointInTime>("unused-since") {
        None => None,
        Some(when) => {
            let ahead = |error| when::usage_error(session, &format!("--unused-since: the time {error}"));
            Some((*when, when.resolve(now).map_err(ahead)?))
        }
    };
    if let Some(problem) = places::problems(&config).into_iter().next() {
        return Err(Failure::Message(format!("the cache is not touched: {problem}")));
    }
    let request = TrimRequest {
        unused_since: match unused_since {
            None => None,
            Some((_, Some(time))) => Some(time),
            Some((_, None)) => Some(since_zero(Zero::of(&config)?, now)?),
        },
        max_size: matches.get_one::<u64>("max-size").copied().unwrap_or(0),
        now,
        dry_run: matches.get_flag("dry-run"),
    };
    let store = Store::new(config.store_dir(), config.state_dir(), config.max_size).shared(config.shared);
    let report = Report::make(session, &config, &store, request)?;
    if matches.get_flag("json") { print_json(&report.as_json()) } else { print(report.as_table(session)) }?;
    if report.failed.is_empty() { Ok(()) } else { Err(Failure::Status(1)) }
}

/// The time since which this job can have used something.
fn since_zero(zero: Zero, now: SystemTime) -> Result<SystemTime, Failure> {
    let began = zero.began();
    if began > now {
        return Err(Failure::Message(
            "the clock was set back since `packer-cc stats --zero`, and no run was recorded since: nothing is removed; give \
             a time, or say zero again"
                .to_owned(),
        ));
    }
    Ok(began)
}

/// How many files, and how many bytes they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    files: u64,
    bytes: u64,
}

impl Count {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn subtract(&mut self, bytes: u64) {
        self.files = self.files.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// What was done, or would be.
struct Report {
    store: String,
    request: TrimRequest,
    removed: Count,
    kept: Count,
    foreign: Count,
    /// Candidates that were dropped from manifests that stay.
    candidates: usize,
    /// How many of the kept files have times that lie ahead.
    ahead: u64,
    failed: Vec<(PathBuf, String)>,
}

impl Report {
    fn make(session: &Session, config: &Config, store: &Store, request: TrimRequest) -> Result<Self, Failure> {
        let items = store.list().map_err(|error| Failure::because("cannot list the store", &error))?;
        let dir = config.store_dir();
        let dir = printable(&dir.to_string_lossy());
        if !trim::is_store(store, &items) {
            return Err(Failure::Message(format!("{dir} holds files, and none of packer-cc's: nothing is removed")));
        }
        let mut report = Self {
            store: dir,
            request,
            removed: Count::default(),
            kept: Count::default(),
            foreign: Count::default(),
            candidates: 0,
            ahead: 0,
            failed: Vec::new(),
        };
        let mut gone = FxHashSet::default();
        let mut kept = Vec::new();
        let mut progress = Progress::new(&session.terminal, "trimming", items.len());
        for item in items {
            progress.step();
            report.take(item, &mut gone, &mut kept);
        }
        drop(progress);
        if request.max_size != 0 {
            report.bound(store, &mut gone);
        }
        report.prune(session, store, &gone, &kept);
        if !request.dry_run {
            trim::finish(store).map_err(|error| Failure::because("cannot correct the size the state knows", &error))?;
        }
        Ok(report)
    }

    fn take(&mut self, item: Item, gone: &mut FxHashSet<PathBuf>, kept: &mut Vec<Item>) {
        let fate = trim::item(&item, &self.request);
        match &fate {
            Fate::Foreign => self.foreign.add(item.bytes),
            Fate::Gone => {
                gone.insert(item.path);
            }
            Fate::Removed => {
                self.removed.add(item.bytes);
                gone.insert(item.path);
            }
            Fate::Kept | Fate::KeptAhead | Fate::Failed(_) => {
                self.kept.add(item.bytes);
                self.ahead += u64::from(matches!(fate, Fate::KeptAhead));
                self.note_failure(&item.path, &fate);
                kept.push(item);
            }
        }
    }

    fn note_failure(&mut self, path: &Path, fate: &Fate) {
        if let Fate::Failed(error) = fate {
            self.failed.push((path.to_owned(), error.to_string()));
        }
    }

    fn bound(&mut self, store: &Store, gone: &mut FxHashSet<PathBuf>) {
        let mut removed = Vec::new();
        let (request, known) = (self.request, std::mem::take(gone));
        trim::bound(store, &request, &|path: &Path| known.contains(path), |path, bytes, fate| {
            self.note_failure(path, fate);
            if matches!(fate, Fate::Removed | Fate::Gone) {
                self.removed.add(bytes);
                // A file of another version counts for the bound. It was counted as foreign before, not as kept.
                let of = if audit::sort_of(store, path) == Sort::Foreign { &mut self.foreign } else { &mut self.kept };
                of.subtract(bytes);
                removed.push(path.to_owned());
            }
        });
        *gone = known;
        gone.extend(removed);
    }

    /// Drops the candidates whose results are gone from the manifests that stay.
    fn prune(&mut self, session: &Session, store: &Store, gone: &FxHashSet<PathBuf>, kept: &[Item]) {
        let mut progress = Progress::new(&session.terminal, "looking through manifests:", kept.len());
        for item in kept {
            progress.step();
            let Sort::Ours(Kind::Manifest, key) = item.sort else { continue };
            if gone.contains(&item.path) {
                continue;
            }
            match trim::prune(store, &key, &|path: &Path| gone.contains(path), &self.request) {
                Ok(Pruned::Whole) => {}
                Ok(Pruned::Fewer { candidates, bytes }) => {
                    self.candidates += candidates;
                    self.kept.bytes = self.kept.bytes.saturating_sub(item.bytes.saturating_sub(bytes));
                }
                Ok(Pruned::Removed) => {
                    self.kept.subtract(item.bytes);
                    self.removed.add(item.bytes);
                }
                // Another run holds the manifest. Its candidates without a result are misses, as after any eviction.
                Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {}
                Err(error) => self.failed.push((item.path.clone(), error.to_string())),
            }
        }
    }

    fn as_table(&self, session: &Session) -> String {
        let line = |name: &str, value: String| vec![Cell::new(name).style(Paint::Bold), Cell::new(value)];
        let count = |count: Count| {
            let files = if count.files == 1 { "file" } else { "files" };
            format!("{} {files}, {}", count.files, human::bytes(count.bytes))
        };
        let removed = if self.request.dry_run { "would remove" } else { "removed" };
        let mut rows = vec![line("store", self.store.clone())];
        if let Some(since) = self.request.unused_since {
            rows.push(line("unused since", format!("{} UTC", human::time(when::millis(since)))));
        }
        if self.request.max_size != 0 {
            rows.push(line("at most", human::bytes(self.request.max_size)));
        }
        rows.push(line(removed, count(self.removed)));
        rows.push(line("kept", count(self.kept)));
        if self.candidates > 0 {
            rows.push(line("forgotten", format!("{} candidates that led to removed results", self.candidates)));
        }
        if self.ahead > 0 {
            rows.push(line("ahead", format!("{} of the kept had times to come, which tell nothing", self.ahead)));
        }
        if self.foreign.files > 0 {
            rows.push(line("foreign", format!("{} of other formats or none, left alone", count(self.foreign))));
        }
        for (path, error) in &self.failed {
            let text = format!("{}: {error}", printable(&path.to_string_lossy()));
            rows.push(vec![Cell::new("failed").style(Paint::Red), Cell::new(text)]);
        }
        session.terminal.table(&rows)
    }

    fn as_json(&self) -> Value {
        let count = |count: Count| json!({ "files": count.files, "bytes": count.bytes });
        let failed = self.failed.iter().map(|(path, error)| json!({ "path": path.to_string_lossy(), "error": error }));
        json!({
            "store": self.store,
            "dry_run": self.request.dry_run,
            "unused_since_ms": self.request.unused_since.map(when::millis),
            "max_bytes": self.request.max_size,
            "removed": count(self.removed),
            "kept": count(self.kept),
            "foreign": count(self.foreign),
            "forgotten_candidates": self.candidates,
            "ahead": self.ahead,
            "failed": failed.collect::<Vec<_>>(),
        })
    }
}
