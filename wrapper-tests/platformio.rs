//! `scripts/platformio/packer_cc.py` in the real PlatformIO Core and the real SCons, both from PyPI.
//!
//! PlatformIO is given packages of its own making instead of its registry's: a platform
//! (`wrapper-tests/platformio/`), Debian's AVR toolchain with counting shims for compilers, Debian's Arduino core,
//! and pip's SCons as `tool-scons`. Like real ones, the platform sets `CC` after the project's `pre:` scripts ran,
//! and builds core and libraries in environments of their own.

mod homes;

use crate::fixture::{Ran, World, host_program, lossy, packer_cc, packer_cxx};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// All are pinned, so that a new release of one cannot fail a change that has nothing to do with it.
const PACKAGES: [&str; 3] = ["platformio==6.2.0", "scons==4.11.1", "setuptools==75.6.0"];

const CORE: &str = "/usr/share/arduino/hardware/arduino/avr";

/// The sketch, its two libraries and the core have more sources than this.
const LEAST_UNITS: usize = 25;

/// The Python that has PlatformIO Core, SCons and setuptools; made once for a target directory, from PyPI.
pub fn python() -> PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    let python = PYTHON.get_or_init(|| {
        let name = PACKAGES.join("-").replace("==", "-");
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let python = venv.join("bin/python");
        if python.exists() {
            return python;
        }
        let made = venv.with_extension(format!("new-{}", std::process::id()));
        let run = |command: &mut Command, what: &str| {
            let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
            let said = lossy(&output.stdout) + &lossy(&output.stderr);
            assert!(output.status.success(), "{what} failed, which needs python3-venv and once the network:\n{said}");
        };
        let host = host_program("python3", "python3");
        run(Command::new(host).args(["-m", "venv"]).arg(&made), "python3 -m venv");
        let mut pip = Command::new(made.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
        run(&mut pip, "pip install from PyPI");
        // Another run of the tests may have been faster.
        if fs::rename(&made, &venv).is_err() {
            fs::remove_dir_all(&made).expect("a directory taken away");
        }
        assert!(python.exists(), "{} is damaged: remove it", venv.display());
        python
    });
    python.clone()
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory").map(|entry| entry.expect("an entry")) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("a copy");
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// PlatformIO's own directory in a world.
fn core_dir(world: &World) -> PathBuf {
    world.path("home/.platformio")
}

/// Lays out PlatformIO's directory with packages that need no registry, and a directory that has packer-cc in it.
pub fn install(world: &World) {
    host_program("avr-gcc", "gcc-avr");
    assert!(Path::new(CORE).exists(), "{CORE} is missing: install the Debian package arduino-core-avr");
    let core = core_dir(world);
    let packages = core.join("packages");
    copy_tree(&source("wrapper-tests/platformio/platform"), &core.join("platforms/atmelavr"));

    // PlatformIO wants a version of its own numbering, which says which SCons it was made for.
    let wanted = Command::new(python())
        .args([
            "-c",
            "from platformio.dependencies import get_core_dependencies as wanted; print(wanted()['tool-scons'])",
        ])
        .output()
        .expect("python starts");
    let version = lossy(&wanted.stdout).trim().trim_start_matches('~').to_owned();
    let scons = packages.join("tool-scons");
    copy_tree(&source("wrapper-tests/platformio/tool-scons"), &scons);
    write(&scons.join("package.json"), &format!("{{\"name\": \"tool-scons\", \"version\": \"{version}\"}}"));
    write(
        &scons.join(".piopm"),
        &format!(
            "{{\"type\": \"tool\", \"name\": \"tool-scons\", \"version\": \"{version}\", \"spec\": {{\"owner\": \"platformio\", \
             \"id\": null, \"name\": \"tool-scons\", \"requirements\": null, \"uri\": null}}}}"
        ),
    );

    let toolchain = packages.join("toolchain-atmelavr");
    write(&toolchain.join("package.json"), "{\"name\": \"toolchain-atmelavr\", \"version\": \"1.0.0\"}");
    for name in ["avr-gcc-ar", "avr-gcc-ranlib", "avr-objcopy", "avr-size", "avr-as"] {
        fs::create_dir_all(toolchain.join("bin")).expect("a directory");
        symlink(host_program(name, "gcc-avr"), toolchain.join("bin").join(name)).expect("a link");
    }
    for name in ["avr-gcc", "avr-g++"] {
        world.shim_in("home/.platformio/packages/toolchain-atmelavr/bin", name, &host_program(name, "gcc-avr"));
    }
    // The shims list their runs in the directory above their own.
    symlink(world.path("runs"), toolchain.join("runs")).expect("a link");

    let framework = packages.join("framework-arduino-avr");
    write(&framework.join("package.json"), "{\"name\": \"framework-arduino-avr\", \"version\": \"1.0.0\"}");
    for entry in fs::read_dir(CORE).expect("the core").map(|entry| entry.expect("an entry")) {
        symlink(entry.path(), framework.join(entry.file_name())).expect("a link");
    }
    install_packer_cc(world);
}

/// Makes a directory that has packer-cc in it, for `PATH`.
pub fn install_packer_cc(world: &World) {
    let ours = world.path("ours");
    if !ours.exists() {
        fs::create_dir(&ours).expect("a directory");
        symlink(packer_cc(), ours.join("packer-cc")).expect("a link");
        symlink(packer_cxx(), ours.join("packer-c++")).expect("a link");
    }
}

const MAIN: &str = "#include <Arduino.h>\n#include <SPI.h>\n#include <Greeter.h>\n\
    void setup() { SPI.begin(); Serial.begin(9600); Serial.print(BOARD_NAME); }\n\
    void loop() { unused_result: greet(); }\n";

/// A sketch with a library of its own, one of the framework's, and defines with blanks and quotes.
pub fn project(world: &World, settings: &str) {
    let tree = world.tree();
    write(&tree.join("src/main.cpp"), MAIN);
    write(&tree.join("src/other file.c"), "int other(void) { return 1; }\n");
    write(&tree.join("lib/Greeter/src/Greeter.h"), "#pragma once\nvoid greet();\n");
    write(
        &tree.join("lib/Greeter/src/Greeter.cpp"),
        "#include <Arduino.h>\n#include \"Greeter.h\"\nvoid greet() { Serial.println(GREETING); }\n",
    );
    write(
        &tree.join("lib/Greeter/library.json"),
        "{\"name\": \"Greeter\", \"version\": \"1.0.0\", \"build\": {\"flags\": \"-DGREETING=\\\\\\\"hello\\\\\\\"\"}}",
    );
    let text = format!(
        "[env:uno]\nplatform = atmelavr\nboard = uno\nframework = arduino\n\
         build_flags = '-DBOARD_NAME=\"my uno\"'\n{settings}"
    );
    write(&tree.join("platformio.ini"), &text);
}

fn script() -> String {
    source("scripts/platformio/packer_cc.py").display().to_string()
}

/// PlatformIO's settings for a command: nothing is asked of the network.
pub fn prepare(world: &World, mut command: Command) -> Command {
    let path = format!("{}:{}:/usr/bin:/bin", world.path("ours").display(), world.path("bin").display());
    command
        .env("PATH", path)
        .env("PLATFORMIO_SETTING_ENABLE_TELEMETRY", "no")
        .env("PLATFORMIO_SETTING_CHECK_PLATFORMIO_INTERVAL", "9999")
        .env("PLATFORMIO_NO_ANSI", "1");
    command
}

fn pio(world: &World, args: &[&str]) -> Ran {
    let mut command = prepare(world, world.bare_command(python().as_os_str()));
    command.args(["-m", "platformio", "run", "-j2"]).args(args);
    Ran::of(command, &[])
}

/// Builds the project from nothing. Returns what was printed, the objects and the firmware. Archives hold times and are
/// left out.
fn build(world: &World, args: &[&str]) -> (String, BTreeMap<PathBuf, Vec<u8>>) {
    let out = world.tree().join(".pio");
    let _ = fs::remove_dir_all(&out);
    let ran = pio(world, args);
    let said = lossy(&ran.stdout) + &ran.stderr_text();
    assert!(ran.status.success(), "{said}");
    let tree = crate::fixture::Tree::of(&out.join("build/uno"));
    let kept = |name: &Path| name.extension().is_some_and(|end| ["o", "hex"].iter().any(|known| end == *known));
    let files = tree.files().into_iter().filter(|(name, _)| kept(name));
    (said, files.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect())
}

/// Outcomes of the records since `from`, links left out.
fn outcomes(world: &World, from: usize) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for record in &world.journal()[from..] {
        if record["reason"] != "not-a-compile" {
            *all.entry(record["outcome"].as_str().expect("an outcome").to_owned()).or_default() += 1;
        }
    }
    all
}

fn compiles(world: &World, from: usize) -> usize {
    world.runs()[from..].iter().filter(|argv| argv.iter().any(|word| word == "-c" || word.starts_with('@'))).count()
}

/// The lines by which a verbose build shows its commands.
fn commands(said: &str) -> Vec<String> {
    let mut all: Vec<String> = said.lines().filter(|line| line.starts_with("avr-")).map(str::to_owned).collect();
    all.sort();
    all
}

#[test]
fn a_project_with_libraries() {
    let world = World::new();
    install(&world);
    project(&world, "");
    let (said, bare) = build(&world, &["-v"]);
    let bare_commands = commands(&said);
    let count = compiles(&world, 0);
    assert!(count > LEAST_UNITS, "{said}");
    assert_eq!(world.journal().len(), 0);

    project(&world, &format!("extra_scripts = pre:{}\n", script()));
    let runs = world.runs().len();
    let (said, cold) = build(&world, &["-v"]);
    assert_eq!(commands(&said), bare_commands, "commands are shown as without");
    assert_eq!(outcomes(&world, 0), [("miss".to_owned(), count)].into(), "{said}");
    assert_eq!(compiles(&world, runs), count, "the cold build runs the compiler once a unit");

    let (runs, records) = (world.runs().len(), world.journal().len());
    let (_, warm) = build(&world, &[]);
    assert_eq!(outcomes(&world, records), [("hit".to_owned(), count)].into());
    assert_eq!(compiles(&world, runs), 0, "{:#?}", world.runs().last());
    assert!(cold.contains_key(Path::new("program.hex")) && cold.keys().eq(bare.keys()));
    assert!(warm == cold, "the warm build leaves the files of the cold one");
    // Two runs of the compiler name link-time sections differently, but mean the same program.
    assert!(bare[Path::new("program.hex")] == cold[Path::new("program.hex")]);
}

#[test]
fn behind_the_builder_and_with_long_lines() {
    let world = World::new();
    install(&world);
    write(&world.tree().join("short.py"), "Import('env')\nenv.Replace(MAXLINELENGTH=200)\n");
    // A `post:` script comes when all environments of the core and of the libraries are there.
    project(&world, &format!("extra_scripts =\n  pre:short.py\n  post:{}\n", script()));
    let (said, cold) = build(&world, &[]);
    // The link has its words in a file as well, so `compiles` counts it.
    let count = compiles(&world, 0) - 1;
    assert!(count > LEAST_UNITS, "{said}");
    assert_eq!(outcomes(&world, 0), [("miss".to_owned(), count)].into());
    let by_file = world.runs().iter().filter(|argv| argv.iter().any(|word| word.starts_with('@'))).count();
    assert!(by_file >= count, "the commands stood in response files: {by_file} of {count}");
    let (runs, records) = (world.runs().len(), world.journal().len());
    let (_, warm) = build(&world, &[]);
    assert_eq!(outcomes(&world, records), [("hit".to_owned(), count)].into());
    assert_eq!(compiles(&world, runs), 1);
    assert!(warm == cold);
}

#[test]
fn what_fails_and_what_is_missing() {
    let world = World::new();
    install(&world);
    let with_script = format!("extra_scripts = pre:{}\n", script());
    // A failing compile says the same and ends the build the same way.
    let broken = |settings: &str| {
        project(&world, settings);
        write(&world.tree().join("src/main.cpp"), "#include <Arduino.h>\nvoid setup() { int x = ; }\nvoid loop() {}\n");
        let _ = fs::remove_dir_all(world.tree().join(".pio"));
        let ran = pio(&world, &[]);
        let said = ran.stderr_text();
        assert!(said.contains("error: expected primary-expression"), "{said}");
        let errors: Vec<String> = said.lines().filter(|line| line.contains("main.cpp")).map(str::to_owned).collect();
        (ran.status.code(), errors)
    };
    let bare = broken("");
    assert_eq!(broken(&with_script), bare);
    assert_ne!(bare.0, Some(0));
    assert_eq!(outcomes(&world, 0).get("failed"), Some(&1));

    // Without packer-cc the build goes on, with one warning.
    fs::remove_file(world.path("ours/packer-cc")).expect("a link");
    let records = world.journal().len();
    let warnings = |settings: &str| {
        project(&world, settings);
        let (said, _) = build(&world, &[]);
        let warnings = said.lines().filter(|line| line.contains("packer_cc.py:")).map(str::to_owned);
        warnings.collect::<Vec<_>>()
    };
    let said = warnings(&with_script);
    assert!(
        said.len() == 1 && said[0].contains("cannot find packer-cc") && said[0].contains("without a cache"),
        "{said:?}"
    );
    assert_eq!(world.journal().len(), records);
    // The project names a packer-cc of its own.
    let named = |path: &str| format!("{with_script}custom_packer_cc = {path}\n");
    assert_eq!(warnings(&named(&packer_cc().display().to_string())), Vec::<String>::new());
    assert!(world.journal().len() > records);
    let said = warnings(&named("/nowhere/packer-cc"));
    assert!(said.len() == 1 && said[0].contains("/nowhere/packer-cc"), "{said:?}");
}

/// The toolchain package replaced by an overlay of it, without any script.
#[test]
fn an_overlay_as_the_toolchain_package() {
    let world = World::new();
    install(&world);
    let package = core_dir(&world).join("packages/toolchain-atmelavr");
    let overlay = world.path("overlay");
    let ran = world.shell(packer_cc(), &["shim", &package.display().to_string(), &overlay.display().to_string()]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    project(&world, &format!("platform_packages = toolchain-atmelavr@symlink://{}\n", overlay.display()));
    let (said, cold) = build(&world, &[]);
    let count = compiles(&world, 0);
    assert!(count > LEAST_UNITS, "{said}");
    assert_eq!(outcomes(&world, 0), [("miss".to_owned(), count)].into());
    let (runs, records) = (world.runs().len(), world.journal().len());
    let (_, warm) = build(&world, &[]);
    assert_eq!(outcomes(&world, records), [("hit".to_owned(), count)].into());
    assert_eq!(compiles(&world, runs), 0);
    assert!(warm == cold);
}

const SCONS_PROJECT: &[(&str, &str)] = &[
    (
        "src/main.c",
        "#include <stdio.h>\nint part(void);\nint lib(void);\nint main(void) { puts(TEXT); return part() + lib(); }\n",
    ),
    ("src/a part.c", "#include \"part.h\"\nint part(void) { return PART; }\n"),
    ("lib dir/lib.cpp", "extern \"C\" int lib() { return LIB; }\n"),
    ("src/inc $1/part.h", "#define PART 0\n"),
    ("src/broken.c", "int x = ;\n"),
];

/// An `SConstruct` with the line `routed` in its midst. The script that this line calls must also route the
/// environments that were made before it.
fn sconstruct(world: &World, routed: &str) -> String {
    format!(
        "import os\n\
         env = Environment(CPPDEFINES=[('TEXT', '\\\\\"say \\\\\\'it\\\\\\'\\\\\"')], CPPPATH=['src/inc $$1'])\n\
         env['ENV']['PATH'] = {:?}\n\
         before = env.Clone(CPPDEFINES=[('LIB', '0')])\n\
         long = env.Clone(CPPDEFINES=[('NAME', '\\\\\"a b\\\\\"')], MAXLINELENGTH=40, CCCOM=\"${{TEMPFILE('$CC -o $TARGET -c $CFLAGS $CCFLAGS $_CCCOMCOM $SOURCES')}}\")\n\
         {routed}\n\
         after = env.Clone()\n\
         lib = before.StaticLibrary('lib', ['lib dir/lib.cpp'])\n\
         objects = [after.Object('src/main.c'), long.Object('src/a part.c')]\n\
         env.Command('stamp', objects, 'echo done > $TARGET')\n\
         env.Default(env.Program('program', objects + [lib], LINK='$CXX'), 'stamp')\n\
         env.Alias('broken', env.Object('src/broken.c'))\n",
        format!("{}:/usr/bin:/bin", world.path("bin").display()),
    )
}

/// Plain SCons, which passes none of the user's variables: environments of all kinds, names and values that need
/// quoting, commands that are no compiles.
#[test]
fn plain_scons() {
    let world = World::new();
    let script = script();
    world.files(SCONS_PROJECT);
    let sconstruct = |routed: &str| sconstruct(&world, routed);
    let scons = |args: &[&str]| {
        let mut command = world.bare_command(python().as_os_str());
        let path = format!("{}:/usr/bin:/bin", world.path("ours").display());
        command.args(["-m", "SCons", "-j2"]).args(args).env("PATH", path);
        Ran::of(command, &[])
    };
    install_packer_cc(&world);
    let build = |routed: &str| {
        fs::write(world.tree().join("SConstruct"), sconstruct(routed)).expect("a file");
        let ran = scons(&[]);
        let said = lossy(&ran.stdout) + &ran.stderr_text();
        assert!(ran.status.success(), "{said}");
        let program = world.shell(world.tree().join("program"), &[]);
        assert_eq!((program.status.code(), lossy(&program.stdout).as_str()), (Some(0), "say 'it'\n"));
        let objects = ["src/main.o", "src/a part.o", "lib dir/lib.o", "program"].map(|name| world.read(name));
        let shown = said.lines().filter(|line| !line.contains("/tmp")).map(str::to_owned).collect::<Vec<_>>();
        let broken = scons(&["broken"]);
        assert!(scons(&["-c"]).status.success());
        let errors = broken.stderr_text().lines().filter(|line| line.contains("broken.c")).count();
        (objects, shown, broken.status.code(), errors)
    };
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    let routed = format!("SConscript({script:?})");
    let bare = build("");
    assert_eq!(world.journal().len(), 0);
    let cold = build(&routed);
    assert_eq!(
        outcomes(&world, 0),
        [("failed".to_owned(), 1), ("miss".to_owned(), 3)].into(),
        "{:#?}",
        world.journal()
    );
    let (records, runs) = (world.journal().len(), world.runs().len());
    let warm = build(&routed);
    assert_eq!(outcomes(&world, records), [("failed".to_owned(), 1), ("hit".to_owned(), 3)].into());
    // The link and the broken source.
    assert_eq!(world.runs().len() - runs, 2, "{:#?}", world.runs());
    assert!(bare.0 == cold.0 && cold.0 == warm.0);
    assert_eq!((bare.2, bare.3), (warm.2, warm.3));
    assert_eq!(sorted(bare.1), sorted(warm.1), "commands are shown as without");

    // Switched on or off, nothing is rebuilt: to SCons the commands are the same. The first build compiles three
    // sources and links.
    let runs = world.runs().len();
    for (routed, compiled) in [("", 4), (routed.as_str(), 0), ("", 0)] {
        fs::write(world.tree().join("SConstruct"), sconstruct(routed)).expect("a file");
        let before = world.runs().len();
        assert!(scons(&[]).status.success());
        assert_eq!(world.runs().len() - before, compiled, "{:#?}", &world.runs()[runs..]);
    }
    assert!(scons(&["-c"]).status.success());

    fs::remove_file(world.path("ours/packer-cc")).expect("a link");
    fs::write(world.tree().join("SConstruct"), sconstruct(&routed)).expect("a file");
    let ran = scons(&[]);
    let warnings = ran.stderr_text().matches("packer_cc.py: cannot find packer-cc").count();
    assert!(ran.status.success() && warnings == 1, "{}", ran.stderr_text());
}

/// The names that are compilers to the script are those that are to `packer-cc shim`.
#[test]
fn the_script_knows_the_same_drivers() {
    let names = [
        "gcc",
        "g++",
        "cc",
        "c++",
        "c99",
        "clang",
        "clang++",
        "avr-gcc",
        "avr-g++",
        "gcc-12",
        "avr-gcc-5.4.0",
        "clang14",
        "x86_64-w64-mingw32-gcc-12-posix",
        "gcc-ar",
        "gcc-nm-12",
        "gcov",
        "cpp",
        "clang-format",
        "clangd",
        "ld",
        "acc",
        "tcc",
        "gccgo",
        "gcc-12.",
        "gcc-1..2",
        "packer-cc",
        "packer-c++",
        "avr-size",
        "clang-cpp-14",
        "a b-gcc",
        "ccache",
        "c89",
    ];
    let text = fs::read_to_string(script()).expect("the script");
    let functions =
        text.split("\ndef with_settings").next().expect("a part").replace("from SCons.Environment import Base", "");
    let quoted = names.map(|name| shlex::try_quote(name).expect("a name").into_owned());
    let program = format!(
        "{functions}\nimport json, sys\nprint(json.dumps([is_driver(word) for word in json.loads(sys.argv[1])]))\n"
    );
    let words = serde_json::to_string(&quoted).expect("JSON");
    let mut command = Command::new(host_program("python3", "python3"));
    let output = command.args([OsStr::new("-c"), OsStr::new(&program), OsStr::new(&words)]).output().expect("python");
    assert!(output.status.success(), "{}", lossy(&output.stderr));
    let found: Vec<bool> = serde_json::from_slice(&output.stdout).expect("JSON");
    let expected: Vec<bool> = names.iter().map(|name| ::packer_cc::call::shim::is_driver(name)).collect();
    let differing: Vec<_> = names.iter().zip(found.iter().zip(&expected)).filter(|(_, (a, b))| a != b).collect();
    assert!(differing.is_empty() && expected.contains(&true), "{differing:?}");
}
