//! What a miss under a new compiler says: which file of the toolchain differs from the one that made the stored result.
//!
//! Asked on a miss alone, and exact: the first key is made once more with each other toolchain the store knows for
//! this driver. If it leads to results, then they are missed because of the compiler and nothing else.

use super::prepare::Prepared;
use crate::command::Job;
use crate::digest::{Digest, FieldHasher};
use crate::key::KeyInputs;
use crate::store::toolchains::{self, Toolchain, describe, differences};
use crate::store::{Kind, Store};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// What the store knows of other toolchains.
pub enum Others {
    /// This compile was done by one of them: what differs.
    Compiled(String),
    /// This toolchain is none of them: what differs from the one most alike.
    Stranger(String),
    /// Nothing that says anything.
    None,
}

/// Looks at the toolchains that the store knows.
pub fn others(prepared: &Prepared, argv0: &OsStr, store: &Store) -> Others {
    let now = this(prepared);
    let known = toolchains::get(store, &question(&prepared.job, argv0));
    let is_known = known.iter().any(|toolchain| toolchain.identity == now.identity);
    let others = known.iter().filter(|toolchain| toolchain.identity != now.identity);
    let has_compiled = |then: &&Toolchain| {
        let (compiler, builtin_dirs) = (then.identity, then.builtin_dirs.clone());
        store.holds(Kind::Manifest, &KeyInputs { compiler, builtin_dirs, ..prepared.key.clone() }.digest().0)
    };
    // Of several the one that is most alike: it says what was done to the machine, where others say what was done since.
    let nearest = |toolchains: &mut dyn Iterator<Item = &Toolchain>| {
        toolchains.map(|then| differences(then, &now)).min_by_key(Vec::len).map(|found| describe(&found))
    };
    if let Some(difference) = nearest(&mut others.clone().filter(has_compiled)) {
        return Others::Compiled(difference);
    }
    match nearest(&mut others.filter(|_| !is_known)) {
        Some(difference) => Others::Stranger(difference),
        None => Others::None,
    }
}

/// Notes in the store that this toolchain is used. Where that fails, later misses say less.
pub fn note(prepared: &Prepared, argv0: &OsStr, store: &Store) {
    let _ = toolchains::put(store, &question(&prepared.job, argv0), &this(prepared));
}

fn this(prepared: &Prepared) -> Toolchain {
    let compiler = &prepared.compiler;
    let name = |path: &Path| {
        if path == compiler.program {
            return "driver".to_owned();
        }
        toolchains::shown(&path.file_name().unwrap_or_default().to_string_lossy())
    };
    let mut members: Vec<_> = compiler.evidence.contents().map(|(path, digest)| (name(path), digest.0)).collect();
    members.sort_unstable();
    Toolchain { identity: compiler.digest, builtin_dirs: prepared.key.builtin_dirs.clone(), members }
}

/// What a toolchain is asked for, by names that are the same wherever it is.
fn question(job: &Job, argv0: &OsStr) -> Digest {
    let mut hasher = FieldHasher::new("packer-cc toolchain question 1");
    hasher.field("driver", Path::new(argv0).file_name().unwrap_or(argv0).as_bytes());
    hasher.field("language", job.language.x_name().as_bytes());
    for option in job.identity_options() {
        hasher.field("option", &without_directories(option.as_bytes()));
    }
    hasher.finish()
}

/// `--sysroot=/opt/x/sysroot` → `--sysroot=sysroot`: the directories above are another machine's.
fn without_directories(option: &[u8]) -> Vec<u8> {
    let trimmed = option.strip_suffix(b"/").unwrap_or(option);
    let (Some(first), Some(last)) = (memchr::memchr(b'/', trimmed), memchr::memrchr(b'/', trimmed)) else {
        return trimmed.to_vec();
    };
    [&trimmed[..first], &trimmed[last + 1..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_the_same_wherever_a_toolchain_is() {
        for (option, kept) in [
            ("-mmcu=atmega328p", "-mmcu=atmega328p"),
            ("--sysroot=/opt/x/sysroot", "--sysroot=sysroot"),
            ("-B/opt/x/bin/", "-Bbin"),
            ("/opt/x/specs", "specs"),
            ("-B/", "-B"),
        ] {
            assert_eq!(without_directories(option.as_bytes()), kept.as_bytes(), "{option}");
        }
    }
}
