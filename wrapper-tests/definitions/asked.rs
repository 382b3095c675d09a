//! Names that a text asks for without saying them as a word of its own.

use crate::fixture::cases::Act::Write;
use crate::fixture::cases::{Case, case, run};
use crate::fixture::{Compiler, World};

const PASTE: &str = "#define CAT_(a, b) a##b\n#define CAT(a, b) CAT_(a, b)\n";
const TEXT: &str = "#define STR(x) #x\n#define XSTR(x) STR(x)\n";
const PRAGMA: &str = "#define STR(x) #x\n#define DO(x) _Pragma(STR(x))\n";

/// A header in which a definition changes, and a source that includes it behind what `before` says.
fn asked(name: &'static str, header: [&'static str; 2], before: &str, source: &str, line: &str) -> Case {
    let source: &'static str = format!("{before}#include \"config.h\"\n{source}").leak();
    case(name, &[("config.h", header[0]), ("a.c", source)], line).matters(&[Write("config.h", header[1])])
}

#[test]
fn words_in_pieces_and_in_strings() {
    let held = ["#define HELD_NAME 4\n", "#define HELD_NAME 8\n"];
    let pack = ["#define PACK_N 1\n", "#define PACK_N 2\n"];
    let pair = ["#define PAIR_XY 1\n", "#define PAIR_XY 2\n"];
    let suffixed =
        ["#define ID_OF(x) __INT64_C(x)\n#define FOO_L 1\n", "#define ID_OF(x) __INT64_C(x)\n#define FOO_L 2\n"];
    let hosted = &[Compiler::Gcc, Compiler::Clang];
    let gcc = &[Compiler::Gcc];
    run(&[
        asked("a sign beyond ASCII beside it", held, TEXT, "const char *s = XSTR(HELD_NAME\u{2192}x);\n", "-c a.c")
            .only(gcc),
        asked(
            "a dollar beside it",
            held,
            TEXT,
            "const char *s = XSTR(HELD_NAME$x);\n",
            "-fno-dollars-in-identifiers -c a.c",
        )
        .only(hosted),
        asked(
            "pasted in a pragma",
            pack,
            PASTE,
            "_Pragma(\"pack(CAT(PACK_,N))\")\nstruct s { char a; long b; };\nint a = sizeof(struct s);\n",
            "-c a.c",
        )
        .only(&[Compiler::Clang]),
        asked("of two letters", pair, "#define PAIR(a, b) PAIR_##a##b\n", "int a = PAIR(X, Y);\n", "-c a.c"),
        asked("a suffix of the header's own", suffixed, "", "int a = ID_OF(FOO_);\n", "-c a.c").only(gcc),
        asked(
            "the number of a line, pasted",
            [
                "#define UNUSED_A 1\n#if CAT(__LI, NE__) == 2\n#define B_B 1\n#else\n#define B_B 2\n#endif\n",
                "\n#define UNUSED_A 1\n#if CAT(__LI, NE__) == 2\n#define B_B 1\n#else\n#define B_B 2\n#endif\n",
            ],
            PASTE,
            "int a = B_B;\n",
            "-c a.c",
        )
        .only(hosted),
    ]);
    let odd = [
        ("sys/*x.h", ""),
        ("config.h", "#define HAVE_X 1\n"),
        ("a.c", "#include <sys/*x.h>\n#include \"config.h\"\n#define CAT(a, b) a##b\nint a = CAT(HAVE_, X);\n"),
    ];
    run(&[
        case("behind a header of an odd name", &odd, "-I. -c a.c").matters(&[Write("config.h", "#define HAVE_X 2\n")])
    ]);
}

/// Names of which one half begins or ends an argument, and stands beside what comes to nothing.
#[test]
fn words_in_pieces_at_the_edges() {
    let call = ["#define MyLib_Init(x) x + 1\n", "#define MyLib_Init(x) x + 2\n"];
    let name = ["#define PRE_Name 1\n", "#define PRE_Name 2\n"];
    let of = |title, source| asked(title, name, PASTE, source, "-c a.c");
    run(&[
        asked("a call", call, "#define API(f) MyLib_##f\n", "int a = API(Init(1));\n", "-c a.c"),
        of("behind a macro for nothing", "#define E\nint a = CAT(PRE_, E Name - 1);\n"),
        of("behind a call for nothing", "#define E()\nint a = CAT(PRE_, E() Name - 1);\n"),
        of("before a call for nothing", "#define E()\nint a = CAT(1 + PRE_ E(), Name);\n"),
        of("behind an empty argument", "#define F(e) e Name + 1\nint a = CAT(PRE_, F());\n"),
        of("before an empty argument", "#define F(e) 1 + PRE_ e\nint a = CAT(F(), Name);\n"),
        of("behind a call that holds a parenthesis", "#define E(x)\nint a = CAT(PRE_, E(\"(\") Name - 1);\n"),
        of("behind a call on two lines", "#define E(x)\nint a = CAT(PRE_, E\n(1) Name - 1);\n"),
        of("behind a call of a call", "#define NONE()\n#define E(x) NONE\nint a = CAT(PRE_, E(1)() Name - 1);\n"),
        of("behind a comment and a define", "/* x */ #define O 1 + PRE_\nint a = CAT(O, Name);\n"),
        of("behind a long comment and a define", "/*\n * x\n */ #define O 1 + PRE_\nint a = CAT(O, Name);\n"),
        of("behind a parameter of an odd name", "#define F(class) class Name + 1\nint a = CAT(PRE_, F());\n"),
        of(
            "behind a string with a parenthesis",
            "#define SECOND(a, b) PRE_##b\nint a = SECOND(\")\",\n#if 1\nName - 1\n#endif\n);\n",
        ),
        asked(
            "behind a comment that stays",
            name,
            PASTE,
            "int q = 1'000 /* x */;\nint a = CAT(PRE_, // the first.\nName - 1);\n",
            "-x c++ -std=c++14 -c a.c",
        )
        .only(&[Compiler::Gcc, Compiler::Clang]),
        of("before a form feed", "#define O 1 + PRE_\x0c\nint a = CAT(O, Name);\n"),
        of("in a branch", "int a = CAT_(PRE_,\n#if 1\nName\n#endif\n - 1);\n"),
        of("by a macro of an odd name", "#define is_defined(x) PRE_##x\nint a = is_defined(Name);\n"),
    ]);
    let idle = "#define E\nstatic int E PRE_;\nint b = CAT(1, 2), PRE;\nstruct Name { int a; } *c;\n";
    let source: &'static str = format!("{PASTE}#include \"config.h\"\n{idle}").leak();
    run(&[case("nothing of it is pasted", &[("config.h", name[0]), ("a.c", source)], "-c a.c")
        .idle(&[Write("config.h", name[1])])]);
}

/// Words that nobody may say, or that clang warns of.
#[test]
fn lists_of_words() {
    let body = ["#define UNUSED_A 1\n", "#define UNUSED_A BADWORD\n"];
    let piece: [&str; 2] = ["#define POI_A poi\n#define UNUSED_A 1\n", "#define POI_A poi\n#define UNUSED_A BADWORD\n"];
    let twice = format!("#include \"config.h\"\n{PASTE}{PRAGMA}DO(GCC CAT(POI_A, son) BADWORD)\n#undef POI_A\n");
    let old = ["#define UNUSED_A 1\n", "#ifdef OLD_M\n#endif\n#define UNUSED_A 1\n"];
    let open = format!("{PRAGMA}#define CLANG(x) DO(clang x)\n");
    let open: &'static str = open.leak();
    run(&[
        asked("poison of the header's own", piece, &twice, "int a;\n", "-c a.c").only(&[Compiler::Gcc]),
        asked("a list", body, "#pragma GCC poison WORSE BADWORD\n", "int a;\n", "-c a.c"),
        asked("a list in a comment's company", body, "#pragma GCC poison /*\n*/ BADWORD\n", "int a;\n", "-c a.c"),
        case(
            "a list of other words",
            &[
                ("config.h", "#define UNUSED_A 1\n#define WORSE_B 1\n"),
                ("a.c", "#pragma GCC poison WORSE BADWORD\n#include \"config.h\"\nint a;\n"),
            ],
            "-c a.c",
        )
        .idle(&[Write("config.h", "#define UNUSED_A 2\n#define WORSE_B 2\n")]),
        case(
            "a list of the compiler's own header",
            &[("config.h", body[0]), ("a.c", "#include <stdatomic.h>\n#include \"config.h\"\nint a;\n")],
            "-c a.c",
        )
        .only(&[Compiler::Gcc, Compiler::Clang])
        .idle(&[Write("config.h", body[1])]),
        asked(
            "behind the number of a version",
            body,
            "#define S(x) #x\n#define XS(x) S(x)\n#define P4(v, n, a) _Pragma(XS(v poison BADWORD))\nP4(GCC, 8, \"x\")\n",
            "int a;\n",
            "-c a.c",
        ),
        asked(
            "behind a word of another's",
            body,
            "typedef int visibility;\n#define S(x) #x\n#define P3(a, b) _Pragma(S(b a))\nP3(poison BADWORD, GCC) visibility zz;\n",
            "int a;\n",
            "-c a.c",
        ),
        asked(
            "by a macro that was another one",
            body,
            "#define TT(x) #x\n#undef TT\n#include \"m.h\"\n_Pragma(TT(GCC diagnostic push))\n",
            "int a;\n",
            "-c a.c",
        )
        .start(&[Write(
            "m.h",
            "#define GG GCC\n#define S(x) #x\n#define S1(x) S(x)\n#define TT(x) S1(GG poison BADWORD)\n",
        )]),
        case(
            "a list in two texts",
            &[
                ("m.h", open),
                ("config.h", old[0]),
                (
                    "a.c",
                    "#include \"m.h\"\n#define OLD_M() 1\nCLANG(deprecated(OLD_M))\n#include \"config.h\"\nint a;\n",
                ),
            ],
            "-c a.c",
        )
        .only(&[Compiler::Clang])
        .matters(&[Write("config.h", old[1])]),
    ]);
    let world = World::new();
    world.file("GCC poison BADWORD", "_Pragma(__FILE__)\n#include \"config.h\"\nint a;\n").file("config.h", body[0]);
    world.cc("-x c -c 'GCC poison BADWORD' -o a.o").miss();
    world.file("config.h", body[1]);
    world.cc("-x c -c 'GCC poison BADWORD' -o a.o").fails();
}

/// Operators that hold pragmas about diagnostics, in whatever company. Linux has all these words.
#[test]
fn operators_for_diagnostics() {
    let header = ["#define UNUSED_A 1\n", "#define UNUSED_A 2\n"];
    let words = "#define STR1(x) #x\n#define STR(x) STR1(x)\n#define CAT(a, b) a##b\n";
    let source = "int poison, po, is, on, cl, an, g, G, CC, deprecated, CAT(final, 1);\n";
    let quiet = |compiler: &str| {
        let pragma = format!("#define DIAG(s) _Pragma(STR({compiler} diagnostic s))\n");
        let config = format!("#include \"config.h\"\nDIAG(push)\n_Pragma(\"{compiler} diagnostic pop\")\n");
        let source: &'static str = format!("{words}{pragma}{config}{source}").leak();
        case(compiler.to_owned().leak(), &[("config.h", header[0]), ("a.c", source)], "-c a.c")
            .idle(&[Write("config.h", header[1])])
    };
    let other = "#pragma clang deprecated(UNUSED_A)\n#include \"config.h\"\nint a;\n";
    let others = [("config.h", "#ifdef UNUSED_B\n#endif\n"), ("a.c", other)];
    let passes_over = case("a list of another compiler's", &others, "-c a.c")
        .only(&[Compiler::Gcc])
        .idle(&[Write("config.h", "#ifdef UNUSED_B\n#endif\n#define UNUSED_C 1\n")]);
    run(&[quiet("GCC"), quiet("clang").only(&[Compiler::Clang]), passes_over]);
    let poisoned = format!("{words}#define DIAG(s) _Pragma(STR(GCC s))\nDIAG(CAT(poi, son) BADWORD)\n");
    let said = ["#define UNUSED_A 1\n", "#define UNUSED_A BADWORD\n"];
    let own = ["#define DIAG _Pragma(\"GCC poison BADWORD\")\n", "#define DIAG _Pragma(\"GCC poison BADWORD\")\n\n"];
    run(&[
        asked("another operator", said, &poisoned, source, "-c a.c"),
        case(
            "the header's own list",
            &[
                ("config.h", own[0]),
                ("b.h", said[0]),
                ("a.c", "#include \"config.h\"\nDIAG\n#include \"b.h\"\nint a;\n"),
            ],
            "-c a.c",
        )
        .matters(&[Write("config.h", own[1]), Write("b.h", said[1])]),
    ]);
}

/// Lists of words that a pragma begins in an odd way.
#[test]
fn lists_of_words_in_disguise() {
    let said = ["#define UNUSED_A 1\n", "#define UNUSED_A BADWORD\n"];
    let old = ["#define UNUSED_A 1\n", "#ifdef OLD_M\n#endif\n#define UNUSED_A 1\n"];
    let text = "#define STR(x) #x\n#define XSTR(x) STR(x)\n";
    let space = format!("{text}_Pragma(XSTR(SPACE poison BADWORD))\n");
    let version = format!("{text}#define DO(c, v, s) _Pragma(XSTR(c s))\nDO(GCC, 8, poison BADWORD)\n");
    let renamed = format!("{text}#define diagnostic poison\n_Pragma(XSTR(GCC diagnostic BADWORD))\n");
    let parameter = format!("{text}#define DO(diagnostic) _Pragma(XSTR(GCC diagnostic))\nDO(poison BADWORD)\n");
    let argument = format!("{text}#define DO(c, v, s, x) _Pragma(XSTR(c x))\nDO(GCC, 8, \"no\", poison BADWORD)\n");
    run(&[
        asked("by a parameter", said, &parameter, "int a;\n", "-c a.c"),
        asked("behind a number and a string", said, &argument, "int a;\n", "-c a.c"),
        asked("behind a comment", said, "#pragma GCC /* diagnostic */ poison BADWORD\n", "int a;\n", "-c a.c"),
        asked("by the command line", said, &space, "int a;\n", "-DSPACE=GCC -c a.c"),
        asked("behind a number", said, &version, "int a;\n", "-c a.c"),
        asked("by another word", said, &renamed, "int a;\n", "-c a.c"),
        asked("clang's", old, "#define OLD_M 1\n#pragma clang /* loop */ deprecated(OLD_M)\n", "int a;\n", "-c a.c")
            .only(&[Compiler::Clang]),
    ]);
}

/// To ask whether a macro is defined is to use it.
#[test]
fn macros_that_nobody_uses() {
    let header = ["#define CFG_ONE 1\n#ifdef FOO_A\n#define BAR_B 1\n#endif\n", "#define CFG_ONE 1\n"];
    let other = "#define CFG_ONE 1\n#ifdef FOO_A\n#define BAR_B 1\n#endif\n#define CFG_TWO 1\n";
    let source = "#define FOO_A 1\n#include \"config.h\"\nint a = CFG_ONE;\n";
    let by_pragma: &'static str = format!("#pragma GCC diagnostic warning \"-Wunused-macros\"\n{source}").leak();
    let files = [("config.h", header[0]), ("a.c", source)];
    run(&[
        case("by an option", &files, "-Wunused-macros -c a.c")
            .also("-Werror=unused-macros -c a.c")
            .idle(&[Write("config.h", other)])
            .matters(&[Write("config.h", header[1])]),
        case("by a pragma", &[("config.h", header[0]), ("a.c", by_pragma)], "-c a.c")
            .only(&[Compiler::Clang])
            .idle(&[Write("config.h", other)])
            .matters(&[Write("config.h", header[1])]),
        case("without", &files, "-Wall -c a.c").idle(&[Write("config.h", header[1])]),
    ]);
}

/// Headers that a skipped directive names count as read, but not those of directories that `-nostdinc` takes off the path.
#[test]
fn headers_of_the_system_without_the_system() {
    let header = ["#define EXIT_FAILURE 1\n", "#define EXIT_FAILURE 2\n"];
    let source = "#include \"config.h\"\n#ifdef HOSTED\n#include <stdlib.h>\n#endif\nint a;\n";
    let files = [("config.h", header[0]), ("a.c", source)];
    run(&[case("without", &files, "-nostdinc -c a.c")
        .also("-nostdinc -MMD -c a.c")
        .idle(&[Write("config.h", header[1])])]);
}

/// Conditions that change between two readings of a header.
#[test]
fn conditions_that_change_by_themselves() {
    let block = |condition: &str, head: &str| -> [&'static str; 2] {
        let full = format!("{head}#if {condition}\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n");
        let empty = format!("{head}#if {condition}\n#else\n#endif\n");
        [empty.leak(), full.leak()]
    };
    let twice = |name, header: [&'static str; 2], between: &str| {
        asked(name, header, &format!("#include \"config.h\"\n{between}"), "int a;\n", "-c a.c")
    };
    run(&[
        twice("a target", block("defined __AVX2__", ""), "#pragma GCC target(\"avx2\")\n").only(&[Compiler::Gcc]),
        twice("a counter", block("__COUNTER__ == 0", ""), "").only(&[Compiler::Clang]),
        case(
            "a pragma behind an include",
            &[
                ("c2.h", "#pragma once\n#include \"config.h\"\n"),
                ("config.h", "#include \"c2.h\"\n#pragma once\n#ifdef STATE_A\n#else\n#define STATE_A\n#endif\n"),
                ("a.c", "#include \"config.h\"\nint a;\n"),
            ],
            "-c a.c",
        )
        .only(&[Compiler::Gcc])
        .matters(&[Write(
            "config.h",
            "#include \"c2.h\"\n#pragma once\n#ifdef STATE_A\n#define ONE_A 1\n#else\n#define STATE_A\n#define ONE_A 2\n#endif\n",
        )]),
    ]);
}

/// A macro of the driver's specs stands for a name of the header's.
#[test]
fn a_macro_of_the_driver() {
    let world = World::new();
    world.file("my.specs", "*cpp:\n+ -DALIAS=MY_FEATURE\n\n").file("a.c", "#include \"config.h\"\nint a = ALIAS;\n");
    world.file("config.h", "#define MY_FEATURE 1\n");
    world.cc("-specs=my.specs -c a.c").miss();
    world.file("config.h", "#define MY_FEATURE 1\n#define UNUSED_A 1\n");
    world.cc("-specs=my.specs -c a.c").hit();
    world.file("config.h", "#define MY_FEATURE 2\n");
    world.cc("-specs=my.specs -c a.c").does("miss: file-changed");
}
