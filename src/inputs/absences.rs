//! Places where a header was looked for in vain, by the directory whose stamp answers for them.

use super::tree::Tree;
use crate::paths;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// Groups missing places under the nearest directory that is there. Where a directory stands in a header's place, the name gets a slash:
/// compilers pass over a directory, so only a file of that name is absent.
pub(super) fn group(missing: &FxHashSet<Vec<u8>>, tree: &mut dyn Tree) -> BTreeMap<Vec<u8>, Vec<Vec<u8>>> {
    let mut absent: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for place in missing {
        let (dir, mut name) = nearest(place, tree);
        if tree.node(place).is_some() {
            name.push(b'/');
        }
        absent.entry(dir.to_vec()).or_default().push(name);
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
        let missing = missing.iter().map(|place| place.as_bytes().to_vec()).collect();
        let found = group(&missing, &mut tree);
        let shown: Vec<String> = found
            .iter()
            .map(|(dir, names)| {
                let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
                format!("{}: {}", String::from_utf8_lossy(dir), names.join(" "))
            })
            .collect();
        assert_eq!(shown, [": none/x.h x.h", "inc: dir/ sub/x.h x.h"]);
    }
}
