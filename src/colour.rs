//! Colours in diagnostics.
//!
//! A compiler writes colours when its standard error is a terminal. Stored diagnostics must do for both, so the
//! compile always runs with colours on, they are stored, and they are taken out again where none are wanted: on a
//! pipe, with `-fdiagnostics-color=never`, or on a terminal that has none.

use crate::compiler::{Compiler, Family};
use crate::environment::Environment;
use crate::invocation::Colour;
use crate::output;

/// The option that turns colours on whatever standard error is; both families know it (gcc since 4.9).
pub const ALWAYS: &str = "-fdiagnostics-color=always";

/// The option that makes gcc (since 10) write links to its manual, which it also does on terminals by itself.
pub const LINKS_ALWAYS: &str = "-fdiagnostics-urls=always";

/// What of the decoration the bare compiler would write here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    colours: bool,
    links: bool,
}

impl Wanted {
    /// Decides as the compiler would.
    pub fn here(said: Option<Colour>, compiler: &Compiler, environment: &Environment) -> Self {
        let links = writes_links(compiler) && output::stderr_is_terminal() && terminal_has_links(environment);
        Self { colours: colours_wanted(said, compiler, environment), links }
    }

    /// The text with what is wanted and without the rest.
    pub fn apply(self, text: &[u8]) -> Vec<u8> {
        strip(text, self)
    }
}

/// The compiler can write links.
pub fn writes_links(compiler: &Compiler) -> bool {
    compiler.family == Family::Gcc && compiler.major >= 10
}

/// GCC manual, "-fdiagnostics-urls": `auto` goes by the variables that describe the terminal, unless `GCC_URLS` or
/// `TERM_URLS` says how links are to be written.
fn terminal_has_links(environment: &Environment) -> bool {
    let is = |name: &str, values: &[&str]| {
        environment.get(name).is_some_and(|value| values.iter().any(|known| value == *known))
    };
    if environment.get("TERM").is_none()
        || is("TERM", &["dumb"])
        || is("COLORTERM", &["xfce4-terminal", "gnome-terminal"])
    {
        return false;
    }
    if environment.get("GCC_URLS").is_some() || environment.get("TERM_URLS").is_some() {
        return true;
    }
    !is("TERM", &["xterm", "linux", "vt100"])
}

/// Whether the bare compiler would colour its diagnostics here.
fn colours_wanted(said: Option<Colour>, compiler: &Compiler, environment: &Environment) -> bool {
    let terminal = || output::stderr_is_terminal() && environment.get("TERM").is_some_and(|term| term != "dumb");
    match said {
        Some(Colour::Always) => true,
        Some(Colour::Never) => false,
        // Up to gcc 7 the default is `auto` only where GCC_COLORS is set (GCC manual of those versions,
        // "-fdiagnostics-color").
        None if compiler.family == Family::Gcc && compiler.major < 8 => {
            environment.get("GCC_COLORS").is_some() && terminal()
        }
        Some(Colour::Auto) | None => terminal(),
    }
}

/// The text without what is not wanted. Colours are select-graphic-rendition and erase-line sequences, links are
/// OSC 8; a compiler writes no others.
fn strip(text: &[u8], wanted: Wanted) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(0x1b, rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let len = if wanted.colours { 0 } else { colour_sequence(rest) };
        let len = if len == 0 && !wanted.links { link_sequence(rest) } else { len };
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
fn colour_sequence(text: &[u8]) -> usize {
    let Some(parameters) = text.strip_prefix(b"\x1b[") else { return 0 };
    let len = parameters.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    if matches!(parameters.get(len), Some(b'm' | b'K')) { 2 + len + 1 } else { 0 }
}

/// The length of the link sequence at the start of `text`, 0 if there is none. It ends with BEL or ESC and a
/// backslash.
fn link_sequence(text: &[u8]) -> usize {
    let Some(link) = text.strip_prefix(b"\x1b]8;") else { return 0 };
    match memchr::memchr2(0x07, 0x1b, link) {
        Some(at) if link[at] == 0x07 => 4 + at + 1,
        Some(at) if link.get(at + 1) == Some(&b'\\') => 4 + at + 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_the_text_stays() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"[\x1b]8;;https://x/y\x1b\\-Wall\x1b]8;;\x1b\\]", b"[-Wall]"),
            (b"[\x1b]8;;https://x/y\x07-Wall\x1b]8;;\x07]", b"[-Wall]"),
            (b"\x1b[01m\x1b[Ka.c:1:2:\x1b[m\x1b[K \x1b[01;35m\x1b[Kwarning: \x1b[m\x1b[Kx", b"a.c:1:2: warning: x"),
            (b"plain", b"plain"),
            (b"\x1b", b"\x1b"),
            (b"\x1b[2Jx", b"\x1b[2Jx"),
        ];
        for (coloured, plain) in cases {
            assert_eq!(Wanted { colours: false, links: false }.apply(coloured), plain);
            assert_eq!(Wanted { colours: true, links: true }.apply(coloured), coloured);
        }
    }
}
