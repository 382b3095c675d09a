//! What `docs/security.md` promises: who may write what is believed, what a hostile store cannot do, what is never
//! recorded.
//!
//! Two users play here: whoever runs the tests (root, in a container), and strangers that `setpriv` makes.

use crate::fixture::{Ran, World, host_program, packer_cc};
use crate::forge;
use packer_cc::codec::Writer;
use packer_cc::command::SideKind;
use packer_cc::digest::{Digest, EntryId, KeyId};
use packer_cc::outputs::{Outputs, Part};
use packer_cc::paths::{Base, Rooted};
use packer_cc::proof::{Absent, Input, Rule};
use packer_cc::store::Store;
use packer_cc::store::entry;
use packer_cc::store::manifest::{self, Candidate};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

const LINE: &str = "-Wall -MMD -c a.c -o a.o";
const ALICE: u32 = 1234;
const MALLORY: u32 = 4321;

fn project(world: &World) {
    world.files(&[("a.c", "#include \"a.h\"\nint a(void) { int unused; return A; }\n"), ("a.h", "#define A 1\n")]);
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn give(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if fs::symlink_metadata(path).expect("a file").is_dir() {
        for item in fs::read_dir(path).expect("a directory") {
            give(&item.expect("an item").path(), user);
        }
    }
}

/// Everything under a directory, itself included.
fn all_below(path: &Path) -> Vec<PathBuf> {
    let mut all = vec![path.to_owned()];
    if fs::symlink_metadata(path).expect("a file").is_dir() {
        for item in fs::read_dir(path).expect("a directory") {
            all.extend(all_below(&item.expect("an item").path()));
        }
    }
    all
}

fn as_user(user: u32) -> String {
    format!("setpriv --reuid={user} --regid={user} --clear-groups")
}

fn fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
}

/// A world in which a stranger can work: the cache is the stranger's own.
fn worlds_user(world: &World, user: u32) -> PathBuf {
    let program = world.open_to_everyone();
    fs::create_dir_all(world.cache()).expect("the cache");
    chmod(&world.cache(), 0o700);
    give(&world.cache(), user);
    program
}

/// Removes the outputs, which may belong to another user than the next run's.
fn clear(world: &World) {
    for output in ["a.o", "a.d"] {
        let _ = fs::remove_file(world.tree().join(output));
    }
}

/// What the last run's record says.
fn detail(world: &World) -> String {
    let record = world.journal().pop().expect("a record");
    format!("{}: {}", record["reason"].as_str().unwrap_or_default(), record["detail"].as_str().unwrap_or_default())
}

fn log(world: &World) -> String {
    fs::read_to_string(world.path("log")).unwrap_or_default()
}

fn admin(world: &World, args: &[&str]) -> Ran {
    world.shell(packer_cc(), args)
}

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
            world.cc(LINE).same();
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
    world.cc(LINE).compiled();
    world.cc(LINE).env("PACKER_CC_SHARED", "1").hit();
    world.file(".packer-cc.toml", "shared = true\n");
    // Where a root is declared, commands run in another way.
    let exact = || world.cc(LINE).env("PACKER_CC_ROOT", "/").env("PACKER_CC_PATHS", "exact");
    exact().hit();
    exact().env("PACKER_CC_SHARED", "0").compiled();
    assert!(admin(&world, &["config"]).status.success());
}

/// Two users of one group fill one store, whatever their umask is.
#[test]
fn a_group_shares_a_store() {
    let world = World::new().env("PACKER_CC_SHARED", "1");
    project(&world);
    let program = world.open_to_everyone();
    fs::create_dir(world.cache()).expect("the cache");
    chown(world.cache(), Some(0), Some(777)).expect("a group");
    chmod(&world.cache(), 0o2770);
    let member = |user: u32, line: &str| {
        let prefix = format!("setpriv --reuid={user} --regid={user} --groups=777 sh -c 'umask 077; exec \"$@\"' sh");
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
        assert_eq!(metadata.gid(), 777, "{}", path.display());
        assert_eq!(mode(&path), if path.is_dir() { 0o2770 } else { 0o660 }, "{}", path.display());
    }
    world.cc(LINE).env("PACKER_CC_SHARED", "").compiled();
    // Who is not of the group has no cache, and a compiler.
    let outsider = || world.cc(LINE).wrapper(program.clone()).under(&as_user(99));
    chmod(&world.path("tree"), 0o777);
    outsider().same();
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

/// `/tmp/cache`, made by somebody else before.
#[test]
fn a_cache_of_another_user_is_refused() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    for part in ["", "store", "state"] {
        let place = world.cache().join(part);
        chown(&place, Some(MALLORY), None).expect("an owner");
        world.cc(LINE).compiled();
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
    world.cc(LINE).wrapper(program).under(&as_user(ALICE)).same();
    // Where it cannot write journal and memos, the log says so last.
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
        world.cc(LINE).compiled();
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
    world.cc(LINE).env("PACKER_CC_DIR", &link).same();
    assert!(log(&world).lines().last().expect("a line").contains("outcome: hit"));
    std::os::unix::fs::lchown(&link, Some(MALLORY), None).expect("an owner");
    world.cc(LINE).env("PACKER_CC_DIR", &link).compiled();
    assert!(log(&world).contains("link belongs to user 4321"), "{}", log(&world));
    for part in ["store", "state"] {
        let (place, away) = (world.cache().join(part), world.cache().join("away"));
        fs::rename(&place, &away).expect("a move");
        symlink("away", &place).expect("a link");
        world.cc(LINE).hit();
        std::os::unix::fs::lchown(&place, Some(MALLORY), None).expect("an owner");
        world.cc(LINE).compiled();
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
    // Another group is another matter.
    chown(world.cache(), None, Some(100)).expect("a group");
    run().compiled();
    chown(world.cache(), None, Some(ALICE)).expect("a group");
    run().hit();
    // An access control list hides behind the bits of the group.
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
        run().compiled();
        assert!(log(&world).contains("others can write in"), "{}", log(&world));
    }
}

/// The store was open once, and closed again by who was told to.
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
            world.cc(LINE).miss();
            world.cc(LINE).hit();
            // Nothing of it is removed by who only looks.
            assert!(world.store_files().len() >= files.len());
        }
    }
}

/// Links, pipes, devices and sockets in the place of each file of the cache.
#[test]
fn planted_links_and_pipes_are_misses() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    world.cc(LINE).hit();
    fs::write(world.path("victim"), "precious").expect("a file");
    // The fixture itself reads the journal.
    let is_other = |path: &PathBuf| !path.is_dir() && !path.ends_with("state/journal");
    let names: Vec<_> = all_below(&world.cache()).into_iter().filter(is_other).collect();
    assert!(names.len() > 5, "{names:?}");
    for file in names {
        let good = fs::read(&file);
        for kind in 0..6 {
            let _ = fs::remove_file(&file);
            match kind {
                0 => symlink(world.path("victim"), &file).expect("a link"),
                1 => symlink(world.path("not there"), &file).expect("a link"),
                2 => symlink("/dev/zero", &file).expect("a link"),
                3 => fifo(&file),
                4 => drop(std::os::unix::net::UnixListener::bind(&file)),
                _ => symlink(&file, &file).expect("a link to itself"),
            }
            world.cc(LINE).same();
            world.cc("-O1 -c a.c -o a.o").same();
            assert!(admin(&world, &["stats"]).status.code().is_some());
            assert_eq!(fs::read(world.path("victim")).expect("the victim"), b"precious", "{}", file.display());
            assert!(!world.path("not there").exists(), "{} was made through a link", file.display());
            let _ = fs::remove_file(&file);
            if let Ok(good) = &good {
                fs::write(&file, good).expect("a file of the cache");
                chmod(&file, 0o600);
            }
        }
    }
    world.cc(LINE).same();
    world.cc(LINE).hit();
}

#[test]
fn a_planted_journal_is_neither_read_nor_written() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    fs::write(world.path("victim"), "precious").expect("a file");
    for name in ["journal", "journal.3", "totals.json", "journal.lock"] {
        let file = world.cache().join("state").join(name);
        for kind in 0..3 {
            let _ = fs::remove_file(&file);
            match kind {
                0 => symlink(world.path("victim"), &file).expect("a link"),
                1 => symlink(world.path("not there"), &file).expect("a link"),
                _ => fifo(&file),
            }
            assert!(world.shell(packer_cc(), &["gcc", "-c", "a.c"]).status.success());
            assert!(!admin(&world, &["journal"]).stdout.starts_with(b"precious"));
            admin(&world, &["stats"]);
            admin(&world, &["stats", "--zero"]);
            assert_eq!(fs::read(world.path("victim")).expect("the victim"), b"precious", "{name}");
            assert!(!world.path("not there").exists(), "{name} was made through a link");
        }
        let _ = fs::remove_file(&file);
    }
    world.cc(LINE).hit();
}

/// A device node, as a hostile archive can hold one for root.
#[test]
fn device_nodes_are_misses() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    let cache = world.cache();
    // A device that never ends, over each file.
    for file in all_below(&cache).into_iter().filter(|path| !path.is_dir()) {
        let prefix = format!(
            "unshare -m sh -c {} sh",
            shlex::try_quote(&format!("mount --bind /dev/zero {} && exec \"$@\"", file.display())).expect("a line")
        );
        world.cc(LINE).under(&prefix).same();
    }
}

/// The bound is for what packer-cc stored, not for what else lies where somebody pointed it.
#[test]
fn eviction_removes_nothing_but_its_own() {
    let world = World::new();
    project(&world);
    let store = world.cache().join("store");
    fs::create_dir_all(store.join("photos/2020")).expect("a directory");
    fs::create_dir_all(store.join("v1/links")).expect("a directory");
    chmod(&world.cache(), 0o700);
    for file in ["letter", "photos/2020/one", "vacation"] {
        fs::write(store.join(file), vec![7; 100_000]).expect("a file");
    }
    fs::create_dir(world.path("elsewhere")).expect("a directory");
    fs::write(world.path("elsewhere/kept"), vec![7; 100_000]).expect("a file");
    symlink(world.path("elsewhere"), store.join("v1/links/dir")).expect("a link");
    symlink(world.path("elsewhere"), store.join("v2")).expect("a link");
    for n in 0..20 {
        world.cc(&format!("-DN={n} -c a.c -o a.o")).env("PACKER_CC_MAX_SIZE", "8k").miss();
    }
    for file in ["letter", "photos/2020/one", "vacation"] {
        assert!(store.join(file).exists(), "{file}");
    }
    assert!(world.path("elsewhere/kept").exists());
}

/// What a store says is put nowhere but at the names of the command line, and reading it costs a bounded amount.
#[test]
fn a_hostile_store_writes_nowhere_else() {
    let names: [&[u8]; 7] =
        [b"../../../escaped", b"/etc/escaped", b"a\nb.o: escaped", b"", b"..", b"/proc/kcore", b"a\0b"];
    for (nth, name) in names.iter().enumerate() {
        let world = World::new();
        project(&world);
        world.cc(LINE).miss();
        let store = Store::new(world.cache().join("store"), world.cache().join("state"), 0);
        let rooted = |base| Rooted { base, rest: name.to_vec() };
        for key in keys(&world) {
            for known in manifest::get(&store, &key) {
                let entry = entry::get(&store, &known.entry).and_then(|entry| entry.unpack()).expect("the entry");
                let digest = Digest([nth.try_into().expect("a small number"); 32]);
                for base in [Base::Root, Base::Cwd, Base::Absolute] {
                    // It reads what does not hold, looks for what is not there, and claims to be the result.
                    let file = Input::File { path: rooted(base), content: digest, outside: base == Base::Absolute };
                    let candidate = Candidate { inputs: vec![file], ..known.clone() };
                    forge::candidate(&world, &key, candidate);
                    let mut inputs = known.inputs.clone();
                    inputs.push(Input::Absent(Absent::new(rooted(base), &[name.to_vec(), b"../x".to_vec()])));
                    forge::candidate(&world, &key, Candidate { inputs, entry: EntryId(digest) });
                    let groups = vec![vec![rooted(base), rooted(base)]];
                    let twins = Input::Twins { rule: Rule::Links, groups, digest };
                    forge::candidate(&world, &key, Candidate { inputs: vec![twins], ..known.clone() });
                }
                // An entry without what the command asks for, and with what it does not.
                let parts = entry.parts.iter().filter(|(part, _)| *part != Part::Main).cloned();
                let parts = parts.chain([(Part::Side(SideKind::SplitDwarf), name.to_vec())]).collect();
                let hostile = forge::entry(&world, &Outputs { compile_us: u64::MAX, parts });
                forge::candidate(&world, &key, Candidate { entry: hostile, ..known });
            }
        }
        world.cc(LINE).same();
        world.cc(LINE).same();
        for place in [world.path("escaped"), world.path("../escaped"), "/etc/escaped".into()] {
            assert!(!place.exists(), "{}", place.display());
        }
    }
}

/// An entry that is what its name says, and whose object breaks off in the middle when it is decompressed.
#[test]
fn an_entry_that_cannot_be_decompressed_leaves_nothing() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    let store = Store::new(world.cache().join("store"), world.cache().join("state"), 0);
    let content: Vec<u8> = (0..400_000_u32).flat_map(|nth| (nth / 5).to_le_bytes()).collect();
    for key in keys(&world) {
        for known in manifest::get(&store, &key) {
            let mut entry = entry::get(&store, &known.entry).and_then(|entry| entry.unpack()).expect("the entry");
            entry.parts.retain(|(part, _)| *part != Part::Main);
            entry.parts.push((Part::Main, content.clone()));
            let mut hostile = entry::encode(&entry).expect("an entry");
            let near_the_end = hostile.stored.len() - 100;
            hostile.stored[near_the_end..near_the_end + 64].fill(0xff);
            // The header ends with the object's stored length, its digest, and the lengths of its pieces.
            let pieces = 4 * content.len().div_ceil(1 << 17);
            let stored = hostile.header.len() - pieces - 40;
            let length = u64::from_le_bytes(hostile.header[stored..stored + 8].try_into().expect("eight bytes"));
            let object = hostile.stored.len() - usize::try_from(length).expect("a length");
            let at = stored + 8;
            hostile.header[at..at + 32].copy_from_slice(&Digest::of_bytes(&hostile.stored[object..]).0);
            let name = Digest::of_bytes(&hostile.header);
            forge::file(&world, "e", &name, &[hostile.header, hostile.stored].concat());
            forge::candidate(&world, &key, Candidate { entry: EntryId(name), ..known });
        }
    }
    world.cc(LINE).bypass("store");
    world.cc(LINE).miss();
    world.cc(LINE).hit();
}

/// The keys of all manifests in the store.
fn keys(world: &World) -> Vec<KeyId> {
    let manifests = world.store_files().into_iter().filter(|file| file.to_string_lossy().contains("/v1/m/"));
    let hex = |file: PathBuf| {
        let dir = file.parent().and_then(Path::file_name).expect("a directory").to_string_lossy().into_owned();
        dir + &file.file_name().expect("a name").to_string_lossy()
    };
    let byte = |hex: &str, at: usize| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).expect("a digit");
    manifests.map(hex).map(|hex| KeyId(Digest(std::array::from_fn(|at| byte(&hex, at))))).collect()
}

/// A file that says it is larger than any memory.
#[test]
fn absurd_lengths_are_misses() {
    let world = World::new();
    project(&world);
    world.cc(LINE).miss();
    for file in all_below(&world.cache()).into_iter().filter(|path| !path.is_dir()) {
        let good = fs::read(&file).expect("a file of the cache");
        let sparse = fs::File::options().write(true).open(&file).expect("a file of the cache");
        sparse.set_len(1 << 42).expect("a long file");
        world.cc(LINE).under("sh -c 'ulimit -v 4000000; exec \"$@\"' sh").same();
        let _ = fs::remove_file(&file);
        fs::write(&file, good).expect("a file of the cache");
        chmod(&file, 0o600);
    }
    world.cc(LINE).same();
    world.cc(LINE).hit();
}

/// A file in an ancestor such as `/tmp`, put there by anybody.
#[test]
fn a_planted_configuration_runs_nothing_and_redirects_nothing() {
    let world = World::new();
    world.file("sub/a.c", "int a;\n");
    let evil = world.path("evil");
    fs::write(&evil, format!("#!/bin/sh\ntouch {}\nexec gcc \"$@\"\n", world.path("was-run").display()))
        .expect("a script");
    chmod(&evil, 0o755);
    let planted = world.path("tree/.packer-cc.toml");
    fs::write(
        &planted,
        format!(
            "compiler = '{evil}'\ncxx-compiler = '{evil}'\ndir = '{at}/stolen'\nlog = '{at}/stolen log'\n\
             shared = true\nmax-size = '1G'\nnamespace = 'harmless'\n",
            evil = evil.display(),
            at = world.path("").display()
        ),
    )
    .expect("a file");
    give(&planted, MALLORY);
    let untouched = |world: &World| {
        for place in ["was-run", "stolen", "stolen log"] {
            assert!(!world.path(place).exists(), "{place}");
        }
    };
    // Which compiler was meant is not known: `cc` runs, and nothing is kept.
    let bare = vec!["cc".into(), "-c".into(), "a.c".into()];
    let ours = || vec![packer_cc().into_os_string(), "-c".into(), "a.c".into()];
    world.compare(bare.clone(), ours()).cwd("sub").bypass("configuration");
    assert!(detail(&world).contains("`compiler` in") && detail(&world).contains("user 4321"), "{}", detail(&world));
    untouched(&world);
    // Where a compiler is named the rest is served, as the harmless settings say.
    world.cc("-c a.c").cwd("sub").without_env("PACKER_CC_LOG").miss();
    world.cc("-c a.c").cwd("sub").hit();
    world.compare(bare.clone(), ours()).cwd("sub").env("PACKER_CC_COMPILER", "gcc").hit();
    assert!(log(&world).contains("configuration: `shared` in"), "{}", log(&world));
    untouched(&world);
    let at_home = |args: &[&str]| {
        let mut command = world.bare_command(packer_cc().as_os_str());
        command.args(args).current_dir(world.path("tree/sub")).env_remove("PACKER_CC_DIR").env_remove("PACKER_CC_LOG");
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        String::from_utf8(ran.stdout).expect("UTF-8")
    };
    at_home(&["gcc", "-c", "a.c"]);
    assert!(world.path("home/.cache/packer-cc/store/v1/m").is_dir());
    untouched(&world);
    let config = at_home(&["config"]);
    let line = |key: &str| config.lines().find(|line| line.starts_with(key)).expect("a line").to_owned();
    assert!(line("namespace").contains("harmless") && line("shared").contains("false"), "{config}");
    let left_out = config.lines().filter(|line| line.contains("is left out: the file is user 4321's"));
    assert_eq!(left_out.count(), 5, "{config}");
    // A link of a stranger's to a file of ours is a stranger's file.
    fs::rename(&planted, world.path("ours.toml")).expect("a move");
    give(&world.path("ours.toml"), 0);
    symlink(world.path("ours.toml"), &planted).expect("a link");
    std::os::unix::fs::lchown(&planted, Some(MALLORY), None).expect("an owner");
    world.compare(bare, ours()).cwd("sub").bypass("configuration");
    untouched(&world);
    // Our own is believed.
    std::os::unix::fs::lchown(&planted, Some(0), None).expect("an owner");
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(["-c", "a.c"]).current_dir(world.path("tree/sub"));
    assert!(Ran::of(command, &[]).status.success());
    assert!(world.path("was-run").exists());
}

/// Root's file holds for everyone, and so does one's own.
#[test]
fn the_configuration_of_root_and_of_oneself_is_believed() {
    for owner in [0, ALICE] {
        let world = World::new();
        project(&world);
        let program = worlds_user(&world, ALICE);
        world.file(".packer-cc.toml", "compiler = 'gcc -DFROM_FILE'\n");
        give(&world.path("tree/.packer-cc.toml"), owner);
        let bare = vec!["gcc".into(), "-DFROM_FILE".into(), "-c".into(), "a.c".into()];
        let ours = || vec![program.clone().into_os_string(), "-c".into(), "a.c".into()];
        world.compare(bare.clone(), ours()).under(&as_user(ALICE)).miss();
        world.compare(bare, ours()).under(&as_user(ALICE)).hit();
        // To root, a user's file is a stranger's.
        let believed = owner == 0;
        let root = String::from_utf8(admin(&world, &["config"]).stdout).expect("UTF-8");
        assert_eq!(root.contains("is left out"), !believed, "{root}");
    }
}

/// A pipe, a directory or a huge file by the configuration's name stops nobody.
#[test]
fn a_configuration_that_is_no_file() {
    let world = World::new();
    world.file("sub/a.c", "int a;\n");
    let planted = world.path("tree/.packer-cc.toml");
    fifo(&planted);
    world.cc("-c a.c").cwd("sub").bypass("configuration");
    fs::remove_file(&planted).expect("the pipe");
    fs::File::create(&planted).and_then(|file| file.set_len(2 << 20)).expect("a long file");
    world.cc("-c a.c").cwd("sub").bypass("configuration");
    fs::remove_file(&planted).expect("the file");
    symlink("/dev/zero", &planted).expect("a link");
    world.cc("-c a.c").cwd("sub").bypass("configuration");
}

/// A log that is a pipe nobody reads is no reason to wait.
#[test]
fn a_log_that_is_a_pipe() {
    let world = World::new();
    project(&world);
    fifo(&world.path("pipe"));
    world.cc(LINE).env("PACKER_CC_LOG", world.path("pipe")).miss();
    world.cc(LINE).env("PACKER_CC_LOG", world.path("pipe")).hit();
}

/// No argument's value, no variable and no response file's text is found in the cache or in the log; the objects are
/// left out of it where the compiler itself writes such a value into them.
#[test]
fn secrets_are_not_recorded() {
    const SECRET: &str = "Sw0rdfish";
    let world = World::new();
    project(&world);
    world.file("rsp", format!("-DPASSWORD=\\\"{SECRET}\\\" -DX={SECRET}"));
    world.file("bad-rsp", format!("-DX={SECRET} --token={SECRET}"));
    for line in [
        "-DPASSWORD=\\\"@\\\" -c a.c",
        "-D PASSWORD=@ -c a.c",
        "-D@ -c a.c",
        "-U@ -c a.c",
        "-Wp,-DPASSWORD=@ -c a.c",
        "-Wp,-DPASSWORD=@,-foo -c a.c",
        "-Xpreprocessor -DPASSWORD=@ -c a.c",
        "-Wa,--defsym,x=@ -c a.c",
        "-ffile-prefix-map=/@=/x -c a.c",
        "-fdebug-prefix-map=@=/x -c a.c",
        "-frandom-seed=@ -c a.c",
        "-fplugin-arg-key-password=@ -c a.c",
        "--token=@ -c a.c",
        "--token @ -c a.c",
        "-p@ -c a.c",
        "-Y@ -c a.c",
        "@rsp -c a.c",
        "@bad-rsp -c a.c",
        "-DPASSWORD=@ -E a.c",
        "-DPASSWORD=@ -o a.out a.c",
        "-DPASSWORD=@ -c absent.c",
        "-DPASSWORD=@ -c a.c -D",
        "-Xlinker --password=@ -c a.c",
        "-mllvm -password=@ -c a.c",
    ] {
        // `@` stands for the secret, but not in front of a response file.
        let words: Vec<String> = line
            .split(' ')
            .map(
                |word| {
                    if word.starts_with('@') && word.len() > 1 { word.to_owned() } else { word.replace('@', SECRET) }
                },
            )
            .collect();
        world.cc(&words.join(" ")).env("PASSWORD", SECRET).env("GIT_TOKEN", SECRET).same();
    }
    for variable in ["PACKER_CC_COMPILER", "PACKER_CXX_COMPILER"] {
        world.cc("-c a.c").env(variable, format!("gcc '-DX={SECRET}")).bypass("configuration");
    }
    world.cc("-c a.c").env("PACKER_CC_REMOTE", format!("https://user:{SECRET}@host/")).same();
    world.cc("-c a.c").env(&format!("PACKER_CC_{}", "PASSWORD"), SECRET).bypass("configuration");
    world.file(".packer-cc.toml", format!("compiler = \"gcc '{SECRET}\"\n"));
    world.cc("-c a.c").bypass("configuration");
    world.file(".packer-cc.toml", format!("password = '{SECRET}'\n"));
    world.cc("-c a.c").bypass("configuration");
    world.file(".packer-cc.toml", format!("namespace = ['{SECRET}']\n"));
    world.cc("-c a.c").bypass("configuration");
    assert!(world.store_files().len() > 12 && log(&world).lines().count() > 40, "something was recorded");

    let is_secret = |text: &[u8]| memchr::memmem::find(text, SECRET.as_bytes()).is_some();
    for file in all_below(&world.cache()).into_iter().chain([world.path("log")]).filter(|path| !path.is_dir()) {
        assert!(!is_secret(file.as_os_str().as_bytes()));
        let bytes = fs::read(&file).expect("a file of the cache");
        assert!(!is_secret(&bytes), "{}: {}", file.display(), String::from_utf8_lossy(&bytes));
    }
    // What is compressed.
    let store = Store::new(world.cache().join("store"), world.cache().join("state"), 0);
    let mut parts = 0;
    for key in keys(&world) {
        for candidate in manifest::get(&store, &key) {
            let mut bytes = Writer::default();
            candidate.inputs.iter().for_each(|input| input.encode(&mut bytes));
            assert!(!is_secret(&bytes.0));
            let entry = entry::get(&store, &candidate.entry).and_then(|entry| entry.unpack());
            for (part, bytes) in entry.expect("an entry").parts {
                assert!(!is_secret(&bytes), "{part:?}");
                parts += 1;
            }
        }
    }
    assert!(parts > 10, "{parts} parts were looked at");
}

/// What `packer-cc` prints of hostile records are printable characters.
#[test]
fn records_cannot_drive_a_terminal() {
    let world = World::new();
    world.file("a\u{1b}[2J.c", "int a;\n");
    world.run(OsStr::new("gcc"), vec!["-c".into(), "a\u{1b}[2J.c".into(), "-o".into(), "a.o".into()]).miss();
    let shown = admin(&world, &["journal"]).stdout;
    assert!(!shown.contains(&0x1b), "{}", String::from_utf8_lossy(&shown));
}

/// The fallback for the compiler's own depfile, and everything else that is temporary, leaves nothing behind.
#[test]
fn temporary_names_do_not_repeat() {
    let world = World::new();
    project(&world);
    let trace = world.path("trace");
    let traced = |line: &str| {
        let mut command = world.bare_command(host_program("strace", "strace").as_os_str());
        command.args(["-f", "-qq", "-e", "trace=openat,open,creat", "-o"]).arg(&trace).arg(packer_cc());
        command.arg("gcc").args(line.split(' '));
        assert!(Ran::of(command, &[]).status.success());
        let text = fs::read_to_string(&trace).expect("a trace");
        let cache = world.cache().display().to_string();
        text.lines()
            .filter(|line| line.contains(&cache) && line.contains("O_CREAT"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (first, second) = (traced("-c a.c -o a.o"), traced("-O1 -c a.c -o a.o"));
    for line in first.iter().chain(&second) {
        assert!(
            line.contains("O_EXCL") && line.contains("O_NOFOLLOW")
                || line.contains("/.tmp-") && line.contains("O_EXCL"),
            "{line}"
        );
    }
    let temporary = |lines: &[String]| -> Vec<String> {
        let names = lines.iter().filter_map(|line| Some(line.split("/.tmp-").nth(1)?.split('"').next()?.to_owned()));
        names.collect()
    };
    let (first, second) = (temporary(&first), temporary(&second));
    assert!(!first.is_empty() && !second.is_empty());
    assert!(first.iter().all(|name| name.len() >= 6 && !second.contains(name)), "{first:?} {second:?}");
}
