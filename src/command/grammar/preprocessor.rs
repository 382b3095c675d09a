//! The options of the compiler proper that may be passed behind `-Wp,` or `-Xpreprocessor`.

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

/// `-DX=1` within a list of pieces.
pub const DEFINE: &[u8] = b"-D";
const UNDEFINE: &[u8] = b"-U";

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
            _ if piece.len() > DEFINE.len() && [DEFINE, UNDEFINE].iter().any(|option| piece.starts_with(option)) => {
                Self::Macro
            }
            _ => return None,
        })
    }
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
