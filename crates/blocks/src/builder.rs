use crate::{
    BlockHeader, BlockKind, Counts, EncodeError, Entry, Filters, ParquetWriter, checksum,
    counts::Counting, filters::FilterBuilder, fresh::FreshWriter,
};
use central_logger_keys::ClientId;
use central_logger_log_store::LogId;

/// How much goes into a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most entries.
    pub entries: usize,
    /// The most text, in bytes before compression. A single entry may have more.
    pub text_bytes: usize,
}

/// A block as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// What is known of it.
    pub header: BlockHeader,
    /// What it may have.
    pub filters: Filters,
    /// What it has of each hour.
    pub counts: Counts,
    /// The block itself.
    pub bytes: Vec<u8>,
}

/// Makes a block out of entries of one client, in the order of their ids.
pub struct BlockBuilder {
    kind: BlockKind,
    client: ClientId,
    limits: Limits,
    span: Option<Span>,
    entries: usize,
    text_bytes: usize,
    filters: FilterBuilder,
    counts: Option<Counting>,
    /// Nothing before the first entry.
    contents: Option<Contents>,
}

enum Contents {
    Fresh(FreshWriter),
    Sealed(Box<ParquetWriter>),
}

impl Contents {
    fn new(kind: BlockKind) -> Result<Self, EncodeError> {
        Ok(match kind {
            BlockKind::Fresh => Self::Fresh(FreshWriter::default()),
            BlockKind::Sealed => Self::Sealed(Box::new(ParquetWriter::new()?)),
        })
    }
}

/// The first and the last of the entries so far.
struct Span {
    first: LogId,
    last: LogId,
    /// Unix milliseconds.
    first_received: i64,
    /// Unix milliseconds.
    last_received: i64,
}

impl Limits {
    /// The most text that any block has: no reader holds more of a block.
    pub(crate) const MOST_TEXT: usize = 64 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 16_384,
            text_bytes: 8 << 20,
        }
    }
}

impl BlockBuilder {
    /// Returns a builder for a block of `client`.
    pub fn new(kind: BlockKind, client: &ClientId, limits: Limits) -> Self {
        let is_sealed = kind == BlockKind::Sealed;
        Self {
            kind,
            client: client.clone(),
            limits: Limits {
                text_bytes: limits.text_bytes.min(Limits::MOST_TEXT),
                ..limits
            },
            span: None,
            entries: 0,
            text_bytes: 0,
            filters: match is_sealed {
                true => FilterBuilder::of_everything(),
                false => FilterBuilder::of_events(),
            },
            counts: is_sealed.then(Counting::new),
            contents: None,
        }
    }

    /// Returns whether there is no entry yet.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Returns whether the entry still goes into this block. The first one always does.
    pub fn has_room_for(&self, entry: &Entry<'_>) -> bool {
        let text_bytes = self.text_bytes + entry.text_len();
        self.is_empty()
            || (self.entries < self.limits.entries && text_bytes <= self.limits.text_bytes)
    }

    /// Puts the next entry in.
    ///
    /// # Errors
    /// [`EncodeError::Full`], [`EncodeError::Order`], or when it cannot be written.
    pub fn push(&mut self, entry: Entry<'_>) -> Result<(), EncodeError> {
        if !self.has_room_for(&entry) {
            return Err(EncodeError::Full);
        }
        let received = entry.received_ms();
        match &mut self.span {
            Some(span) if entry.id <= span.last => return Err(EncodeError::Order),
            Some(span) => {
                span.last = entry.id;
                span.first_received = span.first_received.min(received);
                span.last_received = span.last_received.max(received);
            }
            None => {
                self.span = Some(Span {
                    first: entry.id,
                    last: entry.id,
                    first_received: received,
                    last_received: received,
                });
            }
        }
        self.entries += 1;
        self.text_bytes += entry.text_len();
        self.filters.add(&entry);
        if let Some(counts) = &mut self.counts {
            counts.add(&entry);
        }
        let contents = match self.contents.take() {
            Some(contents) => contents,
            None => Contents::new(self.kind)?,
        };
        match self.contents.insert(contents) {
            Contents::Fresh(writer) => writer.push(&entry),
            Contents::Sealed(writer) => writer.push(&entry)?,
        }
        Ok(())
    }

    /// Returns the block.
    ///
    /// # Errors
    /// [`EncodeError::Empty`], or when it cannot be written.
    pub fn finish(self) -> Result<Encoded, EncodeError> {
        let span = self.span.ok_or(EncodeError::Empty)?;
        let bytes = match self.contents.ok_or(EncodeError::Empty)? {
            Contents::Fresh(writer) => writer.finish()?,
            Contents::Sealed(writer) => writer.finish()?,
        };
        Ok(Encoded {
            header: BlockHeader {
                kind: self.kind,
                form: BlockHeader::FORM,
                first: span.first,
                last: span.last,
                entries: self.entries as u64,
                text_bytes: self.text_bytes as u64,
                bytes: bytes.len() as u64,
                received: span.first_received..=span.last_received,
                checksum: checksum::of_block(&self.client, &bytes),
            },
            filters: self.filters.build(),
            counts: self.counts.map_or(Counts::none(), Counting::build),
            bytes,
        })
    }
}
