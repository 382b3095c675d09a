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
//! Which of several maps is applied is a habit of the compiler's.

use crate::command::Job;
use crate::command::grammar::Traits;
use std::os::unix::ffi::OsStrExt as _;

/// The maps of a command.
pub struct Maps<'a> {
    /// See [`LAST_MAP_FIRST`](crate::toolchain::habits::LAST_MAP_FIRST).
    last_first: bool,
    maps: Vec<Map<'a>>,
}

struct Map<'a> {
    /// Which kinds of output it reaches.
    reaches: Traits,
    /// What may be replaced: which `=` parts the old from the new differs between compilers.
    olds: Vec<&'a [u8]>,
    /// The old, `=` and the new.
    value: &'a [u8],
}

impl<'a> Maps<'a> {
    /// Those that the compiler is given. `last_first` says which of several it applies.
    pub fn of(job: &'a Job, last_first: bool) -> Self {
        let parts = job.parts.iter().filter(|part| part.traits.is_map());
        let map = |reaches, value: &'a [u8]| {
            let olds = memchr::memchr_iter(b'=', value).map(|end| &value[..end]).collect();
            Map { reaches, olds, value }
        };
        let maps = parts.filter_map(|part| Some(map(part.traits, part.value.as_ref()?.as_bytes()))).collect();
        Self { last_first, maps }
    }

    /// What is replaced.
    pub fn olds(&self) -> impl Iterator<Item = &'a [u8]> {
        self.maps.iter().flat_map(|map| map.olds.iter().copied())
    }

    /// What the maps that replace just this make of it.
    pub fn news(&self, path: &[u8]) -> impl Iterator<Item = &'a [u8]> {
        self.maps.iter().filter(move |map| map.olds.contains(&path)).map(move |map| &map.value[path.len() + 1..])
    }

    /// Whether a map of something shorter may be applied to names that begin with `dir`.
    pub fn reach_into(&self, dir: &[u8]) -> bool {
        let is_shorter = |old: &&[u8]| old.len() < dir.len() && dir.starts_with(old);
        let reaches = |map: &Map<'_>| map.olds.iter().any(is_shorter);
        if !self.last_first {
            return self.maps.iter().any(reaches);
        }
        let applied = |kind| {
            let mut of_kind = self.maps.iter().rev().filter(|map| map.reaches.has(kind));
            of_kind.find(|map| reaches(map) || map.olds == [dir])
        };
        Traits::MAPS.into_iter().any(|kind| applied(kind).is_some_and(reaches))
    }

    /// Whether a map may take a part of a name from `path`, in one of the kinds of output.
    pub fn take_a_part_of(&self, path: &[u8]) -> bool {
        let takes_a_part = |map: &Map<'_>| map.olds.iter().any(|old| begins_within_a_name(path, old));
        if !self.last_first {
            return self.maps.iter().any(takes_a_part);
        }
        let applied = |kind| {
            let mut of_kind = self.maps.iter().rev().filter(|map| map.reaches.has(kind));
            // What of one with several `=` is replaced is not known: it may not be the one.
            of_kind.find(|map| takes_a_part(map) || map.olds.len() == 1 && path.starts_with(map.olds[0]))
        };
        Traits::MAPS.into_iter().any(|kind| applied(kind).is_some_and(takes_a_part))
    }
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

    fn takes(maps: &str, last_first: bool, path: &str) -> bool {
        let args: Vec<OsString> = format!("-c a.c {maps}").split(' ').map(OsString::from).collect();
        let job = crate::command::parse_job(&args, &|_| Err(io::ErrorKind::NotFound.into())).expect("served");
        Maps::of(&job, last_first).take_a_part_of(path.as_bytes())
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
            assert_eq!(takes(&maps, true, path), gcc, "gcc: {maps}: {path}");
            assert_eq!(takes(&maps, false, path), clang, "clang: {maps}: {path}");
        }
    }
}
