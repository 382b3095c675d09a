//! The `relative` mode: what the compiler is given in place of what was typed, and how its words are turned back.
//!
//! | what | how | why |
//! |---|---|---|
//! | source, search directories, forced includes, outputs under the root | relative to the working directory | `__FILE__`, debug data and link-time objects hold them as they are spelled |
//! | working directory, and what is still absolute | `-ffile-prefix-map`, or `-fdebug-prefix-map` where the compiler has no other | debug data hold the working directory |
//! | depfile, diagnostics | spelled again as typed | make, ninja and people know the files by those names |
//!
//! Where the user gave maps of one kind, none of that kind is added. What they do not reach is found by the search for
//! the place ([`crate::proof::Bound`]), and keyed to it.
//!
//! gcc takes the canonical path of a system header for its name where that is shorter (libcpp, `maybe_shorter_path`), so
//! that with relative directories the length of the root would decide. It is told not to
//! (`-fno-canonical-system-headers`), and the names are made canonical where they are shown.
//!
//! What was typed relative stays, and what could not be told from it in a depfile is left absolute: maps and the search
//! do the rest. A compile whose words cannot be turned back with certainty, or that fails, is run once more as typed.
//!
//! Link-time objects of gcc hold the working directory whatever the maps say, and those of gcc before 8 the maps
//! themselves and the names of the toolchain's headers. There the compiler is told names that are the same everywhere: `$PWD`
//! is `/proc/self/cwd`, which libiberty's `getpwd` believes since it is the same directory, and old ones find their
//! headers through a descriptor that is open on their own directory (`-iprefix`, GCC manual, "Directory Options"). Words that lead into
//! the home directory are given by another such descriptor.

mod check;
mod maps;
mod names;
mod rewritten;
mod spelling;

pub use check::check;
pub use rewritten::Rewritten;
