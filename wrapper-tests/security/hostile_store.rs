//! A store that was made to do harm.

use super::{LINE, Unread, all_below, chmod, keys, project, unread_part};
use crate::fixture::World;
use crate::forge;
use packer_cc::command::SideKind;
use packer_cc::digest::{ContentId, Digest, EntryId};
use packer_cc::inputs::Absence;
use packer_cc::outputs::{OutputPart, Outputs};
use packer_cc::paths::{Base, Rooted};
use packer_cc::proof::{Absent, Input, Rule};
use packer_cc::store::Store;
use packer_cc::store::entry;
use packer_cc::store::manifest::{self, Candidate};
use std::fs;

/// So many bytes of a part are compressed at once (`store/packed.rs`).
const PIECE: usize = 1 << 17;
/// The sizes of a part's stored length and of its digest in an entry's header.
const LENGTH: usize = 8;
const DIGEST: usize = 32;

/// Outputs are written to the names of the command line and nowhere else, whatever a store says.
#[test]
fn a_hostile_store_writes_nowhere_else() {
    let names: [&[u8]; 7] =
        [b"../../../escaped", b"/etc/escaped", b"a\nb.o: escaped", b"", b"..", b"/proc/kcore", b"a\0b"];
    for (nth, name) in names.iter().enumerate() {
        let world = World::new();
        project(&world);
        world.cc(LINE).miss();
        let store = Store::new(world.cache().join("store"), world.cache().join("state"), 0);
        let rooted = |base| Rooted { base, rest: name.to_vec() };
        for key in keys(&world) {
            for known in manifest::get(&store, &key) {
                let entry = entry::get(&store, &known.entry).and_then(|entry| entry.unpack()).expect("the entry");
                let digest = Digest([nth.try_into().expect("a small number"); 32]);
                for base in [Base::Root, Base::Cwd, Base::Absolute] {
                    // The first candidate leads to the true entry, and names a file whose content has another digest. The
                    // others name absent files, or twins.
                    let file = Input::File {
                        path: rooted(base),
                        content: ContentId(digest),
                        code: None,
                        definitions: false,
                        outside: base == Base::Absolute,
                    };
                    let candidate = Candidate { inputs: vec![file], ..known.clone() };
                    forge::candidate(&world, &key, candidate);
                    let mut inputs = known.inputs.clone();
                    inputs.push(Input::Absent(Absent::new(
                        rooted(base),
                        &[name.to_vec(), b"../x".to_vec()].map(Absence::Nothing),
                    )));
                    forge::candidate(&world, &key, Candidate { inputs, entry: EntryId(digest) });
                    let groups = vec![vec![rooted(base), rooted(base)]];
                    let twins = Input::Twins { rule: Rule::Links, groups, digest };
                    forge::candidate(&world, &key, Candidate { inputs: vec![twins], ..known.clone() });
                }
                // An entry without the object, which the command asks for, and with a side file, which it does not.
                let parts = entry.parts.iter().filter(|(part, _)| *part != OutputPart::Main).cloned();
                let parts = parts.chain([(OutputPart::Side(SideKind::SplitDwarf), name.to_vec())]).collect();
                let hostile = forge::entry(&world, &Outputs { compile_us: u64::MAX, parts });
                forge::candidate(&world, &key, Candidate { entry: hostile, ..known });
            }
        }
        world.cc(LINE).bypass("store");
        world.cc(LINE).bypass("store");
        for place in [world.path("escaped"), world.path("../escaped"), "/etc/escaped".into()] {
            assert!(!place.exists(), "{}", place.display());
        }
    }
}

/// An entry that is what its name says, and whose object breaks off in the middle when it is decompressed.
#[test]
fn an_entry_that_cannot_be_decompressed_leaves_nothing() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    let store = Store::new(world.cache().join("store"), world.cache().join("state"), 0);
    let content: Vec<u8> = (0..400_000_u32).flat_map(|nth| (nth / 5).to_le_bytes()).collect();
    for key in keys(&world) {
        for known in manifest::get(&store, &key) {
            let mut entry = entry::get(&store, &known.entry).and_then(|entry| entry.unpack()).expect("the entry");
            entry.parts.retain(|(part, _)| *part != OutputPart::Main);
            entry.parts.push((OutputPart::Main, content.clone()));
            let mut hostile = entry::encode(&entry).expect("an entry");
            // Breaks the object's last piece.
            let near_the_end = hostile.stored.len() - 100;
            hostile.stored[near_the_end..near_the_end + 64].fill(0xff);
            // The header ends with the object's stored length, its digest, and the lengths of its pieces.
            let pieces = size_of::<u32>() * content.len().div_ceil(PIECE);
            let at = hostile.header.len() - pieces - DIGEST;
            let length = u64::from_le_bytes(hostile.header[at - LENGTH..at].try_into().expect("eight bytes"));
            let object = hostile.stored.len() - usize::try_from(length).expect("a length");
            hostile.header[at..at + DIGEST].copy_from_slice(&Digest::of_bytes(&hostile.stored[object..]).0);
            let name = Digest::of_bytes(&hostile.header);
            forge::file(&world, "e", &name, &[hostile.header, hostile.stored].concat());
            forge::candidate(&world, &key, Candidate { entry: EntryId(name), ..known });
        }
    }
    world.cc(LINE).bypass("store");
    world.cc(LINE).miss();
    world.cc(LINE).hit();
}

/// A file that says it is larger than any memory.
#[test]
fn absurd_lengths_are_misses() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    for file in all_below(&world.cache()).into_iter().filter(|path| !path.is_dir()) {
        let good = fs::read(&file).expect("a file of the cache");
        let sparse = fs::File::options().write(true).open(&file).expect("a file of the cache");
        sparse.set_len(1 << 42).expect("a long file");
        let what = match unread_part(&file) {
            Some(Unread::Manifest | Unread::Entry) => "miss: entry-gone",
            Some(Unread::Journal) => "unrecorded",
            None => "hit",
        };
        world.cc(LINE).under("sh -c 'ulimit -v 4000000; exec \"$@\"' sh").does(what);
        let _ = fs::remove_file(&file);
        fs::write(&file, good).expect("a file of the cache");
        chmod(&file, 0o600);
    }
    world.cc(LINE).hit();
    world.cc(LINE).hit();
}
