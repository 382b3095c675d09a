//! The ways in which compilers may read one text, where they differ or the command decides. What is found in any of them counts.

use super::edges::Bare;
use super::lexer::{Region, Regions, join_lines, line_start, skip_blank, trim_blank_end};
use super::plain::split_word;
use memchr::memmem;
use std::borrow::Cow;
use std::cell::OnceCell;

/// A text as several questions are asked of it, in each way that it may be read.
#[derive(Debug)]
pub struct Readings(Vec<ReadSo>);

impl Readings {
    /// A text that nothing has been asked of yet.
    pub fn of(text: &[u8]) -> Self {
        Self(readings(text).into_iter().map(ReadSo::of).collect())
    }

    pub(super) fn all(&self) -> &[ReadSo] {
        &self.0
    }
}

/// A text as it is read in one way.
#[derive(Debug)]
pub(super) struct ReadSo {
    /// Its lines are joined.
    pub(super) text: Vec<u8>,
    regions: OnceCell<Regions>,
    bare: OnceCell<Bare>,
}

impl ReadSo {
    pub(super) fn of(text: Cow<'_, [u8]>) -> Self {
        Self { text: text.into_owned(), regions: OnceCell::new(), bare: OnceCell::new() }
    }

    pub(super) fn regions(&self) -> &Regions {
        self.regions.get_or_init(|| Regions::of(&self.text))
    }

    /// Whether neither a comment nor a literal is at the place.
    pub(super) fn is_code(&self, at: usize) -> bool {
        !matches!(self.regions().at(at), Region::Comment | Region::String)
    }

    /// Whether the token at the place could be pasted to another one.
    pub(super) fn could_be_pasted(&self, at: usize, token: &[u8]) -> bool {
        self.bare.get_or_init(|| Bare::of(&self.text, self.regions())).could_be_pasted(at, token)
    }
}

/// The readings of a text, each with its lines joined: as it is, with its trigraphs replaced, with lines that a carriage return alone ends, and
/// with directives that are read to the end of their line whatever stands in them. Nearly every text has the first alone.
fn readings(text: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let mut all = vec![Cow::Borrowed(text)];
    all.extend(replace_trigraphs(text).map(Cow::Owned));
    let ended = all.iter().flat_map(|text| end_lines(text)).map(Cow::Owned).collect::<Vec<_>>();
    all.extend(ended);
    for text in &mut all {
        if let Some(joined) = join_lines(text) {
            *text = Cow::Owned(joined);
        }
    }
    let cut = all.iter().filter_map(|text| cut_directives(text)).map(Cow::Owned).collect::<Vec<_>>();
    all.extend(cut);
    all
}

/// The text with `??=` and `??/` replaced, which stand for `#` and `\` and so can spell a directive or continue a line. `None` if the text
/// has neither. Whether they count is up to `-std` and `-trigraphs`.
fn replace_trigraphs(text: &[u8]) -> Option<Vec<u8>> {
    if memmem::find(text, b"??=").is_none() && memmem::find(text, b"??/").is_none() {
        return None;
    }
    let mut replaced = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let (byte, len) = match &text[at..] {
            [b'?', b'?', b'=', ..] => (b'#', 3),
            [b'?', b'?', b'/', ..] => (b'\\', 3),
            rest => (rest[0], 1),
        };
        replaced.push(byte);
        at += len;
    }
    Some(replaced)
}

/// The text with a newline for each carriage return that stands alone, as gcc 12 and clang end lines; nothing if none does. clang takes the
/// two bytes `\n\r` behind a backslash for one end of a line, gcc for two.
fn end_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let is_alone = |at: usize| text[at] == b'\r' && text.get(at + 1) != Some(&b'\n');
    if !memchr::memchr_iter(b'\r', text).any(is_alone) {
        return Vec::new();
    }
    let ended = |follows_newline: bool| {
        let is_end = |at: usize| follows_newline && at > 0 && text[at - 1] == b'\n';
        let bytes = (0..text.len()).filter(|at| !(is_alone(*at) && is_end(*at)));
        bytes.map(|at| if is_alone(at) { b'\n' } else { text[at] }).collect()
    };
    let mut all = vec![ended(false)];
    if memmem::find(text, b"\n\r").is_some() {
        all.push(ended(true));
    }
    all
}

/// The text, with joined lines, as clang reads `#pragma mark` and `#warning`: to the end of the line, so that no comment begins there. None
/// begins in a header's name either: `#include <sys/*.h>`. `None` if no text has the beginning of a comment there.
///
/// ```c
/// #pragma mark - the /* rest
/// const char *s = __TIME__;    // */
/// ```
fn cut_directives(text: &[u8]) -> Option<Vec<u8>> {
    let mut cut = Vec::new();
    for at in memmem::find_iter(text, b"/*") {
        // On a longer line it counts as if it were one.
        if line_start(text, at).is_none_or(|start| is_read_raw(&text[start..at])) {
            if cut.is_empty() {
                cut = text.to_vec();
            }
            cut[at..at + 2].fill(b' ');
        }
    }
    (!cut.is_empty()).then_some(cut)
}

/// Whether a line that begins so is a directive that clang reads to its end, or goes on with the name of a header.
fn is_read_raw(line: &[u8]) -> bool {
    // It may begin behind a comment that crosses lines. A zero byte is a blank.
    let open = memmem::find(line, b"/*").unwrap_or(line.len());
    let start = memmem::find(&line[..open], b"*/").map_or(0, |end| end + b"*/".len());
    let line: Vec<u8> = line[start..].iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
    let line = skip_blank(&line);
    let Some(directive) = line.strip_prefix(b"#").or_else(|| line.strip_prefix(b"%:")) else { return false };
    let (name, rest) = split_word(skip_blank(directive));
    match name {
        b"warning" | b"error" => true,
        b"include" | b"include_next" | b"import" => {
            skip_blank(rest).strip_prefix(b"<").is_some_and(|name| memchr::memchr(b'>', name).is_none())
        }
        b"pragma" => split_word(skip_blank(trim_blank_end(rest))).0 == b"mark",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        readings(text.as_bytes()).iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
    }

    #[test]
    fn texts_are_read_in_all_ways() {
        for (text, others) in [
            ("int a;\r\nint b; /* x */\n", &[][..]),
            ("a\\\nb", &[]),
            ("??=define A ??/\nB", &["#define A B"]),
            ("// x\rint a;\r\n", &["// x\nint a;\r\n"]),
            ("a\\\rb", &["ab"]),
            ("a\\\n\rb", &["a\nb", "ab"]),
            ("#pragma mark /* x\ny */", &["#pragma mark    x\ny */"]),
            (" # warning it's /* x", &[" # warning it's    x"]),
            ("#pragma once /* x\ny */", &[]),
            ("#define mark /* x\ny */", &[]),
            ("#pragma\0mark\0a /* y", &["#pragma\0mark\0a    y"]),
            ("#pragma/**/mark /* x\ny */", &["#pragma/**/mark    x\ny */"]),
            ("/* x\n*/ #\0warning /* y\n*/", &["/* x\n*/ #\0warning    y\n*/"]),
        ] {
            assert_eq!(of(text)[1..], *others, "{text}");
        }
    }
}
