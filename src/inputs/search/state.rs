//! What a search knows: the files it has taken, what their texts say, and what is still to be followed.

use super::super::compiled::Compiled;
use super::super::dead::Defined;
use super::super::read_set::{ReadFile, ReadSet};
use super::super::tree::{FileFacts, Node, Tree};
use crate::digest::ContentId;
use crate::inputs::absences::Absence;
use crate::paths;
use crate::reason::{Cause, Reason};
use crate::text::{Facts, Mention, Waiting, WordSet};
use rustc_hash::{FxHashMap, FxHashSet};

/// A file whose directives are to be followed.
pub(super) struct Pending {
    pub(super) path: Vec<u8>,
    pub(super) system: bool,
    pub(super) facts: Facts,
}

/// A directive of a file: the directory of that file, and whether it is a system header.
#[derive(Clone)]
pub(super) struct From<T> {
    pub(super) dir: Vec<u8>,
    pub(super) system: bool,
    pub(super) what: T,
}

/// What was found so far, and what is still to be followed.
pub(super) struct Search<'a, 'b> {
    pub(super) compiled: &'a Compiled<'b>,
    pub(super) tree: &'a mut dyn Tree,
    pub(super) set: ReadSet,
    /// Files already among the inputs, by device and inode, with whether their directives are followed as those of a
    /// system header.
    pub(super) known: FxHashMap<(u64, u64), bool>,
    /// The same files by their paths as spelled: one that was reached by a link is another path to watch.
    pub(super) tracked: FxHashSet<Vec<u8>>,
    /// The contents of all files whose text was read.
    pub(super) contents: FxHashSet<ContentId>,
    /// Files that a directive could have found and no depfile names: the directive was not read, or they were skipped.
    pub(super) skipped: FxHashSet<Vec<u8>>,
    /// Places without a file.
    pub(super) missing: FxHashSet<Absence<Vec<u8>>>,
    /// Directories in which gcc looks for precompiled headers and finds none.
    pub(super) plain_dirs: FxHashSet<Vec<u8>>,
    /// Files whose directives are still to be followed.
    pub(super) queue: Vec<Pending>,
    /// Computed includes that may have been read.
    pub(super) computed: Vec<From<Mention>>,
    /// Directives that wait for what nothing defines, as far as is known.
    pub(super) waiting: Vec<From<Waiting>>,
    /// The names that the texts so far define.
    pub(super) defined: Defined,
    /// Header names that macros stand for.
    pub(super) macros: FxHashMap<Vec<u8>, Vec<Mention>>,
    /// Macros that ask `__has_include` for their argument.
    pub(super) wrappers: FxHashSet<Vec<u8>>,
    /// Tokens that could be pasted to a word that matters; those of the toolchain's own headers are left out.
    pub(super) pieces: Vec<Vec<u8>>,
    /// Directives that were followed, by the directory they are relative to, and by whether they stand in a system header.
    pub(super) done: FxHashMap<(Vec<u8>, bool), FxHashSet<Mention>>,
}

impl<'a, 'b> Search<'a, 'b> {
    pub(super) fn new(compiled: &'a Compiled<'b>, tree: &'a mut dyn Tree) -> Self {
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

    /// Counts a place that is looked at.
    pub(super) fn spend(&mut self) -> Result<(), Cause> {
        self.set.work.places += 1;
        if self.set.work.places > self.compiled.budget.places {
            Err(Reason::TooMuchToJudge.about_path(self.compiled.source))
        } else {
            Ok(())
        }
    }

    /// Takes a file as an input and queues it for its directives.
    pub(super) fn add(&mut self, path: Vec<u8>, system: bool, is_source: bool) -> Result<(), Cause> {
        let FileFacts { node, digest, code, is_definitions, mut facts } =
            self.tree.content(&path, self.compiled.reading)?;
        self.known.insert(node.id, system);
        // The toolchain's own headers are trusted: their computed assembly, their `#pragma GCC target` and their pieces do not count.
        let is_own = self.compiled.own_dirs.iter().any(|dir| path.starts_with(dir));
        if is_own {
            facts.words = facts.words.without(WordSet::ASM_COMPUTED | WordSet::TARGET);
        } else {
            self.pieces.append(&mut facts.pieces);
        }
        self.contents.insert(digest);
        if facts.mentions(WordSet::ONCE) {
            self.set.once.insert(digest);
        }
        if is_source {
            self.set.source =
                Some(ReadFile { path: path.clone(), content: digest, code: Some(code), is_definitions: false });
        } else {
            let is_definitions = is_definitions && !is_own;
            let (name, files) = (paths::without_dot_slash(&path), &mut self.set.files);
            if self.tracked.insert(name.to_vec()) {
                files.push(ReadFile { path: path.clone(), content: digest, code: Some(code), is_definitions });
            } else if let Some(known) = files.iter_mut().find(|file| paths::without_dot_slash(&file.path) == name) {
                // Depfiles of gcc list a header twice if it was found in two ways, and `__has_include` may have found it before.
                known.code = Some(code);
                known.is_definitions = is_definitions;
            }
        }
        self.take_facts(&facts);
        self.queue.push(Pending { path, system, facts });
        Ok(())
    }

    /// Takes what a text says that counts for the whole compile.
    pub(super) fn take_facts(&mut self, facts: &Facts) {
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

    /// The path is among the inputs. A path in one of the toolchain's directories counts as one that is: depfiles name such a header by a
    /// shorter path than the one it was found by, and nobody turns links to those.
    pub(super) fn is_tracked(&self, path: &[u8]) -> bool {
        let own =
            || self.compiled.path.dirs.iter().any(|dir| dir.builtin && path.starts_with(&paths::join(&dir.path, b"")));
        self.tracked.contains(paths::without_dot_slash(path)) || own()
    }

    /// Takes another name of a file as an input. Its directives are followed already, or count for nothing.
    pub(super) fn track_again(&mut self, path: Vec<u8>) -> Result<(), Cause> {
        let FileFacts { node, digest, code, is_definitions, .. } = self.tree.content(&path, self.compiled.reading)?;
        self.track(node, ReadFile { path, content: digest, code: Some(code), is_definitions });
        Ok(())
    }

    /// Takes a file as an input without its directives: `#if __has_include(<x.h>)` found it.
    pub(super) fn track_only(&mut self, path: Vec<u8>) -> Result<(), Cause> {
        let (node, digest) = self.tree.digest(&path)?;
        self.track(node, ReadFile { path, content: digest, code: None, is_definitions: false });
        Ok(())
    }

    fn track(&mut self, node: Node, file: ReadFile) {
        self.known.entry(node.id).or_insert(false);
        self.tracked.insert(paths::without_dot_slash(&file.path).to_vec());
        self.set.files.push(file);
    }
}
