//! Who may write in the cache, and whose files are believed.

use super::{LINE, admin, all_below, chmod, clear, detail, log, mode, project, worlds_user};
use crate::fixture::{ALICE, MALLORY, World, as_user};
use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};

/// A group that two users are in.
const GROUP: u32 = 777;

#[test]
fn private_by_default_under_any_umask() {
    for mask in ["000", "002", "022", "077"] {
        let world = World::new();
        project(&world);
        world.cc(LINE).under(&format!("sh -c 'umask {mask}; exec \"$@\"' sh")).miss();
        world.cc("-DB -c a.c").under(&format!("sh -c 'umask {mask}; exec \"$@\"' sh")).miss();
        world.cc(LINE).hit();
        for path in all_below(&world.cache()) {
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), expected, "umask {mask}: {}", path.display());
        }
    }
}

#[test]
fn a_cache_that_others_can_write_is_refused() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    for part in ["", "store", "state"] {
        let place = world.cache().join(part);
        for open in [0o777, 0o1777, 0o772, 0o720] {
            chmod(&place, open);
            let runs = world.runs().len();
            // Without the state there is no place for a record.
            world.cc(LINE).does(if part == "state" { "unrecorded, compiled" } else { "bypass: store" });
            assert_eq!(world.runs().len() - runs, 2, "{part} {open:o}: the compiler ran");
            let says = |text: &str| text.contains("others can write in") && text.contains("PACKER_CC_SHARED=1");
            if part != "state" {
                assert!(detail(&world).starts_with("store: ") && says(&detail(&world)), "{}", detail(&world));
            }
            assert!(says(log(&world).lines().last().expect("a line")), "{part}: {}", log(&world));
            for (args, status) in [(&["config"][..], 1), (&["stats"], 0), (&["store", "path"], 0), (&["journal"], 0)] {
                let ran = admin(&world, args);
                assert_eq!(ran.status.code(), Some(status), "{args:?}");
                assert!(says(&ran.stderr_text()), "{args:?}: {}", ran.stderr_text());
            }
            chmod(&place, 0o755);
            world.cc(LINE).hit();
        }
    }
    assert!(admin(&world, &["config"]).stderr.is_empty());
}

#[test]
fn a_cache_that_is_declared_shared_is_used() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    for path in all_below(&world.cache()) {
        chmod(&path, if path.is_dir() { 0o777 } else { 0o666 });
    }
    world.cc(LINE).does("unrecorded, compiled");
    world.cc(LINE).env("PACKER_CC_SHARED", "1").hit();
    world.file(".packer-cc.toml", "shared = true\n");
    // The file declares a root as well, which would make commands run in the `relative` mode.
    let exact = || world.cc(LINE).env("PACKER_CC_ROOT", "/").env("PACKER_CC_PATHS", "exact");
    exact().hit();
    exact().env("PACKER_CC_SHARED", "0").does("unrecorded, compiled");
    assert!(admin(&world, &["config"]).status.success());
}

/// Two users of one group fill one store, whatever their umask is.
#[test]
fn a_group_shares_a_store() {
    let world = World::new().env("PACKER_CC_SHARED", "1");
    project(&world);
    let program = world.open_to_everyone();
    fs::create_dir(world.cache()).expect("the cache");
    chown(world.cache(), Some(0), Some(GROUP)).expect("a group");
    chmod(&world.cache(), 0o2770);
    let member = |user: u32, line: &str| {
        let prefix =
            format!("setpriv --reuid={user} --regid={user} --groups={GROUP} sh -c 'umask 077; exec \"$@\"' sh");
        clear(&world);
        world.cc(line).wrapper(program.clone()).under(&prefix)
    };
    member(ALICE, LINE).miss();
    member(MALLORY, LINE).hit();
    member(MALLORY, "-O1 -c a.c -o a.o").miss();
    member(ALICE, "-O1 -c a.c -o a.o").hit();
    // The same manifest from both.
    world.file("a.h", "#define A 2\n");
    member(ALICE, LINE).miss();
    world.file("a.h", "#define A 3\n");
    member(MALLORY, LINE).miss();
    member(ALICE, LINE).hit();
    for path in all_below(&world.cache()).into_iter().skip(1) {
        let metadata = fs::symlink_metadata(&path).expect("a file");
        assert_eq!(metadata.gid(), GROUP, "{}", path.display());
        assert_eq!(mode(&path), if path.is_dir() { 0o2770 } else { 0o660 }, "{}", path.display());
    }
    world.cc(LINE).env("PACKER_CC_SHARED", "").does("unrecorded, compiled");
    // A user who is not in the group has no cache, and the compiler runs.
    let outsider = || world.cc(LINE).wrapper(program.clone()).under(&as_user(99));
    chmod(&world.path("tree"), 0o777);
    outsider().does("unrecorded, compiled");
}

#[test]
fn a_shared_cache_that_is_not_there_yet_is_made_for_the_group() {
    let world = World::new().env("PACKER_CC_SHARED", "1");
    project(&world);
    world.cc(LINE).under("sh -c 'umask 077; exec \"$@\"' sh").miss();
    assert_eq!(mode(&world.cache()), 0o2770);
    assert_eq!(mode(&world.cache().join("store/v1")), 0o2770);
    assert_eq!(mode(&world.cache().join("state/journal")), 0o660);
}

/// Somebody else may have made the directory first, as happens with `/tmp/cache`.
#[test]
fn a_cache_of_another_user_is_refused() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    for part in ["", "store", "state"] {
        let place = world.cache().join(part);
        chown(&place, Some(MALLORY), None).expect("an owner");
        world.cc(LINE).does(if part == "state" { "unrecorded, compiled" } else { "bypass: store" });
        let line = log(&world).lines().last().expect("a line").to_owned();
        assert!(line.contains("belongs to user 4321, and this is user 0"), "{line}");
        assert!(admin(&world, &["stats"]).stderr_text().contains("belongs to user 4321"));
        world.cc(LINE).env("PACKER_CC_SHARED", "1").hit();
        chown(&place, Some(0), None).expect("an owner");
        world.cc(LINE).hit();
    }
    // What root made serves everybody who can read it.
    let program = world.open_to_everyone();
    for path in all_below(&world.cache()) {
        chmod(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
    world.cc(LINE).wrapper(program).under(&as_user(ALICE)).does("unrecorded");
    // This user cannot write the journal and the memos, and the log ends with saying so.
    let outcome = log(&world).lines().rev().take(3).any(|line| line.contains("outcome: hit"));
    assert!(outcome, "{}", log(&world));
}

#[test]
fn nothing_is_written_into_a_cache_that_is_refused() {
    let world = World::new();
    project(&world);
    for (owner, open) in [(MALLORY, 0o755), (0, 0o777)] {
        let _ = fs::remove_dir_all(world.cache());
        fs::create_dir(world.cache()).expect("the cache");
        chown(world.cache(), Some(owner), None).expect("an owner");
        chmod(&world.cache(), open);
        world.cc(LINE).does("unrecorded, compiled");
        assert_eq!(all_below(&world.cache()), [world.cache()]);
    }
}

/// A link in `/tmp` that leads to a directory of the victim's, with what the attacker wants in it.
#[test]
fn a_planted_link_to_a_cache_is_refused() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    let link = world.path("link");
    symlink(world.cache(), &link).expect("a link");
    // A user may have the cache elsewhere.
    world.cc(LINE).env("PACKER_CC_DIR", &link).hit();
    assert!(log(&world).lines().last().expect("a line").contains("outcome: hit"));
    std::os::unix::fs::lchown(&link, Some(MALLORY), None).expect("an owner");
    world.cc(LINE).env("PACKER_CC_DIR", &link).bypass("store");
    assert!(log(&world).contains("link belongs to user 4321"), "{}", log(&world));
    for part in ["store", "state"] {
        let (place, away) = (world.cache().join(part), world.cache().join("away"));
        fs::rename(&place, &away).expect("a move");
        symlink("away", &place).expect("a link");
        world.cc(LINE).hit();
        std::os::unix::fs::lchown(&place, Some(MALLORY), None).expect("an owner");
        world.cc(LINE).does(if part == "state" { "unrecorded, compiled" } else { "bypass: store" });
        fs::remove_file(&place).expect("the link");
        fs::rename(&away, &place).expect("a move");
    }
    world.cc(LINE).hit();
}

/// With a umask of 002 every directory a user makes lets the user's private group write.
#[test]
fn a_private_group_is_no_danger() {
    let world = World::new();
    project(&world);
    let program = worlds_user(&world, ALICE);
    chmod(&world.cache(), 0o775);
    let run = || {
        clear(&world);
        world.cc(LINE).wrapper(program.clone()).under(&as_user(ALICE))
    };
    run().miss();
    run().hit();
    // Only the group with the user's own number is private.
    chown(world.cache(), None, Some(GROUP)).expect("a group");
    run().bypass("store");
    chown(world.cache(), None, Some(ALICE)).expect("a group");
    run().hit();
    // An access control list hides behind the bits of the group. This is the kernel's form of one: version 2, and tag,
    // rights and number of each entry: the owner, MALLORY, the group, the mask and all others.
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, bits, id) in
        [(1_u16, 7_u16, u32::MAX), (2, 7, MALLORY), (4, 5, u32::MAX), (0x10, 7, u32::MAX), (0x20, 5, u32::MAX)]
    {
        list.extend(tag.to_le_bytes());
        list.extend(bits.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    // Where the file system has none there is nothing to be seen.
    if rustix::fs::setxattr(world.cache(), "system.posix_acl_access", &list, rustix::fs::XattrFlags::empty()).is_ok() {
        run().bypass("store");
        assert!(log(&world).contains("others can write in"), "{}", log(&world));
    }
}

/// The store was open to others for a while, and its owner closed it again.
#[test]
fn files_that_others_left_behind_are_not_believed() {
    let left_behind: [fn(&Path); 2] =
        [|file| chown(file, Some(MALLORY), None).expect("an owner"), |file| chmod(file, 0o666)];
    for change in left_behind {
        for kind in ["/v1/m/", "/v1/e/"] {
            let world = World::new();
            project(&world);
            world.cc(LINE).miss();
            let is_kind = |file: &&PathBuf| file.to_string_lossy().contains(kind);
            let files = world.store_files();
            change(files.iter().find(is_kind).expect("a file"));
            // A lookup removes nothing of it. A run that keeps its result would put a new file into the place of one that
            // was removed.
            world.cc(LINE).env("PACKER_CC_READONLY", "1").miss();
            assert_eq!(world.store_files(), files);
            world.cc(LINE).miss();
            world.cc(LINE).hit();
        }
    }
}
