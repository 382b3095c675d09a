//! The work list: files lead to directives, directives to places, places to files, until nothing new comes.
//!
//! What it takes is linear in what was read: each text is scanned once (its facts are remembered with its digest) and read as a
//! whole at most once, each directive is followed once for each directory it counts from. A budget ends what no real compile
//! comes near.

mod assembled;
mod directives;
mod pasted;
mod places;
mod precompiled;
mod state;

use super::compiled::Compiled;
use super::doubt::Doubt;
use super::read_set::{Inclusions, ReadFile, ReadSet, Text};
use super::tree::Tree;
use super::{absences, mentions, once};
use crate::inputs::search_path::Dir;
use crate::paths;
use crate::reason::Cause;
use crate::text::{Facts, IncludeForm, Mention, Waiting, WordSet, conditions, questions};
use state::{From, Pending, Search};

/// Finds the read set.
///
/// # Errors
/// The reason why it cannot be told, even if the preprocessor were asked.
pub fn find(compiled: &Compiled<'_>, tree: &mut dyn Tree) -> Result<ReadSet, Cause> {
    let mut search = Search::new(compiled, tree);
    search.begin()?;
    if compiled.complete && compiled.answer.is_none() && search.has_early_doubt() {
        // The depfile names all files, and a computed include is in doubt. Either the preprocessor is asked and the search begins anew, or
        // the result is not kept: to follow the directives now would be in vain.
        search.judge_pieces();
        return Ok(search.set);
    }
    search.follow()?;
    if !compiled.complete && search.set.words.intersects(WordSet::SYSTEM_MACRO) {
        search.set.doubt.get_or_insert(Doubt::SystemHeaders);
    }
    search.ask_through_wrappers()?;
    search.judge_pieces();
    for (nth, file) in compiled.assembled.iter().enumerate() {
        search.assembled(file, nth + 1 == compiled.assembled.len())?;
    }
    Ok(search.freeze())
}

impl Search<'_, '_> {
    /// What is known to have been read: the source, what depfile or preprocessor name, and what the command line says.
    fn begin(&mut self) -> Result<(), Cause> {
        self.add(self.compiled.source.to_vec(), false, true)?;
        let listed = self.compiled.answer.map_or(self.compiled.listed, |answer| &answer.listed);
        for header in listed {
            self.add(header.clone(), false, false)?;
        }
        let mut defined = Facts::of(self.compiled.defines);
        if !defined.asked.is_empty() || !defined.wrappers.is_empty() {
            // `-D 'HAS(x)=__has_include(x)'` asks wherever `HAS` is used.
            defined.words |= WordSet::ASKS_COMPUTED;
        }
        self.take_facts(&defined);
        self.pieces.append(&mut defined.pieces);
        Ok(())
    }

    /// Whether the texts that are known so far have a computed include of which no macro tells the file. Notes it as a doubt.
    fn has_early_doubt(&mut self) -> bool {
        let mut unknown = None;
        for file in &self.queue {
            let is_computed = |mention: &&Mention| mention.form == IncludeForm::Computed;
            let waiting = file.facts.waiting.iter().filter(|waiting| !self.is_dead(waiting));
            let mentions = file.facts.includes.iter().chain(waiting.map(|waiting| &waiting.mention));
            unknown = unknown.or(mentions.filter(is_computed).find(|mention| !self.is_known(&mention.name)).cloned());
        }
        self.set.doubt = unknown.map(|mention| Doubt::ComputedInclude(mention.name));
        self.set.doubt.is_some()
    }

    fn is_dead(&self, waiting: &Waiting) -> bool {
        self.defined.is_dead(waiting, self.compiled.driver_macros)
    }

    /// Follows all directives of all files, until nothing new is found.
    fn follow(&mut self) -> Result<(), Cause> {
        if self.compiled.has_predefined {
            self.resolve(
                &Mention { form: IncludeForm::Angle, next: false, name: b"stdc-predef.h".to_vec() },
                b"",
                true,
            )?;
        }
        for forced in self.compiled.forced {
            if !self.compiled.precompiled_everywhere {
                self.refuse_precompiled_beside(forced)?;
            }
            self.resolve(&Mention { form: IncludeForm::Quote, next: false, name: forced.clone() }, b"", false)?;
        }
        for directive in self.compiled.answer.map_or(&[][..], |answer| &answer.directives) {
            self.resolve(&directive.mention, &directive.dir, false)?;
        }
        loop {
            while let Some(file) = self.queue.pop() {
                self.follow_file(file)?;
            }
            self.wake()?;
            self.follow_computed()?;
            if self.queue.is_empty() {
                return Ok(());
            }
        }
    }

    fn follow_file(&mut self, file: Pending) -> Result<(), Cause> {
        let Pending { path, system, facts } = file;
        let system = system || facts.mentions(WordSet::SYSTEM_HEADER);
        let dir = paths::dir_of(&path).to_vec();
        let is_computed = |mention: &Mention| mention.form == IncludeForm::Computed;
        let is_own = self.compiled.own_dirs.iter().any(|dir| path.starts_with(dir));
        self.set.has_computed_include |= !is_own
            && (facts.includes.iter().any(is_computed)
                || facts.waiting.iter().any(|waiting| is_computed(&waiting.mention)));
        let is_in = |dir: &Dir| dir.system && !dir.builtin && path.starts_with(&paths::join(&dir.path, b""));
        if !is_own {
            let is_system = facts.mentions(WordSet::SYSTEM_HEADER) || self.compiled.path.dirs.iter().any(is_in);
            let mut found = Inclusions { path: path.clone(), is_system, ..Inclusions::default() };
            let waiting = facts.waiting.iter().map(|waiting| &waiting.mention);
            for mention in facts.includes.iter().chain(waiting) {
                match mention.form {
                    IncludeForm::Angle => found.angled.push(paths::split(&mention.name).1.to_vec()),
                    IncludeForm::Quote => found.quoted.push(paths::split(&mention.name).1.to_vec()),
                    IncludeForm::Computed => found.quoted.push(Vec::new()),
                }
            }
            self.set.inclusions.push(found);
        }
        for mention in &facts.asked {
            self.ask(mention, &dir)?;
        }
        // The preprocessor has shown which of this file's directives were read, and `follow` takes those.
        if self.compiled.answer.is_some_and(|answer| answer.entered.contains(paths::without_dot_slash(&path))) {
            return Ok(());
        }
        let from = |what| From { dir: dir.clone(), system, what };
        for mention in facts.includes {
            if mention.form == IncludeForm::Computed {
                self.computed.push(from(mention));
            } else {
                self.resolve(&mention, &dir, system)?;
            }
        }
        let from = |what| From { dir: dir.clone(), system, what };
        self.waiting.extend(facts.waiting.into_iter().map(from));
        Ok(())
    }

    /// Follows the waiting directives of which it turned out that some text defines what they wait for.
    fn wake(&mut self) -> Result<(), Cause> {
        let (dead, alive): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| self.is_dead(&waiting.what));
        self.waiting = dead;
        for From { dir, system, what: Waiting { mention, .. } } in alive {
            if mention.form == IncludeForm::Computed {
                self.computed.push(From { dir, system, what: mention });
            } else {
                self.resolve(&mention, &dir, system)?;
            }
        }
        Ok(())
    }

    /// Computed includes lead to what the macros of their names stand for. A later file may define such a macro anew, so this is
    /// asked again with each.
    fn follow_computed(&mut self) -> Result<(), Cause> {
        self.set.doubt = None;
        for From { dir, system, what: Mention { name, next, .. } } in self.computed.clone() {
            if !self.is_known(&name) {
                self.set.doubt = Some(Doubt::ComputedInclude(name));
                continue;
            }
            for mention in self.macros.get(&name).cloned().unwrap_or_default() {
                self.resolve(&Mention { next, ..mention }, &dir, system)?;
            }
        }
        Ok(())
    }

    /// The macro of this name stands for nothing but the header names that are known of it. Between `<` and `>` macros are
    /// expanded, as in avr-libc's `<avr/__header1__(io,__AVR_DEV_LIB_NAME__).h>`, so no word there may be a macro's name.
    fn is_known(&self, name: &[u8]) -> bool {
        let Some(mentions) = self.macros.get(name) else { return false };
        let angled = mentions.iter().filter(|mention| mention.form == IncludeForm::Angle);
        let mut words = angled.flat_map(|mention| questions::words(&mention.name));
        let is_drivers = |word: &[u8]| self.compiled.driver_macros.iter().any(|name| name == word);
        let is_plain =
            |word: &[u8]| !conditions::is_predefined(word) && !is_drivers(word) && !self.defined.may_hold(word);
        !is_drivers(name) && self.defined.holds_headers_alone(name) && words.all(is_plain)
    }

    /// `#define HAS(x) __has_include(x)` makes every use of `HAS` a question.
    fn ask_through_wrappers(&mut self) -> Result<(), Cause> {
        if self.wrappers.is_empty() {
            return Ok(());
        }
        let wrappers = std::mem::take(&mut self.wrappers);
        for Text { dir, bytes, .. } in &mentions::texts(&mut self.set, self.compiled, self.tree)?.all {
            for (nth, wrapper) in wrappers.iter().enumerate() {
                if nth > 0 {
                    // Each looks through the text anew.
                    mentions::spend(&mut self.set.work, bytes, self.compiled)?;
                }
                let Some(uses) = questions::uses(bytes, wrapper) else {
                    self.set.words |= WordSet::ASKS_COMPUTED;
                    continue;
                };
                for mention in uses {
                    self.ask(&mention, dir)?;
                }
            }
        }
        Ok(())
    }

    /// Judges what could only be judged when all is known.
    fn freeze(mut self) -> ReadSet {
        if self.set.words.intersects(WordSet::ONCE) {
            let mut skipped: Vec<&Vec<u8>> = self.skipped.iter().filter(|path| !self.tracked.contains(*path)).collect();
            skipped.sort_unstable();
            let tree = &mut self.tree;
            let twins = once::twins(skipped, &self.contents, |path| tree.digest(path).map(|(_, digest)| digest));
            let twin = |(path, content)| ReadFile { path, content, code: None, is_definitions: false };
            self.set.files.extend(twins.into_iter().map(twin));
        }
        self.set.absent = absences::group(&self.missing, self.tree);
        self.set
    }
}
