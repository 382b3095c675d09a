//! Whom a run believes: who may have written what it is about to read.
//!
//! A store serves programs, so whoever can write in it decides what is built. The same holds for the state, whose
//! memos say that files are unchanged. So the cache's directory, the store and the state must belong to the user who
//! runs this, or to root, and nobody else may write in them. Anything else is refused, unless the user declared it
//! `shared`. `docs/security.md` says what is promised, and why it is these directories.
//!
//! A **private group** is no danger: where accounts have a group of their own, with the number of the user, a umask
//! of 002 is usual, and every directory made by hand lets that group write. Root has no such group (`pam_umask` draws the same
//! line). An access control list shows in the bits of the group, so such a directory is only taken for private if it has none.

use crate::files::{GROUP_WRITES, OTHERS_WRITE};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::OnceLock;

/// Whom this run believes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// This user and root.
    User(u32),
    /// Whoever can write: the user said so.
    Everyone,
}

/// Why something is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// It belongs to the user of this number, who is not believed.
    Owner(u32),
    /// Others than its owner can write in it; these are its mode bits.
    Mode(u32),
}

/// The permissions in a mode, without the file's type.
const PERMISSIONS: u32 = 0o7777;

impl Trust {
    /// This user and root, or everyone for a cache that is declared shared.
    pub fn new(shared: bool) -> Self {
        if shared { Self::Everyone } else { Self::User(me()) }
    }

    /// Nobody who is not believed can have written this.
    pub fn believes(self, metadata: &Metadata) -> bool {
        self.doubt(metadata).is_none()
    }

    /// The owner is believed.
    pub fn believes_owner(self, owner: u32) -> bool {
        match self {
            Self::Everyone => true,
            Self::User(user) => owner == user || owner == 0,
        }
    }

    fn doubt(self, metadata: &Metadata) -> Option<Doubt> {
        let Self::User(user) = self else { return None };
        let (owner, mode) = (metadata.uid(), metadata.mode());
        if !self.believes_owner(owner) {
            return Some(Doubt::Owner(owner));
        }
        let private_group = user != 0 && owner == user && metadata.gid() == user;
        let writers = if private_group { OTHERS_WRITE } else { GROUP_WRITES | OTHERS_WRITE };
        (mode & writers != 0).then_some(Doubt::Mode(mode & PERMISSIONS))
    }

    /// Judges a directory that may be a link to one. `None` also for what is not there, or is no directory: that
    /// fails by itself.
    fn doubt_dir(self, path: &Path) -> Option<Doubt> {
        let mut metadata = fs::symlink_metadata(path).ok()?;
        if metadata.is_symlink() {
            if !self.believes_owner(metadata.uid()) {
                return Some(Doubt::Owner(metadata.uid()));
            }
            metadata = fs::metadata(path).ok()?;
        }
        if !metadata.is_dir() {
            return None;
        }
        self.doubt(&metadata).or_else(|| {
            let mode = metadata.mode() & PERMISSIONS;
            let listed = self != Self::Everyone && mode & GROUP_WRITES != 0 && has_access_list(path);
            listed.then_some(Doubt::Mode(mode))
        })
    }

    /// What is wrong with a directory of the cache, for people.
    pub fn refusal(self, path: &Path) -> Option<String> {
        Some(describe(path, self.doubt_dir(path)?))
    }

    /// What is wrong with a file of the cache, for people.
    pub fn disbelief(self, path: &Path, metadata: &Metadata) -> Option<String> {
        Some(describe(path, self.doubt(metadata)?))
    }
}

fn describe(path: &Path, doubt: Doubt) -> String {
    let me = me();
    let place = path.display();
    match doubt {
        Doubt::Owner(owner) => {
            let unpacked = if me == 0 {
                "if you unpacked it from an archive you trust, `chown -R 0` it, or unpack it with `tar --no-same-owner`"
            } else {
                "if it came from an archive you trust, unpack it as this user, or have it chowned"
            };
            format!(
                "{place} belongs to user {owner}, and this is user {me}: who owns it could change what is built; {unpacked}; \
                 otherwise name another PACKER_CC_DIR, or set PACKER_CC_SHARED=1 if that user is trusted"
            )
        }
        Doubt::Mode(mode) => format!(
            "others can write in {place} (mode {mode:04o}) and so could change what is built; chmod -R go-w it, or set \
             PACKER_CC_SHARED=1 if they are trusted"
        ),
    }
}

/// The number of the user who runs this, asked of the kernel once.
fn me() -> u32 {
    static ME: OnceLock<u32> = OnceLock::new();
    *ME.get_or_init(|| rustix::process::geteuid().as_raw())
}

/// The directory has a POSIX access control list.
fn has_access_list(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        rustix::fs::getxattr_query(path, "system.posix_acl_access").is_ok_and(|size| size > 0)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn writers_and_owners() {
        let dir = tempfile::tempdir().unwrap();
        let me = fs::metadata(dir.path()).unwrap().uid();
        let stranger = Trust::User(me.wrapping_add(12345));
        for (mode, private) in [(0o700, true), (0o755, true), (0o777, false), (0o1777, false), (0o702, false)] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(Trust::new(false).refusal(dir.path()).is_none(), private, "{mode:o}");
            assert_eq!(Trust::new(true).refusal(dir.path()), None, "{mode:o}");
            // What belongs to root is believed by everyone.
            assert_eq!(stranger.refusal(dir.path()).is_none(), private && me == 0, "{mode:o}");
        }
        assert_eq!(Trust::new(false).refusal(&dir.path().join("missing")), None);
    }

    #[test]
    fn a_link_is_judged_by_where_it_leads() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::create_dir(&real).unwrap();
        symlink(&real, &link).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(Trust::new(false).refusal(&link), None);
        fs::set_permissions(&real, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Trust::new(false).refusal(&link).unwrap().contains("0777"));
    }
}
