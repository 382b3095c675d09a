//! The command line of the walk: a set of choices, and the words they come to.

use super::kits;
use super::model::Spelling;
use super::text::suffix;
use crate::fixture::Compiler;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    Object,
    Assembly,
    /// Things that are not served; see [`OTHER_GOALS`].
    Other(usize),
}

/// Words instead of `-c`, for commands that pass through.
pub const OTHER_GOALS: [&str; 8] = ["-E", "-M", "-MM", "-fsyntax-only", "--version", "-###", "-C -E", "-E -dD"];
/// The index of `-###`, which shows the commands.
pub const SHOWN: usize = 5;

/// How a directory is put on the search path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    Joined,
    Separate,
    System,
    Quote,
    After,
}

impl Chain {
    pub const ALL: [Self; 5] = [Self::Joined, Self::Separate, Self::System, Self::Quote, Self::After];
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flags {
    pub goal: Goal,
    /// Indices into the tables below.
    pub optimisation: usize,
    pub debug: usize,
    pub standard: usize,
    pub depfile: usize,
    pub side: usize,
    pub map: usize,
    /// Which name the output has, see [`Flags::output`].
    pub output: usize,
    /// What goes into a response file: all words for 1, the first half for 2, nothing for other numbers.
    pub response: usize,
    /// Source and output come last for 0, and first for 1. For other numbers the output comes before the source: for 2
    /// as `-oNAME`; for 3 sources that need no preprocessor get the options of depfiles and side files too.
    pub order: usize,
    /// In this order, also where two define the same name.
    pub macros: Vec<usize>,
    pub dirs: Vec<(Chain, &'static str)>,
    pub forced: Vec<usize>,
    /// Which of [`kits::WORDS`] name kits, and of which place.
    pub kits: Vec<(usize, usize)>,
    /// A bit for each of [`WARNINGS`] and of [`EXTRAS`].
    pub warnings: u32,
    pub extras: u32,
    /// An option of the table, see [`drawn`](super::drawn).
    pub drawn: Vec<String>,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            goal: Goal::Object,
            optimisation: 0,
            debug: 0,
            standard: 0,
            depfile: 1,
            side: 0,
            map: 0,
            output: 0,
            response: 0,
            order: 0,
            macros: vec![0],
            dirs: vec![(Chain::Joined, "inc"), (Chain::System, "sys"), (Chain::Quote, "quo"), (Chain::After, "aft")],
            forced: Vec::new(),
            kits: vec![(0, 0)],
            warnings: 1,
            extras: 0,
            drawn: Vec::new(),
        }
    }
}

pub const OPTIMISATIONS: [&str; 6] = ["", "-O0", "-O1", "-O2", "-Os", "-O3"];
pub const DEBUG: [&str; 8] = ["", "-g", "-g0", "-g3", "-ggdb", "-gdwarf-4", "-g1", "-gstrict-dwarf"];
pub const C_STANDARDS: [&str; 6] = ["", "-std=gnu11", "-std=c99", "-ansi", "-std=c89", "-std=gnu89"];
pub const CXX_STANDARDS: [&str; 6] = ["", "-std=gnu++11", "-std=c++14", "-std=gnu++98", "-std=c++1z", "-std=c++98"];
/// `OUT` is the output's stem, `TMP` another name beside it.
pub const DEPFILES: [&str; 22] = [
    "",
    "-MD",
    "-MMD",
    "-MD -MF OUT.dep",
    "-MMD -MP -MF OUT.P -MT target",
    "-MD -MQ $(dir)/x.o",
    "-Wp,-MD,OUT.wp",
    "-Wp,-MMD,OUT.wp",
    "-MMD -MD",
    "-MFOUT.d -MD",
    "-MD -MT a -MT b",
    "-MD -MT x -MQ y",
    "-MP -MD",
    "-MMD -MF /dev/null",
    "-MD -MP -MF OUT.1 -MF OUT.2",
    "-MD -MTjoined -MFOUT.j",
    "-MMD -MP",
    "-MD -MQ a$b",
    "-MD -MF OUT\\ x.d",
    "--write-dependencies",
    "-MD -MT OUT#x",
    "-MF OUT.nothing",
];
/// The indices of some that leave out system headers.
pub const USER_DEPFILES: [usize; 4] = [2, 4, 7, 16];
pub const SIDES: [&str; 7] = [
    "",
    "-fstack-usage",
    "--coverage -frandom-seed=walk",
    "-ftest-coverage -frandom-seed=walk",
    "-gsplit-dwarf",
    "-fstack-usage --coverage -frandom-seed=1",
    "-fprofile-arcs -frandom-seed=walk",
];
/// `ROOT` is the project's absolute path.
pub const MAPS: [&str; 7] = [
    "",
    "-fdebug-prefix-map=ROOT=.",
    "-fdebug-prefix-map=ROOT=/src",
    "-ffile-prefix-map=ROOT=.",
    "-fmacro-prefix-map=ROOT=/m",
    "-fmacro-prefix-map=src=elsewhere",
    "-ffile-prefix-map=inc=moved",
];
pub const MACROS: [&str; 18] = [
    "-DX=1",
    "-DX=2",
    "-DX",
    "-UX",
    "-DY=X",
    "-DHDR=\"h3.h\"",
    "-DHDR=<h2.h>",
    "-DY=__FILE__",
    "-D X=3",
    "-DASKED=__has_include(\"opt.h\")",
    "-DUSER_NAME=<h2.h>",
    "-DUSER_NAME=\"h3.h\"",
    "-DCUSTOM_INCLUDE=h3.h",
    "-DWALK_PART=h2.h",
    "-DNAMED_h1=<h3.h>",
    SHOW_BUILT,
    "-DWALK_CMD=WALK_USED",
    "-DZQJ_LEVEL=1",
];
/// Makes a date expanded that is only mentioned otherwise.
pub const SHOW_BUILT: &str = "-DSHOW_BUILT";
pub const FORCED: [&str; 5] =
    ["-include inc/h3.h", "-include h0.h", "-imacros inc/h1.h", "-include quo/h2.h", "-include opt.h"];
pub const WARNINGS: [&str; 17] = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-unused-variable",
    "-w",
    "-Wundef",
    "-Werror=parentheses",
    "-pedantic",
    "-Wno-error",
    "-Wshadow",
    "-Wmissing-include-dirs",
    "-Winvalid-pch",
    NEW_WARNINGS[0],
    NEW_WARNINGS[1],
    "-Wcomment",
    "-Wunused-macros",
    "-Wdocumentation",
];
/// Those that gcc 5 does not know.
pub const NEW_WARNINGS: [&str; 2] = ["-Wimplicit-fallthrough", "-Wmisleading-indentation"];
pub const EXTRAS: [&str; 21] = [
    "-pipe",
    "-ffunction-sections",
    "-fdiagnostics-color=always",
    "-fno-common",
    "-Wa,--noexecstack",
    "-fno-exceptions",
    "-fmax-errors=1",
    "-Btools",
    "-nostdinc",
    "-flto -frandom-seed=9",
    "-fsigned-char",
    "-Wa,-W",
    "-iprefix ROOT/ -iwithprefixbefore inc",
    "-I-",
    "-save-temps=obj",
    "-fdiagnostics-color=never",
    "-fverbose-asm",
    "-fno-integrated-as",
    "-H",
    "-Wa,-Iinc",
    "-trigraphs",
];

/// What the words are about, besides the choices.
pub struct Subject<'a> {
    pub compiler: Compiler,
    pub unit: &'a str,
    pub spelling: Spelling,
    /// How the project's directory is named: `""` or `"../"`.
    pub up: &'a str,
    /// The project's absolute path.
    pub root: &'a str,
    /// The directory of the world.
    pub world: &'a str,
    /// Where tools of the walk lie.
    pub tools: &'a str,
    /// Added to the output's name.
    pub twin: bool,
}

impl Subject<'_> {
    fn path(&self, path: &str) -> String {
        match self.spelling {
            Spelling::Relative => format!("{}{path}", self.up),
            Spelling::DotSlash => format!("./{}{path}", self.up),
            Spelling::Absolute => format!("{}/{path}", self.root),
        }
    }

    fn is_cxx(&self) -> bool {
        suffix(self.unit) == "cc"
    }

    fn knows(&self, warning: &str) -> bool {
        match self.compiler {
            Compiler::AvrGcc => !NEW_WARNINGS.contains(&warning) && warning != "-Wdocumentation",
            Compiler::Gcc | Compiler::ArmGcc => warning != "-Wdocumentation",
            Compiler::Clang => true,
        }
    }

    fn is_text(&self) -> bool {
        !matches!(suffix(self.unit), "s" | "i")
    }
}

impl Flags {
    /// The output as the command names it, and `None` for the default name.
    pub fn output(&self, subject: &Subject<'_>) -> Option<String> {
        let stem = subject.unit.rsplit('/').next().unwrap_or(subject.unit).replace('.', "_");
        let stem = if subject.twin { format!("{stem}-twin") } else { stem };
        let suffix = if self.goal == Goal::Assembly { "s" } else { "o" };
        match self.output {
            0 => Some(subject.path(&format!("build/{stem}.{suffix}"))),
            1 if !subject.twin => None,
            2 => Some(format!("{stem}.{suffix}")),
            3 => Some(format!("{}/build/{stem}.abs.{suffix}", subject.root)),
            4 => Some(subject.path(&format!("build/{stem} $x#.{suffix}"))),
            5 => Some(subject.path(&format!("build/missing/{stem}.{suffix}"))),
            _ => Some(subject.path(&format!("src/{stem}.{suffix}"))),
        }
    }

    /// The arguments, without the driver.
    pub fn words(&self, subject: &Subject<'_>) -> Vec<String> {
        let mut groups: Vec<Vec<String>> = Vec::new();
        let split = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        if subject.compiler == Compiler::AvrGcc {
            groups.push(vec!["-mmcu=atmega328p".into()]);
        }
        groups.push(split(OPTIMISATIONS[self.optimisation]));
        groups.push(split(DEBUG[self.debug]));
        if subject.is_cxx() {
            groups.push(split(CXX_STANDARDS[self.standard]));
        } else if suffix(subject.unit) == "c" {
            groups.push(split(C_STANDARDS[self.standard]));
        }
        for (nth, warning) in WARNINGS.iter().enumerate() {
            if self.warnings & (1 << nth) != 0 && subject.knows(warning) {
                groups.push(split(warning));
            }
        }
        for choice in &self.macros {
            let text = MACROS[*choice];
            groups.push(match text.strip_prefix("-D ") {
                Some(rest) => vec!["-D".into(), rest.into()],
                None => vec![text.into()],
            });
        }
        for (chain, dir) in &self.dirs {
            let dir = subject.path(dir);
            groups.push(match chain {
                Chain::Joined => vec![format!("-I{dir}")],
                Chain::Separate => vec!["-I".into(), dir],
                Chain::System => vec!["-isystem".into(), dir],
                Chain::Quote => vec!["-iquote".into(), dir],
                Chain::After => vec!["-idirafter".into(), dir],
            });
        }
        groups.extend(kits::words(&self.kits, subject.world));
        if subject.is_text() && suffix(subject.unit) != "S" {
            for choice in &self.forced {
                let mut words = split(FORCED[*choice]);
                if words[1].contains('/') {
                    words[1] = subject.path(&words[1]);
                }
                groups.push(words);
            }
        }
        groups.push(rooted(MAPS[self.map], subject));
        for (nth, extra) in EXTRAS.iter().enumerate() {
            if self.extras & (1 << nth) != 0 {
                groups.push(rooted(extra, subject));
            }
        }
        groups.push(self.drawn.clone());
        let output = self.output(subject);
        if subject.is_text() || self.order == 3 {
            // Units that are compiled at the same time must not write the same file.
            let stem = output.clone().unwrap_or_else(|| subject.unit.replace(['/', '.'], "_"));
            let fill = |word: String| word.replace("OUT", &stem).replace("\\ ", " ");
            // A blank in a name, written `\ ` in the table, must not part the word.
            let text = DEPFILES[self.depfile].replace("\\ ", "\u{1}");
            groups.push(split(&text).into_iter().map(|word| fill(word.replace('\u{1}', " "))).collect());
            groups.push(split(SIDES[self.side]));
        }
        groups.push(match self.goal {
            Goal::Object => vec!["-c".into()],
            Goal::Assembly => vec!["-S".into()],
            Goal::Other(which) => split(OTHER_GOALS[which]),
        });
        let source = vec![subject.path(subject.unit)];
        let output: Vec<String> = match (&self.goal, output) {
            (Goal::Other(_), _) | (_, None) => Vec::new(),
            (_, Some(name)) if self.order == 2 => vec![format!("-o{name}")],
            (_, Some(name)) => vec!["-o".into(), name],
        };
        match self.order {
            0 => groups.extend([source, output]),
            1 => groups.splice(0..0, [source, output]).for_each(drop),
            _ => groups.extend([output, source]),
        }
        groups.concat()
    }
}

/// The words of a text in which the project and the tools are named.
fn rooted(text: &str, subject: &Subject<'_>) -> Vec<String> {
    let split = text.split(' ').filter(|word| !word.is_empty());
    split
        .map(|word| if word == "-Btools" { format!("-B{}", subject.tools) } else { word.replace("ROOT", subject.root) })
        .collect()
}
