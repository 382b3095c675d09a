//! A hit: outputs are written as the compiler would have written them, then its words are said again.

use super::Prepared;
use super::depfile;
use crate::bypass::Bypass;
use crate::colour;
use crate::environment::Environment;
use crate::faults::{self, Point};
use crate::output;
use crate::store::entry::{Entry, Part};
use crate::store::restore::{self, Style};
use std::borrow::Cow;
use std::ffi::OsStr;

/// A stored result as it looks here: under the names of this command, in this place.
pub struct Rendered<'a> {
    /// The outputs in the order they are written.
    pub files: Vec<File<'a>>,
    /// Side files the compiler did not write.
    pub unwritten: Vec<&'a OsStr>,
    /// What the compiler said on standard output.
    pub stdout: Vec<u8>,
    /// What it said on standard error, with colours if any.
    pub stderr: Vec<u8>,
}

/// One output.
pub struct File<'a> {
    /// As the compiler spells it.
    pub name: &'a OsStr,
    pub content: Cow<'a, [u8]>,
    style: Style,
}

/// Renders an entry. The main output comes last: a build tool that is stopped in between does not find it newer than
/// its depfile.
///
/// # Errors
/// When the entry lacks an output of this command.
pub fn render<'a>(prepared: &'a Prepared, entry: &'a Entry) -> Result<Rendered<'a>, Bypass> {
    let damaged = || Bypass::Store("an entry without the outputs of this command".to_owned());
    let said = |part| prepared.place.fill(entry.part(part).unwrap_or_default()).ok_or_else(damaged);
    let stored = |part| entry.part(part).map(Cow::Borrowed).ok_or_else(damaged);
    let (mut files, mut unwritten) = (Vec::new(), Vec::new());
    if let Some(name) = &prepared.depfile {
        let content = match entry.part(Part::DepfileNames) {
            Some(template) => {
                let rendered = depfile::render(template, &prepared.place, prepared.depfile_targets());
                Cow::Owned(rendered.ok_or_else(damaged)?)
            }
            None => stored(Part::DepfileBytes)?,
        };
        files.push(File { name, content, style: Style::InPlace });
    }
    for (part, name) in prepared.side_outputs() {
        // Where the compiler wrote none, it left alone what stood there.
        match entry.part(part) {
            Some(content) => {
                files.push(File { name, content: Cow::Borrowed(content), style: prepared.side_style(part) });
            }
            None => unwritten.push(name),
        }
    }
    files.push(File { name: &prepared.output, content: stored(Part::Main)?, style: prepared.main_style() });
    Ok(Rendered { files, unwritten, stdout: said(Part::Stdout)?, stderr: said(Part::Stderr)? })
}

impl Rendered<'_> {
    /// Writes the outputs.
    ///
    /// # Errors
    /// When one cannot be written; the compiler then runs and says so in its own words.
    pub fn restore(&self, prepared: &Prepared) -> Result<(), Bypass> {
        for (nth, file) in self.files.iter().enumerate() {
            if nth + 1 == self.files.len() {
                faults::at(Point::DepfileRestored);
            }
            restore::write(&prepared.path(file.name), &file.content, file.style)
                .map_err(|_| Bypass::Destination(file.name.to_owned()))?;
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
            output::stderr(&colour::decorate(&self.stderr, prepared.invocation.colour, environment));
        }
    }
}
