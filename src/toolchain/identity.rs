//! The identity of a compiler and its memo.
//!
//! The closure is found by asking (`-###`, `-print-search-dirs`, `-v`) and then hashed member by member. That takes
//! a few processes, so the answers are kept in `state/compilers/`, one file a question. A question is: this
//! executable under this name, these options and this language, said with `-x` or by the source's name, in this
//! environment as far as it decides about programs. A memo holds as long as
//!
//! * every member still has the content it had, by its stat fields or, where those cannot be trusted, by reading
//!   it again: an answer is only asked for anew when a content changed,
//! * every name that was absent where the driver looks for programs and specs is absent still,
//! * every name that was found on `PATH` is still found at the same place,
//! * for script wrappers, every variable that the script mentions has the value it had.

use super::closure::{Closure, Member, canonical};
use super::probe::{self, Answers};
use super::run::Spec;
use super::watch::{Watched, watched};
use super::{Compiler, Family, environment, locate};
use crate::codec::{Reader, Writer};
use crate::digest::{Digest, FieldHasher};
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::disk::still::Span;
use crate::environment::Environment;
use crate::faults::{self, Point};
use crate::files;
use crate::lock::{self, Claim};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::thread;

const MAGIC: &[u8; 8] = b"PCCcomp7";
/// What stands for a memo where the answer hangs on the working directory too.
const BY_DIRECTORY: &[u8; 8] = b"PCCcompD";
/// A compiler of more parts is none.
const MEMO_LIMIT: u64 = 1 << 24;
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

/// What a memo file holds.
struct Known {
    family: Family,
    major: u32,
    digest: Digest,
    toolchain: Option<PathBuf>,
    builtin_dirs: Vec<Vec<u8>>,
    moving_dirs: Vec<(u8, PathBuf)>,
    driver_macros: Vec<Vec<u8>>,
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
    let (known, is_new_here) = if paranoid {
        (Known::find(question, memo)?, true)
    } else if let Some(known) = Known::load(question, memo, &place) {
        (known, false)
    } else {
        // A build begins with as many compiles as it has jobs, and every question takes some processes and reads some
        // ten megabytes: one of them asks, the others wait.
        let asking = lock::claim(lock_path(state, &place(false)), lock::MOMENT);
        let answered = match asking {
            Claim::Waited { done: true } => Known::load(question, memo, &place),
            _ => None,
        };
        match answered {
            Some(known) => (known, false),
            None => (Known::find(question, memo)?.kept(&place), true),
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
        driver_macros: known.driver_macros,
        is_new_here,
        evidence: Evidence { members: known.members, watched: known.watched, on_path: known.on_path },
    })
}

impl Evidence {
    /// When the youngest member was last touched.
    pub fn youngest_ns(&self) -> i128 {
        self.members.iter().map(|member| member.stamp.ctime_ns).max().unwrap_or(0)
    }

    /// The files the compiler is made of, with what is in them.
    pub fn contents(&self) -> impl Iterator<Item = (&Path, Digest)> {
        self.members.iter().map(|member| (member.path.as_path(), member.digest))
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
        // `-x c`, where it was said. A name decides otherwise: `g++ a.c` starts `cc1plus`, and `g++ -x c a.c` does not.
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

/// The lock of who asks what is kept at `place`.
fn lock_path(state: &Path, place: &Path) -> PathBuf {
    let dir = state.join("locks");
    // Where that fails the lock cannot be taken either, and everybody asks.
    let _ = files::make_dir(state.parent().unwrap_or(state), &dir);
    dir.join(format!("{}{}", lock::ASK, place.file_name().unwrap_or_default().display()))
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
                    member.settled = stamp.is_settled(&question.cwd.join(&member.path), memo.started_ns());
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
            let dir = question.cwd.join(&watched.dir);
            watched.settled = stamp.is_some_and(|stamp| stamp.is_settled(&dir, memo.started_ns()));
            anew |= watched.settled;
        }
        if anew { Check::HoldsAnew(self) } else { Check::Holds(self) }
    }

    fn find(question: &Question<'_>, memo: &mut Memo) -> Result<Self, String> {
        let is_on_path = |name: &OsStr| which::which_in(name, question.environment.get("PATH"), question.cwd).is_ok();
        let mut answers = probe::ask(question.spec, question.options, question.subject, &is_on_path)?;
        let family = answers.family.ok_or("no compiler")?;
        // The programs are read while one of them tells its include path: both take some ten milliseconds.
        let ask = || probe::ask_include_path(question.spec, question.options, &answers);
        let (told, closure) = thread::scope(|scope| {
            let asking = thread::Builder::new().spawn_scoped(scope, ask);
            let closure = Closure::of(question, memo, &answers, family);
            // Where there can be no more threads, or one ends badly, it is asked now.
            let told = asking.ok().and_then(|asking| asking.join().ok());
            (told.unwrap_or_else(ask), closure)
        });
        answers.take(&told?);
        let mut closure = closure?;
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
            driver_macros: answers.macros,
            members,
            watched,
            on_path: closure.on_path,
            script_words,
            script_environment,
        })
    }

    /// What is known already, where it still holds. `place` says where it is kept, with or without regard to the working
    /// directory.
    fn load(question: &Question<'_>, memo: &mut Memo, place: &impl Fn(bool) -> PathBuf) -> Option<Self> {
        let mut path = place(false);
        let mut file = files::read(&path, MEMO_LIMIT).ok();
        if file.as_deref() == Some(BY_DIRECTORY) {
            path = place(true);
            file = files::read(&path, MEMO_LIMIT).ok();
        }
        match Self::decode(&file?)?.check(question, memo) {
            Check::Holds(known) => Some(known),
            Check::HoldsAnew(known) => {
                save(&path, &known.encode());
                Some(known)
            }
            Check::Gone => None,
        }
    }

    /// Keeps it at its place; where that fails the next run asks again.
    fn kept(self, place: &impl Fn(bool) -> PathBuf) -> Self {
        if self.script_words.is_empty() {
            save(&place(false), &self.encode());
        } else {
            save(&place(false), BY_DIRECTORY);
            save(&place(true), &self.encode());
        }
        self
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
        out.count(self.driver_macros.len());
        for name in &self.driver_macros {
            out.bytes(name);
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
        let mut driver_macros = Vec::new();
        for _ in 0..from.count(4)? {
            driver_macros.push(from.bytes()?.to_vec());
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
            driver_macros,
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
