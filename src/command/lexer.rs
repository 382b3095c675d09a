//! Cuts a command line into options with their values, and inputs. No meaning yet: that is [`parse`](super::parse).

use super::grammar::{self, Row};
use super::refused;
use crate::reason::Cause;
use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;

/// A run of words that belong together.
#[derive(Debug)]
pub struct Token<'a> {
    /// What they are.
    pub kind: TokenKind,
    /// The option as typed, without its value; empty for an input.
    pub flag: &'a OsStr,
    /// The option's value, or the input.
    pub value: Option<&'a OsStr>,
    /// Where they stand.
    pub words: Range<usize>,
}

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy)]
pub enum TokenKind {
    /// A word that is no option, or `-` alone.
    Input,
    /// A known option.
    Option {
        /// Its row.
        row: &'static Row,
        /// It is the `-fno-` spelling.
        negated: bool,
    },
    /// An option that the table does not know.
    Unknown,
}

/// Cuts `words`. Fails only where the last option lacks its value.
pub fn lex(words: &[OsString]) -> Result<Vec<Token<'_>>, Cause> {
    let mut tokens = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let token = token(words, at, word)?;
        at = token.words.end;
        tokens.push(token);
    }
    Ok(tokens)
}

fn token<'a>(words: &'a [OsString], at: usize, word: &'a OsStr) -> Result<Token<'a>, Cause> {
    use grammar::Form::{JoinedOrSeparate, Separate};
    let bytes = word.as_bytes();
    if !bytes.starts_with(b"-") || bytes == b"-" {
        return Ok(Token { kind: TokenKind::Input, flag: OsStr::new(""), value: Some(word), words: at..at + 1 });
    }
    let Some(found) = grammar::find(bytes) else {
        return Ok(Token { kind: TokenKind::Unknown, flag: word, value: None, words: at..at + 1 });
    };
    let kind = TokenKind::Option { row: found.row, negated: found.negated };
    if let Some(value_at) = found.value_at {
        let (flag, value) = bytes.split_at(value_at);
        let (flag, value) = (OsStr::from_bytes(flag), OsStr::from_bytes(value));
        return Ok(Token { kind, flag, value: Some(value), words: at..at + 1 });
    }
    if matches!(found.row.form, Separate | JoinedOrSeparate) {
        let value = words.get(at + 1).ok_or_else(|| refused::dangling(word))?;
        return Ok(Token { kind, flag: word, value: Some(value), words: at..at + 2 });
    }
    Ok(Token { kind, flag: word, value: None, words: at..at + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_joined_or_separate() {
        let words: Vec<OsString> =
            ["-I", "d", "-Ie", "-std=c11", "a.c", "-", "-Xlinker", "-c", "-fnope", "-O2"].map(OsString::from).to_vec();
        let tokens = lex(&words).expect("nothing dangles");
        let got: Vec<_> = tokens
            .iter()
            .map(|token| {
                (token.flag.to_str().expect("ASCII"), token.value.and_then(OsStr::to_str), token.words.clone())
            })
            .collect();
        assert_eq!(
            got,
            [
                ("-I", Some("d"), 0..2),
                ("-I", Some("e"), 2..3),
                ("-std=", Some("c11"), 3..4),
                ("", Some("a.c"), 4..5),
                ("", Some("-"), 5..6),
                ("-Xlinker", Some("-c"), 6..8),
                ("-fnope", None, 8..9),
                ("-O2", None, 9..10),
            ]
        );
    }

    #[test]
    fn a_missing_value_is_named() {
        let words = [OsString::from("-c"), OsString::from("-I")];
        assert_eq!(lex(&words).unwrap_err(), refused::dangling("-I".as_ref()));
    }
}
