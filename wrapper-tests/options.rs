//! Options whose meaning depends on more than their words: some ask the disk, some write the command into an output,
//! and some are meant for a link that never comes.

use crate::fixture::{Compiler, World, for_each_compiler};
use crate::relative::{PLACES, Project};
use std::fs;
use std::os::unix::fs::symlink;

/// Every way to name a search directory, of which compilers may tell that it is missing.
const WAYS: [&str; 7] =
    ["-Ilate", "-I late/", "-isystem late", "-idirafter late", "-iquote late", "-Ilate -Ilate", "-Idangling/late"];

fn warners(compiler: Compiler) -> &'static [&'static str] {
    match compiler {
        // gcc knows no `-Weverything`.
        Compiler::Clang => &["-Wmissing-include-dirs", "-Weverything", "-Weverything -Wno-missing-include-dirs"],
        _ => &["-Wmissing-include-dirs", "-Wno-missing-include-dirs -Wmissing-include-dirs"],
    }
}

#[test]
fn a_missing_directory_that_is_told_is_an_input() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        for warner in warners(world.compiler()) {
            for way in WAYS {
                let line = format!("{warner} {way} -c a.c");
                world.cc(&line).miss();
                world.cc(&line).hit();
                let place = if way.contains("dangling") { "dangling/late" } else { "late" };
                fs::create_dir_all(world.tree().join(place)).expect("a directory");
                world.cc(&line).miss();
                world.cc(&line).hit();
                world.remove(place);
                world.cc(&line).hit();
                // About a file in the place of the directory gcc gives another warning, or an error where a slash
                // follows. clang before 15 says nothing.
                world.file(place, "");
                if way.ends_with('/') && world.compiler() != Compiler::Clang {
                    world.cc(&line).fails();
                } else {
                    world.cc(&line).miss();
                }
                world.remove(place);
                symlink("nowhere", world.tree().join(place)).expect("a link");
                world.cc(&line).hit();
                world.remove(place);
                if place.contains('/') {
                    world.remove("dangling");
                }
                world.empty_store();
            }
        }
    });
}

#[test]
fn a_missing_directory_that_is_not_told_is_none() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        for line in ["-Ilate -c a.c", "-Wall -Wno-missing-include-dirs -isystem late -c a.c"] {
            world.cc(line).miss();
            fs::create_dir(world.tree().join("late")).expect("a directory");
            world.cc(line).hit();
            world.remove("late");
        }
    });
}

#[test]
fn a_missing_directory_can_be_an_error() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        let line = "-Werror=missing-include-dirs -Ilate -c a.c";
        // clang before 15 says nothing about it.
        if world.compiler() == Compiler::Clang {
            world.cc(line).miss()
        } else {
            world.cc(line).fails()
        };
        fs::create_dir(world.tree().join("late")).expect("a directory");
        world.cc(line).miss();
        world.cc(line).hit();
        world.remove("late");
        if world.compiler() == Compiler::Clang {
            world.cc(line).hit()
        } else {
            world.cc(line).fails()
        };
    });
}

#[test]
fn missing_directories_of_variables_are_not_told() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        for name in ["CPATH", "C_INCLUDE_PATH"] {
            let run = || world.cc("-Wmissing-include-dirs -c a.c").env(name, "late:later");
            run().miss();
            run().hit();
            fs::create_dir(world.tree().join("late")).expect("a directory");
            run().miss();
            run().hit();
            world.remove("late");
        }
    });
}

/// The compiler is asked for `../none`, and packer-cc must say what was typed:
/// `cc1: warning: /checkout/none: No such file or directory`.
#[test]
fn missing_directories_in_another_checkout() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let project = Project::new(compiler);
        for way in ["-I ", "-isystem ", "-iquote "] {
            let typed = format!("-Wmissing-include-dirs {way}ROOT/none -I ROOT/inc -c ROOT/src/a.c -o a.o");
            let rewritten = format!("-Wmissing-include-dirs {way}../none -I ../inc -c ../src/a.c -o a.o");
            let outcomes: Vec<_> = PLACES.iter().map(|place| project.check(place, &typed, &rewritten)).collect();
            assert_eq!(outcomes, ["miss", "hit"], "{}: {typed}", compiler.c());
            fs::create_dir(project.world.tree().join(PLACES[1]).join("none")).expect("a directory");
            assert_eq!(project.check(PLACES[1], &typed, &rewritten), "miss", "{}: {typed}", compiler.c());
            project.world.remove(&format!("{}/none", PLACES[1]));
        }
    }
}

/// kbuild asks some hundred times whether the compiler knows an option.
#[test]
fn the_null_device_is_an_empty_source() {
    for_each_compiler(|world| {
        world.file("a.h", "#define A 1\n").file("keep/x", "");
        for line in [
            "-Werror -O2 -c -x c /dev/null -o keep/tmp",
            "-Werror -Wall -S -x c /dev/null -o keep/tmp",
            "-Werror -Wsomething-new -c -x c /dev/null -o keep/tmp",
            "-MD -MF keep/tmp.d -c -x c /dev/null -o keep/tmp",
            "-MMD -c -x c++ /dev/null -o keep/tmp.o",
            "-c -x c /dev/null",
            "-g -include a.h -c -x c /dev/null -o keep/tmp",
            "-c -x assembler /dev/null -o keep/tmp",
            "-c -x assembler-with-cpp /dev/null -o keep/tmp",
        ] {
            // The fixture takes a run over `/dev/null` for a question about the compiler and does not count it. So the
            // record alone tells what happened.
            if line.contains("something-new") {
                // gcc does not know that warning, clang warns about it, which `-Werror` makes an error.
                world.cc(line).does("failed: compiler-failed");
                world.cc(line).does("failed: compiler-failed");
            } else {
                world.cc(line).miss();
                world.cc(line).hit();
                world.cc(&line.replace("keep/tmp", "keep/other")).hit();
            }
        }
        world.file("a.h", "#define A 2\n");
        world.cc("-g -include a.h -c -x c /dev/null -o keep/tmp").miss();
    });
}

#[test]
fn what_the_null_device_is_not() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n");
        // A link to it, which is turned to a file later.
        symlink("/dev/null", world.tree().join("null.c")).expect("a link");
        world.cc("-c null.c").miss();
        world.cc("-c null.c").hit();
        world.remove("null.c");
        world.file("null.c", "int b;\n");
        world.cc("-c null.c").miss();
        world.remove("null.c");
        symlink("a.c", world.tree().join("null.c")).expect("a link");
        world.cc("-c null.c").miss();
        world.cc("-c -x c /dev/stdin -o in.o").stdin("int in;\n").bypass("input-unreadable");
        for (line, reason) in [
            ("-c -x c - -o in.o", "source-is-stream"),
            ("-S -x c /dev/null -o -", "output-is-stream"),
            ("-E -x c /dev/null", "preprocess-only"),
            ("-c -x c a.c -o keep", "destination"),
        ] {
            fs::create_dir_all(world.tree().join("keep")).expect("a directory");
            world.cc(line).stdin("int in;\n").bypass(reason);
        }
    });
}

#[test]
fn verbose_assembly() {
    for_each_compiler(|world| {
        for place in ["one", "two"] {
            world.file(&format!("{place}/a.c"), "#include \"a.h\"\nint a(int x) {\n\treturn x + A;\n}\n");
            world.file(&format!("{place}/a.h"), "#define A 1\nstatic inline int b(int x) { return x * 3; }\n");
        }
        for line in ["-fverbose-asm -O1 -c a.c", "-g -fverbose-asm -c a.c -MD", "-fno-verbose-asm -S a.c"] {
            world.cc(line).cwd("one").miss();
            world.cc(line).cwd("one").hit();
        }
        let line = "-fverbose-asm -O1 -S a.c -MD -I.";
        if world.compiler() == Compiler::AvrGcc {
            // Older compilers write all options into the output, also those that packer-cc adds.
            world.cc(line).cwd("one").bypass("unserved-option");
            return;
        }
        world.cc(line).cwd("one").miss();
        world.cc(line).cwd("one").hit();
        world.cc(line).cwd("two").hit();
        // gcc quotes the source by its name: `# /one/a.c:3: return x + A;`
        let absolute = |place: &str| format!("-fverbose-asm -O1 -S {}/{place}/a.c", world.tree().display());
        world.cc(&absolute("one")).cwd("one").miss();
        world.cc(&absolute("one")).cwd("one").hit();
        let other = world.cc(&absolute("two")).cwd("two");
        if world.compiler() == Compiler::Gcc {
            other.miss()
        } else {
            other.hit()
        };
        world.file("one/a.h", "#define A 2\n");
        world.cc(line).cwd("one").miss();
    });
}

/// gcc quotes the lines that a `#line` names: `# parser.y:2: …`. It opens `parser.y` for that alone, and no depfile
/// has it.
#[test]
fn verbose_assembly_quotes_other_files() {
    let world = World::new();
    let text = "int y(int x)\n{ return x + 1; }\n";
    world.file("y.c", format!("#line 1 \"parser.y\"\n{text}"));
    world.file("y.i", format!("# 1 \"parser.y\"\n{text}"));
    for line in ["-fverbose-asm -O1 -S y.c", "-fverbose-asm -O1 -S y.i -o z.s"] {
        for quoted in ["first\nsecond\n", "other\ntext\n"] {
            world.file("parser.y", quoted);
            world.cc(line).does("miss: line-directive");
        }
    }
    // Comments do not reach an object.
    for quoted in ["first\nsecond\n", "other\ntext\n"] {
        world.file("parser.y", quoted);
        world.cc("-fverbose-asm -O1 -c y.c").kept();
    }
    world.cc("-fverbose-asm -O1 -c y.c").hit();
}

/// gcc writes what it makes of the machine's memory:
/// `# GGC heuristics: --param ggc-min-expand=100 --param ggc-min-heapsize=131072`
#[test]
fn verbose_assembly_tells_of_memory() {
    let world = World::new();
    world.file("a.c", "int a(int x) { return x; }\n");
    world.cc("-fverbose-asm -S a.c").miss();
    world.cc("-fverbose-asm -S a.c").under("prlimit --data=100000000").bypass("unserved-option");
    world.cc("-fverbose-asm -S a.c").hit();
    world.cc("-fverbose-asm -S a.c --param ggc-min-expand=7").does("miss: verbose-assembly");
    world.cc("-fverbose-asm -S a.c --param ggc-min-expand=7").does("miss: verbose-assembly");
}

#[test]
fn verbose_assembly_in_another_checkout() {
    let project = Project::new(Compiler::Gcc);
    let typed = "-g -fverbose-asm -O1 -S -I ROOT/inc ROOT/src/a.c -o a.s";
    let rewritten = "-g -fverbose-asm -O1 -S -I ../inc ../src/a.c -o a.s";
    let outcomes: Vec<_> = PLACES.iter().map(|place| project.check(place, typed, rewritten)).collect();
    assert_eq!(outcomes, ["miss", "hit"]);
}

/// Words for a link that stand in a compile. clang remarks on what it has no use for, and that is replayed.
#[test]
fn words_for_a_link() {
    for_each_compiler(|world| {
        world.file("a.c", "int a(int x) { return x; }\n");
        for words in [
            "-L. -Lnone -lm -l m",
            "-Wl,-O1,--as-needed -Wl,-rpath,/x -Xlinker -z -Xlinker now -z now",
            "-rdynamic -shared -static-libgcc -pthread",
            "-static -s -r -no-pie",
            "-T script.ld -Tother.ld -Ttext=0 -Ttext 0 -Tdata=4 -Tbss 8",
            "-u symbol -e main -t",
            "-framework Foo -weak_framework Bar",
            "-nostdlib -nodefaultlibs -nostartfiles",
        ] {
            let line = format!("-Wall -c a.c {words}");
            let is_known = match world.compiler() {
                Compiler::Clang => true,
                Compiler::Gcc => !words.contains("-framework"),
                _ => !["-framework", "-pthread", "-no-pie"].iter().any(|word| words.contains(word)),
            };
            if !is_known {
                world.cc(&line).fails();
                continue;
            }
            world.cc(&line).miss();
            world.cc(&line).hit();
            // `-Qunused-arguments` keeps clang quiet. gcc does not know the option.
            let quiet = world.cc(&format!("{line} -Qunused-arguments"));
            if world.compiler() == Compiler::Clang {
                quiet.miss()
            } else {
                quiet.fails()
            };
        }
        for (words, reason) in
            [("-arch x86_64", "unserved-option"), ("-F dir", "unserved-option"), ("-install_name x", "unknown-option")]
        {
            world.cc(&format!("-c a.c {words}")).bypass(reason);
        }
    });
}

/// The kernel's `scripts/as-version.sh`, and others who ask the assembler or the preprocessor through the driver.
#[test]
fn questions_that_are_passed_on() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n").file("a.s", "");
        for line in [
            "-Wa,--version -c -x assembler /dev/null -o /dev/null",
            "-Wa,--version -c -x assembler-with-cpp /dev/null -o a.o",
            "-Xassembler --version -c a.c",
            "-Xassembler -v -c a.s",
            "-Wa,-v -c a.c -o a.o",
            "-Wa,--fatal-warnings,--help -c a.c",
            "-Wp,-v -c a.c",
            "-Wp,-DX,-version -c a.c",
        ] {
            world.cc(line).bypass("not-a-compile");
        }
        // The words alone decided: no compiler was identified, and no file was looked at.
        assert!(!world.cache().join("state/compilers").exists() && !world.cache().join("state/files.memo").exists());
    });
}

/// A driver without the program for a language says so in its own words, when it starts it.
#[test]
fn a_program_that_is_not_there() {
    let world = World::new();
    world.file("a.c", "int a;\n").file("a.m", "int a;\n").file("a.f90", "end\n");
    let bin = world.path("bin").display().to_string();
    let questions = world.questions().len();
    for _ in 0..2 {
        world.cc("-c a.c").env("PATH", &bin).fails();
        let record = world.journal().pop().expect("a record");
        assert_eq!((&record["reason"], &record["detail"]), (&"compiler-unknown".into(), &"`as` is not on PATH".into()));
    }
    assert_eq!(world.questions().len(), questions + 2, "one question each, and no more");
    // Where the packages for these languages are installed, they compile.
    world.cc("-c a.m").bypass("compiler-unknown");
    world.cc("-c a.m").bypass("compiler-unknown");
    world.cc("-c a.f90").bypass("language");
}

/// A file in the place of a search directory, in which clang looks up where a header is. Xcode makes them.
#[test]
fn header_maps() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "#include \"mapped.h\"\n").file("one/x.h", "int x = 1;\n").file("two/x.h", "int x = 2;\n");
    for dir in ["one", "two"] {
        world.file("map.hmap", header_map("mapped.h", &format!("{}/", world.tree().join(dir).display()), "x.h"));
        for way in ["-I map.hmap", "-iquote map.hmap"] {
            assert!(world.cc(&format!("{way} -c a.c")).bypass("unserved-option").status.success());
        }
        assert!(world.cc("-c a.c").env("CPATH", "map.hmap").bypass("unserved-option").status.success());
    }
}

/// Any other file in the place of a directory holds nothing, until it becomes one.
#[test]
fn files_that_are_no_header_maps() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int x;\n").file("map.hmap", "none");
    world.cc("-I map.hmap -c a.c").miss();
    world.cc("-I map.hmap -c a.c").hit();
    let target = format!("{}/", world.tree().join("one").display());
    world.file("map.hmap", header_map("mapped.h", &target, "x.h"));
    world.cc("-I map.hmap -c a.c").bypass("unserved-option");
}

/// A map of one name (clang, `HeaderMapTypes.h`): a head, eight buckets, strings.
fn header_map(name: &str, directory: &str, file: &str) -> Vec<u8> {
    const BUCKETS: u32 = 8;
    const HEAD_BYTES: u32 = 24;
    const BUCKET_BYTES: u32 = 12;
    let mut strings = vec![0];
    let mut string = |text: &str| {
        let at = u32::try_from(strings.len()).expect("a short text");
        strings.extend_from_slice(text.as_bytes());
        strings.push(0);
        at
    };
    let bucket = [string(name), string(directory), string(file)];
    let hash: u32 = name.bytes().map(|byte| u32::from(byte.to_ascii_lowercase()) * 13).sum();
    let mut map = b"pamh\x01\0\0\0".to_vec();
    // Where the strings begin, how many names there are and how many buckets, and a length that nobody reads.
    let numbers = [HEAD_BYTES + BUCKET_BYTES * BUCKETS, 1, BUCKETS, 0];
    let buckets = (0..BUCKETS).flat_map(|at| if at == hash % BUCKETS { bucket } else { [0; 3] });
    for number in numbers.into_iter().chain(buckets) {
        map.extend_from_slice(&number.to_le_bytes());
    }
    map.extend_from_slice(&strings);
    map
}
