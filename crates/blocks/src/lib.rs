#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod block;
mod builder;
mod checksum;
mod contents;
mod counts;
mod entry;
mod error;
mod filters;
mod fresh;
mod header;
mod merge;
mod scan;
mod sealed;
mod varint;

pub use block::Block;
pub use builder::{BlockBuilder, Encoded, Limits};
pub use counts::{Counted, Counts};
pub use entry::Entry;
pub use error::{BlockError, EncodeError, Unreadable};
pub use filters::Filters;
pub use header::{BlockHeader, BlockKind};
pub use merge::merged;
pub use scan::{Scan, Scanned};
pub use sealed::ParquetWriter;
