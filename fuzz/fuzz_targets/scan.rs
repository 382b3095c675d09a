//! Texts of sources and headers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::inputs::Answer;
use packer_cc::inputs::witness::AskFor;
use packer_cc::text::Facts;
use packer_cc::text::{questions, readings};

fuzz_target!(|data: &[u8]| {
    let facts = Facts::of(data);
    assert_eq!(Facts::decode(&facts.encode()), Some(facts));
    for name in [&b"HAS"[..], b"_"] {
        let _ = questions::uses(data, name);
    }
    let _ = questions::expands(&readings::Readings::of(data), &[b"HAS", b"_"]);
    // Whatever a preprocessor says is read or refused.
    let _ = Answer::read(data, vec![b"a.h".to_vec()], b"a.c", AskFor::Text, &[b"/x".to_vec()], &|name| name);
});
