//! Script wrappers: a script in front of a compiler is a part of it, with everything it leads to.

use crate::fixture::{Compiler, Ran, World, age, for_each_compiler, packer_cc};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

/// Puts a script on the world's `PATH`; `CC` in its text stands for this world's C compiler.
fn script(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.path("bin").join(name);
    fs::write(&path, text.replace("CC", world.compiler().c())).expect("a script");
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("a mode");
    age(&path);
    path
}

fn beside(world: &World, name: &str, text: &str) {
    let path = world.path("bin").join(name);
    fs::write(&path, text).expect("a file beside the script");
    age(&path);
}

fn project(world: &World) {
    world.file("a.c", "int a(void) { return FROM; }\n");
}

#[test]
fn the_text_counts_in_every_language() {
    for_each_compiler(|world| {
        project(&world);
        for text in [
            "#!/bin/sh\nexec CC -DFROM=1 \"$@\"\n",
            "#!/bin/sh\nCC -DFROM=1 \"$@\"\n",
            "#!/bin/bash\nset -eu\nargs=(-DFROM=1 \"$@\")\nexec CC \"${args[@]}\"\n",
            "#!/bin/sh\nexec CC \"$@\" -DFROM=1\n",
            "#!/usr/bin/env python3\nimport os, sys\nos.execvp('CC', ['CC', '-DFROM=1'] + sys.argv[1:])\n",
            "#!/usr/bin/perl\nexec('CC', '-DFROM=1', @ARGV);\n",
        ] {
            script(&world, "wrapped", text);
            world.command("wrapped -c a.c").miss();
            world.command("wrapped -c a.c").hit();
            script(&world, "wrapped", &text.replace("FROM=1", "FROM=2"));
            world.command("wrapped -c a.c").does("miss: compiler-changed");
            world.command("wrapped -c a.c").hit();
        }
    });
}

#[test]
fn a_chain_of_scripts_counts_to_its_end() {
    for_each_compiler(|world| {
        project(&world);
        script(&world, "outer", "#!/bin/sh\nexec middle \"$@\"\n");
        script(&world, "middle", "#!/bin/bash\nexec \"$(dirname \"$0\")/inner\" \"$@\"\n");
        for value in [1, 2, 1] {
            script(&world, "inner", &format!("#!/bin/sh\nexec CC -DFROM={value} \"$@\"\n"));
            world.command("outer -c a.c").kept();
            world.command("outer -c a.c").hit();
        }
    });
}

#[test]
fn variables_that_a_script_reads_count() {
    for_each_compiler(|world| {
        project(&world);
        script(&world, "wrapped", "#!/bin/sh\nexec \"${REAL:-CC}\" -DFROM=${LEVEL:-0} \"$@\"\n");
        world.command("wrapped -c a.c").miss();
        world.command("wrapped -c a.c").env("LEVEL", "1").miss();
        world.command("wrapped -c a.c").env("LEVEL", "1").hit();
        world.command("wrapped -c a.c").env("OTHER", "1").hit();
        let other = if world.compiler() == Compiler::Clang { "gcc" } else { "clang" };
        world.command("wrapped -c a.c").env("REAL", other).miss();
        world.command("wrapped -c a.c").hit();
    });
}

/// A file that a script reads is a part of it. A file that it would read counts from when it appears.
#[test]
fn configuration_that_appears_changes_and_goes() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        project(&world);
        let home = world.path("home");
        let cases: [(&str, PathBuf); 6] = [
            ("#!/bin/sh\nV=0\n[ -f cc.conf ] && . ./cc.conf\nexec CC -DFROM=$V \"$@\"\n", world.tree().join("cc.conf")),
            (
                "#!/bin/sh\nd=$(dirname \"$0\")\nV=0\nif [ -e \"$d/cc.conf\" ]; then . \"$d/cc.conf\"; fi\nexec CC -DFROM=$V \"$@\"\n",
                world.path("bin/cc.conf"),
            ),
            ("#!/bin/sh\nV=0\ntest -r $HOME/.ccrc && . $HOME/.ccrc\nexec CC -DFROM=$V \"$@\"\n", home.join(".ccrc")),
            (
                "#!/bin/sh\nV=0\nF=\"${XDG_CONFIG_HOME:-$HOME}/cc/rc\"\n[ -r \"$F\" ] && . \"$F\"\nexec CC -DFROM=$V \"$@\"\n",
                home.join("cc/rc"),
            ),
            (
                "#!/bin/sh\nV=0\n[ -n \"$RC\" ] && [ -r \"$RC\" ] && . \"$RC\"\nexec CC -DFROM=$V \"$@\"\n",
                home.join("rc"),
            ),
            (
                "#!/usr/bin/python3\nimport os, sys\nf = os.path.join(os.path.dirname(os.path.realpath(__file__)), 'flags.txt')\n\
                 v = open(f).read().strip().split('=')[1] if os.path.exists(f) else '0'\n\
                 os.execvp('CC', ['CC', '-DFROM=' + v] + sys.argv[1:])\n",
                world.path("bin/flags.txt"),
            ),
        ];
        for (text, file) in cases {
            script(&world, "wrapped", text);
            fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
            let compile = || world.command("wrapped -c a.c").env("RC", home.join("rc"));
            let put = |text: &str| {
                fs::write(&file, text).expect("a configuration");
                age(&file);
            };
            compile().miss();
            compile().hit();
            put("V=1\n");
            compile().miss();
            compile().hit();
            put("V=2\n");
            compile().miss();
            put("V=1\n");
            compile().hit();
            fs::remove_file(&file).expect("a configuration");
            compile().hit();
        }
    }
}

/// The script's answer shows in what the driver says, so it is asked again when the modes of a file change that it names.
#[test]
fn a_file_that_a_script_may_execute() {
    let world = World::new();
    project(&world);
    script(&world, "wrapped", "#!/bin/sh\nV=0\n[ -x ./flag ] && V=1\nexec gcc -DFROM=$V \"$@\"\n");
    world.file("flag", "");
    let set = |mode| fs::set_permissions(world.path("tree/flag"), fs::Permissions::from_mode(mode)).expect("a mode");
    let compile = || world.command("wrapped -c a.c");
    set(0o644);
    compile().miss();
    compile().hit();
    set(0o755);
    compile().miss();
    compile().hit();
    set(0o644);
    compile().hit();
}

#[test]
fn what_a_configuration_takes_in_counts() {
    let world = World::new();
    project(&world);
    script(&world, "wrapped", "#!/bin/sh\n. \"$(dirname \"$0\")/first.conf\"\nexec CC -DFROM=$V \"$@\"\n");
    beside(&world, "first.conf", "V=0\n. \"$(dirname \"$0\")/second.conf\"\n");
    for value in [1, 2, 1] {
        beside(&world, "second.conf", &format!("V={value}\n"));
        world.command("wrapped -c a.c").kept();
        world.command("wrapped -c a.c").hit();
    }
}

#[test]
fn modules_and_response_files_count() {
    let world = World::new();
    project(&world);
    let python = "#!/usr/bin/python3\nimport os, sys\nsys.dont_write_bytecode = True\n\
                  sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\n\
                  import flags\nos.execvp('CC', ['CC'] + flags.FLAGS + sys.argv[1:])\n";
    script(&world, "wrapped", python);
    for value in [1, 2, 1] {
        beside(&world, "flags.py", &format!("FLAGS = ['-DFROM={value}']\n"));
        world.command("wrapped -c a.c").kept();
        world.command("wrapped -c a.c").hit();
    }
    script(&world, "wrapped", "#!/bin/sh\nexec CC @options \"$@\"\n");
    for value in [3, 4, 3] {
        world.file("options", format!("-DFROM={value}"));
        world.command("wrapped -c a.c").kept();
        world.command("wrapped -c a.c").hit();
    }
}

/// The relative name of what a script takes in leads elsewhere from another directory.
#[test]
fn the_working_directory_of_a_script_counts() {
    let world = World::new();
    for (dir, value) in [("one", 1), ("two", 2)] {
        world.file(&format!("{dir}/a.c"), "int a = FROM;\n").file(&format!("{dir}/v.conf"), format!("V={value}\n"));
    }
    world.file("three/a.c", "int a = FROM;\n");
    script(&world, "wrapped", "#!/bin/sh\nV=0\n[ -f v.conf ] && . ./v.conf\nexec CC -DFROM=$V \"$@\"\n");
    for dir in ["one", "two", "three"] {
        world.command("wrapped -c a.c").cwd(dir).miss();
    }
    for dir in ["one", "two", "three"] {
        world.command("wrapped -c a.c").cwd(dir).hit();
    }
    script(&world, "wrapped", "#!/bin/sh\nexec CC -DFROM=$(pwd | wc -c) \"$@\"\n");
    world.command("wrapped -c a.c").cwd("one").miss();
    world.command("wrapped -c a.c").cwd("three").miss();
    world.command("wrapped -c a.c").cwd("one").hit();
}

#[test]
fn a_script_that_goes_by_its_name() {
    let world = World::new();
    world.file("a.c", "int a(int x) { return x * 3; }\n");
    script(&world, "fast", "#!/bin/sh\ncase $0 in *fast) exec CC -O2 \"$@\";; esac\nexec CC -O0 \"$@\"\n");
    symlink("fast", world.path("bin/slow")).expect("a link");
    world.command("fast -c a.c").miss();
    world.command("slow -c a.c").miss();
    world.command("fast -c a.c").hit();
    world.command("slow -c a.c").hit();
}

#[test]
fn a_script_that_extends_the_path() {
    let world = World::new();
    project(&world);
    script(&world, "wrapped", "#!/bin/sh\nPATH=$(dirname \"$0\")/../cross:$PATH\nexec compiler -DFROM=1 \"$@\"\n");
    fs::create_dir(world.path("cross")).expect("a directory");
    for name in ["gcc", "clang", "gcc"] {
        let place = world.path("cross/compiler");
        fs::write(&place, format!("#!/bin/sh\nexec {name} \"$@\"\n")).expect("a script");
        fs::set_permissions(&place, Permissions::from_mode(0o755)).expect("a mode");
        age(&place);
        world.command("wrapped -c a.c").kept();
        world.command("wrapped -c a.c").hit();
    }
}

/// What a script writes down about its calls is no part of it.
#[test]
fn logs_do_not_keep_results_apart() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let world = World::with(compiler);
        project(&world);
        let log = world.path("home/calls.log");
        let log = log.display();
        for text in [
            format!("#!/bin/sh\necho \"$*\" >> {log}\nexec CC -DFROM=1 \"$@\"\n"),
            format!("#!/bin/sh\necho \"$(date) $$ $*\" >>\"{log}\"; exec CC -DFROM=1 \"$@\"\n"),
            "#!/bin/sh\necho run >> \"$CALLS\"\nexec CC -DFROM=1 \"$@\"\n".to_owned(),
            "#!/bin/bash\nprintf '%s\\n' \"$@\" >> \"$(dirname \"$0\")/calls\"\nexec CC -DFROM=1 \"$@\"\n".to_owned(),
            format!("#!/bin/sh\necho x | tee -a {log} >/dev/null\nexec CC -DFROM=1 \"$@\"\n"),
            format!(
                "#!/usr/bin/python3\nimport os, sys, time\nopen('{log}', 'a').write('%f\\n' % time.time())\n\
                 os.execvp('CC', ['CC', '-DFROM=1'] + sys.argv[1:])\n"
            ),
        ] {
            script(&world, "wrapped", &text);
            let compile = || world.command("wrapped -c a.c").env("CALLS", world.path("home/calls"));
            compile().miss();
            compile().hit();
            compile().hit();
        }
    }
}

/// The command line does not tell of these options, and a hit would not bring back what they write.
#[test]
fn files_written_behind_the_command_line_are_not_missed() {
    for_each_compiler(|world| {
        project(&world);
        let mut options = vec!["-MMD", "-fstack-usage", "-save-temps", "-MD -MF other.d", "-H"];
        match world.compiler() {
            Compiler::Gcc => options.extend(["-Wa,-adhln=a.lst", "-fdump-tree-original", "-gsplit-dwarf"]),
            // gcc's coverage notes differ from run to run.
            Compiler::Clang => options.extend(["--coverage", "-fsave-optimization-record"]),
            _ => {}
        }
        for option in options {
            script(&world, "wrapped", &format!("#!/bin/sh\nexec CC -DFROM=1 {option} \"$@\"\n"));
            for _ in 0..2 {
                let names: Vec<String> = fs::read_dir(world.tree())
                    .expect("the tree")
                    .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
                    .filter(|name| name != "a.c")
                    .collect();
                for name in &names {
                    world.remove(name);
                }
                world.command("wrapped -c a.c -o a.o").bypass("compiler-unknown");
            }
        }
    });
}

#[test]
fn headers_behind_the_command_line_are_not_stale() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <x.h>\nint a = X;\n"),
            ("first/other.h", ""),
            ("second/x.h", "#define X 1\n"),
            ("forced.h", "#define FORCED 1\n"),
        ]);
        for option in ["-Ifirst", "-isystem first", "-iquote first", "-include forced.h"] {
            script(&world, "wrapped", &format!("#!/bin/sh\nexec CC {option} \"$@\"\n"));
            for _ in 0..2 {
                world.command("wrapped -Isecond -c a.c").bypass("compiler-unknown");
                world.command("wrapped -isystem second -c a.c").bypass("compiler-unknown");
            }
            world.file("first/x.h", "#define X 2\n").file("forced.h", "#define X 3\nint forced;\n");
            world.command("wrapped -Isecond -c a.c").bypass("compiler-unknown");
            world.command("wrapped -isystem second -c a.c").bypass("compiler-unknown");
            world.remove("first/x.h").file("forced.h", "#define FORCED 1\n");
        }
    });
}

/// What a script computes from the clock, from chance or from other programs cannot be known.
#[test]
fn what_cannot_be_followed_is_passed_on() {
    let world = World::new();
    project(&world);
    world.file("conf.d/one", "-DONE");
    for text in [
        "#!/bin/sh\nexec CC -DFROM=$(date +1%N) \"$@\"\n",
        "#!/bin/sh\nN=`date +1%N`\nexec CC -DFROM=$N \"$@\"\n",
        "#!/bin/bash\nexec CC -DFROM=$RANDOM \"$@\"\n",
        "#!/bin/bash\nexec CC -DFROM=${SECONDS} \"$@\"\n",
        "#!/bin/sh\nF=; for f in conf.d/*; do F=\"$F @$f\"; done\nexec CC -DFROM=1 $F \"$@\"\n",
        "#!/bin/sh\nexec CC -DFROM=$(git rev-list --count HEAD 2>/dev/null || echo 1) \"$@\"\n",
        "#!/usr/bin/python3\nimport os, sys, time\nos.execvp('CC', ['CC', '-DFROM=%d' % time.time()] + sys.argv[1:])\n",
    ] {
        script(&world, "wrapped", text);
        for _ in 0..2 {
            let mut command = world.bare_command(packer_cc().as_os_str());
            command.args(["wrapped", "-c", "a.c"]);
            assert!(Ran::of(command, &[]).status.success());
            let record = world.journal().pop().expect("a record");
            assert_eq!(record["outcome"], "bypass", "{text}: {record}");
            assert!(record["detail"].as_str().expect("a detail").contains("cannot be followed"), "{record}");
        }
    }
}
