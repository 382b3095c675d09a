//! Every spelling of the options that ask for a side file.

use super::project;
use crate::fixture::{Compiler, World, for_each_compiler, host_program};
use crate::output::clear;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A compile that is kept. An option that one compiler does not know fails there.
fn again_if_it_compiles(world: &World, line: &str) {
    let compiles_here = "which options there are depends on the compiler";
    if line.contains("-gsplit-dwarf=") && world.compiler() != Compiler::Clang {
        // gcc does not even answer which programs it would start.
        world.cc(line).bypass("compiler-unknown");
        return;
    }
    let first = world.cc(line).does_one_of(&["miss: new key", "hit", "failed: compiler-failed"], compiles_here);
    clear(&world.path("tree/out"));
    if first.status.success() {
        world.cc(line).hit();
    }
}

#[test]
fn the_spellings_of_coverage() {
    for_each_compiler(|world| {
        project(&world);
        for options in [
            "--coverage",
            "-coverage",
            "-ftest-coverage -fprofile-arcs",
            "-fprofile-arcs -ftest-coverage -O2",
            "-fprofile-arcs",
            "-ftest-coverage",
            "--coverage -fno-test-coverage",
            "--coverage -fprofile-abs-path",
            "--coverage -fprofile-update=single",
            "--coverage -fprofile-update=atomic",
            "--coverage -fprofile-exclude-files=.*h",
            "--coverage -fprofile-filter-files=a.c",
            "--coverage -fprofile-prefix-map=/x=/y",
            "--coverage -fcoverage-prefix-map=/x=/y",
            "--coverage -ffile-prefix-map=/x=/y",
            "--coverage -flto",
            "--coverage -g",
            "-fprofile-generate",
            "-fprofile-instr-generate -fcoverage-mapping",
            "-fprofile-instr-generate=%p.profraw",
            "-fcs-profile-generate",
        ] {
            let line = format!("-c a.c {options} -frandom-seed=a -o out/x.o");
            again_if_it_compiles(&world, &line);
        }
        for options in ["--coverage", "-ftest-coverage", "-fprofile-arcs"] {
            for source in ["-c empty.c", "-S a.c -o out/x.s", "-c p.i -o out/x.o", "-c s.S -o out/x.o"] {
                again_if_it_compiles(&world, &format!("{source} {options} -frandom-seed=a"));
            }
        }
        for options in ["-fprofile-note=n.gcno", "-fprofile-dir=/p", "-fprofile-generate=d", "-fprofile-use=d"] {
            world.cc(&format!("-c a.c --coverage -frandom-seed=a {options} -o out/x.o")).bypass("unserved-option");
        }
    });
}

#[test]
fn the_spellings_of_split_debug_data() {
    for_each_compiler(|world| {
        project(&world);
        for options in [
            "-gsplit-dwarf",
            "-g -gsplit-dwarf",
            "-gsplit-dwarf -g",
            "-g0 -gsplit-dwarf",
            "-gsplit-dwarf -g0",
            "-g1 -gsplit-dwarf",
            "-ggdb3 -gsplit-dwarf",
            "-gdwarf-4 -gsplit-dwarf",
            "-gline-tables-only -gsplit-dwarf",
            "-g -gno-split-dwarf",
            "-g -gsplit-dwarf -gno-split-dwarf",
            "-g -gno-split-dwarf -gsplit-dwarf",
            "-g -gsplit-dwarf=split",
            "-g -gsplit-dwarf=single",
            "-g -gsplit-dwarf -gsplit-dwarf=single",
            "-g -gsplit-dwarf=single -gsplit-dwarf",
            "-g -gsplit-dwarf -fsplit-dwarf-inlining",
            "-g -gsplit-dwarf -gz",
            "-g -gsplit-dwarf -flto -frandom-seed=a",
            "-g -gsplit-dwarf -flto -ffat-lto-objects -frandom-seed=a",
            "-g -gsplit-dwarf --coverage -fstack-usage -frandom-seed=a",
            "-g -gsplit-dwarf -MMD",
            "-g -gsplit-dwarf -MD -MF out/x.dep -MT x -MP",
            "-g -gsplit-dwarf -Wp,-MMD,out/x.dep",
            "-g -gsplit-dwarf -fdebug-prefix-map=/x=/y",
            "-g -gsplit-dwarf -O2 -Wall -ffunction-sections",
        ] {
            again_if_it_compiles(&world, &format!("-c a.c {options} -o out/x.o"));
        }
        for source in ["empty.c", "p.i", "s.S -o out/s.o", "t.s", "-x c++ c.cc -o out/c.o"] {
            again_if_it_compiles(&world, &format!("-c {source} -gsplit-dwarf -g0"));
            // avr-gcc's debug data names the temporary file between preprocessor and assembler, at random.
            if !(world.compiler() == Compiler::AvrGcc && source.contains(".S")) {
                again_if_it_compiles(&world, &format!("-c {source} -g -gsplit-dwarf"));
            }
        }
        world.cc("-S a.c -g -gsplit-dwarf -o out/x.s").bypass("unserved-option");
        world.cc("-c a.c -g -gsplit-dwarf=other -o out/x.o").bypass("unknown-option");
        world.cc("-c a.c -g -gsplit-dwarf -fno-integrated-as -o out/x.o").bypass("unserved-option");
        world.cc("-c a.c -g -gsplit-dwarf -fdebug-compilation-dir=out/").bypass("unserved-option");
        world.cc("-c a.c -g -gsplit-dwarf -o out/x.dwo").bypass("destination");
    });
}

#[test]
fn the_spellings_of_stack_usage() {
    for_each_compiler(|world| {
        project(&world);
        for line in [
            "-c a.c -fstack-usage",
            "-c a.c -fstack-usage -O2 -o out/x.o",
            "-S a.c -fstack-usage -o out/x.s",
            "-S a.c -fstack-usage",
            "-c empty.c -fstack-usage -o out/x.o",
            "-c p.i -fstack-usage",
            "-c s.S -fstack-usage",
            "-c t.s -fstack-usage",
            "-c a.c -fstack-usage -flto -frandom-seed=a -o out/x.o",
            "-c a.c -fstack-usage -flto -ffat-lto-objects -frandom-seed=a -o out/x.o",
            "-c c.cc -fstack-usage -o out/c.o",
            "-c a.c -fstack-usage -MMD -MP -o out/x.o",
            "-c a.c -fstack-usage -fno-stack-usage -o out/x.o",
        ] {
            again_if_it_compiles(&world, line);
        }
    });
}

#[test]
fn call_graphs() {
    for compiler in [Compiler::Gcc, Compiler::ArmGcc] {
        let world = World::with(compiler);
        project(&world);
        for line in [
            "-c a.c -fcallgraph-info",
            "-c a.c -fcallgraph-info=su -o out/x.o",
            "-c a.c -fcallgraph-info=da -fstack-usage -o out/x.o",
            "-c a.c -fcallgraph-info=su,da -o out/x.y",
            "-S a.c -fcallgraph-info",
            "-c empty.c -fcallgraph-info -o out/x.o",
            "-c a.c -fcallgraph-info -flto -frandom-seed=a -o out/x.o",
            "-c s.S -fcallgraph-info",
        ] {
            world.cc(line).miss();
            clear(&world.path("tree/out"));
            world.cc(line).hit();
        }
    }
}

/// An option that writes a file whose name or content is not known, or that prints what differs in every run, is a bypass
/// that names it.
#[test]
fn other_writers_are_not_served() {
    for_each_compiler(|world| {
        project(&world);
        for option in [
            "-fsave-optimization-record",
            "-fsave-optimization-record=yaml",
            "-foptimization-record-file=out/x.yaml",
            "-foptimization-record-passes=inline",
            "-Wa,-adhln=out/x.lst",
            "-Wa,-a",
            "-Wa,-alh=out/x.lst,-L",
            "-Xassembler -adhln=out/x.lst",
            "-ftime-trace",
            "-ftime-trace=out/x.json",
            "-ftime-report",
            "-fmem-report",
            "-fstats",
            "-fprofile-report",
            "-Q",
            "-fdump-tree-all",
            "-fdump-rtl-expand",
            "-fdump-ipa-cgraph",
            "-fdump-passes",
            "-fdump-record-layouts",
            "-fopt-info",
            "-fopt-info-vec=out/x.txt",
            "-fopt-info-vec-missed",
            "-aux-info out/x.proto",
            "-MJ out/x.json",
            "-save-temps",
            "-save-temps=obj",
            "-save-stats",
            "-da",
            "-fdiagnostics-format=json",
            "-fdiagnostics-format=sarif-file",
            "-fprofile-note=out/n.gcno",
            "-fprofile-dir=out",
            "-frecord-gcc-switches",
            "-fproc-stat-report=out/x.csv",
            "-gen-cdb-fragment-path out",
        ] {
            world.passes_by_name(&format!("-c a.c -O2 {option} -o out/x.o"), option);
        }
    });
}

/// Sanitizer coverage instruments and writes nothing when compiling.
#[test]
fn sanitizer_coverage_writes_no_file() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        project(&world);
        for option in ["-fsanitize-coverage=trace-pc", "-fsanitize-coverage=trace-pc,trace-cmp"] {
            let line = format!("-c a.c {option} -o out/x.o");
            world.cc(&line).miss();
            world.cc(&line).hit();
        }
    }
}

/// A wrapper script or a specs file that adds an option which writes or reads a file: the command line does not show
/// it, so such a compiler is left alone.
#[test]
fn what_a_wrapper_script_adds() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        project(&world);
        let real = host_program(compiler.c(), compiler.c());
        let wrapper = |options: &str| {
            world.file("cc", format!("#!/bin/sh\nexec {} {options} \"$@\"\n", real.display()));
            fs::set_permissions(world.path("tree/cc"), fs::Permissions::from_mode(0o755)).expect("a mode");
        };
        let line = "./cc -c a.c -o out/x.o";
        for options in ["-fstack-usage", "--coverage -frandom-seed=a", "-g -gsplit-dwarf", "-MMD", "-include h.h"] {
            world.file("h.h", "int h;\n");
            wrapper(options);
            for _ in 0..2 {
                world.command(line).bypass("compiler-unknown");
                clear(&world.path("tree/out"));
            }
        }
        if compiler == Compiler::Gcc {
            for options in
                ["-fdump-tree-optimized=out/dump", "-Wa,-aln=out/x.lst", "-fcallgraph-info", "-aux-info out/p"]
            {
                wrapper(options);
                // A listing names the temporary file.
                world.command(&format!("{line} -pipe")).bypass("compiler-unknown");
                clear(&world.path("tree/out"));
            }
            world.file("my.specs", "*cc1_options:\n+ -fstack-usage\n");
            world.cc("-c a.c -specs=my.specs -o out/x.o").bypass("compiler-unknown");
            clear(&world.path("tree/out"));
        }
        wrapper("-O2 -DX=1 -march=native");
        world.command(line).miss();
        world.command(line).hit();
    }
}
