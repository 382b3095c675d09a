//! The toolchains of the walk: which driver is called, and what it leads to.

use super::text::suffix;
use crate::fixture::{Compiler, age, host_program};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// How the compiler is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// By its name on `PATH`.
    Name,
    /// The C++ driver for C++, the C driver for the rest.
    NameByLanguage,
    /// By its path.
    Path,
    /// A script that calls it.
    Script,
    /// A copy of the toolchain at another path.
    Copy,
    /// Another compiler of this machine.
    Other,
}

impl Driver {
    pub const ALL: [Self; 6] = [Self::Name, Self::NameByLanguage, Self::Path, Self::Script, Self::Copy, Self::Other];
}

/// How packer-cc is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Launcher,
    Doubled,
    /// A link to packer-cc that has the compiler's name and stands before it on `PATH`. Only a driver that is called by
    /// its name is reached so.
    Masquerade,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    pub driver: Driver,
    pub form: Form,
    /// What the script wrapper says.
    pub script: usize,
    /// What the script says that the script wrapper calls.
    pub inner: usize,
    /// The assembler that the driver finds before the real one: 0 is none.
    pub assembler: usize,
    /// Whether a byte of the copied toolchain that nothing reads is another one.
    pub flipped: bool,
}

impl Default for Tools {
    fn default() -> Self {
        Self { driver: Driver::Name, form: Form::Launcher, script: 0, inner: 0, assembler: 0, flipped: false }
    }
}

pub const SCRIPTS: usize = 6;
/// The script wrapper that calls another script.
pub const CALLS_INNER: usize = 4;
pub const ASSEMBLERS: usize = 4;

/// The directory of tools, made like the model's.
pub struct Bench {
    dir: PathBuf,
    compiler: Compiler,
    now: Option<Tools>,
}

fn package(compiler: Compiler) -> &'static str {
    match compiler {
        Compiler::Gcc => "gcc",
        Compiler::Clang => "clang",
        Compiler::AvrGcc => "gcc-avr",
        Compiler::ArmGcc => "gcc-arm-none-eabi",
    }
}

fn real(compiler: Compiler) -> PathBuf {
    host_program(compiler.c(), package(compiler))
}

impl Bench {
    pub fn new(dir: PathBuf, compiler: Compiler) -> Self {
        fs::create_dir(&dir).expect("a directory for tools");
        let links = dir.join("links");
        fs::create_dir(&links).expect("a directory for links");
        for name in [compiler.c(), compiler.cxx()] {
            symlink(crate::fixture::packer_cc(), links.join(name)).expect("a link");
        }
        Self { dir, compiler, now: None }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `PATH` for the bare compiler, or for packer-cc behind the links.
    pub fn path(&self, masquerade: bool) -> String {
        let links = if masquerade { format!("{}:", self.dir.join("links").display()) } else { String::new() };
        format!("{links}{}:/usr/bin:/bin", self.dir.display())
    }

    /// The words that call the compiler.
    pub fn driver(&self, tools: &Tools, unit: &str) -> String {
        let in_dir = |name: &str| self.dir.join(name).display().to_string();
        match tools.driver {
            Driver::NameByLanguage if suffix(unit) == "cc" => self.compiler.cxx().into(),
            Driver::Name | Driver::NameByLanguage => self.compiler.c().into(),
            Driver::Path => real(self.compiler).display().to_string(),
            Driver::Script => in_dir("walk-cc"),
            Driver::Copy => in_dir(&format!("copy/bin/{}", self.compiler.c())),
            Driver::Other => match self.compiler {
                Compiler::Gcc => "clang".into(),
                Compiler::Clang => "gcc".into(),
                Compiler::AvrGcc | Compiler::ArmGcc => {
                    real(self.compiler).canonicalize().expect("a compiler").display().to_string()
                }
            },
        }
    }

    /// Makes the tools what the model says.
    pub fn sync(&mut self, tools: &Tools) {
        let now = self.now.take();
        let changed = |of: fn(&Tools) -> usize| now.as_ref().map(of) != Some(of(tools));
        if changed(|tools| tools.script) {
            self.script("walk-cc", &self.wrapper(tools.script));
        }
        if changed(|tools| tools.inner) {
            self.script(
                "walk-inner",
                &format!("#!/bin/sh\nexec {} -DSCRIPT={} \"$@\"\n", real(self.compiler).display(), 3 + tools.inner),
            );
        }
        if changed(|tools| tools.assembler) {
            self.assembler(tools.assembler);
        }
        if tools.driver == Driver::Copy && !self.dir.join("copy").exists() {
            self.copy();
        }
        let was_flipped = now.is_some_and(|now| now.flipped && self.dir.join("copy").exists());
        if self.dir.join("copy").exists() && was_flipped != tools.flipped {
            self.flip();
        }
        let flipped = tools.flipped && self.dir.join("copy").exists();
        self.now = Some(Tools { flipped, ..tools.clone() });
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.dir.join(name);
        fs::write(&path, text).expect("a script");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("a mode");
        age(&path);
    }

    fn wrapper(&self, which: usize) -> String {
        let real = real(self.compiler).display().to_string();
        match which {
            0 => format!("#!/bin/sh\nexec {real} \"$@\"\n"),
            1 | 2 => format!("#!/bin/sh\nexec {real} -DSCRIPT={which} \"$@\"\n"),
            3 => format!("#!/bin/sh\nexec {real} $WALK_FLAG \"$@\"\n"),
            CALLS_INNER => "#!/bin/sh\nexec \"$(dirname \"$0\")/walk-inner\" \"$@\"\n".into(),
            _ => {
                format!("#!/bin/sh\nif [ -n \"$WALK_FLAG\" ]; then set -- \"$@\" -DSCRIPT=7; fi\nexec {real} \"$@\"\n")
            }
        }
    }

    /// `as` in the tools, and its name with the target's prefix where the driver looks for one.
    fn assembler(&self, which: usize) {
        let path = self.dir.join("as");
        let _ = fs::remove_file(&path);
        let (name, package) = match self.compiler {
            Compiler::Gcc | Compiler::Clang => ("as", "binutils"),
            Compiler::AvrGcc => ("avr-as", "binutils-avr"),
            Compiler::ArmGcc => ("arm-none-eabi-as", "binutils-arm-none-eabi"),
        };
        let real = host_program(name, package);
        match which {
            0 => {}
            1 | 2 => self.script("as", &format!("#!/bin/sh\nexec {} --defsym WALK={which} \"$@\"\n", real.display())),
            _ => symlink(real, &path).expect("a link to as"),
        }
    }

    /// The toolchain once more, complete enough to find all its parts from where it lies.
    fn copy(&self) {
        let copy = self.dir.join("copy");
        let bin = copy.join("bin");
        fs::create_dir_all(&bin).expect("directories");
        let driver = real(self.compiler).canonicalize().expect("a compiler");
        let place = |from: &Path, to: &Path| {
            fs::create_dir_all(to.parent().expect("a parent")).expect("directories");
            fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
            age(to);
        };
        place(&driver, &bin.join(self.compiler.c()));
        let parts = match self.compiler {
            Compiler::Gcc => "gcc/x86_64-linux-gnu",
            Compiler::AvrGcc => "gcc/avr",
            Compiler::ArmGcc => "gcc/arm-none-eabi",
            Compiler::Clang => {
                let resources = driver.parent().and_then(Path::parent).expect("a prefix").join("lib/clang");
                fs::create_dir_all(copy.join("lib")).expect("a directory");
                symlink(resources, copy.join("lib/clang")).expect("a link");
                return;
            }
        };
        for version in fs::read_dir(Path::new("/usr/lib").join(parts)).expect("the toolchain's parts") {
            let from = version.expect("an entry").path();
            let to = copy.join("lib").join(parts).join(from.file_name().expect("a name"));
            if from.is_symlink() {
                continue;
            }
            fs::create_dir_all(&to).expect("a directory");
            for entry in fs::read_dir(&from).expect("the toolchain's parts") {
                let from = entry.expect("an entry").path();
                let to = to.join(from.file_name().expect("a name"));
                if ["cc1", "cc1plus"].iter().any(|name| from.ends_with(name)) {
                    place(&from, &to);
                } else {
                    symlink(&from, &to).expect("a link to a part");
                }
            }
        }
        for dir in ["avr", "arm-none-eabi"] {
            let from = Path::new("/usr/lib").join(dir);
            if parts.ends_with(dir) && from.exists() {
                symlink(&from, copy.join("lib").join(dir)).expect("a link to a part");
            }
        }
        if self.compiler == Compiler::AvrGcc {
            symlink("/usr/bin", copy.join("avr-bin")).expect("a link");
        }
    }

    /// Another last byte, in place, with the same size and time: it belongs to the section headers, which nothing
    /// reads at run time.
    fn flip(&self) {
        let first = |dir: &Path| {
            let mut names: Vec<_> =
                fs::read_dir(dir).expect("parts").map(|entry| entry.expect("an entry").path()).collect();
            names.sort();
            names.remove(0)
        };
        let path = if self.compiler == Compiler::Clang {
            self.dir.join("copy/bin/clang")
        } else {
            first(&first(&self.dir.join("copy/lib/gcc"))).join("cc1")
        };
        let file = File::options().read(true).write(true).open(&path).expect("a program");
        let last = file.metadata().expect("a size").len() - 1;
        let mut byte = [0];
        file.read_exact_at(&mut byte, last).expect("a byte");
        byte[0] ^= 1;
        file.write_all_at(&byte, last).expect("a byte");
        drop(file);
        age(&path);
    }
}
