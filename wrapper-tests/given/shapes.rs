//! One directory within another, twice, by links, by `..`.

use super::{KITS, at, kits, put, travels};
use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn every_spelling_of_a_directory() {
    for_each_compiler(|world| {
        kits(&world);
        let lines = [
            "-c a.c -IKIT/inc/ -MD -o a.o",
            "-c a.c -IKIT/inc// -MD -o a.o",
            "-c a.c -IKIT/inc/. -MD -o a.o",
            "-c a.c -IKIT/src/../inc -MD -o a.o",
            "-c a.c -I/KIT/inc -MD -o a.o",
            "-c a.c -IKIT/inc -IKIT/inc -IKIT/inc/../inc -MD -o a.o",
            "-c a.c -IKIT -IKIT/inc -MD -o a.o",
            "-c a.c -IKIT/inc/sub -IKIT/inc -MD -o a.o",
            "-c a.c -IKIT/inc/lib.h -IKIT/inc -o a.o",
        ];
        for (nth, line) in lines.iter().enumerate() {
            let line = format!("-DNTH={nth} {line}");
            // A file in the place of a directory is named in gcc's warning. Two slashes begin no base.
            let shows = line.contains("lib.h") && world.compiler() != Compiler::Clang || line.contains("-I/KIT");
            if shows { super::stays(&world, &line) } else { travels(&world, &line) }
        }
        // gcc calls such a header by its canonical path, which is shorter.
        for kit in KITS {
            world.cc(&at(&world.path(kit), "-c a.c -isystem KIT/src/../inc -MD -o a.o")).kept();
        }
    });
}

/// clang leaves a tab in a depfile as it is, and gcc quotes it.
#[test]
fn a_tab_in_a_name() {
    for_each_compiler(|world| {
        kits(&world);
        for kit in ["tabs/none", "tabs/o\tne"] {
            put(&world, &format!("{kit}/inc/x.h"), "#define X 1\n");
        }
        world.file("x.c", "#include <x.h>\nint x = X;\n");
        let line = |kit: &str| at(&world.path(kit), "-c x.c -IKIT/inc -MD -o x.o");
        world.cc(&line("tabs/none")).miss();
        world.cc(&line("tabs/o\tne")).hit();
    });
}

/// `-I/a/b -I/a` finds `x.h` in `/a/b`, and `-I/c -I/d` somewhere else.
#[test]
fn one_within_another() {
    for_each_compiler(|world| {
        world.file("n.c", "#include <x.h>\n#include <b/x.h>\nint n = X;\n");
        for (dir, value) in [("a/b", 1), ("c/b", 1), ("e", 1), ("d/b", 2)] {
            put(&world, &format!("n/{dir}/x.h"), &format!("#undef X\n#define X {value}\n"));
        }
        let line = |one: &str, other: &str| {
            format!(
                "-c n.c -I{} -I{} -MD -o n.o",
                world.path("n").join(one).display(),
                world.path("n").join(other).display()
            )
        };
        world.cc(&line("a/b", "a")).miss();
        world.cc(&line("c/b", "c")).hit();
        // `b/x.h` is another file than `x.h`.
        world.cc(&line("e", "d")).miss();
        world.cc(&line("e", "c")).does_one_of(&["hit", "miss: file-changed"], "apart, with equal contents");
        world.cc(&line("a/b", "a")).hit();
    });
}

/// Under `#pragma once` it counts which directories are the same, and which files.
#[test]
fn a_file_that_is_reached_by_two_directories() {
    for_each_compiler(|world| {
        world.file("o.c", "#include <up.h>\nint between = __COUNTER__;\n#include <x.h>\nint o = __COUNTER__;\n");
        let once = "#pragma once\nstatic inline int h(void) { return __COUNTER__; }\n";
        for place in ["s/one", "s/two"] {
            put(&world, &format!("{place}/a/up.h"), "#include \"../b/x.h\"\n");
            put(&world, &format!("{place}/b/x.h"), once);
        }
        let line = |a: &str, b: &str| {
            format!("-c o.c -I{}/a -I{}/b -MD -o o.o", world.path(a).display(), world.path(b).display())
        };
        world.cc(&line("s/one", "s/one")).miss();
        world.cc(&line("s/two", "s/two")).hit();
        // `x.h` is then two files of equal content, which clang reads twice, and gcc if they are not equally old.
        let other = world.path("s/two/b/x.h");
        let file = fs::File::options().append(true).open(&other).expect("the header");
        let old = fs::metadata(&other).and_then(|data| data.modified()).expect("a time");
        file.set_modified(old + std::time::Duration::from_secs(9)).expect("a time");
        world.cc(&line("s/one", "s/two")).fails();
        world.cc(&line("s/two", "s/one")).fails();
        world.cc(&line("s/one", "s/one")).hit();
    });
}

/// `sub/../x.h` is `x.h`, unless `sub` is a link.
#[test]
fn a_way_up_out_of_a_link() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("t.c", "#include <x.h>\n#include <sub/y.h>\n#ifdef TWICE\nint two;\n#else\nint one;\n#endif\n");
        let once = "#pragma once\n#ifdef ONCE\n#define TWICE 1\n#else\n#define ONCE 1\n#endif\n";
        for place in ["t/one", "t/two"] {
            put(&world, &format!("{place}/lib/x.h"), once);
            put(&world, &format!("{place}/lib/sub/y.h"), "#include \"../x.h\"\n");
        }
        put(&world, "t/linked/lib/x.h", once);
        put(&world, "t/away/sub/y.h", "#include \"../x.h\"\n");
        // Another file of another age.
        fs::write(world.path("t/away/x.h"), once).expect("a header");
        symlink("../../away/sub", world.path("t/linked/lib/sub")).expect("a link");
        let line = |place: &str| format!("-c t.c -I{}/lib -o t.o", world.path(place).display());
        world.cc(&line("t/one")).miss();
        world.cc(&line("t/two")).hit();
        world.cc(&line("t/linked")).does("miss: twins-differ");
        world.cc(&line("t/linked")).hit();
        world.cc(&line("t/one")).hit();
    }
}

/// clang calls a file that it reads by two names by the last of them.
#[test]
fn two_names_of_one_file() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.file("m.c", "#define NAME f\n#include \"a/x.h\"\n#define NAME g\n#include \"b/x.h\"\n");
        let warns = "int NAME(int x) { int unused; return x; }\n#undef NAME\n";
        for header in ["one/a", "one/b", "two/a", "two/b", "hard/a", "soft/a"] {
            put(&world, &format!("m/{header}/x.h"), warns);
        }
        for place in ["m/hard/b", "m/soft/b"] {
            fs::create_dir_all(world.path(place)).expect("a directory");
        }
        fs::hard_link(world.path("m/hard/a/x.h"), world.path("m/hard/b/x.h")).expect("a link");
        symlink("../a/x.h", world.path("m/soft/b/x.h")).expect("a link");
        let line = |place: &str| format!("-Wall -c m.c -I{} -o m.o", world.path(place).display());
        world.cc(&line("m/one")).miss();
        world.cc(&line("m/two")).hit();
        for place in ["m/hard", "m/soft"] {
            let outcome = if compiler == Compiler::Clang && place == "m/hard" { "miss: twins-differ" } else { "hit" };
            world.cc(&line(place)).does(outcome);
        }
        world.cc(&line("m/one")).hit();
    }
}

#[test]
fn links_and_what_they_lead_to() {
    for_each_compiler(|world| {
        kits(&world);
        symlink(world.path(KITS[0]).join("inc"), world.path("link")).expect("a link");
        symlink(world.path(KITS[1]).join("inc"), world.path("other-link")).expect("a link");
        let line = |dir: &str, more: &str| format!("-c a.c '-I{}'{more} -MD -o a.o", world.path(dir).display());
        world.cc(&line("link", "")).miss();
        world.cc(&line("other-link", "")).hit();
        world.cc(&line(&format!("{}/inc", KITS[0]), "")).hit();
        // Both names of one directory, and those of two directories with the same contents.
        let both = |dir: &str, kit: &str| line(dir, &format!(" '-I{}/inc'", world.path(kit).display()));
        world.cc(&both("link", KITS[0])).miss();
        world.cc(&both("other-link", KITS[1])).hit();
        world.cc(&both("link", KITS[1])).does_one_of(&["miss", "miss: place-changed"], "two directories are not one");
        // The link is turned.
        fs::remove_file(world.path("link")).expect("the link");
        fs::create_dir_all(world.path("turned")).expect("a directory");
        put(&world, "turned/lib.h", "#define LIB 70\n#define BESIDE 1\n");
        put(&world, "turned/sub/deep.h", "#define DEEP 1\n");
        symlink(world.path("turned"), world.path("link")).expect("a link");
        world
            .cc(&line("link", ""))
            .does_one_of(&["miss: file-changed", "miss: file-gone"], "whichever is looked at first");
    });
}

/// gcc calls a system header by its canonical path where that is shorter. Depfiles then name what links lead to.
#[test]
fn system_headers_by_links() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("l.c", "#include <x.h>\nint l = X;\n");
        put(&world, "s/x.h", "#define X 1\n");
        put(&world, "t/x.h", "#define X 1\n");
        put(&world, "plain/with-a-long-name/inc/x.h", "#define X 1\n");
        for (name, to) in [("links/with-a-long-name/one/inc", "s"), ("links/with-a-long-name/two/inc", "t")] {
            fs::create_dir_all(world.path(name)).expect("a directory");
            symlink(world.path(to).join("x.h"), world.path(name).join("x.h")).expect("a link");
        }
        for (name, to) in [("dirs/with-a-long-name/one", "s"), ("dirs/with-a-long-name/two", "t")] {
            fs::create_dir_all(world.path(name).parent().expect("a parent")).expect("a directory");
            symlink(world.path(to), world.path(name)).expect("a link");
        }
        for option in ["-isystem ", "-I", "-idirafter "] {
            for _ in 0..2 {
                for dir in [
                    "links/with-a-long-name/one/inc",
                    "links/with-a-long-name/two/inc",
                    "dirs/with-a-long-name/one",
                    "dirs/with-a-long-name/two",
                ] {
                    world.cc(&format!("-c l.c {option}{} -MD -o l.o", world.path(dir).display())).kept();
                }
            }
        }
    }
}

/// A header that is found by `..` behind a link, where the length of the link's way decides about its name.
#[test]
fn system_headers_above_a_link() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("u.c", "#include <a/../x.h>\nint u = X;\n");
        for (place, dir, link) in [("u/one", "Blonglong", "A"), ("u/two", "B", "Ab")] {
            put(&world, &format!("{place}/{dir}/sub/x.h"), "#define X 1\n");
            fs::create_dir_all(world.path(place).join(dir).join("sub/a")).expect("a directory");
            symlink(format!("{dir}/sub"), world.path(place).join(link)).expect("a link");
        }
        for _ in 0..2 {
            for (place, dir, link) in [("u/one", "Blonglong", "A"), ("u/two", "B", "Ab")] {
                let (link, dir) = (world.path(place).join(link), world.path(place).join(dir));
                world.cc(&format!("-c -MD -isystem {} -I{} u.c -o u.o", link.display(), dir.display())).kept();
            }
        }
    }
}

/// What the compiler searches by itself stays what it is, and `-I/` reaches everything.
#[test]
fn directories_of_the_compiler_and_the_root_of_everything() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        kits(&world);
        world.file("sys.c", "#include <stddef.h>\n#include <sys/types.h>\nint s(size_t x) { return (int) x; }\n");
        for line in [
            "-c sys.c -I/usr/include -MD -o s.o",
            "-c sys.c -isystem /usr/include -MD -o s.o",
            "-c sys.c -I/usr/include/arpa -MD -o s.o",
            "-c sys.c -I/usr -I/ -MD -o s.o",
        ] {
            world.cc(line).miss();
            world.cc(line).hit();
        }
        let tree = world.tree();
        let below = tree.strip_prefix("/").expect("an absolute path").display().to_string();
        world.file("slash.c", format!("#include <{below}/beside.h>\nint s = BESIDE;\n"));
        world.file("beside.h", "#define BESIDE 1\n");
        world.cc("-c slash.c -I/ -MD -o s.o").miss();
        world.file("beside.h", "#define BESIDE 2\n");
        world.cc("-c slash.c -I/ -MD -o s.o").does("miss: file-changed");
    }
}
