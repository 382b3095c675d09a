//! The `relative` mode: what the compiler is given in place of what was typed, and how its words are turned back.
//!
//! | what | how | why |
//! |---|---|---|
//! | source, search directories, forced includes, outputs under the root | relative to the working directory | `__FILE__`, debug data and link-time objects hold them as they are spelled |
//! | working directory, and what is still absolute | `-ffile-prefix-map`, or `-fdebug-prefix-map` where the compiler has no other | debug data hold the working directory |
//! | depfile, diagnostics | spelled again as typed | make, ninja and people know the files by those names |
//!
//! Where the user gave maps of one kind, none of that kind is added. What they do not reach is found by the search for
//! the place ([`crate::proof::Bound`]), and keyed to it.
//!
//! gcc takes the canonical path of a system header for its name where that is shorter (libcpp, `maybe_shorter_path`), so
//! that with relative directories the length of the root would decide. It is told not to
//! (`-fno-canonical-system-headers`), and the names are made canonical where they are shown.
//!
//! What was typed relative stays, and what could not be told from it in a depfile is left absolute: maps and the search
//! do the rest. A compile whose words cannot be turned back with certainty, or that fails, is run once more as typed.
//!
//! Link-time objects of gcc hold the working directory whatever the maps say, and those of gcc before 8 the maps
//! themselves and the names of the toolchain's headers. There the compiler is told names that are the same everywhere: `$PWD`
//! is `/proc/self/cwd`, which libiberty's `getpwd` believes since it is the same directory, and old ones find their
//! headers through a descriptor that is open on their own directory (`-iprefix`, GCC manual, "Directory Options").

use super::compile::Compile;
use super::observe;
use super::prepare::Prepared;
use crate::bounded;
use crate::command::sides::Style;
use crate::command::{self, Chain, Job, Part, Role};
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::environment::Environment;
use crate::outputs::depfile::{self, Depfile};
use crate::outputs::{self, restore, template};
use crate::paths::relative::{Pair, Relative, Spellings};
use crate::paths::{self, Base, NamedRoot, Place};
use crate::reason::{Cause, Reason};
use crate::text::{Facts, WordSet};
use crate::toolchain::run::Finished;
use crate::toolchain::{Compiler, Family, environment as variables};
use rustix::fs::{Mode, OFlags};
use rustix::io::FdFlags;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// A command of the `relative` mode.
pub struct Rewritten {
    /// What the compiler is given after argv\[0\], maps included.
    pub args: Vec<OsString>,
    /// The command as it was typed.
    pub typed: Job,
    /// Maps were added to what was typed.
    pub has_maps: bool,
    /// What the compiler is told of the environment.
    pub env: Vec<(&'static str, &'static str)>,
    /// The compiler's own directory, if it is given [`TOOLCHAIN_DESCRIPTOR`] in its place.
    toolchain: Option<PathBuf>,
    /// System headers have the names they are found by. The compiler's own directories, which have them too.
    uncanonical: Option<Vec<Vec<u8>>>,
    /// The maps hold for every word that gives a file's name: gcc's `__builtin_FILE` goes by them (`fold_builtin_FILE`),
    /// clang's and the names it gives to lambdas do not in all versions.
    pub names_are_mapped: bool,
    spellings: Spellings,
    /// What the maps put in place of the root and other directories, with a slash.
    mapped: Vec<Vec<u8>>,
}

/// For gcc: names of system headers are those they are found by (GCC manual, "Preprocessor Options").
const NOT_CANONICAL: &str = "-fno-canonical-system-headers";
/// The maps that reach what a text can make of a file's name.
const MACRO_MAPS: [&[u8]; 2] = [b"-ffile-prefix-map=", b"-fmacro-prefix-map="];

/// The kernel takes no longer word (`MAX_ARG_STRLEN`), and no longer command lines than a fraction of the stack's limit.
const LONGEST_WORD: usize = 100_000;
const LONGEST_COMMAND: usize = 1 << 20;

/// The working directory, under a name that is the same everywhere.
const WORKING_DIRECTORY: &str = "/proc/self/cwd";
/// A descriptor that no program expects to be free, and how a compiler that inherits it names its directory.
const TOOLCHAIN_DESCRIPTOR: i32 = 900;
const TOOLCHAIN_DIRECTORY: &str = "/proc/self/fd/900";

impl Rewritten {
    /// Rewrites `typed`, which `args` say; returns what the compiler is then asked for. `None` where nothing of it can
    /// be rewritten: the command then runs as typed.
    pub fn new(
        typed: &Job,
        args: &[OsString],
        place: &Place,
        named: &[NamedRoot],
        compiler: &Compiler,
        environment: &Environment,
        memo: &mut Memo,
    ) -> Option<(Job, Self)> {
        if typed.words.iter().any(goes_by_names) {
            return None;
        }
        let maps = maps(typed, place, named, compiler);
        let mut spellings = Spellings::default();
        let relative = Relative::new(place);
        // The user's maps are for the names as typed.
        let relative = relative.filter(|_| !typed.parts.iter().any(is_map));
        let surroundings = Surroundings { place, compiler, environment };
        let words = relative.and_then(|relative| rewrite(typed, &surroundings, &relative, &mut spellings, memo));
        // Words that would be too long for a command line stay in their response files.
        let mut args = words.clone().unwrap_or_else(|| args.to_vec());
        let mut words = words.unwrap_or_else(|| typed.words.clone());
        let lto = has_link_time_code(typed) && Path::new(WORKING_DIRECTORY).exists();
        let toolchain = compiler.toolchain.clone().filter(|_| lto && can_be_told_its_prefix(typed, compiler));
        let mut added = maps;
        let has_maps = !added.is_empty();
        let new = |map: &OsString| Some([map.as_bytes().rsplit(|byte| *byte == b'=').next()?, b"/"].concat());
        let mapped =
            added.iter().filter(|map| memchr::memchr(b'=', map.as_bytes()).is_some()).filter_map(new).collect();
        let maps_macros = |map: &OsString| MACRO_MAPS.iter().any(|flag| map.as_bytes().starts_with(flag));
        let names_are_mapped = compiler.family == Family::Gcc && added.iter().any(maps_macros);
        if toolchain.is_some() {
            args.extend(["-iprefix", "/proc/self/fd/900/"].map(OsString::from));
        }
        let uncanonical = toolchain.is_some() || has_relative_system_dirs(typed, &words, compiler);
        if uncanonical {
            added.push(NOT_CANONICAL.into());
        }
        args.extend(added.iter().cloned());
        words.extend(added);
        let uncanonical = uncanonical.then(|| compiler.builtin_dirs.iter().map(|dir| paths::join(dir, b"")).collect());
        let env = if lto { vec![("PWD", WORKING_DIRECTORY)] } else { Vec::new() };
        let asked = parse(&words)?;
        let typed = typed.clone();
        Some((asked, Self { args, typed, has_maps, env, toolchain, uncanonical, names_are_mapped, spellings, mapped }))
    }

    /// No name of a system header depends on the length of the root.
    pub fn keeps_names(&self) -> bool {
        self.uncanonical.is_some()
    }

    /// Opens what the compiler inherits. It is closed with the returned descriptor.
    ///
    /// # Errors
    /// When the directory cannot be opened, or the number is taken.
    pub fn inherited(&self) -> io::Result<Option<OwnedFd>> {
        let Some(dir) = &self.toolchain else { return Ok(None) };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(dir, flags, Mode::empty())?;
        let inherited = rustix::io::fcntl_dupfd_cloexec(&dir, TOOLCHAIN_DESCRIPTOR)?;
        if inherited.as_raw_fd() != TOOLCHAIN_DESCRIPTOR {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        rustix::io::fcntl_setfd(&inherited, FdFlags::empty())?;
        Ok(Some(inherited))
    }

    /// A name the compiler wrote, with its own directory as it stands here.
    pub fn here(&self, name: Vec<u8>) -> Vec<u8> {
        match (&self.toolchain, name.strip_prefix(TOOLCHAIN_DIRECTORY.as_bytes())) {
            (Some(dir), Some(rest)) if rest.first() == Some(&b'/') => [dir.as_os_str().as_bytes(), rest].concat(),
            _ => name,
        }
    }

    /// A name the compiler wrote, as it would have written it if it had been given what was typed; `None` where that
    /// is no other name.
    fn as_typed(&self, name: &[u8]) -> Option<Vec<u8>> {
        let here = self.here(name.to_vec());
        let typed = self.spellings.typed(&here);
        let mut spelled = typed.name.unwrap_or_else(|| here.clone());
        let is_own = |dirs: &Vec<Vec<u8>>| here != name || dirs.iter().any(|dir| here.starts_with(dir));
        if self.uncanonical.as_ref().is_some_and(|dirs| typed.system || is_own(dirs))
            && let Ok(canonical) = std::fs::canonicalize(paths::path(&here))
            && canonical.as_os_str().len() < spelled.len()
        {
            spelled = canonical.into_os_string().into_vec();
        }
        (spelled != name).then_some(spelled)
    }

    /// Diagnostics with the names of files as typed, where a location has its place. `listed` are the files that were
    /// read, as the compiler names them. `None` if one of these names, or what begins like one, stands anywhere else: who
    /// wrote it there, the compiler or the text, cannot be told.
    pub fn diagnostics(&self, text: &[u8], listed: &[Vec<u8>]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(text.len() + 256);
        let mut rest = Vec::with_capacity(text.len());
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            self.line(line, &mut out, &mut rest);
        }
        let other: Vec<&[u8]> = listed
            .iter()
            .filter(|name| self.as_typed(name).is_some())
            .map(|name| paths::without_dot_slash(name))
            .collect();
        let names = other.iter().map(|name| (*name, true)).chain(self.spellings.marks());
        // What is in the working directory is named so by both compilers, though not in depfiles.
        let here = self.spellings.typed(b"x").name.is_some().then_some(&b"./"[..]);
        let here = here.into_iter().chain(self.mapped.iter().map(Vec::as_slice)).map(|name| (name, false));
        let own = [WORKING_DIRECTORY, TOOLCHAIN_DIRECTORY].map(|name| (name.as_bytes(), false));
        (!names.chain(own).chain(here).any(|(name, whole)| mentions(&rest, name, whole))).then_some(out)
    }

    /// One line; what is no name in the place of one is added to `rest`, without colours.
    fn line(&self, line: &[u8], out: &mut Vec<u8>, rest: &mut Vec<u8>) {
        let begin = rest.len();
        let mut at = 0;
        while at < line.len() {
            if let Some(len) = colour_len(&line[at..]) {
                out.extend_from_slice(&line[at..at + len]);
                at += len;
                continue;
            }
            let said = &rest[begin..];
            let searched = is_place_of_a_search(said);
            let found = if searched || is_place_of_a_name(said) { self.name(&line[at..], searched) } else { None };
            if let Some((len, typed)) = found {
                out.extend_from_slice(&typed);
                // Something must stand there, so that the next is no place of a name.
                rest.push(b'?');
                at += len;
            } else {
                out.push(line[at]);
                rest.push(line[at]);
                at += 1;
            }
        }
    }

    /// The name at the beginning of `text` with its length, as typed. It is that of a file, or of a directory that is
    /// `searched` in vain: `cc1: warning: DIR: No such file or directory [-Wmissing-include-dirs]`.
    fn name(&self, text: &[u8], searched: bool) -> Option<(usize, Vec<u8>)> {
        /// More signs that could end a name are in none.
        const ENDS: usize = 16;
        let ends = (0..text.len()).filter(|at| matches!(text[*at], b':' | b',' | b'\'' | b'\n' | 0x1b)).take(ENDS);
        ends.map(|end| &text[..end])
            .filter(|name| !name.is_empty())
            .map(|name| (name.len(), self.as_typed(name).unwrap_or_else(|| name.to_vec())))
            .find(|(len, _)| paths::path(&text[..*len]).exists() || searched && self.spellings.is_dir(&text[..*len]))
    }

    /// After the compile: diagnostics and the depfile with the names as typed. Returns the user's depfile as the compiler
    /// wrote it, and whether all names could be told. A depfile of a form that is not known stays as it is: its names
    /// mean the same files. `own` is the depfile the user knows nothing of.
    pub fn name_as_typed(
        &self,
        prepared: &Prepared,
        started_ns: i128,
        finished: &mut Finished,
        own: Option<&[u8]>,
    ) -> (Option<Vec<u8>>, bool) {
        let family = prepared.compiler.family;
        let written = prepared.depfile.as_ref().and_then(|name| {
            let path = prepared.path(name);
            let is_ours = Stamp::of_link(&path).is_ok_and(|stamp| stamp.is_file() && stamp.latest_ns() >= started_ns);
            let text = bounded::read(&path, outputs::LIMIT).ok().filter(|_| is_ours)?;
            if let Some((depfile, layout)) = template::read(&text, family, &prepared.compiler_targets()) {
                let typed = depfile::render(&self.depfile(depfile, family), layout);
                // What cannot be written stays what the compiler wrote.
                let _ = if typed == text {
                    Ok(())
                } else {
                    restore::write(&path, Style::InPlace, true, |file| file.write_all(&typed))
                };
            }
            Some(text)
        });
        if finished.stderr.is_empty() {
            return (written, true);
        }
        let listed = written.as_deref().or(own).and_then(|text| observe::all_listed(prepared, text));
        let diagnostics = self.diagnostics(&finished.stderr, &listed.unwrap_or_default());
        let is_clear = diagnostics.is_some();
        if let Some(diagnostics) = diagnostics {
            finished.stderr = diagnostics;
        }
        (written, is_clear)
    }

    /// A depfile as it would be if the compiler had been given what was typed.
    pub fn depfile(&self, mut depfile: Depfile, family: Family) -> Depfile {
        depfile.targets = self.typed.depfile_targets(family);
        for name in &mut depfile.names {
            if let Some(typed) = self.as_typed(name) {
                *name = typed;
            }
        }
        depfile
    }
}

/// Whether a compile that succeeded means what the typed command would have meant, and all its words are as typed.
///
/// # Errors
/// What of it does not; the command is then to be run as typed.
pub fn check(rewritten: &Rewritten, prepared: &Prepared, compile: &Compile, memo: &mut Memo) -> Result<(), Cause> {
    if !compile.names_are_told {
        return Err(Reason::RelativeMode.about("a file that is named otherwise stands in the text of a diagnostic"));
    }
    if prepared.job.language.is_assembler() && !compile.finished.stderr.is_empty() {
        return Err(Reason::RelativeMode.about("the assembler names files in its own way"));
    }
    let mut words = WordSet::FILE_ASKED;
    if !compile.finished.stderr.is_empty() {
        words |= WordSet::LINE;
    }
    let depfile = compile.depfile.as_ref().or(compile.own_depfile.as_ref());
    let mut listed = depfile.and_then(|text| observe::all_listed(prepared, text)).unwrap_or_default();
    listed.push(prepared.job.source.as_bytes().to_vec());
    for name in listed.iter().filter(|name| rewritten.as_typed(name).is_some()) {
        let path = prepared.place.cwd.join(paths::path(&rewritten.here(name.clone())));
        let content = memo.content(&path, &Facts::SCAN).ok();
        let facts = content.and_then(|content| Facts::decode(&content.facts?)).unwrap_or_default();
        if facts.mentions(words & WordSet::FILE_ASKED) {
            return Err(Reason::RelativeMode.about("a directive asks for a file by way of `__FILE__`"));
        }
        if facts.mentions(words) {
            return Err(Reason::RelativeMode.about("the diagnostics name files by a `#line`"));
        }
    }
    Ok(())
}

/// The words with every path that lies under the root made relative, where its names can be told from all others.
fn rewrite(
    typed: &Job,
    surroundings: &Surroundings<'_>,
    relative: &Relative<'_>,
    spellings: &mut Spellings,
    memo: &mut Memo,
) -> Option<Vec<OsString>> {
    let Surroundings { place, compiler, environment } = *surroundings;
    let mut words = typed.words.clone();
    // What names come of a part.
    let pairs = |part: &Part, given: &[u8], value: &[u8]| match part.role {
        Role::Source | Role::ForcedInclude => Pair::of_file(given, value).to_vec(),
        Role::SearchDir(Chain::Builtin) => Vec::new(),
        Role::SearchDir(chain) => {
            let system = compiler.family == Family::Gcc && matches!(chain, Chain::System | Chain::After);
            vec![Pair::of_dir(given, value, system)]
        }
        _ => Vec::new(),
    };
    // A forced include that is not there beside the working directory is searched for.
    let is_there =
        |part: &Part, value: &[u8]| part.role != Role::ForcedInclude || place.cwd.join(paths::path(value)).exists();
    // clang writes `/` for each backslash in a depfile, and takes off the last of several slashes, or the last but one.
    let is_plain = |value: &[u8]| {
        compiler.family == Family::Gcc
            || memchr::memchr(b'\\', value).is_none() && memchr::memmem::find(value, b"//").is_none()
    };
    let rewritten = |part: &Part, value: &[u8]| {
        if is_rewritten(part) && is_plain(value) { relative.path(value) } else { None }
    };
    let parts: Vec<(&Part, &[u8])> =
        typed.parts.iter().map(|part| (part, part.value.as_ref().map_or(&b""[..], |value| value.as_bytes()))).collect();
    for (part, value) in &parts {
        if value.first() != Some(&b'/') && is_there(part, value) {
            // These agree with each other: each stays what it is.
            spellings.add(&pairs(part, value, value));
        }
        // clang has then looked for it in `.`, and knows the directory by that name from there on.
        let beside = |path: Vec<u8>| memchr::memchr(b'/', &path).is_none();
        if part.role == Role::ForcedInclude
            && compiler.family == Family::Clang
            && relative.path(value).is_some_and(beside)
        {
            spellings.add(&[Pair::of_dir(b".", b"", false)]);
        }
    }
    for dir in variables::INCLUDE_PATHS.iter().filter_map(|name| environment.get_nonempty(name)) {
        for dir in dir.as_bytes().split(|byte| *byte == b':').filter(|dir| dir.first() != Some(&b'/')) {
            spellings.add(&[Pair::of_dir(dir, dir, false)]);
        }
    }
    for (part, value) in parts {
        // gcc searches on behind the directory of a forced include, which one that is given by an absolute path has not.
        let searches_on = part.role == Role::ForcedInclude && compiler.family == Family::Gcc && {
            let content = memo.content(&place.cwd.join(paths::path(value)), &Facts::SCAN).ok();
            let facts = content.and_then(|content| Facts::decode(&content.facts?));
            facts.is_none_or(|facts| facts.includes.iter().any(|mention| mention.next))
        };
        if let Some(path) = rewritten(part, value).filter(|_| is_there(part, value) && !searches_on) {
            let known = spellings.clone();
            if spellings.add(&pairs(part, &path, value)) && !replace(&mut words[part.words.clone()], part, &path) {
                *spellings = known;
            }
        }
    }
    let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
    let all: usize = words.iter().map(|word| word.len() + 1).sum();
    (longest <= LONGEST_WORD && all <= LONGEST_COMMAND).then_some(words)
}

/// What a command is given in.
struct Surroundings<'a> {
    place: &'a Place,
    compiler: &'a Compiler,
    environment: &'a Environment,
}

/// A prefix map of the user's.
fn is_map(part: &Part) -> bool {
    part.flag.as_bytes().ends_with(b"-prefix-map=")
}

/// An option whose value is compared with the names of files.
fn goes_by_names(word: &OsString) -> bool {
    const OPTIONS: [&[u8]; 4] = [
        b"-finstrument-functions-exclude-file-list",
        b"-fprofile-exclude-files",
        b"-fprofile-filter-files",
        b"-fprofile-list",
    ];
    let word = word.as_bytes();
    let lists = |word: &[u8]| word.ends_with(b"list") && word.len() > b"list".len();
    OPTIONS.iter().any(|option| word.starts_with(option))
        || word.starts_with(b"-fsanitize-") && word.split(|byte| *byte == b'=').next().is_some_and(lists)
}

/// Whether `words` give a gcc that makes canonical names a relative directory of system headers.
fn has_relative_system_dirs(typed: &Job, words: &[OsString], compiler: &Compiler) -> bool {
    const DECIDED: [&str; 2] = ["-fcanonical-system-headers", "-fno-canonical-system-headers"];
    let is_system = |part: &Part| matches!(part.role, Role::SearchDir(Chain::System | Chain::After));
    let is_relative =
        |part: &Part| is_system(part) && part.value.as_ref().is_some_and(|value| !value.as_bytes().starts_with(b"/"));
    compiler.family == Family::Gcc
        && typed.parts.iter().any(is_system)
        && !words.iter().any(|word| DECIDED.iter().any(|option| *word == **option))
        && parse(words).is_some_and(|asked| asked.parts.iter().any(is_relative))
}

/// Parses a command that holds its response files' words.
fn parse(words: &[OsString]) -> Option<Job> {
    command::parse_job(words, &|_| Err(io::ErrorKind::NotFound.into())).ok()
}

/// Link-time code is asked for: `-flto` in one of its spellings, not taken back.
fn has_link_time_code(typed: &Job) -> bool {
    let said = |word: &&OsString| word.as_bytes().starts_with(b"-flto") || *word == "-fno-lto";
    typed.words.iter().rfind(said).is_some_and(|word| *word != "-fno-lto")
}

/// gcc before 8 writes the names of its headers into link-time code and has no map for them. Where the user moves the
/// headers, they stay where they are.
fn can_be_told_its_prefix(typed: &Job, compiler: &Compiler) -> bool {
    const MOVES: [&str; 8] = [
        "-iprefix",
        "-iwithprefix",
        "-nostdinc",
        "-isysroot",
        "--sysroot",
        "-no-canonical",
        "-fcanonical-system-headers",
        "-fno-canonical-system-headers",
    ];
    let moves = |word: &OsString| MOVES.iter().any(|option| word.as_bytes().starts_with(option.as_bytes()));
    compiler.family == Family::Gcc && compiler.major < 8 && !typed.words.iter().any(moves)
}

/// Whether the part's value is a path that may be given to the compiler in another spelling.
fn is_rewritten(part: &Part) -> bool {
    match part.role {
        Role::Source | Role::ForcedInclude | Role::Output => true,
        Role::SearchDir(chain) => chain != Chain::Builtin,
        Role::Depfile => part.flag == "-MF",
        _ => false,
    }
}

/// Puts `path` in the place of the value; says whether it was found.
fn replace(words: &mut [OsString], part: &Part, path: &[u8]) -> bool {
    let value = part.value.as_deref().unwrap_or_default();
    match words {
        [word] if word.as_bytes() == [part.flag.as_bytes(), value.as_bytes()].concat() => {
            *word = OsString::from_vec([part.flag.as_bytes(), path].concat());
            true
        }
        [_, word] if word == value => {
            *word = OsString::from_vec(path.to_vec());
            true
        }
        _ => false,
    }
}

/// The prefix maps this compiler is given.
fn maps(typed: &Job, place: &Place, named: &[NamedRoot], compiler: &Compiler) -> Vec<OsString> {
    let given = |flag: &str| typed.parts.iter().any(|part| part.flag.as_bytes() == flag.as_bytes());
    let has_file_map = match compiler.family {
        Family::Gcc => compiler.major >= 8,
        Family::Clang => compiler.major >= 10,
    };
    let lto = has_link_time_code(typed);
    let mut flags: Vec<&str> = Vec::new();
    if !typed.opaque || typed.debug || lto {
        if !has_file_map {
            // In link-time code it would be recorded.
            if typed.debug && !lto {
                flags.push("-fdebug-prefix-map=");
            }
        } else if !typed.parts.iter().any(|part| part.flag.as_bytes().ends_with(b"-prefix-map=")) {
            flags.push("-ffile-prefix-map=");
        } else {
            flags.extend(["-fdebug-prefix-map=", "-fmacro-prefix-map="]);
        }
    }
    flags.retain(|flag| !given(flag) && !given("-ffile-prefix-map="));
    // What is given last is tried first: directories within the root after the root.
    let olds: Vec<(Vec<u8>, Vec<u8>)> = place
        .bases()
        .rev()
        .filter_map(|(base, old)| Some((old.to_vec(), new_name(base, place, named, compiler)?)))
        .collect();
    // Where the old ends and the new begins could not be told.
    if flags.is_empty() || olds.iter().any(|(old, _)| memchr::memchr(b'=', old).is_some()) {
        return Vec::new();
    }
    let word = |flag: &str, old: &[u8], new: &[u8]| OsString::from_vec([flag.as_bytes(), old, b"=", new].concat());
    let mut words: Vec<OsString> =
        flags.iter().flat_map(|flag| olds.iter().map(|(old, new)| word(flag, old, new))).collect();
    if !has_file_map && compiler.family == Family::Gcc && !words.is_empty() {
        // These versions record the maps themselves, where they record options.
        words.push("-gno-record-gcc-switches".into());
    }
    words
}

/// What stands for a base in debug data.
fn new_name(base: Base, place: &Place, named: &[NamedRoot], compiler: &Compiler) -> Option<Vec<u8>> {
    match base {
        Base::Root | Base::RootAlias => Some(b".".to_vec()),
        Base::Toolchain => Some(paths::TOOLCHAIN_NAME.into()),
        Base::Builtin(nth) => {
            let dir = compiler.builtin_dirs.get(usize::from(nth))?;
            let rooted = place.rooted_builtin(dir);
            let below = match rooted.base {
                Base::Toolchain => rooted.rest,
                // gcc names its own place by way of its program (`/opt/t/bin/../lib/gcc/…`), and its directories without
                // the detour where that is shorter.
                Base::Builtin(_) => {
                    let toolchain = compiler.toolchain.as_ref()?.as_os_str().as_bytes();
                    let tail = memchr::memmem::rfind(toolchain, b"/../").map(|at| &toolchain[at + 3..])?;
                    dir[memchr::memmem::rfind(dir, tail)? + tail.len()..].to_vec()
                }
                _ => return None,
            };
            Some([paths::TOOLCHAIN_NAME.as_bytes(), &below].concat())
        }
        Base::Named(nth) | Base::NamedReal(nth) => Some(named.get(usize::from(nth))?.name.clone().into_bytes()),
        Base::Absolute | Base::Relative | Base::Cwd | Base::CwdAlias => None,
    }
}

/// The length of a colour's escape at the beginning of `text`.
fn colour_len(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"\x1b[")?;
    let parameters = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    rest.get(parameters).filter(|last| last.is_ascii_alphabetic())?;
    Some(2 + parameters + 1)
}

/// Whether a compiler puts behind `said` the name of a search directory that is none, which has no location: gcc and
/// clang since 15.
fn is_place_of_a_search(said: &[u8]) -> bool {
    const GCC: [&[u8]; 4] = [b"cc1: warning: ", b"cc1plus: warning: ", b"cc1obj: warning: ", b"cc1objplus: warning: "];
    GCC.contains(&said) || said.ends_with(b": warning: no such include directory: '")
}

/// Whether a compiler puts the name of a file behind `said`, which begins a line.
fn is_place_of_a_name(said: &[u8]) -> bool {
    const BEFORE: [&[u8]; 2] = [b"", b"In file included from "];
    let unindented = said.trim_ascii_start();
    BEFORE.contains(&said)
        || unindented.len() < said.len()
            // The second is where gcc's analyzer goes on in another file.
            && (unindented == b"from " || unindented == b"|" || unindented.starts_with(b"inlined from ") && said.ends_with(b" at "))
}

/// Whether `name` stands in `text`, as a whole path or as the beginning of one.
fn mentions(text: &[u8], name: &[u8], whole: bool) -> bool {
    let continues = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./+~".contains(byte);
    memchr::memmem::find_iter(text, name).any(|at| {
        let mut before = &text[..at];
        while let Some(rest) = before.strip_suffix(b"./").filter(|rest| !rest.ends_with(b".")) {
            before = rest;
        }
        let ends = !whole || text.get(at + name.len()).is_none_or(|byte| !continues(byte) || *byte == b'.');
        ends && before.last().is_none_or(|byte| !continues(byte))
    })
}
