//! The process environment, read once. Nothing else in the crate calls `std::env`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// A snapshot of the environment variables and of what else a process inherits by name.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    vars: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// Takes the snapshot of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn capture() -> Self {
        Self { vars: std::env::vars_os().collect() }
    }

    /// A made-up environment, for tests and for children.
    pub fn from_vars<K: Into<OsString>, V: Into<OsString>>(vars: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { vars: vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// The value of `name`, also when it is empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.vars.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The value of `name` unless it is unset or empty.
    pub fn get_nonempty(&self, name: &str) -> Option<&OsStr> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All variables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.vars.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The arguments of this process, argv\[0\] included.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn args() -> Vec<OsString> {
        std::env::args_os().collect()
    }

    /// The path by which this process was started, links not followed; `None` where the platform does not tell it. What a caller
    /// puts into argv\[0\] may be something else, or a name without its directory.
    pub fn executed_as() -> Option<PathBuf> {
        #[cfg(target_os = "linux")]
        {
            started::path()
        }
        #[cfg(not(target_os = "linux"))]
        {
            None
        }
    }

    /// The working directory as the kernel spells it.
    ///
    /// # Errors
    /// When the directory was removed or may not be read.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn current_dir() -> std::io::Result<PathBuf> {
        std::env::current_dir()
    }

    /// The executable of this process, as the kernel knows it.
    ///
    /// # Errors
    /// When the platform cannot tell, for example without `/proc`.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn current_exe() -> std::io::Result<PathBuf> {
        std::env::current_exe()
    }
}

#[cfg(target_os = "linux")]
mod started {
    use std::ffi::{CStr, OsStr, c_char, c_ulong};
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::PathBuf;

    /// In the kernel's list for a new process: the address of the path given to `execve`.
    const AT_EXECFN: c_ulong = 31;

    #[expect(unsafe_code, reason = "rustix asks the loader, and a static program has none; the C library knows")]
    pub fn path() -> Option<PathBuf> {
        unsafe extern "C" {
            safe fn getauxval(kind: c_ulong) -> c_ulong;
        }
        let address = std::ptr::with_exposed_provenance::<c_char>(usize::try_from(getauxval(AT_EXECFN)).ok()?);
        if address.is_null() {
            return None;
        }
        // SAFETY: the kernel put a terminated string there, which stays as long as the process.
        let path = unsafe { CStr::from_ptr(address) }.to_bytes();
        // The path of a program that was started by a descriptor (`fexecve`) says nothing.
        (!path.is_empty() && !path.starts_with(b"/dev/fd/")).then(|| OsStr::from_bytes(path).into())
    }
}
