//! Precompiled headers, which a compiler would take in the place of a header.

use super::super::absences::Absence;
use super::state::Search;
use crate::paths;
use crate::reason::{Cause, Reason};

impl Search<'_, '_> {
    /// clang's driver takes `x.h.pch` or `x.h.gch` for `-include x.h` (clang manual, "Using a PCH file").
    pub(super) fn refuse_precompiled_beside(&mut self, forced: &[u8]) -> Result<(), Cause> {
        for extension in [&b".pch"[..], b".gch"] {
            let precompiled = [forced, extension].concat();
            if self.tree.node(&precompiled).is_some() {
                return Err(Reason::HeaderPrecompiled.about_path(&precompiled));
            }
            self.missing.insert(Absence::Nothing(precompiled));
        }
        Ok(())
    }

    /// gcc takes `x.h.gch` for `x.h`, wherever it looks for `x.h`.
    pub(super) fn refuse_precompiled(&mut self, place: &[u8]) -> Result<(), Cause> {
        if !self.compiled.precompiled_everywhere {
            return Ok(());
        }
        let dir = paths::dir_of(place);
        if self.plain_dirs.contains(dir) {
            return Ok(());
        }
        if !self.tree.may_hold_precompiled(dir) {
            // One name, `*.gch`, for the whole directory.
            self.plain_dirs.insert(dir.to_vec());
            self.missing.insert(Absence::Precompiled(dir.to_vec()));
            return Ok(());
        }
        let precompiled = [place, b".gch"].concat();
        if self.tree.node(&precompiled).is_some() {
            return Err(Reason::HeaderPrecompiled.about_path(&precompiled));
        }
        self.missing.insert(Absence::Nothing(precompiled));
        Ok(())
    }
}
