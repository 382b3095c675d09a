//! Places beside the search path, and places that cannot be looked into.

use crate::fixture::{AS_NOBODY, Compiler, World, for_each_compiler, host_program};
use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

#[test]
fn next_to_the_includer() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include \"dir/h.h\"\nint a = X;\n"),
            ("dir/h.h", "#include \"y.h\"\n"),
            ("inc/y.h", "#define X 1\n"),
        ]);
        for line in ["-c a.c -I inc", "-c a.c -I inc -MMD", "-c a.c -isystem inc -MMD"] {
            world.cc(line).miss();
            world.file("dir/y.h", "#define X 2\n");
            world.cc(line).miss();
            world.cc(line).hit();
            world.remove("dir/y.h");
            world.cc(line).hit();
            // Beside the source: `#include "y.h"` stands in `dir/h.h`, and is looked for beside that.
            world.file("y.h", "#define X 3\n");
            world.cc(line).hit();
            world.remove("y.h");
        }
    });
}

/// A place that cannot be looked into is not an absence: the compiler ends there with an error and looks no further.
#[test]
fn a_place_that_cannot_be_looked_into_is_no_absence() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <x.h>\n#include <s/y.h>\nint a = V;\n"),
            ("one/s/other", ""),
            ("two/x.h", "#define V 1\n"),
            ("two/s/y.h", ""),
        ]);
        let line = "-c a.c -I one -I two";
        world.cc(line).miss();
        world.cc(line).hit();
        for name in ["one/x.h", "one/s/y.h"] {
            symlink(world.tree().join(name), world.tree().join(name)).expect("a loop");
            world.cc(line).fails();
            world.remove(name);
            world.cc(line).hit();
        }
    });
}

#[test]
fn a_directory_that_cannot_be_searched_is_no_absence() {
    for_each_compiler(|world| {
        let names = 0..12;
        let text: String = names.clone().map(|nth| format!("#include <x{nth}.h>\n")).collect();
        world.files(&[("few.c", "#include <x1.h>\n"), ("many.c", &text), ("one/other", "")]);
        for nth in names {
            world.file(&format!("two/x{nth}.h"), "");
        }
        let program = world.open_to_everyone();
        let nobody = |line: &str| world.cc(line).wrapper(program.clone()).under(AS_NOBODY);
        let set = |mode| fs::set_permissions(world.tree().join("one"), Permissions::from_mode(mode)).expect("a mode");
        for name in ["few", "many"] {
            let line = format!("-c {name}.c -I one -I two");
            nobody(&line).miss();
            nobody(&line).hit();
            for mode in [0o000, 0o444] {
                // The bare run was root's, so the object is root's too.
                world.remove(&format!("{name}.o"));
                set(mode);
                nobody(&line).fails();
                set(0o755);
                nobody(&line).hit();
            }
        }
    });
}

/// gcc opens `inc/x.h.gch` in a directory that nobody may list.
#[test]
fn a_directory_that_cannot_be_listed_may_hold_a_precompiled_header() {
    let world = World::new();
    world.file("a.c", "#include <x.h>\nint a = V;\n").file("inc/x.h", "#define V 2\n");
    let program = world.open_to_everyone();
    let header = world.path("tree/inc/x.h").display().to_string();
    let made = host_program("gcc", "gcc");
    let made = Command::new(made).args(["-x", "c-header", &header, "-o"]).arg(world.path("tree/x.h.gch")).status();
    assert!(made.expect("gcc").success());
    world.file("inc/x.h", "#define V 1\n");
    let nobody = || {
        // The bare run was root's, so the object is root's too.
        let _ = fs::remove_file(world.path("tree/a.o"));
        world.cc("-c a.c -I inc").wrapper(program.clone()).under(AS_NOBODY)
    };
    let set = |mode| fs::set_permissions(world.tree().join("inc"), Permissions::from_mode(mode)).expect("a mode");
    nobody().miss();
    nobody().hit();
    // Without a header to take, it is a result of its own, which tells the names that were looked for.
    set(0o311);
    nobody().does("miss: file-gone");
    nobody().hit();
    fs::rename(world.path("tree/x.h.gch"), world.path("tree/inc/x.h.gch")).expect("a name");
    nobody().does("miss: precompiled-header");
    fs::remove_file(world.path("tree/inc/x.h.gch")).expect("a header");
    nobody().hit();
    set(0o755);
    nobody().hit();
}

#[test]
fn precompiled_headers_that_come_and_go() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.files(&[
            ("a.c", "#include \"x.h\"\nint a = X;\n"),
            ("inc/x.h", "#define X 1\n"),
            ("p.h", "#define X 7\n"),
        ]);
        for (line, name) in [
            ("-c a.c -I one -I inc -o a.o", "x.h.gch"),
            ("-c a.c -I one -I inc -o a.o", "one/x.h.gch"),
            ("-c a.c -I one -I inc -o a.o", "inc/x.h.gch"),
            ("-c a.c -include x.h -I inc -o a.o", "inc/x.h.gch"),
            ("-c a.c -include inc/x.h -I inc -o a.o", "inc/x.h.gch"),
            ("-c a.c -include inc/x.h -I inc -o a.o", "inc/x.h.pch"),
        ] {
            // gcc looks for `x.h.gch` beside every `x.h`, clang only beside one that `-include` names.
            let is_looked_for = match compiler {
                Compiler::Clang => line.contains("-include inc/x.h"),
                _ => name.ends_with("h.gch"),
            };
            let used = if is_looked_for { "miss: precompiled-header" } else { "hit" };
            // A file that is no precompiled header is an error to clang. gcc goes on without it.
            let refused = if is_looked_for && compiler == Compiler::Clang { "failed: compiler-failed" } else { used };
            world.cc(line).kept();
            world.cc(line).hit();
            fs::create_dir_all(world.tree().join(name).parent().expect("a parent")).expect("a directory");
            let made = world.shell(world.path("bin").join(compiler.c()), &["-x", "c-header", "p.h", "-o", name]);
            assert!(made.status.success(), "{}", made.stderr_text());
            world.cc(line).does(used);
            world.cc(line).does(used);
            world.remove(name);
            world.cc(line).hit();
            world.file(name, "not one");
            world.cc(line).does(refused);
            world.remove(name);
            world.cc(line).hit();
            fs::create_dir(world.tree().join(name)).expect("a directory");
            world.cc(line).does(refused);
            world.remove(name);
            world.cc(line).hit();
        }
    }
}

#[test]
fn system_headers_are_shadowed() {
    for_each_compiler(|world| {
        world.files(&[("a.c", "#include <stdlib.h>\n#include <string.h>\nint a;\n"), ("inc/keep", "")]);
        for request in ["", "-MMD"] {
            let line = format!("-c a.c -I inc {request}");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.file("inc/string.h", "#include_next <string.h>\nint shadow;\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.remove("inc/string.h");
            world.cc(&line).hit();
            // An include in angle brackets is not looked for beside the source.
            world.file("string.h", "int shadow;\n");
            world.cc(&line).hit();
            world.remove("string.h");
        }
    });
}

#[test]
fn builds_in_the_source_tree_hit() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include \"a.h\"\nint a = X;\n"),
            ("b.c", "#include \"a.h\"\n#include <c.h>\nint b = X;\n"),
            ("a.h", "#define X 1\n"),
            ("inc/c.h", ""),
        ]);
        let compile = |name: &str, request: &str| format!("-c {name}.c -o {name}.o -I . -I inc {request}");
        for request in ["", "-MMD", "-MD -MP"] {
            for name in ["a", "b"] {
                world.cc(&compile(name, request)).miss();
            }
            for _ in 0..2 {
                for name in ["a", "b"] {
                    world.cc(&compile(name, request)).hit();
                }
            }
            for made in ["a.o", "b.o", "a.d", "b.d"] {
                if world.exists(made) {
                    world.remove(made);
                }
            }
            for name in ["a", "b"] {
                world.cc(&compile(name, request)).hit();
            }
        }
    });
}
