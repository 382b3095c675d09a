//! A macro names the header.

use super::{followed, line};
use crate::fixture::cases::Act::{Link, Remove, Touch, Write};
use crate::fixture::cases::{Case, case, run};

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

/// In `luaconf.h` of Lua and `sqliteInt.h` of `SQLite`, the include stands behind a name that nobody defines.
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
        // A name so short that a compiler could define it by itself.
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
        // A header that is included later cannot define the name for an earlier directive.
        .idle(&[Write("sys/user.h", "int user = 3;\n"), Touch("late.h")])]);
}

/// A directory among those of system headers is a link. gcc names a header in it by where the link leads, if that
/// name is shorter.
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
                .never_served()
                .matters(&[Write("sys/q.h", "")])
                .perhaps(&[Write("first/q.h", "")])
                .idle(&[Write("sys/unrelated.h", "")])
        })
        .collect();
    run(&cases);
}
