use serde::Serialize;

/// What became of logs that were to be sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sealed {
    /// How many entries were put into sealed blocks.
    pub sealed: u64,
    /// How many blocks were made of them.
    pub blocks: u64,
    /// How long the texts of all entries of these blocks are, in bytes.
    pub bytes_before: u64,
    /// How long these blocks and their filters are, in bytes.
    pub bytes_after: u64,
    /// Whether a server is there that cannot read blocks, so that nothing more was sealed.
    #[serde(skip)]
    pub is_too_early: bool,
}

impl Sealed {
    pub(crate) fn add(&mut self, other: Self) {
        self.sealed += other.sealed;
        self.blocks += other.blocks;
        self.bytes_before += other.bytes_before;
        self.bytes_after += other.bytes_after;
        self.is_too_early |= other.is_too_early;
    }
}
