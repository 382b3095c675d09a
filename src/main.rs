//! The program; see the library for what it does.
//!
//! It goes without Rust's own start-up, which would do three things: open `/dev/null` for a closed standard stream, which the
//! compiler must see closed; change what SIGPIPE does; and read `/proc/self/maps` on every start.
#![no_main]
#![expect(unsafe_code, reason = "the symbol the C start-up calls")]

// SAFETY: the one definition of `main`; arguments and environment are read through `std`.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    packer_cc::run::main()
}
