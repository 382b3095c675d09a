//! The ways to be called, told apart before anything else.
//!
//! | form | whose are the arguments |
//! |---|---|
//! | `packer-cc gcc -c a.c` | gcc's |
//! | `packer-cc -c a.c` | those of `$PACKER_CC_COMPILER`, else of the first `cc` on `PATH` |
//! | a link named `gcc` → packer-cc | those of the one that a shim file beside it names ([`shim`]), else of the next `gcc` on `PATH` |
//! | `packer-cc stats` | ours |
//!
//! A first word is the compiler, unless it is an option, a response file, or a source or an object by its name or content. If it cannot
//! be started, the answer is a shell's: status 127 if nothing of that name is there, 126 if it cannot be executed.
//!
//! `packer-cxx` (installed as `packer-c++`; cargo cannot name a program so) is the same for C++.

pub mod shim;

use crate::bounded;
use crate::environment::Environment;
use crate::toolchain::locate::{self, Ourselves};
use shim::{Broken, CANNOT_START, NOT_FOUND};
use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Which language the default compiler is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personality {
    /// `cc`
    C,
    /// `c++`
    Cxx,
}

/// How this process was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A subcommand; all arguments, argv\[0\] included.
    Administration(Vec<OsString>),
    /// A compiler was named, or a link stands for one.
    Compiler {
        /// The executable.
        program: PathBuf,
        /// What it is told its name is.
        argv0: OsString,
        /// Its arguments.
        args: Vec<OsString>,
    },
    /// The compiler is to be found by configuration.
    Default(Personality, Vec<OsString>),
    /// What was called, or named as the compiler, leads to none.
    Broken(Broken),
}

/// Which of packer-cc's own two programs has this name, if any.
fn personality(name: &OsStr) -> Option<Personality> {
    match name.as_bytes() {
        b"packer-cc" => Some(Personality::C),
        b"packer-c++" | b"packer-cxx" => Some(Personality::Cxx),
        _ => None,
    }
}

/// The words that mean administration when they come first on a command line. Every other first word belongs to the
/// compiler.
pub const SUBCOMMANDS: &[&str] = &["config", "help", "journal", "shim", "stats", "store", "trim", "verify", "version"];

/// Tells the forms apart. `args` begins with argv\[0\].
pub fn resolve(args: &[OsString], environment: &Environment, cwd: &Path, ourselves: &Ourselves) -> Call {
    let Some((argv0, mut rest)) = args.split_first() else { return Call::Administration(Vec::new()) };
    let name = Path::new(argv0).file_name().unwrap_or(argv0);
    let Some(mut personality) = personality(name) else {
        let place = executed_as(argv0, environment, cwd);
        return Masquerade { environment, cwd, ourselves }.call(argv0, place.as_deref(), rest);
    };
    if rest.is_empty() || rest.first().and_then(|word| word.to_str()).is_some_and(|word| SUBCOMMANDS.contains(&word)) {
        return Call::Administration(args.to_vec());
    }
    while let Some((word, behind)) = rest.split_first() {
        if !can_name_a_compiler(word) {
            break;
        }
        match locate::program_or_ourselves(word, environment, cwd) {
            Some(found) if is_packer(word, &found, ourselves) => {
                // `packer-cc packer-c++ -c a.cc` means what `packer-c++ -c a.cc` means.
                let inner = Path::new(word).file_name().and_then(self::personality);
                match inner {
                    Some(inner) => {
                        personality = inner;
                        rest = behind;
                    }
                    None => return Masquerade { environment, cwd, ourselves }.call(word, Some(&found), behind),
                }
            }
            Some(found) => {
                return match shim::original(&found, cwd, ourselves) {
                    Ok(Some(original)) => Call::as_itself(original, behind),
                    Ok(None) => Call::Compiler { program: found, argv0: word.clone(), args: behind.to_vec() },
                    Err(broken) => Call::Broken(broken),
                };
            }
            None if is_object(&cwd.join(word)) => break,
            None => return Call::missing(word, environment, cwd),
        }
    }
    Call::Default(personality, rest.to_vec())
}

/// The command of the default compiler: the configured words, else the first `cc` or `c++` that is not packer-cc.
pub fn default_compiler(
    personality: Personality,
    configured: Option<&[OsString]>,
    args: Vec<OsString>,
    environment: &Environment,
    cwd: &Path,
    ourselves: &Ourselves,
) -> Call {
    let fallback = [OsString::from(match personality {
        Personality::C => "cc",
        Personality::Cxx => "c++",
    })];
    let mut words = configured.filter(|words| !words.is_empty()).unwrap_or(&fallback);
    // A configured `packer-cc gcc` means gcc. A configured `packer-cc` alone counts as nothing configured.
    while let Some((first, behind)) = words.split_first()
        && Path::new(first).file_name().is_some_and(|name| self::personality(name).is_some())
        && locate::program_or_ourselves(first, environment, cwd)
            .is_some_and(|found| is_packer(first, &found, ourselves))
    {
        words = if behind.is_empty() { &fallback } else { behind };
    }
    let name = &words[0];
    let all: Vec<OsString> = words[1..].iter().cloned().chain(args).collect();
    let first = locate::program_or_ourselves(name, environment, cwd);
    if let Some(found) = first.filter(|found| is_packer(name, found, ourselves)) {
        return Masquerade { environment, cwd, ourselves }.call(name, Some(&found), &all);
    }
    let Some(program) = locate::program(name, environment, cwd, ourselves) else {
        return Call::missing(name, environment, cwd);
    };
    match shim::original(&program, cwd, ourselves) {
        Ok(Some(original)) => Call::as_itself(original, &all),
        Ok(None) => {
            let argv0 = own_name(name, &program, environment, cwd);
            Call::Compiler { program, argv0, args: all }
        }
        Err(broken) => Call::Broken(broken),
    }
}

/// A link named like a compiler.
struct Masquerade<'a> {
    environment: &'a Environment,
    cwd: &'a Path,
    ourselves: &'a Ourselves,
}

impl Masquerade<'_> {
    /// The program that a shim file names for the link at `place`, else the next program of that name on `PATH`.
    fn call(&self, argv0: &OsStr, place: Option<&Path>, args: &[OsString]) -> Call {
        let name = Path::new(argv0).file_name().unwrap_or(argv0);
        let find = |place: &Path| shim::original(place, self.cwd, self.ourselves);
        match place.map_or(Ok(None), find) {
            Ok(Some(original)) => return Call::as_itself(original, args),
            Ok(None) => {}
            Err(broken) => return Call::Broken(broken),
        }
        let mut found = None;
        for candidate in locate::all(name, self.environment, self.cwd) {
            match find(&candidate) {
                Ok(Some(original)) => return Call::as_itself(original, args),
                Ok(None) if self.ourselves.include(&candidate) => {}
                Ok(None) => {
                    found = Some(candidate);
                    break;
                }
                Err(broken) => return Call::Broken(broken),
            }
        }
        let Some(program) = found else { return Call::not_found(name) };
        let argv0 = if argv0.as_bytes().contains(&b'/') {
            program.clone().into_os_string()
        } else {
            own_name(argv0, &program, self.environment, self.cwd)
        };
        Call::Compiler { program, argv0, args: args.to_vec() }
    }
}

impl Call {
    /// A compiler that is started by its own path, whatever it was called by. It finds its parts by that path.
    fn as_itself(program: PathBuf, args: &[OsString]) -> Self {
        Self::Compiler { argv0: program.clone().into_os_string(), program, args: args.to_vec() }
    }

    /// A name by which no compiler can be started. The status is the one that a shell would give.
    fn missing(name: &OsStr, environment: &Environment, cwd: &Path) -> Self {
        let is_there =
            if name.as_bytes().contains(&b'/') { cwd.join(name).exists() } else { on_path(name, environment, cwd) };
        if !is_there {
            return Self::not_found(name);
        }
        let text = format!(
            "{}: not a program that can be started; name the compiler first (packer-cc gcc …), or make it executable (chmod +x)",
            name.display()
        );
        Self::Broken(Broken { text, status: CANNOT_START })
    }

    fn not_found(name: &OsStr) -> Self {
        let text = format!(
            "{}: no such compiler on PATH, and no subcommand of that name; `packer-cc help` lists both ways",
            name.display()
        );
        Self::Broken(Broken { text, status: NOT_FOUND })
    }
}

/// Whether a file of this name stands in a directory of `PATH`, even one that cannot be executed.
fn on_path(name: &OsStr, environment: &Environment, cwd: &Path) -> bool {
    let dirs = environment.get("PATH").into_iter().flat_map(std::env::split_paths);
    dirs.map(|dir| cwd.join(dir).join(name)).any(|path| path.is_file())
}

/// The link by which this process was started. `argv0` alone does not tell: it may be a bare name, or whatever the caller chose.
fn executed_as(argv0: &OsStr, environment: &Environment, cwd: &Path) -> Option<PathBuf> {
    let executed = Environment::executed_as().filter(|path| {
        let name = path.file_name();
        name.is_some() && name == Path::new(argv0).file_name()
    });
    executed.or_else(|| locate::program_or_ourselves(argv0, environment, cwd))
}

/// The name to start a compiler by. A compiler looks for its parts beside the first program of its name on `PATH`. Where that is a link to
/// packer-cc, avr-gcc would find no device-specs beside it, so it is started by its path. In messages it shows the last part alone.
fn own_name(name: &OsStr, program: &Path, environment: &Environment, cwd: &Path) -> OsString {
    match locate::program_or_ourselves(name, environment, cwd) {
        Some(first) if first != program => program.as_os_str().to_owned(),
        _ => name.to_owned(),
    }
}

/// Whether `found` is packer-cc: this program or one that called it, or the other of the two programs beside this one.
fn is_packer(word: &OsStr, found: &Path, ourselves: &Ourselves) -> bool {
    if ourselves.include(found) {
        return true;
    }
    let is_name = Path::new(word).file_name().is_some_and(|name| personality(name).is_some());
    let beside = || Some(Environment::current_exe().ok()?.parent()? == found.canonicalize().ok()?.parent()?);
    is_name && beside().unwrap_or(false)
}

/// Extensions of what compilers compile or link (GCC manual, "Overall Options"; clang's `Types.def`).
const INPUTS: [&str; 66] = [
    "C", "CPP", "F", "F03", "F08", "F90", "F95", "FOR", "FPP", "FTN", "H", "HPP", "M", "S", "a", "adb", "ads", "asm",
    "bc", "c", "c++", "c++m", "cc", "ccm", "cl", "cp", "cpp", "cppm", "cu", "cxx", "cxxm", "d", "dylib", "f", "f03",
    "f08", "f90", "f95", "for", "fpp", "ftn", "go", "h", "h++", "hh", "hip", "hp", "hpp", "hxx", "i", "ii", "ixx",
    "ld", "lds", "lib", "ll", "lo", "m", "mi", "mii", "mm", "o", "obj", "s", "so", "sx",
];

/// Whether a first word may name a compiler. An option, a response file, and the name of a source or an object (`libz.so.1` too) do not.
fn can_name_a_compiler(word: &OsStr) -> bool {
    let extension = Path::new(word).extension().and_then(OsStr::to_str);
    !matches!(word.as_bytes().first(), None | Some(b'-' | b'@'))
        && extension.is_none_or(|known| INPUTS.binary_search(&known).is_err())
        && memchr::memmem::find(word.as_bytes(), b".so.").is_none()
}

/// Whether this is a file for the linker, whatever its name is: `packer-cc main -o program`.
fn is_object(path: &Path) -> bool {
    /// Where an ELF file says its byte order (`elf(5)`, `EI_DATA`).
    const ELF_DATA: usize = 5;
    /// `ELFDATA2MSB`
    const BIG_ENDIAN: u8 = 2;
    /// Where an ELF file says what it is (`elf(5)`, `e_type`): two bytes.
    const ELF_TYPE: usize = 16;
    /// `ET_REL`
    const RELOCATABLE: u16 = 1;
    let Ok((file, _)) = bounded::open(path) else { return false };
    let mut head = [0; ELF_TYPE + 2];
    let Ok(read) = file.take(head.len() as u64).read(&mut head) else { return false };
    match &head[..read] {
        [0x7f, b'E', b'L', b'F', ..] if read == head.len() => {
            let order = if head[ELF_DATA] == BIG_ENDIAN { u16::from_be_bytes } else { u16::from_le_bytes };
            order([head[ELF_TYPE], head[ELF_TYPE + 1]]) == RELOCATABLE
        }
        // Archives, thin ones too, and bitcode.
        head => head.starts_with(b"!<arch>\n") || head.starts_with(b"!<thin>\n") || head.starts_with(b"BC\xc0\xde"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &[&str]) -> Call {
        let environment = Environment::from_vars([("PATH", "/usr/bin:/bin")]);
        let args: Vec<OsString> = words.iter().map(OsString::from).collect();
        resolve(&args, &environment, Path::new("/"), &Ourselves::default())
    }

    #[test]
    fn extensions_are_sorted() {
        assert!(INPUTS.is_sorted());
    }

    #[test]
    fn arguments_belong_to_the_compiler_unless_a_subcommand_comes_first() {
        assert!(matches!(call(&["packer-cc", "stats"]), Call::Administration(_)));
        for words in [
            &["packer-cc", "--version"][..],
            &["x/packer-cc", "-c", "stats"],
            &["packer-cc", "a.c"],
            &["packer-cc", "@x"],
        ] {
            assert!(matches!(call(words), Call::Default(Personality::C, _)), "{words:?}");
        }
        assert!(matches!(call(&["packer-c++", "-v"]), Call::Default(Personality::Cxx, _)));
        assert!(matches!(call(&["packer-cc", "no-such-cc", "-c"]), Call::Broken(Broken { status: 127, .. })));
        assert!(matches!(call(&["packer-cc", "/usr", "-c"]), Call::Broken(Broken { status: 126, .. })));
        let Call::Compiler { argv0, args, .. } = call(&["packer-cc", "sh", "stats"]) else { panic!("a launcher") };
        assert_eq!((argv0, args), ("sh".into(), vec!["stats".into()]));
        let Call::Compiler { argv0, .. } = call(&["sh", "-c", "x"]) else { panic!("a masquerade") };
        assert_eq!(argv0, "sh");
    }
}
