//! The same program for C++: the name it is called by makes the difference.

fn main() {
    std::process::exit(packer_cc::wrapper::main());
}
