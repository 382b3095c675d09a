//! Questions to a text that its [facts](super::scan::Facts) do not answer. They are rare, and asked of all texts that a
//! compile read.

use super::pieces;
use super::scan::{Form, Mention, define_of, push_new, read_mention};
use super::text::{
    Region, Regions, follows_hash, is_word, join_lines, line_of, line_start, readings, replace_trigraphs, skip_blank,
};
use memchr::memmem;
use std::cell::OnceCell;

/// What a wrapping macro is asked for in a text; `None` if an argument is no plain name.
pub fn uses(text: &[u8], wrapper: &[u8]) -> Option<Vec<Mention>> {
    if replace_trigraphs(text).is_some() {
        return None;
    }
    let joined = join_lines(text);
    let text = joined.as_deref().unwrap_or(text);
    let mut found = Vec::new();
    let mut regions = None;
    for at in memmem::find_iter(text, wrapper) {
        let begins = text[..at].last().is_none_or(|byte| !is_word(*byte));
        let after = &text[at + wrapper.len()..];
        let after = skip_blank(after);
        if begins && after.starts_with(b"/*") {
            return None;
        }
        let Some(argument) = after.strip_prefix(b"(").filter(|_| begins) else { continue };
        let line = line_start(text, at)?;
        if define_of(&[&text[line..at], wrapper].concat())
            .is_some_and(|(name, rest)| name == wrapper && rest.is_empty())
        {
            // Its own definition.
            continue;
        }
        let mention = read_mention(argument, false);
        if mention.form == Form::Computed {
            let regions = regions.get_or_insert_with(|| Regions::of(text));
            if matches!(regions.at(at), Region::Comment | Region::String) {
                continue;
            }
            return None;
        }
        push_new(&mut found, mention);
    }
    Some(found)
}

/// Every definition of `name` in the text has a plain header name for its body.
pub fn defines_only_headers(text: &[u8], name: &[u8]) -> bool {
    if replace_trigraphs(text).is_some() {
        return false;
    }
    let joined = join_lines(text);
    let text = joined.as_deref().unwrap_or(text);
    memmem::find_iter(text, b"define").filter(|at| follows_hash(&text[..*at])).all(|at| {
        let after = skip_blank(&text[at + b"define".len()..]);
        if after.starts_with(b"/*") {
            return false;
        }
        let Some(body) = after.strip_prefix(name).filter(|rest| rest.first().is_none_or(|byte| !is_word(*byte))) else {
            return true;
        };
        let body = skip_blank(body);
        let line = line_of(body);
        let mention = read_mention(line, false);
        let behind = line.get(mention.name.len() + 2..).map(skip_blank).unwrap_or_default().trim_ascii();
        mention.form != Form::Computed && (behind.is_empty() || behind.starts_with(b"//"))
    })
}

/// The words of a text that could name macros.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_word(*byte)).filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()))
}

/// A name of a file that macros put together could hold `..`, or hold the second dot of it: two dots, or one before a
/// slash, in anything but a comment, a number or a directive that spells its file; or a dot in what a macro stands for,
/// or is given for an include, before which and behind which another macro can put what it takes.
pub fn climbs(text: &[u8]) -> bool {
    readings(text).iter().any(|text| {
        let regions = OnceCell::new();
        let region = |at| regions.get_or_init(|| Regions::of(text)).at(at);
        let climbs = |at: usize| {
            let (before, after) = (&text[..at], &text[at + 1..]);
            match after.first() {
                _ if before.ends_with(b".") => false,
                Some(b'.') => after.get(1) != Some(&b'.'),
                Some(b'/') => !before.last().is_some_and(u8::is_ascii_digit),
                // That of a member or of an extension has a word behind it.
                Some(byte) if is_word(*byte) || *byte == b'*' => false,
                _ => !is_in_number(before) && is_of_macro(text, at) && region(at) != Region::String,
            }
        };
        let is_spelled = |at: usize| {
            let Some(start) = line_start(text, at) else { return false };
            let line = text[start..at].trim_ascii_start().strip_prefix(b"#").map(skip_blank).unwrap_or_default();
            let after = line.strip_prefix(b"include").map(|rest| rest.strip_prefix(b"_next").unwrap_or(rest));
            after.is_some_and(|after| matches!(skip_blank(after).first(), Some(b'<' | b'"')))
        };
        memchr::memchr_iter(b'.', text).any(|at| climbs(at) && !is_spelled(at) && region(at) != Region::Comment)
    })
}

/// A number, of which a dot behind it is a part.
fn is_in_number(before: &[u8]) -> bool {
    let from = before.iter().rposition(|byte| !is_word(*byte)).map_or(0, |at| at + 1);
    before[from..].first().is_some_and(u8::is_ascii_digit)
}

/// The place is in a directive that defines a macro or includes a file.
fn is_of_macro(text: &[u8], at: usize) -> bool {
    let Some(start) = line_start(text, at) else { return true };
    let directive = text[start..at].trim_ascii_start();
    let directive = directive.strip_prefix(b"#").or_else(|| directive.strip_prefix(b"%:")).map(skip_blank);
    directive.is_some_and(|word| word.starts_with(b"define") || word.starts_with(b"include"))
}

/// Whether a text may expand the macro `name`, or hold the tokens with which it begins and ends, to be pasted.
pub fn expands(text: &[u8], name: &[u8]) -> (bool, (bool, bool)) {
    let (mut uses, mut begins, mut ends) = (false, false, false);
    for text in readings(text) {
        let regions = Regions::of(&text);
        let is_code = |at: usize| !matches!(regions.at(at), Region::Comment | Region::String);
        uses |= pieces::uses(&text, name, is_code);
        let found = pieces::ends_of(&text, name, is_code);
        begins |= found.0;
        ends |= found.1;
    }
    (uses, (begins, ends))
}

#[cfg(test)]
mod tests {
    use super::super::scan::Facts;
    use super::*;

    #[test]
    fn uses_of_wrappers_and_definitions_of_names_are_found() {
        let text = b"#define HAS(x) __has_include(x)\n#if HAS(<a.h>) && HAS( \"b.h\" )\nMY_HAS(c)";
        assert_eq!(Facts::of(text).wrappers, [b"HAS".to_vec()]);
        assert_eq!(Facts::of(b"# define HAS __has_include\n").wrappers, [b"HAS".to_vec()]);
        assert_eq!(uses(text, b"HAS").map(|found| found.len()), Some(2));
        assert_eq!(uses(b"HAS(NAME)", b"HAS"), None);
        assert_eq!(uses(b"/* not HAS(x) */", b"HAS"), Some(vec![]));
        assert!(defines_only_headers(b"#define H <a.h>\n#define HH X\n", b"H"));
        assert!(!defines_only_headers(b"#define H <a.h>\n#define H STR(b.h)\n", b"H"));
    }

    #[test]
    fn names_that_climb_are_found() {
        let climbing = [
            "#include F(../x.h)",
            "#define DIR ..",
            "s = \"../x\";",
            "#define DIR ?\\\n../x",
            "#define A <./x.h>",
            "#define DOT .",
            "#define P(x) x.",
            "#include F(., ., x.h)",
        ];
        for text in climbing {
            assert!(climbs(text.as_bytes()), "{text}");
        }
        for text in [
            "#include \"../x.h\"",
            " # include <../x.h>",
            "/* ../x */",
            "f(int, ...);",
            "1./x",
            "a.b / c.d",
            "#define M(s, f) s.f",
            "#define ONE 1.",
            "#define S \"a.\"",
            "#define V(x, ...) x",
            "#error Such (a) .",
            "x . y",
            "#define A(p) (p).*q",
        ] {
            assert!(!climbs(text.as_bytes()), "{text}");
        }
    }
}
