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
//! * the preprocessor took them out: not of assembly, or of preprocessed text, and in C of 1990 only where no text has a `//`;
//! * the compiler said nothing: a diagnostic shows lines, and some are kept silent by remarks;
//! * no option has it read comments, show the text, or embed a sum of it: `-Wdocumentation`, `-g3`, clang's DWARF 5;
//! * no text has it do so: `#pragma GCC diagnostic warning "-Wdocumentation"`;
//! * no two texts under `#pragma once` have the same code: comments alone would decide whether they are one;
//! * the assembler read none of the texts. If it may have read the source alone, the headers still count by their code.
//!
//! Which comments count as code all the same is told in [`code`](crate::text::code).

use super::case::{Case, Judged};
use super::input::Input;
use crate::reason::Cause;

#[expect(clippy::unnecessary_wraps, reason = "an obligation may refuse, as the others do")]
pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if case.is_blind() && !case.read.is_source_assembled {
        return Ok(Judged::Holds(Vec::new()));
    }
    let source = case.observed.key_files.first().map(|source| Input::Source { content: source.content });
    Ok(Judged::Holds(source.into_iter().collect()))
}
