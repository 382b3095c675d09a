//! Configuration: variables, the file, and what happens when either is mistyped.

use crate::fixture::{World, packer_cc};
use serde_json::Value;
use std::fs;

fn project(world: &World) {
    world.files(&[("a.c", "#include \"a.h\"\nint a = A;\n"), ("a.h", "#define A 1\n")]);
}

fn config_fails(world: &World, env: &[(&str, &str)], about: &str) {
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.arg("config").envs(env.iter().copied());
    let ran = crate::fixture::Ran::of(command, &[]);
    assert!(!ran.status.success(), "`packer-cc config` accepts {env:?}");
    assert!(ran.stderr_text().contains(about), "{about} is not named: {}", ran.stderr_text());
}

#[test]
fn disabled() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c").miss();
    world.cc("-c a.c").env("PACKER_CC_DISABLE", "1").bypass("disabled");
    world.cc("-c a.c").env("PACKER_CC_DISABLE", "0").hit();
    world.cc("-c a.c").env("PACKER_CC_DISABLE", "").hit();
}

#[test]
fn read_only() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c").miss();
    let before = world.store_files();
    world.cc("-c a.c").env("PACKER_CC_READONLY", "1").hit();
    world.cc("-O2 -c a.c").env("PACKER_CC_READONLY", "1").miss();
    world.cc("-O2 -c a.c").env("PACKER_CC_READONLY", "1").miss();
    assert_eq!(world.store_files(), before, "nothing is written");
    world.cc("-O2 -c a.c").miss();
}

#[test]
fn stored_anew() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c").miss();
    world.cc("-c a.c").env("PACKER_CC_RECACHE", "1").miss();
    world.cc("-c a.c").hit();
    world.cc("-O1 -c a.c").env("PACKER_CC_RECACHE", "1").miss();
    world.cc("-O1 -c a.c").hit();
}

#[test]
fn namespaces_do_not_share() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c").miss();
    world.cc("-c a.c").env("PACKER_CC_NAMESPACE", "one").miss();
    world.cc("-c a.c").env("PACKER_CC_NAMESPACE", "two").miss();
    world.cc("-c a.c").env("PACKER_CC_NAMESPACE", "one").hit();
    world.cc("-c a.c").env("PACKER_CC_NAMESPACE", "").hit();
}

#[test]
fn extra_files_count_by_content() {
    let world = World::new();
    project(&world);
    world.file("extra", "1").file("more", "1");
    let files = format!("{}:{}", world.path("tree/extra").display(), world.path("tree/more").display());
    let compile = || world.cc("-c a.c").env("PACKER_CC_EXTRA_FILES", &files);
    compile().miss();
    compile().hit();
    world.file("extra", "2");
    compile().miss();
    world.file("more", "2");
    compile().miss();
    world.file("extra", "1").file("more", "1");
    compile().hit();
    world.remove("extra");
    compile().bypass("input-unreadable");
}

#[test]
fn the_log_tells_one_compile() {
    let world = World::new();
    project(&world);
    let log = world.path("own log");
    world.cc("-c a.c").env("PACKER_CC_LOG", &log).miss();
    let first = fs::read_to_string(&log).expect("a log");
    assert!(first.lines().count() > 1 && first.contains("a.c"), "{first}");
    world.cc("-c a.c").env("PACKER_CC_LOG", &log).hit();
    let both = fs::read_to_string(&log).expect("a log");
    assert!(both.starts_with(&first) && both.len() > first.len(), "the log is appended to");
    // A log that cannot be written is no reason to fail.
    for place in [world.path("missing/log"), world.path("home"), "/dev/full".into()] {
        world.cc("-c a.c").env("PACKER_CC_LOG", place).hit();
    }
}

#[test]
fn mistyped_values_are_bypasses() {
    const CASES: &[(&str, &str)] = &[
        ("PACKER_CC_MAX_SIZE", "lots"),
        ("PACKER_CC_MAX_SIZE", "-1"),
        ("PACKER_CC_DISABLE", "perhaps"),
        ("PACKER_CC_READONLY", "perhaps"),
        ("PACKER_CC_RECACHE", "2much"),
        ("PACKER_CC_ASK", "always"),
        ("PACKER_CC_ROOT", "/no/such/directory"),
    ];
    let world = World::new();
    project(&world);
    world.cc("-c a.c").miss();
    for (name, value) in CASES {
        world.cc("-c a.c").env(name, *value).bypass("configuration");
        let record = world.journal().pop().expect("a record");
        assert!(record["detail"].as_str().is_some_and(|detail| detail.contains(name)), "{record}");
        config_fails(&world, &[(name, value)], name);
    }
    world.cc("-c a.c").hit();
}

#[test]
fn the_file() {
    let world = World::new();
    project(&world);
    world.file("sub/b.c", "int b;\n");
    world.cc("-c a.c").miss();
    world.file(".packer-cc.toml", "namespace = \"from the file\"\n");
    world.cc("-c a.c").miss();
    world.cc("-c a.c").hit();
    world.cc("-c a.c").env("PACKER_CC_NAMESPACE", "from the environment").miss();
    world.file(".packer-cc.toml", "disable = true\n");
    world.cc("-c a.c").bypass("disabled");
    world.cc("-c b.c").cwd("sub").bypass("disabled");
    world.cc("-c b.c").cwd("sub").env("PACKER_CC_DISABLE", "0").miss();
    world.file(".packer-cc.toml", "");
    world.cc("-c a.c").miss();
    world.cc("-c a.c").hit();
}

#[test]
fn a_mistyped_file_is_a_bypass() {
    let world = World::new();
    project(&world);
    for (text, about) in [
        ("max-sise = \"5G\"\n", "max-sise"),
        ("max-size = \"lots\"\n", "max-size"),
        ("max-size = [1]\n", "max-size"),
        ("disable = \"perhaps\"\n", "disable"),
        ("ask = \"always\"\n", "ask"),
        ("no toml at all", ".packer-cc.toml"),
        ("[section]\nkey = 1\n", "section"),
        ("\u{0}", ".packer-cc.toml"),
    ] {
        world.file(".packer-cc.toml", text);
        world.cc("-c a.c").bypass("configuration");
        world.cc("--version").bypass("configuration");
        config_fails(&world, &[], about);
    }
    world.remove(".packer-cc.toml");
    fs::create_dir(world.path("tree/.packer-cc.toml")).expect("a directory");
    world.cc("-c a.c").bypass("configuration");
}

#[test]
fn sizes_are_read_as_people_write_them() {
    let world = World::new();
    for size in ["0", "1000", "5G", "500M", "64k", "5GiB", "1.5GB", "2 MiB"] {
        let mut command = world.bare_command(packer_cc().as_os_str());
        command.arg("config").env("PACKER_CC_MAX_SIZE", size);
        let ran = crate::fixture::Ran::of(command, &[]);
        assert!(ran.status.success(), "{size}: {}", ran.stderr_text());
    }
}

#[test]
fn config_tells_each_value_and_its_origin() {
    let world = World::new().env("PACKER_CC_NAMESPACE", "mine");
    world.file(".packer-cc.toml", "max-size = \"7M\"\nask = \"never\"\n");
    let text = world.admin(&["config"]);
    let line =
        |key: &str| text.lines().find(|line| line.contains(key)).unwrap_or_else(|| panic!("{key}: {text}")).to_owned();
    assert!(line("namespace").contains("mine") && line("namespace").contains("PACKER_CC_NAMESPACE"), "{text}");
    assert!(line("max-size").contains(".packer-cc.toml"), "{text}");
    assert!(line("ask ").contains("never") && line("ask ").contains(".packer-cc.toml"), "{text}");
    assert!(line("disable").contains("default"), "{text}");
}

#[test]
fn statistics_count_and_forget() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c").miss();
    world.cc("-c a.c").hit();
    world.cc("-c a.c").hit();
    world.cc("-E a.c").bypass("preprocess-only");
    let stats = || serde_json::from_str::<Value>(&world.admin(&["stats", "--json"])).expect("JSON");
    let counted = stats();
    assert_eq!((counted["hits"].as_u64(), counted["misses"].as_u64()), (Some(2), Some(1)), "{counted}");
    assert!(counted.to_string().contains("preprocess-only"), "{counted}");
    assert!(world.admin(&["stats"]).contains("preprocess-only"));
    world.admin(&["stats", "--zero"]);
    assert_eq!(stats()["hits"].as_u64(), Some(0));
    world.cc("-c a.c").hit();
    assert_eq!(stats()["hits"].as_u64(), Some(1));
}

#[test]
fn every_run_leaves_one_record() {
    let world = World::new();
    project(&world);
    for (line, what) in [
        ("-c a.c", "miss: new key"),
        ("-c a.c", "hit"),
        ("-c absent.c", "bypass: input-unreadable"),
        ("--version", "bypass: not-a-compile"),
    ] {
        world.cc(line).does(what);
    }
    assert_eq!(world.journal().len(), 4);
}
