//! The toolchain closure as it is collected: programs, the libraries they load, specs and configuration files, and
//! what scripts lead to.

use super::absent::{AbsentByDir, note_absent};
use super::probe::Answers;
use super::question::Question;
use super::script::{self, Script};
use super::{habits, loader, locate, probe};
use crate::bounded;
use crate::command::Family;
use crate::digest::ContentId;
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A script, specs or configuration file larger than this, in bytes, is none.
const SCRIPT_LIMIT: u64 = 1 << 20;
/// How many scripts, or configuration files, may lead from one to the next.
const SCRIPT_DEPTH: u32 = 4;

/// One file of the closure.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
    /// The file was old enough when it was hashed for its stamp to prove its content.
    pub(super) settled: bool,
    pub(super) digest: ContentId,
    /// Its path without symlinks: a driver finds its parts from there.
    pub(super) canonical: PathBuf,
}

/// The closure as it is collected.
pub(super) struct Closure<'a, 'b> {
    pub(super) question: &'a Question<'b>,
    pub(super) memo: &'a mut Memo,
    pub(super) members: BTreeMap<PathBuf, Member>,
    /// What enters the digest: what a file is to the compiler, and its content.
    pub(super) roles: Vec<(Vec<u8>, ContentId)>,
    /// Names found on `PATH`, with where.
    pub(super) on_path: Vec<(Vec<u8>, PathBuf)>,
    /// Words of scripts and specs that could be names of variables.
    pub(super) words: BTreeSet<Vec<u8>>,
    /// Files that would be members if they were there, by directory.
    pub(super) absent: AbsentByDir,
    /// The driver is a script, or leads to one.
    pub(super) is_script: bool,
    /// A script asks for the working directory.
    pub(super) asks_where: bool,
    /// Directories named by a script that also names `PATH`.
    pub(super) script_dirs: Vec<PathBuf>,
    /// A program has a loader.
    pub(super) is_dynamic: bool,
}

impl<'a, 'b> Closure<'a, 'b> {
    /// The closure of what the driver named.
    ///
    /// # Errors
    /// A text that says which part cannot be told.
    pub(super) fn of(
        question: &'a Question<'b>,
        memo: &'a mut Memo,
        answers: &Answers,
        family: Family,
    ) -> Result<Self, String> {
        let mut closure = Self {
            question,
            memo,
            members: BTreeMap::new(),
            roles: Vec::new(),
            on_path: Vec::new(),
            words: BTreeSet::new(),
            absent: BTreeMap::new(),
            is_script: false,
            asks_where: false,
            script_dirs: Vec::new(),
            is_dynamic: false,
        };
        closure.program(b"driver", &question.spec.program, 0)?;
        for program in &answers.programs {
            closure.named(program)?;
        }
        for file in &answers.files {
            if habits::READS_SPECS.has(family, answers.major) {
                closure.specs(file)?;
            } else {
                closure.configuration(file, 0)?;
            }
        }
        Ok(closure)
    }

    /// A program as `-###` names it: with a directory, or to be found on `PATH`.
    pub(super) fn named(&mut self, name: &OsStr) -> Result<(), String> {
        let role = Path::new(name).file_name().unwrap_or(name).as_bytes().to_vec();
        if name.as_bytes().contains(&b'/') {
            return self.program(&role, Path::new(name), 0);
        }
        if name == self.question.spec.argv0 {
            // `COLLECT_GCC=gcc` repeats the name that the driver was called by.
            return Ok(());
        }
        self.in_script_dirs(&role, name, 0)?;
        let found = self.on_path(name).ok_or_else(|| probe::not_on_path(name))?;
        self.program(&role, &found, 0)
    }

    /// A script may have put directories on `PATH`: what is found there counts as well.
    fn in_script_dirs(&mut self, role: &[u8], name: &OsStr, depth: u32) -> Result<(), String> {
        for dir in self.script_dirs.clone() {
            let file = dir.join(name);
            if file.is_file() {
                self.program(role, &file, depth)?;
            } else {
                note_absent(self.question.cwd, &mut self.absent, &file);
            }
        }
        Ok(())
    }

    fn on_path(&mut self, name: &OsStr) -> Option<PathBuf> {
        let found = which::which_in(name, self.question.environment.get("PATH"), self.question.cwd).ok()?;
        self.on_path.push((name.as_bytes().to_vec(), found.clone()));
        Some(found)
    }

    pub(super) fn program(&mut self, role: &[u8], path: &Path, depth: u32) -> Result<(), String> {
        if self.members.contains_key(path) {
            return Ok(());
        }
        self.file(role, path)?;
        let full = self.question.cwd.join(path);
        let mut start = [0; 2];
        let is_script =
            fs::File::open(&full).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == b"#!";
        if is_script {
            return self.script(&full, depth);
        }
        if let Some(loader) = loader::elf_loader(&full) {
            self.is_dynamic = true;
            let loaded = super::run::loaded_libraries(&loader, &full);
            let loaded = loaded.map_err(|error| format!("{}: {error}", path.display()))?;
            for library in loaded.libraries {
                let name = library.file_name().unwrap_or_default().as_bytes().to_vec();
                self.file(&[b"library ", name.as_slice()].concat(), &library)?;
            }
            // Libraries that would be loaded instead, had they been there.
            for tried in loaded.tried {
                note_absent(self.question.cwd, &mut self.absent, &tried);
            }
        }
        Ok(())
    }

    /// A specs file. It can ask for variables, `%:getenv(NAME …)`.
    pub(super) fn specs(&mut self, path: &Path) -> Result<(), String> {
        self.file(b"specs", path)?;
        let text = bounded::read(&self.question.cwd.join(path), SCRIPT_LIMIT)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for at in memchr::memmem::find_iter(&text, b"getenv(") {
            let name = text[at + b"getenv(".len()..].trim_ascii_start();
            let name = name.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).next().unwrap_or_default();
            self.words.insert(name.to_vec());
        }
        Ok(())
    }

    /// A configuration file of clang's, with those it takes in by `@FILE`.
    pub(super) fn configuration(&mut self, path: &Path, depth: u32) -> Result<(), String> {
        self.file(b"specs", path)?;
        if depth > SCRIPT_DEPTH {
            return Err(format!("{}: a configuration that leads too far", path.display()));
        }
        let text = bounded::read(&self.question.cwd.join(path), SCRIPT_LIMIT)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for word in text.split(u8::is_ascii_whitespace).filter_map(|word| word.strip_prefix(b"@")) {
            let word = word.strip_prefix(b"<CFGDIR>/").unwrap_or(word);
            let included = path.parent().unwrap_or(path).join(OsStr::from_bytes(word));
            if self.question.cwd.join(&included).is_file() {
                self.configuration(&included, depth + 1)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, role: &[u8], path: &Path) -> Result<(), String> {
        if self.members.contains_key(path) {
            return Ok(());
        }
        let full = self.question.cwd.join(path);
        let (stamp, digest) = self.memo.digest(&full).map_err(|error| format!("{}: {error}", path.display()))?;
        let settled = stamp.is_settled(&full, self.memo.started_ns());
        self.roles.push((role.to_vec(), digest));
        let canonical = canonical(&full);
        self.members.insert(path.to_owned(), Member { path: path.to_owned(), stamp, settled, digest, canonical });
        Ok(())
    }

    /// A script leads wherever its words lead: files and programs it names are members, those it would find if they
    /// were there are watched for, and variables it mentions are part of the identity.
    fn script(&mut self, path: &Path, depth: u32) -> Result<(), String> {
        let unreadable = |error: std::io::Error| format!("{}: {error}", path.display());
        if depth > SCRIPT_DEPTH {
            return Err(format!("{}: a script wrapper that leads too far", path.display()));
        }
        let text = bounded::read(path, SCRIPT_LIMIT).map_err(unreadable)?;
        let cannot = |why: String| format!("{}: a script wrapper that cannot be followed: {why}", path.display());
        let script = if text.starts_with(b"#!") { script::read(&text) } else { script::read_part(&text) };
        let script = script.map_err(cannot)?;
        self.is_script = true;
        self.asks_where |= script.asks_where;
        if script.names.contains(&b"PATH"[..]) {
            let beside = path.parent().unwrap_or(path);
            let dirs = script.words.iter().filter(|word| word.contains(&b'/')).map(|word| OsStr::from_bytes(word));
            self.script_dirs.extend(dirs.flat_map(|dir| {
                let tail = OsStr::from_bytes(dir.as_bytes().strip_prefix(b"/").unwrap_or_default());
                [beside.join(dir), beside.join(tail)].into_iter().filter(|dir| dir.is_dir())
            }));
            self.script_dirs.push(beside.to_owned());
        }
        for word in &script.words {
            self.follow(&script, word, path, depth)?;
        }
        self.words.extend(script.names);
        Ok(())
    }

    /// Follows one word of the script at `path`.
    fn follow(&mut self, script: &Script, word: &[u8], path: &Path, depth: u32) -> Result<(), String> {
        let environment = self.question.environment;
        let beside = path.parent().unwrap_or(path);
        let name = OsStr::from_bytes(word);
        let tail = OsStr::from_bytes(word.strip_prefix(b"/").unwrap_or(word));
        // In the working directory, and beside the script, as `$(dirname "$0")/name` leads to.
        let mut places = vec![self.question.cwd.join(name), beside.join(tail)];
        if script.is_python {
            places.push(beside.join(OsStr::from_bytes(&[word, b".py"].concat())));
            places.push(beside.join(name).join("__init__.py"));
        }
        // `. "$CCRC"` leads to what the variable holds, and `. "$HOME/.ccrc"` to what stands below that.
        for variable in script.names.iter().filter_map(|name| environment.get(std::str::from_utf8(name).ok()?)) {
            let value = self.question.cwd.join(variable);
            if word.first() == Some(&b'/') && variable.as_bytes().first() == Some(&b'/') {
                places.push(value.join(tail));
            }
            if script.names.contains(word) && environment.get(&String::from_utf8_lossy(word)) == Some(variable) {
                if !variable.as_bytes().contains(&b'/')
                    && let Some(found) = self.on_path(variable).filter(|found| !is_ourselves(self.question, found))
                {
                    self.program(word, &found, depth + 1)?;
                }
                // A value that does not look like a path may be a secret, and the names of missing files are kept. So it counts only if
                // such a file is there.
                let looks_like_path = variable.as_bytes().contains(&b'/') && !contains(variable, "://");
                if looks_like_path || value.is_file() {
                    places.push(value);
                }
            }
        }
        for file in places {
            if file.is_file() && !is_ourselves(self.question, &file) {
                self.program(word, &file, depth + 1)?;
                if script.sources && is_text(&file) {
                    self.script(&file, depth + 1)?;
                }
            } else {
                note_absent(self.question.cwd, &mut self.absent, &file);
            }
        }
        if word.contains(&b'/') {
            return Ok(());
        }
        self.in_script_dirs(word, name, depth + 1)?;
        if let Some(found) = self.on_path(name).filter(|found| !is_ourselves(self.question, found)) {
            return self.program(word, &found, depth + 1);
        }
        for dir in environment.get("PATH").map(std::env::split_paths).into_iter().flatten() {
            note_absent(self.question.cwd, &mut self.absent, &dir.join(name));
        }
        Ok(())
    }
}

/// Whether a script could take in the file as a part of itself: `. ./settings`.
fn is_text(path: &Path) -> bool {
    let is_small = fs::metadata(path).is_ok_and(|meta| meta.len() <= SCRIPT_LIMIT);
    is_small && fs::read(path).is_ok_and(|text| memchr::memchr(0, &text).is_none() && !text.starts_with(b"#!"))
}

pub(super) fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_default()
}

fn is_ourselves(question: &Question<'_>, path: &Path) -> bool {
    locate::Ourselves::detect(question.environment).include(path)
}

fn contains(text: &OsStr, part: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some()
}
