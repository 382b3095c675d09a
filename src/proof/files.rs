//! Obligation: every file that was read has the same content, and what was looked for in vain is absent still.
//!
//! ```text
//! #include "x.h" with -Ia -Ib, found as b/x.h:      b/x.h has this content, and a has no x.h
//! ```

use super::bound::Bound;
use super::case::{Case, Judged};
use super::input::{Absent, Input};
use super::place;
use crate::inputs::ReadFile;
use crate::paths::Base;
use crate::reason::Cause;

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    // A result that is free of the root is looked up in other places. There a base, or a prefix map, may reach a path that none reaches
    // here.
    let is_free = !place::tied(case)?.bound.holds(Bound::ROOT);
    let place = case.observed.place;
    let is_blind = case.is_blind();
    let files = case.read.files.iter().map(|ReadFile { path, content, code, is_definitions }| {
        let path = place.rooted(path);
        let outside = is_free && path.base == Base::Absolute;
        let definitions = is_blind && *is_definitions && code.is_some();
        let code = code.filter(|code| is_blind && code.0 != content.0);
        Input::File { path, content: *content, code, definitions, outside }
    });
    let absent = case.read.absent.iter().map(|(dir, names)| Input::Absent(Absent::new(place.rooted(dir), names)));
    Ok(Judged::Holds(files.chain(absent).collect()))
}
