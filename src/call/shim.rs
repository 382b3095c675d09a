//! Overlays: which compiler one of their drivers stands for.
//!
//! An overlay is a copy of a toolchain by links, whose drivers are links to packer-cc. `packer-cc shim` (`admin/shim/`) makes it. Beside
//! the drivers stands a **shim file**:
//!
//! ```toml
//! version = 1
//! toolchain = "/opt/avr"
//! packer-cc = "/usr/local/bin/packer-cc"
//! directories = ["avr", "avr/bin", "bin"]
//!
//! [drivers]
//! "avr-gcc" = "/opt/avr/bin/avr-gcc"
//! ```
//!
//! A compile asks for `drivers`: the original of each driver in this directory. Compilers find their parts by the path they are
//! started with, so the original is started by its own path and knows nothing of the overlay. All paths but `directories` are absolute,
//! so that an overlay may be moved. A toolchain that was moved is an error that says so. No other compiler that happens to be on `PATH`
//! is ever started instead.
//!
//! The other keys are for making the overlay anew and for taking it away. `directories` (in the file at the overlay's top) are the
//! overlay's own. `copies` says that the drivers are copies of packer-cc. `former` tells what links led to before, as long as not all of
//! them are changed. (Where a driver is not the running packer-cc, `packer-cc` and `copies` also tell whether it is another one.)
//!
//! A shim file names a program to start, so it must belong to this user or to root, and nobody else may write in it. The latter is not
//! asked of a `.packer-cc.toml` that names a `compiler`. No person writes a shim file, so the stricter rule is in nobody's way.

use crate::bounded;
use crate::files;
use crate::toolchain::locate::Ourselves;
use crate::trust::Trust;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The shim file's name.
pub const NAME: &str = ".packer-cc-shim.toml";

/// The version of the format this program writes, and the only one it reads.
const VERSION: &str = "1";

/// The most bytes of a shim file. A longer one is not read.
const LIMIT: u64 = 1 << 20;

/// How many links are followed from a driver to packer-cc, and how many overlays from one to the next.
const DEPTH: usize = 16;

/// The exit status of a shell for a command that is there and cannot be started (POSIX, "Exit Status for Commands").
pub const CANNOT_START: i32 = 126;

/// The exit status of a shell for a command that is not there.
pub const NOT_FOUND: i32 = 127;

/// What a shim file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShimFile {
    /// The toolchain the overlay was made of.
    pub toolchain: PathBuf,
    /// What the drivers lead to.
    pub packer_cc: PathBuf,
    /// The drivers are copies of it, not links.
    pub copies: bool,
    /// While an overlay is brought up to date: what its links led to before.
    pub former: Vec<PathBuf>,
    /// In the file at the top: the overlay's own directories below it, relative; all others are links.
    pub directories: Vec<PathBuf>,
    /// The original of each driver in the file's directory.
    pub drivers: BTreeMap<String, PathBuf>,
}

/// Why what was called, such as a driver of an overlay, leads to no compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong and what to do, for people.
    pub text: String,
    /// The exit status: [`NOT_FOUND`] or [`CANNOT_START`].
    pub status: i32,
}

/// The program that `place` stands for; `None` if `place` is no driver of an overlay. Links are followed from `place` to packer-cc: it is a
/// driver of an overlay if one of them stands beside a shim file that names it.
///
/// # Errors
/// When it is such a driver and its original cannot be told, or cannot be started.
pub fn original(place: &Path, cwd: &Path, ourselves: &Ourselves) -> Result<Option<PathBuf>, Broken> {
    let Some(mut found) = named(place, cwd, ourselves)? else { return Ok(None) };
    // The original may have become packer-cc since: by an overlay in its place, or by a link that means a search on PATH.
    for _ in 0..DEPTH {
        if let Some(next) = named(&found, cwd, ourselves)? {
            found = next;
        } else if ourselves.include(&found) {
            break;
        } else {
            return startable(place, found).map(Some);
        }
    }
    let text = format!(
        "{} stands for {}, which leads back to packer-cc; `packer-cc shim` makes the overlay anew",
        place.display(),
        found.display()
    );
    Err(Broken { text, status: NOT_FOUND })
}

/// What the nearest shim file on the way from `place` to packer-cc names for it: one step of [`original`].
fn named(place: &Path, cwd: &Path, ourselves: &Ourselves) -> Result<Option<PathBuf>, Broken> {
    let mut place = cwd.join(place);
    let is_ourselves = ourselves.include(&place);
    for _ in 0..DEPTH {
        let (Some(dir), Some(name)) = (place.parent(), place.file_name().and_then(OsStr::to_str)) else { break };
        let file = match read(dir) {
            // A shim file that is not believed matters only to drivers that are packer-cc. Any other compiler can be started.
            Err(_) if !is_ourselves => None,
            read => read?,
        };
        if let Some(file) = file
            && let Some(original) = file.drivers.get(name)
            && (is_ourselves || is_packer(&place, &file))
        {
            return Ok(Some(original.clone()));
        }
        // Links of a compiler never lead to this packer-cc. If they lead to another one, `place` itself stands beside the shim file.
        if !is_ourselves {
            break;
        }
        let Ok(target) = fs::read_link(&place) else { break };
        place = dir.join(target);
    }
    Ok(None)
}

/// The shim file in `dir`, if there is one.
///
/// # Errors
/// When it cannot be read, is not believed, or says nothing that can be understood.
pub fn read(dir: &Path) -> Result<Option<ShimFile>, Broken> {
    let path = dir.join(NAME);
    let broken = |what: String| Broken { text: format!("{}: {what}", path.display()), status: CANNOT_START };
    let (file, metadata) = match files::open(&path) {
        Ok(opened) => opened,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        // The directory may not be searched, so nothing in it can be started either. Only a file that is there is broken.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && fs::symlink_metadata(&path).is_err() => {
            return Ok(None);
        }
        Err(error) => return Err(broken(format!("cannot read the shim file: {error}"))),
    };
    if !Trust::new(false).believes(&metadata) {
        let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
        return Err(broken(format!(
            "this shim file is user {owner}'s with mode {mode:04o}, and so what it names is not started: it must be \
             yours or root's, and writable by nobody else (chown and chmod go-w it, or make the overlay anew with \
             `packer-cc shim`)"
        )));
    }
    let text = bounded::contents(&file, metadata.len(), LIMIT).map_err(|error| broken(error.to_string()))?;
    let text = String::from_utf8(text).map_err(|_| broken("the shim file is not UTF-8".to_owned()))?;
    parse(&text).map(Some).map_err(|what| broken(format!("{what}; `packer-cc shim` makes the overlay anew")))
}

fn parse(text: &str) -> Result<ShimFile, String> {
    let table = DeTable::parse(text).map_err(|error| format!("the shim file is damaged: {}", error.message()))?;
    let table = table.into_inner();
    let value = |key: &str| table.get(key).map(toml::Spanned::get_ref);
    match value("version") {
        Some(DeValue::Integer(version)) if version.as_str() == VERSION => {}
        _ => return Err("the shim file is of another version of packer-cc".to_owned()),
    }
    let path = |value: Option<&DeValue<'_>>| match value {
        Some(DeValue::String(path)) if path.starts_with('/') => Ok(PathBuf::from(path.as_ref())),
        _ => Err("the shim file is damaged: a path is missing or not absolute".to_owned()),
    };
    let mut file =
        ShimFile { toolchain: path(value("toolchain"))?, packer_cc: path(value("packer-cc"))?, ..ShimFile::default() };
    if let Some(DeValue::Array(list)) = value("directories") {
        for item in list {
            match item.get_ref() {
                DeValue::String(name) if stays_below(name) => file.directories.push(PathBuf::from(name.as_ref())),
                _ => return Err("the shim file is damaged: `directories` leaves the overlay".to_owned()),
            }
        }
    }
    file.copies = matches!(value("copies"), Some(DeValue::Boolean(true)));
    if let Some(DeValue::Array(list)) = value("former") {
        file.former = list.iter().map(|item| path(Some(item.get_ref()))).collect::<Result<_, _>>()?;
    }
    if let Some(DeValue::Table(drivers)) = value("drivers") {
        for (name, original) in drivers {
            file.drivers.insert(name.get_ref().to_string(), path(Some(original.get_ref()))?);
        }
    }
    Ok(file)
}

/// Whether this is a relative path without `..`: the overlay's directories are taken away later, and must lie in it.
fn stays_below(name: &str) -> bool {
    use std::path::Component;
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

impl ShimFile {
    /// What the file at the top says while the overlay that `former` tells of becomes this one.
    #[must_use]
    pub fn after(&self, former: &Self) -> Self {
        let mut file = self.clone();
        file.copies |= former.copies;
        let before = [&former.toolchain, &former.packer_cc].into_iter().chain(&former.former);
        file.former = before.filter(|path| ![&self.toolchain, &self.packer_cc].contains(path)).cloned().collect();
        file
    }
}

impl fmt::Display for ShimFile {
    /// The file's text.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |path: &Path| toml::Value::from(path.to_string_lossy().as_ref()).to_string();
        writeln!(out, "# Which compilers the drivers in this directory stand for; made by `packer-cc shim`.")?;
        writeln!(out, "version = {VERSION}\ntoolchain = {}", quoted(&self.toolchain))?;
        writeln!(out, "packer-cc = {}", quoted(&self.packer_cc))?;
        let list = |paths: &[PathBuf]| paths.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(", ");
        for (key, paths) in [("directories", &self.directories), ("former", &self.former)] {
            if !paths.is_empty() {
                writeln!(out, "{key} = [{}]", list(paths))?;
            }
        }
        if self.copies {
            writeln!(out, "copies = true")?;
        }
        writeln!(out, "\n[drivers]")?;
        for (name, original) in &self.drivers {
            writeln!(out, "\"{name}\" = {}", quoted(original))?;
        }
        Ok(())
    }
}

/// The original, if it can be started.
fn startable(place: &Path, original: PathBuf) -> Result<PathBuf, Broken> {
    let stands_for = format!("{} stands for {}", place.display(), original.display());
    match fs::metadata(&original) {
        Ok(metadata) if metadata.is_file() && metadata.mode() & 0o111 != 0 => Ok(original),
        Ok(_) => Err(Broken { text: format!("{stands_for}, which is no program"), status: CANNOT_START }),
        Err(error) => {
            let text = format!(
                "{stands_for}, which cannot be found ({error}); if the toolchain was moved, `packer-cc shim TOOLCHAIN \
                 OVERLAY` makes the overlay anew"
            );
            Err(Broken { text, status: NOT_FOUND })
        }
    }
}

/// Whether the driver at `place` is the packer-cc that the shim file names, or as long as the copy that was made of it.
fn is_packer(place: &Path, file: &ShimFile) -> bool {
    let (Ok(driver), Ok(packer_cc)) = (fs::metadata(place), fs::metadata(&file.packer_cc)) else { return false };
    let is_same = (driver.dev(), driver.ino()) == (packer_cc.dev(), packer_cc.ino());
    is_same || file.copies && driver.len() == packer_cc.len()
}

/// Whether a program of this name is a compiler driver: `gcc`, `g++`, `cc`, `c++`, `c89`, `c99`, `clang`, `clang++`,
/// behind the name of a target (`avr-gcc`) and before a version (`gcc-12.2`, `clang14`) or the names of the
/// threads of a Windows target (`-posix`, `-win32`). Programs beside them (`gcc-ar`, `gcov`, `cpp`, `clang-format`)
/// are not: they never compile. Nor is packer-cc, whose name ends like one.
pub fn is_driver(name: &str) -> bool {
    const DRIVERS: [&str; 8] = ["c++", "c89", "c99", "cc", "clang", "clang++", "g++", "gcc"];
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
    if matches!(name, "packer-cc" | "packer-c++") || !name.bytes().all(is_plain) {
        return false;
    }
    let name = ["-posix", "-win32"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let end_is_driver = |name: &str| {
        let last = name.rsplit_once('-').map_or(name, |(_, last)| last);
        DRIVERS.contains(&last)
    };
    if end_is_driver(name) {
        return true;
    }
    let without = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let version = &name[without.len()..];
    let is_version = !version.starts_with('.') && !version.ends_with('.') && !version.contains("..");
    let named = without.strip_suffix('-').unwrap_or(without);
    // `99` of `c99` is no version: `c` is no driver's name. A version is cut off only where a driver's name remains.
    !version.is_empty() && is_version && end_is_driver(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_by_their_names() {
        for name in [
            "gcc",
            "g++",
            "cc",
            "c++",
            "c99",
            "clang",
            "clang++",
            "avr-gcc",
            "avr-g++",
            "avr-c++",
            "gcc-12",
            "avr-gcc-5.4.0",
            "x86_64-linux-gnu-gcc-12",
            "clang-14",
            "clang++-14",
            "clang14",
            "gcc12",
            "arm-none-eabi-gcc-12.2.1",
            "x86_64-w64-mingw32-gcc-12-posix",
            "x86_64-w64-mingw32-g++-win32",
            "c99-gcc",
            "aarch64-linux-gnu-clang",
        ] {
            assert!(is_driver(name), "{name}");
        }
        for name in [
            "",
            "-",
            "avr-gcc-ar",
            "gcc-nm-12",
            "gcc-ranlib",
            "gcov",
            "gcov-12",
            "cpp",
            "avr-cpp",
            "clang-format",
            "clang-cpp-14",
            "clangd",
            "clang-tidy-14",
            "avr-ld",
            "ld",
            "as",
            "avr-size",
            "acc",
            "tcc",
            "gccgo",
            "gcc-12.",
            "gcc-.1",
            "gcc-1..2",
            "a b-gcc",
            "\n-gcc",
            "ä-gcc",
            "lto-wrapper",
            "packer-cc",
            "packer-c++",
            "12",
            "avr-gcc-5.4.0-ar",
            "ccache",
            "gcc-",
        ] {
            assert!(!is_driver(name), "{name}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut file = ShimFile {
            toolchain: "/opt/a \"b\" \\ 'c'\n".into(),
            packer_cc: "/usr/bin/packer-cc".into(),
            directories: vec!["bin".into(), "x/bin".into()],
            copies: true,
            former: vec!["/opt/before".into()],
            ..ShimFile::default()
        };
        file.drivers.insert("g++".to_owned(), "/opt/g++".into());
        assert_eq!(parse(&file.to_string()), Ok(file));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let with = |line: &str| format!("version = 1\ntoolchain = \"/t\"\npacker-cc = \"/p\"\n{line}\n");
        assert!(parse(&with("")).is_ok());
        for text in [
            String::new(),
            "version = 2\ntoolchain = \"/t\"\npacker-cc = \"/p\"\n".to_owned(),
            "version = \"1\"\ntoolchain = \"/t\"\npacker-cc = \"/p\"\n".to_owned(),
            with("directories = [\"../x\"]"),
            with("directories = [\"/x\"]"),
            with("directories = [\"\"]"),
            with("directories = [1]"),
            with("[drivers]\ngcc = \"bin/gcc\""),
            with("[drivers]\ngcc = 1"),
            with("drivers ="),
        ] {
            assert!(parse(&text).is_err(), "{text}");
        }
    }
}
