//! Configuration: environment and `.packer-cc.toml` resolved into one [`Config`].
//!
//! Every setting has a variable and a key of the same meaning; the environment wins, and an empty variable is an
//! unset one. The file is the nearest `.packer-cc.toml` from the working directory upwards, and where it stands
//! declares the watch root. A name or a value that means nothing is an error, never ignored: a mistyped switch
//! that silently does nothing would be found out much later.
//!
//! Loading is on the path of every run, so it asks the file system as little as it can: one attempt to open a file
//! for each directory upwards, and, only where no root was declared, a look for each repository mark up to the
//! first.

mod explain;
mod file;
mod keys;
mod load;
mod resolve;
mod root;
mod settings;
mod suggest;
#[cfg(test)]
mod tests;
mod value;

pub use explain::{Explanation, Origin, Setting};
pub use settings::{Ask, Config, ConfigError, LeftOut, PathsMode, Share};
pub use value::size;
