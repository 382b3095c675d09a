//! A machine that was made for one job.

use super::{COMPILES, PROJECT};
use crate::fixture::{Ran, World, host_program, lossy, packer_cc, packer_cxx};
use crate::toolchain::{flip_last_byte, gcc_in, part};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

/// A machine that was made for one job, in a world of its own.
pub struct Runner<'w> {
    pub world: &'w World,
    pub home: PathBuf,
    pub workspace: PathBuf,
    pub toolchain: PathBuf,
    /// What the job set for its further steps.
    pub env: RefCell<BTreeMap<String, String>>,
}

impl<'w> Runner<'w> {
    /// `name` keeps its directories apart from those of other runners.
    pub fn new(world: &'w World, name: &str) -> Self {
        let toolchain = gcc_in(world, &format!("{name}/opt/gcc of {name}"));
        let runner = Self {
            world,
            home: world.path(name).join("home"),
            workspace: world.path(name).join("some where/checkout"),
            toolchain,
            env: RefCell::default(),
        };
        fs::create_dir_all(&runner.home).expect("a home");
        fs::create_dir_all(runner.temp()).expect("a temporary directory");
        for (name, content) in PROJECT {
            let path = runner.workspace.join(name);
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, content).expect("a source");
        }
        // packer-cc as it is installed.
        fs::create_dir(runner.programs()).expect("a directory");
        symlink(packer_cc(), runner.programs().join("packer-cc")).expect("a link");
        symlink(fs::read_link(packer_cxx()).expect("a link"), runner.programs().join("packer-c++")).expect("a link");
        // What the image says, and nothing of this machine's.
        runner.set("CC", "gcc");
        runner.set("CXX", "g++");
        runner.set("HOME", &runner.home.display().to_string());
        runner.set("PACKER_CC_LOG", &runner.log().display().to_string());
        let path = format!("{}:{}:/usr/bin:/bin", runner.toolchain.join("bin").display(), runner.programs().display());
        runner.set("PATH", &path);
        runner
    }

    pub fn set(&self, name: &str, value: &str) {
        self.env.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    pub fn get(&self, name: &str) -> String {
        self.env.borrow().get(name).cloned().unwrap_or_default()
    }

    pub fn temp(&self) -> PathBuf {
        self.home.join("work/_temp")
    }

    pub fn programs(&self) -> PathBuf {
        self.home.join("programs")
    }

    pub fn log(&self) -> PathBuf {
        self.home.join("packer-cc.log")
    }

    /// Runs a step as CI does, with these variables besides the job's.
    pub fn step(&self, script: &str, env: &[(String, String)]) -> Ran {
        let ran = self.try_step(script, env);
        assert!(ran.status.success(), "{script}\n{}{}", lossy(&ran.stdout), ran.stderr_text());
        ran
    }

    pub fn try_step(&self, script: &str, env: &[(String, String)]) -> Ran {
        let mut command = self.world.bare_command(host_program("bash", "bash").as_os_str());
        command.env_remove("PACKER_CC_DIR").args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]);
        command.current_dir(&self.workspace).envs(&*self.env.borrow());
        command.envs(env.iter().map(|(name, value)| (name, value)));
        Ran::of(command, &[])
    }

    /// The journal of the job: what became of its compiles.
    pub fn compiles(&self) -> Vec<(String, String, String)> {
        let dir = PathBuf::from(self.get("PACKER_CC_DIR"));
        let text = fs::read_to_string(dir.join("state/journal")).expect("a journal");
        let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
        let text = |record: &Value, field: &str| record[field].as_str().expect("a text").to_owned();
        // Links and questions have no source.
        let compiles = records.filter(|record| record["outcome"] != "bypass");
        compiles.map(|record| (text(&record, "outcome"), text(&record, "reason"), text(&record, "detail"))).collect()
    }

    /// Every compile was a hit, or was none for this reason.
    #[track_caller]
    pub fn did(&self, outcome: &str, reason: &str) {
        let compiles = self.compiles();
        let all = compiles.iter().all(|(is, why, _)| is == outcome && why == reason);
        assert!(compiles.len() == COMPILES && all, "{compiles:?}");
    }

    /// Exchanges the two compilers for others of the same size.
    pub fn exchange_compilers(&self) {
        for name in ["cc1", "cc1plus"] {
            flip_last_byte(&part(&self.toolchain, name));
        }
    }

    /// The log and the journal name the file of the toolchain that differs, for each source.
    #[track_caller]
    pub fn names_what_differs(&self) {
        self.did("miss", "compiler-changed");
        let mut named: Vec<_> = self.compiles().into_iter().map(|(_, _, detail)| detail).collect();
        named.sort();
        assert!(named[0].starts_with("cc1 differs (") && named[2].starts_with("cc1plus differs ("), "{named:?}");
        let log = fs::read_to_string(self.log()).expect("a log");
        assert!(log.contains("compiler: cc1 differs (") && log.contains("compiler: cc1plus differs ("), "{log}");
    }
}
