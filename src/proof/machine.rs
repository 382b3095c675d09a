//! Obligation: the outputs tell nothing of this machine.
//!
//! ```text
//! # GGC heuristics: --param ggc-min-expand=30 --param ggc-min-heapsize=4096     gcc -S -fverbose-asm, with little memory
//! __omp_offloading_801_1d5c25_f_l3                                              clang -fopenmp-targets=…: device and inode of the source
//! ```

use super::case::{Case, Judged};
use crate::reason::{Cause, Reason};
use crate::toolchain::habits;
use memchr::memmem;

/// What gcc writes into verbose assembly on a machine with as much memory as most have.
const USUAL_MEMORY: &[u8] = b"GGC heuristics: --param ggc-min-expand=100 --param ggc-min-heapsize=131072\n";
/// How clang begins the name of code for another device. The file system's device and the inode of the source follow.
const OFFLOADED: &[u8] = b"__omp_offloading_";

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let main = case.observed.outputs.main();
    if case.observed.quotes_lines() && memmem::find(main, USUAL_MEMORY).is_none() {
        return Err(Reason::VerboseAssembly.about("it tells of the memory of this machine"));
    }
    if case.observed.compiler.has(habits::OFFLOADS_BY_INODE) && memmem::find(main, OFFLOADED).is_some() {
        return Err(Reason::OpenmpOffload.about("it holds the inode of its source"));
    }
    Ok(Judged::Holds(Vec::new()))
}
