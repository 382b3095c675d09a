//! What a store knows of toolchains: bytes whose check is made to fit. What is shown of them is harmless.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::digest::{Digest, FieldHasher};
use packer_cc::store::toolchains::{decode, describe, differences, encode};

/// Far more than a line has: it names at most three files, and a name has at most 255 bytes.
const LONGEST_LINE: usize = 2000;

fuzz_target!(|data: &[u8]| {
    let question = Digest([9; 32]);
    let _ = decode(data, &question);
    // The digest would stop every mutation; whoever writes a hostile file can compute it.
    let check = FieldHasher::new("packer-cc toolchains 1").digest("question", &question).field("rest", data).finish();
    let sealed = [b"PCCtoolc", &1_u32.to_le_bytes()[..], &check.0, data].concat();
    let Some(known) = decode(&sealed, &question) else { return };
    assert_eq!(decode(&encode(&known, &question), &question).as_ref(), Some(&known), "bytes that mean the same");
    for pair in known.windows(2) {
        let line = describe(&differences(&pair[0], &pair[1]));
        assert!(line.len() < LONGEST_LINE && !line.contains(char::is_control), "{line:?}");
    }
});
