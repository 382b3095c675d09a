//! Which of the files that were read may have taken in their own names.
//!
//! ```c
//! #define FAIL(x) fail(x, __FILE__)    // base.h says it, and takes in nothing
//! if (n < 0) FAIL("negative");         // a.c says FAIL, and takes in "a.c"
//! ```
//!
//! `__FILE__` is the name of the file in which the outermost macro stands (GCC manual, "Standard Predefined Macros"). That file says the name
//! of that macro, which leads by bodies of macros to `__FILE__`.

use super::compiled::Compiled;
use super::mentions::{edges, saying, texts};
use super::read_set::{ReadSet, Text, WholeTexts};
use super::tree::Tree;
use crate::reason::Cause;
use crate::text::questions::MacroUse;
use crate::text::vocabulary::Said;
use crate::text::{names_callers, questions};
use memchr::memmem;

const FILE: &[u8] = b"__FILE__";

/// The name of the source, wherever it stands.
const SOURCE: &[u8] = b"__BASE_FILE__";

/// So many macros are followed. Texts in which more of them lead to names are not looked through.
const MACROS: usize = 256;

impl ReadSet {
    /// The files that may have taken in their own names, the source among them; `None` if any may. This reads all texts.
    ///
    /// # Errors
    /// Where a text cannot be read any more, or there is more text than a compile may take.
    pub fn namers(&mut self, compiled: &Compiled<'_>, tree: &mut dyn Tree) -> Result<Option<Vec<Vec<u8>>>, Cause> {
        if self.pastes_file_names {
            return Ok(None);
        }
        let texts = texts(self, compiled, tree)?;
        let Some(takes) = takers(&texts) else { return Ok(None) };
        // The first text is that of the command line, and the last one the source.
        let paths = self.files.iter().map(|file| file.path.as_slice()).chain([compiled.source]);
        let taking = paths.zip(&takes[1..]).filter(|(_, takes)| **takes).map(|(path, _)| path.to_vec());
        Ok(if takes[0] { None } else { Some(taking.collect()) })
    }
}

/// For each of the texts whether it takes in the name of its file; `None` where that cannot be told.
fn takers(texts: &WholeTexts) -> Option<Vec<bool>> {
    let all = || texts.all.iter().map(|text| &*text.bytes);
    if all().any(names_callers) {
        return None;
    }
    let mut takes = vec![false; texts.all.len()];
    let macros = follow(&texts.all, &mut takes)?;
    if may_paste(texts, &macros.iter().skip(1).map(Vec::as_slice).collect::<Vec<_>>()) {
        return None;
    }
    if all().any(|text| memmem::find(text, SOURCE).is_some()) {
        *takes.last_mut()? = true;
    }
    Some(takes)
}

/// The macros that lead to [`FILE`], itself the first of them; marks the texts that say one outside of a macro's body. `None` if they are too
/// many, or a body cannot be told.
fn follow(texts: &[Text], takes: &mut [bool]) -> Option<Vec<Vec<u8>>> {
    let mut macros: Vec<Vec<u8>> = vec![FILE.to_vec()];
    let mut followed = 0;
    while followed < macros.len() {
        if macros.len() > MACROS {
            return None;
        }
        let name = macros[followed].clone();
        followed += 1;
        for (text, takes) in texts.iter().zip(&mut *takes) {
            match text.words.as_ref().map_or(Said::Perhaps, |words| words.place(&name)) {
                Said::Nowhere => continue,
                Said::Here => {
                    *takes = true;
                    continue;
                }
                Said::Perhaps => {}
            }
            let mentions = questions::mentions(text.readings(), &name)?;
            *takes |= mentions.here;
            let new = mentions.bodies.into_iter().filter(|body| !macros.contains(body)).collect::<Vec<_>>();
            macros.extend(new);
        }
    }
    Some(macros)
}

/// Whether the texts may paste one of the names.
fn may_paste(texts: &WholeTexts, names: &[&[u8]]) -> bool {
    if let Some(words) = texts.words() {
        return names.iter().any(|name| words.paste_in_code(name));
    }
    let mut pasted: Vec<MacroUse> = names.iter().map(|name| MacroUse::of_numbers(name)).collect();
    for text in saying(&texts.all, names.iter().flat_map(|name| edges(name))) {
        for (found, of_all) in questions::expands(text.readings(), names).into_iter().zip(&mut pasted) {
            of_all.begins |= found.begins;
            of_all.ends |= found.ends;
        }
    }
    let doubted = names.iter().zip(pasted).filter(|(_, found)| found.begins && found.ends);
    let doubted: Vec<&[u8]> = doubted.map(|(name, _)| *name).collect();
    let parts = doubted.iter().flat_map(|name| (1..=name.len()).flat_map(|len| name.windows(len)));
    !doubted.is_empty() && questions::paste(saying(&texts.all, parts).map(Text::readings), &doubted)
}
