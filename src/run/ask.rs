//! Asking the compiler's own preprocessor about a compile that has just succeeded, see [`witness`](crate::inputs::witness).

use super::compile::Memory;
use super::prepare::Prepared;
use super::process::Asked;
use super::relative::Rewritten;
use crate::command::{Part, Role, Trait, ours};
use crate::inputs::Answer;
use crate::inputs::witness::AskFor;
use crate::paths;
use crate::proof::Preprocessor;
use crate::text::WordSet;
use crate::toolchain::habits;
use crate::toolchain::run::Spec;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Instant;

/// Whom to ask, and whether that is allowed.
pub struct Asking<'a> {
    pub prepared: &'a Prepared,
    /// The command as it was typed.
    pub typed: &'a Spec,
    /// The user's `PACKER_CC_ASK` allows it.
    pub allowed: bool,
    /// What was asked in this run.
    pub asked: &'a mut Asked,
}

impl Preprocessor for Asking<'_> {
    /// Directives alone cannot be followed where one of them expands `__COUNTER__` (GCC manual, "-fdirectives-only"): then all
    /// is expanded.
    fn ask(&mut self, question: AskFor, words: WordSet, needles: &[Vec<u8>]) -> Option<Answer> {
        if !self.allowed || self.asked.times > 0 {
            return None;
        }
        let prepared = self.prepared;
        let said = if is_of_directives(prepared, question, words) {
            self.run(true).or_else(|| self.run(false))
        } else {
            self.run(false)
        };
        let (output, depfile) = said?;
        let source = prepared.job.source.as_bytes();
        let here = |name: Vec<u8>| match &prepared.relative {
            Some(relative) => relative.here(name),
            None => name,
        };
        let mut listed: Vec<Vec<u8>> = crate::outputs::depfile::names(&depfile)?.into_iter().map(here).collect();
        let own = listed.iter().position(|name| name == paths::without_dot_slash(source))?;
        listed.remove(own);
        Answer::read(&output, listed, source, question, needles, &here)
    }
}

impl Asking<'_> {
    /// What the preprocessor says, and its depfile; `None` if it fails.
    fn run(&mut self, by_directives: bool) -> Option<(Vec<u8>, Vec<u8>)> {
        let clock = Instant::now();
        let said = run(self.prepared, self.typed, by_directives);
        self.asked.question = Some(if by_directives { "directives" } else { "text" });
        self.asked.times += 1;
        self.asked.us += u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX);
        said
    }
}

fn run(prepared: &Prepared, typed: &Spec, by_directives: bool) -> Option<(Vec<u8>, Vec<u8>)> {
    let memory = Memory::new().ok()?;
    let mut spec = typed.clone();
    if let Some(relative) = &prepared.relative {
        spec.env.clone_from(&relative.env);
    }
    let inherited = prepared.relative.as_ref().map_or(Ok(Vec::new()), Rewritten::inherited).ok()?;
    spec.args = arguments(prepared, by_directives);
    spec.args.extend(ours::DEPFILE.map(OsString::from));
    spec.args.push(memory.name.clone());
    let finished = spec.ask().ok()?;
    drop(inherited);
    let depfile = memory.read()?;
    finished.status.success().then_some((finished.stdout, depfile))
}

/// The command without what it writes, asked for its preprocessed text.
fn arguments(prepared: &Prepared, by_directives: bool) -> Vec<OsString> {
    let job = &prepared.job;
    let writes = |role| matches!(role, Role::Output | Role::Depfile | Role::DepTarget | Role::SideFile);
    let stays = |part: &&Part| !writes(part.role) && !part.has(Trait::Stage);
    let parts = job.parts.iter().filter(stays);
    let mut args: Vec<OsString> = parts.flat_map(|part| job.words[part.words.clone()].iter().cloned()).collect();
    // Warnings are the compile's business.
    args.extend(ours::PREPROCESS.map(OsString::from));
    if by_directives {
        args.push(ours::DIRECTIVES_ONLY.into());
    }
    args
}

/// Whether it is enough that the directives are followed and nothing else is expanded.
fn is_of_directives(prepared: &Prepared, question: AskFor, words: WordSet) -> bool {
    let is_known = prepared.compiler.has(habits::DIRECTIVES_ONLY);
    // Pragmas that are operators are not seen among directives alone, and the comments of assembly begin with `#`.
    let is_plain = !words.intersects(WordSet::NOT_BY_DIRECTIVES) && !prepared.job.language.is_assembler();
    question == AskFor::Files && is_known && is_plain
}
