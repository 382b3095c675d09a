//! The process's own output, the only place that prints.
//!
//! Bytes go straight to the descriptor, without a buffer that an `exec` or an exit would lose. A reader that went
//! away (`| head`) is no error: whoever prints goes on and is not told.
#![expect(clippy::disallowed_methods, reason = "the one place that prints")]

use crate::environment::Environment;
use rustix::fd::BorrowedFd;
use rustix::io::Errno;
use std::io;
use std::thread;
use std::time::Duration;

/// Writes to standard output.
///
/// # Errors
/// When the bytes cannot be written. That nobody reads them is no error.
pub fn stdout(bytes: &[u8]) -> io::Result<()> {
    write(rustix::stdio::stdout(), bytes)
}

/// Writes to standard error. There is nobody left to tell when that fails.
pub fn stderr(bytes: &[u8]) {
    let _ = write(rustix::stdio::stderr(), bytes);
}

/// Whether standard output may be coloured: a terminal that can, and a user who did not say `NO_COLOR`.
pub fn stdout_takes_colour(environment: &Environment) -> bool {
    takes_colour(environment, rustix::termios::isatty(rustix::stdio::stdout()))
}

/// Whether all three standard streams are open.
pub fn streams_are_open() -> bool {
    [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()]
        .into_iter()
        .all(|stream| rustix::io::fcntl_getfd(stream).is_ok())
}

/// Whether standard error is a terminal.
pub fn stderr_is_terminal() -> bool {
    rustix::termios::isatty(rustix::stdio::stderr())
}

/// Whether standard error may be coloured, see [`stdout_takes_colour`].
pub fn stderr_takes_colour(environment: &Environment) -> bool {
    takes_colour(environment, rustix::termios::isatty(rustix::stdio::stderr()))
}

/// Whether standard error is a terminal on which a line can be written over. `NO_COLOR` is about colours only.
pub fn stderr_takes_progress(environment: &Environment) -> bool {
    stderr_is_terminal() && environment.get("TERM").is_some_and(|term| term != "dumb")
}

fn takes_colour(environment: &Environment, terminal: bool) -> bool {
    let dumb = environment.get("TERM").is_none_or(|term| term == "dumb");
    terminal && !dumb && environment.get_nonempty("NO_COLOR").is_none()
}

/// How long a full pipe is waited for before the next attempt.
const PAUSE: Duration = Duration::from_millis(1);

fn write(stream: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(stream, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::PIPE) => return Ok(()),
            Err(Errno::INTR) => {}
            // Whoever shares this pipe may have made it non-blocking for all. A full one then has to be waited for.
            Err(Errno::AGAIN) => thread::sleep(PAUSE),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_of_people_who_want_them() {
        let env = |vars: &[(&str, &str)]| Environment::from_vars(vars.to_vec());
        assert!(takes_colour(&env(&[("TERM", "xterm")]), true));
        assert!(takes_colour(&env(&[("TERM", "xterm"), ("NO_COLOR", "")]), true));
        assert!(!takes_colour(&env(&[("TERM", "xterm")]), false));
        assert!(!takes_colour(&env(&[("TERM", "xterm"), ("NO_COLOR", "1")]), true));
        assert!(!takes_colour(&env(&[("TERM", "dumb")]), true));
        assert!(!takes_colour(&env(&[]), true));
    }
}
