//! The words that packer-cc itself gives to compilers: what it adds to a compile, and what it asks.
//!
//! None of what is added changes an output. gcc leaves `-M` options out of `DW_AT_producer` (`gen_command_line_string` in its
//! `opts.cc`), and tests compare objects compiled with and without.

/// Writes a depfile with all headers to the file that is named behind (GCC manual, "-MD").
pub const DEPFILE: [&str; 2] = ["-MD", "-MF"];
/// Has GNU `as` tell every file that it was made to include; the file's name follows (binutils, "Invoking as", `--MD`).
pub const ASSEMBLER_DEPFILE: &str = "-Wa,--MD,";
/// What a compiler says of an assembler that does not know [`ASSEMBLER_DEPFILE`].
pub const ASSEMBLER_DEPFILE_OPTION: &[u8] = b"--MD";
/// Colours in diagnostics, from gcc 4.9 on and in clang (GCC manual, "-fdiagnostics-color").
pub const COLOUR: &str = "-fdiagnostics-color=always";

/// Preprocesses, shows the include directives that were followed, and warns of nothing (GCC manual, "-dI").
pub const PREPROCESS: [&str; 3] = ["-E", "-dI", "-w"];
/// Follows directives and expands nothing else (GCC manual, "-fdirectives-only").
pub const DIRECTIVES_ONLY: &str = "-fdirectives-only";

/// The prefix map that reaches every kind of output (GCC manual, "-ffile-prefix-map").
pub const MAP_ALL: &str = "-ffile-prefix-map=";
/// The one that reaches debug data.
pub const MAP_DEBUG: &str = "-fdebug-prefix-map=";
/// The one that reaches `__FILE__`.
pub const MAP_MACROS: &str = "-fmacro-prefix-map=";
/// What a compiler says of a prefix map that it does not know.
pub const MAP: &[u8] = b"-prefix-map";
/// Leaves the command line out of debug data, and prefix maps with it.
pub const NO_RECORD: &str = "-gno-record-gcc-switches";
/// What a compiler says of [`NO_RECORD`] if it does not know it.
pub const RECORD: &[u8] = b"record-gcc-switches";
/// System headers are called by the names that they are found by (GCC manual, "Preprocessor Options").
pub const NOT_CANONICAL: &str = "-fno-canonical-system-headers";
/// Moves gcc's own headers to the directory that is named behind, with a slash at its end (GCC manual, "-iprefix").
pub const PREFIX: &str = "-iprefix";

/// Shows the commands that a driver would start (GCC manual, "-###").
pub const SHOW_COMMANDS: &str = "-###";
/// Compiles to an object that is thrown away.
pub const COMPILE_TO_NOWHERE: [&str; 3] = ["-c", "-o", "/dev/null"];
/// Shows where a gcc is installed and looks for programs (GCC manual, "Developer Options").
pub const SEARCH_DIRS: &str = "-print-search-dirs";
/// The language of the source is named behind.
pub const LANGUAGE: &str = "-x";
/// Preprocesses, and shows the include path.
pub const SHOW_INCLUDE_PATH: [&str; 2] = ["-v", "-E"];
/// The output is named behind.
pub const OUTPUT: &str = "-o";
/// Writes all macros to standard output.
pub const SHOW_MACROS: [&str; 2] = ["-", "-dM"];
