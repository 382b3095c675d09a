//! The second witness: what the compiler's own preprocessor says of a compile that has just succeeded.
//!
//! It is asked with `-E -dI -MD`. Its output shows each include directive that it read, with the name that it looked for, and line
//! markers that say by whom (GCC manual, "Preprocessor Output"):
//!
//! ```c
//! # 1 "a.c"
//! #include "x.h"                // the text said: #include NAMED(x.h)
//! # 3 "a.c"
//! # 1 "inc/x.h" 1               // entered
//! # 4 "a.c" 2                   // and left
//! ```
//!
//! The other lines are the very tokens that the compiler saw. With `-fdirectives-only` no macro in them is expanded: that is cheaper, and
//! enough where only files are in doubt.

use crate::paths;
use crate::text::{Facts, IncludeForm, Mention, WordSet};
use rustc_hash::FxHashSet;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskFor {
    /// Which files were read, and by which names.
    Files,
    /// The same, and what the text came to.
    Text,
}

/// An include directive that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The directory of the file that says so.
    pub dir: Vec<u8>,
    /// What it looked for.
    pub mention: Mention,
}

/// What the preprocessor said.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// All files that its depfile names, as spelled, without the source.
    pub listed: Vec<Vec<u8>>,
    /// The include directives that were read.
    pub directives: Vec<Directive>,
    /// The files whose directives those are, without `./`.
    pub entered: FxHashSet<Vec<u8>>,
    /// Those of them that are no system headers.
    pub users: FxHashSet<Vec<u8>>,
    /// What the text came to, where that was asked.
    pub seen: Option<Seen>,
    /// Which of the spellings that were looked for stand among the tokens, by their numbers.
    pub spelled: Vec<usize>,
}

/// What the tokens say that the compiler saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// The words that stand among the tokens. A literal such as `"Feb 13 2009"` counts as [`WordSet::DATE`], and one such as
    /// `"Fri Feb 13 23:31:30 2009"` as [`WordSet::TIMESTAMP`].
    pub words: WordSet,
}

impl Answer {
    /// Reads the output; `None` if it is not understood. `listed` are the files of the depfile without the source. For [`AskFor::Text`],
    /// `needles` are looked for in the text. `here` takes a name in the output and gives it as this process would open the file.
    pub fn read(
        output: &[u8],
        listed: Vec<Vec<u8>>,
        source: &[u8],
        question: AskFor,
        needles: &[Vec<u8>],
        here: &dyn Fn(Vec<u8>) -> Vec<u8>,
    ) -> Option<Self> {
        let mut answer = Self { listed, ..Self::default() };
        // The files that are open, the innermost last.
        let mut open = vec![source.to_vec()];
        answer.enter(source, true);
        let mut code = Vec::new();
        let mut is_named_by_date = false;
        for line in output.split(|byte| *byte == b'\n') {
            if let Some(marker) = Marker::read(line) {
                match marker.turn {
                    Turn::Enters => {
                        let name = here(marker.name);
                        answer.enter(&name, !marker.system);
                        open.push(name);
                    }
                    Turn::Returns => drop(open.pop()),
                    // `#line 1 __DATE__`
                    Turn::Stays => is_named_by_date |= question == AskFor::Text && holds_date(line),
                }
                if open.is_empty() {
                    return None;
                }
            } else if let Some(mention) = read_directive(line) {
                let dir = paths::dir_of(open.last()?).to_vec();
                answer.directives.push(Directive { dir, mention });
            } else if question == AskFor::Text {
                code.extend_from_slice(line);
            }
            if question == AskFor::Text {
                code.push(b'\n');
            }
        }
        // A line of text may look like a line marker. It is taken for one, and then names a file that the depfile does not name.
        let known: FxHashSet<&[u8]> = answer.listed.iter().map(|path| paths::without_dot_slash(path)).collect();
        let source = paths::without_dot_slash(source);
        let is_known = |path: &Vec<u8>| path == source || known.contains(path.as_slice());
        if open.len() != 1 || !answer.entered.iter().all(is_known) {
            return None;
        }
        if question == AskFor::Text {
            answer.seen = Some(Seen::of(&code));
            answer.spelled = spelled(&code, needles);
        }
        if let Some(seen) = answer.seen.as_mut().filter(|_| is_named_by_date) {
            seen.words |= WordSet::DATE | WordSet::TIMESTAMP;
        }
        Some(answer)
    }

    fn enter(&mut self, name: &[u8], is_user: bool) {
        // `<built-in>`, `<command-line>`
        if name.starts_with(b"<") && name.ends_with(b">") {
            return;
        }
        let name = paths::without_dot_slash(name);
        self.entered.insert(name.to_vec());
        if is_user {
            self.users.insert(name.to_vec());
        }
    }

    /// Whether it fits the depfile that the compile itself left. Preprocessing alone may go another way, as behind `#pragma GCC target`.
    pub fn fits(&self, listed: &[Vec<u8>], complete: bool, source: &[u8]) -> bool {
        let normal = |path: &Vec<u8>| paths::without_dot_slash(path).to_vec();
        let told: FxHashSet<Vec<u8>> = listed.iter().map(normal).collect();
        let all: FxHashSet<Vec<u8>> = self.listed.iter().map(normal).collect();
        if complete {
            return told == all;
        }
        let source = paths::without_dot_slash(source);
        told.is_subset(&all) && self.users.iter().all(|path| path == source || told.contains(path))
    }
}

impl Seen {
    fn of(code: &[u8]) -> Self {
        let mut words = Facts::of(code).words;
        if holds_literal(code, is_date) || holds_literal(code, is_time) {
            words |= WordSet::DATE;
        }
        if holds_literal(code, is_timestamp) {
            words |= WordSet::TIMESTAMP;
        }
        Self { words }
    }
}

/// The numbers of the needles that stand in the code. A literal may spell `"`, `\` and bytes beyond ASCII by escapes: a needle with one of
/// these counts as found.
fn spelled(code: &[u8], needles: &[Vec<u8>]) -> Vec<usize> {
    let is_odd = |byte: &u8| b"\"\\".contains(byte) || !(b' '..=b'~').contains(byte);
    let stands = |needle: &[u8]| needle.iter().any(is_odd) || memchr::memmem::find(code, needle).is_some();
    (0..needles.len()).filter(|nth| stands(&needles[*nth])).collect()
}

fn holds_date(line: &[u8]) -> bool {
    [is_date, is_time, is_timestamp].into_iter().any(|form| holds_literal(line, form))
}

/// Some string literal of the text has this form.
fn holds_literal(code: &[u8], is_it: fn(&[u8]) -> Option<()>) -> bool {
    memchr::memchr_iter(b'"', code).any(|at| is_it(&code[at + 1..]).is_some())
}

/// `Feb 13 2009"`, also where it was made a string once more: `Feb 13 2009\"`.
fn is_date(text: &[u8]) -> Option<()> {
    matches_form(text, b"Aaa _9 9999")
}

/// `23:31:30"`
fn is_time(text: &[u8]) -> Option<()> {
    matches_form(text, b"99:99:99")
}

/// `Fri Feb 13 23:31:30 2009"`
fn is_timestamp(text: &[u8]) -> Option<()> {
    matches_form(text, b"Aaa Aaa _9 99:99:99 9999")
}

/// Whether the text begins with this form, and a quote ends it. `9` stands for a digit, `_` for a digit or a blank, `A` and `a` for
/// letters. Each also stands for `?`: a compiler that knows no date says `"??? ?? ????"`.
fn matches_form(text: &[u8], form: &[u8]) -> Option<()> {
    let (found, rest) = text.split_at_checked(form.len())?;
    let fits = |(byte, sign): (&u8, &u8)| match sign {
        b'9' => byte.is_ascii_digit() || *byte == b'?',
        b'_' => byte.is_ascii_digit() || matches!(byte, b' ' | b'?'),
        b'A' => byte.is_ascii_uppercase() || *byte == b'?',
        b'a' => byte.is_ascii_lowercase() || *byte == b'?',
        sign => byte == sign,
    };
    let ends = matches!(rest, [b'"' | b'\\', ..]);
    (ends && found.iter().zip(form).all(fits)).then_some(())
}

/// Where a line marker says that the text goes on.
enum Turn {
    /// In a file that is entered: flag 1.
    Enters,
    /// In the file that included the last one: flag 2.
    Returns,
    Stays,
}

struct Marker {
    name: Vec<u8>,
    turn: Turn,
    /// Flag 3.
    system: bool,
}

impl Marker {
    /// `# 1 "inc/x.h" 1 3`
    fn read(line: &[u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"# ")?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let rest = rest.get(digits..)?.strip_prefix(b" \"").filter(|_| digits > 0)?;
        let (name, flags) = unquote(rest)?;
        let has = |flag: &[u8]| flags.split(|byte| *byte == b' ').any(|word| word == flag);
        let turn = match (has(b"1"), has(b"2")) {
            (true, _) => Turn::Enters,
            (_, true) => Turn::Returns,
            _ => Turn::Stays,
        };
        Some(Self { name, turn, system: has(b"3") })
    }
}

/// A name as compilers quote it in line markers (libcpp, `cpp_quote_string`; clang, `write_escaped`), and what follows it.
fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut name = Vec::new();
    let mut rest = text;
    loop {
        match rest {
            [b'"', behind @ ..] => return Some((name, behind)),
            [b'\\', octal @ (b'0'..=b'3'), b, c, behind @ ..] if b.is_ascii_digit() && c.is_ascii_digit() => {
                name.push((octal - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = behind;
            }
            [b'\\', escaped, behind @ ..] => {
                name.push(match escaped {
                    b'n' => b'\n',
                    b't' => b'\t',
                    other => *other,
                });
                rest = behind;
            }
            [byte, behind @ ..] => {
                name.push(*byte);
                rest = behind;
            }
            [] => return None,
        }
    }
}

/// `#include_next <x.h>`; clang adds a comment.
fn read_directive(line: &[u8]) -> Option<Mention> {
    let rest = line.strip_prefix(b"#")?;
    let (next, rest) = if let Some(rest) = rest.strip_prefix(b"include_next ") {
        (true, rest)
    } else if let Some(rest) = rest.strip_prefix(b"include ").or_else(|| rest.strip_prefix(b"import ")) {
        (false, rest)
    } else {
        (false, rest.strip_prefix(b"__include_macros ")?)
    };
    let rest = rest.strip_suffix(b" /* clang -E -dI */").unwrap_or(rest);
    let (form, name) = match rest {
        [b'<', name @ .., b'>'] => (IncludeForm::Angle, name),
        [b'"', name @ .., b'"'] => (IncludeForm::Quote, name),
        _ => return None,
    };
    Some(Mention { form, next, name: name.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str, listed: &[&str]) -> Option<Answer> {
        let listed = listed.iter().map(|path| path.as_bytes().to_vec()).collect();
        Answer::read(output.as_bytes(), listed, b"src/a.c", AskFor::Text, &[b"/home/me".to_vec()], &|name| name)
    }

    const OUTPUT: &str = "# 0 \"src/a.c\"\n# 0 \"<built-in>\"\n#define __STDC__ 1\n# 0 \"<command-line>\"\n\
        # 1 \"/usr/include/stdc-predef.h\" 1 3 4\n# 0 \"<command-line>\" 2\n# 1 \"src/a.c\"\n#include \"x.h\"\n\
        # 3 \"src/a.c\"\n# 1 \"src/x.h\" 1\n#include_next <y.h>\n# 1 \"inc/y.h\" 1\nint y;\n# 2 \"src/x.h\" 2\n\
        # 9 \"gen.y\"\n# 4 \"src/a.c\" 2\n#include <z.h>\n";

    #[test]
    fn directives_count_from_the_file_that_says_them() {
        let listed = ["/usr/include/stdc-predef.h", "src/x.h", "inc/y.h"];
        let answer = read(OUTPUT, &listed).unwrap();
        let shown: Vec<_> = answer
            .directives
            .iter()
            .map(|Directive { dir, mention }| {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                (text(dir), mention.form, mention.next, text(&mention.name))
            })
            .collect();
        let expected = [
            ("src".to_owned(), IncludeForm::Quote, false, "x.h".to_owned()),
            ("src".to_owned(), IncludeForm::Angle, true, "y.h".to_owned()),
            ("src".to_owned(), IncludeForm::Angle, false, "z.h".to_owned()),
        ];
        assert_eq!(shown, expected);
        let paths = |names: &[&str]| names.iter().map(|name| name.as_bytes().to_vec()).collect::<Vec<_>>();
        assert!(answer.fits(&paths(&listed), true, b"src/a.c"));
        assert!(answer.fits(&paths(&["src/x.h", "inc/y.h"]), false, b"src/a.c"));
        assert!(!answer.fits(&paths(&["src/x.h"]), false, b"src/a.c"), "a header of the user's that was not read");
        assert!(!answer.fits(&paths(&["src/x.h"]), true, b"src/a.c"));
        let more = paths(&["src/x.h", "inc/y.h", "inc/more.h"]);
        assert!(!answer.fits(&more, false, b"src/a.c"), "a header that the compile read and the preprocessor did not");
    }

    #[test]
    fn directives_in_all_their_spellings() {
        let read = |line: &str| {
            let mention = read_directive(line.as_bytes())?;
            Some((mention.form, mention.next, String::from_utf8(mention.name).unwrap()))
        };
        let plain = |form| Some((form, false, "x.h".to_owned()));
        assert_eq!(read("#include <x.h>"), plain(IncludeForm::Angle));
        assert_eq!(read("#import \"x.h\""), plain(IncludeForm::Quote));
        assert_eq!(read("#__include_macros \"x.h\""), plain(IncludeForm::Quote));
        assert_eq!(read("#include <x.h> /* clang -E -dI */"), plain(IncludeForm::Angle));
        for line in ["#define X <x.h>", "#includes <x.h>", "#include X", " #include <x.h>"] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn names_are_spelled_as_they_are_here() {
        let output = b"# 1 \"/there/x.h\" 1\n#include \"y.h\"\n# 2 \"src/a.c\" 2\n";
        let here = |name: Vec<u8>| name.strip_prefix(b"/there/").map_or(name.clone(), <[u8]>::to_vec);
        let read = |listed: &[u8], here: &dyn Fn(Vec<u8>) -> Vec<u8>| {
            Answer::read(output, vec![listed.to_vec()], b"src/a.c", AskFor::Files, &[], here)
        };
        let answer = read(b"x.h", &here).unwrap();
        assert!(answer.entered.contains(&b"x.h"[..]) && answer.directives[0].dir.is_empty());
        assert!(read(b"/there/x.h", &here).is_none());
        assert!(read(b"/there/x.h", &|name| name).is_some());
    }

    #[test]
    fn what_is_not_understood_is_no_answer() {
        assert!(read(OUTPUT, &["src/x.h", "inc/y.h"]).is_none(), "a file that the depfile does not name");
        assert!(read("# 1 \"x.h\" 1\n", &["x.h"]).is_none(), "it never comes back");
        assert!(read("# 1 \"src/a.c\" 2\n", &[]).is_none(), "it comes back from nowhere");
    }

    #[test]
    fn names_are_unquoted() {
        let answer = read("# 1 \"./a \\\"b\\\\\\303\\244.h\" 1\n# 1 \"src/a.c\" 2\n", &["a \"b\\ä.h"]).unwrap();
        assert!(answer.entered.contains("a \"b\\ä.h".as_bytes()));
    }

    #[test]
    fn dates_are_found_where_they_are_expanded() {
        let words = |text: &str| read(text, &[]).unwrap().seen.unwrap().words;
        for text in
            ["char *a = \"Feb  3 2009\";", "f(\"23:31:30\");", "s = \"\\\"Feb 13 2009\\\"\";", "\"??? ?? ????\""]
        {
            assert_eq!(words(text), WordSet::DATE, "{text}");
        }
        assert_eq!(words("\"Fri Feb 13 23:31:30 2009\""), WordSet::TIMESTAMP);
        assert_eq!(words("# 1 \"Feb 13 2009\""), WordSet::DATE | WordSet::TIMESTAMP);
        for text in ["x = 23:31:30;", "\"February 3\"", "\"Feb 13 2009 or so\"", "# 1 \"src/a.c\""] {
            assert_eq!(words(text), WordSet::NONE, "{text}");
        }
    }

    #[test]
    fn assembly_is_what_macros_made_of_it() {
        let words = |text: &str| read(text, &[]).unwrap().seen.unwrap().words;
        assert_eq!(words("__asm__(\"nop\" \"\\n\");"), WordSet::NONE);
        assert!(words("__asm__(\".inc\" \"bin \\\"x\\\"\");").contains(WordSet::INCBIN));
    }

    #[test]
    fn spellings_of_the_place() {
        let spells = |text: &str| !read(text, &[]).unwrap().spelled.is_empty();
        assert!(spells("f(\"/home/me/a.c\");"));
        assert!(!spells("# 1 \"/home/me/a.c\"\nf(\"a.c\");"));
        // A name that is written in other ways in a string may stand anywhere.
        let needles = ["/home/m\u{e9}".into(), "/kit".into(), "/other".into()];
        assert_eq!(spelled(b"f(\"/other/x.h\");", &needles), [0, 2]);
    }
}
