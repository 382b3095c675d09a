//! What changes a result makes a miss, and nothing else does. All files keep one mtime through every edit
//! (see [`World::file`]), so an edit is seen by content or not at all.

mod command_lines;
mod environment;
mod files;
mod named_files;
mod times;

use crate::fixture::World;

fn project(world: &World) {
    world.files(&[
        ("a.c", "#include \"h.h\"\n#include <s.h>\nint a = H + S;\n"),
        ("inc/h.h", "#include \"nested.h\"\n#define H N\n"),
        ("inc/nested.h", "#define N 1\n"),
        ("sys/s.h", "#define S 1\n"),
    ]);
}

const COMPILE: &str = "-c a.c -I inc -isystem sys -o a.o";

/// Compile, edit, compile, revert, compile: miss, miss, hit.
fn edited(world: &World, line: &str, name: &str, other: &str) {
    let original = world.read(name);
    world.cc(line).kept();
    world.cc(line).hit();
    world.file(name, other);
    world.cc(line).miss();
    world.cc(line).hit();
    world.file(name, original);
    world.cc(line).hit();
}
