//! Finding the real compiler: the first executable of a name that is not packer-cc.
//!
//! "Is not packer-cc" compares device and inode, not names: a link called `gcc` is packer-cc, and a compiler may be
//! called anything. Every instance passes its own device and inode on to what it starts, in [`SKIP`], so that two
//! copies of packer-cc on one `PATH` do not find each other for ever.

use crate::environment::Environment;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The variable that carries the instances of packer-cc that are already running above this one.
pub const SKIP: &str = "PACKER_CC_SKIP";

/// Files that are packer-cc.
#[derive(Debug, Clone, Default)]
pub struct Ourselves(Vec<(u64, u64)>);

impl Ourselves {
    /// This executable, and the instances that called it.
    pub fn detect(environment: &Environment) -> Self {
        let mut known = Vec::new();
        if let Some(list) = environment.get(SKIP).and_then(OsStr::to_str) {
            for pair in list.split(',') {
                if let Some((dev, ino)) = pair.split_once(':')
                    && let (Ok(dev), Ok(ino)) = (dev.parse(), ino.parse())
                {
                    known.push((dev, ino));
                }
            }
        }
        if let Ok(me) = Environment::current_exe().and_then(fs::metadata)
            && !known.contains(&(me.dev(), me.ino()))
        {
            known.push((me.dev(), me.ino()));
        }
        Self(known)
    }

    /// `path` leads to a packer-cc that is already running.
    pub fn include(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|found| self.0.contains(&(found.dev(), found.ino())))
    }

    /// The value of [`SKIP`] for children.
    pub fn to_variable(&self) -> OsString {
        let pairs: Vec<String> = self.0.iter().map(|(dev, ino)| format!("{dev}:{ino}")).collect();
        pairs.join(",").into()
    }
}

/// The executable `name` leads to: itself if it holds a slash, else the first on `PATH` that is not packer-cc.
pub fn program(name: &OsStr, environment: &Environment, cwd: &Path, ourselves: &Ourselves) -> Option<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return (is_executable(&cwd.join(&path))).then_some(path);
    }
    all(name, environment, cwd).find(|found| !ourselves.include(found))
}

/// All executables of a name on `PATH`, packer-cc among them.
pub fn all(name: &OsStr, environment: &Environment, cwd: &Path) -> impl Iterator<Item = PathBuf> {
    let path = environment.get("PATH");
    path.and_then(|path| which::which_in_all(name, Some(path), cwd).ok()).into_iter().flatten()
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.mode() & 0o111 != 0)
}

/// Like [`program`], but packer-cc itself may be found, so that a doubled wrapper is noticed.
pub fn program_or_ourselves(name: &OsStr, environment: &Environment, cwd: &Path) -> Option<PathBuf> {
    let first = program(name, environment, cwd, &Ourselves::default());
    first.filter(|found| is_executable(&cwd.join(found)))
}
