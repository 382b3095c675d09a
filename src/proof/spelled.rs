//! Whether the outputs of a compile spell a part of the place.
//!
//! A directory is looked for as it is, and as compilers write it into symbols, assembly and recorded options. Compressed content is
//! opened and searched as well, see [`opaque`].

use super::bound::Bound;
use super::opaque;
use crate::paths::Place;
use memchr::memmem;

/// The parts of the place that are spelled in any of `outputs`. What cannot be searched may spell all of them.
pub fn spelled<'a>(place: &Place, outputs: impl IntoIterator<Item = &'a [u8]>) -> Bound {
    let needles = Needles::of(place);
    let mut bound = needles.unsearchable;
    if place.root_needles().is_empty() {
        bound |= Bound::ROOT;
    }
    for output in outputs {
        bound |= needles.within(output);
        let mut hidden = Bound::NOTHING;
        if opaque::reveal(output, needles.longest, &mut |content| hidden |= needles.within(content)).is_none() {
            return Bound::EVERYTHING;
        }
        bound |= hidden;
    }
    bound
}

/// The parts of the place that paths in a text lead into; `mentioned` are [`crate::text::Facts::absolute`].
pub fn of_mentioned<'a>(place: &Place, mentioned: impl IntoIterator<Item = &'a Vec<u8>>) -> Bound {
    let mut bound = Bound::NOTHING;
    for path in mentioned {
        for (base, prefix) in place.bases() {
            // `mentioned` paths end before a blank: `/my dir/a.h` is kept as `/my`, which leads into the root `/my dir`.
            let reaches = match path.strip_prefix(prefix) {
                Some(rest) => rest.first().is_none_or(|next| *next == b'/'),
                None => prefix.strip_prefix(path.as_slice()).is_some_and(|rest| crate::text::ends_a_path(rest[0])),
            };
            if reaches {
                bound |= Bound::of_base(base);
            }
        }
    }
    bound
}

/// The spellings of a place's directories, each with what finding it means.
struct Needles {
    finders: Vec<(Bound, memmem::Finder<'static>)>,
    /// The length of the longest.
    longest: usize,
    /// Parts whose directories have names that compilers write in too many ways.
    unsearchable: Bound,
}

impl Needles {
    fn of(place: &Place) -> Self {
        let roots = place.root_needles().into_iter().map(|needle| (Bound::ROOT, needle));
        let toolchain = place.toolchain_needles().into_iter().map(|needle| (Bound::TOOLCHAIN, needle));
        let named = place.named_needles().into_iter().map(|needle| (Bound::NAMED, needle));
        let mut spellings: Vec<(Bound, Vec<u8>)> = Vec::new();
        let mut unsearchable = Bound::NOTHING;
        for (part, needle) in roots.chain(toolchain).chain(named) {
            if needle.iter().any(u8::is_ascii_control) {
                unsearchable |= part;
            }
            for spelling in spellings_of(&needle) {
                if !spellings.contains(&(part, spelling.clone())) {
                    spellings.push((part, spelling));
                }
            }
        }
        let longest = spellings.iter().map(|(_, spelling)| spelling.len()).max().unwrap_or(0);
        let finder = |(part, spelling): (Bound, Vec<u8>)| (part, memmem::Finder::new(&spelling).into_owned());
        Self { finders: spellings.into_iter().map(finder).collect(), longest, unsearchable }
    }

    /// The parts of the place that are spelled in the bytes.
    fn within(&self, bytes: &[u8]) -> Bound {
        let found = self.finders.iter().filter(|(_, finder)| finder.find(bytes).is_some());
        found.fold(Bound::NOTHING, |bound, (part, _)| bound | *part)
    }
}

/// A directory as compilers write it.
fn spellings_of(needle: &[u8]) -> [Vec<u8>; 5] {
    // gcc makes a symbol of a file's name: `_GLOBAL__sub_I__ws_a.c` of `/ws/a.c`. It replaces each character that cannot stand in a
    // symbol, and so the slash behind the directory too.
    let mangled = |with: u8| {
        let mut spelling: Vec<u8> =
            needle.iter().map(|byte| if byte.is_ascii_alphanumeric() { *byte } else { with }).collect();
        spelling.push(with);
        spelling
    };
    // A string in assembly: gcc and clang write what is not plain in octal.
    let mut escaped = Vec::with_capacity(needle.len());
    // Options kept in link-time objects are quoted for a shell.
    let mut quoted = Vec::with_capacity(needle.len());
    for &byte in needle {
        match byte {
            b'"' | b'\\' => escaped.extend([b'\\', byte]),
            b' '..=b'~' => escaped.push(byte),
            _ => escaped.extend(format!("\\{byte:03o}").bytes()),
        }
        if byte == b'\'' {
            quoted.extend(b"'\\''");
        } else {
            quoted.push(byte);
        }
    }
    [needle.to_vec(), mangled(b'_'), mangled(b'.'), escaped, quoted]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::new("/real/proj".into(), None, "/real/proj".into(), Some("/opt/tool/lib/gcc/avr/5".into()), &[], &[])
    }

    #[test]
    fn spellings_of_the_place_are_found() {
        for (output, bound) in [
            (&b"nothing"[..], Bound::NOTHING),
            (b"x/real/proj/y", Bound::ROOT),
            (b"_GLOBAL__sub_I__real_proj_a.c", Bound::ROOT),
            (b"/opt/tool/lib/gcc/avr/5/include", Bound::TOOLCHAIN),
            (b"BC\xc0\xde", Bound::EVERYTHING),
        ] {
            assert_eq!(spelled(&place(), [output]), bound, "{}", String::from_utf8_lossy(output));
        }
    }

    #[test]
    fn offsets_beyond_everything_are_opaque() {
        let mut object = [0xff; 128];
        object[..6].copy_from_slice(b"\x7fELF\x02\x01");
        assert_eq!(spelled(&place(), [&object[..]]), Bound::EVERYTHING);
    }

    #[test]
    fn a_truncated_object_is_opaque() {
        assert_eq!(spelled(&place(), [&b"\x7fELF\x02\x01"[..]]), Bound::EVERYTHING);
    }
}
