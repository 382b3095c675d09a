//! Files that the assembler read.

use super::state::Search;
use crate::paths;
use crate::reason::{Cause, Reason};
use crate::text::{IncludeForm, Mention, WordSet};

/// Words by which a text could make the assembler read a file.
const READS: WordSet = WordSet::INCBIN
    .union(WordSet::ASM_INCLUDE)
    .union(WordSet::ASM_FILE)
    .union(WordSet::ASM_COMPUTED)
    .union(WordSet::ASM_COMPOSED)
    .union(WordSet::ASM_PASTED);

impl Search<'_, '_> {
    /// Takes a file that `.include` or `.incbin` led to. Nothing tells where the assembler looked for it first, so every way to it is
    /// followed.
    ///
    /// The last file named is what the assembler was started with: mostly a temporary file that is gone.
    pub(super) fn assembled(&mut self, file: &[u8], last: bool) -> Result<(), Cause> {
        let source = self.compiled.source;
        match self.tree.node(file) {
            Some(_) if file == source || self.is_tracked(file) => {
                // The assembler also names what the preprocessor had read. Where no text makes it read a file, it names no other.
                if !self.set.words.intersects(READS) {
                    return Ok(());
                }
                // It also names the source in any case, for debug data: whether it read that as well, nobody knows.
                if file == source {
                    self.set.is_source_assembled = true;
                    return Ok(());
                }
                self.set.is_assembled = true;
            }
            Some(_) => self.track_only(file.to_vec())?,
            // The name of the temporary file between compiler and assembler, or what `.file` says of the source.
            None if last && is_temporary(file) || is_name_of(file, source) => return Ok(()),
            // Debug data names files that need not be there (`#line`, prefix maps), and `as` lists them too. Where no
            // text makes it read a file, it has read none of them.
            None if !self.set.words.intersects(READS) => return Ok(()),
            None => return Err(Reason::HeaderUnreadable.about_path(file)),
        }
        self.follow_ways_to(file)
    }

    /// Follows what could have led to the file: each way to spell it from a directory that is searched.
    fn follow_ways_to(&mut self, file: &[u8]) -> Result<(), Cause> {
        // No name in a depfile begins with `./`.
        let file = paths::without_dot_slash(file);
        let starts: Vec<Vec<u8>> = self.compiled.path.dirs.iter().map(|dir| dir.path.clone()).collect();
        for start in starts.into_iter().chain([Vec::new()]) {
            let start = paths::without_dot_slash(&start);
            let name = if start.is_empty() || start == b"." {
                (!file.starts_with(b"/")).then(|| file.to_vec())
            } else {
                file.strip_prefix(paths::join(start, b"").as_slice()).map(<[u8]>::to_vec)
            };
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                for form in [IncludeForm::Quote, IncludeForm::Angle] {
                    self.resolve(&Mention { form, next: false, name: name.clone() }, b"", false)?;
                }
            }
        }
        Ok(())
    }
}

/// `name` is the path, or its last component.
fn is_name_of(name: &[u8], path: &[u8]) -> bool {
    name == path || path.ends_with(&[b"/", name].concat()) || paths::without_dot_slash(path) == name
}

/// A name of gcc's for what goes from the compiler to the assembler, such as `ccJ3kQ9a.s` (libiberty, `make-temp-file.c`).
fn is_temporary(file: &[u8]) -> bool {
    /// What chance gives, in the middle of the name.
    const CHARACTERS: usize = 6;
    let (_, name) = paths::split(file);
    let middle = name.strip_prefix(b"cc").and_then(|rest| rest.strip_suffix(b".s"));
    middle.is_some_and(|middle| middle.len() == CHARACTERS)
}
