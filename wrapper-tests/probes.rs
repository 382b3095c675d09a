//! Build systems that question the compiler: autoconf, `CMake` and Meson find the same answers through packer-cc as
//! without it, and build the same objects.
//!
//! Each project is configured and built three times in one place: bare, through packer-cc with a cold store, and
//! again with a warm one.

use crate::fixture::{World, host_program, lossy, packer_cc};
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Runs a program in a directory of the tree with extra variables; it must succeed.
fn run(world: &World, program: &str, package: &str, args: &[&str], cwd: &str, env: &[(&str, String)]) {
    let path = host_program(program, package);
    start(world, &path, args, cwd, env);
}

fn start(world: &World, program: &std::path::Path, args: &[&str], cwd: &str, env: &[(&str, String)]) {
    let mut command = world.bare_command(program.as_os_str());
    command.args(args).current_dir(world.tree().join(cwd)).envs(env.iter().map(|(name, value)| (name, value)));
    let output = command.output().expect("a program starts");
    let log = fs::read_to_string(world.tree().join(cwd).join("config.log")).unwrap_or_default();
    assert!(
        output.status.success(),
        "{} {args:?} {env:?}: {}\n{}{}\n{log}",
        program.display(),
        output.status,
        lossy(&output.stdout),
        lossy(&output.stderr)
    );
}

/// The files of a build directory that `keep` accepts.
fn results(world: &World, dir: &str, keep: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let pattern = Regex::new(&keep.join("|")).expect("a pattern");
    let tree = crate::fixture::Tree::of(&world.tree().join(dir));
    let files = tree.files();
    files
        .into_iter()
        .filter(|(name, _)| pattern.is_match(&name.to_string_lossy()))
        .map(|(name, bytes)| (name.to_path_buf(), bytes.to_vec()))
        .collect()
}

fn assert_same(what: &str, bare: &BTreeMap<PathBuf, Vec<u8>>, ours: &BTreeMap<PathBuf, Vec<u8>>) {
    assert!(bare.len() > 2, "{what}: results were found: {:?}", bare.keys());
    let names = |of: &BTreeMap<PathBuf, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(bare), names(ours), "{what}");
    for (name, bytes) in bare {
        let other = &ours[name];
        assert!(bytes == other, "{what}: {}: {}", name.display(), crate::fixture::first_difference(bytes, other));
    }
}

fn hits(world: &World) -> usize {
    world.journal().iter().filter(|record| record["outcome"] == "hit").count()
}

/// `main.c`, `part.c` and `plus.cc`.
const SOURCES: usize = 3;

fn project(world: &World) {
    world.files(&[
        ("p/main.c", "#include \"config.h\"\n#include \"part.h\"\n#include <stdio.h>\nint main(void) { printf(\"%d\\n\", part()); return 0; }\n"),
        ("p/part.c", "#include \"config.h\"\n#include \"part.h\"\nint part(void) { return sizeof(long); }\n"),
        ("p/part.h", "int part(void);\n"),
        ("p/plus.cc", "#include <string>\nstd::string plus() { return \"plus\"; }\n"),
    ]);
}

/// The ways a project is told about the cache.
fn ways() -> [(&'static str, String, String); 2] {
    let packer = packer_cc().display().to_string();
    let packer_cxx = crate::fixture::packer_cxx().display().to_string();
    [
        ("CC=packer-cc", packer.clone(), packer_cxx),
        ("CC=packer-cc gcc", format!("{packer} gcc"), format!("{packer} g++")),
    ]
}

#[test]
fn autoconf() {
    const CONFIGURE: &str = "AC_INIT([probe], [1])\nAC_CONFIG_HEADERS([config.h])\nAC_CONFIG_FILES([Makefile])\nAC_PROG_CC\nAC_PROG_CXX\n\
        AC_PROG_CPP\nAC_USE_SYSTEM_EXTENSIONS\nAC_CHECK_HEADERS([stdio.h unistd.h sys/mman.h windows.h no_such.h])\n\
        AC_CHECK_FUNCS([mmap strlcpy no_such_function])\nAC_C_BIGENDIAN\nAC_C_INLINE\nAC_C_CONST\nAC_C_RESTRICT\nAC_C_CHAR_UNSIGNED\n\
        AC_CHECK_SIZEOF([int])\nAC_CHECK_SIZEOF([long double])\nAC_CHECK_TYPES([ptrdiff_t, no_such_type])\nAC_SYS_LARGEFILE\n\
        AC_CHECK_LIB([m], [cos])\nAC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [[int x;]])], [works=yes], [works=no])\n\
        AC_DEFINE_UNQUOTED([WORKS], [\"$works\"], [a compile test])\nAC_OUTPUT\n";
    const MAKEFILE: &str = "CC = @CC@\nCXX = @CXX@\nCFLAGS = @CFLAGS@ @DEFS@ -I.\nall: probe plus.o\nprobe: main.o part.o\n\t$(CC) -o $@ main.o part.o\n\
        %.o: %.c\n\t$(CC) $(CFLAGS) -MMD -c $< -o $@\n%.o: %.cc\n\t$(CXX) $(CFLAGS) -MMD -c $< -o $@\n";
    let world = World::new();
    project(&world);
    world.file("p/configure.ac", CONFIGURE).file("p/Makefile.in", MAKEFILE);
    let perl = [("PERL5LIB", String::new())];
    run(&world, "autoheader", "autoconf", &[], "p", &perl);
    run(&world, "autoconf", "autoconf", &[], "p", &perl);
    let build = |cc: &str, cxx: &str| {
        let env = [("CC", cc.to_owned()), ("CXX", cxx.to_owned())];
        start(&world, &world.path("tree/p/configure"), &["--cache-file=config.cache", "-q"], "p", &env);
        run(&world, "make", "make", &["-s", "clean-objects", "all"], "p", &[]);
        let mut found = results(&world, "p", &["^config\\.h$", "^config\\.cache$", "\\.o$", "\\.d$", "^probe$"]);
        // What the cache file says about the compiler's own name differs by intent.
        let cache = found.remove(&PathBuf::from("config.cache")).expect("config.cache");
        let named = Regex::new("(?m)^.*(ac_cv_env_|ac_cv_prog_(ac_ct_)?(CC|CXX|CPP)=).*$").expect("a pattern");
        let cache = named.replace_all(&lossy(&cache), "").into_owned().into_bytes();
        found.insert("config.cache".into(), cache);
        for made in ["config.cache", "config.h", "config.status", "Makefile"] {
            world.remove(&format!("p/{made}"));
        }
        found
    };
    world.file("p/Makefile.in", format!("{MAKEFILE}clean-objects:\n\trm -f *.o *.d probe\n"));
    let default = build("cc", "c++");
    let named = build("gcc", "g++");
    for (way, cc, cxx) in ways() {
        // autoconf writes the compiler's command nowhere but into the files left out above, so both bare builds agree
        // unless `cc` and `gcc` do not.
        let bare = if cc.contains(' ') { &named } else { &default };
        assert_same(way, bare, &build(&cc, &cxx));
        let before = hits(&world);
        assert_same(way, bare, &build(&cc, &cxx));
        assert!(hits(&world) >= before + SOURCES, "{way}: the objects of the second build are hits");
    }
}

#[test]
fn cmake_with_ninja() {
    const LISTS: &str = "cmake_minimum_required(VERSION 3.16)\nproject(probe C CXX)\ninclude(CheckIncludeFile)\ninclude(CheckSymbolExists)\n\
        include(CheckTypeSize)\ninclude(CheckCCompilerFlag)\ninclude(TestBigEndian)\ncheck_include_file(unistd.h HAVE_UNISTD_H)\n\
        check_include_file(windows.h HAVE_WINDOWS_H)\ncheck_symbol_exists(mmap sys/mman.h HAVE_MMAP)\ncheck_type_size(long SIZEOF_LONG)\n\
        check_c_compiler_flag(-Wno-such-warning-flag HAVE_NONSENSE)\ncheck_c_compiler_flag(-Wall HAVE_WALL)\ntest_big_endian(BIG)\n\
        file(WRITE ${CMAKE_BINARY_DIR}/answers \"${HAVE_UNISTD_H} ${HAVE_WINDOWS_H} ${HAVE_MMAP} ${SIZEOF_LONG} ${HAVE_NONSENSE} ${HAVE_WALL} ${BIG} \
        ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION} ${CMAKE_C_COMPILE_FEATURES} ${CMAKE_CXX_COMPILE_FEATURES} \
        ${CMAKE_C_IMPLICIT_INCLUDE_DIRECTORIES} ${CMAKE_C_IMPLICIT_LINK_LIBRARIES} ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES}\\n\")\n\
        file(WRITE ${CMAKE_BINARY_DIR}/config.h \"\")\ninclude_directories(${CMAKE_BINARY_DIR})\nadd_executable(probe main.c part.c plus.cc)\n";
    let world = World::new();
    project(&world);
    world.file("p/CMakeLists.txt", LISTS);
    let build = |extra: &[String], env: &[(&str, String)]| {
        if world.exists("p/build") {
            world.remove("p/build");
        }
        fs::create_dir(world.path("tree/p/build")).expect("a build directory");
        let mut args = vec!["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", ".."];
        args.extend(extra.iter().map(String::as_str));
        run(&world, "cmake", "cmake", &args, "p/build", env);
        run(&world, "ninja", "ninja-build", &[], "p/build", &[]);
        results(&world, "p/build", &["^answers$", "probe\\.dir/.*\\.o$", "^probe$"])
    };
    let compilers = |c: &str, cxx: &str| [("CC", c.to_owned()), ("CXX", cxx.to_owned())];
    let launcher = packer_cc().display().to_string();
    let launchers =
        [format!("-DCMAKE_C_COMPILER_LAUNCHER={launcher}"), format!("-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}")];

    let bare = build(&[], &compilers("gcc", "g++"));
    for _ in 0..2 {
        assert_same("launcher", &bare, &build(&launchers, &compilers("gcc", "g++")));
    }
    assert_eq!(hits(&world), SOURCES, "the second build's objects are hits");
    let bare = build(&[], &compilers("cc", "c++"));
    let [(way, cc, cxx), _] = ways();
    for _ in 0..2 {
        assert_same(way, &bare, &build(&[], &compilers(&cc, &cxx)));
    }
}

#[test]
fn meson() {
    const BUILD: &str = "project('probe', 'c', 'cpp', default_options: ['buildtype=debugoptimized'])\ncc = meson.get_compiler('c')\n\
        conf = configuration_data()\nforeach h : ['unistd.h', 'windows.h', 'sys/mman.h']\n  conf.set('HAVE_' + h.underscorify().to_upper(), cc.has_header(h))\nendforeach\n\
        conf.set('HAVE_MMAP', cc.has_function('mmap', prefix: '#include <sys/mman.h>'))\nconf.set('SIZEOF_LONG', cc.sizeof('long'))\n\
        conf.set('HAVE_NONSENSE', cc.has_argument('-Wno-such-warning-flag-at-all=3'))\nconf.set('HAVE_WALL', cc.has_argument('-Wall'))\n\
        conf.set_quoted('ENDIAN', host_machine.endian())\nconf.set_quoted('ID', cc.get_id())\nconf.set_quoted('VERSION', cc.version())\n\
        configure_file(output: 'config.h', configuration: conf)\nexecutable('probe', 'main.c', 'part.c', 'plus.cc')\n";
    let world = World::new();
    project(&world);
    world.file("p/meson.build", BUILD);
    let build = |cc: &str, cxx: &str| {
        if world.exists("p/build") {
            world.remove("p/build");
        }
        let env = [("CC", cc.to_owned()), ("CXX", cxx.to_owned())];
        run(&world, "meson", "meson", &["setup", "build"], "p", &env);
        run(&world, "ninja", "ninja-build", &[], "p/build", &[]);
        results(&world, "p/build", &["^config\\.h$", "probe\\.p/.*\\.o$", "^probe$"])
    };
    let bare = build("gcc", "g++");
    for (way, cc, cxx) in ways() {
        for _ in 0..2 {
            assert_same(way, &bare, &build(&cc, &cxx));
        }
    }
    assert!(hits(&world) >= 2 * SOURCES, "the later builds' objects are hits");
}
