//! The program; see the library for what it does.

fn main() {
    std::process::exit(packer_cc::wrapper::main());
}
