//! Headers that are equal to the source.

use crate::fixture::Compiler;
use crate::fixture::cases::Act::{Link, Touch};
use crate::fixture::cases::{case, run};

/// A header may be equal to the source.
#[test]
fn a_twin_of_the_source() {
    const ITSELF: &str =
        "#pragma once\n#ifndef N\n#define N 1\n#include \"copy/a.c\"\nint one;\n#else\nint two;\n#endif\n";
    const NAMES: &str = "#ifndef N\n#define N f\n#include \"copy/a.c\"\n#undef N\n#define N g\n#endif\nint N(int x){int unused; return x;}\n";
    run(&[case("by age", &[("a.c", ITSELF), ("copy/a.c", ITSELF)], "-w -c a.c")
        .only(&[Compiler::Gcc, Compiler::AvrGcc])
        .matters(&[Touch("copy/a.c")])]);
    run(&[case("by inode", &[("a.c", NAMES), ("copy/a.c", NAMES)], "-Wall -c a.c")
        .only(&[Compiler::Clang])
        .matters(&[Link("copy/a.c", "../a.c")])]);
}
