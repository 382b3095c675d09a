//! Texts that look like a computed include, an assembly of files or a date, or hide one.

use super::{SYSTEM, line};
use crate::fixture::Compiler::{AvrGcc, Clang, Gcc};
use crate::fixture::cases::Act::{Remove, Write};
use crate::fixture::cases::{case, run};
use crate::fixture::{World, for_each_compiler};

/// Lines that are no directives: in a raw string, in a comment, under `#if 0`, in a string.
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

/// `__asm__(".byte " XSTR(N))`: macros put together what the assembler reads. It may come to name a file by `.incbin`,
/// and mostly does not.
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
    let reads = |name, text| of(name, text).matters(&[Write("blob", "BBBB")]).matters(&[Remove("blob")]);
    run(&[
        of("harmless", HARMLESS).idle(&[Write("blob", "BBBB")]),
        of("harmless at first", HARMLESS).only(&[Gcc, AvrGcc]).matters(&[Write("a.c", READS)]),
        // clang's assembler tells nobody what it reads.
        of("harmless at first, clang", HARMLESS).only(&[Clang]).declined(&[Write("a.c", READS)]),
        of("harmless, in a header", HEADER)
            .idle(&[Write("blob", "BBBB")])
            .matters(&[Write("sys/asm.h", "#define PUT(x) int put = x;\n")]),
        reads("reads a file, by a header", READS_BY_HEADER).only(&[Gcc, AvrGcc]),
        reads("reads a file, by a header, clang", READS_BY_HEADER).only(&[Clang]).never_served(),
        reads("reads a file", READS).only(&[Gcc, AvrGcc]),
        reads("reads a file, clang", READS).only(&[Clang]).never_served(),
    ]);
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
        let mentioned = MENTIONED.iter().map(|case| (case, "hit"));
        let consumed = CONSUMED.iter().map(|case| (case, "miss: bound-elsewhere"));
        for ((name, text), elsewhere) in mentioned.chain(consumed) {
            for (place, what) in [("one", "miss: new key"), ("another/place", elsewhere)] {
                world.file(&format!("{place}/{name}"), text).file(&format!("{place}/check.h"), CHECK);
                let root = world.tree().join(place);
                let line = format!("-c {}/{name} -o a.o", root.display());
                let run = || world.cc(&line).cwd(place).env("PACKER_CC_ROOT", &root).env("PACKER_CC_PATHS", "exact");
                run().does(what);
                run().hit();
            }
        }
    });
}

/// A reader of these texts would expect another include to be taken than the compiler takes. When the header appears
/// that the compiler looks for, it must be noticed.
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
            // Behind the pragma gcc has other macros than under `-E`. Behind a linemarker nothing tells which file
            // includes. So neither is kept.
            let is_in_doubt = text.contains("# 1 ") || text.contains("GCC target") && compiler == Gcc;
            let expected = match is_in_doubt {
                true => ["miss: computed-include"; 3],
                // clang ignores the pragma, so it does not look for the header that appears.
                false if text.contains("GCC target") => ["miss: new key", "hit", "hit"],
                false => ["miss: new key", "hit", "miss: file-appeared"],
            };
            world.cc(line).does(expected[0]);
            world.cc(line).does(expected[1]);
            world.file(appears, "#define V 2\n");
            world.cc(line).does(expected[2]);
        }
    }
}

/// `__TI` and `ME__` are pasted to a date, with macros between them that expand to nothing.
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
            // The two runs may fall into different seconds, so they are not compared. The test asserts that the
            // compiler runs.
            let before = world.runs().len();
            world.shell(crate::fixture::packer_cc(), &[compiler.c(), "-c", "a.c"]);
            assert!(world.runs().len() > before, "{text} was served from the cache");
        }
    }
}
