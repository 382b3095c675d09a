//! Comments: an edit of one costs no compile, unless a result could show it.
//!
//! ```c
//! /* Copyright 2025 */     // the next year: a hit
//! int f(int a);            // a doc comment: a hit
//! case 1: f();             // fall through: this one is read
//! ```

mod judged;
mod kept;
mod pieces;
mod texts;
