//! Variables, and the language of the diagnostics.

use super::{COMPILE, project};
use crate::fixture::{Compiler, World, for_each_compiler};

#[test]
fn variables_that_matter() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <x.h>\nint a = X;\n"),
            ("one/x.h", "#define X 1\n"),
            ("two/x.h", "#define X 2\n"),
            ("a.cc", "#include <x.h>\nint a = X;\n"),
        ]);
        for name in ["CPATH", "C_INCLUDE_PATH"] {
            world.cc("-c a.c").env(name, "one").miss();
            world.cc("-c a.c").env(name, "two").miss();
            world.cc("-c a.c").env(name, "one").hit();
            world.cc("-c a.c").env(name, "two:one").miss();
            world.cc("-c a.c").env(name, "one:two").miss();
            world.cc("-c a.c").fails();
        }
        world.cxx("-c a.cc").env("CPLUS_INCLUDE_PATH", "one").miss();
        world.cxx("-c a.cc").env("CPLUS_INCLUDE_PATH", "two").miss();
        world.cxx("-c a.cc").env("CPLUS_INCLUDE_PATH", "one").hit();
    });
}

/// clang goes by them for Apple's targets.
#[test]
fn versions_of_systems_that_clang_compiles_for() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int a;\n");
    let line = "--target=arm64-apple-darwin -c a.c";
    world.cc(line).miss();
    for name in ["TVOS", "IPHONEOS"] {
        let with = |version: &str| world.cc(line).env(&format!("{name}_DEPLOYMENT_TARGET"), version);
        with("14.0").kept();
        with("15.0").kept();
        with("14.0").hit();
    }
    world.cc(line).env("LD_DEBUG", "help").bypass("environment");
    world.cc(line).env("RC_DEBUG_PREFIX_MAP", "/a=/b").bypass("environment");
    world.cc(line).hit();
}

#[test]
fn variables_that_write_files() {
    for_each_compiler(|world| {
        project(&world);
        for (name, value) in [
            ("DEPENDENCIES_OUTPUT", "out.d"),
            ("DEPENDENCIES_OUTPUT", "out.d target"),
            ("SUNPRO_DEPENDENCIES", "sun.d"),
        ] {
            for _ in 0..2 {
                world.cc(COMPILE).env(name, value).bypass("environment");
                for made in ["out.d", "sun.d"] {
                    if world.exists(made) {
                        world.remove(made);
                    }
                }
            }
        }
    });
}

#[test]
fn variables_that_do_not_matter() {
    for_each_compiler(|world| {
        project(&world);
        world.cc(COMPILE).miss();
        for (name, value) in
            [("USER", "somebody"), ("MAKEFLAGS", "-j2"), ("RANDOM_THING", "1"), ("OLDPWD", "/"), ("PWD", "/wrong")]
        {
            world.cc(COMPILE).env(name, value).hit();
        }
        world.cc(COMPILE).without_env("HOME").hit();
        world.cc(COMPILE).without_env("TMPDIR").hit();
    });
}

#[test]
fn locale_changes_the_diagnostics_only() {
    let world = World::new();
    world
        .file("a.c", "int f(void) { int unused‘; return 0; }\n")
        .file("b.c", "int f(void) { int unused; return 0; }\n");
    for locale in ["C", "C.UTF-8", "de_DE.UTF-8", "C"] {
        world.cc("-c a.c").env("LC_ALL", locale).fails();
        world.cc("-Wall -c b.c").env("LC_ALL", locale).kept();
        world.cc("-Wall -c b.c").env("LC_ALL", locale).hit();
    }
}

#[test]
fn locale_for_every_compiler() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(void) { int unused; return 0; }\n");
        for (name, value) in [
            ("LC_ALL", "C"),
            ("LC_ALL", "C.UTF-8"),
            ("LANG", "de_DE.UTF-8"),
            ("LANGUAGE", "de"),
            ("LC_MESSAGES", "fr_FR.UTF-8"),
            ("LC_CTYPE", "C"),
        ] {
            world.cc("-Wall -c a.c").env(name, value).miss();
            world.cc("-Wall -c a.c").env(name, value).hit();
        }
    });
}
