//! A compile as it is judged: what was seen of it, and what it read, found by the texts or told by the preprocessor.

use super::blind;
use super::bound::{Bound, Tied};
use super::input::Input;
use super::observed::{Observed, Preprocessor};
use crate::command::Role;
use crate::disk::memo::Memo;
use crate::disk::still::Still;
use crate::inputs::disk::{Disk, Texts};
use crate::inputs::search_path::What;
use crate::inputs::witness::{AskFor, Seen};
use crate::inputs::{self, Answer, Compiled, ReadSet, Work};
use crate::reason::{Cause, Reason};
use crate::text::{Reading, WordSet};
use crate::toolchain::habits;
use std::os::unix::ffi::OsStrExt as _;

/// What an obligation says of a compile that can be kept, or may be.
pub enum Judged {
    /// It is kept if these hold.
    Holds(Vec<Input>),
    /// It is kept if these hold. The preprocessor may show that fewer are enough.
    HoldsAtMost(Vec<Input>),
    /// Whether it is kept is for the preprocessor to say; without an answer this is the cause why not.
    Doubt(AskFor, Cause),
}

/// What the obligations look at.
pub struct Case<'a> {
    /// What was seen of the compile.
    pub observed: &'a Observed<'a>,
    /// What was read.
    pub read: ReadSet,
    pub(super) memo: &'a mut Memo,
    /// Texts that were read as a whole.
    texts: Texts,
    known: Known,
    /// What of the texts counts: their code, if the result is blind to comments.
    reading: Reading,
    /// What the preprocessor said.
    pub(super) answer: Option<Answer>,
    /// The parts of the place that are spelled in what it said.
    spelled: Bound,
    /// What ties the result to its place, once that was asked.
    pub(super) tied: Option<Tied>,
}

/// What the command tells of the texts, put together once.
struct Known {
    source: Vec<u8>,
    forced: Vec<Vec<u8>>,
    defines: Vec<u8>,
    own_dirs: Vec<Vec<u8>>,
    /// The depfile names all files.
    complete: bool,
}

impl Known {
    fn of(observed: &Observed<'_>) -> Self {
        let job = observed.job;
        let forced = job.parts.iter().filter(|part| part.role == Role::ForcedInclude);
        Self {
            source: job.source.as_bytes().to_vec(),
            forced: forced.filter_map(|part| Some(part.value.as_ref()?.as_bytes().to_vec())).collect(),
            defines: job.defines(),
            own_dirs: inputs::own_dirs(observed.include_path, &observed.place.cwd),
            complete: observed.is_listed_whole(),
        }
    }

    fn compiled<'k>(
        &'k self,
        observed: &'k Observed<'_>,
        reading: Reading,
        answer: Option<&'k Answer>,
    ) -> Compiled<'k> {
        let preprocesses = observed.job.language.runs_preprocessor();
        Compiled {
            source: &self.source,
            listed: &observed.listed,
            complete: self.complete,
            forced: &self.forced,
            defines: &self.defines,
            driver_macros: &observed.compiler.driver_macros,
            assembled: &observed.assembled,
            path: observed.include_path,
            has_predefined: preprocesses && observed.compiler.has(habits::PREDEFINED_HEADER),
            precompiled_everywhere: preprocesses && observed.compiler.has(habits::PRECOMPILED_EVERYWHERE),
            answer,
            own_dirs: &self.own_dirs,
            reading,
            knows_comments: [reading, blind::reading(observed.job, observed.compiler)].contains(&Reading::Code),
            budget: Work::MOST,
        }
    }
}

impl<'a> Case<'a> {
    /// What was read, as the texts tell it.
    ///
    /// # Errors
    /// Why it cannot be told, even if the preprocessor were asked.
    pub fn new(observed: &'a Observed<'a>, memo: &'a mut Memo) -> Result<Self, Cause> {
        memo.look_again();
        let (known, read, texts) = (Known::of(observed), ReadSet::default(), Texts::default());
        let reading = if blind::may_be_blind(observed) { Reading::Code } else { Reading::Text };
        let mut case =
            Self { observed, read, memo, texts, known, reading, answer: None, spelled: Bound::NOTHING, tied: None };
        case.find()?;
        Ok(case)
    }

    /// Asks the preprocessor, and finds anew what was read. False where it does not answer, or its answer does not fit what the compile
    /// itself left.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn ask(&mut self, question: AskFor, preprocessor: &mut dyn Preprocessor) -> Result<bool, Cause> {
        let observed = self.observed;
        // A line marker in a text is not told from the preprocessor's own.
        let mut misleads = WordSet::MARKER;
        if observed.compiler.has(habits::TARGET_PRAGMA_DEFINES) {
            misleads |= WordSet::TARGET;
        }
        if self.read.words.intersects(misleads) || !observed.job.language.runs_preprocessor() {
            return Ok(false);
        }
        let place = observed.place;
        let parts = [
            (Bound::ROOT, place.root_needles()),
            (Bound::NAMED, place.named_needles()),
            (Bound::GIVEN, place.given_needles()),
        ];
        let (parts, needles): (Vec<Bound>, Vec<Vec<u8>>) =
            parts.into_iter().flat_map(|(part, needles)| needles.into_iter().map(move |needle| (part, needle))).unzip();
        let answer = preprocessor.ask(question, self.read.words, &needles);
        let fits = |answer: &Answer| answer.fits(&observed.listed, self.known.complete, &self.known.source);
        let Some(answer) = answer.filter(fits) else { return Ok(false) };
        self.spelled = answer.spelled.iter().fold(Bound::NOTHING, |spelled, nth| spelled | parts[*nth]);
        self.answer = Some(answer);
        self.memo.look_again();
        self.find()?;
        Ok(true)
    }

    /// Whether the result is blind to comments, see [`comments`](super::comments).
    pub(super) fn is_blind(&self) -> bool {
        self.reading == Reading::Code
    }

    /// The parts of the place whose names the compiler saw, where the preprocessor told; `None` where it may have seen any. `words` are those
    /// that give a name which is not spelled.
    pub(super) fn named(&self, words: WordSet) -> Option<Bound> {
        let seen = self.answer.as_ref()?.seen?;
        (!seen.words.intersects(words)).then_some(self.spelled)
    }

    /// Whether a text expands a macro for one of `words`, or mentions one itself. It reads all texts, so it is asked only where one of
    /// `words` matters.
    pub(super) fn expands(&mut self, words: WordSet) -> Result<bool, Cause> {
        if self.answer.as_ref().is_none_or(|answer| answer.seen.is_none()) {
            let Self { observed, read, memo, texts, known, reading, answer, .. } = self;
            let cwd = &observed.place.cwd;
            let mut disk = Disk::new(cwd, memo, Still::new(cwd, observed.span, observed.before), texts);
            read.judge_macros(words, &known.compiled(observed, *reading, answer.as_ref()), &mut disk)?;
        }
        Ok(self.read.words.intersects(words))
    }

    /// The files that may have taken in their own names; `None` if any may.
    pub(super) fn namers(&mut self) -> Result<Option<Vec<Vec<u8>>>, Cause> {
        let Self { observed, read, memo, texts, known, reading, answer, .. } = self;
        let cwd = &observed.place.cwd;
        let mut disk = Disk::new(cwd, memo, Still::new(cwd, observed.span, observed.before), texts);
        read.namers(&known.compiled(observed, *reading, answer.as_ref()), &mut disk)
    }

    fn find(&mut self) -> Result<(), Cause> {
        const SYSTEM: WordSet = WordSet::SYSTEM_HEADER.union(WordSet::SYSTEM_MACRO);
        let Self { observed, memo, texts, known, reading, answer, .. } = self;
        let cwd = &observed.place.cwd;
        let mut disk = Disk::new(cwd, memo, Still::new(cwd, observed.span, observed.before), texts);
        for dir in observed.include_path.dirs.iter().filter(|dir| dir.what != What::Nothing) {
            if !disk.dir_stood(&dir.path) {
                return Err(Reason::InputChanged.about_path(&dir.path));
            }
        }
        let answer = answer.as_ref();
        let mut read = inputs::find(&known.compiled(observed, *reading, answer), &mut disk)?;
        if observed.lists_users_alone && known.complete && answer.is_none() && read.words.intersects(SYSTEM) {
            // A text makes itself a system header, and what it includes is not in the depfile.
            known.complete = false;
            read = inputs::find(&known.compiled(observed, *reading, answer), &mut disk)?;
        }
        if let Some(seen) = answer.and_then(|answer| answer.seen) {
            take_seen(&mut read, seen);
            if self.spelled != Bound::NOTHING {
                read.words |= WordSet::FILE;
            }
        } else {
            let moments = WordSet::DATE | WordSet::TIMESTAMP;
            read.judge_macros(moments, &known.compiled(observed, *reading, answer), &mut disk)?;
        }
        for file in &mut read.files {
            // A list for a sanitizer, not a text.
            file.code = file.code.filter(|_| !observed.lists.contains(&file.path));
        }
        (self.read, self.tied) = (read, None);
        if self.reading == Reading::Code && !blind::is_blind(self.observed, &self.read) {
            self.reading = Reading::Text;
            return self.find();
        }
        Ok(())
    }
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
    read.words = read.words.without(TOLD) | seen.words & TOLD;
}
