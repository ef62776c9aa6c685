//! Fresh blocks: entries one after the other, compressed together.

use crate::{
    BlockHeader, EncodeError, Entry, Unreadable, entry,
    varint::{self, Reader},
};
use central_logger_log_store::LogId;
use std::ops::Range;
use uuid::Uuid;
use zstd::bulk;

/// The quickest level that shortens texts well.
const LEVEL: i32 = 1;
/// The most bytes that an entry takes beside its texts: its id, a time, and the lengths of its texts.
const BESIDE_TEXTS: u64 = 64;

/// Writes a fresh block.
#[derive(Default)]
pub(crate) struct FreshWriter(Vec<u8>);

impl FreshWriter {
    pub(crate) fn push(&mut self, entry: &Entry<'_>) {
        let bytes = &mut self.0;
        bytes.extend_from_slice(entry.id.as_uuid().as_bytes());
        bytes.extend_from_slice(&entry.received_ms().to_le_bytes());
        for text in [entry.environment, entry.executed_at, entry.status] {
            varint::put_text(bytes, text);
        }
        for text in [entry.workflow, entry.message, entry.event_id, entry.extra] {
            varint::put_optional(bytes, text);
        }
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, EncodeError> {
        bulk::compress(&self.0, LEVEL).map_err(EncodeError::Compression)
    }
}

/// A fresh block, decompressed.
#[derive(Debug, Clone)]
pub(crate) struct Fresh {
    bytes: Vec<u8>,
    /// Where each entry begins.
    starts: Vec<(LogId, usize)>,
}

impl Fresh {
    pub(crate) fn open(header: &BlockHeader, compressed: &[u8]) -> Result<Self, Unreadable> {
        let most = header.text_bytes + header.entries * BESIDE_TEXTS;
        let most = usize::try_from(most).map_err(|_| Unreadable::Length)?;
        let bytes = bulk::decompress(compressed, most).map_err(Unreadable::Compression)?;
        let (mut reader, mut starts) = (Reader::new(&bytes), Vec::new());
        while !reader.is_at_end() {
            let start = bytes.len() - reader.len();
            starts.push((read(&mut reader)?.id, start));
        }
        Ok(Self { bytes, starts })
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn first_from(&self, id: LogId) -> usize {
        self.starts.partition_point(|(other, _)| *other < id)
    }

    pub(crate) fn has(&self, id: LogId) -> bool {
        let found = self.starts.binary_search_by_key(&id, |(id, _)| *id);
        found.is_ok()
    }

    /// Gives `take` the entries in these places.
    pub(crate) fn visit(
        &self,
        selected: &[Range<usize>],
        mut take: impl FnMut(usize, Entry<'_>),
    ) -> Result<(), Unreadable> {
        for rows in selected {
            let start = self
                .starts
                .get(rows.start)
                .map_or(self.bytes.len(), |(_, start)| *start);
            let mut reader = Reader::new(&self.bytes[start..]);
            for row in rows.clone() {
                take(row, read(&mut reader)?);
            }
        }
        Ok(())
    }
}

fn read<'a>(reader: &mut Reader<'a>) -> Result<Entry<'a>, Unreadable> {
    let id = LogId::from(Uuid::from_bytes(reader.array()?));
    let received_at = entry::time_of(i64::from_le_bytes(reader.array()?));
    Ok(Entry {
        id,
        received_at: received_at.ok_or(Unreadable::Contents("it has a time beyond all times"))?,
        environment: reader.text()?,
        executed_at: reader.text()?,
        status: reader.text()?,
        workflow: reader.optional()?,
        message: reader.optional()?,
        event_id: reader.optional()?,
        extra: reader.optional()?,
    })
}
