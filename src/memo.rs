//! Memos of file contents: what a file with exactly these stat fields was found to hold.
//!
//! A memo is a hint and lives in `state/`: it saves reading a file again, it never decides. It is trusted only if
//! every stat field matches and the file was older than the memo by more than the racy window when the memo was
//! made, since within one clock tick a file can change without its times changing (see git's "racy git" notes).
//!
//! The window is wide, two seconds, for the coarsest file systems and for servers whose clocks differ a little. A fresh
//! checkout that is built at once would be read again in each of its first compiles, with hits some hundreds of times. So
//! it is narrow where a tick is known to be small: on local file systems (see `is_local`) whose kernel stamps a change with
//! the very clock a run asks when it begins, and for a status change time with a fraction of a second. What is changed after
//! a run began then has a later time than whatever was a tick older than the run.
//!
//! One table serves all processes:
//!
//! ```text
//! state/files.memo   header  magic 8 | slots u64 | …                      128 bytes
//!                    slot    kind u64 | dev | ino | size | mtime s, ns | ctime s, ns | extra | offset | length
//!                            | digest 32 | check u64                      128 bytes
//! state/facts.pack   what offset and length point to, appended: check 8, facts
//! ```
//!
//! The check of facts is over the digest in their slot too, so that a slot which points into a pack that was made
//! anew does not find another file's.
//!
//! Readers take no lock: a slot that was torn by a writer fails its check word and is as good as absent. They read
//! slot by slot and do not map the file, since a hole in it on a full disk, or somebody who shortens it, would then
//! end a build. Writers work under a lock that the kernel drops with its holder. The table is replaced by a larger
//! one (rename) when it fills up.

use crate::bounded;
use crate::codec::{Reader, Writer};
use crate::digest::Digest;
use crate::faults::{self, Point};
use crate::files::{self, Use};
use crate::lock;
use rustc_hash::FxHashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Files younger than this when they were memoised may have changed since within the same timestamp.
pub const RACY_WINDOW_NS: i128 = 2_000_000_000;
/// The same where timestamps are known to be made by this machine's own clock, tick by tick: a hundred ticks a second
/// are the least a kernel of Linux has. Of a change to a file after it was looked at, the clock then tells.
pub const LOCAL_WINDOW_NS: i128 = 100_000_000;

const MAGIC: &[u8; 8] = b"PCCmemo1";
const PACK_MAGIC: &[u8; 8] = b"PCCfact1";
/// The size of a slot.
pub const SLOT: usize = 128;
const FIRST_SLOTS: u64 = 8192;
const PROBES: u64 = 16;
/// Nobody's headers have more facts than this; a longer length is damage.
const FACTS_LIMIT: u64 = 1 << 24;
/// A source or header longer than this is none; it would have to be held to be scanned.
pub const TEXT_LIMIT: u64 = 1 << 28;
/// Reading a longer file takes as long as compiling does.
const FILE_LIMIT: u64 = 1 << 32;

/// The stat fields that together say "the same content, most probably".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Device and inode.
    pub dev: u64,
    /// See `dev`.
    pub ino: u64,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since the epoch.
    pub mtime_ns: i128,
    /// Status change time in nanoseconds since the epoch; it cannot be set by a program.
    pub ctime_ns: i128,
    /// File type and mode bits.
    pub mode: u32,
}

impl Stamp {
    /// The stamp of what `path` leads to.
    ///
    /// # Errors
    /// Those of `stat`.
    pub fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::from_stat(&rustix::fs::stat(path)?))
    }

    /// The stamp of an open file.
    ///
    /// # Errors
    /// Those of `fstat`.
    pub fn of_file(file: &File) -> io::Result<Self> {
        Ok(Self::from_stat(&rustix::fs::fstat(file)?))
    }

    /// The stamp of `path` itself, not of what it links to.
    ///
    /// # Errors
    /// Those of `lstat`.
    pub fn of_link(path: &Path) -> io::Result<Self> {
        Ok(Self::from_stat(&rustix::fs::lstat(path)?))
    }

    #[expect(
        clippy::unnecessary_cast,
        clippy::cast_sign_loss,
        reason = "the types of the fields differ between platforms"
    )]
    fn from_stat(stat: &rustix::fs::Stat) -> Self {
        let ns = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            dev: stat.st_dev as u64,
            ino: stat.st_ino as u64,
            size: stat.st_size as u64,
            mtime_ns: ns(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            ctime_ns: ns(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
            mode: stat.st_mode as u32,
        }
    }

    /// A regular file.
    pub fn is_file(&self) -> bool {
        rustix::fs::FileType::from_raw_mode(self.mode as _).is_file()
    }

    /// A directory.
    pub fn is_dir(&self) -> bool {
        rustix::fs::FileType::from_raw_mode(self.mode as _).is_dir()
    }

    /// A symbolic link.
    pub fn is_symlink(&self) -> bool {
        rustix::fs::FileType::from_raw_mode(self.mode as _).is_symlink()
    }

    /// The later of the two times.
    pub fn latest_ns(&self) -> i128 {
        self.mtime_ns.max(self.ctime_ns)
    }

    /// What `path` leads to was last touched longer ago than the racy window, seen from `now_ns`; the stamp is its.
    pub fn is_settled(&self, path: &Path, now_ns: i128) -> bool {
        let age = now_ns - self.latest_ns();
        // The file system is asked only where it matters, which is in the first seconds of a build.
        age > RACY_WINDOW_NS || age > LOCAL_WINDOW_NS && self.ctime_ns % 1_000_000_000 != 0 && is_local(path)
    }

    /// Writes the stamp into a state file.
    pub fn encode(&self, out: &mut Writer) {
        out.u64(self.dev).u64(self.ino).u64(self.size);
        for time in [self.mtime_ns, self.ctime_ns] {
            let (seconds, nanos) = split(time);
            out.u64(seconds).u64(nanos);
        }
        out.u32(self.mode);
    }

    /// Reads a stamp back.
    pub fn decode(from: &mut Reader<'_>) -> Option<Self> {
        let (dev, ino, size) = (from.u64()?, from.u64()?, from.u64()?);
        let mtime_ns = unsplit(from.u64()?, from.u64()?);
        let ctime_ns = unsplit(from.u64()?, from.u64()?);
        Some(Self { dev, ino, size, mtime_ns, ctime_ns, mode: from.u32()? })
    }
}

/// The file system at `path` is one whose files are stamped by this machine's kernel, in its ticks.
fn is_local(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        /// ext2 to ext4, XFS, Btrfs, tmpfs, F2FS, ZFS, bcachefs; overlayfs, whose upper layer is one of them.
        const KINDS: [i64; 8] =
            [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0xf2f5_2010, 0x2fc1_2fc1, 0xca45_1a4e, 0x794c_7630];
        #[expect(clippy::unnecessary_cast, reason = "the type of the field differs between platforms")]
        rustix::fs::statfs(path).is_ok_and(|stat| KINDS.contains(&(stat.f_type as i64)))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        false
    }
}

fn split(time: i128) -> (u64, u64) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seconds since the epoch fit 64 bits, as two's complement"
    )]
    let parts = (time.div_euclid(1_000_000_000) as i64 as u64, time.rem_euclid(1_000_000_000) as u64);
    parts
}

fn unsplit(seconds: u64, nanos: u64) -> i128 {
    i128::from(seconds.cast_signed()) * 1_000_000_000 + i128::from(nanos)
}

/// Nanoseconds since the epoch by the clock file systems stamp files with (its ticks, not finer).
pub fn coarse_now_ns() -> i128 {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::RealtimeCoarse;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Realtime;
    let now = rustix::time::clock_gettime(clock);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

/// A file's content as far as anyone asked: its digest, and the facts a scan of its text found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The file's stamp when it was looked at.
    pub stamp: Stamp,
    /// The digest of its bytes.
    pub digest: Digest,
    /// What the scanner found, encoded by the scanner; `None` if it was not asked for.
    pub facts: Option<Vec<u8>>,
}

/// How facts are found in a text.
pub struct Scan {
    /// The first byte of what is found; facts of another format are found anew.
    pub format: u8,
    /// Finds and encodes them.
    pub run: fn(&[u8]) -> Vec<u8>,
}

/// What a slot says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// A file or a directory.
    pub kind: u64,
    /// Whose; the mode is not kept.
    pub stamp: Stamp,
    /// Of a directory: which names are absent in it.
    pub extra: u64,
    /// Where in the pack the facts are.
    pub offset: u64,
    /// Of the facts, with their check.
    pub length: u64,
    /// Of the file's content or the directory's absent names.
    pub digest: Digest,
}

const KIND_FILE: u64 = 1;
const KIND_DIR: u64 = 2;
const NO_FACTS: u64 = u64::MAX;

impl Slot {
    /// The slot as it stands in the table.
    pub fn encode(&self) -> [u8; SLOT] {
        let (mtime, mtime_nanos) = split(self.stamp.mtime_ns);
        let (ctime, ctime_nanos) = split(self.stamp.ctime_ns);
        // Both nanosecond counts are below 2^30 and share a word.
        let nanos = mtime_nanos << 32 | ctime_nanos;
        let words = [
            self.kind,
            self.stamp.dev,
            self.stamp.ino,
            self.stamp.size,
            mtime,
            ctime,
            nanos,
            self.extra,
            self.offset,
            self.length,
        ];
        let mut slot = [0; SLOT];
        for (at, word) in words.iter().enumerate() {
            slot[at * 8..at * 8 + 8].copy_from_slice(&word.to_le_bytes());
        }
        slot[80..112].copy_from_slice(&self.digest.0);
        let check = check_word(&slot[..112]);
        slot[112..120].copy_from_slice(&check.to_le_bytes());
        slot
    }

    /// Reads a slot; `None` for a free or a torn one.
    pub fn decode(slot: &[u8; SLOT]) -> Option<Self> {
        let word = |at: usize| u64::from_le_bytes(slot[at * 8..at * 8 + 8].try_into().unwrap_or_default());
        if word(0) == 0 || word(14) != check_word(&slot[..112]) {
            return None;
        }
        Some(Self {
            kind: word(0),
            stamp: Stamp {
                dev: word(1),
                ino: word(2),
                size: word(3),
                mtime_ns: unsplit(word(4), word(6) >> 32),
                ctime_ns: unsplit(word(5), word(6) & 0xffff_ffff),
                mode: 0,
            },
            extra: word(7),
            offset: word(8),
            length: word(9),
            digest: Digest(slot[80..112].try_into().ok()?),
        })
    }

    fn same_place(&self, other: &Self) -> bool {
        (self.kind, self.stamp.dev, self.stamp.ino, self.extra)
            == (other.kind, other.stamp.dev, other.stamp.ino, other.extra)
    }

    fn describes(&self, stamp: &Stamp) -> bool {
        Stamp { mode: stamp.mode, ..self.stamp } == *stamp
    }

    fn home(&self, slots: u64) -> u64 {
        home(self.kind, &self.stamp, self.extra, slots)
    }
}

/// Where a slot for this file is looked for first.
fn home(kind: u64, stamp: &Stamp, extra: u64, slots: u64) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
    for word in [kind, stamp.dev, stamp.ino, extra] {
        hash = (hash ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 32;
    }
    hash & (slots - 1)
}

/// Detects slots that were read while they were written. Damage by intent is no concern here: `state/` belongs to
/// the user alone.
fn check_word(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for word in bytes.chunks_exact(8) {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        hash = (hash ^ word).wrapping_mul(0x2545_f491_4f6c_dd1d).rotate_left(29);
    }
    hash | 1
}

/// The memos of this machine, opened for one run.
pub struct Memo {
    state: PathBuf,
    now_ns: i128,
    /// Memos are neither believed nor made.
    paranoid: bool,
    /// The table and how many slots it has.
    table: Option<(File, u64)>,
    pack: Option<File>,
    /// What this run learned, written by [`Memo::flush`].
    pending: Vec<(Slot, Option<Vec<u8>>)>,
    /// What this run already looked at, by path.
    seen: FxHashMap<OsString, Content>,
    /// Files whose bytes were read in this run.
    pub files_read: u32,
}

impl Memo {
    /// Opens the memos in `state`; a missing or damaged table is an empty one.
    pub fn open(state: &Path, paranoid: bool) -> Self {
        let table = if paranoid { None } else { open_for_reading(&state.join("files.memo")) };
        Self {
            state: state.to_owned(),
            now_ns: coarse_now_ns(),
            paranoid,
            table,
            pack: None,
            pending: Vec::new(),
            seen: FxHashMap::default(),
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
    pub fn digest(&mut self, path: &Path) -> io::Result<(Stamp, Digest)> {
        if let Some(content) = self.seen.get(path.as_os_str()) {
            return Ok((content.stamp, content.digest));
        }
        let stamp = Stamp::of(path)?;
        if let Some(slot) = self.find(KIND_FILE, &stamp, 0) {
            let content = Content { stamp, digest: slot.digest, facts: None };
            self.seen.insert(path.as_os_str().to_owned(), content);
            return Ok((stamp, slot.digest));
        }
        let content = self.read(path, None)?;
        Ok((content.stamp, content.digest))
    }

    /// The digest and the facts of the file at `path`; `scan` finds the facts where no memo holds them.
    ///
    /// # Errors
    /// When the file cannot be read or is no regular file.
    pub fn content(&mut self, path: &Path, scan: &Scan) -> io::Result<Content> {
        if let Some(content) = self.seen.get(path.as_os_str())
            && content.facts.is_some()
        {
            return Ok(content.clone());
        }
        let stamp = Stamp::of(path)?;
        if let Some(slot) = self.find(KIND_FILE, &stamp, 0)
            && let Some(facts) = self.facts(&slot).filter(|facts| facts.first() == Some(&scan.format))
        {
            let content = Content { stamp, digest: slot.digest, facts: Some(facts) };
            self.seen.insert(path.as_os_str().to_owned(), content.clone());
            return Ok(content);
        }
        self.read(path, Some(scan))
    }

    /// The digest of the file at `path`. Where no memo has it and it must be read, its facts are found too, since
    /// they will be asked for if this becomes a miss.
    ///
    /// # Errors
    /// When the file cannot be read or is no regular file.
    pub fn digest_of_text(&mut self, path: &Path, scan: &Scan) -> io::Result<(Stamp, Digest)> {
        let stamp = Stamp::of(path)?;
        if let Some(slot) = self.find(KIND_FILE, &stamp, 0) {
            return Ok((stamp, slot.digest));
        }
        let content = self.read(path, Some(scan))?;
        Ok((content.stamp, content.digest))
    }

    /// Forgets what this run saw, so that the next questions look again: a compile takes its time, and others edit.
    pub fn look_again(&mut self) {
        self.seen.clear();
    }

    /// A directory with this stamp was checked for the set of names with this digest before, and held none.
    pub fn lacks(&self, dir: &Stamp, names: &Digest) -> bool {
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
            };
            self.pending.push((slot, None));
        }
    }

    fn read(&mut self, path: &Path, scan: Option<&Scan>) -> io::Result<Content> {
        // A pipe would have to be waited for, and reading it would take what the compiler is to read.
        if !Stamp::of(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let (file, _) = bounded::open(path)?;
        let stamp = Stamp::of_file(&file)?;
        self.files_read += 1;
        let (digest, length, facts) = if let Some(scan) = scan {
            let bytes = bounded::contents(&file, stamp.size, TEXT_LIMIT)?;
            (Digest::of_bytes(&bytes), bytes.len() as u64, Some((scan.run)(&bytes)))
        } else {
            if stamp.size > FILE_LIMIT {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            // Toolchain members are large; they are hashed without being held.
            let mut hasher = blake3::Hasher::new();
            let length = io::copy(&mut (&file).take(stamp.size + 1), &mut hasher)?;
            (Digest(*hasher.finalize().as_bytes()), length, None)
        };
        // What the kernel makes up as it is read can be without end, and its size tells nothing.
        if length > stamp.size {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than its size"));
        }
        // What was written to while it was read is as young as that.
        let stamp = Stamp::of_file(&file)?;
        if !self.paranoid && stamp.is_settled(path, self.now_ns) {
            let slot = Slot { kind: KIND_FILE, stamp, extra: 0, offset: NO_FACTS, length: 0, digest };
            self.pending.push((slot, facts.clone()));
        }
        let content = Content { stamp, digest, facts };
        self.seen.insert(path.as_os_str().to_owned(), content.clone());
        Ok(content)
    }

    fn find(&self, kind: u64, stamp: &Stamp, extra: u64) -> Option<Slot> {
        let (table, slots) = self.table.as_ref()?;
        let first = home(kind, stamp, extra, *slots);
        (0..PROBES).find_map(|probe| {
            let mut bytes = [0; SLOT];
            table.read_exact_at(&mut bytes, (((first + probe) & (slots - 1)) + 1) * SLOT as u64).ok()?;
            if bytes[..8] == [0; 8] {
                // Slots are never freed: behind the first empty one there is nothing.
                return Some(None);
            }
            let slot = Slot::decode(&bytes)?;
            (slot.kind == kind && slot.extra == extra && slot.describes(stamp)).then_some(Some(slot))
        })?
    }

    /// The facts a slot points to: a text behind its digest in the pack.
    fn facts(&mut self, slot: &Slot) -> Option<Vec<u8>> {
        if slot.offset == NO_FACTS || slot.length > FACTS_LIMIT {
            return None;
        }
        if self.pack.is_none() {
            self.pack = files::open(&self.state.join("facts.pack")).ok().map(|(pack, _)| pack);
        }
        let mut text = vec![0; usize::try_from(slot.length).ok()?];
        self.pack.as_ref()?.read_exact_at(&mut text, slot.offset).ok()?;
        let (check, facts) = text.split_at_checked(8)?;
        (check == check_of_facts(&slot.digest, facts)).then(|| facts.to_vec())
    }

    /// Writes what this run learned, for the runs to come.
    ///
    /// # Errors
    /// When the state directory cannot be written; nothing is lost by it but time.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut self.pending);
        files::make_dir(self.state.parent().unwrap_or(&self.state), &self.state)?;
        let _guard = lock::exclusive(&self.state.join("memo.lock"), lock::MOMENT)?;
        faults::at(Point::MemoLocked);
        let path = self.state.join("files.memo");
        let mut table = open_table(&path)?;
        let facts: Vec<_> = pending.iter().filter_map(|(slot, facts)| Some((slot.digest, facts.as_deref()?))).collect();
        let mut offset = append_facts(&self.state.join("facts.pack"), &facts)?;
        for (mut slot, facts) in pending {
            if let Some(facts) = facts {
                slot.offset = offset;
                slot.length = facts.len() as u64 + 8;
                offset += slot.length;
            }
            if !put(&table, &slot)? {
                table = grow(&path, &table)?;
                put(&table, &slot)?;
            }
        }
        Ok(())
    }
}

fn extra_of(names: &Digest) -> u64 {
    u64::from_le_bytes(names.0[..8].try_into().unwrap_or_default()) | 1
}

/// Vouches for facts, and for their being about the content with this digest.
fn check_of_facts(content: &Digest, facts: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&content.0).update(facts);
    let mut check = [0; 8];
    hasher.finalize_xof().fill(&mut check);
    check
}

/// Appends facts, each behind its check, in one write, and says where they begin.
fn append_facts(path: &Path, facts: &[(Digest, &[u8])]) -> io::Result<u64> {
    if facts.is_empty() {
        return Ok(0);
    }
    let pack = files::open_or_make(path, Use::Update)?;
    let mut end = files::regular(&pack)?.len();
    if end < PACK_MAGIC.len() as u64 {
        pack.write_all_at(PACK_MAGIC, 0)?;
        end = PACK_MAGIC.len() as u64;
    }
    let mut text = Vec::new();
    for (content, facts) in facts {
        text.extend_from_slice(&check_of_facts(content, facts));
        text.extend_from_slice(facts);
    }
    // A text that is not whole fails its check word, and no slot leads to it yet.
    faults::after(Point::FactsPart, || pack.write_all_at(&text[..text.len() / 2], end));
    pack.write_all_at(&text, end)?;
    faults::at(Point::FactsWritten);
    Ok(end)
}

fn open_for_reading(path: &Path) -> Option<(File, u64)> {
    let (file, meta) = files::open(path).ok()?;
    let mut header = [0; 16];
    file.read_exact_at(&mut header, 0).ok()?;
    let slots = u64::from_le_bytes(header[8..].try_into().ok()?);
    valid_table(&header, meta.len()).then_some((file, slots))
}

fn valid_table(header: &[u8], len: u64) -> bool {
    let slots = u64::from_le_bytes(header[8..16].try_into().unwrap_or_default());
    &header[..8] == MAGIC
        && slots.is_power_of_two()
        && slots.checked_add(1).and_then(|n| n.checked_mul(SLOT as u64)) == Some(len)
}

/// Opens the table for writing, making a new one where there is none or a damaged one.
fn open_table(path: &Path) -> io::Result<File> {
    // A missing one is made empty, and an empty one is as good as damaged.
    if let Ok(file) = files::open_or_make(path, Use::Update) {
        let mut header = [0; 16];
        if file.read_exact_at(&mut header, 0).is_ok() && valid_table(&header, files::regular(&file)?.len()) {
            return Ok(file);
        }
    }
    new_table(path, FIRST_SLOTS)
}

fn new_table(path: &Path, slots: u64) -> io::Result<File> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let temp = files::temporary(dir)?;
    files::share_as_at(temp.as_file(), path)?;
    let mut header = [0; SLOT];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&slots.to_le_bytes());
    temp.as_file().write_all_at(&header, 0)?;
    temp.as_file().set_len((slots + 1) * SLOT as u64)?;
    faults::at(Point::TableWritten);
    let table = temp.persist(path)?;
    faults::at(Point::TableNamed);
    Ok(table)
}

/// Puts a slot near its home; false if there is no room.
fn put(table: &File, slot: &Slot) -> io::Result<bool> {
    let slots = table.metadata()?.len() / SLOT as u64 - 1;
    let first = slot.home(slots);
    let mut free = None;
    for probe in 0..PROBES {
        let offset = (((first + probe) & (slots - 1)) + 1) * SLOT as u64;
        let mut bytes = [0; SLOT];
        table.read_exact_at(&mut bytes, offset)?;
        match Slot::decode(&bytes) {
            Some(known) if known.same_place(slot) => {
                table.write_all_at(&slot.encode(), offset)?;
                return Ok(true);
            }
            Some(_) => {}
            None => free = free.or(Some(offset)),
        }
    }
    let Some(offset) = free else { return Ok(false) };
    faults::after(Point::SlotPart, || table.write_all_at(&slot.encode()[..SLOT / 2], offset));
    table.write_all_at(&slot.encode(), offset)?;
    faults::at(Point::SlotWritten);
    Ok(true)
}

/// A table of twice the size with the same slots. Beyond a bound it starts empty: memos are disposable.
fn grow(path: &Path, old: &File) -> io::Result<File> {
    const MOST_SLOTS: u64 = 1 << 20;
    let mut bytes = Vec::new();
    let len = old.metadata()?.len();
    let slots = len / SLOT as u64 - 1;
    if slots >= MOST_SLOTS {
        return new_table(path, FIRST_SLOTS);
    }
    bytes.resize(usize::try_from(len).unwrap_or(0), 0);
    old.read_exact_at(&mut bytes, 0)?;
    let table = new_table(path, slots * 2)?;
    faults::at(Point::TableGrowing);
    for slot in bytes.chunks_exact(SLOT).skip(1).filter_map(|slot| Slot::decode(slot.try_into().ok()?)) {
        put(&table, &slot)?;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Scan = Scan { format: b'f', run: |_| b"facts".to_vec() };
    const NOT_AGAIN: Scan = Scan { format: b'f', run: |_| panic!("read again") };

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
        assert_eq!(memo.content(&file, &FACTS).unwrap().digest, Digest::of_bytes(b"content"));
        memo.flush().unwrap();
        let mut memo = later(dir.path());
        let content = memo.content(&file, &NOT_AGAIN).unwrap();
        assert_eq!((content.digest, content.facts.as_deref()), (Digest::of_bytes(b"content"), Some(&b"facts"[..])));
        assert_eq!(memo.files_read, 0);
        std::fs::write(&file, "changed").unwrap();
        let mut memo = later(dir.path());
        assert_eq!(memo.digest(&file).unwrap().1, Digest::of_bytes(b"changed"));
    }

    #[test]
    fn facts_in_a_pack_that_was_made_anew_are_not_taken_for_another_files() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("a.h"), dir.path().join("b.h"));
        std::fs::write(&first, "one").unwrap();
        std::fs::write(&second, "two").unwrap();
        let echo = Scan { format: b'f', run: |text| [b"f", text].concat() };
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
        File::create(&file).unwrap().set_len(1 << 40).unwrap();
        let mut memo = later(dir.path());
        assert_eq!(memo.content(&file, &FACTS).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(memo.digest(&file).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn the_window_is_narrow_where_ticks_are_known_to_be_small() {
        let local = tempfile::tempdir().unwrap();
        assert!(is_local(local.path()) && !is_local(Path::new("/proc")) && !is_local(Path::new("/nowhere")));
        let settled = |fraction: i128, age: i128, path: &Path| {
            let ctime_ns = 1_000_000_000_000 + fraction;
            Stamp { dev: 1, ino: 1, size: 1, mtime_ns: 1, ctime_ns, mode: 0 }.is_settled(path, ctime_ns + age)
        };
        for (fraction, age_ms, here, elsewhere) in [
            (5, 0, false, false),
            (5, 100, false, false),
            (5, 101, true, false),
            // Whole seconds may be all a file system knows.
            (0, 101, false, false),
            (5, 2000, true, false),
            (0, 2001, true, true),
            (5, 2001, true, true),
            (5, -1000, false, false),
        ] {
            let age = age_ms * 1_000_000;
            let found = (settled(fraction, age, local.path()), settled(fraction, age, Path::new("/proc")));
            assert_eq!(found, (here, elsewhere), "{fraction} {age_ms}");
        }
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
        let memo = Memo::open(dir.path(), false);
        let kept = (0..FIRST_SLOTS + 100).filter(|ino| memo.lacks(&stamp(*ino), &Digest([7; 32]))).count();
        assert!(kept as u64 > FIRST_SLOTS * 9 / 10, "{kept}");
        assert!(std::fs::metadata(&path).unwrap().len() > (FIRST_SLOTS + 1) * SLOT as u64);
        for damage in [&b""[..], b"PCCmemo1", &[0xff; 4096]] {
            std::fs::write(&path, damage).unwrap();
            assert!(!Memo::open(dir.path(), false).lacks(&stamp(1), &Digest([7; 32])));
        }
    }
}
