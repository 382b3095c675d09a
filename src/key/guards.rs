//! Computed includes that cannot have been read: those between `#ifdef NAME` and its next branch, where nothing
//! defines `NAME`.
//!
//! `#include STRING_OF(SKETCH)` names a file that no reading of the text finds, and where the depfile leaves out system headers
//! nothing else tells it. But such lines mostly stand behind `#ifdef SKETCH`, for builds that set it, and a name that no
//! file, no option and no compiler defines is not set. Everything here is for proving that: what is not
//! plain is no proof.

use super::scan::{Form, Region, Regions, follows_hash, is_word, join_lines, line_of, read_mention, replace_trigraphs};
use super::scan::{skip_blank, trim_blank_end};
use memchr::memmem;

/// Whether compilers leave the name alone: they predefine reserved names, and from the old days short ones (`unix`, `AVR`,
/// `R3000`) and `LANGUAGE_…`.
pub fn is_users(name: &[u8]) -> bool {
    let bars = memchr::memchr_iter(b'_', name).count();
    bars >= 2 && !name.starts_with(b"_") && !name.starts_with(b"LANGUAGE_")
}

/// No directive of the text defines the name.
pub fn never_defines(text: &[u8], name: &[u8]) -> bool {
    if replace_trigraphs(text).is_some() {
        return false;
    }
    let joined = join_lines(text);
    let text = joined.as_deref().unwrap_or(text);
    memmem::find_iter(text, b"define").filter(|at| follows_hash(&text[..*at])).all(|at| {
        let after = &text[at + b"define".len()..];
        if after.first().is_some_and(|byte| is_word(*byte)) {
            // `#defined` is no directive.
            return true;
        }
        let after = skip_blank(after);
        let word = after.iter().take_while(|byte| is_word(**byte)).count();
        // A comment that does not end where it should hides the name.
        word > 0 && &after[..word] != name
    })
}

/// How many computed includes of `name` (as in [`super::scan::Mention`]) the text holds, if each of them stands in the
/// first branch of an `#ifdef` of a name that is `never` defined; `None` if one does not, or if that cannot be told.
pub fn dead_includes(text: &[u8], name: &[u8], never: &dyn Fn(&[u8]) -> bool) -> Option<usize> {
    if replace_trigraphs(text).is_some() || memmem::find(text, b"%:").is_some() {
        return None;
    }
    let joined = join_lines(text);
    let text = joined.as_deref().unwrap_or(text);
    let regions = Regions::of(text);
    // The open conditionals, each with the name that must be defined where we are.
    let mut open: Vec<Option<&[u8]>> = Vec::new();
    let mut found = 0;
    for hash in memchr::memchr_iter(b'#', text) {
        match regions.at(hash) {
            Region::Code => {}
            Region::Comment | Region::String => continue,
            Region::Unsure => return None,
        }
        let after = skip_blank(&text[hash + 1..]);
        let (word, rest) = after.split_at(after.iter().take_while(|byte| is_word(**byte)).count());
        let is_include = matches!(word, b"include" | b"include_next" | b"import");
        let is_conditional =
            matches!(word, b"if" | b"ifdef" | b"ifndef" | b"elif" | b"elifdef" | b"elifndef" | b"else" | b"endif");
        if after.starts_with(b"/*") {
            return None;
        }
        if !is_include && !is_conditional {
            continue;
        }
        if !begins_line(text, hash, &regions)? {
            return None;
        }
        match word {
            b"ifdef" => open.push(Some(only_word(rest)?)),
            b"if" | b"ifndef" => open.push(None),
            b"endif" => drop(open.pop()?),
            _ if is_conditional => *open.last_mut()? = None,
            _ => {
                let mention = read_mention(rest, false);
                if mention.form == Form::Computed && mention.name == name {
                    open.iter().flatten().any(|guard| never(guard)).then_some(())?;
                    found += 1;
                }
            }
        }
    }
    open.is_empty().then_some(found)
}

/// Nothing but blanks and comments stands before `hash` on its line; `None` if that cannot be told.
fn begins_line(text: &[u8], hash: usize, regions: &Regions) -> Option<bool> {
    let mut before = trim_blank_end(&text[..hash]);
    while before.ends_with(b"*/") {
        let end = before.len() - 1;
        (regions.at(end) == Region::Comment).then_some(())?;
        before = trim_blank_end(&before[..regions.start_of(end)?]);
    }
    Some(before.last().is_none_or(|byte| *byte == b'\n'))
}

/// The word that is all there is on the line.
fn only_word(rest: &[u8]) -> Option<&[u8]> {
    let line = line_of(skip_blank(rest));
    let word = line.iter().take_while(|byte| is_word(**byte)).count();
    let behind = skip_blank(&line[word..]).trim_ascii();
    (word > 0 && (behind.is_empty() || behind.starts_with(b"//"))).then(|| &line[..word])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead(text: &str) -> Option<usize> {
        dead_includes(text.as_bytes(), b"", &|name| name == b"NOT_SET_BY_ANYONE")
    }

    #[test]
    fn an_include_behind_a_name_that_nobody_defines() {
        for text in [
            "#ifdef NOT_SET_BY_ANYONE\n#include S(X)\n#else\nint x;\n#endif\n",
            "#if A\n# ifdef NOT_SET_BY_ANYONE // why\n#  include S(X)\n# endif\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE\n#if B\n#elif C\n#include S(X)\n#endif\n#endif\n",
            "/* a\n b */ #ifdef NOT_SET_BY_ANYONE /* c */\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_\\\nANYONE\n#include S(X)\n#endif\n",
            "#define T(x) #x\n#ifdef NOT_SET_BY_ANYONE\n#include S(X)\n#endif\n",
        ] {
            assert_eq!(dead(text), Some(1), "{text}");
        }
        assert_eq!(dead("// #include S(X)\n#include \"a.h\"\n#include X\n"), Some(0));
    }

    #[test]
    fn what_could_be_read_is_not_dead() {
        for text in [
            "#include S(X)\n",
            "#ifdef OTHER_NAME_OF_MINE\n#include S(X)\n#endif\n",
            "#ifndef NOT_SET_BY_ANYONE\n#include S(X)\n#endif\n",
            "#if !defined(NOT_SET_BY_ANYONE)\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE\n#else\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE\n#elif 1\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE\n#endif\n#include S(X)\n",
            "#ifdef NOT_SET_BY_ANYONE\n#include S(X)\n#endif\n#include S(Y)\n",
            "#ifdef NOT_SET_BY_ANYONE\n/*\n#else\n*/#endif\n#include S(X)\n",
            "#ifdef NOT_SET_BY_ANYONE\n%:else\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE\n??=else\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE\n#els\\\ne\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE\nx = R\"(\n#endif\n)\";\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE\n#include S(X)\n",
            "#endif\n#ifdef NOT_SET_BY_ANYONE\n#include S(X)\n#endif\n",
            "#define X #else\n#ifdef NOT_SET_BY_ANYONE\n#include S(X)\n#endif\n",
            "#ifdef NOT_SET_BY_ANYONE + 1\n#include S(X)\n#endif\n",
        ] {
            assert_eq!(dead(text), None, "{text}");
        }
    }

    #[test]
    fn definitions_are_seen_however_they_are_written() {
        for text in [
            "#define A_B_C\n",
            "# define A_B_C 1\n",
            "#/**/define/**/A_B_C(x)\n",
            "%:define A_B_C\n",
            "#def\\\nine A_B\\\n_C\n",
            "??=define A_B_C\n",
            "#define /* open\n */ A_B_C\n",
        ] {
            assert!(!never_defines(text.as_bytes(), b"A_B_C"), "{text}");
        }
        for text in
            ["#define A_B_CD\n", "#define A_B\n", "#ifdef A_B_C\n", "#undef A_B_C\n", "define A_B_C\n", "A_B_C\n"]
        {
            assert!(never_defines(text.as_bytes(), b"A_B_C"), "{text}");
        }
    }

    #[test]
    fn names_that_compilers_define_are_nobodys() {
        for name in ["FASTLED_STUB_MAIN_INCLUDE_INO", "A_B_C"] {
            assert!(is_users(name.as_bytes()), "{name}");
        }
        for name in ["unix", "AVR", "__AVR_ARCH__", "_ABC_DEF_", "LANGUAGE_C_PLUS_PLUS", "R_3000"] {
            assert!(!is_users(name.as_bytes()), "{name}");
        }
    }
}
