//! The recipes for other systems.

use super::runner::Runner;
use super::{copy, recipe, same_objects, yaml};
use crate::fixture::{World, lossy};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

#[test]
fn by_hand() {
    let world = World::new();
    let blocks = recipe("Anywhere else, by hand", "sh");
    let [before, build, after] = blocks.as_slice() else { panic!("three steps: {blocks:?}") };
    let archive = world.path("archive.tar").display().to_string();
    let job = |name: &str, exchanged: bool| {
        let runner = Runner::new(&world, name);
        if exchanged {
            runner.exchange_compilers();
        }
        runner.set("ARCHIVE", &archive);
        let ran = runner.step(&format!("{before}\n{build}\n{after}"), &[]);
        runner.set("PACKER_CC_DIR", &runner.home.join("packer-cc-cache").display().to_string());
        (runner, lossy(&ran.stdout))
    };
    let (first, _) = job("first", false);
    first.did("miss", "new");
    let (second, summary) = job("second", false);
    second.did("hit", "");
    assert!(summary.contains("| hits | 3 | 100.0 % |\n"), "{summary}");
    same_objects(&first, &second, ".");
    let (third, _) = job("third", true);
    third.names_what_differs();
    let (fourth, _) = job("fourth", true);
    fourth.did("hit", "");
}

#[test]
fn gitlab() {
    let world = World::new();
    let file = yaml(&recipe("GitLab CI", "yaml")[0]);
    let store = world.path("gitlab-cache");
    let job = |name: &str, exchanged: bool| {
        let runner = Runner::new(&world, name);
        if exchanged {
            runner.exchange_compilers();
        }
        let project = runner.workspace.display().to_string();
        for (name, value) in file["variables"].as_hash().expect("variables") {
            let value = value.as_str().expect("a value").replace("$CI_PROJECT_DIR", &project);
            runner.set(name.as_str().expect("a name"), &value);
        }
        let job = &file["build"];
        let paths = job["cache"]["paths"].as_vec().expect("paths");
        let [path] = paths.as_slice() else { panic!("one path: {paths:?}") };
        let path = runner.workspace.join(path.as_str().expect("a path"));
        assert_eq!(path, Path::new(&runner.get("PACKER_CC_DIR")).join("store"), "the store, and nothing of the state");
        if store.exists() {
            let above = path.parent().expect("a directory");
            fs::create_dir_all(above).expect("a directory");
            // The archive does not hold this directory, and it may have been made under umask 0000.
            fs::set_permissions(above, fs::Permissions::from_mode(0o777)).expect("a mode");
            copy(&store, &path);
        }
        let lines = |part: &str| -> String {
            let lines = job[part].as_vec().unwrap_or_else(|| panic!("{part}")).iter();
            lines.map(|line| format!("{}\n", line.as_str().expect("a line"))).collect()
        };
        runner.step(&(lines("before_script") + &lines("script")), &[]);
        runner.step(&lines("after_script"), &[]);
        let _ = fs::remove_dir_all(&store);
        copy(&path, &store);
        runner
    };
    let first = job("first", false);
    first.did("miss", "new");
    let second = job("second", false);
    second.did("hit", "");
    same_objects(&first, &second, ".");
    job("third", true).names_what_differs();
}
