//! Computed includes: directives that name their header by a macro.
//!
//! Where the depfile names all headers, it tells where such a directive led, and every way to get there counts. Where it leaves
//! out system headers, the macro must be known, or the directive be dead.

use super::{Compiled, Problem, Search, Text};
use crate::compiler::{ARCHITECTURE, Family, LIBRARY};
use crate::key::scan::{Form, Mention};
use crate::key::{guards, links, questions};
use crate::paths;
use std::os::unix::ffi::OsStringExt as _;

impl Search<'_, '_> {
    /// Where the directories of system headers lead: gcc gives what is in them names by that, if these are shorter. One of
    /// the toolchain's own may be a link too, such as Debian's of newlib.
    fn canonical_dirs(&mut self) -> &[Vec<u8>] {
        let Compiled { path, cwd, .. } = self.compiled;
        self.canonical_dirs.get_or_insert_with(|| {
            let dirs = path.dirs.iter().filter(|dir| dir.system);
            let canonical = dirs.filter_map(|dir| cwd.join(paths::path(&dir.path)).canonicalize().ok());
            canonical.map(|dir| dir.into_os_string().into_vec()).collect()
        })
    }

    /// All directives that could have led to `file`.
    pub(super) fn resolve_every_way(
        &mut self,
        dir: &[u8],
        file: &[u8],
        system: bool,
        next: bool,
    ) -> Result<(), Problem> {
        let starts = self.compiled.path.dirs.iter().map(|dir| dir.path.clone()).chain([dir.to_vec()]);
        let starts: Vec<Vec<u8>> = starts.chain(self.canonical_dirs().iter().cloned()).collect();
        // No name in a depfile begins with `./`.
        let file = paths::without_dot_slash(file);
        for start in starts {
            let start = paths::without_dot_slash(&start);
            let rest = if start.is_empty() || start == b"." {
                (!file.starts_with(b"/")).then(|| file.to_vec())
            } else {
                file.strip_prefix(paths::join(start, b"").as_slice()).map(<[u8]>::to_vec)
            };
            if let Some(name) = rest.filter(|rest| !rest.is_empty()) {
                // Beside the includer may stand another file of that name, which only a quoted name would have found.
                for form in [Form::Quote, Form::Angle] {
                    self.resolve(&Mention { form, next, name: name.clone() }, dir, system)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn resolve_computed(
        &mut self,
        dir: &[u8],
        mention: &Mention,
        system: bool,
        texts: &[Text],
    ) -> Result<(), Problem> {
        let Mention { name, next, .. } = mention;
        if self.compiled.complete {
            // The depfile names what was found, the text does not say how: every way to reach each of the files.
            let files: Vec<Vec<u8>> = self.headers.files.iter().map(|(path, _)| path.clone()).collect();
            for file in files {
                self.resolve_every_way(dir, &file, system, *next)?;
            }
            // gcc names what a link in a directory of system headers led to: under the link's name only the macro knows it.
            for mention in self.macros.get(name).cloned().unwrap_or_default() {
                self.resolve(&Mention { next: *next, ..mention }, dir, system)?;
            }
            return if self.compiled.family == Family::Gcc && !self.is_known_by_macros(name, texts) {
                self.resolve_behind_links(dir, system, *next, texts)
            } else {
                Ok(())
            };
        }
        // Whose text computes an include that leads out of sight must be known by its macros.
        if !self.is_known_by_macros(name, texts) {
            self.unfollowed.push((dir.to_vec(), name.clone()));
            return Ok(());
        }
        let mentions = self.macros.get(name).cloned().unwrap_or_default();
        for mention in mentions {
            self.resolve(&Mention { next: *next, ..mention }, dir, system)?;
        }
        Ok(())
    }

    /// All that the macro of this name can stand for are the header names known of it. Between `<` and `>` macros are
    /// expanded, as in avr-libc's `<avr/__header1__(io,__AVR_DEV_LIB_NAME__).h>`.
    fn is_known_by_macros(&self, name: &[u8], texts: &[Text]) -> bool {
        let Some(mentions) = self.macros.get(name) else { return false };
        let angled = mentions.iter().filter(|mention| mention.form == Form::Angle);
        let words: Vec<&[u8]> = angled.flat_map(|mention| questions::words(&mention.name)).collect();
        let driver = self.compiled.driver_macros;
        words.iter().all(|word| !guards::is_predefined(word) && !driver.iter().any(|name| name == word))
            && texts.iter().all(|file| {
                questions::defines_only_headers(&file.text, name)
                    && (words.is_empty() || guards::never_defines(&file.text, &words))
            })
    }

    /// Where nothing tells the name that gcc looked for, each name counts by which a link in a directory of system headers
    /// leads to a file of the depfile. A name that climbs out of such a directory cannot be guessed.
    fn resolve_behind_links(&mut self, dir: &[u8], system: bool, next: bool, texts: &[Text]) -> Result<(), Problem> {
        let computed = || Problem::ComputedInclude(self.compiled.source.to_vec());
        let search_path = &b""[..];
        if !self.behind_links.contains_key(search_path) && texts.iter().any(|file| questions::climbs(&file.text)) {
            return Err(computed());
        }
        let beside = if self.is_aside(dir, system) { Some(dir) } else { None };
        for start in [Some(search_path), beside].into_iter().flatten() {
            let names = if let Some(names) = self.behind_links.get(start) {
                names.clone()
            } else {
                let Compiled { cwd, path, .. } = self.compiled;
                let canonical = |path: &Vec<u8>| cwd.join(paths::path(path)).canonicalize().ok();
                let read = self.headers.files.iter().filter_map(|(path, _)| canonical(path)).collect();
                let dirs: Vec<Vec<u8>> = if start.is_empty() {
                    path.dirs.iter().filter(|dir| dir.system).map(|dir| dir.path.clone()).collect()
                } else {
                    vec![start.to_vec()]
                };
                links::names(&dirs, cwd, &read).ok_or_else(computed)?
            };
            self.behind_links.insert(start.to_vec(), names.clone());
            for name in names {
                self.resolve_every_way(dir, &name, system, next)?;
            }
        }
        Ok(())
    }

    /// Beside a file of this directory gcc may look as beside a system header, though the directory is below none of
    /// those: the file says that it is one, or a link in such a directory led to it.
    fn is_aside(&mut self, dir: &[u8], system: bool) -> bool {
        if dir.is_empty() {
            return false;
        }
        let source = paths::dir_of(self.compiled.source);
        let path = self.compiled.path;
        let starts: Vec<&[u8]> = path.dirs.iter().map(|dir| dir.path.as_slice()).chain([source]).collect();
        let is_below = |start: &[u8]| match start {
            b"" => !dir.starts_with(b"/"),
            _ => dir == start || dir.starts_with(&paths::join(start, b"")),
        };
        let is_searched = starts.into_iter().any(is_below) || self.canonical_dirs().iter().any(|start| is_below(start));
        system || !is_searched
    }

    /// What is left must be known not to have been read. Judged when all other files are known: each could define what the
    /// directive waits for.
    pub(super) fn judge_unfollowed(&self) -> Result<(), Problem> {
        if self.unfollowed.is_empty() {
            return Ok(());
        }
        let texts = self.texts()?;
        let never = |guard: &[u8]| {
            let is_library = guard == LIBRARY && self.compiled.driver_macros.iter().any(|name| name == ARCHITECTURE);
            (guards::is_users(guard) || is_library)
                && !self.compiled.driver_macros.iter().any(|name| name == guard)
                && texts.iter().all(|file| guards::never_defines(&file.text, &[guard]))
        };
        for (dir, name) in &self.unfollowed {
            let counts = texts
                .iter()
                .filter(|file| file.dir == *dir)
                .map(|file| guards::dead_includes(&file.text, name, &never));
            // None is found where the scan and this reading do not see the same text.
            if counts.sum::<Option<usize>>().is_none_or(|count| count == 0) {
                return Err(Problem::ComputedInclude(name.clone()));
            }
        }
        Ok(())
    }
}
