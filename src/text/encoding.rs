//! The facts of a text as bytes, which memos keep (see [`crate::disk::memo`]).

use super::conditions::Needs;
use super::definitions::{self, Line};
use super::facts::{Dated, Facts, HeaderMacro, IncludeForm, Mention, Waiting};
use super::vocabulary::Vocabulary;
use super::words::WordSet;
use crate::codec::{Reader, Writer};

/// The version of the facts. It changes whenever a scan finds other facts than before: texts with older facts are then scanned again. The
/// two numbers above it are [`OF_CODE`] and [`OF_BOTH`], so the next version is three more.
pub(super) const FORMAT: u8 = 75;

/// Begins findings of the text alone.
pub(super) const OF_TEXT: u8 = FORMAT;
/// Begins findings of the code alone.
pub(super) const OF_CODE: u8 = FORMAT + 1;
/// Begins findings of both.
pub(super) const OF_BOTH: u8 = FORMAT + 2;

/// What an encoded byte takes.
const BYTE: usize = 1;

/// What an encoded [`u32`] takes. A list and a text take as much for their length alone.
const U32: usize = 4;

/// The least that an encoded [`Mention`] takes: its form, whether it is `next`, and its name.
const MENTION: usize = 2 * BYTE + U32;

/// What of a text facts are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// All of it: comments may matter.
    Text,
    /// Its [code](super::code).
    Code,
}

/// What the scan of a text found, as a memo keeps it: the facts of one reading or of both, and the words of its code.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'f> {
    /// The facts of the text.
    text: Option<&'f [u8]>,
    /// Those of the code.
    code: Option<&'f [u8]>,
    definitions: &'f [u8],
    vocabulary: &'f [u8],
}

/// What was found of a text's code.
pub(super) struct OfCode {
    /// Its facts.
    pub(super) facts: Facts,
    /// Its lines, if it holds definitions alone.
    pub(super) definitions: Vec<Line>,
}

impl<'f> Findings<'f> {
    /// Encodes it. Where a text is its code, the facts of the code are given alone, and `is_all` says so.
    pub(super) fn encode(text: Option<&Facts>, code: Option<&OfCode>, is_all: bool, words: &Vocabulary) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(if is_all || text.is_some() && code.is_some() {
            OF_BOTH
        } else if code.is_some() {
            OF_CODE
        } else {
            OF_TEXT
        });
        out.bytes(&text.map_or_else(Vec::new, Facts::encode));
        if let Some(code) = code {
            out.bytes(&code.facts.encode()).bytes(&definitions::encode(&code.definitions));
        }
        words.encode(&mut out);
        out.0
    }

    /// Reads what a [scan](Facts::scan) found; `None` if it is of another format.
    pub fn read(bytes: &'f [u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let format = from.byte()?;
        let text = from.bytes()?;
        match format {
            OF_TEXT => Some(Self { text: Some(text), code: None, definitions: &[], vocabulary: from.0 }),
            OF_CODE | OF_BOTH => {
                let code = from.bytes()?;
                let text = (format == OF_BOTH).then_some(if text.is_empty() { code } else { text });
                Some(Self { text, code: Some(code), definitions: from.bytes()?, vocabulary: from.0 })
            }
            _ => None,
        }
    }

    /// The facts of one reading; `None` if that was not scanned.
    pub fn facts(&self, reading: Reading) -> Option<Facts> {
        Facts::decode(if reading == Reading::Text { self.text? } else { self.code? })
    }

    /// The lines of a text whose code holds nothing but [definitions]; none for any other.
    pub fn definitions(&self) -> Option<Vec<Line>> {
        definitions::decode(self.definitions).filter(|lines| !lines.is_empty())
    }

    /// Whether the code holds nothing but [definitions].
    pub fn is_definitions(&self) -> bool {
        // No lines are their number alone.
        self.definitions.len() > U32
    }

    /// The words of the code.
    pub fn vocabulary(&self) -> Option<Vocabulary> {
        let mut from = Reader(self.vocabulary);
        let vocabulary = Vocabulary::decode(&mut from)?;
        from.end()?;
        Some(vocabulary)
    }
}

impl Facts {
    /// The facts of one reading, of what a [scan](Facts::scan) found; `None` if it is of another format, or of the other reading alone.
    pub fn found(bytes: &[u8], reading: Reading) -> Option<Self> {
        Findings::read(bytes)?.facts(reading)
    }

    /// Encodes facts for a memo.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORMAT).u32(self.words.bits());
        for mentions in [&self.includes, &self.asked] {
            out.count(mentions.len());
            for mention in mentions {
                put_mention(&mut out, mention);
            }
        }
        out.count(self.waiting.len());
        for Waiting { mention, needs } in &self.waiting {
            put_mention(&mut out, mention);
            out.count(needs.len());
            for group in needs {
                put_texts(&mut out, group);
            }
        }
        out.count(self.defined.len());
        for name in &self.defined {
            out.u32(*name);
        }
        out.count(self.macros.len());
        for found in &self.macros {
            out.byte(found.form as u8).bytes(&found.name).bytes(&found.header);
        }
        put_texts(&mut out, &self.wrappers);
        out.count(self.dated.len());
        for dated in &self.dated {
            out.u32(dated.word.bits()).bytes(&dated.name);
        }
        put_texts(&mut out, &self.pieces);
        put_texts(&mut out, &self.absolute);
        out.0
    }

    /// Decodes what [`Facts::encode`] encoded; `None` if it is of another format.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.byte()? != FORMAT {
            return None;
        }
        let words = WordSet::from_bits(from.u32()?);
        let includes = list(&mut from, MENTION, mention)?;
        let asked = list(&mut from, MENTION, mention)?;
        let waiting =
            list(&mut from, MENTION + U32, |from| Some(Waiting { mention: mention(from)?, needs: needs(from)? }))?;
        let defined = list(&mut from, U32, Reader::u32)?;
        let macros = list(&mut from, BYTE + 2 * U32, |from| {
            Some(HeaderMacro { form: form(from)?, name: text(from)?, header: text(from)? })
        })?;
        let wrappers = list(&mut from, U32, text)?;
        let dated =
            list(&mut from, 2 * U32, |from| Some(Dated { word: WordSet::from_bits(from.u32()?), name: text(from)? }))?;
        let pieces = list(&mut from, U32, text)?;
        let absolute = list(&mut from, U32, text)?;
        from.end()?;
        Some(Self { includes, waiting, asked, macros, wrappers, dated, defined, pieces, absolute, words })
    }
}

fn put_mention(out: &mut Writer, mention: &Mention) {
    out.byte(mention.form as u8).byte(u8::from(mention.next)).bytes(&mention.name);
}

fn put_texts(out: &mut Writer, texts: &[Vec<u8>]) {
    out.count(texts.len());
    for text in texts {
        out.bytes(text);
    }
}

/// A list of things that take at least `min_size` bytes each.
fn list<'a, T>(
    from: &mut Reader<'a>,
    min_size: usize,
    mut one: impl FnMut(&mut Reader<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = from.count(min_size)?;
    (0..count).map(|_| one(from)).collect()
}

fn mention(from: &mut Reader<'_>) -> Option<Mention> {
    Some(Mention { form: form(from)?, next: from.byte()? != 0, name: text(from)? })
}

fn needs(from: &mut Reader<'_>) -> Option<Needs> {
    list(from, U32, |from| list(from, U32, text))
}

fn text(from: &mut Reader<'_>) -> Option<Vec<u8>> {
    from.bytes().map(<[u8]>::to_vec)
}

fn form(from: &mut Reader<'_>) -> Option<IncludeForm> {
    let byte = from.byte()?;
    [IncludeForm::Quote, IncludeForm::Angle, IncludeForm::Computed].into_iter().find(|form| *form as u8 == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_encoding_and_damage_is_refused() {
        let text = b"#include <a.h>\n#include_next \"b.h\"\n#if __has_include(<c.h>)\n#define H <x.h>\n__DATE__";
        let bytes = Facts::of(text).encode();
        assert_eq!(Facts::decode(&bytes), Some(Facts::of(text)));
        for len in 0..bytes.len() {
            assert_eq!(Facts::decode(&bytes[..len]), None);
        }
    }

    #[test]
    fn text_and_code_are_told_apart() {
        let (text, code) = (Facts::of(b"/* \"/ws/a.h\" */ int a;"), Facts::of(b"int a;"));
        assert_ne!(text, code);
        let words = Vocabulary::of(b"int a;");
        let lines = definitions::items(b"#define A 1\n").unwrap();
        let of_code = OfCode { facts: code.clone(), definitions: lines.clone() };
        let bytes = Findings::encode(Some(&text), Some(&of_code), false, &words);
        let found = Findings::read(&bytes).unwrap();
        assert!(found.is_definitions());
        assert_eq!(found.definitions(), Some(lines));
        assert_eq!(found.vocabulary().as_ref(), Some(&words));
        assert_eq!(Facts::found(&bytes, Reading::Text).as_ref(), Some(&text));
        assert_eq!(Facts::found(&bytes, Reading::Code).as_ref(), Some(&code));
        // One alone.
        let alone = Findings::encode(Some(&text), None, false, &words);
        assert_eq!(Facts::found(&alone, Reading::Text).as_ref(), Some(&text));
        assert_eq!(Facts::found(&alone, Reading::Code), None);
        assert_eq!(Findings::read(&alone).unwrap().definitions(), None);
        assert_eq!(Findings::read(&alone).unwrap().vocabulary().as_ref(), Some(&words));
        let alone = Findings::encode(None, Some(&of_code), false, &words);
        assert_eq!(Facts::found(&alone, Reading::Text), None);
        assert_eq!(Facts::found(&alone, Reading::Code).as_ref(), Some(&code));
        // A text that is its code.
        let all = Findings::encode(None, Some(&of_code), true, &words);
        assert_eq!(
            [Reading::Text, Reading::Code].map(|reading| Facts::found(&all, reading)),
            [Some(code.clone()), Some(code)]
        );
        for len in 0..bytes.len() {
            assert!(Findings::read(&bytes[..len]).is_none_or(|found| found.vocabulary().is_none()));
        }
    }
}
