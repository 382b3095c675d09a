//! Words that the texts of a compile could put together, see [`pieces`].

use super::state::Search;
use crate::text::WordSet;
use crate::text::{pieces, questions};

impl Search<'_, '_> {
    /// Adds the words that no text spells, and that the pieces of the texts make up.
    pub(super) fn judge_pieces(&mut self) {
        self.pieces.sort_unstable();
        self.pieces.dedup();
        for word in pieces::WORDS.into_iter().filter(|word| pieces::make_up(&self.pieces, word.as_bytes())) {
            self.set.words |= match word {
                "__DATE__" | "__TIME__" => WordSet::DATE,
                "__TIMESTAMP__" => WordSet::TIMESTAMP,
                "incbin" | "include" => WordSet::ASM_PASTED,
                "__FILE__" | "__BASE_FILE__" | "__builtin_FILE" | "source_location" => {
                    self.set.pastes_file_names |= questions::are_pasted(&self.pieces, word.as_bytes());
                    WordSet::FILE
                }
                "__PRETTY_FUNCTION__" | "__FUNCSIG__" | "__builtin_FUNCSIG" | "__builtin_FUNCTION" => {
                    WordSet::TYPE_NAMES
                }
                // `has`, `include` and `_` are words of their own nearly everywhere, so a piece such as `__h` or `__has` must stand there.
                "__has_include" | "__has_include_next" | "__has_embed" => {
                    let begins = |piece: &Vec<u8>| {
                        piece.starts_with(b"__h") && !pieces::WORDS.iter().any(|word| word.as_bytes() == piece)
                    };
                    if self.pieces.iter().any(begins) { WordSet::ASKS_COMPUTED } else { WordSet::NONE }
                }
                // `_Pragma(TEXT(clang CAT(diag, nostic) warning …))`
                "diagnostic" => WordSet::DIAGNOSTIC,
                "documentation" | "everything" | "Wdocumentation" | "Weverything" | "Wtraditional" => {
                    WordSet::COMMENT_WARNING
                }
                _ => WordSet::ASM_COMPUTED,
            };
        }
    }
}
