//! What comes and goes in a few directories while the compiler runs.
//!
//! A directory's times say that something came or went, not what. Where a build tool writes its log beside the headers,
//! that would be the end of storing anything, so these directories are watched (`inotify(7)`) for as long as one compile
//! takes. Watching only ever clears a doubt: where it is not to be had, or does not account for a change, the doubt stays.

use rustc_hash::{FxHashMap, FxHashSet};
#[cfg(target_os = "linux")]
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Directories that are watched until this is dropped.
#[derive(Debug, Default)]
pub struct Watch {
    #[cfg(target_os = "linux")]
    queue: Option<std::os::fd::OwnedFd>,
    #[cfg(target_os = "linux")]
    dirs: FxHashMap<i32, PathBuf>,
    /// What was seen so far.
    #[cfg(target_os = "linux")]
    so_far: RefCell<Lossy>,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Default)]
struct Lossy {
    seen: SeenNames,
    /// Some event was not seen, so that `seen` does not count.
    is_lost: bool,
}

/// How many bytes of events are read at once. One event takes 16 and a name of 256 at most (`inotify(7)`).
#[cfg(target_os = "linux")]
const EVENTS: usize = 4096;

/// The names that came or went, by directory; in lower case, since some file systems do not tell.
#[derive(Debug, Default, Clone)]
pub struct SeenNames(FxHashMap<PathBuf, FxHashSet<Vec<u8>>>);

impl SeenNames {
    /// What changed in `dir` is known, and `name` is no part of it. A name that begins with `*` stands for all that end so.
    pub fn never(&self, dir: &Path, name: &[u8]) -> bool {
        let name = name.to_ascii_lowercase();
        let is_one = |seen: &Vec<u8>| match name.strip_prefix(b"*") {
            Some(end) => seen.ends_with(end),
            None => *seen == name,
        };
        name.is_ascii() && self.0.get(dir).is_some_and(|names| !names.is_empty() && !names.iter().any(is_one))
    }
}

#[cfg(target_os = "linux")]
impl Watch {
    /// Watches a directory as well.
    pub fn add(&mut self, dir: PathBuf) {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        if self.queue.is_none() {
            self.queue = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok();
        }
        let what = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVE | WatchFlags::ONLYDIR;
        if let Some(queue) = &self.queue
            && let Ok(number) = add_watch(queue, &dir, what)
        {
            self.dirs.insert(number, dir);
        }
    }

    /// What came and went so far. Nothing if some of it was lost.
    pub fn seen(&self) -> SeenNames {
        use rustix::fs::inotify::{ReadFlags, Reader};
        use rustix::io::Errno;
        let Some(queue) = &self.queue else { return SeenNames::default() };
        let mut so_far = self.so_far.borrow_mut();
        let mut buffer = [std::mem::MaybeUninit::uninit(); EVENTS];
        let mut events = Reader::new(queue, &mut buffer);
        loop {
            match events.next() {
                Ok(event) => {
                    let lost =
                        event.events().intersects(ReadFlags::QUEUE_OVERFLOW | ReadFlags::IGNORED | ReadFlags::UNMOUNT);
                    let (Some(dir), Some(name), false) = (self.dirs.get(&event.wd()), event.file_name(), lost) else {
                        so_far.is_lost = true;
                        break;
                    };
                    so_far.seen.0.entry(dir.clone()).or_default().insert(name.to_bytes().to_ascii_lowercase());
                }
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(_) => {
                    so_far.is_lost = true;
                    break;
                }
            }
        }
        if so_far.is_lost { SeenNames::default() } else { so_far.seen.clone() }
    }
}

#[cfg(not(target_os = "linux"))]
impl Watch {
    /// Nothing is watched here.
    pub fn add(&mut self, _dir: PathBuf) {}

    /// Nothing is known.
    pub fn seen(&self) -> SeenNames {
        SeenNames::default()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_came_and_went_is_known_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("Old.h"), "").unwrap();
        let mut watch = Watch::default();
        watch.add(dir.path().to_owned());
        let quiet = watch.seen();
        assert!(!quiet.never(dir.path(), b"a.h"), "a change that nobody saw stays a doubt");
        fs::write(at("log"), "").unwrap();
        fs::write(at("a.h"), "").unwrap();
        fs::remove_file(at("a.h")).unwrap();
        fs::rename(at("Old.h"), at("new.h.gch")).unwrap();
        let seen = watch.seen();
        for (name, never) in
            [("a.h", false), ("old.h", false), ("b.h", true), ("*.gch", false), ("*.pch", true), ("\u{e4}", false)]
        {
            assert_eq!(seen.never(dir.path(), name.as_bytes()), never, "{name}");
        }
        assert!(!seen.never(Path::new("/elsewhere"), b"b.h"));
    }
}
