//! Response files. Words that were split without doubt come back when they are quoted and split again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::command::response;
use packer_cc_fuzz::{SECTION, fields};
use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;

/// More than can be asked for: a thousand files that are there, and for each of 2¹⁷ words a file that is not.
const MOST_READS: usize = 200_000;

fuzz_target!(|data: &[u8]| {
    if let Some(words) = response::split(data) {
        let mut quoted = Vec::new();
        for word in &words {
            for byte in word.as_bytes() {
                match byte {
                    b'\n' | b'\r' => quoted.extend([b'\'', *byte, b'\'']),
                    _ => quoted.extend([b'\\', *byte]),
                }
            }
            quoted.push(b'\n');
        }
        assert_eq!(response::split(&quoted), Some(words));
    }
    // Files that name each other in every way come to an end.
    let files = fields(data, SECTION);
    let reads = Cell::new(0);
    let read = |path: &OsStr| {
        reads.set(reads.get() + 1);
        let nth = path.as_bytes().first().map(|byte| usize::from(byte.wrapping_sub(b'0')));
        nth.and_then(|nth| files.get(nth)).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    let _ = response::expand(&[OsString::from("@0")], &read);
    assert!(reads.get() < MOST_READS);
});
