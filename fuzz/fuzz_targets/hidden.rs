//! Sections that claim to be compressed, with any content. What is unpacked stays within its bounds. A needle that was packed
//! is found, even where two windows meet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::proof::opaque::reveal;

/// The size of an ELF-64 header, and of a row in the table of sections.
const HEADER: usize = 64;
/// Where `e_shoff` and `e_shentsize` stand in the header.
const E_SHOFF: usize = 40;
const E_SHENTSIZE: usize = 58;
/// `sh_flags` of a section that is compressed, and the `sh_type` of all sections here.
const SHF_COMPRESSED: u64 = 1 << 11;
const SHT_PROGBITS: u32 = 1;

/// Twice what `proof/unpack.rs` allows: an object's length 64 times, and 64 MB. Windows overlap, so some bytes come twice.
fn most_unpacked(object: &[u8]) -> u64 {
    128 * object.len() as u64 + (1 << 27)
}

/// An object with one section beside that of the names.
fn object(name: &[u8], flags: u64, content: &[u8]) -> Vec<u8> {
    let names = [b"\0", name, b"\0"].concat();
    let table = HEADER + names.len() + content.len();
    let mut object = b"\x7fELF\x02\x01\x01".to_vec();
    object.resize(E_SHOFF, 0);
    object.extend((table as u64).to_le_bytes());
    object.resize(E_SHENTSIZE, 0);
    // The size of a row, three rows, and the names are in row 2.
    object.extend([64, 0, 3, 0, 2, 0]);
    object.extend(&names);
    object.extend(content);
    let mut entry = |name: u32, flags: u64, offset: usize, len: usize| {
        let at = object.len();
        object.extend(name.to_le_bytes());
        object.extend(SHT_PROGBITS.to_le_bytes());
        object.extend(flags.to_le_bytes());
        object.extend([0; 8]);
        object.extend((offset as u64).to_le_bytes());
        object.extend((len as u64).to_le_bytes());
        object.resize(at + HEADER, 0);
    };
    entry(0, 0, 0, 0);
    entry(1, flags, HEADER + names.len(), content.len());
    entry(0, 0, HEADER, names.len());
    object
}

fuzz_target!(|data: &[u8]| {
    const NEEDLE: &[u8] = b"/real/p";
    for (name, flags) in [(&b".gnu.lto_f.1"[..], 0), (b".debug_str", SHF_COMPRESSED), (b".zdebug_str", 0)] {
        let object = object(name, flags, data);
        let mut unpacked = 0;
        let _ = reveal(&object, NEEDLE.len(), &mut |window| unpacked += window.len());
        assert!(unpacked as u64 <= most_unpacked(&object), "{unpacked}");
    }
    // A needle somewhere in what is unpacked, at a place that the input chooses.
    let Some((shift, rest)) = data.split_first_chunk::<3>() else { return };
    // 20 bits: up to a megabyte, which is four windows.
    let shift = u32::from_le_bytes([shift[0], shift[1], shift[2] & 0x0f, 0]) as usize;
    let content = [vec![b'.'; shift].as_slice(), rest, NEEDLE, rest].concat();
    for packed in [
        miniz_oxide::deflate::compress_to_vec_zlib(&content, 1),
        zstd::bulk::compress(&content, 1).expect("it compresses"),
    ] {
        let mut found = false;
        let object = object(b".gnu.lto_f.1", 0, &packed);
        let whole =
            reveal(&object, NEEDLE.len(), &mut |window| found |= window.windows(NEEDLE.len()).any(|at| at == NEEDLE));
        assert!(whole.is_none() || found);
        assert!(whole.is_some(), "what was packed well is unpacked");
    }
});
