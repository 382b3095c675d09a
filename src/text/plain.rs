//! Plain definitions: those of which no compiler says anything as long as nobody asks for their names.
//!
//! ```c
//! #define LIMIT (1 << 4)    // plain
//! #define QUOTE 'a          // "missing terminating ' character"
//! ```

use super::lexer::is_word;

/// Whether the body of a definition holds tokens alone of which no compiler says anything: no `#`, no literal that is cut off or has a
/// prefix, no sign beyond ASCII.
pub(super) fn is_plain(body: &[u8], variadic: bool) -> bool {
    let mut rest = body.trim_ascii();
    while let Some(&first) = rest.first() {
        let len = match first {
            b' ' | b'\t' => 1,
            b'"' | b'\'' => match literal(rest) {
                Some(len) if !rest.get(len).copied().is_some_and(is_word) => len,
                _ => return false,
            },
            // `1'0'` is a number of C++ with a quote that nothing closes, and elsewhere a number and a character.
            byte if byte.is_ascii_digit() => match number(rest) {
                len if matches!(rest.get(len), Some(b'\'' | b'"')) => return false,
                len => len,
            },
            byte if is_word(byte) => {
                let (word, behind) = split_word(rest);
                if !is_name(word) || !is_plain_word(word, variadic) || matches!(behind.first(), Some(b'"' | b'\'')) {
                    return false;
                }
                word.len()
            }
            // `<=>` and `<::` are read in one way by one standard, and in another by the next.
            b'<' if rest.starts_with(b"<=>") || rest.starts_with(b"<::") => return false,
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'+' | b'-' | b'*' | b'&' | b'|' | b'^' | b'~' | b'!' | b'<'
            | b'>' | b'=' | b';' | b',' | b'.' | b':' => 1,
            b'/' if !matches!(rest.get(1), Some(b'/' | b'*')) => 1,
            // `%:` is a `#`, and `??=` may be one.
            b'%' | b'?' if !matches!(rest.get(1), Some(b':' | b'?')) => 1,
            _ => return false,
        };
        rest = &rest[len..];
    }
    true
}

/// Words that some compiler, in some mode, warns of in the body of a definition, or that stand for more than themselves.
pub(super) fn is_plain_word(word: &[u8], variadic: bool) -> bool {
    const OPERATORS: [&[u8]; 11] =
        [b"and", b"and_eq", b"bitand", b"bitor", b"compl", b"not", b"not_eq", b"or", b"or_eq", b"xor", b"xor_eq"];
    match word {
        b"__VA_ARGS__" => variadic,
        b"defined" | b"_Pragma" | b"__VA_OPT__" | b"__pragma" => false,
        word => !word.starts_with(b"__has_") && !OPERATORS.contains(&word),
    }
}

/// The length of a number as the preprocessor takes it (C17 6.4.8).
fn number(text: &[u8]) -> usize {
    let mut len = 1;
    while let Some(byte) = text.get(len) {
        let is_sign = matches!(byte, b'+' | b'-') && matches!(text[len - 1], b'e' | b'E' | b'p' | b'P');
        if !(is_sign || byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')) {
            break;
        }
        len += 1;
    }
    len
}

/// The length of a literal, if it is whole and holds plain characters alone.
fn literal(text: &[u8]) -> Option<usize> {
    let quote = text[0];
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'\\' if matches!(text.get(at + 1)?, b'u' | b'U' | b'N' | b'?') => return None,
            b'\\' => at += 2,
            byte if *byte == quote => break,
            b'?' if text.get(at + 1) == Some(&b'?') => return None,
            b' '..=b'~' | b'\t' => at += 1,
            _ => return None,
        }
    }
    (quote == b'"' || at > 1).then_some(at + 1)
}

/// The word that the text begins with, and the rest.
pub(super) fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| is_word(**byte)).count())
}

/// Whether a word is a name of plain letters.
pub(super) fn is_name(word: &[u8]) -> bool {
    word.first().is_some_and(|byte| !byte.is_ascii_digit())
        && word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::super::definitions::items;

    #[test]
    fn plain_definitions_are_such_that_nobody_warns_of() {
        let is_plain = |body: &str| items(format!("#define A{body}\n").as_bytes()).unwrap()[0].plain;
        for body in [
            "",
            " ",
            " 1",
            " \"a \\\" b\"",
            " 'x'",
            " (1 + 0x1p-3)",
            "(a, b) a+b",
            "()",
            " 1.5e+3f",
            "(...) f(__VA_ARGS__)",
            " a ? b : c",
            " a / b % c",
        ] {
            assert!(is_plain(body), "{body}");
        }
        for body in [
            "\"x\"",
            " a<=>b",
            " f<::g>",
            "+1",
            " #",
            " a ## b",
            "(a) #a",
            " \"a",
            " 'a",
            " ''",
            " L\"x\"",
            " \"x\"y",
            " R\"(x)\"",
            " a and b",
            " __VA_ARGS__",
            " $a",
            " \u{fc}",
            " \"\u{fc}\"",
            " \"\\u202e\"",
            " %: a",
            " ??= a",
            " \"??=\"",
            "(a, a) b",
            "(a... ) b",
            "(..., a) b",
            "(a",
            " defined(B)",
            " 1'000",
            " 1'0'",
            " .5'a'",
            " 1\"x\"",
            " @",
            " __has_include(<a>)",
            " _Pragma(\"x\")",
        ] {
            assert!(!is_plain(body), "{body}");
        }
    }
}
