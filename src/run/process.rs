//! One run of the wrapper form: what it was called with, and how it ends.

use crate::command;
use crate::config::Config;
use crate::disk::memo::Memo;
use crate::environment::Environment;
use crate::journal::{self, Outcome, Record};
use crate::log::Log;
use crate::output;
use crate::places::{self, Places};
use crate::reason::{Cause, Reason};
use crate::toolchain::run::Spec;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// One run of the wrapper form.
pub(super) struct Run {
    pub(super) environment: Environment,
    pub(super) cwd: PathBuf,
    /// The command as it was typed.
    pub(super) spec: Spec,
    /// Where the journal is, and whether the rest of the cache may be used.
    pub(super) places: Option<Places>,
    pub(super) log: Log,
    /// The source as typed, once known.
    pub(super) source: String,
    /// When this process began.
    pub(super) began: Instant,
    /// How long the compiler ran in this process, in microseconds: all of its runs.
    pub(super) compiler_us: u64,
    /// What the preprocessor was asked.
    pub(super) asked: Asked,
}

/// How often the preprocessor was asked in this run, and how long that took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    pub times: u32,
    /// Wall time in microseconds.
    pub us: u64,
    /// What was asked last.
    pub question: Option<&'static str>,
}

impl Run {
    pub(super) fn new(
        began: Instant,
        environment: Environment,
        cwd: PathBuf,
        spec: Spec,
        config: Option<&Config>,
    ) -> Self {
        let mut log = Log::new();
        // Where the configuration is wrong, the bypass is recorded by what is right in it.
        let config = config.cloned().or_else(|| Config::fallback(&environment, &cwd));
        let places = config.as_ref().map(places::places);
        log.open(config.and_then(|config| config.log));
        let (source, asked) = (String::new(), Asked::default());
        Self { environment, cwd, spec, places, log, source, began, compiler_us: 0, asked }
    }

    /// Records the reason and becomes the compiler.
    pub(super) fn bypass(&mut self, cause: Cause) -> i32 {
        self.log.say("bypass", &cause);
        self.end(Outcome::Bypass, Some(cause), 0);
        self.become_compiler()
    }

    pub(super) fn become_compiler(&self) -> i32 {
        let error = self.spec.exec();
        let text = format!("packer-cc: cannot start {}: {error}\n", self.spec.program.display());
        output::stderr(text.as_bytes());
        126
    }

    /// Records that the compiler failed.
    pub(super) fn failed(&mut self, status: ExitStatus, compile_us: u64) {
        self.end(Outcome::Failed, Some(Reason::CompilerFailed.about(status.to_string())), compile_us);
    }

    /// Records how the run ended. `compile_us` is [`Record::compile_us`], which for a hit is no time of this run; that is
    /// [`Run::compiler_us`].
    pub(super) fn end(&mut self, outcome: Outcome, cause: Option<Cause>, compile_us: u64) {
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
    pub(super) fn own_us(&self) -> u64 {
        let elapsed = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        elapsed.saturating_sub(self.compiler_us).saturating_sub(self.asked.us)
    }

    pub(super) fn shown_command(&self) -> String {
        let words: Vec<String> = [self.spec.argv0.to_string_lossy().into_owned()]
            .into_iter()
            .chain(command::shown::words(&self.spec.args))
            .collect();
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
    }
}

/// Writes what the memo learned; where that fails, the next run reads again.
pub(super) fn flush(memo: &mut Memo, log: &mut Log) {
    if let Err(error) = memo.flush() {
        log.say("memo", error);
        log.flush();
    }
}
