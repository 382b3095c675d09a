//! What a compile read besides its source, and what it would have read had it been there: the **read set**.
//!
//! The compiler's depfile names the headers. What it does not say is worked out here:
//!
//! * **Absences**: for each include directive, the places that come before the header that was found. Had a file of that name been
//!   there, it would have been read instead.
//! * **System headers under `-MMD`**, which that depfile leaves out and which the command must not be changed to reveal (`-H` is
//!   recorded in gcc's debug information). Every include directive in a system header is followed, whether or not a condition
//!   switches it off. The result is a superset of what was read, which can cost a hit and never grants one.
//! * **Twins**: under `#pragma once` a file that equals one already read is skipped, and no depfile names it.
//!
//! There are two witnesses. The texts, read once and remembered with their digests, answer nearly always. Where they leave a doubt, such as
//!
//! ```c
//! #include NAMED(x.h)      // which file is that?
//! ```
//!
//! the read set has a [`Doubt`], and the caller may ask the compiler's own preprocessor ([`witness`]): its [`Answer`] says which directives
//! were read, and what they named. The read set is then built of that.
//!
//! It is found by a work list (`search`) that runs until nothing new comes, over a [`Tree`], and is frozen before it is judged.

mod absences;
mod compiled;
mod dead;
pub mod disk;
mod doubt;
mod mentions;
mod namers;
mod once;
mod read_set;
mod search;
pub mod search_path;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod witness;

pub use absences::Absence;
pub use compiled::{Compiled, own_dirs};
pub use doubt::Doubt;
pub use read_set::{Inclusions, ReadFile, ReadSet, Work};
pub use search::find;
pub use tree::Tree;
pub use witness::Answer;
