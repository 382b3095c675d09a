//! Directives and questions, followed to the files that they find.

use super::places::{Spot, places};
use super::state::Search;
use crate::inputs::absences::Absence;
use crate::reason::{Cause, Reason};
use crate::text::{IncludeForm, Mention};

impl Search<'_, '_> {
    /// Follows a directive to the file that it finds.
    pub(super) fn resolve(&mut self, mention: &Mention, dir: &[u8], system: bool) -> Result<(), Cause> {
        // Only quoted names depend on where the file that names them is.
        let relative_to = if mention.form == IncludeForm::Quote { dir } else { b"" };
        if !self.is_first(mention, relative_to, system) {
            return Ok(());
        }
        // Whether depfile or preprocessor name system headers too.
        let is_told = self.compiled.complete || self.compiled.answer.is_some();
        // `-Ia -Ib -Ia`: compilers keep one of the two places of `a`. So a header in `a` may have been found at the last one, and all
        // places before that count.
        let mut until = None;
        for spot in places(self.compiled.path, mention, dir, system) {
            let Spot { path: place, system, number, last } = spot;
            self.spend()?;
            self.refuse_precompiled(&place)?;
            let Some(node) = self.tree.node(&place).filter(|node| !node.is_dir) else {
                // A depfile names the headers that were there, but for system headers under `-MMD`. Such a header may have been there while
                // the compiler ran, and be gone before the preprocessor was asked.
                if system && !self.compiled.complete && !self.tree.was_absent(&place) {
                    return Err(Reason::InputChanged.about_path(&place));
                }
                self.missing.insert(Absence::Nothing(place));
                continue;
            };
            // The file may have come after the compiler had looked for it.
            if !self.tree.stood(&place) {
                return Err(Reason::InputChanged.about_path(&place));
            }
            // It is not known here where the search of `#include_next` began: every place at which a file stands counts.
            let until = until.get_or_insert(last);
            let stop = !mention.next && number >= *until;
            match self.known.get(&node.id) {
                // `None`: nothing led to `x.h` before. `Some(false)`: `#if __has_include(<x.h>)` found `x.h`, so that only its presence
                // counts, or a user's header included it, so that the depfile names what it includes. Either way its directives are
                // followed now.
                Some(false) | None if system && !is_told => self.add(place, true, false)?,
                Some(_) if self.is_tracked(&place) => {}
                Some(_) => self.track_again(place)?,
                None if node.is_empty => {}
                None => drop(self.skipped.insert(place)),
            }
            if stop {
                break;
            }
        }
        Ok(())
    }

    /// `__has_include`: what it found must stay, what it did not find must stay away.
    pub(super) fn ask(&mut self, mention: &Mention, dir: &[u8]) -> Result<(), Cause> {
        let mut until = None;
        for Spot { path: place, number, last, .. } in places(self.compiled.path, mention, dir, false) {
            self.spend()?;
            match self.tree.node(&place).filter(|node| !node.is_dir) {
                None => {
                    if !self.tree.was_absent(&place) {
                        return Err(Reason::InputChanged.about_path(&place));
                    }
                    self.missing.insert(Absence::Nothing(place));
                }
                Some(node) => {
                    if !self.known.contains_key(&node.id) || !self.is_tracked(&place) {
                        self.track_only(place)?;
                    }
                    if !mention.next && number >= *until.get_or_insert(last) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// The directive was not followed yet from this directory.
    fn is_first(&mut self, mention: &Mention, dir: &[u8], system: bool) -> bool {
        let place = (dir.to_vec(), system);
        let followed = self.done.entry(place).or_default();
        !followed.contains(mention) && followed.insert(mention.clone())
    }
}
