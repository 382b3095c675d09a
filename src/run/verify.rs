//! `PACKER_CC_VERIFY`: a hit that is compiled all the same, compared byte for byte, and dropped if it differs.
//!
//! What the build gets is always the fresh result. That a fresh result differs from the stored one can have three
//! reasons, which are told apart before the stored one is blamed:
//!
//! * the command is not reproducible (link-time objects without `-frandom-seed`): a second compile differs from the
//!   first as well, and the stored result is as valid as any;
//! * a file was edited between the lookup and the compile: the same lookup no longer finds the same result;
//! * otherwise the stored result is wrong.

use super::compile::{self, Compile};
use super::observe;
use super::prepare::Prepared;
use super::process::Run;
use super::serve::{self, Rendered};
use crate::bounded;
use crate::config::{Config, Share};
use crate::disk::memo::Memo;
use crate::journal::Outcome;
use crate::lookup::{self, Found, Lookup, Request};
use crate::output;
use crate::outputs;
use crate::reason::{Cause, Reason};
use crate::store::permit::Permit;
use crate::toolchain::run;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Whether this run is one of the share.
pub fn is_drawn(share: Share) -> bool {
    // The standard library seeds its hash maps by the system's random numbers.
    share == Share::ALL || share.0 > 0 && RandomState::new().build_hasher().finish() % 1_000_000 < u64::from(share.0)
}

/// What a compile left.
struct Fresh {
    files: Vec<(OsString, Option<Vec<u8>>)>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Fresh {
    fn of(prepared: &Prepared, compile: &Compile, stored: &Rendered<'_>) -> Self {
        let read = |name: &OsStr| (name.to_owned(), bounded::read(&prepared.path(name), outputs::LIMIT).ok());
        Self {
            files: stored.files.iter().map(|file| read(file.name)).collect(),
            stdout: compile.finished.stdout.clone(),
            stderr: compile.finished.stderr.clone(),
        }
    }

    /// Where it differs from another result, for people.
    fn difference<'a>(
        &self,
        files: impl Iterator<Item = Option<&'a [u8]>>,
        stdout: &[u8],
        stderr: &[u8],
    ) -> Option<String> {
        for ((name, ours), theirs) in self.files.iter().zip(files) {
            let found = match (theirs, ours) {
                (Some(theirs), Some(ours)) => first_difference(theirs, ours),
                (None, None) => None,
                _ => Some("is not written".to_owned()),
            };
            if let Some(found) = found {
                return Some(format!("{} {found}", name.display()));
            }
        }
        let said = |stream: &str, theirs, ours| first_difference(theirs, ours).map(|at| format!("{stream} {at}"));
        said("standard output", stdout, &self.stdout).or_else(|| said("standard error", stderr, &self.stderr))
    }

    fn differs_from_stored(&self, stored: &Rendered<'_>) -> Option<String> {
        let contents: Vec<_> = stored.files.iter().map(|file| file.content.bytes()).collect();
        self.difference(contents.iter().map(Option::as_deref), &stored.stdout, &stored.stderr)
    }

    fn differs_from(&self, other: &Self) -> Option<String> {
        self.difference(other.files.iter().map(|(_, content)| content.as_deref()), &other.stdout, &other.stderr)
    }
}

fn first_difference(stored: &[u8], fresh: &[u8]) -> Option<String> {
    if stored == fresh {
        return None;
    }
    let at = stored.iter().zip(fresh).position(|(stored, fresh)| stored != fresh);
    let at = at.unwrap_or(stored.len().min(fresh.len()));
    Some(format!("differs from byte {at} on ({} bytes stored, {} bytes compiled)", stored.len(), fresh.len()))
}

impl Run {
    /// Compiles what was found, compares, and returns the compiler's exit status.
    pub(super) fn verify(
        &mut self,
        prepared: &Prepared,
        config: &Config,
        request: Request<'_>,
        found: &Found,
        memo: &mut Memo,
    ) -> Result<i32, Cause> {
        let stored = serve::render(prepared, &found.entry)?;
        let mut compile = compile::run(prepared, &self.spec, request.store, memo, found.youngest_ns)?;
        self.compiler_us += compile.took_us;
        if compile.failed_by_us {
            return Err(Reason::CompilerUnknown.about(compile::REFUSED));
        }
        let succeeded = compile.finished.status.success();
        let mut difference = None;
        if succeeded {
            let first = Fresh::of(prepared, &compile, &stored);
            let unforeseen = stored.unwritten.iter().find(|name| observe::is_written(prepared, &compile, name));
            difference = first.differs_from_stored(&stored);
            difference = difference.or_else(|| Some(format!("{} is written", unforeseen?.display())));
            if difference.is_some() {
                // The first is no company for the second.
                drop(compile.company.take());
                compile = compile::run(prepared, &self.spec, request.store, memo, found.youngest_ns)?;
                self.compiler_us += compile.took_us;
                let second = Fresh::of(prepared, &compile, &stored);
                if let Some(between) = first.differs_from(&second) {
                    compile.show(prepared, &self.environment);
                    if compile.finished.status.success() {
                        self.verified(Reason::Unreproducible.about(between));
                    } else {
                        self.failed(compile.finished.status, compile.took_us);
                    }
                    return Ok(run::end_like(compile.finished.status));
                }
            }
        } else if compile.finished.status.code().is_some() {
            difference = Some("was a success, the compiler now fails".to_owned());
        }
        compile.show(prepared, &self.environment);
        let Some(difference) = difference else {
            if succeeded {
                self.verified(Reason::Verified.into());
            } else {
                self.failed(compile.finished.status, compile.took_us);
            }
            return Ok(run::end_like(compile.finished.status));
        };
        let outcome = if succeeded { Outcome::Miss } else { Outcome::Failed };
        let still_found =
            matches!(lookup::find(request, memo), Lookup::Hit(again) if again.entry.name == found.entry.name);
        if !still_found {
            let cause = Reason::EditedMeanwhile.about(&prepared.job.source);
            self.end(outcome, Some(cause), compile.took_us);
            return Ok(run::end_like(compile.finished.status));
        }
        self.report(&difference, config.readonly);
        if !config.readonly {
            let permit = Permit::instead_of(request.store, request.key, &found.entry);
            if succeeded && let Err(unstored) = self.keep(config, prepared, &compile, memo, request.store, permit) {
                self.log.say("not stored", unstored);
            }
        }
        self.end(outcome, Some(Reason::VerifyDiffers.about(difference)), compile.took_us);
        Ok(run::end_like(compile.finished.status))
    }

    fn verified(&mut self, cause: Cause) {
        // The compiler ran, so no time was saved.
        self.end(Outcome::Hit, Some(cause), 0);
    }

    fn report(&mut self, difference: &str, readonly: bool) {
        let dropped = if readonly { "PACKER_CC_READONLY keeps it" } else { "it was dropped" };
        let text = format!(
            "packer-cc: the stored result of {} differs from the compiler's: {difference}; {dropped}, and the compiler's \
             is used\n",
            self.source
        );
        output::stderr(text.as_bytes());
    }
}
