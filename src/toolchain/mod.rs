//! The compiler: where it is, what it is, and how it is run.
//!
//! A compiler *is* the content of its **toolchain closure**: the driver, the programs it starts for this language
//! and these options, the specs it reads, the shared libraries all of those load, and for a script its text and
//! what it leads to. Paths, times and version strings are not part of it, so the same toolchain in another
//! directory is the same compiler, and another `cc1` under the same driver is another one.

mod absent;
pub mod added;
mod closure;
mod compiler;
pub mod environment;
mod evidence;
pub mod habits;
pub mod identity;
pub mod known;
mod loader;
pub mod locate;
pub mod probe;
mod question;
pub mod run;
pub mod script;
mod watch;
pub mod words;

pub use crate::command::Family;
pub use compiler::Compiler;
pub use evidence::Evidence;
pub use probe::{ARCHITECTURE, DEVICE, LIBRARY};
pub use question::Question;
