//! Headers of definitions: what changes in one of them costs the compiles that ask for it, and no others.
//!
//! ```c
//! // config.h, which every source includes
//! #define BUILD_TIME "2026-11-27"
//! #define HAVE_FORK 1
//! ```

mod asked;
mod written;

use crate::fixture::cases::Act::Write;
use crate::fixture::cases::{Case, case, run};
use crate::fixture::{Compiler, World, age, for_each_compiler};
use std::fs;
use std::time::{Duration, SystemTime};

const CONFIG: &str = "/* Made by configure. */\n#ifndef CONFIG_H\n#define CONFIG_H\n#define BUILD_TIME \"one\"\n#define HAVE_FORK 1\n\
     #define LEVEL_A LEVEL_B\n#define LEVEL_B 3\n#ifdef DEBUG_ALL\n# define IF_DEBUG(...) __VA_ARGS__\n#else\n# define IF_DEBUG(...)\n\
     #endif\n#endif\n";

/// The header with something else in the place of `from`.
fn config(from: &str, to: &str) -> &'static str {
    assert!(CONFIG.contains(from), "{from}");
    CONFIG.replacen(from, to, 1).leak()
}

/// A source that includes the header, and the edits of it that matter or do not.
fn source(name: &'static str, text: &'static str, line: &str) -> Case {
    case(name, &[("config.h", CONFIG), ("a.c", text)], line)
}

#[test]
fn what_is_asked_for_and_what_is_not() {
    let time = [Write("config.h", config("\"one\"", "\"two\""))];
    let gone = [Write("config.h", config("#define BUILD_TIME \"one\"", "/* #undef BUILD_TIME */"))];
    let more = [Write("config.h", config("#define LEVEL_B 3", "#define LEVEL_B 3\n#define MORE_X 1\n#undef MORE_Y"))];
    let fork = [Write("config.h", config("HAVE_FORK 1", "HAVE_FORK 2"))];
    let level = [Write("config.h", config("LEVEL_B 3", "LEVEL_B 4"))];
    run(&[
        source("a name", "#include \"config.h\"\nint a = HAVE_FORK;\n", "-c a.c")
            .also("-O2 -MMD -Wall -Wextra -c a.c -o a.o")
            .also("-x c++ -c a.c")
            .idle(&time)
            .idle(&gone)
            .idle(&more)
            .idle(&level)
            .matters(&fork),
        source("with debug data", "#include \"config.h\"\nint f(void) { return HAVE_FORK; }\n", "-g -c a.c")
            .only(&[Compiler::Gcc, Compiler::AvrGcc])
            .idle(&time)
            .idle(&more)
            .matters(&fork),
        source("by way of another", "#include \"config.h\"\nint a = LEVEL_A;\n", "-c a.c").idle(&time).matters(&level),
        source("in a condition", "#include \"config.h\"\n#ifdef BUILD_TIME\nint a;\n#endif\n", "-c a.c")
            .perhaps(&time)
            .matters(&gone)
            .idle(&fork),
        // Texts of the system say `_Pragma` and `deprecated`, and stand below a directory `clang`.
        source("beside headers of the system", "#include <stdint.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include \"config.h\"\nint a = HAVE_FORK;\n", "-c a.c")
            .also("-Wall -Wextra -O2 -c a.c")
            .idle(&time)
            .idle(&more)
            .matters(&fork),
        source("beside headers of C++", "#include <iostream>\n#include \"config.h\"\nint a = HAVE_FORK;\n", "-x c++ -c a.c")
            .only(&[Compiler::Gcc, Compiler::Clang])
            .idle(&time)
            .matters(&fork),
        source("in a wrapper", "#include \"config.h\"\nint a IF_DEBUG(= 1);\n", "-c a.c")
            .matters(&[Write("config.h", config("#ifdef DEBUG_ALL", "#ifndef DEBUG_ALL"))])
            .idle(&fork),
        source("by the command line", "#include \"config.h\"\nint a = X;\n", "-DX=HAVE_FORK -c a.c").idle(&time).matters(&fork),
        source("pasted", "#include \"config.h\"\n#define HAS(x) HAVE_ ## x\nint a = HAS(FORK);\n", "-c a.c").matters(&fork),
        source(
            "pasted of three",
            "#include \"config.h\"\n#define CAT(a, b) PASTE(a, b)\n#define PASTE(a, b) a ## b\nint a = CAT(CAT(HAVE, _), FORK);\n",
            "-c a.c",
        )
        .matters(&fork),
        source("split over lines", "#include \"config.h\"\nint a = HAVE_\\\nFORK;\n", "-c a.c").matters(&fork).idle(&time),
        source(
            "pushed by a string",
            "#define HAVE_FORK 5\n_Pragma(\"push_macro(\\\"HAVE_FORK\\\")\")\n#undef HAVE_FORK\n#include \"config.h\"\nint a = HAVE_FORK;\n",
            "-c a.c",
        )
        .matters(&fork),
    ]);
}

/// A condition that could tell its line: `assert` says `__LINE__`.
#[test]
fn conditions_that_stay_on_their_lines() {
    let header = |version: u32| -> &'static str {
        format!(
            "/* \u{fc}\n */\n#define UNUSED_A {version}\n#define LEVEL_A 2\n#if LEVEL_A > 1\n#define USED_A 1\n#endif\n"
        )
        .leak()
    };
    let used: &'static str = header(1).replace("LEVEL_A 2", "LEVEL_A 1").leak();
    let source =
        "#include <assert.h>\n#include \"config.h\"\nvoid f(int a) { assert(a); }\n#ifdef USED_A\nint b;\n#endif\n";
    run(&[case("beside assert", &[("config.h", header(1)), ("a.c", source)], "-c a.c")
        .idle(&[Write("config.h", header(2))])
        .perhaps(&[Write("config.h", format!("#define UNUSED_B 1\n{}", header(1)).leak())])
        .matters(&[Write("config.h", used)])]);
}

/// Ways to notice a definition that no text mentions.
#[test]
fn what_is_noticed_in_other_ways() {
    const UNUSED: &str = "#define UNUSED_A 1\n";
    let header = |name: &'static str, from: &'static str, to: &'static str, text: &'static str| {
        case(name, &[("config.h", from), ("a.c", text)], "-c a.c").matters(&[Write("config.h", to)])
    };
    let lines = "#include \"config.h\"\n#ifdef B_B\nint a;\n#else\nint b;\n#endif\n";
    let clang = &[Compiler::Clang];
    run(&[
        header(
            "the number of a line",
            "#define UNUSED_A 1\n#if __LINE__ == 2\n#define B_B 1\n#endif\n",
            "\n#define UNUSED_A 1\n#if __LINE__ == 2\n#define B_B 1\n#endif\n",
            lines,
        ),
        header(
            "the number of a line, by a macro",
            "#define LL_ __LINE__\n#if LL_ == 2\n#define B_B 1\n#endif\n",
            "#define LL_ __LINE__\n#define UNUSED_A 1\n#if LL_ == 2\n#define B_B 1\n#endif\n",
            lines,
        ),
        header("a suffix", "#define FOO_L 1\n", "#define FOO_L 2\n", "#include \"config.h\"\nint x = __INT64_C(FOO_);\n")
            .only(&[Compiler::Gcc]),
        header(
            "a suffix that a macro gives",
            "#define FOO_L 1\n",
            "#define FOO_L 2\n",
            "#include \"config.h\"\n#define C2(a, b) a##b\n#define C(a, b) C2(a, b)\nint x = C(FOO_, __INT64_C_SUFFIX__);\n",
        )
        .only(clang),
        header(
            "a macro that is deprecated",
            UNUSED,
            "#ifdef DEPR\n#define UNUSED_B 2\n#endif\n#define UNUSED_A 1\n",
            "#define DEPR 1\n#pragma clang deprecated(DEPR)\n#include \"config.h\"\nint a;\n",
        )
        .only(clang),
        header(
            "poison in two parts",
            UNUSED,
            "#define UNUSED_A FOOF\n",
            "#define S1(x) #x\n#define S(x) S1(x)\n#define C(a, b) a##b\n_Pragma(S(GCC C(poi, son) FOOF))\n#include \"config.h\"\nint a;\n",
        ),
    ]);
    let apple = [("config.h", UNUSED), ("a.m", "#include \"config.h\"\nint a;\n")];
    run(&[case("a macro of Objective-C", &apple, "-c a.m -o a.o")
        .only(clang)
        .matters(&[Write("config.h", "#define UNUSED_A 1\n#define IBOutlet 4\n")])]);
}

/// A header without a guard that defines a name in each branch of a condition, as one that `kconfig` makes: an option is switched that nobody asks for.
#[test]
fn an_option_is_switched() {
    let option = |name: &str, is_on: bool| {
        let (value, text, not) = if is_on { (1, "__VA_ARGS__", "") } else { (0, "", "__VA_ARGS__") };
        let on = format!(
            "#ifdef MAKE_SUID\n# define IF_{name}(...) {text} \"CONFIG_{name}\"\n#else\n# define IF_{name}(...) {text}\n#endif\n"
        );
        let body = if is_on { on } else { format!("#define IF_{name}(...)\n") };
        format!("#define ENABLE_{name} {value}\n{body}#define IF_NOT_{name}(...) {not}\n")
    };
    let config = |one: bool, other: bool| -> &'static str {
        format!("{}{}", option("THIS_ONE", one), option("OTHER_ONE", other)).leak()
    };
    let source =
        "#include \"config.h\"\n#include \"config.h\"\nint a IF_THIS_ONE(= 1);\n#if ENABLE_THIS_ONE\nint b;\n#endif\n";
    let asks = "#include \"config.h\"\n#define MAKE_SUID\n#include \"config.h\"\nint a;\n";
    run(&[
        case("of another source", &[("config.h", config(true, false)), ("a.c", source)], "-c a.c")
            .also("-O2 -MMD -Wall -Wextra -Wundef -c a.c -o a.o")
            .idle(&[Write("config.h", config(true, true))])
            .matters(&[Write("config.h", config(false, false))]),
        // The second time the other branch is read, and defines the name anew.
        case("the condition changes", &[("config.h", config(false, false)), ("a.c", asks)], "-c a.c")
            .matters(&[Write("config.h", config(false, true))]),
    ]);
}

/// A header that is read twice may define a name twice.
#[test]
fn headers_that_are_read_twice() {
    const BLOCK: &str = "#ifdef TWO_X\n#define ONE_A 1\n#else\n#define ONE_A 2\n#endif\n";
    let source = "#include \"config.h\"\n#define TWO_X\n#include \"b.h\"\n#include \"config.h\"\nint a;\n";
    let twice = |name: &'static str, from: &str, to: String, more: &[(&'static str, &'static str)]| {
        let (from, to): (&'static str, &'static str) = (from.to_owned().leak(), to.leak());
        let mut acts = vec![Write("config.h", to)];
        acts.extend(more.iter().map(|(path, text)| Write(path, text)));
        case(name, &[("config.h", from), ("b.h", "#undef XONFIG_H\n"), ("a.c", source)], "-c a.c").matters(&acts)
    };
    let guarded = |middle: &str, end: &str| {
        format!("#ifndef CONFIG_H\n#define CONFIG_H\n#define UNUSED_A 1\n{middle}{end}#endif\n")
    };
    run(&[
        twice(
            "a guard that is taken back",
            &guarded("", "#undef CONFIG_H\n"),
            guarded(BLOCK, "#undef CONFIG_H\n"),
            &[],
        ),
        twice(
            "a pragma that is skipped",
            "#ifdef NEVERX\n#pragma once\n#endif\n",
            format!("#ifdef NEVERX\n#pragma once\n#endif\n{BLOCK}"),
            &[],
        ),
        twice("another header takes it back", &guarded("", ""), guarded(BLOCK, ""), &[("b.h", "#undef CONFIG_H\n")]),
        case(
            "it is taken back by a pasted name",
            &[
                ("config.h", "#ifndef CONFIG_H\n#define CONFIG_H\n#endif\n"),
                (
                    "a.c",
                    "#define DO(x) _Pragma(#x)\n#define M3(m,s) DO(m(s))\n#define M2(m,x) M3(m,#x)\n#define M(m,a,b) M2(m,a##b)\n\
                     M(push_macro,CONFIG,_H)\n#include \"config.h\"\nM(pop_macro,CONFIG,_H)\n#define TWO_X\n#include \"config.h\"\nint a;\n",
                ),
            ],
            "-c a.c",
        )
        .matters(&[Write("config.h", guarded(BLOCK, "").replace("#define UNUSED_A 1\n", "").leak())]),
    ]);
}

/// Found as a header of the search path and beside another header, it is listed twice in gcc's depfiles.
#[test]
fn a_header_that_is_found_in_two_ways() {
    for guard in ["#pragma once\n", ""] {
        for_each_compiler(|world| {
            let config = |time: &str| format!("{guard}#define BUILD_TIME \"{time}\"\n#define USED_X 1\n");
            world.file("inc/config.h", config("one")).file("inc/a.h", "#include \"config.h\"\nextern int h;\n");
            world.file("a.c", "#include \"config.h\"\n#include \"a.h\"\nint a = USED_X;\n");
            world.cc("-Iinc -MD -c a.c").miss();
            world.file("inc/config.h", config("two"));
            world.cc("-Iinc -MD -c a.c").hit();
            world.file("inc/config.h", config("two") + "// a comment\n");
            world.cc("-Iinc -MD -c a.c").hit();
            world.file("inc/config.h", config("two").replace("USED_X 1", "USED_X 2"));
            world.cc("-Iinc -MD -c a.c").does("miss: file-changed");
        });
    }
}

/// A working directory that is on the search path by another name, as curl's Makefiles have it.
#[test]
fn a_header_by_two_names_of_its_directory() {
    for_each_compiler(|world| {
        let config = |time: &str| format!("#define BUILD_TIME \"{time}\"\n#define USED_X 1\n");
        world
            .file("lib/config.h", config("one"))
            .file("lib/setup.h", "#ifndef SETUP_H\n#define SETUP_H\n#include \"config.h\"\n#endif\n");
        world.file("lib/more.h", "#include \"setup.h\"\n");
        world.file("lib/a.c", "#include \"setup.h\"\n#include <more.h>\nint a = USED_X;\n");
        let compile = || world.cc("-I../lib -MD -c a.c").cwd("lib");
        compile().kept();
        world.file("lib/config.h", config("two"));
        compile().hit();
        world.file("lib/config.h", config("two").replace("USED_X 1", "USED_X 2"));
        compile().kept();
    });
}

/// Two headers that gcc takes for one, until one of them says more.
#[test]
fn headers_that_are_no_more_taken_for_each_other() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000);
    for_each_compiler(|world| {
        let put = |name: &str, text: &str| {
            world.file(name, text);
            fs::File::open(world.path("tree").join(name)).unwrap().set_modified(time).unwrap();
        };
        let text = "#pragma once\n#define BUILD_TIME 1\n#define USED_X 1\n";
        put("x/config.h", text);
        put("y/config.h", text);
        let body = "#include \"x/config.h\"\n#undef USED_X\n#include \"y/config.h\"\n#ifdef USED_X\nint a;\n#endif\n";
        world.file("a.c", body);
        world.cc("-c a.c").kept();
        put("y/config.h", &text.replace("TIME 1", "TIME 2"));
        world.cc("-c a.c").kept();
        put("x/config.h", &text.replace("TIME 1", "TIME 2"));
        world.cc("-c a.c").whatever("whether it hits is not told here");
    });
}

/// Two equal headers that say `#pragma once`: whether both are read is for the compiler to say.
#[test]
fn copies_that_are_read_once_each() {
    let levels = "#pragma once\n#ifdef DBG\n#define LEVEL_A 2\n#else\n#define LEVEL_A 1\n#endif\n";
    for_each_compiler(|world| {
        let put = |text: &str| {
            world.file("c.h", text).file("lib/c.h", text);
            age(&world.tree().join("c.h"));
        };
        put("#pragma once\n#define LEVEL_B 1\n");
        world.file("a.c", "#include \"c.h\"\n#define DBG\n#include \"lib/c.h\"\nint x;\n");
        world.cc("-c a.c").kept();
        put(levels);
        world.cc("-c a.c").kept();
    });
}

/// What compilers say of definitions that nobody asks for.
#[test]
fn definitions_that_are_warned_of() {
    let with = |line: &str| [Write("config.h", config("#define LEVEL_B 3", &format!("#define LEVEL_B 3\n{line}")))];
    let plain = || source("a plain source", "#include \"config.h\"\nint a = HAVE_FORK;\n", "-Wall -Wextra -c a.c");
    run(&[
        plain()
            .matters(&with("#define BUILD_TIME \"two\""))
            .matters(&with("#define MORE_X 'a"))
            .matters(&with("#define MORE_X\"a\""))
            .matters(&with("#undef MORE_X a"))
            .idle(&with("#define MORE_X 'a'")),
        source("poisoned words", "#pragma GCC poison banned\n#include \"config.h\"\nint a = HAVE_FORK;\n", "-c a.c")
            .perhaps(&with("#define MORE_X banned")),
        source(
            "poisoned words of clang's",
            "#pragma clang poison banned\n#include \"config.h\"\nint a = HAVE_FORK;\n",
            "-c a.c",
        )
        .only(&[Compiler::Clang])
        .perhaps(&with("#define MORE_X banned")),
        case(
            "a header with the name of such a pragma",
            &[
                ("config.h", CONFIG),
                ("poison.h", ""),
                ("a.c", "#include \"poison.h\"\n_Pragma(\"GCC diagnostic push\")\n#include \"config.h\"\nint a = HAVE_FORK;\n"),
            ],
            "-c a.c",
        )
        .idle(&with("#define MORE_X banned")),
        source("other macros", "#include \"config.h\"\n#define MORE_X 1\nint a = HAVE_FORK;\n", "-c a.c")
            .matters(&with("#define MORE_X 2")),
        source(
            "warnings of old C, by a pragma",
            "#pragma GCC diagnostic warning \"-Wtraditional\"\n#include \"config.h\"\nint a = HAVE_FORK;\n",
            "-c a.c",
        )
        .only(&[Compiler::Gcc, Compiler::AvrGcc])
        .matters(&with("#define MORE_F(aa) \"aa\"")),
        source("all macros in debug data", "#include \"config.h\"\nint a = HAVE_FORK;\n", "-g3 -c a.c")
            .only(&[Compiler::Gcc])
            .matters(&with("#define MORE_X 1")),
        source("text in front of a line's end", "#include \"config.h\"\nint a = HAVE_FORK;\n", "-c a.c")
            .perhaps(&with("int more;")),
    ]);
}

/// Headers of definitions that include others, several that change at once, and what is known of them on another machine.
#[test]
fn several_headers_and_another_store() {
    let world = World::new();
    world.file("a.c", "#include \"config.h\"\nint a = VERSION_X;\n");
    world.file("config.h", "#pragma once\n#include \"version.h\"\n#define HAVE_X BUILT_X\n");
    world.file("version.h", "#define VERSION_X 1\n#define BUILT_X 1\n");
    world.cc("-c a.c").miss();
    world.file("version.h", "#define VERSION_X 1\n#define BUILT_X 2\n");
    // `config.h` is as it was, and asks for it.
    world.cc("-c a.c").does("miss: file-changed");
    world.file("config.h", "#pragma once\n#include \"version.h\"\n#define HAVE_X 1\n");
    world.file("version.h", "#define VERSION_X 1\n#define BUILT_X 3\n");
    world.cc("-c a.c").hit();
    world.file("version.h", "#define VERSION_X 2\n#define BUILT_X 3\n");
    world.cc("-c a.c").does("miss: file-changed");
    // Another machine has the store and no memos.
    std::fs::remove_dir_all(world.cache().join("state")).expect("the state");
    world.file("version.h", "#define VERSION_X 2\n#define BUILT_X 4\n");
    world.cc("-c a.c").env("PACKER_CC_LOG", world.path("log")).hit();
    let log = std::fs::read_to_string(world.path("log")).expect("a log");
    assert!(log.contains("held: version.h changed in BUILT_X, which nothing here mentions"), "{log}");
    let told = world.admin(&["verify"]);
    assert!(told.contains("headers"), "{told}");
}
