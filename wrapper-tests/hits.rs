//! What a warm hit does to the machine: it starts no process and opens no unchanged header. Counted by strace.
//!
//! The real compilers and their own headers are used here, not the shim and headers of the world: memos are trusted
//! only for files that have been there for a while, and nothing here waits.

use crate::fixture::{Compiler, World, host_program, packer_cc};
use std::fs;

/// The system calls of one run of packer-cc with these arguments.
fn traced(world: &World, compiler: &str, line: &str) -> Vec<String> {
    let trace = world.path("trace");
    let mut command = world.bare_command(host_program("strace", "strace").as_os_str());
    command
        .args([
            "-f",
            "-qq",
            "-s",
            "4096",
            "-e",
            "trace=execve,execveat,fork,vfork,clone,clone3,open,openat,openat2",
            "-o",
        ])
        .arg(&trace)
        .arg(packer_cc())
        .arg(host_program(compiler, compiler))
        .args(crate::fixture::words(line));
    let ran = crate::fixture::Ran::of(command, &[]);
    assert!(ran.status.success(), "strace: {}\n{}", ran.status, ran.stderr_text());
    fs::read_to_string(&trace).expect("a trace").lines().map(str::to_owned).collect()
}

fn count(calls: &[String], what: impl Fn(&str) -> bool) -> usize {
    calls.iter().filter(|call| what(call)).count()
}

#[test]
fn a_warm_hit_starts_nothing_and_opens_no_header() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("a.c", "#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\nuint8_t a;\n");
        for line in ["-c a.c", "-MMD -Os -c a.c -o a.o", "-g -MD -c a.c -o a.o"] {
            let cold = traced(&world, compiler.c(), line);
            assert!(count(&cold, |call| call.contains("execve(")) > 1, "the first one compiles");
            assert!(count(&cold, |call| call.contains("/stdint.h\"")) > 0, "the trace shows headers");
            // The second may still have to write memos for what was too young; the third has nothing left to do.
            traced(&world, compiler.c(), line);
            let warm = traced(&world, compiler.c(), line);
            let listing = warm.join("\n");
            let starts = count(&warm, |call| call.contains("execve(") || call.contains("execveat("));
            let forks = count(&warm, |call| ["fork(", "clone(", "clone3("].iter().any(|name| call.contains(name)));
            let headers = count(&warm, |call| call.contains(".h\""));
            assert_eq!((starts, forks, headers), (1, 0, 0), "{} {line}:\n{listing}", compiler.c());
            let members = count(&warm, |call| call.contains("/cc1") || call.contains("libLLVM"));
            assert_eq!(members, 0, "the toolchain is not read again:\n{listing}");
        }
    }
}

#[test]
fn a_miss_without_doubt_runs_the_compiler_once_and_no_preprocessor() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("a.c", "#include <stdint.h>\nuint8_t a;\n").file("b.c", "#include <stdint.h>\nuint8_t b;\n");
        // The first compile asks the compiler who it is; from the second on, one run is all.
        world.cc("-MMD -c a.c").miss();
        let calls = traced(&world, compiler.c(), "-MMD -c b.c");
        drop(calls);
        world.file("b.c", "#include <stdint.h>\nuint8_t c;\n");
        let calls = traced(&world, compiler.c(), "-MMD -c b.c");
        let preprocessors =
            count(&calls, |call| call.contains("execve(") && (call.contains("\"-E\"") || call.contains("/cpp\"")));
        let compilers =
            count(&calls, |call| call.contains("/cc1\"") && call.contains("execve(") && call.ends_with("= 0"));
        assert_eq!(preprocessors, 0, "{}", calls.join("\n"));
        assert!(compilers <= 1, "{}", calls.join("\n"));
    }
}

/// There are a thousand headers, and a hundred of them have an include that waits for a name. packer-cc reads each
/// text once, whether it asks the preprocessor or not.
#[test]
fn a_miss_reads_each_text_once() {
    const HEADERS: usize = 1000;
    /// So many headers include each other in a row.
    const CHAIN: usize = 100;
    let world = World::new();
    for nth in 0..HEADERS {
        let waits = if nth % 10 == 0 {
            format!("#ifdef WAITS_FOR_{nth}\n#include NAMED(WAITS_FOR_{nth})\n#endif\n")
        } else {
            String::new()
        };
        let next = nth + 1;
        let follow = if next % CHAIN == 0 { String::new() } else { format!("#include \"h{next}.h\"\n") };
        let text = format!("#pragma once\n#define BUILT_{nth}_AT __DATE__\n{waits}{follow}");
        world.file(&format!("inc/h{nth}.h"), text);
    }
    let all: String = (0..HEADERS / CHAIN).map(|nth| format!("#include <h{}.h>\n", nth * CHAIN)).collect();
    let named = "#define NAMED(x) <x>\n#include NAMED(h0.h)\n";
    for (text, questions) in [(all.clone(), 0), (format!("{named}{all}"), 1)] {
        world.file("a.c", &text);
        let calls = traced(&world, "gcc", "-c a.c -I inc");
        let asked = count(&calls, |call| call.contains("execve(") && call.contains("\"-dI\""));
        // One question starts two programs: the driver, and the preprocessor behind it.
        assert_eq!(asked > 0, questions > 0, "{text}: {asked}");
        let ours = calls[0].split_whitespace().next().expect("a process").to_owned();
        let opened: Vec<&str> =
            calls.iter().filter(|call| call.starts_with(&ours)).filter_map(|call| call.split('"').nth(1)).collect();
        for nth in 0..HEADERS {
            let name = format!("/inc/h{nth}.h");
            let times = opened.iter().filter(|path| path.ends_with(&name)).count();
            // Once for its facts, and once more to see whether a macro that is a date is expanded.
            assert!((1..=2).contains(&times), "{name} was opened {times} times");
        }
        traced(&world, "gcc", "-c a.c -I inc");
        let hit = traced(&world, "gcc", "-c a.c -I inc");
        assert_eq!(count(&hit, |call| call.contains("execve(")), 1, "a hit asks nobody");
    }
}
