//! `packer-cc`: a compiler cache whose hits are sound and travel.
//!
//! [`run`] is the way of one compile and reads as it goes:
//!
//! 1. [`call`] tells the forms apart, [`config`] resolves environment and file, [`command`] reads the command
//!    line by its table.
//! 2. [`toolchain`] finds and identifies the compiler, and [`key`] says what the result depends on. [`paths`] names files so
//!    that the names travel, and [`disk::memo`] spares reading a file twice.
//! 3. [`lookup`] joins key and [`store`]; a miss carries the permit to write.
//! 4. [`journal`] records what happened; [`admin`] shows it.

pub mod admin;
pub mod bounded;
pub mod call;
pub mod codec;
pub mod colour;
pub mod command;
pub mod config;
pub mod digest;
pub mod disk;
pub mod environment;
pub mod faults;
pub mod files;
pub mod inputs;
pub mod journal;
pub mod key;
pub mod lock;
pub mod log;
pub mod lookup;
pub mod output;
pub mod outputs;
pub mod paths;
pub mod places;
pub mod proof;
#[cfg(test)]
mod properties;
pub mod reason;
pub mod run;
pub mod store;
pub mod text;
pub mod toolchain;
pub mod trust;
