//! Numbers as people read them.

use std::time::Duration;

/// `1.2 GiB`
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn bytes(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in units {
        // From here on one decimal would show 1024.0, which is 1.0 of the next unit.
        if value < 1023.95 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") }
}

/// `3h 02m 05s`, `2m 05s`, `12.3 s`, `45 ms`, `4.1 ms`, `0 s`
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match duration {
        Duration::ZERO => "0 s".to_owned(),
        _ if duration < Duration::from_millis(1) => format!("{} µs", duration.as_micros()),
        _ if duration < Duration::from_millis(10) => {
            format!("{}.{} ms", duration.as_millis(), duration.subsec_micros() / 100 % 10)
        }
        _ if duration < Duration::from_secs(1) => format!("{} ms", duration.as_millis()),
        _ if seconds < 60 => format!("{}.{} s", seconds, duration.subsec_millis() / 100),
        _ if seconds < 3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m {:02}s", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

/// `61.2 %`; nothing of nothing is no share.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}

/// `2025-03-09 17:04:05` of milliseconds since the epoch, in UTC.
pub fn time(ms: u64) -> String {
    let seconds = ms / 1000;
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The Gregorian date of a day since the epoch: year, month, day (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `civil_from_days`). A year counts from March here, so that the leap day is its last.
fn date(days: u64) -> (u64, u64, u64) {
    /// After so many years the calendar repeats.
    const DAYS_IN_400_YEARS: u64 = 146_097;
    /// From 1 March of the year 0.
    const DAYS_BEFORE_THE_EPOCH: u64 = 719_468;
    let days = days + DAYS_BEFORE_THE_EPOCH;
    let (cycle, day) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    // Without the leap days every year has 365 days. Each fourth year has one, each hundredth none, each four hundredth one.
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Five months from March or August on have 153 days.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = cycle * 400 + year;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (number, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn durations() {
        for (ms, text) in
            [(0, "0 s"), (45, "45 ms"), (12_345, "12.3 s"), (125_000, "2m 05s"), (10_925_000, "3h 02m 05s")]
        {
            assert_eq!(duration(Duration::from_millis(ms)), text);
        }
    }

    #[test]
    fn short_durations() {
        for (us, text) in
            [(1, "1 µs"), (999, "999 µs"), (1_000, "1.0 ms"), (4_199, "4.1 ms"), (9_999, "9.9 ms"), (10_000, "10 ms")]
        {
            assert_eq!(duration(Duration::from_micros(us)), text);
        }
    }

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_251_199, "2024-02-29 23:59:59"),
            (1_735_689_600, "2025-01-01 00:00:00"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(time(seconds * 1000), text);
        }
    }
}
