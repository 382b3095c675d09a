//! Parts and libraries that change under an unchanged driver.

use super::{asks, flip_last_byte, gcc_in, part, replace_program};
use crate::fixture::{Compiler, World, age, for_each_compiler, host_program, words};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

#[test]
fn cc1_cc1plus_and_as_change_under_an_unchanged_driver() {
    let world = World::new();
    world.file("a.c", "#include <stddef.h>\nsize_t a;\n").file("b.cc", "#include <stddef.h>\nsize_t b;\n");
    let root = gcc_in(&world, "toolchain");
    let c = || world.run(root.join("bin/gcc"), words("-c a.c -MD"));
    let cxx = || world.run(root.join("bin/g++"), words("-c b.cc -MD"));
    c().miss();
    cxx().miss();
    for (name, changes_c, changes_cxx) in [("cc1", true, false), ("cc1plus", false, true), ("as", true, true)] {
        let path = part(&root, name);
        flip_last_byte(&path);
        if changes_c {
            c().miss()
        } else {
            c().hit()
        };
        if changes_cxx {
            cxx().miss()
        } else {
            cxx().hit()
        };
        c().hit();
        cxx().hit();
        flip_last_byte(&path);
        c().hit();
        cxx().hit();
    }
    // The toolchain's own header.
    let header = part(&root, "cc1").with_file_name("include").join("stddef.h");
    let text = fs::read_to_string(&header).expect("a header");
    fs::write(&header, format!("{text}\n#define ADDED 1\n")).expect("a header");
    age(&header);
    c().miss();
    fs::write(&header, &text).expect("a header");
    c().hit();
    // A specs file that appears where the driver looks for one.
    fs::write(part(&root, "cc1").with_file_name("specs"), "*cc1:\n+ -O2\n\n").expect("specs");
    c().does("miss: compiler-changed");
}

/// So many digits of a digest are shown.
const DIGITS: usize = 12;

/// The image of a CI runner was exchanged, and with it a part of the toolchain. The misses are due to that, and log
/// and journal say which file differs.
#[test]
fn a_miss_under_another_toolchain_names_the_member_that_differs() {
    let world = World::new();
    world.file("a.c", "#include <stddef.h>\nsize_t a;\n").file("b.cc", "#include <stddef.h>\nsize_t b;\n");
    let lines = ["-c a.c -MD", "-c a.c -O2", "-c a.c -m64 -MMD"];
    let first = gcc_in(&world, "first");
    let miss = |root: &Path, line: &str| {
        let lines = || fs::read_to_string(world.path("log")).unwrap_or_default().lines().count();
        let before = lines();
        world.run(root.join("bin/gcc"), words(line)).miss();
        let log = fs::read_to_string(world.path("log")).expect("a log");
        let log = log.lines().skip(before).collect::<Vec<_>>().join("\n");
        let record = world.journal().pop().expect("a record");
        let text = |field: &str| record[field].as_str().expect("a text").to_owned();
        (text("reason"), text("detail"), log)
    };
    for line in lines {
        let (reason, detail, log) = miss(&first, line);
        // The second line is another one for a source that is known.
        assert!(["new", "options-changed"].contains(&reason.as_str()), "{line}: {reason}");
        assert!(!detail.contains("toolchain") && !log.contains("differs"), "{line}: {detail}: {log}");
    }
    world.run(first.join("bin/g++"), words("-c b.cc")).miss();
    for (name, runner) in [("cc1", "second"), ("as", "third place"), ("gcc", "fourth")] {
        // Another machine: another place, no state, and one other file.
        let root = gcc_in(&world, runner);
        fs::remove_dir_all(world.cache().join("state")).expect("the state");
        world.run(root.join("bin/gcc"), words(lines[0])).hit();
        let (changed, shown) = match name {
            "gcc" => (root.join("bin/real-gcc"), "real-gcc"),
            _ => (part(&root, name), name),
        };
        let digest = |path: &Path| {
            packer_cc::digest::Digest::of_bytes(&fs::read(path).expect("a program")).hex()[..DIGITS].to_owned()
        };
        let old = digest(&changed);
        flip_last_byte(&changed);
        fs::remove_dir_all(world.cache().join("state")).expect("the state");
        for line in lines {
            let (reason, detail, log) = miss(&root, line);
            let expected = format!("{shown} differs ({old} → {})", digest(&changed));
            assert_eq!((reason.as_str(), &detail), ("compiler-changed", &expected), "{line}");
            assert!(log.contains(&format!("compiler: {expected}")), "{log}");
            world.run(root.join("bin/gcc"), words(line)).hit();
        }
        // What no toolchain compiled before is missed for its options.
        let (reason, detail, _) = miss(&root, &format!("-c a.c -O1 -DNEVER_{name}"));
        assert!(reason == "options-changed" && detail.contains("-D"), "{reason}: {detail}");
        // A C++ compile does not run `cc1`, so another `cc1` changes nothing.
        if name == "cc1" {
            world.run(root.join("bin/g++"), words("-c b.cc")).hit();
        }
    }
    let stats: serde_json::Value = serde_json::from_str(&world.admin(&["stats", "--json"])).expect("JSON");
    assert_eq!(stats["miss_reasons"]["compiler-changed"], 3, "{stats}");
    // Results do not depend on what the store knows of toolchains. Without that, a miss only says less.
    for damage in [true, false] {
        for file in world.store_files().into_iter().filter(|file| file.starts_with(world.cache().join("store/v1/t"))) {
            if damage { fs::write(file, "damaged") } else { fs::remove_file(file) }.expect("a file");
        }
        flip_last_byte(&part(&first, "cc1"));
        let (reason, ..) = miss(&first, &format!("-c a.c -DDAMAGE={damage}"));
        assert_eq!(reason, "options-changed");
    }
}

#[test]
fn the_same_gcc_elsewhere_is_the_same_compiler() {
    let world = World::new();
    // The name of its own header is another one, and no text takes it in: `sizeof __FILE__` is of `a.c`.
    let text = |name: &str| format!("#include <stddef.h>\nsize_t {name} = sizeof __FILE__;\n");
    world.file("a.c", text("a")).file("b.cc", text("b"));
    let first = gcc_in(&world, "first");
    let second = gcc_in(&world, "second place");
    for request in ["", "-MD", "-MMD", "-Wall"] {
        for (driver, source) in [("gcc", "a.c"), ("g++", "b.cc")] {
            let line = format!("-O1 -c {source} {request}");
            let run =
                |place: &Path| world.run(place.join("bin").join(driver), words(&line)).env("PACKER_CC_ASK", "never");
            run(&first).miss();
            run(&second).hit();
        }
    }
}

/// The bytes of a shared library count, also of one that appears where the loader looks first.
#[test]
fn shared_libraries_change_appear_and_go() {
    let library = ["/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/aarch64-linux-gnu/libz.so.1"]
        .iter()
        .map(Path::new)
        .find(|path| path.exists())
        .expect("libz.so.1 is missing: install the Debian package zlib1g");
    let library = fs::read(library).expect("a library");
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n");
        fs::create_dir(world.path("libraries")).expect("a directory");
        let compile = || world.cc("-c a.c").env("LD_LIBRARY_PATH", world.path("libraries"));
        let own = world.path("libraries/libz.so.1");
        world.cc("-c a.c").miss();
        compile().hit();
        if !loads_zlib(&world) {
            return;
        }
        replace_program(&own, &[&library[..], b"\0"].concat());
        compile().miss();
        compile().hit();
        replace_program(&own, &[&library[..], b"\x01"].concat());
        compile().miss();
        fs::remove_file(&own).expect("a library");
        compile().hit();
        // Directories for hardware capabilities are looked at first.
        for round in 0..2 {
            let capable = world.path("libraries/glibc-hwcaps/x86-64-v2");
            fs::create_dir_all(&capable).expect("a directory");
            replace_program(&capable.join("libz.so.1"), &[&library[..], &[2 + round]].concat());
            compile().miss();
            fs::remove_dir_all(world.path("libraries/glibc-hwcaps")).expect("a directory");
            compile().hit();
        }
    });
}

/// avr-gcc of Debian links zlib into its parts.
fn loads_zlib(world: &World) -> bool {
    let program = match world.compiler() {
        Compiler::Clang => host_program("clang", "clang"),
        compiler => asks(compiler.c(), "-print-prog-name=cc1"),
    };
    let output = Command::new("ldd").arg(program).output().expect("ldd starts");
    String::from_utf8_lossy(&output.stdout).contains("libz.so.1")
}

#[test]
fn a_preloaded_library_changes() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n");
        let library = world.path("preload.so");
        let make = |value: u8| {
            fs::write(world.path("preload.c"), format!("int preloaded = {value};\n")).expect("a source");
            let source = world.path("preload.c");
            let made = Command::new(host_program("gcc", "gcc"))
                .args(["-shared", "-fPIC", "-o"])
                .arg(&library)
                .arg(source)
                .status()
                .expect("gcc starts");
            assert!(made.success(), "a library");
        };
        let compile = || world.cc("-c a.c").env("LD_PRELOAD", &library);
        for value in [1, 2] {
            make(value);
            compile().miss();
            compile().hit();
        }
        make(1);
        compile().hit();
    });
}

#[test]
fn replaced_in_place_with_the_same_size_and_time() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n").file("b.cc", "int b;\n");
        for (driver, source) in [(world.compiler().c(), "a.c"), (world.compiler().cxx(), "b.cc")] {
            let program = world.path("bin").join(driver);
            let compile = || world.command(&format!("{driver} -c {source}"));
            compile().miss();
            flip_last_byte(&program);
            compile().miss();
            flip_last_byte(&program);
            compile().hit();
        }
    });
}

#[test]
fn a_link_that_is_retargeted() {
    let world = World::new();
    world.file("a.c", "int a(int x) { return x / 7; }\n");
    for link in ["linked-cc", "chained-cc"] {
        symlink("gcc", world.path("bin").join(link)).expect("a link");
    }
    fs::remove_file(world.path("bin/chained-cc")).expect("a link");
    symlink("linked-cc", world.path("bin/chained-cc")).expect("a link");
    for name in ["linked-cc", "chained-cc"] {
        for target in ["gcc", "clang", "gcc"] {
            fs::remove_file(world.path("bin/linked-cc")).expect("a link");
            symlink(target, world.path("bin/linked-cc")).expect("a link");
            world.command(&format!("{name} -c a.c")).kept();
            world.command(&format!("{name} -c a.c")).hit();
        }
    }
}
