//! Depfiles and their templates.

use super::bytes;
use crate::outputs::depfile::{Depfile, DepfileLayout, parse, recognise, render};
use crate::outputs::template as kept;
use crate::paths::Place;
use crate::toolchain::Family;
use proptest::prelude::*;

const LAYOUTS: [DepfileLayout; 4] =
    [DepfileLayout::Gcc, DepfileLayout::GccOld, DepfileLayout::Clang, DepfileLayout::ClangOld];

/// Names that a depfile can hold. make has no way to write a line's end in a name, nor a backslash at the end of one.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let long = bytes(b"abc/. $#\\:\t", 30..90);
    prop_oneof![3 => bytes(b"abc/. $#\\:\t", 1..12), 1 => long]
        .prop_filter("can be written", |name| !name.ends_with(b"\\") && !name.iter().any(|byte| b"\n\r".contains(byte)))
}

fn depfile() -> impl Strategy<Value = Depfile> {
    // A target that begins with a blank cannot be told from the blank before it; such a file is kept as bytes.
    let target = bytes(b"abc/. $():", 1..40).prop_filter("no blank", |target| !b" \t\\".contains(&target[0]));
    let targets = proptest::collection::vec(target, 1..3);
    let names = proptest::collection::vec(name(), 1..8);
    (targets, names, any::<bool>()).prop_map(|(targets, names, phony)| {
        // Without a second name there is nothing to be phony.
        let phony = phony && names.len() > 1;
        Depfile { targets, names, phony }
    })
}

/// Whether it can be read again. clang leaves tabs as they are.
fn is_plain(depfile: &Depfile, layout: DepfileLayout) -> bool {
    matches!(layout, DepfileLayout::Gcc | DepfileLayout::GccOld)
        || !depfile.names.iter().any(|name| name.contains(&b'\t'))
}

fn layout() -> impl Strategy<Value = DepfileLayout> {
    proptest::sample::select(&LAYOUTS[..])
}

fn place(root: &str) -> Place {
    Place::new(format!("{root}/b").into(), None, root.into(), None, &[], &[])
}

proptest! {
    #[test]
    fn what_is_rendered_is_read(depfile in depfile(), layout in layout()) {
        prop_assume!(is_plain(&depfile, layout));
        let text = render(&depfile, layout);
        prop_assert_eq!(parse(&text, &depfile.targets), Some(depfile.clone()));
        prop_assert_eq!(recognise(&text, &depfile, &[layout]), Some(layout));
    }

    #[test]
    fn only_what_renders_alike_is_recognised(
        mut text in bytes(b"ab: \\\n$#", 0..60),
        depfile in depfile(),
        layout in layout(),
        at in any::<proptest::sample::Index>(),
    ) {
        for damaged in [false, true] {
            if damaged {
                text = render(&depfile, layout);
                let at = at.index(text.len());
                text[at] ^= 1;
            }
            if let Some(parsed) = parse(&text, &depfile.targets)
                && let Some(found) = recognise(&text, &parsed, &LAYOUTS)
            {
                prop_assert_eq!(render(&parsed, found), text.clone());
            }
        }
    }

    #[test]
    fn a_template_gives_the_same_bytes_here_and_the_layout_of_there(depfile in depfile(), clang in any::<bool>()) {
        let (family, layout) = if clang { (Family::Clang, DepfileLayout::Clang) } else { (Family::Gcc, DepfileLayout::Gcc) };
        prop_assume!(is_plain(&depfile, layout));
        let (here, there) = (place("/h"), place("/some/where/else"));
        let text = render(&depfile, layout);
        let (read, found) = kept::read(&text, family, &depfile.targets).expect("a layout it knows");
        let template = kept::template(&read, found, &here);
        prop_assert_eq!(kept::render(&template, &here, depfile.targets.clone()), Some(text.clone()));
        // A short file looks alike in both of gcc's layouts, and is taken for the newer one.
        let moved = |name: &Vec<u8>| {
            let rooted = here.rooted(name);
            there.spelled(rooted.base, &rooted.rest).expect("a root")
        };
        let names = depfile.names.iter().map(moved).collect();
        let other = Depfile { targets: vec![b"t.o".to_vec()], names, phony: depfile.phony };
        prop_assert_eq!(kept::render(&template, &there, other.targets.clone()), Some(render(&other, layout)));
    }

    #[test]
    fn damaged_templates_are_refused_or_rendered(template in bytes(&[0, 1, 2, 3, 5], 0..60)) {
        let _ = kept::render(&template, &place("/h"), vec![b"a.o".to_vec()]);
    }
}
