//! What `__has_include` and its kin ask for.

use crate::fixture::for_each_compiler;

#[test]
fn has_include_flips() {
    const QUESTIONS: &[(&str, &[&str])] = &[
        ("__has_include(\"m.h\")", &["m.h", "inc/m.h"]),
        ("__has_include(<m.h>)", &["inc/m.h", "new/m.h"]),
        ("__has_include ( <d/m.h> )", &["inc/d/m.h"]),
        ("defined __has_include && !__has_include/**/(\"m.h\")", &["m.h"]),
        ("__has_include(\\\n\"m.h\")", &["m.h"]),
        ("__has_include(\"../tree/m.h\")", &["m.h"]),
        ("HAS(\"m.h\")", &["m.h"]),
    ];
    for_each_compiler(|world| {
        world.file("inc/keep", "");
        for (question, names) in QUESTIONS {
            world.file(
                "a.c",
                format!("#define HAS(x) __has_include(x)\n#if {question}\nint a = 1;\n#else\nint a = 0;\n#endif\n"),
            );
            for line in ["-c a.c -I inc -I new", "-c a.c -I inc -I new -MMD"] {
                world.cc(line).miss();
                world.cc(line).hit();
                for name in *names {
                    world.file(name, "");
                    world.cc(line).miss();
                    world.cc(line).hit();
                    world.remove(name);
                    world.cc(line).hit();
                    world.file(name, "");
                    world.cc(line).hit();
                    world.remove(name);
                }
            }
        }
    });
}

#[test]
fn has_include_with_a_computed_name_is_never_stale() {
    for_each_compiler(|world| {
        world.file("a.c", "#define NAME \"m.h\"\n#if __has_include(NAME)\nint a = 1;\n#else\nint a = 0;\n#endif\n");
        world.cc("-c a.c").does("miss: computed-has-include");
        world.cc("-c a.c").does("miss: computed-has-include");
        world.file("m.h", "");
        world.cc("-c a.c").does("miss: computed-has-include");
        world.cc("-c a.c").does("miss: computed-has-include");
        world.remove("m.h");
        world.cc("-c a.c").does("miss: computed-has-include");
        // A question in prose asks nothing.
        world.file("a.c", "/* __has_include(NAME) */ int a; // __has_include(OTHER)\n");
        world.cc("-c a.c").miss();
        world.cc("-c a.c").hit();
    });
}

#[test]
fn has_include_in_headers_and_has_include_next() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <h.h>\n"),
            (
                "inc/h.h",
                "#if __has_include(\"m.h\")\nint a = 1;\n#elif __has_include_next(<h.h>)\nint b;\n#else\nint c;\n#endif\n",
            ),
            ("two/keep", ""),
        ]);
        for line in ["-c a.c -I inc -I two", "-c a.c -isystem inc -isystem two -MMD", "-c a.c -I inc -I two -MD"] {
            world.cc(line).miss();
            world.cc(line).hit();
            for name in ["inc/m.h", "two/m.h", "two/h.h"] {
                world.file(name, "");
                world.cc(line).miss();
                world.cc(line).hit();
                world.remove(name);
                world.cc(line).hit();
            }
        }
    });
}

#[test]
fn has_embed_is_never_stale() {
    // None of these compilers knows `#embed` yet. The directive is an error to them, and the question stands behind
    // an `#ifdef`.
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#ifdef __has_embed\n#if __has_embed(\"blob\")\nint a;\n#endif\n#endif\nint b;\n"),
            ("b.c", "const char b[] = {\n#embed \"blob\"\n};\n"),
        ]);
        for (line, what) in [("-c a.c", "miss: embed"), ("-c b.c", "failed: compiler-failed")] {
            world.cc(line).does(what);
            world.file("blob", "1");
            world.cc(line).does(what);
            world.cc(line).does(what);
            world.remove("blob");
            world.cc(line).does(what);
        }
    });
}
