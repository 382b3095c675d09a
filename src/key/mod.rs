//! The key: what a result depends on, and nothing else.
//!
//! | part | enters the key | why |
//! |---|---|---|
//! | compiler | digest of the toolchain closure, built-in include path rooted | another path to the same bytes compiles the same |
//! | command line | every word in order; source, search directories and prefix maps rooted; depfile requests by what they ask for | see [`Role`] |
//! | layout | which directories of the place lie below those of the command, see [`layout`] | the names of files change with it |
//! | mapped place | where the working directory is, if a prefix map could turn it into something else | the result then holds the place without a spelling of it |
//! | directories of system headers | under gcc, where links lead, and whether that is the shorter way | their canonical names are used where they are shorter |
//! | mode | whether the command is rewritten, and then where the working directory is below the root | results hold relative paths |
//! | environment | the variables of [`crate::toolchain::environment::IN_KEY`] as they are, include path variables rooted | the rest changes nothing |
//! | source | digest of its code (of its bytes, if its language has no comments that nobody reads), and its rooted path, which `__FILE__` and debug data show | |
//! | named files | digest of every file an option names and no depfile lists | |
//! | extra files, namespace | the user's own parts | |
//! | format | the domain string of the hash | results of another format are never found |
//!
//! Left out on purpose: the output's name (unless an output holds a name derived from it, see [`Job::names_output`]), the values of `-MT`,
//! `-MQ` and `-MF` (the depfile is written for this command on a hit), colours (the terminal decides on a hit), times,
//! inodes, user, host, and the place: results that depend on it are told apart by their [`Bound`](crate::proof::Bound).
//!
//! This first key leads to a [manifest](crate::store::manifest), whose candidates name the headers and absences a
//! result depends on. Nothing in this module knows the store.

pub mod fields;
pub mod layout;
pub mod maps;

use crate::command::{DepRequest, Job, Role, Stage};
use crate::digest::{ContentId, Digest, FieldHasher, KeyId};
use crate::environment::Environment;
use crate::inputs::search_path::{Dir, IncludePath};
use crate::paths::{self, Base, Place, Rooted};
use crate::toolchain::{Compiler, environment as variables, habits};
use maps::Maps;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

/// Everything the first key is made of, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInputs {
    /// `PACKER_CC_NAMESPACE`
    pub namespace: String,
    /// The toolchain closure.
    pub compiler: Digest,
    /// The compiler's own include directories, rooted, in order.
    pub builtin_dirs: Vec<Rooted>,
    /// Which search directories are the same, see [`IncludePath::shape`](crate::inputs::search_path::IncludePath::shape).
    pub search_shape: Vec<u8>,
    /// What the source is compiled as.
    pub language: String,
    /// How far.
    pub stage: Stage,
    /// The command line, a field a part.
    pub arguments: Vec<Argument>,
    /// Which directories of the place lie below those of the command, see [`layout`].
    pub layout: Vec<Vec<u8>>,
    /// What prefix maps can make of the place, see `mapped_place`; in the `relative` mode also names that link-time code has of packages in
    /// the home directory.
    pub mapped_place: Vec<Vec<u8>>,
    /// What gcc makes of each directory of system headers that the user names, see `canonical_dir`.
    pub canonical_dirs: Vec<Vec<u8>>,
    /// In the `relative` mode, where the working directory is: the command that is typed is then rewritten by it.
    pub relative: Option<Rooted>,
    /// The names of the roots the user named, in order.
    pub root_names: Vec<String>,
    /// The diagnostics have colours, where that is more than a matter of [`colour`](crate::colour).
    pub coloured: bool,
    /// Variables with their values.
    pub environment: Vec<(String, Vec<u8>)>,
    /// The source's code, or its content where its language has no comments that nobody reads.
    pub source: Digest,
    /// Files that options name and no depfile lists: rooted path and content.
    pub input_files: Vec<(Rooted, ContentId)>,
    /// `PACKER_CC_EXTRA_FILES`, by content.
    pub extra_files: Vec<ContentId>,
}

/// A field of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The part of the command that it is made of, by its number; none for what several parts ask for together.
    pub part: Option<usize>,
    /// What is hashed.
    pub field: Vec<u8>,
}

impl KeyInputs {
    /// Collects the parts: of the command as typed, and as the compiler is asked. `input_files` are those of the parts with [`Role::InputFile`], in order.
    #[expect(clippy::too_many_arguments, reason = "each is one row of the table above")]
    pub fn collect(
        typed: &Job,
        asked: &Job,
        environment: &Environment,
        compiler: &Compiler,
        place: &Place,
        include_path: &IncludePath,
        system_dirs: &[Vec<u8>],
        namespace: &str,
        source: Digest,
        input_files: &[(Vec<u8>, ContentId)],
        extra_files: Vec<ContentId>,
    ) -> Self {
        Self {
            namespace: namespace.to_owned(),
            compiler: compiler.digest,
            builtin_dirs: compiler.builtin_dirs.iter().map(|dir| place.rooted_builtin(dir)).collect(),
            search_shape: include_path.shape(),
            language: typed.language.x_name().to_owned(),
            stage: typed.stage,
            arguments: arguments(typed, place),
            layout: layout::layout(typed, environment, compiler, place),
            mapped_place: mapped_place(asked, compiler, place, environment),
            canonical_dirs: system_dirs.iter().map(|dir| canonical_dir(dir, place)).collect(),
            relative: None,
            root_names: Vec::new(),
            coloured: false,
            environment: environment_fields(environment, place),
            source,
            input_files: input_files.iter().map(|(path, digest)| (place.rooted(path), *digest)).collect(),
            extra_files,
        }
    }

    /// The first key.
    pub fn digest(&self) -> KeyId {
        let mut hasher = FieldHasher::new("packer-cc key 12");
        hasher.field("namespace", self.namespace.as_bytes()).digest("compiler", &self.compiler);
        for dir in &self.builtin_dirs {
            rooted(&mut hasher, "builtin dir", dir);
        }
        hasher.field("search shape", &self.search_shape);
        hasher.field("language", self.language.as_bytes()).field("stage", &[self.stage as u8]);
        for argument in &self.arguments {
            hasher.field("argument", &argument.field);
        }
        for pair in &self.layout {
            hasher.field("layout", pair);
        }
        for path in &self.mapped_place {
            hasher.field("mapped place", path);
        }
        for dir in &self.canonical_dirs {
            hasher.field("canonical dir", dir);
        }
        if let Some(cwd) = &self.relative {
            rooted(&mut hasher, "relative", cwd);
        }
        for name in &self.root_names {
            hasher.field("root name", name.as_bytes());
        }
        if self.coloured {
            hasher.field("coloured", &[]);
        }
        for (name, value) in &self.environment {
            hasher.field(name, value);
        }
        hasher.digest("source", &self.source);
        for (path, digest) in &self.input_files {
            rooted(&mut hasher, "input file", path);
            hasher.digest("content", &digest.0);
        }
        for digest in &self.extra_files {
            hasher.digest("extra file", &digest.0);
        }
        KeyId(hasher.finish())
    }
}

/// How gcc names the headers of a directory of system headers: by its canonical path where that is shorter than the
/// way it is spelled (libcpp, `maybe_shorter_path`). Where links lead, and how long the ways are, then decides about names.
fn canonical_dir(dir: &[u8], place: &Place) -> Vec<u8> {
    let lexical = paths::normal(&paths::join(place.cwd.as_os_str().as_bytes(), dir));
    // What is not there has no headers, and none of its own way.
    let canonical = std::fs::canonicalize(place.cwd.join(paths::path(dir)));
    let canonical = canonical.as_ref().map_or(lexical.as_slice(), |path| path.as_os_str().as_bytes());
    let is_shorter = canonical.len() < dir.len();
    let mut field = vec![u8::from(is_shorter)];
    // `/a/../b/x.h` is called `/b/x.h`, which need not lie in the base of the directory.
    if canonical != lexical || is_shorter && place.rooted(canonical).base != place.rooted(dir).base {
        let rooted = place.rooted(canonical);
        field.push(rooted.base.byte());
        field.extend_from_slice(&rooted.rest);
    }
    field
}

/// Beginnings of the names of system headers that a gcc could shorten, which are relative.
pub fn relative_system_dirs(path: &IncludePath, compiler: &Compiler) -> Vec<Vec<u8>> {
    let is_relative = |dir: &&Dir| dir.system && !dir.builtin && !dir.path.starts_with(b"/");
    let dirs = path.dirs.iter().filter(|_| compiler.has(habits::CANONICAL_HEADERS)).filter(is_relative);
    dirs.map(|dir| paths::join(&dir.path, b"")).collect()
}

/// The same of those directories that are absolute, and may stand elsewhere.
pub fn given_system_dirs(path: &IncludePath, compiler: &Compiler, place: &Place) -> Vec<Vec<u8>> {
    let is_given = |dir: &[u8]| {
        !matches!(place.rooted(dir).base, Base::Absolute | Base::Relative | Base::Toolchain | Base::Builtin(_))
    };
    let dirs = path.dirs.iter().filter(|dir| compiler.has(habits::CANONICAL_HEADERS) && dir.system && !dir.builtin);
    dirs.filter(|dir| is_given(&dir.path)).map(|dir| paths::join(&dir.path, b"")).collect()
}

fn rooted(hasher: &mut FieldHasher, tag: &str, path: &Rooted) {
    hasher.field(tag, &[path.base.byte()]).field("rest", &path.rest);
}

/// Begins the field that tells the output's name. [`Role::tag`] begins those of parts.
const OUTPUT_NAME: u8 = 0xfe;
/// Begins the field that tells what is asked of the depfile.
const DEPFILE: u8 = 0xff;

/// One field a part. Words are separated by a byte that no argument can hold.
fn arguments(job: &Job, place: &Place) -> Vec<Argument> {
    let mut fields = Vec::with_capacity(job.parts.len());
    for (nth, part) in job.parts.iter().enumerate() {
        let value = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
        let mut field = vec![part.role.tag()];
        match part.role {
            Role::Output | Role::Colour => continue,
            // Compilers remark on options that overrule each other, so which were given counts, but not their values.
            Role::Depfile | Role::DepTarget | Role::SideFile => field.extend_from_slice(part.flag.as_bytes()),
            Role::Code => {
                for word in &job.words[part.words.clone()] {
                    field.extend_from_slice(word.as_bytes());
                    field.push(0);
                }
            }
            Role::Source | Role::SearchDir(_) | Role::ForcedInclude | Role::InputFile => {
                let path = place.rooted(value);
                field.extend_from_slice(part.flag.as_bytes());
                field.extend_from_slice(&[0, path.base.byte()]);
                field.extend_from_slice(&path.rest);
            }
            Role::PathText => {
                field.extend_from_slice(part.flag.as_bytes());
                field.push(0);
                field.extend_from_slice(&place.rooted_text(value));
            }
        }
        fields.push(Argument { part: Some(nth), field });
    }
    if job.names_output {
        let name = place.rooted(job.output_name().as_bytes());
        let field = [&[OUTPUT_NAME, name.base.byte()], name.rest.as_slice()].concat();
        fields.push(Argument { part: None, field });
    }
    if let Some(DepRequest { user_only, phony, .. }) = &job.depfile {
        let field = vec![DEPFILE, u8::from(*user_only), u8::from(*phony)];
        fields.push(Argument { part: None, field });
    }
    fields
}

/// A prefix map makes another text of the place, in which nobody finds the place again: `-fdebug-prefix-map=ROOT=/src`
/// turns `ROOT/build` into `/src/build`. Such commands are keyed by
///
/// * where the working directory is below the root, also as `$PWD` spells it;
/// * which bases lie within which others, where a map of the outer one reaches into the inner one;
/// * which of those directories have maps that need not have any, and what those make of them;
/// * the whole place, if a map replaces a part of what leads to it, or of a longer name in the command or the
///   environment, see [`continues_a_name`], or in the way to one of the bases: `/ws` in `/ws-tools/include`.
fn mapped_place(job: &Job, compiler: &Compiler, place: &Place, environment: &Environment) -> Vec<Vec<u8>> {
    let maps = Maps::of(job, compiler.has(habits::LAST_MAP_FIRST));
    let olds: Vec<&[u8]> = maps.olds().collect();
    if olds.is_empty() {
        return Vec::new();
    }
    let named = |path: &[u8]| {
        let rooted = place.rooted(path);
        [&[rooted.base.byte()], rooted.rest.as_slice()].concat()
    };
    let pwd = place.pwd.as_ref().map_or_else(Vec::new, |pwd| named(pwd.as_os_str().as_bytes()));
    let mut fields = vec![named(place.cwd.as_os_str().as_bytes()), pwd];
    let is_free = |base| matches!(base, Base::Given(_) | Base::Cwd | Base::CwdAlias);
    for (base, prefix) in place.bases().filter(|(base, _)| is_free(*base)) {
        fields.extend(maps.news(prefix).map(|new| [&[base.byte()], new].concat()));
    }
    // Those that follow are others.
    fields.push(Vec::new());
    for (base, prefix) in place.bases().filter(|(_, prefix)| maps.reach_into(prefix)) {
        let is_outer = |outer: &[u8]| {
            outer.len() < prefix.len() && prefix.starts_with(outer) && prefix.get(outer.len()) == Some(&b'/')
        };
        if let Some((outer, path)) = place.bases().find(|(_, outer)| is_outer(outer)) {
            fields.push([&[base.byte(), outer.byte()], &prefix[path.len()..]].concat());
        }
    }
    let spellings =
        [place.root_spellings(), place.toolchain_needles(), place.named_needles(), place.given_needles()].concat();
    let takes_a_part = |old: &&[u8]| {
        let rooted = place.rooted(old).base;
        matches!(rooted, Base::Absolute | Base::Relative) && spellings.iter().any(|path| path.starts_with(old))
    };
    let others = job.parts.iter().filter(|part| !part.traits.is_map()).flat_map(|part| &job.words[part.words.clone()]);
    let variables = variables::INCLUDE_PATHS.iter().filter_map(|name| environment.get(name));
    let mut texts = others.map(OsString::as_os_str).chain(variables);
    if olds.iter().any(takes_a_part)
        || place.bases().any(|(_, prefix)| maps.take_a_part_of(prefix))
        || texts.any(|text| olds.iter().any(|old| continues_a_name(text.as_bytes(), old)))
    {
        fields.extend(spellings);
    }
    fields
}

/// Whether `old` stands in `text` as a part of a longer name: compilers map `/ws2/a.h` by `/ws` as well, and nobody can
/// find the place in what that becomes.
pub fn continues_a_name(text: &[u8], old: &[u8]) -> bool {
    !matches!(old.last(), None | Some(b'/'))
        && memchr::memmem::find_iter(text, old)
            .any(|at| text.get(at + old.len()).is_some_and(|next| !b"/=,:; \t\n\"'()".contains(next)))
}

/// Directories with a colon behind each, all rooted.
fn rooted_list(dirs: &[u8], place: &Place) -> Vec<u8> {
    let mut field = Vec::with_capacity(dirs.len());
    for dir in dirs.split(|byte| *byte == b':') {
        let dir = place.rooted(dir);
        field.extend_from_slice(&[0, dir.base.byte()]);
        field.extend_from_slice(&dir.rest);
        field.push(b':');
    }
    field
}

fn environment_fields(environment: &Environment, place: &Place) -> Vec<(String, Vec<u8>)> {
    let plain = variables::IN_KEY
        .iter()
        .filter_map(|name| environment.get(name).map(|value| ((*name).to_owned(), value.as_bytes().to_vec())));
    let directories = variables::INCLUDE_PATHS.iter().filter_map(|name| {
        environment.get(name).map(|value| ((*name).to_owned(), rooted_list(value.as_bytes(), place)))
    });
    // A value that is no date is an error to some compilers, whether or not a date is asked for.
    let is_date = |value: &std::ffi::OsStr| {
        let digits = value.as_bytes();
        // Seconds up to the year 5138; the largest that gcc takes has twelve digits (`MAX_SOURCE_DATE_EPOCH`).
        (1..=11).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
    };
    let odd_date = environment.get(variables::SOURCE_DATE).filter(|value| !is_date(value));
    let odd_date = odd_date.map(|value| (variables::SOURCE_DATE.to_owned(), value.as_bytes().to_vec()));
    plain.chain(directories).chain(odd_date).collect()
}

impl Role {
    /// Tells the roles apart in the key.
    fn tag(self) -> u8 {
        use crate::command::Chain;
        match self {
            Self::Code => 1,
            Self::SearchDir(Chain::Quote) => 2,
            Self::SearchDir(Chain::Angle) => 3,
            Self::SearchDir(Chain::System) => 4,
            Self::SearchDir(Chain::After) => 5,
            Self::SearchDir(Chain::Builtin) => 6,
            Self::ForcedInclude => 7,
            Self::InputFile => 8,
            Self::PathText => 9,
            Self::Source => 10,
            Self::Output => 11,
            Self::Depfile => 12,
            Self::DepTarget => 13,
            Self::Colour => 14,
            Self::SideFile => 15,
        }
    }
}
