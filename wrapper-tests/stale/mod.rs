//! Each case gave a stale result once. It compiles, changes one thing that no depfile names, and compiles again. The
//! result must be the bare compiler's. Where the change does not matter, it must be a hit.

mod unnamed;

use crate::fixture::{Compiler, World, age, for_each_compiler};
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn a_wrapper_script_keeps_its_own_descriptors() {
    let world = World::new();
    let gcc = crate::fixture::host_program("gcc", "gcc");
    world.file("a.c", "int y;\n").file("log", "precious\n");
    for (name, text) in [
        ("reads", format!("#!/bin/bash\nexec 3<a.c 4<a.c 5<a.c\nexec {} \"$@\"\n", gcc.display())),
        ("writes", format!("#!/bin/bash\nexec 3>>log 4>>log 5>>log\nexec {} \"$@\"\n", gcc.display())),
        ("closes", format!("#!/bin/bash\nexec 3>&- 4>&- 5>&-\nexec {} \"$@\"\n", gcc.display())),
    ] {
        world.file(name, text);
        std::fs::set_permissions(
            world.path(format!("tree/{name}")),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .expect("an executable");
        let run = || world.command(&format!("./{name} -c a.c -o {name}.o"));
        run().miss();
        run().hit();
    }
    assert_eq!(world.read("log"), b"precious\n");
}

#[test]
fn a_scripts_neighbours_are_part_of_it() {
    let world = World::new();
    let gcc = crate::fixture::host_program("gcc", "gcc");
    world.file("a.c", "int y = V;\n");
    world.file("cc", "#!/bin/sh\nexec \"$(dirname \"$0\")/inner\" \"$@\"\n");
    let inner = |value: u32| format!("#!/bin/sh\nexec {} -DV={value} \"$@\"\n", gcc.display());
    for (value, what) in [(1, "miss: new key"), (2, "miss: compiler-changed"), (1, "hit")] {
        world.file("inner", inner(value));
        for name in ["cc", "inner"] {
            std::fs::set_permissions(
                world.path(format!("tree/{name}")),
                std::os::unix::fs::PermissionsExt::from_mode(0o755),
            )
            .expect("an executable");
        }
        world.command("./cc -c a.c").does(what);
        world.command("./cc -c a.c").hit();
    }
}

/// A prefix map replaces the working directory in the object, so a search of the object does not find it.
#[test]
fn prefix_maps_do_not_hide_where_a_result_belongs() {
    for_each_compiler(|world| {
        std::fs::create_dir(world.path("tree/.git")).expect("a mark");
        world.file("a.c", "int f(int x) { return x; }\n").file("one/x", "").file("two/x", "");
        world.file("deep/one/a.c", "int y;\n").file("deep/two/a.c", "int y;\n");
        let root = world.tree().display().to_string();
        std::os::unix::fs::symlink("one", world.path("tree/link")).expect("a link");
        // Another directory below the root.
        for (dir, what) in [("one", "miss: new key"), ("two", "miss: new key"), ("one", "hit"), ("two", "hit")] {
            world.cc(&format!("-g -fdebug-prefix-map={root}=/src -c ../a.c -o a.o")).cwd(dir).does(what);
        }
        world.cc(&format!("-g -fdebug-prefix-map={root}=/src -c ../a.c -o a.o")).cwd("one").hit();
        // Another spelling of the working directory.
        for (spelling, what) in [
            ("one", "miss: new key"),
            ("one/../one", "miss: new key"),
            ("link/../link", "miss: new key"),
            ("one", "hit"),
        ] {
            let pwd = format!("{root}/{spelling}");
            world
                .cc(&format!("-g -fdebug-prefix-map={root}/one=/src -c ../a.c -o a.o"))
                .cwd("one")
                .env("PWD", pwd)
                .does(what);
        }
        // The map replaces a part of the root's path.
        for place in ["deep/one", "deep/two"] {
            std::fs::create_dir(world.path(format!("tree/{place}/.git"))).expect("a mark");
        }
        for old in [format!("{root}/deep"), format!("{root}/deep/"), "/".to_owned(), String::new()] {
            for place in ["deep/one", "deep/two"] {
                world.cc(&format!("-g -fdebug-prefix-map={old}=/x -c a.c -o a.o")).cwd(place).miss();
                world.cc(&format!("-g -fdebug-prefix-map={old}=/x -c a.c -o a.o")).cwd(place).hit();
            }
        }
        // A map of the root itself travels.
        let line = |place: &str| format!("-g -O1 -fdebug-prefix-map={root}/{place}=. -c a.c -o a.o");
        world.cc(&line("deep/one")).cwd("deep/one").miss();
        world.cc(&line("deep/two")).cwd("deep/two").hit();
    });
}

/// A file that is read by two names, one of them a link, is watched by both.
#[test]
fn links_to_headers_that_are_read_anyway_are_watched() {
    for_each_compiler(|world| {
        let link = |name: &str, target: &str| {
            let _ = std::fs::remove_file(world.path("tree").join(name));
            std::os::unix::fs::symlink(target, world.path("tree").join(name)).expect("a link");
        };
        world.files(&[
            ("inc/a.h", "#define V 1\n"),
            ("sys/b.h", "extern int b;\n"),
            ("sys/c.h", "int c = 1;\n"),
            ("m.inc", "\n"),
        ]);
        world.file("asks.c", "#include \"a.h\"\n#if __has_include(\"opt.h\")\nint v = V;\n#endif\n");
        world.file(
            "asks_by_macro.c",
            "#include \"a.h\"\n#define HAS(x) __has_include(x)\n#if HAS(<opt.h>)\nint v = V;\n#endif\n",
        );
        world.file("reads.c", "#include <b.h>\n#include <other.h>\n");
        world.file("dir.c", "#include \"a.h\"\n#if __has_include(\"gen/a.h\")\nint v = V;\n#endif\n");
        for (line, name, targets) in [
            ("-c asks.c -Iinc", "inc/opt.h", ["a.h", "nowhere"]),
            ("-c asks_by_macro.c -Iinc", "inc/opt.h", ["a.h", "nowhere"]),
            ("-MMD -c reads.c -isystem sys", "sys/other.h", ["b.h", "c.h"]),
            ("-c dir.c -Iinc", "gen", ["inc", "sys"]),
        ] {
            // A link to nowhere and one to another directory leave nothing at the name.
            let gone = if name == "sys/other.h" { "miss: file-changed" } else { "miss: file-gone" };
            for (target, what) in [(targets[0], "miss: new key"), (targets[1], gone), (targets[0], "hit")] {
                link(name, target);
                world.cc(line).does(what);
                world.cc(line).hit();
            }
            world.remove(name);
            world.cc("-c asks.c -Iinc").hit();
        }
    });
}

/// The length of the file's name is in the object, but not the name: `sizeof(__FILE__)` leaves no text behind.
#[test]
fn names_of_files_that_are_consumed_bind_the_place() {
    const SOURCES: [(&str, &str); 5] = [
        (
            "a.cc",
            "template<class T> unsigned long n(){return sizeof(__PRETTY_FUNCTION__);}\nstatic auto l=[]{};\nunsigned long x = n<decltype(l)>();\n",
        ),
        (
            "b.cc",
            "enum {A,B};\ntemplate<class T> unsigned long n(T){return sizeof(__PRETTY_FUNCTION__);}\nunsigned long x = n(A);\n",
        ),
        ("c.cc", "#define P(a,b) a##b\nunsigned long s = sizeof(P(__FI,LE__));\n"),
        ("d.cc", "#define P(a,b) a##b\nunsigned long s = sizeof(P(__BASE_FI,LE__));\n"),
        ("e.cc", "#define P(a,b) a##b\nunsigned long f(void){return __builtin_strlen(P(__builtin_FI,LE)());}\n"),
    ];
    for_each_compiler(|world| {
        for place in ["aa", "aabbcc"] {
            for (name, text) in SOURCES {
                world.file(&format!("{place}/{name}"), text);
                let root = world.tree().join(place);
                let line = format!("-O2 -std=c++14 -c {}/{name} -o a.o", root.display());
                let run = || world.cxx(&line).cwd(place).env("PACKER_CC_ROOT", &root).env("PACKER_CC_PATHS", "exact");
                // clang's names of lambdas and unnamed types hold the file's name. gcc takes it in only where the
                // text asks for it.
                let is_free = ["a.cc", "b.cc"].contains(&name) && world.compiler() != Compiler::Clang;
                let what = match place {
                    "aa" => "miss: new key",
                    _ if is_free => "hit",
                    _ => "miss: bound-elsewhere",
                };
                run().does(what);
                run().hit();
            }
        }
    });
}

/// The values of variables that a script mentions are nobody's business.
#[test]
fn values_that_a_script_mentions_are_not_kept() {
    let world = World::new();
    world.file("a.c", "int a;\n").file("cct", "#!/bin/sh\nexec gcc ${MYTOKEN:+-DTOK} \"$@\"\n");
    std::fs::set_permissions(world.tree().join("cct"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("a mode");
    for (token, what) in [("s3cr3tv4lue", "miss: new key"), ("https://me:s3cr3tv4lue@host/", "miss: compiler-changed")]
    {
        world.command("./cct -c a.c").env("MYTOKEN", token).does(what);
        world.command("./cct -c a.c").env("MYTOKEN", token).hit();
    }
    let found = world.shell(
        crate::fixture::host_program("grep", "grep"),
        &["-rla", "s3cr3tv4lue", world.cache().to_str().expect("a path")],
    );
    assert_eq!(crate::fixture::lossy(&found.stdout), "");
}

/// Where a directory of system headers is a link, gcc names its headers by where the link leads.
#[test]
fn a_link_to_a_kit_is_turned() {
    for_each_compiler(|world| {
        for kit in ["v1", "v2"] {
            world.file(&format!("{kit}/kit.h"), "static const char *n(void) { return __FILE__; }\n");
        }
        world.file("a.c", "#include <kit.h>\nconst char *f(void) { return n(); }\n");
        let link = world.path("tree/current");
        for option in ["-isystem current", "-idirafter current", "-I current"] {
            // `__FILE__` is another text then, so each kit is compiled once.
            let is_named_by_target = world.compiler() != Compiler::Clang && !option.starts_with("-I ");
            let second = if is_named_by_target { "miss: new key" } else { "hit" };
            for (kit, what) in [("v1", "miss: new key"), ("v2", second), ("v1", "hit")] {
                let _ = fs::remove_file(&link);
                symlink(kit, &link).expect("a link");
                let option = option.replace("current", &link.display().to_string());
                world.cc(&format!("-MD {option} -c a.c -o a.o")).does(what);
            }
        }
    });
}

/// `$PWD` that reaches the working directory by a link below another directory than the root.
#[test]
fn a_working_directory_that_is_linked_from_elsewhere() {
    for_each_compiler(|world| {
        world.file("dep/x.h", "#define N 1\n").file("modules/dep/x.h", "#define N 7\n");
        world.file("pkg/b.c", "#include <x.h>\nint a = N;\n");
        symlink("../pkg", world.path("tree/modules/pkg")).expect("a link");
        let tree = world.tree().display().to_string();
        for mode in ["exact", "relative"] {
            for what in ["miss: new key", "hit"] {
                let line = format!("-MD -I{tree}/modules/dep -c {tree}/modules/pkg/b.c -o b.o");
                let run = world.cc(&line).cwd("pkg").env("PACKER_CC_ROOT", &tree).env("PACKER_CC_PATHS", mode);
                run.env("PWD", format!("{tree}/modules/pkg")).does(what);
            }
        }
    });
}

/// clang looks for headers in another way for Microsoft's targets, and it has options that make a header a system
/// header, which its depfile leaves out.
#[test]
fn other_rules_of_search_are_left_to_clang() {
    let world = World::with(Compiler::Clang);
    world.file("src/s/b.h", "#include \"x.h\"\n").file("inc/x.h", "#define N 1\n").file("i1/keep", "");
    world.file("src/a.c", "#include \"s/b.h\"\nint a = N;\n");
    world.file("b.c", "#pragma include_alias(<y.h>, <x.h>)\n#include <y.h>\nint a = N;\n");
    world.file("c.c", "#define P _Pragma(\"GCC system_header\")\n#include \"c.h\"\nint a = U;\n");
    world.file("c.h", "P\n#include \"u.h\"\n");
    let lines = [
        "-w -fms-compatibility -Iinc -c src/a.c -o x.o",
        "-w --target=x86_64-pc-windows-msvc -Iinc -S src/a.c -o x.s",
        "-w -fms-extensions -Ii1 -Iinc -c b.c -o x.o",
        "-w -MMD --system-header-prefix=s/ -Isrc -Iinc -c src/a.c -o x.o",
        "-w -MMD -c c.c -o x.o",
    ];
    for round in 0..2 {
        world.file("u.h", format!("#define U {round}\n"));
        if round == 1 {
            world.file("src/x.h", "#define N 2\n").file("i1/x.h", "#define N 3\n");
            world.file("src/s/b.h", "#include \"x.h\"\n#undef N\n#define N 4\n");
        }
        for line in lines {
            // In `c.h` a macro expands to the pragma, and clang leaves what follows out of the depfile.
            let what = if line.contains("c.c") { "miss: computed-include" } else { "bypass: unserved-option" };
            world.cc(line).does(what);
            world.cc(line).does(what);
        }
    }
}

/// `#pragma once` in the spellings that only a preprocessor reads: the equal file that was skipped counts.
#[test]
fn once_in_other_spellings() {
    for_each_compiler(|world| {
        for (nth, once) in [
            "#pragma once",
            "_Pragma(\"once\")",
            "#define O _Pragma(\"once\")\nO",
            "#define Q(x) _Pragma(#x)\nQ(once)",
            "#pragma/**/once",
        ]
        .iter()
        .enumerate()
        {
            let header = format!("{once}\nstatic int q;\n");
            world.file("p1/x.h", &header).file("p2/x.h", &header);
            age(&world.path("tree/p1/x.h"));
            age(&world.path("tree/p2/x.h"));
            world.file("a.c", format!("#include \"p1/x.h\"\n#include \"p2/x.h\"\nint z{nth};\n"));
            world.cc("-c a.c -o a.o").miss();
            world.file("p2/x.h", "int other;\n");
            world.cc("-c a.c -o a.o").does("miss: file-changed");
        }
    });
}

/// A header that a macro names, found by way of a directory that is spelled otherwise than in the depfile.
#[test]
fn a_computed_include_by_odd_ways() {
    for_each_compiler(|world| {
        world.file("a.c", "#define COMPUTED <h.h>\n#include COMPUTED\nint a = H;\n");
        world.file("kit/h.h", "#define H 1\n").file("first/keep", "");
        symlink("kit", world.path("tree/a-link-to-the-kit")).expect("a link");
        let tree = world.tree().display().to_string();
        for second in ["-isystem ./kit", "-I./././kit", "-isystem TREE/a-link-to-the-kit", "-idirafter TREE/kit/../kit"]
        {
            for first in ["-I./first", "-Ifirst", "-ITREE/first"] {
                let line = format!("-MD {first} {second} -c a.c -o a.o").replace("TREE", &tree);
                world.cc(&line).miss();
                world.file("first/h.h", "#define H 2\n");
                world.cc(&line).does("miss: file-appeared");
                world.remove("first/h.h");
            }
        }
    });
}
