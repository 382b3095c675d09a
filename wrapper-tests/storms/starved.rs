//! Without room, descriptors, memory, `/proc`, or a place for temporary files.

use super::{in_namespace, noise, project};
use crate::fixture::{World, host_program, packer_cc, words};
use std::fs;
use std::path::Path;

/// Compiles twice on a small file system of its own, mounted over `dir` with these options, and compares the second
/// compile with the bare compiler. Says whether it was served what the first had left.
fn served_from(world: &World, dir: &Path, options: &str) -> bool {
    // What others can write would be refused, however much room there is.
    let mount = format!("mount -t tmpfs -o mode=700,{options} tmpfs {}", dir.display());
    let first = format!("{} gcc -Wall -MMD -c a.c -o first.o 2>first.err", packer_cc().display());
    let setup = format!("{mount} && {first} && rm -f first.*");
    let before = world.runs().len();
    let run = world.cc("-Wall -MMD -c a.c -o a.o").under(&in_namespace(&setup));
    run.whatever("the file system goes with its records; the count of the runs says what was served");
    // At most the first compile has run behind each of the two commands, and the compiler for the bare one.
    world.runs().len() - before <= 3
}

/// A disk that is full after so many pages, for the store, for the state, and for both.
#[test]
fn a_disk_full_at_each_page() {
    const PAGE_KB: usize = 4;
    let world = World::new();
    world.file("a.c", format!("#include <stdio.h>\n{}", noise(1)));
    for part in ["", "store", "state"] {
        let dir = world.cache().join(part);
        fs::create_dir_all(&dir).expect("a directory");
        if part == "store" {
            without_journal(&world);
        }
        let pages = (1..12).chain((12..40).step_by(4));
        let served: Vec<bool> =
            pages.map(|pages| served_from(&world, &dir, &format!("size={}k", pages * PAGE_KB))).collect();
        assert!(served.ends_with(&[true]), "{part:?}: with room enough, the second compile is served: {served:?}");
    }
}

/// Puts a directory in the journal's place. Then a run may write several records, or broken ones, which the fixture
/// would not accept.
fn without_journal(world: &World) {
    fs::create_dir_all(world.cache().join("state/journal")).expect("a directory");
}

#[test]
fn no_inodes_left() {
    let world = World::new();
    project(&world);
    fs::create_dir_all(world.cache()).expect("a directory");
    let served: Vec<bool> =
        (2..24).map(|inodes| served_from(&world, &world.cache(), &format!("size=8m,nr_inodes={inodes}"))).collect();
    assert!(served.ends_with(&[true]), "with inodes enough, the second compile is served: {served:?}");
}

/// No smaller file is enough for the compiler's own output.
const COMPILER_NEEDS: u32 = 5000;

/// No file may grow beyond a limit. Where the compiler's own output fits, the files of packer-cc must not make the compile
/// fail.
#[test]
fn a_limit_for_the_size_of_files() {
    let world = World::new();
    project(&world);
    // Not the counting shim, whose list of runs is a file as well.
    let gcc = host_program("gcc", "gcc");
    let run = || world.run(&gcc, words("-Wall -MMD -c a.c -o a.o"));
    for known in [false, true] {
        for limit in [0, 1, 100, 1000, 2000, 5000, 20_000, 100_000, 300_000, 1_100_000] {
            // There the bare compiler fails, and a hit need not.
            if known && limit < COMPILER_NEEDS {
                continue;
            }
            if !known {
                let _ = fs::remove_dir_all(world.cache());
                without_journal(&world);
            }
            run().under(&format!("prlimit --fsize={limit}")).does("unrecorded");
        }
    }
    fs::remove_dir(world.cache().join("state/journal")).expect("a directory");
    run().kept();
    run().hit();
}

#[test]
fn few_descriptors() {
    let world = World::new();
    project(&world);
    for known in [false, true] {
        if known {
            // Few of the compiles before were kept, on a machine that hands down many descriptors none.
            world
                .cc("-Wall -MMD -c a.c -o a.o")
                .does_one_of(&["miss: new key", "hit"], "the last compile may have been kept");
        }
        for limit in 4..18 {
            if !known {
                let _ = fs::remove_dir_all(world.cache());
            }
            let run = world.cc("-Wall -MMD -c a.c -o a.o").under(&format!("prlimit --nofile={limit}"));
            let enough = if known { "hit" } else { "miss: new key" };
            run.does_one_of(&[enough, "bypass: compiler-unknown"], "how many descriptors are enough is not promised");
        }
    }
    world.cc("-Wall -MMD -c a.c -o a.o").hit();
}

/// packer-cc holds directories open while it asks for their files, and it must do with few.
#[test]
fn few_descriptors_and_many_directories() {
    let world = World::new();
    let mut text = String::new();
    for nth in 0..40 {
        for name in ["a", "b", "c"] {
            world.file(&format!("inc/{nth}/{name}.h"), "");
            text += &format!("#include \"{nth}/{name}.h\"\n");
        }
    }
    world.file("a.c", &text);
    let line = "-Iinc -MMD -c a.c -o a.o";
    world.cc(line).miss();
    for limit in [12, 16, 20, 30, 40, 60, 100] {
        world.cc(line).under(&format!("prlimit --nofile={limit}")).hit();
        world.file("inc/39/c.h", format!("int limit_{limit};\n"));
        let run = world.cc(line).under(&format!("prlimit --nofile={limit}"));
        let because = "how many descriptors it takes to ask the compiler who it is is not promised";
        run.does_one_of(&["miss: file-changed", "bypass: compiler-unknown"], because);
        world.cc(line).kept();
    }
}

#[test]
fn little_memory() {
    let world = World::new();
    project(&world);
    for known in [false, true] {
        for megabytes in [64, 128, 256] {
            if !known {
                let _ = fs::remove_dir_all(world.cache());
            }
            let limit = format!("prlimit --as={}", megabytes << 20);
            world.cc("-Wall -MMD -c a.c -o a.o").under(&limit).kept();
        }
    }
}

/// The depfile that packer-cc asks for is named by a path in `/proc`. Without `/proc` there must be another way.
#[test]
fn without_proc() {
    let world = World::new();
    project(&world);
    let gcc = host_program("gcc", "gcc");
    let without = in_namespace("mount -t tmpfs tmpfs /proc");
    for _ in 0..2 {
        world.run(&gcc, words("-Wall -c a.c -o a.o")).under(&without).kept();
        world.run(&gcc, words("-Wall -MMD -c a.c -o a.o")).under(&without).kept();
    }
}

#[test]
fn no_place_for_temporary_files() {
    let world = World::new();
    project(&world);
    world.cc("-Wall -c a.c -o a.o").env("TMPDIR", "/proc").bypass("compiler-unknown");
    for place in ["/nonexistent/place", ""] {
        world.cc("-Wall -c a.c -o a.o").env("TMPDIR", place).miss();
        world.cc("-Wall -c a.c -o a.o").env("TMPDIR", place).hit();
        fs::remove_dir_all(world.cache()).expect("the cache");
    }
}
