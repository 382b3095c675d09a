//! Depfiles: targets with NUL bytes between them, and behind the first [`SECTION`] the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::outputs::depfile::{self, Depfile, DepfileLayout};
use packer_cc::outputs::template as kept;
use packer_cc::toolchain::Family;
use packer_cc_fuzz::{SECTION, fields, other_place, place};

fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|byte| *byte == SECTION).unwrap_or(0);
    let (head, text) = (&data[..at], data.get(at + 1..).unwrap_or_default());
    let targets = fields(head, 0);
    let _ = depfile::names(text);
    let layouts = [DepfileLayout::Gcc, DepfileLayout::GccOld, DepfileLayout::Clang];
    if let Some(parsed) = depfile::parse(text, &targets) {
        if let Some(layout) = depfile::recognise(text, &parsed, &layouts) {
            assert_eq!(depfile::render(&parsed, layout), text);
        }
        for layout in layouts {
            let rendered = depfile::render(&parsed, layout);
            // No compiler can write a name that ends in a backslash or holds the end of a line.
            let writable = |name: &Vec<u8>| !name.ends_with(b"\\") && !name.iter().any(|byte| b"\n\r".contains(byte));
            if parsed.names.iter().all(writable) {
                let phony = parsed.phony && parsed.names.len() > 1;
                assert_eq!(depfile::parse(&rendered, &targets), Some(Depfile { phony, ..parsed.clone() }));
            }
        }
    }
    for family in [Family::Gcc, Family::Clang] {
        if let Some((depfile, layout)) = kept::read(text, family, &targets) {
            let template = kept::template(&depfile, layout, &place());
            assert_eq!(kept::render(&template, &place(), targets.clone()).as_deref(), Some(text));
            let _ = kept::render(&template, &other_place(), targets.clone());
        }
    }
    let _ = kept::render(text, &place(), targets);
});
