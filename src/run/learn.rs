//! After a miss: what the compile read and wrote, whether that can be trusted, and storing it.

use super::judge::{Asking, Judge};
use super::prepare::Input;
use super::{Prepared, compile::Compile};
use crate::bounded;
use crate::command::{Role, Stage};
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::disk::still::Still;
use crate::environment::Environment;
use crate::inputs::disk::Texts;
use crate::inputs::search_path::IncludePath;
use crate::inputs::{self, Compiled, Problem};
use crate::lookup::Permit;
use crate::outputs::template as depfile;
use crate::paths;
use crate::proof::binding;
use crate::proof::opaque;
use crate::store::entry::{self, Entry, Part};
use crate::text::WordSet;
use crate::toolchain::Family;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Why a result was not stored: a counter in the statistics and what it is about.
pub struct Unstored {
    pub code: &'static str,
    pub detail: String,
}

impl From<Problem> for Unstored {
    fn from(problem: Problem) -> Self {
        unstored(problem.code(), problem.path())
    }
}

/// See [`Unstored`].
pub fn unstored(code: &'static str, about: impl AsRef<[u8]>) -> Unstored {
    Unstored { code, detail: String::from_utf8_lossy(about.as_ref()).into_owned() }
}

/// Stores the result of a compile, if everything it depends on is known and stood still.
pub fn store(
    prepared: &Prepared,
    compile: &Compile,
    memo: &mut Memo,
    permit: Permit<'_>,
    environment: &Environment,
    asking: &mut Asking<'_>,
) -> Result<(), Unstored> {
    if compile.clock_went_back {
        return Err(unstored("clock-went-back", b""));
    }
    memo.look_again();
    let main = output(prepared, compile, &prepared.output)?;
    // In the `relative` mode what was left for the user names other paths than the compiler was given.
    let left = match &prepared.depfile {
        Some(name) => Some(output(prepared, compile, name)?),
        None => None,
    };
    let depfile = [&compile.depfile, &left, &compile.own_depfile].into_iter().flatten().next().cloned();
    let listed = match &depfile {
        Some(text) => listed(prepared, text)?,
        None => Vec::new(),
    };
    let source = prepared.invocation.source.as_bytes();
    let forced: Vec<Vec<u8>> = values(prepared, Role::ForcedInclude);
    let assembled = match &compile.assembler_depfile {
        Some(text) => {
            crate::outputs::depfile::names(text).ok_or_else(|| unstored("assembler-depfile-unreadable", b""))?
        }
        None => Vec::new(),
    };
    let own_dirs = inputs::own_dirs(&prepared.include_path, &prepared.place.cwd);
    let compiled = Compiled {
        source,
        listed: &listed,
        complete: !prepared.lists_users_alone() || !prepared.has_system_dirs(),
        forced: &forced,
        assembled: &assembled,
        defines: &defines(prepared),
        driver_macros: &prepared.compiler.driver_macros,
        path: &prepared.include_path,
        // What is not preprocessed reads no predefined header.
        family: if prepared.invocation.language.runs_preprocessor() { prepared.compiler.family } else { Family::Clang },
        answer: None,
        own_dirs: &own_dirs,
    };
    // Assembly output is not assembled, and an assembler that tells what it read needs no guessing.
    let assembly_known = compile.assembler_depfile.is_some()
        || prepared.invocation.stage == Stage::Assembly
        || prepared.invocation.lto && opaque::is_link_time_only(&main);
    let mut judge =
        Judge { prepared, compile, memo, environment, asking, compiled, assembly_known, texts: Texts::default() };
    let mut read = judge.read(&main)?;

    let silent = compile.finished.stderr.is_empty();
    if read.words.intersects(WordSet::LINE) && !silent {
        return Err(unstored("line-directive", b"the diagnostics show a file that is not tracked"));
    }
    if prepared.invocation.verbose_assembly && prepared.compiler.family == Family::Gcc {
        // `# parser.y:12: a line of parser.y`
        if read.words.intersects(WordSet::LINE) {
            return Err(unstored("line-directive", b"the assembly quotes a file that is not tracked"));
        }
        if memchr::memmem::find(&main, USUAL_MEMORY).is_none() {
            return Err(unstored("verbose-assembly", b"it tells of the memory of this machine"));
        }
    }
    if read.words.intersects(WordSet::ESCAPE) && !silent {
        return Err(unstored("escape-in-text", b"the diagnostics may show it"));
    }

    let mut entry = Entry { compile_us: compile.took_us, parts: vec![(Part::Main, main)] };
    let mut named = false;
    if let Some(text) = left {
        let known = depfile::read(&text, prepared.compiler.family, &prepared.depfile_targets());
        // Of a form that is not known the bytes belong to this place and these names.
        named = known.is_none();
        entry.parts.push(match known {
            Some((known, layout)) => (Part::DepfileNames, depfile::template(&known, layout, &prepared.place)),
            None => (Part::DepfileBytes, text),
        });
    }
    for ((part, name), before) in prepared.side_outputs().zip(&compile.sides_before) {
        if let Some(content) = side_output(prepared, compile, name, before.as_ref())? {
            entry.parts.push((part, content));
        }
    }
    for (part, text) in [(Part::Stdout, &compile.finished.stdout), (Part::Stderr, &compile.finished.stderr)] {
        if !text.is_empty() {
            // Where no template can be made, or a path ends a word, the scan for the place binds the result.
            let kept = prepared.place.template(text).ok_or_else(|| unstored("binary-diagnostics", b""))?;
            entry.parts.push((part, kept));
        }
    }
    let mut bound = judge.bound(&mut read, &entry)?;
    stood_still(prepared, compile, judge.memo, environment)?;
    if named {
        bound.0 |= binding::NAMES;
    }
    // clang names the code for other devices by the device and the inode of its source.
    if prepared.compiler.family == Family::Clang
        && entry.part(Part::Main).is_some_and(|main| memchr::memmem::find(main, b"__omp_offloading_").is_some())
    {
        return Err(unstored("openmp-offload", b"it holds the inode of its source"));
    }
    if compile.company.take().is_some_and(|company| !company.leave()) {
        return Err(unstored("output-shared", prepared.output.as_bytes()));
    }
    permit.commit(&entry, read, bound).map_err(|error| unstored("store-error", error.to_string()))
}

/// What gcc writes into verbose assembly of the memory that most machines have.
const USUAL_MEMORY: &[u8] = b"GGC heuristics: --param ggc-min-expand=100 --param ggc-min-heapsize=131072\n";

/// Whether this compile wrote the file.
pub fn is_written(prepared: &Prepared, compile: &Compile, name: &OsStr) -> bool {
    let stamp = Stamp::of_link(&prepared.path(name));
    stamp.is_ok_and(|stamp| stamp.is_file() && stamp.latest_ns() >= compile.span.started_ns)
}

/// An output that this compile wrote.
fn output(prepared: &Prepared, compile: &Compile, name: &OsStr) -> Result<Vec<u8>, Unstored> {
    let path = prepared.path(name);
    if !is_written(prepared, compile, name) {
        return Err(unstored("output-missing", name.as_bytes()));
    }
    let read = || {
        let before = Stamp::of_link(&path)?;
        let (file, len) = bounded::open(&path)?;
        let bytes = bounded::contents(&file, len, entry::CONTENT_LIMIT)?;
        io::Result::Ok((before, Stamp::of_file(&file)?, bytes))
    };
    let (before, stamp, bytes) = read().map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => unstored("output-too-large", name.as_bytes()),
        _ => unstored("output-missing", name.as_bytes()),
    })?;
    // Somebody else may be writing to the same place.
    if before == stamp && stamp.size == bytes.len() as u64 {
        Ok(bytes)
    } else {
        Err(unstored("output-changed", name.as_bytes()))
    }
}

/// A side output, if this compile wrote it. What stood there before and was left alone is no output of its.
fn side_output(
    prepared: &Prepared,
    compile: &Compile,
    name: &OsStr,
    before: Option<&Stamp>,
) -> Result<Option<Vec<u8>>, Unstored> {
    let now = Stamp::of_link(&prepared.path(name)).ok();
    match (before, now) {
        (None, None) => Ok(None),
        (Some(before), Some(now)) if *before == now && now.latest_ns() < compile.span.started_ns => Ok(None),
        _ => output(prepared, compile, name).map(Some),
    }
}

/// All files a depfile names, as the compiler spells them.
pub fn all_listed(prepared: &Prepared, text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let targets = if prepared.depfile.is_some() { prepared.compiler_targets() } else { Vec::new() };
    crate::outputs::depfile::parse(text, &targets)
        .map(|depfile| depfile.names)
        .or_else(|| crate::outputs::depfile::names(text))
}

/// The headers a depfile names, without the source.
fn listed(prepared: &Prepared, text: &[u8]) -> Result<Vec<Vec<u8>>, Unstored> {
    let mut names = all_listed(prepared, text).ok_or_else(|| unstored("depfile-unreadable", b""))?;
    if let Some(relative) = &prepared.relative {
        names = names.into_iter().map(|name| relative.here(name)).collect();
    }
    let source = paths::without_dot_slash(prepared.invocation.source.as_bytes());
    // clang names the lists of its sanitizers before it.
    match names.iter().position(|name| name == source) {
        Some(at) => Ok(names[..at].iter().chain(&names[at + 1..]).cloned().collect()),
        None => Err(unstored("depfile-unreadable", b"it does not name the source")),
    }
}

/// The macros of the command line as the lines they stand for (GCC manual, "-D").
fn defines(prepared: &Prepared) -> Vec<u8> {
    let mut text = Vec::new();
    for part in &prepared.invocation.parts {
        let flag = part.flag.as_bytes();
        let value = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
        // Also behind `-Wp,` and `-Xpreprocessor`, which hold whole options; each begins what could be one.
        let found: Vec<&[u8]> = if flag == b"-D" {
            vec![value]
        } else {
            memchr::memmem::find_iter(value, b"-D").map(|at| &value[at + 2..]).collect()
        };
        for found in found {
            let at = memchr::memchr(b'=', found).unwrap_or(found.len());
            text.extend_from_slice(b"#define ");
            text.extend_from_slice(&found[..at]);
            text.push(b' ');
            text.extend_from_slice(found.get(at + 1..).unwrap_or(b"1"));
            text.push(b'\n');
        }
    }
    text
}

fn values(prepared: &Prepared, role: Role) -> Vec<Vec<u8>> {
    let parts = prepared.invocation.parts.iter().filter(|part| part.role == role);
    parts.filter_map(|part| part.value.as_ref()).map(|value| value.as_bytes().to_vec()).collect()
}

/// What was hashed into the key before the compile is what the compiler read, and the compiler was the one that was
/// asked for.
fn stood_still(
    prepared: &Prepared,
    compile: &Compile,
    memo: &mut Memo,
    environment: &Environment,
) -> Result<(), Unstored> {
    let changed = |path: &Path| unstored("input-changed", path.as_os_str().as_bytes());
    let cwd = &prepared.place.cwd;
    let mut still = Still::new(cwd, compile.span, &compile.before);
    if !still.is_here() {
        return Err(changed(cwd));
    }
    // What stood in the places of the search path is in the key.
    let path = IncludePath::of(&prepared.invocation, environment, &prepared.compiler, cwd);
    if path.shape() != prepared.include_path.shape() {
        return Err(changed(cwd));
    }
    if let Some(dir) = path.told_missing().find(|dir| !still.is_missing(dir)) {
        return Err(changed(paths::path(dir)));
    }
    let source = prepared.path(&prepared.invocation.source);
    let (stamp, digest) = prepared.source;
    let source = Input { path: source, stamp, digest };
    for Input { path, stamp, digest } in [&source].into_iter().chain(&prepared.inputs) {
        let (dir, name) = (path.parent().unwrap_or(cwd), path.file_name().unwrap_or_default());
        // Older than the start, the same as when it was hashed, and reached the same way.
        let stood = !compile.span.holds(stamp.ctime_ns)
            && memo.digest(path).is_ok_and(|now| now == (*stamp, *digest))
            && still.link(dir.as_os_str().as_bytes(), name.as_bytes());
        if !stood {
            return Err(changed(path));
        }
    }
    prepared
        .compiler
        .evidence
        .stood_still(environment, cwd, compile.span, memo)
        .map_err(|path| unstored("compiler-changed", path.as_os_str().as_bytes()))
}
