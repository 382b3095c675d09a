//! The specifications name tests; each name must be one.

use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files with this extension under `dir`.
pub fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|end| end == extension) {
            found.push(path);
        }
    }
    found
}

/// The tests of a source as the test runner names them, from what its path makes of its module.
pub fn tests_in(source: &Path, dir: &Path) -> Vec<String> {
    let text = fs::read_to_string(source).expect("a source");
    let relative = source.strip_prefix(dir).expect("a path below").with_extension("");
    let mut modules: Vec<&str> = relative.iter().filter_map(|part| part.to_str()).collect();
    if modules.last() == Some(&"mod") {
        modules.pop();
    }
    let attribute = Regex::new(r"(?m)#\[test\]\s*(?:#\[[^\n]*\]\s*)*fn (\w+)").expect("a pattern");
    let inner = Regex::new(r"(?m)^mod tests \{").expect("a pattern");
    let in_module = inner.is_match(&text);
    let names = attribute.captures_iter(&text).map(|found| found[1].to_owned());
    names
        .map(|name| {
            let mut path: Vec<&str> = modules.clone();
            if in_module {
                path.push("tests");
            }
            path.push(&name);
            path.join("::")
        })
        .collect()
}

#[test]
fn every_named_test_exists() {
    let root = root();
    let mut tests = BTreeSet::new();
    for dir in ["wrapper-tests", "src"] {
        let dir = root.join(dir);
        for source in files(&dir, "rs") {
            tests.extend(tests_in(&source, &dir));
        }
    }
    assert!(tests.contains("spec::every_named_test_exists"), "{tests:?}");
    // `theme::name`, in lower case; types and constants of the code have capitals.
    let quoted = Regex::new(r"`([a-z0-9_]+(?:::[a-z0-9_]+)+)`").expect("a pattern");
    let mut named = 0;
    let mut wrong = Vec::new();
    for page in files(&root.join("docs/spec"), "md") {
        let text = fs::read_to_string(&page).expect("a page");
        for found in quoted.captures_iter(&text) {
            named += 1;
            if !tests.contains(&found[1]) && !found[1].starts_with("theme::") {
                wrong.push(format!("{}: {}", page.display(), &found[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "no such tests:\n{}", wrong.join("\n"));
    assert!(named > 0, "the pages name no test");
}
