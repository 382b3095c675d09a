//! Command lines, with NUL bytes between the words. The response files `@a` to `@d` stand behind the first [`SECTION`].
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::command::{Family, parse_job, response};
use packer_cc::reason::Reason;
use packer_cc_fuzz::{SECTION, fields, words};
use std::ffi::{OsStr, OsString};
use std::io;

fuzz_target!(|data: &[u8]| {
    let sections = fields(data, SECTION);
    let args = words(&fields(&sections[0], 0));
    let read = |path: &OsStr| {
        let nth = ["a", "b", "c", "d"].iter().position(|name| path == *name);
        nth.and_then(|nth| sections.get(nth + 1)).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    let Ok(expanded) = response::expand(&args, &read) else {
        assert!(parse_job(&args, &read).is_err_and(|cause| cause.reason == Reason::ResponseFile));
        return;
    };
    let nothing = |_: &OsStr| Err(io::Error::from(io::ErrorKind::NotFound));
    let parsed = parse_job(&args, &read);
    assert_eq!(parsed, parse_job(&expanded, &nothing), "what a response file says is what counts");
    let Ok(job) = parsed else { return };
    assert_eq!(job.words, expanded);
    let mut covered = 0;
    for part in &job.parts {
        assert_eq!(part.words.start, covered, "parts follow each other without gaps");
        assert!(part.words.end > covered);
        covered = part.words.end;
    }
    assert_eq!(covered, expanded.len());
    let _ = (job.output_name(), job.depfile_name());
    for family in [Family::Gcc, Family::Clang] {
        let _ = job.depfile_targets(family);
    }
    // In front of any part, an option that nobody knows makes the command one that is not served.
    let unknown = OsString::from("--no-such-option-anywhere");
    for at in job.parts.iter().map(|part| part.words.start) {
        let mut more = expanded.clone();
        more.insert(at, unknown.clone());
        assert!(parse_job(&more, &nothing).is_err());
    }
});
