//! What a source is compiled as.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// A language the cache serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// C
    C,
    /// C, already preprocessed
    CPreprocessed,
    /// C++
    Cxx,
    /// C++, already preprocessed
    CxxPreprocessed,
    /// Objective-C
    ObjC,
    /// Objective-C, already preprocessed
    ObjCPreprocessed,
    /// Objective-C++
    ObjCxx,
    /// Objective-C++, already preprocessed
    ObjCxxPreprocessed,
    /// Assembly
    Assembler,
    /// Assembly that the C preprocessor reads first
    AssemblerWithCpp,
}

impl Language {
    /// The language of a file name, by its extension, case and all (GCC manual, "Overall Options").
    ///
    /// Headers are left out: compiling one makes a precompiled header. Extensions that only one of gcc and clang
    /// knows are accepted where the other takes the file for a linker input, because it then writes nothing that
    /// could be stored; those they understand differently are left out.
    pub fn from_path(path: &OsStr) -> Option<Self> {
        Some(match extension(path)? {
            b"c" => Self::C,
            b"i" => Self::CPreprocessed,
            b"cc" | b"cp" | b"cxx" | b"cpp" | b"CPP" | b"c++" | b"C" | b"CC" | b"CXX" | b"C++" => Self::Cxx,
            b"ii" => Self::CxxPreprocessed,
            b"m" => Self::ObjC,
            b"mi" => Self::ObjCPreprocessed,
            b"mm" | b"M" => Self::ObjCxx,
            b"mii" => Self::ObjCxxPreprocessed,
            b"s" => Self::Assembler,
            b"S" | b"sx" => Self::AssemblerWithCpp,
            _ => return None,
        })
    }

    /// The file is a header by its extension: compiling it makes a precompiled header.
    pub fn is_header_path(path: &OsStr) -> bool {
        let headers = [&b"h"[..], b"H", b"hh", b"hp", b"hxx", b"hpp", b"HPP", b"h++", b"tcc"];
        extension(path).is_some_and(|extension| headers.contains(&extension))
    }

    /// `-x c-header`, `-x c++-header-cpp-output`, `-x c++-user-header` and their like.
    pub fn is_header_name(name: &OsStr) -> bool {
        memchr::memmem::find(name.as_bytes(), b"-header").is_some()
    }

    /// The language of an `-x` name.
    pub fn from_name(name: &OsStr) -> Option<Self> {
        ALL.iter().copied().find(|language| language.x_name().as_bytes() == name.as_bytes())
    }

    /// The name `-x` knows it by.
    pub fn x_name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::CPreprocessed => "cpp-output",
            Self::Cxx => "c++",
            Self::CxxPreprocessed => "c++-cpp-output",
            Self::ObjC => "objective-c",
            Self::ObjCPreprocessed => "objective-c-cpp-output",
            Self::ObjCxx => "objective-c++",
            Self::ObjCxxPreprocessed => "objective-c++-cpp-output",
            Self::Assembler => "assembler",
            Self::AssemblerWithCpp => "assembler-with-cpp",
        }
    }

    /// The source was preprocessed before; assembly without the preprocessor is not meant.
    pub fn is_preprocessed(self) -> bool {
        matches!(self, Self::CPreprocessed | Self::CxxPreprocessed | Self::ObjCPreprocessed | Self::ObjCxxPreprocessed)
    }

    /// The compiler preprocesses the source: includes, macros, depfiles.
    pub fn runs_preprocessor(self) -> bool {
        !self.is_preprocessed() && self != Self::Assembler
    }

    /// The preprocessor takes comments out, and what is left is C, C++ or one of their kin.
    pub fn has_comments(self) -> bool {
        self.runs_preprocessor() && !self.is_assembler()
    }

    /// Assembly, preprocessed or not: no compiler proper runs.
    pub fn is_assembler(self) -> bool {
        matches!(self, Self::Assembler | Self::AssemblerWithCpp)
    }

    /// C++ or Objective-C++.
    pub fn is_cxx(self) -> bool {
        matches!(self, Self::Cxx | Self::CxxPreprocessed | Self::ObjCxx | Self::ObjCxxPreprocessed)
    }

    /// What `g++` and `clang++` make of a source that has this language by its extension: they compile C as C++.
    /// An explicit `-x c` stays C.
    #[must_use]
    pub fn under_cxx_driver(self) -> Self {
        match self {
            Self::C => Self::Cxx,
            Self::CPreprocessed => Self::CxxPreprocessed,
            other => other,
        }
    }
}

const ALL: [Language; 10] = [
    Language::C,
    Language::CPreprocessed,
    Language::Cxx,
    Language::CxxPreprocessed,
    Language::ObjC,
    Language::ObjCPreprocessed,
    Language::ObjCxx,
    Language::ObjCxxPreprocessed,
    Language::Assembler,
    Language::AssemblerWithCpp,
];

/// What follows the last dot of the base name.
fn extension(path: &OsStr) -> Option<&[u8]> {
    let base = crate::paths::base_name(path.as_bytes());
    let dot = memchr::memrchr(b'.', base)?;
    Some(&base[dot + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_count_with_their_case() {
        for (path, language) in [
            ("a.c", Some(Language::C)),
            ("d.x/a.C", Some(Language::Cxx)),
            ("a.cpp", Some(Language::Cxx)),
            ("a.s", Some(Language::Assembler)),
            ("a.S", Some(Language::AssemblerWithCpp)),
            ("a.mii", Some(Language::ObjCxxPreprocessed)),
            ("a.h", None),
            ("a.o", None),
            ("a.c/b", None),
            ("noext", None),
        ] {
            assert_eq!(Language::from_path(OsStr::new(path)), language, "{path}");
        }
    }

    #[test]
    fn names_lead_back() {
        for language in ALL {
            assert_eq!(Language::from_name(OsStr::new(language.x_name())), Some(language));
        }
        assert_eq!(Language::from_name(OsStr::new("c-header")), None);
    }
}
