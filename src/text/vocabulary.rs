//! The words of a text: which macros it could ask for.
//!
//! ```c
//! #if ENABLE_DATE && IS(TIME)
//! ```
//!
//! A word counts wherever it stands, in a string and in a branch that is skipped too. It is kept by its hash: where two words have the same
//! hash, a name may be taken for one that stands in the text. That can cost a hit and never grants one.

use super::facts::name_hash;
use super::lexer::{Region, Regions, is_word, readings};
use super::signs::{OPERATOR, sign_of};
use crate::codec::{Reader, Writer};
use memchr::memmem;
use rustc_hash::FxHashSet;

/// The words of one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vocabulary {
    /// It pastes words (`##`).
    pub pastes: bool,
    /// The words, each by its [`word_hash`]; the lowest bit says that it stands as a token, which can be pasted.
    words: Vec<u32>,
}

/// Says of a word in [`Vocabulary::words`] that it stands as a token.
const TOKEN: u32 = 1;

/// A word as a vocabulary keeps it.
pub fn word_hash(word: &[u8]) -> u32 {
    name_hash(word) & !TOKEN
}

impl Vocabulary {
    /// The words of the code of a text.
    pub fn of(code: &[u8]) -> Self {
        let mut words = FxHashSet::default();
        let mut pastes = false;
        for text in readings(code) {
            let has = |sign: &[u8]| memmem::find(&text, sign).is_some();
            pastes |= has(b"##") || has(b"%:%:");
            let regions = Regions::of(&text);
            for (at, word) in runs(&text) {
                // What looks like a comment may be none: `#include <sys/*x.h>`.
                let token = if regions.at(at) == Region::String { 0 } else { TOKEN };
                words.insert(word_hash(word) | token);
                words.extend(parts(word).map(|part| word_hash(part) | token));
                let behind = &text[at + word.len()..];
                words.extend(sign_of(word, behind, &text).iter().map(|sign| word_hash(sign)));
            }
        }
        let mut words: Vec<u32> = words.into_iter().collect();
        words.sort_unstable();
        Self { pastes, words }
    }

    /// Whether the text says the word.
    pub fn mentions(&self, word: &[u8]) -> bool {
        let hash = word_hash(word);
        [hash, hash | TOKEN].iter().any(|word| self.words.binary_search(word).is_ok())
    }

    /// Whether the text says one of the words as a token, each by its [`word_hash`].
    pub fn has_token_among(&self, words: &FxHashSet<u32>) -> bool {
        self.words.iter().any(|word| word & TOKEN != 0 && words.contains(&(word & !TOKEN)))
    }

    /// Encodes it for a memo.
    pub(super) fn encode(&self, out: &mut Writer) {
        out.byte(u8::from(self.pastes)).count(self.words.len());
        for word in &self.words {
            out.u32(*word);
        }
    }

    /// Decodes what [`encode`](Self::encode) encoded.
    pub(super) fn decode(from: &mut Reader<'_>) -> Option<Self> {
        let pastes = from.byte()? != 0;
        let count = from.count(size_of::<u32>())?;
        let words = (0..count).map(|_| from.u32()).collect::<Option<_>>()?;
        Some(Self { pastes, words })
    }
}

/// Macros of the compiler's own that paste a suffix to their argument.
pub const PREDEFINED_PASTES: [&[u8]; 10] = [
    b"__INT8_C",
    b"__INT16_C",
    b"__INT32_C",
    b"__INT64_C",
    b"__INTMAX_C",
    b"__UINT8_C",
    b"__UINT16_C",
    b"__UINT32_C",
    b"__UINT64_C",
    b"__UINTMAX_C",
];

/// The words that a word is where `$` and bytes beyond ASCII are none of its letters: `A` and `x` of `A→x`.
fn parts(word: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_whole = word.iter().all(is_letter);
    word.split(move |byte| !is_letter(byte)).filter(move |part| !is_whole && !part.is_empty())
}

/// The words of a text with where they begin, numbers among them.
pub(super) fn runs(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].iter().position(|byte| is_word(*byte))?;
        let start = at;
        at += text[at..].iter().take_while(|byte| is_word(**byte)).count();
        Some((start, &text[start..at]))
    })
}

/// The words of several texts.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// By [`word_hash`].
    all: FxHashSet<u32>,
    tokens: FxHashSet<u32>,
    pastes: bool,
}

impl Words {
    /// Adds those of a text.
    pub fn add(&mut self, vocabulary: &Vocabulary) {
        self.pastes |= vocabulary.pastes;
        for word in &vocabulary.words {
            self.all.insert(word & !TOKEN);
            if word & TOKEN != 0 {
                self.tokens.insert(word & !TOKEN);
            }
        }
    }

    /// Adds a word that stands as a token, by its [`word_hash`].
    pub fn add_token(&mut self, word: u32) {
        self.all.insert(word);
        self.tokens.insert(word);
    }

    /// Adds a text that may paste words.
    pub fn may_paste(&mut self) {
        self.pastes = true;
    }

    /// Whether a text may paste words.
    pub fn may_paste_any(&self) -> bool {
        self.pastes
    }

    /// Whether a text may mention the word.
    pub fn mention(&self, word: &[u8]) -> bool {
        self.mention_hash(word_hash(word))
    }

    /// Whether a text may mention the word of this [`word_hash`].
    pub fn mention_hash(&self, word: u32) -> bool {
        self.all.contains(&word)
    }

    /// Whether a text has an operator for pragmas that may hold any, as `_Pragma(#x)` does. Words of strings are tokens then.
    pub fn have_pragma_operators(&self) -> bool {
        self.mention(OPERATOR)
    }

    /// Whether the texts may paste the word, in whatever pieces. Each is a token of one of them, or comes of a macro that compilers
    /// predefine: `__LINE__` is a number, and `__SIZE_TYPE__` is `long unsigned int`. At most one is a single letter that stands in strings
    /// alone: `"%U %S"` has many.
    pub fn paste(&self, word: &[u8]) -> bool {
        let is_known = |piece: &[u8]| piece[0].is_ascii_digit() || !piece.iter().any(u8::is_ascii_uppercase);
        let pieces = if self.have_pragma_operators() { &self.all } else { &self.tokens };
        self.make_up(word, pieces, is_known, |letter| self.tokens.contains(&word_hash(letter)))
    }

    /// The same of a word of a pragma's, in small letters: none of it comes of what compilers predefine, and nothing is pasted in a string.
    /// Single letters are names of variables in every text, so only one piece may be one.
    pub fn paste_directly(&self, word: &[u8]) -> bool {
        self.make_up(word, &self.tokens, |_| false, |_| false)
    }

    /// Whether the texts may paste the word, with at most one piece that is a single letter and not sure.
    fn make_up(
        &self,
        word: &[u8],
        pieces: &FxHashSet<u32>,
        is_known: impl Fn(&[u8]) -> bool,
        is_sure: impl Fn(&[u8]) -> bool,
    ) -> bool {
        if !self.pastes {
            return false;
        }
        let is_piece = |piece: &[u8]| is_known(piece) || piece.len() < word.len() && pieces.contains(&word_hash(piece));
        let is_doubtful = |piece: &[u8]| piece.len() == 1 && !is_known(piece) && !is_sure(piece);
        // The fewest such letters among pieces that make up what stands before each place.
        let mut letters: Vec<Option<usize>> = vec![None; word.len() + 1];
        letters[0] = Some(0);
        for end in 1..=word.len() {
            let behind = |start: usize| Some(letters[start]? + usize::from(is_doubtful(&word[start..end])));
            letters[end] = (0..end).filter(|start| is_piece(&word[*start..end])).filter_map(behind).min();
        }
        letters[word.len()].is_some_and(|letters| letters <= 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        let mut words = Words::default();
        words.add(&Vocabulary::of(text.as_bytes()));
        words
    }

    #[test]
    fn words_count_wherever_they_stand() {
        let words = words("#if 0\nA + b1\n#endif\nconst char *s = \"C\"; _Pragma(\"push_macro(\\\"D\\\")\") E\\\nF");
        for word in ["A", "b1", "C", "D", "EF", "endif"] {
            assert!(words.mention(word.as_bytes()), "{word}");
        }
        for word in ["b", "E", "F", "push"] {
            assert!(!words.mention(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn words_are_pasted_of_tokens() {
        let pasting = words("#define CAT(a, b) a ## b\nHAVE_ X 1 \"Y\"");
        for (word, is_pasted) in [
            ("HAVE_X", true),
            ("XHAVE_1", true),
            ("HAVE_Y", false),
            ("HAVE", false),
            ("HAVE_XX", true),
            ("HAVE_Z", false),
            ("HAVE_12", true),
            ("HAVE_long", true),
            ("HAVE_X_X", true),
        ] {
            assert_eq!(pasting.paste(word.as_bytes()), is_pasted, "{word}");
        }
        assert!(!words("HAVE_ X").paste(b"HAVE_X"));
        let direct = words("a ## b poi son final");
        for (word, is_pasted) in [("poison", true), ("final", false), ("long", false)] {
            assert_eq!(direct.paste_directly(word.as_bytes()), is_pasted, "{word}");
        }
    }

    #[test]
    fn words_of_strings_are_pasted_in_pragmas() {
        assert!(!words("a ## b \"PACK_ N\"").paste(b"PACK_N"));
        assert!(words("a ## b _Pragma(\"pack(CAT(PACK_, N))\")").paste(b"PACK_N"));
        assert!(words("#include <sys/*x.h>\na ## b HAVE_ X").paste(b"HAVE_X"));
    }

    #[test]
    fn words_that_other_signs_touch() {
        for text in ["NAME_A→x", "NAME_A$x", "é$NAME_A"] {
            assert!(words(text).mention(b"NAME_A"), "{text}");
        }
    }

    #[test]
    fn vocabularies_come_back() {
        let vocabulary = Vocabulary::of(b"a ## b \"c\"");
        let mut out = Writer::default();
        vocabulary.encode(&mut out);
        assert_eq!(Vocabulary::decode(&mut Reader(&out.0)), Some(vocabulary));
        assert_eq!(Vocabulary::decode(&mut Reader(&out.0[..out.0.len() - 1])), None);
    }
}
