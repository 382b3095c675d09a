//! The include path of one command: which directories a header is looked for in, and in which order (GCC manual,
//! "Options for Directory Search"; clang follows it).

use crate::compiler::Compiler;
use crate::environment::Environment;
use crate::invocation::{Chain, Invocation, Role};
use crate::memo::Stamp;
use crate::paths;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// One directory of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dir {
    /// As spelled; `.` and the empty string are the working directory.
    pub path: Vec<u8>,
    /// Headers found here are system headers: left out of `-MMD` depfiles.
    pub system: bool,
}

/// The whole path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludePath {
    /// All directories in search order.
    pub dirs: Vec<Dir>,
    /// The search for `<name>` begins here; those before are for `"name"` only.
    pub angle: usize,
}

impl IncludePath {
    /// Merges options, environment and the compiler's own directories.
    pub fn of(invocation: &Invocation, environment: &Environment, compiler: &Compiler, cwd: &Path) -> Self {
        let option_dirs = |wanted: Chain| {
            invocation
                .parts
                .iter()
                .filter(move |part| part.role == Role::SearchDir(wanted))
                .filter_map(|part| part.value.as_ref().map(|value| value.as_bytes().to_vec()))
        };
        let variable_dirs = |name: &str| -> Vec<Vec<u8>> {
            let value = environment.get_nonempty(name).map(|value| value.as_bytes().to_vec());
            value.iter().flat_map(|value| value.split(|byte| *byte == b':')).map(<[u8]>::to_vec).collect()
        };
        let user = |path: Vec<u8>| Dir { path, system: false };
        let system = |path: Vec<u8>| Dir { path, system: true };

        let mut dirs: Vec<Dir> = option_dirs(Chain::Quote).map(user).collect();
        let angle = dirs.len();
        dirs.extend(option_dirs(Chain::Angle).map(user));
        dirs.extend(variable_dirs("CPATH").into_iter().map(user));
        dirs.extend(option_dirs(Chain::System).map(system));
        // Only one of them is for this language; directories too many do no harm here.
        for name in ["C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "OBJCPLUS_INCLUDE_PATH"] {
            dirs.extend(variable_dirs(name).into_iter().map(system));
        }
        dirs.extend(compiler.builtin_dirs.iter().cloned().map(system));
        dirs.extend(option_dirs(Chain::After).map(system));

        // A directory that is also a system directory is one: the compiler drops its earlier place.
        let stamps: Vec<Option<(u64, u64)>> = dirs
            .iter()
            .map(|dir| Stamp::of(&cwd.join(paths::path(&dir.path))).ok().map(|stamp| (stamp.dev, stamp.ino)))
            .collect();
        for at in 0..dirs.len() {
            let same = |other: usize| stamps[other].is_some() && stamps[other] == stamps[at] && dirs[other].system;
            dirs[at].system |= (0..dirs.len()).any(same);
        }
        Self { dirs, angle }
    }
}
