//! Runs that SIGKILL ends at a step that changes a file, for each such step (`packer_cc::faults`). The store stays
//! readable, the next run leaves what the bare compiler leaves, and the run after it hits. What the killed run left
//! behind is removed.

use crate::fixture::{Compiler, Ran, World, for_each_compiler, packer_cc, words};
use packer_cc::disk::memo::SLOT;
use packer_cc::faults::{ABORT_AT, Point};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const LINE: &str = "-Wall -MMD -c a.c -o a.o";
const SIGKILL: i32 = 9;
const HOUR: Duration = Duration::from_secs(3600);
/// A journal that is larger is folded into the totals (`journal/places.rs`).
const JOURNAL_LIMIT: usize = 4 << 20;
/// So few bytes of a store that the entries which [`prepare`] makes do not fit.
const SMALL_STORE: &str = "8000";
/// The table of memos fills up, and has to grow, after a compile or two.
const FEW_SLOTS: u8 = 16;

/// A journal that is larger than it may be: a line of the world's own, repeated.
fn journal(world: &World) -> Vec<u8> {
    let line = fs::read(world.cache().join("state/journal")).expect("a journal");
    line.repeat(JOURNAL_LIMIT / line.len() + 1)
}

/// Brings a world to where a run passes the point.
fn prepare(world: &World, point: Point) {
    let state = world.cache().join("state");
    match point {
        Point::OutputCreated | Point::OutputWritten | Point::DepfileRestored | Point::Restored => {
            world.cc(LINE).miss();
            world.remove("a.o").remove("a.d");
        }
        Point::OutputRemoved => {
            world.cc(LINE).miss();
            world.file("a.o", "another object");
        }
        Point::JournalRotated | Point::TotalsWritten | Point::TotalsNamed | Point::JournalRemoved => {
            world.cc("-c b.c").miss();
            let journal = journal(world);
            fs::write(state.join("journal.1"), &journal).expect("a journal");
            fs::write(state.join("journal"), &journal).expect("a journal");
        }
        Point::Evicted => {
            for value in 10..20 {
                world.cc(&format!("-c b.c -DB={value}")).miss();
            }
        }
        Point::TrimRemoved | Point::TrimWritten | Point::TrimNamed => {
            // A manifest that is used, and in it a candidate that is not.
            for value in [2, 1] {
                world.file("a.h", format!("#define A {value}\n"));
                world.cc(LINE).miss();
            }
            let old = SystemTime::now() - 24 * HOUR;
            for path in world.store_files() {
                fs::File::options().append(true).open(path).expect("a file").set_modified(old).expect("a time");
            }
            world.cc(LINE).hit();
        }
        Point::TableGrowing => {
            // A header as long as a slot, and empty slots. Each compile reads further files, so the table fills.
            let mut table = vec![0; (1 + usize::from(FEW_SLOTS)) * SLOT];
            table[..8].copy_from_slice(b"PCCmemo3");
            table[8] = FEW_SLOTS;
            fs::create_dir_all(&state).expect("the state");
            fs::write(state.join("files.memo"), table).expect("a table");
        }
        _ => {}
    }
}

fn run(world: &World, line: &str, point: Option<Point>) -> Ran {
    let mut command = world.bare_command(packer_cc().as_os_str());
    match point {
        Some(Point::TrimRemoved | Point::TrimWritten | Point::TrimNamed) => {
            command.args(["trim", "--unused-since", "1h"]);
        }
        Some(Point::ZeroNamed) => {
            command.args(["stats", "--zero"]);
        }
        _ => {
            command.arg("gcc").args(words(line));
        }
    }
    if let Some(point) = point {
        command.env(ABORT_AT, point.name());
    }
    Ran::of(command, &[])
}

fn check(point: Point) {
    eprintln!("{}", point.name());
    let mut world = World::new();
    if point == Point::Evicted {
        world = world.env("PACKER_CC_MAX_SIZE", SMALL_STORE);
    }
    world.file("a.c", "#include <stdio.h>\n#include \"a.h\"\nint a(void) { int unused; return A; }\n");
    world.files(&[("a.h", "#define A 1\n"), ("b.c", "int b;\n")]);
    prepare(&world, point);

    let ran = run(&world, LINE, Some(point));
    assert_eq!(ran.status.signal(), Some(SIGKILL), "{} is reached: {}", point.name(), ran.stderr_text());
    // Once more, starting from what the killed run left.
    run(&world, LINE, Some(point));

    world.admin(&["stats"]);
    if point == Point::JournalPart {
        // The fixture reads the journal line by line. The last line may have half a record in front of it.
        assert!(run(&world, LINE, None).status.success());
        world.admin(&["stats"]);
        fs::remove_file(world.cache().join("state/journal")).expect("the journal");
    }
    world.cc(LINE).kept();
    world.cc(LINE).hit();
    world.cc(LINE).env("PACKER_CC_PARANOID", "1").hit();

    let left = leftovers(&world.cache());
    for path in &left {
        // Younger ones might belong to a run that is still at work.
        let old = SystemTime::now() - 2 * HOUR;
        fs::File::options().append(true).open(path).expect("a file").set_modified(old).expect("a time");
    }
    // Without this file the store's bytes are counted anew. That removes what the killed run left.
    let _ = fs::remove_file(world.cache().join("state/usage"));
    world.cc("-DB=9 -c b.c").miss();
    assert_eq!(leftovers(&world.cache()), Vec::<PathBuf>::new(), "{}", point.name());
    world.cc(LINE).hit();
}

/// Temporary files and claims.
fn leftovers(dir: &Path) -> Vec<PathBuf> {
    let mut left = Vec::new();
    for item in fs::read_dir(dir).expect("a directory of the cache") {
        let path = item.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() {
            left.extend(leftovers(&path));
        } else if name.starts_with(".tmp") || name.starts_with("compile-") {
            left.push(path);
        }
    }
    left
}

/// What stands under `name`.
fn standing(world: &World, name: &str) -> Option<Vec<u8>> {
    fs::read(world.tree().join(name)).ok()
}

/// make takes an object that is newer than its source for a finished one. So a killed hit must not leave half an
/// object there.
#[test]
fn a_killed_hit_leaves_what_stood_there_or_nothing_or_all_of_an_output() {
    const POINTS: [Point; 5] =
        [Point::OutputCreated, Point::OutputWritten, Point::OutputRemoved, Point::DepfileRestored, Point::Restored];
    for_each_compiler(|world| {
        world.file("a.c", "const char a[30000] = \"a\";\n");
        // clang replaces assembly too; gcc writes it in place.
        for (line, name) in [("-c a.c -o a.o", "a.o"), ("-MMD -c a.c -o a.o", "a.o"), ("-S a.c -o a.s", "a.s")] {
            let run = |point: Option<Point>| {
                let mut command = world.bare_command(packer_cc().as_os_str());
                command.arg(world.compiler().c()).args(words(line));
                if let Some(point) = point {
                    command.env(ABORT_AT, point.name());
                }
                Ran::of(command, &[])
            };
            assert!(run(None).status.success());
            let (whole, depfile) = (standing(&world, name), standing(&world, "a.d"));
            assert!(whole.as_ref().is_some_and(|whole| !whole.is_empty()));
            for old in [None, Some(b"old".to_vec())] {
                let is_in_place = old.is_some() && name == "a.s" && world.compiler() != Compiler::Clang;
                for point in POINTS {
                    for name in ["a.d", name] {
                        let _ = fs::remove_file(world.tree().join(name));
                    }
                    if let Some(old) = &old {
                        fs::write(world.tree().join(name), old).expect("a file");
                    }
                    let killed = run(Some(point)).status.signal() == Some(SIGKILL);
                    let left = standing(&world, name);
                    let is_fine = left.is_none() || left == whole || left == old;
                    assert!(is_fine || is_in_place, "{line}, {old:?}: {} leaves {left:?}", point.name());
                    assert!(killed || left == whole, "{line}, {old:?}: {}", point.name());
                    assert!(standing(&world, "a.d").is_none_or(|left| Some(left) == depfile), "{}", point.name());
                    assert_eq!(killed, is_reached(point, line, old.is_some(), is_in_place), "{line}: {}", point.name());
                }
            }
        }
    });
}

/// Whether a hit passes the point.
fn is_reached(point: Point, line: &str, stands: bool, is_in_place: bool) -> bool {
    match point {
        Point::OutputCreated | Point::OutputWritten => !is_in_place || line.contains("-MMD"),
        Point::OutputRemoved => stands && !is_in_place,
        _ => true,
    }
}

fn check_all(part: usize) {
    for point in Point::ALL.iter().skip(part).step_by(3) {
        check(*point);
    }
}

#[test]
fn every_point_1() {
    check_all(0);
}

#[test]
fn every_point_2() {
    check_all(1);
}

#[test]
fn every_point_3() {
    check_all(2);
}
