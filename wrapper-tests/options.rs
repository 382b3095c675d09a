//! Options whose meaning hangs on more than their words: what they ask of the disk, what they write of the command,
//! and what a compile leaves to a link that never comes.

use crate::fixture::{Compiler, for_each_compiler};
use crate::relative::{PLACES, Project};
use std::fs;
use std::os::unix::fs::symlink;

/// Every way to name a search directory, of which compilers may tell that it is missing.
const WAYS: [&str; 7] =
    ["-Ilate", "-I late/", "-isystem late", "-idirafter late", "-iquote late", "-Ilate -Ilate", "-Idangling/late"];

fn warners(compiler: Compiler) -> &'static [&'static str] {
    match compiler {
        // gcc knows no `-Weverything`.
        Compiler::Clang => &["-Wmissing-include-dirs", "-Weverything", "-Weverything -Wno-missing-include-dirs"],
        _ => &["-Wmissing-include-dirs", "-Wno-missing-include-dirs -Wmissing-include-dirs"],
    }
}

#[test]
fn a_missing_directory_that_is_told_is_an_input() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        for warner in warners(world.compiler()) {
            for way in WAYS {
                let line = format!("{warner} {way} -c a.c");
                world.cc(&line).miss();
                world.cc(&line).hit();
                let place = if way.contains("dangling") { "dangling/late" } else { "late" };
                fs::create_dir_all(world.tree().join(place)).expect("a directory");
                world.cc(&line).miss();
                world.cc(&line).hit();
                world.remove(place);
                world.cc(&line).hit();
                // gcc calls anything else by another name, or an error where a slash follows, and clang before 15 by none.
                world.file(place, "");
                world.cc(&line).compiled();
                world.remove(place);
                symlink("nowhere", world.tree().join(place)).expect("a link");
                world.cc(&line).hit();
                world.remove(place);
                if place.contains('/') {
                    world.remove("dangling");
                }
                world.empty_store();
            }
        }
    });
}

#[test]
fn a_missing_directory_that_is_not_told_is_none() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        for line in ["-Ilate -c a.c", "-Wall -Wno-missing-include-dirs -isystem late -c a.c"] {
            world.cc(line).miss();
            fs::create_dir(world.tree().join("late")).expect("a directory");
            world.cc(line).hit();
            world.remove("late");
        }
    });
}

#[test]
fn a_missing_directory_can_be_an_error() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        let line = "-Werror=missing-include-dirs -Ilate -c a.c";
        // Without a word from clang before 15.
        if world.compiler() == Compiler::Clang {
            world.cc(line).miss()
        } else {
            world.cc(line).fails()
        };
        fs::create_dir(world.tree().join("late")).expect("a directory");
        world.cc(line).miss();
        world.cc(line).hit();
        world.remove("late");
        if world.compiler() == Compiler::Clang {
            world.cc(line).hit()
        } else {
            world.cc(line).fails()
        };
    });
}

#[test]
fn missing_directories_of_variables_are_not_told() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        for name in ["CPATH", "C_INCLUDE_PATH"] {
            let run = || world.cc("-Wmissing-include-dirs -c a.c").env(name, "late:later");
            run().miss();
            run().hit();
            fs::create_dir(world.tree().join("late")).expect("a directory");
            run().same();
            run().hit();
            world.remove("late");
        }
    });
}

/// `cc1: warning: /checkout/none: No such file or directory`, of a command that named `../none`.
#[test]
fn missing_directories_in_another_checkout() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let project = Project::new(compiler);
        for way in ["-I ", "-isystem ", "-iquote "] {
            let typed = format!("-Wmissing-include-dirs {way}ROOT/none -I ROOT/inc -c ROOT/src/a.c -o a.o");
            let rewritten = format!("-Wmissing-include-dirs {way}../none -I ../inc -c ../src/a.c -o a.o");
            let outcomes: Vec<_> = PLACES.iter().map(|place| project.check(place, &typed, &rewritten)).collect();
            assert_eq!(outcomes, ["miss", "hit"], "{}: {typed}", compiler.c());
            fs::create_dir(project.world.tree().join(PLACES[1]).join("none")).expect("a directory");
            assert_eq!(project.check(PLACES[1], &typed, &rewritten), "miss", "{}: {typed}", compiler.c());
            project.world.remove(&format!("{}/none", PLACES[1]));
        }
    }
}
