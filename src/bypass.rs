//! The one list of reasons why a run is not served from the cache.
//!
//! Statistics count a reason by its [`Bypass::code`], logs and `explain` show it through `Display`; there is no
//! other wording and no other list, so they cannot drift apart.

use crate::command::shown;
use std::ffi::OsString;
use std::fmt;

/// Why the real compiler runs untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bypass {
    // What the command line says.
    /// Nothing is compiled to an object or assembly: a link, `--version`, `-print-…`, `-###`, no arguments.
    NotACompile,
    /// `-E`
    PreprocessOnly,
    /// `-M`, `-MM`: the depfile is the main output.
    DependenciesOnly,
    /// `-fsyntax-only`: there is no output to serve.
    SyntaxOnly,
    /// No input file.
    NoSource,
    /// More than one input file.
    SeveralSources,
    /// The source is `-` or another stream.
    SourceIsStream,
    /// The output is `-` or another stream.
    OutputIsStream,
    /// `-x` names a language, or the source has an extension, that is not served.
    Language(OsString),
    /// A header is compiled: its output is a precompiled header, which holds addresses and differs in every run.
    PrecompiledHeader(OsString),
    /// An option that the table does not know.
    UnknownOption(OsString),
    /// An option that the table knows and that is not served, with the reason the table gives.
    UnservedOption(OsString, &'static str),
    /// A name from which compilers derive other names in different ways (`-MD -o a.b/c`, a source `.c`).
    AmbiguousName(OsString),
    /// An option at the end of the line lacks its value; the compiler says so better.
    DanglingOption(OsString),
    /// `@FILE` could not be read, or response files nest too deeply.
    ResponseFile(OsString),

    // What the surroundings say.
    /// `PACKER_CC_DISABLE`
    Disabled,
    /// A configuration key or value is wrong; the text is the error's.
    Configuration(String),
    /// A variable that changes what the compiler reads or writes and is not served (`DEPENDENCIES_OUTPUT`, …).
    Environment(String),
    /// The compiler could not be identified.
    CompilerUnknown(String),
    /// The working directory could not be determined.
    WorkingDirectory(String),
    /// The source or a file named by an option could not be read before the run.
    InputUnreadable(OsString),
    /// The output's place is one whose semantics are left to the compiler (a device, a directory, …).
    Destination(OsString),
    /// The store cannot be used; the text is the error's.
    Store(String),
    /// The `relative` mode cannot give this compile's words or meaning back as typed; the text says what of them.
    Relative(&'static str),
}

impl Bypass {
    /// A stable name, the counter in statistics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotACompile => "not-a-compile",
            Self::PreprocessOnly => "preprocess-only",
            Self::DependenciesOnly => "dependencies-only",
            Self::SyntaxOnly => "syntax-only",
            Self::NoSource => "no-source",
            Self::SeveralSources => "several-sources",
            Self::SourceIsStream => "source-is-stream",
            Self::OutputIsStream => "output-is-stream",
            Self::Language(_) => "language",
            Self::PrecompiledHeader(_) => "precompiled-header",
            Self::UnknownOption(_) => "unknown-option",
            Self::UnservedOption(..) => "unserved-option",
            Self::AmbiguousName(_) => "ambiguous-name",
            Self::DanglingOption(_) => "dangling-option",
            Self::ResponseFile(_) => "response-file",
            Self::Disabled => "disabled",
            Self::Configuration(_) => "configuration",
            Self::Environment(_) => "environment",
            Self::CompilerUnknown(_) => "compiler-unknown",
            Self::WorkingDirectory(_) => "working-directory",
            Self::InputUnreadable(_) => "input-unreadable",
            Self::Destination(_) => "destination",
            Self::Store(_) => "store",
            Self::Relative(_) => "relative-mode",
        }
    }

    /// What the reason is about: an option without its value, a path, a variable, an error's text. Empty when the code
    /// says all.
    pub fn detail(&self) -> String {
        match self {
            Self::UnknownOption(what) | Self::DanglingOption(what) => shown::option(what),
            Self::Language(what)
            | Self::PrecompiledHeader(what)
            | Self::AmbiguousName(what)
            | Self::ResponseFile(what)
            | Self::InputUnreadable(what)
            | Self::Destination(what) => what.to_string_lossy().into_owned(),
            Self::UnservedOption(option, why) => format!("{}: {why}", shown::option_with_value(option)),
            Self::Configuration(text)
            | Self::Environment(text)
            | Self::CompilerUnknown(text)
            | Self::WorkingDirectory(text)
            | Self::Store(text) => text.clone(),
            Self::Relative(what) => (*what).to_owned(),
            Self::NotACompile
            | Self::PreprocessOnly
            | Self::DependenciesOnly
            | Self::SyntaxOnly
            | Self::NoSource
            | Self::SeveralSources
            | Self::SourceIsStream
            | Self::OutputIsStream
            | Self::Disabled => String::new(),
        }
    }
}

impl fmt::Display for Bypass {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.detail();
        if detail.is_empty() { out.write_str(self.code()) } else { write!(out, "{}: {detail}", self.code()) }
    }
}
