//! Objects that are looked into for what they hide.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::proof::Bound;
use packer_cc::proof::spelled::spelled;
use packer_cc_fuzz::place;

fuzz_target!(|data: &[u8]| {
    let find = |output: &[u8]| spelled(&place(), [output]);
    let _ = find(data);
    assert_ne!(find(&[data, b"/real/p"].concat()), Bound::NOTHING);
    for kind in [[1, 1], [1, 2], [2, 1], [2, 2]] {
        let object = [b"\x7fELF", &kind[..], data].concat();
        let _ = find(&object);
        assert_ne!(find(&[object.as_slice(), b"/real/p"].concat()), Bound::NOTHING);
    }
});
