//! The differential fixture: the language the tests are written in.
//!
//! A [`World`] is a directory with a home, a store, a `PATH` of its own and a `tree` in which commands run. A
//! command made by [`World::cc`] runs **twice in the same place**: first the bare compiler, whose effects are recorded
//! and taken back (or told again, see [`references`]), then packer-cc. Exit status, both streams, and every file of the tree (bytes, mode, kind, links,
//! and whether it was written at all) must be equal. What packer-cc did is then asserted from two witnesses that do
//! not know of each other: the **counting shim**, which stands as every compiler on the world's `PATH`, and packer-cc's own
//! journal.
//!
//! Nothing is inherited from the environment of `cargo test`, nothing sleeps, and no assertion is about time. Files are
//! written with one fixed, old mtime ([`World::file`]), so that each edit in each test is an edit with a
//! restored mtime unless the test says otherwise.
//!
//! What is normalised before comparing streams: the random part of temporary file names, nothing else.

use regex::bytes::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

pub mod cases;
mod references;

use references::{Known, References, Situation};

/// A compiler the same case is run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compiler {
    Gcc,
    Clang,
    AvrGcc,
    ArmGcc,
}

impl Compiler {
    pub const ALL: [Self; 4] = [Self::Gcc, Self::Clang, Self::AvrGcc, Self::ArmGcc];

    /// The C driver's name.
    pub fn c(self) -> &'static str {
        match self {
            Self::Gcc => "gcc",
            Self::Clang => "clang",
            Self::AvrGcc => "avr-gcc",
            Self::ArmGcc => "arm-none-eabi-gcc",
        }
    }

    /// The C++ driver's name.
    pub fn cxx(self) -> &'static str {
        match self {
            Self::Gcc => "g++",
            Self::Clang => "clang++",
            Self::AvrGcc => "avr-g++",
            Self::ArmGcc => "arm-none-eabi-g++",
        }
    }
}

/// Programs that stand as shims in a world, with the Debian package of each.
const SHIMMED: &[(&str, &str)] = &[
    ("arm-none-eabi-g++", "gcc-arm-none-eabi"),
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi"),
    ("avr-g++", "gcc-avr"),
    ("avr-gcc", "gcc-avr"),
    ("c++", "g++"),
    ("cc", "gcc"),
    ("clang", "clang"),
    ("clang++", "clang"),
    ("g++", "g++"),
    ("gcc", "gcc"),
];

/// Runs `case` in a fresh world for gcc, clang and avr-gcc.
pub fn for_each_compiler(case: impl Fn(World)) {
    for compiler in [Compiler::Gcc, Compiler::Clang, Compiler::AvrGcc] {
        case(World::with(compiler));
    }
}

/// The program `name` of this machine, outside every world. A missing one fails the test: a suite that skips what it cannot
/// find proves nothing.
pub fn host_program(name: &str, package: &str) -> PathBuf {
    ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        .iter()
        .map(|dir| Path::new(dir).join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is missing: install the Debian package {package}, or run scripts/test"))
}

/// The wrapper under test.
pub fn packer_cc() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_packer-cc"))
}

/// Its C++ sibling. Cargo cannot name a program `packer-c++`, so that name is a link to one it can.
pub fn packer_cxx() -> PathBuf {
    static LINK: OnceLock<PathBuf> = OnceLock::new();
    let link = LINK.get_or_init(|| {
        let link = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packer-c++");
        let sibling = packer_cc().with_file_name("packer-cxx");
        let _ = fs::remove_file(&link);
        symlink(if sibling.exists() { sibling } else { packer_cc() }, &link).expect("the link packer-c++");
        link
    });
    link.clone()
}

/// The compiled shim's bytes; compiled once a test run.
fn shim() -> &'static [u8] {
    static SHIM: OnceLock<Vec<u8>> = OnceLock::new();
    SHIM.get_or_init(|| {
        let dir = TempDir::new().expect("a directory for the shim");
        let program = dir.path().join("shim");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/wrapper-tests/shim.c");
        let made = Command::new(host_program("gcc", "gcc"))
            .args(["-O1", "-Wall", "-Werror", "-Wno-format-truncation", "-o"])
            .args([program.as_os_str(), OsStr::new(source)])
            .status()
            .expect("gcc starts");
        assert!(made.success(), "the counting shim does not compile");
        fs::read(program).expect("the shim")
    })
}

/// Splits a command as a shell would, without expansions.
pub fn words(line: &str) -> Vec<OsString> {
    shlex::split(line).unwrap_or_else(|| panic!("unbalanced quotes: {line}")).into_iter().map(OsString::from).collect()
}

/// A hermetic place to compile in.
pub struct World {
    root: TempDir,
    compiler: Compiler,
    env: Vec<(OsString, OsString)>,
    references: References,
}

impl World {
    /// A world whose [`cc`](Self::cc) is gcc.
    pub fn new() -> Self {
        Self::with(Compiler::Gcc)
    }

    pub fn with(compiler: Compiler) -> Self {
        // The system's temporary directory, not cargo's: the latter lies inside a repository, whose root would be found as
        // the watch root of every world.
        let root = tempfile::Builder::new().prefix("packer-cc-test-").tempdir().expect("a world");
        let world = Self { root, compiler, env: Vec::new(), references: References::new() };
        for dir in ["bin", "home", "tree", "tmp"] {
            fs::create_dir(world.path(dir)).expect("a world's directory");
        }
        for (name, package) in SHIMMED {
            world.shim_in("bin", name, &host_program(name, package));
        }
        File::create(world.path("runs")).expect("the list of runs");
        world
    }

    /// Installs a counting shim for `real` as `dir/name`.
    pub fn shim_in(&self, dir: &str, name: &str, real: &Path) -> PathBuf {
        let place = self.path(dir).join(name);
        fs::create_dir_all(self.path(dir)).expect("a directory for shims");
        fs::write(&place, shim()).expect("a shim");
        fs::set_permissions(&place, Permissions::from_mode(0o755)).expect("a shim's mode");
        fs::write(self.path(dir).join(format!("{name}.real")), real.as_os_str().as_bytes()).expect("a shim's fact");
        age(&place);
        place
    }

    /// A variable for every command of this world.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn compiler(&self) -> Compiler {
        self.compiler
    }

    /// A path of the world, outside the tree unless it starts with `tree/`.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.path().join(relative)
    }

    /// The directory in which commands run.
    pub fn tree(&self) -> PathBuf {
        self.path("tree")
    }

    /// `$PACKER_CC_DIR`.
    pub fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    /// Empties the store. What is known of the compilers stays: to ask and to hash them is most of what a compile in an empty
    /// cache costs.
    pub fn empty_store(&self) {
        fs::remove_dir_all(self.cache().join("store")).expect("the store");
    }

    /// Writes a file of the tree, with the one old mtime.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.tree().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("the file's directory");
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        age(&path);
        self
    }

    /// Writes several files of the tree.
    pub fn files(&self, files: &[(&str, &str)]) -> &Self {
        for (name, content) in files {
            self.file(name, content);
        }
        self
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.tree().join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn remove(&self, name: &str) -> &Self {
        let path = self.tree().join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    pub fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.tree().join(name)).is_ok()
    }

    /// Leaves the world's directory where it is when the test ends, for people to look at.
    pub fn keep(&mut self) -> PathBuf {
        self.root.disable_cleanup(true);
        self.root.path().to_owned()
    }

    /// Lets an unprivileged user work in the world; the wrapper is copied into it, since the target directory
    /// may lie in a home that others cannot enter.
    pub fn open_to_everyone(&self) -> PathBuf {
        let program = self.path("packer-cc");
        if !program.exists() {
            fs::copy(packer_cc(), &program).expect("a copy of packer-cc");
        }
        open_to_everyone(self.root.path());
        program
    }

    /// The C compiler with these arguments.
    pub fn cc(&self, line: &str) -> Run<'_> {
        self.run(self.compiler.c(), words(line))
    }

    /// The C++ compiler with these arguments.
    pub fn cxx(&self, line: &str) -> Run<'_> {
        self.run(self.compiler.cxx(), words(line))
    }

    /// Any command line, its first word the program, behind packer-cc in the launcher form.
    pub fn command(&self, line: &str) -> Run<'_> {
        let mut words = words(line);
        let program = words.remove(0);
        self.run(program, words)
    }

    pub fn run(&self, program: impl Into<OsString>, args: Vec<OsString>) -> Run<'_> {
        let bare: Vec<_> = [program.into()].into_iter().chain(args).collect();
        let ours = [packer_cc().into_os_string()].into_iter().chain(bare.iter().cloned()).collect();
        self.compare(bare, ours)
    }

    /// Two command lines that should do the same, the bare one first.
    pub fn compare(&self, bare: Vec<OsString>, ours: Vec<OsString>) -> Run<'_> {
        Run { world: self, bare, ours, cwd: self.tree(), env: Vec::new(), prefix: Vec::new(), stdin: Vec::new() }
    }

    /// Runs one command in the tree, without comparing, and returns what it did.
    pub fn shell(&self, program: impl AsRef<OsStr>, args: &[&str]) -> Ran {
        let mut command = self.bare_command(program.as_ref());
        command.args(args);
        Ran::of(command, &[])
    }

    /// `packer-cc SUBCOMMAND …` in the tree; must succeed.
    pub fn admin(&self, args: &[&str]) -> String {
        let ran = self.shell(packer_cc(), args);
        assert!(ran.status.success(), "packer-cc {args:?}: {}\n{}", ran.status, lossy(&ran.stderr));
        String::from_utf8(ran.stdout).expect("UTF-8 from packer-cc")
    }

    /// Runs the C compiler through packer-cc alone, for commands whose results differ in every run: it must have run
    /// once, with the untouched command line, for a reason that is `option` or names it.
    #[track_caller]
    pub fn passes_by_name(&self, line: &str, option: &str) {
        let mut command = self.bare_command(packer_cc().as_os_str());
        command.arg(self.compiler.c()).args(words(line));
        let runs = self.runs().len();
        Ran::of(command, &[]);
        let typed: Vec<_> = words(line).iter().map(|word| lossy(word.as_bytes())).collect();
        let runs = self.runs().split_off(runs);
        assert!(runs.len() == 1 && runs[0][1..] == typed, "{line}: {runs:?}");
        let record = self.journal().pop().expect("a record");
        let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
        let (reason, detail) = (text("reason"), text("detail"));
        assert_eq!(text("outcome"), "bypass", "{line}: {reason}: {detail}");
        // A value may be left out of the record.
        let named = detail.split([':', '…']).next().filter(|named| !named.is_empty() && option.starts_with(named));
        assert!(reason == option || reason == "unserved-option" && named.is_some(), "{line}: {reason}: {detail}");
    }

    /// A command with the world's environment and nothing else of ours.
    pub fn bare_command(&self, program: &OsStr) -> Command {
        let mut command = Command::new(program);
        let mut path = self.path("bin").into_os_string();
        path.push(":/usr/bin:/bin");
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("SHELL", "/bin/sh")
            .env("PACKER_CC_DIR", self.cache())
            .env("PACKER_CC_LOG", self.path("log"))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.tree());
        command
    }

    /// The compiler runs so far that were more than a question about the compiler itself.
    pub fn runs(&self) -> Vec<Vec<String>> {
        self.all_runs().into_iter().filter(|argv| !is_probe(argv)).collect()
    }

    /// The questions so far about the compiler itself.
    pub fn questions(&self) -> Vec<Vec<String>> {
        self.all_runs().into_iter().filter(|argv| is_probe(argv)).collect()
    }

    fn add_runs(&self, runs: &[Vec<String>]) {
        let lines: String = runs.iter().map(|argv| argv.join("\u{1f}") + "\n").collect();
        let list = File::options().append(true).open(self.path("runs"));
        list.and_then(|mut list| list.write_all(lines.as_bytes())).expect("the list of runs");
    }

    fn all_runs(&self) -> Vec<Vec<String>> {
        let text = fs::read(self.path("runs")).expect("the list of runs");
        lossy(&text).lines().map(|line| line.split('\u{1f}').map(str::to_owned).collect()).collect()
    }

    /// The journal's records so far. A store that cannot be used has none.
    pub fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.cache().join("state/journal")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("journal: {error}: {line}")))
            .collect()
    }

    /// What stands in the tree now.
    pub fn snapshot(&self) -> Tree {
        Tree::of(&self.tree())
    }

    /// Every regular file under `$PACKER_CC_DIR/store`.
    pub fn store_files(&self) -> Vec<PathBuf> {
        let store = self.cache().join("store");
        Tree::of(&store)
            .0
            .into_iter()
            .filter(|(_, node)| matches!(node.kind, Kind::File(_)))
            .map(|(name, _)| store.join(name))
            .collect()
    }
}

/// A question about the compiler, not a compile: identity may ask these on a cold cache. A preprocessor run on a real
/// source is no such question.
fn is_probe(argv: &[String]) -> bool {
    let asks = |word: &String| {
        ["-print-", "--print-", "-dump", "-###", "--version"].iter().any(|question| word.starts_with(question))
    };
    let empty_input = argv.windows(2).any(|pair| pair[0] != "-o" && pair[1] == "/dev/null");
    empty_input || argv.iter().skip(1).any(asks)
}

/// A question to the preprocessor about a compile that has just succeeded.
fn is_question(argv: &[String]) -> bool {
    argv.iter().any(|word| word == "-E") && argv.iter().any(|word| word == "-dI")
}

/// Gives a file the one mtime that all files of a world have: 2020-09-13.
pub fn age(path: &Path) {
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    File::options()
        .read(true)
        .open(path)
        .and_then(|file| file.set_modified(old))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn open_to_everyone(path: &Path) {
    let metadata = fs::symlink_metadata(path).expect("a file of the world");
    if metadata.is_symlink() {
        return;
    }
    let mode = metadata.mode() & 0o7777;
    let everyone = if metadata.is_dir() || mode & 0o100 != 0 { 0o777 } else { 0o666 };
    fs::set_permissions(path, Permissions::from_mode(mode | everyone)).expect("a mode");
    if metadata.is_dir() {
        for entry in fs::read_dir(path).expect("a directory of the world") {
            open_to_everyone(&entry.expect("an entry").path());
        }
    }
}

/// A command about to run bare and through packer-cc.
#[must_use = "nothing runs before an assertion"]
pub struct Run<'w> {
    world: &'w World,
    bare: Vec<OsString>,
    ours: Vec<OsString>,
    cwd: PathBuf,
    env: Vec<(OsString, Option<OsString>)>,
    prefix: Vec<OsString>,
    stdin: Vec<u8>,
}

impl Run<'_> {
    /// Runs in a subdirectory of the tree.
    pub fn cwd(mut self, relative: &str) -> Self {
        self.cwd = self.world.tree().join(relative);
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Puts both commands behind another program (`setpriv …`, `unshare …`).
    pub fn under(mut self, prefix: &str) -> Self {
        self.prefix = words(prefix);
        self
    }

    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Takes another program for packer-cc (a copy, a link, a script that becomes it).
    pub fn wrapper(mut self, program: impl Into<OsString>) -> Self {
        self.ours[0] = program.into();
        self
    }

    /// `CC=packer-cc`: no compiler is named, packer-cc finds `cc` itself.
    pub fn without_name(mut self) -> Self {
        self.ours.remove(1);
        self
    }

    /// Served from the store: no compiler ran.
    #[track_caller]
    pub fn hit(self) -> Ran {
        self.observe().expect("a hit", |seen| seen.outcome() == Some("hit") && seen.runs.is_empty())
    }

    /// Compiled: exactly one compiler run, and behind it one question to the preprocessor at most (two, where directives alone cannot be
    /// followed), which the record tells of.
    #[track_caller]
    pub fn miss(self) -> Ran {
        self.observe().expect("a miss", |seen| seen.is_miss() && seen.questions() <= 2)
    }

    /// As [`miss`](Self::miss), of a compile whose texts leave a doubt: the preprocessor is asked once.
    #[track_caller]
    pub fn miss_asking(self) -> Ran {
        self.observe().expect("a miss with a question", |seen| seen.is_miss() && seen.questions() == 1)
    }

    /// As [`miss`](Self::miss), of a compile whose texts leave no doubt.
    #[track_caller]
    pub fn miss_unasked(self) -> Ran {
        self.observe().expect("a miss without a question", |seen| seen.is_miss() && seen.questions() == 0)
    }

    /// Passed to the compiler with the untouched command line, for this reason (`packer_cc::bypass::Bypass::code`).
    #[track_caller]
    pub fn bypass(self, code: &str) -> Ran {
        let what = format!("a bypass ({code}) with the untouched command line");
        self.observe().expect(&what, |seen| seen.is_untouched_bypass() && seen.reason() == Some(code))
    }

    /// As [`bypass`](Self::bypass), whatever the reason: where several are right.
    #[track_caller]
    pub fn bypassed(self) -> Ran {
        self.observe().expect("a bypass with the untouched command line", Seen::is_untouched_bypass)
    }

    /// A compile that fails: the compiler says so, nothing is stored.
    #[track_caller]
    pub fn fails(self) -> Ran {
        self.observe().expect("a failed compile", |seen| {
            let told = matches!(seen.outcome(), Some("failed" | "bypass"));
            told && !seen.ours.status.success() && !seen.runs.is_empty()
        })
    }

    /// Equal to the bare compiler; how, is not the point.
    #[track_caller]
    pub fn same(self) -> Ran {
        self.observe().expect("the same result", |_| true)
    }

    /// Equal to the bare compiler, and not served from the cache.
    #[track_caller]
    pub fn compiled(self) -> Ran {
        let what = "a compiler run";
        self.observe().expect(what, |seen| !seen.runs.is_empty() && seen.outcome() != Some("hit"))
    }

    /// What happened, without an opinion: for those who gather what several commands did.
    pub fn told(self) -> Told {
        let seen = self.observe();
        let text = |field: Option<&str>| field.unwrap_or_default().to_owned();
        let mut differences = seen.differences.clone();
        if seen.records.len() != 1 {
            differences.push(format!("{} records of one run", seen.records.len()));
        }
        if seen.outcome() == Some("hit") && !seen.runs.is_empty() {
            differences.push(format!("a hit, and the compiler ran: {:?}", seen.runs));
        }
        let outcome = text(seen.outcome());
        Told { outcome, reason: text(seen.reason()), differences, bare: seen.bare, left: seen.bare_tree }
    }

    fn observe(self) -> Seen {
        let world = self.world;
        let before = world.snapshot();
        let (bare, bare_runs, bare_tree, mut differences, anew) = self.reference(&before);

        let start = world.snapshot();
        let records = world.journal().len();
        let log = file_length(&world.path("log"));
        let runs = world.runs().len();
        let ours = self.execute(&self.ours);
        let ours_tree = world.snapshot();

        differences.extend(bare.differences(&ours));
        differences.extend(bare_tree.differences(&ours_tree));
        differences.extend(untouched_differences(&before, &bare_tree, &start, &ours_tree));
        differences.extend(leftovers(&world.path("tmp")));
        let seen = Seen {
            heading: self.heading(),
            differences,
            bare,
            ours,
            bare_runs,
            runs: world.runs().split_off(runs),
            records: world.journal().split_off(records),
            log: tail(&world.path("log"), log),
            bare_tree,
            tree: ours_tree,
        };
        // What is passed to the compiler may do anything, such as add to what it finds.
        if let Some(situation) = anew.filter(|_| seen.outcome() != Some("bypass")) {
            world.references.add(situation, before, seen.bare_tree.clone(), &seen.bare, &seen.bare_runs);
        }
        seen
    }

    /// What the bare compiler does, with the runs of the compiler, the tree afterwards, how that differs from what it did
    /// before, and the situation if nothing is known of it yet. What it did is taken back.
    fn reference(&self, before: &Tree) -> (Ran, Vec<Vec<String>>, Tree, Vec<String>, Option<Situation>) {
        let world = self.world;
        let situation = Situation::of(self);
        let known = situation.as_ref().map_or(Known::No, |situation| world.references.find(situation, before));
        if let Known::Told(known, after) = known {
            // They count as if they had happened.
            world.add_runs(&known.runs);
            return (known.ran, known.runs, after, Vec::new(), None);
        }
        let runs = world.runs().len();
        let ran = self.execute(&self.bare);
        let runs = world.runs().split_off(runs);
        let after = world.snapshot();
        before.restore(&after, &world.tree());
        match known {
            Known::Audited(known, told) => {
                let differences = references::differences(&known, &told, &ran, &runs, &after);
                (ran, runs, after, differences, None)
            }
            _ => (ran, runs, after, Vec::new(), situation),
        }
    }

    fn execute(&self, argv: &[OsString]) -> Ran {
        let all: Vec<_> = self.prefix.iter().chain(argv).collect();
        let mut command = self.world.bare_command(all[0]);
        command.args(&all[1..]).current_dir(&self.cwd);
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Ran::of(command, &self.stdin)
    }

    fn heading(&self) -> String {
        let ours: Vec<_> = self.ours.iter().map(|word| word.to_string_lossy()).collect();
        let line = shlex::try_join(ours.iter().map(AsRef::as_ref)).unwrap_or_default();
        let env: Vec<_> = self.env.iter().map(|(name, value)| format!("{}={value:?}", name.display())).collect();
        format!(
            "command: {line}\nunder: {:?}\nenvironment: {}\ncwd: {}",
            self.prefix,
            env.join(" "),
            self.cwd.display()
        )
    }
}

/// What a process did.
#[derive(Debug, Clone)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ran {
    pub fn of(mut command: Command, stdin: &[u8]) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
        let mut child = loop {
            match command.spawn() {
                // Another test was forked while this one's program was being written, and holds it open until its `exec`.
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                child => break child.unwrap_or_else(|error| panic!("{command:?}: {error}")),
            }
        };
        if let Some(mut pipe) = child.stdin.take() {
            // A program that does not read its input closes the pipe; that is its right.
            let _ = pipe.write_all(stdin);
        }
        let output = child.wait_with_output().expect("a child's end");
        Self { status: output.status, stdout: output.stdout, stderr: output.stderr }
    }

    /// Status and streams.
    pub fn differences(&self, ours: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if (self.status.code(), self.status.signal()) != (ours.status.code(), ours.status.signal()) {
            found.push(format!("status: bare {}, packer-cc {}", self.status, ours.status));
        }
        for (name, bare, ours) in [("stdout", &self.stdout, &ours.stdout), ("stderr", &self.stderr, &ours.stderr)] {
            let (bare, ours) = (without_random_names(bare), without_random_names(ours));
            if bare != ours {
                found.push(format!("{name}: {}", first_difference(&bare, &ours)));
            }
        }
        found
    }

    pub fn stderr_text(&self) -> String {
        lossy(&self.stderr)
    }
}

/// Replaces the random part of temporary names, such as the assembly file that `as` complains about.
fn without_random_names(text: &[u8]) -> Vec<u8> {
    static NAMES: OnceLock<Regex> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        Regex::new(r"/(cc[A-Za-z0-9]{6}|[A-Za-z0-9_]+-[0-9a-f]{6,8})(\.[a-z]+)").expect("a valid pattern")
    });
    names.replace_all(text, &b"/TEMPORARY$2"[..]).into_owned()
}

/// A command that ran twice, see [`Run::told`].
pub struct Told {
    /// What packer-cc says it did, and why.
    pub outcome: String,
    pub reason: String,
    /// From what the bare compiler did.
    pub differences: Vec<String>,
    /// What the bare compiler did, and what stood in the tree then.
    pub bare: Ran,
    pub left: Tree,
}

/// A command that ran twice.
struct Seen {
    heading: String,
    differences: Vec<String>,
    bare: Ran,
    ours: Ran,
    bare_runs: Vec<Vec<String>>,
    runs: Vec<Vec<String>>,
    records: Vec<Value>,
    log: String,
    bare_tree: Tree,
    tree: Tree,
}

impl Seen {
    fn record(&self) -> Option<&Value> {
        self.records.last()
    }

    fn outcome(&self) -> Option<&str> {
        self.record()?["outcome"].as_str()
    }

    fn reason(&self) -> Option<&str> {
        self.record()?["reason"].as_str()
    }

    /// One run compiled, and the others were questions of which the record tells.
    fn is_miss(&self) -> bool {
        let asked = self.record().and_then(|record| record["asked"].as_u64());
        self.outcome() == Some("miss")
            && self.runs.len() == 1 + self.questions()
            && self.runs.first().is_some_and(|run| !is_question(run))
            && asked == Some(self.questions() as u64)
    }

    /// Runs that only preprocessed.
    fn questions(&self) -> usize {
        self.runs.iter().filter(|run| is_question(run)).count()
    }

    fn is_untouched_bypass(&self) -> bool {
        self.outcome() == Some("bypass") && self.runs == self.bare_runs
    }

    #[track_caller]
    fn expect(self, what: &str, verdict: impl FnOnce(&Self) -> bool) -> Ran {
        let holds = verdict(&self);
        let one_record = self.records.len() <= 1;
        if holds && one_record && self.differences.is_empty() {
            return self.ours;
        }
        let mut report = format!("expected {what}");
        if !holds {
            report += ", which did not happen";
        }
        if !one_record {
            report += "; a run writes one record";
        }
        let _ = writeln!(report, "\n{}", self.heading);
        for difference in &self.differences {
            let _ = writeln!(report, "DIFFERENCE {difference}");
        }
        for (name, ran) in [("bare", &self.bare), ("packer-cc", &self.ours)] {
            let _ = writeln!(report, "--- {name}: {}\nstdout: {}", ran.status, lossy(&ran.stdout));
            let _ = writeln!(report, "stderr: {}", lossy(&ran.stderr));
        }
        let _ = writeln!(report, "--- compiler runs: {:#?}\n--- records: {:#?}", self.runs, self.records);
        let _ = writeln!(report, "--- log\n{}--- tree\n{}", self.log, self.tree);
        panic!("{report}");
    }
}

/// Everything under a directory.
#[derive(Debug, Clone, Default)]
pub struct Tree(BTreeMap<PathBuf, Node>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    kind: Kind,
    mode: u32,
    links: u64,
    inode: u64,
    /// mtime and ctime in nanoseconds.
    times: (i128, i128),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    File(Vec<u8>),
    Directory,
    Link(PathBuf),
    Other(u32),
}

impl Tree {
    pub fn of(root: &Path) -> Self {
        let mut nodes = BTreeMap::new();
        collect(root, root, &mut nodes).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
        Self(nodes)
    }

    /// The regular files with their bytes.
    pub fn files(&self) -> BTreeMap<&Path, &[u8]> {
        self.0
            .iter()
            .filter_map(|(name, node)| match &node.kind {
                Kind::File(bytes) => Some((name.as_path(), bytes.as_slice())),
                _ => None,
            })
            .collect()
    }

    /// Files that were written between this and `after`, wherever they stand.
    pub fn written(&self, after: &Self) -> Vec<PathBuf> {
        let is_new = |name: &Path, node: &Node| {
            self.0.get(name).is_none_or(|old| (old.inode, old.times.0) != (node.inode, node.times.0))
        };
        let files = after.0.iter().filter(|(_, node)| matches!(node.kind, Kind::File(_)));
        files.filter(|(name, node)| is_new(name, node)).map(|(name, _)| name.clone()).collect()
    }

    /// A file as a compiler makes it: with the modes the umask leaves and one name.
    pub fn is_plain(&self, name: &Path) -> bool {
        self.0.get(name).is_some_and(|node| node.mode == 0o100_644 && node.links == 1)
    }

    /// The same with a constant in place of the random part of temporary names. avr-as 2.26 gives `-g` objects
    /// of a `.S` file the name of the file that the preprocessor wrote, so that no two compiles agree.
    pub fn without_random_names(mut self) -> Self {
        for node in self.0.values_mut() {
            if let Kind::File(content) = &mut node.kind {
                *content = without_random_names(content);
            }
        }
        self
    }

    /// What a build system could tell apart: names, kinds, bytes, modes, link counts.
    pub fn differences(&self, ours: &Self) -> Vec<String> {
        let names: BTreeSet<_> = self.0.keys().chain(ours.0.keys()).collect();
        names.into_iter().filter_map(|name| node_difference(name, self.0.get(name), ours.0.get(name))).collect()
    }

    /// Takes back what a command did under `root`, leaving alone what it did not touch: rewriting it would change
    /// its ctime, and with it what the cache may remember.
    pub fn restore(&self, now: &Self, root: &Path) {
        let changed = |name: &Path| match (self.0.get(name), now.0.get(name)) {
            (Some(before), Some(after)) if before.kind == Kind::Directory && after.kind == Kind::Directory => {
                before.mode != after.mode
            }
            (before, after) => before != after,
        };
        for (name, node) in now.0.iter().rev().filter(|(name, _)| changed(name)) {
            let path = root.join(name);
            match node.kind {
                Kind::Directory if self.0.contains_key(name) => {}
                Kind::Directory => fs::remove_dir(&path).expect("a directory taken back"),
                _ => fs::remove_file(&path).expect("a file taken back"),
            }
        }
        let mut restored: BTreeMap<u64, PathBuf> = BTreeMap::new();
        for (name, node) in self.0.iter().filter(|(name, _)| changed(name)) {
            let path = root.join(name);
            match (&node.kind, restored.get(&node.inode)) {
                (Kind::File(_), Some(first)) => fs::hard_link(first, &path).expect("a link put back"),
                _ => node.recreate(&path),
            }
            restored.insert(node.inode, path);
        }
    }
}

impl std::fmt::Display for Tree {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, node) in &self.0 {
            writeln!(out, "{:06o} {} {}", node.mode, name.display(), node.kind)?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(bytes) => write!(out, "({} bytes)", bytes.len()),
            Self::Directory => out.write_str("(directory)"),
            Self::Link(target) => write!(out, "-> {}", target.display()),
            Self::Other(mode) => write!(out, "(special, {mode:o})"),
        }
    }
}

impl Node {
    fn recreate(&self, path: &Path) {
        match &self.kind {
            Kind::File(bytes) => {
                fs::write(path, bytes).expect("a file put back");
                let nanoseconds = u64::try_from(self.times.0).expect("a time after 1970");
                File::options()
                    .write(true)
                    .open(path)
                    .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds)))
                    .expect("a time put back");
            }
            Kind::Directory if path.is_dir() => {}
            Kind::Directory => fs::create_dir(path).expect("a directory put back"),
            Kind::Link(target) => return symlink(target, path).expect("a link put back"),
            Kind::Other(_) => panic!("{}: cannot put back a special file", path.display()),
        }
        fs::set_permissions(path, Permissions::from_mode(self.mode & 0o7777)).expect("a mode put back");
    }
}

fn collect(root: &Path, path: &Path, nodes: &mut BTreeMap<PathBuf, Node>) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    let kind = match metadata.file_type() {
        kind if kind.is_dir() => Kind::Directory,
        kind if kind.is_symlink() => Kind::Link(fs::read_link(path)?),
        kind if kind.is_file() => Kind::File(fs::read(path)?),
        _ => Kind::Other(metadata.mode()),
    };
    let times = |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    let is_directory = kind == Kind::Directory;
    let node = Node {
        mode: metadata.mode(),
        // A directory's link count and times say what happened to its entries, which are compared themselves.
        links: if is_directory { 0 } else { metadata.nlink() },
        inode: metadata.ino(),
        times: if is_directory {
            (0, 0)
        } else {
            (times(metadata.mtime(), metadata.mtime_nsec()), times(metadata.ctime(), metadata.ctime_nsec()))
        },
        kind,
    };
    nodes.insert(path.strip_prefix(root).expect("a path under the root").to_path_buf(), node);
    if is_directory {
        for entry in fs::read_dir(path)? {
            collect(root, &entry?.path(), nodes)?;
        }
    }
    Ok(())
}

fn node_difference(name: &Path, bare: Option<&Node>, ours: Option<&Node>) -> Option<String> {
    let name = name.display();
    let (bare, ours) = match (bare, ours) {
        (Some(bare), Some(ours)) => (bare, ours),
        (Some(_), None) => return Some(format!("{name}: left by the bare compiler only")),
        (None, _) => return Some(format!("{name}: left by packer-cc only")),
    };
    match (&bare.kind, &ours.kind) {
        (Kind::File(bare), Kind::File(ours)) if bare != ours => {
            Some(format!("{name}: {}", first_difference(bare, ours)))
        }
        (bare, ours) if bare != ours => Some(format!("{name}: bare {bare}, packer-cc {ours}")),
        _ if bare.mode != ours.mode => Some(format!("{name}: mode: bare {:o}, packer-cc {:o}", bare.mode, ours.mode)),
        _ if bare.links != ours.links => Some(format!("{name}: links: bare {}, packer-cc {}", bare.links, ours.links)),
        _ => None,
    }
}

/// A file that the bare compiler wrote must have been written by packer-cc too, and no other one: make and ninja
/// decide by that.
pub fn untouched_differences(before: &Tree, bare: &Tree, start: &Tree, ours: &Tree) -> Vec<String> {
    let touched = |old: &Tree, new: &Tree, name: &Path| {
        let (old, new) = (old.0.get(name)?, new.0.get(name)?);
        let is_file = matches!(new.kind, Kind::File(_));
        is_file.then(|| (old.inode, old.times.0) != (new.inode, new.times.0))
    };
    ours.0
        .keys()
        .filter_map(|name| match (touched(before, bare, name)?, touched(start, ours, name)?) {
            (true, false) => Some(format!("{}: written by the bare compiler only", name.display())),
            (false, true) => Some(format!("{}: written by packer-cc only", name.display())),
            _ => None,
        })
        .collect()
}

/// What a command left in its temporary directory.
pub fn leftovers(dir: &Path) -> Vec<String> {
    let left = Tree::of(dir).0.into_keys().filter(|name| !name.as_os_str().is_empty());
    left.map(|name| format!("left in the temporary directory: {}", name.display())).collect()
}

/// Where two byte strings part, with what stands there.
pub fn first_difference(bare: &[u8], ours: &[u8]) -> String {
    let at = bare.iter().zip(ours).position(|(bare, ours)| bare != ours).unwrap_or(bare.len().min(ours.len()));
    let window = |bytes: &[u8]| bytes[at.saturating_sub(16)..bytes.len().min(at + 48)].escape_ascii().to_string();
    format!(
        "differ from byte {at} on (bare {} bytes, packer-cc {})\n    bare      …{}\n    packer-cc …{}",
        bare.len(),
        ours.len(),
        window(bare),
        window(ours)
    )
}

pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A path built from bytes that need not be UTF-8.
pub fn raw(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

fn file_length(path: &Path) -> usize {
    fs::read(path).map_or(0, |bytes| bytes.len())
}

fn tail(path: &Path, from: usize) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    lossy(bytes.get(from..).unwrap_or_default())
}
