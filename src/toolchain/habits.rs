//! What compilers of one family, or some versions of them, do differently when they are asked, as data.
//!
//! Each habit says where it is written down and which versions were tried: gcc 5, 11 and 12, also as a cross compiler,
//! and clang 13 to 16, 19 and 22.

use crate::command::sides::Style;
use crate::command::{Family, Stage};

/// The word by which clang repeats `SOURCE_DATE_EPOCH` to its front end (`clang/lib/Driver/ToolChains/Clang.cpp`). clang 16
/// to 22 write it, with the seconds behind it; gcc's `cc1` reads the variable itself.
pub const SOURCE_DATE: &[u8] = b"-source-date-epoch";

/// How the words begin by which clang names the lists that a sanitizer reads from the resource directory
/// (`clang/lib/Driver/SanitizerArgs.cpp`). clang 13 to 22 write the first, clang 9 to 12 the second.
pub const SYSTEM_LISTS: [&[u8]; 2] = [b"-fsanitize-system-ignorelist=", b"-fsanitize-system-blacklist="];

/// A line of `-###` that says which compiler it is.
///
/// ```text
/// gcc version 12.2.0 (Debian 12.2.0-14+deb12u1)
/// Debian clang version 14.0.6
/// Apple clang version 15.0.0 (clang-1500.3.9.4)
/// ```
///
/// The result is the family and the major version, which is 0 for Apple's clang: Apple counts by itself.
pub fn announced(line: &str) -> Option<(Family, u32)> {
    const CLANG: &str = "clang version ";
    // The name of a vendor stands before it; a command of `-###` begins with a blank.
    if let Some(at) = line.find(CLANG).filter(|at| !line.starts_with(' ') && *at < 40) {
        let major = if line.starts_with("Apple") { 0 } else { major(&line[at + CLANG.len()..]) };
        return Some((Family::Clang, major));
    }
    line.strip_prefix("gcc version ").map(|version| (Family::Gcc, major(version)))
}

fn major(version: &str) -> u32 {
    let digits = version.split(|character: char| !character.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// What some compilers do and others do not.
#[derive(Debug, Clone, Copy)]
pub struct Habit {
    /// The first major version of gcc that has it.
    gcc: From,
    /// The first major version of clang that has it. Apple's clang, whose version counts as 0, has what all have.
    clang: From,
}

/// From which major version on a family has a habit.
type From = Option<u32>;
const ALWAYS: From = Some(0);
const NEVER: From = None;

impl Habit {
    const GCC: Self = Self { gcc: ALWAYS, clang: NEVER };
    const CLANG: Self = Self { gcc: NEVER, clang: ALWAYS };

    /// Whether this version of this family has it.
    pub fn has(self, family: Family, major: u32) -> bool {
        let since = match family {
            Family::Gcc => self.gcc,
            Family::Clang => self.clang,
        };
        since.is_some_and(|since| major >= since)
    }
}

/// `-print-search-dirs` tells where the compiler is installed and where it looks for programs (GCC manual, "Developer Options").
/// clang answers about libraries only, and names its own directory with `-resource-dir` in the words of `-###`.
pub const TELLS_SEARCH_DIRS: Habit = Habit::GCC;

/// What the driver reads, and `-###` names, are specs files that include others by `%include`. clang's are configuration files that
/// include others by `@name`.
pub const READS_SPECS: Habit = Habit::GCC;

/// The driver looks for configuration files named after itself and its target (clang's manual, "Configuration files"), and borrows the
/// C++ headers of the newest gcc that it finds.
pub const LOOKS_FOR_CONFIGURATIONS: Habit = Habit::CLANG;

/// `stdc-predef.h` is read before everything else (GCC 4.8 release notes).
pub const PREDEFINED_HEADER: Habit = Habit::GCC;

/// `x.h.gch` is taken for `x.h` wherever that is looked for (GCC manual, "Using Precompiled Headers"). clang's driver takes it for
/// `-include x.h` alone.
pub const PRECOMPILED_EVERYWHERE: Habit = Habit::GCC;

/// Under `#pragma once`, files of equal content and equal second of change are one (libcpp, `_cpp_find_file`). To clang they are one if
/// device and inode are equal.
pub const ONCE_BY_CONTENT: Habit = Habit::GCC;

/// A file that is read by two names is called by the one it was found by last (clang's `FileManager::getFileRef`, `FileEntry::getName`).
pub const NAMES_BY_INODE: Habit = Habit::CLANG;

/// A system header is called by its canonical path where that is shorter (libcpp, `maybe_shorter_path`).
pub const CANONICAL_HEADERS: Habit = Habit::GCC;

/// What stands in the place of a search directory may be a file, a map from names to headers (clang, `HeaderMapTypes.h`).
pub const HEADER_MAPS: Habit = Habit::CLANG;

/// Headers are looked for by Microsoft's rules for its targets, and with its extensions (clang's manual, "Microsoft extensions").
pub const MICROSOFT_RULES: Habit = Habit::CLANG;

/// `-Wshadow-header` has every directory searched for each header, also behind the one in which it is found. clang 22 knows it and 19
/// does not; those between were not tried.
pub const LOOKS_FOR_SHADOWS: Habit = Habit { gcc: NEVER, clang: Some(20) };

/// `a.sx` is a file for the linker.
pub const SX_IS_LINKED: Habit = Habit::CLANG;

/// `-Wp,-MD,a.d` is taken for `-MD -MF a.d`, and what else is passed of a depfile is not understood. gcc's driver passes all of it on.
pub const TAKES_PASSED_DEPFILE: Habit = Habit::CLANG;

/// A source for the assembler is read as text too where only assembly is asked for, to write it out anew:
/// `asm(".include \"x.s\"")` under `-S`.
pub const ASSEMBLES_FOR_ASSEMBLY: Habit = Habit::CLANG;

/// The assembler is GNU as, which tells every file that it reads (binutils, "Invoking as", `--MD`).
pub const GNU_ASSEMBLER: Habit = Habit::GCC;

/// `objcopy` splits an object, and gives the `.dwo` file the modes of the object.
pub const SPLITS_BY_OBJCOPY: Habit = Habit::GCC;

/// Types that have no name are called by the place of their text: `(lambda at /ws/a.c:3:9)`.
pub const NAMES_TYPES_BY_FILE: Habit = Habit::CLANG;

/// Code for other devices is called by device and inode of the source: `__omp_offloading_801_1d5c25_f_l3`.
pub const OFFLOADS_BY_INODE: Habit = Habit::CLANG;

/// A prefix map holds for every word that gives a file's name: `__builtin_FILE` goes by it (gcc's `fold_builtin_FILE`). clang's does
/// not in all versions.
pub const MAPS_EVERY_NAME: Habit = Habit::GCC;

/// Of several prefix maps the one given last is tried first, and of those that fit no other is applied (`remap_filename` in gcc's
/// `file-prefix-map.cc`, before that in `final.c`). clang has gone by other orders: the first by name, the last given.
pub const LAST_MAP_FIRST: Habit = Habit::GCC;

/// `-ffile-prefix-map` and `-fmacro-prefix-map` are known (GCC 8 and clang 10 release notes).
pub const FILE_PREFIX_MAP: Habit = Habit { gcc: Some(8), clang: Some(10) };

/// Prefix maps are left out where the command line is recorded (gcc 5 records them).
pub const MAPS_ARE_NOT_RECORDED: Habit = Habit { gcc: Some(8), clang: ALWAYS };

/// The names of headers in link-time code can be mapped. gcc before 8 writes them as they are.
pub const MAPS_LINK_TIME_CODE: Habit = Habit { gcc: Some(8), clang: ALWAYS };

/// `__DATE__` and `__TIME__` are taken from `SOURCE_DATE_EPOCH` (GCC 7 and clang 16 release notes).
pub const SOURCE_DATE_EPOCH: Habit = Habit { gcc: Some(7), clang: Some(16) };

/// `-fdirectives-only` is known and knows raw strings (GCC 11 release notes, libcpp's `cpp_directive_only_process`).
pub const DIRECTIVES_ONLY: Habit = Habit { gcc: Some(11), clang: NEVER };

/// `#pragma GCC target` defines macros where text is compiled, and does not where it is only preprocessed.
pub const TARGET_PRAGMA_DEFINES: Habit = Habit::GCC;

/// Debug data name a file relative to the working directory's nearest directory that holds both (clang's `CGDebugInfo::createFile`): with
/// the directory `/ws` and the name `kit-1.2/inc/x.h` for a compile in `/ws/app`. So the file's own directory is nowhere spelled.
pub const PARTS_DEBUG_NAMES: Habit = Habit::CLANG;

/// Debug data hold sums of the sources, from DWARF 5 on (clang's `CGDebugInfo::computeChecksum`). gcc writes none.
pub const SUMS_SOURCES: Habit = Habit::CLANG;

/// Link-time code holds at which byte of all that was read a statement in assembly stands (`!srcloc`, LLVM Language Reference, "Inline Asm
/// Metadata").
pub const KEEPS_OFFSETS: Habit = Habit::CLANG;

/// How the word begins by which clang's driver asks the front end for debug data (`clang/lib/Driver/ToolChains/Clang.cpp`).
pub const DEBUG_DATA: &[u8] = b"-debug-info-kind=";

/// C without `-std` knows `//` (GCC 5 release notes; clang began with C99).
pub const LINE_COMMENTS_IN_C: Habit = Habit { gcc: Some(5), clang: ALWAYS };

/// `#pragma clang deprecated(X)`, `final` and their kin make lists of macros that are warned of where they are said (Clang Language Extensions,
/// "Extensions to the preprocessor").
pub const WARNS_OF_WORDS: Habit = Habit::CLANG;

/// `-fverbose-asm` has lines of the source quoted in assembly, and tells how it was made, with what gcc makes of this machine's memory.
pub const VERBOSE_ASSEMBLY: Habit = Habit::GCC;

/// `-fverbose-asm` tells no options that the command does not hold. gcc 5 writes `# options enabled:  -faggressive-loop-optimizations …`
/// into the assembly.
pub const PLAIN_VERBOSE_ASSEMBLY: Habit = Habit { gcc: Some(11), clang: ALWAYS };

/// `#include_next` in a forced include searches on behind the directory in which that was found. One that is given by an absolute path
/// was found in none.
pub const FORCED_SEARCHES_ON: Habit = Habit::GCC;

/// The names of files in a depfile are changed: `\` becomes `/`, and one of several slashes is taken off. A forced include that is found
/// beside the working directory makes that one known as `.`.
pub const CHANGES_NAMES: Habit = Habit::CLANG;

/// gcc for AVR makes its device known by macros that `cc1` defines from `-mmcu=` (GCC manual, "AVR Options"), so that
/// they are no words of the driver and have to be asked for with `-dM`. avr-gcc 5 was tried.
pub fn defines_device_itself(family: Family, target: &str) -> bool {
    family == Family::Gcc && target == "avr"
}

/// How a main output that is already there is replaced.
pub fn main_style(family: Family, stage: Stage) -> Style {
    match (family, stage) {
        (Family::Clang, _) => Style::Replace,
        (Family::Gcc, Stage::Object) => Style::UnlinkUnlessEmpty,
        (Family::Gcc, Stage::Assembly) => Style::InPlace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_come_with_versions() {
        for (habit, gcc, clang) in [(FILE_PREFIX_MAP, 8, 10), (SOURCE_DATE_EPOCH, 7, 16)] {
            for (family, since) in [(Family::Gcc, gcc), (Family::Clang, clang)] {
                assert!(!habit.has(family, since - 1) && habit.has(family, since));
            }
            assert!(!habit.has(Family::Clang, 0), "Apple's counts otherwise");
        }
        assert!(READS_SPECS.has(Family::Gcc, 0) && !READS_SPECS.has(Family::Clang, 99));
        assert!(!DIRECTIVES_ONLY.has(Family::Clang, 99));
    }

    #[test]
    fn families_and_versions_are_told_by_what_they_say() {
        for (line, expected) in [
            ("gcc version 12.2.0 (Debian 12.2.0-14+deb12u1) ", Some((Family::Gcc, 12))),
            ("gcc version 5.4.0 (GCC) ", Some((Family::Gcc, 5))),
            ("Debian clang version 14.0.6", Some((Family::Clang, 14))),
            ("clang version 19.1.7", Some((Family::Clang, 19))),
            ("Apple clang version 15.0.0 (clang-1500.3.9.4)", Some((Family::Clang, 0))),
            (" \"/x/clang\" \"-cc1\" \"clang version 3\"", None),
            ("Target: x86_64-pc-linux-gnu", None),
        ] {
            assert_eq!(announced(line), expected, "{line}");
        }
    }
}
