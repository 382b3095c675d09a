//! Whether a rewritten compile means what was typed.

use super::super::compile::Compile;
use super::super::prepare::Prepared;
use super::rewritten::Rewritten;
use crate::disk::memo::Memo;
use crate::paths;
use crate::proof;
use crate::reason::{Cause, Reason};
use crate::text::{Facts, WordSet};
use std::os::unix::ffi::OsStrExt as _;

/// Whether a compile that succeeded means what the typed command would have meant, and all its words are as typed.
///
/// # Errors
/// What of it does not; the command is then to be run as typed.
pub fn check(rewritten: &Rewritten, prepared: &Prepared, compile: &Compile, memo: &mut Memo) -> Result<(), Cause> {
    if !compile.names_are_told {
        return Err(Reason::RelativeMode.about("a file that is named otherwise stands in the text of a diagnostic"));
    }
    if prepared.job.language.is_assembler() && !compile.finished.stderr.is_empty() {
        return Err(Reason::RelativeMode.about("the assembler names files in its own way"));
    }
    let reading = proof::reading(&prepared.job, &prepared.compiler);
    let mut words = WordSet::FILE_ASKED;
    if !compile.finished.stderr.is_empty() {
        words |= WordSet::LINE;
    }
    let depfile = compile.depfile.as_ref().or(compile.own_depfile.as_ref());
    let mut listed = depfile.and_then(|text| prepared.all_listed(text)).unwrap_or_default();
    listed.push(prepared.job.source.as_bytes().to_vec());
    for name in listed.iter().filter(|name| rewritten.as_typed(name).is_some()) {
        let path = prepared.place.cwd.join(paths::path(&rewritten.here(name.clone())));
        let content = memo.content(&path, Facts::scan(reading)).ok();
        let facts = content.and_then(|content| Facts::found(&content.facts?, reading)).unwrap_or_default();
        if facts.mentions(words & WordSet::FILE_ASKED) {
            return Err(Reason::RelativeMode.about("a directive asks for a file by way of `__FILE__`"));
        }
        if facts.mentions(words) {
            return Err(Reason::RelativeMode.about("the diagnostics name files by a `#line`"));
        }
    }
    Ok(())
}
