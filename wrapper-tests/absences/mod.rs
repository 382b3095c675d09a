//! Files that are not there: a header that would be found first if it came, and what `__has_include` asks for. Each
//! comes, goes, and comes again; in between everything that has nothing to do with it must be a hit.

mod computed;
mod places;
mod questions;
mod search_path;
