//! The grammar of compiler command lines: one sorted table and the search in it.
//!
//! Everything known about an option stands in its [`Row`]: how its value is attached, what it means for the cache,
//! and why serving it is safe, or why it is not served. What stands in no row is not served.
//!
//! Three prefixes are proven as whole families, because no option below them reads or writes a file, save those
//! with rows of their own: `-W` (diagnostics), `-O` (optimisation) and `-m` (target; always part of the identity).
//! `-f` and `-g` are no such families: too many of theirs open files.

mod assembler;
mod preprocessor;
mod table;
mod traits;

pub use assembler::Assembler;
pub use preprocessor::PassedOption;
pub use table::OPTIONS;
pub use traits::{Trait, Traits};

use super::job::{Role, Stage};
use super::sides::SideKind;

/// What is known about one option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The spelling, up to where a joined value begins.
    pub name: &'static str,
    /// How a value is attached.
    pub form: Form,
    /// `None`: known and not served, for the reason `why`.
    pub role: Option<Role>,
    /// What the option says beyond its role.
    pub effect: Effect,
    /// See [`Part::identity`](super::Part::identity).
    pub identity: bool,
    /// What else it is to the code behind the parser.
    pub traits: Traits,
    /// One sentence: why serving the option is safe, or why it is not.
    pub why: &'static str,
}

/// How an option's value is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `-c`: no value.
    Flag,
    /// `-fX`, and `-fno-X` which takes it back.
    Toggle,
    /// `-fX`, `-fno-X`, `-fX=VALUE` and `-fno-X=VALUE`.
    ToggleValue,
    /// `-std=VALUE`: the name is followed by the value in the same word.
    Joined,
    /// `-Xclang VALUE`: the value is the next word.
    Separate,
    /// `-IVALUE` or `-I VALUE`.
    JoinedOrSeparate,
    /// Every word that begins with the name; the whole word is the option.
    Family,
}

/// What an option says about the whole command, beyond the role of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing more.
    None,
    /// `-c`, `-S`
    Stage(Stage),
    /// Another thing than a compile is asked for.
    Instead(Instead),
    /// `-o`
    Output,
    /// `-x`
    Language,
    /// The value is a directory, and an empty one is not served.
    Directory,
    /// `-MD`
    DepAll,
    /// `-MMD`
    DepUser,
    /// `-MF`
    DepFile,
    /// `-MP`
    DepPhony,
    /// `-MT`, `-MQ`
    DepTarget {
        /// `-MQ`
        quote: bool,
    },
    /// Debug information is switched on or off; the last word counts.
    Debug(bool),
    /// The output depends on paths that no search in it finds.
    Opaque,
    /// `-flto`, `-fno-lto`: the object holds code for the linker.
    Lto,
    /// The output names a data file derived from the output's own name, partly as a checksum.
    Profile,
    /// A file is written beside the output.
    Side(SideKind),
    /// Diagnostics tell which search directories are missing.
    MissingDirs,
    /// Assembly holds comments about options and source lines.
    VerboseAssembly,
    /// Colours on, or off in the negated spelling.
    Colour,
    /// Colours off.
    ColourOff,
    /// Colours by the value.
    ColourWhen,
    /// A target option: `=help` only prints.
    Machine,
    /// The value must be one of these.
    OneOf(&'static [&'static str]),
    /// `-Wp,`: pieces for the preprocessor.
    PassPreprocessor,
    /// `-Wa,` and `-Xassembler`: pieces for the assembler.
    PassAssembler,
    /// clang assembles by itself, or starts an assembler in the negated spelling.
    OwnAssembler,
    /// clang starts an assembler.
    OtherAssembler,
}

/// What a command asks for when it does not ask for an object or assembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instead {
    /// `--version`, `-print-…`, `-v`, `-###`
    Query,
    /// `-E`
    Preprocess,
    /// `-M`, `-MM`
    Dependencies,
    /// `-fsyntax-only`
    Syntax,
}

/// A word found in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The row.
    pub row: &'static Row,
    /// Where in the word the joined value begins, if there is one.
    pub value_at: Option<usize>,
    /// The word is the `-fno-` spelling of the row.
    pub negated: bool,
}

/// Finds the row for a word that begins with `-`. The longest name wins, as it does in gcc and clang; a name that
/// matches the whole word wins over every prefix.
pub fn find(word: &[u8]) -> Option<Match> {
    if let Some(row) = exact(word)
        && row.form != Form::Family
    {
        let value_at = (row.form == Form::Joined).then_some(word.len());
        return Some(Match { row, value_at, negated: false });
    }
    toggle(word).or_else(|| prefix(word))
}

/// What passes a word to LLVM's back end.
pub const BACKEND: &str = "-mllvm";
/// What stands before a macro that is defined.
pub const DEFINE: &str = "-D";
/// What stands before a macro that is removed.
const UNDEFINE: &str = "-U";
/// What stands before the name of a macro, or of an assertion.
pub const MACROS: [&str; 3] = [DEFINE, UNDEFINE, "-A"];

/// How an effect is asked for, to name it in a reason: the first spelling in the table.
pub fn spelling(effect: Effect) -> &'static str {
    OPTIONS.iter().find(|row| row.effect == effect).map_or("", |row| row.name)
}

/// The row whose name is `name`.
fn exact(name: &[u8]) -> Option<&'static Row> {
    OPTIONS.binary_search_by(|row| row.name.as_bytes().cmp(name)).ok().map(|at| &OPTIONS[at])
}

/// `-fno-X`, `-fX=VALUE`, `-fno-X=VALUE`.
fn toggle(word: &[u8]) -> Option<Match> {
    let equals = memchr::memchr(b'=', word);
    let name = &word[..equals.unwrap_or(word.len())];
    let takes = |row: &&Row| match equals {
        Some(_) => row.form == Form::ToggleValue,
        None => matches!(row.form, Form::Toggle | Form::ToggleValue),
    };
    let value_at = equals.map(|at| at + 1);
    if let Some(row) = exact(name).filter(takes) {
        return Some(Match { row, value_at, negated: false });
    }
    // A longer row of its own, such as `-fno-builtin-`, is found as a prefix later: no toggle has such a name.
    let letter = name.get(1).filter(|letter| matches!(letter, b'f' | b'g'))?;
    let rest = name[2..].strip_prefix(b"no-")?;
    let positive = [b"-", std::slice::from_ref(letter), rest].concat();
    exact(&positive).filter(takes).map(|row| Match { row, value_at, negated: true })
}

/// The length of the longest name, so that a word of a megabyte is not tried at every length.
const LONGEST: usize = {
    let (mut longest, mut at) = (0, 0);
    while at < OPTIONS.len() {
        if OPTIONS[at].name.len() > longest {
            longest = OPTIONS[at].name.len();
        }
        at += 1;
    }
    longest
};

/// The longest name that the word begins with and that takes a joined value.
fn prefix(word: &[u8]) -> Option<Match> {
    (2..=word.len().min(LONGEST)).rev().find_map(|end| {
        let row = exact(&word[..end])?;
        match row.form {
            Form::Family => Some(Match { row, value_at: None, negated: false }),
            Form::Joined | Form::JoinedOrSeparate => Some(Match { row, value_at: Some(end), negated: false }),
            Form::Flag | Form::Toggle | Form::ToggleValue | Form::Separate => None,
        }
    })
}

impl Row {
    /// The driver's choice of programs, specs or directories hangs on the option.
    const fn identity(mut self) -> Self {
        self.identity = true;
        self
    }

    /// One trait more.
    const fn with(mut self, one: Trait) -> Self {
        self.traits = self.traits.and(one);
        self
    }
}

/// A served row.
const fn row(name: &'static str, form: Form, role: Role, effect: Effect, why: &'static str) -> Row {
    Row { name, form, role: Some(role), effect, identity: false, traits: Traits::NONE, why }
}

/// A served row whose words are hashed as typed and say nothing else.
const fn code(name: &'static str, form: Form, why: &'static str) -> Row {
    row(name, form, Role::Code, Effect::None, why)
}

/// A row that is known and not served.
const fn unserved(name: &'static str, form: Form, why: &'static str) -> Row {
    Row { name, form, role: None, effect: Effect::None, identity: false, traits: Traits::NONE, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(word: &str) -> Option<&'static str> {
        find(word.as_bytes()).map(|found| found.row.name)
    }

    #[test]
    fn the_table_is_sorted_and_has_no_duplicates() {
        for pair in OPTIONS.windows(2) {
            assert!(pair[0].name.as_bytes() < pair[1].name.as_bytes(), "{} before {}", pair[0].name, pair[1].name);
        }
    }

    #[test]
    fn every_row_says_why() {
        for row in OPTIONS {
            assert!(row.why.len() > 10 && !row.why.ends_with('.'), "{}", row.name);
        }
    }

    #[test]
    fn every_row_is_found_by_its_own_name() {
        for row in OPTIONS {
            assert_eq!(name_of(row.name), Some(row.name));
        }
    }

    #[test]
    fn toggles_stand_where_negation_is_understood() {
        for row in OPTIONS {
            if matches!(row.form, Form::Toggle) {
                assert!(row.name.starts_with("-f") || row.name.starts_with("-g"), "{}", row.name);
            }
            if matches!(row.form, Form::Toggle | Form::ToggleValue) {
                assert!(!row.name.contains('=') && !row.name[2..].starts_with("no-"), "{}", row.name);
            }
        }
    }

    #[test]
    fn only_the_proven_families_are_served_by_a_short_prefix() {
        let short: Vec<_> = OPTIONS
            .iter()
            .filter(|row| row.role.is_some() && row.form == Form::Family && row.name.len() < 4)
            .map(|row| row.name)
            .collect();
        assert_eq!(short, ["-O", "-W", "-m"]);
    }

    #[test]
    fn effects_are_named_as_people_type_them() {
        for (effect, name) in [
            (Effect::Stage(Stage::Object), "-c"),
            (Effect::DepAll, "-MD"),
            (Effect::DepUser, "-MMD"),
            (Effect::DepFile, "-MF"),
            (Effect::DepPhony, "-MP"),
            (Effect::DepTarget { quote: false }, "-MT"),
            (Effect::DepTarget { quote: true }, "-MQ"),
            (Effect::PassPreprocessor, "-Wp,"),
            (Effect::VerboseAssembly, "-fverbose-asm"),
            (Effect::Side(SideKind::SplitDwarf), "-gsplit-dwarf"),
            (Effect::Directory, "-I"),
        ] {
            assert_eq!(spelling(effect), name);
        }
    }

    #[test]
    fn the_longest_name_wins() {
        for (word, name) in [
            ("-include-pch", "-include-pch"),
            ("-includefoo.h", "-include"),
            ("-Wp,-MD,f", "-Wp,"),
            ("-Wpedantic", "-W"),
            ("-mllvm", "-mllvm"),
            ("-march=native", "-m"),
            ("-fno-builtin-memcpy", "-fno-builtin-"),
            ("-fno-builtin", "-fbuiltin"),
            ("-fsanitize=address", "-fsanitize"),
            ("-fno-sanitize=all", "-fsanitize"),
            ("-fdump-tree-all", "-fdump-"),
            ("-gno-column-info", "-gcolumn-info"),
            ("-objcmt-migrate-all", "-objcmt-"),
            ("-obuild/a.o", "-o"),
            ("-I-", "-I-"),
            ("-Idir", "-I"),
            ("-O", "-O"),
            ("-O2", "-O"),
        ] {
            assert_eq!(name_of(word), Some(name), "{word}");
        }
    }

    #[test]
    fn what_stands_nowhere_is_unknown() {
        for word in ["-fnew-thing", "-fno-new-thing", "-fPIC=1", "--", "--incl", "-gsomething", "-zzz=", "-yo"] {
            let found = name_of(word);
            assert!(found.is_none() || found == Some("-z"), "{word} is taken for {found:?}");
        }
    }
}
