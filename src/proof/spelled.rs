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

/// The parts of the place that lie below paths in a text.
pub fn of_mentioned_above<'a>(place: &Place, mentioned: impl IntoIterator<Item = &'a [u8]>) -> Bound {
    let mut bound = Bound::NOTHING;
    for path in mentioned {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        // A slash alone divides, in most texts.
        for (base, prefix) in place.bases().filter(|_| !path.is_empty()) {
            if prefix.strip_prefix(path).is_some_and(|rest| rest.first() == Some(&b'/')) {
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
        let given = place.given_needles().into_iter().map(|needle| (Bound::GIVEN, needle));
        let mut spellings: Vec<(Bound, Vec<u8>)> = Vec::new();
        let mut unsearchable = Bound::NOTHING;
        for (part, needle) in roots.chain(toolchain).chain(named).chain(given) {
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
    use crate::paths::NamedRoot;

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

    /// Each way to write a name is looked for by itself.
    #[test]
    fn names_that_are_written_in_many_ways() {
        let place = Place::new("/w/it's \u{e9}".into(), None, "/w/it's \u{e9}".into(), None, &[], &[]);
        for output in [
            &b"x/w/it's \xc3\xa9/a.c"[..],
            b"_GLOBAL__sub_I__w_it_s____a.c",
            b"_GLOBAL__sub_I_.w.it.s....a.c",
            b"\t.string \"/w/it's \\303\\251/a.c\"",
            b"'-I' '/w/it'\\''s \xc3\xa9/inc'",
        ] {
            assert_eq!(spelled(&place, [output]), Bound::ROOT, "{}", String::from_utf8_lossy(output));
        }
        assert_eq!(spelled(&place, [&b"/w/its/a.c"[..]]), Bound::NOTHING);
    }

    #[test]
    fn places_that_no_search_finds() {
        let place = |root: &str| Place::new(root.into(), None, root.into(), None, &[], &[]);
        assert_eq!(spelled(&place("/w/a\nb"), [&b""[..]]), Bound::ROOT);
        assert_eq!(spelled(&place("/"), [&b""[..]]), Bound::ROOT);
        assert_eq!(spelled(&place("/w"), [&b""[..]]), Bound::NOTHING);
    }

    #[test]
    fn named_roots_are_looked_for() {
        let kit = NamedRoot { name: "kit".to_owned(), path: "/kits/kit".into(), real: "/kits/kit".into() };
        let place = Place::new("/real".into(), None, "/real".into(), None, &[], &[kit]);
        assert_eq!(spelled(&place, [&b"/kits/kit/a.h"[..]]), Bound::NAMED);
        assert_eq!(spelled(&place, [&b"/kits/other/a.h"[..]]), Bound::NOTHING);
    }

    #[test]
    fn what_is_compressed_is_searched() {
        let bytes = |content: &[u8]| super::opaque::tests::link_time(content);
        assert_eq!(spelled(&place(), [bytes(b"x/real/proj/y").as_slice()]), Bound::ROOT);
        assert_eq!(spelled(&place(), [bytes(b"x/other/proj/y").as_slice()]), Bound::NOTHING);
        // A name that two windows share.
        let cut = [&vec![b'.'; super::super::unpack::WINDOW - 4][..], b"/real/proj"].concat();
        assert_eq!(spelled(&place(), [bytes(&[&cut[..], &[b'.'; 100]].concat()).as_slice()]), Bound::ROOT);
    }

    #[test]
    fn mentioned_paths_lead_into_the_place() {
        let place = Place::new("/my proj".into(), None, "/my proj".into(), None, &[], &[]);
        let bound = |path: &[u8]| of_mentioned(&place, [&path.to_vec()]);
        for path in [&b"/my proj"[..], b"/my proj/a.h", b"/my"] {
            assert_eq!(bound(path), Bound::ROOT, "{}", String::from_utf8_lossy(path));
        }
        for path in [&b"/my projects/a.h"[..], b"/m", b"/other"] {
            assert_eq!(bound(path), Bound::NOTHING, "{}", String::from_utf8_lossy(path));
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
