//! What the result of a compile is bound to, by this command and what it read.

use super::Prepared;
use super::relative::Rewritten;
use crate::bounded;
use crate::command::Part as Word;
use crate::inputs::ReadSet;
use crate::key;
use crate::key::maps::Maps;
use crate::paths::{self, Base};
use crate::proof::binding::{self, Bound, Evidence};
use crate::store::entry::{self, Entry, Part};
use crate::text::WordSet;
use crate::toolchain::Family;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// What the result is bound to, if its text mentions `words`.
pub fn bound(prepared: &Prepared, read: &ReadSet, words: WordSet, entry: &Entry) -> Bound {
    let source = prepared.invocation.source.as_bytes();
    let files: Vec<Vec<u8>> = read.files.iter().map(|(path, _)| path.clone()).chain([source.to_vec()]).collect();
    let template = |part: &Part| *part == Part::DepfileNames;
    let outputs: Vec<&[u8]> =
        entry.parts.iter().filter(|(part, _)| !template(part)).map(|(_, bytes)| bytes.as_slice()).collect();
    let mut words = words;
    if prepared.compiler.family == Family::Clang && words.intersects(WordSet::TYPE_NAMES) {
        words |= WordSet::FILE;
    }
    let named: Vec<Vec<u8>> = files.iter().filter(|file| !is_mapped(prepared, file)).cloned().collect();
    let evidence = Evidence {
        outputs: &outputs,
        opaque: prepared.invocation.opaque,
        files: &named,
        words,
        names_are_mapped: prepared.relative.as_ref().is_some_and(|relative| relative.names_are_mapped),
    };
    let mut bound = Bound::find(&prepared.place, &evidence);
    // A path in the text means the same file everywhere, and in a diagnostic it is no name of this checkout's.
    bound.0 |= binding::of_mentioned(&prepared.place, &read.mentioned);
    if words.intersects(WordSet::PATHS) || has_uncertain_lengths(prepared, &files) {
        bound.0 |= binding::ROOT | binding::TOOLCHAIN | binding::NAMED;
    }
    if maps_what_cannot_be_found(prepared, &files, words) {
        bound.0 |= binding::ROOT | binding::TOOLCHAIN | binding::NAMED;
    }
    if words.intersects(WordSet::DATE) {
        bound.0 |= binding::DATE;
    }
    if read.has_twins(&prepared.place.cwd) {
        bound.0 |= match prepared.compiler.family {
            Family::Gcc => binding::AGES,
            Family::Clang => binding::LINKS,
        };
    }
    bound
}

/// Whether the root's length decides about the name of a system header in a relative directory, which gcc replaces by a
/// shorter canonical one. The key tells that of the directories; here it is asked of headers that are found by `..` or
/// by a link further down.
fn has_uncertain_lengths(prepared: &Prepared, files: &[Vec<u8>]) -> bool {
    if prepared.relative.as_ref().is_some_and(Rewritten::keeps_names) {
        return false;
    }
    let canonical = |path: &[u8]| {
        let canonical = prepared.place.cwd.join(paths::path(path)).canonicalize();
        canonical.map_or_else(|_| Vec::new(), |path| path.into_os_string().into_vec())
    };
    key::relative_system_dirs(&prepared.include_path, prepared.compiler.family).iter().any(|dir| {
        let mut inside = files.iter().filter_map(|file| Some((file, file.strip_prefix(dir.as_slice())?))).peekable();
        let dir = inside.peek().map(|_| paths::join(&canonical(dir), b""));
        inside.any(|(file, rest)| dir.as_ref().is_some_and(|dir| canonical(file) != [dir.as_slice(), rest].concat()))
    })
}

/// Whether gcc makes the same of a file's name in every place, wherever a text can consume it: the maps that reach the name all begin
/// at the place's own directories.
fn is_mapped(prepared: &Prepared, file: &[u8]) -> bool {
    let is_map = |part: &&Word| part.flag == "-ffile-prefix-map=" || part.flag == "-fmacro-prefix-map=";
    let values = prepared.invocation.parts.iter().filter(is_map).filter_map(|part| part.value.as_ref());
    let mut olds = values.map(|value| value.as_bytes()).filter_map(|value| {
        let end = memchr::memchr(b'=', value)?;
        // Which `=` parts the old from the new differs between versions.
        Some((memchr::memrchr(b'=', value) == Some(end)).then_some(&value[..end]))
    });
    let mut reached = false;
    let clear = olds.all(|old| {
        let Some(old) = old else { return false };
        let begins_so = file.starts_with(old);
        reached |= begins_so;
        !begins_so || !matches!(prepared.place.rooted(old).base, Base::Absolute | Base::Relative)
    });
    prepared.compiler.family == Family::Gcc && clear && reached
}

/// Whether a prefix map may have replaced a part of a longer name, here or in another place: in the path of a file (`/ws`
/// in `/ws2/a.h`), or in one that a `#line` gives. The lookup asks the first question of its own place again.
fn maps_what_cannot_be_found(prepared: &Prepared, files: &[Vec<u8>], words: WordSet) -> bool {
    let maps = Maps::of(&prepared.invocation, prepared.compiler.family);
    if maps.olds().next().is_none() {
        return false;
    }
    if files.iter().any(|file| maps.take_a_part_of(file)) {
        return true;
    }
    words.intersects(WordSet::LINE)
        && files.iter().any(|file| {
            let text = bounded::read(&prepared.place.cwd.join(paths::path(file)), entry::CONTENT_LIMIT);
            text.map_or(true, |text| names_absolute_lines(&text))
        })
}

/// Whether a line directive gives an absolute name, or one that a macro stands for.
fn names_absolute_lines(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| {
        let Some(rest) = line.trim_ascii_start().strip_prefix(b"#") else { return false };
        let rest = rest.trim_ascii_start();
        let directive = rest.strip_prefix(b"line").map(<[u8]>::trim_ascii_start);
        let behind = directive.unwrap_or(rest);
        let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match (digits, directive) {
            (0, directive) => directive.is_some(),
            _ => matches!(behind[digits..].trim_ascii_start(), [b'"', b'/', ..] | [b'A'..=b'z', ..]),
        }
    })
}
