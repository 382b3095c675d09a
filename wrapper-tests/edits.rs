//! Edits while a compile runs, at every moment of it.
//!
//! Each case compiles once while something is edited, then compares with the bare compiler in the edited state, in the
//! state before, and in the edited one again: whatever the disturbed compile stored, it must not be served where the
//! bare compiler says something else. In the end, when all stands still, it must be a hit.
//!
//! The moments are those of one compile: packer-cc has looked at everything and starts nothing yet; the driver has
//! started; the compiler has ended and the assembler has not begun; the driver is about to end; it has ended, and
//! packer-cc has not looked again. The first and the last are had by stopping packer-cc there (`packer_cc::faults`),
//! the others by scripts in the place of driver and assembler.

use crate::fixture::{World, age, host_program, packer_cc};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

/// When the edit happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Hashed,
    DriverStarted,
    AssemblerStarted,
    DriverEnding,
    DriverEnded,
}

const MOMENTS: [Moment; 5] =
    [Moment::Hashed, Moment::DriverStarted, Moment::AssemblerStarted, Moment::DriverEnding, Moment::DriverEnded];

/// Files, a command, what is edited and how that is taken back, as shell lines run in the tree.
struct Case {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// Run before the first compile.
    setup: &'static str,
    line: &'static str,
    edit: &'static str,
    undo: &'static str,
}

const SOURCE: (&str, &str) = ("a.c", "#include \"a.h\"\nint a = A;\n");
const HEADER: (&str, &str) = ("inc/a.h", "#define A 1\n");
const OLD: &str = "touch -d @1600000000";

/// `OLD` gives a file the one time all files of a world have.
const CASES: &[Case] = &[
    Case {
        name: "the source in place",
        files: &[SOURCE, HEADER],
        setup: "",
        line: "-Iinc -c a.c",
        edit: "echo 'int a = 22;' >a.c",
        undo: "printf '#include \"a.h\"\\nint a = A;\\n' >a.c",
    },
    Case {
        name: "the source, same size, its time put back",
        files: &[("a.c", "int a = 1;\n")],
        setup: "",
        line: "-c a.c",
        edit: "echo 'int a = 2;' >a.c; OLD a.c",
        undo: "echo 'int a = 1;' >a.c; OLD a.c",
    },
    Case {
        name: "a header in place, same size, its time put back",
        files: &[SOURCE, HEADER],
        setup: "",
        line: "-Iinc -c a.c",
        edit: "echo '#define A 2' >inc/a.h; OLD inc/a.h",
        undo: "echo '#define A 1' >inc/a.h; OLD inc/a.h",
    },
    Case {
        name: "a header replaced by rename",
        files: &[SOURCE, HEADER, ("two.h", "#define A 2\n")],
        setup: "",
        line: "-MMD -Iinc -c a.c",
        edit: "mv inc/a.h one.h; mv two.h inc/a.h",
        undo: "mv inc/a.h two.h; mv one.h inc/a.h",
    },
    Case {
        name: "a header replaced by a link to another",
        files: &[SOURCE, HEADER, ("one.h", "#define A 1\n"), ("two.h", "#define A 2\n")],
        setup: "",
        line: "-MD -Iinc -c a.c",
        edit: "ln -f two.h inc/a.h",
        undo: "ln -f one.h inc/a.h",
    },
    Case {
        name: "a header that is a symlink, turned",
        files: &[SOURCE, ("one.h", "#define A 1\n"), ("two.h", "#define A 2\n"), ("inc/x", "")],
        setup: "ln -s ../one.h inc/a.h",
        line: "-Iinc -c a.c",
        edit: "ln -sfn ../two.h inc/a.h",
        undo: "ln -sfn ../one.h inc/a.h",
    },
    Case {
        name: "a header in a forest of symlinks, whose trees are exchanged",
        files: &[SOURCE, ("t/one/a.h", "#define A 1\n"), ("t/two/a.h", "#define A 2\n"), ("inc/x", "")],
        setup: "ln -s one t/now; ln -s ../t/now/a.h inc/a.h",
        line: "-Iinc -c a.c",
        edit: "ln -sfn two t/now",
        undo: "ln -sfn one t/now",
    },
    Case {
        name: "a directory of headers that is a symlink, turned",
        files: &[SOURCE, ("one/a.h", "#define A 1\n"), ("two/a.h", "#define A 2\n")],
        setup: "ln -s one inc",
        line: "-Iinc -c a.c",
        edit: "ln -sfn two inc",
        undo: "ln -sfn one inc",
    },
    Case {
        name: "a directory of headers, replaced",
        files: &[SOURCE, HEADER, ("two/a.h", "#define A 2\n")],
        setup: "",
        line: "-Iinc -c a.c",
        edit: "mv inc one; mv two inc",
        undo: "mv inc two; mv one inc",
    },
    Case {
        name: "a directory of headers, replaced, and something made in it",
        files: &[SOURCE, HEADER, ("two/a.h", "#define A 2\n")],
        setup: "",
        line: "-Iinc -c a.c",
        edit: "mv inc one; mv two inc; echo >inc/stamp",
        undo: "rm inc/stamp; mv inc two; mv one inc",
    },
    Case {
        name: "a directory below the include path, replaced, and something made in it",
        files: &[
            ("a.c", "#include \"sub/a.h\"\nint a = A;\n"),
            ("inc/sub/a.h", "#define A 1\n"),
            ("inc/two/a.h", "#define A 2\n"),
        ],
        setup: "",
        line: "-Iinc -MMD -c a.c",
        edit: "mv inc/sub inc/one; mv inc/two inc/sub; echo >inc/sub/stamp",
        undo: "rm inc/sub/stamp; mv inc/sub inc/two; mv inc/one inc/sub",
    },
    Case {
        name: "a directory above the headers, replaced, named absolutely",
        files: &[SOURCE, ("lib/inc/a.h", "#define A 1\n"), ("two/inc/a.h", "#define A 2\n")],
        setup: "",
        line: "-ITREE/lib/inc -c a.c",
        edit: "mv lib one; mv two lib",
        undo: "mv lib two; mv one lib",
    },
    Case {
        name: "system headers' directory under -MMD, replaced",
        files: &[SOURCE, HEADER, ("two/a.h", "#define A 2\n")],
        setup: "",
        line: "-isystem inc -MMD -c a.c",
        edit: "mv inc one; mv two inc",
        undo: "mv inc two; mv one inc",
    },
    Case {
        name: "the working directory, replaced",
        files: &[SOURCE, HEADER],
        setup: "cp -Rp . ../second; echo '#define A 2' >../second/inc/a.h",
        line: "-Iinc -c a.c",
        edit: "mv ../tree ../first; mv ../second ../tree",
        undo: "mv ../tree ../second; mv ../first ../tree",
    },
    Case {
        name: "a shadowing header appears",
        files: &[SOURCE, HEADER, ("early/x.h", "")],
        setup: "",
        line: "-Iearly -Iinc -c a.c",
        edit: "echo '#define A 3' >early/a.h",
        undo: "rm early/a.h",
    },
    Case {
        name: "a shadowing header appears by rename",
        files: &[SOURCE, HEADER, ("early/x.h", ""), ("late/a.h", "#define A 3\n")],
        setup: "",
        line: "-MMD -Iearly -Iinc -c a.c",
        edit: "mv late/a.h early/a.h",
        undo: "mv early/a.h late/a.h",
    },
    Case {
        name: "a directory with a shadowing header appears",
        files: &[SOURCE, HEADER, ("late/a.h", "#define A 3\n")],
        setup: "",
        line: "-Iearly -Iinc -c a.c",
        edit: "mv late early",
        undo: "mv early late",
    },
    Case {
        name: "a header that shadows with a known one appears",
        files: &[
            ("a.c", "#include \"b.h\"\n#include \"a.h\"\n#ifndef A\n#define A 4\n#endif\nint a = A;\n"),
            HEADER,
            ("inc/b.h", "#undef A\n"),
            ("early/x.h", ""),
        ],
        setup: "",
        line: "-Iearly -Iinc -c a.c",
        edit: "ln -s ../inc/b.h early/a.h",
        undo: "rm early/a.h",
    },
    Case {
        name: "a shadowing system header appears and goes under -MMD",
        files: &[SOURCE, HEADER, ("early/x.h", ""), ("early/a.h", "#define A 3\n")],
        setup: "",
        line: "-isystem early -isystem inc -MMD -c a.c",
        edit: "rm early/a.h",
        undo: "echo '#define A 3' >early/a.h",
    },
    Case {
        name: "a header goes that the compile had asked for",
        files: &[("a.c", "#if __has_include(\"b.h\")\nint a = 1;\n#else\nint a = 2;\n#endif\n"), ("inc/b.h", "")],
        setup: "",
        line: "-Iinc -c a.c",
        edit: "rm inc/b.h",
        undo: "touch inc/b.h",
    },
    Case {
        name: "a header goes, beside the object, that the compile had asked for",
        files: &[("a.c", "#if __has_include(\"b.h\")\nint a = 1;\n#else\nint a = 2;\n#endif\n"), ("b.h", "")],
        setup: "",
        line: "-c a.c",
        edit: "rm b.h",
        undo: "touch b.h",
    },
    Case {
        name: "a header comes that the compile had asked for",
        files: &[("a.c", "#if __has_include(\"b.h\")\nint a = 1;\n#else\nint a = 2;\n#endif\n"), ("inc/x.h", "")],
        setup: "",
        line: "-Iinc -c a.c",
        edit: "touch inc/b.h",
        undo: "rm inc/b.h",
    },
    Case {
        name: "a header is removed, and another one found instead",
        files: &[SOURCE, ("early/a.h", "#define A 1\n"), ("inc/a.h", "#define A 2\n")],
        setup: "",
        line: "-Iearly -Iinc -c a.c",
        edit: "rm early/a.h",
        undo: "echo '#define A 1' >early/a.h",
    },
    Case {
        name: "a binary include",
        files: &[("a.c", "__asm__(\".incbin \\\"blob\\\"\");\n"), ("blob", "1")],
        setup: "",
        line: "-c a.c",
        edit: "printf 2 >blob; OLD blob",
        undo: "printf 1 >blob; OLD blob",
    },
    Case {
        name: "an assembler include found elsewhere",
        files: &[("a.S", ".include \"b.s\"\n"), ("early/b.s", ".long 1\n"), ("inc/b.s", ".long 2\n")],
        setup: "",
        line: "-Iearly -Iinc -c a.S",
        edit: "mv early/b.s early/c.s",
        undo: "mv early/c.s early/b.s",
    },
    Case {
        name: "a response file",
        files: &[("a.c", "int a = A;\n"), ("rsp", "-DA=1\n")],
        setup: "",
        line: "@rsp -c a.c",
        edit: "echo '-DA=2' >rsp; OLD rsp",
        undo: "echo '-DA=1' >rsp; OLD rsp",
    },
    Case {
        name: "a forced include",
        files: &[("a.c", "int a = A;\n"), ("f.h", "#define A 1\n")],
        setup: "",
        line: "-include f.h -c a.c",
        edit: "echo '#define A 2' >f.h; OLD f.h",
        undo: "echo '#define A 1' >f.h; OLD f.h",
    },
    Case {
        name: "specs",
        files: &[("a.c", "int a = A;\n"), ("s", "*cpp:\n+ -DA=1\n\n")],
        setup: "",
        line: "-specs=s -c a.c",
        edit: "printf '*cpp:\\n+ -DA=2\\n\\n' >s; OLD s",
        undo: "printf '*cpp:\\n+ -DA=1\\n\\n' >s; OLD s",
    },
    Case {
        name: "the assembler",
        files: &[("a.c", "int a = 1;\n")],
        setup: "",
        line: "-c a.c",
        edit: "sed 's/--word/--work/' ../parts/as >../as.new; chmod 755 ../as.new; sed -i 's/^exec/echo .long 5 >>\"$3\"; exec/' ../as.new; mv ../parts/as ../as.old; mv ../as.new ../parts/as",
        undo: "mv ../as.old ../parts/as",
    },
];

/// A world whose driver `editing` runs hooks around gcc, with an assembler that runs one before itself.
fn world() -> World {
    let world = World::new();
    // The script puts the hooks' names together, so that packer-cc does not take the hooks for parts of the compiler.
    let hook = |name: &str| format!("x={name}; test -e ../$x.hook && . ../$x.hook\n");
    let gcc = host_program("gcc", "gcc");
    let driver = format!(
        "#!/bin/sh\nfor word; do case $word in -print*|-dump*|-###|--version|-v) exec {gcc} -B ../parts/ \"$@\";; esac; done\n\
         {}{gcc} -B ../parts/ \"$@\"; status=$?\n{}exit $status\n",
        hook("driver-started"),
        hook("driver-ending"),
        gcc = gcc.display(),
    );
    script(&world.path("bin/editing"), &driver);
    let assembler = host_program("as", "binutils");
    let assembler = format!(
        "#!/bin/sh\nfor word; do case $word in --version) exec {0} \"$@\";; esac; done\n{1}exec {0} \"$@\"\n",
        assembler.display(),
        hook("assembler-started"),
    );
    fs::create_dir(world.path("parts")).expect("a directory");
    script(&world.path("parts/as"), &assembler);
    world
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).expect("a script");
    fs::set_permissions(path, Permissions::from_mode(0o755)).expect("a mode");
    age(path);
}

fn shell(world: &World, line: &str) {
    let line = format!("set -e; {}", line.replace("OLD", OLD));
    let ran = world.shell("sh", &["-c", &line]);
    assert!(ran.status.success(), "{line}: {}", ran.stderr_text());
}

/// Compiles through packer-cc and edits at the moment.
fn compile_disturbed(world: &World, line: &str, namespace: &str, moment: Moment, edit: &str) {
    let hook = match moment {
        Moment::DriverStarted => Some("driver-started"),
        Moment::AssemblerStarted => Some("assembler-started"),
        Moment::DriverEnding => Some("driver-ending"),
        Moment::Hashed | Moment::DriverEnded => None,
    };
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.arg("editing").args(crate::fixture::words(line)).env("PACKER_CC_NAMESPACE", namespace);
    // It may fail, since the edit can take away what the compiler needs. What it says does not matter here.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(hook) = hook {
        let hook = world.path(format!("{hook}.hook"));
        fs::write(&hook, format!("{}\n", edit.replace("OLD", OLD))).expect("a hook");
        command.status().expect("packer-cc starts");
        fs::remove_file(hook).expect("the hook");
        return;
    }
    let point = if moment == Moment::Hashed { "before-compiler" } else { "after-compiler" };
    let mut child = command.env("PACKER_CC_STOP_AT", point).spawn().expect("packer-cc starts");
    let pid = Pid::from_child(&child);
    let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).expect("a child").expect("its state");
    assert!(status.stopped(), "packer-cc stops at {point}: {status:?}");
    shell(world, edit);
    kill_process(pid, Signal::CONT).expect("packer-cc goes on");
    child.wait().expect("an end");
}

/// All moments of every fourth case, so that four tests run beside each other.
fn check_all(part: usize) {
    for case in CASES.iter().skip(part).step_by(4) {
        let world = world();
        world.files(case.files);
        shell(&world, case.setup);
        let line = case.line.replace("TREE", world.tree().to_str().expect("a name"));
        let known = [Moment::DriverStarted, Moment::DriverEnded].map(|moment| (moment, true));
        for (moment, known) in MOMENTS.map(|moment| (moment, false)).into_iter().chain(known) {
            // Each moment has a namespace of its own, so that nothing is served that was stored in another.
            let namespace = format!("{moment:?}{known}");
            eprintln!("{}: {namespace}", case.name);
            let run = || world.command(&format!("editing {line}")).env("PACKER_CC_NAMESPACE", &namespace);
            if known {
                // The manifest has a candidate that does not hold any more, so the lookup of the disturbed compile
                // looks at all files.
                run().miss();
                shell(&world, &format!("{}; {}", case.edit, case.undo));
                fs::remove_dir_all(world.cache().join("store/v1/e")).expect("the entries");
            }
            compile_disturbed(&world, &line, &namespace, moment, case.edit);
            run().kept();
            shell(&world, case.undo);
            run().miss();
            shell(&world, case.edit);
            run().hit();
            shell(&world, case.undo);
        }
    }
}

#[test]
fn at_every_moment_1() {
    check_all(0);
}

#[test]
fn at_every_moment_2() {
    check_all(1);
}

#[test]
fn at_every_moment_3() {
    check_all(2);
}

#[test]
fn at_every_moment_4() {
    check_all(3);
}

/// The edit is taken back before packer-cc looks again. Only change times, which nobody can set, show that there was
/// one.
#[test]
fn there_and_back_again() {
    for case in CASES {
        eprintln!("{}", case.name);
        let world = world();
        world.files(case.files);
        shell(&world, case.setup);
        let line = case.line.replace("TREE", world.tree().to_str().expect("a name"));
        let run = || world.command(&format!("editing {line}"));
        let undo = world.path("driver-ending.hook");
        fs::write(&undo, format!("{}\n", case.undo.replace("OLD", OLD))).expect("a hook");
        compile_disturbed(&world, &line, "", Moment::DriverStarted, case.edit);
        fs::remove_file(&undo).expect("the hook");
        run().kept();
        run().hit();
        shell(&world, case.edit);
        run().miss();
        shell(&world, case.undo);
        run().hit();
    }
}

/// Some builds leave objects beside sources and headers. Neither a compile's own object nor another's counts as an edit,
/// so the first compile is stored.
#[test]
fn objects_beside_the_sources_are_no_edits() {
    let world = world();
    world.files(&[
        ("src/a.c", "#include \"a.h\"\n#include \"sub/b.h\"\n#include <s.h>\n#if __has_include(\"none.h\")\n#endif\nint a = A;\n"),
        ("src/a.h", "#define A 1\n"),
        ("src/sub/b.h", ""),
        ("sys/s.h", ""),
    ]);
    let hook = world.path("driver-started.hook");
    for line in ["-Isrc -isystem sys -MMD -c src/a.c -o src/a.o", "-Isrc -Isys -c src/a.c -o src/a.o -MD"] {
        fs::write(&hook, "echo >src/other.o; echo >other.o; echo >../other.o\n").expect("a hook");
        let mut command = world.bare_command(packer_cc().as_os_str());
        command.arg("editing").args(crate::fixture::words(line));
        assert!(command.status().expect("packer-cc starts").success());
        fs::remove_file(&hook).expect("the hook");
        world.command(&format!("editing {line}")).hit();
    }
}
