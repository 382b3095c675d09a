//! The ways of being called, and never calling itself.

use crate::fixture::{World, for_each_compiler, packer_cc, packer_cxx, words};
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

fn project(world: &World) {
    world.files(&[("a.c", "int a;\n"), ("a.cc", "namespace n { int a; }\n")]);
}

/// A `PATH` of these directories of the world, then the machine's.
fn path(world: &World, dirs: &[&str]) -> OsString {
    let mut path = OsString::new();
    for dir in dirs {
        path.push(world.path(dir));
        path.push(":");
    }
    path.push("/usr/bin:/bin");
    path
}

/// A command line from a program and its arguments.
fn argv(program: impl Into<OsString>, line: &str) -> Vec<OsString> {
    [program.into()].into_iter().chain(words(line)).collect()
}

fn link_to_packer(world: &World, name: &str) {
    fs::create_dir_all(world.path("masquerade")).expect("a directory of links");
    symlink(packer_cc(), world.path("masquerade").join(name)).expect("a link");
}

#[test]
fn as_launcher() {
    for_each_compiler(|world| {
        project(&world);
        world.cc("-c a.c").miss();
        world.cc("-c a.c").hit();
        let absolute = world.path("bin").join(world.compiler().c());
        world.run(absolute.clone(), words("-c a.c")).hit();
        world.run(absolute, words("--version")).bypass("not-a-compile");
    });
}

#[test]
fn as_cc() {
    let world = World::new();
    project(&world);
    world.command("cc -c a.c").without_name().miss();
    world.command("cc -c a.c").without_name().hit();
    world.command("cc --version").without_name().bypass("not-a-compile");
    world.command("cc -c absent.c").without_name().bypass("input-unreadable");
    world.command("cc -E a.c").without_name().bypass("preprocess-only");
    world.command("clang -c a.c -DX").without_name().env("PACKER_CC_COMPILER", "clang").miss();
    let absolute = world.path("bin/clang");
    world.command("clang -c a.c -DX").without_name().env("PACKER_CC_COMPILER", absolute).hit();
}

#[test]
fn as_cxx() {
    let world = World::new();
    project(&world);
    world.command("c++ -c a.cc").without_name().wrapper(packer_cxx()).miss();
    world.command("c++ -c a.cc").without_name().wrapper(packer_cxx()).hit();
    world.command("c++ --version").without_name().wrapper(packer_cxx()).bypass("not-a-compile");
    let run = world.command("clang++ -c a.cc -DX").without_name().wrapper(packer_cxx());
    run.env("PACKER_CXX_COMPILER", "clang++").env("PACKER_CC_COMPILER", "clang").miss();
    // The C++ wrapper in the launcher form is a launcher like the other.
    world.command("g++ -c a.cc").wrapper(packer_cxx()).miss();
}

#[test]
fn as_masquerade() {
    for_each_compiler(|world| {
        project(&world);
        let name = world.compiler().c();
        link_to_packer(&world, name);
        let path = path(&world, &["masquerade", "bin"]);
        let link = world.path("masquerade").join(name);
        for program in [OsString::from(name), link.into_os_string()] {
            // Both runs have the same PATH, so the bare one starts the shim by its full name.
            let shim = world.path("bin").join(name);
            let run = |line: &str| {
                world.compare(argv(shim.clone(), line), argv(program.clone(), line)).env("PATH", path.clone())
            };
            run("-c a.c").kept();
            run("-c a.c").hit();
            run("--version").bypass("not-a-compile");
            run("-print-prog-name=as").bypass("not-a-compile");
        }
    });
}

#[test]
fn masquerade_as_cc_and_as_cxx() {
    let world = World::new();
    project(&world);
    for (name, source) in [("cc", "a.c"), ("c++", "a.cc"), ("g++", "a.cc"), ("clang++", "a.cc")] {
        link_to_packer(&world, name);
        let path = path(&world, &["masquerade", "bin"]);
        let line = format!("-c {source}");
        let run =
            || world.compare(argv(world.path("bin").join(name), &line), argv(name, &line)).env("PATH", path.clone());
        run().miss();
        run().hit();
    }
}

#[test]
fn doubled_wrapper() {
    for_each_compiler(|world| {
        project(&world);
        let name = world.compiler().c();
        let twice = |line: &str| {
            let mut ours = argv(packer_cc(), &format!("{name} {line}"));
            ours.insert(1, packer_cc().into_os_string());
            world.compare(argv(name, line), ours)
        };
        twice("-c a.c").miss();
        twice("-c a.c").hit();
        twice("--version").bypass("not-a-compile");
        twice("a.c -c -o").bypass("dangling-option");
        // A launcher in front of a masquerade link, where somebody set up both.
        link_to_packer(&world, name);
        let path = path(&world, &["masquerade", "bin"]);
        let shim = world.path("bin").join(name);
        let linked =
            || world.compare(argv(shim.clone(), "-c a.c -DX"), argv(packer_cc(), &format!("{name} -c a.c -DX")));
        linked().env("PATH", path.clone()).miss();
        linked().env("PATH", path.clone()).hit();
        // `CC=packer-cc`, and the configured compiler is `packer-cc gcc`.
        let run = world.command("gcc -c a.c -DY").without_name();
        run.env("PACKER_CC_COMPILER", format!("{} gcc", packer_cc().display())).miss();
    });
}

#[test]
fn it_never_finds_itself_on_the_path() {
    let world = World::new();
    project(&world);
    for (dir, name) in [("one", "cc"), ("one", "gcc"), ("two", "cc"), ("two", "gcc")] {
        fs::create_dir_all(world.path(dir)).expect("a directory");
        symlink(packer_cc(), world.path(dir).join(name)).expect("a link");
    }
    // A link to a link, and a link to that.
    fs::create_dir(world.path("three")).expect("a directory");
    symlink(world.path("one/cc"), world.path("three/cc")).expect("a link");
    symlink(world.path("three/cc"), world.path("three/gcc")).expect("a link");
    let path = path(&world, &["one", "two", "three", "bin"]);
    let shim = |name: &str| world.path("bin").join(name);
    for (program, bare) in [(packer_cc(), "cc"), (world.path("one/gcc"), "gcc"), (world.path("three/gcc"), "gcc")] {
        let run =
            || world.compare(argv(shim(bare), "-c a.c"), argv(program.clone(), "-c a.c")).env("PATH", path.clone());
        run().kept();
        run().hit();
    }
}

#[test]
fn without_any_compiler_it_says_so() {
    let world = World::new();
    project(&world);
    fs::create_dir(world.path("only")).expect("a directory");
    for name in ["cc", "gcc"] {
        symlink(packer_cc(), world.path("only").join(name)).expect("a link");
    }
    for argv in [vec!["-c", "a.c"], vec!["no-such-compiler", "-c", "a.c"], vec!["gcc", "-c", "a.c"]] {
        let mut command = world.bare_command(packer_cc().as_os_str());
        command.args(&argv).env("PATH", world.path("only"));
        let ran = crate::fixture::Ran::of(command, &[]);
        assert!(!ran.status.success(), "{argv:?}");
        assert!(ran.stderr_text().contains("packer-cc"), "{argv:?}: {}", ran.stderr_text());
        assert!(!world.exists("a.o"));
    }
}

/// A first word that is no option and no input is the compiler. If it cannot be started, packer-cc says so and ends
/// as a shell would.
#[test]
fn a_first_word_that_cannot_be_started_is_no_reason_to_start_another() {
    let world = World::new();
    project(&world);
    for name in ["my-gcc", "tools/named", "compiler.sh", "tools/gcc-13.2"] {
        world.file(name, "#!/bin/sh\nexec gcc \"$@\"\n");
    }
    let tools = path(&world, &["tree/tools"]);
    let run = |words: &[&str], configured: Option<&str>| {
        let mut command = world.bare_command(packer_cc().as_os_str());
        command.args(words).env("PATH", &tools);
        if let Some(configured) = configured {
            command.env("PACKER_CC_COMPILER", configured);
        }
        let ran = crate::fixture::Ran::of(command, &[]);
        assert!(!world.exists("a.o"), "{words:?}");
        (ran.status.code(), ran.stderr_text())
    };
    for (word, status) in [
        ("./my-gcc", 126),
        ("./compiler.sh", 126),
        ("./tools", 126),
        ("./tools/gcc-13.2", 126),
        // As a shell looks for it on PATH alone.
        ("named", 126),
        ("gcc-13.2", 126),
        ("my-gcc", 127),
        ("./nothing", 127),
        ("./my-gcc/below", 127),
    ] {
        let (code, said) = run(&[word, "-c", "a.c"], None);
        assert_eq!(code, Some(status), "{word}: {said}");
        assert!(said.starts_with("packer-cc: ") && said.contains(word), "{word}: {said}");
        let (code, said) = run(&["-c", "a.c"], Some(word));
        assert_eq!(code, Some(status), "PACKER_CC_COMPILER={word}: {said}");
    }
    // As soon as it can be executed, it is the compiler.
    fs::set_permissions(world.tree().join("my-gcc"), Permissions::from_mode(0o755)).expect("modes");
    let mut command = world.bare_command(packer_cc().as_os_str());
    command.args(["./my-gcc", "-c", "a.c"]);
    assert!(crate::fixture::Ran::of(command, &[]).status.success() && world.exists("a.o"));
}

/// Sources and objects come first where packer-cc is the compiler: `$(CC) $(OBJECTS) -o program`.
#[test]
fn a_first_word_that_is_an_input_is_one() {
    let world = World::new();
    world.file("main.c", "int main(void) { return 0; }\n");
    let build = |line: &str| {
        let status = world.bare_command("gcc".as_ref()).args(words(line)).status().expect("gcc");
        assert!(status.success(), "{line}");
    };
    build("-c main.c -o main.o");
    for name in ["main", "main.os", "main.pico", "library.so.1"] {
        fs::copy(world.tree().join("main.o"), world.tree().join(name)).expect("a copy");
    }
    build("-shared -fPIC -x c /dev/null -o library.so.1");
    for line in
        ["main.c -o p", "main.o -o p", "main -o p", "main.os -o p", "main.pico -o p", "library.so.1 main.o -o p"]
    {
        world.command(&format!("cc {line}")).without_name().bypass("not-a-compile");
    }
    world.command("cc main.c -c").without_name().miss();
}

#[test]
fn it_says_its_own_version() {
    let world = World::new();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(world.admin(&["version"]), format!("packer-cc {version}\n"));
    for words in [&["version", "--json"][..], &["stats", "--json"], &["config", "--json"]] {
        let told: serde_json::Value = serde_json::from_str(&world.admin(words)).expect("JSON");
        assert_eq!(told["version"], version, "{words:?}");
    }
    assert!(world.admin(&["config"]).starts_with(&format!("packer-cc {version}\n")));
}

#[test]
fn administration_words_are_only_the_first_word() {
    let world = World::new();
    project(&world);
    world.file("stats", "int a;\n").file("config.c", "int a;\n");
    world.command("gcc -x c -c stats").miss();
    world.command("cc -x c -c stats").without_name().miss();
    world.command("gcc -c config.c").miss();
    world.command("gcc stats").bypass("not-a-compile");
    assert!(world.admin(&["stats", "--json"]).starts_with('{'));
}

#[test]
fn probes_are_untouched() {
    const PROBES: &[&str] = &[
        "--version",
        "-v",
        "-V",
        "-qversion",
        "-version",
        "-dumpmachine",
        "-dumpversion",
        "-dumpfullversion",
        "-dumpspecs",
        "-print-search-dirs",
        "-print-libgcc-file-name",
        "-print-sysroot",
        "-print-multi-lib",
        "-print-file-name=plugin",
        "--print-prog-name=ld",
        "-### -c a.c",
        "-E -v -x c /dev/null",
        "-E -dM -x c++ /dev/null",
        "-Q --help=target",
        "--target-help",
        "-Wl,--version",
        "",
    ];
    for_each_compiler(|world| {
        project(&world);
        for probe in PROBES {
            let code = if probe.contains("-dM") { "preprocess-only" } else { "not-a-compile" };
            world.cc(probe).bypass(code);
            world.cxx(probe).bypass(code);
        }
    });
}

/// A compiler that is killed keeps its signal; one that exits oddly keeps its status. The script stands for a
/// compiler that answers questions and then ends in some way.
#[test]
fn ends_are_the_compilers_own() {
    let world = World::new();
    project(&world);
    for (name, end) in
        [("killed", "kill -KILL $$"), ("ended", "kill -TERM $$"), ("odd", "exit 73"), ("fault", "kill -SEGV $$")]
    {
        let script = format!(
            "#!/bin/sh\nfor word; do case $word in -print*|-dump*|-###|--version|-v) exec gcc \"$@\";; esac; done\n\
             echo before >&2\n{end}\n"
        );
        let program = world.path("bin").join(name);
        fs::write(&program, script).expect("a script");
        fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("its mode");
        for (line, what) in [
            ("-c a.c", "failed: compiler-failed"),
            ("-E a.c", "bypass: preprocess-only"),
            ("a.c", "bypass: not-a-compile"),
        ] {
            let ran = world.run(program.clone(), words(line)).does(what);
            assert!(!ran.status.success());
            if end.contains("KILL") {
                assert_eq!(ran.status.signal(), Some(9));
            }
        }
    }
    assert!(!world.exists("a.o"));
    world.cc("-c a.c").miss();
}

#[test]
fn arguments_reach_the_compiler_byte_for_byte() {
    let world = World::new();
    project(&world);
    let odd: &[&[u8]] = &[b"", b" ", b"\xff\xfe", b"new\nline", b"'quoted'", b"@", b"@absent", b"--", b"*"];
    for word in odd {
        let args = vec!["-E".into(), "a.c".into(), std::ffi::OsStr::from_bytes(word).to_owned()];
        let code = if *word == b"@" { "response-file" } else { "preprocess-only" };
        world.run("gcc", args).bypass(code);
    }
}

#[test]
fn a_relative_compiler_path_is_relative_to_the_working_directory() {
    let world = World::new();
    project(&world);
    world.shim_in("tree/tools", "mycc", Path::new("/usr/bin/gcc"));
    // The shim lists its runs in the directory above its own.
    symlink(world.path("runs"), world.path("tree/runs")).expect("a link");
    world.command("./tools/mycc -c a.c").miss();
    world.command("./tools/mycc -c a.c").hit();
    world.command("tools/mycc -c a.c").hit();
    world.command("../tree/tools/mycc --version").bypass("not-a-compile");
}

/// A compiler that is called by its name looks for its parts beside the program of that name on `PATH`, which is our
/// link here. The counting shim would hide this, since it calls the compiler by its path.
#[test]
fn a_compiler_behind_a_link_finds_its_parts() {
    for (name, line) in [
        ("avr-gcc", "-mmcu=atmega328p -Os -c a.c"),
        ("avr-g++", "-mmcu=atmega328p -Os -c a.cc"),
        ("arm-none-eabi-gcc", "-Os -c a.c"),
        ("gcc", "-O2 -c a.c"),
        ("clang", "-O2 -c a.c"),
        ("clang++", "-O2 -c a.cc"),
    ] {
        let world = World::new();
        world.file("a.c", "#include <stdint.h>\nuint8_t x;\n").file("a.cc", "int x;\n");
        link_to_packer(&world, name);
        let links = world.path("masquerade").display().to_string();
        let bare = [OsString::from(format!("/usr/bin/{name}"))].into_iter().chain(words(line)).collect::<Vec<_>>();
        let ours = [OsString::from(name)].into_iter().chain(words(line)).collect::<Vec<_>>();
        let by_name = [packer_cc().into_os_string()].into_iter().chain(ours.clone()).collect::<Vec<_>>();
        let run = |ours| world.compare(bare.clone(), ours).env("PATH", format!("{links}:/usr/bin:/bin"));
        run(ours.clone()).miss();
        run(ours).hit();
        run(by_name).hit();
    }
}
