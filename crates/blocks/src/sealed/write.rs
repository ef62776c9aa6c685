use super::schema;
use crate::{EncodeError, Entry};
use bytes::Bytes;
use parquet::{
    data_type::{ByteArray, ByteArrayType, DataType, FixedLenByteArrayType, Int64Type},
    errors::ParquetError,
    file::writer::{SerializedFileWriter, SerializedRowGroupWriter},
};
use std::mem;

/// Writes entries into a Parquet file, which is taken in parts as it grows.
///
/// # Examples
///
/// ```
/// use central_logger_blocks::ParquetWriter;
///
/// let mut file = ParquetWriter::new()?.finish()?;
/// assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
/// # Ok::<(), central_logger_blocks::EncodeError>(())
/// ```
pub struct ParquetWriter {
    file: SerializedFileWriter<Vec<u8>>,
    group: Group,
}

/// The entries of a row group.
#[derive(Default)]
struct Group {
    text_bytes: usize,
    ids: Texts,
    received: Vec<i64>,
    environment: Texts,
    executed_at: Texts,
    status: Texts,
    workflow: Texts,
    message: Texts,
    event_id: Texts,
    attributes: Texts,
}

/// Texts one after the other, some of them absent.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each text ends.
    ends: Vec<usize>,
    /// 1 for each text, 0 where there is none.
    levels: Vec<i16>,
}

/// The most entries in a row group, and the most text, in bytes: it is kept until the group is written.
const GROUP_ROWS: usize = 8192;
const GROUP_TEXT: usize = 4 << 20;

impl ParquetWriter {
    /// Returns a writer of a file without entries.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub fn new() -> Result<Self, EncodeError> {
        let file = SerializedFileWriter::new(Vec::new(), schema::schema()?, schema::properties()?)?;
        Ok(Self {
            file,
            group: Group::default(),
        })
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When it cannot be compressed.
    pub fn push(&mut self, entry: &Entry<'_>) -> Result<(), EncodeError> {
        let text_bytes = self.group.text_bytes + entry.text_len();
        if self.group.len() == GROUP_ROWS || (self.group.len() > 0 && text_bytes > GROUP_TEXT) {
            self.write_group()?;
        }
        self.group.push(entry);
        Ok(())
    }

    /// Takes the part of the file that has been written since the last call.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn take_written(&mut self) -> Result<Vec<u8>, EncodeError> {
        self.file.flush().map_err(EncodeError::Compression)?;
        Ok(mem::take(self.file.inner_mut()))
    }

    /// Ends the file, and returns the part of it that has not been taken.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<Vec<u8>, EncodeError> {
        if self.group.len() > 0 {
            self.write_group()?;
        }
        Ok(self.file.into_inner()?)
    }

    fn write_group(&mut self) -> Result<(), EncodeError> {
        let group = mem::take(&mut self.group);
        let mut row_group = self.file.next_row_group()?;
        group.write(&mut row_group)?;
        row_group.close()?;
        Ok(())
    }
}

impl Group {
    fn len(&self) -> usize {
        self.received.len()
    }

    fn push(&mut self, entry: &Entry<'_>) {
        self.text_bytes += entry.text_len();
        self.ids.push(Some(entry.id.as_uuid().as_bytes()));
        self.received.push(entry.received_ms());
        for (texts, text) in [
            (&mut self.environment, Some(entry.environment)),
            (&mut self.executed_at, Some(entry.executed_at)),
            (&mut self.status, Some(entry.status)),
            (&mut self.workflow, entry.workflow),
            (&mut self.message, entry.message),
            (&mut self.event_id, entry.event_id),
            (&mut self.attributes, entry.extra),
        ] {
            texts.push(text.map(str::as_bytes));
        }
    }

    /// Writes the columns in the order of the schema.
    fn write(self, to: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<(), ParquetError> {
        let ids: Vec<_> = self.ids.values().map(Into::into).collect();
        write::<FixedLenByteArrayType>(to, &ids, None)?;
        write::<Int64Type>(to, &self.received, None)?;
        for texts in [self.environment, self.executed_at, self.status] {
            texts.write(to, false)?;
        }
        for texts in [self.workflow, self.message, self.event_id, self.attributes] {
            texts.write(to, true)?;
        }
        Ok(())
    }
}

impl Texts {
    fn push(&mut self, text: Option<&[u8]>) {
        self.levels.push(i16::from(text.is_some()));
        if let Some(text) = text {
            self.bytes.extend_from_slice(text);
            self.ends.push(self.bytes.len());
        }
    }

    fn values(self) -> impl Iterator<Item = ByteArray> {
        let (bytes, mut start) = (Bytes::from(self.bytes), 0);
        self.ends.into_iter().map(move |end| {
            let value = bytes.slice(start..end);
            start = end;
            value.into()
        })
    }

    fn write(
        mut self,
        to: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
        optional: bool,
    ) -> Result<(), ParquetError> {
        let levels = mem::take(&mut self.levels);
        let values: Vec<_> = self.values().collect();
        write::<ByteArrayType>(to, &values, optional.then_some(&levels))
    }
}

fn write<T: DataType>(
    to: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let column = to.next_column()?;
    let mut column = column.ok_or_else(|| ParquetError::General("no column is left".into()))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}
