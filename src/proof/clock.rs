//! Obligation: the system's clock went forward while the compiler ran.
//!
//! That a file did not change is told by its times. Where the clock was set back, a file that was changed during the compile looks
//! older than its start.

use super::case::{Case, Judged};
use crate::reason::{Cause, Reason};

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if case.observed.clock_went_back {
        return Err(Reason::ClockWentBack.into());
    }
    Ok(Judged::Holds(Vec::new()))
}
