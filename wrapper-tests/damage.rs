//! What may happen to a store between two compiles, for every compiler. [`crate::store`] has more ways of damage with
//! gcc alone, and all that needs another user or another file system.

use crate::fixture::{World, age, for_each_compiler};
use std::fs;
use std::path::{Path, PathBuf};

const LINE: &str = "-Wall -MMD -c a.c -o a.o";

fn project(world: &World) {
    world.files(&[("a.c", "#include \"a.h\"\nint a(void) { int unused; return A; }\n"), ("a.h", "#define A 1\n")]);
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory of the cache") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Each file of store and state in turn has a bit flipped in several places, is cut short, or is filled with zeros.
#[test]
fn flipped_bits_truncation_and_zero_bytes() {
    for_each_compiler(|world| {
        project(&world);
        world.cc(LINE).miss();
        world.cc(LINE).hit();
        for file in files_below(&world.cache()).iter().filter(|file| !file.ends_with("state/journal")) {
            let Ok(good) = fs::read(file) else { continue };
            if good.is_empty() {
                continue;
            }
            let mut bad = vec![vec![0; good.len()], good[..good.len() / 2].to_vec(), [&good[..], b"\0"].concat()];
            for sixth in 0..6 {
                let mut flipped = good.clone();
                let at = (good.len() - 1) * sixth / 5;
                flipped[at] ^= 1 << (sixth + 1);
                bad.push(flipped);
            }
            let middle = good.len() / 2;
            let mut hole = good.clone();
            hole[middle..(middle + 8).min(good.len())].fill(0);
            bad.push(hole);
            for bad in bad {
                fs::write(file, bad).expect("a file of the cache");
                world.cc(LINE).kept();
                fs::write(file, &good).expect("a file of the cache");
            }
        }
        world.cc(LINE).hit();
        world.cc(LINE).hit();
    });
}

#[test]
fn a_damaged_journal_costs_its_records_only() {
    for_each_compiler(|world| {
        project(&world);
        world.cc(LINE).miss();
        let journal = world.cache().join("state/journal");
        for bad in [&b""[..], b"\0\0\0\0\n", b"{\"outcome\":\n", b"no json\n"] {
            fs::write(&journal, bad).expect("the journal");
            let run = || {
                let mut command = world.bare_command(crate::fixture::packer_cc().as_os_str());
                command.arg(world.compiler().c()).args(LINE.split(' '));
                crate::fixture::Ran::of(command, &[])
            };
            let runs = world.runs().len();
            assert!(run().status.success());
            assert_eq!(world.runs().len(), runs, "served with a damaged journal");
        }
        fs::remove_file(&journal).expect("the journal");
        world.cc(LINE).hit();
    });
}

#[test]
fn missing_in_part_or_as_a_whole() {
    for_each_compiler(|world| {
        project(&world);
        for part in ["store", "state", ""] {
            world.cc(LINE).kept();
            world.cc(LINE).hit();
            fs::remove_dir_all(world.cache().join(part)).expect("a part of the cache");
        }
        world.cc(LINE).miss();
        for name in ["files.memo", "facts.pack", "compilers", "usage", "journal", "locks", "totals.json"] {
            let path = world.cache().join("state").join(name);
            let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            // Not every run makes all of them.
            let _ = gone;
            world.cc(LINE).hit();
        }
    });
}

#[test]
fn a_file_where_a_directory_should_be() {
    for_each_compiler(|world| {
        project(&world);
        // A store that is no directory keeps nothing, and without a state there is no record.
        for (place, expected) in [
            ("cache", ["unrecorded, compiled"; 2]),
            ("cache/store", ["miss: store-error"; 2]),
            ("cache/state", ["unrecorded, compiled", "unrecorded"]),
            ("cache/store/v1", ["miss: store-error"; 2]),
            ("cache/state/compilers", ["miss: new key", "hit"]),
            ("cache/state/locks", ["miss: new key", "hit"]),
        ] {
            let path = world.path(place);
            let _ = fs::remove_dir_all(world.cache());
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(&path, "a file").expect("a file");
            for what in expected {
                world.cc(LINE).does(what);
            }
            fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path)).expect("the file");
            let _ = fs::remove_file(world.cache());
        }
        world.cc(LINE).hit();
        world.cc(LINE).hit();
    });
}

#[test]
fn strip_on_a_restored_object_reaches_no_store() {
    for_each_compiler(|world| {
        project(&world);
        let line = "-g -MMD -c a.c -o a.o";
        let strip = if world.compiler().c().starts_with("avr") { "avr-strip" } else { "strip" };
        world.cc(line).miss();
        for _ in 0..2 {
            world.cc(line).hit();
            assert!(world.shell(strip, &["-g", "a.o"]).status.success());
            fs::write(world.path("tree/a.d"), "scribbled over in place").expect("the depfile");
            world.cc(line).hit();
            fs::write(world.path("tree/a.o"), "scribbled over in place").expect("the object");
        }
        world.cc(line).hit();
        for file in world.store_files() {
            use std::os::unix::fs::MetadataExt;
            assert_eq!(fs::metadata(&file).expect("a file of the store").nlink(), 1, "{}", file.display());
        }
    });
}

/// Every file of the store begins with eight bytes that say what it is, and four of the format's version.
const MAGIC_AND_VERSION: usize = 12;

/// Stores of other format versions beside this one's, and files in this one's place that say to be of a later version.
#[test]
fn two_versions_on_one_store() {
    for_each_compiler(|world| {
        project(&world);
        world.cc(LINE).miss();
        let store = world.cache().join("store");
        for other in ["v0", "v2", "v999"] {
            let to = store.join(other);
            fs::create_dir_all(to.join("e/00")).expect("another version's directory");
            fs::write(to.join("e/00/entry"), "what another version understands").expect("another version's entry");
        }
        world.cc(LINE).hit();
        for file in
            world.store_files().into_iter().filter(|file| file.components().any(|part| part.as_os_str() == "v1"))
        {
            let good = fs::read(&file).expect("a file of the store");
            for at in 0..MAGIC_AND_VERSION.min(good.len()) {
                let mut later = good.clone();
                later[at] = later[at].wrapping_add(1);
                fs::write(&file, later).expect("a file of the store");
                world.cc(LINE).kept();
                fs::write(&file, &good).expect("a file of the store");
                age(&file);
            }
        }
        world.cc(LINE).hit();
        world.cc(LINE).hit();
        for other in ["v0", "v2", "v999"] {
            assert!(store.join(other).join("e/00/entry").exists(), "another version's entry is left alone");
        }
    });
}

/// Where a signal ends the compiler, packer-cc ends by the same signal and keeps nothing.
#[test]
fn a_signalled_compiler_keeps_its_signal() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    for_each_compiler(|world| {
        project(&world);
        let program = world.path("bin/ending");
        for (name, number) in
            [("KILL", 9), ("SEGV", 11), ("ABRT", 6), ("TERM", 15), ("INT", 2), ("PIPE", 13), ("USR1", 10)]
        {
            let text = format!(
                "#!/bin/sh\nfor word; do case $word in -print*|-###|-v) exec {} \"$@\";; esac; done\n\
                 echo before >&2\nkill -{name} $$\n",
                world.compiler().c()
            );
            fs::write(&program, text).expect("a script");
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a mode");
            age(&program);
            let ran = world.command("ending -c a.c -o a.o").does("failed: compiler-failed");
            assert_eq!(ran.status.signal(), Some(number), "{name}");
        }
        assert!(!world.exists("a.o"));
        assert!(world.journal().iter().all(|record| record["outcome"] != "hit"));
    });
}
