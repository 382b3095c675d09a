//! Depfiles: every spelling, in every combination, and the build systems that read them.

mod builds;
mod names;
mod spellings;
mod system;

use crate::fixture::World;

fn project(world: &World) {
    world.files(&[
        ("src/a.c", "#include \"a.h\"\n#include <lib.h>\n#include \"macros.h\"\nint a(void) { return A + LIB + M; }\n"),
        ("src/a.h", "#include \"nested.h\"\n#define A 1\n"),
        ("src/nested.h", "typedef int nested;\n"),
        ("src/macros.h", "#define M 3\n"),
        ("system/lib.h", "#define LIB 2\n"),
        ("obj/keep", ""),
    ]);
}
