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
//! that cannot be seen through is opaque.

use super::sections::{self, Section};
use super::unpack::Windows;
use memchr::memmem;
use object::elf::{ELFCOMPRESS_ZLIB, ELFCOMPRESS_ZSTD};

/// Shows `see` all that is compressed in `output`, in windows of which each begins with the last `overlap` bytes of
/// the one before it. `None` if there is, or may be, content that stays hidden.
#[must_use]
pub fn reveal(output: &[u8], overlap: usize, see: &mut dyn FnMut(&[u8])) -> Option<()> {
    const BITCODE: [&[u8]; 2] = [b"BC\xc0\xde", &[0xde, 0xc0, 0x17, 0x0b]];
    // Assembly, or an object in a format that is not taken apart here.
    const TRACES: [&[u8]; 5] = [b".gnu.lto_", b".gnu.offload_lto_", b".zdebug", b".llvmbc", b".llvm.lto"];
    if sections::is_elf(output) {
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
    let Some(sections) = sections::of(object) else { return false };
    let is_empty = |section: &Section<'_>| section.length == 0 || section.is_note();
    // gcc says so by a symbol of this name.
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
        // Streams within a compressed section are nobody's habit.
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
mod tests;
