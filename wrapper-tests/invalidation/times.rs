//! Dates and times in the text.

use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;

#[test]
fn time_macros_are_never_stale() {
    for_each_compiler(|world| {
        for text in ["__DATE__", "__TIME__", "__TIMESTAMP__"] {
            world.file("a.c", format!("const char *a = {text};\n"));
            // The two runs may fall into different seconds, so they are not compared. The test asserts that the
            // compiler runs.
            for _ in 0..2 {
                let before = world.runs().len();
                world.shell(crate::fixture::packer_cc(), &[world.compiler().c(), "-c", "a.c"]);
                let runs = world.runs().split_off(before);
                let compiles = runs.iter().filter(|run| !run.contains(&"-E".to_owned())).count();
                assert_eq!(compiles, 1, "{text} was served from the cache");
                // A date of today shows in the object. Whether a text expands `__TIMESTAMP__`, the preprocessor is asked.
                assert!(runs.len() == compiles || text == "__TIMESTAMP__", "{text}: {runs:?}");
            }
        }
        // A date that is only mentioned is not expanded.
        world.file("a.c", "/* __DATE__ */ const char *a = \"__TIME__\";\n");
        world.cc("-c a.c").miss();
        world.cc("-c a.c").hit();
    });
}

#[test]
fn a_timestamp_follows_the_files_mtime() {
    for_each_compiler(|world| {
        world.file("a.c", "const char *a = __TIMESTAMP__;\n");
        world.cc("-c a.c").does("miss: timestamp-macro");
        world.cc("-c a.c").does("miss: timestamp-macro");
        let other = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_500_000_000);
        fs::File::options()
            .write(true)
            .open(world.path("tree/a.c"))
            .and_then(|f| f.set_modified(other))
            .expect("a time");
        world.cc("-c a.c").does("miss: timestamp-macro");
    });
}

#[test]
fn source_date_epoch_makes_dates_constant() {
    // clang 14 does not know the variable.
    let world = World::new();
    world.file("a.c", "const char *a = __DATE__ __TIME__;\n");
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").miss();
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").hit();
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1500000000").does("miss: other-date");
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").hit();
}

/// A build that takes the date from its commit sets another one each time.
#[test]
fn a_source_date_that_nobody_asks_for_does_not_matter() {
    for_each_compiler(|world| {
        world.file("a.c", "/* __DATE__ */ const char *a = \"__TIME__\";\n");
        world.cc("-g -c a.c").env("SOURCE_DATE_EPOCH", "1000000000").miss();
        world.cc("-g -c a.c").env("SOURCE_DATE_EPOCH", "1500000000").hit();
        world.cc("-g -c a.c").hit();
        for odd in ["", "x", "-1", "99999999999999999999"] {
            world.cc("-g -c a.c").env("SOURCE_DATE_EPOCH", odd).miss();
        }
        world.file("a.c", "const char *a = __DATE__;\n");
        // gcc alone takes the date from the variable.
        let is_gcc = world.compiler() == Compiler::Gcc;
        let expected = if is_gcc { ["miss: new key", "miss: other-date"] } else { ["miss: date-macro"; 2] };
        world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").does(expected[0]);
        world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1500000000").does(expected[1]);
        world.cc("-c a.c").does("miss: date-macro");
    });
}

/// Reproducible builds put texts of their own in the place of the compiler's dates.
#[test]
fn dates_that_the_command_line_replaces_are_constant() {
    for_each_compiler(|world| {
        world.file("a.c", "const char *a = __DATE__ __TIME__ __TIMESTAMP__;\n").file("b.c", "int b;\n");
        let replaced = "-Wno-builtin-macro-redefined '-D__DATE__=\"d\"' '-D__TIME__=\"t\"' '-D__TIMESTAMP__=\"s\"'";
        for source in ["a.c", "b.c"] {
            world.cc(&format!("{replaced} -c {source}")).miss();
            world.cc(&format!("{replaced} -c {source}")).hit();
        }
        // Of the three, only the date is left to the compiler. Both runs of the test are of one day.
        let but_one = "-Wno-builtin-macro-redefined '-D__TIME__=\"t\"' '-D__TIMESTAMP__=\"s\"' -c a.c";
        world.cc(but_one).does("miss: date-macro");
        world.cc(but_one).does("miss: date-macro");
    });
}
