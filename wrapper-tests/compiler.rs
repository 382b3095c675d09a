//! A compiler is told from others by the content of everything that its driver starts or reads, wherever that lies.

use crate::fixture::{Compiler, World, age, host_program, words};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const LINE: &str = "-mmcu=atmega328p -Os -c a.c -o a.o";

/// A private copy of the AVR toolchain with counting shims as drivers. The real drivers stand beside the shims and find
/// their parts from there.
struct Toolchain {
    root: PathBuf,
}

impl Toolchain {
    fn copy_to(world: &World, name: &str) -> Self {
        let root = world.path(name);
        fs::create_dir_all(root.join("lib/gcc")).expect("directories");
        fs::create_dir_all(root.join("lib/avr")).expect("directories");
        for (from, to) in
            [("/usr/lib/gcc/avr", "lib/gcc/"), ("/usr/lib/avr/bin", "lib/avr/"), ("/usr/lib/avr/include", "lib/avr/")]
        {
            assert!(
                Path::new(from).exists(),
                "{from} is missing: install the Debian packages gcc-avr, binutils-avr and avr-libc"
            );
            copy_without_archives(Path::new(from), &root.join(to).join(Path::new(from).file_name().expect("a name")));
        }
        fs::create_dir_all(root.join("bin")).expect("a directory");
        for driver in ["avr-gcc", "avr-g++"] {
            let real = root.join(format!("bin/real-{driver}"));
            fs::copy(host_program(driver, "gcc-avr"), &real).expect("the driver");
            world.shim_in(&format!("{name}/bin"), driver, &real);
        }
        // The shim lists its runs above its own directory.
        std::os::unix::fs::symlink(world.path("runs"), root.join("runs")).expect("a link");
        Self { root }
    }

    fn driver(&self) -> PathBuf {
        self.root.join("bin/avr-gcc")
    }

    fn cxx_driver(&self) -> PathBuf {
        self.root.join("bin/avr-g++")
    }

    fn part(&self, program: &str) -> PathBuf {
        let output = Command::new(self.driver()).arg(format!("-print-prog-name={program}")).output().expect("avr-gcc");
        let path = PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim());
        let path = path.canonicalize().unwrap_or_else(|error| panic!("{program} at {}: {error}", path.display()));
        assert!(path.starts_with(self.root.canonicalize().expect("the copy")), "{} is not in the copy", path.display());
        path
    }
}

/// Link-time archives are half a gigabyte, and no compile reads them.
fn copy_without_archives(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory of the toolchain") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        // Links are followed: they would lead out of the copy.
        if path.is_dir() {
            copy_without_archives(&path, &to);
        } else if path.extension().is_none_or(|extension| extension != "a" && extension != "o") {
            fs::copy(&path, &to).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            age(&to);
        }
    }
}

/// Changes a program without changing what it does, its size or its mtime: the last byte of a stripped executable
/// belongs to the section headers, which nothing reads at run time.
fn flip_last_byte(path: &Path) {
    let mut bytes = fs::read(path).expect("a program");
    *bytes.last_mut().expect("a byte") ^= 1;
    let mode = fs::metadata(path).expect("a program").permissions();
    // A running program cannot be written to; a new file in its place can.
    fs::remove_file(path).expect("a program");
    fs::write(path, bytes).expect("a program");
    fs::set_permissions(path, mode).expect("a mode");
    age(path);
}

#[test]
fn the_same_toolchain_elsewhere_is_the_same_compiler() {
    let world = World::with(Compiler::AvrGcc);
    world.file("a.c", "#include <avr/io.h>\n#include <stdint.h>\nuint8_t f(void) { return PORTB; }\n");
    let first = Toolchain::copy_to(&world, "first");
    let second = Toolchain::copy_to(&world, "second place");
    for request in ["", "-MD", "-MMD"] {
        let line = format!("{LINE} {request}");
        world.run(first.driver(), words(&line)).miss();
        world.run(first.driver(), words(&line)).hit();
        world.run(second.driver(), words(&line)).hit();
    }
    // The depfile names this toolchain's headers.
    world.run(second.driver(), words(&format!("{LINE} -MD"))).hit();
    let depfile = String::from_utf8(world.read("a.d")).expect("a depfile");
    assert!(depfile.contains("second\\ place") && !depfile.contains("/first/"), "{depfile}");
}

#[test]
fn a_part_changed_under_an_unchanged_driver_is_another_compiler() {
    let world = World::with(Compiler::AvrGcc);
    world.file("a.c", "#include <stdint.h>\nuint8_t f(void) { return 1; }\n").file("a.cc", "int b;\n");
    let toolchain = Toolchain::copy_to(&world, "toolchain");
    let compile = || world.run(toolchain.driver(), words(LINE));
    compile().miss();
    compile().hit();
    for program in ["cc1", "as"] {
        let path = toolchain.part(program);
        flip_last_byte(&path);
        compile().miss();
        compile().hit();
        flip_last_byte(&path);
        compile().hit();
    }
    let specs = toolchain.root.join("lib/gcc/avr/5.4.0/device-specs/specs-atmega328p");
    let text = fs::read_to_string(&specs).expect("device-specs");
    fs::write(&specs, &text).expect("device-specs");
    age(&specs);
    compile().hit();
    fs::write(&specs, format!("{text}\n# changed\n")).expect("device-specs");
    age(&specs);
    compile().miss();
    fs::write(&specs, &text).expect("device-specs");
    compile().hit();
    // Another device's specs are not this compile's.
    let other = toolchain.root.join("lib/gcc/avr/5.4.0/device-specs/specs-attiny85");
    fs::write(&other, fs::read_to_string(&other).expect("device-specs") + "\n# changed\n").expect("device-specs");
    compile().hit();
    // A specs file that appears where the driver looks for one.
    fs::write(toolchain.root.join("lib/gcc/avr/5.4.0/specs"), "*cc1:\n+ -fno-ipa-cp\n\n").expect("specs");
    compile().does("miss: compiler-changed");
}

#[test]
fn a_cxx_driver_told_to_compile_c_is_another_question() {
    let world = World::with(Compiler::AvrGcc);
    world.files(&[("a.c", "int a(int x) { return x / 7; }\n"), ("a.i", "int a(int x) { return x / 7; }\n")]);
    let toolchain = Toolchain::copy_to(&world, "toolchain");
    let compile = |line: &str| world.run(toolchain.cxx_driver(), words(&format!("-mmcu=atmega328p -c {line}")));
    for (by_name, as_c) in [("a.c -o n.o", "-x c a.c -o x.o"), ("a.i -o n.o", "-x cpp-output a.i -o x.o")] {
        for first in [by_name, as_c] {
            compile(first).miss();
            compile(by_name).kept();
            compile(as_c).kept();
            for (program, changed, unchanged) in [("cc1", as_c, by_name), ("cc1plus", by_name, as_c)] {
                let path = toolchain.part(program);
                flip_last_byte(&path);
                compile(changed).miss();
                compile(unchanged).hit();
                flip_last_byte(&path);
                compile(changed).hit();
            }
            fs::remove_dir_all(world.cache()).expect("the cache");
        }
    }
}

#[test]
fn a_driver_replaced_in_place_with_the_same_size_and_time() {
    let world = World::new();
    world.file("a.c", "int a;\n");
    world.cc("-c a.c").miss();
    flip_last_byte(&world.path("bin/gcc"));
    world.cc("-c a.c").miss();
    flip_last_byte(&world.path("bin/gcc"));
    world.cc("-c a.c").hit();
}

/// A private assembler that differs from the machine's in one byte that does nothing.
fn assembler_in(world: &World, dir: &str) -> PathBuf {
    let place = world.path(dir).join("as");
    fs::create_dir_all(world.path(dir)).expect("a directory");
    fs::copy(host_program("as", "binutils"), &place).expect("an assembler");
    flip_last_byte(&place);
    place
}

#[test]
fn the_assembler_is_found_as_the_driver_finds_it() {
    let world = World::new();
    world.file("a.c", "int a;\n");
    let assembler = assembler_in(&world, "tools");
    let tools = world.path("tools").display().to_string();
    let path = format!("{tools}:{}:/usr/bin:/bin", world.path("bin").display());
    world.cc("-c a.c").miss();

    for way in ["-B", "COMPILER_PATH", "PATH"] {
        let compile = || match way {
            "-B" => world.cc(&format!("-B {tools} -c a.c")),
            "COMPILER_PATH" => world.cc("-c a.c").env(way, &tools),
            _ => world.cc("-c a.c").env(way, &path),
        };
        compile().miss();
        compile().hit();
        flip_last_byte(&assembler);
        flip_last_byte(&assembler);
        compile().hit();
        let original = fs::read(&assembler).expect("the assembler");
        fs::write(&assembler, [original.as_slice(), b"\0"].concat()).expect("the assembler");
        compile().miss();
        fs::write(&assembler, original).expect("the assembler");
        compile().hit();
        world.cc("-c a.c").hit();
    }
}

#[test]
fn an_assembler_that_appears() {
    let world = World::new();
    world.file("a.c", "int a;\n");
    fs::create_dir(world.path("tools")).expect("a directory");
    let line = format!("-B {} -c a.c", world.path("tools").display());
    world.cc(&line).miss();
    world.cc(&line).hit();
    let assembler = assembler_in(&world, "tools");
    world.cc(&line).miss();
    world.cc(&line).hit();
    fs::remove_file(assembler).expect("the assembler");
    world.cc(&line).hit();
}

fn script(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.path("bin").join(name);
    fs::write(&path, text).expect("a script");
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("a mode");
    age(&path);
    path
}

#[test]
fn script_wrappers() {
    let world = World::new();
    world.file("a.c", "int a = FROM_SCRIPT;\n");
    let name = "mycc";
    script(&world, name, "#!/bin/sh\nexec gcc -DFROM_SCRIPT=1 \"$@\"\n");
    world.command("mycc -c a.c").miss();
    world.command("mycc -c a.c").hit();
    script(&world, name, "#!/bin/sh\nexec gcc -DFROM_SCRIPT=2 \"$@\"\n");
    world.command("mycc -c a.c").does("miss: compiler-changed");
    script(&world, name, "#!/bin/sh\nexec gcc -DFROM_SCRIPT=1 \"$@\"\n");
    world.command("mycc -c a.c").hit();
    // The same text leads to another compiler.
    world.shim_in("other", "gcc", &host_program("clang", "clang"));
    let path = format!("{}:{}:/usr/bin:/bin", world.path("other").display(), world.path("bin").display());
    world.command("mycc -c a.c").env("PATH", &path).does("miss: compiler-changed");
    world.command("mycc -c a.c").env("PATH", &path).hit();
    world.command("mycc -c a.c").hit();
}

#[test]
fn different_compilers_never_share() {
    let world = World::new();
    world.file("a.c", "int a(int x) { return x / 7; }\n").file("a.cc", "int a;\n");
    for compiler in Compiler::ALL {
        world.command(&format!("{} -O2 -c a.c", compiler.c())).miss();
    }
    for compiler in Compiler::ALL {
        world.command(&format!("{} -O2 -c a.c", compiler.c())).hit();
    }
    // The C driver and the C++ driver may make different objects of one C++ source. Each must get its own.
    world.command("gcc -c a.cc").miss();
    world.command("g++ -c a.cc").miss();
    world.command("g++ -c a.c").miss();
    world.command("gcc -c a.c").miss();
}
