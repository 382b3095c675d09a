//! `--serialize-diagnostics FILE` of clang: a side file that is called as the option's value says.

use crate::fixture::{Compiler, World};
use crate::output::{OBSTACLES, clear, is_free};

const SOURCE: &str = "#include \"a.h\"\nint a(void) { int unused; return 1; }\n";
const ASKED: &str = "-Wall -c a.c -o out/a.o --serialize-diagnostics";

fn world() -> World {
    let world = World::with(Compiler::Clang);
    world.files(&[
        ("a.c", SOURCE),
        ("a.h", "static int unused_too;\n"),
        ("s.S", "#define N nop\nq: N\n"),
        ("s.s", "q: nop\n"),
        ("bad.c", "int\n"),
    ]);
    clear(&world.path("tree/out"));
    world
}

#[test]
fn it_comes_back_under_any_name() {
    let world = world();
    let absolute = world.path("tree/out/abs.dia").display().to_string();
    world.cc(&format!("{ASKED} out/a.dia")).miss();
    for name in ["out/a.dia", "out/b.dia", "c.dia", "out/no-extension", &absolute] {
        clear(&world.path("tree/out"));
        world.cc(&format!("{ASKED} {name}")).hit();
        // Over the one that is there now.
        world.cc(&format!("{ASKED} {name}")).hit();
    }
    for line in ["-S a.c -o out/a.s", "-c a.c -w -o out/a.o", "-g -c a.c -o out/a.o"] {
        world.cc(&format!("{line} --serialize-diagnostics out/l.dia")).miss();
        clear(&world.path("tree/out"));
        world.cc(&format!("{line} --serialize-diagnostics out/l.dia")).hit();
    }
}

/// A result without the file serves no command that asks for it.
#[test]
fn that_it_is_asked_for_counts() {
    let world = world();
    world.cc("-Wall -c a.c -o out/a.o").miss();
    world.cc(&format!("{ASKED} out/a.dia")).miss();
    world.cc("-Wall -c a.c -o out/a.o").hit();
    // The last one counts, and both spellings.
    world.cc(&format!("{ASKED} out/b.dia --serialize-diagnostics out/a.dia")).miss();
    world.cc(&format!("{ASKED} out/c.dia --serialize-diagnostics out/d.dia")).hit();
    world.cc("-Wall -c a.c -o out/a.o -serialize-diagnostics out/e.dia").miss();
    world.file("a.h", "\nstatic int unused_too;\n");
    world.cc(&format!("{ASKED} out/a.dia")).does("miss: file-changed");
    world.cc(&format!("{ASKED} out/a.dia")).hit();
}

#[test]
fn what_is_no_file_of_its_own_is_left_to_the_compiler() {
    let world = world();
    for line in ["-c s.S", "-c s.s", "-c a.c -fno-integrated-as"] {
        world.cc(&format!("{line} -o out/s.o --serialize-diagnostics out/s.dia")).bypass("unserved-option");
    }
    world.cc(&format!("{ASKED} -")).bypass("output-is-stream");
    world.cc(&format!("{ASKED} out/a.o")).bypass("destination");
    world.cc(&format!("{ASKED} a.c")).bypass("destination");
    world.file("a.c", SOURCE);
    world.cc(ASKED).bypass("dangling-option");
    world.cc("-c bad.c --serialize-diagnostics out/bad.dia").fails();
    world.cc(&format!("{ASKED} nowhere/a.dia")).does("miss: output-missing");
    let line = format!("{ASKED} out/a.dia");
    world.cc(&line).miss();
    for (what, put) in OBSTACLES {
        clear(&world.path("tree/out"));
        let place = world.path("tree/out/a.dia");
        put(&place);
        eprintln!("it was {what}");
        let is_free = is_free(&place);
        world.cc(&line).does(if is_free { "hit" } else { "bypass: destination" });
    }
}

/// The file names the texts as the command spells them.
#[test]
fn a_place_that_is_named_in_it_does_not_travel() {
    let world = world();
    for place in ["one", "two"] {
        world.file(&format!("{place}/a.c"), SOURCE).file(&format!("{place}/a.h"), "static int unused_too;\n");
        world.file(&format!("{place}/.packer-cc.toml"), "");
    }
    let line = |place: &str, source: &str| {
        let dir = world.path("tree").join(place).display().to_string();
        let source = if source.is_empty() { "a.c".to_owned() } else { format!("{dir}/{source}") };
        format!("-Wall -c {source} -o a.o --serialize-diagnostics a.dia")
    };
    world.cc(&line("one", "")).cwd("one").miss();
    world.cc(&line("two", "")).cwd("two").hit();
    for paths in ["exact", "relative"] {
        let run = |place| world.cc(&line(place, "a.c")).cwd(place).env("PACKER_CC_PATHS", paths);
        run("one").kept();
        run("one").hit();
        // The file names `one`.
        run("two").kept();
        run("two").hit();
        run("one").hit();
    }
}

#[test]
fn gcc_does_not_know_it() {
    let world = World::new();
    world.file("a.c", "int a;\n");
    world.cc("-c a.c -o a.o --serialize-diagnostics a.dia").fails();
}
