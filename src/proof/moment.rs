//! Whether an output shows when it was made: it holds the strings that `__DATE__` and `__TIME__` came to.
//!
//! An object mostly holds the date that its text expands. The preprocessor then need not be asked whether it does.

use chrono::{DateTime, Datelike as _, Utc};
use memchr::memmem;

/// The months as `__DATE__` spells them, in every locale.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Seconds of a day.
const DAY: i64 = 86_400;
/// Seconds of a quarter of an hour. Time zones differ by multiples of it.
const QUARTER: i64 = 900;
/// A compile that took more seconds is taken for one of this many.
const LONGEST: i64 = 600;

/// Whether `output` holds the date or the time of the compile as a whole string, in any time zone. `started` is in seconds since the
/// epoch, `took` is how many seconds the compile took.
pub fn shows_moment(output: &[u8], started: i64, took: i64) -> bool {
    // A string ends with a zero byte in an object, with a quote or an escape sequence in assembly.
    let ends = |at: usize| matches!(output.get(at), Some(0 | b'"' | b'\\'));
    // Somewhere it is still yesterday, or tomorrow already.
    let dates = [-DAY, 0, DAY].into_iter().filter_map(|shift| DateTime::from_timestamp(started + shift, 0));
    let is_date = |date: DateTime<Utc>| {
        let text = format!("{} {:>2} {}", MONTHS[date.month0() as usize], date.day(), date.year());
        memmem::find_iter(output, text.as_bytes()).any(|at| ends(at + text.len()))
    };
    dates.into_iter().any(is_date) || times(output).any(|(at, seconds)| ends(at) && is_of(seconds, started, took))
}

/// The strings of the form `23:31:30`: where each ends, and which second of the day it names.
fn times(output: &[u8]) -> impl Iterator<Item = (usize, i64)> + '_ {
    memchr::memchr_iter(b':', output).filter_map(|at| {
        let text = output.get(at.checked_sub(2)?..at + 6)?;
        let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u8>().ok().map(i64::from);
        let is_time = text[5] == b':' && text.iter().filter(|byte| byte.is_ascii_digit()).count() == 6;
        is_time.then_some(())?;
        Some((at + 6, number(&text[..2])? * 3600 + number(&text[3..5])? * 60 + number(&text[6..])?))
    })
}

/// Whether the second of the day lies within the compile, in some time zone.
fn is_of(seconds: i64, started: i64, took: i64) -> bool {
    let passed = (seconds - started).rem_euclid(QUARTER);
    // The compiler's clock may still show the second before the start.
    passed <= took.min(LONGEST) + 1 || passed == QUARTER - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_is_found_in_every_time_zone() {
        // 2009-02-13 23:31:30 UTC.
        let shows = |output: &[u8]| shows_moment(output, 1_234_567_890, 2);
        for output in [
            &b"built Feb 13 2009\0"[..],
            b"Feb 14 2009\0",
            b"\t.string \"Feb 13 2009\"\n",
            b"xx23:31:31\0",
            b"05:01:32\0",
            b"23:31:29\0",
            b"23:31:33\0",
            b"\"23:31:30\\n\"",
        ] {
            assert!(shows(output), "{}", String::from_utf8_lossy(output));
        }
        for output in [
            &b"Feb 13 2008\0"[..],
            b"Feb 13 2009.",
            b"23:35:30\0",
            b"23:31:28\0",
            b"23:31:34\0",
            b"23:31:30",
            b"23-31-30\0",
            b":",
        ] {
            assert!(!shows(output), "{}", String::from_utf8_lossy(output));
        }
    }
}
