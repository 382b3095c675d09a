//! Real input: the C library that cargo already has on disk for us, and the Arduino core.
//!
//! Three builds in one place: bare, cold, warm. Everything they leave and say is equal, the cold one starts the
//! compiler once a unit, the warm one not at all.

use crate::fixture::{Compiler, Tree, World, first_difference, host_program, lossy, packer_cc, words};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

/// One compile: program and arguments.
type Unit = Vec<OsString>;

/// A build's outputs and what each unit said.
struct Built {
    tree: Tree,
    said: Vec<Output>,
}

/// Runs the units two at a time, the outputs of the build before moved away.
fn build(world: &World, units: &[Unit], wrapper: Option<&Path>) -> Built {
    let out = world.path("tree/out");
    if out.exists() {
        fs::remove_dir_all(&out).expect("the outputs before");
    }
    fs::create_dir(&out).expect("a directory of outputs");
    let next = Mutex::new(0..units.len());
    let said = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(index) = next.lock().expect("a counter").next() else { break };
                    let argv: Vec<&OsStr> = wrapper
                        .iter()
                        .map(|path| path.as_os_str())
                        .chain(units[index].iter().map(OsString::as_os_str))
                        .collect();
                    let output = world.bare_command(argv[0]).args(&argv[1..]).output().expect("a compile starts");
                    said.lock().expect("outputs").push((index, output));
                }
            });
        }
    });
    let mut said = said.into_inner().expect("outputs");
    said.sort_by_key(|(index, _)| *index);
    Built { tree: Tree::of(&out), said: said.into_iter().map(|(_, output)| output).collect() }
}

fn assert_equal(what: &str, units: &[Unit], bare: &Built, ours: &Built) {
    for ((unit, bare), ours) in units.iter().zip(&bare.said).zip(&ours.said) {
        assert!(
            bare.status == ours.status && bare.stdout == ours.stdout && bare.stderr == ours.stderr,
            "{what}: {unit:?}\nbare {}\n{}packer-cc {}\n{}{}",
            bare.status,
            lossy(&bare.stderr),
            ours.status,
            lossy(&ours.stderr),
            first_difference(&bare.stderr, &ours.stderr)
        );
    }
    let differences = bare.tree.differences(&ours.tree);
    assert!(differences.is_empty(), "{what}:\n{}", differences.join("\n"));
}

/// Bare, cold and warm; all equal and counted.
fn three_builds(world: &World, units: &[Unit]) {
    assert!(units.len() > 10, "only {} units were found", units.len());
    let runs = |wrapper: Option<&Path>| {
        let before = world.runs().len();
        let built = build(world, units, wrapper);
        (built, world.runs().len() - before)
    };
    let (bare, count) = runs(None);
    assert_eq!(count, units.len());
    for (unit, said) in units.iter().zip(&bare.said) {
        assert!(said.status.success(), "{unit:?}\n{}", lossy(&said.stderr));
    }
    let packer = packer_cc();
    let (cold, count) = runs(Some(&packer));
    assert_equal("cold", units, &bare, &cold);
    assert_eq!(count, units.len(), "the cold build runs the compiler once a unit");
    let (warm, count) = runs(Some(&packer));
    assert_equal("warm", units, &bare, &warm);
    assert_eq!(count, 0, "the warm build does not run the compiler: {:#?}", world.runs().last());
    let hits = world.journal().iter().filter(|record| record["outcome"] == "hit").count();
    assert_eq!(hits, units.len());
}

/// The object's name: `out/` and the source's path with its slashes replaced, so that sources of one name get
/// different objects.
fn object(source: &Path, root: &Path) -> OsString {
    let relative = source.strip_prefix(root).expect("a source below the root");
    format!("out/{}.o", relative.to_string_lossy().replace('/', "_")).into()
}

fn sources(root: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap_or_else(|error| panic!("{}: {error}", root.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path, extensions));
        } else if path.extension().and_then(OsStr::to_str).is_some_and(|name| extensions.contains(&name)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Where cargo unpacked the crate `zstd-sys`, a dependency of ours.
pub fn zstd() -> PathBuf {
    crate_dir("zstd-sys").join("zstd")
}

/// Where cargo unpacked a crate that is among our dependencies. Only this platform's packages are asked for: cargo
/// has not fetched the others.
pub fn crate_dir(name: &str) -> PathBuf {
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(std::env::var_os(program.to_uppercase()).unwrap_or_else(|| program.into()))
            .args(args)
            .output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(output.status.success(), "{program}: {}", lossy(&output.stderr));
        output.stdout
    };
    let version = lossy(&run("rustc", &["-vV"]));
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc's host");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = run(
        "cargo",
        &["metadata", "--format-version=1", "--offline", "--filter-platform", host, "--manifest-path", manifest],
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == name);
    let package = package.unwrap_or_else(|| panic!("{name} is not among the dependencies"));
    Path::new(package["manifest_path"].as_str().expect("a path")).parent().expect("a directory").to_owned()
}

fn zstd_units(compiler: Compiler, flags: &str) -> (PathBuf, Vec<Unit>) {
    let root = zstd().join("lib");
    let units = sources(&root, &["c", "S"]).into_iter().filter(|source| !source.to_string_lossy().contains("/legacy/"));
    let units = units.map(|source| {
        let mut unit: Unit = vec![compiler.c().into()];
        unit.extend(words(flags));
        unit.extend(["-I".into(), root.clone().into(), "-I".into(), root.join("common").into()]);
        unit.extend(["-c".into(), source.clone().into(), "-o".into(), object(&source, &root)]);
        unit
    });
    let units = units.collect();
    (root, units)
}

/// Flags that cover what such builds use, without optimisation, which is the compiler's own affair and most of its
/// time.
const ZSTD_FLAGS: &str =
    "-O0 -g -Wall -Wextra -Wcast-qual -Wshadow -fvisibility=hidden -DZSTD_MULTITHREAD -DXXH_NAMESPACE=ZSTD_ -pthread";

#[test]
fn zstd_with_gcc() {
    let world = World::with(Compiler::Gcc);
    three_builds(&world, &zstd_units(Compiler::Gcc, &format!("{ZSTD_FLAGS} -MMD -MP")).1);
}

#[test]
fn zstd_with_clang() {
    let world = World::with(Compiler::Clang);
    three_builds(&world, &zstd_units(Compiler::Clang, &format!("{ZSTD_FLAGS} -MD")).1);
}

const UNO: &str = "-mmcu=atmega328p -Os -g -w -ffunction-sections -fdata-sections -MMD -DF_CPU=16000000L -DARDUINO=10819 \
                   -DARDUINO_AVR_UNO -DARDUINO_ARCH_AVR";

/// The Arduino core and the libraries beside it, with the Uno's flags and `extra`, which may name the `UNIT`.
fn arduino_units(extra: &str, libraries: bool) -> Vec<Unit> {
    let avr = Path::new("/usr/share/arduino/hardware/arduino/avr");
    assert!(avr.exists(), "{} is missing: install the Debian package arduino-core-avr", avr.display());
    host_program("avr-gcc", "gcc-avr");
    let mut includes = vec![avr.join("cores/arduino"), avr.join("variants/standard")];
    let library_sources: Vec<_> = fs::read_dir(avr.join("libraries"))
        .expect("libraries")
        .map(|entry| entry.expect("an entry").path().join("src"))
        .collect();
    let mut all = sources(&avr.join("cores/arduino"), &["c", "cpp", "S"]);
    for library in library_sources.iter().filter(|dir| libraries && dir.exists()) {
        includes.extend([library.clone(), library.join("utility")]);
        all.extend(sources(library, &["c", "cpp", "S"]));
    }
    let unit = |source: &PathBuf| {
        let language = match source.extension().and_then(OsStr::to_str) {
            // gcc 5 keeps this macro of <float.h> from C++, and the core uses it.
            Some("cpp") => {
                "-std=gnu++11 -fpermissive -fno-exceptions -fno-threadsafe-statics -DDECIMAL_DIG=__DECIMAL_DIG__"
            }
            // With `-g` the object holds the temporary name of the preprocessed text, and no two are equal.
            Some("S") => "-x assembler-with-cpp -g0",
            _ => "-std=gnu11",
        };
        let driver = if language.contains("++") { Compiler::AvrGcc.cxx() } else { Compiler::AvrGcc.c() };
        let object = object(source, avr);
        let mut unit: Unit = vec![driver.into(), "-c".into()];
        unit.extend(words(&format!("{UNO} {language} {}", extra.replace("UNIT", &object.to_string_lossy()))));
        unit.extend(includes.iter().map(|dir| OsString::from(format!("-I{}", dir.display()))));
        unit.extend([source.into(), "-o".into(), object]);
        unit
    };
    all.iter().map(unit).collect()
}

#[test]
fn arduino() {
    let world = World::with(Compiler::AvrGcc);
    three_builds(&world, &arduino_units("", true));
}

#[test]
fn arduino_with_link_time_objects() {
    let world = World::with(Compiler::AvrGcc);
    three_builds(&world, &arduino_units("-flto -fno-fat-lto-objects -frandom-seed=UNIT", true));
}

/// As the IDE really calls it: without a seed two bare compiles differ, so the warm build is held to the cold one.
#[test]
fn arduino_with_link_time_objects_as_the_ide_makes_them() {
    let world = World::with(Compiler::AvrGcc);
    let units = arduino_units("-flto -fno-fat-lto-objects", false);
    let packer = packer_cc();
    let cold = build(&world, &units, Some(&packer));
    let runs = world.runs().len();
    assert_eq!(runs, units.len());
    let warm = build(&world, &units, Some(&packer));
    assert_equal("warm", &units, &cold, &warm);
    assert_eq!(world.runs().len(), runs, "the warm build does not run the compiler");
}
