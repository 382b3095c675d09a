//! Headers of definitions that change.

use super::*;

/// Whether the result of a compile of `source` with `config.h` still holds once that is another text.
fn holds(scene: Scene, then: &str, now: &str) -> bool {
    let scene = scene.header("config.h", then);
    let inputs = scene.is_kept();
    assert_eq!(scene.still_holds(&inputs), Ok(()));
    fs::write(scene.path("config.h"), now).unwrap();
    let holds = scene.still_holds(&inputs);
    assert!(holds.is_ok() || holds == Err(Reason::FileChanged), "{holds:?}");
    holds.is_ok()
}

const SOURCE: &str = "#include \"config.h\"\nint a = HAVE_A;\n";
const THEN: &str = "#define HAVE_A 1\n#define HAVE_B 1\n";
const A_ELSE: &str = "#define HAVE_A 2\n#define HAVE_B 1\n";
const B_ELSE: &str = "#define HAVE_A 1\n#define HAVE_B 2\n";

#[test]
fn what_nobody_asks_for() {
    let source = |text: &str| Scene::new(text);
    assert!(holds(source(SOURCE), THEN, B_ELSE));
    assert!(!holds(source(SOURCE), THEN, A_ELSE));
    assert!(holds(source(SOURCE), THEN, "#define HAVE_A 1\n"));
    // A text that holds more than definitions.
    assert!(!holds(source(SOURCE), THEN, "#define HAVE_A 1\nint b;\n"));
    assert!(!holds(source(SOURCE), &format!("{THEN}int b;\n"), &format!("{B_ELSE}int b;\n")));
    // Poisoned words, and what shows the definitions.
    assert!(holds(source(&format!("#pragma GCC poison x\n{SOURCE}")), THEN, B_ELSE));
    assert!(!holds(source(&format!("#pragma GCC poison x HAVE_B\n{SOURCE}")), THEN, B_ELSE));
    assert!(!holds(source(&format!("DO(GCC poison x)\n{SOURCE}")), THEN, B_ELSE));
    for options in ["-c -g3", "-c -Wtraditional"] {
        assert!(!holds(Scene { options, ..source(SOURCE) }, THEN, B_ELSE), "{options}");
    }
    // Who asks by the command line, or in another header.
    assert!(!holds(Scene { options: "-c -DX=HAVE_B", ..source(SOURCE) }, THEN, B_ELSE));
    assert!(!holds(source(SOURCE).header("b.h", "HAVE_B\n"), THEN, B_ELSE));
    assert!(holds(source(SOURCE).header("b.h", "/* HAVE_B */\n"), THEN, B_ELSE));
    // C++ of 1998 knows no variadic macros.
    let variadic = format!("{THEN}#define IF_C(...)\n");
    assert!(holds(source(SOURCE), THEN, &variadic));
    for options in ["-c -x c++", "-c -ansi"] {
        assert!(holds(Scene { options, ..source(SOURCE) }, THEN, B_ELSE), "{options}");
        assert!(!holds(Scene { options, ..source(SOURCE) }, THEN, &variadic), "{options}");
    }
    // Nor are these comments in C of 1990.
    let comment = format!("{THEN}// one\n");
    assert!(holds(source(SOURCE), THEN, &comment));
    assert!(!holds(Scene { options: "-c -ansi", ..source(SOURCE) }, THEN, &comment));
}

/// Two headers that change at once, and one that becomes equal to another under `#pragma once`.
#[test]
fn several_headers() {
    let scene =
        || Scene::new(SOURCE).header("config.h", THEN).header("more.h", "#pragma once\n#define MORE_A HAVE_B\n");
    let after = |config: &str, more: &str| {
        let scene = scene();
        let inputs = scene.is_kept();
        fs::write(scene.path("config.h"), config).unwrap();
        fs::write(scene.path("more.h"), more).unwrap();
        scene.still_holds(&inputs).is_ok()
    };
    assert!(after(THEN, "#pragma once\n#define MORE_A 1\n"));
    // `more.h` is the same, and says HAVE_B.
    assert!(!after(B_ELSE, "#pragma once\n#define MORE_A HAVE_B\n"));
    // Now nobody says it.
    assert!(after(B_ELSE, "#pragma once\n#define MORE_A 1\n"));
    assert!(!after(A_ELSE, "#pragma once\n#define MORE_A 1\n"));
    let once = "#pragma once\n#define HAVE_A 1\n";
    let scene = Scene::new(SOURCE).header("config.h", once).header("more.h", "#pragma once\n#define MORE_A 1\n");
    let inputs = scene.is_kept();
    fs::write(scene.path("more.h"), "#pragma once\n#define MORE_A 2\n").unwrap();
    assert_eq!(scene.still_holds(&inputs), Ok(()));
    fs::write(scene.path("more.h"), once).unwrap();
    assert_eq!(scene.still_holds(&inputs), Err(Reason::FileChanged));
}

/// What the store does not know any more is another header.
#[test]
fn what_is_forgotten() {
    let scene = Scene::new(SOURCE).header("config.h", THEN);
    let inputs = scene.is_kept();
    scene.known.borrow_mut().clear();
    assert_eq!(scene.still_holds(&inputs), Ok(()));
    fs::write(scene.path("config.h"), B_ELSE).unwrap();
    assert_eq!(scene.still_holds(&inputs), Err(Reason::FileChanged));
}
