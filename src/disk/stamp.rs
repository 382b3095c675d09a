//! Stamps: what the file system says of a file, and when that can be trusted to tell one content from another.
//!
//! Within one clock tick a file can change without its times changing (see git's "racy git" notes), so a stamp vouches for a
//! content only if the file was older than the look at it by more than the racy window.
//!
//! The window is wide, two seconds, for the coarsest file systems and for servers whose clocks differ a little. A fresh
//! checkout that is built at once would be read again in each of its first compiles, with hits some hundreds of times. So
//! it is narrow where a tick is known to be small: on local file systems (see `is_local`) whose kernel stamps a change with
//! the very clock a run asks when it begins, and for a status change time with a fraction of a second. What is changed after
//! a run began then has a later time than whatever was a tick older than the run.

use crate::codec::{Reader, Writer};
use std::fs::File;
use std::io;
use std::path::Path;

/// Files younger than this when they were memoised may have changed since within the same timestamp.
pub const RACY_WINDOW_NS: i128 = 2_000_000_000;
/// The same where timestamps are known to be made by this machine's own clock, tick by tick. A kernel of Linux has a hundred ticks a second
/// at least, so this window is ten ticks.
pub const LOCAL_WINDOW_NS: i128 = 100_000_000;
/// A second in nanoseconds.
pub const SECOND_NS: i128 = 1_000_000_000;

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
    pub(crate) fn from_stat(stat: &rustix::fs::Stat) -> Self {
        let ns = |seconds: i64, nanos: i64| i128::from(seconds) * SECOND_NS + i128::from(nanos);
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

    /// Whether the file that `path` leads to, of which this is the stamp, was last touched longer ago than the racy window. `now_ns` are
    /// nanoseconds since the epoch.
    pub fn is_settled(&self, path: &Path, now_ns: i128) -> bool {
        let age = now_ns - self.latest_ns();
        // The file system is asked only where it matters, which is in the first seconds of a build.
        age > RACY_WINDOW_NS || age > LOCAL_WINDOW_NS && self.ctime_ns % SECOND_NS != 0 && is_local(path)
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

/// Whether `path` leads to the null device, which holds nothing (`null(4)`).
pub fn is_null_device(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FileType, major, minor, stat};
        /// The device's major and minor number (`null(4)`).
        const NULL: (u32, u32) = (1, 3);
        stat(path).is_ok_and(|stat| {
            FileType::from_raw_mode(stat.st_mode).is_char_device() && (major(stat.st_rdev), minor(stat.st_rdev)) == NULL
        })
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        false
    }
}

/// The file system at `path` is one whose files are stamped by this machine's kernel, in its ticks.
pub(crate) fn is_local(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        /// ext2 to ext4. These numbers are the `f_type` of `statfs(2)`.
        const EXT: i64 = 0xef53;
        const XFS: i64 = 0x5846_5342;
        const BTRFS: i64 = 0x9123_683e;
        const TMPFS: i64 = 0x0102_1994;
        const F2FS: i64 = 0xf2f5_2010;
        const ZFS: i64 = 0x2fc1_2fc1;
        const BCACHEFS: i64 = 0xca45_1a4e;
        /// Its upper layer is one of the others.
        const OVERLAYFS: i64 = 0x794c_7630;
        const KINDS: [i64; 8] = [EXT, XFS, BTRFS, TMPFS, F2FS, ZFS, BCACHEFS, OVERLAYFS];
        #[expect(clippy::unnecessary_cast, reason = "the type of the field differs between platforms")]
        rustix::fs::statfs(path).is_ok_and(|stat| KINDS.contains(&(stat.f_type as i64)))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        false
    }
}

/// Seconds since the epoch, as two's complement, and nanoseconds.
pub(crate) fn split(time: i128) -> (u64, u64) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seconds since the epoch fit 64 bits, as two's complement"
    )]
    let parts = (time.div_euclid(SECOND_NS) as i64 as u64, time.rem_euclid(SECOND_NS) as u64);
    parts
}

/// The time that was [`split`].
pub(crate) fn unsplit(seconds: u64, nanos: u64) -> i128 {
    i128::from(seconds.cast_signed()) * SECOND_NS + i128::from(nanos)
}

/// Nanoseconds since the epoch by the clock file systems stamp files with (its ticks, not finer).
pub fn coarse_now_ns() -> i128 {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::RealtimeCoarse;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Realtime;
    let now = rustix::time::clock_gettime(clock);
    i128::from(now.tv_sec) * SECOND_NS + i128::from(now.tv_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_null_device_is_told_from_other_devices() {
        assert!(is_null_device(Path::new("/dev/null")));
        for other in ["/dev/zero", "/dev", "/nowhere", "/proc/self/exe"] {
            assert!(!is_null_device(Path::new(other)), "{other}");
        }
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
}
