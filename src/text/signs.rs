//! What the words of a text say of pragmas, by signs that stand among them. No text has such a word.
//!
//! ```c
//! #pragma GCC poison strcpy                  // LISTED, and which word is
//! #define POISON(x) PRAGMA(GCC poison x)     // POISON_LIST
//! #define PRAGMA(x) _Pragma(#x)              // OPERATOR
//! #define CLANG(x) PRAGMA(clang x)           // CLANG_OPEN
//! ```

use super::defines::parameters;
use super::lexer::{FAR, follows_hash, is_word, line_of, literal_end, runs, skip_blank, trim_blank_end};
use super::plain::split_word;
use memchr::memmem;

/// Begins a list of words that nobody may say, in pragmas of both compilers. `#include <linux/poison.h>` begins none.
pub const POISON: &[u8] = b"poison";

/// Begin lists of words of which clang warns where they are said: `#pragma clang deprecated(X)`.
pub const WARNED: [&[u8]; 4] = [b"deprecated", b"restrict_expansion", b"final", POISON];

/// The words in small letters for whose pieces texts are asked.
pub const PASTED: [&[u8]; 6] = [POISON, b"clang", WARNED[0], WARNED[1], WARNED[2], MACROS];

/// Of `-Wunused-macros`.
pub const MACROS: &[u8] = b"macros";

/// The text lists words that nobody may say, or of which clang warns, and it is told which: their [`listed_hash`]es stand among its words.
pub const LISTED: &[u8] = b"#listed";

/// The text begins a list of words that nobody may say, and it is not told which.
pub const POISON_LIST: &[u8] = b"#GCC poison";

/// In the text another text's word may follow `GCC` in a pragma.
pub const GCC_OPEN: &[u8] = b"#GCC";

/// The text gives `GCC` to a macro, with the number of a version and literals: `IGNORE(GCC, 8, "-Wx")`.
pub const GCC_GIVEN: &[u8] = b"#GCC given";

/// The text begins a list of words of which clang warns, and it is not told which.
pub const CLANG_LIST: &[u8] = b"#clang list";

/// In the text another text's word may follow `clang` in a pragma.
///
/// ```c
/// #define CLANG(x) PRAGMA(clang x)    // CLANG(deprecated(X))
/// ```
pub const CLANG_OPEN: &[u8] = b"#clang";

/// The text has an operator for pragmas, and it is not told that this holds `GCC diagnostic` or `clang diagnostic`.
///
/// ```c
/// #define PRAGMA(x) _Pragma(#x)                      // it has
/// #define BEGIN _Pragma("GCC diagnostic push")       // it has none
/// ```
pub const OPERATOR: &[u8] = b"#_Pragma";

/// What is said of pragmas where a word stands in a text. `behind` is what follows the word.
pub fn sign_of(word: &[u8], behind: &[u8], text: &[u8]) -> &'static [&'static [u8]] {
    let before = &text[..text.len() - behind.len() - word.len()];
    match word {
        b"clang" | b"GCC" if lists(before, word, behind).is_some() => &[LISTED],
        b"clang" => clang_pragma(behind),
        b"GCC" => gcc_pragma(behind),
        b"_Pragma" if is_about_diagnostics(behind, text) => &[],
        b"_Pragma" | b"__pragma" => &[OPERATOR],
        b"define" => definition(behind),
        _ => &[],
    }
}

/// All that a text says of pragmas.
pub fn signs(text: &[u8]) -> impl Iterator<Item = &'static [u8]> {
    runs(text).flat_map(move |(at, word)| sign_of(word, &text[at + word.len()..], text)).copied()
}

/// The words of a list that a directive gives itself; none anywhere else.
pub fn listed<'t>(before: &[u8], word: &[u8], behind: &'t [u8]) -> impl Iterator<Item = &'t [u8]> {
    lists(before, word, behind).into_iter().flat_map(|list| runs(list).map(|(_, word)| word))
}

/// How a word that a text lists stands among its words, by its [`word_hash`](super::vocabulary::word_hash).
pub fn listed_hash(word: u32) -> u32 {
    const LISTED: u32 = 0x5a3c_96e0;
    word ^ LISTED
}

/// What follows in the directive, if it begins a list of words. `before` is the text before `word`, the pragma's first word.
///
/// ```c
/// #pragma GCC poison strcpy strcat
/// #pragma clang deprecated(ATOMIC_VAR_INIT)
/// ```
fn lists<'t>(before: &[u8], word: &[u8], behind: &'t [u8]) -> Option<&'t [u8]> {
    let is_gcc = word == b"GCC";
    let first = (is_gcc || word == b"clang").then(|| next_word(behind)).flatten()?;
    let is_list = if is_gcc { first == POISON } else { WARNED.contains(&first) };
    let is_directive = || trim_blank_end(before).strip_suffix(b"pragma").is_some_and(follows_hash);
    if !is_list || !is_directive() {
        return None;
    }
    let line = line_of(behind);
    // A comment may cross lines.
    (line.len() < FAR && memmem::find(line, b"/*").is_none()).then(|| &skip_blank(line)[first.len()..])
}

/// What follows `clang` in pragmas that have nothing to do with words.
const CLANG_OTHERS: [&[u8]; 6] = [DIAGNOSTIC, b"loop", b"attribute", b"fp", b"optimize", b"system_header"];

/// What follows `GCC` in pragmas that have nothing to do with words, and change no macro.
pub(super) const GCC_OTHERS: [&[u8]; 8] =
    [DIAGNOSTIC, b"visibility", b"system_header", b"warning", b"error", b"dependency", b"ivdep", b"unroll"];

/// What follows `GCC` in pragmas that have nothing to do with words, after which the compiler may define other macros.
const GCC_SWITCHES: [&[u8]; 3] = [b"optimize", b"push_options", b"pop_options"];

const DIAGNOSTIC: &[u8] = b"diagnostic";

/// What a pragma of clang's is, by what follows its first word.
fn clang_pragma(rest: &[u8]) -> &'static [&'static [u8]] {
    // `#include <linux/compiler-clang.h>`
    if matches!(rest.first(), Some(b'.' | b'-' | b'/' | b'>')) && !begins_comment(rest) {
        return &[];
    }
    match next_word(rest) {
        Some(word) if CLANG_OTHERS.contains(&word) => &[],
        Some(word) if WARNED.contains(&word) => &[CLANG_LIST],
        _ => &[CLANG_OPEN],
    }
}

/// What a pragma of gcc's is, by what follows its first word.
fn gcc_pragma(rest: &[u8]) -> &'static [&'static [u8]] {
    match next_word(rest) {
        Some(word) if GCC_OTHERS.contains(&word) || GCC_SWITCHES.contains(&word) => &[],
        Some(POISON) => &[POISON_LIST],
        _ => match version(rest) {
            Some(Version::InProse) => &[],
            Some(Version::Given) => &[GCC_GIVEN],
            None => &[GCC_OPEN],
        },
    }
}

/// How the number of a version follows the compiler's name.
enum Version {
    /// `#warning _FORTIFY_SOURCE requires GCC 4.1 or later`
    InProse,
    /// `__diag_ignore(GCC, 8, "-Wattribute-alias", "…")`: an argument of its own, and literals behind it.
    Given,
}

/// Whether the number of a version follows the compiler's name, and no word with it.
fn version(rest: &[u8]) -> Option<Version> {
    let is_number = |text: &[u8]| text.first().is_some_and(u8::is_ascii_digit);
    let rest = skip_blank(rest);
    let Some(argument) = rest.strip_prefix(b",").map(skip_blank) else {
        return is_number(rest).then_some(Version::InProse);
    };
    let mut rest = split_word(argument).1.trim_ascii_start();
    if !is_number(argument) || rest.first() != Some(&b',') {
        return None;
    }
    // Literals alone follow.
    loop {
        rest = match rest.first() {
            Some(b')') => return Some(Version::Given),
            Some(b',') => rest[1..].trim_ascii_start(),
            Some(b'"') => rest[literal_end(rest, 0, b'"')..].trim_ascii_start(),
            _ => return None,
        };
    }
}

/// What a definition does to pragmas: it may make something else of their words.
///
/// ```c
/// #define diagnostic poison
/// #define DO(diagnostic) PRAGMA(GCC diagnostic)    // DO(poison)
/// ```
fn definition(rest: &[u8]) -> &'static [&'static [u8]] {
    let (name, behind) = split_word(skip_blank(line_of(rest)));
    let is_others =
        |name: &[u8]| GCC_OTHERS.contains(&name) || GCC_SWITCHES.contains(&name) || CLANG_OTHERS.contains(&name);
    let is_about = |name: &[u8]| matches!(name, DIAGNOSTIC | b"GCC" | b"clang");
    let names_compiler = || runs(behind).any(|(_, word)| matches!(word, b"GCC" | b"clang"));
    if is_about(name) || parameters(behind).any(is_about) && names_compiler() {
        &[OPERATOR, GCC_OPEN, CLANG_OPEN]
    } else if is_others(name) || parameters(behind).any(is_others) && names_compiler() {
        &[GCC_OPEN, CLANG_OPEN]
    } else {
        &[]
    }
}

/// The word that follows, behind blanks and comments alone.
fn next_word(rest: &[u8]) -> Option<&[u8]> {
    Some(split_word(skip_blank(rest)).0).filter(|word| !word.is_empty())
}

fn begins_comment(text: &[u8]) -> bool {
    text.starts_with(b"/*")
}

/// Whether an operator holds a pragma about diagnostics, whatever other texts say. `behind` follows the `_Pragma` in `text`.
///
/// ```c
/// _Pragma("GCC diagnostic push")
/// _Pragma(TEXT(GCC diagnostic ignored x))    // if this text says what TEXT is
/// ```
fn is_about_diagnostics(behind: &[u8], text: &[u8]) -> bool {
    let Some(inside) = skip_blank(behind).strip_prefix(b"(").map(skip_blank) else { return false };
    let (maker, pragma) = if let Some(literal) = inside.strip_prefix(b"\"") {
        (None, literal)
    } else {
        let (name, rest) = split_word(inside);
        let Some(argument) = skip_blank(rest).strip_prefix(b"(") else { return false };
        (Some(name), skip_blank(argument))
    };
    says_diagnostic(pragma) && maker.is_none_or(|name| makes_strings(name, text, MOST_STEPS))
}

/// Whether a pragma says which warnings are given: `GCC diagnostic …`.
pub(super) fn says_diagnostic(pragma: &[u8]) -> bool {
    let (compiler, rest) = split_word(pragma);
    matches!(compiler, b"GCC" | b"clang") && split_word(skip_blank(rest)).0 == DIAGNOSTIC
}

/// How many macros are followed from one to the next.
const MOST_STEPS: usize = 4;

/// Whether a macro, as all its definitions in the text have it, makes a string of its argument and nothing else.
///
/// ```c
/// #define TEXT1(x) #x
/// #define TEXT(x) TEXT1(x)
/// ```
fn makes_strings(name: &[u8], text: &[u8], steps: usize) -> bool {
    let mut is_defined = false;
    let is_removed = |at: usize| split_word(skip_blank(&text[at + b"undef".len()..])).0 == name;
    if memmem::find_iter(text, b"undef").any(is_removed) || memmem::find(text, b"pop_macro").is_some() {
        return false;
    }
    for at in memmem::find_iter(text, b"define").filter(|at| follows_hash(&text[..*at])) {
        let behind = &text[at + b"define".len()..];
        let (defined, rest) = split_word(skip_blank(behind));
        if behind.first().is_some_and(|byte| is_word(*byte)) || defined != name {
            continue;
        }
        is_defined = true;
        let argument_and_body = line_of(rest).strip_prefix(b"(").and_then(|list| {
            let end = memchr::memchr(b')', list)?;
            Some((list[..end].trim_ascii(), list[end + 1..].trim_ascii()))
        });
        let Some((argument, body)) = argument_and_body else { return false };
        let argument = if argument == b"..." { &b"__VA_ARGS__"[..] } else { argument };
        let is_string = || body.strip_prefix(b"#").is_some_and(|body| skip_blank(body) == argument);
        let is_next = || {
            let (next, rest) = split_word(body);
            let inside = skip_blank(rest).strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")"));
            steps > 0 && inside.map(<[u8]>::trim_ascii) == Some(argument) && makes_strings(next, text, steps - 1)
        };
        if argument.is_empty() || !is_string() && !is_next() {
            return false;
        }
    }
    is_defined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&'static [u8]> {
        signs(text.as_bytes()).collect()
    }

    #[test]
    fn lists_of_words() {
        for (text, sign) in [
            ("#pragma GCC poison A", Some(LISTED)),
            ("#pragma GCC poison A /*\n*/ B", Some(POISON_LIST)),
            ("DO(GCC poison A)", Some(POISON_LIST)),
            ("#pragma GCC diagnostic push", None),
            ("__diag_ignore(GCC, 8, \"-Wattribute-alias\")", Some(GCC_GIVEN)),
            ("#warning _FORTIFY_SOURCE requires GCC 4.1", None),
            ("DO(GCC x)", Some(GCC_OPEN)),
            ("#pragma GCC /* diagnostic */ poison A", Some(POISON_LIST)),
            ("#define NS GCC\n#warning no", Some(GCC_OPEN)),
            ("DO(GCC, 8, poison A)", Some(GCC_OPEN)),
            ("__diag(GCC, 8, \"poison\", poison A)", Some(GCC_OPEN)),
            ("__diag_ignore(GCC, 8, \"-Wx\",\n \"so\" \")\")", Some(GCC_GIVEN)),
            ("DO(poison A, GCC) visibility x;", Some(GCC_OPEN)),
            ("#define unroll poison", Some(GCC_OPEN)),
            ("#define M(unroll, y) DO(GCC unroll y)", Some(GCC_OPEN)),
            ("#define M(error) f(error)", None),
            ("#pragma clang /* loop */ deprecated(A)", Some(CLANG_LIST)),
            ("#define NS clang\n", Some(CLANG_OPEN)),
            ("#pragma clang deprecated(A)", Some(LISTED)),
            ("_Pragma(\"clang final(A)\")", Some(CLANG_LIST)),
            ("#define CLANG(x) DO(clang x)", Some(CLANG_OPEN)),
            ("#pragma clang diagnostic push", None),
            ("#include <linux/compiler-clang.h>", None),
            ("#ifdef __clang__\nint deprecated;", None),
            ("#include <linux/poison.h>", None),
        ] {
            assert_eq!(of(text).into_iter().find(|sign| *sign != OPERATOR), sign, "{text}");
        }
    }

    #[test]
    fn operators_that_may_hold_any_pragma() {
        for text in [
            "#define DO(x) _Pragma(#x)",
            "#define DO _Pragma",
            "_Pragma(\"pack(CAT(PACK_, N))\")",
            "_Pragma(\"GCC \" \"diagnostic\")",
            "_Pragma(TEXT(GCC diagnostic push))",
            "#define TEXT(x) PASTE(x)\n_Pragma(TEXT(GCC diagnostic push))",
            "#define TEXT(x) \"once\"\n_Pragma(TEXT(GCC diagnostic push))",
            "#define TEXT(x) #x #x\n_Pragma(TEXT(GCC diagnostic push))",
            "#define TEXT(x) TEXT(x)\n_Pragma(TEXT(GCC diagnostic push))",
            "#define TEXT(x) #x\n_Pragma(TEXT(GCC x))",
            "#ifdef A\n#define TEXT(x) #x\n#else\n#define TEXT(x) ANY\n#endif\n_Pragma(TEXT(GCC diagnostic push))",
            "__pragma(once)",
            "#define diagnostic poison\n_Pragma(\"GCC diagnostic A\")",
            "#define TEXT(x) #x\n#define DO(diagnostic) _Pragma(TEXT(GCC diagnostic))",
            "#define GCC GCC POISON A",
            "#define TEXT(x) #x\n#undef TEXT\n_Pragma(TEXT(GCC diagnostic push))",
            "#define TEXT(x) #x\n#pragma pop_macro(\"TEXT\")\n_Pragma(TEXT(GCC diagnostic push))",
        ] {
            assert!(of(text).contains(&OPERATOR), "{text}");
        }
    }

    #[test]
    fn operators_for_diagnostics() {
        for text in [
            "_Pragma(\"GCC diagnostic push\")",
            "#define BEGIN _Pragma ( \"clang diagnostic push\" )",
            "#define TEXT(x) #x\n#define DO(s) _Pragma(TEXT(GCC diagnostic s))",
            "#define TEXT1(...) # __VA_ARGS__\n#define TEXT( x ) TEXT1( x )\n_Pragma(TEXT(clang diagnostic push))",
        ] {
            assert_eq!(of(text), [] as [&[u8]; 0], "{text}");
        }
    }
}
