//! Prefix maps of the command.

use super::{PLACES, at, project, travels};
use crate::fixture::{Compiler, Ran, World, age, for_each_compiler};
use std::fs;
use std::path::Path;

/// Where the command itself maps the root away, debug data are free of the place. Another value of the map is another
/// result.
#[test]
fn prefix_maps_of_the_command() {
    for_each_compiler(|world| {
        project(&world, true);
        let mut options = vec!["-g -fdebug-prefix-map=ROOT=.", "-g -fdebug-prefix-map=ROOT=/usr/src/one"];
        if world.compiler() != Compiler::AvrGcc {
            options.extend([
                "-g -ffile-prefix-map=ROOT=.",
                "-fmacro-prefix-map=ROOT=/x",
                "-g -ffile-prefix-map=ROOT=/x",
            ]);
        }
        for option in options {
            travels(&world, &format!("{option} -c src/a.c -I inc -o a.o"));
            let line = format!("{option} -c ROOT/src/file.c -o file.o");
            for _ in 0..2 {
                for place in PLACES {
                    world.cc(&at(&world, place, &line)).cwd(place).kept();
                }
            }
            world.cc(&at(&world, PLACES[0], &line)).cwd(PLACES[0]).hit();
        }
    });
}

/// In one place the root's name is the beginning of the toolchain's name. There the user's map of the root also
/// replaces a part of the toolchain's name, and in no other place.
#[test]
fn a_map_that_reaches_into_the_toolchains_name() {
    let world = World::new();
    let gcc = crate::toolchain::gcc_in(&world, "ws-tools").join("bin/gcc");
    for place in ["other", "ws", "ws-2"] {
        fs::create_dir_all(world.path(place).join(".git")).expect("a root");
        fs::write(world.path(place).join("a.c"), "#include <stddef.h>\nsize_t a(size_t x) { return x; }\n")
            .expect("a source");
        age(&world.path(place).join("a.c"));
    }
    let compile = |program: &[&Path], place: &str| {
        let dir = world.path(place);
        let map = format!("-ffile-prefix-map={}=.", dir.display());
        let mut command = world.bare_command(program[0].as_os_str());
        command.args(&program[1..]).args(["-g", "-c", "a.c", "-o", "a.o", &map]).current_dir(&dir);
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        fs::read(dir.join("a.o")).expect("an object")
    };
    let packer_cc = crate::fixture::packer_cc();
    for (place, expected) in [("other", "miss"), ("ws-2", "hit"), ("ws", "miss"), ("ws", "hit"), ("other", "hit")] {
        let bare = compile(&[&gcc], place);
        let ours = compile(&[&packer_cc, &gcc], place);
        assert!(bare == ours, "{place}: {}", crate::fixture::first_difference(&bare, &ours));
        assert_eq!(world.journal().pop().expect("a record")["outcome"], expected, "{place}");
    }
}

/// clang names files in parts, from the working directory that the command tells.
#[test]
fn working_directories_of_the_command() {
    let world = World::with(Compiler::Clang);
    let roots = ["one", "deeper/another"];
    for root in roots {
        world.file(&format!("{root}/b/a.c"), "#include \"x.h\"\nint m(int a) { return f(a); }\n");
        world.file(&format!("{root}/inc/x.h"), "static inline int f(int a) { return a * 2; }\n");
        fs::create_dir_all(world.tree().join(root).join(".git")).expect("a root");
    }
    let tree = world.tree().display().to_string();
    let run = |options: &str, root: &str| {
        let line = format!("-g {options} -IROOT/inc -c a.c -o a.o");
        world.cc(&line.replace("ROOT", &format!("{tree}/{root}")).replace("TREE", &tree)).cwd(&format!("{root}/b"))
    };
    for options in [
        "-fdebug-compilation-dir=TREE/zz",
        "-ffile-compilation-dir=TREE/zz",
        "-fdebug-compilation-dir=.",
        "-fdebug-prefix-map=ROOT/b=TREE/zz",
    ] {
        for _ in 0..2 {
            for root in roots {
                run(options, root).kept();
            }
        }
    }
    // The header's name is mapped as well.
    run("-fdebug-prefix-map=ROOT=TREE/zz", roots[0]).miss();
    run("-fdebug-prefix-map=ROOT=TREE/zz", roots[1]).hit();
}

/// A directory beside the root has a name that begins with the root's. The map of the root leaves the rest of that
/// name in the object.
#[test]
fn a_map_that_reaches_into_a_neighbours_name() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        for (root, neighbour) in [("x/build", "x/build-2"), ("y/deep/build", "y/deep/build-2"), ("z/b", "z/other")] {
            world.file(&format!("{root}/a.c"), "#include <n.h>\nint a(int x) { return n(x); }\n");
            fs::create_dir(world.tree().join(root).join(".git")).expect("a mark");
            let header = "static const char *f = __FILE__;\nstatic inline int n(int x) { return x + *f; }\n";
            world.file(&format!("{neighbour}/n.h"), header);
        }
        let places = [("x/build", "x/build-2"), ("y/deep/build", "y/deep/build-2"), ("z/b", "z/other")];
        for map in [
            "-ffile-prefix-map=ROOT=.",
            "-ffile-prefix-map=ROOT/=./",
            "-ffile-prefix-map=ROOT=. -ffile-prefix-map=NEXT=next",
        ] {
            for (root, neighbour) in places.iter().chain(&places) {
                let full = |name: &str| world.tree().join(name).display().to_string();
                let line = format!("-g -O1 -c a.c -o a.o -I NEXT {map}");
                let line = line.replace("ROOT", &full(root)).replace("NEXT", &full(neighbour));
                // Where nothing of the place is left in the result, another place may have made it.
                world.cc(&line).cwd(root).kept();
                world.cc(&line).cwd(root).hit();
            }
        }
    }
}
