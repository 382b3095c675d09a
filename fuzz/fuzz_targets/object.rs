//! Objects that are looked into for what they hide.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::proof::binding::{Bound, Evidence};
use packer_cc::text::WordSet;
use packer_cc_fuzz::place;

fuzz_target!(|data: &[u8]| {
    let find = |output: &[u8]| {
        Bound::find(
            &place(),
            &Evidence { outputs: &[output], opaque: false, files: &[], words: WordSet::NONE, names_are_mapped: false },
        )
    };
    let _ = find(data);
    assert!(!find(&[data, b"/real/p"].concat()).is_free());
    for kind in [[1, 1], [1, 2], [2, 1], [2, 2]] {
        let object = [b"\x7fELF", &kind[..], data].concat();
        let _ = find(&object);
        assert!(!find(&[object.as_slice(), b"/real/p"].concat()).is_free());
    }
});
