//! What `docs/security.md` promises: who may write what is believed, what a hostile store cannot do, what is never
//! recorded.
//!
//! Two users play here: whoever runs the tests (root, in a container), and strangers that `setpriv` makes.

mod hostile_store;
mod owners;
mod planted;
mod records;

use crate::fixture::{Ran, World, packer_cc};
use packer_cc::digest::{Digest, KeyId};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

const LINE: &str = "-Wall -MMD -c a.c -o a.o";

fn project(world: &World) {
    world.files(&[("a.c", "#include \"a.h\"\nint a(void) { int unused; return A; }\n"), ("a.h", "#define A 1\n")]);
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn give(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if fs::symlink_metadata(path).expect("a file").is_dir() {
        for item in fs::read_dir(path).expect("a directory") {
            give(&item.expect("an item").path(), user);
        }
    }
}

/// Everything under a directory, itself included.
fn all_below(path: &Path) -> Vec<PathBuf> {
    let mut all = vec![path.to_owned()];
    if fs::symlink_metadata(path).expect("a file").is_dir() {
        for item in fs::read_dir(path).expect("a directory") {
            all.extend(all_below(&item.expect("an item").path()));
        }
    }
    all
}

fn fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
}

/// A world in which a stranger can work: the cache is the stranger's own.
fn worlds_user(world: &World, user: u32) -> PathBuf {
    let program = world.open_to_everyone();
    fs::create_dir_all(world.cache()).expect("the cache");
    chmod(&world.cache(), 0o700);
    give(&world.cache(), user);
    program
}

/// Removes the outputs, which may belong to another user than the next run's.
fn clear(world: &World) {
    for output in ["a.o", "a.d"] {
        let _ = fs::remove_file(world.tree().join(output));
    }
}

/// What the last run's record says.
fn detail(world: &World) -> String {
    let record = world.journal().pop().expect("a record");
    format!("{}: {}", record["reason"].as_str().unwrap_or_default(), record["detail"].as_str().unwrap_or_default())
}

fn log(world: &World) -> String {
    fs::read_to_string(world.path("log")).unwrap_or_default()
}

fn admin(world: &World, args: &[&str]) -> Ran {
    world.shell(packer_cc(), args)
}

/// The keys of all manifests in the store.
fn keys(world: &World) -> Vec<KeyId> {
    let manifests = world.store_files().into_iter().filter(|file| file.to_string_lossy().contains("/v1/m/"));
    let hex = |file: PathBuf| {
        let dir = file.parent().and_then(Path::file_name).expect("a directory").to_string_lossy().into_owned();
        dir + &file.file_name().expect("a name").to_string_lossy()
    };
    let byte = |hex: &str, at: usize| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).expect("a digit");
    manifests.map(hex).map(|hex| KeyId(Digest(std::array::from_fn(|at| byte(&hex, at))))).collect()
}

/// A file of the cache without which a compile is served in another way, or not at all.
enum Unread {
    Manifest,
    Entry,
    Journal,
}

/// Which of them a file is, if it is one. No other file decides: without a memo something is read again, and a lock
/// is made anew.
fn unread_part(file: &Path) -> Option<Unread> {
    let name = file.to_string_lossy();
    if name.contains("/v1/m/") {
        Some(Unread::Manifest)
    } else if name.contains("/v1/e/") {
        Some(Unread::Entry)
    } else {
        file.ends_with("state/journal").then_some(Unread::Journal)
    }
}
