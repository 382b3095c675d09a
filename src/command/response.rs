//! Response files: `@FILE` stands for the words the file holds.
//!
//! gcc (libiberty's `expandargv`) and clang split such a file alike only where it is plain. They differ, between
//! each other and between releases, about empty words, a backslash inside quotes, before a newline or at the end,
//! open quotes, byte order marks and some white space. Where they differ, [`split`] declines, and the command is
//! not served.
//!
//! Alike in both: words stand between blanks, tabs and newlines; `'` and `"` quote; a backslash outside quotes
//! makes the next character plain; inside `"` it does so before `"`, `\`, `$` and a back quote; `@FILE` inside a
//! file is relative to the working directory, not to that file; an `@FILE` that does not exist stays a word.

use crate::reason::{Cause, Reason};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Files may name files this deep. A deeper chain is a loop, or near enough.
const DEPTH: usize = 16;

/// No command line has more words than this.
const WORDS: usize = 1 << 17;

/// No command reads more files than this: gcc gives up at 2000 (libiberty, `expandargv`). Sixteen files that name each other
/// many times over would otherwise be read for ever.
const FILES: usize = 1000;

/// All files together are no longer than this. The kernel passes no more on to what gcc starts.
pub const TEXT: usize = 1 << 22;

/// Replaces every `@FILE` among `args` by the words of the file, as `read` gives it.
///
/// # Errors
/// [`Reason::ResponseFile`] where a file cannot be read, or not without doubt, or files nest too deeply or are too
/// many or too long.
pub fn expand(args: &[OsString], read: &dyn Fn(&OsStr) -> io::Result<Vec<u8>>) -> Result<Vec<OsString>, Cause> {
    let mut expansion = Expansion { words: Vec::with_capacity(args.len()), read, files: 0, text: 0 };
    for arg in args {
        expansion.add(arg.clone(), 0)?;
    }
    Ok(expansion.words)
}

struct Expansion<'a> {
    words: Vec<OsString>,
    read: &'a dyn Fn(&OsStr) -> io::Result<Vec<u8>>,
    /// Files read so far, and their length.
    files: usize,
    text: usize,
}

impl Expansion<'_> {
    fn add(&mut self, arg: OsString, depth: usize) -> Result<(), Cause> {
        let Some(path) = arg.as_bytes().strip_prefix(b"@").map(OsStr::from_bytes) else {
            self.words.push(arg);
            return Ok(());
        };
        let declined = || Reason::ResponseFile.about(path);
        if path.is_empty() || depth == DEPTH || self.files == FILES {
            return Err(declined());
        }
        match (self.read)(path) {
            Ok(text) => {
                self.files += 1;
                self.text = self.text.saturating_add(text.len());
                if self.text > TEXT {
                    return Err(declined());
                }
                for word in split(&text).ok_or_else(declined)? {
                    if self.words.len() == WORDS {
                        return Err(declined());
                    }
                    self.add(word, depth + 1)?;
                }
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.words.push(arg);
                Ok(())
            }
            Err(_) => Err(declined()),
        }
    }
}

/// The words of a response file, or `None` where compilers disagree about them.
pub fn split(text: &[u8]) -> Option<Vec<OsString>> {
    let marked = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].iter().any(|mark| text.starts_with(mark));
    if marked || memchr::memchr3(0, b'\x0b', b'\x0c', text).is_some() {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, quote) {
            (b' ' | b'\t' | b'\n' | b'\r', None) => finish(&mut words, &mut word)?,
            (b'\'' | b'"', None) => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (_, Some(open)) if byte == open => quote = None,
            (b'\\', _) => {
                let next = bytes.next()?;
                let plain = match quote {
                    None => next != b'\n' && next != b'\r',
                    Some(b'"') => matches!(next, b'"' | b'\\' | b'$' | b'`'),
                    Some(_) => false,
                };
                if !plain {
                    return None;
                }
                word.get_or_insert_default().push(next);
            }
            _ => word.get_or_insert_default().push(byte),
        }
    }
    if quote.is_some() {
        return None;
    }
    finish(&mut words, &mut word)?;
    Some(words)
}

/// Ends a word. An empty one (`''`) is kept by gcc and dropped by older clang, hence `None`.
fn finish(words: &mut Vec<OsString>, word: &mut Option<Vec<u8>>) -> Option<()> {
    match word.take() {
        None => Some(()),
        Some(bytes) if bytes.is_empty() => None,
        Some(bytes) => {
            words.push(OsString::from_vec(bytes));
            Some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Option<&[&str]>) {
        let expected = expected.map(|words| words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(split(text.as_bytes()), expected, "{text:?}");
    }

    #[test]
    fn plain_files_are_split() {
        check("", Some(&[]));
        check(" \n\t ", Some(&[]));
        check("-c a.c\n-o a.o\r\n", Some(&["-c", "a.c", "-o", "a.o"]));
        check(r#""-DX=a b" 'c d' e\ f g"h"'i'"#, Some(&["-DX=a b", "c d", "e f", "ghi"]));
        check(r#"-DS=\"x\" "-DT=\"y\"" "\\" '"'"#, Some(&["-DS=\"x\"", "-DT=\"y\"", "\\", "\""]));
        check("'a\nb'", Some(&["a\nb"]));
    }

    #[test]
    fn where_compilers_disagree_nothing_is_said() {
        for text in ["''", "a \"\"", r"'a\b'", r#""a\b""#, "a\\\nb", "a\\", "\"a", "\u{feff}-c", "a\x0bb", "a\0b"] {
            check(text, None);
        }
    }

    #[test]
    fn files_nest_and_missing_ones_stay_words() {
        let read = |path: &OsStr| match path.to_str() {
            Some("a") => Ok(b"-c @dir/b x.c".to_vec()),
            Some("dir/b") => Ok(b"-O2".to_vec()),
            Some("loop") => Ok(b"@loop".to_vec()),
            Some("denied") => Err(io::ErrorKind::PermissionDenied.into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        };
        let expand = |arg: &str| expand(&[OsString::from(arg)], &read);
        assert_eq!(expand("@a"), Ok(["-c", "-O2", "x.c"].map(OsString::from).to_vec()));
        assert_eq!(expand("@none"), Ok(vec![OsString::from("@none")]));
        for bad in ["loop", "denied", ""] {
            assert_eq!(expand(&format!("@{bad}")), Err(Reason::ResponseFile.about(bad)));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = split(&text);
        }

        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec("[ -~\t\n]{1,12}", 0..8)) {
            let text: String = words
                .iter()
                .map(|word| format!("\"{}\" ", word.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            prop_assert_eq!(split(text.as_bytes()), Some(words.into_iter().map(OsString::from).collect()));
        }

        #[test]
        fn words_hold_what_unquoted_text_says(words in proptest::collection::vec("[!#-&(-\\[\\]-~]{1,12}", 0..8)) {
            prop_assert_eq!(split(words.join(" \n").as_bytes()), Some(words.into_iter().map(OsString::from).collect()));
        }
    }
}
