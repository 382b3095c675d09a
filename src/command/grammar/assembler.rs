//! Which options the assembler may be passed (`-Wa,`, `-Xassembler`).
//!
//! A list of its own, because the same spelling means other things there: `-a` prints listings, `-MD` writes a
//! depfile, `-I` decides about `.include`, `-o` moves the output. What is not listed is not served.

/// What the assembler is told, seen from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assembler {
    /// Changes only the code or the diagnostics.
    Harmless,
    /// Asks for debug information.
    Debug,
    /// Asks the assembler something; with some it then assembles nothing.
    Query,
}

impl Assembler {
    /// `--defsym NAME=VALUE`: takes the next piece along.
    pub const DEFINE: &[u8] = b"--defsym";

    /// Judges one piece.
    pub fn judge(piece: &[u8]) -> Option<Self> {
        let piece = std::str::from_utf8(piece).ok()?;
        let name = piece.split_once('=').map_or(piece, |(name, _)| name);
        match name {
            "-g" | "--gen-debug" | "-gstabs" | "--gstabs" | "-gstabs+" | "--gstabs+" => Some(Self::Debug),
            _ if QUESTIONS.contains(&piece) => Some(Self::Query),
            _ if DEBUG.iter().any(|prefix| name.starts_with(prefix)) => Some(Self::Debug),
            _ if HARMLESS.binary_search(&name).is_ok() || name.starts_with("-m") => Some(Self::Harmless),
            _ => None,
        }
    }
}

/// `-gdwarf-4`, `--gdwarf-sections`, `--gdwarf-cie-version=4`
const DEBUG: &[&str] = &["-gdwarf-", "--gdwarf-"];

/// What prints a version, or a list of options (binutils, "Invoking as").
const QUESTIONS: [&str; 7] = ["--dump-config", "--help", "--target-help", "--version", "-V", "-v", "-version"];

/// Sorted. `-m` is a family here too: it selects the target and opens no file.
const HARMLESS: &[&str] = &[
    "--32",
    "--64",
    "--compress-debug-sections",
    "--divide",
    "--elf-stt-common",
    "--execstack",
    "--fatal-warnings",
    "--fdpic",
    "--fix-v4bx",
    "--generate-missing-build-notes",
    "--keep-locals",
    "--longcalls",
    "--no-longcalls",
    "--no-pad-sections",
    "--no-warn",
    "--noexecstack",
    "--reduce-memory-overheads",
    "--sectname-subst",
    "--size-check",
    "--strip-local-absolute",
    "--target-align",
    "--text-section-literals",
    "--traditional-format",
    "--warn",
    "--x32",
    "-EB",
    "-EL",
    "-L",
    "-W",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(HARMLESS.is_sorted());
    }

    #[test]
    fn pieces_are_judged() {
        for (piece, expected) in [
            ("--noexecstack", Some(Assembler::Harmless)),
            ("-march=armv7-a", Some(Assembler::Harmless)),
            ("--gdwarf-5", Some(Assembler::Debug)),
            ("--compress-debug-sections", Some(Assembler::Harmless)),
            ("--compress-debug-sections=zlib", Some(Assembler::Harmless)),
            ("--compress-debug-sections=none", Some(Assembler::Harmless)),
            ("--version", Some(Assembler::Query)),
            ("-v", Some(Assembler::Query)),
            ("--help", Some(Assembler::Query)),
            ("-adhln=a.lst", None),
            ("-MD", None),
            ("--MD", None),
            ("-Idir", None),
            ("-o", None),
            ("--listing-lhs-width", None),
            ("a.s", None),
            ("@file", None),
            ("", None),
        ] {
            assert_eq!(Assembler::judge(piece.as_bytes()), expected, "{piece}");
        }
    }
}
