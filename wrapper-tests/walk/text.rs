//! What the files of the walked tree say.
//!
//! A text is a kind, a set of features, one digit, and what comments and definitions it has. The same give the same bytes, so that a
//! walk comes back to where it was; another digit is an edit of the same size.

use super::quiet;
use super::remarks::Remark;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A file's text before it is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub kind: Kind,
    /// The path it was written for, which stays what it was when the file is renamed or copied.
    pub origin: String,
    /// A bit for each of [`Kind::features`].
    pub features: u64,
    /// One digit.
    pub value: u8,
    /// Does not compile.
    pub broken: bool,
    /// Its comments, put in one after the other.
    pub remarks: Vec<Remark>,
    /// What a header of definitions says of [`quiet::DEFINITIONS`], with a digit for each.
    pub defined: BTreeMap<usize, u8>,
}

/// What kind of file it is; it decides about the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    C,
    Cxx,
    /// `.S`
    AssemblyWithMacros,
    /// `.s`
    Assembly,
    /// `.i`
    Preprocessed,
    Header,
    /// `q0.c`, `q1.cc`, of which no compiler says anything.
    Quiet,
    QuietHeader,
    /// `config.h`, `version.h`
    Definitions,
    /// `m.inc`, read by the assembler.
    AssemblyPart,
    /// `blob.bin` and whatever else is only bytes.
    Bytes,
}

/// Lines of a header; `%n` is the header's name without its suffix, `%i` an identifier for its path, `%v` the value,
/// `%next` the name of the next header.
const HEADER: &[&str] = &[
    "static inline int f_%i(int x) { return x + %v; }",
    "#include \"%next.h\"",
    "#include <%next.h>",
    "#ifdef __has_include_next\n#if __has_include_next(<%n.h>)\n#include_next <%n.h>\n#endif\n#endif",
    "#if __has_include(\"opt.h\")\n#include \"opt.h\"\n#endif",
    "#if __has_include(<sub/s.h>)\n#include <sub/s.h>\n#endif",
    "static const char *const file_%i __attribute__((unused)) = __FILE__;",
    "static int unused_%i;",
    "#pragma GCC system_header",
    "#define PATH_%n __FILE__",
    "#include_next <%n.h>",
    "#ifdef X\n#define X_%i X\n#endif",
    "#include \"sub/s.h\"",
    "#pragma GCC diagnostic ignored \"-Wunused-variable\"",
];

/// Lines of a C or C++ source.
const SOURCE: &[&str] = &[
    "#include \"h0.h\"",
    "#include <h1.h>",
    "#define COMPUTED <h2.h>\n#include COMPUTED",
    "#if __has_include(\"opt.h\")\n#include \"opt.h\"\n#define HAD_OPT 1\n#endif",
    "#define ASKS(x) __has_include(x)\n#if ASKS(<opt2.h>)\nint had_opt2 = 1;\n#endif",
    "#include \"sub/s.h\"",
    "#include \"../inc/h3.h\"",
    "#include <stdint.h>\nuint8_t small = %v;",
    "#ifdef HDR\n#include HDR\n#endif",
    "__asm__(\".pushsection .data\\n\\t.incbin \\\"blob.bin\\\"\\n\\t.popsection\");",
    "__asm__(\".pushsection .data\\n\\t.include \\\"m.inc\\\"\\n\\t.popsection\");",
    "static int unused;",
    "#warning \"value %v\"",
    "const char *file_name = __FILE__;",
    "const char *base_file = __BASE_FILE__; int line = __LINE__, depth = __INCLUDE_LEVEL__;",
    "const char *stamp = __TIMESTAMP__;",
    "#pragma GCC dependency \"dep.txt\"",
    "int shadow(int x) { int y; if (x = 1) return %v; return y; }",
    "#ifdef X\nint x = X;\n#endif\n#ifdef Y\nint y = Y;\n#endif",
    "#ifdef SCRIPT\nint script = SCRIPT;\n#endif",
    "#ifdef PATH_h0\nconst char *header = PATH_h0;\n#endif",
    "#ifndef __OPTIMIZE__\nint slow = 1;\n#endif",
    "#include <h3.h>",
    "#line 7 \"src/x.y\"",
    "int counted = __COUNTER__;",
    "__asm__(\".ifdef WALK\\n\\t.pushsection .data\\n\\t.byte WALK\\n\\t.popsection\\n\\t.endif\");",
    "#define CONCAT(a, b) a##b\n#define TEXT(a) #a\nconst char *text = TEXT(h%v.h);",
    "#include \"dir/deep/d.h\"",
    "/* __TIME__ and .incbin are only spoken of here. */",
];

/// Lines of a C++ source beyond those of [`SOURCE`].
const CXX: &[&str] = &[
    "template <int N> struct T { static int get() { return N + T<N - 1>::get(); } };\ntemplate <> struct T<0> { static int get() { return 0; } };\nint t() { return T<%v>::get(); }",
    "namespace { int hidden = %v; }\nint *leak() { return &hidden; }",
    "template <typename V> inline V twice(V v) { return v + v; }\nint twice_int = twice(%v);",
    "struct S { virtual ~S(); int i; };\nS::~S() { i = __LINE__; }",
];

/// Lines of an assembler source; the first ones need a preprocessor.
const ASSEMBLY_WITH_MACROS: &[&str] = &[
    "#include \"h0.h\"\n#ifdef V_h0\n\t.byte V_h0\n#endif",
    "#include <h1.h>",
    "#if __has_include(\"opt.h\")\n\t.byte 9\n#endif",
    "#ifdef X\n\t.byte 8\n#endif",
    "# %v is a comment, and so is .include \"nothing\"",
];

const ASSEMBLY: &[&str] = &[
    "\t.include \"m.inc\"",
    "\t.incbin \"blob.bin\"",
    "\t.ifdef WALK\n\t.byte WALK\n\t.endif",
    "\t.INCLUDE \"m.inc\"",
    "\t.warning \"value %v\"",
    "\t.macro data n\n\t.byte \\n\n\t.endm\n\tdata %v",
    "\t.incbin \"inc/blob.bin\"",
];

/// Lines of a preprocessed source.
const PREPROCESSED: &[&str] = &[
    "# 3 \"src/c0.c\" 1",
    "# 1 \"sys/h1.h\" 1 3 4\nstatic int in_system;\n# 9 \"src/p0.i\" 2",
    "static int unused;",
    "__asm__(\".pushsection .data\\n\\t.incbin \\\"blob.bin\\\"\\n\\t.popsection\");",
    "int g(int x) { if (x = 1) return %v; return 0; }",
];

/// Lines of a C or C++ source of which the text alone leaves a doubt: where an include leads, whether a date is
/// expanded, what the assembler reads.
const DOUBTS: &[&str] = &[
    "#define ANGLE(x) <x>\n#include ANGLE(h2.h)",
    "#define STRING_(x) #x\n#define STRING(x) STRING_(x)\n#define SUBDIR sub\n#include STRING(SUBDIR/s.h)",
    "#if defined(USER_NAME)\n#include USER_NAME\n#endif",
    "#ifdef CUSTOM_INCLUDE\n#define QUOTED_(x) #x\n#define QUOTED(x) QUOTED_(x)\n#include QUOTED(CUSTOM_INCLUDE)\n#endif",
    "#define NEXT <h3.h>\n#include_next NEXT",
    "#ifdef NAMED_h0\n#include NAMED_h0\n#endif",
    "#ifdef NAMED_h1\n#include NAMED_h1\n#endif",
    "#define NUMBERED_(n) <h##n.h>\n#define NUMBERED(n) NUMBERED_(n)\n#include NUMBERED(__COUNTER__)",
    "#define PUSHED <h1.h>\n#pragma push_macro(\"PUSHED\")\n#undef PUSHED\n#define PUSHED <h2.h>\n#include PUSHED\n#pragma pop_macro(\"PUSHED\")\n#include PUSHED",
    "#pragma GCC optimize(\"O1\")\n#ifdef __OPTIMIZE__\n#define QUICK <h1.h>\n#else\n#define QUICK <h2.h>\n#endif\n#include QUICK",
    "#define KIT(x) <kit/x>\n#include KIT(h3.h)",
    "#include <kit/h3.h>",
    "#import \"h2.h\"",
    "#include <t0.h>\n#include \"t1.h\"",
    "#include \"t1.h\"\n#include <t0.h>",
    "#include \"t1.h\"",
    "#define TWIN \"t1.h\"\n#include TWIN\n#include <t2.h>",
    "#define GLUE(a, b) a##b\nint GLUE(glued_, %v) = %v;",
    "#define PASTE(a, b) a##b\nint PASTE(pasted_, name), __DA, TE__, __TI, ME__;",
    "#define _(text) text\nenum { DATE, TIME };\nconst char *translated = _(\"value %v\");",
    "#define BUILT __DATE__\n#define BUILT_AT BUILT __TIME__\n#ifdef SHOW_BUILT\nconst char *built = BUILT;\n#endif",
    "#if 0\nconst char *never = __DATE__ __TIME__;\n#endif",
    "const char *spoken = \"__DATE__ and __TIME__\"; /* __DATE__, %v */",
    "#define TEXT_OF_(x) #x\n#define TEXT_OF(x) TEXT_OF_(x)\n__asm__(\".pushsection .data\\n\\t.byte \" TEXT_OF(%v) \"\\n\\t.popsection\");",
    "unsigned long measured = sizeof(__FILE__);",
    "#define FAILED() failed(__FILE__, __LINE__)",
    LIVE_DATE,
];

/// A date that is expanded, put together of tokens that say nothing of it.
pub const LIVE_DATE: &str = "#define DATED(a, b) a##b\nconst char *dated = DATED(__DA, TE__);";

/// Lines of a C++ source that leave such a doubt.
const CXX_DOUBTS: &[&str] =
    &["const char *raw = R\"x(\n#include \"nothing.h\"\n#include NAMED(y.h)\n#define BUILT __DATE__\n)x\";"];

/// Lines of a header that leave such a doubt.
const HEADER_DOUBTS: &[&str] = &[
    "#define NAMED_%n <%next.h>",
    "#define NAMED_AS_%n(x) <x>\n#define NAMED_%n NAMED_AS_%n(%next.h)",
    "#ifndef USER_NAME\n#define USER_NAME <h2.h>\n#endif",
    "#ifdef __has_include_next\n#if __has_include_next(<%n.h>)\n#define NEXT_%i <%n.h>\n#include_next NEXT_%i\n#endif\n#endif",
    "#ifdef WALK_PART\n#define PART_AS_%n(x) <x>\n#include PART_AS_%n(WALK_PART)\n#endif",
    "#include <t0.h>",
    "#include <t2.h>\n#include \"t1.h\"",
    "#define TWIN_%n <t1.h>\n#include TWIN_%n\n#include <t2.h>",
    "_Pragma(\"once\")",
    "#define STAMP_%n __DATE__ __TIME__",
    "#if __has_include(<opt.h>) && !__has_include(\"opt2.h\")\n#define ASKED_%n %v\n#endif",
    "#define HAS_%n(x) __has_include(x)\n#if HAS_%n(<opt2.h>)\n#include <opt2.h>\n#endif",
    "#define CHECK_%n(x) ((x) ? 0 : sizeof(__FILE__))",
    "#import \"%next.h\"",
    "#define PASTE_%n(a, b) a##b\nstatic int PASTE_%n(unused_, %i_%v);",
];

/// Lines of an assembler source that leave such a doubt.
const ASSEMBLY_DOUBTS: &[&str] = &[
    "#define H_OF_A <h1.h>\n#include H_OF_A",
    "#define ANGLE(x) <x>\n#include ANGLE(h2.h)\n#ifdef V_h2\n\t.byte V_h2\n#endif",
    "# NAMED(x.h) is no directive, it's a comment",
    "#ifdef USER_NAME\n#include USER_NAME\n#endif",
    "#include <t0.h>\n#include \"t1.h\"\n#ifdef V_t0\n\t.byte V_t0\n#endif",
];

const NOTHING: &[&str] = &[];

/// What follows the last dot.
pub fn suffix(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, suffix)| suffix)
}

impl Kind {
    /// The lines that can be switched on, those that leave a doubt behind the others.
    pub fn features(self) -> impl Iterator<Item = &'static str> {
        let [first, second] = self.plain();
        let [third, fourth] = self.doubts();
        [first, second, third, fourth].into_iter().flatten().copied()
    }

    /// How many lines leave no doubt.
    pub fn plain_features(self) -> usize {
        self.plain().iter().map(|lines| lines.len()).sum()
    }

    fn plain(self) -> [&'static [&'static str]; 2] {
        match self {
            Self::C => [SOURCE, NOTHING],
            Self::Cxx => [SOURCE, CXX],
            Self::AssemblyWithMacros => [ASSEMBLY_WITH_MACROS, ASSEMBLY],
            Self::Assembly => [ASSEMBLY, NOTHING],
            Self::Preprocessed => [PREPROCESSED, NOTHING],
            Self::Header => [HEADER, NOTHING],
            Self::Quiet => [quiet::SOURCE, NOTHING],
            Self::QuietHeader => [quiet::HEADER, NOTHING],
            Self::Definitions | Self::AssemblyPart | Self::Bytes => [NOTHING, NOTHING],
        }
    }

    fn doubts(self) -> [&'static [&'static str]; 2] {
        match self {
            Self::C => [DOUBTS, NOTHING],
            Self::Cxx => [DOUBTS, CXX_DOUBTS],
            Self::AssemblyWithMacros => [ASSEMBLY_DOUBTS, NOTHING],
            Self::Header => [HEADER_DOUBTS, NOTHING],
            Self::Quiet
            | Self::QuietHeader
            | Self::Definitions
            | Self::Assembly
            | Self::Preprocessed
            | Self::AssemblyPart
            | Self::Bytes => [NOTHING, NOTHING],
        }
    }

    /// By the file's name.
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        match suffix(path) {
            "c" | "cc" if name.starts_with('q') => Self::Quiet,
            "h" if matches!(name, "config.h" | "version.h") => Self::Definitions,
            "h" if matches!(name, "quiet.h" | "kit.h" | "deep.h" | "forced.h") => Self::QuietHeader,
            "c" => Self::C,
            "cc" => Self::Cxx,
            "S" => Self::AssemblyWithMacros,
            "s" => Self::Assembly,
            "i" => Self::Preprocessed,
            "h" => Self::Header,
            "inc" => Self::AssemblyPart,
            _ => Self::Bytes,
        }
    }
}

impl Text {
    pub fn new(path: &str, features: u64, value: u8) -> Self {
        let (remarks, defined) = (Vec::new(), BTreeMap::new());
        Self { kind: Kind::of(path), origin: path.to_owned(), features, value, broken: false, remarks, defined }
    }

    /// Whether compilers read it as C or C++.
    pub fn is_code(&self) -> bool {
        matches!(self.kind, Kind::C | Kind::Cxx | Kind::Header | Kind::Quiet | Kind::QuietHeader | Kind::Definitions)
    }

    /// The bit of a header that says `#pragma once` in place of guards.
    pub const ONCE: u64 = 1 << 63;

    /// A line that is switched on says one of these words.
    pub fn says(&self, words: &[&str]) -> bool {
        let mut chosen = self.kind.features().enumerate().filter(|(nth, _)| self.features & (1 << nth) != 0);
        chosen.any(|(_, line)| words.iter().any(|word| line.contains(word)))
    }

    /// The file's bytes.
    pub fn render(&self) -> String {
        self.render_with(|text| quiet::definitions(text, true))
    }

    /// The file's bytes, with these definitions.
    pub fn render_with(&self, definitions: impl Fn(&Self) -> String) -> String {
        let plain = self.plain(&definitions(self));
        self.remarks.iter().fold(plain, |text, remark| remark.put(&text))
    }

    /// The bytes without comments.
    fn plain(&self, definitions: &str) -> String {
        let path = self.origin.as_str();
        let stem = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or(path);
        let id: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let next = match stem {
            "h0" => "h1",
            "h1" => "h2",
            "h2" => "h3",
            "t0" => "t1",
            _ => "opt",
        };
        let value = char::from(b'0' + self.value % 10).to_string();
        let chosen = self.kind.features().enumerate().filter(|(nth, _)| self.features & (1 << nth) != 0);
        let lines = chosen.fold(String::new(), |mut lines, (_, line)| {
            let line = line.replace("%next", next).replace("%n", stem).replace("%i", &id).replace("%v", &value);
            let _ = writeln!(lines, "{line}");
            lines
        });
        let broken = if self.broken { "this does not compile ( {\n" } else { "" };
        match self.kind {
            Kind::C | Kind::Cxx => format!(
                "{lines}{broken}#ifndef V_h0\n#define V_h0 0\n#endif\n#ifndef V_h1\n#define V_h1 0\n#endif\n#ifndef V_h2\n#define V_h2 0\n\
                 #endif\n#ifndef V_h3\n#define V_h3 0\n#endif\n#ifndef V_opt\n#define V_opt 0\n#endif\n#ifndef V_s\n#define V_s 0\n#endif\n\
                 int f_{stem}(int a) {{ return a * {value} + V_h0 + 10 * V_h1 + 100 * V_h2 + 1000 * V_h3 + 7 * V_opt + 3 * V_s; }}\n"
            ),
            Kind::Quiet => format!("{lines}{broken}\nint f_{stem}(int a) {{ return a * {value}; }}\n"),
            Kind::QuietHeader | Kind::Definitions => {
                let (open, close) = self.once(&id);
                // A kit's header says which it is, and the others leave that to others.
                let own = match stem {
                    "kit" | "forced" => format!("#define {} {value}\n", stem.to_uppercase()),
                    _ => String::new(),
                };
                format!("{open}{lines}{own}{definitions}{broken}{close}")
            }
            Kind::Header => {
                let (open, close) = self.once(&id);
                format!(
                    "{open}#undef V_{stem}\n#define V_{stem} {value}\n#ifndef __ASSEMBLER__\n{lines}{broken}#endif\n{close}"
                )
            }
            Kind::AssemblyWithMacros | Kind::Assembly => format!("\t.data\n{lines}{broken}\t.byte {value}\n"),
            Kind::Preprocessed => format!("# 1 \"{path}\"\n{lines}{broken}int p_{stem} = {value};\n"),
            Kind::AssemblyPart => format!("{broken}\t.byte {value}\n"),
            Kind::Bytes => format!("{stem} {value}\n"),
        }
    }

    /// What a header begins and ends with.
    fn once(&self, id: &str) -> (String, &'static str) {
        if self.features & Self::ONCE != 0 {
            return ("#pragma once\n".to_owned(), "");
        }
        (format!("#ifndef G_{id}\n#define G_{id}\n"), "#endif\n")
    }
}
