//! Each obligation, on a compile that is made up: no compiler runs.

use super::holds::{Here, Surroundings};
use super::observed::{KeyFile, Observed, Preprocessor, Rewriting};
use super::{Bound, Input, KnownHeaders, Rule, hold, prove};
use crate::command::{Family, Job, parse_job};
use crate::digest::{ContentId, Digest};
use crate::disk::memo::Memo;
use crate::disk::stamp::{Stamp, coarse_now_ns};
use crate::disk::still::{Before, Span};
use crate::environment::Environment;
use crate::inputs::Answer;
use crate::inputs::search_path::IncludePath;
use crate::inputs::witness::AskFor;
use crate::key::maps::Maps;
use crate::outputs::{OutputPart, Outputs};
use crate::paths::Place;
use crate::reason::{Cause, Reason};
use crate::text::WordSet;
use crate::text::definitions::Line;
use crate::toolchain::{Compiler, Evidence};
use std::cell::RefCell;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{fs, io};

mod comments;
mod definitions;
mod held;
mod meanwhile;
mod names;
mod told;

use told::Told;

/// The families, each with what makes one of two files to it.
const ONCE: [(Family, Rule); 2] = [(Family::Gcc, Rule::Ages), (Family::Clang, Rule::Links)];

/// A compile of `a.c` in a directory of its own, which is the watch root.
struct Scene {
    dir: tempfile::TempDir,
    options: &'static str,
    family: Family,
    major: u32,
    minds_comments: bool,
    main: Vec<u8>,
    headers: Vec<&'static str>,
    /// Headers that the depfile names from the working directory.
    relative: Vec<&'static str>,
    variables: Vec<(&'static str, &'static str)>,
    /// Key files beside the source.
    named: &'static [&'static str],
    /// What the preprocessor says, if it answers. `ROOT` stands for the directory.
    says: Option<&'static str>,
    /// Files that it names beside the headers.
    told: &'static [&'static str],
    change: fn(&mut Observed<'_>),
    after: fn(&Scene),
    known: RefCell<Vec<(ContentId, Vec<Line>)>>,
}

impl Scene {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.c"), text).unwrap();
        Self {
            dir,
            options: "-c",
            family: Family::Gcc,
            major: 12,
            minds_comments: false,
            main: b"an object".to_vec(),
            headers: Vec::new(),
            relative: Vec::new(),
            variables: Vec::new(),
            named: &[],
            says: None,
            told: &[],
            change: |_| {},
            after: |_| {},
            known: RefCell::default(),
        }
    }

    fn header(mut self, name: &'static str, text: &str) -> Self {
        self.headers.push(name);
        self.file(name, text)
    }

    /// A file that the depfile does not name.
    fn file(self, name: &str, text: &str) -> Self {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// `ROOT` in a text is the directory, `UP` the way to it from the working directory.
    fn here(&self, text: &str) -> String {
        let up = "../".repeat(Environment::current_dir().unwrap().components().count() - 1);
        let root = self.root().to_str().unwrap().to_owned();
        text.replace("UP/", &(up + root.trim_start_matches('/') + "/")).replace("ROOT", &root)
    }

    fn place(root: &Path) -> Place {
        Place::new(Environment::current_dir().unwrap(), None, root.to_owned(), None, &[], &[])
    }

    /// Whether the inputs hold now for a compile below `root`, by a memo that was asked before or not.
    fn holds(&self, inputs: &[Input], root: &Path, memo: &mut Memo) -> Result<(), Reason> {
        let (place, job, compiler) = (Self::place(root), self.job(), self.compiler());
        let date = self.variables.first().map_or(&b""[..], |(_, date)| date.as_bytes());
        let source = memo.digest(&self.path("a.c")).unwrap().1;
        let mapped = &Maps::of(&job, true);
        let (job, compiler) = (&job, &compiler);
        let around = Surroundings { place: &place, names: &[b"a.o"], source, date, mapped, job, compiler, known: self };
        let mut here = Here::new(around, memo);
        hold(inputs, &mut here).map_err(|cause| cause.reason)
    }

    /// The same for a compile in this directory that begins anew.
    fn still_holds(&self, inputs: &[Input]) -> Result<(), Reason> {
        self.holds(inputs, &self.root(), &mut Memo::open(&self.path("state"), false))
    }

    fn job(&self) -> Job {
        let line =
            format!("{} {} -o {}", self.here(self.options), self.path("a.c").display(), self.path("a.o").display());
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        parse_job(&args, &|_| Err(io::ErrorKind::NotFound.into())).expect("served")
    }

    fn compiler(&self) -> Compiler {
        Compiler {
            program: "cc".into(),
            argv0: "cc".into(),
            family: self.family,
            major: self.major,
            digest: Digest([1; 32]),
            toolchain: None,
            builtin_dirs: Vec::new(),
            moving_dirs: Vec::new(),
            driver_macros: Vec::new(),
            driver_definitions: Vec::new(),
            minds_comments: self.minds_comments,
            is_new_here: false,
            evidence: Evidence::default(),
        }
    }

    /// The inputs that are proven, or why the result is not kept; and what was asked.
    fn judge(&self) -> (Result<Vec<Input>, Cause>, Vec<AskFor>) {
        let cwd = Environment::current_dir().unwrap();
        let (job, environment) = (self.job(), Environment::from_vars(self.variables.iter().copied()));
        let compiler = self.compiler();
        let place = Self::place(&self.root());
        let include_path = IncludePath::of(&job, &environment, &compiler, &cwd);
        let mut memo = Memo::open(&self.path("state"), false);
        let (stamp, content) = memo.digest(&self.path("a.c")).unwrap();
        let mut key_files = vec![KeyFile { path: self.path("a.c"), stamp, content }];
        for name in self.named {
            let (stamp, content) = memo.digest(&self.path(name)).unwrap();
            key_files.push(KeyFile { path: self.path(name), stamp, content });
        }
        let before = Before::of(&cwd, [], [self.dir.path().as_os_str().as_encoded_bytes()]);
        let dirs = self.headers.iter().map(|name| youngest_ns(self.path(name).parent().unwrap()));
        let youngest = dirs.chain([youngest_ns(&self.root()), before.youngest_ns()]).max().unwrap();
        let started_ns = std::iter::repeat_with(coarse_now_ns).find(|now| *now > youngest).unwrap();
        (self.after)(self);
        let span = Span { started_ns, ended_ns: coarse_now_ns() };
        let path = |name: &&str| self.path(name).into_os_string().into_encoded_bytes();
        let relative = self.relative.iter().map(|name| name.as_bytes().to_vec());
        let listed: Vec<Vec<u8>> = self.headers.iter().map(path).chain(relative).collect();
        let says = self.says.map(|says| self.here(says));
        let mut preprocessor = Told {
            says,
            listed: self.headers.iter().chain(self.told).map(path).collect(),
            source: path(&"a.c"),
            asked: Vec::new(),
        };
        let mut observed = Observed {
            job: &job,
            compiler: &compiler,
            place: &place,
            include_path: &include_path,
            environment: &environment,
            key_files: &key_files,
            span,
            before: &before,
            clock_went_back: false,
            is_shared: false,
            outputs: Outputs { compile_us: 1, parts: vec![(OutputPart::Main, self.main.clone())] },
            names: vec![b"a.o".to_vec()],
            depfile_is_verbatim: false,
            is_silent: true,
            listed,
            lists: Vec::new(),
            lists_users_alone: false,
            assembled: Vec::new(),
            known: self,
            is_assembly_known: true,
            rewriting: Rewriting::default(),
        };
        (self.change)(&mut observed);
        let proven = prove(observed, &mut memo, &mut preprocessor);
        let kept = proven.inspect(|proven| self.known.borrow_mut().extend(proven.definitions().iter().cloned()));
        (kept.map(super::Proven::into_inputs), preprocessor.asked)
    }

    #[track_caller]
    fn is_refused(&self, reason: Reason, asked: &[AskFor]) {
        let (proven, questions) = self.judge();
        assert_eq!(proven.map_err(|cause| cause.reason), Err(reason));
        assert_eq!(questions, asked);
    }

    #[track_caller]
    fn is_kept(&self) -> Vec<Input> {
        self.judge().0.unwrap_or_else(|cause| panic!("not kept: {cause}"))
    }

    /// The parts of the place that the result is bound to.
    #[track_caller]
    fn bound(&self) -> Bound {
        let place = self.is_kept().into_iter().find_map(|input| match input {
            Input::Place { bound, .. } => Some(bound),
            _ => None,
        });
        place.unwrap_or(Bound::NOTHING)
    }
}

/// When something below the directory last changed.
fn youngest_ns(path: &Path) -> i128 {
    let entries = fs::read_dir(path).into_iter().flatten();
    let inside = entries.map(|entry| youngest_ns(&entry.unwrap().path()));
    inside.chain([Stamp::of_link(path).unwrap().ctime_ns]).max().unwrap()
}

#[test]
fn a_plain_compile_hangs_on_its_headers_alone() {
    let scene = Scene::new("int a;\n");
    assert_eq!(scene.judge(), (Ok(Vec::new()), Vec::new()));
    let scene = Scene::new("#include \"h.h\"\n").header("h.h", "int h;\n");
    assert!(matches!(scene.is_kept().as_slice(), [Input::File { outside: false, .. }, Input::Absent(_)]));
}

#[test]
fn the_clock_and_the_company() {
    let with = |change| Scene { change, ..Scene::new("int a;\n") };
    with(|observed| observed.clock_went_back = true).is_refused(Reason::ClockWentBack, &[]);
    with(|observed| observed.is_shared = true).is_refused(Reason::OutputShared, &[]);
}

#[test]
fn lines_of_files_that_are_not_tracked() {
    const TEXT: &str = "#line 3 \"x.y\"\nint a;\n";
    Scene::new(TEXT).is_kept();
    let said = |text| Scene { change: |observed| observed.is_silent = false, ..Scene::new(text) };
    said(TEXT).is_refused(Reason::LineDirective, &[]);
    said("int a;\n").is_kept();
    let usual = b"GGC heuristics: --param ggc-min-expand=100 --param ggc-min-heapsize=131072\n".to_vec();
    let quoted = |text| Scene { options: "-S -fverbose-asm", main: usual.clone(), ..Scene::new(text) };
    quoted(TEXT).is_refused(Reason::LineDirective, &[]);
    quoted("int a;\n").is_kept();
}

#[test]
fn outputs_that_tell_of_this_machine() {
    let scene = Scene { options: "-S -fverbose-asm", ..Scene::new("int a;\n") };
    scene.is_refused(Reason::VerboseAssembly, &[]);
    let offloaded =
        |family| Scene { family, main: b"__omp_offloading_801_1d5c25_f_l3".to_vec(), ..Scene::new("int a;\n") };
    offloaded(Family::Clang).is_refused(Reason::OpenmpOffload, &[]);
    offloaded(Family::Gcc).is_kept();
}

#[test]
fn escapes_of_the_texts_own() {
    let said = |text| Scene { change: |observed| observed.is_silent = false, ..Scene::new(text) };
    said("/* \x1b[31m */\n").is_refused(Reason::EscapeInText, &[]);
    said("/* [31m */\n").is_kept();
    Scene::new("/* \x1b[31m */\n").is_kept();
}

#[test]
fn texts_that_hang_on_more_than_files() {
    Scene::new("const char *a = __DATE__;\n").is_refused(Reason::DateMacro, &[AskFor::Text]);
    Scene::new("const char *a = __TIMESTAMP__;\n").is_refused(Reason::TimestampMacro, &[AskFor::Text]);
    Scene::new("#pragma GCC dependency \"x\"\n").is_refused(Reason::PragmaDependency, &[]);
    Scene::new("#if __has_include(NAME)\n#endif\n").is_refused(Reason::ComputedHasInclude, &[]);
    Scene { options: "-c -D__DATE__=1 -D__TIME__=1", ..Scene::new("int a = __DATE__;\n") }.is_kept();
    // The text is asked about what the assembler reads only where the assembler does not say it.
    let unknown = |text| Scene { change: |observed| observed.is_assembly_known = false, ..Scene::new(text) };
    unknown("asm(\".incbin \\\"x\\\"\");\n").is_refused(Reason::AssemblerInclude, &[AskFor::Text]);
    Scene::new("asm(\".incbin \\\"x\\\"\");\n").is_kept();
    unknown("asm(READ(\"x\"));\n").is_refused(Reason::ComputedAssembly, &[AskFor::Text]);
    Scene::new("asm(READ(\"x\"));\n").is_kept();
    let assembler = |text| Scene { options: "-c -x assembler-with-cpp", ..unknown(text) };
    let pasted = "#define P(a, b) a##b\n.P(inc, bin) \"x\"\n";
    assembler(".include \"x.s\"\n").is_refused(Reason::AssemblerInclude, &[AskFor::Text]);
    assembler(pasted).is_refused(Reason::ComputedAssembly, &[AskFor::Text]);
    assembler(".byte 1\n").is_kept();
    unknown(pasted).is_kept();
    Scene::new("const char a[] = {\n#embed \"x\"\n};\n").is_refused(Reason::Embed, &[]);
    Scene::new("#pragma GCC pch_preprocess \"x.gch\"\n").is_refused(Reason::HeaderPrecompiled, &[]);
}

#[test]
fn a_date_that_the_output_shows() {
    let change: fn(&mut Observed<'_>) = |seen| {
        let seconds = seen.span.started_ns / 1_000_000_000 % 86_400;
        let time = format!("{:02}:{:02}:{:02}\0", seconds / 3600, seconds / 60 % 60, seconds % 60);
        seen.outputs.parts = vec![(OutputPart::Main, time.into_bytes())];
    };
    Scene { change, ..Scene::new("const char *a = __TIME__;\n") }.is_refused(Reason::DateMacro, &[]);
}

#[test]
fn macros_that_stand_for_a_word() {
    let used = "#define BUILT __DATE__\nconst char *a = BUILT;\n";
    Scene::new(used).is_refused(Reason::DateMacro, &[AskFor::Text]);
    let unused = Scene::new("#define BUILT __DATE__\nint a;\n").judge();
    assert_eq!(unused, (Ok(Vec::new()), Vec::new()));
    assert_eq!(Scene::new("#define HERE __FILE__\nint a = sizeof HERE;\n").bound(), Bound::ROOT);
}

#[test]
fn what_the_preprocessor_says_counts() {
    let dated = |says| Scene { says: Some(says), ..Scene::new("const char *a = DATE(__DATE__);\n") };
    dated("const char *a = \"Feb 13 2009\";\n").is_refused(Reason::DateMacro, &[AskFor::Text]);
    let undated = dated("const char *a = 0;\n");
    assert_eq!(undated.judge(), (Ok(Vec::new()), vec![AskFor::Text]));
    let named = |says| Scene { says: Some(says), ..Scene::new("int a = sizeof __FILE__;\n") };
    assert_eq!(named("int a = sizeof \"ROOT/a.c\";\n").bound(), Bound::ROOT);
    assert_eq!(named("int a = sizeof \"a.c\";\n").bound(), Bound::NOTHING);
    // An answer that names other files than the compile read is none.
    let other = dated("# 1 \"ROOT/b.h\" 1\n# 1 \"ROOT/a.c\" 2\nconst char *a = 0;\n").file("b.h", "int b;\n");
    Scene { told: &["b.h"], ..other }.is_refused(Reason::DateMacro, &[AskFor::Text]);
}

#[test]
fn texts_that_mislead_the_preprocessor() {
    let says = Some("const char *a = 0;\n");
    let dated = |text: &str, family| Scene { family, says, ..Scene::new(&format!("{text}char *a = __DATE__;\n")) };
    let marker = "# 1 \"x.y\" 1\n";
    dated(marker, Family::Gcc).is_refused(Reason::DateMacro, &[]);
    dated(marker, Family::Clang).is_refused(Reason::DateMacro, &[]);
    // clang defines the same macros in both.
    let target = "#pragma GCC target(\"avx2\")\n";
    dated(target, Family::Gcc).is_refused(Reason::DateMacro, &[]);
    dated(target, Family::Clang).is_kept();
}

/// `-MMD` leaves out what a system header includes, and a text can make itself one.
#[test]
fn headers_that_make_themselves_system_headers() {
    let reads_t = |text, users_alone: bool| {
        let scene = Scene::new("#include \"h.h\"\n").header("h.h", text).file("t.h", "int t;\n");
        let change: fn(&mut Observed<'_>) = if users_alone { |seen| seen.lists_users_alone = true } else { |_| {} };
        let path = scene.path("t.h").into_os_string().into_encoded_bytes();
        let is_t = |input: &Input| matches!(input, Input::File { path: read, .. } if path.ends_with(&read.rest));
        Scene { change, ..scene }.is_kept().iter().any(is_t)
    };
    let system = "#pragma GCC system_header\n#include \"t.h\"\n";
    assert!(reads_t(system, true));
    assert!(!reads_t(system, false));
    assert!(!reads_t("#if 0\n#include \"t.h\"\n#endif\n", true));
    let by_macro = Scene::new("#define S _Pragma(\"GCC system_header\")\nint a;\n");
    by_macro.is_kept();
    let by_macro = Scene { change: |seen| seen.lists_users_alone = true, ..by_macro };
    by_macro.is_refused(Reason::ComputedInclude, &[AskFor::Files]);
}

#[test]
fn the_date_of_the_environment() {
    let variables = vec![("SOURCE_DATE_EPOCH", "1500000000")];
    let dated = Scene { variables, ..Scene::new("const char *a = __DATE__;\n") };
    assert!(matches!(dated.is_kept().as_slice(), [Input::Date { .. }]));
    let other = Scene { variables: vec![("SOURCE_DATE_EPOCH", "1")], ..Scene::new("const char *a = __DATE__;\n") };
    assert_ne!(dated.is_kept(), other.is_kept());
    let undated = Scene { variables: vec![("SOURCE_DATE_EPOCH", "1")], ..Scene::new("int a;\n") };
    assert_eq!(undated.is_kept(), []);
}

#[test]
fn files_that_nobody_tells() {
    Scene::new("#include NAMED(x)\n").is_refused(Reason::ComputedInclude, &[AskFor::Files]);
}

#[test]
fn what_ties_a_result_to_its_place() {
    assert_eq!(Scene::new("int a;\n").bound(), Bound::NOTHING);
    let mut scene = Scene::new("int a;\n");
    scene.main = [b"debug ", scene.path("a.c").as_os_str().as_encoded_bytes()].concat();
    assert_eq!(scene.bound(), Bound::ROOT);
    assert_eq!(Scene { main: b"BC\xc0\xde".to_vec(), ..Scene::new("int a;\n") }.bound(), Bound::EVERYTHING);
    assert_eq!(Scene { options: "-c --coverage", ..Scene::new("int a;\n") }.bound(), Bound::EVERYTHING);
    let verbatim = Scene { change: |observed| observed.depfile_is_verbatim = true, ..Scene::new("int a;\n") };
    assert_eq!(verbatim.bound(), Bound::NAMES);
    // The source is spelled with the root in front. `sizeof __FILE__` takes in the length of that and leaves no name.
    let named = Scene::new("int a = sizeof __FILE__;\n");
    assert_eq!((named.bound(), named.judge().1), (Bound::ROOT, vec![AskFor::Text]));
    let mapped = |observed: &mut Observed<'_>| observed.rewriting.maps_names = true;
    assert_eq!(Scene { change: mapped, ..Scene::new("int a = sizeof __FILE__;\n") }.bound(), Bound::NOTHING);
    // Nobody expands `HERE`.
    assert_eq!(Scene::new("#define HERE __FILE__\nint a;\n").bound(), Bound::NOTHING);
    let function = "const char *a(void) { return __PRETTY_FUNCTION__; }\n";
    assert_eq!(Scene::new(function).bound(), Bound::NOTHING);
    assert_eq!(Scene { family: Family::Clang, ..Scene::new(function) }.bound(), Bound::ROOT);
}

#[test]
fn paths_in_texts_tie_to_the_place() {
    let bound = |text: &str| {
        let scene = Scene::new("");
        fs::write(scene.path("a.c"), scene.here(text)).unwrap();
        scene.bound()
    };
    assert_eq!(bound("const char *a = \"ROOT/data/a\";\n"), Bound::ROOT);
    assert_eq!(bound("const char *a = \"/elsewhere/data/a\";\n"), Bound::NOTHING);
    // More than are kept.
    let paths = |count: usize| (0..count).map(|nth| format!("\"/else/where/{nth}\",\n")).collect::<String>();
    assert_eq!(bound(&format!("const char *a[] = {{ {} }};\n", paths(20))), Bound::NOTHING);
    assert_eq!(bound(&format!("const char *a[] = {{ {} }};\n", paths(200))), Bound::DIRECTORIES);
    // What the compiler says is replayed as well.
    let mut scene =
        Scene { change: |seen| seen.outputs.parts.push((OutputPart::Stderr, Vec::new())), ..Scene::new("int a;\n") };
    assert_eq!(scene.bound(), Bound::NOTHING);
    scene.change = |seen| {
        let root = seen.place.root.as_os_str().as_encoded_bytes().to_vec();
        seen.outputs.parts.push((OutputPart::Stderr, root));
    };
    assert_eq!(scene.bound(), Bound::ROOT);
}

/// gcc calls a system header in a relative directory by its canonical path where that is shorter. Where the header is found by a link,
/// the key does not tell how long the root is.
#[test]
fn lengths_that_decide_about_names() {
    let bound = |name, change| {
        let scene = Scene { options: "-c -isystem UP/sys", change, ..Scene::new("#include <x.h>\n#include <y.h>\n") };
        let scene = scene.file("sys/x.h", "int x;\n").file("away/y.h", "int y;\n");
        symlink("../away/y.h", scene.path("sys/y.h")).unwrap();
        let name: &'static str = scene.here(name).leak();
        Scene { relative: vec![name], ..scene }.bound()
    };
    assert_eq!(bound("UP/sys/x.h", |_| {}), Bound::NOTHING);
    assert_eq!(bound("UP/sys/y.h", |_| {}), Bound::DIRECTORIES);
    assert_eq!(bound("UP/sys/y.h", |seen| seen.rewriting.keeps_lengths = true), Bound::NOTHING);
}

#[test]
fn prefix_maps_and_names() {
    let bound = |family, map: &'static str, text: &str| Scene { family, options: map, ..Scene::new(text) }.bound();
    let sized = "int a = sizeof __FILE__;\n";
    assert_eq!(bound(Family::Gcc, "-c -ffile-prefix-map=ROOT=.", sized), Bound::NOTHING);
    // clang's own builtins do not go by a map.
    assert_eq!(bound(Family::Clang, "-c -ffile-prefix-map=ROOT=.", sized), Bound::ROOT);
    // One that leaves a part of the root, one that reaches no name, and one that compilers read in two ways.
    for map in ["-c -ffile-prefix-map=/=/x/", "-c -ffile-prefix-map=ROOT/b=.", "-c -ffile-prefix-map=ROOT=x=y"] {
        assert_eq!(bound(Family::Gcc, map, sized), Bound::ROOT, "{map}");
    }
    // A part of a name is replaced.
    assert_eq!(bound(Family::Gcc, "-c -fdebug-prefix-map=ROOT/a=.", "int a;\n"), Bound::DIRECTORIES);
    assert_eq!(bound(Family::Gcc, "-c -fdebug-prefix-map=ROOT=.", "int a;\n"), Bound::NOTHING);
    for (line, bound_to) in [("\"/elsewhere/x.y\"", Bound::DIRECTORIES), ("\"x.y\"", Bound::NOTHING)] {
        let text = format!("#line 3 {line}\nint a;\n");
        assert_eq!(bound(Family::Gcc, "-c -fdebug-prefix-map=ROOT=.", &text), bound_to, "{line}");
        assert_eq!(bound(Family::Gcc, "-c", &text), Bound::NOTHING, "{line}");
    }
}

#[test]
fn what_changed_meanwhile() {
    let touched = |name: &'static str, after: fn(&Scene)| {
        let scene = Scene::new("#include \"h.h\"\n").header("h.h", "int h;\n");
        assert!(scene.path(name).exists());
        Scene { after, ..scene }
    };
    touched("a.c", |scene| fs::write(scene.path("a.c"), "int b;\n").unwrap()).is_refused(Reason::InputChanged, &[]);
    touched("h.h", |scene| fs::write(scene.path("h.h"), "int b;\n").unwrap()).is_refused(Reason::InputChanged, &[]);
    touched("h.h", |scene| fs::remove_file(scene.path("h.h")).unwrap()).is_refused(Reason::HeaderUnreadable, &[]);
}
