//! The command that the compiler is given in the place of the one that was typed.

use super::maps::{can_be_told_its_prefix, maps};
use crate::command::{self, Chain, Job, Part, Role, SideOutput, Trait, ours};
use crate::disk::memo::Memo;
use crate::environment::Environment;
use crate::paths::relative::{Pair, Relative, Spellings};
use crate::paths::{self, Base, HOME, NamedRoot, Place};
use crate::proof;
use crate::text::Facts;
use crate::toolchain::{Compiler, environment as variables, habits};
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
    pub typed: Job,
    /// Maps were added to what was typed.
    pub has_maps: bool,
    /// What the compiler is told of the environment.
    pub env: Vec<(&'static str, &'static str)>,
    /// The compiler's own directory, if it is given [`TOOLCHAIN_DESCRIPTOR`] in its place.
    pub(super) toolchain: Option<PathBuf>,
    /// The home directory, if the compiler is given [`HOME_DESCRIPTOR`] in its place.
    pub(super) home: Option<Home>,
    /// System headers have the names they are found by. Their directories, those of the compiler and of the command.
    pub(super) uncanonical: Option<Vec<Vec<u8>>>,
    /// The maps hold for every word that gives a file's name: gcc's `__builtin_FILE` goes by them (`fold_builtin_FILE`),
    /// clang's and the names it gives to lambdas do not in all versions.
    pub names_are_mapped: bool,
    pub(super) spellings: Spellings,
    /// What the maps put in place of the root and other directories, with a slash.
    pub(super) mapped: Vec<Vec<u8>>,
}

/// The home directory of a compile whose words name it by a descriptor.
pub(super) struct Home {
    path: PathBuf,
    /// The beginnings of names of system headers in it.
    pub(super) system: Vec<Vec<u8>>,
    /// What follows it in the words, which the compiler may write.
    names: Vec<Vec<u8>>,
}

/// The kernel takes no longer word (`MAX_ARG_STRLEN`), and no longer command lines than a fraction of the stack's limit.
const LONGEST_WORD: usize = 100_000;
const LONGEST_COMMAND: usize = 1 << 20;

/// The working directory, under a name that is the same everywhere.
pub(super) const WORKING_DIRECTORY: &str = "/proc/self/cwd";
/// A descriptor that no program expects to be free, and how a compiler that inherits it names its directory.
const TOOLCHAIN_DESCRIPTOR: i32 = 900;
pub(super) const TOOLCHAIN_DIRECTORY: &str = "/proc/self/fd/900";
/// The same for the home directory.
const HOME_DESCRIPTOR: i32 = 901;
pub(super) const HOME_DIRECTORY: &str = "/proc/self/fd/901";

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
        let names_files = |side: &SideOutput| side.kind.side().names_files;
        if typed.has(Trait::ComparesNames) || typed.side_outputs.iter().any(names_files) {
            return None;
        }
        let maps = maps(typed, place, named, compiler, environment);
        let mut spellings = Spellings::default();
        let relative = Relative::new(place);
        // The user's maps are for the names as typed.
        let relative = relative.filter(|_| !typed.parts.iter().any(|part| part.traits.is_map()));
        let surroundings = Surroundings { place, compiler, environment };
        let words = relative.and_then(|relative| rewrite(typed, &surroundings, &relative, &mut spellings, memo));
        // Words that would be too long for a command line stay in their response files.
        let mut args = words.clone().unwrap_or_else(|| args.to_vec());
        let mut words = words.unwrap_or_else(|| typed.words.clone());
        let lto = typed.lto && Path::new(WORKING_DIRECTORY).exists();
        let toolchain = compiler.toolchain.clone().filter(|_| lto && can_be_told_its_prefix(typed, compiler));
        let home = toolchain.as_ref().and_then(|_| by_descriptor(typed, &words, place, &mut args));
        let mut added = maps;
        let has_maps = !added.is_empty();
        let new = |map: &OsString| Some([map.as_bytes().rsplit(|byte| *byte == b'=').next()?, b"/"].concat());
        let mapped =
            added.iter().filter(|map| memchr::memchr(b'=', map.as_bytes()).is_some()).filter_map(new).collect();
        if toolchain.is_some() {
            args.extend([ours::PREFIX.into(), format!("{TOOLCHAIN_DIRECTORY}/").into()]);
        }
        let system_dirs = system_dirs(typed, compiler);
        let uncanonical = toolchain.is_some() || !system_dirs.is_empty();
        if uncanonical {
            added.push(ours::NOT_CANONICAL.into());
        }
        args.extend(added.iter().cloned());
        words.extend(added);
        let own_dirs = compiler.builtin_dirs.iter().map(|dir| paths::join(dir, b""));
        let uncanonical = uncanonical.then(|| own_dirs.chain(system_dirs).collect());
        let env = if lto { vec![("PWD", WORKING_DIRECTORY)] } else { Vec::new() };
        let asked = command::parse_job(&words, &|_| Err(io::ErrorKind::NotFound.into())).ok()?;
        let maps_macros = asked.has(Trait::MapsMacros) && !typed.has(Trait::MapsMacros);
        let names_are_mapped = compiler.has(habits::MAPS_EVERY_NAME) && maps_macros;
        let typed = typed.clone();
        Some((
            asked,
            Self { args, typed, has_maps, env, toolchain, home, uncanonical, names_are_mapped, spellings, mapped },
        ))
    }

    /// Names below the home directory that the compiler may write, whatever they are relative to.
    pub fn names_in_home(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.home.iter().flat_map(|home| &home.names)
    }

    /// No name of a system header depends on the length of the root.
    pub fn keeps_names(&self) -> bool {
        self.uncanonical.is_some()
    }

    /// Opens what the compiler inherits. It is closed with the returned descriptor.
    ///
    /// # Errors
    /// When the directory cannot be opened, or the number is taken.
    pub fn inherited(&self) -> io::Result<Vec<OwnedFd>> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let toolchain = self.toolchain.iter().map(|dir| (dir, TOOLCHAIN_DESCRIPTOR));
        let home = self.home.iter().map(|home| (&home.path, HOME_DESCRIPTOR));
        let opened = toolchain.chain(home).map(|(dir, number)| {
            let dir = rustix::fs::open(dir, flags, Mode::empty())?;
            let inherited = rustix::io::fcntl_dupfd_cloexec(&dir, number)?;
            if inherited.as_raw_fd() != number {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            rustix::io::fcntl_setfd(&inherited, FdFlags::empty())?;
            Ok(inherited)
        });
        opened.collect()
    }

    /// A name the compiler wrote, with its own directory as it stands here.
    pub fn here(&self, name: Vec<u8>) -> Vec<u8> {
        match (&self.toolchain, name.strip_prefix(TOOLCHAIN_DIRECTORY.as_bytes())) {
            (Some(dir), Some(rest)) if rest.first() == Some(&b'/') => [dir.as_os_str().as_bytes(), rest].concat(),
            _ => match (&self.home, name.strip_prefix(HOME_DIRECTORY.as_bytes())) {
                (Some(home), Some(rest)) if rest.first() == Some(&b'/') => {
                    [home.path.as_os_str().as_bytes(), rest].concat()
                }
                _ => name,
            },
        }
    }
}

/// Names the home directory by a descriptor in `args`, which are `words` as the compiler is given them. `None` where no word names it, or
/// one of them cannot be changed.
fn by_descriptor(typed: &Job, words: &[OsString], place: &Place, args: &mut Vec<OsString>) -> Option<Home> {
    let (_, path) = place.bases().find(|(base, _)| *base == Base::Named(HOME))?;
    let below = |value: &[u8]| match place.rooted(value).base {
        Base::Named(HOME) | Base::Given(_) => {
            value.strip_prefix(path).filter(|rest| matches!(rest, [] | [b'/', ..])).map(<[u8]>::to_vec)
        }
        _ => None,
    };
    // Words that stay in their response files cannot be changed.
    if args.get(..words.len()) != Some(words) {
        return None;
    }
    let mut changed = args.clone();
    let mut system = Vec::new();
    let mut names = Vec::new();
    for part in typed.parts.iter().filter(|part| is_rewritten(part) && part.role != Role::Output) {
        let value = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
        let Some(rest) = below(value) else { continue };
        let value = [HOME_DIRECTORY.as_bytes(), &rest].concat();
        if !replace(&mut changed[part.words.clone()], part, &value) {
            return None;
        }
        names.push(rest);
        if matches!(part.role, Role::SearchDir(Chain::System | Chain::After)) {
            system.push(paths::join(&value, b""));
        }
    }
    if names.is_empty() {
        return None;
    }
    *args = changed;
    Some(Home { path: paths::path(path).to_owned(), system, names })
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
            let system = compiler.has(habits::CANONICAL_HEADERS) && matches!(chain, Chain::System | Chain::After);
            vec![Pair::of_dir(given, value, system)]
        }
        _ => Vec::new(),
    };
    // A forced include that is not there beside the working directory is searched for.
    let is_there =
        |part: &Part, value: &[u8]| part.role != Role::ForcedInclude || place.cwd.join(paths::path(value)).exists();
    let is_plain = |value: &[u8]| {
        !compiler.has(habits::CHANGES_NAMES)
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
        let beside = |path: Vec<u8>| memchr::memchr(b'/', &path).is_none();
        if part.role == Role::ForcedInclude
            && compiler.has(habits::CHANGES_NAMES)
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
        let searches_on = part.role == Role::ForcedInclude && compiler.has(habits::FORCED_SEARCHES_ON) && {
            let reading = proof::reading(typed, compiler);
            let content = memo.content(&place.cwd.join(paths::path(value)), Facts::scan(reading)).ok();
            let facts = content.and_then(|content| Facts::found(&content.facts?, reading));
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

/// The directories of system headers that the command gives a gcc which makes canonical names. What stands beside such a header has a
/// canonical name too, where that is shorter, and in this mode most names are relative.
fn system_dirs(typed: &Job, compiler: &Compiler) -> Vec<Vec<u8>> {
    if !compiler.has(habits::CANONICAL_HEADERS) || typed.has(Trait::CanonicalHeaders) {
        return Vec::new();
    }
    let is_system = |part: &&Part| matches!(part.role, Role::SearchDir(Chain::System | Chain::After));
    let dirs = typed.parts.iter().filter(is_system).filter_map(|part| part.value.as_ref());
    dirs.map(|dir| paths::join(dir.as_bytes(), b"")).collect()
}

/// Whether the part's value is a path that may be given to the compiler in another spelling.
fn is_rewritten(part: &Part) -> bool {
    match part.role {
        Role::Source | Role::ForcedInclude | Role::Output => true,
        Role::SearchDir(chain) => chain != Chain::Builtin,
        Role::Depfile => part.has(Trait::NamesDepfile),
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
