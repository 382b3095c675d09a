//! What drivers look for, and say nothing of while it is not there.

use crate::fixture::{Compiler, World, host_program};
use std::fs;
use std::process::Command;

fn says(compiler: &str, question: &str) -> String {
    let said = Command::new(host_program(compiler, compiler)).arg(question).output().expect("a compiler");
    String::from_utf8(said.stdout).expect("an answer").trim().to_owned()
}

/// A package for another architecture brings `usr/include/TRIPLE`, which comes before `usr/include`.
#[test]
fn headers_of_the_target_below_a_sysroot() {
    let world = World::with(Compiler::Clang);
    world.files(&[("a.c", "#include <q.h>\nint f = Q;\n"), ("sr/usr/include/q.h", "#define Q 1\n")]);
    let line = "--sysroot=sr -c a.c";
    world.cc(line).miss();
    world.cc(line).hit();
    world.file("sr/usr/include/x86_64-linux-gnu/q.h", "#define Q 3\n");
    world.cc(line).miss();
    world.cc(line).hit();
    fs::remove_dir_all(world.tree().join("sr/usr/include/x86_64-linux-gnu")).expect("headers");
    world.cc(line).hit();
}

/// clang takes the headers of C++ from the newest gcc that it finds.
#[test]
fn an_installation_of_gcc_that_clang_borrows_from() {
    let world = World::with(Compiler::Clang);
    world.files(&[
        ("a.cc", "#include <q.h>\nint f = Q;\n"),
        ("sr/usr/include/q.h", "#define Q 1\n"),
        ("sr/usr/lib/gcc/x86_64-linux-gnu/11/crtbegin.o", ""),
        ("sr/usr/include/c++/11/q.h", "#define Q 11\n"),
    ]);
    let line = "--sysroot=sr -c a.cc";
    world.cxx(line).miss();
    world.cxx(line).hit();
    // Headers alone are of no gcc, and an installation has none yet.
    world.file("sr/usr/lib/gcc/x86_64-linux-gnu/12/crtbegin.o", "");
    world.cxx(line).kept();
    world.file("sr/usr/include/c++/12/q.h", "#define Q 12\n");
    world.cxx(line).kept();
    world.cxx(line).hit();
}

/// A pack of devices is used by `-B pack/gcc/dev/atmega328p`.
#[test]
fn specs_of_a_device_before_those_of_the_compiler() {
    let world = World::with(Compiler::AvrGcc);
    let own = says("avr-gcc", "-print-file-name=device-specs/specs-atmega328p");
    let text = fs::read_to_string(own).expect("specs of a device");
    world.file("a.c", "#ifdef Q\nint f = Q;\n#endif\n").file("pack/keep", "");
    let line = "-mmcu=atmega328p -B pack -c a.c";
    world.cc(line).miss();
    world.cc(line).hit();
    for value in [5, 6] {
        let define = format!("-DQ={value} -D__AVR_DEVICE_NAME__=");
        world.file("pack/device-specs/specs-atmega328p", text.replace("-D__AVR_DEVICE_NAME__=", &define));
        world.cc(line).miss();
        world.cc(line).hit();
    }
    fs::remove_dir_all(world.tree().join("pack/device-specs")).expect("specs");
    world.cc(line).hit();
}

/// gcc looks for specs in the directories of `-B`, and then in the working directory.
#[test]
fn specs_before_those_of_the_working_directory() {
    let world = World::new();
    let specs = |value: u32| format!("*cc1:\n+ -DQ={value}\n\n");
    world.files(&[("a.c", "int f = Q;\n"), ("my.specs", &specs(3)), ("dir/keep", "")]);
    let line = "-specs=my.specs -B dir -c a.c";
    world.cc(line).kept();
    world.cc(line).hit();
    world.file("dir/my.specs", specs(34));
    world.cc(line).kept();
    world.cc(line).hit();
    fs::remove_file(world.tree().join("dir/my.specs")).expect("specs");
    world.cc(line).hit();
}
