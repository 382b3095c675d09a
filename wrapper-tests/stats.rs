//! `packer-cc stats`: since a time, and in Markdown.

use crate::fixture::{Ran, World, lossy, packer_cc};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A journal of this length is larger than it may be (`journal/places.rs`), so the next run folds it into the sums.
const TOO_LARGE: usize = 5 << 20;

fn stats(world: &World, args: &[&str]) -> Value {
    serde_json::from_str(&world.admin(&[&["stats", "--json"], args].concat())).expect("JSON")
}

/// Writes the times of the records, in seconds before now, oldest first.
fn redate(world: &World, ago: &[u64]) {
    let path = world.cache().join("state/journal");
    let text = fs::read_to_string(&path).expect("the journal");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time");
    let mut lines = String::new();
    for (line, ago) in text.lines().zip(ago) {
        let mut record: Value = serde_json::from_str(line).expect("a record");
        let time = now.checked_sub(Duration::from_secs(*ago)).expect("a time");
        record["time_ms"] = u64::try_from(time.as_millis()).expect("a time").into();
        lines += &format!("{record}\n");
    }
    assert_eq!(lines.lines().count(), ago.len());
    fs::write(path, lines).expect("the journal");
}

#[test]
fn since_a_time() {
    let world = World::new();
    world.files(&[("a.c", "int a;\n"), ("b.c", "int b;\n")]);
    world.cc("-c a.c").miss();
    world.cc("-c a.c").hit();
    world.cc("-c b.c").miss();
    world.cc("-c a.c").hit();
    world.cc("-E a.c").bypass("preprocess-only");
    redate(&world, &[7200, 5400, 1800, 60, 30]);
    for (since, hits, misses, bypasses) in
        [("3h", 2, 2, 1), ("100m", 2, 1, 1), ("1h", 1, 1, 1), ("45s", 0, 0, 1), ("10s", 0, 0, 0), ("zero", 2, 2, 1)]
    {
        let stats = stats(&world, &["--since", since]);
        let counts = [&stats["hits"], &stats["misses"], &stats["bypasses"]].map(Value::as_u64);
        assert_eq!(counts, [Some(hits), Some(misses), Some(bypasses)], "{since}: {stats}");
        assert_eq!(stats["since"]["complete"], if since == "zero" { Value::Null } else { true.into() }, "{stats}");
    }
    let of_b = stats(&world, &["--since", "1h", "--source", "^b"]);
    assert_eq!((&of_b["hits"], &of_b["misses"]), (&0.into(), &1.into()), "{of_b}");
    assert!(world.admin(&["stats", "--since", "1h"]).contains("since "));
    // After zero, only what came since counts.
    world.admin(&["stats", "--zero"]);
    world.cc("-c b.c").hit();
    assert_eq!(stats(&world, &["--since", "zero"])["runs"], 1);
    for args in [
        &["--since", "9999-01-01T00:00:00Z"][..],
        &["--since", "x"],
        &["--markdown", "--json"],
        &["--zero", "--markdown"],
    ] {
        let ran = world.shell(packer_cc(), &[&["stats"], args].concat());
        assert_eq!((ran.status.code(), ran.stdout.is_empty()), (Some(2), true), "{args:?}: {}", ran.stderr_text());
    }
}

/// Of runs long ago only sums are kept. Where the given time lies among them, `stats` says so.
#[test]
fn since_a_time_of_which_single_runs_are_no_longer_kept() {
    let world = World::new();
    world.file("a.c", "int a;\n");
    world.cc("-c a.c").miss();
    redate(&world, &[3600]);
    let path = world.cache().join("state/journal");
    let line = fs::read_to_string(&path).expect("the journal");
    let time = serde_json::from_str::<Value>(&line).expect("a record")["time_ms"].as_u64().expect("a time");
    // Three journals in turn, whose records are a millisecond apart.
    let mut next = time;
    for _ in 0..3 {
        let lines: String = (0..TOO_LARGE / line.len())
            .map(|_| {
                next += 1;
                line.replace(&time.to_string(), &next.to_string())
            })
            .collect();
        fs::write(&path, lines).expect("the journal");
        world.shell(packer_cc(), &["gcc", "-c", "a.c"]);
    }
    let all = next - time + 3;
    assert_eq!(stats(&world, &["--since", "2h"])["runs"], all, "all of them are a sum that is known");
    let some = stats(&world, &["--since", &format!("@{}.{:03}", (time + 2) / 1000, (time + 2) % 1000)]);
    assert_eq!(some["since"]["complete"], false, "{some}");
    let kept = some["since"]["kept_from_ms"].as_u64().expect("a time");
    assert!(kept > time + 2 && some["runs"].as_u64().expect("runs") < all, "{some}");
    let text = world.admin(&["stats", "--markdown", "--since", &format!("@{}", (time + 1000) / 1000)]);
    assert!(text.contains("| since | ") && text.contains("at least"), "{text}");
    let few = stats(&world, &["--since", &format!("@{}.{:03}", (kept + 1) / 1000, (kept + 1) % 1000)]);
    assert_eq!(few["since"]["complete"], true, "{few}");
}

/// packer-cc's own time is that of its run without the compiler's. A hit's is the whole run, whatever the stored compile
/// had taken. A verified hit's is the run without the compile that verified it.
#[test]
fn packer_cc_itself() {
    const LINE: &[&str] = &["gcc", "-O2", "-c", "a.c"];
    let world = World::new();
    // Some work for the compiler, so that its time cannot be mistaken for packer-cc's.
    let slow: String = (0..200)
        .map(|n| format!("int f{n}(int a, int *b) {{ for (int i = 0; i < a; i++) b[i] += a * {n}; return b[a]; }}\n"))
        .collect();
    world.file("a.c", slow);
    let run = |env: &[(&str, &str)], args: &[&str]| {
        let mut command = world.bare_command(packer_cc().as_os_str());
        command.args(args).envs(env.iter().copied());
        let began = Instant::now();
        assert!(Ran::of(command, &[]).status.success());
        let wall = u64::try_from(began.elapsed().as_micros()).expect("a short time");
        let record = world.journal().pop().expect("a record");
        let number = |name: &str| record[name].as_u64().unwrap_or_else(|| panic!("{name}: {record}"));
        let (own, compile) = (number("own_us"), number("compile_us"));
        assert_eq!((number("asked"), number("asked_us")), (0, 0), "{record}");
        let how = (record["outcome"].as_str().expect("a word"), record["reason"].as_str().expect("a word"));
        (format!("{} {}", how.0, how.1), own, compile, wall)
    };
    let (how, own, slow, wall) = run(&[], LINE);
    assert_eq!(how, "miss new");
    assert!(0 < own && own + slow <= wall, "{own} {slow} {wall}");
    let mut sum = own;
    for (env, args, expected) in [
        (&[][..], LINE, "hit "),
        (&[("PACKER_CC_VERIFY", "1")], LINE, "hit verified"),
        (&[("PACKER_CC_DISABLE", "1")], LINE, "bypass disabled"),
        (&[], &["gcc", "--version"], "bypass not-a-compile"),
    ] {
        let (how, own, _, wall) = run(env, args);
        assert_eq!(how, expected);
        assert!(0 < own && own <= wall && own < slow / 2, "{how}: {own} {slow} {wall}");
        sum += own;
    }
    let told = stats(&world, &[]);
    assert_eq!(told["own_us"], sum, "{told}");
    assert_eq!(told["asked"], json!({ "times": 0, "us": 0 }), "{told}");
    let table = world.admin(&["stats"]);
    assert!(table.lines().any(|line| line.starts_with("packer-cc itself ") && line.ends_with(" a run)")), "{table}");
    assert!(!table.contains("asked the preprocessor"), "{table}");
    assert!(world.admin(&["stats", "--markdown"]).contains("\n| packer-cc itself | "));
}

/// What the lines about questions to the preprocessor look like. A journal of an earlier version has none of them.
#[test]
fn what_the_preprocessor_was_asked() {
    let world = World::new();
    world.file("a.c", "int a;\n");
    world.cc("-c a.c").miss();
    let path = world.cache().join("state/journal");
    let mut record = world.journal().pop().expect("a record");
    (record["own_us"], record["asked"], record["asked_us"]) = (4_120.into(), 1.into(), 12_000.into());
    let earlier = r#"{"compile_us":1,"detail":"","outcome":"hit","reason":"","source":"","time_ms":1}"#;
    fs::write(&path, format!("{earlier}\n{record}\n{record}\n")).expect("the journal");
    let told = stats(&world, &[]);
    assert_eq!((&told["asked"], &told["own_us"]), (&json!({ "times": 2, "us": 24_000 }), &8_240.into()), "{told}");
    let table = world.admin(&["stats"]);
    for line in ["asked the preprocessor  2 times, 24 ms", "packer-cc itself        8.2 ms (2.7 ms a run)"] {
        assert!(table.lines().any(|shown| shown == line), "{line}: {table}");
    }
    let markdown = world.admin(&["stats", "--markdown"]);
    for line in ["| asked the preprocessor | 2 times, 24 ms |", "| packer-cc itself | 8.2 ms (2.7 ms a run) |"] {
        assert!(markdown.lines().any(|shown| shown == line), "{line}: {markdown}");
    }
    let journal = world.admin(&["journal"]);
    assert_eq!(journal.matches("  4.1 ms  a.c  new; asked the preprocessor, 12 ms\n").count(), 2, "{journal}");
}

#[test]
fn tables_in_markdown() {
    let world = World::new();
    world.file("a.c", "int a;\n");
    world.cc("-c a.c").miss();
    world.cc("-c a.c").hit();
    world.cc("-E a.c").bypass("preprocess-only");
    // What a journal holds can be anything.
    let path = world.cache().join("state/journal");
    let text = fs::read_to_string(&path).expect("the journal");
    let evil = r#"{"compile_us":1,"detail":"","outcome":"bypass","reason":"a|b\n<img src=x> [l](http://x) `c`","source":"","time_ms":1}"#;
    fs::write(&path, format!("{text}{evil}\n")).expect("the journal");
    let ran = world.shell(packer_cc(), &["stats", "--markdown"]);
    let shown = lossy(&ran.stdout);
    assert!(ran.status.success());
    for line in
        ["| hits | 1 | 50.0 % |", "| misses | 1 | 50.0 % |", "| bypass | preprocess-only | 1 |", "| miss | new | 1 |"]
    {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    // A table is rows of as many cells as its head has.
    let mut cells = None;
    for line in shown.lines().skip(1) {
        if line.is_empty() {
            cells = None;
            continue;
        }
        let count = line.matches('|').count();
        assert!(line.starts_with('|') && line.ends_with('|') && *cells.get_or_insert(count) == count, "{line}");
    }
    assert!(!shown.contains('<') && !shown.contains('`') && !shown.contains("http:"), "{shown}");
}
