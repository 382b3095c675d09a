//! What build systems make of depfiles, and which headers stand in them.

use super::project;
use crate::fixture::{Compiler, World, age, for_each_compiler, host_program, packer_cc};
use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

#[test]
fn identical_headers_in_two_directories() {
    for_each_compiler(|world| {
        world.files(&[
            ("one/h.h", "#define H 1\n"),
            ("two/h.h", "#define H 1\n"),
            ("a.c", "#include <h.h>\nint a = H;\n"),
        ]);
        world.cc("-MD -c a.c -I one -o a.o").miss();
        // The objects are equal, the depfiles are not.
        world.cc("-MD -c a.c -I two -o a.o").miss();
        world.cc("-MD -c a.c -I one -o a.o").hit();
        world.cc("-MD -c a.c -I two -o a.o").hit();
    });
}

#[test]
fn a_removed_include_is_gone() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-MMD -c src/a.c -isystem system -o obj/a.o").miss();
        world.file("src/a.c", "#include \"macros.h\"\nint a(void) { return M; }\n");
        world.cc("-MMD -c src/a.c -isystem system -o obj/a.o").miss();
        let depfile = String::from_utf8(world.read("obj/a.d")).expect("a depfile");
        assert!(!depfile.contains("nested.h") && depfile.contains("macros.h"), "{depfile}");
        world.cc("-MMD -c src/a.c -isystem system -o obj/a.o").hit();
    });
}

#[test]
fn dependencies_on_assembler_sources() {
    let world = World::with(Compiler::AvrGcc);
    world.files(&[
        ("a.S", "#include <avr/io.h>\n#include \"a.inc\"\n\t.global f\nf:\n\tldi r24, VALUE\n\tret\n"),
        ("a.inc", "#define VALUE 7\n"),
    ]);
    world.cc("-mmcu=atmega328p -MD -c a.S -o a.o").miss();
    world.cc("-mmcu=atmega328p -MD -c a.S -o a.o").hit();
    world.file("a.inc", "#define VALUE 8\n");
    world.cc("-mmcu=atmega328p -MD -c a.S -o a.o").miss();
    world.cc("-mmcu=atmega328p -MD -c a.S -o a.o").hit();
}

/// After a build, make and ninja find nothing to do. After an edit they compile just what depends on it.
#[test]
fn make_and_ninja_rebuild_what_they_should() {
    for_each_compiler(|world| rebuild_what_they_should(&world));
}

fn rebuild_what_they_should(world: &World) {
    world.files(&[
        ("a.c", "#include \"a.h\"\n#include \"both.h\"\nint a = A + BOTH;\n"),
        ("b.c", "#include \"b.h\"\n#include \"both.h\"\nint b = B + BOTH;\n"),
        ("a.h", "#define A 1\n"),
        ("b.h", "#define B 1\n"),
        ("both.h", "#define BOTH 1\n"),
        ("Makefile", "all: a.o b.o\n%.o: %.c\n\t$(CC) -MMD -MP -c $< -o $@\n-include a.d b.d\n"),
        (
            "build.ninja",
            "rule cc\n  command = $cc -MD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  deps = gcc\n\
             build n/a.o: cc a.c\nbuild n/b.o: cc b.c\n",
        ),
    ]);
    let cc = format!("{} {}", packer_cc().display(), world.compiler().c());
    let ninja_file = String::from_utf8(world.read("build.ninja")).expect("text");
    world.file("build.ninja", format!("cc = {cc}\n{ninja_file}"));
    let make = host_program("make", "make");
    let ninja = host_program("ninja", "ninja-build");

    // Each build goes through a cold cache once and a warm one ever after: the objects go away, the store stays.
    for _ in 0..2 {
        let build = |what: &Path, args: &[&str]| {
            let ran = world.shell(what, args);
            assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), ran.stderr_text());
            String::from_utf8_lossy(&ran.stdout).into_owned()
        };
        let variable = format!("CC={cc}");
        for made in ["a.o", "b.o", "a.d", "b.d", "n", ".ninja_log", ".ninja_deps"] {
            if world.exists(made) {
                world.remove(made);
            }
        }
        let make_once = || build(&make, &[&variable]).matches(" -c ").count();
        let ninja_once = || build(&ninja, &["-v"]).matches(" -c ").count();
        assert_eq!((make_once(), ninja_once()), (2, 2), "everything is built");
        assert_eq!((make_once(), ninja_once()), (0, 0), "nothing is to do");
        for (header, count) in [("a.h", 1), ("b.h", 1), ("both.h", 2)] {
            touch_after_outputs(world, header);
            assert_eq!((make_once(), ninja_once()), (count, count), "after {header} changed");
            assert_eq!((make_once(), ninja_once()), (0, 0), "nothing is to do after that");
        }
    }
    let misses = world.journal().iter().filter(|record| record["outcome"] == "miss").count();
    assert!(misses <= 4, "make's and ninja's two files each compile at most once: {misses} misses");
}

/// Makes a header newer than every output without waiting for a clock: both go into the past, the outputs further.
fn touch_after_outputs(world: &World, header: &str) {
    for name in ["a.o", "b.o", "a.d", "b.d", "n/a.o", "n/b.o"] {
        let past = SystemTime::now() - Duration::from_secs(1000);
        File::options().write(true).open(world.tree().join(name)).and_then(|f| f.set_modified(past)).expect(name);
    }
    for name in ["a.h", "b.h", "both.h"].into_iter().filter(|name| *name != header) {
        age(&world.tree().join(name));
    }
    let later = SystemTime::now() - Duration::from_secs(100);
    File::options().write(true).open(world.tree().join(header)).and_then(|f| f.set_modified(later)).expect(header);
}

/// A header that leaves nothing in the object leaves its name in the depfile, and its edit is a miss.
#[test]
fn macro_only_headers_are_kept() {
    for_each_compiler(|world| {
        world.files(&[
            (
                "a.c",
                "#include \"unused.h\"\n#include \"empty.h\"\n#include \"guarded.h\"\n#include \"guarded.h\"\nint a;\n",
            ),
            ("unused.h", "#define UNUSED 1\n"),
            ("empty.h", ""),
            ("guarded.h", "#ifndef GUARD\n#define GUARD\n#endif\n"),
        ]);
        for request in ["-MMD", "-MD", "-MMD -MP", "-MD -MF other.d"] {
            let line = format!("{request} -c a.c");
            world.cc(&line).miss();
            world.cc(&line).hit();
        }
        let depfile = String::from_utf8(world.read("a.d")).expect("a depfile");
        for name in ["unused.h", "empty.h", "guarded.h"] {
            assert!(depfile.contains(name), "{depfile}");
        }
        world.file("unused.h", "#define UNUSED 2\n");
        world.cc("-MMD -c a.c").miss();
        world.cc("-MMD -c a.c").hit();
    });
}
