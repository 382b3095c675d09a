//! What is called in an overlay does what the original does.

use super::{UNO, against, avr, chmod, counted, overlay, project, shim};
use crate::fixture::{Ran, World, lossy, packer_cc, words};
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

#[test]
fn drivers_do_what_the_originals_do() {
    let world = World::new();
    project(&world);
    let chain = avr(&world, "chain");
    let overlay = overlay(&world, &chain, "overlay");
    let run =
        |name: &str, line: &str| against(&world, &chain.join("bin").join(name), overlay.join("bin").join(name), line);
    for (name, line) in [
        ("avr-gcc", "-c a.c -Wall -MMD"),
        ("avr-gcc", "-g -c a.c -o a.o -Wall"),
        ("avr-g++", "-c c.cpp"),
        ("avr-c++", "-c c.cpp -DX -MMD -MP"),
        ("avr-gcc-5.4.0", "-S a.c"),
        ("avr-gcc", "-c s.S"),
    ] {
        let line = format!("{UNO} {line}");
        run(name, &line).miss();
        run(name, &line).hit();
    }
    // Messages begin with the driver's name, and a command that is no compile tells the original's place.
    for (line, what) in [
        ("-c broken.c", "failed: compiler-failed"),
        ("-c absent.c", "bypass: input-unreadable"),
        ("-c a.c -no-such-option", "bypass: unknown-option"),
        ("-c", "bypass: no-source"),
        ("", "bypass: not-a-compile"),
        ("-E a.c", "bypass: preprocess-only"),
    ] {
        run("avr-gcc", &format!("{UNO} {line}")).does(what);
    }
    for line in [
        "-dumpversion",
        "-dumpmachine",
        "--version",
        "-v",
        "-print-prog-name=cc1",
        "-print-prog-name=ld",
        "-print-file-name=plugin",
        "-print-search-dirs",
        "-print-libgcc-file-name",
        "-mmcu=atmega328p -### -c a.c",
        "-E -v -x c /dev/null",
    ] {
        let ran = run("avr-gcc", line).bypass("not-a-compile");
        assert!(!lossy(&ran.stdout).contains("/overlay/"), "{line}: the original knows nothing of the overlay");
    }
}

/// The whole of a firmware's build by the overlay's names: compile with link-time objects, `gcc-ar` with its plugin,
/// link, convert, size.
#[test]
fn links_and_tools() {
    let world = World::new();
    project(&world);
    let chain = avr(&world, "chain");
    let overlay = overlay(&world, &chain, "overlay");
    let run =
        |name: &str, line: &str| against(&world, &chain.join("bin").join(name), overlay.join("bin").join(name), line);
    for flags in ["", "-flto -fno-fat-lto-objects -frandom-seed=1"] {
        for source in ["a", "b"] {
            run("avr-gcc", &format!("{UNO} {flags} -c {source}.c -o {source}.o")).miss();
        }
        let _ = fs::remove_file(world.tree().join("lib.a"));
        // What is no driver is a link to the original, and packer-cc is not asked.
        run("avr-gcc-ar", "rcs lib.a b.o").does("unrecorded");
        run("avr-gcc-nm", "lib.a").does("unrecorded");
        let plugin = if flags.is_empty() { "" } else { "-flto -fuse-linker-plugin" };
        run("avr-gcc", &format!("{UNO} {plugin} -Wl,--gc-sections -o fw.elf a.o lib.a")).bypass("not-a-compile");
        assert!(world.exists("fw.elf"));
        run("avr-objcopy", "-O ihex -R .eeprom fw.elf fw.hex").does("unrecorded");
        run("avr-size", "fw.elf").does("unrecorded");
        run("avr-gcc", &format!("{UNO} {flags} a.c b.c -o both.elf")).bypass("not-a-compile");
    }
}

/// Debian's `/usr` as the toolchain, which holds hundreds of other programs: gcc and clang by their plain and
/// versioned names.
#[test]
fn native_compilers() {
    let world = World::new();
    project(&world);
    let overlay = overlay(&world, Path::new("/usr"), "overlay");
    for (name, line) in [
        ("gcc", "-O2 -c plain.c -Wall"),
        ("gcc-12", "-O2 -c plain.c -DX"),
        ("x86_64-linux-gnu-gcc-12", "-O2 -c plain.c -DY"),
        ("cc", "-c plain.c -DZ"),
        ("g++", "-c c.cpp"),
        ("clang", "-c plain.c -DC"),
        ("clang++", "-c c.cpp -DC"),
    ] {
        let run = || against(&world, &Path::new("/usr/bin").join(name), overlay.join("bin").join(name), line);
        run().miss();
        run().hit();
    }
    let run = |name: &str, line: &str| {
        against(&world, &Path::new("/usr/bin").join(name), overlay.join("bin").join(name), line)
    };
    world.file("main.c", "int plain(void);\nint main(void) { return plain(); }\n");
    run("gcc", "-O2 -flto -frandom-seed=1 -c main.c").miss();
    run("gcc", "-O2 -flto -frandom-seed=2 -c plain.c").miss();
    run("gcc", "-O2 -flto main.o plain.o -o program").bypass("not-a-compile");
    assert_eq!(world.shell(world.tree().join("program"), &[]).status.code(), Some(1));
    run("clang", "--version").bypass("not-a-compile");
    run("ld", "--version").does("unrecorded");
}

#[test]
fn results_are_shared_with_direct_calls() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    let original = chain.join("bin/avr-gcc");
    let driver = overlay.join("bin/avr-gcc");
    let line = |extra: &str| format!("{UNO} -c plain.c {extra}");
    against(&world, &original, driver.clone(), &line("")).miss();
    against(&world, &original, driver.clone(), &line("")).hit();
    world.run(original.clone(), words(&line(""))).hit();
    world.run(original.clone(), words(&line("-DX"))).miss();
    against(&world, &original, driver.clone(), &line("-DX")).hit();
    // By the name alone, and behind packer-cc.
    let path = format!("{}:/usr/bin:/bin", overlay.join("bin").display());
    against(&world, &original, "avr-gcc", &line("-DX")).env("PATH", path.clone()).hit();
    let doubled = |extra: &str| {
        let ours = [packer_cc().into_os_string(), driver.clone().into()].into_iter().chain(words(&line(extra)));
        world.compare([original.clone().into()].into_iter().chain(words(&line(extra))).collect(), ours.collect())
    };
    doubled("-DX").hit();
    doubled("-DY").miss();
    against(&world, &original, driver.clone(), &line("-DY")).hit();
    // As the compiler that is configured, with and without a path and further words.
    for configured in [driver.display().to_string(), "avr-gcc".to_owned(), format!("packer-cc {}", driver.display())] {
        let packer = packer_cc().parent().expect("a directory").display().to_string();
        world
            .run(original.clone(), words(&line("-DX")))
            .without_name()
            .env("PACKER_CC_COMPILER", configured)
            .env("PATH", format!("{path}:{packer}"))
            .hit();
    }
    let configured = format!("{} -mmcu=atmega328p", driver.display());
    world
        .compare(
            [original.clone().into()].into_iter().chain(words("-mmcu=atmega328p -Os -c plain.c -DZ")).collect(),
            [packer_cc().into_os_string()].into_iter().chain(words("-Os -c plain.c -DZ")).collect(),
        )
        .env("PACKER_CC_COMPILER", configured)
        .miss();
    // Where the cache is switched off or cannot be found, the original runs all the same.
    against(&world, &original, driver.clone(), &line("")).env("PACKER_CC_DISABLE", "1").bypass("disabled");
    let poor = against(&world, &original, driver, &line(""));
    poor.without_env("PACKER_CC_DIR").without_env("HOME").does("unrecorded, compiled");
}

/// A driver is the same by every path: through links to it or to its directory, by a relative path, by another name.
#[test]
fn every_way_to_a_driver() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    let original = chain.join("bin/avr-gcc");
    let line = format!("{UNO} -c plain.c");
    against(&world, &original, overlay.join("bin/avr-gcc"), &line).miss();
    fs::create_dir(world.path("elsewhere")).expect("a directory");
    symlink(overlay.join("bin/avr-gcc"), world.path("elsewhere/avr-gcc")).expect("a link");
    symlink("avr-gcc", world.path("elsewhere/my-avr-gcc")).expect("a link");
    symlink(&overlay, world.path("elsewhere/tools")).expect("a link");
    symlink(overlay.join("bin"), world.path("tree/relative")).expect("a link");
    for way in ["elsewhere/avr-gcc", "elsewhere/my-avr-gcc", "elsewhere/tools/bin/avr-gcc"] {
        against(&world, &original, world.path(way), &line).hit();
    }
    for way in ["./relative/avr-gcc", "relative/avr-gcc", "../overlay/bin/avr-gcc"] {
        against(&world, &original, way, &line).hit();
    }
    // The caller chooses `argv[0]`, and the `PATH` of the child.
    for (argv0, path) in [("avr-gcc", "/usr/bin:/bin"), ("avr-gcc", "/nowhere"), ("./avr-gcc", "/usr/bin")] {
        let records = world.journal().len();
        let mut command = world.bare_command(overlay.join("bin/avr-gcc").as_os_str());
        command.args(words(&line)).arg0(argv0).env("PATH", path);
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        assert_eq!(world.journal()[records..][0]["outcome"], "hit", "{argv0} {path}");
    }
    // A link that stands in the overlay and is not in its shim file means a search on PATH, as anywhere.
    symlink(packer_cc(), overlay.join("bin/arm-none-eabi-gcc")).expect("a link");
    against(&world, &world.path("bin/arm-none-eabi-gcc"), overlay.join("bin/arm-none-eabi-gcc"), "-c plain.c").miss();
}

/// Some build tools resolve links, and a link to packer-cc would lose its driver's name. A copy keeps it, and is
/// known as packer-cc all the same.
#[test]
fn copies_of_packer_cc() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = world.path("overlay");
    let ran = shim(&world, &["--copy".as_ref(), chain.as_os_str(), overlay.as_os_str()]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    let driver = overlay.join("bin/avr-gcc").canonicalize().expect("a driver");
    assert!(driver.ends_with("overlay/bin/avr-gcc"));
    let (original, line) = (chain.join("bin/avr-gcc"), format!("{UNO} -c plain.c"));
    against(&world, &original, driver.clone(), &line).miss();
    against(&world, &original, driver.clone(), &line).hit();
    world.run(original.clone(), words(&line)).hit();
    let doubled = [packer_cc().into_os_string(), driver.clone().into()].into_iter().chain(words(&line)).collect();
    world.compare([original.clone().into()].into_iter().chain(words(&line)).collect(), doubled).hit();
    // A program that somebody puts in the place of a copy is no packer-cc, and is started as a compiler.
    fs::remove_file(&driver).expect("a copy");
    fs::write(&driver, "#!/bin/sh\necho mine\n").expect("a script");
    chmod(&driver, 0o755);
    let ran = world.shell(packer_cc(), &[&driver.display().to_string(), "--version"]);
    assert_eq!(lossy(&ran.stdout), "mine\n");
}

/// A build that names its compiler by a path in an overlay.
#[test]
fn make_with_an_overlay() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    world.file(
        "Makefile",
        "CFLAGS = -mmcu=atmega328p -Os -MMD\nOBJECTS = plain.o b.o\nall: $(OBJECTS)\n-include *.d\n\
         clean:\n\trm -f *.o *.d\n",
    );
    let make = |args: &[&str]| {
        let cc = format!("CC={}", overlay.join("bin/avr-gcc").display());
        let mut all = vec![cc.as_str(), "-j2"];
        all.extend(args);
        let ran = world.shell("make", &all);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        lossy(&ran.stdout)
    };
    make(&[]);
    assert_eq!(world.runs().len(), 2);
    let objects = [world.read("plain.o"), world.read("b.o"), world.read("plain.d")];
    make(&["clean"]);
    make(&[]);
    assert_eq!(world.runs().len(), 2, "the second build does not run the compiler");
    assert_eq!(objects, [world.read("plain.o"), world.read("b.o"), world.read("plain.d")]);
    assert!(!make(&[]).contains("avr-gcc"), "everything is up to date");
}
