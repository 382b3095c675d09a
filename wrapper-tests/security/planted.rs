//! Links, pipes, devices and configurations that somebody put where packer-cc looks.

use super::{LINE, Unread, admin, all_below, chmod, detail, fifo, give, log, project, unread_part, worlds_user};
use crate::fixture::{ALICE, MALLORY, Ran, World, as_user, packer_cc};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

/// Links, pipes, devices and sockets in the place of each file of the cache.
#[test]
fn planted_links_and_pipes_are_misses() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    world.cc(LINE).hit();
    fs::write(world.path("victim"), "precious").expect("a file");
    // The fixture itself reads the journal.
    let is_other = |path: &PathBuf| !path.is_dir() && !path.ends_with("state/journal");
    let names: Vec<_> = all_below(&world.cache()).into_iter().filter(is_other).collect();
    assert!(names.len() > 5, "{names:?}");
    for file in names {
        let good = fs::read(&file);
        for kind in 0..6 {
            let _ = fs::remove_file(&file);
            match kind {
                0 => symlink(world.path("victim"), &file).expect("a link"),
                1 => symlink(world.path("not there"), &file).expect("a link"),
                2 => symlink("/dev/zero", &file).expect("a link"),
                3 => fifo(&file),
                4 => drop(std::os::unix::net::UnixListener::bind(&file)),
                _ => symlink(&file, &file).expect("a link to itself"),
            }
            world.cc(LINE).kept();
            world.cc("-O1 -c a.c -o a.o").kept();
            assert!(admin(&world, &["stats"]).status.code().is_some());
            assert_eq!(fs::read(world.path("victim")).expect("the victim"), b"precious", "{}", file.display());
            assert!(!world.path("not there").exists(), "{} was made through a link", file.display());
            let _ = fs::remove_file(&file);
            if let Ok(good) = &good {
                fs::write(&file, good).expect("a file of the cache");
                chmod(&file, 0o600);
            }
        }
    }
    world.cc(LINE).hit();
    world.cc(LINE).hit();
}

#[test]
fn a_planted_journal_is_neither_read_nor_written() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    fs::write(world.path("victim"), "precious").expect("a file");
    for name in ["journal", "journal.3", "totals.json", "journal.lock"] {
        let file = world.cache().join("state").join(name);
        for kind in 0..3 {
            let _ = fs::remove_file(&file);
            match kind {
                0 => symlink(world.path("victim"), &file).expect("a link"),
                1 => symlink(world.path("not there"), &file).expect("a link"),
                _ => fifo(&file),
            }
            assert!(world.shell(packer_cc(), &["gcc", "-c", "a.c"]).status.success());
            assert!(!admin(&world, &["journal"]).stdout.starts_with(b"precious"));
            admin(&world, &["stats"]);
            admin(&world, &["stats", "--zero"]);
            assert_eq!(fs::read(world.path("victim")).expect("the victim"), b"precious", "{name}");
            assert!(!world.path("not there").exists(), "{name} was made through a link");
        }
        let _ = fs::remove_file(&file);
    }
    world.cc(LINE).hit();
}

/// A device node, as a hostile archive can hold one for root.
#[test]
fn device_nodes_are_misses() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    let cache = world.cache();
    // A device that never ends, over each file.
    for file in all_below(&cache).into_iter().filter(|path| !path.is_dir()) {
        let prefix = format!(
            "unshare -m sh -c {} sh",
            shlex::try_quote(&format!("mount --bind /dev/zero {} && exec \"$@\"", file.display())).expect("a line")
        );
        let what = match unread_part(&file) {
            Some(Unread::Manifest) => "miss: store-error",
            Some(Unread::Entry) => "miss: entry-gone",
            Some(Unread::Journal) => "unrecorded",
            None => "hit",
        };
        world.cc(LINE).under(&prefix).does(what);
    }
}

/// Eviction removes what packer-cc stored, and nothing else that lies in the directory.
#[test]
fn eviction_removes_nothing_but_its_own() {
    let world = World::new();
    project(&world);
    let store = world.cache().join("store");
    fs::create_dir_all(store.join("photos/2020")).expect("a directory");
    fs::create_dir_all(store.join("v1/links")).expect("a directory");
    chmod(&world.cache(), 0o700);
    for file in ["letter", "photos/2020/one", "vacation"] {
        fs::write(store.join(file), vec![7; 100_000]).expect("a file");
    }
    fs::create_dir(world.path("elsewhere")).expect("a directory");
    fs::write(world.path("elsewhere/kept"), vec![7; 100_000]).expect("a file");
    symlink(world.path("elsewhere"), store.join("v1/links/dir")).expect("a link");
    symlink(world.path("elsewhere"), store.join("v2")).expect("a link");
    for n in 0..20 {
        world.cc(&format!("-DN={n} -c a.c -o a.o")).env("PACKER_CC_MAX_SIZE", "8k").miss();
    }
    for file in ["letter", "photos/2020/one", "vacation"] {
        assert!(store.join(file).exists(), "{file}");
    }
    assert!(world.path("elsewhere/kept").exists());
}

/// A file in an ancestor such as `/tmp`, put there by anybody.
#[test]
fn a_planted_configuration_runs_nothing_and_redirects_nothing() {
    let world = World::new();
    world.file("sub/a.c", "int a;\n");
    let evil = world.path("evil");
    fs::write(&evil, format!("#!/bin/sh\ntouch {}\nexec gcc \"$@\"\n", world.path("was-run").display()))
        .expect("a script");
    chmod(&evil, 0o755);
    let planted = world.path("tree/.packer-cc.toml");
    fs::write(
        &planted,
        format!(
            "compiler = '{evil}'\ncxx-compiler = '{evil}'\ndir = '{at}/stolen'\nlog = '{at}/stolen log'\n\
             shared = true\nmax-size = '1G'\nnamespace = 'harmless'\n",
            evil = evil.display(),
            at = world.path("").display()
        ),
    )
    .expect("a file");
    give(&planted, MALLORY);
    let untouched = |world: &World| {
        for place in ["was-run", "stolen", "stolen log"] {
            assert!(!world.path(place).exists(), "{place}");
        }
    };
    // Which compiler was meant is not known: `cc` runs, and nothing is kept.
    let bare = vec!["cc".into(), "-c".into(), "a.c".into()];
    let ours = || vec![packer_cc().into_os_string(), "-c".into(), "a.c".into()];
    world.compare(bare.clone(), ours()).cwd("sub").bypass("configuration");
    assert!(detail(&world).contains("`compiler` in") && detail(&world).contains("user 4321"), "{}", detail(&world));
    untouched(&world);
    // Where a compiler is named the rest is served, as the harmless settings say.
    world.cc("-c a.c").cwd("sub").without_env("PACKER_CC_LOG").miss();
    world.cc("-c a.c").cwd("sub").hit();
    world.compare(bare.clone(), ours()).cwd("sub").env("PACKER_CC_COMPILER", "gcc").hit();
    assert!(log(&world).contains("configuration: `shared` in"), "{}", log(&world));
    untouched(&world);
    let at_home = |args: &[&str]| {
        let mut command = world.bare_command(packer_cc().as_os_str());
        command.args(args).current_dir(world.path("tree/sub")).env_remove("PACKER_CC_DIR").env_remove("PACKER_CC_LOG");
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        String::from_utf8(ran.stdout).expect("UTF-8")
    };
    at_home(&["gcc", "-c", "a.c"]);
    assert!(world.path("home/.cache/packer-cc/store/v1/m").is_dir());
    untouched(&world);
    let config = at_home(&["config"]);
    let line = |key: &str| config.lines().find(|line| line.starts_with(key)).expect("a line").to_owned();
    assert!(line("namespace").contains("harmless") && line("shared").contains("false"), "{config}");
    let left_out = config.lines().filter(|line| line.contains("is left out: the file is user 4321's"));
    // `compiler`, `cxx-compiler`, `dir`, `log` and `shared`.
    assert_eq!(left_out.count(), 5, "{config}");
    // A link of a stranger's to a file of ours is a stranger's file.
    fs::rename(&planted, world.path("ours.toml")).expect("a move");
    give(&world.path("ours.toml"), 0);
    symlink(world.path("ours.toml"), &planted).expect("a link");
    std::os::unix::fs::lchown(&planted, Some(MALLORY), None).expect("an owner");
    world.compare(bare, ours()).cwd("sub").bypass("configuration");
    untouched(&world);
    // Our own is believed.
    std::os::unix::fs::lchown(&planted, Some(0), None).expect("an owner");
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(["-c", "a.c"]).current_dir(world.path("tree/sub"));
    assert!(Ran::of(command, &[]).status.success());
    assert!(world.path("was-run").exists());
}

/// Root's file holds for everyone, and so does one's own.
#[test]
fn the_configuration_of_root_and_of_oneself_is_believed() {
    for owner in [0, ALICE] {
        let world = World::new();
        project(&world);
        let program = worlds_user(&world, ALICE);
        world.file(".packer-cc.toml", "compiler = 'gcc -DFROM_FILE'\n");
        give(&world.path("tree/.packer-cc.toml"), owner);
        let bare = vec!["gcc".into(), "-DFROM_FILE".into(), "-c".into(), "a.c".into()];
        let ours = || vec![program.clone().into_os_string(), "-c".into(), "a.c".into()];
        world.compare(bare.clone(), ours()).under(&as_user(ALICE)).miss();
        world.compare(bare, ours()).under(&as_user(ALICE)).hit();
        // To root, a user's file is a stranger's.
        let believed = owner == 0;
        let root = String::from_utf8(admin(&world, &["config"]).stdout).expect("UTF-8");
        assert_eq!(root.contains("is left out"), !believed, "{root}");
    }
}

/// A pipe, a directory or a huge file by the configuration's name stops nobody.
#[test]
fn a_configuration_that_is_no_file() {
    let world = World::new();
    world.file("sub/a.c", "int a;\n");
    let planted = world.path("tree/.packer-cc.toml");
    fifo(&planted);
    world.cc("-c a.c").cwd("sub").bypass("configuration");
    fs::remove_file(&planted).expect("the pipe");
    fs::File::create(&planted).and_then(|file| file.set_len(2 << 20)).expect("a long file");
    world.cc("-c a.c").cwd("sub").bypass("configuration");
    fs::remove_file(&planted).expect("the file");
    symlink("/dev/zero", &planted).expect("a link");
    world.cc("-c a.c").cwd("sub").bypass("configuration");
}

/// A log that is a pipe nobody reads is no reason to wait.
#[test]
fn a_log_that_is_a_pipe() {
    let world = World::new();
    project(&world);
    fifo(&world.path("pipe"));
    world.cc(LINE).env("PACKER_CC_LOG", world.path("pipe")).miss();
    world.cc(LINE).env("PACKER_CC_LOG", world.path("pipe")).hit();
}
