//! Obligation: every file that was read has the same content, and what was looked for in vain is absent still.
//!
//! ```text
//! #include "x.h" with -Ia -Ib, found as b/x.h:      b/x.h has this content, and a has no x.h
//! ```

use super::bound::Bound;
use super::case::{Case, Judged};
use super::input::{Absent, Input};
use super::place;
use crate::inputs::{Absence, ReadFile};
use crate::paths::{self, Base, Place, Rooted};
use crate::reason::Cause;
use std::collections::BTreeMap;

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    // A result that is free of some directory is looked up in other places. There a base, or a prefix map, may reach a path that none
    // reaches here.
    let is_free = !place::tied(case)?.bound.holds(Bound::DIRECTORIES);
    let place = case.observed.place;
    let is_blind = case.is_blind();
    let files = case.read.files.iter().map(|ReadFile { path, content, code, is_definitions }| {
        let path = place.rooted(path);
        let outside = is_free && path.base == Base::Absolute;
        let definitions = is_blind && *is_definitions && code.is_some();
        let code = code.filter(|code| is_blind && code.0 != content.0);
        Input::File { path, content: *content, code, definitions, outside }
    });
    let absent = by_base(&case.read.absent, place);
    let absent = absent.into_iter().map(|(dir, names)| Input::Absent(Absent::new(dir, &names)));
    Ok(Judged::Holds(files.chain(absent).collect()))
}

/// What is absent in one directory.
type Names = Vec<Absence<Vec<u8>>>;

/// Absences by the bases that they are in. What is missing in a directory that is missing itself is known by the nearest one that is there:
///
/// ```text
/// -I/kit/inc without a directory /kit:  kit/inc/x.h is missing in /, and x.h in the directory that the command names
/// ```
fn by_base(absent: &BTreeMap<Vec<u8>, Names>, place: &Place) -> BTreeMap<Rooted, Names> {
    let mut found: BTreeMap<Rooted, Names> = BTreeMap::new();
    for (dir, names) in absent {
        let rooted = place.rooted(dir);
        for absence in names {
            let (Absence::Nothing(name) | Absence::File(name) | Absence::Precompiled(name)) = absence;
            let below = place.rooted(&paths::join(dir, name));
            let is_in_dir = below.base == rooted.base || !place.bases().any(|(base, _)| base == below.base);
            let (dir, name) = if is_in_dir {
                (rooted.clone(), name.clone())
            } else {
                let rest: Vec<u8> = below.rest.iter().skip_while(|byte| **byte == b'/').copied().collect();
                (Rooted { base: below.base, rest: Vec::new() }, rest)
            };
            found.entry(dir).or_default().push(match absence {
                Absence::Nothing(_) => Absence::Nothing(name),
                Absence::File(_) => Absence::File(name),
                Absence::Precompiled(_) => Absence::Precompiled(name),
            });
        }
    }
    for names in found.values_mut() {
        names.sort_unstable();
    }
    found
}
