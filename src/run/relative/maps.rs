//! The prefix maps that a compiler is given, so that debug data and macros hold no place.

use crate::command::{Family, Job, Part};
use crate::paths::{self, Base, NamedRoot, Place};
use crate::toolchain::Compiler;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// The maps that reach what a text can make of a file's name.
pub(super) const MACRO_MAPS: [&[u8]; 2] = [b"-ffile-prefix-map=", b"-fmacro-prefix-map="];

/// A prefix map of the user's.
pub(super) fn is_map(part: &Part) -> bool {
    part.flag.as_bytes().ends_with(b"-prefix-map=")
}

/// Link-time code is asked for: `-flto` in one of its spellings, not taken back.
pub(super) fn has_link_time_code(typed: &Job) -> bool {
    let said = |word: &&OsString| word.as_bytes().starts_with(b"-flto") || *word == "-fno-lto";
    typed.words.iter().rfind(said).is_some_and(|word| *word != "-fno-lto")
}

/// gcc before 8 writes the names of its headers into link-time code and has no map for them. Where the user moves the
/// headers, they stay where they are.
pub(super) fn can_be_told_its_prefix(typed: &Job, compiler: &Compiler) -> bool {
    const MOVES: [&str; 8] = [
        "-iprefix",
        "-iwithprefix",
        "-nostdinc",
        "-isysroot",
        "--sysroot",
        "-no-canonical",
        "-fcanonical-system-headers",
        "-fno-canonical-system-headers",
    ];
    let moves = |word: &OsString| MOVES.iter().any(|option| word.as_bytes().starts_with(option.as_bytes()));
    compiler.family == Family::Gcc && compiler.major < 8 && !typed.words.iter().any(moves)
}

/// The prefix maps this compiler is given.
pub(super) fn maps(typed: &Job, place: &Place, named: &[NamedRoot], compiler: &Compiler) -> Vec<OsString> {
    let given = |flag: &str| typed.parts.iter().any(|part| part.flag.as_bytes() == flag.as_bytes());
    let has_file_map = match compiler.family {
        Family::Gcc => compiler.major >= 8,
        Family::Clang => compiler.major >= 10,
    };
    let lto = has_link_time_code(typed);
    let mut flags: Vec<&str> = Vec::new();
    if !typed.opaque || typed.debug || lto {
        if !has_file_map {
            // In link-time code it would be recorded.
            if typed.debug && !lto {
                flags.push("-fdebug-prefix-map=");
            }
        } else if !typed.parts.iter().any(|part| part.flag.as_bytes().ends_with(b"-prefix-map=")) {
            flags.push("-ffile-prefix-map=");
        } else {
            flags.extend(["-fdebug-prefix-map=", "-fmacro-prefix-map="]);
        }
    }
    flags.retain(|flag| !given(flag) && !given("-ffile-prefix-map="));
    // What is given last is tried first: directories within the root after the root.
    let olds: Vec<(Vec<u8>, Vec<u8>)> = place
        .bases()
        .rev()
        .filter_map(|(base, old)| Some((old.to_vec(), new_name(base, place, named, compiler)?)))
        .collect();
    // Where the old ends and the new begins could not be told.
    if flags.is_empty() || olds.iter().any(|(old, _)| memchr::memchr(b'=', old).is_some()) {
        return Vec::new();
    }
    let word = |flag: &str, old: &[u8], new: &[u8]| OsString::from_vec([flag.as_bytes(), old, b"=", new].concat());
    let mut words: Vec<OsString> =
        flags.iter().flat_map(|flag| olds.iter().map(|(old, new)| word(flag, old, new))).collect();
    if !has_file_map && compiler.family == Family::Gcc && !words.is_empty() {
        // These versions record the maps themselves, where they record options.
        words.push("-gno-record-gcc-switches".into());
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
        Base::Absolute | Base::Relative | Base::Cwd | Base::CwdAlias => None,
    }
}
