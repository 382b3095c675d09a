//! What a prefix map takes of a name.
//!
//! Compilers compare texts, not names: `-ffile-prefix-map=/ws=.` makes `.2/a.h` of `/ws2/a.h`, in which nobody finds the
//! place again.
//!
//! ```text
//! -fdebug-prefix-map=/t/include=toolchain/include
//! -fdebug-prefix-map=/t/include-fixed=toolchain/include-fixed       of /t/include-fixed/limits.h this one alone
//! ```
//!
//! Of several maps gcc applies the one that was given last, and no other (`add_prefix_map` and `remap_filename` in its
//! `file-prefix-map.cc`, before that in `final.c`). clang has gone by other orders: the first by name, the last given.

use crate::command::{Job, Part, Role};
use crate::toolchain::Family;
use std::os::unix::ffi::OsStrExt as _;

/// The maps of a command.
pub struct Maps<'a> {
    family: Family,
    maps: Vec<Map<'a>>,
}

struct Map<'a> {
    /// `-ffile-prefix-map=` is all of the others.
    flag: &'a [u8],
    /// What may be replaced: which `=` parts the old from the new differs between compilers.
    olds: Vec<&'a [u8]>,
}

const ALL: &[u8] = b"-ffile-prefix-map=";

impl<'a> Maps<'a> {
    /// Those that the compiler is given.
    pub fn of(job: &'a Job, family: Family) -> Self {
        let parts = job.parts.iter().filter(|part| is_map(part));
        let map = |flag: &'a [u8], value: &'a [u8]| {
            let olds = memchr::memchr_iter(b'=', value).map(|end| &value[..end]).collect();
            Map { flag, olds }
        };
        let maps = parts.filter_map(|part| Some(map(part.flag.as_bytes(), part.value.as_ref()?.as_bytes()))).collect();
        Self { family, maps }
    }

    /// What is replaced.
    pub fn olds(&self) -> impl Iterator<Item = &'a [u8]> {
        self.maps.iter().flat_map(|map| map.olds.iter().copied())
    }

    /// Whether a map may take a part of a name from `path`, in one of the kinds of output.
    pub fn take_a_part_of(&self, path: &[u8]) -> bool {
        let takes_a_part = |map: &Map<'_>| map.olds.iter().any(|old| begins_within_a_name(path, old));
        if self.family == Family::Clang {
            return self.maps.iter().any(takes_a_part);
        }
        let applied = |kind: &[u8]| {
            let mut of_kind = self.maps.iter().rev().filter(|map| map.flag == kind || map.flag == ALL);
            // What of one with several `=` is replaced is not known: it may not be the one.
            of_kind.find(|map| takes_a_part(map) || map.olds.len() == 1 && path.starts_with(map.olds[0]))
        };
        self.maps.iter().any(|map| applied(map.flag).is_some_and(takes_a_part))
    }
}

/// The part is a prefix map.
pub fn is_map(part: &Part) -> bool {
    part.role == Role::PathText && part.flag.as_bytes().ends_with(b"-prefix-map=")
}

/// Whether the first name of `path` that `old` ends in goes on beyond it, so that a map takes a part of it.
fn begins_within_a_name(path: &[u8], old: &[u8]) -> bool {
    path.strip_prefix(old).is_some_and(|rest| !matches!(rest, [] | [b'/', ..]) && !old.ends_with(b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::io;

    fn takes(maps: &str, family: Family, path: &str) -> bool {
        let args: Vec<OsString> = format!("-c a.c {maps}").split(' ').map(OsString::from).collect();
        let job = crate::command::parse_job(&args, &|_| Err(io::ErrorKind::NotFound.into())).expect("served");
        Maps::of(&job, family).take_a_part_of(path.as_bytes())
    }

    #[test]
    fn the_last_map_is_the_one() {
        const SHORT: &str = "-ffile-prefix-map=/t/inc=x";
        const LONG: &str = "-ffile-prefix-map=/t/inc-2=y";
        for (maps, path, gcc, clang) in [
            (SHORT.to_owned(), "/t/inc/a.h", false, false),
            (SHORT.to_owned(), "/t/inc", false, false),
            (SHORT.to_owned(), "/t/inc-2/a.h", true, true),
            (SHORT.to_owned(), "/t/in/a.h", false, false),
            ("-ffile-prefix-map=/t/inc/=x/".to_owned(), "/t/inc-2/a.h", false, false),
            (format!("{SHORT} {LONG}"), "/t/inc-2/a.h", false, true),
            (format!("{SHORT} {LONG}"), "/t/inc-3/a.h", true, true),
            (format!("{LONG} {SHORT}"), "/t/inc-2/a.h", true, true),
            // Of several kinds each has its own last.
            (format!("{SHORT} -fdebug-prefix-map=/t/inc-2=y"), "/t/inc-2/a.h", true, true),
            (format!("-fdebug-prefix-map=/t/inc=x {LONG}"), "/t/inc-2/a.h", false, true),
            (format!("{LONG} -fdebug-prefix-map=/t/inc=x"), "/t/inc-2/a.h", true, true),
            // `/t/inc-2` or `/t/inc-2=y`.
            (format!("{SHORT} -ffile-prefix-map=/t/inc-2=y=z"), "/t/inc-2/a.h", true, true),
        ] {
            assert_eq!(takes(&maps, Family::Gcc, path), gcc, "gcc: {maps}: {path}");
            assert_eq!(takes(&maps, Family::Clang, path), clang, "clang: {maps}: {path}");
        }
    }
}
