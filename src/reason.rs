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

/// When a reason is given. No two reasons of one moment have the same code.
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
        "forms::as_launcher";
    PreprocessOnly, NotServed, "preprocess-only",
        "`-E` asks for preprocessed text", "",
        "forms::as_cc";
    DependenciesOnly, NotServed, "dependencies-only",
        "`-M` or `-MM` makes the depfile the main output", "ask for the depfile beside the object, with `-MD` or `-MMD`",
        "basic::what_is_no_compile_passes_through";
    SyntaxOnly, NotServed, "syntax-only",
        "`-fsyntax-only` leaves no output", "",
        "basic::what_is_no_compile_passes_through";
    NoSource, NotServed, "no-source",
        "no input file is named", "",
        "basic::broken_command_lines";
    SeveralSources, NotServed, "several-sources",
        "one command compiles several sources", "compile each source by a command of its own",
        "basic::broken_command_lines";
    SourceIsStream, NotServed, "source-is-stream",
        "the source is standard input", "compile a file",
        "basic::standard_input_passes_through";
    OutputIsStream, NotServed, "output-is-stream",
        "an output is standard output", "",
        "output::streams_as_outputs";
    Language, NotServed, "language",
        "the source is of a language that is not served", "",
        "basic::languages_by_name_by_option_and_by_driver";
    HeaderCompiled, NotServed, "precompiled-header",
        "a header is precompiled", "",
        "precompiled::making_one_is_not_served";
    UnknownOption, NotServed, "unknown-option",
        "the option is not known, so what it reads and writes is not either", "report the option, or leave it out",
        "basic::unknown_options_are_named";
    UnservedOption, NotServed, "unserved-option",
        "the option is known and not served", "leave the option out where it is not needed",
        "basic::what_writes_files_nobody_listed_passes_through";
    DanglingOption, NotServed, "dangling-option",
        "the last option lacks its value", "",
        "basic::broken_command_lines";
    AmbiguousName, NotServed, "ambiguous-name",
        "compilers derive other names from this one in different ways", "name the output and the depfile (`-o`, `-MF`) with an extension",
        "sides::names::names_on_which_compilers_differ_are_left_to_them";
    ResponseFile, NotServed, "response-file",
        "a response file cannot be read, or cannot be read twice", "",
        "hostile::response_files_without_an_end";

    // What the surroundings say.
    Disabled, NotServed, "disabled",
        "`PACKER_CC_DISABLE` is set", "unset it to use the cache",
        "config::disabled";
    Configuration, NotServed, "configuration",
        "the configuration is wrong", "correct what `packer-cc config` shows",
        "config::mistyped_values_are_bypasses";
    Environment, NotServed, "environment",
        "a variable makes the compiler write further files, or changes its command line", "unset the variable",
        "reasons::surroundings_that_are_not_served";
    CompilerUnknown, NotServed, "compiler-unknown",
        "the compiler could not be identified", "",
        "options::a_program_that_is_not_there";
    WorkingDirectory, NotServed, "working-directory",
        "the working directory could not be determined", "",
        "reasons::surroundings_that_are_not_served";
    InputUnreadable, NotServed, "input-unreadable",
        "the source, or a file that an option names, cannot be read", "",
        "hostile::sources_and_headers_of_a_terabyte";
    Destination, NotServed, "destination",
        "the place of an output is left to the compiler: a link, a device, a directory, or an input", "",
        "output::whatever_stands_there";
    Store, NotServed, "store",
        "the store cannot be used", "see what `packer-cc config` says of its directory",
        "security::hostile_store::a_hostile_store_writes_nowhere_else";
    RelativeMode, NotServed, "relative-mode",
        "the relative mode cannot give this compile's words or meaning back as typed", "",
        "spelled::names_in_the_text_of_diagnostics";

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
        "compiler::a_part_changed_under_an_unchanged_driver_is_another_compiler";
    StoreUnread, Missed, "store-unread",
        "a file of the store is there and may not be read, or is not believed", "",
        "restored::root_unpacks_what_another_user_packed";
    Recache, Missed, "recache",
        "`PACKER_CC_RECACHE` asks for new results", "unset it to use stored ones",
        "reasons::results_that_are_made_anew";
    FileChanged, Missed, "file-changed",
        "a file that the compile reads has another content", "",
        "reasons::what_no_longer_holds";
    FileGone, Missed, "file-gone",
        "a file that the compile read is gone, or cannot be read", "",
        "stale::links_to_headers_that_are_read_anyway_are_watched";
    FileAppeared, Missed, "file-appeared",
        "a file is there that the compile had looked for in vain", "",
        "absences::search_path::what_comes_in_the_same_directory_under_another_name_is_nothing";
    BoundElsewhere, Missed, "bound-elsewhere",
        "the result holds the place it was made in, and this is another",
        "`PACKER_CC_PATHS=relative`, or prefix maps, keep the place out of results",
        "stale::names_of_files_that_are_consumed_bind_the_place";
    OtherDate, Missed, "other-date",
        "the result holds a date, and `SOURCE_DATE_EPOCH` gives another", "",
        "reasons::what_no_longer_holds";
    TwinsDiffer, Missed, "twins-differ",
        "files of equal content are one file here and were two, or were changed in the same second", "",
        "reasons::what_no_longer_holds";
    EntryGone, Missed, "entry-gone",
        "the result was evicted, or was damaged", "a larger `PACKER_CC_MAX_SIZE` keeps results longer",
        "security::planted::device_nodes_are_misses";

    // The result is not kept.
    ClockWentBack, NotKept, "clock-went-back",
        "the system's clock was set back while the compiler ran", "",
        "proof::tests::the_clock_and_the_company";
    OutputMissing, NotKept, "output-missing",
        "the compiler did not write the output, or it cannot be read", "",
        "reasons::outputs_that_are_not_kept";
    OutputTooLarge, NotKept, "output-too-large",
        "the output is larger than a result may be", "",
        "reasons::outputs_that_are_not_kept";
    OutputChanged, NotKept, "output-changed",
        "the output was changed while it was read", "",
        "run::observe::tests::an_output_that_grows_while_it_is_read";
    OutputShared, NotKept, "output-shared",
        "another run wrote to the same place meanwhile", "give each compile an output of its own",
        "storms::claims::two_commands_that_write_one_output_keep_nothing";
    DepfileUnreadable, NotKept, "depfile-unreadable",
        "the depfile does not tell what was read", "",
        "sides::names::a_side_file_that_is_also_something_else";
    AssemblerDepfileUnreadable, NotKept, "assembler-depfile-unreadable",
        "what the assembler says that it read is not understood", "",
        "basic::names_with_special_characters";
    BinaryDiagnostics, NotKept, "binary-diagnostics",
        "the diagnostics hold a zero byte", "",
        "reasons::outputs_that_are_not_kept";
    LineDirective, NotKept, "line-directive",
        "a `#line` names a file that is not tracked, and the output or a diagnostic quotes it", "",
        "options::verbose_assembly_quotes_other_files";
    VerboseAssembly, NotKept, "verbose-assembly",
        "the assembly tells of this machine's memory", "",
        "options::verbose_assembly_tells_of_memory";
    EscapeInText, NotKept, "escape-in-text",
        "a text holds escape sequences, which diagnostics may show", "",
        "reasons::escapes_that_diagnostics_may_show";
    OpenmpOffload, NotKept, "openmp-offload",
        "the output holds the inode of its source", "",
        "proof::tests::outputs_that_tell_of_this_machine";
    NamesRespelled, NotKept, "names-respelled",
        "the diagnostics spell the names of files in a way of their own", "",
        "given::places::diagnostics_that_respell_names";
    InputChanged, NotKept, "input-changed",
        "a file changed while it was compiled, or is too young to tell", "",
        "reasons::what_did_not_stand_still";
    CompilerReplaced, NotKept, "compiler-replaced",
        "the compiler was replaced while it ran", "",
        "reasons::what_did_not_stand_still";
    HeaderUnreadable, NotKept, "header-unreadable",
        "a file that was read cannot be read any more", "",
        "proof::tests::what_changed_meanwhile";
    HeaderPrecompiled, NotKept, "precompiled-header",
        "a precompiled header stands where this compile may have used it", "",
        "precompiled::one_appears_changes_and_goes";
    TooMuchToJudge, NotKept, "too-much-to-judge",
        "more is to be looked at than any real compile asks for", "",
        "inputs::tests::a_budget_ends_the_search";
    ComputedInclude, NotKept, "computed-include",
        "a macro names a header, and nobody tells which", "`PACKER_CC_ASK` decides whether the preprocessor is asked",
        "doubts::misleading::texts_that_mislead";
    ComputedHasInclude, NotKept, "computed-has-include",
        "a macro makes up what `__has_include` is asked for", "",
        "absences::questions::has_include_with_a_computed_name_is_never_stale";
    DateMacro, NotKept, "date-macro",
        "the result shows today's date or time", "set `SOURCE_DATE_EPOCH`, or leave the date out",
        "dates::a_date_that_becomes_used";
    TimestampMacro, NotKept, "timestamp-macro",
        "the result shows when its source was changed", "leave `__TIMESTAMP__` out",
        "invalidation::times::a_timestamp_follows_the_files_mtime";
    AssemblerInclude, NotKept, "assembler-include",
        "the assembler is made to read a file, and does not say which", "",
        "invalidation::files::binary_and_assembler_includes";
    ComputedAssembly, NotKept, "computed-assembly",
        "macros make up assembler text, which may read a file", "",
        "invalidation::files::binary_and_assembler_includes";
    Embed, NotKept, "embed",
        "`#embed` reads a file that no depfile names", "",
        "absences::questions::has_embed_is_never_stale";
    PragmaDependency, NotKept, "pragma-dependency",
        "`#pragma GCC dependency` compares the times of files", "",
        "texts::pragma_dependency";
    StoreError, NotKept, "store-error",
        "the store cannot be written", "see what `packer-cc config` says of its directory",
        "store::an_unreadable_store";

    // The compiler's own end, and comparisons.
    CompilerFailed, Failed, "compiler-failed",
        "the compiler failed", "",
        "forms::ends_are_the_compilers_own";
    Verified, Verified, "verified",
        "the compiler's result is the stored one", "",
        "verify::a_right_result_is_compiled_again_and_stays";
    Unreproducible, Verified, "unreproducible",
        "the compiler gives another result each time", "`-frandom-seed` makes link-time code reproducible",
        "verify::results_that_cannot_be_reproduced_are_not_blamed";
    EditedMeanwhile, Verified, "input-changed",
        "a file was changed between the lookup and the compile", "",
        "reasons::an_edit_between_lookup_and_compile";
    VerifyDiffers, Verified, "verify-differs",
        "the compiler's result is another than the stored one", "report it, with the command and the source",
        "verify::every_wrong_part_is_found_reported_and_replaced";
}

impl Reason {
    /// The reason of this code that is given at this moment.
    pub fn of(when: When, code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.when() == when && reason.code() == code)
    }

    /// The reason with what it is about: an option, a path, a variable, an error's text. `what` is recorded and shown to people, so it must
    /// hold no value that could be a secret.
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
    /// What the reason is about: a path, an option. Empty where the reason says all.
    pub about: String,
    /// What was, and what is, where something changed.
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
