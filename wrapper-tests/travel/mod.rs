//! The same project in another place. In the `exact` mode a result that is proven free of the place is shared, and any
//! other is keyed to its place. Every assertion here compares the bytes with those of the bare compiler at this place.

mod commands;
mod maps;
mod places;

use crate::fixture::World;
use std::fs;

const PLACES: [&str; 2] = ["one", "two/deeper place"];

fn project(world: &World, marker: bool) {
    for place in PLACES {
        for (name, content) in [
            ("src/a.c", "#include \"a.h\"\n#include <lib.h>\nint a(int x) { int unused; return A + LIB * x; }\n"),
            ("src/a.h", "#define A 1\n"),
            ("src/file.c", "const char *file = __FILE__;\n"),
            ("src/assert.c", "#include <assert.h>\nint f(int x) { assert(x); return x; }\n"),
            ("src/header_file.c", "#include \"file.h\"\n"),
            (
                "src/file.h",
                "static inline const char *get(void) { return __FILE__; }\nconst char *h(void) { return get(); }\n",
            ),
            ("inc/lib.h", "#define LIB 2\n"),
            ("build/keep", ""),
        ] {
            world.file(&format!("{place}/{name}"), content);
        }
        if marker {
            fs::create_dir(world.tree().join(place).join(".git")).expect("a mark");
        }
    }
}

/// The line with `ROOT` standing for the place's absolute path, shell-quoted.
fn at(world: &World, place: &str, line: &str) -> String {
    let root = world.tree().join(place).display().to_string();
    line.split(' ')
        .map(|word| word.replace("ROOT", &root))
        .map(|word| shlex::try_quote(&word).expect("a quotable path").into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Compiles in the first place, then in the second.
fn travels(world: &World, line: &str) {
    world.cc(&at(world, PLACES[0], line)).cwd(PLACES[0]).miss();
    world.cc(&at(world, PLACES[1], line)).cwd(PLACES[1]).hit();
}
