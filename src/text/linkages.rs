//! Blocks of declarations for C, in which many a header of definitions stands.

/// Whether a line opens a block of declarations for C, or closes one. Nothing else need stand within.
///
/// ```c
/// extern "C" {
/// }
/// ```
pub(super) fn is_linkage(line: &[u8]) -> bool {
    let words = || line.iter().filter(|byte| !byte.is_ascii_whitespace());
    [&b"extern\"C\"{"[..], b"extern\"C\"", b"{", b"}"].into_iter().any(|whole| words().eq(whole))
}

/// Blocks of declarations for C in a text. Only such are known to end in it: a brace of anything else is where it stands, in debug data.
///
/// ```c
/// #ifdef __cplusplus
/// extern "C" {
/// #endif
/// ```
#[derive(Default)]
pub(super) struct Linkages {
    /// The conditions that are open, each with a number and whether C++ alone reads what follows.
    conditions: Vec<(usize, bool)>,
    count: usize,
    /// For each open block the conditions around the one for C++.
    open: Vec<Vec<(usize, bool)>>,
    /// `extern "C"` was read, and its brace follows.
    waits: bool,
}

impl Linkages {
    /// Whether all blocks are closed.
    pub(super) fn are_closed(&self) -> bool {
        self.open.is_empty() && !self.waits
    }

    /// Takes a line that [is a part](is_linkage) of a block; `None` if that is not sure to be one.
    pub(super) fn take(&mut self, line: &[u8]) -> Option<()> {
        let ((_, is_cxx), around) = self.conditions.split_last()?;
        if !is_cxx || self.waits != (line == b"{") {
            return None;
        }
        if line == b"}" {
            return (self.open.pop()? == around).then_some(());
        }
        self.waits = !line.ends_with(b"{");
        if !self.waits {
            self.open.push(around.to_vec());
        }
        Some(())
    }

    /// Takes the directive that begins a condition, without its `#`.
    pub(super) fn begin(&mut self, line: &[u8]) {
        self.pass();
        let signs = || line.iter().filter(|byte| !byte.is_ascii_whitespace());
        let asks = [&b"ifdef__cplusplus"[..], b"ifdefined(__cplusplus)", b"ifdefined__cplusplus"];
        let is_cxx = asks.into_iter().any(|whole| signs().eq(whole));
        self.conditions.push((self.count, is_cxx));
        self.count += 1;
    }

    /// Takes an `#else` or `#elif`: another branch is another condition.
    pub(super) fn turn(&mut self) {
        self.end();
        self.conditions.push((self.count, false));
        self.count += 1;
    }

    /// Takes an `#endif`.
    pub(super) fn end(&mut self) {
        self.pass();
        self.conditions.pop();
    }

    /// Takes any other directive. A brace that does not follow at once opens nothing.
    pub(super) fn pass(&mut self) {
        if std::mem::take(&mut self.waits) {
            self.open.push(vec![(usize::MAX, false)]);
        }
    }
}
