//! A header that would be found earlier on the search path.

use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;
use std::os::unix::fs::symlink;

/// A search for `x.h`, which is in the directory `two`, and the places where another `x.h` would be found first.
struct Search {
    options: &'static str,
    directive: &'static str,
    shadows: &'static [&'static str],
}

const SEARCHES: &[Search] = &[
    Search {
        options: "-iquote one -iquote new/er -iquote two",
        directive: "#include \"x.h\"",
        shadows: &["one/x.h", "new/er/x.h", "x.h"],
    },
    Search {
        options: "-I one -I new/er -I two",
        directive: "#include \"x.h\"",
        shadows: &["one/x.h", "new/er/x.h", "x.h"],
    },
    Search { options: "-I one -I new/er -I two", directive: "#include <x.h>", shadows: &["one/x.h", "new/er/x.h"] },
    Search {
        options: "-isystem one -isystem new/er -isystem two",
        directive: "#include <x.h>",
        shadows: &["one/x.h", "new/er/x.h"],
    },
    Search {
        options: "-I one -isystem new/er -idirafter two",
        directive: "#include <x.h>",
        shadows: &["one/x.h", "new/er/x.h"],
    },
    Search {
        options: "-idirafter one -idirafter new/er -idirafter two",
        directive: "#include <x.h>",
        shadows: &["one/x.h", "new/er/x.h"],
    },
    Search {
        options: "-iquote one -I new/er -isystem two",
        directive: "#include \"x.h\"",
        shadows: &["one/x.h", "new/er/x.h", "x.h"],
    },
    Search {
        options: "-I one -I new/er -I two",
        directive: "#include <sub/x.h>",
        shadows: &["one/sub/x.h", "new/er/sub/x.h"],
    },
];

/// `-I` and angle brackets.
const PLAIN: &Search = &SEARCHES[2];

fn searched(world: &World, search: &Search) {
    world.files(&[("one/keep", ""), ("two/x.h", "#define X 2\n"), ("two/sub/x.h", "#define X 2\n")]);
    world.file("a.c", format!("{}\nint a = X;\n", search.directive));
}

/// Takes away what a shadow left: the file, and the directory that came with it.
fn clear(world: &World, shadow: &str) {
    world.remove(if shadow.starts_with("new/") { "new" } else { shadow });
}

#[test]
fn a_header_comes_earlier_on_the_search_path() {
    for_each_compiler(|world| {
        for (nth, search) in SEARCHES.iter().enumerate() {
            searched(&world, search);
            // With gcc each search is made under both, with the other compilers the two take turns.
            let both = ["", "-MMD"];
            for request in if world.compiler() == Compiler::Gcc { &both[..] } else { &both[nth % 2..=nth % 2] } {
                let line = format!("-c a.c {} {request} -o a.o", search.options);
                world.cc(&line).miss();
                world.cc(&line).hit();
                for shadow in search.shadows {
                    world.file(shadow, "#define X 1\n");
                    world.cc(&line).miss();
                    world.cc(&line).hit();
                    clear(&world, shadow);
                    world.cc(&line).hit();
                    world.file(shadow, "#define X 3\n");
                    world.cc(&line).miss();
                    world.file(shadow, "#define X 1\n");
                    world.cc(&line).hit();
                    clear(&world, shadow);
                    world.cc(&line).hit();
                }
            }
            world.empty_store();
        }
    });
}

#[test]
fn what_comes_in_the_same_directory_under_another_name_is_nothing() {
    for_each_compiler(|world| {
        for search in SEARCHES {
            searched(&world, search);
            let line = format!("-c a.c {} -o a.o", search.options);
            world.cc(&line).miss();
            for shadow in search.shadows {
                world.file(&shadow.replace("x.h", "y.h"), "");
                world.cc(&line).hit();
                // Neither a directory of the name nor a link to nowhere is a header.
                fs::create_dir(world.tree().join(shadow)).expect("a directory");
                world.cc(&line).miss();
                world.cc(&line).hit();
                world.remove(shadow);
                symlink("nowhere", world.tree().join(shadow)).expect("a link");
                world.cc(&line).hit();
                world.remove(shadow);
                symlink(world.path("tree/two/x.h"), world.tree().join(shadow)).expect("a link");
                world.cc(&line).does("miss: file-appeared");
                world.cc(&line).hit();
                clear(&world, shadow);
                world.cc(&line).hit();
            }
            world.empty_store();
        }
    });
}

#[test]
fn directories_given_in_any_way() {
    for_each_compiler(|world| {
        searched(&world, PLAIN);
        symlink("one", world.path("tree/linked")).expect("a link");
        let tree = world.tree();
        let tree = tree.display();
        for options in [
            format!("-I{tree}/one -I{tree}/two"),
            "-Ilinked -Itwo".to_owned(),
            format!("-I{tree}/linked/ -Itwo"),
            "-I./one/ -I../tree/two".to_owned(),
            "-Itwo/../one -Itwo".to_owned(),
        ] {
            let line = format!("-c a.c {options}");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.file("one/x.h", "#define X 1\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.remove("one/x.h");
            world.cc(&line).hit();
        }
    });
}

#[test]
fn a_directory_becomes_something_else() {
    for_each_compiler(|world| {
        searched(&world, PLAIN);
        world.file("other/x.h", "#define X 4\n");
        let line = "-c a.c -I one -I new/er -I two";
        world.cc(line).miss();
        // A link, to a directory with the header and to one without.
        world.remove("one");
        symlink("other", world.path("tree/one")).expect("a link");
        world.cc(line).miss();
        world.remove("one");
        world.cc(line).hit();
        symlink("two/sub", world.path("tree/one")).expect("a link");
        world.cc(line).does("miss: file-changed");
        world.remove("one");
        // A file stands in the place of the search directory `one`, or of `new` above `new/er`. After it, a link to
        // itself stands there. gcc only warns of the file `one`; the others are errors to it.
        let is_clang = world.compiler() == Compiler::Clang;
        for name in ["one", "new"] {
            world.file(name, "");
            if is_clang || name == "one" {
                world.cc(line).miss();
                world.cc(line).hit();
            } else {
                world.cc(line).fails();
                world.cc(line).fails();
            }
            world.remove(name);
            world.cc(line).hit();
            symlink(name, world.tree().join(name)).expect("a link");
            for _ in 0..2 {
                let run = world.cc(line);
                if is_clang {
                    run.does("miss: input-changed")
                } else {
                    run.fails()
                };
            }
            world.remove(name);
            world.cc(line).hit();
        }
    });
}

#[test]
fn forced_includes_are_looked_for_too() {
    for_each_compiler(|world| {
        world.files(&[
            ("sub/a.c", "int a = X;\n"),
            ("two/f.h", "#include \"g.h\"\n"),
            ("two/keep/g.h", "#define X 2\n"),
        ]);
        world.file("one/keep", "");
        for option in ["-include", "-imacros"] {
            let line = format!("-c sub/a.c {option} f.h -I one -I new -I two -I two/keep -o a.o");
            world.cc(&line).miss();
            world.cc(&line).hit();
            for shadow in ["one/f.h", "new/f.h", "f.h", "one/g.h", "two/g.h"] {
                world.file(shadow, "#define X 1\n");
                world.cc(&line).miss();
                world.cc(&line).hit();
                world.remove(shadow);
                world.cc(&line).hit();
            }
        }
    });
}

#[test]
fn directories_of_the_environment() {
    for_each_compiler(|world| {
        world.files(&[("a.c", "#include <x.h>\nint a = X;\n"), ("two/x.h", "#define X 2\n"), ("one/keep", "")]);
        for (name, value, shadows) in [
            ("CPATH", "one:new:two", &["one/x.h", "new/x.h"][..]),
            ("C_INCLUDE_PATH", "one:new:two", &["one/x.h", "new/x.h"]),
            ("CPATH", ":two", &["x.h"]),
        ] {
            let run = || world.cc("-c a.c").env(name, value);
            run().miss();
            run().hit();
            for shadow in shadows {
                world.file(shadow, "#define X 1\n");
                run().miss();
                run().hit();
                world.remove(shadow);
                run().hit();
            }
        }
    });
}

#[test]
fn include_next_shifts() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <x.h>\nint a = X;\n"),
            ("one/x.h", "#include_next <x.h>\n"),
            ("two/keep", ""),
            ("three/x.h", "#define X 3\n"),
        ]);
        for request in ["", "-MMD"] {
            let line = format!("-c a.c -I one -I two -I new -I three {request}");
            world.cc(&line).miss();
            world.cc(&line).hit();
            for shadow in ["two/x.h", "new/x.h"] {
                world.file(shadow, "#define X 2\n");
                world.cc(&line).miss();
                world.cc(&line).hit();
                world.remove(shadow);
                world.cc(&line).hit();
            }
        }
    });
}
