//! Headers of definitions: texts that hold directives alone, such as a `config.h`.
//!
//! ```c
//! #define VERSION "1.2"
//! #undef HAVE_FORK
//! #ifdef DEBUG
//! #define LEVEL 2
//! #endif
//! #include "more.h"
//! ```
//!
//! Such a text is taken apart into [`Line`]s. What of them another text can notice is judged elsewhere. An item is
//! **plain** if no compiler can say anything about it as long as nobody asks for its name: the tokens of a plain definition are such
//! that no reading of them is warned of.

use super::judged::without_comments;
use super::lexer::{is_word, join_lines, runs};
use super::linkages::{Linkages, is_linkage};
use super::plain::{is_name, is_plain, is_plain_word, split_word};
use super::remarks::BYTE_ORDER_MARK;
use super::remarks::{BREAK, REMARK, TAIL, has_conflict};
use super::signs::{says_diagnostic, signs};
use super::vocabulary::word_hash;
use crate::codec::{Reader, Writer};
use crate::digest::Digest;
use memchr::memmem;

/// What a directive does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Deed {
    /// `#define NAME body`
    Define = 1,
    /// `#define NAME(...) body`, which the C++ of 1998 does not know
    DefineVariadic = 2,
    /// `#undef NAME`
    Undef = 3,
    /// `#ifdef NAME`, `#if …`
    If = 4,
    /// `#elif …`, `#elifdef NAME`, `#else`
    Else = 5,
    /// `#endif`
    Endif = 6,
    /// `#include …`
    Include = 7,
    /// `#pragma once`
    Once = 8,
    /// `#ifndef NAME`
    IfNot = 9,
    /// `#error …`, `#warning …`
    Message = 10,
    /// A comment that compilers may judge, or the lack of the last line's end
    Remark = 11,
    /// `extern "C" {`, and its `}`
    Linkage = 12,
    /// `#pragma GCC diagnostic …`
    Pragma = 13,
}

/// Stands among the words of a condition that asks for a name of the compiler's own, as `__AVX2__`. No text has such a word.
pub const ASKS_RESERVED: &[u8] = b"#_";

impl Deed {
    const ALL: [Self; 13] = [
        Self::Pragma,
        Self::Linkage,
        Self::Remark,
        Self::Message,
        Self::IfNot,
        Self::Define,
        Self::DefineVariadic,
        Self::Undef,
        Self::If,
        Self::Else,
        Self::Endif,
        Self::Include,
        Self::Once,
    ];
}

/// One directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it does.
    pub directive: Deed,
    /// The macro that it defines or removes; empty for others.
    pub name: Vec<u8>,
    /// Nothing can be said about it as long as nobody asks for its name.
    pub plain: bool,
    /// The digest of its text.
    pub text: Digest,
    /// The number of its line, from 1 on, where it expands macros: `__LINE__` may be one of them. Else 0.
    pub number: u32,
    /// The words behind the name, each by its [`word_hash`].
    pub words: Vec<u32>,
}

/// The directives of a text, by its [code](super::code); `None` if it holds anything else, or its conditions do not match.
pub fn items(code: &[u8]) -> Option<Vec<Line>> {
    let (mark, code) = match code.strip_prefix(BYTE_ORDER_MARK) {
        // It is none under `-finput-charset=latin1`.
        Some(rest) => (Some(remark(Digest::of_bytes(BYTE_ORDER_MARK))), rest),
        None => (None, code),
    };
    if begins_with_code(code) {
        return None;
    }
    let whole = code;
    // How far lines are counted, and the number of the line there.
    let (mut counted, mut number) = (0, 1);
    let (code, remarks) = without_comments(code)?;
    let mut remarks = remarks.into_iter().peekable();
    let mut items: Vec<Line> = mark.into_iter().collect();
    // For each open condition whether its `#else` was read.
    let mut open = Vec::new();
    let mut linkages = Linkages::default();
    let mut rest = &*code;
    while !rest.is_empty() {
        let start = code.len() - rest.len();
        let physical = next_line(&mut rest);
        let end = code.len() - rest.len();
        items.extend(std::iter::from_fn(|| remarks.next_if(|(at, _)| *at < end)).map(|(_, text)| remark(text)));
        let joined = join_lines(physical);
        let line = joined.as_deref().unwrap_or(physical).trim_ascii();
        if line.is_empty() {
            continue;
        }
        if is_linkage(line) {
            linkages.take(line)?;
            items.push(linkage(line));
            continue;
        }
        let line = line.strip_prefix(b"#")?.trim_ascii_start();
        if line.is_empty() {
            continue;
        }
        let mut item = item(line, physical.trim_ascii())?;
        if item.number > 0 {
            number += memchr::memchr_iter(b'\n', &whole[counted..start]).count();
            counted = start;
            item.number = u32::try_from(number).ok()?;
        }
        match item.directive {
            Deed::If | Deed::IfNot => {
                open.push(false);
                linkages.begin(line);
            }
            Deed::Else => {
                if std::mem::replace(open.last_mut()?, line.starts_with(b"else")) {
                    return None;
                }
                linkages.turn();
            }
            Deed::Endif => {
                open.pop()?;
                linkages.end();
            }
            _ => linkages.pass(),
        }
        items.push(item);
    }
    if !code.is_empty() && !code.ends_with(b"\n") {
        items.push(remark(Digest::of_bytes(b"no newline at the end")));
    }
    let is_whole = open.is_empty() && linkages.are_closed();
    (is_whole && !is_odd(&code) && !is_misguarded(&items)).then_some(items)
}

/// Whether anything but directives stands before the first comment. Most texts are told by that.
fn begins_with_code(mut code: &[u8]) -> bool {
    while !code.is_empty() {
        let line = next_line(&mut code).trim_ascii();
        if memmem::find(line, b"/*").is_some() || memmem::find(line, b"//").is_some() {
            return false;
        }
        if !line.is_empty() && !line.starts_with(b"#") && !is_linkage(line) {
            return !line.starts_with(b"\\");
        }
    }
    false
}

fn linkage(line: &[u8]) -> Line {
    let words = runs(line).map(|(_, word)| word_hash(word)).collect();
    Line { directive: Deed::Linkage, name: Vec::new(), plain: true, text: Digest::of_bytes(line), number: 0, words }
}

fn remark(text: Digest) -> Line {
    Line { directive: Deed::Remark, name: Vec::new(), plain: true, text, number: 0, words: Vec::new() }
}

/// Whether the text as a whole stands within a guard of which clang may warn, since it defines another name than it asks for.
///
/// ```c
/// #ifndef CONFIG_H
/// #define CONIFG_H
/// …
/// #endif
/// ```
fn is_misguarded(items: &[Line]) -> bool {
    let mut items = items.iter().filter(|item| item.directive != Deed::Remark);
    let (Some(guard), Some(mark)) = (items.next(), items.next()) else { return false };
    let begins = (guard.directive == Deed::IfNot || guard.words.contains(&word_hash(b"defined")))
        && matches!(mark.directive, Deed::Define | Deed::DefineVariadic)
        && !guard.words.contains(&word_hash(&mark.name));
    if !begins {
        return false;
    }
    // Whether its end is that of the text.
    let mut depth = 1;
    items.all(|item| {
        let is_within = depth > 0 && !(depth == 1 && item.directive == Deed::Else);
        match item.directive {
            Deed::If | Deed::IfNot => depth += 1,
            Deed::Endif => depth -= 1,
            _ => {}
        }
        is_within
    })
}

/// Whether compilers may say something of how the text is written: of its end, of blanks behind a backslash, of a form feed in a directive.
/// A lone carriage return ends a line, and so may a trigraph (`??/`) join two.
fn is_odd(code: &[u8]) -> bool {
    let is_odd = |at: usize| match code[at] {
        b'\n' | b'\t' | REMARK | BREAK | TAIL => false,
        b'\r' => code.get(at + 1) != Some(&b'\n'),
        b'\\' => {
            let behind = code[at + 1..].trim_ascii_start();
            let blanks = &code[at + 1..code.len() - behind.len()];
            let line = blanks.strip_prefix(b"\r").unwrap_or(blanks);
            // It joins lines, and either a blank stands between or nothing follows.
            memchr::memchr(b'\n', blanks).is_some() && (!line.starts_with(b"\n") || behind.is_empty())
        }
        byte => byte < b' ',
    };
    has_conflict(code) || code.ends_with(b"\\") || memmem::find(code, b"??/").is_some() || (0..code.len()).any(is_odd)
}

/// Takes a line off the text, with those that it goes on with.
fn next_line<'t>(text: &mut &'t [u8]) -> &'t [u8] {
    let mut end = 0;
    loop {
        end += memchr::memchr(b'\n', &text[end..]).map_or(text.len() - end, |len| len + 1);
        let goes_on = text[..end].trim_ascii_end().ends_with(b"\\");
        if !goes_on || end == text.len() {
            break;
        }
    }
    let (line, rest) = text.split_at(end);
    *text = rest;
    line
}

/// Takes a directive, without its `#`, and as it stands in the text.
fn item(line: &[u8], physical: &[u8]) -> Option<Line> {
    let (keyword, rest) = split_word(line);
    let rest = rest.trim_ascii_start();
    let (name, behind) = split_word(rest);
    let is_name = is_name(name);
    // gcc warns of `#ifdef __VA_ARGS__`, and C++ does not have `#ifdef xor`.
    let is_asked_plainly = is_name && is_plain_word(name, false) && behind.is_empty();
    let (directive, named, plain) = match keyword {
        b"define" if is_name => {
            let (directive, plain) = definition(behind);
            (directive, true, plain)
        }
        b"undef" if is_name => (Deed::Undef, true, behind.is_empty()),
        b"ifdef" => (Deed::If, false, is_asked_plainly),
        b"ifndef" => (Deed::IfNot, false, is_asked_plainly),
        b"if" => (Deed::If, false, false),
        b"elif" | b"elifdef" | b"elifndef" => (Deed::Else, false, false),
        b"else" => (Deed::Else, false, rest.is_empty()),
        b"endif" => (Deed::Endif, false, rest.is_empty()),
        b"include" => (Deed::Include, false, true),
        b"pragma" if rest == b"once" => (Deed::Once, false, true),
        // It stays what it is, and says nothing of definitions that nobody asks for.
        b"pragma" if says_diagnostic(rest) => (Deed::Pragma, false, true),
        b"error" | b"warning" => (Deed::Message, false, true),
        _ => return None,
    };
    let (name, words_in) = match directive {
        // Nothing in it is expanded.
        Deed::Message => (Vec::new(), &b""[..]),
        _ if named => (name.to_vec(), behind),
        _ => (Vec::new(), rest),
    };
    let mut words: Vec<u32> = runs(words_in).map(|(_, word)| word_hash(word)).collect();
    words.extend(signs(line).map(word_hash));
    if matches!(directive, Deed::If | Deed::IfNot | Deed::Else)
        && runs(words_in).any(|(_, word)| word.starts_with(b"_"))
    {
        words.push(word_hash(ASKS_RESERVED));
    }
    words.sort_unstable();
    words.dedup();
    // The caller knows which.
    let number = u32::from(evaluates(directive, plain, rest));
    Some(Line { directive, name, plain, text: Digest::of_bytes(physical), number, words })
}

/// Whether a directive expands macros as it is read: `#if LIMIT > 2` does, and `#if defined LIMIT` does not.
fn evaluates(directive: Deed, plain: bool, rest: &[u8]) -> bool {
    match directive {
        Deed::If | Deed::Else if !plain => {
            let mut words = rest.split(|byte| !is_word(*byte)).filter(|run| is_name(run));
            while let Some(word) = words.next() {
                if word != b"defined" || words.next().is_none() {
                    return true;
                }
            }
            false
        }
        Deed::Include => !matches!(rest.first(), Some(b'<' | b'"')),
        _ => false,
    }
}

/// What a definition is, by what follows its name, and whether it is plain.
fn definition(behind: &[u8]) -> (Deed, bool) {
    let mut variadic = false;
    let body = match behind.first() {
        None => return (Deed::Define, true),
        Some(b'(') => {
            let Some(end) = memchr::memchr(b')', behind) else { return (Deed::Define, false) };
            let mut known: Vec<&[u8]> = Vec::new();
            let list = behind[1..end].trim_ascii();
            for parameter in list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                if variadic || known.contains(&parameter) {
                    return (Deed::Define, false);
                }
                match parameter {
                    b"..." => variadic = true,
                    // `F()`
                    b"" if list.is_empty() => {}
                    name if is_name(name) && is_plain_word(name, false) => known.push(name),
                    _ => return (Deed::Define, false),
                }
            }
            &behind[end + 1..]
        }
        Some(byte) if byte.is_ascii_whitespace() => behind,
        Some(_) => return (Deed::Define, false),
    };
    let directive = if variadic { Deed::DefineVariadic } else { Deed::Define };
    (directive, is_plain(body, variadic))
}

/// Encodes items for the store.
pub fn encode(items: &[Line]) -> Vec<u8> {
    let mut out = Writer::default();
    out.count(items.len());
    for Line { directive, name, plain, text, number, words } in items {
        out.byte(*directive as u8).byte(u8::from(*plain)).bytes(name).digest(text).u32(*number).count(words.len());
        for word in words {
            out.u32(*word);
        }
    }
    out.0
}

/// Decodes what [`encode`] encoded; `None` for what it would not have written.
pub fn decode(bytes: &[u8]) -> Option<Vec<Line>> {
    /// The fewest bytes of an item: two bytes, a length, a digest, a number and a count.
    const SHORTEST: usize = 2 + 4 + 32 + 4 + 4;
    let mut from = Reader(bytes);
    let mut items = Vec::new();
    for _ in 0..from.count(SHORTEST)? {
        let byte = from.byte()?;
        let directive = Deed::ALL.into_iter().find(|directive| *directive as u8 == byte)?;
        let (plain, name, text, number) = (from.byte()? != 0, from.bytes()?.to_vec(), from.digest()?, from.u32()?);
        let count = from.count(size_of::<u32>())?;
        let words = (0..count).map(|_| from.u32()).collect::<Option<_>>()?;
        items.push(Line { directive, name, plain, text, number, words });
    }
    from.end()?;
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_directives_alone_are_taken_apart() {
        for text in [
            "",
            "\n#\n",
            "#define A\n",
            "#if A\n#elif B\n#else\n#endif\n",
            "#pragma once\n#include <a.h>\n",
            "#define A \\\n 1\n",
            "#define A 1\r\n#define B \\\r\n 1\r\n",
            "#ifndef A\n#error don't\n#endif\n",
            "/* \u{fc} */\n#define A /* one\n two */ 1\n#pragma once // \u{fc}\n",
            "#ifndef A\n#define A\n#endif\n",
            "#if !defined(A)\n#define A\n#endif\n",
            "#ifndef A\n#define B\n#endif\n#define C\n",
            "#define A",
            "\u{feff}#define A\n",
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\n#ifdef __cplusplus\n}\n#endif\n",
            "#if defined(__cplusplus)\nextern \"C\"\n{ // \u{fc}\n}\n#endif",
            "#include <a.h> /* \u{fc}\n */\n#include \"a.h\" // \u{fc}\n",
            "#error no /* so */ // \u{fc}\n",
            "#define INCLUDE_error 1 // \u{fc}\n",
            "#if A\n# pragma GCC diagnostic ignored \"-Wpedantic\" // so\n#endif\n",
        ] {
            let items = items(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(decode(&encode(&items)), Some(items), "{text}");
        }
        for text in [
            "int a;\n",
            "#pragma pack(1)\n",
            "#pragma GCC poison A\n",
            "#line 3\n",
            "#if A\n",
            "#endif\n",
            "#else\n",
            "#if A\n#else\n#else\n#endif\n",
            "#if A\n#else\n#elif B\n#endif\n",
            "#define\n",
            "#define 1\n",
            "#include_next <a.h>\n",
            "/* \u{fc} */ int a;\n",
            "%:define A\n",
            // Something may be said of these, or they are read in another way.
            "#define A \\",
            "extern \"C\" int a;\n",
            // Braces of others.
            "{\n",
            "}\n",
            "#ifdef __cplusplus\n{\n}\n#endif\n",
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\n",
            "#ifdef __cplusplus\nextern \"C\"\n#endif\n#ifdef __cplusplus\n}\n#endif\n",
            "#ifdef __cplusplus\nextern \"C\" {\n#else\n}\n#endif\n",
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\n#ifdef A\n#ifdef __cplusplus\n}\n#endif\n#endif\n",
            "\u{feff}\u{feff}#define A\n",
            "#define A 1 \\\n",
            "#define A 1 \\ \n + 2\n",
            "#define A 1 \\\t\r\n + 2\n",
            "#define A 1 ??/\n#define B 2\n",
            "#define A \rint y;\n",
            "#define A \u{c}\n",
            "#\u{b}define A\n",
            "#include <a/*b.h> /* */\n",
            "#error /* so\n */\n",
            "#include <a /* \u{fc} */ .h>\n",
            "#define A a /* b\n",
            "// \u{fc} \\\n#define A\n",
            // A guard of which clang warns.
            "#ifndef A\n#define B\n#endif\n",
            "#if !defined(A)\n#define B\n#if C\n#endif\n#endif\n#\n",
            // Marks of a merge conflict.
            "#define A \\\n<<<<<<< x\n",
        ] {
            assert_eq!(items(text.as_bytes()), None, "{text}");
        }
    }
}
