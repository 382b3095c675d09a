//! What travels, and what is keyed to its place.

use super::{PLACES, at, project, travels};
use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;
use std::path::Path;

#[test]
fn relative_arguments_travel() {
    for marker in [false, true] {
        for_each_compiler(|world| {
            project(&world, marker);
            for line in [
                "-c src/a.c -Iinc -o a.o",
                "-O2 -c src/a.c -Iinc -o build/a.o -MMD",
                "-c src/a.c -I inc -MD -MP -o a.o",
                "-c src/file.c -o file.o",
                "-S src/a.c -I inc -o a.s",
                "-Wall -c src/a.c -I inc -o warned.o",
            ] {
                travels(&world, line);
            }
        });
    }
}

#[test]
fn absolute_arguments_travel() {
    for marker in [false, true] {
        for_each_compiler(|world| {
            project(&world, marker);
            for line in [
                "-c ROOT/src/a.c -IROOT/inc -o ROOT/build/a.o",
                "-O2 -c ROOT/src/a.c -isystem ROOT/inc -o a.o -MD",
                "-c ROOT/src/a.c -I ROOT/inc -MMD -MF ROOT/build/a.d -MT ROOT/build/a.o -o ROOT/build/a.o",
            ] {
                travels(&world, line);
            }
        });
    }
}

#[test]
fn diagnostics_name_this_tree() {
    for_each_compiler(|world| {
        project(&world, true);
        travels(&world, "-Wall -c ROOT/src/a.c -I ROOT/inc -o a.o");
    });
}

#[test]
fn what_holds_the_place_is_keyed_to_it() {
    for_each_compiler(|world| {
        project(&world, true);
        for line in [
            "-g -c src/a.c -I inc -o a.o",
            "-g -c ROOT/src/a.c -I ROOT/inc -o a.o",
            "-g -S ROOT/src/a.c -I ROOT/inc -o a.s",
            "-c ROOT/src/file.c -o file.o",
            "-c ROOT/src/header_file.c -o file.o",
            "-c ROOT/src/assert.c -o assert.o",
        ] {
            for place in PLACES {
                world.cc(&at(&world, place, line)).cwd(place).kept();
            }
            for place in PLACES {
                world.cc(&at(&world, place, line)).cwd(place).hit();
            }
        }
    });
}

/// `-2` leaves the last two names of a path, of which the first is the root's.
#[test]
fn parts_of_paths_that_no_search_finds() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        project(&world, false);
        let option = match compiler {
            Compiler::Clang => "-fsanitize-undefined-strip-path-components=-2",
            _ => "-O0",
        };
        for place in PLACES {
            world.file(&format!("{place}/div.c"), "int f(int a, int b) { return a / b; }\n");
        }
        let line = format!("-fsanitize=undefined {option} -c ROOT/div.c -o div.o");
        for _ in 0..2 {
            for place in PLACES {
                world.cc(&at(&world, place, &line)).cwd(place).kept();
            }
        }
        for place in PLACES {
            world.cc(&at(&world, place, &line)).cwd(place).hit();
        }
    }
}

/// Compressed debug data hide the place from whoever looks for it in the bytes.
#[test]
fn compressed_debug_data() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        project(&world, true);
        for line in ["-g -gz -c src/a.c -I inc -o a.o", "-g -gz=zlib -c ROOT/src/a.c -I ROOT/inc -o a.o"] {
            for _ in 0..2 {
                for place in PLACES {
                    world.cc(&at(&world, place, line)).cwd(place).kept();
                }
            }
        }
    }
}

#[test]
fn macros_that_hold_the_place() {
    for_each_compiler(|world| {
        for place in PLACES {
            world.file(&format!("{place}/a.c"), "#include \"b.h\"\n#line 5 \"other\"\nconst char *a = __FILE__;\n");
            world.file(&format!("{place}/b.h"), "#ifndef B\n#define B\nconst char *b = __BASE_FILE__;\n#endif\n");
        }
        for line in ["-c ROOT/a.c -o a.o", "-c a.c -DP=\"ROOT\" -o a.o", "-include ROOT/b.h -c a.c -o a.o"] {
            for _ in 0..2 {
                for place in PLACES {
                    world.cc(&at(&world, place, line)).cwd(place).kept();
                }
            }
        }
    });
}

#[test]
fn link_time_objects() {
    let world = World::new();
    project(&world, true);
    for line in
        ["-flto -frandom-seed=a -c src/a.c -I inc -o a.o", "-flto -frandom-seed=a -g -c ROOT/src/a.c -I inc -o a.o"]
    {
        for _ in 0..2 {
            for place in PLACES {
                world.cc(&at(&world, place, line)).cwd(place).kept();
            }
        }
    }
}

#[test]
fn another_header_under_the_same_relative_name() {
    for_each_compiler(|world| {
        project(&world, true);
        travels(&world, "-c src/a.c -I inc -o a.o");
        world.file("two/deeper place/inc/lib.h", "#define LIB 3\n");
        world.cc("-c src/a.c -I inc -o a.o").cwd(PLACES[1]).miss();
        world.cc("-c src/a.c -I inc -o a.o").cwd(PLACES[0]).hit();
        world.cc("-c src/a.c -I inc -o a.o").cwd(PLACES[1]).hit();
    });
}

#[test]
fn builds_outside_the_source_tree() {
    for_each_compiler(|world| {
        project(&world, true);
        for line in ["-c ../src/a.c -I../inc -MMD -o a.o", "-c ROOT/src/a.c -IROOT/inc -MMD -o a.o"] {
            let [first, second] = PLACES.map(|place| format!("{place}/build"));
            world.cc(&at(&world, PLACES[0], line)).cwd(&first).miss();
            world.cc(&at(&world, PLACES[1], line)).cwd(&second).hit();
        }
    });
}

/// Every way a text can take in where it is.
#[test]
fn texts_that_take_in_where_they_are() {
    const SOURCES: &[(&str, &str)] = &[
        ("base.c", "const char *b = __BASE_FILE__;\nint n = sizeof __BASE_FILE__;\n"),
        ("length.c", "int n = sizeof __FILE__;\n"),
        ("name.c", "#ifdef __FILE_NAME__\nconst char *n = __FILE_NAME__;\n#endif\nint x;\n"),
        (
            "built.c",
            "#if defined(__has_builtin)\n#if __has_builtin(__builtin_FILE)\nconst char *f(void) { return __builtin_FILE(); }\n#endif\n#endif\nint y;\n",
        ),
        ("pasted.c", "#define S(x) #x\n#define T(x) S(x)\nconst char *t = T(__FILE__) __FILE__ \"/more\";\n"),
        ("choice.c", "int c(void) { return __FILE__[1] == 't' ? 1 : 2; }\n"),
        ("assert.c", "#include <assert.h>\nint f(int x) { assert(x > 1); return x; }\n"),
        ("warned.c", "#include \"warned.h\"\nint w;\n"),
        ("warned.h", "#warning this header\nstatic int unused(void) { return 1; }\n"),
    ];
    for_each_compiler(|world| {
        for place in PLACES {
            for (name, content) in SOURCES {
                world.file(&format!("{place}/src/{name}"), content);
            }
            fs::create_dir(world.tree().join(place).join(".git")).expect("a mark");
        }
        for (name, _) in
            SOURCES.iter().filter(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "c"))
        {
            travels(&world, &format!("-Wall -c src/{name} -o out.o"));
            let line = format!("-Wall -c ROOT/src/{name} -o out.o");
            for place in PLACES {
                world.cc(&at(&world, place, &line)).cwd(place).kept();
            }
            for place in PLACES {
                world.cc(&at(&world, place, &line)).cwd(place).hit();
            }
        }
    });
}

#[test]
fn inline_functions_and_names_in_cxx() {
    for_each_compiler(|world| {
        for place in PLACES {
            world.files(&[
                (
                    &format!("{place}/a.cc"),
                    "#include \"a.h\"\nnamespace { int count; }\nint u() { return g() + ++count; }\n",
                ),
                (
                    &format!("{place}/a.h"),
                    "inline int g() { static int q = 1; return q + (int)sizeof(__PRETTY_FUNCTION__); }\n",
                ),
            ]);
            fs::create_dir(world.tree().join(place).join(".git")).expect("a mark");
        }
        for line in ["-c a.cc -o a.o -MMD", "-O2 -c ROOT/a.cc -o a.o -MMD"] {
            world.cxx(&at(&world, PLACES[0], line)).cwd(PLACES[0]).miss();
            let there = world.cxx(&at(&world, PLACES[1], line)).cwd(PLACES[1]);
            // clang's names of some types hold the file they are in, as the command line spells it.
            if world.compiler() == Compiler::Clang && line.contains("ROOT") {
                there.does("miss: bound-elsewhere")
            } else {
                there.hit()
            };
        }
    });
}
