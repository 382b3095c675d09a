//! fbuild's way of calling compilers (`docs/fbuild.md`): by absolute path, in the workspace, with `-MMD`, link-time
//! objects and next to no environment.

use crate::fixture::{Ran, Run, World, host_program, packer_cc, words};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const CORE: &str = "/usr/share/arduino/hardware/arduino/avr";

const OPTIONS: &str = "-mmcu=atmega328p -w -Wall -ffunction-sections -fdata-sections -MMD";
const RELEASE: &str = "-Os -flto -fno-fat-lto-objects -DARDUINO=10819 -DARDUINO_ARCH_AVR -DARDUINO_AVR_UNO -DF_CPU=16000000L \
                       -DPLATFORMIO=60118";

/// A toolchain as fbuild unpacks one, at `place`, whose compilers count their runs.
fn toolchain(world: &World, place: &str) -> PathBuf {
    let bin = format!("{place}/bin");
    for name in ["avr-gcc", "avr-g++"] {
        world.shim_in(&bin, name, &host_program(name, "gcc-avr"));
    }
    for name in ["avr-gcc-ar", "avr-ar", "avr-objcopy", "avr-size"] {
        symlink(host_program(name, "gcc-avr"), world.path(&bin).join(name)).expect("a link");
    }
    symlink(world.path("runs"), world.path(place).join("runs")).expect("a link");
    fs::write(world.path(place).join(".install_complete"), "").expect("a mark");
    world.path(place)
}

/// A workspace whose `.packer-cc.toml` says `settings`, too.
fn project(world: &World, place: &str, settings: &str) {
    for (name, content) in [
        (".packer-cc.toml", format!("dir = {:?}\n{settings}", world.cache().display().to_string())),
        (
            "src/main.cpp",
            "#include <Arduino.h>\n#include \"blink.h\"\nvoid setup() { blink(1); }\nvoid loop() {}\n".to_owned(),
        ),
        (
            "src/blink.c",
            "#include \"blink.h\"\nvoid blink(int n) { while (n--) __asm__ volatile(\"nop\"); }\n".to_owned(),
        ),
        ("include/blink.h", "#ifdef __cplusplus\nextern \"C\"\n#endif\nvoid blink(int n);\n".to_owned()),
        (".compile-tmp/keep", String::new()),
        (".fbuild/build/uno/release/src/keep", String::new()),
        (".fbuild/build/uno/release/core/keep", String::new()),
    ] {
        world.file(&format!("{place}/{name}"), content);
    }
}

/// The units of a build: driver, source and object, relative to the workspace, but for the framework.
fn units() -> Vec<(&'static str, String, String)> {
    let out = ".fbuild/build/uno/release";
    let mut units = vec![
        ("avr-g++", "src/main.cpp".to_owned(), format!("{out}/src/main_1f2e.cpp.o")),
        ("avr-gcc", "src/blink.c".to_owned(), format!("{out}/src/blink_03ab.c.o")),
    ];
    for (driver, name) in
        [("avr-gcc", "wiring.c"), ("avr-gcc", "hooks.c"), ("avr-g++", "main.cpp"), ("avr-g++", "abi.cpp")]
    {
        units.push((driver, format!("{CORE}/cores/arduino/{name}"), format!("{out}/core/{name}.o")));
    }
    units
}

fn line(driver: &str, source: &str, object: &str, extra: &str) -> String {
    let language = if driver == "avr-g++" {
        "-std=gnu++11 -fno-exceptions -fno-threadsafe-statics -fpermissive -DDECIMAL_DIG=__DECIMAL_DIG__"
    } else {
        "-std=gnu11"
    };
    format!(
        "{OPTIONS} {RELEASE} -Iinclude -Isrc -I{CORE}/cores/arduino -I{CORE}/variants/standard {language} {extra} -c {source} -o \
         {object}"
    )
}

/// A command in the workspace, with the environment that fbuild gives.
fn called<'w>(world: &'w World, place: &str, bare: &Path, ours: &Path, line: &str) -> Run<'w> {
    assert!(Path::new(CORE).exists(), "{CORE} is missing: install the Debian package arduino-core-avr");
    let argv = |program: &Path| [OsString::from(program)].into_iter().chain(words(line)).collect();
    let mut run = world.compare(argv(bare), argv(ours)).cwd(place);
    for name in ["TMPDIR", "TMP", "TEMP"] {
        run = run.env(name, world.tree().join(place).join(".compile-tmp"));
    }
    for name in ["HOME", "SHELL", "PACKER_CC_DIR", "PACKER_CC_LOG"] {
        run = run.without_env(name);
    }
    run
}

fn overlay(world: &World, chain: &Path, place: &str) -> PathBuf {
    let overlay = world.path(place);
    let ran = world.shell(packer_cc(), &["shim", &chain.display().to_string(), &overlay.display().to_string()]);
    assert!(ran.status.success(), "{}", ran.stderr_text());
    assert!(overlay.join(".install_complete").exists());
    overlay
}

/// Commands as fbuild types them leave what they leave with the bare compiler, byte for byte.
#[test]
fn every_step_is_that_of_the_original() {
    let world = World::new();
    let chain = toolchain(&world, "real/avr-gcc");
    let ours = overlay(&world, &chain, "cache-of-fbuild/toolchains/x/7.3.0");
    project(&world, "first", "paths = \"exact\"\n");
    let both = |tool: &str, line: &str| {
        called(&world, "first", &chain.join("bin").join(tool), &ours.join("bin").join(tool), line)
    };
    // With a seed, since two runs of the bare compiler would differ without.
    for (driver, source, object) in units() {
        let line = line(driver, &source, &object, &format!("-frandom-seed={object}"));
        both(driver, &line).miss();
        both(driver, &line).hit();
    }
    // The tools of the overlay are links to the originals, and packer-cc does not run for them. The link uses the
    // link-time objects that came from the store, and the linker plugin of the original's `gcc-ar`.
    let out = ".fbuild/build/uno/release";
    let objects = |dir: &str| {
        let all = units().into_iter().map(|(_, _, object)| object).filter(|object| object.contains(dir));
        all.collect::<Vec<_>>().join(" ")
    };
    both("avr-gcc-ar", &format!("rcsD {out}/libframework.a {}", objects("/core/"))).does("unrecorded");
    let link = format!(
        "-mmcu=atmega328p -w -Wl,--gc-sections -Wl,--allow-multiple-definition -Os -flto -fuse-linker-plugin -o \
         {out}/firmware.elf {} {out}/libframework.a -Wl,--start-group -lm -Wl,--end-group",
        objects("/src/")
    );
    both("avr-gcc", &link).bypass("not-a-compile");
    assert!(world.exists(&format!("first/{out}/firmware.elf")));
    both("avr-objcopy", &format!("-O ihex -R .eeprom {out}/firmware.elf {out}/firmware.hex")).does("unrecorded");
    both("avr-size", &format!("{out}/firmware.elf")).does("unrecorded");
    both("avr-gcc", "-dumpversion").bypass("not-a-compile");
}

/// As fbuild really calls the compiler, with the workspace declared as the root. Two bare runs differ here, so the
/// warm build is compared with the cold one. A third build, in another checkout and with the toolchain elsewhere, has
/// nothing but the store and must leave the same.
#[test]
fn here_and_on_another_machine() {
    let world = World::new();
    let build = |place: &str, overlay: &Path| {
        let before = world.runs().len();
        for (driver, source, object) in units() {
            let mut command = world.bare_command(overlay.join("bin").join(driver).as_os_str());
            let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
            let tree = world.tree().join(place);
            command.env_clear().env("PATH", path).env("TMPDIR", tree.join(".compile-tmp")).current_dir(tree);
            command.args(words(&line(driver, &source, &object, "")));
            let ran = Ran::of(command, &[]);
            assert!(ran.status.success(), "{}", ran.stderr_text());
        }
        let files = units().into_iter().map(|(_, _, object)| {
            let depfile = Path::new(&object).with_extension("d").display().to_string();
            (world.read(&format!("{place}/{object}")), world.read(&format!("{place}/{depfile}")))
        });
        (files.collect::<Vec<_>>(), world.runs().len() - before)
    };
    let here = overlay(&world, &toolchain(&world, "real/avr-gcc"), "overlay");
    project(&world, "first", "");
    let (cold, runs) = build("first", &here);
    assert_eq!(runs, units().len());
    let (warm, runs) = build("first", &here);
    assert_eq!(runs, 0, "{:#?}", world.runs().last());
    assert!(cold == warm);

    let there = overlay(&world, &toolchain(&world, "elsewhere/tools/avr"), "elsewhere/overlay");
    project(&world, "second/deeper", "");
    fs::remove_dir_all(world.cache().join("state")).expect("the state");
    let (other, runs) = build("second/deeper", &there);
    assert_eq!(runs, 0, "{:#?}", world.runs().last());
    assert!(cold == other);
}
