use crate::{
    Unreadable, checksum,
    varint::{self, Reader},
};
use central_logger_log_store::{LogId, LogSearch};
use std::ops::RangeInclusive;
use time::OffsetDateTime;
use uuid::Uuid;

/// What is known of a block without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockHeader {
    pub(crate) kind: BlockKind,
    pub(crate) form: u8,
    pub(crate) first: LogId,
    pub(crate) last: LogId,
    pub(crate) entries: u64,
    pub(crate) text_bytes: u64,
    pub(crate) bytes: u64,
    /// Unix milliseconds.
    pub(crate) received: RangeInclusive<i64>,
    pub(crate) checksum: u64,
}

/// The two kinds of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// What one commit brought, in a form that is quick to make.
    Fresh,
    /// What is kept, in a form that is small and quick to search.
    Sealed,
}

impl BlockHeader {
    /// The form in which headers and blocks are written. Those of later forms are not read.
    pub(crate) const FORM: u8 = 1;
    /// No form of any bytes: of a block whose header cannot be read.
    const NONE: u8 = 0;
    /// The end of the year 9999, in Unix milliseconds: a time that no entry was received at.
    const NEVER: i64 = 253_402_300_799_999;

    /// Returns what is left to know of a block whose header cannot be read. It cannot be opened.
    pub fn unreadable(first: LogId, last: LogId, entries: u64) -> Self {
        Self {
            kind: BlockKind::Sealed,
            form: Self::NONE,
            first,
            last: last.max(first),
            entries: entries.max(1),
            text_bytes: 0,
            bytes: 0,
            received: Self::NEVER..=Self::NEVER,
            checksum: 0,
        }
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.form == Self::NONE
    }

    /// Returns which kind of block it is.
    pub fn kind(&self) -> BlockKind {
        self.kind
    }

    /// Returns the id of the first entry.
    pub fn first(&self) -> LogId {
        self.first
    }

    /// Returns the id of the last entry.
    pub fn last(&self) -> LogId {
        self.last
    }

    /// Returns how many entries there are, at least one.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Returns how long the texts of all entries are together, in bytes.
    pub fn text_bytes(&self) -> u64 {
        self.text_bytes
    }

    /// Returns how long the block is, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns when the first and the last of the entries to come in were received, in UTC and whole
    /// milliseconds.
    pub fn received(&self) -> RangeInclusive<OffsetDateTime> {
        let time = |unix_ms: &i64| {
            let since = time::Duration::milliseconds(*unix_ms);
            OffsetDateTime::UNIX_EPOCH
                .checked_add(since)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        };
        time(self.received.start())..=time(self.received.end())
    }

    /// Returns whether ids that `search` asks for lie between the first and the last.
    pub fn may_have(&self, search: &LogSearch) -> bool {
        let ids = search.query.ids();
        ids.is_some_and(|(first, last)| first <= self.last && self.first <= last)
    }

    /// Returns whether the id of an entry can be in the block.
    pub fn spans(&self, id: LogId) -> bool {
        (self.first..=self.last).contains(&id)
    }

    /// Returns the bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.form, self.kind.code()];
        bytes.extend_from_slice(self.first.as_uuid().as_bytes());
        bytes.extend_from_slice(self.last.as_uuid().as_bytes());
        bytes.extend_from_slice(&self.checksum.to_le_bytes());
        for number in [self.entries, self.text_bytes, self.bytes] {
            varint::put(&mut bytes, number);
        }
        for time in [self.received.start(), self.received.end()] {
            bytes.extend_from_slice(&time.to_le_bytes());
        }
        checksum::seal(bytes)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has made.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let bytes = checksum::unseal(bytes).ok_or(Unreadable::Checksum)?;
        let mut reader = Reader::new(bytes);
        let form = reader.byte()?;
        if form > Self::FORM {
            return Err(Unreadable::Later(form));
        }
        let kind = BlockKind::of_code(reader.byte()?)?;
        let mut id = || {
            reader
                .array()
                .map(|bytes| LogId::from(Uuid::from_bytes(bytes)))
        };
        let (first, last) = (id()?, id()?);
        let header = Self {
            kind,
            form,
            first,
            last,
            checksum: u64::from_le_bytes(reader.array()?),
            entries: reader.number()?,
            text_bytes: reader.number()?,
            bytes: reader.number()?,
            received: i64::from_le_bytes(reader.array()?)..=i64::from_le_bytes(reader.array()?),
        };
        reader.end()?;
        match header.first <= header.last && header.entries > 0 {
            true => Ok(header),
            false => Err(Unreadable::Contents("its header is of no block")),
        }
    }
}

impl BlockKind {
    fn code(self) -> u8 {
        match self {
            Self::Fresh => 1,
            Self::Sealed => 2,
        }
    }

    fn of_code(code: u8) -> Result<Self, Unreadable> {
        match code {
            1 => Ok(Self::Fresh),
            2 => Ok(Self::Sealed),
            _ => Err(Unreadable::Contents("it is of an unknown kind")),
        }
    }
}
