//! The store: digests and bytes, no compilers.
//!
//! ```text
//! store/                what CI saves: content and rooted paths, nothing of this machine
//!   CACHEDIR.TAG        backup programs leave it out
//!   v1/m/ab/cdef…       manifests, named by the first key
//!   v1/e/ab/cdef…       entries, named by the digest of their header
//!   v1/t/ab/cdef…       what the toolchains were made of, for explanations
//!   v1/s/ab/cdef…       what the first keys of a source were made of, for explanations
//!   v1/d/ab/cdef…       what headers of definitions held, named by their content
//! ```
//!
//! Every file is written under a temporary name beside its place and renamed, so that no reader sees half of one. Nothing is ever
//! changed in place, so that readers need no lock. A manifest or an entry that is truncated, damaged, or of another format is a miss,
//! and is removed. Several versions of packer-cc share one directory by the number in `v1`.

pub mod audit;
pub mod backend;
pub mod definitions;
pub mod entry;
pub mod evict;
mod kind;
mod layout;
mod listing;
mod local;
pub mod manifest;
mod packed;
pub mod permit;
pub mod prune;
pub mod sources;
pub mod toolchains;
pub mod trim;

pub use kind::Kind;
pub use local::Store;
