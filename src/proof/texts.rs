//! Obligation: what the texts come to hangs on nothing but the files that are read.
//!
//! ```c
//! const char *built = __DATE__;         // hangs on the date
//! asm(".incbin \"logo.bin\"");          // hangs on a file that no depfile names
//! #pragma GCC dependency "parse.y"      // hangs on which file is older
//! ```
//!
//! A text may hold such a word without meaning it, as in a macro that nobody expands. For most words the preprocessor can tell.

use super::case::{Case, Judged};
use super::moment;
use super::observed::Observed;
use crate::disk::stamp::SECOND_NS;
use crate::disk::still::Span;
use crate::inputs::witness::AskFor;
use crate::reason::{Cause, Reason};
use crate::text::WordSet;
use crate::toolchain::{environment as variables, habits};

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let Some(Refused { reason, may_be_asked }) = refused(case.observed, case.read.words) else {
        return Ok(Judged::Holds(Vec::new()));
    };
    if !may_be_asked || reason == Reason::DateMacro && shows_moment(case.observed) {
        return Err(reason.into());
    }
    Ok(Judged::Doubt(AskFor::Text, reason.into()))
}

/// The output shows when it was made, so that the preprocessor need not be asked.
fn shows_moment(observed: &Observed<'_>) -> bool {
    let Span { started_ns, ended_ns } = observed.span;
    let seconds = |ns: i128| i64::try_from(ns / SECOND_NS).unwrap_or(0);
    moment::shows_moment(observed.outputs.main(), seconds(started_ns), seconds(ended_ns) - seconds(started_ns))
}

/// Why the texts forbid to keep a result.
struct Refused {
    reason: Reason,
    /// The preprocessor can tell whether the texts mean the words that forbid it.
    may_be_asked: bool,
}

/// Why the words of the texts forbid to keep the result, if they do. A reason that the preprocessor cannot take back goes before one
/// that it can; otherwise the first of the rules counts.
fn refused(observed: &Observed<'_>, words: WordSet) -> Option<Refused> {
    // The preprocessor's answer takes none of these back, see `take_seen` in `case.rs`.
    const NOT_ASKED: WordSet =
        WordSet::EMBED.union(WordSet::ASKS_COMPUTED).union(WordSet::PCH).union(WordSet::DEPENDENCY);
    let language = observed.job.language;
    let (preprocessed, assembly_known) = (!language.runs_preprocessor(), observed.is_assembly_known);
    // `-D__DATE__=1` replaces the compiler's own macro, and no text can bring that back.
    let redefined = |names: &[&str]| names.iter().all(|name| observed.job.defines_macro(name));
    let fixed_date = redefined(&["__DATE__", "__TIME__"])
        || observed.compiler.has(habits::SOURCE_DATE_EPOCH)
            && observed.environment.get_nonempty(variables::SOURCE_DATE).is_some();
    let rules = [
        (WordSet::DATE, Reason::DateMacro, preprocessed || fixed_date),
        (WordSet::TIMESTAMP, Reason::TimestampMacro, preprocessed || redefined(&["__TIMESTAMP__"])),
        (WordSet::INCBIN | WordSet::ASM_INCLUDE, Reason::AssemblerInclude, assembly_known),
        (WordSet::ASM_FILE, Reason::AssemblerInclude, assembly_known || !language.is_assembler()),
        (WordSet::ASM_COMPUTED | WordSet::ASM_COMPOSED, Reason::ComputedAssembly, assembly_known),
        (WordSet::ASM_PASTED, Reason::ComputedAssembly, assembly_known || !language.is_assembler()),
        (WordSet::EMBED, Reason::Embed, preprocessed),
        (WordSet::DEPENDENCY, Reason::PragmaDependency, false),
        (WordSet::ASKS_COMPUTED, Reason::ComputedHasInclude, preprocessed),
        (WordSet::PCH, Reason::HeaderPrecompiled, false),
    ];
    let mut refused = rules.into_iter().filter(|(word, _, harmless)| words.intersects(*word) && !harmless);
    let is_certain = |(word, ..): &(WordSet, Reason, bool)| word.intersects(NOT_ASKED);
    let (_, reason, _) = refused.clone().find(is_certain).or_else(|| refused.next())?;
    Some(Refused { reason, may_be_asked: !refused.any(|rule| is_certain(&rule)) })
}
