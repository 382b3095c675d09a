//! A hit: outputs are written as the compiler would have written them, then its words are said again.

use super::Prepared;
use super::depfile;
use crate::bypass::Bypass;
use crate::colour::Wanted;
use crate::environment::Environment;
use crate::output;
use crate::store::entry::{Entry, Part};
use crate::store::restore::{self, Style};

/// What the compiler had said.
pub struct Diagnostics<'a> {
    stdout: &'a [u8],
    stderr: &'a [u8],
}

/// Writes the outputs. The object comes last: a build tool that is stopped in between does not find it newer than
/// its depfile.
pub fn restore<'a>(prepared: &Prepared, entry: &'a Entry) -> Result<Diagnostics<'a>, Bypass> {
    let damaged = || Bypass::Store("an entry without the outputs of this command".to_owned());
    let written = |path: &std::ffi::OsStr, content: &[u8], style: Style| {
        restore::write(&prepared.path(path), content, style).map_err(|_| Bypass::Destination(path.to_owned()))
    };
    let main = entry.part(Part::Main).ok_or_else(damaged)?;
    if let Some(name) = &prepared.depfile {
        let rendered = match entry.part(Part::DepfileNames) {
            Some(template) => depfile::render(template, &prepared.place, prepared.depfile_targets()),
            None => entry.part(Part::DepfileBytes).map(<[u8]>::to_vec),
        };
        written(name, &rendered.ok_or_else(damaged)?, Style::InPlace)?;
    }
    for (part, name) in prepared.side_outputs() {
        written(name, entry.part(part).ok_or_else(damaged)?, Style::InPlace)?;
    }
    written(&prepared.output, main, prepared.main_style())?;
    Ok(Diagnostics {
        stdout: entry.part(Part::Stdout).unwrap_or_default(),
        stderr: entry.part(Part::Stderr).unwrap_or_default(),
    })
}

/// Says again what the compiler had said, in colours if they are wanted here.
pub fn show(prepared: &Prepared, environment: &Environment, diagnostics: &Diagnostics<'_>) {
    if !diagnostics.stdout.is_empty() {
        let _ = output::stdout(diagnostics.stdout);
    }
    if !diagnostics.stderr.is_empty() {
        let wanted = Wanted::here(prepared.invocation.colour, &prepared.compiler, environment);
        output::stderr(&wanted.apply(diagnostics.stderr));
    }
}
