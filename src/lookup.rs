//! Manifest and store joined: is there a result for this command, in this place, with these files?
//!
//! The answer is a [`Lookup`]. A miss carries the [`Permit`] to store what is then compiled, and nothing else can
//! write to the store.

use crate::digest::KeyId;
use crate::disk::memo::Memo;
use crate::proof::{self, Here, InVain, Surroundings};
use crate::reason::{Cause, Reason};
use crate::store::Store;
use crate::store::entry::{self, Stored};
use crate::store::manifest;
use crate::store::permit::Permit;

/// What was found.
pub enum Lookup<'a> {
    /// A stored result whose every input holds here and now.
    Hit(Found),
    /// None; compile, and store by the permit.
    Miss(Miss<'a>),
}

/// A stored result.
pub struct Found {
    /// The result.
    pub entry: Stored,
    /// When the youngest file or directory that the lookup looked at was last touched, in nanoseconds since the epoch.
    pub youngest_ns: i128,
    /// Files that changed since it was made in what it does not hang on, as they are spelled here, with what changed.
    pub changed_in_vain: Vec<(Vec<u8>, InVain)>,
}

/// That there is no such result.
pub struct Miss<'a> {
    /// The permission to store one.
    pub permit: Permit<'a>,
    /// Why there is none: the first input of the newest candidate that does not hold.
    pub why: Cause,
    /// As in [`Found`]; 0 where nothing was looked at.
    pub youngest_ns: i128,
}

/// What a lookup is about.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Where results are.
    pub store: &'a Store,
    /// The first key.
    pub key: KeyId,
    /// The place and the environment in which inputs must hold.
    pub around: Surroundings<'a>,
}

/// Looks for a result.
pub fn find<'a>(request: Request<'a>, memo: &mut Memo) -> Lookup<'a> {
    // The run may have waited since it looked last, so that another directory may stand in the place of one that is held.
    memo.release();
    let candidates = manifest::get(request.store, &request.key);
    let mut here = Here::new(request.around, memo);
    let mut why: Option<Cause> = None;
    for candidate in &candidates {
        let held = proof::hold(&candidate.inputs, &mut here);
        let found =
            held.and_then(|()| entry::get(request.store, &candidate.entry).ok_or_else(|| Reason::EntryGone.into()));
        match found {
            Ok(entry) => {
                let (youngest_ns, changed_in_vain) = (here.youngest_ns(), here.changed_in_vain());
                return Lookup::Hit(Found { entry, youngest_ns, changed_in_vain });
            }
            // The difference to the newest candidate says most. Of a candidate that is bound to another place it says nothing.
            Err(difference) if why.as_ref().is_none_or(|why| why.reason == Reason::BoundElsewhere) => {
                why = Some(difference);
            }
            Err(_) => {}
        }
    }
    let why = why.unwrap_or_else(|| Reason::New.into());
    let youngest_ns = here.youngest_ns();
    Lookup::Miss(Miss { permit: Permit::new(request.store, request.key), why, youngest_ns })
}

/// A miss without a lookup, for `PACKER_CC_RECACHE`.
pub fn recache(request: Request<'_>) -> Miss<'_> {
    Miss { permit: Permit::new(request.store, request.key), why: Reason::Recache.into(), youngest_ns: 0 }
}
