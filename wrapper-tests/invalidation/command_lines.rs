//! Options that matter, in the order in which they matter.

use super::{edited, project};
use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;

#[test]
fn options_that_matter() {
    const VARIANTS: &[&str] = &[
        "",
        "-DX=1",
        "-DX=1 -DX=2",
        "-DX=2 -DX=1",
        "-DX=1 -UX",
        "-UX -DX=1",
        "-D X=1 -DY",
        "-O1",
        "-O2",
        "-Os",
        "-O2 -fno-inline",
        "-std=gnu99",
        "-std=c11",
        "-g",
        "-g1",
        "-fno-common",
        "-fPIC",
        "-ffunction-sections",
        "-Wall",
        "-Wall -Wextra",
        "-w",
        "-pedantic",
        "-I one -I two",
        "-I two -I one",
        "-iquote two -I one",
        "-isystem one -I two",
        "-idirafter one -I two",
        "-include forced.h",
        "-imacros forced.h",
        "-include forced.h -include other.h",
    ];
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#if __has_include(<x.h>)\n#include <x.h>\n#endif\n#ifndef X\n#define X 9\n#endif\nint a = X; int c(int v) { return v * X; }\n"),
            ("one/x.h", "#define ONE 1\nint one;\n"),
            ("two/x.h", "#define TWO 2\nint two;\n"),
            ("forced.h", "#define F 1\nint forced;\n"),
            ("other.h", "int other;\n"),
        ]);
        for round in 0..2 {
            for variant in VARIANTS {
                let run = world.cc(&format!("{variant} -c a.c -o a.o"));
                // `-DX=1` and `-UX -DX=1` make the same object. Both miss the first time, since the words differ.
                if round == 0 {
                    run.miss()
                } else {
                    run.hit()
                };
            }
        }
        edited(&world, "-include forced.h -c a.c -o a.o", "forced.h", "int forced_otherwise;\n");
        edited(&world, "-imacros forced.h -c a.c -o a.o", "forced.h", "#define X 77\n");
    });
}

#[test]
fn a_warning_option_that_turns_a_hit_into_an_error() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(void) { int unused; return 0; }\n");
        world.cc("-c a.c").miss();
        world.cc("-Wall -c a.c").miss();
        world.cc("-Wall -Werror -c a.c").fails();
        world.cc("-Wall -c a.c").hit();
    });
}

#[test]
fn the_output_path_does_not_matter() {
    for_each_compiler(|world| {
        project(&world);
        fs::create_dir(world.path("tree/out")).expect("a directory");
        world.cc("-c a.c -I inc -isystem sys -o a.o").miss();
        world.cc("-c a.c -I inc -isystem sys -o out/b.o").hit();
        world.cc("-o out/c.obj -c a.c -I inc -isystem sys").hit();
        world.cc("-c a.c -I inc -isystem sys").hit();
    });
}

#[test]
fn the_machine_asked_for_by_native() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.file("a.c", "int a(int x) { return __builtin_popcount(x); }\n");
        world.cc("-march=native -O2 -c a.c").miss();
        world.cc("-march=native -O2 -c a.c").hit();
    }
}

#[test]
fn file_macros_and_the_spelling_of_paths() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include \"inc/f.h\"\nconst char *a = __FILE__;\n"),
            ("inc/f.h", "static const char *h = __FILE__; const char *get(void) { return h; }\n"),
        ]);
        let tree = world.tree();
        for source in
            ["a.c".to_owned(), "./a.c".to_owned(), "../tree/a.c".to_owned(), format!("{}/a.c", tree.display())]
        {
            let line = format!("-c {source} -o a.o");
            world.cc(&line).miss();
            world.cc(&line).hit();
        }
    });
}

#[test]
fn prefix_maps_count_by_value() {
    let world = World::new();
    world.file("a.c", "const char *a = __FILE__;\n");
    let tree = world.tree();
    for map in ["/nowhere=x", "TREE=.", "TREE=/usr/src", "TREE=."] {
        let map = map.replace("TREE", &tree.to_string_lossy());
        for option in ["-ffile-prefix-map", "-fdebug-prefix-map", "-fmacro-prefix-map"] {
            let line = format!("-g {option}={map} -c {}/a.c -o a.o", tree.display());
            world.cc(&line).kept();
            world.cc(&line).hit();
        }
    }
}

#[test]
fn order_of_macros_and_directories() {
    const VARIANTS: &[&str] = &[
        "-DX=1",
        "-DX=2",
        "-DX=1 -DX=2",
        "-DX=2 -DX=1",
        "-DX=1 -UX",
        "-UX -DX=1",
        "-DX",
        "-I one -I two",
        "-I two -I one",
        "-isystem one -I two",
        "-idirafter one -isystem two",
        "-iquote one -I two",
        "-O1 -O2",
        "-O2 -O1",
        "-std=gnu99",
        "-std=gnu11",
    ];
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <x.h>\n#ifndef X\n#define X 9\n#endif\nint a = X; int f(int v) { return v * X; }\n"),
            ("one/x.h", "int one;\n"),
            ("two/x.h", "int two;\n"),
        ]);
        let line = |variant: &str| format!("{variant} -c a.c -idirafter one -o a.o");
        for variant in VARIANTS {
            world.cc(&line(variant)).miss();
        }
        for variant in VARIANTS.iter().rev() {
            world.cc(&line(variant)).hit();
        }
    });
}

#[test]
fn werror_toggles() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(void) { int unused; return 0; }\n");
        for _ in 0..2 {
            world.cc("-Wall -c a.c").kept();
            world.cc("-Wall -Werror -c a.c").fails();
            world.cc("-Wall -Werror=unused-variable -c a.c").fails();
            world.cc("-Wall -Werror -Wno-error=unused-variable -c a.c").kept();
            world.cc("-Wall -Werror -Wno-unused-variable -c a.c").kept();
            world.cc("-Wall -Wno-error -c a.c").kept();
            world.cc("-w -Werror -c a.c").kept();
        }
        world.cc("-Wall -c a.c").hit();
        world.cc("-w -Werror -c a.c").hit();
    });
}

#[test]
fn prefix_maps_for_every_compiler() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include \"d/h.h\"\nconst char *a = __FILE__;\nvoid g(void) { f(); }\n"),
            ("d/h.h", "static void f(void) {}\nconst char *h = __FILE__;\n"),
        ]);
        let tree = world.tree();
        let tree = tree.display();
        for option in ["-fdebug-prefix-map", "-ffile-prefix-map", "-fmacro-prefix-map"] {
            for map in [&format!("{tree}=/x"), &format!("{tree}=/y"), &format!("{tree}/=q"), "d=e", "=x", "/none=/x"] {
                for source in ["a.c".to_owned(), format!("{tree}/a.c")] {
                    let line = format!("-g -c {source} {option}={map} -o a.o");
                    // avr-gcc 5.4 knows only `-fdebug-prefix-map`.
                    if world.compiler() != Compiler::AvrGcc || option == "-fdebug-prefix-map" {
                        world.cc(&line).miss();
                        world.cc(&line).hit();
                    } else {
                        world.cc(&line).fails();
                        world.cc(&line).fails();
                    }
                }
            }
        }
        for order in [["/x", "/y"], ["/y", "/x"]] {
            let [first, second] = order;
            let line = format!("-g -c a.c -fdebug-prefix-map={tree}={first} -fdebug-prefix-map={tree}={second}");
            world.cc(&line).miss();
            world.cc(&line).hit();
        }
    });
}

#[test]
fn machine_options() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(int x) { return __builtin_popcount(x); }\n");
        let variants: &[&str] = match world.compiler() {
            Compiler::AvrGcc => &["-mmcu=atmega328p", "-mmcu=attiny85", "-mmcu=atmega2560", "-mcall-prologues"],
            _ => &["-march=native", "-mtune=native", "-march=x86-64-v3", "-mpopcnt", "-mno-popcnt", "-m32"],
        };
        for variant in variants {
            world.cc(&format!("{variant} -O2 -c a.c")).miss();
            world.cc(&format!("{variant} -O2 -c a.c")).hit();
        }
    });
}
