//! What may cost nothing: edits of comments and of definitions, and kits at other places.

use super::{pick, some_text};
use crate::walk::Walk;
use crate::walk::kinds::{About, Edit};
use crate::walk::kits::{Kit, PLACES as KIT_PLACES, WORDS};
use crate::walk::model::{Model, Node, QUIET_UNITS};
use crate::walk::quiet::DEFINITIONS;
use crate::walk::remarks::{PLACES, Remark};
use crate::walk::text::{Kind, Text};
use fastrand::Rng;

/// The most comments of a text.
const REMARKS: usize = 6;

/// Goes to a state whose result was stored and need be blind, so that the edit alone can cost the hit.
fn go(walk: &mut Walk<'_>, rng: &mut Rng) -> String {
    walk.keep_unit = true;
    let way = rng.u8(..8);
    if walk.is_calm && way < 6 {
        return String::new();
    }
    match pick(rng, &walk.calm).cloned() {
        Some((step, model, unit)) if way > 0 => {
            (walk.model, walk.unit) = (model, unit);
            format!("back to step {step}, ")
        }
        _ => {
            (walk.model, walk.unit) = (Model::of_seed(walk.plan.seed), QUIET_UNITS[rng.usize(..2)]);
            format!("{} as at first, ", walk.unit)
        }
    }
}

fn noted(walk: &mut Walk<'_>, kind: String, about: About, is_idle: bool) {
    walk.edits.push(Edit { kind, about, is_idle });
}

/// Up to three edits of comments.
pub fn remarks(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let gone = if rng.u8(..8) == 0 { String::new() } else { go(walk, rng) };
    let edits: Vec<String> = (0..rng.usize(1..3)).filter_map(|_| remark(walk, rng)).collect();
    (!edits.is_empty()).then(|| format!("{gone}{}", edits.join(", ")))
}

fn remark(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let path = match rng.u8(..8) {
        0..3 => walk.unit.to_owned(),
        3..6 => (*pick(rng, &["inc/quiet.h", "inc/config.h", "inc/version.h", "inc/h0.h"])?).to_owned(),
        6 => return kit_remark(walk, rng),
        _ => some_text(&walk.model, rng, walk.unit)?,
    };
    let text = walk.model.text_mut(&path)?;
    let (kind, is_idle) = edit_remark(text, rng)?;
    noted(walk, kind.clone(), About::Text(path.clone()), is_idle);
    Some(format!("{path}: {kind}"))
}

/// In the first place whose kit the command names.
fn kit_remark(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let (_, place) = *walk.model.flags.kits.first()?;
    let Kit::Files(files) = &mut walk.model.kits[place] else { return None };
    let (kind, is_idle) = edit_remark(files.get_mut("inc/kit.h")?, rng)?;
    noted(walk, kind.clone(), About::Text("kit.h".into()), is_idle);
    Some(format!("kit {place}: {kind}"))
}

/// Adds a comment, takes one out, or has one say something else. Tells the kind of the edit, and whether it is idle.
fn edit_remark(text: &mut Text, rng: &mut Rng) -> Option<(String, bool)> {
    let unread = rng.u8(..4) > 0;
    let drawn = Remark::drawn(rng, unread);
    let before = text.render();
    let (place, what, is_idle) = match rng.u8(..8) {
        way if text.remarks.is_empty() || way < 2 && text.remarks.len() < REMARKS => {
            let place = drawn.place;
            text.remarks.push(drawn);
            (place, "added", PLACES[place].is_traceless)
        }
        2 => {
            let gone = text.remarks.remove(rng.usize(..text.remarks.len()));
            (gone.place, "removed", PLACES[gone.place].is_traceless)
        }
        _ => {
            let at = rng.usize(..text.remarks.len());
            let remark = &mut text.remarks[at];
            remark.says = drawn.says;
            (remark.place, "says something else", PLACES[remark.place].is_idle)
        }
    };
    (text.render() != before).then(|| (format!("comment {}: {what}", PLACES[place].name), is_idle))
}

/// Up to three edits of definitions.
pub fn definitions(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let gone = go(walk, rng);
    // One that is noticed hides the others.
    let idle_alone = rng.bool();
    let edits: Vec<String> = (0..rng.usize(1..4)).filter_map(|_| definition(walk, rng, idle_alone)).collect();
    (!edits.is_empty()).then(|| format!("{gone}{}", edits.join(", ")))
}

fn definition(walk: &mut Walk<'_>, rng: &mut Rng, idle_alone: bool) -> Option<String> {
    let path = *pick(rng, &["inc/config.h", "inc/config.h", "inc/version.h"])?;
    let text = walk.model.text_mut(path)?;
    if text.kind != Kind::Definitions {
        return None;
    }
    let idle = DEFINITIONS.iter().filter(|definition| definition.is_idle).count();
    let which = if idle_alone { rng.usize(..idle) } else { rng.usize(..DEFINITIONS.len()) };
    let what = match text.defined.get(&which) {
        None => {
            text.defined.insert(which, rng.u8(..4));
            "added"
        }
        Some(_) if rng.u8(..3) == 0 => {
            text.defined.remove(&which);
            "removed"
        }
        Some(value) => {
            let value = (value + 1 + rng.u8(..3)) % 4;
            text.defined.insert(which, value);
            "other value"
        }
    };
    let definition = &DEFINITIONS[which];
    let kind = format!("definition {}: {what}", definition.name);
    noted(walk, kind.clone(), About::Text(path.into()), definition.is_idle);
    Some(format!("{path}: {kind}"))
}

/// What happens to kits.
pub fn kits(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let gone = go(walk, rng);
    let named = &mut walk.model.flags.kits;
    let places: Vec<usize> = named.iter().map(|(_, place)| *place).collect();
    let (Some(from), true) = (pick(rng, &places).copied(), rng.u8(..6) > 0) else {
        return name_kit(walk, rng).map(|told| format!("{gone}{told}"));
    };
    let to = (from + rng.usize(1..KIT_PLACES.len())) % KIT_PLACES.len();
    let kits = &mut walk.model.kits;
    if kits[from] == Kit::Gone || kits.contains(&Kit::Link(to)) && !matches!(kits[to], Kit::Files(_)) {
        return None;
    }
    let is_file = matches!(kits[from], Kit::Files(_));
    let (what, is_idle) = match rng.u8(..12) {
        0..3 if is_file && !kits.contains(&Kit::Link(from)) => {
            kits[to] = std::mem::replace(&mut kits[from], Kit::Gone);
            ("moved", true)
        }
        3..6 if is_file => {
            kits[to] = kits[from].clone();
            ("copied", true)
        }
        6 if is_file && !kits.contains(&Kit::Link(to)) => {
            kits[to] = Kit::Link(from);
            ("linked", false)
        }
        7 => {
            kits[from] = Kit::Gone;
            ("gone", false)
        }
        8 => ("another one", false),
        _ => {
            let Kit::Files(files) = &mut kits[from] else { return None };
            let path = *pick(rng, &["inc/kit.h", "inc/sub/deep.h", "inc/forced.h", "alt/h3.h"])?;
            let text = files.get_mut(path)?;
            if rng.bool() {
                text.value = (text.value + 1) % 4;
            } else {
                text.features ^= 1 << rng.usize(..text.kind.plain_features());
            }
            ("edited", false)
        }
    };
    if !matches!(what, "gone" | "edited") {
        for (_, place) in walk.model.flags.kits.iter_mut().filter(|(_, place)| *place == from) {
            *place = to;
        }
    }
    noted(walk, format!("kit {what}"), About::Kit, is_idle);
    Some(format!("{gone}the kit {:?} is {what} ({:?})", KIT_PLACES[from], KIT_PLACES[to]))
}

/// The command names kits in other ways.
fn name_kit(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let named = &mut walk.model.flags.kits;
    match rng.u8(..4) {
        0 if named.len() > 1 => rng.shuffle(named),
        1 if named.len() > 1 => drop(named.remove(rng.usize(..named.len()))),
        2 if !named.is_empty() => {
            let which = rng.usize(..named.len());
            named[which].0 = rng.usize(..WORDS.len());
        }
        _ => {
            let place = if rng.u8(..3) > 0 { named.first()?.1 } else { rng.usize(..KIT_PLACES.len()) };
            named.insert(rng.usize(..=named.len()), (rng.usize(..WORDS.len()), place));
            named.truncate(4);
        }
    }
    Some(format!("kits {:?}", walk.model.flags.kits))
}

/// A line of the quiet source or of a quiet header.
pub fn lines(walk: &mut Walk<'_>, rng: &mut Rng) -> Option<String> {
    let gone = go(walk, rng);
    let path = if rng.u8(..3) > 0 { walk.unit } else { "inc/quiet.h" };
    let Some(Node::Text(text)) = walk.model.nodes.get_mut(path) else { return None };
    let which = rng.usize(..text.kind.plain_features().max(1));
    text.features ^= 1 << which;
    let name = text.kind.features().nth(which)?;
    Some(format!("{gone}{path}: switch {name:?}"))
}
