//! Obligation: where the compiler may have read one of several equal files for all of them, it would take the same files for each
//! other here.
//!
//! ```c
//! #include "a/x.h"     // says #pragma once
//! #include "b/x.h"     // equal to a/x.h: read, or skipped?
//! ```
//!
//! gcc skips the second one if both were changed in the same second, clang if both are one file.

use super::case::{Case, Judged};
use super::input::{Input, Rule};
use crate::digest::{ContentId, Digest, FieldHasher};
use crate::disk::stamp::{SECOND_NS, Stamp};
use crate::inputs::ReadFile;
use crate::paths::{self, Place, Rooted};
use crate::reason::Cause;
use crate::toolchain::habits;
use rustc_hash::FxHashMap;

#[expect(clippy::unnecessary_wraps, reason = "an obligation may refuse, as the others do")]
pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let place = case.observed.place;
    if !case.read.has_twins(place) {
        return Ok(Judged::Holds(Vec::new()));
    }
    let rule = if case.observed.compiler.has(habits::ONCE_BY_CONTENT) { Rule::Ages } else { Rule::Links };
    let mut numbers: FxHashMap<ContentId, usize> = FxHashMap::default();
    let mut groups: Vec<Vec<Rooted>> = Vec::new();
    for ReadFile { path, content, .. } in &case.read.files {
        let number = *numbers.entry(*content).or_insert(groups.len());
        if number == groups.len() {
            groups.push(Vec::new());
        }
        groups[number].push(place.rooted(path));
    }
    groups.retain(|group| group.len() > 1);
    let digest = digest(rule, &groups, place);
    Ok(Judged::Holds(vec![Input::Twins { rule, groups, digest }]))
}

/// The digest of which files of each group are the same here. For each file it holds the number of the first one in the group that is
/// the same, which may be its own.
pub(super) fn digest(rule: Rule, groups: &[Vec<Rooted>], place: &Place) -> Digest {
    let is_same = |one: &Stamp, other: &Stamp| match rule {
        Rule::Ages => one.mtime_ns.div_euclid(SECOND_NS) == other.mtime_ns.div_euclid(SECOND_NS),
        Rule::Links => (one.dev, one.ino) == (other.dev, other.ino),
    };
    let mut hasher = FieldHasher::new("packer-cc twins 1");
    for group in groups {
        let stamp = |path: &Rooted| {
            let spelled = place.spelled(path.base, &path.rest)?;
            Stamp::of(&place.cwd.join(paths::path(&spelled))).ok()
        };
        let stamps: Vec<Option<Stamp>> = group.iter().map(stamp).collect();
        let first = |(nth, stamp): (usize, &Option<Stamp>)| {
            let same = |other: &Option<Stamp>| stamp.zip(*other).is_some_and(|(one, other)| is_same(&one, &other));
            stamps[..nth].iter().position(same).unwrap_or(nth)
        };
        let firsts = stamps.iter().enumerate().map(first);
        hasher.field("group", &firsts.flat_map(usize::to_le_bytes).collect::<Vec<u8>>());
    }
    hasher.finish()
}
