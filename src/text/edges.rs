//! Which tokens the preprocessor could paste: those beside a `##`, and those at the edge of what may come to stand beside one.
//!
//! A token is at the edge of an argument, or of what a macro stands for, if nothing is between but what may come to nothing: words, which may
//! be macros for nothing, and calls of such.
//!
//! ```c
//! API(Init(a))                // Init begins the argument of API, and `MyLib_##f` makes MyLib_Init of it
//! API(EMPTY NONE() Init)      // so it does here
//! #define HALF Init(0) + 1    // and here, in API(HALF)
//! ```
//!
//! Directives may stand between the parentheses, if those begin near by.
//!
//! ```c
//! API(
//! #if 1
//! Init
//! #endif
//! + 1)
//! ```

use super::lexer::{FAR, Regions, follows_hash, is_word, line_start};
use super::plain::split_word;

/// A text as its edges are looked for, with joined lines: without comments and what stands in literals, in each way that it may be read.
#[derive(Debug)]
pub(crate) struct Bare(Vec<Vec<u8>>);

impl Bare {
    /// `regions` are those of the text.
    pub(crate) fn of(text: &[u8], regions: &Regions) -> Self {
        Self(regions.bare(text))
    }

    /// Whether the token at this place could be pasted to another one.
    pub(crate) fn could_be_pasted(&self, at: usize, token: &[u8]) -> bool {
        self.0.iter().any(|text| could_be_pasted(text, at, token))
    }
}

fn could_be_pasted(text: &[u8], at: usize, token: &[u8]) -> bool {
    let (before, after) = (trim_end(&text[..at]), trim_start(&text[at + token.len()..]));
    if joins_end(before) || joins(after) {
        return true;
    }
    let asked = before.strip_suffix(b"(").map_or(before, trim_end);
    let is_asked =
        || last_word(asked) == b"defined" && line_start(text, at).is_some_and(|start| is_directive(&text[start..at]));
    // `defined(_)` gives nobody an argument, and `#define _` neither.
    if is_asked() || strip_define(before).is_some() {
        return false;
    }
    // `_("text")` is a call in many texts, and pastes nothing.
    let is_edge = matches!(before.last(), Some(b'(' | b',')) || matches!(after.first(), Some(b')' | b','));
    if token == b"_" && after.starts_with(b"(") {
        return false;
    }
    is_edge || opens(before) || closes(text, at, after)
}

/// Whether a word may be a macro for nothing. A number is none, nor is one of these words, beside which others stand: `struct DATE d`.
fn may_vanish(word: &[u8]) -> bool {
    let stays = matches!(
        word,
        b"struct"
            | b"enum"
            | b"union"
            | b"typedef"
            | b"return"
            | b"case"
            | b"goto"
            | b"if"
            | b"else"
            | b"for"
            | b"while"
            | b"do"
            | b"switch"
            | b"sizeof"
            | b"void"
            | b"char"
            | b"short"
            | b"int"
            | b"long"
            | b"unsigned"
            | b"float"
            | b"double"
    );
    !stays && !word[0].is_ascii_digit()
}

/// Whether what ends a text is the beginning of an argument or of what a macro stands for, and perhaps words that vanish.
fn opens(text: &[u8]) -> bool {
    let mut before = &text[text.len().saturating_sub(FAR)..];
    loop {
        before = trim_end(before);
        match before {
            // On a longer line everything counts.
            [] => return text.len() > FAR,
            [rest @ .., b'\n'] if is_directive(last_line(rest)) => return is_inside_parentheses(text),
            [rest @ .., b'\n'] => before = rest,
            [.., b'(' | b','] => return true,
            [.., b')'] => match call_before(before) {
                Some(call) => before = call,
                None => return true,
            },
            [.., byte] if is_word(*byte) => {
                if strip_define(before).is_some() {
                    return true;
                }
                let word = last_word(before);
                if !may_vanish(word) {
                    return false;
                }
                before = &before[..before.len() - word.len()];
            }
            _ => return joins_end(before),
        }
    }
}

/// Whether what follows the token at `at` is the end of an argument or of what a macro stands for, and perhaps words before it that vanish.
/// A token that is called is no end.
fn closes(text: &[u8], at: usize, mut after: &[u8]) -> bool {
    let mut is_on_line = true;
    let mut may_be_called = false;
    let is_far = after.len() > FAR;
    after = &after[..after.len().min(FAR)];
    loop {
        after = trim_start(after);
        match after {
            [] | [b'\n', ..]
                if is_on_line && line_start(text, at).is_none_or(|start| is_directive(&text[start..at])) =>
            {
                return line_start(text, at).is_none_or(|start| has_define(&text[start..at]));
            }
            [] => return is_far,
            [b'\n', rest @ ..] => {
                if is_directive(rest) {
                    return is_inside_parentheses(&text[..at]);
                }
                (after, is_on_line) = (rest, false);
            }
            [b')' | b',', ..] => return true,
            [b'(', ..] if may_be_called => match behind_call(after) {
                Some(behind) => after = behind,
                None => return true,
            },
            [byte, ..] if is_word(*byte) => {
                let (word, behind) = split_word(after);
                if !may_vanish(word) {
                    return false;
                }
                (after, may_be_called) = (behind, true);
            }
            _ => return joins(after),
        }
    }
}

/// `##` or its digraph begins here, or the digraph of `#`.
fn joins(after: &[u8]) -> bool {
    after.starts_with(b"##") || after.starts_with(b"%:")
}

/// The same, ending here.
fn joins_end(before: &[u8]) -> bool {
    before.ends_with(b"##") || before.ends_with(b"%:")
}

/// What stands before the parentheses that end here, if that is a word or a call: `x = E` of `x = E(1)`. `None` where they do not begin near
/// by. Where nothing calls them, what stands before them is no edge: a `;` stands for it.
fn call_before(text: &[u8]) -> Option<&[u8]> {
    let mut depth = 0_usize;
    for (at, byte) in text.iter().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 1 => {
                let before = text[..at].trim_ascii_end();
                let calls = before.last().is_some_and(|byte| is_word(*byte) || *byte == b')');
                return Some(if calls { before } else { b";" });
            }
            b'(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What follows the parentheses that begin here; `None` where they do not end near by.
fn behind_call(text: &[u8]) -> Option<&[u8]> {
    let mut depth = 0_usize;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(&text[at + 1..]),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a parenthesis is open at the end of the text.
fn is_inside_parentheses(text: &[u8]) -> bool {
    let mut depth = 0_usize;
    for byte in text[text.len().saturating_sub(FAR)..].iter().rev() {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => return true,
            b'(' => depth -= 1,
            _ => {}
        }
    }
    false
}

/// What stands before the `#define` that the text ends with.
fn strip_define(text: &[u8]) -> Option<&[u8]> {
    let before = text.strip_suffix(b"define")?;
    follows_hash(before).then_some(before)
}

/// Whether the line that begins so is a directive.
fn is_directive(line: &[u8]) -> bool {
    let line = trim_start(line);
    line.starts_with(b"#") || line.starts_with(b"%:")
}

/// Whether the line that begins so is a `#define`.
fn has_define(line: &[u8]) -> bool {
    memchr::memmem::find_iter(line, b"define").any(|at| follows_hash(&line[..at]))
}

fn last_line(text: &[u8]) -> &[u8] {
    &text[memchr::memrchr(b'\n', text).map_or(0, |end| end + 1)..]
}

fn last_word(text: &[u8]) -> &[u8] {
    &text[text.len() - text.iter().rev().take(FAR).take_while(|byte| is_word(**byte)).count()..]
}

/// A blank within a line. Compilers take a zero byte for one, and some a carriage return.
fn is_blank(byte: u8) -> bool {
    byte <= b' ' && byte != b'\n'
}

fn trim_end(text: &[u8]) -> &[u8] {
    &text[..text.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |at| at + 1)]
}

fn trim_start(text: &[u8]) -> &[u8] {
    &text[text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_piece(text: &str, token: &str) -> bool {
        let bare = Bare::of(text.as_bytes(), &Regions::of(text.as_bytes()));
        bare.could_be_pasted(text.find(token).unwrap(), token.as_bytes())
    }

    #[test]
    fn tokens_at_edges() {
        for text in [
            "F(TOKEN)",
            "F(TOKEN(a))",
            "F(TOKEN (a) + 1)",
            "F(1, TOKEN(a))",
            "F(1 + TOKEN)",
            "F(1 + TOKEN, 2)",
            "#define A TOKEN",
            "#define A TOKEN(0) + 1\n",
            "#define A(x) TOKEN(0) + 1\n",
            "#define A 1 + TOKEN\n",
            "# /* */ define A TOKEN + 1\n",
            "#define A x##TOKEN + 1",
            "#define A 1 + TOKEN ## x + 2",
            "%:define A 1 + TOKEN %:%: x + 2",
            "F(E TOKEN - 1)",
            "F(E() TOKEN - 1)",
            "F(E(1, (2)) TOKEN - 1)",
            "F(1 + TOKEN E, 2)",
            "F(1 + TOKEN E(), 2)",
            "F(const TOKEN - 1)",
            "#define A(e) e TOKEN + 1\n",
            "#define A(e) 1 + TOKEN e\n",
            "#define A(e) x##e TOKEN + 1\n",
            "F(\n#if 1\nTOKEN\n#endif\n-1)",
            "F(2 -\n#if 1\nTOKEN\n#endif\n)",
            "F(1 -\x0bTOKEN\x0b)",
            "F(\0TOKEN + 1)",
            "#define A 1 + TOKEN\x0c\n",
            "F(\n\nTOKEN\n\n+ 1)",
            "is_defined(TOKEN)",
            "F(defined(TOKEN + 1))",
            "F(E(\"(\") TOKEN + 1)",
            "F(E(1)() TOKEN + 1)",
            "F(E\n(1) TOKEN + 1)",
            "F(1 + TOKEN E\n(1))",
            "#define A(x, class) x class TOKEN + 1\n",
            "F( // one.\nTOKEN + 1)",
            "/* x */ #define A 1 + TOKEN\n",
            "/* x\n */ #define A 1 + TOKEN\n",
            "R\"(\" ; )\" F( // :)\n#if 1\nTOKEN + 1\n#endif\n)",
            "int q = 1'000; F( // it's.\nTOKEN + 1)",
        ] {
            assert!(is_piece(text, "TOKEN"), "{text}");
        }
    }

    #[test]
    fn tokens_that_nothing_pastes() {
        for text in [
            "TOKEN",
            "int TOKEN;",
            "x = TOKEN + 1;",
            "static u32 TOKEN = 1;",
            "F(1 + TOKEN - 1)",
            "F(1 + TOKEN(2))",
            "#ifdef TOKEN\n",
            "#define TOKEN\n",
            "#define TOKEN 1\n",
            "#undef TOKEN\n",
            "#if A && TOKEN\n",
            "#if defined(TOKEN)\n",
            "#if defined TOKEN\n",
            "#define A 1 + TOKEN - 1\n",
            "#define A\nstatic int TOKEN = 1;",
            "#endif\nTOKEN;",
            "if (a) TOKEN = 1;",
            "x = (u8) TOKEN + 1;",
            "x = (struct TOKEN *) y;",
            "TOKEN;\n#if 1\n",
            "TOKEN\n#if 1\n",
            "sizeof(int) * TOKEN + 1",
            "return TOKEN + 1;",
        ] {
            assert!(!is_piece(text, "TOKEN"), "{text}");
        }
    }
}
