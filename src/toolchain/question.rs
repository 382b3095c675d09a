//! The question who a compiler is, and the name under which its answer is kept.

use super::environment;
use super::run::Spec;
use crate::digest::{Digest, FieldHasher};
use crate::environment::Environment;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The question whose answer is an identity.
pub struct Question<'a> {
    /// How the compiler is started; `args` are not used.
    pub spec: &'a Spec,
    /// The options that decide about programs, specs and built-in directories, in order.
    pub options: &'a [OsString],
    /// What `-x` calls the source's language, so far as the command line tells.
    pub language: &'a str,
    /// What is asked to be compiled, see [`probe::ask`](super::probe::ask).
    pub subject: &'a [&'a OsStr],
    /// The environment of the run.
    pub environment: &'a Environment,
    /// The working directory.
    pub cwd: &'a Path,
}

impl Question<'_> {
    /// Names the question, with the working directory where the answer hangs on that too.
    pub(super) fn digest(&self, by_directory: bool) -> Digest {
        let mut hasher = FieldHasher::new("packer-cc compiler question 2");
        hasher.field("program", self.spec.program.as_os_str().as_bytes());
        if by_directory || self.spec.program.is_relative() {
            hasher.field("cwd", self.cwd.as_os_str().as_bytes());
        }
        hasher.field("argv0", self.spec.argv0.as_bytes()).field("language", self.language.as_bytes());
        // `-x c`, where the command line says it. Elsewhere the source's name decides: `g++ a.c` starts `cc1plus`, and `g++ -x c a.c`
        // starts `cc1`.
        if let [asked @ .., _] = self.subject {
            for word in asked {
                hasher.field("asked as", word.as_bytes());
            }
        }
        for option in self.options {
            hasher.field("option", option.as_bytes());
        }
        for name in environment::IN_IDENTITY {
            if let Some(value) = self.environment.get(name) {
                hasher.field(name, value.as_bytes());
            }
        }
        hasher.finish()
    }
}
