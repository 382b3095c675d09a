//! What texts against their code are made of, and what compilers say of them. The fuzz target `comments` uses it too.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What texts are made of: comments, their borders, and all that could hide or show one.
pub const PIECES: [&str; 62] = [
    "/*",
    "*/",
    "//",
    "/",
    "*",
    "\\",
    "\\\n",
    "\\ \n",
    "\n",
    "\n",
    "\n",
    "\r\n",
    " ",
    " ",
    "\t",
    "#",
    "#define A",
    "#define B(x) #x",
    "#if 0",
    "#if 1",
    "#else",
    "#endif",
    "#error",
    "#pragma omp",
    "#line 7",
    "# 3",
    "#include",
    "<s//t.h>",
    "\"s.h\"",
    "'",
    "\"",
    "'x'",
    "\"y\"",
    "R\"(",
    ")\"",
    "R\"(z)\"",
    "1'000",
    "1'0'0",
    "0x1",
    "??/",
    "??=",
    "%:",
    "A",
    "B(",
    ")",
    "int",
    "x",
    ";",
    "{",
    "}",
    "if (x)",
    "/* c */",
    "/* c */",
    "// c\n",
    "// c\n",
    "/* c\n * d\n */",
    "/**/",
    "fall through",
    "\u{fc}",
    "##",
    "__has_include(",
    "<",
];

/// What a compiler makes of a text. It is called the same for both texts.
pub fn said(dir: &Path, text: &[u8], program: &str, options: &str) -> String {
    fs::write(dir.join("a.c"), text).unwrap();
    let output = Command::new(program).args(options.split(' ')).arg("a.c").current_dir(dir).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // Where lines and texts end is told in errors alone.
    let told = said.lines().filter(|line| !line.starts_with("eof ''")).map(|line| match line.split_once(": error: ") {
        Some((place, error)) => [place.rsplit_once(':').map_or(place, |(line, _)| line), error].join(": "),
        None => line.to_owned(),
    });
    told.collect::<Vec<_>>().join("\n")
}
