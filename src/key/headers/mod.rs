//! Which files a compile read besides its source, and which files it would have read had they been there.
//!
//! The compiler's depfile names the headers. Two things it does not say are worked out here from the text of the
//! files and the include path:
//!
//! * **Absences**: for each include directive, the places that come before the header that was found. Had a file
//!   of that name been there, it would have been read instead.
//! * **System headers under `-MMD`**, which that depfile leaves out and which the command must not be changed to
//!   reveal (`-H` is recorded in gcc's debug information). Every include directive in a system header is followed,
//!   whether or not a condition switches it off. The result is a superset of what was read, which can cost a hit
//!   and never grants one.
//!
//! What cannot be followed this way (a computed include inside a system header) is a [`Problem`], and the result
//! is not stored.

mod computed;
mod devices;

use super::include_path::{IncludePath, What};
use super::pieces;
use super::questions;
use super::scan::{
    Dated, Facts, Form, Mention, WORD_ASKS_COMPUTED, WORD_ASM_COMPOSED, WORD_ASM_COMPUTED, WORD_ASM_FILE,
    WORD_ASM_INCLUDE, WORD_ASM_PASTED, WORD_DATE, WORD_FILE, WORD_IMPORT, WORD_INCBIN, WORD_ONCE, WORD_SYSTEM_HEADER,
    WORD_SYSTEM_MACRO, WORD_TIMESTAMP,
};
use super::still::{Before, Span, Still};
use crate::bounded;
use crate::compiler::Family;
use crate::digest::Digest;
use crate::listing::Listing;
use crate::memo::{Memo, TEXT_LIMIT};
use crate::paths;
use crate::stamp::Stamp;
use devices::ByDevice;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// What a compile read and did not find.
#[derive(Debug, Default)]
pub struct Headers {
    /// Every file but the source, as the compiler spells it, with the digest of its content.
    pub files: Vec<(Vec<u8>, Digest)>,
    /// Directories, as spelled, with the names that were looked for there and were absent. A name with a slash
    /// behind it may be a directory's, but no file's.
    pub absent: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    /// All words that any of the files mentions (see [`super::scan`]).
    pub words: u32,
    /// The contents that say `#pragma once`.
    pub once: FxHashSet<Digest>,
    /// The absolute paths in their texts, see [`Facts::absolute`].
    pub mentioned: FxHashSet<Vec<u8>>,
}

impl Headers {
    /// Equal files of which a compiler may have read only one, see [`super::binding::AGES`]. One file under two spellings
    /// is none.
    pub fn has_twins(&self, cwd: &Path) -> bool {
        let counts = |digest: &Digest| self.words & WORD_IMPORT != 0 || self.once.contains(digest);
        let normal = |path: &[u8]| paths::normal(&paths::join(cwd.as_os_str().as_bytes(), path));
        let mut known: FxHashMap<Digest, Vec<u8>> = FxHashMap::default();
        self.files.iter().filter(|(_, digest)| counts(digest)).any(|(path, digest)| {
            let path = normal(path);
            known.insert(*digest, path.clone()).is_some_and(|other| other != path)
        })
    }
}

/// Stands for all names that end so: no precompiled header is in the directory.
pub const NO_PRECOMPILED: &[u8] = b"*.gch";

/// Why what was read cannot be told, and the result is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A file could not be read after the compile.
    Unreadable(Vec<u8>),
    /// A file changed since the compile began, or is too young to tell.
    Changed(Vec<u8>),
    /// A computed include where the depfile does not tell what it led to.
    ComputedInclude(Vec<u8>),
    /// A precompiled header stands where this compile may have used it.
    ///
    /// gcc never compares one with its header: an outdated one holds macros that no text shows any more, `__TIME__`
    /// inside them too, and its bytes name all of those whether they are used or not. clang compares sizes and
    /// modification times, which are no content. So what was made with one cannot be told from its inputs.
    Precompiled(Vec<u8>),
}

impl Problem {
    /// A stable name for statistics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "header-unreadable",
            Self::Changed(_) => "input-changed",
            Self::ComputedInclude(_) => "computed-include",
            Self::Precompiled(_) => "precompiled-header",
        }
    }

    /// The file it is about.
    pub fn path(&self) -> &[u8] {
        match self {
            Self::Unreadable(path) | Self::Changed(path) | Self::ComputedInclude(path) | Self::Precompiled(path) => {
                path
            }
        }
    }
}

/// What is known of a compile that has just ended.
pub struct Compiled<'a> {
    /// The source as spelled.
    pub source: &'a [u8],
    /// The headers the depfile names, as spelled, without the source.
    pub listed: &'a [Vec<u8>],
    /// The depfile names system headers too.
    pub complete: bool,
    /// `-include` and `-imacros`, in order.
    pub forced: &'a [Vec<u8>],
    /// The macros of the command line, as `#define` lines.
    pub defines: &'a [u8],
    /// Names of macros that the driver defines by itself, and those that name the device.
    pub driver_macros: &'a [Vec<u8>],
    /// Files the assembler was made to read, as it spells them.
    pub assembled: &'a [Vec<u8>],
    /// Where headers are looked for.
    pub path: &'a IncludePath,
    /// gcc reads `stdc-predef.h` first and takes `x.h.gch` for `x.h`.
    pub family: Family,
    /// The working directory.
    pub cwd: &'a Path,
    /// When the compiler ran.
    pub span: Span,
    /// What was where before that.
    pub before: &'a Before,
}

/// Finds headers and absences.
///
/// # Errors
/// The reason why they cannot be told.
pub fn find(compiled: &Compiled<'_>, memo: &mut Memo) -> Result<Headers, Problem> {
    let mut search = Search {
        compiled,
        memo,
        headers: Headers::default(),
        known: FxHashMap::default(),
        tracked: FxHashSet::default(),
        stamps: FxHashMap::default(),
        listings: FxHashMap::default(),
        queue: Vec::new(),
        computed: Vec::new(),
        unfollowed: Vec::new(),
        by_device: Vec::new(),
        device_texts: Vec::new(),
        macros: FxHashMap::default(),
        wrappers: Vec::new(),
        dated: Vec::new(),
        pieces: Vec::new(),
        done: FxHashMap::default(),
        once: Vec::new(),
        system_dirs: system_dirs(compiled),
        canonical_dirs: None,
        behind_links: FxHashMap::default(),
        still: Still::new(compiled.cwd, compiled.span, compiled.before),
    };
    for dir in compiled.path.dirs.iter().filter(|dir| dir.what != What::Nothing) {
        if search.still.dir(&dir.path).is_none() {
            return Err(Problem::Changed(dir.path.clone()));
        }
    }
    search.add(compiled.source.to_vec(), false, true)?;
    for header in compiled.listed {
        search.add(header.clone(), false, false)?;
    }
    let mut defined = Facts::of(compiled.defines);
    search.device_texts.push(compiled.defines.to_vec());
    if !defined.asked.is_empty() || !defined.wrappers.is_empty() {
        // A macro of the command line asks wherever it is used.
        defined.words |= WORD_ASKS_COMPUTED;
    }
    search.take_facts(&defined);
    search.pieces.extend(defined.pieces);
    if compiled.family == Family::Gcc {
        search.resolve(&Mention { form: Form::Angle, next: false, name: b"stdc-predef.h".to_vec() }, b"", true)?;
    }
    for forced in compiled.forced {
        if compiled.family == Family::Clang {
            search.refuse_precompiled_beside(forced)?;
        }
        search.resolve(&Mention { form: Form::Quote, next: false, name: forced.clone() }, b"", false)?;
    }
    search.follow()?;
    if !compiled.complete && search.headers.words & WORD_SYSTEM_MACRO != 0 {
        return Err(Problem::ComputedInclude(compiled.source.to_vec()));
    }
    search.ask_through_wrappers()?;
    search.judge_unfollowed()?;
    search.judge_pieces();
    search.judge_dated()?;
    for (nth, file) in compiled.assembled.iter().enumerate() {
        search.assembled(file, nth + 1 == compiled.assembled.len())?;
    }
    search.headers.absent.values_mut().for_each(|names| {
        names.sort();
        names.dedup();
    });
    Ok(search.headers)
}

/// The directories of system headers, the compiler's own in both ways that gcc spells their headers in a depfile: by the
/// canonical path where that is shorter (`-fcanonical-system-headers`), such as `/usr/lib/avr/include/…` for
/// `/usr/lib/gcc/avr/5.4.0/../../../avr/include/…`.
fn system_dirs(compiled: &Compiled<'_>) -> Vec<Vec<u8>> {
    let mut dirs = Vec::new();
    for dir in compiled.path.dirs.iter().filter(|dir| dir.system) {
        dirs.push(paths::join(&dir.path, b""));
        if dir.builtin
            && let Ok(canonical) = compiled.cwd.join(paths::path(&dir.path)).canonicalize()
        {
            dirs.push(paths::join(canonical.as_os_str().as_bytes(), b""));
        }
    }
    dirs
}

/// `name` is the path, or its last component.
fn is_name_of(name: &[u8], path: &[u8]) -> bool {
    name == path || path.ends_with(&[b"/", name].concat()) || paths::without_dot_slash(path) == name
}

/// A name of gcc's for what goes from the compiler to the assembler: `cc`, six characters of chance, `.s` (libiberty,
/// `make-temp-file.c`).
fn is_temporary(file: &[u8]) -> bool {
    let name = &file[paths::dir_of(file).len()..];
    let name = name.strip_prefix(b"/").unwrap_or(name);
    name.len() == b"cc".len() + 6 + b".s".len() && name.starts_with(b"cc") && name.ends_with(b".s")
}

/// A file's text, and the directory it is in.
struct Text {
    dir: Vec<u8>,
    text: Vec<u8>,
}

/// A place where a directive looks.
struct Spot {
    path: Vec<u8>,
    system: bool,
    /// The directory's number in the include path, and the last number under which it stands there.
    number: usize,
    last: usize,
}

struct File {
    path: Vec<u8>,
    system: bool,
    facts: Facts,
}

/// What is known of a directory's names.
enum Listed {
    Names(Listing),
    /// It is not there.
    Nothing,
    /// It cannot be listed; its files may still be there.
    Unknown,
}

struct Search<'a, 'b> {
    compiled: &'a Compiled<'b>,
    memo: &'a mut Memo,
    headers: Headers,
    /// Files already among the inputs, by device and inode, with whether their directives are followed as those of a
    /// system header.
    known: FxHashMap<(u64, u64), bool>,
    /// The same files by their paths as spelled: one that was reached by a link is another path to watch.
    tracked: FxHashSet<Vec<u8>>,
    /// Stamps of places looked at.
    stamps: FxHashMap<Vec<u8>, Option<Stamp>>,
    /// Directories looked into.
    listings: FxHashMap<Vec<u8>, Listed>,
    queue: Vec<File>,
    /// Computed includes: the file's directory, the directive, whether the file is a system header.
    computed: Vec<(Vec<u8>, Mention, bool)>,
    /// Those of which nothing tells where they lead: directory and name.
    unfollowed: Vec<(Vec<u8>, Vec<u8>)>,
    /// System headers of which some directives wait for another device.
    by_device: Vec<ByDevice>,
    /// The texts that mention devices: each could define one.
    device_texts: Vec<Vec<u8>>,
    macros: FxHashMap<Vec<u8>, Vec<Mention>>,
    /// Macros that ask `__has_include` for their argument.
    wrappers: Vec<Vec<u8>>,
    /// Macros that are a date or a time where they are expanded.
    dated: Vec<Dated>,
    /// Tokens that could be pasted to a word that matters; those of the toolchain's own headers are left out.
    pieces: Vec<Vec<u8>>,
    /// Mentions followed, by the directory they are relative to.
    done: FxHashMap<(Vec<u8>, bool), FxHashSet<Mention>>,
    /// Digests of all inputs once one of them says `#pragma once`: files equal to one of them were compared.
    once: Vec<Digest>,
    /// The directories of system headers with a slash behind, in every way that their headers may be spelled.
    system_dirs: Vec<Vec<u8>>,
    /// See the method of this name, which is asked for computed includes alone.
    canonical_dirs: Option<Vec<Vec<u8>>>,
    /// The names of [`links::names`] in the search path's directories, under an empty name, and in that of an includer.
    behind_links: FxHashMap<Vec<u8>, Vec<Vec<u8>>>,
    still: Still<'a>,
}

impl Search<'_, '_> {
    fn stamp(&mut self, path: &[u8]) -> Option<Stamp> {
        if let Some(stamp) = self.stamps.get(path) {
            return *stamp;
        }
        let stamp =
            if self.may_be_there(path) { Stamp::of(&self.compiled.cwd.join(paths::path(path))).ok() } else { None };
        self.stamps.insert(path.to_vec(), stamp);
        stamp
    }

    /// Most places a header is looked for hold none; the listings of a few directories say so for all of them.
    fn may_be_there(&mut self, path: &[u8]) -> bool {
        let dir = paths::dir_of(path);
        let name = path[dir.len()..].strip_prefix(b"/").unwrap_or(&path[dir.len()..]);
        self.list(dir);
        match &self.listings[dir] {
            Listed::Names(listing) => listing.may_hold(name),
            Listed::Nothing => false,
            Listed::Unknown => true,
        }
    }

    fn list(&mut self, dir: &[u8]) {
        if !self.listings.contains_key(dir) {
            let full =
                if dir.is_empty() { self.compiled.cwd.to_owned() } else { self.compiled.cwd.join(paths::path(dir)) };
            let listing = match Listing::read(&full) {
                Ok(listing) => Listed::Names(listing),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Listed::Nothing,
                Err(_) => Listed::Unknown,
            };
            self.listings.insert(dir.to_vec(), listing);
        }
    }

    /// The file with this stamp stood at `path` all the time while the compiler ran, and stood still.
    fn stood(&mut self, path: &[u8], stamp: &Stamp) -> bool {
        if self.compiled.span.holds(stamp.ctime_ns) {
            return false;
        }
        let dir = paths::dir_of(path);
        self.list(dir);
        // Mostly nothing in the directory is a link, and the way to it is the way to all that is in it.
        if let Listed::Names(Listing { has_links: false, .. }) = &self.listings[dir] {
            return self.still.dir(dir).is_some();
        }
        let name = path[dir.len()..].strip_prefix(b"/").unwrap_or(&path[dir.len()..]);
        self.still.link(dir, name)
    }

    /// Takes a file as an input and queues it for its directives.
    fn add(&mut self, path: Vec<u8>, system: bool, is_source: bool) -> Result<(), Problem> {
        let full = self.compiled.cwd.join(paths::path(&path));
        let Ok(content) = self.memo.content(&full, &Facts::SCAN) else { return Err(Problem::Unreadable(path)) };
        if !self.stood(&path, &content.stamp) {
            return Err(Problem::Changed(path));
        }
        self.known.insert((content.stamp.dev, content.stamp.ino), system);
        let Some(facts) = content.facts.as_deref().and_then(Facts::decode) else {
            return Err(Problem::Unreadable(path));
        };
        // The assembly of the toolchain's own headers is taken for what it says.
        let own = self.system_dirs.iter().any(|dir| path.starts_with(dir));
        let mut facts = facts;
        if own {
            facts.words &= !WORD_ASM_COMPUTED;
        } else {
            self.pieces.append(&mut facts.pieces);
        }
        self.once.push(content.digest);
        if facts.mentions(WORD_ONCE) {
            self.headers.once.insert(content.digest);
        }
        if !is_source {
            self.headers.files.push((path.clone(), content.digest));
        }
        self.take_facts(&facts);
        self.queue.push(File { path, system, facts });
        Ok(())
    }

    /// What a text says of all others.
    fn take_facts(&mut self, facts: &Facts) {
        self.headers.words |= facts.words;
        self.headers.mentioned.extend(facts.absolute.iter().cloned());
        for found in &facts.macros {
            let mention = Mention { form: found.form, next: false, name: found.header.clone() };
            self.macros.entry(found.name.clone()).or_default().push(mention);
        }
        for wrapper in &facts.wrappers {
            if !self.wrappers.contains(wrapper) {
                self.wrappers.push(wrapper.clone());
            }
        }
        for dated in &facts.dated {
            if !self.dated.contains(dated) {
                self.dated.push(dated.clone());
            }
        }
    }

    /// Words that no text spells, but pieces of which stand there.
    fn judge_pieces(&mut self) {
        self.pieces.sort_unstable();
        self.pieces.dedup();
        for word in pieces::WORDS.into_iter().filter(|word| pieces::make_up(&self.pieces, word)) {
            self.headers.words |= match word {
                "__DATE__" | "__TIME__" => WORD_DATE,
                "__TIMESTAMP__" => WORD_TIMESTAMP,
                "incbin" | "include" => WORD_ASM_PASTED,
                "__FILE__" | "__BASE_FILE__" | "__builtin_FILE" => WORD_FILE,
                // `has`, `include` and `_` are words of their own nearly everywhere.
                "__has_include" | "__has_include_next" | "__has_embed" => {
                    let begins = |piece: &Vec<u8>| {
                        piece.starts_with(b"__h") && !pieces::WORDS.iter().any(|word| word.as_bytes() == piece)
                    };
                    let begins = self.pieces.iter().any(begins);
                    if begins { WORD_ASKS_COMPUTED } else { 0 }
                }
                _ => WORD_ASM_COMPUTED,
            };
        }
    }

    /// `#define BUILT __DATE__` matters if `BUILT` is expanded anywhere.
    fn judge_dated(&mut self) -> Result<(), Problem> {
        let dated: Vec<Dated> =
            std::mem::take(&mut self.dated).into_iter().filter(|dated| self.headers.words & dated.word == 0).collect();
        if dated.is_empty() {
            return Ok(());
        }
        let texts = self.texts()?;
        for Dated { name, word } in dated {
            let (mut begins, mut ends) = (false, false);
            for Text { text, .. } in &texts {
                let (used, pasted) = questions::expands(text, &name);
                begins |= pasted.0;
                ends |= pasted.1;
                if used || begins && ends {
                    self.headers.words |= word;
                    break;
                }
            }
        }
        Ok(())
    }

    /// The texts of all files, for the rare questions that facts do not answer.
    fn texts(&self) -> Result<Vec<Text>, Problem> {
        let source = self.compiled.source.to_vec();
        let mut texts = vec![Text { dir: Vec::new(), text: self.compiled.defines.to_vec() }];
        for path in self.headers.files.iter().map(|(path, _)| path.clone()).chain([source]) {
            texts.push(Text { dir: paths::dir_of(&path).to_vec(), text: self.text(&path)? });
        }
        Ok(texts)
    }

    fn text(&self, path: &[u8]) -> Result<Vec<u8>, Problem> {
        let place = self.compiled.cwd.join(paths::path(path));
        let Ok(text) = bounded::read(&place, TEXT_LIMIT) else { return Err(Problem::Unreadable(path.to_vec())) };
        // Whether it is the text that was hashed.
        if Stamp::of(&place).map_or(true, |stamp| self.compiled.span.holds(stamp.ctime_ns)) {
            return Err(Problem::Changed(path.to_vec()));
        }
        Ok(text)
    }

    /// `#define HAS(x) __has_include(x)` makes every use of `HAS` a question.
    fn ask_through_wrappers(&mut self) -> Result<(), Problem> {
        if self.wrappers.is_empty() {
            return Ok(());
        }
        let wrappers = std::mem::take(&mut self.wrappers);
        for Text { dir, text } in self.texts()? {
            for wrapper in &wrappers {
                let uses = questions::uses(&text, wrapper).ok_or_else(|| Problem::ComputedInclude(wrapper.clone()))?;
                for mention in uses {
                    self.ask(&mention, &dir)?;
                }
            }
        }
        Ok(())
    }

    /// Follows all directives of all files, until nothing new is found.
    fn follow(&mut self) -> Result<(), Problem> {
        loop {
            while let Some(file) = self.queue.pop() {
                let system = file.system || file.facts.mentions(WORD_SYSTEM_HEADER);
                let dir = paths::dir_of(&file.path).to_vec();
                let closed = self.closed(&file, &dir, system)?;
                for mention in file.facts.includes.iter().filter(|mention| !closed.contains(mention)) {
                    if mention.form == Form::Computed {
                        self.computed.push((dir.clone(), mention.clone(), system));
                    } else {
                        self.resolve(mention, &dir, system)?;
                    }
                }
                for mention in &file.facts.asked {
                    self.ask(mention, &dir)?;
                }
            }
            if self.open_devices()? {
                continue;
            }
            // Each file that a computed include leads to may define what another one stands for.
            let texts = if self.computed.is_empty() { Vec::new() } else { self.texts()? };
            let known = self.headers.files.len();
            self.unfollowed.clear();
            for (dir, mention, system) in self.computed.clone() {
                self.resolve_computed(&dir, &mention, system, &texts)?;
            }
            if self.queue.is_empty() && (self.compiled.complete || known == self.headers.files.len()) {
                return Ok(());
            }
        }
    }

    /// Where a directive looks, in order, with whether a file found there is a system header. `#include_next` goes on
    /// behind the place where its own file was found, which is not known here, so it looks everywhere: in the quoted
    /// part of the path if that file stood beside its includer, and like `#include` in the source itself.
    fn places(&self, mention: &Mention, dir: &[u8], system: bool) -> Vec<Spot> {
        if mention.name.first() == Some(&b'/') {
            return vec![Spot { path: mention.name.clone(), system, number: 0, last: 0 }];
        }
        let path = self.compiled.path;
        let mut places = Vec::new();
        if mention.form == Form::Quote {
            places.push(Spot { path: paths::join(dir, &mention.name), system, number: 0, last: 0 });
        }
        let from = if mention.form == Form::Quote || mention.next { 0 } else { path.angle };
        places.extend(path.dirs.iter().enumerate().skip(from).map(|(number, dir)| Spot {
            path: paths::join(&dir.path, &mention.name),
            system: dir.system || system,
            number,
            last: dir.last,
        }));
        places
    }

    fn is_first(&mut self, mention: &Mention, dir: &[u8], system: bool) -> bool {
        let place = (dir.to_vec(), system);
        let followed = self.done.entry(place).or_default();
        !followed.contains(mention) && followed.insert(mention.clone())
    }

    fn resolve(&mut self, mention: &Mention, dir: &[u8], system: bool) -> Result<(), Problem> {
        // Only quoted names depend on where the file that names them is.
        let relative_to = if mention.form == Form::Quote { dir } else { b"" };
        if !self.is_first(mention, relative_to, system) {
            return Ok(());
        }
        // Where the same directory comes again, the search may have begun there: what lies between counts too.
        let mut until = None;
        for Spot { path: place, system, number, last } in self.places(mention, dir, system) {
            self.refuse_precompiled(&place)?;
            let Some(stamp) = self.stamp(&place).filter(|stamp| !stamp.is_dir()) else {
                // A depfile names what was there. What it does not name may have been there and be gone.
                if !self.compiled.complete && system {
                    self.was_absent(&place)?;
                }
                self.note_absent(&place);
                continue;
            };
            // It may have come after the compiler had looked for it.
            if !self.stood(&place, &stamp) {
                return Err(Problem::Changed(place));
            }
            // Where the search of `#include_next` began is not known here: every place it could have found counts.
            let until = until.get_or_insert(last);
            let stop = !mention.next && number >= *until;
            match self.known.get(&(stamp.dev, stamp.ino)) {
                // One of which only the presence mattered, or that was read for the user too, where the depfile tells
                // what it led to.
                Some(false) | None if !self.compiled.complete && system => self.add(place, true, false)?,
                Some(_) if self.is_tracked(&place) => {}
                Some(_) => self.track_only(place)?,
                None => self.compare_once(&place, &stamp)?,
            }
            if stop {
                break;
            }
        }
        Ok(())
    }

    /// `__has_include`: what it found must stay, what it did not find must stay away.
    fn ask(&mut self, mention: &Mention, dir: &[u8]) -> Result<(), Problem> {
        let mut until = None;
        for Spot { path: place, number, last, .. } in self.places(mention, dir, false) {
            match self.stamp(&place).filter(|stamp| !stamp.is_dir()) {
                None => {
                    self.was_absent(&place)?;
                    self.note_absent(&place);
                }
                Some(stamp) => {
                    if !self.known.contains_key(&(stamp.dev, stamp.ino)) || !self.is_tracked(&place) {
                        self.track_only(place)?;
                    }
                    if !mention.next && number >= *until.get_or_insert(last) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// The path is among the inputs. A header of the toolchain is named in depfiles by a shorter path than the one it
    /// was searched by; nobody links those elsewhere.
    fn is_tracked(&self, path: &[u8]) -> bool {
        let own =
            || self.compiled.path.dirs.iter().any(|dir| dir.builtin && path.starts_with(&paths::join(&dir.path, b"")));
        self.tracked.contains(paths::without_dot_slash(path)) || own()
    }

    /// A file that matters by being there (or by being equal to another); its directives do not count.
    fn track_only(&mut self, path: Vec<u8>) -> Result<(), Problem> {
        let full = self.compiled.cwd.join(paths::path(&path));
        let Ok((stamp, digest)) = self.memo.digest(&full) else { return Err(Problem::Unreadable(path)) };
        if !self.stood(&path, &stamp) {
            return Err(Problem::Changed(path));
        }
        self.known.entry((stamp.dev, stamp.ino)).or_insert(false);
        self.tracked.insert(paths::without_dot_slash(&path).to_vec());
        self.headers.files.push((path, digest));
        Ok(())
    }

    /// Under `#pragma once` a file that equals one already read is skipped, and no depfile names it; the
    /// comparison read it all the same.
    fn compare_once(&mut self, place: &[u8], stamp: &Stamp) -> Result<(), Problem> {
        if self.headers.words & WORD_ONCE == 0 || stamp.size == 0 {
            return Ok(());
        }
        let full = self.compiled.cwd.join(paths::path(place));
        match self.memo.digest(&full) {
            Ok((_, digest)) if self.once.contains(&digest) => self.track_only(place.to_vec()),
            _ => Ok(()),
        }
    }

    /// A file that `.include` or `.incbin` led to. Where it was looked for before is not told: every way to it.
    ///
    /// The last one named is what the assembler was started with: mostly a temporary file that is gone.
    fn assembled(&mut self, file: &[u8], last: bool) -> Result<(), Problem> {
        const READS: u32 =
            WORD_INCBIN | WORD_ASM_INCLUDE | WORD_ASM_FILE | WORD_ASM_COMPUTED | WORD_ASM_COMPOSED | WORD_ASM_PASTED;
        match self.stamp(file) {
            Some(_) if self.is_tracked(file) => {
                // The assembler also names what the preprocessor had read; where no text makes it read a file, only that.
                if file == self.compiled.source || self.headers.words & READS == 0 {
                    return Ok(());
                }
            }
            Some(_) => self.track_only(file.to_vec())?,
            // The name of the temporary file between compiler and assembler, or what `.file` says of the source.
            None if last && is_temporary(file) || is_name_of(file, self.compiled.source) => return Ok(()),
            // Debug data names files that need not be there (`#line`, prefix maps), and `as` lists them too. Where no
            // text makes it read a file, it has read none of them.
            None if self.headers.words & READS == 0 => return Ok(()),
            None => return Err(Problem::Unreadable(file.to_vec())),
        }
        self.resolve_every_way(b"", file, false, false)
    }

    /// clang's driver takes `x.h.pch` or `x.h.gch` for `-include x.h` (clang manual, "Using a PCH file").
    fn refuse_precompiled_beside(&mut self, forced: &[u8]) -> Result<(), Problem> {
        for extension in [&b".pch"[..], b".gch"] {
            let precompiled = [forced, extension].concat();
            if self.stamp(&precompiled).is_some() {
                return Err(Problem::Precompiled(precompiled));
            }
            self.note_absent(&precompiled);
        }
        Ok(())
    }

    fn refuse_precompiled(&mut self, place: &[u8]) -> Result<(), Problem> {
        if self.compiled.family != Family::Gcc {
            return Ok(());
        }
        let dir = paths::dir_of(place);
        self.list(dir);
        if let Listed::Names(Listing { has_precompiled: false, .. }) | Listed::Nothing = &self.listings[dir] {
            // One line for the whole directory.
            self.note_absent(&paths::join(dir, NO_PRECOMPILED));
            return Ok(());
        }
        let precompiled = [place, b".gch"].concat();
        if self.stamp(&precompiled).is_some() {
            return Err(Problem::Precompiled(precompiled));
        }
        self.note_absent(&precompiled);
        Ok(())
    }

    /// A place that is empty now was empty when the compiler looked at it.
    fn was_absent(&mut self, place: &[u8]) -> Result<(), Problem> {
        if self.stamp(place).is_some() {
            // A directory, which is passed over.
            return Ok(());
        }
        let dir = paths::dir_of(place);
        let name = place[dir.len()..].strip_prefix(b"/").unwrap_or(&place[dir.len()..]);
        if self.still.absent(dir, name) { Ok(()) } else { Err(Problem::Changed(place.to_vec())) }
    }

    /// Notes a missing header under the nearest directory that is there, whose stamp then answers for it. Where a
    /// directory stands in the header's place, which compilers pass over, the name gets a slash.
    fn note_absent(&mut self, place: &[u8]) {
        if self.stamp(place).is_some() {
            let dir = paths::dir_of(place);
            let name = [place[dir.len()..].strip_prefix(b"/").unwrap_or(&place[dir.len()..]), b"/"].concat();
            self.headers.absent.entry(dir.to_vec()).or_default().push(name);
            return;
        }
        let mut missing = place;
        loop {
            let dir = paths::dir_of(missing);
            let is_there = dir.is_empty() || self.stamp(dir).is_some_and(|stamp| stamp.is_dir());
            if is_there || dir == b"/" {
                let name = place[dir.len()..].strip_prefix(b"/").unwrap_or(&place[dir.len()..]);
                self.headers.absent.entry(dir.to_vec()).or_default().push(name.to_vec());
                return;
            }
            missing = dir;
        }
    }
}
