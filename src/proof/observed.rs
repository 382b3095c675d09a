//! What was seen of one compile: what it was asked, what it read, wrote and said, and when.

use super::known::KnownHeaders;
use crate::command::Job;
use crate::digest::ContentId;
use crate::disk::stamp::Stamp;
use crate::disk::still::{Before, Span};
use crate::environment::Environment;
use crate::inputs::Answer;
use crate::inputs::search_path::{Dir, IncludePath, What};
use crate::inputs::witness::AskFor;
use crate::outputs::Outputs;
use crate::paths::Place;
use crate::text::WordSet;
use crate::toolchain::{Compiler, habits};
use std::path::PathBuf;

/// A compile that succeeded. Nothing here is a judgement.
pub struct Observed<'a> {
    /// What the compiler was asked for.
    pub job: &'a Job,
    /// The compiler.
    pub compiler: &'a Compiler,
    /// Where the compiler ran.
    pub place: &'a Place,
    /// Where headers were looked for.
    pub include_path: &'a IncludePath,
    /// The variables that the compiler was given.
    pub environment: &'a Environment,
    /// The files that the key rests on, the source first, as they were before the compile.
    pub key_files: &'a [KeyFile],
    /// When the compiler ran.
    pub span: Span,
    /// Which directories were where before the compiler ran.
    pub before: &'a Before,
    /// The system's clock was set back while the compiler ran. A file that was changed after that may look older than the start.
    pub clock_went_back: bool,
    /// Another run wrote to the main output's place meanwhile.
    pub is_shared: bool,
    /// What it left, as it is to be stored.
    pub outputs: Outputs,
    /// The names of the outputs as the command spells them.
    pub names: Vec<Vec<u8>>,
    /// The depfile is kept as its bytes, which name this command's targets and this place's files.
    pub depfile_is_verbatim: bool,
    /// It said nothing on standard error.
    pub is_silent: bool,
    /// The headers that its depfile names, as spelled, without the source.
    pub listed: Vec<Vec<u8>>,
    /// Files among these that are no texts: its depfile names them before the source.
    pub lists: Vec<Vec<u8>>,
    /// The user's depfile leaves out system headers (`-MMD`).
    pub lists_users_alone: bool,
    /// The files that the assembler says it was made to read, as it spells them.
    pub assembled: Vec<Vec<u8>>,
    /// It is known which files the assembler read: it said so (`assembled`), or it never saw the text's own assembly.
    pub is_assembly_known: bool,
    /// What is known of headers of definitions.
    pub known: &'a dyn KnownHeaders,
    /// What the rewriting of the command did for names, in the `relative` mode.
    pub rewriting: Rewriting,
}

impl Observed<'_> {
    /// The depfile names every header. `-MMD` leaves out what lies in system directories, and there may be no such directory.
    pub fn is_listed_whole(&self) -> bool {
        let is_system = |dir: &Dir| dir.system && dir.what != What::Nothing;
        !self.lists_users_alone || !self.include_path.dirs.iter().any(is_system)
    }

    /// The output is assembly in which gcc quotes lines of the source, and says how it was made (`-fverbose-asm`).
    pub fn quotes_lines(&self) -> bool {
        self.job.verbose_assembly && self.compiler.has(habits::VERBOSE_ASSEMBLY)
    }
}

/// A file that the key rests on.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// Its full path.
    pub path: PathBuf,
    /// Its stamp before the compile.
    pub stamp: Stamp,
    /// Its content before the compile.
    pub content: ContentId,
}

/// What the rewriting of a command did for the names of files, in the `relative` mode. Without a rewriting, both are false.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rewriting {
    /// The added prefix maps hold for every word that gives a file's name: `__FILE__`, `__builtin_FILE()`.
    pub maps_names: bool,
    /// No name of a system header depends on the length of the root.
    pub keeps_lengths: bool,
}

/// The compiler's own preprocessor, which can be asked about a compile that has succeeded, see [`crate::inputs::witness`].
pub trait Preprocessor {
    /// Asks. `words` are those that the texts mention. `needles` are names of this place's directories, which are looked for in the
    /// preprocessed text. `None` if the preprocessor may not be asked, was asked already, fails, or is not understood.
    fn ask(&mut self, question: AskFor, words: WordSet, needles: &[Vec<u8>]) -> Option<Answer>;
}
