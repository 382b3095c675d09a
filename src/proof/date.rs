//! Obligation: where the outputs show the date that the environment gives, it is the same date here.
//!
//! ```c
//! const char *built = __DATE__;    // SOURCE_DATE_EPOCH=1700000000: "Nov 14 2023"
//! ```
//!
//! A build that sets the variable from its commit shares all results that do not show the date.

use super::case::{Case, Judged};
use super::input::{Input, date_digest};
use crate::reason::Cause;
use crate::text::WordSet;
use crate::toolchain::environment as variables;
use std::os::unix::ffi::OsStrExt as _;

#[expect(clippy::unnecessary_wraps, reason = "an obligation may refuse, as the others do")]
pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if !case.read.words.intersects(WordSet::DATE) {
        return Ok(Judged::Holds(Vec::new()));
    }
    let date = case.observed.environment.get(variables::SOURCE_DATE).unwrap_or_default();
    Ok(Judged::Holds(vec![Input::Date { digest: date_digest(date.as_bytes()) }]))
}
