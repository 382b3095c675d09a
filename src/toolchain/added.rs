//! What a driver adds by itself to a compile: from specs, a configuration file, or the script in front of it.
//!
//! The command line as typed is judged by the option table; what is added behind its back never passes there. `-###`
//! shows it. Most of it is harmless and hashed with the identity, see [`said`]. A word that neither the option table
//! nor the table of [`words`] knows to be harmless is refused, see [`refused`].

use super::habits;
use super::words::{self, Program, Served, WordForm};
use crate::command::Family;
use crate::command::grammar::{self, Assembler, Effect, Form, Row};
use crate::command::{Chain, Role, SideKind};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The words of one command that `-###` shows, without those that tell of this place or this source: what is left
/// is the same wherever the toolchain stands and whatever it is asked to compile.
///
/// An answer is kept for all sources of a language. A word made of the name of whichever source came first would give one
/// toolchain another identity on every machine, and after every loss of the memo. So would the date that the environment
/// sets; results that hold a date are bound to it by an input of their own.
pub fn said(line: &[Vec<u8>], subject: &[u8]) -> Vec<Vec<u8>> {
    // `objcopy --extract-dwo /dev/null a.dwo`: gcc 11 and later name `a.dwo` after the source where the output is no ordinary file,
    // as in the question. The compile itself names it after its own output, whose name is part of the key wherever such a file is
    // written. A name of another origin, such as a script's `-dumpbase`, stays.
    let split = line.get(1).filter(|word| *word == words::EXTRACT_SPLIT).and_then(|_| split_name(subject));
    let mut kept = Vec::new();
    let mut names_follow = false;
    for word in line.iter().skip(1) {
        let announces = words::NAMES_FOLLOW.contains(&word.as_slice()) || word == habits::SOURCE_DATE;
        let is_name = std::mem::replace(&mut names_follow, announces);
        let is_of_subject = word == subject || split.as_ref() == Some(word);
        let is_date = word == habits::SOURCE_DATE;
        if !is_name && !is_of_subject && !is_date && memchr::memchr(b'/', word).is_none() {
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

/// A word among `words`, a command that `-###` shows, that no cache can serve unseen. `own` are directories of
/// the toolchain, whose headers the driver may add; `asked` are options that the question itself holds.
pub fn refused(words: &[Vec<u8>], family: Family, own: &[PathBuf], asked: &[OsString]) -> Option<String> {
    let refused = match Program::of(words, family) {
        Some(program) => Line { program, words, own, asked }.refused(),
        // A program of which no word is known could write any file.
        None => words.first().map(|program| program.rsplit(|byte| *byte == b'/').next().unwrap_or(program)),
    };
    refused.map(|word| String::from_utf8_lossy(word).into_owned())
}

/// One command that `-###` shows, and what it is judged by.
struct Line<'a> {
    program: Program,
    words: &'a [Vec<u8>],
    own: &'a [PathBuf],
    asked: &'a [OsString],
}

/// What one word is to the judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It may stand there.
    Served,
    /// It may stand there, and the next word is its value.
    ServedWithValue,
    /// It is a file that the program reads or writes.
    Operand,
    /// It is not known to be harmless.
    Refused,
}

impl<'a> Line<'a> {
    /// The first word that is not served.
    fn refused(&self) -> Option<&'a [u8]> {
        let mut operands = 0;
        let mut at = 1;
        while let Some(word) = self.words.get(at).map(Vec::as_slice) {
            at += match self.judge(at, word) {
                Verdict::Served => 1,
                Verdict::ServedWithValue => 2,
                Verdict::Operand if operands < self.program.operands() => {
                    operands += 1;
                    1
                }
                Verdict::Operand | Verdict::Refused => return Some(word),
            };
        }
        None
    }

    /// Judges the word that stands at `at`.
    fn judge(&self, at: usize, word: &[u8]) -> Verdict {
        // What stands in a response file is not shown.
        if word.starts_with(b"@") {
            return Verdict::Refused;
        }
        if word.len() < 2 || word[0] != b'-' {
            return Verdict::Operand;
        }
        let next = self.words.get(at + 1).map_or(&b""[..], Vec::as_slice);
        let verdict = match words::find(word, self.program) {
            Some(row) if self.is_served(row.served, next) => served(row.form == WordForm::Separate),
            Some(row) if row.served == Served::WithBackendWord => by_options(word, next, self.program),
            Some(_) => Verdict::Refused,
            None => by_options(word, next, self.program),
        };
        // `gcc -gsplit-dwarf` starts `cc1 -gsplit-dwarf`, and the option's own row has judged it.
        let is_asked = || self.program == Program::Cc1 && self.asked.iter().any(|option| option.as_bytes() == word);
        if verdict == Verdict::Refused && is_asked() { Verdict::Served } else { verdict }
    }

    /// Whether a word is served here by what its row says, by what was asked, and by what else stands on the line. `next` is the word behind it.
    fn is_served(&self, served: Served, next: &[u8]) -> bool {
        match served {
            Served::Always => true,
            Served::Never => false,
            Served::ForAssembler => words::FOR_ASSEMBLER.iter().any(|word| self.has(word)),
            Served::WithSplitDwarf => {
                let splits = Effect::Side(SideKind::SplitDwarf);
                let options = self.asked.iter().filter_map(|option| grammar::find(option.as_bytes()));
                options.into_iter().any(|found| found.row.effect == splits && !found.negated)
            }
            Served::WithOwnDirectory => {
                let dir = Path::new(OsStr::from_bytes(next));
                self.own.iter().any(|own| dir.starts_with(own))
            }
            Served::WithBackendWord => {
                words::find(next, Program::Backend).is_some_and(|row| row.served == Served::Always)
            }
        }
    }

    fn has(&self, word: &[u8]) -> bool {
        self.words.iter().any(|other| other == word)
    }
}

fn served(takes_value: bool) -> Verdict {
    if takes_value { Verdict::ServedWithValue } else { Verdict::Served }
}

/// Judges a word by what is known of the options that people type. `next` is the word behind it.
fn by_options(word: &[u8], next: &[u8], program: Program) -> Verdict {
    match program {
        Program::Cc1 | Program::Frontend | Program::IntegratedAssembler => by_option_table(word, next),
        Program::Backend => by_option_table(grammar::BACKEND.as_bytes(), word),
        Program::Assembler => match Assembler::judge(word) {
            Some(Assembler::Harmless | Assembler::Debug) => Verdict::Served,
            Some(Assembler::Query) | None => Verdict::Refused,
        },
        Program::Splitter => Verdict::Refused,
    }
}

fn by_option_table(word: &[u8], next: &[u8]) -> Verdict {
    let Some(found) = grammar::find(word) else { return Verdict::Refused };
    let joined = found.value_at.map(|at| &word[at..]);
    let takes_value = match found.row.form {
        Form::Separate => true,
        Form::JoinedOrSeparate => joined.is_none(),
        _ => false,
    };
    // Drivers write `-o x.s` and `-x c` as two words. So `-opt-record-file` is not `-o` with a value, but a word of the front end's own.
    let is_other = joined.is_some() && found.row.form == Form::JoinedOrSeparate && word[1].is_ascii_lowercase();
    let value = if takes_value { Some(next) } else { joined };
    if is_other || !is_harmless(found.row, found.negated, value) || word.ends_with(b"=help") {
        return Verdict::Refused;
    }
    served(takes_value)
}

/// Whether an option of this row can be served where nobody typed it.
fn is_harmless(row: &Row, negated: bool, value: Option<&[u8]>) -> bool {
    match row.role {
        None | Some(Role::InputFile | Role::ForcedInclude | Role::Depfile | Role::DepTarget | Role::SideFile) => false,
        Some(Role::SearchDir(chain)) => chain == Chain::Builtin,
        Some(_) => negated || !is_unseen(row.effect, value),
    }
}

/// Whether the cache must know of such an option before it serves a compile. It reads only the command line for these, not what the
/// driver adds.
fn is_unseen(effect: Effect, value: Option<&[u8]>) -> bool {
    match effect {
        Effect::Side(_)
        | Effect::Profile
        | Effect::Instead(_)
        | Effect::MissingDirs
        | Effect::VerboseAssembly
        | Effect::PassPreprocessor
        | Effect::PassAssembler => true,
        Effect::OneOf(harmless) => !value.is_some_and(|value| harmless.iter().any(|known| known.as_bytes() == value)),
        _ => false,
    }
}

/// Whether the option table knows a word to be harmless; for the test that no row says it twice. `takes_value` tells
/// whether the next word would be its value.
#[cfg(test)]
pub(super) fn is_covered(word: &[u8], takes_value: bool, program: Program) -> bool {
    // A word of the back end is itself the value of `-mllvm`.
    by_options(word, b"", program) == served(takes_value || program == Program::Backend)
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

    /// `command` shows a program and some words; each of `words` behind them is refused by its name.
    fn refuses(command: &str, family: Family, words: &[&str]) {
        assert_eq!(judge(command, family), None, "{command}");
        for text in words {
            let name = text.split(' ').next();
            assert_eq!(judge(&format!("{command} {text}"), family).as_deref(), name, "{command} {text}");
        }
    }

    #[test]
    fn what_a_driver_adds_anyway_is_no_reason() {
        for text in [
            "/x/cc1 -quiet -imultiarch x86_64-linux-gnu -D _GNU_SOURCE /dev/null -quiet -dumpdir a- -dumpbase null \
             -mtune=generic -march=x86-64 -fasynchronous-unwind-tables -o /tmp/ccx.s",
            "/x/cc1plus -quiet /dev/null -mn-flash=1 -mskip-bug -auxbase-strip /dev/null -fno-rtti -fno-exceptions",
            "/x/cc1 -E -lang-asm -quiet -D__USES_INITFINI__ /dev/null -mcpu=arm7tdmi -fno-directives-only -o x.s",
            "/x/cc1 -E -lang-asm -quiet /dev/null -g -fworking-directory -fno-directives-only -o x.s",
            "/x/cc1 -quiet -isystem /usr/lib/gcc/avr/include /dev/null",
            "/x/cc1 -quiet a.c -msmall-data-limit= 8 -march=rv64gc --param l1-cache-size=32 -o -",
            "/x/cc1 -fpreprocessed a.i -quiet -dumpbase -mlink-x -dumpbase-ext .i -o /tmp/ccx.s",
            "as --64 -o /dev/null /tmp/ccx.s",
            "/x/as -a64 -mpower8 -many -K PIC --debug-prefix-map /x=y -o /dev/null /tmp/ccx.s",
            "/x/as -Av9 -64 -no-undeclared-regs -relax -s -K PIC -o /dev/null /tmp/ccx.s",
            "/x/objcopy --extract-dwo /dev/null a.dwo",
            "/x/objcopy --strip-dwo /dev/null",
        ] {
            assert_eq!(judge(text, Family::Gcc), None, "{text}");
        }
        for text in [
            "/x/clang -cc1 -triple x86_64 -emit-obj -disable-free -main-file-name null -x c -debugger-tuning=gdb \
             -fcoverage-compilation-dir=/ -internal-isystem /x/include -o /dev/null a.c",
            "/x/clang -cc1 -triple arm -target-feature -neon -mrelocation-model pic -mfloat-abi hard -ferror-limit 19 \
             -mllvm -treat-scalable-fixed-error-as-warning -mllvm -arm-global-merge=false -D X=1 -x c++ a.cc",
            "/x/clang -cc1 -E -triple arm -source-date-epoch 7 -o x.s -x assembler-with-cpp a.S",
            "/x/clang -cc1as -triple arm -filetype obj -main-file-name a.s -mllvm -arm-add-build-attributes -o a.o a.s",
            "/x/clang -cc1 -fsanitize-system-ignorelist=/x/share/asan_ignorelist.txt -fsanitize=address a.c",
            "/x/as -march mips32r2 -mabi 32 -call_nonpic -EB -KPIC -o /dev/null /tmp/a.s",
        ] {
            assert_eq!(judge(text, Family::Clang), None, "{text}");
        }
    }

    #[test]
    fn files_behind_the_command_lines_back_are_refused() {
        refuses(
            "/x/cc1 -quiet",
            Family::Gcc,
            &[
                "-MMD y",
                "-fstack-usage",
                "-ftest-coverage",
                "-fprofile-arcs",
                "-fplugin=x.so",
                "-fdump-tree-all",
                "-H",
                "-E",
                "-aux-info y",
                "-Idir",
                "-iquote y",
                "-include y",
                "-fprofile-use=x",
                "-fprofile-list=x",
                "-Wmissing-include-dirs",
                "-isystem /home/include",
                "-mcpu=help",
                "-finput-charset=UTF-16",
                "-fdiagnostics-format=json-file",
            ],
        );
        refuses("as --64", Family::Gcc, &["-adhln=x.lst", "--MD x.d", "-MD x.d", "-Idir", "--statistics"]);
        refuses(
            "/x/clang -cc1",
            Family::Clang,
            &[
                "-Weverything",
                "-dependency-file y",
                "-stack-usage-file y",
                "-load y",
                "-loady",
                "-Idir",
                "-isystem /usr/lib/gcc/include",
                "-fsanitize-ignorelist=x",
                "-opt-record-file y",
                "-objc-isystem y",
                "-mlink-bitcode-file y",
                "-mlink-builtin-bitcode y",
                "-mt-migrate-directory y",
                "-fprofile-instrument-use-path=y",
                "-coverage-notes-file=y",
                "-E",
            ],
        );
    }

    /// Each program knows words of its own only.
    #[test]
    fn unknown_words_of_every_program_are_refused_by_name() {
        let unknown = ["-new-thing", "-fnew-thing", "--new-thing", "-new-thing=y", "-fno-new-thing"];
        for (command, family) in [
            ("/x/cc1 -quiet", Family::Gcc),
            ("/x/cc1plus -quiet", Family::Gcc),
            ("as --64", Family::Gcc),
            ("/x/objcopy --strip-dwo", Family::Gcc),
            ("/x/clang -cc1", Family::Clang),
            ("/x/clang -cc1as", Family::Clang),
            ("/x/as --64", Family::Clang),
        ] {
            refuses(command, family, &unknown);
        }
        refuses("/x/cc1 -quiet", Family::Gcc, &["-triple x", "-relax", "-filetype obj"]);
        refuses("/x/clang -cc1", Family::Clang, &["-quiet", "-auxbase y", "-filetype obj"]);
        refuses("as --64", Family::Gcc, &["-quiet", "-fPIC", "-triple x"]);
    }

    #[test]
    fn words_for_the_back_end_are_judged_too() {
        let command = "/x/clang -cc1 -mllvm -vectorize-loops";
        for word in ["-stats", "-info-output-file=y", "-print-after-all", "-time-passes", "stats"] {
            refuses(command, Family::Clang, &[&format!("-mllvm {word}")]);
            refuses("/x/clang -cc1as", Family::Clang, &[&format!("-mllvm {word}")]);
        }
        // A word of the back end is none of the front end.
        refuses(command, Family::Clang, &["-global-isel=1"]);
    }

    #[test]
    fn values_are_no_options_and_no_files() {
        for text in ["-dumpbase -MMD", "-D -MMD", "-o -MMD", "-imultilib -plugin", "-dumpdir @x"] {
            assert_eq!(judge(&format!("/x/cc1 {text} a.c"), Family::Gcc), None, "{text}");
        }
        assert_eq!(judge("/x/clang -cc1 -main-file-name -load -target-feature -H a.c", Family::Clang), None);
        assert_eq!(judge("/x/cc1 -dumpbase", Family::Gcc), None);
    }

    #[test]
    fn a_second_file_is_refused() {
        for (text, family) in [
            ("/x/cc1 a.c b.c", Family::Gcc),
            ("as -o a.o a.s b.c", Family::Gcc),
            ("/x/clang -cc1 -x c a.c b.c", Family::Clang),
            ("/x/objcopy --extract-dwo a.o a.dwo b.c", Family::Gcc),
        ] {
            assert_eq!(judge(text, family).as_deref(), Some("b.c"), "{text}");
        }
        assert_eq!(judge("/x/cc1 -quiet @more", Family::Gcc).as_deref(), Some("@more"));
    }

    #[test]
    fn a_program_of_which_nothing_is_known_is_refused() {
        assert_eq!(judge("/x/mytool -o a.o a.s", Family::Gcc).as_deref(), Some("mytool"));
        // What this gcc would add itself is not shown.
        assert_eq!(judge("/usr/bin/gcc -c -o a.o a.s", Family::Clang).as_deref(), Some("gcc"));
    }

    #[test]
    fn what_was_asked_for_is_not_added() {
        let asked = ["-gsplit-dwarf".into()];
        for (text, family) in [
            ("/x/cc1 -quiet -gsplit-dwarf a.c", Family::Gcc),
            ("/x/clang -cc1as -split-dwarf-output a.dwo", Family::Clang),
            ("/x/clang -cc1 -split-dwarf-file a.dwo -split-dwarf-output a.dwo a.c", Family::Clang),
        ] {
            assert_eq!(refused(&line(text), family, &[], &asked), None, "{text}");
            assert!(refused(&line(text), family, &[], &[]).is_some(), "{text}");
        }
    }

    #[test]
    fn places_names_and_dates_are_left_out_of_what_is_said() {
        let words = line("/x/cc1 -quiet -isystem /x/include a.c -dumpbase a.c -mtune=generic -o /tmp/x.s");
        assert_eq!(said(&words, b"a.c"), line("-quiet -isystem -dumpbase -mtune=generic -o"));
        let words = line("/x/clang -cc1 -source-date-epoch 1700000000 -x c a.c");
        assert_eq!(said(&words, b"a.c"), line("-cc1 -x c"));
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
