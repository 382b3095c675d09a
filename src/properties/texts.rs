//! Texts: places in them, colours, and what a scan finds.

use super::bytes;
use crate::colour;
use crate::paths::Place;
use crate::text::questions;
use crate::text::{Facts, WordSet};
use proptest::prelude::*;

fn place(root: &str, tool: &str) -> Place {
    let pwd = format!("{root}-link/build");
    Place::new(
        format!("{root}/build").into(),
        Some(pwd.into()),
        root.into(),
        Some(tool.into()),
        &[(2, "/h/i".into())],
        &[],
    )
}

/// A text that is full of paths.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(
            &["/r/p", "/r", "/r/p/build", "/t/l", "/h/i", "/r/p-link", "/", "x", " ", "\x1b[m", "'"][..]
        )
        .prop_map(|piece| piece.as_bytes().to_vec()),
        bytes(b"/ax:\n", 0..4),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Words that forbid to store a result, or ask for more than the text. In a comment they must not count.
const REFUSED: WordSet = WordSet::DATE
    .union(WordSet::TIMESTAMP)
    .union(WordSet::INCBIN)
    .union(WordSet::ASM_INCLUDE)
    .union(WordSet::ASM_FILE)
    .union(WordSet::ASM_COMPUTED);

proptest! {
    #[test]
    fn a_text_is_said_again_as_it_was(text in text()) {
        let (here, there) = (place("/r/p", "/t/l"), place("/elsewhere/q", "/u"));
        if let Some(template) = here.template(&text) {
            prop_assert_eq!(here.fill(&template), Some(text.clone()));
            // The text as it is said there has its paths in the same places, so that a template of it gives back this one.
            let said = there.fill(&template).expect("the same bases");
            prop_assert_eq!(there.template(&said).and_then(|template| here.fill(&template)).map(|again| again == text), Some(true));
        }
        let _ = here.fill(&text);
    }

    #[test]
    fn a_path_is_spelled_as_it_was(path in text()) {
        let here = place("/r/p", "/t/l");
        let rooted = here.rooted(&path);
        prop_assert_eq!(here.spelled(rooted.base, &rooted.rest), Some(path));
    }

    #[test]
    fn colours_come_off(pieces in proptest::collection::vec(("[ -~\n]{0,8}", "(\x1b\\[[0-9;]{0,5}[mK])?"), 0..8)) {
        let coloured: String = pieces.iter().map(|(text, colour)| format!("{text}{colour}")).collect();
        let plain: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
        prop_assert_eq!(colour::strip(coloured.as_bytes()), plain.as_bytes());
        prop_assert_eq!(colour::strip(plain.as_bytes()), plain.as_bytes());
    }

    #[test]
    fn any_bytes_are_scanned(text in bytes(b"#<>\"'/*\\\n ?=asmincludR(", 0..300)) {
        let facts = Facts::of(&text);
        prop_assert_eq!(Facts::decode(&facts.encode()), Some(facts));
        let _ = questions::uses(&text, b"a");
        let _ = questions::expands(&crate::text::readings::Readings::of(&text), &[b"a", b"asm"]);
    }

    #[test]
    fn what_a_comment_says_does_not_count(
        words in proptest::collection::vec(
            proptest::sample::select(&["__DATE__", "\"", "'", ".incbin", "asm(", "__TIMESTAMP__", "x", "\\", "(", "//"][..]),
            0..8,
        ),
        code in proptest::sample::select(&[
            "int a;",
            "char *d = __DATE__;",
            "asm(\".inc\" \"bin \\\"x\\\"\");",
            "asm(\"nop\");",
            "f(\"__DATE__\", 'c', \"\\\" \");",
        ][..]),
    ) {
        let prose = words.join(" ").replace("*/", "");
        let expected = Facts::of(code.as_bytes()).words & REFUSED;
        for text in [format!("/* {prose} */\n{code}\n"), format!("{code}\n// {prose} .\n")] {
            prop_assert_eq!(Facts::of(text.as_bytes()).words & REFUSED, expected, "{}", text);
        }
        // In an assembler source, the code before it may have begun an assembler's comment, in which `/*` begins none.
        let counts = REFUSED.without(WordSet::ASM_FILE);
        let text = format!("{code} /* {prose} */\n");
        prop_assert_eq!(Facts::of(text.as_bytes()).words & counts, expected & counts, "{}", text);
    }

    #[test]
    fn a_date_behind_any_strings_is_found(
        strings in proptest::collection::vec("\"([a /*']|\\\\\"|\\\\\\\\|//){0,5}\"", 0..5),
        asm in proptest::sample::select(&["", "asm(\"nop\");"][..]),
    ) {
        let text = format!("{asm} f({} __DATE__);\n", strings.join(" "));
        prop_assert!(Facts::of(text.as_bytes()).mentions(WordSet::DATE), "{}", text);
    }
}
