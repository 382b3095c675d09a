//! Rules of the code that hold by these tests: layers, circles, sizes.

use crate::spec::files;
use packer_cc::command::grammar;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// No file is longer, and no function.
const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 80;
/// Tables may be long.
const TABLES: [&str; 2] = ["src/command/grammar/table.rs", "src/toolchain/words/table.rs"];
/// Where words of command lines stand: the option table, what packer-cc adds itself, and what drivers add. `admin` has a command line of
/// its own.
const OPTIONS_STAND_IN: [&str; 5] =
    ["command::grammar", "command::ours", "toolchain::words", "toolchain::habits", "admin"];
/// Where it stands what one family does differently: names and styles of outputs, programs and their words, and all else in `habits`.
const FAMILIES_STAND_IN: [&str; 8] = [
    "command::family",
    "command::names",
    "command::sides",
    "outputs::template",
    "toolchain::habits",
    "toolchain::known",
    "toolchain::probe",
    "toolchain::words",
];

/// A module by its path: `["proof", "place"]`.
type Module = Vec<String>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The modules of the crate with their code: without comments, unit tests and what stands in strings.
fn modules() -> BTreeMap<Module, String> {
    let src = root().join("src");
    let comment = Regex::new(r"//[^\n]*").expect("a pattern");
    let tests = Regex::new(r"(?s)#\[cfg\(test\)\]\s*(?:pub )?mod \w+ \{.*").expect("a pattern");
    let mut found = BTreeMap::new();
    for file in files(&src, "rs") {
        let path = file.strip_prefix(&src).expect("a path below").with_extension("");
        let mut module: Module = path.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        if module.last().is_some_and(|name| name == "mod") {
            module.pop();
        }
        let name = module.last().cloned().unwrap_or_default();
        // Programs, unit tests in files of their own, and property tests.
        let is_test = module.iter().any(|part| part == "tests") || module[0] == "properties";
        if ["lib", "main", "cxx"].contains(&name.as_str()) || is_test {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source");
        found.insert(module, comment.replace_all(&tests.replace(&text, ""), "").into_owned());
    }
    found
}

/// The paths of a `use`, its braces unfolded: `a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn unfold(used: &str) -> Vec<String> {
    let used = used.split(" as ").next().unwrap_or(used).trim();
    let Some(open) = used.find('{') else { return vec![used.to_owned()] };
    let inner = &used[open + 1..used.rfind('}').unwrap_or(used.len())];
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, sign) in inner.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    parts.flat_map(unfold).map(|part| format!("{}{part}", &used[..open])).collect()
}

/// What a path that stands in `module` leads to: the longest module on it, and the name behind that.
fn resolve(path: &str, module: &Module, modules: &BTreeMap<Module, String>) -> Option<(Module, Option<String>)> {
    let mut names: Vec<&str> = path.split("::").map(str::trim).collect();
    let mut at: Module = match names[0] {
        "crate" => Vec::new(),
        "super" => module[..module.len() - 1].to_vec(),
        first if modules.contains_key(&[module.as_slice(), &[first.to_owned()]].concat()) => module.clone(),
        _ => return None,
    };
    if ["crate", "super"].contains(&names[0]) {
        names.remove(0);
    }
    while names.first() == Some(&"super") {
        at.pop();
        names.remove(0);
    }
    for (nth, name) in names.iter().enumerate() {
        let next = [at.as_slice(), &[(*name).to_owned()]].concat();
        if !modules.contains_key(&next) {
            return Some((at, names.get(nth).map(|name| (*name).to_owned())));
        }
        at = next;
    }
    Some((at, None))
}

/// Which module uses which others. A name that a room's front only passes on counts as its file's.
fn uses() -> BTreeMap<Module, BTreeSet<Module>> {
    let modules = modules();
    let statement = Regex::new(r"(?m)^\s*(pub(?:\([^)]*\))? )?use ([^;]+);").expect("a pattern");
    let path = Regex::new(r"\b(?:crate|super|[a-z_]+)(?:::\w+)+").expect("a pattern");
    let mut fronts = BTreeMap::new();
    let mut found: BTreeMap<Module, Vec<(Module, Option<String>)>> = BTreeMap::new();
    for (module, code) in &modules {
        let mut used = Vec::new();
        for statement in statement.captures_iter(code) {
            for path in unfold(&statement[2]) {
                let Some((to, name)) = resolve(&path, module, &modules) else { continue };
                match (&statement.get(1), &name) {
                    (Some(_), Some(name)) => drop(fronts.insert((module.clone(), name.clone()), to)),
                    _ => used.push((to, name)),
                }
            }
        }
        let rest = statement.replace_all(code, "");
        used.extend(path.find_iter(&rest).filter_map(|path| resolve(path.as_str(), module, &modules)));
        found.insert(module.clone(), used);
    }
    let behind = |(mut to, name): (Module, Option<String>)| {
        while let Some(next) = name.as_ref().and_then(|name| fronts.get(&(to.clone(), name.clone()))) {
            to.clone_from(next);
        }
        to
    };
    let known = |module: &Module, used: Vec<(Module, Option<String>)>| {
        used.into_iter().map(behind).filter(|to| !to.is_empty() && to != module).collect::<BTreeSet<_>>()
    };
    found.into_iter().map(|(module, used)| (module.clone(), known(&module, used))).collect()
}

/// The rooms by their layers, the uppermost first, as `docs/architecture.md` lists them.
fn layers() -> Vec<Vec<String>> {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let block = page.split("```layers\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the list of layers");
    block.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn rooms_use_only_what_stands_below() {
    let layers = layers();
    let layer = |room: &str| layers.iter().position(|rooms| rooms.iter().any(|other| other == room));
    let mut wrong = Vec::new();
    for (module, used) in uses() {
        let Some(own) = layer(&module[0]) else {
            wrong.push(format!("{} stands in no layer", module[0]));
            continue;
        };
        for to in used.iter().filter(|to| to[0] != module[0]) {
            if layer(&to[0]).is_none_or(|below| below <= own) {
                wrong.push(format!("{} → {}", module.join("::"), to.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "these run up, or across:\n{}", wrong.join("\n"));
    assert!(uses().contains_key(&vec!["proof".to_owned(), "place".to_owned()]), "the files are read");
}

#[test]
fn no_circle_between_files() {
    let mut uses = uses();
    // What uses nothing that is left is in no circle.
    loop {
        let free: Vec<Module> =
            uses.iter().filter(|(_, used)| used.is_empty()).map(|(module, _)| module.clone()).collect();
        if free.is_empty() {
            break;
        }
        for module in free {
            uses.remove(&module);
            for used in uses.values_mut() {
                used.remove(&module);
            }
        }
    }
    // And what nothing that is left uses.
    loop {
        let reached: BTreeSet<Module> = uses.values().flatten().cloned().collect();
        let before = uses.len();
        uses.retain(|module, _| reached.contains(module));
        if uses.len() == before {
            break;
        }
    }
    let shown = uses.iter().map(|(module, used)| {
        let shown: Vec<String> = used.iter().map(|to| to.join("::")).collect();
        format!("{} → {}", module.join("::"), shown.join(", "))
    });
    assert!(uses.is_empty(), "{}", shown.collect::<Vec<_>>().join("\n"));
}

/// Code asks an option's row, `part.has(Trait::NamesDepfile)`, and knows no `-MF`.
#[test]
fn options_stand_in_their_table_alone() {
    let text = Regex::new(r#""((?:[^"\\]|\\.)*)""#).expect("a pattern");
    let mut leaks = Vec::new();
    let mut seen = 0;
    for (module, code) in modules() {
        for literal in text.captures_iter(&code) {
            let is_option = literal[1].starts_with('-') && grammar::find(literal[1].as_bytes()).is_some();
            seen += usize::from(is_option);
            if is_option && !stands_in(&module, &OPTIONS_STAND_IN) {
                leaks.push(format!("{}: {}", module.join("::"), &literal[1]));
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert!(seen > 1000, "the table is read: {seen}");
}

/// Code asks for a habit, `compiler.has(habits::FILE_PREFIX_MAP)`, and not for gcc.
#[test]
fn families_stand_where_their_habits_are() {
    let family = Regex::new(r"\bFamily::(?:Gcc|Clang)\b").expect("a pattern");
    let modules = modules();
    let leaks = modules.iter().filter(|(module, code)| family.is_match(code) && !stands_in(module, &FAMILIES_STAND_IN));
    let leaks: Vec<String> = leaks.map(|(module, _)| module.join("::")).collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// A name that is said means one thing.
#[test]
fn no_two_public_types_have_one_name() {
    let declared = Regex::new(r"(?m)^pub(?:\([a-z]+\))? (?:struct|enum|trait|type) (\w+)").expect("a pattern");
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, code) in modules() {
        for found in declared.captures_iter(&code) {
            places.entry(found[1].to_owned()).or_default().push(module.join("::"));
        }
    }
    assert!(places.len() > 100, "the types are read");
    places.retain(|_, modules| modules.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

fn stands_in(module: &Module, places: &[&str]) -> bool {
    let name = module.join("::");
    places.iter().any(|place| name == *place || name.starts_with(&format!("{place}::")))
}

#[test]
fn files_and_functions_are_short() {
    let function =
        Regex::new(r"^( *)(?:pub(?:\([^)]*\))? )?(?:const |unsafe |extern \S+ )*fn (\w+)").expect("a pattern");
    let mut long = Vec::new();
    for dir in ["src", "wrapper-tests"] {
        for file in files(&root().join(dir), "rs") {
            let name = file.strip_prefix(root()).expect("a path below").to_string_lossy().into_owned();
            if TABLES.contains(&name.as_str()) {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a source");
            let lines: Vec<&str> = text.lines().collect();
            if lines.len() > LONGEST_FILE {
                long.push(format!("{name}: {} lines", lines.len()));
            }
            long.extend(long_functions(&lines, &function).into_iter().map(|found| format!("{name}: {found}")));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

fn long_functions(lines: &[&str], function: &Regex) -> Vec<String> {
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(found) = function.captures(line) else { continue };
        let end = format!("{}}}", &found[1]);
        let Some(length) = lines[start..].iter().position(|line| *line == end) else { continue };
        if length >= LONGEST_FUNCTION {
            long.push(format!("{} has {} lines", &found[2], length + 1));
        }
    }
    long
}

/// `spec` and this theme read the crate's sources where they stand.
#[test]
fn the_sources_are_there() {
    assert!(Path::new(&root()).join("src/lib.rs").exists());
}
