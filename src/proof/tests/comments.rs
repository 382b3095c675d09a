//! Which results are blind to comments.

use super::*;

const HEADER: &str = "#pragma once\n/* one */ int h;\n";
const SOURCE: &str = "#include \"h.h\"\nint a; // one\n";

fn scene() -> Scene {
    Scene::new(SOURCE).header("h.h", HEADER)
}

/// Whether the inputs still hold when a comment of the header, or of the source, is another one.
fn outlives_comments(scene: &Scene) -> [bool; 2] {
    let inputs = scene.is_kept();
    let header = fs::read_to_string(scene.path("h.h")).unwrap();
    fs::write(scene.path("h.h"), header.replace("one", "two")).unwrap();
    let outlives_header = scene.still_holds(&inputs);
    fs::write(scene.path("h.h"), header).unwrap();
    let source = fs::read_to_string(scene.path("a.c")).unwrap();
    fs::write(scene.path("a.c"), source.replace("one", "two")).unwrap();
    let outlives_source = scene.still_holds(&inputs);
    fs::write(scene.path("a.c"), source).unwrap();
    assert_eq!(scene.still_holds(&inputs), Ok(()));
    for (outlives, reason) in [(outlives_header, Reason::FileChanged), (outlives_source, Reason::SourceChanged)] {
        assert!(outlives.is_ok() || outlives == Err(reason), "{outlives:?}");
    }
    [outlives_header.is_ok(), outlives_source.is_ok()]
}

#[test]
fn what_shows_comments() {
    let with = |options| Scene { options, ..scene() };
    for options in
        ["-c", "-c -g", "-c -g -std=c99", "-c -Wall -Wextra", "-c -Wimplicit-fallthrough=3", "-S", "-c -x c++ -ansi"]
    {
        assert_eq!(outlives_comments(&with(options)), [true, true], "{options}");
    }
    for options in [
        "-c -g3",
        "-c -ggdb3",
        "-c -Wdocumentation-pedantic",
        "-c -Weverything",
        "-c -Werror=documentation",
        "-c -Wimplicit-fallthrough=1",
        "-c -Wtrailing-whitespace=any",
        "-c -fparse-all-comments",
        "-c -fcoverage-mapping -fprofile-instr-generate",
        "-c -Wc90-c99-compat",
        "-c -x assembler-with-cpp",
        "-c -x cpp-output",
    ] {
        assert!(!outlives_comments(&with(options))[1], "{options}");
    }
    assert_eq!(outlives_comments(&Scene { minds_comments: true, ..scene() }), [false, false]);
    let said = |change| Scene { change, ..scene() };
    assert_eq!(outlives_comments(&said(|observed| observed.is_silent = false)), [false, false]);
    let asked = |observed: &mut Observed<'_>| observed.outputs.parts.push((OutputPart::Stdout, b"x".to_vec()));
    assert_eq!(outlives_comments(&said(asked)), [false, false]);
}

/// In C of 1990 a `//` begins no comment, and all others do.
#[test]
fn comments_in_c_of_1990() {
    let plain = |options| Scene { options, ..Scene::new("#include \"h.h\"\nint a; /* one */\n").header("h.h", HEADER) };
    for options in ["-c -std=c89", "-c -std=gnu90", "-c -std=iso9899:199409", "-c -ansi"] {
        assert_eq!(outlives_comments(&plain(options)), [true, true], "{options}");
        // `// one` is code, and a part of the key.
        assert_eq!(outlives_comments(&Scene { options, ..scene() }), [false, false], "{options}");
        let header = Scene::new("#include \"h.h\"\nint a; /* one */\n").header("h.h", "#pragma once\nint h; // one\n");
        assert_eq!(outlives_comments(&Scene { options, ..header }), [false, false], "{options}");
        // A comment of the other kind may come.
        let scene = plain(options);
        let inputs = scene.is_kept();
        fs::write(scene.path("h.h"), HEADER.replace("/* one */ int h;", "/* one */ int h; // two")).unwrap();
        assert_eq!(scene.still_holds(&inputs), Err(Reason::FileChanged), "{options}");
    }
    // C was that of 1990 to gcc 4, and C++ never was.
    assert_eq!(outlives_comments(&Scene { major: 4, ..scene() }), [false, false]);
    assert_eq!(outlives_comments(&Scene { major: 4, ..plain("-c") }), [true, true]);
    for options in ["-c -std=gnu99", "-c -x c++"] {
        assert_eq!(outlives_comments(&Scene { major: 4, options, ..scene() }), [true, true]);
    }
}

#[test]
fn debug_data_with_sums_of_the_sources() {
    let with = |options| Scene { options, family: Family::Clang, ..scene() };
    for (options, is_blind) in [
        ("-c", true),
        ("-c -g0", true),
        ("-c -g -g0", true),
        ("-c -g", false),
        ("-c -gline-tables-only", false),
        ("-c -gdwarf-5", false),
        ("-c -gdwarf-4", true),
        ("-c -gdwarf-4 -g", true),
        ("-c -gdwarf-5 -gdwarf-4", true),
        ("-c -gdwarf-4 -gdwarf-5", false),
        ("-c -gdwarf-4 -gdwarf", false),
    ] {
        assert_eq!(outlives_comments(&with(options)), [is_blind, is_blind], "{options}");
    }
}

#[test]
fn what_texts_say_of_comments() {
    for (line, is_blind) in [
        ("#pragma GCC diagnostic warning \"-Wdocumentation\"", false),
        ("#define WARN(w) PRAGMA(GCC diagnostic warning #w)\nWARN(-Wdocumentation)", false),
        ("WARN(-Wdocumentation)", true),
        ("_Pragma(\"GCC diagnostic warning \\\"-Wimplicit-fallthrough=1\\\"\")", false),
        ("#pragma GCC diagnostic warning \"-Wimplicit-fallthrough=3\"", true),
        ("#pragma GCC diagnostic ignored \"-Wunused\"", true),
        ("// #pragma GCC diagnostic warning \"-Wdocumentation\"", true),
    ] {
        let scene = Scene::new(&format!("{line}\n{SOURCE}")).header("h.h", HEADER);
        assert_eq!(outlives_comments(&scene), [is_blind, is_blind], "{line}");
    }
}

/// Comments alone tell two files under `#pragma once` apart.
#[test]
fn files_that_an_edit_could_make_one() {
    let beside =
        |text| Scene::new("#include \"h.h\"\n#include \"i.h\" // one\n").header("h.h", HEADER).header("i.h", text);
    assert_eq!(outlives_comments(&beside("#pragma once\n/* two */ int h;\n")), [false, false]);
    assert_eq!(outlives_comments(&beside("#pragma once\n/* two */ int i;\n")), [true, true]);
    assert_eq!(outlives_comments(&beside("/* two */ int h;\n")), [true, true]);
}

/// A list for a sanitizer is no text, whatever a comment would be in one.
#[test]
fn lists_count_as_they_are() {
    let scene = Scene::new("int a; // one\n").header("h.h", "/* one */ src:*\n");
    let is_list = |observed: &mut Observed<'_>| observed.lists = observed.listed.clone();
    assert_eq!(outlives_comments(&Scene { change: is_list, ..scene }), [false, true]);
}

/// A path in a comment leads nowhere.
#[test]
fn paths_in_comments_bind_nothing() {
    let with = |text: &str, options| {
        let scene = Scene { options, ..Scene::new("") };
        let text = scene.here(text);
        scene.file("a.c", &text).bound()
    };
    assert_eq!(with("// ROOT/a.c\nint a;\n", "-c"), Bound::NOTHING);
    assert_eq!(with("// ROOT/a.c\nint a;\n", "-c -g3"), Bound::ROOT);
    assert_eq!(with("const char *a = \"ROOT/a.c\";\n", "-c"), Bound::ROOT);
}
