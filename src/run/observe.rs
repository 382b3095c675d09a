//! After a miss: what the compile read, wrote and said, gathered for the proof.

use super::compile::Compile;
use super::prepare::Prepared;
use crate::bounded;
use crate::command::Stage;
use crate::command::sides::Name;
use crate::disk::stamp::Stamp;
use crate::environment::Environment;
use crate::outputs::{self, OutputPart, Outputs, depfile, template};
use crate::paths;
use crate::proof::{KnownHeaders, Observed, Rewriting, opaque};
use crate::reason::{Cause, Reason};
use crate::toolchain::habits;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Gathers what was seen of a compile that succeeded.
///
/// # Errors
/// What of it cannot be seen.
pub fn observe<'a>(
    prepared: &'a Prepared,
    compile: &'a Compile,
    environment: &'a Environment,
    known: &'a dyn KnownHeaders,
) -> Result<Observed<'a>, Cause> {
    let main = output(prepared, compile, &prepared.output)?;
    // In the `relative` mode what was left for the user names other paths than the compiler was given.
    let left = prepared.depfile.as_ref().map(|name| output(prepared, compile, name)).transpose()?;
    let told = [&compile.depfile, &left, &compile.own_depfile].into_iter().flatten().next();
    let (listed, before) = told.map(|text| listed(prepared, text)).transpose()?.unwrap_or_default();
    let lists = listed[..before].to_vec();
    let assembled =
        compile.assembler_depfile.as_ref().map(|text| depfile::names(text).ok_or(Reason::AssemblerDepfileUnreadable));
    let assembled = assembled.transpose()?.unwrap_or_default();
    let job = &prepared.job;
    // An assembler that tells what it read needs no guessing. gcc's assembly output is not assembled; clang assembles what stands
    // in `asm(".include \"x.s\"")` to write it out.
    let is_assembly_known = compile.assembler_depfile.is_some()
        || job.stage == Stage::Assembly && !prepared.compiler.has(habits::ASSEMBLES_FOR_ASSEMBLY)
        || job.lto && opaque::is_link_time_only(&main);
    let mut parts = vec![(OutputPart::Main, main)];
    let template = left.as_ref().and_then(|text| {
        let (known, layout) = template::read(text, prepared.compiler.family, &prepared.depfile_targets())?;
        Some(template::template(&known, layout, &prepared.place))
    });
    // Of a form that is not known the bytes belong to this place and these names.
    let depfile_is_verbatim = left.is_some() && template.is_none();
    parts.extend(template.map(|template| (OutputPart::DepfileNames, template)));
    parts.extend(left.filter(|_| depfile_is_verbatim).map(|text| (OutputPart::DepfileBytes, text)));
    for (side, before) in job.side_outputs.iter().zip(&compile.sides_before) {
        let content = side_output(prepared, compile, &side.name, before.as_ref())?;
        if content.is_none() && side.kind.side().name == Name::Value {
            // It could not be written there: the next command names another place.
            return Err(Reason::OutputMissing.about(&side.name));
        }
        parts.extend(content.map(|content| (OutputPart::Side(side.kind), content)));
    }
    for (part, text) in [(OutputPart::Stdout, &compile.finished.stdout), (OutputPart::Stderr, &compile.finished.stderr)]
    {
        if !text.is_empty() {
            // Where no template can be made, or a path ends a word, the scan for the place binds the result.
            parts.push((part, prepared.place.template(text).ok_or(Reason::BinaryDiagnostics)?));
        }
    }
    let rewriting = prepared.relative.as_ref().map_or_else(Rewriting::default, |relative| Rewriting {
        maps_names: relative.names_are_mapped,
        keeps_lengths: relative.keeps_names(),
    });
    Ok(Observed {
        job,
        compiler: &prepared.compiler,
        place: &prepared.place,
        include_path: &prepared.include_path,
        environment,
        key_files: &prepared.key_files,
        span: compile.span,
        before: &compile.before,
        clock_went_back: compile.clock_went_back,
        // Whatever was left has been read.
        is_shared: compile.company.take().is_some_and(|company| !company.leave()),
        outputs: Outputs { compile_us: compile.took_us, parts },
        names: prepared.output_names(),
        depfile_is_verbatim,
        is_silent: compile.finished.stderr.is_empty(),
        listed,
        lists,
        known,
        lists_users_alone: prepared.lists_users_alone(),
        assembled,
        is_assembly_known,
        rewriting,
    })
}

/// Whether this compile wrote the file.
pub fn is_written(prepared: &Prepared, compile: &Compile, name: &OsStr) -> bool {
    let stamp = Stamp::of_link(&prepared.path(name));
    stamp.is_ok_and(|stamp| stamp.is_file() && stamp.latest_ns() >= compile.span.started_ns)
}

/// An output that this compile wrote.
fn output(prepared: &Prepared, compile: &Compile, name: &OsStr) -> Result<Vec<u8>, Cause> {
    let path = prepared.path(name);
    if !is_written(prepared, compile, name) {
        return Err(Reason::OutputMissing.about(name));
    }
    let read = |file: &File, len| bounded::contents(file, len, outputs::LIMIT);
    contents(&path, read).map_err(|reason| reason.about(name))
}

/// The content of a file that stands still while `read` reads it: somebody else may be writing to the same place.
fn contents(path: &Path, read: impl FnOnce(&File, u64) -> io::Result<Vec<u8>>) -> Result<Vec<u8>, Reason> {
    let read = || {
        let before = Stamp::of_link(path)?;
        let (file, len) = bounded::open(path)?;
        let bytes = read(&file, len)?;
        io::Result::Ok((before, Stamp::of_file(&file)?, bytes))
    };
    match read() {
        Ok((before, stamp, bytes)) if before == stamp && stamp.size == bytes.len() as u64 => Ok(bytes),
        Ok(_) => Err(Reason::OutputChanged),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(Reason::OutputTooLarge),
        Err(_) => Err(Reason::OutputMissing),
    }
}

/// A side output, if this compile wrote it. What stood there before and was left alone is no output of its.
fn side_output(
    prepared: &Prepared,
    compile: &Compile,
    name: &OsStr,
    before: Option<&Stamp>,
) -> Result<Option<Vec<u8>>, Cause> {
    let now = Stamp::of_link(&prepared.path(name)).ok();
    match (before, now) {
        (None, None) => Ok(None),
        (Some(before), Some(now)) if *before == now && now.latest_ns() < compile.span.started_ns => Ok(None),
        _ => output(prepared, compile, name).map(Some),
    }
}

/// The files that a depfile names without the source, and how many of them before it.
fn listed(prepared: &Prepared, text: &[u8]) -> Result<(Vec<Vec<u8>>, usize), Cause> {
    let mut names = prepared.all_listed(text).ok_or(Reason::DepfileUnreadable)?;
    if let Some(relative) = &prepared.relative {
        names = names.into_iter().map(|name| relative.here(name)).collect();
    }
    let source = paths::without_dot_slash(prepared.job.source.as_bytes());
    // clang names the lists of its sanitizers before it.
    match names.iter().position(|name| name == source) {
        Some(at) => {
            names.remove(at);
            Ok((names, at))
        }
        None => Err(Reason::DepfileUnreadable.about("it does not name the source")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write as _;

    #[test]
    fn an_output_that_grows_while_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.o");
        fs::write(&path, "an object").unwrap();
        let whole = |_: &File, _| fs::read(&path);
        assert_eq!(contents(&path, whole), Ok(b"an object".to_vec()));
        let growing = |_: &File, _| {
            let bytes = fs::read(&path);
            File::options().append(true).open(&path)?.write_all(b" of another")?;
            bytes
        };
        assert_eq!(contents(&path, growing), Err(Reason::OutputChanged));
        assert_eq!(contents(&dir.path().join("b.o"), whole), Err(Reason::OutputMissing));
    }
}
