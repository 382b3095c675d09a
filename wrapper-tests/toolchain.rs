//! The parts of gcc and clang that change under an unchanged driver. What is told of avr-gcc stands in
//! [`crate::toolchain`].

use crate::fixture::{Compiler, World, age, for_each_compiler, host_program, words};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Puts `content` in a program's place. Another process writes it: a descriptor open for writing that a test in
/// another thread hands to its children would make the program impossible to start.
fn replace_program(path: &Path, content: &[u8]) {
    let temporary = path.with_extension("new");
    fs::write(&temporary, content).expect("a program's content");
    let _ = fs::remove_file(path);
    let copied = Command::new("cp").arg(&temporary).arg(path).status().expect("cp starts");
    assert!(copied.success(), "{}", path.display());
    fs::remove_file(&temporary).expect("a temporary file");
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    age(path);
}

/// Another program of the same size and mtime that does the same: the last byte of a stripped executable belongs to
/// the section headers, which nothing reads at run time.
pub fn flip_last_byte(path: &Path) {
    let mut bytes = fs::read(path).expect("a program");
    *bytes.last_mut().expect("a byte") ^= 1;
    replace_program(path, &bytes);
}

fn copy_program(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a directory")).expect("directories");
    replace_program(to, &fs::read(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())));
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_tree(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a file of the toolchain");
            age(&to);
        }
    }
}

fn asks(program: &str, question: &str) -> PathBuf {
    let output = Command::new(host_program(program, program)).arg(question).output().expect("a compiler");
    let path = PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim());
    path.canonicalize().unwrap_or_else(|error| panic!("{question} of {program}: {}: {error}", path.display()))
}

/// A private copy of gcc in `name`, its drivers behind counting shims.
pub fn gcc_in(world: &World, name: &str) -> PathBuf {
    let root = world.path(name);
    let installed = asks("gcc", "-print-prog-name=cc1");
    let installed = installed.parent().expect("a directory");
    let below = installed.strip_prefix("/usr").expect("a gcc of the distribution");
    let own = root.join(below);
    for part in ["cc1", "cc1plus"] {
        copy_program(&installed.join(part), &own.join(part));
    }
    copy_tree(&installed.join("include"), &own.join("include"));
    let target = below.iter().nth(2).expect("a target").to_owned();
    copy_program(&host_program("as", "binutils"), &root.join(target).join("bin/as"));
    for driver in ["gcc", "g++"] {
        let real = root.join("bin").join(format!("real-{driver}"));
        copy_program(&host_program(driver, driver), &real);
        world.shim_in(&format!("{name}/bin"), driver, &real);
    }
    symlink(world.path("runs"), root.join("runs")).expect("a link to the list of runs");
    root
}

pub fn part(root: &Path, name: &str) -> PathBuf {
    let output = Command::new(root.join("bin/gcc")).arg(format!("-print-prog-name={name}")).output().expect("gcc");
    let path = PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim());
    let path = path.canonicalize().unwrap_or_else(|error| panic!("{name} at {}: {error}", path.display()));
    assert!(path.starts_with(root.canonicalize().expect("the copy")), "{} is not in the copy", path.display());
    path
}

#[test]
fn cc1_cc1plus_and_as_change_under_an_unchanged_driver() {
    let world = World::new();
    world.file("a.c", "#include <stddef.h>\nsize_t a;\n").file("b.cc", "#include <stddef.h>\nsize_t b;\n");
    let root = gcc_in(&world, "toolchain");
    let c = || world.run(root.join("bin/gcc"), words("-c a.c -MD"));
    let cxx = || world.run(root.join("bin/g++"), words("-c b.cc -MD"));
    c().miss();
    cxx().miss();
    for (name, changes_c, changes_cxx) in [("cc1", true, false), ("cc1plus", false, true), ("as", true, true)] {
        let path = part(&root, name);
        flip_last_byte(&path);
        if changes_c {
            c().miss()
        } else {
            c().hit()
        };
        if changes_cxx {
            cxx().miss()
        } else {
            cxx().hit()
        };
        c().hit();
        cxx().hit();
        flip_last_byte(&path);
        c().hit();
        cxx().hit();
    }
    // The toolchain's own header.
    let header = part(&root, "cc1").with_file_name("include").join("stddef.h");
    let text = fs::read_to_string(&header).expect("a header");
    fs::write(&header, format!("{text}\n#define ADDED 1\n")).expect("a header");
    age(&header);
    c().miss();
    fs::write(&header, &text).expect("a header");
    c().hit();
    // A specs file that appears where the driver looks for one.
    fs::write(part(&root, "cc1").with_file_name("specs"), "*cc1:\n+ -O2\n\n").expect("specs");
    c().compiled();
}

/// A runner's image was exchanged: what is missed is missed because of it, and log and journal say which file it is.
#[test]
fn a_miss_under_another_toolchain_names_the_member_that_differs() {
    let world = World::new();
    world.file("a.c", "#include <stddef.h>\nsize_t a;\n").file("b.cc", "#include <stddef.h>\nsize_t b;\n");
    let lines = ["-c a.c -MD", "-c a.c -O2", "-c a.c -m64 -MMD"];
    let first = gcc_in(&world, "first");
    let miss = |root: &Path, line: &str| {
        let lines = || fs::read_to_string(world.path("log")).unwrap_or_default().lines().count();
        let before = lines();
        world.run(root.join("bin/gcc"), words(line)).miss();
        let log = fs::read_to_string(world.path("log")).expect("a log");
        let log = log.lines().skip(before).collect::<Vec<_>>().join("\n");
        let record = world.journal().pop().expect("a record");
        let text = |field: &str| record[field].as_str().expect("a text").to_owned();
        (text("reason"), text("detail"), log)
    };
    for line in lines {
        let (reason, detail, log) = miss(&first, line);
        assert_eq!((reason.as_str(), detail.as_str(), log.contains("differs")), ("new", "", false), "{line}: {log}");
    }
    world.run(first.join("bin/g++"), words("-c b.cc")).miss();
    for (name, runner) in [("cc1", "second"), ("as", "third place"), ("gcc", "fourth")] {
        // Another machine: another place, no state, and one other file.
        let root = gcc_in(&world, runner);
        fs::remove_dir_all(world.cache().join("state")).expect("the state");
        world.run(root.join("bin/gcc"), words(lines[0])).hit();
        let (changed, shown) = match name {
            "gcc" => (root.join("bin/real-gcc"), "real-gcc"),
            _ => (part(&root, name), name),
        };
        let digest = |path: &Path| {
            packer_cc::digest::Digest::of_bytes(&fs::read(path).expect("a program")).hex()[..12].to_owned()
        };
        let old = digest(&changed);
        flip_last_byte(&changed);
        fs::remove_dir_all(world.cache().join("state")).expect("the state");
        for line in lines {
            let (reason, detail, log) = miss(&root, line);
            let expected = format!("{shown} differs ({old} → {})", digest(&changed));
            assert_eq!((reason.as_str(), &detail), ("compiler-changed", &expected), "{line}");
            assert!(log.contains(&format!("compiler: {expected}")), "{log}");
            world.run(root.join("bin/gcc"), words(line)).hit();
        }
        // What no toolchain compiled before is new.
        let (reason, detail, _) = miss(&root, &format!("-c a.c -O1 -DNEVER_{name}"));
        assert_eq!((reason.as_str(), detail.as_str()), ("new", ""));
        // C++ knows another cc1plus only.
        if name == "cc1" {
            world.run(root.join("bin/g++"), words("-c b.cc")).hit();
        }
    }
    let stats: serde_json::Value = serde_json::from_str(&world.admin(&["stats", "--json"])).expect("JSON");
    assert_eq!(stats["miss_reasons"]["compiler-changed"], 3, "{stats}");
    // Nothing hangs on it: damaged or gone, a miss says less.
    for damage in [true, false] {
        for file in world.store_files().into_iter().filter(|file| file.starts_with(world.cache().join("store/v1/t"))) {
            if damage { fs::write(file, "damaged") } else { fs::remove_file(file) }.expect("a file");
        }
        flip_last_byte(&part(&first, "cc1"));
        let (reason, ..) = miss(&first, &format!("-c a.c -DDAMAGE={damage}"));
        assert_eq!(reason, "new");
    }
}

#[test]
fn the_same_gcc_elsewhere_is_the_same_compiler() {
    let world = World::new();
    world.file("a.c", "#include <stddef.h>\nsize_t a;\n").file("b.cc", "#include <stddef.h>\nsize_t b;\n");
    let first = gcc_in(&world, "first");
    let second = gcc_in(&world, "second place");
    for request in ["", "-MD", "-MMD", "-Wall"] {
        for (driver, source) in [("gcc", "a.c"), ("g++", "b.cc")] {
            let line = format!("-O1 -c {source} {request}");
            world.run(first.join("bin").join(driver), words(&line)).same();
            world.run(second.join("bin").join(driver), words(&line)).hit();
        }
    }
}

#[test]
fn clangs_resource_directory_changes_and_moves() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "#include <stddef.h>\nsize_t a;\n");
    let resources = asks("clang", "-print-resource-dir");
    for name in ["one", "two places"] {
        copy_tree(&resources.join("include"), &world.path(name).join("include"));
    }
    let compile = |name: &str| world.cc(&format!("-resource-dir '{}' -MD -c a.c", world.path(name).display()));
    compile("one").miss();
    compile("one").hit();
    compile("two places").hit();
    let header = world.path("one/include/stddef.h");
    let text = fs::read_to_string(&header).expect("a header");
    fs::write(&header, format!("{text}\n#define ADDED 1\n")).expect("a header");
    age(&header);
    compile("one").miss();
    compile("two places").hit();
    fs::write(&header, text).expect("a header");
    compile("one").hit();
}

#[test]
fn clangs_target_follows_the_name_it_is_called_by() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "long a(long x) { return x * 3; }\n");
    world.cc("-c a.c").miss();
    for name in ["aarch64-linux-gnu-clang", "i686-linux-gnu-clang"] {
        let link = world.path("bin").join(name);
        symlink(host_program("clang", "clang"), &link).expect("a link");
        // Not a shim: the compiler goes by its own name.
        world.command(&format!("{name} -c a.c")).same();
        world.command(&format!("{name} -c a.c")).hit();
        assert_eq!(world.journal().iter().filter(|record| record["outcome"] == "hit").count() % 2, 1);
        world.cc("-c a.c").hit();
        fs::remove_file(link).expect("a link");
    }
    world.cc("--target=aarch64-linux-gnu -c a.c").miss();
    world.cc("-target aarch64-linux-gnu -c a.c").same();
}

#[test]
fn configuration_files_of_clang_appear_change_and_go() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "#ifndef Q\n#define Q 0\n#endif\nint a(int x) { return x * 3 + Q; }\n");
    // clang reads a configuration file named after itself, beside itself, where its name begins with a target.
    copy_program(&asks("clang", "-print-prog-name=clang"), &world.path("bin/x86_64-clang"));
    let compile = || world.command("x86_64-clang -c a.c");
    let put = |name: &str, text: &str| {
        fs::write(world.path("bin").join(name), text).expect("a configuration file");
        age(&world.path("bin").join(name));
    };
    compile().same();
    compile().hit();
    put("x86_64-clang.cfg", "-O2\n-DQ=1\n");
    compile().same();
    compile().hit();
    put("x86_64-clang.cfg", "-O1\n-DQ=1\n");
    compile().same();
    put("x86_64-clang.cfg", "-O1\n@more.cfg\n");
    for value in [2, 3, 2] {
        put("more.cfg", &format!("-DQ={value}\n"));
        compile().same();
        compile().hit();
    }
    put("more.cfg", "-MMD\n");
    compile().bypass("compiler-unknown");
    fs::remove_file(world.path("bin/x86_64-clang.cfg")).expect("a configuration file");
    compile().hit();
    put("x86_64.cfg", "-O3\n");
    compile().same();
    fs::remove_file(world.path("bin/x86_64.cfg")).expect("a configuration file");
    for (line, variable) in [("--config more.cfg -c a.c", None), ("-c a.c", Some("CCC_OVERRIDE_OPTIONS"))] {
        put("more.cfg", "-O3\n");
        let run = world.cc(line);
        let run = if let Some(variable) = variable { run.env(variable, "+-O2") } else { run };
        run.bypassed();
    }
}

/// A library's bytes count, also where it is loaded from only since it appeared there.
#[test]
fn shared_libraries_change_appear_and_go() {
    let library = ["/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/aarch64-linux-gnu/libz.so.1"]
        .iter()
        .map(Path::new)
        .find(|path| path.exists())
        .expect("libz.so.1 is missing: install the Debian package zlib1g");
    let library = fs::read(library).expect("a library");
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n");
        fs::create_dir(world.path("libraries")).expect("a directory");
        let compile = || world.cc("-c a.c").env("LD_LIBRARY_PATH", world.path("libraries"));
        let own = world.path("libraries/libz.so.1");
        world.cc("-c a.c").miss();
        compile().hit();
        if !loads_zlib(&world) {
            return;
        }
        replace_program(&own, &[&library[..], b"\0"].concat());
        compile().miss();
        compile().hit();
        replace_program(&own, &[&library[..], b"\x01"].concat());
        compile().miss();
        fs::remove_file(&own).expect("a library");
        compile().hit();
        // Directories for hardware capabilities are looked at first.
        for round in 0..2 {
            let capable = world.path("libraries/glibc-hwcaps/x86-64-v2");
            fs::create_dir_all(&capable).expect("a directory");
            replace_program(&capable.join("libz.so.1"), &[&library[..], &[2 + round]].concat());
            compile().miss();
            fs::remove_dir_all(world.path("libraries/glibc-hwcaps")).expect("a directory");
            compile().hit();
        }
    });
}

/// avr-gcc of Debian links zlib into its parts.
fn loads_zlib(world: &World) -> bool {
    let program = match world.compiler() {
        Compiler::Clang => host_program("clang", "clang"),
        compiler => asks(compiler.c(), "-print-prog-name=cc1"),
    };
    let output = Command::new("ldd").arg(program).output().expect("ldd starts");
    String::from_utf8_lossy(&output.stdout).contains("libz.so.1")
}

#[test]
fn a_preloaded_library_changes() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n");
        let library = world.path("preload.so");
        let make = |value: u8| {
            fs::write(world.path("preload.c"), format!("int preloaded = {value};\n")).expect("a source");
            let source = world.path("preload.c");
            let made = Command::new(host_program("gcc", "gcc"))
                .args(["-shared", "-fPIC", "-o"])
                .arg(&library)
                .arg(source)
                .status()
                .expect("gcc starts");
            assert!(made.success(), "a library");
        };
        let compile = || world.cc("-c a.c").env("LD_PRELOAD", &library);
        for value in [1, 2] {
            make(value);
            compile().miss();
            compile().hit();
        }
        make(1);
        compile().hit();
    });
}

#[test]
fn replaced_in_place_with_the_same_size_and_time() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n").file("b.cc", "int b;\n");
        for (driver, source) in [(world.compiler().c(), "a.c"), (world.compiler().cxx(), "b.cc")] {
            let program = world.path("bin").join(driver);
            let compile = || world.command(&format!("{driver} -c {source}"));
            compile().miss();
            flip_last_byte(&program);
            compile().miss();
            flip_last_byte(&program);
            compile().hit();
        }
    });
}

#[test]
fn a_link_that_is_retargeted() {
    let world = World::new();
    world.file("a.c", "int a(int x) { return x / 7; }\n");
    for link in ["linked-cc", "chained-cc"] {
        symlink("gcc", world.path("bin").join(link)).expect("a link");
    }
    fs::remove_file(world.path("bin/chained-cc")).expect("a link");
    symlink("linked-cc", world.path("bin/chained-cc")).expect("a link");
    for name in ["linked-cc", "chained-cc"] {
        for target in ["gcc", "clang", "gcc"] {
            fs::remove_file(world.path("bin/linked-cc")).expect("a link");
            symlink(target, world.path("bin/linked-cc")).expect("a link");
            world.command(&format!("{name} -c a.c")).same();
            world.command(&format!("{name} -c a.c")).hit();
        }
    }
}

#[test]
fn an_assembler_that_appears_wherever_a_driver_looks() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("a.c", "int a;\n");
        let (target, assembler) = match compiler {
            Compiler::Gcc => ("x86_64-linux-gnu/12", host_program("as", "binutils")),
            _ => ("avr/5.4.0", asks("avr-gcc", "-print-prog-name=as")),
        };
        let bytes = fs::read(assembler).expect("an assembler");
        fs::create_dir(world.path("tools")).expect("a directory");
        let tools = world.path("tools");
        let tools = tools.display();
        let places = [
            (format!("-B {tools}"), "as".to_owned()),
            (format!("-B{tools}/"), format!("{target}/as")),
            (format!("-B {tools}/my-"), "my-as".to_owned()),
            (format!("-B {tools}/further"), "further/as".to_owned()),
        ];
        for (number, (option, name)) in (0u8..).zip(places) {
            let line = format!("{option} -c a.c");
            world.cc(&line).same();
            world.cc(&line).hit();
            let place = world.path("tools").join(name);
            fs::create_dir_all(place.parent().expect("a directory")).expect("a directory");
            replace_program(&place, &[&bytes[..], &[number]].concat());
            world.cc(&line).same();
            world.cc(&line).hit();
            assert_eq!(used(&world, &line), bytes.len() + 1, "{option}: the assembler that appeared");
            fs::remove_file(place).expect("an assembler");
            world.cc(&line).hit();
        }
    }
}

/// The size of the assembler this command uses.
fn used(world: &World, line: &str) -> usize {
    let mut arguments = words(line);
    arguments.push("-###".into());
    let output = world.bare_command(world.compiler().c().as_ref()).args(arguments).output().expect("a compiler");
    let text = String::from_utf8(output.stderr).expect("text");
    let command = text.lines().rfind(|line| line.contains("as ")).expect("an assembler");
    let program = command.trim().split(' ').next().expect("a word");
    fs::read(program).map_or(0, |bytes| bytes.len())
}

#[test]
fn clangs_assembler_is_found_as_clang_finds_it() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int a;\n");
    let tools = world.path("tools");
    let bytes = fs::read(host_program("as", "binutils")).expect("an assembler");
    fs::create_dir(&tools).expect("a directory");
    replace_program(&tools.join("as"), &[&bytes[..], b"\0"].concat());
    let path = format!("{}:{}:/usr/bin:/bin", world.path("bin").display(), tools.display());
    world.cc("-c a.c").miss();
    world.cc("-no-integrated-as -c a.c").miss();
    let ways = [
        world.cc(&format!("-no-integrated-as -B {} -c a.c", tools.display())),
        world.cc("-no-integrated-as -c a.c").env("COMPILER_PATH", &tools),
        world.cc("-no-integrated-as -c a.c").env("PATH", path),
    ];
    for way in ways {
        way.same();
    }
    let line = format!("-no-integrated-as -B {} -c a.c", tools.display());
    world.cc(&line).hit();
    replace_program(&tools.join("as"), &[&bytes[..], b"\x01"].concat());
    world.cc(&line).miss();
    world.cc("-no-integrated-as -c a.c").hit();
    world.cc("-c a.c").hit();
}

#[test]
fn specs_change_include_and_ask() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("a.c", "#ifndef Q\n#define Q 0\n#endif\nint a(int x) { return x * 3 + Q; }\n");
        for option in ["-specs=my.specs", "--specs=my.specs"] {
            let line = format!("{option} -c a.c");
            for level in ["-O1", "-O2", "-O1"] {
                world.file("my.specs", format!("*cc1:\n+ -DQ=1 {level}\n\n"));
                world.cc(&line).same();
                world.cc(&line).hit();
            }
            world.file("my.specs", "%include <more.specs>\n*cc1:\n+ -DQ=2\n\n");
            for level in ["-O1", "-O2", "-O1"] {
                world.file("more.specs", format!("*cc1_options:\n+ {level}\n\n"));
                world.cc(&line).same();
                world.cc(&line).hit();
            }
        }
        world.file("my.specs", "*cc1:\n+ -D%:getenv(MINE Q=5)\n\n");
        for value in ["", "X", ""] {
            world.cc("-specs=my.specs -c a.c").env("MINE", value).same();
            world.cc("-specs=my.specs -c a.c").env("MINE", value).same();
        }
        for added in ["-fstack-usage", "-MMD", "-Ifirst", "-fdump-tree-original"] {
            world.file("my.specs", format!("*cc1:\n+ {added}\n\n"));
            world.cc("-specs=my.specs -c a.c").bypass("compiler-unknown");
        }
        world.file("my.specs", "*asm:\n+ -adhln=a.lst\n\n");
        world.cc("-specs=my.specs -c a.c").bypass("compiler-unknown");
    }
}

#[test]
fn plugins_are_passed_on() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n").file("plugin.so", "no plugin");
        let mut lines = vec!["-fplugin=./plugin.so -c a.c"];
        if world.compiler() == Compiler::Clang {
            lines.extend(["-fpass-plugin=./plugin.so -c a.c", "-Xclang -load -Xclang ./plugin.so -c a.c"]);
        } else {
            lines.push("-fplugin=./plugin.so -fplugin-arg-plugin-x=1 -c a.c");
        }
        for line in lines {
            let refused = |ran: crate::fixture::Ran| assert!(!ran.status.success());
            refused(world.cc(line).bypassed());
        }
    });
}
