//! Text as preprocessors take it apart first: joined lines, trigraphs, words, blanks, and the borders between code, strings and
//! comments (C17 5.1.1.2, translation phases 1 to 3).

use memchr::memmem;
use std::ops::Range;

/// How many bytes of a comment, a line or a word are looked at, see [`scan`](super::scan).
pub(crate) const FAR: usize = 4096;

/// A blank within a line (C17 5.2.1).
pub(crate) const VERTICAL_TAB: u8 = 0x0b;

/// A blank within a line (C17 5.2.1).
pub(crate) const FORM_FEED: u8 = 0x0c;

/// No letter, digit or underscore touches the word. `$` and bytes beyond ASCII may belong to its name or not: a word that they touch stands
/// alone, so that it counts.
pub(crate) fn stands_alone(text: &[u8], at: usize, len: usize) -> bool {
    let touches = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    !touches(text[..at].last()) && !touches(text.get(at + len))
}

/// The rest of the line, as far as it is looked at.
pub(crate) fn line_of(text: &[u8]) -> &[u8] {
    let text = &text[..text.len().min(FAR)];
    &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())]
}

/// Where the line of `at` begins; `None` if that is more than [`FAR`] bytes away.
pub(crate) fn line_start(text: &[u8], at: usize) -> Option<usize> {
    let from = at.saturating_sub(FAR);
    let end = memchr::memrchr(b'\n', &text[from..at]).map(|end| from + end + 1);
    end.or_else(|| (from == 0).then_some(0))
}

/// All pairs of quotes with nothing but blanks and comments between them, as in `"a" "b"`. This is for texts of which it is not known where
/// their literals begin and end; for others there is [`Regions::seams`].
pub(crate) fn possible_seams(text: &[u8]) -> Vec<(usize, usize)> {
    let mut seams = Vec::new();
    let mut quotes = memchr::memchr_iter(b'"', text).peekable();
    while let Some(close) = quotes.next() {
        if let Some(open) = quotes.next_if(|open| *open > close + 1 && is_blank(&text[close + 1..*open])) {
            seams.push((close, open));
        }
    }
    seams
}

/// Nothing but white space and comments.
pub(crate) fn is_blank(mut text: &[u8]) -> bool {
    loop {
        text = text.trim_ascii_start();
        let end = match text {
            [] => return true,
            [b'/', b'*', rest @ ..] => memmem::find(rest, b"*/").map(|at| at + b"/**/".len()),
            [b'/', b'/', rest @ ..] => Some(memchr::memchr(b'\n', rest).map_or(text.len(), |at| at + b"//\n".len())),
            _ => None,
        };
        match end {
            Some(end) => text = &text[end..],
            None => return false,
        }
    }
}

/// A byte of a word. `$` and bytes beyond ASCII can be part of an identifier.
pub(crate) fn is_word(byte: u8) -> bool {
    const WORD: [bool; 256] = {
        let mut word = [false; 256];
        let mut byte = u8::MAX;
        while byte > 0 {
            word[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
            byte -= 1;
        }
        word
    };
    WORD[usize::from(byte)]
}

/// The words of a text with where they begin, numbers among them.
pub(crate) fn runs(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].iter().position(|byte| is_word(*byte))?;
        let start = at;
        at += text[at..].iter().take_while(|byte| is_word(**byte)).count();
        Some((start, &text[start..at]))
    })
}

/// The text with continued lines joined (also across blanks behind the backslash, as gcc does); `None` if there is
/// nothing to do.
pub(crate) fn join_lines(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut copied = 0;
    for at in memchr::memchr_iter(b'\\', text) {
        let blanks = text[at + 1..]
            .iter()
            .take_while(|byte| matches!(**byte, b' ' | b'\t' | b'\r' | VERTICAL_TAB | FORM_FEED))
            .count();
        if text.get(at + 1 + blanks) == Some(&b'\n') {
            out.extend_from_slice(&text[copied..at]);
            copied = at + blanks + 2;
        }
    }
    if copied == 0 {
        return None;
    }
    out.extend_from_slice(&text[copied..]);
    Some(out)
}

/// `before` ends in `#`, or its digraph `%:`, and behind that has only blanks and comments: `# /* y */ ` of `# /* y */ include`. Where the
/// comment is too long to be looked at, a `#` is taken to stand before it.
pub(crate) fn follows_hash(before: &[u8]) -> bool {
    let mut before = before;
    loop {
        before = trim_blank_end(before);
        if let Some(inside) = before.strip_suffix(b"*/") {
            let from = inside.len().saturating_sub(FAR);
            match memmem::rfind(&inside[from..], b"/*") {
                Some(open) => before = &before[..from + open],
                None => return from > 0,
            }
        } else {
            return before.ends_with(b"#") || before.ends_with(b"%:");
        }
    }
}

pub(crate) fn trim_blank_end(text: &[u8]) -> &[u8] {
    let len =
        text.iter().rposition(|byte| !matches!(*byte, b' ' | b'\t' | VERTICAL_TAB | FORM_FEED)).map_or(0, |at| at + 1);
    &text[..len]
}

/// Skips blanks and block comments. It stops before a comment that does not end within [`FAR`] bytes.
pub(crate) fn skip_blank(mut text: &[u8]) -> &[u8] {
    loop {
        let blanks = text.iter().take_while(|byte| matches!(**byte, b' ' | b'\t' | VERTICAL_TAB | FORM_FEED)).count();
        text = &text[blanks..];
        let Some(comment) = text.strip_prefix(b"/*") else { return text };
        let Some(end) = memmem::find(&comment[..comment.len().min(FAR)], b"*/") else { return text };
        text = &comment[end + 2..];
    }
}

/// What kind of text stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    Code,
    String,
    Comment,
    /// The borders are uncertain: of a raw string (`R"(…)"`), or of a `'` that separates digits or begins a character.
    Unsure,
}

/// The borders between code, strings and comments.
#[derive(Debug)]
pub(crate) struct Regions {
    /// Offsets where a region begins, ascending.
    starts: Vec<(usize, Region)>,
    /// The same for a language without `1'000`, where the `'` begins a character. The text does not say which language it is in. `None` if
    /// no `'` in it could separate digits.
    pub(crate) without_separators: Option<Vec<(usize, Region)>>,
    /// The text may have raw strings, so that no border in it is certain.
    pub(crate) unsure: bool,
}

impl Regions {
    pub(crate) fn of(text: &[u8]) -> Self {
        let (starts, separated) = Self::starts(text, true, false);
        let opens_raw = |(at, region): &(usize, Region)| *region == Region::String && opens_raw_string(text, *at);
        let unsure = starts.iter().any(opens_raw);
        Self { starts, without_separators: separated.then(|| Self::starts(text, false, false).0), unsure }
    }

    /// The text with blanks for its comments and quotes for what stands in its literals, in each way that its borders may be read.
    pub(crate) fn bare(&self, text: &[u8]) -> Vec<Vec<u8>> {
        let mut all = vec![bare(text, &self.starts)];
        all.extend(self.without_separators.as_ref().map(|starts| bare(text, starts)));
        if self.unsure {
            all.extend([true, false].map(|separators| bare(text, &Self::starts(text, separators, true).0)));
        }
        all
    }

    /// The borders, with raw strings or none, and whether a `'` was taken for a digit separator.
    fn starts(text: &[u8], separators: bool, raw: bool) -> (Vec<(usize, Region)>, bool) {
        let mut starts = Vec::new();
        let mut separator = None;
        let mut at = 0;
        while let Some(found) = memchr::memchr3(b'/', b'"', b'\'', &text[at..]) {
            let open = at + found;
            let (region, close) = match text[open] {
                b'/' => match text.get(open + 1) {
                    Some(b'*') => (
                        Region::Comment,
                        memmem::find(&text[open + 2..], b"*/").map_or(text.len(), |end| open + end + b"/**/".len()),
                    ),
                    Some(b'/') => {
                        (Region::Comment, memchr::memchr(b'\n', &text[open..]).map_or(text.len(), |end| open + end))
                    }
                    _ => {
                        at = open + 1;
                        continue;
                    }
                },
                b'\'' if separators && ends_number(&text[..open], separator) => {
                    separator = Some(open);
                    at = open + 1;
                    continue;
                }
                b'"' if raw && opens_raw_string(text, open) => (Region::String, raw_string_end(text, open)),
                quote => (Region::String, literal_end(text, open, quote)),
            };
            starts.push((open, region));
            starts.push((close, Region::Code));
            at = close;
        }
        (starts, separator.is_some())
    }

    /// Whether `at` is in a comment that an assembler takes for one too: nothing before it on its line begins another
    /// comment or a string, and no line of it is continued.
    pub(crate) fn is_plain_comment(&self, text: &[u8], at: usize) -> bool {
        if self.at(at) != Region::Comment {
            return false;
        }
        let nth = self.starts.partition_point(|(start, _)| *start <= at);
        let Some(&(start, Region::Comment)) = nth.checked_sub(1).and_then(|nth| self.starts.get(nth)) else {
            return false;
        };
        let Some(line) = line_start(text, start) else { return false };
        let is_block = text[start..].starts_with(b"/*");
        let end = self.starts.get(nth).map_or(text.len(), |(end, _)| *end);
        !self.unsure
            && !text[line..start].iter().any(|byte| matches!(byte, b'#' | b'@' | b';' | b'|' | b'!' | b'\'' | b'"'))
            && (is_block || !text[start..end].trim_ascii_end().ends_with(b"\\"))
    }

    /// The quotes that end a string literal and begin the next, with nothing but blanks and comments between them.
    pub(crate) fn seams(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut seams = Vec::new();
        let mut close = None;
        for pair in self.starts.windows(2) {
            let [(start, region), (end, _)] = *pair else { continue };
            match region {
                Region::String => {
                    if let Some(close) = close
                        && text[start] == b'"'
                    {
                        seams.push((close, start));
                    }
                    // A literal that the end of its line cuts off joins nothing, and neither does a character (`'x'`).
                    close = (text[start] == b'"' && end > start + 1 && text[end - 1] == b'"').then(|| end - 1);
                }
                Region::Code if !text[start..end].trim_ascii().is_empty() => close = None,
                Region::Code | Region::Comment | Region::Unsure => {}
            }
        }
        seams
    }

    /// The comments; `None` where a border is uncertain.
    pub(crate) fn comments(&self, text: &[u8]) -> Option<Vec<Range<usize>>> {
        if self.unsure || self.without_separators.is_some() {
            return None;
        }
        let ends = self.starts.iter().skip(1).map(|(end, _)| *end).chain([text.len()]);
        let all = self.starts.iter().zip(ends).filter(|((_, region), _)| *region == Region::Comment);
        Some(all.map(|((start, _), end)| *start..end).collect())
    }

    /// Where the region begins that `offset` is in.
    pub(crate) fn start_of(&self, offset: usize) -> Option<usize> {
        let nth = self.starts.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
        Some(self.starts[nth].0)
    }

    pub(crate) fn at(&self, offset: usize) -> Region {
        if self.unsure {
            return Region::Unsure;
        }
        let among = |starts: &[(usize, Region)]| match starts.partition_point(|(start, _)| *start <= offset) {
            0 => Region::Code,
            next => starts[next - 1].1,
        };
        let region = among(&self.starts);
        match &self.without_separators {
            Some(other) if among(other) != region => Region::Unsure,
            _ => region,
        }
    }
}

/// See [`Regions::bare`].
fn bare(text: &[u8], starts: &[(usize, Region)]) -> Vec<u8> {
    let mut bare = text.to_vec();
    let ends = starts.iter().skip(1).map(|(end, _)| *end).chain([text.len()]);
    for ((start, region), end) in starts.iter().zip(ends) {
        match region {
            Region::Comment => bare[*start..end].fill(b' '),
            Region::String => bare[*start..end].fill(b'"'),
            Region::Code | Region::Unsure => {}
        }
    }
    bare
}

/// The offset behind a raw string, or that of the text's end if nothing closes it.
fn raw_string_end(text: &[u8], open: usize) -> usize {
    let inside = &text[open + 1..];
    let Some(start) = memchr::memchr(b'(', inside) else { return text.len() };
    let close = [b")", &inside[..start], b"\""].concat();
    memmem::find(inside, &close).map_or(text.len(), |end| open + 1 + end + close.len())
}

/// `R"`, `LR"`, `uR"`, `UR"`, `u8R"`: a raw string where the language has them, or a macro before a string.
pub(crate) fn opens_raw_string(text: &[u8], open: usize) -> bool {
    let word = text[..open].iter().rev().take(FAR).take_while(|byte| is_word(**byte)).count();
    text[open] == b'"' && matches!(&text[open - word..open], b"R" | b"LR" | b"uR" | b"UR" | b"u8R")
}

/// `before` ends in a number, which a `'` may continue: `1` of `1'000`. `separator` is where the last `'` stands that continued a number.
/// What follows it belongs to that number: the `a` of `0x1'a'b`.
pub(crate) fn ends_number(before: &[u8], separator: Option<usize>) -> bool {
    let len = before.iter().rev().take(FAR).take_while(|byte| is_word(**byte)).count();
    let start = before.len() - len;
    len > 0 && (before[start].is_ascii_digit() || start > 0 && separator == Some(start - 1))
}

/// The offset behind the closing quote, or of the line's end if no quote closes the literal before.
pub(crate) fn literal_end(text: &[u8], open: usize, quote: u8) -> usize {
    let mut at = open + 1;
    while at < text.len() {
        match text[at] {
            b'\\' if text.get(at + 1) != Some(&b'\n') => at += 2,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}
