//! What changes while the compiler runs, and is not the source.

use super::*;

/// Key files that are no source, and the search path, which no reading of the texts looks at.
#[test]
fn what_else_changed_meanwhile() {
    const MISSING: &str = "-c -Wmissing-include-dirs -I ROOT/none";
    let with = |options, after: fn(&Scene)| {
        let scene = Scene::new("int a;\n").file("list", "x\n").file("kept/list", "x\n");
        symlink("kept", scene.path("link")).unwrap();
        symlink("kept", scene.path("searched")).unwrap();
        Scene { named: &["list", "link/list"], options, after, ..scene }
    };
    with(MISSING, |_| {}).is_kept();
    with("-c -I ROOT/searched", |_| {}).is_kept();
    let changed = |options, after| with(options, after).is_refused(Reason::InputChanged, &[]);
    changed("-c", |scene| fs::write(scene.path("list"), "y\n").unwrap());
    changed("-c", |scene| fs::write(scene.path("list"), "x\n").unwrap());
    // A way that is another one for a while.
    changed("-c", |scene| {
        fs::remove_file(scene.path("link")).unwrap();
        symlink("kept", scene.path("link")).unwrap();
    });
    changed("-c -I ROOT/searched", |scene| {
        fs::remove_file(scene.path("searched")).unwrap();
        symlink("kept", scene.path("searched")).unwrap();
    });
    changed(MISSING, |scene| {
        fs::create_dir(scene.path("none")).unwrap();
        fs::remove_dir(scene.path("none")).unwrap();
    });
    changed("-c -I ROOT/none", |scene| fs::write(scene.path("none"), "").unwrap());
    // A directory that is missing then, and is told of by nobody, only lacks every header.
    with("-c -I ROOT/none", |scene| fs::create_dir(scene.path("none")).unwrap()).is_kept();
}

/// A key file that was hashed after the start: whether the compiler read that content, nobody knows.
#[test]
fn a_key_file_that_is_younger_than_the_start() {
    let scene = Scene::new("int a;\n");
    let written = coarse_now_ns();
    while coarse_now_ns() == written {}
    let scene = Scene { named: &["list"], ..scene.file("list", "x\n") };
    scene.is_kept();
    let change: fn(&mut Observed<'_>) = |seen| seen.span.started_ns = seen.key_files[1].stamp.ctime_ns;
    Scene { change, ..scene }.is_refused(Reason::InputChanged, &[]);
}

/// Under `-MMD` no depfile tells that a system header was there for a while.
#[test]
fn a_system_header_that_came_and_went() {
    let with = |after: fn(&Scene)| {
        let scene = Scene { options: "-c -isystem ROOT/one -isystem ROOT/two", ..Scene::new("#include <x.h>\n") };
        let scene = scene.file("one/y.h", "").file("two/x.h", "int x;\n");
        Scene { change: |seen| seen.lists_users_alone = true, after, ..scene }
    };
    with(|_| {}).is_kept();
    with(|scene| {
        fs::write(scene.path("one/x.h"), "").unwrap();
        fs::remove_file(scene.path("one/x.h")).unwrap();
    })
    .is_refused(Reason::InputChanged, &[]);
}

/// A working directory that is another one by now.
#[test]
fn a_working_directory_that_was_replaced() {
    let scene = Scene::new("int a;\n");
    scene.is_kept();
    let change: fn(&mut Observed<'_>) = |seen| {
        let root = &seen.place.root;
        seen.place = Box::leak(Box::new(Place::new(root.clone(), None, root.clone(), None, &[], &[])));
    };
    Scene { change, ..scene }.is_refused(Reason::InputChanged, &[]);
}
