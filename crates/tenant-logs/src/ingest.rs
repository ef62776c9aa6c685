//! Storing: the appends of many requests are gathered into few commits.

mod commit;
mod error;
mod ingestor;
mod placing;
mod queue;

pub use commit::{Commit, CommitSink};
pub use error::AppendError;
pub use ingestor::{Ingested, Ingestor};
pub use queue::QueueStatus;
