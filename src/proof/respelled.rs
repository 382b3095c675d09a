//! Obligation: diagnostics spell the names of files as the compiler was given them.
//!
//! ```text
//! /real/inc/x.h:1:30: warning: …                -fdiagnostics-absolute-paths: of -I/link/inc, where `link` leads to `real`
//! fix-it:"/q\"r/x.h":{1:61-1:63}:"%ld"          -fdiagnostics-parseable-fixits: of -I/q"r
//! ```
//!
//! A hit names the files of its own place as its command does. It does not know where links lead, nor how signs in names are written.

use super::case::{Case, Judged};
use crate::command::Trait;
use crate::reason::{Cause, Reason};

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let observed = case.observed;
    if let Some(part) = observed.job.parts_with(Trait::RespellsNames).next().filter(|_| !observed.is_silent) {
        return Err(Reason::NamesRespelled.about(&part.flag));
    }
    Ok(Judged::Holds(Vec::new()))
}
