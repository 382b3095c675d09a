//! Side files: what a compiler writes beside the object is there after a hit, or the command is not served.
//!
//! gcc's coverage notes hold a random stamp that the object repeats; with `-frandom-seed` two runs agree and can be
//! compared. Without it a hit returns one run's pair, see [`notes_and_object_stay_a_pair`].

mod contents;
mod names;
mod serialized;
mod spellings;

use crate::fixture::{Compiler, World};
use crate::output::clear;

const SOURCE: &str =
    "int g(int x);\nstatic int twice(int x) { return g(x) + x; }\nint a(int x) { return x ? twice(x) : 1; }\n";

fn project(world: &World) {
    world.files(&[
        ("a.c", SOURCE),
        ("sub/b.x.c", SOURCE),
        ("empty.c", ""),
        ("noext", SOURCE),
        ("s.S", "#define N nop\n.text\nq: N\n"),
        ("t.s", ".text\nq: nop\n"),
        ("p.i", "int p(int x) { return x; }\n"),
        ("c.cc", "struct S { S(); ~S(); int x; };\nS::S() : x(1) {}\nS::~S() {}\nS s;\n"),
    ]);
    clear(&world.path("tree/out"));
    clear(&world.path("tree/d.e"));
}

/// Options that ask for a side file, and the file's extension.
fn asking(compiler: Compiler) -> &'static [(&'static str, &'static str)] {
    const ALL: &[(&str, &str)] = &[
        ("-fstack-usage", "su"),
        ("--coverage -frandom-seed=a", "gcno"),
        ("-g -gsplit-dwarf", "dwo"),
        ("-fcallgraph-info=su,da", "ci"),
    ];
    // gcc has the last one since 10.
    if matches!(compiler, Compiler::Gcc | Compiler::ArmGcc) { ALL } else { &ALL[..3] }
}
