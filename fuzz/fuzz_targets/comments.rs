//! Texts with comments against their code: gcc and clang make the same of both, token by token and column by column. Few inputs a second.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use packer_cc::text::code;
use packer_cc_fuzz::pieces::{PIECES, said};
use packer_cc_fuzz::{compilers, directory};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;

/// Beyond this number a byte stands for itself.
const OWN: u8 = 32;
/// More pieces make a text that says no more.
const MOST: usize = 160;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| {
    let directory = directory();
    fs::write(directory.path().join("s.h"), "int s;\n").expect("a header");
    directory
});

/// The compilers without their drivers, with how they are asked.
static QUESTIONS: LazyLock<[(PathBuf, &str); 4]> = LazyLock::new(|| {
    let compilers = compilers();
    [
        (compilers.cc1.clone(), "-E -quiet -fno-diagnostics-show-caret"),
        (compilers.cc1plus, "-E -quiet -fno-diagnostics-show-caret -std=c++17"),
        (compilers.cc1, "-fsyntax-only -quiet -Wall -Wextra -fno-diagnostics-show-caret"),
        (compilers.clang, "-cc1 -fsyntax-only -w -dump-tokens -fno-caret-diagnostics -ferror-limit 0"),
    ]
});

/// Every byte is a piece, or itself.
fn text(data: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in data.iter().take(MOST) {
        match byte.checked_sub(u8::MAX - OWN) {
            Some(nth) => text.push(b' ' + nth),
            None => text.extend_from_slice(PIECES[usize::from(*byte) % PIECES.len()].as_bytes()),
        }
    }
    text
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let text = text(data);
    let code = code::code(&text);
    if *code == *text {
        return Corpus::Keep;
    }
    assert_eq!(code::code(&code), code, "the code of a code");
    for (program, options) in &*QUESTIONS {
        let program = program.to_str().expect("a name");
        let (of_text, of_code) =
            (said(DIRECTORY.path(), &text, program, options), said(DIRECTORY.path(), &code, program, options));
        let (shown, shown_code) = (String::from_utf8_lossy(&text), String::from_utf8_lossy(&code));
        assert!(
            of_text == of_code,
            "{program} {options}\n--- text\n{shown}\n--- code\n{shown_code}\n--- text\n{of_text}\n--- code\n{of_code}"
        );
    }
    Corpus::Keep
});
