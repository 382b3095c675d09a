//! Edits of comments that cost nothing, in every place where one can stand.

use crate::fixture::cases::Act::Write;
use crate::fixture::cases::{case, run};
use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;

/// A header with comments of all kinds.
const HEADER: &str = "/*\n * Copyright 2025\n */\n#ifndef H // guard\n#define H /* one */ 1\n#define TEXT(x) #x /* one */ \"y\"\n\
     #define PASTE(a, b) a /* one */ ## /* one */ b // one\n/// one\nint f(int a /* one */, int b);\n#endif /* H */\n";

const SOURCE: &str = "/* one */ #include \"a.h\" // one\n# /* one */ include <stddef.h>\nint g(int x) {\n\tint a = /* one */ x; // one\n\
     \tif (a) /* one */\n\t\t// one\n\t\treturn PASTE(H, /* one */) + f(a, H);\n\tconst char *s = TEXT(a /* one */ b) \"// no /* comment */\";\n\
     \treturn s[/* one */ 0] + '\\'' /* one */ + 1; /* one\n\t * one */\n}\n";

#[test]
fn comments_of_every_kind() {
    let other = |text: &str| -> &'static str { text.replace("one", "ten").replace("2025", "2026").leak() };
    let gone: &'static str = HEADER.replace("/// one", "").replace(" // one", "").replace(" // guard", "").leak();
    let more: &'static str =
        SOURCE.replace("int x) {", "int x) { // more").replace("H);", "H);   /* more */ // and more").leak();
    let elsewhere: &'static str = HEADER.replace("/* one */ 1", "1 /* one */").leak();
    let lines: &'static str = format!("// more\n{HEADER}").leak();
    let files = [("a.h", HEADER), ("a.c", SOURCE)];
    run(&[case("all kinds", &files, "-c a.c")
        .also("-Wall -Wextra -c a.c")
        .also("-O2 -MMD -c a.c -o a.o")
        .also("-x c++ -std=c++17 -c a.c")
        .idle(&[Write("a.h", other(HEADER))])
        .idle(&[Write("a.c", other(SOURCE))])
        .idle(&[Write("a.h", gone)])
        .idle(&[Write("a.c", more)])
        .idle(&[Write("a.h", other(HEADER)), Write("a.c", more)])
        .perhaps(&[Write("a.h", lines)])
        .perhaps(&[Write("a.h", elsewhere)])]);
}

/// Texts of Windows, pragmas that show nothing, and names of Doxygen's that are no characters.
#[test]
fn comments_in_the_company_of_signs() {
    let header = |comment: &str| -> &'static str {
        let mark = "\u{feff}";
        format!("{mark}// {comment}\r\n#pragma once // {comment}\r\n/* \\union {comment} */\r\n#define A 1\r\n").leak()
    };
    let source = |comment: &str| -> &'static str {
        format!("#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored \"-Wunused\"\n#include \"a.h\"\n// {comment}\nconst char *s = \"read the documentation, and everything\";\n#pragma GCC diagnostic pop\nint a = A;\n").leak()
    };
    run(&[case("signs", &[("a.h", header("one")), ("a.c", source("one"))], "-Wall -Wextra -c a.c")
        .also("-x c++ -std=c++17 -c a.c")
        .idle(&[Write("a.h", header("ten"))])
        .idle(&[Write("a.c", source("ten"))])
        .matters(&[Write("a.h", "\u{feff}// one\r\n#pragma once\r\n#define A 2\r\n")])]);
}

/// C of 1990 has comments of the one kind, and where a text has none of the other they cost nothing either.
#[test]
fn comments_in_c_of_1990() {
    let old = |text: &str| -> &'static str {
        let lines = text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("//"));
        lines
            .map(|line| line.split(" //").next().unwrap_or(line).trim_end_matches('\n').to_owned() + "\n")
            .collect::<String>()
            .leak()
    };
    let other = |text: &str| -> &'static str { old(text).replace("one", "ten").replace("2025", "2026").leak() };
    let (header, source) = (old(HEADER), old(SOURCE));
    let line: &'static str = source.replace("x; ", "x; // ").leak();
    let files = [("a.h", header), ("a.c", source)];
    run(&[case("blocks", &files, "-std=c89 -c a.c")
        .also("-ansi -Wall -c a.c")
        .also("-std=gnu90 -g -c a.c")
        .also("-std=iso9899:1990 -pedantic -O2 -MMD -c a.c -o a.o")
        .only(&[Compiler::Gcc, Compiler::AvrGcc])
        .idle(&[Write("a.h", other(HEADER))])
        .idle(&[Write("a.c", other(SOURCE))])
        .perhaps(&[Write("a.c", line)])
        .perhaps(&[Write("a.h", HEADER)])
        .idle(&[Write("a.h", header), Write("a.c", source)])]);
}

/// gcc's debug data tell lines and columns of code, which stay. clang's of DWARF 5 hold sums of the sources.
#[test]
fn debug_data() {
    let other = |text: &str| -> &'static str { text.replace("one", "ten").leak() };
    let files = [("a.h", HEADER), ("a.c", SOURCE)];
    let edits = |case: crate::fixture::cases::Case| {
        case.idle(&[Write("a.h", other(HEADER))]).idle(&[Write("a.c", other(SOURCE))])
    };
    run(&[
        edits(
            case("gcc", &files, "-g -c a.c").also("-g -Os -MD -c a.c -o a.o").only(&[Compiler::Gcc, Compiler::AvrGcc]),
        ),
        edits(case("clang, old", &files, "-g -gdwarf-4 -c a.c").only(&[Compiler::Clang])),
        case("clang", &files, "-g -c a.c")
            .also("-gdwarf-4 -gdwarf-5 -c a.c")
            .only(&[Compiler::Clang])
            .perhaps(&[Write("a.h", other(HEADER))])
            .matters(&[Write("a.c", other(SOURCE))]),
    ]);
}

/// One header that a generator writes, with paths of its build in comments (Zephyr's `devicetree_generated.h`).
#[test]
fn paths_in_comments_travel() {
    for_each_compiler(|world| {
        let text = |dir: &str| {
            let dir = world.path(dir);
            let dir = dir.display();
            format!(
                "/*\n * Generated by {dir}/gen.py\n * from:\n *   {dir}/board.dts\n */\n#define A 1 /* {dir}/board.dts:12 */\n"
            )
        };
        for dir in ["one", "other"] {
            let made = text(dir);
            world.file(&format!("{dir}/.git/HEAD"), "").file(&format!("{dir}/include/made.h"), made);
            world.file(&format!("{dir}/a.c"), "#include \"include/made.h\"\nint a = A;\n");
        }
        world.cc("-c a.c -o a.o").cwd("one").miss();
        world.cc("-c a.c -o a.o").cwd("other").hit();
    });
}

/// A header that a directive which is not read finds under another name.
#[test]
fn a_header_of_two_names() {
    for_each_compiler(|world| {
        let source = "#ifdef NEVER\n#include <h.h>\n#else\n#include \"../h.h\"\n#endif\nint a = H;\n";
        world.file("sub/a.c", source).file("h.h", "#define H 1 // one\nint h;\n");
        let line = format!("-I{} -c sub/a.c", world.tree().display());
        world.cc(&line).miss();
        world.file("h.h", "#define H 1 // ten\nint h;\n");
        world.cc(&line).hit();
        world.file("h.h", "#define H 2 // ten\nint h;\n");
        world.cc(&line).does("miss: file-changed");
        // Both are read, and gcc compares them.
        world.file("sub/a.c", "#include \"../h.h\"\n#include <h.h>\nint a = H;\n");
        world.file("h.h", "#pragma once\n#define H 1 // one\nint h;\n");
        world.cc(&line).miss();
        world.file("h.h", "#pragma once\n#define H 1 // ten\nint h;\n");
        world.cc(&line).hit();
    });
}

/// What is edited and edited back is found again, and a memo of the text before is no memo of its code now.
#[test]
fn there_and_back() {
    let world = World::new();
    world.file("a.h", "int h; // one\n").file("a.c", "#include \"a.h\"\n");
    world.cc("-c a.c").miss();
    for text in ["int h; // two\n", "int h;\n", "int h; /* one */\n", "int h; // one\n"] {
        world.file("a.h", text);
        world.cc("-c a.c").hit();
    }
    world.file("a.h", "int i; // one\n");
    world.cc("-c a.c").does("miss: file-changed");
    world.file("a.h", "int h; // three\n");
    world.cc("-c a.c").hit();
    world.file("a.h", "int i; // three\n");
    world.cc("-c a.c").hit();
}

/// The log says which files changed in vain.
#[test]
fn the_log_tells_of_files_that_changed_in_vain() {
    let world = World::new();
    world.file("a.h", "int h; // one\n").file("a.c", "#include \"a.h\"\n");
    world.cc("-c a.c").miss();
    world.file("a.h", "int h; // two\n");
    world.cc("-c a.c").env("PACKER_CC_LOG", world.path("log")).hit();
    let log = fs::read_to_string(world.path("log")).expect("a log");
    assert!(log.contains("held: a.h changed in comments alone"), "{log}");
}
