//! Names of directories of the command that nobody spells: put together, compared, or reached by way of another directory.

use super::put;
use crate::fixture::{Compiler, World, for_each_compiler};
use std::os::unix::fs::symlink;

/// The directory that holds both dependencies. Its name is told to the texts.
fn dependencies(world: &World, text: &str) -> String {
    for kit in ["A", "B"] {
        put(world, &format!("deps/{kit}/x.h"), text);
    }
    world.path("deps").display().to_string()
}

/// Each of the lines, with `KIT` for a dependency and `ABOVE` for what holds both, has a result of its own, also once the first dependency has changed.
fn stays(world: &World, deps: &str, line: &str) {
    let line = |kit: &str| line.replace("KIT", &format!("{deps}/{kit}")).replace("ABOVE", deps);
    world.cc(&line("A")).kept();
    put(world, "deps/A/x.h", "#define X 2\n");
    world.cc(&line("B")).kept();
    world.cc(&line("B")).hit();
}

/// A macro or literals side by side give the directory that both dependencies are in.
#[test]
fn names_of_a_macro_and_something_else() {
    for_each_compiler(|world| {
        let deps = dependencies(&world, "#define X 1\n");
        world.file("a.c", "#define S_(x) #x\n#define S(x) S_(x)\n#include S(DEPS/A/x.h)\nint a = X;\n");
        stays(&world, &deps, "-c a.c -DDEPS=ABOVE -IKIT -MD -o a.o");
    });
}

/// What is said of the text is no name of the dependency.
#[test]
fn names_in_what_is_said() {
    for_each_compiler(|world| {
        let deps = dependencies(&world, "");
        world.file("a.c", "__attribute__((deprecated(PFX \"/A/x\"))) int f(void);\nint a(void) { return f(); }\n");
        for kit in ["A", "B"] {
            let line = format!("-c a.c '-DPFX=\"{deps}\"' -include {deps}/{kit}/x.h -o a.o");
            world.cc(&line).kept();
            world.cc(&line).hit();
        }
    });
}

/// The assembler puts literals together that stand side by side.
#[test]
fn names_that_the_assembler_reads() {
    let world = World::with(Compiler::Gcc);
    let deps = dependencies(&world, "");
    world.file("a.c", "asm(\".incbin \\\"\" DIR \"/A/x.bin\\\"\");\n");
    for kit in ["A", "B"] {
        put(&world, &format!("deps/{kit}/x.bin"), "abc");
    }
    let line = |kit: &str| format!("-c a.c '-DDIR=\"{deps}\"' -I{deps}/{kit} -o a.o");
    world.cc(&line("A")).whatever("whether it is kept is not told here");
    put(&world, "deps/A/x.bin", "xyz");
    world.cc(&line("B")).whatever("whether it is kept is not told here");
}

/// Where no assembler reads the text itself, words that are no inline assembly have nothing read.
#[test]
fn names_that_an_assembler_would_read() {
    for_each_compiler(|world| {
        let deps = dependencies(&world, "#define X 1\n");
        let words = "#define P(a, b) a##b\nint P(inc, bin) = X;\nconst char *s = \".include\";\n";
        world.file("a.c", format!("#include <x.h>\n{words}"));
        let line = |kit: &str| format!("-c a.c -DDEPS={deps} -I{deps}/{kit} -o a.o");
        world.cc(&line("A")).kept();
        world.cc(&line("B")).hit();
    });
}

/// Options that compare names of files with a list.
#[test]
fn names_that_options_compare() {
    for (compiler, option) in [
        (Compiler::Gcc, "-O1 -finstrument-functions -finstrument-functions-exclude-file-list=deps/A"),
        (
            Compiler::Clang,
            "-O1 -fsanitize=integer-divide-by-zero -fsanitize-trap=integer-divide-by-zero -fsanitize-ignorelist=list",
        ),
    ] {
        let world = World::with(compiler);
        let deps = dependencies(&world, "__attribute__((noinline)) static int f(int x) { return 9 / x; }\n");
        world.file("list", "src:*/A/*\n").file("a.c", "#include <x.h>\nint a(int x) { return f(x); }\n");
        for kit in ["A", "B"] {
            let line = format!("{option} -c a.c -I{deps}/{kit} -o a.o");
            world.cc(&line).kept();
            world.cc(&line).hit();
        }
    }
}

/// Two slashes begin a name that texts may spell.
#[test]
fn names_that_begin_with_two_slashes() {
    for_each_compiler(|world| {
        let deps = dependencies(&world, "#define X 1\n");
        world.file("a.c", format!("#include \"/{deps}/A/x.h\"\nint a = X;\n"));
        stays(&world, &deps, "-c a.c -I/KIT -MD -o a.o");
    });
}

/// A header in a root that holds another root, or a directory of the command, reaches it by its own directory.
#[test]
fn headers_in_a_directory_above() {
    for_each_compiler(|world| {
        for variable in ["PACKER_CC_ROOTS", "HOME"] {
            let above = format!("tree/{variable}");
            let root = world.path(&above).display().to_string();
            for kit in ["A", "B"] {
                put(&world, &format!("{above}/{kit}/x.h"), "#define X 1\n");
                put(&world, &format!("{above}/{kit}/.git/HEAD"), "");
                put(&world, &format!("{above}/{kit}/a.c"), &format!("#include \"{root}/common.h\"\nint a = X;\n"));
            }
            put(&world, &format!("{above}/common.h"), "#include \"A/x.h\"\n");
            let compile = |kit: &str| {
                let run = world.cc("-c a.c -o a.o").cwd(&format!("{variable}/{kit}"));
                let run = if variable == "HOME" {
                    run.env("HOME", &root).env("PACKER_CC_ROOT", format!("{root}/{kit}"))
                } else {
                    run.env("PACKER_CC_ROOTS", format!("kit={root}"))
                };
                run.kept();
            };
            compile("A");
            put(&world, &format!("{above}/A/x.h"), "#define X 2\n");
            compile("B");
        }
    });
}

/// gcc shortens the names of what system headers include, wherever it is found, and of what stands beside it.
#[test]
fn headers_beside_one_that_a_system_header_includes() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc] {
        for (system, user) in [("-isystem ", ""), ("-I", "#pragma GCC system_header\n")] {
            let world = World::with(compiler);
            let roots = ["q", "a-longer-name-of-a-checkout"];
            for root in roots {
                put(&world, &format!("tree/{root}/.git/HEAD"), "");
                put(&world, &format!("tree/{root}/b/c/d/e/f/g/h/a.c"), "#include <s.h>\nint a = sizeof(F);\n");
                put(&world, &format!("tree/{root}/sys/s.h"), "#include <u.h>\n");
                put(&world, &format!("tree/{root}/inc/u.h"), &format!("{user}#include \"beside.h\"\n"));
                put(&world, &format!("tree/{root}/inc/beside.h"), "enum { X = sizeof __FILE__ }; static int F[X];\n");
            }
            for root in [roots[1], roots[0], roots[1]] {
                let sys = world.tree().join(root).join("sys").display().to_string();
                let line = format!("-c a.c -I../../../../../../../inc {system}{sys} -MD -o a.o");
                world.cc(&line).cwd(&format!("{root}/b/c/d/e/f/g/h")).kept();
            }
        }
    }
}

/// The same where the directory is a link.
#[test]
fn headers_beside_one_behind_a_link() {
    let world = World::with(Compiler::Gcc);
    world.file("a.c", "#include <sys.h>\nint a = sizeof(F);\n");
    for (link, to) in [("l1", "real-with-a-long-name"), ("a-link-with-a-long-name", "r2")] {
        put(&world, &format!("{to}/sys.h"), "#pragma GCC system_header\n#include \"beside.h\"\n");
        put(&world, &format!("{to}/beside.h"), "enum { X = sizeof __FILE__ }; static int F[X];\n");
        symlink(world.path(to), world.path(link)).expect("a link");
    }
    for link in ["l1", "a-link-with-a-long-name", "l1"] {
        world.cc(&format!("-c a.c -I{} -MD -o a.o", world.path(link).display())).kept();
    }
}

/// The names of files that macros take in, whose own names no text spells.
#[test]
fn macros_of_names_that_nobody_spells() {
    for (source, header, compilers) in [
        // What looks like a directive is none.
        (
            "#define WHERE __FILE__\n#include <x.h>\n",
            "#define M(define) sizeof(#define WHERE)\nint n = M(x);\n",
            &[Compiler::Gcc, Compiler::Clang][..],
        ),
        // A macro of the compiler's own pastes.
        ("#include <x.h>\n", "#define WHEREL __FILE__\nint n = sizeof(__INT64_C(WHERE));\n", &[Compiler::Gcc]),
        // A raw string hides where comments are.
        (
            "const char *s = R\"(x)\";\n#define WHERE /*\n*/ __FILE__\n#include <x.h>\n",
            "int n = sizeof WHERE;\n",
            &[Compiler::Gcc],
        ),
    ] {
        for compiler in compilers {
            let world = World::with(*compiler);
            world.file("a.c", source);
            for dir in ["deps/A", "deps/longer"] {
                put(&world, &format!("{dir}/x.h"), header);
                let line = format!("-std=gnu11 -c a.c -I{} -o a.o", world.path(dir).display());
                world.cc(&line).kept();
                world.cc(&line).hit();
            }
        }
    }
}

/// Headers that say that they are of the system, as Gnulib's do. One step up is never longer than a root's name.
#[test]
fn headers_of_the_system_one_step_up() {
    for_each_compiler(|world| {
        for (nth, root) in ["q", "a-longer-name-of-a-checkout"].into_iter().enumerate() {
            let header = "#pragma GCC system_header\n#include <x.h>\n#include \"y.h\"\n";
            put(&world, &format!("tree/{root}/.git/HEAD"), "");
            put(&world, &format!("tree/{root}/lib/w.h"), header);
            put(&world, &format!("tree/{root}/lib/x.h"), "#include \"z.h\"\n");
            put(&world, &format!("tree/{root}/lib/y.h"), "#define Y 1\n");
            put(&world, &format!("tree/{root}/lib/z.h"), "#define Z 1\n");
            for dir in ["src", "b/c/d"] {
                put(&world, &format!("tree/{root}/{dir}/a.c"), "#include <w.h>\nint a = Y + Z;\n");
            }
            let near = world.cc("-I../lib -MD -c a.c -o a.o").cwd(&format!("{root}/src"));
            near.does(["miss: new", "hit"][nth]);
            world.cc("-I../../../lib -MD -c a.c -o a.o").cwd(&format!("{root}/b/c/d")).kept();
        }
    });
}

/// A header of the system that leads to no other of the user's: the length of the root decides about nothing.
#[test]
fn headers_that_no_system_header_includes() {
    for_each_compiler(|world| {
        for (root, outcome) in [("q", "miss"), ("a-longer-name-of-a-checkout", "hit")] {
            put(&world, &format!("tree/{root}/.git/HEAD"), "");
            put(&world, &format!("tree/{root}/ext/e.h"), "#include \"beside.h\"\n");
            put(&world, &format!("tree/{root}/ext/beside.h"), "#define E 1\n");
            put(&world, &format!("tree/{root}/inc/c.h"), "#define C 1\n");
            put(&world, &format!("tree/{root}/src/a.c"), "#include \"../inc/c.h\"\n#include <e.h>\nint a = C + E;\n");
            world.cc("-isystem ext -c src/a.c -o a.o").cwd(root).does(if outcome == "hit" {
                "hit"
            } else {
                "miss: new key"
            });
        }
    });
}
