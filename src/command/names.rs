//! The names a compiler derives: of the output, the depfile and its targets, and side files.
//!
//! What stands here was measured with gcc 5.4 and 12 and clang 14. Where they differ for some names only, the parser
//! declines such names ([`is_ambiguous`]), so that every function here has one answer for each [`Family`].

use super::family::Family;
use super::job::{DepRequest, DepTarget, Job, Stage};
use super::sides::{Name, SideKind};
use crate::paths::base_name;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

impl Job {
    /// The main output's name as the compiler will spell it: `-o`, else the source's base name with its last
    /// extension replaced by `.o` or `.s`, in the working directory (GCC manual, "Overall Options").
    pub fn output_name(&self) -> OsString {
        output_name(self)
    }

    /// The depfile's name as the compiler will spell it: `-MF`, else the `-o` value with its extension replaced
    /// by `.d`, else the source's base name with `.d` (GCC manual, "-MD"). `None` without a request.
    pub fn depfile_name(&self) -> Option<OsString> {
        depfile_name(self)
    }

    /// The targets the compiler writes into the depfile, in order, quoted for make where it would. Empty without a
    /// request.
    pub fn depfile_targets(&self, family: Family) -> Vec<Vec<u8>> {
        depfile_targets(self, family)
    }
}

fn output_name(job: &Job) -> OsString {
    derived_output(job.output.as_deref(), &job.source, job.stage)
}

/// The name behind [`Job::output_name`], before there is a [`Job`].
pub fn derived_output(output: Option<&OsStr>, source: &OsStr, stage: Stage) -> OsString {
    let extension = match stage {
        Stage::Object => "o",
        Stage::Assembly => "s",
    };
    output.map_or_else(|| with_extension(base_name(source.as_bytes()), extension), OsStr::to_owned)
}

fn depfile_name(job: &Job) -> Option<OsString> {
    let request = job.depfile.as_ref()?;
    Some(request.file.clone().unwrap_or_else(|| with_extension(output_name(job).as_bytes(), "d")))
}

fn depfile_targets(job: &Job, family: Family) -> Vec<Vec<u8>> {
    let Some(request) = &job.depfile else { return Vec::new() };
    // To the compiler proper of gcc a target is a target; clang's driver has named the default one already.
    let is_named = !request.targets.is_empty() || family == Family::Gcc && !request.passed_targets.is_empty();
    let default = (!is_named).then(|| DepTarget { quote: true, name: default_target(job, request, family) });
    let written = default.iter().chain(&request.targets).chain(&request.passed_targets).map(|target| {
        let name = shorten(target.name.as_bytes(), family);
        if target.quote { quote(name) } else { name.to_vec() }
    });
    written.collect()
}

/// The side file's name. `value` is what the option for it says, if it says something.
pub fn side_name(output: &OsStr, kind: SideKind, value: Option<&OsStr>) -> OsString {
    match kind.side().name {
        Name::Extension(extension) => with_extension(output.as_bytes(), extension),
        Name::Value => value.unwrap_or_default().to_owned(),
    }
}

/// Whether compilers disagree about what another name derived from this one is: older clang and gcc take a dot in a
/// directory for the extension's (`a.b/c`), a name that is all extension (`.c`) leaves nothing to keep, and an empty
/// extension (`x.`) is none to gcc 5.
pub fn is_ambiguous(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let base = base_name(name);
    match memchr::memrchr(b'.', base) {
        Some(dot) => dot == 0 || dot + 1 == base.len(),
        None => base.is_empty() || memchr::memchr(b'.', name).is_some(),
    }
}

/// The target when none was asked for. gcc's driver passes the output's name to the compiler proper only with its
/// own `-MD` and `-o`; otherwise the compiler proper makes one from the source, an object in any stage. clang
/// takes the output's name whenever there is one.
fn default_target(job: &Job, request: &DepRequest, family: Family) -> OsString {
    match &job.output {
        Some(output) if family == Family::Clang || !request.passed => output.clone(),
        _ => with_extension(base_name(job.source.as_bytes()), "o"),
    }
}

/// Replaces the base name's extension, or adds one.
fn with_extension(path: &[u8], extension: &str) -> OsString {
    let base = path.len() - base_name(path).len();
    let end = memchr::memrchr(b'.', &path[base..]).map_or(path.len(), |dot| base + dot);
    OsString::from_vec([&path[..end], b".", extension.as_bytes()].concat())
}

/// gcc writes targets without leading `./`; further slashes after it go as well.
fn shorten(mut name: &[u8], family: Family) -> &[u8] {
    if family == Family::Gcc {
        while let Some(rest) = name.strip_prefix(b"./") {
            name = rest;
            while let Some(rest) = name.strip_prefix(b"/") {
                name = rest;
            }
        }
    }
    name
}

/// Quotes for make as both compilers do: blanks and `#` get a backslash, and backslashes right before a blank are
/// doubled; `$` is doubled. Nothing else is special.
fn quote(name: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(name.len() + 8);
    let mut backslashes = 0;
    for &byte in name {
        match byte {
            b' ' | b'\t' => quoted.resize(quoted.len() + backslashes + 1, b'\\'),
            b'#' => quoted.push(b'\\'),
            b'$' => quoted.push(b'$'),
            _ => {}
        }
        quoted.push(byte);
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_base_name_has_an_extension() {
        for (path, expected) in
            [("x.o", "x.d"), ("x", "x.d"), ("d.e/x.y.o", "d.e/x.y.d"), ("x.", "x.d"), ("out/.x", "out/.d")]
        {
            assert_eq!(with_extension(path.as_bytes(), "d"), OsString::from(expected), "{path}");
        }
    }

    #[test]
    fn quoting_is_makes() {
        for (name, expected) in [
            ("out/x$y#z w.o", r"out/x$$y\#z\ w.o"),
            (r"a\ b", r"a\\\ b"),
            (r"a\b", r"a\b"),
            (r"a\#b", r"a\\#b"),
            ("a:b%c", "a:b%c"),
        ] {
            assert_eq!(quote(name.as_bytes()), expected.as_bytes(), "{name}");
        }
    }

    #[test]
    fn gcc_drops_the_leading_dot() {
        assert_eq!(shorten(b"././/x/./y", Family::Gcc), b"x/./y");
        assert_eq!(shorten(b"./x", Family::Clang), b"./x");
        assert_eq!(shorten(b"../x", Family::Gcc), b"../x");
    }

    #[test]
    fn some_names_are_declined() {
        for (name, expected) in [
            ("x.o", false),
            ("d/x", false),
            ("x", false),
            ("./x", true),
            ("a.b/x", true),
            (".c", true),
            ("d/", true),
            ("x.", true),
            (".x.o", false),
            ("x..o", false),
        ] {
            assert_eq!(is_ambiguous(OsStr::new(name)), expected, "{name}");
        }
    }
}
