//! The steps: each changes the model, or the disk behind the model's back, and says what it did.
#![expect(clippy::unnecessary_wraps, reason = "every step has the signature of those that may be impossible")]

mod command;
mod files;
mod quiet;

use super::Walk;
use super::disk::Manner;
use super::model::{Model, Node, UNITS};
use super::text::suffix;
use command::{
    depfile, directory, environment, extra, flag, forced, goal, macros, map, move_project, output_name, pwd, response,
    search_path, side, spelling, tools, warning,
};
use fastrand::Rng;
use files::{
    broken, copy_project, doubt, edit, feature, fresh_checkout, link_dir, link_file, link_kit, precompiled,
    remove_part, rename_dir, rename_file, replace_by_directory, shadow, swap, touch, twins, unshadow,
};

/// A step: `None` if it cannot be taken here.
type Step = fn(&mut Walk<'_>, &mut Rng) -> Option<String>;

/// The steps with how often each is taken.
const STEPS: &[(u32, Step)] = &[
    (90, edit),
    (45, feature),
    (90, doubt),
    (36, twins),
    (220, quiet::remarks),
    (160, quiet::definitions),
    (170, quiet::kits),
    (40, quiet::lines),
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
    (24, super::drawn::option),
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

/// As at first, where the walk has no state to go back to. An option or a source that is never served would stay for
/// long otherwise.
fn start_over(walk: &mut Walk<'_>, rng: &mut Rng) -> String {
    walk.model = Model::of_seed(walk.plan.seed);
    walk.unit = UNITS[rng.usize(..UNITS.len())];
    walk.keep_unit = true;
    format!("as at first, with {}", walk.unit)
}

/// A part is as it was some steps ago: all files, the flags, environment and tools, or one file.
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
