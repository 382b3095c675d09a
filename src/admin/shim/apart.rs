//! The directories of a toolchain and of an overlay, which must lie apart.

use super::super::session::Failure;
use super::entries::{cannot, shown};
use std::path::{Component, Path, PathBuf};

/// The absolute path of a toolchain as the user spells it: where it leads through a link, the overlay follows that link when it leads
/// elsewhere one day. A path with `..` in it is made canonical.
pub(super) fn toolchain_dir(path: &Path) -> Result<PathBuf, Failure> {
    let canonical = existing(path)?;
    let goes_up = path.components().any(|part| part == Component::ParentDir);
    Ok(if goes_up { canonical } else { path.components().collect() })
}

/// The canonical path of a directory that is there.
pub(super) fn existing(path: &Path) -> Result<PathBuf, Failure> {
    let canonical = path.canonicalize().map_err(|error| cannot("open", path, &error))?;
    if canonical.is_dir() { Ok(canonical) } else { Err(Failure::Message(format!("{} is no directory", shown(path)))) }
}

/// Refuses directories of which one lies in the other. An overlay in its toolchain would hold links to itself, and to take away an overlay
/// with the toolchain in it would take away the originals.
pub(super) fn keep_apart(toolchain: &Path, overlay: &Path) -> Result<(), Failure> {
    let toolchain = existing(toolchain)?;
    let mut above = overlay;
    // An overlay that is not there yet has no canonical path. The nearest directory above it that is there has one.
    let overlay = loop {
        if let Ok(canonical) = above.canonicalize() {
            break canonical.join(overlay.strip_prefix(above).unwrap_or(Path::new("")));
        }
        let Some(parent) = above.parent() else { break overlay.to_owned() };
        above = parent;
    };
    let (inner, outer) = match (toolchain.starts_with(&overlay), overlay.starts_with(&toolchain)) {
        (false, false) => return Ok(()),
        (true, true) => {
            return Err(Failure::Message(format!("{} cannot be an overlay of itself", shown(&overlay))));
        }
        (true, false) => ("toolchain", "overlay"),
        (false, true) => ("overlay", "toolchain"),
    };
    Err(Failure::Message(format!(
        "the {inner} lies in the {outer} (overlay {}, toolchain {}): name a directory outside",
        shown(&overlay),
        shown(&toolchain)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn neither_in_the_other() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        fs::create_dir_all(at("chain/bin")).unwrap();
        symlink(at("chain"), at("link")).unwrap();
        for overlay in ["chain", "chain/overlay", "chain/bin/x/y", "link", "link/overlay", "", "chain/../chain"] {
            assert!(keep_apart(&at("chain"), &at(overlay)).is_err(), "{overlay}");
        }
        for overlay in ["chain2", "other/chain", "x/y/z"] {
            assert!(keep_apart(&at("chain"), &at(overlay)).is_ok(), "{overlay}");
        }
    }
}
