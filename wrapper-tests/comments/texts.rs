//! Texts against their code, by the compilers themselves: both must preprocess alike, token by token and column by column, and be warned of
//! alike.
//!
//! `TEXTS_SEED` and `TEXTS_COUNT` ask for other texts, and for more.

use super::pieces::{PIECES, said};
use fastrand::Rng;
use packer_cc::text::code;
use std::fs;

/// Lines of a function, in which indentation can mislead.
const LINES: [&str; 14] = [
    "if (x)",
    "else",
    "for (;;)",
    "while (x)",
    "f();",
    "f(1,",
    "2);",
    "{",
    "}",
    ";",
    "#if 1",
    "#endif",
    "f(); f();",
    "E",
];

fn soup(rng: &mut Rng) -> String {
    (0..rng.usize(3..40)).map(|_| *rng.choice(&PIECES).unwrap()).collect::<String>()
        + if rng.u8(0..4) > 0 { "\n" } else { "" }
}

fn function(rng: &mut Rng) -> String {
    let mut text = "#define E\nint f();\nvoid g(int x) {\n".to_owned();
    for _ in 0..rng.usize(4..16) {
        let indent = *rng.choice(&["", " ", "  ", "    ", "\t", "  \t", "      ", "        "]).unwrap();
        let line = *rng.choice(&LINES).unwrap();
        let comment = |rng: &mut Rng| {
            *rng.choice(&["// c", "/* c */", "/*c*/ /* d */", "/* c\n  d\n */", "/* c\n*/", "//"]).unwrap()
        };
        text += indent;
        match rng.u8(0..8) {
            0 | 1 => text += comment(rng),
            2 => text = text + &comment(rng).replace("//", "/**/") + " " + line,
            3 => text = text + line + " " + comment(rng),
            _ => text += line,
        }
        text += *rng.choice(&["\n", "\n", "\n", "\n\n", " \n"]).unwrap();
    }
    text + "}\n"
}

const COMMANDS: [(&str, &str); 6] = [
    ("gcc", "-E -fno-diagnostics-show-caret"),
    ("gcc", "-E -fno-diagnostics-show-caret -x c++ -std=c++17"),
    ("gcc", "-E -fno-diagnostics-show-caret -trigraphs -std=c99"),
    ("clang", "-fsyntax-only -w -Xclang -dump-tokens -fno-caret-diagnostics -ferror-limit=0"),
    ("clang", "-fsyntax-only -w -Xclang -dump-tokens -fno-caret-diagnostics -ferror-limit=0 -x c++ -std=c++17"),
    ("gcc", "-fsyntax-only -Wall -Wextra -fno-diagnostics-show-caret"),
];

/// Draws texts and compares each with its code.
fn compare(make: fn(&mut Rng) -> String, commands: &[(&str, &str)], count: u64) {
    let asked = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (seed, count) = (asked("TEXTS_SEED").unwrap_or(1), asked("TEXTS_COUNT").unwrap_or(count));
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.h"), "int s;\n").unwrap();
    let mut others = 0;
    for nth in 0..count {
        let text = make(&mut Rng::with_seed(seed << 32 | nth));
        let code = code::code(text.as_bytes());
        if *code == *text.as_bytes() {
            continue;
        }
        others += 1;
        assert_eq!(code::code(&code), code, "seed {seed}, text {nth}: {text}");
        for (program, options) in commands {
            let (of_text, of_code) =
                (said(dir.path(), text.as_bytes(), program, options), said(dir.path(), &code, program, options));
            assert!(
                of_text == of_code,
                "seed {seed}, text {nth}, {program} {options}\n--- text\n{text}\n--- code\n{}\n--- text\n{of_text}\n--- code\n{of_code}",
                String::from_utf8_lossy(&code)
            );
        }
    }
    assert!(others * 4 > count, "{others} of {count}");
}

#[test]
fn texts_preprocess_as_their_code_does() {
    compare(soup, &COMMANDS, 120);
}

#[test]
fn indentation_misleads_as_in_the_code() {
    compare(function, &COMMANDS[5..], 300);
}
