//! The identity of a compiler, asked for once and then known.
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

use super::closure::{Closure, canonical};
use super::compiler::Compiler;
use super::evidence::{Evidence, is_found_at};
use super::known::Known;
use super::locate;
use super::probe::{self, Answers};
use super::question::Question;
use super::watch::watched;
use crate::digest::{Digest, FieldHasher};
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::environment::Environment;
use crate::files;
use crate::lock::{self, Claim};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::thread;

/// How many hexadecimal digits of a question's digest name its file.
const NAME_DIGITS: usize = 32;

/// Identifies the compiler.
///
/// # Errors
/// A text for people that says why the compiler cannot be identified.
pub fn identify(question: &Question<'_>, state: &Path, memo: &mut Memo, paranoid: bool) -> Result<Compiler, String> {
    let place = |by_directory| state.join("compilers").join(&question.digest(by_directory).hex()[..NAME_DIGITS]);
    let (known, is_new_here) = if paranoid {
        (find(question, memo)?, true)
    } else if let Some(known) = load(question, memo, &place) {
        (known, false)
    } else {
        // A build begins with as many compiles as it has jobs, and every question takes some processes and reads some
        // ten megabytes. So one run asks, and the others wait for it.
        let asking = lock::claim(lock_path(state, &place(false)), lock::MOMENT);
        let answered = match asking {
            Claim::Waited { done: true } => load(question, memo, &place),
            _ => None,
        };
        match answered {
            Some(known) => (known, false),
            None => (find(question, memo)?.kept(&place), true),
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
        driver_definitions: known.driver_definitions,
        minds_comments: known.minds_comments,
        is_new_here,
        evidence: known.evidence,
    })
}

/// The lock of the run that asks for what is kept at `place`.
fn lock_path(state: &Path, place: &Path) -> PathBuf {
    let dir = state.join("locks");
    // Where the directory cannot be made, the lock cannot be taken either, and every run asks.
    let _ = files::make_dir(state.parent().unwrap_or(state), &dir);
    dir.join(format!("{}{}", lock::ASK, place.file_name().unwrap_or_default().display()))
}

/// What is known already, where it still holds. `place` says where it is kept, with or without regard to the working
/// directory.
fn load(question: &Question<'_>, memo: &mut Memo, place: &impl Fn(bool) -> PathBuf) -> Option<Known> {
    let (known, path) = Known::stored(place)?;
    match check(known, question, memo) {
        Check::Holds(known) => Some(known),
        Check::HoldsAnew(known) => {
            known.save(&path);
            Some(known)
        }
        Check::Gone => None,
    }
}

enum Check {
    Holds(Known),
    /// It holds, but some members had to be read again; the stamps are new.
    HoldsAnew(Known),
    Gone,
}

/// Whether what is known still holds.
fn check(mut known: Known, question: &Question<'_>, memo: &mut Memo) -> Check {
    let mut anew = false;
    if known.script_environment != script_environment(&known.script_words, question.environment) {
        return Check::Gone;
    }
    for (name, found) in &known.evidence.on_path {
        if !is_found_at(name, found, question.environment, question.cwd) {
            return Check::Gone;
        }
    }
    for member in &mut known.evidence.members {
        match Stamp::of(&question.cwd.join(&member.path)) {
            Ok(stamp) if stamp == member.stamp && member.settled => {}
            Ok(_) => {
                let Ok((stamp, digest)) = memo.digest(&question.cwd.join(&member.path)) else { return Check::Gone };
                // A driver passes over a program that it may not execute, and a script asks with `[ -x FILE ]`.
                let is_allowed_otherwise = stamp.mode != member.stamp.mode;
                let is_elsewhere = || canonical(&question.cwd.join(&member.path)) != member.canonical;
                if digest != member.digest || is_allowed_otherwise || is_elsewhere() {
                    return Check::Gone;
                }
                member.settled = stamp.is_settled(&question.cwd.join(&member.path), memo.started_ns());
                anew |= member.settled;
                member.stamp = stamp;
            }
            Err(_) => return Check::Gone,
        }
    }
    for watched in &mut known.evidence.watched {
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
    if anew { Check::HoldsAnew(known) } else { Check::Holds(known) }
}

/// Asks who the compiler is.
fn find(question: &Question<'_>, memo: &mut Memo) -> Result<Known, String> {
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
        hasher.field("role", role).digest("content", &digest.0);
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
    Ok(Known {
        family,
        major: answers.major,
        digest,
        toolchain: answers.toolchain,
        builtin_dirs: answers.include_dirs,
        moving_dirs,
        driver_macros: answers.macros,
        driver_definitions: answers.definitions,
        minds_comments: answers.minds_comments,
        evidence: Evidence { members, watched, on_path: closure.on_path },
        script_words,
        script_environment,
    })
}

/// Include directories that lie in the compiler's own directory, each with its number and its canonical path. gcc spells them by
/// the compiler's own directory or, where that is shorter, canonically.
fn moving_dirs(answers: &Answers) -> Vec<(u8, PathBuf)> {
    /// No compiler has more include directories; further ones are not taken for moving.
    const MOST: usize = 64;
    let Some(toolchain) = &answers.toolchain else { return Vec::new() };
    let own = [toolchain.clone(), canonical(toolchain)];
    let own = own.iter().map(|dir| dir.as_os_str().as_bytes()).filter(|dir| dir.len() > 1);
    let moves = |dir: &Vec<u8>| own.clone().any(|own| dir.starts_with(own));
    let numbered = (0_u8..).zip(&answers.include_dirs).take(MOST).filter(|(_, dir)| moves(dir));
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
