//! Paths as bytes, put together and taken apart as they are spelled.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A path from bytes; on Unix every sequence of bytes is one.
pub fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// `dir/name` as a compiler builds it from a search directory and an include name.
pub fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    if dir.is_empty() || name.first() == Some(&b'/') {
        return name.to_vec();
    }
    let mut path = Vec::with_capacity(dir.len() + 1 + name.len());
    path.extend_from_slice(dir);
    if dir.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// Whether `path`, as spelled, lies below the directory `dir`, and is not `dir` itself. What follows `dir` begins with its slash.
pub fn is_below(path: &[u8], dir: &[u8]) -> bool {
    path.get(dir.len()) == Some(&b'/') && path.starts_with(dir)
}

/// What follows the directory `dir` in `path`, as spelled: nothing, or what begins with a slash. `None` if `path` is not in it.
pub(super) fn below<'p>(path: &'p [u8], dir: &[u8]) -> Option<&'p [u8]> {
    // Most directories are told from others by this one byte.
    let rest = path.get(dir.len()..)?;
    (matches!(rest.first(), None | Some(b'/')) && path.starts_with(dir)).then_some(rest)
}

/// An absolute path without `.`, `..` and slashes too many, as if nothing on it was a symlink.
pub fn normal(path: &[u8]) -> Vec<u8> {
    let mut components: Vec<&[u8]> = Vec::new();
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => drop(components.pop()),
            component => components.push(component),
        }
    }
    [b"/", components.join(&b'/').as_slice()].concat()
}

/// The directory part of a path as spelled, without its slash: empty for a bare name, `/` for a file in the root.
pub fn dir_of(path: &[u8]) -> &[u8] {
    match memchr::memrchr(b'/', path) {
        Some(0) => &path[..1],
        Some(at) => &path[..at],
        None => &[],
    }
}

/// A path as its directory, as in [`dir_of`], and its last component.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let dir = dir_of(path);
    let name = &path[dir.len()..];
    (dir, name.strip_prefix(b"/").unwrap_or(name))
}

/// What follows the last slash.
pub fn base_name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..])
}

/// `./x` as `x`: both compilers write depfiles so.
pub fn without_dot_slash(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path.strip_prefix(b"./") {
        path = rest;
        while let Some(rest) = path.strip_prefix(b"/") {
            path = rest;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_as_spelled() {
        assert_eq!(dir_of(b"a.c"), b"");
        assert_eq!(dir_of(b"/a.c"), b"/");
        assert_eq!(dir_of(b"x/y/a.c"), b"x/y");
        assert_eq!(join(b"", b"a"), b"a");
        assert_eq!(join(b"x", b"a"), b"x/a");
        assert_eq!(join(b"x", b"/a"), b"/a");
        assert_eq!(without_dot_slash(b".//./a"), b"a");
    }
}
