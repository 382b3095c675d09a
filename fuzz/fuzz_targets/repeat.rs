//! Short texts repeated up to a quarter of a megabyte: a scan must not take the square of a text's length. That square
//! is a timeout, a few kilobytes for each place are not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::text::Facts;
use packer_cc::text::questions;

fuzz_target!(|data: &[u8]| {
    if data.is_empty() || data.len() > 64 {
        return;
    }
    let (once, again) = data.split_at(data.len() / 4);
    if again.is_empty() {
        return;
    }
    let text = [once, &again.repeat((1 << 18) / again.len())].concat();
    let _ = Facts::of(&text);
    let _ = questions::uses(&text, b"H");
    let _ = questions::expands(&text, &[b"H", b"HAS"]);
});
