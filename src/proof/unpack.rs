//! Unpacking in windows as the content comes, so that none is ever held as a whole, and within bounds: whoever compiles may
//! be handed an object by somebody else (`.incbin` does not make sections, but a compiler can be any program).

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};
use zstd::stream::raw::{DParameter, Decoder, Operation as _};

/// Unpacked at once.
pub(super) const WINDOW: usize = 1 << 18;
/// So much is unpacked of any object, …
const FREE: u64 = 1 << 26;
/// … and beyond that so many times its own length. Link-time objects are around 4.
const RATIO: u64 = 64;
/// zstd reaches back at most 32 MB. `-flto-compression-level=19` needs 8.
const ZSTD_WINDOW_LOG: u32 = 25;

/// Unpacks, one window after the other.
pub(super) struct Windows<'a> {
    buffer: Vec<u8>,
    overlap: usize,
    /// How many compressed bytes may still be read: sections that share their content are no compiler's.
    input: u64,
    /// How many bytes may still be unpacked.
    output: u64,
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

    /// A stream that says by its first bytes how it is compressed; an empty one is none.
    pub(super) fn either(&mut self, stream: &[u8]) -> Option<()> {
        // zstd's numbers are little-endian whatever the target is.
        const ZSTD: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
        if stream.is_empty() {
            return Some(());
        }
        if *stream.first_chunk()? == ZSTD { self.zstd(stream) } else { self.zlib(stream) }.map(drop)
    }

    /// A zlib stream; says how long its content is. `None` for one that is damaged, goes beyond the bounds, or does not end
    /// where `stream` does.
    pub(super) fn zlib(&mut self, stream: &[u8]) -> Option<u64> {
        let mut state = InflateState::new_boxed(DataFormat::Zlib);
        self.unpack(stream, |input, output| {
            let result = inflate(&mut state, input, output, MZFlush::None);
            let ended = result.status.ok()? == MZStatus::StreamEnd;
            Some(Step { read: result.bytes_consumed, written: result.bytes_written, ended })
        })
    }

    /// The same for a zstd frame.
    pub(super) fn zstd(&mut self, stream: &[u8]) -> Option<u64> {
        let mut decoder = Decoder::new().ok()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG)).ok()?;
        self.unpack(stream, |input, output| {
            let status = decoder.run_on_buffers(input, output).ok()?;
            Some(Step { read: status.bytes_read, written: status.bytes_written, ended: status.remaining == 0 })
        })
    }

    /// Unpacks a stream that must end where `stream` ends; says how long it was.
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
            // A stream that stops before its end.
            (read > 0 || written > 0).then_some(())?;
        }
    }
}
