//! What a result is bound to: the parts of the place that its bytes depend on.
//!
//! A result is free of the place only if that is proven:
//!
//! * nothing it holds contains a spelling of the root, the working directory or the toolchain's directory, raw or
//!   as a compiler mangles a file name into a symbol;
//! * no file was spelled with such a path while the text could have *consumed* the spelling without leaving it in
//!   the result (`sizeof __FILE__`, a hash of it at compile time);
//! * what is compressed in it (debug data, gcc's link-time code) was opened and searched as well, see [`super::opaque`];
//!   a result with content that cannot be opened is bound to everything.
//!
//! A result whose text expands a date is bound to the date that the environment gives instead of today's.
//!
//! A bound result is served only where the parts it is bound to are the same.

use super::opaque;
use crate::digest::{Digest, FieldHasher};
use crate::disk::stamp::Stamp;
use crate::paths::{self, Base, Place, Rooted};
use crate::text::{WordSet, ends_a_path};
use memchr::memmem;
use rustc_hash::FxHashMap;
use std::os::unix::ffi::OsStrExt as _;

/// Nanoseconds of a second.
const NS: i128 = 1_000_000_000;

/// A set of the constants below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bound(pub u8);

/// To where the root and the working directory are.
pub const ROOT: u8 = 1;
/// To where the toolchain is.
pub const TOOLCHAIN: u8 = 2;
/// To the names of the outputs as this command spells them.
pub const NAMES: u8 = 4;

/// To where the roots are that the user named.
pub const NAMED: u8 = 16;

/// To [`crate::toolchain::environment::SOURCE_DATE`].
pub const DATE: u8 = 8;

/// To which of its files that equal another were changed in the same second: under `#pragma once` gcc then skips the
/// second one (libcpp, `has_unique_contents`).
pub const AGES: u8 = 32;
/// To which of its files that equal another are one file: clang skips those under `#pragma once`.
pub const LINKS: u8 = 64;

/// What the proof looks at.
pub struct Evidence<'a> {
    /// Everything that would be replayed: main output, side outputs, streams, a depfile kept as bytes.
    pub outputs: &'a [&'a [u8]],
    /// An option makes content of which no search finds the place: checksums of names.
    pub opaque: bool,
    /// Source and headers as the compiler spelled them.
    pub files: &'a [Vec<u8>],
    /// Words that any of the files mentions.
    pub words: WordSet,
    /// A file's name is mapped wherever a text can consume it, so that none has the place in it.
    pub names_are_mapped: bool,
}

impl Bound {
    /// Bound to nothing: shared by every checkout.
    pub fn is_free(self) -> bool {
        self.0 == 0
    }

    /// Finds what a result is bound to.
    pub fn find(place: &Place, evidence: &Evidence<'_>) -> Self {
        let everything = Self(ROOT | TOOLCHAIN | NAMES | NAMED);
        if evidence.opaque {
            return everything;
        }
        let needles = Needles::of(place);
        let mut bound = needles.unsearchable;
        if place.root_needles().is_empty() {
            bound |= ROOT;
        }
        for output in evidence.outputs {
            bound |= needles.within(output);
            let mut hidden = 0;
            if opaque::reveal(output, needles.longest, &mut |content| hidden |= needles.within(content)).is_none() {
                return everything;
            }
            bound |= hidden;
        }
        if evidence.words.intersects(WordSet::FILE) && !evidence.names_are_mapped {
            for file in evidence.files {
                bound |= match place.rooted(file).base {
                    Base::Root | Base::RootAlias | Base::Cwd | Base::CwdAlias => ROOT,
                    Base::Named(_) | Base::NamedReal(_) => NAMED,
                    Base::Toolchain | Base::Builtin(_) | Base::Absolute | Base::Relative => 0,
                };
            }
        }
        Self(bound)
    }

    /// The digest of the parts of the place this is bound to; `names` are the outputs' names, `date` is the date given,
    /// `files` are the headers.
    pub fn digest(self, place: &Place, names: &[&[u8]], date: &[u8], files: &[(Rooted, Digest)]) -> Digest {
        let mut hasher = FieldHasher::new("packer-cc binding 1");
        hasher.field("parts", &[self.0]);
        if self.0 & ROOT != 0 {
            hasher.field("root", place.root.as_os_str().as_bytes()).field("cwd", place.cwd.as_os_str().as_bytes());
            hasher.field("pwd", place.pwd.as_ref().map_or(&[], |pwd| pwd.as_os_str().as_bytes()));
        }
        if self.0 & TOOLCHAIN != 0 {
            hasher.field("toolchain", place.toolchain.as_ref().map_or(&[], |path| path.as_os_str().as_bytes()));
        }
        if self.0 & NAMED != 0 {
            for path in place.named_needles() {
                hasher.field("named root", &path);
            }
        }
        if self.0 & NAMES != 0 {
            for name in names {
                hasher.field("name", name);
            }
        }
        if self.0 & DATE != 0 {
            hasher.field("date", date);
        }
        if self.0 & AGES != 0 {
            hasher.field("ages", &twins(place, files, |one, other| second_of(one) == second_of(other)));
        }
        if self.0 & LINKS != 0 {
            hasher.field("links", &twins(place, files, |one, other| (one.dev, one.ino) == (other.dev, other.ino)));
        }
        hasher.finish()
    }
}

/// For each file that equals another, by its number, the number of the first of its equals that is the `same`.
fn twins(place: &Place, files: &[(Rooted, Digest)], same: impl Fn(&Stamp, &Stamp) -> bool) -> Vec<u8> {
    let mut counts: FxHashMap<Digest, usize> = FxHashMap::default();
    for (_, digest) in files {
        *counts.entry(*digest).or_default() += 1;
    }
    let mut seen: FxHashMap<Digest, Vec<(usize, Option<Stamp>)>> = FxHashMap::default();
    let mut found = Vec::new();
    for (nth, (path, digest)) in files.iter().enumerate().filter(|(_, (_, digest))| counts[digest] > 1) {
        let spelled = place.spelled(path.base, &path.rest);
        let stamp = spelled.and_then(|spelled| Stamp::of(&place.cwd.join(paths::path(&spelled))).ok());
        let equals = seen.entry(*digest).or_default();
        let is_same = |other: &Option<Stamp>| stamp.zip(*other).is_some_and(|(one, other)| same(&one, &other));
        let first = equals.iter().find(|(_, other)| is_same(other)).map_or(nth, |(first, _)| *first);
        equals.push((nth, stamp));
        found.extend([nth, first].iter().flat_map(|number| number.to_le_bytes()));
    }
    found
}

fn second_of(stamp: &Stamp) -> i128 {
    stamp.mtime_ns.div_euclid(NS)
}

/// The parts of the place that paths in a text lead into; `mentioned` are [`crate::text::Facts::absolute`].
pub fn of_mentioned<'a>(place: &Place, mentioned: impl IntoIterator<Item = &'a Vec<u8>>) -> u8 {
    let mut bound = 0;
    for path in mentioned {
        for (base, prefix) in place.bases() {
            // A path may have been cut where a directory's name goes on.
            let reaches = match path.strip_prefix(prefix) {
                Some(rest) => rest.first().is_none_or(|next| *next == b'/'),
                None => prefix.strip_prefix(path.as_slice()).is_some_and(|rest| ends_a_path(rest[0])),
            };
            if reaches {
                bound |= match base {
                    Base::Toolchain | Base::Builtin(_) => TOOLCHAIN,
                    Base::Named(_) | Base::NamedReal(_) => NAMED,
                    _ => ROOT,
                };
            }
        }
    }
    bound
}

/// The spellings of a place's directories, each with what finding it means.
struct Needles {
    finders: Vec<(u8, memmem::Finder<'static>)>,
    /// The length of the longest.
    longest: usize,
    /// Parts whose directories have names that compilers write in too many ways.
    unsearchable: u8,
}

impl Needles {
    fn of(place: &Place) -> Self {
        let roots = place.root_needles().into_iter().map(|needle| (ROOT, needle));
        let toolchain = place.toolchain_needles().into_iter().map(|needle| (TOOLCHAIN, needle));
        let named = place.named_needles().into_iter().map(|needle| (NAMED, needle));
        let mut spellings: Vec<(u8, Vec<u8>)> = Vec::new();
        let mut unsearchable = 0;
        for (part, needle) in roots.chain(toolchain).chain(named) {
            if needle.iter().any(u8::is_ascii_control) {
                unsearchable |= part;
            }
            for spelling in spellings_of(&needle) {
                if !spellings.contains(&(part, spelling.clone())) {
                    spellings.push((part, spelling));
                }
            }
        }
        let longest = spellings.iter().map(|(_, spelling)| spelling.len()).max().unwrap_or(0);
        let finder = |(part, spelling): (u8, Vec<u8>)| (part, memmem::Finder::new(&spelling).into_owned());
        Self { finders: spellings.into_iter().map(finder).collect(), longest, unsearchable }
    }

    /// The parts of the place that are spelled in the bytes.
    fn within(&self, bytes: &[u8]) -> u8 {
        let found = self.finders.iter().filter(|(_, finder)| finder.find(bytes).is_some());
        found.fold(0, |bound, (part, _)| bound | part)
    }
}

/// A directory as compilers write it.
fn spellings_of(needle: &[u8]) -> [Vec<u8>; 5] {
    // A file name made part of a symbol: every character that cannot stand there is replaced, the separators around
    // the directory too.
    let mangled = |with: u8| {
        let mut spelling: Vec<u8> =
            needle.iter().map(|byte| if byte.is_ascii_alphanumeric() { *byte } else { with }).collect();
        spelling.push(with);
        spelling
    };
    // A string in assembly: gcc and clang write what is not plain in octal.
    let mut escaped = Vec::with_capacity(needle.len());
    // Options kept in link-time objects are quoted for a shell.
    let mut quoted = Vec::with_capacity(needle.len());
    for &byte in needle {
        match byte {
            b'"' | b'\\' => escaped.extend([b'\\', byte]),
            b' '..=b'~' => escaped.push(byte),
            _ => escaped.extend(format!("\\{byte:03o}").bytes()),
        }
        if byte == b'\'' {
            quoted.extend(b"'\\''");
        } else {
            quoted.push(byte);
        }
    }
    [needle.to_vec(), mangled(b'_'), mangled(b'.'), escaped, quoted]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::new("/real/proj".into(), None, "/real/proj".into(), Some("/opt/tool/lib/gcc/avr/5".into()), &[], &[])
    }

    fn find(output: &[u8], files: &[&str], words: WordSet) -> u8 {
        let files: Vec<Vec<u8>> = files.iter().map(|file| file.as_bytes().to_vec()).collect();
        Bound::find(
            &place(),
            &Evidence { outputs: &[output], opaque: false, files: &files, words, names_are_mapped: false },
        )
        .0
    }

    #[test]
    fn a_result_is_free_only_if_nothing_ties_it() {
        let cases: &[(&[u8], &[&str], WordSet, u8)] = &[
            (b"nothing", &["a.c"], WordSet::FILE, 0),
            (b"x/real/proj/y", &["a.c"], WordSet::NONE, ROOT),
            (b"_GLOBAL__sub_I__real_proj_a.c", &["a.c"], WordSet::NONE, ROOT),
            (b"/opt/tool/lib/gcc/avr/5/include", &["a.c"], WordSet::NONE, TOOLCHAIN),
            (b"nothing", &["/real/proj/a.c"], WordSet::NONE, 0),
            (b"nothing", &["/real/proj/a.c"], WordSet::FILE, ROOT),
            (b"nothing", &["a.c", "/usr/include/assert.h"], WordSet::FILE, 0),
            (b"BC\xc0\xde", &["a.c"], WordSet::NONE, ROOT | TOOLCHAIN | NAMES | NAMED),
        ];
        for (output, files, words, bound) in cases {
            assert_eq!(find(output, files, *words), *bound, "{}", String::from_utf8_lossy(output));
        }
    }

    #[test]
    fn offsets_beyond_everything_are_opaque() {
        let mut object = [0xff; 128];
        object[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        assert_ne!(find(&object, &[], WordSet::NONE), 0);
    }

    #[test]
    fn a_truncated_object_is_opaque() {
        assert_ne!(find(b"\x7fELF\x02\x01\x01", &[], WordSet::NONE), 0);
    }
}
