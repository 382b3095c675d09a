//! Files that are not there: a header that would be found first if it came, and what `__has_include` asks for. Each
//! comes, goes, and comes again; in between everything that has nothing to do with it must be a hit.

use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};

/// A way to look for `x.h`, which is in `two`, and the places where another one would be found before it.
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
        for search in SEARCHES {
            searched(&world, search);
            for request in ["", "-MMD"] {
                let line = format!("-c a.c {} {request} -o a.o", search.options);
                world.cc(&line).same();
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
            world.cc(&line).same();
            for shadow in search.shadows {
                world.file(&shadow.replace("x.h", "y.h"), "");
                world.cc(&line).hit();
                // Neither a directory of the name nor a link to nowhere is a header.
                fs::create_dir(world.tree().join(shadow)).expect("a directory");
                world.cc(&line).same();
                world.cc(&line).hit();
                world.remove(shadow);
                symlink("nowhere", world.tree().join(shadow)).expect("a link");
                world.cc(&line).hit();
                world.remove(shadow);
                symlink(world.path("tree/two/x.h"), world.tree().join(shadow)).expect("a link");
                world.cc(&line).same();
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
        searched(&world, &SEARCHES[2]);
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
            world.cc(&line).same();
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
        searched(&world, &SEARCHES[2]);
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
        world.cc(line).same();
        world.remove("one");
        // A file, in the place of the directory and of one above it; a link to itself. gcc warns of the first and refuses
        // the others.
        for name in ["one", "new"] {
            world.file(name, "");
            world.cc(line).same();
            world.cc(line).same();
            world.remove(name);
            world.cc(line).hit();
            symlink(name, world.tree().join(name)).expect("a link");
            world.cc(line).same();
            world.cc(line).same();
            world.remove(name);
            world.cc(line).hit();
        }
    });
}

#[test]
fn next_to_the_includer() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include \"dir/h.h\"\nint a = X;\n"),
            ("dir/h.h", "#include \"y.h\"\n"),
            ("inc/y.h", "#define X 1\n"),
        ]);
        for line in ["-c a.c -I inc", "-c a.c -I inc -MMD", "-c a.c -isystem inc -MMD"] {
            world.cc(line).same();
            world.file("dir/y.h", "#define X 2\n");
            world.cc(line).miss();
            world.cc(line).hit();
            world.remove("dir/y.h");
            world.cc(line).hit();
            // Beside the source, but the source does not name it.
            world.file("y.h", "#define X 3\n");
            world.cc(line).hit();
            world.remove("y.h");
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
            world.cc(&line).same();
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
            run().same();
            run().hit();
            for shadow in shadows {
                world.file(shadow, "#define X 1\n");
                run().same();
                run().hit();
                world.remove(shadow);
                run().hit();
            }
        }
    });
}

#[test]
fn has_include_flips() {
    const QUESTIONS: &[(&str, &[&str])] = &[
        ("__has_include(\"m.h\")", &["m.h", "inc/m.h"]),
        ("__has_include(<m.h>)", &["inc/m.h", "new/m.h"]),
        ("__has_include ( <d/m.h> )", &["inc/d/m.h"]),
        ("defined __has_include && !__has_include/**/(\"m.h\")", &["m.h"]),
        ("__has_include(\\\n\"m.h\")", &["m.h"]),
        ("__has_include(\"../tree/m.h\")", &["m.h"]),
        ("HAS(\"m.h\")", &["m.h"]),
    ];
    for_each_compiler(|world| {
        world.file("inc/keep", "");
        for (question, names) in QUESTIONS {
            world.file(
                "a.c",
                format!("#define HAS(x) __has_include(x)\n#if {question}\nint a = 1;\n#else\nint a = 0;\n#endif\n"),
            );
            for line in ["-c a.c -I inc -I new", "-c a.c -I inc -I new -MMD"] {
                world.cc(line).same();
                world.cc(line).hit();
                for name in *names {
                    world.file(name, "");
                    world.cc(line).miss();
                    world.cc(line).hit();
                    world.remove(name);
                    world.cc(line).hit();
                    world.file(name, "");
                    world.cc(line).hit();
                    world.remove(name);
                }
            }
        }
    });
}

#[test]
fn has_include_with_a_computed_name_is_never_stale() {
    for_each_compiler(|world| {
        world.file("a.c", "#define NAME \"m.h\"\n#if __has_include(NAME)\nint a = 1;\n#else\nint a = 0;\n#endif\n");
        world.cc("-c a.c").same();
        world.cc("-c a.c").same();
        world.file("m.h", "");
        world.cc("-c a.c").same();
        world.cc("-c a.c").same();
        world.remove("m.h");
        world.cc("-c a.c").same();
        // A question in prose asks nothing.
        world.file("a.c", "/* __has_include(NAME) */ int a; // __has_include(OTHER)\n");
        world.cc("-c a.c").miss();
        world.cc("-c a.c").hit();
    });
}

#[test]
fn has_include_in_headers_and_has_include_next() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <h.h>\n"),
            (
                "inc/h.h",
                "#if __has_include(\"m.h\")\nint a = 1;\n#elif __has_include_next(<h.h>)\nint b;\n#else\nint c;\n#endif\n",
            ),
            ("two/keep", ""),
        ]);
        for line in ["-c a.c -I inc -I two", "-c a.c -isystem inc -isystem two -MMD", "-c a.c -I inc -I two -MD"] {
            world.cc(line).same();
            world.cc(line).hit();
            for name in ["inc/m.h", "two/m.h", "two/h.h"] {
                world.file(name, "");
                world.cc(line).same();
                world.cc(line).hit();
                world.remove(name);
                world.cc(line).hit();
            }
        }
    });
}

#[test]
fn has_embed_is_never_stale() {
    // None of these compilers knows it yet; then the text is an error, or the question is not asked.
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#ifdef __has_embed\n#if __has_embed(\"blob\")\nint a;\n#endif\n#endif\nint b;\n"),
            ("b.c", "const char b[] = {\n#embed \"blob\"\n};\n"),
        ]);
        for line in ["-c a.c", "-c b.c"] {
            world.cc(line).same();
            world.file("blob", "1");
            world.cc(line).same();
            world.cc(line).same();
            world.remove("blob");
            world.cc(line).same();
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
            world.cc(&line).same();
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

#[test]
fn computed_includes_look_everywhere() {
    for_each_compiler(|world| {
        // Another header of that name lies beside the source, where only a quoted name would find it.
        world.files(&[
            ("a.c", "#define ANGLE(x) <x>\n#include ANGLE(one.h)\nint a = V;\n"),
            ("one.h", "#define V 9\n"),
            ("inc/one.h", "#define V 1\n"),
        ]);
        let line = "-c a.c -I new -I inc";
        world.cc(line).same();
        world.cc(line).hit();
        world.file("new/one.h", "#define V 2\n");
        world.cc(line).miss();
        world.cc(line).hit();
        world.remove("new");
        world.cc(line).hit();
        world.file("inc/one.h", "#define V 3\n");
        world.cc(line).miss();
    });
}

/// What cannot be asked for is not absent: compilers end there instead of looking further.
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
        world.cc(line).same();
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
        let nobody = |line: &str| {
            world.cc(line).wrapper(program.clone()).under("setpriv --reuid=65534 --regid=65534 --clear-groups")
        };
        let set = |mode| fs::set_permissions(world.tree().join("one"), Permissions::from_mode(mode)).expect("a mode");
        for name in ["few", "many"] {
            let line = format!("-c {name}.c -I one -I two");
            nobody(&line).miss();
            nobody(&line).hit();
            for mode in [0o000, 0o444] {
                // By now it is root's.
                world.remove(&format!("{name}.o"));
                set(mode);
                nobody(&line).fails();
                set(0o755);
                nobody(&line).hit();
            }
        }
    });
}

/// gcc names a header among those of the system by where a link leads, if that is shorter.
#[test]
fn computed_includes_through_links_among_system_headers() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#define FILE_LINK <alias.h>\n#define DIR_LINK <alias/x.h>\n#include FILE_LINK\n#include DIR_LINK\nint a = V + W;\n"),
            ("inc/x.h", "#define V 1\n"),
            ("inc/d/x.h", "#define W 10\n"),
        ]);
        symlink("x.h", world.tree().join("inc/alias.h")).expect("a link");
        symlink("d", world.tree().join("inc/alias")).expect("a link");
        let line = format!("-c a.c -I new -isystem {}/inc", world.tree().display());
        world.cc(&line).same();
        world.cc(&line).hit();
        for (name, text) in [("new/alias.h", "#define V 2\n"), ("new/alias/x.h", "#define W 20\n")] {
            world.file(name, text);
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.remove("new");
            world.cc(&line).hit();
        }
    });
}

/// Macros with arguments: the name stands nowhere, and gcc's depfile has another for what a link led to.
#[test]
fn composed_includes_through_links_among_system_headers() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#define F(x) <x>\n#include F(alias.h)\n#include F(alias/x.h)\n#include F(sub/deep.h)\nint a = V + W + U;\n"),
            ("up.c", "#define F(x) <x>\n#include F(../up.h)\nint a = U;\n"),
            ("inc/x.h", "#define V 1\n"),
            ("inc/d/x.h", "#define W 10\n"),
            ("inc/sub/keep.h", ""),
            ("inc/u.h", "#define U 100\n"),
            ("up.h", "#define U 100\n"),
        ]);
        for (target, link) in [("x.h", "inc/alias.h"), ("d", "inc/alias"), ("../u.h", "inc/sub/deep.h")] {
            symlink(target, world.tree().join(link)).expect("a link");
        }
        let line = format!("-c a.c -I new -isystem {}/inc", world.tree().display());
        world.cc(&line).same();
        world.cc(&line).hit();
        let others = [("alias.h", "#define V 2\n"), ("alias/x.h", "#define W 20\n"), ("sub/deep.h", "#define U 200\n")];
        for (name, text) in others {
            world.file(&format!("new/{name}"), text);
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.remove("new");
            world.cc(&line).hit();
        }
        // The name climbs out of the directory.
        let line = format!("-c up.c -I other/new -isystem {}/inc", world.tree().display());
        world.file("other/new/keep.h", "");
        world.cc(&line).same();
        world.cc(&line).same();
        world.file("other/up.h", "#define U 300\n");
        world.cc(&line).same();
        // Names without end.
        symlink(".", world.tree().join("inc/self")).expect("a link");
        let line = format!("-c a.c -I new -isystem {}/inc", world.tree().display());
        world.file("a.c", "#define F(x) <x>\n#include F(self/self/alias.h)\nint a = V;\n");
        world.cc(&line).same();
        world.cc(&line).same();
        world.file("new/self/self/alias.h", "#define V 2\n");
        world.cc(&line).same();
    });
}

/// Names of which the text shows no more than pieces.
#[test]
fn includes_of_macros_through_links_among_system_headers() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc] {
        let long = "a/directory/with/a/long/name";
        for (text, looked_for) in [
            ("#define V v1\n#define H <V/x.h>\n#include H\n", "v1/x.h"),
            ("#define DOT .\n#define S(x) x\n#define F(x) <x>\n#include F(S(DOT)S(DOT)/far/x.h)\n", "../far/x.h"),
            ("#define P(x) x.\n#define E\n#define F(x) <x>\n#include F(P(E)P(E)/far/x.h)\n", "../far/x.h"),
        ] {
            let world = World::with(compiler);
            world.files(&[("a.c", text), ("new/er/keep", ""), ("r/x.h", "int x = 1;\n")]);
            world.file(&format!("{long}/inc/keep"), "").file(&format!("{long}/far/keep"), "");
            symlink(world.tree().join("r"), world.tree().join(long).join("inc/v1")).expect("a link");
            symlink(world.tree().join("r/x.h"), world.tree().join(long).join("far/x.h")).expect("a link");
            let line = format!("-c a.c -I new/er -isystem {}/{long}/inc", world.tree().display());
            world.cc(&line).same();
            world.cc(&line).same();
            world.file(&format!("new/er/{looked_for}"), "int x = 2;\n");
            world.cc(&line).same();
        }
    }
    // A word that the compiler defines.
    let world = World::with(Compiler::Gcc);
    world.files(&[("a.c", "#define H <linux/x.h>\n#include H\n"), ("r/x.h", "int x = 1;\n"), ("long/inc/keep", "")]);
    symlink(world.tree().join("r"), world.tree().join("long/inc/1")).expect("a link");
    let line = format!("-c a.c -I new -isystem {}/long/inc", world.tree().display());
    world.cc(&line).same();
    world.cc(&line).hit();
    world.file("new/1/x.h", "int x = 2;\n");
    world.cc(&line).miss();
}

/// Beside a system header gcc names headers so too, wherever it is.
#[test]
fn composed_includes_beside_system_headers_elsewhere() {
    let header = "#define TEXT(x) #x\n#define OF(x) TEXT(x)\n#include OF(a_link_with_a_long_name.h)\n";
    let world = World::with(Compiler::Gcc);
    world.files(&[
        ("a.c", "#include <h.h>\nint a = V;\n"),
        ("r/h.h", header),
        ("own/h.h", &format!("#pragma GCC system_header\n{header}")),
        ("a/directory/with/a/long/name/keep", ""),
    ]);
    symlink(world.tree().join("r/h.h"), world.tree().join("a/directory/with/a/long/name/h.h")).expect("a link");
    let tree = world.tree();
    for (dir, option) in [("r", "-isystem {}/a/directory/with/a/long/name"), ("own", "-I {}/own")] {
        let line = format!("-c a.c {}", option.replace("{}", &tree.display().to_string()));
        let alias = tree.join(dir).join("a_link_with_a_long_name.h");
        world.file(&format!("{dir}/x.h"), "#define V 1\n").file(&format!("{dir}/y.h"), "#define V 2\n");
        symlink("x.h", &alias).expect("a link");
        world.cc(&line).same();
        world.cc(&line).hit();
        fs::remove_file(&alias).expect("the link");
        symlink("y.h", &alias).expect("a link");
        world.cc(&line).miss();
    }
}

/// The toolchain's own directory of headers is a link, as Debian's of newlib is.
#[test]
fn composed_includes_of_the_toolchains_headers() {
    for (compiler, header) in
        [(Compiler::ArmGcc, "sys/types.h"), (Compiler::AvrGcc, "avr/io.h"), (Compiler::Gcc, "sys/types.h")]
    {
        let world = World::with(compiler);
        world.file("a.c", format!("#define F(x) <x>\n#include F({header})\nint a;\n")).file("new/keep", "");
        for line in ["-c a.c -I new", "-c a.c -I new -MD"] {
            world.cc(line).miss();
            world.cc(line).hit();
            world.file(&format!("new/{header}"), "int own;\n");
            world.cc(line).miss();
            world.remove(&format!("new/{header}"));
        }
    }
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
            world.cc(line).same();
            world.cc(line).hit();
            fs::create_dir_all(world.tree().join(name).parent().expect("a parent")).expect("a directory");
            let made = world.shell(world.path("bin").join(compiler.c()), &["-x", "c-header", "p.h", "-o", name]);
            assert!(made.status.success(), "{}", made.stderr_text());
            world.cc(line).same();
            world.cc(line).same();
            world.remove(name);
            world.cc(line).hit();
            world.file(name, "not one");
            world.cc(line).same();
            world.remove(name);
            world.cc(line).hit();
            fs::create_dir(world.tree().join(name)).expect("a directory");
            world.cc(line).same();
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
            world.cc(&line).same();
            world.cc(&line).hit();
            world.file("inc/string.h", "#include_next <string.h>\nint shadow;\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.remove("inc/string.h");
            world.cc(&line).hit();
            // Angles do not look beside the source.
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
                world.cc(&compile(name, request)).same();
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
