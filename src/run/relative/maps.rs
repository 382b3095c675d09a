//! The prefix maps that a compiler is given, so that debug data and macros hold no place.

use crate::command::{Job, Trait, ours};
use crate::environment::Environment;
use crate::key::layout;
use crate::paths::{self, Base, HOME, NamedRoot, Place};
use crate::toolchain::{Compiler, environment as variables, habits};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// gcc before 8 writes the names of its headers into link-time code and has no map for them. Where the user moves the
/// headers, they stay where they are.
pub(super) fn can_be_told_its_prefix(typed: &Job, compiler: &Compiler) -> bool {
    !compiler.has(habits::MAPS_LINK_TIME_CODE) && !typed.has(Trait::MovesHeaders)
}

/// The prefix maps this compiler is given.
pub(super) fn maps(
    typed: &Job,
    place: &Place,
    named: &[NamedRoot],
    compiler: &Compiler,
    environment: &Environment,
) -> Vec<OsString> {
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
    if kinds.is_empty() {
        return Vec::new();
    }
    // Where the old ends and the new begins could not be told.
    let is_odd = |old: &[u8]| memchr::memchr(b'=', old).is_some();
    let temporary: Vec<Vec<u8>> = variables::temporary_dirs(environment).collect();
    let mut olds: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    // What is given last is tried first: directories within the root after the root.
    for (base, old) in place.bases().rev() {
        match base {
            Base::Given(_) | Base::Cwd | Base::CwdAlias => {
                let is_temporary = temporary.iter().any(|dir| paths::is_below(old, dir));
                if is_temporary && !is_odd(old) && !begins_another(place, old) {
                    olds.push((old.to_vec(), temporary_name(base)));
                }
            }
            Base::Named(HOME) | Base::NamedReal(HOME) if is_odd(old) => {}
            Base::Named(HOME) | Base::NamedReal(HOME) if compiler.has(habits::LAST_MAP_FIRST) => {
                olds.push((old.to_vec(), paths::HOME_NAME.into()));
            }
            Base::Named(HOME) | Base::NamedReal(HOME) => {
                olds.extend(below_home(base, old, place, layout::directories(typed, environment)));
            }
            _ => olds.extend(new_name(base, place, named, compiler).map(|new| (old.to_vec(), new))),
        }
    }
    if olds.iter().any(|(old, _)| is_odd(old)) {
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

/// Whether the name of another directory of the place begins with `old`, so that a map of `old` could reach that one.
fn begins_another(place: &Place, old: &[u8]) -> bool {
    place.bases().any(|(_, other)| other.len() > old.len() && other.starts_with(old))
}

/// What stands for a temporary directory. Nobody looks for it later.
fn temporary_name(base: Base) -> Vec<u8> {
    match base {
        Base::Given(nth) => format!("tmp-{nth}").into_bytes(),
        _ => b"tmp".to_vec(),
    }
}

/// Which of several maps is tried first is not known of every compiler. There the directories of the command that lie below the home
/// directory have the maps, each the shortest that reaches no other directory of the place:
///
/// ```text
/// -I/home/me/.conan2/p/zlib/include with the root /home/me/src/app:     /home/me/.conan2=~/.conan2
/// ```
fn below_home<'a>(
    base: Base,
    home: &[u8],
    place: &Place,
    dirs: impl Iterator<Item = &'a [u8]>,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut olds: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for dir in dirs {
        let rooted = place.rooted(dir);
        if rooted.base != base {
            continue;
        }
        let ends = memchr::memchr_iter(b'/', &rooted.rest).skip(1).chain([rooted.rest.len()]);
        let mut found = ends.map(|end| &rooted.rest[..end]).filter(|rest| rest.len() > 1);
        if let Some(rest) = found.find(|rest| !begins_another(place, &[home, rest].concat())) {
            let (old, new) = ([home, rest].concat(), [paths::HOME_NAME.as_bytes(), rest].concat());
            if !olds.iter().any(|(known, _)| *known == old) {
                olds.push((old, new));
            }
        }
    }
    olds
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
