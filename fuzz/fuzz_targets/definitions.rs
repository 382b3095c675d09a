//! Two headers of definitions of which the same counts: gcc makes the same of a source with either. Few inputs a second.
#![no_main]
#![expect(clippy::disallowed_methods, reason = "a compiler is asked")]

use libfuzzer_sys::{Corpus, fuzz_target};
use packer_cc::text::code;
use packer_cc::text::definitions::{self, Line};
use packer_cc::text::relevant::{Manner, relevant};
use packer_cc::text::vocabulary::{Vocabulary, Words};
use packer_cc_fuzz::{compilers, directory};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(directory);
static COMPILER: LazyLock<PathBuf> = LazyLock::new(|| compilers().cc1);

/// Names of macros. Some are made of others, so that they can be pasted.
const NAMES: [&str; 12] = [
    "ONE_A", "TWO_A", "ONE_TWO", "THREE_Q", "FOUR_Q", "FIVE_QQQ", "SIX_QQQ", "SEVENTH", "ONE_", "two_Ab", "X_1",
    "HEADER_H",
];

/// Lines of headers; `%` is a name, `&` another, `$` a digit.
const HEADER: [&str; 24] = [
    "#define % $",
    "#define % $",
    "#define % &",
    "#define % & + $",
    "#define %(a) a + $",
    "#define %(a, ...) & __VA_ARGS__",
    "#define %(a) a ## $",
    "#define %(a) # a",
    "#define % \"& $\"",
    "#define % '$'",
    "#define %",
    "#undef %",
    "#undef %",
    "#ifdef %\n#define & $\n#endif",
    "#ifndef %\n#define % $\n#endif",
    "#if defined(%) && & > $\n#define & 1\n#else\n#define & 2\n#endif",
    "#if $\n#undef %\n#endif",
    "#ifdef %\n#elif $\n#define & 3\n#endif",
    "#if %\n#if &\n#define % 4\n#endif\n#endif",
    "// % &",
    "/* & */",
    "#define % \\\n  & $",
    "#define % $L & $.e+$",
    "#include \"i.h\"",
];

/// Lines of the source.
const SOURCE: [&str; 16] = [
    "% & $",
    "[%]",
    "#ifdef %\nyes $\n#endif",
    "#if % > $\nyes &\n#elif &\nno\n#endif",
    "#define CAT(a, b) CAT_(a, b)\n#define CAT_(a, b) a ## b",
    "CAT(ONE_, A) CAT(ONE_, TWO)",
    "CAT(%, A) CAT(&, $)",
    "#define STR(a) STR_(a)\n#define STR_(a) #a\nSTR(% &)",
    "\"%\"",
    "#undef %",
    "#define % $",
    "_Pragma(\"push_macro(\\\"%\\\")\")",
    "#pragma pop_macro(\"%\")",
    "#include \"h.h\"",
    "%(&, $)",
    "#if 0\n%\n#endif",
];

/// Draws of the bytes of an input.
struct Draw<'d>(std::slice::Iter<'d, u8>);

impl Draw<'_> {
    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % bound
    }

    fn line(&mut self, lines: &[&str]) -> String {
        let line = lines[self.below(lines.len())];
        let (name, other, digit) = (self.below(NAMES.len()), self.below(NAMES.len()), self.below(4));
        line.replace('%', NAMES[name]).replace('&', NAMES[other]).replace('$', &digit.to_string())
    }

    fn lines(&mut self, lines: &[&str], most: usize) -> Vec<String> {
        (0..self.below(most)).map(|_| self.line(lines)).collect()
    }

    /// Other lines, of which some stay.
    fn edited(&mut self, mut lines: Vec<String>) -> Vec<String> {
        for _ in 0..=self.below(3) {
            let at = self.below(lines.len() + 1);
            match self.below(3) {
                0 if at < lines.len() => drop(lines.remove(at)),
                1 if at < lines.len() => lines[at] = self.line(&HEADER),
                _ => lines.insert(at, self.line(&HEADER)),
            }
        }
        lines
    }
}

/// A header within a guard, under `#pragma once`, or without either.
fn header(lines: &[String], guard: usize) -> String {
    let lines: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    match guard {
        0 => format!("#ifndef HEADER_H\n#define HEADER_H\n{lines}#endif\n"),
        1 => format!("#pragma once\n{lines}"),
        _ => lines,
    }
}

fn items(text: &str) -> Option<[Vec<Line>; 1]> {
    definitions::items(&code::code(text.as_bytes())).map(|items| [items])
}

/// What the preprocessor makes of the source, and whether it was silent.
fn said(header: &str) -> (String, bool) {
    fs::write(DIRECTORY.path().join("h.h"), header).expect("a header");
    let mut command = Command::new(&*COMPILER);
    command.args(["-E", "-P", "-quiet", "-Wall", "-Wextra", "a.c"]).current_dir(DIRECTORY.path());
    let output = command.output().expect("a compiler");
    let is_silent = output.status.success() && output.stderr.is_empty();
    (String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(), is_silent)
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let mut draw = Draw(data.iter());
    let guard = draw.below(3);
    let source = format!("#include \"h.h\"\n{}\n", draw.lines(&SOURCE, 8).join("\n"));
    let inner = draw.lines(&SOURCE[4..9], 2).join("\n") + "\n";
    let old = draw.lines(&HEADER, 10);
    let new = draw.edited(old.clone());
    let (old, new) = (header(&old, guard), header(&new, guard));
    let (Some(old_items), Some(new_items)) = (items(&old), items(&new)) else { return Corpus::Reject };
    let mut words = Words::default();
    for text in [&source, &inner] {
        words.add(&Vocabulary::of(&code::code(text.as_bytes())));
    }
    let manner = Manner { driver_macros: &[], knows_variadics: true, minds_use: false };
    if old == new || relevant(&old_items, words.clone(), manner) != relevant(&new_items, words, manner) {
        return Corpus::Keep;
    }
    fs::write(DIRECTORY.path().join("a.c"), &source).expect("a source");
    fs::write(DIRECTORY.path().join("i.h"), &inner).expect("a header");
    let (of_old, is_silent) = said(&old);
    // Nothing is served of a compile that said anything.
    if is_silent {
        let (of_new, _) = said(&new);
        assert!(
            of_old == of_new,
            "--- source\n{source}\n--- i.h\n{inner}\n--- old\n{old}\n--- new\n{new}\n--- old\n{of_old}\n--- new\n{of_new}"
        );
    }
    Corpus::Keep
});
