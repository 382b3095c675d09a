//! The read set of a compile.

use super::absences::Absences;
use super::doubt::Doubt;
use crate::digest::{CodeId, ContentId, Digest};
use crate::paths::{Place, Rooted};
use crate::text::pieces::PREDEFINED;
use crate::text::readings::Readings;
use crate::text::vocabulary::{PREDEFINED_PASTES, Vocabulary, Words, word_hash};
use crate::text::{Dated, WordSet};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::OnceCell;
use std::rc::Rc;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// As the compiler spells it.
    pub path: Vec<u8>,
    /// The digest of its content.
    pub content: ContentId,
    /// The digest of its code, if the preprocessor alone read it.
    pub code: Option<CodeId>,
    /// It is the user's, and holds nothing but [definitions](crate::text::definitions).
    pub is_definitions: bool,
}

/// What a compile read and did not find. Nothing changes it once it is found.
#[derive(Debug, Default)]
pub struct ReadSet {
    /// Every file but the source.
    pub files: Vec<ReadFile>,
    /// The source, which may be equal to a header.
    pub source: Option<ReadFile>,
    /// Directories, as spelled, with what was looked for there in vain.
    pub absent: Absences,
    /// All words that any of the files mentions.
    pub words: WordSet,
    /// The absolute paths in their texts, see [`Facts::absolute`](crate::text::Facts::absolute).
    pub mentioned: FxHashSet<Vec<u8>>,
    /// The assembler may have read one of the headers as well.
    pub is_assembled: bool,
    /// The assembler may have read the source as well.
    pub is_source_assembled: bool,
    /// Why it may be incomplete.
    pub doubt: Option<Doubt>,
    /// What finding it took.
    pub work: Work,
    /// What the files include that are none of the toolchain's.
    pub inclusions: Vec<Inclusions>,
    /// What a directive includes is made of macros.
    pub has_computed_include: bool,
    /// The texts may paste what gives a file's name, as `__FILE__`.
    pub(super) pastes_file_names: bool,
    /// The contents that say `#pragma once`.
    pub(super) once: FxHashSet<ContentId>,
    /// All texts, once they were read as a whole.
    pub(super) texts: Option<Rc<WholeTexts>>,
    /// Macros that stand for a date, a time or a file's name. Whether one is expanded is a question of its own, see
    /// [`ReadSet::judge_macros`].
    pub(super) dated: FxHashSet<Dated>,
}

impl ReadSet {
    /// Whether two of the files have the same code under `#pragma once` and are not equal: an edit of their comments could make them so.
    pub fn could_have_twins(&self) -> bool {
        let mut contents = FxHashMap::default();
        let counts = |file: &&ReadFile| self.words.intersects(WordSet::IMPORT) || self.once.contains(&file.content);
        let mut counting =
            self.files.iter().chain(&self.source).filter(counts).filter_map(|file| Some((file.code?, file.content)));
        counting.any(|(code, content)| contents.insert(code, content).is_some_and(|other| other != content))
    }

    /// The files of equal content of which a compiler may have taken one for another, those of each content together, see
    /// [`crate::proof::Rule`]. Only those that are read once count, or all where `all` says so: then those of equal code as well, since an
    /// edit of their comments may not be noticed.
    ///
    /// ```c
    /// #include <x.h>
    /// #include "sub/../x.h"    // one file, unless `sub` is a link
    /// ```
    pub fn twins(&self, place: &Place, all: bool) -> Vec<Vec<Rooted>> {
        let mut groups: Vec<Vec<Rooted>> = Vec::new();
        let mut numbers: FxHashMap<Digest, usize> = FxHashMap::default();
        let is_once = |file: &&ReadFile| self.words.intersects(WordSet::IMPORT) || self.once.contains(&file.content);
        for file in self.files.iter().chain(&self.source).filter(|file| all || is_once(file)) {
            let what = file.code.filter(|_| all).map_or(file.content.0, |code| code.0);
            let number = *numbers.entry(what).or_insert(groups.len());
            if number == groups.len() {
                groups.push(Vec::new());
            }
            groups[number].push(place.rooted(&file.path));
        }
        groups.retain(|group| group.iter().any(|path| !path.is_same_way(&group[0])));
        groups
    }
}

/// A text that was read as a whole.
#[derive(Debug)]
pub(super) struct Text {
    /// The directory of its file.
    pub(super) dir: Vec<u8>,
    pub(super) bytes: Rc<[u8]>,
    /// As questions are asked of it.
    readings: OnceCell<Readings>,
    /// The words of its code, where it was read so.
    pub(super) words: Option<Vocabulary>,
}

impl Text {
    pub(super) fn new(dir: &[u8], bytes: Rc<[u8]>, words: Option<Vocabulary>) -> Self {
        Self { dir: dir.to_vec(), bytes, readings: OnceCell::new(), words }
    }

    /// As questions are asked of it.
    pub(super) fn readings(&self) -> &Readings {
        self.readings.get_or_init(|| Readings::of(&self.bytes))
    }
}

/// All texts of a compile: the command line's macros first, the source last.
#[derive(Debug)]
pub(super) struct WholeTexts {
    pub(super) all: Vec<Text>,
    words: OnceCell<Option<Words>>,
}

impl WholeTexts {
    pub(super) fn new(all: Vec<Text>) -> Self {
        Self { all, words: OnceCell::new() }
    }

    /// The words of all texts, if those of each are known, with what predefined macros stand for.
    pub(super) fn words(&self) -> Option<&Words> {
        self.words.get_or_init(|| self.unite()).as_ref()
    }

    fn unite(&self) -> Option<Words> {
        let mut words = Words::default();
        for text in &self.all {
            words.add(text.words.as_ref()?);
        }
        // `__INT64_C(FOO_)` pastes without a `##` in any text.
        if PREDEFINED_PASTES.iter().any(|name| words.mention(name)) {
            words.may_paste();
        }
        for word in PREDEFINED {
            words.add_piece(word_hash(word));
        }
        Some(words)
    }
}

/// What a file includes, by the last parts of the names. What is empty stands for any name.
#[derive(Debug, Clone, Default)]
pub struct Inclusions {
    /// The file.
    pub path: Vec<u8>,
    /// It is in a directory of system headers that the command names, or says that it is one.
    pub is_system: bool,
    /// `#include "name.h"`: looked for beside the file first.
    pub quoted: Vec<Vec<u8>>,
    /// `#include <name.h>`
    pub angled: Vec<Vec<u8>>,
}

/// What finding a read set took. Both numbers are bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Places where a header was looked for.
    pub places: u64,
    /// Bytes of texts that were read as a whole, or looked through once more.
    pub bytes: u64,
}

impl Work {
    /// The most that one compile may take. A source over a thousand headers looks at some hundred thousand places.
    pub const MOST: Self = Self { places: 8_000_000, bytes: 1 << 29 };
}
