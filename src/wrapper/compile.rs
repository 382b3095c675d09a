//! The compiler's one run on a miss, and what is added to its command line to learn from it.

use super::Prepared;
use crate::bypass::Bypass;
use crate::colour;
use crate::compiler::run::{Finished, Spec};
use crate::environment::Environment;
use crate::memo::{Memo, coarse_now_ns};
use crate::output;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::fd::AsRawFd as _;
use std::thread;
use std::time::{Duration, Instant};

/// A compile that has ended.
pub struct Compile {
    pub finished: Finished,
    /// Wall time in microseconds.
    pub took_us: u64,
    /// When it began, by the file system's clock.
    pub started_ns: i128,
    /// The depfile that was asked for behind the user's back.
    pub own_depfile: Option<Vec<u8>>,
}

/// Runs the compiler. Up to here nothing was written; from here on its result stands.
pub fn run(prepared: &Prepared, typed: &Spec, memo: &Memo, youngest_ns: i128) -> Result<Compile, Bypass> {
    let mut spec = typed.clone();
    // The command may have no depfile of its own: `-MD` into a file that is only in memory. No served output
    // records `-M` options (gcc leaves them out of `DW_AT_producer`, see gen_command_line_string in opts.cc).
    let mut memory = None;
    if prepared.depfile.is_none() && prepared.invocation.language.runs_preprocessor() {
        let (file, name) = memory_file().map_err(|error| Bypass::Store(format!("no place for a depfile: {error}")))?;
        spec.args.extend([OsString::from("-MD"), OsString::from("-MF"), name]);
        memory = Some(file);
    }
    spec.args.push(colour::ALWAYS.into());
    settle(memo.started_ns(), prepared.source.0.latest_ns().max(youngest_ns));
    let started_ns = coarse_now_ns();
    let clock = Instant::now();
    let finished = spec.run().map_err(|error| Bypass::CompilerUnknown(error.to_string()))?;
    let took_us = u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX);
    let own_depfile = memory.and_then(|mut file| {
        let mut text = Vec::new();
        file.rewind().ok()?;
        file.read_to_end(&mut text).ok()?;
        Some(text)
    });
    Ok(Compile { finished, took_us, started_ns, own_depfile })
}

impl Compile {
    /// Shows both streams as the bare compiler would have, and returns its exit status.
    pub fn show(&self, prepared: &Prepared, environment: &Environment) -> i32 {
        let _ = output::stdout(&self.finished.stdout);
        if !self.finished.stderr.is_empty() {
            if colour::wanted(prepared.invocation.colour, &prepared.compiler, environment) {
                output::stderr(&self.finished.stderr);
            } else {
                output::stderr(&colour::strip(&self.finished.stderr));
            }
        }
        self.finished.status.code().unwrap_or(1)
    }
}

/// An anonymous file, and the path under which children can open it.
fn memory_file() -> std::io::Result<(File, OsString)> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{MemfdFlags, memfd_create};
        // Without close-on-exec: the compiler proper inherits it through the driver.
        let file = File::from(memfd_create("packer-cc depfile", MemfdFlags::empty())?);
        let name = format!("/proc/self/fd/{}", file.as_raw_fd());
        if std::fs::metadata(&name).is_ok() {
            return Ok((file, name.into()));
        }
    }
    // Without /proc: a temporary file, removed with its last descriptor on our side but for its name.
    let (file, path) = tempfile::NamedTempFile::new()?.keep().map_err(|error| error.error)?;
    Ok((file, path.into()))
}

/// Waits until the file system's clock has moved past the time of every file that is known to be read.
///
/// A file that is changed while the compiler runs is told from one that was not by its times, which come in ticks
/// of a few milliseconds; a file written just before this process began must be on the earlier side. Files older
/// than a moment need no wait, which is nearly always so.
fn settle(process_started_ns: i128, youngest_ns: i128) {
    const MOMENT_NS: i128 = 50_000_000;
    const TRIES: u32 = 40;
    if youngest_ns + MOMENT_NS < process_started_ns {
        return;
    }
    for _ in 0..TRIES {
        if coarse_now_ns() > youngest_ns.max(process_started_ns) {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
}
