//! The code of a text: what is left of it when the comments are taken out that no compiler reads.
//!
//! ```c
//! int a; /* one */ int b;   // two
//! int a;           int b;              its code
//! ```
//!
//! Two texts of the same code compile to the same result, if nothing shows the comments themselves. Lines stay lines, and code stays in its
//! column, since debug data tell both. A comment leaves no trace but where its place can count:
//!
//! * One that crosses lines keeps them together: behind it no directive begins.
//! * A long line has its length kept, since gcc makes room for its columns.
//! * gcc's `-Wmisleading-indentation` looks at the column in which each line begins (`detect_intervening_unindent` in its
//!   `c-indentation.cc`). A comment that stands left of the code below it may keep it silent:
//!
//! ```c
//!     if (a)
//!         b();
//! //  c();
//!         d();
//! ```

use super::lexer::{FORM_FEED, VERTICAL_TAB};
use super::remarks::{BREAK, REMARK, TAIL, marked};
use crate::digest::CodeId;
use std::borrow::Cow;

/// A line of more bytes that no code ends has its length kept. gcc keeps columns up to the width of a line in a comment
/// (`linemap_start_line`), up to where a comment begins and ends, and where blanks end (`linemap_position_for_column`). It begins with room
/// for 127, and what is narrower than this takes one bit more, which counts only where more than 160 000 lines are read.
const WIDEST: usize = 200;

/// The digest of a text's code. That of a text without comments is the digest of the text.
pub fn digest(text: &[u8]) -> CodeId {
    CodeId::of_bytes(&code(text))
}

/// The code of a text.
pub fn code(text: &[u8]) -> Cow<'_, [u8]> {
    parted(text).0
}

/// The code of a text, and whether comments that begin with `//` were found. Where none was, the C of 1990 takes the same for comments.
pub(super) fn parted(text: &[u8]) -> (Cow<'_, [u8]>, bool) {
    let marked = marked(text);
    let code = marked.text.map_or(Cow::Borrowed(text), |marked| Cow::Owned(laid_out(&marked)));
    (code, marked.has_line_comments)
}

/// A line of a marked text.
struct Row<'m> {
    /// Without its end.
    bytes: &'m [u8],
    /// `\n`, or [`BREAK`]; none at the end of a text.
    end: Option<u8>,
}

impl<'m> Row<'m> {
    /// The lines of a marked text.
    fn all(marked: &'m [u8]) -> Vec<Self> {
        let mut lines = Vec::new();
        let mut start = 0;
        for end in memchr::memchr2_iter(b'\n', BREAK, marked) {
            lines.push(Row { bytes: &marked[start..end], end: Some(marked[end]) });
            start = end + 1;
        }
        if start < marked.len() {
            lines.push(Row { bytes: &marked[start..], end: None });
        }
        lines
    }

    /// The blanks that it begins with.
    fn lead(&self) -> &'m [u8] {
        let len = self.bytes.iter().take_while(|byte| is_blank(**byte)).count();
        &self.bytes[..len]
    }

    fn holds(&self, byte: u8) -> bool {
        memchr::memchr(byte, self.bytes).is_some()
    }

    /// It holds a comment, and nothing else but blanks.
    fn is_comment(&self) -> bool {
        self.holds(REMARK) && self.bytes.iter().all(|byte| *byte == REMARK || is_blank(*byte))
    }

    /// It ends with a comment, or with blanks.
    fn ends_unread(&self) -> bool {
        let bytes = self.bytes.strip_suffix(b"\r").unwrap_or(self.bytes);
        matches!(bytes.last(), Some(&(REMARK | TAIL)))
    }

    /// gcc sees in which column it begins. It does not look at the last byte of a line.
    fn is_seen(&self) -> bool {
        self.bytes.len() > self.lead().len() + 1
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | VERTICAL_TAB | FORM_FEED | TAIL)
}

/// Puts a marked text in order.
fn laid_out(marked: &[u8]) -> Vec<u8> {
    let lines = Row::all(marked);
    let matters = matter(&lines);
    let mut out = Vec::with_capacity(marked.len());
    let mut first = 0;
    let mut is_continued = false;
    while first < lines.len() {
        let chain = lines[first..].iter().take_while(|line| line.end == Some(BREAK)).count() + 1;
        let chain = &lines[first..lines.len().min(first + chain)];
        let is_alone = !is_continued
            && chain.iter().all(|line| line.is_comment() || line.bytes.iter().all(|byte| is_blank(*byte)));
        for (nth, line) in chain.iter().enumerate() {
            // The end of the text is no line's end.
            let matters = matters[first + nth] || line.end.is_none();
            if chain.len() > 1 && line.lead().len() == line.bytes.len() {
                out.extend(line.bytes.ends_with(b"\r").then_some(b'\r'));
            } else if chain.len() == 1 || is_alone {
                put_line(line, matters || is_continued, &mut out);
            } else {
                put_link(line, nth > 0, nth + 1 < chain.len(), &mut out);
            }
            if line.bytes.len() > WIDEST && (chain.len() > 1 || line.ends_unread()) {
                put_width(line, &mut out);
            }
            out.extend(line.end.map(|_| b'\n'));
        }
        first += chain.len();
        is_continued = chain.last().is_some_and(|line| line.bytes.trim_ascii_end().ends_with(b"\\"));
    }
    out
}

/// For each line whether it counts in which column its comment begins, or whether gcc sees the column of its one byte.
///
/// gcc asks whether a line between two statements begins left of both. A line below that begins in the same column or further left answers
/// the same, with the comment or without. If that line is the second statement itself, the comment is not left of it.
fn matter(lines: &[Row<'_>]) -> Vec<bool> {
    /// So many lines of one byte are looked at.
    const MOST: usize = 16;
    let mut matter = vec![false; lines.len()];
    // How the lines below begin, up to the next that gcc sees.
    let mut below: Vec<&[u8]> = Vec::new();
    for (nth, line) in lines.iter().enumerate().rev() {
        let lead = line.lead();
        if lead.len() == line.bytes.len() {
            continue;
        }
        matter[nth] = below.len() == MOST || below.iter().any(|below| !lead.starts_with(below));
        let is_single = line.bytes[lead.len() + 1..].iter().all(|byte| is_blank(*byte));
        if line.is_comment() && (!matter[nth] || !line.is_seen()) {
            continue;
        }
        if !is_single {
            below.clear();
        }
        if below.len() < MOST {
            below.push(lead);
        }
    }
    matter
}

/// Puts a line of which no comment goes on in the next one.
fn put_line(line: &Row<'_>, matters: bool, out: &mut Vec<u8>) {
    let (lead, bytes) = (line.lead(), line.bytes);
    let carriage = bytes.ends_with(b"\r");
    if line.is_comment() {
        if matters && line.is_seen() {
            out.extend_from_slice(lead);
            out.extend_from_slice(b"//");
        }
    } else if line.holds(REMARK) || line.holds(TAIL) {
        let from = out.len();
        put_code(&bytes[..bytes.len() - usize::from(carriage)], lead.len(), b"/*", out);
        // A comment or a blank behind a single byte has gcc see it.
        if matters && out.len() - from == lead.len() + 1 {
            out.push(b' ');
        }
    } else {
        return out.extend_from_slice(bytes);
    }
    if carriage {
        out.push(b'\r');
    }
}

/// Puts how long a line is, as a comment that no text has.
fn put_width(line: &Row<'_>, out: &mut Vec<u8>) {
    let carriage = out.ends_with(b"\r");
    out.truncate(out.len() - usize::from(carriage));
    out.extend_from_slice(&[b'/', b'*', BREAK]);
    out.extend_from_slice(line.bytes.len().to_string().as_bytes());
    out.extend_from_slice(b"*/");
    out.extend(carriage.then_some(b'\r'));
}

/// Puts code with comments. One that it begins with, at `lead`, has its place kept: `opener` stands for its first two bytes.
fn put_code(bytes: &[u8], lead: usize, opener: &[u8], out: &mut Vec<u8>) {
    let len = bytes.iter().rposition(|byte| *byte != TAIL).map_or(0, |last| last + 1);
    let bytes = &bytes[..len];
    let from = out.len();
    out.extend(bytes.iter().map(|byte| if *byte == REMARK { b' ' } else { *byte }));
    if bytes.get(lead) != Some(&REMARK) {
        return;
    }
    let code = bytes.iter().position(|byte| *byte != REMARK && !is_blank(*byte)).unwrap_or(len);
    let Some(last) = bytes[..code].iter().rposition(|byte| *byte == REMARK).filter(|last| *last > lead) else { return };
    let out = &mut out[from..];
    // `*/` alone has no room for an opener.
    if last - lead >= 2 {
        out[lead..lead + opener.len()].copy_from_slice(opener);
    }
    out[last - 1..=last].copy_from_slice(b"*/");
}

/// Puts a line of a comment that crosses lines and shares them with code. The comment of the line before ends in it if `is_within`, and one
/// begins in it that goes on if `goes_on`.
fn put_link(line: &Row<'_>, is_within: bool, goes_on: bool, out: &mut Vec<u8>) {
    let (lead, bytes) = (line.lead(), line.bytes);
    let carriage = bytes.ends_with(b"\r");
    let mut bytes = &bytes[..bytes.len() - usize::from(carriage)];
    let is_code = |byte: &u8| *byte != REMARK && !is_blank(*byte);
    let last = bytes.iter().rposition(is_code);
    if goes_on {
        bytes = &bytes[..last.map_or(0, |last| last + 1)];
    }
    if last.is_some() {
        put_code(bytes, lead.len(), if is_within { b"-" } else { b"/*" }, out);
        if goes_on {
            out.extend_from_slice(b" /*");
        }
    } else {
        // Nothing but the comment.
        out.extend_from_slice(lead);
        out.extend_from_slice(match (is_within, goes_on) {
            (false, _) => b"/*",
            (true, true) if line.is_seen() => b"--",
            (true, true) => b"-",
            (true, false) => b"*/",
        });
    }
    if carriage {
        out.push(b'\r');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        String::from_utf8(code(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn comments_leave_lines_and_columns() {
        for (text, expected) in [
            ("int a; /* one */ int b;\n", "int a;           int b;\n"),
            ("int a; // one\n", "int a;\n"),
            ("int a;\t/* one */ // two\n", "int a;\n"),
            ("int a;  \n", "int a;\n"),
            ("int a; // one\r\nint b;\r\n", "int a;\r\nint b;\r\n"),
            ("/* one */\nint a;\n", "\nint a;\n"),
            ("/*\n * one\n */\nint a;\n", "\n\n\nint a;\n"),
            ("  // one\n// two\n\n  // three\nint a;\n", "\n\n\n\nint a;\n"),
            // A comment that begins its line keeps its place.
            ("/* one */ int a;\n", "/*     */ int a;\n"),
            ("/*a\tb*/ /*c*/ int a;\n", "/* \t       */ int a;\n"),
            ("f(); // one fallback\n", "f();\n"),
            ("f(); // set_???_fn()\n", "f();\n"),
            ("f(); // it falls; then through\n", "f();\n"),
            ("# /* one */ define A /* two */ 1 // three\n", "#           define A           1\n"),
            ("/* one */ #define A\n", "/*     */ #define A\n"),
            ("#include <a.h> // one\n", "#include <a.h>\n"),
            ("#define A(x) #x /* one */ ## x\n", "#define A(x) #x           ## x\n"),
            ("char *s = \"/* no */\"; // one\n", "char *s = \"/* no */\";\n"),
            ("char c = '\"'; // one\n", "char c = '\"';\n"),
            ("int a = 1'000'000; // one\n", "int a = 1'000'000;\n"),
            ("auto s = R\"(abc)\"; // one\n", "auto s = R\"(abc)\";\n"),
            // Nothing follows in the directive.
            ("#define A 1 \\\n  /* one */ + 2 // two\n", "#define A 1 \\\n  /*     */ + 2\n"),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn comments_that_cross_lines_keep_them_together() {
        for (text, expected) in [
            ("int a; /* one\n two */ int b;\n", "int a; /*\n -   */ int b;\n"),
            ("int a; /* one\n\n  two\n*/\n", "int a; /*\n\n  --\n*/\n"),
            ("/* one\n two */ int b;\n", "/*\n -   */ int b;\n"),
            ("#define A 1 /* one\n */ + 2\n", "#define A 1 /*\n */ + 2\n"),
            ("a /* 1\n2 */ b /* 3\n4 */ c\n", "a /*\n- */ b /*\n- */ c\n"),
            ("#define A \\\n/* one\n*/ 1\n", "#define A \\\n/*\n*/ 1\n"),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn comments_left_of_the_code_below_keep_their_place() {
        for (text, expected) in [
            ("  a();\n// one\n  b();\n", "  a();\n//\n  b();\n"),
            ("  a();\n  // one\n  b();\n", "  a();\n\n  b();\n"),
            ("  a();\n    // one\n  b();\n", "  a();\n\n  b();\n"),
            ("  a();\n\t// one\n  b();\n", "  a();\n\t//\n  b();\n"),
            ("  a();\n /*\n  * one\n  */\n  b();\n", "  a();\n //\n\n\n  b();\n"),
            // gcc does not see the `{`.
            ("// one\n  {\n b();\n", "//\n  {\n b();\n"),
            ("{ // one\n  b();\n", "{ \n  b();\n"),
            ("} // one\n\nb();\n", "}\n\nb();\n"),
            ("// one\n", "\n"),
            // A file that ends without a line's end may be warned of.
            ("f(); // one", "f();"),
            ("f();\n  // one", "f();\n  //"),
            ("f(); // one\n ", "f();\n "),
            ("f();\n/*\n * one */", "f();\n\n //"),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        // The length of a long line is kept.
        let long = "x".repeat(250);
        for (text, expected) in [
            (format!("f(); // {long}\n"), "f();/*\u{2}258*/\n"),
            (format!("f(); /* {long} */ g();\r\n"), &format!("f();    {}    g();\r\n", " ".repeat(250))),
            (format!("/*\n * {long}\r\n * one\r\n */\n"), "\n/*\u{2}254*/\r\n\r\n\n"),
            (format!("f(); /* {long}\n one */\n"), "f(); /*/*\u{2}258*/\n */\n"),
        ] {
            assert_eq!(of(&text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_read_or_judged_is_code() {
        for text in [
            "f(); /* fall through */\n",
            "f(); // -FALLTHROUGH\n",
            "f(); // else, falls   through\n",
            "f(); /* fall\n * Thru */\n",
            "f(); // \u{fc}\n",
            "f(); /* one /* two */\n",
            "f(); // one \\\n two\n",
            "f(); // one ??! two\n",
            "f(); // \\u202e\n",
            "#define A 1 \\\u{b}/* one */\n",
            "#include <it's.h> /* one */\n",
            "int a = 1'000; auto s = R\"(\n// one\n)\";\n",
            "#error one // two\n",
            "#pragma one /* two */ three\n",
            "#line 3 // two\n",
            "# 3 /* two */\n",
            "#if __has_include(<a//b.h>) // one\n",
            "#include <a//b.h>\n",
            "import <a//b.h>;\n",
            "#if HAS(<a//b.h>) // one\n",
            "#include NAME // one\n",
            "%\\\n:include <a//b.h>\n",
            "\u{feff}#include <a//b.h>\n",
            "\u{feff}\u{feff}// one\n",
            "\u{feff}auto s = R\"x( \" /* one */ \" )x\";\n",
            "#pragma once_more // one\n",
            "#pragma \\\nonce // one\n",
            "// \\N{one}\n",
            "int a = b ??' '\"' + \"/* a */\"[3];\n",
            "#define A 1 \u{c}\n",
            "#define A 1 \u{b}\n",
            // clang looks for the end of a merge conflict in all that follows.
            "f();\n<<<<<<< x\n// one\n",
            ">>>> ORIGINAL x\n// one\n",
            // Doubts.
            "auto s = R\"( \" // )\"; // one\n",
            "auto s = R\"(\n)\"; // one\n",
            "int a = 1'000; // it's\n",
            "/\\\n/ one\n// two\n",
            "/* one *\\\n/ // two */\n",
            "/* one\n",
            "f(); /* one */ \\ \n g(); // two\n",
            "f('a); // one\n",
            "#error /* one\n two */ // three\n",
            "#include <a/*b.h> // one\n",
        ] {
            assert_eq!(of(text), text, "{text}");
        }
    }

    #[test]
    fn code_is_its_own_code() {
        for text in ["/* one */ int a; /* two\n three */ b // four\n  // five\n c /* six */ d\n", "  a\n// b\n  c\n"] {
            assert_eq!(of(&of(text)), of(text), "{text}");
        }
    }
}
