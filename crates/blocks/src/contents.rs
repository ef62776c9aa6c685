//! What is in a block, whichever kind it is.

use crate::{BlockHeader, BlockKind, Entry, Unreadable, checksum, fresh::Fresh, sealed::Sealed};
use bytes::Bytes;
use central_logger_keys::ClientId;
use central_logger_log_store::LogId;
use std::ops::Range;

#[derive(Debug, Clone)]
pub(crate) enum Contents {
    Fresh(Fresh),
    Sealed(Sealed),
}

/// How much of entries is read. Each has what is in those before it; what is not read is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Ids,
    /// Environment, status and workflow.
    Labels,
    Message,
    Attributes,
    Whole,
}

impl Contents {
    pub(crate) fn open(
        client: &ClientId,
        header: &BlockHeader,
        bytes: Bytes,
    ) -> Result<Self, Unreadable> {
        if header.is_unreadable() {
            return Err(Unreadable::Header);
        }
        if bytes.len() as u64 != header.bytes {
            return Err(Unreadable::Length);
        }
        if checksum::of_block(client, &bytes) != header.checksum {
            return Err(Unreadable::Checksum);
        }
        let contents = match header.kind {
            BlockKind::Fresh => Self::Fresh(Fresh::open(header, &bytes)?),
            BlockKind::Sealed => Self::Sealed(Sealed::open(bytes)?),
        };
        match contents.len() as u64 == header.entries {
            true => Ok(contents),
            false => Err(Unreadable::Contents("it has another number of entries")),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Fresh(fresh) => fresh.len(),
            Self::Sealed(sealed) => sealed.len(),
        }
    }

    /// Returns the place of the first entry with this id or a later one.
    pub(crate) fn first_from(&self, id: LogId) -> Result<usize, Unreadable> {
        match self {
            Self::Fresh(fresh) => Ok(fresh.first_from(id)),
            Self::Sealed(sealed) => sealed.first_from(id),
        }
    }

    pub(crate) fn has(&self, id: LogId) -> Result<bool, Unreadable> {
        match self {
            Self::Fresh(fresh) => Ok(fresh.has(id)),
            Self::Sealed(sealed) => sealed.has(id),
        }
    }

    /// Gives `take` at least a part of each entry in these places, which rise.
    pub(crate) fn visit(
        &self,
        selected: &[Range<usize>],
        part: Part,
        take: impl FnMut(usize, Entry<'_>),
    ) -> Result<(), Unreadable> {
        match self {
            Self::Fresh(fresh) => fresh.visit(selected, take),
            Self::Sealed(sealed) => sealed.visit(selected, part, take),
        }
    }
}
