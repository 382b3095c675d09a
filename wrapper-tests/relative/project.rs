//! The same project in two places, and the three commands that are compared there.

use super::PLACES;
use crate::fixture::{Compiler, Ran, World, first_difference, is_of_new_key, lossy, packer_cc, words};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;

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

    pub fn of(world: World) -> Self {
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
    #[must_use = "what packer-cc did is part of the test"]
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
        // For link-time code packer-cc names the place by an open descriptor, which the bare compiler does not have.
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

    /// Runs `typed` behind packer-cc in both places, with an empty store and with what the other place left. Streams and
    /// depfile are always those of the bare compiler, and a served object is one that is compiled there.
    #[track_caller]
    #[must_use = "what packer-cc did is part of the test"]
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
            // These tests do not care why a first key is new.
            let reason = Some(self.last("reason")).filter(|reason| !is_of_new_key(reason)).unwrap_or_default();
            outcomes.push([self.last("outcome"), reason].join(" ").trim().to_owned());
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
    pub fn travels(&self, typed: &str, rewritten: &str) {
        assert_eq!(self.check(PLACES[0], typed, rewritten), "miss", "{typed}: {}", self.last("reason"));
        for place in [PLACES[1], PLACES[0]] {
            let context = format!("{typed} in {place} with {}", self.world.compiler().c());
            assert_eq!(self.check(place, typed, rewritten), "hit", "{context}: {}", self.last("reason"));
        }
    }

    /// Each place has its own result, and each is right.
    #[track_caller]
    pub fn stays(&self, typed: &str, rewritten: &str) {
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
