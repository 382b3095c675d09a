//! Headers with odd names. A depfile, a line marker and the text all tell where an include led, and each writes such
//! a name in its own way.

use crate::fixture::Compiler::{AvrGcc, Clang, Gcc};
use crate::fixture::cases::Act::{Remove, Write};
use crate::fixture::cases::{Case, case, run};

/// The kinds of depfiles, and none.
const REQUESTS: [&str; 4] = ["-MMD", "", "-MD", "-g -Wp,-MMD,a.dep"];

/// A case over one header, which the source includes in this way.
fn header(name: &'static str, path: &'static str, source: &'static str) -> Case {
    asked(name, path, source, &REQUESTS)
}

/// The same with these kinds of depfiles.
fn asked(name: &'static str, path: &'static str, source: &'static str, requests: &[&str]) -> Case {
    let shadow: &'static str = Box::leak(path.replacen("sys/", "first/", 1).into_boxed_str());
    let files: &[(&str, &str)] =
        &[("a.c", source), ("sys/plain.h", "int plain;\n"), (path, "int v = 1;\n"), ("first/keep.h", "")];
    let line = |request: &str| format!("{request} -isystem first -isystem sys -c a.c");
    let first = case(name, files, &line(requests[0]));
    let all = requests[1..].iter().fold(first, |case, request| case.also(&line(request)));
    all.matters(&[Write(path, "int v = 2;\n")])
        .matters(&[Remove(path)])
        .matters(&[Write(shadow, "int v = 3;\n")])
        .idle(&[Write("sys/unrelated.h", "")])
}

/// clang writes a backslash into a depfile as it is, and a reader may take it for an escape. So nothing is kept where the
/// depfile names the header; `-MMD` leaves it out.
fn backslash(name: &'static str, path: &'static str, source: &'static str) -> [Case; 3] {
    [
        header(name, path, source).only(&[Gcc, AvrGcc]),
        asked(name, path, source, &["-MMD", "-g -Wp,-MMD,a.dep"]).only(&[Clang]),
        asked(name, path, source, &["", "-MD"]).only(&[Clang]).never_served(),
    ]
}

#[test]
fn names_as_they_are_typed() {
    run(&[
        header("a blank", "sys/a b.h", "#include <a b.h>\n"),
        header("two blanks and a dot", "sys/a  b. .h", "#include <a  b. .h>\n"),
        header("an apostrophe", "sys/it's.h", "#include <it's.h>\n"),
        header("a quote", "sys/a\"b.h", "#include <a\"b.h>\n"),
        header("two slashes", "sys/d/x.h", "#include <d//x.h>\n"),
        header("two slashes, quoted", "sys/d/x.h", "#include \"d//x.h\"\n"),
        header("a dot between", "sys/d/x.h", "#include <./d/./x.h>\n"),
        header("beyond ASCII", "sys/größe.h", "#include <größe.h>\n"),
        header("beyond the first plane", "sys/\u{1f600}.h", "#include <\u{1f600}.h>\n"),
        header("a percent sign", "sys/a%b%20.h", "#include <a%b%20.h>\n"),
        header("a dollar sign", "sys/a$b$$.h", "#include <a$b$$.h>\n"),
        header("a hash", "sys/a#b.h", "#include <a#b.h>\n"),
        header("a colon", "sys/a:b.h", "#include <a:b.h>\n"),
        header("an equals sign", "sys/a=b.h", "#include <a=b.h>\n"),
        header("a semicolon", "sys/a;b.h", "#include <a;b.h>\n"),
        header("an at sign", "sys/@a.h", "#include <@a.h>\n"),
        header("a star", "sys/a*.h", "#include <a*.h>\n"),
        header("a dash", "sys/-x.h", "#include <-x.h>\n"),
        header("no suffix", "sys/x", "#include <x>\n"),
        header("what looks like a comment", "sys/a/b.h", "#include <a/b.h> /* <c.h> */ // \"d.h\"\n"),
        header("like a line marker", "sys/# 1 \"x.h\" 2", "#include <# 1 \"x.h\" 2>\n"),
        header("like a directive", "sys/#include x.h", "#include <#include x.h>\n"),
        header("like an end of a comment", "sys/a*b.h", "/* x */ #include <a*b.h>\n"),
    ]);
}

#[test]
fn names_by_macros() {
    run(&[
        header("a blank", "sys/a b.h", "#define H <a b.h>\n#include H\n"),
        header("an apostrophe", "sys/it's.h", "#define H \"it's.h\"\n#include H\n"),
        header("two slashes", "sys/d/x.h", "#define H \"d//x.h\"\n#include H\n"),
        header("beyond ASCII", "sys/größe.h", "#define H \"größe.h\"\n#include H\n"),
        header(
            "a percent sign",
            "sys/a%b.h",
            "#define STR(n) #n\n#define X(n) STR(n)\n#define H X(a%b.h)\n#include H\n",
        ),
        header("a hash", "sys/a#b.h", "#define H \"a#b.h\"\n#include H\n"),
        header("a dollar sign", "sys/a$b.h", "#define STR(n) #n\n#include STR(a$b.h)\n"),
        header("a colon", "sys/a:b.h", "#define H \"a:b.h\"\n#include H\n"),
        header("like a line marker", "sys/# 1 x.h", "#define H \"# 1 x.h\"\n#include H\n"),
        header("like a marker with flags", "sys/# 1 'x' 3 4", "#define H \"# 1 'x' 3 4\"\n#include H\n"),
        header("like a directive", "sys/#pragma once", "#define H \"#pragma once\"\n#include H\n"),
        header("a blank by an argument", "sys/a b.h", "#define NAMED(n) <n>\n#include NAMED(a b.h)\n"),
    ]);
}

#[test]
fn names_with_backslashes() {
    let typed = backslash("typed", "sys/a\\b.h", "#include <a\\b.h>\n");
    let quoted = backslash("quoted", "sys/a\\b.h", "#include \"a\\b.h\"\n");
    let by_macro = backslash("by a macro", "sys/a\\b.h", "#define H \"a\\b.h\"\n#include H\n");
    run(&[typed, quoted, by_macro].concat());
}
