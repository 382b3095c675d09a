//! The words that drivers give their programs and nobody types: one sorted table and the search in it.
//!
//! A driver tells `cc1` `-quiet` and `-dumpbase a.c`, and clang tells itself `-mrelocation-model pic`. No command line
//! holds such words, so the option table ([`crate::command::grammar`]) does not know them. What a row here or a
//! harmless row there covers is served. Everything else is not.
//!
//! Some rows refuse. They are the exceptions within a family that the option table serves as a whole: `-m` selects the
//! target, but `-mlink-bitcode-file` reads a file.

mod table;

pub use table::WORDS;

use crate::command::Family;

/// A program that a driver starts, as far as its words have meanings of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `cc1`, `cc1plus`, `cc1obj`: the compilers proper of gcc.
    Cc1,
    /// `clang -cc1`
    Frontend,
    /// `clang -cc1as`
    IntegratedAssembler,
    /// `as` of either family, and what clang starts in its place: `ptxas` for CUDA, `llvm-mc` for Hexagon.
    Assembler,
    /// LLVM's back end in clang, which is told its words behind `-mllvm`.
    Backend,
    /// `objcopy`, which moves debug data to the `.dwo` file.
    Splitter,
}

/// How a word takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordForm {
    /// `-quiet`: the word has no value.
    Flag,
    /// `-dwarf-version=5`: the value stands in the same word.
    Joined,
    /// `-dumpbase a.c`: the value is the next word.
    Separate,
    /// `-mlink-`: every word that begins so.
    Family,
}

/// What is known about one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The spelling, up to where a joined value begins.
    pub name: &'static str,
    /// How a value is attached.
    pub form: WordForm,
    /// The programs that know the word so.
    pub programs: &'static [Program],
    /// When the word can be served unseen.
    pub served: Served,
    /// One phrase: why the word is harmless, or why it is not.
    pub why: &'static str,
}

/// When a word can be served unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// Wherever it stands.
    Always,
    /// Never.
    Never,
    /// `cc1 -E -lang-asm a.S`: where the text is made that the assembler reads.
    ForAssembler,
    /// `clang -cc1 -split-dwarf-file a.dwo`: where the command asks for the `.dwo` file.
    WithSplitDwarf,
    /// `cc1 -isystem /opt/avr/lib/gcc/avr/include`: where its value lies in a directory of the toolchain.
    WithOwnDirectory,
    /// `clang -cc1 -mllvm -treat-scalable-fixed-error-as-warning`: where its value is a harmless word of the back end.
    WithBackendWord,
}

/// Words by which drivers name the source, the output and what is called after them. The name follows as the next word.
pub const NAMES_FOLLOW: [&[u8]; 7] =
    [b"-main-file-name", b"-dumpbase", b"-dumpbase-ext", b"-dumpdir", b"-auxbase", b"-auxbase-strip", b"-o"];
/// `cc1 -E -lang-asm` and `clang -cc1 -E -x assembler-with-cpp` make the text that the assembler reads.
pub const FOR_ASSEMBLER: [&[u8]; 2] = [b"-lang-asm", b"assembler-with-cpp"];
/// `objcopy --extract-dwo a.o a.dwo`
pub const EXTRACT_SPLIT: &[u8] = b"--extract-dwo";
/// `clang -cc1 -resource-dir DIR`: the directory of clang's own headers.
pub const RESOURCE_DIR: &[u8] = b"-resource-dir";

impl Program {
    /// The program that `words` start, told by its name and, for clang, by the first word behind it. `None` is a
    /// program of which no word is known.
    pub fn of(words: &[Vec<u8>], family: Family) -> Option<Self> {
        let name = words.first()?.rsplit(|byte| *byte == b'/').next()?;
        let first = words.get(1).map(Vec::as_slice);
        match (family, first) {
            (Family::Clang, Some(b"-cc1")) => Some(Self::Frontend),
            (Family::Clang, Some(b"-cc1as")) => Some(Self::IntegratedAssembler),
            (Family::Gcc, _) if name.starts_with(b"cc1") => Some(Self::Cc1),
            _ if name.ends_with(b"as") || name.ends_with(b"llvm-mc") => Some(Self::Assembler),
            _ if name.ends_with(b"objcopy") => Some(Self::Splitter),
            _ => None,
        }
    }

    /// How many words that are neither options nor values the program may have: the file that it reads, and for
    /// `objcopy --extract-dwo a.o a.dwo` also the one that it writes.
    pub fn operands(self) -> usize {
        if self == Self::Splitter { 2 } else { 1 }
    }
}

/// Finds the row for a word of `program`. A name that matches the whole word wins over every prefix, and the longest
/// prefix wins over the others.
pub fn find(word: &[u8], program: Program) -> Option<&'static Word> {
    let named = |name: &[u8]| {
        let at = WORDS.binary_search_by(|row| row.name.as_bytes().cmp(name)).ok()?;
        Some(&WORDS[at]).filter(|row| row.programs.contains(&program))
    };
    let takes_more = |row: &&Word| matches!(row.form, WordForm::Joined | WordForm::Family);
    let prefix = || (2..word.len().min(LONGEST + 1)).rev().find_map(|end| named(&word[..end]).filter(takes_more));
    named(word).or_else(prefix)
}

/// The length of the longest name, so that a word of a megabyte is not tried at every length.
const LONGEST: usize = {
    let (mut longest, mut at) = (0, 0);
    while at < WORDS.len() {
        if WORDS[at].name.len() > longest {
            longest = WORDS[at].name.len();
        }
        at += 1;
    }
    longest
};

/// A row of a word that is served.
const fn word(name: &'static str, form: WordForm, programs: &'static [Program], why: &'static str) -> Word {
    Word { name, form, programs, served: Served::Always, why }
}

/// A row of a word that is served in one place and not in another.
const fn sometimes(
    name: &'static str,
    form: WordForm,
    programs: &'static [Program],
    served: Served,
    why: &'static str,
) -> Word {
    Word { name, form, programs, served, why }
}

/// A row of a word that is not served, though a family of the option table covers it.
const fn refused(name: &'static str, form: WordForm, programs: &'static [Program], why: &'static str) -> Word {
    Word { name, form, programs, served: Served::Never, why }
}

#[cfg(test)]
mod tests {
    use super::super::added;
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_duplicates() {
        for pair in WORDS.windows(2) {
            assert!(pair[0].name.as_bytes() < pair[1].name.as_bytes(), "{} before {}", pair[0].name, pair[1].name);
        }
    }

    #[test]
    fn every_row_says_why_and_of_what() {
        for row in WORDS {
            assert!(row.why.len() > 10 && !row.why.ends_with('.'), "{}", row.name);
            assert!(!row.programs.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn every_row_is_found_by_its_own_name_and_by_its_programs_only() {
        use Program::{Assembler, Backend, Cc1, Frontend, IntegratedAssembler, Splitter};
        for row in WORDS {
            for program in [Cc1, Frontend, IntegratedAssembler, Assembler, Backend, Splitter] {
                let found = find(row.name.as_bytes(), program).map(|found| found.name);
                assert_eq!(found == Some(row.name), row.programs.contains(&program), "{} of {program:?}", row.name);
            }
        }
    }

    /// A row says what the option table does not say already; a refusing row takes back what it says.
    #[test]
    fn no_row_repeats_the_option_table() {
        for row in WORDS {
            for program in row.programs {
                let takes_value = row.form == WordForm::Separate;
                let covered = added::is_covered(row.name.as_bytes(), takes_value, *program);
                assert_eq!(covered, row.served == Served::Never, "{} of {program:?}", row.name);
            }
        }
    }

    #[test]
    fn a_joined_form_ends_where_a_value_begins() {
        for row in WORDS.iter().filter(|row| row.form == WordForm::Joined) {
            assert!(row.name.ends_with(['=', '-']) || row.name.len() == 2, "{}", row.name);
        }
    }

    #[test]
    fn only_families_that_are_listed_here_are_served_by_a_prefix() {
        let served = WORDS.iter().filter(|row| row.served != Served::Never && row.form == WordForm::Family);
        let names: Vec<_> = served.map(|row| row.name).collect();
        assert_eq!(names, [""; 0]);
    }

    #[test]
    fn programs_are_told_by_their_names() {
        let of = |line: &str, family| {
            let words: Vec<_> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            Program::of(&words, family)
        };
        for (line, family, program) in [
            ("/x/cc1 -quiet", Family::Gcc, Some(Program::Cc1)),
            ("/x/cc1objplus -quiet", Family::Gcc, Some(Program::Cc1)),
            ("/x/clang-19 -cc1 -triple", Family::Clang, Some(Program::Frontend)),
            ("/x/clang-19 -cc1as -triple", Family::Clang, Some(Program::IntegratedAssembler)),
            ("as --64", Family::Gcc, Some(Program::Assembler)),
            ("/x/avr-as -mmcu=avr5", Family::Clang, Some(Program::Assembler)),
            ("/x/objcopy --extract-dwo", Family::Gcc, Some(Program::Splitter)),
            ("/x/collect2 -o", Family::Gcc, None),
            ("/x/clang -c", Family::Clang, None),
        ] {
            assert_eq!(of(line, family), program, "{line}");
        }
    }
}
