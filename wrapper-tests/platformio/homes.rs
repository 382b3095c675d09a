//! Packages in the homes of several users.

use super::{build, compiles, install, outcomes, project, script, write};
use crate::fixture::World;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

/// Another user's home and checkout, with the same packages: debug data name them by `~`.
#[test]
fn packages_in_another_home() {
    for settings in ["  -g\nbuild_unflags = -flto\n", "  -g\n", ""] {
        let world = World::new();
        install(&world);
        write(&world.tree().join(".packer-cc.toml"), "");
        let settings = format!("{settings}extra_scripts = pre:{}\n", script());
        project(&world, &settings);
        let (said, cold) = build(&world, &["-v"]);
        let count = compiles(&world, 0);
        assert_eq!(outcomes(&world, 0), [("miss".to_owned(), count)].into(), "{said}");
        let home = world.path("homes of others/me");
        fs::create_dir_all(home.parent().expect("a parent")).expect("a directory");
        fs::rename(world.path("home"), &home).expect("the home");
        let world = world.env("HOME", &home);
        let (runs, records) = (world.runs().len(), world.journal().len());
        let (said, warm) = build(&world, &["-v"]);
        let missed: Vec<_> =
            world.journal().split_off(records).into_iter().filter(|record| record["outcome"] == "miss").collect();
        assert_eq!(outcomes(&world, records), [("hit".to_owned(), count)].into(), "{settings}: {missed:#?}\n{said}");
        assert_eq!(compiles(&world, runs), 0);
        // PlatformIO names the directories of libraries by a hash of where they are.
        let by_name = |files: BTreeMap<PathBuf, Vec<u8>>| {
            let files = files.into_iter().map(|(path, bytes)| (path.file_name().map(OsStr::to_owned), bytes));
            files.collect::<BTreeMap<_, _>>()
        };
        let (cold, warm) = (by_name(cold), by_name(warm));
        assert!(cold.keys().eq(warm.keys()), "{:?} {:?}", cold.keys(), warm.keys());
        for (name, bytes) in &cold {
            assert!(
                *bytes == warm[name],
                "{settings}: {name:?}: {}",
                crate::fixture::first_difference(bytes, &warm[name])
            );
        }
    }
}
