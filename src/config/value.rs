//! What the text of a setting means, in the environment and in the file. Pure.

use super::settings::{Ask, PathsMode, Share};
use crate::paths;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use toml::de::DeValue;

/// How the values of one type are read. A reader returns `None` for what it does not accept; the directory it
/// gets is where relative paths start.
pub struct ValueKind<T> {
    /// What a variable may say, for the error message.
    pub expected_text: &'static str,
    /// What a key in the file may say, for the error message.
    pub expected_toml: &'static str,
    /// Reads a variable; never called with an empty value.
    pub text: fn(&OsStr, &Path) -> Option<T>,
    /// Reads a value of the file.
    pub toml: fn(&DeValue<'_>, &Path) -> Option<T>,
}

/// A switch.
pub const SWITCH: ValueKind<bool> = ValueKind {
    expected_text: "1, true, yes, on, 0, false, no or off",
    expected_toml: "true or false",
    text: |text, _| {
        let text = text.to_str()?;
        let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        match () {
            () if is_one_of(["1", "true", "yes", "on"]) => Some(true),
            () if is_one_of(["0", "false", "no", "off"]) => Some(false),
            () => None,
        }
    },
    toml: |value, _| value.as_bool(),
};

/// A share of runs: a switch, or a percentage.
pub const SHARE: ValueKind<Share> = ValueKind {
    expected_text: "a percentage such as 1% or 0.5%, 1 for every run or 0 for none",
    expected_toml: "a percentage such as \"1%\", or true or false",
    text: |text, base| match (SWITCH.text)(text, base) {
        Some(every) => Some(if every { Share::ALL } else { Share(0) }),
        None => percentage(text.to_str()?),
    },
    toml: |value, _| match value.as_bool() {
        Some(every) => Some(if every { Share::ALL } else { Share(0) }),
        None => percentage(value.as_str()?),
    },
};

/// Reads `1%`, `0.5 %`, `100%`; at most four decimals, since a [`Share`] counts in millionths.
fn percentage(text: &str) -> Option<Share> {
    /// The millionths in a hundredth.
    const PERCENT: u32 = 10_000;
    let number = text.trim().strip_suffix('%')?.trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 4 {
        return None;
    }
    let millionths =
        whole.parse::<u32>().ok()?.checked_mul(PERCENT)?.checked_add(format!("{decimals:0<4}").parse().ok()?)?;
    (millionths <= Share::ALL.0).then_some(Share(millionths))
}

/// A number of bytes.
pub const SIZE: ValueKind<u64> = ValueKind {
    expected_text: SIZE_EXPECTED,
    expected_toml: SIZE_EXPECTED,
    text: |text, _| size(text.to_str()?),
    toml: |value, _| match value.as_integer() {
        Some(integer) => u64::from_str_radix(integer.as_str(), integer.radix()).ok(),
        None => size(value.as_str()?),
    },
};

const SIZE_EXPECTED: &str = "a size such as 5GiB, 500M or 1.5G, plain bytes, or 0 for no bound";

/// A command: shell words, or in the file an array of words.
pub const WORDS: ValueKind<Vec<OsString>> = ValueKind {
    expected_text: "a program and its first arguments, quoted as for a shell",
    expected_toml: "a program and its first arguments, in one string quoted as for a shell or in an array of strings",
    text: |text, _| words(text.as_bytes()),
    toml: |value, _| match value.as_array() {
        Some(_) => strings(value)?
            .map(|word| Some(OsString::from(word?)))
            .collect::<Option<Vec<_>>>()
            .filter(|words| has_program(words)),
        None => words(value.as_str()?.as_bytes()),
    },
};

/// A path.
pub const PATH: ValueKind<PathBuf> = ValueKind {
    expected_text: "a path",
    expected_toml: "a path (a string that is not empty)",
    text: |text, base| Some(base.join(text)),
    toml: |value, base| value.as_str().filter(|text| !text.is_empty()).map(|text| base.join(text)),
};

/// Several paths.
pub const PATHS: ValueKind<Vec<PathBuf>> = ValueKind {
    expected_text: "paths separated by colons",
    expected_toml: "an array of paths (strings that are not empty)",
    text: |text, base| {
        let parts = text.as_bytes().split(|byte| *byte == b':').filter(|part| !part.is_empty());
        Some(parts.map(|part| base.join(OsStr::from_bytes(part))).collect())
    },
    toml: |value, base| strings(value)?.map(|text| Some(base.join(text.filter(|text| !text.is_empty())?))).collect(),
};

/// Directories by name, in the order of their names.
pub const ROOTS: ValueKind<BTreeMap<String, PathBuf>> = ValueKind {
    expected_text: "NAME=DIRECTORY, several separated by colons; a name is of letters, digits, `.`, `_` and `-`",
    expected_toml: "a table such as { sdk = \"/opt/sdk\" }; a name is of letters, digits, `.`, `_` and `-`",
    text: |text, base| {
        let parts = text.as_bytes().split(|byte| *byte == b':').filter(|part| !part.is_empty());
        let pairs = parts.map(|part| {
            let at = memchr::memchr(b'=', part)?;
            Some((std::str::from_utf8(&part[..at]).ok()?.to_owned(), OsStr::from_bytes(&part[at + 1..]).to_owned()))
        });
        roots(pairs, base)
    },
    toml: |value, base| {
        let pairs = value.as_table()?.iter().map(|(name, value)| {
            Some((name.get_ref().clone().into_owned(), OsString::from(value.get_ref().as_str()?)))
        });
        roots(pairs, base)
    },
};

/// Names with their directories; `None` if one is no name, no directory, or there twice.
fn roots(pairs: impl Iterator<Item = Option<(String, OsString)>>, base: &Path) -> Option<BTreeMap<String, PathBuf>> {
    let mut roots = BTreeMap::new();
    for pair in pairs {
        let (name, dir) = pair?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        // The toolchain's directory is a root that nobody has to name. A name that begins with a dot would look like the watch root.
        if name.is_empty() || !is_name || name.starts_with('.') || name == paths::TOOLCHAIN_NAME || dir.is_empty() {
            return None;
        }
        if roots.insert(name, base.join(dir)).is_some() {
            return None;
        }
    }
    (roots.len() <= paths::NAMED_ROOTS).then_some(roots)
}

/// Any text.
pub const TEXT: ValueKind<String> = ValueKind {
    expected_text: "text in UTF-8",
    expected_toml: "a string",
    text: |text, _| text.to_str().map(str::to_owned),
    toml: |value, _| value.as_str().map(str::to_owned),
};

/// How commands name files.
pub const PATHS_MODE: ValueKind<PathsMode> = ValueKind {
    expected_text: "exact or relative",
    expected_toml: "\"exact\" or \"relative\"",
    text: |text, _| paths_mode(text.to_str()?),
    toml: |value, _| paths_mode(value.as_str()?),
};

fn paths_mode(text: &str) -> Option<PathsMode> {
    match text {
        "exact" => Some(PathsMode::Exact),
        "relative" => Some(PathsMode::Relative),
        _ => None,
    }
}

/// Whether the preprocessor may be asked.
pub const ASK: ValueKind<Ask> = ValueKind {
    expected_text: "doubt or never",
    expected_toml: "\"doubt\" or \"never\"",
    text: |text, _| ask(text.to_str()?),
    toml: |value, _| ask(value.as_str()?),
};

fn ask(text: &str) -> Option<Ask> {
    [Ask::Doubt, Ask::Never].into_iter().find(|ask| ask.as_str() == text)
}

fn words(text: &[u8]) -> Option<Vec<OsString>> {
    let words: Vec<OsString> = shlex::bytes::split(text)?.into_iter().map(OsString::from_vec).collect();
    Some(words).filter(|words| has_program(words))
}

fn has_program(words: &[OsString]) -> bool {
    words.first().is_some_and(|program| !program.is_empty())
}

/// The elements of an array, `None` for one that is no string.
fn strings<'v>(value: &'v DeValue<'_>) -> Option<impl Iterator<Item = Option<&'v str>>> {
    Some(value.as_array()?.iter().map(|element| element.get_ref().as_str()))
}

/// Powers of 1024 for `K`, `M`, `G`, `T` and `KiB`, …; of 1000 for `KB`, …: the convention of GNU's tools.
const UNITS: [(&str, u64); 14] = [
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
    ("t", 1 << 40),
    ("tib", 1 << 40),
    ("tb", 1_000_000_000_000),
];

/// How many decimals a size may have: with these `1TB` is counted in single bytes.
const MOST_DECIMALS: usize = 12;

/// Reads `5GiB`, `500M`, `1.5 G`, `1000` as a number of bytes. `None` for anything else, and for what does not fit.
pub fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start().to_ascii_lowercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // The number is read as decimal digits, since a float would round it.
    if whole.is_empty() || fraction.len() > MOST_DECIMALS || (fraction.is_empty() && number.contains('.')) {
        return None;
    }
    let scale = 10u128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction = if fraction.is_empty() { 0 } else { fraction.parse::<u128>().ok()? };
    let digits = u128::from(whole.parse::<u64>().ok()?) * scale + fraction;
    u64::try_from(digits.checked_mul(u128::from(*factor))? / scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("1000", Some(1000)),
            ("5GiB", Some(5 << 30)),
            ("500M", Some(500 << 20)),
            ("1.5G", Some(3 << 29)),
            ("1.5 g", Some(3 << 29)),
            ("2kB", Some(2000)),
            ("0.5K", Some(512)),
            ("16777215T", Some(16_777_215 << 40)),
            ("16777216T", None),
            ("99999999999999999999", None),
            ("", None),
            ("G", None),
            (".5G", None),
            ("5.", None),
            ("1.2.3", None),
            ("-1", None),
            ("5Q", None),
            ("5 G iB", None),
        ] {
            assert_eq!(size(text), bytes, "{text:?}");
        }
    }

    #[test]
    fn shares() {
        let read = |text: &str| (SHARE.text)(OsStr::new(text), Path::new("/")).map(|share| share.0);
        for (text, millionths) in [
            ("1", Some(1_000_000)),
            ("on", Some(1_000_000)),
            ("0", Some(0)),
            ("1%", Some(10_000)),
            ("0.5 %", Some(5_000)),
            ("0.0001%", Some(1)),
            ("100%", Some(1_000_000)),
            ("100.1%", None),
            ("0.00001%", None),
            ("%", None),
            ("-1%", None),
            ("1.%", None),
            ("4294967296%", None),
            ("often", None),
            ("2", None),
        ] {
            assert_eq!(read(text), millionths, "{text:?}");
        }
    }

    #[test]
    fn switches() {
        let read = |text: &str| (SWITCH.text)(OsStr::new(text), Path::new("/"));
        for text in ["1", "true", "yes", "on", "On", "TRUE"] {
            assert_eq!(read(text), Some(true), "{text}");
        }
        for text in ["0", "false", "no", "off"] {
            assert_eq!(read(text), Some(false), "{text}");
        }
        for text in ["2", "y", "enable", " 1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn commands() {
        let read = |text: &str| (WORDS.text)(OsStr::new(text), Path::new("/"));
        assert_eq!(read("gcc -m32"), Some(vec!["gcc".into(), "-m32".into()]));
        assert_eq!(read("'/opt/my tools/gcc'"), Some(vec!["/opt/my tools/gcc".into()]));
        assert_eq!(read("'open"), None);
        assert_eq!(read("  "), None);
        assert_eq!(read("'' -c"), None);
    }
}
