//! Files of a store as somebody else could write them: well-formed, and not what a compile left.

use crate::fixture::World;
use packer_cc::digest::{Digest, EntryId, KeyId};
use packer_cc::outputs::Outputs;
use packer_cc::store::entry;
use packer_cc::store::manifest::{self, Candidate};
use std::fs;

/// Puts a file into the place of this name; `kind` is the directory of its kind.
pub fn file(world: &World, kind: &str, name: &Digest, content: &[u8]) {
    let hex = name.hex();
    let path = world.cache().join("store/v1").join(kind).join(&hex[..2]).join(&hex[2..]);
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(path, content).expect("a file of the store");
}

/// Puts an entry of these outputs into the store.
pub fn entry(world: &World, outputs: &Outputs) -> EntryId {
    let encoded = entry::encode(outputs).expect("an entry");
    file(world, "e", &encoded.name.0, &[encoded.header, encoded.stored].concat());
    encoded.name
}

/// Puts a candidate before the others of the key. It replaces one that has the same inputs.
pub fn candidate(world: &World, key: &KeyId, candidate: Candidate) {
    let store = packer_cc::store::Store::new(world.cache().join("store"), world.cache().join("state"), 0);
    let mut candidates = manifest::get(&store, key);
    candidates.retain(|known| known.inputs != candidate.inputs);
    candidates.insert(0, candidate);
    file(world, "m", &key.0, &manifest::encode(&candidates, key).expect("a manifest"));
}
