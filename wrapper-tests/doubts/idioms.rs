//! Computed includes as the Linux kernel, Boost, `FreeType` and others write them.

use super::line;
use crate::fixture::Compiler::{Clang, Gcc};
use crate::fixture::cases::Act::{Remove, Touch, Write};
use crate::fixture::cases::{Case, case, run};

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

/// The kernel's `define_trace.h` includes the header once more that has just included it. At its end it defines
/// `CREATE_TRACE_POINTS`, the name that it waits for at its beginning.
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

/// `#pragma GCC target` and `optimize` define macros, and these decide about an include. gcc does not define them
/// under `-E`.
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
        // gcc before 14 does not define the macros of the pragma when it only preprocesses. So what it answers then
        // tells nothing of the compile.
        of("arguments, gcc", BY_NAME).only(&[Gcc]).never_served(),
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
