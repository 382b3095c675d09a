//! What the file system says: of a file, of a directory, and of what stood still while a compiler ran.

pub mod dirs;
pub mod listing;
pub mod memo;
pub mod stamp;
pub mod still;
mod watch;
