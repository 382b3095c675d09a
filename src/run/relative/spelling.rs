//! Names as typed in what the compiler wrote and said: depfiles and diagnostics.

use super::rewritten::{HOME_DIRECTORY, Rewritten, TOOLCHAIN_DIRECTORY, WORKING_DIRECTORY};
use crate::command::Family;
use crate::outputs::depfile::Depfile;
use crate::paths;
use std::os::unix::ffi::OsStringExt as _;

impl Rewritten {
    /// A name the compiler wrote, as it would have written it if it had been given what was typed; `None` where that
    /// is no other name.
    pub(super) fn as_typed(&self, name: &[u8]) -> Option<Vec<u8>> {
        let here = self.here(name.to_vec());
        let typed = self.spellings.typed(&here);
        let mut spelled = typed.name.unwrap_or_else(|| here.clone());
        let is_own = |dirs: &Vec<Vec<u8>>| {
            let is_in_home = name.starts_with(HOME_DIRECTORY.as_bytes());
            here != name && !is_in_home || dirs.iter().any(|dir| here.starts_with(dir))
        };
        let is_system =
            typed.system || self.home.as_ref().is_some_and(|home| home.system.iter().any(|dir| name.starts_with(dir)));
        if self.uncanonical.as_ref().is_some_and(|dirs| is_system || is_own(dirs))
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
        let own = [WORKING_DIRECTORY, TOOLCHAIN_DIRECTORY, HOME_DIRECTORY].map(|name| (name.as_bytes(), false));
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
        let is_there = |name: &[u8]| {
            let here = self.here(name.to_vec());
            paths::path(&here).exists() || searched && (here != name || self.spellings.is_dir(name))
        };
        ends.map(|end| &text[..end])
            .filter(|name| !name.is_empty())
            .map(|name| (name.len(), self.as_typed(name).unwrap_or_else(|| name.to_vec())))
            .find(|(len, _)| is_there(&text[..*len]))
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
