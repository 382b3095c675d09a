//! The compiler's one run on a miss, and what is added to its command line to learn from it.

use super::prepare::Prepared;
use super::relative::Rewritten;
use crate::bounded;
use crate::colour;
use crate::command::{Stage, Trait, ours};
use crate::disk::memo::Memo;
use crate::disk::stamp::{Stamp, coarse_now_ns};
use crate::disk::still::{Before, Span};
use crate::environment::Environment;
use crate::lock::Company;
use crate::output;
use crate::reason::{Cause, Reason};
use crate::store::Store;
use crate::text::{Facts, Reading, WordSet};
use crate::toolchain::habits;
use crate::toolchain::run::{Finished, Spec};
use memchr::memmem;
use std::cell::Cell;
use std::ffi::OsString;
use std::fs::File;
use std::io::Seek as _;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// No compile reads so many files that their names need more.
const DEPFILE_LIMIT: u64 = 1 << 26;

/// A compile that has ended.
pub struct Compile {
    pub finished: Finished,
    /// Wall time in microseconds.
    pub took_us: u64,
    /// When it ran.
    pub span: Span,
    /// What was where then.
    pub before: Before,
    /// The system's clock was set back meanwhile: what was changed since may look older than the start.
    pub clock_went_back: bool,
    /// In the `relative` mode, the user's depfile as the compiler wrote it.
    pub depfile: Option<Vec<u8>>,
    /// In the `relative` mode, every name in the diagnostics is as typed.
    pub names_are_told: bool,
    /// The depfile that was asked for behind the user's back.
    pub own_depfile: Option<Vec<u8>>,
    /// What the assembler says it read, where it can be asked.
    pub assembler_depfile: Option<Vec<u8>>,
    /// Who else wrote to the main output's place meanwhile.
    pub company: Cell<Option<Company>>,
    /// What stood in the places of the side outputs before.
    pub sides_before: Vec<Option<Stamp>>,
    /// The compiler failed over what was added to its command line, or could have, or speaks of it.
    pub failed_by_us: bool,
    /// Standard error has colours that were asked for behind the user's back.
    coloured: bool,
}

/// Why a compiler that failed over what was added is started again as typed.
pub const REFUSED: &str = "it fails with the options packer-cc adds";

/// Why a compile of link-time code is not rewritten.
const NO_DESCRIPTOR: &str =
    "descriptor 900 or 901, which leads the compiler to its headers, is taken or beyond the limit (ulimit -n)";

/// What is added to the command line, and where the answers go.
#[derive(Default)]
struct Added {
    words: Vec<OsString>,
    coloured: bool,
    depfile: Option<Memory>,
    assembler_depfile: Option<Memory>,
}

/// Runs the compiler. Up to here nothing was written; from here on its result stands.
pub fn run(
    prepared: &Prepared,
    typed: &Spec,
    store: &Store,
    memo: &mut Memo,
    youngest_ns: i128,
) -> Result<Compile, Cause> {
    let mut added =
        add(prepared, memo).map_err(|error| Reason::Store.about(format!("no place for a depfile: {error}")))?;
    let sides_before = &prepared.job.side_outputs;
    let sides_before = sides_before.iter().map(|side| Stamp::of_link(&prepared.path(&side.name)).ok()).collect();
    memo.release();
    let mut spec = typed.clone();
    if let Some(relative) = &prepared.relative {
        spec.args.clone_from(&relative.args);
        spec.env.clone_from(&relative.env);
    }
    let inherited = prepared.relative.as_ref().map_or(Ok(Vec::new()), Rewritten::inherited);
    let inherited = inherited.map_err(|_| Reason::RelativeMode.about(NO_DESCRIPTOR))?;
    spec.args.append(&mut added.words);
    let before = prepared.before();
    settle(memo.started_ns(), prepared.youngest_ns().max(youngest_ns).max(before.youngest_ns()));
    let company = store.compiles_to(&prepared.path(&prepared.output));
    let started_ns = coarse_now_ns();
    let (started, clock) = (SystemTime::now(), Instant::now());
    let mut finished = spec.run().map_err(|error| Reason::CompilerUnknown.about(error.to_string()))?;
    let took = clock.elapsed();
    drop(inherited);
    let clock_went_back = went_back(started, SystemTime::now(), took);
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let names_ours = |text: &[u8]| {
        let ours = [added.depfile.as_ref(), added.assembler_depfile.as_ref()].into_iter().flatten();
        ours.map(|memory| memory.name.as_bytes()).any(|name| memmem::find(text, name).is_some())
    };
    let failed = !finished.status.success();
    let speaks_of = |option: &[u8]| memmem::find(&finished.stderr, option).is_some();
    let maps = prepared.relative.as_ref().is_some_and(|relative| relative.has_maps);
    let failed_by_us = names_ours(&finished.stderr)
        || failed
            && (speaks_of(ours::ASSEMBLER_DEPFILE_OPTION) || maps && (speaks_of(ours::MAP) || speaks_of(ours::RECORD)));
    let ended_ns = coarse_now_ns();
    let own_depfile = added.depfile.and_then(Memory::read);
    let (depfile, names_are_told) = prepared.relative.as_ref().map_or((None, true), |relative| {
        relative.name_as_typed(prepared, started_ns, &mut finished, own_depfile.as_deref())
    });
    Ok(Compile {
        finished,
        took_us,
        span: Span { started_ns, ended_ns },
        depfile,
        before,
        clock_went_back,
        names_are_told,
        own_depfile,
        assembler_depfile: added.assembler_depfile.and_then(Memory::read),
        company: Cell::new(company),
        sides_before,
        failed_by_us,
        coloured: added.coloured,
    })
}

/// Chooses what to add; see [`ours`].
fn add(prepared: &Prepared, memo: &mut Memo) -> std::io::Result<Added> {
    let mut added = Added::default();
    let job = &prepared.job;
    // A compiler that does not preprocess takes no `-MD`, and clang remarks on every option it has no use for.
    let preprocesses = job.language.runs_preprocessor();
    if prepared.depfile.is_none() && preprocesses {
        let memory = Memory::new()?;
        added.words.extend(ours::DEPFILE.map(OsString::from));
        added.words.push(memory.name.clone());
        added.depfile = Some(memory);
    }
    // gcc writes options of the assembler into link-time code, for offloading too.
    let kept = job.lto || job.opaque;
    if prepared.compiler.has(habits::GNU_ASSEMBLER) && job.stage == Stage::Object && !kept {
        // GNU as tells every file it was made to include (binutils, "Invoking as", --MD).
        let memory = Memory::new()?;
        let mut word = OsString::from(ours::ASSEMBLER_DEPFILE);
        word.push(&memory.name);
        added.words.push(word);
        added.assembler_depfile = Some(memory);
    }
    // Escapes of the text's own could not be told from colours.
    let content = memo.content(&prepared.path(&job.source), Facts::scan(Reading::Code)).ok();
    let facts = content.and_then(|content| Facts::found(&content.facts?, Reading::Code)).unwrap_or_default();
    let changes_text = job.has(Trait::Analyzes) && !prepared.key.coloured;
    if (preprocesses || !job.language.is_assembler()) && !facts.mentions(WordSet::ESCAPE) && !changes_text {
        added.coloured = true;
        added.words.push(ours::COLOUR.into());
    }
    Ok(added)
}

/// A file that is only in memory, with a name that children can open it by. A full disk cannot fail a compile that
/// it would not have failed without us.
pub struct Memory {
    file: File,
    pub name: OsString,
}

impl Memory {
    pub fn new() -> std::io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{MemfdFlags, memfd_create};
            // Named by this process and not inherited: a wrapper script has descriptors of its own.
            let file = File::from(memfd_create("packer-cc depfile", MemfdFlags::CLOEXEC)?);
            let name = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
            if std::fs::metadata(&name).is_ok() {
                return Ok(Self { file, name: name.into() });
            }
        }
        let (file, path) = tempfile::NamedTempFile::new()?.keep().map_err(|error| error.error)?;
        Ok(Self { file, name: path.into() })
    }

    pub fn read(mut self) -> Option<Vec<u8>> {
        if !self.name.as_bytes().starts_with(b"/proc/") {
            let _ = std::fs::remove_file(&self.name);
        }
        let len = self.file.metadata().ok()?.len();
        self.file.rewind().ok()?;
        bounded::contents(&self.file, len, DEPFILE_LIMIT).ok()
    }
}

impl Compile {
    /// Shows both streams as the bare compiler would have, and returns its exit status.
    pub fn show(&self, prepared: &Prepared, environment: &Environment) -> i32 {
        let _ = output::stdout(&self.finished.stdout);
        if !self.finished.stderr.is_empty() {
            if !self.coloured {
                output::stderr(&self.finished.stderr);
                return self.finished.status.code().unwrap_or(1);
            }
            output::stderr(&colour::decorate(&self.finished.stderr, prepared.job.colour, environment));
        }
        self.finished.status.code().unwrap_or(1)
    }
}

/// Whether a clock that can be set showed less time to pass than the one that cannot. The first reads of both were
/// in the order of the arguments, the last ones the other way round, so that a pause between two reads looks like time
/// that passed.
fn went_back(start: SystemTime, end: SystemTime, took: Duration) -> bool {
    end.duration_since(start).map_or(true, |passed| passed < took)
}

/// Waits until the file system's clock has moved past the time of every file that is known to be read, and of the last
/// change in every directory that is watched.
///
/// A file that is changed while the compiler runs is told from one that was not by its times, which come in ticks
/// of a few milliseconds; a file written just before this process began must be on the earlier side. Files older
/// than a moment need no wait, which is nearly always so.
fn settle(process_started_ns: i128, youngest_ns: i128) {
    const MOMENT_NS: i128 = 50_000_000;
    const TRIES: u32 = 40;
    // What is far ahead was changed before the clock was set back, and needs no wait either.
    if youngest_ns + MOMENT_NS < process_started_ns || youngest_ns > coarse_now_ns() + MOMENT_NS {
        return;
    }
    for _ in 0..TRIES {
        if coarse_now_ns() > youngest_ns.max(process_started_ns) {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_is_seen_and_one_that_is_set_forward_is_harmless() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
        let took = Duration::from_millis(300);
        for (shown_ms, back) in [(300, false), (301, false), (3_600_000, false), (299, true), (0, true)] {
            assert_eq!(went_back(start, start + Duration::from_millis(shown_ms), took), back, "{shown_ms}");
        }
        assert!(went_back(start, start - Duration::from_secs(1), took));
    }
}
