//! Dates that are mentioned, dates that are expanded, and texts that leave it open.
//!
//! ```c
//! #define _(text) gettext(text)
//! enum { DATE, TIME };          // `_` pasted with `_DATE_` and `_`?
//! #define BUILT __DATE__        // and nobody says BUILT
//! ```
//!
//! What expands a date is never served, unless the environment gives the date; what only mentions one is.

use crate::fixture::cases::Act::Write;
use crate::fixture::cases::{Case, case, run};
use crate::fixture::{Compiler, World, for_each_compiler};

/// Texts with the words of a date, or with words that could be pasted to one, in which no date is expanded.
const MENTIONS: &[(&str, &str)] = &[
    ("gettext", "#define _(text) text\nenum { DATE, TIME };\nconst char *a = _(\"now\");\n"),
    (
        "gettext and pasting",
        "#define _(text) text\n#define J(a, b) a##b\nenum { J(DATE, S), TIME, _DATE_, __ };\nconst char *a = _(\"now\");\n",
    ),
    (
        "gettext as a word",
        "#define _ gettext\nextern const char *gettext(const char *);\nenum { DATE, TIME };\nconst char *a(void) { return _(\"x\"); }\n",
    ),
    ("pieces that nobody pastes", "int __DA, TE__, __TI, ME__;\nint a;\n"),
    ("pieces beside pasting", "#define J(a, b) a##b\nint J(x, y);\nint __DA, TE__;\nint __TI, ME__;\n"),
    ("pieces pasted otherwise", "#define J(a, b) a##b\nint J(__DA, x), J(y, TE__), J(TE__, __DA);\n"),
    (
        "pieces pasted in a branch that is dead",
        "#define J(a, b) a##b\n#if 0\nconst char *b = J(__DA, TE__);\n#endif\nint a;\n",
    ),
    ("pieces pasted by a macro that nobody uses", "#define J(a, b) a##b\n#define NOW J(__DA, TE__)\nint a;\n"),
    ("a macro that nobody uses", "#define BUILT __DATE__ __TIME__\nint a;\n"),
    ("a macro that only such a macro uses", "#define BUILT __DATE__\n#define TEXT \"built \" BUILT\nint a;\n"),
    ("a macro that is asked for", "#define BUILT __DATE__\n#ifdef BUILT\nint a;\n#endif\n"),
    (
        "a macro that is asked for and undefined",
        "#define BUILT __DATE__\n#if defined(BUILT) && !defined BUILD\n#undef BUILT\n#endif\nint a;\n",
    ),
    ("a macro of which the name is a text", "#define STR(x) #x\n#define BUILT __DATE__\nconst char *a = STR(BUILT);\n"),
    ("the word as a text", "#define STR(x) #x\nconst char *a = STR(__DATE__);\n"),
    ("an argument that is dropped", "#define FIRST(a, b) a\nint FIRST(a, __DATE__);\n"),
    ("an argument that is pasted", "#define J(a, b) a##b\nint J(my, __DATE__);\n"),
    ("a macro with arguments, without any", "#define BUILT() __DATE__\nint BUILT;\n"),
    (
        "a number pasted to another macro",
        "#define J(a, b) a##b\n#define BUILT_1 __DATE__\n#define BUILD_1 1\nint a = J(BUILD_, 1);\n",
    ),
    ("#if 0", "#if 0\nconst char *b = __DATE__ __TIME__;\n#endif\nint a;\n"),
    ("a branch that is dead", "#ifdef NOBODY_SAYS_SO\nconst char *b = __DATE__ __TIME__;\n#else\nint a;\n#endif\n"),
    ("a comment", "/* __DATE__ */ int a; // __TIME__\n"),
    ("a string", "const char *a = \"__DATE__ __TIME__\";\n"),
    ("a character and a string", "char c = '\"'; const char *a = \"__DATE__\"; char d = '\"';\n"),
    ("a macro in a header", "#include \"h.h\"\nint a;\n"),
    ("a macro in a system header", "#include <s.h>\nint a;\n"),
    (
        "a macro that is another by then",
        "#define BUILT __DATE__\n#undef BUILT\n#define BUILT \"never\"\nconst char *a = BUILT;\n",
    ),
    ("a macro that hides it", "#undef __DATE__\n#define __DATE__ \"never\"\nconst char *a = __DATE__;\n"),
    ("a warning that says the word", "#warning built at __DATE__\nint a;\n"),
    ("a condition around the use", "#define BUILT __DATE__\n#ifdef SHOW\nconst char *b = BUILT;\n#endif\nint a;\n"),
    ("a name of another namespace", "struct s { int __DATE; int DATE__; int TIME; } a;\n"),
];

const HEADERS: [(&str, &str); 2] = [
    ("h.h", "#define BUILT __DATE__\n#define NOW() (BUILT \" \" __TIME__)\n"),
    ("sys/s.h", "#define _(x) x\n#define STAMP __TIME__\n#define J(a, b) a##b\n#define STAMPED J(__DA, TE__)\n"),
];

#[test]
fn a_date_that_is_not_expanded() {
    let cases: Vec<Case> = MENTIONS
        .iter()
        .map(|(name, text)| {
            let files: Vec<(&str, &str)> = [("a.c", *text)].into_iter().chain(HEADERS).collect();
            case(name, &files, "-MMD -isystem sys -w -c a.c")
                .also("-isystem sys -w -c a.c")
                .also("-MD -isystem sys -O2 -w -c a.c")
                .timeless()
                .idle(&[Write("unrelated.h", "")])
                .matters(&[Write("a.c", "int entirely_another;\n")])
        })
        .collect();
    run(&cases);
}

/// Texts in which a date is expanded, in whatever way.
const USES: &[(&str, &str)] = &[
    ("pasted", "#define J(a, b) a##b\nconst char *a = J(__DA, TE__);\n"),
    ("pasted of three", "#define J(a, b, c) a##b##c\nconst char *a = J(__, DATE, __);\n"),
    ("pasted, in a macro", "#define J(a, b) a##b\n#define NOW J(__DA, TE__)\nconst char *a = NOW;\n"),
    (
        "pasted with the sign of gettext",
        "#define _(text) text\n#define J(a, b) a##b\nconst char *a = _(J(_, _DATE__));\n",
    ),
    ("pasted in a system header", "#include <s.h>\nconst char *a = STAMPED;\n"),
    ("pasted and called", "#define BUILT_ON(x) __DATE__\n#define F(a) BUILT_##a\nconst char *a = F(ON(0));\n"),
    (
        "pasted behind a macro for nothing",
        "#define F(a) __DA##a\n#define G(a) F(a)\n#define E\nconst char *a = G(E TE__ \"x\");\n",
    ),
    (
        "pasted behind a keyword for nothing",
        "#define F(a) __DA##a\n#define G(a) F(a)\n#define const\nconst char *a = G(const TE__ \"x\");\n",
    ),
    (
        "pasted before an empty argument",
        "#define J(a, b) a##b\n#define K(a, b) J(a, b)\n#define F(e) \"x\" __DA e\nconst char *a = K(F(), TE__);\n",
    ),
    ("pasted between directives", "#define F(a) __DA##a\nconst char *a = F(\n#if 1\nTE__\n#endif\n\"x\");\n"),
    ("pasted between odd blanks", "#define F(a) __DA##a \"x\"\nconst char *a = F(\x0bTE__\x0b);\n"),
    ("pasted by a macro of an odd name", "#define is_defined(x) __DA##x\nconst char *a = is_defined(TE__);\n"),
    ("pasted twice", "#define J(a, b) a##b\n#define K(a, b) J(a, b)\nconst char *a = K(J(__, DA), J(T, E__));\n"),
    ("pasted to a macro", "#define J(a, b) a##b\n#define BUILT __DATE__\nconst char *a = J(BU, ILT);\n"),
    ("a number pasted to a macro", "#define J(a, b) a##b\n#define BUILT_1 __DATE__\nconst char *a = J(BUILT_, 1);\n"),
    (
        "a number of the compiler's pasted to a macro",
        "#define J(a, b) a##b\n#define K(a, b) J(a, b)\n#define BUILT_0 __DATE__\nconst char *a = K(BUILT_, __COUNTER__);\n",
    ),
    (
        "a count of arguments pasted to a macro",
        "#define J(a, b) a##b\n#define K(a, b) J(a, b)\n#define THIRD(a, b, c, ...) c\n#define COUNT(...) THIRD(__VA_ARGS__, 2, 1)\n#define BUILT_1 __DATE__\nconst char *a = K(BUILT_, COUNT(x));\n",
    ),
    ("a macro of a header", "#include \"h.h\"\nconst char *a = BUILT;\n"),
    ("an argument", "#define SAME(x) x\n#define BUILT __DATE__\nconst char *a = SAME(BUILT);\n"),
    ("a name given to a macro", "#define CALL(m) m()\n#define BUILT() __DATE__\nconst char *a = CALL(BUILT);\n"),
    ("in a text of a text", "#define STR(x) #x\n#define XSTR(x) STR(x)\nconst char *a = XSTR(__DATE__);\n"),
    (
        "behind a macro that was popped",
        "#define D __DATE__\n#pragma push_macro(\"D\")\n#undef D\n#define D 1\n#pragma pop_macro(\"D\")\nconst char *a = D;\n",
    ),
    ("no text, a length", "unsigned long a = sizeof(__DATE__ \"x\");\n"),
    ("a character of it", "int a(void) { return __DATE__[4]; }\n"),
    ("a line's file", "#define D __DATE__\n#line 7 D\nconst char *a = __FILE__;\n"),
    ("a message", "#pragma message(__DATE__)\nint a;\n"),
    ("a message by an operator", "_Pragma(\"message(__DATE__)\")\nint a;\n"),
    ("a message by a macro", "#define DO(x) _Pragma(#x)\nDO(message(__DATE__))\nint a;\n"),
    (
        "a message by a macro and a pasted word",
        "#define DO(x) _Pragma(#x)\n#define J(a, b) a##b\n#define NOW J(__DA, TE__)\nDO(message(NOW))\nint a;\n",
    ),
    ("an attribute", "void f(void) __attribute__((deprecated(__DATE__)));\nvoid g(void) { f(); }\n"),
    ("assembly", "__asm__(\".pushsection .data\\n.ascii \\\"\" __DATE__ \"\\\"\\n.popsection\");\nint a;\n"),
];

/// Texts of which compilers read another part than others do.
const READ_SO: &[(&str, &str, &[Compiler])] = {
    const HOSTED: &[Compiler] = &[Compiler::Gcc, Compiler::Clang];
    &[
        ("a carriage return ends a comment", "// x\rconst char *a = __DATE__;\n", HOSTED),
        ("a carriage return ends a definition", "#define BUILT 1\r const char *a = __DATE__;\n", HOSTED),
        ("a carriage return ends a literal", "#define IT it's\rconst char *a = __DATE__;\n", HOSTED),
        ("a carriage return behind a backslash", "const char *a = __DA\\\rTE__;\n", HOSTED),
        ("two ends of a line behind a backslash", "const char *a = __DA\\\n\rTE__;\n", &[Compiler::Clang]),
        ("a mark", "#pragma mark - the /* rest\nconst char *a = __DATE__; // */\n", &[Compiler::Clang]),
        (
            "a mark behind a comment",
            "/*\n*/ #pragma mark - the /* rest\nconst char *a = __DATE__; // */\n",
            &[Compiler::Clang],
        ),
        ("a warning", "#warning the /* rest\nconst char *a = __DATE__; // */\n", &[Compiler::Clang]),
    ]
};

#[test]
fn a_date_behind_the_end_of_a_line() {
    let cases: Vec<Case> = READ_SO
        .iter()
        .map(|(name, text, compilers)| {
            let files: Vec<(&str, &str)> = [("a.c", *text)].into_iter().chain(HEADERS).collect();
            case(name, &files, "-MMD -w -c a.c").also("-w -c a.c").only(compilers).never_served()
        })
        .collect();
    run(&cases);
}

#[test]
fn a_date_that_is_expanded() {
    let cases: Vec<Case> = USES
        .iter()
        .map(|(name, text)| {
            let files: Vec<(&str, &str)> = [("a.c", *text)].into_iter().chain(HEADERS).collect();
            case(name, &files, "-MMD -isystem sys -c a.c").also("-isystem sys -c a.c").never_served()
        })
        .collect();
    run(&cases);
}

/// The date is a part of a file's name. No output holds it, and the question still depends on it.
#[test]
fn a_date_that_names_a_file() {
    let cases: Vec<Case> = [
        ("asked for", "#if __has_include(__DATE__)\nint yes;\n#else\nint no;\n#endif\n"),
        ("asked for, by a macro", "#define D __DATE__\n#if __has_include(D)\nint yes;\n#else\nint no;\n#endif\n"),
        (
            "asked for, pasted",
            "#define J(a, b) a##b\n#if __has_include(J(__DA, TE__))\nint yes;\n#else\nint no;\n#endif\n",
        ),
    ]
    .iter()
    .map(|(name, text)| case(name, &[("a.c", text)], "-MMD -c a.c").also("-c a.c").never_served())
    .collect();
    run(&cases);
}

/// An edit of the source, of a header or of the command makes use of a macro that holds a date.
#[test]
fn a_date_that_becomes_used() {
    for_each_compiler(|world: World| {
        let stages = |line: &str, acts: &[(&str, &str)], used: (&str, &str)| {
            for (name, text) in acts {
                world.file(name, text);
            }
            world.cc(line).kept();
            world.cc(line).hit();
            world.file(used.0, used.1);
            for _ in 0..2 {
                world.cc(line).does("miss: date-macro");
            }
        };
        for request in ["-MMD", "", "-MD"] {
            let line = format!("{request} -isystem sys -c a.c");
            stages(
                &line,
                &[("a.c", "#define BUILT __DATE__\nint a;\n")],
                ("a.c", "#define BUILT __DATE__\nconst char *a = BUILT;\n"),
            );
            stages(
                &line,
                &[
                    ("a.c", "#include <s.h>\n#ifdef SHOW\nconst char *a = BUILT;\n#endif\nint b;\n"),
                    ("sys/s.h", "#define BUILT __DATE__\n"),
                ],
                ("sys/s.h", "#define BUILT __DATE__\n#define SHOW\n"),
            );
            stages(
                &line,
                &[
                    ("a.c", "#include <s.h>\n#define J(a, b) a##b\nconst char *a = J(HEAD, TAIL);\n"),
                    ("sys/s.h", "#define HEADTAIL \"none\"\n#define TE__\n#define __DA\n"),
                ],
                ("sys/s.h", "#define K(a, b) a##b\n#define HEADTAIL K(__DA, TE__)\n"),
            );
            stages(
                &line,
                &[("a.c", "#include <s.h>\nint a;\n"), ("sys/s.h", "#define _(x) x\nenum { DATE };\n")],
                ("sys/s.h", "#define _(x) x\nconst char *const when = _(__DATE__);\n"),
            );
        }
        // The command makes the difference.
        world.file("a.c", "#define BUILT __DATE__\n#ifdef SHOW\nconst char *a = BUILT;\n#endif\nint b;\n");
        world.cc("-MMD -c a.c").miss();
        for _ in 0..2 {
            world.cc("-MMD -DSHOW -c a.c").does("miss: date-macro");
        }
        world.cc("-MMD -c a.c").hit();
    });
}

/// gcc takes the date from the environment: the result is bound to it. Where none is expanded, it is not.
#[test]
fn a_date_of_the_environment() {
    let world = World::new();
    world.files(&[
        ("a.c", "#define J(a, b) a##b\nconst char *a = J(__DA, TE__);\n"),
        ("b.c", "#define J(a, b) a##b\nint J(x, y), __DA, TE__;\n"),
    ]);
    for epoch in ["1000000000", "1500000000"] {
        world.cc("-MMD -c a.c").env("SOURCE_DATE_EPOCH", epoch).miss();
        world.cc("-MMD -c a.c").env("SOURCE_DATE_EPOCH", epoch).hit();
    }
    world.cc("-MMD -c a.c").env("SOURCE_DATE_EPOCH", "1000000000").hit();
    world.cc("-MMD -c a.c").does("miss: date-macro");
    world.cc("-MMD -c b.c").miss();
    world.cc("-MMD -c b.c").hit();
}
