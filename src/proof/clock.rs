//! Obligation: the system's clock went forward while the compiler ran.
//!
//! The times of a file tell that it did not change. Where the clock was set back, a file that was changed during the compile looks
//! older than the start of the compile.

use super::case::{Case, Judged};
use crate::reason::{Cause, Reason};

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if case.observed.clock_went_back {
        return Err(Reason::ClockWentBack.into());
    }
    Ok(Judged::Holds(Vec::new()))
}
