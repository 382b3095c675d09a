//! Texts of which no compiler says anything: sources in C and C++, a header, and headers of definitions. Of these a result hangs on
//! their code, and on what is asked for of the definitions.

use super::text::Text;
use packer_cc::text::code;
use std::fmt::Write as _;

/// Lines of a quiet source, in C and C++ alike. An empty line is room for a comment.
pub const SOURCE: &[&str] = &[
    "#include \"config.h\"\n",
    "#include \"quiet.h\"",
    "#ifdef WALK_USED\nint q_used = WALK_USED;\n#endif\n",
    "#if defined(WALK_TESTED) && WALK_TESTED > 1\nint q_tested = WALK_TESTED;\n#endif",
    "#ifdef WALK_FLAGGED\nint q_flagged;\n#endif",
    "#define Q_CAT(a, b) a ## b\n#define Q_CAT2(a, b) Q_CAT(a, b)\nint Q_CAT2(WALK_PA, STED) = 1;",
    "#define Q_STR(x) #x\n#define Q_STR2(x) Q_STR(x)\nconst char *q_text = Q_STR2(WALK_TEXT);",
    "const char *q_spoken = \"WALK_SPOKEN\";",
    "#if 0\nWALK_SKIPPED it's\n#endif",
    "#ifdef WALK_CHAIN\nint q_chain = WALK_CHAIN;\n#endif",
    "#undef WALK_GONE\n",
    "#define WALK_TWICE 1",
    "int q_fall(int x) {\n  switch (x) {\n  case 1:\n    x = 2;\n\n  case 2:\n    return x;\n  }\n  return 0;\n}",
    "int q_called(int x);\nint q_misled(int x) {\n  if (x)\n    x = q_called(x);\n\n    x += 2;\n  return x;\n}",
    "int q_sum(int a, int b) { return a+b - a*b; }\n",
    "#define WALK_PUSHED 5\n#pragma push_macro(\"WALK_PUSHED\")\n#undef WALK_PUSHED\n#define WALK_PUSHED 6\n#pragma pop_macro(\"WALK_PUSHED\")\nint q_pushed = WALK_PUSHED;",
    "#if __has_include(<kit.h>)\n#include <kit.h>\n#endif",
    "#include <kit.h>",
    "int q_lines[] = { __LINE__, __COUNTER__ };",
    "#define Q_SHOWN(x) #x\nconst char *q_shown = Q_SHOWN(a+b c - d);",
    "#if WALK_NUM + 0 == 1\nint q_num = 1;\n#elif WALK_NUM + 0 == 2\nint q_num = 2;\n#endif",
    "#ifdef WALK_VARIADIC\nint q_list[] = { WALK_VARIADIC(1, 2) };\n#endif",
    "void q_asm(void) { __asm__ volatile(\"nop\"); }",
    "#pragma GCC poison zqj_banned\n",
    "#ifdef WALK_CMD\nint q_cmd = WALK_CMD;\n#endif",
    "#define Q_LONG(a, b) a + \\\n  b\nint q_long = Q_LONG(1, %v);",
    "#ifdef KIT\nint q_kit = KIT;\n#endif",
    "#ifdef FORCED\nint q_forced = FORCED;\n#endif",
    "#include \"kit.h\"",
    "#pragma GCC diagnostic warning \"-Wunused-macros\"",
    "#define Q_GLUE(a) ZQ ## a\nint q_glued = sizeof(\"Q_GLUE(J_LEVEL)\");",
    "#include \"config.h\"\n#include \"version.h\"",
    "const char *q_ask = \"%v\" \"\" /* %v */ \"\";",
    "#if 1 // always\nint q_always;\n#else /* never */\nint q_never;\n#endif // 1",
];

/// Those of a source that are there at first.
pub const FIRST: [&[u32]; 2] =
    [&[0, 1, 2, 4, 9, 14, 16, 18, 19, 21, 25, 26, 32, 33], &[0, 1, 3, 6, 14, 16, 18, 20, 22, 26]];

/// Lines of a quiet header.
pub const HEADER: &[&str] = &[
    "int f_%i(int x /* one */, int y); // two\n",
    "static inline int g_%i(int x) {\n  if (x)\n\n    return x+%v;\n  return 0;\n}",
    "#define H_CAT(a, b) a ## b\n#define H_STR(x) #x\nextern int H_CAT(h_, a);",
    "#ifdef WALK_USED\nenum { h_used_%i = WALK_USED };\n#endif",
    "#include \"config.h\"",
    "#ifdef WALK_NUM\nextern int h_num;\n#endif\n",
    "#define KIT_AS_%i %v",
    "#include \"version.h\"",
    "#define H_LATER WALK_TEXT\n",
    "#ifdef WALK_FILE\nextern const char *h_file;\nstatic inline const char *h_get(void) { return __FILE__; }\n#endif",
];

/// A definition of a header of definitions; `%v` is its digit, `%p` the header's prefix.
pub struct Definition {
    pub name: &'static str,
    pub line: &'static str,
    /// Nothing can notice it.
    pub is_idle: bool,
}

const fn idle(name: &'static str, line: &'static str) -> Definition {
    Definition { name, line, is_idle: true }
}

const fn noticed(name: &'static str, line: &'static str) -> Definition {
    Definition { name, line, is_idle: false }
}

/// All that a header of definitions may say, in this order.
pub const DEFINITIONS: &[Definition] = &[
    idle("unused, of a string", "#define %p_STAMP \"day %v\""),
    idle("unused, of a number", "#define %p_LEVEL %v"),
    idle("unused, with arguments", "#define %p_CALL(x, y) ((x) + (y) * %v)"),
    idle("unused, that uses an unused one", "#define %p_OTHER %p_LEVEL + %v"),
    idle("unused, removed", "#undef %p_MISSING_%v"),
    idle("unused, in branches", "#ifdef %p_DEBUG\n#define %p_MODE %v\n#else\n#define %p_MODE 9\n#endif"),
    idle("unused, that says a used one", "#define %p_SAYS WALK_USED + %v"),
    idle("in a comment", "/* #undef %p_STAMP %v */"),
    idle("unused, over lines", "#define %p_LONG 1 + \\\n  %v"),
    noticed("unused, with any arguments", "#define %p_WRAP(...) __VA_ARGS__ + %v"),
    noticed("unused, that pastes", "#define %p_PASTES(a) a ## %v"),
    noticed("unused, that makes strings", "#define %p_STRINGS(a) #a \"%v\""),
    noticed("redefined", "#define %p_STAMP \"again %v\""),
    noticed("unused, with a pragma", "#define %p_PRAGMA _Pragma(\"GCC poison zqj_%v\")"),
    noticed("of a poisoned word", "#define %p_BAN zqj_banned %v"),
    noticed("in a branch of the command's", "#ifdef X\n#define %p_OF_X %v\n#endif"),
    noticed("used", "#define WALK_USED %v"),
    noticed("tested by its value", "#define WALK_TESTED %v"),
    noticed("tested by being there", "#define WALK_FLAGGED %v"),
    noticed("pasted", "#define WALK_PASTED pasted_%v"),
    noticed("made a string", "#define WALK_TEXT text %v"),
    noticed("named in a string", "#define WALK_SPOKEN %v"),
    noticed("named in a skipped branch", "#define WALK_SKIPPED %v"),
    noticed("used by way of another", "#define WALK_CHAIN WALK_LINK"),
    noticed("used by another", "#define WALK_LINK %v"),
    noticed("removed by the source", "#define WALK_GONE %v"),
    noticed("redefined by the source", "#define WALK_TWICE %v"),
    noticed("pushed", "#define WALK_PUSHED %v"),
    noticed("tested by `#elif`", "#define WALK_NUM %v"),
    noticed("used, with any arguments", "#define WALK_VARIADIC(...) __VA_ARGS__, %v"),
    noticed("removed again", "#undef WALK_USED"),
    noticed("in a branch of a used one", "#if defined(WALK_USED) && WALK_USED > %v\n#define %p_IF %v\n#endif"),
    noticed("in small letters", "#define walk_small_%v %v"),
    noticed("of a keyword", "#define restrict %v"),
    noticed("no definition", "extern int walk_%p_%v;"),
    noticed("an include", "#include \"version.h\""),
    noticed("defined by the command", "#define X %v"),
];

/// Those that are there at first, each with the digit 1.
pub const DEFINED: [&[usize]; 2] = [&[0, 1, 2, 5, 6, 9, 16, 17, 19, 20, 23, 24, 28, 29, 35], &[1, 3, 4, 21]];

/// A header of definitions, all of it or [`noticed`](Definition::is_idle) ones alone.
pub fn definitions(text: &Text, with_idle: bool) -> String {
    let prefix = if text.origin.contains("config") { "ZQJ" } else { "ZVJ" };
    let mut lines = String::new();
    for (nth, value) in &text.defined {
        let definition = &DEFINITIONS[*nth];
        if with_idle || !definition.is_idle {
            let line = definition.line.replace("%v", &value.to_string()).replace("%p", prefix);
            let _ = writeln!(lines, "{line}");
        }
    }
    lines
}

/// The header holds something that has the definitions of all headers count: a second definition, one of a pragma, or no definition.
pub fn hides_nothing(text: &Text) -> bool {
    const ALL_COUNT: [&str; 3] = ["redefined", "unused, with a pragma", "no definition"];
    text.broken || text.defined.keys().any(|nth| ALL_COUNT.contains(&DEFINITIONS[*nth].name))
}

/// What a text says to a result that is blind to comments and to definitions that nobody asks for.
pub fn essence(text: &Text, blind_to_definitions: bool) -> Vec<u8> {
    let rendered = if blind_to_definitions && text.remarks.is_empty() {
        text.render_with(|text| definitions(text, false))
    } else {
        text.render()
    };
    code::code(rendered.as_bytes()).into_owned()
}
