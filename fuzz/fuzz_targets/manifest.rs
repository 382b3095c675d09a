//! Manifests: bytes whose check is made to fit, compressed or not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::digest::{Digest, FieldHasher, KeyId};
use packer_cc::proof::Input;
use packer_cc::store::manifest::{decode, encode};

fuzz_target!(|data: &[u8]| {
    let key = KeyId(Digest([9; 32]));
    let _ = decode(data, &key);
    // The digest would stop every mutation; whoever writes a hostile manifest can compute it.
    let sealed = |rest: &[u8]| {
        let check = FieldHasher::new("packer-cc manifest 3").digest("key", &key.0).field("rest", rest).finish();
        [b"PCCmanif", &3_u32.to_le_bytes()[..], &check.0, rest].concat()
    };
    let _ = decode(&sealed(data), &key);
    // 0: what follows is not compressed.
    let plain = [&[0][..], &(data.len() as u64).to_le_bytes(), data].concat();
    let Some(candidates) = decode(&sealed(&plain), &key) else { return };
    for input in candidates.iter().flat_map(|candidate| &candidate.inputs) {
        if let Input::Absent(absent) = input {
            absent.names.iter().for_each(drop);
        }
    }
    let mut again = encode(&candidates, &key).expect("what fits");
    assert_eq!(decode(&again, &key), Some(candidates), "bytes that mean the same");
    let at = data.iter().map(|byte| usize::from(*byte)).sum::<usize>() % again.len();
    again[at] ^= 1;
    assert_eq!(decode(&again, &key), None);
});
