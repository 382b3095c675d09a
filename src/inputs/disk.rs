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
use crate::text::vocabulary::Vocabulary;
use crate::text::{Facts, Findings, Reading};
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

    fn content(&mut self, path: &[u8], reading: Reading) -> Result<FileFacts, Cause> {
        let unreadable = || Reason::HeaderUnreadable.about_path(path);
        let content = self.memo.content(&self.full(path), Facts::scan(reading)).map_err(|_| unreadable())?;
        if !self.stood_as(path, &content.stamp) {
            return Err(Reason::InputChanged.about_path(path));
        }
        let found = content.facts.as_deref().and_then(Findings::read).ok_or_else(unreadable)?;
        let (is_definitions, facts) = (found.is_definitions(), found.facts(reading).ok_or_else(unreadable)?);
        let code = content.code.ok_or_else(unreadable)?;
        Ok(FileFacts { node: node(&content.stamp), digest: content.digest, code, is_definitions, facts })
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

    fn vocabulary(&mut self, path: &[u8], reading: Reading) -> Option<Vocabulary> {
        let content = self.memo.content(&self.full(path), Facts::scan(reading)).ok()?;
        let found = self.stood_as(path, &content.stamp).then_some(content.facts).flatten()?;
        Findings::read(&found)?.vocabulary()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::stamp::coarse_now_ns;
    use crate::disk::still::{Before, Span};
    use std::fs;
    use std::os::unix::fs::symlink;

    /// What the disk says of a compile that looked for `dir/a.h` and `dir/b.h`, if `during` happens while it runs and `behind` once the
    /// text of `a.h` was read.
    fn after<T>(during: fn(&Path), behind: fn(&Path), ask: fn(&mut Disk<'_>) -> T) -> T {
        let scene = tempfile::tempdir().unwrap();
        let root = scene.path().canonicalize().unwrap();
        fs::create_dir(root.join("kept")).unwrap();
        fs::write(root.join("kept/a.h"), "int a;\n").unwrap();
        symlink("kept", root.join("dir")).unwrap();
        symlink("a.h", root.join("kept/link.h")).unwrap();
        let before = Before::of(&root, [&b"dir"[..], b"kept"], [&b"."[..]]);
        let made_ns = coarse_now_ns();
        // Two ticks, since the times of files may be finer than one.
        let tick = |since: i128| std::iter::repeat_with(coarse_now_ns).find(|now| *now > since).unwrap();
        let started_ns = tick(tick(made_ns));
        during(&root);
        let span = Span { started_ns, ended_ns: coarse_now_ns() };
        let (mut memo, mut texts) = (Memo::open(&root.join("state"), false), Texts::default());
        let mut disk = Disk::new(&root, &mut memo, Still::new(&root, span, &before), &mut texts);
        if fs::exists(root.join("kept/a.h")).unwrap() {
            let _ = disk.text(b"kept/a.h");
        }
        behind(&root);
        ask(&mut disk)
    }

    fn nothing(_root: &Path) {}

    /// Writes the header anew, with the same text.
    fn written(root: &Path) {
        fs::write(root.join("kept/a.h"), "int a;\n").unwrap();
    }

    /// Turns the link to the directory elsewhere and back.
    fn turned(root: &Path) {
        fs::remove_file(root.join("dir")).unwrap();
        symlink("kept", root.join("dir")).unwrap();
    }

    /// A header that came and went.
    fn came(root: &Path) {
        fs::write(root.join("kept/b.h"), "").unwrap();
        fs::remove_file(root.join("kept/b.h")).unwrap();
    }

    #[test]
    fn files_that_stood_still() {
        for (during, stood) in [(nothing as fn(&Path), true), (written, false), (turned, false)] {
            assert_eq!(after(during, nothing, |disk| disk.stood(b"dir/a.h")), stood);
            assert_eq!(after(during, nothing, |disk| disk.stood(b"dir/link.h")), stood);
            assert_eq!(after(during, nothing, |disk| disk.content(b"dir/a.h", Reading::Text).is_ok()), stood);
            assert_eq!(after(during, nothing, |disk| disk.digest(b"dir/a.h").is_ok()), stood);
        }
        assert!(after(nothing, nothing, |disk| disk.dir_stood(b"dir")));
        assert!(!after(turned, nothing, |disk| disk.dir_stood(b"dir")));
    }

    #[test]
    fn names_that_were_absent_all_the_time() {
        assert!(after(nothing, nothing, |disk| disk.was_absent(b"kept/b.h")));
        assert!(!after(came, nothing, |disk| disk.was_absent(b"kept/b.h")));
    }

    #[test]
    fn a_text_is_what_was_hashed() {
        let text = |disk: &mut Disk<'_>| disk.text(b"kept/a.h").map(|text| text.to_vec()).ok();
        assert_eq!(after(nothing, nothing, text), Some(b"int a;\n".to_vec()));
        assert_eq!(after(written, nothing, text), None);
        // It is remembered, and changed behind that.
        assert_eq!(after(nothing, written, text), None);
    }
}
