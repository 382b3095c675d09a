//! System headers, which `-MMD` leaves out of the depfile and which count all the same.

use crate::fixture::{Compiler, World, for_each_compiler};

#[test]
fn system_headers_of_the_toolchain() {
    for_each_compiler(|world| {
        world.file("a.c", "#include <stdint.h>\n#include <stdlib.h>\nuint8_t a;\n");
        for line in ["-MD -c a.c", "-MMD -c a.c", "-MD -MP -c a.c"] {
            world.cc(line).miss();
            world.cc(line).hit();
        }
        world.file("b.cc", "#include <stdint.h>\nextern \"C\" { uint8_t a; }\n");
        world.cxx("-MD -c b.cc").miss();
        world.cxx("-MD -c b.cc").hit();
    });
}

/// `avr/io.h` of avr-libc names the headers of all devices. Only the header of this command's device is an input,
/// whether an option, the source or a header says which device that is.
#[test]
fn headers_by_the_device() {
    let world = World::with(Compiler::AvrGcc);
    world.files(&[
        (
            "system/device.h",
            "#if defined (__AVR_ATmega328P__)\n# include <this.h>\n\
             #elif defined (__AVR_ATtiny85__) || defined (__AVR_ATtiny45__)\n# include <other.h>\n\
             #elif defined __AVR_AT90PWM1__ // by a header\n# include \"third.h\"\n\
             #else\n# include <none.h>\n#endif\n",
        ),
        ("system/this.h", "#define D 1\n"),
        ("system/other.h", "#define D 2\n"),
        ("system/third.h", "#define D 3\n"),
        ("system/none.h", "#define D 4\n"),
        ("system/late.h", "#undef __AVR_ATmega328P__\n#define __AVR_AT90PWM1__ 1\n"),
        ("a.c", "#include <device.h>\nint a = D;\n"),
        ("late.c", "#include <late.h>\n#include <device.h>\nint a = D;\n"),
        ("by_source.c", "#undef __AVR_ATmega328P__\n#define __AVR_ATtiny45__\n#include <device.h>\nint a = D;\n"),
    ]);
    let here = "-mmcu=atmega328p -MMD -isystem system -c";
    // Each command, the header that it reads, and headers that it would read for another device.
    for (line, mine, others) in [
        (format!("{here} a.c"), "this.h", ["other.h", "third.h"].as_slice()),
        ("-mmcu=attiny85 -MMD -isystem system -c a.c".to_owned(), "other.h", &["this.h", "third.h"]),
        ("-mmcu=avr5 -MMD -isystem system -c a.c".to_owned(), "none.h", &["this.h", "other.h", "third.h"]),
        (format!("{here} late.c"), "third.h", &["other.h"]),
        (format!("{here} by_source.c"), "other.h", &["third.h"]),
        (format!("{here} a.c -U__AVR_ATmega328P__ -D__AVR_ATtiny85__"), "other.h", &["third.h"]),
        (format!("{here} a.c -Wp,-U__AVR_ATmega328P__,-DX,-D__AVR_ATtiny85__"), "other.h", &[]),
        (format!("{here} a.c -include system/late.h"), "third.h", &["other.h"]),
    ] {
        let line = format!("{line} -o a.o");
        world.cc(&line).miss();
        world.cc(&line).hit();
        let edit = |name: &str| {
            let name = format!("system/{name}");
            let before = world.read(&name);
            world.file(&name, [before.as_slice(), b"#define EDITED\n"].concat());
            before
        };
        for other in others {
            let before = edit(other);
            world.cc(&line).hit();
            world.file(&format!("system/{other}"), before);
        }
        let before = edit(mine);
        world.cc(&line).miss();
        world.file(&format!("system/{mine}"), before);
        world.cc(&line).hit();
    }
    // avr-libc's own `<avr/io.h>`, behind a comment and a string that look like definitions.
    world.file("io.c", "// each #define\nconst char *s = \"#define \";\n#include <avr/io.h>\nint a = sizeof(PORTB);\n");
    world.cc("-mmcu=atmega328p -MMD -c io.c -o a.o").miss();
    world.cc("-mmcu=atmega328p -MMD -c io.c -o a.o").hit();
    // The headers of other devices are not looked for either. `first/other.h` goes away, and that changes nothing.
    world.file("first/other.h", "#define D 5\n").file("first/keep", "");
    let line = format!("{here} a.c -I first -o a.o");
    world.cc(&line).miss();
    world.remove("first/other.h");
    world.cc(&line).hit();
    world.file("first/this.h", "#define D 6\n");
    world.cc(&line).miss();
}

/// What hides the header, and the files below `system`; the last of them is the header.
const HARD_TO_FIND: &[(&str, &[(&str, &str)])] = &[
    ("macros between the brackets", &[("s.h", "#define V v1\n#define H <V/x.h>\n#include H\n"), ("v1/x.h", "")]),
    ("macros with arguments there", &[("s.h", "#define V(x) x\n#define H <V(v1)/x.h>\n#include H\n"), ("v1/x.h", "")]),
    (
        "a macro that is defined by what another include leads to",
        &[
            (
                "s.h",
                "#ifdef AGAIN\n# define H <V/x.h>\n# include H\n#else\n# define AGAIN\n# define T <t.h>\n# include T\n\
                 # include <s.h>\n#endif\n",
            ),
            ("t.h", "#include <u.h>\n"),
            ("u.h", "#define V v1\n"),
            ("v1/x.h", ""),
        ],
    ),
    (
        "another header's name for it",
        &[
            (
                "s.h",
                "#ifdef AGAIN\n# include H\n#else\n# define AGAIN\n# define H <none.h>\n# define T <t.h>\n# include T\n\
                 # include <s.h>\n#endif\n",
            ),
            ("t.h", "#include <u.h>\n"),
            ("u.h", "#undef H\n#define H <x.h>\n"),
            ("x.h", ""),
        ],
    ),
    (
        "of the device, behind a digraph",
        &[("s.h", "#if defined(__AVR_ATtiny45__)\n%\\\n:else\n#include <x.h>\n#endif\n"), ("x.h", "")],
    ),
    ("an include behind a zero", &[("s.h", "#\0include <x.h>\n"), ("x.h", "")]),
    (
        "of the device, behind a zero",
        &[("s.h", "#if defined(__AVR_ATtiny45__)\n#\0else\n#include <x.h>\n#endif\n"), ("x.h", "")],
    ),
];

/// Headers that `-MMD` leaves out and that are hard to find in the text: a change of one is seen all the same.
#[test]
fn system_headers_that_are_hard_to_find() {
    for_each_compiler(|world| {
        let edited = |line: &str, header: &str, what: &str| {
            println!("{what}");
            world.cc(line).miss();
            world.cc(line).hit();
            world.file(header, "#define EDITED 1\n");
            world.cc(line).does("miss: file-changed");
            world.remove("system");
        };
        let uses = "#ifdef EDITED\nint edited;\n#endif\n";
        world.file("a.c", format!("#include <s.h>\n{uses}"));
        let line = "-MMD -c a.c -isystem system -o a.o";
        for (what, files) in HARD_TO_FIND {
            for (name, text) in *files {
                world.file(&format!("system/{name}"), text);
            }
            let (header, _) = files.last().expect("a header");
            edited(line, &format!("system/{header}"), what);
        }
        // The header is asked for by `__has_include` before it is included.
        world.file("b.c", format!("#if __has_include(<x.h>)\n#endif\n#include <s.h>\n{uses}"));
        world.files(&[("system/s.h", "#include <x.h>\n"), ("system/x.h", "#include <y.h>\n"), ("system/y.h", "")]);
        edited("-MMD -c b.c -isystem system -o b.o", "system/y.h", "after __has_include");
        // `list.h` is read for the user first, and again for a system header, which makes it include more.
        world.file("c.c", format!("#include \"list.h\"\n#include <s.h>\n{uses}"));
        world.files(&[
            ("list.h", "#ifdef MORE\n#include \"more.h\"\n#endif\n"),
            ("more.h", ""),
            ("system/s.h", "#define MORE\n#include \"list.h\"\n"),
        ]);
        edited("-MMD -c c.c -I . -isystem system -o c.o", "more.h", "read twice");
    });
}

/// Where no device is given, avr-libc makes a header's name of the macro `__AVR_DEV_LIB_NAME__`.
#[test]
fn a_header_that_a_macro_of_the_device_names() {
    let world = World::with(Compiler::AvrGcc);
    world.file("a.c", "#include <avr/io.h>\nint a = V;\n").file("system/avr/ioown.h", "#define V 1\n");
    let line = "-mmcu=avr5 -D__AVR_DEV_LIB_NAME__=own -MMD -c a.c -isystem system";
    world.cc(line).miss();
    world.file("system/avr/ioown.h", "#define V 2\n");
    world.cc(line).does("miss: file-changed");
    world.file("b.c", "#include <avr/io.h>\nint a = PORTB5;\n");
    world.cc("-mmcu=atmega328p -MMD -c b.c").miss();
    world.cc("-mmcu=atmega328p -MMD -c b.c").hit();
}
