//! The documents' recipes, as they stand there.
//!
//! A fenced block of `docs/integrations.md`, `docs/platformio.md` and `docs/fbuild.md` begins with its language, the
//! name of its recipe and, where the block is a file, that file's name. The files of a recipe are written into a
//! project, the rest is typed into a shell, in the order of the document. Then the project is made anew and all is
//! done again: nothing may be compiled that was compiled before. A block without a name, and a name without a test,
//! fail.

mod projects;

use crate::fixture::{Ran, World, lossy};
use crate::platformio;
use projects::{
    FBUILD, arduino, autoconf, cargo, cmake, fbuild, makefile, meson, scons, sdist, sketch, sources, wheel, write,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

const PAGES: [&str; 3] = ["docs/integrations.md", "docs/platformio.md", "docs/fbuild.md"];

/// A fenced block.
#[derive(Debug, Clone)]
struct Block {
    place: String,
    language: String,
    recipe: String,
    file: Option<String>,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn blocks() -> Vec<Block> {
    let mut all = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        let mut open: Option<Block> = None;
        for (number, line) in text.lines().enumerate() {
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (Some(_), Some(_)) => all.extend(open.take()),
                (Some(info), None) => {
                    let words: Vec<&str> = info.split_whitespace().collect();
                    let place = format!("{page}:{}", number + 1);
                    assert!(matches!(words.len(), 2 | 3), "{place}: a block needs a language and a recipe: {info:?}");
                    assert!(line.starts_with("```"), "{place}: an indented block");
                    open = Some(Block {
                        place,
                        language: words[0].to_owned(),
                        recipe: words[1].to_owned(),
                        file: words.get(2).map(|&word| word.to_owned()),
                        text: String::new(),
                    });
                }
                (None, Some(block)) => {
                    block.text += line;
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{page}: a block without an end");
    }
    all
}

/// What a recipe is tried on.
struct Recipe {
    name: &'static str,
    /// Lays out the project in `tree/project`, and once what lies around it.
    project: fn(&World),
    /// At least so many compiles belong to it.
    units: usize,
    /// Typed behind the recipe's own lines.
    then: &'static str,
    /// Whether the compilers that it finds are counting shims.
    counted: bool,
}

const SOURCES: usize = 3;

const RECIPES: &[Recipe] = &[
    Recipe { name: "make", project: makefile, units: SOURCES, then: "./program", counted: true },
    Recipe { name: "make-one-word", project: makefile, units: SOURCES, then: "./program", counted: true },
    Recipe { name: "autoconf", project: autoconf, units: SOURCES, then: "./program", counted: true },
    Recipe { name: "cmake", project: cmake, units: SOURCES, then: "build/program", counted: true },
    Recipe { name: "cmake-environment", project: cmake, units: SOURCES, then: "build/program", counted: true },
    Recipe { name: "cmake-preset", project: cmake, units: SOURCES, then: "build/program", counted: true },
    Recipe { name: "cmake-toolchain", project: cmake, units: SOURCES, then: "test -e build/program", counted: true },
    Recipe { name: "meson", project: meson, units: SOURCES, then: "build/program", counted: true },
    Recipe { name: "meson-native", project: meson, units: SOURCES, then: "build/program", counted: true },
    Recipe { name: "ninja", project: sources, units: SOURCES, then: "./program", counted: true },
    Recipe { name: "scons", project: scons, units: SOURCES, then: "./program", counted: false },
    // The crate `cc` asks what the compiler accepts; those questions are compiles too.
    Recipe { name: "cargo", project: cargo, units: SOURCES, then: "target/debug/program", counted: true },
    Recipe { name: "pip", project: wheel, units: SOURCES, then: "test -s dist/*.whl", counted: true },
    Recipe { name: "pip-sdist", project: sdist, units: SOURCES, then: "test -s dist/*.whl", counted: true },
    Recipe { name: "links", project: makefile, units: SOURCES, then: "./program", counted: true },
    Recipe { name: "overlay", project: makefile, units: SOURCES, then: "./program", counted: false },
    Recipe {
        name: "arduino-cli",
        project: arduino,
        units: 20,
        then: "test -s Blink/build/Blink.ino.hex",
        counted: true,
    },
    // Each unit is compiled once in a sandbox of links and once in one of copies. The copies hit the first time already.
    Recipe { name: "sandboxes", project: sources, units: 2 * SOURCES, then: "./program", counted: true },
    Recipe {
        name: "platformio",
        project: sketch,
        units: 25,
        then: "test -s .pio/build/uno/program.hex",
        counted: true,
    },
    Recipe {
        name: "platformio-overlay",
        project: sketch,
        units: 25,
        then: "test -s .pio/build/uno/program.hex",
        counted: true,
    },
    Recipe { name: "fbuild", project: fbuild, units: 2, then: FBUILD, counted: true },
];

/// Makes the project anew and does all that the recipe says.
fn follow(world: &World, recipe: &Recipe, blocks: &[Block]) -> (Counts, usize) {
    let project = world.tree().join("project");
    if project.exists() {
        fs::remove_dir_all(&project).expect("a project taken away");
    }
    (recipe.project)(world);
    let mut typed = String::from("set -eu\n");
    for block in blocks {
        match &block.file {
            Some(file) => write(&project.join(file), &block.text),
            None => typed += &block.text,
        }
    }
    typed += recipe.then;
    let runs = world.runs().len();
    let mut command = platformio::prepare(world, world.bare_command(OsStr::new("sh")));
    command.args(["-c", &typed]).current_dir(&project);
    let ran = Ran::of(command, &[]);
    assert!(ran.status.success(), "{}:\n{typed}\n{}\n{}", recipe.name, lossy(&ran.stdout), ran.stderr_text());
    let mut counts = Counts::default();
    // The recipes of the sandboxes and of fbuild name caches of their own.
    for cache in [world.cache(), world.path("home/shared-cache"), world.path("tree/packer-cc-cache")] {
        counts.add(&cache);
    }
    let compiled = world.runs()[runs..]
        .iter()
        .filter(|argv| argv.iter().any(|word| word == "-c" || word.starts_with('@')))
        .filter(|argv| !argv.iter().any(|word| word == "-E"))
        .filter(|argv| argv.iter().any(|word| !word.contains("conftest") && is_source(&project, word)))
        .count();
    (counts, compiled)
}

/// A file of the project, or of what it is built with, that is compiled; no probe of a configuration.
fn is_source(project: &Path, word: &str) -> bool {
    let name = Path::new(word).file_name().unwrap_or_default();
    let known = ["main.c", "part.c", "more.cpp", "main.cpp", "wiring.c", "hooks.c", "Blink.ino.cpp", "abi.cpp"];
    known.iter().any(|known| name == *known)
        && (project.join(word).exists() || Path::new(word).is_absolute() || word.contains(".."))
}

/// What the journals of a world say: how often each outcome, and the records of all that was no hit.
#[derive(Debug, Clone, Default)]
struct Counts(BTreeMap<String, usize>, String);

impl Counts {
    fn add(&mut self, cache: &Path) {
        let text = fs::read_to_string(cache.join("state/journal")).unwrap_or_default();
        for line in text.lines() {
            let record: serde_json::Value = serde_json::from_str(line).expect("a record");
            *self.0.entry(record["outcome"].as_str().expect("an outcome").to_owned()).or_default() += 1;
            if record["outcome"] != "hit" {
                self.1 += &format!("{line}\n");
            }
        }
    }

    fn of(&self, outcome: &str) -> usize {
        self.0.get(outcome).copied().unwrap_or_default()
    }
}

fn check(name: &str) {
    let recipe = RECIPES.iter().find(|recipe| recipe.name == name).expect("a recipe");
    let blocks: Vec<Block> = blocks().into_iter().filter(|block| block.recipe == name).collect();
    assert!(!blocks.is_empty(), "no document has the recipe {name}");
    for block in blocks.iter().filter(|block| block.file.is_none()) {
        assert_eq!(block.language, "sh", "{}: only shell is typed", block.place);
    }
    let world = World::new();
    platformio::install_packer_cc(&world);
    let (first, compiled) = follow(&world, recipe, &blocks);
    assert!(first.of("miss") + first.of("hit") >= recipe.units, "{name}: {first:?}");
    assert_eq!(compiled > 0, recipe.counted, "{name}: {:#?}", world.runs());
    let (second, compiled) = follow(&world, recipe, &blocks);
    assert_eq!(second.of("miss"), first.of("miss"), "{name}: nothing is compiled again:\n{}", second.1);
    assert_eq!(second.of("hit") - first.of("hit"), first.of("miss") + first.of("hit"), "{name}: {first:?} {second:?}");
    assert_eq!(compiled, 0, "{name}: {:#?}", world.runs());
}

#[test]
fn every_block_is_a_recipe_that_is_tested() {
    let tested: BTreeSet<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
    assert_eq!(tested.len(), RECIPES.len(), "a name stands twice");
    let all = blocks();
    let documented: BTreeSet<&str> = all.iter().map(|block| block.recipe.as_str()).collect();
    assert_eq!(documented, tested);
    // Each recipe has a test that follows it.
    let files = crate::spec::files(&root().join("wrapper-tests/integrations"), "rs");
    let source: String = files.iter().map(|file| fs::read_to_string(file).expect("this theme")).collect();
    for name in &tested {
        assert!(source.contains(&format!("check(\"{name}\")")), "nothing follows the recipe {name}");
        let typed = all.iter().any(|block| block.recipe == *name && block.file.is_none());
        assert!(typed, "the recipe {name} types nothing");
    }
    for page in PAGES {
        assert!(all.iter().any(|block| block.place.starts_with(page)), "{page} has no block");
    }
}

#[test]
fn with_make() {
    check("make");
    check("make-one-word");
    check("links");
}

#[test]
fn with_autoconf() {
    check("autoconf");
}

#[test]
fn with_cmake() {
    check("cmake");
    check("cmake-environment");
    check("cmake-preset");
    check("cmake-toolchain");
}

#[test]
fn with_meson() {
    check("meson");
    check("meson-native");
}

#[test]
fn with_ninja() {
    check("ninja");
}

#[test]
fn with_scons() {
    check("scons");
}

#[test]
fn with_cargo() {
    check("cargo");
}

#[test]
fn with_pip() {
    check("pip");
    check("pip-sdist");
}

#[test]
fn with_an_overlay() {
    check("overlay");
}

#[test]
fn with_arduino_cli() {
    check("arduino-cli");
}

#[test]
fn in_sandboxes() {
    check("sandboxes");
}

#[test]
fn with_platformio() {
    check("platformio");
    check("platformio-overlay");
}

#[test]
fn with_fbuild() {
    check("fbuild");
}
