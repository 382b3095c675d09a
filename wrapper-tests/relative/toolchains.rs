//! Toolchains that stand elsewhere.

use super::{PLACES, Project};
use crate::fixture::{Compiler, Ran, age, first_difference, packer_cc, words};
use crate::toolchain;
use std::fs;
use std::path::{Path, PathBuf};

/// A toolchain in two places, under two roots.
#[test]
fn a_toolchain_elsewhere() {
    let project = Project::new(Compiler::AvrGcc);
    for place in PLACES {
        let source = "#include <avr/io.h>\n#include <limits.h>\n#include <stdint.h>\nuint8_t p(uint8_t x) { PORTB = x; return PINB; }\n";
        project.world.file(&format!("{place}/src/port.c"), source);
    }
    let tools: Vec<PathBuf> = ["tools", "some/other tools"].iter().map(|dir| project.world.path(dir)).collect();
    for tools in &tools {
        copy_avr_toolchain(tools);
    }
    let compile = |place: &str, tools: &Path, flags: &str, env: &[(&str, &str)]| {
        let mut command = project.world.bare_command(packer_cc().as_os_str());
        command.arg(tools.join("bin/avr-gcc")).args(words(flags)).envs(env.iter().copied());
        command.args(project.line(place, "-w -Os -mmcu=atmega328p -c ROOT/src/port.c -o port.o -MD"));
        command.env("PACKER_CC_ROOT", project.root(place)).current_dir(project.world.tree().join(place));
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        (project.world.read(&format!("{place}/port.o")), project.world.read(&format!("{place}/port.d")))
    };
    let other_cache = project.world.path("other cache").display().to_string();
    // Link-time code names the toolchain's headers, whatever maps there are.
    for flags in ["-g", "-flto -frandom-seed=1", "-g -flto -fno-fat-lto-objects -frandom-seed=1"] {
        let mut objects = Vec::new();
        for (place, tools, outcome) in [(PLACES[0], &tools[0], "miss"), (PLACES[1], &tools[1], "hit")] {
            for outcome in [outcome, "hit"] {
                let (object, depfile) = compile(place, tools, flags, &[]);
                assert_eq!(project.last("outcome"), outcome, "{flags} in {place}: {}", project.last("reason"));
                objects.push(object);
                let mut bare = project.world.bare_command(tools.join("bin/avr-gcc").as_os_str());
                bare.args(words(flags)).args(project.line(place, "-w -Os -mmcu=atmega328p -c ROOT/src/port.c"));
                bare.args(["-o", "bare.o", "-MD", "-MT", "port.o"]).current_dir(project.world.tree().join(place));
                assert!(Ran::of(bare, &[]).status.success());
                let expected = project.world.read(&format!("{place}/bare.d"));
                assert!(depfile == expected, "{flags} in {place}: {}", first_difference(&expected, &depfile));
            }
            let (compiled, _) =
                compile(place, tools, flags, &[("PACKER_CC_DIR", &other_cache), ("PACKER_CC_RECACHE", "1")]);
            objects.push(compiled);
        }
        assert!(objects.iter().all(|object| *object == objects[0]), "{flags}");
    }
}

/// gcc has headers in `include` and in `include-fixed`. The first name is the beginning of the second, but the prefix
/// map of the first must not change names of the second, which has a map of its own.
#[test]
fn headers_beside_the_toolchains_headers() {
    let project = Project::new(Compiler::Gcc);
    let tools = ["tools", "some/other tools"].map(|name| {
        let root = toolchain::gcc_in(&project.world, name);
        let fixed = toolchain::part(&root, "cc1").with_file_name("include-fixed");
        fs::create_dir(&fixed).expect("a directory of the toolchain");
        fs::write(fixed.join("fixed.h"), "struct fixed { int fixed; };\n").expect("a header");
        age(&fixed.join("fixed.h"));
        root
    });
    for place in PLACES {
        let source = "#include <fixed.h>\n#include <stddef.h>\nsize_t f(struct fixed *x) { return x->fixed; }\n";
        project.world.file(&format!("{place}/src/fixed.c"), source);
    }
    let compile = |program: &[&Path], place: &str, line: &str, env: &[(&str, &str)]| {
        let mut command = project.world.bare_command(program[0].as_os_str());
        command.args(&program[1..]).args(project.line(place, line)).envs(env.iter().copied());
        command.env("PACKER_CC_ROOT", project.root(place)).current_dir(project.world.tree().join(place).join("build"));
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        project.world.read(&format!("{place}/build/fixed.o"))
    };
    let packer_cc = packer_cc();
    for (nth, place) in PLACES.iter().enumerate() {
        let gcc = tools[nth].join("bin/gcc");
        let typed = "-g -c ROOT/src/fixed.c -o fixed.o";
        let ours = compile(&[&packer_cc, &gcc], place, typed, &[]);
        assert_eq!(project.last("outcome"), ["miss", "hit"][nth], "{}", project.last("reason"));
        let own = toolchain::part(&tools[nth], "cc1");
        let own = own.parent().expect("a directory").display().to_string();
        let spelled = format!("{}/bin/../{}", tools[nth].display(), &own[tools[nth].display().to_string().len() + 1..]);
        let maps: String = [("ROOT", "."), (&spelled, "toolchain")]
            .into_iter()
            .map(|(old, new)| (old.to_owned(), new.to_owned()))
            .chain(["include", "include-fixed"].map(|dir| (format!("{own}/{dir}"), format!("toolchain/{dir}"))))
            .map(|(old, new)| format!(" '-ffile-prefix-map={old}={new}'"))
            .collect();
        let bare = compile(&[&gcc], place, &format!("-g -c ../src/fixed.c -o fixed.o{maps}"), &[]);
        assert!(ours == bare, "in {place}: {}", first_difference(&bare, &ours));
    }
}

/// Debian's AVR toolchain as one directory that can stand anywhere.
fn copy_avr_toolchain(to: &Path) {
    for (from, below) in [
        ("/usr/bin/avr-gcc", "bin"),
        ("/usr/bin/avr-as", "bin"),
        ("/usr/lib/gcc/avr", "lib/gcc"),
        ("/usr/lib/avr", "lib"),
    ] {
        let dir = to.join(below);
        fs::create_dir_all(&dir).expect("a directory of the toolchain");
        let copied = std::process::Command::new("cp").arg("-rL").arg(from).arg(&dir).status().expect("cp starts");
        assert!(copied.success(), "{from}");
    }
}
