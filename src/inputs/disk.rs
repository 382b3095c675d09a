//! The tree of files on the disk, as it was all the time while the compiler ran.

use super::tree::{FileFacts, Node, Tree};
use crate::bounded;
use crate::digest::ContentId;
use crate::disk::listing::Listing;
use crate::disk::memo::{Memo, TEXT_LIMIT};
use crate::disk::stamp::Stamp;
use crate::disk::still::Still;
use crate::paths;
use crate::reason::{Cause, Reason};
use crate::text::Facts;
use rustc_hash::FxHashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What is known of a directory's names.
enum Listed {
    Names(Listing),
    /// It is not there.
    Nothing,
    /// It cannot be listed; its files may still be there.
    Unknown,
}

/// Texts that were read as a whole, by path, with the stamps of their files. Each is read once for a compile, whatever is asked of it.
pub type Texts = FxHashMap<Vec<u8>, (Stamp, Rc<[u8]>)>;

/// The disk, seen from a working directory. Each directory is listed once and each path asked for once.
pub struct Disk<'a> {
    cwd: &'a Path,
    memo: &'a mut Memo,
    still: Still<'a>,
    texts: &'a mut Texts,
    stamps: FxHashMap<Vec<u8>, Option<Stamp>>,
    listings: FxHashMap<Vec<u8>, Listed>,
}

impl<'a> Disk<'a> {
    /// The disk after a compile; `still` knows when that was. `texts` were read since the compile.
    pub fn new(cwd: &'a Path, memo: &'a mut Memo, still: Still<'a>, texts: &'a mut Texts) -> Self {
        Self { cwd, memo, still, texts, stamps: FxHashMap::default(), listings: FxHashMap::default() }
    }

    /// Whether the directory spelled `dir`, or the lack of it, stood still.
    pub fn dir_stood(&mut self, dir: &[u8]) -> bool {
        self.still.dir(dir).is_some()
    }

    fn full(&self, path: &[u8]) -> PathBuf {
        self.cwd.join(paths::path(path))
    }

    fn stamp(&mut self, path: &[u8]) -> Option<Stamp> {
        if let Some(stamp) = self.stamps.get(path) {
            return *stamp;
        }
        let stamp = if self.may_be_there(path) { Stamp::of(&self.full(path)).ok() } else { None };
        self.stamps.insert(path.to_vec(), stamp);
        stamp
    }

    /// Most places a header is looked for hold none; the listings of a few directories say so for all of them.
    fn may_be_there(&mut self, path: &[u8]) -> bool {
        let (dir, name) = paths::split(path);
        match self.list(dir) {
            Listed::Names(listing) => listing.may_hold(name),
            Listed::Nothing => false,
            Listed::Unknown => true,
        }
    }

    fn list(&mut self, dir: &[u8]) -> &Listed {
        if !self.listings.contains_key(dir) {
            let full = if dir.is_empty() { self.cwd.to_owned() } else { self.full(dir) };
            let listing = match Listing::read(&full) {
                Ok(listing) => Listed::Names(listing),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Listed::Nothing,
                Err(_) => Listed::Unknown,
            };
            self.listings.insert(dir.to_vec(), listing);
        }
        &self.listings[dir]
    }

    /// The file with this stamp stood at `path` all the time while the compiler ran, and stood still.
    fn stood_as(&mut self, path: &[u8], stamp: &Stamp) -> bool {
        if self.still.span().holds(stamp.ctime_ns) {
            return false;
        }
        let (dir, name) = paths::split(path);
        // Mostly nothing in a directory is a link. Then the way to the directory is the way to all that is in it.
        if let Listed::Names(Listing { has_links: false, .. }) = self.list(dir) {
            return self.still.dir(dir).is_some();
        }
        self.still.link(dir, name)
    }
}

fn node(stamp: &Stamp) -> Node {
    Node { id: (stamp.dev, stamp.ino), is_dir: stamp.is_dir(), is_empty: stamp.size == 0 }
}

impl Tree for Disk<'_> {
    fn node(&mut self, path: &[u8]) -> Option<Node> {
        self.stamp(path).map(|stamp| node(&stamp))
    }

    fn content(&mut self, path: &[u8]) -> Result<FileFacts, Cause> {
        let unreadable = || Reason::HeaderUnreadable.about_path(path);
        let content = self.memo.content(&self.full(path), &Facts::SCAN).map_err(|_| unreadable())?;
        if !self.stood_as(path, &content.stamp) {
            return Err(Reason::InputChanged.about_path(path));
        }
        let facts = content.facts.as_deref().and_then(Facts::decode).ok_or_else(unreadable)?;
        Ok(FileFacts { node: node(&content.stamp), digest: content.digest, facts })
    }

    fn digest(&mut self, path: &[u8]) -> Result<(Node, ContentId), Cause> {
        let digest = self.memo.digest(&self.full(path));
        let (stamp, digest) = digest.map_err(|_| Reason::HeaderUnreadable.about_path(path))?;
        if !self.stood_as(path, &stamp) {
            return Err(Reason::InputChanged.about_path(path));
        }
        Ok((node(&stamp), digest))
    }

    fn text(&mut self, path: &[u8]) -> Result<Rc<[u8]>, Cause> {
        let full = self.full(path);
        let stamp = || Stamp::of(&full).map_err(|_| Reason::HeaderUnreadable.about_path(path));
        if let Some((then, text)) = self.texts.get(path)
            && stamp()? == *then
        {
            return Ok(Rc::clone(text));
        }
        let text = bounded::read(&full, TEXT_LIMIT).map_err(|_| Reason::HeaderUnreadable.about_path(path))?;
        let stamp = stamp()?;
        // A file that changed since the compiler began need not hold the text that was hashed.
        if self.still.span().holds(stamp.ctime_ns) {
            return Err(Reason::InputChanged.about_path(path));
        }
        let text: Rc<[u8]> = text.into();
        self.texts.insert(path.to_vec(), (stamp, Rc::clone(&text)));
        Ok(text)
    }

    fn stood(&mut self, path: &[u8]) -> bool {
        self.stamp(path).is_some_and(|stamp| self.stood_as(path, &stamp))
    }

    fn was_absent(&mut self, path: &[u8]) -> bool {
        if self.stamp(path).is_some() {
            // A directory stands there, which compilers pass over.
            return true;
        }
        let (dir, name) = paths::split(path);
        self.still.absent(dir, name)
    }

    fn may_hold_precompiled(&mut self, dir: &[u8]) -> bool {
        !matches!(self.list(dir), Listed::Names(Listing { has_precompiled: false, .. }) | Listed::Nothing)
    }
}
