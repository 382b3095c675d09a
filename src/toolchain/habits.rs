//! What compilers of one family, or some versions of them, do differently when they are asked, as data.
//!
//! Each habit says where it is written down and which versions were tried: gcc 5, 11 and 12, also as a cross compiler,
//! and clang 13 to 16, 19 and 22.

use crate::command::Family;

/// The words by which clang tells its parts the name of the `.dwo` file (`clang/include/clang/Driver/Options.td`). clang
/// 13 to 22 write both as a word of their own with the name behind it.
pub const SPLIT_WORDS: [&[u8]; 2] = [b"-split-dwarf-file", b"-split-dwarf-output"];

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

/// gcc tells with `-print-search-dirs` where it is installed and where it looks for programs (GCC manual, "Developer
/// Options"). clang answers the same question about libraries only, and names its own directory with `-resource-dir` in
/// the words of `-###`.
pub fn tells_search_dirs(family: Family) -> bool {
    family == Family::Gcc
}

/// gcc for AVR makes its device known by macros that `cc1` defines from `-mmcu=` (GCC manual, "AVR Options"), so that
/// they are no words of the driver and have to be asked for with `-dM`. avr-gcc 5 was tried.
pub fn defines_device_itself(family: Family, target: &str) -> bool {
    family == Family::Gcc && target == "avr"
}

/// What the files are that a driver reads and `-###` names: specs files that include others by `%include` (gcc), or
/// configuration files that include others by `@name` (clang).
pub fn reads_specs(family: Family) -> bool {
    family == Family::Gcc
}

/// clang looks for configuration files named after itself and its target (clang's manual, "Configuration files"), and
/// borrows the C++ headers of the newest gcc that it finds.
pub fn looks_for_configurations(family: Family) -> bool {
    family == Family::Clang
}

#[cfg(test)]
mod tests {
    use super::*;

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
