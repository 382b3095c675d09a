//! Obligation: colours in the diagnostics are the compiler's own.
//!
//! The compiler is asked for colours, which are taken out again where nobody wants them. An escape sequence of the text's own,
//!
//! ```c
//! #warning \x1b[31mdanger\x1b[0m      // with real escape characters
//! ```
//!
//! could not be told from them.

use super::case::{Case, Judged};
use crate::reason::{Cause, Reason};
use crate::text::WordSet;

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if case.read.words.intersects(WordSet::ESCAPE) && !case.observed.is_silent {
        return Err(Reason::EscapeInText.about("the diagnostics may show it"));
    }
    Ok(Judged::Holds(Vec::new()))
}
