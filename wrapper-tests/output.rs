//! Whatever stands where an output goes, packer-cc treats it as the bare compiler does.

use crate::fixture::{AS_NOBODY, Compiler, World, age, for_each_compiler, words};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

fn project(world: &World) {
    world.file("a.c", "int a(int x) { return x; }\n");
}

/// What may stand at a destination, and how it is put there.
pub type Obstacle = (&'static str, fn(&Path));

pub const OBSTACLES: &[Obstacle] = &[
    ("nothing", |_| ()),
    ("a file", |path| file(path, 0o644)),
    ("a private file", |path| file(path, 0o600)),
    ("an executable file", |path| file(path, 0o755)),
    ("a read-only file", |path| file(path, 0o444)),
    ("a file without any permission", |path| file(path, 0)),
    ("a file with the group's bit", |path| file(path, 0o2664)),
    ("a link to a file", |path| {
        file(&path.with_extension("target"), 0o640);
        symlink(path.with_extension("target").file_name().expect("a name"), path).expect("a link");
    }),
    ("a dangling link", |path| symlink("nowhere.target", path).expect("a link")),
    ("a link into nowhere", |path| symlink("no/such/directory", path).expect("a link")),
    ("a link to itself", |path| symlink(path, path).expect("a link")),
    ("a link to a directory", |path| symlink("..", path).expect("a link")),
    ("a hard link", |path| {
        file(path, 0o644);
        fs::hard_link(path, path.with_extension("twin")).expect("a hard link");
    }),
    ("a directory", |path| fs::create_dir(path).expect("a directory")),
];

fn file(path: &Path, mode: u32) {
    fs::write(path, "what stood here before, longer than a depfile would be, so that a rest of it would show")
        .expect("a file");
    age(path);
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

pub fn clear(dir: &Path) {
    if dir.exists() {
        fs::remove_dir_all(dir).expect("the directory of outputs");
    }
    fs::create_dir(dir).expect("the directory of outputs");
    fs::set_permissions(dir, Permissions::from_mode(0o777)).expect("a mode");
}

/// Nothing stands there, or a file: there a hit writes as the compiler would. All else is left to the compiler.
pub fn is_free(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or(true, |found| found.is_file())
}

#[test]
fn whatever_stands_there() {
    for_each_compiler(|world| {
        project(&world);
        let out = world.path("tree/out");
        clear(&out);
        world.cc("-MMD -c a.c -o out/a.o").miss();
        for name in ["a.o", "a.d"] {
            for (what, put) in OBSTACLES {
                clear(&out);
                put(&out.join(name));
                eprintln!("{name} was {what}");
                // Once over what was put there, and again over what that left.
                for _ in 0..2 {
                    let is_free = is_free(&out.join(name));
                    world.cc("-MMD -c a.c -o out/a.o").does(if is_free { "hit" } else { "bypass: destination" });
                }
            }
        }
        clear(&out);
        world.cc("-MMD -c a.c -o out/a.o").hit();
    });
}

#[test]
fn whatever_stands_there_without_privileges() {
    let world = World::new();
    project(&world);
    let program = world.open_to_everyone();
    let out = world.path("tree/out");
    clear(&out);
    let nobody = || {
        let run = world.cc("-MMD -c a.c -o out/a.o").wrapper(program.clone());
        run.under(AS_NOBODY)
    };
    nobody().miss();
    for name in ["a.o", "a.d"] {
        for (what, put) in OBSTACLES {
            for directory_mode in [0o777, 0o555, 0o1777] {
                clear(&out);
                put(&out.join(name));
                fs::set_permissions(&out, Permissions::from_mode(directory_mode)).expect("a mode");
                eprintln!("{name} was {what} in a directory {directory_mode:o}");
                // The object is written under another name and renamed, which a sticky directory forbids over root's
                // file. The depfile is written in place, and nobody may write what is root's.
                let is_free = match directory_mode {
                    0o555 => false,
                    0o777 if name == "a.o" => is_free(&out.join(name)),
                    _ => *what == "nothing",
                };
                nobody().does(if is_free { "hit" } else { "bypass: destination" });
                fs::set_permissions(&out, Permissions::from_mode(0o777)).expect("a mode");
            }
        }
    }
    clear(&out);
    nobody().hit();
}

#[test]
fn the_same_over_an_equal_output() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-c a.c").miss();
        world.cc("-c a.c").hit();
        // Equal bytes from before are written anew: make decides by the time.
        age(&world.path("tree/a.o"));
        world.cc("-c a.c").hit();
    });
}

#[test]
fn the_umask_of_this_run_counts() {
    for_each_compiler(|world| {
        project(&world);
        for mask in ["077", "022", "000", "027", "002", "777"] {
            let run = || world.cc("-MMD -c a.c -o a.o").under(&format!("sh -c 'umask {mask}; exec \"$@\"' sh"));
            run().kept();
            for made in ["a.o", "a.d"] {
                if world.exists(made) {
                    world.remove(made);
                }
            }
            if mask != "777" {
                run().hit();
                world.remove("a.o").remove("a.d");
            }
        }
    });
}

/// Devices, in a mount namespace with a `/dev` of its own: nobody's `/dev/null` is put at stake.
#[test]
fn devices_stay_devices() {
    const SETUP: &str = "mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/full c 1 7 || exit 99; \
                         \"$@\"; status=$?; \
                         test -c /dev/null && test -c /dev/full || { echo a device is gone >&2; exit 98; }; exit $status";
    let prefix = format!("unshare -m sh -c {} sh", shlex::try_quote(SETUP).expect("a quotable line"));
    for_each_compiler(|world| {
        project(&world);
        for line in [
            "-o /dev/null -c a.c",
            "-MMD -MF /dev/null -c a.c -o a.o",
            "-MMD -MF /dev/full -c a.c -o a.o",
            "-o /dev/full -c a.c",
            "-o /dev/null -MMD -MF a.d -c a.c",
            "-S a.c -o /dev/null",
            "-S a.c -o /dev/full",
            "-c a.c --coverage -frandom-seed=a -o /dev/null",
        ] {
            // clang 14 crashes here, and a crash prints addresses.
            if world.compiler() == Compiler::Clang && line.contains("/dev/full") {
                continue;
            }
            world.cc(line).under(&prefix).bypass("destination");
            world.cc(line).under(&prefix).bypass("destination");
        }
    });
}

#[test]
fn streams_as_outputs() {
    for_each_compiler(|world| {
        project(&world);
        for (line, code) in [
            ("-S a.c -o /dev/stdout", "destination"),
            ("-S a.c -o -", "output-is-stream"),
            ("-MMD -MF - -c a.c -o a.o", "output-is-stream"),
            ("-MMD -MF /dev/stdout -c a.c -o a.o", "destination"),
            ("-MMD -MF /dev/stderr -c a.c -o a.o", "destination"),
            ("-MMD -MF a.o -c a.c -o a.o", "destination"),
            ("-c a.c -o a.c", "destination"),
        ] {
            world.cc(line).bypass(code);
            world.cc(line).bypass(code);
        }
        // The line before made clang remove the source. gcc refuses to do that.
        let code = if world.exists("a.c") { "destination" } else { "input-unreadable" };
        world.cc("-MMD -MF a.c -c a.c -o a.o").bypass(code);
        world.cc("-MMD -MF a.c -c a.c -o a.o").bypass(code);
    });
}

#[test]
fn odd_places() {
    for_each_compiler(|world| {
        project(&world);
        fs::create_dir(world.path("tree/out")).expect("a directory");
        let tree = world.tree();
        let long = "l".repeat(250);
        for output in [
            "./a.o",
            "out/../a.o",
            "out//a.o",
            "a",
            "-a.o",
            "out/.o",
            &format!("{long}.o"),
            &format!("{}/b.o", tree.display()),
        ] {
            let mut line = words("-MMD -c a.c -o");
            line.push(output.into());
            let run = || world.run(world.compiler().c(), line.clone());
            if output == "out/.o" {
                run().bypass("ambiguous-name");
                run().bypass("ambiguous-name");
            } else {
                run().kept();
                run().hit();
            }
        }
        let below_a_file = match world.compiler() {
            Compiler::Clang => "failed: compiler-failed",
            _ => "bypass: destination",
        };
        for (line, what) in [
            ("-c a.c -o ''", "bypass: dangling-option"),
            ("-c a.c -o out/", "bypass: destination"),
            ("-c a.c -o missing/a.o", "failed: compiler-failed"),
            ("-c a.c -MMD -MF missing/a.d", "failed: compiler-failed"),
            ("-c a.c -o a.o/b.o", below_a_file),
        ] {
            world.cc(line).does(what);
            world.cc(line).does(what);
        }
    });
}

#[test]
fn closed_streams() {
    // Without all three streams the compiler is started at once, and nothing is recorded.
    const CLOSED: [&str; 4] = ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"];
    for_each_compiler(|world| {
        world.file("a.c", "int a(void) { int unused; return 0; }\n");
        for redirection in CLOSED.into_iter().chain(["2>/dev/full", "2>&1 >/dev/null"]) {
            if redirection == "2>/dev/full" && world.compiler() == Compiler::Clang {
                // clang 14 aborts when it cannot write a diagnostic, which nobody needs to copy.
                continue;
            }
            let run = || world.cc("-Wall -MMD -c a.c").under(&format!("sh -c 'exec \"$@\" {redirection}' sh"));
            if CLOSED.contains(&redirection) {
                run().does("unrecorded, compiled");
                run().does("unrecorded, compiled");
            } else {
                run().kept();
                run().hit();
            }
        }
    });
}
