//! What must be proven of a result before it is kept.

pub mod binding;
pub mod opaque;
mod sections;
mod unpack;
