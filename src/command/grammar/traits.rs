//! What an option is to the code behind the parser, beyond its role and its effect.

/// One property of an option. It holds for the `-fno-` spelling as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Trait {
    /// `-c`, `-S`: says how far the compile goes.
    Stage,
    /// `-DX=1`: defines a macro.
    Defines,
    /// `-MF FILE`: its value names the depfile.
    NamesDepfile,
    /// `-B DIR`: the driver looks there for programs.
    ProgramPrefix,
    /// `--target=TRIPLE`
    Target,
    /// `-fms-extensions`: headers may be searched by Microsoft's rules.
    MicrosoftRules,
    /// `-fdebug-prefix-map=OLD=NEW`: a prefix map that reaches debug data.
    MapsDebug,
    /// `-fmacro-prefix-map=OLD=NEW`: a prefix map that reaches `__FILE__`.
    MapsMacros,
    /// `-fprofile-prefix-map=OLD=NEW`: a prefix map that reaches the names of profiles.
    MapsProfiles,
    /// `-fcoverage-prefix-map=OLD=NEW`: a prefix map that reaches clang's coverage data.
    MapsCoverage,
    /// `-fdebug-compilation-dir=DIR`: the working directory that debug data is told.
    CompilationDir,
    /// `-fprofile-exclude-files=REGEX`: its value is compared with the names of files.
    ComparesNames,
    /// `-nostdinc`, `--sysroot=DIR`: built-in headers are found elsewhere or under other names.
    MovesHeaders,
    /// `-fcanonical-system-headers`: system headers are called by the shorter of two names.
    CanonicalHeaders,
    /// `-Wshadow-header`: a compiler may look for headers behind the directory in which one is found.
    LooksForShadows,
    /// `-std=c11`, `-mcpu=…`: its value is a word of the compiler's own, and no secret.
    Vocabulary,
    /// `-Wdocumentation`, `-g3`: comments are read, judged or shown.
    MindsComments,
    /// `-Wunused-macros`: to ask for a macro is to use it.
    MindsUse,
    /// `-std=c11`: says which version of a language is meant.
    Standard,
    /// `-std=c89`: a version of C without `//`.
    OldStandard,
    /// `-gdwarf-5`: says which kind of debug data is meant.
    DebugFormat,
    /// `-gdwarf-4`: debug data without sums of the sources.
    OldDebugFormat,
    /// `-fanalyzer`: diagnostics are laid out by their bytes, those of colours included.
    Analyzes,
    /// `-fdiagnostics-absolute-paths`: diagnostics spell names of files in a way of their own.
    RespellsNames,
    /// `-frandom-seed=SEED`: what would differ by chance from compile to compile is made of the seed.
    RandomSeed,
}

/// A set of [`Trait`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traits(u32);

impl Traits {
    /// No trait.
    pub const NONE: Self = Self(0);
    /// The kinds of output that prefix maps reach.
    pub const MAPS: [Trait; 4] = [Trait::MapsDebug, Trait::MapsMacros, Trait::MapsProfiles, Trait::MapsCoverage];

    /// These and one more.
    #[must_use]
    pub const fn and(self, one: Trait) -> Self {
        Self(self.0 | 1 << one as u16)
    }

    /// Whether `one` is among them.
    pub const fn has(self, one: Trait) -> bool {
        self.0 & 1 << one as u16 != 0
    }

    /// The option is a prefix map, of whatever kind.
    pub fn is_map(self) -> bool {
        Self::MAPS.into_iter().any(|kind| self.has(kind))
    }
}
