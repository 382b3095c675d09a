//! What the fuzz targets share: cutting one input into several things.
#![expect(clippy::disallowed_methods, reason = "two targets ask compilers")]

#[path = "../wrapper-tests/comments/pieces.rs"]
pub mod pieces;

use packer_cc::paths::Place;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands between sections of an input. No UTF-8 text holds this byte.
pub const SECTION: u8 = 0xff;

/// The input cut at a byte.
pub fn fields(data: &[u8], at: u8) -> Vec<Vec<u8>> {
    data.split(|byte| *byte == at).map(<[u8]>::to_vec).collect()
}

/// Arguments from bytes; none holds a NUL.
pub fn words(fields: &[Vec<u8>]) -> Vec<OsString> {
    fields.iter().map(|field| OsString::from_vec(field.iter().copied().filter(|byte| *byte != 0).collect())).collect()
}

/// A place with every kind of base.
pub fn place() -> Place {
    Place::new(
        "/real/p/build".into(),
        Some("/link/build".into()),
        "/real/p".into(),
        Some("/opt/t/lib/gcc/avr/5".into()),
        &[(0, "/opt/t/lib/avr/include".into()), (3, "/opt/t/x".into())],
        &[],
    )
}

/// Another place with the same kinds of bases.
pub fn other_place() -> Place {
    Place::new(
        "/q/build".into(),
        Some("/s/build".into()),
        "/q".into(),
        Some("/usr/lib/gcc/avr/5".into()),
        &[(0, "/usr/lib/avr/include".into()), (3, "/usr/x".into())],
        &[],
    )
}

/// A directory in memory where the platform has one: the targets that read files make thousands a second.
pub fn directory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { PathBuf::from("/tmp") };
    tempfile::Builder::new().prefix("packer-cc-fuzz-").tempdir_in(place).expect("a directory")
}

/// Compilers of this machine, without their drivers.
pub struct Compilers {
    pub cc1: PathBuf,
    pub cc1plus: PathBuf,
    pub clang: PathBuf,
}

/// What gcc's driver says that it starts, and clang.
pub fn compilers() -> Compilers {
    let part = |name: &str| {
        let output = Command::new("gcc").arg(format!("-print-prog-name={name}")).output().expect("gcc");
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    };
    Compilers { cc1: part("cc1"), cc1plus: part("cc1plus"), clang: "clang".into() }
}
