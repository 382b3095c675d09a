//! The GitHub action, step for step.

use super::github::{Context, GitHub, scalar};
use super::runner::Runner;
use super::{COMPILES, action, repository, same_objects};
use crate::fixture::{World, lossy, packer_cc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// The action warns of a cache that others can write, and the build goes on without it.
#[test]
fn a_cache_that_others_can_write_stops_no_job() {
    let world = World::new();
    let runner = Runner::new(&world, "open");
    let cache = world.path("open-cache");
    fs::create_dir(&cache).expect("a directory");
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).expect("a mode");
    runner.set("PACKER_CC_DIR", &cache.display().to_string());
    let path = runner.get("PATH");
    runner.set("PATH", &format!("{}:{path}", runner.programs().display()));
    let env = [
        ("SETUP_STORE".to_owned(), cache.join("store").display().to_string()),
        ("GITHUB_OUTPUT".to_owned(), runner.temp().join("output").display().to_string()),
    ];
    let script = repository().join("scripts/action/begin.sh");
    let ran = runner.step(&format!("bash '{}'", script.display()), &env);
    let said = lossy(&ran.stdout) + &ran.stderr_text();
    assert!(said.contains("::warning") && said.contains("others can write"), "{said}");
}

#[test]
fn github() {
    let world = World::new();
    let (first, context) = GitHub::new(&world, "first", "push").job(&[]);
    first.runner.did("miss", "new");
    assert_eq!((context.steps["packer-cc"]["cache-hit"].as_str(), first.saved()), ("false", 1));
    let store = &context.steps["packer-cc"]["store-path"];
    assert_eq!(store, &format!("{}/store", first.runner.get("PACKER_CC_DIR")));
    assert_eq!(first.runner.get("PACKER_CC_ROOT"), first.runner.workspace.display().to_string());

    let (second, context) = GitHub::new(&world, "second", "push").job(&[]);
    second.runner.did("hit", "");
    assert_eq!((context.steps["packer-cc"]["cache-hit"].as_str(), second.saved()), ("true", 2));
    let summary = fs::read_to_string(second.summary()).expect("a summary");
    assert!(summary.contains("| hits | 3 | 100.0 % |\n"), "{summary}");
    same_objects(&first.runner, &second.runner, "build");

    let third = GitHub::new(&world, "third", "pull_request");
    third.runner.exchange_compilers();
    let (third, _) = third.job(&[]);
    third.runner.names_what_differs();
    assert_eq!(third.saved(), 2, "pull requests save nothing");
    let summary = fs::read_to_string(third.summary()).expect("a summary");
    assert!(summary.contains("| miss | compiler-changed | 3 |\n"), "{summary}");
}

#[test]
fn githubs_keys() {
    let world = World::new();
    let keys = |inputs: &[(&str, &str)]| {
        let mut github =
            GitHub::new(&world, &format!("runner{}", fs::read_dir(world.path("")).expect("a world").count()), "push");
        let with = inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        // Only the first step.
        let action = action("action.yml");
        let mut context = Context::default();
        for (name, input) in action["inputs"].as_hash().expect("inputs") {
            context.inputs.insert(
                scalar(name),
                BTreeMap::get(&with, &scalar(name)).cloned().unwrap_or(scalar(&input["default"])),
            );
        }
        let step = &action["runs"]["steps"][0];
        github.step(step, &mut context, &repository(), &[]);
        (context.steps.remove("setup").expect("outputs"), github)
    };
    let (outputs, github) = keys(&[("key", "debug"), ("restore-keys", "release\nany other"), ("max-size", "1G")]);
    assert!(outputs["cache-key"].starts_with("packer-cc-Linux-X64-debug-20"), "{outputs:?}");
    assert_eq!(
        outputs["restore-keys"],
        "packer-cc-Linux-X64-debug-\npacker-cc-Linux-X64-release-\npacker-cc-Linux-X64-any other-"
    );
    assert_eq!(github.runner.get("PACKER_CC_MAX_SIZE"), "1G");
    let (outputs, _) = keys(&[("append-timestamp", "false")]);
    assert_eq!(outputs["cache-key"], "packer-cc-Linux-X64");
    assert_eq!(outputs["restore-keys"], "packer-cc-Linux-X64-");
    let (outputs, github) = keys(&[("append-timestamp", "false"), ("key", "k"), ("dir", "/d d"), ("root", "/r")]);
    assert_eq!(
        (outputs["cache-key"].as_str(), outputs["store-path"].as_str()),
        ("packer-cc-Linux-X64-k", "/d d/store")
    );
    assert_eq!(
        (github.runner.get("PACKER_CC_DIR").as_str(), github.runner.get("PACKER_CC_ROOT").as_str()),
        ("/d d", "/r")
    );
    // The key of the programs hangs on no input: they are built again only when their sources change.
    let again = keys(&[]).0;
    assert_eq!(outputs["programs-key"], again["programs-key"]);
}

/// What inputs could smuggle into the files of a step, and what is mistyped.
#[test]
fn githubs_inputs_are_checked() {
    let world = World::new();
    let github = GitHub::new(&world, "runner", "push");
    let refused = |name: &str, value: &str, about: &str| {
        let mut env: Vec<(String, String)> = [
            ("SETUP_APPEND_TIMESTAMP", "true"),
            ("SETUP_SAVE", "true"),
            ("SETUP_MAX_SIZE", "1G"),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
            ("RUNNER_TEMP", "/nowhere"),
            ("GITHUB_WORKSPACE", "/nowhere"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for file in ["GITHUB_ENV", "GITHUB_OUTPUT"] {
            env.push((file.to_owned(), github.runner.temp().join(file).display().to_string()));
        }
        env.push((name.to_owned(), value.to_owned()));
        let script = repository().join("scripts/action/setup.sh").display().to_string();
        let ran = github.runner.try_step(&format!("'{script}'"), &env);
        let said = lossy(&ran.stdout);
        assert!(!ran.status.success() && said.contains("::error") && said.contains(about), "{name}={value}: {said}");
    };
    refused("SETUP_MAX_SIZE", "1G\nLD_PRELOAD=evil.so", "line break");
    refused("SETUP_DIR", "/tmp\nPATH=/evil", "line break");
    refused("SETUP_KEY", "a,b", "comma");
    refused("SETUP_SAVE", "maybe", "maybe");
    refused("SETUP_EVICT_OLD_FILES", "sometimes", "sometimes");
    refused("SETUP_EVICT_OLD_FILES", "7", "7");
}

/// Where packer-cc is not built yet, cargo builds it, with the locked dependencies and into a directory of its own.
#[test]
fn githubs_programs_are_built_once() {
    let world = World::new();
    let github = GitHub::new(&world, "runner", "push");
    let runner = &github.runner;
    let programs = runner.home.join("built");
    let cargo = format!(
        "#!/bin/sh\necho \"$PWD $*\" >>'{home}/cargo-runs'\nwhile [ \"$1\" != --root ]; do shift; done\nmkdir -p \"$2/bin\"\n\
         cp '{packer}' \"$2/bin/packer-cc\"\ncp '{packer}' \"$2/bin/packer-cxx\"\n",
        home = runner.home.display(),
        packer = packer_cc().display()
    );
    let cargo_dir = runner.home.join("cargo");
    fs::create_dir(&cargo_dir).expect("a directory");
    fs::write(cargo_dir.join("cargo"), cargo).expect("a script");
    runner.step(&format!("chmod +x '{}/cargo'", cargo_dir.display()), &[]);
    let install = repository().join("scripts/action/install.sh").display().to_string();
    let path_file = runner.temp().join("path").display().to_string();
    let env = |path: &str| {
        [
            ("SETUP_PROGRAMS", programs.display().to_string()),
            ("GITHUB_PATH", path_file.clone()),
            ("PATH", path.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    };
    // A runner without Rust says so.
    let ran = runner.try_step(&format!("'{install}'"), &env("/usr/bin:/bin"));
    assert!(!ran.status.success() && lossy(&ran.stdout).contains("cargo"), "{}", lossy(&ran.stdout));
    for _ in 0..2 {
        runner.step(&format!("'{install}'"), &env(&format!("{}:/usr/bin:/bin", cargo_dir.display())));
    }
    let runs = fs::read_to_string(runner.home.join("cargo-runs")).expect("runs");
    let expected =
        format!("{} install --quiet --locked --path . --root {}\n", repository().display(), programs.display());
    assert_eq!(runs, expected);
    assert!(programs.join("bin/packer-c++").exists());
    let paths = fs::read_to_string(&path_file).expect("a file");
    assert_eq!(paths, format!("{0}/bin\n{0}/bin\n", programs.display()), "each run adds the directory");
}

/// A job that stops before it compiles anything leaves the store as it is.
#[test]
fn githubs_ends() {
    let world = World::new();
    let (first, _) = GitHub::new(&world, "first", "push").job(&[]);
    let runner = &first.runner;
    let finish = repository().join("scripts/action/finish.sh").display().to_string();
    let manifests = || {
        let stats: Value = serde_json::from_slice(&runner.step("packer-cc verify --json", &[]).stdout).expect("JSON");
        stats["manifests"].as_u64().expect("a number")
    };
    let kept = manifests();
    assert_eq!(kept, COMPILES as u64);
    runner.step("packer-cc stats --zero", &[]);
    let ran = runner.step(&format!("'{finish}'"), &[]);
    assert!(lossy(&ran.stdout).contains("stays as it is") && manifests() == kept, "{}", lossy(&ran.stdout));
    // An age removes what is older, whatever the job did.
    runner.set("SETUP_PACKER_CC_EVICT", "7d");
    runner.step(&format!("'{finish}'"), &[]);
    assert_eq!(manifests(), kept);
    runner.set("SETUP_PACKER_CC_EVICT", "0s");
    runner.step(&format!("'{finish}'"), &[]);
    assert_eq!(manifests(), 0);
    // Where the first step failed, the last one is no second failure.
    let ran = runner.step(&format!("PATH=/usr/bin:/bin '{finish}'"), &[]);
    assert!(lossy(&ran.stdout).contains("::warning"), "{}", lossy(&ran.stdout));
}
