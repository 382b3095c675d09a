//! The projects that recipes are tried on.

use super::root;
use crate::fixture::{World, host_program};
use crate::platformio;
use crate::real::crate_dir;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

pub fn program(path: &Path, text: &str) {
    write(path, text);
    fs::set_permissions(path, Permissions::from_mode(0o755)).expect("a mode");
}

pub fn files(world: &World, files: &[(&str, &str)]) {
    for (name, text) in files {
        write(&world.tree().join("project").join(name), text);
    }
}

pub fn sources(world: &World) {
    files(
        world,
        &[
            (
                "part.h",
                "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint part(void);\nint more(void);\n#ifdef __cplusplus\n}\n#endif\n",
            ),
            ("main.c", "#include \"part.h\"\nint main(void) { return part() - more(); }\n"),
            ("part.c", "#include \"part.h\"\nint part(void) { return 7; }\n"),
            ("more.cpp", "#include \"part.h\"\nint more() { return 7; }\n"),
        ],
    );
}

pub fn makefile(world: &World) {
    sources(world);
    let text = "OBJECTS = main.o part.o more.o\nprogram: $(OBJECTS)\n\t$(CXX) -o $@ $(OBJECTS)\n\
        %.o: %.c\n\t$(CC) -g -O1 -MMD -c $< -o $@\n%.o: %.cpp\n\t$(CXX) -g -O1 -MMD -c $< -o $@\n-include *.d\n";
    files(world, &[("Makefile", text)]);
}

pub fn autoconf(world: &World) {
    sources(world);
    files(
        world,
        &[
            (
                "configure.ac",
                "AC_INIT([program], [1])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nAC_PROG_CXX\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n",
            ),
            ("Makefile.am", "bin_PROGRAMS = program\nprogram_SOURCES = main.c part.c more.cpp part.h\n"),
        ],
    );
}

pub fn cmake(world: &World) {
    sources(world);
    files(
        world,
        &[(
            "CMakeLists.txt",
            "cmake_minimum_required(VERSION 3.20)\nproject(program C CXX)\nadd_executable(program main.c part.c more.cpp)\n",
        )],
    );
}

pub fn meson(world: &World) {
    sources(world);
    files(
        world,
        &[("meson.build", "project('program', 'c', 'cpp')\nexecutable('program', 'main.c', 'part.c', 'more.cpp')\n")],
    );
}

pub fn scons(world: &World) {
    sources(world);
    let script = fs::read_to_string(root().join("scripts/platformio/packer_cc.py")).expect("the script");
    files(world, &[("packer_cc.py", &script)]);
    program(
        &world.path("ours/scons"),
        &format!("#!/bin/sh\nexec {} -m SCons \"$@\"\n", platformio::python().display()),
    );
}

/// A crate with C in it, and the crate `cc` with its dependencies beside it: cargo asks no registry.
pub fn cargo(world: &World) {
    sources(world);
    files(
        world,
        &[
            (
                "Cargo.toml",
                "[package]\nname = \"program\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[build-dependencies]\ncc = \"1\"\n[workspace]\n",
            ),
            (
                "build.rs",
                "fn main() {\n    cc::Build::new().define(\"main\", \"c_main\").file(\"main.c\").file(\"part.c\").compile(\"parts\");\n\
                 \x20   cc::Build::new().cpp(true).file(\"more.cpp\").compile(\"more\");\n}\n",
            ),
            (
                "src/main.rs",
                "extern \"C\" {\n    fn c_main() -> i32;\n}\nfn main() {\n    std::process::exit(unsafe { c_main() })\n}\n",
            ),
            (
                ".cargo/config.toml",
                "[source.crates-io]\nreplace-with = \"beside\"\n[source.beside]\ndirectory = \"../crates\"\n",
            ),
        ],
    );
    let crates = world.tree().join("crates");
    if crates.exists() {
        return;
    }
    for name in ["cc", "shlex", "find-msvc-tools"] {
        platformio::copy_tree(&crate_dir(name), &crates.join(name));
        write(&crates.join(name).join(".cargo-checksum.json"), "{\"files\": {}}");
    }
    let cargo = std::env::var("CARGO").expect("cargo runs the tests");
    let rustc = Path::new(&cargo).with_file_name("rustc");
    program(
        &world.path("ours/cargo"),
        &format!("#!/bin/sh\nexport RUSTC='{}'\nexec '{cargo}' \"$@\"\n", rustc.display()),
    );
}

/// A package with an extension in C and C++.
pub fn wheel(world: &World) {
    sources(world);
    files(
        world,
        &[
            (
                "pyproject.toml",
                "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n",
            ),
            (
                "setup.py",
                "from setuptools import Extension, setup\n\
                 setup(name=\"program\", version=\"1\", py_modules=[], ext_modules=[Extension(\"program\", [\"main.c\", \"part.c\", \"more.cpp\"])])\n",
            ),
        ],
    );
    program(
        &world.path("ours/pip"),
        &format!("#!/bin/sh\nexec {} -m pip --disable-pip-version-check \"$@\"\n", platformio::python().display()),
    );
}

/// The same packed as PyPI has it.
pub fn sdist(world: &World) {
    wheel(world);
    let project = world.tree().join("project");
    let script = "mkdir program-1 && cp *.toml *.py *.c *.cpp *.h program-1 && tar -czf program-1.tar.gz program-1";
    let packed = world.bare_command(OsStr::new("sh")).args(["-c", script]).current_dir(&project).status();
    assert!(packed.expect("sh starts").success());
}

pub fn arduino(world: &World) {
    files(
        world,
        &[("Blink/Blink.ino", "void setup() { pinMode(13, OUTPUT); }\nvoid loop() { digitalWrite(13, HIGH); }\n")],
    );
    let chain = "home/.arduino15/packages/arduino/tools/avr-gcc/7.3.0";
    avr_toolchain(world, chain);
    let stand_in = root().join("wrapper-tests/arduino_cli.py");
    let python = host_program("python3", "python3");
    program(
        &world.path("ours/arduino-cli"),
        &format!("#!/bin/sh\nexec {} {} \"$@\"\n", python.display(), stand_in.display()),
    );
}

/// A toolchain whose compilers count; made once in a world.
pub fn avr_toolchain(world: &World, place: &str) {
    if world.path(place).exists() {
        return;
    }
    let bin = format!("{place}/bin");
    for name in ["avr-gcc", "avr-g++"] {
        world.shim_in(&bin, name, &host_program(name, "gcc-avr"));
    }
    for name in ["avr-gcc-ar", "avr-objcopy", "avr-size"] {
        symlink(host_program(name, "gcc-avr"), world.path(&bin).join(name)).expect("a link");
    }
    symlink(world.path("runs"), world.path(place).join("runs")).expect("a link");
}

pub fn sketch(world: &World) {
    if !world.path("home/.platformio").exists() {
        platformio::install(world);
        program(
            &world.path("ours/pio"),
            &format!("#!/bin/sh\nexec {} -m platformio \"$@\"\n", platformio::python().display()),
        );
    }
    let script = fs::read_to_string(root().join("scripts/platformio/packer_cc.py")).expect("the script");
    files(
        world,
        &[("src/main.cpp", "#include <Arduino.h>\nvoid setup() {}\nvoid loop() {}\n"), ("packer_cc.py", &script)],
    );
}

pub fn fbuild(world: &World) {
    files(
        world,
        &[
            ("src/main.cpp", "#include <stdint.h>\nuint8_t x;\nint main() { return x; }\n"),
            ("src/part.c", "int part(void) { return 1; }\n"),
            (".fbuild/build/uno/release/src/keep", ""),
        ],
    );
    avr_toolchain(world, "home/.fbuild/prod/cache/toolchains/avr-gcc-0123/7.3.0/avr");
}

/// What fbuild starts, with what it passes of the environment.
pub const FBUILD: &str = "\
chain=$HOME/.fbuild/prod/cache/toolchains/avr-gcc-0123/7.3.0/avr out=.fbuild/build/uno/release/src
mkdir -p .compile-tmp
call() { env -i PATH=\"$PATH\" TMPDIR=$PWD/.compile-tmp \"$@\"; }
call $chain/bin/avr-g++ -mmcu=atmega328p -w -MMD -Os -flto -fno-fat-lto-objects -c src/main.cpp -o $out/main_1.cpp.o
call $chain/bin/avr-gcc -mmcu=atmega328p -w -MMD -Os -flto -fno-fat-lto-objects -c src/part.c -o $out/part_2.c.o
call $chain/bin/avr-gcc -mmcu=atmega328p -flto $out/main_1.cpp.o $out/part_2.c.o -o firmware.elf
";
