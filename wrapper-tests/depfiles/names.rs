//! The names in a depfile, and the names of depfiles.

use super::project;
use crate::fixture::{Compiler, for_each_compiler, raw};
use std::fs;

#[test]
fn the_default_name_follows_the_output() {
    for_each_compiler(|world| {
        project(&world);
        for line in [
            "-MMD -c src/a.c -isystem system",
            "-MMD -c src/a.c -isystem system -o obj/a",
            "-MMD -c src/a.c -isystem system -o obj/a.b.c",
            "-MMD -c src/a.c -isystem system -oobj/a.obj",
            "-MMD -S src/a.c -isystem system",
            "-MMD -S src/a.c -isystem system -o obj/a.s",
        ] {
            world.cc(line).kept();
            world.cc(line).hit();
        }
        // Compilers do not agree on what the extension of these names is.
        for line in ["-MD -c src/a.c -isystem system -o obj/.hidden", "-MD -c src/a.c -isystem system -o obj/a."] {
            world.cc(line).bypass("ambiguous-name");
            world.cc(line).bypass("ambiguous-name");
        }
    });
}

#[test]
fn the_target_follows_this_output() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-MMD -c src/a.c -isystem system -o obj/first.o").miss();
        world.cc("-MMD -c src/a.c -isystem system -o obj/second.o").hit();
        let depfile = String::from_utf8(world.read("obj/second.d")).expect("a depfile");
        assert!(depfile.starts_with("obj/second.o:"), "{depfile}");
        // Compilers lay the rules of `-MP` out in several ways.
        world.cc("-MD -MP -c src/a.c -isystem system -o obj/first.o").miss();
        world.cc("-MD -MP -c src/a.c -isystem system -o obj/second.o").hit();
    });
}

#[test]
fn absolute_stays_absolute_and_relative_relative() {
    for_each_compiler(|world| {
        project(&world);
        let tree = world.tree();
        let tree = tree.display();
        for line in [
            format!("-MD -c {tree}/src/a.c -isystem system -o obj/a.o"),
            format!("-MD -c src/a.c -isystem {tree}/system -o {tree}/obj/a.o"),
            format!("-MD -c src/a.c -I{tree}/system -I src -o obj/a.o"),
            "-MD -c ./src/a.c -isystem ./system -o ./obj/a.o".to_owned(),
            "-MD -c src/../src/a.c -isystem src/../system -o obj/../obj/a.o".to_owned(),
            "-MD -c src//a.c -isystem system/ -o obj//a.o".to_owned(),
        ] {
            world.cc(&line).miss();
            world.cc(&line).hit();
        }
    });
}

#[test]
fn headers_with_special_characters() {
    let names: &[&[u8]] = &[b"two words.h", b"dollar$.h", b"hash#.h", b"100%.h", b"\xc3\xa4.h", b"latin1\xe4.h"];
    for_each_compiler(|world| {
        let mut source = Vec::new();
        for name in names {
            source.extend([b"#include \"".as_slice(), name, b"\"\n"].concat());
            fs::write(world.tree().join(raw(name)), "").expect("a header");
        }
        world.file("a.c", source);
        for line in ["-MMD -c a.c", "-MD -MP -c a.c", "-MMD -c a.c -o 'o b$j#.o'"] {
            world.cc(line).kept();
            world.cc(line).hit();
        }
        // Names that a depfile cannot spell, or that a compiler respells. clang turns backslashes round and gives a
        // tab as it is, so the header is not found under the name that its depfile has.
        for name in ["tab\t.h", "back\\slash.h", "back\\ space.h", "trailing\\\\ two.h", "colon:.h"] {
            world.file(name, "").file("b.c", format!("#include \"{name}\"\n"));
            let is_respelled = world.compiler() == Compiler::Clang && name != "colon:.h";
            let (new, changed) = if is_respelled {
                ("miss: header-unreadable", "miss: header-unreadable")
            } else {
                ("miss: new key", "miss: file-changed")
            };
            world.cc("-MMD -c b.c").does(new);
            world.cc("-MMD -MP -c b.c").does(new);
            world.file(name, "int changed;\n");
            world.cc("-MMD -c b.c").does(changed);
        }
    });
}

#[test]
fn long_lines_wrap_as_the_compiler_wraps_them() {
    for_each_compiler(|world| {
        let mut source = String::new();
        // Names that end about where a line is full: gcc breaks it at 72 columns, clang at 75.
        for length in [1, 5, 9, 14, 30, 61, 62, 63, 64, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 120] {
            let name = format!("{}.h", "h".repeat(length));
            source += &format!("#include \"{name}\"\n");
            world.file(&name, "");
        }
        world.file("a.c", source);
        for target in ["", "-MT short", &format!("-MT {}", "t".repeat(70)), &format!("-MT {} -MT u", "t".repeat(74))] {
            let line = format!("-MMD -MP -c a.c {target}");
            world.cc(&line).kept();
            world.cc(&line).hit();
        }
    });
}

/// Names in a depfile are spelled as the text and the search path spell them.
#[test]
fn headers_however_they_are_spelled() {
    for_each_compiler(|world| {
        world.files(&[("dir/sub/k.h", "#define K 1\n"), ("dir/h.h", "#include \"sub/../sub/k.h\"\n"), ("x/x.h", "")]);
        for (number, include) in
            ["\"./dir/h.h\"", "\"dir//h.h\"", "\"../tree/dir/h.h\"", "<h.h>", "<sub/../h.h>"].iter().enumerate()
        {
            let name = format!("a{number}.c");
            world.file(&name, format!("#include {include}\nint a = K;\n"));
            for dirs in ["-I./dir/", &format!("-I{}/dir", world.tree().display())] {
                let line = format!("{dirs} -MD -MP -c {name} -o a.o");
                world.cc(&line).miss();
                world.cc(&line).hit();
            }
        }
        let absolute = world.tree().join("dir/h.h");
        world.file("b.c", format!("#include \"{}\"\nint b = K;\n", absolute.display()));
        world.cc("-MMD -c b.c").miss();
        world.cc("-MMD -c b.c").hit();
        world.file("dir/sub/k.h", "#define K 2\n");
        world.cc("-MMD -c b.c").miss();
    });
}

#[test]
fn places_of_depfiles() {
    for_each_compiler(|world| {
        project(&world);
        let tree = world.tree();
        let tree = tree.display();
        let base = "-c src/a.c -isystem system -o obj/a.o";
        for request in [
            "-MD -MF obj/../x.d",
            "-MD -MF ./x.d",
            "-MMD -MFobj//y.d",
            &format!("-MD -MF {tree}/obj/abs.d"),
            "-MMD -MF src/a.c.d -MP",
            "-MMD -MF 'two words.d'",
            "-MMD -MF 'd$#\u{e4}.d'",
            "-MD -MQ 'a$b#c d' -MF q.d",
            "-MD -MT 'a:b' -MF q.d",
            "-MD -MQ ./x.o -MQ ./x.o -MF q.d",
        ] {
            let line = format!("{base} {request}");
            world.cc(&line).kept();
            world.cc(&line).hit();
        }
        // Places where no depfile can be written, or where it would overwrite another output.
        for request in ["-MD -MF nowhere/x.d", "-MD -MF obj", "-MD -MF obj/", "-MD -MF obj/a.o"] {
            let line = format!("{base} {request}");
            world.cc(&line).bypass("destination");
            world.cc(&line).bypass("destination");
        }
        // The object by another name: both are written there, in the compiler's order. (For devices see `output.rs`.)
        let line = format!("{base} -MD -MF obj/../obj/a.o");
        world.cc(&line).hit();
        world.cc(&line).hit();
    });
}

/// Two compiles that name one depfile each leave their own there.
#[test]
fn one_depfile_for_two_compiles() {
    for_each_compiler(|world| {
        project(&world);
        world.file("src/b.c", "#include \"macros.h\"\nint b = M;\n");
        for round in 0..2 {
            for source in ["a", "b"] {
                let run = world.cc(&format!("-c src/{source}.c -isystem system -o obj/{source}.o -MD -MF one.d"));
                if round == 0 {
                    run.miss()
                } else {
                    run.hit()
                };
                let depfile = String::from_utf8(world.read("one.d")).expect("a depfile");
                assert!(depfile.starts_with(&format!("obj/{source}.o: src/{source}.c")), "{depfile}");
            }
        }
    });
}
