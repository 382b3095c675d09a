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

use super::code;
use super::conditions;
use super::definitions;
use super::encoding::{self, Findings, OfCode, Reading};
use super::facts::Facts;
use super::lexer::join_lines;
use super::markers::has_marker;
use super::pieces;
use super::readings::{ReadSo, Readings};
use super::spelled::has_escape;
use super::vocabulary::Vocabulary;
use super::words::WordSet;
use crate::digest::CodeId;
use crate::disk::memo::{Scan, Scanned};
use memchr::memmem;
use rustc_hash::FxHashSet;
use std::borrow::Cow;
use std::cell::OnceCell;

impl Facts {
    /// Scans a text.
    pub fn of(text: &[u8]) -> Self {
        Self::of_readings(text, &Readings::of(text))
    }

    /// `readings` are those of the text.
    fn of_readings(text: &[u8], readings: &Readings) -> Self {
        let mut facts = Self::default();
        // An assembler joins no lines, so its directives are looked for in the text as it is.
        facts.find_in_assembly(text);
        for read in readings.all() {
            facts.find_all(read);
        }
        let has = |word: &[u8]| memmem::find(text, word).is_some();
        if has(b"%:") || has(b"??=") || has(b"??/") || has(b"\0") {
            facts.words |= WordSet::NOT_BY_DIRECTIVES;
        }
        if has_marker(text) || readings.all().iter().any(|read| has_marker(&read.text)) {
            facts.words |= WordSet::MARKER;
        }
        // Compilers take a zero byte for a blank.
        if memchr::memchr(0, text).is_some() {
            let spaced: Vec<u8> = text.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
            facts.find_all(&ReadSo::of(Cow::Owned(join_lines(&spaced).unwrap_or(spaced))));
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
        facts.order_paths();
        facts
    }

    /// One reading of the text.
    fn find_all(&mut self, read: &ReadSo) {
        let (text, regions) = (&*read.text, read.regions());
        let conditions = OnceCell::new();
        let conditions = || conditions.get_or_init(|| conditions::of(text, regions).unwrap_or_default());
        self.find_includes(text, regions, conditions);
        self.find_questions(text, regions);
        self.find_macros(text, regions, conditions);
        self.find_embeds(text);
        self.find_pragmas(text, regions);
        let is_prose = |at: usize| !read.is_code(at);
        self.find_line_markers(text, is_prose);
        self.find_computed_assembly(text, is_prose);
        self.pieces.extend(pieces::of(text, |at| read.is_code(at), |at, token| read.could_be_pasted(at, token)));
        self.find_spelled(text, regions);
        self.find_paths(text);
        self.find_asked_files(text);
    }

    /// How a memo scans a text where all of it counts.
    const SCAN_TEXT: Scan = Scan {
        formats: [encoding::OF_TEXT, encoding::OF_BOTH],
        run: |text| scan(text, &[Reading::Text]),
        run_whole: |text| scan(text, &[Reading::Text, Reading::Code]),
    };

    /// How a memo scans a text where its code counts.
    const SCAN_CODE: Scan = Scan {
        formats: [encoding::OF_CODE, encoding::OF_BOTH],
        run: |text| scan(text, &[Reading::Code]),
        run_whole: |text| scan(text, &[Reading::Text, Reading::Code]),
    };

    /// How a memo scans a text for one reading. Both are found only of texts that are read in both ways, as by a compile with warnings and
    /// one without.
    pub const fn scan(reading: Reading) -> &'static Scan {
        match reading {
            Reading::Text => &Self::SCAN_TEXT,
            Reading::Code => &Self::SCAN_CODE,
        }
    }
}

/// Scans a text and encodes what was found, for these readings.
fn scan(text: &[u8], readings: &[Reading]) -> Scanned {
    let (code, has_line_comments) = code::parted(text);
    let is_all = *code == *text;
    // What both readings know of the comments.
    let mut both = WordSet::NONE;
    if has_line_comments {
        both |= WordSet::LINE_COMMENT;
    }
    if has_escape(text) {
        both |= WordSet::ESCAPE;
    }
    let of = |text: &[u8], readings: &Readings| {
        let mut facts = Facts::of_readings(text, readings);
        facts.words |= both;
        facts
    };
    let of_text = (!is_all && readings.contains(&Reading::Text)).then(|| of(text, &Readings::of(text)));
    let code_readings = Readings::of(&code);
    let of_code = (is_all || readings.contains(&Reading::Code)).then(|| OfCode {
        facts: of(&code, &code_readings),
        definitions: definitions::items(&code).unwrap_or_default(),
    });
    let words = Vocabulary::of_readings(&code_readings);
    Scanned {
        code: CodeId::of_bytes(&code),
        facts: Findings::encode(of_text.as_ref(), of_code.as_ref(), is_all, &words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_where_they_can_act() {
        let cases = [
            ("const char *d = __DATE__;", WordSet::DATE),
            ("// built at __TIME__\nint x;", WordSet::NONE),
            ("case'\"': return __DATE__;", WordSet::DATE),
            ("int a = 0xA'B'C; // __DATE__ isn't", WordSet::NONE),
            ("1'0#'\"x\"__DATE__ '", WordSet::DATE),
            ("char *d = \"x??/\" __DATE__ \"\";", WordSet::DATE | WordSet::NOT_BY_DIRECTIVES),
            ("const char *d = \"built \"__DATE__\" at \"__TIME__\"\";", WordSet::DATE),
            ("/* __DATE__ */", WordSet::NONE),
            ("const char *d = \"__DATE__\";", WordSet::NONE),
            ("int x = 1'000; const char *d = __DATE__; int y = 2'000;", WordSet::DATE),
            ("auto s = R\"(\" __DATE__)\";", WordSet::DATE),
            ("__TIMESTAMP__", WordSet::TIMESTAMP),
            ("_Pragma(\"message(__DATE__)\")", WordSet::DATE),
            ("_Pragma ( L\"message(__DATE__)\")", WordSet::DATE),
            ("asm(\".incbin \\\"x\\\"\");", WordSet::INCBIN | WordSet::ASM_FILE),
            ("asm(\".inCbin \\\"x\\\"\");", WordSet::INCBIN | WordSet::ASM_FILE),
            ("asm(\".include \\\"x\\\"\");", WordSet::ASM_INCLUDE | WordSet::ASM_FILE),
            ("asm(\".inclUde \\\"x\\\"\");", WordSet::ASM_INCLUDE | WordSet::ASM_FILE),
            ("f(name, \".include\");", WordSet::ASM_FILE),
            ("asm(\".include\" \" x\");", WordSet::ASM_INCLUDE | WordSet::ASM_FILE),
            ("asm(\".inc\" \"bin \\\"x\\\"\");", WordSet::INCBIN | WordSet::ASM_FILE),
            ("__asm__ __volatile__ (\"nop\" /* x */ \"\\n\" : : \"r\"(x));", WordSet::NONE),
            ("asm volatile(INC BIN);", WordSet::ASM_COMPUTED),
            ("asm(\".\\x69ncbin x\");", WordSet::ASM_COMPUTED),
            ("asm(\"nop\\n\\tnop\");", WordSet::NONE),
            ("asm(\"nop\"); f(\"\\\" \" __DATE__);", WordSet::DATE),
            ("asm(\"//\\n.include \\\"x\\\"\");", WordSet::ASM_INCLUDE | WordSet::ASM_FILE),
            ("asm(\".inc\" /* \" */ \"bin x\");", WordSet::INCBIN | WordSet::ASM_FILE),
            ("/* asm (volatile) */", WordSet::NONE),
            ("struct s v = {.include = 1};", WordSet::ASM_FILE),
            ("\t.incbin \"x\"", WordSet::ASM_FILE),
            ("#pragma  once", WordSet::ONCE),
            ("_Pragma(\"once\")", WordSet::ONCE | WordSet::NOT_BY_DIRECTIVES),
            ("#define P _Pragma(\"push_macro(\\\"X\\\")\")", WordSet::NOT_BY_DIRECTIVES),
            ("#pragma push_macro(\"X\")", WordSet::NONE),
            ("# pragma GCC target(\"avx\")", WordSet::TARGET),
            ("#define /* x", WordSet::HIDDEN_DEFINE),
            ("#pragma GCC system_header", WordSet::SYSTEM_HEADER),
            ("#pragma GCC dependency \"x\"", WordSet::DEPENDENCY),
            ("#embed \"x\"", WordSet::EMBED),
            ("f(__FILE__)", WordSet::FILE),
            ("#if __has_include(MACRO_NAME)", WordSet::ASKS_COMPUTED),
            ("#define __glibc_has_include(header) __has_include (header)", WordSet::NONE),
            ("#ifdef __has_include", WordSet::NONE),
            ("#define HAS __has_include", WordSet::NONE),
            ("#define HAS(x) (__has_include x)", WordSet::ASKS_COMPUTED),
            ("#define HAS(x) __has_include(x)", WordSet::NONE),
            ("#define HAS(y) __has_include(x)", WordSet::ASKS_COMPUTED),
            ("# 1 \"a.y\" 3", WordSet::LINE | WordSet::SYSTEM_HEADER | WordSet::MARKER),
            ("/*\n# 1 \"a.y\" 3\n*/", WordSet::MARKER),
            ("PRAGMA(GCC CAT(tar, get)(\"avx2\"))", WordSet::TARGET),
            ("#pragma GCC diagnostic push\n// GCC\nf(\"GCC 4\");\n__diag_ignore(GCC, 8, \"-Wx\");", WordSet::NONE),
            ("P(GCC, CAT(tar, get)(\"avx2\"))", WordSet::TARGET),
            ("%:define A", WordSet::NOT_BY_DIRECTIVES),
            ("#line 2 \"a.y\"", WordSet::LINE),
            ("#line 2 NAME", WordSet::LINE),
            ("#line NUMBER", WordSet::LINE),
            ("#line 2 /* the second */", WordSet::LINE),
            ("#line 20\n", WordSet::NONE),
            ("#lines of code", WordSet::NONE),
            ("/* bug #12345 and #line directives */", WordSet::NONE),
            ("/* the bit #1 of \"flags\" */", WordSet::NONE),
            ("/* x */ # 1 \"a.y\"", WordSet::LINE | WordSet::SYSTEM_HEADER),
            ("#line 2", WordSet::NONE),
            ("#define TRACE(name, line) t_##line(name, line)", WordSet::NONE),
            ("#define TEXT(line) t(#line + 1)", WordSet::NONE),
            ("/* x\n*/ #line NUMBER", WordSet::LINE),
        ];
        for (text, words) in cases {
            assert_eq!(Facts::of(text.as_bytes()).words, words, "{text}");
        }
    }

    #[test]
    fn pragmas_about_diagnostics() {
        for (text, words) in [
            ("WARN(-Wdocumentation)", WordSet::COMMENT_WARNING),
            ("int a; /* everything \u{2014} and documentation */ /* diagnostic */", WordSet::NONE),
            ("WARN(implicit-fallthrough=1)", WordSet::COMMENT_WARNING),
            ("WARN(implicit-fallthrough=3)", WordSet::NONE),
            (
                "#pragma clang diagnostic warning \"-Wdocu\" \"mentation\"",
                WordSet::DIAGNOSTIC | WordSet::MINDS_COMMENTS | WordSet::COMMENT_WARNING,
            ),
            (
                "#pragma GCC diagnostic warning \"-W\\144ocumentation\"",
                WordSet::DIAGNOSTIC | WordSet::MINDS_COMMENTS | WordSet::COMMENT_WARNING,
            ),
            (
                "_Pragma(\"GCC diagnostic warning \\\"-Wdocu\\\"/**/\\\"mentation\\\"\")",
                WordSet::DIAGNOSTIC | WordSet::MINDS_COMMENTS | WordSet::COMMENT_WARNING,
            ),
            ("WARN(\"-Wdocu\"\"mentation\")", WordSet::COMMENT_WARNING),
            ("WARN(\"-Wdocu\", \"mentation\")", WordSet::NONE),
            ("#define WARN(x) DO(\"-W\" #x)", WordSet::NONE),
            ("WARN(traditional)", WordSet::COMMENT_WARNING),
            ("puts(\"use -Wall\\n\");", WordSet::NONE),
            ("WARN(\"-Wdocu\" TEXT(mentation))", WordSet::COMMENT_WARNING),
            ("puts(\"read the documentation, and everything\");", WordSet::NONE),
            ("WARN(\"-W\" TEXT(documentation))", WordSet::COMMENT_WARNING),
            ("WARN(\"documentation\")", WordSet::COMMENT_WARNING),
            ("help(R\"(read the documentation)\");", WordSet::NONE),
            ("f(R\"()\"); WARN( documentation )", WordSet::COMMENT_WARNING),
            ("f(R\"()\"); WARN(documentation-pedantic)", WordSet::COMMENT_WARNING),
            ("f(R\"()\");\n#define NAME documentation\n", WordSet::COMMENT_WARNING),
            ("int has_system_header;", WordSet::NONE),
            ("/* */ puts(\"--traditional\");", WordSet::NONE),
            ("#pragma GCC diagnostic warning \"-Wtraditional\"", WordSet::DIAGNOSTIC | WordSet::COMMENT_WARNING),
            ("printf(\"%s diagnostic\\n\", x);", WordSet::DIAGNOSTIC),
            ("#pragma GCC diagnostic ignored \"-Wa\" \"b\"", WordSet::COMMENT_WARNING),
            ("DO(GCC diagnostic /* */ push) _Pragma(\"GCC diagnostic pop\")", WordSet::NONE),
            ("#define DIAG(s) DO(GCC diagnostic s)", WordSet::DIAGNOSTIC),
            ("#define DIAG(ignored) DO(GCC diagnostic ignored)", WordSet::DIAGNOSTIC),
            ("#define push warning", WordSet::DIAGNOSTIC),
            ("WARN(\"-\\127documentation\")", WordSet::COMMENT_WARNING),
            ("WARN(\"\\x2dW\\x64ocumentation\")", WordSet::COMMENT_WARNING),
            ("puts(\"\\033[1mread the documentation\");", WordSet::NONE),
            ("WARN(\"-\\127docu\")", WordSet::COMMENT_WARNING),
            // A table of bytes.
            ("\"\\055\\146\\051\\012\" \"-\\x01\"", WordSet::NONE),
            ("_Pragma(\"clang diagnostic warning \\\"-Wa\\\"\")", WordSet::DIAGNOSTIC),
        ] {
            assert_eq!(Facts::of(text.as_bytes()).words, words, "{text}");
        }
    }
}
