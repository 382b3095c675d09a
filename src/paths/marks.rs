//! Texts in which paths of the place stand: each base in them is replaced by a mark, so that texts of two places can be
//! compared, or the text of one place said again in another. A mark is a zero byte and the [byte](Base::byte) of the base.

use super::base::Base;
use super::place::Place;

impl Place {
    /// A text in which paths may stand behind `=`, `,` or `:`, made comparable between places: every occurrence of
    /// a base at such a border is replaced by a mark that no argument can hold.
    pub fn rooted_text(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        'text: while at < text.len() {
            if text[at] == b'/' && (at == 0 || matches!(text[at - 1], b'=' | b',' | b':' | b';')) {
                for (base, prefix) in &self.bases {
                    if let Some(rest) = text[at..].strip_prefix(prefix.as_slice())
                        && (rest.is_empty() || matches!(rest[0], b'/' | b'=' | b',' | b':' | b';'))
                    {
                        out.extend_from_slice(&[0, base.byte()]);
                        at += prefix.len();
                        continue 'text;
                    }
                }
            }
            out.push(text[at]);
            at += 1;
        }
        out
    }

    /// A text with each base replaced by a mark where a path begins with it and goes on behind it, so that the text can be
    /// said again in another place. `None` if the text has a zero byte, which could not be told from a mark. `/r` is no base in
    /// `/x/r/a.h`: that path stays what it is, wherever the root is.
    pub fn template(&self, text: &[u8]) -> Option<Vec<u8>> {
        if memchr::memchr(0, text).is_some() {
            return None;
        }
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        'text: while let Some(found) = memchr::memchr(b'/', &text[at..]) {
            out.extend_from_slice(&text[at..at + found]);
            at += found;
            let bases = if begins_path(&text[..at]) { self.bases.as_slice() } else { &[] };
            for (base, prefix) in bases {
                if text[at..].starts_with(prefix) && text.get(at + prefix.len()) == Some(&b'/') {
                    out.extend_from_slice(&[0, base.byte()]);
                    at += prefix.len();
                    // The slash that goes on is text.
                    out.push(b'/');
                    at += 1;
                    continue 'text;
                }
            }
            out.push(b'/');
            at += 1;
        }
        out.extend_from_slice(&text[at..]);
        Some(out)
    }

    /// The text of a template in this place; `None` if it is damaged or this place lacks one of the bases.
    pub fn fill(&self, template: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some(mark) = memchr::memchr(0, rest) {
            out.extend_from_slice(&rest[..mark]);
            out.extend_from_slice(&self.spelled(Base::from_byte(*rest.get(mark + 1)?)?, b"")?);
            rest = &rest[mark + 2..];
        }
        out.extend_from_slice(rest);
        Some(out)
    }
}

/// What stands before a slash cannot be the beginning of the same path: nothing, a blank, a bracket, a quote, or the
/// end of a colour.
fn begins_path(before: &[u8]) -> bool {
    let Some(last) = before.last() else { return true };
    if last.is_ascii_whitespace() || b"\"'`([{<=,:;|".contains(last) {
        return true;
    }
    // gcc quotes with these where the locale has them.
    if before.ends_with("\u{2018}".as_bytes()) || before.ends_with("\u{201c}".as_bytes()) {
        return true;
    }
    let parameters = before[..before.len() - 1].iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';');
    let colour = &before[..before.len() - 1 - parameters.count()];
    matches!(last, b'm' | b'K') && colour.ends_with(b"\x1b[")
}

#[cfg(test)]
mod tests {
    use super::super::place::tests::place;
    use super::*;

    #[test]
    fn bases_in_texts_are_marked_at_borders_only() {
        assert_eq!(place().rooted_text(b"-fdebug-prefix-map=/real/p=/x"), b"-fdebug-prefix-map=\0\x02=/x");
        assert_eq!(place().rooted_text(b"x/real/p"), b"x/real/p");
        assert_eq!(place().rooted_text(b"=/real/pq"), b"=/real/pq");
    }

    #[test]
    fn texts_are_said_again_in_another_place() {
        let text = b"In file included from /real/p/a.h:1,\n from /real/pq/x /opt/t/lib/avr/include/y.h \x1b[m/real/p";
        let template = place().template(text).unwrap();
        assert_eq!(place().fill(&template).unwrap(), text);
        let other = Place::new("/q".into(), None, "/q".into(), None, &[(0, "/tc".into())], &[]);
        let expected = b"In file included from /q/a.h:1,\n from /real/pq/x /tc/y.h \x1b[m/real/p";
        assert_eq!(other.fill(&template).unwrap(), expected);
    }

    #[test]
    fn a_base_within_a_path_is_none() {
        let colour = "\x1b[01m\x1b[K";
        for before in ["", " ", "'", "\u{2018}", "-I ", "x=", "a:", "(", "\n", colour, "\x1b[m"] {
            let text = format!("{before}/real/p/a.h");
            let expected = [before.as_bytes(), b"\0\x02/a.h"].concat();
            assert_eq!(place().template(text.as_bytes()).unwrap(), expected, "{text}");
        }
        for before in ["/x", "x", "..", ".", "/", "-I", "m", "[01m", ")", "\u{e4}"] {
            let text = format!("{before}/real/p/a.h");
            assert_eq!(place().template(text.as_bytes()).unwrap(), text.as_bytes(), "{text}");
        }
    }
}
