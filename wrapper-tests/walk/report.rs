//! What a walk counts, and what it tells when it ends or fails.

use super::check::{Job, Record};
use super::kinds::Kinds;
use super::{Plan, Walk, walk};
use crate::fixture::{Compiler, lossy};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

/// A walk of so many steps has to have so many hits in a hundred runs.
const LONG: usize = 100;
const LEAST_HITS: usize = 30;
/// A walk of so many steps has to have so many hits in a thousand compiles that came again.
const LONGER: usize = 300;
const LEAST_DUE: usize = 980;
/// If more than one step in so many fails, nothing is asked of the single kinds of edits.
const MOST_FAILED: usize = 5;

/// What happened on the way.
#[derive(Debug, Default)]
pub struct Tally {
    pub steps: usize,
    /// Runs by outcome, repeats not counted.
    outcomes: BTreeMap<String, usize>,
    /// Runs that were no hit, by outcome and reason.
    reasons: BTreeMap<String, usize>,
    /// Compiles that had to be hits, since the walk came back to a state whose result was stored.
    pub came_back: usize,
    pub repeats: usize,
    pub repeat_hits: usize,
    /// Compiles that came again and should have been hits, and those that were.
    due: usize,
    due_hits: usize,
    /// The others, by outcome and reason.
    due_lost: BTreeMap<String, usize>,
    /// Edits that may cost nothing.
    pub kinds: Kinds,
}

impl Tally {
    pub fn count(&mut self, record: &Record) {
        *self.outcomes.entry(record.outcome.clone()).or_default() += 1;
        if record.outcome != "hit" {
            *self.reasons.entry(format!("{} {}", record.outcome, record.reason)).or_default() += 1;
        }
    }

    pub fn count_due(&mut self, record: &Record) {
        self.due += 1;
        if record.outcome == "hit" {
            self.due_hits += 1;
        } else {
            *self.due_lost.entry(format!("{} {}", record.outcome, record.reason)).or_default() += 1;
        }
    }

    /// Hits in a thousand compiles that should have been.
    fn due_rate(&self) -> usize {
        (1000 * self.due_hits).checked_div(self.due).unwrap_or(1000)
    }

    fn of(&self, outcome: &str) -> usize {
        self.outcomes.get(outcome).copied().unwrap_or(0)
    }

    /// Hits in a hundred runs that followed a step.
    pub fn hit_rate(&self) -> usize {
        100 * self.of("hit") / self.outcomes.values().sum::<usize>().max(1)
    }

    fn line(&self) -> String {
        format!(
            "{} steps: {} hits ({} %, {} of them expected), {} misses, {} bypasses, {} failed; {} of {} due ({}.{} %); {} of {} repeats were hits; {} hits of new states, {} of {} of one essence",
            self.steps,
            self.of("hit"),
            self.hit_rate(),
            self.came_back,
            self.of("miss"),
            self.of("bypass"),
            self.of("failed"),
            self.due_hits,
            self.due,
            self.due_rate() / 10,
            self.due_rate() % 10,
            self.repeat_hits,
            self.repeats,
            self.kinds.hits(),
            self.kinds.due_hits,
            self.kinds.due,
        )
    }
}

/// Where a walk ended early.
pub struct Failure {
    pub plan: Plan,
    pub differences: Vec<String>,
    /// The last steps.
    told: Vec<String>,
    log: String,
    /// The world, which stays.
    pub kept: PathBuf,
}

impl Walk<'_> {
    pub fn failure(self, differences: Vec<String>) -> Failure {
        const LAST: usize = 10;
        let log = lossy(&fs::read(self.world.path("log")).unwrap_or_default());
        let from = self.told.len().saturating_sub(LAST);
        let plan = Plan { steps: self.step + 1, ..self.plan };
        Failure { plan, differences, told: self.told[from..].to_vec(), log, kept: PathBuf::new() }
    }
}

/// One line for a command.
pub fn command(job: &Job) -> String {
    let in_file = job.ours.iter().any(|word| word.as_encoded_bytes().starts_with(b"@"));
    let typed = if in_file { job.typed.as_slice() } else { &[] };
    let words: Vec<_> =
        job.ours.iter().map(|word| word.to_string_lossy()).chain(typed.iter().map(Into::into)).collect();
    let env: Vec<_> = job
        .env
        .iter()
        .filter(|(name, _)| name != "PATH")
        .map(|(name, value)| format!("{}={} ", name.display(), value.display()))
        .collect();
    let line = shlex::try_join(words.iter().map(AsRef::as_ref)).unwrap_or_default();
    format!("(cd '{}'; {}{line})", job.cwd.display(), env.concat())
}

/// `hit, miss file-changed`
pub fn outcomes(records: &[Record]) -> String {
    let each = |record: &Record| format!("{} {}", record.outcome, record.reason).trim_end().to_owned();
    records.iter().map(each).collect::<Vec<_>>().join(", ")
}

/// The test's verdict.
#[track_caller]
pub fn finish(plan: &Plan, result: Result<Tally, Box<Failure>>) {
    match result {
        Ok(tally) => {
            println!("walk: {} seed {}: {}", plan.compiler.c(), plan.seed, tally.line());
            for (reason, count) in &tally.reasons {
                println!("    {count:5} {reason}");
            }
            for (reason, count) in &tally.due_lost {
                println!("    {count:5} {reason}, and a hit was due");
            }
            tally.kinds.lines().for_each(|line| println!("{line}"));
            let (hits, due) = (tally.hit_rate(), tally.due_rate());
            assert!(plan.steps < LONG || hits >= LEAST_HITS, "a walk with few hits proves little: {}", tally.line());
            let missing = tally.kinds.missing();
            // A project that fails to compile for most of the way shows nothing of an edit's cost.
            let is_shown = plan.steps >= LONGER && tally.of("failed") * MOST_FAILED < plan.steps;
            assert!(!is_shown || missing.is_empty(), "no hits of these edits: {missing:?}: {}", tally.line());
            assert!(!tally.kinds.is_poor(), "states of one essence were no hits: {}", tally.line());
            let lost = &tally.due_lost;
            assert!(plan.steps < LONGER || due >= LEAST_DUE, "hits were due: {lost:?}: {}", tally.line());
        }
        Err(failure) => {
            let failure = if std::env::var_os("WALK_SHRINK").is_some() { shrink(failure) } else { failure };
            panic!("{}", tell(&failure));
        }
    }
}

fn tell(failure: &Failure) -> String {
    let mut text = String::new();
    let plan = &failure.plan;
    let _ = writeln!(text, "the walk ends at a difference");
    for difference in &failure.differences {
        let _ = writeln!(text, "DIFFERENCE {difference}");
    }
    let _ = writeln!(text, "--- the last steps\n{}", failure.told.join("\n"));
    let _ = writeln!(text, "--- log\n{}", failure.log);
    let _ = writeln!(text, "--- the world is kept: {}", failure.kept.display());
    let skip = if plan.skip.is_empty() { String::new() } else { format!(" WALK_SKIP={}", ranges(&plan.skip)) };
    let _ = writeln!(
        text,
        "--- replay: WALK_COMPILER={} WALK_SEED={} WALK_STEPS={}{skip} cargo test --test wrapper walk::one_named_by_the_environment\n\
         --- with fewer steps: WALK_SHRINK=1 before it",
        plan.compiler.c(),
        plan.seed,
        plan.steps
    );
    text
}

/// Leaves out more and more steps, as long as some difference stays.
fn shrink(failure: Box<Failure>) -> Box<Failure> {
    let mut best = failure;
    let mut size = best.plan.steps.div_ceil(2).max(1);
    loop {
        let mut from = 1;
        while from + 1 < best.plan.steps {
            let mut plan = best.plan.clone();
            let before = plan.skip.len();
            plan.skip.extend(from..(from + size).min(plan.steps - 1));
            from += size;
            if plan.skip.len() == before {
                continue;
            }
            let left = plan.steps - plan.skip.len();
            if let Err(smaller) = walk(&plan) {
                println!("shrink: {left} steps are enough");
                let _ = fs::remove_dir_all(&best.kept);
                best = smaller;
            }
        }
        if size == 1 {
            return best;
        }
        size = size.div_ceil(2);
    }
}

/// `1,3-5`
fn ranges(steps: &BTreeSet<usize>) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for step in steps {
        match parts.last_mut() {
            Some((_, end)) if *end + 1 == *step => *end = *step,
            _ => parts.push((*step, *step)),
        }
    }
    let part = |(from, to): &(usize, usize)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    parts.iter().map(part).collect::<Vec<_>>().join(",")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The walk that the test's variables name.
pub fn plan_of_environment() -> Plan {
    let number = |name: &str, default: usize| {
        variable(name).map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")))
    };
    let compiler = variable("WALK_COMPILER").unwrap_or_else(|| "arm-none-eabi-gcc".into());
    let compiler = Compiler::ALL.into_iter().find(|known| known.c() == compiler);
    let mut skip = BTreeSet::new();
    for part in variable("WALK_SKIP").iter().flat_map(|list| list.split(',')) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let bound = |text: &str| text.parse::<usize>().unwrap_or_else(|_| panic!("WALK_SKIP: {part}"));
        skip.extend(bound(from)..=bound(to));
    }
    Plan {
        compiler: compiler.unwrap_or_else(|| panic!("WALK_COMPILER is none of {:?}", Compiler::ALL.map(Compiler::c))),
        seed: number("WALK_SEED", 4) as u64,
        steps: number("WALK_STEPS", 60),
        skip,
    }
}
