//! The `relative` mode: the home directory, and temporary directories.

use crate::fixture::{Compiler, Ran, lossy, packer_cc};
use crate::relative::{PLACES, Project};
use std::fs;
use std::path::{Path, PathBuf};

/// Two homes with the same packages. The second holds the first place's root as well.
const HOMES: [&str; 2] = ["home", "tree"];

fn package(dir: &Path, names: &str) {
    for (name, text) in [
        (
            "inc/kit.h",
            format!("#ifndef KIT\n#define KIT 4\nstatic inline const char *kit(void) {{ return {names}; }}\n#endif\n"),
        ),
        ("inc/deep/er.h", "#include \"../kit.h\"\n".to_owned()),
        ("src/kit.c", "#include <deep/er.h>\nconst char *k(void) { int u; return kit(); }\n".to_owned()),
    ] {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, text).expect("a file");
        crate::fixture::age(&path);
    }
}

/// A project whose sources use a kit.
fn project(compiler: Compiler, kits: &[PathBuf]) -> Project {
    let project = Project::new(compiler);
    // Only where a map reaches every name is `__FILE__` the same everywhere.
    let names = if compiler == Compiler::Gcc { "__FILE__" } else { "\"kit\"" };
    for kit in kits {
        package(&project.world.path(kit), names);
    }
    for place in PLACES {
        let text = "#include <deep/er.h>\nconst char *k(void) { int u; return kit(); }\n";
        project.world.file(&format!("{place}/src/kit.c"), text);
    }
    project
}

/// Compiles by the line that a source makes, in this place.
#[track_caller]
fn goes(project: &Project, place: &str, outcome: &str, line: impl Fn(&str) -> String) {
    let (typed, rewritten) = (line("ROOT/src/kit.c"), line("../src/kit.c"));
    let found = project.check(place, &typed, &rewritten);
    assert_eq!(found, outcome, "{typed} in {place}: {}", project.last("reason"));
}

fn in_home(home: &str) -> PathBuf {
    Path::new(home).join(".packages/kit@1")
}

#[test]
fn the_home_directory_is_a_root() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let mut project = project(compiler, &HOMES.map(in_home));
        for (number, line) in [
            "-g -Wall -c SOURCE '-IKIT/inc' -o kit.o -MD",
            "-g -c SOURCE -isystem 'KIT/inc' -o kit.o -MD",
            "-g -O2 -c 'KIT/src/kit.c' '-IKIT/inc' -o kit.o -MMD",
            "-c SOURCE '-IKIT/inc' -include 'KIT/inc/kit.h' -o kit.o -MD",
        ]
        .iter()
        .enumerate()
        {
            let steps = [(PLACES[0], HOMES[0], "miss"), (PLACES[1], HOMES[1], "hit"), (PLACES[0], HOMES[1], "hit")];
            for (place, home, outcome) in steps {
                project.env = vec![("HOME".to_owned(), project.world.path(home).display().to_string())];
                let kit = project.world.path(in_home(home)).display().to_string();
                let line = format!("-DLINE={number} {}", line.replace("KIT", &kit));
                let typed = line.replace("SOURCE", "ROOT/src/kit.c");
                let found = project.check(place, &typed, &line.replace("SOURCE", "../src/kit.c"));
                assert_eq!(found, outcome, "{typed} in {place} of {home}: {}", project.last("reason"));
            }
        }
    }
}

/// gcc before 8 writes the names of files into link-time code and has no map for them.
#[test]
fn link_time_code_names_no_home() {
    for compiler in [Compiler::AvrGcc, Compiler::Gcc, Compiler::Clang] {
        let mut project = project(compiler, &HOMES.map(in_home));
        for (number, line) in [
            "-flto -Wall -c SOURCE '-IKIT/inc' -o kit.o -MD",
            "-flto -Wall -c SOURCE '-IKIT/src/../inc' -o kit.o -MD",
            "-flto -g -Wall -c SOURCE -isystem 'KIT/inc' -o kit.o -MD",
            "-flto -g -Os -Wall -c 'KIT/src/kit.c' '-IKIT/inc' -o kit.o -MMD",
            "-flto -Wall -c 'KIT/src/kit.c' '-IKIT/inc' '-iquoteKIT' -include 'KIT/inc/kit.h' -MD -MF kit.d -o kit.o",
            "-flto -c 'KIT/src/kit.c' '-IKIT/none' '-IKIT/inc' -Wmissing-include-dirs -MD -o kit.o",
        ]
        .iter()
        .enumerate()
        {
            // clang's link-time code is never free of its place.
            // Newer gcc writes the name of a source as it is spelled, and no map reaches that.
            let is_source = compiler == Compiler::Gcc && line.contains("-c 'KIT");
            let other = if compiler == Compiler::Clang || is_source { "miss" } else { "hit" };
            for (place, home, outcome) in [(PLACES[0], HOMES[0], "miss"), (PLACES[1], HOMES[1], other)] {
                project.env = vec![("HOME".to_owned(), project.world.path(home).display().to_string())];
                let kit = project.world.path(in_home(home)).display().to_string();
                let line = format!("-frandom-seed=1 -DLINE={number} {}", line.replace("KIT", &kit));
                let typed = line.replace("SOURCE", "ROOT/src/kit.c");
                let found = project.check(place, &typed, &line.replace("SOURCE", "../src/kit.c"));
                assert_eq!(found, outcome, "{typed} in {place} of {home}: {}", project.last("detail"));
            }
        }
    }
}

/// What is compiled with this home, and the maps that the compiler was given.
fn maps(project: &mut Project, variables: &[(&str, &str)], kit: &Path) -> String {
    project.env = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut command = project.world.bare_command(packer_cc().as_os_str());
    command.arg("gcc").args(project.line(PLACES[0], "-g -c ROOT/src/kit.c -o k.o"));
    command.arg(format!("-I{}/inc", kit.display()));
    command.env("PACKER_CC_ROOT", project.root(PLACES[0])).env("PACKER_CC_RECACHE", "1");
    command.envs(variables.iter().copied()).current_dir(project.world.tree().join(PLACES[0]).join("build"));
    let ran = Ran::of(command, &[]);
    assert!(ran.status.success(), "{}", lossy(&ran.stderr));
    let run = project.world.runs().pop().expect("a run");
    run.into_iter().filter(|word| word.contains("-prefix-map=")).collect::<Vec<_>>().join(" ")
}

/// `/`, nothing, a relative path and what is missing are no homes, and the setting turns it off.
#[test]
fn homes_that_are_no_roots() {
    let mut project = project(Compiler::Gcc, &HOMES.map(in_home));
    let home = project.world.path(HOMES[0]).display().to_string();
    let kit = project.world.path(in_home(HOMES[0]));
    assert!(maps(&mut project, &[("HOME", &home)], &kit).contains("=~"));
    assert!(maps(&mut project, &[("HOME", &format!("{home}/"))], &kit).contains(&format!("{home}=~")));
    for odd in ["/", "", "home", "/missing/home", "//", "/."] {
        assert!(!maps(&mut project, &[("HOME", odd)], &kit).contains("=~"), "{odd}");
    }
    for off in ["0", "off", "no"] {
        assert!(!maps(&mut project, &[("HOME", &home), ("PACKER_CC_HOME", off)], &kit).contains("=~"), "{off}");
    }
    let root = project.root(PLACES[0]);
    assert!(!maps(&mut project, &[("HOME", &root)], &kit).contains("=~"), "the root is no home");
    assert!(
        !maps(&mut project, &[("HOME", &format!("{root}/src"))], &kit).contains("=~"),
        "what is in the root neither"
    );
    assert!(!maps(&mut project, &[("HOME", &home), ("PACKER_CC_PATHS", "exact")], &kit).contains("map="));
}

/// A directory in the temporary one stands for its number.
#[test]
fn temporary_directories_travel() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let kits = ["tmp/build-env-Xa1", "tmp/build-env-Zb2/deep"];
        let mut project = project(compiler, &kits.map(PathBuf::from));
        project.env = vec![("HOME".to_owned(), project.world.path("home").display().to_string())];
        for (place, kit, outcome) in
            [(PLACES[0], kits[0], "miss"), (PLACES[1], kits[1], "hit"), (PLACES[1], kits[0], "hit")]
        {
            let kit = project.world.path(kit).display().to_string();
            let line = |source: &str| format!("-g -Wall -c {source} '-I{kit}/inc' -o kit.o -MD");
            goes(&project, place, outcome, line);
        }
        // Both have one beginning: the map of the one would reach the other.
        let (one, other) = (project.world.path("tmp/a"), project.world.path("tmp/a-2"));
        package(&one, "\"a\"");
        package(&other, "\"a\"");
        for outcome in ["miss", "hit"] {
            let line = |source: &str| format!("-g -c {source} -I{}/inc -I{} -o k.o", other.display(), one.display());
            goes(&project, PLACES[0], outcome, line);
        }
    }
}

/// Package managers name directories by a hash, below the home directory and elsewhere. Debug data have a word in its place.
#[test]
fn a_hash_in_a_name_is_none_of_the_result() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let mut project = project(compiler, &[]);
        project.env = vec![("HOME".to_owned(), project.world.path("home").display().to_string())];
        let shm =
            tempfile::Builder::new().prefix("store").tempdir_in("/dev/shm").expect("a directory that is not temporary");
        for (nth, base) in [project.world.path("home/.conan2/p"), shm.path().to_owned()].iter().enumerate() {
            let kits = ["zlib4f7275ba0a71f", "zlib93d5d1fc4a7c8", "libpng93d5d1fc4a7c8"].map(|name| base.join(name));
            for kit in &kits {
                package(kit, if compiler == Compiler::Gcc { "__FILE__" } else { "\"kit\"" });
            }
            for (place, kit, outcome) in [
                (PLACES[0], &kits[0], "miss"),
                (PLACES[1], &kits[1], "hit"),
                (PLACES[0], &kits[1], "hit"),
                (PLACES[0], &kits[2], "miss"),
            ] {
                let line =
                    |source: &str| format!("-g -DN={nth} -Wall -c {source} '-I{}/inc' -o kit.o -MD", kit.display());
                goes(&project, place, outcome, line);
            }
            // Two that have one name without their hashes: one of them keeps its own.
            let line = |source: &str| {
                format!("-g -DN={nth} -c {source} -I{}/src -I{}/inc -o k.o", kits[0].display(), kits[1].display())
            };
            for outcome in ["miss", "hit"] {
                goes(&project, PLACES[0], outcome, line);
            }
        }
    }
}

/// What is neither below the home directory nor temporary is not mapped: it travels as long as the result does not show it.
#[test]
fn other_directories_are_shown_as_they_are() {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        let mut project = project(compiler, &[]);
        project.env = vec![("HOME".to_owned(), project.world.path("home").display().to_string())];
        let base = Path::new("/dev/shm");
        let dirs = ["one", "another"].map(|name| {
            tempfile::Builder::new().prefix(name).tempdir_in(base).expect("a directory that is not temporary")
        });
        for dir in &dirs {
            package(dir.path(), if compiler == Compiler::Gcc { "__FILE__" } else { "\"kit\"" });
        }
        let line = |options: &str, nth: usize, source: &str| {
            format!("{options} -c {source} '-I{}/inc' -o kit.o -MD", dirs[nth].path().display())
        };
        for (options, nth, outcome) in
            [("-g", 0, "miss"), ("-g", 1, "miss"), ("-g", 0, "hit"), ("-g", 1, "hit"), ("-DNDEBUG", 0, "miss")]
        {
            let found =
                project.check(PLACES[0], &line(options, nth, "ROOT/src/kit.c"), &line(options, nth, "../src/kit.c"));
            assert_eq!(found, outcome, "{options} {nth}: {}", project.last("reason"));
        }
        let last =
            project.check(PLACES[1], &line("-DNDEBUG", 1, "ROOT/src/kit.c"), &line("-DNDEBUG", 1, "../src/kit.c"));
        // gcc's result holds `__FILE__`.
        assert_eq!(last, if compiler == Compiler::Gcc { "miss" } else { "hit" }, "{}", project.last("reason"));
    }
}

/// `pip` builds in a temporary directory, outside of the root.
#[test]
fn a_temporary_working_directory() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let project = Project::new(compiler);
        for (dir, outcome) in
            [("tmp/pip-install-1/w", "miss"), ("tmp/pip-install-22/w", "hit"), ("tmp/pip-install-1/w", "hit")]
        {
            let cwd = project.world.path(dir);
            fs::create_dir_all(cwd.join("src")).expect("a directory");
            fs::write(cwd.join("src/w.c"), "#include <deep/er.h>\nint w(int x) { return x + KIT; }\n")
                .expect("a source");
            let env = format!("tmp/pip-build-env-{}", dir.len());
            package(&project.world.path(&env), "\"env\"");
            let mut command = project.world.bare_command(packer_cc().as_os_str());
            command.arg(compiler.c()).args(["-g", "-c", "src/w.c", "-o", "w.o"]).current_dir(&cwd);
            command.arg(format!("-I{}/inc", project.world.path(&env).display()));
            command.env("PACKER_CC_ROOT", project.root(PLACES[0]));
            assert!(Ran::of(command, &[]).status.success());
            assert_eq!(project.last("outcome"), outcome, "{dir}: {}", project.last("reason"));
            let object = fs::read(cwd.join("w.o")).expect("an object");
            assert!(memchr::memmem::find(&object, b"pip-install").is_none(), "{dir} is in the object");
        }
    }
}
