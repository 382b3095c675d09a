//! What a source or header *says*, found by reading its text once, on a miss: what it may include, what it asks
//! about the file system, and which of the few things it mentions that make a result depend on more than bytes.
//!
//! The scan does not preprocess. It finds a superset: a directive inside `#if 0` counts, and so does one inside a
//! comment, because what is found here is only used to track more, never less. The exception is words such as
//! `__DATE__`, which would forbid caching: comments and string literals are understood for those, so that a
//! mention in prose costs nothing.
//!
//! Nothing looks further than four kilobytes from where it stands: what is asked of each of many places must not cost the
//! length of the text each time. What is further away counts for the worse, and nobody writes such texts.
//!
//! What a scan finds depends on the text alone and is memoised with the text's digest (see [`crate::disk::memo`]).

use super::conditions::{self, Needs};
use super::lexer::{
    FAR, Region, Regions, follows_hash, is_word, join_lines, line_of, line_start, literal_end, possible_seams,
    replace_trigraphs, skip_blank, stands_alone, trim_blank_end,
};
use super::pieces;
use crate::codec::{Reader, Writer};
use crate::disk::memo::Scan;
use crate::toolchain::DEVICE;
use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::OnceCell;

/// How a header is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Form {
    /// `"name"`
    Quote = 0,
    /// `<name>`
    Angle = 1,
    /// By a macro; `name` is the macro's if the directive holds nothing else, otherwise empty.
    Computed = 2,
}

/// One `#include`, `#include_next`, `#import` or `__has_include`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mention {
    /// How it is named.
    pub form: Form,
    /// The search goes on behind the directory of the file that says so.
    pub next: bool,
    /// The name as written.
    pub name: Vec<u8>,
}

/// An include directive that is only read if names are defined, see [`conditions`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// What it includes.
    pub mention: Mention,
    /// What must be defined.
    pub needs: Needs,
}

/// A macro whose body is a header's name: `#define NAME <header>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderMacro {
    /// The macro.
    pub name: Vec<u8>,
    /// How the header is named.
    pub form: Form,
    /// The header.
    pub header: Vec<u8>,
}

/// A macro that is a date, a time or a file's name wherever it is expanded: `#define BUILT __DATE__`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dated {
    /// The macro.
    pub name: Vec<u8>,
    /// [`WORD_DATE`], [`WORD_TIMESTAMP`] or [`WORD_FILE`].
    pub word: u32,
}

/// What the scan of one file found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Include directives that may be read, without repetition.
    pub includes: Vec<Mention>,
    /// Include directives that are not read unless something is defined: computed ones, and those that wait for a [`DEVICE`].
    pub waiting: Vec<Waiting>,
    /// Names asked for by `__has_include` and `__has_include_next`.
    pub asked: Vec<Mention>,
    /// Macros that name headers.
    pub macros: Vec<HeaderMacro>,
    /// Function-like macros that ask `__has_include` for their argument.
    pub wrappers: Vec<Vec<u8>>,
    /// Macros whose body holds a time macro or `__FILE__`.
    pub dated: Vec<Dated>,
    /// The names of all other macros it defines, by their [`name_hash`], ascending.
    pub defined: Vec<u32>,
    /// Tokens that are part of a word that matters (see `pieces`).
    pub pieces: Vec<Vec<u8>>,
    /// Absolute paths, each up to a sign that [`ends_a_path`]; those of many components, and those cut short.
    pub absolute: Vec<Vec<u8>>,
    /// The words it mentions: a set of the constants below.
    pub words: u32,
}

/// `__FILE__`, `__BASE_FILE__`, `__builtin_FILE`, `source_location`: the result may depend on how a
/// path is spelled.
pub const WORD_FILE: u32 = 1;
/// `__DATE__` or `__TIME__` in code, and not only in what a macro stands for (see [`Facts::dated`]).
pub const WORD_DATE: u32 = 2;
/// `__TIMESTAMP__` in code.
pub const WORD_TIMESTAMP: u32 = 4;
/// `incbin` inside a string literal, where it can be inline assembly.
pub const WORD_INCBIN: u32 = 8;
/// `.include` inside a string literal, where it can be inline assembly.
pub const WORD_ASM_INCLUDE: u32 = 16;
/// `incbin` or `.include` anywhere but in what is a comment to everybody: what counts in an assembler source.
pub const WORD_ASM_FILE: u32 = 32;
/// `#embed` or `__has_embed`.
pub const WORD_EMBED: u32 = 64;
/// `#pragma GCC dependency`: the diagnostics depend on another file's time.
pub const WORD_DEPENDENCY: u32 = 128;
/// `#pragma once` or `#import`: identical files in two places count as one.
pub const WORD_ONCE: u32 = 256;
/// `#pragma GCC system_header`: what is included from here is missing in `-MMD` depfiles.
pub const WORD_SYSTEM_HEADER: u32 = 512;
/// `__has_include` of something that is no plain name.
pub const WORD_ASKS_COMPUTED: u32 = 1024;
/// `#pragma GCC pch_preprocess`, which names a precompiled header.
pub const WORD_PCH: u32 = 2048;

/// Inline assembly whose text is not all literal: macros could make it say anything.
pub const WORD_ASM_COMPUTED: u32 = 4096;

/// `#line` or a linemarker that names a file: diagnostics show that file's lines.
pub const WORD_LINE: u32 = 8192;
/// An escape character: diagnostics that show the text could not be told from colours.
pub const WORD_ESCAPE: u32 = 16384;

/// Assembler macros that could put the name of a directive together.
pub const WORD_ASM_COMPOSED: u32 = 32768;
/// The name of such a directive could be pasted by the preprocessor; it counts where assembly is preprocessed.
pub const WORD_ASM_PASTED: u32 = 65536;

/// `__PRETTY_FUNCTION__` and its relatives: as `WORD_FILE` where the names of types hold the file they are in.
pub const WORD_TYPE_NAMES: u32 = 131_072;

/// A directive or `__has_include` whose file's name is made of `__FILE__` or `__BASE_FILE__`.
pub const WORD_FILE_ASKED: u32 = 262_144;
/// More absolute paths than are kept.
pub const WORD_PATHS: u32 = 524_288;

/// `#import`: the files it names count once, whatever they say.
pub const WORD_IMPORT: u32 = 1_048_576;

/// A macro that stands for the pragma of [`WORD_SYSTEM_HEADER`]: any file that uses it is such a header.
pub const WORD_SYSTEM_MACRO: u32 = 2_097_152;

/// A macro that is named after a device of the AVR family, see [`DEVICE`].
pub const WORD_DEVICE: u32 = 4_194_304;

/// `#pragma GCC target`, `optimize` or one that brings them back: gcc 12 and older define other macros then, but not when they only
/// preprocess (GCC bug 87299).
pub const WORD_TARGET: u32 = 8_388_608;
/// A `#define` whose name cannot be told.
pub const WORD_HIDDEN_DEFINE: u32 = 16_777_216;
/// What `-fdirectives-only` does not follow as a compile does: a pragma for the preprocessor that is no directive
/// (`_Pragma("push_macro(\"X\")")`), digraphs, trigraphs, zero bytes.
pub const WORD_NOT_BY_DIRECTIVES: u32 = 33_554_432;
/// A line that reads like a line marker of a preprocessor: `# 1 "x.h" 1`.
pub const WORD_MARKER: u32 = 67_108_864;

/// Changes whenever a scan finds other facts than before: older memos are then scanned again.
const FORMAT: u8 = 23;

/// More absolute paths of one text are not kept.
const PATHS: usize = 64;

/// Whether a path in a text is taken to end before this byte. A directory's name may hold it all the same.
pub fn ends_a_path(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'<>`()|;,\\".contains(&byte)
}

impl Facts {
    /// Scans a text.
    pub fn of(text: &[u8]) -> Self {
        let mut facts = Self::default();
        // What nobody preprocesses has no continued lines.
        facts.find_in_assembly(text);
        let joined = join_lines(text);
        facts.find_all(joined.as_deref().unwrap_or(text));
        let has = |word: &[u8]| memmem::find(text, word).is_some();
        if has(b"%:") || has(b"??=") || has(b"??/") || has(b"\0") {
            facts.words |= WORD_NOT_BY_DIRECTIVES;
        }
        if has_marker(text) || joined.as_deref().is_some_and(has_marker) {
            facts.words |= WORD_MARKER;
        }
        // Compilers take a zero byte for a blank.
        if memchr::memchr(0, text).is_some() {
            let spaced: Vec<u8> = text.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
            facts.find_all(join_lines(&spaced).as_deref().unwrap_or(&spaced));
        }
        // Whether trigraphs count is up to `-std` and `-trigraphs`: both readings are taken.
        if let Some(replaced) = replace_trigraphs(text) {
            facts.find_all(join_lines(&replaced).as_deref().unwrap_or(&replaced));
        }
        let mut known = FxHashSet::default();
        facts.includes.retain(|mention| known.insert(mention.clone()));
        let mut known = FxHashSet::default();
        facts.asked.retain(|mention| known.insert(mention.clone()));
        let mut known = FxHashSet::default();
        facts.waiting.retain(|waiting| known.insert(waiting.clone()));
        facts.defined.sort_unstable();
        facts.defined.dedup();
        facts.pieces.sort_unstable();
        facts.pieces.dedup();
        facts.absolute.sort_unstable();
        facts.absolute.dedup();
        if facts.absolute.len() > PATHS {
            facts.absolute.clear();
            facts.words |= WORD_PATHS;
        }
        facts
    }

    fn find_all(&mut self, text: &[u8]) {
        let regions = Regions::of(text);
        let conditions = OnceCell::new();
        let conditions = || conditions.get_or_init(|| conditions::of(text, &regions).unwrap_or_default());
        self.find_includes(text, &regions, conditions);
        self.find_macros(text, &regions, conditions);
        self.find_words(text, &regions);
        self.find_paths(text);
        self.find_asked_files(text);
    }

    /// How memos find facts.
    pub const SCAN: Scan = Scan { format: FORMAT, run: Self::scan };

    /// Scans a text and encodes what was found.
    fn scan(text: &[u8]) -> Vec<u8> {
        Self::of(text).encode()
    }

    /// Encodes facts for a memo.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORMAT).u32(self.words);
        for mentions in [&self.includes, &self.asked] {
            out.count(mentions.len());
            for mention in mentions {
                out.byte(mention.form as u8).byte(u8::from(mention.next)).bytes(&mention.name);
            }
        }
        out.count(self.waiting.len());
        for Waiting { mention, needs } in &self.waiting {
            out.byte(mention.form as u8).byte(u8::from(mention.next)).bytes(&mention.name).count(needs.len());
            for group in needs {
                out.count(group.len());
                for name in group {
                    out.bytes(name);
                }
            }
        }
        out.count(self.defined.len());
        for name in &self.defined {
            out.u32(*name);
        }
        out.count(self.macros.len());
        for found in &self.macros {
            out.byte(found.form as u8).bytes(&found.name).bytes(&found.header);
        }
        out.count(self.wrappers.len());
        for wrapper in &self.wrappers {
            out.bytes(wrapper);
        }
        out.count(self.dated.len());
        for dated in &self.dated {
            out.u32(dated.word).bytes(&dated.name);
        }
        for texts in [&self.pieces, &self.absolute] {
            out.count(texts.len());
            for text in texts {
                out.bytes(text);
            }
        }
        out.0
    }

    /// Decodes what [`Facts::SCAN`] encoded; `None` if it is of another format.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.byte()? != FORMAT {
            return None;
        }
        let words = from.u32()?;
        let mut lists = [Vec::new(), Vec::new()];
        for list in &mut lists {
            for _ in 0..from.count(6)? {
                let form = form_from(from.byte()?)?;
                list.push(Mention { form, next: from.byte()? != 0, name: from.bytes()?.to_vec() });
            }
        }
        let mut waiting = Vec::new();
        for _ in 0..from.count(10)? {
            let form = form_from(from.byte()?)?;
            let mention = Mention { form, next: from.byte()? != 0, name: from.bytes()?.to_vec() };
            let mut needs = Needs::new();
            for _ in 0..from.count(4)? {
                let count = from.count(4)?;
                let group: Option<Vec<Vec<u8>>> = (0..count).map(|_| from.bytes().map(<[u8]>::to_vec)).collect();
                needs.push(group?);
            }
            waiting.push(Waiting { mention, needs });
        }
        let mut defined = Vec::new();
        for _ in 0..from.count(4)? {
            defined.push(from.u32()?);
        }
        let mut macros = Vec::new();
        for _ in 0..from.count(9)? {
            let form = form_from(from.byte()?)?;
            macros.push(HeaderMacro { form, name: from.bytes()?.to_vec(), header: from.bytes()?.to_vec() });
        }
        let mut wrappers = Vec::new();
        for _ in 0..from.count(4)? {
            wrappers.push(from.bytes()?.to_vec());
        }
        let mut dated = Vec::new();
        for _ in 0..from.count(8)? {
            dated.push(Dated { word: from.u32()?, name: from.bytes()?.to_vec() });
        }
        let (mut pieces, mut absolute) = (Vec::new(), Vec::new());
        for list in [&mut pieces, &mut absolute] {
            for _ in 0..from.count(4)? {
                list.push(from.bytes()?.to_vec());
            }
        }
        from.end()?;
        let [includes, asked] = lists;
        Some(Self { includes, waiting, asked, macros, wrappers, dated, defined, pieces, absolute, words })
    }

    /// Any of the words in `set` is mentioned.
    pub fn mentions(&self, set: u32) -> bool {
        self.words & set != 0
    }

    fn find_includes<'c>(&mut self, text: &[u8], regions: &Regions, conditions: impl Fn() -> &'c Conditions) {
        // A computed include is a doubt about the result, so prose that looks like one must not count.
        let is_prose = |at: usize| matches!(regions.at(at), Region::Comment | Region::String);
        let is_by_device = memmem::find(text, DEVICE).is_some();
        let mut note = |mention: Mention, at: usize| {
            let is_computed = mention.form == Form::Computed;
            if is_computed && is_prose(at) {
                return;
            }
            let mut needs = Needs::new();
            if (is_computed || is_by_device)
                && let Some(needed) = conditions().get(&at)
            {
                let counts = |group: &&Vec<Vec<u8>>| is_computed || group.iter().all(|name| name.starts_with(DEVICE));
                needs.extend(needed.iter().filter(counts).cloned());
            }
            if needs.is_empty() {
                self.includes.push(mention);
            } else {
                self.waiting.push(Waiting { mention, needs });
            }
        };
        let mut questions = Vec::new();
        for at in memmem::find_iter(text, b"include") {
            let after = &text[at + b"include".len()..];
            let (next, after) = after.strip_prefix(b"_next").map_or((false, after), |rest| (true, rest));
            if text[..at].ends_with(b"has_") {
                questions.push((at, next, after));
            } else if after.first().is_none_or(|byte| !is_word(*byte)) && follows_hash(&text[..at]) {
                note(read_mention(after, next), at);
            }
        }
        let mut imports = false;
        for at in memmem::find_iter(text, b"import") {
            let after = &text[at + b"import".len()..];
            if after.first().is_none_or(|byte| !is_word(*byte)) && follows_hash(&text[..at]) {
                imports = true;
                note(read_mention(after, false), at);
            }
        }
        if imports {
            self.words |= WORD_ONCE | WORD_IMPORT;
        }
        for (at, next, after) in questions {
            let before = self.words;
            self.find_question(text, at, next, after);
            if before != self.words && is_prose(at) {
                self.words = before;
            }
        }
    }

    /// `__has_include (…)`, or a macro that wraps it and is named like it.
    fn find_question(&mut self, text: &[u8], at: usize, next: bool, after: &[u8]) {
        let after = after.strip_prefix(b"__").unwrap_or(after);
        let after = skip_blank(after);
        let Some(line) = line_start(text, at).filter(|_| !after.starts_with(b"/*")) else {
            self.words |= WORD_ASKS_COMPUTED;
            return;
        };
        let define = define_of(&text[line..at]);
        let Some(argument) = after.strip_prefix(b"(") else {
            // `defined __has_include` asks nothing; another name for it is a wrapper.
            let rest = line_of(after);
            match define {
                Some((name, body)) if body.trim_ascii() == b"__has_" && rest.trim_ascii().is_empty() => {
                    push_new(&mut self.wrappers, name.to_vec());
                }
                Some((_, body)) if !body.is_empty() => self.words |= WORD_ASKS_COMPUTED,
                _ => {}
            }
            return;
        };
        let mention = read_mention(argument, next);
        if mention.form != Form::Computed {
            self.asked.push(mention);
            return;
        }
        // `#define __glibc_has_include(header) __has_include (header)`
        let asked = argument
            .iter()
            .take(FAR)
            .take_while(|byte| is_word(**byte) || **byte == b' ')
            .copied()
            .collect::<Vec<u8>>();
        let asked = asked.trim_ascii();
        match define {
            // The definition itself: `#define __has_include(x) 0`, or of a name like it.
            Some(_) if is_defining_alias(&text[line..at]) => {}
            Some((name, rest)) if parameters(rest).any(|parameter| parameter == asked) => {
                // Uses of a name like this are found as questions themselves.
                if !name.ends_with(b"has_include") && !name.ends_with(b"has_include_next") {
                    push_new(&mut self.wrappers, name.to_vec());
                }
            }
            _ => self.words |= WORD_ASKS_COMPUTED,
        }
    }

    fn find_macros<'c>(&mut self, text: &[u8], regions: &Regions, conditions: impl Fn() -> &'c Conditions) {
        for at in memmem::find_iter(text, b"define") {
            if !follows_hash(&text[..at]) {
                continue;
            }
            let after = &text[at + b"define".len()..];
            if after.first().is_some_and(|byte| is_word(*byte)) {
                // `#defined` is no directive.
                continue;
            }
            let after = skip_blank(after);
            let (name, body) = after.split_at(after.iter().take_while(|byte| is_word(**byte)).count());
            if name.is_empty() {
                // A comment that does not end where it should hides the name; in prose there is none.
                if !matches!(regions.at(at), Region::Comment | Region::String) {
                    self.words |= WORD_HIDDEN_DEFINE;
                }
                continue;
            }
            let mention = header_of(body);
            match mention {
                Some(Mention { form, name: header, .. }) => {
                    self.macros.push(HeaderMacro { name: name.to_vec(), form, header });
                }
                // `#ifdef A` / `#define A` / `#endif` is never the first to define it.
                None if !self.waiting.is_empty() && is_needed(name, conditions().get(&at)) => {}
                None => self.defined.push(name_hash(name)),
            }
        }
    }

    fn find_words(&mut self, text: &[u8], prose: &Regions) {
        let has = |word: &str| memmem::find(text, word.as_bytes()).is_some();
        let of_files = ["__builtin_FILE", "source_location"];
        // clang's names of lambdas and of types without a name hold the file they are in.
        let of_types = ["__PRETTY_FUNCTION__", "__FUNCSIG__", "__builtin_FUNCSIG", "__builtin_FUNCTION"];
        if of_files.iter().any(|word| has(word)) {
            self.words |= WORD_FILE;
        }
        if of_types.iter().any(|word| has(word)) {
            self.words |= WORD_TYPE_NAMES;
        }
        if memmem::find(text, DEVICE).is_some() {
            self.words |= WORD_DEVICE;
        }
        for at in memmem::find_iter(text, b"system_header") {
            self.words |= WORD_SYSTEM_HEADER;
            if line_start(text, at).is_none_or(|line| define_of(&text[line..at]).is_some()) {
                self.words |= WORD_SYSTEM_MACRO;
            }
        }
        if memmem::find_iter(text, b"embed").any(|at| follows_hash(&text[..at]) || text[..at].ends_with(b"has_")) {
            self.words |= WORD_EMBED;
        }
        if memchr::memchr(0x1b, text).is_some() {
            self.words |= WORD_ESCAPE;
        }
        if has("pch_preprocess") {
            self.words |= WORD_PCH;
        }
        self.find_pragmas(text, prose);
        let is_prose = |at: usize| matches!(prose.at(at), Region::Comment | Region::String);
        let is_code = |at: usize| !is_prose(at);
        for at in memchr::memchr_iter(b'#', text) {
            let rest = skip_blank(&text[at + 1..]);
            let directive = rest.strip_prefix(b"line").filter(|rest| rest.first().is_none_or(|byte| !is_word(*byte)));
            let rest = directive.map_or(rest, skip_blank);
            let line = line_of(rest);
            let is_marker = rest.first().is_some_and(u8::is_ascii_digit) || rest.starts_with(b"/*");
            // Macros may stand for what a `#line` says, but not for what a linemarker does.
            let is_computed = |byte: &u8| !byte.is_ascii_digit() && !byte.is_ascii_whitespace();
            let names_file = is_marker && (memchr::memchr(b'"', line).is_some() || line.len() == FAR);
            if (names_file || directive.is_some() && line.iter().any(is_computed)) && is_code(at) {
                // A linemarker may also say that what follows is a system header.
                self.words |= WORD_LINE | WORD_SYSTEM_HEADER;
            }
        }
        if mentions_asm(text) && has_computed_assembly(text, is_prose) || pieces::paste_asm(text, is_code) {
            self.words |= WORD_ASM_COMPUTED;
        }
        if memmem::find_iter(text, b"dependency").any(|at| is_pragma_dependency(text, at, prose)) {
            self.words |= WORD_DEPENDENCY;
        }
        // `_Pragma("once")`, also where a macro of another text makes it of a word.
        let is_comment = |at: usize| matches!(prose.at(at), Region::Comment);
        if memmem::find_iter(text, b"once").any(|at| stands_alone(text, at, b"once".len()) && !is_comment(at)) {
            self.words |= WORD_ONCE;
        }
        self.pieces.extend(pieces::of(text, is_code));
        self.find_spelled(text, prose);
        // Adjacent literals are one: `".inc" "bin"`. What stands elsewhere is looked for above, as it is written.
        if let Some(joined) = join_literals(text, prose) {
            self.find_spelled(&joined, &Regions::of(&joined));
        }
    }

    /// Pragmas after which preprocessing alone may go another way than compiling.
    fn find_pragmas(&mut self, text: &[u8], regions: &Regions) {
        const SWITCHES: [&[u8]; 5] = [b"target", b"optimize", b"push_options", b"pop_options", b"reset_options"];
        const OTHERS: [&[u8]; 9] = [
            b"diagnostic",
            b"visibility",
            b"system_header",
            b"poison",
            b"warning",
            b"error",
            b"dependency",
            b"ivdep",
            b"unroll",
        ];
        for at in memmem::find_iter(text, b"GCC").filter(|at| stands_alone(text, *at, b"GCC".len())) {
            let rest = skip_blank(&text[at + b"GCC".len()..]);
            let rest = rest.strip_prefix(b",").map_or(rest, skip_blank);
            let is_name = rest.first().is_some_and(|byte| is_word(*byte) && !byte.is_ascii_digit());
            let begins = |words: &[&[u8]]| words.iter().any(|word| rest.starts_with(word));
            // What follows may be pasted: `PRAGMA(GCC CAT(tar, get)("avx2"))`.
            let switches = match regions.at(at) {
                Region::Comment => false,
                Region::String | Region::Unsure => begins(&SWITCHES),
                // `__diag_ignore(GCC, 8, "-Wattribute-alias", …)` is none.
                Region::Code => is_name && !begins(&OTHERS),
            };
            if switches {
                self.words |= WORD_TARGET;
            }
        }
        // `#pragma push_macro("X")` is a directive; `_Pragma("push_macro(\"X\")")` and `PRAGMA(once)` are none.
        let is_directive = |at: usize| {
            line_start(text, at).is_some_and(|start| {
                let directive = text[start..at].trim_ascii_start().strip_prefix(b"#").map(skip_blank);
                directive.is_some_and(|rest| rest.starts_with(b"pragma"))
            })
        };
        for (word, before, after) in
            [(&b"push_macro"[..], &b""[..], &b""[..]), (b"pop_macro", b"", b""), (b"once", b"\"(", b"\")\\")]
        {
            let stands =
                |byte: Option<&u8>, among: &[u8]| among.is_empty() || byte.is_some_and(|byte| among.contains(byte));
            let counts = |at: usize| {
                stands_alone(text, at, word.len())
                    && stands(text[..at].trim_ascii_end().last(), before)
                    && stands(text[at + word.len()..].trim_ascii_start().first(), after)
                    && !is_directive(at)
                    && regions.at(at) != Region::Comment
            };
            if memmem::find_iter(text, word).any(counts) {
                self.words |= WORD_NOT_BY_DIRECTIVES;
            }
        }
    }

    /// Absolute paths, wherever they stand: in a directive, in assembly, in what a diagnostic shows.
    fn find_paths(&mut self, text: &[u8]) {
        const LONGEST: usize = 1024;
        for at in memchr::memchr_iter(b'/', text) {
            let continues = |byte: &u8| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'*' | b'-' | b')' | b']')
            };
            let begins = |byte: &u8| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'*' | b'=');
            if text[..at].last().is_some_and(continues) || !text.get(at + 1).is_some_and(begins) {
                continue;
            }
            let path = &text[at..text.len().min(at + LONGEST)];
            let len = path.iter().position(|byte| ends_a_path(*byte)).unwrap_or(path.len());
            let cut = text.get(at + len).is_some_and(|byte| matches!(byte, b' ' | b'\''));
            if cut || memchr::memchr(b'/', &path[1..len]).is_some() {
                push_new(&mut self.absolute, path[..len].to_vec());
                if self.absolute.len() > PATHS {
                    return;
                }
            }
        }
    }

    /// `#include __FILE__`, `__has_include(__FILE__)`, also by a macro of the same text that stands for it.
    fn find_asked_files(&mut self, text: &[u8]) {
        let computed = |mention: &Mention| mention.form == Form::Computed;
        let waits = |waiting: &Waiting| computed(&waiting.mention);
        if !self.includes.iter().any(computed)
            && !self.waiting.iter().any(waits)
            && self.words & (WORD_ASKS_COMPUTED | WORD_EMBED) == 0
        {
            return;
        }
        for name in [&b"__FILE__"[..], b"__BASE_FILE__"] {
            for at in memmem::find_iter(text, name) {
                let Some(start) = line_start(text, at) else { continue };
                let before = &text[start..at];
                let asks = |before: &[u8]| {
                    [&b"include"[..], b"import", b"embed"].iter().any(|word| memmem::find(before, word).is_some())
                };
                let stands_for_it = define_of(before).is_some_and(|(macro_name, _)| {
                    let waiting = self.waiting.iter().map(|waiting| &waiting.mention);
                    let mut mentions = self.includes.iter().chain(waiting);
                    mentions.any(|mention| computed(mention) && mention.name == macro_name)
                        || self.words & WORD_ASKS_COMPUTED != 0
                });
                if asks(before) || stands_for_it {
                    self.words |= WORD_FILE_ASKED;
                }
            }
        }
    }

    /// What an assembler source says that no preprocessor sees. Comments begin with other signs there, so that only
    /// those count that nothing before them on the line could make into something else.
    fn find_in_assembly(&mut self, text: &[u8]) {
        let lower = text.to_ascii_lowercase();
        if pieces::assembler_macros_compose(&lower) {
            self.words |= WORD_ASM_COMPOSED;
        }
        let mut regions = None;
        for word in [&b"incbin"[..], b".include"] {
            for at in memmem::find_iter(&lower, word) {
                let regions = regions.get_or_insert_with(|| Regions::of(text));
                if !regions.is_plain_comment(text, at) {
                    self.words |= WORD_ASM_FILE;
                }
            }
        }
    }

    /// A time macro or `__FILE__` at `at`: in what another macro stands for, or anywhere else.
    fn note_date(&mut self, text: &[u8], at: usize, word: u32, region: Region) {
        let definition = line_start(text, at).filter(|_| region == Region::Code).and_then(|line| {
            let (name, body) = define_of(&text[line..at])?;
            (!name.is_empty() && !body.is_empty()).then_some(name)
        });
        match definition {
            Some(name) => push_new(&mut self.dated, Dated { name: name.to_vec(), word }),
            None => self.words |= word,
        }
    }

    /// Words that count by where they stand.
    fn find_spelled(&mut self, text: &[u8], regions: &Regions) {
        // Names of directives are the same in capitals.
        let lower = (memchr::memmem::find(text, b"IN").is_some()
            || memchr::memmem::find(text, b"In").is_some()
            || memchr::memmem::find(text, b"iN").is_some())
        .then(|| text.to_ascii_lowercase());
        for (word, in_code, in_string, anywhere) in [
            (&b"__DATE__"[..], WORD_DATE, 0, 0),
            (b"__TIME__", WORD_DATE, 0, 0),
            (b"__TIMESTAMP__", WORD_TIMESTAMP, 0, 0),
            (b"__FILE__", WORD_FILE, 0, 0),
            (b"__BASE_FILE__", WORD_FILE, 0, 0),
            (b"incbin", 0, WORD_INCBIN, WORD_ASM_FILE),
            (b".include", 0, WORD_ASM_INCLUDE, WORD_ASM_FILE),
        ] {
            let searched = if word.is_ascii() && word[0] != b'_' { lower.as_deref().unwrap_or(text) } else { text };
            for at in memmem::find_iter(searched, word) {
                // The name of a directive alone, in a file without assembly, is text about directives.
                if in_string != 0 && text.get(at + word.len()) == Some(&b'"') && !mentions_asm(text) {
                    self.words |= anywhere;
                    continue;
                }
                let region = match regions.at(at) {
                    Region::String if in_code != 0 && is_in_pragma(text, at, regions) => Region::Code,
                    region => region,
                };
                if in_code != 0 {
                    if stands_alone(text, at, word.len()) && matches!(region, Region::Code | Region::Unsure) {
                        self.note_date(text, at, in_code, region);
                    }
                    continue;
                }
                self.words |= match region {
                    Region::Code => in_code | anywhere,
                    Region::String => in_string | anywhere,
                    Region::Comment => 0,
                    Region::Unsure => in_code | in_string | anywhere,
                };
            }
        }
    }
}

/// The string that holds the place is a pragma: `_Pragma("message(__DATE__)")`.
fn is_in_pragma(text: &[u8], at: usize, regions: &Regions) -> bool {
    let Some(open) = regions.start_of(at) else { return true };
    let before = text[..open].trim_ascii_end();
    // `L"…"` is one too.
    let before = before.strip_suffix(b"L").unwrap_or(before).trim_ascii_end();
    before.strip_suffix(b"(").is_some_and(|before| before.trim_ascii_end().ends_with(b"_Pragma"))
        || before.ends_with(b"*/")
}

/// `#pragma GCC dependency`, also as a string for `_Pragma`, and with comments between its words: the word follows the
/// name of a compiler, or a file's name follows it.
fn is_pragma_dependency(text: &[u8], at: usize, regions: &Regions) -> bool {
    if regions.at(at) == Region::Comment {
        return false;
    }
    let mut before = trim_blank_end(&text[..at]);
    while let Some(inside) = before.strip_suffix(b"*/") {
        let from = inside.len().saturating_sub(FAR);
        let Some(open) = memmem::rfind(&inside[from..], b"/*") else { return true };
        before = trim_blank_end(&inside[..from + open]);
    }
    let after = skip_blank(&text[at + b"dependency".len()..]);
    let names_file = matches!(after, [b'<' | b'"', ..] | [b'\\', b'"', ..]);
    before.ends_with(b"GCC") || before.ends_with(b"clang") || names_file && memmem::find(text, b"ragma").is_some()
}

/// `asm`, however it is spelled: `__asm__`, or a macro named after it.
fn mentions_asm(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'a', b'A', text)
        .any(|at| text.get(at..at + 3).is_some_and(|word| word.eq_ignore_ascii_case(b"asm")))
}

/// The macro a line begins to define, and what follows its name up to here.
pub(super) fn define_of(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.trim_ascii_start().strip_prefix(b"#")?.trim_ascii_start().strip_prefix(b"define")?;
    let rest = rest.trim_ascii_start();
    let len = rest.iter().take_while(|byte| is_word(**byte)).count();
    Some(rest.split_at(len))
}

/// What `conditions::of` finds.
type Conditions = FxHashMap<usize, Needs>;

/// A macro's name in [`Facts::defined`]: FNV-1a. Two names that share one cost a proof and nothing else.
pub fn name_hash(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// A line begins like a line marker, wherever it stands: preprocessed text shows comments and raw strings as they are.
fn has_marker(text: &[u8]) -> bool {
    memmem::find_iter(text, b"# ").any(|at| {
        let begins_line = at == 0 || matches!(text[at - 1], b'\n' | b'\r');
        let line = line_of(&text[at + 2..]);
        begins_line && line.first().is_some_and(u8::is_ascii_digit) && memchr::memchr(b'"', line).is_some()
    })
}

/// The header that a macro's body is, and nothing else: `<x.h>`. Version strings and the like are none.
fn header_of(body: &[u8]) -> Option<Mention> {
    if body.first() == Some(&b'(') {
        return None;
    }
    let line = line_of(skip_blank(body));
    let mention = read_mention(line, false);
    if mention.form == Form::Computed || !mention.name.iter().any(|byte| matches!(byte, b'.' | b'/')) {
        return None;
    }
    let behind = line.get(mention.name.len() + 2..).map(skip_blank).unwrap_or_default().trim_ascii();
    (behind.is_empty() || behind.starts_with(b"//")).then_some(mention)
}

/// One of the groups is the name alone.
fn is_needed(name: &[u8], needs: Option<&Needs>) -> bool {
    needs.is_some_and(|needs| needs.iter().any(|group| group.iter().all(|needed| needed == name)))
}

/// The line so far is a `#define` of the very word it ends in.
fn is_defining_alias(line: &[u8]) -> bool {
    define_of(line).is_some_and(|(name, rest)| rest.is_empty() && name.ends_with(b"has_"))
}

/// The parameters of a macro, from what follows its name.
fn parameters(rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    let list = rest.strip_prefix(b"(").and_then(|list| Some(&list[..memchr::memchr(b')', list)?])).unwrap_or_default();
    list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
}

/// The text with the seams between adjacent string literals taken out; `None` if there are none.
fn join_literals(text: &[u8], regions: &Regions) -> Option<Vec<u8>> {
    let seams =
        if regions.unsure || regions.without_separators.is_some() { possible_seams(text) } else { regions.seams(text) };
    let mut out = Vec::new();
    let mut copied = 0;
    for (close, open) in seams {
        out.extend_from_slice(&text[copied..close]);
        copied = open + 1;
    }
    if copied == 0 {
        return None;
    }
    out.extend_from_slice(&text[copied..]);
    Some(out)
}

/// An `asm` statement whose first argument holds anything but string literals.
fn has_computed_assembly(text: &[u8], is_prose: impl Fn(usize) -> bool) -> bool {
    memmem::find_iter(text, b"asm").filter(|at| !is_prose(*at)).any(|at| {
        let starts_word = text[..at].iter().rev().find(|byte| **byte != b'_').is_none_or(|byte| !is_word(*byte));
        let mut rest = &text[at + 3..];
        rest = &rest[rest.iter().take_while(|byte| **byte == b'_').count()..];
        if !starts_word || rest.first().is_some_and(|byte| is_word(*byte)) {
            return false;
        }
        // Qualifiers: volatile, goto, inline.
        let end = |byte: &u8| !(is_word(*byte) || byte.is_ascii_whitespace());
        let Some(open) = rest.iter().take(FAR).position(end) else {
            return rest.len() > FAR;
        };
        if rest[open] != b'(' {
            return false;
        }
        let mut argument = &rest[open + 1..];
        loop {
            let blanks = argument.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            argument = &argument[blanks..];
            match argument.first() {
                Some(b'"') => {
                    let (literal, behind) = argument.split_at(literal_end(argument, 0, b'"'));
                    if spells_by_number(literal) {
                        return true;
                    }
                    argument = behind;
                }
                Some(b'/') if argument.starts_with(b"/*") || argument.starts_with(b"//") => {
                    let end = if argument[1] == b'*' { &b"*/"[..] } else { b"\n" };
                    let Some(at) = memmem::find(&argument[2..], end) else { return true };
                    argument = &argument[at + 2 + end.len()..];
                }
                Some(b':' | b')') => return false,
                _ => return true,
            }
        }
    })
}

/// A literal with characters written as numbers (`\x69`, `\151`): it says what no search finds.
fn spells_by_number(literal: &[u8]) -> bool {
    let mut escaped = false;
    literal.iter().any(|byte| {
        let number = escaped && (byte.is_ascii_digit() || matches!(byte, b'x' | b'u' | b'U' | b'o' | b'N'));
        escaped = !escaped && *byte == b'\\';
        number
    })
}

fn form_from(byte: u8) -> Option<Form> {
    [Form::Quote, Form::Angle, Form::Computed].into_iter().find(|form| *form as u8 == byte)
}

pub(super) fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// The header named by what follows a directive.
pub(super) fn read_mention(after: &[u8], next: bool) -> Mention {
    let after = skip_blank(after);
    let line = line_of(after);
    let delimited = match line.first() {
        Some(b'<') => memchr::memchr(b'>', line).map(|end| (Form::Angle, end)),
        Some(b'"') => memchr::memchr(b'"', &line[1..]).map(|end| (Form::Quote, end + 1)),
        _ => None,
    };
    if let Some((form, end)) = delimited {
        return Mention { form, next, name: line[1..end].to_vec() };
    }
    let word = line.iter().take_while(|byte| is_word(**byte)).count();
    let rest = skip_blank(&line[word..]);
    let alone = rest.is_empty() || rest.starts_with(b"//") || rest == b"\r";
    Mention { form: Form::Computed, next, name: if alone { line[..word].to_vec() } else { Vec::new() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(text: &str) -> Vec<String> {
        let shown = |mention: &Mention| {
            let name = String::from_utf8_lossy(&mention.name);
            let next = if mention.next { "next " } else { "" };
            match mention.form {
                Form::Quote => format!("{next}\"{name}\""),
                Form::Angle => format!("{next}<{name}>"),
                Form::Computed => format!("{next}{name}?"),
            }
        };
        Facts::of(text.as_bytes()).includes.iter().map(shown).collect()
    }

    #[test]
    fn includes_are_found_however_they_are_spelled() {
        let cases: &[(&str, &[&str])] = &[
            ("#include <a.h>\n", &["<a.h>"]),
            ("# include \"a b.h\" // x", &["\"a b.h\""]),
            ("  #\tinclude<a.h>", &["<a.h>"]),
            ("/* x */ # /* y */ include /* z */ <a.h>", &["<a.h>"]),
            ("#inc\\\nlude \\\n <a.h>", &["<a.h>"]),
            ("#inc\\  \nlude <a.h>", &["<a.h>"]),
            ("%:include <a.h>", &["<a.h>"]),
            ("??=include <a.h>", &["<a.h>"]),
            ("#include_next <a.h>", &["next <a.h>"]),
            ("#import \"a.h\"", &["\"a.h\""]),
            ("#include HEADER", &["HEADER?"]),
            ("#include HEADER // why", &["HEADER?"]),
            ("#include MAKE(x)", &["?"]),
            ("/* when you #include this */", &[]),
            ("int include = 1;", &[]),
            ("#includes <a.h>", &[]),
            ("#if 0\n#include <a.h>\n#endif", &["<a.h>"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&includes(text), expected, "{text}");
        }
    }

    #[test]
    fn words_count_where_they_can_act() {
        let cases = [
            ("const char *d = __DATE__;", WORD_DATE),
            ("// built at __TIME__\nint x;", 0),
            ("case'\"': return __DATE__;", WORD_DATE),
            ("int a = 0xA'B'C; // __DATE__ isn't", 0),
            ("1'0#'\"x\"__DATE__ '", WORD_DATE),
            ("char *d = \"x??/\" __DATE__ \"\";", WORD_DATE | WORD_NOT_BY_DIRECTIVES),
            ("const char *d = \"built \"__DATE__\" at \"__TIME__\"\";", WORD_DATE),
            ("/* __DATE__ */", 0),
            ("const char *d = \"__DATE__\";", 0),
            ("int x = 1'000; const char *d = __DATE__; int y = 2'000;", WORD_DATE),
            ("auto s = R\"(\" __DATE__)\";", WORD_DATE),
            ("__TIMESTAMP__", WORD_TIMESTAMP),
            ("_Pragma(\"message(__DATE__)\")", WORD_DATE),
            ("_Pragma ( L\"message(__DATE__)\")", WORD_DATE),
            ("asm(\".incbin \\\"x\\\"\");", WORD_INCBIN | WORD_ASM_FILE),
            ("asm(\".include \\\"x\\\"\");", WORD_ASM_INCLUDE | WORD_ASM_FILE),
            ("f(name, \".include\");", WORD_ASM_FILE),
            ("asm(\".include\" \" x\");", WORD_ASM_INCLUDE | WORD_ASM_FILE),
            ("asm(\".inc\" \"bin \\\"x\\\"\");", WORD_INCBIN | WORD_ASM_FILE),
            ("__asm__ __volatile__ (\"nop\" /* x */ \"\\n\" : : \"r\"(x));", 0),
            ("asm volatile(INC BIN);", WORD_ASM_COMPUTED),
            ("asm(\".\\x69ncbin x\");", WORD_ASM_COMPUTED),
            ("asm(\"nop\\n\\tnop\");", 0),
            ("asm(\"nop\"); f(\"\\\" \" __DATE__);", WORD_DATE),
            ("asm(\"//\\n.include \\\"x\\\"\");", WORD_ASM_INCLUDE | WORD_ASM_FILE),
            ("asm(\".inc\" /* \" */ \"bin x\");", WORD_INCBIN | WORD_ASM_FILE),
            ("/* asm (volatile) */", 0),
            ("struct s v = {.include = 1};", WORD_ASM_FILE),
            ("\t.incbin \"x\"", WORD_ASM_FILE),
            ("#pragma  once", WORD_ONCE),
            ("_Pragma(\"once\")", WORD_ONCE | WORD_NOT_BY_DIRECTIVES),
            ("#define P _Pragma(\"push_macro(\\\"X\\\")\")", WORD_NOT_BY_DIRECTIVES),
            ("#pragma push_macro(\"X\")", 0),
            ("# pragma GCC target(\"avx\")", WORD_TARGET),
            ("#define /* x", WORD_HIDDEN_DEFINE),
            ("#pragma GCC system_header", WORD_SYSTEM_HEADER),
            ("#pragma GCC dependency \"x\"", WORD_DEPENDENCY),
            ("#embed \"x\"", WORD_EMBED),
            ("f(__FILE__)", WORD_FILE),
            ("#if __has_include(MACRO_NAME)", WORD_ASKS_COMPUTED),
            ("#define __glibc_has_include(header) __has_include (header)", 0),
            ("#ifdef __has_include", 0),
            ("#define HAS __has_include", 0),
            ("#define HAS(x) (__has_include x)", WORD_ASKS_COMPUTED),
            ("#define HAS(x) __has_include(x)", 0),
            ("#define HAS(y) __has_include(x)", WORD_ASKS_COMPUTED),
            ("# 1 \"a.y\" 3", WORD_LINE | WORD_SYSTEM_HEADER | WORD_MARKER),
            ("/*\n# 1 \"a.y\" 3\n*/", WORD_MARKER),
            ("PRAGMA(GCC CAT(tar, get)(\"avx2\"))", WORD_TARGET),
            ("#pragma GCC diagnostic push\n// GCC\nf(\"GCC 4\");\n__diag_ignore(GCC, 8, \"-Wx\");", 0),
            ("P(GCC, CAT(tar, get)(\"avx2\"))", WORD_TARGET),
            ("%:define A", WORD_NOT_BY_DIRECTIVES),
            ("#line 2 \"a.y\"", WORD_LINE | WORD_SYSTEM_HEADER),
            ("#line 2 NAME", WORD_LINE | WORD_SYSTEM_HEADER),
            ("#line NUMBER", WORD_LINE | WORD_SYSTEM_HEADER),
            ("#line 2 /* the second */", WORD_LINE | WORD_SYSTEM_HEADER),
            ("#line 20\n", 0),
            ("#lines of code", 0),
            ("/* bug #12345 and #line directives */", 0),
            ("/* the bit #1 of \"flags\" */", 0),
            ("/* x */ # 1 \"a.y\"", WORD_LINE | WORD_SYSTEM_HEADER),
            ("#line 2", 0),
        ];
        for (text, words) in cases {
            assert_eq!(Facts::of(text.as_bytes()).words, words, "{text}");
        }
    }

    #[test]
    fn questions_and_macros_are_found() {
        let facts =
            Facts::of(b"#if __has_include(<a.h>) && __has_include_next(\"b.h\")\n#define H <x/y.h>\n#define V \"1\"\n");
        assert_eq!(facts.asked.len(), 2);
        assert_eq!((facts.asked[0].form, facts.asked[1].next), (Form::Angle, true));
        assert_eq!(facts.macros, [HeaderMacro { name: b"H".to_vec(), form: Form::Angle, header: b"x/y.h".to_vec() }]);
    }

    #[test]
    fn facts_survive_encoding_and_damage_is_refused() {
        let text = b"#include <a.h>\n#include_next \"b.h\"\n#if __has_include(<c.h>)\n#define H <x.h>\n__DATE__";
        let bytes = Facts::scan(text);
        assert_eq!(Facts::decode(&bytes), Some(Facts::of(text)));
        for len in 0..bytes.len() {
            assert_eq!(Facts::decode(&bytes[..len]), None);
        }
    }
}
