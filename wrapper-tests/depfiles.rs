//! Depfiles: every spelling, in every combination, and the build systems that read them.

use crate::fixture::{Compiler, World, age, for_each_compiler, host_program, packer_cc, raw};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn project(world: &World) {
    world.files(&[
        ("src/a.c", "#include \"a.h\"\n#include <lib.h>\n#include \"macros.h\"\nint a(void) { return A + LIB + M; }\n"),
        ("src/a.h", "#include \"nested.h\"\n#define A 1\n"),
        ("src/nested.h", "typedef int nested;\n"),
        ("src/macros.h", "#define M 3\n"),
        ("system/lib.h", "#define LIB 2\n"),
        ("obj/keep", ""),
    ]);
}

/// The three parts of a request; every combination is tried with gcc, every pair with the others.
const REQUESTS: &[&str] = &["-MD", "-MMD", "-MD -MMD", "-MMD -MD"];
const FILES: &[&str] = &["", "-MF dep.d", "-MFdep.d", "-MF obj/other.dep", "-MF one.d -MF two.d"];
const TARGETS: &[&str] = &[
    "",
    "-MT target.o",
    "-MTtarget.o",
    "-MQ target.o",
    "-MT 'a b$c' -MQ 'a b$c'",
    "-MT one -MQ two -MT three",
    "-MT ''",
    "-MP",
    "-MP -MT target.o",
];

#[test]
fn every_combination() {
    for_each_compiler(|world| {
        project(&world);
        for (nth, request) in REQUESTS.iter().enumerate() {
            for (file_nth, file) in FILES.iter().enumerate() {
                for (target_nth, target) in TARGETS.iter().enumerate() {
                    // A quarter of them; no list is shorter than four, so each two parts meet.
                    if world.compiler() != Compiler::Gcc && (nth + file_nth + target_nth) % 4 != 0 {
                        continue;
                    }
                    let line = format!("-c src/a.c -isystem system -o obj/a.o {request} {file} {target}");
                    // Requests that differ only in what is written may share an entry or not; the second of
                    // the same kind must not compile.
                    world.cc(&line).same();
                    let again = world.cc(&line);
                    // gcc and clang order targets of both kinds differently; whoever asks for that may be passed on.
                    // So may whoever names an empty target.
                    if target.contains("''") || target.contains("-MT") && target.contains("-MQ") {
                        again.same()
                    } else {
                        again.hit()
                    };
                    for made in ["dep.d", "obj/other.dep", "one.d", "two.d", "obj/a.d"] {
                        if world.exists(made) {
                            world.remove(made);
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn through_the_preprocessors_option() {
    for_each_compiler(|world| {
        project(&world);
        for spelling in [
            "-Wp,-MD,dep.d",
            "-Wp,-MMD,dep.d",
            "-Wp,-MD,obj/.a.o.d",
            "-Wp,-MMD,dep.d -MT target.o",
            "-Wp,-MD,dep.d,-MP",
            "-Wp,-MD,dep.d -Wp,-MT,target.o",
            "-Wp,-MMD -Wp,-MF,dep.d",
            "-Wp,-MMD,dep.d -MD",
            "-Xpreprocessor -MMD -Xpreprocessor dep.d",
        ] {
            let line = format!("-c src/a.c -isystem system -o obj/a.o {spelling}");
            world.cc(&line).same();
            world.cc(&line).same();
        }
        // The spelling of the Linux kernel's build is worth serving.
        let line = "-Wp,-MMD,obj/kernel.d -c src/a.c -isystem system -o obj/a.o";
        world.cc(line).same();
        world.cc(line).hit();
    });
}

/// The Linux kernel's `tools/` say `-Wp,-MD,dir/.x.o.d -Wp,-MT,dir/x.o`. gcc passes everything on; clang has a meaning of its
/// own for a word that begins with `-MD`, and its compiler proper knows some of the options only.
#[test]
fn targets_through_the_preprocessors_option() {
    for_each_compiler(|world| {
        project(&world);
        let alike = [
            "-Wp,-MD,obj/.a.o.d -Wp,-MT,obj/a.o",
            "-Wp,-MMD,obj/.a.o.d -Wp,-MT,obj/a.o",
            "-Wp,-MT,./obj/a.o -Wp,-MD,dep.d",
            "-Wp,-MD,dep.d -Wp,-MT,one -Wp,-MT,two",
            "-Wp,-MD,dep.d -MT one -Wp,-MT,two",
            "-Wp,-MT,two -Wp,-MMD,dep.d -MT one -MP",
            "-Wp,-MD,dep.d -Wp,-DX=1,-MT,one -Wp,-UY",
            "-Wp,-MD,dep.d -Wp,-MP",
            "-MD -MT one -Wp,-MT,two",
            "-MMD -MF dep.d -Wp,-MP",
        ];
        let by_gcc = [
            "-Wp,-MD,dep.d,-MT,one",
            "-Wp,-MMD,dep.d,-MT,one,-MP",
            "-Wp,-MD,dep.d,-MT,one,-MT,two",
            "-Wp,-MT,one,-MD,dep.d",
            "-Wp,-MD,dep.d -Wp,-MQ,o$e",
            "-Wp,-MD,dep.d,-MP",
            "-MD -Wp,-MF,dep.d",
            "-MMD -MF other.d -Wp,-MF,dep.d",
            "-MD -MQ one -Wp,-MQ,two",
        ];
        for spelling in alike.iter().chain(&by_gcc) {
            let line = format!("-c src/a.c -isystem system -o obj/a.o {spelling}");
            world.cc(&line).same();
            if by_gcc.contains(spelling) && world.compiler() == Compiler::Clang {
                world.cc(&line).compiled();
            } else {
                world.cc(&line).hit();
            }
            // Other names for the same thing, whatever was stored first.
            let renamed = line.replace("one", "another").replace("obj/a.o", "obj/another.o");
            world.cc(&renamed).same();
            world.cc(&renamed).same();
            for made in ["dep.d", "other.d", "obj/.a.o.d", "obj/a.d", "obj/another.d", "obj/.a.o.d"] {
                if world.exists(made) {
                    world.remove(made);
                }
            }
        }
        world.file("src/a.h", "#define A 3\n");
        world.cc("-c src/a.c -isystem system -o obj/a.o -Wp,-MD,obj/.a.o.d -Wp,-MT,obj/a.o").miss();
        // What asks for nothing is an error of gcc's, and nothing to clang.
        for spelling in ["-Wp,-MT,one", "-Wp,-MP", "-Wp,-MF,dep.d", "-Wp,-MD -Wp,-MF,dep.d"] {
            world.cc(&format!("-c src/a.c -isystem system {spelling}")).bypassed();
        }
    });
}

#[test]
fn long_spellings() {
    for_each_compiler(|world| {
        project(&world);
        for spelling in ["--write-dependencies", "--write-user-dependencies", "-MMD --print-missing-file-dependencies"]
        {
            let line = format!("-c src/a.c -isystem system -o obj/a.o {spelling}");
            world.cc(&line).same();
            world.cc(&line).same();
        }
    });
}

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
            world.cc(line).same();
            world.cc(line).hit();
        }
        // What the extension of such a name is, is for compilers to disagree about.
        for line in ["-MD -c src/a.c -isystem system -o obj/.hidden", "-MD -c src/a.c -isystem system -o obj/a."] {
            world.cc(line).same();
            world.cc(line).same();
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
            world.cc(&line).same();
            world.cc(&line).hit();
        }
    });
}

#[test]
fn system_headers_of_the_toolchain() {
    for_each_compiler(|world| {
        world.file("a.c", "#include <stdint.h>\n#include <stdlib.h>\nuint8_t a;\n");
        for line in ["-MD -c a.c", "-MMD -c a.c", "-MD -MP -c a.c"] {
            world.cc(line).same();
            world.cc(line).hit();
        }
        world.file("b.cc", "#include <stdint.h>\nextern \"C\" { uint8_t a; }\n");
        world.cxx("-MD -c b.cc").miss();
        world.cxx("-MD -c b.cc").hit();
    });
}

/// avr-libc's `avr/io.h` names the headers of all devices. Those of others are no inputs, whoever says which device it is.
#[test]
fn headers_by_the_device() {
    let world = World::with(Compiler::AvrGcc);
    world.files(&[
        (
            "system/device.h",
            "#if defined (__AVR_ATmega328P__)\n# include <this.h>\n\
             #elif defined (__AVR_ATtiny85__) || defined (__AVR_ATtiny45__)\n# include <other.h>\n\
             #elif defined __AVR_AT90PWM1__ // by a header\n# include \"third.h\"\n\
             #else\n# include <none.h>\n#endif\n",
        ),
        ("system/this.h", "#define D 1\n"),
        ("system/other.h", "#define D 2\n"),
        ("system/third.h", "#define D 3\n"),
        ("system/none.h", "#define D 4\n"),
        ("system/late.h", "#undef __AVR_ATmega328P__\n#define __AVR_AT90PWM1__ 1\n"),
        ("a.c", "#include <device.h>\nint a = D;\n"),
        ("late.c", "#include <late.h>\n#include <device.h>\nint a = D;\n"),
        ("by_source.c", "#undef __AVR_ATmega328P__\n#define __AVR_ATtiny45__\n#include <device.h>\nint a = D;\n"),
    ]);
    let here = "-mmcu=atmega328p -MMD -isystem system -c";
    // What each is made of, and what another device would be made of.
    for (line, mine, others) in [
        (format!("{here} a.c"), "this.h", ["other.h", "third.h"].as_slice()),
        ("-mmcu=attiny85 -MMD -isystem system -c a.c".to_owned(), "other.h", &["this.h", "third.h"]),
        ("-mmcu=avr5 -MMD -isystem system -c a.c".to_owned(), "none.h", &["this.h", "other.h", "third.h"]),
        (format!("{here} late.c"), "third.h", &["other.h"]),
        (format!("{here} by_source.c"), "other.h", &["third.h"]),
        (format!("{here} a.c -U__AVR_ATmega328P__ -D__AVR_ATtiny85__"), "other.h", &["third.h"]),
        (format!("{here} a.c -Wp,-U__AVR_ATmega328P__,-DX,-D__AVR_ATtiny85__"), "other.h", &[]),
        (format!("{here} a.c -include system/late.h"), "third.h", &["other.h"]),
    ] {
        let line = format!("{line} -o a.o");
        world.cc(&line).same();
        world.cc(&line).hit();
        let edit = |name: &str| {
            let name = format!("system/{name}");
            let before = world.read(&name);
            world.file(&name, [before.as_slice(), b"#define EDITED\n"].concat());
            before
        };
        for other in others {
            let before = edit(other);
            world.cc(&line).hit();
            world.file(&format!("system/{other}"), before);
        }
        let before = edit(mine);
        world.cc(&line).miss();
        world.file(&format!("system/{mine}"), before);
        world.cc(&line).hit();
    }
    // The library's own, beside prose that looks like a definition.
    world.file("io.c", "// each #define\nconst char *s = \"#define \";\n#include <avr/io.h>\nint a = sizeof(PORTB);\n");
    world.cc("-mmcu=atmega328p -MMD -c io.c -o a.o").miss();
    world.cc("-mmcu=atmega328p -MMD -c io.c -o a.o").hit();
    // Nobody looks for the headers of other devices either.
    world.file("first/other.h", "#define D 5\n").file("first/keep", "");
    let line = format!("{here} a.c -I first -o a.o");
    world.cc(&line).miss();
    world.remove("first/other.h");
    world.cc(&line).hit();
    world.file("first/this.h", "#define D 6\n");
    world.cc(&line).miss();
}

/// Headers that `-MMD` leaves out and that are hard to find in the text: a change of one is seen all the same.
#[test]
fn system_headers_that_are_hard_to_find() {
    let table: &[(&str, &[(&str, &str)])] = &[
        ("macros between the brackets", &[("s.h", "#define V v1\n#define H <V/x.h>\n#include H\n"), ("v1/x.h", "")]),
        (
            "macros with arguments there",
            &[("s.h", "#define V(x) x\n#define H <V(v1)/x.h>\n#include H\n"), ("v1/x.h", "")],
        ),
        (
            "a macro that is defined by what another include leads to",
            &[
                (
                    "s.h",
                    "#ifdef AGAIN\n# define H <V/x.h>\n# include H\n#else\n# define AGAIN\n# define T <t.h>\n# include T\n\
                     # include <s.h>\n#endif\n",
                ),
                ("t.h", "#include <u.h>\n"),
                ("u.h", "#define V v1\n"),
                ("v1/x.h", ""),
            ],
        ),
        (
            "another header's name for it",
            &[
                (
                    "s.h",
                    "#ifdef AGAIN\n# include H\n#else\n# define AGAIN\n# define H <none.h>\n# define T <t.h>\n# include T\n\
                     # include <s.h>\n#endif\n",
                ),
                ("t.h", "#include <u.h>\n"),
                ("u.h", "#undef H\n#define H <x.h>\n"),
                ("x.h", ""),
            ],
        ),
        (
            "of the device, behind a digraph",
            &[("s.h", "#if defined(__AVR_ATtiny45__)\n%\\\n:else\n#include <x.h>\n#endif\n"), ("x.h", "")],
        ),
        ("an include behind a zero", &[("s.h", "#\0include <x.h>\n"), ("x.h", "")]),
        (
            "of the device, behind a zero",
            &[("s.h", "#if defined(__AVR_ATtiny45__)\n#\0else\n#include <x.h>\n#endif\n"), ("x.h", "")],
        ),
    ];
    for_each_compiler(|world| {
        let edited = |line: &str, header: &str, what: &str| {
            println!("{what}");
            world.cc(line).same();
            world.cc(line).same();
            world.file(header, "#define EDITED 1\n");
            world.cc(line).same();
            world.remove("system");
        };
        let uses = "#ifdef EDITED\nint edited;\n#endif\n";
        world.file("a.c", format!("#include <s.h>\n{uses}"));
        let line = "-MMD -c a.c -isystem system -o a.o";
        for (what, files) in table {
            for (name, text) in *files {
                world.file(&format!("system/{name}"), text);
            }
            let (header, _) = files.last().expect("a header");
            edited(line, &format!("system/{header}"), what);
        }
        // First only asked for.
        world.file("b.c", format!("#if __has_include(<x.h>)\n#endif\n#include <s.h>\n{uses}"));
        world.files(&[("system/s.h", "#include <x.h>\n"), ("system/x.h", "#include <y.h>\n"), ("system/y.h", "")]);
        edited("-MMD -c b.c -isystem system -o b.o", "system/y.h", "after __has_include");
        // Read for the user, and again for a system header.
        world.file("c.c", format!("#include \"list.h\"\n#include <s.h>\n{uses}"));
        world.files(&[
            ("list.h", "#ifdef MORE\n#include \"more.h\"\n#endif\n"),
            ("more.h", ""),
            ("system/s.h", "#define MORE\n#include \"list.h\"\n"),
        ]);
        edited("-MMD -c c.c -I . -isystem system -o c.o", "more.h", "read twice");
    });
    // avr-libc makes a name of this macro where no other says which device it is.
    let world = World::with(Compiler::AvrGcc);
    world.file("a.c", "#include <avr/io.h>\nint a = V;\n").file("system/avr/ioown.h", "#define V 1\n");
    let line = "-mmcu=avr5 -D__AVR_DEV_LIB_NAME__=own -MMD -c a.c -isystem system";
    world.cc(line).same();
    world.file("system/avr/ioown.h", "#define V 2\n");
    world.cc(line).same();
    world.file("b.c", "#include <avr/io.h>\nint a = PORTB5;\n");
    world.cc("-mmcu=atmega328p -MMD -c b.c").miss();
    world.cc("-mmcu=atmega328p -MMD -c b.c").hit();
}

#[test]
fn identical_headers_in_two_directories() {
    for_each_compiler(|world| {
        world.files(&[
            ("one/h.h", "#define H 1\n"),
            ("two/h.h", "#define H 1\n"),
            ("a.c", "#include <h.h>\nint a = H;\n"),
        ]);
        world.cc("-MD -c a.c -I one -o a.o").miss();
        // The objects are equal, the depfiles are not.
        world.cc("-MD -c a.c -I two -o a.o").same();
        world.cc("-MD -c a.c -I one -o a.o").hit();
        world.cc("-MD -c a.c -I two -o a.o").hit();
    });
}

#[test]
fn a_removed_include_is_gone() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-MMD -c src/a.c -isystem system -o obj/a.o").miss();
        world.file("src/a.c", "#include \"macros.h\"\nint a(void) { return M; }\n");
        world.cc("-MMD -c src/a.c -isystem system -o obj/a.o").miss();
        let depfile = String::from_utf8(world.read("obj/a.d")).expect("a depfile");
        assert!(!depfile.contains("nested.h") && depfile.contains("macros.h"), "{depfile}");
        world.cc("-MMD -c src/a.c -isystem system -o obj/a.o").hit();
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
            world.cc(line).same();
            world.cc(line).hit();
        }
        // Names that a depfile cannot spell, or that a compiler respells, need not hit.
        for name in ["tab\t.h", "back\\slash.h", "back\\ space.h", "trailing\\\\ two.h", "colon:.h"] {
            world.file(name, "").file("b.c", format!("#include \"{name}\"\n"));
            world.cc("-MMD -c b.c").same();
            world.cc("-MMD -MP -c b.c").same();
            world.file(name, "int changed;\n");
            world.cc("-MMD -c b.c").same();
        }
    });
}

#[test]
fn long_lines_wrap_as_the_compiler_wraps_them() {
    for_each_compiler(|world| {
        let mut source = String::new();
        for length in [1, 5, 9, 14, 30, 61, 62, 63, 64, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 120] {
            let name = format!("{}.h", "h".repeat(length));
            source += &format!("#include \"{name}\"\n");
            world.file(&name, "");
        }
        world.file("a.c", source);
        for target in ["", "-MT short", &format!("-MT {}", "t".repeat(70)), &format!("-MT {} -MT u", "t".repeat(74))] {
            let line = format!("-MMD -MP -c a.c {target}");
            world.cc(&line).same();
            world.cc(&line).hit();
        }
    });
}

#[test]
fn requests_are_not_mixed_up() {
    // One entry may serve several requests; each still gets its own depfile, or none.
    for_each_compiler(|world| {
        project(&world);
        let base = "-c src/a.c -isystem system -o obj/a.o";
        let requests = ["", "-MMD", "-MD", "-MD -MP", "-MMD -MT x", "-MD -MF obj/b.d", "-MMD -MP -MQ 'a b'", ""];
        for round in 0..2 {
            for request in requests {
                let run = world.cc(&format!("{base} {request}"));
                if round == 0 {
                    run.same()
                } else {
                    run.hit()
                };
                for made in ["obj/a.d", "obj/b.d"] {
                    if world.exists(made) {
                        world.remove(made);
                    }
                }
            }
        }
    });
}

#[test]
fn dependencies_on_assembler_sources() {
    let world = World::with(Compiler::AvrGcc);
    world.files(&[
        ("a.S", "#include <avr/io.h>\n#include \"a.inc\"\n\t.global f\nf:\n\tldi r24, VALUE\n\tret\n"),
        ("a.inc", "#define VALUE 7\n"),
    ]);
    world.cc("-mmcu=atmega328p -MD -c a.S -o a.o").miss();
    world.cc("-mmcu=atmega328p -MD -c a.S -o a.o").hit();
    world.file("a.inc", "#define VALUE 8\n");
    world.cc("-mmcu=atmega328p -MD -c a.S -o a.o").miss();
    world.cc("-mmcu=atmega328p -MD -c a.S -o a.o").hit();
}

/// make and ninja: after a build, nothing is to do; after one edit, just what depends on it.
#[test]
fn make_and_ninja_rebuild_what_they_should() {
    for_each_compiler(|world| rebuild_what_they_should(&world));
}

fn rebuild_what_they_should(world: &World) {
    world.files(&[
        ("a.c", "#include \"a.h\"\n#include \"both.h\"\nint a = A + BOTH;\n"),
        ("b.c", "#include \"b.h\"\n#include \"both.h\"\nint b = B + BOTH;\n"),
        ("a.h", "#define A 1\n"),
        ("b.h", "#define B 1\n"),
        ("both.h", "#define BOTH 1\n"),
        ("Makefile", "all: a.o b.o\n%.o: %.c\n\t$(CC) -MMD -MP -c $< -o $@\n-include a.d b.d\n"),
        (
            "build.ninja",
            "rule cc\n  command = $cc -MD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  deps = gcc\n\
             build n/a.o: cc a.c\nbuild n/b.o: cc b.c\n",
        ),
    ]);
    let cc = format!("{} {}", packer_cc().display(), world.compiler().c());
    let ninja_file = String::from_utf8(world.read("build.ninja")).expect("text");
    world.file("build.ninja", format!("cc = {cc}\n{ninja_file}"));
    let make = host_program("make", "make");
    let ninja = host_program("ninja", "ninja-build");

    // Each build goes through a cold cache once and a warm one ever after: the objects go away, the store stays.
    for _ in 0..2 {
        let build = |what: &Path, args: &[&str]| {
            let ran = world.shell(what, args);
            assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), ran.stderr_text());
            String::from_utf8_lossy(&ran.stdout).into_owned()
        };
        let variable = format!("CC={cc}");
        for made in ["a.o", "b.o", "a.d", "b.d", "n", ".ninja_log", ".ninja_deps"] {
            if world.exists(made) {
                world.remove(made);
            }
        }
        let make_once = || build(&make, &[&variable]).matches(" -c ").count();
        let ninja_once = || build(&ninja, &["-v"]).matches(" -c ").count();
        assert_eq!((make_once(), ninja_once()), (2, 2), "everything is built");
        assert_eq!((make_once(), ninja_once()), (0, 0), "nothing is to do");
        for (header, count) in [("a.h", 1), ("b.h", 1), ("both.h", 2)] {
            touch_after_outputs(world, header);
            assert_eq!((make_once(), ninja_once()), (count, count), "after {header} changed");
            assert_eq!((make_once(), ninja_once()), (0, 0), "nothing is to do after that");
        }
    }
    let misses = world.journal().iter().filter(|record| record["outcome"] == "miss").count();
    assert!(misses <= 4, "make's and ninja's two files each compile at most once: {misses} misses");
}

/// Makes a header newer than every output without waiting for a clock: the outputs go into the past, in step.
fn touch_after_outputs(world: &World, header: &str) {
    for name in ["a.o", "b.o", "a.d", "b.d", "n/a.o", "n/b.o"] {
        let past = SystemTime::now() - Duration::from_secs(1000);
        File::options().write(true).open(world.tree().join(name)).and_then(|f| f.set_modified(past)).expect(name);
    }
    for name in ["a.h", "b.h", "both.h"].into_iter().filter(|name| *name != header) {
        age(&world.tree().join(name));
    }
    let soon = SystemTime::now() - Duration::from_secs(100);
    File::options().write(true).open(world.tree().join(header)).and_then(|f| f.set_modified(soon)).expect(header);
}

/// A header that leaves nothing in the object leaves its name in the depfile, and its edit is a miss.
#[test]
fn macro_only_headers_are_kept() {
    for_each_compiler(|world| {
        world.files(&[
            (
                "a.c",
                "#include \"unused.h\"\n#include \"empty.h\"\n#include \"guarded.h\"\n#include \"guarded.h\"\nint a;\n",
            ),
            ("unused.h", "#define UNUSED 1\n"),
            ("empty.h", ""),
            ("guarded.h", "#ifndef GUARD\n#define GUARD\n#endif\n"),
        ]);
        for request in ["-MMD", "-MD", "-MMD -MP", "-MD -MF other.d"] {
            let line = format!("{request} -c a.c");
            world.cc(&line).same();
            world.cc(&line).hit();
        }
        let depfile = String::from_utf8(world.read("a.d")).expect("a depfile");
        for name in ["unused.h", "empty.h", "guarded.h"] {
            assert!(depfile.contains(name), "{depfile}");
        }
        world.file("unused.h", "#define UNUSED 2\n");
        world.cc("-MMD -c a.c").miss();
        world.cc("-MMD -c a.c").hit();
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
                world.cc(&line).same();
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
            world.cc(&line).same();
            world.cc(&line).hit();
        }
        // Where it cannot be, or would be in the way of another file.
        for request in [
            "-MD -MF nowhere/x.d",
            "-MD -MF obj",
            "-MD -MF obj/",
            "-MD -MF obj/a.o",
            "-MD -MF obj/../obj/a.o",
            "-MD -MF /dev/null",
        ] {
            let line = format!("{base} {request}");
            if request.contains("/dev/null") {
                // In a namespace: see the devices among the outputs.
                continue;
            }
            world.cc(&line).same();
            world.cc(&line).same();
        }
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

#[test]
fn requests_where_there_is_nothing_to_tell() {
    for_each_compiler(|world| {
        project(&world);
        world.files(&[("p.i", "int p;\n"), ("s.s", "\t.text\n"), ("t.S", "#include \"src/macros.h\"\n\t.text\n")]);
        for line in [
            "-MD -c p.i",
            "-MMD -c s.s",
            "-MD -c t.S",
            "-MD -MF t.d -S src/a.c -isystem system",
            "-MF only.d -c src/a.c -isystem system",
            "-MT only -c src/a.c -isystem system",
            "-MP -c src/a.c -isystem system",
            "-MD -fsyntax-only src/a.c -isystem system",
            "-MD -E src/a.c -isystem system",
            "-M src/a.c -isystem system",
            "-MM -MF mm.d src/a.c -isystem system",
            "-MD -MG -c src/a.c -isystem system",
            "-MD -MV -c src/a.c -isystem system",
        ] {
            world.cc(line).same();
            world.cc(line).same();
        }
    });
}
