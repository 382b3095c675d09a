//! Which side files come back, under which name, and over what stands there.

use super::{asking, project};
use crate::fixture::{Compiler, World, for_each_compiler};
use crate::output::{OBSTACLES, clear, is_free};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Compiles, removes every output and hits.
fn comes_back(world: &World, line: &str, made: &str) {
    world.cc(line).kept();
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
            world.cc(&format!("-c a.c {option} -o out/one.o")).miss();
            world.cc(&format!("-c a.c {option} -o out/two.o")).kept();
            world.cc(&format!("-c a.c {option} -o d.e/one.o")).kept();
            world.cc(&format!("-c a.c {option} -o a.o")).kept();
            for output in ["out/one", "out/two", "d.e/one", "a"] {
                world.cc(&format!("-c a.c {option} -o {output}.o")).hit();
                assert!(world.exists(&format!("{output}.{extension}")));
            }
            // The default name and the same name in so many words.
            world.cc(&format!("-c a.c {option}")).hit();
        }
    });
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
            // The first compile finds an old file and the hit none, and the other way round.
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
            world.cc(&line).miss();
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
                    let is_free = is_free(&out.join(name));
                    world.cc(&line).does(if is_free { "hit" } else { "bypass: destination" });
                }
            }
            for name in [&format!("a.{extension}"), "a.o"] {
                for mode in [0o600, 0o755, 0o444] {
                    clear(&out);
                    world.file(&format!("out/{name}"), "");
                    fs::set_permissions(out.join(name), fs::Permissions::from_mode(mode)).expect("a mode");
                    eprintln!("{option}: {name} was empty with {mode:o}");
                    // `objcopy`, by which gcc splits an object, writes into an empty file in its own way.
                    let is_split_by_gcc = *extension == "dwo" && world.compiler() != Compiler::Clang;
                    world.cc(&line).does(if is_split_by_gcc { "bypass: destination" } else { "hit" });
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
                run.under(&format!("sh -c 'umask {mask}; exec \"$@\"' sh")).kept();
            }
        }
    });
}

#[test]
fn a_side_file_that_is_also_something_else() {
    const LEFT: [&str; 3] = ["bypass: destination"; 3];
    const KEPT: [&str; 3] = ["miss: new key", "hit", "hit"];
    for_each_compiler(|world| {
        project(&world);
        // Under another spelling packer-cc does not see that the two are one file, and the compiler's order decides
        // what stands there. Behind gcc `objcopy` writes last, so no depfile is left.
        let dwo_as_depfile = match world.compiler() {
            Compiler::Clang => KEPT,
            _ => ["miss: depfile-unreadable"; 3],
        };
        for (line, expected) in [
            ("-c a.c -fstack-usage -o out/x.su", LEFT),
            ("-c a.c --coverage -frandom-seed=a -o out/x.gcno", LEFT),
            ("-c a.c -g -gsplit-dwarf -o out/x.dwo", LEFT),
            ("-c a.c -fstack-usage -MMD -MF out/x.su -o out/x.o", LEFT),
            ("-c a.c -fstack-usage -MMD -MF ./out/x.su -o out/x.o", KEPT),
            ("-c a.c -g -gsplit-dwarf -MMD -MF out/x.dwo -o out/x.o", LEFT),
            ("-c a.c -g -gsplit-dwarf -MMD -MF ./out/x.dwo -o out/x.o", dwo_as_depfile),
            ("-c a.c -fstack-usage -o missing/x.o", ["failed: compiler-failed"; 3]),
            ("-c a.c -g -gsplit-dwarf -o missing/x.o", ["failed: compiler-failed"; 3]),
        ] {
            for what in expected {
                clear(&world.path("tree/out"));
                world.cc(line).does(what);
            }
        }
    });
}
