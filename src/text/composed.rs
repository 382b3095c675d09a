//! Macros of assembly that could put the name of a directive together which reads a file.
//!
//! ```asm
//! .macro both a, b
//!     .\a\b "x.bin"
//! ```

use rustc_hash::FxHashSet;

/// Assembler macros that could put the name of `.incbin` or `.include` together: `.\a\b`, `\()`, or `.altmacro`, which
/// needs no sign for its parameters. In C the text stands in a literal, where each backslash is two.
pub fn assembler_macros_compose(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    if has(b".altmacro") {
        return true;
    }
    let parameters = parameters_of(&lower);
    if parameters.is_empty() && !has(b".macro") {
        return false;
    }
    let mut at = 0;
    while at < lower.len() {
        let (end, run) = read_run(&lower[at..], &parameters);
        if run.substitutions > 0 && run.pieces > 1 && run.could_be_directive {
            return true;
        }
        // In C, `\n` and its like stand between the words.
        let escape = lower[at] == b'\\' && lower.get(at + 1) != Some(&b'\\');
        at += end.max(if escape { 2 } else { 1 });
    }
    false
}

/// A word of assembly with substitutions in it.
struct WordRun {
    substitutions: usize,
    /// Substitutions and literal parts.
    pieces: usize,
    /// Each literal part is a part of a directive that reads a file.
    could_be_directive: bool,
}

/// The word of assembly with which the text begins (`.in\a` of `.in\a "x"`), with its length in bytes.
fn read_run(text: &[u8], parameters: &FxHashSet<Vec<u8>>) -> (usize, WordRun) {
    let mut run = WordRun { substitutions: 0, pieces: 0, could_be_directive: true };
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if *byte == b'\\' {
            let slashes = text[at..].iter().take_while(|byte| **byte == b'\\').count();
            let rest = &text[at + slashes..];
            let len = rest.iter().take_while(|byte| is_symbol(**byte)).count();
            let named = (1..=len).rev().find(|len| parameters.contains(&rest[..*len]));
            if rest.starts_with(b"()") {
                at += slashes + 2;
            } else if let Some(len) = named {
                at += slashes + len;
            } else {
                break;
            }
            run.substitutions += 1;
            run.pieces += 1;
        } else if is_symbol(*byte) || *byte == b'.' {
            let len = text[at..].iter().take_while(|byte| is_symbol(**byte) || **byte == b'.').count();
            let literal = &text[at..at + len];
            run.could_be_directive &=
                [&b".incbin"[..], b".include"].iter().any(|word| memchr::memmem::find(word, literal).is_some());
            run.pieces += 1;
            at += len;
        } else {
            break;
        }
    }
    (at, run)
}

/// The parameters of all `.macro`, `.irp` and `.irpc` of the text.
fn parameters_of(lower: &[u8]) -> FxHashSet<Vec<u8>> {
    let mut found = FxHashSet::default();
    for directive in [&b".macro"[..], b".irp"] {
        for at in memchr::memmem::find_iter(lower, directive) {
            let rest = &lower[at + directive.len()..];
            // To the end of the line, which a literal in C spells `\n`.
            let end = rest
                .iter()
                .zip(rest.iter().skip(1).chain([&b'\n']))
                .position(|(byte, next)| *byte == b'\n' || (*byte == b'\\' && *next == b'n'))
                .unwrap_or(rest.len());
            let words = rest[..end].split(|byte| !is_symbol(*byte)).filter(|word| !word.is_empty());
            found.extend(words.map(<[u8]>::to_vec));
        }
    }
    found
}

fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assembler_macros_that_compose_directives_are_found() {
        for (text, composes) in [
            (".macro m a b\n.\\a\\b \"blob\"\n.endm\nm inc bin", true),
            (".macro m a b\n\\a\\b \"blob\"\n.endm", true),
            (".macro m a\n.in\\a \"blob\"\n.endm", true),
            (".macro m a\n.inc\\()bin \"blob\"\n.endm", true),
            ("\".macro m a b\\n.\\\\a\\\\b \\\"blob\\\"\\n.endm\"", true),
            (".altmacro", true),
            (".macro save reg\n\tpush \\reg\n\tmov\\reg, \\reg\n.L\\reg:\n\\reg\\()_end:\n.endm", false),
            ("\".macro m a\\n\\tpush \\\\a\\n\\tret\\n.endm\\n\"", false),
            ("\tmov r0, r1\n", false),
            (".irp w,inc\n.\\w\\()bin\n.endr", true),
        ] {
            assert_eq!(assembler_macros_compose(text.as_bytes()), composes, "{text}");
        }
    }
}
