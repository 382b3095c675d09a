//! The include path of one command: which directories a header is looked for in, and in which order (GCC manual,
//! "Options for Directory Search"; clang follows it).

use crate::command::{Chain, Job, Part, Role};
use crate::disk::stamp::Stamp;
use crate::environment::Environment;
use crate::paths;
use crate::toolchain::{Compiler, habits};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Variables that name directories of system headers, one for each language.
const SYSTEM_VARIABLES: [&str; 4] =
    ["C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "OBJCPLUS_INCLUDE_PATH"];

/// One directory of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dir {
    /// As spelled; `.` and the empty string are the working directory.
    pub path: Vec<u8>,
    /// Headers found here are system headers: left out of `-MMD` depfiles.
    pub system: bool,
    /// One of the compiler's own.
    pub builtin: bool,
    /// The last place in the search order where this directory stands again. Compilers drop all but one of several
    /// places, by rules that differ; so the search could have begun at any of them.
    pub last: usize,
    /// What stands at the path.
    pub what: What,
}

/// What a search directory turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Nothing; compilers pass over it.
    Nothing,
    /// A directory, or the same one as an earlier place by number.
    Directory(usize),
    /// Something else; gcc warns.
    Other,
    /// The way to it leads nowhere (a file for a directory, a loop of links); gcc takes that for an error.
    Unreachable,
}

/// The whole path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludePath {
    /// All directories in search order.
    pub dirs: Vec<Dir>,
    /// The search for `<name>` begins here; those before are for `"name"` only.
    pub angle: usize,
    /// Diagnostics tell which of the user's directories are missing.
    pub tells_missing: bool,
}

impl IncludePath {
    /// Directories of system headers that the user names, where the compiler gives the headers canonical names.
    pub fn user_system_dirs(job: &Job, environment: &Environment, compiler: &Compiler) -> Vec<Vec<u8>> {
        if !compiler.has(habits::CANONICAL_HEADERS) {
            return Vec::new();
        }
        let is_system = |part: &&Part| matches!(part.role, Role::SearchDir(Chain::System | Chain::After));
        let options = job.parts.iter().filter(is_system).filter_map(|part| part.value.as_ref());
        let options = options.map(|value| value.as_bytes().to_vec());
        let variables = SYSTEM_VARIABLES.iter().filter_map(|name| environment.get_nonempty(name));
        let variables = variables.flat_map(|value| value.as_bytes().split(|byte| *byte == b':').map(<[u8]>::to_vec));
        options.chain(variables).collect()
    }

    /// Merges options, environment and the compiler's own directories.
    pub fn of(job: &Job, environment: &Environment, compiler: &Compiler, cwd: &Path) -> Self {
        let option_dirs = |wanted: Chain| {
            job.parts
                .iter()
                .filter(move |part| part.role == Role::SearchDir(wanted))
                .filter_map(|part| part.value.as_ref().map(|value| value.as_bytes().to_vec()))
        };
        let variable_dirs = |name: &str| -> Vec<Vec<u8>> {
            let value = environment.get_nonempty(name).map(|value| value.as_bytes().to_vec());
            value.iter().flat_map(|value| value.split(|byte| *byte == b':')).map(<[u8]>::to_vec).collect()
        };
        let dir = |path, system| Dir { path, system, builtin: false, last: 0, what: What::Nothing };
        let user = |path: Vec<u8>| dir(path, false);
        let system = |path: Vec<u8>| dir(path, true);

        let mut dirs: Vec<Dir> = option_dirs(Chain::Quote).map(user).collect();
        let angle = dirs.len();
        dirs.extend(option_dirs(Chain::Angle).map(user));
        dirs.extend(variable_dirs("CPATH").into_iter().map(user));
        dirs.extend(option_dirs(Chain::System).map(system));
        // Only one of them is for this language; directories too many do no harm here.
        for name in SYSTEM_VARIABLES {
            dirs.extend(variable_dirs(name).into_iter().map(system));
        }
        dirs.extend(compiler.builtin_dirs.iter().cloned().map(system).map(|dir| Dir { builtin: true, ..dir }));
        dirs.extend(option_dirs(Chain::After).map(system));

        let stamps: Vec<io::Result<Stamp>> =
            dirs.iter().map(|dir| Stamp::of(&cwd.join(paths::path(&dir.path)))).collect();
        let same = |one: usize, other: usize| match (&stamps[one], &stamps[other]) {
            (Ok(one), Ok(other)) => (one.dev, one.ino) == (other.dev, other.ino),
            _ => false,
        };
        for at in 0..dirs.len() {
            // `-Ia -isystem a`: the compiler drops the place that `-I` gave, and `a` is a system directory.
            dirs[at].system |= (0..dirs.len()).any(|other| dirs[other].system && same(at, other));
            dirs[at].last = (at..dirs.len()).rev().find(|other| same(at, *other)).unwrap_or(at);
            dirs[at].what = match &stamps[at] {
                Err(error) if error.kind() == io::ErrorKind::NotFound => What::Nothing,
                Ok(stamp) if stamp.is_dir() => What::Directory((0..=at).find(|other| same(at, *other)).unwrap_or(at)),
                Ok(_) => What::Other,
                Err(_) => What::Unreachable,
            };
        }
        Self { dirs, angle, tells_missing: job.missing_dirs }
    }

    /// The user's directories of which it is told that they are missing.
    pub fn told_missing(&self) -> impl Iterator<Item = &[u8]> {
        let told = self.dirs.iter().filter(|dir| self.tells_missing && !dir.builtin && dir.what == What::Nothing);
        told.map(|dir| dir.path.as_slice())
    }

    /// Which places are the same directory, and at which stands something that is none: a byte for each place. This decides about the
    /// search, so it belongs to the key.
    ///
    /// A missing directory is like one without headers, so the key does not tell the two apart. It does where the compiler tells them
    /// apart: `cc1: warning: DIR: No such file or directory [-Wmissing-include-dirs]`.
    pub fn shape(&self) -> Vec<u8> {
        /// A directory that comes for the first time, or nothing.
        const PLAIN: u8 = u8::MAX;
        const OTHER: u8 = u8::MAX - 1;
        const UNREACHABLE: u8 = u8::MAX - 2;
        /// Nothing, where the compiler says so.
        const TOLD_MISSING: u8 = u8::MAX - 3;
        /// Up to here, the number of the place at which the same directory stands first.
        const MOST_PLACES: u8 = u8::MAX - 4;
        let place = |(at, dir): (usize, &Dir)| match dir.what {
            What::Directory(first) if first != at => u8::try_from(first).unwrap_or(u8::MAX).min(MOST_PLACES),
            What::Nothing if self.tells_missing && !dir.builtin => TOLD_MISSING,
            What::Unreachable => UNREACHABLE,
            What::Other => OTHER,
            What::Nothing | What::Directory(_) => PLAIN,
        };
        self.dirs.iter().enumerate().map(place).collect()
    }
}

#[cfg(test)]
mod tests;
