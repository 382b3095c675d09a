//! Texts of sources and headers. Short ones are also repeated, since a scan must not take the square of a text's length.
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
    if data.len() <= 48 && !data.is_empty() {
        let repeated = data.repeat((1 << 17) / data.len());
        let _ = Facts::of(&repeated);
        let _ = scan::uses(&repeated, b"HAS");
        let _ = scan::defines_only_headers(&repeated, b"H");
    }
});
