//! Parts of the place that a compile reached by names which neither the key nor the search for spellings shows.
//!
//! Everything that is named by a base means the corresponding file in another place only if the compiler would come to it by the same base
//! there. It comes to files by the directories of the command, which the key shows, and by these names, which it does not:
//!
//! ```text
//! -Wa,-I/kit/inc                            a word of the command that is no search directory, and leads into one
//! #include "/abs/x.h", which says "b/y.h"   the directory /abs, in which /abs/b may be a directory of the command
//! /link/x.h is called /store/x.h            gcc calls a system header by its canonical path where that is shorter
//! /tmp/ccW3xYz.s: Assembler messages:       a temporary file, by way of $TMPDIR
//! ```

use super::bound::Bound;
use super::observed::Observed;
use crate::command::{Role, Trait};
use crate::outputs::OutputPart;
use crate::paths::{self, Base};
use crate::toolchain::environment as variables;
use memchr::memmem;
use rustc_hash::FxHashSet;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// The parts of the place that were reached so; `files` are all that were read, the source included.
pub fn reached(observed: &Observed<'_>, files: &[Vec<u8>]) -> Bound {
    by_words(observed) | from_outside(observed, files) | by_other_names(observed, files) | by_temporary_names(observed)
}

/// Words of the command that are taken as they are, and lead into a directory of the place. Macros count as texts, see
/// [`spelled::of_mentioned`](super::spelled::of_mentioned).
fn by_words(observed: &Observed<'_>) -> Bound {
    let job = observed.job;
    let parts = job.parts.iter().filter(|part| part.role == Role::Code && !part.has(Trait::Defines));
    let words = parts.flat_map(|part| &job.words[part.words.clone()]).map(|word| word.as_bytes());
    let with_paths: Vec<&[u8]> = words.filter(|word| memchr::memchr(b'/', word).is_some()).collect();
    let mut bound = Bound::NOTHING;
    for (base, prefix) in observed.place.bases().filter(|_| !with_paths.is_empty()) {
        if with_paths.iter().any(|word| memmem::find(word, prefix).is_some()) {
            bound |= Bound::of_base(base);
        }
    }
    bound
}

/// Directories of the place below that of a file outside of all of them, or in a root that may hold others: the file may name what is in
/// them.
fn from_outside(observed: &Observed<'_>, files: &[Vec<u8>]) -> Bound {
    let place = observed.place;
    let outside = files.iter().filter_map(|path| match place.rooted(path).base {
        base @ (Base::Absolute | Base::Named(_) | Base::NamedReal(_)) => Some((base, paths::dir_of(path))),
        _ => None,
    });
    let dirs: FxHashSet<(Base, &[u8])> = outside.collect();
    let is_reached = |inner: Base, prefix: &[u8]| {
        dirs.iter().any(|(outer, dir)| *outer != inner && (*dir == b"/" || paths::is_below(prefix, dir)))
    };
    let bases = place.bases().filter(|(base, prefix)| is_reached(*base, prefix));
    bases.fold(Bound::NOTHING, |bound, (base, _)| bound | Bound::of_base(base))
}

/// Directories in which a file was found that the compiler calls by another name. What that one is depends on where links lead, and how
/// long the names are.
fn by_other_names(observed: &Observed<'_>, files: &[Vec<u8>]) -> Bound {
    let place = observed.place;
    let listed: FxHashSet<&[u8]> = observed.listed.iter().map(Vec::as_slice).collect();
    let mut bound = Bound::NOTHING;
    for path in files.iter().filter(|path| !listed.contains(path.as_slice())) {
        let base = place.rooted(path).base;
        if matches!(base, Base::Absolute | Base::Relative) || bound.holds(Bound::of_base(base)) {
            continue;
        }
        let canonical = paths::path(path).canonicalize().map(|path| path.into_os_string().into_vec());
        if canonical.is_ok_and(|name| listed.contains(name.as_slice()) && place.rooted(&name).base != base) {
            bound |= Bound::of_base(base);
        }
    }
    bound
}

/// Directories of the place that hold a temporary file which is named in what the compiler said. The environment says where those are.
fn by_temporary_names(observed: &Observed<'_>) -> Bound {
    let said = |part: &OutputPart| matches!(part, OutputPart::Stdout | OutputPart::Stderr);
    let texts: Vec<&[u8]> =
        observed.outputs.parts.iter().filter(|(part, _)| said(part)).map(|(_, text)| text.as_slice()).collect();
    let mut bound = Bound::NOTHING;
    for dir in variables::temporary_dirs(observed.environment).filter(|_| !texts.is_empty()) {
        let dir = paths::join(&dir, b"");
        let base = observed.place.rooted(&dir).base;
        // In a template the directory of the place is replaced by a mark.
        let template = observed.place.template(&dir).unwrap_or_default();
        if texts.iter().any(|text| memmem::find(text, &template).is_some()) {
            bound |= Bound::of_base(base);
        }
    }
    bound
}
