//! One record and its line in the journal.

use crate::reason::Change;
use serde_json::{Value, json};

/// What one run of the wrapper did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Milliseconds since the epoch when the run ended.
    pub time_ms: u64,
    /// What happened.
    pub outcome: Outcome,
    /// [`crate::reason::Reason::code`]; empty for a hit.
    pub reason: String,
    /// What the reason is about; may be empty.
    pub detail: String,
    /// What was, and what is, where the reason tells both.
    pub change: Option<Change>,
    /// The source as typed, or empty.
    pub source: String,
    /// Wall time of the compiler's run in microseconds; for a hit, the time the stored compile had taken.
    pub compile_us: u64,
    /// Wall time of packer-cc itself up to this record, in microseconds: of this run without the compiler's and without
    /// the questions to the preprocessor. Waiting for another run that compiles the same is part of it. 0 in records of
    /// versions that did not measure it.
    pub own_us: u64,
    /// How many times the preprocessor was asked after the compile.
    pub asked: u64,
    /// Wall time of these questions in microseconds.
    pub asked_us: u64,
}

/// The four ways a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// A longer text, in bytes, is cut: a record is one small write, and no reason is clearer after four kilobytes.
const LONGEST: usize = 4096;

/// The texts of a record: reason, detail, source, and what was and what is.
const TEXTS: usize = 5;

/// What one byte of a text takes at most in JSON: `\u0001`.
const ESCAPED: usize = 6;

/// What names and numbers of a record take at most.
const NAMES_AND_NUMBERS: usize = 512;

/// No record's line is longer, in bytes.
const LONGEST_LINE: usize = TEXTS * ESCAPED * LONGEST + NAMES_AND_NUMBERS;

/// How every line begins, in every version, so that each version finds the records of the others.
const START: &str = "{\"compile_us\":";

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Hit, Self::Miss, Self::Failed, Self::Bypass];

    /// The word in the journal and in `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Failed => "failed",
            Self::Bypass => "bypass",
        }
    }

    /// The outcome of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

impl Record {
    /// The record's line, without the line feed that ends it.
    pub fn encode(&self) -> Vec<u8> {
        let mut rest = json!({
            "time_ms": self.time_ms,
            "outcome": self.outcome.as_str(),
            "reason": cut(&self.reason),
            "detail": cut(&self.detail),
            "source": cut(&self.source),
            "own_us": self.own_us,
            "asked": self.asked,
            "asked_us": self.asked_us,
        });
        if let Some(Change { old, new }) = &self.change {
            rest["old"] = cut(old).into();
            rest["new"] = cut(new).into();
        }
        // `rest` is put behind the start without its own opening brace.
        format!("{START}{},{}", self.compile_us, &rest.to_string()[1..]).into_bytes()
    }

    /// The record at the end of a line, with its text. A writer that is killed in its one write leaves a piece of a record, and the next
    /// record follows it without a line feed. Quotes within texts are escaped, so no text can be taken for the start of a record.
    pub fn recover(line: &[u8]) -> Option<(&[u8], Self)> {
        let start = memchr::memmem::rfind(line, START.as_bytes()).filter(|start| *start > 0)?;
        Some((&line[start..], Self::decode(&line[start..])?))
    }

    /// Reads a line. `None` for what is none: torn, corrupt, or with an outcome of a later version.
    pub fn decode(line: &[u8]) -> Option<Self> {
        if line.len() > LONGEST_LINE {
            return None;
        }
        let value: Value = serde_json::from_slice(line).ok()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        // Records of earlier versions do not say what the run cost.
        let cost = |name: &str| value.get(name).map_or(Some(0), Value::as_u64);
        Some(Self {
            time_ms: value.get("time_ms")?.as_u64()?,
            outcome: Outcome::from_word(value.get("outcome")?.as_str()?)?,
            reason: text("reason")?,
            detail: text("detail")?,
            change: text("old").zip(text("new")).map(|(old, new)| Change { old, new }),
            source: text("source")?,
            compile_us: value.get("compile_us")?.as_u64()?,
            own_us: cost("own_us")?,
            asked: cost("asked")?,
            asked_us: cost("asked_us")?,
        })
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(detail: &str) -> Record {
        Record {
            time_ms: 0,
            outcome: Outcome::Miss,
            reason: String::new(),
            detail: detail.to_owned(),
            change: None,
            source: String::new(),
            compile_us: 7,
            own_us: 5,
            asked: 1,
            asked_us: 3,
        }
    }

    #[test]
    fn every_line_begins_alike() {
        let record = record("{\"compile_us\":1}");
        let line = record.encode();
        assert!(line.starts_with(START.as_bytes()));
        assert_eq!(Record::decode(&line), Some(record.clone()));
        assert_eq!(Record::recover(&line), None, "a text that looks like a start is none");
        let torn = [b"{\"compile_us\":12,\"deta", line.as_slice()].concat();
        assert_eq!(Record::recover(&torn), Some((line.as_slice(), record)));
    }

    #[test]
    fn texts_that_end_or_begin_a_record_stay_texts() {
        for text in ["{", "}", "{{", "\"", "\\"] {
            let change = Some(Change { old: text.to_owned(), new: text.to_owned() });
            let record = Record { reason: text.to_owned(), source: text.to_owned(), change, ..record(text) };
            assert_eq!(Record::decode(&record.encode()), Some(record));
        }
    }

    #[test]
    fn records_of_earlier_versions_are_read() {
        let earlier =
            br#"{"compile_us":7,"detail":"d","outcome":"miss","reason":"","source":"","time_ms":0}"#.as_slice();
        let expected = Record { own_us: 0, asked: 0, asked_us: 0, ..record("d") };
        assert_eq!(Record::decode(earlier), Some(expected.clone()));
        let torn = [b"{\"compile_us\":12,\"asked\":1,\"deta", earlier].concat();
        assert_eq!(Record::recover(&torn), Some((earlier, expected)));
        let torn = [&earlier[..40], &record("d").encode()].concat();
        assert_eq!(Record::recover(&torn).map(|(_, record)| record), Some(record("d")));
        for wrong in ["-1", "\"1\"", "null", "1.5"] {
            let line = format!("{{\"own_us\":{wrong},{}", std::str::from_utf8(&earlier[1..]).unwrap());
            assert_eq!(Record::decode(line.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn the_longest_record_is_read() {
        let text = "\u{1}".repeat(2 * LONGEST);
        let most = Record {
            time_ms: u64::MAX,
            compile_us: u64::MAX,
            own_us: u64::MAX,
            asked: u64::MAX,
            asked_us: u64::MAX,
            reason: text.clone(),
            source: text.clone(),
            change: Some(Change { old: text.clone(), new: text.clone() }),
            ..record(&text)
        };
        assert_eq!(Record::decode(&most.encode()).map(|record| record.asked_us), Some(u64::MAX));
    }
}
