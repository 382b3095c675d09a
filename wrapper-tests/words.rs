//! The words that drivers add by themselves, asked of every compiler of this machine: no real toolchain may be refused
//! for what it always adds, or for what follows from an option that is served.

use packer_cc::command::grammar::{Effect, Form, OPTIONS, Row};
use packer_cc::command::{Family, Role};
use packer_cc::toolchain::{added, probe};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A source of every kind: C, C++, both preprocessed, assembler with and without directives, and Objective-C.
const SOURCES: [&str; 8] = ["a.c", "a.cc", "a.i", "a.ii", "a.S", "a.s", "a.m", "a.mm"];

/// Targets that clang is asked about. It refuses those that it was not built for. `xcore` and `spirv64` are left out:
/// other programs (`xcc`, `llvm-spirv`) make their objects, and nothing is known of them.
const TARGETS: &str = "
    aarch64-linux-android21 aarch64-linux-gnu aarch64-none-elf aarch64-windows-gnu aarch64_be-linux-gnu
    amdgcn-amd-amdhsa arm-linux-gnueabihf arm-none-eabi arm64-apple-ios arm64-apple-macos13
    armv7-linux-androideabi21 avr bpf hexagon-unknown-elf i386-pc-solaris2.11 i686-linux-gnu i686-w64-mingw32
    loongarch64-linux-gnu m68k-linux-gnu mips-linux-gnu mips64el-linux-gnuabi64 mipsel-linux-gnu msp430
    nvptx64-nvidia-cuda powerpc-ibm-aix powerpc-linux-gnu powerpc64le-linux-gnu riscv32-unknown-elf
    riscv64-linux-gnu riscv64-unknown-elf s390x-linux-gnu sparc-linux-gnu sparc64-linux-gnu
    thumbv7em-none-eabi ve-linux-gnu wasm32-unknown-emscripten wasm32-unknown-unknown wasm32-wasi
    x86_64-alpine-linux-musl x86_64-apple-macosx10.13 x86_64-linux-android x86_64-linux-gnu x86_64-linux-gnux32
    x86_64-pc-windows-msvc x86_64-scei-ps4 x86_64-sie-ps5 x86_64-unknown-freebsd x86_64-unknown-fuchsia
    x86_64-unknown-haiku x86_64-unknown-netbsd x86_64-unknown-openbsd x86_64-w64-mingw32 xtensa-unknown-elf
";

/// Options of many machines. A compiler refuses those of another machine than its own.
const MACHINE: &str = "
    -m31 -m32 -m64 -mabi=apcs-gnu -mabi=eabi -mabi=elfv2 -mabi=ilp32 -mabi=lp64d -mabi=n32 -malign-double
    -maltivec -mapcs-frame -march=armv7-a -march=armv8-a+crc -march=native -march=rv32imac -march=x86-64-v3
    -march=z13 -marm -mavx2 -mbig-endian -mbranch-protection=standard -mbranches-within-32B-boundaries
    -mcmodel=large -mcmodel=medany -mcmse -mcode-object-version=4 -mcompact-branches=always -mcpu=68020
    -mcpu=cortex-a53 -mcpu=cortex-m4 -mcpu=native -mcpu=power9 -mcpu=v9 -mcrc -mcumode -mdouble=32 -mdsp
    -menable-experimental-extensions -mexec-model=reactor -mexecute-only -mexplicit-relocs -mfdpic -mfentry
    -mfix-cortex-a53-835769 -mfix-cortex-m3-ldrd -mfix-loongson2f -mfloat-abi=hard -mfloat-abi=softfp -mfma
    -mfpmath=sse -mfpu=neon -mfunction-return=thunk-extern -mgeneral-regs-only -mglobal-merge -mhard-float
    -mharden-sls=all -mhvx -mignore-xcoff-visibility -mimplicit-it=always -mincremental-linker-compatible
    -mindirect-branch=thunk -miphoneos-version-min=12 -mips16 -mips32r2 -mlittle-endian -mlong-calls
    -mlong-double-128 -mlong-double-64 -mlongcalls -mlsx -mlvi-cfi -mmacosx-version-min=10.13 -mmain-is-OS_task
    -mmcu=atmega328p -mmcu=attiny85 -mmcu=msp430g2553 -mms-bitfields -mn-flash=1 -mnan=2008 -mno-abicalls
    -mno-implicit-float -mno-movt -mno-omit-leaf-frame-pointer -mno-outline -mno-red-zone -mno-relax -mno-sse
    -mnop-mcount -mnvs -momit-leaf-frame-pointer -moutline -moutline-atomics -mpad-max-prefix-size=5 -mpcrel
    -mprefer-vector-width=256 -mpreferred-stack-boundary=4 -mpure-code -mrecord-mcount -mregparm=3 -mrelax
    -mrelax-all -mretpoline -mroptr -mrtd -mshared -mshort-calls -msign-return-address=all -msimd128
    -mskip-rax-setup -msmall-data-limit=8 -msoft-float -mspeculative-load-hardening -msse4.2 -mstack-alignment=8
    -mstack-arg-probe -mstack-probe-size=4096 -mstack-protector-guard=tls -mstackrealign -mstrict-align
    -msve-vector-bits=256 -mtargetos=macos13 -mtext-section-literals -mthreads -mthumb -mthumb-interwork
    -mtiny-stack -mtls-dialect=gnu2 -mtls-direct-seg-refs -mtocdata -mtp=soft -mtune=generic -mtune=native
    -municode -mv67 -mvsx -mwarn-nonportable-cfstrings -mwavefrontsize64 -mwindows -mx32 -mxgot -mzarch
";

/// Values that make a driver choose differently. The rows of these options do not tell their values. Every other such
/// option is given `1`.
const VALUES: &[(&str, &[&str])] = &[
    ("--stdlib=", &["libc++", "libstdc++"]),
    ("-fcf-protection", &["full"]),
    ("-fdebug-default-version", &["5"]),
    ("-fdenormal-fp-math", &["preserve-sign"]),
    ("-fexcess-precision", &["fast"]),
    ("-ffp-model", &["fast", "precise", "strict"]),
    ("-flto", &["full", "thin"]),
    ("-fobjc-runtime", &["gnustep-2.0"]),
    ("-fopenmp", &["libgomp", "libomp"]),
    ("-fpatchable-function-entry", &["4,2"]),
    (
        "-fsanitize",
        &["address", "hwaddress", "kernel-address", "leak", "memory", "realtime", "thread", "type", "undefined"],
    ),
    (
        "-fsanitize-coverage",
        &[
            "edge,trace-pc-guard,trace-cmp,indirect-calls,pc-table,inline-8bit-counters",
            "func,trace-pc,stack-depth,no-prune,inline-bool-flag,control-flow,trace-loads,trace-stores,trace-gep,trace-div",
        ],
    ),
    ("-fsanitize-recover", &["all"]),
    ("-fsanitize-trap", &["all"]),
    ("-ftls-model", &["local-exec"]),
    ("-ftrivial-auto-var-init", &["zero"]),
    ("-fveclib", &["libmvec"]),
    ("-fvisibility", &["hidden"]),
    ("-fzero-call-used-regs", &["used"]),
    ("-gz=", &["none", "zlib", "zstd"]),
    ("-std=", &["c++20", "c11", "gnu++17", "gnu2x"]),
    ("-stdlib=", &["libc++", "libstdc++"]),
];

/// Members of the families `-O`, `-W` and `-g` that drivers translate.
const TRANSLATED: &[&str] = &[
    "-O0",
    "-O2",
    "-O3",
    "-Ofast",
    "-Og",
    "-Os",
    "-Oz",
    "-Wall",
    "-Werror",
    "-Wframe-larger-than=1024",
    "-Wstack-usage=1024",
];

/// So many options that decide about programs are asked about at once, and so many others.
const AT_ONCE: usize = 16;
const OTHERS_AT_ONCE: usize = 48;
/// A compiler that takes fewer of either kind of options was not asked about what the table is for.
const LEAST_TAKEN: usize = 20;
const LEAST_OTHERS_TAKEN: usize = 300;

/// A compiler of this machine.
struct Compiler {
    program: PathBuf,
    family: Family,
    /// It compiles `a.c` as C++.
    is_cxx: bool,
    /// The sources that it can compile.
    sources: Vec<&'static str>,
    /// Where gcc is installed: directories there it may add to the include path.
    own: Vec<PathBuf>,
}

/// Every gcc and clang of the machine's `PATH`, whatever its target and version, each once. A script in front of one,
/// such as `musl-gcc`, adds what it likes.
fn compilers(dir: &Path) -> Vec<Compiler> {
    let name = regex::Regex::new(r"^([a-z0-9_]+-)*(gcc|g\+\+|clang|clang\+\+)(-[0-9.]+)?$").expect("an expression");
    let mut known = BTreeSet::new();
    let mut found = Vec::new();
    for place in ["/usr/local/bin", "/usr/bin"] {
        for entry in fs::read_dir(place).into_iter().flatten() {
            let program = entry.expect("an entry").path();
            let Some(text) = program.file_name().and_then(OsStr::to_str).filter(|text| name.is_match(text)) else {
                continue;
            };
            let Ok(canonical) = program.canonicalize() else { continue };
            if text.contains("gcc") && !is_supported(&program) {
                continue;
            }
            let is_script = fs::read(&canonical).is_ok_and(|content| content.starts_with(b"#!"));
            let is_cxx = text.contains("++");
            if !is_script && known.insert((canonical, is_cxx)) {
                let family = if text.contains("clang") { Family::Clang } else { Family::Gcc };
                let mut compiler = Compiler { program, family, is_cxx, sources: Vec::new(), own: Vec::new() };
                compiler.own.extend(compiler.installed());
                compiler.sources = SOURCES.into_iter().filter(|source| compiler.takes(dir, source)).collect();
                found.push(compiler);
            }
        }
    }
    assert!(found.len() >= 4, "gcc, clang, avr-gcc and arm-none-eabi-gcc are installed");
    found
}

/// The option table speaks of gcc 5 and later.
fn is_supported(gcc: &Path) -> bool {
    let output = Command::new(gcc).arg("-dumpversion").output().expect("a compiler");
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    version.split('.').next().and_then(|major| major.trim().parse::<u32>().ok()).is_some_and(|major| major >= 5)
}

impl Compiler {
    fn installed(&self) -> Option<PathBuf> {
        let output = Command::new(&self.program).arg("-print-search-dirs").output().expect("a compiler");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().find_map(|line| line.strip_prefix("install: ")).map(PathBuf::from)
    }

    /// Whether the language of a source is installed.
    fn takes(&self, dir: &Path, source: &str) -> bool {
        let mut command = Command::new(&self.program);
        command.args(["-###", "-c", source]).current_dir(dir).output().is_ok_and(|output| output.status.success())
    }

    /// What `-###` says of all sources under `options`, and whether the compiler takes them.
    fn ask(&self, dir: &Path, options: &[OsString]) -> (bool, Vec<u8>) {
        let mut command = Command::new(&self.program);
        command.args(["-###", "-c"]).args(&self.sources).args(options).current_dir(dir).env("LC_ALL", "C");
        let output = command.output().expect("a compiler");
        (output.status.success(), output.stderr)
    }

    /// The words that are refused of what the driver would start, each with its command.
    fn refused(&self, said: &[u8], typed: &[OsString], added: Added) -> Vec<String> {
        let asked = if added == Added::ByCommand { typed } else { &[] };
        let lines = said.split(|byte| *byte == b'\n');
        let commands = lines.flat_map(probe::commands_of);
        let refused = commands.filter_map(|words| {
            let word = added::refused(&words, self.family, &self.own, asked)?;
            // gcc 5 takes `--target=x` for `-ftarget=x`, which its cc1 then does not know.
            let long =
                |option: &OsString| option.to_str().and_then(|option| option.strip_prefix("--")).map(str::to_owned);
            if word.strip_prefix("-f").is_some_and(|word| typed.iter().filter_map(long).any(|option| option == word)) {
                return None;
            }
            let command = String::from_utf8_lossy(&words.join(&b' ')).into_owned();
            Some(format!("{} under {typed:?}: {word} of {command}", self.program.display()))
        });
        refused.collect()
    }

    /// Asks about many options at once, and about fewer where that fails. What no compiler of this kind knows is left
    /// out. Returns how many were taken.
    fn check(&self, dir: &Path, group: &[Vec<OsString>], added: Added, refused: &mut Vec<String>) -> usize {
        let options: Vec<OsString> = group.iter().flatten().cloned().collect();
        let (taken, said) = self.ask(dir, &options);
        if taken {
            refused.extend(self.refused(&said, &options, added));
            return group.len();
        }
        let text = String::from_utf8_lossy(&said).into_owned();
        let is_known = |words: &&Vec<OsString>| !text.contains(&format!("'{}'", words[0].display()));
        let known: Vec<Vec<OsString>> = group.iter().filter(is_known).cloned().collect();
        match known.len() {
            0 => 0,
            len if len < group.len() => self.check(dir, &known, added, refused),
            1 => 0,
            len => {
                let (left, right) = known.split_at(len / 2);
                self.check(dir, left, added, refused) + self.check(dir, right, added, refused)
            }
        }
    }
}

/// Who said the options that a driver is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Added {
    /// The command, whose own rows judge them: the question to the compiler holds them.
    ByCommand,
    /// A script in front of the compiler, or its configuration.
    ByScript,
}

/// A directory with the sources and an empty specs file.
fn bench() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for name in SOURCES.iter().chain(&["my.specs"]) {
        fs::write(dir.path().join(name), "").expect("a file");
    }
    dir
}

/// Spellings of the options that a row stands for.
fn examples(row: &Row) -> Vec<Vec<OsString>> {
    let targets: Vec<&str> = TARGETS.split_whitespace().collect();
    let listed = VALUES.iter().find(|(name, _)| *name == row.name).map(|(_, values)| *values);
    let values: &[&str] = match (row.name, row.effect, row.role) {
        ("-m", ..) => return MACHINE.split_whitespace().map(|option| vec![option.into()]).collect(),
        ("--target=", ..) => &targets,
        ("-target", ..) => &["arm-none-eabi"],
        ("--specs=" | "-specs=" | "-specs", ..) => &["my.specs"],
        (_, Effect::OneOf(values), _) => values,
        (_, _, Some(Role::SearchDir(_))) => &["/", "."],
        _ => listed.unwrap_or(&["1"]),
    };
    let (name, negated) = (row.name, || format!("{}no-{}", &row.name[..2], &row.name[2..]));
    let joined = |middle: &'static str| values.iter().map(move |value| vec![format!("{name}{middle}{value}").into()]);
    match row.form {
        Form::Flag | Form::Family => vec![vec![name.into()]],
        Form::Toggle => vec![vec![name.into()], vec![negated().into()]],
        Form::ToggleValue => [vec![name.into()], vec![negated().into()]].into_iter().chain(joined("=")).collect(),
        Form::Joined => joined("").collect(),
        Form::Separate | Form::JoinedOrSeparate => values.iter().map(|value| vec![name.into(), value.into()]).collect(),
    }
}

/// Deals options out to groups of about `size`, so that neighbours, such as an option and its negation, are apart.
fn dealt(options: &[Vec<OsString>], size: usize) -> Vec<Vec<Vec<OsString>>> {
    let count = options.len().div_ceil(size);
    (0..count).map(|first| options.iter().skip(first).step_by(count).cloned().collect()).collect()
}

/// The options that decide about programs and directories, as the question to a compiler holds them. Those that choose
/// a target stand alone, the others many at a time.
#[test]
fn no_word_that_a_driver_adds_is_refused() {
    let dir = bench();
    let options: Vec<Vec<OsString>> = OPTIONS.iter().filter(|row| row.identity).flat_map(examples).collect();
    let chooses = |words: &Vec<OsString>| words[0].as_encoded_bytes().starts_with(b"--target=");
    let (targets, others): (Vec<_>, Vec<_>) = options.into_iter().partition(chooses);
    let alone = [Vec::new()].into_iter().chain(targets.into_iter().map(|words| vec![words]));
    let groups: Vec<Vec<Vec<OsString>>> = alone.chain(dealt(&others, AT_ONCE)).collect();
    let mut refused = Vec::new();
    for compiler in compilers(dir.path()) {
        // A C++ driver is its C driver but for the language of `.c`, and the C driver is asked about C++ too.
        let groups = if compiler.is_cxx { &groups[..1] } else { &groups };
        let check = |group: &Vec<_>| compiler.check(dir.path(), group, Added::ByCommand, &mut refused);
        let taken: usize = groups.iter().map(check).sum();
        if taken < LEAST_TAKEN && !compiler.is_cxx {
            refused.push(format!("{} takes only {taken} of the options", compiler.program.display()));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Options that a script, specs or a configuration file may add, since the words they are translated to are harmless.
#[test]
fn no_word_that_follows_from_a_harmless_option_is_refused() {
    let dir = bench();
    let rows = OPTIONS.iter().filter(|row| !row.identity && is_harmless(row)).flat_map(examples);
    let options: Vec<_> = rows.chain(TRANSLATED.iter().map(|option| vec![option.into()])).collect();
    let mut refused = Vec::new();
    for compiler in compilers(dir.path()).iter().filter(|compiler| !compiler.is_cxx) {
        let check = |group: &Vec<_>| compiler.check(dir.path(), group, Added::ByScript, &mut refused);
        let taken: usize = dealt(&options, OTHERS_AT_ONCE).iter().map(check).sum();
        if taken < LEAST_OTHERS_TAKEN {
            refused.push(format!("{} takes only {taken} of the options", compiler.program.display()));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Whether an option is served where nobody typed it; the rule of [`added`], told by the table again.
fn is_harmless(row: &Row) -> bool {
    let role = matches!(row.role, Some(Role::Code | Role::PathText | Role::Colour));
    let effect = matches!(
        row.effect,
        Effect::None
            | Effect::Debug(_)
            | Effect::Opaque
            | Effect::Lto
            | Effect::Colour
            | Effect::ColourOff
            | Effect::ColourWhen
            | Effect::OneOf(_)
    );
    // `-fmessage-length=1` breaks the lines of `-###`.
    let wraps = row.name == "-fmessage-length";
    // Debug data that lists all macros is not served unseen: gcc adds `-dD`.
    role && effect
        && !wraps
        && !["-g3", "-ggdb3", "-gstabs3", "-gstabs+3", "-gvms3", "-gxcoff3", "-gcoff3"].contains(&row.name)
}
