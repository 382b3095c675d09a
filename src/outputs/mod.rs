//! What a compile leaves: its outputs as data, the grammar of depfiles ([`depfile`]) and the templates that are kept of them
//! ([`template`]), and the way in which a compiler would write its outputs ([`restore`]).

pub mod depfile;
pub mod restore;
pub mod template;

use crate::command::SideKind;

/// Outputs that are together longer than this, in bytes, are neither stored nor believed.
pub const LIMIT: u64 = 1 << 29;

/// What a part of the outputs is to the one who restores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OutputPart {
    /// The object or assembly.
    Main,
    /// The depfile as a list of rooted names, see [`template`].
    DepfileNames,
    /// The depfile's bytes.
    DepfileBytes,
    /// Standard output.
    Stdout,
    /// Standard error, with colours if any.
    Stderr,
    /// A file beside the main output.
    Side(SideKind),
}

impl OutputPart {
    /// The depfile, in whichever form.
    pub fn is_depfile(self) -> bool {
        matches!(self, Self::DepfileNames | Self::DepfileBytes)
    }

    /// The byte that stands for it in an entry.
    pub fn byte(self) -> u8 {
        match self {
            Self::Main => 1,
            Self::DepfileNames => 2,
            Self::DepfileBytes => 3,
            Self::Stdout => 4,
            Self::Stderr => 5,
            Self::Side(kind) => kind.side().byte,
        }
    }

    /// What a byte in an entry stands for; `None` for a byte that no part has.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Main,
            2 => Self::DepfileNames,
            3 => Self::DepfileBytes,
            4 => Self::Stdout,
            5 => Self::Stderr,
            byte => Self::Side(SideKind::from_byte(byte)?),
        })
    }
}

/// The outputs of one compile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outputs {
    /// How long the compiler took, in microseconds of wall time.
    pub compile_us: u64,
    /// The parts. A stream that stayed empty is left out, and so is a side file that the compiler did not write.
    pub parts: Vec<(OutputPart, Vec<u8>)>,
}

impl Outputs {
    /// A part's bytes; `None` if it is not there.
    pub fn part(&self, wanted: OutputPart) -> Option<&[u8]> {
        self.parts.iter().find(|(part, _)| *part == wanted).map(|(_, bytes)| bytes.as_slice())
    }

    /// The object or assembly.
    pub fn main(&self) -> &[u8] {
        self.part(OutputPart::Main).unwrap_or_default()
    }
}
