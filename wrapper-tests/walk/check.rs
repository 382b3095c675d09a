//! One step's compiles, bare and through packer-cc, and what differs.

use crate::fixture::{Ran, Tree, World, host_program, leftovers, lossy, untouched_differences};
use packer_cc::reason::{Reason, When};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A compile to do in both ways.
pub struct Job {
    /// The bare command line.
    pub bare: Vec<OsString>,
    /// The same through packer-cc.
    pub ours: Vec<OsString>,
    /// The arguments before any went into a response file.
    pub typed: Vec<String>,
    pub cwd: PathBuf,
    /// Variables beside those of the world. packer-cc's run has [`Job::our_path`] as its `PATH`.
    pub env: Vec<(OsString, OsString)>,
    pub our_path: OsString,
    /// The source as typed, by which the journal's records are known.
    pub source: String,
}

/// What packer-cc says it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub outcome: String,
    pub reason: String,
    pub detail: String,
    pub source: String,
}

impl Record {
    /// A miss whose result is in the store: its reason says why there was no hit, not why it was not kept.
    pub fn is_stored(&self) -> bool {
        self.outcome == "miss" && Reason::of(When::Missed, &self.reason).is_some()
    }

    /// A miss whose result was rightly not kept, so that the same compile need not be a hit next time. With any other
    /// reason, the preprocessor could have been asked, and the result kept.
    ///
    /// `dated`: the compile left a date of today.
    pub fn is_rightly_lost(&self, dated: bool) -> bool {
        const RIGHT: [&str; 11] = [
            "compiler-replaced",
            "timestamp-macro",
            "pragma-dependency",
            "precompiled-header",
            "line-directive",
            // clang does not tell what its assembler read.
            "assembler-include",
            "computed-has-include",
            "output-shared",
            "output-changed",
            "openmp-offload",
            "names-respelled",
        ];
        self.outcome != "miss" || RIGHT.contains(&self.reason.as_str()) || self.reason == "date-macro" && dated
    }
}

/// A world with a place in its journal.
pub struct Checker<'w> {
    world: &'w World,
    /// `$PACKER_CC_DIR`, which moves.
    pub cache: PathBuf,
    journal_at: usize,
    /// What `__DATE__` is. A walk over midnight sees less.
    today: Vec<u8>,
}

/// What a step's compiles left, for a second look.
pub struct Left {
    bare: Vec<Ran>,
    tree: Tree,
    /// Files the bare compiler wrote, under the tree.
    pub written: Vec<PathBuf>,
    pub records: Vec<Record>,
    /// One of those files holds the date of today.
    pub dated: bool,
    /// The lines of the log that say which files changed in vain.
    pub held: Vec<String>,
}

impl Left {
    /// The compiler said nothing.
    pub fn is_silent(&self) -> bool {
        self.bare.iter().all(|ran| ran.stdout.is_empty() && ran.stderr.is_empty())
    }
}

impl<'w> Checker<'w> {
    pub fn new(world: &'w World) -> Self {
        let asked = world.path("today.h");
        fs::write(&asked, "__DATE__\n").expect("a file");
        let mut command = world.bare_command(host_program("gcc", "gcc").as_os_str());
        command.args(["-E", "-P"]).arg(&asked);
        let said = Ran::of(command, &[]).stdout;
        let today = said.split(|byte| *byte == b'"').nth(1).expect("a date").to_vec();
        Self { world, cache: world.cache(), journal_at: 0, today }
    }

    /// Runs every job bare, takes back what they did, and runs them through packer-cc: one after the other, or all
    /// at once.
    ///
    /// # Errors
    /// The differences.
    pub fn compare(&mut self, jobs: &[Job], at_once: bool) -> Result<Left, Vec<String>> {
        let tree = self.world.tree();
        let before = Tree::of(&tree);
        let bare: Vec<Ran> = jobs.iter().map(|job| Ran::of(self.command(job, &job.bare, None), &[])).collect();
        let bare_tree = Tree::of(&tree);
        before.restore(&bare_tree, &tree);
        let start = Tree::of(&tree);
        let ours = self.ours(jobs, at_once);
        let ours_tree = Tree::of(&tree);
        let mut differences = differences(jobs, &bare, &ours);
        differences.extend(tree_differences(jobs, &bare_tree, &ours_tree));
        differences.extend(untouched_differences(&before, &bare_tree, &start, &ours_tree));
        differences.extend(leftovers(&self.world.path("tmp")));
        let written = before.written(&bare_tree);
        let files = bare_tree.files();
        let is_dated = |path: &PathBuf| {
            files.get(path.as_path()).is_some_and(|bytes| memchr::memmem::find(bytes, &self.today).is_some())
        };
        let dated = written.iter().any(is_dated);
        let records = self.records();
        if dated && records.iter().all(|record| record.outcome == "hit") {
            differences.push(format!("a date of today was served: {records:?}"));
        }
        if records.len() != jobs.len() {
            differences.push(format!("{} runs left {} records: {records:?}", jobs.len(), records.len()));
        }
        if !differences.is_empty() {
            return Err(differences);
        }
        let log = fs::read(self.world.path("log")).unwrap_or_default();
        let log = lossy(&log);
        let held = log.lines().filter(|line| line.contains("held: ")).map(str::to_owned).collect();
        Ok(Left { bare, tree: bare_tree, written, records, dated, held })
    }

    /// Runs the jobs through packer-cc once more, over their outputs or without them.
    ///
    /// # Errors
    /// The differences to what the bare compiler had left.
    pub fn repeat(&mut self, jobs: &[Job], left: &Left, remove: bool) -> Result<Vec<Record>, Vec<String>> {
        let tree = self.world.tree();
        if remove {
            // A file that is made anew has no mode and no links from before.
            for path in left.written.iter().filter(|path| left.tree.is_plain(path)) {
                let _ = fs::remove_file(tree.join(path));
            }
        }
        let ours = self.ours(jobs, false);
        let mut differences = differences(jobs, &left.bare, &ours);
        differences.extend(tree_differences(jobs, &left.tree, &Tree::of(&tree)));
        differences.extend(leftovers(&self.world.path("tmp")));
        let records = self.records();
        if differences.is_empty() { Ok(records) } else { Err(differences) }
    }

    fn ours(&self, jobs: &[Job], at_once: bool) -> Vec<Ran> {
        let _ = fs::remove_file(self.world.path("log"));
        let run = |job: &Job| Ran::of(self.command(job, &job.ours, Some(&job.our_path)), &[]);
        if !at_once {
            return jobs.iter().map(run).collect();
        }
        std::thread::scope(|scope| {
            let runs: Vec<_> = jobs.iter().map(|job| scope.spawn(move || run(job))).collect();
            runs.into_iter().map(|run| run.join().expect("a run")).collect()
        })
    }

    fn command(&self, job: &Job, words: &[OsString], path: Option<&OsString>) -> Command {
        let own = || job.env.iter().find_map(|(name, value)| (name == "PATH").then_some(value));
        let path = path.or_else(own);
        let mut command = match path {
            Some(path) => self.world.bare_command_by(&words[0], path),
            None => self.world.bare_command(&words[0]),
        };
        command.args(&words[1..]).current_dir(&job.cwd).env("PACKER_CC_DIR", &self.cache);
        command.envs(job.env.iter().filter(|(name, _)| name != "PATH").map(|(name, value)| (name, value)));
        command
    }

    /// The journal's records since the last look.
    fn records(&mut self) -> Vec<Record> {
        let text = fs::read(self.cache.join("state/journal")).unwrap_or_default();
        let new = text.get(self.journal_at..).unwrap_or(&text);
        self.journal_at = text.len();
        let lines = new.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let value: Value = serde_json::from_slice(line).expect("a record");
                let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
                Record {
                    outcome: text("outcome"),
                    reason: text("reason"),
                    detail: text("detail"),
                    source: text("source"),
                }
            })
            .collect()
    }

    /// The state was deleted.
    pub fn forget_journal(&mut self) {
        self.journal_at = 0;
    }
}

fn tree_differences(jobs: &[Job], bare: &Tree, ours: &Tree) -> Vec<String> {
    if jobs.iter().any(|job| Path::new(&job.source).extension().is_some_and(|extension| extension == "S")) {
        return bare.clone().without_random_names().differences(&ours.clone().without_random_names());
    }
    bare.differences(ours)
}

fn differences(jobs: &[Job], bare: &[Ran], ours: &[Ran]) -> Vec<String> {
    let pairs = jobs.iter().zip(bare.iter().zip(ours));
    pairs
        .flat_map(|(job, (bare, ours))| {
            let found = bare.differences(ours);
            found.into_iter().map(|difference| format!("{}: {difference}", job.source))
        })
        .collect()
}
