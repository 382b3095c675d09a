//! Colours: the terminal decides, and one entry serves terminal and pipe.

use crate::fixture::{Compiler, Run, World, host_program, packer_cc};
use std::ffi::OsString;

fn project(world: &World) {
    world
        .file("a.c", "#include \"a.h\"\nint f(int x) { int unused; if (x = 1) return 0; return A; }\n")
        .file("a.h", "#define A 1\n");
}

/// The command under a pseudo-terminal of the kind `xterm`. To other kinds gcc writes links to its manual, which packer-cc
/// leaves out (`src/colour.rs`).
fn on_terminal<'w>(world: &'w World, line: &str) -> Run<'w> {
    let script = host_program("script", "util-linux (bsdutils)");
    let argv = |command: String| -> Vec<OsString> {
        vec![script.clone().into(), "-qec".into(), command.into(), "/dev/null".into()]
    };
    let bare = format!("{} {line}", world.compiler().c());
    let ours = format!("{} {bare}", shlex::try_quote(&packer_cc().to_string_lossy()).expect("a quotable path"));
    world.compare(argv(bare), argv(ours)).env("TERM", "xterm")
}

fn coloured(text: &[u8]) -> bool {
    text.windows(2).any(|pair| pair == b"\x1b[")
}

#[test]
fn one_entry_serves_terminal_and_pipe() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        for terminal_first in [true, false] {
            let world = World::with(compiler);
            project(&world);
            if terminal_first {
                assert!(coloured(&on_terminal(&world, "-Wall -c a.c").miss().stdout));
            } else {
                assert!(!coloured(&world.cc("-Wall -c a.c").miss().stderr));
            }
            for _ in 0..2 {
                assert!(coloured(&on_terminal(&world, "-Wall -c a.c").hit().stdout));
                assert!(!coloured(&world.cc("-Wall -c a.c").env("TERM", "xterm-256color").hit().stderr));
            }
        }
    }
}

#[test]
fn what_the_user_says_wins() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let world = World::with(compiler);
        project(&world);
        for option in [
            "-fdiagnostics-color=always",
            "-fdiagnostics-color=never",
            "-fdiagnostics-color=auto",
            "-fdiagnostics-color",
            "-fno-diagnostics-color",
        ] {
            let line = format!("{option} -Wall -c a.c");
            world.cc(&line).kept();
            world.cc(&line).hit();
            on_terminal(&world, &line).hit();
            on_terminal(&world, &line).hit();
            world.cc(&line).hit();
        }
    }
}

#[test]
fn variables_about_colours() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        project(&world);
        for (name, value) in [
            ("GCC_COLORS", ""),
            ("GCC_COLORS", "warning=01;36"),
            ("TERM", "dumb"),
            ("NO_COLOR", "1"),
            ("CLICOLOR_FORCE", "1"),
            ("GCC_URLS", "no"),
        ] {
            for _ in 0..2 {
                world.cc("-Wall -c a.c").env(name, value).kept();
                on_terminal(&world, "-Wall -c a.c").env(name, value).hit();
            }
        }
    }
}

#[test]
fn errors_are_coloured_too() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.file("a.c", "int f(void) { return missing; }\n");
        on_terminal(&world, "-c a.c").fails();
        on_terminal(&world, "-c absent.c").bypass("input-unreadable");
        world.cc("-c a.c").fails();
    }
}

#[test]
fn without_warnings_nothing_differs() {
    let world = World::new();
    world.file("a.c", "int a;\n");
    world.cc("-c a.c").miss();
    on_terminal(&world, "-c a.c").hit();
}

/// gcc's analyzer lays labels out by their bytes, those of colours included.
#[test]
fn an_analyzer_that_counts_colours() {
    let world = World::new();
    world.file("n.c", "#include <stdlib.h>\nint n(char *p) { free(p); return *p; }\n");
    let line = "-Wall -fanalyzer -c n.c -o n.o";
    world.cc(line).miss();
    world.cc(line).hit();
    on_terminal(&world, line).miss();
    on_terminal(&world, line).hit();
    world.cc(line).hit();
}
