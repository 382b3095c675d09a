//! System headers that name others by the device, of which `-MMD` tells nothing: avr-libc's `avr/io.h`.

use super::{File, Problem, Search};
use crate::compiler::{ARCHITECTURE, DEVICE};
use crate::key::guards;
use crate::key::scan::{Mention, WORD_DEVICE};
use rustc_hash::FxHashSet;

/// A system header that names headers by the device.
pub(super) struct ByDevice {
    dir: Vec<u8>,
    text: Vec<u8>,
    /// Those that were not followed.
    closed: FxHashSet<Mention>,
}

impl Search<'_, '_> {
    /// The directives of a system header that are for other devices than this one, as far as is known by now.
    pub(super) fn closed(&mut self, file: &File, dir: &[u8], system: bool) -> Result<FxHashSet<Mention>, Problem> {
        if self.compiled.complete || !file.facts.mentions(WORD_DEVICE) {
            return Ok(FxHashSet::default());
        }
        let text = self.text(&file.path)?;
        let mut closed = FxHashSet::default();
        if system {
            closed = guards::closed_includes(&text, &|name| self.is_other_device(name));
            if !closed.is_empty() {
                self.by_device.push(ByDevice { dir: dir.to_vec(), text: text.clone(), closed: closed.clone() });
            }
        }
        self.device_texts.push(text);
        Ok(closed)
    }

    /// Neither the driver nor the compiler defines the name, which is a device's.
    fn is_other_device(&self, name: &[u8]) -> bool {
        let defined = &self.compiled.driver_macros;
        name.starts_with(DEVICE)
            && defined.iter().any(|known| known == ARCHITECTURE)
            && defined.iter().all(|known| known != name)
    }

    /// Follows the directives of which it turned out that a text defines what they wait for. Says whether there were any.
    pub(super) fn open_devices(&mut self) -> Result<bool, Problem> {
        if self.by_device.is_empty() {
            return Ok(false);
        }
        let defined: Option<Vec<Vec<Vec<u8>>>> = self.device_texts.iter().map(|text| guards::devices(text)).collect();
        let defined: Option<FxHashSet<Vec<u8>>> = defined.map(|names| names.into_iter().flatten().collect());
        let mut by_device = std::mem::take(&mut self.by_device);
        let mut are_opened = false;
        for ByDevice { dir, text, closed } in &mut by_device {
            let never =
                |name: &[u8]| self.is_other_device(name) && defined.as_ref().is_some_and(|names| !names.contains(name));
            let still = guards::closed_includes(text, &never);
            for mention in closed.iter().filter(|mention| !still.contains(mention)) {
                self.resolve(mention, dir, true)?;
                are_opened = true;
            }
            *closed = still;
        }
        self.by_device = by_device;
        Ok(are_opened)
    }
}
