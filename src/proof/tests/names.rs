//! One file by several names, and names in other spellings.

use super::*;

#[test]
fn twins_that_may_have_been_read_for_each_other() {
    let once = "#pragma once\nint once;\n";
    let plain = "int NAME;\n";
    let has_twins = |family, text, name: &'static str, other: &str| {
        let scene = Scene { family, ..Scene::new(&format!("#include \"x.h\"\n#include \"{name}\"\n")) };
        let scene = scene.header("x.h", text).file("sub/z.h", "").header(name, other);
        scene.is_kept().iter().any(|input| matches!(input, Input::Twins { .. }))
    };
    for family in [Family::Gcc, Family::Clang] {
        assert!(has_twins(family, once, "y.h", once));
        // `sub` may be a link elsewhere.
        assert!(has_twins(family, once, "sub/../x.h", once));
        assert!(!has_twins(family, once, "y.h", "#pragma once\nint other;\n"));
        // clang gives both one name where one is a link to the other.
        assert_eq!(has_twins(family, plain, "y.h", plain), family == Family::Clang);
    }
}

/// clang names files in parts, from the working directory that it is told.
#[test]
fn names_in_parts_from_a_directory_of_the_users() {
    let bound = |options: &'static str| {
        let change = |seen: &mut Observed<'_>| {
            let Place { root, cwd, .. } = seen.place;
            let kit = Some(root.join("kit"));
            seen.place = Box::leak(Box::new(Place::new(cwd.clone(), None, root.clone(), kit, &[], &[])));
        };
        let scene = Scene { family: Family::Clang, major: 14, options, change, ..Scene::new("#include <x.h>\n") };
        scene.header("kit/x.h", "int x;\n").bound()
    };
    assert_eq!(bound("-c"), Bound::NOTHING);
    assert_eq!(bound("-g -c -fdebug-compilation-dir=."), Bound::NOTHING);
    assert_eq!(bound("-g -c -fdebug-compilation-dir=/src"), Bound::ROOT);
    assert_eq!(bound("-g -c -fdebug-compilation-dir=ROOT/b"), Bound::TOOLCHAIN);
    assert_eq!(bound("-g -c -fdebug-prefix-map=ROOT=/src"), Bound::NOTHING);
}

#[test]
fn names_in_a_spelling_of_their_own() {
    let scene = |options, change| Scene { options, change, ..Scene::new("int a;\n") };
    let option = "-c -fdiagnostics-parseable-fixits";
    let said: fn(&mut Observed<'_>) = |seen| seen.is_silent = false;
    scene(option, said).is_refused(Reason::NamesRespelled, &[]);
    scene(option, |_| {}).is_kept();
    scene("-c", said).is_kept();
}
