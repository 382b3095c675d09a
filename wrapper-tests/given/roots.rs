//! The `relative` mode: the home directory, and temporary directories.
