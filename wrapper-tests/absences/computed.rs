//! Headers that a macro names, and names of headers that lead through links.

use crate::fixture::{Compiler, World, for_each_compiler};
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn computed_includes_look_everywhere() {
    for_each_compiler(|world| {
        // Another header of that name lies beside the source, where only a quoted name would find it.
        world.files(&[
            ("a.c", "#define ANGLE(x) <x>\n#include ANGLE(one.h)\nint a = V;\n"),
            ("one.h", "#define V 9\n"),
            ("inc/one.h", "#define V 1\n"),
        ]);
        let line = "-c a.c -I new -I inc";
        world.cc(line).miss();
        world.cc(line).hit();
        world.file("new/one.h", "#define V 2\n");
        world.cc(line).miss();
        world.cc(line).hit();
        world.remove("new");
        world.cc(line).hit();
        world.file("inc/one.h", "#define V 3\n");
        world.cc(line).miss();
    });
}

/// Where a system header is reached through a link, gcc's depfile names the file behind the link, if that name is
/// shorter.
#[test]
fn computed_includes_through_links_among_system_headers() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#define FILE_LINK <alias.h>\n#define DIR_LINK <alias/x.h>\n#include FILE_LINK\n#include DIR_LINK\nint a = V + W;\n"),
            ("inc/x.h", "#define V 1\n"),
            ("inc/d/x.h", "#define W 10\n"),
        ]);
        symlink("x.h", world.tree().join("inc/alias.h")).expect("a link");
        symlink("d", world.tree().join("inc/alias")).expect("a link");
        let line = format!("-c a.c -I new -isystem {}/inc", world.tree().display());
        world.cc(&line).miss();
        world.cc(&line).hit();
        for (name, text) in [("new/alias.h", "#define V 2\n"), ("new/alias/x.h", "#define W 20\n")] {
            world.file(name, text);
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.remove("new");
            world.cc(&line).hit();
        }
    });
}

/// `#include F(alias.h)` names a header by a macro with an argument. Where `alias.h` is a link, gcc's depfile names
/// only the file behind it.
#[test]
fn composed_includes_through_links_among_system_headers() {
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#define F(x) <x>\n#include F(alias.h)\n#include F(alias/x.h)\n#include F(sub/deep.h)\nint a = V + W + U;\n"),
            ("up.c", "#define F(x) <x>\n#include F(../up.h)\nint a = U;\n"),
            ("inc/x.h", "#define V 1\n"),
            ("inc/d/x.h", "#define W 10\n"),
            ("inc/sub/keep.h", ""),
            ("inc/u.h", "#define U 100\n"),
            ("up.h", "#define U 100\n"),
        ]);
        for (target, link) in [("x.h", "inc/alias.h"), ("d", "inc/alias"), ("../u.h", "inc/sub/deep.h")] {
            symlink(target, world.tree().join(link)).expect("a link");
        }
        let line = format!("-c a.c -I new -isystem {}/inc", world.tree().display());
        world.cc(&line).miss();
        world.cc(&line).hit();
        let others = [("alias.h", "#define V 2\n"), ("alias/x.h", "#define W 20\n"), ("sub/deep.h", "#define U 200\n")];
        for (name, text) in others {
            world.file(&format!("new/{name}"), text);
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.remove("new");
            world.cc(&line).hit();
        }
        // `<../up.h>` climbs out of each search directory.
        let line = format!("-c up.c -I other/new -isystem {}/inc", world.tree().display());
        world.file("other/new/keep.h", "");
        world.cc(&line).miss();
        world.cc(&line).hit();
        world.file("other/up.h", "#define U 300\n");
        world.cc(&line).does("miss: file-appeared");
        // A link to its own directory gives every header names without end.
        symlink(".", world.tree().join("inc/self")).expect("a link");
        let line = format!("-c a.c -I new -isystem {}/inc", world.tree().display());
        world.file("a.c", "#define F(x) <x>\n#include F(self/self/alias.h)\nint a = V;\n");
        world.cc(&line).miss();
        world.cc(&line).hit();
        world.file("new/self/self/alias.h", "#define V 2\n");
        world.cc(&line).does("miss: file-appeared");
    });
}

/// The text holds only pieces of the header's name, such as `V` in `<V/x.h>`.
#[test]
fn includes_of_macros_through_links_among_system_headers() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc] {
        let long = "a/directory/with/a/long/name";
        for (text, looked_for) in [
            ("#define V v1\n#define H <V/x.h>\n#include H\n", "v1/x.h"),
            ("#define DOT .\n#define S(x) x\n#define F(x) <x>\n#include F(S(DOT)S(DOT)/far/x.h)\n", "../far/x.h"),
            ("#define P(x) x.\n#define E\n#define F(x) <x>\n#include F(P(E)P(E)/far/x.h)\n", "../far/x.h"),
        ] {
            let world = World::with(compiler);
            world.files(&[("a.c", text), ("new/er/keep", ""), ("r/x.h", "int x = 1;\n")]);
            world.file(&format!("{long}/inc/keep"), "").file(&format!("{long}/far/keep"), "");
            symlink(world.tree().join("r"), world.tree().join(long).join("inc/v1")).expect("a link");
            symlink(world.tree().join("r/x.h"), world.tree().join(long).join("far/x.h")).expect("a link");
            let line = format!("-c a.c -I new/er -isystem {}/{long}/inc", world.tree().display());
            world.cc(&line).miss();
            world.cc(&line).hit();
            world.file(&format!("new/er/{looked_for}"), "int x = 2;\n");
            world.cc(&line).does("miss: file-appeared");
        }
    }
    // gcc defines `linux` as 1, so `<linux/x.h>` is looked for as `1/x.h`.
    let world = World::with(Compiler::Gcc);
    world.files(&[("a.c", "#define H <linux/x.h>\n#include H\n"), ("r/x.h", "int x = 1;\n"), ("long/inc/keep", "")]);
    symlink(world.tree().join("r"), world.tree().join("long/inc/1")).expect("a link");
    let line = format!("-c a.c -I new -isystem {}/long/inc", world.tree().display());
    world.cc(&line).miss();
    world.cc(&line).hit();
    world.file("new/1/x.h", "int x = 2;\n");
    world.cc(&line).miss();
}

/// A header that stands beside a system header is one too: of `#include "a_link_with_a_long_name.h"` in `h.h`, gcc's
/// depfile has the shorter name behind the link. `h.h` itself may be one by its directory or by a pragma.
#[test]
fn composed_includes_beside_system_headers_elsewhere() {
    let header = "#define TEXT(x) #x\n#define OF(x) TEXT(x)\n#include OF(a_link_with_a_long_name.h)\n";
    let world = World::with(Compiler::Gcc);
    world.files(&[
        ("a.c", "#include <h.h>\nint a = V;\n"),
        ("r/h.h", header),
        ("own/h.h", &format!("#pragma GCC system_header\n{header}")),
        ("a/directory/with/a/long/name/keep", ""),
    ]);
    symlink(world.tree().join("r/h.h"), world.tree().join("a/directory/with/a/long/name/h.h")).expect("a link");
    let tree = world.tree();
    for (dir, option) in [("r", "-isystem {}/a/directory/with/a/long/name"), ("own", "-I {}/own")] {
        let line = format!("-c a.c {}", option.replace("{}", &tree.display().to_string()));
        let alias = tree.join(dir).join("a_link_with_a_long_name.h");
        world.file(&format!("{dir}/x.h"), "#define V 1\n").file(&format!("{dir}/y.h"), "#define V 2\n");
        symlink("x.h", &alias).expect("a link");
        world.cc(&line).miss();
        world.cc(&line).hit();
        fs::remove_file(&alias).expect("the link");
        symlink("y.h", &alias).expect("a link");
        world.cc(&line).miss();
    }
}

/// The toolchain's own directory of headers is a link, as Debian's of newlib is.
#[test]
fn composed_includes_of_the_toolchains_headers() {
    for (compiler, header) in
        [(Compiler::ArmGcc, "sys/types.h"), (Compiler::AvrGcc, "avr/io.h"), (Compiler::Gcc, "sys/types.h")]
    {
        let world = World::with(compiler);
        world.file("a.c", format!("#define F(x) <x>\n#include F({header})\nint a;\n")).file("new/keep", "");
        for line in ["-c a.c -I new", "-c a.c -I new -MD"] {
            world.cc(line).miss();
            world.cc(line).hit();
            world.file(&format!("new/{header}"), "int own;\n");
            world.cc(line).miss();
            world.remove(&format!("new/{header}"));
        }
    }
}
