//! What a compiler answers when it is asked about itself. The answers are memoised by [`super::identity`]; no probe
//! preprocesses or compiles anything of the user's.

use super::run::Spec;
use super::{added, habits, words};
use crate::command::grammar::{self, Traits};
use crate::command::{self, Family, Trait, ours};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

/// The answers.
#[derive(Debug, Default)]
pub struct Answers {
    /// gcc or clang, by what `-###` says of itself.
    pub family: Option<Family>,
    /// The major version, for the few habits that changed.
    pub major: u32,
    /// The source is compiled as C++ or Objective-C++.
    pub is_cxx: bool,
    /// Programs the driver would start, with or without a directory.
    pub programs: Vec<OsString>,
    /// Specs, configuration and list files the driver or the compiler reads.
    pub files: Vec<PathBuf>,
    /// What the driver tells the programs it starts, as far as that is the same in every place.
    pub said: Vec<Vec<u8>>,
    /// Where clang looks for configuration files beside its own directory.
    pub configuration_dirs: Vec<PathBuf>,
    /// The target, as names of files are made of it.
    pub target: String,
    /// Where the driver looks for programs.
    pub program_dirs: Vec<PathBuf>,
    /// gcc's `install` directory, clang's resource directory.
    pub toolchain: Option<PathBuf>,
    /// The values of `-B`.
    pub prefixes: Vec<PathBuf>,
    /// The built-in include path.
    pub include_dirs: Vec<Vec<u8>>,
    /// Names of macros that the driver defines: all that it tells the compiler, since the question has none of the
    /// user's. Where [`ARCHITECTURE`] is among them, so are all macros that name the device, whoever defines those.
    pub macros: Vec<Vec<u8>>,
    /// The definitions of those that are told, a line each: `NAME=body`.
    pub definitions: Vec<u8>,
    /// What the driver tells the compiler has comments count.
    pub minds_comments: bool,
    /// Directories the include path would have if they existed.
    pub missing_include_dirs: Vec<PathBuf>,
}

/// Asks what the driver would start. `options` are those of the command that decide about programs and directories; `subject` is
/// what is asked to be compiled: the source itself where its name decides about the language (`g++` takes `a.c` for
/// C++), else `-x` and an empty file. `is_on_path` tells of a program without a directory whether it can be started.
///
/// # Errors
/// A text that says which question was not answered, or which program is not there.
pub fn ask(
    spec: &Spec,
    options: &[OsString],
    subject: &[&OsStr],
    is_on_path: &dyn Fn(&OsStr) -> bool,
) -> Result<Answers, String> {
    let mut answers = Answers { prefixes: prefixes(options), ..Answers::default() };
    let mut question = vec![OsStr::new(ours::SHOW_COMMANDS)];
    question.extend(subject);
    question.extend(ours::COMPILE_TO_NOWHERE.map(OsStr::new));
    let subject = subject.last().map_or(&b""[..], |subject| subject.as_encoded_bytes());
    let commands = answers.commands(&run(spec, options, &question)?.1, subject);
    let family = answers.family.ok_or_else(|| "it says neither `gcc version` nor `clang version`".to_owned())?;
    if answers.programs.is_empty() {
        return Err("`-###` names no program".to_owned());
    }
    // A gcc without the compiler of a language names `cc1obj` here and only fails when it starts it. Nothing more need be asked then.
    let is_missing =
        |name: &&OsString| !name.as_encoded_bytes().contains(&b'/') && **name != spec.argv0 && !is_on_path(name);
    if let Some(name) = answers.programs.iter().find(is_missing) {
        return Err(not_on_path(name));
    }
    if habits::TELLS_SEARCH_DIRS.has(family, answers.major) {
        answers.search_dirs(&run(spec, options, &[ours::SEARCH_DIRS.as_ref()])?.0);
    }
    // This is judged before the next question, which would already write the files that the driver adds.
    let own: Vec<PathBuf> =
        answers.toolchain.iter().chain(&answers.prefixes).chain(&answers.program_dirs).cloned().collect();
    if let Some(word) = commands.iter().find_map(|words| added::refused(words, family, &own, options)) {
        // A word that the environment made the driver add may hold a value of the environment, so only its name is told.
        let word = crate::command::refused::option_with_value(word.as_ref());
        return Err(format!("it adds `{word}` by itself"));
    }
    Ok(answers)
}

/// A program that the driver would start is not there.
pub fn not_on_path(name: &OsStr) -> String {
    format!("`{}` is not on PATH", name.display())
}

/// Asks the compiler for its include path, with what the driver [said](ask) before; for [`Answers::take`].
///
/// # Errors
/// A text that says that it was not answered.
pub fn ask_include_path(spec: &Spec, options: &[OsString], answers: &Answers) -> Result<IncludePathTold, String> {
    // Without `-E` gcc would also look for what it links with. Assembler sources have the include path of C: the same program
    // preprocesses them.
    let searched = if answers.is_cxx { "c++" } else { "c" };
    let [verbose, preprocess] = ours::SHOW_INCLUDE_PATH;
    let question = [verbose, ours::LANGUAGE, searched, preprocess, "/dev/null", ours::OUTPUT];
    let mut question = question.map(OsStr::new).to_vec();
    if answers.family.is_some_and(|family| habits::defines_device_itself(family, &answers.target)) {
        question.extend(ours::SHOW_MACROS.map(OsStr::new));
    } else {
        question.push("/dev/null".as_ref());
    }
    let (defined, told) = run(spec, options, &question)?;
    Ok(IncludePathTold { defined, told })
}

/// What [`ask_include_path`] was answered.
pub struct IncludePathTold {
    defined: Vec<u8>,
    told: Vec<u8>,
}

/// How the macros begin that name the device which `-mmcu` selects, and it alone (GCC manual, "AVR Options").
pub const DEVICE: &[u8] = b"__AVR_AT";
/// A macro that GCC defines for every AVR. Where it is among the [`Answers::macros`], all that name a device are.
pub const ARCHITECTURE: &[u8] = b"__AVR_ARCH__";

/// A macro of device packs, of which avr-libc makes the name of a header where no macro names a device it knows.
pub const LIBRARY: &[u8] = b"__AVR_DEV_LIB_NAME__";

fn run(spec: &Spec, options: &[OsString], question: &[&OsStr]) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut args = options.to_vec();
    args.extend(question.iter().map(OsString::from));
    let finished =
        Spec { args, ..spec.clone() }.probe().map_err(|error| format!("{}: {error}", spec.program.display()))?;
    if !finished.status.success() {
        // What the compiler said may repeat the command line, which is not recorded. The compile will say it again.
        return Err(format!("{} {}: {}", spec.program.display(), question[0].display(), finished.status));
    }
    Ok((finished.stdout, finished.stderr))
}

impl Answers {
    /// Reads `-###`: notes, then a line for each command, behind a blank.
    fn commands(&mut self, text: &[u8], subject: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut commands = Vec::new();
        for line in text.split(|byte| *byte == b'\n') {
            let shown = String::from_utf8_lossy(line);
            if let Some((family, major)) = habits::announced(&shown) {
                // clang may also tell of a gcc whose headers it borrows; it is clang all the same.
                if family == Family::Clang || self.family.is_none() {
                    (self.family, self.major) = (Some(family), major);
                }
            } else if let Some(path) = shown.strip_prefix("Reading specs from ") {
                self.files.push(path.into());
            } else if let Some(path) = shown.strip_prefix("Configuration file: ") {
                self.files.push(path.into());
            } else if let Some((_, dir)) = shown.split_once(" configuration file directory: ") {
                self.configuration_dirs.push(dir.into());
            } else if let Some(path) = line.strip_prefix(b"COLLECT_GCC=") {
                self.programs.push(OsString::from_vec(path.to_vec()));
            } else if let Some(target) = shown.strip_prefix("Target: ") {
                target.trim().clone_into(&mut self.target);
            } else {
                for words in commands_of(line) {
                    self.command(&words);
                    self.said.push(added::said(&words, subject).join(&b'\0'));
                    commands.push(words);
                }
            }
        }
        commands
    }

    fn command(&mut self, words: &[Vec<u8>]) {
        let Some(program) = words.first() else { return };
        self.programs.push(OsString::from_vec(program.clone()));
        self.is_cxx |= program.ends_with(b"cc1plus") || program.ends_with(b"cc1objplus");
        for (at, word) in words.iter().enumerate().skip(1) {
            if words[at - 1] == ours::LANGUAGE.as_bytes() && memchr::memmem::find(word, b"++").is_some() {
                self.is_cxx = true;
            }
            if word == words::RESOURCE_DIR {
                self.toolchain = words.get(at + 1).map(|dir| PathBuf::from(OsString::from_vec(dir.clone())));
            }
            if let Some(text) = word
                .strip_prefix(grammar::DEFINE.as_bytes())
                .map(|joined| if joined.is_empty() { words.get(at + 1).map_or(joined, Vec::as_slice) } else { joined })
            {
                let end = text.iter().position(|byte| matches!(byte, b'=' | b'(')).unwrap_or(text.len());
                self.macros.push(text[..end].to_vec());
                self.definitions.extend_from_slice(text);
                self.definitions.push(b'\n');
            }
            let traits = grammar::find(word).map_or(Traits::NONE, |found| found.row.traits);
            self.minds_comments |= traits.has(Trait::MindsComments) || traits.has(Trait::OldStandard);
            self.minds_comments |= word.starts_with(habits::DEBUG_DATA);
            // Lists from the resource directory that a sanitizer adds by itself.
            if let Some(list) = habits::SYSTEM_LISTS.iter().find_map(|name| word.strip_prefix(*name)) {
                self.files.push(PathBuf::from(OsString::from_vec(list.to_vec())));
            }
        }
    }

    /// Reads `-print-search-dirs`.
    fn search_dirs(&mut self, text: &[u8]) {
        for line in String::from_utf8_lossy(text).lines() {
            if let Some(dir) = line.strip_prefix("install: ") {
                self.toolchain = Some(PathBuf::from(dir.trim_end_matches('/')));
                self.program_dirs.push(dir.into());
            } else if let Some(dirs) = line.strip_prefix("programs: =") {
                self.program_dirs.extend(dirs.split(':').filter(|dir| !dir.is_empty()).map(PathBuf::from));
            }
        }
        self.program_dirs.sort();
        self.program_dirs.dedup();
    }

    /// Takes what was answered about the include path.
    pub fn take(&mut self, answer: &IncludePathTold) {
        self.include_path(&answer.told);
        self.devices(&answer.defined);
    }

    /// Reads what `-dM` says of the device.
    fn devices(&mut self, text: &[u8]) {
        for line in text.split(|byte| *byte == b'\n') {
            let Some(rest) = line.strip_prefix(b"#define ") else { continue };
            let name = rest.split(|byte| matches!(byte, b' ' | b'(')).next().unwrap_or_default();
            let is_asked = name == ARCHITECTURE || name == LIBRARY || name.starts_with(DEVICE);
            if is_asked && !self.macros.iter().any(|known| known == name) {
                self.macros.push(name.to_vec());
            }
        }
    }

    /// Reads what `-v` says of the include path.
    fn include_path(&mut self, text: &[u8]) {
        let mut listing = false;
        for line in text.split(|byte| *byte == b'\n') {
            if line.starts_with(b"#include <...> search starts here:") {
                listing = true;
            } else if line.starts_with(b"End of search list.") {
                listing = false;
            } else if let Some(dir) = line.strip_prefix(b"ignoring nonexistent directory \"") {
                let dir = dir.strip_suffix(b"\"").unwrap_or(dir);
                self.missing_include_dirs.push(PathBuf::from(OsString::from_vec(dir.to_vec())));
            } else if listing && let Some(dir) = line.strip_prefix(b" ") {
                let dir = dir.strip_suffix(b" (framework directory)").unwrap_or(dir);
                self.include_dirs.push(dir.to_vec());
            }
        }
    }
}

fn prefixes(options: &[OsString]) -> Vec<PathBuf> {
    command::values(options, Trait::ProgramPrefix).into_iter().map(PathBuf::from).collect()
}

/// The commands that one line of `-###` shows, each as its words: none, where the line is a note; several under
/// `-pipe`, where gcc writes `|` between them. Commands stand behind a blank. A note of clang's does so too, in
/// parentheses: ` (in-process)`.
pub fn commands_of(line: &[u8]) -> Vec<Vec<Vec<u8>>> {
    if !line.starts_with(b" ") {
        return Vec::new();
    }
    let words = words_of(line);
    let commands = words.split(|word| word == b"|");
    let is_command = |words: &&[Vec<u8>]| words.first().is_some_and(|program| !program.starts_with(b"("));
    commands.filter(is_command).map(<[Vec<u8>]>::to_vec).collect()
}

/// The words of a line of `-###`: double quotes group, a backslash takes the next character as it is.
fn words_of(line: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut word = None;
    let mut quoted = false;
    let mut bytes = line.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'"' => {
                quoted = !quoted;
                word.get_or_insert_with(Vec::new);
            }
            b'\\' => word.get_or_insert_with(Vec::new).extend(bytes.next()),
            b' ' if !quoted => words.extend(word.take()),
            byte => word.get_or_insert_with(Vec::new).push(byte),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_commands_are_split_as_gcc_quotes_them() {
        let line = br#" /x/cc1 -quiet "-mtune=generic" "a b" c\ d """#;
        let expected: Vec<&[u8]> = vec![b"/x/cc1", b"-quiet", b"-mtune=generic", b"a b", b"c d", b""];
        assert_eq!(words_of(line), expected);
    }

    #[test]
    fn a_line_of_several_commands_is_several_commands() {
        let commands = |line: &str| -> Vec<String> {
            let text = |words: &Vec<Vec<u8>>| String::from_utf8_lossy(&words.join(&b' ')).into_owned();
            commands_of(line.as_bytes()).iter().map(text).collect()
        };
        assert_eq!(commands(" /x/cc1 -quiet a.c -o - | /x/as -o a.o"), ["/x/cc1 -quiet a.c -o -", "/x/as -o a.o"]);
        assert_eq!(commands(" /x/cc1 -o - |"), ["/x/cc1 -o -"]);
        assert_eq!(commands(" (in-process)"), [""; 0]);
        assert_eq!(commands("Target: x86_64-linux-gnu"), [""; 0]);
    }
}
