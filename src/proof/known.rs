//! What is known of headers that have changed since.

use crate::digest::ContentId;
use crate::text::definitions::Line;

/// What the store knows of headers of definitions.
pub trait KnownHeaders {
    /// What the header of this content held.
    fn items(&self, content: &ContentId) -> Option<Vec<Line>>;

    /// Whether it is known what the header of this content held.
    fn knows(&self, content: &ContentId) -> bool;
}
