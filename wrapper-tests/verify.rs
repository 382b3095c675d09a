//! `PACKER_CC_VERIFY` and `packer-cc verify`: wrong results are found, reported and dropped, and a build never sees
//! them.

use crate::fixture::{Compiler, World, for_each_compiler, host_program, lossy, packer_cc};
use crate::forge;
use packer_cc::command::SideKind;
use packer_cc::digest::{Digest, KeyId};
use packer_cc::outputs::OutputPart;
use packer_cc::store::entry;
use packer_cc::store::{Store, manifest};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const LINE: &str = "-MMD -Wall -c a.c -o a.o";

fn project(world: &World) {
    world.files(&[
        ("a.c", "#include \"a.h\"\nint f(void) { int unused; return ANSWER; }\n"),
        ("a.h", "#define ANSWER 42\n"),
    ]);
}

fn store(world: &World) -> Store {
    Store::new(world.cache().join("store"), world.cache().join("state"), 0)
}

fn files_of(world: &World, kind: &str) -> Vec<PathBuf> {
    let marker = format!("/v1/{kind}/");
    world.store_files().into_iter().filter(|path| path.to_string_lossy().contains(&marker)).collect()
}

fn name_of(path: &Path) -> Digest {
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    Digest::from_hex(&format!("{}{}", name(path.parent().expect("a parent")), name(path))).expect("a digest")
}

/// Puts a well-formed result with another content into the place of the stored one. A bug or a hostile writer could
/// leave it there, and no digest shows that it is wrong.
fn falsify(world: &World, part: OutputPart, change: impl Fn(&mut Vec<u8>)) {
    let store = store(world);
    for path in files_of(world, "m") {
        let key = KeyId(name_of(&path));
        for mut candidate in manifest::get(&store, &key) {
            let mut entry = entry::get(&store, &candidate.entry).and_then(|entry| entry.unpack()).expect("an entry");
            if !entry.parts.iter().any(|(other, _)| *other == part) {
                entry.parts.push((part, Vec::new()));
            }
            let (_, bytes) = entry.parts.iter_mut().find(|(other, _)| *other == part).expect("a part");
            change(bytes);
            candidate.entry = forge::entry(world, &entry);
            forge::candidate(world, &key, candidate);
        }
    }
}

/// The outcome and reason of the last run.
fn last(world: &World) -> (String, String) {
    let journal = world.journal();
    let record = journal.last().expect("a record");
    let text = |name: &str| record[name].as_str().expect("a text").to_owned();
    (text("outcome"), text("reason"))
}

fn is(world: &World, outcome: &str, reason: &str) {
    assert_eq!(last(world), (outcome.to_owned(), reason.to_owned()));
}

#[test]
fn a_right_result_is_compiled_again_and_stays() {
    for_each_compiler(|world| {
        let world = world.env("PACKER_CC_VERIFY", "1");
        project(&world);
        world.cc(LINE).miss();
        let before = (world.store_files(), world.runs().len());
        world.cc(LINE).does("hit: verified");
        assert_eq!(world.store_files(), before.0);
        assert_eq!(world.runs().len(), before.1 + 2, "the bare compiler's run and one of packer-cc's");
        world.cc("-MD -MP -Wall -c a.c -o other.o").miss();
        world.cc("-MD -MP -Wall -c a.c -o another.o").does("hit: verified");
    });
}

#[test]
fn every_wrong_part_is_found_reported_and_replaced() {
    let parts = [
        (OutputPart::Main, "a.o differs"),
        (OutputPart::DepfileNames, "a.d differs"),
        (OutputPart::Side(SideKind::StackUsage), "a.su differs"),
        (OutputPart::Stdout, "standard output differs"),
        (OutputPart::Stderr, "standard error differs"),
    ];
    for (part, found) in parts {
        let world = World::new();
        project(&world);
        let line = "-MMD -Wall -fstack-usage -c a.c -o a.o";
        world.cc(line).miss();
        falsify(&world, part, |bytes| match part {
            // The second byte says whether every header has a rule of its own, as `-MP` makes them.
            OutputPart::DepfileNames => bytes[1] ^= 1,
            _ => bytes.push(b'!'),
        });
        // Without the setting the wrong result is served, since nothing in the store shows that it is wrong.
        assert!(
            world
                .bare_command(packer_cc().as_os_str())
                .args(["gcc"])
                .args(line.split(' '))
                .output()
                .unwrap()
                .status
                .success()
        );
        is(&world, "hit", "");

        let bare = world.shell(host_program("gcc", "gcc"), &line.split(' ').collect::<Vec<_>>());
        let object = world.read("a.o");
        let mut command = world.bare_command(packer_cc().as_os_str());
        let ran = command.env("PACKER_CC_VERIFY", "1").arg("gcc").args(line.split(' ')).output().expect("it starts");
        assert_eq!(ran.status.code(), Some(0), "{part:?}");
        assert_eq!(world.read("a.o"), object, "{part:?}: the fresh result is used");
        let (text, bare) = (lossy(&ran.stderr), bare.stderr_text());
        let report = text.strip_prefix(&bare).unwrap_or_else(|| panic!("{part:?}: {text}"));
        assert!(report.starts_with("packer-cc: the stored result of a.c differs from the compiler's: "), "{report}");
        assert!(report.contains(found) && report.contains("it was dropped"), "{part:?}: {report}");
        is(&world, "miss", "verify-differs");
        world.cc(line).hit();
    }
}

#[test]
fn a_stored_success_that_is_a_failure_now() {
    // A compiled program adds an option that it takes from the environment. packer-cc cannot see that.
    for more in ["-DANSWER=7", "-Dint=error"] {
        stored_success(more);
    }
}

fn stored_success(more: &str) {
    let world = World::new();
    project(&world);
    world.file(
        "wrapper.c",
        r#"#include <stdlib.h>
#include <unistd.h>
int main(int count, char **words) {
    char **more = calloc((unsigned)count + 2, sizeof *more);
    for (int i = 0; i < count; i++) more[i] = words[i];
    more[0] = "/usr/bin/gcc";
    more[count] = getenv("MORE");
    execv(more[0], more);
    return 127;
}
"#,
    );
    assert!(world.shell(host_program("gcc", "gcc"), &["wrapper.c", "-o", "wrapper"]).status.success());
    world.command("./wrapper -c a.c -o a.o").miss();
    let run = |program: &Path, first: &[&str]| {
        let mut command = world.bare_command(program.as_os_str());
        command.args(first).args(["-c", "a.c", "-o", "a.o"]).env("MORE", more).env("PACKER_CC_VERIFY", "1");
        command.output().expect("it starts")
    };
    let bare = run(Path::new("./wrapper"), &[]);
    let object = world.exists("a.o").then(|| world.read("a.o"));
    let ours = run(&packer_cc(), &["./wrapper"]);
    assert_eq!(ours.status, bare.status, "{more}");
    assert!(lossy(&ours.stderr).starts_with(&*lossy(&bare.stderr)), "{more}: {}", lossy(&ours.stderr));
    assert_eq!(world.exists("a.o").then(|| world.read("a.o")), object, "{more}");
    is(&world, if bare.status.success() { "miss" } else { "failed" }, "verify-differs");
}

#[test]
fn results_that_cannot_be_reproduced_are_not_blamed() {
    let world = World::new().env("PACKER_CC_VERIFY", "on");
    project(&world);
    let run = || {
        let mut command = world.bare_command(packer_cc().as_os_str());
        let ran = command.args(["gcc", "-flto", "-c", "a.c", "-o", "a.o"]).output().expect("it starts");
        assert_eq!((ran.status.code(), lossy(&ran.stderr)), (Some(0), String::new()));
    };
    run();
    is(&world, "miss", "new");
    let stored = world.store_files();
    run();
    is(&world, "hit", "unreproducible");
    assert_eq!(world.store_files(), stored);
}

#[test]
fn a_share_of_the_hits() {
    const HITS: usize = 64;
    let world = World::new();
    project(&world);
    world.cc("-c a.c -o a.o").miss();
    let verified = |share: &str| {
        let before = world.journal().len();
        for _ in 0..HITS {
            let mut command = world.bare_command(packer_cc().as_os_str());
            let ran = command.env("PACKER_CC_VERIFY", share).args(["gcc", "-c", "a.c", "-o", "a.o"]).status();
            assert!(ran.expect("it starts").success());
        }
        let of = |record: &Value| record["reason"] == "verified";
        world.journal()[before..].iter().filter(|record| of(record)).count()
    };
    assert_eq!(verified("0%"), 0);
    assert_eq!(verified("100%"), HITS);
    // Chance picks none of 64, or all, once in 2⁶³ runs of this test.
    assert!((1..HITS).contains(&verified("50%")));
}

#[test]
fn a_read_only_cache_reports_and_keeps() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c -o a.o").miss();
    falsify(&world, OutputPart::Main, |bytes| bytes.push(0));
    let stored = world.store_files();
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.env("PACKER_CC_VERIFY", "1").env("PACKER_CC_READONLY", "1");
    let ran = command.args(["gcc", "-c", "a.c", "-o", "a.o"]).output().expect("it starts");
    assert!(ran.status.success());
    assert!(lossy(&ran.stderr).contains("PACKER_CC_READONLY keeps it"), "{}", lossy(&ran.stderr));
    assert_eq!(world.store_files(), stored);
}

fn verify(world: &World, args: &[&str]) -> (Option<i32>, Value) {
    let args: Vec<&str> = ["verify", "--json"].iter().chain(args).copied().collect();
    let ran = world.shell(packer_cc(), &args);
    (ran.status.code(), serde_json::from_slice(&ran.stdout).expect("JSON"))
}

#[test]
fn the_whole_store_is_rechecked() {
    let world = World::new();
    assert_eq!(verify(&world, &[]).0, Some(0), "no store is a good store");
    project(&world);
    for line in ["-c a.c -o a.o", "-O2 -c a.c -o a.o", LINE] {
        world.cc(line).miss();
    }
    let (status, report) = verify(&world, &[]);
    assert_eq!(
        (status, &report["good"], &report["entries"], &report["manifests"]),
        (Some(0), &true.into(), &3.into(), &3.into())
    );
    let some = [files_of(&world, "e").remove(0), files_of(&world, "m").remove(0)];
    // Neither another version's files, nor what is no file of ours, nor a link is touched.
    let other = world.cache().join("store/v9/e/ab");
    fs::create_dir_all(&other).expect("a directory");
    fs::write(other.join("cd"), "another version").expect("a file");
    std::os::unix::fs::symlink("/etc/passwd", world.cache().join("store/v1/e/link")).expect("a link");
    let earlier = world.cache().join("store/v1/e/ab").join("c".repeat(62));
    fs::create_dir_all(earlier.parent().expect("a directory")).expect("a directory");
    fs::write(&earlier, b"PCCentry\x02\0\0\0 of an earlier version").expect("a file");
    for file in &some {
        let mut bytes = fs::read(file).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(file, bytes).expect("a file");
    }
    let (status, report) = verify(&world, &[]);
    assert_eq!((status, &report["good"]), (Some(1), &false.into()));
    assert_eq!(report["damaged"].as_array().map(Vec::len), Some(2), "{report}");
    assert_eq!((&report["entries"], &report["foreign_files"]), (&2.into(), &3.into()), "{report}");
    let (status, report) = verify(&world, &["--repair"]);
    assert_eq!((status, &report["good"]), (Some(0), &true.into()), "{report}");
    let (status, report) = verify(&world, &[]);
    assert_eq!((status, report["damaged"].as_array().map(Vec::len)), (Some(0), Some(0)), "{report}");
    assert!(other.join("cd").exists() && earlier.exists() && world.cache().join("store/v1/e/link").is_symlink());
    for line in ["-c a.c -o a.o", "-O2 -c a.c -o a.o", LINE] {
        world.cc(line).kept();
        world.cc(line).hit();
    }
}

#[test]
fn for_people_it_is_a_table_with_a_verdict() {
    let world = World::with(Compiler::Gcc);
    project(&world);
    world.cc("-c a.c -o a.o").miss();
    let text = world.admin(&["verify"]);
    assert!(text.contains("entries     1\n") && text.ends_with("good\n"), "{text}");
    let entry = files_of(&world, "e").remove(0);
    fs::write(&entry, "").expect("a file");
    let ran = world.shell(packer_cc(), &["verify"]);
    let text = lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(1));
    assert!(text.contains(&*entry.to_string_lossy()) && text.contains("--repair"), "{text}");
    assert!(ran.stderr.is_empty(), "progress is for terminals");
    let ran = world.shell(packer_cc(), &["verify", "--repair"]);
    assert_eq!((ran.status.code(), lossy(&ran.stdout).ends_with("repaired\n")), (Some(0), true));
}

#[test]
fn progress_is_shown_on_a_terminal() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c -o a.o").miss();
    let script = host_program("script", "bsdutils");
    let command = format!("{} verify >/dev/null", packer_cc().display());
    let mut on_terminal = world.bare_command(script.as_os_str());
    let ran = on_terminal.env("TERM", "xterm").args(["-qec", &command, "/dev/null"]).output().expect("script starts");
    assert!(ran.status.success());
    assert!(lossy(&ran.stdout).contains("checking 0 of 5"), "{}", lossy(&ran.stdout));
}
