//! Comments that a text's [code](super::code) still holds, since compilers may judge them: which these are, and a code without them.
//!
//! ```c
//! /* Copyright © 2020 */      // bytes beyond ASCII
//! #define VERSION "1.2"
//! ```

use super::lexer::Regions;
use super::plain::split_word;
use crate::digest::Digest;
use memchr::memmem;
use std::borrow::Cow;

/// What follows `??` in a trigraph (C17, 5.2.1.1).
const TRIGRAPHS: &[u8] = b"=/'()!<>-";

/// Comments, each with where it begins.
pub(super) type Remarks = Vec<(usize, Digest)>;

/// The code without the comments that it still holds, and those of them that compilers may judge. `None` where it is not sure what
/// is a comment. What stands for a comment that is none any more is blank.
pub(super) fn without_comments(code: &[u8]) -> Option<(Cow<'_, [u8]>, Remarks)> {
    if !["/*", "//"].iter().any(|sign| memmem::find(code, sign.as_bytes()).is_some()) {
        return Some((Cow::Borrowed(code), Vec::new()));
    }
    let regions = Regions::of(code);
    let mut out = code.to_vec();
    let mut judged = Vec::new();
    for comment in regions.comments(code)? {
        let text = &code[comment.clone()];
        let goes_on = |sign: &str| memmem::find(text, sign.as_bytes()).is_some();
        let line = &code[memchr::memrchr(b'\n', &code[..comment.start]).map_or(0, |end| end + 1)..comment.start];
        let is_none = match place(line) {
            Place::Message => memchr::memchr(b'\n', text).is_some(),
            place => place == Place::Unsure,
        };
        let is_open = text.starts_with(b"/*") && !(text.len() >= b"/**/".len() && text.ends_with(b"*/"));
        if is_none || is_open || text.ends_with(b"\\") || ["\\\n", "\\\r", "??/"].into_iter().any(goes_on) {
            return None;
        }
        let is_left = |byte: &u8| matches!(byte, b'/' | b'*' | b'-' | b' ' | b'\t' | b'\r' | b'\n');
        if !text.iter().all(is_left) || memmem::find(&text[2..], b"/*").is_some() {
            judged.push((comment.start, Digest::of_bytes(text)));
        }
        // Nothing ends the line of a directive in it.
        out[comment].fill(b' ');
    }
    Some((Cow::Owned(out), judged))
}

/// Where a comment stands, by what is before it on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where it is a comment.
    Sure,
    /// In a message, or a pragma, which compilers take as it is: `#error /* so */`.
    Message,
    /// Where it may be none: `#include <sys/*.h>`.
    Unsure,
}

fn place(line: &[u8]) -> Place {
    let Some(directive) = line.trim_ascii_start().strip_prefix(b"#") else {
        // A line that goes on, or a comment before the directive.
        let is_named = |word: &&str| memmem::find(line, word.as_bytes()).is_some();
        let names = ["include", "import", "error", "warning"];
        return if names.iter().any(is_named) { Place::Unsure } else { Place::Sure };
    };
    let (keyword, rest) = split_word(directive.trim_ascii_start());
    match keyword {
        b"pragma" if split_word(rest.trim_ascii_start()).0 == b"once" => Place::Sure,
        b"error" | b"warning" | b"pragma" => Place::Message,
        b"include" | b"include_next" | b"import" => {
            let header = rest.trim_ascii_start();
            let end = match header.first() {
                Some(b'<') => b'>',
                _ => b'"',
            };
            let is_closed = header.get(1..).is_some_and(|name| memchr::memchr(end, name).is_some());
            if matches!(header.first(), Some(b'<' | b'"')) && is_closed { Place::Sure } else { Place::Unsure }
        }
        _ => Place::Sure,
    }
}

/// Whether a compiler may read a comment, or warn of it: of another that opens in it, of bytes beyond ASCII, of trigraphs and of names of
/// characters (`\u202e`, but not `\union`). Remarks that a `case` falls through count too.
pub(super) fn is_judged(comment: &[u8]) -> bool {
    let is_odd = |byte: &u8| !matches!(*byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let names_character = |at: usize| match comment[at + 1..] {
        [b'u' | b'U', first, ..] => first.is_ascii_hexdigit() || first == b'{',
        [b'N', first, ..] => first == b'{',
        _ => false,
    };
    comment.iter().any(is_odd)
        || memmem::find(&comment[2..], b"/*").is_some()
        || memmem::find_iter(comment, b"??").any(|at| comment.get(at + 2).is_some_and(|last| TRIGRAPHS.contains(last)))
        || memchr::memchr_iter(b'\\', comment).any(names_character)
        || memchr::memchr2_iter(b'f', b'F', comment).any(|at| is_remark(&comment[at..]))
}

/// Whether text begins like the heart of a remark that a `case` falls through. Its many spellings all hold `falls?[ \t-]*thr` in letters of
/// any case (GCC manual, `-Wimplicit-fallthrough=`). In a comment of several lines other signs may stand between.
///
/// ```c
/// /* FALLTHRU */      // else, falls through      /* fall-through */
/// ```
fn is_remark(text: &[u8]) -> bool {
    let begins =
        |text: &[u8], word: &[u8]| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    if !begins(text, b"fall") {
        return false;
    }
    let rest = &text[b"fall".len()..];
    let rest = if begins(rest, b"s") { &rest[1..] } else { rest };
    let between = rest.iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    begins(&rest[between..], b"thr")
}
