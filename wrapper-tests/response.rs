//! Response files: part of the command line, by what they say.

use crate::fixture::for_each_compiler;

#[test]
fn it_is_the_content_that_counts() {
    for_each_compiler(|world| {
        world.file("a.c", "int a = X;\n").file("args", "-DX=1 -c a.c\n");
        world.cc("@args -o a.o").miss();
        world.cc("@args -o a.o").hit();
        world.cc("-DX=1 -c a.c -o a.o").hit();
        world.file("args", "-DX=2 -c a.c\n");
        world.cc("@args -o a.o").miss();
        world.file("args", "-DX=1\n-c\n\ta.c\r\n");
        world.cc("@args -o a.o").hit();
        world.file("args", "-DX=1 -c a.c\n");
        world.cc("@args -o a.o").hit();
    });
}

#[test]
fn quoting() {
    const SERVED: &[&str] = &[
        r#"-DX="1""#,
        r"-DX='1'",
        r#""-DX=1""#,
        r"'-DX=1'",
        r"-D\X=1",
        r"-DX=\1",
        r#"-DX=1 -DY="two words""#,
        r#"-DX=1 -DY='a"b'"#,
        r#"-DX=1 -DY="a\"b""#,
        r#"-DX=1 -DY="a\\b""#,
        "-DX=1 \"-DY=a\nb\"",
        "-DX=1 -DY=\"\"",
        "-DX=1 -DY=''",
        "-DX=1 -DY=ab\"cd\"'ef'",
    ];
    // Compilers disagree about these, or about where they end.
    const LEFT_TO_THE_COMPILER: &[&str] = &[
        r"-DX=1 '-DY=a\b'",
        "-DX=1 -DY=a\\\nb",
        "-DX=1 -DY='open",
        "-DX=1 -DY=\"open",
        "-DX=1 -DY=end\\",
        "\u{b}-DX=1\u{c}-DY=1",
    ];
    for_each_compiler(|world| {
        world.file("a.c", "#define STRING(x) #x\n#define S(x) STRING(x)\nint a = X;\nconst char *y = S(Y);\n");
        for case in SERVED {
            world.file("args", case);
            world.cc("@args -c a.c").kept();
            world.cc("@args -c a.c").hit();
        }
        for case in LEFT_TO_THE_COMPILER {
            world.file("args", case);
            world.cc("@args -c a.c").bypass("response-file");
            world.cc("@args -c a.c").bypass("response-file");
        }
        // There are no comments in response files.
        world.file("args", "-DX=1 # -DX=2");
        world.cc("@args -c a.c").bypass("several-sources");
    });
}

#[test]
fn nested() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "int a = X + Y;\n"),
            ("outer", "-c @inner\n@sub/last"),
            ("inner", "-DX=1"),
            ("sub/last", "-DY=2 a.c"),
        ]);
        world.cc("@outer").miss();
        world.cc("@outer").hit();
        world.file("sub/last", "-DY=3 a.c");
        world.cc("@outer").miss();
        world.file("sub/last", "-DY=2 a.c");
        world.cc("@outer").hit();
        world.file("empty", "");
        world.cc("@empty @outer").hit();
    });
}

#[test]
fn what_cannot_be_read_is_the_compilers_affair() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n").file("loop", "@loop -c a.c");
        for line in ["@loop", "@ -c a.c"] {
            world.cc(line).bypass("response-file");
        }
        // A response file that is not there is a source with this name to the compiler.
        for line in ["@absent -c a.c", "-c a.c @absent", "-c a.c @sub"] {
            world.cc(line).bypass("several-sources");
        }
        // gcc hands its own parts a name that they take for a response file; the error is its own.
        world.file("@a.c", "int a;\n");
        world.cc("-c ./@a.c").fails();
        world.cc("-c ./@a.c").fails();
    });
}
