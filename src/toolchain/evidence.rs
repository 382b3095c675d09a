//! What an identity rests on, and whether that stood still while the compiler ran.

use super::closure::Member;
use super::watch::Watched;
use crate::digest::ContentId;
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::disk::still::Span;
use crate::environment::Environment;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// What an identity rests on, to be looked at again after a compile.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The files the compiler is made of.
    pub(super) members: Vec<Member>,
    /// What must stay away, or as it is.
    pub(super) watched: Vec<Watched>,
    /// Names found on `PATH`, with where.
    pub(super) on_path: Vec<(Vec<u8>, PathBuf)>,
}

impl Evidence {
    /// When the youngest member was last touched, in nanoseconds since the epoch.
    pub fn youngest_ns(&self) -> i128 {
        self.members.iter().map(|member| member.stamp.ctime_ns).max().unwrap_or(0)
    }

    /// The files the compiler is made of, with what is in them.
    pub fn contents(&self) -> impl Iterator<Item = (&Path, ContentId)> {
        self.members.iter().map(|member| (member.path.as_path(), member.digest))
    }

    /// Whether the compiler that ran then was the one that was identified before: a toolchain can be upgraded while a
    /// build runs.
    ///
    /// # Errors
    /// The path of what changed.
    pub fn stood_still(
        &self,
        environment: &Environment,
        cwd: &Path,
        span: Span,
        memo: &mut Memo,
    ) -> Result<(), PathBuf> {
        for Member { path, stamp, settled, digest, .. } in &self.members {
            let full = cwd.join(path);
            let same = Stamp::of(&full).is_ok_and(|now| now == *stamp && !span.holds(now.ctime_ns))
                && (*settled || memo.digest(&full).is_ok_and(|(_, now)| now == *digest));
            if !same {
                return Err(path.clone());
            }
        }
        for watched in &self.watched {
            let stamp = Stamp::of(&cwd.join(&watched.dir)).ok();
            let same = stamp == watched.stamp || !watched.absent.is_empty() && !watched.finds_something(cwd);
            if !same {
                return Err(watched.dir.clone());
            }
        }
        for (name, found) in &self.on_path {
            if !is_found_at(name, found, environment, cwd) {
                return Err(found.clone());
            }
        }
        Ok(())
    }
}

/// The name is still found on `PATH` at the same place.
pub(super) fn is_found_at(name: &[u8], found: &Path, environment: &Environment, cwd: &Path) -> bool {
    which::which_in(OsStr::from_bytes(name), environment.get("PATH"), cwd).is_ok_and(|now| now == found)
}
