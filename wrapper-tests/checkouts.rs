//! Whole builds in two checkouts, with a declared root. The second is served, and afterwards its build tool finds
//! nothing to do. After an edit it rebuilds exactly what it would rebuild behind the bare compiler.

use crate::fixture::{Compiler, Ran, World, host_program, lossy, packer_cc};
use crate::real;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The decoder of zstd as a project for `CMake`: `-g`, and absolute paths.
const CMAKE: &str = "cmake_minimum_required(VERSION 3.13)
project(decoder C)
file(GLOB sources ${CMAKE_SOURCE_DIR}/lib/common/*.c ${CMAKE_SOURCE_DIR}/lib/decompress/*.c)
add_custom_command(OUTPUT made.h COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/made.in made.h DEPENDS ${CMAKE_SOURCE_DIR}/made.in)
add_library(decoder STATIC ${sources} made.c made.h)
target_include_directories(decoder PRIVATE ${CMAKE_SOURCE_DIR}/lib ${CMAKE_BINARY_DIR})
target_compile_definitions(decoder PRIVATE ZSTD_DISABLE_ASM)
target_compile_options(decoder PRIVATE -Wall -Wno-unused-parameter)
";
/// The same for make.
const MAKE: &str = "ROOT := $(abspath $(CURDIR)/..)
SOURCES := $(wildcard $(ROOT)/lib/common/*.c $(ROOT)/lib/decompress/*.c) $(ROOT)/made.c
OBJECTS := $(patsubst $(ROOT)/%.c,$(CURDIR)/%.o,$(SOURCES))
all: $(OBJECTS)
$(CURDIR)/made.h: $(ROOT)/made.in
\tcp $< $@
$(CURDIR)/%.o: $(ROOT)/%.c | $(CURDIR)/made.h
\t@mkdir -p $(dir $@)
\t$(CC) -g -DZSTD_DISABLE_ASM -I$(ROOT)/lib -I$(CURDIR) -MMD -MP -c $< -o $@
-include $(OBJECTS:.o=.d)
";

struct Checkout<'w> {
    world: &'w World,
    dir: PathBuf,
}

impl<'w> Checkout<'w> {
    fn new(world: &'w World, name: &str) -> Self {
        let dir = world.path(name);
        for part in ["common", "decompress"] {
            copy_text(&real::zstd().join("lib").join(part), &dir.join("lib").join(part));
        }
        for header in ["zstd.h", "zstd_errors.h"] {
            fs::copy(real::zstd().join("lib").join(header), dir.join("lib").join(header)).expect("a header");
        }
        for (name, text) in [
            ("CMakeLists.txt", CMAKE),
            ("made.in", "#define MADE 1\n"),
            (
                "made.c",
                "#include \"made.h\"\n#include <zstd.h>\nint made(void) { return MADE + (int)ZSTD_versionNumber(); }\n",
            ),
            ("make/Makefile", MAKE),
        ] {
            fs::create_dir_all(dir.join(name).parent().expect("a parent")).expect("a directory");
            fs::write(dir.join(name), text).expect("a file of the project");
        }
        Self { world, dir }
    }

    fn run(&self, program: &Path, args: &[&str], cwd: &str) -> Ran {
        let mut command = self.world.bare_command(program.as_os_str());
        command.args(args).env("PACKER_CC_ROOT", &self.dir).current_dir(self.dir.join(cwd));
        let ran = Ran::of(command, &[]);
        assert!(ran.status.success(), "{args:?}: {}\n{}", lossy(&ran.stdout), ran.stderr_text());
        ran
    }

    fn cmake(&self, build: &str, generator: &str, wrapped: bool) {
        fs::create_dir_all(self.dir.join(build)).expect("a build directory");
        let launcher = format!("-DCMAKE_C_COMPILER_LAUNCHER={}", packer_cc().display());
        let compiler =
            format!("-DCMAKE_C_COMPILER={}", self.world.path("bin").join(self.world.compiler().c()).display());
        let mut args = vec!["-G", generator, "-DCMAKE_BUILD_TYPE=Debug", "..", &compiler];
        args.extend(wrapped.then_some(launcher.as_str()));
        self.run(&host_program("cmake", "cmake"), &args, build);
    }

    /// The objects of a build by name.
    fn objects(&self, build: &str) -> Vec<(PathBuf, Vec<u8>, SystemTime)> {
        let mut found = Vec::new();
        let mut dirs = vec![self.dir.join(build)];
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    dirs.push(path);
                } else if path.extension() == Some(OsStr::new("o")) && !path.to_string_lossy().contains("CompilerId") {
                    let time = fs::metadata(&path).and_then(|meta| meta.modified()).expect("a time");
                    let name = path.strip_prefix(self.dir.join(build)).expect("a name").to_owned();
                    found.push((name, fs::read(&path).expect("an object"), time));
                }
            }
        }
        found.sort();
        found
    }

    /// The objects that a step wrote.
    fn rewrites(&self, build: &str, step: impl FnOnce()) -> BTreeSet<PathBuf> {
        let before = self.objects(build);
        step();
        let written = self
            .objects(build)
            .into_iter()
            .filter(|(name, _, time)| before.iter().all(|(known, _, then)| known != name || then != time));
        written.map(|(name, ..)| name).collect()
    }

    /// Appends to a file.
    fn edit(&self, name: &str, text: &str) {
        let path = self.dir.join(name);
        let mut content = fs::read(&path).expect("a file");
        content.extend_from_slice(text.as_bytes());
        fs::write(&path, content).expect("an edit");
    }
}

fn copy_text(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("zstd") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
}

fn outcomes(world: &World, from: usize) -> Vec<String> {
    let records = world.journal().split_off(from);
    let compiles = records.iter().filter(|record| record["outcome"] != "bypass");
    compiles
        .map(|record| format!("{} {} {} {}", record["outcome"], record["reason"], record["detail"], record["source"]))
        .collect()
}

/// Builds in two checkouts with `step`, the second from the store of the first. A further `step` must be idle. After
/// an edit, `step` must write the objects that it writes in a third checkout behind the bare compiler.
fn two_checkouts(
    world: &World,
    build: &str,
    setup: impl Fn(&Checkout<'_>, bool),
    step: impl Fn(&Checkout<'_>, bool) -> Ran,
    is_idle: impl Fn(&Ran) -> bool,
) {
    let (one, two) = (Checkout::new(world, "first"), Checkout::new(world, "elsewhere/second"));
    let bare = Checkout::new(world, "bare");
    setup(&one, true);
    step(&one, true);
    let runs = world.runs().len();
    setup(&two, true);
    let probes = world.runs().len() - runs;
    let records = world.journal().len();
    step(&two, true);
    let second = outcomes(world, records);
    assert!(second.len() >= 10, "{second:#?}");
    let others: Vec<_> = second.iter().filter(|outcome| !outcome.starts_with("\"hit\"")).collect();
    assert!(others.is_empty(), "{others:#?}");
    // The step started no compiler. Archives are made by `ar`.
    assert_eq!(world.runs().len() - runs - probes, 0, "{:#?}", world.runs().last());
    let contents = |checkout: &Checkout<'_>| -> Vec<_> {
        checkout.objects(build).into_iter().map(|(name, bytes, _)| (name, bytes)).collect()
    };
    let (first, second) = (contents(&one), contents(&two));
    assert!(first == second, "the objects differ");
    let needles = [&one.dir, &two.dir].map(|dir| dir.display().to_string());
    for (name, object) in &second {
        let finds = |needle: &String| memchr::memmem::find(object, needle.as_bytes()).is_some();
        assert!(!needles.iter().any(finds), "{} holds a checkout's place", name.display());
    }
    let ran = step(&two, true);
    assert!(is_idle(&ran), "after hits there was something to do:\n{}", lossy(&ran.stdout));

    setup(&bare, false);
    step(&bare, false);
    for (file, text) in [
        ("lib/common/fse.h", "\n#define EDITED 1\n"),
        ("lib/decompress/zstd_ddict.h", "\n"),
        ("made.in", "#define MORE 2\n"),
        ("lib/decompress/huf_decompress.c", "\nint edited(void) { return 1; }\n"),
    ] {
        let rebuilt = [(&two, true), (&bare, false)].map(|(checkout, wrapped)| {
            checkout.edit(file, text);
            checkout.rewrites(build, || drop(step(checkout, wrapped)))
        });
        assert!(!rebuilt[0].is_empty(), "{file}");
        assert_eq!(rebuilt[0], rebuilt[1], "after an edit of {file}: packer-cc's build and the bare one");
    }
}

/// Builds with `cmake`, and the program that runs what it has generated.
fn by_cmake(compiler: Compiler, generator: &str, program: &Path, is_idle: impl Fn(&Ran) -> bool) {
    two_checkouts(
        &World::with(compiler),
        "build",
        |checkout, wrapped| checkout.cmake("build", generator, wrapped),
        |checkout, _| checkout.run(program, &["-j2"], "build"),
        is_idle,
    );
}

#[test]
fn cmake_with_ninja() {
    let ninja = host_program("ninja", "ninja-build");
    by_cmake(Compiler::Clang, "Ninja", &ninja, |ran| lossy(&ran.stdout).contains("no work to do"));
}

#[test]
fn cmake_with_make() {
    let make = host_program("make", "make");
    by_cmake(Compiler::Gcc, "Unix Makefiles", &make, |ran| !lossy(&ran.stdout).contains("Building"));
}

#[test]
fn a_makefile_with_absolute_names() {
    let world = World::with(Compiler::Gcc);
    two_checkouts(
        &world,
        "make",
        |_, _| (),
        |checkout, wrapped| {
            let packer = packer_cc().display().to_string();
            let compiler = checkout.world.path("bin/gcc").display().to_string();
            let cc = if wrapped { format!("CC={packer} {compiler}") } else { format!("CC={compiler}") };
            checkout.run(&host_program("make", "make"), &["-j2", &cc], "make")
        },
        |ran| lossy(&ran.stdout).contains("Nothing to be done"),
    );
}
