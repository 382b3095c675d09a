//! Directives that name a file: `#include`, `#include_next`, `#import`, `#embed`.

use super::conditions::{Conditions, Needs};
use super::facts::{Facts, IncludeForm, Mention, Waiting};
use super::lexer::{Region, Regions, follows_hash, is_word, line_of, skip_blank};
use super::words::WordSet;
use crate::toolchain::DEVICE;
use memchr::memmem;

impl Facts {
    /// Finds the directives that include a file. Those that wait for a name to be defined go to [`Facts::waiting`].
    pub(super) fn find_includes<'c>(
        &mut self,
        text: &[u8],
        regions: &Regions,
        conditions: impl Fn() -> &'c Conditions,
    ) {
        // A computed include is a doubt about the result, so prose that looks like one must not count.
        let is_prose = |at: usize| matches!(regions.at(at), Region::Comment | Region::String);
        let is_by_device = memmem::find(text, DEVICE).is_some();
        let mut note = |mention: Mention, at: usize| {
            let is_computed = mention.form == IncludeForm::Computed;
            if is_computed && is_prose(at) {
                return;
            }
            let mut needs = Needs::new();
            if (is_computed || is_by_device)
                && let Some(needed) = conditions().get(&at)
            {
                // `#include <x.h>` waits for names of devices alone.
                let counts = |group: &&Vec<Vec<u8>>| is_computed || group.iter().all(|name| name.starts_with(DEVICE));
                needs.extend(needed.iter().filter(counts).cloned());
            }
            if needs.is_empty() {
                self.includes.push(mention);
            } else {
                self.waiting.push(Waiting { mention, needs });
            }
        };
        for at in memmem::find_iter(text, b"include") {
            let after = &text[at + b"include".len()..];
            let (next, after) = after.strip_prefix(b"_next").map_or((false, after), |rest| (true, rest));
            let asks = text[..at].ends_with(b"has_");
            if !asks && after.first().is_none_or(|byte| !is_word(*byte)) && follows_hash(&text[..at]) {
                note(read_mention(after, next), at);
            }
        }
        let mut imports = false;
        for at in memmem::find_iter(text, b"import") {
            let after = &text[at + b"import".len()..];
            if after.first().is_none_or(|byte| !is_word(*byte)) && follows_hash(&text[..at]) {
                imports = true;
                note(read_mention(after, false), at);
            }
        }
        if imports {
            self.words |= WordSet::ONCE | WordSet::IMPORT;
        }
    }

    /// `#embed` and `__has_embed`.
    pub(super) fn find_embeds(&mut self, text: &[u8]) {
        if memmem::find_iter(text, b"embed").any(|at| follows_hash(&text[..at]) || text[..at].ends_with(b"has_")) {
            self.words |= WordSet::EMBED;
        }
    }
}

/// The header named by what follows a directive: ` <x.h>` of `#include <x.h>`.
pub(super) fn read_mention(after: &[u8], next: bool) -> Mention {
    let after = skip_blank(after);
    let line = line_of(after);
    let delimited = match line.first() {
        Some(b'<') => memchr::memchr(b'>', line).map(|end| (IncludeForm::Angle, end)),
        Some(b'"') => memchr::memchr(b'"', &line[1..]).map(|end| (IncludeForm::Quote, end + 1)),
        _ => None,
    };
    if let Some((form, end)) = delimited {
        return Mention { form, next, name: line[1..end].to_vec() };
    }
    let word = line.iter().take_while(|byte| is_word(**byte)).count();
    let rest = skip_blank(&line[word..]);
    let alone = rest.is_empty() || rest.starts_with(b"//") || rest == b"\r";
    Mention { form: IncludeForm::Computed, next, name: if alone { line[..word].to_vec() } else { Vec::new() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(text: &str) -> Vec<String> {
        let shown = |mention: &Mention| {
            let name = String::from_utf8_lossy(&mention.name);
            let next = if mention.next { "next " } else { "" };
            match mention.form {
                IncludeForm::Quote => format!("{next}\"{name}\""),
                IncludeForm::Angle => format!("{next}<{name}>"),
                IncludeForm::Computed => format!("{next}{name}?"),
            }
        };
        Facts::of(text.as_bytes()).includes.iter().map(shown).collect()
    }

    #[test]
    fn includes_are_found_however_they_are_spelled() {
        let cases: &[(&str, &[&str])] = &[
            ("#include <a.h>\n", &["<a.h>"]),
            ("# include \"a b.h\" // x", &["\"a b.h\""]),
            ("  #\tinclude<a.h>", &["<a.h>"]),
            ("/* x */ # /* y */ include /* z */ <a.h>", &["<a.h>"]),
            ("#inc\\\nlude \\\n <a.h>", &["<a.h>"]),
            ("#inc\\  \nlude <a.h>", &["<a.h>"]),
            ("%:include <a.h>", &["<a.h>"]),
            ("??=include <a.h>", &["<a.h>"]),
            ("#include_next <a.h>", &["next <a.h>"]),
            ("#import \"a.h\"", &["\"a.h\""]),
            ("#include HEADER", &["HEADER?"]),
            ("#include HEADER // why", &["HEADER?"]),
            ("#include MAKE(x)", &["?"]),
            ("/* when you #include this */", &[]),
            ("int include = 1;", &[]),
            ("#includes <a.h>", &[]),
            ("#if 0\n#include <a.h>\n#endif", &["<a.h>"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&includes(text), expected, "{text}");
        }
    }
}
