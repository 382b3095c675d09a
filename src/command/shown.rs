//! Command lines as the log and the journal show them: without what could be a secret.
//!
//! Build scripts pass keys and passwords as macros, and a mistyped option can hold one. So a value is shown only if it
//! names a file or is of a fixed vocabulary (`-std=`, `-m…`); of others only the option is shown, and `…`. Nothing here
//! decides about anything; it is pure.

use super::grammar::{Row, Trait};
use super::job::Role;
use super::language::Language;
use super::lexer::{self, Token, TokenKind};
use super::refused::{HIDDEN, option, option_with_value};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

/// Inputs of a compiler that are no sources.
const OTHER_INPUTS: [&str; 5] = ["o", "a", "so", "h", "hpp"];

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

fn token(token: &Token<'_>) -> Vec<String> {
    let flag = token.flag.to_string_lossy().into_owned();
    let (row, value) = match (token.kind, token.value) {
        (TokenKind::Input, value) => return vec![input(value.unwrap_or_default())],
        (TokenKind::Unknown, _) => return vec![option(token.flag)],
        (TokenKind::Option { row, .. }, None) => {
            return vec![if is_vocabulary(row) { flag } else { option_with_value(token.flag) }];
        }
        (TokenKind::Option { row, .. }, Some(value)) => (row, value),
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
            | Role::DepTarget
            | Role::SideFile,
        ) => true,
        Some(Role::Code | Role::PathText | Role::Colour) | None => false,
    }
}

/// Options whose values are the compiler's own words.
fn is_vocabulary(row: &Row) -> bool {
    row.traits.has(Trait::Vocabulary)
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
}
