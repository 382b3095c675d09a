//! Depfiles between bytes and templates: names are stored rooted, the layout by name, the targets not at all.

use crate::codec::{Reader, Writer};
use crate::compiler::Family;
use crate::depfile::{self, Depfile, Layout};
use crate::paths::{Base, Place};

/// Makes a template of the depfile that a compiler of this family wrote: it can be written out for any place and any
/// targets. `None` unless it gives the very same bytes again for these.
pub fn template(text: &[u8], family: Family, place: &Place, targets: &[Vec<u8>]) -> Option<Vec<u8>> {
    let layouts: &[Layout] = match family {
        Family::Gcc => &[Layout::Gcc, Layout::GccOld],
        Family::Clang => &[Layout::Clang, Layout::ClangOld],
    };
    let parsed = depfile::parse(text, targets)?;
    let layout = depfile::recognise(text, &parsed, layouts)?;
    let mut out = Writer::default();
    out.byte(layout as u8).byte(u8::from(parsed.phony)).count(parsed.names.len());
    for name in &parsed.names {
        let rooted = place.rooted(name);
        out.byte(rooted.base.byte()).bytes(&rooted.rest);
    }
    Some(out.0)
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
