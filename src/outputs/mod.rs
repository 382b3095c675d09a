//! What a compile leaves: depfiles as compilers write them, and the templates that are kept of them.

pub mod depfile;
pub mod template;
