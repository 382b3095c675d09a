//! `packer-cc store …`: about the store itself.

use super::session::{Failure, Session, USAGE, print};
use clap::{ArgMatches, Command};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub fn command() -> Command {
    Command::new("store")
        .about("About the store itself")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(Command::new("path").about("Print the store's directory: what a CI job saves and restores"))
}

pub fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("path", _)) => {
            // Scripts use this path, so its bytes are printed as they are.
            let mut line = session.config()?.store_dir().as_os_str().as_bytes().to_owned();
            line.push(b'\n');
            print(line)
        }
        _ => Err(Failure::Status(USAGE)),
    }
}

/// How much a directory tree holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    pub files: u64,
    pub bytes: u64,
}

/// Adds up the files under `dir`. What vanishes meanwhile, or may not be read, counts nothing.
pub fn size(dir: &Path) -> Size {
    let mut size = Size::default();
    let mut pending = vec![dir.to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => pending.push(entry.path()),
                Ok(metadata) => {
                    size.files += 1;
                    size.bytes = size.bytes.saturating_add(metadata.len());
                }
                Err(_) => {}
            }
        }
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_add_up() {
        let temp = tempfile::tempdir().unwrap();
        assert_eq!(size(&temp.path().join("missing")), Size::default());
        fs::create_dir_all(temp.path().join("a/b")).unwrap();
        fs::write(temp.path().join("a/b/x"), [0; 10]).unwrap();
        fs::write(temp.path().join("y"), [0; 5]).unwrap();
        assert_eq!(size(temp.path()), Size { files: 2, bytes: 15 });
    }
}
