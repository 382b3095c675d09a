//! Obligation: where the compiler may have read one of several equal files for all of them, it would take the same files for each
//! other here.
//!
//! ```c
//! #include "a/x.h"     // says #pragma once
//! #include "b/x.h"     // equal to a/x.h: read, or skipped?
//! ```
//!
//! gcc skips the second one if both were changed in the same second, clang if both are one file. clang also calls both by the name of the
//! second one then, whatever they say:
//!
//! ```c
//! #define NAME f
//! #include "a/x.h"     // int NAME(int x) { int y; return x; }
//! #undef NAME
//! #define NAME g
//! #include "b/x.h"     // a link to a/x.h: "b/x.h" warns twice
//! ```

use super::case::{Case, Judged};
use super::input::{Input, Rule};
use crate::digest::{Digest, FieldHasher};
use crate::disk::stamp::{SECOND_NS, Stamp};
use crate::paths::{self, Rooted};
use crate::reason::Cause;
use crate::toolchain::habits;

#[expect(clippy::unnecessary_wraps, reason = "an obligation may refuse, as the others do")]
pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let place = case.observed.place;
    let compares_contents = case.observed.compiler.has(habits::ONCE_BY_CONTENT);
    let groups = case.read.twins(place, case.observed.compiler.has(habits::NAMES_BY_INODE));
    if groups.is_empty() {
        return Ok(Judged::Holds(Vec::new()));
    }
    let rule = if compares_contents { Rule::Ages } else { Rule::Links };
    let digest = digest(rule, &groups, |path| {
        let spelled = place.spelled(path.base, &path.rest)?;
        Stamp::of(&place.cwd.join(paths::path(&spelled))).ok()
    });
    Ok(Judged::Holds(vec![Input::Twins { rule, groups, digest }]))
}

/// The digest of which files of each group are the same here. For each file it holds the number of the first one in the group that is
/// the same, which may be its own.
pub(super) fn digest<'g>(
    rule: Rule,
    groups: &'g [Vec<Rooted>],
    mut stamp: impl FnMut(&'g Rooted) -> Option<Stamp>,
) -> Digest {
    let is_same = |one: &Stamp, other: &Stamp| match rule {
        Rule::Ages => one.mtime_ns.div_euclid(SECOND_NS) == other.mtime_ns.div_euclid(SECOND_NS),
        Rule::Links => (one.dev, one.ino) == (other.dev, other.ino),
    };
    let mut hasher = FieldHasher::new("packer-cc twins 1");
    for group in groups {
        let stamps: Vec<Option<Stamp>> = group.iter().map(&mut stamp).collect();
        let first = |(nth, stamp): (usize, &Option<Stamp>)| {
            let same = |other: &Option<Stamp>| stamp.zip(*other).is_some_and(|(one, other)| is_same(&one, &other));
            stamps[..nth].iter().position(same).unwrap_or(nth)
        };
        let firsts = stamps.iter().enumerate().map(first);
        hasher.field("group", &firsts.flat_map(usize::to_le_bytes).collect::<Vec<u8>>());
    }
    hasher.finish()
}
