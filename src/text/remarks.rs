//! Which bytes of a text are comments that no compiler reads or judges.
//!
//! Compilers throw comments away in translation phase 3 (C17 5.1.1.2). Some they read all the same:
//!
//! ```c
//! case 1: f();   /* fall through */
//! // a comment that goes on \
//!    on the next line
//! ```
//!
//! Such comments count as code, and so does all from the first place on that two languages, or two compilers, could read in two ways:
//!
//! ```c
//! const char *s = R"( /* )";      // a raw string, or R and the string "( /* "
//! /\
//! / a comment
//! ```

use super::judged::is_judged;
use super::lexer::{FORM_FEED, VERTICAL_TAB, is_word, join_lines, opens_raw_string};
use memchr::memmem;

/// Stands for a byte of a comment. Blanks and tabs in comments stay.
pub(super) const REMARK: u8 = 1;
/// Stands for the end of a line within a comment.
pub(super) const BREAK: u8 = 2;
/// Stands for a blank, or a byte of a comment, behind which nothing follows on its line.
pub(super) const TAIL: u8 = 3;

/// What a text in UTF-8 may begin with.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The most bytes before a comment on its line. gcc asks for the column of each comment, and changes how it keeps columns where one is
/// beyond 4096 (`linemap_position_for_column`).
const FARTHEST: usize = 1000;

/// What a text's comments are.
pub(super) struct Marked {
    /// The text with its comments marked, as long as it was. `None` if it has none of these bytes to mark.
    pub(super) text: Option<Vec<u8>>,
    /// A comment begins with `//`, be it marked or not.
    pub(super) has_line_comments: bool,
}

/// Marks the comments of a text.
pub(super) fn marked(text: &[u8]) -> Marked {
    // Compilers skip a byte order mark, and what follows begins a line.
    let rest = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut marker = Marker::new(rest);
    marker.run();
    let mark = &text[..text.len() - rest.len()];
    let has_line_comments = marker.has_line_comments;
    Marked { text: marker.is_marked.then(|| [mark, &marker.out].concat()), has_line_comments }
}

/// What a line is to the preprocessor, as far as it was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Nothing but blanks and comments.
    Begins,
    /// A `#` was read, and its name follows.
    Names,
    /// An include directive, whose header follows.
    Includes,
    /// A condition, which may ask for a header.
    Asks,
    /// A pragma, whose first word follows.
    Pragmas,
    /// A directive that shows its text, `#error`, `#pragma`, or one in which a `//` may be none.
    Shows,
    /// Anything else.
    Goes,
}

/// What a directive of this name makes of its line.
fn directive(name: &[u8]) -> Line {
    match name {
        b"include" | b"include_next" | b"import" => Line::Includes,
        b"if" | b"elif" => Line::Asks,
        b"pragma" => Line::Pragmas,
        b"define" | b"undef" | b"ifdef" | b"ifndef" | b"elifdef" | b"elifndef" | b"else" | b"endif" => Line::Goes,
        _ => Line::Shows,
    }
}

struct Marker<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the first doubt is: from there on all is code.
    certain: usize,
    line: Line,
    out: Vec<u8>,
    /// The end of what must stay as it is, in `out`.
    fixed: usize,
    is_marked: bool,
    has_line_comments: bool,
}

impl<'t> Marker<'t> {
    fn new(text: &'t [u8]) -> Self {
        let certain = first_doubt(text).map_or(text.len(), |at| line_begin(text, at));
        let out = Vec::with_capacity(text.len());
        Self { text, at: 0, certain, line: Line::Begins, out, fixed: 0, is_marked: false, has_line_comments: false }
    }

    fn run(&mut self) {
        while self.at < self.certain {
            self.step();
        }
        let start = memchr::memrchr2(b'\n', BREAK, &self.out).map_or(0, |end| end + 1);
        // clang warns of a last line without its end, be it of blanks alone.
        if self.certain == self.text.len() && !self.out[start..].iter().all(|byte| is_blank(*byte)) {
            self.mark_tail();
        }
        self.keep_to(self.text.len());
    }

    fn step(&mut self) {
        let rest = &self.text[self.at..];
        match rest[0] {
            b'\n' => self.end_line(),
            b' ' | b'\t' | b'\r' | VERTICAL_TAB | FORM_FEED => self.pass(1),
            b'\\' => match splice(rest) {
                Some(len) => self.splice(len),
                // Without the comment it would join lines.
                None if begins_comment(behind_blanks(&rest[1..])) => self.doubt(),
                None => self.code(1),
            },
            b'/' => match rest.get(1) {
                Some(b'*') => self.block_comment(),
                Some(b'/') => self.line_comment(),
                Some(b'\\') if splice(&rest[1..]).is_some() => self.doubt(),
                _ => self.code(1),
            },
            b'"' => self.string(),
            b'\'' => self.keep_literal(literal_end(self.text, self.at)),
            b'#' if self.line == Line::Begins => {
                self.pass(1);
                self.line = Line::Names;
            }
            // `%:` with a line's end between.
            b'%' if splice(&rest[1..]).is_some() => self.doubt(),
            b'%' if self.line == Line::Begins && rest.get(1) == Some(&b':') => {
                self.pass(2);
                self.line = Line::Names;
            }
            b'<' if self.line == Line::Includes => self.header_name(),
            // `#if HAS(<a//b.h>)` with a macro for `__has_include`.
            b'<' if self.line == Line::Asks => {
                self.pass(1);
                self.line = Line::Shows;
            }
            byte if byte.is_ascii_digit() => self.number(),
            byte if is_word(byte) => self.word(),
            _ => self.code(1),
        }
    }

    /// Takes bytes that do not change what the line is.
    fn pass(&mut self, len: usize) {
        self.out.extend_from_slice(&self.text[self.at..self.at + len]);
        self.at += len;
    }

    /// Takes bytes of code.
    fn code(&mut self, len: usize) {
        self.pass(len);
        self.line = match self.line {
            Line::Begins => Line::Goes,
            // `#include NAME`, which may be `#include NOTHING <a//b.h>`; `#"x"`, `# 12`
            Line::Includes | Line::Names | Line::Pragmas => Line::Shows,
            line => line,
        };
    }

    /// Takes bytes that stay as they are.
    fn keep_to(&mut self, end: usize) {
        self.out.extend_from_slice(&self.text[self.at..end]);
        self.at = end;
        self.fixed = self.out.len();
    }

    /// Takes a literal, unless a line's end parts it from a word before, which could then be its prefix or a number.
    fn keep_literal(&mut self, end: usize) {
        if end > self.certain || self.text[..self.at].ends_with(b"\n") && self.line != Line::Begins {
            return self.doubt();
        }
        self.code(1);
        self.keep_to(end);
    }

    /// Takes a line's end behind a backslash. It could part the name of a directive, or `__has_include`.
    fn splice(&mut self, len: usize) {
        let before = self.out.iter().rev().take_while(|byte| is_word(**byte)).count();
        if matches!(self.line, Line::Names | Line::Includes | Line::Pragmas)
            || self.out[self.out.len() - before..].starts_with(b"_")
        {
            self.line = Line::Shows;
        }
        self.keep_to(self.at + len);
    }

    /// From here on all is code.
    fn doubt(&mut self) {
        self.certain = self.at;
    }

    fn end_line(&mut self) {
        self.mark_tail();
        self.out.push(b'\n');
        self.at += 1;
        self.line = Line::Begins;
    }

    /// Marks what the line ends with, if that is no code.
    fn mark_tail(&mut self) {
        let carriage = self.out.last() == Some(&b'\r') && self.out.len() > self.fixed;
        if carriage {
            self.out.pop();
        }
        let start = memchr::memrchr2(b'\n', BREAK, &self.out).map_or(0, |end| end + 1);
        // Compilers warn of a form feed in a directive.
        let is_blank = |byte: &u8| matches!(*byte, b' ' | b'\t' | REMARK);
        let tail = self.out[start..].iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| start + last + 1);
        let is_comment = tail == start && self.out[start..].contains(&REMARK);
        let tail = tail.max(self.fixed);
        if !is_comment && tail < self.out.len() {
            self.out[tail..].fill(TAIL);
            self.is_marked = true;
        }
        if carriage {
            self.out.push(b'\r');
        }
    }

    fn word(&mut self) {
        let len = self.text[self.at..].iter().take_while(|byte| is_word(**byte)).count();
        let word = &self.text[self.at..self.at + len];
        let line = match self.line {
            Line::Begins if word == b"import" => Line::Shows,
            Line::Names => directive(word),
            // Behind `__has_include(<` a `//` can stand in a header's name.
            _ if word.starts_with(b"__has_") => Line::Shows,
            // Nothing shows it.
            Line::Pragmas if word == b"once" => Line::Goes,
            Line::Includes | Line::Pragmas => Line::Shows,
            Line::Begins => Line::Goes,
            line => line,
        };
        self.pass(len);
        self.line = line;
    }

    /// A number, in which `'` may part digits. Where it could as well begin a character, the line stays as it is.
    ///
    /// ```c
    /// int n = 1'000; // it's
    /// ```
    fn number(&mut self) {
        let rest = &self.text[self.at..];
        let (mut len, mut separators) = (0, 0);
        loop {
            match rest.get(len) {
                Some(b'\'') if rest.get(len + 1).copied().is_some_and(is_word) => separators += 1,
                Some(b'+' | b'-') if matches!(rest[len - 1], b'e' | b'E' | b'p' | b'P') => {}
                Some(byte) if is_word(*byte) || *byte == b'.' => {}
                _ => break,
            }
            len += 1;
        }
        if separators % 2 == 0 {
            return self.code(len);
        }
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        if memmem::find(line, b"/*").is_some()
            // A string that goes on: `int n = 1'000; auto s = R"(`.
            || memmem::find(line, b"R\"").is_some()
            || splice(&rest[line.trim_ascii_end().len().saturating_sub(1)..]).is_some()
        {
            return self.doubt();
        }
        self.code(1);
        self.keep_to(self.at - 1 + line.len());
    }

    fn string(&mut self) {
        let ordinary = literal_end(self.text, self.at);
        if opens_raw_string(self.text, self.at) && raw_end(self.text, self.at) != Some(ordinary) {
            return self.doubt();
        }
        let literal = &self.text[self.at..ordinary];
        // A header's name has no escape sequences.
        let is_header = self.line == Line::Includes;
        if is_header && memchr::memchr(b'\\', literal).is_some() {
            return self.doubt();
        }
        self.keep_literal(ordinary);
        if is_header {
            self.line = Line::Goes;
        }
    }

    /// `<stdio.h>`, in which a `//` is none: `#include <a//b.h>`.
    fn header_name(&mut self) {
        let rest = &self.text[self.at..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let Some(end) = memchr::memchr(b'>', line) else { return self.code(1) };
        // In a branch that is skipped these open comments and literals: `#include <it's.h> /* one`.
        let opens = |sign: &[u8]| memmem::find(&line[..end], sign).is_some();
        if [&b"/*"[..], b"//", b"'", b"\"", b"\\"].into_iter().any(opens) {
            return self.doubt();
        }
        self.code(1);
        self.keep_to(self.at + end);
        self.line = Line::Goes;
    }

    fn line_comment(&mut self) {
        self.has_line_comments = true;
        let mut end = self.at;
        let mut is_continued = false;
        loop {
            end += memchr::memchr(b'\n', &self.text[end..]).unwrap_or(self.text.len() - end);
            if end == self.text.len() && is_spliced(&self.text[self.at..end]) {
                return self.doubt();
            }
            if !is_spliced(&self.text[self.at..end]) {
                break;
            }
            is_continued = true;
            end += 1;
        }
        if self.text[..end].ends_with(b"\r") {
            end -= 1;
        }
        self.comment(end, is_continued);
    }

    fn block_comment(&mut self) {
        let Some(len) = memmem::find(&self.text[self.at + 2..], b"*/") else { return self.doubt() };
        let end = self.at + len + b"/**/".len();
        let comment = &self.text[self.at..end];
        let joined = join_lines(comment);
        // `*\` at the end of a line and `/` on the next end it before.
        if joined.as_ref().is_some_and(|joined| memmem::find(&joined[2..joined.len() - 2], b"*/").is_some()) {
            return self.doubt();
        }
        // clang takes the rest of an `#error` as it is, and gcc follows the comment to its end.
        let is_cut =
            matches!(self.line, Line::Shows | Line::Names | Line::Pragmas) && memchr::memchr(b'\n', comment).is_some();
        if is_cut {
            return self.doubt();
        }
        self.comment(end, joined.is_some());
    }

    /// Takes a comment.
    fn comment(&mut self, end: usize, is_continued: bool) {
        if end > self.certain {
            return self.doubt();
        }
        let comment = &self.text[self.at..end];
        let is_far = self.at - line_begin(self.text, self.at) > FARTHEST;
        if matches!(self.line, Line::Shows | Line::Pragmas) || is_continued || is_far || is_judged(comment) {
            return self.keep_to(end);
        }
        self.out.extend(comment.iter().map(|byte| match byte {
            b'\n' => BREAK,
            b' ' | b'\t' | b'\r' => *byte,
            _ => REMARK,
        }));
        self.at = end;
        self.is_marked = true;
    }
}

/// Where it is first in doubt how the text is read: at bytes that compilers treat in different ways, trigraphs that decide about the borders
/// of comments, and bytes that stand for something else here.
fn first_doubt(text: &[u8]) -> Option<usize> {
    let odd = memchr::memchr3(REMARK, BREAK, TAIL, text);
    // Windows once ended texts with the latter.
    let end = memchr::memchr2(0, 0x1a, text);
    let is_lone = |at: &usize| text.get(at + 1) != Some(&b'\n');
    let carriage = memchr::memchr_iter(b'\r', text).find(is_lone);
    let is_border = |at: &usize| matches!(text.get(at + 2), Some(b'/' | b'=' | b'\''));
    // A second one.
    let byte_order_mark = text.starts_with(BYTE_ORDER_MARK).then_some(0);
    let trigraph = memmem::find_iter(text, b"??").find(is_border);
    // gcc warns of blanks behind the backslash, but not where a comment stands before it.
    let is_blank =
        |at: &usize| splice(&text[*at..]).is_some_and(|len| !matches!(&text[at + 1..at + len], b"\n" | b"\r\n"));
    let blank = memchr::memchr_iter(b'\\', text).find(is_blank);
    [byte_order_mark, odd, end, carriage, trigraph, blank, conflict(text)].into_iter().flatten().min()
}

/// Where a line begins as the marks of a merge conflict do. clang looks for their end in what follows, comments or not.
///
/// ```text
/// <<<<<<< HEAD          >>>> ORIGINAL a.c
/// ```
fn conflict(text: &[u8]) -> Option<usize> {
    const MARKS: [&[u8]; 2] = [b"<<<<<<<", b">>>> "];
    let begins = |at: &usize| *at == 0 || matches!(text[at - 1], b'\n' | b'\r');
    MARKS.into_iter().filter_map(|mark| memmem::find_iter(text, mark).find(begins)).min()
}

/// Whether the text has the marks of a merge conflict.
pub(super) fn has_conflict(text: &[u8]) -> bool {
    conflict(text).is_some()
}

fn line_begin(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

/// The length of a backslash with the end of its line, also across blanks; `None` if `text` does not begin so.
fn splice(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"\\")?;
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    (rest.get(blanks) == Some(&b'\n')).then_some(blanks + 2)
}

fn behind_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| is_blank(**byte) || **byte == b'\n').count();
    &text[blanks..]
}

fn begins_comment(text: &[u8]) -> bool {
    text.starts_with(b"/*") || text.starts_with(b"//")
}

/// Whether the line that `text` ends with goes on.
fn is_spliced(text: &[u8]) -> bool {
    let blanks = text.iter().rev().take_while(|byte| is_blank(**byte)).count();
    text[..text.len() - blanks].ends_with(b"\\")
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | VERTICAL_TAB | FORM_FEED)
}

/// The offset behind the literal whose quote stands at `open`, or of the line's end that cuts it off.
fn literal_end(text: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < text.len() {
        match text[at] {
            b'\\' if splice(&text[at..]).is_some() => at = behind_splices(text, at),
            // `\` with a line's end behind it takes the next line's first byte along.
            b'\\' => at = behind_splices(text, at + 1) + 1,
            b'\n' => return at,
            byte if byte == text[open] => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The offset behind all lines' ends that follow backslashes at `at`.
fn behind_splices(text: &[u8], mut at: usize) -> usize {
    while let Some(len) = text.get(at..).and_then(splice) {
        at += len;
    }
    at
}

/// The offset behind a raw string, whose quote stands at `open`: `R"x(…)x"`.
fn raw_end(text: &[u8], open: usize) -> Option<usize> {
    let body = &text[open + 1..];
    let delimiter = &body[..memchr::memchr(b'(', body)?];
    let end = [b")", delimiter, b"\""].concat();
    Some(open + 1 + memmem::find(body, &end)? + end.len())
}
