//! Which results are blind to comments, see [`comments`](super::comments).

use super::observed::Observed;
use crate::command::{Job, Trait};
use crate::inputs::ReadSet;
use crate::outputs::OutputPart;
use crate::text::{Reading, WordSet};
use crate::toolchain::{Compiler, habits};

/// Whether a result that [may be](may_be_blind) blind is, by what was read.
pub(super) fn is_blind(observed: &Observed<'_>, read: &ReadSet) -> bool {
    let switches = WordSet::DIAGNOSTIC | WordSet::COMMENT_WARNING;
    !read.words.intersects(WordSet::MINDS_COMMENTS)
        && !read.words.contains(switches)
        && (!read.words.intersects(WordSet::LINE_COMMENT) || knows_line_comments(observed.job, observed.compiler))
        && !read.is_assembled
        && !read.could_have_twins()
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
        && !(observed.compiler.has(habits::KEEPS_OFFSETS) && job.lto)
}

/// Whether debug data may hold sums of the sources: DWARF 5 does, and older ones do not.
fn has_sums(observed: &Observed<'_>) -> bool {
    let job = observed.job;
    let is_old = job.parts_with(Trait::DebugFormat).last().is_some_and(|part| part.has(Trait::OldDebugFormat));
    job.debug && !is_old
}

/// What of a text can have a compile do anything: its code, where that is what the compiler reads in any case.
pub fn reading(job: &Job, compiler: &Compiler) -> Reading {
    let is_code = job.language.has_comments() && knows_line_comments(job, compiler);
    if is_code { Reading::Code } else { Reading::Text }
}

/// Whether `//` begins a comment, as in all languages but the C of 1990. There a text's [code](crate::text::code) says what the compiler
/// reads only if no comment begins so ([`WordSet::LINE_COMMENT`]).
pub fn knows_line_comments(job: &Job, compiler: &Compiler) -> bool {
    job.language.is_cxx()
        || !job.has(Trait::OldStandard) && (job.has(Trait::Standard) || compiler.has(habits::LINE_COMMENTS_IN_C))
}
