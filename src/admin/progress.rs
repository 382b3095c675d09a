//! How far long work has come, on a terminal. Elsewhere nothing is shown.

use super::terminal::Terminal;
use crate::output;
use std::time::{Duration, Instant};

/// A line on standard error that is written over again, and gone at the end.
pub struct Progress<'a> {
    terminal: Option<&'a Terminal>,
    what: &'static str,
    done: usize,
    all: usize,
    shown: Instant,
}

/// How long a line stands at least: it changes often enough to be seen moving.
const PACE: Duration = Duration::from_millis(100);

/// Goes to the start of the line, and erases what stands there (ECMA-48, `EL`).
const ERASE: &str = "\r\x1b[K";

impl<'a> Progress<'a> {
    /// Begins work of `all` steps.
    pub fn new(terminal: &'a Terminal, what: &'static str, all: usize) -> Self {
        let terminal = Some(terminal).filter(|terminal| terminal.shows_progress());
        let mut progress = Self { terminal, what, done: 0, all, shown: Instant::now() };
        progress.show();
        progress
    }

    /// One step is done.
    pub fn step(&mut self) {
        self.done += 1;
        if self.terminal.is_some() && self.shown.elapsed() >= PACE {
            self.show();
        }
    }

    fn show(&mut self) {
        if self.terminal.is_some() {
            self.shown = Instant::now();
            output::stderr(format!("{ERASE}{} {} of {}", self.what, self.done, self.all).as_bytes());
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.terminal.is_some() {
            output::stderr(ERASE.as_bytes());
        }
    }
}
