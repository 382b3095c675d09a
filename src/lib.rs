//! `packer-cc`: a compiler cache whose hits are sound and travel.
//!
//! [`wrapper`] is the way of one compile and reads as it goes:
//!
//! 1. [`calling`] tells the forms apart, [`config`] resolves environment and file, [`invocation`] reads the command
//!    line by its table.
//! 2. [`compiler`] finds and identifies the compiler, [`key`] says what the result depends on, with [`paths`] to name
//!    files so that the names travel and [`memo`] to not read them twice.
//! 3. [`lookup`] joins key and [`store`]; a miss carries the permit to write.
//! 4. [`journal`] records what happened; [`admin`] shows it.

pub mod admin;
pub mod bounded;
pub mod bypass;
pub mod calling;
pub mod codec;
pub mod colour;
pub mod compiler;
pub mod config;
pub mod depfile;
pub mod digest;
pub mod dirs;
pub mod environment;
pub mod faults;
pub mod files;
pub mod inputs;
pub mod invocation;
pub mod journal;
pub mod key;
pub mod listing;
pub mod lock;
pub mod log;
pub mod lookup;
pub mod memo;
pub mod output;
pub mod paths;
#[cfg(test)]
mod properties;
pub mod shim;
pub mod stamp;
pub mod store;
pub mod trust;
pub mod wrapper;
