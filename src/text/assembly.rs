//! Assembly in a text: what an assembler reads that no preprocessor sees, and inline assembly that no search can read.

use super::composed;
use super::facts::Facts;
use super::lexer::{FAR, Regions, is_word, literal_end};
use super::pieces;
use super::words::WordSet;
use memchr::memmem;

impl Facts {
    /// Directives by which an assembler reads a file, and that no preprocessor sees. One in a comment counts too, unless every
    /// assembler takes that for a comment. Where `#` begins a comment, this `/*` is a part of one and the file is read:
    ///
    /// ```asm
    /// # /*
    ///     .incbin "x.bin"
    /// # */
    /// ```
    pub(super) fn find_in_assembly(&mut self, text: &[u8]) {
        let lower = text.to_ascii_lowercase();
        if composed::assembler_macros_compose(&lower) {
            self.words |= WordSet::ASM_COMPOSED;
        }
        let mut regions = None;
        for word in [&b"incbin"[..], b".include"] {
            for at in memmem::find_iter(&lower, word) {
                let regions = regions.get_or_insert_with(|| Regions::of(text));
                if !regions.is_plain_comment(text, at) {
                    self.words |= WordSet::ASM_FILE;
                }
            }
        }
    }

    /// Inline assembly whose text is not all literal, or whose very name is pasted.
    pub(super) fn find_computed_assembly(&mut self, text: &[u8], is_prose: impl Fn(usize) -> bool) {
        let is_computed = mentions_asm(text) && has_computed_assembly(text, &is_prose);
        if is_computed || pieces::paste_asm(text, |at| !is_prose(at)) {
            self.words |= WordSet::ASM_COMPUTED;
        }
    }
}

/// `asm`, however it is spelled: `__asm__`, or a macro named after it.
pub(super) fn mentions_asm(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'a', b'A', text)
        .any(|at| text.get(at..at + 3).is_some_and(|word| word.eq_ignore_ascii_case(b"asm")))
}

/// An `asm` statement whose first argument holds anything but string literals, or a literal with a character as a number:
///
/// ```c
/// asm(READ(x.bin));
/// asm(".\x69ncbin \"x.bin\"");
/// ```
fn has_computed_assembly(text: &[u8], is_prose: impl Fn(usize) -> bool) -> bool {
    memmem::find_iter(text, b"asm").filter(|at| !is_prose(*at)).any(|at| {
        let starts_word = text[..at].iter().rev().find(|byte| **byte != b'_').is_none_or(|byte| !is_word(*byte));
        let mut rest = &text[at + 3..];
        rest = &rest[rest.iter().take_while(|byte| **byte == b'_').count()..];
        if !starts_word || rest.first().is_some_and(|byte| is_word(*byte)) {
            return false;
        }
        // Qualifiers: volatile, goto, inline.
        let end = |byte: &u8| !(is_word(*byte) || byte.is_ascii_whitespace());
        let Some(open) = rest.iter().take(FAR).position(end) else {
            return rest.len() > FAR;
        };
        if rest[open] != b'(' {
            return false;
        }
        let mut argument = &rest[open + 1..];
        loop {
            let blanks = argument.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            argument = &argument[blanks..];
            match argument.first() {
                Some(b'"') => {
                    let (literal, behind) = argument.split_at(literal_end(argument, 0, b'"'));
                    if spells_by_number(literal) {
                        return true;
                    }
                    argument = behind;
                }
                Some(b'/') if argument.starts_with(b"/*") || argument.starts_with(b"//") => {
                    let end = if argument[1] == b'*' { &b"*/"[..] } else { b"\n" };
                    let Some(at) = memmem::find(&argument[2..], end) else { return true };
                    argument = &argument[at + 2 + end.len()..];
                }
                Some(b':' | b')') => return false,
                _ => return true,
            }
        }
    })
}

/// A literal with characters written as numbers (`\x69`, `\151`): it says what no search finds.
fn spells_by_number(literal: &[u8]) -> bool {
    let mut escaped = false;
    literal.iter().any(|byte| {
        let number = escaped && (byte.is_ascii_digit() || matches!(byte, b'x' | b'u' | b'U' | b'o' | b'N'));
        escaped = !escaped && *byte == b'\\';
        number
    })
}
