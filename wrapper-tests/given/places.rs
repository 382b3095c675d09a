//! What travels from one directory to another, and what is keyed to it.

use super::{KITS, at, kits, put, stays, travels};
use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;

#[test]
fn every_kind_of_directory_travels() {
    for_each_compiler(|world| {
        kits(&world);
        for line in [
            "-c a.c -IKIT/inc -o a.o",
            "-c a.c -I KIT/inc -MMD -o a.o",
            "-c a.c -isystem KIT/inc -MD -o a.o",
            "-c a.c -idirafter KIT/inc -MD -MP -o a.o",
            "-c quoted.c -iquote KIT/inc -MD -o a.o",
            "-O2 -S a.c -IKIT/inc -o a.s",
            "-c a.c -IKIT/inc -include KIT/inc/forced.h -imacros KIT/inc/macros.h -MD -o a.o",
            "-c KIT/src/kit.c -IKIT/inc -MD -o kit.o",
            "-c KIT/src/kit.c -isystem KIT/inc -o kit.o",
            "-Wall -c warned.c -IKIT/inc -o w.o",
            "-Wall -Wsystem-headers -c warned.c -isystem KIT/inc -o w.o",
        ] {
            travels(&world, line);
        }
    });
}

#[test]
fn directories_of_variables_travel() {
    for_each_compiler(|world| {
        kits(&world);
        put(&world, "none/here", "");
        for variable in ["CPATH", "C_INCLUDE_PATH"] {
            let run = |kit: &str| {
                let dirs = format!("{}:{}/inc", world.path("none").display(), world.path(kit).display());
                world.cc("-c a.c -MD -o a.o").env(variable, dirs)
            };
            run(KITS[0]).miss();
            run(KITS[1]).hit();
            fs::write(world.path(KITS[1]).join("inc/lib.h"), "#define LIB 8\n#define BESIDE 1\n").expect("a header");
            run(KITS[1]).does("miss: file-changed");
            run(KITS[0]).hit();
            kits(&world);
        }
        // `/kits,b` is no directory below `/kits`.
        for kit in KITS {
            put(
                &world,
                &format!("{kit},b/only.h"),
                if kit == KITS[0] { "#define ONLY 1\n" } else { "#define ONLY 2\n" },
            );
        }
        world.file("only.c", "#include <only.h>\nint o = ONLY;\n");
        for kit in KITS {
            let dir = world.path(kit).display().to_string();
            world.cc(&at(&world.path(kit), "-c only.c -IKIT -o o.o")).env("CPATH", format!("{dir},b")).kept();
        }
    });
}

#[test]
fn response_files_name_directories_too() {
    for_each_compiler(|world| {
        kits(&world);
        for (kit, hits) in [(KITS[0], false), (KITS[1], true)] {
            world.file("flags", at(&world.path(kit), "-IKIT/inc -DX"));
            let run = world.cc("-c a.c @flags -MD -o a.o");
            if hits {
                run.hit()
            } else {
                run.miss()
            };
        }
    });
}

#[test]
fn what_shows_the_directory_is_keyed_to_it() {
    for_each_compiler(|world| {
        kits(&world);
        for line in [
            "-g -c a.c -IKIT/inc -o a.o",
            "-g -c KIT/src/kit.c -IKIT/inc -o a.o",
            "-c named.c -IKIT/inc -o n.o",
            "-c sized.c -IKIT/inc -o n.o",
            "-c asserts.c -IKIT/inc -o n.o",
            "-Wmissing-include-dirs -c a.c -IKIT/inc -IKIT/none -MD -o a.o",
        ] {
            stays(&world, line);
        }
        // Macros that nobody expands show nothing.
        travels(&world, "-DNDEBUG -c asserts.c -IKIT/inc -o n.o");
    });
}

/// `assert` shows the source's name. That is none of the directory's business, whose headers show nothing.
#[test]
fn what_shows_the_source_alone() {
    for_each_compiler(|world| {
        kits(&world);
        for kit in KITS {
            put(&world, &format!("{kit}/inc/asks.h"), "#define WHERE __FILE__\n#define SIZE(x) (sizeof WHERE + x)\n");
            put(
                &world,
                &format!("{kit}/inc/base.h"),
                "static inline const char *base(void) { return __BASE_FILE__; }\n",
            );
        }
        world.files(&[
            ("own.c", "#include <lib.h>\nconst char *o(void) { return __FILE__; }\nint a = LIB;\n"),
            ("where.c", "#include <asks.h>\nconst char *w(void) { return WHERE; }\nint s = SIZE(1);\n"),
            ("base.c", "#include <base.h>\nconst char *b(void) { return base(); }\n"),
        ]);
        for name in ["own.c", "where.c", "base.c"] {
            travels(&world, &format!("-c {name} -IKIT/inc -MD -o o.o"));
        }
        let source = world.tree().join("own.c").display().to_string();
        travels(&world, &format!("-c {source} -IKIT/inc -MD -o o.o"));
    });
}

/// clang parts names in debug data where the way to them parts from that to the working directory.
#[test]
fn names_in_parts() {
    for compiler in [Compiler::Clang, Compiler::Gcc] {
        let world = World::with(compiler);
        world.file("a.c", "#include <x.h>\nint m(int a) { return f(a); }\n");
        for kit in ["tree/../pkg-1.2", "tree/../pkg-1.3"] {
            put(&world, &format!("{kit}/inc/x.h"), "static inline int f(int a) { return a * 2; }\n");
        }
        let line = |options: &str, kit: &str| format!("{options} -I{}/inc a.c -o a.o", world.path(kit).display());
        for options in ["-g -c", "-g -gdwarf-4 -c", "-g1 -c", "-g -S", "-g -ffile-prefix-map=/zz=/y -c"] {
            for _ in 0..2 {
                for kit in ["pkg-1.2", "pkg-1.3"] {
                    world.cc(&line(options, kit)).kept();
                }
            }
            world.cc(&line(options, "pkg-1.3")).hit();
        }
    }
}

/// A header takes in its own name by a macro of another text, by pasting, and by calling a function.
#[test]
fn headers_that_take_in_their_names() {
    for_each_compiler(|world| {
        kits(&world);
        for kit in KITS {
            put(&world, &format!("{kit}/inc/says.h"), "static const int size = sizeof(SAY);\n");
            put(&world, &format!("{kit}/inc/item.h"), "ITEM(one)\n");
            put(
                &world,
                &format!("{kit}/inc/pastes.h"),
                "#define B(x) __builtin_##x()\nstatic inline int e(void) { return __builtin_strlen(B(FILE)); }\nint (*g)(void) = e;\n",
            );
            put(
                &world,
                &format!("{kit}/inc/pretty.h"),
                "template<class T> constexpr int len(T) { return sizeof(P(__PRETTY_, FUNCTION__)); }\nstatic const int pretty = len([] {});\n",
            );
            put(&world, &format!("{kit}/inc/calls.h"), "inline const char *here() { return name(); }\n");
        }
        world.files(&[
            ("says.c", "#define SAY __FILE__\n#include <says.h>\nint s(void) { return size; }\n"),
            ("chain.c", "#define A(x) __FILE__\n#define B A\n#define SAY B(1)\n#include <says.h>\nint s(void) { return size; }\n"),
            ("paste.c", "#define P(a, b) a##b\n#define SAY P(__FI, LE__)\n#include <says.h>\nint s(void) { return size; }\n"),
            ("number.c", "#define P(a, b) a##b\n#define FN_1 __FILE__\n#define SAY P(FN_, 1)\n#include <says.h>\nint s(void) { return size; }\n"),
            ("count.c", "#define P(a, b) a##b\n#define Q(a, b) P(a, b)\n#define FN_0 __FILE__\n#define SAY Q(FN_, __COUNTER__)\n#include <says.h>\nint s(void) { return size; }\n"),
            ("letter.c", "#define P(a, b) a##b\n#define FNa __FILE__\n#define SAY P(F, Na)\n#include <says.h>\nint s(void) { return size; }\n"),
            ("other.c", "#define P(a, b) a##b\n#define FN_1 __FILE__\n#define FM_1 7\n#define SAY P(FM_, 1)\n#include <says.h>\nint s(void) { return size; }\n"),
            ("pretty.cc", "#define P(a, b) a##b\n#include <pretty.h>\nint p() { return pretty; }\n"),
            ("item.c", "#define ITEM(name) int name = sizeof __FILE__;\n#include <item.h>\n"),
            ("late.c", "%:define SAY __FILE__\n#include <says.h>\nint s(void) { return size; }\n"),
            ("b.c", "#define F __FILE__\n#include <pastes.h>\nint z = sizeof(\"a\");\n"),
            ("calls.cc", "inline const char *name(const char *n = __builtin_FILE()) { return n; }\n#include <calls.h>\nint s() { return here()[9]; }\n"),
        ]);
        for name in ["says.c", "chain.c", "paste.c", "number.c", "count.c", "letter.c", "item.c", "late.c"] {
            stays(&world, &format!("-O1 -c {name} -IKIT/inc -MD -o o.o"));
        }
        travels(&world, "-O1 -c other.c -IKIT/inc -MD -o o.o");
        if world.compiler() == Compiler::Clang {
            stays(&world, "-x c++ -std=c++17 -O1 -c pretty.cc -IKIT/inc -MD -o o.o");
        }
        if world.compiler() != Compiler::AvrGcc {
            stays(&world, "-x c++ -O1 -c calls.cc -IKIT/inc -MD -o o.o");
            stays(&world, "-O1 -c b.c -IKIT/inc -MD -o o.o");
        }
    });
}

/// Some options have diagnostics spell the names of files in a way of their own.
#[test]
fn diagnostics_that_respell_names() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.file("w.c", "#include <x.h>\nint z(void) { return w(1); }\n");
        for kit in ["odd/plain", "odd/q\"r"] {
            let text = "static int w(long l) { __builtin_printf(\"%d\", l); return 0; }\n";
            put(&world, &format!("{kit}/inc/x.h"), text);
        }
        let line = |options: &str, kit: &str| at(&world.path(kit), &format!("{options} -c w.c -IKIT/inc -o w.o"));
        let mut options = vec!["-fdiagnostics-parseable-fixits"];
        if compiler == Compiler::Clang {
            options.push("-fdiagnostics-absolute-paths");
        }
        for option in options {
            for kit in ["odd/plain", "odd/q\"r"] {
                world.cc(&line(&format!("{option} -Wall"), kit)).does("miss: names-respelled");
            }
            // Nothing is said.
            world.cc(&line(&format!("{option} -w"), "odd/plain")).miss();
            world.cc(&line(&format!("{option} -w"), "odd/q\"r")).hit();
        }
    }
}

/// A change is seen in whichever place the command names.
#[test]
fn other_contents_are_another_result() {
    for_each_compiler(|world| {
        kits(&world);
        let line = |kit: &str| at(&world.path(kit), "-c a.c -IKIT/inc -MD -o a.o");
        world.cc(&line(KITS[0])).miss();
        put(&world, &format!("{}/inc/beside.h", KITS[1]), "#define BESIDE 5\n");
        world.cc(&line(KITS[1])).does("miss: file-changed");
        world.cc(&line(KITS[0])).hit();
        fs::remove_file(world.path(KITS[1]).join("inc/lib.h")).expect("a header");
        world.cc(&line(KITS[1])).fails();
        world.cc(&line(KITS[0])).hit();
    });
}

/// A header that comes earlier on the search path, in a directory that was there and in one that was not.
#[test]
fn absences_belong_to_the_directory() {
    for_each_compiler(|world| {
        kits(&world);
        for kit in KITS {
            put(&world, &format!("{kit}/first/other.h"), "");
        }
        let line = |kit: &str| at(&world.path(kit), "-c a.c -IKIT/first -IKIT/none/inc -IKIT/inc -MD -o a.o");
        world.cc(&line(KITS[0])).miss();
        world.cc(&line(KITS[1])).hit();
        for (name, text) in
            [("first/lib.h", "#define LIB 1\n#define BESIDE 1\n"), ("none/inc/sub/deep.h", "#define DEEP 9\n")]
        {
            let path = put(&world, &format!("{}/{name}", KITS[1]), text);
            let newest = "of the newest result the header that came first is missing";
            world.cc(&line(KITS[1])).does_one_of(&["miss: file-appeared", "miss: file-gone"], newest);
            world.cc(&line(KITS[0])).hit();
            fs::remove_file(path).expect("the header");
            let _ = fs::remove_dir_all(world.path(KITS[1]).join("none"));
            world.cc(&line(KITS[1])).hit();
        }
    });
}

/// A directory that is missing is one without headers. Of one that is missing here another may be there.
#[test]
fn a_missing_directory() {
    for_each_compiler(|world| {
        kits(&world);
        let line = |none: &str| {
            let kit = world.path(KITS[0]);
            format!("-c a.c -I{} -I{}/inc -MD -o a.o", world.path(none).display(), kit.display())
        };
        world.cc(&line("gone/far/one")).miss();
        world.cc(&line("gone/far/two")).hit();
        put(&world, "gone/far/three/else.h", "");
        world.cc(&line("gone/far/three")).hit();
        put(&world, "gone/far/four/lib.h", "#define LIB 1\n#define BESIDE 1\n");
        world.cc(&line("gone/far/four")).does("miss: file-appeared");
        world.cc(&line("gone/far/one")).hit();
        put(&world, "gone/far/one/sub/deep.h", "#define DEEP 1\n");
        // The newest result is one for which `four/lib.h` was read.
        world.cc(&line("gone/far/one")).does("miss: file-gone");
    });
}

/// A path in a text means one file, whatever the command names.
#[test]
fn a_text_that_names_a_directory_of_the_command() {
    for_each_compiler(|world| {
        kits(&world);
        let kit = world.path(KITS[0]).display().to_string();
        world.file("abs.c", format!("#include \"{kit}/inc/lib.h\"\nint a(int x) {{ return LIB + x; }}\n"));
        let line = |kit: &str| at(&world.path(kit), "-c abs.c -IKIT/inc -MD -o a.o");
        world.cc(&line(KITS[0])).miss();
        world.cc(&line(KITS[1])).kept();
        put(&world, &format!("{}/inc/lib.h", KITS[1]), "#define LIB 100\n#define BESIDE 1\n");
        put(&world, &format!("{}/inc/beside.h", KITS[0]), "#define BESIDE 3\n");
        world.cc(&line(KITS[0])).kept();
        world.cc(&line(KITS[1])).kept();
    });
}

/// `/kit/x.h` says `#include "inc/lib.h"`, and `/kit/inc` is a directory of the command in one place only.
#[test]
fn a_header_outside_that_names_what_is_in_a_directory() {
    for_each_compiler(|world| {
        kits(&world);
        let outer = put(&world, &format!("{}/outer.h", KITS[0]), "#include \"inc/lib.h\"\n");
        world.file("out.c", format!("#include \"{}\"\nint a(int x) {{ return LIB + x; }}\n", outer.display()));
        let line = |kit: &str| at(&world.path(kit), "-c out.c -IKIT/inc -MD -o a.o");
        world.cc(&line(KITS[0])).miss();
        put(&world, &format!("{}/inc/lib.h", KITS[0]), "#define LIB 8\n");
        world.cc(&line(KITS[1])).kept();
        world.cc(&line(KITS[0])).kept();
    });
}

/// `configure` compiles its checks in a directory that is new each time.
#[test]
fn checks_of_configure() {
    for_each_compiler(|world| {
        let check = |dir: &str, line: &str| {
            put(&world, &format!("{dir}/test.c"), "#include <stddef.h>\nint f(size_t x) { return (int) x; }\n");
            at(&world.path(dir), line)
        };
        for line in ["-c -o KIT/test.o KIT/test.c", "-Wall -O2 -MMD -MF KIT/test.d -c -o KIT/test.o KIT/test.c"] {
            world.cc(&check("tmp2/ffconf.Xa1B", line)).miss();
            world.cc(&check("tmp2/ffconf.Zb2C", line)).hit();
        }
        // Assemblers speak of a temporary file that lies where `TMPDIR` says.
        let warned = "asm(\".warning \\\"careful\\\"\");\nint f(int x) { return x; }\n";
        if world.compiler() != Compiler::Clang {
            for (dir, tmp) in [("one/dir", "one/dir/tmp"), ("two/dir", "two/tmp")] {
                put(&world, &format!("{dir}/test.c"), warned);
                fs::create_dir_all(world.path(tmp)).expect("a directory");
                let line = at(&world.path(dir), "-c -o KIT/test.o KIT/test.c");
                world.cc(&line).env("TMPDIR", world.path(tmp)).kept();
            }
        }
    });
}

/// A prefix map of the command's own that reaches a directory.
#[test]
fn prefix_maps_of_the_command() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        kits(&world);
        travels(&world, "-g -ffile-prefix-map=KIT/inc=kit -c a.c -IKIT/inc -o a.o");
        for line in [
            "-g -ffile-prefix-map=KIT/inc=kit -c named.c -IKIT/inc -o a.o",
            "-g -fdebug-prefix-map=KIT/inc=kit -c a.c -IKIT/inc -IKIT/inc-2 -o a.o",
            "-g -fdebug-prefix-map=KIT/in=kit -c a.c -IKIT/inc -o a.o",
        ] {
            stays(&world, line);
        }
    }
}

/// More directories than have room are in the key as they are.
#[test]
fn very_many_directories() {
    for_each_compiler(|world| {
        kits(&world);
        let line = |kit: &str| {
            let many: String = (0..60).map(|nth| format!(" -I{}/{nth}/d", world.path("many").display())).collect();
            format!("-c a.c{many} '-I{}/inc' -o a.o", world.path(kit).display())
        };
        world.cc(&line(KITS[0])).miss();
        world.cc(&line(KITS[0])).hit();
        world.cc(&line(KITS[1])).miss();
    });
}
