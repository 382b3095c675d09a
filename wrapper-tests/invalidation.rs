//! What changes a result makes a miss; what does not, makes none. All files keep one mtime through every edit
//! (see [`World::file`]), so an edit is seen by content or not at all.

use crate::fixture::{Compiler, World, age, for_each_compiler};
use std::fs;
use std::os::unix::fs::symlink;

fn project(world: &World) {
    world.files(&[
        ("a.c", "#include \"h.h\"\n#include <s.h>\nint a = H + S;\n"),
        ("inc/h.h", "#include \"nested.h\"\n#define H N\n"),
        ("inc/nested.h", "#define N 1\n"),
        ("sys/s.h", "#define S 1\n"),
    ]);
}

const COMPILE: &str = "-c a.c -I inc -isystem sys -o a.o";

/// Compile, edit, compile, revert, compile: miss, miss, hit.
fn edited(world: &World, line: &str, name: &str, other: &str) {
    let original = world.read(name);
    world.cc(line).same();
    world.cc(line).hit();
    world.file(name, other);
    world.cc(line).miss();
    world.cc(line).hit();
    world.file(name, original);
    world.cc(line).hit();
}

#[test]
fn source_and_headers() {
    for_each_compiler(|world| {
        project(&world);
        for request in ["", "-MMD", "-MD"] {
            let line = format!("{COMPILE} {request}");
            edited(&world, &line, "a.c", "#include \"h.h\"\n#include <s.h>\nint b = H + S;\n");
            edited(&world, &line, "inc/h.h", "#include \"nested.h\"\n#define H 5\n");
            edited(&world, &line, "inc/nested.h", "#define N 2\n");
            edited(&world, &line, "sys/s.h", "#define S 2\n");
            fs::remove_dir_all(world.cache()).expect("the cache");
        }
    });
}

#[test]
fn a_removed_header_is_an_error_and_its_return_a_hit() {
    for_each_compiler(|world| {
        project(&world);
        world.cc(COMPILE).miss();
        let nested = world.read("inc/nested.h");
        world.remove("inc/nested.h");
        world.cc(COMPILE).fails();
        world.file("inc/nested.h", nested);
        world.cc(COMPILE).hit();
    });
}

#[test]
fn same_size_edits_with_restored_mtime_again_and_again() {
    // Fewer than the candidates that a manifest holds, so that each one is still there when its turn comes.
    let world = World::new();
    world.file("a.c", "#include \"h.h\"\nint a = H;\n");
    for number in 100..120 {
        world.file("h.h", format!("#define H {number}\n"));
        world.cc("-c a.c").miss();
    }
    for number in (100..120).rev() {
        world.file("h.h", format!("#define H {number}\n"));
        world.cc("-c a.c").hit();
    }
}

#[test]
fn replaced_by_rename_and_by_link() {
    for_each_compiler(|world| {
        project(&world);
        world.cc(COMPILE).miss();
        world.file("new.h", "#define N 7\n");
        fs::rename(world.path("tree/new.h"), world.path("tree/inc/nested.h")).expect("a rename");
        world.cc(COMPILE).miss();
        world.files(&[("one.h", "#define N 1\n"), ("two.h", "#define N 22\n")]);
        world.remove("inc/nested.h");
        symlink("../one.h", world.path("tree/inc/nested.h")).expect("a link");
        world.cc(COMPILE).hit();
        world.remove("inc/nested.h");
        symlink("../two.h", world.path("tree/inc/nested.h")).expect("a link");
        world.cc(COMPILE).miss();
        // The directory as a link.
        fs::rename(world.path("tree/inc"), world.path("tree/real")).expect("a rename");
        symlink("real", world.path("tree/inc")).expect("a link");
        world.cc(COMPILE).same();
        world.cc(COMPILE).hit();
    });
}

#[test]
fn options_that_matter() {
    const VARIANTS: &[&str] = &[
        "",
        "-DX=1",
        "-DX=1 -DX=2",
        "-DX=2 -DX=1",
        "-DX=1 -UX",
        "-UX -DX=1",
        "-D X=1 -DY",
        "-O1",
        "-O2",
        "-Os",
        "-O2 -fno-inline",
        "-std=gnu99",
        "-std=c11",
        "-g",
        "-g1",
        "-fno-common",
        "-fPIC",
        "-ffunction-sections",
        "-Wall",
        "-Wall -Wextra",
        "-w",
        "-pedantic",
        "-I one -I two",
        "-I two -I one",
        "-iquote two -I one",
        "-isystem one -I two",
        "-idirafter one -I two",
        "-include forced.h",
        "-imacros forced.h",
        "-include forced.h -include other.h",
    ];
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#if __has_include(<x.h>)\n#include <x.h>\n#endif\n#ifndef X\n#define X 9\n#endif\nint a = X; int c(int v) { return v * X; }\n"),
            ("one/x.h", "#define ONE 1\nint one;\n"),
            ("two/x.h", "#define TWO 2\nint two;\n"),
            ("forced.h", "#define F 1\nint forced;\n"),
            ("other.h", "int other;\n"),
        ]);
        for round in 0..2 {
            for variant in VARIANTS {
                let run = world.cc(&format!("{variant} -c a.c -o a.o"));
                // In the first round a variant may be equal to one before it; its bytes are compared all the same.
                if round == 0 {
                    run.same()
                } else {
                    run.hit()
                };
            }
        }
        edited(&world, "-include forced.h -c a.c -o a.o", "forced.h", "int forced_otherwise;\n");
        edited(&world, "-imacros forced.h -c a.c -o a.o", "forced.h", "#define X 77\n");
    });
}

#[test]
fn a_warning_option_that_turns_a_hit_into_an_error() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(void) { int unused; return 0; }\n");
        world.cc("-c a.c").miss();
        world.cc("-Wall -c a.c").miss();
        world.cc("-Wall -Werror -c a.c").fails();
        world.cc("-Wall -c a.c").hit();
    });
}

#[test]
fn the_output_path_does_not_matter() {
    for_each_compiler(|world| {
        project(&world);
        fs::create_dir(world.path("tree/out")).expect("a directory");
        world.cc("-c a.c -I inc -isystem sys -o a.o").miss();
        world.cc("-c a.c -I inc -isystem sys -o out/b.o").hit();
        world.cc("-o out/c.obj -c a.c -I inc -isystem sys").same();
        world.cc("-c a.c -I inc -isystem sys").hit();
    });
}

#[test]
fn variables_that_matter() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <x.h>\nint a = X;\n"),
            ("one/x.h", "#define X 1\n"),
            ("two/x.h", "#define X 2\n"),
            ("a.cc", "#include <x.h>\nint a = X;\n"),
        ]);
        for name in ["CPATH", "C_INCLUDE_PATH"] {
            world.cc("-c a.c").env(name, "one").same();
            world.cc("-c a.c").env(name, "two").same();
            world.cc("-c a.c").env(name, "one").hit();
            world.cc("-c a.c").env(name, "two:one").same();
            world.cc("-c a.c").env(name, "one:two").same();
            world.cc("-c a.c").fails();
        }
        world.cxx("-c a.cc").env("CPLUS_INCLUDE_PATH", "one").miss();
        world.cxx("-c a.cc").env("CPLUS_INCLUDE_PATH", "two").miss();
        world.cxx("-c a.cc").env("CPLUS_INCLUDE_PATH", "one").hit();
    });
}

#[test]
fn variables_that_write_files() {
    for_each_compiler(|world| {
        project(&world);
        for (name, value) in [
            ("DEPENDENCIES_OUTPUT", "out.d"),
            ("DEPENDENCIES_OUTPUT", "out.d target"),
            ("SUNPRO_DEPENDENCIES", "sun.d"),
        ] {
            for _ in 0..2 {
                world.cc(COMPILE).env(name, value).same();
                for made in ["out.d", "sun.d"] {
                    if world.exists(made) {
                        world.remove(made);
                    }
                }
            }
        }
    });
}

#[test]
fn variables_that_do_not_matter() {
    for_each_compiler(|world| {
        project(&world);
        world.cc(COMPILE).miss();
        for (name, value) in
            [("USER", "somebody"), ("MAKEFLAGS", "-j2"), ("RANDOM_THING", "1"), ("OLDPWD", "/"), ("PWD", "/wrong")]
        {
            world.cc(COMPILE).env(name, value).hit();
        }
        world.cc(COMPILE).without_env("HOME").hit();
        world.cc(COMPILE).without_env("TMPDIR").hit();
    });
}

#[test]
fn locale_changes_the_diagnostics_only() {
    let world = World::new();
    world
        .file("a.c", "int f(void) { int unused‘; return 0; }\n")
        .file("b.c", "int f(void) { int unused; return 0; }\n");
    for locale in ["C", "C.UTF-8", "de_DE.UTF-8", "C"] {
        world.cc("-c a.c").env("LC_ALL", locale).fails();
        world.cc("-Wall -c b.c").env("LC_ALL", locale).same();
        world.cc("-Wall -c b.c").env("LC_ALL", locale).hit();
    }
}

#[test]
fn time_macros_are_never_stale() {
    for_each_compiler(|world| {
        for text in ["__DATE__", "__TIME__", "__TIMESTAMP__"] {
            world.file("a.c", format!("const char *a = {text};\n"));
            // Bare and wrapped run within one second or not; equality is not asserted, the compiler run is.
            for _ in 0..2 {
                let before = world.runs().len();
                world.shell(crate::fixture::packer_cc(), &[world.compiler().c(), "-c", "a.c"]);
                let fixed_by_file = text == "__TIMESTAMP__";
                assert!(fixed_by_file || world.runs().len() == before + 1, "{text} was served from the cache");
            }
        }
        // A mention is no use.
        world.file("a.c", "/* __DATE__ */ const char *a = \"__TIME__\";\n");
        world.cc("-c a.c").same();
        world.cc("-c a.c").same();
    });
}

#[test]
fn a_timestamp_follows_the_files_mtime() {
    for_each_compiler(|world| {
        world.file("a.c", "const char *a = __TIMESTAMP__;\n");
        world.cc("-c a.c").same();
        world.cc("-c a.c").same();
        let other = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_500_000_000);
        fs::File::options()
            .write(true)
            .open(world.path("tree/a.c"))
            .and_then(|f| f.set_modified(other))
            .expect("a time");
        world.cc("-c a.c").same();
    });
}

#[test]
fn source_date_epoch_makes_dates_constant() {
    // clang 14 does not know the variable.
    let world = World::new();
    world.file("a.c", "const char *a = __DATE__ __TIME__;\n");
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").miss();
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").hit();
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1500000000").compiled();
    world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").hit();
}

#[test]
fn binary_and_assembler_includes() {
    for_each_compiler(|world| {
        let sources = [
            ("i.S", "\t.globl f\nf:\n\t.incbin \"blob\"\n"),
            ("i.s", "\t.globl f\nf:\n\t.incbin \"blob\"\n"),
            ("a.S", "\t.globl f\nf:\n\t.include \"blob\"\n"),
            ("i.c", "__asm__(\".incbin \\\"blob\\\"\");\n"),
            ("m.c", "#define INC \".inc\" \"bin \\\"blob\\\"\"\n__asm__(INC);\n"),
            ("n.c", "__asm__(\".include \\\"blob\\\"\");\n"),
            ("x.c", "__asm__(\".\\x69ncbin \\\"blob\\\"\");\n"),
            ("p.c", "#define X(a, b) __asm__(#a #b \" \\\"blob\\\"\")\nX(.inc, bin);\n"),
        ];
        for (name, content) in sources {
            world.file(name, content);
            for blob in ["\t.byte 1\n", "\t.byte 2\n", "\t.byte 1\n"] {
                world.file("blob", blob);
                let line = format!("-c {name} -o {name}.o");
                world.cc(&line).same();
                world.cc(&line).same();
            }
        }
    });
}

#[test]
fn headers_that_appear_earlier() {
    for_each_compiler(|world| {
        world.files(&[("a.c", "#include \"x.h\"\nint a = X;\n"), ("one/keep", ""), ("two/x.h", "#define X 2\n")]);
        let line = "-c a.c -I one -I missing -I two -o a.o";
        world.cc(line).miss();
        world.cc(line).hit();
        for shadow in ["one/x.h", "missing/x.h", "x.h"] {
            world.file(shadow, "#define X 1\n");
            world.cc(line).same();
            world.cc(line).hit();
            world.remove(shadow);
            world.cc(line).hit();
            world.file(shadow, "#define X 3\n");
            world.cc(line).same();
            world.remove(shadow);
            world.cc(line).hit();
        }
    });
}

#[test]
fn has_include_flips() {
    for_each_compiler(|world| {
        world.file(
            "a.c",
            "#if __has_include(\"maybe.h\")\nint a = 1;\n#else\nint a = 0;\n#endif\n\
             #define NAME \"computed.h\"\n#if __has_include(NAME)\nint b = 1;\n#else\nint b = 0;\n#endif\n",
        );
        for name in ["maybe.h", "computed.h"] {
            world.cc("-c a.c").same();
            world.cc("-c a.c").same();
            world.file(name, "");
            world.cc("-c a.c").same();
            world.cc("-c a.c").same();
            world.remove(name);
            world.cc("-c a.c").same();
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
        let line = "-c a.c -I one -I two -I three";
        world.cc(line).miss();
        world.cc(line).hit();
        world.file("two/x.h", "#define X 2\n");
        world.cc(line).miss();
        world.remove("two/x.h");
        world.cc(line).hit();
    });
}

#[test]
fn a_precompiled_header_beside_the_header() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.files(&[("a.c", "#include \"x.h\"\nint a = X;\n"), ("x.h", "#define X 1\n")]);
        world.cc("-c a.c -o a.o").miss();
        // Two precompiled headers of one source differ, so this is not compared; from now on it stands where the header did.
        let pch = world.shell(world.path("bin").join(compiler.c()), &["-x", "c-header", "x.h", "-o", "x.h.gch"]);
        assert!(pch.status.success(), "{}", pch.stderr_text());
        world.cc("-c a.c -o a.o").same();
        world.file("x.h", "#define X 2\n");
        world.cc("-c a.c -o a.o").same();
        world.remove("x.h.gch");
        world.cc("-c a.c -o a.o").same();
        world.file("x.h", "#define X 1\n");
        world.cc("-c a.c -o a.o").hit();
    }
}

#[test]
fn files_named_by_options() {
    let world = World::new();
    world.files(&[("a.c", "int a(int x) { return x ? x : 1; }\n"), ("my.specs", "*cc1_options:\n+ -DFROM_SPECS=1\n")]);
    for line in ["-specs=my.specs -c a.c", "--specs=my.specs -c a.c"] {
        world.cc(line).same();
        world.cc(line).same();
        world.file("my.specs", "*cc1_options:\n+ -fno-asynchronous-unwind-tables\n");
        world.cc(line).compiled();
        world.file("my.specs", "*cc1_options:\n+ -DFROM_SPECS=1\n");
        world.cc(line).same();
    }
    let world = World::with(Compiler::Clang);
    world.files(&[("a.c", "int a(int x) { return 1 / x; }\n"), ("ignore", "fun:b\n")]);
    let line = "-fsanitize=undefined,address -fsanitize-ignorelist=ignore -c a.c";
    world.cc(line).same();
    world.cc(line).same();
    world.file("ignore", "fun:a\n");
    world.cc(line).compiled();
}

#[test]
fn the_machine_asked_for_by_native() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        world.file("a.c", "int a(int x) { return __builtin_popcount(x); }\n");
        world.cc("-march=native -O2 -c a.c").same();
        world.cc("-march=native -O2 -c a.c").same();
    }
}

#[test]
fn file_macros_and_the_spelling_of_paths() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include \"inc/f.h\"\nconst char *a = __FILE__;\n"),
            ("inc/f.h", "static const char *h = __FILE__; const char *get(void) { return h; }\n"),
        ]);
        let tree = world.tree();
        for source in
            ["a.c".to_owned(), "./a.c".to_owned(), "../tree/a.c".to_owned(), format!("{}/a.c", tree.display())]
        {
            let line = format!("-c {source} -o a.o");
            world.cc(&line).same();
            world.cc(&line).hit();
        }
    });
}

#[test]
fn prefix_maps_count_by_value() {
    let world = World::new();
    world.file("a.c", "const char *a = __FILE__;\n");
    let tree = world.tree();
    for map in ["/nowhere=x", "TREE=.", "TREE=/usr/src", "TREE=."] {
        let map = map.replace("TREE", &tree.to_string_lossy());
        for option in ["-ffile-prefix-map", "-fdebug-prefix-map", "-fmacro-prefix-map"] {
            let line = format!("-g {option}={map} -c {}/a.c -o a.o", tree.display());
            world.cc(&line).same();
            world.cc(&line).same();
        }
    }
}

#[test]
fn fresh_checkouts_hit() {
    // All sources again with other inodes and other times: content decides.
    for_each_compiler(|world| {
        project(&world);
        world.cc(COMPILE).miss();
        for name in ["a.c", "inc/h.h", "inc/nested.h", "sys/s.h"] {
            let content = world.read(name);
            world.remove(name);
            fs::write(world.tree().join(name), content).expect("a file");
        }
        world.cc(COMPILE).hit();
        for name in ["a.c", "inc/h.h"] {
            age(&world.tree().join(name));
        }
        world.cc(COMPILE).hit();
    });
}
