//! Whose habits a compiler follows.

/// Whose habits a compiler follows, where the two differ in what they write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Family {
    /// GNU: a driver that starts `cc1` and `as`.
    Gcc = 1,
    /// LLVM: one program with an integrated assembler.
    Clang = 2,
}
