use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr},
    schema::{
        parser::parse_message_type,
        types::{ColumnPath, TypePtr},
    },
};
use std::sync::Arc;

/// The columns, in their order in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    ReceivedAt,
    Environment,
    ExecutedAt,
    Status,
    Workflow,
    Message,
    EventId,
    Attributes,
}

/// Attributes are the JSON text of an object, as it was sent, and so is the time of execution.
const SCHEMA: &str = "message log {
    required fixed_len_byte_array(16) id (UUID);
    required int64 received_at (TIMESTAMP(MILLIS,true));
    required binary environment (STRING);
    required binary executed_at (STRING);
    required binary status (STRING);
    optional binary workflow (STRING);
    optional binary message (STRING);
    optional binary event_id (STRING);
    optional binary attributes (JSON);
}";

/// The number of entries in a page, which is decompressed as a whole.
pub(crate) const PAGE_ROWS: usize = 1024;
/// Beyond this level, blocks get hardly smaller and take much longer.
const ZSTD_LEVEL: i32 = 3;
/// Pages end by their number of entries alone, so that those of all columns end at the same one.
const NO_LIMIT: usize = i32::MAX as usize;

pub(super) fn schema() -> Result<TypePtr, ParquetError> {
    parse_message_type(SCHEMA).map(Arc::new)
}

pub(super) fn properties() -> Result<WriterPropertiesPtr, ParquetError> {
    let column = |name: &str| ColumnPath::from(name);
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_created_by("central-logger".to_owned())
        .set_write_batch_size(PAGE_ROWS)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(NO_LIMIT)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled(column("id"), EnabledStatistics::Page);
    for (name, encoding) in [
        ("id", Encoding::BYTE_STREAM_SPLIT),
        ("received_at", Encoding::DELTA_BINARY_PACKED),
        ("executed_at", Encoding::DELTA_BYTE_ARRAY),
        ("message", Encoding::DELTA_LENGTH_BYTE_ARRAY),
        ("event_id", Encoding::DELTA_LENGTH_BYTE_ARRAY),
        ("attributes", Encoding::DELTA_LENGTH_BYTE_ARRAY),
    ] {
        properties = properties
            .set_column_dictionary_enabled(column(name), false)
            .set_column_encoding(column(name), encoding);
    }
    Ok(Arc::new(properties.build()))
}

impl Column {
    pub(super) fn is_optional(self) -> bool {
        matches!(
            self,
            Self::Workflow | Self::Message | Self::EventId | Self::Attributes
        )
    }
}
