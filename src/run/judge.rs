//! Judging what a compile read: whether it is all known, whether the text forbids to keep the result, and what ties it to its place. Where
//! the texts leave a doubt, the preprocessor is asked, once.

use super::ask::{self, Asked};
use super::bound;
use super::compile::Compile;
use super::dated;
use super::learn::{Unstored, unstored};
use super::prepare::Prepared;
use crate::disk::memo::Memo;
use crate::disk::still::{Span, Still};
use crate::environment::Environment;
use crate::inputs::disk::{Disk, Texts};
use crate::inputs::search_path::What;
use crate::inputs::witness::{Question, Seen};
use crate::inputs::{self, Answer, Compiled, Doubt, Problem, ReadSet};
use crate::proof::binding::Bound;
use crate::store::entry::Entry;
use crate::text::WordSet;
use crate::toolchain::run::Spec;
use crate::toolchain::{Family, environment as variables};
use std::os::unix::ffi::OsStrExt as _;

/// Whether and how the preprocessor may be asked.
pub struct Asking<'a> {
    /// The command as it was typed.
    pub typed: &'a Spec,
    /// The user's `PACKER_CC_ASK` allows it.
    pub allowed: bool,
    /// What was asked in this run.
    pub asked: &'a mut Asked,
}

/// Judges what a compile read, and asks the preprocessor where that leaves a doubt.
pub struct Judge<'a, 'c> {
    pub prepared: &'a Prepared,
    pub compile: &'a Compile,
    pub memo: &'a mut Memo,
    pub environment: &'a Environment,
    pub asking: &'a mut Asking<'c>,
    pub compiled: Compiled<'a>,
    /// What the assembler reads is known, whatever the text says.
    pub assembly_known: bool,
    /// What was read as a whole.
    pub texts: Texts,
}

impl Judge<'_, '_> {
    /// The read set, without doubt. `main` is the main output.
    pub fn read(&mut self, main: &[u8]) -> Result<ReadSet, Unstored> {
        let read = self.find(None)?;
        let refused = self.refused(&read);
        if let Some(Refused { code: code @ DATE, .. }) = refused
            && self.shows_moment(main)
        {
            return Err(unstored(code, b""));
        }
        let question = match (&refused, &read.doubt) {
            (Some(refused), _) if refused.may_be_asked => Question::Text,
            (Some(refused), _) => return Err(unstored(refused.code, b"")),
            (None, Some(_)) => Question::Files,
            (None, None) => return Ok(read),
        };
        let Some(answer) = self.ask(question, read.words) else {
            return Err(match (refused, read.doubt) {
                (Some(refused), _) => unstored(refused.code, b""),
                (None, doubt) => in_doubt(doubt),
            });
        };
        let read = self.find(Some(&answer))?;
        if read.doubt.is_some() {
            return Err(in_doubt(read.doubt));
        }
        match self.refused(&read) {
            Some(refused) => Err(unstored(refused.code, b"")),
            None => Ok(read),
        }
    }

    fn find(&mut self, answer: Option<&Answer>) -> Result<ReadSet, Unstored> {
        const SYSTEM: WordSet = WordSet::SYSTEM_HEADER.union(WordSet::SYSTEM_MACRO);
        let Compile { span, before, .. } = self.compile;
        let cwd = &self.prepared.place.cwd;
        if answer.is_some() {
            self.memo.look_again();
        }
        let mut disk = Disk::new(cwd, self.memo, Still::new(cwd, *span, before), &mut self.texts);
        for dir in self.compiled.path.dirs.iter().filter(|dir| dir.what != What::Nothing) {
            if !disk.dir_stood(&dir.path) {
                return Err(Problem::Changed(dir.path.clone()).into());
            }
        }
        let mut compiled = Compiled { answer, ..self.compiled };
        let mut read = inputs::find(&compiled, &mut disk)?;
        if self.prepared.lists_users_alone() && compiled.complete && answer.is_none() && read.words.intersects(SYSTEM) {
            // A text makes itself a system header, and what it includes is not in the depfile.
            (compiled.complete, self.compiled.complete) = (false, false);
            read = inputs::find(&compiled, &mut disk)?;
        }
        match answer.and_then(|answer| answer.seen) {
            Some(seen) => Self::take_seen(&mut read, seen),
            None => read.judge_macros(WordSet::DATE | WordSet::TIMESTAMP, &compiled, &mut disk)?,
        }
        Ok(read)
    }

    /// The output shows when it was made, so nobody has to be asked.
    fn shows_moment(&self, main: &[u8]) -> bool {
        const NS: i128 = 1_000_000_000;
        let Span { started_ns, ended_ns } = self.compile.span;
        let seconds = |ns: i128| i64::try_from(ns / NS).unwrap_or(0);
        dated::shows_moment(main, seconds(started_ns), seconds(ended_ns) - seconds(started_ns))
    }

    /// What the compiler saw, instead of what the texts could have come to.
    fn take_seen(read: &mut ReadSet, seen: Seen) {
        const TOLD: WordSet = WordSet::DATE
            .union(WordSet::TIMESTAMP)
            .union(WordSet::FILE)
            .union(WordSet::TYPE_NAMES)
            .union(WordSet::INCBIN)
            .union(WordSet::ASM_INCLUDE)
            .union(WordSet::ASM_FILE)
            .union(WordSet::ASM_COMPUTED)
            .union(WordSet::ASM_COMPOSED)
            .union(WordSet::ASM_PASTED);
        read.forget_macros();
        read.words = read.words.without(TOLD) | (seen.words & TOLD);
        if seen.spells {
            read.words |= WordSet::FILE;
        }
    }

    /// Asks, once in a run, and takes the answer only if it fits what the compile itself left.
    fn ask(&mut self, question: Question, words: WordSet) -> Option<Answer> {
        let Asking { typed, allowed, asked } = &mut *self.asking;
        if !*allowed || asked.times > 0 || !self.prepared.invocation.language.runs_preprocessor() {
            return None;
        }
        let Compiled { listed, complete, source, .. } = &self.compiled;
        // A gcc that only preprocesses does not define what `#pragma GCC target` does, and a line marker in a text is not told from its own.
        let misleads = match self.prepared.compiler.family {
            Family::Gcc => WordSet::TARGET | WordSet::MARKER,
            Family::Clang => WordSet::MARKER,
        };
        if words.intersects(misleads) {
            return None;
        }
        let place = &self.prepared.place;
        let needles = [place.root_needles(), place.named_needles()].concat();
        let answer = ask::ask(self.prepared, typed, question, words, &needles, asked)?;
        answer.fits(listed, *complete, source).then_some(answer)
    }

    fn refused(&self, read: &ReadSet) -> Option<Refused> {
        refused(self.prepared, read.words, self.assembly_known, self.environment)
    }

    /// What the result is bound to. Where nothing but a name of a file ties it, and the texts do not tell whether that is expanded, it is
    /// asked.
    pub fn bound(&mut self, read: &mut ReadSet, entry: &Entry) -> Result<Bound, Unstored> {
        const NAMES: WordSet = WordSet::FILE.union(WordSet::TYPE_NAMES);
        let loose = bound::bound(self.prepared, read, read.words.without(NAMES), entry);
        let tied = bound::bound(self.prepared, read, read.words | WordSet::FILE, entry);
        if loose == tied {
            return Ok(loose);
        }
        let cwd = &self.prepared.place.cwd;
        let mut disk =
            Disk::new(cwd, self.memo, Still::new(cwd, self.compile.span, &self.compile.before), &mut self.texts);
        read.judge_macros(WordSet::FILE, &self.compiled, &mut disk)?;
        let judged = bound::bound(self.prepared, read, read.words, entry);
        if judged == loose {
            return Ok(loose);
        }
        let Some(answer) = self.ask(Question::Text, read.words) else { return Ok(judged) };
        let exact = self.find(Some(&answer))?;
        if exact.doubt.is_some() || self.refused(&exact).is_some() {
            return Ok(judged);
        }
        *read = exact;
        Ok(bound::bound(self.prepared, read, read.words, entry))
    }
}

/// The text expands a date or a time.
const DATE: &str = "date-macro";

fn in_doubt(doubt: Option<Doubt>) -> Unstored {
    match doubt {
        Some(Doubt::ComputedInclude(name)) => unstored("computed-include", name),
        Some(Doubt::SystemHeaders) | None => {
            unstored("computed-include", b"a macro stands for #pragma GCC system_header")
        }
    }
}

/// Why the text forbids to keep a result.
struct Refused {
    code: &'static str,
    /// The text may say it without meaning it: whether it does can be asked.
    may_be_asked: bool,
}

/// Text whose meaning does not depend on bytes alone.
fn refused(prepared: &Prepared, words: WordSet, assembly_known: bool, environment: &Environment) -> Option<Refused> {
    // Preprocessed text shows none of these.
    const NOT_ASKED: WordSet =
        WordSet::EMBED.union(WordSet::ASKS_COMPUTED).union(WordSet::PCH).union(WordSet::DEPENDENCY);
    let language = prepared.invocation.language;
    let preprocessed = !language.runs_preprocessor();
    // gcc since 7 and clang since 16 take the date from the variable; the result is bound to it.
    let honours_epoch = match prepared.compiler.family {
        Family::Gcc => prepared.compiler.major >= 7,
        Family::Clang => prepared.compiler.major >= 16,
    };
    // A macro of the command line in the place of the compiler's own: nothing brings that back.
    let redefined = |names: &[&str]| {
        names.iter().all(|name| {
            let defines = |part: &crate::command::Part| {
                let value = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
                let rest = value.strip_prefix(name.as_bytes());
                part.flag == "-D" && rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'=')))
            };
            prepared.invocation.parts.iter().any(defines)
        })
    };
    let fixed_date = redefined(&["__DATE__", "__TIME__"])
        || honours_epoch && environment.get_nonempty(variables::SOURCE_DATE).is_some();
    let refused = [
        (WordSet::DATE, DATE, preprocessed || fixed_date),
        (WordSet::TIMESTAMP, "timestamp-macro", preprocessed || redefined(&["__TIMESTAMP__"])),
        (WordSet::INCBIN | WordSet::ASM_INCLUDE, "assembler-include", assembly_known),
        (WordSet::ASM_FILE, "assembler-include", assembly_known || !language.is_assembler()),
        (WordSet::ASM_COMPUTED | WordSet::ASM_COMPOSED, "computed-assembly", assembly_known),
        (WordSet::ASM_PASTED, "computed-assembly", assembly_known || !language.is_assembler()),
        (WordSet::EMBED, "embed", preprocessed),
        (WordSet::DEPENDENCY, "pragma-dependency", false),
        (WordSet::ASKS_COMPUTED, "computed-has-include", preprocessed),
        (WordSet::PCH, "precompiled-header", false),
    ];
    let mut refused = refused.into_iter().filter(|(word, _, harmless)| words.intersects(*word) && !harmless);
    let (_, code, _) = refused.clone().find(|(word, ..)| word.intersects(NOT_ASKED)).or_else(|| refused.next())?;
    Some(Refused { code, may_be_asked: !refused.any(|(word, ..)| word.intersects(NOT_ASKED)) })
}
