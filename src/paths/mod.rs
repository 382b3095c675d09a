//! Rooted paths: how a path is named in keys and in the store, so that the name means the same file in another
//! checkout, under another toolchain directory and on another machine. Pure: nothing here looks at the disk.
//!
//! A path is matched against the bases of a [`Place`] *as it is spelled*, and never normalised: `a/../b` and `b`
//! are the same file only if no symlink is involved, and a compiler given the one prints the one. A relative path
//! stays relative to the working directory. Two commands whose rooted arguments agree therefore make the same
//! compiler take the same steps over corresponding files.

mod base;
mod given;
mod hashed;
mod marks;
mod place;
pub mod relative;
mod spelling;

pub use base::{Base, GIVEN_DIRS, HOME, NAMED_ROOTS, Rooted};
pub use given::base_of;
pub use hashed::without_hashes;
pub use place::{HOME_NAME, NamedRoot, Place, TOOLCHAIN_NAME};
pub use spelling::{base_name, dir_of, is_below, join, normal, path, split, without_dot_slash};
