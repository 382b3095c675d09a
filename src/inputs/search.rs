//! The work list: files lead to directives, directives to places, places to files, until nothing new comes.
//!
//! What it takes is linear in what was read: each text is scanned once (its facts are remembered with its digest) and read as a
//! whole at most once, each directive is followed once for each directory it counts from. A budget ends what no real compile
//! comes near.

use super::dead::Defined;
use super::mentions;
use super::search_path::IncludePath;
use super::tree::{Content, Tree};
use super::{Compiled, Doubt, NO_PRECOMPILED, Problem, ReadSet, Text, absences, once};
use crate::digest::Digest;
use crate::paths;
use crate::text::conditions;
use crate::text::pieces;
use crate::text::questions;
use crate::text::{Facts, Form, Mention, Waiting, WordSet};
use crate::toolchain::Family;
use rustc_hash::{FxHashMap, FxHashSet};

/// Places that are looked at for one compile. A source over a thousand headers looks at some hundred thousand.
const MOST_PLACES: u64 = 8_000_000;

/// Finds the read set.
///
/// # Errors
/// The reason why it cannot be told, even if the preprocessor were asked.
pub fn find(compiled: &Compiled<'_>, tree: &mut dyn Tree) -> Result<ReadSet, Problem> {
    let mut search = Search::new(compiled, tree);
    search.begin()?;
    if compiled.complete && compiled.answer.is_none() && search.has_early_doubt() {
        // All files are known, and what the texts do not tell of them is asked, or the result is not kept.
        search.judge_pieces();
        return Ok(search.set);
    }
    search.follow()?;
    if !compiled.complete && search.set.words.intersects(WordSet::SYSTEM_MACRO) {
        search.set.doubt.get_or_insert(Doubt::SystemHeaders);
    }
    search.ask_through_wrappers()?;
    search.judge_pieces();
    for (nth, file) in compiled.assembled.iter().enumerate() {
        search.assembled(file, nth + 1 == compiled.assembled.len())?;
    }
    Ok(search.freeze())
}

/// A place where a directive looks.
struct Spot {
    path: Vec<u8>,
    system: bool,
    /// The directory's number in the include path, and the last number under which it stands there.
    number: usize,
    last: usize,
}

/// A file whose directives are to be followed.
struct File {
    path: Vec<u8>,
    system: bool,
    facts: Facts,
}

/// A directive of a file: the directory of that file, and whether it is a system header.
#[derive(Clone)]
struct From<T> {
    dir: Vec<u8>,
    system: bool,
    what: T,
}

struct Search<'a, 'b> {
    compiled: &'a Compiled<'b>,
    tree: &'a mut dyn Tree,
    set: ReadSet,
    /// Files already among the inputs, by device and inode, with whether their directives are followed as those of a
    /// system header.
    known: FxHashMap<(u64, u64), bool>,
    /// The same files by their paths as spelled: one that was reached by a link is another path to watch.
    tracked: FxHashSet<Vec<u8>>,
    /// The contents of all files whose text was read.
    contents: FxHashSet<Digest>,
    /// Files that a directive could have found and no depfile names: the directive was not read, or they were skipped.
    skipped: FxHashSet<Vec<u8>>,
    /// Places without a file.
    missing: FxHashSet<Vec<u8>>,
    /// Directories in which gcc looks for precompiled headers and finds none.
    plain_dirs: FxHashSet<Vec<u8>>,
    queue: Vec<File>,
    /// Computed includes that may have been read.
    computed: Vec<From<Mention>>,
    /// Directives that wait for what nothing defines, as far as is known.
    waiting: Vec<From<Waiting>>,
    defined: Defined,
    /// Header names that macros stand for.
    macros: FxHashMap<Vec<u8>, Vec<Mention>>,
    /// Macros that ask `__has_include` for their argument.
    wrappers: FxHashSet<Vec<u8>>,
    /// Tokens that could be pasted to a word that matters; those of the toolchain's own headers are left out.
    pieces: Vec<Vec<u8>>,
    /// Mentions followed, by the directory they are relative to.
    done: FxHashMap<(Vec<u8>, bool), FxHashSet<Mention>>,
}

impl<'a, 'b> Search<'a, 'b> {
    fn new(compiled: &'a Compiled<'b>, tree: &'a mut dyn Tree) -> Self {
        Self {
            compiled,
            tree,
            set: ReadSet::default(),
            known: FxHashMap::default(),
            tracked: FxHashSet::default(),
            contents: FxHashSet::default(),
            skipped: FxHashSet::default(),
            missing: FxHashSet::default(),
            plain_dirs: FxHashSet::default(),
            queue: Vec::new(),
            computed: Vec::new(),
            waiting: Vec::new(),
            defined: Defined::default(),
            macros: FxHashMap::default(),
            wrappers: FxHashSet::default(),
            pieces: Vec::new(),
            done: FxHashMap::default(),
        }
    }

    /// What is known to have been read: the source, what depfile or preprocessor name, and what the command line says.
    fn begin(&mut self) -> Result<(), Problem> {
        self.add(self.compiled.source.to_vec(), false, true)?;
        let listed = self.compiled.answer.map_or(self.compiled.listed, |answer| &answer.listed);
        for header in listed {
            self.add(header.clone(), false, false)?;
        }
        let mut defined = Facts::of(self.compiled.defines);
        if !defined.asked.is_empty() || !defined.wrappers.is_empty() {
            // A macro of the command line asks wherever it is used.
            defined.words |= WordSet::ASKS_COMPUTED;
        }
        self.take_facts(&defined);
        self.pieces.append(&mut defined.pieces);
        Ok(())
    }

    /// Whether some computed include is not known, where all files are.
    fn has_early_doubt(&mut self) -> bool {
        let mut unknown = None;
        for file in &self.queue {
            let is_computed = |mention: &&Mention| mention.form == Form::Computed;
            let waiting = file.facts.waiting.iter().filter(|waiting| !self.is_dead(waiting));
            let mentions = file.facts.includes.iter().chain(waiting.map(|waiting| &waiting.mention));
            unknown = unknown.or(mentions.filter(is_computed).find(|mention| !self.is_known(&mention.name)).cloned());
        }
        self.set.doubt = unknown.map(|mention| Doubt::ComputedInclude(mention.name));
        self.set.doubt.is_some()
    }

    fn is_dead(&self, waiting: &Waiting) -> bool {
        self.defined.is_dead(waiting, self.compiled.driver_macros)
    }

    /// Counts a place that is looked at.
    fn spend(&mut self) -> Result<(), Problem> {
        self.set.work.places += 1;
        if self.set.work.places > MOST_PLACES { Err(self.over_budget()) } else { Ok(()) }
    }

    fn over_budget(&self) -> Problem {
        Problem::Budget(self.compiled.source.to_vec())
    }

    /// Takes a file as an input and queues it for its directives.
    fn add(&mut self, path: Vec<u8>, system: bool, is_source: bool) -> Result<(), Problem> {
        let Content { node, digest, mut facts } = self.tree.content(&path)?;
        self.known.insert(node.id, system);
        // The toolchain's own headers are taken for what they say.
        if self.compiled.own_dirs.iter().any(|dir| path.starts_with(dir)) {
            facts.words = facts.words.without(WordSet::ASM_COMPUTED | WordSet::TARGET);
        } else {
            self.pieces.append(&mut facts.pieces);
        }
        self.contents.insert(digest);
        if facts.mentions(WordSet::ONCE) {
            self.set.once.insert(digest);
        }
        if !is_source {
            self.tracked.insert(paths::without_dot_slash(&path).to_vec());
            self.set.files.push((path.clone(), digest));
        }
        self.take_facts(&facts);
        self.queue.push(File { path, system, facts });
        Ok(())
    }

    /// What a text says of all others.
    fn take_facts(&mut self, facts: &Facts) {
        self.set.words |= facts.words;
        self.set.mentioned.extend(facts.absolute.iter().cloned());
        self.defined.take(facts);
        for found in &facts.macros {
            let mention = Mention { form: found.form, next: false, name: found.header.clone() };
            self.macros.entry(found.name.clone()).or_default().push(mention);
        }
        self.wrappers.extend(facts.wrappers.iter().cloned());
        self.set.dated.extend(facts.dated.iter().cloned());
    }

    /// Follows all directives of all files, until nothing new is found.
    fn follow(&mut self) -> Result<(), Problem> {
        if self.compiled.family == Family::Gcc {
            self.resolve(&Mention { form: Form::Angle, next: false, name: b"stdc-predef.h".to_vec() }, b"", true)?;
        }
        for forced in self.compiled.forced {
            if self.compiled.family == Family::Clang {
                self.refuse_precompiled_beside(forced)?;
            }
            self.resolve(&Mention { form: Form::Quote, next: false, name: forced.clone() }, b"", false)?;
        }
        for directive in self.compiled.answer.map_or(&[][..], |answer| &answer.directives) {
            self.resolve(&directive.mention, &directive.dir, false)?;
        }
        loop {
            while let Some(file) = self.queue.pop() {
                self.follow_file(file)?;
            }
            self.wake()?;
            self.follow_computed()?;
            if self.queue.is_empty() {
                return Ok(());
            }
        }
    }

    fn follow_file(&mut self, file: File) -> Result<(), Problem> {
        let File { path, system, facts } = file;
        let system = system || facts.mentions(WordSet::SYSTEM_HEADER);
        let dir = paths::dir_of(&path).to_vec();
        for mention in &facts.asked {
            self.ask(mention, &dir)?;
        }
        // What was read of these is known.
        if self.compiled.answer.is_some_and(|answer| answer.entered.contains(paths::without_dot_slash(&path))) {
            return Ok(());
        }
        let from = |what| From { dir: dir.clone(), system, what };
        for mention in facts.includes {
            if mention.form == Form::Computed {
                self.computed.push(from(mention));
            } else {
                self.resolve(&mention, &dir, system)?;
            }
        }
        let from = |what| From { dir: dir.clone(), system, what };
        self.waiting.extend(facts.waiting.into_iter().map(from));
        Ok(())
    }

    /// Follows the waiting directives of which it turned out that some text defines what they wait for.
    fn wake(&mut self) -> Result<(), Problem> {
        let (dead, alive): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| self.is_dead(&waiting.what));
        self.waiting = dead;
        for From { dir, system, what: Waiting { mention, .. } } in alive {
            if mention.form == Form::Computed {
                self.computed.push(From { dir, system, what: mention });
            } else {
                self.resolve(&mention, &dir, system)?;
            }
        }
        Ok(())
    }

    /// Computed includes lead to what the macros of their names stand for. A later file may define such a macro anew, so this is
    /// asked again with each.
    fn follow_computed(&mut self) -> Result<(), Problem> {
        self.set.doubt = None;
        for From { dir, system, what: Mention { name, next, .. } } in self.computed.clone() {
            if !self.is_known(&name) {
                self.set.doubt = Some(Doubt::ComputedInclude(name));
                continue;
            }
            for mention in self.macros.get(&name).cloned().unwrap_or_default() {
                self.resolve(&Mention { next, ..mention }, &dir, system)?;
            }
        }
        Ok(())
    }

    /// All that the macro of this name can stand for are the header names known of it. Between `<` and `>` macros are
    /// expanded, as in avr-libc's `<avr/__header1__(io,__AVR_DEV_LIB_NAME__).h>`.
    fn is_known(&self, name: &[u8]) -> bool {
        let Some(mentions) = self.macros.get(name) else { return false };
        let angled = mentions.iter().filter(|mention| mention.form == Form::Angle);
        let mut words = angled.flat_map(|mention| questions::words(&mention.name));
        let is_drivers = |word: &[u8]| self.compiled.driver_macros.iter().any(|name| name == word);
        let is_plain =
            |word: &[u8]| !conditions::is_predefined(word) && !is_drivers(word) && !self.defined.may_hold(word);
        !is_drivers(name) && self.defined.holds_headers_alone(name) && words.all(is_plain)
    }

    fn is_first(&mut self, mention: &Mention, dir: &[u8], system: bool) -> bool {
        let place = (dir.to_vec(), system);
        let followed = self.done.entry(place).or_default();
        !followed.contains(mention) && followed.insert(mention.clone())
    }

    /// Follows a directive to the file that it finds.
    fn resolve(&mut self, mention: &Mention, dir: &[u8], system: bool) -> Result<(), Problem> {
        // Only quoted names depend on where the file that names them is.
        let relative_to = if mention.form == Form::Quote { dir } else { b"" };
        if !self.is_first(mention, relative_to, system) {
            return Ok(());
        }
        // What a depfile without system headers does not tell of.
        let is_told = self.compiled.complete || self.compiled.answer.is_some();
        // Where the same directory comes again, the search may have begun there: what lies between counts too.
        let mut until = None;
        for spot in places(self.compiled.path, mention, dir, system) {
            let Spot { path: place, system, number, last } = spot;
            self.spend()?;
            self.refuse_precompiled(&place)?;
            let Some(node) = self.tree.node(&place).filter(|node| !node.is_dir) else {
                // A depfile names what was there. What it does not name may have been there and be gone, before the preprocessor was
                // asked too.
                if system && !self.compiled.complete && !self.tree.was_absent(&place) {
                    return Err(Problem::Changed(place));
                }
                self.missing.insert(place);
                continue;
            };
            // It may have come after the compiler had looked for it.
            if !self.tree.stood(&place) {
                return Err(Problem::Changed(place));
            }
            // Where the search of `#include_next` began is not known here: every place it could have found counts.
            let until = until.get_or_insert(last);
            let stop = !mention.next && number >= *until;
            match self.known.get(&node.id) {
                // One of which only the presence mattered, or that was read for the user too, where the depfile tells
                // what it led to.
                Some(false) | None if system && !is_told => self.add(place, true, false)?,
                Some(_) if self.is_tracked(&place) => {}
                Some(_) => self.track_only(place)?,
                None if node.is_empty => {}
                None => drop(self.skipped.insert(place)),
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
        for Spot { path: place, number, last, .. } in places(self.compiled.path, mention, dir, false) {
            self.spend()?;
            match self.tree.node(&place).filter(|node| !node.is_dir) {
                None => {
                    if !self.tree.was_absent(&place) {
                        return Err(Problem::Changed(place));
                    }
                    self.missing.insert(place);
                }
                Some(node) => {
                    if !self.known.contains_key(&node.id) || !self.is_tracked(&place) {
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

    /// `#define HAS(x) __has_include(x)` makes every use of `HAS` a question.
    fn ask_through_wrappers(&mut self) -> Result<(), Problem> {
        if self.wrappers.is_empty() {
            return Ok(());
        }
        let wrappers = std::mem::take(&mut self.wrappers);
        for Text { dir, text } in mentions::texts(&mut self.set, self.compiled, self.tree)?.iter() {
            for (nth, wrapper) in wrappers.iter().enumerate() {
                if nth > 0 {
                    // Each looks through the text anew.
                    mentions::spend(&mut self.set.work, text, self.compiled)?;
                }
                let Some(uses) = questions::uses(text, wrapper) else {
                    self.set.words |= WordSet::ASKS_COMPUTED;
                    continue;
                };
                for mention in uses {
                    self.ask(&mention, dir)?;
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

    /// A file that matters by being there; its directives do not count.
    fn track_only(&mut self, path: Vec<u8>) -> Result<(), Problem> {
        let (node, digest) = self.tree.digest(&path)?;
        self.known.entry(node.id).or_insert(false);
        self.tracked.insert(paths::without_dot_slash(&path).to_vec());
        self.set.files.push((path, digest));
        Ok(())
    }

    /// A file that `.include` or `.incbin` led to. Where it was looked for before is not told: every way to it.
    ///
    /// The last one named is what the assembler was started with: mostly a temporary file that is gone.
    fn assembled(&mut self, file: &[u8], last: bool) -> Result<(), Problem> {
        const READS: WordSet = WordSet::INCBIN
            .union(WordSet::ASM_INCLUDE)
            .union(WordSet::ASM_FILE)
            .union(WordSet::ASM_COMPUTED)
            .union(WordSet::ASM_COMPOSED)
            .union(WordSet::ASM_PASTED);
        let source = self.compiled.source;
        match self.tree.node(file) {
            Some(_) if file == source || self.is_tracked(file) => {
                // The assembler also names what the preprocessor had read; where no text makes it read a file, only that.
                if file == source || !self.set.words.intersects(READS) {
                    return Ok(());
                }
            }
            Some(_) => self.track_only(file.to_vec())?,
            // The name of the temporary file between compiler and assembler, or what `.file` says of the source.
            None if last && is_temporary(file) || is_name_of(file, source) => return Ok(()),
            // Debug data names files that need not be there (`#line`, prefix maps), and `as` lists them too. Where no
            // text makes it read a file, it has read none of them.
            None if !self.set.words.intersects(READS) => return Ok(()),
            None => return Err(Problem::Unreadable(file.to_vec())),
        }
        // No name in a depfile begins with `./`.
        let file = paths::without_dot_slash(file);
        let starts: Vec<Vec<u8>> = self.compiled.path.dirs.iter().map(|dir| dir.path.clone()).collect();
        for start in starts.into_iter().chain([Vec::new()]) {
            let start = paths::without_dot_slash(&start);
            let name = if start.is_empty() || start == b"." {
                (!file.starts_with(b"/")).then(|| file.to_vec())
            } else {
                file.strip_prefix(paths::join(start, b"").as_slice()).map(<[u8]>::to_vec)
            };
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                for form in [Form::Quote, Form::Angle] {
                    self.resolve(&Mention { form, next: false, name: name.clone() }, b"", false)?;
                }
            }
        }
        Ok(())
    }

    /// clang's driver takes `x.h.pch` or `x.h.gch` for `-include x.h` (clang manual, "Using a PCH file").
    fn refuse_precompiled_beside(&mut self, forced: &[u8]) -> Result<(), Problem> {
        for extension in [&b".pch"[..], b".gch"] {
            let precompiled = [forced, extension].concat();
            if self.tree.node(&precompiled).is_some() {
                return Err(Problem::Precompiled(precompiled));
            }
            self.missing.insert(precompiled);
        }
        Ok(())
    }

    fn refuse_precompiled(&mut self, place: &[u8]) -> Result<(), Problem> {
        if self.compiled.family != Family::Gcc {
            return Ok(());
        }
        let dir = paths::dir_of(place);
        if self.plain_dirs.contains(dir) {
            return Ok(());
        }
        if !self.tree.may_hold_precompiled(dir) {
            // One line for the whole directory.
            self.plain_dirs.insert(dir.to_vec());
            self.missing.insert(paths::join(dir, NO_PRECOMPILED));
            return Ok(());
        }
        let precompiled = [place, b".gch"].concat();
        if self.tree.node(&precompiled).is_some() {
            return Err(Problem::Precompiled(precompiled));
        }
        self.missing.insert(precompiled);
        Ok(())
    }

    /// Words that no text spells, but pieces of which stand there.
    fn judge_pieces(&mut self) {
        self.pieces.sort_unstable();
        self.pieces.dedup();
        for word in pieces::WORDS.into_iter().filter(|word| pieces::make_up(&self.pieces, word)) {
            self.set.words |= match word {
                "__DATE__" | "__TIME__" => WordSet::DATE,
                "__TIMESTAMP__" => WordSet::TIMESTAMP,
                "incbin" | "include" => WordSet::ASM_PASTED,
                "__FILE__" | "__BASE_FILE__" | "__builtin_FILE" => WordSet::FILE,
                // `has`, `include` and `_` are words of their own nearly everywhere.
                "__has_include" | "__has_include_next" | "__has_embed" => {
                    let begins = |piece: &Vec<u8>| {
                        piece.starts_with(b"__h") && !pieces::WORDS.iter().any(|word| word.as_bytes() == piece)
                    };
                    if self.pieces.iter().any(begins) { WordSet::ASKS_COMPUTED } else { WordSet::NONE }
                }
                _ => WordSet::ASM_COMPUTED,
            };
        }
    }

    /// Judges what could only be judged when all is known.
    fn freeze(mut self) -> ReadSet {
        if self.set.words.intersects(WordSet::ONCE) {
            let mut skipped: Vec<&Vec<u8>> = self.skipped.iter().filter(|path| !self.tracked.contains(*path)).collect();
            skipped.sort_unstable();
            let tree = &mut self.tree;
            let twins = once::twins(skipped, &self.contents, |path| tree.digest(path).map(|(_, digest)| digest));
            self.set.files.extend(twins);
        }
        self.set.absent = absences::group(&self.missing, self.tree);
        self.set
    }
}

/// Where a directive looks, in order, with whether a file found there is a system header. `#include_next` goes on
/// behind the place where its own file was found, which is not known here, so it looks everywhere: in the quoted
/// part of the path if that file stood beside its includer, and like `#include` in the source itself.
fn places<'a>(
    path: &'a IncludePath,
    mention: &'a Mention,
    dir: &'a [u8],
    system: bool,
) -> impl Iterator<Item = Spot> + use<'a> {
    let is_absolute = mention.name.first() == Some(&b'/');
    let quoted = mention.form == Form::Quote;
    let own = if is_absolute { Some(mention.name.clone()) } else { quoted.then(|| paths::join(dir, &mention.name)) };
    let own = own.map(|path| Spot { path, system, number: 0, last: 0 });
    let from = if quoted || mention.next { 0 } else { path.angle };
    let dirs = path.dirs.iter().enumerate().skip(if is_absolute { path.dirs.len() } else { from });
    own.into_iter().chain(dirs.map(move |(number, dir)| Spot {
        path: paths::join(&dir.path, &mention.name),
        system: dir.system || system,
        number,
        last: dir.last,
    }))
}

/// `name` is the path, or its last component.
fn is_name_of(name: &[u8], path: &[u8]) -> bool {
    name == path || path.ends_with(&[b"/", name].concat()) || paths::without_dot_slash(path) == name
}

/// A name of gcc's for what goes from the compiler to the assembler: `cc`, six characters of chance, `.s` (libiberty,
/// `make-temp-file.c`).
fn is_temporary(file: &[u8]) -> bool {
    let (_, name) = paths::split(file);
    name.len() == b"cc".len() + 6 + b".s".len() && name.starts_with(b"cc") && name.ends_with(b".s")
}
