//! Each obligation, on a compile that is made up: no compiler runs.

use super::observed::{KeyFile, Observed, Preprocessor, Rewriting};
use super::{Bound, Input, prove};
use crate::command::{Family, Job, parse_job};
use crate::digest::Digest;
use crate::disk::memo::Memo;
use crate::disk::stamp::{Stamp, coarse_now_ns};
use crate::disk::still::{Before, Span};
use crate::environment::Environment;
use crate::inputs::Answer;
use crate::inputs::search_path::IncludePath;
use crate::inputs::witness::AskFor;
use crate::outputs::{OutputPart, Outputs};
use crate::paths::Place;
use crate::reason::{Cause, Reason};
use crate::text::WordSet;
use crate::toolchain::{Compiler, Evidence};
use std::ffi::OsString;
use std::path::PathBuf;
use std::{fs, io};

/// A compile of `a.c` in a directory of its own, which is the watch root.
struct Scene {
    dir: tempfile::TempDir,
    options: &'static str,
    family: Family,
    main: Vec<u8>,
    headers: Vec<&'static str>,
    variables: Vec<(&'static str, &'static str)>,
    change: fn(&mut Observed<'_>),
    after: fn(&Scene),
}

/// A preprocessor that nobody may ask; it counts who tries.
#[derive(Default)]
struct Silent {
    asked: Vec<AskFor>,
}

impl Preprocessor for Silent {
    fn ask(&mut self, question: AskFor, _words: WordSet, _needles: &[Vec<u8>]) -> Option<Answer> {
        self.asked.push(question);
        None
    }
}

impl Scene {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.c"), text).unwrap();
        Self {
            dir,
            options: "-c",
            family: Family::Gcc,
            main: b"an object".to_vec(),
            headers: Vec::new(),
            variables: Vec::new(),
            change: |_| {},
            after: |_| {},
        }
    }

    fn header(mut self, name: &'static str, text: &str) -> Self {
        fs::write(self.path(name), text).unwrap();
        self.headers.push(name);
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    fn job(&self) -> Job {
        let line = format!("{} {} -o {}", self.options, self.path("a.c").display(), self.path("a.o").display());
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        parse_job(&args, &|_| Err(io::ErrorKind::NotFound.into())).expect("served")
    }

    /// The inputs that are proven, or why the result is not kept; and what was asked.
    fn judge(&self) -> (Result<Vec<Input>, Cause>, Vec<AskFor>) {
        let cwd = Environment::current_dir().unwrap();
        let (job, environment) = (self.job(), Environment::from_vars(self.variables.iter().copied()));
        let compiler = Compiler {
            program: "cc".into(),
            argv0: "cc".into(),
            family: self.family,
            major: 12,
            digest: Digest([1; 32]),
            toolchain: None,
            builtin_dirs: Vec::new(),
            moving_dirs: Vec::new(),
            driver_macros: Vec::new(),
            is_new_here: false,
            evidence: Evidence::default(),
        };
        let root = self.dir.path().canonicalize().unwrap();
        let place = Place::new(cwd.clone(), None, root, None, &[], &[]);
        let include_path = IncludePath::of(&job, &environment, &compiler, &cwd);
        let mut memo = Memo::open(&self.path("state"), false);
        let (stamp, content) = memo.digest(&self.path("a.c")).unwrap();
        let key_files = [KeyFile { path: self.path("a.c"), stamp, content }];
        let before = Before::of(&cwd, [], [self.dir.path().as_os_str().as_encoded_bytes()]);
        let youngest = |name: &&str| Stamp::of(&self.path(name)).unwrap().ctime_ns;
        let youngest = self.headers.iter().map(youngest).chain([stamp.ctime_ns, before.youngest_ns()]).max().unwrap();
        let started_ns = std::iter::repeat_with(coarse_now_ns).find(|now| *now > youngest).unwrap();
        (self.after)(self);
        let span = Span { started_ns, ended_ns: coarse_now_ns() };
        let listed = self.headers.iter().map(|name| self.path(name).into_os_string().into_encoded_bytes()).collect();
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
            lists_users_alone: false,
            assembled: Vec::new(),
            is_assembly_known: true,
            rewriting: Rewriting::default(),
        };
        (self.change)(&mut observed);
        let mut preprocessor = Silent::default();
        let proven = prove(observed, &mut memo, &mut preprocessor);
        (proven.map(super::Proven::into_inputs), preprocessor.asked)
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
fn twins_that_may_have_been_read_for_each_other() {
    let once = "#pragma once\nint once;\n";
    let scene = |other| Scene::new("#include \"x.h\"\n#include \"y.h\"\n").header("x.h", once).header("y.h", other);
    let has_twins = |scene: &Scene| scene.is_kept().iter().any(|input| matches!(input, Input::Twins { .. }));
    assert!(has_twins(&scene(once)));
    assert!(!has_twins(&scene("#pragma once\nint other;\n")));
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
