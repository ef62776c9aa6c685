//! Sealed blocks: Parquet files, which other programs read too.

mod columns;
mod read;
mod schema;
mod write;

pub(crate) use read::Sealed;
pub(crate) use schema::PAGE_ROWS;
pub use write::ParquetWriter;
