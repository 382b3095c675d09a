//! The facts of a text as bytes, which memos keep (see [`crate::disk::memo`]).

use super::conditions::Needs;
use super::facts::{Dated, Facts, HeaderMacro, IncludeForm, Mention, Waiting};
use super::words::WordSet;
use crate::codec::{Reader, Writer};

/// The version of the facts. It changes whenever a scan finds other facts than before: texts with older facts are then scanned again.
pub(super) const FORMAT: u8 = 24;

/// What an encoded byte takes.
const BYTE: usize = 1;

/// What an encoded [`u32`] takes. A list and a text take as much for their length alone.
const U32: usize = 4;

/// The least that an encoded [`Mention`] takes: its form, whether it is `next`, and its name.
const MENTION: usize = 2 * BYTE + U32;

impl Facts {
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
}
