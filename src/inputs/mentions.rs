//! Whether a macro is expanded anywhere: a question to all texts, each of which is read once for all such questions.
//!
//! ```c
//! #define BUILT __DATE__            // a date, if BUILT is expanded
//! #define assert(e) f(#e, __FILE__) // the name of a file, if assert is
//! ```

use super::compiled::Compiled;
use super::read_set::{ReadSet, Text, WholeTexts, Work};
use super::tree::Tree;
use crate::paths;
use crate::reason::{Cause, Reason};
use crate::text::vocabulary::{Vocabulary, word_hash};
use crate::text::{WordSet, questions};
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// The texts of a read set, with the directory of each: the command line's macros, the files and the source.
pub fn texts(set: &mut ReadSet, compiled: &Compiled<'_>, tree: &mut dyn Tree) -> Result<Rc<WholeTexts>, Cause> {
    if let Some(texts) = &set.texts {
        return Ok(Rc::clone(texts));
    }
    let given = Vocabulary::of(compiled.defines);
    let mut texts = vec![Text::new(&[], Rc::from(compiled.defines), Some(given))];
    let files = set.files.iter().map(|file| file.path.as_slice());
    for path in files.chain([compiled.source]) {
        let text = tree.text(path)?;
        spend(&mut set.work, &text, compiled)?;
        let words = if compiled.knows_comments { tree.vocabulary(path, compiled.reading) } else { None };
        texts.push(Text::new(paths::dir_of(path), text, words));
    }
    Ok(Rc::clone(set.texts.insert(Rc::new(WholeTexts::new(texts)))))
}

/// Counts a text that is looked through as a whole.
pub fn spend(work: &mut Work, text: &[u8], compiled: &Compiled<'_>) -> Result<(), Cause> {
    work.bytes += text.len() as u64;
    if work.bytes > compiled.budget.bytes { Err(Reason::TooMuchToJudge.about_path(compiled.source)) } else { Ok(()) }
}

/// Those of the texts that say one of the words as a token, and those of which that is not known.
pub fn saying<'t, 's>(texts: &'t [Text], said: impl Iterator<Item = &'s [u8]>) -> impl Iterator<Item = &'t Text> {
    let said: FxHashSet<u32> = said.map(word_hash).collect();
    let says = move |text: &&Text| text.words.as_ref().is_none_or(|words| words.has_token_among(&said));
    texts.iter().filter(says)
}

/// All that a name begins or ends with.
pub fn edges(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    (1..name.len()).flat_map(|at| [&name[..at], &name[at..]])
}

impl ReadSet {
    /// Adds those of `words` that stand in the body of a macro, if some text expands that macro. This reads all texts, so it is asked only
    /// where one of `words` matters.
    ///
    /// # Errors
    /// Where a text cannot be read any more, or there is more text than a compile may take.
    pub fn judge_macros(&mut self, words: WordSet, compiled: &Compiled<'_>, tree: &mut dyn Tree) -> Result<(), Cause> {
        let asked: Vec<_> = self.dated.extract_if(|dated| dated.word.intersects(words)).collect();
        if asked.iter().all(|dated| self.words.intersects(dated.word)) {
            return Ok(());
        }
        let names: Vec<&[u8]> = asked.iter().map(|dated| dated.name.as_slice()).collect();
        let texts = texts(self, compiled, tree)?;
        if let Some(words) = texts.words() {
            let expands = |name: &[u8]| texts.all.iter().flat_map(|text| &text.words).any(|words| words.expands(name));
            let used = asked.iter().filter(|dated| expands(&dated.name) || words.paste(&dated.name));
            self.words |= used.fold(WordSet::NONE, |words, dated| words | dated.word);
            return Ok(());
        }
        let mut uses: Vec<_> = names.iter().map(|name| questions::MacroUse::of_numbers(name)).collect();
        let said = names.iter().copied().chain(names.iter().flat_map(|name| edges(name)));
        for text in saying(&texts.all, said) {
            for (found, of_all) in questions::expands(text.readings(), &names).into_iter().zip(&mut uses) {
                of_all.expanded |= found.expanded;
                of_all.begins |= found.begins;
                of_all.ends |= found.ends;
            }
        }
        for (dated, found) in asked.iter().zip(uses) {
            if found.expanded || found.begins && found.ends {
                self.words |= dated.word;
            }
        }
        Ok(())
    }
}
