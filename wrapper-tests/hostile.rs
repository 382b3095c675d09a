//! Files that were replaced by something endless or huge: devices, pipes, sparse files of a terabyte. Each is a miss,
//! a bypass or an error, and never a wait, a crash or gigabytes of memory.

use crate::fixture::{Ran, Run, World, packer_cc};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Half a gigabyte of addresses is enough for a compile. A run that waits for ever ends as a failure.
const LIMITED: &str = "timeout -k 1 120 prlimit --as=600000000 --";

const LINE: &str = "-Wall -MMD -c a.c -o a.o";

fn project() -> World {
    let world = World::new();
    world.files(&[("a.c", "#include \"a.h\"\nint a(void) { int unused; return A; }\n"), ("a.h", "#define A 1\n")]);
    world
}

fn cc<'w>(world: &'w World, line: &str) -> Run<'w> {
    world.cc(line).under(LIMITED)
}

type Replacement = (&'static str, fn(&Path));

const REPLACEMENTS: [Replacement; 4] = [
    ("a terabyte", |path| File::create(path).and_then(|file| file.set_len(1 << 40)).expect("a sparse file")),
    ("a gigabyte", |path| File::create(path).and_then(|file| file.set_len(1 << 30)).expect("a sparse file")),
    ("a device without an end", |path| symlink("/dev/zero", path).expect("a link")),
    ("a pipe", |path| {
        use rustix::fs::{CWD, FileType, mknodat};
        mknodat(CWD, path, FileType::Fifo, 0o600.into(), 0).expect("a pipe");
    }),
];

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory of the cache") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn limited(world: &World, args: &[&str]) -> Ran {
    let words = crate::fixture::words(LIMITED);
    let mut command = world.bare_command(&words[0]);
    command.args(&words[1..]).arg(packer_cc()).args(args);
    Ran::of(command, &[])
}

#[test]
fn every_file_of_store_and_state_replaced() {
    let world = project();
    cc(&world, LINE).miss();
    cc(&world, LINE).hit();
    // The fixture reads the journal itself. The next test replaces the journal.
    let files: Vec<_> =
        files_below(&world.cache()).into_iter().filter(|file| !file.ends_with("state/journal")).collect();
    assert!(files.len() > 4, "{files:?}");
    for file in files {
        for (name, replace) in REPLACEMENTS {
            let Ok(good) = fs::read(&file) else { continue };
            eprintln!("{name}: {}", file.display());
            fs::remove_file(&file).expect("a file of the cache");
            replace(&file);
            cc(&world, LINE).kept();
            cc(&world, LINE).hit();
            let _ = fs::remove_file(&file);
            fs::write(&file, &good).expect("a file of the cache");
        }
    }
    cc(&world, LINE).hit();
    cc(&world, LINE).hit();
}

#[test]
fn every_file_of_the_journal_replaced() {
    let world = project();
    for name in ["journal", "journal.7", "journal.lock", "totals.json"] {
        for (what, replace) in REPLACEMENTS {
            let _ = fs::remove_dir_all(world.cache());
            assert!(limited(&world, &["gcc", "-c", "a.c"]).status.success());
            let path = world.cache().join("state").join(name);
            let _ = fs::remove_file(&path);
            replace(&path);
            for _ in 0..2 {
                let ran = limited(&world, &["gcc", "-c", "a.c"]);
                assert!(ran.status.success(), "{what} as {name}: {}: {}", ran.status, ran.stderr_text());
            }
            // The command counts the file or says what is wrong with it, and it ends.
            for subcommand in ["stats", "journal"] {
                let ran = limited(&world, &[subcommand]);
                assert!(matches!(ran.status.code(), Some(0..=2)), "{what} as {name}: {}", ran.status);
            }
        }
    }
}

#[test]
fn a_configuration_without_an_end() {
    for (_, replace) in REPLACEMENTS {
        let world = project();
        // Above the tree, which the fixture reads.
        replace(&world.path(".packer-cc.toml"));
        cc(&world, LINE).bypass("configuration");
    }
}

#[test]
fn response_files_without_an_end() {
    let world = project();
    for (what, replace) in REPLACEMENTS {
        if what == "a pipe" {
            // The bare compiler waits until somebody writes into the pipe.
            continue;
        }
        replace(&world.path("args"));
        cc(&world, "-c a.c @../args").bypass("response-file");
        fs::remove_file(world.path("args")).expect("a file");
    }
    // Each of fifteen small files names the next one a hundred times. Read in full, they come to 100¹⁵ words.
    for nth in 0..15 {
        world.file(&format!("r{nth}"), format!("@r{} ", nth + 1).repeat(100));
    }
    world.file("r15", "");
    cc(&world, "-c a.c @r0").bypass("response-file");
    // More words than any command line has.
    world.file("long", "-DA=1 ".repeat(400_000));
    cc(&world, "-c a.c @long").bypass("response-file");
}

#[test]
fn sources_and_headers_of_a_terabyte() {
    let world = project();
    File::create(world.path("huge.c")).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
    world.file("b.c", "#include \"../huge.c\"\n");
    // gcc has no memory for it and says so, in numbers that differ from run to run.
    for args in [&["gcc", "-c", "../huge.c"][..], &["gcc", "-c", "b.c"], &["gcc", "-include", "../huge.c", "-c", "a.c"]]
    {
        let ran = limited(&world, args);
        assert_eq!(ran.status.code(), Some(1), "{args:?}: {}", ran.stderr_text());
        assert!(ran.stderr_text().contains("cc1: out of memory allocating"), "{args:?}: {}", ran.stderr_text());
    }
    // This compile does not read the file, and the file's content counts in its key all the same.
    let extra = world.path("huge.c");
    cc(&world, "-c a.c").env("PACKER_CC_EXTRA_FILES", extra).bypass("input-unreadable");
}

/// An object of zeros compresses better than is believed of a stranger's file; it is stored all the same.
#[test]
fn a_large_object_of_zeros_is_served() {
    let world = World::new();
    world.file("a.c", "char large[100 << 20] = {1};\n");
    world.cc("-c a.c").miss();
    world.cc("-c a.c").hit();
}
