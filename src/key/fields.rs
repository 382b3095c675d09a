//! The fields of a first key by name, so that two keys of one source can be compared: what of it is new?
//!
//! Of a value only a **mark** is kept, which tells whether it is another one and says nothing more: two bytes of its digest, by
//! which nobody can try out what a macro was defined as. A content's mark is longer; contents are named by their digests
//! everywhere.

use super::KeyInputs;
use crate::command::{Job, Trait, refused};
use crate::digest::{Digest, FieldHasher};
use crate::paths::Rooted;
use crate::reason::{Cause, Reason};

/// What a field is about. The order is that in which differences are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Aspect {
    /// The source's content.
    Source = 1,
    /// A word of the command line.
    Option = 2,
    /// A variable.
    Variable = 3,
    /// A file that an option or the configuration names.
    File = 4,
    /// How packer-cc is set up.
    Setting = 5,
    /// Where directories are, relative to each other.
    Place = 6,
    /// The toolchain.
    Compiler = 7,
}

impl Aspect {
    const ALL: [Self; 7] =
        [Self::Source, Self::Option, Self::Variable, Self::File, Self::Setting, Self::Place, Self::Compiler];

    /// What a stored byte stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|aspect| *aspect as u8 == byte)
    }

    fn reason(self) -> Reason {
        match self {
            Self::Source => Reason::SourceChanged,
            Self::Option => Reason::OptionsChanged,
            Self::Variable => Reason::VariablesChanged,
            Self::File => Reason::NamedFileChanged,
            Self::Setting => Reason::SettingsChanged,
            Self::Place => Reason::PlaceChanged,
            Self::Compiler => Reason::CompilerChanged,
        }
    }
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// What it is about.
    pub aspect: Aspect,
    /// Its name: an option without its value, a variable, a path.
    pub name: String,
    /// What tells its value from others.
    pub mark: Vec<u8>,
}

/// Bytes of the mark of a value.
const VALUE: usize = 2;
/// Bytes of the mark of a content: as many as [`Digest::short`] shows.
const CONTENT: usize = 6;
/// So many differences are named, the others counted.
const NAMED: usize = 4;

impl KeyInputs {
    /// The fields of the key of `typed`, which it was made of.
    pub fn fields(&self, typed: &Job) -> Vec<Field> {
        // Every field has its line here: one that is forgotten does not compile.
        let Self {
            namespace: _,
            compiler,
            builtin_dirs,
            search_shape,
            language,
            stage,
            arguments,
            layout,
            mapped_place,
            canonical_dirs,
            relative,
            root_names,
            coloured,
            environment,
            source,
            input_files,
            extra_files,
        } = self;
        let field = |aspect, name: &str, mark| Field { aspect, name: name.to_owned(), mark };
        let content = |aspect, name: &str, digest: &Digest| field(aspect, name, digest.0[..CONTENT].to_vec());
        let value = |aspect, name: &str, bytes: &[u8]| field(aspect, name, mark(bytes));
        let path = |aspect, name: &str, path: &Rooted| {
            value(aspect, name, &[&[path.base.byte()], path.rest.as_slice()].concat())
        };
        let mut fields = vec![
            content(Aspect::Source, "the source", source),
            content(Aspect::Compiler, "the toolchain", compiler),
            value(Aspect::Option, "the language", language.as_bytes()),
            value(Aspect::Option, "the kind of output", &[*stage as u8]),
        ];
        for argument in arguments {
            let part = argument.part.and_then(|part| typed.parts.get(part));
            let name = part.map_or("the names of outputs".into(), |part| {
                if part.has(Trait::Vocabulary) {
                    return part.flag.to_string_lossy();
                }
                // `-Wl,--defsym=KEY=…`: the whole word is the option's name.
                refused::option_with_value(&part.flag).into()
            });
            let name = if name.is_empty() { "the source's name".into() } else { name };
            fields.push(value(Aspect::Option, &name, &argument.field));
        }
        fields.extend(environment.iter().map(|(name, text)| value(Aspect::Variable, name, text)));
        let shown = |path: &Rooted| String::from_utf8_lossy(&path.rest).into_owned();
        fields.extend(input_files.iter().map(|(path, digest)| content(Aspect::File, &shown(path), &digest.0)));
        fields.extend(extra_files.iter().map(|digest| content(Aspect::File, "PACKER_CC_EXTRA_FILES", &digest.0)));
        fields.extend(relative.iter().map(|dir| path(Aspect::Setting, "the relative mode", dir)));
        fields.extend(root_names.iter().map(|name| value(Aspect::Setting, "named roots", name.as_bytes())));
        fields.extend(coloured.then(|| value(Aspect::Setting, "colours", &[])));
        fields.extend(builtin_dirs.iter().map(|dir| path(Aspect::Place, "the compiler's include directories", dir)));
        fields.push(value(Aspect::Place, "the include path", search_shape));
        fields.extend(layout.iter().map(|text| value(Aspect::Place, "directories within others", text)));
        fields.extend(mapped_place.iter().map(|text| value(Aspect::Place, "prefix maps", text)));
        fields.extend(canonical_dirs.iter().map(|text| value(Aspect::Place, "links to system headers", text)));
        fields
    }
}

fn mark(bytes: &[u8]) -> Vec<u8> {
    FieldHasher::new("packer-cc field 1").field("value", bytes).finish().0[..VALUE].to_vec()
}

/// A difference between two keys.
#[derive(Debug, PartialEq, Eq)]
struct Difference<'a> {
    aspect: Aspect,
    name: &'a str,
    /// The marks then and now; none for what was not there.
    then: Option<&'a [u8]>,
    now: Option<&'a [u8]>,
}

/// What of a key is new, compared with the one most like it among `known`, which are keys of the same source. `None` where nothing
/// is known. Where nothing is new, the result was there once.
pub fn novelty(known: &[Vec<Field>], now: &[Field]) -> Option<Cause> {
    let mut nearest = known.iter().map(|then| differences(then, now)).min_by_key(Vec::len)?;
    nearest.sort_by_key(|difference| difference.aspect);
    let Some(first) = nearest.first() else { return Some(Reason::EntryGone.into()) };
    let cause: Cause = first.aspect.reason().into();
    let hex = |mark: &[u8]| mark.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let cause = match (first.aspect, first.then, first.now) {
        (Aspect::Source, Some(then), Some(now)) => cause.with(hex(then), hex(now)),
        _ => cause,
    };
    let told = nearest.iter().filter(|difference| difference.aspect != Aspect::Source);
    let told: Vec<String> = told.map(Difference::describe).collect();
    let about = match told.len() {
        more if more > NAMED => format!("{}, and {} more", told[..NAMED].join(", "), more - NAMED),
        _ => told.join(", "),
    };
    Some(Cause { about, ..cause })
}

fn differences<'a>(then: &'a [Field], now: &'a [Field]) -> Vec<Difference<'a>> {
    let mut gone: Vec<&Field> = Vec::new();
    let mut come: Vec<&Field> = now.iter().collect();
    for field in then {
        match come.iter().position(|other| *other == field) {
            Some(at) => drop(come.remove(at)),
            None => gone.push(field),
        }
    }
    let mut found = Vec::new();
    for field in gone {
        let same = |other: &&Field| (other.aspect, &other.name) == (field.aspect, &field.name);
        let other = come.iter().position(same).map(|at| come.remove(at));
        let Field { aspect, name, mark } = field;
        found.push(Difference {
            aspect: *aspect,
            name,
            then: Some(mark),
            now: other.map(|other| other.mark.as_slice()),
        });
    }
    let added =
        |field: &'a Field| Difference { aspect: field.aspect, name: &field.name, then: None, now: Some(&field.mark) };
    found.extend(come.into_iter().map(added));
    // The same words in another order. They may be asked of the driver too, whose answer is then another one.
    let options = |fields: &'a [Field]| fields.iter().filter(|field| field.aspect == Aspect::Option);
    if !found.iter().any(|difference| difference.aspect == Aspect::Option)
        && let Some((_, moved)) = options(then).zip(options(now)).find(|(then, now)| then != now)
    {
        found.push(Difference { aspect: moved.aspect, name: &moved.name, then: None, now: None });
    }
    found
}

impl Difference<'_> {
    fn describe(&self) -> String {
        let what = match (self.then.is_some(), self.now.is_some()) {
            (true, true) => "changed",
            (true, false) => "removed",
            (false, true) => "added",
            (false, false) => "moved",
        };
        format!("{} {what}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields written as `o:-O2=1`: the aspect's letter, the name, the mark.
    fn fields(text: &str) -> Vec<Field> {
        let field = |word: &str| {
            let (aspect, rest) = word.split_once(':').expect("an aspect");
            let (name, mark) = rest.split_once('=').expect("a mark");
            let aspect = match aspect {
                "s" => Aspect::Source,
                "o" => Aspect::Option,
                "v" => Aspect::Variable,
                _ => Aspect::Compiler,
            };
            Field { aspect, name: name.to_owned(), mark: mark.as_bytes().to_vec() }
        };
        text.split(' ').map(field).collect()
    }

    #[test]
    fn the_nearest_key_says_what_is_new() {
        let known = ["s:the=a o:-O2=1 o:-D=x v:LANG=c", "s:the=b o:-O3=1 o:-D=y v:LANG=c"].map(fields);
        for (now, expected) in [
            ("s:the=b o:-O3=1 o:-D=x v:LANG=c", "options-changed: -D changed"),
            ("s:the=a o:-O3=1 o:-D=x v:LANG=c", "options-changed: -O2 removed, -O3 added"),
            ("s:the=a o:-O2=1 o:-D=x", "variables-changed: LANG removed"),
            ("s:the=c o:-O2=1 o:-D=x v:LANG=c", "source-changed (61 → 63)"),
            ("s:the=c o:-O2=1 v:LANG=c", "source-changed: -D removed (61 → 63)"),
            ("s:the=a o:-D=x o:-O2=1 v:LANG=c", "options-changed: -D moved"),
            ("s:the=a o:-D=x o:-O2=1 v:LANG=c c:the=z", "options-changed: -D moved, the added"),
            (
                "s:the=a o:-O2=1 o:-D=x v:LANG=c o:1=1 o:2=1 o:3=1 o:4=1 o:5=1",
                "options-changed: 1 added, 2 added, 3 added, 4 added, and 1 more",
            ),
            ("s:the=a o:-O2=1 o:-D=x v:LANG=c c:the=z", "compiler-changed: the added"),
        ] {
            assert_eq!(
                novelty(&known, &fields(now)).map(|cause| cause.to_string()).as_deref(),
                Some(expected),
                "{now}"
            );
        }
        assert_eq!(novelty(&known, &known[0]), Some(Reason::EntryGone.into()));
        assert_eq!(novelty(&[], &known[0]), None);
    }
}
