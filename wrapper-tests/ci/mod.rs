//! The recipes of `docs/CI_CACHE.md`, taken out of that document and run as jobs on runners that have nothing in
//! common: another checkout, another toolchain directory, another home, no state. And the GitHub action, whose steps
//! are run as GitHub runs them.

mod actions;
mod github;
mod recipes;
mod runner;

use runner::Runner;
use std::collections::BTreeMap;
use std::fs;
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

/// Copies a directory as an archive would that keeps no times.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for item in fs::read_dir(from).expect("a directory") {
        let path = item.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).expect("a copy") }
    }
}
