//! What an output hides: content that is compressed in it, opened so that it can be searched like the rest.
//!
//! | content | what it is |
//! |---|---|
//! | `.gnu.lto_*` | gcc's intermediate code: one zlib stream a section, or one zstd frame where gcc was built with it (GCC Internals, "LTO file layout"). Strings in it are bytes behind a length; only numbers are packed. |
//! | `.gnu.lto_.opts`, `.symtab`, `.ext_symtab`, `.lto` | stored as they are |
//! | `SHF_COMPRESSED` | a header, then zlib or zstd (gABI, "Section Compression") |
//! | `.zdebug_*` | `ZLIB`, a length, then zlib |
//!
//! Bitcode packs strings into six bits a letter; it stays closed. So does whatever is not as this table has it: an object that cannot
//! be seen through is opaque.

use super::sections::{self, Section};
use super::unpack::Windows;
use memchr::memmem;
use object::elf::{ELFCOMPRESS_ZLIB, ELFCOMPRESS_ZSTD};

/// Shows `see` all that is compressed in `output`, in windows of which each begins with the last `overlap` bytes of
/// the one before it. `None` if there is, or may be, content that stays hidden.
#[must_use]
pub fn reveal(output: &[u8], overlap: usize, see: &mut dyn FnMut(&[u8])) -> Option<()> {
    /// How bitcode begins, bare and in a wrapper (LLVM Bitcode File Format, "Magic Numbers", "Bitcode Wrapper Format").
    const BITCODE: [&[u8]; 2] = [b"BC\xc0\xde", &[0xde, 0xc0, 0x17, 0x0b]];
    /// How a 64-bit Mach-O object begins, which is not taken apart here.
    const MACH_O: &[u8] = b"\xcf\xfa\xed\xfe";
    /// Sections whose content may be packed. Assembly names them, and so does an object in a format that is not taken apart here.
    const TRACES: [&[u8]; 5] = [b".gnu.lto_", b".gnu.offload_lto_", b".zdebug", b".llvmbc", b".llvm.lto"];
    if sections::is_elf(output) {
        return elf(output, overlap, see);
    }
    let closed = BITCODE.iter().any(|magic| output.starts_with(magic))
        || output.starts_with(MACH_O)
        // LLVM's own assembly (`-S -flto`) escapes characters in a way of its own, so that a directory in it may not be found.
        || output.starts_with(b"; ModuleID")
        || TRACES.iter().any(|trace| memmem::find(output, trace).is_some());
    (!closed).then_some(())
}

/// Whether gcc wrote link-time code into this object and nothing else. The assembler has then read none of the text's own assembly:
/// `asm(".incbin \"x\"")` is a part of the link-time code, and is assembled when the program is linked.
pub fn is_link_time_only(object: &[u8]) -> bool {
    let Some(sections) = sections::of(object) else { return false };
    let is_empty = |section: &Section<'_>| section.length == 0 || section.is_note();
    // gcc marks such an object by a symbol of this name.
    memmem::find(object, b"__gnu_lto_slim\0").is_some()
        && sections.iter().any(|section| matches!(kind(section), Some(Kind::Stream)))
        && sections.iter().all(|section| !section.is_allocated() || is_empty(section))
}

fn elf(object: &[u8], overlap: usize, see: &mut dyn FnMut(&[u8])) -> Option<()> {
    let mut windows = Windows::new(object.len(), overlap, see);
    for section in sections::of(object)? {
        match kind(&section)? {
            Kind::Plain => {}
            Kind::Stream => windows.either(section.content()?)?,
            Kind::Compressed => {
                let packed = section.packed()?;
                let unpacked = match packed.format {
                    ELFCOMPRESS_ZLIB => windows.zlib(packed.stream)?,
                    ELFCOMPRESS_ZSTD => windows.zstd(packed.stream)?,
                    _ => return None,
                };
                (unpacked == packed.length).then_some(())?;
            }
            Kind::Zdebug => {
                let content = section.content()?.strip_prefix(b"ZLIB")?;
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
    const CODE: &[u8] = b".gnu.lto_";
    // Sections of link-time code that gcc does not compress; the second half of each name is a number.
    const PLAIN: [&[u8]; 3] = [b".symtab.", b".ext_symtab.", b".lto."];
    let name = section.name;
    if section.is_absent() {
        return Some(Kind::Plain);
    }
    if [&b".llvmbc"[..], b".llvm.lto", b".gnu.offload_lto_"].iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    let code = name.strip_prefix(CODE);
    if section.is_compressed() {
        // No compiler compresses a section once more that holds a stream.
        return (code.is_none() && !name.starts_with(b".zdebug")).then_some(Kind::Compressed);
    }
    Some(match code {
        Some(rest) if rest == b".opts" || PLAIN.iter().any(|plain| rest.starts_with(plain)) => Kind::Plain,
        Some(_) => Kind::Stream,
        None if name.starts_with(b".zdebug") => Kind::Zdebug,
        None => Kind::Plain,
    })
}

#[cfg(test)]
pub(super) mod tests;
