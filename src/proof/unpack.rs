//! Unpacking what is compressed in an object, one window after the other: the content is never held as a whole.
//!
//! All of it stays within bounds. A compiler can be any program, so an object may be one that somebody made to fill the memory.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};
use zstd::stream::raw::{DParameter, Decoder, Operation as _};

/// How many bytes are unpacked at once.
pub(super) const WINDOW: usize = 1 << 18;
/// How many bytes are unpacked of any object, however short it is.
const FREE: u64 = 1 << 26;
/// How many times its own length is unpacked of an object, beyond [`FREE`]. Link-time objects have around 4 times theirs.
const RATIO: u64 = 64;
/// How far zstd may reach back, as a power of two: 32 MB. `-flto-compression-level=19` needs 8 MB.
const ZSTD_WINDOW_LOG: u32 = 25;

/// Unpacks, one window after the other.
pub(super) struct Windows<'a> {
    buffer: Vec<u8>,
    overlap: usize,
    /// How many compressed bytes may still be read: together as many as the object has. More are asked for only where sections share
    /// their content, which no compiler writes.
    input: u64,
    /// How many bytes may still be unpacked.
    output: u64,
    /// It is shown each window.
    see: &'a mut dyn FnMut(&[u8]),
}

/// What one step of a decoder did.
struct Step {
    read: usize,
    written: usize,
    ended: bool,
}

impl<'a> Windows<'a> {
    /// Windows into the content of one object of `length` bytes. `see` is shown each; it begins with the last `overlap`
    /// bytes of the one before it.
    pub(super) fn new(length: usize, overlap: usize, see: &'a mut dyn FnMut(&[u8])) -> Self {
        let input = length as u64;
        Self { buffer: Vec::new(), overlap, input, output: input.saturating_mul(RATIO).saturating_add(FREE), see }
    }

    /// A zstd frame or a zlib stream: the first bytes tell which. An empty one holds nothing.
    pub(super) fn either(&mut self, stream: &[u8]) -> Option<()> {
        // zstd's numbers are little-endian whatever the target is.
        const ZSTD: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
        if stream.is_empty() {
            return Some(());
        }
        if *stream.first_chunk()? == ZSTD { self.zstd(stream) } else { self.zlib(stream) }.map(drop)
    }

    /// Unpacks a zlib stream, and says how many bytes its content has. `None` for one that is damaged, goes beyond the bounds, or does
    /// not end where `stream` does.
    pub(super) fn zlib(&mut self, stream: &[u8]) -> Option<u64> {
        let mut state = InflateState::new_boxed(DataFormat::Zlib);
        self.unpack(stream, |input, output| {
            let result = inflate(&mut state, input, output, MZFlush::None);
            let ended = result.status.ok()? == MZStatus::StreamEnd;
            Some(Step { read: result.bytes_consumed, written: result.bytes_written, ended })
        })
    }

    /// As [`zlib`](Self::zlib), for a zstd frame.
    pub(super) fn zstd(&mut self, stream: &[u8]) -> Option<u64> {
        let mut decoder = Decoder::new().ok()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG)).ok()?;
        self.unpack(stream, |input, output| {
            let status = decoder.run_on_buffers(input, output).ok()?;
            Some(Step { read: status.bytes_read, written: status.bytes_written, ended: status.remaining == 0 })
        })
    }

    /// Unpacks a stream that must end where `stream` ends, and says how many bytes its content has.
    fn unpack(&mut self, mut stream: &[u8], mut step: impl FnMut(&[u8], &mut [u8]) -> Option<Step>) -> Option<u64> {
        self.input = self.input.checked_sub(stream.len() as u64)?;
        self.buffer.resize(WINDOW + self.overlap, 0);
        let (mut filled, mut total) = (0, 0);
        loop {
            if filled == self.buffer.len() {
                (self.see)(&self.buffer);
                self.buffer.copy_within(filled - self.overlap.., 0);
                filled = self.overlap;
            }
            let Step { read, written, ended } = step(stream, &mut self.buffer[filled..])?;
            stream = stream.get(read..)?;
            filled += written;
            total += written as u64;
            self.output = self.output.checked_sub(written as u64)?;
            if ended {
                (self.see)(&self.buffer[..filled]);
                return stream.is_empty().then_some(total);
            }
            // A step that neither reads nor writes: the stream was cut before its end.
            (read > 0 || written > 0).then_some(())?;
        }
    }
}
