//! Keeping the store within its bound.
//!
//! Modification times tell what is in use: every run touches the files that it reads. `state/usage` keeps the size of the store as one
//! number, which every write changes under a lock. So a commit reads one small file to know whether the bound is passed. If it is, the
//! least recently used files go until the store is a tenth below the bound, and the number is made exact again from what was seen. The
//! number is also made anew when it is missing, or belongs to another store directory.
//!
//! Once a day, and whenever the number is made anew, what killed runs left behind goes too: temporary files of the
//! store and the state, and the files of claims that nobody holds.
//!
//! Clocks go wrong, and a time that lies ahead tells nothing. A file that has one counts as the least recently used. A temporary file
//! that has one counts as left behind. A tidying that is noted for a time to come counts as none.

use super::kind::Kind;
use super::layout::Layout;
use crate::faults::{self, Point};
use crate::files::{self, TEMPORARY, Use};
use crate::lock;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A temporary file older than this was left behind by a writer that died.
const ABANDONED: Duration = Duration::from_secs(3600);
/// After how many seconds what killed runs left behind is looked for again.
const TIDY_SECONDS: u64 = 24 * 3600;
/// How long to wait for others that count or evict. Evicting from a large store on a slow disk takes a while.
const PATIENCE: Duration = Duration::from_secs(10);
/// When files are evicted, what only explains misses counts as this much older than it is.
const EXPLANATIONS_AGE: Duration = Duration::from_secs(24 * 3600);
/// Evict down to this many tenths of the bound.
const KEEP_TENTHS: u64 = 9;
/// The bytes of `state/usage`: four numbers of eight bytes each, little-endian.
const RECORD: usize = 4 * 8;

/// Marks a file as used now. A read-only store keeps its order of eviction.
pub fn touch(file: &fs::File) {
    use rustix::fs::{Timestamps, futimens};
    // UTIME_NOW would take the file system's clock. It has ticks, and files that are used within one would have no order.
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    let exact = futimens(file, &Timestamps { last_access: now, last_modification: now });
    if exact == Err(rustix::io::Errno::PERM) {
        // In a shared store the file may be another user's. Whoever may write it may set its time, but only to now.
        let now = rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
        let _ = futimens(file, &Timestamps { last_access: now, last_modification: now });
    }
}

/// Counts a new file of `size` bytes that is about to take the place of one of `replaced` bytes, and evicts if the bound is passed. The
/// new file is there already, under a temporary name.
pub(super) fn account(layout: &Layout, size: u64, replaced: u64) {
    if try_account(layout, size, replaced, SystemTime::now()).is_err() {
        // If the file is not counted, the store grows beyond its bound. Without the number, the next run counts everything. A run that
        // has the number open now writes into a file without a name, which nobody reads.
        let _ = fs::remove_file(layout.state.join("usage"));
    }
}

fn try_account(layout: &Layout, size: u64, replaced: u64, now: SystemTime) -> io::Result<()> {
    let _guard = layout.lock("usage", PATIENCE)?;
    faults::at(Point::UsageLocked);
    let path = layout.state.join("usage");
    let file = files::open_or_make(&path, Use::Update)?;
    files::regular(&file)?;
    faults::at(Point::UsageOpened);
    let owner = owner(layout);
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let known = Usage::read(&file, owner).filter(|known| known.is_tidy(seconds));
    let mut usage = known.unwrap_or_else(|| {
        tidy(layout, now);
        let bytes = total(&scan(layout));
        Usage { bytes: bytes.saturating_sub(size), owner, tidied: seconds }
    });
    usage.bytes = usage.bytes.saturating_add(size).saturating_sub(replaced);
    if layout.max_size != 0 && usage.bytes > layout.max_size {
        usage.bytes = evict(layout, layout.max_size / 10 * KEEP_TENTHS, now);
    }
    usage.write(&file)?;
    faults::at(Point::UsageWritten);
    Ok(())
}

/// What `state/usage` holds, in this order.
struct Usage {
    /// The size of the store.
    bytes: u64,
    /// Device and inode of the store's directory.
    owner: (u64, u64),
    /// When what killed runs left was looked for, in seconds since the epoch.
    tidied: u64,
}

impl Usage {
    fn read(file: &fs::File, owner: (u64, u64)) -> Option<Self> {
        let mut record = [0; RECORD];
        file.read_exact_at(&mut record, 0).ok()?;
        let word = |at: usize| u64::from_le_bytes(record[at..at + 8].try_into().unwrap_or_default());
        ((word(8), word(16)) == owner).then(|| Self { bytes: word(0), owner, tidied: word(24) })
    }

    fn write(&self, file: &fs::File) -> io::Result<()> {
        let mut record = [0; RECORD];
        for (at, word) in [self.bytes, self.owner.0, self.owner.1, self.tidied].into_iter().enumerate() {
            record[at * 8..at * 8 + 8].copy_from_slice(&word.to_le_bytes());
        }
        file.write_all_at(&record, 0)
    }

    fn is_tidy(&self, now: u64) -> bool {
        now.checked_sub(self.tidied).is_some_and(|since| since < TIDY_SECONDS)
    }
}

/// Whether the time lies so far back, or so far ahead, that the run that set it is gone.
fn is_abandoned(time: SystemTime, now: SystemTime) -> bool {
    match now.duration_since(time) {
        Ok(age) => age > ABANDONED,
        Err(ahead) => ahead.duration() > ABANDONED,
    }
}

fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TEMPORARY))
}

/// Removes what runs that were killed have left in the store and the state.
fn tidy(layout: &Layout, now: SystemTime) {
    for found in scan(layout) {
        if is_temporary(&found.path) && found.is_left_behind(now) {
            let _ = fs::remove_file(&found.path);
        }
    }
    let old_files = |dir: PathBuf| {
        let items = fs::read_dir(dir).into_iter().flatten().flatten();
        items.filter_map(move |item| {
            let meta = item.metadata().ok()?;
            (meta.is_file() && is_abandoned(meta.modified().ok()?, now)).then(|| item.path())
        })
    };
    for dir in [layout.state.clone(), layout.state.join("compilers")] {
        for path in old_files(dir).filter(|path| is_temporary(path)) {
            let _ = fs::remove_file(path);
        }
    }
    for path in old_files(layout.state.join("locks")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_claim = [lock::COMPILE, lock::OUTPUT, lock::ASK].iter().any(|prefix| name.starts_with(prefix));
        // The claim is held while its file is removed, so that no run takes it in between.
        if is_claim && let Ok(Some(_guard)) = lock::try_exclusive(&path) {
            let _ = fs::remove_file(path);
        }
    }
}

/// A file of the store, of whichever version.
pub(super) struct StoredFile {
    pub(super) path: PathBuf,
    pub(super) size: u64,
    used: SystemTime,
}

impl StoredFile {
    /// When it was used last, as eviction counts it: what only explains misses goes before results that are as old.
    fn worth(&self) -> SystemTime {
        let kind = self.path.iter().nth_back(2).and_then(|name| Kind::from_letter(name.to_str()?));
        let is_less = kind.is_some_and(Kind::only_explains);
        if is_less { self.used.checked_sub(EXPLANATIONS_AGE).unwrap_or(UNIX_EPOCH) } else { self.used }
    }

    fn is_left_behind(&self, now: SystemTime) -> bool {
        is_left_behind(&self.path, self.used, now)
    }
}

/// Whether the writer of a temporary file is gone. A writer holds the file's lock as long as it lives.
pub(super) fn is_left_behind(path: &Path, used: SystemTime, now: SystemTime) -> bool {
    let unlocked = || files::open(path).and_then(|(file, _)| lock::try_exclusive_file(&file));
    is_abandoned(used, now) || unlocked().unwrap_or(false)
}

/// Whether the time lies so far ahead that no run of this machine can have set it, unless the clock was set back since.
pub(super) fn is_ahead(used: SystemTime, now: SystemTime) -> bool {
    used.duration_since(now).is_ok_and(|ahead| ahead > ABANDONED)
}

/// All files of the store, of every version: the bound is for them together. Other files in the directory are not packer-cc's:
/// somebody may have named a directory with files of his own in it.
pub(super) fn scan(layout: &Layout) -> Vec<StoredFile> {
    let mut found = Vec::new();
    let is_version = |name: &[u8]| matches!(name, [b'v', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit));
    let versions = fs::read_dir(&layout.dir).into_iter().flatten().flatten();
    let versions = versions.filter(|item| is_version(item.file_name().as_bytes()));
    let mut dirs: Vec<PathBuf> =
        versions.filter(|item| item.file_type().is_ok_and(|kind| kind.is_dir())).map(|item| item.path()).collect();
    while let Some(dir) = dirs.pop() {
        for item in fs::read_dir(dir).into_iter().flatten().flatten() {
            // This asks the item itself: a link in the store is never followed.
            let Ok(meta) = item.metadata() else { continue };
            if meta.is_dir() {
                dirs.push(item.path());
            } else {
                found.push(StoredFile {
                    path: item.path(),
                    size: meta.len(),
                    used: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                });
            }
        }
    }
    found
}

/// Removes the least recently used files until at most `target` bytes are left, and returns what is left.
fn evict(layout: &Layout, target: u64, now: SystemTime) -> u64 {
    bring_to(target, scan(layout), now, |found| {
        // Another process may have removed it; it is gone either way.
        let _ = fs::remove_file(&found.path);
        faults::at(Point::Evicted);
        true
    })
}

/// Has the least recently used of `files` removed until at most `target` bytes are left, and returns what is left.
/// `remove` says whether the file is gone.
pub(super) fn bring_to(
    target: u64,
    mut files: Vec<StoredFile>,
    now: SystemTime,
    mut remove: impl FnMut(&StoredFile) -> bool,
) -> u64 {
    files.sort_by_key(|found| if is_ahead(found.used, now) { UNIX_EPOCH } else { found.worth() });
    // Temporary files come first: what killed runs left goes before anything that is of use.
    files.sort_by_key(|found| !is_temporary(&found.path));
    let mut left = total(&files);
    for found in &files {
        let goes = if is_temporary(&found.path) { found.is_left_behind(now) } else { left > target };
        if goes && remove(found) {
            left = left.saturating_sub(found.size);
        }
    }
    left
}

/// Makes the number in the state exact again after files were removed. Where there is none, the next commit counts.
///
/// # Errors
/// When the number can neither be changed nor removed. A wrong one would then decide about the bound.
pub(super) fn recount(layout: &Layout) -> io::Result<()> {
    let path = layout.state.join("usage");
    let count = || {
        let _guard = layout.lock("usage", PATIENCE)?;
        let file = files::open_or_make(&path, Use::Update)?;
        files::regular(&file)?;
        let known = Usage::read(&file, owner(layout)).ok_or(io::ErrorKind::InvalidData)?;
        // A file that is being written is counted here, and once more when it is done. That is too much, and the next eviction corrects
        // it.
        Usage { bytes: total(&scan(layout)), ..known }.write(&file)
    };
    if fs::symlink_metadata(&path).is_err() || count().is_ok() {
        return Ok(());
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Device and inode of the store's directory.
fn owner(layout: &Layout) -> (u64, u64) {
    fs::metadata(layout.files()).map_or((0, 0), |meta| (meta.dev(), meta.ino()))
}

/// The bytes of all files together. Sparse files can claim more than there is, so the sum may not overflow.
fn total(files: &[StoredFile]) -> u64 {
    files.iter().fold(0, |total, found| total.saturating_add(found.size))
}

/// The bytes the store holds, counted.
pub fn size(layout: &Layout) -> u64 {
    total(&scan(layout))
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::super::entry;
    use super::*;
    use crate::outputs::{OutputPart, Outputs};

    #[test]
    fn the_bound_holds_after_every_write_and_the_used_stay() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 100_000);
        // Bytes that do not compress.
        let noise = |seed: u8| -> Vec<u8> {
            let mut out = vec![0; 9000];
            blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut out);
            out
        };
        let put = |seed| {
            entry::put(&store, &Outputs { compile_us: 0, parts: vec![(OutputPart::Main, noise(seed))] }).unwrap()
        };
        let kept = put(0);
        for seed in 1..60 {
            put(seed);
            // Used by every run, so never the least recently used.
            assert!(entry::get(&store, &kept).is_some(), "{seed}");
            assert!(size(&store.layout) <= 100_000, "{seed}");
        }
    }

    fn put(store: &Store, content: &[u8]) -> PathBuf {
        let entry = Outputs { compile_us: 0, parts: vec![(OutputPart::Main, content.to_vec())] };
        let name = entry::put(store, &entry).unwrap();
        store.layout.path(super::super::Kind::Entry, &name.0)
    }

    fn set_time(path: &Path, time: SystemTime) {
        fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn what_killed_runs_left_goes_within_a_day_however_the_clock_moves() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let now = SystemTime::now();
        let hours = |count: u64| Duration::from_secs(count * 3600);
        let beside = put(&store, b"an entry");
        for dir in ["state/compilers", "state/locks"] {
            fs::create_dir_all(store.layout.state.parent().unwrap().join(dir)).unwrap();
        }
        let left = |name: &str, time: SystemTime| {
            let places = [
                beside.with_file_name(format!("{TEMPORARY}{name}")),
                store.layout.state.join(format!("{TEMPORARY}{name}")),
                store.layout.state.join("compilers").join(format!("{TEMPORARY}{name}")),
                store.layout.state.join("locks").join(format!("{}{name}", lock::COMPILE)),
            ];
            for place in &places {
                fs::write(place, "left").unwrap();
                set_time(place, time);
            }
            places
        };
        let past = left("past", now - hours(2));
        let ahead = left("ahead", now + hours(2));
        let (young, held) = (left("young", now), left("held", now - hours(2)));
        let guard = lock::try_exclusive(&held[3]).unwrap().unwrap();
        // Within the day nobody looks.
        try_account(&store.layout, 1, 0, now).unwrap();
        assert!(past.iter().chain(&ahead).all(|path| path.exists()));
        // The clock moves back by an hour: a tidying that is noted for a time to come counts as none.
        try_account(&store.layout, 1, 0, now - hours(1) + Duration::from_secs(60)).unwrap();
        assert!(past.iter().chain(&ahead).all(|path| !path.exists()));
        assert!(young[1..].iter().all(|path| path.exists()) && held[3].exists() && beside.exists());
        drop(guard);
        // A process that another test starts at this moment holds the lock until it is that other program.
        let free = std::iter::repeat_with(|| lock::try_exclusive(&held[3]).unwrap()).find(Option::is_some);
        drop(free);
        let is_gone = |days: u64| {
            try_account(&store.layout, 1, 0, now + hours(25 * days)).unwrap();
            !held[3].exists()
        };
        assert!((1..20).any(is_gone));
        assert!(young.iter().chain(&held).all(|path| !path.exists()) && beside.exists());
    }

    #[test]
    fn what_is_being_written_stays_and_what_killed_runs_left_takes_no_room() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let entry = put(&store, b"an entry");
        let (writing, left) = (entry.with_file_name(".tmp-writing"), entry.with_file_name(".tmp-left"));
        for path in [&writing, &left] {
            fs::write(path, [0; 10_000]).unwrap();
        }
        let writer = fs::File::open(&writing).unwrap();
        assert!(lock::try_exclusive_file(&writer).unwrap());
        assert!(evict(&store.layout, 11_000, SystemTime::now()) < 11_000);
        assert!(writing.exists() && !left.exists() && entry.exists());
    }

    #[test]
    fn files_from_the_future_go_first() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("store"), dir.path().join("state"), 0);
        let now = SystemTime::now();
        let [future, used, old] = [b"future", b"usable", b"oldest"].map(|content| put(&store, content));
        set_time(&future, now + Duration::from_secs(40 * 24 * 3600));
        set_time(&old, now - Duration::from_secs(3600));
        let one = fs::metadata(&used).unwrap().len();
        assert_eq!(evict(&store.layout, 2 * one, now), 2 * one);
        assert!(!future.exists() && used.exists() && old.exists());
        assert_eq!(evict(&store.layout, one, now), one);
        assert!(used.exists() && !old.exists());
    }
}
