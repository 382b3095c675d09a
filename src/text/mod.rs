//! Texts of C, C++ and assembly: what one says by itself, remembered with the digest of its content.

pub mod conditions;
pub mod lexer;
pub mod pieces;
pub mod questions;
pub mod scan;
