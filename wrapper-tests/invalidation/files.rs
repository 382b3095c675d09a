//! Edits, links, renames and fresh checkouts of what is read.

use super::{COMPILE, edited, project};
use crate::fixture::{Compiler, World, age, for_each_compiler};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::SystemTime;

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
        world.cc(COMPILE).hit();
        world.cc(COMPILE).hit();
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
                if world.compiler() == Compiler::Clang {
                    // clang's assembler tells nobody what it reads.
                    let why = if name == "x.c" { "miss: computed-assembly" } else { "miss: assembler-include" };
                    world.cc(&line).does(why);
                    world.cc(&line).does(why);
                } else {
                    world.cc(&line).kept();
                    world.cc(&line).hit();
                }
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
        // Two precompiled headers of one source differ, so this command is not compared. The result stands beside the
        // header from now on.
        let pch = world.shell(world.path("bin").join(compiler.c()), &["-x", "c-header", "x.h", "-o", "x.h.gch"]);
        assert!(pch.status.success(), "{}", pch.stderr_text());
        // gcc uses it for `#include "x.h"`. clang would only use it for `-include x.h`.
        let expected = match compiler {
            Compiler::Clang => ["hit", "miss: file-changed", "hit"],
            _ => ["miss: precompiled-header", "miss: precompiled-header", "miss: file-changed"],
        };
        world.cc("-c a.c -o a.o").does(expected[0]);
        world.file("x.h", "#define X 2\n");
        world.cc("-c a.c -o a.o").does(expected[1]);
        world.remove("x.h.gch");
        world.cc("-c a.c -o a.o").does(expected[2]);
        world.file("x.h", "#define X 1\n");
        world.cc("-c a.c -o a.o").hit();
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
            world.cc(&line).miss();
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
