//! Texts whose meaning is not in their bytes alone: time macros, files that the assembler includes, `#embed`,
//! `#pragma GCC dependency`, computed includes. Each is tracked exactly or compiled every time. A mere mention of
//! them costs nothing.

use crate::fixture::{Compiler, World, for_each_compiler, packer_cc, words};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

/// Whether the compiler runs when packer-cc compiles the line. There is no bare run to compare with, since the two might
/// fall into different seconds.
fn ran(world: &World, line: &str) -> bool {
    let before = world.runs().len();
    let words: Vec<&str> = [world.compiler().c()].into_iter().chain(line.split(' ')).collect();
    world.shell(packer_cc(), &words);
    world.runs().len() > before
}

/// Each compile of the line runs the compiler.
fn never_served(world: &World, line: &str) {
    for _ in 0..2 {
        assert!(ran(world, line), "{line}: served\n{}", String::from_utf8_lossy(&world.read("a.c")));
    }
}

#[test]
fn expanded_time_macros_are_never_served() {
    const USES: &[&str] = &[
        "const char *a = WORD;\n",
        "#define NOW WORD\nconst char *a = NOW;\n",
        "#define NOW() \"built \" WORD\n#define LATER NOW()\nconst char *a = LATER;\n",
        "#define PASTE(a, b) a##b\nconst char *a = PASTE(HEAD, TAIL);\n",
        "#define PASTE(a, b) a%:%:b\nconst char *a = PASTE(HEAD, TAIL);\n",
        "#define WRAP(x) __##x##__\nconst char *a = WRAP(INNER);\n",
        "#define BUILD_TIME WORD\n#define PASTE(a, b) a##b\nconst char *a = PASTE(BUILD_, TIME);\n",
        "#define NOW \\\n    WORD\nconst char *a = NOW;\n",
        "const char *a = HEAD\\\nTAIL;\n",
        "// eh??/\nconst char *a = WORD;\n",
        "char c = '\"'; const char *a = WORD; char d = '\"';\n",
        "/* WORD */ const char *a = /* // */ WORD;\n",
    ];
    for_each_compiler(|world| {
        for (first, word) in ["__DATE__", "__TIME__", "__TIMESTAMP__"].into_iter().enumerate() {
            let (head, tail) = word.split_at(4);
            // What a text says is the same to all compilers. With gcc each text is tried with each word, with the other compilers
            // the words take turns.
            let (first, step) = if world.compiler() == Compiler::Gcc { (0, 1) } else { (first, 3) };
            for text in USES.iter().skip(first).step_by(step) {
                let text = text.replace("WORD", word).replace("HEAD", head).replace("TAIL", tail);
                let text = text.replace("INNER", word.trim_matches('_'));
                // The date stands in the source `a.c`, and in a header of `b.c`.
                world.file("a.c", &text).file("b.c", "#include \"h.h\"\n").file("h.h", &text);
                never_served(&world, "-c a.c");
                never_served(&world, "-c b.c -MMD");
            }
        }
    });
}

#[test]
fn time_macros_of_the_command_line_and_of_forced_includes() {
    for_each_compiler(|world| {
        world.files(&[("a.c", "const char *a = T;\n"), ("f.h", "#define T __TIME__\n")]);
        for line in ["-c a.c -DT=__DATE__", "-c a.c -D T=__TIME__", "-c a.c -include f.h", "-c a.c -imacros f.h"] {
            never_served(&world, line);
        }
        world.file("s.S", "\t.ascii __TIME__\n");
        never_served(&world, "-c s.S");
        // Nothing uses the macro.
        world.file("a.c", "int a;\n");
        for line in ["-c a.c -DT=__DATE__", "-c a.c -include f.h"] {
            world.cc(line).miss();
            world.cc(line).hit();
        }
    });
}

#[test]
fn a_mention_of_a_time_macro_costs_nothing() {
    const MENTIONS: &[&str] = &[
        "/* __DATE__ __TIME__ */ // __TIMESTAMP__\nint a;\n",
        "const char *a = \"__DATE__ __TIME__ __TIMESTAMP__\";\n",
        "/* one\n * __TIME__\n */ int a;\n",
        "// one \\\n __TIME__\nint a;\n",
        "int my__DATE__x; int __TIME__s;\n",
        "int a = '\"'; /* __DATE__ */ int b = '\"';\n",
        "/* don't __TIME__ */ int a;\n",
        "char *a = \"ERROR\"; /* __TIME__ */\n",
        "#define NOW __TIME__\nint a;\n",
        "#ifndef NOW\n# define NOW() __DATE__ __TIME__\n#endif\nint a; /* NOW */\n",
        "enum { DATE, TIME, TIMESTAMP };\nint a;\n",
    ];
    for_each_compiler(|world| {
        for text in MENTIONS {
            world.file("a.c", text).file("b.c", "#include \"h.h\"\n").file("h.h", text);
            for line in ["-c a.c", "-c a.c -MMD", "-c b.c", "-c b.c -MD"] {
                world.cc(line).timeless().miss();
                world.cc(line).timeless().hit();
            }
        }
    });
}

#[test]
fn a_source_date_that_is_set_is_part_of_the_key() {
    // clang 14 and avr-gcc 5.4 do not know the variable.
    let world = World::new();
    world.files(&[("a.c", "const char *a = __DATE__ __TIME__;\n"), ("b.c", "const char *b = __TIMESTAMP__;\n")]);
    for epoch in ["1000000000", "1500000000", "0"] {
        world.cc("-c a.c").env("SOURCE_DATE_EPOCH", epoch).miss();
        world.cc("-c a.c").env("SOURCE_DATE_EPOCH", epoch).hit();
    }
    for epoch in ["nonsense", "-1"] {
        world.cc("-c a.c").env("SOURCE_DATE_EPOCH", epoch).fails();
    }
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").hit();
    // The time of a file is no date of the build.
    for seconds in [1_400_000_000, 1_300_000_000] {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        File::options()
            .write(true)
            .open(world.path("tree/b.c"))
            .and_then(|file| file.set_modified(time))
            .expect("a time");
        world.cc("-c b.c").env("SOURCE_DATE_EPOCH", "1000000000").does("miss: timestamp-macro");
    }
}

/// Compiles, edits what is included, takes it away and puts it back.
fn included_file_is_followed(world: &World, line: &str, file: &str) {
    if world.compiler() == Compiler::Clang {
        return clang_is_left_alone(world, line, file);
    }
    let original = world.read(file);
    let edited = String::from_utf8_lossy(&original).replace("AAAA", "BBBB").replace(".byte 1", ".byte 2");
    let old = "an old assembler does not know every directive, and reads no file for one that it skips";
    let first = world.cc(line).does_one_of(&["miss: new key", "miss: file-changed", "failed: compiler-failed"], old);
    let again = if first.status.success() { "hit" } else { "failed: compiler-failed" };
    world.cc(line).does(again);
    world.file(file, &edited);
    world.cc(line).does_one_of(&["miss: file-changed", "hit", "failed: compiler-failed"], old);
    world.remove(file);
    world.cc(line).does_one_of(&["hit", "failed: compiler-failed"], old);
    world.file(file, original);
    world.cc(line).does(again);
}

/// clang's assembler tells nobody what it reads, so nothing is kept where a text may make it read something.
fn clang_is_left_alone(world: &World, line: &str, file: &str) {
    let edited = String::from_utf8_lossy(&world.read(file)).replace("AAAA", "BBBB").replace(".byte 1", ".byte 2");
    let because = "the reason depends on how the text spells the directive";
    let compile = || {
        let all = ["miss: assembler-include", "miss: computed-assembly", "failed: compiler-failed"];
        world.cc(line).does_one_of(&all, because);
    };
    compile();
    let original = world.read(file);
    world.file(file, edited);
    compile();
    world.remove(file);
    compile();
    // The same again as at first.
    world.file(file, original);
    compile();
}

fn blobs(world: &World) {
    world.files(&[
        ("blob", "AAAA"),
        ("d/blob2", "AAAA"),
        ("blob.s", "\t.byte 1\n"),
        ("outer.s", "\t.include \"blob.s\"\n"),
    ]);
}

/// Spellings of what makes an assembler read a file, and the file.
const ASSEMBLY: &[(&str, &str)] = &[
    (".incbin \"blob\"", "blob"),
    ("\t.incbin\t\"blob\"", "blob"),
    (".INCBIN   \"blob\"", "blob"),
    (".incbin \"blob\", 0, 1", "blob"),
    (".incbin /* c */ \"blob\"", "blob"),
    ("nop; .incbin \"./blob\"", "blob"),
    ("x: .incbin \"blob2\"", "d/blob2"),
    (".macro m n\n.incbin \"\\n\"\n.endm\nm blob", "blob"),
    (".macro m a b\n.\\a\\b \"blob\"\n.endm\nm inc bin", "blob"),
    (".macro m a\n.in\\a\\()in \"blob\"\n.endm\nm cb", "blob"),
    (".irp w,incbin\n.\\w \"blob\"\n.endr", "blob"),
    (".incbin \"bl\\157b\"", "blob"),
    (".include \"blob.s\"", "blob.s"),
    (".Include\t\"blob.s\"", "blob.s"),
    (".include \"outer.s\"", "blob.s"),
];

/// What a text says depends neither on the options nor on the source that it stands in. With gcc the `nth` text is tried in both
/// ways, with the other compilers the two take turns.
fn turns<'a, T>(world: &World, nth: usize, both: &'a [T; 2]) -> &'a [T] {
    if world.compiler() == Compiler::Gcc { both } else { &both[nth % 2..=nth % 2] }
}

#[test]
fn what_an_assembler_source_includes() {
    for_each_compiler(|world| {
        blobs(&world);
        for (nth, (text, file)) in ASSEMBLY.iter().enumerate() {
            let both = [("a.s", format!("{text}\n")), ("a.S", format!("#define X\n{text}\n"))];
            for (name, source) in turns(&world, nth, &both) {
                world.file(name, source);
                included_file_is_followed(&world, &format!("-c {name} -I d -o a.o"), file);
            }
        }
        world.file("a.S", "#define X\n.include \"outer.s\"\n");
        included_file_is_followed(&world, "-c a.S -I d -MMD -o a.o", "blob.s");
    });
}

#[test]
fn what_inline_assembly_includes() {
    for_each_compiler(|world| {
        blobs(&world);
        for (nth, (text, file)) in ASSEMBLY.iter().enumerate() {
            let literal = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            world.files(&[
                ("a.c", &format!("__asm__(\"{literal}\");\nint a;\n")),
                ("h.h", &format!("__asm__(\"{literal}\");\n")),
                ("c.c", "#include \"h.h\"\nint a;\n"),
            ]);
            for name in turns(&world, nth, &["a.c", "c.c"]) {
                included_file_is_followed(&world, &format!("-c {name} -I d -o a.o"), file);
            }
            // With `-S` gcc assembles nothing, so nothing is read. For clang see the next test.
            if world.compiler() != Compiler::Clang {
                world.cc("-S a.c -o a.out").miss();
            }
        }
    });
}

/// clang parses inline assembly for `-S` too: it writes what an `.include` leads to into its output, and it fails where the file
/// of an `.incbin` is missing.
#[test]
fn what_inline_assembly_includes_in_clangs_assembly() {
    let world = World::with(Compiler::Clang);
    blobs(&world);
    for (text, file) in ASSEMBLY {
        let literal = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        world.file("a.c", format!("__asm__(\"{literal}\");\nint a;\n"));
        clang_is_left_alone(&world, "-S a.c -I d -o a.out", file);
    }
}

#[test]
fn inline_assembly_in_odd_spelling() {
    const TEXTS: &[&str] = &[
        "__asm__(\".inc\" \"bin \\\"blob\\\"\");",
        "__asm__(\".inc\"\n\"bin \" /* c */\n\"\\\"blob\\\"\");",
        "__asm__(\".inc\\\nbin \\\"blob\\\"\");",
        "__asm__(\"\\56incbin \\\"blob\\\"\");",
        "#define F \"blob\"\n__asm__(\".incbin \\\"\" F \"\\\"\");",
        "#define STR(x) #x\n#define INCBIN(f) __asm__(\".incbin \" STR(f))\nINCBIN(\"blob\");",
        "#define Q(x) #x\n#define I(d, f) __asm__(\".\" Q(d) \" \\\"\" f \"\\\"\")\nI(incbin, \"blob\");",
        "#define P(a, b) a##b\n#define Q(x) R(x)\n#define R(x) #x\n__asm__(\".\" Q(P(inc, bin)) \" \\\"blob\\\"\");",
        "#define A __asm__\nA(\".incbin \\\"blob\\\"\");",
        "#define J(a, b) a##b\nJ(__as, m__)(\".inc\" \"bin \\\"blob\\\"\");",
        "#define J(a, b) a##b\nJ(as, m)(\".inc\" \"bin \\\"blob\\\"\");",
        "%:define A __asm__\nA(\".incbin \\\"blob\\\"\");",
        "void f(void) { __asm__ volatile(\".incbin \\\"blob\\\"\" :: \"r\"(1) : \"memory\"); }",
        "void f(void) { __asm__ volatile(\".incbin \\\"blob\\\", %c0, 1\" :: \"i\"(1)); }",
        "int a __asm__(\"foo\\n.incbin \\\"blob\\\"\\nx\");",
        "int a __attribute__((section(\".text\\n.incbin \\\"blob\\\"\\n#\"))) = 1;",
        "__asm__(TEXT);",
    ];
    for_each_compiler(|world| {
        blobs(&world);
        for (nth, text) in TEXTS.iter().enumerate() {
            world.file("a.c", format!("{text}\n"));
            for options in turns(&world, nth, &["", "-O2 -g -MMD"]) {
                let line = format!("{options} '-DTEXT=\".incbin \\\"blob\\\"\"' -c a.c -o a.o");
                included_file_is_followed(&world, &line, "blob");
            }
        }
    });
}

#[test]
fn what_only_looks_like_an_assembler_include() {
    for_each_compiler(|world| {
        blobs(&world);
        world.files(&[
            // The assembler begins its comments with other signs than C, so here the directive counts.
            ("live.s", "# see /*\n.incbin \"blob\"\n# */\n"),
            ("continued.s", "// x \\\n.incbin \"blob\"\n"),
            ("pasted.S", "#define D(a, b) C(a, b)\n#define C(a, b) .a##b\nD(inc, bin) \"blob\"\n"),
            // Here the directive does not count.
            ("dead.S", "/* .incbin \"blob\" */\n.long 1\n"),
            ("dead.s", "/* .include \"blob.s\" */\n.long 1\n"),
            ("macro.S", ".macro save r\n\t.long \\r\n.L\\r:\n.endm\n\tsave 1\n"),
            ("dead.c", "/* asm(\".incbin x\") */ int include; struct s { int include; };\n"),
        ]);
        for name in ["live.s", "continued.s", "pasted.S"] {
            included_file_is_followed(&world, &format!("-c {name} -o a.o"), "blob");
        }
        for name in ["dead.S", "dead.s", "macro.S", "dead.c"] {
            world.cc(&format!("-c {name} -o a.o")).miss();
            world.cc(&format!("-c {name} -o a.o")).hit();
        }
    });
}

#[test]
fn pragma_dependency() {
    const TEXTS: &[&str] = &[
        "#pragma GCC dependency \"p.y\"",
        "#pragma\tGCC\tdependency \"p.y\" and a text",
        "# /* x */ pragma GCC /* y */ dependency <p.y>",
        "#pragma GCC \\\ndependency \"p.y\"",
        "#define FILE \"p.y\"\n#pragma GCC dependency FILE",
        "_Pragma(\"GCC dependency \\\"p.y\\\"\")",
        "_Pragma(\"GCC /**/ dependency \\\"p.y\\\"\")",
        "#define DO(x) _Pragma(#x)\n#define D(x) DO(x)\nD(GCC dependency \"p.y\")",
        "#pragma clang dependency \"p.y\"",
    ];
    for_each_compiler(|world| {
        let aged = |seconds| {
            world.file("p.y", "x");
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            File::options()
                .write(true)
                .open(world.path("tree/p.y"))
                .and_then(|file| file.set_modified(time))
                .expect("a time");
        };
        for text in TEXTS {
            world.file("a.c", format!("{text}\nint a;\n"));
            for seconds in [1_000_000_000, 1_700_000_000, 1_000_000_000] {
                aged(seconds);
                // No compiler expands `FILE` there, so it is an error.
                let is_error = text.contains("dependency FILE");
                let what = if is_error { "failed: compiler-failed" } else { "miss: pragma-dependency" };
                world.cc("-c a.c -I .").does(what);
                world.cc("-c a.c -I .").does(what);
            }
        }
        // Prose about dependencies is none.
        world.file("a.c", "/* GCC dependency \"p.y\" */ int dependency; // a dependency \"p.y\"\n");
        world.cc("-c a.c").miss();
        world.cc("-c a.c").hit();
    });
}

#[test]
fn computed_includes_are_followed() {
    const CASES: &[(&str, &str, &str)] = &[
        ("#define S(x) T(x)\n#define T(x) #x\n#include S(H)\nint a = V;\n", "-c a.c -DH=one.h", "one.h"),
        ("#include H\nint a = V;\n", "-c a.c '-DH=\"one.h\"'", "one.h"),
        ("#include H\nint a = V;\n", "-c a.c '-DH=<two.h>' -isystem inc", "inc/two.h"),
        ("#define H \"one.h\"\n#include H\nint a = V;\n", "-c a.c", "one.h"),
        ("#define A(x) <x>\n#include A(two.h)\nint a = V;\n", "-c a.c -I inc", "inc/two.h"),
    ];
    for_each_compiler(|world| {
        for (text, line, header) in CASES {
            world.files(&[("a.c", text), ("one.h", "#define V 1\n"), ("inc/two.h", "#define V 2\n")]);
            for request in ["", "-MMD", "-MD"] {
                let line = format!("{line} {request}");
                world.cc(&line).kept();
                world.cc(&line).hit();
                let original = world.read(header);
                world.file(header, "#define V 7\n");
                world.cc(&line).miss();
                world.file(header, original);
                world.cc(&line).hit();
            }
        }
    });
}

/// `#ifdef SKETCH_OF_OLD` stands around a computed include. Nothing defines that name, so nothing is read there. Under
/// `-MMD` no depfile tells that.
#[test]
fn computed_includes_behind_a_name_that_nothing_defines() {
    const SOURCE: &str = "#include <sys.h>\n#ifdef SKETCH_OF_OLD\n#define S(x) T(x)\n#define T(x) <x>\n\
                          #include S(SKETCH_OF_OLD)\n#else\n#define V 0\n#endif\nint a = V;\n";
    for_each_compiler(|world| {
        world.files(&[("a.c", SOURCE), ("inc/sys.h", "int s;\n"), ("inc/two.h", "#define V 2\n")]);
        let line = "-MMD -c a.c -isystem inc";
        world.cc(line).miss_unasked();
        world.cc(line).hit();
        world.file("inc/two.h", "#define V 3\n");
        world.cc(line).hit();

        // An option defines the name.
        let given = format!("{line} -DSKETCH_OF_OLD=two.h");
        for value in 4..7 {
            world.file("inc/two.h", format!("#define V {value}\n"));
            world.cc(&given).miss_asking();
            world.cc(&given).hit();
        }
        // A script in front of the compiler defines it.
        let script = world.path("wrap/cc-with-sketch");
        let compiler = world.path("bin").join(world.compiler().c());
        fs::create_dir_all(script.parent().expect("a parent")).expect("a directory");
        fs::write(&script, format!("#!/bin/sh\nexec {} -DSKETCH_OF_OLD=two.h \"$@\"\n", compiler.display()))
            .expect("a script");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a script");
        for value in 7..9 {
            world.file("inc/two.h", format!("#define V {value}\n"));
            world.run(&script, words(line)).miss();
            world.run(&script, words(line)).hit();
        }
        // A system header defines it.
        world.file("inc/sys.h", "#define SKETCH_OF_OLD two.h\n");
        for value in 10..12 {
            world.file("inc/two.h", format!("#define V {value}\n"));
            world.cc(line).miss_asking();
            world.cc(line).hit();
        }
    });
}

#[test]
fn files_that_only_debug_data_names() {
    // What `#line` and prefix maps name need not be there, and is not read.
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#line 1 \"g.y\"\nint f(void) { return 1; }\n"),
            ("b.i", "# 1 \"none.c\"\nint f(void) { return 1; }\n"),
        ]);
        for line in ["-c a.c", "-g -c a.c", "-g -c a.c -MMD", "-c b.i", "-g -c b.i", "-g -S b.i"] {
            world.cc(line).miss();
            world.cc(line).hit();
        }
        world.cc("-g -S a.c -o made.s").miss();
        world.cc("-c made.s").miss();
        world.cc("-c made.s").hit();
        // A diagnostic shows the line of the file that is named.
        world.file("a.c", "int f(void) {\n#line 1 \"g.y\"\nint unused;\nreturn 0; }\n");
        for text in ["int unused; // one\n", "int unused; // two\n"] {
            world.file("g.y", text);
            world.cc("-Wall -c a.c").does("miss: line-directive");
            world.cc("-Wall -c a.c").does("miss: line-directive");
        }
        // What pastes a parameter of that name is no directive.
        world.file(
            "a.c",
            "#define TRACE(line) int trace_##line = sizeof #line;\nint f(void) {\nint unused;\nreturn 0; }\nTRACE(1)\n",
        );
        world.cc("-Wall -c a.c").miss();
        world.cc("-Wall -c a.c").hit();
    });
}
