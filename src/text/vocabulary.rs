//! The words of a text: which macros it could ask for.
//!
//! ```c
//! #if ENABLE_DATE && IS(TIME)
//! ```
//!
//! A word counts wherever it stands, in a string and in a branch that is skipped too. It is kept by its hash: where two words have the same
//! hash, a name may be taken for one that stands in the text. That can cost a hit and never grants one.

use super::facts::name_hash;
use super::lexer::{Region, Regions, runs};
use super::pieces::is_directives_name;
use super::readings::Readings;
use super::signs::{OPERATOR, PASTED, listed, listed_hash, sign_of};
use crate::codec::{Reader, Writer};
use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

/// The words of one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vocabulary {
    /// It pastes words (`##`).
    pub pastes: bool,
    /// The words, each by its [`word_hash`]; the lowest bits say where it stands.
    words: Vec<u32>,
}

/// The word stands as a token: not in a string alone.
const TOKEN: u32 = 1;
/// It stands where it could be pasted, see [`pieces`](super::pieces).
const PIECE: u32 = 2;
/// It stands in code, not behind `#ifdef`, `#ifndef`, `#undef`: there it is expanded.
const EXPANDED: u32 = 4;
/// It stands on the line of a definition, or where it cannot be told whether it does.
const DEFINES: u32 = 8;

/// While a text is read: where the word could be pasted is not asked.
const NO_PIECE: u32 = 1 << 8;

const PLACES: u32 = TOKEN | PIECE | EXPANDED | DEFINES;

/// A word as a vocabulary keeps it.
pub fn word_hash(word: &[u8]) -> u32 {
    name_hash(word) & !PLACES
}

/// Where a text says a word, see [`Vocabulary::place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nowhere in code.
    Nowhere,
    /// In code, and on no line of a definition.
    Here,
    /// On the line of a definition, or where that cannot be told.
    Perhaps,
}

impl Vocabulary {
    /// The words of the code of a text.
    pub fn of(code: &[u8]) -> Self {
        Self::of_readings(&Readings::of(code))
    }

    pub(super) fn of_readings(readings: &Readings) -> Self {
        let mut words: FxHashMap<u32, u32> = FxHashMap::default();
        let mut pastes = false;
        for read in readings.all() {
            let text = &*read.text;
            let has = |sign: &[u8]| memmem::find(text, sign).is_some();
            pastes |= has(b"##") || has(b"%:%:");
            let regions = read.regions();
            let mut line = Line::default();
            for (at, word) in runs(text) {
                line.goes_to(text, at, word, regions);
                let region = regions.at(at);
                let places = words.entry(word_hash(word)).or_default();
                // What looks like a comment may be none: `#include <sys/*x.h>`.
                let is_token = region != Region::String;
                if is_token {
                    *places |= TOKEN | if line.defines { DEFINES } else { 0 };
                }
                if is_token && *places & (PIECE | NO_PIECE) == 0 {
                    if !matters_as_piece(word) {
                        *places |= NO_PIECE;
                    } else if read.could_be_pasted(at, word) {
                        *places |= PIECE;
                    }
                }
                let is_code = is_token && region != Region::Comment;
                if is_code && *places & EXPANDED == 0 && !is_directives_name(&text[..at]) {
                    *places |= EXPANDED;
                }
                for part in parts(word) {
                    *words.entry(word_hash(part)).or_default() |= if is_token { PLACES } else { 0 };
                }
                for listed in listed(&text[..at], word, &text[at + word.len()..]) {
                    words.entry(listed_hash(word_hash(listed))).or_default();
                }
                for sign in sign_of(word, &text[at + word.len()..], text) {
                    words.entry(word_hash(sign)).or_default();
                }
            }
        }
        let mut words: Vec<u32> = words.into_iter().map(|(word, places)| word | places & PLACES).collect();
        words.sort_unstable();
        Self { pastes, words }
    }

    /// Whether the text says the word.
    pub fn mentions(&self, word: &[u8]) -> bool {
        self.places(word).is_some()
    }

    /// Where in its code the text says the word. `#ifdef WORD` and its kin are no places.
    pub fn place(&self, word: &[u8]) -> Said {
        match self.places(word) {
            Some(places) if places & DEFINES != 0 => Said::Perhaps,
            Some(places) if places & EXPANDED != 0 => Said::Here,
            _ => Said::Nowhere,
        }
    }

    /// Whether the word stands in code, a definition's among it, where it is expanded or handed on.
    pub fn expands(&self, word: &[u8]) -> bool {
        self.places(word).is_some_and(|places| places & EXPANDED != 0)
    }

    fn places(&self, word: &[u8]) -> Option<u32> {
        let at = self.words.binary_search_by_key(&word_hash(word), |word| word & !PLACES).ok()?;
        Some(self.words[at] & PLACES)
    }

    /// Whether the text says one of the words as a token, each by its [`word_hash`].
    pub fn has_token_among(&self, words: &FxHashSet<u32>) -> bool {
        self.words.iter().any(|word| word & TOKEN != 0 && words.contains(&(word & !PLACES)))
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

/// A number, or a word in small letters: both come of macros that compilers predefine.
fn is_known(piece: &[u8]) -> bool {
    piece[0].is_ascii_digit() || is_small(piece)
}

/// Whether it is of use to know where the word could be pasted. One in small letters counts as a piece in any case (see [`Words::paste`]),
/// but for the words that [`Words::paste_directly`] is asked for.
fn matters_as_piece(word: &[u8]) -> bool {
    !is_small(word) || PASTED.iter().any(|pasted| memmem::find(pasted, word).is_some())
}

/// It has small letters, and no capitals.
fn is_small(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_lowercase) && !word.iter().any(u8::is_ascii_uppercase)
}

/// The line that a word of a text stands on.
#[derive(Default)]
struct Line {
    /// Where the last word ended.
    end: usize,
    /// `define` stands before it, or the line begins where that could be hidden.
    defines: bool,
}

impl Line {
    /// Goes on to the next word, which stands at `at`.
    fn goes_to(&mut self, text: &[u8], at: usize, word: &[u8], regions: &Regions) {
        if let Some(end) = memchr::memrchr(b'\n', &text[self.end..at]) {
            let start = self.end + end + 1;
            self.defines = match regions.at(start) {
                Region::Code => false,
                Region::String | Region::Comment => regions.start_of(start) != Some(start),
                Region::Unsure => true,
            };
        }
        self.end = at + word.len();
        self.defines |= word.ends_with(b"define");
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

/// The words of several texts.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// By [`word_hash`].
    all: FxHashSet<u32>,
    /// Those of [`all`](Self::all) that could be pasted.
    pieces: FxHashSet<u32>,
    pastes: bool,
}

impl Words {
    /// Adds those of a text.
    pub fn add(&mut self, vocabulary: &Vocabulary) {
        self.pastes |= vocabulary.pastes;
        for word in &vocabulary.words {
            self.all.insert(word & !PLACES);
            if word & PIECE != 0 {
                self.pieces.insert(word & !PLACES);
            }
        }
    }

    /// Adds a word that could be pasted, by its [`word_hash`].
    pub fn add_piece(&mut self, word: u32) {
        self.all.insert(word);
        self.pieces.insert(word);
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

    /// Whether the word stands where it could be pasted: what is handed to a macro does.
    pub fn may_be_pasted(&self, word: &[u8]) -> bool {
        self.pieces.contains(&word_hash(word))
    }

    /// Whether a text has an operator for pragmas that may hold any, as `_Pragma(#x)` does. Words of strings are tokens then.
    pub fn have_pragma_operators(&self) -> bool {
        self.mention(OPERATOR)
    }

    /// Whether the texts may paste the word, in whatever pieces. Each stands in one of them where it could be pasted, or comes of a macro
    /// that compilers predefine: `__LINE__` is a number, and `__SIZE_TYPE__` is `long unsigned int`. At most one is a single letter that
    /// stands in strings alone: `"%U %S"` has many.
    pub fn paste(&self, word: &[u8]) -> bool {
        let pieces = if self.have_pragma_operators() { &self.all } else { &self.pieces };
        let is_sure = |letter: &[u8]| is_known(letter) || self.pieces.contains(&word_hash(letter));
        let cost = |piece: &[u8]| usize::from(piece.len() == 1 && !is_sure(piece));
        let is_piece = |piece: &[u8]| is_known(piece) || pieces.contains(&word_hash(piece));
        self.pastes && is_made(word, is_piece, cost, 1)
    }

    /// The same where nothing is pasted in a string. At most two pieces have one letter or two, beside `_` and what compilers predefine: a
    /// parameter of a template is a single letter, so that texts have pieces of most names, as `F`, `L_`, `D`, `B` and `G` of `FL_DBG`.
    pub fn paste_in_code(&self, word: &[u8]) -> bool {
        const SHORT: usize = 2;
        let cost = |piece: &[u8]| usize::from(piece.len() <= SHORT && piece != b"_" && !is_known(piece));
        let is_piece = |piece: &[u8]| is_known(piece) || self.pieces.contains(&word_hash(piece));
        self.pastes && is_made(word, is_piece, cost, SHORT)
    }

    /// The same of one of [`PASTED`], in small letters: none of it comes of what compilers predefine, and nothing is pasted in a string.
    /// Single letters are names of variables in every text, so only one piece may be one.
    pub fn paste_directly(&self, word: &[u8]) -> bool {
        let cost = |piece: &[u8]| usize::from(piece.len() == 1);
        self.pastes && is_made(word, |piece| self.pieces.contains(&word_hash(piece)), cost, 1)
    }
}

/// Whether two or more pieces make up the word that together cost no more than `most`.
fn is_made(word: &[u8], is_piece: impl Fn(&[u8]) -> bool, cost: impl Fn(&[u8]) -> usize, most: usize) -> bool {
    let is_piece = |piece: &[u8]| piece.len() < word.len() && is_piece(piece);
    // The least that pieces cost which make up what stands before each place.
    let mut costs: Vec<Option<usize>> = vec![None; word.len() + 1];
    costs[0] = Some(0);
    for end in 1..=word.len() {
        let behind = |start: usize| Some(costs[start]? + cost(&word[start..end]));
        costs[end] = (0..end).filter(|start| is_piece(&word[*start..end])).filter_map(behind).min();
    }
    costs[word.len()].is_some_and(|cost| cost <= most)
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
        let pasting = words("#define CAT(a, b) a ## b\nCAT(HAVE_, X, 1) \"Y\"");
        for (word, is_pasted) in [
            ("HAVE_X", true),
            ("XHAVE_1", true),
            ("HAVE_Y", false),
            ("HAVE", false),
            ("HAVE_XX", true),
            ("HAVE_Z", false),
            ("HAVE_12", true),
            ("HAVE_long", true),
            ("HAVE_X_X", false),
        ] {
            assert_eq!(pasting.paste(word.as_bytes()), is_pasted, "{word}");
        }
        assert!(!words("HAVE_ X").paste(b"HAVE_X"));
        let letters = words("#define CAT(a, b) a ## b\nf(F), f(L_), f(D), f(B), f(G), f(FL_DB)");
        assert!(letters.paste(b"FL_DBG") && letters.paste_in_code(b"FL_DBG"));
        assert!(!letters.paste_in_code(b"L_DB"));
        assert!(words("a ## b CAT4(APP_, WARN, NET, _LEN)").paste_in_code(b"APP_WARNNET_LEN"));
        let operator = words("a ## b _Pragma(\"pack(CAT(PACK_, N))\")");
        assert!(operator.paste(b"PACK_N") && !operator.paste_in_code(b"PACK_N"));
        assert!(words("#define CAT(a, b) a ## _ ## b\nCAT(HAVE, X)").paste(b"HAVE_X"));
        assert!(!words("#define CAT(a, b) a ## b\nint HAVE_; f(X + _);").paste(b"HAVE_X"));
        let direct = words("a ## b poi son final");
        for (word, is_pasted) in [("poison", true), ("final", false), ("long", false)] {
            assert_eq!(direct.paste_directly(word.as_bytes()), is_pasted, "{word}");
        }
    }

    #[test]
    fn words_of_strings_are_pasted_in_pragmas() {
        assert!(!words("a ## b \"PACK_ N\"").paste(b"PACK_N"));
        assert!(words("a ## b _Pragma(\"pack(CAT(PACK_, N))\")").paste(b"PACK_N"));
        assert!(words("#include <sys/*x.h>\na ## b CAT(HAVE_, X)").paste(b"HAVE_X"));
    }

    #[test]
    fn words_stand_in_definitions_or_elsewhere() {
        let text = "f(A);\n#define B A C\n# define \\\nE D\n#ifdef F\n#undef F\n#endif\n\"G\" /* H */\n/*\n*/ I\nf(R\"(x)\");\n";
        let of_text = Vocabulary::of(text.as_bytes());
        let unsure = ["A", "B", "C", "D", "E", "F", "I"].map(|word| of_text.place(word.as_bytes()));
        assert!(unsure.iter().all(|place| *place != Said::Nowhere), "{unsure:?}");
        let of_text = Vocabulary::of(text.replace("R\"(x)\"", "x").as_bytes());
        for (word, said, is_expanded) in [
            ("A", Said::Perhaps, true),
            ("B", Said::Perhaps, false),
            ("C", Said::Perhaps, true),
            ("D", Said::Perhaps, true),
            ("F", Said::Nowhere, false),
            ("G", Said::Nowhere, false),
            ("H", Said::Nowhere, false),
            ("I", Said::Perhaps, true),
            ("f", Said::Here, true),
            ("x", Said::Here, true),
        ] {
            assert_eq!(of_text.place(word.as_bytes()), said, "{word}");
            assert_eq!(of_text.expands(word.as_bytes()), is_expanded, "{word}");
        }
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
