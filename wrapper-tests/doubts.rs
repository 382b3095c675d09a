//! Includes of which the text alone leaves a doubt: a macro names the header, and the depfile leaves out system headers.
//!
//! ```c
//! #if defined(LUA_USER_H)
//! #include LUA_USER_H
//! #endif
//! ```
//!
//! Nothing is to be guessed here, and nothing is to be refused for it: the same again is a hit, and what the header says is part of the
//! result.

use crate::fixture::Compiler::{Clang, Gcc};
use crate::fixture::cases::Act::{Link, Remove, Touch, Write};
use crate::fixture::cases::{Case, case, run};
use crate::fixture::{World, for_each_compiler};

/// A case over a system header that a macro leads to: it is edited, removed, and hidden by another.
fn followed(case: Case, header: &'static str, shadow: &'static str) -> Case {
    case.matters(&[Write(header, "int v = 8;\nint more;\n")])
        .matters(&[Write(header, "int w;\n")])
        .matters(&[Remove(header)])
        .matters(&[Write(shadow, "int shadow;\n")])
        .idle(&[Touch(header)])
        .idle(&[Write("sys/unrelated.h", "int u;\n")])
        .idle(&[Write("unrelated.h", "int u;\n")])
}

/// `-isystem first` is there and empty, so that something can come before what is found.
const SYSTEM: &str = "-isystem first -isystem sys";

fn line(options: &str) -> String {
    format!("{options} {SYSTEM} -c a.c -o a.o")
}

#[test]
fn a_macro_names_the_header() {
    let texts: &[(&str, &str)] = &[
        ("a macro", "#define H <x.h>\n#include H\n"),
        ("a macro of a macro", "#define G <x.h>\n#define H G\n#include H\n"),
        ("a macro with an argument", "#define NAMED(n) <n>\n#include NAMED(x.h)\n"),
        ("a macro with parts of the name", "#define PART(n) <n.h>\n#include PART(x)\n"),
        ("a text of a word", "#define STR(n) #n\n#define XSTR(n) STR(n)\n#define NAME x.h\n#include XSTR(NAME)\n"),
        (
            "a directory and a name",
            "#define STR(n) #n\n#define XSTR(n) STR(n)\n#define DIR sub\n#include XSTR(DIR/../x.h)\n",
        ),
        ("a pasted macro", "#define J(a, b) a##b\n#define ONE_H <x.h>\n#include J(ONE, _H)\n"),
        ("a macro between angles", "#define WORD x\n#define H <WORD.h>\n#include H\n"),
        ("defined twice", "#define H <y.h>\n#undef H\n#define H <x.h>\n#include H\n"),
        ("redefined later", "#define H <x.h>\n#include H\n#undef H\n#define H <y.h>\n"),
        (
            "behind a condition",
            "#define CHOICE 2\n#if CHOICE == 2\n#define H <x.h>\n#else\n#define H <y.h>\n#endif\n#include H\n",
        ),
        ("a question before it", "#define H <x.h>\n#if __has_include(<x.h>)\n#endif\n#include H\n"),
        ("by the line", "#define PART_(n) <l##n.h>\n#define PART(n) PART_(n)\n#include PART(__LINE__)\n"),
        (
            "by a counter",
            "#define PART_(n) <l##n.h>\n#define PART(n) PART_(n)\n#include PART(__COUNTER__)\n#include PART(__COUNTER__)\n",
        ),
        ("by the depth", "#define PART_(n) <l##n.h>\n#define PART(n) PART_(n)\n#include PART(__INCLUDE_LEVEL__)\n"),
        ("variadic", "#define FIRST(a, ...) <a>\n#include FIRST(x.h, y.h)\n"),
        ("next", "#define H <x.h>\n#include_next H\n"),
        ("import", "#define H <x.h>\n#import H\n"),
    ];
    let cases: Vec<Case> = texts
        .iter()
        .map(|(name, text)| {
            let files: &[(&str, &str)] = &[
                ("a.c", text),
                ("sys/x.h", "int v = 1;\n"),
                ("sys/y.h", "int y;\n"),
                ("sys/sub/keep.h", ""),
                ("sys/l3.h", "#include <x.h>\n"),
                ("sys/l0.h", "#include <x.h>\n"),
                ("sys/l1.h", "int second;\n"),
                ("first/sub/keep.h", ""),
                ("first/keep.h", ""),
            ];
            let case =
                case(name, files, &line("-MMD")).also(&line("-Wp,-MMD,a.dep")).also(&line("")).also(&line("-MD -g"));
            followed(case, "sys/x.h", "first/x.h")
        })
        .collect();
    run(&cases);
}

#[test]
fn a_system_header_names_another_by_a_macro() {
    let files: &[(&str, &str)] = &[
        ("a.c", "#include <w.h>\n"),
        ("sys/w.h", "#include <d.h>\n#include \"u.h\"\n#include H\n"),
        ("sys/d.h", "#define H <x.h>\n"),
        ("sys/u.h", "int u;\n"),
        ("sys/x.h", "int v = 1;\n"),
        ("sys/y.h", "int y;\n"),
        ("first/keep.h", ""),
    ];
    let by_arguments: &[(&str, &str)] = &[
        ("a.c", "#define WHICH x\n#include <w.h>\n"),
        ("sys/w.h", "#define BY(n) AS(n)\n#define AS(n) <n.h>\n#include BY(WHICH)\n"),
        ("sys/x.h", "int v = 1;\n"),
        ("sys/y.h", "int y;\n"),
        ("first/keep.h", ""),
    ];
    run(&[
        followed(case("a macro", files, &line("-MMD")).also(&line("")), "sys/x.h", "first/x.h")
            .matters(&[Write("sys/d.h", "#define H <y.h>\n")])
            .matters(&[Write("sys/u.h", "#undef H\n#define H <y.h>\nint u;\n")]),
        followed(case("arguments", by_arguments, &line("-MMD")).also(&line("")), "sys/x.h", "first/x.h")
            .matters(&[Write("a.c", "#define WHICH y\n#include <w.h>\n")]),
    ]);
}

/// `luaconf.h` of Lua, `sqliteInt.h` of `SQLite`: behind a name that nobody defines.
#[test]
fn an_include_that_waits_for_a_name_nobody_defines() {
    let lua: &[(&str, &str)] = &[
        ("a.c", "#include \"luaconf.h\"\nint a = sizeof(LUA_INTEGER);\n"),
        (
            "luaconf.h",
            "#include <limits.h>\n#define LUA_INTEGER long long\n#if defined(LUA_USER_H)\n#include LUA_USER_H\n#endif\n",
        ),
        ("sys/user.h", "int user = 1;\n"),
    ];
    let short: &[(&str, &str)] =
        &[("a.c", "#ifdef USER\n#include USER\n#endif\nint a;\n"), ("sys/user.h", "int user = 1;\n")];
    let sqlite: &[(&str, &str)] = &[
        ("a.c", "#include \"sqliteInt.h\"\nint a;\n"),
        (
            "sqliteInt.h",
            "#ifdef SQLITE_CUSTOM_INCLUDE\n# define INC_STRINGIFY_(f) #f\n# define INC_STRINGIFY(f) INC_STRINGIFY_(f)\n\
             # include INC_STRINGIFY(SQLITE_CUSTOM_INCLUDE)\n#endif\n",
        ),
        ("sys/user.h", "int user = 1;\n"),
    ];
    let edited = [Write("sys/user.h", "int user = 2;\n")];
    run(&[
        case("Lua", lua, &line("-MMD")).also(&line("")).idle(&edited).matters(&[Write(
            "luaconf.h",
            "#define LUA_USER_H <user.h>\n#define LUA_INTEGER long\n#include LUA_USER_H\n",
        )]),
        case("Lua, the name is given", lua, &line("-MMD '-DLUA_USER_H=<user.h>'"))
            .also(&line("'-DLUA_USER_H=<user.h>'"))
            .matters(&edited),
        case("Lua, the name is given and quoted", lua, &line("-MMD '-DLUA_USER_H=\"sys/user.h\"'"))
            .also(&line("-MD '-DLUA_USER_H=\"sys/user.h\"'"))
            .matters(&edited),
        // A name that a compiler could have for itself.
        case("a short name", short, &line("-MMD"))
            .also(&line(""))
            .idle(&edited)
            .matters(&[Write("a.c", "#define USER <user.h>\n#ifdef USER\n#include USER\n#endif\nint a;\n")]),
        case("SQLite", sqlite, &line("-MMD")).also(&line("")).idle(&edited),
        case("SQLite, the name is given", sqlite, &line("-MMD -DSQLITE_CUSTOM_INCLUDE=sys/user.h"))
            .also(&line("-MMD -DSQLITE_CUSTOM_INCLUDE=user.h"))
            .matters(&edited)
            .matters(&[Remove("sys/user.h")]),
    ]);
}

#[test]
fn an_include_that_becomes_live() {
    const WAITS: &str = "#include <h.h>\n#ifdef WITH_PART\n#include WITH_PART\n#endif\n#include \"late.h\"\nint a;\n";
    let files: &[(&str, &str)] = &[
        ("a.c", WAITS),
        ("sys/h.h", "#include \"part.cfg\"\n"),
        ("sys/part.cfg", "#define WITHOUT_PART\n"),
        ("late.h", ""),
        ("sys/user.h", "int user = 1;\n"),
    ];
    let live = [Write("sys/part.cfg", "#define WITH_PART <user.h>\n")];
    let composed = [Write("sys/part.cfg", "#define AS(n) <n.h>\n#define WITH_PART AS(user)\n")];
    let elsewhere = [Write("sys/h.h", "#include_next <h.h>\n"), Write("next/h.h", "#define WITH_PART <user.h>\n")];
    let edit = [Write("sys/user.h", "int user = 2;\n")];
    let both = [live[0], edit[0]];
    run(&[case("a header defines the name", files, &line("-MMD -idirafter next"))
        .also(&line("-idirafter next"))
        .also(&line("-Wp,-MMD,a.dep -idirafter next"))
        .idle(&edit)
        .matters(&live)
        .matters(&both)
        .matters(&composed)
        .matters(&elsewhere)
        // What comes behind the directive defines nothing for it.
        .idle(&[Write("sys/user.h", "int user = 3;\n"), Touch("late.h")])]);
}

const TRACEPOINT: &str =
    "#ifndef TRACEPOINT_H\n#define TRACEPOINT_H\n#define TRACE_EVENT(name, v) extern int trace_##name;\n#endif\n";
const STRINGIFY: &str = "#ifndef STRINGIFY_H\n#define STRINGIFY_H\n#define __stringify_1(x...) #x\n#define __stringify(x...) __stringify_1(x)\n#endif\n";
const SCHED: &str = "#undef TRACE_SYSTEM\n#define TRACE_SYSTEM sched\n\n#if !defined(_TRACE_SCHED_H) || defined(TRACE_HEADER_MULTI_READ)\n\
                     #define _TRACE_SCHED_H\n#include <linux/tracepoint.h>\nTRACE_EVENT(switched, 1)\n#endif\n\n#include <trace/define_trace.h>\n";
const SCHED_EDITED: &str = "#undef TRACE_SYSTEM\n#define TRACE_SYSTEM sched\n\n#if !defined(_TRACE_SCHED_H) || defined(TRACE_HEADER_MULTI_READ)\n\
                     #define _TRACE_SCHED_H\n#include <linux/tracepoint.h>\nTRACE_EVENT(switched, 2)\nint edited;\n#endif\n\n#include <trace/define_trace.h>\n";
const DEFINE_TRACE: &str = "#ifdef CREATE_TRACE_POINTS\n#undef CREATE_TRACE_POINTS\n#include <linux/stringify.h>\n#undef TRACE_EVENT\n\
    #define TRACE_EVENT(name, v) int trace_##name = v;\n#undef TRACE_INCLUDE\n#undef __TRACE_INCLUDE\n#ifndef TRACE_INCLUDE_FILE\n\
    # define TRACE_INCLUDE_FILE TRACE_SYSTEM\n# define UNDEF_TRACE_INCLUDE_FILE\n#endif\n#ifndef TRACE_INCLUDE_PATH\n\
    # define __TRACE_INCLUDE(system) <trace/events/system.h>\n# define UNDEF_TRACE_INCLUDE_PATH\n#else\n\
    # define __TRACE_INCLUDE(system) __stringify(TRACE_INCLUDE_PATH/system.h)\n#endif\n\
    # define TRACE_INCLUDE(system) __TRACE_INCLUDE(system)\n\n/* Let the trace headers be reread */\n#define TRACE_HEADER_MULTI_READ\n\n\
    #include TRACE_INCLUDE(TRACE_INCLUDE_FILE)\n\n#undef TRACE_EVENT\n#define TRACE_EVENT(name, v) int *again_##name = &trace_##name;\n\
    #include TRACE_INCLUDE(TRACE_INCLUDE_FILE)\n#undef TRACE_HEADER_MULTI_READ\n\
    #ifdef UNDEF_TRACE_INCLUDE_FILE\n# undef TRACE_INCLUDE_FILE\n#endif\n#ifdef UNDEF_TRACE_INCLUDE_PATH\n# undef TRACE_INCLUDE_PATH\n#endif\n\
    #define CREATE_TRACE_POINTS\n#endif /* CREATE_TRACE_POINTS */\n";

/// The kernel's `define_trace.h`: it reads the header once more that included it, and defines at its end what it waits for.
#[test]
fn trace_points_of_the_kernel() {
    const PLAIN: &str = "#include <trace/events/sched.h>\nint a;\n";
    const CREATED: &str = "#define CREATE_TRACE_POINTS\n#include <trace/events/sched.h>\nint a;\n";
    const OWN_PATH: &str = "#define CREATE_TRACE_POINTS\n#define TRACE_INCLUDE_PATH trace/events\n#include <trace/events/sched.h>\nint a;\n";
    let files = |source| {
        [
            ("a.c", source),
            ("include/linux/tracepoint.h", TRACEPOINT),
            ("include/linux/stringify.h", STRINGIFY),
            ("include/trace/events/sched.h", SCHED),
            ("include/trace/define_trace.h", DEFINE_TRACE),
            ("drivers/sched.h", "int driver;\n"),
        ]
    };
    let edits = |case: Case| {
        case.matters(&[Write("include/trace/events/sched.h", SCHED_EDITED)])
            .matters(&[Write("first/trace/events/sched.h", SCHED_EDITED)])
            .matters(&[Write(
                "include/linux/tracepoint.h",
                "#define TRACE_EVENT(name, v) extern long other_##name; int t;\n",
            )])
            .idle(&[Write("include/trace/events/other.h", "")])
            .idle(&[Write("drivers/sched.h", "int other;\n")])
    };
    let lines = [
        "-Wp,-MMD,a.dep -I first -I include -c a.c",
        "-Wp,-MMD,a.dep -isystem first -isystem include -c a.c",
        "-MD -I first -I include -c a.c",
    ];
    let all = |case: Case| lines[1..].iter().fold(case, |case, line| case.also(line));
    run(&[
        edits(all(case("without CREATE_TRACE_POINTS", &files(PLAIN), lines[0]))).matters(&[Write("a.c", CREATED)]),
        edits(all(case("with CREATE_TRACE_POINTS", &files(CREATED), lines[0]))).matters(&[Write("a.c", PLAIN)]),
        edits(all(case("with a path of its own", &files(OWN_PATH), lines[0]))),
    ]);
}

/// Boost.Preprocessor's iteration: a file that includes itself by a macro with arguments.
#[test]
fn iteration_by_include() {
    let files: &[(&str, &str)] = &[
        (
            "a.c",
            "#include <pp/iterate.hpp>\n#define BOOST_PP_ITERATION_PARAMS_1 (3, (1, 3, \"part.h\"))\n#include BOOST_PP_ITERATE()\nint a;\n",
        ),
        (
            "sys/pp/iterate.hpp",
            "#define BOOST_PP_CAT(a, b) BOOST_PP_CAT_I(a, b)\n#define BOOST_PP_CAT_I(a, b) a ## b\n#define BOOST_PP_INC(x) BOOST_PP_INC_ ## x\n\
             #define BOOST_PP_INC_0 1\n#define BOOST_PP_INC_1 2\n#define BOOST_PP_DEPTH 0\n\
             #define BOOST_PP_TUPLE_3(a, b, c) c\n#define BOOST_PP_TUPLE_2(a, b) b\n#define BOOST_PP_EVAL(x) x\n\
             #define BOOST_PP_ITERATE() BOOST_PP_CAT(BOOST_PP_ITERATE_, BOOST_PP_INC_0)\n#define BOOST_PP_ITERATE_1 <pp/detail/forward1.hpp>\n",
        ),
        (
            "sys/pp/detail/forward1.hpp",
            "#define BOOST_PP_FILENAME_1 \"part.h\"\n#define BOOST_PP_ITERATION_1 1\n#include BOOST_PP_FILENAME_1\n#undef BOOST_PP_ITERATION_1\n\
             #define BOOST_PP_ITERATION_1 2\n#include BOOST_PP_FILENAME_1\n#undef BOOST_PP_ITERATION_1\n#undef BOOST_PP_FILENAME_1\n",
        ),
        ("sys/pp/part.h", "int never;\n"),
        ("inc/part.h", "int BOOST_PP_CAT(part, BOOST_PP_ITERATION_1) = BOOST_PP_ITERATION_1;\n"),
    ];
    run(&[case("iteration", files, &line("-MMD -I inc"))
        .also(&line("-MD -I inc"))
        .also(&line("-MMD -isystem inc"))
        .matters(&[Write("inc/part.h", "int BOOST_PP_CAT(other, BOOST_PP_ITERATION_1) = BOOST_PP_ITERATION_1;\n")])
        .matters(&[Write("sys/pp/detail/part.h", "int BOOST_PP_CAT(near, BOOST_PP_ITERATION_1);\n")])
        .idle(&[Write("sys/pp/part.h", "int never = 2;\n")])]);
}

/// `FreeType`: every header has a macro for its name.
#[test]
fn headers_that_are_known_by_macros_alone() {
    let files: &[(&str, &str)] = &[
        ("a.c", "#include <ft2build.h>\n#include FT_FREETYPE_H\n#include FT_GLYPH_H\nint a;\n"),
        ("sys/ft2build.h", "#include <freetype/config/ftheader.h>\n"),
        (
            "sys/freetype/config/ftheader.h",
            "#define FT_FREETYPE_H  <freetype/freetype.h>\n#ifndef FT_CONFIG_MODULES_H\n#define FT_CONFIG_MODULES_H <freetype/config/ftmodule.h>\n#endif\n\
             #define FT_GLYPH_H  <freetype/ftglyph.h>\n#define FT_STROKER_H  <freetype/ftstroke.h>\n",
        ),
        ("sys/freetype/freetype.h", "#include FT_CONFIG_MODULES_H\nint ft = 1;\n"),
        ("sys/freetype/ftglyph.h", "#include <ft2build.h>\n#include FT_FREETYPE_H\nint glyph;\n"),
        ("sys/freetype/ftstroke.h", "int stroke;\n"),
        ("sys/freetype/config/ftmodule.h", "extern int module;\n"),
    ];
    let case_of = |name, options: &str| case(name, files, &line(&format!("-MMD {options}"))).also(&line(options));
    run(&[
        case_of("FreeType", "")
            .start(&[Write(
                "sys/freetype/freetype.h",
                "#ifndef FT\n#define FT\n#include FT_CONFIG_MODULES_H\nint ft = 1;\n#endif\n",
            )])
            .matters(&[Write("sys/freetype/ftglyph.h", "int other_glyph;\n")])
            .matters(&[Write("sys/freetype/config/ftmodule.h", "int module = 3;\n")])
            .matters(&[Write("first/freetype/ftglyph.h", "int first_glyph;\n")])
            .idle(&[Write("first/freetype/ftbitmap.h", "int bitmap;\n")]),
        case_of("FreeType with modules of one's own", "'-DFT_CONFIG_MODULES_H=<own.h>'")
            .start(&[
                Write("sys/own.h", "int own;\n"),
                Write(
                    "sys/freetype/freetype.h",
                    "#ifndef FT\n#define FT\n#include FT_CONFIG_MODULES_H\nint ft = 1;\n#endif\n",
                ),
            ])
            .matters(&[Write("sys/own.h", "int own = 4;\n")])
            .matters(&[Remove("sys/own.h")])
            .idle(&[Write("sys/unrelated.h", "")]),
    ]);
}

/// What `#pragma GCC target` and `optimize` define decides about an include. gcc's `-E` does not know of it.
#[test]
fn pragmas_that_define_macros() {
    const TARGET: &str = "#pragma GCC target(\"avx2\")\n#ifdef __AVX2__\n#define H <fast.h>\n#else\n#define H <slow.h>\n#endif\n#include H\n";
    const TARGET_PLAIN: &str =
        "#pragma GCC target(\"avx2\")\n#ifdef __AVX2__\n#include <fast.h>\n#else\n#include <slow.h>\n#endif\n";
    const PUSHED: &str = "#pragma GCC push_options\n#pragma GCC target(\"avx2\")\n#ifdef __AVX2__\n#define H <fast.h>\n#else\n#define H <slow.h>\n#endif\n\
                          #pragma GCC pop_options\n#include H\n";
    const AS_OPERATOR: &str = "_Pragma(\"GCC target(\\\"avx2\\\")\")\n#ifdef __AVX2__\n#define H <fast.h>\n#else\n#define H <slow.h>\n#endif\n#include H\n";
    const BY_NAME: &str = "#define DIR_1 fast\n#pragma GCC target(\"avx2\")\n#define AS(n) <n.h>\n#define BY(n) AS(n)\n#ifndef __AVX2__\n#define __AVX2__ 0\n#endif\n\
                           #if __AVX2__\n#include BY(fast)\n#else\n#include BY(slow)\n#endif\n";
    const OPTIMIZE: &str = "#pragma GCC optimize(\"O2\")\n#ifdef __OPTIMIZE__\n#define H <fast.h>\n#else\n#define H <slow.h>\n#endif\n#include H\n";
    const MATHS: &str = "#pragma GCC optimize(\"fast-math\")\n#ifdef __FAST_MATH__\n#define H <fast.h>\n#else\n#define H <slow.h>\n#endif\n#include H\n";
    let edits = |case: Case| {
        // Which of them is read is up to the compiler.
        case.perhaps(&[Write("sys/fast.h", "int fast = 2;\n")])
            .perhaps(&[Write("sys/slow.h", "int slow = 2;\n")])
            .perhaps(&[Write("first/fast.h", "int faster;\n")])
            .perhaps(&[Remove("sys/fast.h")])
            .perhaps(&[Remove("sys/slow.h")])
            .matters(&[Write("sys/fast.h", "int one;\n"), Write("sys/slow.h", "int two;\n")])
            .idle(&[Write("sys/unrelated.h", "")])
    };
    let files = |text| {
        [("a.c", text), ("sys/fast.h", "int fast = 1;\n"), ("sys/slow.h", "int slow = 1;\n"), ("first/keep.h", "")]
    };
    let of = |name, text| edits(case(name, &files(text), &line("-MMD")).also(&line("")).also(&line("-MD -O1")));
    run(&[
        of("target", TARGET).only(&[Gcc, Clang]),
        of("target, no macro", TARGET_PLAIN).only(&[Gcc, Clang]),
        of("push_options", PUSHED).only(&[Gcc, Clang]),
        of("_Pragma", AS_OPERATOR).only(&[Gcc, Clang]),
        of("arguments", BY_NAME).only(&[Clang]),
        // gcc before 14 does not define what the pragma does when it only preprocesses: what it says then is no answer.
        of("arguments, gcc", BY_NAME).only(&[Gcc]).perhaps_served(),
        of("optimize", OPTIMIZE),
        of("optimize for maths", MATHS),
    ]);
}

#[test]
fn macros_that_are_pushed_and_popped() {
    const PRAGMA: &str = "#define X <one.h>\n#pragma push_macro(\"X\")\n#undef X\n#define X <two.h>\n#include X\n#pragma pop_macro(\"X\")\n#include X\n";
    const OPERATOR: &str = "#define X <one.h>\n_Pragma(\"push_macro(\\\"X\\\")\")\n#undef X\n#define X <two.h>\n#include X\n_Pragma(\"pop_macro(\\\"X\\\")\")\n#include X\n";
    const ONLY_POPPED: &str = "#define X <one.h>\n_Pragma(\"push_macro(\\\"X\\\")\")\n#undef X\n_Pragma(\"pop_macro(\\\"X\\\")\")\n#include X\n#ifdef Y\n#include <two.h>\n#endif\n";
    const IN_A_HEADER: &str =
        "#define X <two.h>\n#include <save.h>\n#define X <one.h>\n#include X\n#include <restore.h>\n#include X\n";
    let files = |text| {
        [
            ("a.c", text),
            ("sys/one.h", "int one = 1;\n"),
            ("sys/two.h", "int two = 1;\n"),
            ("sys/save.h", "#pragma push_macro(\"X\")\n#undef X\n"),
            ("sys/restore.h", "#pragma pop_macro(\"X\")\n"),
        ]
    };
    let of = |name, text| {
        case(name, &files(text), &line("-MMD"))
            .also(&line(""))
            .matters(&[Write("sys/one.h", "int one = 2;\n")])
            .matters(&[Remove("sys/one.h")])
            .idle(&[Touch("sys/one.h")])
    };
    run(&[
        of("pragma", PRAGMA).matters(&[Write("sys/two.h", "int two = 2;\n")]),
        of("operator", OPERATOR).matters(&[Write("sys/two.h", "int two = 2;\n")]),
        of("popped", ONLY_POPPED).perhaps(&[Write("sys/two.h", "int two = 2;\n")]),
        of("in a header", IN_A_HEADER).matters(&[Write("sys/two.h", "int two = 2;\n")]),
    ]);
}

/// Lines that are no directives: in a raw string, in a comment, behind a `#` that assembly takes for one.
#[test]
fn what_only_looks_like_a_computed_include() {
    let raw: &[(&str, &str)] = &[
        (
            "a.cc",
            "const char *text = R\"x(\n#include \"x.h\"\n#include NAMED(y.h)\n#include <z.h>\n#if 0\n)x\";\n#include <w.h>\nint a;\n",
        ),
        ("sys/w.h", "extern int w;\n"),
    ];
    let comment: &[(&str, &str)] = &[
        ("a.c", "/*\n#include NAMED(y.h)\n*/\n#if 0\n#include NAMED(y.h)\n#endif\n#include <w.h>\nint a;\n"),
        ("sys/w.h", "#if 0\n#include NAMED(z.h)\n#endif\nextern int w;\n"),
    ];
    let string: &[(&str, &str)] = &[
        (
            "a.c",
            "const char *text = \"\\\n#include NAMED(y.h)\\\n\";\n#define HELP \"\\n#include FOO\\n\"\n#include <w.h>\nconst char *help = HELP;\n",
        ),
        ("sys/w.h", "extern int w;\n"),
    ];
    let source = format!("{SYSTEM} -std=gnu++11 -c a.cc");
    run(&[
        case("raw string", raw, &format!("-MMD {source}"))
            .also(&source)
            .matters(&[Write("sys/w.h", "int w = 1;\n")])
            .idle(&[Write("sys/unrelated.h", "")])
            .perhaps(&[Write("x.h", "int x;\n")])
            .perhaps(&[Write("sys/z.h", "int z;\n")]),
        case("comment and #if 0", comment, &line("-MMD"))
            .also(&line(""))
            .matters(&[Write("sys/w.h", "int w = 1;\n")])
            .idle(&[Write("sys/unrelated.h", "")])
            .perhaps(&[Write("sys/y.h", "int y;\n")]),
        case("string", string, &line("-MMD"))
            .also(&line(""))
            .matters(&[Write("sys/w.h", "int w = 1;\n")])
            .idle(&[Write("sys/unrelated.h", "")]),
    ]);
}

#[test]
fn assembly_with_computed_includes() {
    const MACRO: &str = "#define H <x.h>\n#include H\n\t.data\n\t.byte V\n";
    const ARGUMENT: &str = "#define NAMED(n) <n>\n#include NAMED(x.h)\n\t.data\n\t.byte V\n";
    const COMMENTS: &str = "# a comment: don't \"\n# of includes, as NAMED(y.h)\n#define H <x.h>\n# it's \"open\n#- NAMED(z.h) -#\n#include H\n\t.data\n\t.byte V\n";
    const DEAD: &str = "#ifdef USER\n#include USER\n#endif\n#include <x.h>\n\t.data\n\t.byte V\n";
    let files = |text| [("a.S", text), ("sys/x.h", "#define V 1\n"), ("first/keep.h", "")];
    let of = |name, text: &'static str| {
        let source = format!("{SYSTEM} -c a.S");
        case(name, &files(text), &format!("-MMD {source}"))
            .also(&source)
            .also(&format!("-MD {source}"))
            .matters(&[Write("sys/x.h", "#define V 2\n")])
            .matters(&[Remove("sys/x.h")])
            .matters(&[Write("first/x.h", "#define V 3\n")])
            .idle(&[Write("first/y.h", "")])
    };
    run(&[of("a macro", MACRO), of("an argument", ARGUMENT), of("comments", COMMENTS), of("dead", DEAD)]);
}

/// Text that is put together for the assembler: it can name files, and mostly does not.
#[test]
fn assembly_that_macros_put_together() {
    const READS_BY_HEADER: &str = "#include <asm.h>\nREAD(incbin, \"blob\");\nint a;\n";
    const HARMLESS: &str = "#define STR(x) #x\n#define XSTR(x) STR(x)\n#define N 5\n__asm__(\".pushsection .data\\n\\t.byte \" XSTR(N) \"\\n\\t.popsection\");\nint a;\n";
    const HEADER: &str = "#include <asm.h>\nPUT(7)\nint a;\n";
    const READS: &str = "#define STR(x) #x\n#define Q(d, f) __asm__(\".pushsection .data\\n\\t.\" STR(d) \" \\\"\" f \"\\\"\\n\\t.popsection\")\nQ(incbin, \"blob\");\nint a;\n";
    let files = |text| {
        [
            ("a.c", text),
            (
                "sys/asm.h",
                "#define STR(x) #x\n#define PUT(x) __asm__(\".pushsection .data\\n\\t.byte \" STR(x) \"\\n\\t.popsection\");\n\
             #define READ(d, f) __asm__(\".pushsection .data\\n\\t.\" STR(d) \" \\\"\" f \"\\\"\\n\\t.popsection\")\n",
            ),
            ("blob", "AAAA"),
        ]
    };
    let of = |name, text| case(name, &files(text), &line("-MMD")).also(&line("")).also(&line("-O2 -g"));
    run(&[
        of("harmless", HARMLESS).idle(&[Write("blob", "BBBB")]),
        of("harmless at first", HARMLESS).perhaps_served().matters(&[Write("a.c", READS)]),
        of("harmless, in a header", HEADER)
            .idle(&[Write("blob", "BBBB")])
            .matters(&[Write("sys/asm.h", "#define PUT(x) int put = x;\n")]),
        of("reads a file, by a header", READS_BY_HEADER)
            .perhaps_served()
            .matters(&[Write("blob", "BBBB")])
            .matters(&[Remove("blob")]),
        of("reads a file", READS).perhaps_served().matters(&[Write("blob", "BBBB")]).matters(&[Remove("blob")]),
    ]);
}

/// Links among the directories of system headers: gcc names a header by where they lead, if that is shorter.
#[test]
fn computed_includes_through_links() {
    let files: &[(&str, &str)] = &[
        ("a.c", "#define NAMED(n) <n>\n#include NAMED(kit/x.h)\nint a;\n"),
        ("v1/x.h", "int v = 1;\n"),
        ("v2/x.h", "int v = 2;\n"),
        ("sys/keep.h", ""),
    ];
    run(&[case("a directory of the kit is a link", files, &line("-MMD"))
        .also(&line(""))
        .start(&[Link("sys/kit", "../v1")])
        .matters(&[Link("sys/kit", "../v2")])
        .matters(&[Write("v1/x.h", "int v = 3;\n")])
        .matters(&[Write("first/kit/x.h", "int v = 4;\n")])
        .idle(&[Write("v2/x.h", "int v = 3;\n")])]);
}

/// What `__has_include` is asked for by a macro, or through one.
#[test]
fn questions_with_computed_names() {
    let texts: &[(&str, &str)] = &[
        ("a macro", "#define NAME <q.h>\n#if __has_include(NAME)\nint yes;\n#else\nint no;\n#endif\n"),
        ("a macro of a system header", "#include <d.h>\n#if __has_include(NAME)\nint yes;\n#else\nint no;\n#endif\n"),
        ("an argument", "#define NAMED(n) <n>\n#if __has_include(NAMED(q.h))\nint yes;\n#else\nint no;\n#endif\n"),
        (
            "a wrapper and a macro",
            "#define HAS(n) __has_include(n)\n#define NAME <q.h>\n#if HAS(NAME)\nint yes;\n#else\nint no;\n#endif\n",
        ),
        (
            "a text",
            "#define STR(n) #n\n#define X(n) STR(n)\n#if __has_include(X(sys/q.h))\nint yes;\n#else\nint no;\n#endif\n",
        ),
    ];
    let cases: Vec<Case> = texts
        .iter()
        .map(|(name, text)| {
            let files: &[(&str, &str)] = &[("a.c", text), ("sys/d.h", "#define NAME <q.h>\n"), ("first/keep.h", "")];
            case(name, files, &line("-MMD"))
                .also(&line(""))
                .perhaps_served()
                .matters(&[Write("sys/q.h", "")])
                .perhaps(&[Write("first/q.h", "")])
                .idle(&[Write("sys/unrelated.h", "")])
        })
        .collect();
    run(&cases);
}

/// `__FILE__` that nobody expands leaves no trace of the place: another checkout hits.
#[test]
fn a_file_name_that_is_only_mentioned_does_not_bind() {
    const MENTIONED: [(&str, &str); 4] = [
        ("a.c", "#include \"check.h\"\nint a;\n"),
        ("b.c", "#if 0\nunsigned long s = sizeof(__FILE__);\n#endif\nint b;\n"),
        ("c.c", "#define NAME __FILE__\n#ifdef NAME\nint c;\n#endif\n"),
        ("d.c", "#include <assert.h>\n#define NDEBUG\n#include <assert.h>\nvoid f(int x) { assert(x); }\n"),
    ];
    const CONSUMED: [(&str, &str); 3] = [
        ("k.c", "unsigned long k = sizeof(__FILE__);\n"),
        ("l.c", "#include \"check.h\"\nunsigned long l = LENGTH;\n"),
        ("m.c", "#define P(a, b) a##b\nunsigned long m = sizeof(P(__FI, LE__));\n"),
    ];
    const CHECK: &str =
        "#define CHECK(x) ((x) ? (void)0 : failed(__FILE__, __LINE__))\n#define LENGTH sizeof(__FILE__)\n";
    for_each_compiler(|world: World| {
        let mut missed = Vec::new();
        for (name, text) in MENTIONED.iter().chain(&CONSUMED) {
            for (nth, place) in ["one", "another/place"].iter().enumerate() {
                world.file(&format!("{place}/{name}"), text).file(&format!("{place}/check.h"), CHECK);
                let root = world.tree().join(place);
                let line = format!("-c {}/{name} -o a.o", root.display());
                let run = || world.cc(&line).cwd(place).env("PACKER_CC_ROOT", &root).env("PACKER_CC_PATHS", "exact");
                let told = run().told();
                assert!(told.differences.is_empty(), "{name}: {:?}", told.differences);
                run().hit();
                if nth == 1 && told.outcome != "hit" && MENTIONED.iter().any(|(mentioned, _)| mentioned == name) {
                    missed.push(format!("{name}: {} {}", told.outcome, told.reason));
                }
            }
        }
        assert!(missed.is_empty(), "{}: not served elsewhere: {missed:?}", world.compiler().c());
    });
}

/// The preprocessor is asked at most once, after a compile that succeeded and left a doubt; never for a hit, and never where that is
/// forbidden.
#[test]
fn the_preprocessor_is_asked_once_at_most() {
    let asks = |argv: &Vec<String>| argv.iter().any(|word| ["-E", "-M", "-MM"].contains(&word.as_str()));
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <w.h>\n#define NAMED(n) <n>\n#ifdef USER\n#include NAMED(USER)\n#endif\nint a;\n"),
            ("sys/w.h", "int w;\n"),
            ("plain.c", "#include <w.h>\nint plain;\n"),
        ]);
        let counted = |run: crate::fixture::Run<'_>| {
            let before = world.runs().len();
            let told = run.told();
            assert!(told.differences.is_empty(), "{:?}", told.differences);
            let runs = world.runs().split_off(before);
            (told.outcome, runs.len() - 1, runs.iter().filter(|argv| asks(argv)).count())
        };
        // Each command runs bare as well.
        assert_eq!(counted(world.cc("-MMD -isystem sys -c plain.c")), ("miss".to_owned(), 1, 0));
        for _ in 0..2 {
            let forbidden = world.cc("-MMD -isystem sys -c a.c").env("PACKER_CC_ASK", "never");
            let (outcome, runs, asked) = counted(forbidden);
            assert!(outcome != "hit" && runs == 1 && asked == 0, "{outcome}, {runs} runs, asked {asked} times");
        }
        let (outcome, runs, asked) = counted(world.cc("-MMD -isystem sys -c a.c"));
        assert!(outcome == "miss" && asked <= 1 && runs == 1 + asked, "{outcome}, {runs} runs, asked {asked} times");
        assert_eq!(counted(world.cc("-MMD -isystem sys -c a.c")), ("hit".to_owned(), 0, 0));
        // A compile that fails leaves no doubt.
        world.file("a.c", "#define NAMED(n) <n>\n#ifdef USER\n#include NAMED(USER)\n#endif\nint a = ;\n");
        let (_, runs, asked) = counted(world.cc("-MMD -isystem sys -c a.c"));
        assert_eq!((runs, asked), (1, 0));
    });
}

/// Each text leads a compile, or the question about it, another way than a reading of it: what appears then must be noticed.
#[test]
fn texts_that_mislead() {
    const NAMED: &str = "#define S(x) #x\n#define XX(x) S(x)\n";
    let live = |condition: &str| format!("{NAMED}{condition}\n#include XX(x.h)\n#endif\nint y = V;\n");
    let behind = |text: &str| {
        format!("{NAMED}#include <p.h>\n{text}\n#if N == 1\n#undef V\n#include XX(p.h)\n#endif\nint y = V;\n")
    };
    let target = "#include <p.h>\n#pragma GCC target(\"avx2\")\n#ifdef __AVX2__\n#undef V\n#include XX(p.h)\n#endif\nint y = V;\n";
    let marker = "#include XX(o.h)\n# 1 \"i/o.h\" 1\n#include \"y.h\"\nint y = V;\n";
    // The source, options, and the header that appears.
    let cases: &[(String, &str, &str)] = &[
        (format!("{NAMED}{target}"), "-c a.c -Ii", "p.h"),
        (
            live("#define HAVE_IT defined(QQ) || defined(__GNUC__)\n#if defined(MY_CONF_H) && HAVE_IT"),
            "-c a.c -Ij -Ii",
            "j/x.h",
        ),
        (live("#define W 0 ? 0 : 1\n#if defined(MY_CONF_H) && W"), "-c a.c -Ij -Ii", "j/x.h"),
        (live("#define A_B_\\u00e9\n#ifdef A_B_\u{e9}"), "-c a.c -Ij -Ii", "j/x.h"),
        (live("#ifdef OBJC_NEW_PROPERTIES\n#elif 1"), "-c a.c -Ij -Ii", "j/x.h"),
        (behind("%:define N 1"), "-c a.c -Ii", "p.h"),
        (behind("??=define N 1"), "-std=c99 -c a.c -Ii", "p.h"),
        (behind("// x ??/\n#define N 2\n#ifndef N\n#define N 1\n#endif"), "-std=c99 -c a.c -Ii", "p.h"),
        (behind("\0#define N 1"), "-c a.c -Ii", "p.h"),
        (format!("{NAMED}{marker}"), "-c a.c -Ii", "y.h"),
    ];
    for compiler in [Gcc, Clang] {
        for (text, line, appears) in cases {
            let world = World::with(compiler);
            world.file("a.c", text).file("i/p.h", "#define V 1\n").file("i/x.h", "#define V 1\n");
            world.file("i/o.h", "").file("i/y.h", "#define V 1\n").file("j/keep", "");
            world.cc(line).same();
            world.cc(line).same();
            world.file(appears, "#define V 2\n");
            world.cc(line).same();
        }
    }
}

/// Dates that no text spells, and that are joined where macros come to nothing.
#[test]
fn dates_beside_macros_that_vanish() {
    const JOIN: &str = "#define C(a, b) a##b\n#define X(a, b) C(a, b)\n#define E\n";
    const SWITCHED: &str = "#define DO(x) _Pragma(#x)\n#define DX(...) DO(__VA_ARGS__)\n#define CC(a, b) a##b\nDX(GCC CC(tar, get)(\"avx2\"))\n";
    let joined = [
        format!("{JOIN}#define P(a) a __TI a\nconst char *y = X(P(), ME__);\n"),
        format!("{JOIN}#define P E __TI E\nconst char *y = X(P, ME__);\n"),
        format!("{JOIN}const char *y = X(E __DA E, E TE__ E);\n"),
    ];
    let switched = format!("{SWITCHED}#ifdef __AVX2__\nconst char *y = __TIME__;\n#endif\nint z;\n");
    let gcc = joined.iter().chain([&switched]).map(|text| (Gcc, text));
    for (compiler, text) in gcc.chain(joined.iter().map(|text| (Clang, text))) {
        let world = World::with(compiler);
        world.file("a.c", text);
        for _ in 0..2 {
            // Bare and wrapped run within one second or not; that the compiler runs is asserted.
            let before = world.runs().len();
            world.shell(crate::fixture::packer_cc(), &[compiler.c(), "-c", "a.c"]);
            assert!(world.runs().len() > before, "{text} was served from the cache");
        }
    }
}
