//! Many at once: who compiles, who waits, and what becomes of those whose holder dies.

use super::{assert_same_bytes, finish, outcomes, project, signal, spawn, wrapped};
use crate::fixture::{Ran, World, age, host_program};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, WaitOptions, waitpid};
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output};
use std::thread;
use std::time::{Duration, Instant};

/// One compiles, 63 wait for it and hit; into files of their own, and all into the same.
#[test]
fn sixty_four_identical_compiles_at_once() {
    for own in [true, false] {
        let world = World::new();
        project(&world);
        let name = |number: usize| if own { format!("a{number}") } else { "a".to_owned() };
        let line = |name: &str| format!("gcc -Wall -O2 -MMD -MT a -c a.c -o {name}.o");
        let children = (0..64).map(|number| spawn(&world, &line(&name(number)))).collect();
        let ends = finish(children);
        assert_eq!(world.runs().len(), 1, "{:#?}", world.runs());
        let bare = world.shell("gcc", &["-Wall", "-O2", "-MMD", "-MT", "a", "-c", "a.c", "-o", "bare.o"]);
        for (number, end) in ends.iter().enumerate() {
            assert!(end.status.success() && end.stdout.is_empty());
            assert_eq!(end.stderr, bare.stderr);
            assert_same_bytes(&world, "bare.o", &format!("{}.o", name(number)));
            assert_same_bytes(&world, "bare.d", &format!("{}.d", name(number)));
        }
        assert_eq!(outcomes(&world), BTreeMap::from([("hit".to_owned(), 63), ("miss".to_owned(), 1)]));
    }
}

/// A world with a compiler `slow` that is a script.
fn slow_world(script: &str) -> World {
    let world = World::new();
    project(&world);
    let text = format!(
        "#!/bin/sh\nfor word; do case $word in -print*|-dump*|-###|--version|-v) exec gcc \"$@\";; esac; done\n{script}\n"
    );
    let program = world.path("bin/slow");
    fs::write(&program, text).expect("a script");
    fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("a mode");
    age(&program);
    // packer-cc gets to know the compiler before the storm.
    let line = "slow -c a.c -o known.o -DKNOWN";
    Ran::of(wrapped(&world, line), &[]);
    fs::remove_file(world.path("runs")).and_then(|()| File::create(world.path("runs"))).expect("a list of runs");
    fs::remove_file(world.cache().join("state/journal")).expect("the journal");
    world
}

/// Starts a run that claims the compile and stops with the claim in its hands.
fn stopped_holder(world: &World, line: &str) -> Child {
    stopped_at(world, "claimed", line)
}

/// A run that was stopped at this point.
fn stopped_at(world: &World, point: &str, line: &str) -> Child {
    let child = wrapped(world, line).env("PACKER_CC_STOP_AT", point).spawn().expect("packer-cc starts");
    let (_, status) = waitpid(Some(Pid::from_child(&child)), WaitOptions::UNTRACED).expect("a child").expect("a state");
    assert!(status.stopped(), "{status:?}");
    child
}

/// Waits until each child has the claim of another in its hands, which it opens to wait for it.
fn until_they_wait(children: &[Child]) {
    let waits = |child: &Child| {
        let open = fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().flatten();
        open.filter_map(|item| fs::read_link(item.path()).ok()).any(|path| path.to_string_lossy().contains("/compile-"))
    };
    for child in children {
        poll("a run that waits for the holder", || waits(child));
    }
}

/// Looks again and again until it holds. The patience is far longer than anything takes, so only what never happens
/// fails.
fn poll(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(120), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The number of compiles that `barrier.c` waits for (`TOGETHER`).
const WAITERS: usize = 12;

/// A world with a compiler `slow` that lets a compile go on only while all others run, see `barrier.c`.
fn barrier_world(then: &str) -> World {
    let world = slow_world("exec gcc \"$@\"");
    fs::create_dir(world.path("barrier")).expect("a directory");
    let program = world.path("bin/slow");
    fs::remove_file(&program).expect("the script");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/wrapper-tests/barrier.c");
    let made = Command::new(host_program("gcc", "gcc")).args(["-O1", "-Wall", "-o"]).arg(&program).arg(source).status();
    assert!(made.expect("gcc starts").success());
    let gcc = host_program("gcc", "gcc");
    fs::write(world.path("bin/slow.real"), gcc.to_str().expect("a name")).expect("a fact");
    fs::write(world.path("bin/slow.then"), then).expect("a fact");
    world
}

/// When the holder ends without a result, all who waited for it compile at the same time.
#[test]
fn waiters_on_a_failing_compile_are_released_together() {
    let world = barrier_world("fail");
    world.file("a.c", "#ifdef ERROR\n#error no\n#endif\nint a;\n");
    released_together(&world, |end| end.status.code() == Some(1), "failed");
}

#[test]
fn waiters_on_a_compile_that_is_not_stored_are_released_together() {
    let world = barrier_world("compile");
    world.file("a.c", "const char *a = __TIME__;\n");
    released_together(&world, |end| end.status.success(), "miss");
}

/// The compiler dies by a signal, and packer-cc ends by the same signal.
#[test]
fn waiters_on_a_compile_that_is_killed_are_released_together() {
    let world = barrier_world("die");
    released_together(&world, |end| end.status.signal() == Some(Signal::KILL.as_raw()), "failed");
}

fn released_together(world: &World, as_expected: impl Fn(&Output) -> bool, outcome: &str) {
    let line = |number: usize| format!("slow -c a.c -o a{number}.o");
    let holder = stopped_holder(world, &line(0));
    let waiters: Vec<_> = (1..=WAITERS).map(|number| spawn(world, &line(number))).collect();
    until_they_wait(&waiters);
    signal(&holder, Signal::CONT);
    for end in finish(waiters.into_iter().chain([holder]).collect()) {
        assert!(as_expected(&end), "{}: {}", end.status, String::from_utf8_lossy(&end.stderr));
    }
    assert_eq!(outcomes(world), BTreeMap::from([(outcome.to_owned(), WAITERS + 1)]));
}

/// Two commands that write one output at the same time: neither takes the other's for its own, whoever is first.
#[test]
fn two_commands_that_write_one_output_keep_nothing() {
    for (first, second) in [("-DX=1", "-DX=2"), ("-O2", "-O0")] {
        let world = World::new();
        world.file("a.c", "int a(void) { return X + 1; }\n");
        world.cc("-DX=3 -c a.c -o kept.o").miss();
        let line = |option: &str| format!("-DX=7 {option} -Wno-builtin-macro-redefined -c a.c -o a.o");
        let holder = stopped_at(&world, "after-compiler", &format!("gcc {}", line(first)));
        // Over the first command's output come a second compile and a hit.
        world.cc(&line(second)).does("miss: output-shared");
        world.cc("-DX=3 -c a.c -o a.o").hit();
        signal(&holder, Signal::CONT);
        assert!(finish(vec![holder]).iter().all(|end| end.status.success()));
        for record in world.journal().iter().filter(|record| record["outcome"] == "miss").skip(1) {
            assert_eq!(record["reason"], "output-shared", "{record}");
        }
        for option in [first, second] {
            world.cc(&line(option)).miss();
            world.cc(&line(option)).hit();
        }
    }
}

/// One of those who waited for a holder that was killed compiles in its place; the others wait for that one.
#[test]
fn a_killed_holder_has_one_heir() {
    let world = slow_world("exec gcc \"$@\"");
    let line = |number: usize| format!("slow -c a.c -o a{number}.o");
    let mut holder = stopped_holder(&world, &line(0));
    let mut waiters: Vec<_> = (1..=WAITERS).map(|number| spawn(&world, &line(number))).collect();
    until_they_wait(&waiters);
    // A waiter that is killed changes nothing.
    let mut killed = waiters.pop().expect("a waiter");
    signal(&killed, Signal::KILL);
    killed.wait().expect("an end");
    signal(&holder, Signal::KILL);
    holder.wait().expect("an end");
    assert!(finish(waiters).iter().all(|end| end.status.success()));
    assert_eq!(world.runs().len(), 1, "{:#?}", world.runs());
    world.shell("gcc", &["-c", "a.c", "-o", "bare.o"]);
    for number in 1..WAITERS {
        assert_same_bytes(&world, "bare.o", &format!("a{number}.o"));
    }
}

/// A holder that hangs is waited for a bounded time. Then those who wait compile.
#[test]
fn a_holder_that_hangs_is_not_waited_for_without_end() {
    let world = slow_world("exec gcc \"$@\"");
    let holder = stopped_holder(&world, "slow -c a.c -o a0.o");
    let waiters = (1..=4).map(|number| {
        let line = format!("slow -c a.c -o a{number}.o");
        wrapped(&world, &line).env("PACKER_CC_PATIENCE_MS", "50").spawn().expect("packer-cc starts")
    });
    assert!(finish(waiters.collect()).iter().all(|end| end.status.success()));
    // One that begins so late that another has stored its result is served.
    let runs = world.runs().len();
    assert!((1..=4).contains(&runs), "{:#?}", world.runs());
    signal(&holder, Signal::CONT);
    assert!(finish(vec![holder])[0].status.success());
    assert_eq!(world.runs().len(), runs, "what the others stored serves the one that hung");
    world.shell("gcc", &["-c", "a.c", "-o", "bare.o"]);
    for number in 0..=4 {
        assert_same_bytes(&world, "bare.o", &format!("a{number}.o"));
    }
}

#[test]
fn an_interrupt_ends_a_run_that_waits() {
    let world = slow_world("exec gcc \"$@\"");
    for number in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let mut holder = stopped_holder(&world, "slow -c a.c -o a0.o");
        let waiter = spawn(&world, "slow -c a.c -o a1.o");
        until_they_wait(std::slice::from_ref(&waiter));
        signal(&waiter, number);
        // The holder still hangs, so nothing but the signal can have ended the run that waits.
        assert_eq!(finish(vec![waiter])[0].status.signal(), Some(number.as_raw()));
        signal(&holder, Signal::KILL);
        holder.wait().expect("an end");
    }
    assert!(world.runs().is_empty(), "{:#?}", world.runs());
    assert!(!world.exists("a1.o"));
}

/// A process that was stopped with one of the small locks in its hands does not stop builds.
#[test]
fn every_other_lock_held_for_ever() {
    let world = World::new().env("PACKER_CC_PATIENCE_MS", "20");
    project(&world);
    world.cc("-c a.c -o a.o").miss();
    let locks = || {
        let state = world.cache().join("state");
        let manifests = (0..=255).map(|number| state.join("locks").join(format!("{number:02x}")));
        let others = ["memo.lock", "journal.lock", "locks/usage"].map(|name| state.join(name));
        manifests.chain(others).collect::<Vec<_>>()
    };
    let held: Vec<File> = locks()
        .into_iter()
        .map(|path| {
            let file = File::options().append(true).create(true).open(path).expect("a lock");
            flock(&file, FlockOperation::NonBlockingLockExclusive).expect("a lock held");
            file
        })
        .collect();
    world.cc("-c a.c -o a.o").hit();
    world.cc("-O1 -c a.c -o a.o").miss();
    world.cc("-O1 -c a.c -o a.o").hit();
    world.admin(&["stats"]);
    // What could not be counted is counted by the next run that can.
    assert!(!world.cache().join("state/usage").exists());
    drop(held);
    world.cc("-O2 -c a.c -o a.o").miss();
    assert!(world.cache().join("state/usage").exists());
}

/// A build begins with many compiles at once: one of them asks the compiler who it is, each question once.
#[test]
fn one_run_asks_for_all() {
    let world = World::new();
    for number in 0..16 {
        world.file(&format!("a{number}.c"), format!("int a = {number};\n"));
    }
    let children = (0..16).map(|number| spawn(&world, &format!("gcc -c a{number}.c"))).collect();
    assert!(finish(children).iter().all(|end| end.status.success()));
    let questions = world.questions();
    for asked in ["-###", "-print-search-dirs", "-v"] {
        let count = questions.iter().filter(|argv| argv.iter().any(|word| word == asked)).count();
        assert_eq!(count, 1, "{asked}: {questions:#?}");
    }
    assert_eq!(outcomes(&world), BTreeMap::from([("miss".to_owned(), 16)]));
    assert_eq!(locks_of(&world, "ask-"), Vec::<PathBuf>::new(), "they go with their holders");
}

fn locks_of(world: &World, prefix: &str) -> Vec<PathBuf> {
    let found =
        fs::read_dir(world.cache().join("state/locks")).expect("locks").map(|item| item.expect("a lock").path());
    found.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))).collect()
}

/// Whoever asks and hangs is waited for a bounded time, whoever asks and dies is not.
#[test]
fn who_asks_and_hangs_or_dies() {
    let world = World::new().env("PACKER_CC_PATIENCE_MS", "20");
    project(&world);
    world.cc("-c a.c -o a.o").miss();
    let memo =
        fs::read_dir(world.cache().join("state/compilers")).expect("memos").next().expect("one").expect("one").path();
    let lock = format!("state/locks/ask-{}", memo.file_name().expect("a name").display());
    let file = File::options().append(true).create(true).open(world.cache().join(&lock)).expect("a lock");
    flock(&file, FlockOperation::NonBlockingLockExclusive).expect("a lock held");
    fs::remove_file(&memo).expect("the memo");
    let asked = world.questions().len();
    world.cc("-c a.c -o a.o").hit();
    assert!(world.questions().len() > asked);
    // As if the one that asked had died: the lock is free, and its file is left behind.
    drop(file);
    fs::remove_file(&memo).expect("the memo");
    world.cc("-c a.c -o a.o").hit();
    assert!(memo.exists() && !world.cache().join(&lock).exists());
}
