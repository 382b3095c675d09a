//! The table of memos: which slots there are, where they stand, and how they are read beside those who write.

use crate::digest::Digest;
use crate::disk::stamp::{Stamp, split, unsplit};
use crate::faults::{self, Point};
use crate::files::{self, Use};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"PCCmemo3";
/// The size of a slot.
pub const SLOT: usize = 160;
/// How many slots a new table has.
pub(super) const FIRST_SLOTS: u64 = 8192;
/// A table that would need more slots begins anew, empty.
const MOST_SLOTS: u64 = 1 << 20;
/// Slots are read and written by blocks of so many, filled from the front.
const BLOCK: usize = 16;
/// So many blocks, one behind the other, are looked into for a file; where they are full the table grows.
const PROBES: u64 = 2;
/// Files with neighbouring inodes share a block: what was checked out together is mostly asked for together.
const NEIGHBOURS: u64 = 8;
/// How many blocks are kept in memory.
const KEPT: usize = 64;
/// The size of the header's part that is read: the magic, and how many slots there are.
const HEADER: usize = 16;
/// The size of a word of a slot.
const WORD: usize = 8;
/// Which word of a slot is the inode.
const INODE_WORD: usize = 2;
/// Where the digest stands in a slot, behind ten words.
const DIGEST_AT: usize = 10 * WORD;
/// Where the digest of the code stands in a slot.
const CODE_AT: usize = DIGEST_AT + 32;
/// Where the check stands in a slot, behind all that it is of.
const CHECK_AT: usize = CODE_AT + 32;

/// What a slot says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Whether it is about a file (1) or a directory (2).
    pub kind: u64,
    /// The stamp of the file or directory, without its mode.
    pub stamp: Stamp,
    /// For a directory, a number made of the names that are absent in it; 0 for a file.
    pub extra: u64,
    /// Where in the pack the facts are.
    pub offset: u64,
    /// How many bytes the facts take with their check.
    pub length: u64,
    /// The digest of the file's content, or of the names that are absent in the directory.
    pub digest: Digest,
    /// The digest of the text's code; `None` where nobody looked for it.
    pub code: Option<Digest>,
}

/// Slots of files.
pub(super) const KIND_FILE: u64 = 1;
/// Slots of directories.
pub(super) const KIND_DIR: u64 = 2;
/// Stands for the offset in a slot without facts.
pub(super) const NO_FACTS: u64 = u64::MAX;

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
            slot[at * WORD..(at + 1) * WORD].copy_from_slice(&word.to_le_bytes());
        }
        slot[DIGEST_AT..CODE_AT].copy_from_slice(&self.digest.0);
        slot[CODE_AT..CHECK_AT].copy_from_slice(&self.code.map_or([0; 32], |code| code.0));
        let check = check_word(&slot[..CHECK_AT]);
        slot[CHECK_AT..CHECK_AT + WORD].copy_from_slice(&check.to_le_bytes());
        slot
    }

    /// Reads a slot; `None` for a free or a torn one.
    pub fn decode(slot: &[u8; SLOT]) -> Option<Self> {
        let word = |at: usize| u64::from_le_bytes(slot[at * WORD..(at + 1) * WORD].try_into().unwrap_or_default());
        if word(0) == 0 || word(CHECK_AT / WORD) != check_word(&slot[..CHECK_AT]) {
            return None;
        }
        Some(Self {
            kind: word(0),
            stamp: Stamp {
                dev: word(1),
                ino: word(INODE_WORD),
                size: word(3),
                mtime_ns: unsplit(word(4), word(6) >> 32),
                ctime_ns: unsplit(word(5), word(6) & 0xffff_ffff),
                mode: 0,
            },
            extra: word(7),
            offset: word(8),
            length: word(9),
            digest: Digest(slot[DIGEST_AT..CODE_AT].try_into().ok()?),
            code: Some(Digest(slot[CODE_AT..CHECK_AT].try_into().ok()?)).filter(|code| code.0 != [0; 32]),
        })
    }

    fn same_place(&self, other: &Self) -> bool {
        (self.kind, self.stamp.dev, self.stamp.ino, self.extra)
            == (other.kind, other.stamp.dev, other.stamp.ino, other.extra)
    }

    fn describes(&self, stamp: &Stamp) -> bool {
        Stamp { mode: stamp.mode, ..self.stamp } == *stamp
    }
}

/// The blocks in which a slot for this file is looked for.
fn blocks(kind: u64, stamp: &Stamp, extra: u64, slots: u64) -> impl Iterator<Item = u64> + use<> {
    /// The golden ratio, as hashes begin with it.
    const START: u64 = 0x9e37_79b9_7f4a_7c15;
    /// A multiplier of `MurmurHash3`, which spreads every bit over the upper ones.
    const FACTOR: u64 = 0xff51_afd7_ed55_8ccd;
    let mut hash = START;
    for word in [kind, stamp.dev, stamp.ino / NEIGHBOURS, extra] {
        hash = (hash ^ word).wrapping_mul(FACTOR);
        hash ^= hash >> 32;
    }
    (0..PROBES).map(move |probe| hash.wrapping_add(probe) & (slots / BLOCK as u64 - 1))
}

/// Slots as they stand in the table.
type Block = [u8; BLOCK * SLOT];

/// Reads a block.
fn read_block(table: &File, block: u64) -> io::Result<Block> {
    let mut bytes = [0; BLOCK * SLOT];
    table.read_exact_at(&mut bytes, offset_of(block))?;
    Ok(bytes)
}

/// Where a block begins; before the first one stands the header.
fn offset_of(block: u64) -> u64 {
    (block * BLOCK as u64 + 1) * SLOT as u64
}

/// The slots of a block up to the first that was never written. Slots are not freed: behind it there is nothing.
fn slots_of(block: &Block) -> impl Iterator<Item = &[u8; SLOT]> {
    let (slots, _) = block.as_chunks::<SLOT>();
    slots.iter().take_while(|slot| slot[..WORD] != [0; WORD])
}

/// Detects slots that were read while they were written. Damage by intent is no concern here: `state/` belongs to
/// the user alone.
fn check_word(bytes: &[u8]) -> u64 {
    /// The start of FNV-1a with 64 bits.
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    /// The multiplier of `xorshift64*`.
    const FACTOR: u64 = 0x2545_f491_4f6c_dd1d;
    /// Takes the upper bits, which the multiplication changed most, to the lower ones.
    const TURN: u32 = 29;
    let mut hash = START;
    for word in bytes.chunks_exact(WORD) {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        hash = (hash ^ word).wrapping_mul(FACTOR).rotate_left(TURN);
    }
    // Never 0, which is the check of a slot that was not written.
    hash | 1
}

/// The table as readers see it. They take no lock.
pub(super) struct Table {
    file: File,
    slots: u64,
    /// Blocks that were read, each at the place that is its number modulo [`KEPT`]. The memory comes zeroed, and is not touched before
    /// a block is read into it.
    kept: Vec<u8>,
    /// Which block stands at each place.
    numbers: [u64; KEPT],
}

impl Table {
    /// Opens the table; `None` where there is none or a damaged one.
    pub fn open(path: &Path) -> Option<Self> {
        let (file, meta) = files::open(path).ok()?;
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).ok()?;
        let slots = slots_by(&header, meta.len())?;
        Some(Self { file, slots, kept: Vec::new(), numbers: [u64::MAX; KEPT] })
    }

    /// A block, read where it is not kept.
    fn block(&mut self, number: u64) -> Option<&Block> {
        if self.kept.is_empty() {
            self.kept = vec![0; KEPT * size_of::<Block>()];
        }
        let place = usize::try_from(number % KEPT as u64).ok()?;
        let block: &mut Block = self.kept.as_chunks_mut().0.get_mut(place)?;
        let known = self.numbers.get_mut(place)?;
        if *known != number {
            // What was read in part is nothing.
            *known = u64::MAX;
            self.file.read_exact_at(block, offset_of(number)).ok()?;
            *known = number;
        }
        Some(block)
    }

    /// The slot for this file or directory, if one describes it as it is.
    pub fn find(&mut self, kind: u64, stamp: &Stamp, extra: u64) -> Option<Slot> {
        for number in blocks(kind, stamp, extra, self.slots) {
            let block = self.block(number)?;
            let mut used = 0;
            for slot in slots_of(block) {
                used += 1;
                // A torn slot is none, but takes up its room. Most slots differ in the inode, and need not be decoded.
                if slot[INODE_WORD * WORD..(INODE_WORD + 1) * WORD] == stamp.ino.to_le_bytes()
                    && let Some(slot) = Slot::decode(slot)
                    && (slot.kind, slot.extra) == (kind, extra)
                    && slot.describes(stamp)
                {
                    return Some(slot);
                }
            }
            if used < BLOCK {
                return None;
            }
        }
        None
    }
}

/// The table as the holder of its lock sees it. Slots that are put in the order of [`Writing::home`] are written a block at a time.
pub(super) struct Writing {
    path: PathBuf,
    file: File,
    slots: u64,
    /// The block at hand.
    at_hand: Option<AtHand>,
}

struct AtHand {
    number: u64,
    block: Block,
    is_changed: bool,
}

impl Writing {
    /// Opens the table, making a new one where there is none or a damaged one.
    ///
    /// # Errors
    /// When a new one cannot be made.
    pub fn open(path: &Path) -> io::Result<Self> {
        // A missing one is made empty, and an empty one is as good as damaged.
        if let Ok(file) = files::open_or_make(path, Use::Update) {
            let mut header = [0; HEADER];
            let is_read = file.read_exact_at(&mut header, 0).is_ok();
            if let Some(slots) = slots_by(&header, files::regular(&file)?.len()).filter(|_| is_read) {
                return Ok(Self { path: path.to_owned(), file, slots, at_hand: None });
            }
        }
        Self::new(path, FIRST_SLOTS)
    }

    fn new(path: &Path, slots: u64) -> io::Result<Self> {
        let dir = path.parent().unwrap_or(Path::new("."));
        let temp = files::temporary(dir)?;
        files::share_as_at(temp.as_file(), path)?;
        let mut header = [0; SLOT];
        header[..8].copy_from_slice(MAGIC);
        header[8..16].copy_from_slice(&slots.to_le_bytes());
        temp.as_file().write_all_at(&header, 0)?;
        temp.as_file().set_len((slots + 1) * SLOT as u64)?;
        faults::at(Point::TableWritten);
        let file = temp.persist(path)?;
        faults::at(Point::TableNamed);
        Ok(Self { path: path.to_owned(), file, slots, at_hand: None })
    }

    /// Where the slot comes to stand: slots are best put in this order.
    pub fn home(&self, slot: &Slot) -> u64 {
        blocks(slot.kind, &slot.stamp, slot.extra, self.slots).next().unwrap_or(0)
    }

    /// Puts a slot into one of its blocks, or into a larger table if there is no room.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub fn put(&mut self, slot: &Slot) -> io::Result<()> {
        if !self.find_room(slot)? {
            self.grow()?;
            self.find_room(slot)?;
        }
        Ok(())
    }

    fn find_room(&mut self, slot: &Slot) -> io::Result<bool> {
        for number in blocks(slot.kind, &slot.stamp, slot.extra, self.slots) {
            self.take(number)?;
            let Some(AtHand { block, is_changed, .. }) = &mut self.at_hand else { continue };
            // A torn slot is nobody's, and written over.
            let is_its = |known: &[u8; SLOT]| Slot::decode(known).is_none_or(|known| known.same_place(slot));
            let nth = slots_of(block).position(is_its).unwrap_or_else(|| slots_of(block).count());
            if let Some(place) = block.as_chunks_mut::<SLOT>().0.get_mut(nth) {
                *place = slot.encode();
                *is_changed = true;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes a block the one at hand.
    fn take(&mut self, number: u64) -> io::Result<()> {
        if self.at_hand.as_ref().is_none_or(|at_hand| at_hand.number != number) {
            self.write()?;
            self.at_hand = Some(AtHand { number, block: read_block(&self.file, number)?, is_changed: false });
        }
        Ok(())
    }

    /// Writes the block at hand.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self) -> io::Result<()> {
        let Some(AtHand { number, block, is_changed: true }) = self.at_hand.take() else { return Ok(()) };
        let offset = offset_of(number);
        faults::after(Point::SlotPart, || self.file.write_all_at(&block[..SLOT / 2], offset));
        self.file.write_all_at(&block, offset)?;
        faults::at(Point::SlotWritten);
        Ok(())
    }

    /// Makes a table of twice the size with the same slots. Beyond a bound it starts empty: memos are disposable.
    fn grow(&mut self) -> io::Result<()> {
        self.write()?;
        if self.slots >= MOST_SLOTS {
            *self = Self::new(&self.path, FIRST_SLOTS)?;
            return Ok(());
        }
        let mut table = Self::new(&self.path, self.slots * 2)?;
        faults::at(Point::TableGrowing);
        for number in 0..self.slots / BLOCK as u64 {
            for slot in slots_of(&read_block(&self.file, number)?).filter_map(Slot::decode) {
                // What has no room in the larger table is forgotten.
                table.find_room(&slot)?;
            }
        }
        *self = table;
        Ok(())
    }
}

/// How many slots a table of this header and length has; `None` if it is none.
fn slots_by(header: &[u8; HEADER], len: u64) -> Option<u64> {
    let slots = u64::from_le_bytes(header[8..].try_into().ok()?);
    let is_whole = slots.checked_add(1).and_then(|n| n.checked_mul(SLOT as u64)) == Some(len);
    (&header[..8] == MAGIC && slots.is_power_of_two() && slots >= BLOCK as u64 && is_whole).then_some(slots)
}
