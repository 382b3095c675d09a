//! `#line` and line markers, which name another file as the origin of what follows.
//!
//! ```c
//! #line 12 "parser.y"
//! # 12 "parser.y" 1 3
//! ```

use super::facts::Facts;
use super::lexer::{FAR, is_word, line_of, skip_blank};
use super::words::WordSet;
use memchr::memmem;

impl Facts {
    /// `#line` and line markers in code.
    pub(super) fn find_line_markers(&mut self, text: &[u8], is_prose: impl Fn(usize) -> bool) {
        for at in memchr::memchr_iter(b'#', text).filter(|at| !is_within_line(text, *at)) {
            let rest = skip_blank(&text[at + 1..]);
            let directive = rest.strip_prefix(b"line").filter(|rest| rest.first().is_none_or(|byte| !is_word(*byte)));
            let rest = directive.map_or(rest, skip_blank);
            let line = line_of(rest);
            let is_marker = rest.first().is_some_and(u8::is_ascii_digit) || rest.starts_with(b"/*");
            // Macros may stand for what a `#line` says, but not for what a line marker says.
            let is_computed = |byte: &u8| !byte.is_ascii_digit() && !byte.is_ascii_whitespace();
            let names_file = is_marker && (memchr::memchr(b'"', line).is_some() || line.len() == FAR);
            if (names_file || directive.is_some() && line.iter().any(is_computed)) && !is_prose(at) {
                self.words |= WordSet::LINE;
                // A line marker may also say that what follows is a system header: its flag `3`.
                if directive.is_none() {
                    self.words |= WordSet::SYSTEM_HEADER;
                }
            }
        }
    }
}

/// Something stands before the `#` on its line: it pastes a word or makes a string of it.
///
/// ```c
/// #define TRACE(name, line) Trace trace_##line(name, line)
/// ```
fn is_within_line(text: &[u8], at: usize) -> bool {
    let blanks = text[..at].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    // Behind a comment's end, or a byte that compilers pass over, it may yet be the first.
    text[..at - blanks].last().is_some_and(|byte| is_word(*byte) || matches!(byte, b'#' | b'(' | b')' | b','))
}

/// A line begins like a line marker, wherever it stands: preprocessed text shows comments and raw strings as they are.
pub(super) fn has_marker(text: &[u8]) -> bool {
    memmem::find_iter(text, b"# ").any(|at| {
        let begins_line = at == 0 || matches!(text[at - 1], b'\n' | b'\r');
        let line = line_of(&text[at + 2..]);
        begins_line && line.first().is_some_and(u8::is_ascii_digit) && memchr::memchr(b'"', line).is_some()
    })
}
