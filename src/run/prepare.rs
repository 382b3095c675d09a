//! Everything that is found out before the lookup: place, compiler, key, and whether the outputs' places are such
//! that a hit can be served there.

use super::process::Run;
use super::relative::Rewritten;
use crate::bounded;
use crate::colour;
use crate::command::grammar::{Effect, spelling};
use crate::command::sides::Style;
use crate::command::{Job, Part, Role, SideKind, Trait, ours, refused};
use crate::config::{Config, PathsMode};
use crate::digest::ContentId;
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::disk::still::Before;
use crate::environment::Environment;
use crate::inputs::search_path::{IncludePath, What};
use crate::key::{KeyInputs, layout};
use crate::outputs::depfile;
use crate::paths::{self, Base, NamedRoot, Place};
use crate::proof::{self, KeyFile};
use crate::reason::{Cause, Reason};
use crate::text::{Facts, Reading, WordSet};
use crate::toolchain::{self, Compiler, Question, habits, identity};
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A command that can be looked up, served and learned from.
pub struct Prepared {
    /// What the compiler is asked for: the command as typed, but in the `relative` mode.
    pub job: Job,
    /// In the `relative` mode, how it differs from what was typed.
    pub relative: Option<Rewritten>,
    pub compiler: Compiler,
    pub place: Place,
    pub key: KeyInputs,
    pub include_path: IncludePath,
    /// The files that the key rests on, the source first, as they were before the compile.
    pub key_files: Vec<KeyFile>,
    /// The main output as the compiler spells it.
    pub output: OsString,
    /// The depfile as the compiler spells it, where one was asked for and is written.
    pub depfile: Option<OsString>,
    /// The outputs in whose places files stood.
    standing: Vec<OsString>,
}

impl Prepared {
    pub fn new(
        run: &Run,
        config: &Config,
        job: Job,
        response_files: Vec<KeyFile>,
        memo: &mut Memo,
    ) -> Result<Self, Cause> {
        let environment = &run.environment;
        let cwd = &run.cwd;
        check_environment(environment)?;
        // `-o /dev/null`, before anything is read.
        let output = job.output_name();
        let standing = standing_at(&cwd.join(&output)).ok_or_else(|| Reason::Destination.about(output))?;
        let unreadable = |path: &OsStr| Reason::InputUnreadable.about(path);
        let source_path = cwd.join(&job.source);
        let digests = memo.digests_of_text(&source_path, Facts::scan(Reading::Code));
        let (stamp, source, code) = digests.map_err(|_| unreadable(&job.source))?;
        let mut key_files = vec![KeyFile { path: source_path, stamp, content: source }];
        key_files.extend(response_files);

        let compiler = identify(run, config, &job, memo)?;
        check_habits(&job, &compiler)?;
        let place = place(config, environment, &compiler, cwd, &job);
        let typed = job;
        let rewritten = match config.paths_mode() {
            PathsMode::Exact => None,
            PathsMode::Relative => {
                Rewritten::new(&typed, &run.spec.args, &place, &config.roots, &compiler, environment, memo)
            }
        };
        let (job, relative) = match rewritten {
            Some((job, rewritten)) => (job, Some(rewritten)),
            None => (typed, None),
        };
        let output = job.output_name();
        let depfile = job.depfile_name().filter(|_| job.language.runs_preprocessor());
        let sides = job.side_outputs.iter().map(|side| side.name.as_os_str());
        let others = depfile.as_deref().into_iter().chain(sides);
        let standing = check_destinations(cwd, (&output, standing), others, &stamp)?;
        check_split_places(cwd, &output, &job, &compiler)?;

        let mut named = |path: &Path, shown: &OsStr| {
            let (stamp, content) = memo.digest(path).map_err(|_| unreadable(shown))?;
            key_files.push(KeyFile { path: path.to_owned(), stamp, content });
            Ok::<_, Cause>(content)
        };
        let mut input_files = Vec::new();
        for part in job.parts.iter().filter(|part| part.role == Role::InputFile) {
            let path = part.value.as_deref().unwrap_or_default();
            input_files.push((path.as_bytes().to_vec(), named(&cwd.join(path), path)?));
        }
        let extra_files = config.extra_files.iter().map(|path| named(path, path.as_os_str()));
        let extra_files = extra_files.collect::<Result<_, _>>()?;
        let typed = relative.as_ref().map_or(&job, |relative| &relative.typed);
        let typed_dirs = IncludePath::user_system_dirs(typed, environment, &compiler);
        let include_path = IncludePath::of(&job, environment, &compiler, cwd);
        check_header_maps(&job, &compiler, &include_path, cwd)?;
        let mut key = KeyInputs::collect(
            typed,
            &job,
            environment,
            &compiler,
            &place,
            &include_path,
            &typed_dirs,
            &config.namespace,
            if reads_code(typed, &compiler, &key_files[0].path, memo) { code.0 } else { source.0 },
            &input_files,
            extra_files,
        );
        key.root_names = config.roots.iter().map(|root| root.name.clone()).collect();
        key.coloured = job.has(Trait::Analyzes) && colour::are_wanted(job.colour, environment);
        if config.paths_mode() == PathsMode::Relative {
            key.relative = Some(place.rooted(cwd.as_os_str().as_bytes()));
            key.mapped_place.extend(relative.iter().flat_map(Rewritten::names_in_home).cloned());
        }
        Ok(Self { job, relative, compiler, place, key, include_path, key_files, output, depfile, standing })
    }

    /// The source's content.
    pub fn source(&self) -> ContentId {
        self.key_files[0].content
    }

    /// The command as it was typed.
    pub fn typed(&self) -> &Job {
        self.relative.as_ref().map_or(&self.job, |relative| &relative.typed)
    }

    /// A file stood in the place of this output before the lookup.
    pub fn stood_at(&self, output: &OsStr) -> bool {
        self.standing.iter().any(|name| name == output)
    }

    /// The path of a file as the compiler spells it.
    pub fn path(&self, name: &OsStr) -> PathBuf {
        self.place.cwd.join(name)
    }

    /// The user's depfile leaves out system headers.
    pub fn lists_users_alone(&self) -> bool {
        self.depfile.is_some() && self.job.depfile.as_ref().is_some_and(|request| request.user_only)
    }

    /// What is where now, for the comparison after the compile.
    pub fn before(&self) -> Before {
        // Build tools write their own files, and other compiles their objects, into these as well.
        let source = [&b"."[..], paths::dir_of(self.job.source.as_bytes())];
        let search = self.include_path.dirs.iter().map(|dir| dir.path.as_slice());
        let builtin = |dir: &&[u8]| self.compiler.builtin_dirs.iter().any(|own| own == dir);
        let (builtin, search): (Vec<&[u8]>, Vec<&[u8]>) = search.partition(builtin);
        let sides = self.job.side_outputs.iter().map(|side| side.name.as_os_str());
        let outputs = [self.output.as_os_str()].into_iter().chain(self.depfile.as_deref()).chain(sides);
        let outputs = outputs.map(|name| paths::dir_of(name.as_bytes()));
        Before::of(&self.place.cwd, builtin, source.into_iter().chain(search).chain(outputs))
    }

    /// When the youngest file that the key rests on was last touched.
    pub fn youngest_ns(&self) -> i128 {
        let files = self.key_files.iter().map(|file| file.stamp.ctime_ns);
        files.chain([self.compiler.evidence.youngest_ns()]).max().unwrap_or(0)
    }

    /// The targets of this command's depfile.
    pub fn depfile_targets(&self) -> Vec<Vec<u8>> {
        self.typed().depfile_targets(self.compiler.family)
    }

    /// The targets as the compiler writes them, which may have been asked in another way.
    pub fn compiler_targets(&self) -> Vec<Vec<u8>> {
        self.job.depfile_targets(self.compiler.family)
    }

    /// How the compiler replaces an existing main output.
    pub fn main_style(&self) -> Style {
        habits::main_style(self.compiler.family, self.job.stage)
    }

    /// All files that a depfile of this compile names, as the compiler spells them; `None` if it is not understood.
    pub fn all_listed(&self, text: &[u8]) -> Option<Vec<Vec<u8>>> {
        let targets = if self.depfile.is_some() { self.compiler_targets() } else { Vec::new() };
        depfile::parse(text, &targets).map(|depfile| depfile.names).or_else(|| depfile::names(text))
    }

    /// The outputs' names, for results bound to them.
    pub fn output_names(&self) -> Vec<Vec<u8>> {
        let mut names = vec![self.output.as_bytes().to_vec()];
        names.extend(self.depfile.iter().map(|name| name.as_bytes().to_vec()));
        if self.depfile.is_some() {
            names.extend(self.depfile_targets());
        }
        names
    }
}

/// Whether the source's code is what the compiler reads of it.
fn reads_code(job: &Job, compiler: &Compiler, source: &Path, memo: &mut Memo) -> bool {
    let has_line_comments = |memo: &mut Memo| {
        let facts = memo.content(source, Facts::scan(Reading::Code)).ok().and_then(|content| content.facts);
        let facts = facts.and_then(|facts| Facts::found(&facts, Reading::Code));
        facts.is_none_or(|facts| facts.words.intersects(WordSet::LINE_COMMENT))
    };
    job.language.has_comments() && (proof::knows_line_comments(job, compiler) || !has_line_comments(memo))
}

/// Variables that are not served, whatever the compiler is.
fn check_environment(environment: &Environment) -> Result<(), Cause> {
    for name in toolchain::environment::NOT_SERVED {
        if environment.get(name).is_some() {
            return Err(Reason::Environment.about(name));
        }
    }
    Ok(())
}

/// What one of the compilers takes otherwise than the other, or writes otherwise.
fn check_habits(job: &Job, compiler: &Compiler) -> Result<(), Cause> {
    let has = |habit| compiler.has(habit);
    let unserved = |option: &OsStr, why| Err(refused::unserved(option, why));
    if has(habits::SX_IS_LINKED) && !job.language_explicit && job.source.as_bytes().ends_with(b".sx") {
        return Err(Reason::Language.about(&job.source));
    }
    if has(habits::TAKES_PASSED_DEPFILE) && job.depfile.as_ref().is_some_and(|request| request.gcc_only) {
        let option = spelling(Effect::PassPreprocessor).as_ref();
        return unserved(option, "clang takes what it is passed of a depfile otherwise");
    }
    if has(habits::MICROSOFT_RULES)
        && let Some(part) = for_microsoft(job)
    {
        return unserved(&part.flag, "headers are searched by Microsoft's rules");
    }
    if has(habits::LOOKS_FOR_SHADOWS)
        && let Some(part) = job.parts_with(Trait::LooksForShadows).next()
    {
        return unserved(&part.flag, "headers are looked for behind the directory in which one is found");
    }
    if job.verbose_assembly && has(habits::VERBOSE_ASSEMBLY) {
        let option = spelling(Effect::VerboseAssembly).as_ref();
        if !has(habits::PLAIN_VERBOSE_ASSEMBLY) {
            return unserved(option, "beside -S it writes all options into the assembly, with those that are added");
        }
        if !has_usual_memory() {
            return unserved(option, "beside -S it writes into the assembly how little memory there is");
        }
    }
    Ok(())
}

/// Whether gcc makes the same of this machine's memory as of most. `-fverbose-asm` tells what it makes of it:
///
/// ```text
/// # GGC heuristics: --param ggc-min-expand=100 --param ggc-min-heapsize=131072
/// ```
///
/// From one gibibyte on without limits it is this (`ggc_min_expand_heuristic` and `ggc_min_heapsize_heuristic` in
/// its `ggc-common.cc`).
fn has_usual_memory() -> bool {
    use rustix::process::{Resource, getrlimit};
    let limits = [Resource::As, Resource::Data].map(getrlimit);
    memory().is_some_and(|memory| memory >= 1 << 30) && limits.iter().all(|limit| limit.current.is_none())
}

/// The machine's memory in bytes.
fn memory() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let info = rustix::system::sysinfo();
        let total = info.totalram as u64;
        total.checked_mul(u64::from(info.mem_unit))
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// The option by which clang looks for headers beside all including files, and follows `#pragma include_alias`.
fn for_microsoft(job: &Job) -> Option<&Part> {
    let is_target = |part: &&Part| {
        let target = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
        let holds = |part: &[u8]| memchr::memmem::find(target, part).is_some();
        holds(b"msvc") || (holds(b"windows") || holds(b"win32")) && !holds(b"gnu") || holds(b"uefi")
    };
    let mut extensions = job.parts_with(Trait::MicrosoftRules).filter(|part| !part.negated);
    extensions.next().or_else(|| job.parts_with(Trait::Target).find(is_target))
}

/// A header map in the place of a search directory says with its bytes which header a name stands for.
fn check_header_maps(job: &Job, compiler: &Compiler, path: &IncludePath, cwd: &Path) -> Result<(), Cause> {
    if !compiler.has(habits::HEADER_MAPS) {
        return Ok(());
    }
    let mut others = path.dirs.iter().filter(|dir| dir.what == What::Other);
    let Some(map) = others.find(|dir| may_be_header_map(&cwd.join(paths::path(&dir.path)))) else { return Ok(()) };
    let gives = |part: &&Part| part.value.as_ref().is_some_and(|value| value.as_bytes() == map.path);
    let option =
        job.parts.iter().find(gives).map_or(spelling(Effect::Directory).as_ref(), |part| part.flag.as_os_str());
    Err(refused::unserved(option, "a file in the place of a directory is a header map"))
}

/// Whether a file is a header map to clang (its `HeaderMapTypes.h`): by its first four bytes, in either order. What cannot be read may be
/// one.
fn may_be_header_map(path: &Path) -> bool {
    let Ok((mut file, _)) = bounded::open(path) else { return true };
    let mut magic = Vec::new();
    let read = file.by_ref().take(4).read_to_end(&mut magic);
    read.is_err() || matches!(magic.as_slice(), b"hmap" | b"pamh")
}

fn identify(run: &Run, config: &Config, job: &Job, memo: &mut Memo) -> Result<Compiler, Cause> {
    let options: Vec<OsString> = job.identity_options().cloned().collect();
    let language = job.language.x_name();
    // `-x` decides by itself; without it the driver goes by the source's name, and `g++` in its own way.
    let subject: Vec<&OsStr> = if job.language_explicit {
        vec![ours::LANGUAGE.as_ref(), language.as_ref(), "/dev/null".as_ref()]
    } else {
        vec![&job.source]
    };
    let question = Question {
        spec: &run.spec,
        options: &options,
        language,
        subject: &subject,
        environment: &run.environment,
        cwd: &run.cwd,
    };
    identity::identify(&question, &config.state_dir(), memo, config.paranoid)
        .map_err(|text| Reason::CompilerUnknown.about(text))
}

/// What stands in the place of an output.
enum Standing {
    Nothing,
    File(Stamp),
}

/// What stands where an output is to be written; `None` for devices, symlinks and directories, and where that cannot be told.
fn standing_at(path: &Path) -> Option<Standing> {
    match Stamp::of_link(path) {
        Ok(stamp) => stamp.is_file().then_some(Standing::File(stamp)),
        Err(error) => (error.kind() == io::ErrorKind::NotFound).then_some(Standing::Nothing),
    }
}

/// Devices, symlinks, directories, and outputs that would overwrite an input are left to the compiler. What stands in the place of the
/// main output is known. Returns the outputs in whose places files stand.
fn check_destinations<'a>(
    cwd: &Path,
    (output, standing): (&'a OsStr, Standing),
    others: impl Iterator<Item = &'a OsStr>,
    source: &Stamp,
) -> Result<Vec<OsString>, Cause> {
    let mut seen = Vec::new();
    let mut stand = Vec::new();
    let others = others.map(|name| (name, standing_at(&cwd.join(name))));
    for (name, standing) in [(output, Some(standing))].into_iter().chain(others) {
        let refused = || Reason::Destination.about(name);
        if seen.contains(&name) {
            return Err(refused());
        }
        seen.push(name);
        match standing.ok_or_else(refused)? {
            Standing::File(stamp) if (stamp.dev, stamp.ino) == (source.dev, source.ino) => return Err(refused()),
            Standing::File(_) => stand.push(name.to_owned()),
            Standing::Nothing => {}
        }
    }
    Ok(stand)
}

/// `objcopy` gives the `.dwo` file the modes of the object, and the object those it had where an empty file stood in
/// its place: such places are left to the compiler.
fn check_split_places(cwd: &Path, output: &OsStr, job: &Job, compiler: &Compiler) -> Result<(), Cause> {
    if compiler.has(habits::SPLITS_BY_OBJCOPY)
        && let Some(split) = job.side_outputs.iter().find(|side| side.kind == SideKind::SplitDwarf)
        && [output, &split.name].iter().any(|name| Stamp::of_link(&cwd.join(name)).is_ok_and(|stamp| stamp.size == 0))
    {
        return Err(Reason::Destination.about(output));
    }
    Ok(())
}

fn place(config: &Config, environment: &Environment, compiler: &Compiler, cwd: &Path, typed: &Job) -> Place {
    let place = Place::new(
        cwd.to_owned(),
        logical_cwd(environment, cwd),
        config.root.clone(),
        compiler.toolchain.clone(),
        &compiler.moving_dirs,
        &config.roots,
    );
    let place = place.with_true_alias(|alias| is_same(alias, &config.root));
    // Nothing else can lead into the home directory.
    let outside = |dir: &[u8]| place.rooted(dir).base == Base::Absolute;
    let may_lead_home =
        || cwd.strip_prefix(&config.root).is_err() || layout::directories(typed, environment).any(outside);
    let is_home_root = config.home && config.paths_mode() == PathsMode::Relative && may_lead_home();
    let home = if is_home_root { home(environment) } else { None };
    let place = home.into_iter().fold(place, |place, home| place.with_home(&home));
    place.with_given(layout::directories(typed, environment), &compiler.builtin_dirs)
}

/// The home directory, if the environment names one that is there.
fn home(environment: &Environment) -> Option<NamedRoot> {
    let path = paths::base_of(environment.get("HOME")?.as_bytes())?;
    let real = std::fs::canonicalize(paths::path(path).join(".")).ok()?;
    Some(NamedRoot { name: paths::HOME_NAME.to_owned(), path: paths::path(path).to_owned(), real })
}

/// `$PWD` where it names the working directory by another path: gcc and clang then write that one into debug data.
fn logical_cwd(environment: &Environment, cwd: &Path) -> Option<PathBuf> {
    let pwd = Path::new(environment.get("PWD")?);
    // As bytes: paths compare equal where debug data tells `/a/` from `/a`.
    if pwd.as_os_str() == cwd.as_os_str() || !pwd.is_absolute() {
        return None;
    }
    is_same(pwd, cwd).then(|| pwd.to_owned())
}

/// Both paths lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    match (Stamp::of(one), Stamp::of(other)) {
        (Ok(one), Ok(other)) => (one.dev, one.ino) == (other.dev, other.ino),
        _ => false,
    }
}
