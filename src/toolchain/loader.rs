//! The loader that a dynamically linked program asks for, which can then be asked what it would load.

use object::NativeEndian;
use object::elf::{FileHeader32, FileHeader64, PN_XNUM};
use object::read::ReadCache;
use object::read::elf::{FileHeader, ProgramHeader as _};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The name of a loader is shorter, in bytes (`PATH_MAX`).
const NAME_LIMIT: u64 = 4096;

/// The loader of a program (`PT_INTERP`). `None` for a static program, for one of another byte order or format, and where the
/// file cannot be read.
pub fn elf_loader(program: &Path) -> Option<PathBuf> {
    let (file, _) = crate::bounded::open(program).ok()?;
    // A program can be large, and little of it is looked at.
    let file = ReadCache::new(file);
    interpreter::<FileHeader64<NativeEndian>>(&file).or_else(|| interpreter::<FileHeader32<NativeEndian>>(&file))
}

fn interpreter<Elf: FileHeader<Endian = NativeEndian>>(file: &ReadCache<File>) -> Option<PathBuf> {
    let header = Elf::parse(file).ok()?;
    let endian = header.endian().ok()?;
    // With this number the header names a greater one elsewhere. No program has so many segments, and room would be made for all of them.
    if header.e_phnum(endian) == PN_XNUM {
        return None;
    }
    let segments = header.program_headers(endian, file).ok()?;
    let names = |segment: &&Elf::ProgramHeader| segment.p_type(endian) == object::elf::PT_INTERP;
    let segment = segments.iter().find(names).filter(|segment| segment.p_filesz(endian).into() < NAME_LIMIT)?;
    let name = segment.interpreter(endian, file).ok()??;
    Some(PathBuf::from(OsStr::from_bytes(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_is_elf_or_not_but_never_a_panic() {
        let _ = elf_loader(Path::new("/proc/self/exe"));
        assert_eq!(elf_loader(Path::new("/dev/null")), None);
    }

    #[test]
    fn a_program_names_its_loader() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("program");
        let native = if cfg!(target_endian = "little") { 1 } else { 2 };
        for (class, header, entry) in [(2_u8, 64_usize, 56_usize), (1, 52, 32)] {
            let address = if class == 2 { 8 } else { 4 };
            let number = |value: usize, len: usize| {
                let bytes = (value as u64).to_ne_bytes();
                if cfg!(target_endian = "little") { bytes[..len].to_vec() } else { bytes[8 - len..].to_vec() }
            };
            let mut program = b"\x7fELF".to_vec();
            program.extend([class, native, 1]);
            program.resize(24 + address, 0);
            program.extend(number(header, address));
            program.resize(header - 10, 0);
            program.extend([number(entry, 2), number(1, 2)].concat());
            program.resize(header, 0);
            let name = b"/lib/ld.so\0";
            let (at, len) = (number(header + entry, address), number(name.len(), address));
            let zero = number(0, address);
            program.extend(number(3, 4));
            if class == 2 {
                program.extend([number(0, 4), at, zero.clone(), zero, len].concat());
            } else {
                program.extend([at, zero.clone(), zero, len].concat());
            }
            program.resize(header + entry, 0);
            program.extend(name);
            std::fs::write(&path, &program).unwrap();
            assert_eq!(elf_loader(&path).as_deref(), Some(Path::new("/lib/ld.so")), "{class}");
            for len in 0..program.len() {
                std::fs::write(&path, &program[..len]).unwrap();
                assert_eq!(elf_loader(&path), None, "{class} {len}");
            }
            // Another byte order.
            program[5] = 3 - native;
            std::fs::write(&path, &program).unwrap();
            assert_eq!(elf_loader(&path), None, "{class}");
        }
    }
}
