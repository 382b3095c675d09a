//! Directories that a command names by absolute paths outside of the root: the same contents hit wherever the command names another
//! directory in the same place of its line. What shows the directory, or hangs on where it lies, is keyed to it.

mod composed;
mod layouts;
mod places;
mod roots;
mod shapes;

use crate::fixture::World;
use std::fs;
use std::path::{Path, PathBuf};

/// Two places for kits, neither of which is below the tree.
const KITS: [&str; 2] = ["kits/3f9a", "elsewhere/of another length/77"];

/// Writes a file of the world outside of the tree, with the one old mtime.
fn put(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.path(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(&path, text).expect("a file");
    crate::fixture::age(&path);
    path
}

/// A source in the tree, and a kit in both places.
fn kits(world: &World) {
    world.files(&[
        ("a.c", "#include <lib.h>\n#include <sub/deep.h>\nint a(int x) { return LIB + DEEP * x; }\n"),
        ("quoted.c", "#include \"lib.h\"\n#include \"sub/deep.h\"\nint a(int x) { return LIB + DEEP * x; }\n"),
        ("warned.c", "#include <warns.h>\nint a(int x) { int unused; return x + w(x); }\n"),
        ("named.c", "#include <named.h>\nconst char *n(void) { return name(); }\n"),
        ("sized.c", "#include <sized.h>\nint n(void) { return SIZE; }\n"),
        ("asserts.c", "#include <checked.h>\nint c(int x) { return checked(x); }\n"),
    ]);
    for kit in KITS {
        for (name, text) in [
            ("inc/lib.h", "#define LIB 7\n#include \"beside.h\"\n"),
            ("inc/beside.h", "#define BESIDE 1\n"),
            ("inc/sub/deep.h", "#include \"../lib.h\"\n#define DEEP (BESIDE + 2)\n"),
            ("inc/warns.h", "static inline int w(int x) { int y; return x; }\n"),
            ("inc/named.h", "static inline const char *name(void) { return __FILE__; }\n"),
            ("inc/sized.h", "#define SIZE sizeof __FILE__\n"),
            ("inc/checked.h", "#include <assert.h>\nstatic inline int checked(int x) { assert(x); return x; }\n"),
            ("inc/forced.h", "#define FORCED 1\n"),
            ("inc/macros.h", "#define MACROS 1\nint not_kept;\n"),
            ("src/kit.c", "#include \"kit.h\"\n#include <lib.h>\nint kit(int x) { return KIT * x + LIB; }\n"),
            ("src/kit.h", "#define KIT 3\n"),
        ] {
            put(world, &format!("{kit}/{name}"), text);
        }
    }
}

/// The line with `KIT` standing for a directory, shell-quoted.
fn at(dir: &Path, line: &str) -> String {
    let dir = dir.display().to_string();
    let words = line.split(' ').map(|word| word.replace("KIT", &dir));
    words.map(|word| shlex::try_quote(&word).expect("a quotable path").into_owned()).collect::<Vec<_>>().join(" ")
}

/// Compiles with the first kit, then with the second, then with the first.
#[track_caller]
fn travels(world: &World, line: &str) {
    let line = |kit: &str| at(&world.path(kit), line);
    world.cc(&line(KITS[0])).miss();
    world.cc(&line(KITS[1])).hit();
    world.cc(&line(KITS[0])).hit();
}

/// Each kit has its own result.
#[track_caller]
fn stays(world: &World, line: &str) {
    for kit in KITS {
        world.cc(&at(&world.path(kit), line)).kept();
    }
    for kit in KITS {
        world.cc(&at(&world.path(kit), line)).hit();
    }
}
