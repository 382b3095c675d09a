//! A result is stored only as a proof, and a hit is the same proof held again.
//!
//! [`prove`] has every obligation of [`OBLIGATIONS`] judge what was [`Observed`] of a compile. Each says which [`Input`]s the result
//! hangs on, or why it cannot be kept. Where the texts leave a doubt, the compiler's own preprocessor is asked once, and all
//! is judged again by its answer. What comes of it is [`Proven`], which nothing else makes and which alone can be stored. A
//! lookup asks of each input whether it [holds](Input::holds), and nothing else.
//!
//! An obligation is one file. It says what could go wrong with the text that shows it, and has its row in the list with the
//! tests that hold it. None hangs on another, and their order decides only about which reason is told.

mod alone;
mod bound;
mod case;
mod clock;
mod date;
mod escapes;
mod files;
mod holds;
mod input;
mod lines;
mod machine;
mod moment;
mod observed;
pub mod opaque;
mod place;
mod prove;
mod sections;
pub mod spelled;
mod still;
#[cfg(test)]
mod tests;
mod texts;
mod twins;
mod unpack;
mod whole;

pub use bound::Bound;
pub use case::{Case, Judged};
pub use holds::{Here, Surroundings};
pub use input::{Absent, Input, Names, Rule};
pub use observed::{KeyFile, Observed, Preprocessor, Rewriting};
pub use prove::{OBLIGATIONS, Obligation, Proven, prove};
