//! What is clang's own: resources, names, configuration files.

use super::{asks, copy_program, copy_tree, replace_program};
use crate::fixture::{Compiler, World, age, host_program};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

#[test]
fn clangs_resource_directory_changes_and_moves() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "#include <stddef.h>\nsize_t a;\n");
    let resources = asks("clang", "-print-resource-dir");
    for name in ["one", "two places"] {
        copy_tree(&resources.join("include"), &world.path(name).join("include"));
    }
    let compile = |name: &str| world.cc(&format!("-resource-dir '{}' -MD -c a.c", world.path(name).display()));
    compile("one").miss();
    compile("one").hit();
    compile("two places").hit();
    let header = world.path("one/include/stddef.h");
    let text = fs::read_to_string(&header).expect("a header");
    fs::write(&header, format!("{text}\n#define ADDED 1\n")).expect("a header");
    age(&header);
    compile("one").miss();
    compile("two places").hit();
    fs::write(&header, text).expect("a header");
    compile("one").hit();
}

#[test]
fn clangs_target_follows_the_name_it_is_called_by() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "long a(long x) { return x * 3; }\n");
    world.cc("-c a.c").miss();
    for name in ["aarch64-linux-gnu-clang", "i686-linux-gnu-clang"] {
        let link = world.path("bin").join(name);
        symlink(host_program("clang", "clang"), &link).expect("a link");
        // Not a shim: the compiler goes by its own name.
        world.command(&format!("{name} -c a.c")).miss();
        world.command(&format!("{name} -c a.c")).hit();
        // Each round leaves two hits, and this is the first of them.
        assert_eq!(world.journal().iter().filter(|record| record["outcome"] == "hit").count() % 2, 1);
        world.cc("-c a.c").hit();
        fs::remove_file(link).expect("a link");
    }
    world.cc("--target=aarch64-linux-gnu -c a.c").miss();
    world.cc("-target aarch64-linux-gnu -c a.c").miss();
}

#[test]
fn configuration_files_of_clang_appear_change_and_go() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "#ifndef Q\n#define Q 0\n#endif\nint a(int x) { return x * 3 + Q; }\n");
    // clang reads a configuration file named after itself, beside itself, where its name begins with a target.
    copy_program(&asks("clang", "-print-prog-name=clang"), &world.path("bin/x86_64-clang"));
    let compile = || world.command("x86_64-clang -c a.c");
    let put = |name: &str, text: &str| {
        fs::write(world.path("bin").join(name), text).expect("a configuration file");
        age(&world.path("bin").join(name));
    };
    compile().miss();
    compile().hit();
    put("x86_64-clang.cfg", "-O2\n-DQ=1\n");
    compile().miss();
    compile().hit();
    put("x86_64-clang.cfg", "-O1\n-DQ=1\n");
    compile().miss();
    put("x86_64-clang.cfg", "-O1\n@more.cfg\n");
    for value in [2, 3, 2] {
        put("more.cfg", &format!("-DQ={value}\n"));
        compile().kept();
        compile().hit();
    }
    put("more.cfg", "-MMD\n");
    compile().bypass("compiler-unknown");
    fs::remove_file(world.path("bin/x86_64-clang.cfg")).expect("a configuration file");
    compile().hit();
    put("x86_64.cfg", "-O3\n");
    compile().miss();
    fs::remove_file(world.path("bin/x86_64.cfg")).expect("a configuration file");
    put("more.cfg", "-O3\n");
    world.cc("--config more.cfg -c a.c").bypass("unserved-option");
    world.cc("-c a.c").env("CCC_OVERRIDE_OPTIONS", "+-O2").bypass("environment");
}

#[test]
fn clangs_assembler_is_found_as_clang_finds_it() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int a;\n");
    let tools = world.path("tools");
    let bytes = fs::read(host_program("as", "binutils")).expect("an assembler");
    fs::create_dir(&tools).expect("a directory");
    replace_program(&tools.join("as"), &[&bytes[..], b"\0"].concat());
    let path = format!("{}:{}:/usr/bin:/bin", world.path("bin").display(), tools.display());
    world.cc("-c a.c").miss();
    world.cc("-no-integrated-as -c a.c").miss();
    let ways = [
        world.cc(&format!("-no-integrated-as -B {} -c a.c", tools.display())),
        world.cc("-no-integrated-as -c a.c").env("COMPILER_PATH", &tools),
        world.cc("-no-integrated-as -c a.c").env("PATH", path),
    ];
    for way in ways {
        way.kept();
    }
    let line = format!("-no-integrated-as -B {} -c a.c", tools.display());
    world.cc(&line).hit();
    replace_program(&tools.join("as"), &[&bytes[..], b"\x01"].concat());
    world.cc(&line).miss();
    world.cc("-no-integrated-as -c a.c").hit();
    world.cc("-c a.c").hit();
}

/// clang starts `x86_64-pc-linux-gnu-as` before `as`, wherever on `PATH` it comes to lie.
#[test]
fn an_assembler_that_appears_is_another_compiler() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int a;\n");
    let told = Command::new(host_program("clang", "clang")).arg("-print-target-triple").output().expect("clang");
    let target = String::from_utf8(told.stdout).expect("a target").trim().to_owned();
    let (first, last) = (world.path("first"), world.path("last"));
    for dir in [&first, &last] {
        fs::create_dir(dir).expect("a directory");
    }
    let bytes = fs::read(host_program("as", "binutils")).expect("an assembler");
    let shims = world.path("bin");
    let dirs = [shims.as_path(), &first, Path::new("/usr/bin"), Path::new("/bin"), &last];
    let path = dirs.map(|dir| dir.display().to_string());
    let run = || world.cc("-no-integrated-as -c a.c").env("PATH", path.join(":"));
    let given = || run().env("COMPILER_PATH", &first);
    run().miss();
    run().hit();
    given().kept();
    given().hit();
    for (place, byte) in [(first.join("as"), 1), (last.join(format!("{target}-as")), 2)] {
        replace_program(&place, &[&bytes[..], &[byte]].concat());
        run().does_one_of(&["miss: compiler-changed", "hit"], "clang may find `as` beside itself first");
        given().does("miss: compiler-changed");
        given().hit();
        run().hit();
        fs::remove_file(&place).expect("an assembler");
        run().hit();
        given().hit();
    }
}

/// What another program does is no content of a file: a driver passes over a program that it may not execute.
#[test]
fn a_program_that_may_no_longer_be_executed_is_another_compiler() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.file("a.c", "int a;\n");
        let place = world.path("tools/as");
        fs::create_dir(world.path("tools")).expect("a directory");
        let script = format!("#!/bin/sh\necho other >&2\nexec {} \"$@\"\n", host_program("as", "binutils").display());
        replace_program(&place, script.as_bytes());
        let own = if compiler == Compiler::Clang { "-no-integrated-as" } else { "-O0" };
        let run = || world.cc(&format!("{own} -B{} -c a.c", place.parent().expect("a directory").display()));
        run().kept();
        run().hit();
        let set = |mode| fs::set_permissions(&place, fs::Permissions::from_mode(mode)).expect("a mode");
        set(0o644);
        run().kept();
        run().hit();
        set(0o755);
        run().hit();
    }
}
