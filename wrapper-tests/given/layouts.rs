//! The root, a named root or the toolchain within a directory that the command names.

use super::{KITS, at, kits, put};
use crate::fixture::{World, for_each_compiler};
use std::fs;
use std::os::unix::fs::symlink;

/// Roots with a header of this value each.
fn roots(world: &World, values: &[(&str, u8)]) {
    for (root, value) in values {
        world.file(&format!("{root}/a.c"), "#include <proj/v.h>\nint v = V;\n");
        world.file(&format!("{root}/v.h"), format!("#define V {value}\n"));
        let _ = fs::create_dir(world.tree().join(root).join(".git"));
    }
}

/// `-I/ws` reaches into the root `/ws/proj`, and elsewhere the two lie apart.
#[test]
fn the_root_within_a_directory() {
    for_each_compiler(|world| {
        roots(&world, &[("x/ws/proj", 1), ("y/ws/proj", 1), ("z/proj", 1), ("z/other/proj", 2)]);
        let run = |root: &str, dir: &str| {
            world.cc(&format!("-c a.c -I{} -MD -o a.o", world.tree().join(dir).display())).cwd(root)
        };
        run("x/ws/proj", "x/ws").miss();
        run("y/ws/proj", "y/ws").hit();
        // The header is not the one in the root.
        run("z/proj", "z/other").does_one_of(&["miss", "miss: place-changed"], "the root lies elsewhere");
        run("z/proj", "z/other").hit();
        run("x/ws/proj", "x/ws").hit();
    });
}

/// The same with a directory that has a name.
#[test]
fn a_named_root_that_holds_the_root() {
    for_each_compiler(|world| {
        roots(&world, &[("x/ws/proj", 1), ("y/ws/proj", 1), ("z/proj", 1), ("z/kit/proj", 2)]);
        let run = |root: &str, dir: &str| {
            let dir = world.tree().join(dir).display().to_string();
            world.cc(&format!("-c a.c -I{dir} -MD -o a.o")).cwd(root).env("PACKER_CC_ROOTS", format!("kit={dir}"))
        };
        run("x/ws/proj", "x/ws").miss();
        run("y/ws/proj", "y/ws").hit();
        run("z/proj", "z/kit").does_one_of(&["miss", "miss: place-changed"], "the root lies elsewhere");
        run("x/ws/proj", "x/ws").hit();
    });
}

/// gcc calls a system header by its canonical path where that is shorter. Where a link leads out of the root, the root's length decides.
#[test]
fn system_headers_outside_of_the_root() {
    for_each_compiler(|world| {
        world.file("stuff/x.h", "#define X 1\n");
        let roots = ["r", "with-a-longer-name"];
        for root in roots {
            world.file(&format!("{root}/out.c"), "#include <x.h>\nint out = X;\n");
            world.file(&format!("{root}/in.c"), "#include <y.h>\nint in = Y;\n");
            world.file(&format!("{root}/more/y.h"), "#define Y 1\n").file(&format!("{root}/inc/z.h"), "");
            fs::create_dir_all(world.tree().join(root).join(".git")).expect("a root");
            for (name, to) in [("x.h", "../../stuff/x.h"), ("y.h", "../more/y.h")] {
                symlink(to, world.tree().join(root).join("inc").join(name)).expect("a link");
            }
        }
        for option in ["-isystem ", "-idirafter "] {
            let run = |name: &str, root: &str| {
                let dir = world.tree().join(root).join("inc");
                world.cc(&format!("-c -MD {option}{} {name} -o a.o", dir.display())).cwd(root)
            };
            for _ in 0..2 {
                for root in roots {
                    run("out.c", root).kept();
                }
            }
            // In the root the two names differ by as much everywhere.
            run("in.c", roots[0]).miss();
            run("in.c", roots[1]).hit();
        }
    });
}

/// Two trees are compiled by absolute names from a working directory above both.
#[test]
fn two_trees_from_above() {
    for_each_compiler(|world| {
        kits(&world);
        let compile = |kit: &str| {
            let line = at(&world.path(kit), "-c KIT/src/kit.c -IKIT/inc -IKIT/src -o KIT/kit.o -MD -MF KIT/kit.d");
            fs::create_dir_all(world.tree().join("above")).expect("a directory");
            world.cc(&line).cwd("above")
        };
        compile(KITS[0]).miss();
        compile(KITS[1]).hit();
    });
}

/// A word of the assembler's leads into a directory of the command.
#[test]
fn a_word_that_is_no_search_directory() {
    let world = World::new();
    for kit in ["w/one", "w/two"] {
        put(&world, &format!("{kit}/v.inc"), if kit == "w/one" { ".byte 1\n" } else { ".byte 2\n" });
    }
    world.file("v.c", "asm(\".include \\\"v.inc\\\"\");\nint v(int x) { return x; }\n");
    let (one, two) = (world.path("w/one").display().to_string(), world.path("w/two").display().to_string());
    for (searched, given) in [(&one, &one), (&one, &two), (&two, &one), (&two, &two)] {
        let line = format!("-c v.c -Wa,-I{searched} -I{given} -o v.o");
        world.cc(&line).whatever("whether packer-cc serves words for the assembler is tested elsewhere");
        world.cc(&line).whatever("see above");
    }
}
