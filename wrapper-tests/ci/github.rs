//! GitHub, as far as the recipe and the action use it.

use super::runner::Runner;
use super::{action, copy, recipe, repository, yaml};
use crate::fixture::World;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use yaml_rust2::Yaml;

/// GitHub as far as the recipe and the action use it.
pub struct GitHub<'w> {
    pub runner: Runner<'w>,
    /// The saved caches, a directory for each key.
    pub caches: PathBuf,
    pub event: &'static str,
    /// Caches to save when the job has ended: key and path.
    pub at_the_end: Vec<(String, PathBuf)>,
}

/// What expressions of one action or job see.
#[derive(Default)]
pub struct Context {
    pub inputs: BTreeMap<String, String>,
    pub steps: BTreeMap<String, BTreeMap<String, String>>,
}

impl<'w> GitHub<'w> {
    pub fn new(world: &'w World, name: &str, event: &'static str) -> Self {
        let caches = world.path("github-caches");
        fs::create_dir_all(&caches).expect("a directory");
        Self { runner: Runner::new(world, name), caches, event, at_the_end: Vec::new() }
    }

    /// Runs the recipe's job, with these inputs of the action instead of its own, and saves as GitHub does.
    pub fn job(mut self, overrides: &[(&str, &str)]) -> (Self, Context) {
        let file = yaml(&recipe("GitHub Actions", "yaml")[0]);
        let mut context = Context::default();
        for step in file["jobs"]["build"]["steps"].as_vec().expect("steps") {
            self.step(step, &mut context, &repository(), overrides);
        }
        // GitHub runs what steps left for the end of the job in the reverse order of the steps.
        for (key, path) in std::mem::take(&mut self.at_the_end).into_iter().rev() {
            let place = self.caches.join(&key);
            if !place.exists() && path.exists() {
                copy(&path, &place);
            }
        }
        (self, context)
    }

    pub fn step(&mut self, step: &Yaml, context: &mut Context, action_dir: &Path, overrides: &[(&str, &str)]) {
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
    pub fn composite(&mut self, name: &str, with: &BTreeMap<String, String>) -> BTreeMap<String, String> {
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

    pub fn shell(&mut self, step: &Yaml, context: &Context, action_dir: &Path) -> BTreeMap<String, String> {
        let files = ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH"].map(|name| {
            let path = self.runner.temp().join(name);
            fs::write(&path, "").expect("a file of a step");
            (name.to_owned(), path.display().to_string())
        });
        let [variables, outputs, path] = files.clone().map(|(_, path)| path);
        let mut env: Vec<_> = files.into();
        let text = |path: &Path| path.display().to_string();
        // The number of saved caches stands for the attempt: no two jobs may save under one key.
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

    pub fn summary(&self) -> PathBuf {
        self.runner.temp().join("summary")
    }

    pub fn restore(&self, with: &BTreeMap<String, String>) -> BTreeMap<String, String> {
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
    pub fn fill(&self, text: &str, context: &Context) -> String {
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

    pub fn value(&self, expression: &str, context: &Context) -> String {
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

    pub fn holds(&self, condition: &str, context: &Context) -> bool {
        let literal = |text: &str| text.trim().trim_matches('\'').to_owned();
        match (condition.split_once("=="), condition.split_once("!=")) {
            (Some((left, right)), _) => self.value(left.trim(), context) == literal(right),
            (_, Some((left, right))) => self.value(left.trim(), context) != literal(right),
            _ => condition == "always()" || panic!("what is {condition}?"),
        }
    }

    pub fn saved(&self) -> usize {
        fs::read_dir(&self.caches).expect("caches").count()
    }
}

pub fn scalar(value: &Yaml) -> String {
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
