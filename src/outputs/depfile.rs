//! The grammar of depfiles: what `-MD` writes, read and written byte for byte. Pure.
//!
//! A depfile is kept in the store as a list of names, not as bytes: lines are wrapped by length, so the same list
//! is laid out differently under a longer root. Each [`DepfileLayout`] is one compiler's way of wrapping, quoting and
//! writing phony targets; a result is only kept as a list if one of them renders the compiler's own bytes again
//! (see [`recognise`]), so that a compiler with habits not known here costs portability and never a wrong byte.

/// A compiler's way of laying out a depfile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum DepfileLayout {
    /// gcc 10 and later: a name that would reach beyond column 72 stands behind ` \` on a new line (libcpp, `mkdeps.cc`).
    Gcc = 1,
    /// gcc up to 9: the same, with a blank line before each phony target.
    GccOld = 2,
    /// clang 15 and later: 75 columns, two spaces on continuation lines (`lib/Frontend/DependencyFile.cpp`).
    Clang = 3,
    /// clang up to 14: the same, with a blank line before each phony target.
    ClangOld = 4,
}

impl DepfileLayout {
    /// The layout a stored byte stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        [Self::Gcc, Self::GccOld, Self::Clang, Self::ClangOld].into_iter().find(|layout| *layout as u8 == byte)
    }
}

/// One rule as a compiler writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depfile {
    /// As written, quoting included: `-MT` is not quoted, `-MQ` and the default are.
    pub targets: Vec<Vec<u8>>,
    /// The source first, then the headers in the order of their first inclusion; not quoted.
    pub names: Vec<Vec<u8>>,
    /// `-MP`: each name but the first has a rule of its own.
    pub phony: bool,
}

/// Reads a depfile; `None` if it is not of the form a compiler writes.
///
/// `targets` are those the command asked for, as written. They are not parsed, since what `-MT` names need not be
/// quoted and may hold spaces or colons.
pub fn parse(text: &[u8], targets: &[Vec<u8>]) -> Option<Depfile> {
    let mut rest = text;
    for (nth, target) in targets.iter().enumerate() {
        if nth > 0 {
            rest = skip_blank(rest);
        }
        rest = rest.strip_prefix(target.as_slice())?;
    }
    rest = rest.strip_prefix(b":")?;
    let mut names = Vec::new();
    loop {
        rest = skip_blank(rest);
        if rest.is_empty() || rest[0] == b'\n' {
            break;
        }
        let (name, after) = take_name(rest)?;
        names.push(name);
        rest = after;
    }
    let tail = rest.iter().any(|byte| *byte != b'\n');
    Some(Depfile { targets: targets.to_vec(), names, phony: tail })
}

/// The names that the first rule of `text` depends on, whatever its targets are: for depfiles that nobody will write anew.
pub fn names(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let colon = memchr::memmem::find(text, b":").filter(|at| text.get(at + 1).is_none_or(u8::is_ascii_whitespace))?;
    Some(parse(&text[colon..], &[])?.names)
}

/// The one of `layouts` that renders `depfile` to exactly `text`. A short depfile looks the same in several layouts, so `layouts` must
/// hold only those that the compiler at hand can have.
pub fn recognise(text: &[u8], depfile: &Depfile, layouts: &[DepfileLayout]) -> Option<DepfileLayout> {
    layouts.iter().copied().find(|layout| render(depfile, *layout) == text)
}

/// Writes `depfile` as a compiler with this `layout` would.
pub fn render(depfile: &Depfile, layout: DepfileLayout) -> Vec<u8> {
    let names: Vec<Vec<u8>> = depfile.names.iter().map(|name| quote(name, layout)).collect();
    let mut out = Vec::new();
    match layout {
        DepfileLayout::Gcc | DepfileLayout::GccOld => {
            let mut column = 0;
            for target in &depfile.targets {
                column = gcc_word(&mut out, target, column);
            }
            out.push(b':');
            column += 1;
            for name in &names {
                column = gcc_word(&mut out, name, column);
            }
            out.push(b'\n');
        }
        DepfileLayout::Clang | DepfileLayout::ClangOld => {
            clang_rule(&mut out, &depfile.targets, &depfile.names, &names);
        }
    }
    if depfile.phony {
        for name in names.iter().skip(1) {
            if matches!(layout, DepfileLayout::GccOld | DepfileLayout::ClangOld) {
                out.push(b'\n');
            }
            out.extend_from_slice(name);
            out.extend_from_slice(b":\n");
        }
    }
    out
}

/// gcc's line filling: a word that would reach beyond column 72 starts a new line, one space in.
fn gcc_word(out: &mut Vec<u8>, word: &[u8], mut column: usize) -> usize {
    const COLUMNS: usize = 72;
    if column > 0 {
        if column + word.len() > COLUMNS {
            out.extend_from_slice(b" \\\n");
            column = 0;
        }
        out.push(b' ');
        column += 1;
    }
    out.extend_from_slice(word);
    column + word.len()
}

/// clang's line filling: room is left for the ` \` of the next break. A name counts with its own length, not with that of its quoted
/// form.
fn clang_rule(out: &mut Vec<u8>, targets: &[Vec<u8>], names: &[Vec<u8>], quoted: &[Vec<u8>]) {
    const COLUMNS: usize = 75;
    let mut column = 0;
    for target in targets {
        if column == 0 {
            column += target.len();
        } else if column + target.len() + 2 > COLUMNS {
            out.extend_from_slice(b" \\\n  ");
            column = target.len() + 2;
        } else {
            out.push(b' ');
            column += target.len() + 1;
        }
        out.extend_from_slice(target);
    }
    out.push(b':');
    column += 1;
    for (name, quoted) in names.iter().zip(quoted) {
        if column + (name.len() + 1) + 2 > COLUMNS {
            out.extend_from_slice(b" \\\n ");
            column = 2;
        }
        out.push(b' ');
        out.extend_from_slice(quoted);
        column += name.len() + 1;
    }
    out.push(b'\n');
}

/// Quotes a name for make (GNU make manual, "Rule Syntax"): `$` is doubled, `#` gets a backslash. So does a blank, and backslashes
/// before the blank are doubled. clang leaves a tab as it is (`PrintFilename` in its `DependencyFile.cpp`).
fn quote(name: &[u8], layout: DepfileLayout) -> Vec<u8> {
    let quotes_tabs = matches!(layout, DepfileLayout::Gcc | DepfileLayout::GccOld);
    let mut out = Vec::with_capacity(name.len() + 2);
    for (at, &byte) in name.iter().enumerate() {
        match byte {
            b' ' | b'\t' if byte == b' ' || quotes_tabs => {
                let backslashes = name[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
                out.extend(std::iter::repeat_n(b'\\', backslashes + 1));
            }
            b'$' => out.push(b'$'),
            b'#' => out.push(b'\\'),
            _ => {}
        }
        out.push(byte);
    }
    out
}

fn skip_blank(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b' ' | b'\t', rest @ ..] | [b'\\', b'\n', rest @ ..] | [b'\\', b'\r', b'\n', rest @ ..] => rest,
            _ => return text,
        };
    }
}

/// One quoted name and what follows it.
fn take_name(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut name = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b' ' | b'\t' | b'\n' | b'\r' => break,
            b'$' if text.get(at + 1) == Some(&b'$') => {
                name.push(b'$');
                at += 2;
            }
            b'\\' => {
                let run = text[at..].iter().take_while(|byte| **byte == b'\\').count();
                match text.get(at + run) {
                    // 2n+1 backslashes before a blank are n backslashes and the blank.
                    Some(&blank @ (b' ' | b'\t')) if run % 2 == 1 => {
                        name.extend(std::iter::repeat_n(b'\\', run / 2));
                        name.push(blank);
                        at += run + 1;
                    }
                    Some(b'#') => {
                        name.extend(std::iter::repeat_n(b'\\', run - 1));
                        name.push(b'#');
                        at += run + 1;
                    }
                    Some(b'\n') => {
                        if run > 1 {
                            return None;
                        }
                        break;
                    }
                    _ => {
                        name.extend(std::iter::repeat_n(b'\\', run));
                        at += run;
                    }
                }
            }
            byte => {
                name.push(byte);
                at += 1;
            }
        }
    }
    (!name.is_empty()).then_some((name, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depfile(targets: &[&str], names: &[&str], phony: bool) -> Depfile {
        let owned = |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect();
        Depfile { targets: owned(targets), names: owned(names), phony }
    }

    #[test]
    fn every_layout_is_read_back_and_recognised() {
        let long = "a/rather/long/directory/name/that/fills/most/of/a/line/header.h";
        let cases = [
            depfile(&["a.o"], &["a.c"], false),
            depfile(&["a.o"], &["a.c", "b.h", "c.h"], true),
            depfile(
                &["a.o", "b.o", "$(x) y"],
                &["a.c", long, long, "sp ace.h", "do$llar.h", "ha#sh.h", "back\\slash.h"],
                true,
            ),
            depfile(&[long, long, long], &[long], false),
        ];
        for case in &cases {
            for layout in [DepfileLayout::Gcc, DepfileLayout::GccOld, DepfileLayout::Clang, DepfileLayout::ClangOld] {
                let text = render(case, layout);
                assert_eq!(parse(&text, &case.targets).as_ref(), Some(case), "{}", String::from_utf8_lossy(&text));
                let found = recognise(&text, case, &[layout]).expect("one layout renders it");
                assert_eq!(render(case, found), text);
            }
        }
    }

    #[test]
    fn clang_leaves_tabs_as_they_are() {
        let case = depfile(&["a.o"], &["a.c", "t\tab.h"], false);
        assert_eq!(render(&case, DepfileLayout::Gcc), b"a.o: a.c t\\\tab.h\n");
        assert_eq!(render(&case, DepfileLayout::Clang), b"a.o: a.c t\tab.h\n");
    }

    #[test]
    fn strange_texts_are_refused() {
        assert_eq!(parse(b"", &[b"a.o".to_vec()]), None);
        assert_eq!(parse(b"b.o: a.c\n", &[b"a.o".to_vec()]), None);
        assert_eq!(names(b"no rule here\n"), None);
        assert_eq!(names(b"a.o: a.c \\\n b.h\n"), Some(vec![b"a.c".to_vec(), b"b.h".to_vec()]));
    }
}
