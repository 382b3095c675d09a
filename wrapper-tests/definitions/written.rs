//! How a header of definitions is written: what compilers say of a line whose name nobody asks for.

use crate::fixture::Compiler;
use crate::fixture::cases::Act::Write;
use crate::fixture::cases::{Case, case, run};

const PLAIN: &str = "#define UNUSED_A 1\n";

/// A header that becomes another, and a source that asks for nothing in it.
fn becomes(name: &'static str, to: &'static str, line: &str) -> Case {
    case(name, &[("config.h", PLAIN), ("a.c", "#include \"config.h\"\nint a;\n")], line)
        .matters(&[Write("config.h", to)])
}

const GCCS: &[Compiler] = &[Compiler::Gcc, Compiler::AvrGcc];
const CLANG: &[Compiler] = &[Compiler::Clang];

/// Ends of lines and blanks.
#[test]
fn ends_and_blanks() {
    let used = |name: &'static str, from: &'static str, to: &'static str, line: &str| {
        let source =
            "#include \"config.h\"\n#define STR(x) #x\n#define XSTR(x) STR(x)\nconst char *s = XSTR(USED_A);\n";
        case(name, &[("config.h", from), ("a.c", source)], line).matters(&[Write("config.h", to)])
    };
    run(&[
        becomes("no line's end", "#define UNUSED_A 2", "-pedantic -c a.c").only(CLANG),
        becomes("a text that goes on behind its end", "#define UNUSED_A 2 \\\n", "-c a.c").only(GCCS),
        becomes("a blank behind the backslash", "#define UNUSED_A 1 \\ \n + 2\n", "-c a.c"),
        used(
            "the same of a definition that counts",
            "#define USED_A 1 \\\n + 2\n",
            "#define USED_A 1 \\ \n + 2\n",
            "-c a.c",
        ),
        becomes("a form feed", "#define UNUSED_A 1\u{c}\n", "-pedantic -c a.c").only(GCCS),
        becomes("a form feed in a condition", "#ifdef UNUSED_A\u{c}\n#endif\n", "-pedantic -c a.c").only(GCCS),
        becomes("a carriage return", "#define UNUSED_A \rint y;\n", "-c a.c").only(&[Compiler::Gcc, Compiler::Clang]),
        used(
            "a trigraph that joins lines",
            "#define USED_A 1 ??/\n#define UNUSED_B 2\n",
            "#define USED_A 1 ??/\n#define UNUSED_B 3\n",
            "-std=c99 -c a.c",
        )
        .also("-trigraphs -c a.c"),
        case(
            "lines of another system",
            &[
                ("config.h", "#define UNUSED_A 1\r\n#define B_B \\\r\n 1\r\n"),
                ("a.c", "#include \"config.h\"\nint a = B_B;\n"),
            ],
            "-Wall -Wextra -c a.c",
        )
        .idle(&[Write("config.h", "#define UNUSED_A 2\r\n#define B_B \\\r\n 1\r\n")])
        .matters(&[Write("config.h", "#define UNUSED_A 1\r\n#define B_B \\\r\n 2\r\n")]),
    ]);
}

/// Tokens and names.
#[test]
fn tokens_and_names() {
    run(&[
        becomes("an operator of C++20", "#define UNUSED_A a<=>b\n", "-x c++ -std=c++17 -c a.c").only(CLANG),
        becomes("a bracket of C++98", "#define UNUSED_A f<::g>\n", "-x c++ -std=c++11 -Wc++98-compat -c a.c")
            .only(CLANG),
        becomes("arguments that are asked for", "#ifdef __VA_ARGS__\n#endif\n", "-c a.c").only(GCCS),
        becomes("an operator that is asked for", "#ifdef xor\n#endif\n", "-x c++ -c a.c"),
        becomes("a reserved name", "#define UNUSED__A 1\n", "-x c++ -Wreserved-macro-identifier -c a.c").only(CLANG),
        becomes("a quote behind a number", "#define UNUSED_A 1'0'\n", "-x c++ -std=c++14 -c a.c")
            .only(&[Compiler::Gcc, Compiler::Clang]),
        becomes("a character behind a number", "#define UNUSED_A 0x1'2'\n", "-x c++ -std=c++17 -c a.c")
            .only(&[Compiler::Gcc, Compiler::Clang]),
        becomes("marks of a merge conflict", "#define UNUSED_A \\\n<<<<<<< x \\\n=======\\\n>>>>>>> y\n", "-c a.c")
            .only(CLANG),
    ]);
}

/// clang warns of a guard whose two names are not quite the same, if the text has nothing else.
#[test]
fn guards_of_another_name() {
    const GUARD: &str = "#ifndef CONFIG_H\n#define CONFIG_HX\n#define USED_X 1\n#endif\n";
    const SOURCE: &str = "#include \"config.h\"\nint a = USED_X;\n";
    let guard = |name: &'static str, from: &'static str, to: &'static str, source: &'static str| {
        case(name, &[("config.h", from), ("a.c", source)], "-Wall -c a.c").only(CLANG).matters(&[Write("config.h", to)])
    };
    let with = |before: &str, behind: &str| -> &'static str { format!("{before}{GUARD}{behind}").leak() };
    run(&[
        guard("it was right", "#ifndef CONFIG_H\n#define CONFIG_H\n#define USED_X 1\n#endif\n", GUARD, SOURCE),
        guard("it was none", with("", "#define UNUSED_A 1\n"), GUARD, SOURCE),
        guard(
            "a line stood before it",
            with("#define UNUSED_A 1\n", ""),
            GUARD,
            "#include \"config.h\"\n#ifdef CONFIG_HX\nint a = USED_X;\n#endif\n",
        ),
        guard("a directive of nothing behind it", with("", "#\n"), with("", "\n"), SOURCE),
        guard(
            "a directive of nothing in it",
            "#ifndef CONFIG_H\n#\n#define CONFIG_HX\n#define USED_X 1\n#endif\n",
            "#ifndef CONFIG_H\n\n#define CONFIG_HX\n#define USED_X 1\n#endif\n",
            SOURCE,
        ),
        guard(
            "by an expression",
            "#if !defined(CONFIG_H)\n#define OTHER_THING_LONG\n#define USED_X 1\n#endif\n",
            "#if !defined(CONFIG_H)\n#define CONFIG_HX\n#define USED_X 1\n#endif\n",
            SOURCE,
        ),
    ]);
}

/// What stands in many a header of definitions beside them.
#[test]
fn what_stands_beside_definitions() {
    let with = |name: &'static str, before: &str, behind: &str| {
        let text = |version: u32| -> &'static str {
            format!("{before}#define UNUSED_A {version}\n#define USED_A 1\n{behind}").leak()
        };
        let used: &'static str = text(1).replace("USED_A 1\n", "USED_A 2\n").leak();
        let files = [("config.h", text(1)), ("a.c", "#include \"config.h\"\nint a = USED_A;\n")];
        case(name, &files, "-Wall -c a.c")
            .also("-x c++ -c a.c")
            .idle(&[Write("config.h", text(2))])
            .matters(&[Write("config.h", used)])
    };
    let linkage = "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    run(&[
        with("declarations for C", linkage, "#ifdef __cplusplus\n} // \u{fc}\n#endif\n"),
        with("no line's end", "#ifndef CONFIG_H\n#define CONFIG_H\n", "#endif"),
        with("a byte order mark", "\u{feff}// \u{fc}\n#pragma once // \u{fc}\n", ""),
        with("comments behind a header's name", "#include <stddef.h> /* \u{fc}\n */\n", ""),
        with("a pragma", "#ifdef __GNUC__\n# pragma GCC diagnostic ignored \"-Wpedantic\" /* so */\n#endif\n", ""),
        with("a comment in a message", "#ifdef NEVER_A\n#error no /* \u{fc} */\n#endif\n", ""),
        with("a name that reads like a message", "#define ON_error 1 // \u{fc}\n", ""),
    ]);
    let pragma = |level: &str| -> &'static str {
        format!("#define UNUSED_A 1\n#pragma GCC diagnostic {level} \"-Wunused-variable\"\n").leak()
    };
    let files = [("config.h", pragma("ignored")), ("a.c", "#include \"config.h\"\nvoid f(void) { int x; }\n")];
    run(&[case("another pragma", &files, "-Wall -c a.c").matters(&[Write("config.h", pragma("warning"))])]);
    let opened: &'static str = "#define UNUSED_A 1\nextern \"C\" {\n";
    let charset = becomes("a mark that is none", "\u{feff}#define UNUSED_A 1\n", "-finput-charset=latin1 -c a.c");
    run(&[becomes("another linkage", opened, "-x c++ -c a.c"), charset.only(GCCS)]);
    // The braces of a function, of which debug data tell the lines.
    let brace = |sign: &str, blank: &str| -> &'static str { format!("#define ONE_A 1\n{blank}{sign}\n").leak() };
    let source = "int g(int);\nint f(int a)\n#include \"b.h\"\n return g(a);\n#include \"e.h\"\n";
    let files = [("b.h", brace("{", "")), ("e.h", brace("}", "")), ("a.c", source)];
    run(&[case("braces of others", &files, "-g -c a.c")
        .only(GCCS)
        .matters(&[Write("e.h", brace("}", "\n"))])
        .matters(&[Write("b.h", brace("{", "#define TWO_A 1\n\n"))])]);
}

/// A comment that is judged costs nothing as long as it stays.
#[test]
fn comments_that_are_judged() {
    let header = |comment: &str, unused: &str| -> &'static str {
        format!("/* {comment} */\n#ifdef ZZ_Z\n  #define Q_Q 1\n/* c */\n  #define R_R 1\n#endif\n#define USED_A 1 /* one\n two */\n/* c */ #define T_T 1 // {comment}\n{unused}").leak()
    };
    let files = [("config.h", header("\u{a9} 2025", "")), ("a.c", "#include \"config.h\"\nint a = USED_A;\n")];
    run(&[case("beyond ASCII", &files, "-Wall -c a.c")
        .idle(&[Write("config.h", header("\u{a9} 2025", "#define UNUSED_A 1\n"))])
        .perhaps(&[Write("config.h", header("\u{a9} 2026", ""))])
        .matters(&[Write("config.h", header("\u{a9} 2025 /* ", ""))])]);
    let moved = |name: &'static str, from: &'static str, to: &'static str, line: &str| {
        let on = ("on.h", "#pragma GCC diagnostic warning \"-Wcomment\"\n");
        case(name, &[("config.h", from), ("a.c", "#include \"config.h\"\nint a;\n"), on], line)
            .matters(&[Write("config.h", to)])
    };
    run(&[
        becomes("signs alone", "/* /* */\n#define UNUSED_A 1\n", "-Wall -c a.c"),
        moved(
            "out of a branch",
            "#ifdef NEVER_X\n/* a /* */\n#define UNUSED_A 1\n#endif\n",
            "/* a /* */\n#ifdef NEVER_X\n#define UNUSED_A 1\n#endif\n",
            "-Wall -c a.c",
        )
        .only(CLANG),
        moved(
            "in a branch that is read",
            "#ifdef NEVER_X\n/* a /* */\n#endif\n",
            "#define NEVER_X\n#ifdef NEVER_X\n/* a /* */\n#endif\n",
            "-Wall -c a.c",
        )
        .only(CLANG),
        moved("behind another header", "/* a /* */\n#include \"on.h\"\n", "#include \"on.h\"\n/* a /* */\n", "-c a.c")
            .only(GCCS),
        becomes("blanks without a line's end", "#define UNUSED_A 1\n ", "-std=c99 -pedantic -c a.c").only(CLANG),
    ]);
}

/// A board's header says what is missing.
#[test]
fn messages_in_branches() {
    let header = |pin: &str, more: &str| -> &'static str {
        format!("#define PIN_A {pin}\n{more}#ifndef PIN_A\n#error no pin\n#endif\n").leak()
    };
    run(&[case(
        "an error",
        &[("config.h", header("1", "")), ("a.c", "#include \"config.h\"\nint a = PIN_A;\n")],
        "-c a.c",
    )
    .idle(&[Write("config.h", header("1", "#define UNUSED_A 1\n"))])
    .matters(&[Write("config.h", header("2", ""))])
    .matters(&[Write("config.h", header("1", "#undef PIN_A\n"))])]);
}
