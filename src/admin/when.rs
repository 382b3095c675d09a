//! Points in time as people and scripts write them.

use super::session::{Failure, Session, USAGE};
use crate::config::Config;
use crate::journal;
use chrono::DateTime;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a value can be, for `--help`.
pub const FORMS: &str = "WHEN is `zero` (the last `packer-cc stats --zero`), a time that has passed (90s, 30m, 2h, 7d, 2w, \
                         1h30m), seconds since the epoch (@1735689600), or a date and time with its zone as in RFC 3339 \
                         (2025-01-01T00:00:00Z, 2025-01-01T01:00:00+01:00).";

/// A value of `--since` or `--unused-since`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointInTime {
    /// The last `packer-cc stats --zero`.
    Zero,
    /// A point in time.
    At(SystemTime),
    /// So long ago.
    Ago(Duration),
}

/// `zero`, and what the journal knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zero {
    /// When `stats --zero` was called.
    pub at: SystemTime,
    /// When the first run since then ended, by the clock as it was at that moment.
    pub first_run: Option<SystemTime>,
}

/// Reads a value; `Err` says what would be one.
pub fn parse(text: &str) -> Result<PointInTime, String> {
    let found = match text {
        "zero" => Some(PointInTime::Zero),
        _ => match text.strip_prefix('@') {
            Some(seconds) => seconds_since_epoch(seconds).map(PointInTime::At),
            None => duration(text).map(PointInTime::Ago).or_else(|| date_and_time(text).map(PointInTime::At)),
        },
    };
    found.ok_or_else(|| "expected zero, 2h, 7d, @SECONDS or 2025-01-01T00:00:00Z".to_owned())
}

impl PointInTime {
    /// The point in time, seen from `now`. `None` for [`PointInTime::Zero`]: the state tells when that was.
    ///
    /// # Errors
    /// When it lies ahead: nothing can have happened since, and whoever wrote it meant something else.
    pub fn resolve(self, now: SystemTime) -> Result<Option<SystemTime>, String> {
        match self {
            Self::Zero => Ok(None),
            Self::Ago(time) => Ok(Some(now.checked_sub(time).map_or(UNIX_EPOCH, |at| at.max(UNIX_EPOCH)))),
            Self::At(at) if at > now => Err("lies ahead of this machine's clock".to_owned()),
            Self::At(at) => Ok(Some(at)),
        }
    }
}

impl Zero {
    /// Asks the state.
    pub fn of(config: &Config) -> Result<Self, Failure> {
        let state = config.state_dir();
        let failed = |error| Failure::journal("read", &state, &error);
        let Some(at) = journal::zeroed(&state).map_err(failed)? else {
            return Err(Failure::Message(
                "nothing was set to zero in this state: run `packer-cc stats --zero` where the job begins, or give a time"
                    .to_owned(),
            ));
        };
        let first_ms = journal::read(&state).map_err(failed)?.first_ms;
        let first_run = first_ms.and_then(|ms| UNIX_EPOCH.checked_add(Duration::from_millis(ms)));
        Ok(Self { at, first_run })
    }

    /// The earliest time at which a run since then can have used something, whatever the clock did meanwhile.
    ///
    /// If the clock was set back, the first run since zero seems to end before zero. The end of that run tells how far the clock went
    /// back. What the run used, it used shortly before its end.
    pub fn began(self) -> SystemTime {
        /// Longer than a run waits for another before it looks its result up again.
        const SHORTLY: Duration = Duration::from_secs(120);
        // Records count whole milliseconds.
        let is_before = |first: SystemTime| first + Duration::from_millis(1) < self.at;
        match self.first_run {
            Some(first) if is_before(first) => {
                first.checked_sub(SHORTLY).map_or(UNIX_EPOCH, |began| began.max(UNIX_EPOCH))
            }
            _ => self.at,
        }
    }
}

/// Ends with status 2, as every command line that means nothing.
pub fn usage_error(session: &Session, text: &str) -> Failure {
    session.terminal.error(text);
    Failure::Status(USAGE)
}

/// Milliseconds since the epoch, as records count.
pub fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `1735689600`, `1735689600.25`
fn seconds_since_epoch(text: &str) -> Option<SystemTime> {
    /// So many digits of seconds reach thirty thousand years.
    const MOST_DIGITS: usize = 12;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |text: &str| !text.is_empty() && text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    // Nine digits of a fraction are nanoseconds.
    let nanos = format!("{fraction:0<9}")[..9].parse().ok()?;
    UNIX_EPOCH.checked_add(Duration::new(whole.parse().ok()?, nanos))
}

/// `90s`, `1h30m`: whole numbers with units, each unit once and the larger first.
fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(char, u64); 5] = [('w', 7 * 86_400), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];
    let mut units = UNITS.iter();
    let (mut rest, mut seconds) = (text, 0_u64);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(end);
        let unit = tail.chars().next()?;
        let (_, factor) = units.find(|(name, _)| *name == unit)?;
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(*factor)?)?;
        rest = &tail[unit.len_utf8()..];
    }
    (!text.is_empty()).then(|| Duration::from_secs(seconds))
}

fn date_and_time(text: &str) -> Option<SystemTime> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    // No run and no file is older than the epoch.
    let seconds = u64::try_from(time.timestamp()).unwrap_or(0);
    // chrono gives a leap second more than a second of nanoseconds. It is taken for the end of the second before it.
    UNIX_EPOCH.checked_add(Duration::new(seconds, time.timestamp_subsec_nanos().min(999_999_999)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> PointInTime {
        PointInTime::At(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn every_form() {
        for (text, expected) in [
            ("zero", PointInTime::Zero),
            ("@0", at(0)),
            ("@1735689600", at(1_735_689_600)),
            ("@1.25", PointInTime::At(UNIX_EPOCH + Duration::from_millis(1250))),
            ("90s", PointInTime::Ago(Duration::from_secs(90))),
            ("90m", PointInTime::Ago(Duration::from_secs(5400))),
            ("2h", PointInTime::Ago(Duration::from_secs(7200))),
            ("7d", PointInTime::Ago(Duration::from_secs(7 * 86_400))),
            ("1w2d", PointInTime::Ago(Duration::from_secs(9 * 86_400))),
            ("1h30m", PointInTime::Ago(Duration::from_secs(5400))),
            ("0s", PointInTime::Ago(Duration::ZERO)),
            ("2025-01-01T00:00:00Z", at(1_735_689_600)),
            ("2025-01-01t01:30:00.000+01:30", at(1_735_689_600)),
            ("2024-12-31T19:00:00-05:00", at(1_735_689_600)),
            ("1969-12-31T23:59:59Z", at(0)),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "Zero",
            "yesterday",
            "@",
            "@-1",
            "@1.",
            "@1e3",
            "@99999999999999999999",
            "7",
            "d",
            "7D",
            "7 d",
            "-7d",
            "1.5h",
            "30m1h",
            "1h1h",
            "99999999999999999999s",
            "18446744073709551615w",
            "7ä",
            "2025-01-01",
            "2025-01-01T00:00:00",
            "2025-02-30T00:00:00Z",
            "2025-01-01T25:00:00Z",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_to_come_are_refused_and_times_before_time_are_its_beginning() {
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        assert_eq!(at(1000).resolve(now), Ok(Some(now)));
        assert!(at(1001).resolve(now).is_err());
        assert_eq!(PointInTime::Ago(Duration::from_secs(2000)).resolve(now), Ok(Some(UNIX_EPOCH)));
        assert_eq!(PointInTime::Ago(Duration::from_secs(u64::MAX)).resolve(now), Ok(Some(UNIX_EPOCH)));
    }

    #[test]
    fn a_clock_that_was_set_back_after_zero_moves_it_before_the_first_run() {
        let second = |number| UNIX_EPOCH + Duration::from_secs(number);
        let zero = |first_run| Zero { at: second(10_000), first_run }.began();
        assert_eq!(zero(None), second(10_000));
        assert_eq!(zero(Some(second(10_001))), second(10_000));
        assert_eq!(zero(Some(second(9_000))), second(8_880));
        assert_eq!(zero(Some(second(5))), UNIX_EPOCH);
    }
}
