//! Overlays of toolchains (`packer-cc shim`): whatever is called by its path in one does what the original does, and
//! what is compiled there and what is compiled by the original share their results.

mod drivers;
mod making;
mod refusals;

use crate::fixture::{Ran, Run, World, host_program, lossy, packer_cc, words};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

const UNO: &str = "-mmcu=atmega328p -Os";

const FILE: &str = ".packer-cc-shim.toml";

fn project(world: &World) {
    world.files(&[
        ("a.c", "#include <avr/io.h>\n#include \"a.h\"\nint b(void);\nint main(void) { int unused; PORTB = A; return b(); }\n"),
        ("a.h", "#define A 1\n"),
        ("b.c", "int b(void) { return 2; }\n"),
        ("c.cpp", "namespace n { int c() { return 3; } }\n"),
        ("s.S", "#include \"a.h\"\n.global s\ns: ldi r24, A\nret\n"),
        ("broken.c", "int x = ;\n"),
        ("plain.c", "#include \"a.h\"\nint plain(void) { return A; }\n"),
    ]);
}

fn run_cp(world: &World, args: &[&OsStr]) {
    let done = world.bare_command(OsStr::new("cp")).args(args).status().expect("cp starts");
    assert!(done.success(), "cp {args:?}");
}

/// A copy of Debian's AVR toolchain, as a package would lay it out.
fn avr(world: &World, place: &str) -> PathBuf {
    let root = world.path(place);
    host_program("avr-gcc", "gcc-avr");
    fs::create_dir_all(root.join("bin")).expect("a toolchain");
    fs::create_dir_all(root.join("lib/gcc")).expect("a toolchain");
    for entry in fs::read_dir("/usr/bin").expect("programs").flatten() {
        if entry.file_name().to_string_lossy().starts_with("avr-") {
            run_cp(world, &["-P".as_ref(), entry.path().as_ref(), root.join("bin").as_ref()]);
        }
    }
    run_cp(world, &["-r".as_ref(), "/usr/lib/gcc/avr".as_ref(), root.join("lib/gcc").as_ref()]);
    run_cp(world, &["-r".as_ref(), "/usr/lib/avr".as_ref(), root.join("lib").as_ref()]);
    root
}

/// A toolchain whose one driver counts its runs and becomes Debian's `avr-gcc`.
fn counted(world: &World) -> PathBuf {
    world.shim_in("chain/bin", "avr-gcc", &host_program("avr-gcc", "gcc-avr"));
    fs::write(world.path("chain/bin/avr-size"), "#!/bin/sh\necho size\n").expect("a tool");
    chmod(&world.path("chain/bin/avr-size"), 0o755);
    fs::create_dir_all(world.path("chain/lib")).expect("a directory");
    fs::write(world.path("chain/lib/x.a"), "x").expect("a library");
    // The shim lists its runs in the directory above its own.
    symlink(world.path("runs"), world.path("chain/runs")).expect("a link");
    world.path("chain")
}

fn shim(world: &World, args: &[&OsStr]) -> Ran {
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.arg("shim").args(args);
    Ran::of(command, &[])
}

fn overlay(world: &World, toolchain: &Path, place: &str) -> PathBuf {
    let overlay = world.path(place);
    let ran = shim(world, &[toolchain.as_os_str(), overlay.as_os_str()]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    overlay
}

/// Must be refused, for a reason that holds these words.
#[track_caller]
fn refused(world: &World, args: &[&OsStr], because: &str) {
    let ran = shim(world, args);
    assert_eq!(ran.status.code(), Some(1), "{args:?}: {}", lossy(&ran.stdout));
    let said = ran.stderr_text();
    assert!(said.contains("packer-cc: error:") && said.contains(because), "{args:?}: {said}");
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

/// The bare compiler at `bare` against `ours`, both with these arguments.
fn against<'w>(world: &'w World, bare: &Path, ours: impl Into<OsString>, line: &str) -> Run<'w> {
    let argv = |program: OsString| [program].into_iter().chain(words(line)).collect();
    world.compare(argv(bare.into()), argv(ours.into()))
}

/// What stands under a directory, links not followed: path, inode and the time of the last change of each.
fn stamps(root: &Path) -> BTreeSet<(PathBuf, u64, i64, i64)> {
    let mut all = BTreeSet::new();
    let mut pending = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata = fs::symlink_metadata(&path).expect("a file");
        if metadata.is_dir() {
            pending.extend(fs::read_dir(&path).expect("a directory").map(|entry| entry.expect("an entry").path()));
        }
        all.insert((path, metadata.ino(), metadata.ctime(), metadata.ctime_nsec()));
    }
    all
}
