//! The macros that a command line defines.

use super::grammar::{DEFINE, Trait};
use super::job::Job;
use std::os::unix::ffi::OsStrExt as _;

impl Job {
    /// The macros of the command line as the lines they stand for (GCC manual, "-D"): `-DX=1` as `#define X 1`.
    pub fn defines(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for part in &self.parts {
            let value = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
            // Also behind `-Wp,` and `-Xpreprocessor`, which hold whole options; each begins what could be one.
            let found: Vec<&[u8]> = if part.has(Trait::Defines) {
                vec![value]
            } else {
                memchr::memmem::find_iter(value, DEFINE.as_bytes()).map(|at| &value[at + DEFINE.len()..]).collect()
            };
            for found in found {
                let at = memchr::memchr(b'=', found).unwrap_or(found.len());
                text.extend_from_slice(b"#define ");
                text.extend_from_slice(&found[..at]);
                text.push(b' ');
                text.extend_from_slice(found.get(at + 1..).unwrap_or(b"1"));
                text.push(b'\n');
            }
        }
        text
    }

    /// The command line defines the macro `name`, without arguments.
    pub fn defines_macro(&self, name: &str) -> bool {
        self.parts_with(Trait::Defines).any(|part| {
            let value = part.value.as_ref().map_or(&b""[..], |value| value.as_bytes());
            let rest = value.strip_prefix(name.as_bytes());
            rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'=')))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::command::parse_job;
    use std::ffi::OsString;
    use std::io;

    #[test]
    fn macros_are_lines() {
        let args: Vec<OsString> = "-c a.c -DA -D B=2 -DC= -Wp,-DD=4".split(' ').map(OsString::from).collect();
        let job = parse_job(&args, &|_| Err(io::ErrorKind::NotFound.into())).expect("served");
        assert_eq!(job.defines(), b"#define A 1\n#define B 2\n#define C \n#define D 4\n");
        for (name, defined) in [("A", true), ("B", true), ("C", true), ("D", false), ("AB", false)] {
            assert_eq!(job.defines_macro(name), defined, "{name}");
        }
    }
}
