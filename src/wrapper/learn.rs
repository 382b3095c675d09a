//! After a miss: what the compile read and wrote, whether that can be trusted, and storing it.

use super::prepare::Input;
use super::relative::Rewritten;
use super::{Prepared, compile::Compile, depfile};
use crate::bounded;
use crate::compiler::{Family, environment as variables};
use crate::environment::Environment;
use crate::invocation::{Part as Word, Role, Stage};
use crate::key;
use crate::key::binding::{self, Bound, Evidence};
use crate::key::headers::{self, Compiled, Headers};
use crate::key::include_path::IncludePath;
use crate::key::maps::Maps;
use crate::key::opaque;
use crate::key::scan;
use crate::key::still::Still;
use crate::lookup::Permit;
use crate::memo::Memo;
use crate::paths::{self, Base};
use crate::stamp::Stamp;
use crate::store::entry::{self, Entry, Part};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

/// Why a result was not stored: a counter in the statistics and what it is about.
pub struct Unstored {
    pub code: &'static str,
    pub detail: String,
}

fn unstored(code: &'static str, about: impl AsRef<[u8]>) -> Unstored {
    Unstored { code, detail: String::from_utf8_lossy(about.as_ref()).into_owned() }
}

/// Stores the result of a compile, if everything it depends on is known and stood still.
pub fn store(
    prepared: &Prepared,
    compile: &Compile,
    memo: &mut Memo,
    permit: Permit<'_>,
    environment: &Environment,
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
        Some(text) => crate::depfile::names(text).ok_or_else(|| unstored("assembler-depfile-unreadable", b""))?,
        None => Vec::new(),
    };
    let compiled = Compiled {
        source,
        listed: &listed,
        complete: prepared.depfile.is_none()
            || prepared.invocation.depfile.as_ref().is_none_or(|request| !request.user_only),
        forced: &forced,
        assembled: &assembled,
        defines: &defines(prepared),
        driver_macros: &prepared.compiler.driver_macros,
        path: &prepared.include_path,
        // What is not preprocessed reads no predefined header.
        family: if prepared.invocation.language.runs_preprocessor() { prepared.compiler.family } else { Family::Clang },
        cwd: &prepared.place.cwd,
        span: compile.span,
        before: &compile.before,
    };
    let headers = headers::find(&compiled, memo).map_err(|problem| unstored(problem.code(), problem.path()))?;
    stood_still(prepared, compile, memo, environment)?;
    // Assembly output is not assembled, and an assembler that tells what it read needs no guessing.
    let assembly_known = compile.assembler_depfile.is_some()
        || prepared.invocation.stage == Stage::Assembly
        || prepared.invocation.lto && opaque::is_link_time_only(&main);
    refuse_words(prepared, headers.words, assembly_known, environment)?;

    let silent = compile.finished.stderr.is_empty();
    if headers.words & scan::WORD_LINE != 0 && !silent {
        return Err(unstored("line-directive", b"the diagnostics show a file that is not tracked"));
    }
    if prepared.invocation.verbose_assembly && prepared.compiler.family == Family::Gcc {
        // `# parser.y:12: a line of parser.y`
        if headers.words & scan::WORD_LINE != 0 {
            return Err(unstored("line-directive", b"the assembly quotes a file that is not tracked"));
        }
        if memchr::memmem::find(&main, USUAL_MEMORY).is_none() {
            return Err(unstored("verbose-assembly", b"it tells of the memory of this machine"));
        }
    }
    if headers.words & scan::WORD_ESCAPE != 0 && !silent {
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
    let mut bound = bound(prepared, &headers, &entry);
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
    permit.commit(&entry, headers, bound).map_err(|error| unstored("store-error", error.to_string()))
}

/// What gcc writes into verbose assembly of the memory that most machines have.
const USUAL_MEMORY: &[u8] = b"GGC heuristics: --param ggc-min-expand=100 --param ggc-min-heapsize=131072\n";

/// What the result is bound to.
fn bound(prepared: &Prepared, headers: &Headers, entry: &Entry) -> Bound {
    let source = prepared.invocation.source.as_bytes();
    let files: Vec<Vec<u8>> = headers.files.iter().map(|(path, _)| path.clone()).chain([source.to_vec()]).collect();
    let template = |part: &Part| *part == Part::DepfileNames;
    let outputs: Vec<&[u8]> =
        entry.parts.iter().filter(|(part, _)| !template(part)).map(|(_, bytes)| bytes.as_slice()).collect();
    let mut words = headers.words;
    if prepared.compiler.family == Family::Clang && words & scan::WORD_TYPE_NAMES != 0 {
        words |= scan::WORD_FILE;
    }
    let named: Vec<Vec<u8>> = files.iter().filter(|file| !is_mapped(prepared, file)).cloned().collect();
    let evidence = Evidence {
        outputs: &outputs,
        opaque: prepared.invocation.opaque,
        files: &named,
        words,
        names_are_mapped: prepared.relative.as_ref().is_some_and(|relative| relative.names_are_mapped),
    };
    let mut bound = Bound::find(&prepared.place, &evidence);
    // A path in the text means the same file everywhere, and in a diagnostic it is no name of this checkout's.
    bound.0 |= binding::of_mentioned(&prepared.place, &headers.mentioned);
    if headers.words & scan::WORD_PATHS != 0 || has_uncertain_lengths(prepared, &files) {
        bound.0 |= binding::ROOT | binding::TOOLCHAIN | binding::NAMED;
    }
    if maps_what_cannot_be_found(prepared, &files, headers.words) {
        bound.0 |= binding::ROOT | binding::TOOLCHAIN | binding::NAMED;
    }
    if headers.words & scan::WORD_DATE != 0 {
        bound.0 |= binding::DATE;
    }
    if headers.has_twins(&prepared.place.cwd) {
        bound.0 |= match prepared.compiler.family {
            Family::Gcc => binding::AGES,
            Family::Clang => binding::LINKS,
        };
    }
    bound
}

/// Whether the root's length decides about the name of a system header in a relative directory, which gcc replaces by a
/// shorter canonical one. The key tells that of the directories; here it is asked of headers that are found by `..` or
/// by a link further down.
fn has_uncertain_lengths(prepared: &Prepared, files: &[Vec<u8>]) -> bool {
    if prepared.relative.as_ref().is_some_and(Rewritten::keeps_names) {
        return false;
    }
    let canonical = |path: &[u8]| {
        let canonical = prepared.place.cwd.join(paths::path(path)).canonicalize();
        canonical.map_or_else(|_| Vec::new(), |path| path.into_os_string().into_vec())
    };
    key::relative_system_dirs(&prepared.include_path, prepared.compiler.family).iter().any(|dir| {
        let mut inside = files.iter().filter_map(|file| Some((file, file.strip_prefix(dir.as_slice())?))).peekable();
        let dir = inside.peek().map(|_| paths::join(&canonical(dir), b""));
        inside.any(|(file, rest)| dir.as_ref().is_some_and(|dir| canonical(file) != [dir.as_slice(), rest].concat()))
    })
}

/// Whether gcc makes the same of a file's name in every place, wherever a text can consume it: the maps that reach the name all begin
/// at the place's own directories.
fn is_mapped(prepared: &Prepared, file: &[u8]) -> bool {
    let is_map = |part: &&Word| part.flag == "-ffile-prefix-map=" || part.flag == "-fmacro-prefix-map=";
    let values = prepared.invocation.parts.iter().filter(is_map).filter_map(|part| part.value.as_ref());
    let mut olds = values.map(|value| value.as_bytes()).filter_map(|value| {
        let end = memchr::memchr(b'=', value)?;
        // Which `=` parts the old from the new differs between versions.
        Some((memchr::memrchr(b'=', value) == Some(end)).then_some(&value[..end]))
    });
    let mut reached = false;
    let clear = olds.all(|old| {
        let Some(old) = old else { return false };
        let begins_so = file.starts_with(old);
        reached |= begins_so;
        !begins_so || !matches!(prepared.place.rooted(old).base, Base::Absolute | Base::Relative)
    });
    prepared.compiler.family == Family::Gcc && clear && reached
}

/// Whether a prefix map may have replaced a part of a longer name, here or in another place: in the path of a file (`/ws`
/// in `/ws2/a.h`), or in one that a `#line` gives. The lookup asks the first question of its own place again.
fn maps_what_cannot_be_found(prepared: &Prepared, files: &[Vec<u8>], words: u32) -> bool {
    let maps = Maps::of(&prepared.invocation, prepared.compiler.family);
    if maps.olds().next().is_none() {
        return false;
    }
    if files.iter().any(|file| maps.take_a_part_of(file)) {
        return true;
    }
    words & scan::WORD_LINE != 0
        && files.iter().any(|file| {
            let text = bounded::read(&prepared.place.cwd.join(paths::path(file)), entry::CONTENT_LIMIT);
            text.map_or(true, |text| names_absolute_lines(&text))
        })
}

/// Whether a line directive gives an absolute name, or one that a macro stands for.
fn names_absolute_lines(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| {
        let Some(rest) = line.trim_ascii_start().strip_prefix(b"#") else { return false };
        let rest = rest.trim_ascii_start();
        let directive = rest.strip_prefix(b"line").map(<[u8]>::trim_ascii_start);
        let behind = directive.unwrap_or(rest);
        let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match (digits, directive) {
            (0, directive) => directive.is_some(),
            _ => matches!(behind[digits..].trim_ascii_start(), [b'"', b'/', ..] | [b'A'..=b'z', ..]),
        }
    })
}

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
    crate::depfile::parse(text, &targets).map(|depfile| depfile.names).or_else(|| crate::depfile::names(text))
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

/// Text whose meaning does not depend on bytes alone.
fn refuse_words(
    prepared: &Prepared,
    words: u32,
    assembly_known: bool,
    environment: &Environment,
) -> Result<(), Unstored> {
    let language = prepared.invocation.language;
    let preprocessed = !language.runs_preprocessor();
    // gcc since 7 and clang since 16 take the date from the variable; the result is bound to it.
    let honours_epoch = match prepared.compiler.family {
        Family::Gcc => prepared.compiler.major >= 7,
        Family::Clang => prepared.compiler.major >= 16,
    };
    // A macro of the command line in the place of the compiler's own: nothing brings that back.
    let redefined = |names: &[&str]| {
        names.iter().all(|name| {
            let defines = |part: &crate::invocation::Part| {
                let value = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
                let rest = value.strip_prefix(name.as_bytes());
                part.flag == "-D" && rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'=')))
            };
            prepared.invocation.parts.iter().any(defines)
        })
    };
    let fixed_date = redefined(&["__DATE__", "__TIME__"])
        || honours_epoch && environment.get_nonempty(variables::SOURCE_DATE).is_some();
    let refused = [
        (scan::WORD_DATE, "date-macro", preprocessed || fixed_date),
        (scan::WORD_TIMESTAMP, "timestamp-macro", preprocessed || redefined(&["__TIMESTAMP__"])),
        (scan::WORD_INCBIN | scan::WORD_ASM_INCLUDE, "assembler-include", assembly_known),
        (scan::WORD_ASM_FILE, "assembler-include", assembly_known || !language.is_assembler()),
        (scan::WORD_ASM_COMPUTED | scan::WORD_ASM_COMPOSED, "computed-assembly", assembly_known),
        (scan::WORD_ASM_PASTED, "computed-assembly", assembly_known || !language.is_assembler()),
        (scan::WORD_EMBED, "embed", preprocessed),
        (scan::WORD_DEPENDENCY, "pragma-dependency", false),
        (scan::WORD_ASKS_COMPUTED, "computed-has-include", preprocessed),
        (scan::WORD_PCH, "precompiled-header", false),
    ];
    match refused.into_iter().find(|(word, _, harmless)| words & word != 0 && !harmless) {
        Some((_, code, _)) => Err(unstored(code, b"")),
        None => Ok(()),
    }
}
