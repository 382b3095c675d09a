//! The sections of an ELF object, as far as it matters how their content is stored.

use object::elf::{
    CompressionType, ELFMAG, FileHeader32, FileHeader64, SHF_ALLOC, SHF_COMPRESSED, SHT_NOBITS, SHT_NOTE, SectionFlags,
    SectionType,
};
use object::read::elf::{CompressionHeader as _, FileHeader, SectionHeader as _};
use object::{Endianness, ReadRef as _};

/// A section.
pub(super) struct Section<'a> {
    pub(super) name: &'a [u8],
    /// In bytes, as the section table says.
    pub(super) length: u64,
    kind: SectionType,
    flags: SectionFlags,
    content: Option<&'a [u8]>,
    packed: Option<Packed<'a>>,
}

/// The content of a section with the header of `SHF_COMPRESSED`.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    pub(super) format: CompressionType,
    /// The length of the unpacked content in bytes, as the header says.
    pub(super) length: u64,
    pub(super) stream: &'a [u8],
}

/// Whether this begins like an ELF object.
pub(super) fn is_elf(object: &[u8]) -> bool {
    object.starts_with(&ELFMAG)
}

/// All sections of an object in the order of its table, in the wide or the narrow format and of either byte order. `None` where
/// anything about the object, its table or a name is not as the format has it.
pub(super) fn of(object: &[u8]) -> Option<Vec<Section<'_>>> {
    read::<FileHeader64<Endianness>>(object).or_else(|| read::<FileHeader32<Endianness>>(object))
}

fn read<Elf: FileHeader<Endian = Endianness>>(object: &[u8]) -> Option<Vec<Section<'_>>> {
    let header = Elf::parse(object).ok()?;
    let endian = header.endian().ok()?;
    let table = header.sections(endian, object).ok()?;
    let section = |section: &Elf::SectionHeader| {
        let packed = || {
            let (header, offset, length) = section.compression(endian, object).ok()??;
            let stream = object.read_bytes_at(offset, length).ok()?;
            Some(Packed { format: header.ch_type(endian), length: header.ch_size(endian).into(), stream })
        };
        Some(Section {
            name: table.section_name(endian, section).ok()?,
            length: section.sh_size(endian).into(),
            kind: section.sh_type(endian),
            flags: section.sh_flags(endian),
            content: section.data(endian, object).ok(),
            packed: packed(),
        })
    };
    table.iter().map(section).collect()
}

impl<'a> Section<'a> {
    /// It has no content in the object.
    pub(super) fn is_absent(&self) -> bool {
        self.kind == SHT_NOBITS
    }

    /// It holds notes for tools.
    pub(super) fn is_note(&self) -> bool {
        self.kind == SHT_NOTE
    }

    /// It is a part of the program when that runs.
    pub(super) fn is_allocated(&self) -> bool {
        self.flags.contains(SHF_ALLOC)
    }

    /// Its content has a header, and is packed.
    pub(super) fn is_compressed(&self) -> bool {
        self.flags.contains(SHF_COMPRESSED)
    }

    /// Its content as stored; `None` where that lies beyond the object.
    pub(super) fn content(&self) -> Option<&'a [u8]> {
        self.content
    }

    /// Its content behind the header of [`Section::is_compressed`]; `None` also where there is no such header.
    pub(super) fn packed(&self) -> Option<Packed<'a>> {
        self.packed
    }
}
