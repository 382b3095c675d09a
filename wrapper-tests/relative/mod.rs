//! The `relative` mode: a declared root, absolute paths under it, and results that hold no place.
//!
//! Three commands are compared at each step: the bare compiler given what was typed, whose streams and depfile are
//! what people and build tools must see; the bare compiler given the rewritten command, whose other outputs are what
//! the mode promises; and packer-cc given what was typed.

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
