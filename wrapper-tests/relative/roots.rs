//! Roots, further roots and prefix maps.

use super::{PLACES, Project, for_each_project};
use crate::fixture::{Compiler, Ran, packer_cc};
use std::fs;

/// A user's own maps count, and none of the same kind is added.
#[test]
fn maps_of_the_user() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let project = Project::new(compiler);
        for (typed, rewritten) in [
            (
                "-g -ffile-prefix-map=ROOT=/src -c ROOT/src/SOURCE.c -IROOT/inc -o a.o",
                "-g -ffile-prefix-map=ROOT=/src -c ROOT/src/SOURCE.c -IROOT/inc -o a.o",
            ),
            (
                "-g -ffile-prefix-map=ROOT/=/src/ -fdebug-prefix-map=ROOT=. -c ROOT/src/SOURCE.c -IROOT/inc -o c.o",
                "-g -ffile-prefix-map=ROOT/=/src/ -fdebug-prefix-map=ROOT=. -c ROOT/src/SOURCE.c -IROOT/inc -o c.o",
            ),
            (
                "-g -fdebug-prefix-map=ROOT=/src -c ROOT/src/SOURCE.c -IROOT/inc -o b.o",
                "-g -fdebug-prefix-map=ROOT=/src -c ROOT/src/SOURCE.c -IROOT/inc -o b.o",
            ),
        ] {
            // clang has builtins for a file's name that its prefix maps do not change.
            let source = if compiler == Compiler::Gcc { "file" } else { "../build/here" };
            let line = |line: &str| line.replace("SOURCE", source);
            project.travels(&line(typed), &line(rewritten));
        }
    }
}

/// Compilers map `/x/one-more/a.h` by `/x/one` as well: such a result belongs to the place.
#[test]
fn a_longer_name_that_begins_like_the_root() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let project = Project::new(compiler);
        let beside = format!("{}-more", project.root(PLACES[0]));
        fs::create_dir(&beside).expect("a directory beside the root");
        fs::write(format!("{beside}/b.h"), "static inline int b(int x) { return x; }\n").expect("a header");
        for place in PLACES {
            project.world.file(
                &format!("{place}/src/abs.c"),
                format!("#include \"{beside}/b.h\"\nint a(int x) {{ return b(x); }}\n"),
            );
            project
                .world
                .file(&format!("{place}/src/l.c"), format!("#line 7 \"{beside}/l.y\"\nint l(int x) {{ return x; }}\n"));
        }
        for line in [
            format!("-g -I{beside} -include b.h -c SRC/here.c -o a.o"),
            "-g -c SRC/../src/abs.c -o a.o".to_owned(),
            "-g -c SRC/../src/l.c -o a.o".to_owned(),
        ] {
            let rewritten = line.replace("SRC/../", "../").replace("SRC/", "");
            project.stays(&line.replace("SRC", "ROOT/build"), &rewritten);
        }
    }
}

/// The compiler is given names like `../src/a.c`, so it matters where the working directory lies below the root.
#[test]
fn another_working_directory_is_another_command() {
    for_each_project(|mut project| {
        let typed = "-g -c ROOT/src/file.c -IROOT/inc -o x.o";
        for (place, dir, outcome) in [
            (PLACES[0], "build", "miss"),
            (PLACES[0], "build/sub", "miss"),
            (PLACES[1], "build/sub", "hit"),
            (PLACES[1], "build", "hit"),
            (PLACES[1], "", "miss"),
        ] {
            fs::create_dir_all(project.world.tree().join(place).join(dir)).expect("a directory");
            project.cwd = dir;
            let up = dir.split('/').filter(|part| !part.is_empty()).map(|_| "../").collect::<String>();
            let rewritten = format!("-g -c {up}src/file.c -I{up}inc -o x.o");
            assert_eq!(project.check(place, typed, &rewritten), outcome, "{dir} in {place}");
        }
    });
}

/// A root with a name is a kit outside of the checkout. It stands elsewhere on every machine.
#[test]
fn named_roots_travel() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let mut project = Project::new(compiler);
        for (place, kit) in [(PLACES[0], "kit"), (PLACES[1], "other/kit of mine")] {
            let dir = project.world.path(kit).join("inc");
            fs::create_dir_all(&dir).expect("a kit");
            // clang has builtins for a file's name that its prefix maps do not change.
            let name = if compiler == Compiler::Gcc { "__FILE__" } else { "\"kit\"" };
            let text = format!("static inline const char *kit(void) {{ return {name}; }}\n");
            fs::write(dir.join("kit.h"), text).expect("a header");
            project.world.file(
                &format!("{place}/src/kit.c"),
                "#include <kit.h>\nconst char *k(void) { int u; return kit(); }\n",
            );
        }
        for (place, kit, outcome) in
            [(PLACES[0], "kit", "miss"), (PLACES[1], "other/kit of mine", "hit"), (PLACES[0], "kit", "hit")]
        {
            let kit = project.world.path(kit).display().to_string();
            project.env = vec![("PACKER_CC_ROOTS".to_owned(), format!("sdk={kit}"))];
            let line = |source: &str| format!("-g -Wall -c {source} '-I{kit}/inc' -o kit.o -MD");
            let found = project.check(place, &line("ROOT/src/kit.c"), &line("../src/kit.c"));
            assert_eq!(found, outcome, "{place}: {}", project.last("reason"));
        }
    }
}

/// The two modes never serve each other. The `exact` mode leaves what the bare compiler leaves, although a root is
/// declared.
#[test]
fn exact_never_serves_what_was_rewritten() {
    for_each_project(|mut project| {
        let typed = "-g -c ROOT/src/file.c -IROOT/inc -o a.o -MD";
        let rewritten = "-g -c ../src/file.c -I../inc -o a.o -MD";
        project.travels(typed, rewritten);
        project.env = vec![("PACKER_CC_PATHS".to_owned(), "exact".to_owned())];
        project.stays(typed, typed);
        project.env = vec![("PACKER_CC_PATHS".to_owned(), "relative".to_owned())];
        assert_eq!(project.check(PLACES[1], typed, rewritten), "hit");
    });
}

/// A file `.packer-cc.toml` declares the root where it stands.
#[test]
fn a_file_declares_the_root() {
    for_each_project(|project| {
        for place in PLACES {
            project.world.file(&format!("{place}/.packer-cc.toml"), "");
        }
        for (place, outcome) in [(PLACES[0], "miss"), (PLACES[1], "hit")] {
            let mut command = project.world.bare_command(packer_cc().as_os_str());
            command.arg(project.world.compiler().c()).args(project.line(place, "-g -c ROOT/src/a.c -IROOT/inc -o a.o"));
            command.current_dir(project.world.tree().join(place));
            assert!(Ran::of(command, &[]).status.success());
            assert_eq!(project.last("outcome"), outcome, "{place}");
            let object = project.world.read(&format!("{place}/a.o"));
            assert!(
                memchr::memmem::find(&object, project.root(place).as_bytes()).is_none(),
                "{place} is in the object"
            );
        }
    });
}
