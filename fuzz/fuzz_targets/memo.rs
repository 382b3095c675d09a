//! What `state/` holds: slots, facts and compiler identities, whole and damaged tables, and packs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::digest::Digest;
use packer_cc::disk::memo::{Memo, SLOT, Slot};
use packer_cc::disk::stamp::Stamp;
use packer_cc::text::{Facts, Reading};
use packer_cc::toolchain::known;
use std::cell::RefCell;

const SECOND: i128 = 1_000_000_000;
/// Ten words of eight bytes, then the digest. The check word covers all of them (`disk/memo/table.rs`).
const DIGEST: std::ops::Range<usize> = 80..112;
const CHECKED: usize = 144;
/// Slots of the table that is made of the input.
const SLOTS: usize = 32;

thread_local! {
    static STATE: RefCell<tempfile::TempDir> = RefCell::new(packer_cc_fuzz::directory());
}

fuzz_target!(|data: &[u8]| {
    if let Some(facts) = Facts::decode(data) {
        assert_eq!(Facts::decode(&facts.encode()), Some(facts));
    }
    if let Some(again) = known::recode_memo(data) {
        assert_eq!(known::recode_memo(&again).as_ref(), Some(&again));
    }
    if let Some(slot) = data.first_chunk::<SLOT>() {
        if let Some(slot) = Slot::decode(slot) {
            assert_eq!(Slot::decode(&slot.encode()), Some(slot));
        }
        let word = |at: usize| u64::from_le_bytes(slot[at * 8..at * 8 + 8].try_into().expect("eight bytes"));
        let stamp = Stamp {
            dev: word(1),
            ino: word(2),
            size: word(3),
            mtime_ns: i128::from(word(4).cast_signed()) * SECOND + i128::from(word(5)) % SECOND,
            ctime_ns: i128::from(word(6).cast_signed()) * SECOND + i128::from(word(7)) % SECOND,
            mode: 0,
        };
        let digest = Digest(slot[DIGEST].try_into().expect("a digest"));
        // A slot of kind 0 is empty.
        let whole =
            Slot { kind: word(0) | 1, stamp, extra: word(8), offset: word(9), length: word(10), digest, code: None };
        let mut bytes = whole.encode();
        assert_eq!(Slot::decode(&bytes), Some(whole));
        // The last two bytes of the input choose a bit.
        bytes[usize::from(slot[SLOT - 1]) % CHECKED] ^= 1 << (slot[SLOT - 2] % 8);
        assert_eq!(Slot::decode(&bytes), None);
    }
    // A small table, made of the input: a header as long as a slot, and the slots.
    let mut table = [b"PCCmemo3", &(SLOTS as u64).to_le_bytes()[..]].concat();
    table.resize(SLOT, 0);
    table.extend_from_slice(data);
    table.resize((1 + SLOTS) * SLOT, 0);
    STATE.with_borrow(|state| {
        let state = state.path();
        std::fs::write(state.join("files.memo"), &table).expect("a table");
        std::fs::write(state.join("facts.pack"), data).expect("a pack");
        let mut memo = Memo::open(state, false);
        let _ = memo.content(&state.join("facts.pack"), Facts::scan(Reading::Code)).expect("a file");
        memo.remember_lacks(
            state,
            &Stamp { dev: 1, ino: data.len() as u64, size: 1, mtime_ns: 1, ctime_ns: 1, mode: 0 },
            &Digest([7; 32]),
        );
        memo.flush().expect("a place for memos");
    });
});
