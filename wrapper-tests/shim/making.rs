//! Overlays are made, made again, moved and taken away.

use super::{FILE, UNO, against, avr, chmod, counted, overlay, project, shim, stamps};
use crate::fixture::{ALICE, Ran, World, as_user, host_program, lossy, packer_cc, words};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::PathBuf;

#[test]
fn a_moved_overlay_works_and_a_moved_toolchain_says_so() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let before = overlay(&world, &chain, "overlay");
    let line = format!("{UNO} -c plain.c");
    let after = world.path("far/away");
    fs::create_dir(world.path("far")).expect("a directory");
    fs::rename(&before, &after).expect("a move");
    against(&world, &chain.join("bin/avr-gcc"), after.join("bin/avr-gcc"), &line).miss();
    let _ = fs::remove_file(world.tree().join("plain.o"));

    let moved = world.path("newer");
    fs::rename(&chain, &moved).expect("a move");
    // There is another avr-gcc on PATH, which is not the one that was meant.
    for program in [after.join("bin/avr-gcc").into_os_string(), "avr-gcc".into()] {
        for line in [line.as_str(), "--version", "-o x plain.o"] {
            let path = format!("{}:{}:/usr/bin:/bin", after.join("bin").display(), world.path("bin").display());
            let mut command = world.bare_command_by(&program, path.as_ref());
            command.args(words(line));
            let ran = Ran::of(command, &[]);
            assert_eq!(ran.status.code(), Some(127), "{program:?} {line}");
            let said = ran.stderr_text();
            for part in ["packer-cc: ", "/far/away/bin/avr-gcc stands for ", "/chain/bin/avr-gcc", "packer-cc shim"] {
                assert!(said.contains(part), "{said}");
            }
            assert!(ran.stdout.is_empty() && !world.exists("plain.o"));
        }
    }
    overlay(&world, &moved, "far/away");
    against(&world, &moved.join("bin/avr-gcc"), after.join("bin/avr-gcc"), &line).hit();
    // The original is there and cannot be executed.
    chmod(&moved.join("bin/avr-gcc"), 0o644);
    let ran = world.shell(after.join("bin/avr-gcc"), &["--version"]);
    assert_eq!((ran.status.code(), ran.stdout.len()), (Some(126), 0), "{}", ran.stderr_text());
}

/// Everything of the toolchain is there, and only the drivers are something else.
#[test]
fn everything_else_is_the_original() {
    let world = World::new();
    let chain = avr(&world, "chain");
    fs::write(chain.join("package.json"), "{\"name\": \"toolchain-atmelavr\"}").expect("a file");
    fs::write(chain.join(".piopm"), "{}").expect("a file");
    symlink("bin/avr-size", chain.join("size")).expect("a link");
    symlink("nowhere", chain.join("dangling")).expect("a link");
    let overlay = overlay(&world, &chain, "overlay");
    let mut drivers = Vec::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(chain.join(&dir)).expect("a directory").map(|entry| entry.expect("an entry")) {
            let place = dir.join(entry.file_name());
            let ours = overlay.join(&place);
            if fs::canonicalize(&ours).is_ok_and(|path| path == packer_cc().canonicalize().expect("packer-cc")) {
                drivers.push(place.display().to_string());
            } else if entry.file_type().expect("a kind").is_dir() {
                pending.push(place);
            } else if entry.path().exists() {
                assert_eq!(fs::canonicalize(&ours).ok(), fs::canonicalize(entry.path()).ok(), "{}", place.display());
            } else {
                assert!(fs::symlink_metadata(&ours).is_ok(), "{}", place.display());
            }
        }
    }
    drivers.sort();
    assert_eq!(drivers, ["bin/avr-c++", "bin/avr-g++", "bin/avr-gcc", "bin/avr-gcc-5.4.0"]);
    // Nothing more than the toolchain's names and the two shim files, and no toolchain's tree was copied.
    let mine: Vec<_> = stamps(&overlay).into_iter().filter(|(path, ..)| path.is_file() && !path.is_symlink()).collect();
    assert_eq!(mine.len(), 2, "{mine:?}");
    assert!(overlay.join("lib").is_symlink());
}

#[test]
fn shapes_of_toolchains() {
    let world = World::new();
    let program = |place: &str| {
        let path = world.path(place);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, format!("#!/bin/sh\ncat <<'END'\n{place}\nEND\necho \"$0\"\n")).expect("a program");
        chmod(&path, 0o755);
        path
    };
    let made = |toolchain: &str, args: &[&str]| -> Vec<String> {
        let place = format!("{}-overlay", toolchain.replace('/', "_"));
        let (toolchain, overlay) = (world.path(toolchain), world.path(place));
        let mut all: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        all.extend([OsStr::new("--json"), toolchain.as_os_str(), overlay.as_os_str()]);
        let ran = shim(&world, &all);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        let report: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        let drivers = report["drivers"].as_array().expect("drivers").iter();
        drivers
            .map(|driver| {
                let text = |key: &str| driver[key].as_str().expect("a text").to_owned();
                // Each driver starts its original by the original's own path.
                let ran = world.shell(text("path"), &[]);
                let said = lossy(&ran.stdout);
                assert!(said.contains(&text("original")), "{said} {}", ran.stderr_text());
                text("name")
            })
            .collect()
    };
    // The toolchain is the `bin` directory itself.
    program("one/bin/avr-gcc");
    program("one/bin/avr-size");
    assert_eq!(made("one/bin", &[]), ["avr-gcc"]);
    assert!(world.path("one_bin-overlay/avr-size").is_symlink());
    // An archive unpacks to a directory above `bin` (`x-gcc-7`). The target has a `bin` of its own below that
    // (`x-gcc-7/x`). A link leads to a `bin` that is found anyway.
    program("nested/x-gcc-7/bin/x-gcc");
    program("nested/x-gcc-7/x/bin/gcc");
    program("nested/x-gcc-7/x/bin/as");
    program("nested/x-gcc-7/share/doc/gcc");
    symlink("x-gcc-7/bin", world.path("nested/bin")).expect("a link");
    assert_eq!(made("nested", &[]), ["bin/x-gcc", "x-gcc-7/bin/x-gcc", "x-gcc-7/x/bin/gcc"]);
    let overlay = world.path("nested-overlay");
    assert!(overlay.join("x-gcc-7/share").is_symlink() && overlay.join("x-gcc-7/x/bin/as").is_symlink());
    // Names that are no driver's, names of drivers that are no programs, and links to packer-cc, which search on PATH.
    for name in ["gcc-ar", "gcov", "clang-format", "cpp", "g++-12", "clang-14"] {
        program(&format!("names/bin/{name}"));
    }
    fs::write(world.path("names/bin/clang"), "").expect("a file");
    fs::create_dir(world.path("names/bin/gcc-9")).expect("a directory");
    symlink("nowhere", world.path("names/bin/gcc-8")).expect("a link");
    symlink(packer_cc(), world.path("names/bin/cc")).expect("a link");
    symlink(packer_cc(), world.path("names/bin/packer-cc")).expect("a link");
    assert_eq!(made("names", &[]), ["bin/clang-14", "bin/g++-12"]);
    world.file("a.c", "int a;\n");
    against(&world, &world.path("bin/cc"), world.path("names-overlay/bin/cc"), "-c a.c").miss();
    // The overlay goes through the link, which may lead to a newer toolchain one day.
    program("seven/bin/avr-gcc");
    program("eight/bin/avr-gcc");
    symlink("seven", world.path("current")).expect("a link");
    assert_eq!(made("current", &[]), ["bin/avr-gcc"]);
    fs::remove_file(world.path("current")).expect("a link");
    symlink("eight", world.path("current")).expect("a link");
    let ran = world.shell(world.path("current-overlay/bin/avr-gcc"), &[]);
    assert!(lossy(&ran.stdout).starts_with("eight/bin/avr-gcc"), "{}", lossy(&ran.stdout));
    // Names with spaces and quotes.
    program("od d/it's \"so\" \\ a$b/bin/avr-gcc");
    assert_eq!(made("od d", &[]), ["it's \"so\" \\ a$b/bin/avr-gcc"]);
}

#[test]
fn made_again_it_changes_what_changed_and_nothing_else() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    let again = |args: &[&str]| -> Value {
        let mut all: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        all.extend([OsStr::new("--json"), chain.as_os_str(), overlay.as_os_str()]);
        let ran = shim(&world, &all);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        serde_json::from_slice(&ran.stdout).expect("JSON")
    };
    let before = stamps(&overlay);
    let report = again(&[]);
    assert_eq!((report["written"].as_u64(), report["removed"].as_u64()), (Some(0), Some(0)));
    assert_eq!(stamps(&overlay), before, "nothing was touched");

    // A driver and a tool come, a tool and a directory go.
    world.shim_in("chain/bin", "avr-g++", &host_program("avr-g++", "gcc-avr"));
    fs::write(chain.join("bin/avr-nm"), "").expect("a tool");
    fs::remove_file(chain.join("bin/avr-size")).expect("a tool");
    fs::remove_dir_all(chain.join("lib")).expect("a directory");
    let report = again(&[]);
    assert_eq!(report["removed"], 2);
    assert_eq!(report["drivers"].as_array().map(Vec::len), Some(2));
    assert!(overlay.join("bin/avr-nm").is_symlink() && !overlay.join("bin/avr-size").is_symlink());
    against(&world, &chain.join("bin/avr-g++"), overlay.join("bin/avr-g++"), &format!("{UNO} -c c.cpp")).miss();

    // What was damaged is mended: a link that leads elsewhere, and a shim file that is gone.
    fs::remove_file(overlay.join("bin/avr-gcc")).expect("a link");
    symlink(chain.join("bin/avr-gcc"), overlay.join("bin/avr-gcc")).expect("a link");
    fs::remove_file(overlay.join("bin").join(FILE)).expect("a shim file");
    assert_eq!(again(&[])["written"], 2);
    against(&world, &chain.join("bin/avr-g++"), overlay.join("bin/avr-g++"), &format!("{UNO} -c c.cpp")).hit();

    // A toolchain of another shape: its own directories come and go.
    fs::create_dir(chain.join("sub")).expect("a directory");
    fs::rename(chain.join("bin"), chain.join("sub/bin")).expect("a move");
    again(&[]);
    assert!(overlay.join("sub/bin/avr-gcc").is_symlink() && !overlay.join("bin").exists());
    fs::rename(chain.join("sub/bin"), chain.join("bin")).expect("a move");
    again(&[]);
    assert!(overlay.join("bin/avr-gcc").is_symlink() && overlay.join("sub").is_symlink());

    // Copies instead of links, and back.
    again(&["--copy"]);
    assert!(!overlay.join("bin/avr-gcc").is_symlink());
    let copies = stamps(&overlay);
    again(&["--copy"]);
    assert_eq!(stamps(&overlay), copies);
    again(&[]);
    assert!(overlay.join("bin/avr-gcc").is_symlink());

    // Another toolchain in the same place.
    fs::create_dir_all(world.path("other/bin")).expect("a directory");
    fs::copy("/usr/bin/true", world.path("other/bin/gcc")).expect("a program");
    crate::shim::overlay(&world, &world.path("other"), "overlay");
    assert!(overlay.join("bin/gcc").is_symlink() && !overlay.join("bin/avr-gcc").is_symlink());
    assert_eq!(world.shell(overlay.join("bin/gcc"), &[]).status.code(), Some(0));

    // And away again, without a trace and without a scratch on the toolchain.
    let kept = stamps(&world.path("other"));
    let ran = shim(&world, &["--remove".as_ref(), overlay.as_os_str()]);
    assert!(ran.status.success() && !overlay.exists(), "{}", ran.stderr_text());
    assert_eq!(stamps(&world.path("other")), kept);
}

#[test]
fn many_at_once() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = world.path("overlay");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let ran = shim(&world, &[chain.as_os_str(), overlay.as_os_str()]);
                assert!(ran.status.success(), "{}", ran.stderr_text());
                // Nobody finds a driver without its shim file, or half a one.
                for _ in 0..5 {
                    let ran = world.shell(overlay.join("bin/avr-gcc"), &["-dumpmachine"]);
                    assert_eq!(lossy(&ran.stdout), "avr\n", "{}", ran.stderr_text());
                }
            });
        }
    });
    let left = stamps(&overlay)
        .into_iter()
        .map(|(path, ..)| path)
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".packer-cc-shim-")));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

/// The modes of what is made do not depend on the umask, and another user may build with it.
#[test]
fn others_may_use_it() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let program = world.open_to_everyone();
    let overlay = world.path("overlay");
    let mut command = world.bare_command(OsStr::new("sh"));
    command.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(&program).arg("shim").args([&chain, &overlay]);
    let ran = Ran::of(command, &[]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    for dir in ["", "bin"] {
        let mode = fs::metadata(overlay.join(dir).join(FILE)).expect("a shim file").mode() & 0o7777;
        assert_eq!(mode, 0o644);
    }
    let run = against(&world, &chain.join("bin/avr-gcc"), overlay.join("bin/avr-gcc"), &format!("{UNO} -c plain.c"));
    run.under(&as_user(ALICE)).env("PACKER_CC_DIR", world.path("tmp/../alice")).does("unrecorded, compiled");
}
