//! The one module that starts processes: the compile itself, probes, and `exec` for everything that is not served.

use crate::toolchain::locate::SKIP;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// A command, complete.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The executable.
    pub program: PathBuf,
    /// What it is told its name is. Compilers print it and find their parts by it.
    pub argv0: OsString,
    /// The arguments after argv\[0\].
    pub args: Vec<OsString>,
    /// Variables that are set for it.
    pub env: Vec<(&'static str, &'static str)>,
    /// The value of [`SKIP`], so that a packer-cc further down does not find this one.
    pub skip: OsString,
}

/// What a finished compile left, files aside.
#[derive(Debug)]
pub struct Finished {
    /// Exit status or signal.
    pub status: ExitStatus,
    /// All of standard output.
    pub stdout: Vec<u8>,
    /// All of standard error.
    pub stderr: Vec<u8>,
}

impl Spec {
    #[expect(clippy::disallowed_methods, reason = "the one module that starts processes")]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg0(&self.argv0).args(&self.args).env(SKIP, &self.skip);
        command.envs(self.env.iter().copied());
        command
    }

    /// Becomes the command. Signals and exit status are then its own.
    ///
    /// # Errors
    /// Only returns if the program could not be started.
    pub fn exec(&self) -> io::Error {
        self.command().exec()
    }

    /// Runs the command, standard input inherited, both streams captured. Signals that ask this process to end
    /// are passed on to the command, whose end then decides: it removes its temporary files and half-written
    /// outputs, which it could not do for a signal that only reached its parent.
    ///
    /// # Errors
    /// When the program could not be started or its streams could not be read.
    pub fn run(&self) -> io::Result<Finished> {
        let child = self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let _forwarding = signals::Forwarding::to(&child);
        let output = child.wait_with_output()?;
        Ok(Finished { status: output.status, stdout: output.stdout, stderr: output.stderr })
    }

    /// Asks the preprocessor about a compile: in the same environment, without standard input.
    ///
    /// # Errors
    /// When the program could not be started.
    pub fn ask(&self) -> io::Result<Finished> {
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn()?;
        let _forwarding = signals::Forwarding::to(&child);
        let output = child.wait_with_output()?;
        Ok(Finished { status: output.status, stdout: output.stdout, stderr: output.stderr })
    }

    /// Runs a question to the compiler: no standard input, untranslated messages, and without the variables that
    /// add include directories, so that the answer is about the compiler alone.
    ///
    /// # Errors
    /// When the program could not be started.
    pub fn probe(&self) -> io::Result<Finished> {
        let mut command = self.command();
        command.stdin(Stdio::null()).env("LC_ALL", "C");
        for name in super::environment::INCLUDE_PATHS {
            command.env_remove(name);
        }
        let output = command.output()?;
        Ok(Finished { status: output.status, stdout: output.stdout, stderr: output.stderr })
    }
}

/// What a program's loader says it would do.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The libraries it loads.
    pub libraries: Vec<PathBuf>,
    /// Where it looks for them, and what it reads to know where.
    pub tried: Vec<PathBuf>,
}

/// The shared libraries a dynamically linked program loads, asked of its own loader (`ld.so --list`), so that
/// `RUNPATH`, `LD_LIBRARY_PATH`, `LD_PRELOAD` and the loader's cache count as they do for the program. glibc's loader
/// also tells each place it looked in vain (`LD_DEBUG=libs`).
///
/// # Errors
/// When the loader could not be started or refuses the program.
#[expect(clippy::disallowed_methods, reason = "the one module that starts processes")]
pub fn loaded_libraries(loader: &Path, program: &Path) -> io::Result<Loaded> {
    let mut command = Command::new(loader);
    command.arg("--list").arg(program).env("LD_DEBUG", "libs").env_remove("LD_DEBUG_OUTPUT").stdin(Stdio::null());
    let output = command.output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{} --list failed", loader.display())));
    }
    // "\tlibz.so.1 => /lib/libz.so.1 (0x…)" or "\t/lib64/ld-linux-x86-64.so.2 (0x…)"
    let text = String::from_utf8_lossy(&output.stdout);
    let libraries = text.lines().filter_map(|line| {
        let line = line.rsplit_once(" (")?.0;
        let path = line.split_once(" => ").map_or(line, |(_, path)| path).trim();
        path.contains('/').then(|| PathBuf::from(path))
    });
    // "  1234:\t  trying file=/opt/lib/libz.so.1"
    let told = String::from_utf8_lossy(&output.stderr);
    let tried = told.lines().filter_map(|line| line.split_once("trying file=")).map(|(_, path)| PathBuf::from(path));
    Ok(Loaded { libraries: libraries.collect(), tried: tried.collect() })
}

/// What shells add to a signal's number to report it as an exit status.
const SIGNALLED: i32 = 128;

/// Ends this process as the command ended: with its exit status, or by its signal.
pub fn end_like(status: ExitStatus) -> i32 {
    if let Some(code) = status.code() {
        return code;
    }
    let signal = status.signal().unwrap_or(0);
    signals::raise(signal);
    // Only reached if the signal is ignored or blocked here.
    SIGNALLED + signal
}

/// Has a write beyond the size that a file may have (`RLIMIT_FSIZE`) fail, instead of ending this process by SIGXFSZ: the cache's files
/// may be larger than all that the compiler writes. The compiler itself starts with the signal as it was.
pub fn survive_file_size_limit() {
    signals::ignore_in_this_process(signal_hook::consts::SIGXFSZ);
}

mod signals {
    use rustix::process::{Pid, Signal, kill_process};
    use std::process::Child;
    use std::sync::atomic::{AtomicI32, Ordering};

    static CHILD: AtomicI32 = AtomicI32::new(0);
    const PASSED_ON: [i32; 4] = [
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
        signal_hook::consts::SIGQUIT,
    ];

    /// While it lives, signals that would end this process go to the child instead. The handlers stay, and do what
    /// would have happened without them.
    pub struct Forwarding;

    impl Forwarding {
        #[expect(unsafe_code, reason = "a signal handler that only calls kill, which is async-signal-safe")]
        pub fn to(child: &Child) -> Self {
            CHILD.store(i32::try_from(child.id()).unwrap_or(0), Ordering::SeqCst);
            for number in PASSED_ON {
                // SAFETY: the handler touches an atomic, and calls kill(2) or what signal-hook offers for handlers.
                let _ = unsafe { signal_hook::low_level::register(number, move || pass_on(number)) };
            }
            Self
        }
    }

    impl Drop for Forwarding {
        fn drop(&mut self) {
            CHILD.store(0, Ordering::SeqCst);
        }
    }

    /// Sets a handler that does nothing. Programs started from here do not inherit it, as they would inherit an ignored signal.
    #[expect(unsafe_code, reason = "a signal handler that does nothing")]
    pub fn ignore_in_this_process(number: i32) {
        // SAFETY: the handler does nothing.
        let _ = unsafe { signal_hook::low_level::register(number, || ()) };
    }

    fn pass_on(number: i32) {
        match (Pid::from_raw(CHILD.load(Ordering::SeqCst)), Signal::from_named_raw(number)) {
            (Some(pid), Some(signal)) => {
                let _ = kill_process(pid, signal);
            }
            _ => {
                let _ = signal_hook::low_level::emulate_default_handler(number);
            }
        }
    }

    /// Ends this process by `signal`, with the default action.
    pub fn raise(signal: i32) {
        let _ = signal_hook::low_level::emulate_default_handler(signal);
        // Reached by signals whose default is not an end, and by SIGKILL, which has no handler to reset.
        if let Some(signal) = Signal::from_named_raw(signal) {
            let _ = kill_process(rustix::process::getpid(), signal);
        }
    }
}
