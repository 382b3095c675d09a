//! Obligation: colours in the diagnostics are the compiler's own.
//!
//! ```c
//! #warning \x1b[31mdanger\x1b[0m      // with real escape characters
//! ```
//!
//! packer-cc asks the compiler for colours, and takes them out again where nobody wants them. It cannot tell an escape sequence of the
//! text from one of the compiler.

use super::case::{Case, Judged};
use crate::reason::{Cause, Reason};
use crate::text::WordSet;

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if case.read.words.intersects(WordSet::ESCAPE) && !case.observed.is_silent {
        return Err(Reason::EscapeInText.about("the diagnostics may show it"));
    }
    Ok(Judged::Holds(Vec::new()))
}
