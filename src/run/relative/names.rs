//! After a compile: depfile and diagnostics are spelled as typed where they were left.

use super::super::prepare::Prepared;
use super::rewritten::Rewritten;
use crate::bounded;
use crate::command::sides::Style;
use crate::disk::stamp::Stamp;
use crate::outputs::{self, depfile, restore, template};
use crate::toolchain::run::Finished;
use std::io::Write as _;

impl Rewritten {
    /// After the compile: diagnostics and the depfile with the names as typed. Returns the user's depfile as the compiler
    /// wrote it, and whether all names could be told. A depfile of a form that is not known stays as it is: its names
    /// mean the same files. `own` is the depfile the user knows nothing of.
    pub fn name_as_typed(
        &self,
        prepared: &Prepared,
        started_ns: i128,
        finished: &mut Finished,
        own: Option<&[u8]>,
    ) -> (Option<Vec<u8>>, bool) {
        let family = prepared.compiler.family;
        let written = prepared.depfile.as_ref().and_then(|name| {
            let path = prepared.path(name);
            let is_ours = Stamp::of_link(&path).is_ok_and(|stamp| stamp.is_file() && stamp.latest_ns() >= started_ns);
            let text = bounded::read(&path, outputs::LIMIT).ok().filter(|_| is_ours)?;
            if let Some((depfile, layout)) = template::read(&text, family, &prepared.compiler_targets()) {
                let typed = depfile::render(&self.depfile(depfile, family), layout);
                // What cannot be written stays what the compiler wrote.
                let _ = if typed == text {
                    Ok(())
                } else {
                    restore::write(&path, Style::InPlace, true, |file| file.write_all(&typed))
                };
            }
            Some(text)
        });
        if finished.stderr.is_empty() {
            return (written, true);
        }
        let listed = written.as_deref().or(own).and_then(|text| prepared.all_listed(text));
        let diagnostics = self.diagnostics(&finished.stderr, &listed.unwrap_or_default());
        let is_clear = diagnostics.is_some();
        if let Some(diagnostics) = diagnostics {
            finished.stderr = diagnostics;
        }
        (written, is_clear)
    }
}
