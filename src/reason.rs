//! Why a run was not served, missed, or was not kept: one table.
//!
//! Statistics count a reason by its [code](Reason::code), the journal keeps the code with what it is [about](Cause::about), and people
//! read its [words](Reason::words) and what they can [do](Reason::remedy). There is no other list and no other wording.
//!
//! A row is a name, when the reason is given, its code, its words, its remedy (empty where there is nothing to do), and the
//! test that brings it about. `reasons::every_reason_is_brought_about` checks the last.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

/// When a reason is given. Codes are unique for each of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Before anything was looked up: the compiler runs untouched.
    NotServed,
    /// No stored result was found; the compiler runs once.
    Missed,
    /// The compiler ran, and its result is not stored.
    NotKept,
    /// The compiler ran and failed.
    Failed,
    /// A hit was compiled again, to compare.
    Verified,
}

macro_rules! reasons {
    ($($name:ident, $when:ident, $code:literal, $words:literal, $remedy:literal, $test:literal;)*) => {
        /// Why a run ended as it did.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $(#[doc = $words] $name,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// When it is given.
            pub fn when(self) -> When {
                match self { $(Self::$name => When::$when,)* }
            }

            /// A stable name: the counter in statistics.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What happened, for people.
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }

            /// What can be done about it, if anything.
            pub fn remedy(self) -> Option<&'static str> {
                let remedy = match self { $(Self::$name => $remedy,)* };
                (!remedy.is_empty()).then_some(remedy)
            }
        }
    };
}

reasons! {
    // What the command line says.
    NotACompile, NotServed, "not-a-compile",
        "nothing is compiled: a link, a question to the compiler, or no arguments", "",
        "reasons::commands_that_are_no_compiles";
    PreprocessOnly, NotServed, "preprocess-only",
        "`-E` asks for preprocessed text", "",
        "reasons::commands_that_are_no_compiles";
    DependenciesOnly, NotServed, "dependencies-only",
        "`-M` or `-MM` makes the depfile the main output", "ask for the depfile beside the object, with `-MD` or `-MMD`",
        "reasons::commands_that_are_no_compiles";
    SyntaxOnly, NotServed, "syntax-only",
        "`-fsyntax-only` leaves no output", "",
        "reasons::commands_that_are_no_compiles";
    NoSource, NotServed, "no-source",
        "no input file is named", "",
        "reasons::inputs_that_are_not_served";
    SeveralSources, NotServed, "several-sources",
        "one command compiles several sources", "compile each source by a command of its own",
        "reasons::inputs_that_are_not_served";
    SourceIsStream, NotServed, "source-is-stream",
        "the source is standard input", "compile a file",
        "reasons::inputs_that_are_not_served";
    OutputIsStream, NotServed, "output-is-stream",
        "an output is standard output", "",
        "reasons::inputs_that_are_not_served";
    Language, NotServed, "language",
        "the source is of a language that is not served", "",
        "reasons::inputs_that_are_not_served";
    HeaderCompiled, NotServed, "precompiled-header",
        "a header is precompiled", "",
        "reasons::inputs_that_are_not_served";
    UnknownOption, NotServed, "unknown-option",
        "the option is not known, so what it reads and writes is not either", "report the option, or leave it out",
        "reasons::options_that_are_not_served";
    UnservedOption, NotServed, "unserved-option",
        "the option is known and not served", "leave the option out where it is not needed",
        "reasons::options_that_are_not_served";
    DanglingOption, NotServed, "dangling-option",
        "the last option lacks its value", "",
        "reasons::options_that_are_not_served";
    AmbiguousName, NotServed, "ambiguous-name",
        "compilers derive other names from this one in different ways", "name the output and the depfile (`-o`, `-MF`) with an extension",
        "reasons::inputs_that_are_not_served";
    ResponseFile, NotServed, "response-file",
        "a response file cannot be read, or cannot be read twice", "",
        "reasons::options_that_are_not_served";

    // What the surroundings say.
    Disabled, NotServed, "disabled",
        "`PACKER_CC_DISABLE` is set", "unset it to use the cache",
        "reasons::surroundings_that_are_not_served";
    Configuration, NotServed, "configuration",
        "the configuration is wrong", "correct what `packer-cc config` shows",
        "reasons::surroundings_that_are_not_served";
    Environment, NotServed, "environment",
        "a variable makes the compiler write further files, or changes its command line", "unset the variable",
        "reasons::surroundings_that_are_not_served";
    CompilerUnknown, NotServed, "compiler-unknown",
        "the compiler could not be identified", "",
        "reasons::surroundings_that_are_not_served";
    WorkingDirectory, NotServed, "working-directory",
        "the working directory could not be determined", "",
        "reasons::surroundings_that_are_not_served";
    InputUnreadable, NotServed, "input-unreadable",
        "the source, or a file that an option names, cannot be read", "",
        "reasons::inputs_that_are_not_served";
    Destination, NotServed, "destination",
        "the place of an output is left to the compiler: a link, a device, a directory, or an input", "",
        "reasons::inputs_that_are_not_served";
    Store, NotServed, "store",
        "the store cannot be used", "see what `packer-cc config` says of its directory",
        "reasons::surroundings_that_are_not_served";
    RelativeMode, NotServed, "relative-mode",
        "the relative mode cannot give this compile's words or meaning back as typed", "",
        "reasons::surroundings_that_are_not_served";

    // Nothing was found.
    New, Missed, "new",
        "nothing is known of this source", "",
        "reasons::what_of_a_first_key_is_new";
    SourceChanged, Missed, "source-changed",
        "the source has another content than when it was last compiled", "",
        "reasons::what_of_a_first_key_is_new";
    OptionsChanged, Missed, "options-changed",
        "the source was compiled with other options", "",
        "reasons::what_of_a_first_key_is_new";
    VariablesChanged, Missed, "variables-changed",
        "the source was compiled with other values of variables that compilers read", "",
        "reasons::what_of_a_first_key_is_new";
    NamedFileChanged, Missed, "named-file-changed",
        "a file that an option or the configuration names has another content", "",
        "reasons::what_of_a_first_key_is_new";
    SettingsChanged, Missed, "settings-changed",
        "the source was compiled under other settings of packer-cc", "",
        "reasons::what_of_a_first_key_is_new";
    PlaceChanged, Missed, "place-changed",
        "a directory that decides about names lies elsewhere, relative to the others", "",
        "reasons::what_of_a_first_key_is_new";
    CompilerChanged, Missed, "compiler-changed",
        "the source was compiled by another toolchain", "",
        "reasons::what_of_a_first_key_is_new";
    StoreUnread, Missed, "store-unread",
        "a file of the store is there and may not be read, or is not believed", "",
        "reasons::stores_that_do_not_answer";
    Recache, Missed, "recache",
        "`PACKER_CC_RECACHE` asks for new results", "unset it to use stored ones",
        "reasons::stores_that_do_not_answer";
    FileChanged, Missed, "file-changed",
        "a file that the compile reads has another content", "",
        "reasons::what_no_longer_holds";
    FileGone, Missed, "file-gone",
        "a file that the compile read is gone, or cannot be read", "",
        "reasons::what_no_longer_holds";
    FileAppeared, Missed, "file-appeared",
        "a file is there that the compile had looked for in vain", "",
        "reasons::what_no_longer_holds";
    BoundElsewhere, Missed, "bound-elsewhere",
        "the result holds the place it was made in, and this is another",
        "`PACKER_CC_PATHS=relative`, or prefix maps, keep the place out of results",
        "reasons::what_no_longer_holds";
    OtherDate, Missed, "other-date",
        "the result holds a date, and `SOURCE_DATE_EPOCH` gives another", "",
        "reasons::what_no_longer_holds";
    TwinsDiffer, Missed, "twins-differ",
        "files of equal content are one file here and were two, or were changed in the same second", "",
        "reasons::what_no_longer_holds";
    EntryGone, Missed, "entry-gone",
        "the result was evicted, or was damaged", "a larger `PACKER_CC_MAX_SIZE` keeps results longer",
        "reasons::stores_that_do_not_answer";

    // The result is not kept.
    ClockWentBack, NotKept, "clock-went-back",
        "the system's clock was set back while the compiler ran", "",
        "reasons::what_did_not_stand_still";
    OutputMissing, NotKept, "output-missing",
        "the compiler did not write the output, or it cannot be read", "",
        "reasons::outputs_that_are_not_kept";
    OutputTooLarge, NotKept, "output-too-large",
        "the output is larger than a result may be", "",
        "reasons::outputs_that_are_not_kept";
    OutputChanged, NotKept, "output-changed",
        "the output was changed while it was read", "",
        "reasons::outputs_that_are_not_kept";
    OutputShared, NotKept, "output-shared",
        "another run wrote to the same place meanwhile", "give each compile an output of its own",
        "reasons::outputs_that_are_not_kept";
    DepfileUnreadable, NotKept, "depfile-unreadable",
        "the depfile does not tell what was read", "",
        "reasons::outputs_that_are_not_kept";
    AssemblerDepfileUnreadable, NotKept, "assembler-depfile-unreadable",
        "what the assembler says that it read is not understood", "",
        "reasons::outputs_that_are_not_kept";
    BinaryDiagnostics, NotKept, "binary-diagnostics",
        "the diagnostics hold a zero byte", "",
        "reasons::outputs_that_are_not_kept";
    LineDirective, NotKept, "line-directive",
        "a `#line` names a file that is not tracked, and the output or a diagnostic quotes it", "",
        "reasons::texts_that_are_not_kept";
    VerboseAssembly, NotKept, "verbose-assembly",
        "the assembly tells of this machine's memory", "",
        "reasons::outputs_that_are_not_kept";
    EscapeInText, NotKept, "escape-in-text",
        "a text holds escape sequences, which diagnostics may show", "",
        "reasons::texts_that_are_not_kept";
    OpenmpOffload, NotKept, "openmp-offload",
        "the output holds the inode of its source", "",
        "reasons::outputs_that_are_not_kept";
    InputChanged, NotKept, "input-changed",
        "a file changed while it was compiled, or is too young to tell", "",
        "reasons::what_did_not_stand_still";
    CompilerReplaced, NotKept, "compiler-replaced",
        "the compiler was replaced while it ran", "",
        "reasons::what_did_not_stand_still";
    HeaderUnreadable, NotKept, "header-unreadable",
        "a file that was read cannot be read any more", "",
        "reasons::what_did_not_stand_still";
    HeaderPrecompiled, NotKept, "precompiled-header",
        "a precompiled header stands where this compile may have used it", "",
        "reasons::texts_that_are_not_kept";
    TooMuchToJudge, NotKept, "too-much-to-judge",
        "more is to be looked at than any real compile asks for", "",
        "inputs::tests::a_budget_ends_what_no_compile_comes_near";
    ComputedInclude, NotKept, "computed-include",
        "a macro names a header, and nobody tells which", "`PACKER_CC_ASK` decides whether the preprocessor is asked",
        "reasons::texts_that_are_not_kept";
    ComputedHasInclude, NotKept, "computed-has-include",
        "a macro makes up what `__has_include` is asked for", "",
        "reasons::texts_that_are_not_kept";
    DateMacro, NotKept, "date-macro",
        "the result shows today's date or time", "set `SOURCE_DATE_EPOCH`, or leave the date out",
        "reasons::texts_that_are_not_kept";
    TimestampMacro, NotKept, "timestamp-macro",
        "the result shows when its source was changed", "leave `__TIMESTAMP__` out",
        "reasons::texts_that_are_not_kept";
    AssemblerInclude, NotKept, "assembler-include",
        "the assembler is made to read a file, and does not say which", "",
        "reasons::texts_that_are_not_kept";
    ComputedAssembly, NotKept, "computed-assembly",
        "macros make up assembler text, which may read a file", "",
        "reasons::texts_that_are_not_kept";
    Embed, NotKept, "embed",
        "`#embed` reads a file that no depfile names", "",
        "reasons::texts_that_are_not_kept";
    PragmaDependency, NotKept, "pragma-dependency",
        "`#pragma GCC dependency` compares the times of files", "",
        "reasons::texts_that_are_not_kept";
    StoreError, NotKept, "store-error",
        "the store cannot be written", "see what `packer-cc config` says of its directory",
        "reasons::stores_that_do_not_answer";

    // The compiler's own end, and comparisons.
    CompilerFailed, Failed, "compiler-failed",
        "the compiler failed", "",
        "reasons::ends_of_compilers_and_comparisons";
    Verified, Verified, "verified",
        "the compiler's result is the stored one", "",
        "reasons::ends_of_compilers_and_comparisons";
    Unreproducible, Verified, "unreproducible",
        "the compiler gives another result each time", "`-frandom-seed` makes link-time code reproducible",
        "reasons::ends_of_compilers_and_comparisons";
    EditedMeanwhile, Verified, "input-changed",
        "a file was changed between the lookup and the compile", "",
        "reasons::ends_of_compilers_and_comparisons";
    VerifyDiffers, Verified, "verify-differs",
        "the compiler's result is another than the stored one", "report it, with the command and the source",
        "reasons::ends_of_compilers_and_comparisons";
}

impl Reason {
    /// The reason of this code that is given at this moment.
    pub fn of(when: When, code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.when() == when && reason.code() == code)
    }

    /// The reason with what it is about: an option, a path, a variable, an error's text. What it says is shown to people, so it holds no
    /// value that could be a secret.
    #[must_use]
    pub fn about(self, what: impl AsRef<OsStr>) -> Cause {
        Cause { about: what.as_ref().to_string_lossy().into_owned(), ..self.into() }
    }

    /// As [`about`](Self::about), of a path as the compiler spells it.
    #[must_use]
    pub fn about_path(self, path: &[u8]) -> Cause {
        self.about(OsStr::from_bytes(path))
    }
}

/// A reason with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Why.
    pub reason: Reason,
    /// What the reason is about; empty where it says all.
    pub about: String,
    /// What was, and what is, where there are two to tell.
    pub change: Option<Change>,
}

/// What was, and what is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What was there when the result was made.
    pub old: String,
    /// What is there now.
    pub new: String,
}

impl Cause {
    /// The cause with what was and what is.
    #[must_use]
    pub fn with(self, old: impl Into<String>, new: impl Into<String>) -> Self {
        Self { change: Some(Change { old: old.into(), new: new.into() }), ..self }
    }
}

impl From<Reason> for Cause {
    fn from(reason: Reason) -> Self {
        Self { reason, about: String::new(), change: None }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.reason.code())?;
        if !self.about.is_empty() {
            write!(out, ": {}", self.about)?;
        }
        match &self.change {
            Some(Change { old, new }) => write!(out, " ({old} → {new})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_plain_and_unique_for_each_moment() {
        let mut seen = Vec::new();
        for reason in Reason::ALL {
            let (when, code) = (reason.when(), reason.code());
            assert!(!seen.contains(&(when, code)), "{code}");
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{code}");
            seen.push((when, code));
        }
    }

    #[test]
    fn words_are_no_sentences_and_say_something() {
        for reason in Reason::ALL {
            for text in [reason.words(), reason.remedy().unwrap_or("none here")] {
                assert!(text.len() > 8 && !text.ends_with('.') && !text.starts_with(char::is_uppercase), "{text}");
            }
        }
    }

    #[test]
    fn causes_are_shown_with_their_evidence() {
        assert_eq!(Cause::from(Reason::New).to_string(), "new");
        assert_eq!(Reason::FileGone.about_path(b"a.h").to_string(), "file-gone: a.h");
        assert_eq!(Reason::FileChanged.about("a.h").with("1", "2").to_string(), "file-changed: a.h (1 → 2)");
    }
}
