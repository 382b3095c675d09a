//! A hit: outputs are written as the compiler would have written them, then its words are said again.

use super::Prepared;
use super::depfile;
use crate::bypass::Bypass;
use crate::colour;
use crate::environment::Environment;
use crate::output;
use crate::store::entry::{Entry, Part};
use crate::store::restore::{self, Style};

/// What the compiler had said.
pub struct Diagnostics {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// Writes the outputs. The object comes last: a build tool that is stopped in between does not find it newer than
/// its depfile.
pub fn restore(prepared: &Prepared, entry: &Entry) -> Result<Diagnostics, Bypass> {
    let damaged = || Bypass::Store("an entry without the outputs of this command".to_owned());
    let written = |path: &std::ffi::OsStr, content: &[u8], style: Style| {
        restore::write(&prepared.path(path), content, style).map_err(|_| Bypass::Destination(path.to_owned()))
    };
    let said = |part| prepared.place.fill(entry.part(part).unwrap_or_default()).ok_or_else(damaged);
    let diagnostics = Diagnostics { stdout: said(Part::Stdout)?, stderr: said(Part::Stderr)? };
    let main = entry.part(Part::Main).ok_or_else(damaged)?;
    if let Some(name) = &prepared.depfile {
        let rendered = match entry.part(Part::DepfileNames) {
            Some(template) => depfile::render(template, &prepared.place, prepared.depfile_targets()),
            None => entry.part(Part::DepfileBytes).map(<[u8]>::to_vec),
        };
        written(name, &rendered.ok_or_else(damaged)?, Style::InPlace)?;
    }
    for (part, name) in prepared.side_outputs() {
        // Where the compiler wrote none, it left alone what stood there.
        if let Some(content) = entry.part(part) {
            written(name, content, prepared.side_style(part))?;
        }
    }
    written(&prepared.output, main, prepared.main_style())?;
    Ok(diagnostics)
}

/// Says again what the compiler had said, in colours if they are wanted here.
pub fn show(prepared: &Prepared, environment: &Environment, diagnostics: &Diagnostics) {
    if !diagnostics.stdout.is_empty() {
        let _ = output::stdout(&diagnostics.stdout);
    }
    if !diagnostics.stderr.is_empty() {
        output::stderr(&colour::decorate(&diagnostics.stderr, prepared.invocation.colour, environment));
    }
}
