//! Side files: what a compiler writes beside the object is there after a hit, or the command is not served.
//!
//! gcc's coverage notes hold a random stamp that the object repeats; with `-frandom-seed` two runs agree and can be
//! compared. Without it a hit returns one run's pair, see [`notes_and_object_stay_a_pair`].

use crate::fixture::{Compiler, World, for_each_compiler, host_program, packer_cc};
use crate::output::{OBSTACLES, clear};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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

/// Compiles, removes every output and hits.
fn comes_back(world: &World, line: &str, made: &str) {
    world.cc(line).same();
    assert!(world.exists(made), "{line}: no {made}");
    world.remove(made);
    clear(&world.path("tree/out"));
    clear(&world.path("tree/d.e"));
    world.cc(line).hit();
    assert!(world.exists(made), "{line}: no {made} after a hit");
}

#[test]
fn each_comes_back_under_every_output_name() {
    for_each_compiler(|world| {
        project(&world);
        let absolute = format!("{}/abs.o", world.path("tree/out").display());
        for (option, extension) in asking(world.compiler()) {
            for (output, stem) in [
                ("", "a"),
                ("-o x.o", "x"),
                ("-o plain", "plain"),
                ("-o out/x.y.o", "out/x.y"),
                ("-o d.e/x.o", "d.e/x"),
                ("-o ./y.o", "y"),
                ("-oout//z.obj", "out/z"),
                ("-o .h.o", ".h"),
                (&format!("-o {absolute}"), "out/abs"),
            ] {
                comes_back(&world, &format!("-c a.c {option} {output}"), &format!("{stem}.{extension}"));
            }
            comes_back(&world, &format!("-c sub/b.x.c {option}"), &format!("b.x.{extension}"));
            comes_back(&world, &format!("-x c -c noext {option}"), &format!("noext.{extension}"));
        }
    });
}

#[test]
fn names_on_which_compilers_differ_are_left_to_them() {
    for_each_compiler(|world| {
        project(&world);
        for (option, _) in asking(world.compiler()) {
            for output in ["d.e/x", "out/.o", ".x", "x."] {
                world.cc(&format!("-c a.c {option} -o {output}")).bypass("ambiguous-name");
            }
        }
    });
}

#[test]
fn two_output_names_of_one_source() {
    for_each_compiler(|world| {
        project(&world);
        for (option, extension) in asking(world.compiler()) {
            world.cc(&format!("-c a.c {option} -o out/one.o")).same();
            world.cc(&format!("-c a.c {option} -o out/two.o")).same();
            world.cc(&format!("-c a.c {option} -o d.e/one.o")).same();
            world.cc(&format!("-c a.c {option} -o a.o")).same();
            for output in ["out/one", "out/two", "d.e/one", "a"] {
                world.cc(&format!("-c a.c {option} -o {output}.o")).hit();
                assert!(world.exists(&format!("{output}.{extension}")));
            }
            // The default name and the same name in so many words.
            world.cc(&format!("-c a.c {option}")).hit();
        }
    });
}

/// An option that one compiler does not know fails there, and is not the point.
fn again_if_it_compiles(world: &World, line: &str) {
    let first = world.cc(line).same();
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
            let first = world.cc(line).same();
            clear(&world.path("tree/out"));
            if first.status.success() {
                world.cc(line).hit();
            }
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
            world.cc(line).same();
            clear(&world.path("tree/out"));
            world.cc(line).hit();
        }
    }
}

/// Where a compiler writes no side file, one from an earlier compile stays as it is, after a hit too.
#[test]
fn what_the_compiler_does_not_write_is_left_alone() {
    for_each_compiler(|world| {
        project(&world);
        let mut absent = 0;
        for (line, side) in [
            ("-c empty.c -fstack-usage -o out/x.o", "out/x.su"),
            ("-c a.c -fstack-usage -flto -frandom-seed=a -o out/x.o", "out/x.su"),
            ("-c empty.c --coverage -frandom-seed=a -o out/x.o", "out/x.gcno"),
            ("-c a.c --coverage -fno-test-coverage -frandom-seed=a -o out/x.o", "out/x.gcno"),
            ("-c a.c -ftest-coverage -fno-test-coverage -frandom-seed=a -o out/x.o", "out/x.gcno"),
            ("-c a.c -g -gsplit-dwarf -g0 -o out/x.o", "out/x.dwo"),
            ("-c a.c -g -gsplit-dwarf -gno-split-dwarf -o out/x.o", "out/x.dwo"),
            ("-c s.S --coverage -fstack-usage -o out/x.o", "out/x.su"),
        ] {
            // Learned over an old file, served over none; learned over none, served over an old file.
            for (before, after) in [(true, false), (false, true)] {
                for there in [before, after] {
                    clear(&world.path("tree/out"));
                    if there {
                        world.file(side, "of an earlier compile");
                    }
                    let run = || world.cc(line).env("LC_ALL", format!("C{before}"));
                    let ran = if there == before { run().miss() } else { run().hit() };
                    assert!(ran.status.success());
                    absent += u32::from(!there && !world.exists(side));
                }
            }
        }
        assert!(absent > 0, "{:?} always writes them", world.compiler());
    });
}

#[test]
fn whatever_stands_in_the_side_files_place() {
    for_each_compiler(|world| {
        project(&world);
        let out = world.path("tree/out");
        for (option, extension) in asking(world.compiler()) {
            let line = format!("-c a.c {option} -MMD -o out/a.o");
            world.cc(&line).same();
            for name in [&format!("a.{extension}"), "a.o"] {
                for (what, put) in OBSTACLES {
                    clear(&out);
                    put(&out.join(name));
                    // clang 14 crashes where it cannot open the side file, and a crash prints addresses.
                    let crashes = ["a link into nowhere", "a link to itself", "a link to a directory", "a directory"];
                    if world.compiler() == Compiler::Clang && name != "a.o" && crashes.contains(what) {
                        continue;
                    }
                    eprintln!("{option}: {name} was {what}");
                    world.cc(&line).same();
                }
            }
            for name in [&format!("a.{extension}"), "a.o"] {
                for mode in [0o600, 0o755, 0o444] {
                    clear(&out);
                    world.file(&format!("out/{name}"), "");
                    fs::set_permissions(out.join(name), fs::Permissions::from_mode(mode)).expect("a mode");
                    eprintln!("{option}: {name} was empty with {mode:o}");
                    world.cc(&line).same();
                }
            }
            clear(&out);
            world.cc(&line).hit();
        }
    });
}

#[test]
fn the_umask_counts_for_side_files() {
    for_each_compiler(|world| {
        project(&world);
        for (option, _) in asking(world.compiler()) {
            for mask in ["077", "022", "000", "027"] {
                clear(&world.path("tree/out"));
                let run = world.cc(&format!("-c a.c {option} -o out/a.o"));
                run.under(&format!("sh -c 'umask {mask}; exec \"$@\"' sh")).same();
            }
        }
    });
}

#[test]
fn a_side_file_that_is_also_something_else() {
    for_each_compiler(|world| {
        project(&world);
        for line in [
            "-c a.c -fstack-usage -o out/x.su",
            "-c a.c --coverage -frandom-seed=a -o out/x.gcno",
            "-c a.c -g -gsplit-dwarf -o out/x.dwo",
            "-c a.c -fstack-usage -MMD -MF out/x.su -o out/x.o",
            "-c a.c -fstack-usage -MMD -MF ./out/x.su -o out/x.o",
            "-c a.c -g -gsplit-dwarf -MMD -MF out/x.dwo -o out/x.o",
            "-c a.c -g -gsplit-dwarf -MMD -MF ./out/x.dwo -o out/x.o",
            "-c a.c -fstack-usage -o missing/x.o",
            "-c a.c -g -gsplit-dwarf -o missing/x.o",
        ] {
            for _ in 0..3 {
                clear(&world.path("tree/out"));
                world.cc(line).same();
            }
        }
    });
}

/// Coverage and debug data name the working directory: another one never gets the first one's.
#[test]
fn another_directory_gets_its_own() {
    for_each_compiler(|world| {
        project(&world);
        for place in ["one", "two"] {
            world.file(&format!("{place}/a.c"), SOURCE);
            // Its own root: only what is free of the place may travel between the two.
            world.file(&format!("{place}/.packer-cc.toml"), "");
        }
        for (option, extension) in asking(world.compiler()) {
            let line = format!("-c a.c {option} -o x.o");
            for place in ["one", "two", "one", "two"] {
                world.cc(&line).cwd(place).env("PACKER_CC_PATHS", "exact").same();
                assert!(world.exists(&format!("{place}/x.{extension}")));
            }
            for place in ["one", "two"] {
                world.cc(&line).cwd(place).env("PACKER_CC_PATHS", "exact").hit();
            }
        }
    });
}

#[test]
fn what_holds_no_place_travels() {
    for_each_compiler(|world| {
        for place in ["one", "two"] {
            world.file(&format!("{place}/a.c"), SOURCE).file(&format!("{place}/.packer-cc.toml"), "");
        }
        world.cc("-c a.c -fstack-usage -o x.o").cwd("one").miss();
        world.cc("-c a.c -fstack-usage -o x.o").cwd("two").hit();
        world.cc("-c a.c -fstack-usage -o y.o").cwd("two").hit();
        assert!(world.exists("two/y.su"));
    });
}

#[test]
fn edits_reach_the_side_files() {
    for_each_compiler(|world| {
        project(&world);
        world.files(&[
            ("h.h", "#define N 16\n"),
            ("e.c", "#include \"h.h\"\nvoid g(char *);\nvoid f(void) { char b[N]; g(b); }\n"),
        ]);
        for (option, _) in asking(world.compiler()) {
            let line = format!("-c e.c {option} -o out/e.o");
            world.cc(&line).miss();
            world.file("h.h", "#define N 64\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.file("h.h", "#define N 16\n");
            world.cc(&line).hit();
        }
    });
}

/// gcc has `objcopy` from `PATH` split the object: another one is another toolchain.
#[test]
fn the_source_asked_about_first_is_no_part_of_the_compiler() {
    for_each_compiler(|world| {
        world.files(&[("a.c", SOURCE), ("src/b.c.c", SOURCE)]);
        world.files(&[("s.S", "#define N nop\n.text\nq: N\n"), ("src/t.S", ".text\nq: nop\n")]);
        let rests = ["a.c -o a.o", "src/b.c.c -o b.o", "-x c a.c -o x.o", "s.S -o s.o", "src/t.S -o t.o"];
        // Old assemblers write the name of a temporary file.
        let rests = if world.compiler() == Compiler::AvrGcc { &rests[..3] } else { &rests };
        let lines: Vec<_> = rests.iter().map(|rest| format!("-g -gsplit-dwarf -c {rest}")).collect();
        for line in &lines {
            world.cc(line).miss();
        }
        // Another machine with the same store, or this one after a loss, may begin with any of them.
        for nth in 0..lines.len() {
            fs::remove_dir_all(world.cache().join("state")).expect("the state");
            for line in lines.iter().cycle().skip(nth).take(lines.len()) {
                world.cc(line).hit();
            }
        }
    });
}

#[test]
fn the_program_that_splits_is_part_of_the_compiler() {
    let world = World::new();
    project(&world);
    let objcopy = host_program("objcopy", "binutils");
    let plant = |more: &str| {
        let place = world.path("bin/objcopy");
        fs::write(&place, format!("#!/bin/sh\nexec {} {more} \"$@\"\n", objcopy.display())).expect("a script");
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).expect("a mode");
    };
    let line = "-c a.c -g -gsplit-dwarf -o out/x.o";
    world.cc(line).miss();
    world.cc(line).hit();
    plant("-R .comment");
    world.cc(line).compiled();
    world.cc(line).hit();
    plant("-R .note.GNU-stack");
    world.cc(line).compiled();
    world.cc(line).hit();
    fs::remove_file(world.path("bin/objcopy")).expect("the script");
    world.cc(line).hit();
    // It does not concern others.
    plant("-R .comment");
    world.cc("-c a.c -g -o out/y.o").miss();
    fs::remove_file(world.path("bin/objcopy")).expect("the script");
    world.cc("-c a.c -g -o out/y.o").hit();
}

fn run_plain(world: &World, program: &Path, args: &[&str]) -> String {
    let ran = world.shell(program, args);
    assert!(ran.status.success(), "{} {args:?}: {}", program.display(), ran.stderr_text());
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

/// Without `-frandom-seed` no two runs of gcc agree. The hit gives back one run's object and notes, which belong
/// together: the program's data file is read with these notes.
#[test]
fn notes_and_object_stay_a_pair() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.file("m.c", "int main(int n, char **v) { (void)v; return n > 1 ? 1 : 0; }\n");
        let compile = ["--coverage", "-c", "m.c", "-o", "m.o"];
        let ours: Vec<&str> = [compiler.c()].into_iter().chain(compile).collect();
        run_plain(&world, &packer_cc(), &ours);
        let first = (world.read("m.o"), world.read("m.gcno"));
        world.remove("m.o").remove("m.gcno");
        run_plain(&world, &packer_cc(), &ours);
        assert_eq!(world.journal().last().expect("a record")["outcome"], "hit");
        assert_eq!((world.read("m.o"), world.read("m.gcno")), first);
        // clang's runtime is another package; gcov reads gcc's files.
        if compiler == Compiler::Gcc {
            run_plain(&world, &world.path("bin/gcc"), &["--coverage", "m.o", "-o", "m"]);
            run_plain(&world, &world.path("tree/m"), &[]);
            assert!(world.exists("m.gcda"));
            let said = run_plain(&world, &host_program("gcov", "gcc"), &["m.c"]);
            assert!(said.contains("Lines executed:100.00% of 1"), "{said}");
        }
    }
}

/// Options that write a file whose name or content is not known, or that print what differs in every run, by name.
#[test]
fn other_writers_are_not_served() {
    for_each_compiler(|world| {
        project(&world);
        for option in [
            "-fsave-optimization-record",
            "-fsave-optimization-record=yaml",
            "-foptimization-record-file=out/x.yaml",
            "-foptimization-record-passes=inline",
            "--serialize-diagnostics out/x.dia",
            "-serialize-diagnostics out/x.dia",
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
        world.command(line).same();
        world.command(line).hit();
    }
}
