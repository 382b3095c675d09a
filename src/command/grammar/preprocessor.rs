//! The options of the compiler proper that may be passed behind `-Wp,` or `-Xpreprocessor`.

use super::{DEFINE, UNDEFINE};

/// What one option of `-Wp,-MD,a.d,-DX=1` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassedOption<'a> {
    /// `--version`: only prints.
    Query,
    /// `-DX=1`, `-UX`
    Macro,
    /// `-MP`
    Phony,
    /// `-MD,FILE`, `-MMD,FILE`: a depfile is written to the file.
    Depfile {
        /// `-MMD`
        user_only: bool,
        /// The file.
        file: &'a [u8],
    },
    /// `-MF,FILE`: names the depfile.
    File(&'a [u8]),
    /// `-MT,NAME`, `-MQ,NAME`: names a target.
    Target {
        /// `-MQ`
        quote: bool,
        /// The target.
        name: &'a [u8],
    },
}

impl<'a> PassedOption<'a> {
    /// Judges the option that `piece` is, with its value among the `following` pieces; `None` is one that is not known to be safe, or
    /// that lacks its value.
    pub fn judge(piece: &[u8], following: &mut impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut value = || following.next().filter(|value| !value.is_empty());
        Some(match piece {
            b"--help" | b"--target-help" | b"--version" | b"-v" | b"-version" => Self::Query,
            b"-MP" => Self::Phony,
            b"-MD" => Self::Depfile { user_only: false, file: value()? },
            b"-MMD" => Self::Depfile { user_only: true, file: value()? },
            b"-MF" => Self::File(value()?),
            b"-MT" => Self::Target { quote: false, name: value()? },
            b"-MQ" => Self::Target { quote: true, name: value()? },
            _ if [DEFINE, UNDEFINE].iter().any(|option| names_something(piece, option)) => Self::Macro,
            _ => return None,
        })
    }
}

/// Whether `piece` is `option` with a name behind it.
fn names_something(piece: &[u8], option: &str) -> bool {
    piece.strip_prefix(option.as_bytes()).is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_apart() {
        for (text, expected) in [
            ("-DX=1", Some(PassedOption::Macro)),
            ("-UX", Some(PassedOption::Macro)),
            ("-D", None),
            ("-MMD,a.d", Some(PassedOption::Depfile { user_only: true, file: b"a.d" })),
            ("-MD", None),
            ("-MF,", None),
            ("-MQ,a.o", Some(PassedOption::Target { quote: true, name: b"a.o" })),
            ("-version", Some(PassedOption::Query)),
            ("-MG", None),
            ("-include,a.h", None),
            ("", None),
        ] {
            let mut pieces = text.as_bytes().split(|byte| *byte == b',');
            let first = pieces.next().unwrap_or_default();
            assert_eq!(PassedOption::judge(first, &mut pieces), expected, "{text}");
        }
    }
}
