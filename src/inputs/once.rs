//! Twins: files that equal another under `#pragma once`.
//!
//! ```c
//! #include <s.h>    // says #pragma once
//! #include "u.h"    // equal to s.h: gcc reads it to compare, and skips it
//! ```
//!
//! No depfile names `u.h`, and yet the compile hangs on its content. Which content says `#pragma once` is only known when every file is
//! known, so this is judged of the frozen set.

use crate::digest::ContentId;
use rustc_hash::FxHashSet;

/// Of the files that a directive found and the compiler did not read, those that equal one it read. `digest` reads a file; one that it
/// cannot read is no twin.
pub fn twins<'s, E>(
    skipped: impl IntoIterator<Item = &'s Vec<u8>>,
    read: &FxHashSet<ContentId>,
    mut digest: impl FnMut(&[u8]) -> Result<ContentId, E>,
) -> Vec<(Vec<u8>, ContentId)> {
    let compared = skipped.into_iter().filter_map(|path| Some((path.clone(), digest(path).ok()?)));
    compared.filter(|(_, digest)| read.contains(digest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_files_count_and_others_do_not() {
        let of = |text: &[u8]| ContentId::of_bytes(text);
        let read = [of(b"one")].into_iter().collect();
        let skipped = [b"a.h".to_vec(), b"b.h".to_vec(), b"gone.h".to_vec()];
        let digest = |path: &[u8]| match path {
            b"a.h" => Ok(of(b"one")),
            b"b.h" => Ok(of(b"two")),
            _ => Err(()),
        };
        assert_eq!(twins(&skipped, &read, digest), [(b"a.h".to_vec(), of(b"one"))]);
    }
}
