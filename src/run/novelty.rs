//! What a miss under a first key that nobody knows says: what of it is new, compared with the keys that the store knows of this
//! source.

use super::prepare::Prepared;
use crate::digest::{Digest, FieldHasher};
use crate::key::fields;
use crate::paths::Rooted;
use crate::reason::Cause;
use crate::store::Store;
use crate::store::sources;
use std::os::unix::ffi::OsStrExt as _;

/// What of the key is new; `None` where nothing is known of the source.
pub fn novelty(prepared: &Prepared, store: &Store) -> Option<Cause> {
    let known = sources::get(store, &name(prepared));
    fields::novelty(&known, &prepared.key.fields(prepared.typed()))
}

/// Notes in the store what the key was made of. Where that fails, later misses say less.
pub fn note(prepared: &Prepared, store: &Store) {
    let _ = sources::put(store, &name(prepared), prepared.key.fields(prepared.typed()));
}

/// The source, by a name that is the same wherever the checkout is.
fn name(prepared: &Prepared) -> Digest {
    let place = &prepared.place;
    let mut hasher = FieldHasher::new("packer-cc source 1");
    hasher.field("namespace", prepared.key.namespace.as_bytes());
    let mut rooted = |tag, Rooted { base, rest }: Rooted| {
        hasher.field(tag, &[base.byte()]).field("rest", &rest);
    };
    rooted("cwd", place.rooted(place.cwd.as_os_str().as_bytes()));
    rooted("source", place.rooted(prepared.typed().source.as_bytes()));
    hasher.finish()
}
