//! Pragmas, as directives and as operators.
//!
//! ```c
//! #pragma once
//! _Pragma("once")
//! #define PRAGMA(x) _Pragma(#x)    // PRAGMA(once)
//! ```

use super::defines::{define_of, parameters};
use super::facts::Facts;
use super::lexer::{FAR, Region, Regions, is_word, line_of, line_start, skip_blank, stands_alone, trim_blank_end};
use super::plain::split_word;
use super::signs::{GCC_OTHERS, POISON};
use super::words::WordSet;
use memchr::memmem;

impl Facts {
    /// All pragmas that matter.
    pub(super) fn find_pragmas(&mut self, text: &[u8], regions: &Regions) {
        let is_whole = |at: &usize| stands_alone(text, *at, b"system_header".len());
        for at in memmem::find_iter(text, b"system_header").filter(is_whole) {
            self.words |= WordSet::SYSTEM_HEADER;
            if line_start(text, at).is_none_or(|line| define_of(&text[line..at]).is_some()) {
                self.words |= WordSet::SYSTEM_MACRO;
            }
        }
        if memmem::find(text, b"pch_preprocess").is_some() {
            self.words |= WordSet::PCH;
        }
        if memmem::find_iter(text, b"dependency").any(|at| is_pragma_dependency(text, at, regions)) {
            self.words |= WordSet::DEPENDENCY;
        }
        // `PRAGMA(once)` is `_Pragma("once")` where another text says `#define PRAGMA(x) _Pragma(#x)`.
        let is_comment = |at: usize| matches!(regions.at(at), Region::Comment);
        if memmem::find_iter(text, b"once").any(|at| stands_alone(text, at, b"once".len()) && !is_comment(at)) {
            self.words |= WordSet::ONCE;
        }
        self.find_warnings(text, regions);
        self.find_levels(text, regions);
        self.find_switches(text, regions);
        self.find_pragma_operators(text, regions);
    }

    /// Names of warnings for which compilers read or judge comments, or warn of definitions that nobody asks for. The pragma that switches it
    /// on may stand in another text.
    ///
    /// ```c
    /// #pragma GCC diagnostic warning "-Wdocumentation"
    /// #pragma clang diagnostic warning "-Wdocu" "mentation"
    /// WARN("-Wdocu" "mentation")
    /// ```
    fn find_warnings(&mut self, text: &[u8], regions: &Regions) {
        const WARNINGS: [&[u8]; 6] = [
            b"documentation",
            b"everything",
            b"leading-whitespace",
            b"trailing-whitespace",
            b"c90-c99-compat",
            b"Wtraditional",
        ];
        /// The levels of this one that go by few spellings of a remark.
        const BY_SPELLING: [u8; 4] = *b"2345";
        const TRADITIONAL: &[u8] = b"traditional";
        // A comment that is judged is code, and may say any of these.
        let is_said = |at: &usize| regions.at(*at) != Region::Comment;
        let mut levels =
            memmem::find_iter(text, b"fallthrough=").filter(is_said).map(|at| text.get(at + b"fallthrough=".len()));
        let mut options = memmem::find_iter(text, b"\"-W").filter(is_said).map(|at| at + 1);
        // Many programs have this word. `#define WARN(x) DO(GCC diagnostic warning "-W" #x)` takes it as an argument.
        let is_argument = |at: usize, len: usize| {
            let (before, behind) = (text[..at].trim_ascii_end(), text[at + len..].trim_ascii_start());
            matches!(before.last(), Some(b'(' | b',' | b'/'))
                && matches!(behind.first(), Some(b')' | b',' | b'-' | b'/'))
        };
        // In a string the word is a part of a name, or a literal of its own. `R"(read the documentation)"` is prose.
        let is_part = |at: usize| {
            let before = &text[..at];
            // `"-\127documentation"`
            let letters = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            before.last().is_some_and(|byte| matches!(byte, b'"' | b'W' | b'-' | b'='))
                || letters > 0 && before[..at - letters].ends_with(b"\\")
        };
        let may_be_named = |at: usize, len: usize| match regions.at(at) {
            Region::Comment => false,
            Region::Code => true,
            Region::String => is_part(at),
            Region::Unsure => {
                let is_directive = line_start(text, at).is_none_or(|line| skip_blank(&text[line..]).starts_with(b"#"));
                is_part(at) || is_argument(at, len) || is_directive
            }
        };
        if WARNINGS.into_iter().any(|name| memmem::find_iter(text, name).any(|at| may_be_named(at, name.len())))
            || levels.any(|level| level.is_none_or(|level| !BY_SPELLING.contains(level)))
            || options.any(|at| is_told_in_parts(&text[at..]))
            || memchr::memchr_iter(b'"', text).any(|at| begins_in_disguise(&text[at + 1..]) && is_said(&at))
            || memmem::find_iter(text, TRADITIONAL).any(|at| is_argument(at, TRADITIONAL.len()))
        {
            self.words |= WordSet::COMMENT_WARNING;
        }
    }

    /// Pragmas about diagnostics that may switch a warning on.
    ///
    /// ```c
    /// #pragma GCC diagnostic ignored "-Wunused"    // switches none on
    /// ```
    fn find_levels(&mut self, text: &[u8], regions: &Regions) {
        /// What follows `diagnostic` in pragmas that switch no warning on.
        const LEVELS: [&[u8]; 3] = [b"ignored", b"push", b"pop"];
        let is_said = |at: &usize| regions.at(*at) != Region::Comment;
        let is_harmless = |at: usize| {
            let level = split_word(skip_blank(&text[at + b"diagnostic".len()..])).0;
            let line = line_start(text, at).and_then(|line| define_of(&text[line..at]));
            let is_parameter = line.is_some_and(|(_, behind)| parameters(behind).any(|name| name == level));
            LEVELS.contains(&level) && !is_parameter
        };
        // `#define push warning`
        let is_defined = |at: usize| text[..at].trim_ascii_end().ends_with(b"define");
        let redefines = |level: &[u8]| {
            memmem::find_iter(text, level).any(|at| stands_alone(text, at, level.len()) && is_defined(at))
        };
        if LEVELS.into_iter().any(redefines) {
            self.words |= WordSet::DIAGNOSTIC;
        }
        for at in memmem::find_iter(text, b"diagnostic").filter(|at| is_said(at) && !is_harmless(*at)) {
            self.words |= WordSet::DIAGNOSTIC;
            let line = line_of(&text[at..]);
            let mut escapes = memchr::memchr_iter(b'\\', line).map(|at| line.get(at + 1));
            let mut quotes = memchr::memchr_iter(b'"', line).map(|at| at - usize::from(line[..at].ends_with(b"\\")));
            let before = text[..at].trim_ascii_end();
            let is_pragma = before.ends_with(b"GCC") || before.ends_with(b"clang");
            let has_escape = is_pragma && escapes.any(|byte| !matches!(byte, Some(b'"' | b'\\')));
            if has_escape || quotes.any(|at| is_seam(&line[at..])) {
                self.words |= WordSet::MINDS_COMMENTS;
            }
        }
    }

    /// Pragmas after which preprocessing alone may go another way than compiling: `#pragma GCC target("avx2")` defines `__AVX2__`.
    fn find_switches(&mut self, text: &[u8], regions: &Regions) {
        /// What follows `GCC` in such a pragma.
        const SWITCHES: [&[u8]; 5] = [b"target", b"optimize", b"push_options", b"pop_options", b"reset_options"];
        for at in memmem::find_iter(text, b"GCC").filter(|at| stands_alone(text, *at, b"GCC".len())) {
            let rest = skip_blank(&text[at + b"GCC".len()..]);
            let rest = rest.strip_prefix(b",").map_or(rest, skip_blank);
            let is_name = rest.first().is_some_and(|byte| is_word(*byte) && !byte.is_ascii_digit());
            let begins = |words: &[&[u8]]| words.iter().any(|word| rest.starts_with(word));
            // What follows may be pasted: `PRAGMA(GCC CAT(tar, get)("avx2"))`.
            let switches = match regions.at(at) {
                Region::Comment => false,
                Region::String | Region::Unsure => begins(&SWITCHES),
                // `__diag_ignore(GCC, 8, "-Wattribute-alias", …)` is none.
                Region::Code => is_name && !begins(&GCC_OTHERS) && !begins(&[POISON]),
            };
            if switches {
                self.words |= WordSet::TARGET;
            }
        }
    }

    /// Pragmas for the preprocessor that are no directives.
    fn find_pragma_operators(&mut self, text: &[u8], regions: &Regions) {
        // `#pragma push_macro("X")` is a directive; `_Pragma("push_macro(\"X\")")` and `PRAGMA(once)` are none.
        let is_directive = |at: usize| {
            line_start(text, at).is_some_and(|start| {
                let directive = text[start..at].trim_ascii_start().strip_prefix(b"#").map(skip_blank);
                directive.is_some_and(|rest| rest.starts_with(b"pragma"))
            })
        };
        // Of the signs `before` and `after` one must stand on that side of the word. Where there are none, anything may stand there.
        for (word, before, after) in
            [(&b"push_macro"[..], &b""[..], &b""[..]), (b"pop_macro", b"", b""), (b"once", b"\"(", b"\")\\")]
        {
            let stands =
                |byte: Option<&u8>, among: &[u8]| among.is_empty() || byte.is_some_and(|byte| among.contains(byte));
            let counts = |at: usize| {
                stands_alone(text, at, word.len())
                    && stands(text[..at].trim_ascii_end().last(), before)
                    && stands(text[at + word.len()..].trim_ascii_start().first(), after)
                    && !is_directive(at)
                    && regions.at(at) != Region::Comment
            };
            if memmem::find_iter(text, word).any(counts) {
                self.words |= WordSet::NOT_BY_DIRECTIVES;
            }
        }
    }
}

/// The string that holds the place is a pragma: `_Pragma("message(__DATE__)")`.
pub(super) fn is_in_pragma(text: &[u8], at: usize, regions: &Regions) -> bool {
    let Some(open) = regions.start_of(at) else { return true };
    let before = text[..open].trim_ascii_end();
    // `L"…"` is one too.
    let before = before.strip_suffix(b"L").unwrap_or(before).trim_ascii_end();
    // A comment may hide the `_Pragma(` before it.
    before.strip_suffix(b"(").is_some_and(|before| before.trim_ascii_end().ends_with(b"_Pragma"))
        || before.ends_with(b"*/")
}

/// Whether `dependency` at this place is a pragma's word: `#pragma GCC dependency "parse.y"`. It is if a compiler's name stands before it,
/// or if a file's name stands behind it and the text has some pragma. Comments may stand between, and all may be a string for `_Pragma`.
fn is_pragma_dependency(text: &[u8], at: usize, regions: &Regions) -> bool {
    if regions.at(at) == Region::Comment {
        return false;
    }
    let mut before = trim_blank_end(&text[..at]);
    while let Some(inside) = before.strip_suffix(b"*/") {
        let from = inside.len().saturating_sub(FAR);
        let Some(open) = memmem::rfind(&inside[from..], b"/*") else { return true };
        before = trim_blank_end(&inside[..from + open]);
    }
    let after = skip_blank(&text[at + b"dependency".len()..]);
    let names_file = matches!(after, [b'<' | b'"', ..] | [b'\\', b'"', ..]);
    before.ends_with(b"GCC") || before.ends_with(b"clang") || names_file && memmem::find(text, b"ragma").is_some()
}

/// Whether a literal begins like the name of a warning, not all of it as it is: `-\127documentation`, `\x2dWall`. Tables of bytes have many escape
/// sequences, and few of them are these.
fn begins_in_disguise(text: &[u8]) -> bool {
    const DASHES: [&[u8]; 6] = [b"-", b"\\055", b"\\x2d", b"\\x2D", b"\\u002d", b"\\u002D"];
    const LETTERS: [&[u8]; 4] = [b"W", b"\\127", b"\\x57", b"\\u0057"];
    let behind = |signs: &[&[u8]], text: &[u8]| {
        signs.iter().enumerate().find_map(|(nth, sign)| text.strip_prefix(*sign).map(|_| (nth, sign.len())))
    };
    matches!(text.first(), Some(b'-' | b'\\'))
        && behind(&DASHES, text)
            .is_some_and(|(dash, len)| behind(&LETTERS, &text[len..]).is_some_and(|(letter, _)| dash > 0 || letter > 0))
}

/// Whether the name of an option, which `text` begins with, goes on in another literal or has an escape sequence in it:
/// `-Wdocu" "mentation"`.
fn is_told_in_parts(text: &[u8]) -> bool {
    let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'=' | b'_');
    let rest = &text[text.iter().take_while(is_letter).count()..];
    let is_escape = rest.starts_with(b"\\") && matches!(rest.get(1), Some(b'x' | b'u' | b'U' | b'N' | b'0'..=b'7'));
    let behind = rest.strip_prefix(b"\"").map(skip_blank);
    // A macro may stand for the next literal.
    is_escape || is_seam(rest) || behind.is_some_and(|behind| behind.first().copied().is_some_and(is_word))
}

/// Whether a literal ends with the quote that `text` begins with, and the next begins behind blanks and comments. In a string both quotes
/// have a backslash.
fn is_seam(text: &[u8]) -> bool {
    let quote = if text.starts_with(b"\\") { &b"\\\""[..] } else { b"\"" };
    text.strip_prefix(quote).is_some_and(|rest| skip_blank(rest).starts_with(quote))
}
