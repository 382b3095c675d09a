//! Includes that cannot have been read: those in a branch of `#ifdef NAME`, `#if defined(A) || defined(B)` or such an
//! `#elif`, where nothing defines any of the names.
//!
//! Two kinds of them matter, both where the depfile leaves out system headers, so that nothing else tells what was read:
//!
//! * `#include STRING_OF(SKETCH)` names a file that no reading of the text finds. Such lines mostly stand behind
//!   `#ifdef SKETCH`, for builds that set it.
//! * avr-libc's `avr/io.h` includes one header of 240, by the device: `#elif defined (__AVR_ATmega328P__)`. Every compile
//!   for the Arduino would otherwise hang on the headers of all devices.
//!
//! A name that no file, no option and no compiler defines is not set. Everything here is for proving that: what is not
//! plain is no proof.

use super::scan::{Form, Mention, read_mention};
use super::text::{
    FAR, Region, Regions, follows_hash, is_word, join_lines, line_of, replace_trigraphs, skip_blank, trim_blank_end,
};
use crate::compiler::DEVICE;
use memchr::memmem;
use rustc_hash::FxHashSet;
use std::cell::OnceCell;

/// Whether compilers leave the name alone: they predefine reserved names, and from the old days short ones (`unix`, `AVR`,
/// `R3000`) and `LANGUAGE_…`.
pub fn is_users(name: &[u8]) -> bool {
    let bars = memchr::memchr_iter(b'_', name).count();
    bars >= 2 && !name.starts_with(b"_") && !name.starts_with(b"LANGUAGE_")
}

/// Whether a compiler may define the word for itself: a reserved name, or one of the old ones that GCC and clang know
/// outside of the strict modes (`linux`, so that `<linux/x.h>` behind a macro is `<1/x.h>`).
pub fn is_predefined(word: &[u8]) -> bool {
    const OLD: [&[u8]; 45] = [
        b"linux",
        b"unix",
        b"i386",
        b"sparc",
        b"sun",
        b"mips",
        b"MIPSEB",
        b"MIPSEL",
        b"R3000",
        b"R4000",
        b"R4400",
        b"R4600",
        b"R5000",
        b"R5900",
        b"vax",
        b"m68k",
        b"mc68000",
        b"mc68010",
        b"mc68020",
        b"mc68030",
        b"mc68040",
        b"mc68060",
        b"mc68332",
        b"hpux",
        b"hp9000",
        b"pdp11",
        b"PPC",
        b"spu",
        b"POWER",
        b"AVR",
        b"BFIN",
        b"bfin",
        b"nios2",
        b"CR16",
        b"ELF",
        b"lynx",
        b"LYNX",
        b"VMS",
        b"vms",
        b"WIN32",
        b"WINNT",
        b"MSP430",
        b"lm32",
        b"tic6x",
        b"OBJC_NEW_PROPERTIES",
    ];
    word.starts_with(b"_") || word.starts_with(b"LANGUAGE_") || OLD.contains(&word)
}

/// No directive of the text defines one of the names.
pub fn never_defines(text: &[u8], names: &[&[u8]]) -> bool {
    each_definition(text, |defined| !names.contains(&defined))
}

/// The macros of devices that the text defines; `None` if that cannot be told.
pub fn devices(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    let is_plain = each_definition(text, |name| {
        if name.starts_with(DEVICE) {
            found.push(name.to_vec());
        }
        true
    });
    is_plain.then_some(found)
}

/// Whether every macro that a directive of the text defines is `fine`; not if one of them cannot be told.
fn each_definition(text: &[u8], mut is_fine: impl FnMut(&[u8]) -> bool) -> bool {
    if replace_trigraphs(text).is_some() || has_zero(text) {
        return false;
    }
    let joined = join_lines(text);
    let text = joined.as_deref().unwrap_or(text);
    let regions = OnceCell::new();
    let is_prose = |at| matches!(regions.get_or_init(|| Regions::of(text)).at(at), Region::Comment | Region::String);
    memmem::find_iter(text, b"define").filter(|at| follows_hash(&text[..*at])).all(|at| {
        let after = &text[at + b"define".len()..];
        if after.first().is_some_and(|byte| is_word(*byte)) {
            // `#defined` is no directive.
            return true;
        }
        let after = skip_blank(after);
        let word = after.iter().take_while(|byte| is_word(**byte)).count();
        // A comment that does not end where it should hides the name; in prose there is none.
        if word > 0 { is_fine(&after[..word]) } else { is_prose(at) }
    })
}

/// How many computed includes of `name` (as in [`Mention`]) the text holds, if each of them stands in a branch that needs
/// a name that is `never` defined; `None` if one does not, or if that cannot be told.
pub fn dead_includes(text: &[u8], name: &[u8], never: &dyn Fn(&[u8]) -> bool) -> Option<usize> {
    let is_it = |mention: &Mention| mention.form == Form::Computed && mention.name == name;
    let found: Vec<bool> =
        includes(text, never)?.into_iter().filter(|(mention, _)| is_it(mention)).map(|(_, is_dead)| is_dead).collect();
    found.iter().all(|is_dead| *is_dead).then_some(found.len())
}

/// The headers that the text names only in branches that need a name that is `never` defined. None where that cannot be
/// told.
pub fn closed_includes(text: &[u8], never: &dyn Fn(&[u8]) -> bool) -> FxHashSet<Mention> {
    let found = includes(text, never).unwrap_or_default();
    let (mut open, mut closed) = (FxHashSet::default(), FxHashSet::default());
    for (mention, is_dead) in found {
        if is_dead { &mut closed } else { &mut open }.insert(mention);
    }
    closed.retain(|mention| mention.form != Form::Computed && !open.contains(mention));
    closed
}

/// All include directives of the text, and whether they stand in a branch that needs a name that is `never` defined;
/// `None` if that cannot be told.
fn includes(text: &[u8], never: &dyn Fn(&[u8]) -> bool) -> Option<Vec<(Mention, bool)>> {
    if replace_trigraphs(text).is_some() || has_zero(text) {
        return None;
    }
    let joined = join_lines(text);
    let text = joined.as_deref().unwrap_or(text);
    if memmem::find(text, b"%:").is_some() {
        return None;
    }
    let regions = Regions::of(text);
    // The open conditionals: whether the branch of each where we are is not taken.
    let mut open: Vec<bool> = Vec::new();
    let mut found = Vec::new();
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
            b"ifdef" => open.push(never(only_word(rest)?)),
            b"if" => open.push(is_never(rest, never)),
            b"ifndef" => open.push(false),
            b"elif" => *open.last_mut()? = is_never(rest, never),
            b"endif" => drop(open.pop()?),
            _ if is_conditional => *open.last_mut()? = false,
            _ => found.push((read_mention(rest, word == b"include_next"), open.contains(&true))),
        }
    }
    open.is_empty().then_some(found)
}

/// The condition is `defined(A) || defined B …`, and none of the names is ever defined.
fn is_never(condition: &[u8], never: &dyn Fn(&[u8]) -> bool) -> bool {
    let line = line_of(skip_blank(condition));
    // Too long to be seen whole.
    if line.len() == FAR {
        return false;
    }
    let mut rest = line.trim_ascii();
    if let Some(at) = memmem::find(rest, b"//") {
        rest = &rest[..at];
    }
    rest.split(|byte| *byte == b'|').enumerate().all(|(nth, term)| {
        let term = term.trim_ascii();
        // Between the two bars of each `||` is nothing.
        if nth % 2 == 1 {
            return term.is_empty();
        }
        let Some(name) = term.strip_prefix(b"defined").filter(|rest| rest.first().is_some_and(|byte| !is_word(*byte)))
        else {
            return false;
        };
        let name = name.trim_ascii();
        let name = match name.strip_prefix(b"(") {
            Some(inside) => inside.strip_suffix(b")").map(<[u8]>::trim_ascii),
            None => Some(name),
        };
        name.is_some_and(|name| !name.is_empty() && name.iter().all(|byte| is_word(*byte)) && never(name))
    })
}

/// Compilers take a zero byte for a blank.
fn has_zero(text: &[u8]) -> bool {
    memchr::memchr(0, text).is_some()
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
    fn conditions_that_need_one_of_some_names() {
        let never = |name: &[u8]| name.starts_with(b"NEVER_");
        for (condition, is_dead) in [
            ("defined(NEVER_A)", true),
            ("defined NEVER_A", true),
            ("defined (NEVER_A) || defined( NEVER_B ) // why", true),
            ("defined(NEVER_A)||defined(NEVER_B)||defined NEVER_C", true),
            ("defined(NEVER_A) || defined(B)", false),
            ("defined(NEVER_A) | defined(NEVER_B)", false),
            ("defined(NEVER_A) || ", false),
            ("|| defined(NEVER_A)", false),
            ("defined(NEVER_A) && B", false),
            ("!defined(NEVER_A)", false),
            ("(defined(NEVER_A))", false),
            ("defined(NEVER_A) == 0", false),
            ("defined(NEVER_A) /* || 1 */", false),
            ("definedNEVER_A", false),
            ("defined()", false),
            ("NEVER_A", false),
            ("", false),
        ] {
            assert_eq!(is_never(condition.as_bytes(), &never), is_dead, "{condition}");
        }
        let long = "defined(NEVER_A) || ".repeat(300) + "defined(B)";
        assert!((0..40).all(|more| !is_never((" ".repeat(more) + &long).as_bytes(), &never)));
        let text = "#if defined(A)\n#include <a.h>\n#elif defined(NEVER_B)\n#include <b.h>\n#include \"b.h\"\n#include <both.h>\n#include X\n\
                    #elif defined(NEVER_C) // c\n#include_next <c.h>\n#else\n#include <d.h>\n#include <both.h>\n#endif\n/* #include <b.h> */\n";
        let mut closed: Vec<_> = closed_includes(text.as_bytes(), &never).into_iter().collect();
        closed.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.next.cmp(&other.next)));
        let mut names: Vec<_> =
            closed.iter().map(|mention| (mention.form, mention.next, mention.name.as_slice())).collect();
        names.sort_by_key(|(form, next, _)| (*next, *form as u8));
        let expected: [(Form, bool, &[u8]); 3] =
            [(Form::Quote, false, b"b.h"), (Form::Angle, false, b"b.h"), (Form::Angle, true, b"c.h")];
        assert_eq!(names.len(), 3);
        assert!(expected.iter().all(|mention| names.contains(mention)), "{names:?}");
        assert!(closed_includes(b"#if defined(NEVER_A)\n#include <a.h>\n", &never).is_empty());
    }

    #[test]
    fn devices_are_found_where_they_are_defined() {
        let text =
            b"#define __AVR_ATmega8__\n#ifdef __AVR_ATtiny4__\n#define X __AVR_AT90__\n#define __AVR_ATA5272__ 1\n";
        assert_eq!(devices(text), Some(vec![b"__AVR_ATmega8__".to_vec(), b"__AVR_ATA5272__".to_vec()]));
        assert_eq!(devices(b"??=define __AVR_ATmega8__"), None);
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
            assert!(!never_defines(text.as_bytes(), &[b"A_B_C"]), "{text}");
        }
        for text in [
            "// each #define\n",
            "s = \"#define \";",
            "#define A_B_CD\n",
            "#define A_B\n",
            "#ifdef A_B_C\n",
            "#undef A_B_C\n",
            "define A_B_C\n",
            "A_B_C\n",
        ] {
            assert!(never_defines(text.as_bytes(), &[b"A_B_C"]), "{text}");
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
