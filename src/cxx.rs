//! The same program for C++: the name it is called by makes the difference.
//!
//! Without Rust's own start-up: it would open `/dev/null` for a standard stream that is closed, which the compiler
//! must see closed, change what SIGPIPE does, and read `/proc/self/maps` on every start.
#![no_main]
#![expect(unsafe_code, reason = "the symbol the C start-up calls")]

// SAFETY: the one definition of `main`; arguments and environment are read through `std`.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    packer_cc::run::main()
}
