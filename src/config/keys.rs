//! The names of every setting: its key in `.packer-cc.toml` and its environment variable.

/// One setting. The order is that of [`KEYS`] and of `packer-cc config`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Where `store/` and `state/` are.
    Dir,
    /// The watch root.
    Root,
    /// Further roots, by name.
    Roots,
    /// Whether commands run as typed or relative to the root.
    Paths,
    /// Whether the home directory is a root in the `relative` mode.
    Home,
    /// The real C compiler.
    Compiler,
    /// The real C++ compiler.
    CxxCompiler,
    /// Every run is a bypass.
    Disable,
    /// Nothing is written to the store.
    Readonly,
    /// Nothing is served from the store.
    Recache,
    /// Memos are ignored.
    Paranoid,
    /// The store's bound.
    MaxSize,
    /// Part of every key.
    Namespace,
    /// Files that are part of every key.
    ExtraFiles,
    /// How many hits are compiled again and compared.
    Verify,
    /// Whether the preprocessor may be asked after a compile.
    Ask,
    /// The decision log.
    Log,
    /// Others may write in store and state.
    Shared,
}

/// A row of [`KEYS`].
#[derive(Debug)]
pub struct KeyNames {
    pub key: Key,
    /// In `.packer-cc.toml`.
    pub name: &'static str,
    /// In the environment.
    pub variable: &'static str,
    /// Whose `.packer-cc.toml` may say it.
    pub author: Author,
}

/// Whose `.packer-cc.toml` may set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// Anyone's: whatever it says, the same bytes are built. At worst they are built more slowly.
    Anyone,
    /// That of this user or of root: the value starts a program, decides where files are written, or whom to believe.
    Trusted,
}

/// How many settings there are.
pub const COUNT: usize = 18;

/// Every setting, in the order of [`Key`].
#[rustfmt::skip]
pub const KEYS: [KeyNames; COUNT] = [
    KeyNames { key: Key::Dir,          name: "dir",           variable: "PACKER_CC_DIR",         author: Author::Trusted },
    KeyNames { key: Key::Root,         name: "root",          variable: "PACKER_CC_ROOT",        author: Author::Anyone },
    KeyNames { key: Key::Roots,        name: "roots",         variable: "PACKER_CC_ROOTS",       author: Author::Anyone },
    KeyNames { key: Key::Paths,        name: "paths",         variable: "PACKER_CC_PATHS",       author: Author::Anyone },
    KeyNames { key: Key::Home,         name: "home",          variable: "PACKER_CC_HOME",        author: Author::Anyone },
    KeyNames { key: Key::Compiler,     name: "compiler",      variable: "PACKER_CC_COMPILER",    author: Author::Trusted },
    KeyNames { key: Key::CxxCompiler,  name: "cxx-compiler",  variable: "PACKER_CXX_COMPILER",   author: Author::Trusted },
    KeyNames { key: Key::Disable,      name: "disable",       variable: "PACKER_CC_DISABLE",     author: Author::Anyone },
    KeyNames { key: Key::Readonly,     name: "readonly",      variable: "PACKER_CC_READONLY",    author: Author::Anyone },
    KeyNames { key: Key::Recache,      name: "recache",       variable: "PACKER_CC_RECACHE",     author: Author::Anyone },
    KeyNames { key: Key::Paranoid,     name: "paranoid",      variable: "PACKER_CC_PARANOID",    author: Author::Anyone },
    KeyNames { key: Key::MaxSize,      name: "max-size",      variable: "PACKER_CC_MAX_SIZE",    author: Author::Anyone },
    KeyNames { key: Key::Namespace,    name: "namespace",     variable: "PACKER_CC_NAMESPACE",   author: Author::Anyone },
    KeyNames { key: Key::ExtraFiles,   name: "extra-files",   variable: "PACKER_CC_EXTRA_FILES", author: Author::Anyone },
    KeyNames { key: Key::Verify,       name: "verify",        variable: "PACKER_CC_VERIFY",      author: Author::Anyone },
    KeyNames { key: Key::Ask,          name: "ask",           variable: "PACKER_CC_ASK",         author: Author::Anyone },
    KeyNames { key: Key::Log,          name: "log",           variable: "PACKER_CC_LOG",         author: Author::Trusted },
    KeyNames { key: Key::Shared,       name: "shared",        variable: "PACKER_CC_SHARED",      author: Author::Trusted },
];

/// Names that will mean something one day: accepted, so that a build prepared for them runs today as well, and
/// named by `packer-cc config` as not used yet.
pub const RESERVED: [(&str, &str); 1] = [("remote", "PACKER_CC_REMOTE")];

/// Variables that packer-cc sets for its own children.
pub const INTERNAL: [&str; 1] = ["PACKER_CC_SKIP"];

/// Every variable of packer-cc starts with one of these, so any other name that does is a typing error.
pub const PREFIXES: [&str; 2] = ["PACKER_CC_", "PACKER_CXX_"];

impl Key {
    /// This setting's row.
    pub fn names(self) -> &'static KeyNames {
        &KEYS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_enum() {
        for (index, row) in KEYS.iter().enumerate() {
            assert_eq!(row.key as usize, index, "{}", row.name);
        }
    }

    #[test]
    fn key_and_variable_are_the_same_words() {
        for row in &KEYS {
            let words = row.name.replace('-', "_").to_uppercase();
            let expected = match row.key {
                Key::CxxCompiler => "PACKER_CXX_COMPILER".to_owned(),
                _ => format!("PACKER_CC_{words}"),
            };
            assert_eq!(row.variable, expected);
        }
    }
}
