//! Command lines and response files.

use super::bytes;
use crate::command::grammar::OPTIONS;
use crate::command::{Job, parse_job, response};
use crate::reason::{Cause, Reason};
use proptest::prelude::*;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// A word: an option of the table with something behind it, a word that makes commands whole, or anything.
fn word() -> impl Strategy<Value = OsString> {
    let value = prop_oneof![Just(""), Just("x"), Just("=y"), Just("a.c"), Just(",-MD,f"), Just("none")];
    let known =
        (proptest::sample::select(OPTIONS), value).prop_map(|(row, value)| format!("{}{value}", row.name).into());
    let usual = proptest::sample::select(&["-c", "-S", "-o", "a.o", "a.c", "b.cpp", "a.S", "-O2", "-I", "dir"][..]);
    let anything = bytes(b"-=,@fgWmx' \"\\", 1..8);
    prop_oneof![
        4 => known,
        4 => usual.prop_map(OsString::from),
        1 => anything.prop_map(|bytes| OsString::from_vec(bytes.into_iter().filter(|byte| *byte != 0).collect())),
    ]
}

fn words() -> impl Strategy<Value = Vec<OsString>> {
    proptest::collection::vec(word(), 0..10)
}

/// A command that is mostly served: what a compile needs, options that change the code alone, and perhaps one word more.
fn compile() -> impl Strategy<Value = Vec<OsString>> {
    let served: Vec<&str> =
        OPTIONS.iter().filter(|row| row.role == Some(crate::command::Role::Code)).map(|row| row.name).collect();
    let options = proptest::collection::vec(proptest::sample::select(served).prop_map(OsString::from), 0..6);
    (options, words().prop_map(|mut words| words.split_off(words.len().saturating_sub(1)))).prop_map(
        |(options, more)| [vec!["-c".into(), "a.c".into(), "-o".into(), "d/a.o".into()], options, more].concat(),
    )
}

fn nothing(_: &OsStr) -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::NotFound.into())
}

fn parse_plain(words: &[OsString]) -> Result<Job, Cause> {
    parse_job(words, &nothing)
}

/// The words as a response file. gcc and clang take a character behind a backslash as it is, except for ends of lines.
fn quote(words: &[OsString]) -> Vec<u8> {
    let mut text = Vec::new();
    for word in words {
        for byte in word.as_bytes() {
            match byte {
                b'\n' | b'\r' => text.extend([b'"', *byte, b'"']),
                _ => text.extend([b'\\', *byte]),
            }
        }
        text.push(b'\n');
    }
    text
}

/// Words that a response file can hold without doubt.
fn can_be_quoted(word: &OsString) -> bool {
    !word.is_empty() && !word.as_bytes().iter().any(|byte| b"\0\x0b\x0c".contains(byte))
}

fn check_parts(job: &Job) -> Result<(), TestCaseError> {
    let mut covered = 0;
    for part in &job.parts {
        prop_assert_eq!(part.words.start, covered);
        prop_assert!(part.words.end > covered);
        covered = part.words.end;
    }
    prop_assert_eq!(covered, job.words.len());
    Ok(())
}

proptest! {
    #[test]
    fn every_word_is_in_one_part(words in prop_oneof![words(), compile()]) {
        if let Ok(job) = parse_plain(&words) {
            check_parts(&job)?;
            prop_assert_eq!(&job.words, &words);
        }
    }

    #[test]
    fn an_option_that_nobody_knows_is_never_served(words in compile(), at in any::<proptest::sample::Index>()) {
        if let Ok(job) = parse_plain(&words) {
            let mut more = words;
            more.insert(at.get(&job.parts).words.start, "--no-such-option".into());
            prop_assert!(parse_plain(&more).is_err());
        }
    }

    #[test]
    fn what_a_response_file_says_counts_as_if_it_were_typed(
        words in prop_oneof![words(), compile()],
        from in any::<proptest::sample::Index>(),
        to in any::<proptest::sample::Index>(),
    ) {
        let words: Vec<OsString> =
            words.into_iter().filter(|word| can_be_quoted(word) && !word.as_bytes().starts_with(b"@")).collect();
        let (from, to) = (from.index(words.len() + 1), to.index(words.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        let text = quote(&words[from..to]);
        let read = |path: &OsStr| if path == "args" { Ok(text.clone()) } else { nothing(path) };
        let mut typed = words.clone();
        typed.splice(from..to, [OsString::from("@args")]);
        prop_assert_eq!(response::expand(&typed, &read), Ok(words.clone()));
        prop_assert_eq!(parse_job(&typed, &read), parse_plain(&words));
    }

    #[test]
    fn words_survive_being_quoted(words in proptest::collection::vec(bytes(b" \t\n\r'\"\\$`@", 1..12), 0..6)) {
        let words: Vec<OsString> = words.into_iter().map(OsString::from_vec).filter(can_be_quoted).collect();
        prop_assert_eq!(response::split(&quote(&words)), Some(words));
    }

    #[test]
    fn response_files_that_name_each_other_come_to_an_end(
        files in proptest::collection::vec(proptest::collection::vec(0..12_u8, 0..40), 10),
    ) {
        // A number names a file: ten and eleven name files that are not there.
        let text = |file: &Vec<u8>| file.iter().map(|number| format!("@{number} ")).collect::<String>().into_bytes();
        let read = |path: &OsStr| {
            let number: usize = path.to_str().and_then(|name| name.parse().ok()).unwrap_or(files.len());
            files.get(number).map(text).ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        let _ = response::expand(&["@0".into()], &read);
    }
}

#[test]
fn sixteen_small_files_that_hold_each_other_a_hundred_times_are_declined() {
    let read = |path: &OsStr| {
        let number: u32 = path.to_str().and_then(|name| name.parse().ok()).unwrap_or(99);
        let next = format!("@{} ", number + 1);
        Ok(if number < 15 { next.repeat(100).into_bytes() } else { Vec::new() })
    };
    assert!(matches!(response::expand(&["@0".into()], &read), Err(Cause { reason: Reason::ResponseFile, .. })));
}

#[test]
fn a_file_of_too_many_words_or_bytes_is_declined() {
    for text in [b"a ".repeat(1 << 18), vec![b'a'; (1 << 22) + 1]] {
        let read = |_: &OsStr| Ok(text.clone());
        assert!(matches!(response::expand(&["@0".into()], &read), Err(Cause { reason: Reason::ResponseFile, .. })));
    }
}
