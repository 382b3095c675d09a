//! The `relative` mode: what the compiler is given in place of what was typed, and how its words are turned back.
//!
//! | what | how | why |
//! |---|---|---|
//! | source, search directories, forced includes, outputs under the root | relative to the working directory | `__FILE__`, debug data and link-time objects hold them as they are spelled |
//! | working directory, and what is still absolute | `-ffile-prefix-map`, or `-fdebug-prefix-map` where the compiler has no other | debug data hold the working directory |
//! | depfile, diagnostics | spelled again as typed | make, ninja and people know the files by those names |
//!
//! Where the user gave maps of one kind, none of that kind is added. What they do not reach is found by the search for
//! the place ([`crate::key::binding`]), and keyed to it.
//!
//! Link-time objects of gcc hold the working directory whatever the maps say, and those of gcc before 8 the maps
//! themselves and the names of the toolchain's headers. There the compiler is told names that are the same everywhere: `$PWD`
//! is `/proc/self/cwd`, which libiberty's `getpwd` believes since it is the same directory, and old ones find their
//! headers through a descriptor that is open on their own directory (`-iprefix`, GCC manual, "Directory Options").

use super::depfile;
use super::prepare::Prepared;
use crate::bounded;
use crate::compiler::run::Finished;
use crate::compiler::{Compiler, Family};
use crate::depfile::{self as grammar, Depfile};
use crate::invocation::{self, Chain, Invocation, Part, Role};
use crate::memo::Stamp;
use crate::paths::relative::{Relative, Spellings};
use crate::paths::{self, Base, NamedRoot, Place};
use crate::store::entry;
use crate::store::restore::{self, Style};
use rustix::fs::{Mode, OFlags};
use rustix::io::FdFlags;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// A command of the `relative` mode.
pub struct Rewritten {
    /// What the compiler is given after argv\[0\], maps included.
    pub args: Vec<OsString>,
    /// The command as it was typed.
    pub typed: Invocation,
    /// Maps were added to what was typed.
    pub has_maps: bool,
    /// What the compiler is told of the environment.
    pub env: Vec<(&'static str, &'static str)>,
    /// The compiler's own directory, if it is given [`TOOLCHAIN_DESCRIPTOR`] in its place.
    toolchain: Option<PathBuf>,
    /// The maps hold for every word that gives a file's name: gcc's `__builtin_FILE` goes by them (`fold_builtin_FILE`),
    /// clang's and the names it gives to lambdas do not in all versions.
    pub names_are_mapped: bool,
    spellings: Spellings,
}

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
        typed: &Invocation,
        args: &[OsString],
        place: &Place,
        named: &[NamedRoot],
        compiler: &Compiler,
    ) -> Option<(Invocation, Self)> {
        let maps = maps(typed, place, named, compiler);
        let mut spellings = Spellings::default();
        let relative = Relative::new(place);
        let words = relative.and_then(|relative| rewrite(typed, place, &relative, &mut spellings));
        // Words that would be too long for a command line stay in their response files.
        let mut args = words.clone().unwrap_or_else(|| args.to_vec());
        let mut words = words.unwrap_or_else(|| typed.words.clone());
        args.extend(maps.iter().cloned());
        words.extend(maps.iter().cloned());
        let lto = has_link_time_code(typed) && Path::new(WORKING_DIRECTORY).exists();
        let toolchain = compiler.toolchain.clone().filter(|_| lto && can_be_told_its_prefix(typed, compiler));
        if toolchain.is_some() {
            args.extend(["-iprefix", "/proc/self/fd/900/", "-fno-canonical-system-headers"].map(OsString::from));
        }
        let env = if lto { vec![("PWD", WORKING_DIRECTORY)] } else { Vec::new() };
        let asked = invocation::parse(&words, &|_| Err(io::ErrorKind::NotFound.into())).ok()?;
        let maps_macros = |map: &OsString| !map.as_bytes().starts_with(b"-fdebug");
        let names_are_mapped = compiler.family == Family::Gcc && maps.iter().any(maps_macros);
        let typed = typed.clone();
        let has_maps = !maps.is_empty();
        Some((asked, Self { args, typed, has_maps, env, toolchain, names_are_mapped, spellings }))
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

    /// The same as the compiler would have spelled it: system headers without symlinks where that is shorter (libcpp,
    /// `maybe_shorter_path`).
    fn shown(&self, name: &[u8]) -> Option<Vec<u8>> {
        let spelled = self.here(name.to_vec());
        if spelled == name {
            return None;
        }
        let real = std::fs::canonicalize(paths::path(&spelled)).ok().map(|path| path.into_os_string().into_vec());
        Some(real.filter(|real| real.len() < spelled.len()).unwrap_or(spelled))
    }

    /// Diagnostics with the names of files as typed: where a location has its place, at the beginning of a line, behind
    /// `from` and `at`, names of files that are there; elsewhere only the very paths that the compiler was given.
    pub fn diagnostics(&self, text: &[u8], cwd: &Path) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 256);
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            self.line(line, cwd, &mut out);
        }
        out
    }

    fn line(&self, line: &[u8], cwd: &Path, out: &mut Vec<u8>) {
        const BEFORE: [&[u8]; 2] = [b"from ", b" at "];
        let mut at = 0;
        let mut may_begin = true;
        while at < line.len() {
            if let Some(len) = colour_len(&line[at..]) {
                out.extend_from_slice(&line[at..at + len]);
                at += len;
                continue;
            }
            // Colours may stand before a name.
            let said = without_colours_at_the_end(&line[..at]);
            may_begin = may_begin && said.is_empty() || BEFORE.iter().any(|word| said.ends_with(word));
            let found = match said.last() {
                _ if may_begin => self.name(&line[at..], cwd),
                Some(b' ' | b'\'') => self.given(&line[at..]),
                _ if said.ends_with("\u{2018}".as_bytes()) => self.given(&line[at..]),
                _ => None,
            };
            if let Some((len, typed)) = found {
                out.extend_from_slice(&typed);
                at += len;
            } else {
                out.push(line[at]);
                at += 1;
            }
        }
    }

    /// The name of a file that is there at the beginning of `text`, with its length, as typed.
    fn name(&self, text: &[u8], cwd: &Path) -> Option<(usize, Vec<u8>)> {
        let end = text.iter().position(|byte| matches!(byte, b':' | b',' | b'\n' | 0x1b))?;
        let name = &text[..end];
        if let Some(shown) = self.shown(name) {
            return Some((end, shown));
        }
        let ends_a_name = match text[end] {
            b':' => text.get(end + 1).is_some_and(|next| next.is_ascii_digit() || matches!(next, b' ' | 0x1b)),
            last => last != b'\n',
        };
        if !ends_a_name || matches!(name.first(), None | Some(b' ' | b'/')) {
            return None;
        }
        let typed = self.spellings.typed(name)?;
        rustix::fs::access(cwd.join(paths::path(name)), rustix::fs::Access::EXISTS).ok()?;
        Some((end, typed))
    }

    /// A path that the compiler was given, at the beginning of `text`, with its length, as typed.
    fn given(&self, text: &[u8]) -> Option<(usize, Vec<u8>)> {
        let quotes = ["'", "\u{2019}"].map(str::as_bytes);
        let end = (0..text.len()).find(|at| {
            matches!(text[*at], b':' | b'\n' | 0x1b) || quotes.iter().any(|quote| text[*at..].starts_with(quote))
        })?;
        let name = &text[..end];
        // A name alone could be any word.
        let is_path = memchr::memchr(b'/', name).is_some();
        (is_path && self.spellings.is_given(name)).then(|| Some((end, self.spellings.typed(name)?)))?
    }

    /// After the compile: diagnostics and the depfile with the names as typed. Returns the depfile as the compiler wrote
    /// it. A depfile of a form that is not known stays as it is: its names mean the same files.
    pub fn name_as_typed(&self, prepared: &Prepared, started_ns: i128, finished: &mut Finished) -> Option<Vec<u8>> {
        finished.stderr = self.diagnostics(&finished.stderr, &prepared.place.cwd);
        let path = prepared.path(prepared.depfile.as_ref()?);
        let is_ours = Stamp::of_link(&path).is_ok_and(|stamp| stamp.is_file() && stamp.latest_ns() >= started_ns);
        let text = bounded::read(&path, entry::CONTENT_LIMIT).ok().filter(|_| is_ours)?;
        let family = prepared.compiler.family;
        if let Some((depfile, layout)) = depfile::read(&text, family, &prepared.compiler_targets()) {
            let typed = grammar::render(&self.depfile(depfile, family), layout);
            // What cannot be written stays what the compiler wrote.
            let _ = if typed == text { Ok(()) } else { restore::write(&path, &typed, Style::InPlace) };
        }
        Some(text)
    }

    /// A depfile as it would be if the compiler had been given what was typed.
    pub fn depfile(&self, mut depfile: Depfile, family: Family) -> Depfile {
        depfile.targets = self.typed.depfile_targets(family);
        for name in &mut depfile.names {
            if let Some(typed) = self.shown(name).or_else(|| self.spellings.typed(name)) {
                *name = typed;
            }
        }
        depfile
    }
}

/// The words with every path that lies under the root made relative.
fn rewrite(
    typed: &Invocation,
    place: &Place,
    relative: &Relative<'_>,
    spellings: &mut Spellings,
) -> Option<Vec<OsString>> {
    let mut words = typed.words.clone();
    for part in &typed.parts {
        let value = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
        let path = if is_rewritten(part) { relative.path(value) } else { None };
        // A forced include that is not there beside the working directory would be searched for.
        let path = path.filter(|_| part.role != Role::ForcedInclude || place.cwd.join(paths::path(value)).exists());
        let replaced = path.as_ref().is_some_and(|path| replace(&mut words[part.words.clone()], part, path));
        let spelled = path.as_deref().filter(|_| replaced).unwrap_or(value);
        match part.role {
            Role::Source | Role::ForcedInclude => spellings.file(spelled, value),
            Role::SearchDir(Chain::Builtin) => {}
            Role::SearchDir(_) => spellings.directory(spelled, value),
            Role::Output if replaced => spellings.file(spelled, value),
            _ => {}
        }
    }
    let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
    let all: usize = words.iter().map(|word| word.len() + 1).sum();
    (longest <= LONGEST_WORD && all <= LONGEST_COMMAND).then_some(words)
}

/// Link-time code is asked for: `-flto` in one of its spellings, not taken back.
fn has_link_time_code(typed: &Invocation) -> bool {
    let said = |word: &&OsString| word.as_bytes().starts_with(b"-flto") || *word == "-fno-lto";
    typed.words.iter().rfind(said).is_some_and(|word| *word != "-fno-lto")
}

/// gcc before 8 writes the names of its headers into link-time code and has no map for them. Where the user moves the
/// headers, they stay where they are.
fn can_be_told_its_prefix(typed: &Invocation, compiler: &Compiler) -> bool {
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
fn maps(typed: &Invocation, place: &Place, named: &[NamedRoot], compiler: &Compiler) -> Vec<OsString> {
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

fn without_colours_at_the_end(mut text: &[u8]) -> &[u8] {
    while let Some(escape) = memchr::memrchr(0x1b, text) {
        match colour_len(&text[escape..]) {
            Some(len) if escape + len == text.len() => text = &text[..escape],
            _ => break,
        }
    }
    text
}
