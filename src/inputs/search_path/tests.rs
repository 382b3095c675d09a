//! Which directories are searched, in which order, and what of them a key holds.

use super::*;
use crate::command::{Family, parse_job};
use crate::digest::Digest;
use crate::toolchain::Evidence;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;

/// The include path of a command in `dir`, for a compiler that brings `own` along.
fn path(dir: &Path, line: &str, variables: &[(&str, &str)]) -> IncludePath {
    let args: Vec<OsString> = format!("-c a.c {line}").split(' ').map(OsString::from).collect();
    let job = parse_job(&args, &|_| Err(io::ErrorKind::NotFound.into())).expect("served");
    let compiler = Compiler {
        minds_comments: false,
        program: "cc".into(),
        argv0: "cc".into(),
        family: Family::Gcc,
        major: 12,
        digest: Digest([1; 32]),
        toolchain: None,
        builtin_dirs: vec![b"own".to_vec()],
        moving_dirs: Vec::new(),
        driver_macros: Vec::new(),
        driver_definitions: Vec::new(),
        is_new_here: false,
        evidence: Evidence::default(),
    };
    IncludePath::of(&job, &Environment::from_vars(variables.iter().copied()), &compiler, dir)
}

fn tree(dirs: &[&str]) -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    for dir in dirs {
        fs::create_dir(tree.path().join(dir)).unwrap();
    }
    tree
}

#[test]
fn every_way_to_name_a_directory_has_its_place() {
    let tree = tree(&["q", "a", "e", "s", "f", "own", "t"]);
    let line = "-idirafter t -isystem s -I a -iquote q";
    let path = path(tree.path(), line, &[("CPATH", "e"), ("C_INCLUDE_PATH", "f")]);
    let shown: Vec<_> = path.dirs.iter().map(|dir| (dir.path.as_slice(), dir.system, dir.builtin)).collect();
    let expected = [
        (&b"q"[..], false, false),
        (b"a", false, false),
        (b"e", false, false),
        (b"s", true, false),
        (b"f", true, false),
        (b"own", true, true),
        (b"t", true, false),
    ];
    assert_eq!(shown, expected);
    assert_eq!(path.angle, 1, "only quoted names are looked for in `q`");
}

#[test]
fn a_directory_that_is_named_twice() {
    let tree = tree(&["s", "a", "own"]);
    let twice = path(tree.path(), "-I s -I a -isystem s", &[]);
    let shown: Vec<_> = twice.dirs.iter().map(|dir| (dir.system, dir.last, dir.what)).collect();
    let expected = [
        (true, 2, What::Directory(0)),
        (false, 1, What::Directory(1)),
        (true, 2, What::Directory(0)),
        (true, 3, What::Directory(3)),
    ];
    assert_eq!(shown, expected);
    symlink("a", tree.path().join("link")).unwrap();
    let linked = path(tree.path(), "-I s -I a -isystem link", &[]);
    assert_ne!(linked.shape(), twice.shape());
}

#[test]
fn what_stands_in_the_place_of_a_directory() {
    let tree = tree(&["dir", "own"]);
    fs::write(tree.path().join("file"), "").unwrap();
    symlink("loop", tree.path().join("loop")).unwrap();
    let shape = |name: &str, more: &str| {
        let path = path(tree.path(), &format!("-I {name}{more}"), &[]);
        (path.dirs[0].what, path.shape(), path.told_missing().count())
    };
    let (dir, none) = (shape("dir", ""), shape("none", ""));
    assert_eq!((dir.0, none.0), (What::Directory(0), What::Nothing));
    assert_eq!(dir.1, none.1, "one that is missing only lacks every header");
    let (file, unreachable) = (shape("file", ""), shape("loop", ""));
    assert_eq!((file.0, unreachable.0), (What::Other, What::Unreachable));
    assert!(file.1 != dir.1 && unreachable.1 != dir.1 && file.1 != unreachable.1);
    // Unless that is told.
    let (dir, none) = (shape("dir", " -Wmissing-include-dirs"), shape("none", " -Wmissing-include-dirs"));
    assert!(dir.1 != none.1);
    assert_eq!((dir.2, none.2), (0, 1));
}
