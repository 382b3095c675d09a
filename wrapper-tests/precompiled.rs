//! Precompiled headers. Making one is not served: it holds addresses and differs in every run. Using one is not
//! served either: what it says is neither its header's text nor in the depfile. A header that has none is served,
//! and one that appears is seen.

use crate::fixture::{Compiler, World};

const BOTH: [Compiler; 2] = [Compiler::Gcc, Compiler::Clang];

fn project(world: &World) {
    world.files(&[
        ("x.h", "#define X 1\nstatic inline int x(int n) { return n + X; }\n"),
        ("inc/y.h", "#define Y 1\n"),
        ("a.c", "#include \"x.h\"\nint a(int n) { return x(n); }\n"),
        ("b.c", "#include <y.h>\nint b = Y;\n"),
        ("f.c", "int f(int n) { return x(n); }\n"),
    ]);
}

/// Two precompiled headers of one source differ, so making them is not compared.
fn precompile(world: &World, header: &str, more: &[&str], output: &str) {
    let args: Vec<&str> = ["-x", "c-header", header, "-o", output].into_iter().chain(more.iter().copied()).collect();
    let made = world.shell(world.path("bin").join(world.compiler().c()), &args);
    assert!(made.status.success(), "{}", made.stderr_text());
}

#[test]
fn making_one_is_not_served() {
    for compiler in BOTH {
        let world = World::with(compiler);
        project(&world);
        let exact = |line: &str, reason: &str| world.passes_by_name(&format!("{line} -o out.gch"), reason);
        exact("x.h", "precompiled-header");
        exact("-c x.h", "precompiled-header");
        exact("-x c-header x.h", "precompiled-header");
        exact("-x c-header -c a.c", "precompiled-header");
        exact("-x c++-header x.h", "precompiled-header");
        exact("-O2 -g -x c++-header -c inc/y.h", "precompiled-header");
        if compiler == Compiler::Clang {
            exact("-c a.c -Xclang -emit-pch", "-Xclang -emit-pch");
            exact("-x c-header x.h -Xclang -fno-pch-timestamp", "precompiled-header");
        }
    }
}

#[test]
fn one_appears_changes_and_goes() {
    for compiler in BOTH {
        let world = World::with(compiler);
        project(&world);
        for (line, header, precompiled) in [
            ("-c a.c -o a.o", "x.h", "x.h.gch"),
            ("-c a.c -MMD -o a.o", "x.h", "x.h.gch"),
            ("-c a.c -Winvalid-pch -o a.o", "x.h", "x.h.gch"),
            ("-c b.c -Iinc -o b.o", "inc/y.h", "inc/y.h.gch"),
            ("-c b.c -Iinc -MD -o b.o", "inc/y.h", "inc/y.h.gch"),
            ("-c f.c -include x.h -o f.o", "x.h", "x.h.gch"),
            ("-c f.c -include x.h -Winvalid-pch -o f.o", "x.h", "x.h.pch"),
            ("-c f.c -include ./x.h -o f.o", "x.h", "x.h.gch"),
            ("-c b.c -Iinc -include y.h -o b.o", "inc/y.h", "inc/y.h.gch"),
        ] {
            // gcc looks for `x.h.gch` beside every header. clang looks beside a forced include alone, and only where
            // its name leads there without `-I`. It takes `x.h.pch` too.
            let is_used = match compiler {
                Compiler::Clang => line.contains("-include x.h") || line.contains("-include ./x.h"),
                _ => precompiled.ends_with("h.gch"),
            };
            let [kept, changed] = if is_used { ["miss: precompiled-header"; 2] } else { ["hit", "miss: file-changed"] };
            // One that was made with other options, or a file that is none, is an error to clang. gcc goes on without it.
            let refused = match compiler {
                Compiler::Clang if is_used => "failed: compiler-failed",
                _ => kept,
            };
            let text = world.read(header);
            world.cc(line).miss();
            world.cc(line).hit();
            precompile(&world, header, &[], precompiled);
            world.cc(line).does(kept);
            world.cc(line).does(kept);
            // Both compilers go on to use what is outdated now. gcc does not check, and clang compares size and time,
            // which are the same.
            let newer = String::from_utf8_lossy(&text).replace('1', "2");
            world.file(header, &newer);
            world.cc(line).does(changed);
            world.cc(line).does(kept);
            // It is made anew from the other text.
            precompile(&world, header, &[], precompiled);
            world.cc(line).does(kept);
            world.file(header, &text);
            world.cc(line).does(kept);
            // One that was made with other options, then files that are no precompiled headers.
            precompile(&world, header, &["-O2", "-DOTHER"], precompiled);
            world.cc(line).does(refused);
            world.cc(line).does(refused);
            world.file(precompiled, "no precompiled header");
            world.cc(line).does(refused);
            world.cc(line).does(refused);
            world.file(precompiled, "");
            world.cc(line).does(refused);
            world.remove(precompiled);
            world.cc(line).hit();
        }
    }
}

/// Where `x.h.gch` is a directory, gcc tries every file in it.
#[test]
fn a_directory_of_them() {
    let world = World::new();
    project(&world);
    for line in ["-c a.c -o a.o", "-c f.c -include x.h -o f.o"] {
        world.cc(line).miss();
        std::fs::create_dir(world.path("tree/x.h.gch")).expect("a directory");
        world.cc(line).does("miss: precompiled-header");
        precompile(&world, "x.h", &["-DOTHER"], "x.h.gch/other");
        world.cc(line).does("miss: precompiled-header");
        precompile(&world, "x.h", &[], "x.h.gch/this");
        world.file("x.h", "#define X 3\nstatic inline int x(int n) { return n + X; }\n");
        world.cc(line).does("miss: precompiled-header");
        world.cc(line).does("miss: precompiled-header");
        world.remove("x.h.gch/this");
        world.cc(line).does("miss: precompiled-header");
        world.remove("x.h.gch");
        world.cc(line).does("miss: file-changed");
        project(&world);
        world.cc(line).hit();
    }
}

/// The precompiled header stands earlier on the search path than the header itself.
#[test]
fn one_without_a_header_beside_it() {
    let world = World::new();
    world.files(&[
        ("b.c", "#include <y.h>\nint b = Y;\n"),
        ("two/y.h", "#define Y 2\n"),
        ("one/z.h", ""),
        ("t/y.h", "#define Y 1\n"),
    ]);
    let line = "-c b.c -Ione -Itwo -o b.o";
    world.cc(line).miss();
    precompile(&world, "t/y.h", &[], "one/y.h.gch");
    world.cc(line).does("miss: precompiled-header");
    world.cc(line).does("miss: precompiled-header");
    world.remove("one/y.h.gch");
    world.cc(line).hit();
}

/// An outdated one holds a `__TIMESTAMP__` that stands in no text any more.
#[test]
fn the_time_inside_one() {
    let world = World::new();
    world.files(&[("x.h", "#define S __TIMESTAMP__\n"), ("a.c", "#include \"x.h\"\nconst char s[] = S;\n")]);
    precompile(&world, "x.h", &[], "x.h.gch");
    world.file("x.h", "#define S \"fixed\"\n");
    world.cc("-c a.c -o a.o").does("miss: precompiled-header");
    world.cc("-c a.c -o a.o").does("miss: precompiled-header");
}

/// clang is told of one by options; each is a bypass that names it.
#[test]
fn options_that_name_one() {
    let world = World::with(Compiler::Clang);
    project(&world);
    precompile(&world, "x.h", &[], "x.pch");
    for (line, option) in [
        ("-c f.c -include-pch x.pch -o f.o", "-include-pch"),
        ("-c f.c -Xclang -include-pch -Xclang x.pch -o f.o", "-Xclang -include-pch"),
        ("-c f.c -include-pch x.pch -fpch-validate-input-files-content -o f.o", "-include-pch"),
        ("-c a.c -fpch-instantiate-templates -o a.o", "-fpch-instantiate-templates"),
        ("-c a.c -fpch-preprocess -o a.o", "-fpch-preprocess"),
        ("-c a.c -relocatable-pch -o a.o", "-relocatable-pch"),
    ] {
        world.passes_by_name(line, option);
    }
    // This option matters only where one is made.
    world.cc("-c a.c -Xclang -fno-pch-timestamp -o a.o").miss();
    world.cc("-c a.c -Xclang -fno-pch-timestamp -o a.o").hit();
}
