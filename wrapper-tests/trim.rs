//! `packer-cc trim` keeps what was used since the given time and removes the rest. What is in doubt is kept.

use crate::fixture::{MALLORY, Ran, World, host_program, lossy, packer_cc, words};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const HOUR: Duration = Duration::from_secs(3600);

/// Sources `a.c` to `d.c`.
fn project(world: &World) {
    for name in ["a", "b", "c", "d"] {
        world.file(&format!("{name}.c"), format!("#include \"a.h\"\nint {name} = A;\n"));
    }
    world.file("a.h", "#define A 1\n");
}

/// Stores `a.c` to `c.c`, as if two days ago.
fn stored(world: &World) {
    project(world);
    for name in ["a", "b", "c"] {
        world.cc(&format!("-c {name}.c")).miss();
    }
    age_store(world, 48 * HOUR);
}

fn set_time(path: &Path, time: SystemTime) {
    File::options().append(true).open(path).expect("a file of the store").set_modified(time).expect("a time");
}

fn age_store(world: &World, age: Duration) {
    for file in world.store_files() {
        set_time(&file, SystemTime::now() - age);
    }
}

/// What `trim --json` with these arguments says, and its status.
fn trim(world: &World, args: &[&str]) -> (Option<i32>, Value) {
    let args: Vec<&str> = ["trim", "--json"].iter().chain(args).copied().collect();
    let ran = world.shell(packer_cc(), &args);
    (ran.status.code(), serde_json::from_slice(&ran.stdout).unwrap_or(Value::String(ran.stderr_text())))
}

/// Files of the store by kind, without the tag.
fn files_of(world: &World, kind: &str) -> Vec<PathBuf> {
    let dir = world.cache().join("store/v1").join(kind);
    world.store_files().into_iter().filter(|file| file.starts_with(&dir)).collect()
}

/// All of the store but its tag.
fn content(world: &World) -> Vec<PathBuf> {
    world.store_files().into_iter().filter(|file| !file.ends_with("CACHEDIR.TAG")).collect()
}

fn size(world: &World) -> u64 {
    content(world).iter().map(|file| fs::metadata(file).expect("a file").len()).sum()
}

/// The number the state keeps.
fn counted(world: &World) -> u64 {
    let usage = fs::read(world.cache().join("state/usage")).expect("the number");
    u64::from_le_bytes(usage[..8].try_into().expect("a number"))
}

#[test]
fn what_this_run_used_stays() {
    let world = World::new();
    stored(&world);
    zero(&world);
    world.cc("-c a.c").hit();
    world.cc("-c d.c").miss();
    let before = (content(&world), size(&world));
    let (status, dry) = trim(&world, &["--unused-since", "zero", "--dry-run"]);
    assert_eq!((status, (content(&world), size(&world))), (Some(0), before.clone()), "a dry run changes nothing");
    let (status, report) = trim(&world, &["--unused-since", "zero"]);
    assert_eq!(status, Some(0), "{report}");
    for field in ["removed", "kept", "foreign"] {
        assert_eq!(dry[field], report[field], "a dry run says what a real one does");
    }
    assert_eq!((files_of(&world, "m").len(), files_of(&world, "e").len()), (2, 2));
    assert_eq!(report["removed"]["files"], 4, "{report}");
    assert_eq!(report["kept"], serde_json::json!({ "files": content(&world).len(), "bytes": size(&world) }));
    assert_eq!(report["removed"]["bytes"].as_u64().expect("bytes") + size(&world), before.1, "{report}");
    assert_eq!(counted(&world), size(&world), "the state knows the size");
    world.cc("-c a.c").hit();
    world.cc("-c d.c").hit();
    world.cc("-c b.c").miss();
    world.cc("-c c.c").miss();
    world.admin(&["verify"]);
}

#[test]
fn points_in_time() {
    let at = |time: SystemTime| time.duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let now = at(SystemTime::now());
    // The results of b.c and c.c were used two days ago, that of a.c three hours ago.
    for (since, left) in [
        ("1h".to_owned(), 0),
        ("2h59m".to_owned(), 0),
        ("4h".to_owned(), 1),
        ("1d".to_owned(), 1),
        ("3d".to_owned(), 3),
        ("1w".to_owned(), 3),
        ("2025-01-01T00:00:00Z".to_owned(), 3),
        ("@0".to_owned(), 3),
        (format!("@{}", now - 4 * 3600), 1),
        (format!("@{now}.5"), 0),
    ] {
        if since == format!("@{now}.5") && at(SystemTime::now()) == now {
            // The time may still lie half a second ahead.
            continue;
        }
        let world = World::new();
        stored(&world);
        world.cc("-c a.c").hit();
        let used = SystemTime::now() - 3 * HOUR;
        for file in content(&world) {
            let recent = fs::metadata(&file).expect("a file").modified().expect("a time") > SystemTime::now() - HOUR;
            if recent {
                set_time(&file, used);
            }
        }
        let (status, report) = trim(&world, &["--unused-since", &since]);
        assert_eq!((status, files_of(&world, "e").len()), (Some(0), left), "{since}: {report}");
        assert_eq!(files_of(&world, "m").len(), left, "{since}");
    }
}

#[test]
fn what_means_nothing_is_refused_and_changes_nothing() {
    let world = World::new();
    stored(&world);
    let before = content(&world);
    let ahead = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs() + 3600;
    for args in [
        &[][..],
        &["--dry-run"],
        &["--unused-since"],
        &["--unused-since", "soon"],
        &["--unused-since", "-1h"],
        &["--unused-since", "2025-13-01T00:00:00Z"],
        &["--unused-since", &format!("@{ahead}")],
        &["--unused-since", "9999-01-01T00:00:00Z"],
        &["--max-size", "-1"],
        &["--max-size", "big"],
        &["--unused-since", "1h", "more"],
    ] {
        let ran = world.shell(packer_cc(), &[&["trim"], args].concat());
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {}", ran.stderr_text());
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{args:?}");
    }
    // It is no usage error to ask for a time that was never noted.
    let ran = world.shell(packer_cc(), &["trim", "--unused-since", "zero"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.stderr_text().contains("stats --zero"), "{}", ran.stderr_text());
    assert_eq!(content(&world), before);
}

#[test]
fn a_manifest_that_stays_leads_to_nothing_that_went() {
    let world = World::new();
    project(&world);
    for value in 1..=5 {
        world.file("a.h", format!("#define A {value}\n"));
        world.cc("-c a.c").miss();
    }
    age_store(&world, 48 * HOUR);
    world.cc("-c a.c").hit();
    let manifest = files_of(&world, "m").remove(0);
    let used = fs::metadata(&manifest).expect("a manifest").modified().expect("a time");
    let (status, report) = trim(&world, &["--unused-since", "1h"]);
    assert_eq!((status, &report["forgotten_candidates"]), (Some(0), &4.into()), "{report}");
    assert_eq!((files_of(&world, "m").len(), files_of(&world, "e").len()), (1, 1));
    assert_eq!(fs::metadata(&manifest).expect("a manifest").modified().expect("a time"), used, "it was not used now");
    assert_eq!((report["kept"]["bytes"].as_u64(), counted(&world)), (Some(size(&world)), size(&world)));
    let verified: Value = serde_json::from_str(&world.admin(&["verify", "--json"])).expect("JSON");
    assert_eq!((&verified["good"], &verified["missing_entries"]), (&true.into(), &0.into()));
    world.cc("-c a.c").hit();
    world.file("a.h", "#define A 2\n");
    world.cc("-c a.c").miss();
    // A manifest whose only result goes away goes too, although the manifest itself was looked at just now.
    world.cc("-c b.c").miss();
    for file in files_of(&world, "e") {
        set_time(&file, SystemTime::now() - 48 * HOUR);
    }
    let (_, report) = trim(&world, &["--unused-since", "1h"]);
    assert_eq!((files_of(&world, "m").len(), files_of(&world, "e").len()), (0, 0), "{report}");
    assert_eq!(report["kept"]["bytes"].as_u64(), Some(size(&world)), "{report}");
}

/// A CI job with a fresh state: the store comes from an archive, with or without the times of its files.
#[test]
fn restored_stores() {
    for keep_times in [true, false] {
        let world = World::new();
        stored(&world);
        let (cache, archive) = (world.cache().display().to_string(), world.path("store.tar").display().to_string());
        assert!(world.shell("tar", &["-C", &cache, "-cf", &archive, "store"]).status.success());
        fs::remove_dir_all(world.cache()).expect("the cache");
        fs::create_dir(world.cache()).expect("the cache");
        let unpack = if keep_times { "-xf" } else { "-xmf" };
        assert!(world.shell("tar", &["-C", &cache, unpack, &archive]).status.success());
        zero(&world);
        world.cc("-c b.c").hit();
        let (status, report) = trim(&world, &["--unused-since", "zero"]);
        assert_eq!(status, Some(0), "{report}");
        assert_eq!((files_of(&world, "m").len(), files_of(&world, "e").len()), (1, 1), "times kept: {keep_times}");
        world.cc("-c b.c").hit();
        world.cc("-c a.c").miss();
        assert_eq!(counted(&world), size(&world));
    }
}

/// `stats --zero`, later than the files of the store. The clock by which zero is told goes in ticks, and files may have finer times
/// (Linux 6.13 and later).
fn zero(world: &World) {
    let now = || {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
        UNIX_EPOCH + Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).expect("nanoseconds"))
    };
    let soon = now() + Duration::from_secs(1);
    let modified = |path: &PathBuf| fs::metadata(path).and_then(|file| file.modified()).expect("a time");
    let latest = content(world).iter().map(modified).filter(|time| *time < soon).max();
    while latest.is_some_and(|latest| now() <= latest) {
        std::thread::yield_now();
    }
    world.admin(&["stats", "--zero"]);
}

/// Where times are wrong, a file is kept, and the next trimming decides about it.
#[test]
fn times_from_the_future_and_from_coarse_file_systems() {
    let world = World::new();
    stored(&world);
    let ahead = SystemTime::now() + 400 * 24 * HOUR;
    for file in content(&world) {
        set_time(&file, ahead);
    }
    zero(&world);
    world.cc("-c a.c").hit();
    let (status, report) = trim(&world, &["--unused-since", "zero"]);
    assert_eq!((status, files_of(&world, "e").len()), (Some(0), 3), "{report}");
    assert_eq!(report["removed"]["files"], 0);
    assert!(report["ahead"].as_u64().expect("a count") >= 4, "{report}");
    // The first trimming gave them the time of then. That is before this zero, so they go.
    zero(&world);
    world.cc("-c a.c").hit();
    trim(&world, &["--unused-since", "zero"]);
    assert_eq!(files_of(&world, "e").len(), 1);
    world.cc("-c a.c").hit();

    // On a file system of whole seconds, a file that was used just after zero seems to have been used just before it.
    zero(&world);
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    for file in content(&world) {
        set_time(&file, UNIX_EPOCH + Duration::from_secs(seconds - 1));
    }
    trim(&world, &["--unused-since", "zero"]);
    world.cc("-c a.c").hit();
}

/// The clock was set back after `--zero`: the runs since then ended, it seems, before it.
#[test]
fn a_clock_that_was_set_back() {
    let world = World::new();
    stored(&world);
    zero(&world);
    let zero = world.cache().join("state/zero");
    let later = |seconds: u64| {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time") + Duration::from_secs(seconds);
        fs::write(&zero, format!("{}\n", time.as_nanos())).expect("the note");
    };
    later(24 * 3600);
    // Nothing says how far it was set back: nothing is removed.
    let ran = world.shell(packer_cc(), &["trim", "--unused-since", "zero"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.stderr_text().contains("set back"), "{}", ran.stderr_text());
    assert_eq!(files_of(&world, "e").len(), 3);
    // The first run afterwards shows by its record how far that was.
    world.cc("-c a.c").hit();
    let (status, report) = trim(&world, &["--unused-since", "zero"]);
    assert_eq!((status, files_of(&world, "e").len()), (Some(0), 1), "{report}");
    world.cc("-c a.c").hit();
}

#[test]
fn a_bound_at_once() {
    let world = World::new();
    stored(&world);
    world.cc("-c b.c").hit();
    let all = size(&world);
    let (status, report) = trim(&world, &["--max-size", "0"]);
    assert_eq!((status, size(&world)), (Some(0), all), "no bound: {report}");
    let (_, report) = trim(&world, &["--max-size", "1G"]);
    assert_eq!((size(&world), &report["removed"]["files"]), (all, &0.into()));
    // Room for the result that was used last, and little more.
    let recent =
        |file: &PathBuf| fs::metadata(file).expect("a file").modified().expect("a time") > SystemTime::now() - HOUR;
    let room: u64 =
        content(&world).iter().filter(|file| recent(file)).map(|file| fs::metadata(file).expect("a file").len()).sum();
    let bound = room.to_string();
    let (_, dry) = trim(&world, &["--max-size", &bound, "-n"]);
    assert_eq!(size(&world), all, "a dry run changes nothing");
    let (status, report) = trim(&world, &["--max-size", &bound]);
    assert_eq!(status, Some(0));
    assert_eq!((&dry["removed"], &dry["kept"]), (&report["removed"], &report["kept"]));
    assert!(size(&world) <= room && counted(&world) == size(&world), "{report}");
    assert_eq!(report["kept"]["bytes"].as_u64(), Some(size(&world)), "{report}");
    world.cc("-c b.c").hit();
    world.cc("-c a.c").miss();
}

#[test]
fn other_formats_and_other_files_are_left_alone() {
    let world = World::new();
    stored(&world);
    let store = world.cache().join("store");
    let theirs = [store.join("v9/e/ab/cd"), store.join("README"), store.join("v1/x/unknown")];
    for path in &theirs {
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, "theirs").expect("a file");
        set_time(path, SystemTime::now() - 96 * HOUR);
    }
    symlink("/etc/passwd", store.join("v1/e/link")).expect("a link");
    let (status, report) = trim(&world, &["--unused-since", "1h"]);
    assert_eq!((status, &report["foreign"]["files"]), (Some(0), &4.into()), "{report}");
    assert!(theirs.iter().all(|path| path.exists()) && store.join("v1/e/link").is_symlink());
    assert_eq!(files_of(&world, "m").len(), 0);
    // The bound is for the store of every version, as it is for evictions.
    let (_, report) = trim(&world, &["--max-size", "1"]);
    assert!(!theirs[0].exists() && theirs[1].exists(), "{report}");
}

#[test]
fn what_is_no_store_of_ours_is_an_error() {
    let world = World::new();
    let fails = |about: &str, args: &[&str]| {
        let ran = world.shell(packer_cc(), &[&["trim"], args].concat());
        assert_eq!(ran.status.code(), Some(1), "{about}: {}", ran.stderr_text());
        assert!(ran.stderr_text().contains(about), "{about}: {}", ran.stderr_text());
    };
    // No store is as good as an empty one.
    assert_eq!(trim(&world, &["--unused-since", "1h"]).0, Some(0));
    let store = world.cache().join("store");
    fs::create_dir_all(world.cache()).expect("a directory");
    fs::write(&store, "a file").expect("a file");
    fails("cannot list the store", &["--unused-since", "1h"]);
    fs::remove_file(&store).expect("a file");
    fs::create_dir(&store).expect("a directory");
    assert_eq!(trim(&world, &["--unused-since", "1h"]).0, Some(0));
    fs::write(store.join("thesis.tex"), "years of work").expect("a file");
    fails("none of packer-cc's", &["--max-size", "1"]);
    assert!(store.join("thesis.tex").exists());
    fs::remove_file(store.join("thesis.tex")).expect("a file");
    stored(&world);
    let before = content(&world);
    if rustix::process::geteuid().is_root() {
        chown(&store, Some(MALLORY), None).expect("an owner");
        fails(&format!("belongs to user {MALLORY}"), &["--unused-since", "1h"]);
        fails("chown -R 0", &["--max-size", "1"]);
        chown(&store, Some(0), None).expect("an owner");
    }
    fs::set_permissions(&store, fs::Permissions::from_mode(0o777)).expect("a mode");
    fails("others can write in", &["--unused-since", "1h"]);
    fs::set_permissions(&store, fs::Permissions::from_mode(0o700)).expect("a mode");
    assert_eq!(content(&world), before);
}

#[test]
fn what_cannot_be_removed_is_named() {
    let world = World::new().env("PACKER_CC_SHARED", "1");
    let program = world.open_to_everyone();
    stored(&world);
    world.open_to_everyone();
    for file in files_of(&world, "e") {
        fs::set_permissions(file.parent().expect("a directory"), fs::Permissions::from_mode(0o555)).expect("a mode");
    }
    let mut command = world.bare_command(host_program("setpriv", "util-linux").as_os_str());
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    command.args(["trim", "--unused-since", "1h"]);
    let ran = Ran::of(command, &[]);
    let text = lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(1), "{text}{}", ran.stderr_text());
    assert_eq!(text.matches("failed").count(), 3, "{text}");
    assert!(text.contains("Permission denied"), "{text}");
    assert_eq!((files_of(&world, "m").len(), files_of(&world, "e").len()), (0, 3));
}

#[test]
fn what_killed_writers_left_goes_and_what_is_written_stays() {
    let world = World::new();
    stored(&world);
    let beside = files_of(&world, "e").remove(0);
    let (left, written) = (beside.with_file_name(".tmp-left"), beside.with_file_name(".tmp-written"));
    fs::write(&left, "left").expect("a file");
    let writer = File::create(&written).expect("a file");
    rustix::fs::flock(&writer, rustix::fs::FlockOperation::NonBlockingLockExclusive).expect("a lock");
    trim(&world, &["--unused-since", "3d"]);
    assert!(!left.exists() && written.exists() && files_of(&world, "m").len() == 3);
}

/// The record of a toolchain's parts is used only when another toolchain misses. So it stays, although no run uses
/// it.
#[test]
fn what_is_known_of_toolchains_stays_for_a_month() {
    let world = World::new();
    stored(&world);
    assert_eq!(files_of(&world, "t").len(), 1);
    trim(&world, &["--unused-since", "1h"]);
    assert_eq!((files_of(&world, "m").len(), files_of(&world, "t").len()), (0, 1));
    age_store(&world, 31 * 24 * HOUR);
    trim(&world, &["--unused-since", "40d"]);
    assert_eq!(files_of(&world, "t").len(), 1);
    trim(&world, &["--unused-since", "1h"]);
    assert_eq!(files_of(&world, "t").len(), 0);
}

fn spawn(world: &World, line: &str) -> Child {
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(words(line)).stdout(Stdio::null()).spawn().expect("packer-cc starts")
}

/// Compiles and trimmings at once, over and over: nothing is ever wrong, and the store is whole.
#[test]
fn beside_running_builds() {
    let world = World::new();
    let names: Vec<String> = (0..6).map(|unit| format!("u{unit}")).collect();
    for name in &names {
        world.file(&format!("{name}.c"), format!("#include <stdint.h>\nuint8_t {name}[] = {{1, 2, 3}};\n"));
        assert!(world.shell("gcc", &["-c", &format!("{name}.c"), "-o", &format!("{name}.bare")]).status.success());
    }
    for round in 0..8 {
        let mut children = Vec::new();
        for name in &names {
            let _ = fs::remove_file(world.tree().join(format!("{name}.o")));
            children.push(spawn(&world, &format!("gcc -c {name}.c")));
            // In every second round all goes, in the others what is not used in this very moment.
            let since = if round % 2 == 0 { "0s" } else { "1s" };
            children.push(spawn(&world, &format!("trim --json --unused-since {since} --max-size 3000")));
        }
        for mut child in children {
            assert!(child.wait().expect("an end").success());
        }
        for name in &names {
            assert!(world.read(&format!("{name}.o")) == world.read(&format!("{name}.bare")), "{name} in round {round}");
        }
    }
    world.admin(&["verify"]);
    let outcomes: BTreeSet<_> = world.journal().iter().map(|record| record["outcome"].to_string()).collect();
    assert!(outcomes.iter().all(|outcome| outcome == "\"hit\"" || outcome == "\"miss\""), "{outcomes:?}");
    // The last trimming may have removed the result of `u0.c`.
    world.cc("-c u0.c").kept();
    world.cc("-c u0.c").hit();
}

#[test]
fn for_people_it_is_a_table_and_on_a_terminal_there_is_progress() {
    let world = World::new();
    stored(&world);
    let text = world.admin(&["trim", "--unused-since", "1h", "--dry-run"]);
    assert!(text.contains("would remove  6 files, ") && text.contains("unused since"), "{text}");
    assert!(world.shell(packer_cc(), &["trim", "--max-size", "1G"]).stderr.is_empty(), "progress is for terminals");
    let command = format!("{} trim --unused-since 1h >/dev/null", packer_cc().display());
    let mut on_terminal = world.bare_command(host_program("script", "bsdutils").as_os_str());
    let ran = on_terminal.env("TERM", "xterm").args(["-qec", &command, "/dev/null"]).output().expect("script starts");
    assert!(ran.status.success());
    assert!(lossy(&ran.stdout).contains("trimming 0 of 11"), "{}", lossy(&ran.stdout));
}
