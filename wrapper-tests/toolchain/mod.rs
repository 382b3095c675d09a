//! The parts of gcc and clang that change under an unchanged driver. For avr-gcc see [`crate::compiler`].

mod added;
mod appears;
mod clang;
mod found;
mod parts;

use crate::fixture::{World, age, host_program};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Puts `content` in a program's place. Another process writes it: a descriptor open for writing that a test in
/// another thread hands to its children would make the program impossible to start.
fn replace_program(path: &Path, content: &[u8]) {
    let temporary = path.with_extension("new");
    fs::write(&temporary, content).expect("a program's content");
    let _ = fs::remove_file(path);
    let copied = Command::new("cp").arg(&temporary).arg(path).status().expect("cp starts");
    assert!(copied.success(), "{}", path.display());
    fs::remove_file(&temporary).expect("a temporary file");
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    age(path);
}

/// Another program of the same size and mtime that does the same: the last byte of a stripped executable belongs to
/// the section headers, which nothing reads at run time.
pub fn flip_last_byte(path: &Path) {
    let mut bytes = fs::read(path).expect("a program");
    *bytes.last_mut().expect("a byte") ^= 1;
    replace_program(path, &bytes);
}

fn copy_program(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a directory")).expect("directories");
    replace_program(to, &fs::read(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())));
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_tree(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a file of the toolchain");
            age(&to);
        }
    }
}

fn asks(program: &str, question: &str) -> PathBuf {
    let output = Command::new(host_program(program, program)).arg(question).output().expect("a compiler");
    let path = PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim());
    path.canonicalize().unwrap_or_else(|error| panic!("{question} of {program}: {}: {error}", path.display()))
}

/// A private copy of gcc in `name`, its drivers behind counting shims.
pub fn gcc_in(world: &World, name: &str) -> PathBuf {
    let root = world.path(name);
    let installed = asks("gcc", "-print-prog-name=cc1");
    let installed = installed.parent().expect("a directory");
    let below = installed.strip_prefix("/usr").expect("a gcc of the distribution");
    let own = root.join(below);
    for part in ["cc1", "cc1plus"] {
        copy_program(&installed.join(part), &own.join(part));
    }
    copy_tree(&installed.join("include"), &own.join("include"));
    let target = below.iter().nth(2).expect("a target").to_owned();
    copy_program(&host_program("as", "binutils"), &root.join(target).join("bin/as"));
    for driver in ["gcc", "g++"] {
        let real = root.join("bin").join(format!("real-{driver}"));
        copy_program(&host_program(driver, driver), &real);
        world.shim_in(&format!("{name}/bin"), driver, &real);
    }
    symlink(world.path("runs"), root.join("runs")).expect("a link to the list of runs");
    root
}

pub fn part(root: &Path, name: &str) -> PathBuf {
    let output = Command::new(root.join("bin/gcc")).arg(format!("-print-prog-name={name}")).output().expect("gcc");
    let path = PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim());
    let path = path.canonicalize().unwrap_or_else(|error| panic!("{name} at {}: {error}", path.display()));
    assert!(path.starts_with(root.canonicalize().expect("the copy")), "{} is not in the copy", path.display());
    path
}
