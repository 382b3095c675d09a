//! What the read set is built over: a tree of files that answers what stands at a path. [`Disk`](super::disk::Disk) is the real one;
//! tests write theirs down in a few lines.

use crate::digest::{CodeId, ContentId};
use crate::reason::Cause;
use crate::text::vocabulary::Vocabulary;
use crate::text::{Facts, Reading};
use std::rc::Rc;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Device and inode: two paths of one file have the same.
    pub id: (u64, u64),
    /// A directory, which every search for a header passes over.
    pub is_dir: bool,
    /// A file without content.
    pub is_empty: bool,
}

/// A file's content: its digest, and what its text says.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// The file.
    pub node: Node,
    /// The digest of its bytes.
    pub digest: ContentId,
    /// The digest of its code.
    pub code: CodeId,
    /// It holds nothing but [definitions](crate::text::definitions).
    pub is_definitions: bool,
    /// What a scan of its text found.
    pub facts: Facts,
}

/// A tree of files as it was all the time while the compiler ran. Paths are spelled as the compiler spells them: absolute, or
/// relative to the working directory.
pub trait Tree {
    /// What stands at the path; `None` where nothing does.
    fn node(&mut self, path: &[u8]) -> Option<Node>;

    /// The content of a file with the facts of its text, or of its code.
    ///
    /// # Errors
    /// `header-unreadable`, or `input-changed` if it did not stand still.
    fn content(&mut self, path: &[u8], reading: Reading) -> Result<FileFacts, Cause>;

    /// The digest of a file whose text does not matter.
    ///
    /// # Errors
    /// Those of [`Tree::content`].
    fn digest(&mut self, path: &[u8]) -> Result<(Node, ContentId), Cause>;

    /// The text of a file.
    ///
    /// # Errors
    /// Those of [`Tree::content`].
    fn text(&mut self, path: &[u8]) -> Result<Rc<[u8]>, Cause>;

    /// The words of a file's code, whichever reading of it was asked for; `None` where they are not known or it did not stand still.
    fn vocabulary(&mut self, path: &[u8], reading: Reading) -> Option<Vocabulary>;

    /// Whether what stands at the path stood there all the time.
    fn stood(&mut self, path: &[u8]) -> bool;

    /// Whether nothing has stood at the path all the time, given that nothing does now.
    fn was_absent(&mut self, path: &[u8]) -> bool;

    /// Whether the directory may hold a precompiled header of gcc's.
    fn may_hold_precompiled(&mut self, dir: &[u8]) -> bool;
}

#[cfg(test)]
pub mod memory {
    //! A tree that is written down in a test.

    use super::{Cause, FileFacts, Node, Tree, Vocabulary};
    use crate::digest::ContentId;
    use crate::reason::Reason;
    use crate::text::{Facts, Reading, code, definitions};
    use std::collections::BTreeMap;
    use std::rc::Rc;

    /// Files by path. All of them stood still.
    #[derive(Debug, Default)]
    pub struct Trunk {
        files: BTreeMap<Vec<u8>, (u64, Vec<u8>)>,
        /// How often each text was read, for facts or as a whole.
        pub read: BTreeMap<Vec<u8>, usize>,
    }

    impl Trunk {
        /// A tree of paths and texts.
        pub fn of(files: &[(&str, &str)]) -> Self {
            let number = |(nth, (path, text)): (usize, &(&str, &str))| {
                (path.as_bytes().to_vec(), (nth as u64, text.as_bytes().to_vec()))
            };
            Self { files: files.iter().enumerate().map(number).collect(), read: BTreeMap::new() }
        }

        /// Puts a file there, or replaces its text.
        pub fn write(&mut self, path: &str, text: &str) {
            let next = self.files.len() as u64;
            self.files.entry(path.into()).or_insert((next, Vec::new())).1 = text.into();
        }

        /// Puts a link there, to a file.
        pub fn link(&mut self, path: &str, to: &str) {
            let file = self.files[to.as_bytes()].clone();
            self.files.insert(path.into(), file);
        }

        fn file(&self, path: &[u8]) -> Result<(Node, &[u8]), Cause> {
            let unreadable = || Reason::HeaderUnreadable.about_path(path);
            let (number, text) = self.files.get(path).ok_or_else(unreadable)?;
            Ok((Node { id: (0, *number), is_dir: false, is_empty: text.is_empty() }, text))
        }
    }

    impl Tree for Trunk {
        fn node(&mut self, path: &[u8]) -> Option<Node> {
            let path = crate::paths::without_dot_slash(path);
            let inside = [path, b"/"].concat();
            let is_dir = path.is_empty() || self.files.keys().any(|file| file.starts_with(&inside));
            let dir = Node { id: (1, path.len() as u64), is_dir: true, is_empty: false };
            self.file(path).map(|(node, _)| node).ok().or(is_dir.then_some(dir))
        }

        fn content(&mut self, path: &[u8], reading: Reading) -> Result<FileFacts, Cause> {
            let path = crate::paths::without_dot_slash(path);
            *self.read.entry(path.to_vec()).or_default() += 1;
            let (node, text) = self.file(path)?;
            let facts = match reading {
                Reading::Text => Facts::of(text),
                Reading::Code => Facts::of(&code::code(text)),
            };
            let is_definitions = definitions::items(&code::code(text)).is_some_and(|items| !items.is_empty());
            Ok(FileFacts { node, digest: ContentId::of_bytes(text), code: code::digest(text), is_definitions, facts })
        }

        fn digest(&mut self, path: &[u8]) -> Result<(Node, ContentId), Cause> {
            let (node, text) = self.file(crate::paths::without_dot_slash(path))?;
            Ok((node, ContentId::of_bytes(text)))
        }

        fn text(&mut self, path: &[u8]) -> Result<Rc<[u8]>, Cause> {
            let path = crate::paths::without_dot_slash(path);
            *self.read.entry(path.to_vec()).or_default() += 1;
            Ok(self.file(path)?.1.into())
        }

        fn vocabulary(&mut self, path: &[u8], _reading: Reading) -> Option<Vocabulary> {
            let (_, text) = self.file(crate::paths::without_dot_slash(path)).ok()?;
            Some(Vocabulary::of(&code::code(text)))
        }

        fn stood(&mut self, _path: &[u8]) -> bool {
            true
        }

        fn was_absent(&mut self, _path: &[u8]) -> bool {
            true
        }

        fn may_hold_precompiled(&mut self, dir: &[u8]) -> bool {
            let inside = if dir.is_empty() { Vec::new() } else { [dir, b"/"].concat() };
            self.files.keys().any(|file| file.starts_with(&inside) && file.ends_with(b".gch"))
        }
    }
}
