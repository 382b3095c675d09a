//! Memos of file contents: what a file with exactly these stat fields was found to hold.
//!
//! A memo is a hint and lives in `state/`: it saves reading a file again, it never decides. It is trusted only if
//! every stat field matches and the file was settled when the memo was made, see [`crate::disk::stamp`].
//!
//! One table serves all processes:
//!
//! ```text
//! state/files.memo   header  magic 8 | slots u64 | …                      160 bytes
//!                    slot    kind u64 | dev | ino | size | mtime s | ctime s | ns of both | extra | offset | length
//!                            | digest 32 | digest of the code 32 | check u64 | free 8
//!                                                                     160 bytes
//! state/facts.pack   what offset and length point to, appended: check 8, facts
//! ```
//!
//! The check of facts is over the digest in their slot too, so that a slot which points into a pack that was made
//! anew does not find another file's.
//!
//! Readers take no lock: a slot that was torn by a writer fails its check word and is as good as absent. They read
//! blocks of slots and do not map the file, since a hole in it on a full disk, or somebody who shortens it, would then
//! end a build. Files with neighbouring inodes stand in one block, so that a hit on hundreds of headers that were checked out
//! together is some reads. Writers work under a lock that the kernel drops with its holder. The table is replaced by a larger
//! one (rename) when it fills up.

mod facts;
mod table;

use crate::bounded;
use crate::digest::{CodeId, ContentId, Digest};
use crate::disk::dirs::Dirs;
use crate::disk::stamp::{Stamp, coarse_now_ns, is_null_device};
use crate::faults::{self, Point};
use crate::files;
use crate::lock;
use facts::{Addition, Pack};
use rustc_hash::FxHashMap;
use std::ffi::OsString;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use table::{KIND_DIR, KIND_FILE, NO_FACTS, Table, Writing};
pub use table::{SLOT, Slot};

const TABLE: &str = "files.memo";
const PACK: &str = "facts.pack";
/// A file longer than this, in bytes, is no source and no header. A text is held as a whole to be scanned.
pub const TEXT_LIMIT: u64 = 1 << 28;
/// A file longer than this, in bytes, is not hashed: that would take as long as a compile.
const FILE_LIMIT: u64 = 1 << 32;

/// A file's content as far as anyone asked: its digest, and the facts a scan of its text found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The file's stamp when it was looked at.
    pub stamp: Stamp,
    /// The digest of its bytes.
    pub digest: ContentId,
    /// The digest of its code; `None` if it was not scanned.
    pub code: Option<CodeId>,
    /// What the scanner found, encoded by the scanner; `None` if it was not asked for.
    pub facts: Option<Vec<u8>>,
}

/// How a text is scanned.
pub struct Scan {
    /// The first bytes of facts that are enough; others are found anew.
    pub formats: [u8; 2],
    /// Scans a text.
    pub run: fn(&[u8]) -> Scanned,
    /// Scans a text of which facts are known that were not enough: those that it finds are enough for whoever asks.
    pub run_whole: fn(&[u8]) -> Scanned,
}

impl Scan {
    /// Whether these facts are enough.
    fn suffices(&self, facts: &[u8]) -> bool {
        facts.first().is_some_and(|format| self.formats.contains(format))
    }
}

/// What the scan of a text finds.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// The digest of the text's code.
    pub code: CodeId,
    /// What the text says, encoded.
    pub facts: Vec<u8>,
}

/// The memos of this machine, opened for one run.
pub struct Memo {
    state: PathBuf,
    now_ns: i128,
    /// Memos are neither believed nor made.
    paranoid: bool,
    table: Option<Table>,
    pack: Pack,
    /// What this run learned, written by [`Memo::flush`].
    pending: Vec<(Slot, Option<Vec<u8>>)>,
    /// What this run already looked at, by path.
    seen: FxHashMap<OsString, Content>,
    /// What it saw before it looked again. A file of the same stamp that was settled at `earlier_ns` is still the same.
    earlier: FxHashMap<OsString, Content>,
    earlier_ns: i128,
    /// When this run began, or last had its questions [look again](Self::look_again).
    looking_ns: i128,
    dirs: Dirs,
    /// Files whose bytes were read in this run.
    pub files_read: u32,
}

impl Memo {
    /// Opens the memos in `state`; a missing or damaged table is an empty one.
    pub fn open(state: &Path, paranoid: bool) -> Self {
        let table = if paranoid { None } else { Table::open(&state.join(TABLE)) };
        let now_ns = coarse_now_ns();
        Self {
            state: state.to_owned(),
            now_ns,
            paranoid,
            table,
            pack: Pack::default(),
            pending: Vec::new(),
            seen: FxHashMap::default(),
            earlier: FxHashMap::default(),
            earlier_ns: now_ns,
            looking_ns: now_ns,
            dirs: Dirs::default(),
            files_read: 0,
        }
    }

    /// When this run began, by the file system's clock.
    pub fn started_ns(&self) -> i128 {
        self.now_ns
    }

    /// The digest of the file at `path`, from a memo where one can be trusted.
    ///
    /// # Errors
    /// When the file cannot be read or is no regular file.
    pub fn digest(&mut self, path: &Path) -> io::Result<(Stamp, ContentId)> {
        if let Some(content) = self.seen.get(path.as_os_str()) {
            return Ok((content.stamp, content.digest));
        }
        let (stamp, digest) = self.digest_once(path)?;
        self.seen.entry(path.as_os_str().to_owned()).or_insert(Content { stamp, digest, code: None, facts: None });
        Ok((stamp, digest))
    }

    /// As [`digest`](Self::digest), of a file that will not be asked for again.
    ///
    /// # Errors
    /// When the file cannot be read or is no regular file.
    pub fn digest_once(&mut self, path: &Path) -> io::Result<(Stamp, ContentId)> {
        self.look(path, None).map(|content| (content.stamp, content.digest))
    }

    /// The content of the file at `path`, without its facts where a memo holds the rest. Its code is found where `scan` is given.
    fn look(&mut self, path: &Path, scan: Option<&Scan>) -> io::Result<Content> {
        let stamp = self.dirs.stamp(path)?;
        if let Some(slot) = self.find(KIND_FILE, &stamp, 0)
            && (scan.is_none() || slot.code.is_some())
        {
            return Ok(Content { stamp, digest: ContentId(slot.digest), code: slot.code.map(CodeId), facts: None });
        }
        if !self.paranoid
            && let Some(content) = self.untouched(path, &stamp)
            && (scan.is_none() || content.code.is_some())
        {
            return Ok(content.clone());
        }
        self.read(path, &stamp, scan.map(|scan| scan.run))
    }

    /// The digest and the facts of the file at `path`; `scan` finds the facts where no memo holds them.
    ///
    /// # Errors
    /// When the file cannot be read or is no regular file.
    pub fn content(&mut self, path: &Path, scan: &Scan) -> io::Result<Content> {
        let mut run = scan.run;
        let mut is_enough = |facts: Option<&[u8]>| {
            if facts.is_some() {
                run = scan.run_whole;
            }
            facts.is_some_and(|facts| scan.suffices(facts))
        };
        if let Some(content) = self.seen.get(path.as_os_str())
            && is_enough(content.facts.as_deref())
        {
            return Ok(content.clone());
        }
        let stamp = self.dirs.stamp(path)?;
        if let Some(slot) = self.find(KIND_FILE, &stamp, 0)
            && let Some(facts) = self.facts(&slot).filter(|facts| is_enough(Some(facts)))
        {
            let (digest, code) = (ContentId(slot.digest), slot.code.map(CodeId));
            let content = Content { stamp, digest, code, facts: Some(facts) };
            self.seen.insert(path.as_os_str().to_owned(), content.clone());
            return Ok(content);
        }
        if !self.paranoid
            && let Some(content) = self.untouched(path, &stamp).filter(|content| is_enough(content.facts.as_deref()))
        {
            let content = content.clone();
            self.seen.insert(path.as_os_str().to_owned(), content.clone());
            return Ok(content);
        }
        self.read(path, &stamp, Some(run))
    }

    /// The stamp of the file at `path`, and the digests of its content and its code. Where no memo has them and it must be read, its
    /// facts are found too, since they will be asked for if this becomes a miss.
    ///
    /// # Errors
    /// When the file cannot be read or is no regular file.
    pub fn digests_of_text(&mut self, path: &Path, scan: &Scan) -> io::Result<(Stamp, ContentId, CodeId)> {
        let Content { stamp, digest, code, .. } = self.look(path, Some(scan))?;
        Ok((stamp, digest, code.ok_or(io::ErrorKind::InvalidData)?))
    }

    /// Closes what is held open for the next questions, as before another program is started.
    pub fn release(&mut self) {
        self.dirs.release();
    }

    /// Has the next questions look again: a compile takes its time, and others edit. What turns out to be untouched since it was
    /// read is not read again.
    pub fn look_again(&mut self) {
        self.earlier = std::mem::take(&mut self.seen);
        self.earlier_ns = self.looking_ns;
        self.looking_ns = coarse_now_ns();
        self.release();
    }

    /// The content that was read before this run looked again, of a file that nobody touched since.
    fn untouched(&self, path: &Path, stamp: &Stamp) -> Option<&Content> {
        let is_same = |content: &&Content| content.stamp == *stamp && stamp.is_settled(path, self.earlier_ns);
        self.earlier.get(path.as_os_str()).filter(is_same)
    }

    /// A directory with this stamp was checked for the set of names with this digest before, and held none.
    pub fn lacks(&mut self, dir: &Stamp, names: &Digest) -> bool {
        self.find(KIND_DIR, dir, extra_of(names)).is_some_and(|slot| slot.digest == *names)
    }

    /// Remembers that the directory holds none of the names.
    pub fn remember_lacks(&mut self, path: &Path, dir: &Stamp, names: &Digest) {
        if !self.paranoid && dir.is_settled(path, self.now_ns) {
            let slot = Slot {
                kind: KIND_DIR,
                stamp: *dir,
                extra: extra_of(names),
                offset: NO_FACTS,
                length: 0,
                digest: *names,
                code: None,
            };
            self.pending.push((slot, None));
        }
    }

    fn read(&mut self, path: &Path, before: &Stamp, scan: Option<fn(&[u8]) -> Scanned>) -> io::Result<Content> {
        let irregular = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
        // A pipe may have no writer, which would be waited for. What is read from it here, the compiler could not read any more.
        if !before.is_file() {
            if is_null_device(path) {
                // As in `cc -c -x c /dev/null -o probe`.
                let (code, facts) = scan.map(|scan| scan(b"")).map(|found| (found.code, found.facts)).unzip();
                let content = Content { stamp: *before, digest: ContentId::of_bytes(b""), code, facts };
                self.seen.insert(path.as_os_str().to_owned(), content.clone());
                return Ok(content);
            }
            return Err(irregular());
        }
        let file = bounded::open_anything(path)?;
        let stamp = Stamp::of_file(&file)?;
        if !stamp.is_file() {
            return Err(irregular());
        }
        self.files_read += 1;
        let (digest, length, scanned) = if let Some(scan) = scan {
            let bytes = bounded::contents(&file, stamp.size, TEXT_LIMIT)?;
            (ContentId::of_bytes(&bytes), bytes.len() as u64, Some(scan(&bytes)))
        } else {
            if stamp.size > FILE_LIMIT {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            // Toolchain members are large; they are hashed without being held.
            let (digest, length) = Digest::of_reader((&file).take(stamp.size + 1), stamp.size + 1)?;
            (ContentId(digest), length, None)
        };
        // The kernel makes up files such as those of `/proc` as they are read: their size tells nothing, and some have no end.
        if length > stamp.size {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than its size"));
        }
        // The stamp of a file that was written to meanwhile is young now, so that the file leaves no memo.
        let stamp = Stamp::of_file(&file)?;
        let (code, facts) = scanned.map(|found| (found.code, found.facts)).unzip();
        if !self.paranoid && stamp.is_settled(path, self.now_ns) {
            let (digest, code) = (digest.0, code.map(|code: CodeId| code.0));
            let slot = Slot { kind: KIND_FILE, stamp, extra: 0, offset: NO_FACTS, length: 0, digest, code };
            self.pending.push((slot, facts.clone()));
        }
        let content = Content { stamp, digest, code, facts };
        self.seen.insert(path.as_os_str().to_owned(), content.clone());
        Ok(content)
    }

    fn find(&mut self, kind: u64, stamp: &Stamp, extra: u64) -> Option<Slot> {
        self.table.as_mut()?.find(kind, stamp, extra)
    }

    /// The facts a slot points to: a text behind its digest in the pack.
    fn facts(&mut self, slot: &Slot) -> Option<Vec<u8>> {
        if slot.offset == NO_FACTS {
            return None;
        }
        self.pack.read(&self.state.join(PACK), &slot.digest, slot.offset, slot.length)
    }

    /// Writes what this run learned, for the runs to come.
    ///
    /// # Errors
    /// When the state directory cannot be written; nothing is lost by it but time.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut addition = Addition::default();
        let pending: Vec<_> = std::mem::take(&mut self.pending)
            .into_iter()
            .map(|(slot, facts)| {
                let place = facts.map(|facts| addition.push(&slot.digest, &facts));
                (slot, place)
            })
            .collect();
        files::make_dir(self.state.parent().unwrap_or(&self.state), &self.state)?;
        let _guard = lock::exclusive(&self.state.join("memo.lock"), lock::MOMENT)?;
        faults::at(Point::MemoLocked);
        let mut table = Writing::open(&self.state.join(TABLE))?;
        let start = addition.append_to(&self.state.join(PACK))?;
        let mut slots: Vec<Slot> = pending
            .into_iter()
            .map(|(slot, place)| match place {
                Some((offset, length)) => Slot { offset: start + offset, length, ..slot },
                None => slot,
            })
            .collect();
        slots.sort_by_cached_key(|slot| table.home(slot));
        slots.iter().try_for_each(|slot| table.put(slot))?;
        table.write()
    }
}

/// The first bytes of the names' digest, as a number that is never 0: that is the `extra` of files.
fn extra_of(names: &Digest) -> u64 {
    u64::from_le_bytes(names.0[..8].try_into().unwrap_or_default()) | 1
}

#[cfg(test)]
mod tests {
    use super::table::FIRST_SLOTS;
    use super::*;
    use crate::disk::stamp::RACY_WINDOW_NS;

    const FACTS: Scan = Scan { formats: *b"fw", run: |text| scanned(text, b"facts".to_vec()), run_whole: whole };
    const NOT_AGAIN: Scan =
        Scan { formats: *b"fw", run: |_| panic!("read again"), run_whole: |_| panic!("read again") };

    fn whole(text: &[u8]) -> Scanned {
        scanned(text, b"whole".to_vec())
    }

    fn scanned(text: &[u8], facts: Vec<u8>) -> Scanned {
        Scanned { code: CodeId::of_bytes(text), facts }
    }

    /// A memo that takes every file for settled.
    fn later(state: &Path) -> Memo {
        let mut memo = Memo::open(state, false);
        memo.now_ns += 10 * RACY_WINDOW_NS;
        memo
    }

    #[test]
    fn a_settled_file_is_read_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.h");
        std::fs::write(&file, "content").unwrap();
        let mut memo = later(dir.path());
        assert_eq!(memo.content(&file, &FACTS).unwrap().digest, ContentId::of_bytes(b"content"));
        memo.flush().unwrap();
        let mut memo = later(dir.path());
        let content = memo.content(&file, &NOT_AGAIN).unwrap();
        assert_eq!((content.digest, content.facts.as_deref()), (ContentId::of_bytes(b"content"), Some(&b"facts"[..])));
        assert_eq!(memo.files_read, 0);
        std::fs::write(&file, "changed").unwrap();
        let mut memo = later(dir.path());
        assert_eq!(memo.digest(&file).unwrap().1, ContentId::of_bytes(b"changed"));
    }

    #[test]
    fn facts_that_are_not_enough_are_found_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.h");
        std::fs::write(&file, "content").unwrap();
        let other = Scan { formats: *b"ow", run: |text| scanned(text, b"other".to_vec()), run_whole: whole };
        let facts = |memo: &mut Memo, scan: &Scan| {
            String::from_utf8(memo.content(&file, scan).unwrap().facts.unwrap()).unwrap()
        };
        let mut memo = later(dir.path());
        assert_eq!(facts(&mut memo, &FACTS), "facts");
        memo.flush().unwrap();
        // In a later run, and in the same one.
        for mut memo in [later(dir.path()), memo] {
            assert_eq!(facts(&mut memo, &other), "whole");
            assert_eq!(facts(&mut memo, &FACTS), "whole");
            memo.flush().unwrap();
        }
        assert_eq!(facts(&mut later(dir.path()), &other), "whole");
    }

    #[test]
    fn facts_in_a_pack_that_was_made_anew_are_not_taken_for_another_files() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("a.h"), dir.path().join("b.h"));
        std::fs::write(&first, "one").unwrap();
        std::fs::write(&second, "two").unwrap();
        let echo = Scan { formats: *b"fw", run: |text| scanned(text, [b"f", text].concat()), run_whole: whole };
        let mut memo = later(dir.path());
        memo.content(&first, &echo).unwrap();
        memo.flush().unwrap();
        std::fs::remove_file(dir.path().join("facts.pack")).unwrap();
        let mut memo = later(dir.path());
        memo.content(&second, &echo).unwrap();
        memo.flush().unwrap();
        // The slot of the first file points to where the facts of the second are now.
        assert_eq!(later(dir.path()).content(&first, &echo).unwrap().facts.as_deref(), Some(&b"fone"[..]));
    }

    #[test]
    fn a_text_of_a_terabyte_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.h");
        std::fs::File::create(&file).unwrap().set_len(1 << 40).unwrap();
        let mut memo = later(dir.path());
        assert_eq!(memo.content(&file, &FACTS).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(memo.digest(&file).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_young_file_leaves_no_memo() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.h");
        std::fs::write(&file, "content").unwrap();
        let mut memo = Memo::open(dir.path(), false);
        memo.digest(&file).unwrap();
        memo.flush().unwrap();
        assert!(!dir.path().join("files.memo").exists());
    }

    #[test]
    fn the_table_grows_and_damage_is_an_empty_table() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("files.memo");
        let mut memo = Memo::open(dir.path(), false);
        let stamp = |ino| Stamp { dev: 1, ino, size: 1, mtime_ns: 1, ctime_ns: -1, mode: 0 };
        for ino in 0..FIRST_SLOTS + 100 {
            memo.remember_lacks(dir.path(), &stamp(ino), &Digest([7; 32]));
        }
        memo.flush().unwrap();
        let mut memo = Memo::open(dir.path(), false);
        let kept = (0..FIRST_SLOTS + 100).filter(|ino| memo.lacks(&stamp(*ino), &Digest([7; 32]))).count();
        assert!(kept as u64 > FIRST_SLOTS * 9 / 10, "{kept}");
        assert!(std::fs::metadata(&path).unwrap().len() > (FIRST_SLOTS + 1) * SLOT as u64);
        for damage in [&b""[..], b"PCCmemo3", &[0xff; 4096]] {
            std::fs::write(&path, damage).unwrap();
            assert!(!Memo::open(dir.path(), false).lacks(&stamp(1), &Digest([7; 32])));
        }
    }
}
