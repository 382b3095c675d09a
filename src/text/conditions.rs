//! What the branches of a text wait for: `#ifdef NAME`, `#if defined(A) || defined(B)`, `#if defined(A) && X`, or such an
//! `#elif`.
//!
//! A branch of
//!
//! ```c
//! #if defined(LUA_USER_H)
//! #include LUA_USER_H
//! #endif
//! ```
//!
//! cannot have been read if nothing defines `LUA_USER_H`. Two kinds of includes are worth that proof:
//!
//! * those that a macro names, as above: no reading of the text finds the file. Such lines mostly stand behind a name that few
//!   builds set.
//! * avr-libc's `avr/io.h` includes one header of 240, by the device: `#elif defined (__AVR_ATmega328P__)`. Every compile
//!   for the Arduino would otherwise hang on the headers of all devices.
//!
//! A name that no file, no option and no compiler defines is not set. A condition that is not plain proves nothing, so its branch is taken
//! to wait for nothing.

use super::lexer::{FAR, Region, Regions, is_word, line_of, skip_blank, trim_blank_end};
use memchr::memmem;
use rustc_hash::FxHashMap;

/// A branch is read only if of each of these groups at least one name is defined. This `int x;` needs `[[A, B], [C]]`:
///
/// ```c
/// #if defined(A) || defined(B)
/// #ifdef C
/// int x;
/// ```
pub type Needs = Vec<Vec<Vec<u8>>>;

/// What directives need, by the offset of the directive's word (`include` of `#include`) in the text.
pub(crate) type Conditions = FxHashMap<usize, Needs>;

/// What each `#include`, `#include_next`, `#import` and `#define` of the text needs to be read. A directive that needs nothing is left out.
/// `None` if that cannot be told, as where an `#endif` is missing or a digraph may hide one. The lines of the text must be joined.
pub(crate) fn of(text: &[u8], regions: &Regions) -> Option<Conditions> {
    if memmem::find(text, b"%:").is_some() {
        return None;
    }
    // For each conditional that is open here, what its current branch needs.
    let mut open: Vec<Needs> = Vec::new();
    let mut found = FxHashMap::default();
    for hash in memchr::memchr_iter(b'#', text) {
        match regions.at(hash) {
            Region::Code => {}
            Region::Comment | Region::String => continue,
            Region::Unsure => return None,
        }
        let after = skip_blank(&text[hash + 1..]);
        let (word, rest) = after.split_at(after.iter().take_while(|byte| is_word(**byte)).count());
        if after.starts_with(b"/*") {
            return None;
        }
        let is_directive = matches!(word, b"include" | b"include_next" | b"import" | b"define");
        let is_conditional =
            matches!(word, b"if" | b"ifdef" | b"ifndef" | b"elif" | b"elifdef" | b"elifndef" | b"else" | b"endif");
        if !is_directive && !is_conditional {
            continue;
        }
        if !begins_line(text, hash, regions)? {
            return None;
        }
        match word {
            b"ifdef" => open.push(vec![vec![only_word(rest)?.to_vec()]]),
            b"if" => open.push(needs(rest)),
            b"ifndef" => open.push(Needs::new()),
            b"elif" => *open.last_mut()? = needs(rest),
            b"endif" => drop(open.pop()?),
            _ if is_conditional => *open.last_mut()? = Needs::new(),
            _ => {
                let needed: Needs = open.iter().flatten().cloned().collect();
                if !needed.is_empty() {
                    found.insert(text.len() - after.len(), needed);
                }
            }
        }
    }
    open.is_empty().then_some(found)
}

/// What a condition needs at least: `defined(A) && !defined(B)` needs `A`, and `defined(A) || defined(B)` needs one of the two.
fn needs(condition: &[u8]) -> Needs {
    let line = line_of(skip_blank(condition));
    // Too long to be seen whole.
    if line.len() == FAR || memmem::find(line, b"/*").is_some() {
        return Needs::new();
    }
    let line = &line[..memmem::find(line, b"//").unwrap_or(line.len())];
    let has = |operator: &[u8]| memmem::find(line, operator).is_some();
    // `A && B || C` needs neither `A` nor `B`.
    if has(b"&&") && (has(b"||") || has(b"?") || has(b",")) {
        return Needs::new();
    }
    let mut terms = Vec::new();
    let mut rest = line;
    while let Some(at) = memmem::find(rest, b"&&") {
        terms.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    terms.push(rest);
    // `!(A && B)` needs neither name, so no `&&` may stand within parentheses. `defined(A) && B` does not need `A`: the macro `B` may stand
    // for `0 || 1`. So every name must be asked for by `defined`.
    if terms.len() > 1 && !terms.iter().all(|term| is_balanced(term) && names_what_is_defined(term)) {
        return Needs::new();
    }
    terms.into_iter().filter_map(any_defined).collect()
}

/// Every name in the term is asked for by `defined`.
fn names_what_is_defined(term: &[u8]) -> bool {
    let mut rest = term;
    while let Some(at) = rest.iter().position(|byte| is_word(*byte) || *byte == b'\\') {
        let word = &rest[at..];
        let (word, behind) = word.split_at(word.iter().take_while(|byte| is_word(**byte)).count());
        rest = behind;
        if word.first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        if word != b"defined" {
            return false;
        }
        let behind = skip_blank(rest);
        let behind = behind.strip_prefix(b"(").map_or(behind, skip_blank);
        rest = &behind[behind.iter().take_while(|byte| is_word(**byte)).count()..];
    }
    true
}

/// Each parenthesis that opens in the term closes behind it, and no other closes.
fn is_balanced(term: &[u8]) -> bool {
    let step = |open: Option<usize>, byte: &u8| match byte {
        b'(' => open.map(|open| open + 1),
        b')' => open.and_then(|open| open.checked_sub(1)),
        _ => open,
    };
    term.iter().fold(Some(0), step) == Some(0)
}

/// The names of `defined(A) || defined B …`; `None` if it is anything else.
fn any_defined(term: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for (nth, term) in term.split(|byte| *byte == b'|').enumerate() {
        let term = term.trim_ascii();
        // Every second part is what stands between the two bars of a `||`: nothing.
        if nth % 2 == 1 {
            if term.is_empty() {
                continue;
            }
            return None;
        }
        let name = term.strip_prefix(b"defined").filter(|rest| rest.first().is_some_and(|byte| !is_word(*byte)))?;
        let name = name.trim_ascii();
        let name = match name.strip_prefix(b"(") {
            Some(inside) => inside.strip_suffix(b")").map(<[u8]>::trim_ascii)?,
            None => name,
        };
        if name.is_empty() || !name.iter().all(|byte| is_word(*byte)) {
            return None;
        }
        names.push(name.to_vec());
    }
    Some(names)
}

/// How many underscores a name has that is surely a user's, such as `LUA_USER_H`. Old names that compilers predefine have fewer, but
/// for those that [`is_predefined`] knows.
const USERS_BARS: usize = 2;

/// Whether no compiler predefines the name, and a user may. Compilers predefine reserved names (`__GNUC__`), and from the old days short
/// ones (`unix`, `AVR`, `R3000`) and `LANGUAGE_…`.
pub fn is_users(name: &[u8]) -> bool {
    let bars = memchr::memchr_iter(b'_', name).count();
    // A name beyond ASCII can be defined under another spelling: `\u00e9` for `é`.
    let is_plain = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    // OpenCL's extensions are `cl_khr_…`.
    bars >= USERS_BARS && is_plain && !is_predefined(name) && !name.starts_with(b"cl_")
}

/// Whether a compiler may define the word for itself: a reserved name, or one of the old ones that GCC and clang know
/// outside of the strict modes. For gcc `linux` is `1`, so this looks for `<1/x.h>`:
///
/// ```c
/// #define H <linux/x.h>
/// #include H
/// ```
pub fn is_predefined(word: &[u8]) -> bool {
    const OLD: [&[u8]; 54] = [
        b"IBAction",
        b"IBInspectable",
        b"IBOutlet",
        b"IBOutletCollection",
        b"IB_DESIGNABLE",
        b"FP_FAST_FMA",
        b"FP_FAST_FMAF",
        b"FP_FAST_FMAL",
        b"OBJC_ZEROCOST_EXCEPTIONS",
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

    /// What the first include of the text needs; `None` where that cannot be told.
    fn first(text: &str) -> Option<Vec<Vec<String>>> {
        let text = text.as_bytes();
        let joined = crate::text::lexer::join_lines(text);
        let text = joined.as_deref().unwrap_or(text);
        let mut found = of(text, &Regions::of(text))?;
        let at = memmem::find(text, b"include")?;
        let shown = |group: Vec<Vec<u8>>| group.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        Some(found.remove(&at).unwrap_or_default().into_iter().map(shown).collect())
    }

    #[test]
    fn what_a_branch_needs() {
        let one = || vec![vec!["A_B_C".to_owned()]];
        for (text, needed) in [
            ("#ifdef A_B_C\n#include S(X)\n#else\nint x;\n#endif\n", one()),
            ("#if X\n# ifdef A_B_C // why\n#  include S(X)\n# endif\n#endif\n", one()),
            ("#ifdef A_B_C\n#if B\n#elif C\n#include S(X)\n#endif\n#endif\n", one()),
            ("/* a\n b */ #ifdef A_B_C /* c */\n#include S(X)\n#endif\n", one()),
            ("#ifdef A_B\\\n_C\n#include S(X)\n#endif\n", one()),
            ("#if defined(A_B_C) && 2 > 1\n#include S(X)\n#endif\n", one()),
            ("#if !defined(X) && defined A_B_C\n#include S(X)\n#endif\n", one()),
            ("#if X\n#elif defined ( A_B_C )\n#include S(X)\n#endif\n", one()),
            ("#if defined(A) || defined B\n#include S(X)\n#endif\n", vec![vec!["A".into(), "B".into()]]),
            ("#if defined(A) && defined(B)\n#include S(X)\n#endif\n", vec![vec!["A".into()], vec!["B".into()]]),
        ] {
            assert_eq!(first(text), Some(needed), "{text}");
        }
    }

    #[test]
    fn a_branch_that_needs_nothing() {
        for text in [
            "#include S(X)\n",
            "#ifndef A_B_C\n#include S(X)\n#endif\n",
            "#ifdef A_B_C\n#else\n#include S(X)\n#endif\n",
            "#if A_B_C\n#include S(X)\n#endif\n",
            "#if defined(A_B_C) || X\n#include S(X)\n#endif\n",
            "#if defined(A_B_C) && X || Y\n#include S(X)\n#endif\n",
            "#if !(defined(A_B_C) && X)\n#include S(X)\n#endif\n",
            "#if !defined(A_B_C)\n#include S(X)\n#endif\n",
            "#ifdef A_B_C\n#elif X\n#include S(X)\n#endif\n",
        ] {
            assert_eq!(first(text), Some(Vec::new()), "{text}");
        }
    }

    #[test]
    fn texts_that_are_not_plain() {
        for text in [
            "#ifdef A_B_C\n#include S(X)\n",
            "#endif\n#include S(X)\n",
            "%:ifdef A_B_C\n#include S(X)\n#endif\n",
            "auto s = R\"(\n#ifdef A_B_C\n)\";\n#include S(X)\n",
            "#ifdef A_B_C X\n#include S(X)\n#endif\n",
        ] {
            assert_eq!(first(text), None, "{text}");
        }
    }

    #[test]
    fn what_could_be_read_is_not_dead() {
        for text in [
            "#ifdef OTHER_NAME\n#include S(X)\n#endif\n",
            "#ifdef NEVER_A\n#elif 1\n#include S(X)\n#endif\n",
            "#ifdef NEVER_A\n#endif\n#include S(X)\n",
            "#ifdef NEVER_A\n/*\n#else\n*/#endif\n#include S(X)\n",
            "#ifdef NEVER_A\n%:else\n#include S(X)\n#endif\n",
            "#ifdef NEVER_A\n#els\\\ne\n#include S(X)\n#endif\n",
            "#define X #else\n#ifdef NEVER_A\n#include S(X)\n#endif\n",
            "#ifdef NEVER_A + 1\n#include S(X)\n#endif\n",
            "#if !(X && defined(NEVER_A) && Y)\n#include S(X)\n#endif\n",
            "#if 0 == (X && defined(NEVER_A) && Y)\n#include S(X)\n#endif\n",
        ] {
            let is_dead =
                first(text).is_some_and(|needs| needs.iter().any(|group| group.iter().all(|name| is_never(name))));
            assert!(!is_dead, "{text}");
        }
    }

    fn is_never(name: &str) -> bool {
        name.starts_with("NEVER_")
    }

    #[test]
    fn conditions_that_need_one_of_some_names() {
        let is_dead = |condition: &[u8]| {
            let never = |name: &Vec<u8>| name.starts_with(b"NEVER_");
            needs(condition).iter().any(|group| group.iter().all(never))
        };
        for (condition, expected) in [
            ("defined(NEVER_A)", true),
            ("defined NEVER_A", true),
            ("defined (NEVER_A) || defined( NEVER_B ) // why", true),
            ("defined(NEVER_A)||defined(NEVER_B)||defined NEVER_C", true),
            ("defined(NEVER_A) && !defined(B)", true),
            ("1 == 1 && defined(NEVER_A)", true),
            // B may be `0 || 1`.
            ("defined(NEVER_A) && B", false),
            ("B == 1 && defined(NEVER_A)", false),
            ("defined(NEVER_A) && defined(C) B", false),
            ("defined(NEVER_A) || defined(B)", false),
            ("defined(NEVER_A) | defined(NEVER_B)", false),
            ("defined(NEVER_A) || ", false),
            ("|| defined(NEVER_A)", false),
            ("defined(NEVER_A) && B || C", false),
            ("(X && defined(NEVER_A) && Y) == 0", false),
            ("defined(NEVER_A) && B, 1", false),
            ("defined(NEVER_A) && B ? 0 : 1", false),
            ("!defined(NEVER_A)", false),
            ("(defined(NEVER_A))", false),
            ("defined(NEVER_A) == 0", false),
            ("defined(NEVER_A) /* || 1 */", false),
            ("definedNEVER_A", false),
            ("defined()", false),
            ("NEVER_A", false),
            ("", false),
        ] {
            assert_eq!(is_dead(condition.as_bytes()), expected, "{condition}");
        }
        let long = "defined(NEVER_A) || ".repeat(300) + "defined(B)";
        assert!((0..40).all(|more| !is_dead((" ".repeat(more) + &long).as_bytes())));
    }

    #[test]
    fn names_that_compilers_define_are_nobodys() {
        for name in ["FASTLED_STUB_MAIN_INCLUDE_INO", "A_B_C"] {
            assert!(is_users(name.as_bytes()), "{name}");
        }
        for name in [
            "unix",
            "AVR",
            "__AVR_ARCH__",
            "_ABC_DEF_",
            "LANGUAGE_C_PLUS_PLUS",
            "R_3000",
            "OBJC_NEW_PROPERTIES",
            "A_B_\u{e9}",
        ] {
            assert!(!is_users(name.as_bytes()), "{name}");
        }
    }
}
