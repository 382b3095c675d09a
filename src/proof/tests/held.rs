//! Each kind of input, in the scene that it is of: it holds while all is as it was, and no longer.

use super::*;
use crate::disk::stamp::LOCAL_WINDOW_NS;
use std::time::{Duration, SystemTime};

#[test]
fn headers_hold_with_their_content() {
    let scene = Scene::new("#include \"h.h\"\n").header("h.h", "int h;\n");
    let inputs = scene.is_kept();
    for (text, expected) in [
        (Some("int h;\n"), Ok(())),
        (Some("int i;\n"), Err(Reason::FileChanged)),
        (None, Err(Reason::FileGone)),
        (Some("int h;\n"), Ok(())),
    ] {
        match text {
            Some(text) => fs::write(scene.path("h.h"), text).unwrap(),
            None => fs::remove_file(scene.path("h.h")).unwrap(),
        }
        assert_eq!(scene.still_holds(&inputs), expected, "{text:?}");
    }
}

#[test]
fn places_and_dates_hold_where_they_are_the_same() {
    let scene = Scene { options: "-c --coverage", ..Scene::new("int a;\n") };
    let (inputs, elsewhere) = (scene.is_kept(), scene.path("sub"));
    assert_eq!(scene.still_holds(&inputs), Ok(()));
    let mut memo = Memo::open(&scene.path("state"), false);
    assert_eq!(scene.holds(&inputs, &elsewhere, &mut memo), Err(Reason::BoundElsewhere));
    let dated = |date| Scene { variables: vec![("SOURCE_DATE_EPOCH", date)], ..Scene::new("char *a = __DATE__;\n") };
    let inputs = dated("1500000000").is_kept();
    assert_eq!(dated("1500000000").still_holds(&inputs), Ok(()));
    assert_eq!(dated("1600000000").still_holds(&inputs), Err(Reason::OtherDate));
}

/// A header outside of every base: another place may reach it.
#[test]
fn headers_outside_of_the_place() {
    let beside = tempfile::tempdir().unwrap();
    let dir = beside.path().canonicalize().unwrap();
    let header: &'static str = dir.join("h.h").to_str().unwrap().to_owned().leak();
    let cut: &'static str = format!("-c -fdebug-prefix-map={}=.", &header[..header.len() - "/h.h".len() - 1]).leak();
    let scene = Scene::new(&format!("#include \"{header}\"\n")).header(header, "int h;\n");
    let is_outside = |inputs: &[Input]| inputs.iter().any(|input| matches!(input, Input::File { outside: true, .. }));
    let inputs = scene.is_kept();
    assert!(is_outside(&inputs));
    let mut memo = Memo::open(&scene.path("state"), false);
    assert_eq!(scene.holds(&inputs, &scene.root(), &mut memo), Ok(()));
    assert_eq!(scene.holds(&inputs, &dir, &mut memo), Err(Reason::BoundElsewhere));
    let mapped = Scene { options: cut, ..Scene::new("") };
    assert_eq!(mapped.still_holds(&inputs), Err(Reason::BoundElsewhere));
    // What belongs to the root holds nowhere else anyway.
    let bound = Scene { options: "-c --coverage", ..scene }.is_kept();
    assert!(!is_outside(&bound));
}

/// One of `few` and `many` absences in a directory is asked for by name, or by a listing.
#[test]
fn absences_hold_until_something_is_there() {
    for more in [0, 10] {
        let more: String = (0..more).map(|nth| format!("#if __has_include(<m{nth}.h>)\n#endif\n")).collect();
        let text = format!("#include <x.h>\n#if __has_include(<s/y.h>)\n#endif\n{more}");
        let scene = Scene { options: "-c -I ROOT/one -I ROOT/two", ..Scene::new(&text) };
        let scene = scene.header("two/x.h", "int x;\n").file("one/dir.h/keep", "").file("side/other", "");
        symlink("../side/later", scene.path("one/s")).unwrap();
        let inputs = scene.is_kept();
        // The memo answers for a directory that has not changed for a while.
        std::thread::sleep(2 * Duration::from_nanos(u64::try_from(LOCAL_WINDOW_NS).unwrap()));
        let mut memo = Memo::open(&scene.path("state"), false);
        assert_eq!(scene.holds(&inputs, &scene.root(), &mut memo), Ok(()));
        memo.flush().unwrap();
        let mut memo = Memo::open(&scene.path("state"), false);
        let (root, one) = (scene.root(), scene.path("one"));
        let mut holds = || scene.holds(&inputs, &root, &mut memo);
        assert_eq!(holds(), Ok(()));
        for (name, made, expected) in [
            // The link `one/s` leads there.
            ("side/later/y.h", "file", Err(Reason::FileAppeared)),
            ("side/later/z.h", "file", Ok(())),
            ("one/x.h", "file", Err(Reason::FileAppeared)),
            ("one/x.h", "directory", Err(Reason::FileAppeared)),
            ("one/x.h", "loop", Err(Reason::FileGone)),
            ("one/z.h", "file", Ok(())),
            ("one/x.h.gch", "file", Err(Reason::FileAppeared)),
            ("two/x.h.gch", "file", Err(Reason::FileAppeared)),
        ] {
            let path = scene.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            assert_eq!(holds(), Ok(()), "before {name}");
            match made {
                "file" => fs::write(&path, "").unwrap(),
                "directory" => fs::create_dir(&path).unwrap(),
                _ => symlink(&path, &path).unwrap(),
            }
            assert_eq!(holds(), expected, "{made} {name}");
            fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap();
            assert_eq!(holds(), Ok(()), "behind {name}");
        }
        fs::remove_dir_all(&one).unwrap();
        assert_eq!(holds(), Ok(()), "nothing is in a directory that is missing");
        symlink(&one, &one).unwrap();
        assert_eq!(holds(), Err(Reason::FileGone), "a way that leads nowhere");
    }
}

/// Where a directory stood in the place of a header, it may stand there still, or nothing.
#[test]
fn a_directory_in_the_place_of_a_header() {
    let scene = Scene { options: "-c -I ROOT/one -I ROOT/two", ..Scene::new("#include <x.h>\n") };
    let scene = scene.header("two/x.h", "int x;\n").file("one/x.h/keep", "");
    let inputs = scene.is_kept();
    assert_eq!(scene.still_holds(&inputs), Ok(()));
    fs::remove_dir_all(scene.path("one/x.h")).unwrap();
    assert_eq!(scene.still_holds(&inputs), Ok(()));
    fs::write(scene.path("one/x.h"), "int x;\n").unwrap();
    assert_eq!(scene.still_holds(&inputs), Err(Reason::FileAppeared));
}

#[test]
fn twins_hold_while_the_same_ones_are_the_same() {
    for (family, rule) in ONCE {
        let once = "#pragma once\nint once;\n";
        let text = "#include \"x.h\"\n#include \"y.h\"\n#include \"z.h\"\n";
        let scene = Scene { family, ..Scene::new(text) };
        let scene = scene.header("x.h", once).header("y.h", once).header("z.h", "int z;\n");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000);
        let set = |name: &str, time| fs::File::open(scene.path(name)).unwrap().set_modified(time).unwrap();
        set("x.h", time);
        set("y.h", time);
        let inputs = scene.is_kept();
        assert_eq!(scene.still_holds(&inputs), Ok(()));
        let of = |other| if rule == other { Err(Reason::TwinsDiffer) } else { Ok(()) };
        set("y.h", time + Duration::from_secs(1));
        assert_eq!(scene.still_holds(&inputs), of(Rule::Ages));
        set("y.h", time);
        set("z.h", time);
        assert_eq!(scene.still_holds(&inputs), Ok(()));
        fs::remove_file(scene.path("y.h")).unwrap();
        fs::hard_link(scene.path("x.h"), scene.path("y.h")).unwrap();
        assert_eq!(scene.still_holds(&inputs), of(Rule::Links));
    }
}
