use central_logger_log_store::store::LogStoreError;
use std::time::Duration;

/// A receiver of every commit of an [`Ingestor`](crate::Ingestor). It is called before the answers go out,
/// so it must be quick and must not wait.
pub trait CommitSink: Send + Sync {
    /// Takes note of a commit.
    fn record(&self, commit: &Commit<'_>);
}

/// An attempt to store a group of appends in one transaction.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The number of entries in the group.
    pub entries: usize,
    /// The time that it took.
    pub took: Duration,
    /// The error, if it failed; some of the group may then be tried again alone.
    pub error: Option<&'a LogStoreError>,
}
