//! Depfiles between bytes and templates: names are stored rooted, the layout by name, the targets not at all.

use super::Prepared;
use crate::codec::{Reader, Writer};
use crate::compiler::Family;
use crate::depfile::{self, Depfile, Layout};
use crate::paths::{Base, Place};

/// A depfile as it goes into an entry.
pub enum Kept {
    /// A template: it is written out for any place and any target.
    Names(Vec<u8>),
    /// The bytes, which belong to this place and these names.
    Bytes(Vec<u8>),
}

/// Makes a template of the depfile the compiler wrote, if one can give the very same bytes again.
pub fn keep(prepared: &Prepared, text: &[u8]) -> Kept {
    let layouts: &[Layout] = match prepared.compiler.family {
        Family::Gcc => &[Layout::Gcc, Layout::GccOld],
        Family::Clang => &[Layout::Clang, Layout::ClangOld],
    };
    let template = || {
        let parsed = depfile::parse(text, &prepared.depfile_targets())?;
        let layout = depfile::recognise(text, &parsed, layouts)?;
        let mut out = Writer::default();
        out.byte(layout as u8).byte(u8::from(parsed.phony)).count(parsed.names.len());
        for name in &parsed.names {
            let rooted = prepared.place.rooted(name);
            out.byte(rooted.base.byte()).bytes(&rooted.rest);
        }
        Some(out.0)
    };
    template().map_or_else(|| Kept::Bytes(text.to_vec()), Kept::Names)
}

/// Writes a template out for this place and these targets; `None` if it is damaged or names a base this place lacks.
pub fn render(template: &[u8], place: &Place, targets: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let mut from = Reader(template);
    let layout = Layout::from_byte(from.byte()?)?;
    let phony = from.byte()? != 0;
    let mut names = Vec::new();
    for _ in 0..from.count(5)? {
        names.push(place.spelled(Base::from_byte(from.byte()?)?, from.bytes()?)?);
    }
    from.end()?;
    Some(depfile::render(&Depfile { targets, names, phony }, layout))
}
