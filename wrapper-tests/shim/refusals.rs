//! What is no overlay, what nobody should believe, and what leads back to itself.

use super::{FILE, UNO, against, chmod, counted, overlay, project, refused, shim, stamps};
use crate::fixture::{MALLORY, Ran, World, packer_cc, words};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{chown, symlink};

#[test]
fn what_is_not_an_overlay_is_left_alone() {
    let world = World::new();
    let chain = counted(&world);
    let at = |place: &str| world.path(place);
    for dir in ["full", "none/bin", "empty", "chain/sub"] {
        fs::create_dir_all(at(dir)).expect("a directory");
    }
    fs::write(at("full/mine"), "mine").expect("a file");
    fs::write(at("file"), "").expect("a file");
    fs::write(at("none/bin/avr-size"), "").expect("a file");
    symlink("chain", at("link")).expect("a link");
    let before = stamps(&at("full"));
    let toolchain = stamps(&chain);
    let cases: &[(&str, &str, &str)] = &[
        ("chain", "full", "was not made by `packer-cc shim`"),
        ("chain", "file", "cannot make"),
        ("chain", "chain/overlay", "the overlay lies in the toolchain"),
        ("chain", "chain/not/yet/there", "the overlay lies in the toolchain"),
        ("link", "chain/overlay", "the overlay lies in the toolchain"),
        ("chain", "link/overlay", "the overlay lies in the toolchain"),
        ("chain", "chain", "cannot be an overlay of itself"),
        ("chain", "link", "cannot be an overlay of itself"),
        ("chain/bin", "chain", "the toolchain lies in the overlay"),
        ("chain", ".", "the toolchain lies in the overlay"),
        ("chain", "empty/../chain/x", "the overlay lies in the toolchain"),
        ("none", "new", "no compiler driver in"),
        ("empty", "new", "looked for gcc, g++, cc, c++, c89, c99, clang and clang++"),
        ("nowhere", "new", "cannot open"),
        ("file", "new", "is no directory"),
    ];
    for (toolchain, overlay, because) in cases {
        refused(&world, &[at(toolchain).as_os_str(), at(overlay).as_os_str()], because);
        assert!(!at("new").exists());
    }
    refused(&world, &["--remove".as_ref(), at("full").as_os_str()], "was not made by");
    refused(&world, &["--remove".as_ref(), at("empty").as_os_str()], "was not made by");
    refused(&world, &["--remove".as_ref(), at("nowhere").as_os_str()], "cannot open");
    assert_eq!(stamps(&at("full")), before);
    assert_eq!(stamps(&chain), toolchain);

    // An empty directory will do, relative names too.
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(["shim", "../chain", "../empty"]);
    let ran = Ran::of(command, &[]);
    assert!(ran.status.success() && at("empty/bin/avr-gcc").is_symlink(), "{}", ran.stderr_text());
    // What somebody put into an overlay is named, and nothing is changed or taken away.
    for (place, is_dir) in [("empty/notes", false), ("empty/bin/my-gcc", false), ("empty/own", true)] {
        if is_dir { fs::create_dir(at(place)) } else { fs::write(at(place), "") }.expect("something");
        let before = stamps(&at("empty"));
        refused(&world, &[chain.as_os_str(), at("empty").as_os_str()], place.rsplit('/').next().expect("a name"));
        refused(&world, &["--remove".as_ref(), at("empty").as_os_str()], "was not made by");
        assert_eq!(stamps(&at("empty")), before);
        if is_dir { fs::remove_dir(at(place)) } else { fs::remove_file(at(place)) }.expect("gone");
    }
    symlink("/etc/passwd", at("empty/etc")).expect("a link");
    refused(&world, &["--remove".as_ref(), at("empty").as_os_str()], "was not made by");
    fs::remove_file(at("empty/etc")).expect("gone");
    // A directory of the overlay that became a link: what is behind it is not the overlay's.
    fs::rename(at("empty/bin"), at("kept")).expect("a move");
    symlink("../full", at("empty/bin")).expect("a link");
    refused(&world, &["--remove".as_ref(), at("empty").as_os_str()], "was not made by");
    assert_eq!(stamps(&at("full")), before);
}

/// A shim file names a program to start. One that is a stranger's, or that a stranger can write, starts nothing. No other
/// compiler runs in the place of the one that was meant.
#[test]
fn a_hostile_shim_file_starts_nothing() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    let file = overlay.join("bin").join(FILE);
    let evil = world.path("evil");
    fs::write(&evil, format!("#!/bin/sh\ntouch {}\n", world.path("owned").display())).expect("a program");
    chmod(&evil, 0o755);
    let good = fs::read_to_string(&file).expect("a shim file");
    let bad = good.replace(&chain.join("bin/avr-gcc").display().to_string(), &evil.display().to_string());
    assert_ne!(good, bad);
    let replace = |text: &str| {
        let _ = fs::remove_file(&file);
        fs::write(&file, text).expect("a shim file");
        chmod(&file, 0o644);
    };
    let says = |because: &str| {
        for program in [overlay.join("bin/avr-gcc").into_os_string(), packer_cc().into_os_string()] {
            let mut command = world.bare_command(&program);
            if program == packer_cc() {
                command.arg(overlay.join("bin/avr-gcc"));
            }
            command.args(words(&format!("{UNO} -c plain.c")));
            let ran = Ran::of(command, &[]);
            let said = ran.stderr_text();
            assert_eq!(ran.status.code(), Some(126), "{said}");
            assert!(said.contains(because) && said.contains(FILE), "{said}");
            assert!(!world.exists("plain.o") && !world.path("owned").exists() && world.runs().is_empty());
        }
    };
    // A shim file that is believed starts what it names. So the cases below would show it.
    replace(&bad);
    world.shell(overlay.join("bin/avr-gcc"), &["--version"]);
    assert!(world.path("owned").exists());
    fs::remove_file(world.path("owned")).expect("a trace");

    chown(&file, Some(MALLORY), Some(MALLORY)).expect("a stranger's file");
    says(&format!("user {MALLORY}'s"));
    replace(&bad);
    for mode in [0o666, 0o664, 0o646] {
        chmod(&file, mode);
        says(&format!("{mode:04o}"));
    }
    replace("");
    fs::rename(&file, world.path("shim.toml")).expect("a move");
    fs::write(world.path("shim.toml"), &bad).expect("a shim file");
    symlink(world.path("shim.toml"), &file).expect("a link");
    says("cannot read");
    fs::remove_file(&file).expect("a link");
    fs::create_dir(&file).expect("a directory");
    says("cannot read");
    fs::remove_dir(&file).expect("a directory");
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o644), 0)
        .expect("a pipe");
    says("cannot read");
    for (text, because) in [
        ("", "another version"),
        ("nonsense", "damaged"),
        (good.replace("version = 1", "version = 2").as_str(), "another version"),
        (good.replace("= \"/", "= \"").as_str(), "not absolute"),
        (&good[..good.len() / 2], "damaged"),
    ] {
        replace(text);
        says(because);
    }
    // The overlay cannot be made again or taken away on the word of a stranger's file either.
    replace(&bad);
    let top = overlay.join(FILE);
    chown(&top, Some(MALLORY), Some(MALLORY)).expect("a stranger's file");
    refused(&world, &["--remove".as_ref(), overlay.as_os_str()], &format!("user {MALLORY}'s"));
    refused(&world, &[chain.as_os_str(), overlay.as_os_str()], &format!("user {MALLORY}'s"));
    // A compiler that is no driver of an overlay runs whatever a shim file beside it says.
    fs::write(chain.join("bin").join(FILE), &bad).expect("a shim file");
    chown(chain.join("bin").join(FILE), Some(MALLORY), Some(MALLORY)).expect("a stranger's file");
    world.run(chain.join("bin/avr-gcc"), words(&format!("{UNO} -c plain.c"))).miss();
    chown(chain.join("bin").join(FILE), Some(0), Some(0)).expect("root's file");
    world.run(chain.join("bin/avr-gcc"), words(&format!("{UNO} -c plain.c"))).hit();
    assert!(!world.path("owned").exists());
}

#[test]
fn overlays_of_overlays_and_circles() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let original = chain.join("bin/avr-gcc");
    let first = overlay(&world, &chain, "first");
    let second = overlay(&world, &first, "second");
    let third = overlay(&world, &second.join("bin"), "third");
    let line = format!("{UNO} -c plain.c");
    against(&world, &original, first.join("bin/avr-gcc"), &line).miss();
    against(&world, &original, second.join("bin/avr-gcc"), &line).hit();
    against(&world, &original, third.join("avr-gcc"), &line).hit();
    let text = fs::read_to_string(second.join("bin").join(FILE)).expect("a shim file");
    assert!(text.contains(&format!("\"avr-gcc\" = \"{}\"", original.display())), "{text}");
    // The first may go, since the second names the compiler itself. The tools of the second are links through the first,
    // though.
    let ran = shim(&world, &["--remove".as_ref(), first.as_os_str()]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    against(&world, &original, second.join("bin/avr-gcc"), &line).hit();
    // Links that search on PATH in front of an overlay, and another packer-cc's overlay on the way.
    fs::create_dir(world.path("links")).expect("a directory");
    symlink(packer_cc(), world.path("links/avr-gcc")).expect("a link");
    let other = world.path("other/packer-cc");
    fs::create_dir(world.path("other")).expect("a directory");
    fs::copy(packer_cc(), &other).expect("a copy");
    let mut command = world.bare_command(other.as_os_str());
    command.arg("shim").args([&chain, &world.path("others")]);
    assert!(Ran::of(command, &[]).status.success());
    for overlay in ["second/bin", "others/bin"] {
        let path = format!("{}:{}:/usr/bin", world.path("links").display(), world.path(overlay).display());
        for program in [OsString::from("avr-gcc"), world.path("links/avr-gcc").into()] {
            against(&world, &original, program, &line).env("PATH", path.clone()).hit();
        }
        let driver = world.path(overlay).join("avr-gcc");
        let doubled = [packer_cc().into_os_string(), driver.into()].into_iter().chain(words(&line)).collect();
        world.compare([original.clone().into()].into_iter().chain(words(&line)).collect(), doubled).hit();
    }
    against(&world, &original, world.path("others/bin/avr-gcc"), &line).hit();

    // The original became a link to packer-cc, or a driver of the very overlay that stands for it.
    let driver = second.join("bin/avr-gcc");
    for target in [packer_cc(), driver.clone()] {
        fs::remove_file(&original).expect("the compiler");
        symlink(target, &original).expect("a link");
        let ran = world.shell(&driver, &["--version"]);
        assert_eq!(ran.status.code(), Some(127), "{}", ran.stderr_text());
        assert!(ran.stderr_text().contains("leads back to packer-cc"), "{}", ran.stderr_text());
    }
    // A shim file that names its own driver.
    let file = second.join("bin").join(FILE);
    let text = fs::read_to_string(&file).expect("a shim file");
    let itself = text.replace(&original.display().to_string(), &driver.display().to_string());
    fs::write(&file, itself).expect("a shim file");
    let ran = world.shell(&driver, &["--version"]);
    assert_eq!(ran.status.code(), Some(127), "{}", ran.stderr_text());
}
