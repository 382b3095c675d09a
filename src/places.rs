//! The directories of the cache, as far as they are believed, see [`crate::trust`].

use crate::config::Config;
use crate::files;
use crate::trust::Trust;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The directories of the cache as they may be used in this run.
#[derive(Debug)]
pub struct Places {
    /// The state's directory, where at least the journal may be written; `None` where it is not believed.
    pub state: Option<PathBuf>,
    /// Why nothing but the journal may be used, for people; `None` where all of the cache may be used.
    pub refused: Option<String>,
    /// The state's directory, where `state` leads to it by this descriptor.
    _open: Option<fs::File>,
}

/// Judges the directories of the cache, and makes the one that is declared shared.
pub fn places(config: &Config) -> Places {
    let trust = Trust::new(config.shared);
    if config.shared && fs::symlink_metadata(&config.dir).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        // Where the directory cannot be made, whoever uses it finds out.
        let _ = files::make_group_dir(&config.dir);
    }
    let state = config.state_dir();
    if let Some(refused) = trust.refusal(&state) {
        return Places { state: None, refused: Some(refused), _open: None };
    }
    match trust.refusal(&config.dir) {
        None => Places { state: Some(state), refused: trust.refusal(&config.store_dir()), _open: None },
        // The reason is to be recorded all the same, if the state is there and is believed.
        refused => match open_state(trust, &state) {
            Some((open, state)) => Places { state: Some(state), refused, _open: Some(open) },
            None => Places { state: None, refused, _open: None },
        },
    }
}

/// Everything that is wrong with the directories of the cache, for people.
pub fn problems(config: &Config) -> Vec<String> {
    let trust = Trust::new(config.shared);
    [config.dir.clone(), config.store_dir(), config.state_dir()].iter().filter_map(|dir| trust.refusal(dir)).collect()
}

/// Holds the state's directory, by a name that leads to this very directory even if somebody who can write above it
/// puts another in its place.
fn open_state(trust: Trust, state: &Path) -> Option<(fs::File, PathBuf)> {
    use std::os::fd::AsRawFd as _;
    let open = files::open_dir(state).ok()?;
    let metadata = open.metadata().ok()?;
    if !trust.believes(&metadata) {
        return None;
    }
    let name = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
    name.join(".").is_dir().then_some((open, name))
}
