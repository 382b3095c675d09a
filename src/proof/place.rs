//! Obligation: the parts of the place that the outputs depend on are the same here.
//!
//! A result is free of the place only if that is proven:
//!
//! * nothing in it spells a part of the place, see [`spelled`](super::spelled);
//! * no text could have consumed a file's name without leaving it in the result:
//!
//! ```c
//! static_assert(sizeof __FILE__ == 12);    // compiled as /ws/proj/a.c
//! ```
//!
//! * no path in a text leads into the place, and no prefix map has made something of it in which nobody finds it again:
//!   `-ffile-prefix-map=/ws=.` makes `.2/a.h` of `/ws2/a.h`.

use super::bound::{Bound, Tied};
use super::case::{Case, Judged};
use super::input::Input;
use super::observed::Observed;
use super::reached::reached;
use super::spelled;
use crate::bounded;
use crate::command::Trait;
use crate::inputs::Inclusions;
use crate::inputs::search_path::Dir;
use crate::key;
use crate::key::maps::Maps;
use crate::outputs::{self, OutputPart};
use crate::paths::{self, Base};
use crate::reason::Cause;
use crate::text::WordSet;
use crate::toolchain::habits;
use rustc_hash::FxHashSet;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

pub(super) fn judge(case: &mut Case<'_>) -> Result<Judged, Cause> {
    let Tied { bound, is_most } = tied(case)?;
    let names: Vec<&[u8]> = case.observed.names.iter().map(Vec::as_slice).collect();
    let inputs = if bound == Bound::NOTHING {
        Vec::new()
    } else {
        vec![Input::Place { bound, digest: bound.digest(case.observed.place, &names) }]
    };
    Ok(if is_most { Judged::HoldsAtMost(inputs) } else { Judged::Holds(inputs) })
}

/// What ties the result of this compile to its place. It is found once for each answer of the preprocessor.
pub(super) fn tied(case: &mut Case<'_>) -> Result<Tied, Cause> {
    if let Some(tied) = case.tied {
        return Ok(tied);
    }
    let tied = find(case)?;
    Ok(*case.tied.insert(tied))
}

fn find(case: &mut Case<'_>) -> Result<Tied, Cause> {
    let (observed, words) = (case.observed, case.read.words);
    let source = observed.job.source.as_bytes();
    let files: Vec<Vec<u8>> = case.read.files.iter().map(|file| file.path.clone()).chain([source.to_vec()]).collect();
    let mut bound = of_outputs(observed);
    // A path in the text means the same file everywhere, and in a diagnostic it is no name of this checkout's.
    bound |= spelled::of_mentioned(observed.place, &case.read.mentioned) | reached(observed, &files);
    if words.intersects(WordSet::PATHS)
        // `-finstrument-functions-exclude-file-list=/ws/lib`
        || observed.job.has(Trait::ComparesNames)
        || has_uncertain_lengths(observed, &files)
        || has_uncertain_lengths_beside(case)
        || maps_what_cannot_be_found(observed, &files, words)
    {
        bound |= Bound::DIRECTORIES;
    }
    if may_compose(case) {
        bound |= spelled::of_mentioned_above(observed.place, case.read.mentioned.iter().map(Vec::as_slice));
        bound |= spelled::of_mentioned_above(observed.place, absolute(&observed.job.defines()));
    }
    bound |= of_debug_data(observed, &files);
    let by_names = of_names(observed, &files);
    if bound.holds(by_names) {
        return Ok(Tied { bound, is_most: false });
    }
    let has_names = observed.compiler.has(habits::NAMES_TYPES_BY_FILE);
    let names = if has_names { WordSet::FILE | WordSet::TYPE_NAMES } else { WordSet::FILE };
    if !case.expands(names)? {
        return Ok(Tied { bound, is_most: false });
    }
    if case.answer.as_ref().is_some_and(|answer| answer.seen.is_some()) {
        let by_names = case.named(names).map_or(by_names, |named| by_names.among(named));
        return Ok(Tied { bound: bound | by_names, is_most: false });
    }
    let takers = if case.read.words.intersects(names.without(WordSet::FILE)) { None } else { case.namers()? };
    let by_names = takers.map_or(by_names, |files| by_names.among(of_names(case.observed, &files)));
    Ok(Tied { bound: bound | by_names, is_most: !bound.holds(by_names) })
}

/// What is spelled in anything that would be replayed, or hidden in it.
fn of_outputs(observed: &Observed<'_>) -> Bound {
    if observed.job.opaque {
        return Bound::EVERYTHING;
    }
    // What is kept as a template is said again for the place that it is said in.
    let parts = observed.outputs.parts.iter().filter(|(part, _)| *part != OutputPart::DepfileNames);
    let spelled = spelled::spelled(observed.place, parts.map(|(_, bytes)| bytes.as_slice()));
    if observed.depfile_is_verbatim { spelled | Bound::NAMES } else { spelled }
}

/// The parts of the place that debug data tell where they name files in parts. Of the root and the working directory they mostly spell one
/// whole, and of the toolchain's directory where it shares none with the working directory.
fn of_debug_data(observed: &Observed<'_>, files: &[Vec<u8>]) -> Bound {
    let (job, place) = (observed.job, observed.place);
    if !job.debug || !observed.compiler.has(habits::PARTS_DEBUG_NAMES) {
        return Bound::NOTHING;
    }
    let maps: Vec<&[u8]> =
        job.parts_with(Trait::MapsDebug).filter_map(|part| Some(part.value.as_ref()?.as_bytes())).collect();
    // A map that begins at a directory of the place hides where that is.
    let is_mapped = |file: &[u8]| {
        maps.iter().filter_map(|map| Some(&map[..memchr::memchr(b'=', map)?])).any(|old| {
            (file == old || paths::is_below(file, old))
                && !matches!(place.rooted(old).base, Base::Absolute | Base::Relative)
        })
    };
    let told = working_directories(observed, &maps);
    let is_root = |base| Bound::of_base(base) == Bound::ROOT;
    let tells_root = told.iter().all(|dir| is_root(place.rooted(dir).base));
    let shares_a_directory = |file: &[u8]| told.iter().any(|dir| first_directory(dir) == first_directory(file));
    let is_spelled = |file: &[u8]| match Bound::of_base(place.rooted(file).base) {
        Bound::ROOT => tells_root,
        Bound::TOOLCHAIN => !shares_a_directory(file),
        _ => false,
    };
    let named = files.iter().filter(|file| !is_mapped(file) && !is_spelled(file));
    named.fold(Bound::NOTHING, |bound, file| bound | Bound::of_base(place.rooted(file).base))
}

/// What debug data may be told as the working directory, where that is absolute: from that one files are named in parts.
///
/// ```text
/// /home/me/checkout/b                       /home/me/checkout, and a.h
/// -fdebug-compilation-dir=/home/me/src      /home/me, and checkout/a.h
/// ```
fn working_directories(observed: &Observed<'_>, maps: &[&[u8]]) -> Vec<Vec<u8>> {
    let place = observed.place;
    let said = observed.job.parts_with(Trait::CompilationDir).last().and_then(|part| part.value.as_ref());
    let dirs: Vec<&[u8]> = match said {
        Some(dir) => vec![dir.as_bytes()],
        None => {
            [Some(&place.cwd), place.pwd.as_ref()].into_iter().flatten().map(|dir| dir.as_os_str().as_bytes()).collect()
        }
    };
    let mut told = Vec::new();
    for dir in dirs {
        let new = |map: &&[u8]| {
            let end = memchr::memchr(b'=', map)?;
            Some([&map[end + 1..], dir.strip_prefix(&map[..end])?].concat())
        };
        let mapped = told.len();
        told.extend(maps.iter().filter_map(new));
        if told.len() == mapped {
            told.push(dir.to_vec());
        }
    }
    told.retain(|dir| dir.starts_with(b"/"));
    told
}

/// The first directory of an absolute path, without which two paths share none: `usr` of `/usr/lib`.
fn first_directory(path: &[u8]) -> Option<&[u8]> {
    path.strip_prefix(b"/")?.split(|byte| *byte == b'/').find(|name| !name.is_empty())
}

/// The parts of the place that the names of the files tell, as the compiler spells them.
fn of_names(observed: &Observed<'_>, files: &[Vec<u8>]) -> Bound {
    let maps_names = observed.rewriting.maps_names;
    // What else the place has need not have a map.
    let is_root = |base| match base {
        Base::Given(_) | Base::Cwd | Base::CwdAlias => false,
        Base::Named(nth) | Base::NamedReal(nth) => nth != paths::HOME,
        _ => true,
    };
    let bases = files.iter().map(|file| (observed.place.rooted(file).base, file));
    let named = bases.filter(|(base, file)| !(maps_names && is_root(*base) || is_mapped(observed, file)));
    named.fold(Bound::NOTHING, |bound, (base, _)| bound | Bound::of_base(base)).without(Bound::TOOLCHAIN)
}

/// Whether the length of a directory of the place decides about the name of a system header, which gcc replaces by a shorter canonical
/// one. The key tells that of the search directories; here it is asked of headers that are found by `..` or by a link further down.
fn has_uncertain_lengths(observed: &Observed<'_>, files: &[Vec<u8>]) -> bool {
    let place = observed.place;
    // Then such names are made afterwards, where names are shown.
    let keeps_lengths = observed.rewriting.keeps_lengths;
    if keeps_lengths && observed.is_silent && !observed.outputs.parts.iter().any(|(part, _)| part.is_depfile()) {
        return false;
    }
    let canonical = |path: &[u8]| {
        let canonical = place.cwd.join(paths::path(path)).canonicalize();
        canonical.map_or_else(|_| Vec::new(), |path| path.into_os_string().into_vec())
    };
    // A name in the base of its directory is longer or shorter than that by as much in every place.
    let is_uncertain = |dir: &[u8], base: Option<Base>| {
        let mut inside = files.iter().filter_map(|file| Some((file, file.strip_prefix(dir)?))).peekable();
        let real = inside.peek().map(|_| paths::join(&canonical(dir), b"")).unwrap_or_default();
        inside.any(|(file, rest)| {
            let name = canonical(file);
            name != [real.as_slice(), rest].concat() && base.is_none_or(|base| place.rooted(&name).base != base)
        })
    };
    let mut relative = key::relative_system_dirs(observed.include_path, observed.compiler).into_iter();
    let mut absolute = key::given_system_dirs(observed.include_path, observed.compiler, place).into_iter();
    let base_of = |dir: &[u8]| place.rooted(dir).base;
    relative.any(|dir| is_uncertain(&dir, keeps_lengths.then(|| base_of(&canonical(&dir)))))
        || absolute.any(|dir| is_uncertain(&dir, Some(base_of(&dir))))
}

/// The last parts of the names that are looked for beside a header that counts as one of the system; what is empty stands for any. Such a
/// header is in a directory for them, says so itself, or is included by one, in whatever way.
fn quoted_by_system(inclusions: &[Inclusions]) -> FxHashSet<&[u8]> {
    let mut included: FxHashSet<&[u8]> = FxHashSet::default();
    let mut quoted = FxHashSet::default();
    let mut rest: Vec<&Inclusions> = inclusions.iter().collect();
    loop {
        let is_system = |file: &&Inclusions| {
            file.is_system || included.contains(&b""[..]) || included.contains(paths::split(&file.path).1)
        };
        let (system, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(is_system);
        if system.is_empty() {
            return quoted;
        }
        quoted.extend(system.iter().flat_map(|file| &file.quoted).map(Vec::as_slice));
        included.extend(system.iter().flat_map(|file| file.quoted.iter().chain(&file.angled)).map(Vec::as_slice));
        rest = others;
    }
}

/// Whether the length of a directory decides about the name of a header that is found beside one of the system, but in no directory for such.
fn has_uncertain_lengths_beside(case: &Case<'_>) -> bool {
    let (observed, place) = (case.observed, case.observed.place);
    let is_system = |dir: &&Dir| dir.system && !dir.builtin;
    let systems: Vec<Vec<u8>> =
        observed.include_path.dirs.iter().filter(is_system).map(|dir| paths::join(&dir.path, b"")).collect();
    if !observed.compiler.has(habits::CANONICAL_HEADERS) || observed.rewriting.keeps_lengths {
        return false;
    }
    let is_outside = |file: &[u8]| {
        !matches!(place.rooted(file).base, Base::Absolute | Base::Toolchain | Base::Builtin(_))
            && !systems.iter().any(|dir| file.starts_with(dir))
    };
    let quoted = quoted_by_system(&case.read.inclusions);
    let is_beside = |file: &[u8]| quoted.contains(&b""[..]) || quoted.contains(paths::split(file).1);
    let files = case.read.files.iter().map(|file| file.path.as_slice());
    files.filter(|file| is_beside(file) && is_outside(file)).any(|file| {
        let full = paths::join(place.cwd.as_os_str().as_bytes(), file);
        let base = place.rooted(file).base;
        let canonical = paths::path(&full).canonicalize();
        let canonical = canonical.as_ref().map_or(&[][..], |path| path.as_os_str().as_bytes());
        if file.starts_with(b"/") {
            // Within one base it is shorter, or longer, by as much in every place.
            return place.rooted(canonical).base != base;
        }
        canonical != paths::normal(&full) || !stays_relative(&place.cwd, &place.root, file)
    })
}

/// Whether a relative name is no longer than the canonical one, wherever the root is: `../lib/a.h` is as long as `/r/lib/a.h`.
fn stays_relative(cwd: &Path, root: &Path, file: &[u8]) -> bool {
    const UP: &[u8] = b"../";
    /// The length of the shortest root with the slash behind it: `/r/`.
    const SHORTEST: usize = 3;
    let mut rest = file;
    let mut dir = cwd;
    let mut ups = 0;
    while let Some(behind) = rest.strip_prefix(UP) {
        let Some(above) = dir.parent() else { return false };
        (rest, dir, ups) = (behind, above, ups + 1);
    }
    let goes_up = rest.split(|byte| *byte == b'/').any(|name| name == b"..");
    let below = dir.as_os_str().len().checked_sub(root.as_os_str().len());
    let is_inside = dir.starts_with(root) && root.parent().is_some();
    !goes_up && (ups == 0 || is_inside && below.is_some_and(|below| below + SHORTEST >= ups * UP.len()))
}

/// Whether what leads into the place may be put together of a path above it and something else.
///
/// ```c
/// #include NAME(DEPS/zlib/zlib.h)          // -DDEPS=/opt/deps -I/opt/deps/zlib
/// asm(".incbin \"" DEPS "/zlib/table\"");
/// #warning DEPS                            // or anything that is said of it
/// ```
fn may_compose(case: &Case<'_>) -> bool {
    const READ: WordSet = WordSet::INCBIN
        .union(WordSet::ASM_INCLUDE)
        .union(WordSet::ASM_COMPUTED)
        .union(WordSet::ASM_COMPOSED)
        .union(WordSet::ASKS_COMPUTED)
        .union(WordSet::EMBED);
    const READ_BY_ASSEMBLY: WordSet = WordSet::ASM_FILE.union(WordSet::ASM_PASTED);
    let said = |part: &OutputPart| matches!(part, OutputPart::Stdout | OutputPart::Stderr);
    case.read.has_computed_include
        || case.read.words.intersects(READ)
        || case.read.words.intersects(READ_BY_ASSEMBLY) && case.observed.job.language.is_assembler()
        || case.observed.outputs.parts.iter().any(|(part, bytes)| said(part) && !bytes.is_empty())
}

/// The absolute paths of macros that the command line defines, those of one name too, which [`Facts::absolute`](crate::text::Facts::absolute)
/// passes over.
fn absolute(defines: &[u8]) -> impl Iterator<Item = &[u8]> {
    let begins = |at: &usize| {
        !defines[..*at].last().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_'))
    };
    memchr::memchr_iter(b'/', defines).filter(begins).map(|at| {
        let path = &defines[at..];
        &path[..path.iter().position(|byte| crate::text::ends_a_path(*byte)).unwrap_or(path.len())]
    })
}

/// Whether gcc makes the same of a file's name in every place, wherever a text can consume it: the maps that reach the name all begin
/// at the place's own directories.
fn is_mapped(observed: &Observed<'_>, file: &[u8]) -> bool {
    let values = observed.job.parts_with(Trait::MapsMacros).filter_map(|part| part.value.as_ref());
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
        !begins_so || !matches!(observed.place.rooted(old).base, Base::Absolute | Base::Relative)
    });
    observed.compiler.has(habits::MAPS_EVERY_NAME) && clear && reached
}

/// Whether a prefix map may have replaced a part of a longer name, here or in another place: in the path of a file (`/ws`
/// in `/ws2/a.h`), or in one that a `#line` gives. The lookup asks the first question of its own place again.
fn maps_what_cannot_be_found(observed: &Observed<'_>, files: &[Vec<u8>], words: WordSet) -> bool {
    let maps = Maps::of(observed.job, observed.compiler.has(habits::LAST_MAP_FIRST));
    if maps.olds().next().is_none() {
        return false;
    }
    if files.iter().any(|file| maps.take_a_part_of(file)) {
        return true;
    }
    words.intersects(WordSet::LINE)
        && files.iter().any(|file| {
            let text = bounded::read(&observed.place.cwd.join(paths::path(file)), outputs::LIMIT);
            text.map_or(true, |text| names_absolute_lines(&text))
        })
}

/// Whether a line directive gives an absolute name, or one that a macro stands for.
///
/// ```c
/// #line 3 "/ws2/parser.y"
/// # 3 "/ws2/parser.y"
/// #line LINE
/// ```
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
