//! Commands that travel.

use super::{PLACES, Project, for_each_project};
use crate::fixture::Compiler;
use std::os::unix::fs::symlink;

#[test]
fn absolute_commands_travel() {
    for_each_project(|project| {
        for (typed, rewritten) in [
            ("-c ROOT/src/a.c -IROOT/inc -o a.o", "-c ../src/a.c -I../inc -o a.o"),
            (
                "-O2 -Wall -c ROOT/src/a.c -isystem ROOT/inc -o ROOT/build/b.o -MD",
                "-O2 -Wall -c ../src/a.c -isystem ../inc -o b.o -MD",
            ),
            (
                "-c ROOT/src/a.c -I ROOT/inc/ -MMD -MP -MF ROOT/build/c.d -o c.o",
                "-c ../src/a.c -I ../inc -MMD -MP -MF c.d -o c.o",
            ),
            ("-Wall -c ROOT/build/here.c -MMD", "-Wall -c here.c -MMD"),
            (
                "-include ROOT/inc/forced.h -iquote ROOT/inc -idirafter ROOT/inc -c ROOT/src/a.c -MD",
                "-include ../inc/forced.h -iquote ../inc -idirafter ../inc -c ../src/a.c -MD",
            ),
            ("-S ROOT/src/a.c -IROOT/inc -o a.s -MMD -MT ROOT/x", "-S ../src/a.c -I../inc -o a.s -MMD -MT ROOT/x"),
            (
                "-c ROOT/build/../src/a.c -IROOT/build/../inc -o d.o -MD -Wall",
                "-c ../src/a.c -I../inc -o d.o -MD -Wall",
            ),
            ("-c ../src/a.c -IROOT/inc -o e.o -MD -Wall", "-c ../src/a.c -I../inc -o e.o -MD -Wall"),
        ] {
            project.travels(typed, rewritten);
        }
    });
}

#[test]
fn debug_data_travel() {
    for_each_project(|project| {
        for (typed, rewritten) in [
            ("-g -c ROOT/src/a.c -IROOT/inc -o a.o -MD", "-g -c ../src/a.c -I../inc -o a.o -MD"),
            ("-g -O2 -c ../src/a.c -I ../inc -o b.o", "-g -O2 -c ../src/a.c -I ../inc -o b.o"),
            ("-g3 -S ROOT/src/a.c -IROOT/inc -o a.s", "-g3 -S ../src/a.c -I../inc -o a.s"),
            ("-ggdb -gdwarf-4 -c ROOT/build/here.c", "-ggdb -gdwarf-4 -c here.c"),
        ] {
            project.travels(typed, rewritten);
        }
        let (typed, rewritten) = ("-g -c ROOT/src/here.S -o here.o", "-g -c ../src/here.S -o here.o");
        match project.world.compiler() {
            // clang's assembler names the source by its whole path, whatever the prefix maps say.
            Compiler::Clang => project.stays(typed, rewritten),
            // avr-as writes the random name of the preprocessed file, so no two objects are equal.
            Compiler::AvrGcc => {}
            _ => project.travels(typed, rewritten),
        }
    });
}

#[test]
fn split_debug_data_travel() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let project = Project::new(compiler);
        let rewritten = "-g -gsplit-dwarf -c ../src/a.c -I../inc -o a.o";
        project.travels("-g -gsplit-dwarf -c ROOT/src/a.c -IROOT/inc -o ROOT/build/a.o", rewritten);
    }
}

#[test]
fn names_of_files_in_the_text_travel() {
    for_each_project(|project| {
        for (typed, rewritten) in [
            ("-c ROOT/src/file.c -IROOT/inc -o f.o -MMD", "-c ../src/file.c -I../inc -o f.o -MMD"),
            ("-O2 -c ROOT/src/file.c -isystem ROOT/inc -o f.o", "-O2 -c ../src/file.c -isystem ../inc -o f.o"),
        ] {
            project.travels(typed, rewritten);
        }
    });
}

#[test]
fn link_time_objects_and_coverage_are_the_same_or_keyed() {
    for_each_project(|project| {
        for flags in [
            "-flto -frandom-seed=1",
            "-flto -frandom-seed=1 -g",
            "--coverage -frandom-seed=1",
            "-g -gz -frandom-seed=1",
        ] {
            let world = project.world.compiler();
            if world == Compiler::AvrGcc && flags.contains("-gz") {
                // Debian's avr-as is built without zlib.
                continue;
            }
            let typed = format!("{flags} -c ROOT/src/a.c -IROOT/inc -o a.o");
            let rewritten = format!("{flags} -c ../src/a.c -I../inc -o a.o");
            for round in 0..2 {
                for place in PLACES {
                    let outcome = project.check(place, &typed, &rewritten);
                    assert!(round == 0 || outcome == "hit", "{flags} in {place} with {world:?}: {outcome}");
                }
            }
        }
    });
}

#[test]
fn diagnostics_name_the_files_as_typed() {
    for_each_project(|project| {
        for (typed, rewritten) in [
            ("-Wall -c ROOT/src/a.c -IROOT/inc -o a.o", "-Wall -c ../src/a.c -I../inc -o a.o"),
            ("-Wall -c ROOT/build/here.c -o here.o", "-Wall -c here.c -o here.o"),
        ] {
            project.travels(typed, rewritten);
        }
        let (typed, rewritten) =
            ("-Wall -fdiagnostics-color=always -c ROOT/src/a.c -IROOT/inc", "-c ../src/a.c -I../inc");
        for place in PLACES {
            assert_eq!(project.check(place, typed, rewritten), "hit", "coloured when asked for, served from one entry");
        }
        // Compiles that fail.
        for (typed, outcome) in [
            ("-c ROOT/src/broken.c", "failed"),
            ("-c ROOT/build/here.c -include ROOT/none.h", "failed"),
            ("-c ROOT/src/none.c", "bypass"),
            ("-c ROOT/src/a.c -o a.o", "failed"),
            ("-c ROOT/build/here.c -o ROOT/none/a.o", "failed"),
        ] {
            assert_eq!(project.check(PLACES[0], typed, typed), outcome, "{typed}");
        }
    });
}

/// A working directory reached through a symbolic link, as the shell spells it in `$PWD`.
#[test]
fn a_linked_checkout_travels() {
    for_each_project(|mut project| {
        let link = project.world.path("link");
        symlink(project.root(PLACES[0]), &link).expect("a link");
        project.env.push(("PWD".to_owned(), "ROOT/build".to_owned()));
        let typed = "-g -c ROOT/src/a.c -IROOT/inc -o a.o -MD -Wall";
        let rewritten = "-g -c ../src/a.c -I../inc -o a.o -MD -Wall";
        project.travels(typed, rewritten);
        let through = format!("{}/build", link.display());
        project.env = vec![("PWD".to_owned(), through)];
        let typed = typed.replace("ROOT", &link.display().to_string());
        assert_eq!(project.check(PLACES[0], &typed, rewritten), "miss");
        assert_eq!(project.check(PLACES[0], &typed, rewritten), "hit");
    });
}

/// Response files say what a command says.
#[test]
fn response_files() {
    for_each_project(|project| {
        for place in PLACES {
            let root = project.root(place).replace(' ', "\\ ");
            project.world.file(&format!("{place}/build/args"), format!("-g -c {root}/src/a.c -I{root}/inc -o a.o"));
        }
        project.travels("@args", "-g -c ../src/a.c -I../inc -o a.o");
    });
}

/// After an edit of a header exactly what includes it is compiled again, whatever names it has in the depfile.
#[test]
fn an_edit_is_seen_through_rewritten_names() {
    for_each_project(|project| {
        let typed = "-g -c ROOT/src/a.c -IROOT/inc -o a.o -MD";
        let rewritten = "-g -c ../src/a.c -I../inc -o a.o -MD";
        project.travels(typed, rewritten);
        project.world.file(&format!("{}/inc/lib.h", PLACES[1]), "#define LIB 5\n");
        assert_eq!(project.check(PLACES[1], typed, rewritten), "miss");
        assert_eq!(project.last("reason"), "file-changed");
        assert_eq!(project.check(PLACES[0], typed, rewritten), "hit");
        // An include in angle brackets is not looked for beside the source.
        project.world.file(&format!("{}/src/lib.h", PLACES[0]), "#define LIB 6\n");
        assert_eq!(project.check(PLACES[0], typed, rewritten), "hit");
        // A header appears that is found earlier.
        let (typed, rewritten) = ("-c ROOT/src/file.c -IROOT/inc -o a.o", "-c ../src/file.c -I../inc -o a.o");
        assert_eq!(project.check(PLACES[0], typed, rewritten), "miss");
        project.world.file(&format!("{}/inc/assert.h", PLACES[0]), "#define assert(x)\n");
        assert_eq!(project.check(PLACES[0], typed, rewritten), "miss");
        assert_eq!(project.last("reason"), "file-appeared");
    });
}
