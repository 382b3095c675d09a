//! What of some headers of definitions the rest of a compile can notice.
//!
//! ```c
//! #define VERSION "1.2"      // not noticed where nobody says VERSION
//! #ifdef DEBUG               // noticed with what it decides about
//! #define LEVEL LEVELS(2)    // if LEVEL is asked for, LEVELS is too
//! #endif
//! ```
//!
//! What cannot be noticed is left out; the rest, in order, is what counts of the headers. It is found by what is asked for: words of the
//! other texts first, then words of the definitions and conditions that turn out to be noticed, until nothing new comes.

use super::conditions;
use super::definitions::{ASKS_RESERVED, Deed, Line};
use super::vocabulary::{Words, word_hash};
use crate::digest::Digest;
use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

/// What of the headers counts: of each directive the number of its header, the name that it is about, and its text.
pub type Relevant<'i> = Vec<(usize, &'i [u8], Deed, Digest)>;

/// How headers are read.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// Macros that the driver defines by itself.
    pub driver_macros: &'a [Vec<u8>],
    /// `#define F(...)` is known to the language, whatever its version.
    pub knows_variadics: bool,
    /// It may be warned of macros that nobody uses.
    pub minds_use: bool,
}

/// What of `headers` counts, if `words` are those of all other texts.
pub fn relevant<'i>(headers: &'i [Vec<Line>], words: Words, manner: Manner<'_>) -> Relevant<'i> {
    let mut search = Search::new(headers, words, manner);
    search.run();
    let kept = search.items.iter().zip(&search.kept).filter(|(_, kept)| **kept);
    kept.map(|((header, item), _)| (*header, item.name.as_slice(), item.directive, item.text)).collect()
}

/// Adds the words of a directive, which may paste.
pub fn add_line(words: &mut Words, line: &Line) {
    for word in &line.words {
        words.add_piece(*word);
    }
    if !line.plain {
        words.may_paste();
    }
}

/// Where a directive stands: the conditions around it, each with the number of its branch.
type Path = Vec<(usize, usize)>;

struct Search<'i, 'm> {
    items: Vec<(usize, &'i Line)>,
    paths: Vec<Path>,
    /// The directives of each condition: `#if`, `#else`, `#endif`.
    conditions: Vec<Vec<usize>>,
    /// The directives about each name.
    names: FxHashMap<&'i [u8], Vec<usize>>,
    kept: Vec<bool>,
    /// For each condition whether it is the same whenever its header is read.
    lasting: Vec<bool>,
    words: Words,
    manner: Manner<'m>,
}

impl<'i, 'm> Search<'i, 'm> {
    fn new(headers: &'i [Vec<Line>], words: Words, manner: Manner<'m>) -> Self {
        let items: Vec<(usize, &Line)> =
            headers.iter().enumerate().flat_map(|(nth, items)| items.iter().map(move |item| (nth, item))).collect();
        let (mut paths, mut conditions, mut names) = (Vec::new(), Vec::<Vec<usize>>::new(), FxHashMap::default());
        let mut path = Path::new();
        for (at, (_, item)) in items.iter().enumerate() {
            match item.directive {
                Deed::If | Deed::IfNot => {
                    path.push((conditions.len(), 0));
                    conditions.push(Vec::new());
                }
                Deed::Else => path.last_mut().into_iter().for_each(|(_, branch)| *branch += 1),
                _ => {}
            }
            paths.push(path.clone());
            match item.directive {
                Deed::If | Deed::IfNot | Deed::Else | Deed::Endif => {
                    path.last().into_iter().for_each(|(condition, _)| conditions[*condition].push(at));
                }
                Deed::Define | Deed::DefineVariadic | Deed::Undef => {
                    names.entry(item.name.as_slice()).or_insert_with(Vec::new).push(at);
                }
                Deed::Include | Deed::Once | Deed::Message | Deed::Remark | Deed::Linkage | Deed::Pragma => {}
            }
            if item.directive == Deed::Endif {
                path.pop();
            }
        }
        let kept = vec![false; items.len()];
        let read_once: Vec<bool> = (0..headers.len()).map(|nth| is_read_once(headers, nth, &words)).collect();
        // What can change a name: a directive about it, and a macro's body, as by `_Pragma("pop_macro(\"NAME\")")`.
        let defined = names.keys().map(|name| word_hash(name));
        let bodies =
            items.iter().filter(|(_, item)| !item.name.is_empty()).flat_map(|(_, item)| item.words.iter().copied());
        let changed: FxHashSet<u32> = defined.chain(bodies).collect();
        // `__COUNTER__` and `__INCLUDE_LEVEL__` change by themselves, and `__AVX2__` by `#pragma GCC target`.
        let reserved = word_hash(ASKS_RESERVED);
        let restores = may_restore_unsaid(&words);
        let may_change =
            |word: &u32| restores || *word == reserved || words.mention_hash(*word) || changed.contains(word);
        // The header is read once, or nothing can change what the condition asks for.
        let is_lasting = |about: &Vec<usize>| {
            let mut asked = about.iter().flat_map(|at| &items[*at].1.words);
            read_once[items[about[0]].0] || !asked.any(may_change)
        };
        let lasting = conditions.iter().map(is_lasting).collect();
        Self { items, paths, conditions, names, kept, lasting, words, manner }
    }

    fn run(&mut self) {
        for at in 0..self.items.len() {
            let Line { directive, plain, words, .. } = self.items[at].1;
            let is_kept = match directive {
                Deed::Include | Deed::Once | Deed::Message | Deed::Remark | Deed::Linkage | Deed::Pragma => true,
                // `#ifdef USED` is a use.
                Deed::If | Deed::IfNot => {
                    self.manner.minds_use && words.iter().any(|word| self.words.mention_hash(*word))
                }
                _ => false,
            };
            // What is not plain may be warned of.
            if is_kept || !plain {
                self.keep(at);
            }
        }
        let mut open: Vec<(&[u8], Vec<usize>)> = self.names.drain().collect();
        open.sort_unstable();
        loop {
            let before = open.len();
            open.retain(|(name, about)| {
                let counts = self.counts(name, about);
                if counts {
                    for at in about {
                        self.keep(*at);
                    }
                }
                !counts
            });
            if open.len() == before {
                return;
            }
        }
    }

    /// Keeps a directive, and the conditions around it.
    fn keep(&mut self, at: usize) {
        if std::mem::replace(&mut self.kept[at], true) {
            return;
        }
        let item = self.items[at].1;
        add_line(&mut self.words, item);
        for (condition, _) in self.paths[at].clone() {
            for at in self.conditions[condition].clone() {
                self.keep(at);
            }
        }
    }

    /// Whether what the headers say about a name can be noticed.
    fn counts(&self, name: &[u8], about: &[usize]) -> bool {
        about.iter().any(|at| self.kept[*at])
            || self.words.mention(name)
            || is_known_otherwise(name, self.manner.driver_macros)
            || !self.manner.knows_variadics
                && about.iter().any(|at| self.items[*at].1.directive == Deed::DefineVariadic)
            || self.is_defined_twice(about)
            || self.words.paste(name)
    }

    /// Two definitions of one name may be read one after the other, and be warned of. Those in two branches of a condition are not, unless
    /// the header is read twice and the condition has changed meanwhile.
    fn is_defined_twice(&self, about: &[usize]) -> bool {
        let defines = about.iter().filter(|at| self.items[**at].1.directive != Deed::Undef);
        let paths: Vec<&Path> = defines.map(|at| &self.paths[*at]).collect();
        let excludes = |one: &Path, other: &Path| {
            one.iter().any(|(condition, branch)| {
                let is_other = |(beside, other): &(usize, usize)| beside == condition && other != branch;
                other.iter().any(is_other) && self.lasting[*condition]
            })
        };
        paths.iter().enumerate().any(|(nth, one)| paths[..nth].iter().any(|other| !excludes(one, other)))
    }
}

/// Whether a header is read once: it says `#pragma once` before it reads others, under no condition, or stands within a guard as a whole that nothing takes back.
///
/// ```c
/// #ifndef CONFIG_H
/// #define CONFIG_H
/// …
/// #endif
/// ```
fn is_read_once(headers: &[Vec<Line>], nth: usize, words: &Words) -> bool {
    let items = &headers[nth];
    let mut depth = 0;
    for item in items {
        match item.directive {
            Deed::If | Deed::IfNot => depth += 1,
            Deed::Endif => depth -= 1,
            Deed::Once if depth == 0 => return true,
            // It may come back here.
            Deed::Include => break,
            _ => {}
        }
    }
    let items: Vec<&Line> = items.iter().filter(|item| item.directive != Deed::Remark).collect();
    let [guard, mark, within @ .., _] = items.as_slice() else { return false };
    let mut depth = 1;
    let mut is_within = true;
    for item in within {
        match item.directive {
            Deed::If | Deed::IfNot => depth += 1,
            Deed::Endif => depth -= 1,
            Deed::Else => is_within &= depth > 1,
            _ => {}
        }
        is_within &= depth > 0;
    }
    let has_mark = mark.directive == Deed::Define && guard.words == [word_hash(&mark.name)];
    let others = headers.iter().enumerate().filter(|(other, _)| *other != nth).flat_map(|(_, items)| items);
    let is_taken_back = within.iter().copied().chain(others).any(|item| item.name == mark.name)
        || words.mention(&mark.name)
        || may_restore_unsaid(words);
    guard.directive == Deed::IfNot && has_mark && is_within && !is_taken_back
}

/// Whether a text may give a macro back what it was without saying its name.
///
/// ```c
/// #define RESTORE(a, b) DO(pop_macro(TEXT(a##b)))    // with DO(x) as _Pragma(#x)
/// ```
fn may_restore_unsaid(words: &Words) -> bool {
    const RESTORES: &[u8] = b"pop_macro";
    words.have_pragma_operators()
        && words.may_paste_any()
        && (words.mention(RESTORES) || words.paste_directly(RESTORES))
}

/// Whether a compiler, or a language, may know the name: it is predefined, or it could be a keyword. Keywords have small letters.
fn is_known_otherwise(name: &[u8], driver_macros: &[Vec<u8>]) -> bool {
    /// How the names begin that compilers for old systems predefine.
    const OLD: [&[u8]; 6] = [b"LANGUAGE_", b"SYSTYPE_", b"cl_", b"CL_", b"CLK_", b"SPIR"];
    /// No name without an underscore that any of them predefines is longer.
    const SHORT: usize = 6;
    !name.iter().any(u8::is_ascii_uppercase)
        || conditions::is_predefined(name)
        // Reserved in C++.
        || memmem::find(name, b"__").is_some()
        || OLD.iter().any(|old| name.starts_with(old))
        || memchr::memchr(b'_', name).is_none() && name.len() <= SHORT
        || driver_macros.iter().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::super::definitions::items;
    use super::super::vocabulary::Vocabulary;
    use super::*;

    /// Whether headers of these texts look the same to a compile that reads `rest` as well.
    fn look_alike(one: &str, other: &str, rest: &str) -> bool {
        let of = |text: &str| vec![items(text.as_bytes()).unwrap_or_else(|| panic!("{text}"))];
        let manner = Manner { driver_macros: &[b"DRIVERS_OWN".to_vec()], knows_variadics: true, minds_use: false };
        let words = || {
            let mut words = Words::default();
            words.add(&Vocabulary::of(rest.as_bytes()));
            words
        };
        relevant(&of(one), words(), manner) == relevant(&of(other), words(), manner)
    }

    #[test]
    fn definitions_that_nobody_asks_for() {
        for (one, other, rest) in [
            ("#define BUILD_TIME \"1\"\n", "#define BUILD_TIME \"2\"\n", "int a;"),
            ("#define BUILD_TIME \"1\"\n", "", "int a;"),
            (
                "#define BUILD_TIME \"1\"\n",
                "#undef BUILD_TIME\n\n#define IF_A(...) __VA_ARGS__\n#define F_A(a, b) (a+1)\n",
                "",
            ),
            ("#define ONE_A 1\n#define TWO_A ONE_A\n", "#define ONE_A 2\n#define TWO_A ONE_A\n", "int a;"),
            ("#ifdef ONE_A\n#define TWO_A 1\n#else\n#define TWO_A 2\n#endif\n", "#define TWO_A 3\n", "int a;"),
            ("#define ONE_A 1\n#define TWO_A 1\n", "#define ONE_A 1\n#define TWO_A 2\n", "ONE_A"),
            (
                "#ifndef ONE_H\n#define ONE_H\n#endif\n",
                "#ifndef ONE_H\n#define ONE_H\n#ifdef TWO_X\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n#endif\n",
                "TWO_X",
            ),
            ("/* \u{a9} */\n#define TWO_A 1\n", "/* \u{a9} */\n#define TWO_A 2\n#define TWO_B /*   */ 1\n", ""),
            ("#pragma once\n#define TWO_A 1\n", "#pragma once\n#define TWO_A 2\n", "ONE_A"),
            ("#pragma once\n", "#pragma once\n#ifdef __AVX2__\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n", ""),
            ("#ifndef PIN_A\n#error no\n#endif\n#define ONE_A 1\n", "#ifndef PIN_A\n#error no\n#endif\n", "PIN_A"),
            ("#define HAVE_X 1\n", "#define HAVE_X 2\n", "#define CAT(a, b) a ## b\nCAT(HAVE_, Y)"),
            // A guard behind a licence, and no line's end.
            (
                "/* \u{a9} */\n#ifndef ONE_H\n#define ONE_H\n#endif",
                "/* \u{a9} */\n#ifndef ONE_H\n#define ONE_H\n#ifdef TWO_X\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n#endif",
                "TWO_X",
            ),
            (
                "#ifdef __cplusplus\nextern \"C\" {\n#define ONE_A 1\n}\n#endif\n",
                "#ifdef __cplusplus\nextern \"C\" {\n#define ONE_A 2\n}\n#endif\n",
                "",
            ),
        ] {
            assert!(look_alike(one, other, rest), "{one} | {other} | {rest}");
            assert!(look_alike(other, one, rest), "{other} | {one} | {rest}");
        }
    }

    #[test]
    fn definitions_that_may_be_noticed() {
        for (one, other, rest) in [
            ("#define ONE_A 1\n", "#define ONE_A 2\n", "ONE_A"),
            ("#define ONE_A 1\n", "#define ONE_A 2\n", "\"ONE_A\""),
            ("#define ONE_A 1\n", "", "#if 0\nONE_A\n#endif"),
            // By way of another.
            ("#define ONE_A 1\n#define TWO_A ONE_A\n", "#define ONE_A 2\n#define TWO_A ONE_A\n", "TWO_A"),
            ("#define ONE_A 1\n#if ONE_A\n#endif\n", "#define ONE_A 2\n#if ONE_A\n#endif\n", ""),
            (
                "#define ONE_A 1\n#ifdef ONE_A\n#define TWO_A\n#endif\n",
                "#ifdef ONE_A\n#define TWO_A\n#endif\n",
                "TWO_A",
            ),
            ("#include \"a.h\"\n#define ONE_A 1\n", "#define ONE_A 1\n#include \"b.h\"\n", ""),
            (
                "#ifdef ONE_A\n#include \"a.h\"\n#endif\n",
                "#define ONE_A 1\n#ifdef ONE_A\n#include \"a.h\"\n#endif\n",
                "",
            ),
            // In another order.
            ("#define ONE_A 1\n#undef ONE_A\n", "#undef ONE_A\n#define ONE_A 1\n", "ONE_A"),
            // Pasted, of two and of more.
            ("#define HAVE_X 1\n", "#define HAVE_X 2\n", "#define CAT(a, b) a ## b\nCAT(HAVE_, X)"),
            ("#define HAVE_X1Y 1\n", "#define HAVE_X1Y 2\n", "#define CAT(a, b) a ## b\nCAT(CAT(HAVE_, X), CAT(1, Y))"),
            (
                "#define CAT_A(a) HAVE_ ## a\n#define HAVE_X 1\n",
                "#define CAT_A(a) HAVE_ ## a\n#define HAVE_X 2\n",
                "CAT_A(X)",
            ),
            // Where the header is read twice, the second definition may be another.
            ("", "#ifdef TWO_X\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n", "TWO_X"),
            ("#define TWO_X\n", "#ifdef TWO_X\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n#define TWO_X\n", ""),
            (
                "#ifndef ONE_H\n#define ONE_H\n#endif\n",
                "#ifndef ONE_H\n#define ONE_H\n#ifdef TWO_X\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n#endif\n",
                "TWO_X\n#undef ONE_H",
            ),
            ("", "#ifdef __AVX2__\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n", ""),
            ("", "#if __COUNTER__ == 0\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n", ""),
            (
                "#include \"b.h\"\n#pragma once\n",
                "#include \"b.h\"\n#pragma once\n#ifdef TWO_X\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n",
                "TWO_X",
            ),
            (
                "#ifndef ONE_H\n#define ONE_H\n#endif\n",
                "#ifndef ONE_H\n#define ONE_H\n#ifdef TWO_X\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n#endif\n",
                "TWO_X _Pragma pop_macro ##",
            ),
            // A comment that is judged.
            ("", "/* \u{a9} */\n#define ONE_A\n", ""),
            ("", "/* /* */\n", ""),
            ("#ifdef ONE_X\n/* \u{a9} */\n#endif\n", "/* \u{a9} */\n#ifdef ONE_X\n#endif\n", ""),
            ("#ifdef ONE_X\n/* \u{a9} */\n#endif\n", "#define ONE_X\n#ifdef ONE_X\n/* \u{a9} */\n#endif\n", ""),
            ("#define ONE_A 1\n", "#define ONE_A 1", ""),
            ("", "#pragma GCC diagnostic warning \"-Wundef\"\n", ""),
            (
                "#ifdef __cplusplus\nextern \"C\" {\n}\n#endif\n",
                "#ifdef __cplusplus\n#define extern\nextern \"C\" {\n}\n#endif\n",
                "",
            ),
            // The condition of a message.
            ("#ifndef PIN_A\n#error no\n#endif\n", "#define PIN_A\n#ifndef PIN_A\n#error no\n#endif\n", ""),
            // A definition that is warned of, or that is none of the user's.
            ("#define ONE_A 1\n", "#define ONE_A 1\n#define ONE_A 2\n", ""),
            ("", "#define TWO_A 1\"x\n", ""),
            ("", "#define TWO_A(a) #b\n", ""),
            ("", "#undef TWO_A B\n", ""),
            ("", "#ifdef TWO_A B\n#endif\n", ""),
            ("", "#ifdef __VA_OPT__\n#endif\n", ""),
            ("", "#ifdef xor\n#endif\n", ""),
            ("", "#define TWO__A\n", ""),
            ("", "#define __GNUC__ 3\n", ""),
            ("", "#define DRIVERS_OWN\n", ""),
            ("", "#define inline\n", ""),
            ("", "#define AVR\n", ""),
        ] {
            assert!(!look_alike(one, other, rest), "{one} | {other} | {rest}");
        }
    }

    #[test]
    fn variadics_are_known_to_most_languages() {
        let header = [items(b"#define IF_A(...) __VA_ARGS__\n").unwrap()];
        let manner = |knows_variadics| Manner { driver_macros: &[], knows_variadics, minds_use: false };
        assert_eq!(relevant(&header, Words::default(), manner(true)), []);
        assert_eq!(relevant(&header, Words::default(), manner(false)).len(), 1);
    }
}
