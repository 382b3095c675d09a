//! Many at once, killed, stopped, starved: the results stay those of the bare compiler.

use crate::fixture::{Ran, World, age, first_difference, host_program, packer_cc, words};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

fn wrapped(world: &World, line: &str) -> Command {
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(words(line)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn spawn(world: &World, line: &str) -> Child {
    wrapped(world, line).spawn().expect("packer-cc starts")
}

fn finish(children: Vec<Child>) -> Vec<Output> {
    children.into_iter().map(|child| child.wait_with_output().expect("an end")).collect()
}

fn outcomes(world: &World) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in world.journal() {
        *counts.entry(record["outcome"].as_str().expect("an outcome").to_owned()).or_default() += 1;
    }
    counts
}

/// A prefix that runs the command in a mount namespace of its own, after `setup`.
fn in_namespace(setup: &str) -> String {
    format!("unshare -m sh -c {} sh", shlex::try_quote(&format!("{setup} && exec \"$@\"")).expect("a quotable line"))
}

#[track_caller]
fn assert_same_bytes(world: &World, bare: &str, ours: &str) {
    let (bare, theirs) = (world.read(bare), world.read(ours));
    assert!(bare == theirs, "{ours}: {}", first_difference(&bare, &theirs));
}

fn project(world: &World) {
    world.files(&[("a.c", "#include \"a.h\"\nint a(void) { int unused; return A; }\n"), ("a.h", "#define A 1\n")]);
}

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
    // The compiler is known before the storm.
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

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("a signal sent");
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

/// Looks again and again; far more patient than anything takes, so that only what never happens fails.
fn poll(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(120), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

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

/// Those whose holder ends without a result compile at once, not one after another.
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

/// As a compile that dies by a signal, which its wrapper repeats.
#[test]
fn waiters_on_a_compile_that_is_killed_are_released_together() {
    let world = barrier_world("die");
    released_together(&world, |end| end.status.signal() == Some(9), "failed");
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
        // A result of its own, and one from the store, over that of the first.
        world.cc(&line(second)).same();
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

/// Whoever holds a claim and hangs costs those who wait a bounded time, and each its own compile.
#[test]
fn a_holder_that_hangs_is_not_waited_for_without_end() {
    let world = slow_world("exec gcc \"$@\"");
    let holder = stopped_holder(&world, "slow -c a.c -o a0.o");
    let waiters = (1..=4).map(|number| {
        let line = format!("slow -c a.c -o a{number}.o");
        wrapped(&world, &line).env("PACKER_CC_PATIENCE_MS", "50").spawn().expect("packer-cc starts")
    });
    assert!(finish(waiters.collect()).iter().all(|end| end.status.success()));
    assert_eq!(world.runs().len(), 4, "{:#?}", world.runs());
    signal(&holder, Signal::CONT);
    assert!(finish(vec![holder])[0].status.success());
    assert_eq!(world.runs().len(), 4, "what the others stored serves the one that hung");
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
        // The holder hangs still: nothing but the signal ends the one that waits.
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
    // Its lock is left behind.
    drop(file);
    fs::remove_file(&memo).expect("the memo");
    world.cc("-c a.c -o a.o").hit();
    assert!(memo.exists() && !world.cache().join(&lock).exists());
}

fn noise(unit: usize) -> String {
    let numbers: Vec<_> = (0u32..1_500)
        .map(|n| {
            (n ^ (u32::try_from(unit).expect("a small number") << 16)).wrapping_mul(2_654_435_761).rotate_left(n % 31)
        })
        .map(|n| format!("{n}u"))
        .collect();
    format!("unsigned u{unit}[] = {{{}}};\n", numbers.join(","))
}

/// Many different compiles at once into a store that holds a few of them.
#[test]
fn writers_against_eviction() {
    const BOUND: u64 = 40_000;
    const UNITS: usize = 24;
    let world = World::new().env("PACKER_CC_MAX_SIZE", BOUND.to_string());
    for unit in 0..UNITS {
        world.file(&format!("u{unit}.c"), noise(unit));
    }
    for round in 0..3 {
        let children =
            (0..UNITS).map(|unit| spawn(&world, &format!("gcc -c u{unit}.c -o u{unit}.{round}.o"))).collect();
        assert!(finish(children).iter().all(|end| end.status.success()));
    }
    for unit in 0..UNITS {
        assert!(world.shell("gcc", &["-c", &format!("u{unit}.c"), "-o", "bare.o"]).status.success());
        for round in 0..3 {
            assert_same_bytes(&world, "bare.o", &format!("u{unit}.{round}.o"));
        }
    }
    assert!(store_size(&world) <= BOUND, "{}", store_size(&world));
    world.cc("-c u0.c").same();
    world.cc("-c u0.c").hit();
    assert!(store_size(&world) <= BOUND, "{}", store_size(&world));
}

fn store_size(world: &World) -> u64 {
    world.store_files().iter().map(|file| fs::metadata(file).expect("a file").len()).sum()
}

/// A generator of numbers that a seed repeats (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ word >> 31) % bound
    }
}

fn number_from(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}: a number")))
}

/// Wrappers killed at random instants, with others beside them, hits and misses, and a store that evicts all the time.
/// `PACKER_TEST_KILLS` and `PACKER_TEST_SEED` make it longer and another one.
#[test]
fn random_kills() {
    const SOURCES: u64 = 4;
    const VALUES: u64 = 6;
    let (wanted, seed) = (number_from("PACKER_TEST_KILLS", 100), number_from("PACKER_TEST_SEED", 1));
    let mut random = Random(seed);
    let bound = 40_000;
    let world = World::new().env("PACKER_CC_MAX_SIZE", bound.to_string());
    world.file("a.h", "#define A 1\n");
    for source in 0..SOURCES {
        let unit = usize::try_from(source).expect("a small number");
        world.file(&format!("s{source}.c"), format!("#include \"a.h\"\nint v = V;\n{}", noise(unit)));
    }
    let mut expected = BTreeMap::new();
    for source in 0..SOURCES {
        for value in 0..VALUES {
            let line = format!("-DV={value} -MMD -MT x -c s{source}.c -o bare.o");
            let line: Vec<_> = line.split(' ').collect();
            assert!(world.shell("gcc", &line).status.success());
            expected.insert((source, value), (world.read("bare.o"), world.read("bare.d")));
        }
    }
    let (mut killed, mut compiles) = (0, 0_u64);
    while killed < wanted {
        let mut children = Vec::new();
        for _ in 0..2 + random.below(3) {
            compiles += 1;
            let unit = (random.below(SOURCES), random.below(VALUES));
            let line = format!("gcc -DV={} -MMD -MT x -c s{}.c -o o{compiles}.o", unit.1, unit.0);
            // Some are left to end by themselves.
            let kill_after = (random.below(4) > 0).then(|| Duration::from_micros(random.below(70_000)));
            children.push((spawn(&world, &line), unit, compiles, kill_after));
        }
        let start = Instant::now();
        children.sort_by_key(|(_, _, _, kill_after)| *kill_after);
        for (child, unit, number, kill_after) in children {
            if let Some(after) = kill_after {
                thread::sleep(after.saturating_sub(start.elapsed()));
                signal(&child, Signal::KILL);
            }
            let end = child.wait_with_output().expect("an end");
            if end.status.signal() == Some(9) {
                killed += 1;
                continue;
            }
            assert!(end.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&end.stderr));
            let found = (world.read(&format!("o{number}.o")), world.read(&format!("o{number}.d")));
            assert!(found == expected[&unit], "seed {seed}, {killed} kills: wrong bytes for {unit:?}");
        }
    }
    // After the storm: every unit is right twice, the bound holds, nothing waits for the dead.
    let mut hits = 0;
    for (unit, expected) in &expected {
        for _ in 0..2 {
            let line = format!("gcc -DV={} -MMD -MT x -c s{}.c -o last.o", unit.1, unit.0);
            let ran = Ran::of(wrapped(&world, &line), &[]);
            assert!(ran.status.success());
            assert!((world.read("last.o"), world.read("last.d")) == *expected, "seed {seed}: wrong bytes for {unit:?}");
        }
        hits += usize::from(world.journal().last().is_some_and(|record| record["outcome"] == "hit"));
    }
    assert_eq!(hits, expected.len(), "seed {seed}: the second compile of a unit hits");
    assert!(store_size(&world) <= bound, "seed {seed}: {}", store_size(&world));
    eprintln!("{killed} killed of {compiles} compiles, seed {seed}, outcomes {:?}", outcomes(&world));
}

/// Files of another version, of none, and of this one's name with another version's content.
#[test]
fn two_versions_on_one_store() {
    let world = World::new();
    project(&world);
    world.cc("-c a.c").miss();
    let store = world.cache().join("store");
    let mut theirs = Vec::new();
    for file in world.store_files() {
        let name = file.strip_prefix(&store).expect("a file of the store").to_owned();
        if let Ok(rest) = name.strip_prefix("v1") {
            let other = store.join("v2").join(rest);
            fs::create_dir_all(other.parent().expect("a directory")).expect("a directory");
            let mut content = fs::read(&file).expect("a file");
            content[8] = 2;
            fs::write(&other, &content).expect("a file");
            theirs.push((other, content));
        }
    }
    for (name, content) in [("v2/index", "theirs"), ("v1/x/unknown", "unknown"), ("unknown", "unknown")] {
        fs::create_dir_all(store.join(name).parent().expect("a directory")).expect("a directory");
        fs::write(store.join(name), content).expect("a file");
        theirs.push((store.join(name), content.into()));
    }
    world.cc("-c a.c").hit();
    world.cc("-O1 -c a.c").miss();
    world.cc("-O1 -c a.c").hit();
    for (path, content) in &theirs {
        assert_eq!(&fs::read(path).expect("their file"), content, "{}", path.display());
    }
    // This version's places hold what another version wrote: each is a miss, and is written anew.
    for file in world.store_files().into_iter().filter(|file| file.starts_with(store.join("v1"))) {
        let mut content = fs::read(&file).expect("a file");
        if let Some(version) = content.get_mut(8) {
            *version = 2;
        }
        fs::write(&file, content).expect("a file");
    }
    world.cc("-c a.c").miss();
    world.cc("-c a.c").hit();
    // The bound is for the whole directory: what is there now and nothing more.
    let bound = store_size(&world);
    world.cc("-O2 -c a.c").env("PACKER_CC_MAX_SIZE", bound.to_string()).same();
    fs::remove_file(world.cache().join("state/usage")).expect("the number");
    world.cc("-O3 -c a.c").env("PACKER_CC_MAX_SIZE", bound.to_string()).same();
    assert!(store_size(&world) <= bound, "{} of {bound}", store_size(&world));
}

/// The clock was set back: everything the cache and the tree hold is from the future.
#[test]
fn times_from_the_future() {
    let ahead = SystemTime::now() + Duration::from_secs(400 * 24 * 3600);
    let set = |path: &Path| {
        // A time of a read-only or vanished file stays what it is.
        if let Ok(file) = File::options().append(true).open(path) {
            file.set_modified(ahead).expect("a time");
        }
    };
    let world = World::new();
    project(&world);
    for name in ["a.c", "a.h"] {
        set(&world.tree().join(name));
    }
    world.cc("-MMD -c a.c").miss();
    world.cc("-MMD -c a.c").hit();
    for file in files_below(&world.cache()) {
        set(&file);
    }
    let journal = fs::read_to_string(world.cache().join("state/journal")).expect("the journal");
    let journal = journal.replace("\"time_ms\":1", "\"time_ms\":9");
    fs::write(world.cache().join("state/journal"), journal).expect("the journal");
    world.cc("-MMD -c a.c").hit();
    world.file("a.h", "#define A 2\n");
    world.cc("-MMD -c a.c").miss();
    world.cc("-MMD -c a.c").hit();
    world.admin(&["stats"]);
    world.admin(&["journal"]);
    // The old ones go first where something must go.
    let size = store_size(&world);
    world.cc("-O1 -MMD -c a.c").env("PACKER_CC_MAX_SIZE", size.to_string()).miss();
    world.cc("-O1 -MMD -c a.c").env("PACKER_CC_MAX_SIZE", size.to_string()).hit();
    assert!(store_size(&world) <= size);
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for item in fs::read_dir(dir).expect("a directory") {
        let path = item.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

/// A disk that is full after so many pages, for the store, for the state, and for both.
#[test]
fn a_disk_full_at_each_page() {
    let world = World::new();
    world.file("a.c", format!("#include <stdio.h>\n{}", noise(1)));
    for part in ["", "store", "state"] {
        let dir = world.cache().join(part);
        fs::create_dir_all(&dir).expect("a directory");
        if part == "store" {
            without_journal(&world);
        }
        for pages in (1..12).chain((12..40).step_by(4)) {
            let full = format!("mount -t tmpfs -o size={}k tmpfs {}", pages * 4, dir.display());
            let twice = format!(
                "{full} && {} gcc -Wall -MMD -c a.c -o first.o 2>first.err && rm -f first.*",
                packer_cc().display()
            );
            world.cc("-Wall -MMD -c a.c -o a.o").under(&in_namespace(&twice)).same();
        }
    }
}

/// Takes the journal's place, where a test makes more records than the fixture expects, or broken ones.
fn without_journal(world: &World) {
    fs::create_dir_all(world.cache().join("state/journal")).expect("a directory");
}

#[test]
fn no_inodes_left() {
    let world = World::new();
    project(&world);
    fs::create_dir_all(world.cache()).expect("a directory");
    for inodes in 2..24 {
        let full = format!("mount -t tmpfs -o size=8m,nr_inodes={inodes} tmpfs {}", world.cache().display());
        world.cc("-Wall -MMD -c a.c -o a.o").under(&in_namespace(&full)).same();
    }
}

/// Files that may not grow beyond a limit: what the compiler may write, packer-cc's own files may not cost.
#[test]
fn a_limit_for_the_size_of_files() {
    let world = World::new();
    project(&world);
    // Not the counting shim, whose list of runs is a file as well.
    let gcc = host_program("gcc", "gcc");
    let run = || world.run(&gcc, words("-Wall -MMD -c a.c -o a.o"));
    for known in [false, true] {
        for limit in [0, 1, 100, 1000, 2000, 5000, 20_000, 100_000, 300_000, 1_100_000] {
            // Where the compiler itself gets through; a hit finds out by trying.
            if known && limit < 5000 {
                continue;
            }
            if !known {
                let _ = fs::remove_dir_all(world.cache());
                without_journal(&world);
            }
            run().under(&format!("prlimit --fsize={limit}")).same();
        }
    }
    fs::remove_dir(world.cache().join("state/journal")).expect("a directory");
    run().same();
    run().hit();
}

#[test]
fn few_descriptors() {
    let world = World::new();
    project(&world);
    for known in [false, true] {
        for limit in 4..14 {
            if !known {
                let _ = fs::remove_dir_all(world.cache());
            }
            world.cc("-Wall -MMD -c a.c -o a.o").under(&format!("prlimit --nofile={limit}")).same();
        }
    }
    world.cc("-Wall -MMD -c a.c -o a.o").same();
    world.cc("-Wall -MMD -c a.c -o a.o").hit();
}

/// Directories are held open while their files are asked for.
#[test]
fn few_descriptors_and_many_directories() {
    let world = World::new();
    let mut text = String::new();
    for nth in 0..40 {
        for name in ["a", "b", "c"] {
            world.file(&format!("inc/{nth}/{name}.h"), "");
            text += &format!("#include \"{nth}/{name}.h\"\n");
        }
    }
    world.file("a.c", &text);
    let line = "-Iinc -MMD -c a.c -o a.o";
    world.cc(line).miss();
    for limit in [12, 16, 20, 30, 40, 60, 100] {
        world.cc(line).under(&format!("prlimit --nofile={limit}")).hit();
        world.file("inc/39/c.h", format!("// {limit}\n"));
        world.cc(line).under(&format!("prlimit --nofile={limit}")).same();
        world.cc(line).same();
    }
}

#[test]
fn little_memory() {
    let world = World::new();
    project(&world);
    for known in [false, true] {
        for megabytes in [64, 128, 256] {
            if !known {
                let _ = fs::remove_dir_all(world.cache());
            }
            let limit = format!("prlimit --as={}", megabytes << 20);
            world.cc("-Wall -MMD -c a.c -o a.o").under(&limit).same();
        }
    }
}

/// What the compiler is asked to write for packer-cc alone is named by way of `/proc`.
#[test]
fn without_proc() {
    let world = World::new();
    project(&world);
    let gcc = host_program("gcc", "gcc");
    let without = in_namespace("mount -t tmpfs tmpfs /proc");
    for _ in 0..2 {
        world.run(&gcc, words("-Wall -c a.c -o a.o")).under(&without).same();
        world.run(&gcc, words("-Wall -MMD -c a.c -o a.o")).under(&without).same();
    }
}

#[test]
fn no_place_for_temporary_files() {
    let world = World::new();
    project(&world);
    world.cc("-Wall -c a.c -o a.o").env("TMPDIR", "/proc").same();
    for place in ["/nonexistent/place", ""] {
        world.cc("-Wall -c a.c -o a.o").env("TMPDIR", place).same();
        world.cc("-Wall -c a.c -o a.o").env("TMPDIR", place).hit();
        fs::remove_dir_all(world.cache()).expect("the cache");
    }
}
