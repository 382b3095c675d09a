//! A store that came from another machine, without the state: all inodes and times are new, and home, user and
//! checkout are others. Every compile is a hit, and each header is read once.

use crate::fixture::{MALLORY, Ran, World, age, host_program, packer_cc};
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const SOURCES: usize = 12;
const HEADERS: usize = 15;

/// The sources in `place`, made anew: other inodes, and times of now unless they are `old`.
fn checkout(world: &World, place: &str, old: bool) {
    let includes: String = (0..HEADERS).map(|nth| format!("#include \"h{nth}.h\"\n")).collect();
    let write = |name: String, content: String| {
        let path = world.path(place).join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(&path, content).expect("a file of the checkout");
        if old {
            age(&path);
        }
    };
    for nth in 0..HEADERS {
        write(format!("inc/h{nth}.h"), format!("#pragma once\nenum {{ H{nth} = {nth} }};\n"));
    }
    for nth in 0..SOURCES {
        write(
            format!("src/s{nth}.c"),
            format!("#include <stdint.h>\n{includes}uint32_t s{nth} = H{};\n", nth % HEADERS),
        );
    }
}

/// A shell's lines that compile all of it, as `CMake` would: absolute names, with debug data.
fn build(place: &Path, program: &Path) -> String {
    let (place, program) = (place.display(), program.display());
    format!(
        "mkdir -p '{place}/build' && cd '{place}/build' && export PACKER_CC_ROOT='{place}' && \
         for n in $(seq 0 {}); do '{program}' gcc -g -O2 -MD -I'{place}/inc' -c '{place}/src/s'$n.c -o s$n.o || exit 1; done",
        SOURCES - 1
    )
}

fn run(world: &World, prefix: &[&str], home: &str, script: &str) -> Ran {
    let program = prefix.first().copied().unwrap_or("sh");
    let mut command = world.bare_command(program.as_ref());
    if !prefix.is_empty() {
        command.args(&prefix[1..]).arg("sh");
    }
    command.args(["-c", script]).env("HOME", world.path(home));
    let ran = Ran::of(command, &[]);
    assert!(ran.status.success(), "{script}\n{}", ran.stderr_text());
    ran
}

/// How often each outcome with its reason was recorded since the state was made.
fn counts(world: &World) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in world.journal() {
        let text = |field: &str| record[field].as_str().expect("a text").to_owned();
        *counts.entry([text("outcome"), text("reason")].join(" ").trim_end().to_owned()).or_default() += 1;
    }
    counts
}

fn all_hits() -> BTreeMap<String, usize> {
    [("hit".to_owned(), SOURCES)].into()
}

/// Packs the store with these options and takes the cache away.
fn pack(world: &World, options: &[&str]) -> String {
    let (cache, archive) = (world.cache().display().to_string(), world.path("store.tar").display().to_string());
    let args = [&["-C", &cache], options, &["-cf", &archive, "store"]].concat();
    assert!(world.shell("tar", &args).status.success());
    fs::remove_dir_all(world.cache()).expect("the cache");
    fs::create_dir(world.cache()).expect("the cache");
    archive
}

fn unpack(world: &World, options: &[&str], archive: &str) {
    let cache = world.cache().display().to_string();
    assert!(world.shell("tar", &[&["-C", &cache], options, &["-xf", archive]].concat()).status.success());
}

#[test]
fn everything_hits_and_each_header_is_read_once() {
    let packings: [(&[&str], &[&str]); 4] =
        [(&[], &[]), (&["--mtime=@0"], &[]), (&[], &["-m"]), (&["--sort=name", "--format=ustar"], &["-m"])];
    let opened = Regex::new(r#"open(?:at2?)?\([^"]*"([^"]+\.h)".*= \d+"#).expect("a pattern");
    for (nth, (packed, unpacked)) in packings.into_iter().enumerate() {
        let world = World::new();
        checkout(&world, "one", true);
        // As fresh as a checkout is that a job has just made.
        checkout(&world, "elsewhere/two", false);
        run(&world, &[], "home", &build(&world.path("one"), &packer_cc()));
        assert_eq!(counts(&world), [("miss new".to_owned(), SOURCES)].into());
        let objects: Vec<_> =
            (0..SOURCES).map(|nth| fs::read(world.path(format!("one/build/s{nth}.o"))).expect("an object")).collect();
        let archive = pack(&world, packed);
        unpack(&world, unpacked, &archive);
        fs::create_dir(world.path("home2")).expect("a home");
        let trace = world.path("trace").display().to_string();
        let strace = host_program("strace", "strace").display().to_string();
        let prefix =
            [strace.as_str(), "-f", "-qq", "-s", "4096", "-e", "trace=open,openat,openat2,execve", "-o", &trace];
        run(&world, &prefix, "home2", &build(&world.path("elsewhere/two"), &packer_cc()));
        assert_eq!(counts(&world), all_hits(), "packing {nth}");
        let mut opens: BTreeMap<String, usize> = BTreeMap::new();
        let text = fs::read_to_string(&trace).expect("a trace");
        for header in text.lines().filter_map(|line| opened.captures(line)) {
            *opens.entry(header[1].to_owned()).or_default() += 1;
        }
        let own = opens.keys().filter(|name| name.contains("/inc/h")).count();
        assert_eq!(own, HEADERS, "the trace shows headers: {opens:?}");
        // A compiler that is asked who it is reads one of them itself.
        opens.remove("/usr/include/stdc-predef.h");
        assert!(opens.values().all(|count| *count == 1), "packing {nth}: each is read once a build: {opens:?}");
        // No run of packer-cc reads the compiler either. The compiler is asked who it is, and only that opens `cc1`.
        let members = text.lines().filter(|line| line.contains("/cc1\"") && line.contains("open")).count();
        assert!(members < SOURCES / 2, "packing {nth}: cc1 is opened {members} times");
        for (nth, object) in objects.iter().enumerate() {
            let restored = fs::read(world.path(format!("elsewhere/two/build/s{nth}.o"))).expect("an object");
            assert!(restored == *object, "s{nth}.o is the same in both places");
        }
    }
}

/// The job that restores runs as somebody else than the one that saved; `tar` makes its files its own.
#[test]
fn another_user_unpacks() {
    let world = World::new();
    checkout(&world, "one", true);
    let program = world.open_to_everyone();
    run(&world, &[], "home", &build(&world.path("one"), &program));
    let archive = pack(&world, &[]);
    fs::remove_dir(world.cache()).expect("the cache");
    checkout(&world, "two", true);
    fs::create_dir(world.path("home2")).expect("a home");
    world.open_to_everyone();
    let user = ["setpriv", "--reuid=4242", "--regid=4242", "--clear-groups"];
    let cache = world.cache().display().to_string();
    run(&world, &user, "home2", &format!("mkdir -m 700 '{cache}' && tar -C '{cache}' -xf '{archive}'"));
    run(&world, &user, "home2", &build(&world.path("two"), &program));
    assert_eq!(counts(&world), all_hits());
}

/// Root unpacks what another user packed, and keeps the owners, as `tar` does for root.
#[test]
fn root_unpacks_what_another_user_packed() {
    let world = World::new();
    checkout(&world, "one", true);
    run(&world, &[], "home", &build(&world.path("one"), &packer_cc()));
    let archive = pack(&world, &[&format!("--owner={MALLORY}"), &format!("--group={MALLORY}")]);
    let again = build(&world.path("one"), &packer_cc());
    let forget = || {
        fs::remove_dir_all(world.cache()).expect("the cache");
        fs::create_dir(world.cache()).expect("the cache");
    };
    let last_detail = || world.journal().pop().expect("a record")["detail"].as_str().expect("a text").to_owned();

    unpack(&world, &["--same-owner"], &archive);
    run(&world, &[], "home", &again);
    assert_eq!(counts(&world), [("bypass store".to_owned(), SOURCES)].into());
    let detail = last_detail();
    assert!(detail.contains(&format!("belongs to user {MALLORY}")) && detail.contains("`chown -R 0`"), "{detail}");
    assert!(detail.contains("--no-same-owner"), "{detail}");
    // This is what the message told to do.
    run(&world, &[], "home", &format!("chown -R 0:0 '{}'", world.cache().display()));
    fs::remove_dir_all(world.cache().join("state")).expect("the state");
    run(&world, &[], "home", &again);
    assert_eq!(counts(&world), all_hits());

    // This helps as well.
    forget();
    unpack(&world, &["--no-same-owner"], &archive);
    run(&world, &[], "home", &again);
    assert_eq!(counts(&world), all_hits());

    // Where the directory belongs to the user and the files in it do not, each miss says so.
    forget();
    let cache = world.cache().display().to_string();
    fs::create_dir(world.cache().join("store")).expect("a directory");
    let strip = ["-C", &format!("{cache}/store"), "--same-owner", "--strip-components=1", "-xf", &archive, "store/v1"];
    assert!(world.shell("tar", &strip).status.success());
    run(&world, &[], "home", &again);
    assert_eq!(counts(&world), [("miss store-unread".to_owned(), SOURCES)].into());
    let detail = last_detail();
    assert!(detail.contains(&format!("belongs to user {MALLORY}")) && detail.contains("`chown -R 0`"), "{detail}");
}
