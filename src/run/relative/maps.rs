//! The prefix maps that a compiler is given, so that debug data and macros hold no place.

use crate::command::{Job, Trait, ours};
use crate::environment::Environment;
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
    // No two directories have one name. Of each it counts whether the command names it.
    let mut passing: Vec<(bool, Vec<u8>)> = Vec::new();
    // What is given last is tried first: directories within the root after the root.
    for (base, old) in place.bases().rev() {
        match base {
            Base::Given(_) | Base::Cwd | Base::CwdAlias => {
                let new = passing_name(base, old, place, &temporary, compiler);
                let is_given = matches!(base, Base::Given(_));
                let meets = |new: &Vec<u8>, known: &Vec<u8>| {
                    known == new || paths::is_below(known, new) || paths::is_below(new, known)
                };
                // The working directory may have two spellings.
                let is_free = |new: &Vec<u8>| {
                    let mut others = passing.iter().filter(|(known, _)| is_given || *known);
                    !others.any(|(_, known)| meets(new, known))
                };
                if let Some(new) = new.filter(|new| !is_odd(old) && !begins_another(place, old) && is_free(new)) {
                    passing.push((is_given, new.clone()));
                    olds.push((old.to_vec(), new));
                }
            }
            Base::Named(HOME) | Base::NamedReal(HOME) if is_odd(old) || !compiler.has(habits::LAST_MAP_FIRST) => {}
            Base::Named(HOME) | Base::NamedReal(HOME) => olds.push((old.to_vec(), paths::HOME_NAME.into())),
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

/// What stands for a directory that a command names, or works in, where the next machine or the next build may have another:
///
/// ```text
/// /tmp/pip-build-env-x1/include           tmp-3, for the third such directory; nobody looks for it later
/// /home/me/.platformio/packages/x         ~/.platformio/packages/x
/// /home/me/.conan2/p/zlib4f7275ba0a71f    ~/.conan2/p/zliHASH: what could be a part of the hash goes with it
/// /nix/store/0c1q…-zlib-1.3/include       /nix/store/HASH-zlib-1.3/include
/// ```
///
/// `None` where it stays what it is, or the home directory's map does it.
fn passing_name(base: Base, dir: &[u8], place: &Place, temporary: &[Vec<u8>], compiler: &Compiler) -> Option<Vec<u8>> {
    let mut homes = place.bases().filter(|(base, _)| matches!(base, Base::Named(HOME) | Base::NamedReal(HOME)));
    let home = homes.find(|(_, home)| paths::is_below(dir, home)).map_or(&b""[..], |(_, home)| home);
    // The temporary directory may lie below the home directory.
    if temporary.iter().any(|outer| paths::is_below(dir, outer) && outer.len() > home.len()) {
        return Some(match base {
            Base::Given(nth) => format!("tmp-{nth}").into_bytes(),
            _ => b"tmp".to_vec(),
        });
    }
    if home.is_empty() {
        return paths::without_hashes(dir);
    }
    let name = [paths::HOME_NAME.as_bytes(), &dir[home.len()..]].concat();
    // Which of several maps is tried first is not known of every compiler. There each directory has one, and the home directory none.
    paths::without_hashes(&name).or_else(|| (!compiler.has(habits::LAST_MAP_FIRST)).then_some(name))
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
