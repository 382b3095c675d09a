//! The way of one compile.
//!
//! ```text
//! argv → Job | Cause → Compiler → KeyInputs → Key → Lookup: Hit | Miss(Permit)
//!      Hit  → restore outputs
//!      Miss → run the compiler → learn what it read → Permit.commit
//! ```
//!
//! Until the compiler was started, whatever goes wrong is a [`Cause`]: it is recorded and the real compiler takes
//! this process's place with the arguments as they were typed. After that, what goes wrong is a line in the log and
//! a reason in the journal, and the compiler's own result stands.

mod ask;
mod compile;
mod novelty;
mod observe;
mod prepare;
mod relative;
mod serve;
mod toolchain;
mod verify;

use crate::admin;
use crate::bounded;
use crate::call::{self, Call};
use crate::command::{self, Job};
use crate::config::{Ask, Config};
use crate::digest::Digest;
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::environment::Environment;
use crate::faults::{self, Point};
use crate::journal::{self, Outcome, Record};
use crate::key::maps::Maps;
use crate::lock::{Claim, Claimed};
use crate::log::Log;
use crate::lookup::{self, Found, Lookup, Miss};
use crate::output;
use crate::proof::{self, KeyFile, Surroundings};
use crate::reason::{Cause, Reason};
use crate::store::Store;
use crate::store::backend::Backend as _;
use crate::store::entry::Stored;
use crate::store::permit::{self, Permit};
use crate::toolchain::environment as variables;
use crate::toolchain::locate::Ourselves;
use crate::toolchain::run::Spec;
use crate::trust::{self, Places};
use ask::{Asked, Asking};
use prepare::Prepared;
use std::cell::RefCell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Does what this process was called for and returns its exit status; does not return where a compiler takes over.
pub fn main() -> i32 {
    let began = Instant::now();
    // Before any file is opened: it would take a closed stream's number.
    let streams_are_open = output::streams_are_open();
    let environment = Environment::capture();
    faults::arm(&environment);
    let args = Environment::args();
    // Without a working directory only absolute paths mean anything; the compiler will say so.
    let cwd = Environment::current_dir();
    let ourselves = Ourselves::detect(&environment);
    let base = cwd.as_deref().unwrap_or("/".as_ref()).to_owned();
    let call = call::resolve(&args, &environment, &base, &ourselves);
    if let Call::Administration(args) = call {
        return admin::run(args, environment);
    }
    crate::toolchain::run::survive_file_size_limit();
    let config = match &cwd {
        Ok(cwd) => Config::load(&environment, cwd).map_err(|error| Reason::Configuration.about(error.0)),
        Err(error) => Err(Reason::WorkingDirectory.about(error.to_string())),
    };
    let mut refused = None;
    let call = match call {
        Call::Default(personality, args) => {
            let left_out = config.as_ref().ok();
            let left_out = left_out.and_then(|config| config.left_out_compiler(personality == call::Personality::Cxx));
            // Which compiler was meant is not known, so what `cc` makes is not kept.
            refused = left_out.map(|text| Reason::Configuration.about(text));
            let words = config.as_ref().ok().and_then(|config| match personality {
                call::Personality::C => config.compiler.as_deref(),
                call::Personality::Cxx => config.cxx_compiler.as_deref(),
            });
            call::default_compiler(personality, words, args, &environment, &base, &ourselves)
        }
        call => call,
    };
    let (program, argv0, args) = match call {
        Call::Compiler { program, argv0, args } => (program, argv0, args),
        Call::Broken(broken) => {
            output::stderr(format!("packer-cc: {}\n", broken.text).as_bytes());
            return broken.status;
        }
        Call::Administration(_) | Call::Default(..) => unreachable!("resolved above"),
    };
    let spec = Spec { program, argv0, args, env: Vec::new(), skip: ourselves.to_variable() };
    let mut run = Run::new(began, environment, base, spec, config.as_ref().ok());
    let result = if streams_are_open {
        config.and_then(|config| refused.map_or_else(|| run.serve(&config), Err))
    } else {
        // Not even a record: the journal's file could become the compiler's output.
        return run.become_compiler();
    };
    match result {
        Ok(status) => status,
        Err(cause) => run.bypass(cause),
    }
}

/// Reads a response file. What is no regular file could not be read a second time by the compiler.
fn read_regular(path: PathBuf) -> std::io::Result<(KeyFile, Vec<u8>)> {
    // Asked before it is opened: a writer at the other end of a pipe would take that for the compiler's reading.
    let stamp = Stamp::of(&path)?;
    if !stamp.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let text = bounded::read(&path, command::response::TEXT as u64)?;
    let content = Digest::of_bytes(&text);
    Ok((KeyFile { path, stamp, content }, text))
}

/// One run of the wrapper form.
struct Run {
    environment: Environment,
    cwd: PathBuf,
    /// The command as it was typed.
    spec: Spec,
    /// Where the journal is, and whether the rest of the cache may be used.
    places: Option<Places>,
    log: Log,
    /// The source as typed, once known.
    source: String,
    /// When this process began.
    began: Instant,
    /// How long the compiler ran in this process, in microseconds: all of its runs.
    compiler_us: u64,
    /// What the preprocessor was asked.
    asked: Asked,
}

impl Run {
    fn new(began: Instant, environment: Environment, cwd: PathBuf, spec: Spec, config: Option<&Config>) -> Self {
        let mut log = Log::new();
        // Where the configuration is wrong, the bypass is recorded by what is right in it.
        let config = config.cloned().or_else(|| Config::fallback(&environment, &cwd));
        let places = config.as_ref().map(trust::places);
        log.open(config.and_then(|config| config.log));
        let (source, asked) = (String::new(), Asked::default());
        Self { environment, cwd, spec, places, log, source, began, compiler_us: 0, asked }
    }

    fn serve(&mut self, config: &Config) -> Result<i32, Cause> {
        if self.log.is_wanted() {
            self.log.say("command", self.shown_command());
        }
        if config.disable {
            return Err(Reason::Disabled.into());
        }
        for left_out in &config.left_out {
            self.log.say("configuration", &left_out.text);
        }
        let response_files = RefCell::new(Vec::new());
        let read = |path: &OsStr| {
            let (input, text) = read_regular(self.cwd.join(path))?;
            response_files.borrow_mut().push(input);
            Ok(text)
        };
        let command = command::parse(&self.spec.args, &read)?;
        let response_files = response_files.into_inner();
        let mut status = 0;
        for job in command.into_jobs() {
            status = self.serve_job(config, job, response_files.clone())?;
            if status != 0 {
                break;
            }
        }
        Ok(status)
    }

    fn serve_job(&mut self, config: &Config, job: Job, response_files: Vec<KeyFile>) -> Result<i32, Cause> {
        self.source = job.source.to_string_lossy().into_owned();
        if let Some(refused) = self.places.as_ref().and_then(|places| places.refused.clone()) {
            return Err(Reason::Store.about(refused));
        }
        let mut memo = Memo::open(&config.state_dir(), config.paranoid);
        let prepared = Prepared::new(self, config, job, response_files, &mut memo)?;
        let key = prepared.key.digest();
        self.log.say("key", key.0);
        let store = Store::new(config.store_dir(), config.state_dir(), config.max_size).shared(config.shared);
        let names = prepared.output_names();
        let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
        let date = self.environment.get(variables::SOURCE_DATE).unwrap_or_default().as_bytes().to_vec();
        let mapped = Maps::of(&prepared.job, prepared.compiler.family);
        let place = &prepared.place;
        let around = Surroundings { place, names: &names, date: &date, mapped: &mapped };
        let request = lookup::Request { store: &store, key, around };
        let (found, compiling) = self.look_up(config, request, &mut memo);
        match found {
            Lookup::Hit(found) if verify::is_drawn(config.verify) => {
                let status = self.verify(&prepared, config, request, &found, &mut memo)?;
                flush(&mut memo, &mut self.log);
                Ok(status)
            }
            Lookup::Hit(Found { entry, .. }) => {
                self.restore(config, &prepared, &store, &entry)?;
                if prepared.compiler.is_new_here && !config.readonly {
                    toolchain::note(&prepared, &self.spec.argv0, &store);
                }
                flush(&mut memo, &mut self.log);
                // This process is about to end, which frees all of it at once.
                std::mem::forget((prepared, entry, memo));
                Ok(0)
            }
            Lookup::Miss(Miss { permit, why, youngest_ns }) => {
                let is_new_key = why.reason == Reason::New;
                let mut cause = self.explained(why, &prepared, &store);
                self.log.say("miss", &cause);
                faults::at(Point::BeforeCompiler);
                let compile = compile::run(&prepared, &self.spec, &store, &mut memo, youngest_ns)?;
                self.compiler_us += compile.took_us;
                if compile.failed_by_us {
                    // A toolchain that does not take what every toolchain takes: once more, as typed.
                    return Err(Reason::CompilerUnknown.about(compile::REFUSED));
                }
                let compile_us = compile.took_us;
                let succeeded = compile.finished.status.success();
                if succeeded && let Some(relative) = &prepared.relative {
                    relative::check(relative, &prepared, &compile, &mut memo)?;
                }
                // What was rewritten may have failed over its names, and its words are not all as typed: the compiler
                // itself says what is wrong.
                let once_more = prepared.relative.is_some() && compile.finished.status.code().is_some();
                let status = if succeeded || !once_more { compile.show(&prepared, &self.environment) } else { 1 };
                if !succeeded {
                    // Before this process ends as the compiler did, perhaps by a signal: who waits is to know that
                    // nothing comes.
                    drop(compiling);
                    self.failed(&compile);
                    if once_more {
                        return Ok(self.become_compiler());
                    }
                    return Ok(crate::toolchain::run::end_like(compile.finished.status));
                }
                faults::at(Point::AfterCompiler);
                if config.readonly {
                    self.log.say("not stored", "PACKER_CC_READONLY");
                } else if let Err(unstored) = self.keep(config, &prepared, &compile, &mut memo, permit) {
                    self.log.say("not stored", &unstored);
                    cause = unstored;
                } else {
                    toolchain::note(&prepared, &self.spec.argv0, &store);
                    if is_new_key {
                        novelty::note(&prepared, &store);
                    }
                }
                faults::at(Point::Stored);
                // Before the record, which tells what all of it took.
                flush(&mut memo, &mut self.log);
                self.end(Outcome::Miss, Some(cause), compile_us);
                Ok(status)
            }
        }
    }

    /// Stores what was compiled.
    fn keep(
        &mut self,
        config: &Config,
        prepared: &Prepared,
        compile: &compile::Compile,
        memo: &mut Memo,
        permit: Permit<'_>,
    ) -> Result<(), Cause> {
        let allowed = config.ask == Ask::Doubt;
        let mut asking = Asking { prepared, typed: &self.spec, allowed, asked: &mut self.asked };
        let observed = observe::observe(prepared, compile, &self.environment);
        let proven = observed.and_then(|observed| proof::prove(observed, memo, &mut asking));
        if let Asked { us, question: Some(question), .. } = self.asked {
            self.log.say("asked", format!("the preprocessor for {question}, {us} us"));
        }
        permit.commit(proven?).map_err(|error| Reason::StoreError.about(error.to_string()))
    }

    /// Leaves what the compiler would have left.
    fn restore(&mut self, config: &Config, prepared: &Prepared, store: &Store, entry: &Stored) -> Result<(), Cause> {
        // What another wrote into the store can be well-formed and still no result.
        let tidy = |_: &Cause| {
            if !config.readonly {
                permit::remove_if_damaged(store, entry);
            }
        };
        let rendered = serve::render(prepared, entry).inspect_err(tidy)?;
        store.restores_to(&prepared.path(&prepared.output));
        rendered.restore(prepared).inspect_err(tidy)?;
        rendered.show(prepared, &self.environment);
        self.end(Outcome::Hit, None, entry.compile_us);
        Ok(())
    }

    /// Looks for a result; where there is none, claims the compile or waits for the run that claimed it, and looks
    /// again.
    fn look_up<'a>(
        &mut self,
        config: &Config,
        request: lookup::Request<'a>,
        memo: &mut Memo,
    ) -> (Lookup<'a>, Option<Claimed>) {
        if config.recache {
            return (Lookup::Miss(lookup::recache(request)), None);
        }
        let found = lookup::find(request, memo);
        if matches!(found, Lookup::Hit(_)) || config.readonly {
            return (found, None);
        }
        match request.store.claim(&request.key) {
            // Between the look and the claim another run may have ended.
            Claim::Ours(compiling) => {
                faults::at(Point::Claimed);
                (lookup::find(request, memo), Some(compiling))
            }
            Claim::Waited { done } => {
                self.log.say("waited", format!("for the same compile by another run, which ended: {done}"));
                (if done { lookup::find(request, memo) } else { found }, None)
            }
        }
    }

    /// Finds out whether a command is new, or the compiler is, or whether what is known of it may not be read.
    fn explained(&mut self, why: Cause, prepared: &Prepared, store: &Store) -> Cause {
        if let Some(unread) = store.unread()
            && matches!(why.reason, Reason::New | Reason::EntryGone)
        {
            return Reason::StoreUnread.about(unread);
        }
        if why.reason != Reason::New {
            return why;
        }
        match toolchain::others(prepared, &self.spec.argv0, store) {
            toolchain::Others::Compiled(difference) => {
                self.log.say("compiler", &difference);
                return Reason::CompilerChanged.about(difference);
            }
            toolchain::Others::Stranger(difference) => {
                self.log.say("compiler", format!("new to the store; of the one it knows, {difference}"));
            }
            toolchain::Others::None => {}
        }
        novelty::novelty(prepared, store).unwrap_or(why)
    }

    /// Records that the compiler failed.
    fn failed(&mut self, compile: &compile::Compile) {
        let cause = Reason::CompilerFailed.about(compile.finished.status.to_string());
        self.end(Outcome::Failed, Some(cause), compile.took_us);
    }

    /// Records the reason and becomes the compiler.
    fn bypass(&mut self, cause: Cause) -> i32 {
        self.log.say("bypass", &cause);
        self.end(Outcome::Bypass, Some(cause), 0);
        self.become_compiler()
    }

    fn become_compiler(&self) -> i32 {
        let error = self.spec.exec();
        let text = format!("packer-cc: cannot start {}: {error}\n", self.spec.program.display());
        output::stderr(text.as_bytes());
        126
    }

    /// Records how the run ended. `compile_us` is [`Record::compile_us`], which for a hit is no time of this run; that is
    /// [`Run::compiler_us`].
    fn end(&mut self, outcome: Outcome, cause: Option<Cause>, compile_us: u64) {
        let shown = cause.as_ref().map(ToString::to_string).unwrap_or_default();
        self.log.say("outcome", format!("{} {shown}", outcome.as_str()));
        let reason = cause.as_ref().map_or("", |cause| cause.reason.code()).to_owned();
        let (detail, change) = cause.map_or((String::new(), None), |cause| (cause.about, cause.change));
        let time_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
        let record = Record {
            time_ms: u64::try_from(time_ms).unwrap_or(0),
            outcome,
            reason,
            detail,
            change,
            source: self.source.clone(),
            compile_us,
            own_us: self.own_us(),
            asked: self.asked.times.into(),
            asked_us: self.asked.us,
        };
        if let Some(state) = self.places.as_ref().and_then(|places| places.state.as_ref())
            && let Err(error) = journal::append(state, &record)
        {
            self.log.say("journal", error);
        }
        self.log.flush();
    }

    /// How long this process took by itself so far, in microseconds.
    fn own_us(&self) -> u64 {
        let elapsed = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        elapsed.saturating_sub(self.compiler_us).saturating_sub(self.asked.us)
    }

    fn shown_command(&self) -> String {
        let words: Vec<String> = [self.spec.argv0.to_string_lossy().into_owned()]
            .into_iter()
            .chain(command::shown::words(&self.spec.args))
            .collect();
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
    }
}

fn flush(memo: &mut Memo, log: &mut Log) {
    if let Err(error) = memo.flush() {
        log.say("memo", error);
        log.flush();
    }
}
