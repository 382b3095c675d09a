//! Questions to a text that its [facts](super::facts::Facts) do not answer. They are rare, and asked of all texts that a
//! compile read.

use super::defines::define_of;
use super::facts::{IncludeForm, Mention, push_new};
use super::includes::read_mention;
use super::lexer::{Region, Regions, is_word, line_start, skip_blank};
use super::pieces;
pub use super::pieces::MacroUse;
use super::readings::{ReadSo, Readings};
use memchr::memmem;
use rustc_hash::FxHashSet;

/// The headers for which a text asks by a macro that wraps `__has_include`: `HAS(<x.h>)`. `None` if some argument is not a header's name.
pub fn uses(text: &[u8], wrapper: &[u8]) -> Option<Vec<Mention>> {
    let readings = Readings::of(text);
    let [read] = readings.all() else { return None };
    let text = &*read.text;
    let mut found = Vec::new();
    let mut regions = None;
    for at in memmem::find_iter(text, wrapper) {
        let begins = text[..at].last().is_none_or(|byte| !is_word(*byte));
        let after = &text[at + wrapper.len()..];
        let after = skip_blank(after);
        if begins && after.starts_with(b"/*") {
            return None;
        }
        let Some(argument) = after.strip_prefix(b"(").filter(|_| begins) else { continue };
        let line = line_start(text, at)?;
        if define_of(&[&text[line..at], wrapper].concat())
            .is_some_and(|(name, rest)| name == wrapper && rest.is_empty())
        {
            // Its own definition.
            continue;
        }
        let mention = read_mention(argument, false);
        if mention.form == IncludeForm::Computed {
            let regions = regions.get_or_insert_with(|| Regions::of(text));
            if matches!(regions.at(at), Region::Comment | Region::String) {
                continue;
            }
            return None;
        }
        push_new(&mut found, mention);
    }
    Some(found)
}

/// The words of a text that could name macros.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_word(*byte)).filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()))
}

/// Whether a text may expand each of the macros, or hold the tokens with which its name begins and ends, to be pasted.
pub fn expands(text: &Readings, names: &[&[u8]]) -> Vec<MacroUse> {
    let mut found = vec![MacroUse::default(); names.len()];
    for read in text.all() {
        let uses = pieces::uses(&read.text, names, |at| read.is_code(at), |at, token| read.could_be_pasted(at, token));
        for (of_all, found) in found.iter_mut().zip(uses) {
            of_all.expanded |= found.expanded;
            of_all.begins |= found.begins;
            of_all.ends |= found.ends;
        }
    }
    found
}

/// Where a text says the name of a macro, or of what a compiler gives a value to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions {
    /// It stands where it is expanded in this text. The name of a `#define`, `#undef`, `#ifdef` or `#ifndef` is not.
    pub here: bool,
    /// The macros of which it is a part.
    pub bodies: Vec<Vec<u8>>,
}

/// Where a text says `name` in code; `None` if it may stand in the body of a macro that cannot be told.
///
/// ```c
/// #define FAIL(x) fail(x, __FILE__)    // a part of FAIL
/// FAIL("here");                        // here
/// ```
pub fn mentions(text: &Readings, name: &[u8]) -> Option<Mentions> {
    let is_within = |read: &ReadSo, start: usize| match read.regions().at(start) {
        Region::Code => false,
        Region::Comment | Region::String => true,
        Region::Unsure => is_open(&read.text[..start]),
    };
    let mut found = Mentions::default();
    for read in text.all() {
        let text = read.text.as_slice();
        for at in memmem::find_iter(text, name) {
            if !is_whole(text, at, name.len()) || pieces::is_directives_name(&text[..at]) || !read.is_code(at) {
                continue;
            }
            let start = line_start(text, at)?;
            let line = &text[start..at];
            match define_of(line) {
                Some((macro_name, _)) if !macro_name.is_empty() => push_new(&mut found.bodies, macro_name.to_vec()),
                // `%:define A`, `/* one */ #define A`, or a comment in a definition that crosses lines.
                _ if memmem::find(line, b"define").is_some() || start > 0 && is_within(read, start) => {
                    return None;
                }
                _ => found.here = true,
            }
        }
    }
    Some(found)
}

/// Whether a comment may be open at the end of the text, whatever stands in strings.
fn is_open(text: &[u8]) -> bool {
    memmem::rfind(text, b"/*").is_some_and(|open| memmem::rfind(text, b"*/").is_none_or(|close| close < open))
}

/// Whether no byte beside a word belongs to it.
fn is_whole(text: &[u8], at: usize, len: usize) -> bool {
    !text[..at].last().is_some_and(|byte| is_word(*byte)) && !text.get(at + len).is_some_and(|byte| is_word(*byte))
}

/// Whether texts may say one of the words together without saying it, by pasting its parts. Numbers need not stand in a text. Each text
/// is read once.
pub fn paste<'t>(texts: impl Iterator<Item = &'t Readings>, words: &[&[u8]]) -> bool {
    let mut all = FxHashSet::default();
    for read in texts.flat_map(Readings::all) {
        let is_code = |at| read.is_code(at);
        all.extend(pieces::parts(&read.text, words, is_code, |at, token| read.could_be_pasted(at, token)));
    }
    all.extend(words.iter().flat_map(|word| pieces::numbers(word)).map(<[u8]>::to_vec));
    all.extend(pieces::PREDEFINED.map(<[u8]>::to_vec));
    let all: Vec<Vec<u8>> = all.into_iter().collect();
    words.iter().any(|word| are_pasted(&all, word))
}

/// Whether the pieces make up the word. `_` is a name of its own in many texts, and so counts at the ends of the word alone.
pub fn are_pasted(pieces: &[Vec<u8>], word: &[u8]) -> bool {
    let (edges, pieces): (Vec<Vec<u8>>, Vec<Vec<u8>>) = pieces.iter().cloned().partition(|piece| piece == b"_");
    is_pasted(word, &pieces, !edges.is_empty())
}

/// Whether the pieces make up the word, with a `_` at each of its ends at most if `has_edges`: one after the other is pasted to no name.
fn is_pasted(word: &[u8], pieces: &[Vec<u8>], has_edges: bool) -> bool {
    let rest = word.strip_prefix(b"_").unwrap_or(word);
    let inner = rest.strip_suffix(b"_").unwrap_or(rest);
    let whole = |rest: &&[u8]| pieces.iter().any(|piece| piece == rest) || pieces::make_up(pieces, rest);
    pieces::make_up(pieces, word)
        || has_edges
            && [rest, inner, word.strip_suffix(b"_").unwrap_or(word)]
                .iter()
                .any(|rest| rest.len() < word.len() && whole(rest))
}

#[cfg(test)]
mod tests {
    use super::super::facts::Facts;
    use super::*;

    #[test]
    fn mentions_are_told_apart() {
        let of =
            |text: &str| mentions(&Readings::of(text.as_bytes()), b"A").map(|found| (found.here, found.bodies.len()));
        for (text, expected) in [
            ("A", Some((true, 0))),
            ("f(A);\n#define B A\n", Some((true, 1))),
            ("#define B(x) f(x, A)\n# define C \\\n A\n", Some((false, 2))),
            ("#define A 1\n#undef B\n", Some((false, 0))),
            ("#if A\n", Some((true, 0))),
            ("#ifdef A\n#undef A\n# ifndef A\n", Some((false, 0))),
            ("AB BA \"A\" /* A */ // A\n", Some((false, 0))),
            ("%:define B A\n", None),
            ("/* one */ #define B A\n", None),
            ("#define B /*\n*/ A\n", None),
            ("/* */ A\n", Some((true, 0))),
            ("// src/**/*.h\nA\n", Some((true, 0))),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        let paste = |texts: [&str; 2], word: &str| {
            super::paste(texts.map(|text| Readings::of(text.as_bytes())).iter(), &[word.as_bytes()])
        };
        assert!(paste(["P(__FI, LE__)", ""], "__FILE__"));
        assert!(paste(["#define P(x) FAIL_##x\n", "P(IF)"], "FAIL_IF"));
        assert!(!paste(["P(FAIL, IF)", ""], "FAIL_IF"));
        assert!(paste(["P(_, _FILE__)", ""], "__FILE__"));
        assert!(paste(["P(_, P(_FILE_, _))", ""], "__FILE__"));
        assert!(!paste(["P(_, _) P(FILE)", ""], "__FILE__"));
        assert!(!paste(["P(__DA, TE__) __FILE__", ""], "__FILE__"));
        assert!(paste(["P(FAIL_, COUNT(x))", ""], "FAIL_12"));
        assert!(paste(["P3(FAIL_, COUNT(x), _IF)", ""], "FAIL_12_IF"));
        assert!(!paste(["P(FALL_, COUNT(x))", ""], "FAIL_12"));
    }

    #[test]
    fn uses_of_wrappers_and_definitions_of_names_are_found() {
        let text = b"#define HAS(x) __has_include(x)\n#if HAS(<a.h>) && HAS( \"b.h\" )\nMY_HAS(c)";
        assert_eq!(Facts::of(text).wrappers, [b"HAS".to_vec()]);
        assert_eq!(Facts::of(b"# define HAS __has_include\n").wrappers, [b"HAS".to_vec()]);
        assert_eq!(uses(text, b"HAS").map(|found| found.len()), Some(2));
        assert_eq!(uses(b"HAS(NAME)", b"HAS"), None);
        assert_eq!(uses(b"/* not HAS(x) */", b"HAS"), Some(vec![]));
    }
}
