//! Texts of C, C++ and assembly: what one says by itself, remembered with the digest of its content.

mod absolute;
mod assembly;
pub mod code;
mod composed;
pub mod conditions;
mod defines;
pub mod definitions;
mod edges;
mod encoding;
mod facts;
mod has_include;
mod includes;
mod judged;
pub mod lexer;
mod linkages;
mod markers;
pub mod pieces;
mod plain;
mod pragmas;
pub mod questions;
pub mod readings;
pub mod relevant;
mod remarks;
mod scan;
pub mod signs;
mod spelled;
pub mod vocabulary;
mod words;

pub use absolute::ends_a_path;
pub use encoding::{Findings, Reading};
pub use facts::{Dated, Facts, HeaderMacro, IncludeForm, Mention, Waiting, name_hash};
pub use spelled::{OF_FILES, names_callers};
pub use words::WordSet;
