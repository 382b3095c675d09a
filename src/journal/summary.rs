//! Counts of records.

use super::record::{Outcome, Record};
use std::collections::BTreeMap;
use std::time::Duration;

/// What many runs did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Runs by what happened and why.
    pub tallies: BTreeMap<(Outcome, String), Tally>,
    /// Lines that are no records and were left out.
    pub skipped: u64,
    /// When the first run ended, in milliseconds since the epoch.
    pub first_ms: Option<u64>,
    /// When the last run ended.
    pub last_ms: Option<u64>,
}

/// Runs that are alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The sum of [`Record::compile_us`].
    pub compile_us: u64,
    /// The sum of [`Record::own_us`].
    pub own_us: u64,
    /// The sum of [`Record::asked`].
    pub asked: u64,
    /// The sum of [`Record::asked_us`].
    pub asked_us: u64,
}

impl Summary {
    /// Runs that ended with `outcome`.
    pub fn count(&self, outcome: Outcome) -> u64 {
        saturating(self.of(outcome).map(|(_, tally)| tally.count))
    }

    /// All runs.
    pub fn runs(&self) -> u64 {
        saturating(self.tallies.values().map(|tally| tally.count))
    }

    /// Runs served from the store.
    pub fn hits(&self) -> u64 {
        self.count(Outcome::Hit)
    }

    /// Runs that were looked up and compiled.
    pub fn misses(&self) -> u64 {
        self.count(Outcome::Miss)
    }

    /// Compiles that failed.
    pub fn failed(&self) -> u64 {
        self.count(Outcome::Failed)
    }

    /// Runs that were not looked at.
    pub fn bypasses(&self) -> u64 {
        self.count(Outcome::Bypass)
    }

    /// Why runs ended with `outcome`, the most frequent reason first.
    pub fn reasons(&self, outcome: Outcome) -> Vec<(&str, Tally)> {
        let mut reasons: Vec<_> = self.of(outcome).collect();
        reasons.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.count));
        reasons
    }

    /// How long the compiles that hits stand for had taken.
    pub fn time_saved(&self) -> Duration {
        self.compile_time(Outcome::Hit)
    }

    /// How long compilers ran in runs that ended with `outcome`.
    pub fn compile_time(&self, outcome: Outcome) -> Duration {
        Duration::from_micros(saturating(self.of(outcome).map(|(_, tally)| tally.compile_us)))
    }

    /// How long packer-cc itself took in all runs.
    pub fn own_time(&self) -> Duration {
        Duration::from_micros(saturating(self.tallies.values().map(|tally| tally.own_us)))
    }

    /// How many times preprocessors were asked.
    pub fn asked(&self) -> u64 {
        saturating(self.tallies.values().map(|tally| tally.asked))
    }

    /// How long these questions took.
    pub fn asked_time(&self) -> Duration {
        Duration::from_micros(saturating(self.tallies.values().map(|tally| tally.asked_us)))
    }

    /// Counts one run.
    pub fn add(&mut self, record: &Record) {
        let tally = self.tallies.entry((record.outcome, record.reason.clone())).or_default();
        tally.count = tally.count.saturating_add(1);
        tally.compile_us = tally.compile_us.saturating_add(record.compile_us);
        tally.own_us = tally.own_us.saturating_add(record.own_us);
        tally.asked = tally.asked.saturating_add(record.asked);
        tally.asked_us = tally.asked_us.saturating_add(record.asked_us);
        self.first_ms = Some(self.first_ms.map_or(record.time_ms, |first| first.min(record.time_ms)));
        self.last_ms = Some(self.last_ms.map_or(record.time_ms, |last| last.max(record.time_ms)));
    }

    /// Counts a journal's content.
    pub(super) fn add_lines(&mut self, content: &[u8]) {
        for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if let Some(record) = Record::decode(line) {
                self.add(&record);
                continue;
            }
            self.skipped = self.skipped.saturating_add(1);
            if let Some((_, record)) = Record::recover(line) {
                self.add(&record);
            }
        }
    }

    fn of(&self, outcome: Outcome) -> impl Iterator<Item = (&str, Tally)> {
        let of_this = self.tallies.iter().filter(move |((other, _), _)| *other == outcome);
        of_this.map(|((_, reason), tally)| (reason.as_str(), *tally))
    }
}

/// The sum of the numbers, which a damaged file may have made as large as it likes.
fn saturating(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

impl<'r> FromIterator<&'r Record> for Summary {
    fn from_iter<I: IntoIterator<Item = &'r Record>>(records: I) -> Self {
        let mut summary = Self::default();
        records.into_iter().for_each(|record| summary.add(record));
        summary
    }
}
