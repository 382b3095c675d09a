//! Script wrappers: what the text of a script that stands for a compiler says about what the script depends on.
//!
//! A script is not run to be understood. Its words name files, programs and variables, and the identity follows
//! them; what it computes from anything else cannot be followed, and a script that does is refused. Lines that only
//! write a log are passed over: what they say does not reach the compiler.

use std::collections::BTreeSet;
use std::ops::Range;

/// What a script mentions.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Words that can name a file or a program.
    pub words: BTreeSet<Vec<u8>>,
    /// Words that can name a variable.
    pub names: BTreeSet<Vec<u8>>,
    /// Modules are files beside the script, named without their extension.
    pub is_python: bool,
    /// The script asks for the working directory.
    pub asks_where: bool,
    /// The shell's language.
    pub is_shell: bool,
    /// The script takes in other files as parts of itself: `. ./settings`.
    pub sources: bool,
}

/// Commands that may stand in `$(…)`: their output follows from their words and from the files that these name.
const PURE: &[&str] = &[
    "[", "awk", "basename", "cat", "cd", "command", "cut", "dirname", "echo", "egrep", "exec", "expr", "false",
    "fgrep", "grep", "gawk", "head", "if", "local", "mawk", "printf", "pwd", "readlink", "realpath", "sed", "seq",
    "set", "shift", "sort", "tac", "tail", "test", "then", "tr", "true", "type", "uniq", "unset", "wc", "which",
];

/// Variables that shells give another value in each run.
const VOLATILE: &[&str] = &["RANDOM", "SRANDOM", "EPOCHSECONDS", "EPOCHREALTIME", "SECONDS", "BASHPID", "PPID"];

/// What a shell, or a program that may stand in `$(…)`, asks that no word of the script answers.
const SHELL_QUESTIONS: &[(&str, &str)] = &[
    ("$#", "it counts its arguments, and the names of outputs are no part of a key"),
    ("$*", "it looks at all of its arguments, and the names of outputs are no part of a key"),
    ("%(", "it asks `printf` for the time"),
    ("srand", "it uses chance"),
    ("systime", "it asks `awk` for the time"),
    ("~/", "it names a file in a home directory by `~`"),
    (" -nt ", "it compares the times of files"),
    (" -ot ", "it compares the times of files"),
    (" -ef ", "it compares files"),
];

/// The letters of tests whose answer is no content of a file (`test(1)`): `[ -d DIR ]`, `[ -t 1 ]`.
const OTHER_TESTS: &str = "dtNOGLhpS";

/// Names in other languages that only count as whole words.
const QUESTION_WORDS: &[&str] = &["time", "random", "randint", "rand", "srand", "datetime", "PIPE"];

/// Words by which scripts in other languages ask for the time, the machine, another program's output or the names in a directory.
const QUESTIONS: &[&str] = &[
    "time.",
    "datetime.",
    "random.",
    "uuid.",
    "secrets.",
    "urandom",
    "platform.",
    "socket.",
    "check_output",
    "getoutput",
    "popen(",
    "capture_output",
    "localtime",
    "gmtime",
    "rand(",
    "glob",
    "listdir",
    "scandir",
    "readdir",
    "`",
    "qx",
    "stat(",
    "getmtime",
    "getpid",
    "uname",
    "stdout=",
    "environ)",
    "|\"",
    "|'",
];

/// Reads a text that a script of the shell's language takes in.
///
/// # Errors
/// As [`read`].
pub fn read_part(text: &[u8]) -> Result<Script, String> {
    read(&[b"#!/bin/sh\n", text].concat())
}

/// Reads a script.
///
/// # Errors
/// What the script does that cannot be followed, for people.
pub fn read(text: &[u8]) -> Result<Script, String> {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let (interpreter, body) = text.split_at(end);
    let mut script = Script { is_python: memchr::memmem::find(interpreter, b"python").is_some(), ..Script::default() };
    let is_shell = interpreter.split(|byte| matches!(byte, b'/' | b' ')).any(|word| {
        let word = word.strip_suffix(b"\r").unwrap_or(word);
        matches!(word, b"sh" | b"bash" | b"dash" | b"ksh" | b"zsh" | b"ash" | b"mksh" | b"busybox")
    });
    let body = without_comments(body);
    let body = if is_shell {
        piped(&body).try_for_each(follow_command)?;
        let body = without_logs(&body);
        follow_shell(&body)?;
        body
    } else {
        let body = without_log_calls(&body);
        if let Some(question) = QUESTIONS.iter().find(|question| holds(&body, question.as_bytes())) {
            return Err(format!("it uses `{}`", question.trim_end_matches(['.', '('])));
        }
        if let Some(word) = question_word(&body) {
            return Err(format!("it uses `{word}`"));
        }
        body
    };
    script.asks_where = [&b"pwd"[..], b"PWD", b"getcwd"].iter().any(|word| asks(&body, word));
    script.is_shell = is_shell;
    script.sources = is_shell && [&b". "[..], b"source "].iter().any(|word| begins_a_command(&body, word));
    for text in [interpreter, &body] {
        script.take_words(text);
    }
    Ok(script)
}

/// A longer word, in bytes, names no file (`PATH_MAX`).
const LONGEST: usize = 4096;

impl Script {
    fn take_words(&mut self, text: &[u8]) {
        let is_in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(byte) || *byte >= 0x80;
        let text = with_variables_apart(text);
        for word in text.split(|byte| !is_in_word(byte)).filter(|word| !word.is_empty() && word.len() < LONGEST) {
            self.words.insert(word.to_vec());
            let parts = word.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'));
            self.names.extend(parts.filter(|part| is_name(part)).map(<[u8]>::to_vec));
        }
    }
}

/// The text with a blank behind each variable's name: `$HOME/.ccrc` becomes two words, `$HOME` and `/.ccrc`.
fn with_variables_apart(text: &[u8]) -> Vec<u8> {
    let mut apart = Vec::with_capacity(text.len() + 64);
    let mut in_name = false;
    for byte in text {
        let ends = in_name && !(byte.is_ascii_alphanumeric() || *byte == b'_');
        if ends {
            apart.push(b' ');
        }
        in_name = *byte == b'$' || in_name && !ends;
        apart.push(*byte);
    }
    apart
}

/// A word that can be a variable's name.
fn is_name(word: &[u8]) -> bool {
    word.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}

/// Whether a line holds the word (`pwd`) and no `cd ` before it. `$(cd "$(dirname "$0")" && pwd)` tells where the script is.
fn asks(body: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find_iter(body, word).any(|at| {
        let line = memchr::memrchr(b'\n', &body[..at]).map_or(0, |end| end + 1);
        !holds(&body[line..at], b"cd ")
    })
}

fn begins_a_command(body: &[u8], word: &[u8]) -> bool {
    let before = |at: usize| body[..at].trim_ascii_end();
    memchr::memmem::find_iter(body, word).any(|at| {
        let (line, before) = (&body[..at], before(at));
        before.is_empty()
            || matches!(line.iter().rfind(|byte| !matches!(byte, b' ' | b'\t')), None | Some(b'\n'))
            || [&b";"[..], b"&", b"|", b"{", b"(", b"then", b"else", b"do"].iter().any(|end| before.ends_with(end))
    })
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

/// The text without the lines that are comments as a whole: most prose stands in these.
fn without_comments(body: &[u8]) -> Vec<u8> {
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii_start().starts_with(b"#"));
    lines.collect::<Vec<_>>().join(&b'\n')
}

/// The text without the targets of redirections, and without commands that only print into a file: `echo "$*" >> calls.log`.
fn without_logs(body: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(body.len());
    for command in commands(body) {
        let first = command.trim_ascii_start().split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
        let cut = without_targets(command);
        let prints = matches!(first, b"echo" | b"printf" | b"date");
        let notes = matches!(first, b"tee" | b"touch" | b"logger");
        if !(notes || prints && cut.len() < command.len()) {
            kept.extend_from_slice(&cut);
        }
        kept.push(b'\n');
    }
    kept
}

/// The commands of a shell text, cut at `;`, `&&`, `||` and line ends outside of quotes and substitutions.
fn commands(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    places_of_commands(body).into_iter().map(|place| &body[place])
}

/// Where they stand.
fn places_of_commands(body: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut at, mut quote, mut depth) = (0, 0, None, 0_u32);
    while at < body.len() {
        let byte = body[at];
        match (byte, quote) {
            (b'\\', Some(b'"') | None) => at += 1,
            (b'(', _) if at > 0 && body[at - 1] == b'$' => depth += 1,
            (b')', _) if depth > 0 => depth -= 1,
            (b'\'' | b'"', None) => quote = Some(byte),
            (b'\'' | b'"', Some(open)) if open == byte => quote = None,
            (b';' | b'\n' | b'|' | b'&', None) if depth == 0 && !(byte == b'&' && is_redirection(body, at)) => {
                found.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found.push(start.min(body.len())..body.len());
    found
}

/// The `&` of `>&2`, `&>file`.
fn is_redirection(body: &[u8], at: usize) -> bool {
    body.get(at + 1) == Some(&b'>') || at > 0 && matches!(body[at - 1], b'>' | b'<')
}

/// A command without what stands behind `>` and `>>`.
fn without_targets(command: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(command.len());
    let (mut at, mut quote) = (0, None);
    while at < command.len() {
        let byte = command[at];
        match (byte, quote) {
            (b'\\', Some(b'"') | None) if at + 1 < command.len() => {
                kept.push(byte);
                at += 1;
            }
            (b'\'' | b'"', None) => quote = Some(byte),
            (b'\'' | b'"', Some(open)) if open == byte => quote = None,
            (b'>', None) if command.get(at + 1) != Some(&b'&') => {
                at += 1;
                while command.get(at).is_some_and(|byte| b">| \t".contains(byte)) {
                    at += 1;
                }
                at = end_of_word(command, at);
                kept.push(b' ');
                continue;
            }
            _ => {}
        }
        kept.push(command[at]);
        at += 1;
    }
    kept
}

/// Where the shell word that begins at `at` ends.
fn end_of_word(command: &[u8], mut at: usize) -> usize {
    let (mut quote, mut depth) = (None, 0_u32);
    while let Some(&byte) = command.get(at) {
        match (byte, quote) {
            (b'\\', Some(b'"') | None) => at += 1,
            (b'(', _) if at > 0 && command[at - 1] == b'$' => depth += 1,
            (b')', _) if depth > 0 => depth -= 1,
            (b'\'' | b'"', None) => quote = Some(byte),
            (b'\'' | b'"', Some(open)) if open == byte => quote = None,
            (b' ' | b'\t' | b')' | b'}' | b'<', None) if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    at.min(command.len())
}

/// The text without the lines that write a file by `open("log", "a")`, in languages other than the shell's.
fn without_log_calls(body: &[u8]) -> Vec<u8> {
    let reads = |line: &&[u8]| {
        let Some(at) = memchr::memmem::find(line, b"open(") else { return true };
        let end = memchr::memchr(b')', &line[at..]).map_or(line.len(), |end| at + end);
        let mut values = line[at..end].split(|byte| *byte == b',').skip(1).map(<[u8]>::trim_ascii);
        !values.any(|value| {
            let mode = value.strip_prefix(b"mode=").unwrap_or(value);
            let mode = mode
                .strip_prefix(b"'")
                .and_then(|mode| mode.strip_suffix(b"'"))
                .or_else(|| mode.strip_prefix(b"\"").and_then(|mode| mode.strip_suffix(b"\"")));
            mode.is_some_and(|mode| matches!(mode, b"a" | b"w" | b"ab" | b"wb" | b"at" | b"wt" | b">" | b">>"))
        })
    };
    body.split(|byte| *byte == b'\n').filter(reads).collect::<Vec<_>>().join(&b'\n')
}

/// Refuses what a shell script computes from more than its words: the clock, the process, the names in a directory.
fn follow_shell(body: &[u8]) -> Result<(), String> {
    for name in VOLATILE {
        if holds(body, format!("${name}").as_bytes()) || holds(body, format!("${{{name}").as_bytes()) {
            return Err(format!("it uses `${name}`"));
        }
    }
    if holds(body, b"${!") {
        return Err("it names a variable by another".to_owned());
    }
    if let Some((_, why)) = SHELL_QUESTIONS.iter().find(|(question, _)| holds(body, question.as_bytes())) {
        return Err((*why).to_owned());
    }
    // `kill -TERM $$` ends the script by a signal.
    if body.split(|byte| *byte == b'\n').any(|line| holds(line, b"$$") && !holds(line, b"kill ")) {
        return Err("it uses the number of its process".to_owned());
    }
    for letter in OTHER_TESTS.chars() {
        if ["[", "[[", "test", "!"].iter().any(|before| holds(body, format!("{before} -{letter} ").as_bytes())) {
            return Err(format!("it asks `[ -{letter} … ]`"));
        }
    }
    if body.split(|byte| *byte == b'\n').any(lists_names) {
        return Err("it lists a directory".to_owned());
    }
    for at in memchr::memmem::find_iter(body, b"/*") {
        // `${0%/*}` cuts a name.
        if !(at > 0 && matches!(body[at - 1], b'%' | b'*' | b'#')) {
            return Err("it lists a directory".to_owned());
        }
    }
    let substitutions = memchr::memmem::find_iter(body, b"$(").map(|at| at + 2);
    let quoted = memchr::memchr_iter(b'`', body).step_by(2).map(|at| at + 1);
    for start in substitutions.chain(quoted) {
        if body.get(start) == Some(&b'(') {
            // `$((1 + 2))` only calculates.
            continue;
        }
        for command in commands(&body[start..end_of_substitution(body, start)]) {
            follow_command(command)?;
        }
    }
    Ok(())
}

/// A word of [`QUESTION_WORDS`] that is more than the module of a plain `import time`, which is used by `time.`.
fn question_word(body: &[u8]) -> Option<&'static str> {
    let is_import = |line: &&[u8]| line.trim_ascii_start().starts_with(b"import ") && !holds(line, b" as ");
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !is_import(line));
    let mut words = lines.flat_map(|line| line.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')));
    words.find_map(|word| QUESTION_WORDS.iter().find(|question| question.as_bytes() == word).copied())
}

/// Refuses a command whose output is used, and follows from more than its words and the files that these name.
fn follow_command(command: &[u8]) -> Result<(), String> {
    let command = command.trim_ascii_start();
    // `$("$CC" -v)` starts what a variable names, and `$(<file)` reads a file. Both are followed by their words.
    if command.is_empty() || matches!(command[0], b'"' | b'$' | b'\'' | b'<' | b')') {
        return Ok(());
    }
    if matches!(command.trim_ascii(), b"set" | b"export" | b"env" | b"printenv" | b"declare" | b"typeset") {
        return Err("it reads all variables".to_owned());
    }
    let word = command.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let name = word.rsplit(|byte| *byte == b'/').next().unwrap_or(word);
    let name = std::str::from_utf8(name).unwrap_or_default();
    if !PURE.contains(&name) && !is_compiler(name) && !word.contains(&b'=') {
        return Err(format!("it asks `{}`", String::from_utf8_lossy(word)));
    }
    Ok(())
}

/// The commands that write into a pipe: `date +%s | { read t; … }`. A pattern is none: `case $1 in -E|-M) …`.
fn piped(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let writes = |place: &Range<usize>| {
        let end = place.end;
        let is_pipe =
            body.get(end) == Some(&b'|') && body.get(end + 1) != Some(&b'|') && (end == 0 || body[end - 1] != b'|');
        let rest = body.get(end + 1..).unwrap_or_default();
        let next = rest.iter().find(|byte| matches!(byte, b'(' | b')' | b';' | b'&' | b'\n'));
        is_pipe && (next != Some(&b')') || body[place.clone()].contains(&b'('))
    };
    places_of_commands(body).into_iter().filter(writes).map(|place| &body[place])
}

/// `for option in *.opt` takes the names of a directory.
fn lists_names(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let Some(at) =
        line.strip_prefix(b"for ").and_then(|rest| memchr::memmem::find(rest, b" in ").map(|at| &rest[at..]))
    else {
        return false;
    };
    let list = at.split(|byte| *byte == b';').next().unwrap_or(at);
    memchr::memchr2(b'*', b'?', list).is_some()
}

fn end_of_substitution(body: &[u8], start: usize) -> usize {
    let ticked = body[start - 1] == b'`';
    let mut depth = 1_u32;
    for (at, byte) in body.iter().enumerate().skip(start) {
        match byte {
            b'`' if ticked => return at,
            b'(' if !ticked => depth += 1,
            b')' if !ticked => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    body.len()
}

/// `gcc`, `avr-gcc`, `clang-14`: what they print about themselves follows from what they are.
fn is_compiler(name: &str) -> bool {
    let name = name.trim_end_matches(|character: char| character.is_ascii_digit() || matches!(character, '.' | '-'));
    ["cc", "c++", "g++", "clang", "clang++", "cpp"].iter().any(|compiler| name.ends_with(compiler))
}

#[cfg(test)]
mod tests;
