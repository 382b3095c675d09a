//! What a compiler command line says, before anything was looked at.
//!
//! [`parse`] turns an argument vector into an [`Invocation`] (a command the cache serves) or a [`Cause`](crate::reason::Cause) (the
//! reason why it does not). It is pure: no file system, no environment. Response files are read through the
//! closure the caller passes in, since what they say belongs to the command line.
//!
//! The knowledge is one sorted table, [`grammar::OPTIONS`]; nothing here matches on option spellings elsewhere.

pub mod grammar;
mod language;
mod lexer;
mod macros;
mod names;
mod parse;
pub mod refused;
pub mod response;
pub mod shown;
pub mod sides;

pub use language::Language;
pub use parse::parse;
pub use sides::SideKind;

use std::ffi::OsString;
use std::ops::Range;

/// A compile that can be served: one source, one main output, every option understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
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
    /// The value of `-o`, as typed. `None`: the compiler derives the name, see [`Invocation::output_name`].
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
    /// `-nostdinc`, `-nostdinc++`: the built-in search directories differ.
    pub search_builtin: SearchBuiltin,
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
    /// Where in [`Invocation::words`] the part stands.
    pub words: Range<usize>,
    /// The part decides which programs, specs or built-in search directories the driver uses, and so belongs to
    /// the question the compiler's identity answers (`-B`, `-m32`, `-mmcu=`, `--sysroot`, `-specs=`, …).
    pub identity: bool,
}

/// What a [`Part`] is, seen from the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Hashed word by word: code generation, language, warnings, macros.
    Code,
    /// A directory on the include path; its value is a path and is hashed rooted.
    SearchDir(Chain),
    /// A file read before the source (`-include`, `-imacros`): searched for as a quoted include from the
    /// working directory, found among the headers.
    ForcedInclude,
    /// A file whose bytes change the result and which no depfile names (`-specs=`, `-fprofile-use=`, lists):
    /// hashed by content, its path rooted.
    InputFile,
    /// A path that stays a string and opens nothing (`-fdebug-prefix-map=OLD=NEW`, `-fdebug-compilation-dir=`).
    PathText,
    /// The source file. Its path is hashed rooted.
    Source,
    /// `-o` and its value: never hashed, unless side outputs or debug data name it.
    Output,
    /// `-MF`, `-MD`, `-MMD`, `-MP`, `-Wp,-MD,…`: only what it asks for is hashed, see [`DepRequest`].
    Depfile,
    /// `-MT`, `-MQ`: written into the depfile of this command, never hashed.
    DepTarget,
    /// Colours: neither hashed nor kept, the terminal decides.
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
    /// The file named by `-MF` or `-Wp,-MD,FILE`; `None`: derived, see [`Invocation::depfile_name`].
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

/// Which built-in search directories are switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SearchBuiltin {
    /// `-nostdinc`
    pub no_std: bool,
    /// `-nostdinc++`
    pub no_cxx: bool,
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

/// Whose habits a compiler follows, where the two differ in what they write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Family {
    /// GNU: a driver that starts `cc1` and `as`.
    Gcc = 1,
    /// LLVM: one program with an integrated assembler.
    Clang = 2,
}

impl Invocation {
    /// The words of the parts that decide who the compiler is, in order.
    pub fn identity_options(&self) -> impl Iterator<Item = &OsString> {
        let parts = self.parts.iter().filter(|part| part.identity);
        parts.flat_map(|part| self.words[part.words.clone()].iter())
    }

    /// The main output's name as the compiler will spell it: `-o`, else the source's base name with its last
    /// extension replaced by `.o` or `.s`, in the working directory (GCC manual, "Overall Options").
    pub fn output_name(&self) -> OsString {
        names::output_name(self)
    }

    /// The depfile's name as the compiler will spell it: `-MF`, else the `-o` value with its extension replaced
    /// by `.d`, else the source's base name with `.d` (GCC manual, "-MD"). `None` without a request.
    pub fn depfile_name(&self) -> Option<OsString> {
        names::depfile_name(self)
    }

    /// The targets the compiler writes into the depfile, in order, quoted for make where it would. Empty without a
    /// request.
    pub fn depfile_targets(&self, family: Family) -> Vec<Vec<u8>> {
        names::depfile_targets(self, family)
    }
}
