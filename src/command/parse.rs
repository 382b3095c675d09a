//! From words to a [`Job`]: walks the tokens once, applies each row's effect, then judges the whole.
//!
//! Reasons have an order. That another thing than a compile is asked for comes first, since then nothing else
//! matters: probes and links pass through with that reason, whatever else they carry. Then the first option that is
//! unknown or not served, then what is wrong with inputs and names.

use self::depfile::DepfileOptions;
use super::grammar::{Assembler, Effect, Instead, PassedOption, Row, Trait, Traits, spelling};
use super::job::{Colour, DepTarget, Job, Part, Role, SideOutput, Stage};
use super::language::Language;
use super::lexer::{self, Token, TokenKind};
use super::sides::{Name, SideKind};
use super::{names, refused, response};
use crate::reason::{Cause, Reason};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

mod depfile;

/// What a command line asks for: jobs, in the order in which the compiler does them. There is always one, and today there are no
/// more: commands of several sources are not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    jobs: Vec<Job>,
}

impl Command {
    /// Its jobs.
    pub fn into_jobs(self) -> impl Iterator<Item = Job> {
        self.jobs.into_iter()
    }
}

/// Understands the arguments after argv\[0\]. `read` gives the content of a response file.
///
/// # Errors
/// The reason why the command is not served.
pub fn parse(args: &[OsString], read: &dyn Fn(&OsStr) -> io::Result<Vec<u8>>) -> Result<Command, Cause> {
    Ok(Command { jobs: vec![parse_job(args, read)?] })
}

/// As [`parse`], of a command that is a single job.
///
/// # Errors
/// The reason why the command is not served.
pub fn parse_job(args: &[OsString], read: &dyn Fn(&OsStr) -> io::Result<Vec<u8>>) -> Result<Job, Cause> {
    let words = response::expand(args, read)?;
    let mut seen = Seen::default();
    for token in lexer::lex(&words)? {
        seen.token(&token);
    }
    seen.judge(words)
}

/// The values of the options among `words` that have a trait, in order. None of `words` is a response file.
pub fn values(words: &[OsString], wanted: Trait) -> Vec<OsString> {
    let tokens = lexer::lex(words).unwrap_or_default();
    let has = |token: &&Token<'_>| matches!(token.kind, TokenKind::Option { row, .. } if row.traits.has(wanted));
    tokens.iter().filter(has).filter_map(|token| token.value.map(OsStr::to_owned)).collect()
}

/// What the walk over the tokens collects.
#[derive(Default)]
struct Seen {
    parts: Vec<Part>,
    /// The first option that cannot be served.
    problem: Option<Cause>,
    instead: Option<Instead>,
    stage: Option<Stage>,
    inputs: Vec<Input>,
    /// The value of the last `-x`, unless it was `none`.
    language: Option<OsString>,
    output: Option<OsString>,
    depfile: DepfileOptions,
    /// The side files that are asked for, with the values of the options.
    sides: Vec<(SideKind, Option<OsString>)>,
    debug: bool,
    /// Why the assembler's own option for debug data cannot be served in another language.
    assembler_debug: Option<Cause>,
    opaque: bool,
    lto: bool,
    profile: bool,
    missing_dirs: bool,
    verbose_assembly: bool,
    other_assembler: bool,
    colour: Option<Colour>,
}

/// Why an option is refused because of its value.
fn refused_value(token: &Token, why: &'static str) -> Cause {
    let mut typed = token.flag.to_owned();
    if token.words.len() > 1 {
        typed.push(" ");
    }
    typed.push(token.value.unwrap_or_default());
    refused::unserved(typed, why)
}

/// An input with the `-x` that governs it.
struct Input {
    path: OsString,
    language: Option<OsString>,
}

impl Input {
    fn is_header(&self) -> bool {
        self.language
            .as_ref()
            .map_or_else(|| Language::is_header_path(&self.path), |name| Language::is_header_name(name))
    }
}

impl Seen {
    fn token(&mut self, token: &Token) {
        match token.kind {
            TokenKind::Input => {
                let path = token.value.unwrap_or_default().to_owned();
                self.inputs.push(Input { path, language: self.language.clone() });
                self.part(token, Role::Source, None);
            }
            TokenKind::Unknown => self.refuse(refused::unknown(token.flag)),
            TokenKind::Option { row, negated } => match row.role {
                None => self.refuse(refused::unserved(token.flag, row.why)),
                Some(role) => {
                    self.part(token, role, Some((row, negated)));
                    if matches!(role, Role::SearchDir(_)) {
                        self.directory(token);
                    }
                    self.effect(token, row, negated);
                }
            },
        }
    }

    fn part(&mut self, token: &Token, role: Role, option: Option<(&Row, bool)>) {
        self.parts.push(Part {
            role,
            flag: token.flag.to_owned(),
            value: token.value.map(OsStr::to_owned),
            words: token.words.clone(),
            identity: option.is_some_and(|(row, _)| row.identity),
            negated: option.is_some_and(|(_, negated)| negated),
            traits: option.map_or(Traits::NONE, |(row, _)| row.traits),
        });
    }

    fn refuse(&mut self, problem: Cause) {
        self.problem.get_or_insert(problem);
    }

    /// Refuses an option because of its value.
    fn refuse_value(&mut self, token: &Token, why: &'static str) {
        self.refuse(refused_value(token, why));
    }

    fn effect(&mut self, token: &Token, row: &Row, negated: bool) {
        let value = token.value.unwrap_or_default();
        match row.effect {
            Effect::Directory if value.is_empty() => self.refuse_value(token, "the directory is empty"),
            Effect::None | Effect::Directory => {}
            Effect::Stage(stage) => {
                if self.stage.is_some_and(|other| other != stage) {
                    self.refuse(refused::unserved(token.flag, "stands beside an option that asks for another output"));
                }
                self.stage = Some(stage);
            }
            Effect::Instead(instead) => {
                self.instead = Some(self.instead.map_or(instead, |other| other.min(instead)));
            }
            Effect::Output => self.output(token, value),
            Effect::Language => self.language = (value != "none").then(|| value.to_owned()),
            Effect::DepAll => self.depfile.all = true,
            Effect::DepUser => self.depfile.user = true,
            Effect::DepPhony => self.depfile.phony = true,
            Effect::DepFile => self.depfile.file = Some(value.to_owned()),
            Effect::DepTarget { quote } => self.depfile.targets.push(DepTarget { quote, name: value.to_owned() }),
            Effect::Debug(on) => self.debug = on,
            Effect::Opaque => self.opaque |= !negated,
            Effect::Lto => self.lto = !negated,
            Effect::Profile => self.profile |= !negated,
            // Compilers differ about which of both words counts; whether the file is written is seen after the run.
            Effect::Side(_) if negated => {}
            Effect::Side(kind) => self.side(token, kind),
            // That a `-Wno-…` takes it back is not looked for: it would be one input too many.
            Effect::MissingDirs => self.missing_dirs = true,
            Effect::VerboseAssembly => self.verbose_assembly = !negated,
            Effect::Colour => self.colour = Some(if negated { Colour::Never } else { Colour::Always }),
            Effect::ColourOff => self.colour = Some(Colour::Never),
            Effect::ColourWhen => match value.as_bytes() {
                b"always" => self.colour = Some(Colour::Always),
                b"never" => self.colour = Some(Colour::Never),
                b"auto" => self.colour = Some(Colour::Auto),
                _ => self.refuse_value(token, "no such time for colours"),
            },
            Effect::Machine => self.machine(token.flag),
            Effect::OneOf(values) => {
                if token.value.is_some() && !values.iter().any(|harmless| value == *harmless) {
                    self.refuse_value(token, row.why);
                }
            }
            Effect::PassPreprocessor => self.pass_preprocessor(token, value),
            Effect::PassAssembler => self.pass_assembler(token, value),
            Effect::OwnAssembler => self.other_assembler |= negated,
            Effect::OtherAssembler => self.other_assembler = true,
        }
    }

    fn side(&mut self, token: &Token, kind: SideKind) {
        let value = if kind.side().name == Name::Value { token.value } else { None };
        match value.map(OsStr::as_bytes) {
            Some(b"") => self.refuse(refused::dangling(token.flag)),
            Some(b"-") => self.refuse(Reason::OutputIsStream.into()),
            _ => self.sides.push((kind, value.map(OsStr::to_owned))),
        }
    }

    fn output(&mut self, token: &Token, value: &OsStr) {
        if value.is_empty() {
            self.refuse(refused::dangling(token.flag));
        } else if value == "-" {
            self.refuse(Reason::OutputIsStream.into());
        } else if self.output.is_some() {
            self.refuse_value(token, "several outputs are named");
        }
        self.output = Some(value.to_owned());
    }

    /// `-I=dir` and `-I$SYSROOT/dir` are below the sysroot (GCC manual, "Options for Directory Search").
    fn directory(&mut self, token: &Token) {
        let value = token.value.unwrap_or_default().as_bytes();
        if value.starts_with(b"=") || value.starts_with(b"$SYSROOT") {
            self.refuse_value(token, "the directory is relative to the sysroot");
        }
    }

    /// `-mcpu=help` prints a list.
    fn machine(&mut self, flag: &OsStr) {
        let bytes = flag.as_bytes();
        let Some(equals) = memchr::memchr(b'=', bytes) else { return };
        let value = &bytes[equals + 1..];
        if matches!(value, b"help" | b"?") {
            self.instead = Some(Instead::Query);
        }
    }

    /// What the compiler proper is told behind the driver's back: `-Wp,-MD,FILE` asks for a depfile, `-Wp,-MT,TARGET`
    /// names its target, `-Wp,-DX=1,-UY` defines macros.
    ///
    /// gcc passes every piece on. clang takes `-Wp,-MD,FILE` for `-MD -MF FILE`, as long as nothing else stands in the
    /// word, and passes on other words, of which its compiler proper knows neither `-MF` nor `-MQ`.
    fn pass_preprocessor(&mut self, token: &Token, value: &OsStr) {
        const UNKNOWN: &str = "of preprocessor options only depfiles and macros are understood";
        let mut pieces = value.as_bytes().split(|&byte| byte == b',');
        let count = pieces.clone().count();
        let (mut targets_only, mut asks) = (true, None);
        while let Some(piece) = pieces.next() {
            let owned = |value: &[u8]| OsStr::from_bytes(value).to_owned();
            match PassedOption::judge(piece, &mut pieces) {
                None => return self.refuse_value(token, UNKNOWN),
                Some(PassedOption::Query) => {
                    self.instead = Some(Instead::Query);
                    return;
                }
                Some(PassedOption::Macro) => targets_only = false,
                Some(PassedOption::Phony) => {
                    targets_only = false;
                    self.depfile.phony = true;
                }
                Some(PassedOption::Depfile { user_only, file }) => {
                    if self.depfile.passed.is_some() {
                        self.refuse_value(token, "several depfiles are named");
                    }
                    self.depfile.gcc_only |= count != 2;
                    self.depfile.passed = Some((owned(file), user_only));
                    asks = Some(piece);
                }
                Some(PassedOption::File(file)) => {
                    self.depfile.gcc_only = true;
                    self.depfile.passed_file = Some(owned(file));
                    targets_only = false;
                }
                Some(PassedOption::Target { quote, name }) => {
                    self.depfile.gcc_only |= quote;
                    self.depfile.passed_targets.push(DepTarget { quote, name: owned(name) });
                }
            }
        }
        let Some(part) = self.parts.last_mut() else { return };
        match asks {
            // In any other word the names count, which is more than needed.
            Some(mode) if count == 2 => {
                part.role = Role::Depfile;
                part.flag = OsString::from_vec([token.flag.as_bytes(), mode, b","].concat());
                part.value = Some(OsStr::from_bytes(&value.as_bytes()[mode.len() + 1..]).to_owned());
            }
            None if targets_only => part.role = Role::DepTarget,
            _ => {}
        }
    }

    /// Judges each piece; `--defsym` takes the next one along.
    fn pass_assembler(&mut self, token: &Token, value: &OsStr) {
        let mut pieces = value.as_bytes().split(|&byte| byte == b',');
        while let Some(piece) = pieces.next() {
            if piece == Assembler::DEFINE && pieces.next().is_some() {
                continue;
            }
            match Assembler::judge(piece) {
                Some(Assembler::Harmless) => {}
                Some(Assembler::Debug) => {
                    let why = "the assembler then writes down the temporary file that the compiler gives it";
                    self.debug = true;
                    self.assembler_debug = Some(refused_value(token, why));
                }
                Some(Assembler::Query) => self.instead = Some(Instead::Query),
                None => {
                    self.refuse_value(token, "the assembler option is not known to be harmless");
                    return;
                }
            }
        }
    }

    fn judge(mut self, words: Vec<OsString>) -> Result<Job, Cause> {
        if let Some(instead) = self.instead {
            let reason = match instead {
                Instead::Query => Reason::NotACompile,
                Instead::Preprocess => Reason::PreprocessOnly,
                Instead::Dependencies => Reason::DependenciesOnly,
                Instead::Syntax => Reason::SyntaxOnly,
            };
            return Err(reason.into());
        }
        let Some(stage) = self.stage else {
            let header = self.inputs.iter().find(|input| input.is_header());
            return Err(
                header.map_or_else(|| Reason::NotACompile.into(), |input| Reason::HeaderCompiled.about(&input.path))
            );
        };
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        let (source, language, language_explicit) = self.source()?;
        if let Some(problem) = self.assembler_debug.take().filter(|_| !language.is_assembler()) {
            return Err(problem);
        }
        if stage == Stage::Assembly && language.is_assembler() {
            return Err(Reason::NotACompile.into());
        }
        let depfile = std::mem::take(&mut self.depfile).request(language)?;
        if names::is_ambiguous(&source) && (self.output.is_none() || depfile.is_some()) {
            return Err(Reason::AmbiguousName.about(&source));
        }
        let side_outputs = self.side_outputs(&source, language, stage)?;
        let is_derived = |side: &SideOutput| side.kind.side().name != Name::Value;
        let derives =
            side_outputs.iter().any(is_derived) || depfile.as_ref().is_some_and(|request| request.file.is_none());
        if let Some(output) = self.output.as_ref().filter(|output| derives && names::is_ambiguous(output)) {
            return Err(Reason::AmbiguousName.about(output));
        }
        let sides = || self.sides.iter().map(|(kind, _)| kind.side());
        let names_output = self.profile || sides().any(|side| side.names_output);
        let opaque = self.opaque || self.profile || sides().any(|side| side.hides_place);
        Ok(Job {
            words,
            parts: self.parts,
            source,
            language,
            language_explicit,
            stage,
            output: self.output,
            depfile,
            side_outputs,
            names_output,
            debug: self.debug,
            opaque,
            lto: self.lto,
            missing_dirs: self.missing_dirs,
            verbose_assembly: self.verbose_assembly && stage == Stage::Assembly,
            colour: self.colour,
        })
    }

    /// The one source, its language, and whether `-x` said so.
    fn source(&mut self) -> Result<(OsString, Language, bool), Cause> {
        if self.inputs.iter().any(|input| input.path == "-") {
            return Err(Reason::SourceIsStream.into());
        }
        let input = match (self.inputs.pop(), self.inputs.is_empty()) {
            (None, _) => return Err(Reason::NoSource.into()),
            (Some(_), false) => return Err(Reason::SeveralSources.into()),
            (Some(input), true) => input,
        };
        if input.is_header() {
            return Err(Reason::HeaderCompiled.about(&input.path));
        }
        let (language, said) = match &input.language {
            Some(name) => (Language::from_name(name), name),
            None => (Language::from_path(&input.path), &input.path),
        };
        let language = language.ok_or_else(|| Reason::Language.about(said))?;
        Ok((input.path, language, input.language.is_some()))
    }

    fn side_outputs(&self, source: &OsStr, language: Language, stage: Stage) -> Result<Vec<SideOutput>, Cause> {
        let mut kinds: Vec<SideKind> = self.sides.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.contains(&SideKind::SplitDwarf) {
            self.check_split_dwarf(stage)?;
        }
        let by_value = |kind: &&SideKind| kind.side().name == Name::Value;
        if let Some(kind) = kinds.iter().find(by_value).filter(|_| language.is_assembler() || self.other_assembler) {
            // `clang: warning: argument unused during compilation: '--serialize-diagnostics a.dia'`
            let option = spelling(Effect::Side(*kind));
            return Err(refused::unserved(option, "clang tells the file's name where it starts an assembler"));
        }
        kinds.retain(|kind| kind.side().of_assembler || !language.is_assembler());
        let output = names::derived_output(self.output.as_deref(), source, stage);
        let value = |kind| self.sides.iter().rfind(|(other, _)| *other == kind).and_then(|(_, value)| value.as_deref());
        let side = |kind| SideOutput { kind, name: names::side_name(&output, kind, value(kind)) };
        Ok(kinds.into_iter().map(side).collect())
    }

    /// What `-gsplit-dwarf` does not stand beside.
    ///
    /// - `-S`: gcc writes no `.dwo` then, clang an empty one in the working directory, whatever `-o` says.
    /// - Without `-o`, clang puts `-fdebug-compilation-dir=` right before the file's name.
    /// - With clang's `-fno-integrated-as` another program splits the object, if there is debug information; the
    ///   compiler's identity, asked without `-g`, does not see it.
    fn check_split_dwarf(&self, stage: Stage) -> Result<(), Cause> {
        let unserved = |why| Err(refused::unserved(spelling(Effect::Side(SideKind::SplitDwarf)), why));
        if stage == Stage::Assembly {
            return unserved("stands beside -S, and compilers differ about the .dwo file");
        }
        if self.output.is_none() && self.parts.iter().any(|part| part.has(Trait::CompilationDir)) {
            return unserved("the .dwo file's name depends on the compilation directory that is named");
        }
        if self.other_assembler {
            return unserved("stands beside -fno-integrated-as, which uses a program that is not identified");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
