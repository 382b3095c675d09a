//! Every way to ask for a depfile.

use super::project;
use crate::fixture::{Compiler, for_each_compiler};

/// A request has three parts. With gcc every combination is tried; with the other compilers each two parts meet once.
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
                    // This takes a quarter of the combinations. No list is shorter than four, so each two parts still
                    // meet.
                    if world.compiler() != Compiler::Gcc && (nth + file_nth + target_nth) % 4 != 0 {
                        continue;
                    }
                    let line = format!("-c src/a.c -isystem system -o obj/a.o {request} {file} {target}");
                    // gcc and clang order targets of both kinds differently, so whoever asks for that is passed on.
                    // So is whoever names an empty target.
                    if target.contains("''") || target.contains("-MT") && target.contains("-MQ") {
                        world.cc(&line).bypass("unserved-option");
                    } else {
                        // Requests that differ only in what is written may share an entry.
                        world.cc(&line).kept();
                        world.cc(&line).hit();
                    }
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
        let line = |spelling: &str| format!("-c src/a.c -isystem system -o obj/a.o {spelling}");
        for spelling in [
            "-Wp,-MD,dep.d",
            "-Wp,-MMD,dep.d",
            "-Wp,-MD,obj/.a.o.d",
            "-Wp,-MMD,dep.d -MT target.o",
            "-Wp,-MD,dep.d -Wp,-MT,target.o",
        ] {
            world.cc(&line(spelling)).kept();
            world.cc(&line(spelling)).hit();
        }
        for spelling in ["-Wp,-MMD -Wp,-MF,dep.d", "-Wp,-MMD,dep.d -MD", "-Xpreprocessor -MMD -Xpreprocessor dep.d"] {
            world.cc(&line(spelling)).bypass("unserved-option");
            world.cc(&line(spelling)).bypass("unserved-option");
        }
        let is_clang = world.compiler() == Compiler::Clang;
        for what in if is_clang { ["bypass: unserved-option"; 2] } else { ["miss: new key", "hit"] } {
            world.cc(&line("-Wp,-MD,dep.d,-MP")).does(what);
        }
        // The spelling of the Linux kernel's build is worth serving.
        let line = "-Wp,-MMD,obj/kernel.d -c src/a.c -isystem system -o obj/a.o";
        world.cc(line).miss();
        world.cc(line).hit();
    });
}

/// The Linux kernel's `tools/` say `-Wp,-MD,dir/.x.o.d -Wp,-MT,dir/x.o`. gcc passes everything on; clang has a
/// meaning of its own for a word that begins with `-MD`, and its compiler proper knows some of the options only.
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
            // The same request with other names, which the first one's entry may serve.
            let renamed = line.replace("one", "another").replace("obj/a.o", "obj/another.o");
            for line in [&line, &renamed] {
                if by_gcc.contains(spelling) && world.compiler() == Compiler::Clang {
                    world.cc(line).bypass("unserved-option");
                    world.cc(line).bypass("unserved-option");
                } else {
                    world.cc(line).kept();
                    world.cc(line).hit();
                }
            }
            for made in ["dep.d", "other.d", "obj/.a.o.d", "obj/a.d", "obj/another.d", "obj/.a.o.d"] {
                if world.exists(made) {
                    world.remove(made);
                }
            }
        }
        world.file("src/a.h", "#define A 3\n");
        world.cc("-c src/a.c -isystem system -o obj/a.o -Wp,-MD,obj/.a.o.d -Wp,-MT,obj/a.o").miss();
        // A target or a file name without a request is an error to gcc. clang ignores it.
        for spelling in ["-Wp,-MT,one", "-Wp,-MP", "-Wp,-MF,dep.d", "-Wp,-MD -Wp,-MF,dep.d"] {
            world.cc(&format!("-c src/a.c -isystem system {spelling}")).bypass("unserved-option");
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
            world.cc(&line).bypass("unknown-option");
            world.cc(&line).bypass("unknown-option");
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
                    run.kept()
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
fn requests_where_there_is_nothing_to_tell() {
    for_each_compiler(|world| {
        project(&world);
        world.files(&[("p.i", "int p;\n"), ("s.s", "\t.text\n"), ("t.S", "#include \"src/macros.h\"\n\t.text\n")]);
        for (line, code) in [
            ("-MD -c p.i", "unserved-option"),
            ("-MMD -c s.s", "unserved-option"),
            ("-MF only.d -c src/a.c -isystem system", "unserved-option"),
            ("-MT only -c src/a.c -isystem system", "unserved-option"),
            ("-MP -c src/a.c -isystem system", "unserved-option"),
            ("-MD -fsyntax-only src/a.c -isystem system", "syntax-only"),
            ("-MD -E src/a.c -isystem system", "preprocess-only"),
            ("-M src/a.c -isystem system", "dependencies-only"),
            ("-MM -MF mm.d src/a.c -isystem system", "dependencies-only"),
            ("-MD -MG -c src/a.c -isystem system", "unserved-option"),
            ("-MD -MV -c src/a.c -isystem system", "unserved-option"),
        ] {
            world.cc(line).bypass(code);
            world.cc(line).bypass(code);
        }
        for line in ["-MD -c t.S", "-MD -MF t.d -S src/a.c -isystem system"] {
            world.cc(line).miss();
            world.cc(line).hit();
        }
    });
}
