//! Questions to a text that its [facts](super::facts::Facts) do not answer. They are rare, and asked of all texts that a
//! compile read.

use super::defines::define_of;
use super::facts::{IncludeForm, Mention, push_new};
use super::includes::read_mention;
use super::lexer::{Region, Regions, is_word, join_lines, line_start, readings, replace_trigraphs, skip_blank};
use super::pieces;
pub use super::pieces::MacroUse;
use memchr::memmem;
use std::cell::OnceCell;

/// The headers for which a text asks by a macro that wraps `__has_include`: `HAS(<x.h>)`. `None` if some argument is not a header's name.
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
        if mention.form == IncludeForm::Computed {
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

/// The words of a text that could name macros.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_word(*byte)).filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()))
}

/// Whether a text may expand each of the macros, or hold the tokens with which its name begins and ends, to be pasted.
pub fn expands(text: &[u8], names: &[&[u8]]) -> Vec<MacroUse> {
    let mut found = vec![MacroUse::default(); names.len()];
    for text in readings(text) {
        let regions = OnceCell::new();
        let is_code =
            |at: usize| !matches!(regions.get_or_init(|| Regions::of(&text)).at(at), Region::Comment | Region::String);
        for (of_all, found) in found.iter_mut().zip(pieces::uses(&text, names, is_code)) {
            of_all.expanded |= found.expanded;
            of_all.begins |= found.begins;
            of_all.ends |= found.ends;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::facts::Facts;
    use super::*;

    #[test]
    fn uses_of_wrappers_and_definitions_of_names_are_found() {
        let text = b"#define HAS(x) __has_include(x)\n#if HAS(<a.h>) && HAS( \"b.h\" )\nMY_HAS(c)";
        assert_eq!(Facts::of(text).wrappers, [b"HAS".to_vec()]);
        assert_eq!(Facts::of(b"# define HAS __has_include\n").wrappers, [b"HAS".to_vec()]);
        assert_eq!(uses(text, b"HAS").map(|found| found.len()), Some(2));
        assert_eq!(uses(b"HAS(NAME)", b"HAS"), None);
        assert_eq!(uses(b"/* not HAS(x) */", b"HAS"), Some(vec![]));
    }
}
