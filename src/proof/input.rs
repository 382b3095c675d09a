//! What a stored result hangs on: a manifest is a list of these, and nothing else decides about a hit.

use super::bound::Bound;
use crate::codec::{Reader, Writer};
use crate::digest::{CodeId, ContentId, Digest, FieldHasher};
use crate::inputs::Absence;
use crate::paths::{Base, Rooted};

/// One thing that must be here as it was where the result was made. [`hold`](super::hold) looks.
///
/// The kinds stand in the order in which a lookup asks them, the cheap ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The parts of the place that the outputs depend on.
    /// Held by `proof::tests::what_ties_a_result_to_its_place`.
    Place {
        /// Which.
        bound: Bound,
        /// Their digest.
        digest: Digest,
    },
    /// The date that the environment gives: the outputs show it.
    /// Held by `reasons::what_no_longer_holds`.
    Date {
        /// The digest of the variable's value.
        digest: Digest,
    },
    /// The source with all of its text. The first key holds its code alone.
    /// Held by `comments::judged::results_that_show_comments`.
    Source {
        /// The digest of its content.
        content: ContentId,
    },
    /// A file that was read.
    /// Held by `reasons::what_no_longer_holds`.
    File {
        /// Where.
        path: Rooted,
        /// The digest of its content.
        content: ContentId,
        /// The digest of its code, if the result hangs on nothing else of it. It is left out where it is that of the content.
        code: Option<CodeId>,
        /// It holds nothing but definitions, and the result hangs on those alone that something else asks for.
        definitions: bool,
        /// The file lies outside of every base, and the result is not bound to the root. It then holds only where no base reaches the
        /// path, and no prefix map ends within a name of it: `-ffile-prefix-map=/ws=.` would make `.2/a.h` of `/ws2/a.h`.
        outside: bool,
    },
    /// Names that were looked for in a directory, in vain.
    /// Held by `absences::search_path::a_header_comes_earlier_on_the_search_path`.
    Absent(Absent),
    /// Files of equal content, of which the compiler may have read one for all.
    /// Held by `reasons::what_no_longer_holds`.
    Twins {
        /// When they count as the same.
        rule: Rule,
        /// The files, those of equal content together.
        groups: Vec<Vec<Rooted>>,
        /// The digest of which of them are the same.
        digest: Digest,
    },
}

/// When a compiler takes a file for one that it has read already, under `#pragma once`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Rule {
    /// gcc: both were changed in the same second, and their contents are equal (libcpp, `has_unique_contents`).
    Ages = 1,
    /// clang: both are one file.
    Links = 2,
}

/// Names that are absent in one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The directory.
    pub dir: Rooted,
    /// The digest of `names`, under which a memo can say that they were looked for.
    pub digest: Digest,
    /// What is absent. A name may hold slashes (`sys/x.h`).
    pub names: AbsentNames,
}

/// A list of absences, kept as it is stored. A memo mostly answers for the whole list, and then no name is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsentNames(Vec<u8>);

impl AbsentNames {
    const FILE: u8 = 1;
    const PRECOMPILED: u8 = 2;
    const NOTHING: u8 = 3;

    /// Puts absences into a list.
    pub fn new(names: &[Absence<Vec<u8>>]) -> Self {
        let mut out = Writer::default();
        for absence in names {
            match absence {
                Absence::Nothing(name) => out.byte(Self::NOTHING).bytes(name),
                Absence::File(name) => out.byte(Self::FILE).bytes(name),
                Absence::Precompiled(dir) => out.byte(Self::PRECOMPILED).bytes(dir),
            };
        }
        Self(out.0)
    }

    /// The absences, in order.
    pub fn iter(&self) -> impl Iterator<Item = Absence<&[u8]>> {
        let mut from = Reader(&self.0);
        std::iter::from_fn(move || {
            let kind = from.byte()?;
            let name = from.bytes()?;
            Some(match kind {
                Self::FILE => Absence::File(name),
                Self::PRECOMPILED => Absence::Precompiled(name),
                // Of a kind that nobody writes the strictest is asked.
                _ => Absence::Nothing(name),
            })
        })
    }
}

impl Absent {
    /// Absences in `dir`, sorted.
    pub fn new(dir: Rooted, names: &[Absence<Vec<u8>>]) -> Self {
        let names = AbsentNames::new(names);
        let digest = FieldHasher::new("packer-cc absent 3").field("names", &names.0).finish();
        Self { dir, digest, names }
    }
}

impl Input {
    /// The fewest bytes of one, its kind included.
    pub const SHORTEST: usize = 1 + 32;

    /// Its place in a list: what is cheap to look at and tells most comes first. It is also the byte of its kind in a manifest.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Place { .. } => PLACE,
            Self::Date { .. } => DATE,
            Self::Source { .. } => SOURCE,
            Self::File { .. } => FILE,
            Self::Absent(_) => ABSENT,
            Self::Twins { .. } => TWINS,
        }
    }

    /// Writes it.
    pub fn encode(&self, out: &mut Writer) {
        out.byte(self.rank());
        match self {
            Self::Place { bound, digest } => drop(out.byte(bound.byte()).digest(digest)),
            Self::Date { digest } => drop(out.digest(digest)),
            Self::Source { content } => drop(out.digest(&content.0)),
            Self::File { path, content, code, definitions, outside } => {
                let flags = [(*outside, IS_OUTSIDE), (code.is_some(), HAS_CODE), (*definitions, IS_DEFINITIONS)];
                let flags = flags.into_iter().filter(|(is_so, _)| *is_so).map(|(_, flag)| flag).sum();
                rooted(out, path).digest(&content.0).byte(flags);
                if let Some(code) = code {
                    out.digest(&code.0);
                }
            }
            Self::Absent(Absent { dir, digest, names }) => drop(rooted(out, dir).digest(digest).bytes(&names.0)),
            Self::Twins { rule, groups, digest } => {
                out.byte(*rule as u8).digest(digest).count(groups.len());
                for group in groups {
                    out.count(group.len());
                    for path in group {
                        rooted(out, path);
                    }
                }
            }
        }
    }

    /// Reads one; `None` for what [`encode`](Self::encode) would not have written.
    #[inline]
    pub fn decode(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.byte()? {
            PLACE => Self::Place { bound: Bound::from_byte(from.byte()?)?, digest: from.digest()? },
            DATE => Self::Date { digest: from.digest()? },
            SOURCE => Self::Source { content: ContentId(from.digest()?) },
            FILE => {
                let (path, content) = (read_rooted(from)?, ContentId(from.digest()?));
                let flags = from.byte()?;
                let code = if flags & HAS_CODE == 0 { None } else { Some(CodeId(from.digest()?)) };
                let [definitions, outside] = [IS_DEFINITIONS, IS_OUTSIDE].map(|flag| flags & flag != 0);
                Self::File { path, content, code, definitions, outside }
            }
            ABSENT => {
                let (dir, digest) = (read_rooted(from)?, from.digest()?);
                Self::Absent(Absent { dir, digest, names: AbsentNames(from.bytes()?.to_vec()) })
            }
            TWINS => {
                let byte = from.byte()?;
                let rule = [Rule::Ages, Rule::Links].into_iter().find(|rule| *rule as u8 == byte)?;
                let digest = from.digest()?;
                let mut groups = Vec::new();
                for _ in 0..from.count(SHORTEST_GROUP)? {
                    let mut group = Vec::new();
                    for _ in 0..from.count(SHORTEST_PATH)? {
                        group.push(read_rooted(from)?);
                    }
                    groups.push(group);
                }
                Self::Twins { rule, groups, digest }
            }
            _ => return None,
        })
    }
}

/// The digest of a date as the environment gives it. The value itself is not recorded.
pub(super) fn date_digest(date: &[u8]) -> Digest {
    FieldHasher::new("packer-cc date 1").field("date", date).finish()
}

/// The kinds of inputs as a manifest tells them apart, see [`Input::rank`].
const PLACE: u8 = 1;
const DATE: u8 = 2;
const SOURCE: u8 = 3;
const FILE: u8 = 4;
const ABSENT: u8 = 5;
const TWINS: u8 = 6;
/// What is said of a file by a byte.
const IS_OUTSIDE: u8 = 1;
const HAS_CODE: u8 = 2;
const IS_DEFINITIONS: u8 = 4;
/// The fewest bytes of a rooted path: its base, and a length.
const SHORTEST_PATH: usize = 1 + 4;
/// The fewest bytes of a list of paths: how many they are.
const SHORTEST_GROUP: usize = 4;

fn rooted<'w>(out: &'w mut Writer, path: &Rooted) -> &'w mut Writer {
    out.byte(path.base.byte()).bytes(&path.rest)
}

fn read_rooted(from: &mut Reader<'_>) -> Option<Rooted> {
    Some(Rooted { base: Base::from_byte(from.byte()?)?, rest: from.bytes()?.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(rest: &str) -> Rooted {
        Rooted { base: Base::Root, rest: rest.as_bytes().to_vec() }
    }

    #[test]
    fn every_kind_comes_back() {
        let digest = Digest([7; 32]);
        let inputs = [
            Input::Place { bound: Bound::ROOT | Bound::NAMES, digest },
            Input::Date { digest },
            Input::Source { content: ContentId(digest) },
            Input::File {
                path: path("/a.h"),
                content: ContentId(digest),
                code: None,
                definitions: true,
                outside: true,
            },
            Input::File {
                path: path("/a.h"),
                content: ContentId(digest),
                code: Some(CodeId(digest)),
                definitions: false,
                outside: false,
            },
            Input::Absent(Absent::new(
                path("/inc"),
                &[Absence::Nothing(b"a.h".to_vec()), Absence::File(b"b".to_vec())],
            )),
            Input::Twins { rule: Rule::Links, groups: vec![vec![path("/a.h"), path("/b.h")], Vec::new()], digest },
        ];
        for input in inputs {
            let mut out = Writer::default();
            input.encode(&mut out);
            assert!(out.0.len() >= Input::SHORTEST);
            let mut from = Reader(&out.0);
            assert_eq!(Input::decode(&mut from), Some(input));
            assert_eq!(from.end(), Some(()));
            assert_eq!(Input::decode(&mut Reader(&out.0[..out.0.len() - 1])), None);
        }
    }
}
