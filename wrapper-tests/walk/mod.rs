//! A long random walk: a small project is changed step by step in all the ways a build sees, and after each step the
//! bare compiler and packer-cc must leave the same.
//!
//! A walk is known by its compiler, its seed and its steps; each step draws from a generator of its own, so that
//! steps can be left out and the others stay what they were. What keeps a walk honest are its hits: a result that was
//! stored must be served when it is asked for again at once, and when the walk comes back to where it was. Of all
//! that came again and was not rightly lost, no more than two in a hundred may be misses.
//!
//! | variable of the test | meaning |
//! |---|---|
//! | `WALK_SEED`, `WALK_STEPS`, `WALK_COMPILER` | the walk of `walk::one_named_by_the_environment` |
//! | `WALK_SKIP` | steps to leave out: `3,5-9` |
//! | `WALK_SHRINK` | a failing walk is taken again with fewer and fewer steps |
//! | `WALK_TELL` | every step is printed |
//!
//! Some edits must cost nothing: of comments, of definitions that nobody asks for, of the places of kits. [`kinds`] counts the hits that
//! show it, by the kind of edit.
//!
//! The modules: [`model`] is what is varied, [`text`], [`quiet`], [`remarks`], [`kits`], [`flags`] and [`tools`] say what its parts look
//! like, [`steps`] and [`rough`] change it, [`disk`] writes it down, [`check`] compares, [`report`] counts and tells.

mod check;
mod disk;
mod drawn;
mod flags;
mod kinds;
mod kits;
mod model;
mod quiet;
mod remarks;
mod report;
mod rough;
mod steps;
mod text;
mod tools;

use crate::fixture::{Compiler, World, packer_cc};
use check::{Checker, Job, Left, Record};
use disk::Disk;
use fastrand::Rng;
use flags::{Goal, Subject};
use kinds::Edit;
use model::{Cwd, Model, Pwd, UNITS};
use report::{Failure, Tally};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use tools::{Bench, Driver, Form};

/// Which walk it is.
#[derive(Debug, Clone)]
pub struct Plan {
    pub compiler: Compiler,
    pub seed: u64,
    pub steps: usize,
    pub skip: BTreeSet<usize>,
}

/// A walk under way.
pub struct Walk<'w> {
    plan: Plan,
    world: &'w World,
    bench: Bench,
    model: Model,
    disk: Disk,
    checker: Checker<'w>,
    step: usize,
    /// The source compiled last.
    unit: &'static str,
    /// The next compile is of `unit` again.
    keep_unit: bool,
    /// The last compile failed, was passed through, or its result was not stored.
    dull: bool,
    /// Models whose compile succeeded, with the step.
    history: Vec<(usize, Model, &'static str)>,
    /// States whose result was stored, with how many had been by then.
    stored: BTreeMap<u64, usize>,
    stored_count: usize,
    /// States whose result was stored or should have been, with how many had been by then.
    due: BTreeMap<u64, usize>,
    /// The last compile was of a state whose result need be blind.
    is_calm: bool,
    /// The store was damaged at some time.
    is_damaged: bool,
    /// States whose result need be blind, as in the history.
    calm: Vec<(usize, Model, &'static str)>,
    /// Edits of the step that may cost nothing.
    edits: Vec<Edit>,
    /// All states that were compiled.
    seen: BTreeSet<u64>,
    /// What states whose result was stored are to blind results, with how many had been by then.
    essences: BTreeMap<u64, usize>,
    /// Files the last compile wrote, under the tree.
    written: Vec<PathBuf>,
    /// What was put where an output goes, and goes after the step.
    in_the_way: Option<PathBuf>,
    tally: Tally,
    told: Vec<String>,
}

/// The golden ratio's part of 2⁶⁴: products of neighbouring seeds with it are far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many states the walk can go back to.
const HISTORY: usize = 12;

/// A manifest keeps 24 candidates; fewer newer ones than this cannot have driven a result out.
const SURE: usize = 16;

/// Takes a walk.
///
/// # Errors
/// The first difference.
fn walk(plan: &Plan) -> Result<Tally, Box<Failure>> {
    let mut world = World::with(plan.compiler);
    let result = Walk::new(plan, &world).all();
    result.map_err(|mut failure| {
        failure.kept = world.keep();
        failure
    })
}

impl<'w> Walk<'w> {
    fn new(plan: &Plan, world: &'w World) -> Self {
        let model = Model::of_seed(plan.seed);
        Self {
            bench: Bench::new(world.path("tools"), plan.compiler),
            disk: Disk::new(world.path(""), world.tree(), &model),
            checker: Checker::new(world),
            plan: plan.clone(),
            world,
            model,
            step: 0,
            unit: UNITS[0],
            keep_unit: false,
            dull: false,
            history: Vec::new(),
            stored: BTreeMap::new(),
            stored_count: 0,
            due: BTreeMap::new(),
            is_calm: false,
            is_damaged: false,
            calm: Vec::new(),
            edits: Vec::new(),
            seen: BTreeSet::new(),
            essences: BTreeMap::new(),
            written: Vec::new(),
            in_the_way: None,
            tally: Tally::default(),
            told: Vec::new(),
        }
    }

    fn all(mut self) -> Result<Tally, Box<Failure>> {
        for step in (0..self.plan.steps).filter(|step| !self.plan.skip.contains(step)).collect::<Vec<_>>() {
            self.step = step;
            let mut rng = Rng::with_seed(self.plan.seed.wrapping_mul(SPREAD) ^ (step as u64) << 20);
            let what = if step == 0 { "the first compile".to_owned() } else { steps::take(&mut self, &mut rng) };
            self.told.push(format!("{step:4} {what}"));
            if let Err(differences) = self.compile(&mut rng) {
                return Err(Box::new(self.failure(differences)));
            }
            if std::env::var_os("WALK_TELL").is_some() {
                println!("{}", self.told.last().expect("a step"));
            }
            self.tally.steps += 1;
        }
        Ok(self.tally)
    }

    /// The compiles of one step.
    fn compile(&mut self, rng: &mut Rng) -> Result<(), Vec<String>> {
        let manner = steps::manner(rng);
        self.disk.sync(&self.model, manner);
        self.bench.sync(&self.model.tools);
        if !std::mem::take(&mut self.keep_unit) && rng.u8(..3) == 0 {
            self.unit = UNITS[rng.usize(..UNITS.len())];
        }
        // Sometimes a second compile belongs to the step: the same source with another output, or another source.
        let mut jobs = vec![self.job(self.unit, false)];
        let at_once = match rng.u8(..16) {
            0 => {
                jobs.push(self.job(self.unit, true));
                true
            }
            kind @ (1 | 2) => {
                let other = UNITS[rng.usize(..UNITS.len())];
                if other != self.unit {
                    jobs.push(self.job(other, false));
                }
                kind == 1
            }
            _ => false,
        };
        let told = jobs.iter().map(report::command).collect::<Vec<_>>().join("\n       & ");
        let last = self.told.last_mut().expect("a step");
        *last = format!("{last}\n       {told}");
        // Two that append to one file at once leave its lines in either order, with the bare compiler too.
        let appends = self.model.env.contains_key("DEPENDENCIES_OUTPUT");
        // What two compiles at once cost is not told apart.
        if jobs.len() > 1 {
            self.edits.clear();
        }
        let left = self.checker.compare(&jobs, at_once && !appends)?;
        self.tell(&left.records);
        let keys: Vec<u64> = jobs.iter().map(|job| self.key(job)).collect();
        self.expect_hits(&jobs, &keys, &left.records)?;
        let stored = left.records.iter().all(|record| record.is_stored() || record.outcome == "hit");
        let mut doubted = false;
        if let ([record], [key]) = (&left.records[..], &keys[..]) {
            self.count_due(*key, record);
            self.count_kinds(&jobs[0], *key, record, &left);
            if self.is_calm {
                remember(&mut self.calm, (self.step, self.model.clone(), self.unit), rng);
            }
            if record.outcome == "hit" || !record.is_rightly_lost(left.dated) {
                self.due.insert(*key, self.stored_count);
                // A result that was not kept for a doubt is asked for once more, and counted.
                doubted = !stored;
            }
        }
        // A repeat would append to the file of `DEPENDENCIES_OUTPUT` once more.
        let is_new = left.records.iter().any(Record::is_stored) && stored || doubted;
        if !appends && (is_new || rng.u8(..12) == 0) {
            self.again(&jobs, &keys, &left, stored, rng.bool())?;
        }
        if stored {
            for key in keys {
                self.stored.insert(key, self.stored_count);
            }
        }
        self.stored_count += left.records.iter().filter(|record| record.is_stored()).count();
        self.dull = !stored;
        if stored {
            remember(&mut self.history, (self.step, self.model.clone(), self.unit), rng);
        }
        self.written = left.written;
        if let Some(path) = self.in_the_way.take() {
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
        }
        Ok(())
    }

    /// A state whose result was stored, and to which the walk came back, is a hit.
    fn expect_hits(&mut self, jobs: &[Job], keys: &[u64], records: &[Record]) -> Result<(), Vec<String>> {
        let [(record, key)] = &records.iter().zip(keys).collect::<Vec<_>>()[..] else { return Ok(()) };
        let sure = self.stored.get(key).is_some_and(|at| self.stored_count - at < SURE);
        // An output that is no ordinary file is left to the compiler.
        if sure && record.outcome != "hit" && record.reason != "destination" {
            return Err(vec![format!("{}: a hit was expected, and not {record:?}", jobs[0].source)]);
        }
        self.tally.came_back += usize::from(sure);
        Ok(())
    }

    /// The same once more: what was stored is a hit now.
    fn again(
        &mut self,
        jobs: &[Job],
        keys: &[u64],
        left: &Left,
        stored: bool,
        remove: bool,
    ) -> Result<(), Vec<String>> {
        let records = self.checker.repeat(jobs, left, remove)?;
        if let ([record], [key]) = (&records[..], keys) {
            self.count_due(*key, record);
        }
        let last = self.told.last_mut().expect("a step");
        *last += &format!(" | again: {}", report::outcomes(&records));
        if stored && records.iter().any(|record| record.outcome != "hit") {
            return Err(vec![format!("a repeat of a stored compile was not a hit: {records:?}")]);
        }
        self.tally.repeats += records.len();
        self.tally.repeat_hits += records.iter().filter(|record| record.outcome == "hit").count();
        Ok(())
    }

    /// A state that was compiled before, and whose result was not rightly lost, should be a hit. This counts whether it
    /// is.
    fn count_due(&mut self, key: u64, record: &Record) {
        let due = self.due.get(&key).is_some_and(|at| self.stored_count - at < SURE);
        // An output that is no ordinary file is left to the compiler.
        if due && record.reason != "destination" {
            self.tally.count_due(record);
        }
    }

    fn tell(&mut self, records: &[Record]) {
        let last = self.told.last_mut().expect("a step");
        *last += &format!("\n       -> {}", report::outcomes(records));
        for record in records {
            self.tally.count(record);
        }
    }

    /// The store was damaged: nothing is sure any more.
    fn forget_stored(&mut self) {
        self.stored.clear();
        self.due.clear();
        self.essences.clear();
        self.is_damaged = true;
    }

    /// The directory of the world.
    fn root(&self) -> String {
        self.world.path("").display().to_string().trim_end_matches('/').to_owned()
    }

    /// All that a result may depend on.
    fn key(&self, job: &Job) -> u64 {
        let mut hasher = DefaultHasher::new();
        format!("{:?} {:?}", self.model.nodes, self.model.ages()).hash(&mut hasher);
        format!("{:?} {:?}", self.model.tools, self.model.place).hash(&mut hasher);
        format!("{:?}", self.model.kits).hash(&mut hasher);
        (&job.typed, &job.bare, &job.cwd, &job.env).hash(&mut hasher);
        hasher.finish()
    }

    fn job(&self, unit: &'static str, twin: bool) -> Job {
        let model = &self.model;
        let project = self.disk.project();
        let cwd = match model.cwd {
            Cwd::Project => project.clone(),
            Cwd::Build => project.join("build"),
            Cwd::Linked => self.disk.linked(),
        };
        let subject = Subject {
            compiler: self.plan.compiler,
            unit,
            spelling: model.spelling,
            up: if model.cwd == Cwd::Build { "../" } else { "" },
            root: &project.display().to_string(),
            world: &self.root(),
            tools: &self.bench.dir().display().to_string(),
            twin,
        };
        let words = model.flags.words(&subject);
        let typed = words.clone();
        let words = self.response(words, if twin { "twin" } else { unit });
        let driver = self.bench.driver(&model.tools, unit);
        let by_name = !driver.contains('/') && model.tools.driver != Driver::Other;
        // `-###` shows the name that the driver was started by. Behind a link packer-cc starts it by its path, since its
        // name would lead back to the link. So the two could not be compared.
        let tells_its_name = model.flags.goal == Goal::Other(flags::SHOWN);
        let masquerade = model.tools.form == Form::Masquerade && by_name && !tells_its_name;
        let ours = match model.tools.form {
            _ if masquerade => vec![driver.clone().into()],
            Form::Doubled => vec![packer_cc().into(), packer_cc().into(), driver.clone().into()],
            Form::Launcher | Form::Masquerade => vec![packer_cc().into(), OsString::from(driver.clone())],
        };
        let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
        let bare = [OsString::from(driver)].into_iter().chain(words.iter().cloned()).collect();
        let mut env: Vec<(OsString, OsString)> =
            model.env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
        env.push(("PATH".into(), self.bench.path(false).into()));
        let pwd: Option<OsString> = match model.pwd {
            Pwd::Unset => None,
            Pwd::Right => Some(cwd.clone().into()),
            Pwd::Wrong => Some("/tmp".into()),
            Pwd::Unnormalised => Some(cwd.join("../").join(cwd.file_name().unwrap_or_default()).into()),
            Pwd::Relative => Some(".".into()),
        };
        env.extend(pwd.map(|value| (OsString::from("PWD"), value)));
        Job {
            bare,
            ours: ours.into_iter().chain(words).collect(),
            cwd,
            env,
            typed,
            our_path: self.bench.path(masquerade).into(),
            source: unit.to_owned(),
        }
    }

    /// Puts words into a response file, where the model wants one. It lies outside of the project.
    fn response(&self, words: Vec<String>, unit: &str) -> Vec<String> {
        let inside = match self.model.flags.response {
            1 => words.len(),
            2 => words.len() / 2,
            _ => return words,
        };
        if matches!(self.model.flags.goal, Goal::Other(_)) {
            return words;
        }
        let quote = |word: &String| {
            let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'").replace(' ', "\\ ");
            if escaped.is_empty() { "\"\"\n".to_owned() } else { format!("{escaped}\n") }
        };
        let path = self.world.path(format!("{}.rsp", unit.replace('/', "_")));
        fs::write(&path, words[..inside].iter().map(quote).collect::<String>()).expect("a response file");
        [format!("@{}", path.display())].into_iter().chain(words[inside..].iter().cloned()).collect()
    }
}

/// Adds a state. Where there are too many, a random one goes, so that some stay for long.
fn remember(states: &mut Vec<(usize, Model, &'static str)>, state: (usize, Model, &'static str), rng: &mut Rng) {
    states.push(state);
    if states.len() > HISTORY {
        states.remove(rng.usize(..HISTORY));
    }
}

/// The walks of the ordinary test run. Their seeds are some that notice when lookups forget about absences, those of gcc and clang also when
/// a definition that is mentioned does not count.
fn takes(compiler: Compiler, seed: u64, steps: usize) {
    let plan = Plan { compiler, seed, steps, skip: BTreeSet::new() };
    report::finish(&plan, walk(&plan));
}

#[test]
fn gcc() {
    takes(Compiler::Gcc, 7, 300);
}

#[test]
fn clang() {
    takes(Compiler::Clang, 5, 300);
}

#[test]
fn avr_gcc() {
    takes(Compiler::AvrGcc, 3, 300);
}

/// What `scripts/soak` and a replay take; without variables a short walk with a fourth compiler.
#[test]
fn one_named_by_the_environment() {
    let plan = report::plan_of_environment();
    report::finish(&plan, walk(&plan));
}
