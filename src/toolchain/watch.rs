//! What must stay as it is for an answer about a compiler to hold: names that are not there, and directories and
//! files of which any change counts.

use super::absent::{AbsentByDir, note_absent};
use super::closure::Closure;
use super::habits;
use super::probe::Answers;
use super::question::Question;
use crate::command::{self, Trait};
use crate::disk::stamp::Stamp;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The bits by which somebody may execute a file.
const EXECUTABLE: u32 = 0o111;

/// A directory in which names were looked for and not found, or of which any change counts.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) dir: PathBuf,
    pub(super) stamp: Option<Stamp>,
    pub(super) settled: bool,
    /// Without names, any change of the directory counts.
    pub(super) absent: Vec<Vec<u8>>,
}

impl Watched {
    pub(super) fn finds_something(&self, cwd: &Path) -> bool {
        let dir = cwd.join(&self.dir);
        self.absent.iter().any(|name| fs::symlink_metadata(dir.join(OsStr::from_bytes(name))).is_ok())
    }
}

/// The names a driver would use, had they been there, and the directories the include path would have.
pub(super) fn watched(question: &Question<'_>, answers: &Answers, closure: &Closure<'_, '_>) -> Vec<Watched> {
    let mut names: BTreeSet<Vec<u8>> = [b"specs".to_vec()].into();
    for program in &answers.programs {
        if let Some(name) = Path::new(program).file_name() {
            names.insert(name.as_bytes().to_vec());
            // gcc looks for `avr-as` as well as for `as`.
            names.insert([answers.target.as_bytes(), b"-", name.as_bytes()].concat());
        }
    }
    // `-B DIR` comes before the directory in which gcc found its specs, `device-specs/specs-atmega328p` among them.
    let mut specs: BTreeSet<Vec<u8>> = BTreeSet::new();
    for file in &answers.files {
        let Some(name) = file.file_name().map(OsStr::as_bytes) else { continue };
        specs.insert(name.to_vec());
        if let Some(dir) = file.parent().and_then(Path::file_name) {
            specs.insert([dir.as_bytes(), b"/", name].concat());
        }
    }
    let mut watch = Watch { cwd: question.cwd, names: closure.absent.clone(), whole: BTreeSet::new() };
    for dir in &answers.program_dirs {
        for name in &names {
            watch.absent(dir, name);
        }
        for name in &specs {
            watch.missing(dir, name);
        }
    }
    for prefix in &answers.prefixes {
        // `-B dir/avr-` is put in front of the names as it is: gcc looks for `dir/avr-as`.
        let (dir, start) = match prefix.as_os_str().as_bytes().iter().rposition(|byte| *byte == b'/') {
            Some(slash) => prefix.as_os_str().as_bytes().split_at(slash + 1),
            None => (&b""[..], prefix.as_os_str().as_bytes()),
        };
        for name in names.iter().map(Vec::as_slice).chain([&b"include"[..]]) {
            watch.absent(Path::new(OsStr::from_bytes(dir)), &[start, name].concat());
        }
        for name in &specs {
            watch.missing(Path::new(OsStr::from_bytes(dir)), &[start, name].concat());
            watch.missing(prefix, name);
        }
        // clang takes it for a directory: `dir/avr-/as`.
        for name in &names {
            watch.absent(prefix, name);
        }
        // `-B DIR` also adds DIR/include, without a word about it while that is not there.
        watch.absent(prefix, b"include");
    }
    watch.whole.extend(answers.missing_include_dirs.iter().cloned());
    if closure.is_dynamic {
        watch.whole.extend(["/etc/ld.so.cache", "/etc/ld.so.preload"].map(PathBuf::from));
    }
    if answers.family.is_some_and(|family| habits::LOOKS_FOR_CONFIGURATIONS.has(family, answers.major)) {
        // Default configuration files, and the installations of gcc whose headers clang borrows.
        let configurations = configurations(question, answers);
        for program in answers.programs.iter().map(Path::new).chain([question.spec.program.as_path()]) {
            if let Some(dir) = program.parent().filter(|dir| !dir.as_os_str().is_empty()) {
                for name in &configurations {
                    watch.absent(dir, name);
                }
            }
        }
        watch.whole.extend(answers.configuration_dirs.iter().cloned());
        watch.searched_by_clang(question, answers);
        watch.places_of_clang(question, answers);
        for dir in &answers.include_dirs {
            let dir = Path::new(OsStr::from_bytes(dir));
            if let Some(parent) = dir.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "c++")) {
                watch.whole.insert(parent.to_owned());
            }
        }
    }
    watch.finish(closure.memo.started_ns())
}

/// Names under which clang looks for a configuration file by itself: by its own name, by each beginning of it that
/// could be a target, and by the target.
fn configurations(question: &Question<'_>, answers: &Answers) -> BTreeSet<Vec<u8>> {
    let mut stems: BTreeSet<Vec<u8>> = BTreeSet::new();
    let target = answers.target.as_bytes();
    let programs = answers.programs.iter().map(OsString::as_os_str);
    for name in programs.chain([question.spec.argv0.as_os_str(), question.spec.program.as_os_str()]) {
        let name = Path::new(name).file_name().unwrap_or_default().as_bytes();
        let ends = memchr::memchr_iter(b'-', name).chain([name.len()]);
        stems.extend(ends.map(|end| name[..end].to_vec()).filter(|stem| !stem.is_empty()));
    }
    for mode in [&b"clang"[..], b"clang++"] {
        stems.insert(mode.to_vec());
        stems.insert([target, b"-", mode].concat());
    }
    stems.insert(target.to_vec());
    stems.into_iter().map(|stem| [stem.as_slice(), b".cfg"].concat()).collect()
}

/// What must stay as it is for an answer to hold, as it is collected.
struct Watch<'a> {
    cwd: &'a Path,
    /// By directory, names that are not there.
    names: AbsentByDir,
    /// Directories and files of which any change counts.
    whole: BTreeSet<PathBuf>,
}

impl Watch<'_> {
    /// Where clang would have found a program that is not its own, such as `as`: by the target's name anywhere, by its plain name before
    /// the directory in which it is. It looks in `COMPILER_PATH` and then on `PATH` (clang, `Driver::GetProgramPath`).
    fn searched_by_clang(&mut self, question: &Question<'_>, answers: &Answers) {
        let variables = ["COMPILER_PATH", "PATH"].into_iter().filter_map(|name| question.environment.get(name));
        let dirs: Vec<PathBuf> = variables.flat_map(std::env::split_paths).collect();
        for program in answers.programs.iter().map(Path::new) {
            let (Some(name), Some(own)) = (program.file_name(), program.parent()) else { continue };
            if program == question.spec.program || own.as_os_str().is_empty() {
                continue;
            }
            let of_target = [answers.target.as_bytes(), b"-", name.as_bytes()].concat();
            let mut is_before = true;
            for dir in &dirs {
                is_before &= dir != own;
                let names = [Some(of_target.as_slice()), is_before.then_some(name.as_bytes())];
                for name in names.into_iter().flatten() {
                    if fs::symlink_metadata(question.cwd.join(dir).join(OsStr::from_bytes(name))).is_err() {
                        self.absent(dir, name);
                    }
                }
            }
        }
    }

    /// Directories in which clang looks for installations of gcc, for headers of the target and of C++, and for lists of its sanitizers.
    /// It says nothing of those that are not there (clang, `GCCInstallationDetector`, `Linux::AddClangSystemIncludeArgs`).
    fn places_of_clang(&mut self, question: &Question<'_>, answers: &Answers) {
        let mut sysroots: Vec<PathBuf> =
            command::values(question.options, Trait::MovesHeaders).iter().map(PathBuf::from).collect();
        sysroots.push(PathBuf::from("/"));
        let own =
            answers.programs.iter().filter_map(|program| Path::new(program).parent()?.parent().map(Path::to_owned));
        for place in sysroots.iter().map(|sysroot| sysroot.join("usr")).chain(own) {
            let installations = place.join("lib/gcc");
            for target in fs::read_dir(question.cwd.join(&installations)).into_iter().flatten().flatten() {
                self.whole.insert(installations.join(target.file_name()));
            }
            self.whole.extend([installations, place.join("include"), place.join("include/c++")]);
        }
        self.whole.extend(answers.toolchain.iter().map(|resources| resources.join("share")));
    }

    /// Nothing the driver can use has this name. A file that may not be executed is passed over, until it may.
    fn absent(&mut self, dir: &Path, name: &[u8]) {
        let place = dir.join(OsStr::from_bytes(name));
        if Stamp::of(&self.cwd.join(&place)).is_ok_and(|stamp| stamp.is_file() && stamp.mode & EXECUTABLE == 0) {
            self.whole.insert(place);
        }
        self.missing(dir, name);
    }

    /// No file has this name. One that has it is known already.
    fn missing(&mut self, dir: &Path, name: &[u8]) {
        note_absent(self.cwd, &mut self.names, &dir.join(OsStr::from_bytes(name)));
    }

    fn finish(self, now: i128) -> Vec<Watched> {
        let names = self.names.into_iter().map(|(dir, names)| (dir, names.into_iter().collect()));
        let whole = self.whole.into_iter().map(|dir| (dir, Vec::new()));
        let stamped = names.chain(whole).map(|(dir, absent)| {
            let full = self.cwd.join(&dir);
            let stamp = Stamp::of(&full).ok();
            Watched { dir, stamp, settled: stamp.is_some_and(|stamp| stamp.is_settled(&full, now)), absent }
        });
        stamped.collect()
    }
}
