//! Files that a compiler writes beside the main output: one table.
//!
//! A row says what the file is called, how it is written, and what it can tell of the place. The option that asks for it has a row
//! of its own in [`grammar`](super::grammar::OPTIONS), with the effect [`Side`](super::grammar::Effect::Side).

use super::family::Family;

/// Which side file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SideKind {
    /// `-fstack-usage`
    StackUsage,
    /// `-ftest-coverage`, `--coverage`
    CoverageNotes,
    /// `-gsplit-dwarf`
    SplitDwarf,
    /// `-fcallgraph-info`
    CallGraph,
    /// `--serialize-diagnostics FILE`
    Diagnostics,
}

/// How a compiler replaces a file that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// GNU `as` and `objcopy` remove a file that is not empty, and then make a new one (binutils, `bfd/cache.c`).
    UnlinkUnlessEmpty,
    /// clang's main output is a temporary file that is renamed.
    Replace,
    /// Everything else is truncated and written in place.
    InPlace,
}

/// How a side file is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// As the main output, with this in the place of its extension; alike in gcc 5 to 15 and clang.
    Extension(&'static str),
    /// As the option's value says. Of several options the last one counts.
    Value,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    /// The file.
    pub kind: SideKind,
    /// How it is called.
    pub name: Name,
    /// The byte that stands for it in entries. It is never given to another.
    pub byte: u8,
    /// How gcc replaces it.
    pub gcc: Style,
    /// How clang replaces it.
    pub clang: Style,
    /// It is written for assembler sources too, of which the compiler proper sees nothing.
    pub of_assembler: bool,
    /// It, or the main output beside it, holds a name that is made of the main output's.
    pub names_output: bool,
    /// The main output beside it holds checksums of paths, in which no search finds the place.
    pub hides_place: bool,
    /// Under `-frandom-seed`, gcc removes the file beside it that has this extension.
    pub gcc_removes: Option<&'static str>,
    /// It is for people, and names files as the command spells them. The `relative` mode leaves such commands as they are typed.
    pub names_files: bool,
    /// The test that compares it with the bare compiler's.
    pub test: &'static str,
}

/// Every side file, in the order of their kinds.
pub const SIDES: [Side; 5] = [
    Side {
        kind: SideKind::StackUsage,
        name: Name::Extension("su"),
        byte: 6,
        gcc: Style::InPlace,
        clang: Style::InPlace,
        of_assembler: false,
        names_output: false,
        hides_place: false,
        gcc_removes: None,
        names_files: false,
        test: "sides::spellings::the_spellings_of_stack_usage",
    },
    // The object names the data file that the program will write, `a.gcda`. A stamp tells the program which counts are its own. Under
    // `-frandom-seed` the stamp is always the same, so gcc removes an old file (`coverage_finish` in `gcc/coverage.cc`).
    Side {
        kind: SideKind::CoverageNotes,
        name: Name::Extension("gcno"),
        byte: 7,
        gcc: Style::InPlace,
        clang: Style::InPlace,
        of_assembler: false,
        names_output: true,
        hides_place: true,
        gcc_removes: Some("gcda"),
        names_files: false,
        test: "sides::spellings::the_spellings_of_coverage",
    },
    // The object names the file, `a.dwo`; gcc has it written by `objcopy`.
    Side {
        kind: SideKind::SplitDwarf,
        name: Name::Extension("dwo"),
        byte: 8,
        gcc: Style::UnlinkUnlessEmpty,
        clang: Style::InPlace,
        of_assembler: true,
        names_output: true,
        hides_place: false,
        gcc_removes: None,
        names_files: false,
        test: "sides::spellings::the_spellings_of_split_debug_data",
    },
    Side {
        kind: SideKind::CallGraph,
        name: Name::Extension("ci"),
        byte: 9,
        gcc: Style::InPlace,
        clang: Style::InPlace,
        of_assembler: false,
        names_output: false,
        hides_place: false,
        gcc_removes: None,
        names_files: false,
        test: "sides::spellings::call_graphs",
    },
    // clang's driver removes the file before the compile, and writes it also where nothing is said (`RemoveOldDiagnostics` in
    // `clang/lib/Frontend/SerializedDiagnosticPrinter.cpp`).
    Side {
        kind: SideKind::Diagnostics,
        name: Name::Value,
        byte: 10,
        gcc: Style::InPlace,
        clang: Style::Replace,
        of_assembler: false,
        names_output: false,
        hides_place: false,
        gcc_removes: None,
        names_files: true,
        test: "sides::serialized::it_comes_back_under_any_name",
    },
];

impl SideKind {
    /// Its row.
    pub fn side(self) -> &'static Side {
        &SIDES[self as usize]
    }

    /// The side file that a byte in an entry stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        SIDES.iter().find(|side| side.byte == byte).map(|side| side.kind)
    }
}

impl Side {
    /// How a compiler of this family replaces the file.
    pub fn style(&self, family: Family) -> Style {
        match family {
            Family::Gcc => self.gcc,
            Family::Clang => self.clang,
        }
    }

    /// The extension of a file beside it that a compiler of this family removes under `-frandom-seed`.
    pub fn removes(&self, family: Family) -> Option<&'static str> {
        match family {
            Family::Gcc => self.gcc_removes,
            Family::Clang => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_row_and_its_byte() {
        for (nth, side) in SIDES.iter().enumerate() {
            assert_eq!(side.kind as usize, nth);
            assert_eq!(SideKind::from_byte(side.byte), Some(side.kind), "two rows with the byte {}", side.byte);
            let same = SIDES.iter().filter(|other| other.name == side.name && side.name != Name::Value);
            assert!(same.count() <= 1, "{:?}", side.name);
        }
    }
}
