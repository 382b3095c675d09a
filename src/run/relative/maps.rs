//! The prefix maps that a compiler is given, so that debug data and macros hold no place.

use crate::command::{Job, Trait, ours};
use crate::paths::{self, Base, NamedRoot, Place};
use crate::toolchain::{Compiler, habits};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// gcc before 8 writes the names of its headers into link-time code and has no map for them. Where the user moves the
/// headers, they stay where they are.
pub(super) fn can_be_told_its_prefix(typed: &Job, compiler: &Compiler) -> bool {
    !compiler.has(habits::MAPS_LINK_TIME_CODE) && !typed.has(Trait::MovesHeaders)
}

/// The prefix maps this compiler is given.
pub(super) fn maps(typed: &Job, place: &Place, named: &[NamedRoot], compiler: &Compiler) -> Vec<OsString> {
    let has_file_map = compiler.has(habits::FILE_PREFIX_MAP);
    let mut kinds: Vec<(&str, Trait)> = Vec::new();
    if !typed.opaque || typed.debug || typed.lto {
        if !has_file_map {
            // In link-time code it would be recorded.
            if typed.debug && !typed.lto {
                kinds.push((ours::MAP_DEBUG, Trait::MapsDebug));
            }
        } else if !typed.parts.iter().any(|part| part.traits.is_map()) {
            kinds.push((ours::MAP_ALL, Trait::MapsMacros));
        } else {
            kinds.extend([(ours::MAP_DEBUG, Trait::MapsDebug), (ours::MAP_MACROS, Trait::MapsMacros)]);
        }
    }
    kinds.retain(|(_, kind)| !typed.has(*kind));
    // What is given last is tried first: directories within the root after the root.
    let olds: Vec<(Vec<u8>, Vec<u8>)> = place
        .bases()
        .rev()
        .filter_map(|(base, old)| Some((old.to_vec(), new_name(base, place, named, compiler)?)))
        .collect();
    // Where the old ends and the new begins could not be told.
    if kinds.is_empty() || olds.iter().any(|(old, _)| memchr::memchr(b'=', old).is_some()) {
        return Vec::new();
    }
    let word = |flag: &str, old: &[u8], new: &[u8]| OsString::from_vec([flag.as_bytes(), old, b"=", new].concat());
    let mut words: Vec<OsString> =
        kinds.iter().flat_map(|(flag, _)| olds.iter().map(|(old, new)| word(flag, old, new))).collect();
    if !compiler.has(habits::MAPS_ARE_NOT_RECORDED) && !words.is_empty() {
        words.push(ours::NO_RECORD.into());
    }
    words
}

/// What stands for a base in debug data.
fn new_name(base: Base, place: &Place, named: &[NamedRoot], compiler: &Compiler) -> Option<Vec<u8>> {
    match base {
        Base::Root | Base::RootAlias => Some(b".".to_vec()),
        Base::Toolchain => Some(paths::TOOLCHAIN_NAME.into()),
        Base::Builtin(nth) => {
            let dir = compiler.builtin_dirs.get(usize::from(nth))?;
            let rooted = place.rooted_builtin(dir);
            let below = match rooted.base {
                Base::Toolchain => rooted.rest,
                // gcc names its own place by way of its program (`/opt/t/bin/../lib/gcc/…`), and its directories without
                // the detour where that is shorter.
                Base::Builtin(_) => {
                    let toolchain = compiler.toolchain.as_ref()?.as_os_str().as_bytes();
                    let tail = memchr::memmem::rfind(toolchain, b"/../").map(|at| &toolchain[at + 3..])?;
                    dir[memchr::memmem::rfind(dir, tail)? + tail.len()..].to_vec()
                }
                _ => return None,
            };
            Some([paths::TOOLCHAIN_NAME.as_bytes(), &below].concat())
        }
        Base::Named(nth) | Base::NamedReal(nth) => Some(named.get(usize::from(nth))?.name.clone().into_bytes()),
        Base::Given(_) | Base::Absolute | Base::Relative | Base::Cwd | Base::CwdAlias => None,
    }
}
