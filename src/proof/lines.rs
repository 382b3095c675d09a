//! Obligation: neither a diagnostic nor the assembly quotes a file that is not tracked.
//!
//! ```c
//! #line 12 "parser.y"
//! int x = 1.5;          // a warning shows line 12 of parser.y, and so does verbose assembly
//! ```
//!
//! The compiler opens `parser.y` to show a line of it, and no depfile names that file.

use super::case::{Case, Judged};
use crate::reason::{Cause, Reason};
use crate::text::WordSet;

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if case.read.words.intersects(WordSet::LINE) {
        if !case.observed.is_silent {
            return Err(Reason::LineDirective.about("the diagnostics show a file that is not tracked"));
        }
        if case.observed.quotes_lines() {
            return Err(Reason::LineDirective.about("the assembly quotes a file that is not tracked"));
        }
    }
    Ok(Judged::Holds(Vec::new()))
}
