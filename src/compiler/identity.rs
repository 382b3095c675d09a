//! The identity of a compiler and its memo.
//!
//! The closure is found by asking (`-###`, `-print-search-dirs`, `-v`) and then hashed member by member. That takes
//! a few processes, so the answers are kept in `state/compilers/`, one file a question. A question is: this
//! executable under this name, these options and this language, in this environment as far as it decides about
//! programs. A memo holds as long as
//!
//! * every member still has the content it had, by its stat fields or, where those cannot be trusted, by reading
//!   it again: an answer is only asked for anew when a content changed,
//! * every name that was absent where the driver looks for programs and specs is absent still,
//! * every name that was found on `PATH` is still found at the same place,
//! * for script wrappers, every variable that the script mentions has the value it had.

use super::probe::{self, Answers};
use super::run::Spec;
use super::script::{self, Script};
use super::{Compiler, Family, environment, locate};
use crate::bounded;
use crate::codec::{Reader, Writer};
use crate::digest::{Digest, FieldHasher};
use crate::environment::Environment;
use crate::faults::{self, Point};
use crate::files;
use crate::key::still::Span;
use crate::memo::{Memo, Stamp};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"PCCcomp3";
/// What stands for a memo where the answer hangs on the working directory too.
const BY_DIRECTORY: &[u8; 8] = b"PCCcompD";
/// A compiler of more parts is none.
const MEMO_LIMIT: u64 = 1 << 24;
/// A script wrapper larger than this is no script wrapper.
const SCRIPT_LIMIT: u64 = 1 << 20;
const SCRIPT_DEPTH: u32 = 4;

/// The question whose answer is an identity.
pub struct Question<'a> {
    /// How the compiler is started; `args` are not used.
    pub spec: &'a Spec,
    /// The options that decide about programs, specs and built-in directories, in order.
    pub options: &'a [OsString],
    /// What `-x` calls the source's language, so far as the command line tells.
    pub language: &'a str,
    /// What is asked to be compiled, see [`probe::ask`].
    pub subject: &'a [&'a OsStr],
    /// The environment of the run.
    pub environment: &'a Environment,
    /// The working directory.
    pub cwd: &'a Path,
}

/// What an identity rests on, to be looked at again after a compile.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    members: Vec<Member>,
    watched: Vec<Watched>,
    on_path: Vec<(Vec<u8>, PathBuf)>,
}

/// One file of the closure.
#[derive(Debug, Clone)]
struct Member {
    path: PathBuf,
    stamp: Stamp,
    /// The file was old enough when it was hashed for its stamp to prove its content.
    settled: bool,
    digest: Digest,
    /// Where it is behind all links: a driver finds its parts from there.
    canonical: PathBuf,
}

/// A directory in which names were looked for and not found.
#[derive(Debug, Clone)]
struct Watched {
    dir: PathBuf,
    stamp: Option<Stamp>,
    settled: bool,
    /// Without names, any change of the directory counts.
    absent: Vec<Vec<u8>>,
}

/// What a memo file holds.
struct Known {
    family: Family,
    major: u32,
    digest: Digest,
    toolchain: Option<PathBuf>,
    builtin_dirs: Vec<Vec<u8>>,
    moving_dirs: Vec<(u8, PathBuf)>,
    members: Vec<Member>,
    watched: Vec<Watched>,
    /// Names found on `PATH`, with where.
    on_path: Vec<(Vec<u8>, PathBuf)>,
    /// Words of script wrappers that could be variables, and the digest of those that are set.
    script_words: Vec<Vec<u8>>,
    script_environment: Digest,
}

/// Identifies the compiler.
///
/// # Errors
/// A text for people that says why the compiler cannot be identified.
pub fn identify(question: &Question<'_>, state: &Path, memo: &mut Memo, paranoid: bool) -> Result<Compiler, String> {
    let place = |by_directory| state.join("compilers").join(&question.digest(by_directory).hex()[..32]);
    let mut path = place(false);
    let mut file = if paranoid { None } else { files::read(&path, MEMO_LIMIT).ok() };
    if file.as_deref() == Some(BY_DIRECTORY) {
        path = place(true);
        file = files::read(&path, MEMO_LIMIT).ok();
    }
    let known = file.and_then(|bytes| Known::decode(&bytes));
    let known = match known.map(|known| known.check(question, memo)) {
        Some(Check::Holds(known)) => known,
        Some(Check::HoldsAnew(known)) => {
            known.save(&path);
            known
        }
        Some(Check::Gone) | None => {
            let known = Known::find(question, memo)?;
            if !paranoid {
                if !known.script_words.is_empty() {
                    save(&place(false), BY_DIRECTORY);
                    path = place(true);
                }
                known.save(&path);
            }
            known
        }
    };
    Ok(Compiler {
        program: question.spec.program.clone(),
        argv0: question.spec.argv0.clone(),
        family: known.family,
        major: known.major,
        digest: known.digest,
        toolchain: known.toolchain,
        builtin_dirs: known.builtin_dirs,
        moving_dirs: known.moving_dirs,
        evidence: Evidence { members: known.members, watched: known.watched, on_path: known.on_path },
    })
}

impl Evidence {
    /// When the youngest member was last touched.
    pub fn youngest_ns(&self) -> i128 {
        self.members.iter().map(|member| member.stamp.ctime_ns).max().unwrap_or(0)
    }

    /// Whether the compiler that ran then was the one that was identified before: a toolchain can be upgraded while a
    /// build runs.
    ///
    /// # Errors
    /// The path of what changed.
    pub fn stood_still(
        &self,
        environment: &Environment,
        cwd: &Path,
        span: Span,
        memo: &mut Memo,
    ) -> Result<(), PathBuf> {
        for Member { path, stamp, settled, digest, .. } in &self.members {
            let full = cwd.join(path);
            let same = Stamp::of(&full).is_ok_and(|now| now == *stamp && !span.holds(now.ctime_ns))
                && (*settled || memo.digest(&full).is_ok_and(|(_, now)| now == *digest));
            if !same {
                return Err(path.clone());
            }
        }
        for watched in &self.watched {
            let stamp = Stamp::of(&cwd.join(&watched.dir)).ok();
            let same = stamp == watched.stamp || !watched.absent.is_empty() && !watched.finds_something(cwd);
            if !same {
                return Err(watched.dir.clone());
            }
        }
        for (name, found) in &self.on_path {
            if !is_found_at(name, found, environment, cwd) {
                return Err(found.clone());
            }
        }
        Ok(())
    }
}

fn is_found_at(name: &[u8], found: &Path, environment: &Environment, cwd: &Path) -> bool {
    which::which_in(OsStr::from_bytes(name), environment.get("PATH"), cwd).is_ok_and(|now| now == found)
}

impl Question<'_> {
    fn digest(&self, by_directory: bool) -> Digest {
        let mut hasher = FieldHasher::new("packer-cc compiler question 2");
        hasher.field("program", self.spec.program.as_os_str().as_bytes());
        if by_directory || self.spec.program.is_relative() {
            hasher.field("cwd", self.cwd.as_os_str().as_bytes());
        }
        hasher.field("argv0", self.spec.argv0.as_bytes()).field("language", self.language.as_bytes());
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

enum Check {
    Holds(Known),
    /// It holds, but had to be read again; the stamps are new.
    HoldsAnew(Known),
    Gone,
}

impl Known {
    fn check(mut self, question: &Question<'_>, memo: &mut Memo) -> Check {
        let mut anew = false;
        if self.script_environment != script_environment(&self.script_words, question.environment) {
            return Check::Gone;
        }
        for (name, found) in &self.on_path {
            if !is_found_at(name, found, question.environment, question.cwd) {
                return Check::Gone;
            }
        }
        for member in &mut self.members {
            match Stamp::of(&question.cwd.join(&member.path)) {
                Ok(stamp) if stamp == member.stamp && member.settled => {}
                Ok(_) => {
                    let Ok((stamp, digest)) = memo.digest(&question.cwd.join(&member.path)) else { return Check::Gone };
                    let is_elsewhere = || canonical(&question.cwd.join(&member.path)) != member.canonical;
                    if digest != member.digest || is_elsewhere() {
                        return Check::Gone;
                    }
                    member.settled = stamp.is_settled(memo.started_ns());
                    anew |= member.settled;
                    member.stamp = stamp;
                }
                Err(_) => return Check::Gone,
            }
        }
        for watched in &mut self.watched {
            let stamp = Stamp::of(&question.cwd.join(&watched.dir)).ok();
            if stamp == watched.stamp && (watched.settled || stamp.is_none() || watched.absent.is_empty()) {
                continue;
            }
            if watched.absent.is_empty() || watched.finds_something(question.cwd) {
                return Check::Gone;
            }
            watched.stamp = stamp;
            watched.settled = stamp.is_some_and(|stamp| stamp.is_settled(memo.started_ns()));
            anew |= watched.settled;
        }
        if anew { Check::HoldsAnew(self) } else { Check::Holds(self) }
    }

    fn find(question: &Question<'_>, memo: &mut Memo) -> Result<Self, String> {
        let answers = probe::ask(question.spec, question.options, question.subject)?;
        let family = answers.family.ok_or("no compiler")?;
        let mut closure = Closure {
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
            match family {
                Family::Gcc => closure.specs(file)?,
                Family::Clang => closure.configuration(file, 0)?,
            }
        }
        closure.roles.sort();
        closure.roles.dedup();
        let script_words: Vec<Vec<u8>> = closure.words.iter().cloned().collect();
        let mut hasher = FieldHasher::new("packer-cc compiler 2");
        hasher.field("family", &[family as u8]);
        for (role, digest) in &closure.roles {
            hasher.field("role", role).digest("content", digest);
        }
        for command in &answers.said {
            hasher.field("said", command);
        }
        let script_environment = script_environment(&script_words, question.environment);
        if !script_words.is_empty() {
            hasher.digest("script environment", &script_environment);
        }
        if closure.is_script {
            // A script can go by its own name.
            hasher.field("name", Path::new(&question.spec.argv0).file_name().unwrap_or_default().as_bytes());
        }
        if closure.asks_where {
            hasher.field("where", question.cwd.as_os_str().as_bytes());
        }
        let digest = hasher.finish();
        let watched = watched(question, &answers, &closure);
        let members = closure.members.into_values().collect();
        let moving_dirs = moving_dirs(&answers);
        Ok(Self {
            family,
            major: answers.major,
            digest,
            toolchain: answers.toolchain,
            builtin_dirs: answers.include_dirs,
            moving_dirs,
            members,
            watched,
            on_path: closure.on_path,
            script_words,
            script_environment,
        })
    }

    /// Keeps the memo; where that fails the next run asks again.
    fn save(&self, path: &Path) {
        save(path, &self.encode());
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(self.family as u8).u32(self.major).digest(&self.digest);
        out.bytes(self.toolchain.as_deref().map_or(&[], |path| path.as_os_str().as_bytes()));
        out.count(self.builtin_dirs.len());
        for dir in &self.builtin_dirs {
            out.bytes(dir);
        }
        out.count(self.moving_dirs.len());
        for (nth, dir) in &self.moving_dirs {
            out.byte(*nth).bytes(dir.as_os_str().as_bytes());
        }
        out.count(self.members.len());
        for member in &self.members {
            out.bytes(member.path.as_os_str().as_bytes());
            member.stamp.encode(&mut out);
            out.byte(u8::from(member.settled)).digest(&member.digest);
            out.bytes(member.canonical.as_os_str().as_bytes());
        }
        out.count(self.watched.len());
        for watched in &self.watched {
            out.bytes(watched.dir.as_os_str().as_bytes()).byte(u8::from(watched.stamp.is_some()));
            if let Some(stamp) = &watched.stamp {
                stamp.encode(&mut out);
            }
            out.byte(u8::from(watched.settled)).count(watched.absent.len());
            for name in &watched.absent {
                out.bytes(name);
            }
        }
        out.count(self.on_path.len());
        for (name, path) in &self.on_path {
            out.bytes(name).bytes(path.as_os_str().as_bytes());
        }
        out.count(self.script_words.len());
        for word in &self.script_words {
            out.bytes(word);
        }
        out.digest(&self.script_environment);
        let mut file = MAGIC.to_vec();
        file.extend_from_slice(&Digest::of_bytes(&out.0).0);
        file.extend_from_slice(&out.0);
        file
    }

    fn decode(file: &[u8]) -> Option<Self> {
        let mut from = Reader(file.strip_prefix(MAGIC)?);
        if from.digest()? != Digest::of_bytes(from.0) {
            return None;
        }
        Self::decode_fields(from)
    }

    fn decode_fields(mut from: Reader<'_>) -> Option<Self> {
        let family = match from.byte()? {
            1 => Family::Gcc,
            2 => Family::Clang,
            _ => return None,
        };
        let major = from.u32()?;
        let digest = from.digest()?;
        let path = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
        let toolchain = Some(from.bytes()?).filter(|bytes| !bytes.is_empty()).map(path);
        let mut builtin_dirs = Vec::new();
        for _ in 0..from.count(4)? {
            builtin_dirs.push(from.bytes()?.to_vec());
        }
        let mut moving_dirs = Vec::new();
        for _ in 0..from.count(5)? {
            moving_dirs.push((from.byte()?, path(from.bytes()?)));
        }
        let mut members = Vec::new();
        for _ in 0..from.count(44)? {
            members.push(Member {
                path: path(from.bytes()?),
                stamp: Stamp::decode(&mut from)?,
                settled: from.byte()? != 0,
                digest: from.digest()?,
                canonical: path(from.bytes()?),
            });
        }
        let mut watched = Vec::new();
        for _ in 0..from.count(8)? {
            let dir = path(from.bytes()?);
            let stamp = if from.byte()? == 0 { None } else { Some(Stamp::decode(&mut from)?) };
            let settled = from.byte()? != 0;
            let mut absent = Vec::new();
            for _ in 0..from.count(4)? {
                absent.push(from.bytes()?.to_vec());
            }
            watched.push(Watched { dir, stamp, settled, absent });
        }
        let mut on_path = Vec::new();
        for _ in 0..from.count(8)? {
            on_path.push((from.bytes()?.to_vec(), path(from.bytes()?)));
        }
        let mut script_words = Vec::new();
        for _ in 0..from.count(4)? {
            script_words.push(from.bytes()?.to_vec());
        }
        let script_environment = from.digest()?;
        from.end()?;
        Some(Self {
            family,
            major,
            digest,
            toolchain,
            builtin_dirs,
            moving_dirs,
            members,
            watched,
            on_path,
            script_words,
            script_environment,
        })
    }
}

/// Decodes what a memo file holds behind its digest, and encodes it again: nothing that a digest vouches for is read
/// differently than it was written. For tests of the format, which nothing else can see.
pub fn recode_memo(fields: &[u8]) -> Option<Vec<u8>> {
    Some(Known::decode_fields(Reader(fields))?.encode()[MAGIC.len() + 32..].to_vec())
}

fn save(path: &Path, content: &[u8]) {
    let save = || {
        let dir = path.parent()?;
        // Two levels down from the cache's own directory.
        files::make_dir(dir.parent()?.parent()?, dir).ok()?;
        let mut temp = files::temporary(dir).ok()?;
        faults::at(Point::IdentityTemporary);
        temp.write_all(content).ok()?;
        files::share_as_at(temp.as_file(), path).ok()?;
        faults::at(Point::IdentityWritten);
        let file = temp.persist(path).ok();
        faults::at(Point::IdentityNamed);
        file
    };
    let _ = save();
}

/// Include directories that lie in the compiler's own directory, with their canonical paths. gcc spells them by it
/// or, where that is shorter, canonically.
fn moving_dirs(answers: &Answers) -> Vec<(u8, PathBuf)> {
    let Some(toolchain) = &answers.toolchain else { return Vec::new() };
    let own = [toolchain.clone(), canonical(toolchain)];
    let own = own.iter().map(|dir| dir.as_os_str().as_bytes()).filter(|dir| dir.len() > 1);
    let moves = |dir: &Vec<u8>| own.clone().any(|own| dir.starts_with(own));
    let numbered = (0_u8..).zip(&answers.include_dirs).take(64).filter(|(_, dir)| moves(dir));
    numbered.filter_map(|(nth, dir)| Some((nth, fs::canonicalize(OsStr::from_bytes(dir)).ok()?))).collect()
}

impl Watched {
    fn finds_something(&self, cwd: &Path) -> bool {
        let dir = cwd.join(&self.dir);
        self.absent.iter().any(|name| fs::symlink_metadata(dir.join(OsStr::from_bytes(name))).is_ok())
    }
}

/// The names a driver would use, had they been there, and the directories the include path would have.
fn watched(question: &Question<'_>, answers: &Answers, closure: &Closure<'_, '_>) -> Vec<Watched> {
    let mut names: BTreeSet<Vec<u8>> = [b"specs".to_vec()].into();
    for program in &answers.programs {
        if let Some(name) = Path::new(program).file_name() {
            names.insert(name.as_bytes().to_vec());
            // gcc looks for the target's own assembler as well.
            names.insert([answers.target.as_bytes(), b"-", name.as_bytes()].concat());
        }
    }
    let mut watch = Watch { cwd: question.cwd, names: closure.absent.clone(), whole: BTreeSet::new() };
    for dir in &answers.program_dirs {
        for name in &names {
            watch.absent(dir, name);
        }
    }
    for prefix in &answers.prefixes {
        // What is no directory is put in front of the names as it is.
        let (dir, start) = match prefix.as_os_str().as_bytes().iter().rposition(|byte| *byte == b'/') {
            Some(slash) => prefix.as_os_str().as_bytes().split_at(slash + 1),
            None => (&b""[..], prefix.as_os_str().as_bytes()),
        };
        for name in names.iter().map(Vec::as_slice).chain([&b"include"[..]]) {
            watch.absent(Path::new(OsStr::from_bytes(dir)), &[start, name].concat());
        }
        // `-B DIR` also adds DIR/include, without a word about it while that is not there.
        watch.absent(prefix, b"include");
    }
    watch.whole.extend(answers.missing_include_dirs.iter().cloned());
    if closure.is_dynamic {
        watch.whole.extend(["/etc/ld.so.cache", "/etc/ld.so.preload"].map(PathBuf::from));
    }
    if answers.family == Some(Family::Clang) {
        // Default configuration files, and the installations of gcc whose headers clang borrows.
        let configurations = configurations(question, answers);
        for program in answers.programs.iter().map(Path::new).chain([question.spec.program.as_path()]) {
            if let Some(dir) = program.parent().filter(|dir| !dir.as_os_str().is_empty()) {
                for name in &configurations {
                    watch.absent(dir, name);
                }
            }
        }
        watch.whole.extend(answers.configuration_dirs.iter().cloned());
        for dir in &answers.include_dirs {
            let dir = Path::new(OsStr::from_bytes(dir));
            if let Some(parent) = dir.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "c++")) {
                watch.whole.insert(parent.to_owned());
            }
        }
    }
    watch.finish(closure.memo.started_ns())
}

/// Names under which clang looks for a configuration file by itself: by its own name, by each beginning of it that
/// could be a target, and by the target.
fn configurations(question: &Question<'_>, answers: &Answers) -> BTreeSet<Vec<u8>> {
    let mut stems: BTreeSet<Vec<u8>> = BTreeSet::new();
    let target = answers.target.as_bytes();
    let programs = answers.programs.iter().map(OsString::as_os_str);
    for name in programs.chain([question.spec.argv0.as_os_str(), question.spec.program.as_os_str()]) {
        let name = Path::new(name).file_name().unwrap_or_default().as_bytes();
        let ends = memchr::memchr_iter(b'-', name).chain([name.len()]);
        stems.extend(ends.map(|end| name[..end].to_vec()).filter(|stem| !stem.is_empty()));
    }
    for mode in [&b"clang"[..], b"clang++"] {
        stems.insert(mode.to_vec());
        stems.insert([target, b"-", mode].concat());
    }
    stems.insert(target.to_vec());
    stems.into_iter().map(|stem| [stem.as_slice(), b".cfg"].concat()).collect()
}

/// What must stay as it is for an answer to hold, as it is collected.
struct Watch<'a> {
    cwd: &'a Path,
    /// By directory, names that are not there.
    names: BTreeMap<PathBuf, BTreeSet<Vec<u8>>>,
    /// Directories and files of which any change counts.
    whole: BTreeSet<PathBuf>,
}

impl Watch<'_> {
    fn absent(&mut self, dir: &Path, name: &[u8]) {
        note_absent(self.cwd, &mut self.names, &dir.join(OsStr::from_bytes(name)));
    }

    fn finish(self, now: i128) -> Vec<Watched> {
        let names = self.names.into_iter().map(|(dir, names)| (dir, names.into_iter().collect()));
        let whole = self.whole.into_iter().map(|dir| (dir, Vec::new()));
        let stamped = names.chain(whole).map(|(dir, absent)| {
            let stamp = Stamp::of(&self.cwd.join(&dir)).ok();
            Watched { dir, stamp, settled: stamp.is_some_and(|stamp| stamp.is_settled(now)), absent }
        });
        stamped.collect()
    }
}

/// Notes a missing file under the nearest directory that is there: the stamp of that one answers for it.
fn note_absent(cwd: &Path, names: &mut BTreeMap<PathBuf, BTreeSet<Vec<u8>>>, path: &Path) {
    if fs::symlink_metadata(cwd.join(path)).is_ok() {
        return;
    }
    let mut missing = path;
    while let (Some(dir), Some(name)) = (missing.parent(), missing.file_name()) {
        if dir.as_os_str().is_empty() || cwd.join(dir).is_dir() {
            names.entry(dir.to_owned()).or_default().insert(name.as_bytes().to_vec());
            return;
        }
        missing = dir;
    }
}

/// The closure as it is collected.
struct Closure<'a, 'b> {
    question: &'a Question<'b>,
    memo: &'a mut Memo,
    members: BTreeMap<PathBuf, Member>,
    /// What enters the digest: what a file is to the compiler, and its content.
    roles: Vec<(Vec<u8>, Digest)>,
    on_path: Vec<(Vec<u8>, PathBuf)>,
    words: BTreeSet<Vec<u8>>,
    /// Files that would be members if they were there, by directory.
    absent: BTreeMap<PathBuf, BTreeSet<Vec<u8>>>,
    /// The driver is a script, or leads to one.
    is_script: bool,
    /// A script asks for the working directory.
    asks_where: bool,
    /// Directories named by a script that also names `PATH`.
    script_dirs: Vec<PathBuf>,
    /// A program has a loader.
    is_dynamic: bool,
}

impl Closure<'_, '_> {
    /// A program as `-###` names it: with a directory, or to be found on `PATH`.
    fn named(&mut self, name: &OsStr) -> Result<(), String> {
        let role = Path::new(name).file_name().unwrap_or(name).as_bytes().to_vec();
        if name.as_bytes().contains(&b'/') {
            return self.program(&role, Path::new(name), 0);
        }
        if name == self.question.spec.argv0 {
            // COLLECT_GCC repeats what it was called.
            return Ok(());
        }
        self.in_script_dirs(&role, name, 0)?;
        let found = self.on_path(name).ok_or_else(|| format!("`{}` is not on PATH", name.display()))?;
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

    fn program(&mut self, role: &[u8], path: &Path, depth: u32) -> Result<(), String> {
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
        if let Some(loader) = probe::elf_loader(&full) {
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
    fn specs(&mut self, path: &Path) -> Result<(), String> {
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
    fn configuration(&mut self, path: &Path, depth: u32) -> Result<(), String> {
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
        let settled = stamp.is_settled(self.memo.started_ns());
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
        // What a variable holds, and what stands behind it.
        for variable in script.names.iter().filter_map(|name| environment.get(std::str::from_utf8(name).ok()?)) {
            let value = self.question.cwd.join(variable);
            if word.first() == Some(&b'/') {
                places.push(value.join(tail));
            }
            if script.names.contains(word) && environment.get(&String::from_utf8_lossy(word)) == Some(variable) {
                if !variable.as_bytes().contains(&b'/')
                    && let Some(found) = self.on_path(variable).filter(|found| !is_ourselves(self.question, found))
                {
                    self.program(word, &found, depth + 1)?;
                }
                places.push(value);
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

/// A file that a script could take in as a part of itself.
fn is_text(path: &Path) -> bool {
    let is_small = fs::metadata(path).is_ok_and(|meta| meta.len() <= SCRIPT_LIMIT);
    is_small && fs::read(path).is_ok_and(|text| memchr::memchr(0, &text).is_none() && !text.starts_with(b"#!"))
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_default()
}

fn is_ourselves(question: &Question<'_>, path: &Path) -> bool {
    locate::Ourselves::detect(question.environment).include(path)
}

/// The digest of those variables among `words` that are set.
fn script_environment(words: &[Vec<u8>], environment: &Environment) -> Digest {
    let mut hasher = FieldHasher::new("packer-cc script environment 1");
    if !words.is_empty() {
        for (name, value) in environment.iter() {
            if name != locate::SKIP && words.binary_search_by(|word| word.as_slice().cmp(name.as_bytes())).is_ok() {
                hasher.field("name", name.as_bytes()).field("value", value.as_bytes());
            }
        }
    }
    hasher.finish()
}
