//! Faults on purpose: where a run can be made to die, so that tests can see what it leaves behind.
//!
//! Every step that changes a file of the store, of the state or of the build is a [`Point`]. A debug build that is
//! started with [`ABORT_AT`] naming one kills itself there, as `kill -9` would. [`STOP_AT`] stops it there, so that a test
//! can do something at that very moment. [`PATIENCE_MS`] shortens how long it waits for others. In a release build nothing of this
//! exists: the variables are mistyped names like any others, and [`at`] does nothing.

use crate::environment::Environment;
use std::time::Duration;

/// Names the point to die at.
pub const ABORT_AT: &str = "PACKER_CC_ABORT_AT";
/// Names the point to stop at, as by SIGSTOP, until somebody sends SIGCONT.
pub const STOP_AT: &str = "PACKER_CC_STOP_AT";
/// How long to wait for others, in milliseconds.
pub const PATIENCE_MS: &str = "PACKER_CC_PATIENCE_MS";

macro_rules! points {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A step that changes a file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Point {
            $($(#[$doc])* $name,)*
        }

        impl Point {
            /// Every point.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What [`ABORT_AT`] calls it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

points! {
    /// The compile is claimed, nothing else was done.
    Claimed = "claimed",
    /// The compiler is about to be started.
    BeforeCompiler = "before-compiler",
    /// The compiler has ended well, nobody has looked at what it did.
    AfterCompiler = "after-compiler",
    /// A directory of the store is there, and is empty.
    StoreDirectory = "store-directory",
    /// The tag that keeps backups away is written.
    StoreTag = "store-tag",
    /// An entry's temporary file is there, and is empty.
    EntryTemporary = "entry-temporary",
    /// An entry is written in part.
    EntryPart = "entry-part",
    /// An entry is written under its temporary name.
    EntryWritten = "entry-written",
    /// An entry has its name, and no manifest leads to it.
    EntryNamed = "entry-named",
    /// A manifest is about to be read and replaced, under its lock.
    ManifestLocked = "manifest-locked",
    /// As [`Self::EntryTemporary`].
    ManifestTemporary = "manifest-temporary",
    /// A manifest is written under its temporary name.
    ManifestWritten = "manifest-written",
    /// A manifest has its name.
    ManifestNamed = "manifest-named",
    /// The store's size is about to be changed, under its lock.
    UsageLocked = "usage-locked",
    /// The file for the store's size is there and may be empty.
    UsageOpened = "usage-opened",
    /// Eviction has removed one file.
    Evicted = "evicted",
    /// The store's size is written.
    UsageWritten = "usage-written",
    /// A file about toolchains is being written.
    ToolchainNoted = "toolchain-noted",
    /// The result is stored, the claim still held.
    Stored = "stored",
    /// A record is about to be written, the journal's file is there.
    JournalOpened = "journal-opened",
    /// Half of a record is written.
    JournalPart = "journal-part",
    /// A record is written.
    JournalWritten = "journal-written",
    /// The journal has its number, and nobody counted it.
    JournalRotated = "journal-rotated",
    /// The new totals are written under their temporary name.
    TotalsWritten = "totals-written",
    /// The totals are replaced.
    TotalsNamed = "totals-named",
    /// A journal that was counted is removed.
    JournalRemoved = "journal-removed",
    /// The memo's lock is held, nothing is changed.
    MemoLocked = "memo-locked",
    /// A new memo table is written under its temporary name.
    TableWritten = "table-written",
    /// A new memo table is in place.
    TableNamed = "table-named",
    /// A larger memo table is in place, and not all of the old one is in it.
    TableGrowing = "table-growing",
    /// Half of the facts is appended to the pack.
    FactsPart = "facts-part",
    /// The facts are in the pack, and no slot leads to them.
    FactsWritten = "facts-written",
    /// Half of a slot is written.
    SlotPart = "slot-part",
    /// A slot is written.
    SlotWritten = "slot-written",
    /// A compiler's identity has a temporary file, which is empty.
    IdentityTemporary = "identity-temporary",
    /// A compiler's identity is written under its temporary name.
    IdentityWritten = "identity-written",
    /// A compiler's identity is in place.
    IdentityNamed = "identity-named",
    /// A hit has created an output without a name, and nothing is in it.
    OutputCreated = "output-created",
    /// A hit has written an output without a name.
    OutputWritten = "output-written",
    /// What stood in an output's place is removed, and nothing stands there.
    OutputRemoved = "output-removed",
    /// A hit has written its depfile and no object.
    DepfileRestored = "depfile-restored",
    /// A hit has written everything.
    Restored = "restored",
    /// The claim's file is removed, its lock still held.
    ClaimRemoved = "claim-removed",
    /// `trim` has removed a file.
    TrimRemoved = "trim-removed",
    /// `trim` has written a manifest anew under a temporary name.
    TrimWritten = "trim-written",
    /// `trim` has replaced a manifest.
    TrimNamed = "trim-named",
    /// `stats --zero` has noted when, and forgotten nothing yet.
    ZeroNamed = "zero-named",
}

/// Variables that a debug build takes beside those that people type.
#[cfg(debug_assertions)]
pub const VARIABLES: &[&str] = &[ABORT_AT, STOP_AT, PATIENCE_MS];
/// Variables that a debug build takes beside those that people type.
#[cfg(not(debug_assertions))]
pub const VARIABLES: &[&str] = &[];

#[cfg(debug_assertions)]
mod armed {
    use super::Point;
    use std::sync::atomic::{AtomicU64, AtomicUsize};

    /// The number of the point in [`Point::ALL`].
    pub static ABORT_AT: AtomicUsize = AtomicUsize::new(Point::ALL.len());
    /// As [`ABORT_AT`].
    pub static STOP_AT: AtomicUsize = AtomicUsize::new(Point::ALL.len());
    /// How long to wait for others; 0 where nobody said.
    pub static PATIENCE_MS: AtomicU64 = AtomicU64::new(0);
}

/// Reads the variables, in a debug build.
pub fn arm(environment: &Environment) {
    #[cfg(debug_assertions)]
    {
        use std::sync::atomic::Ordering::Relaxed;
        let text = |name| environment.get_nonempty(name).and_then(|value| value.to_str());
        for (name, point) in [(ABORT_AT, &armed::ABORT_AT), (STOP_AT, &armed::STOP_AT)] {
            if let Some(wanted) = text(name) {
                let number = Point::ALL.iter().position(|point| point.name() == wanted);
                point.store(number.unwrap_or(Point::ALL.len()), Relaxed);
            }
        }
        if let Some(wanted) = text(PATIENCE_MS).and_then(|text| text.parse().ok()) {
            armed::PATIENCE_MS.store(wanted, Relaxed);
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = environment;
}

/// Dies or stops here, if that was asked for.
#[inline]
pub fn at(point: Point) {
    after(point, || Ok(()));
}

/// Dies or stops here, if that was asked for. Before it dies it does `leave`: half of a write that is one call.
#[inline]
pub fn after(point: Point, leave: impl FnOnce() -> std::io::Result<()>) {
    #[cfg(debug_assertions)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        use std::sync::atomic::Ordering::Relaxed;
        if armed::STOP_AT.load(Relaxed) == point as usize {
            let _ = kill_process(getpid(), Signal::STOP);
        }
        if armed::ABORT_AT.load(Relaxed) == point as usize {
            let _ = leave();
            let _ = kill_process(getpid(), Signal::KILL);
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = (point, leave);
}

/// How long to wait for others: `usual`, or what [`PATIENCE_MS`] asks for in a debug build.
pub fn patience(usual: Duration) -> Duration {
    #[cfg(debug_assertions)]
    {
        let asked = armed::PATIENCE_MS.load(std::sync::atomic::Ordering::Relaxed);
        if asked != 0 {
            return Duration::from_millis(asked);
        }
    }
    usual
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_stand_in_order() {
        for (number, point) in Point::ALL.iter().enumerate() {
            assert_eq!(*point as usize, number);
            assert!(Point::ALL[..number].iter().all(|other| other.name() != point.name()), "{}", point.name());
        }
    }
}
