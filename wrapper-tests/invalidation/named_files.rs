//! Files that an option names: specs, profiles, lists of sanitizers.

use crate::fixture::{Compiler, World};

#[test]
fn files_named_by_options() {
    let world = World::new();
    world.files(&[("a.c", "int a(int x) { return x ? x : 1; }\n"), ("my.specs", "*cc1_options:\n+ -DFROM_SPECS=1\n")]);
    for line in ["-specs=my.specs -c a.c", "--specs=my.specs -c a.c"] {
        world.cc(line).miss();
        world.cc(line).hit();
        world.file("my.specs", "*cc1_options:\n+ -fno-asynchronous-unwind-tables\n");
        world.cc(line).does("miss: compiler-changed");
        world.file("my.specs", "*cc1_options:\n+ -DFROM_SPECS=1\n");
        world.cc(line).hit();
    }
    let world = World::with(Compiler::Clang);
    world.files(&[("a.c", "int a(int x) { return 1 / x; }\n"), ("ignore", "fun:b\n")]);
    let line = "-fsanitize=undefined,address -fsanitize-ignorelist=ignore -c a.c";
    world.cc(line).miss();
    world.cc(line).hit();
    world.file("ignore", "fun:a\n");
    world.cc(line).miss();
}

#[test]
fn profile_data() {
    // No option that reads a profile is served.
    let world = World::new();
    world.file("a.c", "int main(int c, char **v) { int s = 0; for (int i = 0; i < c * 100; i++) s += i & 1 ? 3 : 5; return s == 0; }\n");
    let shell = |line: &str| {
        let ran = world.shell("sh", &["-c", line]);
        assert!(ran.status.success(), "{}", ran.stderr_text());
    };
    let train = "gcc -O2 -fprofile-generate -c a.c -o a.o && gcc -fprofile-generate a.o -o p";
    shell(&format!("{train} && ./p && mv a.gcda first.gcda"));
    shell("./p 1 2 3 4 5 6 7 && mv a.gcda second.gcda && rm p a.o");
    for line in [
        "-O2 -fprofile-use -c a.c -o a.o",
        "-O2 -fprofile-use=a.gcda -c a.c -o a.o",
        "-O2 -fprofile-use=. -c a.c -o a.o",
        "-O2 -fprofile-use -fprofile-dir=. -c a.c -o a.o",
        "-O2 -fbranch-probabilities -c a.c -o a.o",
        "-O2 -fauto-profile=a.gcda -c a.c -o a.o",
    ] {
        for profile in ["first.gcda", "second.gcda", "first.gcda"] {
            shell(&format!("cp {profile} a.gcda"));
            world.cc(line).bypass("unserved-option");
            world.cc(line).bypass("unserved-option");
        }
        world.remove("a.gcda");
        world.cc(line).bypass("unserved-option");
    }
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int f(int x) { return x ? 1 : 2; }\n");
    for profile in ["f:1000:10\n 1: 10\n", "f:1000:90\n 1: 90\n", "f:1000:10\n 1: 10\n"] {
        world.file("profile", profile);
        for line in [
            "-O2 -fprofile-sample-use=profile -c a.c",
            "-O2 -fauto-profile=profile -c a.c",
            "-O2 -fprofile-instr-use=profile -c a.c",
            "-O2 -fprofile-use=profile -c a.c",
        ] {
            world.cc(line).bypass("unserved-option");
            world.cc(line).bypass("unserved-option");
        }
        // No profile, but a list of what is to have one.
        world.cc("-O2 -fprofile-list=profile -c a.c").kept();
        world.cc("-O2 -fprofile-list=profile -c a.c").hit();
    }
}

#[test]
fn sanitizer_lists() {
    let world = World::with(Compiler::Clang);
    world.file("a.c", "int f(int *p) { return *p; }\n");
    for list in ["src:nothing\n", "src:*a.c\n", "src:nothing\n"] {
        world.file("list", list);
        for line in [
            "-fsanitize=address -fsanitize-ignorelist=list -c a.c",
            "-fsanitize=address -fsanitize-blacklist=list -c a.c",
            "-fsanitize=address -fsanitize-blacklist=list -fno-sanitize-blacklist -c a.c",
            "-fsanitize=address -fsanitize-system-ignorelist=list -c a.c",
            "-fsanitize-coverage=trace-pc-guard -fsanitize-coverage-allowlist=list -c a.c",
            "-fsanitize-coverage=trace-pc-guard -fsanitize-coverage-ignorelist=list -c a.c",
        ] {
            world.cc(line).kept();
            world.cc(line).hit();
        }
        for line in [
            "-fxray-instrument -fxray-always-instrument=list -c a.c",
            "-fxray-instrument -fxray-attr-list=list -c a.c",
            "-Xclang -fsanitize-ignorelist=list -fsanitize=address -c a.c",
        ] {
            world.cc(line).bypass("unserved-option");
            world.cc(line).bypass("unserved-option");
        }
    }
}

#[test]
fn specs_and_what_they_include() {
    let world = World::new();
    world.files(&[
        ("a.c", "int a = V;\n"),
        ("outer.specs", "%include <inner.specs>\n"),
        ("args", "-specs=my.specs -c a.c"),
    ]);
    for line in [
        "-specs=my.specs -c a.c",
        "--specs=my.specs -c a.c",
        "-specs=./my.specs -c a.c",
        "@args",
        "-specs=outer.specs -c a.c",
    ] {
        for value in [1, 2, 1] {
            for name in ["my.specs", "inner.specs"] {
                world.file(name, format!("*cc1_options:\n+ -DV={value}\n"));
            }
            world.cc(line).kept();
            world.cc(line).hit();
        }
    }
}

/// clang names the lists of its sanitizers in the depfile, before the source.
#[test]
fn sanitizers_hit() {
    for (compiler, sanitizers) in
        [(Compiler::Gcc, "address,undefined"), (Compiler::Clang, "address"), (Compiler::Clang, "memory")]
    {
        let world = World::with(compiler);
        world.file("a.c", "#include \"a.h\"\nint f(int *a) { return a[A]; }\n").file("a.h", "#define A 1\n");
        for request in ["", "-MD", "-MMD", "-MD -MP"] {
            let line = format!("-fsanitize={sanitizers} {request} -c a.c -o a.o");
            world.file("a.h", "#define A 1\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.file("a.h", "#define A 2\n");
            world.cc(&line).miss();
            world.cc(&line).hit();
        }
    }
}
