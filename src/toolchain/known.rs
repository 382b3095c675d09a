//! What is known of a compiler, and how `state/compilers/` keeps it: one file a question.
//!
//! A file is a magic, the digest of what follows, and the fields of `Known` in order, as [`crate::codec`] writes them. Where the
//! answer hangs on the working directory, the file of the question without one holds another magic and nothing else.

use super::closure::Member;
use super::evidence::Evidence;
use super::watch::Watched;
use crate::codec::{Reader, Writer};
use crate::command::Family;
use crate::digest::{ContentId, Digest};
use crate::disk::stamp::Stamp;
use crate::faults::{self, Point};
use crate::files;
use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"PCCcompA";
/// What stands for a memo where the answer hangs on the working directory too.
const BY_DIRECTORY: &[u8; 8] = b"PCCcompD";
/// A longer memo, in bytes, is damaged: no compiler has so many parts.
const MEMO_LIMIT: u64 = 1 << 24;
/// The least that bytes behind their length take: the length.
const BYTES: usize = 4;
/// The least that a moving directory takes: its number, and its path.
const MOVING_DIR: usize = 1 + BYTES;
/// Less than any member takes: its stamp and its digest alone take 92 bytes.
const MEMBER: usize = 44;
/// Less than any watched directory takes.
const WATCHED: usize = 2 * BYTES;
/// The least that a name found on `PATH` takes: the name, and where.
const ON_PATH: usize = 2 * BYTES;

/// What a memo file holds: what is told of a [`Compiler`](super::Compiler), and what that rests on.
pub(super) struct Known {
    pub(super) family: Family,
    pub(super) major: u32,
    pub(super) digest: Digest,
    pub(super) toolchain: Option<PathBuf>,
    pub(super) builtin_dirs: Vec<Vec<u8>>,
    pub(super) moving_dirs: Vec<(u8, PathBuf)>,
    pub(super) driver_macros: Vec<Vec<u8>>,
    /// See [`Compiler::driver_definitions`](super::Compiler::driver_definitions).
    pub(super) driver_definitions: Vec<u8>,
    pub(super) minds_comments: bool,
    pub(super) evidence: Evidence,
    /// Words of script wrappers that could be variables, and the digest of those that are set.
    pub(super) script_words: Vec<Vec<u8>>,
    pub(super) script_environment: Digest,
}

impl Known {
    /// What is kept, and where. `place` says where it would be, with or without regard to the working directory.
    pub(super) fn stored(place: &impl Fn(bool) -> PathBuf) -> Option<(Self, PathBuf)> {
        let mut path = place(false);
        let mut file = files::read(&path, MEMO_LIMIT).ok();
        if file.as_deref() == Some(BY_DIRECTORY) {
            path = place(true);
            file = files::read(&path, MEMO_LIMIT).ok();
        }
        Some((Self::decode(&file?)?, path))
    }

    /// Keeps it at its place; where that fails the next run asks again.
    pub(super) fn kept(self, place: &impl Fn(bool) -> PathBuf) -> Self {
        if self.script_words.is_empty() {
            self.save(&place(false));
        } else {
            save(&place(false), BY_DIRECTORY);
            self.save(&place(true));
        }
        self
    }

    /// Keeps it where it was found.
    pub(super) fn save(&self, path: &Path) {
        save(path, &self.encode());
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(self.family as u8).u32(self.major).digest(&self.digest);
        out.bytes(self.toolchain.as_deref().map_or(&[], |path| path.as_os_str().as_bytes()));
        out.count(self.builtin_dirs.len());
        for dir in &self.builtin_dirs {
            out.bytes(dir);
        }
        out.count(self.moving_dirs.len());
        for (nth, dir) in &self.moving_dirs {
            out.byte(*nth).bytes(dir.as_os_str().as_bytes());
        }
        out.count(self.driver_macros.len());
        for name in &self.driver_macros {
            out.bytes(name);
        }
        out.bytes(&self.driver_definitions);
        out.byte(u8::from(self.minds_comments));
        encode_evidence(&self.evidence, &mut out);
        out.count(self.script_words.len());
        for word in &self.script_words {
            out.bytes(word);
        }
        out.digest(&self.script_environment);
        let mut file = MAGIC.to_vec();
        file.extend_from_slice(&Digest::of_bytes(&out.0).0);
        file.extend_from_slice(&out.0);
        file
    }

    fn decode(file: &[u8]) -> Option<Self> {
        let mut from = Reader(file.strip_prefix(MAGIC)?);
        if from.digest()? != Digest::of_bytes(from.0) {
            return None;
        }
        Self::decode_fields(from)
    }

    fn decode_fields(mut from: Reader<'_>) -> Option<Self> {
        let family = match from.byte()? {
            1 => Family::Gcc,
            2 => Family::Clang,
            _ => return None,
        };
        let major = from.u32()?;
        let digest = from.digest()?;
        let toolchain = Some(from.bytes()?).filter(|bytes| !bytes.is_empty()).map(path);
        let mut builtin_dirs = Vec::new();
        for _ in 0..from.count(BYTES)? {
            builtin_dirs.push(from.bytes()?.to_vec());
        }
        let mut moving_dirs = Vec::new();
        for _ in 0..from.count(MOVING_DIR)? {
            moving_dirs.push((from.byte()?, path(from.bytes()?)));
        }
        let mut driver_macros = Vec::new();
        for _ in 0..from.count(BYTES)? {
            driver_macros.push(from.bytes()?.to_vec());
        }
        let driver_definitions = from.bytes()?.to_vec();
        let minds_comments = from.byte()? != 0;
        let evidence = decode_evidence(&mut from)?;
        let mut script_words = Vec::new();
        for _ in 0..from.count(BYTES)? {
            script_words.push(from.bytes()?.to_vec());
        }
        let script_environment = from.digest()?;
        from.end()?;
        Some(Self {
            family,
            major,
            digest,
            toolchain,
            builtin_dirs,
            moving_dirs,
            driver_macros,
            driver_definitions,
            minds_comments,
            evidence,
            script_words,
            script_environment,
        })
    }
}

fn encode_evidence(evidence: &Evidence, out: &mut Writer) {
    out.count(evidence.members.len());
    for member in &evidence.members {
        out.bytes(member.path.as_os_str().as_bytes());
        member.stamp.encode(out);
        out.byte(u8::from(member.settled)).digest(&member.digest.0);
        out.bytes(member.canonical.as_os_str().as_bytes());
    }
    out.count(evidence.watched.len());
    for watched in &evidence.watched {
        out.bytes(watched.dir.as_os_str().as_bytes()).byte(u8::from(watched.stamp.is_some()));
        if let Some(stamp) = &watched.stamp {
            stamp.encode(out);
        }
        out.byte(u8::from(watched.settled)).count(watched.absent.len());
        for name in &watched.absent {
            out.bytes(name);
        }
    }
    out.count(evidence.on_path.len());
    for (name, path) in &evidence.on_path {
        out.bytes(name).bytes(path.as_os_str().as_bytes());
    }
}

fn decode_evidence(from: &mut Reader<'_>) -> Option<Evidence> {
    let mut members = Vec::new();
    for _ in 0..from.count(MEMBER)? {
        members.push(Member {
            path: path(from.bytes()?),
            stamp: Stamp::decode(from)?,
            settled: from.byte()? != 0,
            digest: ContentId(from.digest()?),
            canonical: path(from.bytes()?),
        });
    }
    let mut watched = Vec::new();
    for _ in 0..from.count(WATCHED)? {
        let dir = path(from.bytes()?);
        let stamp = if from.byte()? == 0 { None } else { Some(Stamp::decode(from)?) };
        let settled = from.byte()? != 0;
        let mut absent = Vec::new();
        for _ in 0..from.count(BYTES)? {
            absent.push(from.bytes()?.to_vec());
        }
        watched.push(Watched { dir, stamp, settled, absent });
    }
    let mut on_path = Vec::new();
    for _ in 0..from.count(ON_PATH)? {
        on_path.push((from.bytes()?.to_vec(), path(from.bytes()?)));
    }
    Some(Evidence { members, watched, on_path })
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// Decodes what a memo file holds behind its digest, and encodes it again. This is for tests of the format: what a digest vouches for
/// must be read as it was written, and nothing else can see that.
pub fn recode_memo(fields: &[u8]) -> Option<Vec<u8>> {
    Some(Known::decode_fields(Reader(fields))?.encode()[MAGIC.len() + size_of::<Digest>()..].to_vec())
}

fn save(path: &Path, content: &[u8]) {
    let save = || {
        let dir = path.parent()?;
        // Two levels down from the cache's own directory.
        files::make_dir(dir.parent()?.parent()?, dir).ok()?;
        let mut temp = files::temporary(dir).ok()?;
        faults::at(Point::IdentityTemporary);
        temp.write_all(content).ok()?;
        files::share_as_at(temp.as_file(), path).ok()?;
        faults::at(Point::IdentityWritten);
        let file = temp.persist(path).ok();
        faults::at(Point::IdentityNamed);
        file
    };
    let _ = save();
}
