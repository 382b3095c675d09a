//! What the scan of one text finds, see [`scan`](super::scan).

use super::conditions::Needs;
use super::words::WordSet;

/// How a header is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum IncludeForm {
    /// `"name"`
    Quote = 0,
    /// `<name>`
    Angle = 1,
    /// By a macro; `name` is the macro's if the directive holds nothing else, otherwise empty.
    Computed = 2,
}

/// One `#include`, `#include_next`, `#import` or `__has_include`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mention {
    /// How it is named.
    pub form: IncludeForm,
    /// `#include_next`: the search goes on behind the directory in which the file that says so was found.
    pub next: bool,
    /// The name as written.
    pub name: Vec<u8>,
}

/// An include directive that is only read if names are defined, see [`conditions`](super::conditions).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// What it includes.
    pub mention: Mention,
    /// What must be defined.
    pub needs: Needs,
}

/// A macro whose body is a header's name: `#define NAME <header>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderMacro {
    /// The macro.
    pub name: Vec<u8>,
    /// How the header is named.
    pub form: IncludeForm,
    /// The header.
    pub header: Vec<u8>,
}

/// A macro that is a date, a time or a file's name wherever it is expanded: `#define BUILT __DATE__`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dated {
    /// The macro.
    pub name: Vec<u8>,
    /// [`WordSet::DATE`], [`WordSet::TIMESTAMP`] or [`WordSet::FILE`].
    pub word: WordSet,
}

/// What the scan of one file found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Include directives that may be read, without repetition.
    pub includes: Vec<Mention>,
    /// Include directives that are not read unless something is defined: computed ones, and those that wait for a
    /// [`DEVICE`](crate::toolchain::DEVICE).
    pub waiting: Vec<Waiting>,
    /// Names asked for by `__has_include` and `__has_include_next`.
    pub asked: Vec<Mention>,
    /// Macros that name headers.
    pub macros: Vec<HeaderMacro>,
    /// Function-like macros that ask `__has_include` for their argument.
    pub wrappers: Vec<Vec<u8>>,
    /// Macros whose body holds a time macro or `__FILE__`, see [`Dated`].
    pub dated: Vec<Dated>,
    /// The names of all other macros it defines, by their [`name_hash`], ascending.
    pub defined: Vec<u32>,
    /// Tokens that could be pasted to a word that matters, see [`pieces`](super::pieces).
    pub pieces: Vec<Vec<u8>>,
    /// Absolute paths of two components or more, each up to a sign that [`ends_a_path`](super::absolute::ends_a_path). Of one
    /// component they count if a blank or a `'` cuts them short: their directory's name may go on behind it.
    pub absolute: Vec<Vec<u8>>,
    /// The words it mentions.
    pub words: WordSet,
}

impl Facts {
    /// Any of the words in `set` is mentioned.
    pub fn mentions(&self, set: WordSet) -> bool {
        self.words.intersects(set)
    }
}

/// A macro's name in [`Facts::defined`]: FNV-1a of 32 bits (draft-eastlake-fnv). Where two names have the same hash, one that is not
/// defined may be taken for defined. That can cost a hit and never grants one.
pub fn name_hash(name: &[u8]) -> u32 {
    const OFFSET_BASIS: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    name.iter().fold(OFFSET_BASIS, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(PRIME))
}

/// Adds what the list does not hold yet.
pub(super) fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
