//! What a reviewer got a stale result from once: each case compiles, changes one thing that no depfile names, and
//! compiles again. The result must be the bare compiler's; where nothing mattered, it must be a hit.

use crate::fixture::{Compiler, World, age, for_each_compiler};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

/// Files, the command, and the file that changes with its second content.
struct Case {
    files: &'static [(&'static str, &'static str)],
    line: &'static str,
    change: (&'static str, &'static str),
    /// What gcc's compiles do: two before the change and two after it.
    gcc: Outcomes,
    /// The same of clang's.
    clang: Outcomes,
}

type Outcomes = [&'static str; 4];

const APPEARED: Outcomes = ["miss: new", "hit", "miss: file-appeared", "hit"];
const CHANGED: Outcomes = ["miss: new", "hit", "miss: file-changed", "hit"];
/// The change does not matter to this compiler.
const SAME: Outcomes = ["miss: new", "hit", "hit", "hit"];
const COMPUTED_QUESTION: Outcomes = ["miss: computed-has-include"; 4];
/// clang's assembler tells nobody what it reads.
const ASSEMBLER: Outcomes = ["miss: assembler-include"; 4];

const CASES: &[Case] = &[
    // A question pasted together.
    Case {
        files: &[("a.c", "#define P(a,b) a##b\n#if P(__has,_include)(\"q.h\")\nint yes;\n#else\nint no;\n#endif\n")],
        line: "-c a.c",
        change: ("q.h", ""),
        gcc: COMPUTED_QUESTION,
        clang: COMPUTED_QUESTION,
    },
    Case {
        files: &[("a.c", "#define P(a) __has_inc##a\n#if P(lude)(<q.h>)\nint yes;\n#else\nint no;\n#endif\n")],
        line: "-c a.c -I.",
        change: ("q.h", ""),
        gcc: COMPUTED_QUESTION,
        clang: COMPUTED_QUESTION,
    },
    // A macro of the command line asks.
    Case {
        files: &[("a.c", "#if HAS\nint a = 1;\n#else\nint a = 2;\n#endif\n")],
        line: "-c a.c '-DHAS=__has_include(\"foo.h\")'",
        change: ("foo.h", ""),
        gcc: COMPUTED_QUESTION,
        clang: COMPUTED_QUESTION,
    },
    // A directory twice on the search path: the compiler drops the earlier place.
    Case {
        files: &[("sys/foo.h", "#define V 1\n"), ("a/x.h", ""), ("a.c", "#include <foo.h>\nint v = V;\n")],
        line: "-c a.c -Isys -isystem a -isystem sys",
        change: ("a/foo.h", "#define V 2\n"),
        gcc: APPEARED,
        clang: APPEARED,
    },
    Case {
        files: &[("sys/foo.h", "#define V 1\n"), ("a/x.h", ""), ("a.c", "#include \"foo.h\"\nint v = V;\n")],
        line: "-c a.c -iquote sys -iquote a -isystem sys",
        change: ("a/foo.h", "#define V 2\n"),
        gcc: APPEARED,
        clang: APPEARED,
    },
    // Questions through a macro, by another name, and of a macro.
    Case {
        files: &[(
            "a.c",
            "#define HAS(header) __has_include(header)\n#if HAS(<foo.h>)\nint a = 1;\n#else\nint a = 2;\n#endif\n",
        )],
        line: "-c a.c -Iinc",
        change: ("inc/foo.h", ""),
        gcc: APPEARED,
        clang: APPEARED,
    },
    Case {
        files: &[("a.c", "#define HAS __has_include\n#if HAS(<foo.h>)\nint a = 1;\n#else\nint a = 2;\n#endif\n")],
        line: "-c a.c -Iinc",
        change: ("inc/foo.h", ""),
        gcc: APPEARED,
        clang: APPEARED,
    },
    Case {
        files: &[("a.c", "#define file \"foo.h\"\n#if __has_include(file)\nint a = 1;\n#else\nint a = 2;\n#endif\n")],
        line: "-c a.c",
        change: ("foo.h", ""),
        gcc: COMPUTED_QUESTION,
        clang: COMPUTED_QUESTION,
    },
    // A computed include that leads to a system header, which -MMD does not name.
    Case {
        files: &[
            ("sys/a.h", "int a = 1;\n"),
            ("sys/b.h", "extern int b;\n"),
            ("a.c", "#ifndef H\n#define H <a.h>\n#endif\n#include H\n"),
        ],
        line: "-MMD -c a.c -isystem sys '-DH=<b.h>'",
        change: ("sys/b.h", "int b = 2;\n"),
        gcc: CHANGED,
        clang: CHANGED,
    },
    // A linemarker makes what follows a system header.
    Case {
        files: &[("a.c", "# 1 \"g.y\" 3\n#include \"u.h\"\n"), ("u.h", "int u = 1;\n")],
        line: "-MMD -c a.c",
        change: ("u.h", "int u = 2;\n"),
        gcc: CHANGED,
        clang: CHANGED,
    },
    // Diagnostics show the lines of the file that #line names.
    Case {
        files: &[
            ("a.c", "int f(void) {\n#line 2 \"p.y\"\nint unused;\nreturn 0; }\n"),
            ("p.y", "1\n int unused; /* old */\n"),
        ],
        line: "-Wall -c a.c",
        change: ("p.y", "1\n int unused; /* new */\n"),
        gcc: ["miss: line-directive"; 4],
        clang: ["miss: line-directive"; 4],
    },
    // Assembler directives in capitals, and literals with a comment between them.
    Case {
        files: &[("a.c", "__asm__(\".INCBIN \\\"blob\\\"\");\n"), ("blob", "1")],
        line: "-c a.c",
        change: ("blob", "2"),
        gcc: CHANGED,
        clang: ASSEMBLER,
    },
    Case {
        files: &[("a.c", "__asm__(\".inc\" /* c */ \"bin \\\"blob\\\"\");\n"), ("blob", "1")],
        line: "-c a.c",
        change: ("blob", "2"),
        gcc: CHANGED,
        clang: ASSEMBLER,
    },
    // A precompiled header appears beside a forced include.
    Case {
        files: &[("a.c", "int u;\n"), ("h.h", "int h;\n")],
        line: "-c a.c -include h.h",
        change: ("h.h.pch", ""),
        gcc: SAME,
        clang: ["miss: new", "hit", "failed: compiler-failed", "failed: compiler-failed"],
    },
    // `#include_next` in a header found beside its includer goes on with the quoted part of the path.
    Case {
        files: &[
            ("quo/x.h", ""),
            ("inc/h0.h", "#include \"h1.h\"\n"),
            ("inc/h1.h", "#ifndef H1\n#define H1\n#include_next <h1.h>\n#endif\n#ifndef V\n#define V 1\n#endif\n"),
            ("a.c", "#include \"h0.h\"\nint v = V;\n"),
        ],
        line: "-c a.c -iquote quo -Iinc",
        change: ("quo/h1.h", "#define V 2\n"),
        gcc: APPEARED,
        clang: ["failed: compiler-failed"; 4],
    },
    // In the source itself it is an `#include`.
    Case {
        files: &[("src/x", ""), ("inc/h1.h", "#define V 1\n"), ("src/a.c", "#include_next \"h1.h\"\nint v = V;\n")],
        line: "-c src/a.c -Iinc",
        change: ("src/h1.h", "#define V 2\n"),
        gcc: APPEARED,
        clang: APPEARED,
    },
    Case {
        files: &[("quo/x", ""), ("a.c", "#if __has_include_next(<h1.h>)\nint v = 1;\n#else\nint v = 2;\n#endif\n")],
        line: "-c a.c -iquote quo",
        change: ("quo/h1.h", ""),
        gcc: APPEARED,
        clang: APPEARED,
    },
    // A directory that options make the compiler look into.
    Case {
        files: &[("b/x", ""), ("inc/zz.h", "#define Z 1\n"), ("a.c", "#include <zz.h>\nint x = Z;\n")],
        line: "-c a.c -Bb -idirafter inc",
        change: ("b/include/zz.h", "#define Z 2\n"),
        gcc: ["miss: new", "hit", "miss: new", "hit"],
        clang: SAME,
    },
];

#[test]
fn nothing_stale_is_served() {
    for_each_compiler(|world| {
        for case in CASES {
            let expected = if world.compiler() == Compiler::Clang { case.clang } else { case.gcc };
            world.files(case.files);
            world.cc(case.line).does(expected[0]);
            world.cc(case.line).does(expected[1]);
            world.file(case.change.0, case.change.1);
            world.cc(case.line).does(expected[2]);
            world.cc(case.line).does(expected[3]);
            let names: BTreeSet<&str> = case.files.iter().map(|(name, _)| *name).chain([case.change.0]).collect();
            for name in names {
                world.remove(name);
            }
        }
    });
}

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
    for (value, what) in [(1, "miss: new"), (2, "miss: compiler-changed"), (1, "hit")] {
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

/// A prefix map turns the working directory into a text in which nobody finds it again.
#[test]
fn prefix_maps_do_not_hide_where_a_result_belongs() {
    for_each_compiler(|world| {
        std::fs::create_dir(world.path("tree/.git")).expect("a mark");
        world.file("a.c", "int f(int x) { return x; }\n").file("one/x", "").file("two/x", "");
        world.file("deep/one/a.c", "int y;\n").file("deep/two/a.c", "int y;\n");
        let root = world.tree().display().to_string();
        std::os::unix::fs::symlink("one", world.path("tree/link")).expect("a link");
        // Another directory below the root.
        for (dir, what) in [("one", "miss: new"), ("two", "miss: new"), ("one", "hit"), ("two", "hit")] {
            world.cc(&format!("-g -fdebug-prefix-map={root}=/src -c ../a.c -o a.o")).cwd(dir).does(what);
        }
        world.cc(&format!("-g -fdebug-prefix-map={root}=/src -c ../a.c -o a.o")).cwd("one").hit();
        // Another spelling of the working directory.
        for (spelling, what) in
            [("one", "miss: new"), ("one/../one", "miss: new"), ("link/../link", "miss: new"), ("one", "hit")]
        {
            let pwd = format!("{root}/{spelling}");
            world
                .cc(&format!("-g -fdebug-prefix-map={root}/one=/src -c ../a.c -o a.o"))
                .cwd("one")
                .env("PWD", pwd)
                .does(what);
        }
        // Another root, of whose path a part is replaced.
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
            for (target, what) in [(targets[0], "miss: new"), (targets[1], gone), (targets[0], "hit")] {
                link(name, target);
                world.cc(line).does(what);
                world.cc(line).hit();
            }
            world.remove(name);
            world.cc("-c asks.c -Iinc").hit();
        }
    });
}

/// What holds the file's name without spelling it, and consumes it: `sizeof` of a text leaves no text behind.
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
                // clang has the file's name in those of the types, gcc only where the text asks for it.
                let is_free = ["a.cc", "b.cc"].contains(&name) && world.compiler() != Compiler::Clang;
                let what = match place {
                    "aa" => "miss: new",
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
    for (token, what) in [("s3cr3tv4lue", "miss: new"), ("https://me:s3cr3tv4lue@host/", "miss: compiler-changed")] {
        world.command("./cct -c a.c").env("MYTOKEN", token).does(what);
        world.command("./cct -c a.c").env("MYTOKEN", token).hit();
    }
    let found = world.shell(
        crate::fixture::host_program("grep", "grep"),
        &["-rla", "s3cr3tv4lue", world.cache().to_str().expect("a path")],
    );
    assert_eq!(crate::fixture::lossy(&found.stdout), "");
}

/// Directories of system headers that are links: gcc names what is in them by where they lead.
#[test]
fn a_link_to_a_kit_is_turned() {
    for_each_compiler(|world| {
        for kit in ["v1", "v2"] {
            world.file(&format!("{kit}/kit.h"), "static const char *n(void) { return __FILE__; }\n");
        }
        world.file("a.c", "#include <kit.h>\nconst char *f(void) { return n(); }\n");
        let link = world.path("tree/current");
        for option in ["-isystem current", "-idirafter current", "-I current"] {
            // Under another name it is another text, so it is compiled once a name.
            let is_named_by_target = world.compiler() != Compiler::Clang && !option.starts_with("-I ");
            let second = if is_named_by_target { "miss: new" } else { "hit" };
            for (kit, what) in [("v1", "miss: new"), ("v2", second), ("v1", "hit")] {
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
            for what in ["miss: new", "hit"] {
                let line = format!("-MD -I{tree}/modules/dep -c {tree}/modules/pkg/b.c -o b.o");
                let run = world.cc(&line).cwd("pkg").env("PACKER_CC_ROOT", &tree).env("PACKER_CC_PATHS", mode);
                run.env("PWD", format!("{tree}/modules/pkg")).does(what);
            }
        }
    });
}

/// What clang does for Microsoft's sake, and which headers it leaves out of a depfile.
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
            // The pragma of `c.h` is a macro's, and what follows it is left out of the depfile.
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
