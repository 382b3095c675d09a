//! Obligation: the compiler read what was hashed into the key before the compile, and it was the compiler that the key names.
//!
//! ```text
//! gcc -c a.c      while an editor saves a.c, or a package manager replaces cc1
//! ```

use super::case::{Case, Judged};
use super::observed::KeyFile;
use crate::disk::still::Still;
use crate::inputs::search_path::IncludePath;
use crate::paths;
use crate::reason::{Cause, Reason};
use std::os::unix::ffi::OsStrExt as _;

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let observed = case.observed;
    let cwd = &observed.place.cwd;
    let mut still = Still::new(cwd, observed.span, observed.before);
    if !still.is_here() {
        return Err(Reason::InputChanged.about(cwd));
    }
    // The key holds what stood in each place of the search path.
    let path = IncludePath::of(observed.job, observed.environment, observed.compiler, cwd);
    if path.shape() != observed.include_path.shape() {
        return Err(Reason::InputChanged.about(cwd));
    }
    if let Some(dir) = path.told_missing().find(|dir| !still.is_missing(dir)) {
        return Err(Reason::InputChanged.about(paths::path(dir)));
    }
    for KeyFile { path, stamp, content } in observed.key_files {
        let (dir, name) = (path.parent().unwrap_or(cwd), path.file_name().unwrap_or_default());
        // The file is older than the start, is the same as when it was hashed, and is reached by the same links.
        let stood = !observed.span.holds(stamp.ctime_ns)
            && case.memo.digest(path).is_ok_and(|now| now == (*stamp, *content))
            && still.link(dir.as_os_str().as_bytes(), name.as_bytes());
        if !stood {
            return Err(Reason::InputChanged.about(path));
        }
    }
    let evidence = &observed.compiler.evidence;
    evidence
        .stood_still(observed.environment, cwd, observed.span, case.memo)
        .map_err(|path| Reason::CompilerReplaced.about(path))?;
    Ok(Judged::Holds(Vec::new()))
}
