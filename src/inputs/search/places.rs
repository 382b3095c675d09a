//! The places at which a directive looks.

use super::super::search_path::IncludePath;
use crate::paths;
use crate::text::{IncludeForm, Mention};

/// A place where a directive looks.
pub(super) struct Spot {
    pub(super) path: Vec<u8>,
    /// A file found there is a system header.
    pub(super) system: bool,
    /// The directory's number in the include path, and the last number under which it stands there.
    pub(super) number: usize,
    pub(super) last: usize,
}

/// Where a directive looks, in order. `system`: it stands in a system header, so that what it finds is one too.
///
/// `#include_next` goes on behind the place where its own file was found. That place is not known here, so all places count: the quoted
/// part of the path too, for a file that stood beside its includer, and the file's own directory, for `#include_next` in the source itself.
pub(super) fn places<'a>(
    path: &'a IncludePath,
    mention: &'a Mention,
    dir: &'a [u8],
    system: bool,
) -> impl Iterator<Item = Spot> + use<'a> {
    let is_absolute = mention.name.first() == Some(&b'/');
    let quoted = mention.form == IncludeForm::Quote;
    let own = if is_absolute { Some(mention.name.clone()) } else { quoted.then(|| paths::join(dir, &mention.name)) };
    let own = own.map(|path| Spot { path, system, number: 0, last: 0 });
    let from = if quoted || mention.next { 0 } else { path.angle };
    let dirs = path.dirs.iter().enumerate().skip(if is_absolute { path.dirs.len() } else { from });
    own.into_iter().chain(dirs.map(move |(number, dir)| Spot {
        path: paths::join(&dir.path, &mention.name),
        system: dir.system || system,
        number,
        last: dir.last,
    }))
}
