#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod append;
mod commit;
#[cfg(feature = "testing")]
pub mod conformance;
mod content;
mod entry;
mod executed_at;
mod fault;
mod id;
mod idempotency;
mod ingest;
mod keeper;
mod members;
mod memory;
mod page;
mod query;
mod queue;
mod retention;
mod scan;
mod search;
mod space_quota;
mod stats;
mod stats_query;
mod store;
mod stored;
mod submission;
mod tail;
mod tenant;

pub use append::{Append, Appended};
pub use commit::{Commit, CommitSink};
pub use content::Content;
pub use entry::LogEntry;
pub use executed_at::{ExecutedAt, InvalidExecutedAt};
pub use fault::Fault;
pub use id::{InvalidLogId, LogId};
pub use idempotency::{BodyDigest, Claim, IdempotencyKey, InvalidIdempotencyKey, Receipt};
pub use ingest::{AppendError, Ingestor};
pub use keeper::LogKeeper;
pub use memory::MemoryLogs;
pub use page::{LogPage, PageBuilder};
pub use query::{Cursor, InvalidCursor, LogQuery, Order};
pub use queue::{CommitStyle, QueueStatus};
pub use retention::{forget, kept_from, prune};
pub use search::LogSearch;
pub use space_quota::{Space, SpaceQuota};
pub use stats::LogStats;
pub use stats_query::{CountedBy, StatsQuery};
pub use store::{LogStore, LogStoreError};
pub use stored::StoredLog;
pub use submission::{Submission, SubmissionError};
pub use tail::{Tail, Tailed};
pub use tenant::{Kept, TenantLogs};
