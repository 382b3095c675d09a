//! Absolute paths in a text, wherever they stand: in a directive, in assembly, in what a diagnostic shows.
//!
//! ```c
//! const char *file = "/usr/share/dict/words";
//! ```

use super::facts::{Facts, push_new};
use super::words::WordSet;

/// How many absolute paths of one text are kept. A text with more keeps none of them and has [`WordSet::PATHS`].
const PATHS: usize = 64;

/// How many bytes of one path are looked at.
const LONGEST: usize = 1024;

/// Whether a path in a text is taken to end before this byte. A directory's name may hold such a byte all the same: of
/// `"/home/me/My Files/a.h"` the scan keeps `/home/me/My`.
pub fn ends_a_path(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'<>`()|;,\\".contains(&byte)
}

impl Facts {
    /// Finds the absolute paths of the text. `a / b`, `// comment` and `src/a.h` hold none, and neither does `/x`, which has one
    /// component and is not cut short.
    pub(super) fn find_paths(&mut self, text: &[u8]) {
        for at in memchr::memchr_iter(b'/', text) {
            let continues = |byte: &u8| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'*' | b'-' | b')' | b']')
            };
            let begins = |byte: &u8| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'*' | b'=');
            if text[..at].last().is_some_and(continues) || !text.get(at + 1).is_some_and(begins) {
                continue;
            }
            let path = &text[at..text.len().min(at + LONGEST)];
            let len = path.iter().position(|byte| ends_a_path(*byte)).unwrap_or(path.len());
            let cut = text.get(at + len).is_some_and(|byte| matches!(byte, b' ' | b'\''));
            if cut || memchr::memchr(b'/', &path[1..len]).is_some() {
                push_new(&mut self.absolute, path[..len].to_vec());
                if self.absolute.len() > PATHS {
                    return;
                }
            }
        }
    }

    /// Puts the paths in order. Where there are more than [`PATHS`], none is kept.
    pub(super) fn order_paths(&mut self) {
        self.absolute.sort_unstable();
        self.absolute.dedup();
        if self.absolute.len() > PATHS {
            self.absolute.clear();
            self.words |= WordSet::PATHS;
        }
    }
}
