//! Journal lines, and a state directory whose journals and totals say anything.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::journal::{self, Outcome, Record};
use packer_cc_fuzz::{SECTION, fields};
use std::cell::RefCell;

/// A record cuts texts that are longer (`journal/record.rs`).
const LONGEST: usize = 4096;
/// Journals of the state. The last is one rotation below the last number that there can be.
const FILES: [&str; 4] = ["totals.json", "journal", "journal.1", "journal.9223372036854775806"];

thread_local! {
    static PLACE: RefCell<tempfile::TempDir> = RefCell::new(packer_cc_fuzz::directory());
}

fuzz_target!(|data: &[u8]| {
    if let Some(record) = Record::decode(data)
        && record.reason.len() + record.detail.len() + record.source.len() < LONGEST
    {
        assert_eq!(Record::decode(&record.encode()), Some(record));
    }
    let _ = Record::recover(data);
    let fields = fields(data, SECTION);
    PLACE.with_borrow(|place| {
        let state = place.path();
        let _ = journal::zero(state);
        for (name, content) in FILES.iter().zip(&fields) {
            std::fs::write(state.join(name), content).expect("a file");
        }
        let before = journal::read(state).map(|summary| (summary.runs(), summary.time_saved()));
        let _ = journal::history(state);
        let text = || String::from_utf8_lossy(&fields[0]).into_owned();
        let (reason, detail, source) = (text(), text(), text());
        let (own_us, asked, asked_us) = (1, 0, 0);
        let outcome = Outcome::Hit;
        let record = Record {
            time_ms: 1,
            outcome,
            reason,
            detail,
            change: None,
            source,
            compile_us: 1,
            own_us,
            asked,
            asked_us,
        };
        journal::append(state, &record).expect("a place for records");
        let after = journal::read(state).map(|summary| (summary.runs(), summary.time_saved()));
        if let (Ok(before), Ok(after)) = (before, after) {
            assert!(after > before || before.0 == u64::MAX, "what is recorded is counted: {before:?} {after:?}");
        }
    });
});
