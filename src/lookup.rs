//! Manifest and store joined: is there a result for this command, in this place, with these files?
//!
//! The answer is a [`Lookup`]. A miss carries the [`Permit`] to store what is then compiled, and nothing else can
//! write to the store.

use crate::digest::Digest;
use crate::disk::listing::Listing;
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::inputs::{NO_PRECOMPILED, ReadSet};
use crate::key::maps::Maps;
use crate::paths::{self, Base, Place, Rooted};
use crate::proof::binding::{self, Bound};
use crate::reason::{Cause, Reason};
use crate::store::Store;
use crate::store::entry::{self, Entry, Stored};
use crate::store::manifest::{self, Absent, Candidate};
use rustc_hash::FxHashMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;

/// What was found.
pub enum Lookup<'a> {
    /// A stored result whose every condition holds here and now.
    Hit(Found),
    /// None; compile, and store by the permit.
    Miss(Permit<'a>),
}

/// A stored result.
pub struct Found {
    /// The result.
    pub entry: Stored,
    /// Its name in the store.
    pub name: Digest,
    /// The youngest file or directory the lookup looked at.
    pub youngest_ns: i128,
}

/// What a lookup is about.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Where results are.
    pub store: &'a Store,
    /// The first key.
    pub key: Digest,
    /// Where this compile happens.
    pub place: &'a Place,
    /// The names of the outputs as this command spells them.
    pub names: &'a [&'a [u8]],
    /// The date the environment gives, if any.
    pub date: &'a [u8],
    /// The command's prefix maps.
    pub mapped: &'a Maps<'a>,
}

/// The permission to store a result under the key that missed.
pub struct Permit<'a> {
    request: Request<'a>,
    /// Why the lookup missed.
    pub why: Cause,
    /// The youngest file or directory the lookup looked at.
    pub youngest_ns: i128,
}

/// Looks for a result.
pub fn find<'a>(request: Request<'a>, memo: &mut Memo) -> Lookup<'a> {
    // The run may have waited since it looked last, and directories may have been exchanged.
    memo.release();
    let candidates = manifest::get(request.store, &request.key);
    let mut check = Check {
        place: request.place,
        mapped: request.mapped,
        memo,
        files: FxHashMap::default(),
        dirs: FxHashMap::default(),
        youngest_ns: 0,
    };
    let mut why = Cause::from(Reason::New);
    for (nth, candidate) in candidates.iter().enumerate() {
        let Request { place, names, date, .. } = request;
        let found = if candidate.binding == Bound(candidate.bound).digest(place, names, date, &candidate.files) {
            check.holds(candidate)
        } else {
            Err(Reason::BoundElsewhere.into())
        };
        let found = found.and_then(|()| entry::get(request.store, &candidate.entry).ok_or_else(|| Reason::EntryGone.into()));
        match found {
            Ok(entry) => {
                return Lookup::Hit(Found { entry, name: candidate.entry, youngest_ns: check.youngest_ns });
            }
            // The newest candidate's difference says most; one that belongs elsewhere says least.
            Err(difference) if nth == 0 || why.reason == Reason::BoundElsewhere => why = difference,
            Err(_) => {}
        }
    }
    Lookup::Miss(Permit { request, why, youngest_ns: check.youngest_ns })
}

/// A permit without a lookup, for `PACKER_CC_RECACHE`.
pub fn recache(request: Request<'_>) -> Permit<'_> {
    Permit { request, why: Reason::Recache.into(), youngest_ns: 0 }
}

/// Drops a result that turned out to be wrong, and permits to store another.
pub fn replace<'a>(request: Request<'a>, wrong: &Found) -> Permit<'a> {
    entry::remove(request.store, &wrong.name);
    Permit { request, why: Reason::VerifyDiffers.into(), youngest_ns: wrong.youngest_ns }
}

impl Permit<'_> {
    /// Stores a result.
    ///
    /// # Errors
    /// When the store cannot be written. What is there already is as good as before.
    pub fn commit(self, entry: &Entry, read: ReadSet, bound: Bound) -> io::Result<()> {
        let Request { store, key, place, names, date, mapped: _ } = self.request;
        let name = entry::put(store, entry)?;
        let files: Vec<_> = read.files.into_iter().map(|(path, digest)| (place.rooted(&path), digest)).collect();
        let absent = read.absent.into_iter().map(|(dir, names)| Absent::new(place.rooted(&dir), &names)).collect();
        let binding = bound.digest(place, names, date, &files);
        manifest::add(store, &key, Candidate { bound: bound.0, binding, entry: name, files, absent })
    }
}

struct Check<'a> {
    place: &'a Place,
    mapped: &'a Maps<'a>,
    memo: &'a mut Memo,
    /// What was found in a file; candidates mostly name the same ones. `None` for one that is gone.
    files: FxHashMap<&'a Rooted, Option<Digest>>,
    /// Directories that were listed because their stamp alone did not answer.
    dirs: FxHashMap<Vec<u8>, Listing>,
    youngest_ns: i128,
}

impl<'a> Check<'a> {
    fn holds(&mut self, candidate: &'a Candidate) -> Result<(), Cause> {
        let mut full = Vec::new();
        for (path, expected) in &candidate.files {
            // Here the compiler would make another name of it.
            if candidate.bound & binding::ROOT == 0
                && path.base == Base::Absolute
                && (!self.place.is_outside(&path.rest) || self.mapped.take_a_part_of(&path.rest))
            {
                return Err(Reason::BoundElsewhere.into());
            }
            let found = if let Some(found) = self.files.get(path) {
                *found
            } else {
                let found = self.place.spell_full(path, &mut full).then(|| self.memo.digest_once(paths::path(&full)));
                let found = found.and_then(Result::ok);
                self.youngest_ns = found.map_or(self.youngest_ns, |(stamp, _)| self.youngest_ns.max(stamp.ctime_ns));
                let found = found.map(|(_, digest)| digest);
                self.files.insert(path, found);
                found
            };
            if found != Some(*expected) {
                let spelled = self.place.spelled(path.base, &path.rest).unwrap_or_else(|| path.rest.clone());
                return Err(match found {
                    Some(found) => Reason::FileChanged.about_path(&spelled).with(expected.short(), found.short()),
                    None => Reason::FileGone.about_path(&spelled),
                });
            }
        }
        candidate.absent.iter().try_for_each(|absent| self.lacks(absent))
    }

    /// None of the names is in the directory.
    fn lacks(&mut self, absent: &Absent) -> Result<(), Cause> {
        /// Up to this many names are looked for one by one; beyond, listing the directory is cheaper.
        const FEW: usize = 6;
        let Some(spelled) = self.place.spelled(absent.dir.base, &absent.dir.rest) else { return Ok(()) };
        let dir = self.place.cwd.join(paths::path(&spelled));
        // By a name in it, for which it must be searched: a listing, or a memo, would not tell that it cannot be.
        let stamp = match Stamp::of(&dir.join(".")) {
            Ok(stamp) => stamp,
            // What is in no directory is absent.
            Err(error) if is_absence(&error) => return Ok(()),
            Err(_) => return Err(Reason::FileGone.about_path(&spelled)),
        };
        self.youngest_ns = self.youngest_ns.max(stamp.ctime_ns);
        if self.memo.lacks(&stamp, &absent.digest) {
            return Ok(());
        }
        let list = absent.names.iter().nth(FEW).is_some();
        if list && !self.dirs.contains_key(&spelled) {
            let names = Listing::read(&dir).map_err(|_| Reason::FileGone.about_path(&spelled))?;
            self.dirs.insert(spelled.clone(), names);
        }
        let settled = stamp.is_settled(&dir, self.memo.started_ns());
        let mut answered = settled;
        for name in absent.names.iter() {
            let (name, may_be_dir) = name.strip_suffix(b"/").map_or((name, false), |name| (name, true));
            let first = name.split(|byte| *byte == b'/').next().unwrap_or(name);
            if list
                && (name == NO_PRECOMPILED && !self.dirs[&spelled].has_precompiled
                    || name != NO_PRECOMPILED && !self.dirs[&spelled].may_hold(first))
            {
                continue;
            }
            if let Some(further) = name.strip_suffix(NO_PRECOMPILED) {
                // Without a directory there is none in it.
                let dir = dir.join(OsStr::from_bytes(further));
                if Listing::read(&dir).is_ok_and(|listing| listing.has_precompiled) {
                    return Err(Reason::FileAppeared.about_path(&paths::join(&spelled, name)));
                }
                answered &= further.is_empty() || Stamp::of_link(&dir).is_err();
                continue;
            }
            match Stamp::of(&dir.join(OsStr::from_bytes(name))) {
                Ok(stamp) if may_be_dir && stamp.is_dir() => {}
                Ok(_) => return Err(Reason::FileAppeared.about_path(&paths::join(&spelled, name))),
                Err(error) if is_absence(&error) => {}
                // Compilers do not look any further than to a place they may not look into.
                Err(_) => return Err(Reason::FileGone.about_path(&paths::join(&spelled, name))),
            }
            // What is missing further down, is there as a directory, or as a link that leads nowhere yet, is not settled
            // by this directory's stamp. Only an answer that will be kept is worth the question.
            answered &= settled && Stamp::of_link(&dir.join(OsStr::from_bytes(first))).is_err();
        }
        if answered {
            self.memo.remember_lacks(&dir, &stamp, &absent.digest);
        }
        Ok(())
    }
}

/// Nothing stands there, as opposed to: nobody knows what does.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
