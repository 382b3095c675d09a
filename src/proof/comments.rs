//! Obligation: a result that may show comments, or what a compiler makes of them, hangs on the whole texts. Any other hangs on their code.
//!
//! ```c
//! int half(int x) {   // divides
//!     return x / 2;   // a warning would show this line
//! }
//! ```
//!
//! A result is **blind to comments** only if
//!
//! * the preprocessor took them out, which knows `//`: not of assembly, of preprocessed text, or in C of 1990;
//! * the compiler said nothing: a diagnostic shows lines, and some are kept silent by remarks;
//! * no option has it read comments, show the text, or embed a sum of it: `-Wdocumentation`, `-g3`, clang's DWARF 5;
//! * no text has it do so: `#pragma GCC diagnostic warning "-Wdocumentation"`;
//! * no two texts under `#pragma once` have the same code: comments alone would decide whether they are one;
//! * the assembler read none of the texts.
//!
//! Which comments count as code all the same is told in [`code`](crate::text::code).

use super::case::{Case, Judged};
use super::input::Input;
use super::observed::Observed;
use crate::command::Trait;
use crate::outputs::OutputPart;
use crate::reason::Cause;
use crate::text::{Reading, WordSet};
use crate::toolchain::habits;

#[expect(clippy::unnecessary_wraps, reason = "an obligation may refuse, as the others do")]
pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if is_blind(case) {
        return Ok(Judged::Holds(Vec::new()));
    }
    let source = case.observed.key_files.first().map(|source| Input::Source { content: source.content });
    Ok(Judged::Holds(source.into_iter().collect()))
}

/// Whether the result is blind to comments.
pub(super) fn is_blind(case: &Case<'_>) -> bool {
    case.reading == Reading::Code
        && !case.read.words.intersects(WordSet::MINDS_COMMENTS)
        && !case.read.is_assembled
        && !case.read.has_twins(&case.observed.place.cwd)
        && !case.read.could_have_twins()
}

/// Whether command, compiler and what it said leave it open that the result is blind to comments.
pub(super) fn may_be_blind(observed: &Observed<'_>) -> bool {
    let job = observed.job;
    let said = |part: &OutputPart| matches!(part, OutputPart::Stdout | OutputPart::Stderr);
    job.language.has_comments()
        && observed.is_silent
        && !observed.outputs.parts.iter().any(|(part, _)| said(part))
        && !job.verbose_assembly
        && !job.has(Trait::MindsComments)
        && !observed.compiler.minds_comments
        && !(observed.compiler.has(habits::SUMS_SOURCES) && has_sums(observed))
        && knows_line_comments(observed)
}

/// Whether debug data may hold sums of the sources: DWARF 5 does, and older ones do not.
fn has_sums(observed: &Observed<'_>) -> bool {
    let job = observed.job;
    let is_old = job.parts_with(Trait::DebugFormat).last().is_some_and(|part| part.has(Trait::OldDebugFormat));
    job.debug && !is_old
}

/// Whether `//` begins a comment, as in all languages but the C of 1990.
fn knows_line_comments(observed: &Observed<'_>) -> bool {
    let job = observed.job;
    job.language.is_cxx()
        || !job.has(Trait::OldStandard)
            && (job.has(Trait::Standard) || observed.compiler.has(habits::LINE_COMMENTS_IN_C))
}
