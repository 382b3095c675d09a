//! Includes of which the text alone leaves a doubt: a macro names the header, and the depfile leaves out system
//! headers.
//!
//! ```c
//! #if defined(LUA_USER_H)
//! #include LUA_USER_H
//! #endif
//! ```
//!
//! packer-cc may not guess here, and it may not refuse to serve: the same compile again is a hit, and what the header
//! says is part of the result.

mod idioms;
mod misleading;
mod names;

use crate::fixture::cases::Act::{Remove, Touch, Write};
use crate::fixture::cases::Case;
use crate::fixture::for_each_compiler;

/// A case over a system header that a macro leads to: it is edited, removed, and hidden by another.
fn followed(case: Case, header: &'static str, shadow: &'static str) -> Case {
    case.matters(&[Write(header, "int v = 8;\nint more;\n")])
        .matters(&[Write(header, "int w;\n")])
        .matters(&[Remove(header)])
        .matters(&[Write(shadow, "int shadow;\n")])
        .idle(&[Touch(header)])
        .idle(&[Write("sys/unrelated.h", "int u;\n"), Write("unrelated.h", "int u;\n")])
}

/// The directory `first` is empty, so that a header can appear before the one that is found in `sys`.
const SYSTEM: &str = "-isystem first -isystem sys";

fn line(options: &str) -> String {
    format!("{options} {SYSTEM} -c a.c -o a.o")
}

/// The preprocessor is asked at most once, after a compile that succeeded and left a doubt; never for a hit, and
/// never where that is forbidden.
#[test]
fn the_preprocessor_is_asked_once_at_most() {
    let asks = |argv: &Vec<String>| argv.iter().any(|word| ["-E", "-M", "-MM"].contains(&word.as_str()));
    for_each_compiler(|world| {
        world.files(&[
            ("a.c", "#include <w.h>\n#define NAMED(n) <n>\n#ifdef USER\n#include NAMED(USER)\n#endif\nint a;\n"),
            ("sys/w.h", "int w;\n"),
            ("plain.c", "#include <w.h>\nint plain;\n"),
        ]);
        let counted = |run: crate::fixture::Run<'_>| {
            let before = world.runs().len();
            let told = run.told();
            assert!(told.differences.is_empty(), "{:?}", told.differences);
            let runs = world.runs().split_off(before);
            (told.outcome, runs.len() - 1, runs.iter().filter(|argv| asks(argv)).count())
        };
        // Each command runs bare as well.
        assert_eq!(counted(world.cc("-MMD -isystem sys -c plain.c")), ("miss".to_owned(), 1, 0));
        for _ in 0..2 {
            let forbidden = world.cc("-MMD -isystem sys -c a.c").env("PACKER_CC_ASK", "never");
            let (outcome, runs, asked) = counted(forbidden);
            assert!(outcome != "hit" && runs == 1 && asked == 0, "{outcome}, {runs} runs, asked {asked} times");
        }
        let (outcome, runs, asked) = counted(world.cc("-MMD -isystem sys -c a.c"));
        assert!(outcome == "miss" && asked <= 1 && runs == 1 + asked, "{outcome}, {runs} runs, asked {asked} times");
        assert_eq!(counted(world.cc("-MMD -isystem sys -c a.c")), ("hit".to_owned(), 0, 0));
        // A compile that fails leaves no doubt.
        world.file("a.c", "#define NAMED(n) <n>\n#ifdef USER\n#include NAMED(USER)\n#endif\nint a = ;\n");
        let (_, runs, asked) = counted(world.cc("-MMD -isystem sys -c a.c"));
        assert_eq!((runs, asked), (1, 0));
    });
}
