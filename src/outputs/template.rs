//! Templates of depfiles: what is kept of one, and how it is written out again.
//!
//! ```text
//! layout u8 | phony u8 | names u32, each: base u8, rest
//! ```
//!
//! The names are rooted. The targets are not kept: they are those of the command that is served.

use crate::codec::{Reader, Writer};
use crate::outputs::depfile::{self, Depfile, DepfileLayout};
use crate::paths::{Base, Place};
use crate::toolchain::Family;

/// The fewest bytes of a name in a template: its base, and a length.
const SHORTEST_NAME: usize = 1 + 4;

/// Reads the depfile that a compiler of this family wrote, with its layout. `None` unless both give the very same
/// bytes again.
pub fn read(text: &[u8], family: Family, targets: &[Vec<u8>]) -> Option<(Depfile, DepfileLayout)> {
    let layouts: &[DepfileLayout] = match family {
        Family::Gcc => &[DepfileLayout::Gcc, DepfileLayout::GccOld],
        Family::Clang => &[DepfileLayout::Clang, DepfileLayout::ClangOld],
    };
    let parsed = depfile::parse(text, targets)?;
    let layout = depfile::recognise(text, &parsed, layouts)?;
    Some((parsed, layout))
}

/// Makes a template: it can be written out for any place and any targets.
pub fn template(depfile: &Depfile, layout: DepfileLayout, place: &Place) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(layout as u8).byte(u8::from(depfile.phony)).count(depfile.names.len());
    for name in &depfile.names {
        let rooted = place.rooted(name);
        out.byte(rooted.base.byte()).bytes(&rooted.rest);
    }
    out.0
}

/// Writes a template out for this place and these targets; `None` if it is damaged or names a base this place lacks.
pub fn render(template: &[u8], place: &Place, targets: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let mut from = Reader(template);
    let layout = DepfileLayout::from_byte(from.byte()?)?;
    let phony = from.byte()? != 0;
    let mut names = Vec::new();
    for _ in 0..from.count(SHORTEST_NAME)? {
        names.push(place.spelled(Base::from_byte(from.byte()?)?, from.bytes()?)?);
    }
    from.end()?;
    Some(depfile::render(&Depfile { targets, names, phony }, layout))
}
