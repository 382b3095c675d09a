//! What the `relative` mode shows. Streams and depfiles are the bare compiler's, whatever was typed and whatever a text
//! does with the names of files. Objects are those of a compile in the same place.

use crate::fixture::Compiler;
use crate::relative::{PLACES, Project, for_each_project};
use std::fs;
use std::os::unix::fs::symlink;

/// What two compiles in the first place do, and then two in the second.
type Outcomes = [&'static str; 4];

/// One result serves both places.
const TRAVELS: Outcomes = ["miss", "hit", "hit", "hit"];
/// Each place has its own result.
const STAYS: Outcomes = ["miss", "hit", "miss bound-elsewhere", "hit"];
/// The compiler starts as typed each time, since a diagnostic has a rewritten name in it that cannot be turned back.
const AS_TYPED: Outcomes = ["bypass relative-mode", "bypass", "bypass relative-mode", "bypass"];
const FAILS: Outcomes = ["failed compiler-failed", "failed", "failed compiler-failed", "failed"];

/// Writes files into both places; ROOT stands for the place, FIRST for the first of them.
fn files(project: &Project, files: &[(&str, &str)]) {
    for place in PLACES {
        for (name, text) in files {
            let text = text.replace("ROOT", &project.root(place)).replace("FIRST", &project.root(PLACES[0]));
            project.world.file(&format!("{place}/{name}"), text);
        }
    }
}

/// A directory is typed in two ways, and both are rewritten to one name. The depfile could not tell by which of them
/// a header was found.
#[test]
fn the_same_directory_typed_in_several_ways() {
    for_each_project(|project| {
        files(
            &project,
            &[
                ("build/gen.c", "#include \"gen.h\"\n#include <more.h>\n#include \"../inc/plain.h\"\nint g = GEN;\n"),
                ("build/gen.h", "#define GEN 1\n"),
                ("build/more.h", "#pragma once\nstatic int unused(void) { int u; return 1; }\n"),
                ("build/sub/more.h", "\n"),
                ("inc/plain.h", "#define PLAIN 1\n"),
                ("src/plain.c", "#include <plain.h>\nint p = PLAIN;\n"),
                ("build/deep.c", "#include \"sub/more.h\"\n#include <more.h>\nint d;\n"),
            ],
        );
        for line in [
            "-Wall -MD -IROOT/build -c gen.c -o x.o",
            "-Wall -MD -I. -c ROOT/build/gen.c -o x.o",
            "-Wall -MD -IROOT/build -c ./gen.c -o x.o",
            "-Wall -MD -IROOT/build// -c ROOT/build/gen.c -o x.o",
            "-Wall -MD -IROOT/build/ -IROOT/inc// -c ROOT/build//gen.c -o x.o",
            "-Wall -MD -IROOT/build/sub -IROOT/build -c deep.c -o x.o",
            "-Wall -MD -Isub -IROOT/build -c ROOT/build/deep.c -o x.o",
            "-Wall -MD -Isub -IROOT/build/sub -I. -c ROOT/build/deep.c -o x.o",
            "-Wall -MD -c ROOT/src/plain.c -I../inc -IROOT/inc -iquote ../src -o x.o",
            "-Wall -MD -c ../src/plain.c -IROOT/inc -iquote ROOT/src -o x.o",
            "-Wall -MD -include gen.h -IROOT/build -c ROOT/src/plain.c -IROOT/inc -o x.o",
            "-Wall -MD -include ROOT/build/more.h -c ROOT/build/gen.c -IROOT/build -o x.o",
            "-Wall -MD -c ROOT/src/plain.c -isystem ROOT/src/../inc -o x.o",
            "-Wall -MD -c ROOT/src/plain.c -isystem ../inc -o x.o",
            "-Wall -MD -c ROOT/src/plain.c -IROOT/inc -isystem ROOT/inc -o x.o",
            "-Wall -MD -c ROOT/src/plain.c -IROOT/missing -IROOT/src/a.h -IROOT/inc -o x.o",
        ] {
            assert_eq!(project.shows(line), TRAVELS, "{line}: {}", project.last("reason"));
        }
    });
}

/// Names in the depfile do not begin at the output's directory.
#[test]
fn outputs_lend_their_names_to_nothing() {
    for_each_project(|mut project| {
        project.cwd = "";
        files(&project, &[("src/plain.c", "#include \"plain.h\"\nint p;\n"), ("src/plain.h", "\n")]);
        assert_eq!(project.shows("-MD -o ROOT/src/plain.o -c src/plain.c"), TRAVELS);
        assert_eq!(project.shows("-MD -o b.o -c src/plain.c"), ["hit"; 4]);
    });
}

/// Names that a text puts into its diagnostics, or that stand there as text: the compiler itself says those.
#[test]
fn names_in_the_text_of_diagnostics() {
    for_each_project(|project| {
        files(
            &project,
            &[
                ("src/doc.c", "#warning copied from ../src/doc.c, do not edit\n#warning \"at ../src/doc.c: 3\"\n"),
                ("src/told.c", "#pragma message(__FILE__)\n#include \"told.h\"\n"),
                ("src/told.h", "#pragma message(\"[\" __FILE__ \"]\")\n"),
                ("src/gram.c", "#line 5 \"../src/gram.y\"\nint f(void) { int unused; return 1; }\n"),
                ("src/gram.y", "%%\n%%\n%%\n%%\n%%\n"),
                ("src/comma, colon: x.c", "int f(void) { int unused; return 1; }\n"),
            ],
        );
        // Old compilers do not know the option. It has names spelled in a way of its own.
        let respelled = ["miss names-respelled", "miss", "miss names-respelled", "miss"];
        let fixits = if project.world.compiler() == Compiler::AvrGcc { FAILS } else { respelled };
        for (line, expected) in [
            ("-Wall -c ROOT/src/doc.c -o x.o", AS_TYPED),
            ("-Wall -c ROOT/src/told.c -o x.o", AS_TYPED),
            ("-Wall -c ROOT/src/gram.c -o x.o", AS_TYPED),
            ("-Wall -c 'ROOT/src/comma, colon: x.c' -o x.o", TRAVELS),
            ("-Wall -fdiagnostics-parseable-fixits -c ROOT/src/a.c -IROOT/inc -o x.o", fixits),
        ] {
            assert_eq!(project.shows(line), expected, "{line}");
        }
    });
}

/// A compile that fails ends as the bare compiler's does, also one that fails only because its names were rewritten.
#[test]
fn failures() {
    for_each_project(|project| {
        files(
            &project,
            &[
                ("src/asserted.c", "_Static_assert(0, \"no\" \" \" \"../src/asserted.c\");\n"),
                ("src/long.c", "_Static_assert(sizeof(__FILE__) > 14, \"the name is short\");\nint l;\n"),
                ("src/self.c", "#ifndef ONCE\n#define ONCE\n#include __FILE__\n#else\nint self;\n#endif\n"),
                ("src/asks.c", "#if __has_include(__FILE__)\nint yes;\n#else\nint no;\n#endif\n"),
                ("src/named.c", "#define SELF __FILE__\n#ifndef ONCE\n#define ONCE\n#include SELF\n#endif\nint n;\n"),
            ],
        );
        // `#include __FILE__` in `src/self.c` would find this file, if `__FILE__` were `src/self.c`.
        for place in PLACES {
            project.world.file(&format!("{place}/src/src/self.c"), "int wrong;\n");
        }
        for (line, expected) in [
            ("-c ROOT/src/asserted.c -o x.o", FAILS),
            ("-c ROOT/src/long.c -o x.o", FAILS),
            ("-c ROOT/src/self.c -o x.o", AS_TYPED),
            ("-c ROOT/src/named.c -o x.o", AS_TYPED),
            ("-c ROOT/src/broken.c -o x.o -MD", FAILS),
            ("-c ROOT/src/a.c -IROOT/inc -o x.o -MD -MF ROOT/none/x.d", FAILS),
            ("-c ROOT/src/a.c -IROOT/inc -o ROOT/none/x.o", FAILS),
        ] {
            assert_eq!(project.shows(line), expected, "{line}");
        }
        if project.world.compiler() != Compiler::AvrGcc {
            assert_eq!(project.shows("-c ROOT/src/asks.c -o x.o"), AS_TYPED);
        }
    });
}

/// `#include "/checkout/inc/value.h"` means that checkout's file wherever it is compiled, also in the `exact` mode.
#[test]
fn absolute_paths_in_texts() {
    for_each_project(|mut project| {
        files(
            &project,
            &[
                ("inc/value.h", "#define VALUE 1\n"),
                ("src/literal.c", "#include \"FIRST/inc/value.h\"\nint v = VALUE;\n"),
                ("src/macro.c", "#define HEADER \"FIRST/inc/value.h\"\n#include HEADER\nint v = VALUE;\n"),
                ("src/blob.c", "__asm__(\".incbin \\\"FIRST/inc/value.h\\\"\");\n"),
                ("src/warns.c", "#warning see FIRST/doc.txt\nint v;\n"),
                ("src/echo.c", "int f(void) { int unused; /* FIRST/doc.txt */ return 1; }\n"),
                ("src/asks.c", "#if __has_include(\"FIRST/inc/absent.h\")\nint yes;\n#else\nint no;\n#endif\n"),
            ],
        );
        for mode in ["relative", "exact"] {
            project.env = vec![("PACKER_CC_PATHS".to_owned(), mode.to_owned())];
            for name in ["literal", "macro", "blob", "warns", "echo", "asks"] {
                if name == "asks" && project.world.compiler() == Compiler::AvrGcc {
                    continue;
                }
                let line = format!("-Wall -MD -c ROOT/src/{name}.c -o x.o");
                project.world.file(&format!("{}/inc/value.h", PLACES[0]), "#define VALUE 1\n");
                let _ = fs::remove_file(project.world.tree().join(PLACES[0]).join("inc/absent.h"));
                // clang's assembler tells nobody what it reads.
                let is_untold = name == "blob" && project.world.compiler() == Compiler::Clang;
                let untold = ["miss assembler-include", "miss", "miss assembler-include", "miss"];
                assert_eq!(project.shows(&line), if is_untold { untold } else { STAYS }, "{line}");
                // The second place includes a file of the first, by its absolute path.
                project.world.file(&format!("{}/inc/value.h", PLACES[0]), "#define VALUE 2\n");
                project.world.file(&format!("{}/inc/absent.h", PLACES[0]), "");
                let edited = match name {
                    _ if is_untold => untold,
                    "warns" | "echo" => ["hit"; 4],
                    "asks" => ["miss file-appeared", "hit", "miss file-appeared", "hit"],
                    _ => ["miss file-changed", "hit", "miss file-changed", "hit"],
                };
                assert_eq!(project.shows(&line), edited, "{line}");
            }
        }
    });
}

/// gcc names system headers by their canonical paths where those are shorter: with many steps up they are.
#[test]
fn canonical_names_of_system_headers() {
    for_each_project(|mut project| {
        files(
            &project,
            &[(
                "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/deep.c",
                "#include <lib.h>\nint d = sizeof(__FILE__) + LIB;\n",
            )],
        );
        project.cwd = "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t";
        let up = "../".repeat(20);
        for line in [
            "-O1 -MD -Wall -isystem ROOT/inc -c ROOT/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/deep.c -o x.o".to_owned(),
            format!("-O1 -MD -Wall -isystem {up}inc -c deep.c -o x.o"),
        ] {
            for mode in ["relative", "exact"] {
                project.env = vec![("PACKER_CC_PATHS".to_owned(), mode.to_owned())];
                // In the `exact` mode gcc has the canonical path in the object, and clang what was typed.
                let is_typed = line.contains("ROOT") || project.world.compiler() != Compiler::Clang;
                let expected = if mode == "exact" && is_typed { STAYS } else { TRAVELS };
                assert_eq!(project.shows(&line), expected, "{line}");
            }
        }
    });
}

/// `sizeof(__FILE__)` in a header of an absolute name: `-fdebug-prefix-map` does not change it, and gcc before 8 has no
/// other map.
#[test]
fn consumed_names_are_keyed_to_the_place() {
    for_each_project(|mut project| {
        files(
            &project,
            &[
                ("hdr/size.h", "static const int n = sizeof(__FILE__);\n"),
                ("build/size.c", "#include <size.h>\nint f(void) { return n; }\n"),
            ],
        );
        project.env = vec![("CPATH".to_owned(), "ROOT/hdr".to_owned())];
        for line in ["-g -O1 -c size.c -o x.o", "-O1 -c size.c -o x.o"] {
            let expected = if project.world.compiler() == Compiler::AvrGcc { STAYS } else { TRAVELS };
            assert_eq!(project.shows(line), expected, "{line}");
        }
    });
}

/// `#line 5 NAME` takes a file's name from a macro. The object has it, whatever maps there are.
#[test]
fn names_that_lines_take_from_macros() {
    for_each_project(|project| {
        files(
            &project,
            &[(
                "src/line.c",
                "#define NAME \"FIRST/y.y\"\n#line 5 NAME\nconst char *n = __FILE__;\nint f(void) { int unused; return 1; }\n",
            )],
        );
        // The name is in the warning too.
        let warned = ("-g -Wall -c ROOT/src/line.c -o x.o", AS_TYPED);
        for (line, expected) in [("-g -c ROOT/src/line.c -o x.o", STAYS), warned] {
            assert_eq!(project.shows(line), expected, "{line}");
        }
    });
}

/// A search directory that is a link elsewhere.
#[test]
fn linked_search_directories() {
    for_each_project(|project| {
        for place in PLACES {
            symlink("inc", project.world.tree().join(place).join("a-link-with-a-very-long-name")).expect("a link");
        }
        for kind in ["-I", "-isystem ", "-iquote ", "-idirafter "] {
            let line = format!("-Wall -MD -c ROOT/src/a.c {kind}ROOT/a-link-with-a-very-long-name -IROOT/inc -o x.o");
            assert_eq!(project.shows(&line), TRAVELS, "{line}");
        }
    });
}

/// A forced include has no directory to search on from if it is given by an absolute path.
#[test]
fn forced_includes_that_search_on() {
    for_each_project(|project| {
        files(
            &project,
            &[
                ("first/x.h", "#include_next <x.h>\n"),
                ("quote/x.h", "#define N 1\n"),
                ("last/x.h", "#define N 2\n"),
                ("src/next.c", "int a = N;\n"),
            ],
        );
        let line = "-MD -include ROOT/first/x.h -iquote ROOT/quote -IROOT/first -IROOT/last -c ROOT/src/next.c -o x.o";
        assert_eq!(project.shows(line), TRAVELS);
        // The object tells which of the two headers was taken. It must be the bare compiler's.
        for place in PLACES {
            assert_eq!(project.check(place, line, line), "hit");
        }
    });
}

/// Lists of files are compared with names as they are typed.
#[test]
fn options_that_go_by_names() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let project = Project::new(compiler);
        files(
            &project,
            &[
                ("list", "src:ROOT/src/*\n"),
                ("src/list.c", "#include <list.h>\nint f(int *a) { return listed(*a); }\n"),
                ("inc/list.h", "static int __attribute__((noinline)) listed(int a) { return a; }\n"),
            ],
        );
        let line = match compiler {
            Compiler::Clang => {
                "-fsanitize=address -fsanitize-ignorelist=ROOT/list -IROOT/inc -c ROOT/src/list.c -o x.o"
            }
            _ => {
                "-finstrument-functions -finstrument-functions-exclude-file-list=ROOT/inc -IROOT/inc -c ROOT/src/list.c -o x.o"
            }
        };
        for outcome in ["miss", "hit"] {
            for place in PLACES {
                assert_eq!(project.check(place, line, line), outcome, "{line} in {place}");
            }
        }
    }
}

/// `#pragma message(__FILE__)` shows the name that a prefix map makes. `-MMD` leaves a system header out of the depfile,
/// so only the message has its name.
#[test]
fn mapped_names_in_diagnostics() {
    for_each_project(|mut project| {
        project.cwd = "";
        files(&project, &[("told.h", "#pragma message(__FILE__)\n"), ("told.c", "#include <told.h>\nint t;\n")]);
        for option in ["-isystem ", "-I"] {
            // gcc before 8 has no map for the text of the message, which shows the name as it was typed.
            let relative = if project.world.compiler() == Compiler::AvrGcc { STAYS } else { AS_TYPED };
            let line = format!("-Wsystem-headers -MMD {option}ROOT -c told.c -o x.o");
            assert_eq!(project.shows(&line), relative, "{line}");
            let line = format!("-Wsystem-headers -MMD {option}ROOT -c ROOT/told.c -o x.o");
            assert_eq!(project.shows(&line), AS_TYPED, "{line}");
        }
    });
}
