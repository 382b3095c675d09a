//! What a side file holds: the place, the edits, the toolchain, and its object's other half.

use super::{SOURCE, asking, project};
use crate::fixture::{Compiler, World, for_each_compiler, host_program, packer_cc};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Coverage and debug data name the working directory: another one never gets the first one's.
#[test]
fn another_directory_gets_its_own() {
    for_each_compiler(|world| {
        project(&world);
        for place in ["one", "two"] {
            world.file(&format!("{place}/a.c"), SOURCE);
            // Its own root: only what is free of the place may travel between the two.
            world.file(&format!("{place}/.packer-cc.toml"), "");
        }
        for (option, extension) in asking(world.compiler()) {
            let line = format!("-c a.c {option} -o x.o");
            for place in ["one", "two", "one", "two"] {
                world.cc(&line).cwd(place).env("PACKER_CC_PATHS", "exact").kept();
                assert!(world.exists(&format!("{place}/x.{extension}")));
            }
            for place in ["one", "two"] {
                world.cc(&line).cwd(place).env("PACKER_CC_PATHS", "exact").hit();
            }
        }
    });
}

#[test]
fn what_holds_no_place_travels() {
    for_each_compiler(|world| {
        for place in ["one", "two"] {
            world.file(&format!("{place}/a.c"), SOURCE).file(&format!("{place}/.packer-cc.toml"), "");
        }
        world.cc("-c a.c -fstack-usage -o x.o").cwd("one").miss();
        world.cc("-c a.c -fstack-usage -o x.o").cwd("two").hit();
        world.cc("-c a.c -fstack-usage -o y.o").cwd("two").hit();
        assert!(world.exists("two/y.su"));
    });
}

#[test]
fn edits_reach_the_side_files() {
    for_each_compiler(|world| {
        project(&world);
        world.files(&[
            ("h.h", "#define N 16\n"),
            ("e.c", "#include \"h.h\"\nvoid g(char *);\nvoid f(void) { char b[N]; g(b); }\n"),
        ]);
        for (option, _) in asking(world.compiler()) {
            let line = format!("-c e.c {option} -o out/e.o");
            world.cc(&line).miss();
            world.file("h.h", "#define N 64\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.file("h.h", "#define N 16\n");
            world.cc(&line).hit();
        }
    });
}

/// Asked what it would start, gcc also names `objcopy` with files that are called after the source. Of these names
/// nothing is part of the compiler.
#[test]
fn the_source_asked_about_first_is_no_part_of_the_compiler() {
    for_each_compiler(|world| {
        world.files(&[("a.c", SOURCE), ("src/b.c.c", SOURCE)]);
        world.files(&[("s.S", "#define N nop\n.text\nq: N\n"), ("src/t.S", ".text\nq: nop\n")]);
        let rests = ["a.c -o a.o", "src/b.c.c -o b.o", "-x c a.c -o x.o", "s.S -o s.o", "src/t.S -o t.o"];
        // Old assemblers write the name of a temporary file.
        let rests = if world.compiler() == Compiler::AvrGcc { &rests[..3] } else { &rests };
        let lines: Vec<_> = rests.iter().map(|rest| format!("-g -gsplit-dwarf -c {rest}")).collect();
        for line in &lines {
            world.cc(line).miss();
        }
        // Another machine with the same store, or this one after a loss, may begin with any of them.
        for nth in 0..lines.len() {
            fs::remove_dir_all(world.cache().join("state")).expect("the state");
            for line in lines.iter().cycle().skip(nth).take(lines.len()) {
                world.cc(line).hit();
            }
        }
    });
}

/// gcc has `objcopy` from `PATH` split the object, so another `objcopy` is another toolchain.
#[test]
fn the_program_that_splits_is_part_of_the_compiler() {
    let world = World::new();
    project(&world);
    let objcopy = host_program("objcopy", "binutils");
    let plant = |more: &str| {
        let place = world.path("bin/objcopy");
        fs::write(&place, format!("#!/bin/sh\nexec {} {more} \"$@\"\n", objcopy.display())).expect("a script");
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).expect("a mode");
    };
    let line = "-c a.c -g -gsplit-dwarf -o out/x.o";
    world.cc(line).miss();
    world.cc(line).hit();
    plant("-R .comment");
    world.cc(line).does("miss: compiler-changed");
    world.cc(line).hit();
    plant("-R .note.GNU-stack");
    world.cc(line).does("miss: compiler-changed");
    world.cc(line).hit();
    fs::remove_file(world.path("bin/objcopy")).expect("the script");
    world.cc(line).hit();
    // Another `objcopy` changes nothing for a command that does not split its debug data.
    plant("-R .comment");
    world.cc("-c a.c -g -o out/y.o").miss();
    fs::remove_file(world.path("bin/objcopy")).expect("the script");
    world.cc("-c a.c -g -o out/y.o").hit();
}

fn run_plain(world: &World, program: &Path, args: &[&str]) -> String {
    let ran = world.shell(program, args);
    assert!(ran.status.success(), "{} {args:?}: {}", program.display(), ran.stderr_text());
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

/// Without `-frandom-seed` no two runs of gcc agree. The hit gives back one run's object and notes, which belong
/// together: the program's data file is read with these notes.
#[test]
fn notes_and_object_stay_a_pair() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.file("m.c", "int main(int n, char **v) { (void)v; return n > 1 ? 1 : 0; }\n");
        let compile = ["--coverage", "-c", "m.c", "-o", "m.o"];
        let ours: Vec<&str> = [compiler.c()].into_iter().chain(compile).collect();
        run_plain(&world, &packer_cc(), &ours);
        let first = (world.read("m.o"), world.read("m.gcno"));
        world.remove("m.o").remove("m.gcno");
        run_plain(&world, &packer_cc(), &ours);
        assert_eq!(world.journal().last().expect("a record")["outcome"], "hit");
        assert_eq!((world.read("m.o"), world.read("m.gcno")), first);
        // clang's runtime is another package; gcov reads gcc's files.
        if compiler == Compiler::Gcc {
            run_plain(&world, &world.path("bin/gcc"), &["--coverage", "m.o", "-o", "m"]);
            run_plain(&world, &world.path("tree/m"), &[]);
            assert!(world.exists("m.gcda"));
            let said = run_plain(&world, &host_program("gcov", "gcc"), &["m.c"]);
            assert!(said.contains("Lines executed:100.00% of 1"), "{said}");
        }
    }
}

/// gcc removes counts of an earlier build where the program could not tell them from its own.
#[test]
fn counts_of_an_earlier_build() {
    for_each_compiler(|world| {
        world.file("a.c", SOURCE);
        let counts = || world.file("a.gcda", "of an earlier build").file("b.gcda", "of another object");
        let line = "--coverage -frandom-seed=1 -c a.c";
        world.cc(line).miss();
        counts();
        world.cc(line).hit();
        assert_eq!(world.exists("a.gcda"), world.compiler() == Compiler::Clang);
        assert!(world.exists("b.gcda"));
        counts();
        for _ in 0..2 {
            world.cc("-fstack-usage -frandom-seed=1 -c a.c").kept();
            assert!(world.exists("a.gcda") && world.exists("b.gcda"));
        }
    });
}

/// `objcopy` goes by it, which gcc starts for the other half.
#[test]
fn the_format_that_binutils_are_told() {
    let world = World::new();
    world.file("a.c", SOURCE);
    let line = "-g -gsplit-dwarf -c a.c";
    world.cc(line).env("GNUTARGET", "elf64-little").miss();
    world.cc(line).miss();
    world.cc(line).hit();
    world.cc(line).env("GNUTARGET", "elf64-little").hit();
    world.cc(line).env("GNUTARGET", "nothing").fails();
}
