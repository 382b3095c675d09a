//! Words that count by where they stand: in code, in a string literal, or anywhere.
//!
//! ```c
//! const char *d = __DATE__;      // counts
//! const char *d = "__DATE__";    // does not
//! asm(".incbin \"x\"");          // counts
//! ```

use super::assembly::mentions_asm;
use super::defines::define_of;
use super::facts::{Dated, Facts, push_new};
use super::lexer::{Region, Regions, line_start, possible_seams, stands_alone};
use super::pragmas::is_in_pragma;
use super::words::WordSet;
use crate::toolchain::DEVICE;
use memchr::memmem;

/// What gives a file's name and is no macro: a builtin function, and a type of the C++ library.
pub const OF_FILES: [&[u8]; 2] = [b"__builtin_FILE", b"source_location"];

/// What gives a function's name with its types.
const OF_TYPES: [&[u8]; 4] = [b"__PRETTY_FUNCTION__", b"__FUNCSIG__", b"__builtin_FUNCSIG", b"__builtin_FUNCTION"];

/// The escape character, with which colours begin.
const ESCAPE_CHARACTER: u8 = 0x1b;

/// A directive by which an assembler reads a file, and where in it the byte stands that is rarest in texts.
type Directive = (&'static [u8], usize);
const INCBIN: Directive = (b"incbin", 3);
const INCLUDE: Directive = (b".include", 0);

/// Where a directive stands. Assemblers take capitals as well: `.inCbin "x.bin"`.
fn find_directive(text: &[u8], (name, rare): Directive) -> impl Iterator<Item = usize> {
    let byte = name[rare];
    let starts = memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), text).filter_map(move |at| at.checked_sub(rare));
    starts.filter(move |start| {
        text.get(*start..*start + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}

/// Whether the text may ask for the name of a file that is not its own, as a default argument does:
///
/// ```c++
/// void fail(const char *file = __builtin_FILE());    // the caller's
/// ```
pub fn names_callers(text: &[u8]) -> bool {
    OF_FILES.iter().any(|word| memmem::find(text, word).is_some())
}

/// Whether the text has the character with which colours begin.
pub(super) fn has_escape(text: &[u8]) -> bool {
    memchr::memchr(ESCAPE_CHARACTER, text).is_some()
}

impl Facts {
    /// All words that the text spells, also where two literals spell one together.
    pub(super) fn find_spelled(&mut self, text: &[u8], regions: &Regions) {
        let has = |word: &&[u8]| memmem::find(text, word).is_some();
        if OF_FILES.iter().any(has) {
            self.words |= WordSet::FILE;
        }
        if OF_TYPES.iter().any(has) {
            self.words |= WordSet::TYPE_NAMES;
        }
        if has(&DEVICE) {
            self.words |= WordSet::DEVICE;
        }
        if has_escape(text) {
            self.words |= WordSet::ESCAPE;
        }
        self.find_spelled_in(text, regions);
        // Adjacent literals are one: `".inc" "bin"` is `".incbin"`.
        if let Some(joined) = join_literals(text, regions) {
            self.find_spelled_in(&joined, &Regions::of(&joined));
        }
    }

    /// Words that count by where they stand.
    fn find_spelled_in(&mut self, text: &[u8], regions: &Regions) {
        for (name, word) in [
            (&b"__DATE__"[..], WordSet::DATE),
            (b"__TIME__", WordSet::DATE),
            (b"__TIMESTAMP__", WordSet::TIMESTAMP),
            (b"__FILE__", WordSet::FILE),
            (b"__BASE_FILE__", WordSet::FILE),
        ] {
            for at in memmem::find_iter(text, name).filter(|at| stands_alone(text, *at, name.len())) {
                match regions.at(at) {
                    Region::String if is_in_pragma(text, at, regions) => self.note_date(text, at, word, Region::Code),
                    region @ (Region::Code | Region::Unsure) => self.note_date(text, at, word, region),
                    Region::String | Region::Comment => {}
                }
            }
        }
        for (directive, in_string) in [(INCBIN, WordSet::INCBIN), (INCLUDE, WordSet::ASM_INCLUDE)] {
            for at in find_directive(text, directive) {
                // `f(name, ".include")` in a text without `asm` only speaks of directives.
                let only_speaks = text.get(at + directive.0.len()) == Some(&b'"') && !mentions_asm(text);
                self.words |= match regions.at(at) {
                    _ if only_speaks => WordSet::ASM_FILE,
                    Region::Code => WordSet::ASM_FILE,
                    Region::String | Region::Unsure => in_string | WordSet::ASM_FILE,
                    Region::Comment => WordSet::NONE,
                };
            }
        }
    }

    /// Notes a time macro or `__FILE__` at `at`. In `#define BUILT __DATE__` it counts where `BUILT` is expanded, anywhere else at once.
    fn note_date(&mut self, text: &[u8], at: usize, word: WordSet, region: Region) {
        let definition = line_start(text, at).filter(|_| region == Region::Code).and_then(|line| {
            let (name, body) = define_of(&text[line..at])?;
            (!name.is_empty() && !body.is_empty()).then_some(name)
        });
        match definition {
            Some(name) => push_new(&mut self.dated, Dated { name: name.to_vec(), word }),
            None => self.words |= word,
        }
    }
}

/// The text with the seams between adjacent string literals taken out; `None` if there are none.
fn join_literals(text: &[u8], regions: &Regions) -> Option<Vec<u8>> {
    let seams =
        if regions.unsure || regions.without_separators.is_some() { possible_seams(text) } else { regions.seams(text) };
    let mut out = Vec::new();
    let mut copied = 0;
    for (close, open) in seams {
        out.extend_from_slice(&text[copied..close]);
        copied = open + 1;
    }
    if copied == 0 {
        return None;
    }
    out.extend_from_slice(&text[copied..]);
    Some(out)
}
