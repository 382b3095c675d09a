//! A hit: outputs are written as the compiler would have written them, then its words are said again.

use super::prepare::Prepared;
use crate::colour;
use crate::command::SideOutput;
use crate::command::sides::Style;
use crate::environment::Environment;
use crate::faults::{self, Point};
use crate::output;
use crate::outputs::restore;
use crate::outputs::{OutputPart, template};
use crate::reason::{Cause, Reason};
use crate::store::entry::{PartContent, Stored};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A stored result as it looks here: under the names of this command, in this place.
pub struct Rendered<'a> {
    /// The outputs in the order they are written.
    pub files: Vec<OutputFile<'a>>,
    /// Side files the compiler did not write.
    pub unwritten: Vec<&'a OsStr>,
    /// What the compiler removes.
    removed: Vec<PathBuf>,
    /// What the compiler said on standard output.
    pub stdout: Vec<u8>,
    /// What it said on standard error, with colours if any.
    pub stderr: Vec<u8>,
}

/// One output.
pub struct OutputFile<'a> {
    /// As the compiler spells it.
    pub name: &'a OsStr,
    pub content: Output<'a>,
    style: Style,
}

/// What goes into a file.
pub enum Output<'a> {
    /// As it is stored.
    Stored(PartContent<'a>),
    /// Made for this command.
    Made(Vec<u8>),
}

impl Output<'_> {
    /// All of it; `None` if it cannot be decompressed.
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Stored(content) => content.bytes().map(Cow::Owned),
            Self::Made(bytes) => Some(Cow::Borrowed(bytes)),
        }
    }
}

fn damaged() -> Cause {
    Reason::Store.about("an entry without the outputs of this command")
}

/// Renders an entry. The main output comes last: a build tool that is stopped in between does not find it newer than
/// its depfile.
///
/// # Errors
/// When the entry lacks an output of this command.
pub fn render<'a>(prepared: &'a Prepared, entry: &'a Stored) -> Result<Rendered<'a>, Cause> {
    let said = |part| {
        let Some(content) = entry.part(part) else { return Ok(Vec::new()) };
        content.bytes().and_then(|template| prepared.place.fill(&template)).ok_or_else(damaged)
    };
    let stored = |part| entry.part(part).map(Output::Stored).ok_or_else(damaged);
    let (mut files, mut unwritten, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(name) = &prepared.depfile {
        let content = match entry.part(OutputPart::DepfileNames) {
            Some(names) => {
                let names = names.bytes().ok_or_else(damaged)?;
                let rendered = template::render(&names, &prepared.place, prepared.depfile_targets());
                Output::Made(rendered.ok_or_else(damaged)?)
            }
            None => stored(OutputPart::DepfileBytes)?,
        };
        files.push(OutputFile { name, content, style: Style::InPlace });
    }
    for SideOutput { kind, name } in &prepared.job.side_outputs {
        let extension = kind.side().removes(prepared.compiler.family).filter(|_| prepared.job.has_random_seed());
        removed.extend(extension.map(|extension| Path::new(name).with_extension(extension)));
        // Where the compiler wrote none, it left alone what stood there.
        match entry.part(OutputPart::Side(*kind)) {
            Some(content) => {
                let style = kind.side().style(prepared.compiler.family);
                files.push(OutputFile { name, content: Output::Stored(content), style });
            }
            None => unwritten.push(name.as_os_str()),
        }
    }
    files.push(OutputFile { name: &prepared.output, content: stored(OutputPart::Main)?, style: prepared.main_style() });
    Ok(Rendered { files, unwritten, removed, stdout: said(OutputPart::Stdout)?, stderr: said(OutputPart::Stderr)? })
}

impl Rendered<'_> {
    /// Writes the outputs.
    ///
    /// # Errors
    /// When one cannot be written; the compiler then runs and says so in its own words. [`Reason::Store`] when one cannot
    /// be decompressed.
    pub fn restore(&self, prepared: &Prepared) -> Result<(), Cause> {
        for file in &self.removed {
            let _ = fs::remove_file(prepared.path(file.as_os_str()));
        }
        for (nth, file) in self.files.iter().enumerate() {
            if nth + 1 == self.files.len() {
                faults::at(Point::DepfileRestored);
            }
            let path = prepared.path(file.name);
            let written = restore::write(&path, file.style, prepared.stood_at(file.name), |to| match &file.content {
                Output::Stored(content) => content.write(to),
                Output::Made(bytes) => to.write_all(bytes),
            });
            if let Err(error) = written {
                return Err(match error.kind() {
                    io::ErrorKind::InvalidData => damaged(),
                    _ => Reason::Destination.about(file.name),
                });
            }
        }
        faults::at(Point::Restored);
        Ok(())
    }

    /// Says again what the compiler had said, in colours if they are wanted here.
    pub fn show(&self, prepared: &Prepared, environment: &Environment) {
        if !self.stdout.is_empty() {
            let _ = output::stdout(&self.stdout);
        }
        if !self.stderr.is_empty() {
            output::stderr(&colour::decorate(&self.stderr, prepared.job.colour, environment));
        }
    }
}
