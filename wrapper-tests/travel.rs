//! The same project in another place. In the `exact` mode a result that is proven free of the place is shared; one that is not,
//! is keyed to it. Whatever happens, the bytes are those of the bare compiler at this place: that is what every
//! assertion here compares.

use crate::fixture::{Compiler, Ran, World, age, for_each_compiler};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

const PLACES: [&str; 2] = ["one", "two/deeper place"];

fn project(world: &World, marker: bool) {
    for place in PLACES {
        for (name, content) in [
            ("src/a.c", "#include \"a.h\"\n#include <lib.h>\nint a(int x) { int unused; return A + LIB * x; }\n"),
            ("src/a.h", "#define A 1\n"),
            ("src/file.c", "const char *file = __FILE__;\n"),
            ("src/assert.c", "#include <assert.h>\nint f(int x) { assert(x); return x; }\n"),
            ("src/header_file.c", "#include \"file.h\"\n"),
            (
                "src/file.h",
                "static inline const char *get(void) { return __FILE__; }\nconst char *h(void) { return get(); }\n",
            ),
            ("inc/lib.h", "#define LIB 2\n"),
            ("build/keep", ""),
        ] {
            world.file(&format!("{place}/{name}"), content);
        }
        if marker {
            fs::create_dir(world.tree().join(place).join(".git")).expect("a mark");
        }
    }
}

/// The line with `ROOT` standing for the place's absolute path, shell-quoted.
fn at(world: &World, place: &str, line: &str) -> String {
    let root = world.tree().join(place).display().to_string();
    line.split(' ')
        .map(|word| word.replace("ROOT", &root))
        .map(|word| shlex::try_quote(&word).expect("a quotable path").into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Compiles in the first place, then in the second.
fn travels(world: &World, line: &str) {
    world.cc(&at(world, PLACES[0], line)).cwd(PLACES[0]).same();
    world.cc(&at(world, PLACES[1], line)).cwd(PLACES[1]).hit();
}

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
                world.cc(&at(&world, place, line)).cwd(place).same();
            }
            for place in PLACES {
                world.cc(&at(&world, place, line)).cwd(place).hit();
            }
        }
    });
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
                    world.cc(&at(&world, place, line)).cwd(place).same();
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
            world.file(&format!("{place}/b.h"), "const char *b = __BASE_FILE__;\n");
        }
        for line in ["-c ROOT/a.c -o a.o", "-c a.c -DP=\"ROOT\" -o a.o", "-include ROOT/b.h -c a.c -o a.o"] {
            for _ in 0..2 {
                for place in PLACES {
                    world.cc(&at(&world, place, line)).cwd(place).same();
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
                world.cc(&at(&world, place, line)).cwd(place).same();
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
            world.cc(&at(&world, PLACES[0], line)).cwd(&first).same();
            world.cc(&at(&world, PLACES[1], line)).cwd(&second).hit();
        }
    });
}

#[test]
fn symlinked_working_directories_and_a_lying_pwd() {
    for_each_compiler(|world| {
        project(&world, true);
        symlink("one", world.path("tree/link")).expect("a link");
        let pwd = |name: &str| world.path("tree").join(name);
        for debug in ["", "-g"] {
            let line = format!("{debug} -c src/a.c -I inc -MMD -o a.o");
            world.cc(&line).cwd("one").same();
            for (cwd, pwd) in
                [("link", pwd("link")), ("one", pwd("one")), ("one", "/wrong".into()), ("link", "relative".into())]
            {
                world.cc(&line).cwd(cwd).env("PWD", &pwd).same();
                world.cc(&line).cwd(cwd).env("PWD", &pwd).hit();
            }
            world.cc(&line).cwd("one").hit();
        }
        // Without debug data the spelling of the working directory makes no difference.
        world.cc("-O1 -c src/a.c -I inc -o a.o").cwd("one").miss();
        world.cc("-O1 -c src/a.c -I inc -o a.o").cwd("link").env("PWD", pwd("link")).hit();
    });
}

#[test]
fn the_store_moves_without_its_state() {
    for_each_compiler(|world| {
        project(&world, true);
        let line = "-c src/a.c -I inc -MMD -o a.o";
        world.cc(line).cwd("one").miss();
        let other = world.path("elsewhere/cache");
        copy_without_times(&world.cache().join("store"), &other.join("store"));
        fs::rename(world.cache(), world.path("old")).expect("the cache");
        fs::rename(&other, world.cache()).expect("the cache");
        world.cc(line).cwd("one").hit();
        world.cc(line).cwd(PLACES[1]).hit();
    });
}

#[test]
fn the_wrapper_of_another_home_and_user_shares() {
    let world = World::with(Compiler::Gcc);
    project(&world, true);
    world.cc("-c src/a.c -I inc -o a.o").cwd("one").miss();
    fs::create_dir(world.path("home2")).expect("a home");
    world.cc("-c src/a.c -I inc -o a.o").cwd("one").env("HOME", world.path("home2")).hit();
}

fn copy_without_times(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory of the store") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        let copied = if path.is_dir() {
            copy_without_times(&path, &to);
            Ok(0)
        } else {
            fs::copy(&path, &to)
        };
        copied.expect("a copy");
    }
}

/// `PWD` in every form that a shell or a build system leaves it in.
#[test]
fn every_form_of_pwd() {
    for_each_compiler(|world| {
        project(&world, true);
        symlink("one", world.path("tree/link")).expect("a link");
        let tree = world.tree();
        let tree = tree.display();
        for debug in ["", "-g"] {
            let line = format!("{debug} -MD -c src/a.c -I inc -o a.o");
            let forms = [
                format!("{tree}/one"),
                format!("{tree}/one/"),
                format!("{tree}/one/."),
                format!("{tree}/./one"),
                format!("{tree}/link/"),
                format!("{tree}/two/../one"),
                format!("{tree}/two"),
                String::new(),
                "/".to_owned(),
                "one".to_owned(),
            ];
            world.cc(&line).cwd("one").without_env("PWD").same();
            world.cc(&line).cwd("one").without_env("PWD").hit();
            for pwd in forms {
                world.cc(&line).cwd("one").env("PWD", &pwd).same();
                world.cc(&line).cwd("one").env("PWD", &pwd).hit();
            }
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
                world.cc(&at(&world, place, &line)).cwd(place).same();
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
            world.cxx(&at(&world, PLACES[0], line)).cwd(PLACES[0]).same();
            let there = world.cxx(&at(&world, PLACES[1], line)).cwd(PLACES[1]);
            // clang's names of some types hold the file they are in, as the command line spells it.
            if world.compiler() == Compiler::Clang && line.contains("ROOT") {
                there.same()
            } else {
                there.hit()
            };
        }
    });
}

/// With the root mapped away by the command itself, debug data hit everywhere; other values are other results.
#[test]
fn prefix_maps_of_the_command() {
    for_each_compiler(|world| {
        project(&world, true);
        let mut options = vec!["-g -fdebug-prefix-map=ROOT=.", "-g -fdebug-prefix-map=ROOT=/usr/src/one"];
        if world.compiler() != Compiler::AvrGcc {
            options.extend([
                "-g -ffile-prefix-map=ROOT=.",
                "-fmacro-prefix-map=ROOT=/x",
                "-g -ffile-prefix-map=ROOT=/x",
            ]);
        }
        for option in options {
            travels(&world, &format!("{option} -c src/a.c -I inc -o a.o"));
            let line = format!("{option} -c ROOT/src/file.c -o file.o");
            for _ in 0..2 {
                for place in PLACES {
                    world.cc(&at(&world, place, &line)).cwd(place).same();
                }
            }
            world.cc(&at(&world, PLACES[0], &line)).cwd(PLACES[0]).hit();
        }
    });
}

#[test]
fn the_store_packed_and_unpacked_without_times() {
    for_each_compiler(|world| {
        project(&world, true);
        let lines = ["-c src/a.c -I inc -MMD -o a.o", "-g -Wall -c src/a.c -I inc -o b.o"];
        for line in lines {
            world.cc(line).cwd("one").miss();
        }
        let archive = world.path("store.tar").display().to_string();
        let cache = world.cache().display().to_string();
        assert!(world.shell("tar", &["-C", &cache, "-cf", &archive, "store"]).status.success());
        fs::remove_dir_all(world.cache()).expect("the cache");
        fs::create_dir(world.cache()).expect("the cache");
        // -m: all files are as young as the unpacking.
        assert!(world.shell("tar", &["-C", &cache, "-xmf", &archive]).status.success());
        for line in lines {
            world.cc(line).cwd("one").hit();
        }
        world.cc(lines[0]).cwd(PLACES[1]).hit();
    });
}

/// New inodes, new times, another order: what is read is the same.
#[test]
fn all_sources_checked_out_afresh() {
    for_each_compiler(|world| {
        project(&world, true);
        let line = "-O1 -Wall -c src/a.c -I inc -MMD -o a.o";
        world.cc(line).cwd("one").miss();
        for state_survives in [true, false] {
            fs::remove_dir_all(world.tree()).expect("the tree");
            fs::create_dir(world.tree()).expect("the tree");
            project(&world, true);
            let now = std::time::SystemTime::now();
            for name in ["a.c", "a.h"] {
                let file = fs::File::options().write(true).open(world.tree().join("one/src").join(name)).expect(name);
                file.set_modified(now).expect("a time");
            }
            if !state_survives {
                fs::remove_dir_all(world.cache().join("state")).expect("the state");
            }
            world.cc(line).cwd("one").hit();
        }
    });
}

/// Under `#pragma once` gcc takes equal files for one if they are equally old, clang if they are one by their inode.
#[test]
fn equal_files_that_count_once() {
    for_each_compiler(|world| {
        type Make<'a> = &'a dyn Fn(&Path, &Path);
        let header = "#pragma once\nstatic inline int h(void) { return __COUNTER__; }\n";
        let forms: [(&str, Make); 4] = [
            ("other age", &|first, second| {
                age(first);
                let at = fs::metadata(first).and_then(|data| data.modified()).expect("a time") + Duration::from_secs(9);
                File::options().append(true).open(second).and_then(|file| file.set_modified(at)).expect("a time");
            }),
            ("link", &|first, second| {
                fs::remove_file(second).expect("removed");
                symlink(first, second).expect("a link");
            }),
            ("hard", &|first, second| {
                fs::remove_file(second).expect("removed");
                fs::hard_link(first, second).expect("a hard link");
            }),
            ("same age", &|first, second| {
                let at = fs::metadata(first).and_then(|data| data.modified()).expect("a time");
                File::options().append(true).open(second).and_then(|file| file.set_modified(at)).expect("a time");
            }),
        ];
        world.file(
            "a.c",
            "#include \"p1/x.h\"\nint between = __COUNTER__;\n#include \"p2/x.h\"\nint c = __COUNTER__;\n",
        );
        let mut kinds = Vec::new();
        for (name, make) in &forms {
            for round in 0..2 {
                for dir in ["p1", "p2"] {
                    let _ = fs::remove_file(world.path(format!("tree/{dir}/x.h")));
                    world.file(&format!("{dir}/x.h"), header);
                }
                make(&world.path("tree/p1/x.h"), &world.path("tree/p2/x.h"));
                // Where the file is read twice, this is an error to the compiler.
                let ran = world.cc("-c a.c -MD -o a.o").same();
                kinds.push((*name, round, ran.status.success()));
            }
        }
        assert!(kinds.iter().any(|(_, _, once)| *once), "{kinds:?}");
        assert!(kinds.iter().any(|(_, _, once)| !*once), "{kinds:?}");
    });
}

/// A root whose name is the beginning of the toolchain's: the user's map of the root takes a part of that name as well,
/// there and in no other place.
#[test]
fn a_map_that_reaches_into_the_toolchains_name() {
    let world = World::new();
    let gcc = crate::toolchain::gcc_in(&world, "ws-tools").join("bin/gcc");
    for place in ["other", "ws", "ws-2"] {
        fs::create_dir_all(world.path(place).join(".git")).expect("a root");
        fs::write(world.path(place).join("a.c"), "#include <stddef.h>\nsize_t a(size_t x) { return x; }\n")
            .expect("a source");
        age(&world.path(place).join("a.c"));
    }
    let compile = |program: &[&Path], place: &str| {
        let dir = world.path(place);
        let map = format!("-ffile-prefix-map={}=.", dir.display());
        let mut command = world.bare_command(program[0].as_os_str());
        command.args(&program[1..]).args(["-g", "-c", "a.c", "-o", "a.o", &map]).current_dir(&dir);
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        fs::read(dir.join("a.o")).expect("an object")
    };
    let packer_cc = crate::fixture::packer_cc();
    for (place, expected) in [("other", "miss"), ("ws-2", "hit"), ("ws", "miss"), ("ws", "hit"), ("other", "hit")] {
        let bare = compile(&[&gcc], place);
        let ours = compile(&[&packer_cc, &gcc], place);
        assert!(bare == ours, "{place}: {}", crate::fixture::first_difference(&bare, &ours));
        assert_eq!(world.journal().pop().expect("a record")["outcome"], expected, "{place}");
    }
}

/// Directories whose names begin with the root's: what a map makes of them holds a part of their names.
#[test]
fn a_map_that_reaches_into_a_neighbours_name() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        for (root, neighbour) in [("x/build", "x/build-2"), ("y/deep/build", "y/deep/build-2"), ("z/b", "z/other")] {
            world.file(&format!("{root}/a.c"), "#include <n.h>\nint a(int x) { return n(x); }\n");
            fs::create_dir(world.tree().join(root).join(".git")).expect("a mark");
            let header = "static const char *f = __FILE__;\nstatic inline int n(int x) { return x + *f; }\n";
            world.file(&format!("{neighbour}/n.h"), header);
        }
        let places = [("x/build", "x/build-2"), ("y/deep/build", "y/deep/build-2"), ("z/b", "z/other")];
        for map in [
            "-ffile-prefix-map=ROOT=.",
            "-ffile-prefix-map=ROOT/=./",
            "-ffile-prefix-map=ROOT=. -ffile-prefix-map=NEXT=next",
        ] {
            for (root, neighbour) in places.iter().chain(&places) {
                let full = |name: &str| world.tree().join(name).display().to_string();
                let line = format!("-g -O1 -c a.c -o a.o -I NEXT {map}");
                let line = line.replace("ROOT", &full(root)).replace("NEXT", &full(neighbour));
                // Where nothing of the place is left, the result may be another's; it is the bare compiler's all the same.
                world.cc(&line).cwd(root).same();
                world.cc(&line).cwd(root).hit();
            }
        }
    }
}
