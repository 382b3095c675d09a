//! What a warm hit does to the machine: it starts no process and opens no unchanged header. Counted by strace.
//!
//! The real compilers and their own headers are used here, not the shim and headers of the world: memos are trusted only for
//! files that have been there for a while, and nothing here waits.

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
fn a_miss_runs_the_compiler_once_and_no_preprocessor() {
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
