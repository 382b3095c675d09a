//! Options that are not served, and how they are named: without what could be a secret, see [`shown`](super::shown).

use super::grammar::MACROS;
use crate::reason::{Cause, Reason};
use std::ffi::OsStr;

/// What stands for a value that is not shown.
pub const HIDDEN: &str = "…";
/// Nobody's option is longer, its value aside.
const LONGEST: usize = 80;

/// An option that the table does not know.
pub fn unknown(typed: &OsStr) -> Cause {
    Reason::UnknownOption.about(option(typed))
}

/// An option at the end of the line that lacks its value; the compiler says so better.
pub fn dangling(typed: &OsStr) -> Cause {
    Reason::DanglingOption.about(option(typed))
}

/// An option that the table knows and that is not served, here or at all, with the reason.
pub fn unserved(typed: impl AsRef<OsStr>, why: &str) -> Cause {
    Reason::UnservedOption.about(format!("{}: {why}", option_with_value(typed.as_ref())))
}

/// An option that is not known, or one with a value that is not served: how it is spelled, so far as that is no value.
///
/// What is glued to a letter (`-pSECRET`) cannot be told from a name, unless the letter begins one of the compilers' families.
pub fn option(typed: &OsStr) -> String {
    let text = typed.to_string_lossy();
    let is_family = matches!(text.as_bytes(), [b'-', b'-' | b'f' | b'g' | b'm' | b'W' | b'O' | b'X', ..]);
    let longest = if is_family || text.len() <= 2 { LONGEST } else { 2 };
    let end = text.find(['=', ',', ' ', ':', ';', '"', '\'', '\n']).map_or(text.len(), |at| at + 1);
    let end = (0..=end.min(longest)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    if end == text.len() { text.into_owned() } else { format!("{}{HIDDEN}", &text[..end]) }
}

/// An option that is served or not by its value, with as much of the value as names something: `-Wp,-include`, but not
/// what follows an equals sign, or a macro's name.
pub fn option_with_value(typed: &OsStr) -> String {
    let text = typed.to_string_lossy();
    let macros = MACROS.iter().filter_map(|option| Some(text.get(1..)?.find(option)? + 1 + option.len()));
    let ends = macros.chain(text.find('=').map(|at| at + 1)).chain([text.len(), LONGEST]);
    let end = ends.min().unwrap_or(0);
    let end = (0..=end.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    if end == text.len() { text.into_owned() } else { format!("{}{HIDDEN}", &text[..end]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_name_the_option() {
        for (typed, expected) in
            [("-fnew-option", "-fnew-option"), ("--", "--"), ("-p", "-p"), ("-fä=1", "-fä=…"), ("-pä", "-p…")]
        {
            assert_eq!(option(typed.as_ref()), expected);
        }
        for (typed, expected) in [
            ("-Wp,-DKEY=1,-MG", "-Wp,-D…"),
            ("-Wp,-include,x.h", "-Wp,-include,x.h"),
            ("-mllvm -opt=abc", "-mllvm -opt=…"),
            ("-I =x", "-I =…"),
            ("-o b.o", "-o b.o"),
        ] {
            assert_eq!(option_with_value(typed.as_ref()), expected);
        }
    }
}
