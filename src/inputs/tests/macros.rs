//! Words that macros stand for, or put together.

use super::*;

#[test]
fn words_that_are_put_together() {
    let words = |text: &str| {
        let mut case = Case::new(&[("a.c", text)]);
        case.find().expect("a read set").words & (WordSet::DATE | WordSet::FILE)
    };
    assert_eq!(words("#define P(a, b) a##b\nchar *d = P(__DA, TE__);\n"), WordSet::DATE);
    let all = |text: &str, more: &[u8]| {
        let mut case = Case::new(&[("a.c", text)]);
        case.defines = more.to_vec();
        case.find().expect("a read set").words
    };
    let pasted = |call: &str| all(&format!("#define P(a, b) a##b\n{call}\n"), b"");
    assert!(pasted("char *d = P(__TIME, STAMP__);").contains(WordSet::TIMESTAMP));
    assert!(pasted("char *d = P(__FI, LE__);").contains(WordSet::FILE));
    assert!(pasted("#if P(__has, _include)(<x.h>)\n#endif").contains(WordSet::ASKS_COMPUTED));
    assert!(pasted("P(__as, m__)(\"nop\");").contains(WordSet::ASM_COMPUTED));
    assert!(pasted("READ(P(inc, bin))").contains(WordSet::ASM_PASTED));
    let none = pasted("int i = P(x, y);");
    for word in [WordSet::TIMESTAMP, WordSet::FILE, WordSet::ASKS_COMPUTED, WordSet::ASM_COMPUTED, WordSet::ASM_PASTED]
    {
        assert!(!none.intersects(word));
    }
    // The command line gives a piece, or asks.
    let half = "#define P(a, b) P2(a, b)\n#define P2(a, b) a##b\nchar *d = P(D, TE__);\n";
    assert!(all(half, b"#define D __DA\n").contains(WordSet::DATE));
    assert!(!all(half, b"#define D 1\n").intersects(WordSet::DATE));
    assert!(all("int a;\n", b"#define HAS __has_include(<x.h>)\n").contains(WordSet::ASKS_COMPUTED));
    assert!(!all("int a;\n", b"#define HAS 1\n").intersects(WordSet::ASKS_COMPUTED));
    assert_eq!(words("#define _(s) gettext(s)\nenum { DATE }; char *d = _(\"today\");\n"), WordSet::NONE);
}

#[test]
fn macros_for_dates_count_where_they_are_expanded() {
    let words = |text: &str| {
        let files = [("a.c", text), ("inc/built.h", "#define BUILT __DATE__\n")];
        Case::new(&files).listed(&["inc/built.h"]).words(WordSet::DATE) != WordSet::NONE
    };
    assert!(words("#include <built.h>\nchar *d = BUILT;\n"));
    assert!(words("#include <built.h>\n#define ALSO BUILT\n"));
    assert!(words("#include <built.h>\n#define P(a, b) a##b\nchar *d = P(BUI, LT);\n"));
    assert!(!words("#include <built.h>\n#ifdef BUILT\n#endif\n// BUILT\nchar *d = \"BUILT\";\n"));
}

/// `-DALSO=BUILT`
#[test]
fn macros_of_the_command_line_expand_others() {
    let words = |defines: &[u8]| {
        let files = [("a.c", "#include <built.h>\n"), ("inc/built.h", "#define BUILT __DATE__\n")];
        let mut case = Case::new(&files).listed(&["inc/built.h"]);
        case.defines = defines.to_vec();
        case.words(WordSet::DATE)
    };
    assert_eq!(words(b"#define ALSO BUILT\n"), WordSet::DATE);
    assert_eq!(words(b"#define ALSO 1\n"), WordSet::NONE);
}
