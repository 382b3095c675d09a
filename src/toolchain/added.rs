//! What a driver adds by itself to a compile: from specs, a configuration file, or the script in front of it.
//!
//! The command line as typed is judged by the table; what is added behind its back never passes there. `-###` shows
//! it. Most of it is harmless and hashed with the identity, see [`said`]; what makes the compiler write or read a
//! file that the command line does not tell of is refused, see [`refused`].

use crate::command::Family;
use crate::command::grammar::{self, Effect};
use crate::command::{Chain, Role};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Options of clang's front end that name a file it reads or writes beside the obvious ones, or look for one.
const CLANG_FILES: &[&str] = &[
    "-E",
    "-H",
    "-Werror=missing-include-dirs",
    "-Weverything",
    "-Wmissing-include-dirs",
    "-add-plugin",
    "-chain-include",
    "-coverage-data-file",
    "-coverage-notes-file",
    "-dependency-dot",
    "-dependency-file",
    "-diagnostic-log-file",
    "-dwarf-debug-flags",
    "-emit-pch",
    "-fcs-profile-generate",
    "-fmodules",
    "-fno-integrated-cc1",
    "-fpass-plugin",
    "-fplugin",
    "-fprofile-instrument",
    "-fprofile-list",
    "-fprofile-sample-use",
    "-fsanitize-coverage-allowlist",
    "-fsanitize-coverage-ignorelist",
    "-fsanitize-ignorelist",
    "-fthinlto-index",
    "-ftime-trace",
    "-fxray-instrument",
    "-header-include-file",
    "-include",
    "-include-pch",
    "-index-store-path",
    "-iquote",
    "-isystem",
    "-idirafter",
    "-ivfsoverlay",
    "-load",
    "-module-dependency-dir",
    "-opt-record-file",
    "-plugin",
    "-plugin-arg",
    "-print-stats",
    "-proc-stat-report",
    "-record-command-line",
    "-serialize-diagnostic-file",
    "-imacros",
    "-split-dwarf-file",
    "-split-dwarf-output",
    "-stack-usage-file",
    "-stats-file",
    "-fsyntax-only",
    "-I",
];

/// The words of one command that `-###` shows, without those that tell of this place or this source: what is left
/// is the same wherever the toolchain stands and whatever it is asked to compile. An answer is kept for all sources
/// of a language: a word that is made of the name of the one that happened to be first would give the same toolchain
/// another identity on every machine, and after every loss of the memo.
pub fn said(words: &[Vec<u8>], subject: &[u8]) -> Vec<Vec<u8>> {
    const NAMES: [&[u8]; 7] =
        [b"-main-file-name", b"-dumpbase", b"-dumpbase-ext", b"-dumpdir", b"-auxbase", b"-auxbase-strip", b"-o"];
    // gcc 11 and later name this file after the source where the output is no ordinary file, as in the question. The
    // compile itself names it after its own output, whose name is part of the key wherever such a file is written. A
    // name of another origin, such as a script's `-dumpbase`, stays.
    let split = words.get(1).filter(|word| *word == b"--extract-dwo").and_then(|_| split_name(subject));
    let mut kept = Vec::new();
    let mut names_follow = false;
    for word in words.iter().skip(1) {
        let is_name = std::mem::replace(&mut names_follow, NAMES.contains(&word.as_slice()));
        let is_of_subject = word == subject || split.as_ref() == Some(word);
        if !is_name && !is_of_subject && memchr::memchr(b'/', word).is_none() {
            kept.push(word.clone());
        }
    }
    kept
}

/// The `.dwo` file of a compile without an output of its own: the source's name with another extension.
fn split_name(subject: &[u8]) -> Option<Vec<u8>> {
    let stem = Path::new(OsStr::from_bytes(subject)).file_stem()?;
    Some([stem.as_bytes(), b".dwo"].concat())
}

/// An option among `words`, a command that `-###` shows, that no cache can serve unseen. `own` are directories of
/// the toolchain, whose headers the driver may add; `asked` are options that the question itself holds.
pub fn refused(words: &[Vec<u8>], family: Family, own: &[PathBuf], asked: &[OsString]) -> Option<String> {
    let program = words.first().map(|word| word.rsplit(|byte| *byte == b'/').next().unwrap_or(word))?;
    let refused = match family {
        Family::Clang => refused_of_clang(words, asked),
        Family::Gcc if program.ends_with(b"as") => {
            words.iter().find(|word| word.starts_with(b"-a") || word.ends_with(b"-MD"))
        }
        Family::Gcc if program.starts_with(b"cc1") => refused_of_cc1(words, own, asked),
        Family::Gcc => None,
    };
    refused.map(|word| String::from_utf8_lossy(word).into_owned())
}

fn refused_of_clang<'w>(words: &'w [Vec<u8>], asked: &[OsString]) -> Option<&'w Vec<u8>> {
    let splits = asked.iter().any(|option| option.as_bytes().starts_with(b"-gsplit-dwarf"));
    let preprocesses = words.iter().any(|word| word == b"assembler-with-cpp");
    let is_file = |word: &&Vec<u8>| {
        let name = word.split(|byte| *byte == b'=').next().unwrap_or(word);
        let split = splits && word.starts_with(b"-split-dwarf-");
        !split && (name == b"-I" || word.starts_with(b"-I") || CLANG_FILES.iter().any(|file| file.as_bytes() == name))
    };
    words.iter().skip(1).filter(|word| !(preprocesses && *word == b"-E")).find(is_file)
}

fn refused_of_cc1<'w>(words: &'w [Vec<u8>], own: &[PathBuf], asked: &[OsString]) -> Option<&'w Vec<u8>> {
    let is_assembly = words.iter().any(|word| word == b"-lang-asm");
    let mut skip = false;
    for (at, word) in words.iter().enumerate().skip(1) {
        let is_asked = asked.iter().any(|option| option.as_bytes() == word);
        if std::mem::take(&mut skip) || is_asked || word.len() < 2 || word[0] != b'-' {
            continue;
        }
        match word.as_slice() {
            b"-dumpbase"
            | b"-dumpbase-ext"
            | b"-dumpdir"
            | b"-auxbase"
            | b"-auxbase-strip"
            | b"-imultiarch"
            | b"-imultilib"
            | b"-iprefix"
            | b"-iwithprefix"
            | b"-iwithprefixbefore"
            | b"-o"
            | b"-isysroot" => skip = true,
            b"-fpreprocessed"
            | b"-fworking-directory"
            | b"-traditional-cpp"
            | b"-lang-asm"
            | b"-lang-objc"
            | b"-version" => {}
            b"-E" if is_assembly => {}
            b"-isystem" | b"-idirafter" => {
                skip = true;
                let dir = PathBuf::from(String::from_utf8_lossy(words.get(at + 1)?).into_owned());
                if !own.iter().any(|own| dir.starts_with(own)) {
                    return Some(word);
                }
            }
            option if is_refused(option) => return Some(word),
            _ => {}
        }
    }
    None
}

/// An option that cannot be served unseen, by what the table says of it.
fn is_refused(word: &[u8]) -> bool {
    grammar::find(word).is_some_and(|found| match found.row.role {
        None | Some(Role::InputFile | Role::ForcedInclude | Role::Depfile | Role::DepTarget) => true,
        Some(Role::SearchDir(chain)) => chain != Chain::Builtin,
        Some(_) => !found.negated && is_unseen(found.row.effect),
    })
}

/// What must be known of a command and is not read from what the driver adds.
fn is_unseen(effect: Effect) -> bool {
    matches!(
        effect,
        Effect::Side(_) | Effect::Profile | Effect::Instead(_) | Effect::MissingDirs | Effect::VerboseAssembly
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<Vec<u8>> {
        text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    fn judge(text: &str, family: Family) -> Option<String> {
        refused(&line(text), family, &["/usr/lib/gcc".into()], &[])
    }

    #[test]
    fn what_a_driver_adds_anyway_is_no_reason() {
        for text in [
            "/x/cc1 -quiet -imultiarch x86_64-linux-gnu -D_GNU_SOURCE /dev/null -quiet -dumpdir a- -dumpbase null \
             -mtune=generic -march=x86-64 -fasynchronous-unwind-tables -o /tmp/ccx.s",
            "/x/cc1plus -quiet /dev/null -mn-flash=1 -mskip-bug -auxbase-strip /dev/null -fno-rtti -fno-exceptions",
            "/x/cc1 -E -lang-asm -quiet -D__USES_INITFINI__ /dev/null -mcpu=arm7tdmi -fno-directives-only -o x.s",
            "/x/cc1 -E -lang-asm -quiet /dev/null -g -fworking-directory -fno-directives-only -o x.s",
            "/x/cc1 -quiet -isystem /usr/lib/gcc/avr/include /dev/null",
            "as --64 -o /dev/null /tmp/ccx.s",
        ] {
            assert_eq!(judge(text, Family::Gcc), None, "{text}");
        }
        let clang = "/x/clang -cc1 -triple x86_64 -emit-obj -disable-free -main-file-name null -mllvm -x \
                     -debugger-tuning=gdb -fcoverage-compilation-dir=/ -internal-isystem /x/include -o /dev/null";
        assert_eq!(judge(clang, Family::Clang), None);
    }

    #[test]
    fn files_behind_the_command_lines_back_are_refused() {
        for word in [
            "-MMD",
            "-fstack-usage",
            "-ftest-coverage",
            "-fprofile-arcs",
            "-fplugin=x.so",
            "-fdump-tree-all",
            "-H",
            "-E",
            "-aux-info",
            "-Idir",
            "-iquote",
            "-include",
            "-fprofile-use=x",
            "-fprofile-list=x",
            "-Wmissing-include-dirs",
        ] {
            assert_eq!(judge(&format!("/x/cc1 -quiet {word} y"), Family::Gcc).as_deref(), Some(word));
        }
        assert!(judge("/x/cc1 -isystem /home/include /dev/null", Family::Gcc).is_some());
        assert!(judge("as -adhln=x.lst -o x", Family::Gcc).is_some());
        for word in
            ["-Weverything", "-dependency-file", "-stack-usage-file", "-load", "-Idir", "-fsanitize-ignorelist=x"]
        {
            assert_eq!(judge(&format!("/x/clang -cc1 {word} y"), Family::Clang).as_deref(), Some(word));
        }
    }

    #[test]
    fn what_was_asked_for_is_not_added() {
        let asked = ["-gsplit-dwarf".into()];
        for (text, family) in [
            ("/x/cc1 -quiet -gsplit-dwarf a.c", Family::Gcc),
            ("/x/clang -cc1as -split-dwarf-output a.dwo", Family::Clang),
        ] {
            assert_eq!(refused(&line(text), family, &[], &asked), None, "{text}");
            assert!(refused(&line(text), family, &[], &[]).is_some(), "{text}");
        }
    }

    #[test]
    fn places_and_names_are_left_out_of_what_is_said() {
        let words = line("/x/cc1 -quiet -isystem /x/include a.c -dumpbase a.c -mtune=generic -o /tmp/x.s");
        assert_eq!(said(&words, b"a.c"), line("-quiet -isystem -dumpbase -mtune=generic -o"));
    }

    #[test]
    fn the_split_files_name_is_left_out_where_it_is_the_sources() {
        let split = |text: &str, subject: &str| said(&line(text), subject.as_bytes());
        for (name, subject) in [
            ("a.dwo", "a.c"),
            ("a.dwo", "../src/a.c"),
            ("a.b.dwo", "/x/a.b.c"),
            (".c.dwo", ".c"),
            ("a.dwo", "a"),
            ("/dev/null.dwo", "a.c"),
        ] {
            let words = format!("/x/objcopy --extract-dwo /dev/null {name}");
            assert_eq!(split(&words, subject), line("--extract-dwo"), "{words} of {subject}");
        }
        assert_eq!(split("objcopy --extract-dwo /dev/null b.dwo", "a.c"), line("--extract-dwo b.dwo"));
        assert_eq!(split("as -x /dev/null a.dwo", "a.c"), line("-x a.dwo"));
    }
}
