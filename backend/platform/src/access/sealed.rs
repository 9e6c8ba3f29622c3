//! What nobody may print, serialise or answer with by accident.

use super::bids::MayRead;

/// The content of a bid. It has no `Debug`, no `Serialize` and no type in the graph; it opens with a proof.
pub struct Sealed<T>(T);

impl<T> Sealed<T> {
    /// Closes over the content.
    pub fn new(content: T) -> Self {
        Self(content)
    }

    /// Opens with the proof that this reader may read this.
    pub fn open(self, _: &MayRead) -> T {
        self.0
    }

    /// As [`Self::open`], for content that several hold.
    pub fn reveal(&self, _: &MayRead) -> &T {
        &self.0
    }
}
