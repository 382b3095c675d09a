//! Working directories, homes, stores and checkouts that are somewhere else.

use super::{PLACES, project};
use crate::fixture::{Compiler, World, age, for_each_compiler};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

#[test]
fn symlinked_working_directories_and_a_lying_pwd() {
    for_each_compiler(|world| {
        project(&world, true);
        symlink("one", world.path("tree/link")).expect("a link");
        let pwd = |name: &str| world.path("tree").join(name);
        for debug in ["", "-g"] {
            let line = format!("{debug} -c src/a.c -I inc -MMD -o a.o");
            world.cc(&line).cwd("one").miss();
            for (cwd, pwd) in
                [("link", pwd("link")), ("one", pwd("one")), ("one", "/wrong".into()), ("link", "relative".into())]
            {
                world.cc(&line).cwd(cwd).env("PWD", &pwd).kept();
                world.cc(&line).cwd(cwd).env("PWD", &pwd).hit();
            }
            world.cc(&line).cwd("one").hit();
        }
        // Without debug data the spelling of the working directory makes no difference.
        world.cc("-O1 -c src/a.c -I inc -o a.o").cwd("one").miss();
        world.cc("-O1 -c src/a.c -I inc -o a.o").cwd("link").env("PWD", pwd("link")).hit();
    });
}

#[test]
fn the_store_moves_without_its_state() {
    for_each_compiler(|world| {
        project(&world, true);
        let line = "-c src/a.c -I inc -MMD -o a.o";
        world.cc(line).cwd("one").miss();
        let other = world.path("elsewhere/cache");
        copy_without_times(&world.cache().join("store"), &other.join("store"));
        fs::rename(world.cache(), world.path("old")).expect("the cache");
        fs::rename(&other, world.cache()).expect("the cache");
        world.cc(line).cwd("one").hit();
        world.cc(line).cwd(PLACES[1]).hit();
    });
}

#[test]
fn the_wrapper_of_another_home_and_user_shares() {
    let world = World::with(Compiler::Gcc);
    project(&world, true);
    world.cc("-c src/a.c -I inc -o a.o").cwd("one").miss();
    fs::create_dir(world.path("home2")).expect("a home");
    world.cc("-c src/a.c -I inc -o a.o").cwd("one").env("HOME", world.path("home2")).hit();
}

fn copy_without_times(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory of the store") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        let copied = if path.is_dir() {
            copy_without_times(&path, &to);
            Ok(0)
        } else {
            fs::copy(&path, &to)
        };
        copied.expect("a copy");
    }
}

/// `PWD` in every form that a shell or a build system leaves it in.
#[test]
fn every_form_of_pwd() {
    for_each_compiler(|world| {
        project(&world, true);
        symlink("one", world.path("tree/link")).expect("a link");
        let tree = world.tree();
        let tree = tree.display();
        for debug in ["", "-g"] {
            let line = format!("{debug} -MD -c src/a.c -I inc -o a.o");
            let forms = [
                format!("{tree}/one"),
                format!("{tree}/one/"),
                format!("{tree}/one/."),
                format!("{tree}/./one"),
                format!("{tree}/link/"),
                format!("{tree}/two/../one"),
                format!("{tree}/two"),
                String::new(),
                "/".to_owned(),
                "one".to_owned(),
            ];
            world.cc(&line).cwd("one").without_env("PWD").miss();
            world.cc(&line).cwd("one").without_env("PWD").hit();
            for pwd in forms {
                world.cc(&line).cwd("one").env("PWD", &pwd).kept();
                world.cc(&line).cwd("one").env("PWD", &pwd).hit();
            }
        }
    });
}

#[test]
fn the_store_packed_and_unpacked_without_times() {
    for_each_compiler(|world| {
        project(&world, true);
        let lines = ["-c src/a.c -I inc -MMD -o a.o", "-g -Wall -c src/a.c -I inc -o b.o"];
        for line in lines {
            world.cc(line).cwd("one").miss();
        }
        let archive = world.path("store.tar").display().to_string();
        let cache = world.cache().display().to_string();
        assert!(world.shell("tar", &["-C", &cache, "-cf", &archive, "store"]).status.success());
        fs::remove_dir_all(world.cache()).expect("the cache");
        fs::create_dir(world.cache()).expect("the cache");
        // -m: all files are as young as the unpacking.
        assert!(world.shell("tar", &["-C", &cache, "-xmf", &archive]).status.success());
        for line in lines {
            world.cc(line).cwd("one").hit();
        }
        world.cc(lines[0]).cwd(PLACES[1]).hit();
    });
}

/// New inodes, new times, another order: what is read is the same.
#[test]
fn all_sources_checked_out_afresh() {
    for_each_compiler(|world| {
        project(&world, true);
        let line = "-O1 -Wall -c src/a.c -I inc -MMD -o a.o";
        world.cc(line).cwd("one").miss();
        for state_survives in [true, false] {
            fs::remove_dir_all(world.tree()).expect("the tree");
            fs::create_dir(world.tree()).expect("the tree");
            project(&world, true);
            let now = std::time::SystemTime::now();
            for name in ["a.c", "a.h"] {
                let file = fs::File::options().write(true).open(world.tree().join("one/src").join(name)).expect(name);
                file.set_modified(now).expect("a time");
            }
            if !state_survives {
                fs::remove_dir_all(world.cache().join("state")).expect("the state");
            }
            world.cc(line).cwd("one").hit();
        }
    });
}

/// Under `#pragma once` gcc takes equal files for one if they are equally old, clang if they are one by their inode.
#[test]
fn equal_files_that_count_once() {
    for_each_compiler(|world| {
        type Make<'a> = &'a dyn Fn(&Path, &Path);
        let header = "#pragma once\nstatic inline int h(void) { return __COUNTER__; }\n";
        let forms: [(&str, Make); 4] = [
            ("other age", &|first, second| {
                age(first);
                let at = fs::metadata(first).and_then(|data| data.modified()).expect("a time") + Duration::from_secs(9);
                File::options().append(true).open(second).and_then(|file| file.set_modified(at)).expect("a time");
            }),
            ("link", &|first, second| {
                fs::remove_file(second).expect("removed");
                symlink(first, second).expect("a link");
            }),
            ("hard", &|first, second| {
                fs::remove_file(second).expect("removed");
                fs::hard_link(first, second).expect("a hard link");
            }),
            ("same age", &|first, second| {
                let at = fs::metadata(first).and_then(|data| data.modified()).expect("a time");
                File::options().append(true).open(second).and_then(|file| file.set_modified(at)).expect("a time");
            }),
        ];
        world.file(
            "a.c",
            "#include \"p1/x.h\"\nint between = __COUNTER__;\n#include \"p2/x.h\"\nint c = __COUNTER__;\n",
        );
        for (name, make) in &forms {
            for _ in 0..2 {
                for dir in ["p1", "p2"] {
                    let _ = fs::remove_file(world.path(format!("tree/{dir}/x.h")));
                    world.file(&format!("{dir}/x.h"), header);
                }
                make(&world.path("tree/p1/x.h"), &world.path("tree/p2/x.h"));
                // Where the file is read twice, this is an error to the compiler.
                let counts_once = match *name {
                    "other age" => false,
                    "same age" => world.compiler() != Compiler::Clang,
                    _ => true,
                };
                let run = world.cc("-c a.c -MD -o a.o");
                if counts_once {
                    run.kept()
                } else {
                    run.fails()
                };
            }
        }
    });
}
