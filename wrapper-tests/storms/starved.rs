//! Without room, descriptors, memory, `/proc`, or a place for temporary files.

use super::{in_namespace, noise, project};
use crate::fixture::{World, host_program, packer_cc, words};
use std::fs;

/// A disk that is full after so many pages, for the store, for the state, and for both.
#[test]
fn a_disk_full_at_each_page() {
    let world = World::new();
    world.file("a.c", format!("#include <stdio.h>\n{}", noise(1)));
    for part in ["", "store", "state"] {
        let dir = world.cache().join(part);
        fs::create_dir_all(&dir).expect("a directory");
        if part == "store" {
            without_journal(&world);
        }
        for pages in (1..12).chain((12..40).step_by(4)) {
            let full = format!("mount -t tmpfs -o size={}k tmpfs {}", pages * 4, dir.display());
            let twice = format!(
                "{full} && {} gcc -Wall -MMD -c a.c -o first.o 2>first.err && rm -f first.*",
                packer_cc().display()
            );
            world.cc("-Wall -MMD -c a.c -o a.o").under(&in_namespace(&twice)).same();
        }
    }
}

/// Takes the journal's place, where a test makes more records than the fixture expects, or broken ones.
fn without_journal(world: &World) {
    fs::create_dir_all(world.cache().join("state/journal")).expect("a directory");
}

#[test]
fn no_inodes_left() {
    let world = World::new();
    project(&world);
    fs::create_dir_all(world.cache()).expect("a directory");
    for inodes in 2..24 {
        let full = format!("mount -t tmpfs -o size=8m,nr_inodes={inodes} tmpfs {}", world.cache().display());
        world.cc("-Wall -MMD -c a.c -o a.o").under(&in_namespace(&full)).same();
    }
}

/// Files that may not grow beyond a limit: what the compiler may write, packer-cc's own files may not cost.
#[test]
fn a_limit_for_the_size_of_files() {
    let world = World::new();
    project(&world);
    // Not the counting shim, whose list of runs is a file as well.
    let gcc = host_program("gcc", "gcc");
    let run = || world.run(&gcc, words("-Wall -MMD -c a.c -o a.o"));
    for known in [false, true] {
        for limit in [0, 1, 100, 1000, 2000, 5000, 20_000, 100_000, 300_000, 1_100_000] {
            // Where the compiler itself gets through; a hit finds out by trying.
            if known && limit < 5000 {
                continue;
            }
            if !known {
                let _ = fs::remove_dir_all(world.cache());
                without_journal(&world);
            }
            run().under(&format!("prlimit --fsize={limit}")).same();
        }
    }
    fs::remove_dir(world.cache().join("state/journal")).expect("a directory");
    run().same();
    run().hit();
}

#[test]
fn few_descriptors() {
    let world = World::new();
    project(&world);
    for known in [false, true] {
        for limit in 4..14 {
            if !known {
                let _ = fs::remove_dir_all(world.cache());
            }
            world.cc("-Wall -MMD -c a.c -o a.o").under(&format!("prlimit --nofile={limit}")).same();
        }
    }
    world.cc("-Wall -MMD -c a.c -o a.o").same();
    world.cc("-Wall -MMD -c a.c -o a.o").hit();
}

/// Directories are held open while their files are asked for.
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
        world.file("inc/39/c.h", format!("// {limit}\n"));
        world.cc(line).under(&format!("prlimit --nofile={limit}")).same();
        world.cc(line).same();
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
            world.cc("-Wall -MMD -c a.c -o a.o").under(&limit).same();
        }
    }
}

/// What the compiler is asked to write for packer-cc alone is named by way of `/proc`.
#[test]
fn without_proc() {
    let world = World::new();
    project(&world);
    let gcc = host_program("gcc", "gcc");
    let without = in_namespace("mount -t tmpfs tmpfs /proc");
    for _ in 0..2 {
        world.run(&gcc, words("-Wall -c a.c -o a.o")).under(&without).same();
        world.run(&gcc, words("-Wall -MMD -c a.c -o a.o")).under(&without).same();
    }
}

#[test]
fn no_place_for_temporary_files() {
    let world = World::new();
    project(&world);
    world.cc("-Wall -c a.c -o a.o").env("TMPDIR", "/proc").same();
    for place in ["/nonexistent/place", ""] {
        world.cc("-Wall -c a.c -o a.o").env("TMPDIR", place).same();
        world.cc("-Wall -c a.c -o a.o").env("TMPDIR", place).hit();
        fs::remove_dir_all(world.cache()).expect("the cache");
    }
}
