//! One compile and its repetition; what passes through untouched.

use crate::fixture::{Compiler, World, for_each_compiler, raw};
use std::ffi::OsString;

/// A source with an include, a warning under `-Wall` and something to optimise.
const SOURCE: &str = "#include \"a.h\"\nint unused_result(void) { int unused; return ANSWER; }\n";
const HEADER: &str = "#define ANSWER 42\n";

fn project(world: &World) {
    world.files(&[("a.c", SOURCE), ("a.h", HEADER)]);
}

#[test]
fn the_second_compile_hits() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-c a.c -o a.o").miss();
        world.cc("-c a.c -o a.o").hit();
        world.remove("a.o");
        world.cc("-c a.c -o a.o").hit();
    });
}

#[test]
fn every_language_and_stage() {
    const CASES: &[(&str, &str, &str)] = &[
        ("a.c", "int a;\n", "-c a.c"),
        ("a.c", "int a;\n", "-c a.c -oa.o"),
        ("a.c", "int a;\n", "-c -o out/a.o a.c"),
        ("a.c", "int a;\n", "-S a.c"),
        ("a.c", "int a;\n", "-S -o a.asm a.c"),
        ("a.c", "int a(int x) { return x / 3; }\n", "-O2 -S a.c -o a.s"),
        ("a.c", "int a;\n", "-x c -c a.c"),
        ("a", "int a;\n", "-x c -c a -o a.o"),
        ("a.txt", "int a;\n", "-xc++ -c a.txt -o a.o"),
        ("a.cc", "struct A { A(); }; A::A() {}\n", "-c a.cc"),
        ("a.cpp", "template<class T> T f(T t) { return t; } int g() { return f(1); }\n", "-O1 -c a.cpp"),
        ("a.C", "namespace n { int a; }\n", "-c a.C"),
        ("a.i", "int a;\n", "-c a.i"),
        ("a.ii", "namespace n { int a; }\n", "-c a.ii"),
        ("a.s", "\t.globl f\nf:\n\t.long 1\n", "-c a.s"),
        ("a.S", "#define NAME f\n\t.globl NAME\nNAME:\n\t.long __LINE__\n", "-c a.S"),
        ("a.S", "#define NAME f\n\t.globl NAME\nNAME:\n", "-c -MMD a.S -o a.o"),
        ("empty.c", "", "-c empty.c"),
    ];
    for_each_compiler(|world| {
        for (name, content, line) in CASES {
            world.file(name, content);
            std::fs::create_dir_all(world.path("tree/out")).expect("out");
            world.cc(line).miss();
            world.cc(line).hit();
            world.remove(name);
            world.empty_store();
        }
    });
}

#[test]
fn warnings_are_replayed() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-Wall -Wextra -c a.c").miss();
        let hit = world.cc("-Wall -Wextra -c a.c").hit();
        assert!(hit.stderr_text().contains("unused"), "the warning is gone");
    });
}

#[test]
fn includes_shown_by_h_are_the_users() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-H -c a.c").bypass("unserved-option");
        world.cc("-H -c a.c").bypass("unserved-option");
        world.cc("-c a.c").miss();
        world.cc("-c a.c").hit();
    });
}

#[test]
fn a_failing_compile_is_never_stored() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(void) { return missing; }\n");
        world.cc("-c a.c").fails();
        world.cc("-c a.c").fails();
        world.file("a.c", "int f(void) { return 0; }\n");
        world.cc("-c a.c").miss();
        world.cc("-c a.c").hit();
        world.cc("-Werror -Wmissing-prototypes -c a.c").fails();
        world.cc("-Werror -Wmissing-prototypes -c a.c").fails();
    });
}

#[test]
fn a_failing_compile_leaves_what_the_compiler_leaves() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-MMD -c a.c -o a.o").miss();
        world.file("a.c", "#include \"a.h\"\nint f(void) { return missing; }\n");
        world.cc("-MMD -c a.c -o a.o").fails();
        world.file("a.c", "#include \"absent.h\"\n");
        world.cc("-MMD -c a.c -o a.o").fails();
        world.file("a.c", "#error \"stop here\"\n");
        world.cc("-MMD -c a.c -o a.o").fails();
    });
}

#[test]
fn the_assembler_may_fail_too() {
    for_each_compiler(|world| {
        world.file("a.c", "void f(void) { __asm__(\"no such instruction\"); }\n");
        world.cc("-c a.c").fails();
        world.cc("-c a.c").fails();
    });
}

#[test]
fn broken_command_lines() {
    const CASES: &[(&str, &str)] = &[
        ("-c absent.c", "bypass: input-unreadable"),
        ("-c a.c -o", "bypass: dangling-option"),
        ("-c", "bypass: no-source"),
        ("-c a.c -I", "bypass: dangling-option"),
        ("-c a.c -o missing/a.o", "failed: compiler-failed"),
        ("-c a.c -o directory", "bypass: destination"),
        ("-c a.c -x", "bypass: dangling-option"),
        ("-c a.c -std=nonsense", "failed: compiler-failed"),
        ("-c a.c -MF", "bypass: dangling-option"),
        ("-c a.c -MF a.d", "bypass: unserved-option"),
        ("-c a.c @absent.rsp -Werror=nonsense", "bypass: several-sources"),
        ("-c directory", "bypass: language"),
        ("-c a.c -include absent.h", "failed: compiler-failed"),
    ];
    for_each_compiler(|world| {
        project(&world);
        std::fs::create_dir(world.path("tree/directory")).expect("a directory");
        for (line, what) in CASES {
            for _ in 0..2 {
                world.cc(line).does(what);
            }
        }
    });
}

#[test]
fn what_is_no_compile_passes_through() {
    const CASES: &[(&str, &str)] = &[
        ("--version", "not-a-compile"),
        ("-v", "not-a-compile"),
        ("-dumpmachine", "not-a-compile"),
        ("-dumpversion", "not-a-compile"),
        ("-print-search-dirs", "not-a-compile"),
        ("-print-prog-name=as", "not-a-compile"),
        ("-print-file-name=include", "not-a-compile"),
        ("-print-multi-os-directory", "not-a-compile"),
        ("--help", "not-a-compile"),
        ("a.o b.o -o program", "not-a-compile"),
        ("-E a.c", "preprocess-only"),
        ("-E a.c -o a.i", "preprocess-only"),
        ("-E -dM -x c /dev/null", "preprocess-only"),
        ("-M a.c", "dependencies-only"),
        ("-MM a.c", "dependencies-only"),
        ("-MM -MF a.d a.c", "dependencies-only"),
        ("-fsyntax-only a.c", "syntax-only"),
        ("-c a.c b.c", "several-sources"),
        ("-S a.c b.c", "several-sources"),
        ("-S a.c -o -", "output-is-stream"),
    ];
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include \"a.h\"\nint main(void) { return ANSWER; }\n"),
            ("a.h", HEADER),
            ("b.c", "int b;\n"),
        ]);
        world.cc("-c a.c").miss();
        world.cc("-c b.c").miss();
        for (line, code) in CASES {
            for _ in 0..2 {
                world.cc(line).bypass(code);
            }
        }
        // Two reasons hold, and one of them is given.
        for line in ["-###", "-### -c a.c", "a.c -o program", "-v -c a.c -o a.o"] {
            world.cc(line).bypass("not-a-compile");
        }
        world.cc("-M -c a.c").bypass("dependencies-only");
        world.cc("-E -c a.c").bypass("preprocess-only");
    });
}

#[test]
fn standard_input_passes_through() {
    for_each_compiler(|world| {
        for (line, code) in [
            ("-x c -c - -o a.o", "source-is-stream"),
            ("-E -", "preprocess-only"),
            ("-x c -S - -o -", "output-is-stream"),
            ("-x c -c /dev/stdin -o a.o", "input-unreadable"),
        ] {
            world.cc(line).stdin("int a;\n").bypass(code);
            world.cc(line).stdin("int b;\n").bypass(code);
        }
        // Without `-x` the compiler cannot know the language, which is an error of its own.
        world.cc("-c -").stdin("int a;\n").fails();
    });
}

#[test]
fn what_writes_files_nobody_listed_passes_through() {
    const CASES: &[(&str, &str)] = &[
        ("-c a.c -save-temps", "unserved-option"),
        ("-c a.c -save-temps=obj -o a.o", "unserved-option"),
        ("-c a.c -fno-such-option-anywhere", "unknown-option"),
        ("-c a.c --no-such-option-anywhere", "unknown-option"),
    ];
    for_each_compiler(|world| {
        project(&world);
        for (line, code) in CASES {
            world.cc(line).bypass(code);
            world.cc(line).bypass(code);
        }
    });
    let world = World::new();
    project(&world);
    for line in [
        "-c a.c -fdump-tree-optimized",
        "-c a.c -fdump-rtl-expand",
        "-c a.c -da",
        "-c a.c -fopt-info-all=report",
        "-c a.c -fdump-ada-spec",
        "-c a.c -aux-info prototypes",
        "-c a.c -wrapper env",
        "-c a.c -fdiagnostics-format=json-file -DX",
    ] {
        world.cc(line).bypass("unserved-option");
        world.cc(line).bypass("unserved-option");
    }
    // The file that this option writes is one that packer-cc knows and stores.
    world.cc("-c a.c -fcallgraph-info").miss();
    world.cc("-c a.c -fcallgraph-info").hit();
}

#[test]
fn unknown_options_are_named() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c -fno-such-option-anywhere").bypass("unknown-option");
    let record = world.journal().pop().expect("a record");
    assert_eq!(record["detail"], "-fno-such-option-anywhere");
}

#[test]
fn names_with_special_characters() {
    let names: &[&[u8]] = &[
        b"two words.c",
        b"dollar$sign.c",
        b"hash#sign.c",
        b"quote'single.c",
        b"quote\"double.c",
        b"semi;.c",
        b"100%.c",
        b"\xc3\xa4\xe6\xbc\xa2.c",
        b"latin1\xe4.c",
        b"(paren)&amp*.c",
    ];
    for_each_compiler(|world| {
        for name in names {
            let source = raw(name);
            let object = raw(&[&name[..name.len() - 2], b".o"].concat());
            std::fs::write(world.tree().join(&source), "int a;\n").expect("a source");
            let line = |words: &[&str]| -> Vec<OsString> {
                let mut line: Vec<OsString> = words.iter().map(Into::into).collect();
                line.extend(["-c".into(), source.clone(), "-o".into(), object.clone()]);
                line
            };
            for words in [&[][..], &["-MMD"], &["-MD", "-MP"]] {
                world.run(world.compiler().c(), line(words)).miss();
                world.run(world.compiler().c(), line(words)).hit();
            }
        }
        // Compilers do not quote a colon for make, and clang writes a backslash as a slash. So these depfiles can be
        // read in two ways, and nothing is kept. Behind gcc the assembler writes a depfile too, which can be read in
        // two ways as well.
        let (plain, asked) = ("miss: depfile-unreadable", "miss: assembler-depfile-unreadable");
        let expected = match world.compiler() {
            Compiler::Clang => [plain, "miss: new key", "hit", plain, plain],
            _ => [plain, asked, asked, "miss: new key", "miss: new key"],
        };
        world.file("colon:.c", "int a;\n").file("back\\slash.c", "int a;\n");
        let lines =
            ["-c colon:.c", "-MMD -c colon:.c", "-MMD -c colon:.c", "-c 'back\\slash.c'", "-MMD -c 'back\\slash.c'"];
        for (line, what) in lines.iter().zip(expected) {
            world.cc(line).does(what);
        }
    });
}

#[test]
fn the_default_output_is_in_the_working_directory() {
    for_each_compiler(|world| {
        world.files(&[("sub/a.c", "int a;\n"), ("other/x", "")]);
        world.cc("-c ../sub/a.c").cwd("other").miss();
        world.cc("-c ../sub/a.c").cwd("other").hit();
        world.cc("-MMD -c ../sub/a.c").cwd("other").miss();
        world.cc("-MMD -c ../sub/a.c").cwd("other").hit();
        assert!(world.exists("other/a.o") && world.exists("other/a.d"));
    });
}

#[test]
fn arm_compiles_too() {
    let world = World::with(Compiler::ArmGcc);
    world.files(&[("a.c", "#include \"a.h\"\nint f(void) { return ANSWER; }\n"), ("a.h", HEADER)]);
    for line in ["-mcpu=cortex-m4 -mthumb -Os -MMD -c a.c", "-mcpu=cortex-m0 -mthumb -ffreestanding -g -c a.c"] {
        world.cc(line).miss();
        world.cc(line).hit();
    }
}

#[test]
fn languages_by_name_by_option_and_by_driver() {
    const CASES: &[(&str, &str, &str)] = &[
        ("a.h", "int a;\n", "-x c -c a.h -o a.o"),
        ("a", "int a;\n", "-xc -c a -o a.o"),
        ("a", "int a;\n", "-x c -c a"),
        ("a.c", "int a;\n", "-x c++ -c a.c"),
        ("a.c", "int a;\n", "-x none -c a.c"),
        ("a.c", "int a;\n", "-x c -x c++ -c a.c"),
        ("a.c", "int a;\n", "-c a.c -x c++"),
        ("a.c", "int a;\n", "-x cpp-output -c a.c"),
        ("a.i", "# 1 \"x.c\"\nint a;\n", "-g -c a.i"),
        ("a.x", ".long 1\n", "-x assembler -c a.x -o a.o"),
        ("a.s", "#define X 1\n.long X\n", "-x assembler-with-cpp -c a.s"),
        ("a.c++", "int a;\n", "-c a.c++"),
        ("a.CPP", "int a;\n", "-c a.CPP"),
        ("a.c.c", "int a;\n", "-c a.c.c"),
        ("a.c", "\u{feff}int a;\r\n", "-c a.c"),
        ("a.cc", "", "-c a.cc"),
        ("a.S", "", "-c a.S"),
        ("a.s", "", "-c a.s"),
        ("a.i", "", "-c a.i"),
    ];
    for_each_compiler(|world| {
        for (name, text, line) in CASES {
            world.file(name, text);
            world.cc(line).miss();
            world.cc(line).hit();
            world.remove(name);
            world.empty_store();
        }
        // gcc takes `.sx` for assembly, clang for a file that is meant for the linker.
        world.file("a.sx", "#define X 1\n.long X\n");
        let is_clang = world.compiler() == Compiler::Clang;
        for what in if is_clang { ["bypass: language"; 2] } else { ["miss: new key", "hit"] } {
            world.cc("-c a.sx").does(what);
        }
        // The C++ driver compiles `a.c` as C++.
        world.file("a.c", "#ifdef __cplusplus\nint cxx;\n#else\nint c;\n#endif\n");
        world.cxx("-c a.c").miss();
        world.cc("-c a.c").miss();
        world.cxx("-c a.c").hit();
        world.cxx("-x c -c a.c").miss();
    });
}

#[test]
fn headers_with_special_names() {
    for_each_compiler(|world| {
        for name in ["two words", "dollar$", "hash#", "single'", "semi;", "100%", "\u{e4}", "(paren)", "back`tick"] {
            let (source, header) = (format!("{name}.c"), format!("{name}.h"));
            world.file(&source, format!("#include \"{header}\"\nint a;\n")).file(&header, "int h;\n");
            for request in [&[][..], &["-MMD"], &["-MD", "-MP", "-MF", "a.d"]] {
                let mut line: Vec<OsString> = request.iter().map(Into::into).collect();
                line.extend(["-c", &source, "-o", "a.o"].map(OsString::from));
                world.run(world.compiler().c(), line.clone()).miss();
                world.run(world.compiler().c(), line).hit();
            }
            let mut line: Vec<OsString> = ["-MMD", "-c", &source, "-o", "a.o"].map(OsString::from).to_vec();
            world.file(&header, "int changed;\n");
            world.run(world.compiler().c(), std::mem::take(&mut line)).miss();
        }
    });
}

#[test]
fn warnings_of_every_kind_are_replayed() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#warning \"hello\"\n#include \"h.h\"\nint f(void) { int x; return 0; }\n"),
            ("h.h", "#pragma message \"from a header\"\nstatic int unused(void) { return 1; }\n"),
        ]);
        let absolute = format!("-Wall -c {}/a.c", world.tree().display());
        for line in ["-c a.c", "-Wall -c a.c", "-Wall -S a.c", "-Wall -Wextra -MMD -g -c ./a.c", "-w -c a.c", &absolute]
        {
            world.cc(line).miss();
            world.cc(line).hit();
        }
        world.cc("-Werror -c a.c").fails();
        world.cc("-c a.c").hit();
    });
}

#[test]
fn options_that_dump_or_show_pass_through() {
    const ASKS: &[&str] = &["-v", "-###", "--help", "--version", "-dumpversion", "--verbose", "-print-search-dirs"];
    const UNKNOWN: &[&str] = &["--unknown-option", "-funknown"];
    const UNSERVED: &[&str] = &[
        "-save-temps",
        "-save-temps=obj",
        "-save-temps=cwd",
        "--save-temps",
        "-dD",
        "-dM",
        "-dI",
        "-dN",
        "-dU",
        "-dA",
        "-dp",
        "-dP",
        "-P",
        "-C",
        "-CC",
        "-H",
        "-fplugin=none",
        "-fplugin-arg-x-y",
        "-wrapper x",
        "-Wa,-ahl",
        "-Wa,-unknown",
        "-Wp,-unknown",
        "-Xclang -unknown",
        "-mllvm -unknown",
        "-emit-llvm",
        "-emit-ast",
        "-aux-info proto",
        "-dumpbase q",
        "-dumpdir q",
        "-imultilib q",
    ];
    for_each_compiler(|world| {
        project(&world);
        let asks = ASKS.iter().map(|option| (option, "not-a-compile"));
        let unknown = UNKNOWN.iter().map(|option| (option, "unknown-option"));
        let unserved = UNSERVED.iter().map(|option| (option, "unserved-option"));
        for (option, code) in asks.chain(unknown).chain(unserved) {
            world.cc(&format!("-c a.c {option} -o a.o")).bypass(code);
            for entry in std::fs::read_dir(world.tree()).expect("the tree") {
                let name = entry.expect("an entry").file_name().into_string().expect("a name");
                if !matches!(name.as_str(), "a.c" | "a.h") {
                    world.remove(&name);
                }
            }
        }
        // gcc looks for the file of specs, clang does not know the option and says nothing.
        let is_clang = world.compiler() == Compiler::Clang;
        for what in if is_clang { ["miss: new key", "hit"] } else { ["bypass: compiler-unknown"; 2] } {
            world.cc("-c a.c -specs=none -o a.o").does(what);
        }
    });
}

#[test]
fn probes_of_configure_scripts() {
    for_each_compiler(|world| {
        const SERVED: [&str; 2] = ["miss: new key", "hit"];
        const FAILED: [&str; 2] = ["failed: compiler-failed"; 2];
        let is_clang = world.compiler() == Compiler::Clang;
        for (text, line, expected) in [
            ("int main(void) { return 0; }\n", "-c conftest.c", SERVED),
            ("int main(void) { ; return 0; }\n", "-c conftest.c", SERVED),
            ("syntax error\n", "-c conftest.c", FAILED),
            ("#include <no-such-header.h>\n", "-c conftest.c", FAILED),
            ("#include <limits.h>\nint a;\n", "-E conftest.c", ["bypass: preprocess-only"; 2]),
            ("int a;\n", "-c -fno-such-thing conftest.c", ["bypass: unknown-option"; 2]),
            // gcc says nothing of warnings that it does not know, as long as they are switched off.
            ("int a;\n", "-c -Werror -Wno-such-warning conftest.c", if is_clang { FAILED } else { SERVED }),
            (
                "int main(void) { return 0; }\n",
                "conftest.c -o conftest -lno_such_library",
                ["bypass: not-a-compile"; 2],
            ),
            ("int a;\n", "-qversion", ["bypass: not-a-compile"; 2]),
            ("int a;\n", "-V", ["bypass: not-a-compile"; 2]),
        ] {
            world.file("conftest.c", text);
            for what in expected {
                world.cc(line).does(what);
            }
        }
        // The file gets other texts in turn. Each text has its own result.
        for text in ["int one;\n", "int two;\n", "int one;\n", "int two;\n"] {
            world.file("conftest.c", text);
            world.cc("-c conftest.c").kept();
        }
        world.cc("-c conftest.c").hit();
    });
}
