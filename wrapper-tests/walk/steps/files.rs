//! What happens to the files of the project.
#![expect(clippy::unnecessary_wraps, reason = "every step has the signature of those that may be impossible")]

use super::{pick, some_text};
use crate::walk::Walk;
use crate::walk::model::{DIRS, Model, NAMES, Node, OLD, UNITS, join};
use crate::walk::text::{Kind, LIVE_DATE, Text, suffix};
use fastrand::Rng;

/// Its beginning, in seconds.
const YEAR_2100: u64 = 4_102_444_800;

/// Headers that the walk puts somewhere have this digit or the next one until they are edited. All other digits are
/// smaller.
const OWN: u8 = 5;

/// Another modification time, or the same as before.
pub fn time(model: &mut Model, rng: &mut Rng, path: &str) -> &'static str {
    match rng.u8(..8) {
        0..5 => "with its old time",
        5 | 6 => {
            model.times.insert(path.to_owned(), OLD + rng.u64(1..100_000));
            "with a later time"
        }
        _ => {
            model.times.insert(path.to_owned(), YEAR_2100);
            "with a time to come"
        }
    }
}

/// Another digit: the same size.
pub fn edit(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    let text = walk.model.text_mut(&path)?;
    text.value = (text.value + 1 + rng.u8(..2)) % 4;
    let value = text.value;
    Some(format!("edit {path}: value {value}, {}", time(&mut walk.model, rng, &path)))
}

pub fn feature(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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

/// A line that leaves open what the compile depends on. Such lines rest upon each other, so that more are switched on
/// than off.
pub fn doubt(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    let text = walk.model.text_mut(&path)?;
    let plain = text.kind.plain_features();
    let count = text.kind.features().count();
    if plain == count {
        return None;
    }
    let which = plain + rng.usize(..count - plain);
    let name = text.kind.features().nth(which).expect("a feature");
    // With a date that is expanded nothing is served, which proves little for long.
    let is_on = text.features & (1 << which) != 0;
    if name == LIVE_DATE && !is_on && rng.u8(..3) != 0 || is_on && rng.bool() {
        return None;
    }
    text.features ^= 1 << which;
    Some(format!("{path}: switch {name:?}"))
}

/// Two headers become equal, or one of the twins gets an edit or another age.
pub fn twins(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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
pub fn shadow(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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
        _ => Text::new(&path, u64::from(rng.bool()), OWN + rng.u8(..2)),
    };
    let origin = text.origin.clone();
    walk.model.nodes.insert(path.clone(), Node::Text(text));
    Some(format!("{path} appears, as {origin} {}", time(&mut walk.model, rng, &path)))
}

/// Paths that come and go.
pub fn movable(model: &Model) -> Vec<String> {
    let fixed = |name: &str| UNITS.contains(&name) || name == "build/keep" || name == ".git";
    model.nodes.keys().filter(|name| !fixed(name)).cloned().collect()
}

pub fn unshadow(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let paths = movable(&walk.model);
    // What the walk put there goes first; without the first headers nothing compiles any more.
    let own: Vec<&String> = paths
        .iter()
        .filter(|path| match &walk.model.nodes[*path] {
            Node::Text(text) => text.value >= OWN || text.origin != **path,
            Node::Link(_) | Node::Dir => true,
        })
        .collect();
    let path =
        if own.is_empty() || rng.u8(..6) == 0 { pick(rng, &paths)?.clone() } else { (*pick(rng, &own)?).clone() };
    walk.model.nodes.remove(&path);
    Some(format!("{path} is gone"))
}

pub fn rename_file(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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

pub fn rename_dir(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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

pub fn replace_by_directory(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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
pub fn link_file(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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

pub fn link_dir(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let dir = *pick(rng, &["gen", "env", "quo"])?;
    let target = *pick(rng, &["inc", "sys", "aft"])?;
    walk.model.remove(dir);
    walk.model.nodes.insert(dir.to_owned(), Node::Link(target.to_owned()));
    Some(format!("the directory {dir} is a link to {target}"))
}

/// The kit among the system headers is another one.
pub fn link_kit(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let target = *pick(rng, &["../aft", "../inc", "../quo", "../gen"])?;
    let dir = *pick(rng, &["sys/kit", "sys/kit", "inc/kit"])?;
    if !walk.model.has_room(dir) {
        return None;
    }
    walk.model.remove(dir);
    walk.model.nodes.insert(dir.to_owned(), Node::Link(target.to_owned()));
    Some(format!("{dir} is a link to {target}"))
}

pub fn broken(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    let text = walk.model.text_mut(&path)?;
    text.broken = !text.broken;
    let broken = text.broken;
    Some(format!("{path} broken: {broken}"))
}

pub fn touch(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = some_text(&walk.model, rng, walk.unit)?;
    walk.model.times.insert(path.clone(), OLD + rng.u64(..1000));
    Some(format!("touch {path}"))
}

pub fn fresh_checkout(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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

pub fn copy_project(walk: &mut Walk<'_>, _: &mut Rng) -> Option<String> {
    walk.disk.copy();
    Some("the project is replaced by a copy of itself".into())
}

/// Two files change places.
pub fn swap(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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

/// A file or a directory named like a precompiled header comes or goes. Nothing useful is in it.
pub fn precompiled(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
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

/// A directory goes. It comes back when the walk goes back.
pub fn remove_part(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let dir = *pick(rng, &["inc", "sys", "quo", "aft", "gen", "new", "inc/sub"])?;
    let before = walk.model.nodes.len();
    walk.model.remove(dir);
    (walk.model.nodes.len() != before).then(|| format!("the directory {dir} is gone"))
}
