//! What was looked for in vain, by the directory whose stamp answers for it.

use super::tree::Tree;
use crate::paths;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// What was looked for in vain. `N` is a name in a directory, perhaps with further directories in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Absence<N> {
    /// Nothing stood at the name.
    Nothing(N),
    /// No file stood at the name. A directory did, which compilers pass over when they look for a header.
    File(N),
    /// No precompiled header `*.gch` lay in the directory.
    Precompiled(N),
}

/// Absences in the directories that they are in.
pub type Absences = BTreeMap<Vec<u8>, Vec<Absence<Vec<u8>>>>;

/// Groups what is missing under the nearest directory that is there.
pub(super) fn group(missing: &FxHashSet<Absence<Vec<u8>>>, tree: &mut dyn Tree) -> Absences {
    let mut absent = Absences::new();
    for absence in missing {
        let (dir, absence) = match absence {
            Absence::Nothing(place) | Absence::File(place) => {
                let (dir, name) = nearest(place, tree);
                let is_there = tree.node(place).is_some();
                (dir.to_vec(), if is_there { Absence::File(name) } else { Absence::Nothing(name) })
            }
            Absence::Precompiled(place) => {
                let place = paths::join(place, b"");
                let (dir, name) = nearest(&place, tree);
                (dir.to_vec(), Absence::Precompiled(name))
            }
        };
        absent.entry(dir).or_default().push(absence);
    }
    for names in absent.values_mut() {
        names.sort_unstable();
    }
    absent
}

/// The nearest directory that is there, and the place below it.
fn nearest<'p>(place: &'p [u8], tree: &mut dyn Tree) -> (&'p [u8], Vec<u8>) {
    let mut below = place;
    loop {
        let dir = paths::dir_of(below);
        if dir.is_empty() || dir == b"/" || tree.node(dir).is_some_and(|node| node.is_dir) {
            let name = &place[dir.len()..];
            return (dir, name.strip_prefix(b"/").unwrap_or(name).to_vec());
        }
        below = dir;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::memory::Trunk;
    use super::*;

    #[test]
    fn the_nearest_directory_answers() {
        let mut tree = Trunk::of(&[("inc/a.h", ""), ("inc/dir/b.h", "")]);
        let missing = ["inc/x.h", "inc/sub/x.h", "none/x.h", "x.h", "inc/dir"];
        let places = missing.iter().map(|place| Absence::Nothing(place.as_bytes().to_vec()));
        let dirs = ["", "inc", "inc/sub"].iter().map(|place| Absence::Precompiled(place.as_bytes().to_vec()));
        let found = group(&places.chain(dirs).collect(), &mut tree);
        let nothing = |name: &[u8]| Absence::Nothing(name.to_vec());
        let precompiled = |name: &[u8]| Absence::Precompiled(name.to_vec());
        let file = Absence::File(b"dir".to_vec());
        let inc = vec![nothing(b"sub/x.h"), nothing(b"x.h"), file, precompiled(b""), precompiled(b"sub/")];
        let here = vec![nothing(b"none/x.h"), nothing(b"x.h"), precompiled(b"")];
        assert_eq!(found, [(b"".to_vec(), here), (b"inc".to_vec(), inc)].into());
    }
}
