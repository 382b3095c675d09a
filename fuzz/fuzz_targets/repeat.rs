//! Short texts, repeated. A scan that takes the square of the text's length runs into the fuzzer's timeout. One that looks at
//! a few kilobytes for each place does not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::text::Facts;
use packer_cc::text::{questions, readings};

/// The longest text that is repeated.
const SHORT: usize = 64;
/// How long the repeated text is.
const LONG: usize = 1 << 18;

fuzz_target!(|data: &[u8]| {
    if data.is_empty() || data.len() > SHORT {
        return;
    }
    let (once, again) = data.split_at(data.len() / 4);
    if again.is_empty() {
        return;
    }
    let text = [once, &again.repeat(LONG / again.len())].concat();
    let _ = Facts::of(&text);
    let _ = questions::uses(&text, b"H");
    let _ = questions::expands(&readings::Readings::of(&text), &[b"H", b"HAS"]);
});
