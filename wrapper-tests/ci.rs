//! The recipes of `docs/CI_CACHE.md`, taken out of that document and run as jobs on runners that have nothing in common: another
//! checkout, another toolchain directory, another home, no state. And the GitHub action, whose steps are run as GitHub runs them.

use crate::fixture::{Ran, World, host_program, lossy, packer_cc, packer_cxx};
use crate::toolchain::{flip_last_byte, gcc_in, part};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use yaml_rust2::{Yaml, YamlLoader};

/// What the project of these tests compiles: two C sources and a C++ one.
const COMPILES: usize = 3;

const PROJECT: &[(&str, &str)] = &[
    ("inc/x.h", "#pragma once\n#include <stddef.h>\nenum { X = 1 };\n"),
    ("src/a.c", "#include \"x.h\"\nconst char *a(void) { return __FILE__; }\n"),
    ("src/b.c", "#include \"x.h\"\nsize_t b = X;\n"),
    ("src/c.cc", "#include \"x.h\"\nint c() { return X; }\n"),
    (
        "CMakeLists.txt",
        // The copied toolchain has no libraries to link with.
        "cmake_minimum_required(VERSION 3.13)\nset(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)\nproject(demo C CXX)\n\
         add_library(demo OBJECT src/a.c src/b.c src/c.cc)\ntarget_include_directories(demo PRIVATE inc)\n",
    ),
    (
        "Makefile",
        "all: a.o b.o c.o\n%.o: src/%.c\n\t$(CC) $(CFLAGS) -MD -I\"$(CURDIR)/inc\" -c \"$(CURDIR)/$<\" -o $@\n\
         %.o: src/%.cc\n\t$(CXX) $(CXXFLAGS) -MD -I\"$(CURDIR)/inc\" -c \"$(CURDIR)/$<\" -o $@\n",
    ),
];

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(text: &str) -> Yaml {
    YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")).remove(0)
}

fn action(name: &str) -> Yaml {
    yaml(&fs::read_to_string(repository().join(name)).expect("an action"))
}

/// The blocks of code in a language below a heading of the document.
fn recipe(heading: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join("docs/CI_CACHE.md")).expect("the document");
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).expect("a section").to_owned();
    let fence = format!("```{language}\n");
    let blocks = section.split(&fence).skip(1);
    blocks.map(|block| block.split("```").next().expect("an end").to_owned()).collect()
}

/// A machine that was made for one job, in a world of its own.
struct Runner<'w> {
    world: &'w World,
    home: PathBuf,
    workspace: PathBuf,
    toolchain: PathBuf,
    /// What the job set for its further steps.
    env: RefCell<BTreeMap<String, String>>,
}

impl<'w> Runner<'w> {
    /// `name` tells its directories from those of the others.
    fn new(world: &'w World, name: &str) -> Self {
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

    fn set(&self, name: &str, value: &str) {
        self.env.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    fn get(&self, name: &str) -> String {
        self.env.borrow().get(name).cloned().unwrap_or_default()
    }

    fn temp(&self) -> PathBuf {
        self.home.join("work/_temp")
    }

    fn programs(&self) -> PathBuf {
        self.home.join("programs")
    }

    fn log(&self) -> PathBuf {
        self.home.join("packer-cc.log")
    }

    /// Runs a step as CI does, with these variables besides the job's.
    fn step(&self, script: &str, env: &[(String, String)]) -> Ran {
        let ran = self.try_step(script, env);
        assert!(ran.status.success(), "{script}\n{}{}", lossy(&ran.stdout), ran.stderr_text());
        ran
    }

    fn try_step(&self, script: &str, env: &[(String, String)]) -> Ran {
        let mut command = self.world.bare_command(host_program("bash", "bash").as_os_str());
        command.env_remove("PACKER_CC_DIR").args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]);
        command.current_dir(&self.workspace).envs(&*self.env.borrow());
        command.envs(env.iter().map(|(name, value)| (name, value)));
        Ran::of(command, &[])
    }

    /// The journal of the job: what became of its compiles.
    fn compiles(&self) -> Vec<(String, String, String)> {
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
    fn did(&self, outcome: &str, reason: &str) {
        let compiles = self.compiles();
        let all = compiles.iter().all(|(is, why, _)| is == outcome && why == reason);
        assert!(compiles.len() == COMPILES && all, "{compiles:?}");
    }

    /// Exchanges the two compilers for others of the same size.
    fn exchange_compilers(&self) {
        for name in ["cc1", "cc1plus"] {
            flip_last_byte(&part(&self.toolchain, name));
        }
    }

    /// The log and the journal name the file of the toolchain that differs, for each source.
    #[track_caller]
    fn names_what_differs(&self) {
        self.did("miss", "compiler-changed");
        let mut named: Vec<_> = self.compiles().into_iter().map(|(_, _, detail)| detail).collect();
        named.sort();
        assert!(named[0].starts_with("cc1 differs (") && named[2].starts_with("cc1plus differs ("), "{named:?}");
        let log = fs::read_to_string(self.log()).expect("a log");
        assert!(log.contains("compiler: cc1 differs (") && log.contains("compiler: cc1plus differs ("), "{log}");
    }
}

/// The objects of both runners are the same, byte for byte.
fn same_objects(one: &Runner<'_>, other: &Runner<'_>, dir: &str) {
    let objects = |runner: &Runner<'_>| -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut dirs = vec![runner.workspace.join(dir)];
        while let Some(dir) = dirs.pop() {
            for item in fs::read_dir(dir).expect("a directory") {
                let path = item.expect("an entry").path();
                let name = path.to_string_lossy();
                let is_own = !["CMakeScratch", "CompilerId", ".packer-cc"].iter().any(|other| name.contains(other));
                if path.is_dir() && is_own {
                    dirs.push(path);
                } else if path.extension().is_some_and(|extension| extension == "o") {
                    let name = path.strip_prefix(&runner.workspace).expect("a path").to_owned();
                    found.insert(name, fs::read(path).expect("an object"));
                }
            }
        }
        found
    };
    let (one, other) = (objects(one), objects(other));
    assert_eq!(one.len(), COMPILES, "{:?}", one.keys());
    assert!(one == other, "the objects differ");
}

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
            // The archive says nothing of it, and who unpacks may do so with umask 0000.
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

/// The action says so, and the build goes on.
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

/// As an archive that knows nothing of times and modes but what is private.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for item in fs::read_dir(from).expect("a directory") {
        let path = item.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).expect("a copy") }
    }
}

/// GitHub as far as the recipe and the action use it.
struct GitHub<'w> {
    runner: Runner<'w>,
    /// Saved caches, a directory a key.
    caches: PathBuf,
    event: &'static str,
    /// What saves when the job has ended: key and path.
    at_the_end: Vec<(String, PathBuf)>,
}

/// What expressions of one action or job see.
#[derive(Default)]
struct Context {
    inputs: BTreeMap<String, String>,
    steps: BTreeMap<String, BTreeMap<String, String>>,
}

impl<'w> GitHub<'w> {
    fn new(world: &'w World, name: &str, event: &'static str) -> Self {
        let caches = world.path("github-caches");
        fs::create_dir_all(&caches).expect("a directory");
        Self { runner: Runner::new(world, name), caches, event, at_the_end: Vec::new() }
    }

    /// Runs the recipe's job, with these inputs of the action instead of its own, and saves as GitHub does.
    fn job(mut self, overrides: &[(&str, &str)]) -> (Self, Context) {
        let file = yaml(&recipe("GitHub Actions", "yaml")[0]);
        let mut context = Context::default();
        for step in file["jobs"]["build"]["steps"].as_vec().expect("steps") {
            self.step(step, &mut context, &repository(), overrides);
        }
        // The last one first.
        for (key, path) in std::mem::take(&mut self.at_the_end).into_iter().rev() {
            let place = self.caches.join(&key);
            if !place.exists() && path.exists() {
                copy(&path, &place);
            }
        }
        (self, context)
    }

    fn step(&mut self, step: &Yaml, context: &mut Context, action_dir: &Path, overrides: &[(&str, &str)]) {
        if let Some(condition) = step["if"].as_str()
            && !self.holds(condition, context)
        {
            return;
        }
        let mut with: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in step["with"].as_hash().into_iter().flatten() {
            with.insert(name.as_str().expect("a name").to_owned(), self.fill(&scalar(value), context));
        }
        let outputs = match step["uses"].as_str() {
            None => self.shell(step, context, action_dir),
            Some("actions/checkout@v4") => BTreeMap::new(),
            Some("actions/cache@v4") => {
                self.at_the_end.push((with["key"].clone(), with["path"].clone().into()));
                self.restore(&with)
            }
            Some("actions/cache/restore@v4") => self.restore(&with),
            Some("OWNER/packer-cc@REF") => {
                with.insert("binary".to_owned(), self.runner.programs().display().to_string());
                with.extend(overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
                self.composite("action.yml", &with)
            }
            Some("OWNER/packer-cc/finish@REF") => self.composite("finish/action.yml", &with),
            Some(other) => panic!("what is {other}?"),
        };
        if let Some(id) = step["id"].as_str() {
            context.steps.insert(id.to_owned(), outputs);
        }
    }

    /// A composite action: its own context, and outputs that it names.
    fn composite(&mut self, name: &str, with: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let action = action(name);
        assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
        let mut context = Context::default();
        for (name, input) in action["inputs"].as_hash().expect("inputs") {
            let name = name.as_str().expect("a name");
            assert!(input["description"].as_str().is_some(), "{name} is described");
            context
                .inputs
                .insert(name.to_owned(), with.get(name).cloned().unwrap_or_else(|| scalar(&input["default"])));
        }
        assert!(with.keys().all(|name| context.inputs.contains_key(name)), "{with:?}");
        let dir = repository().join(name).parent().expect("a directory").to_owned();
        for step in action["runs"]["steps"].as_vec().expect("steps") {
            if step["run"].as_str().is_some() {
                assert_eq!(step["shell"].as_str(), Some("bash"), "composite actions name the shell of each step");
                assert!(!scalar(&step["run"]).contains("${{"), "values reach scripts as variables");
            }
            self.step(step, &mut context, &dir, &[]);
        }
        let outputs = action["outputs"].as_hash().into_iter().flatten();
        outputs.map(|(name, output)| (scalar(name), self.fill(&scalar(&output["value"]), &context))).collect()
    }

    fn shell(&mut self, step: &Yaml, context: &Context, action_dir: &Path) -> BTreeMap<String, String> {
        let files = ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH"].map(|name| {
            let path = self.runner.temp().join(name);
            fs::write(&path, "").expect("a file of a step");
            (name.to_owned(), path.display().to_string())
        });
        let [variables, outputs, path] = files.clone().map(|(_, path)| path);
        let mut env: Vec<_> = files.into();
        let text = |path: &Path| path.display().to_string();
        env.extend([
            ("GITHUB_ACTIONS".to_owned(), "true".to_owned()),
            ("GITHUB_ACTION_PATH".to_owned(), text(action_dir)),
            ("GITHUB_STEP_SUMMARY".to_owned(), text(&self.summary())),
            ("GITHUB_WORKSPACE".to_owned(), text(&self.runner.workspace)),
            ("GITHUB_RUN_ID".to_owned(), "4711".to_owned()),
            ("GITHUB_RUN_ATTEMPT".to_owned(), fs::read_dir(&self.caches).expect("caches").count().to_string()),
            ("RUNNER_OS".to_owned(), "Linux".to_owned()),
            ("RUNNER_ARCH".to_owned(), "X64".to_owned()),
            ("RUNNER_TEMP".to_owned(), text(&self.runner.temp())),
        ]);
        for (name, value) in step["env"].as_hash().into_iter().flatten() {
            env.push((scalar(name), self.fill(&scalar(value), context)));
        }
        self.runner.step(&self.fill(&scalar(&step["run"]), context), &env);
        for (name, value) in pairs(&variables) {
            self.runner.set(&name, &value);
        }
        for line in fs::read_to_string(path).expect("a file").lines() {
            self.runner.set("PATH", &format!("{line}:{}", self.runner.get("PATH")));
        }
        pairs(&outputs)
    }

    fn summary(&self) -> PathBuf {
        self.runner.temp().join("summary")
    }

    fn restore(&self, with: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut saved: Vec<_> =
            fs::read_dir(&self.caches).expect("caches").map(|item| item.expect("an entry").path()).collect();
        // The newest first.
        saved.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).expect("a cache").modified().expect("a time")));
        let name = |path: &Path| path.file_name().expect("a key").to_string_lossy().into_owned();
        let exact = saved.iter().find(|path| name(path) == with["key"]);
        let wanted = with.get("restore-keys").map_or("", String::as_str).lines();
        let by_beginning = || wanted.clone().find_map(|key| saved.iter().find(|path| name(path).starts_with(key)));
        if let Some(found) = exact.or_else(by_beginning) {
            copy(found, Path::new(&with["path"]));
        }
        [("cache-hit".to_owned(), exact.is_some().to_string())].into()
    }

    /// Puts values in the place of `${{ … }}`.
    fn fill(&self, text: &str, context: &Context) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${{") {
            let (expression, tail) = after.split_once("}}").expect("an end");
            filled += before;
            filled += &self.value(expression.trim(), context);
            rest = tail;
        }
        filled + rest
    }

    fn value(&self, expression: &str, context: &Context) -> String {
        let parts: Vec<_> = expression.split('.').collect();
        match parts.as_slice() {
            _ if expression.contains('=') => self.holds(expression, context).to_string(),
            ["inputs", name] => context.inputs.get(*name).unwrap_or_else(|| panic!("{expression}")).clone(),
            ["github", "event_name"] => self.event.to_owned(),
            // An output of a step that was left out is empty, and so is one that does not exist.
            ["steps", id, "outputs", name] => {
                context.steps.get(*id).and_then(|outputs| outputs.get(*name)).cloned().unwrap_or_default()
            }
            _ => panic!("what is {expression}?"),
        }
    }

    fn holds(&self, condition: &str, context: &Context) -> bool {
        let literal = |text: &str| text.trim().trim_matches('\'').to_owned();
        match (condition.split_once("=="), condition.split_once("!=")) {
            (Some((left, right)), _) => self.value(left.trim(), context) == literal(right),
            (_, Some((left, right))) => self.value(left.trim(), context) != literal(right),
            _ => condition == "always()" || panic!("what is {condition}?"),
        }
    }

    fn saved(&self) -> usize {
        fs::read_dir(&self.caches).expect("caches").count()
    }
}

fn scalar(value: &Yaml) -> String {
    match value {
        Yaml::String(text) | Yaml::Real(text) => text.clone(),
        Yaml::Integer(number) => number.to_string(),
        Yaml::Boolean(value) => value.to_string(),
        other => panic!("a value: {other:?}"),
    }
}

/// `NAME=VALUE` and `NAME<<MARK … MARK`.
fn pairs(file: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(file).expect("a file of a step");
    let mut lines = text.lines();
    let mut found = BTreeMap::new();
    while let Some(line) = lines.next() {
        if let Some((name, mark)) = line.split_once("<<").filter(|(name, _)| !name.contains('=')) {
            let value: Vec<_> = lines.by_ref().take_while(|line| *line != mark).collect();
            found.insert(name.to_owned(), value.join("\n"));
        } else {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
            found.insert(name.to_owned(), value.to_owned());
        }
    }
    found
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
    // The programs are built again when their sources change, and only then.
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

/// Without programs that are built already, cargo builds them, in their own directory and of what is locked.
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
    assert!(
        fs::read_to_string(&path_file).expect("a file").lines().all(|line| Path::new(line) == programs.join("bin"))
    );
}

/// A job that stops before it compiles does not throw the store away; one whose store is another's says so.
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
