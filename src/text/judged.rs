//! Comments that a text's [code](super::code) still holds, since compilers may judge them.
//!
//! ```c
//! /* Copyright © 2020 */      // bytes beyond ASCII
//! #define VERSION "1.2"
//! ```

use super::lexer::Regions;
use crate::digest::Digest;
use memchr::memmem;
use std::borrow::Cow;

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
        // `#include <sys/*.h>`, `#error /* so */`
        let line = &code[memchr::memrchr(b'\n', &code[..comment.start]).map_or(0, |end| end + 1)..comment.start];
        let is_none = ["include", "error", "warning"].iter().any(|word| memmem::find(line, word.as_bytes()).is_some());
        if is_none || text.ends_with(b"\\") || ["\\\n", "\\\r", "??/"].into_iter().any(goes_on) {
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
