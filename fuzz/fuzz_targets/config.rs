//! `.packer-cc.toml`, and behind each [`SECTION`] the value of a variable.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packer_cc::config::Config;
use packer_cc::environment::Environment;
use packer_cc_fuzz::{SECTION, fields, words};
use std::cell::RefCell;

const VARIABLES: [&str; 14] = [
    "PACKER_CC_DIR",
    "PACKER_CC_ROOT",
    "PACKER_CC_COMPILER",
    "PACKER_CXX_COMPILER",
    "PACKER_CC_DISABLE",
    "PACKER_CC_READONLY",
    "PACKER_CC_RECACHE",
    "PACKER_CC_MAX_SIZE",
    "PACKER_CC_NAMESPACE",
    "PACKER_CC_EXTRA_FILES",
    "PACKER_CC_PARANOID",
    "PACKER_CC_PATHS",
    "PACKER_CC_LOG",
    "PACKER_CC_MISSPELT",
];

thread_local! {
    static PLACE: RefCell<tempfile::TempDir> = RefCell::new(packer_cc_fuzz::directory());
}

fuzz_target!(|data: &[u8]| {
    let fields = fields(data, SECTION);
    PLACE.with_borrow(|place| {
        std::fs::write(place.path().join(".packer-cc.toml"), &fields[0]).expect("a file");
        let variables = Environment::from_vars(VARIABLES.into_iter().zip(words(&fields[1..])));
        let _ = Config::load(&variables, place.path());
        let _ = Config::fallback(&variables, place.path());
        let _ = Config::explain(&variables, place.path());
    });
});
