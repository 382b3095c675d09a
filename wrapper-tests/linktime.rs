//! Link-time objects and compressed debug data in another place. packer-cc opens and searches what is compressed. A
//! result in which nothing names the place is shared; any other stays in its place. All objects have a seed, so that
//! two runs of the bare compiler agree and every byte can be compared.

use crate::fixture::{Compiler, World, age, for_each_compiler, host_program, words};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The second name needs escapes in assembly and quotes in gcc's record of its options.
const PLACES: [&str; 2] = ["one/plain place", "two/\u{fc} it's \"a\""];

fn project(world: &World) {
    for place in PLACES {
        for (name, content) in [
            (
                "src/a.c",
                "#include \"a.h\"\n#include <stddef.h>\n#include <lib.h>\nstatic int twice(int x) { return LIB * x; }\n\
                 size_t size;\nint a(int x) { return twice(x) + in_header(x); }\n",
            ),
            ("src/a.h", "static inline int in_header(int x) { return x + 1; }\n"),
            ("src/b.cpp", "namespace { struct S { int x; S(); } s; S::S() : x(7) {} }\nint b() { return s.x; }\n"),
            ("src/name.c", "const char *name = __FILE__;\nint len = sizeof __FILE__;\n"),
            ("inc/lib.h", "#define LIB 2\n"),
        ] {
            world.file(&format!("{place}/{name}"), content);
        }
        fs::create_dir(world.tree().join(place).join(".git")).expect("a mark");
    }
    // This source is the same file for both places, and is named by its absolute path.
    world.file("shared/c.c", "#include <lib.h>\nint c(int x) { return LIB * x; }\n");
    world.file("shared/d.c", "#include <dir.h>\nint d(int x) { return in_dir(x); }\n");
    for place in PLACES {
        world.file(&format!("{place}/inc/dir.h"), "static inline int in_dir(int x) { return x + 1; }\n");
    }
}

fn at(world: &World, place: &str, line: &str) -> String {
    let root = world.tree().join(place).display().to_string();
    let shared = world.tree().join("shared").display().to_string();
    let words = line.split(' ').map(|word| word.replace("ROOT", &root).replace("SHARED", &shared));
    words.map(|word| shlex::try_quote(&word).expect("a quotable path").into_owned()).collect::<Vec<_>>().join(" ")
}

/// Compiles in both places, twice each. All bytes are always the bare compiler's, and the second time they come from
/// the store. Says whether the second place was served what the first had made.
#[track_caller]
fn travels(world: &World, line: &str) -> bool {
    let run = |place: &str| {
        let line = at(world, place, line);
        if line.contains(".cpp") { world.cxx(&line) } else { world.cc(&line) }.cwd(place)
    };
    run(PLACES[0]).miss();
    run(PLACES[1]).kept();
    let travelled = world.journal().last().is_some_and(|record| record["outcome"] == "hit");
    for place in PLACES {
        run(place).hit();
    }
    travelled
}

fn expect(compiler: Compiler, cases: &[(&str, bool)]) {
    let world = World::with(compiler);
    project(&world);
    for (line, expected) in cases {
        assert_eq!(travels(&world, line), *expected, "{compiler:?} {line}");
    }
}

const SLIM: &str = "-flto -fno-fat-lto-objects -frandom-seed=a";
const FAT: &str = "-flto -ffat-lto-objects -frandom-seed=a";

/// avr-gcc 5.4 keeps names of files as they were spelled, and every option, prefix maps too.
#[test]
fn link_time_objects_of_avr_gcc() {
    let line = |options: &str| format!("{options} -I inc -o a.o");
    expect(
        Compiler::AvrGcc,
        &[
            (&line(&format!("{SLIM} -Os -c src/a.c")), true),
            (&line(&format!("{SLIM} -Os -c src/b.cpp")), true),
            (&line(&format!("{FAT} -Os -c src/a.c")), true),
            (&line(&format!("{SLIM} -Os -c src/name.c -MMD")), true),
            (&line(&format!("{SLIM} -Os -c ROOT/src/a.c")), false),
            (&line(&format!("{SLIM} -Os -c src/a.c -IROOT/inc")), true),
            (&line(&format!("{SLIM} -Os -g -c src/a.c")), false),
            (&line(&format!("{SLIM} -Os -g -fdebug-prefix-map=ROOT=. -c src/a.c")), false),
            (&line(&format!("{SLIM} -fdebug-prefix-map=ROOT=. -c src/a.c")), false),
        ],
    );
}

/// With the first relative name gcc 12 writes the working directory, whatever the prefix maps say. Without a relative
/// name it writes nothing of the place.
#[test]
fn link_time_objects_of_newer_gcc() {
    for compiler in [Compiler::Gcc, Compiler::ArmGcc] {
        expect(
            compiler,
            &[
                (&format!("{SLIM} -O2 -c src/a.c -I inc -o a.o"), false),
                (&format!("{SLIM} -O2 -c src/b.cpp -I inc -o a.o"), false),
                (&format!("{SLIM} -O2 -c ROOT/src/a.c -I ROOT/inc -o a.o"), false),
                (&format!("{FAT} -g -c src/a.c -I inc -o a.o"), false),
                (&format!("{FAT} -g -ffile-prefix-map=ROOT=. -c src/a.c -I inc -o a.o"), false),
                (&format!("{SLIM} -O2 -c SHARED/c.c -I inc -o a.o -MD"), true),
                (&format!("{FAT} -O2 -gz -c SHARED/c.c -I inc -o a.o"), true),
                (&format!("{SLIM} -O2 -flto-compression-level=9 -c SHARED/c.c -I inc -o a.o"), true),
                (&format!("{SLIM} -O2 -flto-compression-level=0 -c SHARED/c.c -I inc -o a.o"), true),
                (&format!("{SLIM} -O2 -g -c SHARED/c.c -I inc -o a.o"), false),
                (&format!("{SLIM} -O2 -c SHARED/c.c -I ROOT/inc -o a.o"), true),
                (&format!("{SLIM} -O2 -c SHARED/d.c -I inc -o a.o"), false),
            ],
        );
    }
}

/// In assembly the compressed streams are written as strings, and bitcode packs its letters into few bits. packer-cc
/// opens neither.
#[test]
fn what_stays_closed() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc] {
        expect(compiler, &[(&format!("{SLIM} -S src/a.c -I inc -o a.s"), false)]);
    }
    expect(
        Compiler::Clang,
        &[
            ("-flto -c src/a.c -I inc -o a.o", false),
            ("-flto=thin -c src/b.cpp -o b.o", false),
            ("-flto -S src/a.c -I inc -o a.s", false),
        ],
    );
}

#[test]
fn compressed_debug_data() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::ArmGcc] {
        expect(
            compiler,
            &[
                ("-gz -c src/a.c -I inc -o a.o", true),
                ("-g -gz -c src/a.c -I inc -o a.o", false),
                ("-g -gz=zlib -c ROOT/src/a.c -I ROOT/inc -o a.o", false),
                ("-g -gz -fdebug-prefix-map=ROOT=. -c src/a.c -I inc -o a.o", true),
                ("-g -gz -fdebug-prefix-map=ROOT=. -c ROOT/src/a.c -IROOT/inc -o a.o", true),
            ],
        );
    }
    expect(
        Compiler::Gcc,
        &[
            ("-g -gz=zlib-gnu -c src/a.c -I inc -o a.o", false),
            ("-g -gz=zlib-gnu -fdebug-prefix-map=ROOT=. -c src/a.c -I inc -o a.o", true),
        ],
    );
}

/// Names in assembly are escaped where they are not plain.
#[test]
fn escaped_names_in_assembly() {
    for_each_compiler(|world| {
        project(&world);
        for line in ["-g -S src/a.c -I inc -o a.s", "-S ROOT/src/name.c -o name.s"] {
            assert!(!travels(&world, line), "{line}");
        }
        assert!(travels(&world, "-S src/a.c -I inc -o a.s"));
    });
}

/// An object with link-time code alone holds no machine code. What the text puts together for the assembler is then
/// assembled at the link.
#[test]
fn computed_assembly_in_link_time_code() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc, Compiler::ArmGcc] {
        let world = World::with(compiler);
        world.files(&[
            ("a.c", "#define S(x) #x\n#define T(x) S(x)\nint a(void) { __asm__(T(.NAME \"blob\")); return 1; }\n"),
            ("blob", "int"),
        ]);
        let slim = format!("{SLIM} -DNAME=incbin -c a.c");
        world.cc(&slim).miss();
        world.cc(&slim).hit();
        world.file("blob", "other");
        world.cc(&slim).hit();
        for value in ["1", "22", "333"] {
            world.file("blob", value);
            world.cc(&format!("{FAT} -DNAME=incbin -c a.c")).does("miss: assembler-include");
        }
    }
}

/// Two copies of one toolchain: avr-gcc names the toolchain's headers in the streams of those objects that use a type
/// of theirs.
#[test]
fn link_time_objects_under_another_toolchain_path() {
    let world = World::with(Compiler::AvrGcc);
    project(&world);
    let toolchains = ["tools/a", "tools/another/longer path"].map(|name| avr_gcc_in(&world, name));
    let place = PLACES[0];
    for (source, free) in [("src/b.cpp", true), ("src/a.c", false)] {
        let args = format!("{SLIM} -Os -mmcu=atmega328p -c {source} -I inc -o a.o");
        let driver = if free { "avr-g++" } else { "avr-gcc" };
        let run = |toolchain: &Path| world.run(toolchain.join("bin").join(driver), words(&args)).cwd(place);
        run(&toolchains[0]).miss();
        if free {
            run(&toolchains[1]).hit();
        } else {
            run(&toolchains[1]).miss();
        }
        for toolchain in &toolchains {
            run(toolchain).hit();
        }
    }
}

/// A copy of avr-gcc at another path: drivers and headers of its own, the large programs as links.
fn avr_gcc_in(world: &World, name: &str) -> PathBuf {
    let root = world.path(name);
    let asked = |question: &str| {
        let output = Command::new(host_program("avr-gcc", "gcc-avr")).arg(question).output().expect("avr-gcc");
        PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim()).canonicalize().expect("a path")
    };
    let installed = asked("-print-prog-name=cc1");
    let installed = installed.parent().expect("a directory");
    let version = installed.file_name().expect("a version");
    let own = root.join("lib/gcc/avr").join(version);
    fs::create_dir_all(&own).expect("a directory");
    fs::create_dir_all(root.join("lib/avr/bin")).expect("a directory");
    for program in ["cc1", "cc1plus"] {
        symlink(installed.join(program), own.join(program)).expect("a link");
    }
    symlink(asked("-print-prog-name=as"), root.join("lib/avr/bin/as")).expect("a link");
    for part in ["include", "include-fixed"] {
        copy_tree(&installed.join(part), &own.join(part));
    }
    let specs = "device-specs/specs-atmega328p";
    fs::create_dir(own.join("device-specs")).expect("a directory");
    fs::copy(installed.join(specs), own.join(specs)).expect("specs");
    copy_tree(Path::new("/usr/lib/avr/include"), &root.join("lib/avr/include"));
    fs::create_dir_all(root.join("bin")).expect("a directory");
    for driver in ["avr-gcc", "avr-g++"] {
        let real = root.join("bin").join(format!("real-{driver}"));
        fs::copy(host_program(driver, "gcc-avr"), &real).expect("a driver");
        world.shim_in(&format!("{name}/bin"), driver, &real);
    }
    symlink(world.path("runs"), root.join("runs")).expect("a link to the list of runs");
    root
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_tree(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a header");
            age(&to);
        }
    }
}
