//! A job: one source, with what is asked for it.

use super::grammar::{Trait, Traits};
use super::language::Language;
use super::sides::SideKind;
use std::ffi::OsString;
use std::ops::Range;

/// A compile that can be served: one source, one main output, every option understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The arguments after argv\[0\], response files replaced by what they say.
    pub words: Vec<OsString>,
    /// Every word of `words`, classified, in order and without gaps.
    pub parts: Vec<Part>,
    /// The one source file, as typed.
    pub source: OsString,
    /// What the source is compiled as (`-x`, else its extension).
    pub language: Language,
    /// The language was said with `-x`. Otherwise it follows from the extension, and a C++ driver compiles C as
    /// C++, see [`Language::under_cxx_driver`].
    pub language_explicit: bool,
    /// How far the compile goes.
    pub stage: Stage,
    /// The value of `-o`, as typed. `None`: the compiler derives the name, see [`Job::output_name`].
    pub output: Option<OsString>,
    /// What was asked about a depfile; `None` if nothing was.
    pub depfile: Option<DepRequest>,
    /// Files written beside the main output, with their names as the compiler will spell them.
    pub side_outputs: Vec<SideOutput>,
    /// The main output or a side output holds a name derived from the main output's (the data file of a profiled
    /// program, the `.dwo` file), so the output's name belongs to the key.
    pub names_output: bool,
    /// Debug information is asked for (`-g…`, not taken back by `-g0`).
    pub debug: bool,
    /// The output may depend on the source's or working directory's path where no search of its content can find it:
    /// checksums of paths (coverage).
    pub opaque: bool,
    /// The object holds code for the linker, and with it what the driver passed to the assembler.
    pub lto: bool,
    /// Assembly, where that is the output, quotes options and source lines (`-fverbose-asm`).
    pub verbose_assembly: bool,
    /// Diagnostics tell which search directories are missing (`-Wmissing-include-dirs`).
    pub missing_dirs: bool,
    /// What the user said about colours; `None` leaves it to the terminal.
    pub colour: Option<Colour>,
}

/// An option with its value, a lone option, or an input: a run of words with one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What the words mean for key, identity and restore.
    pub role: Role,
    /// The option's spelling without its value (`-I`, `-fprofile-use=`, `-O2`); empty for an input file.
    pub flag: OsString,
    /// The value, joined or separate, if the option takes one; for an input file its path.
    pub value: Option<OsString>,
    /// Where in [`Job::words`] the part stands.
    pub words: Range<usize>,
    /// The part decides which programs, specs or built-in search directories the driver uses, and so belongs to
    /// the question the compiler's identity answers (`-B`, `-m32`, `-mmcu=`, `--sysroot`, `-specs=`, …).
    pub identity: bool,
    /// It is the `-fno-` spelling of its option.
    pub negated: bool,
    /// What else its option is.
    pub traits: Traits,
}

impl Part {
    /// Whether its option has a trait.
    pub fn has(&self, wanted: Trait) -> bool {
        self.traits.has(wanted)
    }
}

/// What a [`Part`] is, seen from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Hashed word by word: code generation, language, warnings, macros.
    /// Held by `invalidation::command_lines::options_that_matter`.
    Code,
    /// A directory on the include path; its value is a path and is hashed rooted.
    /// Held by `absences::search_path::directories_given_in_any_way`.
    SearchDir(Chain),
    /// A file read before the source (`-include`, `-imacros`): searched for as a quoted include from the
    /// working directory, found among the headers.
    /// Held by `absences::search_path::forced_includes_are_looked_for_too`.
    ForcedInclude,
    /// A file whose bytes change the result and which no depfile names (`-specs=`, `-fprofile-use=`, lists):
    /// hashed by content, its path rooted.
    /// Held by `invalidation::named_files::files_named_by_options`.
    InputFile,
    /// A path that stays a string and opens nothing (`-fdebug-prefix-map=OLD=NEW`, `-fdebug-compilation-dir=`).
    /// Held by `invalidation::command_lines::prefix_maps_count_by_value`.
    PathText,
    /// The source file. Its path is hashed rooted.
    /// Held by `travel::commands::relative_arguments_travel`.
    Source,
    /// `-o` and its value: never hashed, unless side outputs or debug data name it.
    /// Held by `invalidation::command_lines::the_output_path_does_not_matter`.
    Output,
    /// `-MF`, `-MD`, `-MMD`, `-MP`, `-Wp,-MD,…`: only what it asks for is hashed, see [`DepRequest`].
    /// Held by `depfiles::names::the_default_name_follows_the_output`.
    Depfile,
    /// `-MT`, `-MQ`: written into the depfile of this command, never hashed.
    /// Held by `depfiles::names::the_target_follows_this_output`.
    DepTarget,
    /// The name of a side file: which option gives one is hashed, the name is not.
    /// Held by `sides::serialized::that_it_is_asked_for_counts`.
    SideFile,
    /// Colours: neither hashed nor kept, the terminal decides.
    /// Held by `terminal::what_the_user_says_wins`.
    Colour,
}

/// Where a directory option puts its directory (GCC manual, "Options for Directory Search").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chain {
    /// `-iquote`
    Quote,
    /// `-I`
    Angle,
    /// `-isystem`, `-cxx-isystem`
    System,
    /// `-idirafter`
    After,
    /// `--sysroot`, `-isysroot`, `-B`, `-iprefix`, `-imultilib` and others that move the built-in directories.
    Builtin,
}

/// How far the driver goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// `-c`
    Object,
    /// `-S`
    Assembly,
}

/// A depfile request, all spellings folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepRequest {
    /// `-MMD`: headers from system directories are left out. (The last of `-MD` and `-MMD` does not win in gcc:
    /// the grammar documents what does.)
    pub user_only: bool,
    /// The file named by `-MF` or `-Wp,-MD,FILE`; `None`: derived, see [`Job::depfile_name`].
    pub file: Option<OsString>,
    /// `-MT` (verbatim) and `-MQ` (quoted for make) in order.
    pub targets: Vec<DepTarget>,
    /// `-MP`
    pub phony: bool,
    /// Asked for with `-Wp,-MD,FILE`, behind the driver's back: gcc then names another default target.
    pub passed: bool,
    /// `-Wp,-MT,…` and `-Wp,-MQ,…` in order, which follow all others.
    pub passed_targets: Vec<DepTarget>,
    /// It is spelled in a way that means something else to clang, or nothing.
    pub gcc_only: bool,
}

/// One `-MT` or `-MQ`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepTarget {
    /// `-MQ`: characters special to make are quoted.
    pub quote: bool,
    /// The target as typed.
    pub name: OsString,
}

/// A file the compiler may write beside the object. Whether it does depends on more than the options: clang writes
/// no `.su` for a source without functions, gcc 12 none under `-flto`, clang no `.dwo` under `-g0`. That none was
/// written by a successful compile is a result like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideOutput {
    /// Which file.
    pub kind: SideKind,
    /// As the compiler spells it, relative to the working directory or absolute.
    pub name: OsString,
}

/// `-fdiagnostics-color=WHEN` and its relatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Colour {
    /// `always`, or the switch without a value
    Always,
    /// `never`
    Never,
    /// `auto`, said in so many words: the terminal decides.
    Auto,
}

impl Job {
    /// The parts whose option has a trait, in order.
    pub fn parts_with(&self, wanted: Trait) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.has(wanted))
    }

    /// Whether a part's option has a trait.
    pub fn has(&self, wanted: Trait) -> bool {
        self.parts.iter().any(|part| part.has(wanted))
    }

    /// `-frandom-seed=SEED` counts: no `-fno-random-seed` follows it.
    pub fn has_random_seed(&self) -> bool {
        self.parts_with(Trait::RandomSeed).last().is_some_and(|part| part.value.is_some())
    }

    /// The words of the parts that decide who the compiler is, in order.
    pub fn identity_options(&self) -> impl Iterator<Item = &OsString> {
        let parts = self.parts.iter().filter(|part| part.identity);
        parts.flat_map(|part| self.words[part.words.clone()].iter())
    }
}
