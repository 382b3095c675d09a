//! Overlays of toolchains (`packer-cc shim`): whatever is called by its path in one does what the original does, and what is
//! compiled there and what is compiled by the original share their results.

use crate::fixture::{Ran, Run, World, host_program, lossy, packer_cc, words};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

const UNO: &str = "-mmcu=atmega328p -Os";
const FILE: &str = ".packer-cc-shim.toml";

fn project(world: &World) {
    world.files(&[
        ("a.c", "#include <avr/io.h>\n#include \"a.h\"\nint b(void);\nint main(void) { int unused; PORTB = A; return b(); }\n"),
        ("a.h", "#define A 1\n"),
        ("b.c", "int b(void) { return 2; }\n"),
        ("c.cpp", "namespace n { int c() { return 3; } }\n"),
        ("s.S", "#include \"a.h\"\n.global s\ns: ldi r24, A\nret\n"),
        ("broken.c", "int x = ;\n"),
        ("plain.c", "#include \"a.h\"\nint plain(void) { return A; }\n"),
    ]);
}

fn run_cp(world: &World, args: &[&OsStr]) {
    let done = world.bare_command(OsStr::new("cp")).args(args).status().expect("cp starts");
    assert!(done.success(), "cp {args:?}");
}

/// A copy of Debian's AVR toolchain, as a package would lay it out.
fn avr(world: &World, place: &str) -> PathBuf {
    let root = world.path(place);
    host_program("avr-gcc", "gcc-avr");
    fs::create_dir_all(root.join("bin")).expect("a toolchain");
    fs::create_dir_all(root.join("lib/gcc")).expect("a toolchain");
    for entry in fs::read_dir("/usr/bin").expect("programs").flatten() {
        if entry.file_name().to_string_lossy().starts_with("avr-") {
            run_cp(world, &["-P".as_ref(), entry.path().as_ref(), root.join("bin").as_ref()]);
        }
    }
    run_cp(world, &["-r".as_ref(), "/usr/lib/gcc/avr".as_ref(), root.join("lib/gcc").as_ref()]);
    run_cp(world, &["-r".as_ref(), "/usr/lib/avr".as_ref(), root.join("lib").as_ref()]);
    root
}

/// A toolchain whose one driver counts its runs and becomes Debian's `avr-gcc`.
fn counted(world: &World) -> PathBuf {
    world.shim_in("chain/bin", "avr-gcc", &host_program("avr-gcc", "gcc-avr"));
    fs::write(world.path("chain/bin/avr-size"), "#!/bin/sh\necho size\n").expect("a tool");
    chmod(&world.path("chain/bin/avr-size"), 0o755);
    fs::create_dir_all(world.path("chain/lib")).expect("a directory");
    fs::write(world.path("chain/lib/x.a"), "x").expect("a library");
    // The shim lists its runs in the directory above its own.
    symlink(world.path("runs"), world.path("chain/runs")).expect("a link");
    world.path("chain")
}

fn shim(world: &World, args: &[&OsStr]) -> Ran {
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.arg("shim").args(args);
    Ran::of(command, &[])
}

fn overlay(world: &World, toolchain: &Path, place: &str) -> PathBuf {
    let overlay = world.path(place);
    let ran = shim(world, &[toolchain.as_os_str(), overlay.as_os_str()]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    overlay
}

/// Must be refused, for a reason that holds these words.
#[track_caller]
fn refused(world: &World, args: &[&OsStr], because: &str) {
    let ran = shim(world, args);
    assert_eq!(ran.status.code(), Some(1), "{args:?}: {}", lossy(&ran.stdout));
    let said = ran.stderr_text();
    assert!(said.contains("packer-cc: error:") && said.contains(because), "{args:?}: {said}");
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

/// The bare compiler at `bare` against `ours`, both with these arguments.
fn against<'w>(world: &'w World, bare: &Path, ours: impl Into<OsString>, line: &str) -> Run<'w> {
    let argv = |program: OsString| [program].into_iter().chain(words(line)).collect();
    world.compare(argv(bare.into()), argv(ours.into()))
}

fn outcomes(world: &World) -> Vec<String> {
    world.journal().iter().map(|record| record["outcome"].as_str().unwrap_or_default().to_owned()).collect()
}

/// What stands under a directory, links not followed: path, inode and the time of the last change of each.
fn stamps(root: &Path) -> BTreeSet<(PathBuf, u64, i64, i64)> {
    let mut all = BTreeSet::new();
    let mut pending = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata = fs::symlink_metadata(&path).expect("a file");
        if metadata.is_dir() {
            pending.extend(fs::read_dir(&path).expect("a directory").map(|entry| entry.expect("an entry").path()));
        }
        all.insert((path, metadata.ino(), metadata.ctime(), metadata.ctime_nsec()));
    }
    all
}

#[test]
fn drivers_do_what_the_originals_do() {
    let world = World::new();
    project(&world);
    let chain = avr(&world, "chain");
    let overlay = overlay(&world, &chain, "overlay");
    let run =
        |name: &str, line: &str| against(&world, &chain.join("bin").join(name), overlay.join("bin").join(name), line);
    for (name, line) in [
        ("avr-gcc", "-c a.c -Wall -MMD"),
        ("avr-gcc", "-g -c a.c -o a.o -Wall"),
        ("avr-g++", "-c c.cpp"),
        ("avr-c++", "-c c.cpp -DX -MMD -MP"),
        ("avr-gcc-5.4.0", "-S a.c"),
        ("avr-gcc", "-c s.S"),
    ] {
        let line = format!("{UNO} {line}");
        run(name, &line).same();
        run(name, &line).same();
        assert!(outcomes(&world).ends_with(&["miss".to_owned(), "hit".to_owned()]), "{name} {line}");
    }
    // The messages begin with the name, and what is no compile tells of the original's place.
    for line in ["-c broken.c", "-c absent.c", "-c a.c -no-such-option", "-c", "", "-E a.c"] {
        run("avr-gcc", &format!("{UNO} {line}")).same();
    }
    for line in [
        "-dumpversion",
        "-dumpmachine",
        "--version",
        "-v",
        "-print-prog-name=cc1",
        "-print-prog-name=ld",
        "-print-file-name=plugin",
        "-print-search-dirs",
        "-print-libgcc-file-name",
        "-mmcu=atmega328p -### -c a.c",
        "-E -v -x c /dev/null",
    ] {
        let ran = run("avr-gcc", line).same();
        assert!(!lossy(&ran.stdout).contains("/overlay/"), "{line}: the original knows nothing of the overlay");
    }
}

/// The whole of a firmware's build by the overlay's names: compile with link-time objects, `gcc-ar` with its plugin, link,
/// convert, size.
#[test]
fn links_and_tools() {
    let world = World::new();
    project(&world);
    let chain = avr(&world, "chain");
    let overlay = overlay(&world, &chain, "overlay");
    let run =
        |name: &str, line: &str| against(&world, &chain.join("bin").join(name), overlay.join("bin").join(name), line);
    for flags in ["", "-flto -fno-fat-lto-objects -frandom-seed=1"] {
        for source in ["a", "b"] {
            run("avr-gcc", &format!("{UNO} {flags} -c {source}.c -o {source}.o")).same();
        }
        let _ = fs::remove_file(world.tree().join("lib.a"));
        run("avr-gcc-ar", "rcs lib.a b.o").same();
        run("avr-gcc-nm", "lib.a").same();
        let plugin = if flags.is_empty() { "" } else { "-flto -fuse-linker-plugin" };
        run("avr-gcc", &format!("{UNO} {plugin} -Wl,--gc-sections -o fw.elf a.o lib.a")).same();
        assert!(world.exists("fw.elf"));
        run("avr-objcopy", "-O ihex -R .eeprom fw.elf fw.hex").same();
        run("avr-size", "fw.elf").same();
        run("avr-gcc", &format!("{UNO} {flags} a.c b.c -o both.elf")).same();
    }
}

/// Debian's `/usr` as the toolchain, which holds hundreds of other programs: gcc and clang by their plain and versioned names.
#[test]
fn native_compilers() {
    let world = World::new();
    project(&world);
    let overlay = overlay(&world, Path::new("/usr"), "overlay");
    for (name, line) in [
        ("gcc", "-O2 -c plain.c -Wall"),
        ("gcc-12", "-O2 -c plain.c -DX"),
        ("x86_64-linux-gnu-gcc-12", "-O2 -c plain.c -DY"),
        ("cc", "-c plain.c -DZ"),
        ("g++", "-c c.cpp"),
        ("clang", "-c plain.c -DC"),
        ("clang++", "-c c.cpp -DC"),
    ] {
        let run = || against(&world, &Path::new("/usr/bin").join(name), overlay.join("bin").join(name), line);
        run().same();
        run().same();
        assert!(outcomes(&world).ends_with(&["miss".to_owned(), "hit".to_owned()]), "{name} {line}");
    }
    let run = |name: &str, line: &str| {
        against(&world, &Path::new("/usr/bin").join(name), overlay.join("bin").join(name), line)
    };
    world.file("main.c", "int plain(void);\nint main(void) { return plain(); }\n");
    run("gcc", "-O2 -flto -frandom-seed=1 -c main.c").same();
    run("gcc", "-O2 -flto -frandom-seed=2 -c plain.c").same();
    run("gcc", "-O2 -flto main.o plain.o -o program").same();
    assert_eq!(world.shell(world.tree().join("program"), &[]).status.code(), Some(1));
    run("clang", "--version").same();
    run("ld", "--version").same();
}

#[test]
fn results_are_shared_with_direct_calls() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    let original = chain.join("bin/avr-gcc");
    let driver = overlay.join("bin/avr-gcc");
    let line = |extra: &str| format!("{UNO} -c plain.c {extra}");
    against(&world, &original, driver.clone(), &line("")).miss();
    against(&world, &original, driver.clone(), &line("")).hit();
    world.run(original.clone(), words(&line(""))).hit();
    world.run(original.clone(), words(&line("-DX"))).miss();
    against(&world, &original, driver.clone(), &line("-DX")).hit();
    // By the name alone, and behind packer-cc.
    let path = format!("{}:/usr/bin:/bin", overlay.join("bin").display());
    against(&world, &original, "avr-gcc", &line("-DX")).env("PATH", path.clone()).hit();
    let doubled = |extra: &str| {
        let ours = [packer_cc().into_os_string(), driver.clone().into()].into_iter().chain(words(&line(extra)));
        world.compare([original.clone().into()].into_iter().chain(words(&line(extra))).collect(), ours.collect())
    };
    doubled("-DX").hit();
    doubled("-DY").miss();
    against(&world, &original, driver.clone(), &line("-DY")).hit();
    // As the compiler that is configured, with and without a path and further words.
    for configured in [driver.display().to_string(), "avr-gcc".to_owned(), format!("packer-cc {}", driver.display())] {
        let packer = packer_cc().parent().expect("a directory").display().to_string();
        world
            .run(original.clone(), words(&line("-DX")))
            .without_name()
            .env("PACKER_CC_COMPILER", configured)
            .env("PATH", format!("{path}:{packer}"))
            .hit();
    }
    let configured = format!("{} -mmcu=atmega328p", driver.display());
    world
        .compare(
            [original.clone().into()].into_iter().chain(words("-mmcu=atmega328p -Os -c plain.c -DZ")).collect(),
            [packer_cc().into_os_string()].into_iter().chain(words("-Os -c plain.c -DZ")).collect(),
        )
        .env("PACKER_CC_COMPILER", configured)
        .miss();
    // Without the cache, the original all the same.
    against(&world, &original, driver.clone(), &line("")).env("PACKER_CC_DISABLE", "1").bypass("disabled");
    let poor = against(&world, &original, driver, &line(""));
    poor.without_env("PACKER_CC_DIR").without_env("HOME").same();
}

/// However the driver was found: through links to it, links to its directory, relative, by a name that says less.
#[test]
fn every_way_to_a_driver() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    let original = chain.join("bin/avr-gcc");
    let line = format!("{UNO} -c plain.c");
    against(&world, &original, overlay.join("bin/avr-gcc"), &line).miss();
    fs::create_dir(world.path("elsewhere")).expect("a directory");
    symlink(overlay.join("bin/avr-gcc"), world.path("elsewhere/avr-gcc")).expect("a link");
    symlink("avr-gcc", world.path("elsewhere/my-avr-gcc")).expect("a link");
    symlink(&overlay, world.path("elsewhere/tools")).expect("a link");
    symlink(overlay.join("bin"), world.path("tree/relative")).expect("a link");
    for way in ["elsewhere/avr-gcc", "elsewhere/my-avr-gcc", "elsewhere/tools/bin/avr-gcc"] {
        against(&world, &original, world.path(way), &line).hit();
    }
    for way in ["./relative/avr-gcc", "relative/avr-gcc", "../overlay/bin/avr-gcc"] {
        against(&world, &original, way, &line).hit();
    }
    // `argv[0]` is the caller's, and so is the PATH it gives to the child.
    for (argv0, path) in [("avr-gcc", "/usr/bin:/bin"), ("avr-gcc", "/nowhere"), ("./avr-gcc", "/usr/bin")] {
        let records = world.journal().len();
        let mut command = world.bare_command(overlay.join("bin/avr-gcc").as_os_str());
        command.args(words(&line)).arg0(argv0).env("PATH", path);
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        assert_eq!(world.journal()[records..][0]["outcome"], "hit", "{argv0} {path}");
    }
    // A link that stands in the overlay and is not in its shim file means a search on PATH, as anywhere.
    symlink(packer_cc(), overlay.join("bin/arm-none-eabi-gcc")).expect("a link");
    against(&world, &world.path("bin/arm-none-eabi-gcc"), overlay.join("bin/arm-none-eabi-gcc"), "-c plain.c").miss();
}

#[test]
fn a_moved_overlay_works_and_a_moved_toolchain_says_so() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let before = overlay(&world, &chain, "overlay");
    let line = format!("{UNO} -c plain.c");
    let after = world.path("far/away");
    fs::create_dir(world.path("far")).expect("a directory");
    fs::rename(&before, &after).expect("a move");
    against(&world, &chain.join("bin/avr-gcc"), after.join("bin/avr-gcc"), &line).miss();
    let _ = fs::remove_file(world.tree().join("plain.o"));

    let moved = world.path("newer");
    fs::rename(&chain, &moved).expect("a move");
    // There is another avr-gcc on PATH, which is not the one that was meant.
    for program in [after.join("bin/avr-gcc").into_os_string(), "avr-gcc".into()] {
        for line in [line.as_str(), "--version", "-o x plain.o"] {
            let mut command = world.bare_command(&program);
            let path = format!("{}:{}:/usr/bin:/bin", after.join("bin").display(), world.path("bin").display());
            command.args(words(line)).env("PATH", path);
            let ran = Ran::of(command, &[]);
            assert_eq!(ran.status.code(), Some(127), "{program:?} {line}");
            let said = ran.stderr_text();
            for part in ["packer-cc: ", "/far/away/bin/avr-gcc stands for ", "/chain/bin/avr-gcc", "packer-cc shim"] {
                assert!(said.contains(part), "{said}");
            }
            assert!(ran.stdout.is_empty() && !world.exists("plain.o"));
        }
    }
    overlay(&world, &moved, "far/away");
    against(&world, &moved.join("bin/avr-gcc"), after.join("bin/avr-gcc"), &line).hit();
    // Not a program any more.
    chmod(&moved.join("bin/avr-gcc"), 0o644);
    let ran = world.shell(after.join("bin/avr-gcc"), &["--version"]);
    assert_eq!((ran.status.code(), ran.stdout.len()), (Some(126), 0), "{}", ran.stderr_text());
}

/// Everything of the toolchain is there, and only the drivers are something else.
#[test]
fn everything_else_is_the_original() {
    let world = World::new();
    let chain = avr(&world, "chain");
    fs::write(chain.join("package.json"), "{\"name\": \"toolchain-atmelavr\"}").expect("a file");
    fs::write(chain.join(".piopm"), "{}").expect("a file");
    symlink("bin/avr-size", chain.join("size")).expect("a link");
    symlink("nowhere", chain.join("dangling")).expect("a link");
    let overlay = overlay(&world, &chain, "overlay");
    let mut drivers = Vec::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(chain.join(&dir)).expect("a directory").map(|entry| entry.expect("an entry")) {
            let place = dir.join(entry.file_name());
            let ours = overlay.join(&place);
            if fs::canonicalize(&ours).is_ok_and(|path| path == packer_cc().canonicalize().expect("packer-cc")) {
                drivers.push(place.display().to_string());
            } else if entry.file_type().expect("a kind").is_dir() {
                pending.push(place);
            } else if entry.path().exists() {
                assert_eq!(fs::canonicalize(&ours).ok(), fs::canonicalize(entry.path()).ok(), "{}", place.display());
            } else {
                assert!(fs::symlink_metadata(&ours).is_ok(), "{}", place.display());
            }
        }
    }
    drivers.sort();
    assert_eq!(drivers, ["bin/avr-c++", "bin/avr-g++", "bin/avr-gcc", "bin/avr-gcc-5.4.0"]);
    // Nothing more than the toolchain's names and the two shim files, and no toolchain's tree was copied.
    let mine: Vec<_> = stamps(&overlay).into_iter().filter(|(path, ..)| path.is_file() && !path.is_symlink()).collect();
    assert_eq!(mine.len(), 2, "{mine:?}");
    assert!(overlay.join("lib").is_symlink());
}

#[test]
fn shapes_of_toolchains() {
    let world = World::new();
    let program = |place: &str| {
        let path = world.path(place);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, format!("#!/bin/sh\ncat <<'END'\n{place}\nEND\necho \"$0\"\n")).expect("a program");
        chmod(&path, 0o755);
        path
    };
    let made = |toolchain: &str, args: &[&str]| -> Vec<String> {
        let place = format!("{}-overlay", toolchain.replace('/', "_"));
        let (toolchain, overlay) = (world.path(toolchain), world.path(place));
        let mut all: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        all.extend([OsStr::new("--json"), toolchain.as_os_str(), overlay.as_os_str()]);
        let ran = shim(&world, &all);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        let report: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        let drivers = report["drivers"].as_array().expect("drivers").iter();
        drivers
            .map(|driver| {
                let text = |key: &str| driver[key].as_str().expect("a text").to_owned();
                // Each one starts its original, by that one's path.
                let ran = world.shell(text("path"), &[]);
                let said = lossy(&ran.stdout);
                assert!(said.contains(&text("original")), "{said} {}", ran.stderr_text());
                text("name")
            })
            .collect()
    };
    // A bin directory itself.
    program("one/bin/avr-gcc");
    program("one/bin/avr-size");
    assert_eq!(made("one/bin", &[]), ["avr-gcc"]);
    assert!(world.path("one_bin-overlay/avr-size").is_symlink());
    // One directory in between, as an archive unpacks; two; the target's own directory; a link that leads to another bin.
    program("nested/x-gcc-7/bin/x-gcc");
    program("nested/x-gcc-7/x/bin/gcc");
    program("nested/x-gcc-7/x/bin/as");
    program("nested/x-gcc-7/share/doc/gcc");
    symlink("x-gcc-7/bin", world.path("nested/bin")).expect("a link");
    assert_eq!(made("nested", &[]), ["bin/x-gcc", "x-gcc-7/bin/x-gcc", "x-gcc-7/x/bin/gcc"]);
    let overlay = world.path("nested-overlay");
    assert!(overlay.join("x-gcc-7/share").is_symlink() && overlay.join("x-gcc-7/x/bin/as").is_symlink());
    // Names that are none, files that are no programs, and a link to packer-cc that means a search on PATH.
    for name in ["gcc-ar", "gcov", "clang-format", "cpp", "g++-12", "clang-14"] {
        program(&format!("names/bin/{name}"));
    }
    fs::write(world.path("names/bin/clang"), "").expect("a file");
    fs::create_dir(world.path("names/bin/gcc-9")).expect("a directory");
    symlink("nowhere", world.path("names/bin/gcc-8")).expect("a link");
    symlink(packer_cc(), world.path("names/bin/cc")).expect("a link");
    symlink(packer_cc(), world.path("names/bin/packer-cc")).expect("a link");
    assert_eq!(made("names", &[]), ["bin/clang-14", "bin/g++-12"]);
    world.file("a.c", "int a;\n");
    against(&world, &world.path("bin/cc"), world.path("names-overlay/bin/cc"), "-c a.c").miss();
    // Through a link, which is kept: it may lead to a newer toolchain one day.
    program("seven/bin/avr-gcc");
    program("eight/bin/avr-gcc");
    symlink("seven", world.path("current")).expect("a link");
    assert_eq!(made("current", &[]), ["bin/avr-gcc"]);
    fs::remove_file(world.path("current")).expect("a link");
    symlink("eight", world.path("current")).expect("a link");
    let ran = world.shell(world.path("current-overlay/bin/avr-gcc"), &[]);
    assert!(lossy(&ran.stdout).starts_with("eight/bin/avr-gcc"), "{}", lossy(&ran.stdout));
    // Names with spaces and quotes.
    program("od d/it's \"so\" \\ a$b/bin/avr-gcc");
    assert_eq!(made("od d", &[]), ["it's \"so\" \\ a$b/bin/avr-gcc"]);
}

#[test]
fn made_again_it_changes_what_changed_and_nothing_else() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    let again = |args: &[&str]| -> Value {
        let mut all: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        all.extend([OsStr::new("--json"), chain.as_os_str(), overlay.as_os_str()]);
        let ran = shim(&world, &all);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        serde_json::from_slice(&ran.stdout).expect("JSON")
    };
    let before = stamps(&overlay);
    let report = again(&[]);
    assert_eq!((report["written"].as_u64(), report["removed"].as_u64()), (Some(0), Some(0)));
    assert_eq!(stamps(&overlay), before, "nothing was touched");

    // A driver and a tool come, a tool and a directory go.
    world.shim_in("chain/bin", "avr-g++", &host_program("avr-g++", "gcc-avr"));
    fs::write(chain.join("bin/avr-nm"), "").expect("a tool");
    fs::remove_file(chain.join("bin/avr-size")).expect("a tool");
    fs::remove_dir_all(chain.join("lib")).expect("a directory");
    let report = again(&[]);
    assert_eq!(report["removed"], 2);
    assert_eq!(report["drivers"].as_array().map(Vec::len), Some(2));
    assert!(overlay.join("bin/avr-nm").is_symlink() && !overlay.join("bin/avr-size").is_symlink());
    against(&world, &chain.join("bin/avr-g++"), overlay.join("bin/avr-g++"), &format!("{UNO} -c c.cpp")).miss();

    // What was damaged is mended: a link that leads elsewhere, a shim file that others could write, one that is gone.
    fs::remove_file(overlay.join("bin/avr-gcc")).expect("a link");
    symlink(chain.join("bin/avr-gcc"), overlay.join("bin/avr-gcc")).expect("a link");
    fs::remove_file(overlay.join("bin").join(FILE)).expect("a shim file");
    assert_eq!(again(&[])["written"], 2);
    against(&world, &chain.join("bin/avr-g++"), overlay.join("bin/avr-g++"), &format!("{UNO} -c c.cpp")).hit();

    // A toolchain of another shape: its own directories come and go.
    fs::create_dir(chain.join("sub")).expect("a directory");
    fs::rename(chain.join("bin"), chain.join("sub/bin")).expect("a move");
    again(&[]);
    assert!(overlay.join("sub/bin/avr-gcc").is_symlink() && !overlay.join("bin").exists());
    fs::rename(chain.join("sub/bin"), chain.join("bin")).expect("a move");
    again(&[]);
    assert!(overlay.join("bin/avr-gcc").is_symlink() && overlay.join("sub").is_symlink());

    // Copies instead of links, and back.
    again(&["--copy"]);
    assert!(!overlay.join("bin/avr-gcc").is_symlink());
    let copies = stamps(&overlay);
    again(&["--copy"]);
    assert_eq!(stamps(&overlay), copies);
    again(&[]);
    assert!(overlay.join("bin/avr-gcc").is_symlink());

    // Another toolchain in the same place.
    fs::create_dir_all(world.path("other/bin")).expect("a directory");
    fs::copy("/usr/bin/true", world.path("other/bin/gcc")).expect("a program");
    crate::shim::overlay(&world, &world.path("other"), "overlay");
    assert!(overlay.join("bin/gcc").is_symlink() && !overlay.join("bin/avr-gcc").is_symlink());
    assert_eq!(world.shell(overlay.join("bin/gcc"), &[]).status.code(), Some(0));

    // And away again, without a trace and without a scratch on the toolchain.
    let kept = stamps(&world.path("other"));
    let ran = shim(&world, &["--remove".as_ref(), overlay.as_os_str()]);
    assert!(ran.status.success() && !overlay.exists(), "{}", ran.stderr_text());
    assert_eq!(stamps(&world.path("other")), kept);
}

/// Copies keep their name where a link is followed to its end, and are known as packer-cc all the same.
#[test]
fn copies_of_packer_cc() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = world.path("overlay");
    let ran = shim(&world, &["--copy".as_ref(), chain.as_os_str(), overlay.as_os_str()]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    let driver = overlay.join("bin/avr-gcc").canonicalize().expect("a driver");
    assert!(driver.ends_with("overlay/bin/avr-gcc"));
    let (original, line) = (chain.join("bin/avr-gcc"), format!("{UNO} -c plain.c"));
    against(&world, &original, driver.clone(), &line).miss();
    against(&world, &original, driver.clone(), &line).hit();
    world.run(original.clone(), words(&line)).hit();
    let doubled = [packer_cc().into_os_string(), driver.clone().into()].into_iter().chain(words(&line)).collect();
    world.compare([original.clone().into()].into_iter().chain(words(&line)).collect(), doubled).hit();
    // What somebody puts in their place is theirs.
    fs::remove_file(&driver).expect("a copy");
    fs::write(&driver, "#!/bin/sh\necho mine\n").expect("a script");
    chmod(&driver, 0o755);
    let ran = world.shell(packer_cc(), &[&driver.display().to_string(), "--version"]);
    assert_eq!(lossy(&ran.stdout), "mine\n");
}

#[test]
fn what_is_not_an_overlay_is_left_alone() {
    let world = World::new();
    let chain = counted(&world);
    let at = |place: &str| world.path(place);
    for dir in ["full", "none/bin", "empty", "chain/sub"] {
        fs::create_dir_all(at(dir)).expect("a directory");
    }
    fs::write(at("full/mine"), "mine").expect("a file");
    fs::write(at("file"), "").expect("a file");
    fs::write(at("none/bin/avr-size"), "").expect("a file");
    symlink("chain", at("link")).expect("a link");
    let before = stamps(&at("full"));
    let toolchain = stamps(&chain);
    let cases: &[(&str, &str, &str)] = &[
        ("chain", "full", "was not made by `packer-cc shim`"),
        ("chain", "file", "cannot make"),
        ("chain", "chain/overlay", "the overlay lies in the toolchain"),
        ("chain", "chain/not/yet/there", "the overlay lies in the toolchain"),
        ("link", "chain/overlay", "the overlay lies in the toolchain"),
        ("chain", "link/overlay", "the overlay lies in the toolchain"),
        ("chain", "chain", "cannot be an overlay of itself"),
        ("chain", "link", "cannot be an overlay of itself"),
        ("chain/bin", "chain", "the toolchain lies in the overlay"),
        ("chain", ".", "the toolchain lies in the overlay"),
        ("chain", "empty/../chain/x", "the overlay lies in the toolchain"),
        ("none", "new", "no compiler driver in"),
        ("empty", "new", "looked for gcc, g++, cc, c++, c89, c99, clang and clang++"),
        ("nowhere", "new", "cannot open"),
        ("file", "new", "is no directory"),
    ];
    for (toolchain, overlay, because) in cases {
        refused(&world, &[at(toolchain).as_os_str(), at(overlay).as_os_str()], because);
        assert!(!at("new").exists());
    }
    refused(&world, &["--remove".as_ref(), at("full").as_os_str()], "was not made by");
    refused(&world, &["--remove".as_ref(), at("empty").as_os_str()], "was not made by");
    refused(&world, &["--remove".as_ref(), at("nowhere").as_os_str()], "cannot open");
    assert_eq!(stamps(&at("full")), before);
    assert_eq!(stamps(&chain), toolchain);

    // An empty directory will do, relative names too.
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(["shim", "../chain", "../empty"]);
    let ran = Ran::of(command, &[]);
    assert!(ran.status.success() && at("empty/bin/avr-gcc").is_symlink(), "{}", ran.stderr_text());
    // What somebody put into an overlay is named, and nothing is changed or taken away.
    for (place, is_dir) in [("empty/notes", false), ("empty/bin/my-gcc", false), ("empty/own", true)] {
        if is_dir { fs::create_dir(at(place)) } else { fs::write(at(place), "") }.expect("something");
        let before = stamps(&at("empty"));
        refused(&world, &[chain.as_os_str(), at("empty").as_os_str()], place.rsplit('/').next().expect("a name"));
        refused(&world, &["--remove".as_ref(), at("empty").as_os_str()], "was not made by");
        assert_eq!(stamps(&at("empty")), before);
        if is_dir { fs::remove_dir(at(place)) } else { fs::remove_file(at(place)) }.expect("gone");
    }
    symlink("/etc/passwd", at("empty/etc")).expect("a link");
    refused(&world, &["--remove".as_ref(), at("empty").as_os_str()], "was not made by");
    fs::remove_file(at("empty/etc")).expect("gone");
    // A directory of the overlay that became a link: what is behind it is not the overlay's.
    fs::rename(at("empty/bin"), at("kept")).expect("a move");
    symlink("../full", at("empty/bin")).expect("a link");
    refused(&world, &["--remove".as_ref(), at("empty").as_os_str()], "was not made by");
    assert_eq!(stamps(&at("full")), before);
}

/// A shim file names a program to start. From a stranger, or open to one, it starts none, and neither is another compiler
/// taken for the one that was meant.
#[test]
fn a_hostile_shim_file_starts_nothing() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    let file = overlay.join("bin").join(FILE);
    let evil = world.path("evil");
    fs::write(&evil, format!("#!/bin/sh\ntouch {}\n", world.path("owned").display())).expect("a program");
    chmod(&evil, 0o755);
    let good = fs::read_to_string(&file).expect("a shim file");
    let bad = good.replace(&chain.join("bin/avr-gcc").display().to_string(), &evil.display().to_string());
    assert_ne!(good, bad);
    let replace = |text: &str| {
        let _ = fs::remove_file(&file);
        fs::write(&file, text).expect("a shim file");
        chmod(&file, 0o644);
    };
    let says = |because: &str| {
        for program in [overlay.join("bin/avr-gcc").into_os_string(), packer_cc().into_os_string()] {
            let mut command = world.bare_command(&program);
            if program == packer_cc() {
                command.arg(overlay.join("bin/avr-gcc"));
            }
            command.args(words(&format!("{UNO} -c plain.c")));
            let ran = Ran::of(command, &[]);
            let said = ran.stderr_text();
            assert_eq!(ran.status.code(), Some(126), "{said}");
            assert!(said.contains(because) && said.contains(FILE), "{said}");
            assert!(!world.exists("plain.o") && !world.path("owned").exists() && world.runs().is_empty());
        }
    };
    // What it names is started, so the cases below would show.
    replace(&bad);
    world.shell(overlay.join("bin/avr-gcc"), &["--version"]);
    assert!(world.path("owned").exists());
    fs::remove_file(world.path("owned")).expect("a trace");

    chown(&file, Some(4321), Some(4321)).expect("a stranger's file");
    says("user 4321's");
    replace(&bad);
    for mode in [0o666, 0o664, 0o646] {
        chmod(&file, mode);
        says(&format!("{mode:04o}"));
    }
    replace("");
    fs::rename(&file, world.path("shim.toml")).expect("a move");
    fs::write(world.path("shim.toml"), &bad).expect("a shim file");
    symlink(world.path("shim.toml"), &file).expect("a link");
    says("cannot read");
    fs::remove_file(&file).expect("a link");
    fs::create_dir(&file).expect("a directory");
    says("cannot read");
    fs::remove_dir(&file).expect("a directory");
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o644), 0)
        .expect("a pipe");
    says("cannot read");
    for (text, because) in [
        ("", "another version"),
        ("nonsense", "damaged"),
        (good.replace("version = 1", "version = 2").as_str(), "another version"),
        (good.replace("= \"/", "= \"").as_str(), "not absolute"),
        (&good[..good.len() / 2], "damaged"),
    ] {
        replace(text);
        says(because);
    }
    // Others cannot write it, the overlay cannot be made or taken away on its word either.
    replace(&bad);
    let top = overlay.join(FILE);
    chown(&top, Some(4321), Some(4321)).expect("a stranger's file");
    refused(&world, &["--remove".as_ref(), overlay.as_os_str()], "user 4321's");
    refused(&world, &[chain.as_os_str(), overlay.as_os_str()], "user 4321's");
    // A compiler that is none of ours needs nobody's word.
    fs::write(chain.join("bin").join(FILE), &bad).expect("a shim file");
    chown(chain.join("bin").join(FILE), Some(4321), Some(4321)).expect("a stranger's file");
    world.run(chain.join("bin/avr-gcc"), words(&format!("{UNO} -c plain.c"))).miss();
    chown(chain.join("bin").join(FILE), Some(0), Some(0)).expect("root's file");
    world.run(chain.join("bin/avr-gcc"), words(&format!("{UNO} -c plain.c"))).hit();
    assert!(!world.path("owned").exists());
}

#[test]
fn overlays_of_overlays_and_circles() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let original = chain.join("bin/avr-gcc");
    let first = overlay(&world, &chain, "first");
    let second = overlay(&world, &first, "second");
    let third = overlay(&world, &second.join("bin"), "third");
    let line = format!("{UNO} -c plain.c");
    against(&world, &original, first.join("bin/avr-gcc"), &line).miss();
    against(&world, &original, second.join("bin/avr-gcc"), &line).hit();
    against(&world, &original, third.join("avr-gcc"), &line).hit();
    let text = fs::read_to_string(second.join("bin").join(FILE)).expect("a shim file");
    assert!(text.contains(&format!("\"avr-gcc\" = \"{}\"", original.display())), "{text}");
    // The first may go: the second names the compiler itself. Its tools are links through the first, though.
    let ran = shim(&world, &["--remove".as_ref(), first.as_os_str()]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    against(&world, &original, second.join("bin/avr-gcc"), &line).hit();
    // Links that search on PATH in front of an overlay, and another packer-cc's overlay on the way.
    fs::create_dir(world.path("links")).expect("a directory");
    symlink(packer_cc(), world.path("links/avr-gcc")).expect("a link");
    let other = world.path("other/packer-cc");
    fs::create_dir(world.path("other")).expect("a directory");
    fs::copy(packer_cc(), &other).expect("a copy");
    let mut command = world.bare_command(other.as_os_str());
    command.arg("shim").args([&chain, &world.path("others")]);
    assert!(Ran::of(command, &[]).status.success());
    for overlay in ["second/bin", "others/bin"] {
        let path = format!("{}:{}:/usr/bin", world.path("links").display(), world.path(overlay).display());
        for program in [OsString::from("avr-gcc"), world.path("links/avr-gcc").into()] {
            against(&world, &original, program, &line).env("PATH", path.clone()).hit();
        }
        let driver = world.path(overlay).join("avr-gcc");
        let doubled = [packer_cc().into_os_string(), driver.into()].into_iter().chain(words(&line)).collect();
        world.compare([original.clone().into()].into_iter().chain(words(&line)).collect(), doubled).hit();
    }
    against(&world, &original, world.path("others/bin/avr-gcc"), &line).hit();

    // The original became a link to packer-cc, or a driver of the very overlay that stands for it.
    let driver = second.join("bin/avr-gcc");
    for target in [packer_cc(), driver.clone()] {
        fs::remove_file(&original).expect("the compiler");
        symlink(target, &original).expect("a link");
        let ran = world.shell(&driver, &["--version"]);
        assert_eq!(ran.status.code(), Some(127), "{}", ran.stderr_text());
        assert!(ran.stderr_text().contains("leads back to packer-cc"), "{}", ran.stderr_text());
    }
    // Two that name each other.
    let file = second.join("bin").join(FILE);
    let text = fs::read_to_string(&file).expect("a shim file");
    let itself = text.replace(&original.display().to_string(), &driver.display().to_string());
    fs::write(&file, itself).expect("a shim file");
    let ran = world.shell(&driver, &["--version"]);
    assert_eq!(ran.status.code(), Some(127), "{}", ran.stderr_text());
}

#[test]
fn many_at_once() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = world.path("overlay");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let ran = shim(&world, &[chain.as_os_str(), overlay.as_os_str()]);
                assert!(ran.status.success(), "{}", ran.stderr_text());
                // Nobody finds a driver without its shim file, or half a one.
                for _ in 0..5 {
                    let ran = world.shell(overlay.join("bin/avr-gcc"), &["-dumpmachine"]);
                    assert_eq!(lossy(&ran.stdout), "avr\n", "{}", ran.stderr_text());
                }
            });
        }
    });
    let left = stamps(&overlay)
        .into_iter()
        .map(|(path, ..)| path)
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".packer-cc-shim-")));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

/// The modes of what is made do not depend on the umask, and another user may build with it.
#[test]
fn others_may_use_it() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let program = world.open_to_everyone();
    let overlay = world.path("overlay");
    let mut command = world.bare_command(OsStr::new("sh"));
    command.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(&program).arg("shim").args([&chain, &overlay]);
    let ran = Ran::of(command, &[]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    for dir in ["", "bin"] {
        let mode = fs::metadata(overlay.join(dir).join(FILE)).expect("a shim file").mode() & 0o7777;
        assert_eq!(mode, 0o644);
    }
    let run = against(&world, &chain.join("bin/avr-gcc"), overlay.join("bin/avr-gcc"), &format!("{UNO} -c plain.c"));
    let as_alice = "setpriv --reuid=1234 --regid=1234 --clear-groups";
    run.under(as_alice).env("PACKER_CC_DIR", world.path("tmp/../alice")).same();
}

/// A build that names its compiler by a path in an overlay.
#[test]
fn make_with_an_overlay() {
    let world = World::new();
    project(&world);
    let chain = counted(&world);
    let overlay = overlay(&world, &chain, "overlay");
    world.file(
        "Makefile",
        "CFLAGS = -mmcu=atmega328p -Os -MMD\nOBJECTS = plain.o b.o\nall: $(OBJECTS)\n-include *.d\n\
         clean:\n\trm -f *.o *.d\n",
    );
    let make = |args: &[&str]| {
        let cc = format!("CC={}", overlay.join("bin/avr-gcc").display());
        let mut all = vec![cc.as_str(), "-j2"];
        all.extend(args);
        let ran = world.shell("make", &all);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        lossy(&ran.stdout)
    };
    make(&[]);
    assert_eq!(world.runs().len(), 2);
    let objects = [world.read("plain.o"), world.read("b.o"), world.read("plain.d")];
    make(&["clean"]);
    make(&[]);
    assert_eq!(world.runs().len(), 2, "the second build does not run the compiler");
    assert_eq!(objects, [world.read("plain.o"), world.read("b.o"), world.read("plain.d")]);
    assert!(!make(&[]).contains("avr-gcc"), "everything is up to date");
}
