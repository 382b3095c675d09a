//! Texts of sources and headers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::key::guards;
use packer_cc::key::questions;
use packer_cc::key::scan::Facts;

fuzz_target!(|data: &[u8]| {
    let facts = Facts::of(data);
    assert_eq!(Facts::decode(&facts.encode()), Some(facts));
    let _ = questions::climbs(data);
    let _ = guards::devices(data);
    // What is closed where few names are never defined is closed where none is.
    let few = guards::closed_includes(data, &|name| name.len() > 4);
    assert!(few.is_subset(&guards::closed_includes(data, &|_| true)));
    for name in [&b"HAS"[..], b"_"] {
        let _ = questions::uses(data, name);
        let _ = questions::defines_only_headers(data, name);
    }
});
