//! Comments of the walked texts: where one stands, and what it says.
//!
//! A comment is put into the text as it is written out. So a text has the same comments whenever a walk comes back to it, and a comment
//! that says something else stands where it stood.

use fastrand::Rng;

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// An index into [`PLACES`].
    pub place: usize,
    /// Which of all such places of the text.
    pub at: usize,
    /// An index into [`SAYINGS`].
    pub says: usize,
}

/// A kind of place where a comment can stand.
pub struct Place {
    pub name: &'static str,
    /// `%` is what it says.
    form: &'static str,
    spot: Spot,
    /// Another saying is no other code.
    pub is_idle: bool,
    /// The comment itself leaves no trace in the code.
    pub is_traceless: bool,
}

/// Where in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// Behind a line of code or a directive.
    LineEnd,
    /// In front of a line.
    LineBegin,
    /// In the place of an empty line.
    Empty,
    /// Between two tokens of a line that is no directive.
    Code,
    /// Between two tokens of a directive, its `#` included.
    Directive,
}

const fn place(name: &'static str, form: &'static str, spot: Spot) -> Place {
    Place { name, form, spot, is_idle: true, is_traceless: false }
}

/// How many of [`PLACES`] hold comments that no compiler reads.
pub const UNREAD_PLACES: usize = 15;

/// The places, those that some compiler reads last.
pub const PLACES: [Place; 16] = [
    Place { is_traceless: true, ..place("at the end of a line", " // %", Spot::LineEnd) },
    Place { is_traceless: true, ..place("in blocks at the end of a line", "\t/* % */ /**/", Spot::LineEnd) },
    place("over lines at the end of a line", " /* %\n * %\n\t*/", Spot::LineEnd),
    place("on a line of its own", "// %", Spot::Empty),
    place("in a block of its own", "  /* % */", Spot::Empty),
    place("far to the right", "            // %", Spot::Empty),
    place("on lines of its own", "/*\n  %\n\n\t*/", Spot::Empty),
    place("before a line", "/* % */", Spot::LineBegin),
    place("on a new line", "// %\n", Spot::LineBegin),
    place("between tokens", "/*%*/", Spot::Code),
    place("between tokens, with blanks", " /* % */ ", Spot::Code),
    place("over lines between tokens", "/* %\n % */", Spot::Code),
    place("in a directive", "/*%*/", Spot::Directive),
    place("in a directive, with blanks", " /* % */\t", Spot::Directive),
    place("over lines in a directive", "/*%\n%*/", Spot::Directive),
    Place { is_idle: false, ..place("that goes on", " // % \\\n % \\\n", Spot::LineEnd) },
];

/// Sayings of one width, so that another one moves nothing. The first ones are such that no compiler reads them.
pub const SAYINGS: [&str; 24] = [
    "one                       ",
    "Copyright (c) 2025-2026   ",
    "it's a \"quote             ",
    "it isn't \" closed ' at all",
    "// twice // or more       ",
    "#include <nothing.h>      ",
    "#define WALK_USED 9       ",
    "__DATE__ __TIME__ __FILE__",
    "/home/me/build/x/src/q0.c ",
    "WALK_TEXT ZQJ_LEVEL STED  ",
    "#pragma once              ",
    "R\"( and \\n, a\\b, #error x ",
    ".incbin \"blob.bin\"        ",
    // From here on some compiler may read it.
    "fall through              ",
    "FALLTHRU                  ",
    "@-fallthrough@            ",
    "opened /* again           ",
    "closed */ 2               ",
    "gr\u{fc}\u{df}e \u{2014} \u{e9}             ",
    "\u{202e} turned                 ",
    "\\u202e and ??/            ",
    "its end is a backslash   \\",
    "\\param nobody              ",
    "a very long saying that goes on and on, past the width of a line of which compilers keep columns, and then some more, and yet some more of it",
];

/// How many of [`SAYINGS`] no compiler reads.
pub const UNREAD: usize = 13;

impl Remark {
    /// Some comment; `unread`: no compiler reads it.
    pub fn drawn(rng: &mut Rng, unread: bool) -> Self {
        let says = rng.usize(..if unread { UNREAD } else { SAYINGS.len() });
        let place = rng.usize(..if unread { UNREAD_PLACES } else { PLACES.len() });
        Self { place, at: rng.usize(..200), says }
    }

    /// Puts the comment into a text; it stays as it is if it has no such place.
    pub fn put(&self, text: &str) -> String {
        let place = &PLACES[self.place];
        let spots = spots(text, place.spot);
        let Some(at) = spots.get(self.at % spots.len().max(1)) else { return text.to_owned() };
        let says = SAYINGS[self.says];
        let says = if place.form.contains("/*") { says.replace("*/", "* /") } else { says.to_owned() };
        // A backslash at the end of a line comment has it go on, which is one of the things to try.
        let comment = place.form.replace('%', &says);
        format!("{}{comment}{}", &text[..*at], &text[*at..])
    }
}

/// The offsets at which a comment can stand.
fn spots(text: &str, wanted: Spot) -> Vec<usize> {
    let mut spots = Vec::new();
    let mut begin = 0;
    let mut is_continued = false;
    for line in text.split('\n') {
        let code = line.trim();
        match wanted {
            Spot::Empty if code.is_empty() && begin < text.len() => spots.push(begin),
            Spot::LineEnd if !code.is_empty() && !line.ends_with('\\') => spots.push(begin + line.len()),
            Spot::LineBegin if !code.is_empty() => spots.push(begin),
            Spot::Code if !code.starts_with('#') && !is_continued => {
                spots.extend(borders(line).into_iter().map(|at| begin + at));
            }
            Spot::Directive if code.starts_with('#') => {
                spots.extend(borders(line).into_iter().map(|at| begin + at));
            }
            _ => {}
        }
        is_continued = line.ends_with('\\');
        begin += line.len() + 1;
    }
    spots
}

/// Where tokens begin in a line, outside of literals and comments.
fn borders(line: &str) -> Vec<usize> {
    let bytes = line.as_bytes();
    let is_word = |at: usize| bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_';
    let mut borders = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' => at += 1,
            quote @ (b'"' | b'\'') => {
                borders.push(at);
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                at += 1;
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => return borders,
            b'#' if bytes.get(at + 1) == Some(&b'#') => {
                borders.extend([at, at + 2]);
                at += 2;
            }
            _ if is_word(at) => {
                borders.push(at);
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            }
            byte => {
                borders.extend(byte.is_ascii().then_some(at));
                at += 1;
            }
        }
    }
    borders.retain(|at| line.is_char_boundary(*at));
    borders
}
