//! What a directory holds, read once instead of asked name by name.

use rustc_hash::FxHashSet;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The names in one directory.
#[derive(Debug)]
pub struct Listing {
    names: FxHashSet<Vec<u8>>,
    /// Something here may be a symlink.
    pub has_links: bool,
    /// A name ends with `.gch`: a precompiled header of gcc's.
    pub has_precompiled: bool,
}

impl Listing {
    /// Reads a directory.
    ///
    /// # Errors
    /// When it is not there, is no directory, or may not be read.
    pub fn read(dir: &Path) -> io::Result<Self> {
        let mut names = FxHashSet::default();
        let (mut has_links, mut has_precompiled) = (false, false);
        for item in fs::read_dir(dir)? {
            let item = item?;
            has_links |= !item.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir());
            let name = item.file_name().as_bytes().to_ascii_lowercase();
            has_precompiled |= name.ends_with(b".gch");
            names.insert(name);
        }
        Ok(Self { names, has_links, has_precompiled })
    }

    /// Whether something could be found under `name`. `false` is certain; `true` is to be asked of the file system,
    /// since some take names that differ in case for the same, or fold more than that.
    pub fn may_hold(&self, name: &[u8]) -> bool {
        name == b"." || name == b".." || !name.is_ascii() || self.names.contains(&name.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_there_is_denied() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.h"), "").unwrap();
        let listing = Listing::read(dir.path()).unwrap();
        for (name, may) in [("a.h", true), ("A.H", true), ("b.h", false), ("..", true), ("ä.h", true)] {
            assert_eq!(listing.may_hold(name.as_bytes()), may, "{name}");
        }
        assert!(Listing::read(&dir.path().join("none")).is_err());
    }
}
