//! What an output hides: content that is compressed in it, opened so that it can be searched like the rest.
//!
//! | content | what it is |
//! |---|---|
//! | `.gnu.lto_*` | gcc's intermediate code: one zlib stream a section, or one zstd frame where gcc was built with it (GCC Internals, "LTO file layout"). Strings in it are bytes behind a length; only numbers are packed. |
//! | `.gnu.lto_.opts`, `.symtab`, `.ext_symtab`, `.lto` | stored as they are |
//! | `SHF_COMPRESSED` | a header, then zlib or zstd (gABI, "Section Compression") |
//! | `.zdebug_*` | `ZLIB`, a length, then zlib |
//!
//! Bitcode packs strings into six bits a letter, and stays closed, like whatever is not as expected here: an object
//! that cannot be seen through is opaque. The content is looked at in windows as it comes, so that none is ever held
//! as a whole, and there are bounds to what is unpacked: whoever compiles may be handed an object by somebody else
//! (`.incbin` does not make sections, but a compiler can be any program).

use memchr::memmem;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};
use zstd::stream::raw::{DParameter, Decoder, Operation as _};

/// Unpacked at once.
const WINDOW: usize = 1 << 18;
/// So much is unpacked of any object, …
const FREE: u64 = 1 << 26;
/// … and beyond that so many times its own length. Link-time objects are around 4.
const RATIO: u64 = 64;
/// zstd reaches back at most 32 MB. `-flto-compression-level=19` needs 8.
const ZSTD_WINDOW_LOG: u32 = 25;

/// Shows `see` all that is compressed in `output`, in windows of which each begins with the last `overlap` bytes of
/// the one before it. `None` if there is, or may be, content that stays hidden.
#[must_use]
pub fn reveal(output: &[u8], overlap: usize, see: &mut dyn FnMut(&[u8])) -> Option<()> {
    const BITCODE: [&[u8]; 2] = [b"BC\xc0\xde", &[0xde, 0xc0, 0x17, 0x0b]];
    // Assembly, or an object in a format that is not taken apart here.
    const TRACES: [&[u8]; 5] = [b".gnu.lto_", b".gnu.offload_lto_", b".zdebug", b".llvmbc", b".llvm.lto"];
    if output.starts_with(b"\x7fELF") {
        return elf(output, overlap, see);
    }
    let closed = BITCODE.iter().any(|magic| output.starts_with(magic))
        // Mach-O is not taken apart here.
        || output.starts_with(b"\xcf\xfa\xed\xfe")
        // LLVM's assembly spells what is not plain in a way of its own.
        || output.starts_with(b"; ModuleID")
        || TRACES.iter().any(|trace| memmem::find(output, trace).is_some());
    (!closed).then_some(())
}

/// An object of gcc's that holds link-time code and nothing else. The assembler was then given none of the text's own
/// assembly: that is in the link-time code, and read when the program is linked.
pub fn is_link_time_only(object: &[u8]) -> bool {
    const SHF_ALLOC: u64 = 2;
    const SHT_NOTE: u64 = 7;
    let sections = || {
        let elf = object.starts_with(b"\x7fELF").then(|| Elf::new(object))??;
        (0..elf.count).map(|nth| elf.section(nth)).collect::<Option<Vec<_>>>()
    };
    let Some(sections) = sections() else { return false };
    let is_empty = |section: &Section<'_>| section.length == 0 || section.kind == SHT_NOTE;
    // gcc says so by a symbol of this name.
    memmem::find(object, b"__gnu_lto_slim\0").is_some()
        && sections.iter().any(|section| matches!(kind(section), Some(Kind::Stream)))
        && sections.iter().all(|section| section.flags & SHF_ALLOC == 0 || is_empty(section))
}

fn elf(object: &[u8], overlap: usize, see: &mut dyn FnMut(&[u8])) -> Option<()> {
    let elf = Elf::new(object)?;
    let mut windows = Windows {
        buffer: Vec::new(),
        overlap,
        input: object.len() as u64,
        output: (object.len() as u64).saturating_mul(RATIO).saturating_add(FREE),
        see,
    };
    for nth in 0..elf.count {
        let section = elf.section(nth)?;
        match kind(&section)? {
            Kind::Plain => {}
            Kind::Stream => windows.open(&elf, section.content(object)?)?,
            Kind::Compressed => {
                let content = section.content(object)?;
                let (format, length, header) = if elf.wide {
                    (elf.number(content, 0, 4)?, elf.number(content, 8, 8)?, 24)
                } else {
                    (elf.number(content, 0, 4)?, elf.number(content, 4, 4)?, 12)
                };
                let stream = content.get(header..)?;
                let unpacked = match format {
                    1 => windows.zlib(stream)?,
                    2 => windows.zstd(stream)?,
                    _ => return None,
                };
                (unpacked == length).then_some(())?;
            }
            Kind::Zdebug => {
                let content = section.content(object)?.strip_prefix(b"ZLIB")?;
                let (length, stream) = content.split_first_chunk::<8>()?;
                (windows.zlib(stream)? == u64::from_be_bytes(*length)).then_some(())?;
            }
        }
    }
    Some(())
}

enum Kind {
    /// Stored as it is: seen with the rest of the object.
    Plain,
    /// One stream of link-time code.
    Stream,
    /// With the header of `SHF_COMPRESSED`.
    Compressed,
    /// With the older header.
    Zdebug,
}

/// How a section's content is stored; `None` for what cannot be opened.
fn kind(section: &Section<'_>) -> Option<Kind> {
    const SHF_COMPRESSED: u64 = 1 << 11;
    const SHT_NOBITS: u64 = 8;
    const CODE: &[u8] = b".gnu.lto_";
    // Sections of link-time code that gcc does not compress; the second half of each name is a number.
    const PLAIN: [&[u8]; 4] = [b".opts\0", b".symtab.", b".ext_symtab.", b".lto."];
    let name = section.name;
    if section.kind == SHT_NOBITS {
        return Some(Kind::Plain);
    }
    if [&b".llvmbc"[..], b".llvm.lto", b".gnu.offload_lto_"].iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    let code = name.strip_prefix(CODE);
    if section.flags & SHF_COMPRESSED != 0 {
        // Streams within a compressed section are nobody's habit.
        return (code.is_none() && !name.starts_with(b".zdebug")).then_some(Kind::Compressed);
    }
    Some(match code {
        Some(rest) if PLAIN.iter().any(|plain| rest.starts_with(plain)) => Kind::Plain,
        Some(_) => Kind::Stream,
        None if name.starts_with(b".zdebug") => Kind::Zdebug,
        None => Kind::Plain,
    })
}

/// The section table of an object.
struct Elf<'a> {
    object: &'a [u8],
    wide: bool,
    little: bool,
    /// Where the table begins.
    table: u64,
    /// The length of an entry.
    entry: u64,
    count: u64,
    /// Where the names begin.
    names: u64,
}

struct Section<'a> {
    /// From the beginning of the name to the end of the object: names end with a NUL.
    name: &'a [u8],
    kind: u64,
    flags: u64,
    offset: u64,
    length: u64,
}

impl<'a> Elf<'a> {
    fn new(object: &'a [u8]) -> Option<Self> {
        let wide = match object.get(4)? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let little = match object.get(5)? {
            1 => true,
            2 => false,
            _ => return None,
        };
        let mut elf = Self { object, wide, little, table: 0, entry: 0, count: 0, names: 0 };
        let [table, entry, count, names] =
            if wide { [(40, 8), (58, 2), (60, 2), (62, 2)] } else { [(32, 4), (46, 2), (48, 2), (50, 2)] };
        let header = |(at, len)| elf.number(object, at, len);
        let (table, entry, count, names) = (header(table)?, header(entry)?, header(count)?, header(names)?);
        elf.table = table;
        elf.entry = entry;
        if table == 0 {
            return Some(elf);
        }
        // What does not fit the header stands in the first entry (gABI, "Section Header Table").
        elf.count = if count == 0 { elf.field(0, 32, 20)? } else { count };
        let names = if names == 0xffff { elf.number(elf.at(0)?, if wide { 40 } else { 24 }, 4)? } else { names };
        elf.names = elf.field(names, 24, 16)?;
        // No more entries than there is room for.
        let end = elf.count.checked_mul(entry.max(1))?.checked_add(table)?;
        (end <= object.len() as u64).then_some(elf)
    }

    /// A number of `len` bytes.
    fn number(&self, bytes: &[u8], at: usize, len: usize) -> Option<u64> {
        let bytes = bytes.get(at..at.checked_add(len)?)?;
        let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        Some(if self.little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) })
    }

    /// The object from an entry on.
    fn at(&self, nth: u64) -> Option<&'a [u8]> {
        self.object.get(usize::try_from(self.table.checked_add(nth.checked_mul(self.entry)?)?).ok()?..)
    }

    /// A field as long as an address, by its places in the wide and in the narrow format.
    fn field(&self, nth: u64, wide: usize, narrow: usize) -> Option<u64> {
        let entry = self.at(nth)?;
        if self.wide { self.number(entry, wide, 8) } else { self.number(entry, narrow, 4) }
    }

    fn section(&self, nth: u64) -> Option<Section<'a>> {
        let entry = self.at(nth)?;
        let name = self.names.checked_add(self.number(entry, 0, 4)?)?;
        Some(Section {
            name: self.object.get(usize::try_from(name).ok()?..)?,
            kind: self.number(entry, 4, 4)?,
            flags: self.field(nth, 8, 8)?,
            offset: self.field(nth, 24, 16)?,
            length: self.field(nth, 32, 20)?,
        })
    }
}

impl Section<'_> {
    fn content<'a>(&self, object: &'a [u8]) -> Option<&'a [u8]> {
        let from = usize::try_from(self.offset).ok()?;
        object.get(from..from.checked_add(usize::try_from(self.length).ok()?)?)
    }
}

/// Unpacks, one window after the other.
struct Windows<'a> {
    buffer: Vec<u8>,
    overlap: usize,
    /// How many compressed bytes may still be read: sections that share their content are no compiler's.
    input: u64,
    /// How many bytes may still be unpacked.
    output: u64,
    see: &'a mut dyn FnMut(&[u8]),
}

/// What one step of a decoder did.
struct Step {
    read: usize,
    written: usize,
    ended: bool,
}

impl Windows<'_> {
    /// A section of link-time code, which says by its first bytes how it is compressed.
    fn open(&mut self, elf: &Elf<'_>, stream: &[u8]) -> Option<()> {
        const ZSTD: u64 = 0xfd2f_b528;
        if stream.is_empty() {
            return Some(());
        }
        // zstd's numbers are little-endian whatever the target is.
        let magic = Elf { little: true, ..*elf }.number(stream, 0, 4)?;
        if magic == ZSTD { self.zstd(stream) } else { self.zlib(stream) }.map(drop)
    }

    fn zlib(&mut self, stream: &[u8]) -> Option<u64> {
        let mut state = InflateState::new_boxed(DataFormat::Zlib);
        self.unpack(stream, |input, output| {
            let result = inflate(&mut state, input, output, MZFlush::None);
            let ended = result.status.ok()? == MZStatus::StreamEnd;
            Some(Step { read: result.bytes_consumed, written: result.bytes_written, ended })
        })
    }

    fn zstd(&mut self, stream: &[u8]) -> Option<u64> {
        let mut decoder = Decoder::new().ok()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG)).ok()?;
        self.unpack(stream, |input, output| {
            let status = decoder.run_on_buffers(input, output).ok()?;
            Some(Step { read: status.bytes_read, written: status.bytes_written, ended: status.remaining == 0 })
        })
    }

    /// Unpacks a stream that must end where `stream` ends; says how long it was.
    fn unpack(&mut self, mut stream: &[u8], mut step: impl FnMut(&[u8], &mut [u8]) -> Option<Step>) -> Option<u64> {
        self.input = self.input.checked_sub(stream.len() as u64)?;
        self.buffer.resize(WINDOW + self.overlap, 0);
        let (mut filled, mut total) = (0, 0);
        loop {
            if filled == self.buffer.len() {
                (self.see)(&self.buffer);
                self.buffer.copy_within(filled - self.overlap.., 0);
                filled = self.overlap;
            }
            let Step { read, written, ended } = step(stream, &mut self.buffer[filled..])?;
            stream = stream.get(read..)?;
            filled += written;
            total += written as u64;
            self.output = self.output.checked_sub(written as u64)?;
            if ended {
                (self.see)(&self.buffer[..filled]);
                return stream.is_empty().then_some(total);
            }
            // A stream that stops before its end.
            (read > 0 || written > 0).then_some(())?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zlib(content: &[u8]) -> Vec<u8> {
        miniz_oxide::deflate::compress_to_vec_zlib(content, 6)
    }

    fn zstd(content: &[u8]) -> Vec<u8> {
        zstd::bulk::compress(content, 3).unwrap()
    }

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
            let fields =
                [(name, 4), (1, 4), (flags, address), (0, address), (offset, address), (length, address), (0, 4)];
            let mut entry = fields.map(number).concat();
            entry.resize(if self.wide { 64 } else { 40 }, 0);
            entry
        }

        /// The bytes; `counted` writes the numbers of sections and names into the header, not into the first entry.
        fn bytes(&self, counted: bool) -> Vec<u8> {
            let address = if self.wide { 8 } else { 4 };
            let (header, entry) = if self.wide { (64, 64_u64) } else { (52, 40) };
            let mut object = b"\x7fELF".to_vec();
            object.extend([if self.wide { 2 } else { 1 }, if self.little { 1 } else { 2 }]);
            object.resize(24 + 2 * address, 0);
            let names = [b"\0", self.name.as_bytes(), b"\0"].concat();
            let (names_at, content_at) = (header, header + names.len());
            let table = content_at + self.content.len();
            object.extend(self.number(table as u64, address));
            object.resize(header - 6, 0);
            let (count, which) = if counted { (3, 2) } else { (0, 0xffff) };
            for value in [entry, count, which] {
                object.extend(self.number(value, 2));
            }
            object.extend(&names);
            object.extend(&self.content);
            let mut first = self.entry(0, 0, 0, if counted { 0 } else { 3 });
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
                let mut object = Object { wide, flags: 1 << 11, ..Object::new(".debug_str", Vec::new()) };
                let fields: &[(u64, usize)] = if wide {
                    &[(format, 4), (0, 4), (length, 8), (1, 8)]
                } else {
                    &[(format, 4), (length, 4), (1, 4)]
                };
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
        let nested = Object { flags: 1 << 11, ..Object::new(".gnu.lto_f.1", good.clone()) };
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
        assert!(!slim(".gnu.lto_f.1", 2, b"any"), "a part of the program");
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
        let mut bomb = Vec::new();
        for _ in 0..4 {
            bomb.push(zstd(&vec![0; 1 << 25]));
        }
        // One stays within what is free, and is short.
        assert_eq!(seen(&Object::new(".gnu.lto_f.1", bomb[0].clone()).bytes(true)).unwrap().len(), 1 << 25);
        let large = zstd::bulk::compress(&vec![0; 1 << 27], 3).unwrap();
        assert_eq!(seen(&Object::new(".gnu.lto_f.1", large).bytes(true)), None);
    }

    #[test]
    fn sections_that_share_their_content_are_opaque() {
        let object = Object::new(".gnu.lto_f.1", zlib(&[7; 10_000]));
        let mut bytes = object.bytes(true);
        let shared = bytes[bytes.len() - 128..bytes.len() - 64].to_vec();
        for _ in 0..1000 {
            bytes.extend(&shared);
        }
        // The header counts all of them.
        bytes[60..62].copy_from_slice(&1003u16.to_le_bytes());
        let mut unpacked = 0;
        let all = reveal(&bytes, 0, &mut |window| unpacked += window.len());
        assert!(all.is_some() && unpacked > 10_000_000, "sixty thousand bytes may be unpacked often");
        // A larger stream is read once, not a thousand times.
        let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(200_000).collect();
        let mut bytes = Object::new(".gnu.lto_f.1", zlib(&noise)).bytes(true);
        let shared = bytes[bytes.len() - 128..bytes.len() - 64].to_vec();
        for _ in 0..1000 {
            bytes.extend(&shared);
        }
        bytes[60..62].copy_from_slice(&1003u16.to_le_bytes());
        assert_eq!(seen(&bytes), None);
    }
}
