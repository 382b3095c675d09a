//! What is known of the keys of a source: bytes whose check is made to fit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::digest::{Digest, FieldHasher};
use packer_cc::store::sources::{decode, encode};

fuzz_target!(|data: &[u8]| {
    let source = Digest([9; 32]);
    let _ = decode(data, &source);
    // The digest would stop every mutation; whoever writes a hostile file can compute it.
    let check = FieldHasher::new("packer-cc sources 1").digest("source", &source).field("rest", data).finish();
    let sealed = [b"PCCsourc", &1_u32.to_le_bytes()[..], &check.0, data].concat();
    let Some(keys) = decode(&sealed, &source) else { return };
    let mut again = encode(&keys, &source);
    assert_eq!(decode(&again, &source), Some(keys), "bytes that mean the same");
    let at = data.iter().map(|byte| usize::from(*byte)).sum::<usize>() % again.len();
    again[at] ^= 1;
    assert_eq!(decode(&again, &source), None);
});
