//! Kits: directories outside of the project that commands name by absolute paths, and that are moved, copied, edited in one place,
//! linked and gone.

use super::model::{Model, OLD};
use super::text::Text;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Where a kit can be, below the directory of the walk's world.
pub const PLACES: [&str; 3] = ["kits/3f9a", "elsewhere/of another length/77", "home/.kit/c-0"];

/// The words by which a command leads to a kit.
pub const WORDS: [&[&str]; 9] = [
    &["-IKIT/inc"],
    &["-I", "KIT/inc"],
    &["-isystem", "KIT/inc"],
    &["-iquote", "KIT/inc"],
    &["-idirafter", "KIT/inc"],
    &["-include", "KIT/inc/forced.h"],
    &["-imacros", "KIT/inc/forced.h"],
    &["-IKIT/inc/sub", "-IKIT"],
    &["-IKIT/alt"],
];

/// What stands in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kit {
    Gone,
    /// Headers by path.
    Files(BTreeMap<&'static str, Text>),
    /// A symbolic link to another place.
    Link(usize),
}

/// The kit with which a walk begins.
pub fn first() -> [Kit; PLACES.len()] {
    // Each header with its lines.
    let texts = [("inc/kit.h", 0b100_0010), ("inc/sub/deep.h", 0b1), ("inc/forced.h", 0), ("alt/h3.h", 0b1)];
    let files = texts.into_iter().map(|(path, features)| (path, Text::new(path, features, 1)));
    [Kit::Files(files.collect()), Kit::Gone, Kit::Gone]
}

/// The words for what a command names of kits: how, and of which place. `root` is the directory of the world.
pub fn words(named: &[(usize, usize)], root: &str) -> Vec<Vec<String>> {
    let each = |(how, place): &(usize, usize)| {
        let dir = format!("{root}/{}", PLACES[*place]);
        WORDS[*how].iter().map(|word| word.replace("KIT", &dir)).collect()
    };
    named.iter().map(each).collect()
}

/// The command's words with numbers for the places of kits, and what stands in each.
pub fn masked(model: &Model, typed: &[String], root: &str) -> (Vec<String>, Vec<Kit>) {
    let mut order: Vec<usize> = Vec::new();
    for (_, place) in &model.flags.kits {
        if !order.contains(place) {
            order.push(*place);
        }
    }
    let mask = |word: &String| {
        let each = order.iter().enumerate();
        each.fold(word.clone(), |word, (nth, place)| {
            word.replace(&format!("{root}/{}", PLACES[*place]), &format!("<{nth}>"))
        })
    };
    (typed.iter().map(mask).collect(), order.iter().map(|place| model.kits[*place].clone()).collect())
}

/// Makes a place what the model says. Only what differs is touched.
pub fn sync(root: &Path, place: usize, old: &Kit, new: &Kit) {
    let dir = root.join(PLACES[place]);
    if old == new {
        return;
    }
    let (Kit::Files(before), Kit::Files(after)) = (old, new) else {
        match old {
            Kit::Gone => {}
            Kit::Files(_) => fs::remove_dir_all(&dir).expect("a kit"),
            Kit::Link(_) => fs::remove_file(&dir).expect("a link"),
        }
        fs::create_dir_all(dir.parent().expect("a parent")).expect("a place for a kit");
        match new {
            Kit::Gone => {}
            Kit::Files(files) => files.iter().for_each(|(path, text)| write(&dir.join(path), text)),
            Kit::Link(to) => symlink(root.join(PLACES[*to]), &dir).expect("a link"),
        }
        return;
    };
    for (path, text) in after.iter().filter(|(path, text)| before.get(*path) != Some(*text)) {
        write(&dir.join(path), text);
    }
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        fs::remove_file(dir.join(path)).expect("a header");
    }
}

fn write(path: &Path, text: &Text) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, text.render()).expect("a header");
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(OLD);
    File::options().write(true).open(path).and_then(|file| file.set_modified(old)).expect("a time");
}
