//! What is said of an overlay that was made.

use super::entries::shown;
use super::plan::{Changes, Plan};
use serde_json::json;
use std::path::Path;

impl Plan {
    /// For people.
    pub(super) fn as_text(&self, overlay: &Path, changes: Changes) -> String {
        let mut text = format!("{}: an overlay of {}\n", shown(overlay), shown(&self.toolchain));
        for (place, original) in self.drivers() {
            text += &format!("  {}  stands for {}\n", shown(&place), shown(original));
        }
        let drivers = match self.drivers().count() {
            1 => "1 driver leads".to_owned(),
            count => format!("{count} drivers lead"),
        };
        text +=
            &format!("{drivers} through {}, {} other names to the originals", shown(&self.packer_cc), self.links.len());
        text += &match changes {
            Changes { written: 0, removed: 0 } => "; nothing had to be changed\n".to_owned(),
            Changes { removed: 0, .. } => "\n".to_owned(),
            Changes { removed, .. } => format!("; {removed} that are gone were removed\n"),
        };
        text
    }

    /// For `--json`.
    pub(super) fn as_json(&self, overlay: &Path, changes: Changes) -> serde_json::Value {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let drivers = self.drivers().map(|(place, original)| {
            json!({ "name": text(&place), "path": text(&overlay.join(&place)), "original": text(original) })
        });
        json!({
            "overlay": text(overlay),
            "toolchain": text(&self.toolchain),
            "packer_cc": text(&self.packer_cc),
            "copies": self.copy,
            "drivers": drivers.collect::<Vec<_>>(),
            "links": self.links.len(),
            "written": changes.written,
            "removed": changes.removed,
        })
    }
}
