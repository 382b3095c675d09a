//! What changes a result makes a miss; what does not, makes none. All files keep one mtime through every edit
//! (see [`World::file`]), so an edit is seen by content or not at all.

use crate::fixture::{Compiler, World, age, for_each_compiler};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::SystemTime;

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
            world.empty_store();
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

/// A build that takes the date from its commit sets another one each time.
#[test]
fn a_source_date_that_nobody_asks_for_does_not_matter() {
    for_each_compiler(|world| {
        world.file("a.c", "/* __DATE__ */ const char *a = \"__TIME__\";\n");
        world.cc("-g -c a.c").env("SOURCE_DATE_EPOCH", "1000000000").miss();
        world.cc("-g -c a.c").env("SOURCE_DATE_EPOCH", "1500000000").hit();
        world.cc("-g -c a.c").hit();
        for odd in ["", "x", "-1", "99999999999999999999"] {
            world.cc("-g -c a.c").env("SOURCE_DATE_EPOCH", odd).same();
        }
        world.file("a.c", "const char *a = __DATE__;\n");
        world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1000000000").compiled();
        world.cc("-c a.c").env("SOURCE_DATE_EPOCH", "1500000000").compiled();
        world.cc("-c a.c").compiled();
    });
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

#[test]
fn a_thousand_edits_of_the_same_size_with_restored_mtime() {
    // Eight texts in turn, so that all but the first eight compiles must be hits, each of the right one.
    for_each_compiler(|world| {
        world.file("a.c", "#include \"h.h\"\nint a = H;\n");
        let compiler = world.compiler().c();
        let texts: Vec<String> = (100..108).map(|number| format!("#define H {number}\n")).collect();
        let compile = |program: &std::path::Path, args: &[&str]| {
            let ran = world.shell(program, args);
            assert!(ran.status.success(), "{}", ran.stderr_text());
            world.read("a.o")
        };
        let bare: Vec<Vec<u8>> = texts
            .iter()
            .map(|text| {
                world.file("h.h", text);
                compile(&world.path("bin").join(compiler), &["-c", "a.c"])
            })
            .collect();
        let before = world.runs().len();
        for step in 0..1000 {
            let nth = step * 3 % texts.len();
            // In place, so that the inode stays too.
            world.file("h.h", &texts[nth]);
            let object = compile(&crate::fixture::packer_cc(), &[compiler, "-c", "a.c"]);
            assert!(object == bare[nth], "{compiler}: step {step} got another text's object");
        }
        assert_eq!(world.runs().len() - before, texts.len(), "{compiler}: compiler runs");
    });
}

#[test]
fn links_of_files_and_directories_are_followed_each_time() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <h.h>\n#include \"n.h\"\nint a = V + N;\n"),
            ("one/h.h", "#define V 1\n"),
            ("two/h.h", "#define V 2\n"),
            ("n1.h", "#define N 1\n"),
            ("n2.h", "#define N 2\n"),
        ]);
        let point = |target: &str, name: &str| {
            let path = world.tree().join(name);
            let _ = fs::remove_file(&path);
            symlink(target, path).expect("a link");
        };
        let hard_link = |target: &str, name: &str| {
            let _ = fs::remove_file(world.tree().join(name));
            fs::hard_link(world.tree().join(target), world.tree().join(name)).expect("a hard link");
        };
        point("one", "inc");
        point("n1.h", "n.h");
        for request in ["", "-MMD", "-MD"] {
            let line = format!("-c a.c -I inc {request}");
            let again = || world.cc(&line).hit();
            world.cc(&line).same();
            again();
            point("two", "inc");
            world.cc(&line).miss();
            point("one", "inc");
            again();
            point("n2.h", "n.h");
            world.cc(&line).miss();
            hard_link("n2.h", "n.h");
            again();
            hard_link("n1.h", "n.h");
            again();
            // A link to a link.
            point("n1.h", "m.h");
            point("m.h", "n.h");
            again();
            point("n2.h", "m.h");
            again();
            // The source as a link, and another behind it.
            fs::rename(world.path("tree/a.c"), world.path("tree/real.c")).expect("a rename");
            point("real.c", "a.c");
            again();
            fs::remove_file(world.path("tree/a.c")).expect("the link");
            fs::rename(world.path("tree/real.c"), world.path("tree/a.c")).expect("a rename");
            point("n1.h", "n.h");
            world.remove("m.h");
            again();
        }
    });
}

#[test]
fn a_renamed_header_is_gone_and_a_touched_one_is_the_same() {
    for_each_compiler(|world| {
        project(&world);
        world.cc(COMPILE).miss();
        let [from, to] = ["h.h", "H.h"].map(|name| world.path("tree/inc").join(name));
        fs::rename(&from, &to).expect("a rename");
        world.cc(COMPILE).fails();
        fs::rename(&to, &from).expect("a rename");
        world.cc(COMPILE).hit();
        fs::set_permissions(&from, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
        world.cc(COMPILE).hit();
        File::options().write(true).open(&from).and_then(|file| file.set_modified(SystemTime::now())).expect("a time");
        world.cc(COMPILE).hit();
        world.file("inc/h.h", "");
        world.cc(COMPILE).fails();
        world.file("inc/h.h", "#include \"nested.h\"\n#define H N\n");
        world.cc(COMPILE).hit();
    });
}

#[test]
fn order_of_macros_and_directories() {
    const VARIANTS: &[&str] = &[
        "-DX=1",
        "-DX=2",
        "-DX=1 -DX=2",
        "-DX=2 -DX=1",
        "-DX=1 -UX",
        "-UX -DX=1",
        "-DX",
        "-I one -I two",
        "-I two -I one",
        "-isystem one -I two",
        "-idirafter one -isystem two",
        "-iquote one -I two",
        "-O1 -O2",
        "-O2 -O1",
        "-std=gnu99",
        "-std=gnu11",
    ];
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <x.h>\n#ifndef X\n#define X 9\n#endif\nint a = X; int f(int v) { return v * X; }\n"),
            ("one/x.h", "int one;\n"),
            ("two/x.h", "int two;\n"),
        ]);
        let line = |variant: &str| format!("{variant} -c a.c -idirafter one -o a.o");
        for variant in VARIANTS {
            world.cc(&line(variant)).miss();
        }
        for variant in VARIANTS.iter().rev() {
            world.cc(&line(variant)).hit();
        }
    });
}

#[test]
fn werror_toggles() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(void) { int unused; return 0; }\n");
        for _ in 0..2 {
            world.cc("-Wall -c a.c").same();
            world.cc("-Wall -Werror -c a.c").fails();
            world.cc("-Wall -Werror=unused-variable -c a.c").fails();
            world.cc("-Wall -Werror -Wno-error=unused-variable -c a.c").same();
            world.cc("-Wall -Werror -Wno-unused-variable -c a.c").same();
            world.cc("-Wall -Wno-error -c a.c").same();
            world.cc("-w -Werror -c a.c").same();
        }
        world.cc("-Wall -c a.c").hit();
        world.cc("-w -Werror -c a.c").hit();
    });
}

#[test]
fn locale_for_every_compiler() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(void) { int unused; return 0; }\n");
        for (name, value) in [
            ("LC_ALL", "C"),
            ("LC_ALL", "C.UTF-8"),
            ("LANG", "de_DE.UTF-8"),
            ("LANGUAGE", "de"),
            ("LC_MESSAGES", "fr_FR.UTF-8"),
            ("LC_CTYPE", "C"),
        ] {
            world.cc("-Wall -c a.c").env(name, value).same();
            world.cc("-Wall -c a.c").env(name, value).hit();
        }
    });
}

#[test]
fn profile_data() {
    // Whatever is served from a profile is served by its content; what cannot be, passes through.
    let world = World::new();
    world.file("a.c", "int main(int c, char **v) { int s = 0; for (int i = 0; i < c * 100; i++) s += i & 1 ? 3 : 5; return s == 0; }\n");
    let shell = |line: &str| {
        let ran = world.shell("sh", &["-c", line]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
    };
    let train = "gcc -O2 -fprofile-generate -c a.c -o a.o && gcc -fprofile-generate a.o -o p";
    shell(&format!("{train} && ./p && mv a.gcda first.gcda"));
    shell("./p 1 2 3 4 5 6 7 && mv a.gcda second.gcda && rm p a.o");
    for line in [
        "-O2 -fprofile-use -c a.c -o a.o",
        "-O2 -fprofile-use=a.gcda -c a.c -o a.o",
        "-O2 -fprofile-use=. -c a.c -o a.o",
        "-O2 -fprofile-use -fprofile-dir=. -c a.c -o a.o",
        "-O2 -fbranch-probabilities -c a.c -o a.o",
        "-O2 -fauto-profile=a.gcda -c a.c -o a.o",
    ] {
        for profile in ["first.gcda", "second.gcda", "first.gcda"] {
            shell(&format!("cp {profile} a.gcda"));
            world.cc(line).same();
            world.cc(line).same();
        }
        world.remove("a.gcda");
        world.cc(line).same();
    }
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int f(int x) { return x ? 1 : 2; }\n");
    for line in [
        "-O2 -fprofile-sample-use=profile -c a.c",
        "-O2 -fauto-profile=profile -c a.c",
        "-O2 -fprofile-instr-use=profile -c a.c",
        "-O2 -fprofile-use=profile -c a.c",
        "-O2 -fprofile-list=profile -c a.c",
    ] {
        for profile in ["f:1000:10\n 1: 10\n", "f:1000:90\n 1: 90\n", "f:1000:10\n 1: 10\n"] {
            world.file("profile", profile);
            world.cc(line).same();
            world.cc(line).same();
        }
    }
}

#[test]
fn sanitizer_lists() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int f(int *p) { return *p; }\n");
    for line in [
        "-fsanitize=address -fsanitize-ignorelist=list -c a.c",
        "-fsanitize=address -fsanitize-blacklist=list -c a.c",
        "-fsanitize=address -fsanitize-blacklist=list -fno-sanitize-blacklist -c a.c",
        "-fsanitize=address -fsanitize-system-ignorelist=list -c a.c",
        "-fsanitize-coverage=trace-pc-guard -fsanitize-coverage-allowlist=list -c a.c",
        "-fsanitize-coverage=trace-pc-guard -fsanitize-coverage-ignorelist=list -c a.c",
        "-fxray-instrument -fxray-always-instrument=list -c a.c",
        "-fxray-instrument -fxray-attr-list=list -c a.c",
        "-Xclang -fsanitize-ignorelist=list -fsanitize=address -c a.c",
    ] {
        for list in ["src:nothing\n", "src:*a.c\n", "src:nothing\n"] {
            world.file("list", list);
            world.cc(line).same();
            world.cc(line).same();
        }
    }
}

#[test]
fn specs_and_what_they_include() {
    let world = World::new();
    world.files(&[
        ("a.c", "int a = V;\n"),
        ("outer.specs", "%include <inner.specs>\n"),
        ("args", "-specs=my.specs -c a.c"),
    ]);
    for line in [
        "-specs=my.specs -c a.c",
        "--specs=my.specs -c a.c",
        "-specs=./my.specs -c a.c",
        "@args",
        "-specs=outer.specs -c a.c",
    ] {
        for value in [1, 2, 1] {
            for name in ["my.specs", "inner.specs"] {
                world.file(name, format!("*cc1_options:\n+ -DV={value}\n"));
            }
            world.cc(line).same();
            world.cc(line).same();
        }
    }
}

#[test]
fn prefix_maps_for_every_compiler() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include \"d/h.h\"\nconst char *a = __FILE__;\nvoid g(void) { f(); }\n"),
            ("d/h.h", "static void f(void) {}\nconst char *h = __FILE__;\n"),
        ]);
        let tree = world.tree();
        let tree = tree.display();
        for option in ["-fdebug-prefix-map", "-ffile-prefix-map", "-fmacro-prefix-map"] {
            for map in [&format!("{tree}=/x"), &format!("{tree}=/y"), &format!("{tree}/=q"), "d=e", "=x", "/none=/x"] {
                for source in ["a.c".to_owned(), format!("{tree}/a.c")] {
                    let line = format!("-g -c {source} {option}={map} -o a.o");
                    let known = world.cc(&line).same().status.success();
                    let run = world.cc(&line);
                    if known {
                        run.hit()
                    } else {
                        run.fails()
                    };
                }
            }
        }
        for order in [["/x", "/y"], ["/y", "/x"]] {
            let [first, second] = order;
            let line = format!("-g -c a.c -fdebug-prefix-map={tree}={first} -fdebug-prefix-map={tree}={second}");
            world.cc(&line).same();
            world.cc(&line).hit();
        }
    });
}

#[test]
fn machine_options() {
    for_each_compiler(|world| {
        world.file("a.c", "int f(int x) { return __builtin_popcount(x); }\n");
        let variants: &[&str] = match world.compiler() {
            Compiler::AvrGcc => &["-mmcu=atmega328p", "-mmcu=attiny85", "-mmcu=atmega2560", "-mcall-prologues"],
            _ => &["-march=native", "-mtune=native", "-march=x86-64-v3", "-mpopcnt", "-mno-popcnt", "-m32"],
        };
        for variant in variants {
            world.cc(&format!("{variant} -O2 -c a.c")).same();
            world.cc(&format!("{variant} -O2 -c a.c")).hit();
        }
    });
}

/// Reproducible builds put texts of their own in the place of the compiler's dates.
#[test]
fn dates_that_the_command_line_replaces_are_constant() {
    for_each_compiler(|world| {
        world.file("a.c", "const char *a = __DATE__ __TIME__ __TIMESTAMP__;\n").file("b.c", "int b;\n");
        let replaced = "-Wno-builtin-macro-redefined '-D__DATE__=\"d\"' '-D__TIME__=\"t\"' '-D__TIMESTAMP__=\"s\"'";
        for source in ["a.c", "b.c"] {
            world.cc(&format!("{replaced} -c {source}")).miss();
            world.cc(&format!("{replaced} -c {source}")).hit();
        }
        // The date is left, which two runs of one test agree about; they need not be of one second.
        let but_one = "-Wno-builtin-macro-redefined '-D__TIME__=\"t\"' '-D__TIMESTAMP__=\"s\"' -c a.c";
        world.cc(but_one).compiled();
        world.cc(but_one).compiled();
    });
}

/// clang names the lists of its sanitizers in the depfile, before the source.
#[test]
fn sanitizers_hit() {
    for (compiler, sanitizers) in
        [(Compiler::Gcc, "address,undefined"), (Compiler::Clang, "address"), (Compiler::Clang, "memory")]
    {
        let world = World::with(compiler);
        world.file("a.c", "#include \"a.h\"\nint f(int *a) { return a[A]; }\n").file("a.h", "#define A 1\n");
        for request in ["", "-MD", "-MMD", "-MD -MP"] {
            let line = format!("-fsanitize={sanitizers} {request} -c a.c -o a.o");
            world.file("a.h", "#define A 1\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.file("a.h", "#define A 2\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
        }
    }
}
