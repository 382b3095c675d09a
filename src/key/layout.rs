//! How the directories of a place lie to each other, as far as a compile can tell.
//!
//! ```text
//! -I/ws with the root /ws/proj:  <proj/x.h> is /x.h below the root
//! -I/ws with the root /other:    <proj/x.h> is /proj/x.h below the directory /ws
//! ```
//!
//! A name that begins with a directory of the command is that of a file in another directory of the place if that one lies below. So
//! the key shows which lie below which, by which way. Directories that no directory of the command holds may lie anywhere.

use crate::command::{Chain, Job, Role};
use crate::environment::Environment;
use crate::paths::{self, Place};
use crate::toolchain::{Compiler, environment as variables};
use std::os::unix::ffi::OsStrExt as _;

/// The absolute directories by which a command, typed so, leads to headers, in order: those of options, of the source and of forced
/// includes, then those of the environment.
pub fn directories<'a>(typed: &'a Job, environment: &'a Environment) -> impl Iterator<Item = &'a [u8]> {
    let of_part = |part: &'a crate::command::Part| {
        let value = part.value.as_ref()?.as_bytes();
        match part.role {
            Role::SearchDir(Chain::Builtin) => None,
            Role::SearchDir(_) => Some(value),
            Role::Source | Role::ForcedInclude => Some(paths::dir_of(value)),
            _ => None,
        }
    };
    let variables = variables::INCLUDE_PATHS.iter().filter_map(|name| environment.get_nonempty(name));
    let variables = variables.flat_map(|value| value.as_bytes().split(|byte| *byte == b':'));
    typed.parts.iter().filter_map(of_part).chain(variables).filter(|dir| dir.first() == Some(&b'/'))
}

/// Which directories of the place lie below one of the command's or one of the compiler's own: a field for each such pair.
pub fn layout(typed: &Job, environment: &Environment, compiler: &Compiler, place: &Place) -> Vec<Vec<u8>> {
    let own = compiler.builtin_dirs.iter().map(Vec::as_slice);
    let mut fields = Vec::new();
    for (nth, dir) in (0_u32..).zip(directories(typed, environment).chain(own)) {
        let slashes = dir.iter().rev().take_while(|byte| **byte == b'/').count();
        let dir = &dir[..dir.len() - slashes];
        for (base, prefix) in place.bases().filter(|(_, prefix)| paths::is_below(prefix, dir)) {
            fields.push([nth.to_le_bytes().as_slice(), &[base.byte()], &prefix[dir.len()..]].concat());
        }
    }
    fields
}
