//! Texts of sources and headers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::key::scan::{self, Facts};

fuzz_target!(|data: &[u8]| {
    let facts = Facts::of(data);
    assert_eq!(Facts::decode(&facts.encode()), Some(facts));
    for name in [&b"HAS"[..], b"_"] {
        let _ = scan::uses(data, name);
        let _ = scan::defines_only_headers(data, name);
    }
});
