//! `packer-cc`: a compiler cache whose hits are sound and travel.

pub mod admin;
pub mod bypass;
pub mod config;
pub mod environment;
pub mod invocation;
pub mod journal;
pub mod lock;
pub mod output;
