//! The failure rule: whatever is wrong with the store costs speed and nothing else.

use crate::fixture::{AS_NOBODY, Ran, SCATTER, World, age, first_difference, packer_cc};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const LINE: &str = "-Wall -MMD -c a.c -o a.o";

fn project(world: &World) {
    world.files(&[("a.c", "#include \"a.h\"\nint a(void) { int unused; return A; }\n"), ("a.h", "#define A 1\n")]);
}

/// A prefix that runs the command in a mount namespace of its own, after `setup`.
fn in_namespace(setup: &str) -> String {
    let user = if rustix::process::geteuid().is_root() { "" } else { "-r" };
    format!(
        "unshare {user} -m sh -c {} sh",
        shlex::try_quote(&format!("{setup} && exec \"$@\"")).expect("a quotable line")
    )
}

#[test]
fn the_directory_cannot_be() {
    let world = World::new();
    project(&world);
    fs::write(world.path("file"), "a file").expect("a file");
    for place in ["file", "file/below", "file/below/further"] {
        for _ in 0..2 {
            world.cc(LINE).env("PACKER_CC_DIR", world.path(place)).does("unrecorded, compiled");
        }
    }
    assert_eq!(fs::read(world.path("file")).expect("the file"), b"a file");
    for place in ["", "../relative/dir", "/proc/no/such", "/dev/null"] {
        world.cc(LINE).env("PACKER_CC_DIR", place).does("unrecorded, compiled");
    }
}

#[test]
fn files_where_directories_should_be_and_the_other_way() {
    // Without a state there is no record, and the store serves all the same.
    let without_state = ["unrecorded, compiled", "unrecorded"];
    for (part, expected) in [("store", ["miss: store-error"; 2]), ("state", without_state)] {
        let world = World::new();
        project(&world);
        fs::create_dir(world.cache()).expect("the cache");
        fs::write(world.cache().join(part), "").expect("a file");
        world.cc(LINE).does(expected[0]);
        world.cc(LINE).does(expected[1]);
    }
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    for file in world.store_files() {
        let bytes = fs::read(&file).expect("a file of the store");
        fs::remove_file(&file).expect("a file of the store");
        fs::create_dir(&file).expect("a directory");
        let kind = |kind: &str| file.to_string_lossy().contains(kind);
        let what = match (kind("/v1/m/"), kind("/v1/e/")) {
            (true, _) => "miss: store-error",
            (_, true) => "miss: entry-gone",
            _ => "hit",
        };
        world.cc(LINE).does(what);
        let _ = fs::remove_dir(&file);
        if !file.exists() {
            fs::write(&file, bytes).expect("a file of the store");
        }
    }
    world.cc(LINE).hit();
    world.cc(LINE).hit();
}

#[test]
fn the_store_vanishes_between_two_compiles() {
    let world = World::new();
    project(&world);
    for (part, what) in [("store", "miss: new key"), ("state", "miss: new key"), ("", "hit")] {
        world.cc(LINE).does(what);
        world.cc(LINE).hit();
        fs::remove_dir_all(world.cache().join(part)).expect("a part of the cache");
    }
    world.cc(LINE).miss();
    fs::remove_dir_all(world.cache().join("state")).expect("the state");
    world.cc(LINE).hit();
}

#[test]
fn a_read_only_store() {
    let world = World::new().env("PACKER_CC_SHARED", "1");
    project(&world);
    let program = world.open_to_everyone();
    let nobody = |line: &str| world.cc(line).wrapper(program.clone()).under(AS_NOBODY);
    world.cc(LINE).miss();
    world.open_to_everyone();
    lock(&world.cache());
    // What is stored is served, and there is no place for a record.
    nobody(LINE).does("unrecorded");
    nobody(LINE).does("unrecorded");
    nobody("-O2 -c a.c -o a.o").does("unrecorded, compiled");
    nobody("-c absent.c").does("unrecorded, compiled");
    unlock(&world.cache());
    world.cc(LINE).hit();
}

#[test]
fn an_unreadable_store() {
    let world = World::new().env("PACKER_CC_SHARED", "1");
    project(&world);
    let program = world.open_to_everyone();
    world.cc(LINE).miss();
    world.open_to_everyone();
    for (part, what) in [("", "unrecorded, compiled"), ("store", "miss: store-error"), ("state", "unrecorded")] {
        let place = world.cache().join(part);
        fs::set_permissions(&place, Permissions::from_mode(0o0)).expect("a mode");
        world.cc(LINE).wrapper(program.clone()).under(AS_NOBODY).does(what);
        fs::set_permissions(&place, Permissions::from_mode(0o777)).expect("a mode");
    }
}

#[test]
fn a_read_only_file_system() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    let cache = world.cache();
    let cache = cache.display();
    let read_only = in_namespace(&format!("mount --bind {cache} {cache} && mount -o remount,bind,ro {cache}"));
    let runs = world.runs().len();
    world.cc(LINE).under(&read_only).does("unrecorded");
    // One run is the bare one. What is there can be read, so a build on read-only media is served.
    assert_eq!(world.runs().len() - runs, 1, "a store that can be read serves");
    world.cc("-O2 -c a.c").under(&read_only).does("unrecorded, compiled");
}

#[test]
fn a_full_store() {
    let world = World::new();
    // An object that compresses badly and does not fit.
    let numbers: Vec<_> = (0u32..40_000).map(|n| n.wrapping_mul(SCATTER).to_string() + "u").collect();
    world.file("big.c", format!("unsigned big[] = {{{}}};\n", numbers.join(",")));
    world.file("a.c", "int a;\n");
    fs::create_dir(world.cache()).expect("the cache");
    let cache = world.cache();
    for options in ["size=4k", "size=16k", "size=64k", "size=128k", "size=8m,nr_inodes=2", "size=8m,nr_inodes=6"] {
        let full = in_namespace(&format!("mount -t tmpfs -o mode=700,{options} tmpfs {}", cache.display()));
        for source in ["big.c", "a.c"] {
            world.cc(&format!("-MMD -c {source} -o out.o")).under(&full).does("unrecorded, compiled");
        }
    }
    // Two runs share one full file system. What the first one left half-written must not mislead the second.
    let setup = format!(
        "mount -t tmpfs -o mode=700,size=96k tmpfs {} && ({} gcc -c big.c -o first.o; {} gcc -c big.c -o second.o; cmp first.o second.o; rm first.o second.o)",
        cache.display(),
        packer_cc().display(),
        packer_cc().display()
    );
    let runs = world.runs().len();
    world.cc("-c big.c -o out.o").under(&in_namespace(&setup)).does("unrecorded, compiled");
    // The two of `setup` and the command itself compile, since the store has no room for the result. `setup` runs in
    // front of the bare command too.
    assert_eq!(world.runs().len() - runs, 6);
}

#[test]
fn every_file_corrupted_one_after_another() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    world.cc(LINE).hit();
    let files: Vec<_> = files_below(&world.cache());
    assert!(!files.is_empty(), "something is stored");
    for file in files.iter().filter(|file| !file.ends_with("state/journal")) {
        let Ok(good) = fs::read(file) else { continue };
        for (kind, bad) in corruptions(&good) {
            fs::write(file, &bad).expect("a file of the cache");
            eprintln!("{kind}: {}", file.display());
            world.cc(LINE).kept();
            world.cc(LINE).hit();
            fs::write(file, &good).expect("a file of the cache");
        }
    }
    world.cc(LINE).hit();
    world.cc(LINE).hit();
}

#[test]
fn every_file_corrupted_at_once() {
    for way in 0..4 {
        let world = World::new();
        project(&world);
        world.cc(LINE).miss();
        for file in files_below(&world.cache()) {
            let good = fs::read(&file).expect("a file of the cache");
            let bad = match way {
                0 => vec![0; good.len()],
                1 => Vec::new(),
                2 => good.iter().map(|byte| !byte).collect(),
                _ => [good.as_slice(), b"more"].concat(),
            };
            if !file.ends_with("state/journal") {
                fs::write(&file, bad).expect("a file of the cache");
            }
        }
        world.cc(LINE).miss();
        world.cc(LINE).hit();
    }
}

/// Two files of the store change places. Each is a whole file, and the wrong one.
#[test]
fn swapped_entries() {
    let world = World::new();
    project(&world);
    world.file("b.c", "int other;\n");
    world.cc(LINE).miss();
    let first = world.store_files();
    world.cc("-MMD -c b.c -o a.o").miss();
    let second: Vec<_> = world.store_files().into_iter().filter(|file| !first.contains(file)).collect();
    for one in &first {
        for other in &second {
            let (a, b) = (fs::read(one).expect("a file"), fs::read(other).expect("a file"));
            fs::write(one, &b).expect("a file");
            fs::write(other, &a).expect("a file");
            world.cc(LINE).kept();
            world.cc("-MMD -c b.c -o a.o").kept();
            fs::write(one, &a).expect("a file");
            fs::write(other, &b).expect("a file");
        }
    }
}

fn corruptions(good: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![
        ("emptied".to_owned(), Vec::new()),
        ("zeroed".to_owned(), vec![0; good.len()]),
        ("lengthened".to_owned(), [good, b"\0"].concat()),
        ("doubled".to_owned(), [good, good].concat()),
    ];
    for sixteenth in 0..16 {
        let at = good.len() * sixteenth / 16;
        let mut flipped = good.to_vec();
        if let Some(byte) = flipped.get_mut(at) {
            *byte ^= 1 << (sixteenth % 8);
        }
        all.push((format!("bit flipped in byte {at}"), flipped));
        if sixteenth % 4 == 1 {
            all.push((format!("cut to {at} bytes"), good[..at].to_vec()));
        }
    }
    all
}

fn files_below(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory of the cache") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

#[test]
fn eviction_keeps_the_bound() {
    const BOUND: u64 = 300_000;
    let world = World::new().env("PACKER_CC_MAX_SIZE", BOUND.to_string());
    for unit in 0u32..24 {
        let numbers: Vec<_> = (0u32..5_000)
            .map(|n| (n ^ (unit << 16)).wrapping_mul(SCATTER).rotate_left(n % 31).to_string() + "u")
            .collect();
        world.file(&format!("u{unit}.c"), format!("unsigned u{unit}[] = {{{}}};\n", numbers.join(",")));
        world.cc(&format!("-c u{unit}.c")).miss();
        world.cc(&format!("-c u{unit}.c")).hit();
    }
    let size: u64 = world.store_files().iter().map(|file| fs::metadata(file).expect("a file").len()).sum();
    assert!(size <= BOUND, "{size} bytes in a store bounded to {BOUND}");
    world.cc("-c u23.c").hit();
    world.cc("-c u0.c").miss();
}

#[test]
fn an_entry_larger_than_the_bound() {
    let world = World::new().env("PACKER_CC_MAX_SIZE", "1000");
    project(&world);
    world.cc("-O2 -g -c a.c -o a.o").miss();
    // The entry was evicted at once.
    world.cc("-O2 -g -c a.c -o a.o").does("miss: entry-gone");
}

fn spawn(world: &World, args: &[&str]) -> Child {
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).spawn().expect("packer-cc starts")
}

#[test]
fn sixteen_identical_compiles_at_once() {
    let world = World::new();
    project(&world);
    let outputs: Vec<_> = (0..16).map(|number| format!("a{number}.o")).collect();
    let children: Vec<_> =
        outputs.iter().map(|output| spawn(&world, &["gcc", "-Wall", "-O2", "-c", "a.c", "-o", output])).collect();
    let ends: Vec<_> = children.into_iter().map(|child| child.wait_with_output().expect("an end")).collect();
    assert_eq!(world.runs().len(), 1, "one compiles, the others wait for it: {:#?}", world.runs());
    let bare = world.shell("gcc", &["-Wall", "-O2", "-c", "a.c", "-o", "bare.o"]);
    for (output, end) in outputs.iter().zip(&ends) {
        assert!(end.status.success());
        assert_eq!(end.stderr, bare.stderr);
        let (bare, ours) = (world.read("bare.o"), world.read(output));
        assert!(bare == ours, "{output}: {}", first_difference(&bare, &ours));
    }
    let outcomes: Vec<_> = world.journal().iter().map(|record| record["outcome"].to_string()).collect();
    assert_eq!(outcomes.len(), 16, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "\"hit\"").count(), 15, "{outcomes:?}");
}

#[test]
fn killed_at_any_instant() {
    let world = World::new();
    project(&world);
    for step in 0..24 {
        let mut child = spawn(&world, &["gcc", "-MMD", "-c", "a.c", "-o", "a.o"]);
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(step * 2) && child.try_wait().expect("a child").is_none() {
            std::hint::spin_loop();
        }
        let group = rustix::process::Pid::from_child(&child);
        // The run may have ended by itself, which is as good.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        child.wait().expect("an end");
    }
    for left in fs::read_dir(world.path("tmp")).expect("the temporary directory") {
        fs::remove_file(left.expect("an entry").path()).expect("what the killed compilers left");
    }
    // What the killed ones left in the store does not mislead the living, nor does a lock of the dead stop them.
    world.cc("-MMD -c a.c -o a.o").kept();
    world.cc("-MMD -c a.c -o a.o").hit();
}

#[test]
fn a_restored_object_belongs_to_the_user() {
    let world = World::new();
    project(&world);
    world.cc("-g -MMD -c a.c -o a.o").miss();
    for _ in 0..2 {
        world.cc("-g -MMD -c a.c -o a.o").hit();
        assert!(world.shell("strip", &["-g", "a.o"]).status.success());
        fs::write(world.path("tree/a.d"), "scribbled over in place").expect("the depfile");
        fs::write(world.path("tree/a.o"), "scribbled over in place").expect("the object");
    }
    world.cc("-g -MMD -c a.c -o a.o").hit();
}

/// A compiler that edits the source after packer-cc looked at it and before the compiler does.
#[test]
fn a_source_edited_while_it_compiles() {
    let world = World::new();
    let script = "#!/bin/sh\nfor word; do case $word in -print*|-dump*|-###|--version|-v) exec gcc \"$@\";; esac; done\n\
                  if test -e ../edit; then rm ../edit; cat ../second >$EDITED; fi\nexec gcc \"$@\"\n";
    let program = world.path("bin/editing");
    fs::write(&program, script).expect("a script");
    fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("a mode");
    age(&program);
    for (edited, first, second) in [
        ("a.c", "#include \"a.h\"\nint a = A;\n", "#include \"a.h\"\nint a = 2;\n"),
        ("a.h", "#define A 1\n", "#define A 3\n"),
    ] {
        world.files(&[("a.c", "#include \"a.h\"\nint a = A;\n"), ("a.h", "#define A 1\n")]);
        fs::write(world.path("second"), second).expect("a file");
        fs::write(world.path("edit"), "").expect("a file");
        let mut command = world.bare_command(packer_cc().as_os_str());
        command.args(["editing", "-c", "a.c"]).env("EDITED", edited);
        assert!(Ran::of(command, &[]).status.success());
        world.command("editing -c a.c").env("EDITED", edited).miss();
        world.file(edited, first);
        world.command("editing -c a.c").env("EDITED", edited).miss();
        world.command("editing -c a.c").env("EDITED", edited).hit();
    }
}

fn lock(path: &Path) {
    let locked = if path.is_dir() { 0o555 } else { 0o444 };
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            lock(&entry.expect("an entry").path());
        }
    }
    fs::set_permissions(path, Permissions::from_mode(locked)).expect("a mode");
}

fn unlock(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o777)).expect("a mode");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            unlock(&entry.expect("an entry").path());
        }
    }
}
