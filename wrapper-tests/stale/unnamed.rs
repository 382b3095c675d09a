//! Changes that no depfile names, one case each.

use crate::fixture::{Compiler, for_each_compiler};
use std::collections::BTreeSet;

/// Files, the command, and the file that changes with its second content.
struct Case {
    files: &'static [(&'static str, &'static str)],
    line: &'static str,
    change: (&'static str, &'static str),
    /// What gcc's compiles do: two before the change and two after it.
    gcc: Outcomes,
    /// The same of clang's.
    clang: Outcomes,
}

type Outcomes = [&'static str; 4];

const APPEARED: Outcomes = ["miss: new key", "hit", "miss: file-appeared", "hit"];

const CHANGED: Outcomes = ["miss: new key", "hit", "miss: file-changed", "hit"];

/// The change does not matter to this compiler.
const SAME: Outcomes = ["miss: new key", "hit", "hit", "hit"];

const COMPUTED_QUESTION: Outcomes = ["miss: computed-has-include"; 4];

/// clang's assembler tells nobody what it reads.
const ASSEMBLER: Outcomes = ["miss: assembler-include"; 4];

const CASES: &[Case] = &[
    // The text pastes the word `__has_include` together.
    Case {
        files: &[("a.c", "#define P(a,b) a##b\n#if P(__has,_include)(\"q.h\")\nint yes;\n#else\nint no;\n#endif\n")],
        line: "-c a.c",
        change: ("q.h", ""),
        gcc: COMPUTED_QUESTION,
        clang: COMPUTED_QUESTION,
    },
    Case {
        files: &[("a.c", "#define P(a) __has_inc##a\n#if P(lude)(<q.h>)\nint yes;\n#else\nint no;\n#endif\n")],
        line: "-c a.c -I.",
        change: ("q.h", ""),
        gcc: COMPUTED_QUESTION,
        clang: COMPUTED_QUESTION,
    },
    // A macro of the command line holds the question.
    Case {
        files: &[("a.c", "#if HAS\nint a = 1;\n#else\nint a = 2;\n#endif\n")],
        line: "-c a.c '-DHAS=__has_include(\"foo.h\")'",
        change: ("foo.h", ""),
        gcc: COMPUTED_QUESTION,
        clang: COMPUTED_QUESTION,
    },
    // A directory twice on the search path: the compiler drops the earlier place.
    Case {
        files: &[("sys/foo.h", "#define V 1\n"), ("a/x.h", ""), ("a.c", "#include <foo.h>\nint v = V;\n")],
        line: "-c a.c -Isys -isystem a -isystem sys",
        change: ("a/foo.h", "#define V 2\n"),
        gcc: APPEARED,
        clang: APPEARED,
    },
    Case {
        files: &[("sys/foo.h", "#define V 1\n"), ("a/x.h", ""), ("a.c", "#include \"foo.h\"\nint v = V;\n")],
        line: "-c a.c -iquote sys -iquote a -isystem sys",
        change: ("a/foo.h", "#define V 2\n"),
        gcc: APPEARED,
        clang: APPEARED,
    },
    // `__has_include` stands in a macro, has another name by a macro, and is asked for a macro's value.
    Case {
        files: &[(
            "a.c",
            "#define HAS(header) __has_include(header)\n#if HAS(<foo.h>)\nint a = 1;\n#else\nint a = 2;\n#endif\n",
        )],
        line: "-c a.c -Iinc",
        change: ("inc/foo.h", ""),
        gcc: APPEARED,
        clang: APPEARED,
    },
    Case {
        files: &[("a.c", "#define HAS __has_include\n#if HAS(<foo.h>)\nint a = 1;\n#else\nint a = 2;\n#endif\n")],
        line: "-c a.c -Iinc",
        change: ("inc/foo.h", ""),
        gcc: APPEARED,
        clang: APPEARED,
    },
    Case {
        files: &[("a.c", "#define file \"foo.h\"\n#if __has_include(file)\nint a = 1;\n#else\nint a = 2;\n#endif\n")],
        line: "-c a.c",
        change: ("foo.h", ""),
        gcc: COMPUTED_QUESTION,
        clang: COMPUTED_QUESTION,
    },
    // A computed include that leads to a system header, which -MMD does not name.
    Case {
        files: &[
            ("sys/a.h", "int a = 1;\n"),
            ("sys/b.h", "extern int b;\n"),
            ("a.c", "#ifndef H\n#define H <a.h>\n#endif\n#include H\n"),
        ],
        line: "-MMD -c a.c -isystem sys '-DH=<b.h>'",
        change: ("sys/b.h", "int b = 2;\n"),
        gcc: CHANGED,
        clang: CHANGED,
    },
    // A linemarker makes what follows a system header.
    Case {
        files: &[("a.c", "# 1 \"g.y\" 3\n#include \"u.h\"\n"), ("u.h", "int u = 1;\n")],
        line: "-MMD -c a.c",
        change: ("u.h", "int u = 2;\n"),
        gcc: CHANGED,
        clang: CHANGED,
    },
    // Diagnostics show the lines of the file that #line names.
    Case {
        files: &[
            ("a.c", "int f(void) {\n#line 2 \"p.y\"\nint unused;\nreturn 0; }\n"),
            ("p.y", "1\n int unused; /* old */\n"),
        ],
        line: "-Wall -c a.c",
        change: ("p.y", "1\n int unused; /* new */\n"),
        gcc: ["miss: line-directive"; 4],
        clang: ["miss: line-directive"; 4],
    },
    // Assembler directives in capitals, and literals with a comment between them.
    Case {
        files: &[("a.c", "__asm__(\".INCBIN \\\"blob\\\"\");\n"), ("blob", "1")],
        line: "-c a.c",
        change: ("blob", "2"),
        gcc: CHANGED,
        clang: ASSEMBLER,
    },
    Case {
        files: &[("a.c", "__asm__(\".inCbin \\\"blob\\\"\");\n"), ("blob", "1")],
        line: "-c a.c",
        change: ("blob", "2"),
        gcc: CHANGED,
        clang: ASSEMBLER,
    },
    Case {
        files: &[("a.c", "__asm__(\".inc\" /* c */ \"bin \\\"blob\\\"\");\n"), ("blob", "1")],
        line: "-c a.c",
        change: ("blob", "2"),
        gcc: CHANGED,
        clang: ASSEMBLER,
    },
    // A precompiled header appears beside a forced include.
    Case {
        files: &[("a.c", "int u;\n"), ("h.h", "int h;\n")],
        line: "-c a.c -include h.h",
        change: ("h.h.pch", ""),
        gcc: SAME,
        clang: ["miss: new key", "hit", "failed: compiler-failed", "failed: compiler-failed"],
    },
    // `#include_next` in a header found beside its includer goes on with the quoted part of the path.
    Case {
        files: &[
            ("quo/x.h", ""),
            ("inc/h0.h", "#include \"h1.h\"\n"),
            ("inc/h1.h", "#ifndef H1\n#define H1\n#include_next <h1.h>\n#endif\n#ifndef V\n#define V 1\n#endif\n"),
            ("a.c", "#include \"h0.h\"\nint v = V;\n"),
        ],
        line: "-c a.c -iquote quo -Iinc",
        change: ("quo/h1.h", "#define V 2\n"),
        gcc: APPEARED,
        clang: ["failed: compiler-failed"; 4],
    },
    // `#include_next` in the source itself is an `#include`.
    Case {
        files: &[("src/x", ""), ("inc/h1.h", "#define V 1\n"), ("src/a.c", "#include_next \"h1.h\"\nint v = V;\n")],
        line: "-c src/a.c -Iinc",
        change: ("src/h1.h", "#define V 2\n"),
        gcc: APPEARED,
        clang: APPEARED,
    },
    Case {
        files: &[("quo/x", ""), ("a.c", "#if __has_include_next(<h1.h>)\nint v = 1;\n#else\nint v = 2;\n#endif\n")],
        line: "-c a.c -iquote quo",
        change: ("quo/h1.h", ""),
        gcc: APPEARED,
        clang: APPEARED,
    },
    // `-Bb` makes gcc look for headers in `b/include`.
    Case {
        files: &[("b/x", ""), ("inc/zz.h", "#define Z 1\n"), ("a.c", "#include <zz.h>\nint x = Z;\n")],
        line: "-c a.c -Bb -idirafter inc",
        change: ("b/include/zz.h", "#define Z 2\n"),
        gcc: ["miss: new key", "hit", "miss: new key", "hit"],
        clang: SAME,
    },
];

#[test]
fn nothing_stale_is_served() {
    for_each_compiler(|world| {
        for case in CASES {
            let expected = if world.compiler() == Compiler::Clang { case.clang } else { case.gcc };
            world.files(case.files);
            world.cc(case.line).does(expected[0]);
            world.cc(case.line).does(expected[1]);
            world.file(case.change.0, case.change.1);
            world.cc(case.line).does(expected[2]);
            world.cc(case.line).does(expected[3]);
            let names: BTreeSet<&str> = case.files.iter().map(|(name, _)| *name).chain([case.change.0]).collect();
            for name in names {
                world.remove(name);
            }
        }
    });
}
