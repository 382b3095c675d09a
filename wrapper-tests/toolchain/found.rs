//! What a driver looks for: assemblers, specs, plugins.

use super::{asks, replace_program};
use crate::fixture::{Compiler, World, for_each_compiler, host_program, words};
use std::fs;

#[test]
fn an_assembler_that_appears_wherever_a_driver_looks() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("a.c", "int a;\n");
        let (target, assembler) = match compiler {
            Compiler::Gcc => ("x86_64-linux-gnu/12", host_program("as", "binutils")),
            _ => ("avr/5.4.0", asks("avr-gcc", "-print-prog-name=as")),
        };
        let bytes = fs::read(assembler).expect("an assembler");
        fs::create_dir(world.path("tools")).expect("a directory");
        let tools = world.path("tools");
        let tools = tools.display();
        let places = [
            (format!("-B {tools}"), "as".to_owned()),
            (format!("-B{tools}/"), format!("{target}/as")),
            (format!("-B {tools}/my-"), "my-as".to_owned()),
            (format!("-B {tools}/further"), "further/as".to_owned()),
        ];
        for (number, (option, name)) in (0u8..).zip(places) {
            let line = format!("{option} -c a.c");
            world.cc(&line).miss();
            world.cc(&line).hit();
            let place = world.path("tools").join(name);
            fs::create_dir_all(place.parent().expect("a directory")).expect("a directory");
            replace_program(&place, &[&bytes[..], &[number]].concat());
            world.cc(&line).does("miss: compiler-changed");
            world.cc(&line).hit();
            assert_eq!(used(&world, &line), bytes.len() + 1, "{option}: the assembler that appeared");
            fs::remove_file(place).expect("an assembler");
            world.cc(&line).hit();
        }
    }
}

/// The size of the assembler this command uses.
fn used(world: &World, line: &str) -> usize {
    let mut arguments = words(line);
    arguments.push("-###".into());
    let output = world.bare_command(world.compiler().c().as_ref()).args(arguments).output().expect("a compiler");
    let text = String::from_utf8(output.stderr).expect("text");
    let command = text.lines().rfind(|line| line.contains("as ")).expect("an assembler");
    let program = command.trim().split(' ').next().expect("a word");
    fs::read(program).map_or(0, |bytes| bytes.len())
}

#[test]
fn specs_change_include_and_ask() {
    for compiler in [Compiler::Gcc, Compiler::AvrGcc] {
        let world = World::with(compiler);
        world.file("a.c", "#ifndef Q\n#define Q 0\n#endif\nint a(int x) { return x * 3 + Q; }\n");
        for option in ["-specs=my.specs", "--specs=my.specs"] {
            let line = format!("{option} -c a.c");
            for level in ["-O1", "-O2", "-O1"] {
                world.file("my.specs", format!("*cc1:\n+ -DQ=1 {level}\n\n"));
                world.cc(&line).kept();
                world.cc(&line).hit();
            }
            world.file("my.specs", "%include <more.specs>\n*cc1:\n+ -DQ=2\n\n");
            for level in ["-O1", "-O2", "-O1"] {
                world.file("more.specs", format!("*cc1_options:\n+ {level}\n\n"));
                world.cc(&line).kept();
                world.cc(&line).hit();
            }
        }
        world.file("my.specs", "*cc1:\n+ -D%:getenv(MINE Q=5)\n\n");
        for value in ["", "X", ""] {
            world.cc("-specs=my.specs -c a.c").env("MINE", value).kept();
            world.cc("-specs=my.specs -c a.c").env("MINE", value).hit();
        }
        for added in ["-fstack-usage", "-MMD", "-Ifirst", "-fdump-tree-original"] {
            world.file("my.specs", format!("*cc1:\n+ {added}\n\n"));
            world.cc("-specs=my.specs -c a.c").bypass("compiler-unknown");
        }
        world.file("my.specs", "*asm:\n+ -adhln=a.lst\n\n");
        world.cc("-specs=my.specs -c a.c").bypass("compiler-unknown");
    }
}

#[test]
fn plugins_are_passed_on() {
    for_each_compiler(|world| {
        world.file("a.c", "int a;\n").file("plugin.so", "no plugin");
        let mut lines = vec!["-fplugin=./plugin.so -c a.c"];
        if world.compiler() == Compiler::Clang {
            lines.extend(["-fpass-plugin=./plugin.so -c a.c", "-Xclang -load -Xclang ./plugin.so -c a.c"]);
        } else {
            lines.push("-fplugin=./plugin.so -fplugin-arg-plugin-x=1 -c a.c");
        }
        for line in lines {
            let refused = |ran: crate::fixture::Ran| assert!(!ran.status.success());
            refused(world.cc(line).bypass("unserved-option"));
        }
    });
}
