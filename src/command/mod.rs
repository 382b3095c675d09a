//! What a compiler command line says, before anything was looked at.
//!
//! [`parse`] turns an argument vector into a [`Command`] (the jobs that the cache serves) or a [`Cause`](crate::reason::Cause) (the
//! reason why it does not). It is pure: no file system, no environment. Response files are read through the
//! closure the caller passes in, since what they say belongs to the command line.
//!
//! The knowledge is one sorted table, [`grammar::OPTIONS`]; nothing here matches on option spellings elsewhere.

mod family;
pub mod grammar;
mod job;
mod language;
mod lexer;
mod macros;
mod names;
pub mod ours;
mod parse;
pub mod refused;
pub mod response;
pub mod shown;
pub mod sides;

pub use family::Family;
pub use grammar::Trait;
pub use job::{Chain, Colour, DepRequest, DepTarget, Job, Part, Role, SideOutput, Stage};
pub use language::Language;
pub use parse::{Command, parse, parse_job, values};
pub use sides::SideKind;
