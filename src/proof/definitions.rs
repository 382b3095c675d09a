//! Headers of definitions that have changed: whether what changed in them can be noticed.
//!
//! ```c
//! // config.h
//! #define BUILD_TIME "2026-11-27"    // another every day, and only version.c asks for it
//! ```
//!
//! A result hangs on those definitions alone that something asks for: another text that was read, the command line, or another definition
//! that is asked for itself. See [`relevant`]. The words of the texts tell which these are, so nothing of it is found out until a header has
//! changed. What the header held before is kept in the store, under the digest of its content.
//!
//! Two conditions are judged when a result is stored: it must be [blind to comments](super::comments), so that nobody has said anything of
//! the definitions and no debug data hold them. And no text may poison words:
//!
//! ```c
//! #pragma GCC poison strcpy          // an error in any definition that says strcpy
//! ```

use super::blind::knows_line_comments;
use super::holds::{Here, InVain};
use super::input::Input;
use super::observed::Observed;
use crate::command::Trait;
use crate::digest::{ContentId, Digest};
use crate::disk::memo::Memo;
use crate::paths::{self, Rooted};
use crate::reason::{Cause, Reason};
use crate::text::definitions::{Deed, Line};
use crate::text::relevant::{Manner, add_line, relevant};
use crate::text::signs::{
    CLANG_LIST, CLANG_OPEN, GCC_GIVEN, GCC_OPEN, LISTED, MACROS, POISON, POISON_LIST, WARNED, listed_hash,
};
use crate::text::vocabulary::{PREDEFINED_PASTES, Vocabulary, Words, word_hash};
use crate::text::{Facts, Findings, Reading};
use crate::toolchain::{Compiler, habits};
use rustc_hash::FxHashMap;
use std::os::unix::ffi::OsStrExt as _;
use std::rc::Rc;

/// What the headers of definitions among `inputs` hold, of those that the store does not know yet. One of which no memo tells any more
/// holds by its content alone.
pub(super) fn held(
    observed: &Observed<'_>,
    mut inputs: Vec<Input>,
    memo: &mut Memo,
) -> (Vec<Input>, Vec<(ContentId, Vec<Line>)>) {
    let mut held = Vec::new();
    let mut full = Vec::new();
    for input in &mut inputs {
        let Input::File { path, content, definitions, .. } = input else { continue };
        if !*definitions || observed.known.knows(content) {
            continue;
        }
        let is_here = observed.place.spell_full(path, &mut full);
        let found = is_here.then(|| memo.content(paths::path(&full), Facts::scan(Reading::Code))).and_then(Result::ok);
        let found = found.filter(|found| found.digest == *content).and_then(|found| found.facts);
        match found.and_then(|facts| Findings::read(&facts)?.definitions()) {
            Some(lines) => held.push((*content, lines)),
            None => *definitions = false,
        }
    }
    (inputs, held)
}

/// Whether a text may make words such that it is noticed where they are said. `words` are those of all texts.
fn may_poison(words: &Words, compiler: &Compiler) -> bool {
    // `_Pragma(TEXT(GCC PASTE(poi, son) x))`
    let may_say = |word: &[u8]| words.mention(word) || words.paste_directly(word);
    // `#define IGNORE(v, n, text) _Pragma(TEXT(v poison x))`
    let is_given = || words.mention(GCC_GIVEN) && (words.may_be_pasted(POISON) || words.paste_directly(POISON));
    let is_gcc = || words.mention(GCC_OPEN) || is_given() || words.paste_directly(b"GCC");
    let by_gcc = words.mention(POISON_LIST) || words.have_pragma_operators() && may_say(POISON) && is_gcc();
    let is_clang = || words.mention(CLANG_OPEN) || words.paste_directly(b"clang");
    let is_listed = || words.have_pragma_operators() && WARNED.iter().any(|word| may_say(word)) && is_clang();
    by_gcc || compiler.has(habits::WARNS_OF_WORDS) && (words.mention(CLANG_LIST) || is_listed())
}

/// Whether one of the headers says, or may say, a word that a text lists. `words` are those of all texts.
///
/// ```c
/// #pragma GCC poison strcpy
/// #define COPY strcpy          // in a header: an error, whoever asks for COPY
/// ```
fn says_listed(old: &[Vec<Line>], new: &[Vec<Line>], words: &Words) -> bool {
    let is_listed = |word: u32| words.mention_hash(listed_hash(word));
    let says = |line: &Line| is_listed(word_hash(&line.name)) || line.words.iter().any(|word| is_listed(*word));
    // What a condition expands to may be any word.
    let expanding = |headers: &[Vec<Line>]| -> Vec<Digest> {
        headers.iter().flatten().filter(|line| line.number > 0).map(|line| line.text).collect()
    };
    words.mention(LISTED) && (old.iter().chain(new).flatten().any(says) || expanding(old) != expanding(new))
}

/// Whether a directive of the headers may tell that it stands on another line: `#if __LINE__ == 2`. `words` are those of all texts.
fn tells_lines(old: &[Vec<Line>], new: &[Vec<Line>], words: &Words) -> bool {
    const LINE: &[u8] = b"__LINE__";
    let lines = |header: &[Line]| -> Vec<(u32, Digest)> {
        header.iter().filter(|line| line.number > 0).map(|line| (line.number, line.text)).collect()
    };
    let moved = || old.iter().zip(new).any(|(old, new)| lines(old) != lines(new));
    (words.mention(LINE) || words.paste(LINE)) && moved()
}

/// Whether a pragma may switch `-Wunused-macros` on. `words` are those of all texts.
fn may_mind_use(words: &Words) -> bool {
    words.mention(MACROS) || words.paste_directly(MACROS)
}

/// Adds what predefined macros paste to words: `__INT64_C(FOO_)` is `FOO_L`. `all` are the words of all texts.
fn add_suffixes(words: &mut Words, all: &Words) {
    if PREDEFINED_PASTES.iter().any(|name| all.mention(name)) {
        words.may_paste();
    }
    for suffix in [&b"L"[..], b"U", b"UL", b"LL", b"ULL"] {
        words.add_piece(word_hash(suffix));
    }
}

/// Asks of the headers of definitions that have changed whether that can be noticed. All other `inputs` hold.
///
/// # Errors
/// `file-changed`, of the first of them, if it can or may be.
pub(super) fn hold<'i>(inputs: &'i [Input], here: &mut Here<'i, '_>) -> Result<(), Cause> {
    let changed = std::mem::take(&mut here.changed);
    let Some((first, old)) = changed.first() else { return Ok(()) };
    let Some(names) = unnoticed(inputs, &changed, here) else {
        let now = here.content(first).map_or_else(String::new, |content| content.short());
        return Err(Reason::FileChanged.about_path(&here.spelled(first)).with(old.short(), now));
    };
    let names = changed.iter().zip(names).map(|((path, _), names)| (*path, InVain::Definitions(names)));
    here.in_vain.extend(names);
    Ok(())
}

/// The names that changed in each of the headers; `None` if one of them may be noticed.
fn unnoticed<'i>(
    inputs: &'i [Input],
    changed: &[(&'i Rooted, ContentId)],
    here: &mut Here<'i, '_>,
) -> Option<Vec<Vec<String>>> {
    // A header that is found by two names is told as two files, and one that is read twice as one.
    let mut versions: Vec<(ContentId, Option<ContentId>)> = Vec::new();
    let mut of_changed = Vec::new();
    let (mut old, mut new): (Vec<Vec<Line>>, Vec<Vec<Line>>) = Default::default();
    for (path, then) in changed {
        let version = (*then, here.content(path));
        let nth = versions.iter().position(|known| *known == version).unwrap_or(versions.len());
        if nth == versions.len() {
            versions.push(version);
            old.push(here.around.known.items(then)?);
            new.push(here.items(path)?);
        } else if [&old[nth], &new[nth]].into_iter().flatten().any(|line| line.directive == Deed::Once) {
            // Two files that are equal are read once each, or once in all.
            return None;
        }
        of_changed.push(nth);
    }
    if is_taken_for_another(inputs, changed, here) {
        return None;
    }
    let others = others(inputs, changed, here)?;
    let mut words = Words::default();
    for vocabulary in &others {
        words.add(vocabulary);
    }
    let mut all = words.clone();
    for line in old.iter().chain(&new).flatten() {
        add_line(&mut all, line);
    }
    if words.have_pragma_operators() {
        for name in names(inputs, here) {
            all.add(&name);
            words.add(&name);
        }
    }
    if may_poison(&all, here.around.compiler) || says_listed(&old, &new, &all) || tells_lines(&old, &new, &all) {
        return None;
    }
    add_suffixes(&mut words, &all);
    let around = here.around;
    let manner = Manner {
        driver_macros: &around.compiler.driver_macros,
        // C whose `//` are comments has them as well.
        minds_use: around.job.has(Trait::MindsUse) || may_mind_use(&all),
        knows_variadics: !around.job.language.is_cxx() && knows_line_comments(around.job, around.compiler),
    };
    let same = relevant(&old, words.clone(), manner) == relevant(&new, words, manner);
    same.then(|| of_changed.iter().map(|nth| differences(&old[*nth], &new[*nth])).collect())
}

/// The words of everything else that the compile reads.
fn others<'i>(
    inputs: &'i [Input],
    changed: &[(&'i Rooted, ContentId)],
    here: &mut Here<'i, '_>,
) -> Option<Vec<Rc<Vocabulary>>> {
    let around = here.around;
    let given = [around.job.defines(), around.compiler.driver_definitions.clone()];
    let mut all = vec![Rc::new(here.vocabulary_of_source()?)];
    all.extend(given.iter().map(|text| Rc::new(Vocabulary::of(text))));
    for input in inputs {
        if let Input::File { path, .. } = input
            && !changed.iter().any(|(changed, _)| changed == &path)
        {
            all.push(here.vocabulary(path)?);
        }
    }
    Some(all)
}

/// The words of the names of files that could be pragmas, all of them or in clang their last part.
///
/// ```c
/// _Pragma(__FILE__)    // in "GCC poison x.h"
/// ```
fn names(inputs: &[Input], here: &Here<'_, '_>) -> Vec<Vocabulary> {
    let source = here.around.job.source.as_os_str().as_bytes().to_vec();
    let files = inputs.iter().filter_map(|input| match input {
        Input::File { path, .. } => Some(here.spelled(path)),
        _ => None,
    });
    std::iter::once(source)
        .chain(files)
        .filter(|name| could_be_pragma(name))
        .map(|name| Vocabulary::of(&name))
        .collect()
}

/// Whether a name could be a pragma: more than one token stands in it. No pragma begins with a `/`.
fn could_be_pragma(name: &[u8]) -> bool {
    let parts = |name: &[u8]| name.iter().any(|byte| matches!(byte, b' ' | b'\t' | b'(' | b'*' | 0x0b | 0x0c));
    !name.starts_with(b"/") && parts(name) || parts(paths::split(name).1)
}

/// Whether a header has become equal to another file, or is equal to it no more. Under `#pragma once` and `#import` gcc takes such files for
/// one. The same file may be read by two names: `config.h` and `../lib/config.h`.
fn is_taken_for_another<'i>(inputs: &'i [Input], changed: &[(&'i Rooted, ContentId)], here: &mut Here<'i, '_>) -> bool {
    let files = inputs.iter().filter_map(|input| match input {
        Input::File { path, content, .. } => Some((path, *content, here.content(path))),
        _ => None,
    });
    let files: Vec<(&Rooted, ContentId, Option<ContentId>)> = files.collect();
    changed.iter().any(|(header, then)| {
        let now = here.content(header);
        files
            .iter()
            .any(|(path, other_then, other_now)| path != header && (*other_then == *then) != (*other_now == now))
    })
}

/// The names about which two versions of a header say something else, for people.
fn differences(old: &[Line], new: &[Line]) -> Vec<String> {
    let mut said: FxHashMap<&[u8], [Vec<Digest>; 2]> = FxHashMap::default();
    for (version, items) in [old, new].into_iter().enumerate() {
        for item in items.iter().filter(|item| !item.name.is_empty()) {
            said.entry(&item.name).or_default()[version].push(item.text);
        }
    }
    let differ = said.into_iter().filter(|(_, [old, new])| old != new);
    let mut names: Vec<String> = differ.map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
    names.sort_unstable();
    names
}
