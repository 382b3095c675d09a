//! Words that no text spells and a compile may still read: pasted together by `##`, or by an assembler macro.
//!
//! A word such as `__TIME__` matters wherever it is expanded. `PASTE(__TI, ME__)` never says it, but its pieces stand
//! in the text as tokens of their own. So the tokens that could be a part of such a word are kept with the facts of
//! each file, and a word that can be put together from those of all files is taken for used. Single letters stand in every text, so
//! only one piece of a word may be a single letter.
//!
//! `##` joins the tokens that stand beside it, and the tokens at the edge of an argument. So a token is a piece only at such a place:
//!
//! ```c
//! #define FRAMED(x) __##x##__   // `__` stands beside `##`
//! FRAMED(DATE)                  // `DATE` is an argument
//! #define HALF __DA             // `__DA` is all that HALF stands for
//! printf(_("date"), DATE);      // `_` is called and pastes nothing
//! ```

use super::defines::define_of;
use super::lexer::{is_word, line_start};
use rustc_hash::{FxHashMap, FxHashSet};

/// The words that matter by being there, however they came about.
pub const WORDS: [&str; 13] = [
    "__DATE__",
    "__TIME__",
    "__TIMESTAMP__",
    "__asm",
    "__asm__",
    "incbin",
    "include",
    "__FILE__",
    "__BASE_FILE__",
    "__builtin_FILE",
    "__has_include",
    "__has_include_next",
    "__has_embed",
];

/// The tokens of code that are a part of one of [`WORDS`] and could be pasted, each once. `is_code` tells code from strings
/// and comments.
pub fn of(text: &[u8], is_code: impl Fn(usize) -> bool) -> Vec<Vec<u8>> {
    let mut found = FxHashSet::default();
    for (at, token) in tokens(text) {
        if is_piece(token) && !found.contains(token) && could_be_pasted(text, at, token) && is_code(at) {
            found.insert(token.to_vec());
        }
    }
    let mut found: Vec<Vec<u8>> = found.into_iter().collect();
    found.sort_unstable();
    found
}

/// The tokens of code that are a part of one of `words` and could be pasted, each once.
pub fn parts(text: &[u8], words: &[&[u8]], is_code: impl Fn(usize) -> bool) -> FxHashSet<Vec<u8>> {
    let mut found = FxHashSet::default();
    let finds = |word: &&[u8], token: &[u8]| token.len() < word.len() && memchr::memmem::find(word, token).is_some();
    for (at, token) in tokens(text) {
        if words.iter().any(|word| finds(word, token))
            && !found.contains(token)
            && could_be_pasted(text, at, token)
            && is_code(at)
        {
            found.insert(token.to_vec());
        }
    }
    found
}

/// The token stands beside `##`, at the edge of what could be an argument, or at the edge of what a macro stands for.
fn could_be_pasted(text: &[u8], at: usize, token: &[u8]) -> bool {
    let before = trim_end(&text[..at]);
    let after = trim_start(&text[at + token.len()..]);
    if before.ends_with(b"##") || before.ends_with(b"%:") || after.starts_with(b"##") || after.starts_with(b"%:") {
        return true;
    }
    // `defined(_)` gives nobody an argument.
    if before.strip_suffix(b"(").is_some_and(|before| trim_end(before).ends_with(b"defined")) {
        return false;
    }
    // A `/` is a comment's, which may hide what stands beside the token.
    let (opens, closes) =
        (matches!(before.last(), Some(b'(' | b',' | b'/')), matches!(after.first(), Some(b')' | b',' | b'/')));
    // `_` is a name of its own in many texts, so it must be a whole argument.
    if token == b"_" {
        return opens && closes;
    }
    let is_called = after.first() == Some(&b'(');
    // Macros beside it may come to nothing: `EMPTY __TI EMPTY`.
    let vanishes = |word: &[u8]| !word.is_empty() && !KEYWORDS.contains(&word);
    let left = before.last().is_some_and(|byte| matches!(byte, b'(' | b',' | b')')) || vanishes(last_word(before));
    let right = closes || vanishes(first_word(after));
    if left && right {
        return true;
    }
    let ends_line = text[at + token.len()..].iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    let ends_line = ends_line.is_none_or(|byte| *byte == b'\n');
    closes || opens && !is_called || (ends_line || !is_called) && is_in_define(text, at, ends_line)
}

/// Words that nobody defines as nothing, and beside which the names of types stand: `struct DATE d`.
const KEYWORDS: [&[u8]; 14] = [
    b"struct",
    b"enum",
    b"union",
    b"class",
    b"typename",
    b"const",
    b"typedef",
    b"static",
    b"extern",
    b"return",
    b"case",
    b"define",
    b"namespace",
    b"using",
];

fn last_word(text: &[u8]) -> &[u8] {
    &text[text.len() - text.iter().rev().take(BLANKS).take_while(|byte| is_word(**byte)).count()..]
}

fn first_word(text: &[u8]) -> &[u8] {
    &text[..text.iter().take_while(|byte| is_word(**byte)).count()]
}

/// The token is the first in the body of the `#define` on its line, or it is in that body and `is_last` on the line.
fn is_in_define(text: &[u8], at: usize, is_last: bool) -> bool {
    let Some(start) = line_start(text, at) else { return true };
    let Some((name, between)) = define_of(&text[start..at]) else { return false };
    // `#define NAME` itself; behind the name, or behind its parameters, comes the first token.
    let is_body = !name.is_empty() && !between.is_empty();
    is_body && (is_last || matches!(between.trim_ascii_end().last(), None | Some(b')')))
}

/// How many bytes are looked at beside a token, for blanks and words. On a longer line every token counts, and nobody writes so many
/// empty lines.
const BLANKS: usize = 4096;

fn trim_end(text: &[u8]) -> &[u8] {
    let from = text.len().saturating_sub(BLANKS);
    &text[..from + text[from..].trim_ascii_end().len()]
}

fn trim_start(text: &[u8]) -> &[u8] {
    text[..text.len().min(BLANKS)].trim_ascii_start()
}

/// Which two bytes stand side by side in one of [`WORDS`], in either case. Nearly every token has two others, and needs no search.
const PAIRS: [[bool; 128]; 128] = {
    let mut pairs = [[false; 128]; 128];
    let mut nth = 0;
    while nth < WORDS.len() {
        let word = WORDS[nth].as_bytes();
        let mut at = 1;
        while at < word.len() {
            let (left, right) = (word[at - 1], word[at]);
            let (capital_left, capital_right) =
                (left.to_ascii_uppercase() as usize, right.to_ascii_uppercase() as usize);
            let (left, right) = (left.to_ascii_lowercase() as usize, right.to_ascii_lowercase() as usize);
            pairs[left][right] = true;
            pairs[capital_left][right] = true;
            pairs[left][capital_right] = true;
            pairs[capital_left][capital_right] = true;
            at += 1;
        }
        nth += 1;
    }
    pairs
};

fn is_piece(token: &[u8]) -> bool {
    let is_pair = |pair: &[u8]| pair[0] < 128 && pair[1] < 128 && PAIRS[usize::from(pair[0])][usize::from(pair[1])];
    let part_of = |word: &&str| {
        token.len() < word.len()
            && word.as_bytes().windows(token.len()).any(|window| window.eq_ignore_ascii_case(token))
    };
    !token.is_empty()
        && token.len() < "__has_include_next".len()
        && token.windows(2).all(is_pair)
        && WORDS.iter().any(part_of)
}

/// Whether two or more of the pieces make up the word. An assembler's directive is the same in capitals, so case counts for the words alone
/// that begin with `_`.
pub fn make_up(pieces: &[Vec<u8>], word: &[u8]) -> bool {
    let ignores_case = !word.starts_with(b"_");
    let same = |piece: &[u8], part: &[u8]| if ignores_case { piece.eq_ignore_ascii_case(part) } else { piece == part };
    // The fewest single letters with which each beginning of the word can be made.
    let mut letters: Vec<Option<usize>> = vec![None; word.len() + 1];
    letters[0] = Some(0);
    for at in 0..word.len() {
        let Some(so_far) = letters[at] else { continue };
        for piece in pieces {
            let end = at + piece.len();
            if piece.is_empty() || piece.len() >= word.len() || end > word.len() || !same(piece, &word[at..end]) {
                continue;
            }
            let is_letter = piece.len() == 1 && piece[0] != b'_';
            let total = so_far + usize::from(is_letter);
            letters[end] = Some(letters[end].map_or(total, |best| best.min(total)));
        }
    }
    letters[word.len()].is_some_and(|letters| letters <= 1)
}

/// `asm` is too short for its pieces to be rare: they must stand side by side, as arguments or around `##`.
pub fn paste_asm(text: &[u8], is_code: impl Fn(usize) -> bool) -> bool {
    let mut before: Option<(usize, &[u8])> = None;
    for (at, token) in tokens(text) {
        if let Some((from, first)) = before
            && matches!(first, b"a" | b"as")
            && matches!([first, token].concat().as_slice(), b"asm")
            && matches!(text[from + first.len()..at].trim_ascii(), b"," | b"##")
            && is_code(at)
        {
            return true;
        }
        before = Some((at, token));
    }
    false
}

/// How a text mentions a macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MacroUse {
    /// It stands in code, and no `#define`, `#undef`, `#ifdef` or `#ifndef` stands before it. So it is expanded there, or it is in the body
    /// of another macro.
    pub expanded: bool,
    /// Some token that could be pasted is the beginning of its name. Single letters are everywhere and do not count.
    pub begins: bool,
    /// Some token that could be pasted is the end of its name. Single letters do not count.
    pub ends: bool,
}

/// By how many of their first and last bytes [`uses`] finds the names that a token may begin or end.
const EDGE: usize = 2;

/// Finds how the text mentions each of the macros, in one reading.
pub fn uses(text: &[u8], names: &[&[u8]], is_code: impl Fn(usize) -> bool) -> Vec<MacroUse> {
    let mut found = vec![MacroUse::default(); names.len()];
    let whole: FxHashMap<&[u8], usize> = names.iter().enumerate().map(|(nth, name)| (*name, nth)).collect();
    // The names by their first bytes and by their last ones. A token that begins a name has the same first bytes, and one that ends it has
    // the same last ones.
    let mut heads: FxHashMap<&[u8], Vec<usize>> = FxHashMap::default();
    let mut tails: FxHashMap<&[u8], Vec<usize>> = FxHashMap::default();
    for (nth, name) in names.iter().enumerate().filter(|(_, name)| name.len() > EDGE) {
        heads.entry(&name[..EDGE]).or_default().push(nth);
        tails.entry(&name[name.len() - EDGE..]).or_default().push(nth);
    }
    // Most tokens are told from all names by one byte.
    let mut begins = [false; 256];
    let mut ends = [false; 256];
    for (first, last) in names.iter().filter_map(|name| name.first().zip(name.last())) {
        begins[usize::from(*first)] = true;
        ends[usize::from(*last)] = true;
    }
    for (at, token) in tokens(text) {
        let (begins, ends) = (begins[usize::from(token[0])], ends[usize::from(token[token.len() - 1])]);
        if begins && let Some(nth) = whole.get(token) {
            let found = &mut found[*nth];
            found.expanded = found.expanded || is_code(at) && !is_directives_name(&text[..at]);
        }
        if token.len() < EDGE || !begins && !ends {
            continue;
        }
        let mut is_piece = None;
        let mut is_piece = || *is_piece.get_or_insert_with(|| could_be_pasted(text, at, token) && is_code(at));
        for nth in begins.then(|| heads.get(&token[..EDGE])).flatten().into_iter().flatten() {
            let begins = token.len() < names[*nth].len() && names[*nth].starts_with(token);
            found[*nth].begins = found[*nth].begins || begins && is_piece();
        }
        for nth in ends.then(|| tails.get(&token[token.len() - EDGE..])).flatten().into_iter().flatten() {
            let ends = token.len() < names[*nth].len() && names[*nth].ends_with(token);
            found[*nth].ends = found[*nth].ends || ends && is_piece();
        }
    }
    found
}

/// `#define`, `#undef`, `#ifdef` and `#ifndef` take a name and do not expand it.
fn is_directives_name(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    [&b"define"[..], b"undef", b"ifdef", b"ifndef"].iter().any(|directive| {
        before.strip_suffix(*directive).is_some_and(|rest| {
            let blanks = rest.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            rest[..rest.len() - blanks].ends_with(b"#")
        })
    })
}

/// Identifiers with their places.
fn tokens(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(byte) = text.get(at) {
            let len = text[at..].iter().take_while(|byte| is_word(**byte)).count();
            if len == 0 {
                at += 1;
                continue;
            }
            let from = at;
            at += len;
            if !byte.is_ascii_digit() {
                return Some((from, &text[from..at]));
            }
        }
        None
    })
}

/// Assembler macros that could put the name of `.incbin` or `.include` together: `.\a\b`, `\()`, or `.altmacro`, which
/// needs no sign for its parameters. In C the text stands in a literal, where each backslash is two.
pub fn assembler_macros_compose(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    if has(b".altmacro") {
        return true;
    }
    let parameters = parameters_of(&lower);
    if parameters.is_empty() && !has(b".macro") {
        return false;
    }
    let mut at = 0;
    while at < lower.len() {
        let (end, run) = read_run(&lower[at..], &parameters);
        if run.substitutions > 0 && run.pieces > 1 && run.could_be_directive {
            return true;
        }
        // In C, `\n` and its like stand between the words.
        let escape = lower[at] == b'\\' && lower.get(at + 1) != Some(&b'\\');
        at += end.max(if escape { 2 } else { 1 });
    }
    false
}

/// A word of assembly with substitutions in it.
struct WordRun {
    substitutions: usize,
    /// Substitutions and literal parts.
    pieces: usize,
    /// Each literal part is a part of a directive that reads a file.
    could_be_directive: bool,
}

/// The word of assembly with which the text begins (`.in\a` of `.in\a "x"`), with its length in bytes.
fn read_run(text: &[u8], parameters: &FxHashSet<Vec<u8>>) -> (usize, WordRun) {
    let mut run = WordRun { substitutions: 0, pieces: 0, could_be_directive: true };
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if *byte == b'\\' {
            let slashes = text[at..].iter().take_while(|byte| **byte == b'\\').count();
            let rest = &text[at + slashes..];
            let len = rest.iter().take_while(|byte| is_symbol(**byte)).count();
            let named = (1..=len).rev().find(|len| parameters.contains(&rest[..*len]));
            if rest.starts_with(b"()") {
                at += slashes + 2;
            } else if let Some(len) = named {
                at += slashes + len;
            } else {
                break;
            }
            run.substitutions += 1;
            run.pieces += 1;
        } else if is_symbol(*byte) || *byte == b'.' {
            let len = text[at..].iter().take_while(|byte| is_symbol(**byte) || **byte == b'.').count();
            let literal = &text[at..at + len];
            run.could_be_directive &=
                [&b".incbin"[..], b".include"].iter().any(|word| memchr::memmem::find(word, literal).is_some());
            run.pieces += 1;
            at += len;
        } else {
            break;
        }
    }
    (at, run)
}

/// The parameters of all `.macro`, `.irp` and `.irpc` of the text.
fn parameters_of(lower: &[u8]) -> FxHashSet<Vec<u8>> {
    let mut found = FxHashSet::default();
    for directive in [&b".macro"[..], b".irp"] {
        for at in memchr::memmem::find_iter(lower, directive) {
            let rest = &lower[at + directive.len()..];
            // To the end of the line, which a literal in C spells `\n`.
            let end = rest
                .iter()
                .zip(rest.iter().skip(1).chain([&b'\n']))
                .position(|(byte, next)| *byte == b'\n' || (*byte == b'\\' && *next == b'n'))
                .unwrap_or(rest.len());
            let words = rest[..end].split(|byte| !is_symbol(*byte)).filter(|word| !word.is_empty());
            found.extend(words.map(<[u8]>::to_vec));
        }
    }
    found
}

fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<Vec<u8>> {
        of(text.as_bytes(), |_| true)
    }

    #[test]
    fn words_are_put_together_from_tokens() {
        for (text, word, is_made) in [
            ("P(__DA, TE__)", "__DATE__", true),
            ("P(DATE) #define P(x) __##x##__", "__DATE__", true),
            ("P(TIME) #define P(x) __##x##__", "__TIMESTAMP__", false),
            ("P(TIME, STAMP) #define P(x, y) __##x##y##__", "__TIMESTAMP__", true),
            ("enum { DATE, TIME };", "__DATE__", false),
            ("template<class D, class A, class T, class E> __", "__DATE__", false),
            ("J(__as, m__)", "__asm__", true),
            ("x.as<int>(); m", "__asm__", false),
            ("C(inc, bin)", "incbin", true),
            ("C(INC, BIN)", "incbin", true),
            ("__DATE__", "__DATE__", false),
            // Nothing is pasted.
            ("#define _(s) gettext(s)\nprintf(_(\"x\"), DATE);", "__DATE__", false),
            ("enum { DATE }; int __; f(_(\"x\"));", "__DATE__", false),
            ("#define F(x) _##x##_\n#define G(x) F(_##x##_)\nG(DATE)", "__DATE__", true),
            ("#define A __DA\n#define B TE__\nP(A,B)", "__DATE__", true),
            ("#define A() __DA\n#define B x TE__\nP(A(),B)", "__DATE__", true),
            ("P(_, _, DATE__)", "__DATE__", true),
            ("P(__DA /* c */ , TE__)", "__DATE__", true),
            ("return __DA; x = TE__;", "__DATE__", false),
            ("#define P(a) a __DA a\nX(P(), TE__)", "__DATE__", true),
            ("X(E __DA E, TE__)", "__DATE__", true),
            ("X(E(1)__DA E(1), TE__)", "__DATE__", true),
            ("#define F(x) __##x##__\nstruct DATE d;", "__DATE__", false),
            ("#if defined(_) || defined(Q_)\n#endif\n#define M(t) f(DATE_##t)", "__DATE__", false),
        ] {
            assert_eq!(make_up(&pieces(text), word.as_bytes()), is_made, "{text}: {word}");
        }
        assert!(paste_asm(b"J(as,m)(\"\")", |_| true) && paste_asm(b"a ## sm", |_| true));
        assert!(!paste_asm(b"x.as<int>(m)", |_| true));
    }

    #[test]
    fn a_name_is_used_where_it_is_expanded() {
        for (text, used) in [
            ("#define NOW __TIME__\n", false),
            ("#ifndef NOW\n# define\tNOW __TIME__\n#endif\n#undef NOW", false),
            ("#define NOW __TIME__\nconst char *a = NOW;", true),
            ("NOWHERE KNOW", false),
            ("#if NOW", true),
            ("#define A NOW", true),
        ] {
            assert_eq!(uses(text.as_bytes(), &[b"NOW"], |_| true)[0].expanded, used, "{text}");
        }
        let ends = |text: &[u8]| {
            let found = uses(text, &[b"BUILD_DATE"], |_| true)[0];
            (found.begins, found.ends)
        };
        assert_eq!(ends(b"P(BUILD_, DATE)"), (true, true));
        assert_eq!(ends(b"P(BUILD_)"), (true, false));
        assert_eq!(ends(b"BUILD_ = DATE;"), (false, false));
    }

    #[test]
    fn assembler_macros_that_compose_directives_are_found() {
        for (text, composes) in [
            (".macro m a b\n.\\a\\b \"blob\"\n.endm\nm inc bin", true),
            (".macro m a b\n\\a\\b \"blob\"\n.endm", true),
            (".macro m a\n.in\\a \"blob\"\n.endm", true),
            (".macro m a\n.inc\\()bin \"blob\"\n.endm", true),
            ("\".macro m a b\\n.\\\\a\\\\b \\\"blob\\\"\\n.endm\"", true),
            (".altmacro", true),
            (".macro save reg\n\tpush \\reg\n\tmov\\reg, \\reg\n.L\\reg:\n\\reg\\()_end:\n.endm", false),
            ("\".macro m a\\n\\tpush \\\\a\\n\\tret\\n.endm\\n\"", false),
            ("\tmov r0, r1\n", false),
            (".irp w,inc\n.\\w\\()bin\n.endr", true),
        ] {
            assert_eq!(assembler_macros_compose(text.as_bytes()), composes, "{text}");
        }
    }
}
