//! Colours in diagnostics.
//!
//! A compiler writes colours when its standard error is a terminal. Stored diagnostics must serve terminals and pipes, so the
//! compile always runs with colours on, and these are stored. They are taken out again where none are wanted: on a
//! pipe, with `-fdiagnostics-color=never`, or on a terminal that has none.
//!
//! gcc's analyzer counts the bytes of colours where it decides which labels share a line. So its compiles run with colours only where they
//! are wanted, and the key tells both apart.
//!
//! Two things that a compiler does on terminals alone are not done. gcc's links to its manual are missing, since the option that
//! forces them is recorded in debug data. Long source lines are not cut at the terminal's width.

use crate::command::Colour;
use crate::environment::Environment;
use crate::output;

/// The byte with which the sequences of a terminal begin.
const ESCAPE: u8 = 0x1b;

/// The two bytes with which the sequences for colours begin.
const BEGIN: &[u8] = b"\x1b[";

/// The stored text as the bare compiler would decorate it here.
pub fn decorate(text: &[u8], said: Option<Colour>, environment: &Environment) -> Vec<u8> {
    if are_wanted(said, environment) { text.to_vec() } else { strip(text) }
}

/// Whether the bare compiler would write colours here.
pub fn are_wanted(said: Option<Colour>, environment: &Environment) -> bool {
    match said {
        Some(Colour::Always) => true,
        Some(Colour::Never) => false,
        Some(Colour::Auto) | None => {
            output::stderr_is_terminal() && environment.get("TERM").is_some_and(|term| term != "dumb")
        }
    }
}

/// The text without colours: select-graphic-rendition and erase-line sequences, which are all a compiler writes.
pub fn strip(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(ESCAPE, rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let len = sequence(rest);
        if len == 0 {
            out.push(rest[0]);
            rest = &rest[1..];
        } else {
            rest = &rest[len..];
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The length of the colour sequence at the start of `text`, 0 if there is none.
fn sequence(text: &[u8]) -> usize {
    let Some(parameters) = text.strip_prefix(BEGIN) else { return 0 };
    let len = parameters.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    if matches!(parameters.get(len), Some(b'm' | b'K')) { BEGIN.len() + len + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_the_text_stays() {
        let cases: [(&[u8], &[u8]); 4] = [
            (b"\x1b[01m\x1b[Ka.c:1:2:\x1b[m\x1b[K \x1b[01;35m\x1b[Kwarning: \x1b[m\x1b[Kx", b"a.c:1:2: warning: x"),
            (b"plain", b"plain"),
            (b"\x1b", b"\x1b"),
            (b"\x1b[2Jx", b"\x1b[2Jx"),
        ];
        for (coloured, plain) in cases {
            assert_eq!(strip(coloured), plain);
        }
    }
}
