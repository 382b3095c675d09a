//! `.packer-cc.toml`: where it stands and what it says.

use super::settings::ConfigError;
use super::{keys, suggest};
use crate::bounded;
use crate::trust::Trust;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The file's name.
pub const NAME: &str = ".packer-cc.toml";

/// A longer file, in bytes, is not about settings.
const LIMIT: u64 = 1 << 20;

/// A longer value, in bytes, is not repeated in an error.
const SHOWN: usize = 80;

/// The nearest file, read but not yet parsed.
pub struct ConfigFile {
    /// Its path.
    pub path: PathBuf,
    /// Its directory: relative paths in the file start here, and it is the root unless the file says otherwise.
    pub dir: PathBuf,
    /// The owner of the file or of a link to it, unless that is this user or root. Anybody can write a file in `/tmp`, above the
    /// builds of others.
    pub stranger: Option<u32>,
    text: String,
}

impl ConfigFile {
    /// Looks in `cwd` and upwards: one attempt to open a directory, no other call where there is no file.
    ///
    /// # Errors
    /// A file that is there and cannot be read. One in a directory that may not be searched is not there.
    pub fn nearest(cwd: &Path) -> Result<Option<Self>, ConfigError> {
        for dir in cwd.ancestors() {
            let path = dir.join(NAME);
            match read(&path) {
                Ok((stranger, text)) => return Ok(Some(Self { path, dir: dir.to_owned(), stranger, text })),
                Err(error) if is_absent(&path, &error) => {}
                Err(error) => return Err(ConfigError(format!("cannot read {}: {error}", path.display()))),
            }
        }
        Ok(None)
    }

    /// The file's keys.
    ///
    /// # Errors
    /// What is no TOML, with its line.
    pub fn parse(&self) -> Result<DeTable<'_>, ConfigError> {
        let table = DeTable::parse(&self.text).map_err(|error| {
            let line = error.span().map_or(1, |span| self.line(span.start));
            ConfigError(format!("{}:{line}: {}", self.path.display(), error.message()))
        })?;
        Ok(table.into_inner())
    }

    /// One error for every key of `table` that means nothing.
    pub fn unknown_keys(&self, table: &DeTable<'_>) -> Vec<ConfigError> {
        let known = || keys::KEYS.iter().map(|row| row.name).chain(keys::RESERVED.iter().map(|(name, _)| *name));
        let unknown = table.keys().filter(|key| !known().any(|name| name == key.get_ref()));
        unknown
            .map(|key| {
                let (line, name) = (self.line(key.span().start), key.get_ref());
                let hint = match suggest::nearest(name, known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the keys are {}", known().collect::<Vec<_>>().join(", ")),
                };
                ConfigError(format!("{}:{line}: unknown key `{name}`; {hint}", self.path.display()))
            })
            .collect()
    }

    /// The error for a value that its key does not accept.
    pub fn wrong_value(
        &self,
        key: &str,
        value: &toml::Spanned<DeValue<'_>>,
        expected: &str,
        may_be_shown: bool,
    ) -> ConfigError {
        let span = value.span();
        let line = self.line(span.start);
        // A value over several lines would tear the message apart; its type says enough.
        let is_short = |text: &&str| !text.contains('\n') && text.len() <= SHOWN;
        let found = match self.text.get(span).filter(|text| may_be_shown && is_short(text)) {
            Some(text) => text.to_owned(),
            None => format!("({})", value.get_ref().type_str()),
        };
        ConfigError(format!("{}:{line}: {key} = {found}: expected {expected}", self.path.display()))
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        memchr::memchr_iter(b'\n', before).count() + 1
    }
}

/// Reads the file at `path`, and says whose it is if that is a stranger: of the file, or of the link that leads to it.
fn read(path: &Path) -> io::Result<(Option<u32>, String)> {
    let (file, len) = bounded::open(path)?;
    let metadata = file.metadata()?;
    let trust = Trust::new(false);
    let owners = [metadata.uid(), fs::symlink_metadata(path)?.uid()];
    let stranger = owners.into_iter().find(|owner| !trust.believes_owner(*owner));
    let text = String::from_utf8(bounded::contents(&file, len, LIMIT)?);
    Ok((stranger, text.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))?))
}

/// Whether the error says that there is no such file, as opposed to one that may not be read. "Permission denied" can be about the file,
/// or about a directory that may not be searched: then the file counts as absent.
fn is_absent(path: &Path, error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => true,
        io::ErrorKind::PermissionDenied => fs::symlink_metadata(path).is_err(),
        _ => false,
    }
}
