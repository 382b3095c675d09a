//! The steps: each changes the model, or the disk behind the model's back, and says what it did.
#![expect(clippy::unnecessary_wraps, reason = "every step has the signature of those that may be impossible")]

use super::Walk;
use super::disk::Manner;
use super::flags::{
    C_STANDARDS, Chain, DEBUG, DEPFILES, EXTRAS, FORCED, Goal, MACROS, MAPS, OPTIMISATIONS, OTHER_GOALS, SHOW_BUILT,
    SIDES, USER_DEPFILES, WARNINGS,
};
use super::model::{Cwd, DIRS, Model, NAMES, Node, OLD, PLACES, Pwd, Spelling, UNITS, join};
use super::text::{Kind, LIVE_DATE, Text, suffix};
use super::tools::{ASSEMBLERS, Driver, Form, SCRIPTS};
use crate::fixture::Compiler;
use fastrand::Rng;

/// A step: `None` if it cannot be taken here.
type Step = fn(&mut Walk<'_>, &mut Rng) -> Option<String>;

/// The steps with how often each is taken.
const STEPS: &[(u32, Step)] = &[
    (90, edit),
    (45, feature),
    (90, doubt),
    (36, twins),
    (45, shadow),
    (40, unshadow),
    (12, rename_file),
    (6, rename_dir),
    (10, replace_by_directory),
    (16, link_file),
    (5, link_dir),
    (10, link_kit),
    (14, broken),
    (20, touch),
    (8, fresh_checkout),
    (6, copy_project),
    (8, swap),
    (6, precompiled),
    (8, remove_part),
    (40, flag),
    (30, macros),
    (22, search_path),
    (8, forced),
    (24, warning),
    (12, extra),
    (14, depfile),
    (10, side),
    (6, map),
    (14, output_name),
    (8, response),
    (10, goal),
    (24, environment),
    (10, directory),
    (10, pwd),
    (10, spelling),
    (18, tools),
    (14, move_project),
    (24, super::rough::outputs),
    (14, super::rough::store),
    (6, nothing),
    (150, back),
    (20, back_in_part),
];

/// Takes a step that can be taken.
pub fn take(walk: &mut Walk<'_>, rng: &mut Rng) -> String {
    if walk.dull && rng.u8(..3) != 0 {
        // A tree that does not compile, or is not served, proves little for long.
        return back(walk, rng).unwrap_or_else(|| start_over(walk, rng));
    }
    let total: u32 = STEPS.iter().map(|(weight, _)| weight).sum();
    loop {
        let mut left = rng.u32(..total);
        let step = STEPS.iter().find(|(weight, _)| {
            let here = left < *weight;
            left = left.wrapping_sub(*weight);
            here
        });
        let (_, step) = step.expect("a step");
        if let Some(what) = step(walk, rng) {
            return what;
        }
    }
}

fn pick<'a, T>(rng: &mut Rng, of: &'a [T]) -> Option<&'a T> {
    if of.is_empty() { None } else { Some(&of[rng.usize(..of.len())]) }
}

/// A file of the project, more often than not one that the unit reads.
fn some_text(model: &Model, rng: &mut Rng, unit: &str) -> Option<String> {
    let kind = rng.u8(..8);
    if kind < 2 {
        return model.nodes.contains_key(unit).then(|| unit.to_owned());
    }
    let reads_headers = !matches!(suffix(unit), "s" | "i");
    let is_read = |name: &str| match suffix(name) {
        "h" => reads_headers,
        "inc" | "bin" => suffix(unit) != "c" && suffix(unit) != "cc",
        _ => false,
    };
    let texts = model.nodes.iter().filter(|(_, node)| matches!(node, Node::Text(_))).map(|(name, _)| name);
    let names: Vec<&String> = texts.filter(|name| kind == 2 || is_read(name)).collect();
    pick(rng, &names).map(|name| (*name).clone())
}

/// Another modification time, or the same as before.
fn time(model: &mut Model, rng: &mut Rng, path: &str) -> &'static str {
    match rng.u8(..8) {
        0..5 => "with its old time",
        5 | 6 => {
            model.times.insert(path.to_owned(), OLD + rng.u64(1..100_000));
            "with a later time"
        }
        _ => {
            // The year 2100.
            model.times.insert(path.to_owned(), 4_102_444_800);
            "with a time to come"
        }
    }
}

/// Another digit: the same size.
fn edit(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    let text = walk.model.text_mut(&path)?;
    text.value = (text.value + 1 + rng.u8(..2)) % 4;
    let value = text.value;
    Some(format!("edit {path}: value {value}, {}", time(&mut walk.model, rng, &path)))
}

fn feature(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    let text = walk.model.text_mut(&path)?;
    let count = text.kind.plain_features();
    if text.kind == Kind::Header && rng.u8(..8) == 0 {
        text.features ^= Text::ONCE;
        return Some(format!("{path}: `#pragma once` or guards"));
    }
    if count == 0 {
        return None;
    }
    let which = rng.usize(..count);
    text.features ^= 1 << which;
    let name = text.kind.features().nth(which).expect("a feature");
    Some(format!("{path}: switch {name:?}"))
}

/// A line that leaves open what the compile depends on. Such lines rest upon each other, so that more are switched on than off.
fn doubt(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    let text = walk.model.text_mut(&path)?;
    let plain = text.kind.plain_features();
    let count = text.kind.features().count();
    if plain == count {
        return None;
    }
    let which = plain + rng.usize(..count - plain);
    let name = text.kind.features().nth(which).expect("a feature");
    // What is never served proves little for long.
    let is_on = text.features & (1 << which) != 0;
    if name == LIVE_DATE && !is_on && rng.u8(..3) != 0 || is_on && rng.bool() {
        return None;
    }
    text.features ^= 1 << which;
    Some(format!("{path}: switch {name:?}"))
}

/// Headers of other names become equal, one of two that are gets an edit, or another age.
fn twins(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let headers: Vec<String> = movable(&walk.model)
        .into_iter()
        .filter(|path| suffix(path) == "h" && matches!(walk.model.nodes[path], Node::Text(_)))
        .collect();
    let is_twin = |path: &&String| path.rsplit('/').next().is_some_and(|name| name.starts_with('t'));
    let some: Vec<&String> = headers.iter().filter(is_twin).collect();
    let one = (*pick(rng, &some)?).clone();
    match rng.u8(..6) {
        0..3 => {
            // Its time stays what it was.
            let text = walk.model.text_mut(&one)?;
            text.value = (text.value + 1) % 4;
            Some(format!("the twin {one} has value {}", text.value))
        }
        3 => Some(format!("the twin {one} {}", time(&mut walk.model, rng, &one))),
        _ => {
            let other = if rng.u8(..4) == 0 { pick(rng, &headers)?.clone() } else { (*pick(rng, &some)?).clone() };
            if one == other {
                return None;
            }
            let node = walk.model.nodes[&one].clone();
            let age = walk.model.times.get(&one).copied();
            walk.model.nodes.insert(other.clone(), node);
            match age {
                Some(age) => walk.model.times.insert(other.clone(), age),
                None => walk.model.times.remove(&other),
            };
            Some(format!("{other} is as {one}"))
        }
    }
}

/// A header appears: one of its own, or a copy of another's text.
fn shadow(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = join(pick(rng, &DIRS)?, pick(rng, &NAMES)?);
    if walk.model.nodes.contains_key(&path) || !walk.model.has_room(&path) {
        return None;
    }
    let name = path.rsplit('/').next()?.to_owned();
    let twins: Vec<Text> = walk
        .model
        .nodes
        .iter()
        .filter(|(other, _)| other.ends_with(&format!("/{name}")))
        .filter_map(|(_, node)| if let Node::Text(text) = node { Some(text.clone()) } else { None })
        .collect();
    let text = match pick(rng, &twins) {
        Some(twin) if rng.u8(..3) == 0 => twin.clone(),
        _ => Text::new(&path, u64::from(rng.bool()), 5 + rng.u8(..2)),
    };
    let origin = text.origin.clone();
    walk.model.nodes.insert(path.clone(), Node::Text(text));
    Some(format!("{path} appears, as {origin} {}", time(&mut walk.model, rng, &path)))
}

/// Paths that come and go.
fn movable(model: &Model) -> Vec<String> {
    let fixed = |name: &str| UNITS.contains(&name) || name == "build/keep" || name == ".git";
    model.nodes.keys().filter(|name| !fixed(name)).cloned().collect()
}

fn unshadow(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let paths = movable(&walk.model);
    // What the walk put there goes first; without the first headers nothing compiles any more.
    let own: Vec<&String> = paths
        .iter()
        .filter(|path| match &walk.model.nodes[*path] {
            Node::Text(text) => text.value >= 5 || text.origin != **path,
            Node::Link(_) | Node::Dir => true,
        })
        .collect();
    let path =
        if own.is_empty() || rng.u8(..6) == 0 { pick(rng, &paths)?.clone() } else { (*pick(rng, &own)?).clone() };
    walk.model.nodes.remove(&path);
    Some(format!("{path} is gone"))
}

fn rename_file(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let paths = movable(&walk.model);
    let from = pick(rng, &paths)?.clone();
    let to = join(pick(rng, &DIRS)?, from.rsplit('/').next()?);
    let is_file = !matches!(walk.model.nodes[&from], Node::Dir);
    if !is_file || walk.model.nodes.contains_key(&to) || !walk.model.has_room(&to) {
        return None;
    }
    walk.disk.rename(&mut walk.model, &from, &to);
    Some(format!("rename {from} to {to}"))
}

fn rename_dir(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let dirs = ["inc", "sys", "quo", "aft", "gen", "env"];
    let (from, to) = (*pick(rng, &dirs)?, *pick(rng, &dirs)?);
    let there = |dir: &str| {
        walk.model.nodes.contains_key(dir) || walk.model.nodes.keys().any(|name| name.starts_with(&format!("{dir}/")))
    };
    if !there(from) || there(to) || walk.disk.project().join(to).exists() {
        return None;
    }
    walk.disk.rename(&mut walk.model, from, to);
    Some(format!("rename the directory {from} to {to}"))
}

fn replace_by_directory(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = if rng.bool() {
        pick(rng, &movable(&walk.model))?.clone()
    } else {
        join(pick(rng, &DIRS)?, pick(rng, &NAMES)?)
    };
    if !walk.model.has_room(&path) {
        return None;
    }
    walk.model.remove(&path);
    walk.model.nodes.insert(path.clone(), Node::Dir);
    Some(format!("{path} is a directory"))
}

/// A symbolic link to another header of the same directory or of another one; one that is there gets another target.
fn link_file(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let links: Vec<String> = walk
        .model
        .nodes
        .iter()
        .filter(|(_, node)| matches!(node, Node::Link(_)))
        .map(|(name, _)| name.clone())
        .collect();
    let path = if !links.is_empty() && rng.bool() {
        pick(rng, &links)?.clone()
    } else {
        join(pick(rng, &DIRS)?, pick(rng, &NAMES[..6])?)
    };
    let headers: Vec<&String> = walk.model.nodes.keys().filter(|name| suffix(name) == "h" && **name != path).collect();
    let target = (*pick(rng, &headers)?).clone();
    if !walk.model.has_room(&path) || matches!(walk.model.nodes.get(&path), Some(Node::Dir)) {
        return None;
    }
    let up = "../".repeat(path.matches('/').count());
    // A link may lead nowhere yet.
    let target = if rng.u8(..4) == 0 { join(pick(rng, &DIRS)?, pick(rng, &NAMES[..6])?) } else { target };
    let to = format!("{up}{target}");
    walk.model.nodes.insert(path.clone(), Node::Link(to.clone()));
    Some(format!("{path} is a link to {to}"))
}

fn link_dir(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let dir = *pick(rng, &["gen", "env", "quo"])?;
    let target = *pick(rng, &["inc", "sys", "aft"])?;
    walk.model.remove(dir);
    walk.model.nodes.insert(dir.to_owned(), Node::Link(target.to_owned()));
    Some(format!("the directory {dir} is a link to {target}"))
}

/// The kit among the system headers is another one.
fn link_kit(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let target = *pick(rng, &["../aft", "../inc", "../quo", "../gen"])?;
    let dir = *pick(rng, &["sys/kit", "sys/kit", "inc/kit"])?;
    if !walk.model.has_room(dir) {
        return None;
    }
    walk.model.remove(dir);
    walk.model.nodes.insert(dir.to_owned(), Node::Link(target.to_owned()));
    Some(format!("{dir} is a link to {target}"))
}

fn broken(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    let text = walk.model.text_mut(&path)?;
    text.broken = !text.broken;
    let broken = text.broken;
    Some(format!("{path} broken: {broken}"))
}

fn touch(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    walk.model.times.insert(path.clone(), OLD + rng.u64(..1000));
    Some(format!("touch {path}"))
}

fn fresh_checkout(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let again = rng.bool();
    if again {
        let names: Vec<String> = walk.model.nodes.keys().cloned().collect();
        for name in names {
            walk.model.times.insert(name, OLD + rng.u64(..1000));
        }
    }
    walk.disk.rewrite();
    Some(format!("every file is written anew, other times: {again}"))
}

fn copy_project(walk: &mut Walk<'_>, _: &mut Rng) -> Option<String> {
    walk.disk.copy();
    Some("the project is replaced by a copy of itself".into())
}

/// Two files change places.
fn swap(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let name = *pick(rng, &NAMES)?;
    let suffix = format!("/{name}");
    let paths: Vec<String> = movable(&walk.model).into_iter().filter(|path| path.ends_with(&suffix)).collect();
    let (one, two) = (pick(rng, &paths)?.clone(), pick(rng, &paths)?.clone());
    if one == two {
        return None;
    }
    let (first, second) = (walk.model.nodes[&one].clone(), walk.model.nodes[&two].clone());
    if [&first, &second].iter().any(|node| !matches!(node, Node::Text(_))) {
        return None;
    }
    walk.model.nodes.insert(one.clone(), second);
    walk.model.nodes.insert(two.clone(), first);
    Some(format!("swap {one} and {two}"))
}

/// What a precompiled header would be called, with nothing useful in it.
fn precompiled(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let suffix = *pick(rng, &["gch", "pch"])?;
    let path = format!("{}.{suffix}", join(pick(rng, &DIRS)?, pick(rng, &NAMES[..4])?));
    if walk.model.nodes.remove(&path).is_some() {
        return Some(format!("{path} is gone"));
    }
    if !walk.model.has_room(&path) {
        return None;
    }
    let node = if rng.u8(..3) == 0 { Node::Dir } else { Node::Text(Text::new(&path, 0, 0)) };
    walk.model.nodes.insert(path.clone(), node);
    Some(format!("{path} appears"))
}

/// A source goes, and comes back by going back.
fn remove_part(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let dir = *pick(rng, &["inc", "sys", "quo", "aft", "gen", "new", "inc/sub"])?;
    let before = walk.model.nodes.len();
    walk.model.remove(dir);
    (walk.model.nodes.len() != before).then(|| format!("the directory {dir} is gone"))
}

fn flag(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let flags = &mut walk.model.flags;
    Some(match rng.u8(..4) {
        0 => {
            flags.optimisation = rng.usize(..OPTIMISATIONS.len());
            format!("optimisation {:?}", OPTIMISATIONS[flags.optimisation])
        }
        1 => {
            flags.debug = if rng.bool() { 0 } else { rng.usize(..DEBUG.len()) };
            format!("debug {:?}", DEBUG[flags.debug])
        }
        2 => {
            flags.standard = if rng.bool() { 0 } else { rng.usize(..C_STANDARDS.len()) };
            format!("standard {}", flags.standard)
        }
        _ => {
            flags.order = rng.usize(..4);
            format!("order of the words {}", flags.order)
        }
    })
}

fn macros(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let macros = &mut walk.model.flags.macros;
    match rng.u8(..4) {
        0 if macros.len() > 1 => rng.shuffle(macros),
        1 if !macros.is_empty() => {
            let gone = rng.usize(..macros.len());
            macros.remove(gone);
        }
        _ if macros.len() < 4 => {
            let which = rng.usize(..MACROS.len());
            if MACROS[which] == SHOW_BUILT && rng.u8(..3) != 0 {
                return None;
            }
            macros.push(which);
        }
        _ => macros.clear(),
    }
    Some(format!("macros {:?}", macros.iter().map(|nth| MACROS[*nth]).collect::<Vec<_>>()))
}

fn search_path(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let dirs = &mut walk.model.flags.dirs;
    match rng.u8(..5) {
        0 | 1 if dirs.len() > 1 => rng.shuffle(dirs),
        2 if !dirs.is_empty() => {
            let which = rng.usize(..dirs.len());
            dirs[which].0 = *pick(rng, &Chain::ALL)?;
        }
        3 if dirs.len() > 3 => {
            let gone = rng.usize(..dirs.len());
            dirs.remove(gone);
        }
        _ => {
            let at = rng.usize(..=dirs.len());
            dirs.insert(
                at,
                (
                    *pick(rng, &Chain::ALL)?,
                    pick(rng, &["inc", "sys", "quo", "aft", "gen", "env", "src", "new/dir", "missing"])?,
                ),
            );
            dirs.truncate(8);
        }
    }
    Some(format!("search path {dirs:?}"))
}

fn forced(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let forced = &mut walk.model.flags.forced;
    if forced.is_empty() || rng.u8(..3) == 0 {
        forced.push(rng.usize(..FORCED.len()));
        forced.truncate(2);
    } else {
        forced.clear();
    }
    Some(format!("forced {:?}", forced.iter().map(|nth| FORCED[*nth]).collect::<Vec<_>>()))
}

fn warning(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let which = rng.usize(..WARNINGS.len());
    walk.model.flags.warnings ^= 1 << which;
    Some(format!("switch {}", WARNINGS[which]))
}

fn extra(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let flags = &mut walk.model.flags;
    if flags.extras != 0 && rng.u8(..3) != 0 {
        flags.extras = 0;
        return Some("no extras".into());
    }
    let which = rng.usize(..EXTRAS.len());
    flags.extras ^= 1 << which;
    Some(format!("switch {}", EXTRAS[which]))
}

fn depfile(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let users = rng.u8(..3) == 0;
    walk.model.flags.depfile = if users { *pick(rng, &USER_DEPFILES)? } else { rng.usize(..DEPFILES.len()) };
    Some(format!("depfile {:?}", DEPFILES[walk.model.flags.depfile]))
}

fn side(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let flags = &mut walk.model.flags;
    flags.side = if flags.side == 0 { rng.usize(..SIDES.len()) } else { 0 };
    Some(format!("side files {:?}", SIDES[flags.side]))
}

fn map(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    // Old compilers know only the map for debug data.
    let known = if walk.plan.compiler == Compiler::AvrGcc { 3 } else { MAPS.len() };
    let flags = &mut walk.model.flags;
    flags.map = if flags.map == 0 { rng.usize(..known) } else { 0 };
    Some(format!("map {:?}", MAPS[flags.map]))
}

fn output_name(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    // The missing directory makes every compile fail.
    walk.model.flags.output = *pick(rng, &[0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 6, 6, 5])?;
    Some(format!("output {}", walk.model.flags.output))
}

fn response(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.flags.response = rng.usize(..4);
    Some(format!("response file {}", walk.model.flags.response))
}

fn goal(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let flags = &mut walk.model.flags;
    flags.goal = match (flags.goal, rng.u8(..6)) {
        (Goal::Object, 0..4) => Goal::Assembly,
        (Goal::Object, _) => Goal::Other(rng.usize(..OTHER_GOALS.len())),
        _ => Goal::Object,
    };
    Some(format!("{:?}", flags.goal))
}

fn environment(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    const VARIABLES: &[(&str, &[&str])] = &[
        ("CPATH", &["env", "inc:env", "env:", ":gen", "quo:sys", ""]),
        ("C_INCLUDE_PATH", &["env", "sys:env", "gen", ""]),
        ("CPLUS_INCLUDE_PATH", &["env", "sys", "new/dir:env"]),
        ("LC_ALL", &["C", "C.UTF-8", "de_DE.UTF-8"]),
        ("LANG", &["C.UTF-8", "en_US"]),
        ("SOURCE_DATE_EPOCH", &["1", "1700000000", ""]),
        ("TERM", &["dumb", "xterm-256color"]),
        ("GCC_COLORS", &["", "error=01;34"]),
        ("COMPILER_PATH", &["TOOLS", "", "missing"]),
        ("WALK_FLAG", &["-DSCRIPT=8", "-DSCRIPT=9", ""]),
        ("UNRELATED", &["1", "2"]),
        ("TMPDIR", &["TMP"]),
        ("DEPENDENCIES_OUTPUT", &["build/deps target"]),
        ("GCC_EXEC_PREFIX", &["missing/"]),
    ];
    let (name, values) = pick(rng, VARIABLES)?;
    if walk.model.env.remove(*name).is_some() && rng.bool() {
        return Some(format!("unset {name}"));
    }
    if name.starts_with("DEPENDENCIES") || name.starts_with("GCC_EXEC") {
        // Rarely: nothing is served as long as it is set.
        if rng.u8(..3) != 0 {
            return None;
        }
    }
    let value = pick(rng, values)?;
    let value = match *value {
        "TOOLS" => walk.bench.dir().display().to_string(),
        "TMP" => walk.world.path("tmp").display().to_string(),
        other => other.to_owned(),
    };
    let told = format!("{name}={value}");
    walk.model.env.insert(name, value);
    Some(told)
}

fn directory(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.cwd = *pick(rng, &[Cwd::Project, Cwd::Project, Cwd::Build, Cwd::Linked])?;
    Some(format!("in {:?}", walk.model.cwd))
}

fn pwd(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.pwd = *pick(rng, &[Pwd::Unset, Pwd::Right, Pwd::Wrong, Pwd::Unnormalised, Pwd::Relative])?;
    Some(format!("PWD {:?}", walk.model.pwd))
}

fn spelling(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.spelling =
        *pick(rng, &[Spelling::Relative, Spelling::Relative, Spelling::DotSlash, Spelling::Absolute])?;
    Some(format!("names {:?}", walk.model.spelling))
}

fn tools(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let tools = &mut walk.model.tools;
    match rng.u8(..8) {
        0..3 => tools.driver = *pick(rng, &Driver::ALL)?,
        3 => tools.form = *pick(rng, &[Form::Launcher, Form::Doubled, Form::Masquerade])?,
        4 => {
            tools.driver = Driver::Script;
            tools.script = rng.usize(..SCRIPTS);
        }
        5 => {
            tools.driver = Driver::Script;
            tools.script = 4;
            tools.inner = rng.usize(..3);
        }
        6 => tools.assembler = rng.usize(..ASSEMBLERS),
        _ => {
            tools.driver = Driver::Copy;
            tools.flipped = !tools.flipped;
        }
    }
    Some(format!("{tools:?}"))
}

fn move_project(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    walk.model.place = rng.usize(..PLACES.len());
    Some(format!("the project is at {:?}", PLACES[walk.model.place]))
}

fn nothing(_: &mut Walk<'_>, _: &mut Rng) -> Option<String> {
    Some("nothing".into())
}

/// Everything is as it was some steps ago.
fn back(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let (step, model, unit) = pick(rng, &walk.history)?.clone();
    walk.model = model;
    walk.unit = unit;
    walk.keep_unit = true;
    Some(format!("back to step {step}"))
}

/// Nothing was served yet to which the walk could go back: an option or a source that never is would stay for long.
fn start_over(walk: &mut Walk<'_>, rng: &mut Rng) -> String {
    walk.model = Model::of_seed(walk.plan.seed);
    walk.unit = UNITS[rng.usize(..UNITS.len())];
    walk.keep_unit = true;
    format!("as at first, with {}", walk.unit)
}

/// The files are, or all but the files is, as it was some steps ago.
fn back_in_part(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let (step, model, _) = pick(rng, &walk.history)?.clone();
    Some(match rng.u8(..4) {
        0 => {
            walk.model.nodes = model.nodes;
            walk.model.times = model.times;
            format!("the files are those of step {step}")
        }
        1 => {
            walk.model.flags = model.flags;
            format!("the flags are those of step {step}")
        }
        2 => {
            walk.model.env = model.env;
            walk.model.tools = model.tools;
            format!("environment and tools are those of step {step}")
        }
        _ => {
            let path = some_text(&model, rng, walk.unit)?;
            if !walk.model.has_room(&path) {
                return None;
            }
            walk.model.remove(&path);
            walk.model.nodes.insert(path.clone(), model.nodes[&path].clone());
            format!("{path} is that of step {step}")
        }
    })
}

/// How files are written in this step.
pub fn manner(rng: &mut Rng) -> Manner {
    if rng.u8(..4) == 0 { Manner::Rename } else { Manner::InPlace }
}
