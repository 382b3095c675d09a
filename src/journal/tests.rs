use super::*;
use std::path::PathBuf;
use std::thread;
use tempfile::TempDir;

fn record(outcome: Outcome, reason: &str) -> Record {
    Record {
        time_ms: 1000,
        outcome,
        reason: reason.to_owned(),
        detail: "a \"detail\"\nover two lines".to_owned(),
        change: None,
        source: "src/ä.c".to_owned(),
        compile_us: 10,
        own_us: 4,
        asked: 1,
        asked_us: 2,
    }
}

fn state() -> (TempDir, PathBuf) {
    let temp = TempDir::new().unwrap();
    let state = temp.path().join("cache/state");
    (temp, state)
}

fn names(state: &Path) -> Vec<String> {
    let entries = fs::read_dir(state).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn records_come_back() {
    let (_temp, state) = state();
    assert_eq!(read(&state).unwrap(), Summary::default());
    assert!(!state.exists(), "reading creates nothing");
    append(&state, &record(Outcome::Hit, "")).unwrap();
    append(&state, &record(Outcome::Hit, "")).unwrap();
    append(&state, &record(Outcome::Miss, "new")).unwrap();
    append(&state, &record(Outcome::Failed, "")).unwrap();
    append(&state, &record(Outcome::Bypass, "language")).unwrap();
    let summary = read(&state).unwrap();
    assert_eq!((summary.hits(), summary.misses(), summary.failed(), summary.bypasses()), (2, 1, 1, 1));
    assert_eq!(summary.runs(), 5);
    let tally = Tally { count: 1, compile_us: 10, own_us: 4, asked: 1, asked_us: 2 };
    assert_eq!(summary.reasons(Outcome::Miss), [("new", tally)]);
    assert_eq!((summary.own_time().as_micros(), summary.asked(), summary.asked_time().as_micros()), (20, 5, 10));
    assert_eq!(summary.time_saved().as_micros(), 20);
    assert_eq!((summary.first_ms, summary.last_ms, summary.skipped), (Some(1000), Some(1000), 0));
    let history = history(&state).unwrap();
    assert_eq!(history.len(), 5);
    assert_eq!(history[4].1, record(Outcome::Bypass, "language"));
    assert_eq!(fs::metadata(&state).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_long_text_is_cut_between_characters() {
    let (_temp, state) = state();
    append(&state, &Record { detail: "ä".repeat(5000), ..record(Outcome::Hit, "") }).unwrap();
    assert_eq!(history(&state).unwrap()[0].1.detail, "ä".repeat(2048));
}

#[test]
fn what_is_no_record_is_skipped_and_counted() {
    let (_temp, state) = state();
    append(&state, &record(Outcome::Hit, "")).unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(current(&state)).unwrap();
    file.write_all(b"{\"time_ms\":1,\"outc\n\xff\xfe\n\n{\"time_ms\":1,\"outcome\":\"later\"}\n").unwrap();
    append(&state, &record(Outcome::Hit, "")).unwrap();
    file.write_all(b"{\"compile_us\":5,\"torn").unwrap();
    append(&state, &record(Outcome::Hit, "")).unwrap();
    file.write_all(b"{\"torn").unwrap();
    let summary = read(&state).unwrap();
    assert_eq!((summary.hits(), summary.skipped), (3, 4), "an unfinished line is not there yet");
    assert_eq!(history(&state).unwrap().len(), 3);
    fold::fold(&state, 0).unwrap();
    assert_eq!(read(&state).unwrap().skipped, 5, "nobody writes any more: it stays unfinished");
}

#[test]
fn a_full_journal_is_folded_and_kept_as_history() {
    let (_temp, state) = state();
    for index in 1..=100 {
        append_bounded(&state, &record(Outcome::Hit, ""), 1000).unwrap();
        assert_eq!(read(&state).unwrap().hits(), index);
    }
    assert!(fs::metadata(current(&state)).map_or(0, |metadata| metadata.len()) < 2000);
    let names = names(&state);
    let rotated = names.iter().filter(|name| name.starts_with("journal.") && *name != "journal.lock").count();
    assert_eq!(rotated, 1, "{names:?}");
    assert!(history(&state).unwrap().len() >= 5);
}

#[test]
fn zero_forgets() {
    let (_temp, state) = state();
    assert_eq!(zeroed(&state).unwrap(), None);
    zero(&state).unwrap();
    let first = zeroed(&state).unwrap().unwrap();
    assert!(first <= SystemTime::now());
    for _ in 0..30 {
        append_bounded(&state, &record(Outcome::Hit, ""), 1000).unwrap();
    }
    zero(&state).unwrap();
    assert_eq!(read(&state).unwrap(), Summary::default());
    assert_eq!(names(&state), ["journal.lock", "zero"]);
    assert!(zeroed(&state).unwrap().unwrap() >= first);
    append(&state, &record(Outcome::Hit, "")).unwrap();
    assert_eq!(read(&state).unwrap().hits(), 1);
}

#[test]
fn runs_since_a_time_are_counted_as_long_as_they_are_kept() {
    let (_temp, state) = state();
    for time_ms in 1..=60 {
        append_bounded(&state, &Record { time_ms, ..record(Outcome::Hit, "") }, 1000).unwrap();
    }
    let kept = history(&state).unwrap();
    let oldest = kept[0].1.time_ms;
    assert!(oldest > 2 && read(&state).unwrap().runs() == 60, "some are only sums by now: {oldest}");
    for (from_ms, runs, complete) in [
        (0, 60, true),
        (1, 60, true),
        (2, kept.len() as u64, false),
        (oldest, kept.len() as u64, false),
        (oldest + 1, kept.len() as u64 - 1, true),
        (60, 1, true),
        (61, 0, true),
    ] {
        let since = since(&state, from_ms, None).unwrap();
        assert_eq!((since.summary.runs(), since.complete), (runs, complete), "{from_ms}");
        assert_eq!(since.kept_from_ms, Some(oldest));
    }
    let even = |record: &Record| record.time_ms.is_multiple_of(2);
    let few = since(&state, 51, Some(&even)).unwrap();
    assert_eq!((few.summary.runs(), few.complete), (5, true));
    assert!(!since(&state, 0, Some(&even)).unwrap().complete, "sums do not know sources");
}

#[test]
fn nothing_is_lost_or_counted_twice_while_many_append() {
    let (_temp, state) = state();
    thread::scope(|scope| append_from_many(scope, &state));
    let summary = read(&state).unwrap();
    assert_eq!((summary.misses(), summary.skipped), (THREADS * EACH, 0));
    assert!(fold::totals_path(&state).exists(), "there were folds");
}

#[test]
fn counts_only_grow_while_many_append() {
    let (_temp, state) = state();
    thread::scope(|scope| {
        append_from_many(scope, &state);
        let mut last = 0;
        while last < THREADS * EACH {
            let summary = read(&state).unwrap();
            assert!(summary.runs() >= last, "{} after {last}", summary.runs());
            assert_eq!(summary.skipped, 0);
            last = summary.runs();
        }
        assert_eq!(last, THREADS * EACH);
    });
}

const THREADS: u64 = 8;
const EACH: u64 = 500;

fn append_from_many<'s>(scope: &'s thread::Scope<'s, '_>, state: &'s Path) {
    for _ in 0..THREADS {
        scope.spawn(|| {
            for _ in 0..EACH {
                append_bounded(state, &record(Outcome::Miss, "new"), 4000).unwrap();
            }
        });
    }
}

/// A fold that is killed leaves one of these states behind. Each must count every record once, before and after the next
/// fold.
#[test]
fn a_killed_fold_is_harmless() {
    let append_five = |state: &Path| (0..5).for_each(|_| append(state, &record(Outcome::Hit, "")).unwrap());
    let rotate = |state: &Path, generation: u64| {
        fs::rename(current(state), state.join(format!("journal.{generation}"))).unwrap();
    };
    let check = |state: &Path, expected: u64| {
        assert_eq!(read(state).unwrap().hits(), expected);
        fold::fold(state, 0).unwrap();
        assert_eq!(read(state).unwrap().hits(), expected);
        append_five(state);
        fold::fold(state, 0).unwrap();
        assert_eq!(read(state).unwrap().hits(), expected + 5);
    };

    // Two generations were rotated, and neither was folded.
    let (_temp, dir) = state();
    append_five(&dir);
    rotate(&dir, 1);
    append_five(&dir);
    rotate(&dir, 2);
    append_five(&dir);
    check(&dir, 15);

    // Two generations were folded, and the first was not yet removed.
    let (_temp, dir) = state();
    append_five(&dir);
    fold::fold(&dir, 0).unwrap();
    let first = fs::read(dir.join("journal.1")).unwrap();
    append_five(&dir);
    fold::fold(&dir, 0).unwrap();
    fs::write(dir.join("journal.1"), first).unwrap();
    check(&dir, 10);

    // Somebody who had the file open wrote to it after the fold.
    let (_temp, dir) = state();
    append_five(&dir);
    fold::fold(&dir, 0).unwrap();
    let mut late = fs::OpenOptions::new().append(true).open(dir.join("journal.1")).unwrap();
    late.write_all(&[record(Outcome::Hit, "").encode(), b"\n".to_vec()].concat()).unwrap();
    check(&dir, 6);

    // Half of the new totals was written.
    let (_temp, dir) = state();
    append_five(&dir);
    fold::fold(&dir, 0).unwrap();
    fs::write(dir.join("totals.json.new"), "{\"ver").unwrap();
    append_five(&dir);
    check(&dir, 10);
}

#[test]
fn a_stopped_writer_stops_nobody() {
    let (_temp, state) = state();
    append(&state, &record(Outcome::Hit, "")).unwrap();
    let stopped = open_journal(&state).unwrap();
    assert!(lock::try_shared_file(&stopped).unwrap());
    fold::fold(&state, 0).unwrap();
    append_bounded(&state, &record(Outcome::Hit, ""), 0).unwrap();
    assert_eq!(read(&state).unwrap().hits(), 2);
    drop(stopped);
    fold::fold(&state, 0).unwrap();
    assert_eq!(read(&state).unwrap().hits(), 2);
    assert_eq!(fold::rotated(&state).unwrap().len(), 1);
}

#[test]
fn what_runs_cost_is_folded_with_them() {
    let (_temp, state) = state();
    append(&state, &record(Outcome::Miss, "new")).unwrap();
    append(&state, &Record { own_us: u64::MAX, ..record(Outcome::Miss, "new") }).unwrap();
    append(&state, &record(Outcome::Hit, "")).unwrap();
    let before = read(&state).unwrap();
    let misses = Tally { count: 2, compile_us: 20, own_us: u64::MAX, asked: 2, asked_us: 4 };
    assert_eq!(before.reasons(Outcome::Miss), [("new", misses)]);
    fold::fold(&state, 0).unwrap();
    fold::fold(&state, 0).unwrap();
    assert_eq!(fs::metadata(current(&state)).map_or(0, |metadata| metadata.len()), 0);
    assert_eq!(read(&state).unwrap(), before);
}

#[test]
fn totals_of_an_earlier_version_are_read() {
    let (_temp, state) = state();
    append(&state, &record(Outcome::Hit, "")).unwrap();
    let earlier = "{\"version\":1,\"generation\":0,\"bytes\":0,\"skipped\":0,\"first_ms\":1,\"last_ms\":2,\
                   \"runs\":[{\"outcome\":\"hit\",\"reason\":\"\",\"count\":3,\"compile_us\":9}]}";
    fs::write(fold::totals_path(&state), earlier).unwrap();
    let tally = Tally { count: 4, compile_us: 19, own_us: 4, asked: 1, asked_us: 2 };
    assert_eq!(read(&state).unwrap().reasons(Outcome::Hit), [("", tally)]);
    fold::fold(&state, 0).unwrap();
    assert_eq!(read(&state).unwrap().reasons(Outcome::Hit), [("", tally)]);
}

#[test]
fn totals_of_a_later_version_are_left_alone() {
    let (_temp, state) = state();
    append(&state, &record(Outcome::Hit, "")).unwrap();
    fs::write(fold::totals_path(&state), "{\"version\":2}").unwrap();
    append_bounded(&state, &record(Outcome::Hit, ""), 0).unwrap();
    assert!(read(&state).unwrap_err().to_string().contains("version 2"));
    assert_eq!(fs::read_to_string(fold::totals_path(&state)).unwrap(), "{\"version\":2}");
}
