//! Entries: as bytes under the name that fits them, and as parts that are encoded and then damaged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::command::SideKind;
use packer_cc::digest::{Digest, EntryId};
use packer_cc::outputs::{OutputPart, Outputs};
use packer_cc::store::entry;
use packer_cc_fuzz::{SECTION, fields};

/// The fixed part of an entry's header (`store/entry.rs`).
const FIXED: usize = 24;
/// What a part adds to the header: 50 bytes, and four for each of two pieces.
const PART: usize = 50 + 2 * 4;
/// More parts need no further way through the decoder.
const TRIED_PARTS: usize = 4;

const PARTS: [OutputPart; 8] = [
    OutputPart::Main,
    OutputPart::DepfileNames,
    OutputPart::DepfileBytes,
    OutputPart::Stdout,
    OutputPart::Stderr,
    OutputPart::Side(SideKind::StackUsage),
    OutputPart::Side(SideKind::CoverageNotes),
    OutputPart::Side(SideKind::SplitDwarf),
];

fuzz_target!(|data: &[u8]| {
    // An entry is named by the digest of its header. So every length that a header can have is tried; all are even.
    for length in (FIXED..data.len().min(FIXED + TRIED_PARTS * PART)).step_by(2) {
        let _ = entry::decode(data, &EntryId(Digest::of_bytes(&data[..length])));
    }
    let Some((&[seed, low, high], rest)) = data.split_first_chunk::<3>() else { return };
    let parts = PARTS.into_iter().cycle().skip(usize::from(seed)).zip(fields(rest, SECTION)).take(PARTS.len());
    let whole = Outputs {
        compile_us: u64::from(low),
        // Repeated so that it is worth compressing.
        parts: parts.map(|(part, bytes)| (part, bytes.repeat(usize::from(seed % 64) + 1))).collect(),
    };
    let Some(encoded) = entry::encode(&whole) else { return };
    let mut bytes = [encoded.header, encoded.stored].concat();
    assert_eq!(entry::decode(&bytes, &encoded.name).as_ref(), Some(&whole));
    let at = usize::from(u16::from_le_bytes([low, high])) % bytes.len();
    bytes[at] ^= 1 << (seed % 8);
    // A few bits of compressed data have no meaning. What is decoded is what was encoded, or nothing.
    assert!(entry::decode(&bytes, &encoded.name).is_none_or(|decoded| decoded == whole));
    bytes.truncate(at);
    assert_eq!(entry::decode(&bytes, &encoded.name), None);
});
