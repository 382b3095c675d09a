//! Obligation: it is known which files were read.
//!
//! ```c
//! #include NAMED(x.h)                          // which file is that?
//! #define SYSTEM _Pragma("GCC system_header")  // whose includes does a `-MMD` depfile leave out?
//! ```

use super::case::{Case, Judged};
use crate::inputs::Doubt;
use crate::inputs::witness::AskFor;
use crate::reason::{Cause, Reason};

#[expect(clippy::unnecessary_wraps, reason = "an obligation may refuse, as the others do")]
pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let why = match &case.read.doubt {
        None => return Ok(Judged::Holds(Vec::new())),
        Some(Doubt::ComputedInclude(name)) => Reason::ComputedInclude.about_path(name),
        Some(Doubt::SystemHeaders) => Reason::ComputedInclude.about("a macro stands for #pragma GCC system_header"),
    };
    Ok(Judged::Doubt(AskFor::Files, why))
}
