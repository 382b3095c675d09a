//! `__has_include` and `__has_include_next`: questions of a text to the file system.
//!
//! ```c
//! #if __has_include(<x.h>)
//! #define HAS(name) __has_include(name)    // a wrapper: HAS(<x.h>) asks too
//! ```

use super::defines::{define_of, parameters};
use super::facts::{Facts, IncludeForm, Mention, Waiting, push_new};
use super::includes::read_mention;
use super::lexer::{FAR, Region, Regions, is_word, line_of, line_start, skip_blank};
use super::words::WordSet;
use memchr::memmem;

impl Facts {
    /// Finds all questions of the text. In a comment or a string, a question for a plain name counts all the same, and one for anything
    /// else does not.
    pub(super) fn find_questions(&mut self, text: &[u8], regions: &Regions) {
        for at in memmem::find_iter(text, b"include").filter(|at| text[..*at].ends_with(b"has_")) {
            let after = &text[at + b"include".len()..];
            let (next, after) = after.strip_prefix(b"_next").map_or((false, after), |rest| (true, rest));
            let before = self.words;
            self.find_question(text, at, next, after);
            if before != self.words && matches!(regions.at(at), Region::Comment | Region::String) {
                self.words = before;
            }
        }
    }

    /// `__has_include (…)`, or a macro that wraps it and is named like it.
    fn find_question(&mut self, text: &[u8], at: usize, next: bool, after: &[u8]) {
        let after = after.strip_prefix(b"__").unwrap_or(after);
        let after = skip_blank(after);
        let Some(line) = line_start(text, at).filter(|_| !after.starts_with(b"/*")) else {
            self.words |= WordSet::ASKS_COMPUTED;
            return;
        };
        let define = define_of(&text[line..at]);
        let Some(argument) = after.strip_prefix(b"(") else {
            // `#ifdef __has_include` asks nothing. `#define HAS __has_include` makes `HAS` a wrapper.
            let rest = line_of(after);
            match define {
                Some((name, body)) if body.trim_ascii() == b"__has_" && rest.trim_ascii().is_empty() => {
                    push_new(&mut self.wrappers, name.to_vec());
                }
                Some((_, body)) if !body.is_empty() => self.words |= WordSet::ASKS_COMPUTED,
                _ => {}
            }
            return;
        };
        let mention = read_mention(argument, next);
        if mention.form != IncludeForm::Computed {
            self.asked.push(mention);
            return;
        }
        // `#define __glibc_has_include(header) __has_include (header)`
        let asked = argument
            .iter()
            .take(FAR)
            .take_while(|byte| is_word(**byte) || **byte == b' ')
            .copied()
            .collect::<Vec<u8>>();
        let asked = asked.trim_ascii();
        match define {
            // The definition itself: `#define __has_include(x) 0`, or of a name like it.
            Some(_) if is_defining_alias(&text[line..at]) => {}
            Some((name, rest)) if parameters(rest).any(|parameter| parameter == asked) => {
                // Uses of a name like this are found as questions themselves.
                if !name.ends_with(b"has_include") && !name.ends_with(b"has_include_next") {
                    push_new(&mut self.wrappers, name.to_vec());
                }
            }
            _ => self.words |= WordSet::ASKS_COMPUTED,
        }
    }

    /// `#include __FILE__`, `__has_include(__FILE__)`, and the same by a macro of this text:
    ///
    /// ```c
    /// #define SELF __FILE__
    /// #include SELF
    /// ```
    pub(super) fn find_asked_files(&mut self, text: &[u8]) {
        let computed = |mention: &Mention| mention.form == IncludeForm::Computed;
        let waits = |waiting: &Waiting| computed(&waiting.mention);
        if !self.includes.iter().any(computed)
            && !self.waiting.iter().any(waits)
            && !self.mentions(WordSet::ASKS_COMPUTED | WordSet::EMBED)
        {
            return;
        }
        for name in [&b"__FILE__"[..], b"__BASE_FILE__"] {
            for at in memmem::find_iter(text, name) {
                let Some(start) = line_start(text, at) else { continue };
                let before = &text[start..at];
                let asks = |before: &[u8]| {
                    [&b"include"[..], b"import", b"embed"].iter().any(|word| memmem::find(before, word).is_some())
                };
                let stands_for_it = define_of(before).is_some_and(|(macro_name, _)| {
                    let waiting = self.waiting.iter().map(|waiting| &waiting.mention);
                    let mut mentions = self.includes.iter().chain(waiting);
                    mentions.any(|mention| computed(mention) && mention.name == macro_name)
                        || self.mentions(WordSet::ASKS_COMPUTED)
                });
                if asks(before) || stands_for_it {
                    self.words |= WordSet::FILE_ASKED;
                }
            }
        }
    }
}

/// The line up to here is `#define __has_`: `include` ends the name that is defined.
fn is_defining_alias(line: &[u8]) -> bool {
    define_of(line).is_some_and(|(name, rest)| rest.is_empty() && name.ends_with(b"has_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::facts::HeaderMacro;

    #[test]
    fn questions_and_macros_are_found() {
        let facts =
            Facts::of(b"#if __has_include(<a.h>) && __has_include_next(\"b.h\")\n#define H <x/y.h>\n#define V \"1\"\n");
        assert_eq!(facts.asked.len(), 2);
        assert_eq!((facts.asked[0].form, facts.asked[1].next), (IncludeForm::Angle, true));
        assert_eq!(
            facts.macros,
            [HeaderMacro { name: b"H".to_vec(), form: IncludeForm::Angle, header: b"x/y.h".to_vec() }]
        );
    }
}
