//! The wrapper against the compilers it stands in front of.
//!
//! One binary; a file or a directory a theme. Each test speaks the language of [`fixture`]: a command runs bare and
//! through packer-cc in the same place, everything observable is compared, and the assertion is about what packer-cc
//! did.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests start programs, read cargo's variables and print; the layers are the library's"
)]

mod fixture;

#[cfg(debug_assertions)]
mod aborts;
mod absences;
mod basic;
mod bench;
mod checkouts;
mod ci;
mod comments;
mod compiler;
mod config;
mod damage;
mod dates;
mod definitions;
mod depfiles;
mod doubts;
#[cfg(debug_assertions)]
mod edits;
mod fbuild;
mod forge;
mod forms;
mod given;
mod grammar;
mod hits;
mod hostile;
mod integrations;
mod invalidation;
mod layers;
mod linktime;
mod odd_names;
mod options;
mod oracles;
mod output;
mod platformio;
mod precompiled;
mod probes;
mod real;
mod reasons;
mod relative;
mod response;
mod restored;
mod scripts;
mod security;
mod shim;
mod sides;
mod source_twins;
mod spec;
mod spelled;
mod stale;
mod stats;
mod store;
#[cfg(debug_assertions)]
mod storms;
mod terminal;
mod texts;
mod toolchain;
mod travel;
mod trim;
mod twins;
mod verify;
mod walk;
mod words;
