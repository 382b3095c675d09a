//! What is recorded, and what is never.

use super::{admin, all_below, keys, log, project};
use crate::fixture::{Ran, World, host_program, packer_cc};
use packer_cc::codec::Writer;
use packer_cc::store::Store;
use packer_cc::store::entry;
use packer_cc::store::manifest;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

const SECRET: &str = "Sw0rdfish";

/// Commands with a secret in the place of `@`, and what becomes of them.
const WITH_A_SECRET: &[(&str, &str)] = &[
    ("-DPASSWORD=\\\"@\\\" -c a.c", "miss: new key"),
    ("-D PASSWORD=@ -c a.c", "miss: new key"),
    ("-D@ -c a.c", "miss: new key"),
    ("-U@ -c a.c", "miss: new key"),
    ("-Wp,-DPASSWORD=@ -c a.c", "miss: new key"),
    ("-Wp,-DPASSWORD=@,-foo -c a.c", "bypass: unserved-option"),
    ("-Xpreprocessor -DPASSWORD=@ -c a.c", "bypass: unserved-option"),
    ("-Wa,--defsym,x=@ -c a.c", "miss: new key"),
    ("-ffile-prefix-map=/@=/x -c a.c", "miss: new key"),
    ("-fdebug-prefix-map=@=/x -c a.c", "miss: new key"),
    ("-frandom-seed=@ -c a.c", "miss: new key"),
    ("-fplugin-arg-key-password=@ -c a.c", "bypass: unserved-option"),
    ("--token=@ -c a.c", "bypass: unknown-option"),
    ("--token @ -c a.c", "bypass: unknown-option"),
    ("-p@ -c a.c", "bypass: unknown-option"),
    ("-Y@ -c a.c", "bypass: unknown-option"),
    ("@rsp -c a.c", "miss: new key"),
    ("@bad-rsp -c a.c", "bypass: unknown-option"),
    ("-DPASSWORD=@ -E a.c", "bypass: preprocess-only"),
    ("-DPASSWORD=@ -o a.out a.c", "bypass: not-a-compile"),
    ("-DPASSWORD=@ -c absent.c", "bypass: input-unreadable"),
    ("-DPASSWORD=@ -c a.c -D", "bypass: dangling-option"),
    ("-Xlinker --password=@ -c a.c", "miss: new key"),
    ("-mllvm -password=@ -c a.c", "bypass: unserved-option"),
];

/// Puts the secret in its places; `@` in front of a name is a response file.
fn with_the_secret(line: &str) -> String {
    let is_file = |word: &str| word.starts_with('@') && word.len() > 1;
    let words = line.split(' ').map(|word| if is_file(word) { word.to_owned() } else { word.replace('@', SECRET) });
    words.collect::<Vec<_>>().join(" ")
}

/// No argument's value, no variable and no response file's text is found in the cache or in the log. No source here
/// lets the compiler write such a value into an object.
#[test]
fn secrets_are_not_recorded() {
    let world = World::new();
    project(&world);
    world.file("rsp", format!("-DPASSWORD=\\\"{SECRET}\\\" -DX={SECRET}"));
    world.file("bad-rsp", format!("-DX={SECRET} --token={SECRET}"));
    for (line, what) in WITH_A_SECRET {
        world.cc(&with_the_secret(line)).env("PASSWORD", SECRET).env("GIT_TOKEN", SECRET).does(what);
    }
    for variable in ["PACKER_CC_COMPILER", "PACKER_CXX_COMPILER"] {
        world.cc("-c a.c").env(variable, format!("gcc '-DX={SECRET}")).bypass("configuration");
    }
    world.cc("-c a.c").env("PACKER_CC_REMOTE", format!("https://user:{SECRET}@host/")).miss();
    world.cc("-c a.c").env(&format!("PACKER_CC_{}", "PASSWORD"), SECRET).bypass("configuration");
    world.file(".packer-cc.toml", format!("compiler = \"gcc '{SECRET}\"\n"));
    world.cc("-c a.c").bypass("configuration");
    world.file(".packer-cc.toml", format!("password = '{SECRET}'\n"));
    world.cc("-c a.c").bypass("configuration");
    world.file(".packer-cc.toml", format!("namespace = ['{SECRET}']\n"));
    world.cc("-c a.c").bypass("configuration");
    assert!(world.store_files().len() > 12 && log(&world).lines().count() > 40, "something was recorded");

    let is_secret = |text: &[u8]| memchr::memmem::find(text, SECRET.as_bytes()).is_some();
    for file in all_below(&world.cache()).into_iter().chain([world.path("log")]).filter(|path| !path.is_dir()) {
        assert!(!is_secret(file.as_os_str().as_bytes()));
        let bytes = fs::read(&file).expect("a file of the cache");
        assert!(!is_secret(&bytes), "{}: {}", file.display(), String::from_utf8_lossy(&bytes));
    }
    // Manifests and entries may be compressed, so they are unpacked as well.
    let store = Store::new(world.cache().join("store"), world.cache().join("state"), 0);
    let mut parts = 0;
    for key in keys(&world) {
        for candidate in manifest::get(&store, &key) {
            let mut bytes = Writer::default();
            candidate.inputs.iter().for_each(|input| input.encode(&mut bytes));
            assert!(!is_secret(&bytes.0));
            let entry = entry::get(&store, &candidate.entry).and_then(|entry| entry.unpack());
            for (part, bytes) in entry.expect("an entry").parts {
                assert!(!is_secret(&bytes), "{part:?}");
                parts += 1;
            }
        }
    }
    assert!(parts > 10, "{parts} parts were looked at");
}

/// What `packer-cc` prints of hostile records are printable characters.
#[test]
fn records_cannot_drive_a_terminal() {
    let world = World::new();
    world.file("a\u{1b}[2J.c", "int a;\n");
    world.run(OsStr::new("gcc"), vec!["-c".into(), "a\u{1b}[2J.c".into(), "-o".into(), "a.o".into()]).miss();
    let shown = admin(&world, &["journal"]).stdout;
    assert!(!shown.contains(&0x1b), "{}", String::from_utf8_lossy(&shown));
}

/// A file that is made in the cache is one that was not there (`O_EXCL`), so nobody can plant it. No temporary name comes
/// again in another run.
#[test]
fn temporary_names_do_not_repeat() {
    let world = World::new();
    project(&world);
    let trace = world.path("trace");
    let traced = |line: &str| {
        let mut command = world.bare_command(host_program("strace", "strace").as_os_str());
        command.args(["-f", "-qq", "-e", "trace=openat,open,creat", "-o"]).arg(&trace).arg(packer_cc());
        command.arg("gcc").args(line.split(' '));
        assert!(Ran::of(command, &[]).status.success());
        let text = fs::read_to_string(&trace).expect("a trace");
        let cache = world.cache().display().to_string();
        text.lines()
            .filter(|line| line.contains(&cache) && line.contains("O_CREAT"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (first, second) = (traced("-c a.c -o a.o"), traced("-O1 -c a.c -o a.o"));
    for line in first.iter().chain(&second) {
        assert!(
            line.contains("O_EXCL") && line.contains("O_NOFOLLOW")
                || line.contains("/.tmp-") && line.contains("O_EXCL"),
            "{line}"
        );
    }
    let temporary = |lines: &[String]| -> Vec<String> {
        let names = lines.iter().filter_map(|line| Some(line.split("/.tmp-").nth(1)?.split('"').next()?.to_owned()));
        names.collect()
    };
    let (first, second) = (temporary(&first), temporary(&second));
    assert!(!first.is_empty() && !second.is_empty());
    assert!(first.iter().all(|name| name.len() >= 6 && !second.contains(name)), "{first:?} {second:?}");
}
