//! Command lines as the log and the journal show them: without what could be a secret.
//!
//! Build scripts pass keys and passwords as macros, and a mistyped option can hold one. So a value is shown only if it
//! names a file or is of a fixed vocabulary (`-std=`, `-m…`); of others only the option is shown, and `…`. Nothing here
//! decides about anything; it is pure.

use super::grammar::Row;
use super::lexer::{self, Kind, Token};
use super::{Language, Role};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

/// What stands for a value that is not shown.
const HIDDEN: &str = "…";
/// Inputs of a compiler that are no sources.
const OTHER_INPUTS: [&str; 5] = ["o", "a", "so", "h", "hpp"];
/// Nobody's option is longer, its value aside.
const LONGEST: usize = 80;

/// The words after argv\[0\], for people.
pub fn words(args: &[OsString]) -> Vec<String> {
    match lexer::lex(args) {
        Ok(tokens) => tokens.iter().flat_map(token).collect(),
        // The last option lacks its value; what stands before is whole.
        Err(_) => args.split_last().map_or_else(Vec::new, |(last, before)| {
            let mut shown = words(before);
            shown.push(option(last));
            shown
        }),
    }
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
    let macros = ["-D", "-U", "-A"].iter().filter_map(|option| text.get(1..)?.find(option)).map(|at| at + 3);
    let ends = macros.chain(text.find('=').map(|at| at + 1)).chain([text.len(), LONGEST]);
    let end = ends.min().unwrap_or(0);
    let end = (0..=end.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    if end == text.len() { text.into_owned() } else { format!("{}{HIDDEN}", &text[..end]) }
}

fn token(token: &Token<'_>) -> Vec<String> {
    let flag = token.flag.to_string_lossy().into_owned();
    let (row, value) = match (token.kind, token.value) {
        (Kind::Input, value) => return vec![input(value.unwrap_or_default())],
        (Kind::Unknown, _) => return vec![option(token.flag)],
        (Kind::Option { row, .. }, None) => {
            return vec![if is_vocabulary(row) { flag } else { option_with_value(token.flag) }];
        }
        (Kind::Option { row, .. }, Some(value)) => (row, value),
    };
    let shown = if names_a_file(row.role) || is_vocabulary(row) {
        value.to_string_lossy().into_owned()
    } else {
        HIDDEN.to_owned()
    };
    if token.words.len() > 1 { vec![flag, shown] } else { vec![flag + &shown] }
}

/// What stands where a source may stand; behind an unknown option it can be that one's value.
fn input(word: &OsStr) -> String {
    let extension = std::path::Path::new(word).extension().and_then(OsStr::to_str);
    let other = extension.is_some_and(|extension| OTHER_INPUTS.contains(&extension));
    let known = word == "-"
        || word == "/dev/null"
        || word.as_bytes().starts_with(b"@")
        || other
        || Language::from_path(word).is_some();
    if known { word.to_string_lossy().into_owned() } else { HIDDEN.to_owned() }
}

fn names_a_file(role: Option<Role>) -> bool {
    match role {
        Some(
            Role::SearchDir(_)
            | Role::ForcedInclude
            | Role::InputFile
            | Role::Source
            | Role::Output
            | Role::Depfile
            | Role::DepTarget,
        ) => true,
        Some(Role::Code | Role::PathText | Role::Colour) | None => false,
    }
}

/// Options whose values are the compiler's own words.
fn is_vocabulary(row: &Row) -> bool {
    ["-O", "-W", "-m", "-std=", "--std=", "-x"].contains(&row.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        words(&args).join(" ")
    }

    #[test]
    fn names_are_shown_and_values_are_not() {
        for (line, expected) in [
            ("-c a.c -o out/a.o -Iinc -isystem sys -include f.h -MD -MF a.d -MT t", ""),
            ("-O2 -Wall -Werror=format -std=c11 -march=armv7-a -mmcu=atmega328p -fPIC -g -x c++", ""),
            ("-DKEY=1 -D KEY=1 -DKEY -UKEY", "-D… -D … -D… -U…"),
            ("-ffile-prefix-map=/a=/b -fdebug-prefix-map=a=b", "-ffile-prefix-map=… -fdebug-prefix-map=…"),
            ("-Wp,-DKEY=1 -Wa,--defsym,k=1 -Wl,-rpath,x", "-Wp,… -Wa,… -Wl,-rpath,x"),
            ("--token=abc a.c --token abc", "--token=… a.c --token …"),
            ("-pabc -f-new:abc -fnew=abc --abc,abc", "-p… -f-new:… -fnew=… --abc,…"),
            ("-Xclang abc -fplugin-arg-x-key=abc -frandom-seed=abc", "-Xclang … -fplugin-arg-x-key=… -frandom-seed=…"),
            ("@rsp x.o abc -", "@rsp x.o … -"),
            ("-DKEY=1 -c -D", "-D… -c -D"),
        ] {
            assert_eq!(shown(line), if expected.is_empty() { line } else { expected });
        }
    }

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
