//! `scripts/bench-fastled` in its small form: another checkout, another toolchain path, a restored store.

use crate::fixture::packer_cc;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn second_runner(flags: &str) -> Value {
    let work = tempfile::tempdir().expect("a directory");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/bench-fastled");
    let mut command = Command::new(script);
    let sketches = "^(eeprom_read|i2c_scanner)$";
    command.args(["--arduino", "--sketches", sketches, "--flags", flags, "--untimed", "--json"]);
    command.arg("--packer").arg(packer_cc()).arg("--work").arg(work.path().join("bench"));
    let ran = command.output().expect("the script starts");
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{text}{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_second_runner_compiles_nothing() {
    for flags in ["arduino", "pio", "debug"] {
        let figures = second_runner(flags);
        let shown = format!("{flags}: {figures:#}");
        let compiles = figures["compiles"].as_u64().expect("a number");
        // The core alone has more than twenty sources.
        assert!(compiles > 20, "{shown}");
        assert_eq!(figures["first"]["compiler_runs"], compiles, "{shown}");
        assert_eq!(figures["second"]["compiler_runs"], 0, "{shown}");
        assert_eq!(figures["second"]["hits"], compiles, "{shown}");
        assert_eq!(figures["outputs"]["objects"], compiles, "{shown}");
        // Debug data of assembly name a temporary file.
        let by_chance = figures["outputs"]["chance"].as_array().expect("a list");
        assert!(by_chance.iter().all(|name| name == "core/wiring_pulse.S.o"), "{shown}");
        let identical = figures["outputs"]["identical"].as_u64().expect("a number");
        assert_eq!(identical, compiles - by_chance.len() as u64, "{shown}");
        assert_eq!(figures["outputs"]["hex"]["identical"], 2, "{shown}");
    }
}
