//! Obligation: nobody else wrote to the main output's place while the compiler ran.
//!
//! ```text
//! gcc -DX=1 -c a.c -o a.o  &  gcc -DX=2 -c a.c -o a.o      whose is a.o?
//! ```

use super::case::{Case, Judged};
use crate::reason::{Cause, Reason};

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    if case.observed.is_shared {
        return Err(Reason::OutputShared.about(case.observed.job.output_name()));
    }
    Ok(Judged::Holds(Vec::new()))
}
