//! Headers of the toolchain's own.

use super::*;

/// Computed assembly and `#pragma GCC target` of `sys/own.h`, which is the toolchain's, do not count.
#[test]
fn what_the_toolchains_headers_say_is_trusted() {
    const COUNT: WordSet = WordSet::ASM_COMPUTED.union(WordSet::TARGET);
    let text = "#pragma GCC target(\"avx2\")\nasm(READ(\"x\"));\n";
    let words = |header: &str| {
        let source = format!("#include <{header}>\n");
        let path = format!("sys/{header}");
        let mut case = Case::new(&[("a.c", &source), (&path, text)]).listed(&[&path]);
        case.own_dirs = vec![b"sys/own".to_vec()];
        case.find().expect("a read set").words & COUNT
    };
    assert_eq!(words("other.h"), COUNT);
    assert_eq!(words("own.h"), WordSet::NONE);
}

/// gcc names `sys/x.h` by a shorter path in the depfile, and nobody turns a link to it.
#[test]
fn a_header_of_the_toolchains_counts_under_the_name_that_the_depfile_gives() {
    let files = |builtin: bool| {
        let mut case = Case::new(&[("a.c", "#include <x.h>\n"), ("s/x.h", "")]).search(&["sys"]).listed(&["s/x.h"]);
        case.tree.link("sys/x.h", "s/x.h");
        case.path.dirs[0].builtin = builtin;
        case.files()
    };
    assert_eq!(files(true), ["s/x.h"]);
    assert_eq!(files(false), ["s/x.h", "sys/x.h"], "a link of the user's may lead elsewhere");
}
