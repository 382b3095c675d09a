//! `PACKER_CC_LOG`: one line a decision, readable from top to bottom for one compile.
//!
//! The lines of a run are written at its end in one piece, so that those of concurrent runs do not mix.

use std::fmt::Display;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

/// The lines of one run.
#[derive(Debug, Default)]
pub struct Log {
    file: Option<PathBuf>,
    lines: String,
}

impl Log {
    /// A log that goes nowhere until [`Log::open`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the file.
    pub fn open(&mut self, file: Option<PathBuf>) {
        self.file = file;
    }

    /// Whether anybody asked for the lines: some cost more to make than to write.
    pub fn is_wanted(&self) -> bool {
        self.file.is_some()
    }

    /// Notes one decision.
    pub fn say(&mut self, decision: &str, about: impl Display) {
        if self.file.is_some() {
            let pid = std::process::id();
            self.lines.push_str(&format!("[{pid}] {decision}: {about}\n"));
        }
    }

    /// Writes the lines. A log that cannot be written is not worth a build.
    pub fn flush(&mut self) {
        if let Some(path) = &self.file
            && !self.lines.is_empty()
        {
            // The file is the user's own, so a link is followed. A pipe that nobody reads is not waited for.
            let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
            let file = std::fs::File::options().append(true).create(true).custom_flags(nonblocking).open(path);
            let _ = file.and_then(|mut file| file.write_all(self.lines.as_bytes()));
            self.lines.clear();
        }
    }
}
