//! The kinds of edits that may cost nothing, and the hits that show it: of a state that was never compiled before.

use super::check::{Job, Left, Record};
use super::flags::{C_STANDARDS, DEBUG, Goal};
use super::model::{Node, QUIET_UNITS};
use super::tools::Driver;
use super::{Walk, kits, quiet};
use crate::fixture::Compiler;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// An edit of the step.
#[derive(Debug, Clone)]
pub struct Edit {
    /// `comment between tokens: says something else`
    pub kind: String,
    pub about: About,
    /// It can cost a result nothing that is blind to it.
    pub is_idle: bool,
}

/// What was edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A text, by its path.
    Text(String),
    /// A kit.
    Kit,
}

/// How often a kind was tried, and how often it was a hit though the state was new.
#[derive(Debug, Default, Clone)]
pub struct Count {
    pub edits: usize,
    pub hits: usize,
    pub is_idle: bool,
}

/// The kinds of a walk.
#[derive(Debug, Default)]
pub struct Kinds {
    counts: BTreeMap<String, Count>,
    /// Compiles of new states that were due to be hits, and those that were.
    pub due: usize,
    pub due_hits: usize,
}

/// The groups that each long walk has to show hits of, by how the kinds' names begin.
pub const GROUPS: [&str; 3] = ["comment", "definition", "kit"];

impl Kinds {
    fn count(&mut self, edit: &Edit, is_hit: bool) {
        let count = self.counts.entry(edit.kind.clone()).or_default();
        count.edits += 1;
        count.hits += usize::from(is_hit);
        count.is_idle = edit.is_idle;
    }

    /// `kind: 12 edits, 10 hits, expected: comment between tokens: says something else`
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.counts.iter().map(|(kind, count)| {
            let expected = if count.is_idle { "expected" } else { "open" };
            format!("kind: {} edits, {} hits, {expected}: {kind}", count.edits, count.hits)
        })
    }

    /// Groups of which many edits should cost nothing, and no hit was seen.
    pub fn missing(&self) -> Vec<&'static str> {
        const MANY: usize = 12;
        let is_missing = |group: &&str| {
            let counts = self.counts.iter().filter(|(kind, count)| kind.starts_with(group) && count.is_idle);
            let (edits, hits) = counts.fold((0, 0), |(edits, hits), (_, of)| (edits + of.edits, hits + of.hits));
            edits >= MANY && hits == 0
        };
        GROUPS.into_iter().filter(is_missing).collect()
    }

    /// Too few of the states that are due to be hits were.
    pub fn is_poor(&self) -> bool {
        const FEW: usize = 20;
        const LEAST: usize = 90;
        self.due >= FEW && 100 * self.due_hits < LEAST * self.due
    }

    pub fn hits(&self) -> usize {
        self.counts.values().map(|count| count.hits).sum()
    }
}

impl Walk<'_> {
    /// Counts the edits of the step, of which `record` came; which `left` this.
    pub(super) fn count_kinds(&mut self, job: &Job, key: u64, record: &Record, left: &Left) {
        let edits = std::mem::take(&mut self.edits);
        let is_new = self.seen.insert(key);
        let is_hit = is_new && record.outcome == "hit";
        let essence = left.is_silent().then(|| self.essence(job)).flatten();
        let is_due = essence
            .is_some_and(|essence| self.essences.get(&essence).is_some_and(|at| self.stored_count - at < super::SURE));
        for edit in &edits {
            let shows = match &edit.about {
                About::Kit => is_due,
                About::Text(path) if path == &job.source => true,
                About::Text(path) => {
                    let name = path.rsplit('/').next().unwrap_or(path);
                    left.held.iter().any(|line| line.contains(&format!("{name} changed in")))
                }
            };
            self.tally.kinds.count(edit, is_hit && shows);
        }
        if is_new && is_due {
            self.tally.kinds.due += 1;
            self.tally.kinds.due_hits += usize::from(record.outcome == "hit");
            if record.outcome != "hit" {
                let last = self.told.last_mut().expect("a step");
                *last += " (a hit was due: the states have one essence)";
            }
        }
        let kept = essence.filter(|_| record.is_stored() || record.outcome == "hit");
        self.is_calm = kept.is_some();
        // After damage to the store a result may still be a hit for what it was made of alone.
        if let Some(essence) = kept.filter(|_| record.is_stored() || !self.is_damaged) {
            self.essences.insert(essence, self.stored_count);
        }
    }

    /// All that a silent result may depend on if it is blind: not on comments, on definitions that nobody asks for, and on where kits are.
    /// `None` if the result need not be blind.
    fn essence(&self, job: &Job) -> Option<u64> {
        let (model, flags) = (&self.model, &self.model.flags);
        let is_clang = self.plan.compiler == Compiler::Clang;
        let debug = DEBUG[flags.debug];
        let is_plain = QUIET_UNITS.contains(&job.source.as_str())
            && model.tools.driver != Driver::Other
            && matches!(flags.goal, Goal::Object | Goal::Assembly)
            && (matches!(debug, "" | "-g0") || !is_clang && debug != "-g3" || debug == "-gdwarf-4")
            && !matches!(C_STANDARDS[flags.standard], "-ansi" | "-std=c89" | "-std=gnu89")
            && (flags.extras, flags.side, flags.map) == (0, 0, 0)
            && flags.drawn.is_empty();
        if !is_plain {
            return None;
        }
        // Debug data show where kits are, and all links may be shown.
        let are_shown = !matches!(debug, "" | "-g0")
            || flags.kits.iter().any(|(_, place)| matches!(model.kits[*place], kits::Kit::Link(_)));
        let says = |node: &Node, word: &str| matches!(node, Node::Text(text) if text.says(&[word]));
        let hides = |node: &Node| matches!(node, Node::Text(text) if quiet::hides_nothing(text));
        let asks = model
            .nodes
            .values()
            .any(|node| says(node, "poison") || says(node, "__LINE__") || says(node, "Q_GLUE") || hides(node))
            || job.typed.iter().any(|word| word.contains("ZQJ"));
        let mut hasher = DefaultHasher::new();
        for (path, node) in &model.nodes {
            match node {
                Node::Text(text) if text.is_code() => (path, quiet::essence(text, !asks)).hash(&mut hasher),
                node => format!("{path} {node:?}").hash(&mut hasher),
            }
        }
        format!("{:?} {:?} {:?}", model.ages(), model.tools, model.place).hash(&mut hasher);
        if are_shown {
            format!("{:?} {:?}", job.typed, model.kits).hash(&mut hasher);
        } else {
            format!("{:?}", kits::masked(model, &job.typed, &self.root())).hash(&mut hasher);
        }
        (&job.cwd, &job.env).hash(&mut hasher);
        Some(hasher.finish())
    }
}
