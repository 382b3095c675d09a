//! What holds for every input, tried on made-up ones. The targets under `fuzz/` try the same on hostile ones for longer.

mod argv;
mod depfiles;
mod formats;
mod texts;

use proptest::prelude::*;

/// Bytes of which most are those a grammar cares about.
fn bytes(special: &'static [u8], len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => proptest::sample::select(special), 1 => any::<u8>()];
    proptest::collection::vec(byte, len)
}
