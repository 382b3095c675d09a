//! The `relative` mode: a declared root, absolute paths under it, and results that hold no place.
//!
//! Three commands run at each step. The bare compiler is given what was typed: its streams and its depfile are what
//! people and build tools must see. The bare compiler is given the rewritten command: its other outputs are what the
//! mode promises. packer-cc is given what was typed, and must leave the one and the other.

mod commands;
mod project;
mod roots;
mod toolchains;

pub use project::Project;

use crate::fixture::for_each_compiler;

pub const PLACES: [&str; 2] = ["one", "two/deeper place"];

pub fn for_each_project(case: impl Fn(Project)) {
    for_each_compiler(|world| case(Project::of(world)));
}
