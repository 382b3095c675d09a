//! The words of a text that make a result depend on more than its bytes, or that lead a compiler another way.
//!
//! A scan notes that such a word stands in a text. Whether it matters is judged elsewhere: by what is compiled, by which
//! compiler, and by what else was read.

use std::ops::{BitAnd, BitOr, BitOrAssign};

/// A set of words that matter. The scan of a text finds one, and those of all texts of a compile are joined by `|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct WordSet(u32);

/// Words that name files or show the moment.
impl WordSet {
    /// A name of a file, by which the result may depend on how a path is spelled. It counts in code.
    ///
    /// ```c
    /// const char *file = __FILE__;             // or __BASE_FILE__, __builtin_FILE()
    /// auto here = std::source_location::current();
    /// ```
    pub const FILE: Self = Self(1);

    /// A date or a time in code. One that a macro stands for is kept by that macro's name, see
    /// [`Dated`](super::facts::Dated).
    ///
    /// ```c
    /// const char *built = __DATE__ " " __TIME__;
    /// ```
    pub const DATE: Self = Self(1 << 1);

    /// The time of the file's last change, in code.
    ///
    /// ```c
    /// const char *changed = __TIMESTAMP__;
    /// ```
    pub const TIMESTAMP: Self = Self(1 << 2);

    /// The name of a function with its types. clang's names of lambdas and of types without a name hold the file they are
    /// in, so it counts like [`FILE`](Self::FILE) for clang.
    ///
    /// ```c
    /// const char *name = __PRETTY_FUNCTION__;  // or __FUNCSIG__, __builtin_FUNCTION()
    /// ```
    pub const TYPE_NAMES: Self = Self(1 << 17);

    /// A directive or a question whose file's name is made of the name of this file.
    ///
    /// ```c
    /// #include __FILE__
    /// #if __has_include(__FILE__)
    /// ```
    pub const FILE_ASKED: Self = Self(1 << 18);

    /// More absolute paths than are kept, see [`Facts::absolute`](super::facts::Facts::absolute).
    ///
    /// ```c
    /// const char *paths[] = {"/usr/lib/a", "/usr/lib/b", …};
    /// ```
    pub const PATHS: Self = Self(1 << 19);

    /// A directive that names another file as the origin of what follows: diagnostics show that file's lines.
    ///
    /// ```c
    /// #line 12 "parser.y"
    /// # 12 "parser.y"
    /// ```
    pub const LINE: Self = Self(1 << 13);

    /// A line that reads like a line marker of a preprocessor, even in a comment.
    ///
    /// ```c
    /// /*
    /// # 1 "x.h" 1
    /// */
    /// ```
    pub const MARKER: Self = Self(1 << 26);

    /// An escape character: diagnostics that show the text could not be told from colours.
    ///
    /// ```c
    /// puts("^[[1m");   // the byte 0x1b itself
    /// ```
    pub const ESCAPE: Self = Self(1 << 14);
}

/// Words of assembly, by which the assembler may read a file.
impl WordSet {
    /// The name of the directive inside a string literal, where it can be inline assembly.
    ///
    /// ```c
    /// asm(".incbin \"x.bin\"");
    /// ```
    pub const INCBIN: Self = Self(1 << 3);

    /// The same of the directive that includes assembly.
    ///
    /// ```c
    /// asm(".include \"x.s\"");
    /// ```
    pub const ASM_INCLUDE: Self = Self(1 << 4);

    /// The name of either directive. It counts in an assembler source, unless it stands in what every assembler takes for a comment.
    ///
    /// ```asm
    ///     .incbin "x.bin"
    /// ```
    pub const ASM_FILE: Self = Self(1 << 5);

    /// Inline assembly whose text is not all literal: macros could make it say anything.
    ///
    /// ```c
    /// asm(READ(x.bin));
    /// asm(".\x69ncbin \"x.bin\"");
    /// ```
    pub const ASM_COMPUTED: Self = Self(1 << 12);

    /// Assembler macros that could put the name of a directive together.
    ///
    /// ```asm
    /// .macro both a, b
    ///     .\a\b "x.bin"
    /// ```
    pub const ASM_COMPOSED: Self = Self(1 << 15);

    /// The preprocessor could paste the name of such a directive. It counts where assembly is preprocessed.
    ///
    /// ```c
    /// #define P(a, b) a##b
    /// .P(inc, bin) "x.bin"
    /// ```
    pub const ASM_PASTED: Self = Self(1 << 16);
}

/// Directives and pragmas.
impl WordSet {
    /// A file that is read as bytes, or the question for one.
    ///
    /// ```c
    /// #embed "x.bin"
    /// #if __has_embed("x.bin")
    /// ```
    pub const EMBED: Self = Self(1 << 6);

    /// The diagnostics depend on another file's time.
    ///
    /// ```c
    /// #pragma GCC dependency "parse.y"
    /// ```
    pub const DEPENDENCY: Self = Self(1 << 7);

    /// A pragma that has the compiler read comments, or judge them, in pieces.
    ///
    /// ```c
    /// #pragma clang diagnostic warning "-Wdocu" "mentation"
    /// ```
    pub const MINDS_COMMENTS: Self = Self(1 << 27);

    /// A pragma about diagnostics.
    ///
    /// ```c
    /// #define WARN(name) PRAGMA(GCC diagnostic warning #name)
    /// ```
    pub const DIAGNOSTIC: Self = Self(1 << 29);

    /// The name of a warning for which a compiler reads comments, or judges them.
    ///
    /// ```c
    /// WARN(-Wdocumentation)
    /// ```
    pub const COMMENT_WARNING: Self = Self(1 << 30);

    /// A comment that begins with `//`, which the C of 1990 does not know.
    ///
    /// ```c
    /// int a; // one
    /// ```
    pub const LINE_COMMENT: Self = Self(1 << 28);

    /// Identical files in two places count as one.
    ///
    /// ```c
    /// #pragma once
    /// #import "x.h"
    /// ```
    pub const ONCE: Self = Self(1 << 8);

    /// A file that the directive names is read once, whether it says `#pragma once` or not.
    ///
    /// ```c
    /// #import "x.h"
    /// ```
    pub const IMPORT: Self = Self(1 << 20);

    /// The file makes itself a system header: what it includes is missing in `-MMD` depfiles.
    ///
    /// ```c
    /// #pragma GCC system_header
    /// # 1 "x.h" 3
    /// ```
    pub const SYSTEM_HEADER: Self = Self(1 << 9);

    /// A macro stands for `#pragma GCC system_header`: any file that uses the macro makes itself a system header.
    ///
    /// ```c
    /// #define OURS _Pragma("GCC system_header")
    /// ```
    pub const SYSTEM_MACRO: Self = Self(1 << 21);

    /// A question for a file of which the text does not tell the name.
    ///
    /// ```c
    /// #if __has_include(NAME)
    /// ```
    pub const ASKS_COMPUTED: Self = Self(1 << 10);

    /// A pragma of preprocessed text that names a precompiled header.
    ///
    /// ```c
    /// #pragma GCC pch_preprocess "x.h.gch"
    /// ```
    pub const PCH: Self = Self(1 << 11);

    /// A macro that is named after a device of the AVR family, see [`DEVICE`](crate::toolchain::DEVICE).
    ///
    /// ```c
    /// #if defined(__AVR_ATmega328P__)
    /// ```
    pub const DEVICE: Self = Self(1 << 22);

    /// A pragma after which gcc 12 and older define other macros, but not when they only preprocess (GCC bug 87299).
    ///
    /// ```c
    /// #pragma GCC target("avx2")
    /// #pragma GCC pop_options
    /// ```
    pub const TARGET: Self = Self(1 << 23);

    /// A definition whose name cannot be told.
    ///
    /// ```c
    /// #define /* a comment that goes on for more than is looked at … */ NAME
    /// ```
    pub const HIDDEN_DEFINE: Self = Self(1 << 24);

    /// What `-fdirectives-only` does not follow as a compile does: a pragma for the preprocessor that is no directive,
    /// digraphs, trigraphs, zero bytes.
    ///
    /// ```c
    /// _Pragma("push_macro(\"X\")")
    /// %:include "x.h"
    /// ```
    pub const NOT_BY_DIRECTIVES: Self = Self(1 << 25);
}

impl WordSet {
    /// No word.
    pub const NONE: Self = Self(0);

    /// All words of `other` are in the set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Any word of `other` is in the set.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// There is no word in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The words of both. It is `|`, for constants.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The words that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The set as a number, as memos keep it: one bit for each word.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set of which [`bits`](Self::bits) is this number. Bits that no word has stay.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl BitOr for WordSet {
    type Output = Self;

    /// The words of both.
    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitOrAssign for WordSet {
    /// Takes the words of the other.
    fn bitor_assign(&mut self, other: Self) {
        *self = self.union(other);
    }
}

impl BitAnd for WordSet {
    type Output = Self;

    /// The words that are in both.
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_joined_and_asked() {
        let both = WordSet::DATE | WordSet::FILE;
        assert!(both.contains(WordSet::FILE) && both.intersects(WordSet::FILE | WordSet::ONCE));
        assert!(!both.contains(WordSet::FILE | WordSet::ONCE) && !both.intersects(WordSet::ONCE));
        assert_eq!(both.without(WordSet::DATE), WordSet::FILE);
        assert_eq!(both & WordSet::DATE, WordSet::DATE);
        assert_eq!(WordSet::from_bits(both.bits()), both);
        assert!(WordSet::NONE.is_empty() && !both.is_empty());
    }
}
