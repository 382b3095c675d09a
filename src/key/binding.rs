//! What a result is bound to: the parts of the place that its bytes depend on.
//!
//! A result is free of the place only if that is proven:
//!
//! * nothing it holds contains a spelling of the root, the working directory or the toolchain's directory, raw or
//!   as a compiler mangles a file name into a symbol;
//! * no file was spelled with such a path while the text could have *consumed* the spelling without leaving it in
//!   the result (`sizeof __FILE__`, a hash of it at compile time);
//! * it has no sections whose bytes cannot be searched (compressed debug data, LTO streams, bitcode).
//!
//! A result whose text expands a date is bound to the date that the environment gives instead of today's.
//!
//! A bound result is served only where the parts it is bound to are the same.

use super::scan::WORD_FILE;
use crate::digest::{Digest, FieldHasher};
use crate::paths::{Base, Place};
use memchr::memmem;
use std::os::unix::ffi::OsStrExt as _;

/// A set of the constants below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bound(pub u8);

/// To where the root and the working directory are.
pub const ROOT: u8 = 1;
/// To where the toolchain is.
pub const TOOLCHAIN: u8 = 2;
/// To the names of the outputs as this command spells them.
pub const NAMES: u8 = 4;

/// To where the roots are that the user named.
pub const NAMED: u8 = 16;

/// To [`crate::compiler::environment::SOURCE_DATE`].
pub const DATE: u8 = 8;

/// What the proof looks at.
pub struct Evidence<'a> {
    /// Everything that would be replayed: main output, side outputs, streams, a depfile kept as bytes.
    pub outputs: &'a [&'a [u8]],
    /// An option makes sections that cannot be searched.
    pub opaque: bool,
    /// Source and headers as the compiler spelled them.
    pub files: &'a [Vec<u8>],
    /// Words that any of the files mentions.
    pub words: u32,
    /// A file's name is mapped wherever a text can consume it, so that none has the place in it.
    pub names_are_mapped: bool,
}

impl Bound {
    /// Bound to nothing: shared by every checkout.
    pub fn is_free(self) -> bool {
        self.0 == 0
    }

    /// Finds what a result is bound to.
    pub fn find(place: &Place, evidence: &Evidence<'_>) -> Self {
        if evidence.opaque || evidence.outputs.iter().any(|output| is_opaque(output)) {
            return Self(ROOT | TOOLCHAIN | NAMES | NAMED);
        }
        let mut bound = 0;
        let root = place.root_needles();
        if root.is_empty() || root.iter().any(|needle| holds(evidence.outputs, needle)) {
            bound |= ROOT;
        }
        if place.toolchain_needles().iter().any(|needle| holds(evidence.outputs, needle)) {
            bound |= TOOLCHAIN;
        }
        if place.named_needles().iter().any(|needle| holds(evidence.outputs, needle)) {
            bound |= NAMED;
        }
        if evidence.words & WORD_FILE != 0 && !evidence.names_are_mapped {
            for file in evidence.files {
                bound |= match place.rooted(file).base {
                    Base::Root | Base::RootAlias | Base::Cwd | Base::CwdAlias => ROOT,
                    Base::Named(_) | Base::NamedReal(_) => NAMED,
                    Base::Toolchain | Base::Builtin(_) | Base::Absolute | Base::Relative => 0,
                };
            }
        }
        Self(bound)
    }

    /// The digest of the parts of the place this is bound to; `names` are the outputs' names, `date` is the date given.
    pub fn digest(self, place: &Place, names: &[&[u8]], date: &[u8]) -> Digest {
        let mut hasher = FieldHasher::new("packer-cc binding 1");
        hasher.field("parts", &[self.0]);
        if self.0 & ROOT != 0 {
            hasher.field("root", place.root.as_os_str().as_bytes()).field("cwd", place.cwd.as_os_str().as_bytes());
            hasher.field("pwd", place.pwd.as_ref().map_or(&[], |pwd| pwd.as_os_str().as_bytes()));
        }
        if self.0 & TOOLCHAIN != 0 {
            hasher.field("toolchain", place.toolchain.as_ref().map_or(&[], |path| path.as_os_str().as_bytes()));
        }
        if self.0 & NAMED != 0 {
            for path in place.named_needles() {
                hasher.field("named root", &path);
            }
        }
        if self.0 & NAMES != 0 {
            for name in names {
                hasher.field("name", name);
            }
        }
        if self.0 & DATE != 0 {
            hasher.field("date", date);
        }
        hasher.finish()
    }
}

fn holds(outputs: &[&[u8]], needle: &[u8]) -> bool {
    // A file name made part of a symbol: every character that cannot stand there is replaced, the separators around
    // the directory too.
    let mangled = |with: u8| {
        let mut spelling: Vec<u8> =
            needle.iter().map(|byte| if byte.is_ascii_alphanumeric() { *byte } else { with }).collect();
        spelling.push(with);
        spelling
    };
    [needle.to_vec(), mangled(b'_'), mangled(b'.')].iter().any(|spelling| {
        let finder = memmem::Finder::new(spelling);
        outputs.iter().any(|output| finder.find(output).is_some())
    })
}

/// Bitcode, LTO streams and compressed sections hide what they hold.
fn is_opaque(output: &[u8]) -> bool {
    const BITCODE: [&[u8]; 2] = [b"BC\xc0\xde", &[0xde, 0xc0, 0x17, 0x0b]];
    if BITCODE.iter().any(|magic| output.starts_with(magic)) || output.starts_with(b"\xcf\xfa\xed\xfe") {
        // Mach-O is not taken apart here.
        return true;
    }
    output.starts_with(b"\x7fELF") && elf_hides(output).unwrap_or(true)
}

/// An ELF object has compressed sections or LTO streams; `None` if it cannot be read.
fn elf_hides(object: &[u8]) -> Option<bool> {
    const SHF_COMPRESSED: u64 = 1 << 11;
    let wide = *object.get(4)? == 2;
    let little = *object.get(5)? == 1;
    let number = |at: usize, len: usize| -> Option<u64> {
        let bytes = object.get(at..at.checked_add(len)?)?;
        let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        Some(if little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) })
    };
    let (offset, entry, count, names) = if wide {
        (number(40, 8)?, number(58, 2)?, number(60, 2)?, number(62, 2)?)
    } else {
        (number(32, 4)?, number(46, 2)?, number(48, 2)?, number(50, 2)?)
    };
    if offset == 0 {
        return Some(false);
    }
    if count == 0 {
        // More sections than fit the field (`-ffunction-sections` in a huge file): not worth taking apart.
        return None;
    }
    let header = |nth: u64| usize::try_from(offset.checked_add(nth * entry)?).ok();
    let field = |nth: u64, wide_at: usize, narrow_at: usize| {
        let at = header(nth)?.checked_add(if wide { wide_at } else { narrow_at })?;
        number(at, if wide { 8 } else { 4 })
    };
    let names_at = usize::try_from(field(names, 24, 16)?).ok()?;
    for nth in 0..count {
        let flags = field(nth, 8, 8)?;
        let at = names_at.checked_add(usize::try_from(number(header(nth)?, 4)?).ok()?)?;
        let name = object.get(at..)?;
        if flags & SHF_COMPRESSED != 0
            || [&b".gnu.lto_"[..], b".llvmbc", b".zdebug", b".llvm.lto"].iter().any(|prefix| name.starts_with(prefix))
        {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::new("/real/proj".into(), None, "/real/proj".into(), Some("/opt/tool/lib/gcc/avr/5".into()), &[], &[])
    }

    fn find(output: &[u8], files: &[&str], words: u32) -> u8 {
        let files: Vec<Vec<u8>> = files.iter().map(|file| file.as_bytes().to_vec()).collect();
        Bound::find(
            &place(),
            &Evidence { outputs: &[output], opaque: false, files: &files, words, names_are_mapped: false },
        )
        .0
    }

    #[test]
    fn a_result_is_free_only_if_nothing_ties_it() {
        let cases: &[(&[u8], &[&str], u32, u8)] = &[
            (b"nothing", &["a.c"], WORD_FILE, 0),
            (b"x/real/proj/y", &["a.c"], 0, ROOT),
            (b"_GLOBAL__sub_I__real_proj_a.c", &["a.c"], 0, ROOT),
            (b"/opt/tool/lib/gcc/avr/5/include", &["a.c"], 0, TOOLCHAIN),
            (b"nothing", &["/real/proj/a.c"], 0, 0),
            (b"nothing", &["/real/proj/a.c"], WORD_FILE, ROOT),
            (b"nothing", &["a.c", "/usr/include/assert.h"], WORD_FILE, 0),
            (b"BC\xc0\xde", &["a.c"], 0, ROOT | TOOLCHAIN | NAMES | NAMED),
        ];
        for (output, files, words, bound) in cases {
            assert_eq!(find(output, files, *words), *bound, "{}", String::from_utf8_lossy(output));
        }
    }

    #[test]
    fn offsets_beyond_everything_are_opaque() {
        let mut object = [0xff; 128];
        object[..6].copy_from_slice(b"\x7fELF\x02\x01");
        assert_ne!(find(&object, &[], 0), 0);
    }

    #[test]
    fn a_truncated_object_is_opaque() {
        assert_ne!(find(b"\x7fELF\x02\x01", &[], 0), 0);
    }
}
