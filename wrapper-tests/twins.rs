//! Equal headers under `#pragma once`.
//!
//! ```c
//! #include <s.h>   // #pragma once
//! #include "u.h"   // the same bytes, as old
//! ```
//!
//! gcc compares `u.h` with `s.h`, by size, modification time and content, and skips it: no depfile names it. It was
//! read all the same, and the result hangs on it: once it says one line more, it is included. clang skips a file only
//! if it is the same one by device and inode.

use crate::fixture::Compiler;
use crate::fixture::cases::Act::{Link, Remove, Touch, Write};
use crate::fixture::cases::{Case, case, run};

const ONCE: &str = "#pragma once\nint s;\n";
/// Another text, with a line more.
const MORE: &str = "#pragma once\nint s;\nint u;\n";
/// Another text that can be included beside the first.
const OTHER: &str = "#pragma once\nint u = 2;\n";
/// Another text of the same size as the first.
const SWAPPED: &str = "#pragma once\nint t;\n";

/// Where two headers with this text are both read, `s` is defined twice, and the compile fails.
const STRICT: &str = "#pragma once\nint s = 1;\n";

/// The command with each kind of depfile, since each tells another part of what was read.
fn requests(case: impl Fn(&str) -> Case, line: &str) -> Case {
    case(&format!("-MMD {line}")).also(line).also(&format!("-Wp,-MMD,a.dep {line}")).also(&format!("-MD {line}"))
}

/// A case in which the twin is edited in every way.
fn twin(name: &'static str, files: &[(&'static str, &'static str)], twin: &'static str, line: &str) -> Case {
    requests(|line| case(name, files, line), line)
        .matters(&[Write(twin, MORE)])
        .matters(&[Write(twin, OTHER)])
        .matters(&[Write(twin, SWAPPED)])
        .perhaps(&[Remove(twin)])
        .perhaps(&[Touch(twin)])
        .idle(&[Write("other.h", ONCE)])
}

#[test]
fn a_twin_that_a_system_header_led_to() {
    let line = "-isystem sys -c a.c";
    let strict = [
        ("a.c", "#include <w.h>\n#include \"u.h\"\n"),
        ("sys/w.h", "#include <s.h>\n"),
        ("sys/s.h", STRICT),
        ("u.h", STRICT),
    ];
    run(&[
        requests(|line| case("defined twice", &strict, line), line)
            .only(&[Compiler::Gcc, Compiler::AvrGcc])
            .matters(&[Write("u.h", "#pragma once\nint s = 1;\nint u;\n")])
            .idle(&[Write("other.h", STRICT)]),
        twin(
            "the source names the twin",
            &[
                ("a.c", "#include <w.h>\n#include \"u.h\"\n"),
                ("sys/w.h", "#include <s.h>\n"),
                ("sys/s.h", ONCE),
                ("u.h", ONCE),
            ],
            "u.h",
            line,
        ),
        twin(
            "the system header names it",
            &[
                ("a.c", "#include <w.h>\n"),
                ("sys/w.h", "#include <s.h>\n#include \"u.h\"\n"),
                ("sys/s.h", ONCE),
                ("sys/u.h", ONCE),
            ],
            "sys/u.h",
            line,
        ),
        twin(
            "a user header between",
            &[
                ("a.c", "#include <w.h>\n#include \"v.h\"\n"),
                ("v.h", "#include \"u.h\"\n"),
                ("sys/w.h", "#include <s.h>\n"),
                ("sys/s.h", ONCE),
                ("u.h", ONCE),
            ],
            "u.h",
            line,
        ),
        twin(
            "system headers on both ways",
            &[
                ("a.c", "#include <w.h>\n#include <x.h>\n"),
                ("sys/w.h", "#include <v.h>\n"),
                ("sys/v.h", "#include <s.h>\n"),
                ("sys/x.h", "#include <y.h>\n"),
                ("sys/y.h", "#include \"u.h\"\n"),
                ("sys/s.h", ONCE),
                ("sys/u.h", ONCE),
            ],
            "sys/u.h",
            line,
        ),
    ]);
}

#[test]
fn a_twin_that_other_directories_led_to() {
    let line = "-isystem sys -c a.c";
    run(&[
        twin(
            "the twin is a system header and the first is not",
            &[
                ("a.c", "#include \"s.h\"\n#include <w.h>\n"),
                ("sys/w.h", "#include <u.h>\n"),
                ("s.h", ONCE),
                ("sys/u.h", ONCE),
            ],
            "sys/u.h",
            line,
        ),
        twin(
            "first a user header, then the same as a system header",
            &[
                ("a.c", "#include \"sys/w.h\"\n#include <x.h>\n#include \"u.h\"\n"),
                ("sys/w.h", "#pragma once\n#include <s.h>\n"),
                ("sys/x.h", "#include <w.h>\n"),
                ("sys/s.h", ONCE),
                ("u.h", ONCE),
            ],
            "u.h",
            line,
        ),
        twin(
            "three of them",
            &[
                ("a.c", "#include <w.h>\n#include \"u.h\"\n"),
                ("sys/w.h", "#include <s.h>\n#include <t.h>\n"),
                ("sys/s.h", ONCE),
                ("sys/t.h", ONCE),
                ("u.h", ONCE),
            ],
            "sys/t.h",
            line,
        ),
        twin(
            "found by include_next",
            &[
                ("a.c", "#include <w.h>\n#include <u.h>\n"),
                ("sys/w.h", "#include <s.h>\n"),
                ("sys/s.h", ONCE),
                ("sys/u.h", "#include_next <u.h>\n"),
                ("next/u.h", ONCE),
            ],
            "next/u.h",
            "-isystem sys -isystem next -c a.c",
        ),
    ]);
}

#[test]
fn a_twin_that_another_way_led_to() {
    let line = "-isystem sys -c a.c";
    run(&[
        twin(
            "a question in front of it",
            &[
                ("a.c", "#include <w.h>\n#if __has_include(\"u.h\")\n#include \"u.h\"\n#endif\n"),
                ("sys/w.h", "#include <s.h>\n"),
                ("sys/s.h", ONCE),
                ("u.h", ONCE),
            ],
            "u.h",
            line,
        ),
        twin(
            "a question of a system header",
            &[
                ("a.c", "#include <w.h>\n"),
                ("sys/w.h", "#include <s.h>\n#if __has_include(<u.h>)\n#include <u.h>\n#endif\n"),
                ("sys/s.h", ONCE),
                ("sys/u.h", ONCE),
            ],
            "sys/u.h",
            line,
        ),
        twin(
            "-include",
            &[("a.c", "#include \"u.h\"\n"), ("sys/s.h", ONCE), ("u.h", ONCE)],
            "u.h",
            "-include sys/s.h -isystem sys -c a.c",
        ),
        twin(
            "-include twice",
            &[("a.c", "int a;\n"), ("sys/s.h", ONCE), ("u.h", ONCE)],
            "u.h",
            "-include sys/s.h -include u.h -c a.c",
        ),
        twin(
            "-include of what includes a system header",
            &[
                ("a.c", "#include <w.h>\n"),
                ("f.h", "#include <s.h>\n"),
                ("sys/w.h", "#include \"u.h\"\n"),
                ("sys/s.h", ONCE),
                ("sys/u.h", ONCE),
            ],
            "sys/u.h",
            "-include f.h -isystem sys -c a.c",
        ),
        twin(
            "-imacros",
            &[("a.c", "#include \"u.h\"\nint a;\n"), ("sys/s.h", ONCE), ("u.h", ONCE)],
            "u.h",
            "-imacros sys/s.h -c a.c",
        ),
    ]);
}

#[test]
fn a_twin_of_a_computed_include() {
    let line = "-isystem sys -c a.c";
    run(&[
        twin(
            "a macro of the source",
            &[
                ("a.c", "#include <w.h>\n#define U \"u.h\"\n#include U\n"),
                ("sys/w.h", "#include <s.h>\n"),
                ("sys/s.h", ONCE),
                ("u.h", ONCE),
            ],
            "u.h",
            line,
        ),
        twin(
            "a macro of a system header",
            &[
                ("a.c", "#include <w.h>\n"),
                ("sys/w.h", "#include <s.h>\n#define U <u.h>\n#include U\n"),
                ("sys/s.h", ONCE),
                ("sys/u.h", ONCE),
            ],
            "sys/u.h",
            line,
        ),
        twin(
            "a macro that another header defines, found only later",
            &[
                ("a.c", "#include <w.h>\n#include \"late.h\"\n#include U\n"),
                ("late.h", "#include \"later.h\"\n"),
                ("later.h", "#define U \"u.h\"\n"),
                ("sys/w.h", "#include <s.h>\n"),
                ("sys/s.h", ONCE),
                ("u.h", ONCE),
            ],
            "u.h",
            line,
        ),
        twin(
            "a macro that a header defines to which a macro leads",
            &[
                ("a.c", "#include <w.h>\n#define L <late.h>\n#include L\n#include U\n"),
                ("sys/late.h", "#define U <u.h>\n"),
                ("sys/w.h", "#include <s.h>\n"),
                ("sys/s.h", ONCE),
                ("sys/u.h", ONCE),
            ],
            "sys/u.h",
            line,
        ),
        twin(
            "a macro with arguments",
            &[
                ("a.c", "#define NAMED(x) <x>\n#include <w.h>\n#include NAMED(u.h)\n"),
                ("sys/w.h", "#include <s.h>\n"),
                ("sys/s.h", ONCE),
                ("sys/u.h", ONCE),
            ],
            "sys/u.h",
            line,
        ),
        twin(
            "the first one is computed",
            &[("a.c", "#define S <s.h>\n#include S\n#include \"u.h\"\n"), ("sys/s.h", ONCE), ("u.h", ONCE)],
            "u.h",
            line,
        ),
        twin(
            "the first one by a macro with arguments",
            &[
                ("a.c", "#define NAMED(x) <x>\n#include NAMED(s.h)\n#include \"u.h\"\n"),
                ("sys/s.h", ONCE),
                ("u.h", ONCE),
            ],
            "u.h",
            line,
        ),
    ]);
}

/// A case in which the headers say `once` in another way.
fn spelled(name: &'static str, once: [&'static str; 4], first: &'static str) -> Case {
    let [once, more, other, swapped] = once;
    let files = [
        ("a.c", first),
        ("sys/w.h", "#include <s.h>\n"),
        ("sys/s.h", once),
        ("u.h", once),
        ("def.h", "#define ONCE _Pragma(\"once\")\n"),
    ];
    requests(|line| case(name, &files, line), "-isystem sys -c a.c")
        .matters(&[Write("u.h", more)])
        .matters(&[Write("u.h", other)])
        .matters(&[Write("u.h", swapped)])
        .idle(&[Write("other.h", once)])
}

#[test]
fn once_by_other_words() {
    const PLAIN: &str = "#include <w.h>\n#include \"u.h\"\n";
    const IMPORTS: &[(&str, &str)] = &[
        ("a.c", "#include <w.h>\n#import \"u.h\"\n"),
        ("sys/w.h", "#import <s.h>\n"),
        ("sys/s.h", "int s;\n"),
        ("u.h", "int s;\n"),
    ];
    run(&[
        spelled(
            "_Pragma",
            [
                "_Pragma(\"once\")\nint s;\n",
                "_Pragma(\"once\")\nint s;\nint u;\n",
                "_Pragma(\"once\")\nint u = 2;\n",
                "_Pragma(\"once\")\nint t;\n",
            ],
            PLAIN,
        ),
        spelled(
            "a macro of another header",
            ["ONCE\nint s;\n", "ONCE\nint s;\nint u;\n", "ONCE\nint u = 2;\n", "ONCE\nint t;\n"],
            "#include \"def.h\"\n#include <w.h>\n#include \"u.h\"\n",
        ),
        spelled(
            "a macro that makes it of a word",
            ["DO(once)\nint s;\n", "DO(once)\nint s;\nint u;\n", "DO(once)\nint u = 2;\n", "DO(once)\nint t;\n"],
            "#define DO(x) _Pragma(#x)\n#include <w.h>\n#include \"u.h\"\n",
        ),
        spelled(
            "comments between",
            [
                "#/**/pragma /* x */ once // y\nint s;\n",
                "#/**/pragma /* x */ once // y\nint s;\nint u;\n",
                "#/**/pragma /* x */ once // y\nint u = 2;\n",
                "#/**/pragma /* x */ once // y\nint t;\n",
            ],
            PLAIN,
        ),
        spelled(
            "a continued line",
            [
                "#pra\\\ngma on\\\nce\nint s;\n",
                "#pra\\\ngma on\\\nce\nint s;\nint u;\n",
                "#pra\\\ngma on\\\nce\nint u = 2;\n",
                "#pra\\\ngma on\\\nce\nint t;\n",
            ],
            PLAIN,
        ),
        // The files say nothing; the directive that names them does.
        spelled(
            "#import",
            ["int s;\n", "int s;\nint u;\n", "int u = 2;\n", "int t;\n"],
            "#import <w.h>\n#import <s.h>\n#import \"u.h\"\n",
        ),
        spelled(
            "#import, then #include",
            ["int s;\n", "int s;\nint u;\n", "int u = 2;\n", "int t;\n"],
            "#import <s.h>\n#include \"u.h\"\n",
        ),
    ]);
    run(&[requests(|line| case("#import in a system header", IMPORTS, line), "-isystem sys -c a.c")
        .matters(&[Write("u.h", "int s;\nint u;\n")])
        .matters(&[Write("u.h", "int u = 2;\n")])
        .idle(&[Write("other.h", "int s;\n")])]);
}

/// Headers that are no twins at first and become some, or the other way round.
#[test]
fn headers_that_become_twins_or_cease_to_be() {
    let line = "-isystem sys -c a.c";
    let files = [
        ("a.c", "#include <w.h>\n#include \"u.h\"\n"),
        ("sys/w.h", "#include <s.h>\n"),
        ("sys/s.h", ONCE),
        ("u.h", OTHER),
    ];
    let swapped = [
        ("a.c", "#include \"u.h\"\n#include <w.h>\n"),
        ("sys/w.h", "#include <s.h>\n"),
        ("sys/s.h", ONCE),
        ("u.h", ONCE),
    ];
    run(&[
        requests(|line| case("becomes one", &files, line), line)
            .matters(&[Write("u.h", ONCE)])
            .matters(&[Write("sys/s.h", OTHER)])
            .matters(&[Write("u.h", "#pragma once\nint u = 3;\n")])
            .idle(&[Touch("u.h")])
            .idle(&[Touch("sys/s.h")]),
        // The twin is read, and the header that it equals is skipped.
        requests(|line| case("the twin comes first", &swapped, line), line)
            .matters(&[Write("u.h", MORE)])
            .matters(&[Write("sys/s.h", MORE)])
            .matters(&[Write("sys/s.h", SWAPPED)])
            .matters(&[Write("u.h", SWAPPED), Write("sys/s.h", SWAPPED)])
            .perhaps(&[Touch("sys/s.h")])
            .idle(&[Touch("sys/w.h")]),
        // gcc asks how old they are.
        requests(|line| case("of another age", &files, line), line)
            .start(&[Write("u.h", "#pragma once\n"), Write("sys/s.h", "#pragma once\n"), Touch("u.h")])
            .perhaps(&[Touch("sys/s.h")])
            .perhaps(&[Write("u.h", "#pragma once\n")])
            .matters(&[Write("u.h", OTHER)]),
        requests(|line| case("the same place is looked at again", &swapped, line), "-isystem sys -I before -c a.c")
            .matters(&[Write("before/s.h", OTHER)])
            .perhaps(&[Write("before/s.h", ONCE)])
            .idle(&[Write("before/u.h", OTHER)]),
        // A link is the same file to clang, and an equal one to gcc.
        requests(|line| case("a link", &swapped, line), line)
            .start(&[Link("sys/s.h", "../u.h")])
            .matters(&[Link("sys/s.h", "other.h"), Write("sys/other.h", MORE)])
            .perhaps(&[Link("sys/s.h", "other.h"), Write("sys/other.h", ONCE)])
            .idle(&[Write("sys/other.h", MORE)]),
        requests(|line| case("found earlier on the path", &files, line), "-I first -isystem sys -c a.c")
            .matters(&[Write("first/s.h", OTHER)])
            .matters(&[Write("first/w.h", "#include \"v.h\"\n"), Write("first/v.h", OTHER)])
            .idle(&[Write("first/x.h", ONCE)]),
    ]);
}

/// What a file includes behind `#pragma GCC system_header` is left out of a depfile.
#[test]
fn twins_beside_a_late_system_header() {
    const BETWEEN: &str = "#include \"s.h\"\n#pragma GCC system_header\n#include \"u.h\"\n";
    let files = [("a.c", "#include \"w.h\"\n"), ("w.h", BETWEEN), ("s.h", ONCE), ("u.h", ONCE), ("v.h", "int v;\n")];
    let deep = [
        ("a.c", "#include \"s.h\"\n#include \"w.h\"\n"),
        ("w.h", "#include \"v.h\"\n#pragma GCC system_header\n#include \"x.h\"\n"),
        ("v.h", "int v;\n"),
        ("x.h", "#include \"u.h\"\n"),
        ("s.h", ONCE),
        ("u.h", ONCE),
    ];
    run(&[
        twin("the twin behind the pragma", &files, "u.h", "-c a.c"),
        twin("the twin behind a header behind the pragma", &deep, "u.h", "-c a.c"),
        requests(|line| case("what stands before and behind the pragma", &deep, line), "-c a.c")
            .matters(&[Write("v.h", "int v = 2;\n")])
            .matters(&[Write("x.h", "#include \"u.h\"\nint x;\n")])
            .matters(&[Write("s.h", MORE)])
            .matters(&[Write("w.h", "#include \"v.h\"\n#include \"x.h\"\n#pragma GCC system_header\nint w;\n")])
            .idle(&[Touch("w.h")]),
    ]);
}

/// A header that says `once` behind a condition, or to one compiler only.
#[test]
fn once_behind_conditions() {
    const SOURCE: &str = "#include <w.h>\n#include \"u.h\"\n";
    let conditional = "#ifdef ONLY\n#pragma once\n#endif\nextern int s;\n";
    let more = "#ifdef ONLY\n#pragma once\n#endif\nextern int s;\nint u = 2;\n";
    let files = [("a.c", SOURCE), ("sys/w.h", "#include <s.h>\n"), ("sys/s.h", conditional), ("u.h", conditional)];
    run(&[
        requests(|line| case("not said", &files, line), "-isystem sys -c a.c")
            .matters(&[Write("u.h", more)])
            .matters(&[Write("sys/s.h", more)])
            .perhaps(&[Touch("u.h")]),
        requests(|line| case("said", &files, line), "-isystem sys -DONLY -c a.c")
            .matters(&[Write("u.h", more)])
            .matters(&[Write("sys/s.h", more)])
            .perhaps(&[Touch("u.h")]),
        requests(|line| case("said by a header found later", &files, line), "-isystem sys -include only.h -c a.c")
            .start(&[Write("only.h", "#define ONLY\n")])
            .matters(&[Write("u.h", more)])
            .perhaps(&[Write("only.h", "#define OTHER\n")]),
    ]);
}

/// As above, with the C++ driver's language.
#[test]
fn twins_in_cxx() {
    let files = [
        ("a.cc", "#include <w.h>\n#include \"u.h\"\n"),
        ("sys/w.h", "#include <s.h>\n"),
        ("sys/s.h", ONCE),
        ("u.h", ONCE),
    ];
    run(&[twin("C++", &files, "u.h", "-isystem sys -c a.cc").only(&[Compiler::Gcc, Compiler::AvrGcc])]);
}
