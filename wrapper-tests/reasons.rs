//! Reasons that no other theme brings about, and the list of all of them: each names the test that brings it about.

use crate::fixture::{Run, Tree, World, host_program};
use packer_cc::command::sides::SIDES;
use packer_cc::proof::OBLIGATIONS;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const LINE: &str = "-c a.c -o a.o";

/// A record holds so many digits of a digest.
const DIGITS: usize = 12;

fn world() -> World {
    let world = World::new();
    world.file("a.h", "#define A 1\n").file("a.c", "#include \"a.h\"\nint a(void) { return A; }\n");
    world
}

/// What the last record says of its reason: what it is about, what was, and what is.
fn evidence(world: &World) -> (String, String, String) {
    let record = world.journal().pop().expect("a record");
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    (text("detail"), text("old"), text("new"))
}

/// A first key that nobody knows is compared with those known of the source.
#[test]
fn what_of_a_first_key_is_new() {
    let world = world();
    let about = |run: Run<'_>, what: &str| {
        run.does(what);
        evidence(&world).0
    };
    assert_eq!(about(world.cc(LINE), "miss: new"), "");
    // Another source is as new as the first one.
    world.file("b.c", "int b;\n");
    assert_eq!(about(world.cc("-c b.c -o a.o"), "miss: new"), "");

    world.file("a.c", "#include \"a.h\"\nint a(void) { return A + 1; }\n");
    assert_eq!(about(world.cc(LINE), "miss: source-changed"), "");
    let (_, old, new) = evidence(&world);
    assert!(old.len() == DIGITS && new.len() == DIGITS && old != new, "{old} {new}");

    let variable = world.cc(LINE).env("LC_ALL", "C.UTF-8");
    assert!(about(variable, "miss: variables-changed").contains("LC_ALL"));
    let setting = world.cc(LINE).env("PACKER_CC_PATHS", "relative");
    assert!(about(setting, "miss: settings-changed").starts_with("the relative mode added"));
    world.file("extra", "1").file("inc/x.h", "").file("other/x.h", "");
    let extra = || world.cc(LINE).env("PACKER_CC_EXTRA_FILES", world.path("tree/extra"));
    assert_eq!(about(extra(), "miss: named-file-changed"), "PACKER_CC_EXTRA_FILES added");
    world.file("extra", "2");
    assert_eq!(about(extra(), "miss: named-file-changed"), "PACKER_CC_EXTRA_FILES changed");
    assert_eq!(about(world.cc("-O2 -c a.c -o a.o"), "miss: options-changed"), "-O2 added");
    assert_eq!(about(world.cc("-O3 -c a.c -o a.o"), "miss: options-changed"), "-O3 added");
    assert_eq!(about(world.cc("-O2 -DX=secret -c a.c -o a.o"), "miss: options-changed"), "-D added");
    assert_eq!(about(world.cc("-O2 -DX=hidden -c a.c -o a.o"), "miss: options-changed"), "-D changed");
    let sanitized = "-DX=hidden -O2 -c a.c -o a.o";
    assert_eq!(about(world.cc(sanitized), "miss: options-changed"), "-D moved");
    world.cc(sanitized).hit();
    let linked = world.cc("-DX=hidden -O2 -Wl,--defsym=X=secret -c a.c -o a.o");
    assert_eq!(about(linked, "miss: options-changed"), "-Wl,--defsym=… added");

    // Two directories that become one are searched otherwise.
    world.cc("-Iinc -Iother -c a.c -o a.o").does("miss: options-changed");
    world.remove("other");
    std::os::unix::fs::symlink("inc", world.path("tree/other")).expect("a link");
    assert_eq!(about(world.cc("-Iinc -Iother -c a.c -o a.o"), "miss: place-changed"), "the include path changed");

    // A result that was there and was evicted is no new one.
    world.cc(LINE).hit();
    for file in world.store_files().into_iter().filter(|file| file.to_string_lossy().contains("/v1/m/")) {
        fs::remove_file(file).expect("a manifest");
    }
    world.cc(LINE).does("miss: entry-gone");
    // A macro's value is recorded nowhere.
    for (name, text) in Tree::of(&world.cache()).files() {
        assert!(memchr::memmem::find(text, b"secret").is_none(), "{}", name.display());
    }
}

#[test]
fn surroundings_that_are_not_served() {
    let world = world();
    world.cc(LINE).env("PACKER_CC_DISABLE", "1").bypass("disabled");
    world.cc(LINE).env("SUNPRO_DEPENDENCIES", "x.d").bypass("environment");
    let path = |name: &str| world.path("tree").join(name).display().to_string();
    let line = format!("-c {} -o {}", path("a.c"), path("a.o"));
    let gone = "sh -c 'mkdir -p /tmp/gone-$$ && cd /tmp/gone-$$ && rmdir /tmp/gone-$$ && exec \"$@\"' sh";
    world.cc(&line).under(gone).bypass("working-directory");
}

#[test]
fn results_that_are_made_anew() {
    let world = world();
    world.cc(LINE).miss();
    world.cc(LINE).env("PACKER_CC_RECACHE", "1").does("miss: recache");
    world.cc(LINE).hit();
}

#[test]
fn what_no_longer_holds() {
    let world = world();
    world.cc(LINE).miss();
    world.file("a.h", "#define A 2\n");
    world.cc(LINE).does("miss: file-changed");
    let (about, old, new) = evidence(&world);
    assert!(about == "a.h" && old.len() == DIGITS && new.len() == DIGITS && old != new, "{about} {old} {new}");

    world.file("d.c", "const char *date = __DATE__;\n");
    let dated = |seconds: &str| world.cc("-c d.c -o d.o").env("SOURCE_DATE_EPOCH", seconds);
    dated("1500000000").miss();
    dated("1600000000").does("miss: other-date");
    dated("1500000000").hit();
    dated("1600000000").hit();

    let once = "#pragma once\nint once;\n";
    world.file("x/o.h", once).file("y/o.h", once).file("o.c", "#include \"x/o.h\"\n#include \"y/o.h\"\n");
    world.cc("-c o.c -o o.o").miss();
    let later = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let header = fs::File::options().write(true).open(world.path("tree/y/o.h")).expect("a header");
    header.set_modified(later).expect("a time");
    world.cc("-c o.c -o o.o").does("miss: twins-differ");
    assert_eq!(evidence(&world).0, "x/o.h");
}

/// A world in which `as` is a script.
fn assembled_by(script: &str) -> World {
    let world = world();
    let path = world.path("bin/as");
    fs::create_dir_all(world.path("bin")).expect("a directory");
    fs::write(
        &path,
        format!("#!/bin/sh\n{}\n", script.replace("REAL", &host_program("as", "as").display().to_string())),
    )
    .expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    world
}

fn with_assembler(world: &World) -> Run<'_> {
    world.cc(&format!("-B{} {LINE}", world.path("bin").display()))
}

#[test]
fn outputs_that_are_not_kept() {
    let world = assembled_by("exit 0");
    with_assembler(&world).does("miss: output-missing");
    // Sparse, so that it takes no room on the disk.
    let world = assembled_by("for word; do case $last in -o) truncate -s 600M \"$word\" ;; esac; last=$word; done");
    with_assembler(&world).does("miss: output-too-large");
    let world = assembled_by("printf 'a\\0b\\n' >&2\nexec REAL \"$@\"");
    with_assembler(&world).does("miss: binary-diagnostics");
}

#[test]
fn what_did_not_stand_still() {
    let world = assembled_by("touch a.h\nexec REAL \"$@\"");
    with_assembler(&world).does("miss: input-changed");
    let world = assembled_by("touch \"$0\"\nexec REAL \"$@\"");
    with_assembler(&world).does("miss: compiler-replaced");
}

/// A hit that is compiled again while a header of it is edited is not blamed.
#[test]
fn an_edit_between_lookup_and_compile() {
    let world = assembled_by(
        "if [ -e flag ]; then echo '#define MORE' >> a.h; exec REAL --defsym more=1 \"$@\"; fi\nexec REAL \"$@\"",
    );
    with_assembler(&world).miss();
    world.file("flag", "");
    with_assembler(&world).env("PACKER_CC_VERIFY", "1").whatever("it compiles twice, and the record tells the reason");
    let record = world.journal().pop().expect("a record");
    assert_eq!((&record["outcome"], &record["reason"]), (&"miss".into(), &"input-changed".into()), "{record}");
}

#[test]
fn escapes_that_diagnostics_may_show() {
    let world = World::new();
    world.file("a.c", "#warning \x1b[31mred\nint a;\n").file("b.c", "/* \x1b[31mred */\nint b;\n");
    world.cc(LINE).does("miss: escape-in-text");
    // Nothing is said of this one.
    world.cc("-c b.c -o b.o").miss();
    world.cc("-c b.c -o b.o").hit();
}

/// The names of all tests, with the texts of their files.
fn tests() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for dir in ["wrapper-tests", "src"] {
        let dir = root.join(dir);
        for source in crate::spec::files(&dir, "rs") {
            let text = fs::read_to_string(&source).expect("a source");
            found.extend(crate::spec::tests_in(&source, &dir).into_iter().map(|test| (test, text.clone())));
        }
    }
    found
}

/// Each row of the table names a test that exists, and whose file speaks of the reason by its code or by its name.
#[test]
fn every_reason_is_brought_about() {
    let table = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reason.rs")).expect("the table");
    let row = regex::Regex::new(r#"(?m)^    (\w+), \w+, "([a-z-]+)",\n(?:        .*\n)*?        "([a-z_0-9:]+)";$"#);
    let rows: Vec<_> = row.expect("a pattern").captures_iter(&table).map(|row| row.extract::<3>().1).collect();
    assert_eq!(rows.len(), packer_cc::reason::Reason::ALL.len());
    let tests = tests();
    let mut wrong = Vec::new();
    for [name, code, test] in rows {
        match tests.iter().find(|(other, _)| other == test) {
            None => wrong.push(format!("{code}: there is no test {test}")),
            Some((_, text)) if !text.contains(code) && !text.contains(&format!("Reason::{name}")) => {
                wrong.push(format!("{code}: {test} does not speak of it"));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each obligation is a file of its name, and names tests that exist.
#[test]
fn every_obligation_names_its_tests() {
    let tests: BTreeSet<String> = tests().into_iter().map(|(test, _)| test).collect();
    for obligation in &OBLIGATIONS {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/proof").join(obligation.name).with_extension("rs");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(text.starts_with("//! Obligation: "), "{}", obligation.name);
        assert!(!obligation.tests.is_empty(), "{}", obligation.name);
        for test in obligation.tests {
            assert!(tests.contains(*test), "{}: there is no test {test}", obligation.name);
        }
    }
}

/// Each role of an option and each kind of input says which test holds it, and each side file.
#[test]
fn roles_inputs_and_side_files_name_their_tests() {
    let tests: BTreeSet<String> = tests().into_iter().map(|(test, _)| test).collect();
    let held = regex::Regex::new(r"Held by `([a-z_0-9:]+)`").expect("a pattern");
    for (file, name) in [("src/command/job.rs", "Role"), ("src/proof/input.rs", "Input")] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a source");
        let block = text.split(&format!("pub enum {name} {{")).nth(1).and_then(|rest| rest.split("\n}\n").next());
        let (mut comment, mut variants) = (String::new(), 0);
        for line in block.expect("the variants").lines() {
            if line.starts_with("    ///") {
                comment.push_str(line);
            } else if line.starts_with("    ") && line[4..].starts_with(char::is_uppercase) {
                let named = held.captures(&comment).map(|found| found[1].to_owned());
                assert!(named.is_some_and(|named| tests.contains(&named)), "{name}: {line}: {comment}");
                comment.clear();
                variants += 1;
            }
        }
        assert!(variants > 4, "{name} is read");
    }
    for side in &SIDES {
        assert!(tests.contains(side.test), "{:?}: there is no test {}", side.kind, side.test);
    }
}
