//! What a driver adds to the command line by itself, and what of it cannot be served.
//!
//! A script wrapper or a specs file can add options that make the compiler write or read a file: `-fstack-usage`, a
//! listing, a profile. The command line that packer-cc was given does not show them, `-###` does. Such a compiler is
//! left alone: a hit would lack the file, or not know that it changed.

use crate::invocation::Role;
use crate::invocation::grammar::{self, Effect};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The first word of a command in `-###` that was not among `options` and cannot be served.
pub fn unserved<'a>(command: &'a [Vec<u8>], options: &[OsString]) -> Option<&'a [u8]> {
    let (program, words) = command.split_first()?;
    let name = Path::new(OsStr::from_bytes(program)).file_name()?.as_bytes();
    let refused: fn(&[u8]) -> bool = match words.first().map(Vec::as_slice) {
        Some(b"-cc1" | b"-cc1as") => by_clang,
        _ if name.starts_with(b"cc1") => by_gcc,
        _ if name.ends_with(b"as") => by_assembler,
        _ => return None,
    };
    let splits = options.iter().any(|option| option.as_bytes().starts_with(b"-gsplit-dwarf"));
    let asked = |word: &[u8]| {
        options.iter().any(|option| option.as_bytes() == word) || splits && word.starts_with(b"-split-dwarf-")
    };
    words.iter().map(Vec::as_slice).find(|word| refused(word) && !asked(word))
}

/// Words of gcc's driver for `cc1`, which are options of its own command line but for a few names.
fn by_gcc(word: &[u8]) -> bool {
    // Said of preprocessed sources and of assembly.
    let own = [&b"-fpreprocessed"[..], b"-fno-directives-only"].contains(&word);
    match word.get(..2) {
        Some(b"-M") => true,
        Some(b"-d") => !word.starts_with(b"-dump"),
        Some(b"-f" | b"-g") if !own => grammar::find(word).is_none_or(|found| {
            let writes = matches!(found.row.effect, Effect::Side(_) | Effect::Profile);
            let reads = matches!(found.row.role, None | Some(Role::InputFile));
            (writes || reads) && !found.negated
        }),
        _ => word == b"-include" || word == b"-imacros" || word.starts_with(b"-aux-info"),
    }
}

/// Options of clang's front end, whose language is not the driver's: those that name a file.
fn by_clang(word: &[u8]) -> bool {
    const FILES: &[&str] = &[
        "-add-plugin",
        "-coverage-data-file",
        "-coverage-notes-file",
        "-dependency-file",
        "-diagnostic-log-file",
        "-fmodule",
        "-fpass-plugin",
        "-fplugin",
        "-fprofile-instrument-path",
        "-fprofile-instrument-use-path",
        "-fprofile-instrument=",
        "-fprofile-list",
        "-fprofile-sample-use",
        "-fsanitize-blacklist",
        "-fsanitize-coverage-allowlist",
        "-fsanitize-coverage-ignorelist",
        "-fsanitize-ignorelist",
        "-fthinlto-index",
        "-ftime-trace",
        "-header-include-file",
        "-imacros",
        "-include",
        "-ivfsoverlay",
        "-load",
        "-mlink-bitcode-file",
        "-mlink-builtin-bitcode",
        "-opt-record-file",
        "-plugin",
        "-save-temps",
        "-serialize-diagnostic-file",
        "-split-dwarf-file",
        "-split-dwarf-output",
        "-stack-usage-file",
        "-stats-file",
    ];
    FILES.iter().any(|name| word.starts_with(name.as_bytes()))
}

/// Listings and depfiles of GNU as.
fn by_assembler(word: &[u8]) -> bool {
    word.starts_with(b"-a") || word.starts_with(b"--MD") || word.starts_with(b"--listing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(line: &str, options: &[&str]) -> Option<String> {
        let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let options: Vec<OsString> = options.iter().map(OsString::from).collect();
        unserved(&words, &options).map(|word| String::from_utf8_lossy(word).into_owned())
    }

    #[test]
    fn what_drivers_add_everywhere_is_served() {
        for line in [
            "/l/cc1 -quiet -imultiarch x86_64-linux-gnu /dev/null -quiet -dumpbase null -mtune=generic -march=x86-64 \
             -fasynchronous-unwind-tables -o /tmp/x.s",
            "/l/cc1plus -quiet -imultilib avr5 -D__AVR_ATmega328P__ /dev/null -mn-flash=1 -mno-skip-bug -quiet -dumpbase \
             null -mmcu=avr5 -auxbase-strip /dev/null -fno-rtti -fno-enforce-eh-specs -fno-exceptions -o /tmp/x.s",
            "/l/cc1 -E -lang-asm -quiet -imultiarch x s.S -mtune=generic -fno-directives-only -o /tmp/x.s",
            "/l/cc1 -fpreprocessed a.i -quiet -fstack-protector-strong -Wformat -fcf-protection",
            "as --64 -o /dev/null /tmp/x.s",
            "/l/clang -cc1 -triple x -emit-obj -disable-free -main-file-name null -fdebug-compilation-dir=/d -ferror-limit 19 \
             -resource-dir /r -internal-isystem /i -faddrsig -o /dev/null -x c /dev/null",
            "objcopy --extract-dwo /dev/null null.dwo",
        ] {
            assert_eq!(first(line, &[]), None, "{line}");
        }
    }

    #[test]
    fn what_names_a_file_is_not() {
        for (line, word) in [
            ("/l/cc1 -quiet a.c -fstack-usage", "-fstack-usage"),
            ("/l/cc1 -quiet a.c -fprofile-arcs -ftest-coverage", "-fprofile-arcs"),
            ("/l/cc1 -quiet a.c -fdump-tree-all", "-fdump-tree-all"),
            ("/l/cc1 -quiet a.c -fno-such-thing", "-fno-such-thing"),
            ("/l/cc1 -quiet -MMD a.d -MQ a.o a.c", "-MMD"),
            ("/l/cc1plus -quiet -include x.h a.c", "-include"),
            ("/l/cc1 -quiet a.c -da", "-da"),
            ("as --64 -aln=x.lst -o a.o", "-aln=x.lst"),
            ("/l/clang -cc1 -stack-usage-file a.su", "-stack-usage-file"),
            ("/l/clang -cc1 -coverage-notes-file=a.gcno", "-coverage-notes-file=a.gcno"),
        ] {
            assert_eq!(first(line, &[]).as_deref(), Some(word), "{line}");
        }
        assert_eq!(first("/l/cc1 -gsplit-dwarf", &["-gsplit-dwarf"]), None);
        assert_eq!(first("/l/cc1 -gsplit-dwarf", &[]).as_deref(), Some("-gsplit-dwarf"));
        assert_eq!(first("/l/clang -cc1as -split-dwarf-output a.dwo", &["-gsplit-dwarf"]), None);
    }
}
