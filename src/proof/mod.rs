//! A result is stored with the inputs that it was proven to hang on. A hit is a lookup in which all of them hold again.
//!
//! [`prove`] has every obligation of [`OBLIGATIONS`] judge what was [`Observed`] of a compile. Each says which [`Input`]s the result
//! hangs on, or why it cannot be kept. Where the texts leave a doubt, the compiler's own preprocessor is asked once, and every
//! obligation judges again by its answer. The outcome is [`Proven`]: nothing else makes one, and nothing else can be stored. A
//! lookup asks whether all inputs [`hold`], and nothing else.
//!
//! An obligation is one file. Its first lines say what must be true, and show a text or a command for which it could be false. Its row
//! in the list names the tests that fail without it. No obligation hangs on another. Their order decides only which reason is told.

mod alone;
mod blind;
mod bound;
mod case;
mod clock;
mod comments;
mod date;
mod definitions;
mod escapes;
mod files;
mod held;
mod holds;
mod input;
mod known;
mod lines;
mod machine;
mod moment;
mod observed;
pub mod opaque;
mod place;
mod prove;
mod reached;
mod respelled;
mod sections;
pub mod spelled;
mod still;
#[cfg(test)]
mod tests;
mod texts;
mod twins;
mod unpack;
mod whole;

pub use blind::{knows_line_comments, reading};
pub use bound::Bound;
pub use case::{Case, Judged};
pub use held::hold;
pub use holds::{Here, InVain, Surroundings};
pub use input::{Absent, AbsentNames, Input, Rule};
pub use known::KnownHeaders;
pub use observed::{KeyFile, Observed, Preprocessor, Rewriting};
pub use prove::{OBLIGATIONS, Obligation, Proven, prove};
