//! Rotating the journal and folding what was rotated into the totals. The module above says why this is sound.

use super::places::{current, lock_path, read_newest};
use super::record::Outcome;
use super::summary::{Summary, Tally};
use crate::faults::{self, Point};
use crate::files;
use crate::lock;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The version of `totals.json`. Another one is left alone.
const VERSION: u64 = 1;
/// Longer totals are damaged: there is one line for each outcome and reason.
const LIMIT: u64 = 1 << 20;
/// No journal is rotated so often; a file or totals with a greater number are damaged or somebody else's.
const LAST_GENERATION: u64 = u64::MAX / 2;

/// What `totals.json` holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Totals {
    summary: Summary,
    place: Counted,
}

/// How far the totals have counted: every record of earlier generations, and those in the first bytes of this one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    generation: u64,
    bytes: u64,
}

/// Rotates the journal if it is larger than `limit`, and folds every rotated one. Does nothing while another process
/// does the same.
///
/// # Errors
/// When a file cannot be read, written or renamed; what was folded before stays folded.
pub fn fold(state: &Path, limit: u64) -> io::Result<()> {
    let Some(_guard) = lock::try_exclusive(&lock_path(state))? else { return Ok(()) };
    let mut totals = Totals::load(state)?;
    let mut journals = rotated(state)?;
    // Another run may have rotated the journal since the caller looked.
    if fs::symlink_metadata(current(state)).is_ok_and(|metadata| metadata.len() > limit) {
        let newest = journals.last_key_value().map_or(0, |(generation, _)| *generation);
        let next = newest.max(totals.place.generation) + 1;
        let path = state.join(format!("journal.{next}"));
        fs::rename(current(state), &path)?;
        faults::at(Point::JournalRotated);
        journals.insert(next, path);
    }
    let newest = journals.last_key_value().map(|(generation, _)| *generation);
    for (generation, path) in journals {
        let (file, _) = files::open(&path)?;
        // A writer may have been stopped while it holds the file, and this process must not stop too. Later generations wait
        // for the next fold as well, since the totals count in order.
        if !lock::try_exclusive_file(&file)? {
            return Ok(());
        }
        let len = file.metadata()?.len();
        let new = read_newest(&file, len, totals.place.start_in(generation))?;
        if totals.count(generation, &new, len) {
            totals.store(state)?;
        }
        if Some(generation) != newest {
            fs::remove_file(&path)?;
            faults::at(Point::JournalRemoved);
        }
    }
    Ok(())
}

/// The rotated journals by generation.
///
/// # Errors
/// When the directory cannot be read; one that is not there holds none.
pub fn rotated(state: &Path) -> io::Result<BTreeMap<u64, PathBuf>> {
    let entries = match fs::read_dir(state) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries?,
    };
    let mut journals = BTreeMap::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let generation = name.to_str().and_then(|name| name.strip_prefix("journal.")?.parse().ok());
        if let Some(generation) = generation.filter(|generation| *generation < LAST_GENERATION) {
            journals.insert(generation, entry.path());
        }
    }
    Ok(journals)
}

/// Where the totals are.
pub fn totals_path(state: &Path) -> PathBuf {
    state.join("totals.json")
}

impl Counted {
    /// Where in this generation counting goes on.
    pub fn start_in(self, generation: u64) -> u64 {
        match generation.cmp(&self.generation) {
            Ordering::Less => u64::MAX,
            Ordering::Equal => self.bytes,
            Ordering::Greater => 0,
        }
    }
}

impl Totals {
    /// Reads the totals. Damaged ones count as none.
    ///
    /// # Errors
    /// When the file cannot be read, or is of a later version, which must neither be misread nor overwritten.
    pub fn load(state: &Path) -> io::Result<Self> {
        let content = match files::read(&totals_path(state), LIMIT) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Vec::new(),
            content => content?,
        };
        let Ok(value) = serde_json::from_slice::<Value>(&content) else { return Ok(Self::default()) };
        match value.get("version").and_then(Value::as_u64) {
            Some(VERSION) => Ok(Self::decode(&value).unwrap_or_default()),
            Some(version) => Err(io::Error::other(format!(
                "{} has version {version}; this packer-cc knows version {VERSION}",
                totals_path(state).display()
            ))),
            None => Ok(Self::default()),
        }
    }

    /// What was counted, and up to where.
    pub fn into_parts(self) -> (Summary, Counted) {
        (self.summary, self.place)
    }

    /// Counts what is new in a generation of `len` bytes; says whether anything is.
    fn count(&mut self, generation: u64, new: &[u8], len: u64) -> bool {
        if new.is_empty() {
            return false;
        }
        self.summary.add_lines(new);
        self.place = Counted { generation, bytes: len };
        true
    }

    /// Replaces the file.
    fn store(&self, state: &Path) -> io::Result<()> {
        let path = totals_path(state);
        let new = files::write_beside(&path, self.encode().to_string().as_bytes())?;
        faults::at(Point::TotalsWritten);
        new.persist(path)?;
        faults::at(Point::TotalsNamed);
        Ok(())
    }

    fn encode(&self) -> Value {
        let summary = &self.summary;
        let runs = summary.tallies.iter().map(|((outcome, reason), tally)| {
            json!({
                "outcome": outcome.as_str(),
                "reason": reason,
                "count": tally.count,
                "compile_us": tally.compile_us,
                "own_us": tally.own_us,
                "asked": tally.asked,
                "asked_us": tally.asked_us,
            })
        });
        json!({
            "version": VERSION,
            "generation": self.place.generation,
            "bytes": self.place.bytes,
            "skipped": summary.skipped,
            "first_ms": summary.first_ms,
            "last_ms": summary.last_ms,
            "runs": runs.collect::<Vec<_>>(),
        })
    }

    fn decode(value: &Value) -> Option<Self> {
        let number = |value: &Value, name: &str| value.get(name).and_then(Value::as_u64);
        let mut summary = Summary {
            skipped: number(value, "skipped")?,
            first_ms: number(value, "first_ms"),
            last_ms: number(value, "last_ms"),
            ..Summary::default()
        };
        for run in value.get("runs")?.as_array()? {
            let outcome = Outcome::from_word(run.get("outcome")?.as_str()?)?;
            let reason = run.get("reason")?.as_str()?.to_owned();
            // Totals of earlier versions do not say what the runs cost. Those versions can read these totals, and drop what they say of it.
            let cost = |name| number(run, name).unwrap_or(0);
            let tally = Tally {
                count: number(run, "count")?,
                compile_us: number(run, "compile_us")?,
                own_us: cost("own_us"),
                asked: cost("asked"),
                asked_us: cost("asked_us"),
            };
            summary.tallies.insert((outcome, reason), tally);
        }
        let generation = number(value, "generation").filter(|generation| *generation < LAST_GENERATION)?;
        let place = Counted { generation, bytes: number(value, "bytes")? };
        Some(Self { summary, place })
    }
}
