use central_logger_log_store::LogId;
use parquet::errors::ParquetError;
use std::io;

/// Error returned when a block cannot be read. It names the block by its entries, and says nothing of
/// other blocks.
#[derive(Debug, thiserror::Error)]
#[error("the block with the log entries from {first} to {last} cannot be read")]
pub struct BlockError {
    /// The id of its first entry.
    pub first: LogId,
    /// The id of its last entry.
    pub last: LogId,
    /// What is wrong with it.
    #[source]
    pub cause: Unreadable,
}

/// What is wrong with bytes that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// A later version of this program made them.
    #[error("it is in form {0}, which only later versions of this program know")]
    Later(u8),
    /// What should be known of them cannot be read.
    #[error("its header was damaged, or a later version of this program made it")]
    Header,
    /// They were changed, or belong to another client.
    #[error("its checksum is wrong: it was damaged, or belongs to another client")]
    Checksum,
    /// They end too early, or go on too long.
    #[error("it has the wrong length")]
    Length,
    /// They hold what no version of this program has written.
    #[error("{0}")]
    Contents(&'static str),
    /// They are no Parquet file that can be read.
    #[error("it is no Parquet file that can be read")]
    Parquet(#[from] ParquetError),
    /// They cannot be decompressed.
    #[error("it cannot be decompressed")]
    Compression(#[source] io::Error),
}

/// Error returned when entries do not make a block.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// An entry has no larger id than the one before it.
    #[error("the entries of a block must be in the order of their ids, each once")]
    Order,
    /// There is no entry.
    #[error("a block must have an entry")]
    Empty,
    /// The entry does not go into this block any more.
    #[error("the block is full")]
    Full,
    /// They cannot be written as Parquet.
    #[error("the entries cannot be written as Parquet")]
    Parquet(#[from] ParquetError),
    /// They cannot be compressed.
    #[error("the entries cannot be compressed")]
    Compression(#[source] io::Error),
}
