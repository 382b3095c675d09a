//! Stores that evict, whose writers are killed, that two versions share, and that are from the future.

use super::{assert_same_bytes, finish, noise, outcomes, project, signal, spawn, store_size, wrapped};
use crate::fixture::{Ran, World};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Where the format's version stands in every file of a store: behind eight bytes that say what it is.
const VERSION_AT: usize = 8;

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
    world.cc("-c u0.c").kept();
    world.cc("-c u0.c").hit();
    assert!(store_size(&world) <= BOUND, "{}", store_size(&world));
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
            // One of four is left to end by itself. The others are killed in the time that a compile takes.
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
            if end.status.signal() == Some(Signal::KILL.as_raw()) {
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
            content[VERSION_AT] = 2;
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
        if let Some(version) = content.get_mut(VERSION_AT) {
            *version = 2;
        }
        fs::write(&file, content).expect("a file");
    }
    world.cc("-c a.c").miss();
    world.cc("-c a.c").hit();
    // The bound counts the whole directory, other versions' files too. It is set to what is there now.
    let bound = store_size(&world);
    world.cc("-O2 -c a.c").env("PACKER_CC_MAX_SIZE", bound.to_string()).miss();
    fs::remove_file(world.cache().join("state/usage")).expect("the number");
    world.cc("-O3 -c a.c").env("PACKER_CC_MAX_SIZE", bound.to_string()).miss();
    assert!(store_size(&world) <= bound, "{} of {bound}", store_size(&world));
}

/// The clock was set back: everything the cache and the tree hold is from the future.
#[test]
fn times_from_the_future() {
    let ahead = SystemTime::now() + Duration::from_secs(400 * 24 * 3600);
    let set = |path: &Path| {
        // A file that cannot be opened keeps its time.
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
    // The first digit of the times, so they are centuries ahead.
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
