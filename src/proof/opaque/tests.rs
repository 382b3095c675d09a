//! What is opened of an object, and what stays closed.

use super::*;
use crate::proof::unpack::WINDOW;

fn zlib(content: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(content, 6)
}

fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(content, 3).unwrap()
}

/// An object whose link-time code is `content`.
pub fn link_time(content: &[u8]) -> Vec<u8> {
    Object::new(".gnu.lto_f.1", zlib(content)).bytes(true)
}

/// `sh_flags` of a section that is compressed.
const SHF_COMPRESSED: u64 = 1 << 11;
/// `sh_flags` of a section that the program has in memory.
const SHF_ALLOC: u64 = 2;
/// The size of a row in the table of sections, in a 64-bit and in a 32-bit object.
const ROW: usize = 64;
const NARROW_ROW: usize = 40;
/// Where a 64-bit header counts the sections (`e_shnum`).
const E_SHNUM: usize = 60;

/// An object with one section beside that of the names.
struct Object {
    wide: bool,
    little: bool,
    name: &'static str,
    flags: u64,
    content: Vec<u8>,
}

impl Object {
    fn new(name: &'static str, content: Vec<u8>) -> Self {
        Self { wide: true, little: true, name, flags: 0, content }
    }

    fn number(&self, value: u64, len: usize) -> Vec<u8> {
        if self.little { value.to_le_bytes()[..len].to_vec() } else { value.to_be_bytes()[8 - len..].to_vec() }
    }

    fn entry(&self, name: u64, flags: u64, offset: u64, length: u64) -> Vec<u8> {
        let address = if self.wide { 8 } else { 4 };
        let number = |(value, len)| self.number(value, len);
        let fields = [(name, 4), (1, 4), (flags, address), (0, address), (offset, address), (length, address), (0, 4)];
        let mut entry = fields.map(number).concat();
        entry.resize(if self.wide { ROW } else { NARROW_ROW }, 0);
        entry
    }

    /// The object's bytes. The number of sections, and the number of the one that holds the names, stand in the header
    /// where `counted` is set, and in the first row of the table otherwise.
    fn bytes(&self, counted: bool) -> Vec<u8> {
        let address = if self.wide { 8 } else { 4 };
        let (header, entry) = if self.wide { (64, ROW as u64) } else { (52, NARROW_ROW as u64) };
        let mut object = b"\x7fELF".to_vec();
        object.extend([if self.wide { 2 } else { 1 }, if self.little { 1 } else { 2 }, 1]);
        // Up to `e_shoff`.
        object.resize(24 + 2 * address, 0);
        let names = [b"\0", self.name.as_bytes(), b"\0"].concat();
        let (names_at, content_at) = (header, header + names.len());
        let table = content_at + self.content.len();
        object.extend(self.number(table as u64, address));
        // Up to the last three fields: `e_shentsize`, `e_shnum` and `e_shstrndx`, two bytes each.
        object.resize(header - 6, 0);
        let (count, which) = if counted { (3, 2) } else { (0, 0xffff) };
        for value in [entry, count, which] {
            object.extend(self.number(value, 2));
        }
        object.extend(&names);
        object.extend(&self.content);
        let mut first = self.entry(0, 0, 0, if counted { 0 } else { 3 });
        // Where `sh_link` stands, which tells where the names are.
        let link = if self.wide { 40 } else { 24 };
        first[link..link + 4].copy_from_slice(&self.number(2, 4));
        object.extend(first);
        object.extend(self.entry(1, self.flags, content_at as u64, self.content.len() as u64));
        object.extend(self.entry(0, 0, names_at as u64, names.len() as u64));
        object
    }
}

fn seen(output: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    reveal(output, 0, &mut |window| all.extend_from_slice(window)).map(|()| all)
}

#[test]
fn streams_of_link_time_code_are_opened() {
    for (wide, little, counted) in
        [(true, true, true), (false, true, true), (true, false, true), (false, false, false), (true, true, false)]
    {
        for content in [zlib(b"/real/proj"), zstd(b"/real/proj")] {
            let object = Object { wide, little, ..Object::new(".gnu.lto_.decls.1", content) };
            assert_eq!(seen(&object.bytes(counted)).as_deref(), Some(&b"/real/proj"[..]), "{wide} {little}");
        }
    }
    assert_eq!(seen(&Object::new(".gnu.lto_f.1", Vec::new()).bytes(true)), Some(Vec::new()));
}

#[test]
fn what_is_stored_as_it_is_needs_no_opening() {
    for name in [".text", ".debug_info", ".gnu.lto_.opts", ".gnu.lto_.symtab.1f", ".gnu.lto_.lto.1"] {
        assert_eq!(seen(&Object::new(name, b"text".to_vec()).bytes(true)), Some(Vec::new()), "{name}");
    }
}

#[test]
fn compressed_debug_data_are_opened() {
    for (wide, format, stream) in [
        (true, 1, zlib(b"/real")),
        (false, 1, zlib(b"/real")),
        (true, 2, zstd(b"/real")),
        (false, 2, zstd(b"/real")),
        (true, 3, zlib(b"/real")),
    ] {
        for length in [5, 6] {
            let mut object = Object { wide, flags: SHF_COMPRESSED, ..Object::new(".debug_str", Vec::new()) };
            let fields: &[(u64, usize)] =
                if wide { &[(format, 4), (0, 4), (length, 8), (1, 8)] } else { &[(format, 4), (length, 4), (1, 4)] };
            object.content = fields.iter().flat_map(|(value, len)| object.number(*value, *len)).collect();
            object.content.extend(&stream);
            let expected = (format < 3 && length == 5).then(|| b"/real".to_vec());
            assert_eq!(seen(&object.bytes(true)), expected, "{wide} {format} {length}");
        }
    }
    let old = [b"ZLIB\0\0\0\0\0\0\0\x05", zlib(b"/real").as_slice()].concat();
    assert_eq!(seen(&Object::new(".zdebug_str", old).bytes(true)).as_deref(), Some(&b"/real"[..]));
}

#[test]
fn what_is_not_as_expected_is_opaque() {
    let good = zlib(&[7; 1000]);
    for content in [
        b"plain bytes".to_vec(),
        b"x".to_vec(),
        good[..good.len() - 1].to_vec(),
        [good.as_slice(), b"\0"].concat(),
        [good.as_slice(), &good].concat(),
        [zstd(b"a"), zstd(b"b")].concat(),
        zstd(b"abc")[..8].to_vec(),
    ] {
        assert_eq!(seen(&Object::new(".gnu.lto_f.1", content.clone()).bytes(true)), None, "{content:?}");
    }
    for name in [".llvmbc", ".llvm.lto", ".gnu.offload_lto_x"] {
        assert_eq!(seen(&Object::new(name, good.clone()).bytes(true)), None, "{name}");
    }
    let nested = Object { flags: SHF_COMPRESSED, ..Object::new(".gnu.lto_f.1", good.clone()) };
    assert_eq!(seen(&nested.bytes(true)), None);
    let whole = Object::new(".gnu.lto_f.1", good).bytes(true);
    for end in 0..whole.len() - 1 {
        assert!(end < 4 || seen(&whole[..end]).is_none(), "{end}");
    }
}

#[test]
fn objects_of_nothing_but_link_time_code() {
    let slim = |name: &'static str, flags, content: &[u8]| {
        let mut object = Object { flags, ..Object::new(name, content.to_vec()) }.bytes(true);
        object.extend(b"__gnu_lto_slim\0");
        is_link_time_only(&object)
    };
    assert!(slim(".gnu.lto_f.1", 0, b"any"));
    assert!(!slim(".gnu.lto_f.1", SHF_ALLOC, b"any"), "a part of the program");
    assert!(!slim(".text", 0, b"any"), "no link-time code");
    assert!(!is_link_time_only(&Object::new(".gnu.lto_f.1", b"any".to_vec()).bytes(true)), "without the symbol");
    assert!(!is_link_time_only(b"\x7fELF __gnu_lto_slim\0"));
    assert!(!is_link_time_only(b".gnu.lto_ __gnu_lto_slim\0"));
}

#[test]
fn texts_and_other_formats() {
    for open in [&b"int x;"[..], b"\t.section .text\n", b""] {
        assert_eq!(seen(open), Some(Vec::new()));
    }
    for closed in [
        &b"BC\xc0\xde..."[..],
        b"\xde\xc0\x17\x0b...",
        b"; ModuleID = 'a.c'",
        b"\xcf\xfa\xed\xfe...",
        b"\t.section\t.gnu.lto_.decls.1,\"e\"\n\t.ascii \"x\\234\"",
        b"\t.section\t.llvmbc\n",
    ] {
        assert_eq!(seen(closed), None);
    }
}

#[test]
fn a_needle_across_windows_is_whole_in_one() {
    let needle = b"/a/needle/that/is/cut";
    for shift in 0..needle.len() {
        let mut content = vec![b'.'; WINDOW + needle.len() - shift];
        content.extend_from_slice(needle);
        content.resize(content.len() + WINDOW, b'.');
        let object = Object::new(".gnu.lto_f.1", zlib(&content)).bytes(true);
        let mut found = false;
        let mut windows = 0;
        reveal(&object, needle.len(), &mut |window| {
            windows += 1;
            found |= memmem::find(window, needle).is_some();
        })
        .unwrap();
        assert!(found && windows == 3, "{shift}: {windows}");
    }
}

#[test]
fn bombs_are_opaque() {
    // 64 MB are unpacked of any object, however short it is.
    let unpacked = |length: usize| {
        let object = Object::new(".gnu.lto_f.1", zstd(&vec![0; length])).bytes(true);
        seen(&object).map(|content| content.len())
    };
    assert_eq!(unpacked(1 << 25), Some(1 << 25));
    assert_eq!(unpacked(1 << 27), None);
}

#[test]
fn sections_that_share_their_content_are_opaque() {
    const COPIES: u16 = 1000;
    // The row of the section comes again and again, and the header counts all rows.
    let repeated = |content: &[u8]| {
        let mut bytes = Object::new(".gnu.lto_f.1", zlib(content)).bytes(true);
        let row = bytes[bytes.len() - 2 * ROW..bytes.len() - ROW].to_vec();
        for _ in 0..COPIES {
            bytes.extend(&row);
        }
        bytes[E_SHNUM..E_SHNUM + 2].copy_from_slice(&(3 + COPIES).to_le_bytes());
        bytes
    };
    let bytes = repeated(&[7; 10_000]);
    let mut unpacked = 0;
    let all = reveal(&bytes, 0, &mut |window| unpacked += window.len());
    assert!(all.is_some() && unpacked > 10_000_000, "sixty thousand bytes may be unpacked often");
    // A larger stream is read once, not a thousand times.
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(200_000).collect();
    assert_eq!(seen(&repeated(&noise)), None);
}
