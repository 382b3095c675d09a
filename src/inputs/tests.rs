//! The rules of the read set, on trees that are written down here: no compiler, no disk.

use super::search_path::{Dir, IncludePath, What};
use super::tree::memory::Trunk;
use super::witness::{Answer, AskFor};
use super::{Compiled, Doubt, ReadSet, Work, find};
use crate::inputs::absences::Absence;
use crate::reason::{Cause, Reason};
use crate::text::Reading;
use crate::text::WordSet;

mod assembled;
mod macros;
mod own;

/// A compile of `a.c` in a tree.
struct Case {
    tree: Trunk,
    path: IncludePath,
    listed: Vec<Vec<u8>>,
    complete: bool,
    forced: Vec<Vec<u8>>,
    defines: Vec<u8>,
    answer: Option<Answer>,
    driver_macros: Vec<Vec<u8>>,
    assembled: Vec<Vec<u8>>,
    is_gcc: bool,
    own_dirs: Vec<Vec<u8>>,
    budget: Work,
}

impl Case {
    /// Files with their texts; directories named `sys…` hold system headers, others named `inc…` are searched too.
    fn new(files: &[(&str, &str)]) -> Self {
        let mut names: Vec<&str> = files.iter().filter_map(|(path, _)| Some(path.split_once('/')?.0)).collect();
        names.sort_unstable();
        names.dedup();
        Self {
            tree: Trunk::of(files),
            path: IncludePath { dirs: Vec::new(), angle: 0, tells_missing: false },
            listed: Vec::new(),
            complete: true,
            forced: Vec::new(),
            defines: Vec::new(),
            answer: None,
            driver_macros: Vec::new(),
            assembled: Vec::new(),
            is_gcc: false,
            own_dirs: Vec::new(),
            budget: Work::MOST,
        }
        .search(&names)
    }

    /// Searches these directories, in this order.
    fn search(mut self, dirs: &[&str]) -> Self {
        let dir = |(at, name): (usize, &&str)| Dir {
            path: name.as_bytes().to_vec(),
            system: name.starts_with("sys"),
            builtin: false,
            last: at,
            what: What::Directory(at),
        };
        self.path.dirs = dirs.iter().enumerate().map(dir).collect();
        self
    }

    /// The depfile names these.
    fn listed(mut self, names: &[&str]) -> Self {
        self.listed = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        self
    }

    /// It leaves out system headers.
    fn users_alone(mut self) -> Self {
        self.complete = false;
        self
    }

    /// The preprocessor said this.
    fn answered(mut self, output: &str, listed: &[&str]) -> Self {
        let listed = listed.iter().map(|name| name.as_bytes().to_vec()).collect();
        let answer = Answer::read(output.as_bytes(), listed, b"a.c", AskFor::Files, &[], &|name| name);
        self.answer = Some(answer.expect("an answer that is understood"));
        self
    }

    fn parts(&mut self) -> (Compiled<'_>, &mut Trunk) {
        let compiled = Compiled {
            reading: Reading::Text,
            knows_comments: false,
            source: b"a.c",
            listed: &self.listed,
            complete: self.complete,
            forced: &self.forced,
            defines: &self.defines,
            driver_macros: &self.driver_macros,
            assembled: &self.assembled,
            path: &self.path,
            has_predefined: self.is_gcc,
            precompiled_everywhere: self.is_gcc,
            answer: self.answer.as_ref(),
            own_dirs: &self.own_dirs,
            budget: self.budget,
        };
        (compiled, &mut self.tree)
    }

    fn find(&mut self) -> Result<ReadSet, Cause> {
        let (compiled, tree) = self.parts();
        find(&compiled, tree)
    }

    /// The words that count once it is known which macros are expanded.
    fn words(&mut self, words: WordSet) -> WordSet {
        let (compiled, tree) = self.parts();
        let mut read = find(&compiled, tree).expect("a read set");
        read.judge_macros(words, &compiled, tree).expect("texts");
        read.words & words
    }

    /// The files of the read set.
    fn files(&mut self) -> Vec<String> {
        let read = self.find().expect("a read set");
        assert_eq!(read.doubt, None);
        let mut files: Vec<String> =
            read.files.iter().map(|file| String::from_utf8_lossy(&file.path).into_owned()).collect();
        files.sort();
        files
    }

    /// The places that must stay empty.
    fn absent(&mut self) -> Vec<String> {
        let read = self.find().expect("a read set");
        let join = |dir: &[u8], name: &[u8]| String::from_utf8_lossy(&crate::paths::join(dir, name)).into_owned();
        let places = read.absent.iter().flat_map(|(dir, names)| {
            names.iter().map(move |absence| match absence {
                Absence::Nothing(name) => join(dir, name),
                other => panic!("{other:?} in {dir:?}"),
            })
        });
        let mut places: Vec<String> = places.collect();
        places.sort();
        places
    }

    /// What must not be in the directory.
    fn lacks(&mut self, dir: &str) -> Vec<Absence<Vec<u8>>> {
        self.find().expect("a read set").absent.remove(dir.as_bytes()).unwrap_or_default()
    }

    fn doubt(&mut self) -> Option<Doubt> {
        self.find().expect("a read set").doubt
    }
}

#[test]
fn places_before_the_header_must_stay_empty() {
    let mut case = Case::new(&[("a.c", "#include <x.h>\n"), ("inc1/y.h", ""), ("inc2/x.h", "")]).listed(&["inc2/x.h"]);
    assert_eq!(case.files(), ["inc2/x.h"]);
    assert_eq!(case.absent(), ["inc1/x.h"]);
    // A quoted name is looked for beside the file first.
    case.tree.write("a.c", "#include \"x.h\"\n");
    assert_eq!(case.absent(), ["inc1/x.h", "x.h"]);
}

#[test]
fn a_directive_that_was_not_read_adds_no_file() {
    let mut case = Case::new(&[("a.c", "#if 0\n#include <x.h>\n#endif\n"), ("inc/x.h", "int x;")]);
    assert_eq!(case.files(), [""; 0]);
}

#[test]
fn system_headers_are_followed_where_the_depfile_leaves_them_out() {
    let files =
        [("a.c", "#include <s.h>\n"), ("sys/s.h", "#include \"t.h\"\n#include <none.h>\n"), ("sys/t.h", "int t;")];
    let mut case = Case::new(&files).users_alone();
    assert_eq!(case.files(), ["sys/s.h", "sys/t.h"]);
    assert_eq!(case.absent(), ["sys/none.h"]);
}

#[test]
fn the_twin_of_a_header_that_is_found_later() {
    // `<w.h>` leads to `<s.h>`, which says `#pragma once`; `"u.h"` is equal to it and skipped.
    let files = [
        ("a.c", "#include <w.h>\n#include \"u.h\"\n"),
        ("sys/w.h", "#include <s.h>\n"),
        ("sys/s.h", "#pragma once\nint s = 1;\n"),
        ("u.h", "#pragma once\nint s = 1;\n"),
    ];
    assert_eq!(Case::new(&files).users_alone().files(), ["sys/s.h", "sys/w.h", "u.h"]);
    // In the other order too.
    let mut case = Case::new(&files).users_alone();
    case.tree.write("a.c", "#include \"u.h\"\n#include <w.h>\n");
    assert_eq!(case.files(), ["sys/s.h", "sys/w.h", "u.h"]);
    // A header without the pragma, or with another text, is no twin.
    let mut case = Case::new(&files).users_alone();
    case.tree.write("u.h", "#pragma once\nint s = 2;\n");
    assert_eq!(case.files(), ["sys/s.h", "sys/w.h"]);
    let mut case = Case::new(&files).users_alone();
    case.tree.write("sys/s.h", "int s = 1;\n");
    case.tree.write("u.h", "int s = 1;\n");
    assert_eq!(case.files(), ["sys/s.h", "sys/w.h"]);
}

#[test]
fn questions_count_by_what_they_find_and_what_not() {
    let files =
        [("a.c", "#if __has_include(<x.h>) || __has_include(\"y.h\")\n#endif\n"), ("inc/x.h", "#include <z.h>\n")];
    let mut case = Case::new(&files);
    assert_eq!(case.files(), ["inc/x.h"]);
    assert_eq!(case.absent(), ["inc/y.h", "y.h"]);
    // A header's macro asks, and the source uses the macro.
    let files = [
        ("a.c", "#include <ask.h>\n#if HAS(<x.h>)\n#endif\n"),
        ("inc/ask.h", "#define HAS(h) __has_include(h)\n"),
        ("inc/x.h", ""),
    ];
    let mut case = Case::new(&files).listed(&["inc/ask.h"]);
    assert_eq!(case.files(), ["inc/ask.h", "inc/x.h"]);
    assert!(case.tree.read.values().all(|times| *times <= 4), "twice a run: for its facts, and as a whole");
}

#[test]
fn a_macro_that_stands_for_nothing_but_headers_is_followed() {
    let files = [
        ("a.c", "#include <names.h>\n#include WANTED\n"),
        ("inc/names.h", "#define WANTED <x.h>\n"),
        ("inc1/y.h", ""),
        ("inc2/x.h", ""),
    ];
    let mut case = Case::new(&files).listed(&["inc/names.h", "inc2/x.h"]);
    assert_eq!(case.files(), ["inc/names.h", "inc2/x.h"]);
    assert_eq!(case.absent(), ["inc/x.h", "inc1/x.h"]);
    // So it is where a driver defines the name, or a word that is expanded between the brackets.
    let known = |case: &Case| case.driver_macros.is_empty();
    for (macros, header) in [("", "x.h"), ("WANTED", "x.h"), ("DEVICE", "DEVICE.h"), ("", "DEVICE.h")] {
        case.driver_macros = (!macros.is_empty()).then(|| macros.as_bytes().to_vec()).into_iter().collect();
        case.tree.write("inc/names.h", &format!("#define WANTED <{header}>\n"));
        let doubt = (!known(&case)).then(|| Doubt::ComputedInclude(b"WANTED".to_vec()));
        assert_eq!(case.doubt(), doubt, "{macros} {header}");
    }
    case.driver_macros.clear();
    // Anything else is a doubt.
    for other in ["#define WANTED NAME(x.h)\n", "#define WANTED\n", "#define WANTED <x.h> // x\n#define WANTED F(x)\n"]
    {
        case.tree.write("inc/names.h", other);
        assert_eq!(case.doubt(), Some(Doubt::ComputedInclude(b"WANTED".to_vec())), "{other}");
    }
}

#[test]
fn a_doubt_about_a_name_that_is_put_together() {
    let mut case = Case::new(&[("a.c", "#include NAMED(x.h)\n"), ("inc/x.h", "")]).listed(&["inc/x.h"]);
    assert_eq!(case.doubt(), Some(Doubt::ComputedInclude(Vec::new())));
    // Nothing defines `MY_OWN_HEADER`, so nothing could be read there.
    case.tree.write("a.c", "#ifdef MY_OWN_HEADER\n#include NAMED(MY_OWN_HEADER)\n#endif\n#include <x.h>\n");
    assert_eq!(case.doubt(), None);
    case.tree.write("inc/x.h", "#define MY_OWN_HEADER x.h\n");
    assert_eq!(case.doubt(), Some(Doubt::ComputedInclude(Vec::new())));
    case.tree.write("inc/x.h", "");
    case.defines = b"#define MY_OWN_HEADER x.h\n".to_vec();
    assert_eq!(case.doubt(), Some(Doubt::ComputedInclude(Vec::new())));
}

#[test]
fn the_preprocessors_answer_is_exact() {
    let files = [
        ("a.c", "#include NAMED(x.h)\n#if 0\n#include <never.h>\n#endif\n"),
        ("inc1/y.h", ""),
        ("inc2/x.h", "#include \"z.h\"\n"),
        ("inc2/z.h", ""),
        ("inc1/never.h", ""),
    ];
    let output = "# 1 \"a.c\"\n#include <x.h>\n# 1 \"a.c\"\n# 1 \"inc2/x.h\" 1\n#include \"z.h\"\n# 1 \"inc2/x.h\"\n\
                  # 1 \"inc2/z.h\" 1\n# 2 \"inc2/x.h\" 2\n# 2 \"a.c\" 2\n";
    let mut case = Case::new(&files).answered(output, &["inc2/x.h", "inc2/z.h"]);
    assert_eq!(case.files(), ["inc2/x.h", "inc2/z.h"]);
    assert_eq!(case.absent(), ["inc1/x.h"]);
}

#[test]
fn a_file_that_the_preprocessor_did_not_show_is_followed_by_its_text() {
    // `-imacros m.h` leaves no line marker.
    let files = [("a.c", ""), ("m.h", "#include <x.h>\n"), ("inc1/y.h", ""), ("inc2/x.h", "")];
    let mut case = Case::new(&files).answered("# 1 \"a.c\"\n", &["m.h", "inc2/x.h"]);
    assert_eq!(case.files(), ["inc2/x.h", "m.h"]);
    assert_eq!(case.absent(), ["inc1/x.h"]);
    case.tree.write("m.h", "#include F(x.h)\n");
    assert!(case.doubt().is_some());
}

#[test]
fn a_macro_for_a_system_header_hides_what_is_included() {
    let files = [("a.c", "#include <p.h>\n"), ("inc/p.h", "#define P _Pragma(\"GCC system_header\")\n")];
    let mut case = Case::new(&files).listed(&["inc/p.h"]).users_alone();
    assert_eq!(case.doubt(), Some(Doubt::SystemHeaders));
    case.complete = true;
    assert_eq!(case.doubt(), None);
}

#[test]
fn precompiled_headers_are_refused_where_gcc_would_take_them() {
    let files = [("a.c", "#include <x.h>\n"), ("inc/x.h", ""), ("inc/x.h.gch", "")];
    let mut case = Case::new(&files).listed(&["inc/x.h"]);
    assert_eq!(case.files(), ["inc/x.h"], "clang does not");
    case.is_gcc = true;
    let problem = case.find().map(|_| ());
    assert_eq!(problem, Err(Reason::HeaderPrecompiled.about_path(b"inc/x.h.gch")));
}

#[test]
fn the_order_of_a_search() {
    let files = |text| [("a.c", text), ("inc1/keep", ""), ("inc2/keep", ""), ("inc3/x.h", "")];
    let absent = |text, change: fn(&mut Case)| {
        let mut case = Case::new(&files(text)).listed(&["inc3/x.h"]);
        change(&mut case);
        case.absent()
    };
    // `-iquote inc1 -I inc2 -I inc3`
    let quoting: fn(&mut Case) = |case| case.path.angle = 1;
    assert_eq!(absent("#include \"x.h\"\n", quoting), ["inc1/x.h", "inc2/x.h", "x.h"]);
    assert_eq!(absent("#include <x.h>\n", quoting), ["inc2/x.h"]);
    assert_eq!(absent("#include_next <x.h>\n", quoting), ["inc1/x.h", "inc2/x.h"]);
    // `#include_next` goes on behind the header that it stands in.
    let goes_on: fn(&mut Case) = |case| {
        case.tree.write("inc1/x.h", "#include_next <x.h>\n");
        case.listed.push(b"inc1/x.h".to_vec());
    };
    assert_eq!(absent("#include <x.h>\n", goes_on), ["inc2/x.h"]);
    // `inc3` comes twice, and compilers drop one of the two.
    let twice: fn(&mut Case) = |case| {
        case.path.dirs.rotate_right(1);
        case.path.dirs.push(case.path.dirs[0].clone());
        (case.path.dirs[0].last, case.path.dirs[3].last) = (3, 3);
    };
    assert_eq!(absent("#include <x.h>\n", twice), ["inc1/x.h", "inc2/x.h"]);
    // A directory is passed over.
    let mut case = Case::new(&files("#include <x.h>\n")).listed(&["inc3/x.h"]);
    case.tree.write("inc1/x.h/keep", "");
    assert_eq!(case.lacks("inc1"), [Absence::File(b"x.h".to_vec())]);
    assert_eq!(case.lacks("inc2"), [Absence::Nothing(b"x.h".to_vec())]);
}

#[test]
fn an_include_that_waits_for_a_name_is_followed_once_that_is_defined() {
    let wait = "#ifdef MY_OWN_HEADER\n#include MY_OWN_HEADER\n#endif\n#include <x.h>\n";
    let files = [("a.c", wait), ("inc/x.h", "#define MY_OWN_HEADER <z.h>\n"), ("inc1/y.h", ""), ("inc2/z.h", "")];
    let mut case = Case::new(&files).listed(&["inc/x.h", "inc2/z.h"]);
    assert_eq!(case.absent(), ["inc/z.h", "inc1/z.h"]);
    case.tree.write("inc/x.h", "");
    assert_eq!(case.absent(), [""; 0]);
}

#[test]
fn headers_that_no_text_names() {
    let nothing = |name: &str| Absence::Nothing(name.as_bytes().to_vec());
    let files = [("a.c", "int a;\n"), ("inc1/y.h", ""), ("inc2/f.h", ""), ("inc2/stdc-predef.h", "")];
    let mut case = Case::new(&files).listed(&["inc2/f.h", "inc2/stdc-predef.h"]);
    assert_eq!(case.lacks("inc1"), []);
    case.forced = vec![b"f.h".to_vec()];
    assert_eq!(case.lacks("inc1"), [nothing("f.h")]);
    assert_eq!(case.lacks(""), ["f.h", "f.h.gch", "f.h.pch"].map(nothing), "clang's driver looks for them");
    case.is_gcc = true;
    let precompiled = Absence::Precompiled(Vec::new());
    assert_eq!(case.lacks("inc1"), [nothing("f.h"), nothing("stdc-predef.h"), precompiled.clone()]);
    // Beside another one, the name counts.
    case.tree.write("inc1/other.h.gch", "");
    let names = ["f.h", "f.h.gch", "stdc-predef.h", "stdc-predef.h.gch"];
    assert_eq!(case.lacks("inc1"), names.map(nothing));
    case.is_gcc = false;
    case.tree.write("f.h.pch", "");
    assert_eq!(case.find().map(|_| ()), Err(Reason::HeaderPrecompiled.about_path(b"f.h.pch")));
}

#[test]
fn a_text_that_makes_itself_a_system_header() {
    let files = [("a.c", "#include <p.h>\n"), ("inc/p.h", "#include \"t.h\"\n"), ("inc/t.h", "int t;")];
    let mut case = Case::new(&files).listed(&["inc/p.h"]).users_alone();
    assert_eq!(case.files(), ["inc/p.h"]);
    case.tree.write("inc/p.h", "#pragma GCC system_header\n#include \"t.h\"\n");
    assert_eq!(case.files(), ["inc/p.h", "inc/t.h"]);
}

#[test]
fn equal_files_are_twins_where_one_is_read_once() {
    let twins = |include: &str, text: &str, other: &str| {
        let source = format!("#{include} <x.h>\n#{include} \"{other}\"\n");
        let mut case = Case::new(&[("a.c", &source), ("inc/x.h", text), ("y.h", text)]).listed(&["inc/x.h", other]);
        let place = crate::paths::Place::new("/w".into(), None, "/w".into(), None, &[], &[]);
        !case.find().expect("a read set").twins(&place, false).is_empty()
    };
    assert!(twins("import", "int x;\n", "y.h"));
    assert!(twins("include", "#pragma once\nint x;\n", "y.h"));
    assert!(!twins("include", "int x;\n", "y.h"));
    assert!(!twins("import", "int x;\n", "./inc/x.h"), "one file");
}

/// A thousand headers include each other, and a hundred of them have an include that waits for a name. Each text is read
/// once, and the work is linear.
#[test]
fn a_large_tree_is_read_once() {
    const HEADERS: usize = 1000;
    let name = |nth: usize| format!("inc/h{nth}.h");
    let text = |nth: usize| {
        let next = (nth + 1) % HEADERS;
        let waits = if nth.is_multiple_of(10) {
            format!("#ifdef WAITS_FOR_{nth}\n#include NAMED(WAITS_FOR_{nth})\n#endif\n")
        } else {
            String::new()
        };
        format!("#pragma once\n#include <h{next}.h>\n#include \"h0.h\"\n{waits}#define BUILT_{nth}_AT __DATE__\n")
    };
    let files: Vec<(String, String)> = (0..HEADERS).map(|nth| (name(nth), text(nth))).collect();
    let mut files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("a.c", "#include <h0.h>\n"));
    let listed: Vec<String> = (0..HEADERS).map(name).collect();
    let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
    let mut case = Case::new(&files).listed(&listed);
    let read = case.find().expect("a read set");
    assert_eq!(read.doubt, None, "no question");
    assert!(case.tree.read.values().all(|times| *times == 1));
    assert!(read.work.places < 4 * HEADERS as u64, "{:?}", read.work);
    assert_eq!(read.work.bytes, 0, "no text was read as a whole");
    case.tree.read.clear();
    let (compiled, tree) = case.parts();
    let mut read = find(&compiled, tree).expect("a read set");
    for word in [WordSet::DATE, WordSet::TIMESTAMP, WordSet::FILE] {
        read.judge_macros(word, &compiled, tree).expect("texts");
    }
    assert_eq!(read.words & WordSet::DATE, WordSet::NONE);
    assert!(tree.read.values().all(|times| *times == 2), "once for its facts, and once as a whole");
    assert_eq!(read.work.bytes, files.iter().map(|(_, text)| text.len() as u64).sum::<u64>());
}

#[test]
fn a_budget_ends_the_search() {
    let case = |budget| {
        let files =
            [("a.c", "#include <x.h>\n#define HAS(x) __has_include(x)\n#if HAS(<y.h>)\n#endif\n"), ("inc/x.h", "")];
        let mut case = Case::new(&files).listed(&["inc/x.h"]);
        case.budget = budget;
        case.find().map(|read| read.work).map_err(|cause| cause.reason)
    };
    let work = case(Work::MOST).expect("a small compile");
    assert!(work.places > 0 && work.bytes > 0);
    assert_eq!(case(work), Ok(work));
    assert_eq!(case(Work { places: work.places - 1, ..work }), Err(Reason::TooMuchToJudge));
    assert_eq!(case(Work { bytes: work.bytes - 1, ..work }), Err(Reason::TooMuchToJudge));
}
