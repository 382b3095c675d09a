//! The option table is compared with the gcc of this machine: both must part the words of a command in the same way.

use packer_cc::command::grammar::{Effect, Form, OPTIONS, Row};
use packer_cc::command::{Job, Role, parse_job};
use std::ffi::OsString;

/// Asks gcc what it would run for `arguments` followed by an input. A gcc that does not know an option fails, and
/// then has no say.
fn compiles_the_last_word(arguments: &[&str]) -> Option<bool> {
    let output = std::process::Command::new("gcc")
        .args(["-###", "-x", "c", "-c"])
        .args(arguments)
        .arg("/dev/null")
        .output()
        .expect("gcc is on PATH");
    let text = String::from_utf8_lossy(&output.stderr);
    let starts_compiler = text.lines().any(|line| line.contains("cc1") && line.contains("/dev/null"));
    if text.contains("no input files") { Some(false) } else { output.status.success().then_some(starts_compiler) }
}

fn rows(forms: &[Form]) -> impl Iterator<Item = &'static Row> {
    let is_query = |row: &Row| matches!(row.effect, Effect::Instead(_));
    OPTIONS.iter().filter(move |row| row.role.is_some() && forms.contains(&row.form) && !is_query(row))
}

#[test]
fn flags_leave_the_next_word_alone() {
    for row in rows(&[Form::Flag]) {
        assert_ne!(compiles_the_last_word(&[row.name]), Some(false), "{}", row.name);
    }
}

#[test]
fn separate_values_are_the_next_word() {
    for row in rows(&[Form::Separate, Form::JoinedOrSeparate]) {
        assert_ne!(compiles_the_last_word(&[row.name]), Some(true), "{}", row.name);
    }
}

#[test]
fn joined_values_leave_the_next_word_alone() {
    for row in rows(&[Form::Joined, Form::JoinedOrSeparate]) {
        for value in ["0", "c"] {
            let word = format!("{}{value}", row.name);
            assert_ne!(compiles_the_last_word(&[&word]), Some(false), "{word}");
        }
    }
}

/// The value of every option that reads a file. A file of this name is there.
const READ: &str = "list";
/// The value of every other option. None of them may write a file of this name.
const UNREAD: &str = "unread";

/// So many options are compiled at once; where such a compile fails, they are tried by halves.
const AT_ONCE: usize = 16;
/// A compiler that takes fewer of the table's options than this is not the one that the table was written for.
const LEAST_TAKEN: usize = 300;

/// A spelling of every row that is served and compiles.
fn spellings() -> Vec<Vec<String>> {
    let compiles = |row: &&Row| {
        row.role.is_some()
            && !matches!(row.effect, Effect::Instead(_) | Effect::Stage(_) | Effect::Output | Effect::Language)
    };
    let mut all = Vec::new();
    for row in OPTIONS.iter().filter(compiles) {
        let name = row.name.to_owned();
        let value = if row.role == Some(Role::InputFile) { READ } else { UNREAD };
        match row.form {
            Form::Flag | Form::Toggle | Form::Family => all.push(vec![name]),
            Form::ToggleValue => all.extend([vec![name.clone()], vec![format!("{name}=1")]]),
            Form::Joined if row.role == Some(Role::InputFile) => all.push(vec![format!("{name}{READ}")]),
            Form::Joined => all.push(vec![format!("{name}1")]),
            Form::Separate => all.push(vec![name, value.to_owned()]),
            Form::JoinedOrSeparate => all.push(vec![format!("{name}{value}")]),
        }
    }
    all
}

/// A place in which options are compiled, many at a time.
struct Bench {
    dir: tempfile::TempDir,
    compiler: &'static str,
    taken: usize,
}

impl Bench {
    fn new(compiler: &'static str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("a file");
        write("a.c", "int s(int x) { return x + 1; }\nint f(int x) { return s(x) * 2; }\n");
        write(READ, "");
        Self { dir, compiler, taken: 0 }
    }

    /// Compiles with all these options at once, and tells whether that went well and what was said.
    fn compile(&self, group: &[Vec<String>]) -> (bool, String) {
        let output = std::process::Command::new(self.compiler)
            .args(["-c", "a.c", "-o", "out.o"])
            .args(group.iter().flatten())
            .current_dir(self.dir.path())
            .env("LC_ALL", "C")
            .output()
            .expect("a compiler on PATH");
        if !output.status.success() {
            // A compile that fails may leave what it likes.
            self.clear();
        }
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn clear(&self) {
        for entry in std::fs::read_dir(self.dir.path()).expect("a listing") {
            let entry = entry.expect("an entry");
            if !["a.c", READ].iter().any(|kept| entry.file_name() == *kept) {
                std::fs::remove_file(entry.path()).expect("an output");
            }
        }
    }

    /// Compiles until every option was part of a compile that went well, or was refused.
    fn check(&mut self, group: &[Vec<String>]) {
        let (mut done, mut said) = self.compile(group);
        let mut group = group.to_vec();
        if !done {
            let unknown = |words: &Vec<String>| {
                said.lines().any(|line| {
                    line.contains(&format!("'{}'", words[0]))
                        && (line.contains("nrecognized") || line.contains("unknown argument"))
                })
            };
            let before = group.len();
            group.retain(|words| !unknown(words));
            if group.len() < before && !group.is_empty() {
                (done, said) = self.compile(&group);
            }
        }
        // What the compiler complains of is tried alone, which is cheaper than halving. It may be that the others take it.
        let (blamed, rest): (Vec<_>, Vec<_>) = group.iter().cloned().partition(|words| is_blamed(&said, &words[0]));
        if done {
            self.taken += group.len();
            self.assert_listed(&group);
        } else if !blamed.is_empty() && !rest.is_empty() {
            self.check(&rest);
            for words in blamed {
                self.check(&[words]);
            }
        } else if group.len() > 1 {
            let (left, right) = group.split_at(group.len() / 2);
            self.check(left);
            self.check(right);
        }
    }

    fn assert_listed(&self, group: &[Vec<String>]) {
        let mut expected = Vec::new();
        for words in group {
            let job = served(words).expect("only what is served is compiled");
            expected.extend(job.depfile_name());
            expected.extend(job.side_outputs.iter().map(|side| side.name.clone()));
        }
        let unlisted: Vec<OsString> = self.written().into_iter().filter(|name| !expected.contains(name)).collect();
        assert!(unlisted.is_empty(), "{} writes {unlisted:?} with one of {group:?}", self.compiler);
        self.clear();
    }

    /// What was written beside the object.
    fn written(&self) -> Vec<OsString> {
        let list = std::fs::metadata(self.dir.path().join(READ)).expect("the list");
        let changed = (list.len() > 0).then(|| OsString::from(READ));
        let entries = std::fs::read_dir(self.dir.path()).expect("a listing");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names.filter(|name| !["a.c", READ, "out.o"].iter().any(|known| name == *known)).chain(changed).collect()
    }
}

/// Whether an error names this option: in whole, up to its value (`flto=`), or without its beginning (`-gsce` as `sce`).
fn is_blamed(said: &str, option: &str) -> bool {
    let errors = said.lines().filter(|line| line.contains("error"));
    let mut words =
        errors.flat_map(|line| line.split(|sign: char| sign.is_whitespace() || "'\"‘’,;:()".contains(sign)));
    words.any(|word| {
        let (word, option) = (word.trim_start_matches('-'), option.trim_start_matches('-'));
        word.len() > 2 && (option.ends_with(word) || word.ends_with('=') && option.starts_with(word))
    })
}

fn served(words: &[String]) -> Option<Job> {
    let argv: Vec<OsString> =
        ["-c", "a.c", "-o", "out.o"].into_iter().map(OsString::from).chain(words.iter().map(OsString::from)).collect();
    parse_job(&argv, &|_| Err(std::io::ErrorKind::NotFound.into())).ok()
}

/// The test below sees what an option writes, under whatever name.
#[test]
fn a_file_that_an_option_writes_is_seen() {
    for (words, written) in
        [(["-aux-info", UNREAD], UNREAD), (["-aux-info", READ], READ), (["-fstack-usage", "-g"], "out.su")]
    {
        let bench = Bench::new("gcc");
        let (done, said) = bench.compile(&[words.map(str::to_owned).to_vec()]);
        assert!(done, "{said}");
        assert_eq!(bench.written(), [OsString::from(written)], "{words:?}");
    }
}

/// Every served option that a compiler of this machine takes is compiled. The job knows every file that then stands beside
/// the object.
#[test]
fn no_served_option_writes_an_unlisted_file() {
    let all: Vec<Vec<String>> = spellings().into_iter().filter(|words| served(words).is_some()).collect();
    for compiler in ["gcc", "clang"] {
        let mut bench = Bench::new(compiler);
        for group in all.chunks(AT_ONCE) {
            bench.check(group);
        }
        assert!(bench.taken > LEAST_TAKEN, "{compiler} takes only {} of the table's options", bench.taken);
    }
}
