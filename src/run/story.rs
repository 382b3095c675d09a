//! The way of one compile, from the command to the hit or the miss.

use super::prepare::Prepared;
use super::process::{Run, flush};
use super::{compile, novelty, relative, serve, toolchain, verify};
use crate::bounded;
use crate::command::{self, Job};
use crate::config::Config;
use crate::digest::ContentId;
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::faults::{self, Point};
use crate::journal::Outcome;
use crate::key::maps::Maps;
use crate::lock::{Claim, Claimed};
use crate::lookup::{self, Found, Lookup, Miss};
use crate::paths;
use crate::proof::{KeyFile, Surroundings};
use crate::reason::{Cause, Reason};
use crate::store::Store;
use crate::store::backend::Backend as _;
use crate::store::entry::Stored;
use crate::store::permit;
use crate::toolchain::{environment as variables, habits};
use std::cell::RefCell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// Reads a response file. What is no regular file could not be read a second time by the compiler.
fn read_regular(path: PathBuf) -> std::io::Result<(KeyFile, Vec<u8>)> {
    // Asked before it is opened: a writer at the other end of a pipe would take that for the compiler's reading.
    let stamp = Stamp::of(&path)?;
    if !stamp.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let text = bounded::read(&path, command::response::TEXT as u64)?;
    let content = ContentId::of_bytes(&text);
    Ok((KeyFile { path, stamp, content }, text))
}

impl Run {
    pub(super) fn serve(&mut self, config: &Config) -> Result<i32, Cause> {
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
        let mapped = Maps::of(&prepared.job, prepared.compiler.has(habits::LAST_MAP_FIRST));
        let place = &prepared.place;
        let source = prepared.source();
        let (job, compiler) = (&prepared.job, &prepared.compiler);
        let around =
            Surroundings { place, names: &names, source, date: &date, mapped: &mapped, job, compiler, known: &store };
        let request = lookup::Request { store: &store, key, around };
        let (found, compiling) = self.look_up(config, request, &mut memo);
        match found {
            Lookup::Hit(found) if verify::is_drawn(config.verify) => {
                let status = self.verify(&prepared, config, request, &found, &mut memo)?;
                flush(&mut memo, &mut self.log);
                Ok(status)
            }
            Lookup::Hit(Found { entry, changed_in_vain, .. }) => {
                for (path, what) in &changed_in_vain {
                    self.log.say("held", format!("{} changed {what}", paths::path(path).display()));
                }
                self.restore(config, &prepared, &store, &entry)?;
                if prepared.compiler.is_new_here && !config.readonly {
                    toolchain::note(&prepared, &self.spec.argv0, &store);
                }
                flush(&mut memo, &mut self.log);
                // This process is about to end, which frees all of it at once.
                std::mem::forget((prepared, entry, memo));
                Ok(0)
            }
            Lookup::Miss(miss) => self.miss(config, &prepared, &store, &mut memo, miss, compiling),
        }
    }

    /// Compiles, and keeps the result. `compiling` is held as long as it is not there.
    fn miss(
        &mut self,
        config: &Config,
        prepared: &Prepared,
        store: &Store,
        memo: &mut Memo,
        miss: Miss<'_>,
        compiling: Option<Claimed>,
    ) -> Result<i32, Cause> {
        let Miss { permit, why, youngest_ns } = miss;
        let is_new_key = why.reason == Reason::New;
        let mut cause = self.explained(why, prepared, store);
        self.log.say("miss", &cause);
        faults::at(Point::BeforeCompiler);
        let compile = compile::run(prepared, &self.spec, store, memo, youngest_ns)?;
        self.compiler_us += compile.took_us;
        if compile.failed_by_us {
            // A toolchain that does not take what every toolchain takes: once more, as typed.
            return Err(Reason::CompilerUnknown.about(compile::REFUSED));
        }
        let compile_us = compile.took_us;
        let succeeded = compile.finished.status.success();
        if succeeded && let Some(relative) = &prepared.relative {
            relative::check(relative, prepared, &compile, memo)?;
        }
        // What was rewritten may have failed over its names, and its words are not all as typed: the compiler
        // itself says what is wrong.
        let once_more = prepared.relative.is_some() && compile.finished.status.code().is_some();
        let status = if succeeded || !once_more { compile.show(prepared, &self.environment) } else { 1 };
        if !succeeded {
            // Before this process ends as the compiler did, perhaps by a signal: who waits is to know that
            // nothing comes.
            drop(compiling);
            self.failed(compile.finished.status, compile_us);
            if once_more {
                return Ok(self.become_compiler());
            }
            return Ok(crate::toolchain::run::end_like(compile.finished.status));
        }
        faults::at(Point::AfterCompiler);
        if config.readonly {
            self.log.say("not stored", "PACKER_CC_READONLY");
        } else if let Err(unstored) = self.keep(config, prepared, &compile, memo, store, permit) {
            self.log.say("not stored", &unstored);
            cause = unstored;
        } else {
            toolchain::note(prepared, &self.spec.argv0, store);
            if is_new_key {
                novelty::note(prepared, store);
            }
        }
        faults::at(Point::Stored);
        // Before the record, which tells what all of it took.
        flush(memo, &mut self.log);
        self.end(Outcome::Miss, Some(cause), compile_us);
        Ok(status)
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
}
