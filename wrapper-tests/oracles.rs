//! What we read of response files, depfiles and sources, compared with what the programs they are written for read: a
//! few hundred made-up cases, always the same ones, in one run of each program.

use crate::fixture::{World, host_program};
use packer_cc::command::response;
use packer_cc::outputs::depfile::{Depfile, DepfileLayout, parse, render};
use packer_cc::text::{Facts, WordSet};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::os::unix::ffi::OsStrExt as _;

/// Values of a strategy, the same in every run.
fn samples<T: std::fmt::Debug>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
}

fn text(alphabet: &'static str, len: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let letters: Vec<char> = alphabet.chars().collect();
    proptest::collection::vec(proptest::sample::select(letters), len).prop_map(String::from_iter)
}

/// Where we say what a response file says, gcc, an old gcc and clang see the same words: each complains that there is
/// no such file, with its name.
#[test]
fn response_files_are_split_as_compilers_split_them() {
    let world = World::new();
    let mut words = Vec::new();
    let mut args = Vec::new();
    for (nth, text) in samples(600, text("aab'\"\\ \t\n\r$`#", 0..16)).into_iter().enumerate() {
        // gcc indents a second line of what it says, so quoted ends of lines are left to the wrapper's own tests.
        let one_line = |word: &std::ffi::OsString| !word.as_bytes().contains(&b'\n');
        let Some(split) = response::split(text.as_bytes()).filter(|words| words.iter().all(one_line)) else { continue };
        world.file(&format!("r/{nth}"), &text);
        args.push(format!("@r/{nth}"));
        // A word between two files' words tells in which file a difference is.
        args.push(format!("after{nth}"));
        words.extend(split);
        words.push(format!("after{nth}").into());
    }
    assert!(args.len() > 300, "{} files that are split", args.len() / 2);
    let expect = |program: &str, line: &dyn Fn(&[u8]) -> Vec<u8>, more: &[&str], end: &str| {
        let args: Vec<&str> = more.iter().copied().chain(args.iter().map(String::as_str)).collect();
        let said = world.shell(program, &args).stderr;
        let mut expected = words.iter().flat_map(|word| line(word.as_bytes())).collect::<Vec<u8>>();
        expected.extend_from_slice(end.as_bytes());
        let first = said.iter().zip(&expected).take_while(|(one, other)| one == other).count();
        let around = |text: &[u8]| {
            String::from_utf8_lossy(&text[first.saturating_sub(200)..text.len().min(first + 200)]).into_owned()
        };
        assert!(said == expected, "{program} says\n{}\nand not\n{}", around(&said), around(&expected));
    };
    let around = |before: &str, word: &[u8], after: &str| [before.as_bytes(), word, after.as_bytes()].concat();
    let unused = |word: &[u8]| around("gcc: warning: ", word, ": linker input file unused because linking not done\n");
    let missing =
        |word: &[u8]| around("gcc: error: ", word, ": linker input file not found: No such file or directory\n");
    expect("gcc", &|word| [unused(word), missing(word)].concat(), &["-E"], "");
    let missing = |word: &[u8]| around("avr-gcc: error: ", word, ": No such file or directory\n");
    expect("avr-gcc", &missing, &[], "avr-gcc: fatal error: no input files\ncompilation terminated.\n");
    let missing = |word: &[u8]| around("clang: error: no such file or directory: '", word, "'\n");
    expect("clang", &missing, &[], "clang: error: no input files\n");
}

/// clang does not quote tabs, and make takes them for blanks.
fn without_tabs(name: &str, layout: DepfileLayout) -> String {
    if layout == DepfileLayout::Clang { name.replace('\t', " ") } else { name.to_owned() }
}

/// What we write, and read again, is what make sees.
#[test]
fn depfiles_are_read_as_make_reads_them() {
    let world = World::new();
    // Each name stands between marks, since make prints names with blanks between them. Names with a colon, `=`, `;`,
    // `|` or `?` are left out: they mean something else to make, and compilers do not quote them. So are names with a
    // backslash before `#`, which make would want doubled.
    let name = text("abc/. $#\\\t%", 0..14).prop_map(|mut name| {
        while name.contains("\\#") {
            name = name.replace("\\#", "#");
        }
        format!("<{name}>")
    });
    let depfiles = samples(300, (proptest::collection::vec(name, 1..9), 0..3_usize));
    let mut makefile = Vec::new();
    for (nth, (names, layout)) in depfiles.iter().enumerate() {
        let layout = [DepfileLayout::Gcc, DepfileLayout::GccOld, DepfileLayout::Clang][*layout];
        let targets = vec![format!("t{nth}").into_bytes()];
        let names: Vec<Vec<u8>> = names.iter().map(|name| without_tabs(name, layout).into_bytes()).collect();
        let depfile = Depfile { targets, names, phony: false };
        let text = render(&depfile, layout);
        assert_eq!(parse(&text, &depfile.targets).as_ref(), Some(&depfile));
        makefile.extend_from_slice(&text);
        // No rule has an effect on the next one.
        makefile.extend_from_slice(b"\n");
    }
    world.file("deps.mk", &makefile);
    let printed = world.shell(host_program("make", "make"), &["-rRpqn", "-f", "deps.mk"]).stdout;
    for (nth, (names, layout)) in depfiles.iter().enumerate() {
        let layout = [DepfileLayout::Gcc, DepfileLayout::GccOld, DepfileLayout::Clang][*layout];
        let names: Vec<String> = names.iter().map(|name| without_tabs(name, layout)).collect();
        let line = format!("\nt{nth}: {}\n", names.join(" "));
        let there = memchr::memmem::find(&printed, line.as_bytes()).is_some();
        let found = memchr::memmem::find(&printed, format!("\nt{nth}:").as_bytes());
        let found = found.map(|at| String::from_utf8_lossy(&printed[at..printed.len().min(at + 300)]).into_owned());
        assert!(there, "make sees {found:?}, not {line:?}");
    }
}

/// Wherever gcc expands `__DATE__` or `__TIME__`, we see it, whatever comments and literals stand before.
#[test]
fn dates_are_seen_where_gcc_sees_them() {
    let world = World::new();
    let pieces = [
        "__DATE__", "__TIME__", "\"", "'", "\\", "/*", "*/", "//", "\n", "x", "1'0", "R\"(", ")\"", "L", "u8", " ",
        "asm", "\".inc\"", "#", "??/", "\\\n",
    ];
    let text = proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 1..16);
    let texts: Vec<String> = samples(600, text).into_iter().map(|pieces| pieces.concat() + "\n").collect();
    let mut seen = 0;
    for (extension, driver) in [("c", "gcc"), ("cc", "g++")] {
        let names: Vec<String> = (0..texts.len()).map(|nth| format!("d/{nth}.{extension}")).collect();
        for (name, text) in names.iter().zip(&texts) {
            world.file(name, text);
        }
        let args: Vec<&str> = ["-E", "-Wdate-time"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let said = world.shell(driver, &args).stderr;
        let said = String::from_utf8_lossy(&said);
        for (name, text) in names.iter().zip(&texts) {
            let expands =
                said.lines().any(|line| line.starts_with(&format!("{name}:")) && line.contains("[-Wdate-time]"));
            if expands {
                seen += 1;
                assert!(Facts::of(text.as_bytes()).mentions(WordSet::DATE), "{driver} expands a date in {text:?}");
            }
        }
    }
    assert!(seen > 100, "{seen} expanded dates");
}
