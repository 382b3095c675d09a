//! Words that no text spells and a compile may still read: pasted together by `##`, or by an assembler macro.
//!
//! A word such as `__TIME__` matters wherever it is expanded. `PASTE(__TI, ME__)` never says it, but its pieces stand
//! in the text as tokens of their own. So the tokens that could be a part of such a word are kept with the facts of
//! each file, and a word that can be put together from those of all files is taken for used. Single letters stand in every text, so
//! only one piece of a word may be a single letter.
//!
//! `##` joins the tokens that stand beside it, and the tokens at the edge of an argument. So a token is a piece only at such a place (`edges.rs`
//! tells which):
//!
//! ```c
//! #define FRAMED(x) __##x##__   // `__` stands beside `##`
//! FRAMED(DATE)                  // `DATE` is an argument
//! #define HALF __DA             // `__DA` is all that HALF stands for
//! printf(_("date"), DATE);      // `_` is called and pastes nothing
//! ```
//!
//! Numbers come from everywhere (`__COUNTER__`, `__LINE__`, a count of arguments), so no text need spell the one that ends a name:
//!
//! ```c
//! #define CHECK_2(a, b) f(a, b, __FILE__)
//! #define CHECK(...) CONCAT(CHECK_, COUNT(__VA_ARGS__))(__VA_ARGS__)
//! ```

use super::lexer::is_word;
use rustc_hash::{FxHashMap, FxHashSet};

/// The words that matter by being there, however they came about.
pub const WORDS: [&str; 24] = [
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
    "source_location",
    "__PRETTY_FUNCTION__",
    "__FUNCSIG__",
    "__builtin_FUNCSIG",
    "__builtin_FUNCTION",
    "__has_include",
    "__has_include_next",
    "__has_embed",
    "diagnostic",
    "documentation",
    "everything",
    "Wdocumentation",
    "Weverything",
    "Wtraditional",
];

/// The tokens of code that are a part of one of [`WORDS`] and could be pasted, each once. `is_code` tells code from strings
/// and comments.
pub fn of(
    text: &[u8],
    is_code: impl Fn(usize) -> bool,
    could_be_pasted: impl Fn(usize, &[u8]) -> bool,
) -> Vec<Vec<u8>> {
    let mut found = FxHashSet::default();
    for (at, token) in identifiers(text) {
        if is_piece(token) && !found.contains(token) && is_code(at) && could_be_pasted(at, token) {
            found.insert(token.to_vec());
        }
    }
    let mut found: Vec<Vec<u8>> = found.into_iter().collect();
    found.sort_unstable();
    found
}

/// The tokens of code that are a part of one of `words` and could be pasted, each once.
pub fn parts(
    text: &[u8],
    words: &[&[u8]],
    is_code: impl Fn(usize) -> bool,
    could_be_pasted: impl Fn(usize, &[u8]) -> bool,
) -> FxHashSet<Vec<u8>> {
    let mut found = FxHashSet::default();
    let pairs: FxHashSet<&[u8]> = words.iter().flat_map(|word| word.windows(2)).collect();
    // Nearly every token is told by its first two bytes.
    let mut firsts = [false; 256];
    for pair in &pairs {
        firsts[usize::from(pair[0])] = true;
    }
    let could_be =
        |token: &[u8]| token.get(..2).is_none_or(|pair| firsts[usize::from(pair[0])] && pairs.contains(pair));
    let finds = |word: &&[u8], token: &[u8]| token.len() < word.len() && memchr::memmem::find(word, token).is_some();
    for (at, token) in tokens(text).filter(|(_, token)| could_be(token)) {
        if words.iter().any(|word| finds(word, token))
            && !found.contains(token)
            && is_code(at)
            && could_be_pasted(at, token)
        {
            found.insert(token.to_vec());
        }
    }
    found
}

/// The bits of [`hash`]es.
const HASHES: usize = 1 << 16;

/// Which [`hash`]es parts of [`WORDS`] have. Nearly every token that is no part has another.
static PARTS: [u64; HASHES / 64] = {
    let mut parts = [0; HASHES / 64];
    let mut nth = 0;
    while nth < WORDS.len() {
        let word = WORDS[nth].as_bytes();
        let mut start = 0;
        while start < word.len() {
            let mut state = 0;
            let mut at = start;
            while at < word.len() {
                state = hash(state, word[at]);
                parts[state / 64] |= 1 << (state % 64);
                at += 1;
            }
            start += 1;
        }
        nth += 1;
    }
    parts
};

/// The hash of a token, in whatever case, by that of what stands before its last byte.
const fn hash(before: usize, byte: u8) -> usize {
    (before * 61 + byte.to_ascii_lowercase() as usize) % HASHES
}

/// Whether the token is a part of one of [`WORDS`], in either case. Few others are taken for one, which make up no word.
fn is_piece(token: &[u8]) -> bool {
    // What a part begins with is a part as well.
    let begins_part = |state: &mut usize, byte: &u8| {
        *state = hash(*state, *byte);
        (PARTS[*state / 64] & (1 << (*state % 64)) != 0).then_some(())
    };
    token.len() < "__PRETTY_FUNCTION__".len() && token.iter().scan(0, begins_part).count() == token.len()
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
            let total = so_far + usize::from(is_letter(piece));
            letters[end] = Some(letters[end].map_or(total, |best| best.min(total)));
        }
    }
    letters[word.len()].is_some_and(|letters| letters <= 1)
}

/// `asm` is too short for its pieces to be rare: they must stand side by side, as arguments or around `##`.
pub fn paste_asm(text: &[u8], is_code: impl Fn(usize) -> bool) -> bool {
    let mut before: Option<(usize, &[u8])> = None;
    for (at, token) in identifiers(text) {
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
    /// Some token that could be pasted is the beginning of its name. Single letters are everywhere: one counts where another token is all the
    /// rest of the name.
    pub begins: bool,
    /// Some token that could be pasted is the end of its name, or a number is. Single letters count as well there.
    pub ends: bool,
}

impl MacroUse {
    /// What no text need say: a number could end the name, or what comes of [`PREDEFINED`] macros.
    pub fn of_numbers(name: &[u8]) -> Self {
        let (ends, begins) = ends_in_number(name);
        let is_predefined = PREDEFINED.iter().any(|end| name.len() > end.len() && name.ends_with(end));
        Self { expanded: false, begins, ends: ends || is_predefined }
    }
}

/// What predefined macros stand for or paste: `__SIZE_TYPE__` is `long unsigned int`, and `__INT64_C(FOO_)` is `FOO_L`.
pub const PREDEFINED: [&[u8]; 10] = [b"L", b"U", b"UL", b"LL", b"ULL", b"int", b"long", b"unsigned", b"short", b"char"];

/// By how many of their first and last bytes [`uses`] finds the names that a token may begin or end.
const EDGE: usize = 2;

/// Finds how the text mentions each of the macros, in one reading.
pub fn uses(
    text: &[u8],
    names: &[&[u8]],
    is_code: impl Fn(usize) -> bool,
    could_be_pasted: impl Fn(usize, &[u8]) -> bool,
) -> Vec<MacroUse> {
    let mut found: Vec<MacroUse> = names.iter().map(|name| MacroUse::of_numbers(name)).collect();
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
        let mut is_piece = || *is_piece.get_or_insert_with(|| is_code(at) && could_be_pasted(at, token));
        for nth in begins.then(|| heads.get(&token[..EDGE])).flatten().into_iter().flatten() {
            let begins = names[*nth].strip_prefix(token).filter(|rest| !rest.is_empty());
            if let Some(rest) = begins.filter(|_| is_piece()) {
                found[*nth].begins = true;
                found[*nth].ends |= is_letter(rest);
            }
        }
        for nth in ends.then(|| tails.get(&token[token.len() - EDGE..])).flatten().into_iter().flatten() {
            let ends = names[*nth].strip_suffix(token).filter(|rest| !rest.is_empty());
            if let Some(rest) = ends.filter(|_| is_piece()) {
                found[*nth].ends = true;
                found[*nth].begins |= is_letter(rest);
            }
        }
    }
    found
}

/// `#define`, `#undef`, `#ifdef` and `#ifndef` take a name and do not expand it. `#define M(ifdef) #ifdef NAME` does.
pub(super) fn is_directives_name(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    [&b"define"[..], b"undef", b"ifdef", b"ifndef"].iter().any(|directive| {
        before.strip_suffix(*directive).is_some_and(|rest| {
            let blanks = rest.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            rest[..rest.len() - blanks].strip_suffix(b"#").is_some_and(|rest| {
                let blanks = rest.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                matches!(rest[..rest.len() - blanks].last(), None | Some(b'\n'))
            })
        })
    })
}

/// The numbers that a name holds and a macro could stand for: `2`, `20` and `20u` of `CHECK_20u`. A digit at its beginning is none, since
/// names begin with no digit.
pub fn numbers(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    (1..name.len()).filter(|at| name[*at].is_ascii_digit()).flat_map(move |at| {
        let run = name[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        (1..=run).map(move |len| &name[at..at + len])
    })
}

/// Whether a number could be pasted to the beginning of the name, and whether that beginning is a single letter: `T2`.
fn ends_in_number(name: &[u8]) -> (bool, bool) {
    let tail = name.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric());
    let ends = name.len() > 1 && tail.clone().any(u8::is_ascii_digit);
    (ends, ends && name[1].is_ascii_digit() && tail.count() == name.len())
}

/// A single letter, which stands in every text.
fn is_letter(piece: &[u8]) -> bool {
    matches!(piece, [letter] if letter.is_ascii_alphabetic())
}

/// Identifiers with their places.
fn identifiers(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    tokens(text).filter(|(_, token)| !token[0].is_ascii_digit())
}

/// Identifiers and numbers with their places.
fn tokens(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let len = text[at..].iter().take_while(|byte| is_word(**byte)).count();
            if len == 0 {
                at += 1;
                continue;
            }
            let from = at;
            at += len;
            return Some((from, &text[from..at]));
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::super::edges::Bare;
    use super::super::lexer::Regions;
    use super::*;

    fn pieces(text: &str) -> Vec<Vec<u8>> {
        let bare = Bare::of(text.as_bytes(), &Regions::of(text.as_bytes()));
        of(text.as_bytes(), |_| true, |at, token| bare.could_be_pasted(at, token))
    }

    fn uses(text: &[u8], names: &[&[u8]]) -> Vec<MacroUse> {
        let bare = Bare::of(text, &Regions::of(text));
        super::uses(text, names, |_| true, |at, token| bare.could_be_pasted(at, token))
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
            ("P(__PRETTY_, FUNCTION__)", "__PRETTY_FUNCTION__", true),
            ("enum { PRETTY, FUNCTION };", "__PRETTY_FUNCTION__", false),
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
            assert_eq!(uses(text.as_bytes(), &[b"NOW"])[0].expanded, used, "{text}");
        }
        let ends = |text: &[u8]| {
            let found = uses(text, &[b"BUILD_DATE"])[0];
            (found.begins, found.ends)
        };
        assert_eq!(ends(b"P(BUILD_, DATE)"), (true, true));
        assert_eq!(ends(b"P(BUILD_)"), (true, false));
        assert_eq!(ends(b"BUILD_ = DATE;"), (false, false));
        let pasted = |text: &str, name: &str| {
            let found = uses(text.as_bytes(), &[name.as_bytes()])[0];
            found.begins && found.ends
        };
        for (text, name, is_pasted) in [
            ("P(CHECK_, 2)", "CHECK_2", true),
            ("P(CHECK_, COUNT(x))", "CHECK_2", true),
            ("P(CHECK_, __STDC_VERSION__)", "CHECK_201112L", true),
            ("P(P(CHECK_, 2), b)", "CHECK_2b", true),
            ("P(CHECK_, 2_b)", "CHECK_2_b", true),
            ("P(T, 2)", "T2", true),
            ("P(C, HECK)", "CHECK", true),
            ("P(CHEC, K)", "CHECK", true),
            ("P(CHE, K)", "CHECK", false),
            ("CHEC = K;", "CHECK", false),
            ("P(CHEQUE_, 2)", "CHECK_2", false),
            ("CHECK_ = 2;", "CHECK_2", false),
            ("P(CHECK_, 2)", "CHECK_", false),
            ("P(CHECK_, 2)", "CHECK_TWO", false),
            ("f(2)", "T", false),
        ] {
            assert_eq!(pasted(text, name), is_pasted, "{text}: {name}");
        }
        assert_eq!(numbers(b"A_12_3u").collect::<Vec<_>>(), [&b"1"[..], b"12", b"2", b"3", b"3u"]);
    }
}
