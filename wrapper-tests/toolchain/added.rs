//! Words that specs and scripts add behind the command line's back.

use crate::fixture::{World, host_program};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// What specs or a script add is served if a table knows it to be harmless, and left alone if not: a word that nobody
/// knows could write a file, whatever it is called.
#[test]
fn words_that_are_added_are_served_if_they_are_known() {
    let world = World::new();
    world.file("a.c", "int a(int x) { return x * 3; }\n");
    for (specs, harmless) in [
        ("*cc1:\n+ -fno-ipa-cp -imultilib x\n\n", true),
        // An option of gfortran's, which cc1 takes with a warning.
        ("*cc1:\n+ -ffree-form\n\n", false),
        ("*asm:\n+ --noexecstack --debug-prefix-map /x=/y\n\n", true),
        // The assembler takes it, and nothing comes of it.
        ("*asm:\n+ --hash-size=5\n\n", false),
    ] {
        world.file("my.specs", specs);
        let compile = || world.cc("-specs=my.specs -c a.c");
        if harmless {
            compile().kept();
            compile().hit();
        } else {
            compile().bypass("compiler-unknown");
            compile().bypass("compiler-unknown");
        }
    }
    for (driver, added, harmless) in [
        ("gcc", "-ftree-vrp -ffile-prefix-map=/x=/y", true),
        ("gcc", "-ffree-form", false),
        ("gcc", "-Wa,--hash-size=5", false),
        ("clang", "-Xclang -fno-bitfield-type-align -mllvm -inline-threshold=5", true),
        ("clang", "-Xclang -fdebugger-support", false),
        ("clang", "-mllvm -instcombine-max-iterations=9", false),
    ] {
        world.file("cc", format!("#!/bin/sh\nexec {} {added} \"$@\"\n", host_program(driver, driver).display()));
        fs::set_permissions(world.path("tree/cc"), fs::Permissions::from_mode(0o755)).expect("a mode");
        let compile = || world.command("./cc -c a.c");
        if harmless {
            compile().kept();
            compile().hit();
        } else {
            compile().bypass("compiler-unknown");
            let detail = world.journal().pop().expect("a record")["detail"].as_str().expect("a text").to_owned();
            assert!(detail.starts_with("it adds `-") && detail.ends_with("` by itself"), "{added}: {detail}");
        }
    }
}
