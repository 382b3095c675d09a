//! `#define`: the names that a text defines, and the headers that macros stand for.
//!
//! ```c
//! #define NAME <header.h>
//! ```

use super::conditions::{Conditions, Needs};
use super::facts::{Facts, HeaderMacro, IncludeForm, Mention, name_hash};
use super::includes::read_mention;
use super::lexer::{Region, Regions, follows_hash, is_word, line_of, skip_blank};
use super::words::WordSet;
use memchr::memmem;

impl Facts {
    /// The macros that the text defines.
    pub(super) fn find_macros<'c>(&mut self, text: &[u8], regions: &Regions, conditions: impl Fn() -> &'c Conditions) {
        for at in memmem::find_iter(text, b"define") {
            if !follows_hash(&text[..at]) {
                continue;
            }
            let after = &text[at + b"define".len()..];
            if after.first().is_some_and(|byte| is_word(*byte)) {
                // `#defined` is no directive.
                continue;
            }
            let after = skip_blank(after);
            let (name, body) = after.split_at(after.iter().take_while(|byte| is_word(**byte)).count());
            if name.is_empty() {
                // A comment may hide the name, if it is longer than what is looked at. In prose there is no name to hide.
                if !matches!(regions.at(at), Region::Comment | Region::String) {
                    self.words |= WordSet::HIDDEN_DEFINE;
                }
                continue;
            }
            let mention = header_of(body);
            match mention {
                Some(Mention { form, name: header, .. }) => {
                    self.macros.push(HeaderMacro { name: name.to_vec(), form, header });
                }
                // `#ifdef A` / `#define A` / `#endif` is never the first to define it.
                None if !self.waiting.is_empty() && is_needed(name, conditions().get(&at)) => {}
                None => self.defined.push(name_hash(name)),
            }
        }
    }
}

/// The name that `#define` gives on this line, and what follows the name. `line` may be cut off anywhere, so either may be empty.
pub(super) fn define_of(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.trim_ascii_start().strip_prefix(b"#")?.trim_ascii_start().strip_prefix(b"define")?;
    let rest = rest.trim_ascii_start();
    let len = rest.iter().take_while(|byte| is_word(**byte)).count();
    Some(rest.split_at(len))
}

/// The parameters of a macro: `x` and `y` of `#define F(x, y) …`. `rest` is what follows the macro's name.
pub(super) fn parameters(rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    let list = rest.strip_prefix(b"(").and_then(|list| Some(&list[..memchr::memchr(b')', list)?])).unwrap_or_default();
    list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
}

/// The header that a macro stands for, where its body is a header's name and nothing else: `#define H <x.h>`. A header's name holds
/// a dot or a slash, so `#define VERSION "1"` stands for none.
fn header_of(body: &[u8]) -> Option<Mention> {
    if body.first() == Some(&b'(') {
        return None;
    }
    let line = line_of(skip_blank(body));
    let mention = read_mention(line, false);
    if mention.form == IncludeForm::Computed || !mention.name.iter().any(|byte| matches!(byte, b'.' | b'/')) {
        return None;
    }
    let behind = line.get(mention.name.len() + b"<>".len()..).map(skip_blank).unwrap_or_default().trim_ascii();
    (behind.is_empty() || behind.starts_with(b"//")).then_some(mention)
}

/// Some group holds this name and no other.
fn is_needed(name: &[u8], needs: Option<&Needs>) -> bool {
    needs.is_some_and(|needs| needs.iter().any(|group| group.iter().all(|needed| needed == name)))
}
