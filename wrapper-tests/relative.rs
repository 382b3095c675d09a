//! The `relative` mode: a declared root, absolute paths under it, and results that hold no place.
//!
//! Three commands are compared at each step: the bare compiler given what was typed, whose streams and depfile are what
//! people and build tools must see; the bare compiler given the rewritten command, whose other outputs are what
//! the mode promises; and packer-cc given what was typed.

use crate::fixture::{Compiler, Ran, World, age, first_difference, for_each_compiler, lossy, packer_cc, words};
use crate::toolchain;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

pub const PLACES: [&str; 2] = ["one", "two/deeper place"];

/// What a command left: its streams, and the files it wrote by name.
struct Left {
    ran: Ran,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// A world with the same project in two places.
pub struct Project {
    pub world: World,
    pub env: Vec<(String, String)>,
    /// The working directory below the place.
    pub cwd: &'static str,
}

impl Project {
    pub fn new(compiler: Compiler) -> Self {
        Self::of(World::with(compiler))
    }

    fn of(world: World) -> Self {
        for place in PLACES {
            for (name, content) in [
                ("src/a.c", "#include \"a.h\"\n#include <lib.h>\nint a(int x) { int unused; return A + LIB * x; }\n"),
                ("src/a.h", "#define A 1\n"),
                (
                    "src/file.c",
                    "#include <assert.h>\n#include <lib.h>\nconst char *f = __FILE__;\nint f_(int x) { assert(x); return where(x); }\n",
                ),
                ("src/broken.c", "#include \"broken.h\"\nint broken(void) { return }\n"),
                ("src/broken.h", "int half(\n"),
                ("src/here.S", "#define X 7\n\t.text\n\t.globl x\nx:\n\tnop\n\t.byte X\n"),
                (
                    "inc/lib.h",
                    "#define LIB 2\nextern const char *w;\nstatic inline int where(int x) { w = __FILE__; return x; }\n",
                ),
                ("inc/forced.h", "#define FORCED 1\n"),
                ("build/here.c", "#include \"here.h\"\nint here(int x) { char u; return x + HERE; }\n"),
                ("build/here.h", "#define HERE 3\n"),
                ("build/keep", ""),
            ] {
                world.file(&format!("{place}/{name}"), content);
            }
        }
        Self { world, env: Vec::new(), cwd: "build" }
    }

    pub fn root(&self, place: &str) -> String {
        self.world.tree().join(place).display().to_string()
    }

    /// The words of a line in which ROOT stands for the place.
    pub fn line(&self, place: &str, line: &str) -> Vec<OsString> {
        let root = self.root(place);
        words(line).iter().map(|word| word.to_str().expect("UTF-8").replace("ROOT", &root).into()).collect()
    }

    fn run(&self, place: &str, program: &[OsString], args: &[OsString], env: &[(&str, &str)]) -> Left {
        let tree = self.world.tree();
        let before = self.world.snapshot();
        let mut command = self.world.bare_command(&program[0]);
        command.args(&program[1..]).args(args).current_dir(tree.join(place).join(self.cwd));
        command.env("PACKER_CC_ROOT", tree.join(place)).envs(env.iter().copied());
        command.envs(self.env.iter().map(|(name, value)| (name, value.replace("ROOT", &self.root(place)))));
        let ran = Ran::of(command, &[]);
        let written = before.written(&self.world.snapshot());
        let files = written.iter().map(|name| (name.clone(), fs::read(tree.join(name)).expect("an output"))).collect();
        for name in &written {
            fs::remove_file(tree.join(name)).expect("an output taken back");
        }
        Left { ran, files }
    }

    /// Runs `typed` behind packer-cc in a place and compares: streams and depfile with the bare compiler given the
    /// same, all else with the bare compiler given `rewritten` and the prefix maps. Returns the outcome.
    #[track_caller]
    pub fn check(&self, place: &str, typed: &str, rewritten: &str) -> String {
        let compiler = OsString::from(self.world.compiler().c());
        let typed_args = self.line(place, typed);
        let behind_packer_cc = [packer_cc().into(), compiler.clone()];
        let named = self.run(place, std::slice::from_ref(&compiler), &typed_args, &[]);
        let runs = self.world.runs().len();
        let other_cache = self.world.path("other cache").display().to_string();
        let cold = self.run(
            place,
            &behind_packer_cc,
            &typed_args,
            &[("PACKER_CC_DIR", &other_cache), ("PACKER_CC_RECACHE", "1")],
        );
        // Which maps there are besides that of the root depends on where the toolchain stands.
        let run = self.world.runs().split_off(runs).pop().expect("a compile");
        let maps = run.into_iter().filter(|word| is_added(word)).map(OsString::from);
        let mut reference = self.line(place, rewritten);
        reference.extend(maps.filter(|map| !typed_args.contains(map)));
        // Link-time code is compiled with a descriptor in its hands, which nobody else has.
        let bytes = if typed.contains("-flto") { None } else { Some(self.run(place, &[compiler], &reference, &[])) };
        let bytes = bytes.as_ref().unwrap_or(&cold);
        let ours = self.run(place, &behind_packer_cc, &typed_args, &[]);
        for (how, ours) in [("compiled", &cold), ("asked for", &ours)] {
            let context = format!("{typed} {how} in {place} with {}", self.world.compiler().c());
            let differences = named.ran.differences(&ours.ran);
            assert!(differences.is_empty(), "{context}: {differences:#?}\n{}", lossy(&ours.ran.stderr));
            let written = |left: &Left| left.files.keys().cloned().collect::<Vec<_>>();
            assert_eq!(written(&named), written(ours), "{context}: what was written");
            for (name, content) in &ours.files {
                let is_depfile = name.extension() == Some(OsStr::new("d"));
                let expected = if is_depfile { &named.files[name] } else { &bytes.files[name] };
                let difference = first_difference(expected, content);
                assert!(content == expected, "{context}: {}: {difference}\n{reference:?}", name.display());
            }
        }
        self.last("outcome")
    }

    pub fn last(&self, field: &str) -> String {
        self.world.journal().last().expect("a record")[field].as_str().unwrap_or_default().to_owned()
    }

    /// Runs `typed` behind packer-cc in both places, with an empty store and with what the other place left: each time
    /// streams and depfile are those of the bare compiler, and a served object is one that is compiled there.
    #[track_caller]
    pub fn shows(&self, typed: &str) -> Vec<String> {
        let compiler = OsString::from(self.world.compiler().c());
        let other_cache = self.world.path("other cache").display().to_string();
        let mut outcomes = Vec::new();
        for place in PLACES {
            let args = self.line(place, typed);
            let behind_packer_cc = [packer_cc().into(), compiler.clone()];
            let bare = self.run(place, std::slice::from_ref(&compiler), &args, &[]);
            let again = [("PACKER_CC_DIR", other_cache.as_str()), ("PACKER_CC_RECACHE", "1")];
            let cold = self.run(place, &behind_packer_cc, &args, &again);
            let asked = self.run(place, &behind_packer_cc, &args, &[]);
            outcomes
                .push([self.last("outcome"), self.last("reason")].join(" ").trim_end_matches(" new").trim().to_owned());
            let served = self.run(place, &behind_packer_cc, &args, &[]);
            outcomes.push(self.last("outcome"));
            for (how, ours) in [("compiled", &cold), ("asked for", &asked), ("served", &served)] {
                let context = format!("{typed} {how} in {place} with {}", self.world.compiler().c());
                let differences = bare.ran.differences(&ours.ran);
                assert!(differences.is_empty(), "{context}: {differences:#?}\n{}", lossy(&ours.ran.stderr));
                let written = |left: &Left| left.files.keys().cloned().collect::<Vec<_>>();
                assert_eq!(written(&bare), written(ours), "{context}: what was written");
                for (name, content) in &ours.files {
                    let is_depfile = name.extension() == Some(OsStr::new("d"));
                    let expected = if is_depfile { &bare.files[name] } else { &cold.files[name] };
                    let difference = first_difference(expected, content);
                    assert!(content == expected, "{context}: {}: {difference}", name.display());
                }
            }
        }
        outcomes
    }

    /// Compiled in the first place, served in the second.
    #[track_caller]
    fn travels(&self, typed: &str, rewritten: &str) {
        assert_eq!(self.check(PLACES[0], typed, rewritten), "miss", "{typed}: {}", self.last("reason"));
        for place in [PLACES[1], PLACES[0]] {
            let context = format!("{typed} in {place} with {}", self.world.compiler().c());
            assert_eq!(self.check(place, typed, rewritten), "hit", "{context}: {}", self.last("reason"));
        }
    }

    /// Each place has its own result, and each is right.
    #[track_caller]
    fn stays(&self, typed: &str, rewritten: &str) {
        for outcome in ["miss", "hit"] {
            for place in PLACES {
                assert_eq!(self.check(place, typed, rewritten), outcome, "{typed}: {}", self.last("reason"));
            }
        }
    }
}

/// Whether the word is one that the mode adds.
fn is_added(word: &str) -> bool {
    word.contains("-prefix-map=") || ["-gno-record-gcc-switches", "-fno-canonical-system-headers"].contains(&word)
}

pub fn for_each_project(case: impl Fn(Project)) {
    for_each_compiler(|world| case(Project::of(world)));
}

#[test]
fn absolute_commands_travel() {
    for_each_project(|project| {
        for (typed, rewritten) in [
            ("-c ROOT/src/a.c -IROOT/inc -o a.o", "-c ../src/a.c -I../inc -o a.o"),
            (
                "-O2 -Wall -c ROOT/src/a.c -isystem ROOT/inc -o ROOT/build/b.o -MD",
                "-O2 -Wall -c ../src/a.c -isystem ../inc -o b.o -MD",
            ),
            (
                "-c ROOT/src/a.c -I ROOT/inc/ -MMD -MP -MF ROOT/build/c.d -o c.o",
                "-c ../src/a.c -I ../inc -MMD -MP -MF c.d -o c.o",
            ),
            ("-Wall -c ROOT/build/here.c -MMD", "-Wall -c here.c -MMD"),
            (
                "-include ROOT/inc/forced.h -iquote ROOT/inc -idirafter ROOT/inc -c ROOT/src/a.c -MD",
                "-include ../inc/forced.h -iquote ../inc -idirafter ../inc -c ../src/a.c -MD",
            ),
            ("-S ROOT/src/a.c -IROOT/inc -o a.s -MMD -MT ROOT/x", "-S ../src/a.c -I../inc -o a.s -MMD -MT ROOT/x"),
            (
                "-c ROOT/build/../src/a.c -IROOT/build/../inc -o d.o -MD -Wall",
                "-c ../src/a.c -I../inc -o d.o -MD -Wall",
            ),
            ("-c ../src/a.c -IROOT/inc -o e.o -MD -Wall", "-c ../src/a.c -I../inc -o e.o -MD -Wall"),
        ] {
            project.travels(typed, rewritten);
        }
    });
}

#[test]
fn debug_data_travel() {
    for_each_project(|project| {
        for (typed, rewritten) in [
            ("-g -c ROOT/src/a.c -IROOT/inc -o a.o -MD", "-g -c ../src/a.c -I../inc -o a.o -MD"),
            ("-g -O2 -c ../src/a.c -I ../inc -o b.o", "-g -O2 -c ../src/a.c -I ../inc -o b.o"),
            ("-g3 -S ROOT/src/a.c -IROOT/inc -o a.s", "-g3 -S ../src/a.c -I../inc -o a.s"),
            ("-ggdb -gdwarf-4 -c ROOT/build/here.c", "-ggdb -gdwarf-4 -c here.c"),
        ] {
            project.travels(typed, rewritten);
        }
        let (typed, rewritten) = ("-g -c ROOT/src/here.S -o here.o", "-g -c ../src/here.S -o here.o");
        match project.world.compiler() {
            // Its assembler names the source by its whole path, whatever it is told.
            Compiler::Clang => project.stays(typed, rewritten),
            // It writes the random name of the preprocessed file.
            Compiler::AvrGcc => {}
            _ => project.travels(typed, rewritten),
        }
    });
}

#[test]
fn split_debug_data_travel() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let project = Project::new(compiler);
        let rewritten = "-g -gsplit-dwarf -c ../src/a.c -I../inc -o a.o";
        project.travels("-g -gsplit-dwarf -c ROOT/src/a.c -IROOT/inc -o ROOT/build/a.o", rewritten);
    }
}

#[test]
fn names_of_files_in_the_text_travel() {
    for_each_project(|project| {
        for (typed, rewritten) in [
            ("-c ROOT/src/file.c -IROOT/inc -o f.o -MMD", "-c ../src/file.c -I../inc -o f.o -MMD"),
            ("-O2 -c ROOT/src/file.c -isystem ROOT/inc -o f.o", "-O2 -c ../src/file.c -isystem ../inc -o f.o"),
        ] {
            project.travels(typed, rewritten);
        }
    });
}

#[test]
fn link_time_objects_and_coverage_are_the_same_or_keyed() {
    for_each_project(|project| {
        for flags in [
            "-flto -frandom-seed=1",
            "-flto -frandom-seed=1 -g",
            "--coverage -frandom-seed=1",
            "-g -gz -frandom-seed=1",
        ] {
            let world = project.world.compiler();
            if world == Compiler::AvrGcc && flags.contains("-gz") {
                // Debian's is built without zlib in the assembler.
                continue;
            }
            let typed = format!("{flags} -c ROOT/src/a.c -IROOT/inc -o a.o");
            let rewritten = format!("{flags} -c ../src/a.c -I../inc -o a.o");
            for round in 0..2 {
                for place in PLACES {
                    let outcome = project.check(place, &typed, &rewritten);
                    assert!(round == 0 || outcome == "hit", "{flags} in {place} with {world:?}: {outcome}");
                }
            }
        }
    });
}

#[test]
fn diagnostics_name_the_files_as_typed() {
    for_each_project(|project| {
        for (typed, rewritten) in [
            ("-Wall -c ROOT/src/a.c -IROOT/inc -o a.o", "-Wall -c ../src/a.c -I../inc -o a.o"),
            ("-Wall -c ROOT/build/here.c -o here.o", "-Wall -c here.c -o here.o"),
        ] {
            project.travels(typed, rewritten);
        }
        let (typed, rewritten) =
            ("-Wall -fdiagnostics-color=always -c ROOT/src/a.c -IROOT/inc", "-c ../src/a.c -I../inc");
        for place in PLACES {
            project.check(place, typed, rewritten);
        }
        // Compiles that fail.
        for typed in [
            "-c ROOT/src/broken.c",
            "-c ROOT/build/here.c -include ROOT/none.h",
            "-c ROOT/src/none.c",
            "-c ROOT/src/a.c -o a.o",
            "-c ROOT/build/here.c -o ROOT/none/a.o",
        ] {
            project.check(PLACES[0], typed, typed);
            assert!(["failed", "bypass"].contains(&project.last("outcome").as_str()), "{typed}");
        }
    });
}

/// A working directory reached through a symbolic link, as the shell spells it in `$PWD`.
#[test]
fn a_linked_checkout_travels() {
    for_each_project(|mut project| {
        let link = project.world.path("link");
        symlink(project.root(PLACES[0]), &link).expect("a link");
        project.env.push(("PWD".to_owned(), "ROOT/build".to_owned()));
        let typed = "-g -c ROOT/src/a.c -IROOT/inc -o a.o -MD -Wall";
        let rewritten = "-g -c ../src/a.c -I../inc -o a.o -MD -Wall";
        project.travels(typed, rewritten);
        let through = format!("{}/build", link.display());
        project.env = vec![("PWD".to_owned(), through)];
        let typed = typed.replace("ROOT", &link.display().to_string());
        project.check(PLACES[0], &typed, rewritten);
        assert_eq!(project.check(PLACES[0], &typed, rewritten), "hit");
    });
}

/// A user's own maps count, and none of the same kind is added.
#[test]
fn maps_of_the_user() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let project = Project::new(compiler);
        for (typed, rewritten) in [
            (
                "-g -ffile-prefix-map=ROOT=/src -c ROOT/src/SOURCE.c -IROOT/inc -o a.o",
                "-g -ffile-prefix-map=ROOT=/src -c ROOT/src/SOURCE.c -IROOT/inc -o a.o",
            ),
            (
                "-g -ffile-prefix-map=ROOT/=/src/ -fdebug-prefix-map=ROOT=. -c ROOT/src/SOURCE.c -IROOT/inc -o c.o",
                "-g -ffile-prefix-map=ROOT/=/src/ -fdebug-prefix-map=ROOT=. -c ROOT/src/SOURCE.c -IROOT/inc -o c.o",
            ),
            (
                "-g -fdebug-prefix-map=ROOT=/src -c ROOT/src/SOURCE.c -IROOT/inc -o b.o",
                "-g -fdebug-prefix-map=ROOT=/src -c ROOT/src/SOURCE.c -IROOT/inc -o b.o",
            ),
        ] {
            // clang has words for a file's name that its maps do not reach.
            let source = if compiler == Compiler::Gcc { "file" } else { "../build/here" };
            let line = |line: &str| line.replace("SOURCE", source);
            project.travels(&line(typed), &line(rewritten));
        }
    }
}

/// Compilers map `/x/one-more/a.h` by `/x/one` as well: such a result belongs to the place.
#[test]
fn a_longer_name_that_begins_like_the_root() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let project = Project::new(compiler);
        let beside = format!("{}-more", project.root(PLACES[0]));
        fs::create_dir(&beside).expect("a directory beside the root");
        fs::write(format!("{beside}/b.h"), "static inline int b(int x) { return x; }\n").expect("a header");
        for place in PLACES {
            project.world.file(
                &format!("{place}/src/abs.c"),
                format!("#include \"{beside}/b.h\"\nint a(int x) {{ return b(x); }}\n"),
            );
            project
                .world
                .file(&format!("{place}/src/l.c"), format!("#line 7 \"{beside}/l.y\"\nint l(int x) {{ return x; }}\n"));
        }
        for line in [
            format!("-g -I{beside} -include b.h -c SRC/here.c -o a.o"),
            "-g -c SRC/../src/abs.c -o a.o".to_owned(),
            "-g -c SRC/../src/l.c -o a.o".to_owned(),
        ] {
            let rewritten = line.replace("SRC/../", "../").replace("SRC/", "");
            project.stays(&line.replace("SRC", "ROOT/build"), &rewritten);
        }
    }
}

/// Where the working directory lies below the root is in the names that the compiler is given.
#[test]
fn another_working_directory_is_another_command() {
    for_each_project(|mut project| {
        let typed = "-g -c ROOT/src/file.c -IROOT/inc -o x.o";
        for (place, dir, outcome) in [
            (PLACES[0], "build", "miss"),
            (PLACES[0], "build/sub", "miss"),
            (PLACES[1], "build/sub", "hit"),
            (PLACES[1], "build", "hit"),
            (PLACES[1], "", "miss"),
        ] {
            fs::create_dir_all(project.world.tree().join(place).join(dir)).expect("a directory");
            project.cwd = dir;
            let up = dir.split('/').filter(|part| !part.is_empty()).map(|_| "../").collect::<String>();
            let rewritten = format!("-g -c {up}src/file.c -I{up}inc -o x.o");
            assert_eq!(project.check(place, typed, &rewritten), outcome, "{dir} in {place}");
        }
    });
}

/// Roots that have names: a kit outside of the checkout, which stands elsewhere on every machine.
#[test]
fn named_roots_travel() {
    for compiler in [Compiler::Gcc, Compiler::Clang] {
        let mut project = Project::new(compiler);
        for (place, kit) in [(PLACES[0], "kit"), (PLACES[1], "other/kit of mine")] {
            let dir = project.world.path(kit).join("inc");
            fs::create_dir_all(&dir).expect("a kit");
            // clang has words for a file's name that its maps do not reach.
            let name = if compiler == Compiler::Gcc { "__FILE__" } else { "\"kit\"" };
            let text = format!("static inline const char *kit(void) {{ return {name}; }}\n");
            fs::write(dir.join("kit.h"), text).expect("a header");
            project.world.file(
                &format!("{place}/src/kit.c"),
                "#include <kit.h>\nconst char *k(void) { int u; return kit(); }\n",
            );
        }
        for (place, kit, outcome) in
            [(PLACES[0], "kit", "miss"), (PLACES[1], "other/kit of mine", "hit"), (PLACES[0], "kit", "hit")]
        {
            let kit = project.world.path(kit).display().to_string();
            project.env = vec![("PACKER_CC_ROOTS".to_owned(), format!("sdk={kit}"))];
            let line = |source: &str| format!("-g -Wall -c {source} '-I{kit}/inc' -o kit.o -MD");
            let found = project.check(place, &line("ROOT/src/kit.c"), &line("../src/kit.c"));
            assert_eq!(found, outcome, "{place}: {}", project.last("reason"));
        }
    }
}

/// The two modes never serve each other, and the exact one is the bare compiler's, also with a root declared.
#[test]
fn exact_never_serves_what_was_rewritten() {
    for_each_project(|mut project| {
        let typed = "-g -c ROOT/src/file.c -IROOT/inc -o a.o -MD";
        let rewritten = "-g -c ../src/file.c -I../inc -o a.o -MD";
        project.travels(typed, rewritten);
        project.env = vec![("PACKER_CC_PATHS".to_owned(), "exact".to_owned())];
        project.stays(typed, typed);
        project.env = vec![("PACKER_CC_PATHS".to_owned(), "relative".to_owned())];
        assert_eq!(project.check(PLACES[1], typed, rewritten), "hit");
    });
}

/// A file `.packer-cc.toml` declares the root where it stands.
#[test]
fn a_file_declares_the_root() {
    for_each_project(|project| {
        for place in PLACES {
            project.world.file(&format!("{place}/.packer-cc.toml"), "");
        }
        for (place, outcome) in [(PLACES[0], "miss"), (PLACES[1], "hit")] {
            let mut command = project.world.bare_command(packer_cc().as_os_str());
            command.arg(project.world.compiler().c()).args(project.line(place, "-g -c ROOT/src/a.c -IROOT/inc -o a.o"));
            command.current_dir(project.world.tree().join(place));
            assert!(Ran::of(command, &[]).status.success());
            assert_eq!(project.last("outcome"), outcome, "{place}");
            let object = project.world.read(&format!("{place}/a.o"));
            assert!(
                memchr::memmem::find(&object, project.root(place).as_bytes()).is_none(),
                "{place} is in the object"
            );
        }
    });
}

/// Response files say what a command says.
#[test]
fn response_files() {
    for_each_project(|project| {
        for place in PLACES {
            let root = project.root(place).replace(' ', "\\ ");
            project.world.file(&format!("{place}/build/args"), format!("-g -c {root}/src/a.c -I{root}/inc -o a.o"));
        }
        project.travels("@args", "-g -c ../src/a.c -I../inc -o a.o");
    });
}

/// After an edit of a header exactly what includes it is compiled again, whatever names it has in the depfile.
#[test]
fn an_edit_is_seen_through_rewritten_names() {
    for_each_project(|project| {
        let typed = "-g -c ROOT/src/a.c -IROOT/inc -o a.o -MD";
        let rewritten = "-g -c ../src/a.c -I../inc -o a.o -MD";
        project.travels(typed, rewritten);
        project.world.file(&format!("{}/inc/lib.h", PLACES[1]), "#define LIB 5\n");
        assert_eq!(project.check(PLACES[1], typed, rewritten), "miss");
        assert_eq!(project.last("reason"), "file-changed");
        assert_eq!(project.check(PLACES[0], typed, rewritten), "hit");
        // What would be found before it.
        project.world.file(&format!("{}/src/lib.h", PLACES[0]), "#define LIB 6\n");
        project.check(PLACES[0], typed, rewritten);
        project.world.file(&format!("{}/build/assert.h", PLACES[0]), "#define assert(x)\n");
        project.check(PLACES[0], "-c ROOT/src/file.c -IROOT/inc -o a.o", "-c ../src/file.c -I../inc -o a.o");
    });
}

/// A toolchain in two places, under two roots.
#[test]
fn a_toolchain_elsewhere() {
    let project = Project::new(Compiler::AvrGcc);
    for place in PLACES {
        let source = "#include <avr/io.h>\n#include <limits.h>\n#include <stdint.h>\nuint8_t p(uint8_t x) { PORTB = x; return PINB; }\n";
        project.world.file(&format!("{place}/src/port.c"), source);
    }
    let tools: Vec<PathBuf> = ["tools", "some/other tools"].iter().map(|dir| project.world.path(dir)).collect();
    for tools in &tools {
        copy_avr_toolchain(tools);
    }
    let compile = |place: &str, tools: &Path, flags: &str, env: &[(&str, &str)]| {
        let mut command = project.world.bare_command(packer_cc().as_os_str());
        command.arg(tools.join("bin/avr-gcc")).args(words(flags)).envs(env.iter().copied());
        command.args(project.line(place, "-w -Os -mmcu=atmega328p -c ROOT/src/port.c -o port.o -MD"));
        command.env("PACKER_CC_ROOT", project.root(place)).current_dir(project.world.tree().join(place));
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        (project.world.read(&format!("{place}/port.o")), project.world.read(&format!("{place}/port.d")))
    };
    let other_cache = project.world.path("other cache").display().to_string();
    // Link-time code names the toolchain's headers, whatever maps there are.
    for flags in ["-g", "-flto -frandom-seed=1", "-g -flto -fno-fat-lto-objects -frandom-seed=1"] {
        let mut objects = Vec::new();
        for (place, tools, outcome) in [(PLACES[0], &tools[0], "miss"), (PLACES[1], &tools[1], "hit")] {
            for outcome in [outcome, "hit"] {
                let (object, depfile) = compile(place, tools, flags, &[]);
                assert_eq!(project.last("outcome"), outcome, "{flags} in {place}: {}", project.last("reason"));
                objects.push(object);
                let mut bare = project.world.bare_command(tools.join("bin/avr-gcc").as_os_str());
                bare.args(words(flags)).args(project.line(place, "-w -Os -mmcu=atmega328p -c ROOT/src/port.c"));
                bare.args(["-o", "bare.o", "-MD", "-MT", "port.o"]).current_dir(project.world.tree().join(place));
                assert!(Ran::of(bare, &[]).status.success());
                let expected = project.world.read(&format!("{place}/bare.d"));
                assert!(depfile == expected, "{flags} in {place}: {}", first_difference(&expected, &depfile));
            }
            let (compiled, _) =
                compile(place, tools, flags, &[("PACKER_CC_DIR", &other_cache), ("PACKER_CC_RECACHE", "1")]);
            objects.push(compiled);
        }
        assert!(objects.iter().all(|object| *object == objects[0]), "{flags}");
    }
}

/// The directories of gcc's own headers are the beginning of one another: `include` and `include-fixed`. The map of one
/// does not reach into the other, which has its own.
#[test]
fn headers_beside_the_toolchains_headers() {
    let project = Project::new(Compiler::Gcc);
    let tools = ["tools", "some/other tools"].map(|name| {
        let root = toolchain::gcc_in(&project.world, name);
        let fixed = toolchain::part(&root, "cc1").with_file_name("include-fixed");
        fs::create_dir(&fixed).expect("a directory of the toolchain");
        fs::write(fixed.join("fixed.h"), "struct fixed { int fixed; };\n").expect("a header");
        age(&fixed.join("fixed.h"));
        root
    });
    for place in PLACES {
        let source = "#include <fixed.h>\n#include <stddef.h>\nsize_t f(struct fixed *x) { return x->fixed; }\n";
        project.world.file(&format!("{place}/src/fixed.c"), source);
    }
    let compile = |program: &[&Path], place: &str, line: &str, env: &[(&str, &str)]| {
        let mut command = project.world.bare_command(program[0].as_os_str());
        command.args(&program[1..]).args(project.line(place, line)).envs(env.iter().copied());
        command.env("PACKER_CC_ROOT", project.root(place)).current_dir(project.world.tree().join(place).join("build"));
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
        project.world.read(&format!("{place}/build/fixed.o"))
    };
    let packer_cc = packer_cc();
    for (nth, place) in PLACES.iter().enumerate() {
        let gcc = tools[nth].join("bin/gcc");
        let typed = "-g -c ROOT/src/fixed.c -o fixed.o";
        let ours = compile(&[&packer_cc, &gcc], place, typed, &[]);
        assert_eq!(project.last("outcome"), ["miss", "hit"][nth], "{}", project.last("reason"));
        let own = toolchain::part(&tools[nth], "cc1");
        let own = own.parent().expect("a directory").display().to_string();
        let spelled = format!("{}/bin/../{}", tools[nth].display(), &own[tools[nth].display().to_string().len() + 1..]);
        let maps: String = [("ROOT", "."), (&spelled, "toolchain")]
            .into_iter()
            .map(|(old, new)| (old.to_owned(), new.to_owned()))
            .chain(["include", "include-fixed"].map(|dir| (format!("{own}/{dir}"), format!("toolchain/{dir}"))))
            .map(|(old, new)| format!(" '-ffile-prefix-map={old}={new}'"))
            .collect();
        let bare = compile(&[&gcc], place, &format!("-g -c ../src/fixed.c -o fixed.o{maps}"), &[]);
        assert!(ours == bare, "in {place}: {}", first_difference(&bare, &ours));
    }
}

/// Debian's AVR toolchain as one directory that can stand anywhere.
fn copy_avr_toolchain(to: &Path) {
    for (from, below) in [
        ("/usr/bin/avr-gcc", "bin"),
        ("/usr/bin/avr-as", "bin"),
        ("/usr/lib/gcc/avr", "lib/gcc"),
        ("/usr/lib/avr", "lib"),
    ] {
        let dir = to.join(below);
        fs::create_dir_all(&dir).expect("a directory of the toolchain");
        let copied = std::process::Command::new("cp").arg("-rL").arg(from).arg(&dir).status().expect("cp starts");
        assert!(copied.success(), "{from}");
    }
}
