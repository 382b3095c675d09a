//! Comments that are read, judged or shown.

use crate::fixture::cases::Act::Write;
use crate::fixture::cases::{Case, case, run};
use crate::fixture::{Compiler, World};

/// A case whose source is edited.
fn edited(name: &'static str, from: &'static str, to: &'static str, line: &str) -> Case {
    case(name, &[("a.c", from)], line).matters(&[Write("a.c", to)])
}

const SWITCH: &str = "int f(int x) {\n  switch (x) {\n  case 1:\n    x = 2;\n    /* one */\n  case 2:\n    return x;\n  }\n  return 0;\n}\n";

/// gcc takes comments for remarks that a `case` falls through.
#[test]
fn remarks_that_a_case_falls_through() {
    let with = |remark: &str| -> &'static str { SWITCH.replace(" one ", remark).leak() };
    let mut cases = Vec::new();
    for remark in [" fall through ", " FALLTHRU ", "-fallthrough", " else, fall through ", "lint -fallthrough "] {
        cases.push(edited("a remark goes", with(remark), with(" one "), "-Wextra -c a.c").only(&[Compiler::Gcc]));
        cases.push(
            edited("a remark comes", with(" one "), with(remark), "-Wimplicit-fallthrough -c a.c")
                .only(&[Compiler::Gcc]),
        );
    }
    // At the first level any comment is one.
    let none: &'static str = SWITCH.replace("    /* one */\n", "\n").leak();
    for option in ["-Wimplicit-fallthrough=1", "-Werror=implicit-fallthrough=01"] {
        cases.push(edited("any comment is a remark", SWITCH, none, &format!("{option} -c a.c")).only(&[Compiler::Gcc]));
    }
    run(&cases);
}

/// Comments of which compilers warn.
#[test]
fn comments_that_are_warned_of() {
    run(&[
        edited("a comment in a comment", "int a; /* one */\n", "int a; /* /* */\n", "-Wall -c a.c"),
        edited("a comment that goes on", "int a; // one\nint b;\n", "int a; // \\\nint b;\n", "-Wall -c a.c"),
        edited(
            "a trigraph that joins lines",
            "int a; // one\nint b;\n",
            "int a; // ??/\nint b;\n",
            "-Wall -trigraphs -c a.c",
        ),
        edited("a text that turns the other way", "int a; // one\n", "int a; // \u{202e}\n", "-Wall -c a.c")
            .only(&[Compiler::Gcc]),
        edited(
            "the first comment of this kind",
            "int a; /* one */\n",
            "int a; // one\n",
            "-std=gnu89 -pedantic -c a.c",
        )
        .only(&[Compiler::Gcc, Compiler::AvrGcc]),
        edited("no comment at all", "int a = 6 //* one */ 2\n;\n", "int a = 6 //* ten */ 3\n;\n", "-std=c89 -c a.c"),
        edited("the same in C of today", "int a; /* one */\n", "int a; // one\n", "-Wc90-c99-compat -c a.c")
            .only(&[Compiler::Gcc, Compiler::AvrGcc]),
        edited("the end of the text", "int a;\n// one\n", "int a;\n// one", "-pedantic -c a.c")
            .only(&[Compiler::Clang]),
        edited("a last line of blanks", "int a;/* a\n*/\n", "int a;/* a\n*/\n  ", "-Wnewline-eof -c a.c")
            .only(&[Compiler::Clang]),
        edited(
            "documentation",
            "/** \\param x one */\nint f(int x);\n",
            "/** \\param y one */\nint f(int x);\n",
            "-Wdocumentation -c a.c",
        )
        .only(&[Compiler::Clang]),
        edited(
            "documentation, by a pragma",
            "#pragma clang diagnostic warning \"-Wdocumentation\"\n/** \\param x one */\nint f(int x);\n",
            "#pragma clang diagnostic warning \"-Wdocumentation\"\n/** \\param y one */\nint f(int x);\n",
            "-c a.c",
        )
        .only(&[Compiler::Clang]),
    ]);
}

/// Pragmas in pieces and in two texts, by which clang judges comments.
#[test]
fn warnings_by_pragmas_in_pieces() {
    const DO: &str = "#define STR(x) #x\n#define DO(x) _Pragma(STR(x))\n";
    let judged = |name: &'static str, pragma: &str| {
        let text = |name: &str| -> &'static str {
            format!("#include \"m.h\"\n{pragma}\n/** \\param {name} one */\nint f(int x);\n").leak()
        };
        let header: &'static str = format!("{DO}#define WARN_ON(w) DO(clang diagnostic warning #w)\n").leak();
        case(name, &[("m.h", header), ("a.c", text("x"))], "-c a.c")
            .only(&[Compiler::Clang])
            .matters(&[Write("a.c", text("y"))])
    };
    run(&[
        judged("a macro of another text", "WARN_ON(-Wdocumentation)"),
        judged("two strings", "#pragma clang diagnostic warning \"-Wdocu\" \"mentation\""),
        judged("a name behind a sign", "#define ON(f) DO(clang diagnostic warning STR(-W##f))\nON(documentation)"),
    ]);
}

/// Names of warnings in pieces: of literals, of escapes, pasted.
#[test]
fn warnings_that_no_text_spells() {
    const BY_WORDS: &str = "#define DO(x) _Pragma(#x)\n#define D2(x) DO(x)\n#define CAT(a,b) a##b\n";
    let documented = |pragma: &str| {
        let text =
            |name: &str| -> &'static str { format!("{pragma}\n/** \\param {name} one */\nint f(int x);\n").leak() };
        edited("documentation", text("x"), text("y"), "-c a.c").only(&[Compiler::Clang])
    };
    let compat = |pragma: &str| {
        let text = |comment: &str| -> &'static str { format!("{pragma}\nint a; {comment}\n").leak() };
        edited("comments of C of today", text("/* one */"), text("// one"), "-c a.c")
            .only(&[Compiler::Gcc, Compiler::AvrGcc])
    };
    run(&[
        documented("#pragma clang diagnostic warning \"-Wdocu\"\"mentation\""),
        documented("#pragma clang diagnostic warning \"-Wdocu\"/**/\"mentation\""),
        documented("#pragma clang diagnostic warning \"-W\\x64ocumentation\""),
        documented("#pragma clang diagnostic warning \"-W\\144ocumentation\""),
        documented(&format!("{BY_WORDS}D2(clang CAT(diag,nostic) warning \"-Wdocumentation\")")),
        documented(&format!(
            "{BY_WORDS}#define W2(s) DO(clang diagnostic warning s)\n#define W1(x) W2(#x)\n#define W(a,b) W1(-W##a##b)\nW(docu,mentation)"
        )),
        documented(
            "#define W(a) DO(clang diagnostic warning a)\n#define DO(x) _Pragma(#x)\nW(\"-Wdocu\" \"mentation\")",
        ),
        documented(&format!(
            "{BY_WORDS}#define S(x) #x\n#define S2(x) S(x)\nD2(clang diagnostic warning S2(-CAT(Wdocu,mentation)))"
        )),
        documented(&format!(
            "{BY_WORDS}#define S(x) #x\n#define S2(x) S(x)\nD2(clang diagnostic warning \"-Wdocu\" S2(mentation))"
        )),
        compat("#pragma GCC diagnostic warning \"-Wc90-c99-comp\"\"at\""),
        compat("#pragma GCC diagnostic warning \"-Wc90-c99-comp\\x61t\""),
    ]);
}

/// clang looks for the end of a merge conflict in all that follows.
#[test]
fn marks_of_a_merge_conflict() {
    let text = |begin: &str, line: &str| -> &'static str {
        format!("#define STR(x) #x\nconst char *s = STR(\n{begin} x\n);\n/*\n{line}\n*/\n").leak()
    };
    run(&[
        edited("a conflict", text("<<<<<<<", "one"), text("<<<<<<<", ">>>>>>> y"), "-c a.c").only(&[Compiler::Clang]),
        edited("one of Perforce's", text(">>>> ORIGINAL", "one"), text(">>>> ORIGINAL", "<<<<"), "-c a.c")
            .only(&[Compiler::Clang]),
    ]);
}

/// gcc keeps fewer columns behind a line that is long up to the end of a comment or of blanks. After very many lines they are gone.
#[test]
fn long_lines_before_very_many() {
    let text = |line: &str| -> &'static str {
        let code = "int f(int *p) {\n  int x = g();\n  if (x)\n    x = *p;\n  return x;\n}\n";
        format!("{line}\nint g(void);\n{}{line}\n\n{}{code}", "\n".repeat(83_000), "\n".repeat(530_000)).leak()
    };
    let (long, blanks) = (format!("// {}", "x".repeat(240)), format!("int q;{}", " ".repeat(240)));
    run(&[
        edited("a comment", text("// x"), text(&long), "-g -c a.c").only(&[Compiler::Gcc]),
        edited("blanks", text("int q;"), text(&blanks), "-g -c a.c").only(&[Compiler::Gcc]),
    ]);
}

/// Link-time code of clang's tells at which byte assembly stands, and gcc keeps columns in another way on long lines.
#[test]
fn places_of_what_follows() {
    let assembly = |remark: &str| -> &'static str {
        format!("/* {remark} */ int f(void) {{ int x; __asm__(\"nop\" : \"=r\"(x)); return x; }}\n").leak()
    };
    let long = |one: usize| -> &'static str {
        let comment = |len: usize| format!("/*{}*/", "x".repeat(len - 4));
        let comments = if one == 0 { comment(5000) } else { comment(one) + &comment(5000 - one) };
        format!("int y; {comments} int f(int *p) {{ return *p; }}\n").leak()
    };
    run(&[
        edited("link-time code", assembly("one"), assembly("a longer one"), "-O2 -flto -c a.c")
            .only(&[Compiler::Clang]),
        edited("a long line", long(0), long(4038), "-g -c a.c").only(&[Compiler::Gcc]),
    ]);
}

/// What looks like a comment to one reading of the text alone.
#[test]
fn what_is_no_comment() {
    let gcc = &[Compiler::Gcc, Compiler::AvrGcc];
    let header = |name: &'static str, text: &'static str| {
        let other: &'static str = text.replace("e//b.h", "e//c.h").leak();
        let files = [("e/b.h", "int b;\n"), ("e/c.h", "int c;\n"), ("a.c", text)];
        case(name, &files, "-I. -c a.c").matters(&[Write("a.c", other)])
    };
    let asked = |name: &'static str, text: &'static str| {
        let other: &'static str = text.replace("e//b.h", "e//none.h").leak();
        case(name, &[("e/b.h", "int b;\n"), ("a.c", text)], "-I. -c a.c").matters(&[Write("a.c", other)])
    };
    let raw = |letter: &str| -> &'static str { format!("\u{feff}R\"x( \" /* {letter} */ \" )x\"\n").leak() };
    run(&[
        edited(
            "a quote that is a sign",
            "int f(int x) { return x ??' '\"' + (\"/* a */\")[3] ; }\n",
            "int f(int x) { return x ??' '\"' + (\"/* b */\")[3] ; }\n",
            "-std=c99 -c a.c",
        )
        .also("-trigraphs -c a.c")
        .only(gcc),
        edited(
            "a raw string behind a parted number",
            "int a = 1'000; const char *s = R\"(\n// one\n)\";\n",
            "int a = 1'000; const char *s = R\"(\n// ten\n)\";\n",
            "-x c++ -std=c++14 -c a.c",
        ),
        edited(
            "a header's name in a branch that is skipped",
            "#if 0\n#include <a//b.h> /* start\n#endif\nint x = 1;\nconst char *s = \"*/\";\n",
            "#if 0\n#include <a//b.h> /* start\n#endif\nint x = 2;\nconst char *s = \"*/\";\n",
            "-c a.c",
        )
        .only(&[Compiler::Clang]),
        edited(
            "a vertical tab behind a backslash",
            "#define A 1 \\\u{b}/* one */\nint x = 5;\n",
            "#define A 1 \\\u{b}\nint x = 5;\n",
            "-c a.c",
        ),
        header("behind a byte order mark", "\u{feff}#include <e//b.h>\n"),
        header("a digraph in two parts", "%\\\n:include <e//b.h>\n").only(&[Compiler::Clang, Compiler::AvrGcc]),
        asked("a macro that asks", "#define H __has_include\n#if H(<e//b.h>)\nint yes;\n#else\nint no;\n#endif\n")
            .only(&[Compiler::Gcc, Compiler::Clang]),
        case(
            "a raw string behind a byte order mark",
            &[("x.inc", raw("a")), ("a.c", "const char *s =\n#include \"x.inc\"\n;\n")],
            "-x c++ -std=c++14 -c a.c",
        )
        .matters(&[Write("x.inc", raw("b"))]),
        edited(
            "a form feed in a directive",
            "#define X 1 \nint a = X;\n",
            "#define X 1\u{c}\nint a = X;\n",
            "-pedantic -c a.c",
        )
        .also("-pedantic-errors -c a.c")
        .only(gcc),
    ]);
}

/// What a warning shows of a line, comments and all.
#[test]
fn comments_that_warnings_show() {
    run(&[
        edited("on the line", "#warning here // one\nint a;\n", "#warning here // ten\nint a;\n", "-c a.c"),
        edited(
            "beside the code",
            "int f() { return 1 / 0; /* one */ }\n",
            "int f() { return 1 / 0; /* ten */ }\n",
            "-c a.c",
        ),
    ]);
}

/// gcc is silent about indentation if a comment stands left of it.
#[test]
fn indentation_that_misleads() {
    const HIDDEN: &str = "int g(void);\nint f(int x) {\n  if (x)\n    x = g();\n// one\n    x = 2;\n  return x;\n}\n";
    let moved: &'static str = HIDDEN.replace("// one", "    // one").leak();
    let gone: &'static str = HIDDEN.replace("// one", "").leak();
    let other: &'static str = HIDDEN.replace("one", "ten").leak();
    run(&[case("a comment at the margin", &[("a.c", HIDDEN)], "-Wall -c a.c")
        .only(&[Compiler::Gcc])
        .matters(&[Write("a.c", moved)])
        .matters(&[Write("a.c", gone)])
        .idle(&[Write("a.c", other)])]);
}

/// What shows the text itself.
#[test]
fn results_that_show_comments() {
    let both = |line: &str| {
        edited("the text is shown", "int f(void) {\n  return 1; // one\n}\n", "int f(void) {\n  return 1;\n\n}\n", line)
    };
    let any = |line: &str| {
        let files = [("a.c", "#define A 1 // one\n")];
        case("the text may be shown", &files, line).perhaps(&[Write("a.c", "#define A 1 // ten\n")])
    };
    run(&[
        edited(
            "the text is shown",
            "int f(void) {\n  return 1; // one\n}\n",
            "int f(void) {\n  return 1; // ten\n}\n",
            "-S -fverbose-asm a.c",
        )
        .only(&[Compiler::Gcc]),
        both("-fprofile-instr-generate -fcoverage-mapping -c a.c").only(&[Compiler::Clang]),
        any("-g3 -c a.c"),
        any("-x assembler-with-cpp -c a.c"),
        any("-x cpp-output -c a.c"),
    ]);
    // An assembler that may have read the source, which debug data name: headers count by their code all the same.
    let header = "#define NOP \"nop\" // one\n";
    let computed = [("a.h", header), ("a.c", "#include \"a.h\"\nvoid f(void) { asm volatile(NOP); } // one\n")];
    run(&[case("computed assembly", &computed, "-g -c a.c")
        .only(&[Compiler::Gcc, Compiler::AvrGcc])
        .perhaps(&[Write("a.c", "#include \"a.h\"\nvoid f(void) { asm volatile(NOP); } // ten\n")])
        .idle(&[Write("a.h", "#define NOP \"nop\" // ten\n")])]);
    // A text that the assembler reads as bytes.
    let world = World::new();
    world
        .file("a.h", "#define A 1 // one\n")
        .file("a.c", "#include \"a.h\"\nasm(\".incbin \\\"a.h\\\"\");\nint a = A;\n");
    world.cc("-c a.c").miss();
    world.file("a.h", "#define A 1 // ten\n");
    world.cc("-c a.c").miss();
}

/// Under `#pragma once` gcc takes equal files for one: comments alone tell them apart.
#[test]
fn files_that_comments_tell_apart() {
    let files = [
        ("a.c", "#include \"a/x.h\"\n#include \"b/x.h\"\nint n = __COUNTER__;\n"),
        ("a/x.h", "#pragma once\n// one\nenum { A = 1, B = __COUNTER__ } typedef E;\n"),
    ];
    let world = World::new();
    world.files(&files).file("b/x.h", "#pragma once\n// ten\n#define X 1\nenum { C = __COUNTER__ };\n");
    world.cc("-c a.c").miss();
    // Two texts of one code, of which an edit could make one.
    world.file("a/x.h", "#pragma once\n// one\nint a[];\n").file("b/x.h", "#pragma once\n// ten\nint a[];\n");
    world.cc("-c a.c").miss();
    world.file("b/x.h", "#pragma once\n// one\nint a[];\n");
    world.cc("-c a.c").miss();
}
