//! Whether an [`Input`] holds here: the only question a hit asks.

use super::blind;
use super::input::{Absent, Input, Rule, date_digest};
use super::known::KnownHeaders;
use super::twins;
use crate::command::Job;
use crate::digest::{CodeId, ContentId};
use crate::disk::listing::Listing;
use crate::disk::memo::Memo;
use crate::disk::stamp::Stamp;
use crate::inputs::Absence;
use crate::key::maps::Maps;
use crate::paths::{self, Place, Rooted};
use crate::reason::{Cause, Reason};
use crate::text::definitions::Line;
use crate::text::vocabulary::Vocabulary;
use crate::text::{Facts, Findings, Reading, WordSet};
use crate::toolchain::Compiler;
use rustc_hash::FxHashMap;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::rc::Rc;

/// What a result is looked for in: this place, these names, this date.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Where this compile happens.
    pub place: &'a Place,
    /// The names of the outputs as this command spells them.
    pub names: &'a [&'a [u8]],
    /// The content of the source.
    pub source: ContentId,
    /// The date that the environment gives, empty if none.
    pub date: &'a [u8],
    /// The command's prefix maps.
    pub mapped: &'a Maps<'a>,
    /// What is compiled.
    pub job: &'a Job,
    /// By which compiler.
    pub compiler: &'a Compiler,
    /// What is known of headers of definitions.
    pub known: &'a dyn KnownHeaders,
}

/// What changed in a file without being noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InVain {
    /// Comments alone.
    Comments,
    /// Definitions of these names.
    Definitions(Vec<String>),
}

impl fmt::Display for InVain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// So many names are told, the others counted.
        const TOLD: usize = 4;
        match self {
            Self::Comments => out.write_str("in comments alone"),
            Self::Definitions(names) if names.is_empty() => out.write_str("in nothing that it says"),
            Self::Definitions(names) => {
                let (told, more) = names.split_at(names.len().min(TOLD));
                write!(out, "in {}", told.join(", "))?;
                if !more.is_empty() {
                    write!(out, " and {} more", more.len())?;
                }
                out.write_str(", which nothing here mentions")
            }
        }
    }
}

/// The surroundings as they are here and now. Each file and each directory is looked at once, however many inputs name it.
pub struct Here<'i, 'a> {
    pub(super) around: Surroundings<'a>,
    memo: &'a mut Memo,
    /// The content of each file that was looked at, `None` for one that is gone. The candidates of a key mostly name the same files.
    files: FxHashMap<&'i Rooted, Option<ContentId>>,
    /// What the file system says of files that [`Input::Twins`] asks about.
    stamps: FxHashMap<&'i Rooted, Option<Stamp>>,
    /// The code of each file that was asked for it.
    codes: FxHashMap<&'i Rooted, Option<CodeId>>,
    /// The words of each text that was asked for them.
    vocabularies: FxHashMap<&'i Rooted, Rc<Vocabulary>>,
    /// Headers of definitions that have changed, with their content of before.
    pub(super) changed: Vec<(&'i Rooted, ContentId)>,
    /// Files that changed in what does not matter.
    pub(super) in_vain: Vec<(&'i Rooted, InVain)>,
    /// Directories that were listed because their stamp alone did not answer.
    dirs: FxHashMap<Vec<u8>, Listing>,
    /// Room for a path, so that not every file takes memory anew.
    full: Vec<u8>,
    /// See [`youngest_ns`](Self::youngest_ns).
    youngest_ns: i128,
}

impl<'i, 'a> Here<'i, 'a> {
    /// Nothing is looked at yet.
    pub fn new(around: Surroundings<'a>, memo: &'a mut Memo) -> Self {
        Self {
            around,
            memo,
            files: FxHashMap::default(),
            stamps: FxHashMap::default(),
            codes: FxHashMap::default(),
            vocabularies: FxHashMap::default(),
            changed: Vec::new(),
            in_vain: Vec::new(),
            dirs: FxHashMap::default(),
            full: Vec::new(),
            youngest_ns: 0,
        }
    }

    /// When the youngest file or directory that was looked at was last touched, in nanoseconds since the epoch.
    pub fn youngest_ns(&self) -> i128 {
        self.youngest_ns
    }

    /// The content of a file; `None` where it is gone, cannot be read, or would lie in a place that is not here.
    pub(super) fn content(&mut self, path: &'i Rooted) -> Option<ContentId> {
        if let Some(found) = self.files.get(path) {
            return *found;
        }
        let is_here = self.around.place.spell_full(path, &mut self.full);
        let found = is_here.then(|| self.memo.digest_once(paths::path(&self.full))).and_then(Result::ok);
        let found = found.map(|(stamp, digest)| {
            self.youngest_ns = self.youngest_ns.max(stamp.ctime_ns);
            if !self.stamps.is_empty()
                && let Some(asked) = self.stamps.get_mut(path)
            {
                *asked = Some(stamp);
            }
            digest
        });
        self.files.insert(path, found);
        found
    }

    /// Whether files are equal still: those that hold by their code need not be.
    fn are_equal(&mut self, files: &'i [Rooted]) -> bool {
        let Some(first) = files.first().map(|first| self.content(first)) else { return true };
        files.iter().all(|file| self.content(file) == first)
    }

    /// What the file system says of a file.
    fn stamp(&mut self, path: &'i Rooted) -> Option<Stamp> {
        if let Some(Some(found)) = self.stamps.get(path) {
            return Some(*found);
        }
        let is_here = self.around.place.spell_full(path, &mut self.full);
        is_here.then(|| Stamp::of(paths::path(&self.full)).ok()).flatten()
    }

    /// The code of a file whose content is known.
    fn code(&mut self, path: &'i Rooted) -> Option<CodeId> {
        if let Some(found) = self.codes.get(path) {
            return *found;
        }
        let is_here = self.around.place.spell_full(path, &mut self.full);
        let found = is_here.then(|| self.memo.digests_of_text(paths::path(&self.full), Facts::scan(Reading::Code)));
        let found = found.and_then(Result::ok).map(|(.., code)| code).filter(|_| self.is_read_as_code());
        self.codes.insert(path, found);
        found
    }

    /// Whether its code is what the compiler reads of the text whose path was just spelled.
    fn is_read_as_code(&mut self) -> bool {
        if blind::knows_line_comments(self.around.job, self.around.compiler) {
            return true;
        }
        let content = self.memo.content(paths::path(&self.full), Facts::scan(Reading::Code));
        let facts = content.ok().and_then(|content| Facts::found(content.facts.as_deref()?, Reading::Code));
        facts.is_some_and(|facts| !facts.words.intersects(WordSet::LINE_COMMENT))
    }

    /// These inputs of another result are asked next.
    pub(super) fn begin(&mut self, inputs: &'i [Input]) {
        // Twins are the last. What is said of a file is kept when it is looked at for its content.
        if let Some(Input::Twins { groups, .. }) = inputs.last() {
            for path in groups.iter().flatten() {
                self.stamps.entry(path).or_default();
            }
        }
        self.changed.clear();
        self.in_vain.clear();
    }

    /// Files that have another content than when the result was made, as they are spelled here, with what changed.
    pub fn changed_in_vain(&self) -> Vec<(Vec<u8>, InVain)> {
        self.in_vain.iter().map(|(path, what)| (self.spelled(path), what.clone())).collect()
    }

    /// The words of a text.
    pub(super) fn vocabulary(&mut self, path: &'i Rooted) -> Option<Rc<Vocabulary>> {
        if let Some(known) = self.vocabularies.get(path) {
            return Some(Rc::clone(known));
        }
        if !self.around.place.spell_full(path, &mut self.full) {
            return None;
        }
        let content = self.memo.content(paths::path(&self.full), Facts::scan(Reading::Code)).ok()?;
        let vocabulary = Rc::new(Findings::read(content.facts.as_deref()?)?.vocabulary()?);
        self.vocabularies.insert(path, Rc::clone(&vocabulary));
        Some(vocabulary)
    }

    /// The words of the source.
    pub(super) fn vocabulary_of_source(&mut self) -> Option<Vocabulary> {
        let path = self.around.place.cwd.join(&self.around.job.source);
        let content = self.memo.content(&path, Facts::scan(Reading::Code)).ok()?;
        Findings::read(content.facts.as_deref()?)?.vocabulary()
    }

    /// What a header of definitions holds; `None` if it holds anything else, or its content is not what was found before.
    pub(super) fn items(&mut self, path: &'i Rooted) -> Option<Vec<Line>> {
        let known = self.content(path)?;
        if !self.around.place.spell_full(path, &mut self.full) || !self.is_read_as_code() {
            return None;
        }
        let content = self.memo.content(paths::path(&self.full), Facts::scan(Reading::Code)).ok()?;
        Findings::read(content.facts.as_deref()?)?.definitions().filter(|_| content.digest == known)
    }

    /// How a path that an input names is spelled here.
    pub(super) fn spelled(&self, path: &Rooted) -> Vec<u8> {
        self.around.place.spelled(path.base, &path.rest).unwrap_or_else(|| path.rest.clone())
    }
}

impl Input {
    /// Whether it is here as it was where the result was made.
    ///
    /// # Errors
    /// The reason of the miss, with what differs here.
    pub(super) fn holds<'i>(&'i self, here: &mut Here<'i, '_>) -> Result<(), Cause> {
        let Surroundings { place, names, source, date, mapped, .. } = here.around;
        match self {
            Self::Place { bound, digest } if bound.digest(place, names) != *digest => {
                Err(Reason::BoundElsewhere.about(bound.words()))
            }
            Self::Date { digest } if date_digest(date) != *digest => Err(Reason::OtherDate.into()),
            Self::Source { content } if source != *content => {
                Err(Cause::from(Reason::SourceChanged).with(content.short(), source.short()))
            }
            Self::File { path, outside: true, .. }
                if !place.is_outside(&path.rest) || mapped.take_a_part_of(&path.rest) =>
            {
                Err(Reason::BoundElsewhere.about_path(&path.rest))
            }
            Self::File { path, content, code, definitions, .. } => match here.content(path) {
                Some(found) if found == *content => Ok(()),
                Some(_) if code.is_some() && here.code(path) == *code => {
                    here.in_vain.push((path, InVain::Comments));
                    Ok(())
                }
                // Judged when all others hold.
                Some(_) if *definitions => {
                    here.changed.push((path, *content));
                    Ok(())
                }
                Some(found) => {
                    Err(Reason::FileChanged.about_path(&here.spelled(path)).with(content.short(), found.short()))
                }
                None => Err(Reason::FileGone.about_path(&here.spelled(path))),
            },
            Self::Absent(absent) => lacks(here, absent),
            Self::Twins { rule, groups, digest }
                if twins::digest(*rule, groups, |path| here.stamp(path)) != *digest
                    || *rule == Rule::Ages && !groups.iter().all(|group| here.are_equal(group)) =>
            {
                let first = groups.first().and_then(|group| group.first());
                Err(first.map_or_else(
                    || Reason::TwinsDiffer.into(),
                    |path| Reason::TwinsDiffer.about_path(&here.spelled(path)),
                ))
            }
            Self::Place { .. } | Self::Date { .. } | Self::Source { .. } | Self::Twins { .. } => Ok(()),
        }
    }
}

/// What a precompiled header of gcc's is called, for people.
const PRECOMPILED: &[u8] = b"*.gch";

/// Whether none of the names is in the directory.
fn lacks(here: &mut Here<'_, '_>, absent: &Absent) -> Result<(), Cause> {
    /// Up to this many names are looked for one by one; beyond, listing the directory is cheaper.
    const FEW: usize = 6;
    let Some(spelled) = here.around.place.spelled(absent.dir.base, &absent.dir.rest) else { return Ok(()) };
    let dir = here.around.place.cwd.join(paths::path(&spelled));
    // To find `DIR/.`, the directory must be searched. A listing or a memo would not tell that this user may not search it.
    let stamp = match Stamp::of(&dir.join(".")) {
        Ok(stamp) => stamp,
        // Where the directory is missing, every name in it is absent.
        Err(error) if is_absence(&error) => return Ok(()),
        Err(_) => return Err(Reason::FileGone.about_path(&spelled)),
    };
    here.youngest_ns = here.youngest_ns.max(stamp.ctime_ns);
    if here.memo.lacks(&stamp, &absent.digest) {
        return Ok(());
    }
    let list = absent.names.iter().nth(FEW).is_some();
    if list && !here.dirs.contains_key(&spelled) {
        let names = Listing::read(&dir).map_err(|_| Reason::FileGone.about_path(&spelled))?;
        here.dirs.insert(spelled.clone(), names);
    }
    let settled = stamp.is_settled(&dir, here.memo.started_ns());
    let mut answered = settled;
    for absence in absent.names.iter() {
        let (Absence::Nothing(name) | Absence::File(name) | Absence::Precompiled(name)) = absence;
        let first = name.split(|byte| *byte == b'/').next().unwrap_or(name);
        let is_listed = |listing: &Listing| match absence {
            Absence::Precompiled(b"") => listing.has_precompiled,
            _ => listing.may_hold(first),
        };
        if list && !is_listed(&here.dirs[&spelled]) {
            continue;
        }
        if let Absence::Precompiled(below) = absence {
            let dir = dir.join(OsStr::from_bytes(below));
            let found = |reason: Reason| reason.about_path(&paths::join(&spelled, &[below, PRECOMPILED].concat()));
            match Listing::read(&dir) {
                Ok(listing) if listing.has_precompiled => return Err(found(Reason::FileAppeared)),
                Ok(_) => {}
                Err(error) if is_absence(&error) => {}
                // The compiler opens `x.h.gch` in a directory that nobody may list.
                Err(_) => return Err(found(Reason::FileGone)),
            }
            answered &= below.is_empty() || Stamp::of_link(&dir).is_err();
            continue;
        }
        let may_be_dir = matches!(absence, Absence::File(_));
        match Stamp::of(&dir.join(OsStr::from_bytes(name))) {
            Ok(stamp) if may_be_dir && stamp.is_dir() => {}
            Ok(_) => return Err(Reason::FileAppeared.about_path(&paths::join(&spelled, name))),
            Err(error) if is_absence(&error) => {}
            // A compiler that may not look at a name stops with an error. It does not look in the next directory.
            Err(_) => return Err(Reason::FileGone.about_path(&paths::join(&spelled, name))),
        }
        // The directory's stamp answers for its own entries alone. Where `first` stands there, as a directory or as a link that leads
        // nowhere yet, the name can appear without a change of that stamp. The question is asked only if the answer will be kept.
        answered &= settled && Stamp::of_link(&dir.join(OsStr::from_bytes(first))).is_err();
    }
    if answered {
        here.memo.remember_lacks(&dir, &stamp, &absent.digest);
    }
    Ok(())
}

/// Whether the error says that nothing stands there. Other errors leave open what does.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
